/* planted.c - fanlight with a fault in the middle of a run, or in its result; linked for tests alone (tests/planted.sh).
 *
 * The linker hands us every start of the kernel, and what results are judged by (--wrap). The environment says where
 * the fault strikes: PLANTED_COLUMNS=N on machines with cores of N columns, PLANTED_CALL=N in the N-th simulation of the
 * process. And it says which: without PLANTED_LAW the sequencer of that machine breaks an assertion at its fifth wake-up,
 * as deep in a simulation as a fault can lie; PLANTED_LAW names one of `faults`, which leaves a result that breaks a law.
 */
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "sim/kernel.h"
#include "machine/pool.h"

bool __real_fl_sim_run(struct fl_sim *sim, const struct fl_program *program, struct fl_err *err);
bool __wrap_fl_sim_run(struct fl_sim *sim, const struct fl_program *program, struct fl_err *err);
double __real_fl_result_energy_j(const struct fl_result *result);
double __wrap_fl_result_energy_j(const struct fl_result *result);
double __real_fl_plan_bound_ps(const struct fl_plan *plan);
double __wrap_fl_plan_bound_ps(const struct fl_plan *plan);
void __real_fl_result_figures(const struct fl_result *result, struct fl_figures *figures);
void __wrap_fl_result_figures(const struct fl_result *result, struct fl_figures *figures);

/* of the thread: its sequencer; does the fault lie in its last simulation? */
static _Thread_local struct { struct fl_unit_type type; void (*sound)(struct unit *u); int wakes; bool struck; } faulty;
static int calls;

static long long asked(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? strtoll(text, NULL, 10) : -1;
}

static bool planted(const char *law)
{
    const char *text = getenv("PLANTED_LAW");
    return faulty.struck && text != NULL && strcmp(text, law) == 0;
}

static bool is_wanted(const struct fl_sim *sim)
{
    if (asked("PLANTED_CALL") > 0 && ++calls == asked("PLANTED_CALL"))
        return true;
    for (uint32_t i = 0; i < sim->units; i++)
        if (sim->unit[i]->pool != NULL && sim->unit[i]->pool->columns == asked("PLANTED_COLUMNS"))
            return true;
    return false;
}

/* ---- while it runs ---- */

/* "time": more is counted as busy than there is time, by an operator in flight. */
static void faulty_wake(struct unit *u)
{
    if (getenv("PLANTED_LAW") == NULL)
        fl_unit_assert(u, ++faulty.wakes < 5);
    else if (++faulty.wakes == 5 && planted("time"))
        fl_busy(u, &(struct fl_step){ .slot = __builtin_ctzll(u->sim->ledger->open) }, (fl_time)1 << 50, 0);
    faulty.sound(u);
}

static struct unit *sequencer_of(const struct fl_sim *sim)
{
    uint32_t i = 0;
    while (strcmp(sim->unit[i]->type->kind, "sequencer") != 0)
        i++;
    return sim->unit[i];
}

/* ---- when it has run ---- */

/* "counts": the first operator has more than the units; "latency": the last ends too early; "lanes": each is busy for
 * longer than it takes; "power": the peaks of all units are forgotten. */
static void result_strike(const struct fl_sim *sim)
{
    struct fl_ledger *ledger = sim->ledger;
    for (uint32_t i = 0; planted("counts") && i < ledger->delta[0].entries; i++)
        ledger->entry[ledger->delta[0].first + i].count += 1000;
    if (planted("latency"))
        ledger->occurrence[ledger->occurrences - 1].end--;
    for (uint32_t i = 0; i < sim->units; i++) {
        sim->unit[i]->lane_ps *= planted("lanes") ? 1e6 : 1;
        sim->unit[i]->peak_mw *= planted("power") ? 0 : 1;
    }
}

bool __wrap_fl_sim_run(struct fl_sim *sim, const struct fl_program *program, struct fl_err *err)
{
    struct unit *sequencer = sequencer_of(sim);
    const struct fl_unit_type *sound = sequencer->type;
    faulty.struck = is_wanted(sim);
    if (!faulty.struck)
        return __real_fl_sim_run(sim, program, err);
    faulty.type = *sound;
    faulty.sound = sound->wake;
    faulty.wakes = 0;
    faulty.type.wake = faulty_wake;
    sequencer->type = &faulty.type;
    bool ok = __real_fl_sim_run(sim, program, err);
    sequencer->type = sound;
    if (ok && sim->ledger != NULL)
        result_strike(sim);
    return ok;
}

/* "energy": the whole is more than its parts; "bound": the bound lies above the run; "macs": the peak below it. */
double __wrap_fl_result_energy_j(const struct fl_result *result)
{
    return __real_fl_result_energy_j(result) * (planted("energy") ? 1.001 : 1);
}

double __wrap_fl_plan_bound_ps(const struct fl_plan *plan)
{
    return __real_fl_plan_bound_ps(plan) * (planted("bound") ? 1e6 : 1);
}

void __wrap_fl_result_figures(const struct fl_result *result, struct fl_figures *figures)
{
    __real_fl_result_figures(result, figures);
    figures->peak_macs_per_s *= planted("macs") ? 1e-9 : 1;
}
