/* test_stats.c - the database: runs written, files that must not be touched, questions asked. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/database.h"

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
        struct fl_unit_row unit = {"a unit with quite a long path", "adc", 1, 1, 0, 0, 0, NULL, 0, 0, 0, 0};
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
    struct fl_unit_row unit = {"u", "adc", 1, 1, 0, 0, 0, NULL, 0, 0, 0, 0};
    struct fl_operator_row operator_ = {-1, "x", "linear", 0, "optical", "core[0]", 0, 0, 0, NULL};
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
    struct fl_unit_row unit = {"u", "adc", 1, 1, 0, 0, 0, NULL, 0, 0, 0, 0};
    struct fl_operator_row operator_ = {-1, "x", "linear", 0, "optical", "core[0]", 0, 0, 0, NULL};
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
    refused(fl_db_open(&db, path, &err), "newer fanlight (schema 99; this one knows 4)");
    value("pragma user_version = 1");
    refused(fl_db_open(&db, path, &err), "older fanlight (schema 1; this one writes 4)");
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
    tcase_add_test(tcase, rows_are_told_until_enough);
    tcase_add_test(tcase, undoing_no_run_leaves_a_transaction_alone);
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
