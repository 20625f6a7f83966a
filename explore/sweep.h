/* sweep.h - many designs by one file, simulated side by side, in one database.
 *
 *     struct fl_sweep sweep;
 *     struct fl_sweep_options options = { .db = "fanlight.db", .jobs = 2 };
 *     fl_sweep_read(&sweep, "examples/slm_size.cfg", &err);
 *     fl_sweep_run(&sweep, &options, &tally, &err);
 *     fl_sweep_free(&sweep);
 *
 * A sweep is a list of points: designs (axis values, crossed or sampled) times jobs
 * (workloads). Everything about a point follows from its number, so threads, processes
 * and shards need agree on nothing else, and the rows they leave are the same.
 *
 * docs/sweep.md describes the file.
 */
#ifndef FL_SWEEP_H
#define FL_SWEEP_H

#include "api/result.h"
#include "base/conf/conf.h"
#include "explore/expr.h"

/* ---- the file ---- */

/* What a value on an axis changes. */
enum fl_axis_target { FL_AXIS_KEYS, FL_AXIS_DESIGN, FL_AXIS_MAPPER };
struct fl_axis {
    const char *name;
    enum fl_axis_target target;
    const char **path;                  /* keys of the design that are set together */
    size_t paths;
    const char **value;                 /* listed, or the steps of a range; NULL: any number from `from` to `to` */
    const char **as_set;                /* what key k is set to by value i: as_set[i x paths + k]; with its citation */
    size_t values;
    double from, to;
    double grain;                       /* numbers of a range are whole multiples of it; 0: any */
    bool log, whole, listed;            /* listed: no range */
    const char *unit;                   /* written behind the numbers of a range: " GHz", "" */
    const char *measure;                /* in which its numbers are kept; NULL: its values are texts */
    int line;
};

struct fl_job {                         /* a workload */
    struct fl_trace trace;
    const char *text;                   /* the trace's */
};

enum { FL_SWEEP_IDENTITY = 33 };
enum fl_sampling { FL_GRID, FL_RANDOM, FL_LHS, FL_ONE_AT_A_TIME };

struct fl_sweep {
    struct fl_arena arena;
    struct fl_settings settings;        /* of the file; texts are kept there */
    const char *file;
    const char *name;
    const char *design, *mapper;        /* where no axis says otherwise; mapper NULL: the design's */
    const char *objective;
    int64_t inferences;
    const char **set;                   /* "path=value" for every point */
    size_t sets;
    struct fl_axis *axis;               /* the first is the slowest */
    size_t axes;
    struct fl_job *job;
    size_t jobs;
    enum fl_sampling sampling;
    int64_t samples;                    /* designs, in any sampling */
    uint64_t seed;
    uint32_t **order;                   /* of each axis, FL_LHS: which stratum a sample is in */
    const char *constraint;             /* NULL: none */
    const struct fl_expr *constraints;
    const char **quantity;              /* names the constraints use, by id */
    size_t quantities, quantity_room;
    int64_t points;                     /* samples x jobs */
};

/* Reads a sweep and all that it names: designs, models, every value of every axis. All faults together, each with file,
 * line and key. */
bool fl_sweep_read(struct fl_sweep *sweep, const char *file, struct fl_err *err);
void fl_sweep_free(struct fl_sweep *sweep);
/* Fingerprint of all that the rows depend on. */
void fl_sweep_identity(const struct fl_sweep *sweep, bool by_operator, char identity[FL_SWEEP_IDENTITY]);

/* One point, as texts and as numbers. */
struct fl_point {
    int64_t number;
    const struct fl_job *job;
    const char *design, *mapper;
    const char **value;                 /* by axis */
    double *at;                         /* the same in the axis's measure; NAN: no number */
    const char **set;                   /* overrides of the design */
    size_t sets;
};
void fl_sweep_point(const struct fl_sweep *sweep, int64_t number, struct fl_arena *arena, struct fl_point *point);

/* What constraints ask of a design's keys: sweep->quantities numbers, by id, NAN where a quantity is no key. */
void fl_sweep_keys(const struct fl_sweep *sweep, const struct fl_design *design, double *key);
/* Does the point meet the constraints? `key`, `figures` and `summary` (by fl_summary_names) may be NULL: not known yet.
 * 1 yes, 0 no, -1 not known yet. */
int fl_sweep_judge(const struct fl_sweep *sweep, const struct fl_point *point, const double *key,
                   const struct fl_figures *figures, const double *summary);

/* ---- the run ---- */

/* Simulates what is not there yet. False if it could not begin or go on; a point that fails is a row with its error.
 * Stopped by `stop`: true, with done < points. */
bool fl_sweep_run(const struct fl_sweep *sweep, const struct fl_sweep_options *options,
                  struct fl_sweep_progress *progress, struct fl_err *err);

#endif
