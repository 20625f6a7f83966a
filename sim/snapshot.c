/* snapshot.c - state tables at work: save, compare, move on. */
#include "sim/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "sim/ledger.h"

enum { ALARM, BLOCKED, FIELDS };        /* words of a unit before those of its table */
enum { MESSAGE = 3 };                   /* words of a message: at, bits, step and flags */

/* ---- forms ---- */

static uint32_t states_of(const struct fl_unit_type *type)
{
    uint32_t n = 0;
    while (type->state != NULL && type->state[n].name != NULL)
        n++;
    return n;
}

static uint32_t ports_of(const struct fl_unit_type *type)
{
    uint32_t n = 0;
    while (type->ports != NULL && type->ports[n].name != NULL)
        n++;
    return n;
}

static uint32_t reset_find(struct fl_form *form, uint32_t offset)
{
    for (uint32_t i = 0; i < form->resets; i++)
        if (form->reset[i] == offset)
            return i;
    form->reset[form->resets] = offset;
    return form->resets++;
}

static void form_add_state(struct fl_form *form, const struct fl_state *state, uint32_t part)
{
    enum { WORD = 8 };
    fl_assert(state->rule == FL_PLAIN || state->size % WORD == 0);
    for (uint32_t done = 0; done < state->size; done += WORD) {
        uint32_t rest = state->size - done;
        struct fl_field *field = &form->field[form->fields++];
        *field = (struct fl_field){ .rule = state->rule, .offset = state->offset + done,
                                    .size = rest < WORD ? rest : WORD, .part = part, .arg = state->arg };
        if (state->rule == FL_LEFT)
            field->reset = reset_find(form, state->resets + done);
        fl_assert(state->rule != FL_PHASE || state->arg > 0);
    }
}

static void form_add_lines(struct fl_forms *forms, struct fl_form *form)
{
    const struct unit *u = form->unit;
    uint32_t ports = ports_of(u->type), lines = 0;
    for (uint32_t p = 0; p < ports; p++)
        lines += u->type->ports[p].way == FL_IN ? u->socket[p].lines : 0;
    form->line = fl_arena_array(&forms->arena, lines, sizeof(struct fl_port *));
    for (uint32_t p = 0; p < ports; p++)
        for (uint32_t l = 0; u->type->ports[p].way == FL_IN && l < u->socket[p].lines; l++)
            form->line[form->lines++] = u->socket[p].line[l];
}

static bool clock_known(const struct fl_sim *sim, const struct fl_clock *clock)
{
    for (uint32_t i = 0; i < sim->clocks; i++)
        if (sim->clock[i] == clock)
            return true;
    return clock == NULL || clock == &sim->frame;
}

static void form_init(struct fl_forms *forms, struct unit *u)
{
    fl_unit_assert(u, clock_known(forms->sim, u->clock));
    struct fl_form *form = &forms->form[u->number];
    const struct fl_unit_type *type = u->type;
    uint32_t states = states_of(type), words = 0;
    form->unit = u;
    for (uint32_t i = 0; i < states; i++)
        words += (type->state[i].size + 7) / 8;
    form->field = fl_arena_array(&forms->arena, words, sizeof *form->field);
    form->reset = fl_arena_array(&forms->arena, words, sizeof *form->reset);
    for (uint32_t i = 0; i < states; i++)
        form_add_state(form, &type->state[i], 1 + i);
    form_add_lines(forms, form);
    form->counts = fl_unit_counts(u);
    form->parts = 1 + states + form->lines;
    form->part = forms->parts;
    forms->parts += form->parts;
}

void fl_forms_init(struct fl_forms *forms, struct fl_sim *sim)
{
    memset(forms, 0, sizeof *forms);
    forms->sim = sim;
    forms->form = fl_arena_array(&forms->arena, sim->units, sizeof *forms->form);
    forms->order = fl_arena_array(&forms->arena, sim->units, sizeof *forms->order);
    for (uint32_t i = 0; i < sim->units; i++) {
        form_init(forms, sim->unit[i]);
        forms->order[i] = i;
    }
    forms->parts += sim->clocks + 2;    /* the clocks, the frame clock, the ledger */
}

