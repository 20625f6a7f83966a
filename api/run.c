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
    fl_trace_free(&result->trace);
    fl_design_free(&result->design);
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

static bool trace_load(struct fl_trace *trace, const struct fl_request *request, struct fl_err *err)
{
    if (request->trace != NULL && request->model != NULL)
        return fl_fail(err, NULL, "give either a model or a trace, not both");
    if (request->trace != NULL)
        return fl_trace_read_file(trace, request->trace, err);
    if (request->model == NULL)
        return fl_fail(err, NULL, "no workload: give a model (a name or a config.json) or a trace");
    return fl_trace_from_model(trace, request->model, &request->work, err);
}

static bool inputs_load(struct fl_result *result, const struct fl_request *request, struct fl_err *err)
{
    const char *design = request->design ? request->design : "free_space_1k";
    bool design_ok = fl_design_load(&result->design, design, request->set, (size_t)request->sets, err);
    bool trace_ok = trace_load(&result->trace, request, err);
    return design_ok && trace_ok && fl_arch_describe(&result->machine, &result->design, err);
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

/* Plans with one strategy, builds the machine for it and runs setup and program. */
static bool simulate(struct fl_result *result, const char *strategy, enum fl_objective objective,
                     const struct fl_request *request, struct fl_err *err)
{
    result->mapper = fl_arena_text(&result->arena, strategy);
    if (!fl_plan_make(&result->plan, &result->trace, &result->machine, strategy, objective, err) ||
        !fl_arch_build(&result->arch, &result->design, &result->machine, err))
        return false;
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

static struct fl_result *attempt(const struct fl_request *request, const char *strategy, enum fl_objective objective,
                                 struct fl_err *err)
{
    struct fl_result *result = calloc(1, sizeof *result);
    fl_assert(result != NULL);
    if (inputs_load(result, request, err)) {
        if (strategy == NULL)
            strategy = "auto";
        if (simulate(result, strategy, objective, request, err))
            return result;
    }
    fanlight_free(result);
    return NULL;
}

/* "auto": the plan by bounds, then every named strategy that the machine can hold; the best is kept. */
static struct fl_result *attempt_auto(const struct fl_request *request, enum fl_objective objective, struct fl_err *err)
{
    struct fl_result *best = attempt(request, "auto", objective, err);
    for (size_t i = 0; best != NULL && fl_mappers[i] != NULL; i++) {
        struct fl_err unfit = { 0 };
        struct fl_result *other = attempt(request, fl_mappers[i]->name, objective, &unfit);
        fl_err_free(&unfit);
        if (other == NULL)
            continue;
        bool better = score(other, objective) < score(best, objective);
        fanlight_free(better ? best : other);
        best = better ? other : best;
    }
    return best;
}

/* The strategy asked for: the request's, else the design's, else "auto". */
static bool strategy_find(const struct fl_request *request, char *strategy, size_t room, struct fl_err *err)
{
    const char *name = request->mapper;
    struct fl_design design = { 0 };
    if (name == NULL) {
        const char *file = request->design ? request->design : "free_space_1k";
        bool ok = fl_design_load(&design, file, request->set, (size_t)request->sets, err);
        const struct fl_value *value = ok ? fl_design_find(&design, "mapper") : NULL;
        name = value ? value->text : "auto";
        if (!ok) {
            fl_design_free(&design);
            return false;
        }
    }
    size_t length = strlen(name);
    bool known = strcmp(name, "auto") == 0 || fl_mapper_find(name) != NULL;
    if (known && length < room)
        memcpy(strategy, name, length + 1);
    else
        fl_fail(err, "--map", "no mapper \"%s\"; `fanlight list mappers` shows them", name);
    fl_design_free(&design);
    return known;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* What every report must say: simplifications that were switched on, and the trace's own note. */
static const char *notes_of(struct fl_result *result)
{
    const char *ideal = result->machine.ideal_memory ? "ideal memory: SRAM and DRAM take no time" : NULL;
    const char *note = result->trace.note;
    if (ideal != NULL && note != NULL)
        return fl_arena_format(&result->arena, "%s; %s", ideal, note);
    return ideal != NULL ? ideal : note;
}

bool fanlight_run(const struct fl_request *request, struct fl_result **out, struct fl_err *err)
{
    enum fl_objective objective = FL_LATENCY;
    char strategy[64];
    *out = NULL;
    if (!objective_find(request->objective, &objective, err) ||
        !strategy_find(request, strategy, sizeof strategy, err))
        return false;
    time_t start = time(NULL);
    double before = seconds();
    struct fl_result *result = strcmp(strategy, "auto") == 0 ? attempt_auto(request, objective, err)
                                                            : attempt(request, strategy, objective, err);
    if (result == NULL)
        return false;
    struct tm utc;
    gmtime_r(&start, &utc);
    strftime(result->start_utc, sizeof result->start_utc, "%Y-%m-%dT%H:%M:%SZ", &utc);
    result->wall_s = seconds() - before;
    result->objective = fl_arena_text(&result->arena, request->objective ? request->objective : "latency");
    result->label = request->label ? fl_arena_text(&result->arena, request->label) : NULL;
    result->command = request->command ? fl_arena_text(&result->arena, request->command) : NULL;
    result->notes = notes_of(result);
    result->inferences = request->inferences;
    *out = result;
    return true;
}
