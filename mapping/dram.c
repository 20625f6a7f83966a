/* dram.c - what a run keeps in DRAM: parameters, caches, activations.
 *
 * Every layer's copy of a parameter or a cache counts once, whoever uses it and however
 * often: weights that stay in place are there too, they are loaded from somewhere; tied
 * ones are an embedding's table. Activations that SRAM does not hold lie there while they
 * live: what counts is the most at one operator.
 */
#include <string.h>

#include "mapping/lives.h"
#include "mapping/nest.h"
#include "mapping/plan.h"

struct keeper {
    const struct fl_trace *trace;
    struct fl_layer_set *kept;          /* of each tensor, layers that count already */
    struct fl_arena arena;
    int64_t stage;                      /* whose chips */
    int64_t bits;
    bool overflow;
};

/* The layers of a tensor that a block means on the chips of the stage. */
static void layers_here(const struct keeper *k, const struct fl_tensor *tensor, const struct fl_block *block,
                        int64_t *first, int64_t *end)
{
    fl_layers_meant(tensor, block, first, end);
    if (!block->onward || !tensor->layered)
        return;
    *first += k->stage - block->stage;
    *end = *first + 1;
}

/* Counts the layers of a tensor that do not count yet, at so many bits a value. */
static void keep(struct keeper *k, int32_t tensor, int64_t first, int64_t end, int64_t bits)
{
    const struct fl_tensor *t = &k->trace->tensor[tensor];
    int64_t layers = fl_layer_set_add(&k->kept[tensor], &k->arena, first, end);
    int64_t values = fl_product(fl_product(t->rows, t->width, &k->overflow), t->groups, &k->overflow);
    values = fl_product(fl_product(values, layers, &k->overflow), bits, &k->overflow);
    k->bits = fl_sum(k->bits, values, &k->overflow);
}

/* What a move or a product with a cache keeps: a table or a cache. */
static void op_keep(struct keeper *k, const struct fl_machine *machine, const struct fl_block *block,
                    const struct fl_op *op)
{

    bool cache = fl_op_is_product(op) && fl_op_stored(op) == FL_TENSOR_CACHE;
    int64_t first, end;
    if (op->type->form == FL_UPDATE && op->operands > 2) {
        const struct fl_tensor *state = &k->trace->tensor[op->reads[1].tensor];
        layers_here(k, state, block, &first, &end);
        keep(k, op->reads[1].tensor, first, end, op->state_bits);
    }
    if (!cache && !fl_op_is_move(op))
        return;
    int32_t tensor = (int32_t)(op->stored - k->trace->tensor);
    layers_here(k, op->stored, block, &first, &end);
    int64_t copies = op->stored->kind == FL_TENSOR_CACHE ? fl_chips_batches(&machine->chips) : 1;   /* each batch's */
    keep(k, tensor, first, end, fl_product(copies, fl_map_stored_bits(op, machine, NULL), &k->overflow));
}

/* Of the chips of one stage. Weights are as wide as the pool wants that uses them last. */
static int64_t stage_bits(const struct fl_weights *weights, const struct fl_trace *trace,
                          const struct fl_machine *machine, int64_t stage, bool *overflow)
{
    struct keeper k = {.trace = trace, .stage = stage};
    k.kept = fl_arena_array(&k.arena, trace->tensors + 1, sizeof *k.kept);
    for (const struct fl_weight *w = weights->first; w != NULL; w = w->next) {
        int64_t layer = w->layer + (w->onward ? stage - w->stage : 0);
        if (w->stage <= stage && stage <= fl_weight_last(w))
            keep(&k, w->tensor, layer, layer + (w->onward ? 1 : w->repeat),
                 fl_map_stored_bits(w->op, machine, fl_mapping_pool(&w->mapping, machine)));
    }
    for (size_t b = 0; b < trace->blocks; b++) {
        const struct fl_block *block = &trace->block[b];
        bool here = block->stage <= stage && stage <= fl_block_stage(block, block->repeat - 1);
        for (size_t i = 0; i < block->ops && here; i++)
            op_keep(&k, machine, block, &block->op[i]);
    }
    fl_arena_free(&k.arena);
    *overflow |= k.overflow;
    return k.bits;
}

int64_t fl_kept_bits(const struct fl_weights *weights, const struct fl_trace *trace, const struct fl_machine *machine,
                     bool *overflow)
{
    int64_t most = 0;
    for (int64_t stage = 0; stage < fl_chips_stages(&machine->chips); stage++)
        most = fl_most(most, stage_bits(weights, trace, machine, stage, overflow));
    return most;
}

static int64_t spilled_most(const struct fl_spill *spill, const struct fl_trace *trace)
{
    int64_t most = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++, spill++)
            most = fl_most(most, spill->lying_bits);
    return most;
}

bool fl_dram_check(const struct fl_weights *weights, const struct fl_spill *spill, const struct fl_trace *trace,
                   struct fl_machine *machine, int64_t *bits, struct fl_err *err)
{
    bool overflow = false;
    int64_t spilled = spilled_most(spill, trace), kept = fl_kept_bits(weights, trace, machine, &overflow);
    *bits = fl_sum(kept, spilled, &overflow);
    if (overflow)
        return fl_fail(err, NULL, "weights, embedding, KV cache and activations take more than 2^63 bits");
    if (machine->dram_fit)
        machine->dram_bits = *bits;
    if (*bits <= machine->dram_bits || machine->sram_bits == 0)
        return true;                    /* without a shared memory: own_memory.c has judged */
    if (spilled == 0)
        return fl_fail(err, NULL, "weights, embedding and KV cache need %.6g GB of DRAM, which has %.6g GB; give it "
                       "more, or depth = \"fit\"", (double)*bits / 8e9, (double)machine->dram_bits / 8e9);
    return fl_fail(err, NULL, "weights, embedding and KV cache need %.6g GB of DRAM, and activations that SRAM does "
                   "not hold another %.6g GB; it has %.6g GB: give it more, or depth = \"fit\", or a larger SRAM",
                   (double)kept / 8e9, (double)spilled / 8e9, (double)machine->dram_bits / 8e9);
}
