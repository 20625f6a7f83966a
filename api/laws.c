/* laws.c - what every result is held to before anybody sees it.
 *
 * What operators counted are the parts of what units counted, and their joules sum to the whole, by operator and by
 * unit. Operators' parts of the latency sum to it, and it is no less than the bound of the plan. Nobody is busy for
 * longer than there was time, uses more lanes than it has, or draws more than its peak; the optical cores make no more
 * MACs than at theirs. A result that breaks one of these is a bug of fanlight: an error of its own code, and no result.
 *
 * Counts are compared exactly, sums of doubles but for their rounding. A law that is broken is told once, of the first
 * unit that breaks it.
 */
#include <math.h>
#include <string.h>

#include "api/result.h"
#include "traces/divide.h"

static const double rounding = 1e-9;

/* A phase under judgement: the run, or the setup before it. Arrays of counts go unit after unit, each in the order of
 * its counts. */
struct trial {
    const struct fl_result *result;
    const struct fl_phase_result *phase;
    const char *of;                     /* "", or "setup: " */
    const size_t *first;                /* each unit's place in the arrays */
    const int64_t *total;               /* what operators counted */
    const double *fj;                   /* of one count */
    const double *fixed_fj;             /* of each unit's static consumers, but for those that burn while busy */
    struct fl_arena arena;
    struct fl_err *err;
};

static bool broken(struct trial *t, const char *who, const char *law, const char *seen)
{
    return fl_fail_as(t->err, FL_FAULT_LAW, NULL, "law broken by this result, a bug of fanlight: %s%s: %s: %s", t->of,
                      who, law, seen);
}

/* ---- prices ---- */

static double fixed_fj(const struct trial *t, uint32_t unit)
{
    const struct fl_arch *arch = &t->result->arch;
    double fj = 0;
    for (size_t i = arch->price_at[unit]; i < arch->price_at[unit + 1]; i++)
        if (arch->price[i].count < 0)
            fj += (double)fl_result_burnt_ps(t->result, t->phase, unit, arch->price[i].count) * arch->price[i].fj;
    return fj;
}

static void trial_open(struct trial *t)
{
    const struct fl_arch *arch = &t->result->arch;
    size_t *first = fl_arena_array(&t->arena, arch->sim.units + 1, sizeof *first);
    double *fixed = fl_arena_array(&t->arena, arch->sim.units, sizeof *fixed);
    t->first = first;
    for (uint32_t i = 0; i < arch->sim.units; i++) {
        first[i + 1] = first[i] + arch->sim.unit[i]->counts;
        fixed[i] = fixed_fj(t, i);
    }
    double *fj = fl_arena_array(&t->arena, first[arch->sim.units], sizeof *fj);
    for (size_t i = 0; i < arch->prices; i++)
        if (arch->price[i].count >= 0)
            fj[first[arch->price[i].unit] + (size_t)arch->price[i].count] += arch->price[i].fj;
    t->fj = fj;
    t->fixed_fj = fixed;
    t->total = fl_result_totals(t->result, t->phase, &t->arena);
}

/* What a unit burnt for what no step causes; and in all, going by what operators counted. */
static double stepless_fj(const struct trial *t, uint32_t unit)
{
    double fj = 0;
    for (size_t i = t->first[unit]; i < t->first[unit + 1]; i++)
        if (fl_unit_count_stepless(t->result->arch.sim.unit[unit], (uint32_t)(i - t->first[unit])))
            fj += (double)t->phase->counted[i] * t->fj[i];
    return fj;
}

static double unit_fj(const struct trial *t, uint32_t unit)
{
    double fj = t->fixed_fj[unit] + stepless_fj(t, unit);
    for (size_t i = t->first[unit]; i < t->first[unit + 1]; i++)
        fj += (double)t->total[i] * t->fj[i];
    return fj;
}

/* ---- of each unit ---- */

