/* projection.c - projections by random matrices: on an OPU, a GPU, or cores whose weights nobody sets.
 *
 * Such cores are the matrix, as it is: all of its tiles at once, in place, of which none is loaded or stored.
 * Projections of one size share theirs.
 */
#include "mapping/nest.h"

static bool make(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping, struct fl_err *err)
{
    fl_map_tiles(op, pool, mapping);
    mapping->strategy = "fixed";
    mapping->cores_g = op->groups;
    mapping->cores_k = fl_ceil_div(op->k, mapping->tile_k);
    mapping->cores_n = fl_ceil_div(op->n, mapping->tile_n);
    mapping->cores = mapping->cores_g * mapping->cores_k * mapping->cores_n;    /* the pool has as many */
    mapping->in_place = mapping->accumulate = true;
    int64_t sets = fl_map_sets(mapping, pool);
    return sets <= fl_pool_sets_most(pool) ||
           fl_fail(err, op->name, "wants %lld slices of its inputs at once; pool \"%s\" has %lld input_sets",
                   (long long)sets, pool->name, (long long)fl_pool_sets_most(pool));
}

bool fl_map_other(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                  struct fl_err *err)
{
    struct fl_mapping light;
    struct fl_err why = {0};
    bool fixed = false;
    for (int32_t i = 0; i < machine->pools; i++)
        fixed |= machine->pool[i].fixed && op->type->form == FL_PROJECT;
    bool whole = fl_map_digital(op, machine, mapping, fixed ? NULL : &why);
    bool found = fixed && fl_map_best_pool(op, machine, &light, make, &why);
    if (found && (!whole || light.bound_ps < mapping->bound_ps))
        *mapping = light;
    if (!found && !whole)
        fl_err_take(err, &why);
    fl_err_free(&why);
    return found || whole;
}
