/* train_back.c - the way back: gradients gathered value by value, block by block. */
#include <inttypes.h>
#include <string.h>

#include "traces/training.h"

static const char *gradient_of(struct fl_training *t, int32_t tensor)
{
    return fl_training_name(t, fl_training_text(t, "d_%s", t->from->tensor[tensor].name));
}

/* ---- one block ---- */

static bool block_writes(const struct fl_training *t, size_t block, int32_t tensor)
{
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++)
        if (t->value[i].op != NULL && t->value[i].tensor == tensor)
            return true;
    return false;
}

/* The last of its block to write its tensor. */
static bool is_last(const struct fl_training *t, size_t value)
{
    for (size_t i = value + 1; i < t->first[t->value[value].block + 1]; i++)
        if (t->value[i].op != NULL && t->value[i].tensor == t->value[value].tensor)
            return false;
    return true;
}

/* Gradients of values that others read, which they have gathered. */
static void take_later(struct fl_training *t, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const struct fl_value *v = &t->value[i];
        const struct fl_operand own = { i, FL_NONE, FL_NONE };
        if (v->op != NULL && v->leaves && v->differs && is_last(t, i) && t->written[v->tensor])
            fl_training_leave(t, &own, gradient_of(t, v->tensor), v->size);
    }
}

/* Gradients of what came in are the blocks' before. */
static void give_earlier(struct fl_training *t, size_t block)
{
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++)
        for (size_t r = 0; t->value[i].op != NULL && r < t->value[i].op->operands; r++) {
            const struct fl_operand *o = &t->value[i].read[r];
            if (o->here != FL_NONE || o->before == FL_NONE)
                continue;
            const struct fl_value *in = &t->value[fl_training_meant(t, o)];
            struct fl_left **list = fl_training_list(t, o);
            int32_t tensor = in->tensor;
            const char *into = gradient_of(t, tensor);
            if (*list == NULL)
                continue;
            if (t->written[tensor] && !block_writes(t, block, tensor))
                fl_training_leave(t, o, into, in->size);
            fl_training_gather(t, list, in, fl_training_text(t, "d_%s", t->from->tensor[tensor].name), into);
            t->written[tensor] = true;
        }
}

static void back_through(struct fl_training *t, size_t block, size_t from)
{
    size_t first = t->first[block] > from ? t->first[block] : from, end = t->first[block + 1];
    take_later(t, first, end);
    for (size_t i = end; i-- > first;) {
        if (t->value[i].op == NULL || !t->value[i].differs)
            continue;
        t->at = i;
        const char *gradient = fl_training_gathered(t, i);
        if (gradient != NULL)
            fl_training_back_op(t, i, gradient, false);
    }
}

/* The top error, of the value behind which the head stands: as it is, where one reader left it. */
static void error_note(struct fl_training *t, size_t block)
{
    size_t entry = t->entry;
    const struct fl_value *v = &t->value[entry];
    bool here = v->block == block;
    const struct fl_operand o = { here ? entry : FL_NONE, FL_NONE, here ? FL_NONE : entry };
    struct fl_left **list = fl_training_list(t, &o);
    const char *into = gradient_of(t, v->tensor);
    if (*list == NULL)
        return;
    t->error_width = v->width;
    t->error_rows = (*list)->next == NULL ? (*list)->size / v->width : v->rows;
    t->error = (*list)->next == NULL ? fl_training_renamed(t, (*list)->name, v, into)
                                     : fl_training_gather(t, list, v, "d_error", into);
    *list = NULL;
    t->written[v->tensor] = true;
}

static void back_head(struct fl_training *t, size_t block)
{
    back_through(t, block, t->head);
    error_note(t, block);
    if (t->method == FL_TRAIN_BP)
        give_earlier(t, block);
}

/* All of a block by what comes down, its forward operators first if they are done again. */
static void back_block(struct fl_training *t, size_t block)
{
    if (t->ask.recompute && t->from->block[block].layer >= 0)
        fl_training_forward(t, block, 0, true);
    back_through(t, block, 0);
    give_earlier(t, block);
}

/* ---- the loss ---- */

/* What a network says: what nobody reads at its end, or where it ends with layers, what they leave. */
static bool is_output(const struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    size_t last = t->from->blocks - 1;
    if (v->op == NULL || v->block != last || v->cached || v->op->type->form == FL_APPEND)
        return false;
    return !v->used || (value + fl_training_parts(t, value) == t->ops && is_last(t, value));
}

static void loss_one(struct fl_training *t, size_t value, bool first)
{
    struct fl_value *v = &t->value[value];
    const struct fl_operand o = { FL_NONE, FL_NONE, value };
    struct fl_tensor_use reads[2] = { fl_training_use(t, &o, true), fl_training_tensor(t, "targets") };
    struct fl_op op = { .type = &fl_op_loss, .m = v->rows, .n = v->width,
                        .name = first ? "loss" : fl_training_text(t, "loss_%s", v->op->name) };
    fl_training_put(t, op, reads, 2, gradient_of(t, v->tensor));
    t->written[v->tensor] = true;
}

size_t fl_training_output(const struct fl_training *t)
{
    for (size_t i = 0; i < t->ops; i++)
        if (is_output(t, i))
            return i;
    return t->ops - 1;
}

void fl_training_loss(struct fl_training *t)
{
    const struct fl_block *last = &t->from->block[t->from->blocks - 1];
    bool first = true;
    t->made++;
    fl_trace_block_open(&t->build, 1, last->layer >= 0 ? last->layer + last->repeat : -1);
    t->low = true;
    for (size_t i = 0; i < t->ops; i++)
        if (is_output(t, i)) {
            loss_one(t, i, first);
            t->value[i].leaves = true;
            first = false;
        }
    t->low = false;
    fl_trace_block_close(&t->build);
}

/* ---- all of it ---- */

void fl_training_back(struct fl_training *t)
{
    for (size_t b = t->from->blocks; b-- > 0;)
        fl_training_block(t, b, true, back_block);
}

void fl_training_back_head(struct fl_training *t)
{
    t->error = NULL;
    for (size_t b = t->from->blocks; b-- > 0;)
        if (t->first[b + 1] > t->head)
            fl_training_block(t, b, true, back_head);
    if (t->error != NULL || t->entry == FL_NONE)
        return;
    const struct fl_value *v = &t->value[t->entry];     /* there is no head: the loss is the layers' own */
    t->error = gradient_of(t, v->tensor);
    t->error_rows = v->rows;
    t->error_width = v->width;
}
