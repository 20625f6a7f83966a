/* train_forward.c - the way forth: a network's own operators, and what is kept of them. */
#include <inttypes.h>
#include <string.h>

#include "traces/training.h"

/* ---- tensors ---- */

/* Another block writes the tensor, too, and its value is not kept like this one; or it is, and has another size. */
static bool shares_name(const struct fl_training *t, size_t value, bool *apart)
{
    bool shares = false;
    const struct fl_value *v = &t->value[value];
    bool layers = t->from->block[v->block].layer >= 0;
    for (size_t i = 0; i < t->ops; i++) {
        const struct fl_value *other = &t->value[i];
        if (i == value || other->op == NULL || other->tensor != v->tensor)
            continue;
        if (layers && other->kept && other->size != v->size && other->block != v->block)
            *apart = true;
        if (!layers || !other->kept || t->from->block[other->block].layer < 0)
            shares = true;
    }
    return shares || *apart;
}

static void declare_stashes(struct fl_training *t)
{
    int64_t turns = fl_least(t->ask.microbatch, 2);
    for (size_t i = 0; i < t->ops; i++)
        t->value[i].named = t->value[i].kept && t->value[i].op != NULL && shares_name(t, i, &t->value[i].apart);
    for (t->micro = 0; t->micro < turns; t->micro++)
        for (size_t i = 0; i < t->ops; i++) {
            const struct fl_value *v = &t->value[i];
            if (!v->kept || v->op == NULL || t->from->block[v->block].layer < 0)
                continue;
            const struct fl_tensor_use use = fl_training_own(t, i, false);
            fl_trace_tensor_add(&t->build, &(struct fl_tensor){ .name = t->build.tensor[use.tensor].tensor.name,
                                                                .kind = FL_TENSOR_STASH, .layered = true });
        }
    t->micro = 0;
}

void fl_training_declare(struct fl_training *t)
{
    for (size_t i = 0; i < t->from->tensors; i++) {
        const struct fl_tensor *tensor = &t->from->tensor[i];
        if (tensor->input)
            fl_trace_input_add(&t->build, tensor->name);
        if (tensor->kind == FL_TENSOR_PARAMETER)
            fl_trace_tensor_add(&t->build, tensor);
    }
    declare_stashes(t);
}

/* ---- blocks ---- */

/* A block that is of no layer, but reads what the last of some layers has kept, stands behind that one. */
static int64_t number_of(const struct fl_training *t, size_t block)
{
    const struct fl_block *b = &t->from->block[block];
    if (b->layer >= 0 || t->second)
        return b->layer;
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++)
        for (size_t r = 0; t->value[i].op != NULL && r < t->value[i].op->operands; r++) {
            size_t in = t->value[i].read[r].before;
            if (in == FL_NONE || in >= t->ops || !t->value[in].kept || t->value[in].block == block)
                continue;
            const struct fl_block *from = &t->from->block[t->value[in].block];
            if (from->layer >= 0)
                return from->layer + from->repeat;
        }
    return -1;
}

/* Does what comes into the block's first repetition have another name than what comes into the others? */
static bool low_differs(struct fl_training *t, size_t block)
{
    bool differs = false, low = t->low;
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++)
        for (size_t r = 0; t->value[i].op != NULL && r < t->value[i].op->operands; r++) {
            const struct fl_operand *o = &t->value[i].read[r];
            if (o->here != FL_NONE || o->carried == FL_NONE)
                continue;
            t->low = true;
            const struct fl_tensor_use first = fl_training_use(t, o, false);
            t->low = false;
            const struct fl_tensor_use others = fl_training_use(t, o, false);
            differs |= first.tensor != others.tensor || first.layer != others.layer;
        }
    t->low = low;
    return differs;
}

/* Is there a gradient that the block's first repetition on the way back begins, and the others add to: of a parameter,
 * or of a value from before, that all layers share? */
