/* run.c - from a request to a finished run.
 *
 * Design and trace are read and the machine is described to the mapper; then one or
 * several ways to lay out the work are planned and simulated (attempt.c, search.c).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/abi.h"
#include "api/search.h"
#include "api/train.h"
#include "base/seconds.h"
#include "phys/noise.h"
#include "traces/pipeline.h"

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

static bool trace_load(struct fl_prepared *prepared, const struct fl_request *request, const struct fl_at_hand *given,
                       struct fl_err *err)
{
    const struct fl_work *ask = &request->work;
    const struct fl_train_work *by = request->train;
    struct fl_train train = {0};
    if (by != NULL)
        train = fl_train_of(by);
    const struct fl_workload work = {ask->phase, ask->context, ask->tokens, ask->batch, ask->attention, ask->logits,
                                     ask->layers_only, request->source, request->routing, by != NULL ? &train : NULL};
    if (given != NULL) {
        prepared->trace = *given->trace;
        prepared->trace_text = given->text;
        prepared->borrows_trace = true;
        return true;
    }
    if ((request->trace != NULL) + (request->trace_text != NULL) + (request->model != NULL) > 1)
        return fl_fail(err, NULL, "give either a model or a trace, not both");
    if (request->trace_text != NULL)
        return fl_trace_read(&prepared->trace, request->trace_text, "trace_text", err) &&
               fl_trace_train_this(&prepared->trace, &work, "trace_text", err);
    if (request->trace != NULL)
        return fl_trace_read_file(&prepared->trace, request->trace, err) &&
               fl_trace_train_this(&prepared->trace, &work, request->trace, err);
    if (request->model == NULL)
        return fl_fail(err, NULL, "no workload: give a model (a name or a config.json) or a trace");
    return fl_trace_from_model(&prepared->trace, request->model, &work, err);
}

/* The strategy or mapping file asked for: the request's, else the design's, else "auto". */
static bool strategy_find(struct fl_prepared *prepared, const struct fl_request *request, struct fl_err *err)
{
    const char *name = request->mapper;
    if (name == NULL) {
        const struct fl_value *value = fl_design_find(&prepared->design, "mapper");
        name = value ? value->text : "auto";
    }
    prepared->strategy = fl_arena_text(&prepared->design.arena, name);
    if (fl_mapper_find(name) != NULL)
        return true;
    if (strpbrk(name, "./") != NULL)
        return fl_mapfile_read(&prepared->mapfile, name, err);
    return fl_fail(err, "--map", "no mapper \"%s\"; `fanlight list mappers` shows them, and a mapping file's name has "
                   "a dot or a slash in it", name);
}

/* How many memories of one stack the work takes, by the plan that bounds prefer. */
static bool stacks_count(const struct fl_prepared *prepared, int64_t *stacks, struct fl_err *err)
{
    struct fl_machine machine = prepared->machine;
    struct fl_plan plan;
    int64_t one = machine.dram_bits;
    machine.dram_fit = machine.drains = true;   /* whatever goes side by side needs no more */
    if (!fl_plan_make(&plan, &prepared->trace, &machine, "auto", prepared->objective, err))
        return false;
    *stacks = plan.dram_bits > one ? fl_ceil_div(plan.dram_bits, one) : 1;
    fl_plan_free(&plan);
    return true;
}

/* The design as it was read, with a number of stacks. */
static bool stacked(struct fl_design *design, const struct fl_request *request, const char *name, int64_t stacks,
                    struct fl_err *err)
{
    struct fl_arena arena = {0};
    size_t sets = (size_t)request->sets;
    const char **set = fl_arena_array(&arena, sets + 1, sizeof *set);
    for (size_t i = 0; i < sets; i++)
        set[i] = request->set[i];
    set[sets] = fl_arena_format(&arena, "dram.stacks=%lld", (long long)stacks);
    bool ok = fl_design_load(design, name, set, sets + 1, err);
    fl_arena_free(&arena);
    return ok;
}

/* A memory of as many stacks as the data need, each with its bandwidth: the design is read again with their number. */
static bool stacks_fit(struct fl_prepared *prepared, const struct fl_request *request, const char *name,
                       struct fl_err *err)
{
    const struct fl_value *value = fl_design_find(&prepared->design, "dram.stacks");
    int64_t stacks;
    if (value == NULL || strcmp(value->text, FL_FIT) != 0)
        return true;
    if (!stacks_count(prepared, &stacks, err))
        return false;
    struct fl_design fitted;
    struct fl_err beyond = {0};
    bool ok = stacked(&fitted, request, name, stacks, &beyond);
    if (ok) {
        prepared->strategy = fl_arena_text(&fitted.arena, prepared->strategy);
        fl_design_free(&prepared->design);
        prepared->design = fitted;
        ok = fl_arch_describe(&prepared->machine, &prepared->design, err);
    } else {
        double one_gb = (double)prepared->machine.dram_bits / 8e9;      /* all else of the design was read before */
        fl_fail(err, "dram.stacks", "the data need %lld stacks of %.3g GB, more than there can be; give larger "
                "ones, or a smaller work", (long long)stacks, one_gb);
    }
    fl_err_free(&beyond);
    return ok;
}

