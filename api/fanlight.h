/* fanlight.h - simulate a Transformer on an optical accelerator, from C or C++.
 *
 *     struct fl_err *err = fanlight_err_new();
 *     struct fl_request ask = { .design = "lcos_resident", .model = "gpt2" };
 *     struct fl_result *result;
 *     struct fl_summary sum;
 *     if (fanlight_run(&ask, &result, err) && fanlight_summary(result, &sum, err))
 *         use(sum.latency_s, sum.energy_j);
 *     else
 *         show(fanlight_err_text(err));
 *     fanlight_free(result);
 *     fanlight_err_free(err);
 *
 * Units of measure are the last part of a name: `latency_s` seconds, `energy_j` joules, `_ps` picoseconds, `_w` watts,
 * `_mm2` square millimetres. Shares and utilizations lie between 0 and 1.
 *
 * Errors: a function that can fail for the caller's sake returns bool, takes a struct fl_err last (never NULL) and
 * leaves nothing to be freed when it returns false. The text has a line for each fault, all faults of a file together:
 * file, line, key, what is wrong and what to do. A broken assertion, which is a bug of fanlight, and too little memory
 * end the call that meets them with an error as well (fanlight_err_code says which it was): all that the call had made
 * is given back, the caller lives, and so do other threads and other results. Callbacks must return: no longjmp and no
 * exception may leave them.
 *
 * Ownership: texts of a request are the caller's and need to live as long as the call; the result keeps copies. Texts
 * handed to a callback live as long as that call. A result belongs to the caller until fanlight_free.
 *
 * Threads: nothing is printed and there are no mutable globals, so simulations may run side by side. One result is to
 * be used by one thread at a time. The environment (FL_DESIGNS, FL_DEVICES, FL_MODELS: folders instead of the installed
 * ones; FL_NETS for networks) is read, never written.
 *
 * Binaries: within one FANLIGHT_ABI records only grow, at their end, and functions are only added. A record that a
 * program hands over goes with its size, as the program was compiled (the functions ..._sized; those without are the
 * same with the size filled in): what an older program does not have counts as zero, and what a newer one has set that
 * this library does not know is refused. Records that are told to a callback are the library's: read them in place.
 */
#ifndef FANLIGHT_H
#define FANLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
const char *fanlight_version(void);

#define FANLIGHT_ABI 1
/* FANLIGHT_ABI of the library; a program that was compiled with another must not call anything else of it. */
int fanlight_abi(void);
/* Bytes of a record as the library has it, by name: "fl_summary"; 0: it has none of that name. For programs that do
 * not compile this header. */
size_t fanlight_sizeof(const char *record);

/* ---- errors ---- */

struct fl_err;                          /* faults gathered as text */

struct fl_err *fanlight_err_new(void);
/* Lines "where: what\n", never NULL; "" while there is no fault. */
const char *fanlight_err_text(const struct fl_err *err);
/* The gravest fault, as the program's exit codes: 0 none, 1 the caller's (input, files, memory), 2 a result that breaks
 * its own law, 70 a broken assertion. */
int fanlight_err_code(const struct fl_err *err);
/* Forgets the faults; without this the next ones are added. */
void fanlight_err_clear(struct fl_err *err);
void fanlight_err_free(struct fl_err *err);

/* ---- what to simulate ---- */

/* What is known of a machine before it runs. */
struct fl_figures {
    double area_mm2;
    double peak_w;                      /* every unit at once and at full rate */
    double peak_macs_per_s;             /* of the optical cores; 0: none */
};

/* What a model is asked for; zeroes are the presets. It is part of a request, so it does not grow: what else may be
 * asked of a model will stand at the end of fl_request. */
struct fl_work {
    const char *phase;                  /* "prefill", "decode" or "train"; NULL: prefill */
    int64_t context;                    /* prefill: tokens of the prompt; decode: tokens in the cache at the start; 0:
                                           the model's maximum, at most 1024 */
    int64_t tokens;                     /* decode: steps; 0: 1 */
    int64_t batch;                      /* sequences side by side; 0: 1 */
    const char *attention;              /* "causal" or "dense"; NULL: as the model has it */
    const char *logits;                 /* "last" or "all"; NULL: last */
    bool layers_only;                   /* without embedding and head */
};

