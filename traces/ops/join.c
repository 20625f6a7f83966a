/* join.c - gradients of parts of a tensor, side by side: what queries, keys and values leave of the rows they shared.
 *
 * What no operand gives is zero: rows that nobody read.
 */
#include <inttypes.h>

#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    for (size_t i = 0; i < op->operands; i++)
        if (read[i].rows > 0 && fl_extent_values(&read[i]) > op->m * op->n)
            return fl_fail(err, where, "m x n is %" PRId64 ", but \"%s\" alone has %" PRId64 " values; make it larger",
                           op->m * op->n, read[i].name, fl_extent_values(&read[i]));
    return true;
}

/* Together they are the row. */
static int64_t inputs(const struct fl_op *op) { return op->n; }

const struct fl_op_type fl_op_join = {
    .name = "join", .does = "m rows of n values, put together of those of all operands",
    .form = FL_ROWS, .work = FL_DIGITAL_ADD, .reads_least = 1, .reads_most = 4, .keys = FL_KEYS_ROWS,
    .needed = FL_KEYS_ROWS, .fits = fits, .inputs = inputs,
};
