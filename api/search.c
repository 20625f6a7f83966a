/* search.c - `--map auto` and `--map search`: bounds propose, simulation decides.
 *
 * Every different product of the trace is searched by bounds, among all mappings and among
 * the strategies' own, and those found are simulated one by one with all that they move, best
 * bound first, until no bound is better than what was simulated: a few, then one (auto), or
 * several (search). What stays in place, and on how many cores, follows from these
 * simulations, too. The plan of the winners runs as a whole, beside the best so far. The
 * named strategies run last, so that neither is worse than the best of them: most need not be
 * simulated any more, since what was found beats their bounds.
 */
#include "api/search.h"

#include <math.h>

enum { FINALISTS = 8, FEW = 4 };        /* mappings of a product that are simulated at once: by search, by auto */

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

/* Those who ask, and the bench on which single operators are tried. */
struct asker { const struct fl_prepared *prepared; const struct fl_request *request; struct fl_bench bench; };

static bool asker_open(struct asker *a, const struct fl_prepared *prepared, const struct fl_request *request,
                       const struct fl_machine *machine, struct fl_err *err)
{
    a->prepared = prepared;
    a->request = request;
    bool ok = fl_bench_open(&a->bench, &prepared->design, machine, !request->no_leap, err);
    a->bench.long_run = prepared->long_run;
    return ok;
}

/* Where plans are told from each other by what their operators take; NULL: operators by themselves do not tell. */
static struct fl_bench *judge(struct asker *a)
{
    return settles_in_light(&a->bench.machine) ? NULL : &a->bench;
}

/* What was not tried should take less than the next: does it, by the run if one operator followed another there, else
 * by a trial? */
static bool holds(struct asker *a, const struct fl_trace_search *search, const struct fl_result *run, bool *failed,
                  struct fl_err *err)
{
    double *took_ps = fl_result_took(run);
    bool drained = run->plan.program.stream == NULL, ok = true;
    for (size_t i = 0; i < run->plan.ops && ok && !*failed; i++) {
        const struct fl_shape_search *shape = search->shape_of[i] < search->shapes
                                              ? &search->shape[search->shape_of[i]] : NULL;
        double ps = took_ps[i], joules;
        if (shape == NULL || !isfinite(shape->next_ps))
            continue;
        if (!drained)
            *failed = !fl_bench_try(&a->bench, shape, &shape->search.found[shape->chosen].mapping, &ps, &joules, err);
        ok = ps <= shape->next_ps;
    }
    fl_free(took_ps);
    return ok;
}

/* The plan of a search's winners; *found NULL: no better than the best so far. `trusts`: products of which one mapping
 * is far ahead by bounds are not tried; *again: they should have been. */
static bool search_once(struct fl_result **found, struct asker *a, struct pursuit pursuit, const struct fl_result *best,
                        bool trusts, bool *again, struct fl_err *err)
{
    struct fl_bench *bench = &a->bench;
    struct fl_machine machine = bench->machine;
    struct fl_trace_search search;
    const struct fl_trial trial = { fl_bench_try, fl_bench_least, bench, trusts };
    const struct fl_goal goal = { pursuit.objective, pursuit.objective == FL_LATENCY ? NULL : &bench->prices, 0 };
    bool failed = false;
    *found = NULL;
    bench->again = pursuit.again;
    if (pursuit.again)
        settle_first(&machine);
    if (!(pursuit.named ? fl_search_trace_named : fl_search_trace)(&search, &a->prepared->trace, &machine, goal,
                                                                   pursuit.wanted, &trial, err))
        return false;
    struct fl_mapped_by by = fl_search_mapped_by(&search);
    const struct fl_strategy way = { pursuit.name, &by, judge(a) };
    bool ok = fl_attempt(found, a->prepared, a->request, way, best, err);
    *again = ok && trusts && *found != NULL && !holds(a, &search, *found, &failed, err);
    bench->weighed += search.weighed;
    bench->pruned += search.pruned;
    fl_search_trace_free(&search);
    if (failed)
        fl_result_drop(found);
    return ok && !failed;
}

/* The same, trusting as long as that holds. */
static bool search_run(struct fl_result **found, struct asker *a, struct pursuit pursuit, const struct fl_result *best,
                       struct fl_err *err)
{
    bool again = false, trusts = a->prepared->long_run < UINT64_MAX;
    if (!search_once(found, a, pursuit, best, trusts, &again, err))
        return false;
    if (!again)
        return true;
    struct fl_result *other;
    if (!search_once(&other, a, pursuit, *found, false, &again, err)) {
        fl_result_drop(found);
        return false;
    }
    fl_result_keep(found, other, a->prepared->objective);
    return true;
}

/* Keeps the better of the best so far (*best NULL: nothing) and of what a search finds. False, and no best: it
 * failed. */
static bool search_add(struct fl_result **best, struct asker *a, struct pursuit pursuit, struct fl_err *err)
{
    struct fl_result *found;
    bool ok = search_run(&found, a, pursuit, *best, err);
    if (ok)
        fl_result_keep(best, found, a->prepared->objective);
    else
        fl_result_drop(best);
    return ok;
}

static const struct fl_strategy by_bounds = { "auto", NULL, NULL };

