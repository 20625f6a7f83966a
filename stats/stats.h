/* stats.h - results as rows in SQLite, and as tables on paper.
 *
 * The only folder that sees sqlite3. Rows are written in one transaction: a killed run
 * leaves none. Energy, utilization and the rest are views (stats/views.sql).
 */
#ifndef FL_STATS_H
#define FL_STATS_H

#include <stdio.h>

#include "sim/ledger.h"
#include "stats/columns.h"

#define FL_SCHEMA_VERSION 4
#define FL_APPLICATION_ID 1179536468    /* "FNLT": the file is fanlight's */
/* Writes the SQL that makes an empty database ours: tables, indexes, triggers and views, each with what it is. */
void fl_schema_write(FILE *out);

/* What a digital processor of the A100 class spends on a multiply-accumulate (arXiv:2302.10360): advantages are over
 * it. FL_DIGITAL_TEXT: in prose, and in SQL. */
#define FL_DIGITAL_FJ 300
#define FL_DIGITAL_J (FL_DIGITAL_FJ / 1e15)
#define FL_DIGITAL_TEXT FL_TEXT_OF(FL_DIGITAL_FJ)
#define FL_TEXT_OF(number) FL_TEXT_OF_IT(number)
#define FL_TEXT_OF_IT(number) #number

/* SQL, of a run `s`: how many of its static powers are zero and rest on no source. They are in none of its joules. */
#define FL_UNPRICED_SQL \
    "(select count(*) from price p where p.run = s.run and p.class = 'static' and p.fj = 0 and p.source is null) " \
    "as unpriced"

/* What is to be said of a machine of that status ("projected"); "": nothing. */
const char *fl_status_said(const char *status);
/* Are outputs with that error over spread worth nothing, where a design allows `limit`? "noise", or by how much they
 * are off, as after "outputs are"; NULL: they are worth something, or are exact (NAN). */
const char *fl_error_said(struct fl_arena *arena, double error, double limit);

struct fl_db;
/* A line that says so of a stored run, if it has to be said. */
bool fl_worth_print(struct fl_db *db, int64_t run, FILE *out, struct fl_err *err);
/* Opens a results database, making it if need be. Refused, with the reason: a folder, a file that is no database or
 * another program's, one of a newer schema, one that may not be written. Several processes may write to one database:
 * each waits up to a minute for the others. */
bool fl_db_open(struct fl_db **db, const char *path, struct fl_err *err);
/* Could a run be stored there? The same refusals, but nothing is made. */
bool fl_db_check(const char *path, struct fl_err *err);
bool fl_db_open_readonly(struct fl_db **db, const char *path, struct fl_err *err);
/* A database of its own in memory, gone when it is closed. */
bool fl_db_open_memory(struct fl_db **db, struct fl_err *err);
void fl_db_close(struct fl_db *db);

/* ---- one finished run, as plain records: a member for each column that stats/columns.h declares ---- */

/* run 0: the next that is free. tallies_of 0: its units, operators and tallies are its own. width, parameters,
 * peak_macs_per_s 0: none. */
struct fl_run_row { FL_RUN_COLUMNS(FL_MEMBER) };
/* lanes 0: not a device of lanes. */
struct fl_unit_row { FL_UNIT_COLUMNS(FL_MEMBER) };
/* layer -1: none. */
struct fl_operator_row { FL_OPERATOR_COLUMNS(FL_MEMBER) };
/* Units count from 0, operators from 1; operator 0: static, setup. */
struct fl_tally_row { FL_TALLY_COLUMNS(FL_MEMBER) };
/* key NULL: several keys together; low_fj and high_fj 0: no range. */
struct fl_price_row { FL_PRICE_COLUMNS(FL_MEMBER) };
struct fl_range_row { FL_RANGE_COLUMNS(FL_MEMBER) };
struct fl_leap_row { FL_LEAP_COLUMNS(FL_MEMBER) };

/* A run is written row by row inside one transaction: begin, rows in any order, then end (commit) or undo. When a
 * call fails, undo. Other writers wait meanwhile, so begin when all rows are known. Tallies of 0 are left out; a
 * negative one, or a sum over operators past 2^63 - 1, is an error. Texts need to live as long as the call. */
