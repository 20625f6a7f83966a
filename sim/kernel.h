/* kernel.h - the event kernel: units, their alarms and ports, and the run.
 *
 * Events are alarms, one a unit, ordered by (time, phase, unit number): no sequence
 * numbers, so order is part of the machine and not of history. Nothing is allocated
 * once time moves.
 *
 *     while ((u = next alarm)) { now = its time; u->type->wake(u); }
 */
#ifndef FL_KERNEL_H
#define FL_KERNEL_H

#include "base/arena.h"
#include "sim/queue.h"
#include "sim/unit.h"

struct fl_ledger;
struct fl_leap;

struct fl_sim {
    fl_time now;
    uint64_t events;                    /* wakes so far, leapt ones included */
    struct fl_queue queue;
    struct unit **unit;
    uint32_t units;
    struct fl_clock **clock;
    uint32_t clocks;
    struct fl_clock frame;              /* operators start on its edges */
    const struct fl_program *program;
    struct fl_ledger *ledger;           /* told of operators by the sequencer; may be NULL in tests */
    struct fl_leap *leap;               /* NULL: every event is simulated */
    uint64_t epoch;                     /* event after which the operator under way began; kept by leaps */
    int boundary;                       /* highest level raised by the unit awake, -1 none */
    bool halted;
    bool overflow;                      /* a tally ran past 2^63-1 */
    struct fl_arena arena;
    bool twice;                         /* law test: wake every unit twice */
};

/* ---- building ---- */

/* A unit of a type, zeroed, parameters preset, one core; the caller sets fields by its
 * parameter table, then calls fl_sim_ready. Numbers are given in order of creation. */
struct unit *fl_sim_unit(struct fl_sim *sim, const struct fl_unit_type *type, const char *path,
                         struct fl_clock *clock);
/* Joins an outbound port to an inbound one, adding a line to sockets of many; false if names, ways or domains
 * do not fit, or a single port is joined already. */
bool fl_sim_join(struct fl_sim *sim, struct unit *from, const char *out, struct unit *to, const char *in,
                 struct fl_err *err);
/* Calls every init, sizes rings, ranks units; every port must be joined or optional. */
bool fl_sim_ready(struct fl_sim *sim, struct fl_err *err);
void fl_sim_free(struct fl_sim *sim);

/* How many ports a type has. */
uint32_t fl_unit_ports(const struct fl_unit_type *type);
/* How many counts the units of a type have, and their names: the common ones, then its tallies. */
uint32_t fl_unit_type_counts(const struct fl_unit_type *type);
const char *fl_unit_count_name(const struct unit *u, uint32_t index);
/* Is it a count that no step causes? */
bool fl_unit_count_stepless(const struct unit *u, uint32_t index);
/* "run_ps" of FL_RUN_PS. */
const char *fl_burnt_name(enum fl_burnt of);

/* ---- running ---- */

/* State, time and tallies as just after fl_sim_ready, then every start(). */
void fl_sim_reset(struct fl_sim *sim);
/* Runs the program until the sequencer halts. A queue that runs empty before that is a deadlock: who is blocked,
 * on what, since when. Also an error: time past the end. */
bool fl_sim_run(struct fl_sim *sim, const struct fl_program *program, struct fl_err *err);
/* Runs until no event is left or the next one lies after `until`; for tests of single units. Never leaps. */
void fl_sim_until(struct fl_sim *sim, fl_time until);

/* ---- for units, inside wake ---- */

