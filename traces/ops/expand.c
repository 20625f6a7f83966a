/* expand.c - rows again and again: a sequence's feedback for each of its tokens, a token's row for each of its experts.
 *
 * Rows may be cut to a part of their width (one feedback for points of several widths), or
 * be windows of whole rows.
 */
#include <inttypes.h>

#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *in, const char *where, struct fl_err *err)
{
    if (in->rows == 0 || op->n * op->m == fl_extent_values(in))
        return true;
    if (op->n > in->width && op->n % in->width != 0)
        return fl_fail(err, where, "n = %" PRId64 ", but rows of \"%s\" have %" PRId64 " values; give a part of a row, "
                       "or whole rows", op->n, in->name, in->width);
    return op->n > in->width || op->m % in->rows == 0 ||
           fl_fail(err, where, "m = %" PRId64 " is no multiple of the %" PRId64 " rows of \"%s\"; give each of them as "
                   "often", op->m, in->rows, in->name);
}

const struct fl_op_type fl_op_expand = {
    .name = "expand", .does = "m rows of n values: rows of its operand, each as often as it takes",
    .form = FL_ROWS, .work = FL_DIGITAL_ADD, .reads_least = 1, .reads_most = 1, .keys = FL_KEYS_ROWS,
    .needed = FL_KEYS_ROWS, .fits = fits,
};