/* Wakes are effort, and no operator's; nor is what no step causes. */
static bool counts_hold(struct trial *t, const struct unit *u, const int64_t *counted, const int64_t *total)
{
    for (uint32_t c = 0; c < u->counts; c++)
        if (c != FL_WAKES && total[c] != (fl_unit_count_stepless(u, c) ? 0 : counted[c]))
            return broken(t, u->path, "what operators count sums to what the unit counts",
                          fl_arena_format(&t->arena, "%s: %lld by operators, %lld by the unit",
                                          fl_unit_count_name(u, c), (long long)total[c], (long long)counted[c]));
    return true;
}

static bool time_holds(struct trial *t, const struct unit *u, const int64_t *counted)
{
    int64_t busy = counted[FL_BUSY_PS], blocked = counted[FL_BLOCKED_PS];
    int64_t all = fl_times_held(t->phase->latency_ps, fl_chips_stages(&t->result->machine.chips), INT64_MAX);
    bool possible = busy >= 0 && blocked >= 0 && busy <= all && blocked <= all - busy;
    /* Cores are at work while they wake, too, which takes no issue slot. */
    if (possible && (double)counted[FL_ACTIVE_PS] <= (double)t->phase->latency_ps * (double)u->cores)
        return true;
    return broken(t, u->path, "nobody is busy for longer than there is time",
                  fl_arena_format(&t->arena, "busy %lld ps, blocked %lld, active %lld over %lld cores, of %lld ps",
                                  (long long)busy, (long long)blocked, (long long)counted[FL_ACTIVE_PS],
                                  (long long)u->cores, (long long)all));
}

static bool lanes_hold(struct trial *t, const struct unit *u, const int64_t *counted)
{
    double lanes = (double)u->lanes * (double)u->cores, all = lanes * (double)t->phase->latency_ps;
    double used = u->lanes > 0 ? (double)counted[FL_OWN + u->lane_tally] * u->lane_ps : 0;
    if (used <= all * (1 + rounding))
        return true;
    return broken(t, u->path, "no more lanes are busy than there are",
                  fl_arena_format(&t->arena, "%.17g lane ps of %.17g", used, all));
}

static bool power_holds(struct trial *t, const struct unit *u, double fj)
{
    bool setup = t->phase == &t->result->setup;
    double besides = setup ? u->setup_mw * (double)u->cores : 0;
    double most = (fl_unit_peak_w(u) * 1e3 + besides) * (double)t->phase->latency_ps;
    if (u->timeless || fj <= most * (1 + rounding))
        return true;
    return broken(t, u->path, "no unit draws more than its peak power",
                  fl_arena_format(&t->arena, "%.17g J, at its peak of %g W it would be %.17g", fj * 1e-15,
                                  fl_unit_peak_w(u), most * 1e-15));
}

/* ---- of all ---- */

/* Is this the whole, but for rounding? */
static bool sum_holds(struct trial *t, const char *law, double parts, double whole)
{
    double off = parts > whole ? parts - whole : whole - parts;
    if (off <= rounding * whole)
        return true;
    return broken(t, "energy", law, fl_arena_format(&t->arena, "%.17g J in parts, %.17g J in all", parts, whole));
}

/* Joules of what operators did, one after the other, as their rows have them. */
static double operators_j(const struct trial *t)
{
    const struct fl_ledger *ledger = &t->phase->ledger;
    double *fj = fl_calloc(ledger->deltas + 1, sizeof *fj), sum = 0;
    for (size_t d = 0; d < ledger->deltas; d++)
        for (uint32_t i = 0; i < ledger->delta[d].entries; i++) {
            const struct fl_entry *e = &ledger->entry[ledger->delta[d].first + i];
            fj[d] += (double)e->count * t->fj[t->first[e->unit] + e->tally];
        }
    for (size_t n = 0; n < ledger->occurrences; n++)
        sum += fj[ledger->occurrence[n].delta];
    fl_free(fj);
    return sum * 1e-15;
}

