/* softmax_grad.c - back through a softmax: of the gradient of what it wrote, and of what it wrote. */
#include "traces/build.h"

/* Rows belong to heads in one operand, to tokens in another: the values in all are compared. */
static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    for (size_t i = 0; i < op->operands; i++)
        if (read[i].rows > 0 && op->m * op->n > fl_extent_values(&read[i]))
            return fl_fits_too_many(where, op->m * op->n, read[i].name, fl_extent_values(&read[i]), err);
    return true;
}

const struct fl_op_type fl_op_softmax_grad = {
    .name = "softmax_grad", .does = "m rows of n values: the gradient, first, of a softmax that wrote the second",
    .form = FL_ROWS, .work = FL_DIGITAL_SOFTMAX, .reads_least = 2, .reads_most = 2,
    .keys = FL_KEYS_ROWS | FL_KEYS_BAND, .needed = FL_KEYS_ROWS, .fits = fits,
};
