/* sequencer.c - runs the program: streams of steps, one beside another, joined by tokens.
 *
 * Three cursors walk the text of a stream. `ahead` hands out commands (tiles, loads, digital
 * work) as far as the rings have room, so that the next tile loads while this one is used, if
 * its frame is free. `exec` waits for a tile to be ready and issues its vectors, one a cycle;
 * where they are streamed from DRAM, the last one once all have come. `retire` follows as the
 * last write of each step is answered, and gives tokens for what is done. No cursor overtakes
 * the one before it.
 *
 * In the first stream operators may stand alone: from FL_OP, which begins on an edge of the
 * frame clock, to FL_END_OP, which waits until the pipeline is drained. `ahead` does not leave
 * such an operator, and nothing retires but all of it at once.
 */
#include <math.h>
#include <string.h>

#include "sim/leap.h"
#include "sim/ledger.h"
#include "sim/pace.h"
#include "sim/walker.h"


struct sequencer {
    struct unit unit;
    double issue_fj, power_mw, core_area_um2;
    int32_t burns;
    int32_t streams, others, tokens, flights;   /* of the program; streams but the first */
    struct fl_taking taking[FL_TOKENS];
    int64_t have[FL_TOKENS];
    struct fl_parts flight[FL_SLOTS];
    fl_time busy_until;
    bool round;                         /* within a wake: text that repeats has come round */
    struct fl_walker stream[FL_STREAMS];
};
enum { ISSUE, TILE, LOAD, WORK, READY, DONE, LAUNCH, PROJECT, EXCHANGE };
enum { ISSUED };
enum { LINE = 8 };                      /* vectors between two looks for a vector-level orbit */

static bool sequencer_init(struct unit *u, struct fl_err *err)
{
    (void)err;
    u->area_um2 = ((struct sequencer *)u)->core_area_um2;
    double engines = fmax(u->socket[ISSUE].lines, 1);       /* streams of several issue side by side */
    u->peak_mw = fl_peak_mw(engines, ((struct sequencer *)u)->issue_fj, fl_period_ps(u));
    return true;
}

static void sequencer_start(struct unit *u)
{
    struct sequencer *s = (struct sequencer *)u;
    const struct fl_program *program = u->sim->program;
    s->streams = program != NULL ? fl_program_streams(program) : 1;
    s->others = s->streams - 1;
    s->tokens = program != NULL ? program->tokens : 0;
    s->flights = s->others > 0 ? FL_SLOTS : 0;
    fl_unit_assert(u, s->streams <= FL_STREAMS && s->tokens <= FL_TOKENS);
    for (int32_t i = 0; i < s->others; i++) {
        struct fl_walker *t = &s->stream[1 + i];
        t->exec.pc = t->ahead.pc = t->retire.pc = (int64_t)program->stream[1 + i].first;
    }
    fl_wake_at(u, 0);
}

/* Takes tokens, if they are there. */
static bool tokens_take(const struct unit *u, struct sequencer *s, const struct fl_inst *inst)
{
    return fl_stock_take(u, &s->have[inst->arg], &s->taking[inst->arg], inst->count);
}

/* ---- operators of many streams ---- */

static bool part_begin(struct unit *u, struct sequencer *s, const struct fl_walker *t, const struct fl_inst *inst)
{
    struct fl_parts *p = &s->flight[inst->arg];
    bool first = p->joined == 0;
    if (!fl_parts_join(p, (int32_t)(t - s->stream), inst->count))
        return false;
    if (first && u->sim->ledger != NULL)
        fl_ledger_open(u->sim->ledger, inst->arg);
    return true;
}

static void part_end(struct unit *u, struct sequencer *s, const struct fl_inst *inst)
{
    if (fl_parts_end(&s->flight[inst->arg]) && u->sim->ledger != NULL)
        fl_ledger_close(u->sim->ledger, inst->arg);
}

/* ---- ahead ---- */

