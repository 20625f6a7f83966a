/* test_shared_inputs.c - converters of inputs that all cores share: as many sets as work at once, counted by hand.
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

static void go(struct told *told, const char *shared)
{
    const char *const set[] = {shared, "core[0].slm.columns=256", "core[0].slm.rows=128", "core[0].dac.power=1 mW",
                               "core[0].source.area=100 um^2"};
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
        if (t->unit == unit && t->operator_ == operator_ && strcmp(t->action, action) == 0)
            return t->count;
    }
    return 0;
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
    go(&told, "core[0].shared_input=true");
    expect(&told, "core[0].dac", 3, 3, 1);
    expect(&told, "core[0].source", 3, 3, 1);
    ck_assert_double_eq_tol(told.rows.unit[unit_at(&told, "core[0].dac")].area_um2, 3 * 256 * 11000.0, 1e-6);
    ck_assert_double_eq_tol(told.rows.unit[unit_at(&told, "core[0].source")].area_um2, 3 * 256 * 100.0, 1e-6);
    ck_assert_int_eq(count_of(&told, "core[0].dac", "converted", 1), 10 * 700);
    ck_assert_int_eq(count_of(&told, "core[0].dac", "converted", 2), 10 * 200);
    ck_assert_int_eq(told.rows.unit[unit_at(&told, "core[0].adc")].lanes, 256 * 128);
    fl_rows_free(&told.rows);
    fanlight_free(told.result);
}
END_TEST

START_TEST(or_one_a_core)
{
    struct told told;
    go(&told, "core[0].shared_input=false");
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
    tcase_add_test(tcase, or_one_a_core);
    suite_add_tcase(suite, tcase);
    return suite;
}
