/* spread.c - who gets which tile where tiles are loaded and dealt one by one. */
#include "mapping/spread.h"

static int64_t common_multiple(int64_t a, int64_t b, bool *overflow)
{
    int64_t x = a, y = b;
    for (int64_t rest; y != 0; y = rest) {
        rest = x % y;
        x = y;
    }
    return fl_product(a / x, b, overflow);
}

/* Multiples of `of` above 0 and below `end`. */
static int64_t multiples(int64_t of, int64_t end) { return end > 0 ? (end - 1) / of : 0; }

/* The tiles that a round leaves over, on their cores. */
static void share_rest(struct fl_spreading *s, bool runs_on)
{
    bool overflow = false;
    if (s->rest == 0)
        return;
    int64_t all = fl_product(s->rest, s->vectors, &overflow);
    if (runs_on && !overflow) {
        s->each = fl_ceil_div(all, s->cores);
        s->at_work = fl_ceil_div(all, s->each);
        int64_t both = common_multiple(s->each, s->vectors, &overflow);     /* where a core and a tile end at once */
        s->loads = s->rest + s->at_work - 1 - (overflow ? 0 : multiples(both, all));
        return;
    }
    s->copies = s->cores / s->rest;
    s->each = fl_ceil_div(s->vectors, s->copies);
    s->copies = fl_ceil_div(s->vectors, s->each);
    s->at_work = s->loads = s->rest * s->copies;
}

struct fl_spreading fl_spreading_of(const struct fl_op *op, const struct fl_mapping *mapping)
{
    bool overflow = false;
    struct fl_spreading s = {
        .groups = op->groups, .vectors = op->m, .tile_k = mapping->tile_k, .tile_n = mapping->tile_n,
        .k_tiles = fl_ceil_div(op->k, mapping->tile_k), .n_tiles = fl_ceil_div(op->n, mapping->tile_n),
        .cores = mapping->cores};
    s.edge_k = op->k - (s.k_tiles - 1) * s.tile_k;
    s.edge_n = op->n - (s.n_tiles - 1) * s.tile_n;
    s.tiles = fl_product(fl_product(s.groups, s.k_tiles, &overflow), s.n_tiles, &overflow);
    s.rounds = s.tiles / s.cores;
    s.rest = s.tiles % s.cores;
    share_rest(&s, mapping->runs_on);
    return s;
}

struct fl_spread_sums fl_spread_sums_of(const struct fl_spreading *s, int64_t tiles, bool *overflow)
{
    int64_t block = s->k_tiles * s->n_tiles, inside = fl_most(tiles % block - s->k_tiles * (s->n_tiles - 1), 0);
    int64_t k_edges = tiles / s->k_tiles, both = tiles / block, n_edges = both * s->k_tiles + inside;
    int64_t less_k = s->tile_k - s->edge_k, less_n = s->tile_n - s->edge_n;
    struct fl_spread_sums sums = {.inputs = fl_product(tiles, s->tile_k, overflow) - k_edges * less_k};
    sums.rows = fl_product(tiles, s->tile_n, overflow) - n_edges * less_n;
    sums.finished = fl_product(k_edges, s->tile_n, overflow) - both * less_n;
    sums.weights = fl_product(fl_product(tiles, s->tile_k, overflow), s->tile_n, overflow) -
                   fl_product(k_edges * less_k, s->tile_n, overflow) -
                   fl_product(n_edges * less_n, s->tile_k, overflow) + both * less_k * less_n;
    int64_t ends = multiples(s->cores, fl_least(tiles + 1, s->tiles));      /* of rounds */
    int64_t clean = multiples(common_multiple(s->cores, s->k_tiles, overflow), fl_least(tiles + 1, s->tiles));
    sums.waiting = fl_product(ends - clean, s->tile_n, overflow);
    return sums;
}