/* Hands out a step's commands, if there is room. */
static bool command_send(struct unit *u, struct fl_walker *t, const struct fl_inst *inst)
{
    const struct fl_step *step = fl_step_of(u, (uint32_t)inst->arg);
    struct fl_msg msg = { .bits = step->load_bits, .step = (uint32_t)inst->arg };
    uint32_t line = (uint32_t)step->engine;
    static const uint32_t ports[] = {
        [FL_STEP_OPTICAL] = TILE, [FL_STEP_VECTOR] = WORK, [FL_STEP_GPU] = LAUNCH, [FL_STEP_OPU] = PROJECT,
        [FL_STEP_EXCHANGE] = EXCHANGE };
    bool work = step->kind != FL_STEP_MOVE, load = step->load_from == FL_DRAM || !work;
    if ((load && !fl_room(u, LOAD)) || (work && !fl_room_on(u, ports[step->kind], line)))
        return false;
    if (load)
        fl_send(u, LOAD, msg, fl_now(u));
    if (work)
        fl_send_on(u, ports[step->kind], line, msg, fl_now(u));
    t->unanswered += step->kind != FL_STEP_OPTICAL;
    return true;
}

/* Does what the cursor stands before; false when there is something to wait for. */
static bool ahead_go(struct unit *u, struct sequencer *s, struct fl_walker *t)
{
    const struct fl_inst *inst = fl_inst_seek(u, &t->ahead);
    bool heeds = false;
    switch ((enum fl_code)inst->code) {
    case FL_STEP:
        heeds = command_send(u, t, inst);
        break;
    case FL_OPEN:
        heeds = part_begin(u, s, t, inst);
        break;
    case FL_WAIT_LOAD:
        heeds = tokens_take(u, s, inst);
        break;
    case FL_WAIT:
    case FL_SIGNAL:
    case FL_CLOSE:
        t->ahead.pc++;
        return true;
    default:
        return false;
    }
    t->ahead_by += heeds;
    t->ahead.pc += heeds;
    return heeds;
}

/* Hands out the commands of steps to come, as far as there is room; true if there were any. */
static bool commands_send(struct unit *u, struct sequencer *s, struct fl_walker *t)
{
    bool went = false;
    while (t != s->stream && ahead_go(u, s, t))
        went = true;
    while (t->in_op) {
        const struct fl_inst *inst = fl_inst_seek(u, &t->ahead);
        if (inst->code != FL_STEP || !command_send(u, t, inst))
            break;
        t->ahead.pc++;
        went = true;
    }
    return went;
}

/* ---- exec ---- */

static void exec_pass(struct sequencer *s, struct fl_walker *t)
{
    if (t != s->stream) {
        t->ahead_by--;
        t->exec_by++;
    }
    t->exec.pc++;
}

/* Waits for the step's tile. Steps that are not optical were handed out as commands already. */
static bool step_begin(struct unit *u, struct sequencer *s, struct fl_walker *t, const struct fl_step *step)
{
    if (t != s->stream && t->ahead_by == 0)
        return false;
    if (step->kind != FL_STEP_OPTICAL) {
        t->coming += t == s->stream && fl_is_load(step);
        exec_pass(s, t);
        return true;
    }
    if (!fl_has_on(u, READY, (uint32_t)step->engine))
        return false;
    fl_take_on(u, READY, (uint32_t)step->engine);
    if (step->vectors == 0) {
        exec_pass(s, t);
        return true;
    }
    t->issuing = t->fresh = true;
    t->vectors_left = step->vectors;
    t->vectors_resets++;
    return true;
}

/* The unit is busy while any stream issues. */
static fl_time issue(struct unit *u, struct sequencer *s, const struct fl_step *step)
{
    fl_time from = fl_most(fl_edge(u, 0), s->busy_until), until = fl_edge(u, 1);
    if (until > from) {
        fl_busy(u, step, until - from, 1);
        s->busy_until = until;
    }
    return until;
}

