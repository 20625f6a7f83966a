/* search.c - branch and bound over the cuts of an operator's axes and the order of its loops.
 *
 * Three orders are enough, for only this matters: does another loop over weights turn
 * inside the loop over vectors (then tiles are loaded again for every block), does any
 * loop turn inside the loop over inputs (then sums wait in SRAM), and does a loop over
 * outputs turn outside streamed weights (then these come again). A test enumerates all
 * mappings of small operators beside it.
 */
#include "mapping/search.h"

#include <math.h>
#include <string.h>

#include "mapping/cuts.h"

enum { LOADED_ONCE, SUMS_STAY, STREAMED_ONCE, ORDERS };
static const int32_t orders[ORDERS][4] = {
    [LOADED_ONCE] = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M},
    [SUMS_STAY] = {FL_DIM_G, FL_DIM_N, FL_DIM_M, FL_DIM_K},
    [STREAMED_ONCE] = {FL_DIM_G, FL_DIM_M, FL_DIM_K, FL_DIM_N},
};

/* The mappings of an operator on one pool, inputs and weights in their places or swapped. */
struct space {
    struct fl_search *search;
    const struct fl_pool *pool;
    int32_t index;
    bool swapped, stay;
    struct fl_op view;
    struct fl_cuts cuts[4];             /* by enum fl_dim */
    double passes;
};

/* ---- what is found ---- */

static bool better(const struct fl_found *a, const struct fl_found *b)
{
    if (a->cost != b->cost)
        return a->cost < b->cost;
    return a->effort.sum_ps < b->effort.sum_ps;
}

static bool alike(const struct fl_found *a, const struct fl_found *b)
{
    return a->cost == b->cost && memcmp(&a->effort, &b->effort, sizeof a->effort) == 0 &&
           a->mapping.pool == b->mapping.pool;
}

/* Keeps the best; of mappings that do just the same, the first. */
static void keep(struct fl_search *search, const struct fl_found *found)
{
    size_t place = search->founds;
    for (size_t i = 0; i < search->founds; i++)
        if (alike(found, &search->found[i]))
            return;
    while (place > 0 && better(found, &search->found[place - 1]))
        place--;
    if (place == search->wanted)
        return;
    if (search->founds < search->wanted)
        search->founds++;
    memmove(&search->found[place + 1], &search->found[place],
            (search->founds - place - 1) * sizeof *search->found);
    search->found[place] = *found;
}

static double cost_of(const struct fl_search *search, const struct fl_mapping *mapping, const struct fl_effort *effort,
                      double ps)
{
    double joules = 0;
    if (search->goal.prices != NULL)
        joules = fl_cost_j(search->goal.prices, search->machine, search->op, mapping, effort, ps);
    return fl_goal_cost(&search->goal, ps, joules);
}

/* Gives the mapping's cost; infinity: its counts would not fit 63 bits. */
static double weigh(struct fl_search *search, struct fl_mapping *mapping)
{
    struct fl_found found;
    search->weighed++;
    if (!fl_mapping_bound(search->op, search->machine, mapping, &found.effort, NULL))
        return INFINITY;
    fl_spill_bound(&search->spill, search->op, search->machine, mapping, &found.effort);
    found.mapping = *mapping;
    found.cost = cost_of(search, mapping, &found.effort, mapping->bound_ps);
    keep(search, &found);
    return found.cost;
}

static double worst(const struct fl_search *search)
{
    return search->founds < search->wanted ? INFINITY : search->found[search->founds - 1].cost;
}

/* ---- the bound of cuts ---- */

static double settle_ps(const struct fl_pool *pool)
{
    return pool->settle_in_light ? 0 : (double)pool->settle_ps;
}

