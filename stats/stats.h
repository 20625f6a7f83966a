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
/* Opens a results database, making it if need be. Refused, with the reason: a folder, a file that is no database or
 * another program's, one of a newer schema, one that may not be written. Several processes may write to one database:
 * each waits up to a minute for the others. */
bool fl_db_open(struct fl_db **db, const char *path, struct fl_err *err);
/* Could a run be stored there? The same refusals, but nothing is made. */
bool fl_db_check(const char *path, struct fl_err *err);
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
    int64_t tallies_of;                 /* a run whose units, operators and tallies are this one's too; 0: own */
    const char *error;                  /* NULL: none */
    const char *notes;                  /* shown with every report ("ideal memory"); NULL: none */
    double peak_macs_per_s;             /* 0: no optical cores */
};
/* `lanes`: of one whole copy; 0: not a device of lanes. */
struct fl_unit_row {
    const char *path, *kind;
    int64_t copies;
    double area_um2;
    int64_t lanes;
    const char *lane_action;
    double lane_ps;
};
struct fl_operator_row {
    int64_t layer;                      /* -1: none */
    const char *name, *kind;
    int64_t macs;
    const char *placed;                 /* "optical", "digital", "dma" */
    int64_t start_ps, end_ps, critical_ps;
    const char *bound_by;
};
/* Units count from 0, operators from 1; operator 0: static, setup. */
struct fl_tally_row { uint32_t unit, operator_; const char *action; int64_t count; };
/* price_class: "dynamic", "static" or "setup"; source NULL: assumed. */
struct fl_price_row {
    uint32_t unit; const char *action, *component, *price_class; double fj; const char *source, *file; int line;
    const char *key; double low_fj, high_fj;    /* what sets it, NULL: several keys; its range, 0 and 0: none */
};
struct fl_leap_row { int level; int64_t represented, simulated, transient, period; const char *breaker; };

/* A run is written row by row inside one transaction: begin, rows in any order, then end (commit) or undo. When a
 * call fails, undo. Other writers wait meanwhile, so begin when all rows are known. Tallies of 0 are left out; a
 * negative one, or a sum over operators past 2^63 - 1, is an error. Texts need to live as long as the call. */
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
/* Which price decides whether the run gains `advantage` over 300 fJ a MAC (arXiv:2302.10360), and what value of each
 * price alone, of each component's, or of all would do: exact, since energy is linear in prices. */
bool fl_report_need(struct fl_db *db, int64_t run, double advantage, enum fl_format format, FILE *out,
                    struct fl_err *err);
/* Two runs side by side: what changed in time and energy, largest first. */
bool fl_report_diff(struct fl_db *db, int64_t a, int64_t b, enum fl_format format, FILE *out, struct fl_err *err);

/* How sure the advantage is: prices that have a range are drawn from it (triangular, the peak at the design's value;
 * assumed), the counts stay. */
struct fl_spread {                      /* one unknown: prices of one component, source and range together */
    const char *price, *component, *source;
    double energy_j;                    /* at the design's value */
    double low, high;                   /* over the design's value */
    double share;                       /* of the variance of the run's energy */
};
struct fl_uncertainty {
    struct fl_arena arena;
    struct fl_spread *spread;           /* the largest share first */
    size_t spreads;
    double energy_j, digital_j;         /* of the run; of 300 fJ a MAC */
    double advantage, mean;             /* as designed; of the samples */
    double low, median, high;           /* quantiles of 5, 50 and 95 % */
};
bool fl_db_uncertainty(struct fl_db *db, int64_t run, int64_t samples, uint64_t seed,
                       struct fl_uncertainty *uncertainty, struct fl_err *err);
void fl_uncertainty_free(struct fl_uncertainty *uncertainty);

/* The row of a stored run, to write another with its tallies; texts are in the arena. tallies_of: whose they are. */
bool fl_db_read_run(struct fl_db *db, int64_t run, struct fl_run_row *row, struct fl_arena *arena, struct fl_err *err);
/* Is unit `number` of the run the one at `path`? */
bool fl_db_has_unit(struct fl_db *db, int64_t run, uint32_t number, const char *path, bool *is, struct fl_err *err);

#endif
