/* layer_set.c - sets of layers as ranges that do not overlap; and what counts each layer once. */
#include "traces/layer_set.h"

#include "traces/build.h"

struct fl_layer_range {
    struct fl_layer_range *next;
    int64_t first, end;
};

int64_t fl_layer_set_add(struct fl_layer_set *set, struct fl_arena *arena, int64_t first, int64_t end)
{
    int64_t before = 0;
    for (const struct fl_layer_range *has = set->first; has != NULL && first < end; has = has->next) {
        if (has->first <= first && first < has->end)
            first = has->end;
        else if (has->first < end && end <= has->end)
            end = has->first;
        else if (first < has->first && has->end < end) {
            before += fl_layer_set_add(set, arena, first, has->first);
            first = has->end;
        }
    }
    if (first >= end)
        return before;
    struct fl_layer_range *range = fl_arena_alloc(arena, sizeof *range);
    *range = (struct fl_layer_range){set->first, first, end};
    set->first = range;
    return before + end - first;
}

int64_t fl_layer_set_missing(const struct fl_layer_set *set, int64_t first, int64_t end)
{
    for (const struct fl_layer_range *has = set->first; has != NULL && first < end;)
        if (has->first <= first && first < has->end) {
            first = fl_least(has->end, end);
            has = set->first;
        } else {
            has = has->next;
        }
    return first;
}

void fl_layers_meant(const struct fl_tensor *tensor, const struct fl_block *block, int64_t *first, int64_t *end)
{
    *first = tensor->layered ? fl_block_lowest(block) : 0;
    *end = *first + (tensor->layered ? block->repeat : 1);
}

/* Values of parameters, those of tables that are only looked up in as asked. */
static bool parameters_count(const struct fl_trace *trace, bool tables, int64_t *sum)
{
    struct fl_arena arena = {0};
    struct fl_layer_set *counted = fl_arena_array(&arena, trace->tensors + 1, sizeof *counted);
    bool fits = true;
    *sum = 0;
    for (size_t b = 0; b < trace->blocks && fits; b++)
        for (size_t i = 0; i < trace->block[b].ops && fits; i++) {
            const struct fl_op *op = &trace->block[b].op[i];
            const struct fl_tensor *t = op->stored;
            int64_t first, end, values;
            if (!fl_op_has_weights(op) && !(tables && op->type->form == FL_LOOKUP))
                continue;
            fl_layers_meant(t, &trace->block[b], &first, &end);
            int64_t layers = fl_layer_set_add(&counted[t - trace->tensor], &arena, first, end);
            fits = fl_tensor_values(t, &values) && fl_times(values, layers, &values) &&
                   fl_plus(*sum, values, sum);
        }
    fl_arena_free(&arena);
    return fits;
}

bool fl_trace_weights(const struct fl_trace *trace, int64_t *weights)
{
    return parameters_count(trace, false, weights);
}

bool fl_trace_parameters(const struct fl_trace *trace, int64_t *parameters)
{
    return parameters_count(trace, true, parameters);
}
