/* sequencer.c - runs the program: operators one after another, steps inside them.
 *
 * Two cursors walk the same instructions. `ahead` hands out tile and load commands as far
 * as the rings have room, so that the next tile loads while this one is used (if the SLM
 * has a back frame). `exec` waits for a tile to be ready and issues its vectors, one a
 * cycle; where they are streamed from DRAM, the last one once all have come. An operator
 * ends when the last write of each of its steps has been answered: the pipeline is drained,
 * and the next operator starts on an edge of the frame clock.
 */
#include <string.h>

#include "sim/leap.h"
#include "sim/ledger.h"
#include "sim/pace.h"

struct cursor {
    int64_t pc;
    int64_t left[FL_LOOP_DEPTH], resets[FL_LOOP_DEPTH];
};

struct sequencer {
    struct unit unit;
    double issue_fj, power_mw, core_area_um2;
    int32_t burns;
    struct cursor exec, ahead;
    int64_t vectors_left, vectors_resets;
    int64_t unanswered;                 /* last writes, moves and digital steps not yet reported done */
    int64_t coming;                     /* loads that `exec` has passed, less those that have come to SRAM */
    bool in_op, issuing, fresh;         /* inside an operator; vectors of a ready step under way; none issued yet */
    int32_t op_level, slot;             /* loops around the operator; its slot */
    fl_time free_at;
};
enum { ISSUE, TILE, LOAD, WORK, READY, DONE, LAUNCH, PROJECT };
enum { ISSUED };
enum { LINE = 32 };                     /* vectors between two looks for a vector-level orbit */

static bool sequencer_init(struct unit *u, struct fl_err *err)
{
    (void)err;
    u->area_um2 = ((struct sequencer *)u)->core_area_um2;
    u->peak_mw = fl_peak_mw(1, ((struct sequencer *)u)->issue_fj, fl_period_ps(u));
    return true;
}

static void sequencer_start(struct unit *u)
{
    fl_wake_at(u, 0);
}

static const struct fl_inst *inst_at(const struct unit *u, const struct cursor *c)
{
    return &u->sim->program->inst[c->pc];
}

static void loop_enter(const struct fl_inst *inst, struct cursor *c)
{
    c->left[inst->arg] = inst->count;
    c->resets[inst->arg]++;
    c->pc++;
}

/* Another round of the loop, or past it. */
static void loop_next(const struct unit *u, const struct fl_inst *inst, struct cursor *c)
{
    int32_t level = u->sim->program->inst[inst->arg].arg;
    if (c->left[level] > 1) {
        c->left[level]--;
        c->pc = inst->arg + 1;
    } else {
        c->pc++;
    }
}

/* Moves a cursor over loop instructions to the next step or operator boundary. */
static void ahead_seek(const struct unit *u, struct cursor *c)
{
    for (;;) {
        const struct fl_inst *inst = inst_at(u, c);
        if (inst->code == FL_LOOP)
            loop_enter(inst, c);
        else if (inst->code == FL_NEXT)
            loop_next(u, inst, c);
        else
            return;
    }
}

/* Hands out the commands of steps to come, as far as there is room. */
static void commands_send(struct unit *u, struct sequencer *s)
{
    while (s->in_op) {
        ahead_seek(u, &s->ahead);
        const struct fl_inst *inst = inst_at(u, &s->ahead);
        if (inst->code != FL_STEP)
            return;
        const struct fl_step *step = fl_step_of(u, (uint32_t)inst->arg);
        struct fl_msg msg = { .bits = step->load_bits, .step = (uint32_t)inst->arg };
        bool optical = step->kind == FL_STEP_OPTICAL, work = !optical && step->kind != FL_STEP_MOVE;
        uint32_t to = step->kind == FL_STEP_GPU ? LAUNCH : step->kind == FL_STEP_OPU ? PROJECT : WORK;
        bool load = step->load_from == FL_DRAM || step->kind == FL_STEP_MOVE;
        if ((load && !fl_room(u, LOAD)) || (work && !fl_room_on(u, to, (uint32_t)step->engine)) ||
            (optical && !fl_room_on(u, TILE, (uint32_t)step->engine)))
            return;
        if (load)
            fl_send(u, LOAD, msg, fl_now(u));
        if (work)
            fl_send_on(u, to, (uint32_t)step->engine, msg, fl_now(u));
        if (optical)
            fl_send_on(u, TILE, (uint32_t)step->engine, msg, fl_now(u));
        s->unanswered += !optical;
        s->ahead.pc++;
    }
}

