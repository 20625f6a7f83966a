/* test_shared_inputs.c - converters of inputs that cores share: sets at work, cores lit, counted by hand.
 *
 * Cores of 256 x 128, weights in place. 700 x 300 weights lie on 3 x 3 cores, which take three
 * different slices of the input; 200 x 300 weights on three cores that all take the same.
 */
#include <string.h>

#include "api/result.h"
#include "tests/suites.h"

static const char text[] = "fanlight-trace 1\nmodel two\ninput x\ninput v\n"
                           "linear wide x -> y m=10 k=700 n=300\nlinear narrow v -> z m=10 k=200 n=300\n";

struct told {
    struct fl_result *result;
    struct fl_rows rows;
};

static void go(struct told *told, const char *shared, const char *broadcast)
{
    const char *const set[] = {shared, "core[0].slm.columns=256", "core[0].slm.rows=128", "core[0].dac.power=1 mW",
                               "core[0].source.area=100 um^2", "core[0].dac.burns=powered",
                               "core[0].source.burns=powered", "core[0].source.power=1 mW", broadcast,
                               "core[0].fanout.switch_energy=1 pJ"};
    struct fl_err err = {0};
    struct fl_request ask = {.design = "free_space_1k", .trace_text = text, .mapper = "weights_in_place", .set = set,
                             .sets = sizeof set / sizeof *set};
    memset(told, 0, sizeof *told);
    ck_assert_msg(fanlight_run(&ask, &told->result, &err), "%s", fl_err_text(&err));
    fl_result_rows(told->result, true, &told->rows);
    ck_assert_uint_eq(told->rows.operators, 2);
}

static uint32_t unit_at(const struct told *told, const char *path)
{
    for (uint32_t i = 0; i < told->rows.units; i++)
        if (strcmp(told->rows.unit[i].path, path) == 0)
            return i;
    ck_abort_msg("no unit %s", path);
}

static int64_t count_of(const struct told *told, const char *path, const char *action, uint32_t operator_)
{
    uint32_t unit = unit_at(told, path);
    for (size_t i = 0; i < told->rows.tallies; i++) {
        const struct fl_tally_row *t = &told->rows.tally[i];
        if (t->unit == unit && t->operator == operator_ && strcmp(t->action, action) == 0)
            return t->count;
    }
    return 0;
}

/* Rows lit for each vector of an operator. */
static int64_t lit_rows(const struct told *told, uint32_t operator_)
{
    return count_of(told, "core[0].fanout", "copied", operator_) / 10;
}

/* Sets of each operator, first and second, that are there and at work. */
static void expect(const struct told *told, const char *path, int64_t sets, int64_t wide, int64_t narrow)
{
    const struct fl_unit_row *unit = &told->rows.unit[unit_at(told, path)];
    const struct fl_operator_row *op = told->rows.operator_;
    ck_assert_int_eq(unit->lanes, sets * 256);
    ck_assert_int_eq(count_of(told, path, "active_ps", 1), wide * count_of(told, path, "busy_ps", 1));
    ck_assert_int_eq(count_of(told, path, "active_ps", 2), narrow * count_of(told, path, "busy_ps", 2));
    ck_assert_int_gt(count_of(told, path, "busy_ps", 2), 0);
    if (wide == narrow + 2)             /* shared: the first set serves both operators */
        ck_assert_int_eq(count_of(told, path, "powered_ps", 0),
                         op[1].end_ps - op[0].start_ps + 2 * (op[0].end_ps - op[0].start_ps));
    else
        ck_assert_int_eq(count_of(told, path, "powered_ps", 0),
                         wide * (op[0].end_ps - op[0].start_ps) + narrow * (op[1].end_ps - op[1].start_ps));
}