void fl_forms_free(struct fl_forms *forms)
{
    fl_arena_free(&forms->arena);
    memset(forms, 0, sizeof *forms);
}

static const char *line_name(struct fl_forms *forms, const struct fl_form *form, uint32_t line)
{
    const struct unit *u = form->unit;
    for (uint32_t p = 0; p < ports_of(u->type); p++)
        for (uint32_t l = 0; u->type->ports[p].way == FL_IN && l < u->socket[p].lines; l++)
            if (line-- == 0)
                return fl_arena_format(&forms->arena, u->type->ports[p].many ? "%s.%s[%u]" : "%s.%s", u->path,
                                       u->type->ports[p].name, l);
    return u->path;
}

const char *fl_forms_part(struct fl_forms *forms, uint32_t part)
{
    const struct fl_sim *sim = forms->sim;
    for (uint32_t i = 0; i < sim->units; i++) {
        const struct fl_form *form = &forms->form[i];
        if (part - form->part >= form->parts)
            continue;
        uint32_t own = part - form->part, states = states_of(form->unit->type);
        if (own == 0)
            return fl_arena_format(&forms->arena, "%s.alarm", form->unit->path);
        if (own <= states)
            return fl_arena_format(&forms->arena, "%s.%s", form->unit->path, form->unit->type->state[own - 1].name);
        return line_name(forms, form, own - 1 - states);
    }
    uint32_t clock = part - (forms->parts - sim->clocks - 2);
    if (clock < sim->clocks)
        return sim->clock[clock]->name;
    return clock == sim->clocks ? "frame clock" : "ledger";
}

/* ---- words ---- */

static inline int64_t word_get(const struct unit *u, uint32_t offset, uint32_t size)
{
    const char *at = (const char *)u + offset;
    int64_t word = 0;
    if (size == sizeof word)
        memcpy(&word, at, sizeof word);
    else
        memcpy(&word, at, size);
    return word;
}

static inline void word_put(struct unit *u, uint32_t offset, int64_t word)
{
    memcpy((char *)u + offset, &word, sizeof word);
}

/* Time to come, at least `least` (0: what is past is past); NEVER is itself. */
static inline fl_time ahead(fl_time t, fl_time now, fl_time least)
{
    if (t == FL_NEVER)
        return FL_NEVER;
    return t - now > least ? t - now : least;
}

static inline int64_t line_status(const struct fl_port *line)
{
    return (int64_t)((uint64_t)line->used | (uint64_t)line->hungry << 32 | (uint64_t)line->refused << 33);
}

static inline int64_t message_kind(const struct fl_msg *msg)
{
    return (int64_t)((uint64_t)msg->step << 32 | msg->flags);
}

static inline uint32_t message_next(const struct fl_port *line, uint32_t at)
{
    return at + 1 == line->room ? 0 : at + 1;
}

/* ---- save ---- */

static uint64_t mark_add(uint64_t mark, uint64_t word)
{
    mark = (mark ^ word) * 0x9E3779B97F4A7C15u;
    return mark ^ mark >> 32;
}

uint64_t fl_snapshot_mark(const struct fl_forms *forms)
{
    uint64_t mark = 0;
    for (uint32_t i = 0; i < forms->sim->units; i++) {
        const struct fl_form *form = &forms->form[i];
        if (form->unit->touched != forms->sim->events)
            continue;
        mark = mark_add(mark, i);
        for (uint32_t f = 0; f < form->fields; f++)
            if (form->field[f].rule == FL_PLAIN)
                mark = mark_add(mark, (uint64_t)word_get(form->unit, form->field[f].offset, form->field[f].size));
    }
    return mark;
}

static int64_t *line_save(int64_t *word, const struct fl_port *line)
{
    *word++ = line_status(line);
    uint32_t at = line->head;
    for (uint32_t i = 0; i < line->used; i++, at = message_next(line, at)) {
        const struct fl_msg *msg = &line->ring[at];
        *word++ = msg->at;
        *word++ = msg->bits;
        *word++ = message_kind(msg);
    }
    return word;
}

