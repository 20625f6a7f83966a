/* run.c - from a request to a finished run.
 *
 * Design and trace are read, the machine is described to the mapper, the plan is made, the
 * machine is built for it, what stays is loaded (setup), and the program runs. With the
 * strategy "auto" the plan that bounds prefer is run beside each named strategy, and the
 * best for the objective is kept: bounds propose, simulation decides.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/result.h"
#include "phys/noise.h"

const char *fanlight_version(void)
{
    return FL_VERSION;
}

int64_t fanlight_latency_ps(const struct fl_result *result)
{
    return result->run.latency_ps;
}

void fanlight_free(struct fl_result *result)
{
    if (result == NULL)
        return;
    fl_ledger_free(&result->run.ledger);
    fl_ledger_free(&result->setup.ledger);
    fl_arch_free(&result->arch);
    fl_plan_free(&result->plan);
    if (!result->borrows) {
        if (!result->borrows_trace)
            fl_trace_free(&result->trace);
        fl_design_free(&result->design);
    }
    fl_arena_free(&result->arena);
    free(result);
}

static bool objective_find(const char *name, enum fl_objective *objective, struct fl_err *err)
{
    static const char *const names[] = { "latency", "energy", "edp" };
    for (int i = 0; i < 3; i++)
        if (name == NULL || strcmp(name, names[i]) == 0) {
            *objective = (enum fl_objective)i;
            return true;
        }
    return fl_fail(err, "--objective", "\"%s\" is not one of latency, energy, edp", name);
}

/* ---- inputs ---- */

static bool trace_load(struct fl_prepared *prepared, const struct fl_request *request, struct fl_err *err)
{
    if ((request->trace != NULL) + (request->model != NULL) + (request->given != NULL) > 1)
        return fl_fail(err, NULL, "give either a model or a trace, not both");
    if (request->given != NULL) {
        prepared->trace = *request->given;
        prepared->trace_text = request->given_text;
        prepared->borrows_trace = true;
        return true;
    }
    if (request->trace != NULL)
        return fl_trace_read_file(&prepared->trace, request->trace, err);
    if (request->model == NULL)
        return fl_fail(err, NULL, "no workload: give a model (a name or a config.json) or a trace");
    return fl_trace_from_model(&prepared->trace, request->model, &request->work, err);
}

/* The strategy asked for: the request's, else the design's, else "auto". */
static bool strategy_find(struct fl_prepared *prepared, const struct fl_request *request, struct fl_err *err)
{
    const char *name = request->mapper;
    if (name == NULL) {
        const struct fl_value *value = fl_design_find(&prepared->design, "mapper");
        name = value ? value->text : "auto";
    }
    prepared->strategy = fl_arena_text(&prepared->design.arena, name);
    return strcmp(name, "auto") == 0 || fl_mapper_find(name) != NULL ||
           fl_fail(err, "--map", "no mapper \"%s\"; `fanlight list mappers` shows them", name);
}

bool fl_prepare(struct fl_prepared *prepared, const struct fl_request *request, struct fl_err *err)
{
    memset(prepared, 0, sizeof *prepared);
    if (!objective_find(request->objective, &prepared->objective, err))
        return false;
    const char *design = request->design ? request->design : "free_space_1k";
    bool design_ok = fl_design_load(&prepared->design, design, request->set, (size_t)request->sets, err);
    bool trace_ok = trace_load(prepared, request, err);
    if (design_ok && strategy_find(prepared, request, err) && trace_ok &&
        fl_arch_describe(&prepared->machine, &prepared->design, err))
        return true;
    fl_prepared_free(prepared);
    return false;
}

void fl_prepared_free(struct fl_prepared *prepared)
{
    if (!prepared->borrows_trace)
        fl_trace_free(&prepared->trace);
    fl_design_free(&prepared->design);
    memset(prepared, 0, sizeof *prepared);
}

/* ---- one simulation ---- */

struct watch { const struct fl_request *request; int64_t all; };

