/* test_bound.c - no simulation is faster than the bound, and none counts anything else.
 *
 * Random small machines, memory contention or none, run every strategy's mapping of
 * random operators event by event, and legal mappings that no strategy would think of.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "mapping/nest.h"
#include "tests/samples.h"
#include "tests/suites.h"

enum { MACHINES = 60, OPERATORS = 4, ANY = 6, SETS = 48 };

struct made {
    struct fl_arena arena;
    struct fl_design design;
    struct fl_machine machine;
    struct fl_arch arch;
};

static const char *pick(struct fl_arena *arena, struct fl_rng *rng, const char *key, int64_t least, int64_t most,
                        const char *unit)
{
    return fl_arena_format(arena, "%s=%lld%s", key, (long long)fl_rng_range(rng, least, most), unit);
}

static const char *choose(struct fl_arena *arena, struct fl_rng *rng, const char *key, const char *a, const char *b)
{
    return fl_arena_format(arena, "%s=%s", key, fl_rng_range(rng, 0, 1) ? a : b);
}

static size_t core_sets(struct fl_arena *arena, struct fl_rng *rng, int core, const char **set)
{
#define KEY(key) fl_arena_format(arena, "core[%d]." key, core)
    size_t n = 0;
    set[n++] = pick(arena, rng, KEY("cores"), 1, 6, "");
    set[n++] = choose(arena, rng, KEY("shared_input"), "true", "false");
    static const char *const encodings[] = {"offset", "offset", "dual_rail", "coherent"};
    int64_t encoding = fl_rng_range(rng, 0, 3);
    set[n++] = fl_arena_format(arena, "%s=%s", KEY("encoding"), encodings[encoding]);
    set[n++] = fl_arena_format(arena, "%s=%s", KEY("reference"), encoding == 0 ? "row" : "digital");
    set[n++] = choose(arena, rng, KEY("weight_slices"), "space", "time");
    set[n++] = pick(arena, rng, KEY("slm.pixel_bits"), 3, 9, "");
    set[n++] = pick(arena, rng, KEY("dac.bits"), 3, 9, "");
    set[n++] = pick(arena, rng, KEY("input_bits"), 7, 9, "");
    set[n++] = pick(arena, rng, KEY("slm.settle"), 0, 40, " ns");
    set[n++] = pick(arena, rng, KEY("slm.row_time"), 0, 3, " ns");
    set[n++] = pick(arena, rng, KEY("slm.load_link"), 0, 20, " Gbit/s");
    static const char *const dark[] = {"load+settle", "settle", "settle", "none"};
    set[n++] = pick(arena, rng, KEY("slm.back_frames"), 0, 1, "");
    set[n++] = pick(arena, rng, KEY("slm.blocks"), 0, 4, "");
    set[n++] = fl_arena_format(arena, "%s=%s", KEY("slm.dark"), dark[fl_rng_range(rng, 0, 3)]);
    set[n++] = choose(arena, rng, KEY("slm.row_addressable"), "true", "false");
    set[n++] = pick(arena, rng, KEY("dac.lanes"), 0, 16, "");
    set[n++] = pick(arena, rng, KEY("adc.share"), 1, 8, "");
    set[n++] = pick(arena, rng, KEY("accumulator.held"), 1, 12, "");
#undef KEY
    return n;
}

static void make(struct made *made, struct fl_rng *rng)
{
    struct fl_err err = {0};
    const char *set[SETS], *folder = getenv("SRCDIR");
    memset(made, 0, sizeof *made);
    size_t sets = core_sets(&made->arena, rng, 0, set);
    sets += core_sets(&made->arena, rng, 1, set + sets);
    set[sets++] = choose(&made->arena, rng, "machine.ideal_memory", "true", "false");
    set[sets++] = pick(&made->arena, rng, "sram.width", 8, 400, "");
    set[sets++] = choose(&made->arena, rng, "clocks.core", "1 GHz", "0.63 ns");
    set[sets++] = pick(&made->arena, rng, "vector.mac_lanes", 1, 200, "");
    ck_assert_uint_le(sets, SETS);
    const char *good = fl_arena_format(&made->arena, "%s/tests/bad/good_design.cfg", folder != NULL ? folder : ".");
    ck_assert_msg(fl_design_load(&made->design, good, set, sets, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_arch_describe(&made->machine, &made->design, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_arch_build(&made->arch, &made->design, &made->machine, &err), "%s", fl_err_text(&err));
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

static double simulate(struct made *made, const struct fl_op *op, const struct fl_mapping *mapping)
{
    struct fl_builder builder = {0};
    struct fl_err err = {0};
    fl_build_code(&builder, FL_OP);
    fl_mapping_lower(op, &made->machine, mapping, &builder);
    fl_build_code(&builder, FL_END_OP);
    fl_build_code(&builder, FL_HALT);
    struct fl_program program = fl_builder_program(&builder);
    bool ran = fl_sim_run(&made->arch.sim, &program, &err);
    ck_assert_msg(ran, "%s: %s", mapping->strategy, fl_err_text(&err));
    fl_builder_free(&builder);
    return (double)made->arch.sim.now;
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
    if (mapping.pool < 0)
        ck_assert_double_eq(counted(made, "vector", "multiplied"), effort.values);
    sum[0] += mapping.bound_ps;
    sum[1] += ps;
}

/* Any nest on any pool, its sums and its data kept where they can be or not. */
static struct fl_mapping any_mapping(const struct made *made, const struct fl_op *op, struct fl_rng *rng)
{
    int32_t index = (int32_t)fl_rng_range(rng, 0, made->machine.pools - 1);
    const struct fl_pool *pool = &made->machine.pool[index];
    bool swapped = op->mask == FL_DENSE && fl_rng_range(rng, 0, 1);
    const struct fl_op view = fl_map_view(op, swapped);
    struct fl_mapping mapping = sample_random_mapping(rng, &view, pool);
    mapping.pool = index;
    mapping.swapped = swapped;
    if (fl_rng_range(rng, 0, 1)) {
        fl_map_sums(op, pool, &mapping);
        fl_map_keep(op, &made->machine, &mapping);
    }
    return mapping;
}

START_TEST(no_simulation_is_faster_than_the_bound)
{
    struct fl_rng rng = {(uint64_t)_i};
    double sum[2] = {0};
    for (int i = 0; i < MACHINES; i++) {
        struct made made;
        make(&made, &rng);
        for (int o = 0; o < OPERATORS; o++) {
            struct fl_op op = sample_random_op(&rng);
            struct fl_mapping mapping;
            for (const struct fl_mapper *const *m = fl_mappers; *m != NULL; m++)
                if ((*m)->map(&op, &made.machine, &mapping, NULL))
                    check(&made, &op, mapping, sum);
            for (int any = 0; any < ANY; any++)
                check(&made, &op, any_mapping(&made, &op, &rng), sum);
        }
        fl_arch_free(&made.arch);
        fl_design_free(&made.design);
        fl_arena_free(&made.arena);
    }
    ck_assert_double_gt(sum[0], 0.3 * sum[1]);      /* a bound of zero would keep the law, too */
}
END_TEST

Suite *test_bound_suite(void)
{
    Suite *suite = suite_create("bound");
    TCase *tcase = tcase_create("bound");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, no_simulation_is_faster_than_the_bound, 0, 4);
    suite_add_tcase(suite, tcase);
    return suite;
}
