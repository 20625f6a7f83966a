/* test_explore.c - sweeps: their rows by whatever road, and faulty sweep files. */
#include <math.h>
#include <sqlite3.h>

#include "tests/sweeps.h"

/* ---- rows ---- */

/* All rows of a database but what tells of effort: starts, wall times, commands, leap statistics. */
static const char *rows_of(const char *db)
{
    static const char *const queries[] = {
        ("select run, label, design, model, phase, mapper, objective, context, tokens, batch, latency_ps, setup_ps, "
         "inferences, tallies_of, error, notes, peak_macs_per_s, width, parameters, "
         "design_text, workload_text from run order by run"),
        "select * from unit order by run, unit", "select * from operator order by run, operator",
        "select * from tally order by run, unit, action, operator", "select * from run_total order by run",
        "select * from price order by run, unit, action, component, class",
        "select * from price_range order by run, unit, action, component, class, key",
        "select sweep, name, identity, points, first_run, text from sweep", "select * from sweep_axis order by 1, 2",
        "select * from sweep_job order by 1, 2", "select * from sweep_point order by 1, 2",
        "select * from sweep_value order by 1, 2, 3"};
    sqlite3 *sqlite;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    ck_assert_int_eq(sqlite3_open(db, &sqlite), SQLITE_OK);
    for (size_t q = 0; q < sizeof queries / sizeof *queries; q++) {
        sqlite3_stmt *statement;
        ck_assert_msg(sqlite3_prepare_v2(sqlite, queries[q], -1, &statement, NULL) == SQLITE_OK, "%s",
                      sqlite3_errmsg(sqlite));
        while (sqlite3_step(statement) == SQLITE_ROW)
            for (int i = 0; i < sqlite3_column_count(statement); i++)
                fprintf(out, "%s%c", sqlite3_column_type(statement, i) == SQLITE_NULL
                                         ? "null" : (const char *)sqlite3_column_text(statement, i),
                        i + 1 < sqlite3_column_count(statement) ? '|' : '\n');
        sqlite3_finalize(statement);
    }
    sqlite3_close(sqlite);
    ck_assert_int_eq(fclose(out), 0);
    const char *kept = fl_arena_slice(&arena, text, bytes);
    free(text);
    return kept;
}

static double number(const char *db, const char *sql)
{
    sqlite3 *sqlite;
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_open(db, &sqlite), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(sqlite));
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    double value = sqlite3_column_double(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(sqlite);
    return value;
}

static struct fl_sweep_progress run(const struct fl_sweep *sweep, struct fl_sweep_options options)
{
    struct fl_sweep_progress progress;
    ck_assert_msg(fl_sweep_run(sweep, &options, &progress, &err), "%s", fl_err_text(&err));
    return progress;
}

/* Excluded points, points equal to others, and plain ones. */
static const char mixed[] = HEAD
    "axes = (" ROWS ", " SHARE ", { name = \"lanes\"; path = \"vector.lanes\"; values = [16, 32, 16]; },\n"
    "        { path = \"core.cores\"; values = [4, 8]; });\n"
    "constraints = \"!(rows == 16 && share == 2) && peak_w < 1e9 && latency_s < 1\";";

START_TEST(threads_change_no_row)
{
    struct fl_sweep sweep = read_text(mixed);
    struct fl_sweep_progress p = run(&sweep, (struct fl_sweep_options){.db = in_folder("1.db"), .jobs = 1});
    ck_assert_int_eq(p.done, 36);
    ck_assert_int_eq(p.excluded, 6);
    ck_assert_int_eq(p.shared, 10);     /* a third of the admitted */
    ck_assert(number(in_folder("1.db"), "select count(*) from sweep_axis") == 4);
    ck_assert(number(in_folder("1.db"), "select count(*) from sweep_value") == 4 * 36);
    for (int jobs = 2; jobs <= 4; jobs++) {
        const char *db = in_folder(fl_arena_format(&arena, "%d.db", jobs));
        run(&sweep, (struct fl_sweep_options){.db = db, .jobs = jobs});
        ck_assert_str_eq(rows_of(in_folder("1.db")), rows_of(db));
    }
    fl_sweep_free(&sweep);
}
END_TEST

