/* overlap.c - a plan whose operators run side by side: how they are cut, and on which stream each part of them goes. */
#include "mapping/overlap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mapping/nest.h"

/* How to cut, of which the schedule picks one: rows of a block, about; whether attention is cut by heads first, so that
 * what cores load of a head is loaded once. */
struct way { int64_t rows; bool heads_first; };
static const struct way ways[] = {{128, false}, {256, false}, {512, false}, {1024, false},
                                  {FL_BLOCK_LEAST, true}, {64, true}, {128, true}, {256, true}, {512, true},
                                  {1024, true}};

/* ---- how long units are busy ---- */

struct busiest { double ps; const char *by; };

static void busier(struct busiest *most, double ps, const char *by)
{
    if (ps > most->ps)
        *most = (struct busiest){ps, by};
}

static struct busiest busiest_of(const struct fl_busy *busy, const struct fl_engine_type *engine)
{
    struct busiest most = {0, "latency"};
    for (int i = 0; i < FL_PACES && engine->resources != NULL && engine->resources[i] != NULL; i++)
        busier(&most, busy->own_ps[i], engine->resources[i]);
    busier(&most, busy->own_ps[FL_PACES], engine->loads);
    busier(&most, busy->sram_ps, "sram");
    busier(&most, busy->dram_ps, "dram");
    busier(&most, busy->dma_ps, "dma");
    return most;
}

/* ---- cutting ---- */

/* Products with weights that come from DRAM, and what an engine does as a whole, is done once for all rows. */
static bool may_be_cut(const struct fl_op *op, const struct fl_mapping *mapping)
{
    bool brought = fl_op_from_dram(op) && !mapping->in_place;
    return mapping->engine->whole == NULL && !brought;
}

bool fl_overlap_rows(const struct fl_trace *trace, const struct fl_op *op, int64_t *sequences, int64_t *tokens)
{
    const int64_t of[] = {trace->tokens, trace->source, trace->context};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (of[i] > 0 && fl_grid_fits(op, fl_most(trace->batch, 1), of[i])) {
            *sequences = fl_most(trace->batch, 1);
            *tokens = of[i];
            return true;
        }
    *sequences = 1;
    *tokens = op->m;
    return fl_grid_fits(op, 1, op->m);
}

static void grid_find(struct fl_overlap *o, struct fl_task *t, const struct way *way)
{
    int64_t sequences, tokens;
    t->grid = (struct fl_grid){.blocks = 1, .heads = 1};
    if (may_be_cut(t->op, &t->plan->mapping) && fl_overlap_rows(o->trace, t->op, &sequences, &tokens))
        t->grid = fl_grid_make(sequences, tokens, way->rows);
}

/* Bits of scores that a block of rows has, in parts of the heads: the most that a piece writes. */
static int64_t scores_bits(struct fl_overlap *o, const struct fl_task *t, int64_t heads)
{
    struct fl_grid grid = t->grid;
    int64_t most = 0;
    grid.heads = heads;
    for (int64_t b = 0; b < grid.blocks; b++) {
        const struct fl_op piece = fl_grid_piece(t->op, &grid, b * heads);
        most = fl_most(most, fl_map_outputs(&piece, &o->bad));
    }
    return fl_product(most, o->machine->activation_bits, &o->bad);
}

/* What scores and probabilities take in SRAM, three pieces of each, if attention is cut so; INT64_MAX: it cannot be. */
static int64_t places_bits(struct fl_overlap *o, size_t block, int64_t heads)
{
    enum { PLACES = 6 };
    int64_t bits = 0;
    for (size_t i = o->first[block]; i < o->first[block + 1]; i++) {
        const struct fl_task *t = &o->task[i];
        if (!fl_map_has_heads(t->op) || t->grid.tokens == 0)
            continue;
        if (fl_grid_groups(t->op, t->grid.sequences, t->grid.tokens) % heads != 0)
            return INT64_MAX;
        bits = fl_most(bits, scores_bits(o, t, heads));
    }
    return fl_times_held(bits, PLACES, INT64_MAX);
}

