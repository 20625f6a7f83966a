/* recall.c - operators met before: kept, compared, done again. */
#include "sim/recall.h"

#include <stdlib.h>
#include <string.h>

#include "sim/ledger.h"
#include "sim/words.h"

void fl_recall_init(struct fl_recall *recall, struct fl_forms *forms)
{
    memset(recall, 0, sizeof *recall);
    recall->forms = forms;
}

void fl_recall_reset(struct fl_recall *recall)
{
    for (size_t i = 0; i < FL_RECALL_KEPT; i++) {
        recall->kept[i].walker = NULL;
        recall->kept[i].used = 0;
    }
    recall->open.walker = NULL;
    recall->uses = 0;
    memset(recall->brief, 0, sizeof recall->brief);
}

void fl_recall_free(struct fl_recall *recall)
{
    for (size_t i = 0; i < FL_RECALL_KEPT; i++) {
        fl_snapshot_free(&recall->kept[i].from);
        fl_snapshot_free(&recall->kept[i].to);
    }
    fl_snapshot_free(&recall->open.from);
    fl_snapshot_free(&recall->open.to);
}

/* ---- instructions ---- */

/* Where the unit stands in the program; -1: it does not walk it. */
static int64_t place_of(const struct unit *u)
{
    for (const struct fl_state *state = u->type->state; state != NULL && state->name != NULL; state++)
        if (state->rule == FL_PLACE)
            return word_at(u, state->offset);
    return -1;
}

/* Instructions from `place` to the end of the operator that begins there, loops about to be entered included; 0: none
 * begins there. */
static size_t text_length(const struct fl_program *program, int64_t place)
{
    size_t at = (size_t)place;
    while (at < program->insts && program->inst[at].code == FL_LOOP)
        at++;
    if (at >= program->insts || program->inst[at].code != FL_OP)
        return 0;
    while (at < program->insts && program->inst[at].code != FL_END_OP)
        at++;
    return at < program->insts ? at + 1 - (size_t)place : 0;
}

/* Where an instruction leads is told relative to the operator's first. */
static int64_t relative_arg(const struct fl_inst *inst, int64_t place)
{
    return inst->code == FL_NEXT ? inst->arg - place : inst->arg;
}

static uint64_t text_hash(const struct fl_program *program, int64_t place, size_t length)
{
    uint64_t hash = length;
    for (size_t i = 0; i < length; i++) {
        const struct fl_inst *inst = &program->inst[(size_t)place + i];
        const int64_t word[] = { inst->code, relative_arg(inst, place), inst->count };
        for (int w = 0; w < 3; w++) {
            hash = (hash ^ (uint64_t)word[w]) * 0x9E3779B97F4A7C15u;
            hash ^= hash >> 32;
        }
    }
    return hash;
}

static bool text_equal(const struct fl_program *program, int64_t a, int64_t b, size_t length)
{
    for (size_t i = 0; i < length && a != b; i++) {
        const struct fl_inst *x = &program->inst[(size_t)a + i], *y = &program->inst[(size_t)b + i];
        if (x->code != y->code || relative_arg(x, a) != relative_arg(y, b) || x->count != y->count)
            return false;
    }
    return true;
}

/* ---- keeping ---- */

void fl_recall_begin(struct fl_recall *recall, const struct unit *walker)
{
    const struct fl_sim *sim = recall->forms->sim;
    int64_t place = place_of(walker);
    size_t length = place >= 0 && sim->program != NULL ? text_length(sim->program, place) : 0;
    recall->open.walker = NULL;
    if (length == 0 || (sim->ledger != NULL && sim->ledger->open))
        return;
    uint64_t hash = text_hash(sim->program, place, length);
    if (recall->brief[hash % FL_RECALL_BRIEF] == hash)
        return;
    recall->open.walker = walker;
    recall->open.place = place;
    recall->open.length = length;
    recall->open.hash = hash;
    fl_snapshot_take(&recall->open.from, recall->forms);
}

