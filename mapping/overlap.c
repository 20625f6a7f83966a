/* overlap.c - a plan whose operators run side by side: how they are cut, and on which stream each part of them goes. */
#include "mapping/overlap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mapping/nest.h"

/* How to cut, of which the schedule picks one. */
static const struct fl_blocking ways[] = {
    {128, false}, {256, false}, {512, false}, {1024, false}, {128, true}, {256, true}, {512, true}, {1024, true},
    {64, true}, {FL_BLOCK_LEAST, true}, {64, false}};
enum { WAYS = sizeof ways / sizeof *ways, FEW_ROWS = 64 };
/* Another way than the best before is taken if it takes less than this of its time: pieces cost events. The first one
 * need only be better than operators one after another by more than what counts as equal; blocks somewhat smaller than
 * the best ones, unless these have few rows, by more than a trifle. */
static const double worth = 0.99, worth_smaller = 0.998;
static const double ROUNDING = 1e-9;    /* of sums */

/* ---- streams ---- */

/* What an operator's steps are: of its engine, moves from DRAM between them, tiles that come from DRAM as they load. */
struct kinds { bool moves, works, stages; };

static void kinds_pass(void *context, int64_t times) { (void)context; (void)times; }
static void kinds_next(void *context) { (void)context; }
static void kinds_step(void *context, const struct fl_step *step)
{
    struct kinds *k = context;
    k->moves |= step->kind == FL_STEP_MOVE;
    k->works |= step->kind != FL_STEP_MOVE;
    k->stages |= step->kind == FL_STEP_OPTICAL && step->load_from == FL_DRAM;
}

static int32_t stream_find(struct fl_overlap *o, const char *name)
{
    for (int32_t s = 0; s < o->streams; s++)
        if (strcmp(o->stream[s], name) == 0)
            return s;
    fl_assert(o->streams < FL_STREAMS);
    o->stream[o->streams] = fl_arena_text(o->arena, name);
    return o->streams++;
}

static bool moves_itself(const struct fl_task *t)
{
    return fl_op_is_move(t->op) && !t->plan->mapping.engine->memory;
}

/* Of the engine of a mapping. */
static int32_t stream_of(struct fl_overlap *o, const struct fl_mapping *m)
{
    char name[64];
    snprintf(name, sizeof name, "%s[%d]", m->engine->list != NULL ? m->engine->list : m->engine->kind, m->number);
    return stream_find(o, name);
}

static void work_stream_find(struct fl_overlap *o, struct fl_task *t)
{
    const struct fl_mapping *m = &t->mapping;
    struct kinds kinds = {0};
    const struct fl_walker walker = {kinds_pass, kinds_next, kinds_step, &kinds};
    if (moves_itself(t)) {
        t->stream[FL_PART_WORK] = t->op->type->form == FL_APPEND ? o->stores : o->loads;
        return;
    }
    t->stream[FL_PART_WORK] = stream_of(o, m);
    bool counted = fl_walk(&t->piece[0], o->machine, m, &walker);
    fl_assert(counted);
    t->stages = kinds.stages;
    t->brings = kinds.moves;
}

/* Weights that stay and are written anew behind an update: on one stream, or on two. */
static void anew_find(struct fl_overlap *o, struct fl_task *t)
{
    const struct fl_rewrite found = fl_rewrite_find(o->choice->weights, &o->trace->block[t->block], t->op);
    t->stream[FL_PART_ANEW] = t->stream[FL_PART_TURNED] = -1;
    for (int transposed = 0; transposed < 2; transposed++) {
        const struct fl_weight *w = found.of[transposed];
        if (w == NULL)
            continue;
        const struct fl_weight_load load = fl_weight_load_find(&found, transposed, o->machine);
        int32_t stream = stream_of(o, &w->mapping), first = t->stream[FL_PART_ANEW];
        enum fl_part part = first < 0 || first == stream ? FL_PART_ANEW : FL_PART_TURNED;
        struct fl_anew *anew = &t->anew[part - FL_PART_ANEW];
        t->stream[part] = stream;
        t->bits[part][0] = fl_sum(t->bits[part][0], load.bits, &o->bad);
        anew->rewrite.of[transposed] = w;
        anew->driven_ps = fmax(anew->driven_ps, load.least_ps);
        anew->settle_ps = fmax(anew->settle_ps, load.settle_ps);
    }
}

