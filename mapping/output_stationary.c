/* output_stationary.c - sums wait in the accumulators until they are complete.
 *
 * A block of as many vectors as the accumulators hold sums for meets all inputs of its
 * outputs, tile after tile, before the next block comes. No partial sum sees SRAM; the
 * price is loading each tile again for every block. Cores go to groups, then to outputs.
 */
#include "mapping/nest.h"

static bool make(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping, struct fl_err *err)
{
    if (!fl_map_holds(op, pool, err))
        return false;
    if (pool->cores < 1)
        return fl_fail(err, op->name, "pool \"%s\" has no cores yet", pool->name);
    fl_map_tiles(op, pool, mapping);
    mapping->strategy = "output_stationary";
    fl_map_cores(op, pool, FL_DIM_N, mapping);
    const int32_t order[4] = {FL_DIM_G, FL_DIM_N, FL_DIM_M, FL_DIM_K};
    for (int i = 0; i < 4; i++)
        mapping->order[i] = order[i];
    if (mapping->cores_k < fl_ceil_div(op->k, mapping->tile_k) || mapping->frames > 1)
        mapping->tile_m = fl_least(op->m, fl_pool_grain(pool).sums);
    fl_map_sums(op, pool, mapping);
    return true;
}

static bool map(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                struct fl_err *err)
{
    return fl_map_best_pool(op, machine, mapping, make, err);
}

const struct fl_mapper fl_mapper_output_stationary = {
    "output_stationary", "sums stay in the accumulators until complete; tiles are loaded per block of vectors",
    map, false,
};