/* Parts of the heads, as few as leave their pieces half of the SRAM, or as many as there can be. `*fit`: they do. */
static int64_t heads_of(struct fl_overlap *o, size_t block, bool *fit)
{
    int64_t most = 1, best = 1;
    for (size_t i = o->first[block]; i < o->first[block + 1]; i++)
        if (fl_map_has_heads(o->task[i].op) && o->task[i].grid.tokens > 0)
            most = fl_most(most, fl_grid_groups(o->task[i].op, o->task[i].grid.sequences, o->task[i].grid.tokens));
    *fit = false;
    for (int64_t heads = 1; heads <= most && !*fit; heads++) {
        int64_t bits = places_bits(o, block, heads);
        best = bits < INT64_MAX ? heads : best;
        *fit = bits < INT64_MAX && (o->machine->ideal_memory || bits <= o->machine->sram_bits / 2);
    }
    return best;
}

static void attention_set(struct fl_overlap *o, size_t block, bool whole, int64_t heads, bool by_head)
{
    for (size_t i = o->first[block]; i < o->first[block + 1]; i++) {
        struct fl_grid *grid = &o->task[i].grid;
        if (!fl_map_has_heads(o->task[i].op) || grid->tokens == 0)
            continue;
        if (whole)
            *grid = fl_grid_make(grid->sequences, grid->tokens, INT64_MAX);
        grid->heads = heads;
        grid->by_head = heads > 1 && by_head;
    }
}

/* Attention in parts of its heads: of all rows, if that fits, or of blocks of them. */
static void heads_cut(struct fl_overlap *o, size_t block, bool heads_first)
{
    bool fit;
    struct fl_grid *kept = fl_arena_array(o->arena, o->tasks, sizeof *kept);
    for (size_t i = o->first[block]; i < o->first[block + 1]; i++)
        kept[i] = o->task[i].grid;
    if (heads_first)
        attention_set(o, block, true, 1, false);
    int64_t heads = heads_of(o, block, &fit);
    if (heads_first && !fit) {
        for (size_t i = o->first[block]; i < o->first[block + 1]; i++)
            o->task[i].grid = kept[i];
        heads = heads_of(o, block, &fit);
    }
    attention_set(o, block, false, heads, heads_first);
}

/* The longest that the pieces of a task keep one of the units busy. */
static double pieces_ps(struct fl_overlap *o, const struct fl_task *t, const struct fl_mapping *mapping)
{
    struct fl_busy busy = {0};
    for (int64_t p = 0; p < t->pieces; p++)
        o->bad |= !fl_mapping_busy(&t->piece[p], o->machine, mapping, &busy);
    return busiest_of(&busy, mapping->engine).ps;
}

/* What `auto` makes of attention's last piece, the largest, or what is given for pieces; false: neither. */
static bool mapping_own(const struct fl_overlap *o, const struct fl_task *t, struct fl_mapping *own)
{
    const struct fl_spill none = {.room_bits = o->machine->sram_bits};
    struct fl_choice choice = *o->choice;
    if (choice.by != NULL && choice.by->given)
        return choice.by->map_piece != NULL &&
               choice.by->map_piece(choice.by->context, o->machine, t->block, &t->piece[t->pieces - 1], own);
    choice.mapper = choice.by != NULL ? NULL : choice.mapper;
    choice.by = NULL;
    return fl_choose(&choice, t->block, &t->piece[t->pieces - 1], &none, own, NULL);
}

/* The mapping of a piece: that of the operator, for what there is of its rows; of attention on cores, one of its own if
 * that is better. */
static void mapping_cut(struct fl_overlap *o, struct fl_task *t)
{
    struct fl_mapping *m = &t->mapping, own;
    *m = t->plan->mapping;
    if (t->pieces == 1)
        return;
    const struct fl_op view = fl_mapping_view(&t->piece[0], m);
    m->tile_m = fl_least(m->tile_m, fl_ceil_div(view.m, fl_most(m->cores_m, 1)));
    t->own = fl_map_is_attention(t->op) && fl_on_cores(m) && mapping_own(o, t, &own) &&
             pieces_ps(o, t, &own) < pieces_ps(o, t, m);
    *m = t->own ? own : *m;
}

