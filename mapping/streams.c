/* streams.c - the text of each engine: the one order of pieces, less what others do.
 *
 * A piece's text takes the tokens it waits for, has its steps, and gives what it has made. Moves from DRAM that stand
 * between its steps go with the loads, two ahead of the step that wants them. Tiles that come from DRAM as they are
 * loaded stand at the head of the mover until cores take them: the first waits until the cores are free of the pieces
 * before, the others until all that the piece waits for is there, so that nothing behind them holds them up.
 */
#include <string.h>

#include "mapping/record.h"

struct writer {
    struct fl_overlap *o;
    struct fl_builder *builder;
    const struct fl_turn *turn;         /* of the block */
    size_t turns;
    size_t led;                         /* the block whose first layer is written beside the one before; 0: none is */
    size_t aligned;                     /* the turn of a loop of layers that begins on an edge of the frame clock */
    int32_t stream;                     /* whose text is written */
    const struct fl_task *task;
    struct fl_record record;
    bool alone;                         /* the stream writes weights anew in this block, and does nothing else */
    int32_t *idle[2];                   /* of each task that stages, or writes anew: by which commands wait for all
                                           before; of what is written by FL_PART_TURNED, apart */
    int32_t *there, *room;              /* of each that brings: tokens of moves, and of room for them */
    bool owed[FL_LOOP_DEPTH + 1];       /* by loops open: a move's room is not given back yet, its step holds it */
    bool due;                           /* the next step is what a move was for */
    bool first;                         /* of the piece's steps none has been written */
};

/* ---- steps of a piece ---- */

static void tokens_write(struct writer *w, enum fl_code code, int32_t token, int64_t count)
{
    if (count > 0)
        fl_build_inst(w->builder, code, token, count);
}

/* Commands of a part behind this wait until all before it has retired. */
static void wait_for_all(struct writer *w, enum fl_part part)
{
    int32_t token = w->idle[part == FL_PART_TURNED][w->task - w->o->task];
    tokens_write(w, FL_SIGNAL, token, 1);
    tokens_write(w, FL_WAIT_LOAD, token, 1);
}

static void room_owe(struct writer *w, size_t depth)
{
    if (w->owed[depth])
        tokens_write(w, FL_SIGNAL, w->room[w->task - w->o->task], 1);
    w->owed[depth] = false;
}

static void move_wait(struct writer *w)
{
    const struct fl_mapping *m = &w->task->mapping;
    if (w->due)
        tokens_write(w, m->swapped || m->streams ? FL_WAIT : FL_WAIT_LOAD,
                        w->there[w->task - w->o->task], 1);
    w->due = false;
}

/* The piece's own engine: all but the moves, of which it waits for each. */
static void line_write(struct writer *w, const struct fl_line *line, size_t depth)
{
    if (fl_line_is_move(line) && w->task->brings) {
        room_owe(w, depth);
        w->due = true;
        w->owed[depth] = true;
        return;
    }
    move_wait(w);
    fl_build_step(w->builder, &line->step);
    if (w->first && w->task->stages)
        wait_for_all(w, FL_PART_WORK);
    w->first = false;
}

/* Lines of the piece's own engine. Of staged tiles the first stands before all loops, one round of each of which is
 * written out for that. */
static void lines_write(struct writer *w, size_t from, size_t end, size_t depth)
{
    const struct fl_record *r = &w->record;
    for (size_t i = from; i < end; i++) {
        if (r->line[i].code == FL_LINE_STEP) {
            line_write(w, &r->line[i], depth);
            continue;
        }
        size_t behind = fl_record_behind(r, i);
        int64_t times = r->line[i].times;
        move_wait(w);
        if (w->first && w->task->stages) {
            lines_write(w, i + 1, behind - 1, depth + 1);
            room_owe(w, depth + 1);
            times--;
        }
        if (times > 0) {
            fl_build_loop(w->builder, times);
            lines_write(w, i + 1, behind - 1, depth + 1);
            room_owe(w, depth + 1);
            fl_build_next(w->builder);
        }
        i = behind - 1;
    }
}

/* The moves among them, two ahead of the steps. */
static void moves_write(struct writer *w, size_t from, size_t end)
{
    const struct fl_record *r = &w->record;
    size_t task = (size_t)(w->task - w->o->task);
    for (size_t i = from; i < end; i++) {
        if (fl_line_is_move(&r->line[i])) {
            tokens_write(w, FL_WAIT_LOAD, w->room[task], 1);
            fl_build_step(w->builder, &r->line[i].step);
            tokens_write(w, FL_SIGNAL, w->there[task], 1);
        }
        if (r->line[i].code != FL_LINE_LOOP)
            continue;
        size_t behind = fl_record_behind(r, i);
        if (fl_record_moves(r, i, behind)) {
            fl_build_loop(w->builder, r->line[i].times);
            moves_write(w, i + 1, behind - 1);
            fl_build_next(w->builder);
        }
        i = behind - 1;
    }
}

