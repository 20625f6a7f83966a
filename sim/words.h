/* words.h - how a saved machine lies in memory, for those that read it: snapshot.c, onward.c and recall.c. */
#ifndef FL_WORDS_H
#define FL_WORDS_H

#include <string.h>

#include "sim/snapshot.h"

/* Words of a unit; its state, counts, the same of each operator in flight (ROWS tells of which) and rings follow. */
enum { ALARM, BLOCKED, SINCE, TOUCHED, ROWS, STATE };
enum { WORD = 8, MESSAGE = 3 };         /* bytes of a word; words of a message: at, payload, step and flags */

/* A unit as it was saved. */
static inline const int64_t *saved_unit(const struct fl_snapshot *snapshot, const struct fl_form *form)
{
    return &snapshot->word[snapshot->start[form->unit->number]];
}
/* Its state, its counts, its rings. */
static inline const char *saved_state(const int64_t *word) { return (const char *)(word + STATE); }
static inline const int64_t *saved_counts(const int64_t *word, const struct fl_form *form)
{
    return word + STATE + form->words;
}
static inline const int64_t *saved_rows(const int64_t *word, const struct fl_form *form)
{
    return saved_counts(word, form) + form->counts;
}
/* Of an operator's slot; NULL: zeroes. */
static inline const int64_t *saved_row(const int64_t *word, const struct fl_form *form, uint64_t slot)
{
    uint64_t rows = (uint64_t)word[ROWS], below = rows & (slot - 1);
    return rows & slot ? saved_rows(word, form) + (uint32_t)__builtin_popcountll(below) * form->counts : NULL;
}
static inline const int64_t *saved_rings(const int64_t *word, const struct fl_form *form)
{
    return saved_rows(word, form) + (uint32_t)__builtin_popcountll((uint64_t)word[ROWS]) * form->counts;
}

/* The row of the lowest of some slots. */
static inline int64_t *row_of(const struct unit *u, uint64_t slots)
{
    return &u->row[(uint32_t)__builtin_ctzll(slots) * u->counts];
}

/* 0: not blocked; else 2 and more: with which operator. */
static inline int64_t blocked_kind(const struct unit *u) { return u->blocked ? u->blocked_slot + 2 : 0; }

static inline int64_t word_at(const void *base, uint32_t offset)
{
    int64_t word;
    memcpy(&word, (const char *)base + offset, sizeof word);
    return word;
}

static inline void word_put(void *base, uint32_t offset, int64_t word)
{
    memcpy((char *)base + offset, &word, sizeof word);
}

/* Time to come; what is past is past, and NEVER is itself. */
static inline fl_time ahead(fl_time t, fl_time now)
{
    if (t == FL_NEVER)
        return FL_NEVER;
    return t > now ? t - now : 0;
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

static inline fl_time shift(fl_time t, fl_time by)
{
    return t == FL_NEVER ? t : t + by;
}

/* now + times x (now - before), as counts go; bounds were checked before. */
static inline int64_t advance(int64_t before, int64_t now, int64_t times)
{
    return (int64_t)((uint64_t)now + (uint64_t)times * ((uint64_t)now - (uint64_t)before));
}

/* How far behind the first watch, or taking, that of a state's word `i` (in bytes) lies. */
static inline uint32_t watch_behind(uint32_t i) { return i / WORD * (uint32_t)sizeof(struct fl_watch); }
static inline uint32_t taking_behind(uint32_t i) { return i / WORD * (uint32_t)sizeof(struct fl_taking); }

#endif