static void tell(void *context, size_t done)
{
    const struct watch *watch = context;
    watch->request->progress(watch->request->context, (int64_t)done, watch->all);
}

static bool phase_run(struct fl_result *result, struct fl_phase_result *phase, const struct fl_program *program,
                      const struct fl_request *request, struct fl_err *err)
{
    struct fl_sim *sim = &result->arch.sim;
    struct watch watch = { request, result->trace.ops };
    fl_ledger_init(&phase->ledger, sim);
    if (request->progress != NULL && phase == &result->run) {
        phase->ledger.closed = tell;
        phase->ledger.context = &watch;
    }
    sim->leap = request->no_leap ? NULL : fl_leap_new(sim);
    bool ok = fl_sim_run(sim, program, err);
    phase->latency_ps = sim->now;
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
    return ok;
}

static bool admitted(const struct fl_result *result, const struct fl_request *request)
{
    struct fl_figures figures;
    if (request->admit == NULL)
        return true;
    fl_result_figures(result, &figures);
    return request->admit(request->admit_context, &figures);
}

static bool same_program(const struct fl_program *a, const struct fl_program *b)
{
    return a->insts == b->insts && a->steps == b->steps &&
           (a->insts == 0 || memcmp(a->inst, b->inst, a->insts * sizeof *a->inst) == 0) &&
           (a->steps == 0 || memcmp(a->step, b->step, a->steps * sizeof *a->step) == 0);
}

/* Need a plan not be simulated, since it is the rival's, or since even its bound is no faster? */
static bool hopeless(const struct fl_result *result, const struct fl_result *rival, enum fl_objective objective)
{
    if (rival == NULL)
        return false;
    if (same_program(&result->plan.program, &rival->plan.program) &&
        same_program(&result->plan.setup, &rival->plan.setup))
        return true;
    double bound_ps = 0;
    for (size_t i = 0; i < result->plan.ops; i++) {
        const struct fl_plan_op *p = &result->plan.op[i];
        bound_ps += p->mapping.bound_ps * (double)result->trace.block[p->block].repeat;
    }
    return objective == FL_LATENCY && bound_ps >= (double)rival->run.latency_ps;
}

/* Plans with one strategy, builds the machine for it and, if it is admitted and can beat the rival (NULL: none), runs
 * setup and program. */
static bool simulate(struct fl_result *result, const char *strategy, enum fl_objective objective,
                     const struct fl_request *request, const struct fl_result *rival, bool *admit,
                     struct fl_err *err)
{
    result->mapper = fl_arena_text(&result->arena, strategy);
    if (!fl_plan_make(&result->plan, &result->trace, &result->machine, strategy, objective, err))
        return false;
    *admit = !hopeless(result, rival, objective);
    if (!*admit)
        return true;
    if (!fl_arch_build(&result->arch, &result->design, &result->machine, err))
        return false;
    *admit = admitted(result, request);
    if (!*admit)
        return true;
    if (result->plan.setup.insts > 0 && !phase_run(result, &result->setup, &result->plan.setup, request, err))
        return false;
    return phase_run(result, &result->run, &result->plan.program, request, err);
}

static double score(const struct fl_result *result, enum fl_objective objective)
{
    double latency = (double)result->run.latency_ps;
    switch (objective) {
    case FL_ENERGY: return fl_result_energy_j(result);
    case FL_EDP: return fl_result_energy_j(result) * latency;
    default: return latency;
    }
}

/* False with a fault; true with *out NULL if the machine was not admitted, or the rival cannot be beaten. */
static bool attempt(struct fl_result **out, const struct fl_prepared *prepared, const struct fl_request *request,
                    const char *strategy, const struct fl_result *rival, struct fl_err *err)
{
    struct fl_result *result = calloc(1, sizeof *result);
    bool admit = true;
    fl_assert(result != NULL);
    result->design = prepared->design;
    result->trace = prepared->trace;
    result->machine = prepared->machine;
    result->borrows = true;
    bool ok = simulate(result, strategy, prepared->objective, request, rival, &admit, err);
    *out = ok && admit ? result : NULL;
    if (*out == NULL)
        fanlight_free(result);
    return ok;
}

