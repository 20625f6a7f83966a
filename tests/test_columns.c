/* test_columns.c - what stats/columns.h declares: tables that SQLite sees so, nulls where a record has nothing, and
 * records that come back as they went, from the database and from bytes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stats/db.h"
#include "tests/suites.h"

static struct fl_err err;
static struct fl_db *db;

static void setup(void)
{
    ck_assert(fl_db_open_memory(&db, &err));
}

static void teardown(void)
{
    fl_db_close(db);
    fl_err_free(&err);
}

/* Tables of the schema and of the program are the same; what a record may lack may be null. */
START_TEST(tables_are_as_declared)
{
    int64_t tables = 0;
    ck_assert(fl_db_integer(db, "select count(*) from sqlite_master where type = 'table'", 0, &tables, &err));
    ck_assert_int_eq(tables, FL_TABLES);
    for (const struct fl_sql_table *t = fl_tables; t < fl_tables + FL_TABLES; t++) {
        sqlite3_stmt *s;
        struct fl_arena arena = {0};
        ck_assert(fl_db_prepare(db, fl_arena_format(&arena, "select name, lower(type), \"notnull\" from "
                                                    "pragma_table_info('%s') order by cid", t->name), &s, &err));
        for (const struct fl_column *c = t->column; c < t->column + t->columns; c++) {
            bool is_text = c->kind == FL_IS_TEXT || c->kind == FL_IS_CLASS;
            bool is_real = c->kind == FL_IS_REAL || c->kind == FL_IS_SUM_REAL;
            ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
            ck_assert_str_eq((const char *)sqlite3_column_text(s, 0), c->name);
            ck_assert_str_eq((const char *)sqlite3_column_text(s, 1), is_text ? "text" : is_real ? "real" : "integer");
            ck_assert_msg(c->given.kind == FL_IS_KEY || sqlite3_column_int(s, 2) == 0, "%s.%s", t->name, c->name);
        }
        ck_assert_int_eq(sqlite3_step(s), SQLITE_DONE);
        sqlite3_finalize(s);
        fl_arena_free(&arena);
    }
}
END_TEST

static const struct fl_run_row full = {
    .label = "l", .design = "d", .model = "m", .phase = "prefill", .mapper = "auto", .objective = "energy",
    .context = 1, .tokens = 2, .batch = 3, .start_utc = "now", .wall_s = 0.5, .version = "v", .command = "c",
    .latency_ps = 4, .setup_ps = 5, .inferences = 6, .leapt_share = 0.25, .notes = "n", .peak_macs_per_s = 7.5,
    .width = 8, .parameters = 9, .design_text = "dt", .workload_text = "wt"};
static const struct fl_run_row bare = {.design = "d", .mapper = "auto", .design_text = "", .workload_text = ""};
static const struct fl_unit_row lanes = {.path = "core[0].adc", .kind = "adc", .copies = 2, .area_um2 = 1.5,
                                         .peak_w = 2.5, .lanes = 3, .lane_action = "converted"};
static const struct fl_unit_row no_lanes = {.path = "dram", .kind = "dram", .lane_action = "none", .lane_ps = 4};
static const struct fl_operator_row in_layer = {.layer = 0, .name = "up", .kind = "linear", .placed = "optical",
                                                .engine = "core[0]", .macs = 5, .start_ps = 1, .end_ps = 3,
                                                .critical_ps = 2,
                                                .bound_by = "latency"};
static const struct fl_operator_row no_layer = {.layer = -1, .name = "head", .kind = "linear"};
static const struct fl_price_row ranged = {.unit = 1, .action = "read", .component = "dram", .class = FL_SETUP,
                                           .fj = 2, .source = "s", .file = "f", .line = 7, .key = "k", .low_fj = 0,
                                           .high_fj = 3};
static const struct fl_price_row plain = {.action = "run_ps", .component = "adc", .class = FL_STATIC};
static const struct fl_range_row range = {.unit = 1, .action = "read", .component = "dram", .class = FL_SETUP,
                                          .key = "k", .low_fj = 0, .high_fj = 3};
