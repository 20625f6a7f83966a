/* snapshot.c - state tables at work: save and compare. What a leap moves on: onward.c. */
#include "sim/snapshot.h"

#include <string.h>

#include "sim/ledger.h"
#include "sim/words.h"

/* ---- save ---- */

static int64_t *line_save(int64_t *word, const struct fl_port *line)
{
    *word++ = line_status(line);
    uint32_t at = line->head;
    for (uint32_t i = 0; i < line->used; i++, at = message_next(line, at)) {
        const struct fl_msg *msg = &line->ring[at];
        *word++ = msg->at;
        *word++ = msg->payload;
        *word++ = message_kind(msg);
    }
    return word;
}

static void form_save(int64_t *word, const struct fl_form *form)
{
    const struct unit *u = form->unit;
    word[ALARM] = u->alarm;
    word[BLOCKED] = blocked_kind(u);
    word[SINCE] = u->blocked_at;
    word[TOUCHED] = (int64_t)u->touched;
    word[ROWS] = (int64_t)u->rows;
    word += STATE;
    for (uint32_t i = 0; i < form->stretches; i++)
        memcpy((char *)word + form->stretch[i].saved, (const char *)u + form->stretch[i].from, form->stretch[i].size);
    word += form->words;
    memcpy(word, u->count, form->counts * sizeof *word);
    word += form->counts;
    for (uint64_t rows = u->rows; rows != 0; rows &= rows - 1, word += form->counts)
        memcpy(word, row_of(u, rows), form->counts * sizeof *word);
    for (uint32_t i = 0; i < form->lines; i++)
        word = line_save(word, form->line[i]);
}

static size_t form_words(const struct fl_form *form)
{
    uint32_t rows = (uint32_t)__builtin_popcountll(form->unit->rows);
    size_t words = STATE + form->words + (1 + rows) * form->counts + form->lines;
    for (uint32_t i = 0; i < form->lines; i++)
        words += (size_t)form->line[i]->used * MESSAGE;
    return words;
}

void fl_snapshot_take(struct fl_snapshot *snapshot, struct fl_forms *forms)
{
    enum { COPIED_QUICKLY = 4 };        /* words copied in the time one is compared */
    const struct fl_sim *sim = forms->sim;
    size_t words = 0;
    snapshot->now = sim->now;
    snapshot->events = sim->events;
    snapshot->occurrences = sim->ledger != NULL ? sim->ledger->occurrences : 0;
    snapshot->open = sim->ledger != NULL ? sim->ledger->open : 0;
    if (snapshot->start == NULL) {
        snapshot->flight = fl_calloc(FL_SLOTS, sizeof *snapshot->flight);
        snapshot->log = fl_calloc(FL_STREAMS, sizeof *snapshot->log);
        snapshot->start = fl_calloc(sim->units + 1, sizeof *snapshot->start);
        snapshot->consulted = fl_calloc(sim->clocks + 1, sizeof *snapshot->consulted);
    }
    for (int32_t s = 0; sim->ledger != NULL && s < fl_program_streams(sim->program); s++)
        snapshot->log[s] = sim->ledger->log[s].length;
    for (uint64_t open = snapshot->open; open != 0; open &= open - 1)
        snapshot->flight[__builtin_ctzll(open)] = sim->ledger->flight[__builtin_ctzll(open)];
    for (uint32_t i = 0; i < sim->clocks; i++)
        snapshot->consulted[i] = sim->clock[i]->consulted;
    snapshot->consulted[sim->clocks] = sim->frame.consulted;
    for (uint32_t i = 0; i < sim->units; i++) {
        snapshot->start[i] = (uint32_t)words;
        words += form_words(&forms->form[i]);
    }
    snapshot->words = words;
    snapshot->word = fl_grow(snapshot->word, &snapshot->room, words, sizeof *snapshot->word);
    for (uint32_t i = 0; i < sim->units; i++)
        form_save(&snapshot->word[snapshot->start[i]], &forms->form[i]);
    forms->effort += words / COPIED_QUICKLY + sim->units;
}

void fl_snapshot_free(struct fl_snapshot *snapshot)
{
    fl_free(snapshot->word);
    fl_free(snapshot->start);
    fl_free(snapshot->flight);
    fl_free(snapshot->log);
    fl_free(snapshot->consulted);
    memset(snapshot, 0, sizeof *snapshot);
}

