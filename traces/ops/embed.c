/* embed.c - rows of a table in DRAM, by number: tokens, positions, token types. */
#include "traces/build.h"

/* It reads numbers of rows, one for each of its own, whatever they come from. */
static bool fits(const struct fl_op *op, const struct fl_extent *in, const char *where, struct fl_err *err)
{
    return in->rows == 0 || op->m <= fl_extent_values(in) ||
           fl_fits_too_many(where, op->m, in->name, fl_extent_values(in), err);
}

static struct fl_extent extent(const struct fl_op *op, const struct fl_extent *first)
{
    (void)first;
    return (struct fl_extent){ .rows = op->m, .width = op->n, .table = true };
}

const struct fl_op_type fl_op_embed = {
    .name = "embed",
    .does = "m rows of n values, from a table of k rows in DRAM",
    .form = FL_LOOKUP, .stored = FL_TENSOR_PARAMETER, .reads_least = 0, .reads_most = 1,
    .keys = FL_KEYS_PRODUCT, .needed = FL_KEYS_PRODUCT,
    .fits = fits, .extent = extent,
};
