/* aggregate.c - sums of k rows each, weighed: what a token's experts have made of it.
 *
 * Each row read is multiplied by its weight and added up: two elementary operations a
 * value. The weights, one a row, are the second operand; if they come from outside they are
 * the edges of a graph, and a node's row stands in the sum of each of its neighbours.
 */
#include "traces/build.h"

static bool fits(const struct fl_op *op, const struct fl_extent *read, const char *where, struct fl_err *err)
{
    int64_t rows;
    if (read[0].rows > 0 && op->n != read[0].width)
        return fl_fits_unequal(where, "n", op->n, read[0].name, read[0].width, err);
    bool edges = read[1].rows == 0;     /* from outside: of a graph, whose rows stand in several sums */
    if (!fl_times(op->m, op->k, &rows) || (read[0].rows > 0 && rows > read[0].rows && !edges))
        return fl_fits_too_many(where, op->m * op->k * op->n, read[0].name, fl_extent_values(&read[0]), err);
    return read[1].rows == 0 || rows <= fl_extent_values(&read[1]) ||
           fl_fits_too_many(where, rows, read[1].name, fl_extent_values(&read[1]), err);
}

const struct fl_op_type fl_op_aggregate = {
    .name = "aggregate",
    .does = "m rows of n values, sums of k rows each of the first operand, times weights that the second holds",
    .form = FL_ROWS, .work = FL_DIGITAL_ADD, .reads_least = 2, .reads_most = 2,
    .keys = FL_KEYS_PRODUCT, .needed = FL_KEYS_PRODUCT, .rounds_k = 2, .reads_k = true, .fits = fits,
};
