/* program.c - a program walked without a machine: do its streams come to their ends? */
#include "sim/program.h"

#include <string.h>

#include "sim/walker.h"

/* ---- where a stream stands ---- */

static int32_t stream_that_signals(const struct fl_program *program, int32_t token)
{
    for (int32_t s = 0; s < fl_program_streams(program); s++)
        for (size_t i = program->stream[s].first; program->inst[i].code != FL_HALT; i++)
            if (program->inst[i].code == FL_SIGNAL && program->inst[i].arg == token)
                return s;
    return -1;
}

/* The operator whose part of the stream an instruction lies in, the last that was opened before it, and which round of
 * each loop around it that is. */
static const char *where(const struct fl_program *program, int32_t stream, struct fl_place_in_stream place,
                         struct fl_arena *arena)
{
    const char *name = "its beginning", *rounds = "";
    for (int64_t i = (int64_t)program->stream[stream].first; i <= place.at; i++) {
        const struct fl_inst *inst = &program->inst[i];
        if (inst->code == FL_OPEN)
            name = program->name != NULL ? program->name[inst->arg] : fl_arena_format(arena, "operator %d", inst->arg);
        if (inst->code == FL_LOOP)
            rounds = fl_arena_format(arena, "%s, round %lld of %lld", rounds,
                                     (long long)(inst->count - place.left[inst->arg] + 1), (long long)inst->count);
        if (inst->code == FL_NEXT)      /* a loop that is over: its round is the last text added */
            rounds = fl_arena_slice(arena, rounds, (size_t)(strrchr(rounds, ',') - rounds));
    }
    return fl_arena_format(arena, "%s%s", name, rounds);
}

void fl_program_stands(const struct fl_program *program, int32_t stream, struct fl_place_in_stream place,
                       const int64_t *have, struct fl_err *err)
{
    struct fl_arena arena = {0};
    const struct fl_inst *inst = &program->inst[place.at];
    const char *name = program->stream[stream].name;
    bool waits = inst->code == FL_WAIT || inst->code == FL_WAIT_LOAD;
    int32_t from = waits ? stream_that_signals(program, inst->arg) : -1;
    if (inst->code == FL_HALT)
        fl_fail(err, name, "has come to its end");
    else if (!waits)
        fl_fail(err, name, "stands at %s", where(program, stream, place, &arena));
    else
        fl_fail(err, name, "stands at %s and waits for %lld of token %d (%s), has %lld; %s%s",
                where(program, stream, place, &arena), (long long)inst->count, inst->arg,
                program->token != NULL ? program->token[inst->arg].name : "no name", (long long)have[inst->arg],
                from < 0 ? "nobody signals it" : "signalled by ", from < 0 ? "" : program->stream[from].name);
    fl_arena_free(&arena);
}

/* ---- walked together ---- */

struct walk {
    const struct fl_program *program;
    const struct fl_visitor *visitor;
    struct fl_cursor at[FL_STREAMS];
    int64_t have[FL_TOKENS];
    struct fl_parts flight[FL_SLOTS];
};

/* Loops with neither tokens nor operators in them are passed as one round. */
static bool is_of_steps(const struct fl_program *program, size_t loop)
{
    for (size_t i = loop + 1; !(program->inst[i].code == FL_NEXT && program->inst[i].arg == (int32_t)loop); i++)
        if (program->inst[i].code != FL_STEP && program->inst[i].code != FL_LOOP && program->inst[i].code != FL_NEXT)
            return false;
    return true;
}

static bool take_on(struct walk *w, const struct fl_inst *inst)
{
    if (w->have[inst->arg] < inst->count)
        return false;
    w->have[inst->arg] -= inst->count;
    return true;
}

/* One instruction of a stream; false if it stands still. */
static bool walk_on(struct walk *w, int32_t stream)
{
    struct fl_cursor *at = &w->at[stream];
    const struct fl_inst *inst = &w->program->inst[at->pc];
    bool goes = true;
    switch ((enum fl_code)inst->code) {
    case FL_HALT:
        return false;
    case FL_LOOP:
        fl_loop_enter(inst, at);
        if (is_of_steps(w->program, (size_t)at->pc - 1))
            at->left[inst->arg] = 1;
        return true;
    case FL_NEXT:
        fl_loop_next(w->program, inst, at);
        return true;
    case FL_WAIT:
    case FL_WAIT_LOAD:
        goes = take_on(w, inst);
        break;
    case FL_OPEN:
        goes = fl_parts_join(&w->flight[inst->arg], stream, inst->count);
        break;
    case FL_SIGNAL:
        w->have[inst->arg] += inst->count;
        break;
    case FL_CLOSE:
        fl_parts_end(&w->flight[inst->arg]);
        break;
    default:
        break;
    }
    if (goes && w->visitor != NULL)
        w->visitor->passed(w->visitor->context, stream, inst);
    at->pc += goes;
    return goes;
}

/* Walks all texts as far as they go; how many come to their ends. */
static int32_t walk_all(struct walk *w)
{
    int32_t streams = fl_program_streams(w->program), ended = 0;
    for (int32_t s = 0; s < streams; s++)
        w->at[s].pc = w->program->stream != NULL ? (int64_t)w->program->stream[s].first : 0;
    for (bool went = true; went;) {
        went = false;
        for (int32_t s = 0; s < streams; s++)
            while (walk_on(w, s))
                went = true;
    }
    for (int32_t s = 0; s < streams; s++)
        ended += w->program->inst[w->at[s].pc].code == FL_HALT;
    return ended;
}

void fl_program_walk(const struct fl_program *program, const struct fl_visitor *visitor)
{
    struct walk w = {.program = program, .visitor = visitor};
    int32_t ended = walk_all(&w);
    fl_assert(ended == fl_program_streams(program));
}

/* Are all steps of a stream but the first those of one engine, and moves of one direction? */
static bool is_of_one(const struct fl_program *program, int32_t stream, struct fl_err *err)
{
    const struct fl_step *first = NULL;
    for (const struct fl_inst *inst = &program->inst[program->stream[stream].first]; inst->code != FL_HALT; inst++) {
        const struct fl_step *step = inst->code == FL_STEP ? &program->step[inst->arg] : NULL;
        if (step == NULL)
            continue;
        first = first != NULL ? first : step;
        if (step->stream != stream || step->kind != first->kind || step->engine != first->engine ||
            step->store != first->store)
            return fl_fail(err, program->stream[stream].name, "has steps of two engines, whose answers have no order");
    }
    return true;
}

bool fl_program_flows(const struct fl_program *program, struct fl_err *err)
{
    struct walk w = {.program = program};
    int32_t streams = fl_program_streams(program);
    if (program->stream == NULL)
        return true;
    if (streams > FL_STREAMS || program->tokens > FL_TOKENS)
        return fl_fail(err, NULL, "a program of %d streams and %d tokens; there may be %d and %d", streams,
                       program->tokens, FL_STREAMS, FL_TOKENS);
    for (int32_t s = 1; s < streams; s++)
        if (!is_of_one(program, s, err))
            return false;
    int32_t ended = walk_all(&w);
    if (ended == streams)
        return true;
    fl_fail(err, NULL, "the streams of this program would stand still for ever: %d of %d come to their ends", ended,
            streams);
    for (int32_t s = 0; s < streams; s++)
        fl_program_stands(program, s, (struct fl_place_in_stream){w.at[s].pc, w.at[s].left}, w.have, err);
    return false;
}
