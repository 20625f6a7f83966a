/* build.c - a trace grows operator by operator, then is checked and counted once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/build.h"

void fl_trace_block_open(struct fl_trace_builder *b, int64_t repeat, int64_t layer)
{
    fl_assert(!b->open);
    b->open = true;
    b->down = false;
    b->ops = 0;
    b->repeat = repeat;
    b->layer = layer;
    b->stage = 0;
    b->onward = false;
}

void fl_trace_op_put(struct fl_trace_builder *b, const struct fl_op *op)
{
    fl_assert(b->open);
    struct fl_arena *arena = &b->trace->arena;
    b->op = fl_grow(b->op, &b->op_room, b->ops, sizeof *b->op);
    b->said = fl_grow(b->said, &b->said_room, b->saids, sizeof *b->said);
    b->said[b->saids++] = 0;
    struct fl_op *copy = &b->op[b->ops++];
    struct fl_tensor_use *reads = fl_arena_array(arena, op->operands + 1, sizeof *reads);
    if (op->operands > 0)
        memcpy(reads, op->reads, op->operands * sizeof *reads);
    *copy = *op;
    copy->name = fl_arena_text(arena, op->name);
    copy->reads = reads;
}

void fl_trace_op_add(struct fl_trace_builder *b, const struct fl_op *op, const char *const *reads, const char *writes)
{
    struct fl_op made = *op;
    struct fl_tensor_use operand[FL_OPERANDS] = {{0}};
    for (made.operands = 0; reads != NULL && reads[made.operands] != NULL; made.operands++) {
        fl_assert(made.operands < FL_OPERANDS);
        operand[made.operands].tensor = fl_trace_tensor(b, reads[made.operands]);
    }
    made.reads = operand;
    made.writes = (struct fl_tensor_use){ .tensor = fl_trace_tensor(b, writes) };
    fl_trace_op_put(b, &made);
}

void fl_trace_groups_put(struct fl_trace_builder *b, const struct fl_op *op, const int64_t *rows, int64_t groups)
{
    int64_t parts = 0;
    for (int64_t first = 0, end; first < groups; first = end) {
        for (end = first + 1; end < groups && rows[end] == rows[first]; end++)
            ;
        if (rows[first] == 0)
            continue;
        struct fl_op part = *op;
        part.first = first;
        part.groups = end - first;
        part.m = rows[first];
        part.more = parts > 0;
        if (parts++ > 0)
            part.name = fl_arena_format(&b->trace->arena, "%s/%" PRId64, op->name, parts);
        fl_trace_op_put(b, &part);
    }
    fl_assert(parts > 0);
}

void fl_trace_op_say(struct fl_trace_builder *b, unsigned said)
{
    b->said[b->saids - 1] = said;
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
    b->block[b->blocks++] = (struct fl_block){ .repeat = b->repeat, .layer = b->layer, .down = b->down,
                                               .stage = b->stage, .onward = b->onward, .op = op,
                                               .ops = b->ops };
}

void fl_trace_build_drop(struct fl_trace_builder *b)
{
    fl_free(b->block);
    fl_free(b->op);
    fl_free(b->tensor);
    fl_free(b->slot);
    fl_free(b->said);
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

/* The tensors as they stay, and with each operator the one that is stored of it. */
static void settle_tensors(struct fl_trace_builder *b)
{
    struct fl_trace *trace = b->trace;
    trace->tensors = b->tensors;
    trace->tensor = fl_arena_array(&trace->arena, b->tensors, sizeof *trace->tensor);
    for (size_t i = 0; i < b->tensors; i++)
        trace->tensor[i] = b->tensor[i].tensor;
    for (size_t i = 0; i < trace->blocks; i++)
        for (size_t j = 0; j < trace->block[i].ops; j++) {
            struct fl_op *op = &trace->block[i].op[j];
            if (op->type->form == FL_APPEND)
                op->stored = &trace->tensor[op->writes.tensor];
            else if (op->type->form != FL_ROWS)
                op->stored = &trace->tensor[op->reads[op->operands - 1].tensor];
            op->gradient = trace->tensor[op->writes.tensor].kind == FL_TENSOR_GRADIENT;
            if (op->type->form == FL_UPDATE)
                trace->tensor[op->writes.tensor].updated = true;
            if (op->type->form == FL_UPDATE && op->operands > 2)
                op->state_bits = trace->tensor[op->reads[1].tensor].bits;
        }
}

bool fl_trace_build_end(struct fl_trace_builder *b, const char *where, struct fl_err *err)
{
    fl_assert(!b->open);
    struct fl_trace *trace = b->trace;
    trace->blocks = b->blocks;
    trace->block = fl_arena_array(&trace->arena, b->blocks, sizeof *trace->block);
    if (b->blocks > 0)
        memcpy(trace->block, b->block, b->blocks * sizeof *trace->block);
    bool good = trace->blocks > 0 || fl_fail(err, where, "holds no operator; there is nothing to simulate");
    bool sizes = good && check_ops(trace, where, err);
    if (good) {
        good = fl_trace_infer(b, where, err) && sizes;
        good &= fl_trace_uses(b, sizes, where, err);
        good &= fl_trace_order(b, sizes, where, err);
    }
    good = good && fl_trace_caches(b, where, err) && count(trace, where, err);
    if (good)
        settle_tensors(b);
    fl_trace_build_drop(b);
    return good;
}

static const char *copied(struct fl_trace *trace, const char *text)
{
    return text != NULL ? fl_arena_text(&trace->arena, text) : NULL;
}

void fl_trace_head(struct fl_trace *trace, const struct fl_trace *from)
{
    trace->model = copied(trace, from->model);
    trace->phase = copied(trace, from->phase);
    trace->attention = copied(trace, from->attention);
    trace->logits = copied(trace, from->logits);
    trace->note = copied(trace, from->note);
    trace->context = from->context;
    trace->tokens = from->tokens;
    trace->source = from->source;
    trace->batch = from->batch;
    trace->layers_only = from->layers_only;
}

void fl_trace_free(struct fl_trace *trace)
{
    fl_arena_free(&trace->arena);
    memset(trace, 0, sizeof *trace);
}