static const struct fl_leap_row leap = {.level = 6, .represented = 1, .simulated = 2, .transient = 3, .period = 4};

/* The rows above, each kind twice where it has a null, with a tally. */
static void rows_fill(struct fl_rows *rows)
{
    memset(rows, 0, sizeof *rows);
    fl_rows_set_run(rows, &full);
    fl_rows_add_unit(rows, &lanes);
    fl_rows_add_unit(rows, &no_lanes);
    fl_rows_add_operator(rows, &in_layer);
    fl_rows_add_operator(rows, &no_layer);
    fl_rows_add_price(rows, &ranged);
    fl_rows_add_price(rows, &plain);
    fl_rows_add_range(rows, &range);
    fl_rows_add_leap(rows, &leap);
    fl_rows_add_tally(rows, &(struct fl_tally_row){.unit = 1, .operator = 2, .action = "read", .count = 10});
}

/* Conditions that hold of the rows above once stored, each of exactly one row. */
static const struct { const char *table, *holds; } stored[] = {
    {"run", "(label, design, model, phase, mapper, objective) = ('l', 'd', 'm', 'prefill', 'auto', 'energy') "
            "and (context, tokens, batch, start_utc, wall_s, version, command) = (1, 2, 3, 'now', 0.5, 'v', 'c') "
            "and (latency_ps, setup_ps, inferences, leapt_share, notes) = (4, 5, 6, 0.25, 'n') and error is null "
            "and (peak_macs_per_s, width, parameters, design_text, workload_text) = (7.5, 8, 9, 'dt', 'wt') "
            "and tallies_of is null"},
    {"unit", "(unit, path, kind, copies, area_um2, peak_w) = (0, 'core[0].adc', 'adc', 2, 1.5, 2.5) "
             "and (lanes, lane_action, lane_ps) = (3, 'converted', 0.0)"},
    {"unit", "unit = 1 and path = 'dram' and lanes is null and lane_action is null and lane_ps is null"},
    {"operator", "(operator, layer, name, kind, macs) = (1, 0, 'up', 'linear', 5) and placed = 'optical' "
                 "and engine = 'core[0]' "
                 "and (start_ps, end_ps, critical_ps, bound_by) = (1, 3, 2, 'latency')"},
    {"operator", "operator = 2 and layer is null and placed is null and macs = 0"},
    {"price", "(unit, action, component, class, fj, source) = (1, 'read', 'dram', 'setup', 2.0, 's') "
              "and (file, line, key, low_fj, high_fj) = ('f', 7, 'k', 0.0, 3.0)"},
    {"price", "(unit, action, class, fj) = (0, 'run_ps', 'static', 0.0) and source is null and file is null "
              "and line is null and key is null and low_fj is null and high_fj is null"},
    {"price_range", "(unit, action, component, class, key, low_fj, high_fj) = (1, 'read', 'dram', 'setup', 'k', 0, 3) "
                    "and source is null"},
    {"leap", "(level, represented, simulated, transient, period) = (6, 1, 2, 3, 4) and breaker is null"},
    {"tally", "(unit, operator, action, count) = (1, 2, 'read', 10)"},
};

static void stored_hold(int64_t run)
{
    for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
        struct fl_arena arena = {0};
        int64_t rows = 0;
        const char *sql = fl_arena_format(&arena, "select count(*) from %s where run = ?1 and %s", stored[i].table,
                                          stored[i].holds);
        ck_assert_msg(fl_db_integer(db, sql, run, &rows, &err), "%s", fl_err_text(&err));
        ck_assert_msg(rows == 1, "%lld rows: %s", (long long)rows, sql);
        fl_arena_free(&arena);
    }
}

/* Written, each member is in the column of its name, and nulls stand where the record has nothing. */
START_TEST(records_become_rows)
{
    struct fl_rows rows;
    int64_t run;
    rows_fill(&rows);
    ck_assert_msg(fl_db_store(db, &rows, &run, &err), "%s", fl_err_text(&err));
    stored_hold(run);
    fl_rows_free(&rows);
}
END_TEST

