/* hand_over.c - from a chip, or a GPU of a pipeline, to the one behind it, which works on the next layers. */
#include "traces/build.h"

const struct fl_op_type fl_op_hand_over = {
    .name = "hand_over", .does = "m rows of n values to the chips of the next layers",
    .form = FL_ROWS, .work = FL_DIGITAL_EXCHANGE, .reads_least = 1, .reads_most = 1, .keys = FL_KEYS_ROWS,
    .needed = FL_KEYS_ROWS,
};
