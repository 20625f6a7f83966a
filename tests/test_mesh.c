/* test_mesh.c - meshes of interferometers: what they are made of, lose and ask of a host, by hand. */
#include <math.h>
#include <string.h>

#include "arch/arch.h"
#include "tests/suites.h"

struct made {
    struct fl_design design;
    struct fl_machine machine;
    struct fl_arch arch;
};

static void make(struct made *made, const char *const *set, size_t sets)
{
    struct fl_err err = {0};
    memset(made, 0, sizeof *made);
    ck_assert_msg(fl_design_load(&made->design, "mzi_mesh_4", set, sets, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_arch_describe(&made->machine, &made->design, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_arch_build(&made->arch, &made->design, &made->machine, &err), "%s", fl_err_text(&err));
}

static void unmake(struct made *made)
{
    fl_arch_free(&made->arch);
    fl_design_free(&made->design);
}

static const struct unit *mesh_of(const struct made *made)
{
    for (uint32_t i = 0; i < made->arch.sim.units; i++)
        if (strcmp(made->arch.sim.unit[i]->type->kind, "mesh") == 0)
            return made->arch.sim.unit[i];
    ck_abort_msg("no mesh");
    return NULL;
}

static double price_of(const struct unit *u, uint32_t tally)
{
    double fj;
    memcpy(&fj, (const char *)u + u->type->tallies[tally].price, sizeof fj);
    return fj;
}

/* 12 x 12: 66 + 66 interferometers and 12 attenuators are 144 settings, one a weight; 25 stages. 8 inputs, 20 outputs:
 * 28 + 190 and 20 are 238 settings for 160 weights, 29 stages, 4 x 20 x 8 x 8 = 5120 operations. */
START_TEST(made_of_by_hand)
{
    struct made made;
    make(&made, NULL, 0);
    ck_assert_double_eq_tol(made.machine.pool[0].loss_db, 1.2 + 25 * 0.99, 1e-9);
    ck_assert_double_eq_tol(mesh_of(&made)->area_um2, 144 * 18000.0, 1e-6);
    ck_assert_double_eq_tol(price_of(mesh_of(&made), 0), 450, 1e-9);
    ck_assert_int_eq(made.machine.pool[0].fresh_ps, 0);
    unmake(&made);
    const char *const set[] = {"core[0].slm.columns=8", "core[0].slm.rows=20", "core[0].slm.decompose_rate=1 GHz",
                               "core[0].accumulator.held=400"};
    make(&made, set, 4);
    ck_assert_double_eq_tol(made.machine.pool[0].loss_db, 1.2 + 29 * 0.99, 1e-9);
    ck_assert_double_eq_tol(mesh_of(&made)->area_um2, 238 * 18000.0, 1e-6);
    ck_assert_double_eq_tol(price_of(mesh_of(&made), 0), 450 * 238 / 160.0, 1e-9);
    ck_assert_int_eq(made.machine.pool[0].fresh_ps, 5120000);
    unmake(&made);
}
END_TEST

/* Weights are decomposed before the run; keys and values are, tile by tile, while it lasts, one after another. */
START_TEST(what_is_known_is_not_decomposed)
{
    struct made made;
    make(&made, NULL, 0);
    struct fl_laid laid = {.operand = 12, .tile_k = 12, .tile_n = 12, .stream_bits = 4, .load_bits = 4, .known = true};
    struct fl_passing work = {.vectors = 10, .cores = 8, .tiles = 80, .inputs = 960, .products = 960, .read = 960,
                              .outputs = 960, .parts = 1, .readings = 10, .loads = 8, .loaded = 1152, .placed = 1152};
    struct fl_step step;
    struct fl_paces known, fresh;
    bool overflow = false;
    fl_optical_pass(&made.machine, 0, &laid, &work, &step, &overflow);
    ck_assert_int_eq(fl_light(&step)->load_fresh, 0);
    ck_assert_int_eq(fl_light(&step)->load_pixels, 8 * 144);
    made.machine.pool[0].fresh_ps = 1000;
    fl_optical_paces(&made.machine, &step, &known);
    laid.known = false;
    fl_optical_pass(&made.machine, 0, &laid, &work, &step, &overflow);
    ck_assert_int_eq(fl_light(&step)->load_fresh, 8);
    fl_optical_paces(&made.machine, &step, &fresh);
    ck_assert_double_ge(fresh.load_ps, 8000);
    ck_assert_double_lt(known.load_ps, 8000);
    ck_assert(!overflow);
    unmake(&made);
}
END_TEST

Suite *test_mesh_suite(void)
{
    Suite *suite = suite_create("mesh");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, made_of_by_hand);
    tcase_add_test(tests, what_is_known_is_not_decomposed);
    suite_add_tcase(suite, tests);
    return suite;
}