#define FANLIGHT_DESIGN "lcos_resident"         /* the machine of whoever names none */

/* A step of training (docs/optical-training.md); NULL and 0 are presets. */
struct fl_train_work {
    const char *schedule;               /* "bp", "dfa_layer", "dfa_block", "two_pass", "elm": must be said */
    const char *feedback;               /* "shared" (preset): one projection for all points; or "independent" */
    const char *rows;                   /* of the error that are projected: one for each "token" (preset), "sequence" */
    const char *encode;                 /* of the error on mirrors: "ternary" (preset), or "bits=N" */
    const char *optimizer;              /* "adam" (preset) or "sgd" */
    const char *projector;              /* where projections must run: "auto" (preset), "optical", "digital" */
    int64_t microbatch;                 /* parts of the batch, one after another; 0: 1 */
    bool recompute;                     /* layers keep what they read alone, and are done again on the way back */
};

struct fl_request {
    const char *design;                 /* a shipped name or a .cfg file (docs/config.md); NULL: FANLIGHT_DESIGN */
    /* one of these: */
    const char *model;                  /* a shipped name or the path of a config.json */
    const char *trace;                  /* the path of an operator trace (docs/trace.md) */
    const char *trace_text;             /* such a trace itself */
    struct fl_work work;                /* for `model` */
    const char *mapper;                 /* a strategy, "search", or a mapping file; NULL: the design's, else "auto" */
    const char *objective;              /* "latency", "energy" or "edp"; NULL: latency */
    const char *const *set;             /* overrides of the design, "core[0].adc.share=4" */
    int sets;
    int64_t inferences;                 /* the energy of loading what stays is shared over so many; 0: left out */
    bool no_leap;                       /* simulate every event: the same results, slower */
    const char *label, *command;        /* stored with the run; NULL */
    /* Told now and then how many operators are done, of how many; NULL: nobody. */
    void (*progress)(void *context, int64_t done, int64_t all);
    /* Asked as often: true ends the simulation, and fanlight_run fails with "stopped". NULL: never. */
    bool (*stop)(void *context);
    void *context;
    /* Asked before a machine runs: is it worth simulating? NULL: always. */
    bool (*admit)(void *admit_context, const struct fl_figures *figures);
    void *admit_context;
    int64_t source;                     /* for `model`: tokens of an encoder in front; 0: as many as `context` */
    const char *routing;                /* for `model`: shares of all choices that each expert has, "4,2,1,1"; NULL: all
                                           alike */
    const struct fl_train_work *train;  /* phase "train": the step's schedule, of a model or of a forward trace, which
                                           is then that of one micro-batch; else NULL */
};

/* ---- simulation ---- */

struct fl_result;                       /* a finished run, with its own memory */

/* Reads, checks, maps and simulates. On failure *result is NULL. True with *result NULL: `admit` turned the machine
 * down. */
bool fanlight_run_sized(const struct fl_request *request, size_t size, struct fl_result **result, struct fl_err *err);
static inline bool fanlight_run(const struct fl_request *request, struct fl_result **result, struct fl_err *err)
{
    return fanlight_run_sized(request, sizeof *request, result, err);
}
/* Frees a result; NULL is allowed. */
void fanlight_free(struct fl_result *result);

/* ---- what came out: the views of docs/schema.md over this run ---- */

