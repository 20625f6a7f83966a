/* fanlight.h - simulate a Transformer on an optical accelerator, from C.
 *
 *     struct fl_request ask = { .design = "free_space_1k", .model = "gpt2" };
 *     struct fl_result *result;
 *     if (!fanlight_run(&ask, &result, &err)) ...
 *     fanlight_store(result, "fanlight.db", &number, &err);
 *     fanlight_free(result);
 *
 * Nothing is printed; no global is touched: simulations may run side by side on threads.
 */
#ifndef FANLIGHT_H
#define FANLIGHT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "traces/trace.h"

/* What is known of a machine before it runs. */
struct fl_figures {
    double area_mm2;
    double peak_w;                      /* every unit at once and at full rate */
    double peak_macs_per_s;             /* of the optical cores; 0: none */
};

struct fl_request {
    const char *design;                 /* shipped name or .cfg path */
    const char *model;                  /* shipped name or config.json path; or: */
    const char *trace;                  /* path of an operator trace */
    const struct fl_trace *given;       /* or a trace at hand, and its text; both must outlive the result */
    const char *given_text;
    struct fl_workload work;            /* for `model` */
    const char *mapper;                 /* a strategy or a mapping file; NULL: the design's, else "auto" */
    const char *objective;              /* NULL: "latency" */
    const char *const *set;             /* "path=value" overrides */
    int sets;
    int64_t inferences;                 /* setup is shared over so many; 0: not charged */
    bool no_leap;                       /* simulate every event */
    const char *label, *command;        /* stored with the run */
    /* Called now and then with the operators done and their number; may be NULL. */
    void (*progress)(void *context, int64_t done, int64_t all);
    void *context;
    /* Asked before a machine runs: is it worth simulating? NULL: always. */
    bool (*admit)(void *admit_context, const struct fl_figures *figures);
    void *admit_context;
};

struct fl_result;                       /* a finished run, with its own memory */

/* True with *result NULL: no machine was admitted. */
bool fanlight_run(const struct fl_request *request, struct fl_result **result, struct fl_err *err);
/* Appends the run to a database (made if missing) in one transaction; gives the run's number. */
bool fanlight_store(struct fl_result *result, const char *path, int64_t *number, struct fl_err *err);
/* Writes how the run's work was laid out, as a mapping file (docs/mapping.md) that `mapper` may name. */
void fanlight_write_mapping(const struct fl_result *result, FILE *out);
void fanlight_free(struct fl_result *result);

/* A new run from the counts of a stored one and other prices; see fl_design_reprice for what a price list may say. */
struct fl_repricing {
    const char *db;
    int64_t run;                        /* 0: the newest */
    const char *prices;                 /* path of the price list */
    const char *label, *command;        /* stored with the new run; label NULL: names both */
};
bool fanlight_reprice(const struct fl_repricing *ask, int64_t *number, struct fl_err *err);

/* How exact each optical operator of a request is, without simulating (phys/precision.h): the largest terms of its
 * error, effective bits of the detector's full scale and of the outputs' spread. Operators of one name, size and pool
 * are told once. Statistics of operands are those of the design's sources; outputs of softmax and ReLU non-negative. */
struct fl_operator_precision {
    const char *name, *pool, *budget, *encoding, *limit;
    int64_t length, tiles;
    double photons_per_mac;             /* detected */
    const char *const *term_name;       /* NULL at the end */
    const double *term;                 /* error of each over the spread, rms */
    double error, bits_of_full_scale, bits_of_spread;
    double lost_bits;                   /* of a laser level fixed for a core's width, at this length */
};
bool fanlight_precision(const struct fl_request *request,
                        void (*tell)(void *context, const struct fl_operator_precision *operator_), void *context,
                        struct fl_err *err);

/* How an operator would be laid over the machine. Texts live as long as the call that tells them. */
struct fl_alternative { const char *strategy, *bound_by; double bound_s; };
struct fl_explained_op {
    const char *name, *kind;            /* "ffn_up", "linear" */
    int64_t groups, m, k, n, times;     /* shape of one occurrence, and how often it occurs */
    const char *place;                  /* name of the pool, "digital" or "dma" */
    const char *strategy, *bound_by;    /* "weight_stationary"; the resource whose time is the bound */
    double bound_s;                     /* an occurrence takes no less, in seconds */
    const char *activations;            /* whether inputs and outputs stay in SRAM */
    /* optical cores only; else NULL and 0 */
    int64_t tile_k, tile_n, tile_m, cores;
    const char *loops, *weights, *sums;
    const struct fl_alternative *other; /* what each strategy's mapping is bound by; products only */
    size_t others;
};
struct fl_explained {
    struct { char name[64]; int64_t cores, columns, outputs; } pool[4];
    int32_t pools;
    int64_t dram_bits;                  /* what has to be stored */
    int64_t sram_bits, sram_capacity_bits;  /* the largest working set; what there is */
    double bound_s;                     /* the run takes no less */
};
/* Plans without simulating: fills `summary`, then tells every operator once, those of one shape together. With the
 * strategies "auto" and "search" this is the plan that bounds prefer; fanlight_run also simulates its rivals. */
bool fanlight_explain(const struct fl_request *request,
                      void (*tell)(void *context, const struct fl_explained_op *operator_), void *context,
                      struct fl_explained *summary, struct fl_err *err);

/* Writes the run as a trace that chrome://tracing and ui.perfetto.dev show: JSON, units as tracks, operators as slices
 * that tell how long the unit was busy and blocked. Of thousands of operators neighbours are drawn as one. */
void fanlight_timeline(const struct fl_result *result, FILE *out);

int64_t fanlight_latency_ps(const struct fl_result *result);
const char *fanlight_version(void);

#endif
