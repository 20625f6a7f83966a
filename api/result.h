/* result.h - a finished run as the api keeps it: the machine it ran on, what ran, and two ledgers. */
#ifndef FL_RESULT_H
#define FL_RESULT_H

#include "api/fanlight.h"
#include "base/err.h"
#include "arch/arch.h"
#include "mapping/mapfile.h"
#include "mapping/mapper.h"
#include "phys/precision.h"
#include "sim/leap.h"
#include "sim/ledger.h"
#include "stats/stats.h"

struct fl_phase_result {                /* the run proper, or the setup before it */
    struct fl_ledger ledger;
    fl_time latency_ps;
    fl_time *critical;                  /* of each occurrence: its part of the latency; NULL: the run broke off */
    fl_time *later;                     /* of each: how much later it is of the last of several batches; NULL: of one */
    fl_time turn_ps, worked_ps, pass_ps;    /* api/turns.c: what the stage that takes longest has to do for a batch; */
    int64_t slowest;                    /* which it is; what all have together; how long a batch takes alone */
    int64_t *counted;                   /* by units, one after the other, each in the order of its counts */
    struct fl_leap_level level[FL_LEVELS];
    double leapt_share;
};

struct fl_beaten { struct fl_beaten *next; struct fl_plan plan; };
void fl_beaten_free(struct fl_beaten *list);

struct fl_result {
    struct fl_arena arena;
    struct fl_design design;
    struct fl_trace trace;              /* as it ran */
    struct fl_trace asked;              /* that was asked for, if chips shared it; else empty */
    struct fl_machine machine;
    struct fl_plan plan;
    struct fl_beaten *beaten;           /* plans of the same work that it was better than */
    struct fl_arch arch;
    struct fl_phase_result run, setup;
    const char *mapper, *objective, *label, *command, *notes;
    const char *remarks;                /* the notes but for: */
    const char *search_note;            /* how many mappings a search weighed; NULL: none */
    const char *trace_text;             /* NULL: not written yet */
    int64_t inferences;
    char start_utc[32];
    double wall_s;
    bool borrows, borrows_trace;        /* design and trace are another's; the trace is */
    struct fl_db *sums, *whole;         /* its rows in memory, once asked for: summed over operators; one by one */
};

/* What a request names, read and checked: the first half of fanlight_run. */
struct fl_prepared {
    struct fl_design design;
    struct fl_trace trace;              /* as it will run */
    struct fl_trace asked;              /* that was asked for, if chips share it; else empty */
    bool borrows_trace;                 /* what was asked for is another's */
    const char *trace_text;             /* NULL: not written yet */
    struct fl_machine machine;
    const char *strategy;               /* a name, or the path of a mapping file */
    struct fl_mapfile mapfile;          /* path NULL: none */
    enum fl_objective objective;
    uint64_t long_run;                  /* events of a run by which other plans are ruled out (api/outlook.c);
                                           UINT64_MAX: none is passed by, not even one that maps all as another */
};
/* Events of a long run, leapt over or not: results do not depend on leaps. */
enum { FL_LONG_RUN = 100000000 };
/* A workload that was read before, instead of one that the request names; trace and text must outlive the result. */
struct fl_at_hand { const struct fl_trace *trace; const char *text; };
/* Divides what was read over the chips of the machine, of which there may be one. */
bool fl_chips_divide(struct fl_prepared *prepared, struct fl_err *err);
/* Counts what one chip counted in a phase for all of them, in its units and in its operators. */
bool fl_chips_count(const struct fl_result *result, struct fl_phase_result *phase, struct fl_err *err);
/* What a machine of several chips is for the work, in lines: how it is divided, what passes links, whether weights fit
 * in place and how many chips would do. NULL: its design says nothing of chips. */
const char *fl_chips_text(const struct fl_prepared *prepared, struct fl_arena *arena);
/* The same of a run, in one line: chips, area and power of each. NULL: as before. */
const char *fl_chips_note(struct fl_result *result);
/* Lets all batches of a run go through the stages, of which one has been simulated: its latency, times and their parts
 * become those of all. Of each stage what it has to do for a batch: other runs could follow each other so closely. */
bool fl_turns_take(const struct fl_result *result, struct fl_phase_result *phase, struct fl_err *err);
/* The end of an occurrence, of the last batch. */
static inline fl_time fl_occurrence_end(const struct fl_phase_result *phase, size_t n)
{
    return phase->ledger.occurrence[n].end + (phase->later != NULL ? phase->later[n] : 0);
}
/* The trace that was asked for. */
static inline const struct fl_trace *fl_result_asked(const struct fl_result *result)
{
    return result->asked.blocks > 0 ? &result->asked : &result->trace;
}
/* Frees traces that are its own: the asked for, and what was made of it. */
void fl_traces_free(struct fl_trace *trace, struct fl_trace *asked, bool borrows);
/* `work` NULL: what the request names. */
bool fl_prepare(struct fl_prepared *prepared, const struct fl_request *request, const struct fl_at_hand *work,
                struct fl_err *err);
