/* test_bound.c - no simulation is faster than the bound, and none counts anything else.
 *
 * Random small machines, memory contention or none, run every strategy's mapping of
 * random operators event by event, and legal mappings that no strategy would think of.
 */
#include <stdlib.h>
#include <string.h>

#include "mapping/nest.h"
#include "tests/cases.h"
#include "tests/made.h"
#include "tests/samples.h"
#include "tests/suites.h"

enum { MACHINES = 60, OPERATORS = 4, ANY = 6 };

/* A bound of zero would keep the law, too. The sum over a few machines says less than that over many. */
static void is_tight(const double sum[2])
{
    ck_assert_double_gt(sum[0], (cases_of(MACHINES) < MACHINES ? 0.1 : 0.3) * sum[1]);
}

/* A count summed over the units of a kind. */
static double counted(const struct made *made, const char *kind, const char *action)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < made->arch.sim.units; i++) {
        const struct unit *u = made->arch.sim.unit[i];
        for (int t = 0; strcmp(u->type->kind, kind) == 0 && u->type->tallies[t].action != NULL; t++)
            if (strcmp(u->type->tallies[t].action, action) == 0)
                sum += u->count[FL_OWN + t];
    }
    return (double)sum;
}

static void check(struct made *made, const struct fl_op *op, struct fl_mapping mapping, double *sum)
{
    struct fl_effort effort;
    ck_assert(fl_mapping_bound(op, &made->machine, &mapping, &effort, NULL));
    double ps = simulate(made, op, &mapping);
    ck_assert_msg(ps >= mapping.bound_ps, "%s of m %d k %d n %d took %.0f ps, under its bound of %.0f ps by %s",
                  mapping.strategy, (int)op->m, (int)op->k, (int)op->n, ps, mapping.bound_ps, mapping.bound_by);
    ck_assert_double_eq(counted(made, "detector", "detected"), effort.detected);
    ck_assert_double_eq(counted(made, "adc", "converted"), effort.sampled);
    ck_assert_double_eq(counted(made, "accumulator", "added"), effort.added);
    ck_assert_double_eq(counted(made, "slm", "loaded"), effort.load_pixels);
    ck_assert_double_eq(counted(made, "slm", "frames"), effort.loads);
    ck_assert_double_eq(counted(made, "source", "modulated"), effort.converted);
    if (!fl_on_cores(&mapping))
        ck_assert_double_eq(counted(made, "vector", "multiplied"), effort.values);
    sum[0] += mapping.bound_ps;
    sum[1] += ps;
}

/* Any nest on any pool, its sums and its data kept where they can be or not. */
static struct fl_mapping any_mapping(const struct made *made, const struct fl_op *op, struct fl_rng *rng)
{
    int32_t index = (int32_t)fl_rng_range(rng, 0, made->machine.pools - 1);
    const struct fl_pool *pool = &made->machine.pool[index];
    bool swapped = fl_rng_range(rng, 0, 1);
    const struct fl_op view = fl_map_view(op, swapped);
    struct fl_mapping mapping = sample_random_mapping(rng, &view, pool);
    mapping.engine = &fl_engine_optical;
    mapping.number = index;
    mapping.swapped = swapped;
    if (fl_rng_range(rng, 0, 1)) {
        fl_map_sums(op, pool, &mapping);
        fl_map_keep(op, &made->machine, &mapping);
    }
    return mapping;
}

START_TEST(no_simulation_is_faster_than_the_bound)
{
    struct fl_rng rng = cases_rng((uint64_t)_i);
    double sum[2] = {0};
    for (uint64_t i = 0; i < cases_of(MACHINES); i++) {
        struct made made;
        make(&made, &rng, NULL);
        for (int o = 0; o < OPERATORS; o++) {
            struct fl_op op = sample_random_op(&rng);
            struct fl_mapping mapping;
            for (size_t at = 0; fl_mapper_at(at) != NULL; at++)
                if (fl_mapper_at(at)->map(&op, &made.machine, &mapping, NULL))
                    check(&made, &op, mapping, sum);
            for (int any = 0; any < ANY; any++)
                check(&made, &op, any_mapping(&made, &op, &rng), sum);
        }
        unmake(&made);
    }
    is_tight(sum);
}
END_TEST

/* Random media whose outputs are squares, of as many cores as parts take, and projections by them: no product is mapped
 * on them, what is counted is what the bound says, and none is faster. */