struct fl_summary {
    double latency_s;
    double energy_j;                    /* with `inferences`, the run's part of the setup included */
    double setup_s, setup_j;            /* loading what stays, once; not part of latency_s */
    double macs;                        /* multiply-accumulates that are not masked, digital ones too */
    double j_per_mac;                   /* NAN, as the other ratios, where there is nothing to divide by */
    double macs_per_s, peak_macs_per_s;
    double mac_utilization;             /* optical MACs / (peak x latency) */
    double tokens_per_s, j_per_token;
    double mean_w;
    double area_mm2, peak_w;
    double assumed_share;               /* the part of energy_j that rests on prices without a source */
    double bound_s;                     /* no run of the plan takes less */
    double worst_error;                 /* of the least exact optical operator, over the spread of its outputs; NAN: no
                                           product is optical */
    double error_limit;                 /* what the design allows of it; 1: noise */
};
bool fanlight_summary_sized(struct fl_result *result, struct fl_summary *summary, size_t size, struct fl_err *err);
static inline bool fanlight_summary(struct fl_result *result, struct fl_summary *summary, struct fl_err *err)
{
    return fanlight_summary_sized(result, summary, sizeof *summary, err);
}
/* What every report of this run must say, notes parted by "; ": fields of a config.json that were not understood, a
 * context beyond the model's, optical cores left dark; stored as run.notes. NULL: nothing. Lives with the result. */
const char *fanlight_notes(const struct fl_result *result);
/* Simulated time alone, exact; cheap. */
int64_t fanlight_latency_ps(const struct fl_result *result);

/* A kind of device: "laser", "modulator", "slm", "detector", "dac", "adc", "sram", "dram", "link", "digital",
 * "control". */
struct fl_component {
    const char *name;
    double dynamic_j, static_j;         /* counts x price; power x time */
    double total_j, share;
};
/* Tells every component, the largest first; their totals sum to energy_j. */
bool fanlight_components(struct fl_result *result, void (*tell)(void *context, const struct fl_component *component),
                         void *context, struct fl_err *err);

struct fl_operator {
    int64_t number;                     /* in order of execution, from 1; 0: no operator's own */
    int64_t layer;                      /* -1: not part of one */
    const char *name, *kind;            /* "ffn_up", "linear"; of no operator's own "(static)", "(setup)", and "" */
    const char *placed;                 /* "optical", "digital", "dma", "gpu", "link" */
    const char *bound_by;               /* path of the unit busiest meanwhile; "latency": none for more than half */
    int64_t macs;
    double start_s, end_s;
    double critical_s;                  /* its part of the latency: these sum to latency_s */
    double energy_j;                    /* these sum to the run's energy_j */
};
/* Tells every operator, layers unrolled, then what is no operator's own. */
bool fanlight_operators(struct fl_result *result, void (*tell)(void *context, const struct fl_operator *operator_),
                        void *context, struct fl_err *err);

struct fl_unit_use {
    const char *path, *kind;            /* "core[0].adc", "adc" */
    double area_mm2, peak_w;            /* of all its copies */
    double busy_s, blocked_s, idle_s;   /* these sum to latency_s */
    double utilization;                 /* busy share of the run */
    double lane_utilization;            /* lanes busy, of all lanes all the time; NAN: not a device of lanes */
};
/* Tells every unit of the machine. */
bool fanlight_units(struct fl_result *result, void (*tell)(void *context, const struct fl_unit_use *unit),
                    void *context, struct fl_err *err);

/* Any SQL that only reads, over the tables and views of docs/schema.md that hold this run (its number is 1). A row is
 * told as texts (NULL for null) and numbers (NAN for what is none), `columns` of each. */
bool fanlight_query(struct fl_result *result, const char *sql,
                    void (*tell)(void *context, int columns, const char *const *name, const char *const *text,
                                 const double *number),
                    void *context, struct fl_err *err);
/* The report that `fanlight run` prints. */
bool fanlight_report(struct fl_result *result, FILE *out, struct fl_err *err);

/* Appends the run to a database (made if missing) in one transaction; gives the run's number. */
bool fanlight_store(struct fl_result *result, const char *path, int64_t *number, struct fl_err *err);
/* Writes how the run's work was laid out, as a mapping file (docs/mapping.md) that `mapper` may name. */
bool fanlight_write_mapping(const struct fl_result *result, FILE *out, struct fl_err *err);
/* Writes the run as a trace that chrome://tracing and ui.perfetto.dev show: JSON, units as tracks, operators as slices
 * that tell how long the unit was busy and blocked. Of thousands of operators neighbours are drawn as one. */