/* Issues one vector: a read of its inputs. `*stuck` is the step if only room is missing. */
static bool vector_issue(struct unit *u, struct sequencer *s, struct fl_walker *t, uint32_t index,
                         const struct fl_step **stuck)
{
    const struct fl_step *step = fl_step_of(u, index);
    if (fl_now(u) < t->free_at) {
        fl_wake_at(u, t->free_at);
        return false;
    }
    bool last = t->vectors_left == 1, here = !last || !step->awaits || t->coming <= 0;
    bool room = fl_room_on(u, ISSUE, (uint32_t)step->engine);
    if (!here || !room) {
        *stuck = here ? step : *stuck;
        return false;
    }
    struct fl_msg msg = { .bits = step->read_bits, .step = index, .flags = FL_ASK };
    msg.flags |= (t->fresh ? FL_FIRST : 0) | (last ? FL_LAST : 0);
    t->free_at = issue(u, s, step);
    fl_send_on(u, ISSUE, (uint32_t)step->engine, msg, fl_edge(u, 0));
    fl_count(u, step, ISSUED, 1);
    t->fresh = false;
    t->vectors_left--;
    if (t->vectors_left % LINE == 0)
        fl_boundary(u, FL_AT_LINE);
    if (last) {
        t->unanswered++;
        t->issuing = false;
        exec_pass(s, t);
        fl_boundary(u, FL_AT_STEP);
    }
    return true;
}

static bool operator_begin(struct unit *u, struct fl_walker *t, const struct fl_inst *inst)
{
    if (!fl_on_edge(u))
        return false;
    t->op_level = inst->arg;
    t->slot = (int32_t)inst->count;
    t->exec.pc++;
    t->ahead = t->exec;
    t->in_op = true;
    if (u->sim->ledger != NULL)
        fl_ledger_open(u->sim->ledger, t->slot);
    return true;
}

static bool operator_end(struct unit *u, struct fl_walker *t)
{
    if (t->unanswered > 0 || t->ahead.pc != t->exec.pc)
        return false;
    t->exec.pc++;
    t->ahead = (struct fl_cursor){ 0 };    /* what it did is over, and need not be remembered */
    t->in_op = false;
    if (u->sim->ledger != NULL)
        fl_ledger_close(u->sim->ledger, t->slot);
    t->slot = 0;
    fl_boundary(u, FL_AT_OPERATOR);
    return true;
}

/* Of streams beside each other the second alone tells of layers: one snapshot a layer is enough. */
static int boundary_of(const struct sequencer *s, const struct fl_walker *t, int32_t level)
{
    if (t != s->stream)
        return level > 0 ? FL_AT_INNER_LOOP : t == &s->stream[1] ? FL_AT_LAYER : -1;
    if (!t->in_op)
        return s->others > 0 ? -1 : FL_AT_LAYER;
    return level == t->op_level ? FL_AT_OUTER_LOOP : FL_AT_INNER_LOOP;
}

/* Tokens are taken, or given by the first stream, whose operators have all retired. */
static bool tokens_pass(const struct unit *u, struct sequencer *s, struct fl_walker *t, const struct fl_inst *inst)
{
    bool first = t == s->stream;
    if (inst->code == FL_SIGNAL && first)
        s->have[inst->arg] += inst->count;
    else if (inst->code == FL_WAIT && !tokens_take(u, s, inst))
        return false;
    t->exec_by += inst->code == FL_WAIT && !first;
    t->exec.pc++;
    return true;
}

/* All of the stream before has retired, and the frame clock has an edge; `ahead` stands here, too. */
static bool align(struct unit *u, struct fl_walker *t)
{
    if (t->exec_by > 0 || t->ahead.pc != t->exec.pc || !fl_on_edge(u))
        return false;
    t->exec.pc++;
    t->ahead.pc++;
    t->exec_by++;
    return true;
}

