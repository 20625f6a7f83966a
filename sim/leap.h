/* leap.h - exact leaps: simulate a period once, and leap over its repetitions.
 *
 * Transformer work is loops of loops. Whenever a loop comes round, the machine is
 * compared, relative to now, with earlier moments. When it recurs, whole periods that
 * remain are leapt over: time, tallies and counters advance by period x count, and every
 * row of the results is what simulating each event would have given. The state tables of
 * the unit types are all this needs: no unit is known here.
 */
#ifndef FL_LEAP_H
#define FL_LEAP_H

#include "sim/kernel.h"

enum { FL_LEVELS = 6 };                 /* line of vectors, step, loops of steps, operator, layer, ... */

struct fl_leap_level {
    uint64_t boundaries;                /* times this level was compared */
    uint64_t leaps;
    uint64_t represented, simulated;    /* events leapt over, and events simulated between this level's boundaries */
    fl_time period;                     /* of the last leap; 0: none */
    uint64_t transient;                 /* boundaries before the first leap */
    const char *breaker;                /* path of the unit, port or clock that most often broke the match */
};

struct fl_leap;
/* Room for snapshots of a ready machine. Set sim->leap to it to leap; NULL means none. */
struct fl_leap *fl_leap_new(struct fl_sim *sim);
void fl_leap_free(struct fl_leap *leap);
/* Forgets all snapshots: a new run begins. */
void fl_leap_reset(struct fl_leap *leap);
/* Called by the kernel between events, when a loop of `level` has come round. */
void fl_leap_boundary(struct fl_leap *leap, int level);
/* What was leapt, level by level. */
const struct fl_leap_level *fl_leap_levels(const struct fl_leap *leap);
/* Events leapt over, of all events represented. */
uint64_t fl_leap_skipped(const struct fl_leap *leap);

#endif