bool fl_db_begin_run(struct fl_db *db, const struct fl_run_row *run, int64_t *number, struct fl_err *err);
bool fl_db_add_unit(struct fl_db *db, const struct fl_unit_row *row, struct fl_err *err);           /* in order */
bool fl_db_add_operator(struct fl_db *db, const struct fl_operator_row *row, struct fl_err *err);   /* in order */
bool fl_db_add_tally(struct fl_db *db, const struct fl_tally_row *row, struct fl_err *err);
bool fl_db_add_price(struct fl_db *db, const struct fl_price_row *row, struct fl_err *err);
bool fl_db_add_range(struct fl_db *db, const struct fl_range_row *row, struct fl_err *err);
bool fl_db_add_leap(struct fl_db *db, const struct fl_leap_row *row, struct fl_err *err);
bool fl_db_end_run(struct fl_db *db, struct fl_err *err);
void fl_db_undo_run(struct fl_db *db);

/* All rows of a run in memory: what a thread hands to the one that stores, or a process sends to another. Zeroed: no
 * rows. Texts are copied. */
struct fl_rows {
    struct fl_arena arena;
    struct fl_run_row run;
    struct fl_unit_row *unit;
    struct fl_operator_row *operator_;
    struct fl_tally_row *tally;
    struct fl_price_row *price;
    struct fl_range_row *range;
    struct fl_leap_row *leap;
    size_t units, operators, tallies, prices, ranges, leaps;
    size_t unit_room, operator_room, tally_room, price_room, range_room, leap_room;
};
void fl_rows_set_run(struct fl_rows *rows, const struct fl_run_row *row);
void fl_rows_add_unit(struct fl_rows *rows, const struct fl_unit_row *row);
void fl_rows_add_operator(struct fl_rows *rows, const struct fl_operator_row *row);
void fl_rows_add_tally(struct fl_rows *rows, const struct fl_tally_row *row);
void fl_rows_add_price(struct fl_rows *rows, const struct fl_price_row *row);
void fl_rows_add_range(struct fl_rows *rows, const struct fl_range_row *row);
void fl_rows_add_leap(struct fl_rows *rows, const struct fl_leap_row *row);
void fl_rows_free(struct fl_rows *rows);
/* As bytes for another process of the same program, malloc'd; and back. */
char *fl_rows_pack(const struct fl_rows *rows, size_t *bytes);
bool fl_rows_unpack(struct fl_rows *rows, const char *data, size_t bytes);
/* Stores the rows as one run, in one transaction. */
bool fl_db_store(struct fl_db *db, const struct fl_rows *rows, int64_t *number, struct fl_err *err);

/* What a network reaches on a run's machine, and what was varied to get there. */
struct fl_accuracy_stored { FL_ACCURACY_COLUMNS(FL_MEMBER) };
struct fl_setting_row { FL_SETTING_COLUMNS(FL_MEMBER) };
struct fl_tested {
    const struct fl_accuracy_stored *row;
    const struct fl_setting_row *setting;
    size_t rows, settings;
};
/* Stores a run and what goes with it, in one transaction. */
bool fl_db_store_tested(struct fl_db *db, const struct fl_rows *rows, const struct fl_tested *tested, int64_t *number,
                        struct fl_err *err);

/* ---- sweeps: many runs with one purpose ---- */
struct fl_job_row { FL_JOB_COLUMNS(FL_MEMBER) };
struct fl_sweep_row {
    FL_SWEEP_COLUMNS(FL_MEMBER)         /* sweep and first_run: fl_db_sweep_begin finds them */
    const char *const *axis;            /* names; point_row.value is in this order */
    size_t axes;
    const struct fl_job_row *job;       /* workloads; point_row.job is an index */
    size_t jobs;
};
enum fl_point_state { FL_POINT_DONE, FL_POINT_FAILED, FL_POINT_EXCLUDED, FL_POINT_STATES };
extern const char *const fl_point_state_names[FL_POINT_STATES];
struct fl_point_row {
    int64_t point, job;
    const char *work;                   /* hash of what is simulated: equal points share tallies; NULL: none */
    enum fl_point_state state;
    size_t values;                      /* axes */
    const char *const *value;           /* as set; by axis */
    const double *number;               /* the same as numbers; NAN: not one */
    /* Does the stored run meet the constraints? Given its figures, in the order of fl_summary_names. NULL: none. */
    bool (*judge)(const void *context, const double *summary);
    const void *context;
};
/* Numeric columns of run_summary, NULL at the end. */
extern const char *const fl_summary_names[];

struct fl_sweep_id { int64_t sweep, first_run; };
/* Finds the sweep by its identity (`resume`), or makes it. An error if it is there and not to be resumed, or if another
 * sweep of that name is to be. A new sweep reserves the run numbers first_run + point. */