bool fanlight_timeline(const struct fl_result *result, FILE *out, struct fl_err *err);

/* ---- without simulating ---- */

/* What there is to choose from: "designs", "models", "mappers", "devices" (memories, docs/config.md) or "units", a name
 * at a time. */
bool fanlight_list(const char *what, void (*tell)(void *context, const char *name), void *context, struct fl_err *err);

/* How an operator would be laid over the machine. */
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
    int64_t blocks, heads;              /* pieces that it is done in: blocks of its rows, and parts of their heads */
};
struct fl_explained_pool { char name[64]; int64_t cores, columns, outputs; };
struct fl_explained {
    struct fl_explained_pool pool[16];
    int32_t pools;
    int64_t dram_bits;                  /* what has to be stored */
    int64_t sram_bits, sram_capacity_bits;  /* the largest working set; what there is */
    double bound_s;                     /* the run takes no less */
    const char *status;                 /* of the machine: "product", "demonstrated", "projected" or "assumed"; NULL:
                                           untold */
    bool overlaps;                      /* operators run side by side, piece by piece */
    const char *bound_by;               /* then, what the bound of the run comes from: "vector", "dram" ... */
    /* scores and probabilities of the largest layer, the values between attention's two products */
    const char *attention;              /* "in SRAM": in whole; "in units": a few at a time; "by way of DRAM"; "in an
                                           engine's memory"; NULL: the work has no attention */
    int64_t attention_bits;             /* both in whole */
    int64_t attention_held_bits;        /* of SRAM that they take as planned */
    int64_t attention_least_bits;       /* with less none stays on chip: two units of each, as small as they get */
    double attention_dram_bits;         /* that attention moves because SRAM does not hold it, in the run */
    char chips[512];                    /* of several chips, in lines: how the work is divided over them, what passes
                                           their links, whether weights fit in place; "": the design has none */
};
/* Plans without simulating: fills `summary`, then tells every operator once, those of one shape together. With the
 * strategies "auto" and "search" this is the plan that bounds prefer; fanlight_run also simulates its rivals. */
bool fanlight_explain_sized(const struct fl_request *request, size_t size,
                            void (*tell)(void *context, const struct fl_explained_op *operator_), void *context,
                            struct fl_explained *summary, size_t summary_size, struct fl_err *err);
static inline bool fanlight_explain(const struct fl_request *request,
                                    void (*tell)(void *context, const struct fl_explained_op *operator_),
                                    void *context, struct fl_explained *summary, struct fl_err *err)
{
    return fanlight_explain_sized(request, sizeof *request, tell, context, summary, sizeof *summary, err);
}

/* What of the same plan lives where, from when to when: parameters and caches, then every value that an operator
 * writes, in their order; those of equal decode steps once. */
struct fl_explained_tensor {
    const char *name, *kind;            /* "kv_cache", "cache" */
    int64_t bits, copies;               /* of one; how many are alive together: layers that have their own */
    const char *where;                  /* "SRAM", "DRAM", "by way of DRAM" (SRAM does not hold it), or cores */
    const char *from, *until;           /* operators that write it, and read it last; "start", "end", "unread" */
};
bool fanlight_explain_tensors_sized(const struct fl_request *request, size_t size,
                                    void (*tell)(void *context, const struct fl_explained_tensor *tensor),
                                    void *context, struct fl_err *err);
static inline bool fanlight_explain_tensors(const struct fl_request *request,
                                            void (*tell)(void *context, const struct fl_explained_tensor *tensor),
                                            void *context, struct fl_err *err)
{
    return fanlight_explain_tensors_sized(request, sizeof *request, tell, context, err);
}

/* How exact each optical operator of a request is: the largest terms of its error, effective bits of the detector's
 * full scale and of the outputs' spread (docs/phys.md). Operators of one name, size and pool are told once. Statistics
 * of operands are those of the design's sources; outputs of softmax and ReLU non-negative. */
