/* activation.c - a function of each value, or of a gate's beside the value it gates. */
#include "traces/build.h"

const struct fl_op_type fl_op_activation = {
    .name = "activation",
    .does = "m rows of n values; of two operands act(first) x second", .form = FL_ROWS, .work = FL_DIGITAL_ACTIVATION,
    .reads_least = 1, .reads_most = 2, .keys = FL_KEYS_ROWS | FL_KEY(GATED), .needed = FL_KEYS_ROWS,
};