static bool is_load(const struct fl_step *step)
{
    return step->kind == FL_STEP_MOVE && !step->store;
}

static void answers_take(struct unit *u, struct sequencer *s)
{
    for (uint32_t line = 0; line < u->socket[DONE].lines; line++)
        while (fl_has_on(u, DONE, line)) {
            const struct fl_step *step = fl_step_of(u, fl_take_on(u, DONE, line).step);
            s->unanswered--;
            s->coming -= is_load(step);
        }
}

/* Waits for the step's tile. Steps that are not optical were handed out as commands already. */
static bool step_begin(struct unit *u, struct sequencer *s, const struct fl_step *step)
{
    if (step->kind != FL_STEP_OPTICAL) {
        s->coming += is_load(step);
        s->exec.pc++;
        return true;
    }
    if (!fl_has_on(u, READY, (uint32_t)step->engine))
        return false;
    fl_take_on(u, READY, (uint32_t)step->engine);
    if (step->vectors == 0) {
        s->exec.pc++;
        return true;
    }
    s->issuing = s->fresh = true;
    s->vectors_left = step->vectors;
    s->vectors_resets++;
    return true;
}

/* Issues one vector: a read of its inputs. */
static bool vector_issue(struct unit *u, struct sequencer *s, const struct fl_step *step, uint32_t index)
{
    if (fl_now(u) < s->free_at) {
        fl_wake_at(u, s->free_at);
        return false;
    }
    bool last = s->vectors_left == 1, here = !last || !step->awaits || s->coming <= 0;
    bool room = fl_room_on(u, ISSUE, (uint32_t)step->engine);
    fl_blocked(u, step, here && !room);
    if (!here || !room)
        return false;
    struct fl_msg msg = { .bits = step->read_bits, .step = index, .flags = FL_ASK };
    msg.flags |= (s->fresh ? FL_FIRST : 0) | (last ? FL_LAST : 0);
    s->free_at = fl_issue(u, step, 1, 1);
    fl_send_on(u, ISSUE, (uint32_t)step->engine, msg, fl_edge(u, 0));
    fl_count(u, step, ISSUED, 1);
    s->fresh = false;
    s->vectors_left--;
    if (s->vectors_left % LINE == 0)
        fl_boundary(u, FL_AT_LINE);
    if (last) {
        s->unanswered++;
        s->issuing = false;
        s->exec.pc++;
        fl_boundary(u, FL_AT_STEP);
    }
    return true;
}

/* On an edge of the frame clock: every clock is in phase with it. */
static bool operator_begin(struct unit *u, struct sequencer *s)
{
    u->sim->frame.consulted = u->sim->events;
    fl_time edge = fl_clock_edge(&u->sim->frame, fl_now(u), 0);
    if (fl_now(u) < edge) {
        fl_wake_at(u, edge);
        return false;
    }
    s->op_level = inst_at(u, &s->exec)->arg;
    s->slot = (int32_t)inst_at(u, &s->exec)->count;
    s->exec.pc++;
    s->ahead = s->exec;
    s->in_op = true;
    if (u->sim->ledger != NULL)
        fl_ledger_open(u->sim->ledger, s->slot);
    return true;
}

static bool operator_end(struct unit *u, struct sequencer *s)
{
    if (s->unanswered > 0 || s->ahead.pc != s->exec.pc)
        return false;
    s->exec.pc++;
    s->ahead = (struct cursor){ 0 };    /* what it did is over, and need not be remembered */
    s->in_op = false;
    if (u->sim->ledger != NULL)
        fl_ledger_close(u->sim->ledger, s->slot);
    s->slot = 0;
    fl_boundary(u, FL_AT_OPERATOR);
    return true;
}

static int boundary_of(const struct sequencer *s, int32_t level)
{
    if (!s->in_op)
        return FL_AT_LAYER;
    return level == s->op_level ? FL_AT_OUTER_LOOP : FL_AT_INNER_LOOP;
}

