/* critical.c - the latency split among operators: who waited for whom, from the logs of a run.
 *
 * The texts are walked once more, without a machine. Each signal and each end of an operator is a
 * moment, whose time is the next of its stream's log; it was caused by the latest of what stood
 * before it: the stream's last moment, the tokens taken since, who had the slot before. Tokens are
 * matched by counting. The chain of causes from the last moment back to the start telescopes, so
 * that parts sum to the latency, to the picosecond.
 */
#include <string.h>

#include "base/arena.h"
#include "sim/ledger.h"

enum { NONE = -1 };

struct moment { fl_time at; int64_t cause, occurrence; };  /* indices; NONE */
struct list { int64_t *of; size_t length, room, taken; };

struct chain {
    const struct fl_ledger *ledger;
    const struct fl_program *program;
    struct moment *moment;
    size_t moments, room;
    size_t logged[FL_STREAMS];          /* of each stream's log */
    int64_t last[FL_STREAMS];           /* what the stream's next moment is caused by, as far as known */
    struct fl_waited stands[FL_STREAMS];        /* what it has waited for longest since its last moment */
    struct fl_waited *waited;           /* of each occurrence */
    struct list token[FL_TOKENS];       /* moments that gave one */
    struct list closed[FL_SLOTS];       /* occurrences of a slot, in order */
    size_t begun[FL_SLOTS];             /* of those, how many have been opened */
    int64_t left[FL_SLOTS];             /* parts of the one in flight that have not ended */
    int64_t ended[FL_SLOTS];            /* the moment at which the slot was free again */
};

static void list_add(struct list *list, int64_t what)
{
    list->of = fl_grow(list->of, &list->room, list->length, sizeof *list->of);
    list->of[list->length++] = what;
}

static fl_time time_of(const struct chain *c, int64_t moment)
{
    return moment == NONE ? 0 : c->moment[moment].at;
}

/* The later of what a stream waits for. */
static void caused_by(struct chain *c, int32_t stream, int64_t moment)
{
    if (time_of(c, moment) > time_of(c, c->last[stream]))
        c->last[stream] = moment;
}

static void longer(struct fl_waited *most, struct fl_waited waited)
{
    if (waited.ps > most->ps)
        *most = waited;
}

static void moment_add(struct chain *c, int32_t stream, fl_time at, int64_t occurrence)
{
    if (occurrence != NONE) {
        longer(&c->waited[occurrence], c->stands[stream]);
        c->stands[stream].ps = 0;
    }
    c->moment = fl_grow(c->moment, &c->room, c->moments, sizeof *c->moment);
    c->moment[c->moments] = (struct moment){at, c->last[stream], occurrence};
    c->last[stream] = (int64_t)c->moments++;
}

/* A signal, or an end of a part, of the operator in a slot: of the first stream it takes no time of its own. */
static void pass(struct chain *c, int32_t stream, int32_t slot)
{
    fl_time at = stream > 0 ? c->ledger->log[stream].at[c->logged[stream]++] : time_of(c, c->last[stream]);
    bool known = stream > 0 && slot >= 0 && c->begun[slot] > 0;     /* else another's token is handed on, at once */
    moment_add(c, stream, at, known ? c->closed[slot].of[c->begun[slot] - 1] : NONE);
}

static void opened(struct chain *c, int32_t stream, const struct fl_inst *inst)
{
    int32_t slot = inst->arg;
    if (c->left[slot] == 0) {
        c->left[slot] = inst->count;
        c->begun[slot]++;
    }
    caused_by(c, stream, c->ended[slot]);
}

/* An operator that stands alone ends. */
static void stood_alone(struct chain *c, int32_t stream, int32_t slot)
{
    int64_t occurrence = c->closed[slot].of[c->begun[slot]++];
    moment_add(c, stream, c->ledger->occurrence[occurrence].end, occurrence);
    c->ended[slot] = c->last[stream];
}

