/* test_cuts.c - no mapping of cuts has a bound below that of the cuts, and no run is below either.
 *
 * A search passes by what it has not looked at because of the bound of cuts: if that is too
 * high once, the best mapping may be lost. So random cuts of random operators on random
 * machines (converters shared in any way, each unit at its own pace, every encoding, slices
 * beside and in time, banks, activations that move) are held against the roofline of all
 * their mappings, whatever the goal, and on machines of real units against their runs.
 *
 * FL_LAW_CASES in the environment asks for more random cases than the preset, FL_LAW_SEED
 * for others.
 */
#include "mapping/search.h"
#include "mapping/space.h"
#include "tests/cases.h"
#include "tests/made.h"
#include "tests/samples.h"
#include "tests/suites.h"

enum { CASES = 6000, RUNS = 150, ENOUGH_PERCENT = 80 };

/* ---- cuts ---- */

struct cuts { struct fl_space space; struct fl_cut axis[4]; const struct fl_cut *cut[4]; };

static void cut_axis(struct cuts *c, int32_t dim, int64_t tile, int64_t cores)
{
    const int64_t size[4] = {c->space.view.groups, c->space.view.n, c->space.view.k, c->space.view.m};
    c->axis[dim] = fl_cut_make(size[dim], tile, cores, c->space.pace[dim]);
    c->cut[dim] = &c->axis[dim];
}

/* Cuts of any mapping. */
static void cuts_of(struct cuts *c, const struct fl_op *op, const struct fl_machine *machine,
                    const struct fl_mapping *mapping)
{
    fl_space_make(&c->space, op, machine, mapping->number, mapping->swapped, mapping->in_place);
    cut_axis(c, FL_DIM_G, 1, mapping->cores_g);
    cut_axis(c, FL_DIM_K, mapping->tile_k, mapping->cores_k);
    cut_axis(c, FL_DIM_N, mapping->tile_n, mapping->cores_n);
    c->axis[FL_DIM_M] = fl_space_vectors(&c->space, mapping->cores_m);
    c->cut[FL_DIM_M] = &c->axis[FL_DIM_M];
}

/* Any mapping on any pool; weights in place where the operator allows it and the cores are enough. */
static struct fl_mapping any_mapping(struct fl_rng *rng, const struct fl_op *op, const struct fl_machine *machine)
{
    int32_t index = (int32_t)fl_rng_range(rng, 0, machine->pools - 1);
    const struct fl_pool *pool = &machine->pool[index];
    bool swapped = op->mask == FL_DENSE && fl_rng_range(rng, 0, 1);
    const struct fl_op view = fl_map_view(op, swapped);
    struct fl_mapping m = sample_random_mapping(rng, &view, pool);
    m.engine = &fl_engine_optical;
    m.number = index;
    m.swapped = swapped;
    int64_t k = fl_ceil_div(op->k, m.tile_k), n = fl_ceil_div(op->n, m.tile_n);
    bool room = op->type == &fl_op_linear && !swapped && m.frames == 1 && op->groups * k * n <= pool->cores;
    if (room && fl_rng_range(rng, 0, 1)) {
        m.in_place = true;
        m.cores_g = op->groups;
        m.cores_k = k;
        m.cores_n = n;
        m.cores_m = fl_rng_range(rng, 1, pool->cores / (op->groups * k * n));
        m.cores = m.cores_g * k * n * m.cores_m;
    }
    fl_map_sums(op, pool, &m);
    m.accumulate &= m.in_place || fl_rng_range(rng, 0, 3) > 0;
    if (fl_rng_range(rng, 0, 1))
        fl_map_keep(op, machine, &m);
    return m;
}

/* ---- the law ---- */