/* Frames and light of one core in closed form; `blocks` of vectors load each tile again. */
static double dense_ps(const struct space *s, const struct fl_cut *const cut[4], double blocks, double pixels)
{
    const struct fl_pool *pool = s->pool;
    double frames = (double)fl_pool_frames(pool), k = (double)cut[FL_DIM_K]->rounds * frames;
    double g = (double)cut[FL_DIM_G]->rounds, n = (double)cut[FL_DIM_N]->rounds;
    double vectors = s->passes * (double)cut[FL_DIM_M]->tile, light = g * k * cut[FL_DIM_N]->ps;
    double ps = fmax(light * vectors, g * n * frames * cut[FL_DIM_K]->ps * vectors);
    if (s->stay)
        return ps;
    double cores = (double)(cut[FL_DIM_G]->cores * cut[FL_DIM_K]->cores * cut[FL_DIM_N]->cores);
    double rows = (double)(cut[FL_DIM_N]->lines * fl_pool_rows_per_output(pool));
    double load = fmax(pixels / cores * pool->load_pixel_ps, g * k * rows * (double)pool->row_ps * blocks);
    double dark = g * k * n * blocks * settle_ps(pool) + (pool->back_frames == 0 ? load : 0);
    return fmax(ps, fmax(load, dark + light * fmax(vectors - blocks, 0)));
}

/* Under a mask all that counts is how many of the wanted products a vector, or a frame, can do at most. */
static double masked_ps(const struct space *s, const struct fl_cut *const cut[4], double blocks)
{
    const struct fl_op *op = &s->view;
    double inputs = fmin((double)(cut[FL_DIM_K]->cores * cut[FL_DIM_K]->tile), (double)op->k);
    double outputs = fmin((double)(cut[FL_DIM_N]->cores * cut[FL_DIM_N]->tile), (double)op->n);
    double vectors = (double)op->macs / ((double)cut[FL_DIM_G]->cores * inputs * outputs);
    double block = ceil((double)op->m / blocks), frames = (double)fl_pool_frames(s->pool);
    double interval = fmax(fmax(s->pool->source_ps, s->pool->detector_ps), s->pool->adc_ps);
    return frames * fmax(vectors * s->passes * interval, vectors / block * settle_ps(s->pool));
}

/* What any mapping of these cuts does at least. */
static struct fl_effort cuts_effort(const struct space *s, const struct fl_cut *const cut[4], double blocks)
{
    const struct fl_op *op = &s->view;
    const struct fl_machine *machine = s->search->machine;
    bool linear = op->kind == FL_OP_LINEAR, dense = op->mask == FL_DENSE;
    double wanted = (double)op->macs / (double)op->k / (double)op->n, frames = (double)fl_pool_frames(s->pool);
    double k_tiles = dense ? (double)fl_ceil_div(op->k, cut[FL_DIM_K]->tile) : 1;
    double n_tiles = dense ? (double)fl_ceil_div(op->n, cut[FL_DIM_N]->tile) : 1;
    double n_rounds = dense ? (double)cut[FL_DIM_N]->rounds : 1;
    double weights = (double)op->macs / (double)op->m;
    double from_dram = (double)op->macs / (double)(s->swapped ? op->n : op->m);
    double vectors = wanted * frames * s->passes;
    struct fl_effort least = {
        .converted = vectors * (double)op->k * (s->pool->shared_input ? n_rounds : n_tiles),
        .sampled = vectors * (double)op->n * (double)fl_pool_beside(s->pool) * k_tiles,
        .load_pixels = s->stay ? 0 : frames * weights * (double)fl_pool_rows_per_output(s->pool) * (dense ? blocks : 1),
        .dram_bits = s->stay || !(linear || op->kv) ? 0
                     : from_dram * (linear ? s->pool->weight_bits : machine->activation_bits),
    };
    least.added = least.sampled;
    least.detected = least.sampled * (double)fl_pool_diodes(s->pool);
    double reads = s->swapped && linear ? s->pool->weight_bits : machine->activation_bits;
    double writes = (double)op->n * machine->activation_bits;
    least.sram_bits = wanted * ((double)op->k * n_rounds * frames * reads + writes);
    return least;
}

/* A cost that no mapping of these cuts is below. */
static double cuts_cost(const struct space *s, const struct fl_cut *const cut[4], int64_t blocks)
{
    const struct fl_machine *machine = s->search->machine;
    struct fl_effort least = cuts_effort(s, cut, (double)blocks);
    struct fl_mapping mapping = {.pool = s->index, .cores = cut[0]->cores * cut[1]->cores * cut[2]->cores};
    double ps = s->view.mask == FL_DENSE ? dense_ps(s, cut, (double)blocks, least.load_pixels)
                                         : masked_ps(s, cut, (double)blocks);
    if (!machine->ideal_memory)
        ps = fmax(ps, fmax(least.dram_bits * machine->dram_bit_ps, least.sram_bits * machine->sram_bit_ps));
    return cost_of(s->search, &mapping, &least, fmax(ps * (1 - 1e-9) - 2, 0)) * (1 - 1e-9);
}