/* Can no mix of the named strategies be the best? `bounds`: what bounds prefer among them (NULL: not planned). If that
 * is hopeless, one operator after another on the chip alone, no mix has a lower bound. */
static bool named_lose(bool *lose, struct asker *a, const struct fl_result *bounds, const struct fl_result *best,
                       struct fl_err *err)
{
    *lose = false;
    if (bounds == NULL || best == NULL || bounds->machine.gpus > 0 ||
        !fl_attempt_hopeless(bounds, best, a->prepared->objective))
        return true;
    return fl_attempt_drains(lose, a->prepared, a->request, by_bounds, err);
}

/* The mixes of auto. All mappings come first: what they find is mostly the best, and rules the others out. Trials need
 * not choose between the named strategies if no mix of theirs can be the best. */
static bool mixes_add(struct fl_result **best, struct asker *a, const struct fl_result *bounds, struct fl_err *err)
{
    const enum fl_objective objective = a->prepared->objective;
    const struct pursuit few = { .name = "auto", .objective = objective, .wanted = FEW };
    const struct pursuit one = { .name = "auto", .objective = objective, .wanted = 1 };
    const struct pursuit named = { .name = "auto", .objective = objective, .wanted = FL_FINALISTS, .named = true };
    bool lose;
    if (!search_add(best, a, few, err) || !search_add(best, a, one, err))
        return false;
    if (named_lose(&lose, a, bounds, *best, err))
        return lose || search_add(best, a, named, err);
    fl_result_drop(best);
    return false;
}

/* Mixes, what bounds prefer (`first`, which is taken; NULL: not planned), and the named strategies. */
static bool all_add(struct fl_result **best, struct asker *a, struct fl_result *first, struct fl_err *err)
{
    bool ok = mixes_add(best, a, first, err);
    if (!ok) {
        fanlight_free(first);
        return false;
    }
    if (!fl_attempt_run(&first, a->prepared, a->request, (struct fl_strategy){ "auto", NULL, judge(a) }, *best, err)) {
        fl_result_drop(best);
        return false;
    }
    fl_result_keep(best, first, a->prepared->objective);
    return fl_attempt_named(best, a->prepared, a->request, judge(a), err);
}

/* Where the plan of bounds is not admitted, the named strategies say how large the machine is for mixes. */
static bool unfit_add(struct fl_result **best, struct asker *a, struct fl_err *err)
{
    if (!fl_attempt_named(best, a->prepared, a->request, NULL, err))
        return false;
    if (*best == NULL)
        return true;
    const struct fl_machine sized = (*best)->machine;
    if (!asker_open(a, a->prepared, a->request, &sized, err)) {
        fl_result_drop(best);
        return false;
    }
    bool ok = mixes_add(best, a, NULL, err);
    fl_bench_close(&a->bench);
    return ok;
}

bool fl_attempt_auto(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                     struct fl_err *err)
{
    struct asker a = { .prepared = prepared, .request = request };
    struct fl_result *first;
    *best = NULL;
    if (!fl_attempt_plan(&first, prepared, request, by_bounds, false, err))
        return false;
    if (first == NULL)
        return unfit_add(best, &a, err);
    if (!asker_open(&a, prepared, request, &first->machine, err)) {
        fanlight_free(first);
        return false;
    }
    bool ok = all_add(best, &a, first, err);
    fl_bench_close(&a.bench);
    return ok;
}

/* What a search has done, for its report. `found`: a better plan than auto. */
static void search_note(struct fl_result *r, const struct fl_bench *bench, bool found)
{
    const char *none = found ? "" : fl_arena_format(&r->arena, "; none better than %s", r->mapper);
    r->search_note = fl_arena_format(&r->arena, "search: %lld mappings weighed, %lld more passed by, %lld simulated%s",
                                     (long long)bench->weighed, (long long)bench->pruned,
                                     (long long)bench->simulated, none);
    r->mapper = "search";
}

/* Estimates of energy may mislead, and the fastest plan is seldom a bad one by energy x time: it is tried then, too.
 * And where one operator's frames keep another's waiting, so is the plan that expects the worst of that. */
bool fl_attempt_search(struct fl_result **best, const struct fl_prepared *prepared, const struct fl_request *request,
                       struct fl_err *err)
{
    const enum fl_objective goals[] = { prepared->objective, FL_LATENCY };
    int turns = prepared->objective == FL_EDP ? 2 : 1;
    struct asker asker;
    if (!fl_attempt_auto(best, prepared, request, err))
        return false;
    if (*best == NULL)
        return true;
    bool again = settles_in_light(&(*best)->machine);
    const struct fl_result *before = *best;
    if (!asker_open(&asker, prepared, request, &(*best)->machine, err)) {
        fl_result_drop(best);
        return false;
    }
    bool ok = true;
    for (int i = 0; i < turns && ok; i++) {
        struct pursuit all = { .name = "search", .objective = goals[i], .wanted = FINALISTS };
        ok = search_add(best, &asker, all, err);
        all.again = true;
        ok = ok && (!again || search_add(best, &asker, all, err));
    }
    if (ok)
        search_note(*best, &asker.bench, *best != before);
    fl_bench_close(&asker.bench);
    return ok;
}
