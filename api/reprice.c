/* reprice.c - a stored run at other prices: the same counts, joules anew, no simulation.
 *
 * The stored design gets the new prices, the stored trace is mapped again (which tells how many
 * cores `fit` comes to) and the machine is built for its prices only. The new run has no tallies
 * of its own: it points to those of the old one.
 */
#include <stdlib.h>
#include <time.h>

#include "api/abi.h"
#include "api/result.h"

/* The machine of the stored run at its new prices, ready but never started. */
static bool rebuild(struct fl_result *result, const struct fl_run_row *row, const char *prices, struct fl_err *err)
{
    const char *mapper = fl_mapper_find(row->mapper) != NULL ? row->mapper : "auto";    /* a mapping file may be gone */
    return fl_design_reprice(&result->design, row->design_text, prices, err) &&
           fl_trace_read(&result->trace, row->workload_text, "stored trace", err) &&
           fl_arch_describe(&result->machine, &result->design, err) &&
           fl_plan_make(&result->plan, &result->trace, &result->machine, mapper, FL_LATENCY, err) &&
           fl_arch_build(&result->arch, &result->design, &result->machine, err);
}

/* Prices are stored by the number of the unit: these must be the numbers of the stored run. */
static bool units_match(const struct fl_result *result, struct fl_db *db, int64_t run, struct fl_err *err)
{
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        bool is = false;
        if (!fl_db_has_unit(db, run, i, result->arch.sim.unit[i]->path, &is, err))
            return false;
        if (!is)
            return fl_fail(err, "--run", "run %lld was stored by another version of fanlight, with other units: run it "
                           "again", (long long)run);
    }
    return true;
}

static bool store(struct fl_result *result, struct fl_db *db, const struct fl_run_row *row, int64_t *number,
                  struct fl_err *err)
{
    struct fl_rows rows = {0};
    fl_rows_set_run(&rows, row);
    fl_result_price_rows(result, &rows);
    bool ok = fl_db_store(db, &rows, number, err);
    fl_rows_free(&rows);
    return ok;
}

struct reprice { const struct fl_repricing *ask; int64_t *number; };

static bool reprice(void *context, struct fl_err *err)
{
    const struct fl_repricing *ask = ((struct reprice *)context)->ask;
    struct fl_db *db;
    struct fl_run_row row;
    if (!fl_db_open(&db, ask->db, err))
        return false;
    struct fl_result *result = fl_calloc(1, sizeof *result);
    int64_t run = ask->run;
    bool ok = (run != 0 || fl_db_last_run(db, &run, err)) &&
              fl_db_read_run(db, run, &row, &result->arena, err) && rebuild(result, &row, ask->prices, err) &&
              units_match(result, db, row.tallies_of, err);
    if (ok) {
        time_t now = time(NULL);
        struct tm utc;
        char start[32];
        gmtime_r(&now, &utc);
        strftime(start, sizeof start, "%Y-%m-%dT%H:%M:%SZ", &utc);
        row.start_utc = start;
        row.wall_s = 0;
        row.version = fanlight_version();
        row.command = ask->command;
        row.label = ask->label != NULL ? ask->label
                                       : fl_arena_format(&result->arena, "run %lld at %s", (long long)run, ask->prices);
        row.design_text = result->design.text;
        ok = store(result, db, &row, ((struct reprice *)context)->number, err);
    }
    fanlight_free(result);
    fl_db_close(db);
    return ok;
}

bool fanlight_reprice_sized(const struct fl_repricing *ask, size_t size, int64_t *number, struct fl_err *err)
{
    struct fl_repricing own;
    struct reprice r = { &own, number };
    return fl_record_take(&own, sizeof own, ask, size, "fl_repricing", err) && fl_guard(reprice, &r, NULL, err);
}
