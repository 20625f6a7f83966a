/* test_search.c - the search beside all there is: strategies, and every mapping of small operators. */
#include <stdlib.h>
#include <string.h>

#include "mapping/search.h"
#include "tests/brute.h"
#include "tests/cases.h"
#include "tests/made.h"
#include "tests/samples.h"
#include "tests/suites.h"

/* ---- beside strategies ---- */

/* Random machines and operators: what is found is legal, sorted, no more than was asked for, and no
 * worse than any strategy, for every goal. */
START_TEST(no_strategy_is_better)
{
    struct fl_rng rng = cases_rng((uint64_t)_i);
    struct fl_prices prices = {.sram_bit = 1, .dram_bit = 10, .vector = {{100, 300}},
                               .static_mw = (double)fl_rng_range(&rng, 0, 5000)};
    for (int i = 0; i < 4; i++)
        prices.pool[i].converted = prices.pool[i].sampled = prices.pool[i].pixel = (double)fl_rng_range(&rng, 1, 99);
    for (int i = 0, cases = (int)cases_of(400); i < cases; i++) {
        struct fl_op op = sample_random_op(&rng);
        struct fl_machine machine = sample_random_machine(&rng);
        struct fl_search search = {.op = &op, .machine = &machine, .wanted = 5};
        search.goal = (struct fl_goal){(enum fl_objective)(i % 3), i % 3 > 0 ? &prices : NULL, i % 6 > 2 ? 3 : 0};
        ck_assert(fl_search_op(&search, NULL));
        ck_assert(search.founds >= 1 && search.founds <= 5);
        for (size_t f = 0; f < search.founds; f++) {
            struct fl_err err = {0};
            bool legal = fl_cover(&op, &machine, &search.found[f].mapping, &err);
            ck_assert_msg(legal, "%s", fl_err_text(&err));
            ck_assert(f == 0 || search.found[f - 1].cost <= search.found[f].cost);
        }
        for (size_t at = 0; fl_mapper_at(at) != NULL; at++) {
            struct fl_mapping mapping;
            struct fl_effort effort;
            if (!fl_mapper_at(at)->map(&op, &machine, &mapping, NULL))
                continue;
            ck_assert(fl_mapping_bound(&op, &machine, &mapping, &effort, NULL));
            double ps = mapping.bound_ps, joules = fl_cost_j(&prices, &machine, &op, &mapping, &effort, ps);
            ck_assert_double_le(search.found[0].cost, fl_goal_cost(&search.goal, ps, joules));
        }
    }
}
END_TEST

/* The bound of cuts never costs the best mapping: with room for so many finalists that nothing is passed by, the first
 * is the same. */
START_TEST(pruning_loses_nothing)
{
    struct fl_rng rng = cases_rng((uint64_t)_i + 100);
    struct fl_prices prices = {.sram_bit = 1, .dram_bit = 10, .static_mw = 100};
    prices.pool[0].converted = prices.pool[0].sampled = prices.pool[0].pixel = prices.pool[0].lit_row = 50;
    int64_t pruned = 0, cases = (int64_t)cases_of(400);
    for (int i = 0; i < cases; i++) {
        struct fl_op op = sample_random_op(&rng);
        struct fl_machine machine = sample_random_machine(&rng);
        machine.pools = fl_least(machine.pools, 1) > 0 ? 1 : 0;
        struct fl_search one = {.op = &op, .machine = &machine, .wanted = 1}, many = {.op = &op, .machine = &machine};
        many.wanted = FL_FINALISTS;
        one.goal = (struct fl_goal){(enum fl_objective)(i % 3), i % 3 > 0 ? &prices : NULL, i % 6 > 2 ? 3 : 0};
        many.goal = one.goal;
        ck_assert(fl_search_op(&one, NULL) && fl_search_op(&many, NULL));
        ck_assert_double_eq(one.found[0].cost, many.found[0].cost);
        pruned += one.pruned - many.pruned;
    }
    ck_assert_int_gt(pruned, 5 * cases / 2);
}
END_TEST

/* Each pool by itself: a strategy's mappings are one a pool, or two where data may be kept or not. */
START_TEST(strategies_are_tried_on_every_pool)
{
    struct fl_rng rng = cases_rng((uint64_t)_i + 200);
    int64_t several = 0;
    for (int i = 0, cases = (int)cases_of(400); i < cases; i++) {
        struct fl_op op = sample_random_op(&rng);
        struct fl_machine machine = sample_random_machine(&rng);
        struct fl_spill spill = {.input_bits = 1 << 12};
        struct fl_mapping m[FL_MAPPINGS];
        for (const struct fl_mapper *const *each = fl_strategies; *each != NULL; each++) {
            int count = fl_map_on_pools(*each, &op, &machine, &spill, m, NULL), alike = 0;
            for (int a = 0; a < count; a++)
                for (int b = a + 1; b < count; b++) {
                    struct fl_mapping other = m[a];
                    other.keep = false;
                    bool pair = b == a + 1 && m[a].keep && fl_mapping_same(&other, &m[b]);
                    ck_assert_msg(m[a].number != m[b].number || pair, "%s: pool %d twice", (*each)->name,
                                  m[a].number);
                    alike += m[a].number == m[b].number;
                }
            several += count - alike > 1;
        }
    }
    ck_assert_int_gt(several, 0);
}
END_TEST