START_TEST(equal_work_is_simulated_once)
{
    struct fl_sweep sweep = read_text(HEAD "axes = ({ path = \"core.slm.rows\"; values = [8, 16, 8, 8]; });");
    const char *db = in_folder("r.db");
    struct fl_sweep_progress p = run(&sweep, (struct fl_sweep_options){.db = db, .jobs = 1});
    ck_assert_int_eq(p.simulated, 2);
    ck_assert_int_eq(p.shared, 2);
    ck_assert(number(db, "select count(distinct energy_j) from run_summary") == 2);
    ck_assert(number(db, "select count(*) from run where tallies_of = 1") == 2);
    ck_assert(number(db, "select energy_j from run_summary where run = 3") ==
              number(db, "select energy_j from run_summary where run = 1"));
    ck_assert(number(db, "select sum(total_j) from energy_by_component where run = 4") > 0);
    fl_sweep_free(&sweep);
}
END_TEST

/* Stops after a number of points. */
static bool stop_soon(void *context)
{
    int *left = context;
    return (*left)-- <= 0;
}

START_TEST(a_stopped_sweep_ends_like_one_that_was_not)
{
    struct fl_sweep sweep = read_text(mixed);
    const char *whole = in_folder("whole.db"), *parts = in_folder("parts.db");
    run(&sweep, (struct fl_sweep_options){.db = whole, .jobs = 2});
    struct fl_sweep_progress p = {0};
    for (int i = 0; i < 40 && (i == 0 || p.done < p.points); i++) {
        int left = 1 + i % 3;
        p = run(&sweep, (struct fl_sweep_options){.db = parts, .jobs = 1 + i % 2, .resume = true, .stop = stop_soon,
                                                  .context = &left});
    }
    ck_assert_int_eq(p.done, p.points);
    ck_assert_str_eq(rows_of(whole), rows_of(parts));
    fl_sweep_free(&sweep);
}
END_TEST

