/* desk.h - who does which point: hands out numbers, recognizes equal work, stores results.
 *
 * Points are handed out in order, and in that order their work is enrolled: the first of
 * equal points is simulated, the others share its tallies, whoever is faster. The desk
 * does not know threads; whoever has several holds a lock around its calls (run.c), or
 * is the only process that calls it (cluster.c).
 */
#ifndef FL_DESK_H
#define FL_DESK_H

#include "base/hash.h"
#include "explore/sweep.h"

/* ---- one point, wherever it is simulated ---- */

/* What became of a point. */
struct fl_outcome {
    enum fl_point_state state;
    char work[FL_HASH_TEXT];            /* by which it was enrolled; "": it never was */
    struct fl_rows rows;                /* none of an excluded one */
    double *key;                        /* of its design, as fl_sweep_keys gives them; NULL: no design */
};
void fl_outcome_free(struct fl_outcome *outcome);

/* One point: its design is read, its work is offered by its fingerprint ("" if it cannot be run), and if `wanted` says
 * so it is simulated, unless a constraint is against it. False: not wanted, and no outcome. A law of ours that breaks
 * on the way ends this point and no other: it failed, and says so. */
bool fl_try_point(const struct fl_sweep *sweep, const struct fl_sweep_options *options, int64_t point,
                  bool (*wanted)(void *context, const char *work), void *context, struct fl_outcome *outcome);
/* Could the point meet the constraints, for all that is known without simulating? */
bool fl_try_hopes(const struct fl_sweep *sweep, const struct fl_sweep_options *options, int64_t point);

/* Is there a point that could meet the constraints? What can be said without a simulation is said before any. */
bool fl_sweep_hopes(const struct fl_sweep *sweep, const struct fl_sweep_options *options, struct fl_err *err);

/* ---- the desk ---- */

struct fl_desk;

/* Opens the database and finds or makes the sweep in it. NULL with a fault. */
struct fl_desk *fl_desk_open(const struct fl_sweep *sweep, const struct fl_sweep_options *options, struct fl_err *err);
/* Leaves the database as one file. False if that, or storing a point, failed. */
bool fl_desk_close(struct fl_desk *desk, struct fl_sweep_progress *progress, struct fl_err *err);

/* The next point to do and the number of its turn; false: there is none, or the sweep is to stop. */
bool fl_desk_take(struct fl_desk *desk, int64_t *point, int64_t *turn);
/* Is it this turn's time to enrol? */
bool fl_desk_is_turn(const struct fl_desk *desk, int64_t turn);
/* Enrols the work of a point, in turn; NULL: it came to nothing before. True: simulate it, then call fl_desk_done;
 * false: it equals an earlier one, and nothing is left to do. */
bool fl_desk_enrol(struct fl_desk *desk, int64_t point, const char *work);
/* Stores a point. */
void fl_desk_done(struct fl_desk *desk, int64_t point, struct fl_outcome *outcome);

#endif
