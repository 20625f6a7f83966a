/* pieces.c - how operators are cut: into blocks of rows, and attention into parts of its heads. */
#include "mapping/nest.h"
#include "mapping/overlap.h"

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

static void grid_find(struct fl_overlap *o, struct fl_task *t, const struct fl_blocking *way)
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
    return fl_busiest_of(&busy, mapping->engine).ps;
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

bool fl_tasks_make(struct fl_overlap *o, struct fl_plan *plan, const struct fl_blocking *way)
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
