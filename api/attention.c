/* attention.c - scores and probabilities of a plan: in whole, a few units at a time, or by way of DRAM.
 *
 * Where operators run one after another both values are there in whole, or gave way. Side by
 * side they may be there in units, of which the writer makes a new one when the reader has
 * given one back (mapping/held.c): that is fused attention, and what it takes follows from the
 * units, not from the context squared.
 */
#include "api/attention.h"

#include "mapping/nest.h"
#include "mapping/overlap.h"

/* An operator of attention reads a softmax, and is a product of what is computed or cached. */
static const struct fl_plan_op *context_of(const struct fl_plan *plan, const struct fl_plan_op *softmax)
{
    for (const struct fl_plan_op *p = softmax + 1; p < plan->op + plan->ops && p->block == softmax->block; p++)
        if (fl_map_is_attention(p->op) && p->op->reads[0].tensor == softmax->op->writes.tensor)
            return p;
    return NULL;
}

/* Who wrote what a softmax reads. */
static const struct fl_plan_op *scores_of(const struct fl_plan *plan, const struct fl_plan_op *softmax)
{
    for (const struct fl_plan_op *p = softmax; p-- > plan->op && p->block == softmax->block;)
        if (p->op->writes.tensor == softmax->op->reads[0].tensor)
            return p;
    return NULL;
}

static int64_t value_bits(const struct fl_plan_op *p, const struct fl_machine *machine, bool *bad)
{
    return fl_product(fl_map_outputs(p->op, bad), machine->activation_bits, bad);
}

/* Bits of the largest unit, if an operator is cut as small as any is. */
static int64_t least_bits(const struct fl_plan_op *p, const struct fl_trace *trace, const struct fl_machine *machine,
                          bool *bad)
{
    int64_t sequences, tokens, most = 0;
    if (!fl_overlap_rows(trace, p->op, &sequences, &tokens))
        return value_bits(p, machine, bad);
    struct fl_grid grid = fl_grid_make(sequences, tokens, FL_BLOCK_LEAST);
    grid.heads = fl_grid_groups(p->op, sequences, tokens);
    for (int64_t b = 0; b < grid.blocks; b++) {
        const struct fl_op piece = fl_grid_piece(p->op, &grid, b * grid.heads);
        most = fl_most(most, fl_map_outputs(&piece, bad));
    }
    return fl_product(most, machine->activation_bits, bad);
}

/* What a value takes of SRAM; 0: it goes by way of DRAM. `*units`: it is there a few units at a time. */
static int64_t held_bits(const struct fl_plan_op *p, const struct fl_machine *machine, bool *units, bool *bad)
{
    int64_t bits = value_bits(p, machine, bad);
    if (p->mapping.engine->memory)
        return 0;                       /* it is there */
    if (p->units == 0)
        return p->spill_store_bits > 0 ? 0 : bits;
    if (p->room >= p->units)
        return bits;
    *units |= p->room > 0;
    return fl_product(p->room, p->unit_bits, bad);
}

/* One softmax with its scores, if they are larger than what is known so far. */
static void pair_note(struct fl_attention *a, const struct fl_plan_op *scores, const struct fl_plan_op *softmax,
                      const struct fl_trace *trace, const struct fl_machine *machine)
{
    const struct fl_plan_op *const pair[] = {scores, softmax};
    struct fl_attention one = {.where = "in SRAM"};
    bool bad = false, units = false, gone = false;
    for (int i = 0; i < 2; i++) {
        int64_t held = held_bits(pair[i], machine, &units, &bad);
        gone |= held == 0;
        one.whole_bits = fl_sum(one.whole_bits, value_bits(pair[i], machine, &bad), &bad);
        one.held_bits = fl_sum(one.held_bits, held, &bad);
        one.least_bits = fl_sum(one.least_bits, 2 * least_bits(pair[i], trace, machine, &bad), &bad);
    }
    one.least_bits = fl_least(one.least_bits, one.whole_bits);
    if (softmax->mapping.engine->memory)
        one.where = "in an engine's memory";
    else if (gone)
        one.where = "by way of DRAM";
    else if (units)
        one.where = "in units";
    fl_assert(!bad);                    /* the plan has refused what overflows */
    if (a->where == NULL || one.whole_bits > a->whole_bits) {
        one.dram_bits = a->dram_bits;
        *a = one;
    }
}

void fl_attention_find(struct fl_attention *a, const struct fl_plan *plan, const struct fl_trace *trace,
                       const struct fl_machine *machine)
{
    *a = (struct fl_attention){0};
    for (size_t i = 0; i < plan->ops; i++) {
        const struct fl_plan_op *softmax = &plan->op[i];
        if (!fl_map_has_heads(softmax->op) || fl_op_is_product(softmax->op) || softmax->op->operands == 0)
            continue;
        const struct fl_plan_op *scores = scores_of(plan, softmax), *context = context_of(plan, softmax);
        if (scores == NULL || context == NULL)
            continue;                   /* of a router, or of a head */
        pair_note(a, scores, softmax, trace, machine);
        double times = (double)trace->block[softmax->block].repeat;
        for (const struct fl_plan_op *p = scores; p <= context; p++)
            a->dram_bits += times * ((double)p->spill_load_bits + (double)p->spill_store_bits);
    }
}
