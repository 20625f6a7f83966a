/* moves.c - what pieces fetch from DRAM and write there of values that gave way.
 *
 * A piece fetches the rows that it streams, and of what it loads that which earlier pieces did not fetch: those of its
 * heads and sequence are held until the last of them is done. What an operator does as a whole it fetches as often as
 * its rounds want it (spill.c), and writes meanwhile.
 */
#include "mapping/nest.h"
#include "mapping/overlap.h"

static bool gave_way(const struct fl_overlap *o, const struct fl_op *op, size_t which)
{
    return which < op->operands && o->held[op->reads[which].tensor].gave_way;
}

/* Bits of the second operand of a product that a piece has and the one before it in its sequence has not. */
static int64_t loaded_bits(struct fl_overlap *o, const struct fl_task *t, int64_t piece)
{
    const struct fl_op *op = &t->piece[piece];
    bool inputs = op->mask == FL_CAUSAL_IN;
    int64_t span = t->op->mask == FL_DENSE || inputs ? op->k : op->n, across = inputs ? op->n : op->k, had = 0;
    if (t->op->mask == FL_DENSE) {
        across = op->n;
        had = fl_grid_continues(&t->grid, piece) ? span : 0;
    } else if (fl_grid_continues(&t->grid, piece)) {
        const struct fl_op *before = &t->piece[piece - (t->grid.by_head ? 1 : t->grid.heads)];
        had = inputs ? before->k : before->n;
    }
    int64_t values = fl_product(fl_product(op->groups, across, &o->bad), span - had, &o->bad);
    return fl_product(values, o->machine->activation_bits, &o->bad);
}

static void product_moves(struct fl_overlap *o, const struct fl_task *t, int64_t piece, struct fl_spill *spill)
{
    const struct fl_op *op = &t->piece[piece];
    if (gave_way(o, op, 0))
        spill->input_bits = fl_product(fl_map_streamed(op, &o->bad), o->machine->activation_bits, &o->bad);
    if (fl_op_is_beside(op, 1) && gave_way(o, op, 1))
        spill->plain_bits = o->held[op->reads[1].tensor].bits;
    if (op->operands > 1 && gave_way(o, op, op->operands - 1))
        spill->other_bits = loaded_bits(o, t, piece);
    else if (op->operands == 1 && !fl_op_has_weights(op) && gave_way(o, op, 0))
        spill->other_bits = loaded_bits(o, t, piece);       /* one tensor holds both */
}

static void rows_moves(struct fl_overlap *o, const struct fl_op *op, struct fl_spill *spill)
{
    for (size_t which = 0; which < op->operands; which++) {
        if (!gave_way(o, op, which))
            continue;
        int64_t bits = fl_product(fl_map_operand(op, which, &o->bad), o->machine->activation_bits, &o->bad);
        if (op->type->form == FL_APPEND)
            spill->cached += fl_spill_cached(op, which);
        else
            spill->plain_bits = fl_sum(spill->plain_bits, fl_least(bits, o->held[op->reads[which].tensor].bits),
                                       &o->bad);
    }
}

/* What an update takes of DRAM and gives it back comes and goes beside its work. */
static void update_moves(struct fl_overlap *o, struct fl_task *t)
{
    struct fl_mapping *m = &t->mapping;
    if (t->op->type->form != FL_UPDATE || m->engine->memory)
        return;
    m->taken_stored = fl_map_update_bits(t->op, o->machine, &m->given_stored, &o->bad);
    t->brings = false;
}

/* Do weights that a task brings as it goes come behind an update that the run has of them? */
static bool brings_anew(const struct fl_overlap *o, const struct fl_task *t)
{
    if (!t->brings || !fl_op_has_weights(t->op))
        return false;
    int32_t tensor = t->op->reads[t->op->operands - 1].tensor;
    if (o->held[tensor].units == 0)
        return false;                   /* nobody writes them */
    bool again = o->trace->block[t->block].repeat > 1 && !o->trace->tensor[tensor].layered;
    for (const struct fl_task *w = o->task; w < o->task + o->first[t->block + 1]; w++)
        if (w->op->writes.tensor == tensor && (w < t || again))
            return true;
    return false;
}

static void task_moves(struct fl_overlap *o, struct fl_task *t)
{
    const struct fl_held *held = &o->held[t->op->writes.tensor];
    update_moves(o, t);
    t->stream[FL_PART_FETCH] = t->stream[FL_PART_WRITE] = -1;
    for (int64_t p = 0; p < t->pieces; p++) {
        const struct fl_op *op = &t->piece[p];
        struct fl_spill *spill = &t->spill[p];
        *spill = (struct fl_spill){.room_bits = t->pieces > 1 ? INT64_MAX / 2 : o->free_bits[t->block]};
        if (fl_op_is_product(op))
            product_moves(o, t, p, spill);
        else
            rows_moves(o, op, spill);
        if (held->gave_way)
            spill->store_bits = fl_product(fl_map_outputs(op, &o->bad), o->machine->activation_bits, &o->bad);
        t->bits[FL_PART_FETCH][p] = fl_spill_load_bits(spill, op, o->machine, &t->mapping);
        t->bits[FL_PART_WRITE][p] = fl_spill_store_bits(spill, &t->mapping);
        o->bad |= t->bits[FL_PART_FETCH][p] == INT64_MAX;
        if (t->bits[FL_PART_FETCH][p] > 0)
            t->stream[FL_PART_FETCH] = o->loads;
        if (t->bits[FL_PART_WRITE][p] > 0)
            t->stream[FL_PART_WRITE] = o->stores;
    }
    if (brings_anew(o, t))              /* its moves wait there, if for nothing that is fetched */
        t->stream[FL_PART_FETCH] = o->loads;
    t->mapping.cached = t->spill[0].cached;
}

void fl_moves_find(struct fl_overlap *o)
{
    for (size_t i = 0; i < o->tasks; i++)
        task_moves(o, &o->task[i]);
}
