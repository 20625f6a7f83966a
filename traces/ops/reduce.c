/* reduce.c - between chips that have shared a product by its inputs: each has a part of every sum, and gets those of
 * all others of the k sums of a row that are its own. What adds them up comes behind.
 *
 * Around a ring a chip adds its own to what comes and passes that on, so that n - k sums of a row pass each link (the
 * reduce-scatter of message passing libraries, the first half of an all-reduce; R. Thakur et al., International Journal
 * of High Performance Computing Applications 19, 49, 2005). Sums wider than values count as several values.
 */
#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *in, const char *where, struct fl_err *err)
{
    if (op->k > op->n)
        return fl_fail(err, where, "k = %lld of n = %lld sums of a row; a chip keeps no more than all of them",
                       (long long)op->k, (long long)op->n);
    return in->rows == 0 || op->m <= in->rows ||
           fl_fits_too_many(where, op->m * op->n, in->name, fl_extent_values(in), err);
}

static int64_t inputs(const struct fl_op *op) { return op->n - op->k; }

const struct fl_op_type fl_op_reduce = {
    .name = "reduce", .does = "m rows of n partial sums, of which each of several chips gets all parts of its k",
    .form = FL_ROWS, .work = FL_DIGITAL_EXCHANGE, .reads_least = 1, .reads_most = 1, .keys = FL_KEYS_PRODUCT,
    .needed = FL_KEYS_PRODUCT, .fits = fits, .inputs = inputs,
};
