/* gather.c - between chips that share an operator: each has k of the n values of a row, and all get all of them. */
#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *in, const char *where, struct fl_err *err)
{
    if (op->k > op->n)
        return fl_fail(err, where, "k = %lld of n = %lld values of a row; a chip has no more than all of them",
                       (long long)op->k, (long long)op->n);
    const struct fl_extent wanted = { .rows = op->m, .width = op->k };
    return in->rows == 0 || fl_extent_values(&wanted) <= fl_extent_values(in) ||
           fl_fits_too_many(where, fl_extent_values(&wanted), in->name, fl_extent_values(in), err);
}

static int64_t inputs(const struct fl_op *op) { return op->k; }

const struct fl_op_type fl_op_gather = {
    .name = "gather", .does = "m rows of n values, of which each of several chips has k and sends them to all others",
    .form = FL_ROWS, .work = FL_DIGITAL_EXCHANGE, .reads_least = 1, .reads_most = 1, .keys = FL_KEYS_PRODUCT,
    .needed = FL_KEYS_PRODUCT, .fits = fits, .inputs = inputs,
};
