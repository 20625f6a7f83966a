/* hazards.c - nobody reads a parameter that has been overwritten, and nobody reads it before it has been written.
 *
 * Told from the text of a program alone, whatever it took in time: an instruction comes behind another if the tokens
 * that its stream has taken by then say so. Each stream has two clocks, that of its commands and that of its vectors
 * (sim/program.h); a clock knows of every stream how many of its instructions have ended. A signal carries what its
 * stream knows; who takes it knows that, too. What reads and writes a parameter follows from the trace.
 */
#include "tests/hazards.h"

#include <check.h>
#include <stdlib.h>

#include "api/result.h"
#include "machine/optical.h"

/* ---- what comes behind what ---- */

struct clock { int64_t ended[FL_STREAMS]; };
enum does { READS, STORES, REWRITES };      /* of a parameter: DRAM is written, or cores that hold it */
/* A step of an occurrence of an operator: its place in its stream's text, loops unrolled, and what has ended before. */
struct event {
    size_t occurrence;
    int32_t stream;
    int64_t at;
    enum does does;
    int32_t engine;                     /* of light, its pool */
    bool loads, moves;                  /* from DRAM; it is a move */
    const struct clock *after;
};
struct queue { const struct clock **of; size_t length, room, taken; };
struct slot { size_t *occurrence, occurrences, room, begun; int64_t left; };

struct past {
    const struct fl_program *program;
    struct fl_arena arena;
    struct clock commands[FL_STREAMS], vectors[FL_STREAMS];
    int64_t at[FL_STREAMS];
    struct queue token[FL_TOKENS];
    struct slot slot[FL_SLOTS];
    struct event *event;
    size_t events, room, *first;        /* of each occurrence, once they are in order */
};

static void later(struct clock *clock, const struct clock *than)
{
    for (int s = 0; s < FL_STREAMS; s++)
        clock->ended[s] = fl_most(clock->ended[s], than->ended[s]);
}

static const struct clock *kept(struct past *p, struct clock clock, int32_t stream)
{
    struct clock *copy = fl_arena_alloc(&p->arena, sizeof *copy);
    *copy = clock;
    copy->ended[stream] = p->at[stream];
    return copy;
}

static void signalled(struct past *p, int32_t stream, const struct fl_inst *inst)
{
    const struct clock *clock = kept(p, p->vectors[stream], stream);
    struct queue *q = &p->token[inst->arg];
    for (int64_t n = 0; n < inst->count; n++) {
        q->of = fl_grow(q->of, &q->room, q->length, sizeof *q->of);
        q->of[q->length++] = clock;
    }
}

static void waited(struct past *p, int32_t stream, const struct fl_inst *inst)
{
    struct queue *q = &p->token[inst->arg];
    for (int64_t n = 0; n < inst->count; n++, q->taken++) {
        ck_assert_uint_lt(q->taken, q->length);
        later(&p->vectors[stream], q->of[q->taken]);
        if (inst->code == FL_WAIT_LOAD)
            later(&p->commands[stream], q->of[q->taken]);
    }
}

static void stepped(struct past *p, int32_t stream, const struct fl_step *step)
{
    const struct slot *slot = &p->slot[step->slot];
    bool light = step->kind == FL_STEP_OPTICAL, loads = step->load_from != FL_NOWHERE;
    struct event e = {.stream = stream, .at = p->at[stream], .occurrence = slot->occurrence[slot->begun - 1]};
    e.loads = step->load_from == FL_DRAM;
    e.moves = step->kind == FL_STEP_MOVE;
    e.engine = step->engine;
    e.does = light && step->vectors == 0 ? REWRITES : step->store ? STORES : READS;
    e.after = kept(p, light && !loads ? p->vectors[stream] : p->commands[stream], stream);
    p->event = fl_grow(p->event, &p->room, p->events, sizeof *p->event);
    p->event[p->events++] = e;
}

static void passed(void *context, int32_t stream, const struct fl_inst *inst)
{
    struct past *p = context;
    p->at[stream]++;
    if (inst->code == FL_STEP) {
        stepped(p, stream, &p->program->step[inst->arg]);
    } else if (inst->code == FL_SIGNAL) {
        signalled(p, stream, inst);
    } else if (inst->code == FL_WAIT || inst->code == FL_WAIT_LOAD) {
        waited(p, stream, inst);
    } else if (inst->code == FL_OPEN && p->slot[inst->arg].left-- == 0) {
        p->slot[inst->arg].left = inst->count - 1;
        p->slot[inst->arg].begun++;
    }
}

/* Has the one ended when the other begins? An engine does the steps of a stream in their order. */
static bool is_before(const struct event *one, const struct event *other)
{
    return one->at < other->after->ended[one->stream] || (one->stream == other->stream && one->at < other->at);
}

/* ---- who reads and writes ---- */

struct touch { struct fl_place_in_trace place; const struct fl_op *op; const struct fl_plan_op *plan; };

static bool same_copy(const struct fl_trace *trace, int32_t tensor, const struct touch *a, const struct touch *b)
{
    return !trace->tensor[tensor].layered ||
           fl_block_layer(&trace->block[a->place.block], a->place.repeat) ==
           fl_block_layer(&trace->block[b->place.block], b->place.repeat);
}

static bool reads(const struct touch *t, int32_t tensor)
{
    for (size_t i = 0; i < t->op->operands; i++)
        if (t->op->reads[i].tensor == tensor)
            return true;
    return false;
}

static bool holds(const struct touch *t) { return t->plan->mapping.in_place && fl_op_has_weights(t->op); }