struct fl_operator_precision {
    const char *name, *pool, *budget, *encoding, *limit;
    int64_t length, tiles;
    double photons_per_mac;             /* detected */
    const char *const *term_name;       /* NULL at the end */
    const double *term;                 /* error of each over the spread, rms */
    double error, bits_of_full_scale, bits_of_spread;
    double lost_bits;                   /* of a laser level fixed for a core's width, at this length */
};
bool fanlight_precision_sized(const struct fl_request *request, size_t size,
                              void (*tell)(void *context, const struct fl_operator_precision *operator_),
                              void *context, struct fl_err *err);
static inline bool fanlight_precision(const struct fl_request *request,
                                      void (*tell)(void *context, const struct fl_operator_precision *operator_),
                                      void *context, struct fl_err *err)
{
    return fanlight_precision_sized(request, sizeof *request, tell, context, err);
}

/* A new run from the counts of a stored one and other prices (docs/config.md says what a price list may hold). */
struct fl_repricing {
    const char *db;
    int64_t run;                        /* 0: the newest */
    const char *prices;                 /* path of the price list */
    const char *label, *command;        /* stored with the new run; label NULL: names both */
};
bool fanlight_reprice_sized(const struct fl_repricing *ask, size_t size, int64_t *number, struct fl_err *err);
static inline bool fanlight_reprice(const struct fl_repricing *ask, int64_t *number, struct fl_err *err)
{
    return fanlight_reprice_sized(ask, sizeof *ask, number, err);
}

/* ---- several tilings of one workload side by side: docs/tilings.md ---- */

/* One tiling, or one operator in it. */
struct fl_compared {
    const char *tiling;                 /* as asked for: a strategy, "search", or a mapping file */
    const char *state;                  /* "done"; "unfit": this machine or work cannot have it; "failed": its run broke
                                           a law of fanlight's own. Of the latter two `why` is all there is */
    const char *operator_;              /* "(all)", or a product's name, "(other)" work, "(static)" power */
    const char *done_as, *bound_by;     /* strategy; the unit whose time is the bound. "" where there are several */
    double time_s, energy_j;            /* those of operators sum to those of (all) */
    double slm_loads;                   /* tiles */
    double sram_bytes, dram_bytes;      /* in and out */
    double partial_bytes;               /* of partial sums, which are among SRAM's */
    double mac_utilization;             /* optical MACs / what the cores could do in that time */
    double bound_s;                     /* it can take no less */
    bool best;                          /* by the request's objective */
    const char *why;                    /* of the (all) of others: what they do worse than the best; else NULL */
    const char *notes;                  /* of (all): as fanlight_notes, and how far a search went; NULL: nothing */
    int64_t run;                        /* where it is stored; 0: nowhere */
    const char *attention;              /* of (all): as in fl_explained; NULL: the work has none */
    double attention_bytes;             /* of (all): of SRAM that scores and probabilities of a layer take */
    double attention_dram_bytes;        /* of (all): that attention moves because SRAM does not hold it */
};
/* Simulates the request by each tiling that `mapper` names, commas between them (NULL: every strategy, and "search"),
 * stores each run in the database `db` (NULL: nowhere), and tells them: the (all) of each, then operator by operator
 * the tilings below one another, then what could not be done. False if none could. */
bool fanlight_compare_sized(const struct fl_request *request, size_t size, const char *db,
                            void (*tell)(void *context, const struct fl_compared *row), void *context,
                            struct fl_err *err);
static inline bool fanlight_compare(const struct fl_request *request, const char *db,
                                    void (*tell)(void *context, const struct fl_compared *row), void *context,
                                    struct fl_err *err)
{
    return fanlight_compare_sized(request, sizeof *request, db, tell, context, err);
}

/* ---- sweeps: many machines by one file, docs/sweep.md ---- */

