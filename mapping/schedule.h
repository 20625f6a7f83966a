/* schedule.h - list schedules of the pieces of a layer: what each engine does next (order.c, lead.c). */
#ifndef FL_SCHEDULE_H
#define FL_SCHEDULE_H

#include "mapping/overlap.h"

/* Of pieces that an engine could do: that with the longest way to the end first, or that of the first rows. */
enum fl_first { FL_FIRST_WAYS, FL_FIRST_ROWS, FL_FIRSTS };

/* A part of a task: its pieces go in their order, on one stream. In a turned order a round begins with those that the
 * layer before has left. */
struct fl_node {
    size_t task;
    enum fl_part part;
    int64_t pieces, early;              /* in all; of its own layer in a round */
    int64_t end;                        /* pieces that the round has */
    int64_t done;                       /* of these, those that have begun */
    int64_t way_ps;                     /* from a piece of it to the end of the layer */
    int64_t ready;                      /* when what its next piece waits for is there; NONE: it may not begin yet */
    bool stale;                         /* that is to be found anew */
    const struct fl_links *links;
};
/* When each token was given, the n-th at at[n], and the nodes that take it before they begin. */
struct fl_given_at {
    int64_t *at;
    int64_t count, start, room, taken;
    struct fl_node **taker;
    size_t takers;
    bool before;                        /* layers take it before they begin */
};

struct fl_schedule {
    struct fl_overlap *o;
    size_t first_block, end_block;      /* of the trace */
    struct fl_node *node;
    size_t nodes;
    struct fl_given_at *given;          /* by token, from the first of those that the blocks have; so many */
    int32_t first_token;
    size_t tokens;
    int64_t *free_at;                   /* of each stream */
    struct fl_turn *turn;
    int64_t *began;                     /* of each turn, when */
    size_t turns;
    int64_t longest_ps;                 /* way of all */
    enum fl_first first;
    bool leads;                         /* layers begin behind a block in the same round: what was to be there before
                                           is waited for as a task begins */
};

/* A round of a block of the trace, or of one and the first layer of the next. */
struct fl_schedule *fl_schedule_make(struct fl_overlap *o, size_t first_block, size_t end_block, enum fl_first first,
                                     struct fl_arena *arena);
/* Puts all pieces of a round in order. False: they wait for each other in a circle. */
bool fl_schedule_round(struct fl_schedule *s, struct fl_arena *arena);
/* When all engines are free again. */
int64_t fl_schedule_end(const struct fl_schedule *s);
/* The node of a turn. */
struct fl_node *fl_schedule_node(struct fl_schedule *s, const struct fl_turn *turn);
static inline struct fl_given_at *fl_schedule_given(const struct fl_schedule *s, int32_t token)
{
    return &s->given[token - s->first_token];
}

#endif