/* The same from bytes: what one process sends, another stores. Bytes that end too soon are no rows. */
START_TEST(rows_travel_as_bytes)
{
    struct fl_rows rows, other;
    size_t bytes;
    int64_t run;
    rows_fill(&rows);
    char *packed = fl_rows_pack(&rows, &bytes);
    fl_rows_free(&rows);
    for (size_t cut = 0; cut < bytes; cut++)
        ck_assert_msg(!fl_rows_unpack(&other, packed, cut), "%zu of %zu bytes", cut, bytes);
    ck_assert(fl_rows_unpack(&other, packed, bytes));
    ck_assert_msg(fl_db_store(db, &other, &run, &err), "%s", fl_err_text(&err));
    stored_hold(run);
    fl_rows_free(&other);
    fl_free(packed);
}
END_TEST

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Read back, a run is as it was: texts, numbers, and what it lacks. */
START_TEST(a_run_comes_back)
{
    static const struct fl_run_row *const runs[] = {&full, &bare};
    for (int i = 0; i < 2; i++) {
        struct fl_run_row back;
        struct fl_arena arena = {0};
        const struct fl_run_row *was = runs[i];
        int64_t run;
        ck_assert(fl_db_begin_run(db, was, &run, &err) && fl_db_end_run(db, &err));
        ck_assert_msg(fl_db_read_run(db, run, &back, &arena, &err), "%s", fl_err_text(&err));
        ck_assert_int_eq(back.tallies_of, run);
        back.tallies_of = 0;
        for (size_t c = 0; c < fl_tables[FL_RUN_TABLE].columns; c++) {
            const struct fl_column *column = &fl_tables[FL_RUN_TABLE].column[c];
            const char *a = (const char *)was + column->offset, *b = (const char *)&back + column->offset;
            const char *one, *other;
            memcpy(&one, a, sizeof one);
            memcpy(&other, b, sizeof other);
            ck_assert_msg(column->kind == FL_IS_TEXT ? same_text(one, other) : memcmp(a, b, sizeof(int64_t)) == 0,
                          "%s", column->name);
        }
        fl_arena_free(&arena);
    }
}
END_TEST

/* A query that counts gives 1. */
static void one_row(struct fl_db *of, const char *sql)
{
    int64_t rows = 0;
    ck_assert_msg(fl_db_integer(of, sql, 0, &rows, &err), "%s", fl_err_text(&err));
    ck_assert_msg(rows == 1, "%lld rows: %s", (long long)rows, sql);
}

