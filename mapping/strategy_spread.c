/* strategy_spread.c - strategy "spread": tiles are loaded, and counted out to all cores one by one (spread.h). */
#include "mapping/spread.h"

static bool map(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                struct fl_err *err)
{
    return fl_map_best_pool(op, machine, mapping, fl_spread_map, err);
}

const struct fl_mapper fl_mapper_spread = {
    "spread", "tiles are loaded, and dealt to all cores one by one", map, false,
};
