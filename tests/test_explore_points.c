/* test_explore_points.c - the points of a sweep: grids, ranges, samples. */
#include <math.h>

#include "tests/sweeps.h"

/* The point's values, joined by spaces. */
static const char *place(const struct fl_sweep *sweep, int64_t number)
{
    struct fl_point point;
    const char *text = "";
    fl_sweep_point(sweep, number, &arena, &point);
    for (size_t a = 0; a < sweep->axes; a++)
        text = fl_arena_format(&arena, "%s%s%s", text, a > 0 ? " " : "", point.value[a]);
    return text;
}

START_TEST(a_grid_crosses_axes_and_jobs)
{
    struct fl_sweep sweep = read_text(
        "design = \"small.cfg\"; model = \"toy.json\"; mapper = [\"auto\", \"weight_stationary\"]; context = [8, 16];\n"
        "axes = (" ROWS ",\n"
        "        { path = [\"sram.banks\", \"sram.capacity\"]; values = ((2, \"1 MiB\"), (4, \"2 MiB\")); });");
    struct fl_point point;
    ck_assert_int_eq(sweep.points, 3 * 2 * 2 * 2);
    ck_assert_str_eq(place(&sweep, 0), "8 2 auto");
    ck_assert_str_eq(place(&sweep, 1), "8 2 auto");
    ck_assert_str_eq(place(&sweep, 2), "8 2 weight_stationary");
    ck_assert_str_eq(place(&sweep, 23), "32 4 weight_stationary");
    fl_sweep_point(&sweep, 23, &arena, &point);
    ck_assert_int_eq((int)point.sets, 3);
    ck_assert_str_eq(point.set[0], "core.slm.rows=32");
    ck_assert_str_eq(point.set[2], "sram.capacity=2 MiB");
    ck_assert_str_eq(point.mapper, "weight_stationary");
    ck_assert(point.at[0] == 32 && isnan(point.at[2]));
    ck_assert_int_eq((int)point.job->trace.context, 16);
    fl_sweep_free(&sweep);
}
END_TEST

static const char *values_of(const struct fl_axis *axis)
{
    const char *text = "";
    for (size_t i = 0; i < axis->values; i++)
        text = fl_arena_format(&arena, "%s%s%s", text, i > 0 ? "|" : "", axis->value[i]);
    return text;
}

START_TEST(ranges_step_as_they_say)
{
    struct fl_sweep sweep = read_text(HEAD
        "axes = ({ path = \"core.slm.rows\"; from = 4; to = 256; steps = 7; scale = \"log\"; },\n"
        "        { path = \"clocks.core\"; from = \"1 GHz\"; to = \"2 GHz\"; steps = 5; },\n"
        "        { path = \"core.adc.share\"; from = 1; to = 3; steps = 9; },\n"
        "        { path = \"core.source.wall_plug\"; from = 0.1; to = 0.4; steps = 4; });");
    ck_assert_str_eq(values_of(&sweep.axis[0]), "4|8|16|32|64|128|256");
    ck_assert_str_eq(values_of(&sweep.axis[1]), "1 GHz|1.25 GHz|1.5 GHz|1.75 GHz|2 GHz");
    ck_assert_str_eq(values_of(&sweep.axis[2]), "1|2|3");
    ck_assert_str_eq(values_of(&sweep.axis[3]), "0.1|0.2|0.3|0.4");
    ck_assert_str_eq(sweep.axis[1].measure, "Hz");
    fl_sweep_free(&sweep);
}
END_TEST

