/* search.c - `--map auto` and `--map search`: bounds propose, simulation decides.
 *
 * The named strategies run first, so that neither is worse than the best of them. Then
 * every different product of the trace is searched by bounds, among the strategies' own
 * mappings and then among all, and those found are simulated one by one with all that
 * they move, best bound first, until no bound is better than what was simulated: one, then a few
 * (auto), or several (search). What stays in place, and on how many cores, follows from
 * these simulations, too. The plan of the winners runs as a whole, beside the best so far.
 */
#include "api/search.h"

#include <math.h>
#include <stdlib.h>

enum { FINALISTS = 8, FEW = 4 };        /* mappings of a product that are simulated at once: by search, by auto */

struct bench {
    struct fl_arch *arch;
    const struct fl_prices *prices;     /* NULL: joules do not count */
    bool leap;
    bool again;                         /* an operator takes what it takes when it comes a second time */
    int64_t simulated;
};

/* An operator by itself so many times, one after the other, with what it moves besides. */
static bool op_run(struct bench *b, const struct fl_shape_search *shape, const struct fl_mapping *mapping, int times,
                   struct fl_err *err)
{
    struct fl_builder builder = {0};
    struct fl_sim *sim = &b->arch->sim;
    for (int i = 0; i < times; i++) {
        fl_build_open(&builder, 0);
        fl_spill_build(&builder, fl_spill_load_bits(&shape->spill, shape->op, &b->arch->machine, mapping), false);
        fl_mapping_lower(shape->op, &b->arch->machine, mapping, &builder);
        fl_spill_build(&builder, shape->spill.store_bits, true);
        fl_build_close(&builder);
    }
    fl_build_halt(&builder);
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

/* What an operator takes by itself, with what burns meanwhile: struct fl_trial. */
static bool op_try(void *context, const struct fl_shape_search *shape, const struct fl_mapping *mapping, double *ps,
                   double *joules, struct fl_err *err)
{
    struct bench *b = context;
    if (b->again && !op_run(b, shape, mapping, 2, err))
        return false;
    double both = (double)b->arch->sim.now;
    if (!op_run(b, shape, mapping, 1, err))
        return false;
    double mw = b->prices->static_mw;
    if (fl_on_cores(mapping))
        mw += b->prices->pool[mapping->number].core_mw * (double)mapping->cores;
    *ps = b->again ? both - (double)b->arch->sim.now : (double)b->arch->sim.now;
    *joules = (fl_arch_counted_fj(b->arch, false) + mw * *ps) * 1e-15;
    return true;
}

struct searched { int64_t weighed, pruned, simulated; bool found; };    /* found: a better plan */

/* What is searched: all mappings, or what the named strategies make of each product. */
struct pursuit { const char *name; enum fl_objective objective; bool named, again; size_t wanted; };

/* Where light passes while pixels settle, an operator's last frame keeps the next one's waiting: neither bounds nor
 * trials of single operators see that. False: there is no such pool. */
static bool settles_in_light(const struct fl_machine *machine)
{
    for (int32_t i = 0; i < machine->pools; i++)
        if (machine->pool[i].settle_in_light && machine->pool[i].settle_ps > 0)
            return true;
    return false;
}

/* So that bounds of all frames count what they keep others waiting for. */
static void settle_first(struct fl_machine *machine)
{
    for (int32_t i = 0; i < machine->pools; i++)
        machine->pool[i].settle_in_light = false;
}

/* The plan of a search's winners; *found NULL: no better than the best so far. */
static bool search_run(struct fl_result **found, const struct fl_prepared *prepared, const struct fl_request *request,
                       struct pursuit pursuit, const struct fl_result *best, struct searched *searched,
                       struct fl_err *err)
{
    struct fl_machine machine = best->machine;      /* its pools and its DRAM have their sizes */
    struct fl_arch arch;
    struct fl_prices prices;
    struct fl_trace_search search;
    size_t wanted = pursuit.named ? FL_FINALISTS : pursuit.wanted;
    *found = NULL;
    if (!fl_arch_build(&arch, &prepared->design, &machine, err))
        return false;
    struct fl_goal goal = { pursuit.objective, pursuit.objective == FL_LATENCY ? NULL : &prices, 0 };
    struct bench bench = { .arch = &arch, .prices = &prices, .leap = !request->no_leap, .again = pursuit.again };
    if (pursuit.again)
        settle_first(&machine);
    const struct fl_trial trial = { op_try, &bench };
    bool ok = fl_prices_probe(&prices, &arch, err) &&
              (pursuit.named ? fl_search_trace_named : fl_search_trace)(&search, &prepared->trace, &machine, goal,
                                                                        wanted, &trial, err);
    if (ok) {
        struct fl_mapped_by by = fl_search_mapped_by(&search);
        ok = fl_attempt(found, prepared, request, (struct fl_strategy){ pursuit.name, &by }, best, err);
        searched->weighed += search.weighed;
        searched->pruned += search.pruned;
        searched->simulated += bench.simulated;
        fl_search_trace_free(&search);
    }
    fl_arch_free(&arch);
    return ok;
}

/* Keeps the better of the best so far and of what a search finds. False, and no best: it failed. */
static bool search_add(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                       struct pursuit pursuit, struct searched *searched, struct fl_err *err)
{
    struct fl_result *found;
    if (!search_run(&found, prepared, request, pursuit, *best, searched, err)) {
        fanlight_free(*best);
        *best = NULL;
        return false;
    }
    bool better = found != NULL && fl_result_better(found, *best, prepared->objective);
    fanlight_free(better ? *best : found);
    *best = better ? found : *best;
    searched->found |= better;
    return true;
}

bool fl_attempt_auto(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                     struct fl_err *err)
{
    struct searched searched = { 0 };
    const struct pursuit mix = { .name = "auto", .objective = prepared->objective, .named = true };
    const struct pursuit one = { .name = "auto", .objective = prepared->objective, .wanted = 1 };
    const struct pursuit few = { .name = "auto", .objective = prepared->objective, .wanted = FEW };
    if (!fl_attempt_named(best, prepared, request, err))
        return false;
    if (*best != NULL && !search_add(best, prepared, request, mix, &searched, err))
        return false;
    if (*best != NULL && !search_add(best, prepared, request, one, &searched, err))
        return false;
    return *best == NULL || search_add(best, prepared, request, few, &searched, err);
}

/* Estimates of energy may mislead, and the fastest plan is seldom a bad one by energy x time: it is tried then, too.
 * And where one operator's frames keep another's waiting, so is the plan that expects the worst of that. */
bool fl_attempt_search(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                       struct fl_err *err)
{
    struct searched searched = { 0 };
    const enum fl_objective goals[] = { prepared->objective, FL_LATENCY };
    int turns = prepared->objective == FL_EDP ? 2 : 1;
    if (!fl_attempt_auto(best, prepared, request, err))
        return false;
    if (*best == NULL)
        return true;
    bool again = settles_in_light(&(*best)->machine);
    for (int i = 0; i < turns; i++) {
        struct pursuit all = { .name = "search", .objective = goals[i], .wanted = FINALISTS };
        if (!search_add(best, prepared, request, all, &searched, err))
            return false;
        all.again = true;
        if (again && !search_add(best, prepared, request, all, &searched, err))
            return false;
    }
    struct fl_result *r = *best;
    const char *none = searched.found ? "" : fl_arena_format(&r->arena, "; none better than %s", r->mapper);
    r->search_note = fl_arena_format(&r->arena, "search: %lld mappings weighed, %lld more passed by, %lld simulated%s",
                                     (long long)searched.weighed, (long long)searched.pruned,
                                     (long long)searched.simulated, none);
    r->mapper = "search";
    return true;
}
