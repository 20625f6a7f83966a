/* onward.c - state tables at work: what a leap of so many periods makes of the machine. */
#include <string.h>

#include "sim/ledger.h"
#include "sim/snapshot.h"
#include "sim/words.h"

/* So far in time and in events, in so many periods, the first of which began behind event `since`. */
struct jump {
    fl_time by;
    int64_t times;
    uint64_t since, events;
};

/* A time that stood still is past, or a deadline out of sight; a reloaded counter has equal values. */
static void state_leap(struct unit *u, const struct fl_state *state, const char *before, fl_time by, int64_t times)
{
    bool counter = state->rule == FL_LEFT;
    if (state->rule == FL_PLAIN || state->rule == FL_PLACE || state->rule == FL_STOCK)
        return;
    for (uint32_t i = 0; i < state->size; i += WORD) {
        int64_t was = word_at(before, i), now = word_at(u, state->offset + i);
        if (was != now)
            word_put(u, state->offset + i, counter ? advance(was, now, times) : shift(now, by));
    }
}

/* What was seen of a deadline moves along even if it stood still: the periods leapt over may have looked that far.
 * What was noted of the first to move since the operator began stays as it is: it is history. */
static void watch_leap(struct unit *u, const struct fl_state *state, fl_time by)
{
    for (uint32_t i = 0; state->watch != 0 && i < state->size; i += WORD) {
        struct fl_watch watch;
        memcpy(&watch, (const char *)u + state->watch + watch_behind(i), sizeof watch);
        watch.seen = shift(watch.seen, by);
        watch.met = shift(watch.met, by);
        memcpy((char *)u + state->watch + watch_behind(i), &watch, sizeof watch);
    }
}

/* Stocks and what was taken of them go on as counts do; who was refused in the period was so in the last one, too. */
static void stocks_leap(struct unit *u, const struct fl_state *state, const char *saved, const struct jump *jump)
{
    for (uint32_t i = 0; i < state->size; i += WORD) {
        struct fl_taking taking;
        uint32_t stock = state->offset + i, at = state->taking + taking_behind(i);
        memcpy(&taking, (const char *)u + at, sizeof taking);
        word_put(u, stock, advance(word_at(saved, state->saved + i), word_at(u, stock), jump->times));
        taking.taken = advance(word_at(saved, state->beside + taking_behind(i)), taking.taken, jump->times);
        taking.refused += taking.refused > jump->since ? jump->events : 0;
        memcpy((char *)u + at, &taking, sizeof taking);
    }
}

/* Reload counters, which several loops may share. */
static void resets_leap(struct unit *u, const struct fl_form *form, const char *saved, int64_t times)
{
    for (uint32_t i = 0; i < form->states; i++) {
        const struct fl_state *state = &form->state[i];
        bool done = state->rule != FL_LEFT;
        for (uint32_t j = 0; j < i && !done; j++)
            done = form->state[j].rule == FL_LEFT &&
                   form->state[j].resets == state->resets;
        for (uint32_t at = 0; !done && at < state->size; at += WORD)
            word_put(u, state->resets + at,
                     advance(word_at(saved, state->beside + at), word_at(u, state->resets + at), times));
    }
}

/* Rows of operators that are those of before go on as counts do; others are as far as those of then were. */
static void rows_leap(struct unit *u, const struct fl_form *form, const int64_t *word, uint64_t turned, int64_t times)
{
    for (uint64_t slots = u->rows & ~turned; slots != 0; slots &= slots - 1) {
        const int64_t *before = saved_row(word, form, slots & -slots);
        int64_t *now = row_of(u, slots);
        for (uint32_t c = 0; c < form->counts; c++)
            now[c] = advance(before != NULL ? before[c] : 0, now[c], times);
    }
}

static void form_leap(const struct fl_form *form, const int64_t *word, uint64_t turned, const struct jump *jump)
{
    fl_time by = jump->by;
    int64_t times = jump->times;
    struct unit *u = form->unit;
    const char *saved = saved_state(word);
    const int64_t *count = saved_counts(word, form);
    u->alarm = u->alarm == word[ALARM] ? u->alarm : shift(u->alarm, by);
    u->blocked_at += u->blocked && u->blocked_at != word[SINCE] ? by : 0;
    rows_leap(u, form, word, turned, times);
    for (uint32_t i = 0; i < form->states; i++) {
        const struct fl_state *state = &form->state[i];
        state_leap(u, state, saved + state->saved, by, times);
        if (state->rule == FL_DEADLINE)
            watch_leap(u, state, by);
        if (state->rule == FL_STOCK)
            stocks_leap(u, state, saved, jump);
    }
    resets_leap(u, form, saved, times);
    for (uint32_t i = 0; i < form->counts; i++)
        u->count[i] = advance(count[i], u->count[i], times);
    for (uint32_t i = 0; i < form->lines; i++) {
        struct fl_port *line = form->line[i];
        for (uint32_t m = 0, at = line->head; m < line->used; m++, at = message_next(line, at))
            line->ring[at].at += by;
    }
}

/* Operators that began in between began as much later in the last period. Gives their slots. */
static uint64_t flights_leap(const struct fl_snapshot *snapshot, struct fl_ledger *ledger, fl_time by, int64_t times)
{
    uint64_t turned = 0;
    for (uint64_t open = ledger != NULL ? ledger->open : 0; open != 0; open &= open - 1) {
        const struct fl_flight *before = &snapshot->flight[__builtin_ctzll(open)];
        struct fl_flight *now = &ledger->flight[__builtin_ctzll(open)];
        if (now->openings == before->openings)
            continue;
        now->start += by;
        now->openings = advance(before->openings, now->openings, times);
        turned |= open & -open;
    }
    return turned;
}

void fl_snapshot_leap(const struct fl_snapshot *snapshot, struct fl_forms *forms, int64_t times)
{
    struct fl_sim *sim = forms->sim;
    fl_time period = sim->now - snapshot->now, by = period * times;
    uint64_t events = (sim->events - snapshot->events) * (uint64_t)times;
    uint64_t turned = flights_leap(snapshot, sim->ledger, by, times);
    const struct jump jump = {by, times, snapshot->events, events};
    for (uint32_t i = 0; i < sim->units; i++)
        if (sim->unit[i]->touched > snapshot->events) {
            form_leap(&forms->form[i], &snapshot->word[snapshot->start[i]], turned, &jump);
            sim->unit[i]->touched += events;
        }
    for (uint32_t i = 0; i < sim->clocks; i++)
        sim->clock[i]->consulted += sim->clock[i]->consulted > snapshot->events ? events : 0;
    sim->frame.consulted += sim->frame.consulted > snapshot->events ? events : 0;
    if (sim->ledger != NULL)
        fl_ledger_repeat_log(sim->ledger, snapshot->log, period, times);
    if (sim->ledger != NULL && sim->ledger->occurrences > snapshot->occurrences)
        fl_ledger_repeat(sim->ledger, snapshot->occurrences, sim->ledger->occurrences, period, times);
    sim->epoch += sim->epoch > snapshot->events ? events : 0;
    sim->now += by;
    sim->events += events;
    forms->effort += 2 * snapshot->words;
    fl_queue_rebuild(&sim->queue);
}
