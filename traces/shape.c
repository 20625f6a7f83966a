/* shape.c - whether an operator's sizes fit what it reads.
 *
 * A trace names tensors, not their sizes; but an operator's own sizes tell what it
 * writes, so a reader that wants more than that, or wider rows, must be a slip. Operators
 * may read fewer rows than there are (the head reads the last token only), a part of each
 * row (attention reads the queries in qkv, a norm its heads), or, in a sum, the same row
 * for many (positions in a batch), so only what cannot be is refused.
 */
#include <inttypes.h>

#include "traces/build.h"

/* Whether the rows of a norm are not those of what it reads but heads in them: several to a row. */
static bool heads_in_row(const struct fl_op *op, const struct fl_shape *in)
{
    return op->m > in->rows && op->m % in->rows == 0 && op->n <= in->width / (op->m / in->rows);
}

struct fl_shape fl_op_shape(const struct fl_op *op, const struct fl_shape *first)
{
    int64_t rows = 0;
    switch (op->kind) {
    case FL_OP_KV_APPEND:
        return (struct fl_shape){0};                /* a cache: it holds more than was appended */
    case FL_OP_ROTARY:
        return *first;                              /* the row passes through; a part of it is rotated */
    case FL_OP_NORM:
        if (first->rows > 0 && heads_in_row(op, first))
            return *first;                          /* so too; some of its heads are normed */
        return (struct fl_shape){ .rows = op->m, .width = op->n };
    case FL_OP_MATMUL:
        if (!fl_times(op->groups, op->m, &rows))
            rows = 0;
        return (struct fl_shape){ .rows = rows, .width = op->n, .heads = true };
    default:
        return (struct fl_shape){ .rows = op->m, .width = op->n, .table = op->kind == FL_OP_EMBED };
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
    size_t last = op->reads[1] != NULL ? 1 : 0;
    int64_t streamed = op->groups * op->m * op->k, loaded = op->groups * op->k * op->n;
    bool good = true;
    if (read[0].rows > 0 && streamed > values(&read[0]))
        good = too_many(where, streamed, op->reads[0], values(&read[0]), err);
    else if (!op->kv && op->band.past == 0 && read[last].rows > 0 && loaded > values(&read[last]))
        good = too_many(where, loaded, op->reads[last], values(&read[last]), err);
    return good;
}

/* An embed reads numbers of rows, one for each of its own, whatever they come from. */
static bool embed_fits(const struct fl_op *op, const struct fl_shape *in, const char *where, struct fl_err *err)
{
    return op->reads[0] == NULL || in->rows == 0 || op->m <= values(in) ||
           too_many(where, op->m, op->reads[0], values(in), err);
}

/* Whether a sum finds its rows in one operand: as many, or the same ones again and again. */
static bool has_rows(const struct fl_op *op, const struct fl_shape *in)
{
    return in->rows == 0 || in->rows >= op->m || op->m % in->rows == 0;
}

/* Whether all that an operand lacks is the tokens of a vision model that no patch makes: the other one is a table that
 * has a row for each token of a sequence, and up to two of them are the class and the distillation token. */
static bool lacks_tokens(const struct fl_op *op, const struct fl_shape *in, const struct fl_shape *table)
{
    enum { MOST_TOKENS = 2 };
    if (!table->table || table->rows == 0 || op->m % table->rows != 0)
        return false;
    int64_t sequences = op->m / table->rows;
    return in->rows % sequences == 0 && in->rows < op->m && op->m - in->rows <= MOST_TOKENS * sequences;
}

static bool sum_fits(const struct fl_op *op, const struct fl_shape *read, const char *where, struct fl_err *err)
{
    bool whole = false;
    for (size_t i = 0; i < 2; i++) {
        const struct fl_shape *in = &read[i];
        bool tokens = lacks_tokens(op, in, &read[1 - i]);
        whole = whole || tokens || in->rows == 0 || in->rows >= op->m;
        if (in->rows > 0 && op->n != in->width)
            return unequal(where, "n", op->n, op->reads[i], in->width, err);
        if (!tokens && !has_rows(op, in))
            return too_many(where, op->m * op->n, op->reads[i], values(in), err);
    }
    return whole || too_many(where, op->m * op->n, op->reads[0], values(&read[0]), err);
}

static bool norm_fits(const struct fl_op *op, const struct fl_shape *in, const char *where, struct fl_err *err)
{
    if (heads_in_row(op, in))
        return true;
    if (op->n != in->width)
        return unequal(where, "n", op->n, op->reads[0], in->width, err);
    return op->m <= in->rows || too_many(where, op->m * op->n, op->reads[0], values(in), err);
}

/* Kinds that take a part of each row. */
static bool part_fits(const struct fl_op *op, size_t which, const struct fl_shape *in, const char *where,
                      struct fl_err *err)
{
    int64_t width = op->n;
    if (op->gated && op->reads[1] == NULL && !fl_times(op->n, 2, &width))
        width = INT64_MAX;
    if (width > in->width)
        return fl_fail(err, where, "%s = %" PRId64 ", but rows of \"%s\" have %" PRId64 " values; read no more",
                       width > op->n ? "gated: 2n" : "n", width, op->reads[which], in->width);
    return op->m <= in->rows || too_many(where, values(&(struct fl_shape){ .rows = op->m, .width = width }),
                                           op->reads[which], values(in), err);
}

static bool softmax_fits(const struct fl_op *op, const struct fl_shape *in, const char *where, struct fl_err *err)
{
    if (in->rows != op->m)
        return fl_fail(err, where, "m = %" PRId64 ", but \"%s\" has %" PRId64 " rows; make them equal", op->m,
                       op->reads[0], in->rows);
    return op->n == in->width || unequal(where, "n", op->n, op->reads[0], in->width, err);
}

bool fl_op_fits(const struct fl_op *op, const struct fl_shape *read, const char *where, struct fl_err *err)
{
    if (op->kind == FL_OP_EMBED)
        return embed_fits(op, read, where, err);
    if (op->kind == FL_OP_MATMUL)
        return matmul_fits(op, read, where, err);
    if (op->kind == FL_OP_ADD)
        return sum_fits(op, read, where, err);
    bool good = true;
    for (size_t i = 0; op->reads[i] != NULL; i++) {
        const struct fl_shape *in = &read[i];
        if (in->rows == 0)
            continue;
        good &= op->kind == FL_OP_LINEAR    ? linear_fits(op, in, where, err)
                : op->kind == FL_OP_SOFTMAX ? softmax_fits(op, in, where, err)
                : op->kind == FL_OP_NORM    ? norm_fits(op, in, where, err)
                                            : part_fits(op, i, in, where, err);
    }
    return good;
}