void fl_recall_end(struct fl_recall *recall, const struct unit *walker, uint64_t least)
{
    struct fl_recalled *open = &recall->open, *oldest = &recall->kept[0];
    const struct fl_sim *sim = recall->forms->sim;
    bool ended = open->walker == walker && place_of(walker) == open->place + (int64_t)open->length;
    open->walker = NULL;
    if (!ended)
        return;
    if (sim->events - open->from.events < least) {
        recall->brief[open->hash % FL_RECALL_BRIEF] = open->hash;
        return;
    }
    for (size_t i = 1; i < FL_RECALL_KEPT; i++)
        if (recall->kept[i].used < oldest->used)
            oldest = &recall->kept[i];
    struct fl_recalled spare = *oldest;         /* its memory serves the next record */
    *oldest = *open;
    oldest->walker = walker;
    oldest->used = ++recall->uses;
    oldest->to = spare.to;
    *open = spare;
    open->to = (struct fl_snapshot){ 0 };
    open->walker = NULL;
    fl_snapshot_take(&oldest->to, recall->forms);
}

void fl_recall_pass(struct fl_recall *recall, const struct fl_snapshot *snapshot)
{
    if (snapshot->events < recall->open.from.events)
        recall->open.walker = NULL;
}

/* ---- comparing ---- */

/* An operator met before, and the same one about to begin. */
struct again {
    const struct fl_recalled *known;
    const struct fl_sim *sim;
    const struct fl_form *form;         /* of the unit looked at */
    const char *from, *to;              /* its state, before and after */
    fl_time by, end;                    /* how much later it is than then; when it will end */
};

/* A word of a saved state, `i` bytes behind its first; was its loop counter reloaded in between? */
static inline int64_t word_from(const struct again *a, const struct fl_state *state, uint32_t i)
{
    return word_at(a->from, state->saved + i);
}
static inline int64_t word_to(const struct again *a, const struct fl_state *state, uint32_t i)
{
    return word_at(a->to, state->saved + i);
}
static inline bool reloaded(const struct again *a, const struct fl_state *state, uint32_t i)
{
    return word_at(a->from, state->beside + i) != word_at(a->to, state->beside + i);
}

static bool place_again(const struct again *a, int64_t from, int64_t to, int64_t now)
{
    if (from == now)
        return true;
    const struct fl_recalled *known = a->known;
    return from == known->place && to == from + (int64_t)known->length &&
           text_equal(a->sim->program, known->place, now, known->length);
}

static bool left_again(const struct fl_state *state, int64_t from, int64_t to, int64_t now, bool reloaded)
{
    if (from == now)
        return true;
    return !reloaded && from >= to && to > state->arg && now - (from - to) > state->arg;
}

static bool deadline_again(const struct again *a, const struct fl_state *state, uint32_t i, fl_time now)
{
    fl_time from = word_from(a, state, i), to = word_to(a, state, i);
    struct fl_watch watch = { 0 };
    if (ahead(from, a->known->from.now) == ahead(now, a->sim->now))
        return true;
    if (state->watch != 0)
        memcpy(&watch, a->to + state->beside + watch_behind(i), sizeof watch);
    if (from == to) {                   /* it stood still, out of sight, and must do so again */
        fl_time seen = a->known->to.now + state->arg > watch.seen ? a->known->to.now + state->arg : watch.seen;
        return !watch.found && from > seen && now > seen + a->by;
    }
    return state->watch != 0 && watch.moved > a->known->from.events && now > watch.first_seen + a->by &&
           now <= shift(watch.first_met, a->by);
}

static bool word_again(const struct again *a, const struct fl_state *state, uint32_t i)
{
    const struct unit *u = a->form->unit;
    int64_t from = word_from(a, state, i), now = word_at(u, state->offset + i);
    switch (state->rule) {
    case FL_PLAIN:
    case FL_STOCK:
        return from == now;
    case FL_PLACE:
        return place_again(a, from, word_to(a, state, i), now);
    case FL_TIME:
        return ahead(from, a->known->from.now) == ahead(now, a->sim->now);
    case FL_LEFT:
        return left_again(state, from, word_to(a, state, i), now, reloaded(a, state, i));
    case FL_DEADLINE:
        return deadline_again(a, state, i, now);
    }
    return false;
}

