/* loss.c - the gradient of a loss with respect to what a network says: softmax less the target, row by row.
 *
 * The loss itself, one number a row, is by the way.
 */
#include "traces/build.h"

/* Targets are the number of the right value, one a row, or whole rows. */
static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    if (read[0].rows == 0)
        return true;
    if (op->n != read[0].width)
        return fl_fits_unequal(where, "n", op->n, read[0].name, read[0].width, err);
    if (op->m > read[0].rows)
        return fl_fits_too_many(where, op->m * op->n, read[0].name, fl_extent_values(&read[0]), err);
    return read[1].rows == 0 || op->m <= fl_extent_values(&read[1]) ||
           fl_fits_too_many(where, op->m, read[1].name, fl_extent_values(&read[1]), err);
}

const struct fl_op_type fl_op_loss = {
    .name = "loss", .does = "m rows of n values: of the first operand, the gradient of its loss by the second, targets",
    .form = FL_ROWS, .work = FL_DIGITAL_SOFTMAX, .reads_least = 2, .reads_most = 2, .keys = FL_KEYS_ROWS,
    .needed = FL_KEYS_ROWS, .fits = fits,
};