/* "auto": the plan by bounds, then every named strategy that the machine can hold; the best is kept. */
static bool attempt_auto(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                         struct fl_err *err)
{
    if (!attempt(best, prepared, request, "auto", NULL, err))
        return false;
    for (size_t i = 0; fl_mappers[i] != NULL; i++) {
        if (fl_mappers[i]->chooses)
            continue;
        struct fl_err unfit = { 0 };
        struct fl_result *other;
        if (!attempt(&other, prepared, request, fl_mappers[i]->name, *best, &unfit))
            fl_err_free(&unfit);
        if (other == NULL)
            continue;
        bool better = *best == NULL || score(other, prepared->objective) < score(*best, prepared->objective);
        fanlight_free(better ? *best : other);
        *best = better ? other : *best;
    }
    return true;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Bits that the shortest operands lose where a laser's level is fixed for the width of a core; NULL: none. */
static const char *lost_bits_of(struct fl_result *result)
{
    const struct fl_plan_op *worst = NULL;
    double most = 0;
    for (size_t i = 0; i < result->plan.ops; i++) {
        const struct fl_plan_op *op = &result->plan.op[i];
        const struct fl_pool *pool = op->mapping.pool >= 0 ? &result->machine.pool[op->mapping.pool] : NULL;
        double lost = 0;
        if (pool != NULL && pool->level_fixed)
            lost = fl_photons_lost_bits((double)op->op->k, (double)pool->columns);
        if (lost > most) {
            most = lost;
            worst = op;
        }
    }
    if (worst == NULL)
        return NULL;
    return fl_arena_format(&result->arena, "fixed laser level: operands of %lld inputs lose %.1f bits to shot noise "
                           "(%s)", (long long)worst->op->k, most, worst->op->name);
}

/* What every report must say: simplifications that were switched on, what they cost, and the trace's own note. */
static const char *notes_of(struct fl_result *result)
{
    const char *ideal = result->machine.ideal_memory ? "ideal memory: SRAM and DRAM take no time" : NULL;
    const char *const notes[] = { ideal, lost_bits_of(result), result->trace.note };
    const char *all = NULL;
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (notes[i] != NULL)
            all = all == NULL ? notes[i] : fl_arena_format(&result->arena, "%s; %s", all, notes[i]);
    return all;
}

bool fl_prepared_run(struct fl_prepared *prepared, const struct fl_request *request, struct fl_result **out,
                     struct fl_err *err)
{
    time_t start = time(NULL);
    double before = seconds();
    struct fl_result *result = NULL;
    bool ok = strcmp(prepared->strategy, "auto") == 0
        ? attempt_auto(&result, prepared, request, err)
        : attempt(&result, prepared, request, prepared->strategy, NULL, err);
    *out = result;
    if (result == NULL)
        return ok;
    struct tm utc;
    gmtime_r(&start, &utc);
    strftime(result->start_utc, sizeof result->start_utc, "%Y-%m-%dT%H:%M:%SZ", &utc);
    result->wall_s = seconds() - before;
    result->objective = fl_arena_text(&result->arena, request->objective ? request->objective : "latency");
    result->label = request->label ? fl_arena_text(&result->arena, request->label) : NULL;
    result->command = request->command ? fl_arena_text(&result->arena, request->command) : NULL;
    result->notes = notes_of(result);
    result->inferences = request->inferences;
    result->trace_text = prepared->trace_text;
    result->borrows = false;
    result->borrows_trace = prepared->borrows_trace;
    memset(prepared, 0, sizeof *prepared);
    return true;
}

bool fanlight_run(const struct fl_request *request, struct fl_result **out, struct fl_err *err)
{
    struct fl_prepared prepared;
    *out = NULL;
    if (!fl_prepare(&prepared, request, err))
        return false;
    bool ok = fl_prepared_run(&prepared, request, out, err);
    fl_prepared_free(&prepared);
    return ok;
}