static bool state_again(const struct again *a, const struct fl_state *state)
{
    if (state->rule == FL_PLAIN)
        return memcmp(a->from + state->saved, (const char *)a->form->unit + state->offset, state->size) == 0;
    for (uint32_t i = 0; i < state->size; i += WORD)
        if (!word_again(a, state, i))
            return false;
    return true;
}

static bool line_again(const struct again *a, const int64_t *word, const struct fl_port *line)
{
    if (*word++ != line_status(line))
        return false;
    for (uint32_t i = 0, at = line->head; i < line->used; i++, at = message_next(line, at), word += MESSAGE)
        if (ahead(word[0], a->known->from.now) != ahead(line->ring[at].at, a->sim->now) ||
            word[1] != line->ring[at].payload || word[2] != message_kind(&line->ring[at]))
            return false;
    return true;
}

/* No count may run past its range, nor a phase. */
static bool counts_again(const struct again *a, const int64_t *from, const int64_t *to)
{
    const struct unit *u = a->form->unit;
    int64_t sum;
    for (uint32_t i = 0; i < a->form->counts; i++)
        if (__builtin_sub_overflow(to[i], from[i], &sum) || __builtin_add_overflow(u->count[i], sum, &sum))
            return false;
    return true;
}

/* The first of the unit's parts that differs, or `parts` if none does. */
static uint32_t unit_again(const struct again *a, const int64_t *from)
{
    const struct fl_form *form = a->form;
    const struct unit *u = form->unit;
    if (ahead(from[ALARM], a->known->from.now) != ahead(u->alarm, a->sim->now) || from[BLOCKED] != blocked_kind(u) ||
        (u->blocked && u->blocked_at - from[SINCE] != a->by))
        return 0;
    for (uint32_t i = 0; i < form->states; i++)
        if (!state_again(a, &a->form->state[i]))
            return 1 + i;
    const int64_t *ring = saved_rings(from, form);
    for (uint32_t i = 0; i < form->lines; i++) {
        if (!line_again(a, ring, form->line[i]))
            return 1 + form->states + i;
        ring += 1 + form->line[i]->used * MESSAGE;
    }
    return form->parts;
}

static void again_look(struct again *a, const struct fl_form *form)
{
    a->form = form;
    a->from = saved_state(saved_unit(&a->known->from, form));
    a->to = saved_state(saved_unit(&a->known->to, form));
}

static inline bool took_part(const struct again *a, const struct fl_form *form)
{
    return (uint64_t)saved_unit(&a->known->to, form)[TOUCHED] > a->known->from.events;
}

static bool clocks_agree(const struct again *a)
{
    const struct fl_sim *sim = a->sim;
    for (uint32_t i = 0; i <= sim->clocks; i++) {
        const struct fl_clock *clock = i < sim->clocks ? sim->clock[i] : &sim->frame;
        if (a->known->to.consulted[i] > a->known->from.events && a->by % clock->p != 0)
            return false;
    }
    return true;
}

/* Will the machine do as it did? `*broke` tells what differs, or UINT32_MAX: something else is in the way. */
static bool all_again(struct again *a, struct fl_forms *forms, uint32_t *broke)
{
    const struct fl_sim *sim = a->sim;
    if (a->end > FL_TIME_END || !clocks_agree(a))
        return false;
    for (uint32_t i = 0; i < sim->units; i++) {
        const struct fl_form *form = &forms->form[forms->order[i]];
        again_look(a, form);
        if (!took_part(a, form)) {
            if (form->unit->alarm <= a->end)
                return false;
            continue;
        }
        forms->effort += form->words + form->lines;
        uint32_t part = unit_again(a, saved_unit(&a->known->from, form));
        if (part < form->parts) {
            *broke = form->part + part;
            return false;
        }
        if (!counts_again(a, saved_counts(saved_unit(&a->known->from, form), form),
                          saved_counts(saved_unit(&a->known->to, form), form)))
            return false;
    }
    return true;
}