/* In a Latin hypercube of n samples every n-th part of every axis has one; the seed alone says which. */
START_TEST(a_latin_hypercube_fills_every_stratum_once)
{
    enum { N = 50 };
    static const char text[] = HEAD "sample = \"lhs\"; samples = 50; seed = 7;\n"
        "axes = ({ path = \"core.source.wall_plug\"; from = 0.1; to = 0.6; }, " SHARE ",\n"
        "        { path = \"vector.op_energy\"; from = \"1 fJ\"; to = \"100 fJ\"; scale = \"log\"; });";
    struct fl_sweep sweep = read_text(text), again = read_text(text);
    int seen[2][N] = {{0}}, ones = 0;
    ck_assert_int_eq(sweep.points, N);
    for (int64_t i = 0; i < N; i++) {
        struct fl_point point;
        fl_sweep_point(&sweep, i, &arena, &point);
        ck_assert_str_eq(place(&sweep, i), place(&again, i));
        seen[0][(int)((point.at[0] - 0.1) / 0.5 * N)]++;
        seen[1][(int)(log10(point.at[2]) / 2 * N)]++;
        ones += point.at[1] == 1;
    }
    for (int i = 0; i < N; i++)
        ck_assert_msg(seen[0][i] == 1 && seen[1][i] == 1, "stratum %d", i);
    ck_assert_int_eq(ones, N / 2);
    again.seed = 8;
    fl_sweep_free(&again);
    fl_sweep_free(&sweep);
}
END_TEST

/* First all at their first values, then one axis after the other goes through its further ones. */
START_TEST(one_choice_at_a_time)
{
    static const char text[] = HEAD "sample = \"one_at_a_time\";\n"
        "axes = ({ path = \"core.source.wall_plug\"; values = [0.1, 0.2, 0.3]; }, " SHARE ",\n"
        "        { path = [\"core.source.headroom\", \"vector.op_energy\"];\n"
        "          values = ((4, \"1 fJ\"), (5, \"2 fJ\")); name = \"both\"; });";
    struct fl_sweep sweep = read_text(text);
    size_t shares = sweep.axis[1].values;
    ck_assert_int_eq(sweep.points, (int64_t)(1 + 2 + (shares - 1) + 1));
    for (int64_t i = 0; i < sweep.points; i++) {
        struct fl_point point;
        size_t changed = 0;
        fl_sweep_point(&sweep, i, &arena, &point);
        for (size_t a = 0; a < sweep.axes; a++)
            changed += strcmp(point.value[a], sweep.axis[a].value[0]) != 0;
        ck_assert_uint_eq(changed, i > 0);
        ck_assert_str_eq(point.value[0], sweep.axis[0].value[i < 3 ? i : 0]);
        ck_assert_str_eq(point.value[2], sweep.axis[2].value[i == sweep.points - 1]);
    }
    fl_sweep_free(&sweep);
}
END_TEST

START_TEST(random_points_follow_the_seed)
{
    static const char text[] = HEAD "sample = \"random\"; samples = 200; seed = %d;\n"
        "axes = ({ path = \"core.source.wall_plug\"; from = 0.1; to = 0.6; });";
    struct fl_sweep a = read_text(fl_arena_format(&arena, text, 1)), b = read_text(fl_arena_format(&arena, text, 2));
    double sum = 0;
    int equal = 0;
    for (int64_t i = 0; i < 200; i++) {
        struct fl_point point;
        fl_sweep_point(&a, i, &arena, &point);
        ck_assert(point.at[0] >= 0.1 && point.at[0] < 0.6);
        sum += point.at[0];
        equal += strcmp(place(&a, i), place(&b, i)) == 0;
    }
    ck_assert(fabs(sum / 200 - 0.35) < 0.05);
    ck_assert_int_eq(equal, 0);
    fl_sweep_free(&a);
    fl_sweep_free(&b);
}
END_TEST

Suite *test_explore_points_suite(void)
{
    Suite *suite = suite_create("explore_points");
    TCase *tcase = tcase_create("explore_points");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_grid_crosses_axes_and_jobs);
    tcase_add_test(tcase, ranges_step_as_they_say);
    tcase_add_test(tcase, a_latin_hypercube_fills_every_stratum_once);
    tcase_add_test(tcase, one_choice_at_a_time);
    tcase_add_test(tcase, random_points_follow_the_seed);
    suite_add_tcase(suite, tcase);
    return suite;
}