/* Like fl_assert, and tells simulated time and the unit's path. */
#define fl_unit_assert(u, condition) \
    ((condition) ? (void)0 : fl_panic(__FILE__, __LINE__, "%s at %lld ps: '%s' does not hold", \
                                      (u)->path, (long long)(u)->sim->now, #condition))

static inline fl_time fl_now(const struct unit *u) { return u->sim->now; }

/* The first edge of the unit's clock at or after now, plus `cycles`. */
static inline fl_time fl_edge(struct unit *u, int64_t cycles)
{
    u->clock->consulted = u->sim->events;
    return fl_clock_edge(u->clock, u->sim->now, cycles);
}

/* Wakes the unit at `at`, or earlier if it is due earlier already. */
static inline void fl_wake_at(struct unit *u, fl_time at)
{
    if (at < u->alarm)
        fl_queue_set(&u->sim->queue, u, at < u->sim->now ? u->sim->now : at);
}

static inline struct fl_port *fl_line(struct unit *u, uint32_t port, uint32_t line)
{
    return u->socket[port].line[line];
}

/* Is there a message to take? If not, arranges to be woken when there is. */
static inline bool fl_has_on(struct unit *u, uint32_t port, uint32_t line)
{
    struct fl_port *in = fl_line(u, port, line);
    if (in->used == 0) {
        in->hungry = true;
        return false;
    }
    if (in->ring[in->head].at > u->sim->now) {
        fl_wake_at(u, in->ring[in->head].at);
        return false;
    }
    return true;
}
static inline bool fl_has(struct unit *u, uint32_t port) { return fl_has_on(u, port, 0); }

/* The message fl_has found, without taking it. */
static inline const struct fl_msg *fl_peek_on(struct unit *u, uint32_t port, uint32_t line)
{
    struct fl_port *in = fl_line(u, port, line);
    return &in->ring[in->head];
}
static inline const struct fl_msg *fl_peek(struct unit *u, uint32_t port) { return fl_peek_on(u, port, 0); }

/* Message number `i` (from 0) of those queued, due or not; NULL if there are fewer. */
static inline const struct fl_msg *fl_queued(struct unit *u, uint32_t port, uint32_t i)
{
    const struct fl_port *in = fl_line(u, port, 0);
    uint32_t at = in->head + i;
    return i >= in->used ? NULL : &in->ring[at >= in->room ? at - in->room : at];
}

/* More to come: wake at `at`, when the first message queued may be taken, or when one arrives. The usual last line of a
 * wake. */
static inline void fl_next_at(struct unit *u, uint32_t port, fl_time at)
{
    struct fl_port *in = fl_line(u, port, 0);
    if (in->used == 0)
        in->hungry = true;
    else
        fl_wake_at(u, in->ring[in->head].at > at ? in->ring[in->head].at : at);
}

/* Takes the message fl_has found; its credit goes back to the sender. */
struct fl_msg fl_take_on(struct unit *u, uint32_t port, uint32_t line);
static inline struct fl_msg fl_take(struct unit *u, uint32_t port) { return fl_take_on(u, port, 0); }

/* Is there room to send? If not, arranges to be woken by a credit. An optional port left unjoined always has. */
static inline bool fl_room_on(struct unit *u, uint32_t port, uint32_t line)
{
    if (line >= u->socket[port].lines)
        return true;
    struct fl_port *out = fl_line(u, port, line);
    if (out->used < out->room)
        return true;
    if (!out->refused) {
        out->refused = true;
        out->receiver->touched = u->sim->events;
    }
    return false;
}
static inline bool fl_room(struct unit *u, uint32_t port) { return fl_room_on(u, port, 0); }

/* Sends; not to be taken before `at`. Sending without room, or earlier than the message before, is an assertion. */
void fl_send_on(struct unit *u, uint32_t port, uint32_t line, struct fl_msg msg, fl_time at);
static inline void fl_send(struct unit *u, uint32_t port, struct fl_msg msg, fl_time at)
{
    fl_send_on(u, port, 0, msg, at);
}

static inline const struct fl_step *fl_step_of(const struct unit *u, uint32_t step)
{
    return &u->sim->program->step[step];
}
/* The step that a message belongs to; NULL: no message, none, or no program, as in tests of single units. */
static inline const struct fl_step *fl_step_of_msg(const struct unit *u, const struct fl_msg *msg)
{
    return msg != NULL && msg->step != FL_NO_STEP && u->sim->program != NULL ? fl_step_of(u, msg->step) : NULL;
}
/* The same at a unit's edge: what comes in belongs to a step of the program, of the kind that the unit works on. */
static inline const struct fl_step *fl_step_in(const struct unit *u, uint32_t step, enum fl_step_kind kind)
{
    fl_unit_assert(u, step < u->sim->program->steps && u->sim->program->step[step].kind == (int32_t)kind);
    return fl_step_of(u, step);
}

/* Adds to what the operator in that slot has counted so far; the ledger takes it when the operator closes. */
static inline void fl_row_add(struct unit *u, int32_t slot, uint32_t index, int64_t n)
{
    if (u->row == NULL || n == 0)
        return;
    u->row[(uint32_t)slot * u->counts + index] += n;
    u->rows |= (uint64_t)1 << slot;
}

/* Adds to a count of the unit, and to that of the step's operator; `step` NULL: no step causes it. A count past 2^63-1
 * ends the run with an error. */
static inline void fl_count_at(struct unit *u, const struct fl_step *step, uint32_t index, int64_t n)
{
    if (__builtin_add_overflow(u->count[index], n, &u->count[index]))
        u->sim->overflow = true;
    if (step != NULL)
        fl_row_add(u, step->slot, index, n);
}

/* Adds to the unit's own tally (0 is the first of its table). */
static inline void fl_count(struct unit *u, const struct fl_step *step, int tally, int64_t n)
{
    fl_count_at(u, step, FL_OWN + (uint32_t)tally, n);
}

/* `cores` cores are at work for `span` ps; of a slot that is counted as taken already. */
static inline void fl_active(struct unit *u, const struct fl_step *step, fl_time span, int64_t cores)
{
    int64_t active;
    if (__builtin_mul_overflow(span, cores, &active))
        u->sim->overflow = true;
    else
        fl_count_at(u, step, FL_ACTIVE_PS, active);
}

/* The issue slot is taken for `span` ps by `cores` cores (1 if not pooled). */
static inline void fl_busy(struct unit *u, const struct fl_step *step, fl_time span, int64_t cores)
{
    fl_count_at(u, step, FL_BUSY_PS, span);
    fl_active(u, step, span, cores);
}

/* The unit holds work of `step` that it could start but for room, credit or a shared resource; or no longer. A stall
 * counts when it ends, whole, or when another operator's work is the first that waits. */
static inline void fl_blocked(struct unit *u, const struct fl_step *step, bool blocked)
{
    int32_t slot = step != NULL ? step->slot : -1;
    if (u->blocked == blocked && (!blocked || u->blocked_slot == slot))
        return;
    if (u->blocked) {
        u->count[FL_BLOCKED_PS] += u->sim->now - u->blocked_at;
        if (u->blocked_slot >= 0)
            fl_row_add(u, u->blocked_slot, FL_BLOCKED_PS, u->sim->now - u->blocked_at);
    }
    u->blocked = blocked;
    u->blocked_at = blocked ? u->sim->now : 0;
    u->blocked_slot = blocked ? slot : 0;
}

/* Has the deadline come by `at`, now or later? */
static inline bool fl_due_by(fl_time due, struct fl_watch *watch, fl_time at)
{
    if (at < due) {
        watch->seen = at > watch->seen ? at : watch->seen;
        return false;
    }
    watch->met = watch->found && watch->met < at ? watch->met : at;
    watch->found = true;
    return true;
}

/* Sets the deadline anew. */
static inline void fl_due_move(const struct unit *u, fl_time *due, struct fl_watch *watch, fl_time to)
{
    if (watch->moved <= u->sim->epoch) {
        watch->first_seen = watch->seen;
        watch->first_met = watch->found ? watch->met : FL_NEVER;
        watch->moved = u->sim->events;
    }
    *due = to;
    watch->seen = watch->met = watch->found = 0;
}

/* Takes so many of a stock, if they are there. */
static inline bool fl_stock_take(const struct unit *u, int64_t *stock, struct fl_taking *taking, int64_t n)
{
    if (*stock < n) {
        taking->refused = u->sim->events;
        taking->wanted = taking->wanted > 0 && taking->wanted < n ? taking->wanted : n;
        return false;
    }
    *stock -= n;
    taking->taken += n;
    taking->wanted = 0;
    return true;
}

/* A loop of this level (0 the innermost) has just come round: the machine may be compared with earlier moments. */
static inline void fl_boundary(struct unit *u, int level)
{
    if (level > u->sim->boundary)
        u->sim->boundary = level;
}

#endif