static int64_t *form_save(int64_t *word, const struct fl_form *form)
{
    const struct unit *u = form->unit;
    *word++ = u->alarm;
    *word++ = u->blocked;
    for (uint32_t i = 0; i < form->fields; i++)
        *word++ = word_get(u, form->field[i].offset, form->field[i].size);
    for (uint32_t i = 0; i < form->resets; i++)
        *word++ = word_get(u, form->reset[i], sizeof *word);
    memcpy(word, u->count, form->counts * sizeof *word);
    word += form->counts;
    for (uint32_t i = 0; i < form->lines; i++)
        word = line_save(word, form->line[i]);
    return word;
}

static size_t form_words(const struct fl_form *form)
{
    size_t words = FIELDS + form->fields + form->resets + form->counts + form->lines;
    for (uint32_t i = 0; i < form->lines; i++)
        words += (size_t)form->line[i]->used * MESSAGE;
    return words;
}

void fl_snapshot_take(struct fl_snapshot *snapshot, const struct fl_forms *forms, uint64_t mark)
{
    const struct fl_sim *sim = forms->sim;
    size_t words = 0;
    snapshot->now = sim->now;
    snapshot->events = sim->events;
    snapshot->mark = mark;
    snapshot->occurrences = sim->ledger != NULL ? sim->ledger->occurrences : 0;
    snapshot->open = sim->ledger != NULL && sim->ledger->open;
    if (snapshot->start == NULL) {
        snapshot->start = calloc(sim->units + 1, sizeof *snapshot->start);
        fl_assert(snapshot->start != NULL);
    }
    for (uint32_t i = 0; i < sim->units; i++) {
        snapshot->start[i] = (uint32_t)words;
        words += form_words(&forms->form[i]);
    }
    snapshot->words = words;
    snapshot->word = fl_grow(snapshot->word, &snapshot->room, words, sizeof *snapshot->word);
    for (uint32_t i = 0; i < sim->units; i++)
        form_save(&snapshot->word[snapshot->start[i]], &forms->form[i]);
}

void fl_snapshot_free(struct fl_snapshot *snapshot)
{
    free(snapshot->word);
    free(snapshot->start);
    memset(snapshot, 0, sizeof *snapshot);
}

/* ---- compare ---- */

/* Two moments and what lies between them. */
struct span {
    fl_time before, now, period;
    int64_t times;                      /* periods that may follow, as far as known */
};

static inline void span_bound(struct span *span, int64_t times)
{
    if (times < span->times)
        span->times = times < 0 ? 0 : times;
}

/* A counter that moves by `step` a period must not run past the end of its range. */
static void span_bound_count(struct span *span, int64_t count, int64_t step)
{
    if (step > 0)
        span_bound(span, (INT64_MAX - (count > 0 ? count : 0)) / step);
    else if (step < 0)
        span_bound(span, step == INT64_MIN ? 0 : (INT64_MAX + (count < 0 ? count : 0)) / -step);
}

/* A loop counter reloaded in between is plain state; else it has made progress, and must not come to its floor. */
static bool left_recurs(struct span *span, int64_t before, int64_t left, bool reloaded, int64_t bottom)
{
    if (reloaded || before <= left)
        return before == left;
    span_bound(span, (left - bottom - 1) / (before - left));
    return true;
}

/* A deadline that moved along is a time; one that stands still must stay out of sight. */
static bool deadline_recurs(struct span *span, fl_time before, fl_time t, fl_time slack)
{
    if (ahead(before, span->before, 0) == ahead(t, span->now, 0))
        return true;
    if (before != t || t - slack <= span->now)
        return false;
    span_bound(span, (t - slack - span->now - 1) / span->period);
    return true;
}

static inline bool field_recurs(struct span *span, const struct fl_form *form, const struct fl_field *field,
                                int64_t before, const int64_t *resets)
{
    const struct unit *u = form->unit;
    int64_t now = word_get(u, field->offset, field->size);
    switch (field->rule) {
    case FL_PLAIN:
        return before == now;
    case FL_TIME:
        return ahead(before, span->before, 0) == ahead(now, span->now, 0);
    case FL_PAST:
        return ahead(before, span->before, -field->arg) == ahead(now, span->now, -field->arg);
    case FL_LEFT:
        return left_recurs(span, before, now,
                           resets[field->reset] != word_get(u, form->reset[field->reset], sizeof now), field->arg);
    case FL_DEADLINE:
        return deadline_recurs(span, before, now, field->arg);
    case FL_PHASE:
        return (before - now) % field->arg == 0;
    }
    return false;
}

