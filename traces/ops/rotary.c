/* rotary.c - rotates some of the values of each row by its position; the others pass through. */
#include "traces/build.h"

static struct fl_extent extent(const struct fl_op *op, const struct fl_extent *first)
{
    (void)op;
    return *first;
}

const struct fl_op_type fl_op_rotary = {
    .name = "rotary", .does = "m rows, n values of each; the others pass through", .form = FL_ROWS,
    .work = FL_DIGITAL_ROTARY, .reads_least = 1, .reads_most = 1, .keys = FL_KEYS_ROWS, .needed = FL_KEYS_ROWS,
    .extent = extent,
};
