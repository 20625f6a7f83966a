/* queue.h - the event queue: one alarm a unit, in a 4-ary heap that knows each unit's place.
 *
 * Keys are (time, rank), and ranks are distinct, so the order is total. An alarm is
 * moved, never left behind: there are no stale events, and the heap never grows past
 * the number of units.
 */
#ifndef FL_QUEUE_H
#define FL_QUEUE_H

#include "base/arena.h"
#include "sim/unit.h"

struct fl_queue {
    struct fl_queue_entry { fl_time time; uint32_t rank; struct unit *unit; } *entry;
    uint32_t used, room;
};

/* Room for one alarm of each of `units` units. */
void fl_queue_init(struct fl_queue *queue, struct fl_arena *arena, uint32_t units);
/* Sets the unit's alarm to `time`, earlier or later than it was; FL_NEVER takes it out. */
void fl_queue_set(struct fl_queue *queue, struct unit *u, fl_time time);
/* Takes the earliest unit out (its alarm becomes FL_NEVER); NULL when empty. */
struct unit *fl_queue_pop(struct fl_queue *queue);
/* Restores order after alarms were changed in place by a leap. */
void fl_queue_rebuild(struct fl_queue *queue);

#endif
