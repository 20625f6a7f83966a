/* norm.c - layer and RMS norms, of whole rows or of the heads in them. */
#include "traces/build.h"

/* Whether the rows of a norm are not those of what it reads but heads in them: several to a row. */
static bool heads_in_row(const struct fl_op *op, const struct fl_extent *in)
{
    return op->m > in->rows && op->m % in->rows == 0 && op->n <= in->width / (op->m / in->rows);
}

static bool fits(const struct fl_op *op, const struct fl_extent *in, const char *where, struct fl_err *err)
{
    if (in->rows == 0 || heads_in_row(op, in))
        return true;
    if (op->n != in->width)
        return fl_fits_unequal(where, "n", op->n, in->name, in->width, err);
    return op->m <= in->rows || fl_fits_too_many(where, op->m * op->n, in->name, fl_extent_values(in), err);
}

/* The row passes through where only some of its heads are normed. */
static struct fl_extent extent(const struct fl_op *op, const struct fl_extent *first)
{
    return first->rows > 0 && heads_in_row(op, first) ? *first : (struct fl_extent){ .rows = op->m, .width = op->n };
}

const struct fl_op_type fl_op_norm = {
    .name = "norm", .does = "m rows of n values", .form = FL_ROWS, .work = FL_DIGITAL_NORM,
    .reads_least = 1, .reads_most = 1, .keys = FL_KEYS_ROWS, .needed = FL_KEYS_ROWS, .fits = fits, .extent = extent,
};