bool fl_db_sweep_begin(struct fl_db *db, const struct fl_sweep_row *row, bool resume, struct fl_sweep_id *id,
                       struct fl_err *err);
/* While a sweep is written: each point is safe from a killed process once stored, and readers may look on. Off: the
 * database is one file again, unless others have it open: then it is when the last of them closes it. */
bool fl_db_sweep_mode(struct fl_db *db, bool on, struct fl_err *err);
/* Tells every point stored so far, in order. */
bool fl_db_points(struct fl_db *db, const struct fl_sweep_id *id,
                  void (*tell)(void *context, int64_t point, enum fl_point_state state, const char *work),
                  void *context, struct fl_err *err);
/* Stores a point and its run (none if excluded) in one transaction. */
bool fl_db_store_point(struct fl_db *db, const struct fl_sweep_id *id, const struct fl_point_row *point,
                       struct fl_rows *rows, struct fl_err *err);
/* Stores a point whose work is that of point `of`, stored before: it shares its tallies, and its fate. */
bool fl_db_copy_point(struct fl_db *db, const struct fl_sweep_id *id, const struct fl_point_row *point, int64_t of,
                      struct fl_err *err);
/* Appends databases to `out`. Parts of one sweep (same identity) become one; other runs get new numbers. */
bool fl_db_merge(const char *out, const char *const *in, size_t ins, int64_t *runs, struct fl_err *err);

/* Says that a run is drawn in a figure (a kind of plot), as part of a series; each run once a figure. */
bool fl_db_add_figure(struct fl_db *db, const char *figure, const char *series, int64_t run, struct fl_err *err);
bool fl_db_clear_figures(struct fl_db *db, struct fl_err *err);

/* ---- reading ---- */
enum fl_format { FL_TABLE, FL_JSON, FL_CSV };
/* Tells each row of a query of ours: texts, NULL for null. ?1 is `number` and ?2 `text`, where the query has them.
 * Stops when told false. */
bool fl_db_each(struct fl_db *db, const char *sql, int64_t number, const char *text,
                bool (*row)(void *context, const char *const *value, int columns), void *context, struct fl_err *err);
/* Any read-only SQL, as a table, JSON or CSV. A write, or bad SQL, is an error with SQLite's words; so is a query that
 * takes longer, or more memory, than it is allowed; limits NULL: as much as it wants. */
struct fl_query_limits { int64_t seconds, mebibytes; };
bool fl_db_query(struct fl_db *db, const char *sql, const struct fl_query_limits *limits, enum fl_format format,
                 FILE *out, struct fl_err *err);
/* The same, row by row: `columns` names, texts (NULL for null; reals in full) and numbers (NAN for what is none). */
bool fl_db_rows(struct fl_db *db, const char *sql,
                void (*tell)(void *context, int columns, const char *const *name, const char *const *text,
                             const double *number),
                void *context, struct fl_err *err);
/* The one number that a query gives: an error if it gives none, or a text. */
bool fl_db_number(struct fl_db *db, const char *sql, double *number, struct fl_err *err);
/* The number of the newest run; an error if there is none. */
bool fl_db_last_run(struct fl_db *db, int64_t *run, struct fl_err *err);
/* The report: summary, then energy and time by component, layer, operator or unit; by NULL: the usual set. */
bool fl_report(struct fl_db *db, int64_t run, const char *by, enum fl_format format, FILE *out, struct fl_err *err);
/* Which price decides whether the run gains `advantage` over FL_DIGITAL_FJ, and what value of each
 * price alone, of each component's, or of all would do: exact, since energy is linear in prices. */
bool fl_report_need(struct fl_db *db, int64_t run, double advantage, enum fl_format format, FILE *out,
                    struct fl_err *err);
/* Two runs side by side: what changed in time and energy, largest first. */
bool fl_report_diff(struct fl_db *db, int64_t a, int64_t b, enum fl_format format, FILE *out, struct fl_err *err);

/* How sure the advantage is: prices that have a range are drawn from it (triangular, the peak at the design's value;
 * assumed), the counts stay. */
struct fl_spread {                      /* one unknown: keys of one component, source and range together */
    const char *price, *component, *source;
    double energy_j;                    /* of all that they decide, at the design's values */
    double low, high;                   /* the least and the most of that, over energy_j */
    double share;                       /* of the variance of the run's energy */
};
struct fl_uncertainty {
    struct fl_arena arena;
    struct fl_spread *spread;           /* the largest share first */
    size_t spreads;
    double energy_j, digital_j;         /* of the run; of its MACs at FL_DIGITAL_FJ */
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
