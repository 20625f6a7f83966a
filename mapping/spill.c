/* spill.c - activations on their way to and from DRAM: how often a mapping wants them, and what that takes.
 *
 * An operand that gave way comes from DRAM. Loops over an axis that it does not run along
 * want it again: the streamed one for each round of outputs, the loaded one for each block
 * of vectors. What all of these rounds want is fetched once if SRAM has room for it, for
 * all queries of the heads at work, say, while tile after tile of keys passes.
 */

#include "mapping/nest.h"

/* An operand, and how its rounds want it. */
struct operand {
    int64_t once_bits;                  /* all of it; 0: it is in SRAM anyway */
    int64_t again_bits;                 /* if nothing is held between rounds */
    int64_t held_bits;                  /* that SRAM must hold for it to come once */
};

/* bits x num / den, rounded up. */
static int64_t scaled(int64_t bits, int64_t num, int64_t den, bool *overflow)
{
    fl_wide value = ((fl_wide)bits * num + den - 1) / den;
    *overflow |= value > INT64_MAX;
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

/* The operand that is streamed: rounds of outputs want it again, under a mask only the vectors that see them do. */
static struct operand streamed(const struct fl_nest *nest, int64_t bits, int32_t value_bits, bool *overflow)
{
    const struct fl_axis *n = &nest->axis[FL_DIM_N], *m = &nest->axis[FL_DIM_M];
    int64_t times = n->rounds, whole = 1;
    if (nest->context == FL_DIM_N) {
        whole = m->size;
        times = 0;
        const struct fl_span all = {.size = m->size};
        for (int64_t round = 0; round < n->rounds; round++)
            times = fl_sum(times, fl_nest_seers(nest, fl_nest_span(nest, FL_DIM_N, round), all).size, overflow);
    }
    int64_t held = fl_product(fl_nest_wanted(nest, FL_DIM_N, overflow), value_bits, overflow);
    return (struct operand){ bits, scaled(bits, times, whole, overflow), held };
}

/* The operand that is loaded: blocks of vectors want it again if another tile took its place meanwhile, under a mask
 * only the tiles that some vector of theirs sees. */
static struct operand loaded(const struct fl_nest *nest, int64_t bits, int32_t value_bits, bool *overflow)
{
    const struct fl_axis *m = &nest->axis[FL_DIM_M];
    int64_t times = m->rounds, whole = 1;
    if (nest->weights_stay)
        return (struct operand){ bits, bits, 0 };
    if (nest->context >= 0) {
        const struct fl_axis *x = &nest->axis[nest->context];
        whole = x->size;
        times = 0;
        for (int64_t round = 0; round < m->rounds; round++) {
            struct fl_span seen = {.size = x->size, .tiles = x->tiles};
            seen = fl_nest_seen(nest, seen, fl_nest_span(nest, FL_DIM_M, round));
            times = fl_sum(times, seen.size, overflow);
        }
    }
    int64_t held = fl_product(fl_nest_wanted(nest, FL_DIM_M, overflow), value_bits, overflow);
    return (struct operand){ bits, scaled(bits, times, whole, overflow), held };
}

/* SRAM holds both operands between rounds, or the one that saves more, or neither. */
static int64_t fetched(const struct operand *a, const struct operand *b, int64_t room, bool *overflow)
{
    int64_t a_saves = a->once_bits > 0 && a->held_bits <= room ? a->again_bits - a->once_bits : 0;
    int64_t b_saves = b->once_bits > 0 && b->held_bits <= room ? b->again_bits - b->once_bits : 0;
    bool both = a_saves > 0 && b_saves > 0 && a->held_bits <= room - b->held_bits;
    int64_t saves = both ? fl_sum(a_saves, b_saves, overflow) : fl_most(a_saves, b_saves);
    return fl_sum(a->again_bits, b->again_bits, overflow) - saves;
}

int64_t fl_spill_load_bits(const struct fl_spill *spill, const struct fl_op *op, const struct fl_machine *machine,
                           const struct fl_mapping *mapping)
{
    bool bad = false;
    if (mapping->engine->memory)            /* only what it takes of the chip is wanted there */
        return fl_sum(fl_least(fl_sum(fl_sum(spill->input_bits, spill->other_bits, &bad), spill->plain_bits, &bad),
                               mapping->taken_bits - mapping->taken_stored), mapping->taken_stored, &bad);
    if (!fl_on_cores(mapping)) {            /* a row passes once, and so does what it meets */
        int64_t operands = fl_sum(spill->input_bits, spill->other_bits, &bad);
        int64_t all = fl_sum(fl_sum(operands, spill->plain_bits, &bad), mapping->taken_stored, &bad);
        return bad ? INT64_MAX : all;
    }
    struct fl_nest nest;
    fl_nest_make(&nest, op, mapping);
    int64_t taken = fl_sum(mapping->keep ? fl_map_kept_bits(op, machine, mapping) : 0,
                           fl_map_waiting_bits(op, machine, mapping), &bad);
    int64_t room = bad ? 0 : spill->room_bits - fl_least(taken, spill->room_bits);
    bad = false;
    int64_t streams = mapping->swapped ? spill->other_bits : spill->input_bits;
    int64_t loads = mapping->swapped ? spill->input_bits : spill->other_bits;
    const struct operand s = streamed(&nest, streams, machine->activation_bits, &bad);
    const struct operand l = loaded(&nest, loads, machine->activation_bits, &bad);
    int64_t bits = fl_sum(fetched(&s, &l, room, &bad), spill->plain_bits, &bad);
    return bad ? INT64_MAX : bits;
}

int64_t fl_spill_cached(const struct fl_op *op, size_t which)
{
    int64_t share = op->n / fl_most((int64_t)op->operands, 1);
    return which == 0 ? share : op->n - share;
}

int64_t fl_spill_store_bits(const struct fl_spill *spill, const struct fl_mapping *mapping)
{
    return (mapping->engine->memory && mapping->given_bits == 0 ? 0 : spill->store_bits) + mapping->given_stored;
}

void fl_spill_bound(const struct fl_spill *spill, const struct fl_op *op, const struct fl_machine *machine,
                    struct fl_mapping *mapping, struct fl_effort *effort)
{
    double bits = (double)fl_spill_load_bits(spill, op, machine, mapping);
    bits += (double)fl_spill_store_bits(spill, mapping);
    effort->dram_bits += bits;
    effort->sram_bits += bits;
    double ps = fl_bound_held(effort->dram_bits * machine->dram_bit_ps);
    if (bits > 0 && ps > mapping->bound_ps) {
        mapping->bound_ps = ps;         /* no operator ends before its moves */
        mapping->bound_by = "dram";
    }
}

void fl_spill_build(struct fl_builder *builder, int64_t bits, bool store)
{
    struct fl_step step = {.kind = FL_STEP_MOVE, .load_from = store ? FL_SRAM : FL_DRAM, .vectors = 1,
                           .load_bits = bits, .store = store};
    if (bits > 0)
        fl_build_step(builder, &step);
}