static bool energy_holds(struct trial *t)
{
    double operators = operators_j(t), units = 0, whole = fl_result_energy_j(t->result);
    for (uint32_t i = 0; i < t->result->arch.sim.units; i++) {
        operators += (t->fixed_fj[i] + stepless_fj(t, i)) * 1e-15;
        units += unit_fj(t, i) * 1e-15;
    }
    bool ok = sum_holds(t, "operators' joules and static ones sum to the whole", operators, whole);
    return sum_holds(t, "units' joules sum to the whole", units, whole) && ok;
}

/* Each operator has a part of the latency. */
static bool latency_holds(struct trial *t)
{
    const struct fl_ledger *ledger = &t->phase->ledger;
    bool ok = (int64_t)ledger->occurrences == t->result->trace.ops;
    fl_time sum = 0;
    for (size_t n = 0; n < ledger->occurrences; n++) {
        ok = ok && t->phase->critical[n] >= 0;
        sum += t->phase->critical[n];
    }
    if (ok && sum == t->phase->latency_ps)
        return true;
    return broken(t, "latency", "operators' parts sum to the whole",
                  fl_arena_format(&t->arena, "%lld ps of %zu operators, %lld ps of %lld in all", (long long)sum,
                                  ledger->occurrences, (long long)t->phase->latency_ps,
                                  (long long)t->result->trace.ops));
}

static bool bound_holds(struct trial *t)
{
    double bound = fmax(fl_plan_bound_ps(&t->result->plan), t->result->plan.least_ps);
    if ((double)t->phase->latency_ps >= bound * (1 - rounding))
        return true;
    return broken(t, "latency", "no run takes less than the bound of its plan",
                  fl_arena_format(&t->arena, "%lld ps, the bound is %.17g", (long long)t->phase->latency_ps, bound));
}

static bool macs_hold(struct trial *t)
{
    const struct fl_result *r = t->result;
    struct fl_figures figures;
    double macs = 0;
    fl_result_figures(r, &figures);
    for (size_t i = 0; i < r->plan.ops; i++)
        if (fl_on_cores(&r->plan.op[i].mapping))
            macs += (double)fl_op_all_macs(r->plan.op[i].op) * (double)r->trace.block[r->plan.op[i].block].repeat;
    double most = figures.peak_macs_per_s * (double)t->phase->latency_ps * 1e-12;
    if (macs <= most * (1 + rounding))
        return true;
    return broken(t, "optical cores", "no more MACs are made than at the peak",
                  fl_arena_format(&t->arena, "%.17g, at the peak %.17g", macs, most));
}

/* The laws of a phase, each to its first fault. */
static bool phase_holds(struct trial *t)
{
    enum { COUNTS = 1, TIME = 2, LANES = 4, POWER = 8 };
    const struct fl_sim *sim = &t->result->arch.sim;
    int failed = 0;
    for (uint32_t i = 0; i < sim->units; i++) {
        const struct unit *u = sim->unit[i];
        const int64_t *counted = &t->phase->counted[t->first[i]];
        if (!(failed & COUNTS) && !counts_hold(t, u, counted, &t->total[t->first[i]]))
            failed |= COUNTS;
        if (!(failed & TIME) && !time_holds(t, u, counted))
            failed |= TIME;
        if (!(failed & LANES) && !lanes_hold(t, u, counted))
            failed |= LANES;
        if (!(failed & POWER) && !power_holds(t, u, unit_fj(t, i)))
            failed |= POWER;
    }
    return failed == 0;
}

static bool trial_hold(const struct fl_result *result, const struct fl_phase_result *phase, struct fl_err *err)
{
    bool run = phase == &result->run;
    struct trial t = {.result = result, .phase = phase, .of = run ? "" : "setup: ", .err = err};
    trial_open(&t);
    bool ok = phase_holds(&t);
    if (run) {
        ok = energy_holds(&t) && ok;
        ok = latency_holds(&t) && ok;
        ok = bound_holds(&t) && ok;
        ok = macs_hold(&t) && ok;
    }
    fl_arena_free(&t.arena);
    return ok;
}

bool fl_result_hold(const struct fl_result *result, struct fl_err *err)
{
    bool setup = result->plan.setup.insts == 0 || trial_hold(result, &result->setup, err);
    return trial_hold(result, &result->run, err) && setup;
}