static struct fl_prices prices_draw(struct fl_rng *rng, const struct fl_machine *machine)
{
    struct fl_prices p = {.sram_bit = (double)fl_rng_range(rng, 0, 9), .dram_bit = (double)fl_rng_range(rng, 0, 99),
                          .static_mw = (double)fl_rng_range(rng, 0, 1) * 500};
    for (int32_t i = 0; i < machine->pools; i++) {
        double *const price[] = {&p.pool[i].converted, &p.pool[i].detected, &p.pool[i].sampled, &p.pool[i].added,
                                 &p.pool[i].lit_row, &p.pool[i].pixel, &p.pool[i].vector, &p.pool[i].core_mw};
        for (size_t k = 0; k < sizeof price / sizeof *price; k++)
            *price[k] = (double)(fl_rng_range(rng, 0, 1) * fl_rng_range(rng, 1, 99));
    }
    return p;
}

static const char *fields[] = {"converted", "detected", "sampled", "added", "load_pixels", "sram_bits", "dram_bits"};

/* Counts of which a mapping does less than its cuts say any does; NULL: none. */
static const char *count_under(const struct fl_effort *least, const struct fl_effort *e)
{
    const double pair[][2] = {{least->converted, e->converted}, {least->detected, e->detected},
                              {least->sampled, e->sampled}, {least->added, e->added},
                              {least->load_pixels, e->load_pixels}, {least->sram_bits, e->sram_bits},
                              {least->dram_bits, e->dram_bits}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        if (pair[i][0] > pair[i][1] * (1 + 1e-12))
            return fields[i];
    return NULL;
}

static const char *told(struct fl_arena *arena, uint64_t seed, const struct fl_op *op, const struct fl_mapping *m)
{
    return fl_arena_format(arena, "seed %llu: %s mask %d groups %lld m %lld k %lld n %lld, pool %d tiles k %lld "
                           "n %lld m %lld cores %lld x %lld x %lld x %lld order %d%d%d%d%s%s%s%s",
                           (unsigned long long)seed, op->type->name, op->mask, (long long)op->groups, (long long)op->m,
                           (long long)op->k, (long long)op->n, m->number, (long long)m->tile_k, (long long)m->tile_n,
                           (long long)m->tile_m, (long long)m->cores_g, (long long)m->cores_k, (long long)m->cores_n,
                           (long long)m->cores_m, m->order[0], m->order[1], m->order[2], m->order[3],
                           m->swapped ? " swapped" : "", m->in_place ? " in place" : "", m->keep ? " kept" : "",
                           m->accumulate ? " sums stay" : "");
}

/* A mapping beside the bound of its cuts, what moves besides included. Adds up both. */
static void check(uint64_t seed, struct fl_rng *rng, const struct cuts *c, int64_t blocks, struct fl_mapping mapping,
                  double sum[2])
{
    const struct fl_op *op = c->space.op;
    const struct fl_machine *machine = c->space.machine;
    struct fl_arena arena = {0};
    struct fl_effort effort, least;
    struct fl_spill spill = {.store_bits = fl_rng_range(rng, 0, 1) << 12, .input_bits = fl_rng_range(rng, 0, 1) << 13,
                             .other_bits = fl_rng_range(rng, 0, 1) << 14};
    double ps = fl_space_least(&c->space, c->cut, blocks, &least);
    const char *who = told(&arena, seed, op, &mapping);
    ck_assert(fl_mapping_bound(op, machine, &mapping, &effort, NULL));
    ck_assert_msg(ps <= mapping.bound_ps, "%s: cuts take %.3f ps at least, the mapping %.0f", who, ps,
                  mapping.bound_ps);
    fl_spill_bound(&spill, op, machine, &mapping, &effort);
    const char *under = count_under(&least, &effort);
    ck_assert_msg(under == NULL, "%s: fewer %s than the least", who, under);
    struct fl_prices prices = prices_draw(rng, machine);
    struct fl_mapping any = {.engine = mapping.engine, .number = mapping.number,
                              .cores = c->axis[0].cores * c->axis[1].cores * c->axis[2].cores};
    for (int i = 0; i < 4; i++) {
        struct fl_goal goal = {(enum fl_objective)(i % 3), &prices, i == 3 ? 2 : 0};
        double joules = fl_cost_j(&prices, machine, op, &mapping, &effort, mapping.bound_ps);
        double under_j = fl_cost_j(&prices, machine, op, &any, &least, ps);
        ck_assert_msg(fl_goal_cost(&goal, ps, under_j) <= fl_goal_cost(&goal, mapping.bound_ps, joules) * (1 + 1e-9),
                      "%s: goal %d costs less than the least", who, i);
    }
    sum[0] += ps;
    sum[1] += mapping.bound_ps;
    fl_arena_free(&arena);
}

/* Nothing takes time but detectors, sources and converters: what is said too much of them is not hidden behind loads,
 * ways and memories. */
static void hurry(struct fl_machine *machine)
{
    machine->ideal_memory = true;
    for (int32_t i = 0; i < machine->pools; i++) {
        struct fl_pool *p = &machine->pool[i];
        p->load_pixel_ps = p->front_ps = p->flight_ps = p->back_ps = p->weight_dac_ps = p->switch_ps = 0;
        p->row_ps = p->settle_ps = 0;
        p->dac_ps = p->accumulator_ps = 1;
    }
}

static struct fl_machine machine_draw(struct fl_rng *rng)
{
    struct fl_machine machine = sample_random_machine(rng);
    while (machine.pools == 0)
        machine = sample_random_machine(rng);
    if (fl_rng_range(rng, 0, 2) == 0)
        hurry(&machine);
    return machine;
}

/* Any nest of loops whatever; and those that the search makes of the same cuts, which know their blocks. */
START_TEST(no_mapping_is_below_its_cuts)
{
    uint64_t cases = cases_of(CASES), first = cases_first();
    double sum[2] = {0};
    for (uint64_t seed = first; seed < first + cases; seed++) {
        struct fl_rng rng = {seed};
        struct fl_op op = sample_random_op(&rng);
        struct fl_machine machine = machine_draw(&rng);
        struct fl_mapping mapping = any_mapping(&rng, &op, &machine);
        struct cuts c;
        cuts_of(&c, &op, &machine, &mapping);
        check(seed, &rng, &c, 1, mapping, sum);
        for (int order = 0; order < FL_ORDERS; order++)
            check(seed, &rng, &c, fl_space_blocks(&c.space, c.cut, (enum fl_order)order),
                  fl_space_mapping(&c.space, c.cut, (enum fl_order)order), sum);
    }
    ck_assert_double_gt(sum[0], ENOUGH_PERCENT / 100.0 * sum[1]);   /* a bound of zero would keep the law, too */
}
END_TEST

/* On machines of real units, event by event. */
START_TEST(no_run_is_below_its_cuts)
{
    uint64_t cases = cases_of(RUNS), first = cases_first();
    for (uint64_t seed = first; seed < first + cases; seed++) {
        struct fl_rng rng = {seed};
        struct fl_arena arena = {0};
        struct made made;
        struct cuts c;
        struct fl_effort least;
        make(&made, &rng, NULL);
        struct fl_op op = sample_random_op(&rng);
        struct fl_mapping mapping = any_mapping(&rng, &op, &made.machine);
        cuts_of(&c, &op, &made.machine, &mapping);
        double ps = fl_space_least(&c.space, c.cut, 1, &least), took = simulate(&made, &op, &mapping);
        ck_assert_msg(ps <= took, "%s: cuts take %.3f ps at least, the run took %.0f",
                      told(&arena, seed, &op, &mapping), ps, took);
        unmake(&made);
        fl_arena_free(&arena);
    }
}
END_TEST

Suite *test_cuts_suite(void)
{
    Suite *suite = suite_create("cuts");
    TCase *tcase = tcase_create("cuts");
    tcase_add_test(tcase, no_mapping_is_below_its_cuts);
    tcase_add_test(tcase, no_run_is_below_its_cuts);
    suite_add_tcase(suite, tcase);
    return suite;
}
