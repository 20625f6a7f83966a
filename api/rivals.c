/* rivals.c - a workload on another machine. */
#include "api/rivals.h"

#include <math.h>

#include "api/result.h"

const struct fl_opponent fl_opponents[] = {{"digital_22nm", "INT8"}, {"digital_5nm", "INT4"}, {NULL, NULL}};

static bool read_figures(struct fl_rival *rival, struct fl_result *result, struct fl_arena *arena, struct fl_err *err)
{
    struct fl_worst worst = fl_result_worst(result);
    const char *notes = fanlight_notes(result);
    if (!fanlight_summary(result, &rival->sum, err))
        return false;
    double optical = rival->sum.mac_utilization * rival->sum.peak_macs_per_s * rival->sum.latency_s;
    rival->optical_share = optical > 0 ? optical / rival->sum.macs : 0;
    rival->worst_operator = worst.name != NULL ? fl_arena_text(arena, worst.name) : NULL;
    const char *status = result->arch.machine.status;
    rival->status = status != NULL ? fl_arena_text(arena, status) : NULL;
    rival->notes = notes != NULL ? fl_arena_text(arena, notes) : NULL;
    return true;
}

bool fl_rival_run(struct fl_rival *rival, const struct fl_request *request, const char *design, const char *db,
                  struct fl_arena *arena, struct fl_err *err)
{
    struct fl_request ask = *request;
    struct fl_err fault = {0};
    struct fl_result *result = NULL;
    *rival = (struct fl_rival){.design = design != NULL ? design : request->design};
    ask.design = rival->design;
    bool ok = fanlight_run(&ask, &result, &fault);
    if (!ok && ask.stop != NULL && ask.stop(ask.context)) {
        ok = fl_fail(err, NULL, "%s", fl_err_first(&fault));
    } else if (!ok) {
        rival->why = fl_arena_text(arena, fl_err_first(&fault));
        rival->code = fault.code;
        ok = true;
    } else {
        ok = read_figures(rival, result, arena, err) && (db == NULL || fanlight_store(result, db, &rival->run, err));
    }
    fl_err_free(&fault);
    fanlight_free(result);
    return ok;
}
