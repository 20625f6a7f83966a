/* test_stats.c - the database: every view on a run priced by hand, and files that must not be touched. */
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stats/db.h"
#include "tests/small_run.h"
#include "tests/suites.h"

static char folder[] = "/tmp/fanlight-stats-XXXXXX";
static char path[sizeof folder + 16];
static struct fl_err err;

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/r.db", folder);
}

static void teardown(void)
{
    char other[sizeof path + 16];
    snprintf(other, sizeof other, "%s-journal", path);
    unlink(path);
    unlink(other);
    rmdir(folder);
    fl_err_free(&err);
}

/* A database that holds one small run. */
static struct fl_db *with_run(int64_t inferences)
{
    struct fl_db *db;
    int64_t run;
    ck_assert_msg(fl_db_open(&db, path, &err), "%s", fl_err_text(&err));
    ck_assert_msg(small_run_store(db, inferences, 1, &run, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(run, 1);
    return db;
}

/* SQL by another connection, as a user's script would: the single value, or NAN for null. */
static double value(const char *sql)
{
    sqlite3 *other;
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(other, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(other));
    int code = sqlite3_step(statement);
    ck_assert_msg(code == SQLITE_ROW || code == SQLITE_DONE, "%s: %s", sql, sqlite3_errmsg(other));
    bool none = code == SQLITE_DONE || sqlite3_column_type(statement, 0) == SQLITE_NULL;
    double got = none ? (double)NAN : sqlite3_column_double(statement, 0);
    ck_assert(code == SQLITE_DONE || sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(other);
    return got;
}

static void is_near(const char *sql, double wanted)
{
    double got = value(sql);
    ck_assert_msg(fabs(got - wanted) <= 1e-12 * fabs(wanted), "%s: %.17g, wanted %.17g", sql, got, wanted);
}

static void is_null(const char *sql)
{
    ck_assert_msg(isnan(value(sql)), "%s is not null", sql);
}

/* ---- the views ---- */

START_TEST(summary_by_hand)
{
    fl_db_close(with_run(0));
    is_near("select latency_s from run_summary where run = 1", 1e-9);
    is_near("select energy_j from run_summary", 4357800e-15);
    is_near("select setup_s from run_summary", 500e-12);
    is_near("select setup_j from run_summary", 20000000e-15);
    is_near("select macs from run_summary", 640);
    is_near("select j_per_mac from run_summary", 4357800e-15 / 640);
    is_near("select macs_per_s from run_summary", 640e9);
    is_near("select peak_macs_per_s from run_summary", 1e12);
    is_near("select mac_utilization from run_summary", 0.6);
    is_near("select tokens_per_s from run_summary", 16e9);
    is_near("select j_per_token from run_summary", 4357800e-15 / 16);
    is_near("select mean_w from run_summary", 4.3578);
    is_near("select area_mm2 from run_summary", 5.002);
    is_near("select assumed_share from run_summary", 3200.0 / 4357800);
    is_near("select count(*) from run_summary where label = 'by hand' and design = 'bench' and model = 'toy' "
            "and phase = 'prefill' and mapper = 'auto' and notes = 'ideal memory' and error is null", 1);
}
END_TEST

START_TEST(components_by_hand)
{
    fl_db_close(with_run(0));
    is_near("select count(*) from energy_by_component", 3);
    is_near("select dynamic_j from energy_by_component where component = 'adc'", 253600e-15);
    is_near("select static_j from energy_by_component where component = 'adc'", 1800e-15);
    is_near("select total_j from energy_by_component where component = 'adc'", 255400e-15);
    is_near("select share from energy_by_component where component = 'adc'", 255400.0 / 4357800);
    is_near("select total_j from energy_by_component where component = 'detector'", 2400e-15);
    is_near("select dynamic_j from energy_by_component where component = 'dram'", 4000000e-15);
    is_near("select static_j from energy_by_component where component = 'dram'", 100000e-15);
    is_near("select sum(share) from energy_by_component", 1);
}
END_TEST

START_TEST(operators_by_hand)
{
    fl_db_close(with_run(0));
    is_near("select count(*) from energy_by_operator", 3);
    is_near("select energy_j from energy_by_operator where operator = 1 and name = 'qkv' and layer = 0", 3392800e-15);
    is_near("select energy_j from energy_by_operator where operator = 2 and name = 'scores' and layer is null",
            864000e-15);
    is_near("select energy_j from energy_by_operator where name = '(static)'", 101000e-15);
    is_near("select critical_s from latency_by_operator where operator = 1 and bound_by = 'core.adc'", 400e-12);
    is_near("select end_s - start_s from latency_by_operator where operator = 2 and bound_by = 'latency'", 600e-12);
    is_near("select sum(critical_s) from latency_by_operator", 1e-9);
}
END_TEST

START_TEST(utilization_by_hand)
{
    fl_db_close(with_run(0));
    is_near("select busy_s from utilization where path = 'core.adc'", 160e-12);
    is_near("select blocked_s from utilization where unit = 0", 50e-12);
    is_near("select idle_s from utilization where unit = 0", 790e-12);
    is_near("select utilization from utilization where unit = 0", 0.16);
    is_near("select lane_utilization from utilization where unit = 0", 0.1);
    is_near("select utilization from utilization where path = 'dram'", 0.3);
    is_null("select lane_utilization from utilization where path = 'dram'");
    is_near("select max(abs(busy_s + blocked_s + idle_s - 1e-9)) < 1e-20 from utilization", 1);
}
END_TEST

START_TEST(actions_lead_back_to_the_design)
{
    fl_db_close(with_run(0));
    is_near("select count from energy_by_action where path = 'core.adc' and component = 'detector'", 40);
    is_near("select line from energy_by_action where energy_j = (select max(energy_j) from energy_by_action)", 20);
    is_near("select sum(energy_j) from energy_by_action where source is null", 3200e-15);
    is_near("select breaker = 'dram.refresh_at' and represented = 1000 from leap where run = 1 and level = 0", 1);
}
END_TEST

START_TEST(setup_is_shared_over_inferences)
{
    fl_db_close(with_run(10));
    is_near("select energy_j from run_summary", 6357800e-15);
    is_near("select setup_j from run_summary", 20000000e-15);
    is_near("select mean_w from run_summary", 4.3578);
    is_near("select energy_j from energy_by_operator where name = '(setup)'", 2000000e-15);
    is_near("select dynamic_j from energy_by_component where component = 'dram'", 6000000e-15);
    is_near("select setup_j from energy_by_component where component = 'dram'", 2000000e-15);
}
END_TEST

START_TEST(parts_sum_to_the_whole)
{
    fl_db_close(with_run(_i == 0 ? 0 : 7));
    double whole = value("select energy_j from run_summary");
    is_near("select sum(total_j) from energy_by_component", whole);
    is_near("select sum(dynamic_j + static_j) from energy_by_component", whole);
    is_near("select sum(energy_j) from energy_by_operator", whole);
    is_near("select sum(energy_j) from energy_by_action", whole);
    is_near("select energy_j from run_total", whole);
    value("delete from run_total");
    is_near("select energy_j from run_summary", whole);
}
END_TEST

START_TEST(doubling_a_price_doubles_its_energy)
{
    fl_db_close(with_run(10));
    is_near("select count(*) from run_total", 1);
    value("update price set fj = 2 * fj where component = 'dram' and class <> 'static'");
    is_near("select dynamic_j from energy_by_component where component = 'dram'", 12000000e-15);
    is_near("select energy_j from run_summary", 6357800e-15 + 6000000e-15);
    is_near("select setup_j from run_summary", 40000000e-15);
    is_near("select energy_j from energy_by_operator where operator = 1", 3392800e-15 + 3200000e-15);
}
END_TEST

/* run_total must follow every change, by whatever hand. */
START_TEST(kept_sums_follow_changes)
{
    static const char *const change[] = {
        "update run set inferences = 5",
        "update unit set copies = 3 where unit = 0",
        "update unit set area_um2 = 7",
        "insert into unit (run, unit, path, kind, area_um2) values (1, 9, 'x', 'y', 1e6)",
        "delete from unit where unit = 1",
        "update operator set macs = 1",
        "insert into operator values (1, 3, 0, 'x', 'linear', 5, 'optical', 0, 0, 0, 'x')",
        "delete from operator where operator = 1",
        "update tally set count = count + 1",
        "insert into tally values (1, 0, 2, 'active_ps', 5)",
        "delete from tally where operator = 2",
        "delete from price where source is null",
        "insert into price values (1, 0, 'busy_ps', 'control', 'static', 3, null, null, null, null, null, null)",
        "update price set source = null",
    };
    ck_assert_int_eq(_i, _i % (int)(sizeof change / sizeof *change));
    fl_db_close(with_run(10));
    is_near("select count(*) from run_total", 1);
    value(change[_i]);
    is_near("select count(*) from run_total", 0);
    is_near("select energy_j from run_summary", value("select sum(energy_j) from energy_by_action"));
    is_near("select assumed_share from run_summary",
            value("select coalesce(sum(iif(source is null, energy_j, 0)) / sum(energy_j), 0) from energy_by_action"));
    is_near("select macs from run_summary", value("select coalesce(sum(macs), 0) from operator"));
    is_near("select area_mm2 from run_summary", value("select sum(copies * area_um2) / 1e6 from unit"));
}
END_TEST

START_TEST(shared_tallies_have_their_own_prices)
{
    struct fl_db *db = with_run(0);
    struct fl_run_row run = {.design = "bench", .latency_ps = 1000, .tallies_of = 1};
    struct fl_price_row price = {1, "read_bits", "dram", FL_DYNAMIC, 800, NULL, "p.cfg", 1, NULL, 0, 0};
    int64_t number;
    ck_assert(fl_db_begin_run(db, &run, &number, &err));
    ck_assert(fl_db_add_price(db, &price, &err));
    ck_assert(fl_db_end_run(db, &err));
    fl_db_close(db);
    ck_assert_int_eq(number, 2);
    is_near("select energy_j from run_summary where run = 2", 800000e-15);
    is_near("select area_mm2 from run_summary where run = 2", 5.002);
    is_near("select energy_j from energy_by_operator where run = 2 and name = 'scores'", 160000e-15);
    is_near("select utilization from utilization where run = 2 and path = 'dram'", 0.3);
    is_near("select end_s from latency_by_operator where run = 2 and operator = 2", 1e-9);
    is_near("select energy_j from run_summary where run = 1", 4357800e-15);
    value("update tally set count = 2 * count where run = 1 and action = 'read_bits'");
    is_near("select energy_j from run_summary where run = 2", 1600000e-15);
}
END_TEST

/* What the virtual machine of SQLite does to answer, in steps. */
static int steps(const char *sql)
{
    sqlite3 *other;
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(other, sql, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        continue;
    int done = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
    sqlite3_finalize(statement);
    sqlite3_close(other);
    return done;
}

/* A question to one run reads no row of another: among 40 others it takes some steps more to find its own rows, but
 * less than one for each. */
START_TEST(one_run_is_asked_alone)
{
    static const char *const view[] = {
        "energy_by_action", "energy_by_component", "energy_by_price", "energy_by_operator", "energy_by_placement",
        "latency_by_operator", "utilization", "run_summary", "run_scale"};
    enum { VIEWS = sizeof view / sizeof *view, OTHERS = 40 };
    int few[VIEWS];
    char sql[80];
    int64_t run;
    struct fl_db *db = with_run(10);
    for (int i = 0; i < VIEWS; i++) {
        snprintf(sql, sizeof sql, "select * from %s where run = 1", view[i]);
        ck_assert_int_gt(few[i] = steps(sql), 0);
    }
    for (int i = 0; i < OTHERS; i++)
        ck_assert(small_run_store(db, 10, 1, &run, &err));
    for (int i = 0; i < VIEWS; i++) {
        snprintf(sql, sizeof sql, "select * from %s where run = 1", view[i]);
        int many = steps(sql);
        ck_assert_msg(many - few[i] < OTHERS, "%s: %d steps, and %d among %d other runs", view[i], few[i], many,
                      OTHERS);
    }
    fl_db_close(db);
}
END_TEST

START_TEST(a_run_without_work_has_no_rates)
{
    struct fl_db *db;
    struct fl_run_row run = {.design = "bench", .error = "time past the end"};
    int64_t number;
    ck_assert(fl_db_open(&db, path, &err));
    ck_assert(fl_db_begin_run(db, &run, &number, &err));
    ck_assert(fl_db_end_run(db, &err));
    fl_db_close(db);
    is_near("select energy_j from run_summary where error = 'time past the end'", 0);
    is_null("select j_per_mac from run_summary");
    is_null("select tokens_per_s from run_summary");
    is_null("select mac_utilization from run_summary");
    is_null("select mean_w from run_summary");
    is_near("select assumed_share from run_summary", 0);
}
END_TEST

/* ---- writing ---- */

START_TEST(an_undone_or_killed_run_leaves_no_rows)
{
    struct fl_db *db = with_run(0);
    int64_t number;
    struct fl_run_row run = {.design = "bench"};
    ck_assert(fl_db_begin_run(db, &run, &number, &err));
    fl_db_undo_run(db);
    fl_db_close(db);
    pid_t child = fork();
    if (child == 0) {
        struct fl_unit_row unit = {"a unit with quite a long path", "adc", 1, 0, 0, 0, NULL, 0};
        fl_db_open(&db, path, NULL);
        fl_db_begin_run(db, &run, &number, NULL);
        for (int i = 0; i < 100000; i++)        /* past SQLite's cache: pages reach the file */
            fl_db_add_unit(db, &unit, NULL);
        raise(SIGKILL);
    }
    int status;
    waitpid(child, &status, 0);
    ck_assert(WIFSIGNALED(status));
    char journal[sizeof path + 16];
    snprintf(journal, sizeof journal, "%s-journal", path);
    ck_assert_int_eq(access(journal, F_OK), 0);
    ck_assert_msg(fl_db_open_readonly(&db, path, &err), "%s", fl_err_text(&err));
    ck_assert(fl_db_last_run(db, &number, &err));
    ck_assert_int_eq(number, 1);
    fl_db_close(db);
    is_near("select (select count(*) from run) + (select count(*) from unit)", 3);
}
END_TEST

START_TEST(processes_append_side_by_side)
{
    enum { WRITERS = 4, RUNS = 5 };
    for (int i = 0; i < WRITERS; i++) {
        if (fork() != 0)
            continue;
        struct fl_db *db;
        int64_t number;
        for (int j = 0; j < RUNS; j++)          /* the first of all makes the tables */
            if (!fl_db_open(&db, path, NULL) || !small_run_store(db, 0, 1, &number, NULL))
                _exit(1);
            else
                fl_db_close(db);
        _exit(0);
    }
    for (int i = 0, status; i < WRITERS; i++) {
        wait(&status);
        ck_assert_int_eq(status, 0);
    }
    is_near("select count(*) from run", WRITERS * RUNS);
    is_near("select min(energy_j) = max(energy_j) from run_summary", 1);
    is_near("select count(*) from tally", WRITERS * RUNS * 12);
}
END_TEST

START_TEST(counts_past_the_end_are_refused)
{
    struct fl_db *db = with_run(0);
    struct fl_run_row run = {.design = "bench"};
    struct fl_unit_row unit = {"u", "adc", 1, 0, 0, 0, NULL, 0};
    struct fl_operator_row operator_ = {-1, "x", "linear", 0, "optical", 0, 0, 0, NULL};
    struct fl_tally_row first = {0, 0, "done", INT64_MAX}, second = {0, 1, "done", 1}, below = {0, 1, "done", -5};
    int64_t number;
    ck_assert(fl_db_begin_run(db, &run, &number, &err));
    ck_assert(fl_db_add_unit(db, &unit, &err) && fl_db_add_operator(db, &operator_, &err));
    ck_assert(fl_db_add_tally(db, &first, &err) && fl_db_add_tally(db, &second, &err));
    ck_assert(!fl_db_add_tally(db, &below, &err));
    ck_assert(!fl_db_end_run(db, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "2^63"));
    ck_assert(fl_db_begin_run(db, &run, &number, &err));       /* the database goes on */
    ck_assert(fl_db_end_run(db, &err));
    fl_db_close(db);
    is_near("select count(*) from run", 2);
}
END_TEST

/* Tallies may come in any order, many operators and actions at a time. */
START_TEST(many_tallies)
{
    enum { UNITS = 20, OPERATORS = 1400, ACTIONS = 6 };
    static const char *const action[ACTIONS] = {"written", "busy_ps", "active_ps", "read", "blocked_ps", "converted"};
    struct fl_db *db;
    struct fl_run_row run = {.design = "bench", .latency_ps = 5};
    struct fl_unit_row unit = {"u", "adc", 1, 0, 0, 0, NULL, 0};
    struct fl_operator_row operator_ = {-1, "x", "linear", 0, "optical", 0, 0, 0, NULL};
    int64_t number;
    ck_assert(fl_db_open(&db, path, &err));
    ck_assert(fl_db_begin_run(db, &run, &number, &err));
    for (int i = 0; i < UNITS; i++)
        ck_assert(fl_db_add_unit(db, &unit, &err));
    for (uint32_t o = 1; o <= OPERATORS; o++) {
        ck_assert(fl_db_add_operator(db, &operator_, &err));
        for (uint32_t u = 0; u < UNITS; u++)
            for (uint32_t a = 0; a < ACTIONS; a++) {
                struct fl_tally_row tally = {UNITS - 1 - u, o, action[a], (int64_t)(1 + o * u + a)};
                ck_assert(fl_db_add_tally(db, &tally, &err));
            }
    }
    ck_assert_msg(fl_db_end_run(db, &err), "%s", fl_err_text(&err));
    fl_db_close(db);
    is_near("select count(*) from tally", UNITS * OPERATORS * ACTIONS);
    is_near("select count from tally where unit = 16 and operator = 700 and action = 'read'", 1 + 700 * 3 + 3);
    is_near("select sum(count) from tally where action = 'written'",
            OPERATORS * UNITS + (OPERATORS * (OPERATORS + 1.0) / 2) * (UNITS * (UNITS - 1) / 2));
}
END_TEST

/* ---- files that are not ours ---- */

static void refused(bool opened, const char *why)
{
    ck_assert(!opened);
    ck_assert_msg(strstr(fl_err_text(&err), why) != NULL, "%s", fl_err_text(&err));
    ck_assert_msg(strstr(fl_err_text(&err), folder) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
}

static void file_with(const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

START_TEST(other_files_are_refused_and_untouched)
{
    struct fl_db *db;
    refused(fl_db_open_readonly(&db, path, &err), "no such file");
    ck_assert_int_ne(access(path, F_OK), 0);
    refused(fl_db_open(&db, folder, &err), "is a folder");
    file_with("a text that is long enough not to be taken for anything that SQLite would know\n");
    refused(fl_db_open(&db, path, &err), "not a SQLite database");
    refused(fl_db_open_readonly(&db, path, &err), "not a SQLite database");
    unlink(path);
    value("create table mine (x)");
    refused(fl_db_open(&db, path, &err), "some other program");
    is_near("select count(*) from sqlite_master", 1);
    unlink(path);
    fl_db_close(with_run(0));
    value("pragma user_version = 99");
    refused(fl_db_open(&db, path, &err), "newer fanlight (schema 99; this one knows 2)");
    value("pragma user_version = 1");
    refused(fl_db_open(&db, path, &err), "older fanlight (schema 1; this one writes 2)");
    ck_assert_ptr_null(db);
}
END_TEST

START_TEST(an_empty_file_becomes_a_database)
{
    struct fl_db *db;
    int64_t run;
    file_with("");
    refused(fl_db_open_readonly(&db, path, &err), "is empty");
    fl_db_close(with_run(0));
    unlink(path);
    ck_assert(fl_db_open(&db, path, &err));
    refused(fl_db_last_run(db, &run, &err), "holds no run yet");
    fl_db_close(db);
}
END_TEST

/* Root may write anywhere, so the test becomes somebody who may not. */
START_TEST(permissions_are_told)
{
    struct fl_db *db;
    int64_t run;
    fl_db_close(with_run(0));
    ck_assert_int_eq(chmod(folder, 0555), 0);
    ck_assert_int_eq(chmod(path, 0444), 0);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0)
            ck_assert_int_eq(setuid(65534), 0);
        refused(fl_db_open(&db, path, &err), "may not be written");
        ck_assert_msg(fl_db_open_readonly(&db, path, &err), "%s", fl_err_text(&err));
        ck_assert(fl_db_last_run(db, &run, &err));
        fl_db_close(db);
        path[strlen(path) - 1] = 'x';
        refused(fl_db_open(&db, path, &err), "Permission denied");
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* A full disk, played by a limit: of SQLite's pages, then of the process's file sizes. */
START_TEST(a_full_disk_keeps_what_was_there)
{
    struct fl_db *db = with_run(0);
    struct fl_run_row run = {.design = "bench"};
    int64_t number;
    char *text = calloc(1, 1 << 20);
    memset(text, 'x', (1 << 20) - 1);
    run.design_text = text;
    sqlite3_exec(db->sqlite, "pragma max_page_count = 50", NULL, NULL, NULL);
    refused(fl_db_begin_run(db, &run, &number, &err), "the disk is full; nothing was stored");
    fl_db_close(db);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {1 << 18, 1 << 18};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        ck_assert(fl_db_open(&db, path, &err));
        refused(fl_db_begin_run(db, &run, &number, &err) && fl_db_end_run(db, &err), "nothing was stored");
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
    free(text);
    is_near("select count(*) from run", 1);
    is_near("select energy_j from run_summary", 4357800e-15);
}
END_TEST

/* ---- queries ---- */

static char *answer(struct fl_db *db, const char *sql, enum fl_format format)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool ok = fl_db_query(db, sql, NULL, format, out, &err);
    fclose(out);
    ck_assert_msg(ok, "%s", fl_err_text(&err));
    return text;
}

START_TEST(answers_in_three_forms)
{
    static const char sql[] = "select 1 as n, 0.1 as x, 'a \"b\", c' as t, null as z "
                              "union all select -20, 1e-15, 'line\nmore', 2;";
    struct fl_db *db = with_run(0);
    char *table = answer(db, sql, FL_TABLE), *json = answer(db, sql, FL_JSON), *csv = answer(db, sql, FL_CSV);
    ck_assert_str_eq(table, "  n      x  t         z\n---  -----  --------  -\n"
                            "  1    0.1  a \"b\", c\n-20  1e-15  line...   2\n");
    ck_assert_str_eq(json, "[\n  {\"n\": 1, \"x\": 0.1, \"t\": \"a \\\"b\\\", c\", \"z\": null},\n"
                           "  {\"n\": -20, \"x\": 1e-15, \"t\": \"line\\nmore\", \"z\": 2}\n]\n");
    ck_assert_str_eq(csv, "n,x,t,z\n1,0.1,\"a \"\"b\"\", c\",\n-20,1e-15,\"line\nmore\",2\n");
    char *none = answer(db, "select run from run where run = 5 -- none\n", FL_JSON);
    ck_assert_str_eq(none, "[]\n");
    free(table);
    free(json);
    free(csv);
    free(none);
    fl_db_close(db);
}
END_TEST

START_TEST(queries_only_read)
{
    static const struct { const char *sql, *why; } bad[] = {
        {"delete from run", "would delete from run"},
        {"update price set fj = 0", "would update price"},
        {"insert into run (design) values ('x')", "would insert into run"},
        {"drop table run", "would"},
        {"create table t (x)", "would"},
        {"attach 'other.db' as o", "would attach other.db"},
        {"pragma user_version = 7", "would use pragma user_version"},
        {"begin", "would"},
        {"vacuum", "only reads"},
        {"with x as (select 1) delete from tally", "would delete from tally"},
        {"explain delete from run", "would"},
        {"select 1; select 2", "one statement at a time; a second begins at \"select 2\""},
        {"select 1; delete from run", "would delete from run"},
        {"", "the query is empty"},
        {"-- nothing", "the query is empty"},
        {"select joules from run", "no such column: joules"},
        {"selekt", "syntax error"},
    };
    struct fl_db *db = with_run(0);         /* opened for writing: the query itself must refuse */
    FILE *out = fopen("/dev/null", "w");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!fl_db_query(db, bad[i].sql, NULL, FL_TABLE, out, &err), "%s", bad[i].sql);
        ck_assert_msg(strstr(fl_err_text(&err), bad[i].why) != NULL, "%s: %s", bad[i].sql, fl_err_text(&err));
        fl_err_free(&err);
    }
    fclose(out);
    free(answer(db, "pragma table_info(run)", FL_CSV));
    free(answer(db, "explain query plan select * from run_summary", FL_TABLE));
    fl_db_close(db);
    is_near("select count(*) from run", 1);
}
END_TEST

/* ---- rows told one by one ---- */

struct told { int rows, stop_after; char text[64]; };

static bool row_told(void *context, const char *const *value, int columns)
{
    struct told *told = context;
    for (int i = 0; i < columns; i++) {
        size_t used = strlen(told->text);
        snprintf(told->text + used, sizeof told->text - used, "%s ", value[i] != NULL ? value[i] : "null");
    }
    return ++told->rows != told->stop_after;
}

START_TEST(rows_are_told_until_enough)
{
    struct fl_db *db = with_run(10);
    static const char three[] = "select 1, ?2 union all select ?1, null union all select 3, 'c'";
    struct told all = {0}, two = {.stop_after = 2}, three_told = {.stop_after = 3}, faulty = {0};
    ck_assert(fl_db_each(db, three, 7, "b", row_told, &all, &err));
    ck_assert_str_eq(all.text, "1 b 7 null 3 c ");
    ck_assert(fl_db_each(db, three, 7, "b", row_told, &two, &err));
    ck_assert_str_eq(two.text, "1 b 7 null ");
    ck_assert(fl_db_each(db, three, 7, "b", row_told, &three_told, &err));
    ck_assert_int_eq(three_told.rows, 3);
    /* a row, and then a fault while stepping: the row is told, and so is the fault */
    static const char fault[] = "select 1 union all select abs(-9223372036854775807 - 1)";
    ck_assert(!fl_db_each(db, fault, 0, NULL, row_told, &faulty, &err));
    ck_assert_int_eq(faulty.rows, 1);
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "overflow"));
    fl_db_close(db);
}
END_TEST

/* What is not a run being written is not undone with it. */
START_TEST(undoing_no_run_leaves_a_transaction_alone)
{
    struct fl_db *db = with_run(10);
    fl_db_undo_run(db);
    ck_assert(fl_db_execute(db, "begin", &err));
    ck_assert(fl_db_execute(db, "update run set label = 'kept'", &err));
    fl_db_undo_run(db);
    ck_assert_msg(fl_db_execute(db, "commit", &err), "%s", fl_err_text(&err));
    fl_db_close(db);
    ck_assert_double_eq(value("select count(*) from run where label = 'kept'"), 1);
}
END_TEST

Suite *test_stats_suite(void)
{
    Suite *suite = suite_create("stats");
    TCase *tcase = tcase_create("stats");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, summary_by_hand);
    tcase_add_test(tcase, rows_are_told_until_enough);
    tcase_add_test(tcase, undoing_no_run_leaves_a_transaction_alone);
    tcase_add_test(tcase, components_by_hand);
    tcase_add_test(tcase, operators_by_hand);
    tcase_add_test(tcase, utilization_by_hand);
    tcase_add_test(tcase, actions_lead_back_to_the_design);
    tcase_add_test(tcase, setup_is_shared_over_inferences);
    tcase_add_loop_test(tcase, parts_sum_to_the_whole, 0, 2);
    tcase_add_test(tcase, doubling_a_price_doubles_its_energy);
    tcase_add_loop_test(tcase, kept_sums_follow_changes, 0, 14);
    tcase_add_test(tcase, shared_tallies_have_their_own_prices);
    tcase_add_test(tcase, one_run_is_asked_alone);
    tcase_add_test(tcase, a_run_without_work_has_no_rates);
    tcase_add_test(tcase, an_undone_or_killed_run_leaves_no_rows);
    tcase_add_test(tcase, processes_append_side_by_side);
    tcase_add_test(tcase, counts_past_the_end_are_refused);
    tcase_add_test(tcase, many_tallies);
    tcase_add_test(tcase, other_files_are_refused_and_untouched);
    tcase_add_test(tcase, an_empty_file_becomes_a_database);
    tcase_add_test(tcase, permissions_are_told);
    tcase_add_test(tcase, a_full_disk_keeps_what_was_there);
    tcase_add_test(tcase, answers_in_three_forms);
    tcase_add_test(tcase, queries_only_read);
    suite_add_tcase(suite, tcase);
    return suite;
}
