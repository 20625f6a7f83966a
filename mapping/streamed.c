/* streamed.c - strategy "streamed": both operands pass by cores that hold nothing. deal.h says who gets which tile. */
#include "mapping/deal.h"

static bool make(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping, struct fl_err *err)
{
    if (!fl_pool_streams(pool))
        return fl_fail(err, op->name, "pool \"%s\" holds its weights, and cannot stream them", pool->name);
    fl_deal_map(op, pool, mapping);
    return true;
}

static bool map(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                struct fl_err *err)
{
    return fl_map_best_pool(op, machine, mapping, make, err);
}

const struct fl_mapper fl_mapper_streamed = {
    "streamed", "both operands pass by, as cores do that hold nothing", map, false,
};
