/* time.h - simulated time and clocks.
 *
 * Time is a signed 64-bit count of picoseconds. Runs end at half of its range, 53 days, with an
 * error; what would lie later is held to that end, so that no sum of two times can wrap. A clock
 * is an exact ratio: its period is p/q ps, and its edge k lies at floor(k p / q). Nobody adds
 * rounded periods up; everybody asks a clock for an edge.
 */
#ifndef FL_TIME_H
#define FL_TIME_H

#include "base/whole.h"

typedef int64_t fl_time;                /* ps */
#define FL_NEVER INT64_MAX
#define FL_TIME_END (INT64_MAX / 2)
#define FL_TIME_END_TEXT "53 days"

struct fl_clock {
    const char *name;
    int64_t p, q;                       /* period p/q ps; q <= 1000, in lowest terms */
    uint64_t consulted;                 /* event number of the last look at the phase (sim/leap.h) */
};

/* `span` after `at`: both from 0 to the end of time, and so is the sum. */
static inline fl_time fl_after(fl_time at, fl_time span)
{
    return span < FL_TIME_END - at ? at + span : FL_TIME_END;
}

/* `count` spans one after another, at most the end of time. */
static inline fl_time fl_spans(int64_t count, fl_time span) { return fl_times_held(count, span, FL_TIME_END); }

/* The number of the first edge at or after `now` (now >= 0). */
static inline int64_t fl_clock_number(const struct fl_clock *clock, fl_time now)
{
    if (clock->q == 1)
        return (now + clock->p - 1) / clock->p;
    return (int64_t)(((fl_wide)now * clock->q + clock->p - 1) / clock->p);
}

/* The time of edge `number`: floor(number p / q), at most the end of time. */
static inline fl_time fl_clock_time(const struct fl_clock *clock, int64_t number)
{
    if (clock->q == 1)
        return fl_spans(number, clock->p);
    fl_wide time = (fl_wide)number * clock->p / clock->q;
    return time < FL_TIME_END ? (fl_time)time : FL_TIME_END;
}

/* The edge `cycles` edges after the first edge at or after `now`, at most the end of time. */
static inline fl_time fl_clock_edge(const struct fl_clock *clock, fl_time now, int64_t cycles)
{
    int64_t number;
    return fl_plus(fl_clock_number(clock, now), cycles, &number) ? fl_clock_time(clock, number) : FL_TIME_END;
}

/* Makes p/q the lowest terms of the period of a clock of `hz_p/hz_q` Hz, or of `ps_p/ps_q` ps.
 * False if the ratio cannot be held exactly (q > 1000 or p past 2^53), or is below 1 ps: two edges at one time. */
bool fl_clock_from_hz(struct fl_clock *clock, int64_t hz_p, int64_t hz_q);
bool fl_clock_from_ps(struct fl_clock *clock, int64_t ps_p, int64_t ps_q);

/* The joint period of two clocks in ps: the shortest whole number of ps after which every phase recurs;
 * FL_NEVER when it exceeds the end of time. Start from 1. */
fl_time fl_clock_joint(fl_time joint, const struct fl_clock *clock);

#endif