/* Merged, a run has a new number, and so has the one whose tallies it shares; all else is as it was. */
START_TEST(merging_swaps_numbers_alone)
{
    char folder[] = "/tmp/fanlight-columns-XXXXXX", part[sizeof folder + 8], whole[sizeof folder + 8];
    const char *const parts[] = {part};
    struct fl_rows rows;
    int64_t run, runs;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(part, sizeof part, "%s/p.db", folder);
    snprintf(whole, sizeof whole, "%s/w.db", folder);
    struct fl_db *of;
    ck_assert(fl_db_open(&of, whole, &err) && fl_db_begin_run(of, &bare, &run, &err) && fl_db_end_run(of, &err));
    fl_db_close(of);
    struct fl_run_row sharing = full;
    sharing.tallies_of = 1;
    sharing.label = "sharing";
    rows_fill(&rows);
    ck_assert(fl_db_open(&of, part, &err) && fl_db_store(of, &rows, &run, &err));
    ck_assert(fl_db_begin_run(of, &sharing, &run, &err) && fl_db_end_run(of, &err));
    ck_assert(fl_db_add_figure(of, "kind", "line", run, &err));
    fl_db_close(of);
    fl_rows_free(&rows);
    ck_assert_msg(fl_db_merge(whole, parts, 1, &runs, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(runs, 3);
    ck_assert(fl_db_open_readonly(&of, whole, &err));
    one_row(of, "select count(*) from run where (run, tallies_of, label, width, workload_text) = "
                "(3, 2, 'sharing', 8, 'wt')");
    one_row(of, "select count(*) from run where run = 2 and tallies_of is null and label = 'l'");
    one_row(of, "select count(*) from tally where (run, unit, operator, action, count) = (2, 1, 2, 'read', 10)");
    one_row(of, "select count(*) from price_range where (run, key, high_fj) = (2, 'k', 3.0)");
    one_row(of, "select count(*) from figure where (figure, series, run) = ('kind', 'line', 3)");
    fl_db_close(of);
    unlink(part);
    unlink(whole);
    rmdir(folder);
}
END_TEST

/* A point of the same work has a run of its own, which took no time and shares the other's tallies; its prices are
 * rows of its own. */
START_TEST(a_copied_point_shares)
{
    static const char *const axis[] = {"core.slm.rows"}, *const value[][1] = {{"512"}, {"1 k"}};
    static const struct fl_job_row job = {.model = "m", .phase = "decode", .context = 1, .tokens = 2, .batch = 3};
    const struct fl_sweep_row sweep = {.name = "s", .file = "f", .text = "t", .identity = "i", .start_utc = "now",
                                       .version = "v", .command = "c", .points = 5, .axis = axis, .axes = 1,
                                       .job = &job, .jobs = 1};
    struct fl_point_row point = {.point = 1, .work = "w", .state = FL_POINT_DONE, .values = 1, .value = value[0],
                                 .number = (const double[]){512}};
    struct fl_sweep_id id;
    struct fl_rows rows;
    rows_fill(&rows);
    ck_assert_msg(fl_db_sweep_begin(db, &sweep, false, &id, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_db_store_point(db, &id, &point, &rows, &err), "%s", fl_err_text(&err));
    stored_hold(id.first_run + 1);
    point.point = 4;
    point.value = value[1];
    point.number = (const double[]){(double)NAN};
    ck_assert_msg(fl_db_copy_point(db, &id, &point, 1, &err), "%s", fl_err_text(&err));
    point.point = 3;
    point.state = FL_POINT_EXCLUDED;
    ck_assert_msg(fl_db_store_point(db, &id, &point, NULL, &err), "%s", fl_err_text(&err));
    one_row(db, "select count(*) from sweep where (name, file, text, identity, points, first_run, start_utc, version, "
                "command) = ('s', 'f', 't', 'i', 5, 1, 'now', 'v', 'c')");
    one_row(db, "select count(*) from sweep_axis where (sweep, axis, name) = (1, 0, 'core.slm.rows')");
    one_row(db, "select count(*) from sweep_job where (sweep, job, model, phase, context, tokens, batch) = "
                "(1, 0, 'm', 'decode', 1, 2, 3)");
    one_row(db, "select count(*) from run where (run, tallies_of, wall_s, label, parameters) = (5, 2, 0.0, 'l', 9)");
    one_row(db, "select count(*) from price where (run, action, high_fj) = (5, 'read', 3.0)");
    one_row(db, "select count(*) from price_range where (run, key) = (5, 'k')");
    one_row(db, "select count(*) = 0 from tally where run = 5");
    one_row(db, "select count(*) from sweep_point where (point, run, job, state, meets, latency_ps, work) = "
                "(4, 5, 0, 'done', 1, 4, 'w')");
    one_row(db, "select count(*) from sweep_point where point = 3 and state = 'excluded' and run is null "
                "and latency_ps is null and meets = 0");
    one_row(db, "select count(*) from sweep_value where point = 4 and value = '1 k' and number is null");
    one_row(db, "select count(*) from sweep_value where point = 1 and value = '512' and number = 512");
    fl_rows_free(&rows);
}
END_TEST

Suite *test_columns_suite(void)
{
    Suite *suite = suite_create("columns");
    TCase *tc = tcase_create("columns");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, tables_are_as_declared);
    tcase_add_test(tc, records_become_rows);
    tcase_add_test(tc, rows_travel_as_bytes);
    tcase_add_test(tc, a_run_comes_back);
    tcase_add_test(tc, merging_swaps_numbers_alone);
    tcase_add_test(tc, a_copied_point_shares);
    suite_add_tcase(suite, tc);
    return suite;
}
