/* streams.c - the text of each engine: the one order of pieces, less what others do.
 *
 * A piece's text takes the tokens it waits for, has its steps, and gives what it has made. Moves from DRAM that stand
 * between its steps go with the loads, two ahead of the step that wants them. Tiles that come from DRAM as they are
 * loaded stand at the head of the mover until cores take them: the first waits until the cores are free of the pieces
 * before, the others until all that the piece waits for is there, so that nothing behind them holds them up.
 */
#include <stdio.h>
#include <string.h>

#include "mapping/nest.h"
#include "mapping/overlap.h"

/* What fl_walk tells of a piece: loops and steps. */
struct record {
    struct line { int64_t times; struct fl_step step; enum { LOOP, NEXT, STEP } code; } *line;
    size_t lines, room;
};

struct writer {
    struct fl_overlap *o;
    struct fl_builder *builder;
    const struct fl_turn *turn;         /* of the block */
    size_t turns;
    int32_t stream;                     /* whose text is written */
    const struct fl_task *task;
    struct record record;
    bool alone;                         /* the stream writes weights anew in this block, and does nothing else */
    int32_t *idle[2];                   /* of each task that stages, or writes anew: by which commands wait for all
                                           before; of what is written by FL_PART_TURNED, apart */
    int32_t *there, *room;              /* of each that brings: tokens of moves, and of room for them */
    bool owed[FL_LOOP_DEPTH + 1];       /* by loops open: a move's room is not given back yet, its step holds it */
    bool due;                           /* the next step is what a move was for */
    bool first;                         /* of the piece's steps none has been written */
};

/* ---- records ---- */

static void line_add(struct record *r, struct line line)
{
    r->line = fl_grow(r->line, &r->room, r->lines, sizeof *r->line);
    r->line[r->lines++] = line;
}

static void record_loop(void *context, int64_t times)
{
    line_add(context, (struct line){.times = times, .code = LOOP});
}

static void record_next(void *context)
{
    line_add(context, (struct line){.code = NEXT});
}

static void record_step(void *context, const struct fl_step *step)
{
    line_add(context, (struct line){.step = *step, .code = STEP});
}

static bool is_move(const struct line *line)
{
    return line->code == STEP && line->step.kind == FL_STEP_MOVE;
}

/* The line behind a loop's own. */
static size_t loop_end(const struct record *r, size_t at)
{
    size_t depth = 0;
    do {
        depth += r->line[at].code == LOOP;
        depth -= r->line[at].code == NEXT;
        at++;
    } while (depth > 0);
    return at;
}

static bool has_moves(const struct record *r, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        if (is_move(&r->line[i]))
            return true;
    return false;
}

