/* attempt.c - one way to lay out the work, planned and simulated; and the best of all named ones.
 *
 * Bounds propose, simulation decides. A plan whose bound is no better than what a rival
 * took is not simulated, nor one that asks the same of the machine as the rival or as a plan
 * that it, or who it was better than, was better than. Every plan is laid out one operator after
 * another first; side by side only if none that maps all operators alike was weighed before, and
 * if no unit is busy for so long by itself that there is nothing to gain.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/search.h"

struct watch { const struct fl_request *request; struct fl_sim *sim; int64_t all; bool stopped; };

static bool stop_asked(const struct fl_request *request)
{
    return request->stop != NULL && request->stop(request->context);
}

static void tell(void *context, size_t done)
{
    struct watch *watch = context;
    if (watch->request->progress != NULL && watch->all > 0)
        watch->request->progress(watch->request->context, (int64_t)done, watch->all);
    if (stop_asked(watch->request))
        watch->stopped = watch->sim->halted = true;
}

/* Operators of streams end in any order; results have them in that of the trace. */
static void operators_sort(struct fl_result *result, struct fl_phase_result *phase)
{
    int32_t *slot = fl_calloc(phase->ledger.occurrences + 1, sizeof *slot);
    struct fl_place_in_trace place = {0};
    for (size_t n = 0; n < phase->ledger.occurrences && fl_trace_walk(&result->trace, &place); n++, place.op++)
        slot[n] = result->plan.op[place.plan_op + place.op].slot;
    fl_ledger_sort(&phase->ledger, slot);
    fl_free(slot);
}

static bool phase_run(struct fl_result *result, struct fl_phase_result *phase, const struct fl_program *program,
                      const struct fl_request *request, struct fl_err *err)
{
    struct fl_sim *sim = &result->arch.sim;
    struct watch watch = { request, sim, phase == &result->run ? result->trace.ops : 0, false };
    fl_ledger_init(&phase->ledger, sim);
    if (request->progress != NULL || request->stop != NULL) {
        phase->ledger.closed = tell;
        phase->ledger.context = &watch;
    }
    sim->leap = request->no_leap ? NULL : fl_leap_new(sim);
    bool ok = fl_sim_run(sim, program, err);
    phase->latency_ps = sim->now;
    phase->counted = fl_sim_counted(sim, &result->arena);
    if (sim->leap != NULL) {
        memcpy(phase->level, fl_leap_levels(sim->leap), sizeof phase->level);
        for (int i = 0; i < FL_LEVELS; i++)     /* the names go with the leap */
            if (phase->level[i].breaker != NULL)
                phase->level[i].breaker = fl_arena_text(&result->arena, phase->level[i].breaker);
        phase->leapt_share = sim->events ? (double)fl_leap_skipped(sim->leap) / (double)sim->events : 0;
        fl_leap_free(sim->leap);
        sim->leap = NULL;
    }
    phase->ledger.closed = NULL;
    if (ok && !watch.stopped && program->stream != NULL)
        operators_sort(result, phase);
    if (ok && !watch.stopped)
        phase->critical = fl_ledger_critical(&phase->ledger, program, phase->latency_ps);
    if (ok && !watch.stopped && phase == &result->run && !fl_turns_take(result, phase, err))
        return false;
    return ok && (!watch.stopped || fl_fail(err, NULL, "stopped")) && fl_chips_count(result, phase, err);
}

static bool admitted(const struct fl_result *result, const struct fl_request *request)
{
    struct fl_figures figures;
    if (request->admit == NULL)
        return true;
    fl_result_figures(result, &figures);
    return request->admit(request->admit_context, &figures);
}

/* Is what a plan gives as exact as its design wants? */
static bool exact(const struct fl_result *result)
{
    return !fl_machine_limits(&result->machine) || !(fl_result_worst(result).error > result->machine.error_limit);
}

/* Is a plan a result's, or one that this was better than? */
static bool met(const struct fl_result *result, const struct fl_plan *plan)
{
    bool alike = fl_plan_alike(plan, &result->plan);
    for (const struct fl_beaten *each = result->beaten; each != NULL && !alike; each = each->next)
        alike = fl_plan_alike(plan, &each->plan);
    return alike;
}

/* Need a plan not be simulated, since it is the rival's, or since even its bound is no faster, or since the rival alone
 * is exact enough? */
bool fl_attempt_hopeless(const struct fl_result *result, const struct fl_result *rival, enum fl_objective objective)
{
    if (rival == NULL)
        return false;
    if (met(rival, &result->plan))
        return true;
    bool ours = exact(result), theirs = exact(rival);
    if (ours != theirs)
        return theirs;
    return objective == FL_LATENCY &&
           result->plan.least_ps > (double)rival->run.latency_ps * (1 + FL_TIE);
}

