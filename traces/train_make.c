/* train_make.c - operators of a step of training, and the names of the tensors between them. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "traces/training.h"

const char *fl_training_text(struct fl_training *t, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return fl_arena_text(&t->trace->arena, text);
}

/* Micro-batches of which two are under way have names by turns. */
const char *fl_training_name(struct fl_training *t, const char *name)
{
    bool turns = t->ask.microbatch > 1 && (t->method == FL_TRAIN_DFA_LAYER || t->method == FL_TRAIN_DFA_BLOCK);
    const char *pass = t->second ? ".2" : "", *turn = turns && t->micro % 2 == 1 ? ".odd" : "";
    return *pass == '\0' && *turn == '\0' ? name : fl_training_text(t, "%s%s%s", name, pass, turn);
}

struct fl_tensor_use fl_training_tensor(struct fl_training *t, const char *name)
{
    return (struct fl_tensor_use){ .tensor = fl_trace_tensor(&t->build, name) };
}

/* ---- forward values ---- */

/* Does a later operator of its block write the tensor again? */
static bool written_again(const struct fl_training *t, size_t value)
{
    for (size_t i = value + 1; i < t->first[t->value[value].block + 1]; i++)
        if (t->value[i].op != NULL && t->value[i].tensor == t->value[value].tensor)
            return true;
    return false;
}

static const char *base_name(struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    const char *name = t->from->tensor[v->tensor].name;
    return v->op != NULL && written_again(t, value) ? fl_training_text(t, "%s.%s", name, v->op->name) : name;
}

static bool in_layers(const struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    return v->block != FL_NONE && t->from->block[v->block].layer >= 0;
}

static const char *value_name(struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    const char *name = base_name(t, value);
    if (v->kept && v->named && !t->second)
        name = in_layers(t, value) && !v->apart ? fl_training_text(t, "%s.kept", name)
                                   : fl_training_text(t, "%s.kept%zu", name, v->block);
    return name;
}

struct fl_tensor_use fl_training_own(struct fl_training *t, size_t value, bool back)
{
    const struct fl_value *v = &t->value[value];
    bool stash = v->kept && in_layers(t, value) && !t->second;
    if (t->again && back && in_layers(t, value))
        return fl_training_tensor(t, fl_training_name(t, fl_training_text(t, "%s.again", base_name(t, value))));
    struct fl_tensor_use use = fl_training_tensor(t, fl_training_name(t, value_name(t, value)));
    use.layer = stash && back ? FL_LAYER_FORWARD : FL_LAYER_SAME;
    return use;
}

bool fl_training_exported(const struct fl_training *t, size_t value, size_t reader)
{
    const struct fl_block *from = &t->from->block[t->value[value].block], *to = &t->from->block[reader];
    return t->value[value].kept && from != to && from->layer >= 0 && to->layer >= 0 &&
           to->layer != from->layer + from->repeat;
}

void fl_training_export(struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    const struct fl_block *from = &t->from->block[v->block];
    struct fl_tensor_use read = fl_training_own(t, value, false);
    const char *name = fl_training_text(t, "%s.out", base_name(t, value));
    read.layer = FL_LAYER_PREVIOUS;
    t->made++;
    fl_trace_block_open(&t->build, 1, from->layer + from->repeat);
    fl_training_put(t, (struct fl_op){ .type = &fl_op_expand, .name = name, .m = v->rows, .n = v->width }, &read, 1,
                    NULL);
    fl_trace_block_close(&t->build);
}