/* ---- doing again ---- */

/* What a word becomes. A time that stood still stays: it is past, or as far ahead as it was then. */
static int64_t word_after(const struct again *a, const struct fl_state *state, uint32_t i)
{
    const struct unit *u = a->form->unit;
    int64_t from = word_from(a, state, i), to = word_to(a, state, i);
    int64_t now = word_at(u, state->offset + i);
    switch (state->rule) {
    case FL_PLAIN:
    case FL_STOCK:
        return to;
    case FL_TIME:
    case FL_DEADLINE:
        return from == to ? now : shift(to, a->by);
    case FL_LEFT:
        return reloaded(a, state, i) ? to : now - (from - to);
    case FL_PLACE:
        return now + (to - from);
    }
    return now;
}

static void watch_do(const struct again *a, struct unit *u, const struct fl_state *state, uint32_t i)
{
    struct fl_watch now, then;
    uint32_t at = state->watch + watch_behind(i);
    bool moved = word_from(a, state, i) != word_to(a, state, i);
    memcpy(&now, (const char *)u + at, sizeof now);
    memcpy(&then, a->to + state->beside + watch_behind(i), sizeof then);
    fl_time seen = then.seen + a->by;
    now.seen = moved || seen > now.seen ? seen : now.seen;
    if (moved || then.found) {
        now.met = then.met + a->by;
        now.found = then.found;
    }
    memcpy((char *)u + at, &now, sizeof now);
}

/* What was taken goes on; whether anybody was refused is not told apart. */
static void taking_do(const struct again *a, struct unit *u, const struct fl_state *state, uint32_t i)
{
    uint32_t behind = taking_behind(i), at = state->taking + behind;
    int64_t taken = word_at(a->to, state->beside + behind) - word_at(a->from, state->beside + behind);
    word_put(u, at, word_at(u, at) + taken);
    word_put(u, at + WORD, (int64_t)a->sim->events);
}

static void state_do(const struct again *a, struct unit *u, const struct fl_state *state)
{
    if (state->rule == FL_PLAIN) {
        memcpy((char *)u + state->offset, a->to + state->saved, state->size);
        return;
    }
    for (uint32_t i = 0; i < state->size; i += WORD) {
        if (state->rule == FL_DEADLINE && state->watch != 0)
            watch_do(a, u, state, i);
        if (state->rule == FL_STOCK)
            taking_do(a, u, state, i);
        word_put(u, state->offset + i, word_after(a, state, i));
    }
}

/* Reload counters, after the loops that are judged by them; several loops may share them. */
static void resets_do(const struct again *a, struct unit *u)
{
    for (uint32_t i = 0; i < a->form->states; i++) {
        const struct fl_state *state = &a->form->state[i];
        bool done = state->rule != FL_LEFT;
        for (uint32_t j = 0; j < i && !done; j++)
            done = a->form->state[j].rule == FL_LEFT &&
                   a->form->state[j].resets == state->resets;
        for (uint32_t at = 0; !done && at < state->size; at += WORD)
            word_put(u, state->resets + at, word_at(u, state->resets + at) +
                     (word_at(a->to, state->beside + at) - word_at(a->from, state->beside + at)));
    }
}

static const int64_t *line_do(const struct again *a, struct fl_port *line, const int64_t *word)
{
    uint64_t status = (uint64_t)*word++;
    line->used = (uint32_t)status;
    line->hungry = status >> 32 & 1;
    line->refused = status >> 33 & 1;
    line->head = 0;
    for (uint32_t m = 0; m < line->used; m++, word += MESSAGE) {
        uint64_t kind = (uint64_t)word[2];      /* see message_kind */
        line->ring[m] = (struct fl_msg){ .at = word[0] + a->by, .payload = word[1], .step = (uint32_t)(kind >> 32),
                                         .flags = (uint32_t)kind };
    }
    return word;
}