static bool top_begins(const struct fl_training *t, size_t block)
{
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++) {
        const struct fl_op *op = t->value[i].op;
        for (size_t r = 0; op != NULL && r < op->operands; r++) {
            const struct fl_tensor *tensor = &t->from->tensor[op->reads[r].tensor];
            const struct fl_operand *o = &t->value[i].read[r];
            bool shared = o->before != FL_NONE && o->carried == FL_NONE && t->value[o->before].differs;
            if (tensor->kind == FL_TENSOR_PARAMETER && !tensor->layered && t->begun[op->reads[r].tensor] == 0)
                return true;
            if (shared && !t->written[op->reads[r].tensor])
                return true;
        }
    }
    return false;
}

static void make_one(struct fl_training *t, size_t block, int64_t layer, int64_t repeat, bool down,
                     void (*make)(struct fl_training *t, size_t block))
{
    t->made++;
    t->block = block;
    t->again = false;
    fl_trace_block_open(&t->build, repeat, down && layer >= 0 ? layer + repeat - 1 : layer);
    t->build.down = down && repeat > 1;
    make(t, block);
    fl_trace_block_close(&t->build);
}

void fl_training_block(struct fl_training *t, size_t block, bool down,
                       void (*make)(struct fl_training *t, size_t block))
{
    const struct fl_block *b = &t->from->block[block];
    int64_t first = number_of(t, block), repeat = b->repeat;
    bool apart = repeat > 1 && low_differs(t, block), top = down && repeat > 1 && top_begins(t, block);
    if (top)
        make_one(t, block, first + --repeat, 1, down, make);
    if (apart && repeat > 0 && !down) {
        t->low = true;
        make_one(t, block, first, 1, down, make);
        t->low = false;
        first++;
        repeat--;
    }
    int64_t rest = repeat - (apart && down);
    t->low = !apart && b->repeat == 1;
    if (rest > 0)
        make_one(t, block, first + (apart && down), rest, down, make);
    t->low = true;
    if (apart && down && repeat > 0)
        make_one(t, block, first, 1, down, make);
    t->low = false;
}

/* ---- operators ---- */

static void forward_one(struct fl_training *t, size_t value, bool again)
{
    const struct fl_value *v = &t->value[value];
    struct fl_tensor_use reads[FL_OPERANDS];
    for (size_t part = 0; part < fl_training_parts(t, value); part++) {
        const struct fl_op *op = &v->op[part];
        for (size_t r = 0; r < op->operands; r++) {
            bool outside = !fl_operand_is(&v->read[r]);
            reads[r] = outside ? fl_training_tensor(t, t->from->tensor[op->reads[r].tensor].name)
                               : fl_training_use(t, &v->read[r], again);
            reads[r].transposed = op->reads[r].transposed;
        }
        const struct fl_tensor_use own = fl_training_own(t, value, again);
        fl_training_put(t, *op, reads, op->operands, t->build.tensor[own.tensor].tensor.name);
    }
}

void fl_training_forward(struct fl_training *t, size_t block, size_t from, bool again)
{
    t->again = again;
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++) {
        bool append = t->value[i].op == NULL || t->value[i].op->type->form == FL_APPEND;
        bool readout = t->method == FL_TRAIN_ELM && i >= t->readout;
        if (!append && !readout && i >= from)
            forward_one(t, i, again);
        if (t->method == FL_TRAIN_ELM && i == t->readout)
            fl_training_moments(t);
    }
}

static void forward_all(struct fl_training *t, size_t block)
{
    fl_training_forward(t, block, t->second ? t->second_from : 0, false);
}

/* Copies what layers that do not follow upon the block read of what it keeps. */
static void export_all(struct fl_training *t, size_t block)
{
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++) {
        bool any = false;
        for (size_t j = t->first[block + 1]; j < t->ops && t->value[i].kept && t->value[i].op != NULL; j++)
            for (size_t r = 0; t->value[j].op != NULL && r < t->value[j].op->operands; r++)
                any |= t->value[j].read[r].before == i && fl_training_exported(t, i, t->value[j].block);
        if (any)
            fl_training_export(t, i);
    }
}

void fl_training_pass(struct fl_training *t, size_t from)
{
    for (size_t b = 0; b < t->from->blocks; b++)
        if (t->first[b + 1] > from) {
            fl_training_block(t, b, false, forward_all);
            export_all(t, b);
        }
}
