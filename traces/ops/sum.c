/* sum.c - sums of several values each: over heads that shared keys, over sequences that shared a table, over windows.
 *
 * Of two operands it sums products, value by value.
 */
#include <inttypes.h>

#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    int64_t written = op->m * op->n, most;
    for (size_t i = 0; i < op->operands; i++) {
        int64_t have = fl_extent_values(&read[i]);
        if (read[i].rows > 0 && written > have)
            return fl_fits_too_many(where, written, read[i].name, have, err);
        if (read[i].rows > 0 && fl_times(written, op->k, &most) && most < have)
            return fl_fail(err, where, "sums k = %" PRId64 " each to %" PRId64 " values, but \"%s\" has %" PRId64
                           "; give a larger k", op->k, written, read[i].name, have);
    }
    return true;
}

const struct fl_op_type fl_op_sum = {
    .name = "sum", .does = "m rows of n values, sums of up to k each of those of its operand, or of two their products",
    .form = FL_ROWS, .work = FL_DIGITAL_ADD, .reads_least = 1, .reads_most = 2, .keys = FL_KEYS_PRODUCT,
    .needed = FL_KEYS_PRODUCT, .rounds_k = 1, .reads_k = true, .fits = fits,
};
