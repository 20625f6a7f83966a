/* shape.c - whether an operator's sizes fit what it reads.
 *
 * A trace names tensors, not their sizes; but an operator's own sizes tell what it
 * writes, so a reader whose rows are wider than that must be a slip. Operators may
 * read fewer rows than there are (the head reads the last token only), a part of each
 * row (attention reads the queries in qkv), or the same row for many (positions in a
 * batch), so only what cannot be is refused.
 */
#include <inttypes.h>

#include "traces/build.h"

struct fl_shape fl_op_shape(const struct fl_op *op, const struct fl_shape *first)
{
    int64_t rows = 0;
    switch (op->kind) {
    case FL_OP_KV_APPEND:
        return (struct fl_shape){0};                /* a cache: it holds more than was appended */
    case FL_OP_ROTARY:
        return *first;                              /* the row passes through; a part of it is rotated */
    case FL_OP_MATMUL:
        if (!fl_times(op->groups, op->m, &rows))
            rows = 0;
        return (struct fl_shape){ .rows = rows, .width = op->n, .heads = true };
    default:
        return (struct fl_shape){ .rows = op->m, .width = op->n };
    }
}

/* Values in a tensor, at most INT64_MAX. */
static int64_t values(const struct fl_shape *shape)
{
    int64_t all;
    return fl_times(shape->rows, shape->width, &all) ? all : INT64_MAX;
}

static bool unequal(const char *where, const char *key, int64_t size, const char *tensor, int64_t width,
                    struct fl_err *err)
{
    return fl_fail(err, where, "%s = %" PRId64 ", but rows of \"%s\" have %" PRId64 " values; make them equal", key,
                   size, tensor, width);
}

static bool too_many(const char *where, int64_t wanted, const char *tensor, int64_t have, struct fl_err *err)
{
    return fl_fail(err, where, "reads %" PRId64 " values of \"%s\", which has %" PRId64 "; check the sizes of both",
                   wanted, tensor, have);
}

static bool linear_fits(const struct fl_op *op, const struct fl_shape *in, const char *where, struct fl_err *err)
{
    if (in->heads) {
        int64_t wanted = op->m * op->k, have = values(in);
        if (wanted > have)
            return too_many(where, wanted, op->reads[0], have, err);
        return have % op->k == 0 || unequal(where, "k", op->k, op->reads[0], in->width, err);
    }
    if (op->k != in->width)
        return unequal(where, "k", op->k, op->reads[0], in->width, err);
    return op->m <= in->rows || too_many(where, op->m * op->k, op->reads[0], values(in), err);
}

static bool matmul_fits(const struct fl_op *op, const struct fl_shape *read, const char *where, struct fl_err *err)
{
    int64_t streamed = op->groups * op->m * op->k, loaded = op->groups * op->k * op->n;
    bool good = true;
    if (read[0].rows > 0 && streamed > values(&read[0]))
        good = too_many(where, streamed, op->reads[0], values(&read[0]), err);
    if (op->reads[1] != NULL && !op->kv && op->past == 0 && read[1].rows > 0 && loaded > values(&read[1]))
        good = too_many(where, loaded, op->reads[1], values(&read[1]), err);
    return good;
}

bool fl_op_fits(const struct fl_op *op, const struct fl_shape *read, const char *where, struct fl_err *err)
{
    if (op->kind == FL_OP_EMBED)
        return true;                                /* it reads row numbers, whatever they come from */
    if (op->kind == FL_OP_MATMUL)
        return matmul_fits(op, read, where, err);
    bool good = true;
    for (size_t i = 0; op->reads[i] != NULL; i++) {
        const struct fl_shape *in = &read[i];
        if (in->rows == 0)
            continue;
        int64_t width = op->gated && op->reads[1] == NULL ? 2 * op->n : op->n;
        bool part = op->kind == FL_OP_ACTIVATION || op->kind == FL_OP_ROTARY || op->kind == FL_OP_KV_APPEND;
        if (op->kind == FL_OP_LINEAR)
            good &= linear_fits(op, in, where, err);
        else if (op->kind == FL_OP_SOFTMAX && in->rows != op->m)
            good = fl_fail(err, where, "m = %" PRId64 ", but \"%s\" has %" PRId64 " rows; make them equal", op->m,
                           op->reads[i], in->rows);
        else if (part && width > in->width)
            good = fl_fail(err, where, "%s = %" PRId64 ", but rows of \"%s\" have %" PRId64 " values; read no more",
                           width > op->n ? "gated: 2n" : "n", width, op->reads[i], in->width);
        else if (!part && op->n != in->width)
            good = unequal(where, "n", op->n, op->reads[i], in->width, err);
    }
    return good;
}
