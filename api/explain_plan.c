/* explain_plan.c - the plan of a request as its mapper, its mapping file or the search makes it. */
#include "api/explain.h"

#include <string.h>

/* By bounds and, if joules count, by prices: those of single steps on a machine whose pools have their sizes. */
static bool plan_search(struct fl_explain *e, struct fl_err *err)
{
    struct fl_machine *machine = &e->given.machine;
    struct fl_goal goal = {.objective = e->given.objective};
    struct fl_prices prices;
    struct fl_trace_search search;
    if (goal.objective != FL_LATENCY) {
        struct fl_plan first;
        struct fl_arch arch;
        if (!fl_plan_make(&first, &e->given.trace, machine, "auto", goal.objective, err))
            return false;
        fl_plan_free(&first);
        if (!fl_arch_build(&arch, &e->given.design, machine, err))
            return false;
        bool probed = fl_prices_probe(&prices, &arch, err);
        fl_arch_free(&arch);
        if (!probed)
            return false;
        goal.prices = &prices;
    }
    if (!fl_search_trace(&search, &e->given.trace, machine, goal, 1, NULL, err))
        return false;
    struct fl_mapped_by by = fl_search_mapped_by(&search);
    bool made = fl_plan_make_by(&e->plan, &e->given.trace, machine, &by, err);
    fl_search_trace_free(&search);
    return made;
}

static bool plan_as_asked(struct fl_explain *e, struct fl_err *err)
{
    if (strcmp(e->given.strategy, "search") == 0)
        return plan_search(e, err);
    return fl_prepared_plan(&e->given, e->given.objective, &e->plan, err);
}

bool fl_explain_open(struct fl_explain *e, const struct fl_request *request, struct fl_err *err)
{
    *e = (struct fl_explain){0};
    if (!fl_prepare(&e->given, request, NULL, err))
        return false;
    if (plan_as_asked(e, err))
        return true;
    fl_prepared_free(&e->given);
    return false;
}

void fl_explain_close(struct fl_explain *e)
{
    fl_plan_free(&e->plan);
    fl_arena_free(&e->arena);
    fl_prepared_free(&e->given);
}
