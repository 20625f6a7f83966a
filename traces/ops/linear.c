/* linear.c - vectors times weights that stay what they are while the trace runs.
 *
 * Groups are experts where each has rows of its own. What says which rows those are, a value
 * for each row and expert as topk leaves it, may be read beside them: nothing is worked out
 * with it, but no row is known to be an expert's before it is there.
 */
#include <inttypes.h>

#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *in, const char *where, struct fl_err *err)
{
    int64_t groups = op->first + op->groups;
    if (op->operands > 2 && in[1].rows > 0 && in[1].width < groups)
        return fl_fail(err, where, "has %" PRId64 " groups, but rows of \"%s\", which tells theirs, have %" PRId64
                       " values; it must have one for each group", groups, in[1].name, in[1].width);
    if (in->rows == 0)
        return true;
    if (in->heads) {
        int64_t wanted = op->m * op->k, have = fl_extent_values(in);
        if (wanted > have)
            return fl_fits_too_many(where, wanted, in->name, have, err);
        return have % op->k == 0 || fl_fits_unequal(where, "k", op->k, in->name, in->width, err);
    }
    if (op->groups > 1 && op->k <= in->width / op->groups)     /* each group has a part of each row */
        return op->m <= in->rows || fl_fits_too_many(where, op->m * op->k, in->name, fl_extent_values(in), err);
    if (op->k != in->width)
        return fl_fits_unequal(where, "k", op->k, in->name, in->width, err);
    return op->m <= in->rows || fl_fits_too_many(where, op->m * op->k, in->name, fl_extent_values(in), err);
}

/* Groups make heads. */
static struct fl_extent extent(const struct fl_op *op, const struct fl_extent *first)
{
    int64_t rows;
    (void)first;
    return (struct fl_extent){ .rows = fl_times(op->groups, op->m, &rows) ? rows : 0, .width = op->n,
                               .heads = op->groups > 1 };
}

const struct fl_op_type fl_op_linear = {
    .name = "linear",
    .does = "out[m][n] = in[m][k] x weight[k][n], in each group, whose rows a second operand may tell",
    .form = FL_PRODUCT, .stored = FL_TENSOR_PARAMETER, .reads_least = 1, .reads_most = 2,
    .keys = FL_KEYS_PRODUCT | FL_KEY(GROUPS) | FL_KEY(ROWS) | FL_KEY(TIED) | FL_KEY(SIGN) | FL_KEY(PLACED),
    .needed = FL_KEYS_PRODUCT,
    .since_2 = FL_KEY(GROUPS) | FL_KEY(ROWS),
    .fits = fits, .extent = extent,
};
