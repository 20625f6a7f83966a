/* harness_run.c - a run of the bench, and what can be asked of it. */
#include <stdlib.h>
#include <string.h>

#include "tests/laws/harness.h"

void rig_run_until(struct rig *rig, struct rig_traffic traffic, fl_time stop)
{
    enum { EVENTS = 1000000 };          /* of a unit that never comes to rest */
    rig->traffic = traffic;
    rig->sim.twice = traffic.twice;
    fl_sim_reset(&rig->sim);
    for (fl_time next; (next = fl_queue_time(&rig->sim.queue)) != FL_NEVER && next <= stop &&
                       rig->sim.events < EVENTS;)
        fl_sim_until(&rig->sim, next);
}

/* The unit's issue slot may be taken beyond the last event: its times say until when, and light lasts. */
static fl_time end_of(const struct rig *rig)
{
    fl_time end = rig->sim.now;
    for (const struct fl_state *state = rig->type->state; state != NULL && state->name != NULL; state++)
        for (size_t at = 0; state->rule == FL_TIME && at < state->size; at += sizeof(fl_time)) {
            fl_time time;
            memcpy(&time, (const char *)rig->unit + state->offset + at, sizeof time);
            end = time > end && time < FL_TIME_END ? time : end;
        }
    return end > rig->light_until ? end : rig->light_until;
}

static int mail_order(const void *left, const void *right)
{
    const struct rig_mail *a = left, *b = right;
    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

struct rig_result rig_run(struct rig *rig, struct rig_traffic traffic)
{
    rig_run_until(rig, traffic, FL_TIME_END);
    struct rig_result result = { .counts = rig->unit->counts, .mails = rig->mails, .end = end_of(rig),
                                 .quiet = fl_queue_time(&rig->sim.queue) == FL_NEVER };
    for (size_t i = 0; i < rig->mails; i++) {
        result.mail = fl_grow(result.mail, &result.room, i, sizeof *result.mail);
        result.mail[i] = rig->mail[i];
    }
    if (result.mails > 0)
        qsort(result.mail, result.mails, sizeof *result.mail, mail_order);
    result.count = calloc(result.counts, sizeof *result.count);
    fl_assert(result.count != NULL);
    memcpy(result.count, rig->unit->count, result.counts * sizeof *result.count);
    if (rig->unit->blocked)             /* a stall counts when it ends */
        result.count[FL_BLOCKED_PS] += result.end;
    rig->nudge_until = result.end;
    return result;
}

const struct fl_msg *rig_mail_at(const struct rig *rig, const struct rig_result *result, const char *port,
                                 size_t number)
{
    for (size_t i = 0; i < result->mails; i++)
        if (strcmp(rig->type->ports[result->mail[i].port].name, port) == 0 && number-- == 0)
            return &result->mail[i].msg;
    return NULL;
}

fl_time rig_left_at(const struct rig *rig, const struct rig_result *result, const char *port, size_t number)
{
    const struct fl_msg *msg = rig_mail_at(rig, result, port, number);
    return msg == NULL ? FL_NEVER : msg->at;
}

int64_t rig_count(const struct rig *rig, const struct rig_result *result, const char *name)
{
    for (uint32_t c = 0; c < result->counts; c++)
        if (strcmp(fl_unit_count_name(rig->unit, c), name) == 0)
            return result->count[c];
    fl_panic(__FILE__, __LINE__, "a %s counts no \"%s\"", rig->type->kind, name);
}

void rig_result_free(struct rig_result *result)
{
    fl_free(result->mail);
    free(result->count);
    *result = (struct rig_result){0};
}

bool rig_is_fresh(const struct rig *rig, size_t *byte)
{
    const char *own = (const char *)rig->unit + sizeof(struct unit);
    for (*byte = 0; *byte < rig->type->size - sizeof(struct unit); ++*byte)
        if (own[*byte] != rig->fresh[*byte])
            return false;
    return true;
}
