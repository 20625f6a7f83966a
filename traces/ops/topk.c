/* topk.c - of each row the k largest values, as a router picks its experts.
 *
 * One pass over the row for each that is picked: the comparisons are the work, and as
 * cheap as sums. What is not picked is zero in what it writes, so rows keep their width.
 */
#include <inttypes.h>

#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *in, const char *where, struct fl_err *err)
{
    if (op->k > op->n)
        return fl_fail(err, where, "picks k = %" PRId64 " of n = %" PRId64 " values; no more than there are", op->k,
                       op->n);
    if (in->rows == 0)
        return true;
    if (op->n != in->width)
        return fl_fits_unequal(where, "n", op->n, in->name, in->width, err);
    return op->m <= in->rows || fl_fits_too_many(where, op->m * op->n, in->name, fl_extent_values(in), err);
}

const struct fl_op_type fl_op_topk = {
    .name = "topk",
    .does = "m rows of n values: the k largest as they are, the others zero", .form = FL_ROWS, .work = FL_DIGITAL_ADD,
    .reads_least = 1, .reads_most = 1, .keys = FL_KEYS_PRODUCT, .needed = FL_KEYS_PRODUCT, .rounds_k = 1,
    .fits = fits,
};