static void steps_write(struct writer *w, const struct fl_turn *turn)
{
    const struct fl_task *t = w->task;
    if (fl_part_is_anew(turn->part)) {
        fl_rewrite_build(w->builder, &t->anew[turn->part - FL_PART_ANEW].rewrite, w->o->machine);
        return;
    }
    if (turn->part != FL_PART_WORK) {
        fl_spill_build(w->builder, t->bits[turn->part][turn->piece], turn->part == FL_PART_WRITE);
        return;
    }
    fl_record_piece(&w->record, w->o, t, turn->piece);
    memset(w->owed, 0, sizeof w->owed);
    w->due = false;
    w->first = true;
    if (t->stream[FL_PART_WORK] != w->stream) {
        moves_write(w, 0, w->record.lines);
        return;
    }
    lines_write(w, 0, w->record.lines, 0);
    room_owe(w, 0);
}

/* ---- a piece ---- */

/* Is the turn, or a part of it, written in a stream's text? */
static bool is_on(const struct fl_overlap *o, const struct fl_turn *turn, int32_t stream)
{
    const struct fl_task *t = &o->task[turn->task];
    return t->stream[turn->part] == stream || (turn->part == FL_PART_WORK && t->brings && stream == o->loads);
}

static int64_t streams_of(const struct fl_task *t, const struct fl_overlap *o)
{
    int64_t streams = 0;
    for (int32_t stream = 0; stream < o->streams; stream++)
        streams += fl_task_on(o, t, stream);
    return streams;
}

/* Of turns of one task: is one before the other in its layer? */
static bool is_before(const struct writer *w, size_t one, size_t other)
{
    bool late = w->turn[one].late;
    return late == w->turn[other].late ? one < other : !late;
}

/* Has its task no other turn of the layer in this text before it, or behind it? */
static bool is_end(const struct writer *w, size_t turn, bool first)
{
    for (size_t i = 0; i < w->turns; i++)
        if (i != turn && w->turn[i].task == w->turn[turn].task && is_on(w->o, &w->turn[i], w->stream) &&
            is_before(w, first ? i : turn, first ? turn : i))
            return false;
    return true;
}

static void takes_write(struct writer *w, const struct fl_turn *turn, bool late)
{
    const struct fl_links *links = &w->o->task[turn->task].links[turn->part];
    for (size_t i = 0; i < links->takes; i++) {
        const struct fl_take *take = links->take[i];
        if (take->late == late && !take->before)
            tokens_write(w, take->load ? FL_WAIT_LOAD : FL_WAIT, take->token, take->count[turn->piece]);
    }
}

/* What a part of a task takes before layers begin. */
static void before_write(struct writer *w, size_t task, enum fl_part part)
{
    const struct fl_links *links = &w->o->task[task].links[part];
    for (size_t i = 0; i < links->takes; i++)
        if (links->take[i]->before)
            tokens_write(w, FL_WAIT_LOAD, links->take[i]->token, links->take[i]->all);
}

static void gives_write(struct writer *w, const struct fl_turn *turn, bool early)
{
    const struct fl_links *links = &w->o->task[turn->task].links[turn->part];
    for (size_t i = 0; i < links->gives; i++)
        if (links->give[i]->early == early)
            tokens_write(w, FL_SIGNAL, links->give[i]->token, links->give[i]->count[turn->piece]);
}

/* The slot is free of who had it before; `before` the loop of layers, or in it. Of engines apart each task has one. */
static void slot_take(struct writer *w, size_t task, bool before)
{
    if (w->o->apart && !before)
        tokens_write(w, FL_WAIT_LOAD, w->o->handover[task].token, 1);
    if (w->o->apart)
        return;
    for (size_t i = 0; i < w->o->handovers; i++) {
        const struct fl_handover *h = &w->o->handover[i];
        if (h->to == task && h->take == w->stream && h->before == before)
            tokens_write(w, FL_WAIT_LOAD, h->token, h->times);
    }
}

static void slot_give(struct writer *w, size_t task)
{
    if (w->o->apart) {
        tokens_write(w, FL_SIGNAL, w->o->handover[task].token, 1);
        return;
    }
    for (size_t i = 0; i < w->o->handovers; i++)
        if (w->o->handover[i].from == task && w->o->handover[i].give == w->stream)
            tokens_write(w, FL_SIGNAL, w->o->handover[i].token, 1);
}