START_TEST(a_set_for_each_slice)
{
    struct told told;
    go(&told, "core[0].input_sets=4", "core[0].fanout.broadcast=switched");
    expect(&told, "core[0].dac", 4, 3, 1);      /* four are there, whatever works */
    expect(&told, "core[0].source", 4, 3, 1);
    ck_assert_double_eq_tol(told.rows.unit[unit_at(&told, "core[0].dac")].area_um2, 4 * 256 * 11000.0, 1e-6);
    ck_assert_double_eq_tol(told.rows.unit[unit_at(&told, "core[0].source")].area_um2, 4 * 256 * 100.0, 1e-6);
    ck_assert_int_eq(lit_rows(&told, 1), 9 * 128);
    ck_assert_int_eq(lit_rows(&told, 2), 3 * 128);
    ck_assert_int_eq(count_of(&told, "core[0].fanout", "switches", 1), 9);
    ck_assert_int_eq(count_of(&told, "core[0].fanout", "switches", 2), 3);
    ck_assert_int_eq(count_of(&told, "core[0].dac", "converted", 1), 10 * 700);
    ck_assert_int_eq(count_of(&told, "core[0].dac", "converted", 2), 10 * 200);
    ck_assert_int_eq(told.rows.unit[unit_at(&told, "core[0].adc")].lanes, 256 * 128);
    fl_rows_free(&told.rows);
    fanlight_free(told.result);
}
END_TEST

/* 128 sets, each wired to two of 256 cores: three cores that want the same take two of them, and light four. */
START_TEST(a_passive_broadcast_lights_all_it_reaches)
{
    struct told told;
    go(&told, "core[0].input_sets=128", "core[0].fanout.broadcast=passive");
    ck_assert_int_eq(lit_rows(&told, 1), 3 * 2 * 2 * 128);
    ck_assert_int_eq(lit_rows(&told, 2), 2 * 2 * 128);
    ck_assert_int_eq(count_of(&told, "core[0].dac", "converted", 1), 10 * 2 * 700);
    ck_assert_int_eq(count_of(&told, "core[0].fanout", "switches", 1), 0);
    ck_assert_double_eq_tol(told.result->machine.pool[0].loss_db, 2.2 + 3 + 0.1, 1e-9);
    fl_rows_free(&told.rows);
    fanlight_free(told.result);
}
END_TEST

/* Two sets cannot send three slices at once: the wide operator does not stay in place, and says why. */
START_TEST(mappings_use_no_more_sets_than_there_are)
{
    const char *const set[] = {"core[0].input_sets=2", "core[0].slm.columns=256", "core[0].slm.rows=128",
                               "core[1].cores=0"};
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    struct fl_request ask = {.design = "free_space_1k", .trace_text = text, .mapper = "weights_in_place", .set = set,
                             .sets = 4};
    ck_assert(!fanlight_run(&ask, &result, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "wide: weights in place want 3 slices of its inputs at once; pool "
                                                    "\"static\" has 2 input_sets"));
    fl_err_free(&err);
    ask.mapper = "weight_stationary";
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(result->plan.op[0].mapping.cores_k, 2);
    fanlight_free(result);
}
END_TEST

START_TEST(or_one_a_core)
{
    struct told told;
    go(&told, "core[0].shared_input=false", "core[0].fanout.broadcast=switched");
    expect(&told, "core[0].dac", 256, 9, 3);
    expect(&told, "core[0].source", 256, 9, 3);
    ck_assert_int_eq(count_of(&told, "core[0].dac", "converted", 1), 10 * 700 * 3);
    fl_rows_free(&told.rows);
    fanlight_free(told.result);
}
END_TEST

Suite *test_shared_inputs_suite(void)
{
    Suite *suite = suite_create("shared_inputs");
    TCase *tcase = tcase_create("sets");
    tcase_add_test(tcase, a_set_for_each_slice);
    tcase_add_test(tcase, a_passive_broadcast_lights_all_it_reaches);
    tcase_add_test(tcase, mappings_use_no_more_sets_than_there_are);
    tcase_add_test(tcase, or_one_a_core);
    suite_add_tcase(suite, tcase);
    return suite;
}