double fl_result_score(const struct fl_result *result, enum fl_objective objective)
{
    double latency = (double)result->run.latency_ps;
    switch (objective) {
    case FL_ENERGY: return fl_result_energy_j(result);
    case FL_EDP: return fl_result_energy_j(result) * latency;
    default: return latency;
    }
}

void fl_result_drop(struct fl_result **result)
{
    fanlight_free(*result);
    *result = NULL;
}

/* How operators are to go side by side: as the planner thinks best, if its busiest unit may promise something; as it
 * thinks best; one after another though the machine overlaps them; or by blocks half as large. */
enum cut { LIKELY, BEST, DRAINED, FINER };

/* One plan, and the machine for it, if it is admitted. `least_ps`: of a LIKELY one, machine.least_ps. */
static bool plan(struct fl_result **out, const struct fl_prepared *prepared, const struct fl_request *request,
                 struct fl_strategy way, enum cut cut, double least_ps, struct fl_err *err)
{
    struct fl_result *result = *out = fl_calloc(1, sizeof *result);
    result->design = prepared->design;
    result->trace = prepared->trace;
    result->asked = prepared->asked;
    result->machine = prepared->machine;
    result->machine.drains = cut == DRAINED;
    result->machine.finer = cut == FINER;
    result->machine.least_ps = cut == LIKELY ? least_ps : 0;
    result->borrows = true;
    result->mapper = fl_arena_text(&result->arena, way.name);
    bool ok = (way.by != NULL ? fl_plan_make_by(&result->plan, &result->trace, &result->machine, way.by, err)
                              : fl_plan_make(&result->plan, &result->trace, &result->machine, way.name,
                                             prepared->objective, err)) &&
              fl_arch_build(&result->arch, &result->design, &result->machine, err);
    if (!ok || !admitted(result, request))
        fl_result_drop(out);
    return ok;
}

/* Adds a result's plan to a list, and leaves it none. */
static void plan_move(struct fl_beaten **list, struct fl_result *from)
{
    struct fl_beaten *one = fl_calloc(1, sizeof *one);
    *one = (struct fl_beaten){ .next = *list, .plan = from->plan };
    memset(&from->plan, 0, sizeof from->plan);
    *list = one;
}

/* Runs setup and program of a plan (NULL: there is none) that can beat the rival; *out NULL: it cannot. */
static bool simulate(struct fl_result **out, enum fl_objective objective, const struct fl_request *request,
                     struct fl_bench *bench, const struct fl_result *rival, struct fl_err *err)
{
    struct fl_result *result = *out;
    bool hopes = result != NULL && !fl_attempt_hopeless(result, rival, objective);
    if (hopes && rival != NULL && objective == FL_LATENCY && bench != NULL)
        hopes = exact(result) != exact(rival) || !fl_bench_rules_out(bench, result, rival);
    bool ok = !hopes || ((result->plan.setup.insts == 0 ||
                          phase_run(result, &result->setup, &result->plan.setup, request, err)) &&
                         phase_run(result, &result->run, &result->plan.program, request, err));
    if (result != NULL && !hopes && bench != NULL)
        plan_move(&bench->lost, result);
    if (!ok || !hopes)
        fl_result_drop(out);
    return ok;
}

bool fl_result_better(const struct fl_result *one, const struct fl_result *other, enum fl_objective objective)
{
    bool ours = exact(one), theirs = exact(other);
    if (ours != theirs)
        return ours;
    double a = fl_result_score(one, objective), b = fl_result_score(other, objective);
    if (objective != FL_LATENCY || fabs(a - b) > FL_TIE * fmin(a, b))
        return a < b;
    double joules = fl_result_energy_j(one), others = fl_result_energy_j(other);
    return joules < others || (joules == others && a < b);
}

/* Could a plan whose operators overlap be worse than the same with each drained? The schedule that took it knows
 * bounds: not who waits for memory, nor who wakes, nor joules. */
static bool doubtful(const struct fl_result *result, enum fl_objective objective)
{
    return result != NULL && result->plan.program.stream != NULL &&
           (objective != FL_LATENCY || (double)result->run.latency_ps > result->plan.drained_ps);
}

/* Is a run so far above the bound of its plan that its blocks may be too large? Not asked of one that is behind its
 * rival, nor of the largest, which one would not do twice. */
static bool coarse(const struct fl_result *result, const struct fl_result *rival, enum fl_objective objective)
{
    static const double far = 1.1;
    return result != NULL && result->plan.program.stream != NULL && result->machine.block_rows == 0 &&
           (rival == NULL || fl_result_better(result, rival, objective)) &&
           (double)result->run.latency_ps > far * fl_plan_bound_ps(&result->plan) &&
           result->arch.sim.events < FL_LONG_RUN;
}

