/* leap.h - exact leaps: simulate a period once, and leap over its repetitions.
 *
 * Transformer work is loops of loops. Whenever a loop comes round, the machine is
 * compared, relative to now, with earlier moments (sim/snapshot.h). When it recurs, the
 * whole periods that remain are leapt over: time, tallies and counters advance by
 * period x count, and every row of the results is what simulating each event would have
 * given. No unit is known here: the state tables of the unit types are all this needs.
 *
 *     sim.leap = fl_leap_new(&sim);
 *     fl_sim_run(&sim, program, &err);
 *     fl_leap_levels(sim.leap)[FL_LEVELS - 1].represented ...
 *     fl_leap_free(sim.leap);
 *
 * What a type's table says of each piece of its state (sim/unit.h):
 *
 *   rule         compared as                               on a leap of n periods
 *   FL_PLAIN     equal                                     stays
 *   FL_TIME      time to come; what is past is past        moves along, if it did in the period
 *   FL_LEFT      a loop counter, see below                 goes down n times as much
 *   FL_DEADLINE  as FL_TIME if it moved; one that stands   as FL_TIME
 *                still bounds the leap: it must not fall due
 *   FL_STOCK     equal, or changed, if there always was    changes n times as much
 *                enough; what falls bounds the leap
 *   FL_PLACE     equal; where in the program the unit is   stays; more of it in sim/recall.h
 *
 * FL_LEFT counts down by one and must not decide anything before its end: it may be compared
 * with 1 where it is decremented at once, and with 0 anywhere. `resets` counts its reloads. If
 * it was reloaded in the period it must be equal; if not, it has made progress, and the leap
 * ends while it is above `arg` (0 will do).
 * FL_DEADLINE is a time that is only asked whether it has come: by now, by now + `arg`, or, where
 * a unit looks ahead further, by any time through fl_due_by, which keeps watch of what was asked.
 * FL_STOCK is a number of things that are taken by fl_stock_take alone, which notes how many were, and when somebody
 * was refused. If nobody was in the period, how many there are has decided nothing: there may be more or fewer behind
 * it, and a leap ends while as many are left as a period takes. If somebody was, and none were taken, there may be more
 * behind it, and a leap ends while they are fewer than were wanted.
 * A unit's alarm is a deadline, too: one that other messages have woken may sleep on to the same time.
 * What no longer matters must not differ: a type may have a `tidy` that puts its state into one form.
 *
 * Nesting needs no hierarchy. After a leap the machine is where simulation would have put
 * it, tallies and event numbers included, so an outer period that holds inner leaps is
 * still a subtraction.
 */
#ifndef FL_LEAP_H
#define FL_LEAP_H

#include "sim/kernel.h"

/* The loops that come round, from the inside: X(number, constant, name). FL_RECALL is no loop; it stands for operators
 * met before (sim/recall.h): its boundaries are operators looked up. */
#define FL_EACH_LEVEL(X) \
    X(0, FL_AT_LINE, "line of vectors, chunk") \
    X(1, FL_AT_STEP, "step") \
    X(2, FL_AT_INNER_LOOP, "inner loop of steps") \
    X(3, FL_AT_OUTER_LOOP, "outer loop of steps") \
    X(4, FL_AT_OPERATOR, "operator") \
    X(5, FL_AT_LAYER, "layer") \
    X(6, FL_RECALL, "operator met again")
#define FL_LEVEL_IS(number, constant, name) constant = number,
enum { FL_EACH_LEVEL(FL_LEVEL_IS) FL_LEVELS };

struct fl_leap_level {
    uint64_t boundaries;                /* times a loop of this level came round */
    uint64_t leaps;
    uint64_t represented;               /* events leapt over by leaps of this level */
    uint64_t simulated;                 /* events simulated one by one between its boundaries */
    fl_time period;                     /* of the last leap, ps; 0: none */
    uint64_t transient;                 /* boundaries before the first leap; all of them if there was none */
    const char *breaker;                /* the state that most often broke a match: "dram.row", "sram.ask[2]", a
                                         * clock; NULL: none. Valid until fl_leap_free */
};

struct fl_leap;
/* Room for snapshots of a ready machine. Set sim->leap to it to leap; NULL means none. */
struct fl_leap *fl_leap_new(struct fl_sim *sim);
void fl_leap_free(struct fl_leap *leap);
/* Forgets all snapshots and statistics: a new run begins. Called by fl_sim_run. */
void fl_leap_reset(struct fl_leap *leap);
/* Called by the kernel between events, when a loop of `level` has come round in the unit just awake. */
void fl_leap_boundary(struct fl_leap *leap, int level, const struct unit *raiser);
/* From now on looks at every boundary and leaps however little it saves: slower, for tests. */
void fl_leap_eager(struct fl_leap *leap);
/* What was leapt, level by level: FL_LEVELS records. */
const struct fl_leap_level *fl_leap_levels(struct fl_leap *leap);
/* Events leapt over so far; sim->events counts them too. */
uint64_t fl_leap_skipped(const struct fl_leap *leap);

#endif