void fl_prepared_free(struct fl_prepared *prepared);
/* A plan by its mapping file, or by a strategy that has a name and does not search. */
bool fl_prepared_plan(struct fl_prepared *prepared, enum fl_objective objective, struct fl_plan *plan,
                      struct fl_err *err);
/* The second half: simulates. The result takes what was prepared with it, and leaves `prepared` empty. */
bool fl_prepared_run(struct fl_prepared *prepared, const struct fl_request *request, struct fl_result **result,
                     struct fl_err *err);

/* Asks something of a result under a guard: ended early, the result is as it was before. */
bool fl_result_ask(struct fl_result *result, bool (*work)(void *context, struct fl_err *err), void *context,
                   struct fl_err *err);

/* The rows of a run. `by_operator`: tallies operator by operator, and a row for each layer's; else tallies are sums
 * over the run (operator 0), and operators of one name are one row. */
void fl_result_rows(struct fl_result *result, bool by_operator, struct fl_rows *rows);
void fl_result_figures(const struct fl_result *result, struct fl_figures *figures);
/* Watts of everything a unit can burn at once, over all its cores. */
double fl_unit_peak_w(const struct unit *u);
/* The row of a run that came to nothing. */
void fl_rows_of_failure(const struct fl_request *request, const struct fl_at_hand *work,
                        const struct fl_prepared *prepared, const char *why, struct fl_rows *rows);

/* What the run did not touch and its asker should know: optical cores left dark by a strategy that may choose, keys set
 * of units that were at rest; NULL: nothing. */
const char *fl_result_idle_note(struct fl_result *result, const struct fl_request *request, const char *strategy);

/* Which operator an occurrence is: occurrences come in program order, blocks unrolled. */
struct fl_place_in_trace { size_t block, op, plan_op; int64_t repeat; };
/* Walks the occurrences of a trace: start from a zeroed place; false past the end. */
bool fl_trace_walk(const struct fl_trace *trace, struct fl_place_in_trace *place);

/* Picoseconds during which the unit's cores were powered, summed over its cores: each core from the start of the
 * first operator it serves to the end of the last. 0 if it was never used; -1 if the sum does not fit 63 bits. */
int64_t fl_result_powered_ps(const struct fl_result *result, const struct fl_phase_result *phase, uint32_t unit);
/* Picoseconds during which they held weights: those in place for all of the phase, setup or run; others from the start
 * of the first operator that loads some to the end of the run. -1 if the sum does not fit 63 bits. */
int64_t fl_result_held_ps(const struct fl_result *result, const struct fl_phase_result *phase, uint32_t unit);
/* The least exact of its optical products: rms error over spread (NAN: there is none), name, and what limits it. */
struct fl_worst { double error; const char *name, *limit; };
struct fl_worst fl_result_worst(const struct fl_result *result);
/* The chain of a planned operator that is on optical cores. */
struct fl_precision_ask fl_plan_op_optics(const struct fl_machine *machine, const struct fl_plan_op *op);
/* What fanlight_store writes of a run: its row, and its prices. */
struct fl_run_row fl_result_run_row(struct fl_result *result);
void fl_result_price_rows(const struct fl_result *result, struct fl_rows *rows);
/* The rows of its operators; `by_operator` as in fl_result_rows, with what each counted. */
void fl_result_operator_rows(const struct fl_result *result, bool by_operator, struct fl_rows *rows);

/* ---- counts and joules (api/energy.c) ---- */

/* What the units of a machine have counted since the start of its last run. */
int64_t *fl_sim_counted(const struct fl_sim *sim, struct fl_arena *arena);
/* The same counts, of a phase, summed over all its operators; INT64_MAX where a sum would not fit. */
int64_t *fl_result_totals(const struct fl_result *result, const struct fl_phase_result *phase, struct fl_arena *arena);
/* How long a unit's static consumers of a kind burnt in a phase; 0 if it has none. A time too long to be counted is -1,
 * which storing refuses, but nothing where it costs nothing. */
int64_t fl_result_burnt_ps(const struct fl_result *result, const struct fl_phase_result *phase, uint32_t unit,
                           enum fl_burnt of);
/* Joules of the run, setup apart: what units counted x prices, as the views sum them over operators. */
double fl_result_energy_j(const struct fl_result *result);

/* What a network reached on a result's machine, and what was varied to get there, each "key=value". */
struct fl_reached {
    const struct fl_accuracy_stored *row;
    const char *const *setting;
    size_t rows, settings;
};
/* Stores a run as fanlight_store does, with what was reached. */
bool fl_result_store_reached(struct fl_result *result, const char *path, const struct fl_reached *reached,
                             int64_t *number, struct fl_err *err);

/* Does a result keep its own laws (api/laws.c)? If not, a fault of FL_FAULT_LAW for each that it breaks. */
bool fl_result_hold(const struct fl_result *result, struct fl_err *err);

#endif
