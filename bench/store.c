/* store.c - how long a run of GPT-3's size takes to be stored and to be asked.
 *
 * 1400 operators x 100 tallies, written as the api writes them and read through the views;
 * then run_summary over many small runs, with the sums that runs keep and without.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stats/stats.h"

enum { OPERATORS = 1400, UNITS = 20, ACTIONS = 5, SMALL_RUNS = 5000, SMALL_UNITS = 12 };
static const char *const action[ACTIONS] = {"active_ps", "blocked_ps", "busy_ps", "converted", "loaded_bits"};

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static void must(bool ok, const struct fl_err *err)
{
    if (ok)
        return;
    fputs(fl_err_text(err), stderr);
    exit(1);
}

static void run_store(struct fl_db *db, uint32_t units, uint32_t operators, struct fl_err *err)
{
    const struct fl_run_row run = {.design = "bench", .latency_ps = 1000000};
    const struct fl_unit_row unit = {.path = "core[0].adc", .kind = "adc", .copies = 1, .beside = 1, .area_um2 = 100};
    const struct fl_operator_row operator_ = {0, "ffn_up", "linear", 1000, "optical", "core[0]", 0, 0, 0,
                                              "core[0].adc"};
    int64_t number;
    must(fl_db_begin_run(db, &run, &number, err), err);
    for (uint32_t u = 0; u < units; u++)
        must(fl_db_add_unit(db, &unit, err), err);
    for (uint32_t u = 0; u < units; u++)
        for (int a = 3; a < ACTIONS; a++) {
            struct fl_price_row price = {u, action[a], "adc", FL_DYNAMIC, 1000, NULL, "bench.cfg", 1, NULL, 0, 0};
            must(fl_db_add_price(db, &price, err), err);
        }
    for (uint32_t o = 1; o <= operators; o++) {
        must(fl_db_add_operator(db, &operator_, err), err);
        for (uint32_t u = 0; u < units; u++)
            for (uint32_t a = 0; a < ACTIONS; a++) {
                struct fl_tally_row tally = {u, o, action[a], 1 + o * u + a};
                must(fl_db_add_tally(db, &tally, err), err);
            }
    }
    must(fl_db_end_run(db, err), err);
}

static void ask(struct fl_db *db, const char *what, const char *sql, FILE *nowhere, struct fl_err *err)
{
    double start = now_ms();
    must(fl_db_query(db, sql, NULL, FL_CSV, nowhere, err), err);
    printf("%-52s %8.1f ms\n", what, now_ms() - start);
}

static void large(const char *path, FILE *nowhere, struct fl_err *err)
{
    struct fl_db *db;
    must(fl_db_open(&db, path, err), err);
    double start = now_ms();
    run_store(db, UNITS, OPERATORS, err);
    printf("%-52s %8.1f ms\n", "store 1400 operators, 140,000 tallies", now_ms() - start);
    ask(db, "energy_by_component", "select * from energy_by_component where run = 1", nowhere, err);
    ask(db, "energy_by_operator", "select * from energy_by_operator where run = 1", nowhere, err);
    ask(db, "utilization", "select * from utilization where run = 1", nowhere, err);
    start = now_ms();
    must(fl_report(db, 1, NULL, FL_TABLE, nowhere, err), err);
    printf("%-52s %8.1f ms\n", "the whole report", now_ms() - start);
    fl_db_close(db);
}

static void many(const char *path, FILE *nowhere, struct fl_err *err)
{
    static const char sums[] = "select count(*), sum(energy_j) from run_summary";
    struct fl_db *db;
    must(fl_db_open(&db, path, err), err);
    double start = now_ms();
    for (int i = 0; i < SMALL_RUNS; i++)
        run_store(db, SMALL_UNITS, 1, err);
    printf("%-52s %8.3f ms\n", "store a small run, of 5000", (now_ms() - start) / SMALL_RUNS);
    ask(db, "run_summary of 5000 runs, sums kept", sums, nowhere, err);
    fl_db_close(db);
    sqlite3 *other;
    if (sqlite3_open(path, &other) == SQLITE_OK)
        sqlite3_exec(other, "delete from run_total", NULL, NULL, NULL);
    sqlite3_close(other);
    must(fl_db_open_readonly(&db, path, err), err);
    ask(db, "the same from counts and prices", sums, nowhere, err);
    fl_db_close(db);
}

int main(void)
{
    char folder[] = "/tmp/fanlight-bench-XXXXXX", path[64];
    struct fl_err err = {0};
    FILE *nowhere = fopen("/dev/null", "w");
    if (mkdtemp(folder) == NULL || nowhere == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/large.db", folder);
    large(path, nowhere, &err);
    unlink(path);
    snprintf(path, sizeof path, "%s/many.db", folder);
    many(path, nowhere, &err);
    unlink(path);
    rmdir(folder);
    fclose(nowhere);
    return 0;
}
