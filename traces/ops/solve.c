/* solve.c - weights by least squares, of the products of features with themselves and with targets.
 *
 * m x m equations with n right sides, by Cholesky's method: m^3 / 3 + m^2 n multiply-adds, so
 * k = m (m / (3 n) + 1) for each of the m x n weights.
 */
#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    const int64_t wanted[] = { op->m * op->m, op->m * op->n };
    for (size_t i = 0; i < op->operands; i++)
        if (read[i].rows > 0 && wanted[i] > fl_extent_values(&read[i]))
            return fl_fits_too_many(where, wanted[i], read[i].name, fl_extent_values(&read[i]), err);
    return true;
}

const struct fl_op_type fl_op_solve = {
    .name = "solve",
    .does = "m rows of n values: weights from the m x m equations of the first operand and the right sides of the "
            "second, k multiply-adds each",
    .form = FL_ROWS, .work = FL_DIGITAL_MACS, .reads_least = 2, .reads_most = 2, .keys = FL_KEYS_PRODUCT,
    .needed = FL_KEYS_PRODUCT, .rounds_k = 1, .fits = fits,
};