/* ---- leaves ---- */

static double try_order(const struct space *s, const struct fl_cut *const cut[4], int order)
{
    struct fl_mapping mapping = {
        .strategy = "search", .pool = s->index, .swapped = s->swapped, .in_place = s->stay,
        .frames = fl_pool_frames(s->pool),
        .tile_k = cut[FL_DIM_K]->tile, .tile_n = cut[FL_DIM_N]->tile, .tile_m = cut[FL_DIM_M]->tile,
        .cores_g = cut[FL_DIM_G]->cores, .cores_k = cut[FL_DIM_K]->cores, .cores_n = cut[FL_DIM_N]->cores,
        .cores_m = cut[FL_DIM_M]->cores,
    };
    memcpy(mapping.order, orders[order], sizeof mapping.order);
    mapping.cores = mapping.cores_g * mapping.cores_k * mapping.cores_n * mapping.cores_m;
    int64_t held = fl_most(s->pool->accumulator_vectors, 1);
    if (order == SUMS_STAY && mapping.tile_m > held)
        mapping.tile_m = fl_ceil_div(mapping.tile_m, fl_ceil_div(mapping.tile_m, held));
    fl_map_sums(s->search->op, s->pool, &mapping);
    const struct fl_machine *machine = s->search->machine;
    if (!machine->ideal_memory && fl_map_waiting_bits(s->search->op, machine, &mapping) > machine->sram_bits) {
        s->search->pruned++;
        return INFINITY;                /* SRAM does not hold its sums */
    }
    fl_map_keep(s->search->op, machine, &mapping);
    return weigh(s->search, &mapping);
}

/* Blocks of vectors that load a tile each time anew. */
static int64_t blocks_of(const struct space *s, const struct fl_cut *const cut[4], int order)
{
    int64_t held = fl_most(s->pool->accumulator_vectors, 1);
    bool again = order == SUMS_STAY && cut[FL_DIM_M]->tile > held && !s->stay;
    return again ? fl_ceil_div(cut[FL_DIM_M]->tile, held) : 1;
}

static int orders_of(const struct space *s, const struct fl_cut *const cut[4], int order[ORDERS])
{
    int count = 0;
    bool sums = cut[FL_DIM_K]->rounds * fl_pool_frames(s->pool) > 1;
    if (!sums || blocks_of(s, cut, SUMS_STAY) > 1)
        order[count++] = LOADED_ONCE;
    if (sums)
        order[count++] = SUMS_STAY;
    if (s->swapped && cut[FL_DIM_N]->rounds > 1)
        order[count++] = STREAMED_ONCE;
    return count;
}

static void try_cuts(const struct space *s, const struct fl_cut *const cut[4])
{
    int order[ORDERS], count = orders_of(s, cut, order);
    for (int i = 0; i < count; i++) {
        double least = cuts_cost(s, cut, blocks_of(s, cut, order[i]));
        if (least < worst(s->search))
            fl_assert(try_order(s, cut, order[i]) >= least);
        else
            s->search->pruned++;
    }
}

/* ---- branches ---- */

/* Vectors shared out to as many cores as are left; to fewer where energy is asked for, or where that makes no bound. */
static void try_vectors(const struct space *s, const struct fl_cut *cut[4], int64_t left)
{
    int64_t m = s->view.m, most = s->view.mask == FL_DENSE ? fl_least(left, m) : 1, before = 0;
    bool all = s->search->goal.prices != NULL && s->search->goal.objective != FL_LATENCY;
    for (int64_t cores = most; cores >= 1; cores = cores == 1 ? 0 : all ? cores / 2 : 1) {
        struct fl_cut vectors = {.tile = fl_ceil_div(m, cores), .rounds = 1};
        vectors.cores = fl_ceil_div(m, vectors.tile);
        cut[FL_DIM_M] = &vectors;
        if (vectors.cores != before)
            try_cuts(s, cut);
        before = vectors.cores;
    }
}

