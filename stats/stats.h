/* stats.h - results as rows in SQLite, and as tables on paper.
 *
 * The only folder that sees sqlite3. Rows are written in one transaction: a killed run
 * leaves none. Energy, utilization and the rest are views (stats/views.sql).
 */
#ifndef FL_STATS_H
#define FL_STATS_H

#include <stdio.h>

#include "sim/ledger.h"

enum { FL_SCHEMA_VERSION = 1 };

struct fl_db;
/* Opens (making it if need be) a results database; an existing file that is not one of ours, or is newer, is refused. */
bool fl_db_open(struct fl_db **db, const char *path, struct fl_err *err);
bool fl_db_open_readonly(struct fl_db **db, const char *path, struct fl_err *err);
void fl_db_close(struct fl_db *db);

/* ---- one finished run, as plain records ---- */
struct fl_run_row {
    const char *label, *design, *model, *phase, *mapper, *objective;
    int64_t context, tokens, batch;
    const char *start_utc;
    double wall_s;
    const char *version, *command, *design_text, *workload_text;
    int64_t latency_ps, setup_ps, inferences;
    double leapt_share;
    const char *error;                  /* NULL: none */
    const char *notes;                  /* shown with every report ("ideal memory"); NULL: none */
    double peak_macs_per_s;
};
struct fl_unit_row { const char *path, *kind; int64_t copies; double area_um2; int64_t lanes; const char *lane_action; double lane_ps; };
struct fl_operator_row {
    int64_t layer;                      /* -1: none */
    const char *name, *kind;
    int64_t macs;
    const char *placed;                 /* "optical", "digital", "dma" */
    int64_t start_ps, end_ps, critical_ps;
    const char *bound_by;
};
struct fl_tally_row { uint32_t unit, operator_; const char *action; int64_t count; };   /* unit from 0, operator from 1; 0: static, setup */
struct fl_price_row {
    uint32_t unit; const char *action, *component, *price_class; double fj; const char *source, *file; int line;
};
struct fl_leap_row { int level; int64_t represented, simulated, transient, period; const char *breaker; };

/* A run is written row by row inside one transaction: begin, rows in any order, then end (commit) or undo. */
bool fl_db_begin_run(struct fl_db *db, const struct fl_run_row *run, int64_t *number, struct fl_err *err);
bool fl_db_add_unit(struct fl_db *db, const struct fl_unit_row *row, struct fl_err *err);           /* in order */
bool fl_db_add_operator(struct fl_db *db, const struct fl_operator_row *row, struct fl_err *err);   /* in order */
bool fl_db_add_tally(struct fl_db *db, const struct fl_tally_row *row, struct fl_err *err);
bool fl_db_add_price(struct fl_db *db, const struct fl_price_row *row, struct fl_err *err);
bool fl_db_add_leap(struct fl_db *db, const struct fl_leap_row *row, struct fl_err *err);
bool fl_db_end_run(struct fl_db *db, struct fl_err *err);
void fl_db_undo_run(struct fl_db *db);

/* ---- reading ---- */
enum fl_format { FL_TABLE, FL_JSON, FL_CSV };
/* Any read-only SQL, as a table, JSON or CSV. A write, or bad SQL, is an error with SQLite's words. */
bool fl_db_query(struct fl_db *db, const char *sql, enum fl_format format, FILE *out, struct fl_err *err);
/* The number of the newest run; an error if there is none. */
bool fl_db_last_run(struct fl_db *db, int64_t *run, struct fl_err *err);
/* The report: summary, then energy and time by component, layer, operator or unit; by NULL: the usual set. */
bool fl_report(struct fl_db *db, int64_t run, const char *by, enum fl_format format, FILE *out, struct fl_err *err);
/* Two runs side by side: what changed in time and energy, largest first. */
bool fl_report_diff(struct fl_db *db, int64_t a, int64_t b, enum fl_format format, FILE *out, struct fl_err *err);

#endif