static void task_cut(struct fl_overlap *o, struct fl_task *t)
{
    t->pieces = fl_grid_pieces(&t->grid);
    t->piece = fl_arena_array(o->arena, (size_t)t->pieces, sizeof *t->piece);
    t->spill = fl_arena_array(o->arena, (size_t)t->pieces, sizeof *t->spill);
    for (int part = 0; part < FL_PARTS; part++) {
        t->bits[part] = fl_arena_array(o->arena, (size_t)t->pieces, sizeof **t->bits);
        t->ps[part] = fl_arena_array(o->arena, (size_t)t->pieces, sizeof **t->ps);
    }
    t->tail_ps = fl_arena_array(o->arena, (size_t)t->pieces, sizeof *t->tail_ps);
    t->busy = fl_arena_array(o->arena, (size_t)t->pieces, sizeof *t->busy);
    for (int64_t p = 0; p < t->pieces; p++)
        t->piece[p] = fl_grid_piece(t->op, &t->grid, p);
    mapping_cut(o, t);
}

static bool tasks_make(struct fl_overlap *o, struct fl_plan *plan, const struct way *way)
{
    bool cut = false;
    o->tasks = plan->ops;
    o->task = fl_arena_array(o->arena, o->tasks, sizeof *o->task);
    o->first = fl_arena_array(o->arena, o->trace->blocks + 1, sizeof *o->first);
    for (size_t i = 0; i < plan->ops; i++) {
        o->task[i] = (struct fl_task){.op = plan->op[i].op, .plan = &plan->op[i], .block = plan->op[i].block,
                                      .slot = (int32_t)(i % FL_SLOTS)};
        grid_find(o, &o->task[i], way);
    }
    for (size_t b = 0, next = 0; b < o->trace->blocks; b++) {
        o->first[b] = next;
        next += o->trace->block[b].ops;
        o->first[b + 1] = next;
    }
    for (size_t b = 0; b < o->trace->blocks; b++)
        heads_cut(o, b, way->heads_first);
    for (size_t i = 0; i < o->tasks; i++) {
        task_cut(o, &o->task[i]);
        cut |= o->task[i].pieces > 1;
    }
    return cut;
}

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

static void work_stream_find(struct fl_overlap *o, struct fl_task *t)
{
    const struct fl_mapping *m = &t->mapping;
    struct kinds kinds = {0};
    const struct fl_walker walker = {kinds_pass, kinds_next, kinds_step, &kinds};
    char name[64];
    if (moves_itself(t)) {
        t->stream[FL_PART_WORK] = t->op->type->form == FL_APPEND ? o->stores : o->loads;
        return;
    }
    snprintf(name, sizeof name, "%s[%d]", m->engine->list != NULL ? m->engine->list : m->engine->kind, m->number);
    t->stream[FL_PART_WORK] = stream_find(o, name);
    bool counted = fl_walk(&t->piece[0], o->machine, m, &walker);
    fl_assert(counted);
    t->stages = kinds.stages;
    t->brings = kinds.moves;
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
    double taken = busiest_of(&t->busy[piece], m.engine).ps;
    t->ps[FL_PART_WORK][piece] = fl_whole(fmin(taken, m.bound_ps), 0, most_ps);
    t->tail_ps[piece] = fl_whole(m.bound_ps, 0, most_ps) - t->ps[FL_PART_WORK][piece];
}

