/* result.c - the life of a result: what it knows of itself, asking it under a guard, its end. */
#include "api/result.h"

const char *fanlight_version(void)
{
    return FL_VERSION;
}

int64_t fanlight_latency_ps(const struct fl_result *result)
{
    return result->run.latency_ps;
}

const char *fanlight_notes(const struct fl_result *result)
{
    return result->remarks;
}

void fl_beaten_free(struct fl_beaten *list)
{
    for (struct fl_beaten *next; list != NULL; list = next) {
        next = list->next;
        fl_plan_free(&list->plan);
        fl_free(list);
    }
}

void fanlight_free(struct fl_result *result)
{
    if (result == NULL)
        return;
    fl_ledger_free(&result->run.ledger);
    fl_ledger_free(&result->setup.ledger);
    fl_free(result->run.critical);
    fl_free(result->setup.critical);
    fl_free(result->run.later);
    fl_arch_free(&result->arch);
    fl_plan_free(&result->plan);
    fl_beaten_free(result->beaten);
    if (!result->borrows) {
        fl_traces_free(&result->trace, &result->asked, result->borrows_trace);
        fl_design_free(&result->design);
    }
    fl_db_close(result->sums);
    fl_db_close(result->whole);
    fl_arena_free(&result->arena);
    fl_free(result);
}

/* What asking adds to a result: put back if the asking ends early, for what was made then is gone. */
bool fl_result_ask(struct fl_result *result, bool (*work)(void *context, struct fl_err *err), void *context,
                   struct fl_err *err)
{
    const struct fl_result before = *result;
    bool ended, ok = fl_guard(work, context, &ended, err);
    if (ended) {
        result->arena = before.arena;
        result->trace.arena = before.trace.arena;
        result->trace_text = before.trace_text;
        fl_db_close(before.sums);
        fl_db_close(before.whole);
        result->sums = result->whole = NULL;
    }
    return ok;
}