bool fl_spread_map(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping, struct fl_err *err)
{
    const struct fl_grain grain = fl_pool_grain(pool);
    bool free = pool->row_ps == 0 && pool->settle_ps == 0 && pool->load_pixel_ps <= 0 && pool->fresh_ps == 0;
    bool overflow = false;
    if (!pool->spread || fl_pool_streams(pool))
        return fl_fail(err, op->name, "pool \"%s\" deals out no loaded tiles one by one (core[%d].spread)", pool->name,
                       pool->core);
    *mapping = (struct fl_mapping){     /* tile_m: where a tile's vectors may be parted */
        .strategy = "spread", .engine = &fl_engine_optical, .number = pool->index, .spread = true, .runs_on = free,
        .tile_k = fl_least(op->k, grain.k), .tile_n = fl_least(op->n, grain.n), .tile_m = 1, .frames = 1,
        .cores_g = 1, .cores_n = 1, .cores_m = 1, .order = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M},
        .accumulate = op->m <= grain.sums};
    int64_t tiles = fl_product(fl_ceil_div(op->k, mapping->tile_k), fl_ceil_div(op->n, mapping->tile_n), &overflow);
    tiles = fl_product(fl_product(tiles, op->groups, &overflow), op->m, &overflow);
    mapping->cores = overflow ? pool->cores : fl_least(pool->cores, tiles);
    mapping->cores_k = fl_least(mapping->cores, fl_ceil_div(op->k, mapping->tile_k));
    return true;
}

/* ---- tile by tile ---- */

static struct fl_tile tile_of(const struct fl_spreading *s, int64_t index, int64_t vector)
{
    int64_t k = index % s->k_tiles, n = index / s->k_tiles % s->n_tiles;
    return (struct fl_tile){
        .g = index / s->k_tiles / s->n_tiles, .k = k * s->tile_k, .n = n * s->tile_n, .m = vector, .ms = 1,
        .ks = k == s->k_tiles - 1 ? s->edge_k : s->tile_k, .ns = n == s->n_tiles - 1 ? s->edge_n : s->tile_n,
        .first_k = k == 0, .last_k = k == s->k_tiles - 1};
}

int64_t fl_spread_placed(const struct fl_spreading *s, bool *overflow)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < s->rest; i++) {
        struct fl_tile tile = tile_of(s, s->rounds * s->cores + i, 0);
        int64_t first = i * s->vectors, last = first + s->vectors - 1;
        int64_t cores = s->copies > 0 ? s->copies : last / s->each - first / s->each + 1;
        sum = fl_sum(sum, fl_product(tile.ks * tile.ns, cores, overflow), overflow);
    }
    return sum;
}

/* What a core does in the rest at a vector of its own; false: it is done. */
static bool rest_at(const struct fl_spreading *s, int64_t core, int64_t at, struct fl_tile *tile)
{
    int64_t index = s->copies > 0 ? core / s->copies : (core * s->each + at) / s->vectors;
    int64_t vector = s->copies > 0 ? core % s->copies * s->each + at : (core * s->each + at) % s->vectors;
    if (index >= s->rest || vector >= s->vectors)
        return false;
    *tile = tile_of(s, s->rounds * s->cores + index, vector);
    tile->load = at == 0 || vector == 0;
    return true;
}

bool fl_visit_spread(const struct fl_op *op, const struct fl_mapping *mapping,
                     bool (*visit)(void *context, const struct fl_tile *tile), void *context)
{
    struct fl_spreading s = fl_spreading_of(op, mapping);
    struct fl_tile tile;
    for (int64_t round = 0; round < s.rounds * s.vectors; round++)
        for (int64_t core = 0; core < s.cores; core++) {
            tile = tile_of(&s, round / s.vectors * s.cores + core, round % s.vectors);
            tile.round = round;
            tile.core = core;
            tile.load = round % s.vectors == 0;
            if (!visit(context, &tile))
                return false;
        }
    for (int64_t at = 0; at < s.each; at++)
        for (int64_t core = 0; core < s.at_work; core++) {
            if (!rest_at(&s, core, at, &tile))
                continue;
            tile.round = s.rounds * s.vectors + at;
            tile.core = core;
            if (!visit(context, &tile))
                return false;
        }
    return true;
}