static void times_find(struct fl_overlap *o)
{
    for (size_t i = 0; i < o->tasks; i++) {
        struct fl_task *t = &o->task[i];
        for (int64_t p = 0; p < t->pieces; p++) {
            work_time(o, t, p);
            for (int part = FL_PART_FETCH; part <= FL_PART_WRITE; part += FL_PART_WRITE)
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

/* How long the pieces of an operator keep units busy, what gave way included. */
static struct fl_busy busy_of(struct fl_overlap *o, const struct fl_task *t)
{
    struct fl_busy busy = {0};
    double bits = (double)t->plan->spill_load_bits + (double)t->plan->spill_store_bits;
    for (int64_t p = 0; p < t->pieces; p++)
        o->bad |= !fl_mapping_busy(&t->piece[p], o->machine, &t->mapping, &busy);
    if (!o->machine->ideal_memory) {
        busy.dram_ps += bits * o->machine->dram_bit_ps;
        busy.sram_ps += bits * o->machine->sram_bit_ps;
    }
    return busy;
}

/* Sums round; an edge may lie 1 ps early. */
static double held_down(double ps) { return fmax(floor(ps * (1 - 1e-12)) - 1, 0); }

static void bounds_find(struct fl_overlap *o, struct fl_plan *plan)
{
    struct fl_busy *of = fl_arena_array(o->arena, (size_t)o->streams, sizeof *of), all = {0};
    const struct fl_engine_type **engine = fl_arena_array(o->arena, (size_t)o->streams, sizeof *engine);
    for (size_t i = 0; i < o->tasks; i++) {
        const struct fl_task *t = &o->task[i];
        double times = (double)o->trace->block[t->block].repeat;
        const struct fl_busy busy = busy_of(o, t);
        const struct busiest most = busiest_of(&busy, t->mapping.engine);
        t->plan->mapping.bound_ps = held_down(most.ps);
        t->plan->mapping.bound_by = most.by;
        engine[t->stream[FL_PART_WORK]] = t->mapping.engine;
        for (int r = 0; r <= FL_PACES; r++)
            of[t->stream[FL_PART_WORK]].own_ps[r] += busy.own_ps[r] * times;
        all.sram_ps += busy.sram_ps * times;
        all.dram_ps += busy.dram_ps * times;
        all.dma_ps += busy.dma_ps * times;
    }
    struct busiest most = busiest_of(&all, &fl_engine_mover);
    for (int32_t s = 0; s < o->streams; s++)
        if (engine[s] != NULL) {
            const struct busiest one = busiest_of(&of[s], engine[s]);
            busier(&most, one.ps, one.by);
        }
    busier(&most, fl_path_find(o), "dependence");
    plan->bound_ps = held_down(most.ps);
    plan->bound_by = most.by;
}

/* ---- the best way ---- */

static void lists_free(struct fl_overlap *o)
{
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

/* Cuts and orders; false if nothing is cut so, or no order exists. */
static bool way_try(struct fl_overlap *o, struct fl_plan *plan, const struct way *way, double *ps)
{
    o->held = fl_arena_array(o->arena, o->trace->tensors + 1, sizeof *o->held);
    o->free_bits = fl_arena_array(o->arena, o->trace->blocks, sizeof *o->free_bits);
    o->order = fl_arena_array(o->arena, o->trace->blocks, sizeof *o->order);
    o->apart = is_apart(o->machine);
    if (!tasks_make(o, plan, way) && !o->apart)
        return false;
    streams_find(o);
    if (o->apart && engines_of(o) < 2)
        return false;
    if (o->apart)
        fl_slots_deal(o);
    bool ok = fl_held_find(o);
    times_find(o);
    fl_flow_find(o);
    fl_slots_find(o);
    *ps = 0;
    for (size_t b = 0; b < o->trace->blocks && ok; b++) {
        ok = fl_order_find(o, b, &o->order[b]) && fl_slots_fit(o, b);
        *ps += (double)o->order[b].ps * (double)o->trace->block[b].repeat;
    }
    if (ok && o->apart)
        *ps = fl_path_find(o);
    return ok && !o->bad;
}

/* A step that updates parameters of a chip goes one operator after another: an update loads and stores by turns, and
 * where weights stay, it writes them anew once nobody uses them. */
static bool updates(const struct fl_plan *plan, const struct fl_machine *machine)
{
    for (size_t i = 0; i < plan->ops && !is_apart(machine); i++)
        if (plan->op[i].op->type->form == FL_UPDATE)
            return true;
    return false;
}

bool fl_overlap_make(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_choice *choice)
{
    struct fl_overlap best = {0};
    struct fl_arena arena[2] = {{0}};    /* of the best way so far, and of the one that is tried */
    int trying = 0;
    double least = plan->bound_ps, ps = 0;          /* drained */
    size_t tried = is_apart(&choice->whole) ? 1 : sizeof ways / sizeof *ways;
    if (updates(plan, &choice->whole))
        return false;
    for (size_t i = 0; i < tried; i++) {
        struct fl_overlap o = {.trace = trace, .machine = &choice->whole, .choice = choice, .arena = &arena[trying]};
        bool better = way_try(&o, plan, &ways[i], &ps) && ps < least &&
                      o.waits + (o.apart ? 0 : 3 * o.tasks) <= FL_TOKENS;
        lists_free(better ? &best : &o);
        best = better ? o : best;
        least = better ? ps : least;
        trying = better ? !trying : trying;
        fl_arena_free(&arena[trying]);
    }
    if (best.tasks == 0)
        return false;
    fl_builder_free(&plan->builder);
    fl_streams_write(&best, &plan->builder, &plan->program);
    ops_note(&best);
    bounds_find(&best, plan);
    lists_free(&best);
    plan->cut = *best.arena;
    return true;
}