/* A span of time that began or ended in between counts the moment, which is now a later one. */
static void span_do(const struct again *a, int64_t *count, int64_t open_before, int64_t open_after)
{
    *count = (int64_t)((uint64_t)*count + (uint64_t)((open_before - open_after) * a->by));
}

static void unit_do(const struct again *a, const int64_t *from, const int64_t *to)
{
    const struct fl_form *form = a->form;
    struct unit *u = form->unit;
    const int64_t *before = saved_counts(from, form), *after = saved_counts(to, form), *ring = saved_rings(to, form);
    for (uint32_t i = 0; i < form->states; i++)
        state_do(a, u, &a->form->state[i]);
    resets_do(a, u);
    for (uint32_t i = 0; i < form->counts; i++)
        u->count[i] = (int64_t)((uint64_t)u->count[i] + (uint64_t)after[i] - (uint64_t)before[i]);
    for (uint32_t i = 0; i < form->states; i++) {
        const struct fl_state *state = &a->form->state[i];
        if (state->span != 0)
            span_do(a, &u->count[FL_OWN + state->span - 1], word_from(a, state, 0), word_to(a, state, 0));
    }
    for (uint32_t i = 0; i < form->lines; i++)
        ring = line_do(a, form->line[i], ring);
    u->alarm = shift(to[ALARM], a->by);
    u->blocked = to[BLOCKED] != 0;
    u->blocked_slot = u->blocked ? (int32_t)to[BLOCKED] - 2 : 0;
    u->blocked_at = u->blocked ? to[SINCE] + a->by : 0;
    u->touched = (uint64_t)to[TOUCHED] - a->known->from.events + a->sim->events;
}

static void all_do(struct again *a, struct fl_forms *forms)
{
    struct fl_sim *sim = forms->sim;
    const struct fl_snapshot *from = &a->known->from, *to = &a->known->to;
    for (uint32_t i = 0; i < sim->units; i++) {
        again_look(a, &forms->form[i]);
        if (took_part(a, a->form))
            unit_do(a, saved_unit(from, a->form), saved_unit(to, a->form));
    }
    for (uint32_t i = 0; i <= sim->clocks; i++)
        if (to->consulted[i] > from->events)
            (i < sim->clocks ? sim->clock[i] : &sim->frame)->consulted = to->consulted[i] - from->events + sim->events;
    if (sim->ledger != NULL)
        fl_ledger_repeat(sim->ledger, from->occurrences, to->occurrences, a->by, 1);
    sim->now = a->end;
    sim->events += to->events - from->events;
    forms->effort += 2 * to->words;
    fl_queue_rebuild(&sim->queue);
}

bool fl_recall_leap(struct fl_recall *recall, const struct unit *walker, uint32_t *broke)
{
    struct fl_forms *forms = recall->forms;
    struct fl_sim *sim = forms->sim;
    int64_t place = place_of(walker);
    size_t length = place >= 0 && sim->program != NULL ? text_length(sim->program, place) : 0;
    uint64_t hash = length > 0 ? text_hash(sim->program, place, length) : 0;
    *broke = UINT32_MAX;
    if (length == 0 || (sim->ledger != NULL && sim->ledger->open))
        return false;
    for (size_t i = 0; i < FL_RECALL_KEPT; i++) {
        struct fl_recalled *known = &recall->kept[i];
        if (known->walker != walker || known->hash != hash || known->length != length ||
            !text_equal(sim->program, known->place, place, length))
            continue;
        struct again a = { .known = known, .sim = sim, .by = sim->now - known->from.now };
        a.end = known->to.now + a.by;
        if (!all_again(&a, forms, broke))
            continue;
        all_do(&a, forms);
        known->used = ++recall->uses;
        return true;
    }
    return false;
}