/* Deals the layers to the stages of a pipeline, if the machine is one. What is stored of the work is what was asked. */
static bool stages_deal(struct fl_prepared *prepared, struct fl_err *err)
{
    const struct fl_gpu *gpu = &prepared->machine.gpu[0];
    if (prepared->machine.gpus == 0 || gpu->stages <= 1)
        return true;
    if (prepared->machine.sram_bits > 0)
        return fl_fail(err, "gpu.stages", "GPUs beside a chip are no pipeline; leave it out");
    bool trains = strcmp(prepared->trace.phase, "train") == 0;
    const char *text = prepared->trace_text != NULL ? prepared->trace_text : fl_trace_text(&prepared->trace);
    struct fl_trace dealt;
    if (!fl_trace_pipeline(&dealt, &prepared->trace, gpu->stages, trains ? 1 : gpu->microbatches, err))
        return false;
    prepared->trace_text = fl_arena_text(&dealt.arena, text);
    if (!prepared->borrows_trace)
        fl_trace_free(&prepared->trace);
    prepared->trace = dealt;
    prepared->borrows_trace = false;
    return true;
}

bool fl_prepare(struct fl_prepared *prepared, const struct fl_request *request, const struct fl_at_hand *work,
                struct fl_err *err)
{
    *prepared = (struct fl_prepared){ .long_run = FL_LONG_RUN };
    if (!objective_find(request->objective, &prepared->objective, err))
        return false;
    const char *design = request->design ? request->design : FANLIGHT_DESIGN;
    bool design_ok = fl_design_load(&prepared->design, design, request->set, (size_t)request->sets, err);
    bool trace_ok = trace_load(prepared, request, work, err);
    if (design_ok && strategy_find(prepared, request, err) && trace_ok &&
        fl_arch_describe(&prepared->machine, &prepared->design, err) && fl_chips_divide(prepared, err) &&
        stacks_fit(prepared, request, design, err) && stages_deal(prepared, err))
        return true;
    fl_prepared_free(prepared);
    return false;
}

void fl_prepared_free(struct fl_prepared *prepared)
{
    fl_traces_free(&prepared->trace, &prepared->asked, prepared->borrows_trace);
    fl_design_free(&prepared->design);
    fl_mapfile_free(&prepared->mapfile);
    memset(prepared, 0, sizeof *prepared);
}

