/* queue.h - the event queue: one alarm a unit, and a tournament that finds the earliest.
 *
 * Keys are (time, rank), and ranks are distinct, so the order is total. Each unit has a
 * place of its own, found by its rank; four play a match, the earliest of them plays on in
 * the next round, and the winner of the last round is the earliest of all. An alarm is
 * moved, never left behind: there are no stale events, and nothing grows.
 *
 * A unit that was taken out most often comes back at once with a later alarm. So it stays
 * in its matches until its next alarm is set, or until the earliest is asked for.
 */
#ifndef FL_QUEUE_H
#define FL_QUEUE_H

#include "base/arena.h"
#include "sim/unit.h"

enum { FL_QUEUE_ROUNDS = 17 };          /* 4^16 units */

struct fl_queue {
    fl_wide *round[FL_QUEUE_ROUNDS];    /* keys, time << 64 | rank: of all units, of the winners among four, ... */
    uint32_t rounds;                    /* round[rounds] has one key */
    uint32_t room;                      /* units */
    int64_t open;                       /* rank of a unit taken out whose key still stands; -1: none */
    struct unit **unit;                 /* by rank */
};

/* Room for one alarm of each of `units` units, whose ranks lie below that. */
void fl_queue_init(struct fl_queue *queue, struct fl_arena *arena, uint32_t units);
/* No alarms. */
void fl_queue_clear(struct fl_queue *queue);
/* Sets the unit's alarm to `time`, earlier or later than it was; FL_NEVER takes it out. */
void fl_queue_set(struct fl_queue *queue, struct unit *u, fl_time time);
/* The earliest alarm; FL_NEVER when there is none. */
fl_time fl_queue_time(struct fl_queue *queue);
/* Takes the earliest unit out (its alarm becomes FL_NEVER); NULL when empty. */
struct unit *fl_queue_pop(struct fl_queue *queue);
/* Restores order after alarms were changed in place by a leap. */
void fl_queue_rebuild(struct fl_queue *queue);

#endif