START_TEST(what_cannot_be_mapped_is_told)
{
    struct fl_op op = sample_linear("nowhere", 4, 8, 8);
    struct fl_machine machine = sample_machine();
    struct fl_search search = {.op = &op, .machine = &machine, .wanted = 1};
    struct fl_err err = {0};
    op.placed = 1;
    ck_assert(!fl_search_op(&search, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "nowhere"));
    fl_err_free(&err);
}
END_TEST

/* ---- whole traces ---- */

enum { LAYER_OPS = 6 };

/* Twelve layers like GPT-2's on a machine of one pool of `cores` cores of 256 x 256, and one digital unit. */
struct layers { struct fl_op op[LAYER_OPS]; struct fl_block block; struct fl_trace trace; struct fl_machine machine; };

static void layers_make(struct layers *l, int64_t cores)
{
    *l = (struct layers){.op = {
        sample_linear("qkv", 64, 768, 2304), sample_matmul("scores", 12, 64, 64, 64),
        sample_matmul("context", 12, 64, 64, 64), sample_linear("proj", 64, 768, 768),
        sample_linear("ffn_up", 64, 768, 3072), sample_linear("ffn_down", 64, 3072, 768),
    }};
    l->block = (struct fl_block){.repeat = 12, .layer = 0, .op = l->op, .ops = LAYER_OPS};
    l->trace = sample_trace(&l->block, 1);
    l->machine = sample_machine();
    l->machine.vector[0].mac_lanes = 64;
    l->machine.pools = 1;
    l->machine.pool[0] = sample_pool("static", false, cores, 256, 256);
    l->machine.pool[0].settle_ps = 1000000;
}

static double plan_ps(struct layers *l, const char *strategy, struct fl_plan *plan)
{
    struct fl_machine machine = l->machine;
    struct fl_err err = {0};
    bool made = fl_plan_make(plan, &l->trace, &machine, strategy, FL_LATENCY, &err);
    ck_assert_msg(made, "%s", fl_err_text(&err));
    return fl_plan_bound_ps(plan);
}

/* All weights take 12 (27 + 9 + 36 + 36) = 1296 cores. With fewer some stay; at 1296, too, for attention wants
 * cores; with more, all stay, and some twice. */
START_TEST(what_stays_follows_from_the_cores)
{
    static const int64_t cores[] = {100, 600, 1296, 1400, 3000, 100000};
    double before = INFINITY;
    for (size_t c = 0; c < sizeof cores / sizeof cores[0]; c++) {
        struct layers l;
        struct fl_plan plan, other;
        int64_t staying = 0;
        layers_make(&l, cores[c]);
        double ps = plan_ps(&l, "search", &plan);
        ck_assert_double_lt(ps, before);
        before = ps;
        ck_assert_double_le(ps, plan_ps(&l, "auto", &other));
        fl_plan_free(&other);
        for (size_t i = 0; i < plan.ops; i++)
            if (plan.op[i].mapping.in_place) {
                ck_assert_int_eq(plan.op[i].core_first, staying);
                staying += 12 * plan.op[i].mapping.cores;
            }
        for (size_t i = 0; i < plan.ops; i++) {
            ck_assert(fl_cover(plan.op[i].op, &l.machine, &plan.op[i].mapping, NULL));
            if (!plan.op[i].mapping.in_place && fl_mapping_pool(&plan.op[i].mapping, &l.machine) == &l.machine.pool[0])
                ck_assert_int_le(staying + plan.op[i].mapping.cores, cores[c]);
        }
        ck_assert_int_le(staying, cores[c]);
        bool some = staying > 0 && staying < 1296;
        ck_assert(cores[c] == 100 ? staying == 0 : cores[c] == 600 ? some : staying >= 900);
        ck_assert(cores[c] < 100000 || staying > 2592);
        fl_plan_free(&plan);
        fl_trace_free(&l.trace);
    }
}
END_TEST