static void try_axis(const struct space *s, const struct fl_cut *cut[4], int level, int64_t left)
{
    static const int32_t turn[3] = {FL_DIM_G, FL_DIM_K, FL_DIM_N};
    if (level == 3) {
        try_vectors(s, cut, left);
        return;
    }
    const struct fl_cuts *cuts = &s->cuts[turn[level]];
    for (size_t i = 0; i < cuts->cuts; i++) {
        cut[turn[level]] = &cuts->cut[i];
        if (cuts->cut[i].cores <= left && (!s->stay || cuts->cut[i].rounds == 1))
            try_axis(s, cut, level + 1, left / cuts->cut[i].cores);
    }
}

static void try_space(struct fl_search *search, int32_t index, bool swapped, bool stay)
{
    const struct fl_pool *pool = &search->machine->pool[index];
    struct space s = {.search = search, .pool = pool, .index = index, .swapped = swapped, .stay = stay};
    s.view = fl_map_view(search->op, swapped);
    const struct fl_op *op = &s.view;
    s.passes = (double)fl_pool_passes(pool, op->sign);
    fl_cuts_make(&s.cuts[FL_DIM_G], op->groups, 1, pool->cores, (struct fl_pace){0});
    fl_cuts_make(&s.cuts[FL_DIM_K], op->k, pool->columns, pool->cores,
                 (struct fl_pace){pool->dac_lanes, 1, 0, pool->dac_ps, 0});
    struct fl_pace adc = {pool->adc_lanes, fl_pool_beside(pool), fl_pool_references(pool), pool->adc_ps,
                          fmax(pool->source_ps, pool->detector_ps)};
    fl_cuts_make(&s.cuts[FL_DIM_N], op->n, fl_pool_outputs(pool), pool->cores, adc);
    const struct fl_cut *cut[4] = {NULL};
    try_axis(&s, cut, 0, pool->cores);
}

static void try_pool(struct fl_search *search, int32_t index)
{
    const struct fl_op *op = search->op;
    const struct fl_pool *pool = &search->machine->pool[index];
    bool linear = op->kind == FL_OP_LINEAR;
    if (!fl_pool_check(pool, NULL))
        return;
    if (linear && fl_pool_frames(pool) == 1 && search->stay != FL_STAY_NEVER)
        try_space(search, index, false, true);
    if (search->stay == FL_STAY_ONLY)
        return;
    try_space(search, index, false, false);
    if (op->mask == FL_DENSE && !(linear && pool->input_bits < pool->weight_bits))
        try_space(search, index, true, false);
}

/* ---- the search ---- */

/* The strategies' own mappings come first: no search is worse, and a good start prunes. */
static void try_strategies(struct fl_search *search, struct fl_err *why)
{
    for (const struct fl_mapper *const *m = fl_mappers; *m != NULL; m++) {
        struct fl_mapping mapping[FL_MAPPINGS];
        int count = (*m)->chooses ? 0 : fl_map_on_pools(*m, search->op, search->machine, &search->spill, mapping, why);
        for (int i = 0; i < count; i++)
            if (search->stay == FL_STAY_EITHER || mapping[i].in_place == (search->stay == FL_STAY_ONLY))
                weigh(search, &mapping[i]);
    }
}

bool fl_search_op(struct fl_search *search, struct fl_err *err)
{
    const struct fl_op *op = search->op;
    struct fl_err why = {0};
    search->founds = 0;
    search->weighed = search->pruned = 0;
    search->wanted = search->wanted < 1 ? 1 : search->wanted > FL_FINALISTS ? FL_FINALISTS : search->wanted;
    try_strategies(search, &why);
    bool product = op->kind == FL_OP_LINEAR || op->kind == FL_OP_MATMUL;
    for (int32_t i = 0; i < search->machine->pools && product && op->placed != 2 && !search->named; i++)
        if (search->machine->pool[i].cores > 0)
            try_pool(search, i);
    if (search->founds == 0)
        fl_fail(err, NULL, "%.*s", why.used > 0 ? (int)why.used - 1 : 0, fl_err_text(&why));
    fl_err_free(&why);
    return search->founds > 0;
}

static bool map(const struct fl_op *op, const struct fl_machine *machine, struct fl_mapping *mapping,
                struct fl_err *err)
{
    struct fl_search search = {.op = op, .machine = machine, .wanted = 1};
    if (!fl_search_op(&search, err))
        return false;
    *mapping = search.found[0].mapping;
    return true;
}

const struct fl_mapper fl_mapper_search = {
    "search", "the smallest bound of all mappings, by branch and bound; runs simulate the best", map, true,
};