/* The first after the main one is that by which layers are told: of digital work, which every layer has. */
static void streams_find(struct fl_overlap *o)
{
    o->stream = fl_arena_array(o->arena, FL_STREAMS, sizeof *o->stream);
    stream_find(o, "main");
    for (int rows = 1; rows >= 0; rows--) {
        for (size_t i = 0; i < o->tasks; i++)
            if (!moves_itself(&o->task[i]) && (o->task[i].plan->mapping.engine == &fl_engine_vector) == rows)
                work_stream_find(o, &o->task[i]);
    }
    for (size_t i = 0; i < o->tasks; i++)
        anew_find(o, &o->task[i]);
    o->loads = stream_find(o, "loads");
    o->stores = stream_find(o, "stores");
    for (size_t i = 0; i < o->tasks; i++)
        if (moves_itself(&o->task[i]))
            work_stream_find(o, &o->task[i]);
}

/* ---- times ---- */

/* Times of a schedule are held to this, so that their sums fit. */
static const int64_t most_ps = INT64_MAX >> 20;

/* How long the engine of a piece is taken, and how long the piece takes, loads of its first tile included. */
static void work_time(struct fl_overlap *o, struct fl_task *t, int64_t piece)
{
    struct fl_mapping m = t->mapping;
    o->bad |= !fl_mapping_bound(&t->piece[piece], o->machine, &m, NULL, NULL) ||
              !fl_mapping_busy(&t->piece[piece], o->machine, &m, &t->busy[piece]);
    double taken = fl_busiest_of(&t->busy[piece], m.engine).ps;
    t->ps[FL_PART_WORK][piece] = fl_whole(fmin(taken, m.bound_ps), 0, most_ps);
    t->tail_ps[piece] = fl_whole(m.bound_ps, 0, most_ps) - t->ps[FL_PART_WORK][piece];
}

static bool same_piece(const struct fl_op *a, const struct fl_op *b)
{
    return a->groups == b->groups && a->m == b->m && a->k == b->k && a->n == b->n && a->macs == b->macs &&
           a->share == b->share && memcmp(&a->band, &b->band, sizeof a->band) == 0;
}

/* A piece that takes as long as this one: the one before it, or that of the same rows in the part of the heads before;
 * -1: neither. */
static int64_t like_of(const struct fl_task *t, int64_t piece)
{
    const int64_t back[] = {1, t->grid.blocks};
    for (int i = 0; i < 2; i++)
        if (piece >= back[i] && same_piece(&t->piece[piece], &t->piece[piece - back[i]]))
            return piece - back[i];
    return -1;
}

static void times_find(struct fl_overlap *o)
{
    for (size_t i = 0; i < o->tasks; i++) {
        struct fl_task *t = &o->task[i];
        for (int64_t p = 0; p < t->pieces; p++) {
            int64_t like = like_of(t, p);
            if (like >= 0) {
                t->busy[p] = t->busy[like];
                t->ps[FL_PART_WORK][p] = t->ps[FL_PART_WORK][like];
                t->tail_ps[p] = t->tail_ps[like];
            } else {
                work_time(o, t, p);
            }
            for (int part = 0; part < FL_PARTS; part++)
                if (part != FL_PART_WORK)
                    t->ps[part][p] = fl_whole((double)t->bits[part][p] * o->machine->dram_bit_ps, 0, most_ps);
        }
    }
}

/* ---- bounds ---- */

/* What a plan keeps of how its operators are cut and move, and of how long each takes at least by the unit that is
 * busiest with it. */
static void ops_note(struct fl_overlap *o)
{
    for (size_t i = 0; i < o->tasks; i++) {
        const struct fl_task *t = &o->task[i];
        struct fl_plan_op *p = t->plan;
        p->piece = t->piece;
        p->pieces = t->pieces;
        p->heads = t->grid.heads;
        p->mapping = t->mapping;
        p->units = o->held[t->op->writes.tensor].units;
        p->room = o->held[t->op->writes.tensor].gave_way ? 0 : o->held[t->op->writes.tensor].room;
        p->unit_bits = o->held[t->op->writes.tensor].unit_bits;
        p->own = t->own;
        p->slot = t->slot;
        p->spill_load_bits = p->spill_store_bits = 0;
        for (int64_t n = 0; n < t->pieces; n++) {
            p->spill_load_bits += t->bits[FL_PART_FETCH][n];
            p->spill_store_bits += t->bits[FL_PART_WRITE][n];
        }
    }
}

static void bounds_find(struct fl_overlap *o, struct fl_plan *plan)
{
    for (size_t i = 0; i < o->tasks; i++) {
        const struct fl_busy busy = fl_task_busy(o, &o->task[i]);
        const struct fl_busiest most = fl_busiest_of(&busy, o->task[i].mapping.engine);
        o->task[i].plan->mapping.bound_ps = fl_bound_held(most.ps);
        o->task[i].plan->mapping.bound_by = most.by;
    }
    struct fl_busiest most = fl_busiest_in(o, 0, o->trace->blocks);
    fl_busier(&most, fl_path_find(o), "dependence");
    plan->bound_ps = plan->least_ps = fl_bound_held(most.ps);
    plan->bound_by = most.by;
}

