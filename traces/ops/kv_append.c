/* kv_append.c - new keys and values for the cache in DRAM. */
#include "traces/build.h"

/* A cache holds more than was appended. */
static struct fl_extent extent(const struct fl_op *op, const struct fl_extent *first)
{
    (void)op;
    (void)first;
    return (struct fl_extent){0};
}

const struct fl_op_type fl_op_kv_append = {
    .name = "kv_append", .does = "m rows of n values, to a cache in DRAM",
    .form = FL_APPEND, .stored = FL_TENSOR_CACHE, .reads_least = 1, .reads_most = 2,
    .keys = FL_KEYS_ROWS, .needed = FL_KEYS_ROWS, .extent = extent,
};