/* What must be gained side by side. What repeats does so by whole layers alone then, and a long run takes several times
 * as long to simulate. */
static const double worth = 0.01;

/* Is little to be gained side by side? Then the plan runs drained, and if that is a long run, that is all. */
static bool thin(const struct fl_result *result)
{
    return result->plan.passed_by || (result->plan.program.stream != NULL &&
                                      result->plan.expected_ps > (1 - worth) * result->plan.drained_ps);
}

/* The winner remembers the loser's plan, and what that was better than. */
static void remember(struct fl_result *winner, struct fl_result *loser)
{
    struct fl_beaten **last = &winner->beaten;
    plan_move(&loser->beaten, loser);
    while (*last != NULL)
        last = &(*last)->next;
    *last = loser->beaten;
    loser->beaten = NULL;
}

void fl_result_keep(struct fl_result **best, struct fl_result *other, enum fl_objective objective)
{
    if (other == NULL || *best == NULL) {
        *best = other != NULL ? other : *best;
        return;
    }
    struct fl_result *winner = fl_result_better(other, *best, objective) ? other : *best;
    struct fl_result *loser = winner == other ? *best : other;
    remember(winner, loser);
    fanlight_free(loser);
    *best = winner;
}

bool fl_attempt_plan(struct fl_result **out, const struct fl_prepared *prepared, const struct fl_request *request,
                     struct fl_strategy way, bool beside, struct fl_err *err)
{
    return plan(out, prepared, request, way, beside ? BEST : DRAINED, 0, err);
}

/* What the busiest unit must take less than side by side, or it is not worth looking at: where runs are long, what
 * gains little is not simulated, and nowhere what cannot beat the rival. */
static double promised_ps(const struct fl_result *drained, const struct fl_result *rival,
                          const struct fl_prepared *prepared)
{
    double ps = (1 - worth) * drained->plan.drained_ps;
    bool judged = rival != NULL && prepared->objective == FL_LATENCY && prepared->long_run < UINT64_MAX &&
                  rival->arch.sim.events >= FL_LONG_RUN && exact(drained) == exact(rival);
    return judged ? fmin(ps, (double)rival->run.latency_ps * (1 + FL_TIE)) : ps;
}

bool fl_attempt_drains(bool *drains, const struct fl_prepared *prepared, const struct fl_request *request,
                       struct fl_strategy way, struct fl_err *err)
{
    static const double none_ps = 1;
    struct fl_result *beside = NULL;
    *drains = true;
    if (prepared->machine.overlaps && !plan(&beside, prepared, request, way, LIKELY, none_ps, err))
        return false;
    *drains = beside == NULL || !beside->plan.passed_by;
    fl_result_drop(&beside);
    return true;
}

/* One way to lay out the work: with its operators one after another, and side by side (NULL: not planned, or not to be
 * run). */
struct pair {
    struct fl_result *drained, *beside;
    bool ran, enough;                   /* the drained one has run; that is enough */
    bool coarse;                        /* the other one's blocks may be too large */
};

static bool any_alike(const struct fl_beaten *list, const struct fl_plan *plan)
{
    while (list != NULL && !fl_plan_maps_alike(plan, &list->plan))
        list = list->next;
    return list != NULL;
}

/* Have all operators been mapped so before? Then it is known what comes of it. */
static bool mapped_before(const struct fl_plan *plan, const struct fl_result *rival, const struct fl_bench *bench)
{
    return (rival != NULL && (fl_plan_maps_alike(plan, &rival->plan) || any_alike(rival->beaten, plan))) ||
           (bench != NULL && any_alike(bench->lost, plan));
}

/* Runs the operators one after another (none is left: that cannot beat the rival). It is enough if that is a long run,
 * or the rival is. */
static bool drained_run(struct pair *p, const struct fl_prepared *prepared, const struct fl_request *request,
                        struct fl_bench *bench, const struct fl_result *rival, struct fl_err *err)
{
    if (!simulate(&p->drained, prepared->objective, request, bench, rival, err))
        return false;
    const struct fl_result *ran = p->drained != NULL ? p->drained : rival;
    p->ran = true;
    p->enough = ran != NULL && ran->arch.sim.events >= FL_LONG_RUN;
    return true;
}

/* Plans side by side, but runs one after another first if that gains little, and alone if it cannot be done. */
static bool beside_plan(struct pair *p, const struct fl_prepared *prepared, const struct fl_request *request,
                        struct fl_strategy way, const struct fl_result *rival, struct fl_err *err)
{
    double least_ps = promised_ps(p->drained, rival, prepared);
    if (!plan(&p->beside, prepared, request, way, LIKELY, least_ps, err))
        return false;
    if (p->beside == NULL)
        fl_result_drop(&p->drained);    /* not admitted */
    if (p->beside == NULL || !thin(p->beside))
        return true;
    bool passed_by = p->beside->plan.passed_by;
    if (!drained_run(p, prepared, request, way.bench, rival, err))
        return false;
    if (p->enough || passed_by)
        fl_result_drop(&p->beside);
    return p->enough || !passed_by || plan(&p->beside, prepared, request, way, BEST, 0, err);
}

