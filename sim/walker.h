/* walker.h - a stream of the program as it is walked: cursors on its text, and what is under way. */
#ifndef FL_WALKER_H
#define FL_WALKER_H

#include "sim/ledger.h"

struct fl_cursor {
    int64_t pc;
    int64_t left[FL_LOOP_DEPTH], resets[FL_LOOP_DEPTH];     /* rounds left of each loop, this one included */
};

struct fl_walker {
    struct fl_cursor exec, ahead, retire;
    int64_t vectors_left, vectors_resets;
    int64_t ahead_by, exec_by;          /* what `ahead` has passed and `exec` has not; `exec`, and `retire` has not */
    int64_t unanswered;                 /* steps handed out whose end has not been reported */
    int64_t answered;                   /* steps whose end has been reported and that have not retired: where all takes
                                           no time, `exec` may not have passed them yet */
    int64_t coming;                     /* loads that `exec` has passed, less those that have come to SRAM */
    int32_t in_op, op_level, slot;      /* inside an operator that stands alone: loops around it, its slot */
    int32_t issuing, fresh;             /* vectors of a ready step under way; none of them issued yet */
    int32_t zero;                       /* no padding */
    fl_time free_at;
};

/* An operator that several streams have parts of: bits, which have begun it; how many have not ended it. */
struct fl_parts { uint32_t joined; int32_t left; };

/* A stream's part begins, of so many; false while its part of the operator before, in the same slot, has not ended. */
static inline bool fl_parts_join(struct fl_parts *p, int32_t stream, int64_t parts)
{
    uint32_t bit = 1u << stream;
    if (p->joined & bit)
        return false;
    p->left = p->joined == 0 ? (int32_t)parts : p->left;
    p->joined |= bit;
    return true;
}

/* A stream's part ends; true if it was the last. */
static inline bool fl_parts_end(struct fl_parts *p)
{
    fl_assert(p->joined != 0 && p->left > 0);
    p->joined = --p->left > 0 ? p->joined : 0;
    return p->joined == 0;
}

static inline const struct fl_inst *fl_inst_at(const struct unit *u, const struct fl_cursor *c)
{
    return &u->sim->program->inst[c->pc];
}

static inline void fl_loop_enter(const struct fl_inst *inst, struct fl_cursor *c)
{
    c->left[inst->arg] = inst->count;
    c->resets[inst->arg]++;
    c->pc++;
}

/* Another round of the loop, or past it. */
static inline void fl_loop_next(const struct fl_program *program, const struct fl_inst *inst, struct fl_cursor *c)
{
    int32_t level = program->inst[inst->arg].arg;
    if (c->left[level] > 1) {
        c->left[level]--;
        c->pc = inst->arg + 1;
    } else {
        c->left[level] = 0;             /* as before the first round ever: what is over must not differ */
        c->pc++;
    }
}

/* Moves a cursor over loop instructions; gives the next that is none. */
static inline const struct fl_inst *fl_inst_seek(const struct unit *u, struct fl_cursor *c)
{
    for (;;) {
        const struct fl_inst *inst = fl_inst_at(u, c);
        if (inst->code == FL_LOOP)
            fl_loop_enter(inst, c);
        else if (inst->code == FL_NEXT)
            fl_loop_next(u->sim->program, inst, c);
        else
            return inst;
    }
}

/* On an edge of the frame clock: every clock is in phase with it. */
static inline bool fl_on_edge(struct unit *u)
{
    u->sim->frame.consulted = u->sim->events;
    fl_time edge = fl_clock_edge(&u->sim->frame, fl_now(u), 0);
    if (fl_now(u) < edge)
        fl_wake_at(u, edge);
    return fl_now(u) == edge;
}

static inline bool fl_is_load(const struct fl_step *step)
{
    return step->kind == FL_STEP_MOVE && !step->store;
}

/* The stream has retired all before a signal or an end: a moment of the run's log. */
static inline void fl_walker_retired(const struct unit *u, int64_t stream)
{
    if (u->sim->ledger != NULL)
        fl_ledger_retired(u->sim->ledger, (int32_t)stream);
}

/* The cursor that tells where the stream stands: that which waits for tokens; else the last of them that is not at its
 * end, if any (of the first stream nothing retires by itself). */
static inline const struct fl_cursor *fl_walker_stands(const struct unit *u, const struct fl_walker *t, bool retires)
{
    if (fl_inst_at(u, &t->exec)->code == FL_WAIT || fl_inst_at(u, &t->ahead)->code != FL_WAIT_LOAD)
        return retires && fl_inst_at(u, &t->exec)->code == FL_HALT ? &t->retire : &t->exec;
    return &t->ahead;
}

#endif