static bool line_recurs(const struct span *span, const int64_t *word, const struct fl_port *line)
{
    if (*word++ != line_status(line))
        return false;
    uint32_t at = line->head;
    for (uint32_t i = 0; i < line->used; i++, at = message_next(line, at), word += MESSAGE) {
        const struct fl_msg *msg = &line->ring[at];
        if (ahead(word[0], span->before, 0) != ahead(msg->at, span->now, 0) || word[1] != msg->bits ||
            word[2] != message_kind(msg))
            return false;
    }
    return true;
}

/* The first of the unit's parts that differs, or `parts` if none does. */
static uint32_t form_recurs(struct span *span, const int64_t *word, const struct fl_form *form)
{
    const struct unit *u = form->unit;
    if (ahead(word[ALARM], span->before, 0) != ahead(u->alarm, span->now, 0) || word[BLOCKED] != u->blocked)
        return 0;
    const int64_t *fields = word + FIELDS, *resets = fields + form->fields;
    for (uint32_t i = 0; i < form->fields; i++)
        if (!field_recurs(span, form, &form->field[i], fields[i], resets))
            return form->field[i].part;
    const int64_t *ring = resets + form->resets + form->counts;
    for (uint32_t i = 0; i < form->lines; i++) {
        if (!line_recurs(span, ring, form->line[i]))
            return form->parts - form->lines + i;
        ring += 1 + (size_t)form->line[i]->used * MESSAGE;
    }
    return form->parts;
}

/* Counts go up evenly; the leap ends before one would run past its range, so that simulation tells of it. */
static void counts_bound(struct span *span, const int64_t *word, const struct fl_form *form)
{
    const int64_t *before = word + FIELDS + form->fields + form->resets;
    for (uint32_t i = 0; i < form->counts; i++)
        if (i != FL_BLOCKED_PS)
            span_bound_count(span, form->unit->count[i], form->unit->count[i] - before[i]);
    for (uint32_t i = 0; i < form->fields; i++)
        if (form->field[i].rule == FL_PHASE) {
            int64_t now = word_get(form->unit, form->field[i].offset, form->field[i].size);
            span_bound_count(span, now, now - word[FIELDS + i]);
        }
}

static uint32_t clocks_recur(const struct fl_snapshot *snapshot, const struct fl_sim *sim, fl_time period)
{
    for (uint32_t i = 0; i < sim->clocks; i++)
        if (sim->clock[i]->consulted > snapshot->events && period % sim->clock[i]->p != 0)
            return i;
    return sim->frame.consulted > snapshot->events && period % sim->frame.p != 0 ? sim->clocks : UINT32_MAX;
}

/* Whole operators lie between two moments outside of any, or none at all. */
static bool ledger_recurs(const struct fl_snapshot *snapshot, const struct fl_ledger *ledger)
{
    return ledger == NULL ||
           (snapshot->open == ledger->open && (!ledger->open || snapshot->occurrences == ledger->occurrences));
}

static void order_first(struct fl_forms *forms, uint32_t place)
{
    uint32_t unit = forms->order[place];
    memmove(forms->order + 1, forms->order, place * sizeof *forms->order);
    forms->order[0] = unit;
}

static bool units_recur(const struct fl_snapshot *snapshot, struct fl_forms *forms, struct span *span, uint32_t *broke)
{
    for (uint32_t i = 0; i < forms->sim->units; i++) {
        const struct fl_form *form = &forms->form[forms->order[i]];
        const struct unit *u = form->unit;
        if (u->touched > snapshot->events) {
            uint32_t part = form_recurs(span, &snapshot->word[snapshot->start[u->number]], form);
            if (part < form->parts) {
                *broke = form->part + part;
                order_first(forms, i);
                return false;
            }
        } else if (u->alarm != FL_NEVER) {
            span_bound(span, (u->alarm - span->now - 1) / span->period);
        }
        if (span->times == 0)
            return false;
    }
    return true;
}