static void closed(struct chain *c, int32_t stream, int32_t slot)
{
    pass(c, stream, slot);
    c->left[slot]--;
    if (c->moment[c->last[stream]].at >= time_of(c, c->ended[slot]))
        c->ended[slot] = c->last[stream];
}

static void passed(void *context, int32_t stream, const struct fl_inst *inst)
{
    struct chain *c = context;
    if (inst->code == FL_OPEN) {
        opened(c, stream, inst);
    } else if (inst->code == FL_CLOSE) {
        closed(c, stream, inst->arg);
    } else if (inst->code == FL_END_OP) {
        stood_alone(c, stream, inst->arg);
    } else if (inst->code == FL_SIGNAL) {
        pass(c, stream, c->program->token[inst->arg].slot);
        for (int64_t n = 0; n < inst->count; n++)
            list_add(&c->token[inst->arg], c->last[stream]);
    } else if (inst->code == FL_WAIT || inst->code == FL_WAIT_LOAD) {
        fl_time from = time_of(c, c->last[stream]);
        for (int64_t n = 0; n < inst->count; n++)
            caused_by(c, stream, c->token[inst->arg].of[c->token[inst->arg].taken++]);
        longer(&c->stands[stream], (struct fl_waited){inst->arg, time_of(c, c->last[stream]) - from});
    }
}

/* Of one stream each operator waits for the one before. */
static void one_after_another(const struct fl_ledger *ledger, fl_time *part)
{
    fl_time before = 0;
    for (size_t n = 0; n < ledger->occurrences; n++) {
        part[n] = ledger->occurrence[n].end - before;
        before = ledger->occurrence[n].end;
    }
}

static void chain_free(struct chain *c)
{
    for (int s = 0; s < FL_SLOTS; s++)
        fl_free(c->closed[s].of);
    for (int t = 0; t < FL_TOKENS; t++)
        fl_free(c->token[t].of);
    fl_free(c->moment);
    fl_free(c);
}

static struct chain *chain_find(const struct fl_ledger *ledger, const struct fl_program *program)
{
    struct chain *c = fl_calloc(1, sizeof *c);
    c->ledger = ledger;
    c->program = program;
    c->waited = fl_calloc(ledger->occurrences + 1, sizeof *c->waited);
    for (size_t n = 0; n < ledger->occurrences; n++)
        c->waited[n].token = NONE;
    for (int s = 0; s < FL_STREAMS; s++)
        c->last[s] = NONE;
    for (int s = 0; s < FL_SLOTS; s++)
        c->ended[s] = NONE;
    for (size_t n = 0; n < ledger->occurrences; n++)
        list_add(&c->closed[ledger->occurrence[n].slot], (int64_t)n);
    fl_program_walk(program, &(struct fl_visitor){passed, c});
    return c;
}

fl_time *fl_ledger_critical(const struct fl_ledger *ledger, const struct fl_program *program, fl_time end)
{
    fl_time *part = fl_calloc(ledger->occurrences + 1, sizeof *part);
    if (program->stream == NULL) {
        one_after_another(ledger, part);
        return part;
    }
    struct chain *c = chain_find(ledger, program);
    int64_t at = NONE;
    for (size_t i = 0; i < c->moments; i++)
        at = c->moment[i].at == end ? (int64_t)i : at;
    for (; at != NONE; at = c->moment[at].cause)
        if (c->moment[at].occurrence != NONE)
            part[c->moment[at].occurrence] += c->moment[at].at - time_of(c, c->moment[at].cause);
    fl_free(c->waited);
    chain_free(c);
    return part;
}

struct fl_waited *fl_ledger_waits(const struct fl_ledger *ledger, const struct fl_program *program)
{
    if (program->stream == NULL)
        return NULL;
    struct chain *c = chain_find(ledger, program);
    struct fl_waited *waited = c->waited;
    chain_free(c);
    return waited;
}