/* ---- compare ---- */

/* Two moments and what lies between them. */
struct span {
    fl_time before, now, period;
    uint64_t events;                    /* before */
    uint64_t turned;                    /* slots of operators in flight that are not those of before */
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

/* A deadline that moved along is a time; one that stands still must stay out of sight: `seen` is how far was looked. */
static bool deadline_recurs(struct span *span, fl_time before, fl_time t, fl_time seen)
{
    if (ahead(before, span->before) == ahead(t, span->now))
        return true;
    if (before != t || t <= seen)
        return false;
    span_bound(span, (t - seen - 1) / span->period);
    return true;
}

/* A stock of which there was always enough may rise; it falls until what a period takes could empty it. One of which
 * none was taken may rise to what somebody waits for. */
static bool stock_recurs(struct span *span, int64_t before, int64_t stock, const struct fl_taking *taking,
                         int64_t taken)
{
    bool refused = taking->refused > span->events;
    if (before == stock)
        return true;
    if (refused && taken > 0)
        return false;
    if (before > stock)
        span_bound(span, stock < taken ? 0 : (stock - taken) / (before - stock) + 1);
    else if (refused)
        span_bound(span, (taking->wanted - 1 - stock) / (stock - before));
    else
        span_bound_count(span, stock, stock - before);
    return true;
}

static fl_time seen_by(const struct unit *u, const struct fl_state *state, uint32_t i)
{
    fl_time seen = u->sim->now + state->arg, noted = state->watch != 0 ? word_at(u, state->watch + watch_behind(i)) : 0;
    return noted > seen ? noted : seen;
}

static bool times_recur(const struct span *span, const char *before, const char *now, uint32_t size)
{
    for (uint32_t i = 0; i < size; i += WORD)
        if (ahead(word_at(before, i), span->before) != ahead(word_at(now, i), span->now))
            return false;
    return true;
}

static bool state_recurs(struct span *span, const struct fl_form *form, const struct fl_state *state, const char *saved)
{
    const char *u = (const char *)form->unit, *before = saved + state->saved, *beside = saved + state->beside;
    const char *now = u + state->offset;
    switch (state->rule) {
    case FL_PLAIN:
    case FL_PLACE:
        return memcmp(before, now, state->size) == 0;
    case FL_TIME:
        return times_recur(span, before, now, state->size);
    case FL_LEFT:
        for (uint32_t i = 0; i < state->size; i += WORD)
            if (!left_recurs(span, word_at(before, i), word_at(now, i),
                             word_at(beside, i) != word_at(u, state->resets + i), state->arg))
                return false;
        return true;
    case FL_DEADLINE:
        for (uint32_t i = 0; i < state->size; i += WORD)
            if (!deadline_recurs(span, word_at(before, i), word_at(now, i), seen_by(form->unit, state, i)))
                return false;
        return true;
    case FL_STOCK:
        for (uint32_t i = 0; i < state->size; i += WORD) {
            struct fl_taking taking;
            memcpy(&taking, u + state->taking + taking_behind(i), sizeof taking);
            if (!stock_recurs(span, word_at(before, i), word_at(now, i), &taking,
                              taking.taken - word_at(beside, taking_behind(i))))
                return false;
        }
        return true;
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
        if (ahead(word[0], span->before) != ahead(msg->at, span->now) || word[1] != msg->payload ||
            word[2] != message_kind(msg))
            return false;
    }
    return true;
}

/* A moment that is past, and told only later: the same as before, or as long ago as the one before was then. */
static bool past_recurs(const struct span *span, fl_time before, fl_time past)
{
    return before == past || past - before == span->period;
}

/* Operators that began in between have counted by now what those in their slots had then. */
static bool rows_recur(const struct span *span, const int64_t *word, const struct fl_form *form)
{
    const struct unit *u = form->unit;
    for (uint64_t slots = ((uint64_t)word[ROWS] | u->rows) & span->turned; slots != 0; slots &= slots - 1) {
        const int64_t *before = saved_row(word, form, slots & -slots), *now = row_of(u, slots);
        for (uint32_t c = 0; c < form->counts; c++)
            if (now[c] != (before != NULL ? before[c] : 0))
                return false;
    }
    return true;
}

/* The first of the unit's parts that differs, or `parts` if none does. */
static uint32_t form_recurs(struct span *span, const int64_t *word, const struct fl_form *form, uint64_t *effort)
{
    const struct unit *u = form->unit;
    *effort += STATE;
    if (!deadline_recurs(span, word[ALARM], u->alarm, span->now) || word[BLOCKED] != blocked_kind(u) ||
        (u->blocked && !past_recurs(span, word[SINCE], u->blocked_at)))
        return 0;
    const char *saved = saved_state(word);
    for (uint32_t i = 0; i < form->states; i++) {
        *effort += 1 + form->state[i].size / WORD;
        if (!state_recurs(span, form, &form->state[i], saved))
            return 1 + i;
    }
    const int64_t *ring = saved_rings(word, form);
    for (uint32_t i = 0; i < form->lines; i++) {
        uint32_t words = 1 + form->line[i]->used * MESSAGE;
        *effort += words;
        if (!line_recurs(span, ring, form->line[i]))
            return 1 + form->states + i;
        ring += words;
    }
    return form->parts;
}

/* Counts go up evenly; the leap ends before one would run past its range, so that simulation tells of it. */
static void counts_bound(struct span *span, const int64_t *word, const struct fl_form *form)
{
    const struct unit *u = form->unit;
    const int64_t *before = saved_counts(word, form);
    for (uint32_t i = 0; i < form->counts; i++)
        span_bound_count(span, u->count[i], u->count[i] - before[i]);
}

static uint32_t clocks_recur(const struct fl_snapshot *snapshot, const struct fl_sim *sim, fl_time period)
{
    for (uint32_t i = 0; i < sim->clocks; i++)
        if (sim->clock[i]->consulted > snapshot->events && period % sim->clock[i]->p != 0)
            return i;
    return sim->frame.consulted > snapshot->events && period % sim->frame.p != 0 ? sim->clocks : UINT32_MAX;
}

/* Are operators in flight in the same slots, each the same as then or begun as long ago? */
static bool ledger_recurs(struct span *span, const struct fl_snapshot *snapshot, const struct fl_ledger *ledger)
{
    if (ledger == NULL || snapshot->open != ledger->open)
        return ledger == NULL;
    for (uint64_t open = ledger->open; open != 0; open &= open - 1) {
        const struct fl_flight *before = &snapshot->flight[__builtin_ctzll(open)];
        const struct fl_flight *now = &ledger->flight[__builtin_ctzll(open)];
        if (now->openings == before->openings)
            continue;
        if (now->start - before->start != span->period)
            return false;
        span->turned |= open & -open;
    }
    return true;
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
            uint32_t part = form_recurs(span, saved_unit(snapshot, form), form, &forms->effort);
            if (part < form->parts) {
                *broke = form->part + part;
                order_first(forms, i);
                return false;
            }
        } else if (u->alarm != FL_NEVER) {
            span_bound(span, (u->alarm - span->now - 1) / span->period);
        }
        if (span->turned != 0 && !rows_recur(span, saved_unit(snapshot, form), form)) {
            *broke = form->part;
            return false;
        }
        if (span->times == 0)
            return false;
    }
    return true;
}

int64_t fl_snapshot_repeats(const struct fl_snapshot *snapshot, struct fl_forms *forms, uint32_t *broke)
{
    const struct fl_sim *sim = forms->sim;
    struct span span = { snapshot->now, sim->now, sim->now - snapshot->now, snapshot->events, 0, INT64_MAX };
    *broke = UINT32_MAX;
    if (span.period <= 0 || !ledger_recurs(&span, snapshot, sim->ledger))
        return 0;
    uint32_t clock = clocks_recur(snapshot, sim, span.period);
    if (clock != UINT32_MAX) {
        *broke = forms->parts - sim->clocks - 1 + clock;
        return 0;
    }
    span_bound(&span, (FL_TIME_END - sim->now) / span.period);
    if (!units_recur(snapshot, forms, &span, broke))
        return 0;
    for (uint32_t i = 0; i < sim->units; i++)
        if (sim->unit[i]->touched > snapshot->events)
            counts_bound(&span, saved_unit(snapshot, &forms->form[i]), &forms->form[i]);
    return span.times;
}
