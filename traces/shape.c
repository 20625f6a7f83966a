/* shape.c - whether an operator's sizes fit what it reads.
 *
 * An operator's own sizes tell what it writes, so a reader that wants more than that, or
 * wider rows, must be a slip. Operators may read fewer rows than there are (the head reads
 * the last token only), a part of each row (attention reads the queries in qkv, a norm its
 * heads), or, in a sum, the same row for many (positions in a batch), so only what cannot
 * be is refused. What is more than that, a kind's own file of traces/ops/ says.
 */
#include <inttypes.h>

#include "traces/build.h"

struct fl_extent fl_op_extent(const struct fl_op *op, const struct fl_extent *first)
{
    int64_t rows;
    if (op->type->extent != NULL)
        return op->type->extent(op, first);
    return (struct fl_extent){ .rows = fl_times(op->groups, op->m, &rows) ? rows : 0, .width = op->n };
}

int64_t fl_extent_values(const struct fl_extent *extent)
{
    int64_t all;
    return fl_times(extent->rows, extent->width, &all) ? all : INT64_MAX;
}

bool fl_fits_unequal(const char *where, const char *key, int64_t size, const char *tensor, int64_t width,
                     struct fl_err *err)
{
    return fl_fail(err, where, "%s = %" PRId64 ", but rows of \"%s\" have %" PRId64 " values; make them equal", key,
                   size, tensor, width);
}

bool fl_fits_too_many(const char *where, int64_t wanted, const char *tensor, int64_t have, struct fl_err *err)
{
    return fl_fail(err, where, "reads %" PRId64 " values of \"%s\", which has %" PRId64 "; check the sizes of both",
                   wanted, tensor, have);
}

/* Kinds that take a part of each row: of one tensor that holds both operands, both parts. */
static bool part_fits(const struct fl_op *op, const struct fl_extent *in, bool both, const char *where,
                      struct fl_err *err)
{
    int64_t width = op->n, values;
    if (in->heads && !both && fl_times(op->m, op->n, &values) && values <= fl_extent_values(in))
        return true;                    /* values of a row, laid out by heads */
    if (both && !fl_times(op->n, 2, &width))
        width = INT64_MAX;
    if (width > in->width)
        return fl_fail(err, where, "%s = %" PRId64 ", but rows of \"%s\" have %" PRId64 " values; read no more",
                       both ? "gated: 2n" : "n", width, in->name, in->width);
    const struct fl_extent wanted = { .rows = op->m, .width = width };
    return op->m <= in->rows || fl_fits_too_many(where, fl_extent_values(&wanted), in->name, fl_extent_values(in), err);
}

bool fl_op_fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    if (op->type->fits != NULL)
        return op->type->fits(op, read, where, err);
    bool good = true, both = op->type->form == FL_ROWS && op->operands == 2 &&
                             op->reads[0].tensor == op->reads[1].tensor;
    for (size_t i = 0; i < (both ? 1 : op->operands); i++)
        if (read[i].rows > 0)
            good &= part_fits(op, &read[i], both, where, err);
    return good;
}