static void piece_record(struct record *r, const struct fl_overlap *o, const struct fl_task *t, int64_t piece)
{
    const struct fl_walker walker = {record_loop, record_next, record_step, r};
    r->lines = 0;
    bool counted = fl_walk(&t->piece[piece], o->machine, &t->mapping, &walker);
    fl_assert(counted);                 /* fl_mapping_bound refused what overflows */
}

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
static void line_write(struct writer *w, const struct line *line, size_t depth)
{
    if (line->code == STEP && is_move(line) && w->task->brings) {
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
    const struct record *r = &w->record;
    for (size_t i = from; i < end; i++) {
        if (r->line[i].code == STEP) {
            line_write(w, &r->line[i], depth);
            continue;
        }
        size_t behind = loop_end(r, i);
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
    const struct record *r = &w->record;
    size_t task = (size_t)(w->task - w->o->task);
    for (size_t i = from; i < end; i++) {
        if (is_move(&r->line[i])) {
            tokens_write(w, FL_WAIT_LOAD, w->room[task], 1);
            fl_build_step(w->builder, &r->line[i].step);
            tokens_write(w, FL_SIGNAL, w->there[task], 1);
        }
        if (r->line[i].code != LOOP)
            continue;
        size_t behind = loop_end(r, i);
        if (has_moves(r, i, behind)) {
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
    piece_record(&w->record, w->o, t, turn->piece);
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

/* What comes from blocks before is there before the layers begin. */
static void before_write(struct writer *w, size_t block)
{
    for (size_t i = 0; i < w->o->takes; i++) {
        const struct fl_take *take = &w->o->take[i];
        const struct fl_task *t = &w->o->task[take->task];
        if (take->before && t->block == block && t->stream[take->part] == w->stream)
            tokens_write(w, FL_WAIT_LOAD, take->token, take->all);
    }
    for (size_t i = w->o->first[block]; i < w->o->first[block + 1]; i++)
        slot_take(w, i, true);
}

/* The stream's turns of equal rounds, the first of which is given. */
static void rounds_write(struct writer *w, int64_t first, int64_t layers, int64_t rounds)
{
    if (rounds > 1)
        fl_build_loop(w->builder, rounds);
    if (rounds > 1 && w->stream == 1)
        fl_build_inst(w->builder, FL_ALIGN, 0, 0);    /* layers begin alike where clocks are not in step */
    for (size_t i = 0; i < w->turns; i++)
        if (is_on(w->o, &w->turn[i], w->stream) && fl_turn_in(&w->turn[i], first, layers))
            turn_write(w, i);
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

static void block_write(struct writer *w, size_t block)
{
    int64_t layers = w->o->trace->block[block].repeat;
    bool any[2] = {false, false};       /* of its own layer, late */
    for (size_t i = 0; i < w->turns; i++)
        any[w->turn[i].late] |= is_on(w->o, &w->turn[i], w->stream);
    if (!any[false] && !any[true])
        return;
    alone_begin(w);
    before_write(w, block);
    if (any[false] && any[true]) {
        rounds_write(w, 0, layers, 1);
        rounds_write(w, 1, layers, layers - 1);
        rounds_write(w, layers, layers, 1);
    } else {
        rounds_write(w, any[true], layers, layers);     /* whole layers, in one loop */
    }
    for (size_t i = 0; i < w->o->relays; i++)
        if (w->o->relay[i].block == block && w->o->relay[i].stream == w->stream)
            tokens_write(w, FL_SIGNAL, w->o->relay[i].to, w->o->relay[i].units);
}

/* Is it the first stream that hands on what a block leaves? */
static bool is_mains(const struct fl_relay *relay, size_t block) { return relay->block == block && relay->stream == 0; }

/* The first stream gives what is there from the start, and hands on what last layers have left. */
static void main_write(struct writer *w)
{
    const struct fl_overlap *o = w->o;
    for (size_t i = 0; i < o->waits; i++)
        tokens_write(w, FL_SIGNAL, (int32_t)i, o->wait[i].initial);
    for (size_t b = 0; b < o->trace->blocks; b++) {
        bool any = false;
        for (size_t i = 0; i < o->relays; i++)
            any |= is_mains(&o->relay[i], b);
        if (!any)
            continue;
        if (o->trace->block[b].repeat > 1) {
            fl_build_loop(w->builder, o->trace->block[b].repeat - 1);
            for (size_t i = 0; i < o->relays; i++)
                if (is_mains(&o->relay[i], b))
                    tokens_write(w, FL_WAIT, o->relay[i].from, o->relay[i].units);
            fl_build_next(w->builder);
        }
        for (size_t i = 0; i < o->relays; i++)
            for (int64_t unit = 0; is_mains(&o->relay[i], b) && unit < o->relay[i].units; unit++) {
                tokens_write(w, FL_WAIT, o->relay[i].from, 1);
                tokens_write(w, FL_SIGNAL, o->relay[i].to, 1);
            }
    }
    fl_build_halt(w->builder);
}

enum { MOVES = 3 };                     /* on their way between steps: one in an outer loop, two in an inner one */

static int32_t token_of(struct fl_overlap *o, const struct fl_task *t, const char *format, int64_t initial)
{
    char name[256];
    snprintf(name, sizeof name, format, t->op->name);
    int32_t token = fl_wait_add(o, fl_arena_text(o->arena, name), initial, initial);
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
            main_write(&w);
            continue;
        }
        w.alone = false;
        for (size_t b = 0; b < o->trace->blocks; b++) {
            w.turn = o->order[b].turn;
            w.turns = o->order[b].turns;
            block_write(&w, b);
        }
        fl_build_halt(builder);
    }
    fl_free(w.record.line);
    *program = program_of(o, builder, stream);
}