static void turn_write(struct writer *w, size_t at)
{
    const struct fl_turn *turn = &w->turn[at];
    w->task = &w->o->task[turn->task];
    bool own = w->task->stream[turn->part] == w->stream;
    bool anew = fl_part_is_anew(turn->part), staged = own && (anew || (turn->part == FL_PART_WORK && w->task->stages));
    w->builder->slot = w->task->slot;
    if (w->led > 0 && w->task->block == w->led && turn->piece == 0 && own)
        before_write(w, turn->task, turn->part);
    if (own && !staged)
        takes_write(w, turn, false);
    if (is_end(w, at, true)) {
        slot_take(w, turn->task, false);
        fl_build_inst(w->builder, FL_OPEN, w->task->slot, streams_of(w->task, w->o));
    }
    if (staged) {                       /* it begins with its first tile, which does not wait for rows */
        if (!anew || !w->alone)
            wait_for_all(w, turn->part);
        takes_write(w, turn, false);
    }
    if (own && at == w->aligned)
        fl_build_inst(w->builder, FL_ALIGN, 0, 0);
    if (own)
        gives_write(w, turn, true);
    steps_write(w, turn);
    if (own) {
        takes_write(w, turn, true);
        gives_write(w, turn, false);
    }
    if (is_end(w, at, false)) {
        fl_build_inst(w->builder, FL_CLOSE, w->task->slot, 0);
        slot_give(w, turn->task);
    }
}

/* ---- texts ---- */

/* What comes from blocks before is there before the layers begin, or, of those that the first round has, with them. */
static void befores_write(struct writer *w, size_t block, const struct fl_order *lead)
{
    for (size_t i = 0; i < w->o->takes; i++) {
        const struct fl_take *take = &w->o->take[i];
        const struct fl_task *t = &w->o->task[take->task];
        if (take->before && t->block == block && t->stream[take->part] == w->stream &&
            (lead == NULL || !fl_lead_has(lead, take->task, take->part)))
            tokens_write(w, FL_WAIT_LOAD, take->token, take->all);
    }
    for (size_t i = w->o->first[block]; i < w->o->first[block + 1] && lead == NULL; i++)
        slot_take(w, i, true);
}

/* The stream's turns of equal rounds, the first of which is given. Where clocks are not in step, rounds are alike if a
 * turn that all others wait for begins on an edge; if there is none, the stream by which layers are told. */
static void rounds_write(struct writer *w, const struct fl_order *order, int64_t first, int64_t layers, int64_t rounds)
{
    w->aligned = rounds > 1 ? order->still : order->turns;
    if (rounds > 1)
        fl_build_loop(w->builder, rounds);
    if (rounds > 1 && order->still == order->turns && w->stream == 1)
        fl_build_inst(w->builder, FL_ALIGN, 0, 0);
    size_t begin = w->builder->insts;
    for (size_t i = 0; i < w->turns; i++)
        if (is_on(w->o, &w->turn[i], w->stream) && fl_turn_in(&w->turn[i], first, layers))
            turn_write(w, i);
    fl_build_fold(w->builder, begin);
    if (rounds > 1)
        fl_build_next(w->builder);
}

/* Does the stream write weights anew in the block, and nothing else? Then their tiles follow each other while those
 * before settle, also from block to block, and one wait does for all. */
static void alone_begin(struct writer *w)
{
    bool goes_on = w->alone;
    enum fl_part last = FL_PART_ANEW;
    w->alone = true;
    for (size_t i = 0; i < w->turns; i++)
        if (is_on(w->o, &w->turn[i], w->stream)) {
            w->alone &= fl_part_is_anew(w->turn[i].part);
            w->task = &w->o->task[w->turn[i].task];
            last = w->turn[i].part;
        }
    if (w->alone && !goes_on)
        wait_for_all(w, last);
}

/* The order whose turns are written next. Has the stream some of its own layer, some late? */
static void order_begin(struct writer *w, const struct fl_order *order, bool any[2])
{
    w->turn = order->turn;
    w->turns = order->turns;
    any[false] = any[true] = false;
    for (size_t i = 0; i < w->turns; i++)
        any[w->turn[i].late] |= is_on(w->o, &w->turn[i], w->stream);
}

/* The first round of layers, with the block before it. */
static void lead_write(struct writer *w, size_t block, const struct fl_order *lead)
{
    bool any[2];
    order_begin(w, lead, any);
    w->alone &= !any[false];
    befores_write(w, block - 1, NULL);
    for (size_t i = w->o->first[block]; i < w->o->first[block + 1]; i++)
        slot_take(w, i, true);
    w->led = block;
    rounds_write(w, lead, 0, w->o->trace->block[block].repeat, 1);
    w->led = 0;
}

