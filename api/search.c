/* search.c - `--map search`: bounds propose, simulation decides.
 *
 * The named strategies run first, so that no search is worse than the best of them. Then
 * every different product of the trace is searched by bounds, and those found are
 * simulated one by one, best bound first, until no bound is better than what was
 * simulated. The plan of the winners runs as a whole, beside the best named one.
 */
#include "api/search.h"

#include <math.h>
#include <stdlib.h>

enum { FINALISTS = 8, GUESSED = 4 };    /* where the goal has no honest bound, fewer are simulated, but all of them */

struct bench {
    struct fl_arch *arch;
    const struct fl_prices *prices;
    struct fl_goal goal;
    bool leap;
    int64_t simulated;
};

/* An operator by itself, with what it moves besides. */
static bool op_run(struct bench *b, const struct fl_shape_search *shape, const struct fl_mapping *mapping,
                   struct fl_err *err)
{
    struct fl_builder builder = {0};
    struct fl_sim *sim = &b->arch->sim;
    fl_build_code(&builder, FL_OP);
    fl_spill_build(&builder, fl_spill_load_bits(&shape->spill, shape->op, &b->arch->machine, mapping), false);
    fl_mapping_lower(shape->op, &b->arch->machine, mapping, &builder);
    fl_spill_build(&builder, shape->spill.store_bits, true);
    fl_build_code(&builder, FL_END_OP);
    fl_build_code(&builder, FL_HALT);
    struct fl_program program = fl_builder_program(&builder);
    sim->leap = b->leap ? fl_leap_new(sim) : NULL;
    bool ran = fl_sim_run(sim, &program, err);
    if (sim->leap != NULL)
        fl_leap_free(sim->leap);
    sim->leap = NULL;
    fl_builder_free(&builder);
    b->simulated++;
    return ran;
}

/* The goal's cost of an operator by itself, with what burns meanwhile. */
static bool op_cost(struct bench *b, const struct fl_shape_search *shape, const struct fl_mapping *mapping,
                    double *cost, struct fl_err *err)
{
    if (!op_run(b, shape, mapping, err))
        return false;
    double ps = (double)b->arch->sim.now, mw = b->goal.prices ? b->goal.prices->static_mw : 0, joules = 0;
    if (mapping->pool >= 0 && b->goal.prices != NULL)
        mw += b->goal.prices->pool[mapping->pool].core_mw * (double)mapping->cores;
    if (b->goal.prices != NULL)
        joules = (fl_arch_counted_fj(b->arch, false) + mw * ps) * 1e-15;
    *cost = fl_goal_cost(&b->goal, ps, joules);
    return true;
}

static bool shape_simulate(struct bench *b, struct fl_shape_search *shape, struct fl_err *err)
{
    double best = INFINITY, cost;
    bool honest = b->goal.objective == FL_LATENCY;
    size_t most = honest ? shape->search.founds : GUESSED;
    shape->chosen = 0;
    if (shape->search.founds == 1)
        return true;
    for (size_t i = 0; i < shape->search.founds && i < most; i++) {
        const struct fl_found *found = &shape->search.found[i];
        if (honest && found->cost >= best)
            return true;
        if (!op_cost(b, shape, &found->mapping, &cost, err))
            return false;
        if (cost < best) {
            best = cost;
            shape->chosen = i;
        }
    }
    return true;
}

bool fl_finalists_simulate(struct fl_trace_search *search, struct fl_arch *arch, bool leap, int64_t *simulated,
                           struct fl_err *err)
{
    struct bench b = { .arch = arch, .goal = search->goal, .leap = leap };
    bool ok = true;
    for (size_t i = 0; ok && i < search->shapes; i++)
        ok = shape_simulate(&b, &search->shape[i], err);
    *simulated = b.simulated;
    return ok;
}

struct searched { int64_t weighed, pruned, simulated; };

/* The plan of a search's winners; *found NULL: no better than the best so far. */
static bool search_run(struct fl_result **found, const struct fl_prepared *prepared, const struct fl_request *request,
                       enum fl_objective objective, const struct fl_result *best, struct searched *searched,
                       struct fl_err *err)
{
    struct fl_machine machine = best->machine;      /* its pools and its DRAM have their sizes */
    struct fl_arch arch;
    struct fl_prices prices;
    struct fl_trace_search search;
    int64_t simulated = 0;
    *found = NULL;
    if (!fl_arch_build(&arch, &prepared->design, &machine, err))
        return false;
    struct fl_goal goal = { objective, objective == FL_LATENCY ? NULL : &prices, 0 };
    bool ok = (goal.prices == NULL || fl_prices_probe(&prices, &arch, err)) &&
              fl_search_trace(&search, &prepared->trace, &machine, goal, FINALISTS, err);
    if (ok) {
        struct fl_mapped_by by = fl_search_mapped_by(&search);
        ok = fl_finalists_simulate(&search, &arch, !request->no_leap, &simulated, err) &&
             fl_attempt(found, prepared, request, (struct fl_strategy){ "search", &by }, best, err);
        searched->weighed += search.weighed;
        searched->pruned += search.pruned;
        searched->simulated += simulated;
        fl_search_trace_free(&search);
    }
    fl_arch_free(&arch);
    return ok;
}

/* Estimates of energy may mislead, and the fastest plan is seldom a bad one by energy x time: it is tried then, too. */
bool fl_attempt_search(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                       struct fl_err *err)
{
    struct searched searched = { 0 };
    const enum fl_objective goals[] = { prepared->objective, FL_LATENCY };
    int turns = prepared->objective == FL_EDP ? 2 : 1;
    bool ok = fl_attempt_auto(best, prepared, request, err), any = false;
    if (!ok || *best == NULL)
        return ok;
    for (int i = 0; ok && i < turns; i++) {
        struct fl_result *found;
        ok = search_run(&found, prepared, request, goals[i], *best, &searched, err);
        bool better = found != NULL &&
                      fl_result_score(found, prepared->objective) < fl_result_score(*best, prepared->objective);
        fanlight_free(better ? *best : found);
        *best = better ? found : *best;
        any |= better;
    }
    if (!ok) {
        fanlight_free(*best);
        *best = NULL;
        return false;
    }
    struct fl_result *r = *best;
    const char *none = any ? "" : fl_arena_format(&r->arena, "; none better than %s", r->mapper);
    r->search_note = fl_arena_format(&r->arena, "search: %lld mappings weighed, %lld more passed by, %lld simulated%s",
                                     (long long)searched.weighed, (long long)searched.pruned,
                                     (long long)searched.simulated, none);
    r->mapper = "search";
    return true;
}
