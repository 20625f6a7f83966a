/* result.h - a finished run as the api keeps it: the machine it ran on, what ran, and two ledgers. */
#ifndef FL_RESULT_H
#define FL_RESULT_H

#include "api/fanlight.h"
#include "arch/arch.h"
#include "mapping/mapper.h"
#include "sim/leap.h"
#include "sim/ledger.h"
#include "stats/stats.h"

struct fl_phase_result {                /* the run proper, or the setup before it */
    struct fl_ledger ledger;
    fl_time latency_ps;
    struct fl_leap_level level[FL_LEVELS];
    double leapt_share;
};

struct fl_result {
    struct fl_arena arena;
    struct fl_design design;
    struct fl_trace trace;
    struct fl_machine machine;
    struct fl_plan plan;
    struct fl_arch arch;
    struct fl_phase_result run, setup;
    const char *mapper, *objective, *label, *command, *notes, *design_name;
    int64_t inferences;
    char start_utc[32];
    double wall_s;
};

/* Which operator an occurrence is: occurrences come in program order, blocks unrolled. */
struct fl_place_in_trace { size_t block, op, plan_op; int64_t repeat; };
/* Walks the occurrences of a trace: start from a zeroed place; false past the end. */
bool fl_trace_walk(const struct fl_trace *trace, struct fl_place_in_trace *place);

/* Picoseconds during which the unit's cores were powered, summed over its cores: each core from the start of the
 * first operator it serves to the end of the last. 0 if it was never used. */
int64_t fl_result_powered_ps(const struct fl_result *result, const struct fl_phase_result *phase, uint32_t unit);
/* What fanlight_store writes of a run: its row, and its prices. */
struct fl_run_row fl_result_run_row(struct fl_result *result);
bool fl_result_prices_write(const struct fl_result *result, struct fl_db *db, struct fl_err *err);
/* Joules of the run, setup apart: counts x prices, as the views sum them. */
double fl_result_energy_j(const struct fl_result *result);

#endif
