/* mark.c - a hash of what must be equal of a unit: moments whose marks differ never match. */
#include "sim/words.h"

static inline uint64_t mark_add(uint64_t mark, int64_t word)
{
    mark = (mark ^ (uint64_t)word) * 0x9E3779B97F4A7C15u;
    return mark ^ mark >> 32;
}

static uint64_t mark_plain(uint64_t mark, const char *at, uint32_t size)
{
    for (; size >= WORD; size -= WORD, at += WORD)
        mark = mark_add(mark, word_at(at, 0));
    int64_t rest = 0;
    memcpy(&rest, at, size);
    return mark_add(mark, rest);
}

static uint64_t mark_state(uint64_t mark, const struct unit *u, const struct fl_state *state)
{
    if (state->rule == FL_PLAIN || state->rule == FL_PLACE)
        return mark_plain(mark, (const char *)u + state->offset, state->size);
    if (state->rule == FL_LEFT || state->rule == FL_DEADLINE || state->rule == FL_STOCK)
        return mark;
    for (uint32_t i = 0; i < state->size; i += WORD) {
        int64_t word = word_at(u, state->offset + i);
        mark = mark_add(mark, ahead(word, u->sim->now));
    }
    return mark;
}

uint64_t fl_snapshot_mark(struct fl_forms *forms, const struct unit *u)
{
    const struct fl_form *form = &forms->form[u->number];
    fl_time now = forms->sim->now;
    uint64_t mark = mark_add(u->number, blocked_kind(u));
    for (uint32_t i = 0; i < form->states; i++)
        mark = mark_state(mark, u, &form->state[i]);
    for (uint32_t i = 0; i < form->lines; i++) {
        const struct fl_port *line = form->line[i];
        mark = mark_add(mark, line_status(line));
        for (uint32_t m = 0, at = line->head; m < line->used; m++, at = message_next(line, at))
            mark = mark_add(mark_add(mark, ahead(line->ring[at].at, now)), message_kind(&line->ring[at]));
    }
    forms->effort += form->words + form->lines;
    return mark;
}