struct fl_tensor_use fl_training_use(struct fl_training *t, const struct fl_operand *o, bool back)
{
    size_t value = fl_training_meant(t, o);
    if (o->here != FL_NONE)
        return fl_training_own(t, value, back);
    if (t->second && value == t->entry_low)
        return fl_training_tensor(t, t->perturbed);
    if (value >= t->ops)
        return fl_training_tensor(t, t->from->tensor[t->value[value].tensor].name);
    bool second = t->second;
    t->second = second && value >= t->second_from;      /* what came before was made once */
    struct fl_tensor_use use = fl_training_tensor(t, fl_training_name(t, value_name(t, value)));
    if (t->value[value].kept && in_layers(t, value) && !t->second)
        use.layer = FL_LAYER_PREVIOUS;
    if (use.layer == FL_LAYER_PREVIOUS && fl_training_exported(t, value, t->block))
        use = fl_training_tensor(t, fl_training_name(t, fl_training_text(t, "%s.out", base_name(t, value))));
    t->second = second;
    return use;
}

/* ---- operators ---- */

const char *fl_training_put(struct fl_training *t, struct fl_op op, const struct fl_tensor_use *reads, size_t operands,
                            const char *writes)
{
    op.groups = op.groups > 0 ? op.groups : 1;
    op.share = op.share > 0 ? op.share : 1;
    op.reads = reads;
    op.operands = operands;
    op.line = 0;
    op.stored = NULL;
    writes = writes != NULL ? writes : fl_training_name(t, op.name);
    op.writes = fl_training_tensor(t, writes);
    fl_trace_op_put(&t->build, &op);
    return writes;
}

const char *fl_training_work(struct fl_training *t, struct fl_op op, const char *first, const char *second)
{
    struct fl_tensor_use reads[2] = { fl_training_tensor(t, first) };
    if (second != NULL)
        reads[1] = fl_training_tensor(t, second);
    return fl_training_put(t, op, reads, second != NULL ? 2 : 1, NULL);
}

/* ---- gradients of parameters ---- */

const char *fl_training_gradient_name(struct fl_training *t, const struct fl_op *op, int32_t parameter, int64_t part)
{
    const struct fl_tensor *p = &t->from->tensor[parameter];
    const char *name = part == 0 ? fl_training_text(t, "d_%s", p->name)
                                 : fl_training_text(t, "d_%s.%" PRId64, p->name, part + 1);
    fl_trace_tensor_add(&t->build, &(struct fl_tensor){ .name = name, .kind = FL_TENSOR_GRADIENT,
                                                        .groups = op->groups > 0 ? op->groups : 1,
                                                        .rows = op->type == &fl_op_scatter ? op->k : op->m,
                                                        .width = op->n, .layered = p->layered });
    return name;
}

/* Of a parameter that each layer has, this layer's gradient is begun by the first micro-batch; of one that all share,
 * by whoever is first. */
static void begin(struct fl_training *t, int32_t parameter)
{
    size_t *begun = &t->begun[parameter];
    t->adding = t->from->tensor[parameter].layered ? t->micro > 0 || *begun == t->made : *begun > 0;
    *begun = t->made;
    t->trained[parameter] = true;
}

void fl_training_gradient(struct fl_training *t, struct fl_op op, const struct fl_tensor_use reads[2],
                          int32_t parameter, int64_t part)
{
    if (part == 0)
        begin(t, parameter);
    const char *name = fl_training_gradient_name(t, &op, parameter, part);
    if (op.type == &fl_op_scatter) {    /* adds to what was begun by itself */
        const struct fl_tensor_use both[2] = { reads[0], fl_training_tensor(t, name) };
        fl_training_put(t, op, both, t->adding ? 2 : 1, name);
        return;
    }
    if (!t->adding) {
        fl_training_put(t, op, reads, 2, name);
        return;
    }
    const struct fl_tensor_use sum[2] = {
        fl_training_tensor(t, fl_training_put(t, op, reads, 2, NULL)), fl_training_tensor(t, name) };
    int64_t rows = op.m;
    if (op.groups > 1 && !fl_times(op.groups, op.m, &rows))
        rows = INT64_MAX;
    fl_training_put(t, (struct fl_op){ .type = &fl_op_add, .name = fl_training_text(t, "%s.sum", op.name), .m = rows,
                                       .n = op.n }, sum, 2, name);
}