/* ---- the best way ---- */

static void lists_free(struct fl_overlap *o)
{
    fl_path_free(o);
    fl_free(o->wait);
    fl_free(o->give);
    fl_free(o->take);
    fl_free(o->relay);
    fl_free(o->handover);
}

/* Do engines have memories of their own, and none shared? Then operators go side by side in one piece, of parts of a
 * batch or where nothing orders them, and what that takes is the longest path: every engine does one after another. */
static bool is_apart(const struct fl_machine *machine) { return machine->sram_bits == 0; }

/* Streams of engines, the main one and those of moves apart. */
static int32_t engines_of(const struct fl_overlap *o) { return o->streams - 3; }

/* Blocks of the trace one after another, each as long as its busiest unit. */
static double least_ps(const struct fl_overlap *o)
{
    double ps = 0;
    for (size_t b = 0; b < o->trace->blocks; b++)
        ps += fl_busiest_in(o, b, b + 1).ps;
    return ps * (1 - ROUNDING);
}

/* Orders blocks, as long as all may take less than so much. False: they do not, or some have no order. */
static bool orders_find(struct fl_overlap *o, double below_ps, double *ps)
{
    double rest = least_ps(o);
    *ps = 0;
    for (size_t b = 0; b < o->trace->blocks; b++) {
        if (!o->apart && *ps + rest >= below_ps)
            return false;
        if (!fl_order_find(o, b, &o->order[b]) || !fl_slots_fit(o, b))
            return false;
        *ps += o->order[b].ps;
        rest -= fl_busiest_in(o, b, b + 1).ps;
    }
    if (o->apart)
        *ps = fl_path_find(o);
    return *ps < below_ps;
}

/* Cuts, and finds what each piece takes; false if nothing is cut so. */
static bool way_cut(struct fl_overlap *o, struct fl_plan *plan, const struct fl_blocking *way)
{
    o->held = fl_arena_array(o->arena, o->trace->tensors + 1, sizeof *o->held);
    o->free_bits = fl_arena_array(o->arena, o->trace->blocks, sizeof *o->free_bits);
    o->order = fl_arena_array(o->arena, o->trace->blocks, sizeof *o->order);
    o->apart = is_apart(o->machine);
    if (!fl_tasks_make(o, plan, way) && !o->apart)
        return false;
    streams_find(o);
    if (o->apart && engines_of(o) < 2)
        return false;
    if (o->apart)
        fl_slots_deal(o);
    if (!fl_held_find(o))
        return false;
    times_find(o);
    return !o->bad;
}

/* Cuts and orders; false if nothing is cut so, if no order exists, or if it does not take less than so much. */
static bool way_try(struct fl_overlap *o, struct fl_plan *plan, const struct fl_blocking *way, double below_ps,
                    double *ps)
{
    if (!way_cut(o, plan, way) || (!o->apart && least_ps(o) >= below_ps))
        return false;
    fl_flow_find(o);
    fl_slots_find(o);
    return orders_find(o, below_ps, ps) && !o->bad;
}

/* The ways that are tried: all, or those of so many rows; of engines apart one. */
static int ways_of(const struct fl_machine *machine, struct fl_blocking way[WAYS])
{
    int count = 0;
    for (int i = 0; i < WAYS && machine->block_rows == 0; i++)
        way[count++] = ways[i];
    for (int heads_first = 0; heads_first < 2 && machine->block_rows > 0; heads_first++)
        way[count++] = (struct fl_blocking){machine->block_rows, heads_first == 1};
    return is_apart(machine) ? 1 : count;
}

/* Blocks somewhat smaller: between those that are tried first. */
static struct fl_blocking smaller(struct fl_blocking way)
{
    way.rows -= way.rows * 3 / 16;
    return way;
}

/* The best way so far, and room for one that is tried. */
struct best {
    struct fl_overlap o;
    struct fl_arena arena[2];           /* of the best way, and of the one that is tried */
    int trying;
    struct fl_blocking way;
    double ps;
};

/* Tries a way, which is taken if it takes less than a part of the time of the best one. */
static void best_try(struct best *best, struct fl_plan *plan, const struct fl_overlap *with, struct fl_blocking way,
                     double part)
{
    double ps;
    struct fl_overlap o = *with;
    o.arena = &best->arena[best->trying];
    bool better = way_try(&o, plan, &way, part * best->ps, &ps) &&
                  o.waits + (o.apart ? 0 : 3 * o.tasks) <= FL_TOKENS;
    lists_free(better ? &best->o : &o);
    if (better) {
        best->o = o;
        best->ps = ps;
        best->way = way;
        best->trying = !best->trying;
    }
    fl_arena_free(&best->arena[best->trying]);
}