START_TEST(nor_of_squares)
{
    static const char *const square[] = {
        "core[0].fixed=true", "core[0].encoding=intensity", "core[0].reference=digital", "core[0].dac.bits=9",
        "core[0].slm.pixel_bits=9", NULL};
    struct fl_rng rng = cases_rng((uint64_t)_i + 60);
    double sum[2] = {0};
    uint64_t mapped = 0, cases = cases_of(MACHINES);
    for (uint64_t i = 0; i < cases; i++) {
        struct made made;
        make(&made, &rng, square);
        const struct fl_pool *pool = &made.machine.pool[0];
        for (int o = 0; o < OPERATORS; o++) {
            struct fl_mapping mapping;
            struct fl_op product = sample_random_op(&rng), op = {
                .type = &fl_op_project, .name = "features", .groups = 1, .share = 1, .m = fl_rng_range(&rng, 1, 40),
                .k = fl_rng_range(&rng, 1, pool->columns), .n = fl_rng_range(&rng, 1, pool->cores * pool->rows),
                .sign = (int32_t)fl_rng_range(&rng, 0, 1)};
            for (size_t at = 0; fl_mapper_at(at) != NULL; at++)
                ck_assert(!fl_mapper_at(at)->map(&product, &made.machine, &mapping, NULL) ||
                          !fl_on_cores(&mapping) || mapping.number != 0);
            if (!fl_map_other(&op, &made.machine, &mapping, NULL))
                continue;
            check(&made, &op, mapping, sum);
            ck_assert_double_eq(counted(&made, "slm", "loaded"), 0);
            mapped++;
        }
        unmake(&made);
    }
    ck_assert_uint_gt(mapped, cases);
    is_tight(sum);
}
END_TEST

/* Activations that go by way of DRAM take their share of it, and no run is faster than that either. */
START_TEST(nor_with_activations_that_move)
{
    static const char *const real[] = {"machine.ideal_memory=false", NULL};
    struct fl_rng rng = cases_rng((uint64_t)_i + 30);
    double sum[2] = {0};
    for (uint64_t i = 0; i < cases_of(MACHINES); i++) {
        struct made made;
        make(&made, &rng, real);
        struct fl_op op = sample_random_op(&rng);
        struct fl_mapping mapping = any_mapping(&made, &op, &rng);
        int64_t most = 1 << 20;
        struct fl_spill spill = {.store_bits = fl_rng_range(&rng, 0, most), .input_bits = fl_rng_range(&rng, 0, most),
                                 .other_bits = fl_rng_range(&rng, 0, most)};
        struct fl_effort effort;
        ck_assert(fl_mapping_bound(&op, &made.machine, &mapping, &effort, NULL));
        fl_spill_bound(&spill, &op, &made.machine, &mapping, &effort);
        double ps = simulate_with(&made, &op, &mapping, &spill);
        ck_assert_msg(ps >= mapping.bound_ps, "%.0f ps, under its bound of %.0f ps", ps, mapping.bound_ps);
        sum[0] += mapping.bound_ps;
        sum[1] += ps;
        unmake(&made);
    }
    is_tight(sum);
}
END_TEST

/* What goes in and out of SRAM, partial sums among it, bit by bit: words of one bit leave nothing to rounding. */
START_TEST(sram_moves_what_is_said)
{
    static const char *const narrow[] = {"sram.width=1", "machine.ideal_memory=true", NULL};
    struct fl_rng rng = cases_rng((uint64_t)_i + 60);
    double partial = 0;
    for (uint64_t i = 0; i < cases_of(MACHINES); i++) {
        struct made made;
        make(&made, &rng, narrow);
        for (int any = 0; any < ANY; any++) {
            struct fl_op op = sample_random_op(&rng);
            struct fl_mapping mapping = any_mapping(&made, &op, &rng);
            struct fl_effort effort;
            ck_assert(fl_mapping_bound(&op, &made.machine, &mapping, &effort, NULL));
            simulate(&made, &op, &mapping);
            ck_assert_double_eq(counted(&made, "sram", "read") + counted(&made, "sram", "written"), effort.sram_bits);
            partial += effort.partial_bits;
        }
        unmake(&made);
    }
    ck_assert_double_gt(partial, 0);
}
END_TEST

Suite *test_bound_suite(void)
{
    Suite *suite = suite_create("bound");
    TCase *tcase = tcase_create("bound");
    tcase_add_loop_test(tcase, no_simulation_is_faster_than_the_bound, 0, 4);
    tcase_add_loop_test(tcase, nor_of_squares, 0, 5);
    tcase_add_loop_test(tcase, nor_with_activations_that_move, 0, 4);
    tcase_add_loop_test(tcase, sram_moves_what_is_said, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