START_TEST(shards_merge_into_the_whole)
{
    struct fl_sweep sweep = read_text(mixed);
    const char *whole = in_folder("whole.db"), *merged = in_folder("merged.db"), *later = in_folder("later.db");
    const char *part[4];
    int64_t runs, total = 0;
    run(&sweep, (struct fl_sweep_options){.db = whole});
    for (int i = 0; i < 4; i++) {
        part[i] = in_folder(fl_arena_format(&arena, "part%d.db", i));
        struct fl_sweep_progress p =
            run(&sweep, (struct fl_sweep_options){.db = part[i], .shard = i, .shards = 4});
        ck_assert_int_eq(p.done, p.points);
        total += p.points;
    }
    ck_assert_int_eq(total, sweep.points);
    ck_assert_msg(fl_db_merge(merged, part, 4, &runs, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(runs, 30);
    ck_assert_str_eq(rows_of(whole), rows_of(merged));
    /* In any order, bit by bit, and with what is there already; and what is missing is simulated. */
    const char *const some[] = {part[3], part[1], part[3]};
    ck_assert_msg(fl_db_merge(later, some, 3, &runs, &err), "%s", fl_err_text(&err));
    run(&sweep, (struct fl_sweep_options){.db = later, .resume = true, .shard = 2, .shards = 4});
    ck_assert_msg(fl_db_merge(later, part, 1, &runs, &err), "%s", fl_err_text(&err));
    ck_assert_str_eq(rows_of(whole), rows_of(later));
    fl_sweep_free(&sweep);
}
END_TEST

START_TEST(merging_keeps_what_belongs_to_no_sweep)
{
    struct fl_sweep a = read_text(HEAD "name = \"a\"; axes = (" ROWS ");"), b;
    const char *first = in_folder("first.db"), *second = in_folder("second.db"), *both = in_folder("both.db");
    const char *const parts[] = {first, second};
    int64_t run_number, runs;
    run(&a, (struct fl_sweep_options){.db = first});
    fl_sweep_free(&a);
    b = read_text(HEAD "name = \"b\"; axes = (" SHARE ");");
    run(&b, (struct fl_sweep_options){.db = second});
    struct fl_request ask = {.design = in_folder("small.cfg"), .model = in_folder("toy.json"), .label = "alone",
                             .mapper = "weight_stationary"};
    struct fl_result *result;
    ck_assert_msg(fanlight_run(&ask, &result, &err) && fanlight_store(result, second, &run_number, &err), "%s",
                  fl_err_text(&err));
    fanlight_free(result);
    ck_assert_int_eq(run_number, 3);
    ck_assert_msg(fl_db_merge(both, parts, 2, &runs, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(runs, 6);
    ck_assert(number(both, "select run from run where label = 'alone'") == 6);
    ck_assert(number(both, "select energy_j from run_summary where run = 6") ==
              number(second, "select energy_j from run_summary where run = 3"));
    ck_assert(number(both, "select sum(count) from tally where run = 5") ==
              number(second, "select sum(count) from tally where run = 2"));
    ck_assert(number(both, "select first_run from sweep where name = 'b'") == 4);
    ck_assert(!fl_db_merge(both, &both, 1, &runs, &err));
    fl_err_free(&err);
    const char *nothing = in_folder("nothing.db"), *text = in_folder("small.cfg");
    ck_assert(!fl_db_merge(both, &nothing, 1, &runs, &err));
    ck_assert(!fl_db_merge(both, &text, 1, &runs, &err));
    ck_assert_msg(strstr(fl_err_text(&err), "is not a SQLite database") != NULL, "%s", fl_err_text(&err));
    fl_sweep_free(&b);
}
END_TEST

START_TEST(constraints_exclude_before_and_judge_after)
{
    struct fl_sweep sweep = read_text(HEAD "axes = (" ROWS ");\nconstraints = \"rows > 8 && latency_s < 1e-9\";");
    const char *db = in_folder("r.db");
    struct fl_sweep_progress p = run(&sweep, (struct fl_sweep_options){.db = db});
    ck_assert_int_eq(p.excluded, 1);
    ck_assert_int_eq(p.simulated, 2);
    ck_assert(number(db, "select count(*) from sweep_point where state = 'excluded' and run is null") == 1);
    ck_assert(number(db, "select count(*) from sweep_point where state = 'done' and meets = 0") == 2);
    fl_sweep_free(&sweep);
}
END_TEST

/* Several schedules of a step of training are as many workloads. */
START_TEST(schedules_may_be_a_list)
{
    struct fl_sweep sweep = read_text(
        "design = \"small.cfg\"; model = \"gpt2\"; phase = \"train\"; context = 8; train = [\"bp\", \"elm\"];\n"
        "optimizer = \"sgd\"; mapper = \"weight_stationary\"; axes = (" ROWS ");");
    ck_assert_uint_eq(sweep.jobs, 2);
    ck_assert_ptr_nonnull(strstr(sweep.job[0].trace.note, "a step of bp"));
    ck_assert_ptr_nonnull(strstr(sweep.job[1].trace.note, "a step of elm"));
    fl_sweep_free(&sweep);
}
END_TEST

/* 64 banks of rows never fit: the sweep goes on, and the row says why. */
START_TEST(a_point_that_fails_is_a_row)
{
    struct fl_sweep sweep = read_text(
        "design = \"small.cfg\"; model = \"toy.json\"; mapper = \"weights_in_place\"; context = 8;\n"
        "axes = ({ path = \"core[0].cores\"; values = [2, 10000]; });");
    const char *db = in_folder("r.db");
    struct fl_sweep_progress p = run(&sweep, (struct fl_sweep_options){.db = db});
    ck_assert_int_eq(p.failed, 1);
    ck_assert_int_eq(p.simulated, 1);
    ck_assert(number(db, "select count(*) from run where run = 1 and error like '%core%' and latency_ps = 0") == 1);
    ck_assert(number(db, "select count(*) from sweep_point where point = 0 and state = 'failed' and meets = 0") == 1);
    fl_sweep_free(&sweep);
}
END_TEST

START_TEST(detail_by_operator_has_the_same_sums)
{
    struct fl_sweep sweep = read_text(HEAD "axes = (" SHARE ");");
    const char *brief = in_folder("brief.db"), *full = in_folder("full.db");
    run(&sweep, (struct fl_sweep_options){.db = brief});
    run(&sweep, (struct fl_sweep_options){.db = full, .by_operator = true});
    static const char *const same[] = {
        "select sum(energy_j) from run_summary", "select sum(macs) from run_summary", "select sum(count) from tally",
        "select sum(mac_utilization) from run_summary", "select sum(critical_s) from latency_by_operator",
        "select sum(energy_j) from energy_by_operator"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        double a = number(brief, same[i]), b = number(full, same[i]);
        ck_assert_msg(a > 0 && fabs(a - b) <= 1e-12 * a, "%s: %.17g, %.17g", same[i], a, b);
    }
    ck_assert(number(full, "select count(*) from operator") > number(brief, "select count(*) from operator"));
    fl_sweep_free(&sweep);
}
END_TEST

/* ---- faults ---- */

static const struct { const char *text, *told; } faults[] = {
    {HEAD "axes = ({ path = \"core.slm.row\"; values = [1]; });", "sweep.cfg:1: core.slm.row: 1: core[0].slm: no key"},
    {HEAD "axes = ({ path = \"core.slm.rows\"; values = []; });", "axes[0].values: the axis is empty"},
    {HEAD "axes = ({ path = \"core.slm.rows\"; values = [8, \"8 pJ\"]; });", "sweep.cfg:1: mismatched element type"},
    {HEAD "axes = ({ path = \"core.slm.rows\"; values = [\"8\", \"8 pJ\"]; });", "8 pJ"},
    {HEAD "axes = ({ path = \"core.slm.rows\"; from = 1; });", "a range needs both `from` and `to`"},
    {HEAD "axes = ({ path = \"core.slm.rows\"; from = 1; to = 9; });", "in a grid, a range needs `steps`"},
    {HEAD "axes = ({ path = \"clocks.core\"; from = \"1 GHz\"; to = \"900 MHz\"; steps = 2; });", "the same unit"},
    {HEAD "axes = ({ path = \"core.slm.rows\"; from = 0; to = 9; steps = 3; scale = \"log\"; });", "above 0"},
    {HEAD "axes = (" ROWS ", " ROWS ");", "two axes are called \"rows\""},
    {HEAD "axes = ({ values = [1, 2]; });", "`path` is missing"},
    {HEAD "axes = ({ path = \"core.slm.rows\"; value = [1]; });", "no key \"value\"; did you mean \"values\"?"},
    {HEAD "axis = ();", "no key \"axis\"; did you mean \"axes\"?"},
    {HEAD "sample = \"lhs\";", "needs `samples`"},
    {HEAD "sample = \"sobol\";", "is \"grid\", \"random\", \"lhs\" or \"one_at_a_time\""},
    {HEAD "samples = 4;", "a grid has as many points"},
    {HEAD "axes = (" ROWS "); constraints = \"aera_mm2 < 1\";",
     "column 1: no quantity \"aera_mm2\"; did you mean \"area_mm2\"?"},
    {HEAD "axes = (" ROWS "); constraints = \"rows < 9 & share\";", "column 10: and is &&"},
    {HEAD "objective = \"speed\";", "is \"latency\", \"energy\" or \"edp\""},
    {"design = \"none\"; model = \"toy.json\";", "no design is called \"none\""},
    {"design = \"small.cfg\"; model = \"gpt7\";", "gpt7"},
    {"design = \"small.cfg\";", "no workload"},
    {"design = \"small.cfg\"; model = \"toy.json\"; mapper = \"best\";", "no mapper \"best\""},
    {"design = \"small.cfg\"; model = \"toy.json\"; context = [0];", "\"0\" is no whole number from 1 on"},
};

START_TEST(a_bad_sweep_is_told)
{
    struct fl_sweep sweep;
    const char *file = write_file("sweep.cfg", faults[_i].text);
    ck_assert(!fl_sweep_read(&sweep, file, &err));
    ck_assert_msg(strstr(fl_err_text(&err), faults[_i].told) != NULL, "%s\nhas no: %s", fl_err_text(&err),
                  faults[_i].told);
    ck_assert(strstr(fl_err_text(&err), "sweep.cfg") != NULL);
}
END_TEST

/* Nothing is written where nothing can come of it. */
START_TEST(contradictions_are_told_before_the_first_simulation)
{
    struct fl_sweep sweep = read_text(HEAD "axes = (" ROWS ");\n"
                                           "constraints = \"area_mm2 < 0 || (rows < 16 && rows > 16)\";");
    struct fl_sweep_options options = {.db = in_folder("r.db")};
    struct fl_sweep_progress progress;
    ck_assert(!fl_sweep_run(&sweep, &options, &progress, &err));
    ck_assert_msg(strstr(fl_err_text(&err), "not one of 3 points meets") != NULL, "%s", fl_err_text(&err));
    ck_assert_int_ne(access(options.db, F_OK), 0);
    fl_sweep_free(&sweep);
}
END_TEST

START_TEST(a_sweep_is_not_begun_twice)
{
    struct fl_sweep sweep = read_text(HEAD "axes = (" ROWS ");");
    struct fl_sweep_options options = {.db = in_folder("r.db")};
    struct fl_sweep_progress progress;
    run(&sweep, options);
    ck_assert(!fl_sweep_run(&sweep, &options, &progress, &err));
    ck_assert_msg(strstr(fl_err_text(&err), "holds 3 of the 3 points of this sweep; --resume") != NULL, "%s",
                  fl_err_text(&err));
    fl_err_free(&err);
    fl_sweep_free(&sweep);
    sweep = read_text(HEAD "axes = (" SHARE ");");
    options.resume = true;
    ck_assert(!fl_sweep_run(&sweep, &options, &progress, &err));
    ck_assert_msg(strstr(fl_err_text(&err), "holds a sweep \"sweep\", but") != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
    options.resume = false;             /* another sweep beside the first: its runs have numbers of their own */
    run(&sweep, options);
    ck_assert(number(options.db, "select max(run) from sweep_point where sweep = 2") == 5);
    fl_sweep_free(&sweep);
}
END_TEST

Suite *test_explore_suite(void)
{
    Suite *suite = suite_create("explore");
    TCase *tcase = tcase_create("explore");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, threads_change_no_row);
    tcase_add_test(tcase, equal_work_is_simulated_once);
    tcase_add_test(tcase, a_stopped_sweep_ends_like_one_that_was_not);
    tcase_add_test(tcase, shards_merge_into_the_whole);
    tcase_add_test(tcase, merging_keeps_what_belongs_to_no_sweep);
    tcase_add_test(tcase, constraints_exclude_before_and_judge_after);
    tcase_add_test(tcase, schedules_may_be_a_list);
    tcase_add_test(tcase, a_point_that_fails_is_a_row);
    tcase_add_test(tcase, detail_by_operator_has_the_same_sums);
    tcase_add_loop_test(tcase, a_bad_sweep_is_told, 0, sizeof faults / sizeof *faults);
    tcase_add_test(tcase, contradictions_are_told_before_the_first_simulation);
    tcase_add_test(tcase, a_sweep_is_not_begun_twice);
    suite_add_tcase(suite, tcase);
    return suite;
}
