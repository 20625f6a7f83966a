/* deal.c - who gets which tile of a product where nothing is held, and in which order. */
#include "mapping/deal.h"

static struct fl_edged edged(int64_t size, int64_t tile)
{
    return (struct fl_edged){.tile = tile, .full = size / tile, .edge = size % tile};
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    for (int64_t rest; b != 0; b = rest) {
        rest = a % b;
        a = b;
    }
    return a;
}

struct fl_deal fl_deal_of(const struct fl_op *op, const struct fl_mapping *mapping)
{
    struct fl_deal deal = {
        .groups = op->groups, .n = edged(op->n, mapping->tile_n), .m = edged(op->m, mapping->tile_m),
        .inputs = op->k, .tile_k = mapping->tile_k, .k_tiles = fl_ceil_div(op->k, mapping->tile_k),
        .teams = mapping->cores_n, .wired = mapping->cores_k, .cores = mapping->cores, .spread = mapping->spread};
    deal.rounds = deal.n.full / deal.teams;
    deal.m_full = deal.m.full;
    deal.m_edge = deal.m.edge > 0;
    if (mapping->spread) {              /* only what takes whole vectors of wired cores */
        deal.m_full -= deal.m.full % (deal.wired / common_divisor(deal.wired, deal.k_tiles));
        deal.m_edge = deal.m_edge && deal.k_tiles % deal.wired == 0;
    }
    return deal;
}

bool fl_deal_in_round(const struct fl_deal *deal, int64_t n, int64_t m)
{
    if (n >= deal->rounds * deal->teams)
        return false;
    return m < deal->m_full || (m == deal->m.full && deal->m_edge);
}

void fl_deal_pile(const struct fl_deal *deal, int64_t pile[2][2], bool *overflow)
{
    for (int n = 0; n < 2; n++)
        for (int m = 0; m < 2; m++) {
            int64_t rows = n == 0 ? deal->n.full : deal->n.edge > 0, columns = m == 0 ? deal->m.full : deal->m.edge > 0;
            int64_t dealt = n == 1 ? 0 : m == 0 ? deal->m_full : deal->m_edge;
            int64_t blocks = fl_product(rows, columns, overflow) -
                             fl_product(deal->rounds * deal->teams, dealt, overflow);
            pile[n][m] = fl_product(blocks, deal->groups, overflow);
        }
}

void fl_deal_map(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping)
{
    const struct fl_grain grain = fl_pool_grain(pool);
    int64_t teams = fl_most(pool->cores / fl_pool_wired(pool), 1);
    *mapping = (struct fl_mapping){
        .strategy = "streamed", .engine = &fl_engine_optical, .number = pool->index, .streams = true,
        .spread = pool->spread, .tile_k = fl_least(op->k, grain.k), .tile_n = fl_least(op->n, grain.n),
        .tile_m = fl_least(op->m, grain.m), .frames = 1, .accumulate = true,
        .cores_g = 1, .cores_k = fl_pool_wired(pool), .cores_n = teams, .cores_m = 1,
        .order = {FL_DIM_G, FL_DIM_N, FL_DIM_M, FL_DIM_K},
    };
    if (!pool->spread)                  /* no more than there are outputs for */
        mapping->cores_n = fl_least(teams, fl_ceil_div(op->n, mapping->tile_n));
    mapping->cores = mapping->cores_k * mapping->cores_n;
}

/* ---- tile by tile ---- */

struct visit {
    struct fl_deal deal;
    int64_t round;                      /* vectors so far */
    int64_t piled;                      /* tiles of the pile so far */
    bool (*visit)(void *context, const struct fl_tile *tile);
    void *context;
};

static bool visit_tile(struct visit *v, int64_t g, int64_t n, int64_t m, int64_t k, int64_t round, int64_t core)
{
    const struct fl_deal *d = &v->deal;
    struct fl_tile tile = {
        .g = g, .n = n * d->n.tile, .m = m * d->m.tile, .k = k * d->tile_k,
        .ns = n < d->n.full ? d->n.tile : d->n.edge, .ms = m < d->m.full ? d->m.tile : d->m.edge,
        .round = round, .core = core, .load = true, .first_k = k == 0, .last_k = k == d->k_tiles - 1};
    tile.ks = fl_least(d->tile_k, d->inputs - tile.k);
    return v->visit(v->context, &tile);
}

/* A round of teams with outputs from tile `n` on: block of vectors after block, so many of them; each in vectors of its
 * own, or (spread) tile upon tile. */
static bool visit_round(struct visit *v, int64_t g, int64_t n, int64_t teams, int64_t blocks)
{
    const struct fl_deal *d = &v->deal;
    int64_t each = d->spread ? d->k_tiles : fl_ceil_div(d->k_tiles, d->wired) * d->wired, all = blocks * each;
    for (int64_t first = 0; first < all; first += d->wired, v->round++)
        for (int64_t i = 0; i < teams * d->wired; i++) {
            int64_t at = first + i % d->wired, block = at / each, k = at % each;
            int64_t m = block < d->m_full ? block : d->m.full;
            if (k < d->k_tiles && !visit_tile(v, g, n + i / d->wired, m, k, v->round, i))
                return false;
        }
    return true;
}

static bool visit_pile(struct visit *v)
{
    const struct fl_deal *d = &v->deal;
    for (int64_t n = 0; n < fl_edged_tiles(&d->n); n++)
        for (int64_t m = 0; m < fl_edged_tiles(&d->m); m++)
            for (int64_t i = 0; i < d->groups * d->k_tiles && !fl_deal_in_round(d, n, m); i++, v->piled++)
                if (!visit_tile(v, i / d->k_tiles, n, m, i % d->k_tiles, v->round + v->piled / d->cores,
                                v->piled % d->cores))
                    return false;
    return true;
}

bool fl_visit_streamed(const struct fl_op *op, const struct fl_mapping *mapping,
                       bool (*visit)(void *context, const struct fl_tile *tile), void *context)
{
    struct visit v = {.deal = fl_deal_of(op, mapping), .visit = visit, .context = context};
    const struct fl_deal *d = &v.deal;
    int64_t rest = fl_edged_tiles(&d->n) - d->rounds * d->teams;
    for (int64_t g = 0; g < d->groups; g++) {
        for (int64_t r = 0; r < d->rounds; r++)
            if (!visit_round(&v, g, r * d->teams, d->teams, d->m_full + d->m_edge))
                return false;
        if (!d->spread && rest > 0 && !visit_round(&v, g, d->rounds * d->teams, rest, fl_edged_tiles(&d->m)))
            return false;
    }
    return !d->spread || visit_pile(&v);
}