/* One instruction; false when there is something to wait for. */
static bool exec_go(struct unit *u, struct sequencer *s, struct fl_walker *t, const struct fl_step **stuck)
{
    const struct fl_inst *inst = fl_inst_at(u, &t->exec);
    switch ((enum fl_code)inst->code) {
    case FL_LOOP:
        fl_loop_enter(inst, &t->exec);
        return true;
    case FL_NEXT:
        if (inst->count == 0)
            fl_boundary(u, boundary_of(s, t, u->sim->program->inst[inst->arg].arg));
        s->round = s->round || inst->count > 0;
        fl_loop_next(u->sim->program, inst, &t->exec);
        return true;
    case FL_OP:
        return operator_begin(u, t, inst);
    case FL_STEP:
        commands_send(u, s, t);
        if (t->issuing)
            return vector_issue(u, s, t, (uint32_t)inst->arg, stuck);
        return step_begin(u, s, t, fl_step_of(u, (uint32_t)inst->arg));
    case FL_END_OP:
        commands_send(u, s, t);
        return operator_end(u, t);
    case FL_OPEN:
    case FL_WAIT_LOAD:
        if (t->ahead_by == 0)
            return false;
        exec_pass(s, t);
        return true;
    case FL_WAIT:
    case FL_SIGNAL:
    case FL_CLOSE:
        return tokens_pass(u, s, t, inst);
    case FL_ALIGN:
        return align(u, t);
    case FL_HALT:
        return false;
    }
    return false;
}

/* ---- retire ---- */

static void answers_take(struct unit *u, struct sequencer *s)
{
    for (uint32_t line = 0; line < u->socket[DONE].lines; line++)
        while (fl_has_on(u, DONE, line)) {
            const struct fl_step *step = fl_step_of(u, fl_take_on(u, DONE, line).step);
            struct fl_walker *t = &s->stream[step->stream];
            t->unanswered--;
            t->answered += t != s->stream;
            t->coming -= t == s->stream && fl_is_load(step);
        }
}

/* One instruction; false when there is something to wait for. */
static bool retire_go(struct unit *u, struct sequencer *s, struct fl_walker *t)
{
    const struct fl_inst *inst = fl_inst_seek(u, &t->retire);
    const struct fl_step *step = inst->code == FL_STEP ? fl_step_of(u, (uint32_t)inst->arg) : NULL;
    bool answers = step != NULL && (step->kind != FL_STEP_OPTICAL || step->vectors > 0);
    switch ((enum fl_code)inst->code) {
    case FL_STEP:
    case FL_OPEN:
    case FL_WAIT:
    case FL_WAIT_LOAD:
    case FL_ALIGN:
        if (t->exec_by == 0 || (answers && t->answered == 0))
            return false;
        t->exec_by--;
        t->answered -= answers;
        break;
    case FL_SIGNAL:
        s->have[inst->arg] += inst->count;
        fl_walker_retired(u, t - s->stream);
        break;
    case FL_CLOSE:
        part_end(u, s, inst);
        fl_walker_retired(u, t - s->stream);
        break;
    default:
        return false;
    }
    t->retire.pc++;
    return true;
}

/* ---- all of them ---- */

/* Goes on with one stream as far as it can; true if it went anywhere. Loops of steps stop for the look for an orbit.
 * Lines must not: where a vector stands within its line is no state, so it must change nothing. */
static bool stream_go(struct unit *u, struct sequencer *s, struct fl_walker *t, const struct fl_step **stuck)
{
    bool went = commands_send(u, s, t);
    while (t != s->stream && retire_go(u, s, t))
        went = true;
    while (u->sim->boundary < FL_AT_STEP && exec_go(u, s, t, stuck))
        went = true;
    return went;
}

static bool all_halt(const struct unit *u, const struct sequencer *s)
{
    for (int32_t i = 0; i < s->streams; i++)
        if (fl_inst_at(u, fl_walker_stands(u, &s->stream[i], i > 0))->code != FL_HALT)
            return false;
    return true;
}

static void sequencer_wake(struct unit *u)
{
    struct sequencer *s = (struct sequencer *)u;
    const struct fl_step *stuck = NULL;
    bool went = true;
    answers_take(u, s);
    while (went && u->sim->boundary < FL_AT_STEP) {
        went = false;
        stuck = NULL;
        for (int32_t i = 0; i < s->streams; i++)
            went = stream_go(u, s, &s->stream[i], &stuck) || went;
        went = went && s->others > 0;   /* one stream has nobody to wait for */
    }
    fl_blocked(u, stuck, stuck != NULL && fl_now(u) >= s->busy_until);
    if (stuck != NULL && fl_now(u) < s->busy_until)
        fl_wake_at(u, s->busy_until);
    if (u->sim->boundary >= FL_AT_STEP)
        fl_wake_at(u, fl_now(u));
    else
        u->sim->halted = u->sim->halted || all_halt(u, s);
    if (s->round)
        fl_boundary(u, FL_AT_INNER_LOOP);
    s->round = false;
}