START_TEST(streams_and_stays_share_the_cores)
{
    struct layers l;
    struct fl_plan plan;
    struct fl_err err = {0};
    struct fl_trace_search search;
    layers_make(&l, 600);
    ck_assert(fl_search_trace(&search, &l.trace, &l.machine, (struct fl_goal){.objective = FL_LATENCY}, 1, NULL,
                              &err));
    struct fl_mapped_by by = fl_search_mapped_by(&search);
    for (size_t i = 0; i < search.shapes; i++)
        if (!search.shape[i].search.found[0].mapping.in_place) {
            struct fl_mapping *greedy = &search.shape[i].search.found[0].mapping;
            *greedy = (struct fl_mapping){.engine = &fl_engine_optical,
                                          .tile_k = 64, .tile_n = 64, .tile_m = 1, .cores_g = 1, .cores_k = 1,
                                          .cores_n = 1, .cores_m = 600, .cores = 600, .order = {0, 1, 2, 3}};
        }
    ck_assert(!fl_plan_make_by(&plan, &l.trace, &l.machine, &by, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "works on 600 cores of pool \"static\"; weights in place take "));
    fl_err_free(&err);
    fl_search_trace_free(&search);
    fl_trace_free(&l.trace);
}
END_TEST

/* ---- beside everything ---- */

struct best { struct made *made; const struct fl_op *op; double ps; };

/* A mapping whose bound is no better than what was simulated cannot be the best: that is what a bound is for. */
static bool best_take(void *context, const struct fl_mapping *mapping)
{
    struct best *best = context;
    struct fl_mapping bounded = *mapping;
    ck_assert(fl_mapping_bound(best->op, &best->made->machine, &bounded, NULL, NULL));
    if (bounded.bound_ps < best->ps)
        best->ps = fmin(best->ps, simulate(best->made, best->op, &bounded));
    return true;
}

static struct fl_op small_op(struct fl_rng *rng)
{
    struct fl_op op = sample_random_op(rng);
    op.m = fl_rng_range(rng, 1, 3) * op.share;
    op.k = fl_rng_range(rng, 1, 8);
    op.n = fl_rng_range(rng, 1, 8);
    op.groups = fl_least(op.groups, 2);
    op.placed = 1;
    ck_assert(fl_op_macs(&op, &op.macs));
    return op;
}

/* 40 machines and operators, every legal mapping: tiles of every size, every share of cores, every order of loops.
 * Some cores have inputs of their own, others share few input sets, wired or switched. */
START_TEST(the_search_finds_the_true_optimum)
{
    static const char *const small[] = {"core[0].slm.columns=4", "core[0].slm.rows=5", "core[0].slm.pixel_bits=9",
                                        "core[0].dac.bits=9", "core[0].cores=4", "core[1].cores=0", NULL};
    struct fl_rng rng = cases_rng((uint64_t)_i);
    for (uint64_t i = 0; i < cases_of(10); i++) {
        struct made made;
        make(&made, &rng, small);
        struct fl_op op = small_op(&rng);
        struct fl_search search = {.op = &op, .machine = &made.machine, .wanted = 32};
        ck_assert(fl_search_op(&search, NULL));
        struct best found = {&made, &op, INFINITY};
        for (size_t f = 0; f < search.founds; f++)
            best_take(&found, &search.found[f].mapping);
        struct best best = found;
        struct brute brute = {&op, &made.machine, best_take, &best, 0};
        brute_all(&brute);
        ck_assert_int_gt(brute.count, search.weighed);
        ck_assert_msg(found.ps == best.ps, "found %.0f ps, but one of %d mappings of m %d k %d n %d takes %.0f ps",
                      found.ps, (int)brute.count, (int)op.m, (int)op.k, (int)op.n, best.ps);
        unmake(&made);
    }
}
END_TEST

/* ---- the same, with no bound to help ---- */

enum { PAIRS = 6, PAIRS_PRICED = 12 };

static struct fl_op tiny_op(struct fl_rng *rng)
{
    struct fl_op op = small_op(rng);
    op.m = fl_rng_range(rng, 1, 2) * op.share;
    op.k = fl_rng_range(rng, 2, 5);
    op.n = fl_rng_range(rng, 2, 5);
    ck_assert(fl_op_macs(&op, &op.macs));
    return op;
}

static bool simulated_take(void *context, const struct fl_mapping *mapping)
{
    struct best *best = context;
    best->ps = fmin(best->ps, simulate(best->made, best->op, mapping));
    return true;
}