int64_t fl_snapshot_repeats(const struct fl_snapshot *snapshot, struct fl_forms *forms, uint32_t *broke)
{
    const struct fl_sim *sim = forms->sim;
    struct span span = { snapshot->now, sim->now, sim->now - snapshot->now, INT64_MAX };
    *broke = UINT32_MAX;
    if (span.period <= 0)
        return 0;
    if (!ledger_recurs(snapshot, sim->ledger)) {
        *broke = forms->parts - 1;
        return 0;
    }
    uint32_t clock = clocks_recur(snapshot, sim, span.period);
    if (clock != UINT32_MAX) {
        *broke = forms->parts - sim->clocks - 2 + clock;
        return 0;
    }
    span_bound(&span, (FL_TIME_END - sim->now) / span.period);
    if (!units_recur(snapshot, forms, &span, broke))
        return 0;
    for (uint32_t i = 0; i < sim->units; i++)
        if (sim->unit[i]->touched > snapshot->events)
            counts_bound(&span, &snapshot->word[snapshot->start[i]], &forms->form[i]);
    return span.times;
}

/* ---- move on ---- */

/* now + times x (now - before), as counts go; bounds were checked before, and blocked_ps may wrap. */
static inline int64_t advance(int64_t before, int64_t now, int64_t times)
{
    return (int64_t)((uint64_t)now + (uint64_t)times * ((uint64_t)now - (uint64_t)before));
}

static inline fl_time shift(fl_time t, fl_time by)
{
    return t == FL_NEVER ? t : t + by;
}

static void field_leap(struct unit *u, const struct fl_field *field, int64_t before, fl_time by, int64_t times)
{
    if (field->rule == FL_PLAIN)
        return;
    int64_t now = word_get(u, field->offset, field->size);
    if (field->rule == FL_LEFT || field->rule == FL_PHASE)  /* a reloaded counter has equal values */
        word_put(u, field->offset, advance(before, now, times));
    else if (before != now)             /* a time that stood still is past, or a deadline out of sight */
        word_put(u, field->offset, shift(now, by));
}

static void form_leap(const struct fl_form *form, const int64_t *word, fl_time by, int64_t times)
{
    struct unit *u = form->unit;
    u->alarm = shift(u->alarm, by);
    word += FIELDS;
    for (uint32_t i = 0; i < form->fields; i++)
        field_leap(u, &form->field[i], word[i], by, times);
    word += form->fields;
    for (uint32_t i = 0; i < form->resets; i++)
        word_put(u, form->reset[i], advance(word[i], word_get(u, form->reset[i], sizeof *word), times));
    word += form->resets;
    for (uint32_t i = 0; i < form->counts; i++)
        u->count[i] = advance(word[i], u->count[i], times);
    for (uint32_t i = 0; i < form->lines; i++) {
        struct fl_port *line = form->line[i];
        for (uint32_t m = 0, at = line->head; m < line->used; m++, at = message_next(line, at))
            line->ring[at].at += by;
    }
}

void fl_snapshot_leap(const struct fl_snapshot *snapshot, struct fl_forms *forms, int64_t times)
{
    struct fl_sim *sim = forms->sim;
    fl_time period = sim->now - snapshot->now, by = period * times;
    uint64_t events = (sim->events - snapshot->events) * (uint64_t)times;
    for (uint32_t i = 0; i < sim->units; i++)
        if (sim->unit[i]->touched > snapshot->events) {
            form_leap(&forms->form[i], &snapshot->word[snapshot->start[i]], by, times);
            sim->unit[i]->touched += events;
        }
    for (uint32_t i = 0; i < sim->clocks; i++)
        sim->clock[i]->consulted += sim->clock[i]->consulted > snapshot->events ? events : 0;
    sim->frame.consulted += sim->frame.consulted > snapshot->events ? events : 0;
    if (sim->ledger != NULL && sim->ledger->occurrences > snapshot->occurrences)
        fl_ledger_repeat(sim->ledger, snapshot->occurrences, period, times);
    sim->now += by;
    sim->events += events;
    fl_queue_rebuild(&sim->queue);
}