struct fl_sweep_progress {
    int64_t points, done;               /* of this process's share: all, and stored */
    int64_t simulated, shared, failed, excluded;    /* of those stored now: done = before + their sum */
    int64_t before;                     /* stored by an earlier run */
    double seconds;                     /* since the first point was handed out */
};
struct fl_sweep_options {
    const char *db;                     /* where it is stored; made if missing */
    int jobs;                           /* threads; 0: one a processor */
    bool resume;                        /* go on with one that was stopped */
    bool by_operator;                   /* store every operator of every layer, not sums over the run */
    int64_t shard, shards;              /* this process does points p with p mod shards = shard; shards 0: all */
    const char *command;                /* stored with the runs; NULL */
    void (*progress)(void *context, const struct fl_sweep_progress *progress);  /* NULL: nobody */
    bool (*stop)(void *context);        /* asked between points; NULL: never. Both by whatever thread is at work, one at
                                           a time */
    void *context;
};
/* Simulates what is not there yet, and fills `progress`. False if it could not begin or go on; a point that fails is a
 * row with its error. Stopped by `stop`: true, with done < points. */
bool fanlight_sweep_sized(const char *file, const struct fl_sweep_options *options, size_t size,
                          struct fl_sweep_progress *progress, size_t progress_size, struct fl_err *err);
static inline bool fanlight_sweep(const char *file, const struct fl_sweep_options *options,
                                  struct fl_sweep_progress *progress, struct fl_err *err)
{
    return fanlight_sweep_sized(file, options, sizeof *options, progress, sizeof *progress, err);
}

/* ---- a trained network through a design's optics: docs/accuracy.md ---- */

struct fl_accuracy_ask {
    const char *net;                    /* a shipped name or a file */
    const char *text;                   /* test on this (a name or a file); NULL: what the network was trained on */
    const char *wordnet;                /* folder of WordNet; NULL: where Debian has it */
    double photons_per_mac;             /* detected, mean over all optical products; 0: as the design has it */
    double systematic;                  /* error of each output's own devices over the spread of outputs, beside what
                                           the design says of it */
    double inside;                      /* share of inputs that full level holds, 0.5 to 1; 0: all */
    int seeds;                          /* machines and noises to average; 0: 1 */
    int windows;                        /* of test text; 0: 128 */
    int jobs;                           /* threads; 0: 1. Results do not depend on it */
    const char *db;                     /* where the run and its rows are stored; NULL: nowhere */
    int context;                        /* of a published model: tokens of a window; 0: 128 */
    int varied;                         /* so many of the request's last settings are what is varied: stored as such */
};
/* One arithmetic: "optical": the design. "noiseless": the design without noise and systematic error: its encoding,
 * bits and ranges, all devices alike, no crosstalk. "8 bits": digital, inputs, weights and outputs of 8 bits. "exact":
 * float32. */
struct fl_accuracy_row {
    const char *arithmetic, *design, *net;
    double perplexity, sigma;           /* mean and standard deviation over seeds; sigma NAN with one */
    double over_exact;                  /* perplexity over that of exact arithmetic */
    double photons_per_mac;             /* detected; this and the rest NAN where it is not the design's */
    double optical_share;               /* of the MACs */
    double j_per_token, j_per_mac;
    int64_t symbols;
    int seeds;
    const char *task;                   /* "characters" */
    double accuracy;                    /* share of rows told rightly, of a task with classes; then perplexity is NAN,
                                           and sigma and over_exact are of this. Else NAN */
    int64_t run;                        /* number under which it is stored; 0: it is not */
};
/* Tells the four rows. Of the request design, settings, mapper and objective count; it must name no workload. */
bool fanlight_accuracy_sized(const struct fl_request *machine, size_t machine_size, const struct fl_accuracy_ask *ask,
                             size_t size, void (*tell)(void *context, const struct fl_accuracy_row *row),
                             void *context, struct fl_err *err);
static inline bool fanlight_accuracy(const struct fl_request *machine, const struct fl_accuracy_ask *ask,
                                     void (*tell)(void *context, const struct fl_accuracy_row *row), void *context,
                                     struct fl_err *err)
{
    return fanlight_accuracy_sized(machine, sizeof *machine, ask, sizeof *ask, tell, context, err);
}
/* The shipped networks, a name at a time. */
bool fanlight_nets(void (*tell)(void *context, const char *name), void *context, struct fl_err *err);

#ifdef __cplusplus
}
#endif

#endif
