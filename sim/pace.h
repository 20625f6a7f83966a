/* pace.h - a few lines that every unit would write again. */
#ifndef FL_PACE_H
#define FL_PACE_H

#include "base/whole.h"
#include "sim/kernel.h"

/* part x whole / parts, rounded up, without overflow in between; the result must fit. */
static inline int64_t fl_share(int64_t part, int64_t whole, fl_wide parts)
{
    return (int64_t)(((fl_wide)part * whole + parts - 1) / parts);
}

/* A span of so many ps, rounded up; at most the end of time. */
static inline fl_time fl_span(double ps) { return fl_whole(ceil(ps), 0, FL_TIME_END); }

static inline double fl_period_ps(const struct unit *u) { return (double)u->clock->p / (double)u->clock->q; }

/* Takes the issue slot for `cycles` of the unit's clock on `cores` cores, for a step; gives the time it is free. */
static inline fl_time fl_issue(struct unit *u, const struct fl_step *step, int64_t cycles, int64_t cores)
{
    fl_time start = fl_edge(u, 0), free_at = fl_edge(u, cycles);
    fl_busy(u, step, free_at - start, cores);
    return free_at;
}

/* A unit whose messages leave `cycles` after they were issued holds them in a pipeline of its own: the rings behind
 * the port get that much more room, so that the receiver's is for what waits. Called in init. */
static inline void fl_pipeline(struct unit *u, uint32_t port, int64_t cycles)
{
    for (uint32_t line = 0; line < u->socket[port].lines; line++)
        fl_line(u, port, line)->room += (uint32_t)cycles;
}

/* The unit is an array of `lanes` lanes a core; `tally` counts a lane being busy for `ps`. */
static inline void fl_lanes(struct unit *u, int64_t lanes, int tally, double ps)
{
    u->lanes = lanes;
    u->lane_tally = tally;
    u->lane_ps = ps;
}

/* `count` actions of `fj` each in every `ps`, as mW; nothing if time does not limit them. */
static inline double fl_peak_mw(double count, double fj, double ps) { return ps > 0 ? count * fj / ps : 0; }

#endif
