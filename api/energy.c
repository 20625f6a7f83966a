/* energy.c - joules of a run: what its units counted, and how long static consumers burnt, times prices.
 *
 * Each count is there twice: as the unit has it, and as operators have parts of it, which is what is stored. They
 * must agree (api/laws.c).
 */
#include <stdlib.h>
#include <string.h>

#include "api/result.h"

/* ---- what static consumers burn for ---- */

int64_t fl_result_burnt_ps(const struct fl_result *result, const struct fl_phase_result *phase, uint32_t unit,
                           enum fl_burnt of)
{
    const struct fl_arch *arch = &result->arch;
    bool priced = false, costs = false;
    for (size_t i = arch->price_at[unit]; i < arch->price_at[unit + 1]; i++)
        if (arch->price[i].count == of) {
            priced = true;
            costs = costs || arch->price[i].fj > 0;
        }
    if (!priced)
        return 0;
    int64_t ps = of == FL_RUN_PS       ? phase->latency_ps
                 : of == FL_POWERED_PS ? fl_result_powered_ps(result, phase, unit)
                                         : fl_result_held_ps(result, phase, unit);
    return ps < 0 && !costs ? 0 : ps;
}

/* ---- counts ---- */

int64_t *fl_result_totals(const struct fl_result *result, const struct fl_phase_result *phase, struct fl_arena *arena)
{
    const struct fl_sim *sim = &result->arch.sim;
    const struct fl_ledger *ledger = &phase->ledger;
    size_t first[sim->units + 1];
    first[0] = 0;
    for (uint32_t i = 0; i < sim->units; i++)
        first[i + 1] = first[i] + sim->unit[i]->counts;
    int64_t *sum = fl_arena_array(arena, first[sim->units], sizeof *sum);
    int64_t *times = fl_calloc(ledger->deltas + 1, sizeof *times);
    for (size_t n = 0; n < ledger->occurrences; n++)
        times[ledger->occurrence[n].delta]++;
    for (size_t i = 0; i < ledger->deltas; i++)
        for (uint32_t j = 0; j < ledger->delta[i].entries; j++) {
            const struct fl_entry *e = &ledger->entry[ledger->delta[i].first + j];
            int64_t all, *to = &sum[first[e->unit] + e->tally];
            if (__builtin_mul_overflow(e->count, times[i], &all) || __builtin_add_overflow(*to, all, to))
                *to = INT64_MAX;
        }
    fl_free(times);
    return sum;
}

int64_t *fl_sim_counted(const struct fl_sim *sim, struct fl_arena *arena)
{
    size_t all = 0;
    for (uint32_t i = 0; i < sim->units; i++)
        all += sim->unit[i]->counts;
    int64_t *counted = fl_arena_array(arena, all, sizeof *counted), *next = counted;
    for (uint32_t i = 0; i < sim->units; i++) {
        memcpy(next, sim->unit[i]->count, sim->unit[i]->counts * sizeof *next);
        next += sim->unit[i]->counts;
    }
    return counted;
}

/* ---- joules ---- */

double fl_result_energy_j(const struct fl_result *result)
{
    double fj = 0;
    const struct fl_arch *arch = &result->arch;
    const int64_t *of_unit = result->run.counted;
    for (uint32_t unit = 0; unit < arch->sim.units; of_unit += arch->sim.unit[unit++]->counts)
        for (size_t i = arch->price_at[unit]; i < arch->price_at[unit + 1]; i++) {
            const struct fl_price *p = &arch->price[i];
            int64_t count = p->count >= 0 ? of_unit[p->count]
                                          : fl_result_burnt_ps(result, &result->run, unit, p->count);
            fj += (double)count * p->fj;
        }
    return fj * 1e-15;
}
