/* matmul.c - a product of two operands that are computed: attention's scores and context. */
#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    int64_t streamed = op->groups * op->m * op->k, loaded = op->groups * op->k * op->n;
    bool good = true;
    if (read[0].rows > 0 && streamed > fl_extent_values(&read[0]))
        good = fl_fits_too_many(where, streamed, read[0].name, fl_extent_values(&read[0]), err);
    else if (!fl_op_from_dram(op) && op->band.past == 0 && read[1].rows > 0 && loaded > fl_extent_values(&read[1]))
        good = fl_fits_too_many(where, loaded, read[1].name, fl_extent_values(&read[1]), err);
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
    .does = "the same of two operands, the streamed one first; one tensor may hold both",
    .form = FL_PRODUCT, .reads_least = 1, .reads_most = 2,
    .keys = FL_KEYS_PRODUCT | FL_KEYS_BAND | FL_KEY(GROUPS) | FL_KEY(KV) | FL_KEY(SIGN) | FL_KEY(PLACED),
    .needed = FL_KEYS_PRODUCT, .masks_inputs = true, .fits = fits, .extent = extent,
};