/* Where each stream stands, of a program that has several. */
static void sequencer_stands(const struct unit *u, struct fl_err *err)
{
    const struct sequencer *s = (const struct sequencer *)u;
    for (int32_t i = 0; i < s->streams && s->others > 0; i++) {
        const struct fl_cursor *at = fl_walker_stands(u, &s->stream[i], i > 0);
        fl_program_stands(u->sim->program, i, (struct fl_place_in_stream){ at->pc, at->left }, s->have, err);
    }
}

#define AT(field) offsetof(struct sequencer, field)
#define OF(field) AT(stream[0].field)
#define EACH .many = AT(streams), .stride = sizeof(struct fl_walker)
#define OTHERS(field) .offset = AT(stream[1].field), .many = AT(others), .stride = sizeof(struct fl_walker)
#define LOOPS(cursor, from, number) \
    { .name = #cursor ".left", .rule = FL_LEFT, .size = sizeof(int64_t[FL_LOOP_DEPTH]), \
      .offset = AT(from.cursor.left), .resets = AT(from.cursor.resets), .many = AT(number), \
      .stride = sizeof(struct fl_walker) }
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
        { .name = "exchange", .way = FL_OUT, .many = true },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "issued", "control", "energy", AT(issue_fj) }, { 0 } },
    .statics = (const struct fl_static[]){ { "power", "control", AT(power_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "exec.pc", .rule = FL_PLACE, .offset = OF(exec.pc), .size = 8 },
        { .name = "exec.pc", .rule = FL_PLAIN, .size = 8, OTHERS(exec.pc) },
        LOOPS(exec, stream[0], streams),
        { .name = "ahead.pc", .rule = FL_PLAIN, .offset = OF(ahead.pc), .size = 8, EACH },
        LOOPS(ahead, stream[0], streams),
        { .name = "retire.pc", .rule = FL_PLAIN, .size = 8, OTHERS(retire.pc) },
        LOOPS(retire, stream[1], others),
        { .name = "vectors_left", .rule = FL_LEFT, .offset = OF(vectors_left), .size = 8,
          .resets = OF(vectors_resets), EACH },
        { .name = "ahead_by", .rule = FL_PLAIN, .size = 8, OTHERS(ahead_by) },
        { .name = "exec_by", .rule = FL_PLAIN, .size = 8, OTHERS(exec_by) },
        { .name = "unanswered", .rule = FL_PLAIN, .offset = OF(unanswered), .size = 16, EACH },     /* and answered */
        { .name = "coming", .rule = FL_PLAIN, .offset = OF(coming), .size = 8 },
        { .name = "in_op", .rule = FL_PLAIN, .offset = OF(in_op), .size = 12 },     /* op_level and slot, too */
        { .name = "issuing", .rule = FL_PLAIN, .offset = OF(issuing), .size = 8, EACH },     /* and fresh */
        { .name = "free_at", .rule = FL_TIME, .offset = OF(free_at), .size = 8, EACH },
        { .name = "busy_until", .rule = FL_TIME, .offset = AT(busy_until), .size = 8 },
        { .name = "have", .rule = FL_STOCK, .offset = AT(have), .taking = AT(taking), .size = 8, .many = AT(tokens),
          .stride = 8 },
        { .name = "flight", .rule = FL_PLAIN, .offset = AT(flight), .size = sizeof(struct fl_parts),
          .many = AT(flights), .stride = sizeof(struct fl_parts) },
        { 0 } },
    .init = sequencer_init, .start = sequencer_start, .wake = sequencer_wake, .stands = sequencer_stands,
};