/* 24 machines and operators: every legal mapping is simulated, whatever its bound; none beats the search's. */
START_TEST(no_simulated_mapping_is_better)
{
    static const char *const small[] = {"core[0].slm.columns=3", "core[0].slm.rows=4", "core[0].slm.pixel_bits=9",
                                        "core[0].dac.bits=9", "core[0].cores=4", "core[1].cores=0", NULL};
    struct fl_rng rng = cases_rng((uint64_t)_i + 50);
    for (uint64_t i = 0; i < cases_of(PAIRS); i++) {
        struct made made;
        make(&made, &rng, small);
        struct fl_op op = tiny_op(&rng);
        struct fl_search search = {.op = &op, .machine = &made.machine, .wanted = 32};
        ck_assert(fl_search_op(&search, NULL));
        struct best found = {&made, &op, INFINITY}, best = found;
        for (size_t f = 0; f < search.founds; f++)
            simulated_take(&found, &search.found[f].mapping);
        struct brute brute = {&op, &made.machine, simulated_take, &best, 0};
        brute_all(&brute);
        ck_assert_int_gt(brute.count, search.weighed);
        ck_assert_msg(found.ps <= best.ps, "found %.0f ps, but one of %d mappings of m %d k %d n %d takes %.0f ps",
                      found.ps, (int)brute.count, (int)op.m, (int)op.k, (int)op.n, best.ps);
        unmake(&made);
    }
}
END_TEST

struct priced { const struct fl_search *search; double least; struct fl_mapping mapping; };

static bool priced_take(void *context, const struct fl_mapping *mapping)
{
    struct priced *priced = context;
    const struct fl_search *s = priced->search;
    struct fl_mapping bounded = *mapping;
    struct fl_effort effort;
    ck_assert(fl_mapping_bound(s->op, s->machine, &bounded, &effort, NULL));
    double joules = fl_cost_j(s->goal.prices, s->machine, s->op, &bounded, &effort, bounded.bound_ps);
    double cost = fl_goal_cost(&s->goal, bounded.bound_ps, joules);
    if (cost < priced->least) {
        priced->least = cost;
        priced->mapping = bounded;
    }
    return true;
}

/* And none is cheaper by any goal, each one priced as the search prices what it weighs. */
START_TEST(no_priced_mapping_is_better)
{
    struct fl_rng rng = cases_rng((uint64_t)_i + 70);
    for (int i = 0, pairs = (int)cases_of(PAIRS_PRICED); i < pairs; i++) {
        struct fl_prices prices = {.sram_bit = (double)fl_rng_range(&rng, 0, 9), .dram_bit = 20, .vector = {{0, 3000}},
                                   .static_mw = (double)fl_rng_range(&rng, 0, 500)};
        prices.pool[0].converted = (double)fl_rng_range(&rng, 1, 99);
        prices.pool[0].sampled = (double)fl_rng_range(&rng, 1, 99);
        prices.pool[0].pixel = (double)fl_rng_range(&rng, 1, 99);
        prices.pool[0].lit_row = (double)fl_rng_range(&rng, 1, 99);
        prices.pool[0].core_mw = (double)fl_rng_range(&rng, 0, 99);
        struct fl_op op = small_op(&rng);
        struct fl_machine machine = sample_machine();
        machine.pools = 1;
        machine.pool[0] = sample_pool("static", false, fl_rng_range(&rng, 1, 5), 4, 5);
        machine.pool[0].settle_ps = fl_rng_range(&rng, 0, 20000);
        machine.pool[0].accumulator_vectors = fl_rng_range(&rng, 1, 3);
        struct fl_search search = {.op = &op, .machine = &machine, .wanted = 1};
        search.goal = (struct fl_goal){(enum fl_objective)(i % 3), &prices, i % 6 > 2 ? 2 : 0};
        ck_assert(fl_search_op(&search, NULL));
        struct priced priced = {.search = &search, .least = INFINITY};
        struct brute brute = {&op, &machine, priced_take, &priced, 0};
        brute_all(&brute);
        const struct fl_mapping *m = &priced.mapping;
        ck_assert_msg(search.found[0].cost <= priced.least * (1 + 1e-12),
                      "goal %d: found %g, but tiles of k %d n %d m %d on %d cores in order %d%d%d%d cost %g", i % 3,
                      search.found[0].cost, (int)m->tile_k, (int)m->tile_n, (int)m->tile_m, (int)m->cores,
                      m->order[0], m->order[1], m->order[2], m->order[3], priced.least);
    }
}
END_TEST

Suite *test_search_suite(void)
{
    Suite *suite = suite_create("search");
    TCase *tcase = tcase_create("search");
    tcase_add_loop_test(tcase, no_strategy_is_better, 0, 3);
    tcase_add_loop_test(tcase, pruning_loses_nothing, 0, 3);
    tcase_add_loop_test(tcase, strategies_are_tried_on_every_pool, 0, 3);
    tcase_add_test(tcase, what_cannot_be_mapped_is_told);
    tcase_add_test(tcase, what_stays_follows_from_the_cores);
    tcase_add_test(tcase, streams_and_stays_share_the_cores);
    tcase_add_loop_test(tcase, the_search_finds_the_true_optimum, 0, 4);
    tcase_add_loop_test(tcase, no_simulated_mapping_is_better, 0, 4);
    tcase_add_loop_test(tcase, no_priced_mapping_is_better, 0, 4);
    suite_add_tcase(suite, tcase);
    return suite;
}