static void block_write(struct writer *w, size_t block)
{
    const struct fl_order *order = &w->o->order[block];
    int64_t layers = w->o->trace->block[block].repeat;
    bool any[2], led = order->lead != NULL;
    if (led)
        lead_write(w, block, order->lead);
    order_begin(w, order, any);
    if (!any[false] && !any[true])
        return;
    if (!led)
        alone_begin(w);
    befores_write(w, block, order->lead);
    if (!led && any[false] && any[true])
        rounds_write(w, order, 0, layers, 1);
    bool behind = led || any[true];     /* else whole layers, in one loop */
    rounds_write(w, order, behind, layers, layers - (behind && any[false]));
    if (any[false] && any[true])
        rounds_write(w, order, layers, layers, 1);
    for (size_t i = 0; i < w->o->relays; i++)
        if (w->o->relay[i].block == block && w->o->relay[i].stream == w->stream)
            tokens_write(w, FL_SIGNAL, w->o->relay[i].to, w->o->relay[i].units);
}

enum { MOVES = 3 };                     /* on their way between steps: one in an outer loop, two in an inner one */

static int32_t token_of(struct fl_overlap *o, const struct fl_task *t, const char *format, int64_t initial)
{
    int32_t token = fl_wait_add(o, fl_arena_format(o->arena, format, t->op->name), initial, initial);
    o->wait[token].slot = t->slot;
    return token;
}

/* Tokens of moves between steps, and those that tell that all before has retired. */
static void tokens_find(struct writer *w)
{
    struct fl_overlap *o = w->o;
    for (int turned = 0; turned < 2; turned++)
        w->idle[turned] = fl_arena_array(o->arena, o->tasks + 1, sizeof *w->idle[turned]);
    w->there = fl_arena_array(o->arena, o->tasks + 1, sizeof *w->there);
    w->room = fl_arena_array(o->arena, o->tasks + 1, sizeof *w->room);
    for (size_t i = 0; i < o->tasks; i++) {
        const struct fl_task *t = &o->task[i];
        if (t->stages || t->stream[FL_PART_ANEW] >= 0)
            w->idle[0][i] = token_of(o, t, "%s and all before it", 0);
        if (t->stream[FL_PART_TURNED] >= 0)
            w->idle[1][i] = token_of(o, t, "%s, transposed, and all before it", 0);
        if (!t->brings)
            continue;
        w->there[i] = token_of(o, t, "what comes for %s", 0);
        w->room[i] = token_of(o, t, "room for what comes for %s", MOVES);
    }
}

/* The program, from orders of all blocks. */
static struct fl_program program_of(const struct fl_overlap *o, const struct fl_builder *builder,
                                    struct fl_stream *stream)
{
    struct fl_program program = fl_builder_program(builder);
    struct fl_token *token = fl_arena_array(o->arena, o->waits + 1, sizeof *token);
    const char **name = fl_arena_array(o->arena, FL_SLOTS, sizeof *name);
    for (size_t i = 0; i < o->waits; i++)
        token[i] = (struct fl_token){o->wait[i].name, o->wait[i].slot};
    for (size_t i = 0; i < o->tasks; i++) {
        const char **shared = &name[o->task[i].slot];
        const char *own = o->task[i].op->name;
        *shared = *shared == NULL ? own : fl_arena_format(o->arena, "%s or %s", *shared, own);
    }
    program.stream = stream;
    program.streams = o->streams;
    program.token = token;
    program.tokens = (int32_t)o->waits;
    program.name = name;
    return program;
}

void fl_streams_write(struct fl_overlap *o, struct fl_builder *builder, struct fl_program *program)
{
    struct writer w = {.o = o, .builder = builder};
    struct fl_stream *stream = fl_arena_array(o->arena, (size_t)o->streams, sizeof *stream);
    tokens_find(&w);
    for (w.stream = 0; w.stream < o->streams; w.stream++) {
        stream[w.stream] = (struct fl_stream){o->stream[w.stream], fl_build_stream(builder, w.stream)};
        if (w.stream == 0) {
            fl_first_write(o, builder);
            continue;
        }
        w.alone = false;
        for (size_t b = 0; b < o->trace->blocks; b++)
            if (!fl_block_leads(o, b))  /* that is written with the next one */
                block_write(&w, b);
        fl_build_halt(builder);
    }
    fl_free(w.record.line);
    *program = program_of(o, builder, stream);
}
