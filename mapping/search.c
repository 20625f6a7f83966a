/* search.c - branch and bound over the cuts of an operator's axes and the order of its loops.
 */
#include "mapping/search.h"

#include <math.h>
#include <string.h>

#include "mapping/space.h"

static const double ROUNDING = 1e-9;    /* of costs that are sums */

/* Where mappings are sought, and the cuts of each axis but the vectors' (by enum fl_dim). */
struct branch {
    struct fl_search *search;
    struct fl_space space;
    struct fl_cuts cuts[3];
};

/* ---- what is found ---- */

static bool better(const struct fl_found *a, const struct fl_found *b)
{
    if (a->cost != b->cost)
        return a->cost < b->cost;
    return a->effort.sum_ps < b->effort.sum_ps;
}

/* What is laid over the cores otherwise may take another time, though it asks for as much of everything. */
static bool alike(const struct fl_found *a, const struct fl_found *b)
{
    const struct fl_mapping *x = &a->mapping, *y = &b->mapping;
    return a->cost == b->cost && memcmp(&a->effort, &b->effort, sizeof a->effort) == 0 && x->engine == y->engine &&
           x->number == y->number &&
           x->cores_g == y->cores_g && x->cores_k == y->cores_k && x->cores_n == y->cores_n && x->cores_m == y->cores_m;
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
    if (place == search->wanted || !(search->inexact || fl_map_exact(search->op, search->machine, &found->mapping)))
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

/* ---- leaves ---- */

/* A cost that no mapping of these cuts is below. */
static double cuts_cost(const struct branch *b, const struct fl_cut *const cut[4], int64_t blocks)
{
    struct fl_effort least;
    double ps = fl_space_least(&b->space, cut, blocks, &least);
    struct fl_mapping mapping = {.engine = &fl_engine_optical, .number = b->space.index,
                                 .cores = cut[0]->cores * cut[1]->cores * cut[2]->cores};
    return cost_of(b->search, &mapping, &least, ps) * (1 - ROUNDING);
}

static double try_order(const struct branch *b, const struct fl_cut *const cut[4], enum fl_order order)
{
    const struct fl_machine *machine = b->search->machine;
    struct fl_mapping mapping = fl_space_mapping(&b->space, cut, order);
    if (!machine->ideal_memory && fl_map_waiting_bits(b->search->op, machine, &mapping) > machine->sram_bits) {
        b->search->pruned++;
        return INFINITY;                /* SRAM does not hold its sums */
    }
    return weigh(b->search, &mapping);
}

static int orders_of(const struct fl_space *s, const struct fl_cut *const cut[4], enum fl_order order[FL_ORDERS])
{
    int count = 0;
    bool sums = cut[FL_DIM_K]->rounds * fl_pool_frames(s->pool) > 1;
    if (!sums || fl_space_blocks(s, cut, FL_SUMS_STAY) > 1)
        order[count++] = FL_LOADED_ONCE;
    if (sums)
        order[count++] = FL_SUMS_STAY;
    if (s->swapped && cut[FL_DIM_N]->rounds > 1)
        order[count++] = FL_STREAMED_ONCE;
    return count;
}

static void try_cuts(const struct branch *b, const struct fl_cut *const cut[4])
{
    enum fl_order order[FL_ORDERS];
    int count = orders_of(&b->space, cut, order);
    for (int i = 0; i < count; i++) {
        double least = cuts_cost(b, cut, fl_space_blocks(&b->space, cut, order[i]));
        if (least < worst(b->search))
            fl_assert(try_order(b, cut, order[i]) >= least);
        else
            b->search->pruned++;
    }
}

/* ---- branches ---- */

/* Vectors shared out to as many cores as are left; to fewer where energy is asked for, or where that makes no bound. */
static void try_vectors(const struct branch *b, const struct fl_cut *cut[4], int64_t left)
{
    const struct fl_op *view = &b->space.view;
    int64_t most = view->mask == FL_DENSE ? fl_least(left, view->m) : 1, before = 0;
    const struct fl_pool *pool = b->space.pool;
    int64_t slices = cut[FL_DIM_G]->cores * cut[FL_DIM_K]->cores * fl_pool_sets_for(pool, cut[FL_DIM_N]->cores);
    most = fl_least(most, fl_pool_sets_most(pool) / slices);    /* none: the pool has too few input sets */
    bool all = b->search->goal.prices != NULL && b->search->goal.objective != FL_LATENCY;
    for (int64_t cores = most; cores >= 1; cores = cores == 1 ? 0 : all ? cores / 2 : 1) {
        struct fl_cut vectors = fl_space_vectors(&b->space, cores);
        cut[FL_DIM_M] = &vectors;
        if (vectors.cores != before)
            try_cuts(b, cut);
        before = vectors.cores;
    }
}

static void try_axis(const struct branch *b, const struct fl_cut *cut[4], int level, int64_t left)
{
    static const int32_t turn[3] = {FL_DIM_G, FL_DIM_K, FL_DIM_N};
    if (level == 3) {
        try_vectors(b, cut, left);
        return;
    }
    const struct fl_cuts *cuts = &b->cuts[turn[level]];
    for (size_t i = 0; i < cuts->cuts; i++) {
        cut[turn[level]] = &cuts->cut[i];
        if (cuts->cut[i].cores <= left && (!b->space.stay || cuts->cut[i].rounds == 1))
            try_axis(b, cut, level + 1, left / cuts->cut[i].cores);
    }
}

static void try_space(struct fl_search *search, int32_t index, bool swapped, bool stay)
{
    struct branch b = {.search = search};
    fl_space_make(&b.space, search->op, search->machine, index, swapped, stay);
    const struct fl_op *view = &b.space.view;
    const struct fl_pool *pool = b.space.pool;
    const struct fl_pace *pace = b.space.pace;
    int64_t sets = fl_least(fl_pool_sets_most(pool), pool->cores);
    int64_t alike = fl_times_held(sets, fl_pool_reach(pool), pool->cores);      /* cores that take the same inputs */
    fl_cuts_make(&b.cuts[FL_DIM_G], view->groups, 1, sets, pace[FL_DIM_G]);
    fl_cuts_make(&b.cuts[FL_DIM_K], view->k, pool->columns, sets, pace[FL_DIM_K]);
    fl_cuts_make(&b.cuts[FL_DIM_N], view->n, fl_pool_outputs(pool), alike, pace[FL_DIM_N]);
    const struct fl_cut *cut[4] = {NULL};
    try_axis(&b, cut, 0, pool->cores);
}

static void try_pool(struct fl_search *search, int32_t index)
{
    const struct fl_op *op = search->op;
    const struct fl_pool *pool = &search->machine->pool[index];
    bool linear = fl_op_has_weights(op);
    if (fl_pool_streams(pool) || pool->spread || pool->fixed || !fl_pool_check(pool, NULL))
        return;                         /* what is dealt has one mapping, which is a strategy's */
    if (fl_op_may_stay(op) && fl_pool_frames(pool) == 1 && search->stay != FL_STAY_NEVER)
        try_space(search, index, false, true);
    if (search->stay == FL_STAY_ONLY)
        return;
    try_space(search, index, false, false);
    if (!(linear && pool->input_bits < pool->weight_bits))
        try_space(search, index, true, false);
}

/* ---- the search ---- */

/* The strategies' own mappings come first: no search is worse, and a good start prunes. */
static void try_strategies(struct fl_search *search, struct fl_err *why)
{
    for (const struct fl_mapper *const *m = fl_strategies; *m != NULL; m++) {
        struct fl_mapping mapping[FL_MAPPINGS];
        int count = fl_map_on_pools(*m, search->op, search->machine, &search->spill, mapping, why);
        for (int i = 0; i < count; i++)
            if (search->stay == FL_STAY_EITHER || mapping[i].in_place == (search->stay == FL_STAY_ONLY))
                weigh(search, &mapping[i]);
    }
}

static void try_all(struct fl_search *search, struct fl_err *why)
{
    const struct fl_op *op = search->op;
    bool product = fl_op_is_product(op);
    try_strategies(search, why);
    for (int32_t i = 0; i < search->machine->pools && product && op->placed != 2 && !search->named; i++)
        if (search->machine->pool[i].cores > 0)
            try_pool(search, i);
}

bool fl_search_op(struct fl_search *search, struct fl_err *err)
{
    struct fl_err why = {0};
    search->founds = 0;
    search->weighed = search->pruned = 0;
    search->wanted = search->wanted < 1 ? 1 : search->wanted > FL_FINALISTS ? FL_FINALISTS : search->wanted;
    try_all(search, &why);
    if (search->founds == 0 && fl_machine_limits(search->machine) && search->stay != FL_STAY_ONLY) {
        fl_err_free(&why);
        search->inexact = true;
        try_all(search, &why);
    }
    if (search->founds == 0)
        fl_err_take(err, &why);
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