/* Blocks half as large as the best ones, if that is better than operators one after another. */
static void best_halve(struct best *best, struct fl_plan *plan, const struct fl_overlap *with)
{
    const struct fl_blocking half = {best->way.rows / 2, best->way.heads_first};
    lists_free(&best->o);
    best->o = (struct fl_overlap){0};
    best->ps = plan->bound_ps;
    fl_arena_free(&best->arena[!best->trying]);
    if (half.rows >= FL_BLOCK_LEAST)
        best_try(best, plan, with, half, 1 - FL_TIE);
}

enum fl_promise fl_overlap_promises(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_choice *choice)
{
    struct fl_blocking way[WAYS];
    int count = ways_of(&choice->whole, way);
    enum fl_promise promise = FL_UNCUT;
    for (int i = 0; i < count && promise != FL_PROMISING; i++) {
        struct fl_arena arena = {0};
        struct fl_overlap o = {.trace = trace, .machine = &choice->whole, .choice = choice, .arena = &arena};
        if (way_cut(&o, plan, &way[i])) {
            double busy_ps = fl_busiest_in(&o, 0, trace->blocks).ps * (1 - ROUNDING);
            promise = busy_ps < choice->whole.least_ps ? FL_PROMISING : FL_TOO_BUSY;
        }
        lists_free(&o);
        fl_arena_free(&arena);
    }
    return promise;
}

bool fl_overlap_make(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_choice *choice)
{
    const struct fl_overlap with = {.trace = trace, .machine = &choice->whole, .choice = choice};
    struct best found = {.ps = plan->bound_ps};         /* drained */
    struct fl_overlap *best = &found.o;
    struct fl_blocking way[WAYS];
    int count = ways_of(&choice->whole, way);
    for (int i = 0; i < count; i++)
        best_try(&found, plan, &with, way[i], best->tasks > 0 ? worth : 1 - FL_TIE);
    bool between = !found.way.heads_first && found.way.rows > FEW_ROWS && choice->whole.block_rows == 0;
    if (best->tasks > 0 && !best->apart && between)
        best_try(&found, plan, &with, smaller(found.way), worth_smaller);
    if (choice->whole.finer && best->tasks > 0)
        best_halve(&found, plan, &with);
    if (best->tasks == 0)
        return false;
    plan->expected_ps = best->apart ? found.ps : 0;
    for (size_t b = 0; b < trace->blocks; b++) {
        fl_order_turn(best, b, &best->order[b]);
        best->order[b].still = fl_path_still(best, b);
        plan->expected_ps += best->apart ? 0 : best->order[b].ps;
    }
    plan->expected_ps -= best->apart ? 0 : fl_lead_find(best, plan->expected_ps);
    fl_builder_free(&plan->builder);
    fl_streams_write(best, &plan->builder, &plan->program);
    ops_note(best);
    bounds_find(best, plan);
    lists_free(best);
    plan->cut = *best->arena;
    return true;
}

/* The value with the largest piece. */
static size_t largest_piece(const struct fl_overlap *o)
{
    size_t most = 0;
    for (size_t i = 0; i < o->trace->tensors; i++)
        if (o->held[i].value && o->held[i].unit_bits > o->held[most].unit_bits)
            most = i;
    return most;
}

bool fl_overlap_check(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_choice *choice,
                      struct fl_err *err)
{
    struct fl_arena arena = {0};
    const struct fl_machine *machine = &choice->whole;
    struct fl_overlap o = {.trace = trace, .machine = machine, .choice = choice, .arena = &arena};
    const struct fl_blocking way = {.rows = machine->block_rows};
    bool fits = true;
    double ps;
    if (way.rows > 0 && !machine->ideal_memory) {
        way_try(&o, plan, &way, INFINITY, &ps);
        size_t i = largest_piece(&o);
        fits = o.held[i].unit_bits <= machine->sram_bits;
        if (!fits)
            fl_fail(err, "machine.block", "%lld rows: a piece of %s is %lld bits, and SRAM holds %lld; take fewer, or "
                    "0 for as many as the planner finds best", (long long)way.rows, trace->tensor[i].name,
                    (long long)o.held[i].unit_bits, (long long)machine->sram_bits);
        lists_free(&o);
    }
    fl_arena_free(&arena);
    return fits;
}