/* Has the update of a pair overwritten what the other one has: DRAM, or the cores that hold it? */
static bool overwrites(const struct event *e, const struct touch *reader)
{
    if (!holds(reader))
        return e->does == STORES;
    return e->does == REWRITES && e->engine == reader->plan->mapping.number;
}

/* Does a step of a reader want the parameter? Of what comes from DRAM by itself some may be activations. */
static bool wants(const struct event *e, const struct touch *t)
{
    bool parameter = e->loads && (!e->moves || fl_op_is_move(t->op) || t->plan->spill_load_bits == 0);
    return e->does == READS && (holds(t) || parameter);
}

struct law { const struct fl_trace *trace; struct past *past; struct touch *touch; size_t touches, checked; };

/* Steps of an occurrence; they lie together. */
static const struct event *events_of(const struct past *p, size_t occurrence, size_t *count)
{
    *count = p->first[occurrence + 1] - p->first[occurrence];
    return p->event + p->first[occurrence];
}

static void pair_check(struct law *l, size_t reader, size_t update)
{
    const struct touch *r = &l->touch[reader], *u = &l->touch[update];
    size_t reads, writes;
    const struct event *read = events_of(l->past, reader, &reads), *write = events_of(l->past, update, &writes);
    for (size_t i = 0; i < writes; i++)
        for (size_t j = 0; j < reads && overwrites(&write[i], r); j++) {
            if (reader < update && read[j].does == READS)
                ck_assert_msg(is_before(&read[j], &write[i]), "%s may overwrite what %s reads", u->op->name,
                              r->op->name);
            if (reader > update && wants(&read[j], r))
                ck_assert_msg(is_before(&write[i], &read[j]), "%s may read what %s has not written yet", r->op->name,
                              u->op->name);
            l->checked++;
        }
}

/* Cores are written anew with what is in DRAM by then: with all parts of it. */
static void parts_check(struct law *l, size_t part, size_t last)
{
    size_t stores, writes;
    const struct event *store = events_of(l->past, part, &stores), *write = events_of(l->past, last, &writes);
    for (size_t i = 0; i < writes; i++)
        for (size_t j = 0; j < stores; j++)
            ck_assert_msg(write[i].does != REWRITES || store[j].does != STORES || is_before(&store[j], &write[i]),
                          "cores may be written with %s before it is there", l->touch[part].op->name);
}

static void update_check(struct law *l, size_t update)
{
    const struct touch *u = &l->touch[update];
    int32_t tensor = u->op->writes.tensor;
    for (size_t n = 0; n < l->touches; n++) {
        const struct touch *other = &l->touch[n];
        if (!same_copy(l->trace, tensor, u, other))
            continue;
        if (n != update && reads(other, tensor) && other->op->type->form != FL_UPDATE)
            pair_check(l, n, update);
        if (n <= update && other->op->writes.tensor == tensor && other->place.block == u->place.block &&
            other->place.repeat == u->place.repeat)
            parts_check(l, n, update);
    }
}

/* ---- a plan under the law ---- */

static int by_occurrence(const void *a, const void *b)
{
    const struct event *one = a, *other = b;
    return (one->occurrence > other->occurrence) - (one->occurrence < other->occurrence);
}

static void slots_fill(struct past *p, const struct law *l)
{
    for (size_t n = 0; n < l->touches; n++) {
        struct slot *s = &p->slot[l->touch[n].plan->slot];
        s->occurrence = fl_grow(s->occurrence, &s->room, s->occurrences, sizeof *s->occurrence);
        s->occurrence[s->occurrences++] = n;
    }
}

static void touches_find(struct law *l, const struct fl_plan *plan)
{
    struct fl_place_in_trace at = {0};
    size_t room = 0;
    for (; fl_trace_walk(l->trace, &at); at.op++) {
        l->touch = fl_grow(l->touch, &room, l->touches, sizeof *l->touch);
        const struct fl_plan_op *p = &plan->op[at.plan_op + at.op];
        l->touch[l->touches++] = (struct touch){at, p->op, p};
    }
}

static void past_find(struct past *p, const struct law *l)
{
    const struct fl_visitor visitor = {passed, p};
    slots_fill(p, l);
    fl_program_walk(p->program, &visitor);
    qsort(p->event, p->events, sizeof *p->event, by_occurrence);
    p->first = fl_arena_array(&p->arena, l->touches + 2, sizeof *p->first);
    for (size_t i = 0; i < p->events; i++)
        p->first[p->event[i].occurrence + 1]++;
    for (size_t n = 0; n < l->touches; n++)
        p->first[n + 1] += p->first[n];
}

static void past_free(struct past *p)
{
    for (int t = 0; t < FL_TOKENS; t++)
        fl_free(p->token[t].of);
    for (int s = 0; s < FL_SLOTS; s++)
        fl_free(p->slot[s].occurrence);
    fl_free(p->event);
    fl_arena_free(&p->arena);
    fl_free(p);
}

size_t hazards_check(const struct fl_trace *trace, const struct fl_plan *plan)
{
    if (plan->program.stream == NULL)
        return 0;
    struct law l = {.trace = trace, .past = fl_calloc(1, sizeof *l.past)};
    l.past->program = &plan->program;
    touches_find(&l, plan);
    past_find(l.past, &l);
    for (size_t n = 0; n < l.touches; n++)
        if (l.touch[n].op->type->form == FL_UPDATE)
            update_check(&l, n);
    past_free(l.past);
    fl_free(l.touch);
    return l.checked;
}