/* Is a long run side by side, short as it may be of what was expected, still shorter than one after another? */
static bool hurried(const struct fl_result *beside, const struct fl_result *drained, const struct fl_prepared *prepared,
                    struct fl_bench *bench)
{
    return prepared->objective == FL_LATENCY && bench != NULL && beside->arch.sim.events >= bench->long_run &&
           fl_bench_lasts(bench, drained, (double)beside->run.latency_ps * (1 + FL_TIE));
}

/* Runs what is planned of both, and keeps the better (*out NULL: neither can beat the rival). */
static bool pair_run(struct fl_result **out, struct pair *p, const struct fl_prepared *prepared,
                     const struct fl_request *request, struct fl_bench *bench, const struct fl_result *rival,
                     struct fl_err *err)
{
    if (p->beside != NULL && p->beside->plan.program.stream == NULL)
        fl_result_drop(&p->beside);
    if (p->beside == NULL) {
        bool ok = p->ran || drained_run(p, prepared, request, bench, rival, err);
        *out = p->drained;
        p->drained = NULL;
        return ok;
    }
    if (!simulate(&p->beside, prepared->objective, request, bench, rival, err))
        return false;
    *out = p->beside;
    p->beside = NULL;
    p->coarse = coarse(*out, rival, prepared->objective);
    if (!doubtful(*out, prepared->objective) || (!p->ran && hurried(*out, p->drained, prepared, bench)))
        return true;
    if (!p->ran && stop_asked(request))
        return true;
    if (!p->ran && !simulate(&p->drained, prepared->objective, request, NULL, *out, err))
        return false;
    fl_result_keep(out, p->drained, prepared->objective);
    p->drained = NULL;
    return true;
}

/* Runs the same by blocks half as large, if they can be cut so; the better one is kept. */
static bool finer_run(struct fl_result **out, const struct fl_prepared *prepared, const struct fl_request *request,
                      struct fl_strategy way, struct fl_err *err)
{
    struct fl_result *other = NULL;
    if (stop_asked(request))
        return true;
    bool ok = plan(&other, prepared, request, way, FINER, 0, err);
    if (ok && other != NULL && other->plan.program.stream == NULL)
        fl_result_drop(&other);
    if (!ok || !simulate(&other, prepared->objective, request, NULL, *out, err))
        return false;
    fl_result_keep(out, other, prepared->objective);
    return true;
}

bool fl_attempt_run(struct fl_result **out, const struct fl_prepared *prepared, const struct fl_request *request,
                    struct fl_strategy way, const struct fl_result *rival, struct fl_err *err)
{
    struct pair p = { .drained = *out };
    *out = NULL;
    if (p.drained != NULL && prepared->long_run < UINT64_MAX && mapped_before(&p.drained->plan, rival, way.bench))
        fl_result_drop(&p.drained);
    if (p.drained == NULL)
        return true;
    bool ok = (!prepared->machine.overlaps || beside_plan(&p, prepared, request, way, rival, err)) &&
              ((p.drained == NULL && p.beside == NULL) ||
               pair_run(out, &p, prepared, request, way.bench, rival, err));
    fl_result_drop(&p.drained);
    fl_result_drop(&p.beside);
    if (ok && p.coarse)
        ok = finer_run(out, prepared, request, way, err);
    if (!ok)
        fl_result_drop(out);
    return ok;
}

bool fl_attempt(struct fl_result **out, const struct fl_prepared *prepared, const struct fl_request *request,
                struct fl_strategy way, const struct fl_result *rival, struct fl_err *err)
{
    return fl_attempt_plan(out, prepared, request, way, false, err) &&
           fl_attempt_run(out, prepared, request, way, rival, err);
}

bool fl_attempt_named(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                      struct fl_bench *bench, struct fl_err *err)
{
    for (size_t i = 0; fl_strategies[i] != NULL && !stop_asked(request); i++) {
        struct fl_err unfit = { 0 };
        struct fl_result *other;
        const struct fl_strategy way = { fl_strategies[i]->name, NULL, bench };
        if (!fl_attempt(&other, prepared, request, way, *best, &unfit))
            fl_err_free(&unfit);
        fl_result_keep(best, other, prepared->objective);
    }
    if (!stop_asked(request))
        return true;
    fl_result_drop(best);
    return fl_fail(err, NULL, "stopped");
}
