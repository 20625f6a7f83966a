/* strategy.c - what strategies share: tiles that fill a core, cores given out, pools compared. */
#include "mapping/nest.h"

bool fl_map_holds(const struct fl_op *op, const struct fl_pool *pool, struct fl_err *err)
{
    if (pool->spread && !fl_pool_streams(pool))
        return fl_fail(err, op->name, "tiles of pool \"%s\" are dealt to its cores one by one; take mapper spread, or "
                       "auto", pool->name);
    return !fl_pool_streams(pool) || fl_fail(err, op->name, "pool \"%s\" holds no weights: both operands pass; take "
                                             "mapper streamed, or auto", pool->name);
}

void fl_map_tiles(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping)
{
    const struct fl_grain grain = fl_pool_grain(pool);
    *mapping = (struct fl_mapping){
        .engine = &fl_engine_optical, .number = pool->index,
        .tile_k = fl_least(op->k, grain.k),
        .tile_n = fl_least(op->n, grain.n),
        .tile_m = op->m,
        .frames = fl_pool_frames(pool),
        .cores_g = 1, .cores_k = 1, .cores_n = 1, .cores_m = 1, .cores = 1,
        .order = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M},
    };
}

void fl_map_cores(const struct fl_op *op, const struct fl_pool *pool, int32_t first, struct fl_mapping *mapping)
{
    const int64_t tiles[4] = {op->groups, fl_ceil_div(op->n, mapping->tile_n), fl_ceil_div(op->k, mapping->tile_k), 1};
    int64_t *const cores[4] = {&mapping->cores_g, &mapping->cores_n, &mapping->cores_k, NULL};
    const int32_t turns[3] = {FL_DIM_G, first, first == FL_DIM_K ? FL_DIM_N : FL_DIM_K};
    int64_t left = pool->cores, sets = fl_pool_sets_most(pool);
    for (int i = 0; i < 3; i++) {
        bool alike = turns[i] == FL_DIM_N;      /* they take the same inputs */
        int64_t most = alike ? fl_times_held(sets, fl_pool_reach(pool), left) : fl_least(sets, left);
        *cores[turns[i]] = fl_least(tiles[turns[i]], most);
        left /= *cores[turns[i]];
        sets /= alike ? fl_pool_sets_for(pool, *cores[turns[i]]) : *cores[turns[i]];
    }
    mapping->cores = mapping->cores_g * mapping->cores_k * mapping->cores_n;
}

int64_t fl_map_sets(const struct fl_mapping *mapping, const struct fl_pool *pool)
{
    return mapping->cores / mapping->cores_n * fl_pool_sets_for(pool, mapping->cores_n);
}

void fl_map_sums(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping)
{
    struct fl_nest nest;
    fl_nest_make(&nest, op, mapping);
    bool fits = nest.axis[FL_DIM_M].tile <= fl_pool_grain(pool).sums;
    mapping->accumulate = nest.axis[FL_DIM_K].rounds == 1 || (nest.sums_stay && fits);
}

int64_t fl_map_kept_bits(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping)
{
    struct fl_nest nest;
    fl_nest_make(&nest, op, mapping);
    int32_t again = fl_nest_again(&nest, op, mapping);
    if (again < 0)
        return 0;
    bool overflow = false;
    int64_t values = fl_nest_wanted(&nest, again, &overflow);
    values = fl_product(values, fl_map_stored_bits(op, machine, fl_mapping_pool(mapping, machine)), &overflow);
    return overflow ? INT64_MAX : values;
}

int64_t fl_map_waiting_bits(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping)
{
    struct fl_nest nest;
    bool overflow = false;
    if (!fl_on_cores(mapping) || mapping->accumulate)
        return 0;
    fl_nest_make(&nest, op, mapping);
    if (nest.axis[FL_DIM_K].rounds == 1)
        return 0;
    int64_t bits = fl_product(fl_nest_wanted(&nest, FL_DIM_K, &overflow), machine->accumulator_bits, &overflow);
    return overflow ? INT64_MAX : bits;
}

void fl_map_keep(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping)
{
    bool overflow = false;
    int64_t kept = fl_map_kept_bits(op, machine, mapping);
    int64_t bits = fl_sum(kept, fl_map_working_set_bits(op, machine), &overflow);
    mapping->keep = kept > 0 && !overflow && bits <= machine->sram_bits;
}

static bool try_pool(const struct fl_op *op, const struct fl_machine *machine, int32_t pool, struct fl_mapping *best,
                     bool found, fl_map_make make, struct fl_err *err)
{
    struct fl_mapping mapping;
    if (!fl_pool_check(&machine->pool[pool], err) || !fl_engine_optical.fits(machine, pool, op, err) ||
        !make(op, &machine->pool[pool], &mapping, err))
        return found;
    mapping.number = pool;
    if (!fl_mapping_dealt(&mapping))
        fl_map_keep(op, machine, &mapping);
    if (!fl_mapping_bound(op, machine, &mapping, NULL, err))
        return found;
    if (!found || mapping.bound_ps < best->bound_ps)
        *best = mapping;
    return true;
}

bool fl_map_best_pool(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                      fl_map_make make, struct fl_err *err)
{
    if (!fl_engine_optical.takes(op, err))
        return false;
    struct fl_err why = {0};
    bool found = false, first = !fl_op_has_weights(op);   /* dynamic pools first: they win a draw */
    for (int turn = 0; turn < 2; turn++)
        for (int32_t i = 0; i < machine->pools; i++)
            if (machine->pool[i].dynamic == (turn == 0 ? first : !first) &&
                (machine->pool[i].cores > 0 || machine->pool[i].fit))
                found = try_pool(op, machine, i, mapping, found, make, &why);
    if (!found && why.faults > 0)
        fl_err_take(err, &why);
    else if (!found)
        fl_fail(err, op->name, "no pool of optical cores is free for it");
    fl_err_free(&why);
    return found;
}

/* The machine with one pool's cores alone. */
static struct fl_machine one_pool(const struct fl_machine *machine, int32_t pool)
{
    struct fl_machine alone = *machine;
    for (int32_t i = 0; i < alone.pools; i++)
        if (i != pool) {
            alone.pool[i].cores = 0;
            alone.pool[i].fit = false;
        }
    return alone;
}

int fl_map_on_pools(const struct fl_mapper *mapper, const struct fl_op *op, const struct fl_machine *machine,
                    const struct fl_spill *spill, struct fl_mapping mapping[FL_MAPPINGS], struct fl_err *err)
{
    bool first = !fl_op_has_weights(op), spilled = spill->input_bits > 0 || spill->other_bits > 0;
    int count = 0;
    if (!mapper->map(op, machine, &mapping[0], err))
        return 0;
    if (!fl_on_cores(&mapping[0]))
        return 1;
    for (int turn = 0; turn < 2; turn++)
        for (int32_t i = 0; i < machine->pools; i++) {
            const struct fl_machine alone = one_pool(machine, i);
            if (machine->pool[i].dynamic != (turn == 0 ? first : !first) ||
                !mapper->map(op, &alone, &mapping[count], NULL))
                continue;
            if (mapping[count++].keep && spilled) {
                mapping[count] = mapping[count - 1];
                mapping[count++].keep = false;
            }
        }
    return count;
}