/* Bits that the shortest operands lose where a laser's level is fixed for the width of a core; NULL: none. */
static const char *lost_bits_of(struct fl_result *result)
{
    const struct fl_plan_op *worst = NULL;
    double most = 0;
    for (size_t i = 0; i < result->plan.ops; i++) {
        const struct fl_plan_op *op = &result->plan.op[i];
        const struct fl_pool *pool = fl_on_cores(&op->mapping) ? &result->machine.pool[op->mapping.number] : NULL;
        double lost = 0;
        if (pool != NULL && pool->light.width > 0)
            lost = fl_photons_lost_bits((double)op->op->k, pool->light.width);
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

/* What every report must say: simplifications that were switched on, what they cost, the trace's own note, and what
 * the run did not touch. */
static const char *remarks_of(struct fl_result *result, const struct fl_prepared *prepared,
                              const struct fl_request *request)
{
    const char *idle = fl_result_idle_note(result, request, prepared->strategy);
    const char *ideal = result->machine.ideal_memory ? "ideal memory: SRAM and DRAM take no time" : NULL;
    struct fl_arena *arena = &result->arena;
    const char *own = fl_arena_joined(arena, fl_arena_joined(arena, ideal, lost_bits_of(result)), result->trace.note);
    return fl_arena_joined(arena, fl_chips_note(result), fl_arena_joined(arena, own, idle));
}

static bool mapfile_run(const struct fl_prepared *prepared, const struct fl_request *request,
                        struct fl_result **result, struct fl_err *err)
{
    struct fl_mapfile file = prepared->mapfile;     /* its text is shared, what it is held against is not */
    struct fl_mapped_by by = fl_mapfile_mapped_by(&file, &prepared->trace);
    return fl_attempt(result, prepared, request, (struct fl_strategy){ prepared->strategy, &by, NULL }, NULL, err);
}

bool fl_prepared_plan(struct fl_prepared *prepared, enum fl_objective objective, struct fl_plan *plan,
                      struct fl_err *err)
{
    const struct fl_trace *trace = &prepared->trace;
    if (prepared->mapfile.path == NULL)
        return fl_plan_make(plan, trace, &prepared->machine, prepared->strategy, objective, err);
    struct fl_mapped_by by = fl_mapfile_mapped_by(&prepared->mapfile, trace);
    return fl_plan_make_by(plan, trace, &prepared->machine, &by, err);
}

/* A run keeps a row for each operator: more than this is no run but a mistake. Time alone would end it, but later. */
static bool operators_few(const struct fl_trace *trace, struct fl_err *err)
{
    enum { MOST = 20000000 };
    return trace->ops <= MOST ||
           fl_fail(err, trace->model, "makes %lld operators with all repetitions, and a run keeps a row of each: %d at "
                   "most; repeat fewer layers or steps, equal ones take equal time", (long long)trace->ops, MOST);
}

static bool strategy_run(const struct fl_prepared *prepared, const struct fl_request *request,
                         struct fl_result **result, struct fl_err *err)
{
    if (strcmp(prepared->strategy, "auto") == 0)
        return fl_attempt_auto(result, prepared, request, err);
    if (strcmp(prepared->strategy, "search") == 0)
        return fl_attempt_search(result, prepared, request, err);
    if (prepared->mapfile.path != NULL)
        return mapfile_run(prepared, request, result, err);
    return fl_attempt(result, prepared, request, (struct fl_strategy){ prepared->strategy, NULL, NULL }, NULL, err);
}

bool fl_prepared_run(struct fl_prepared *prepared, const struct fl_request *request, struct fl_result **out,
                     struct fl_err *err)
{
    time_t start = time(NULL);
    double before = fl_seconds();
    struct fl_result *result = NULL;
    bool ok = operators_few(&prepared->trace, err) && strategy_run(prepared, request, &result, err);
    *out = result;
    if (result == NULL)
        return ok;
    if (!fl_result_hold(result, err)) {
        fanlight_free(result);
        *out = NULL;
        return false;
    }
    struct tm utc;
    gmtime_r(&start, &utc);
    strftime(result->start_utc, sizeof result->start_utc, "%Y-%m-%dT%H:%M:%SZ", &utc);
    result->wall_s = fl_seconds() - before;
    result->objective = fl_arena_text(&result->arena, request->objective ? request->objective : "latency");
    result->label = request->label ? fl_arena_text(&result->arena, request->label) : NULL;
    result->command = request->command ? fl_arena_text(&result->arena, request->command) : NULL;
    result->remarks = remarks_of(result, prepared, request);
    result->notes = fl_arena_joined(&result->arena, result->remarks, result->search_note);
    result->inferences = request->inferences;
    result->trace_text = prepared->trace_text;
    result->borrows = false;
    result->borrows_trace = prepared->borrows_trace;
    fl_mapfile_free(&prepared->mapfile);
    memset(prepared, 0, sizeof *prepared);
    return true;
}

struct run { const struct fl_request *request; struct fl_result *result; };

static bool run(void *context, struct fl_err *err)
{
    struct run *r = context;
    struct fl_prepared prepared;
    if (!fl_prepare(&prepared, r->request, NULL, err))
        return false;
    bool ok = fl_prepared_run(&prepared, r->request, &r->result, err);
    fl_prepared_free(&prepared);
    return ok;
}

bool fanlight_run_sized(const struct fl_request *request, size_t size, struct fl_result **out, struct fl_err *err)
{
    struct fl_request own;
    struct run r = { &own, NULL };
    bool ok = fl_record_take(&own, sizeof own, request, size, "fl_request", err) && fl_guard(run, &r, NULL, err);
    *out = ok ? r.result : NULL;
    return ok;
}

struct writing { const struct fl_result *result; FILE *out; };

static bool mapping_write(void *context, struct fl_err *err)
{
    const struct writing *w = context;
    const struct fl_result *r = w->result;
    (void)err;
    fl_mapfile_write(w->out, &r->plan, &r->trace, &r->machine, r->design.name);
    return true;
}

bool fanlight_write_mapping(const struct fl_result *result, FILE *out, struct fl_err *err)
{
    struct writing w = { result, out };
    return fl_guard(mapping_write, &w, NULL, err);
}
