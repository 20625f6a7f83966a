/* guard.c - a piece of work, and coming back from it early. */
#include "base/guard.h"

#include "base/landing.h"

/* In a function of its own: what changes between setjmp and longjmp may not be a local of the one that calls setjmp. */
static bool land_or_work(struct fl_landing *landing, bool (*work)(void *context, struct fl_err *err), void *context,
                         struct fl_err *told)
{
    if (setjmp(landing->place) != 0)
        return false;
    return work(context, told);
}

static bool guarded(bool keeps, bool (*work)(void *context, struct fl_err *err), void *context, bool *ended,
                    struct fl_err *err)
{
    struct fl_landing landing = { .outer = fl_landing, .keeps = keeps };
    struct fl_err told = { 0 };         /* by the work; its text is held as all else is */
    landing.held.older = landing.held.newer = &landing.held;
    fl_landing = &landing;
    bool ok = land_or_work(&landing, work, context, &told), early = landing.code != FL_FAULT_NONE;
    fl_landing_forget(&landing, false);
    if (ended != NULL)
        *ended = early;
    if (early && !keeps)
        told = (struct fl_err){ 0 };    /* its text went with the rest */
    /* What lives on takes its faults while this guard still keeps; else they are the outer work's. */
    fl_landing = keeps ? &landing : landing.outer;
    fl_err_take(err, &told);
    if (early)
        fl_fail_as(err, landing.code, NULL, "%s", landing.text);
    fl_landing = landing.outer;
    return ok;
}

bool fl_guard(bool (*work)(void *context, struct fl_err *err), void *context, bool *ended, struct fl_err *err)
{
    return guarded(false, work, context, ended, err);
}

bool fl_guard_keeping(bool (*work)(void *context, struct fl_err *err), void *context, bool *ended,
                      struct fl_err *err)
{
    return guarded(true, work, context, ended, err);
}
