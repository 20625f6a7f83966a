/* scatter.c - rows added to those of a tensor by number: the gradient of a table that was looked up in.
 *
 * A tensor that somebody has begun (the gradient by a head that shares the table) is read as
 * the second operand; else the k rows begin as zeros.
 */
#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    return read[0].rows == 0 || op->m * op->n <= fl_extent_values(&read[0]) ||
           fl_fits_too_many(where, op->m * op->n, read[0].name, fl_extent_values(&read[0]), err);
}

static struct fl_extent extent(const struct fl_op *op, const struct fl_extent *first)
{
    (void)first;
    return (struct fl_extent){ .rows = op->k, .width = op->n };
}

const struct fl_op_type fl_op_scatter = {
    .name = "scatter", .does = "m rows of n values, added by number to k rows, those of the second operand or zeros",
    .form = FL_ROWS, .work = FL_DIGITAL_ADD, .reads_least = 1, .reads_most = 2, .keys = FL_KEYS_PRODUCT,
    .needed = FL_KEYS_PRODUCT, .fits = fits, .extent = extent,
};
