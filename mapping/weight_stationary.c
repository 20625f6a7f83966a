/* weight_stationary.c - a tile of weights is loaded once and every vector streamed past it.
 *
 * Fewest loads: each tile once per occurrence. Cores go to groups, then to the inputs of
 * one operand (their sums meet in the accumulators), then to more outputs. Where the
 * cores do not cover an operand its partial sums travel through SRAM.
 */
#include "mapping/nest.h"

static bool make(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping, struct fl_err *err)
{
    if (!fl_map_holds(op, pool, err))
        return false;
    if (pool->cores < 1)
        return fl_fail(err, op->name, "pool \"%s\" has no cores yet", pool->name);
    fl_map_tiles(op, pool, mapping);
    mapping->strategy = "weight_stationary";
    fl_map_cores(op, pool, FL_DIM_K, mapping);
    fl_map_sums(op, pool, mapping);
    return true;
}

static bool map(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                struct fl_err *err)
{
    return fl_map_best_pool(op, machine, mapping, make, err);
}

const struct fl_mapper fl_mapper_weight_stationary = {
    "weight_stationary", "each tile of weights is loaded once and all vectors pass it", map, false,
};
