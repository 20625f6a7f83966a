/* weights_in_place.c - every tile of every static weight has a core of its own and stays there.
 *
 * All tiles of an operator work at once, in one step; nothing is loaded while the run
 * lasts and no partial sum leaves the accumulators. Paid for in cores, most of them idle
 * at any time. Whether the tiles of the whole model fit is the plan's to say.
 */
#include "mapping/nest.h"

static bool make(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping, struct fl_err *err)
{
    if (!fl_map_holds(op, pool, err))
        return false;
    if (fl_pool_frames(pool) > 1)
        return fl_fail(err, op->name, "weights in place cannot show %lld slices one after another; pool \"%s\" needs "
                       "weight_slices = \"space\" for that", (long long)fl_pool_frames(pool), pool->name);
    fl_map_tiles(op, pool, mapping);
    mapping->strategy = "weights_in_place";
    mapping->cores_g = op->groups;
    mapping->cores_k = fl_ceil_div(op->k, mapping->tile_k);
    mapping->cores_n = fl_ceil_div(op->n, mapping->tile_n);
    bool overflow = false;
    mapping->cores = fl_product(fl_product(op->groups, mapping->cores_k, &overflow), mapping->cores_n, &overflow);
    mapping->in_place = mapping->accumulate = true;
    if (overflow || (!pool->fit && mapping->cores > pool->cores))
        return fl_fail(err, op->name, "weights in place need %lld cores of pool \"%s\", which has %lld",
                       overflow ? -1LL : (long long)mapping->cores, pool->name, (long long)pool->cores);
    int64_t sets = fl_map_sets(mapping, pool);
    return sets <= fl_pool_sets_most(pool) ||
           fl_fail(err, op->name, "weights in place want %lld slices of its inputs at once; pool \"%s\" has %lld "
                   "input_sets", (long long)sets, pool->name, (long long)fl_pool_sets_most(pool));
}

static bool map(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                struct fl_err *err)
{
    if (!fl_op_may_stay(op))
        return fl_fail(err, op->name, fl_op_has_weights(op) ? "its weights are trained, and do not stay what they are"
                                                            : "has no static weights to keep in place");
    return fl_map_best_pool(op, machine, mapping, make, err);
}

const struct fl_mapper fl_mapper_weights_in_place = {
    "weights_in_place", "one core a tile for the whole run; nothing is reloaded", map, false,
};