/* One instruction; false when there is something to wait for. */
static bool instruction(struct unit *u, struct sequencer *s)
{
    const struct fl_inst *inst = inst_at(u, &s->exec);
    switch ((enum fl_code)inst->code) {
    case FL_LOOP:
        loop_enter(inst, &s->exec);
        return true;
    case FL_NEXT:
        fl_boundary(u, boundary_of(s, u->sim->program->inst[inst->arg].arg));
        loop_next(u, inst, &s->exec);
        return true;
    case FL_OP:
        return operator_begin(u, s);
    case FL_STEP:
        commands_send(u, s);
        if (s->issuing)
            return vector_issue(u, s, fl_step_of(u, (uint32_t)inst->arg), (uint32_t)inst->arg);
        return step_begin(u, s, fl_step_of(u, (uint32_t)inst->arg));
    case FL_END_OP:
        commands_send(u, s);
        return operator_end(u, s);
    case FL_HALT:
        u->sim->halted = true;
        return false;
    }
    return false;
}

static void sequencer_wake(struct unit *u)
{
    struct sequencer *s = (struct sequencer *)u;
    answers_take(u, s);
    if (s->in_op)
        commands_send(u, s);
    /* Loops of steps stop for the look for an orbit. Lines must not: where a vector stands within its line is no
     * state, so it must change nothing. */
    while (!u->sim->halted && u->sim->boundary < FL_AT_STEP && instruction(u, s))
        ;
    if (u->sim->boundary >= FL_AT_STEP && !u->sim->halted)
        fl_wake_at(u, fl_now(u));
}

#define AT(field) offsetof(struct sequencer, field)
#define LOOPS(cursor) { .name = #cursor ".left", .rule = FL_LEFT, .offset = AT(cursor.left), \
                        .size = sizeof(int64_t[FL_LOOP_DEPTH]), .resets = AT(cursor.resets) }
const struct fl_unit_type fl_unit_sequencer = {
    .kind = "sequencer", .summary = "control: runs the program", .phase = 2,
    .size = sizeof(struct sequencer),
    .params = (const struct fl_param[]){
        { "energy", "fJ", FL_REAL | FL_COSTS, AT(issue_fj), 0, 1e12, 0, "per vector issued", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static, clock and control", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "area", "um^2", FL_REAL, AT(core_area_um2), 0, 1e14, 0, "of the unit", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "issue", .way = FL_OUT, .many = true },
        { .name = "tile", .way = FL_OUT, .many = true },
        { .name = "load", .way = FL_OUT, .optional = true },
        { .name = "work", .way = FL_OUT, .many = true },
        { .name = "ready", .way = FL_IN, .many = true },
        { .name = "done", .way = FL_IN, .many = true, .room = 4 },
        { .name = "launch", .way = FL_OUT, .many = true },
        { .name = "project", .way = FL_OUT, .many = true },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "issued", "control", "energy", AT(issue_fj) }, { 0 } },
    .statics = (const struct fl_static[]){ { "power", "control", AT(power_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "exec.pc", .rule = FL_PLACE, .offset = AT(exec.pc), .size = 8 },
        LOOPS(exec),
        { .name = "ahead.pc", .rule = FL_PLAIN, .offset = AT(ahead.pc), .size = 8 },
        LOOPS(ahead),
        { .name = "vectors_left", .rule = FL_LEFT, .offset = AT(vectors_left), .size = 8,
          .resets = AT(vectors_resets) },
        { .name = "unanswered", .rule = FL_PLAIN, .offset = AT(unanswered), .size = 8 },
        { .name = "coming", .rule = FL_PLAIN, .offset = AT(coming), .size = 8 },
        { .name = "in_op", .rule = FL_PLAIN, .offset = AT(in_op), .size = sizeof(bool) },
        { .name = "issuing", .rule = FL_PLAIN, .offset = AT(issuing), .size = sizeof(bool) },
        { .name = "fresh", .rule = FL_PLAIN, .offset = AT(fresh), .size = sizeof(bool) },
        { .name = "op_level", .rule = FL_PLAIN, .offset = AT(op_level), .size = sizeof(int32_t) },
        { .name = "slot", .rule = FL_PLAIN, .offset = AT(slot), .size = sizeof(int32_t) },
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { 0 } },
    .init = sequencer_init, .start = sequencer_start, .wake = sequencer_wake,
};
