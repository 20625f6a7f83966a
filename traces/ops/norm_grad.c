/* norm_grad.c - back through a norm: of the gradient of what it wrote, and of what it wrote.
 *
 * What a norm wrote, and one number a row, are enough to go back through it; its input need
 * not be kept.
 */
#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    for (size_t i = 0; i < op->operands; i++)
        if (read[i].rows > 0 && op->m * op->n > fl_extent_values(&read[i]))
            return fl_fits_too_many(where, op->m * op->n, read[i].name, fl_extent_values(&read[i]), err);
    return true;
}

/* Values that are in no norm pass through. */
static struct fl_extent extent(const struct fl_op *op, const struct fl_extent *first)
{
    const struct fl_extent own = { .rows = op->m, .width = op->n };
    return first->rows > 0 && fl_extent_values(first) > fl_extent_values(&own) ? *first : own;
}

const struct fl_op_type fl_op_norm_grad = {
    .name = "norm_grad", .does = "m rows of n values: the gradient, first, of a norm that wrote the second",
    .form = FL_ROWS, .work = FL_DIGITAL_NORM, .reads_least = 2, .reads_most = 2, .keys = FL_KEYS_ROWS,
    .needed = FL_KEYS_ROWS, .fits = fits, .extent = extent,
};
