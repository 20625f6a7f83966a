/* build.c - a trace grows operator by operator, then is checked and counted once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/build.h"

void fl_trace_block_open(struct fl_trace_builder *b, int64_t repeat, int64_t layer)
{
    fl_assert(!b->open);
    b->open = true;
    b->ops = 0;
    b->repeat = repeat;
    b->layer = layer;
}

static const char *const *copy_names(struct fl_arena *arena, const char *const *name)
{
    size_t count = 0;
    while (name != NULL && name[count] != NULL)
        count++;
    const char **copy = fl_arena_array(arena, count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = fl_arena_text(arena, name[i]);
    return copy;
}

void fl_trace_op_add(struct fl_trace_builder *b, const struct fl_op *op)
{
    fl_assert(b->open);
    struct fl_arena *arena = &b->trace->arena;
    b->op = fl_grow(b->op, &b->op_room, b->ops, sizeof *b->op);
    struct fl_op *copy = &b->op[b->ops++];
    *copy = *op;
    copy->name = fl_arena_text(arena, op->name);
    copy->writes = fl_arena_text(arena, op->writes);
    copy->reads = copy_names(arena, op->reads);
}

void fl_trace_block_close(struct fl_trace_builder *b)
{
    fl_assert(b->open);
    b->open = false;
    if (b->ops == 0)
        return;
    b->block = fl_grow(b->block, &b->block_room, b->blocks, sizeof *b->block);
    struct fl_op *op = fl_arena_array(&b->trace->arena, b->ops, sizeof *op);
    memcpy(op, b->op, b->ops * sizeof *op);
    b->block[b->blocks++] = (struct fl_block){ .repeat = b->repeat, .layer = b->layer, .op = op, .ops = b->ops };
}

void fl_trace_input_add(struct fl_trace_builder *b, const char *tensor)
{
    b->input = fl_grow(b->input, &b->input_room, b->inputs, sizeof *b->input);
    b->input[b->inputs++] = fl_arena_text(&b->trace->arena, tensor);
}

void fl_trace_build_drop(struct fl_trace_builder *b)
{
    fl_free(b->block);
    fl_free(b->op);
    fl_free(b->input);
    memset(b, 0, sizeof *b);
}

/* Operators and products over all repetitions. */
static bool count(struct fl_trace *trace, const char *where, struct fl_err *err)
{
    trace->ops = trace->macs = 0;
    bool ops_fit = true, macs_fit = true;
    for (size_t b = 0; b < trace->blocks; b++) {
        const struct fl_block *block = &trace->block[b];
        int64_t ops, macs = 0, product;
        ops_fit = ops_fit && fl_times((int64_t)block->ops, block->repeat, &ops) &&
                  fl_plus(trace->ops, ops, &trace->ops);
        for (size_t i = 0; i < block->ops; i++)
            macs_fit = macs_fit && fl_plus(macs, block->op[i].macs, &macs);
        macs_fit = macs_fit && fl_times(macs, block->repeat, &product) && fl_plus(trace->macs, product, &trace->macs);
    }
    if (!ops_fit)
        fl_fail(err, where, "more than 2^63 - 1 operators with all repetitions; repeat fewer times");
    if (!macs_fit)
        fl_fail(err, where, "more than 2^63 - 1 multiply-accumulates in all; make the work smaller (batch, context)");
    return ops_fit && macs_fit;
}

static bool check_ops(struct fl_trace *trace, const char *where, struct fl_err *err)
{
    bool good = true;
    struct fl_arena scratch = {0};
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            struct fl_op *op = &trace->block[b].op[i];
            if (op->macs == FL_MACS_FAULTY)
                good = false;
            else if (!fl_op_check(op, NULL, NULL))
                good = fl_op_check(op, fl_op_where(&scratch, where, op), err);
        }
    fl_arena_free(&scratch);
    return good;
}

/* Whether a block up to `last` reads a table of op->n rows of op->k values. */
static bool has_table(const struct fl_trace *trace, size_t last, const struct fl_op *op)
{
    for (size_t b = 0; b <= last; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            const struct fl_op *table = &trace->block[b].op[i];
            if (table->type == &fl_op_embed && table->k == op->n && table->n == op->k)
                return true;
        }
    return false;
}

/* Every tied operator needs a table of its shape, in an earlier block or its own. */
static bool check_tied(const struct fl_trace *trace, const char *where, struct fl_err *err)
{
    bool good = true;
    struct fl_arena scratch = {0};
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            const struct fl_op *op = &trace->block[b].op[i];
            if (op->tied && !has_table(trace, b, op))
                good = fl_fail(err, fl_op_where(&scratch, where, op),
                               "tied, but no embed before it has k=%" PRId64 " rows of n=%" PRId64 " values", op->n,
                               op->k);
        }
    fl_arena_free(&scratch);
    return good;
}

bool fl_trace_build_end(struct fl_trace_builder *b, const char *where, struct fl_err *err)
{
    fl_assert(!b->open);
    struct fl_trace *trace = b->trace;
    trace->blocks = b->blocks;
    trace->block = fl_arena_array(&trace->arena, b->blocks, sizeof *trace->block);
    if (b->blocks > 0)
        memcpy(trace->block, b->block, b->blocks * sizeof *trace->block);
    const char **input = fl_arena_array(&trace->arena, b->inputs + 1, sizeof *input);
    if (b->inputs > 0)
        memcpy(input, b->input, b->inputs * sizeof *input);
    trace->inputs = input;
    fl_trace_build_drop(b);

    if (trace->blocks == 0)
        return fl_fail(err, where, "holds no operator; there is nothing to simulate");
    bool good = check_ops(trace, where, err);
    good &= fl_trace_order(trace, good, where, err);
    good &= check_tied(trace, where, err);
    return good && count(trace, where, err);
}

void fl_trace_free(struct fl_trace *trace)
{
    fl_arena_free(&trace->arena);
    memset(trace, 0, sizeof *trace);
}
