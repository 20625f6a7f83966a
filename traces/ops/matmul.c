/* matmul.c - a product of two operands that are computed: attention's scores and context.
 *
 * Inputs of the loaded one that all groups share, as the rotated part of the keys of latent
 * attention, may be in a tensor of their own, read between the two.
 */
#include <inttypes.h>

#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    const struct fl_extent *shared = op->operands > 2 ? &read[1] : NULL, *last = &read[shared != NULL ? 2 : 1];
    bool turned = shared != NULL && op->reads[1].transposed;
    int64_t part = shared == NULL ? 0 : turned ? shared->rows : shared->width;
    int64_t own = (turned ? op->n : op->k) - part, across = turned ? op->k : op->n;
    int64_t streamed = op->groups * op->m * op->k, loaded = op->groups * own * across;
    bool good = true;
    if (own < 1)
        good = fl_fail(err, where, "%s = %" PRId64 ", but rows of \"%s\", which all groups share, have %" PRId64
                       " values; they are a part of these", turned ? "n" : "k", own + part, shared->name, part);
    else if (read[0].rows > 0 && streamed > fl_extent_values(&read[0]))
        good = fl_fits_too_many(where, streamed, read[0].name, fl_extent_values(&read[0]), err);
    else if (!fl_op_from_dram(op) && op->band.past == 0 && last->rows > 0 && loaded > fl_extent_values(last))
        good = fl_fits_too_many(where, loaded, last->name, fl_extent_values(last), err);
    return good;
}

static struct fl_extent extent(const struct fl_op *op, const struct fl_extent *first)
{
    int64_t rows = 0;
    (void)first;
    if (!fl_times(op->groups, op->m, &rows))
        rows = 0;
    return (struct fl_extent){ .rows = rows, .width = op->n, .heads = true };
}

const struct fl_op_type fl_op_matmul = {
    .name = "matmul",
    .does = "the same of two operands, the streamed one first; one tensor may hold both, one between what groups share",
    .form = FL_PRODUCT, .reads_least = 1, .reads_most = 3,
    .keys = FL_KEYS_PRODUCT | FL_KEYS_BAND | FL_KEY(GROUPS) | FL_KEY(KV) | FL_KEY(SIGN) | FL_KEY(PLACED),
    .needed = FL_KEYS_PRODUCT, .masks_inputs = true, .fits = fits, .extent = extent,
};
