/* residency.c - which tensors stay in SRAM between operators, and which go by way of DRAM.
 *
 * A value is what one operator writes; it lives until its last reader (lives.h). Where the
 * values alive at an operator exceed the SRAM, the largest give way: they are stored to
 * DRAM when written and loaded when read, as often as the mapping wants them anew
 * (spill.c). What a mask leaves out is no value: it takes no room and does not move. K and
 * V that gave way are where their cache is, and are not stored again. Partial sums and
 * weights on their way are not counted against the capacity.
 *
 * A block of layers is looked at once: what its last layer leaves is what its next finds.
 * Copies of a layered tensor that outlives its repetition count together from the first
 * layer on, as they are when the last one has been written.
 */
#include <math.h>
#include <string.h>

#include "mapping/lives.h"
#include "mapping/nest.h"
#include "mapping/plan.h"

struct value {
    int32_t tensor;
    int64_t first, last;                /* operators of the block between which it lives */
    int64_t bits;                       /* that are written, and read, at once */
    int64_t copies;                     /* alive together */
    bool spilled;
};

/* Which blocks read or write a tensor, in order; reads: before they write it. */
struct touches { struct touch { size_t block; bool reads; } *touch; size_t count, room; };

struct residency {
    const struct fl_trace *trace;
    const struct touches *touches;      /* of each tensor */
    const struct fl_lasting *stay;      /* of each tensor */
    size_t at;                          /* the block's place */
    const struct fl_block *block;
    const struct fl_machine *machine;
    struct value *value;                /* of each operator, then one for each of those left by what ran before */
    size_t values;
    bool *bad;
};

/* Bits that an operator writes. */
static int64_t written_bits(const struct residency *r, const struct fl_op *op)
{
    const struct fl_tensor *t = &r->trace->tensor[op->writes.tensor];
    if (!fl_tensor_is_value(t))
        return 0;
    int64_t values = fl_map_outputs(op, r->bad);
    if (t->kind == FL_TENSOR_GRADIENT && op->type->form == FL_ROWS)
        values = fl_most(values, fl_product(t->rows, t->width, r->bad));   /* rows of it, of a table */
    return fl_product(values, r->machine->activation_bits, r->bad);
}

/* Bits of the value that begins with an operator: with those that go on with it, for which it stands. */
static int64_t value_bits(const struct residency *r, size_t op)
{
    int64_t bits = r->block->op[op].more ? 0 : written_bits(r, &r->block->op[op]);
    for (size_t i = op + 1; !r->block->op[op].more && i < r->block->ops && r->block->op[i].more; i++)
        bits = fl_sum(bits, written_bits(r, &r->block->op[i]), r->bad);
    return bits;
}

/* The value of a tensor that an operator reads: of its nearest earlier writer in the block, or left from before. */
static struct value *value_read(struct residency *r, size_t op, int32_t tensor)
{
    for (size_t i = op; i-- > 0;)
        if (r->block->op[i].writes.tensor == tensor && !r->block->op[i].more)
            return &r->value[i];
    for (size_t i = r->block->ops; i < r->values; i++)
        if (r->value[i].tensor == tensor)
            return &r->value[i];
    for (size_t i = 0; i < r->block->ops && r->stay[tensor].stays; i++)
        if (r->value[i].tensor == tensor)
            return &r->value[i];        /* of another layer, written in this block */
    return NULL;
}

/* Bits that a value takes of the memory it lies in. */
static int64_t held_bits(const struct residency *r, const struct value *value)
{
    return fl_product(value->bits, value->copies, r->bad);
}

/* Does a block behind this one read a tensor before another one writes it? Of layers, the next one, too. */
static bool wanted_later(const struct residency *r, size_t block, int32_t tensor)
{
    const struct touches *t = &r->touches[tensor];
    size_t next = r->trace->block[block].repeat > 1 ? block : block + 1, low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->touch[middle].block < next)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->count && t->touch[low].reads;
}

static void touch_add(struct touches *t, struct fl_arena *arena, size_t block, bool read)
{
    if (t->count > 0 && t->touch[t->count - 1].block == block)
        return;
    if (t->count == t->room) {
        struct touch *more = fl_arena_array(arena, 2 * t->room + 4, sizeof *more);
        if (t->count > 0)
            memcpy(more, t->touch, t->count * sizeof *more);
        t->touch = more;
        t->room = 2 * t->room + 4;
    }
    t->touch[t->count++] = (struct touch){block, read};
}

static struct touches *touches_find(const struct fl_trace *trace, struct fl_arena *arena)
{
    struct touches *touches = fl_arena_array(arena, trace->tensors + 1, sizeof *touches);
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            const struct fl_op *op = &trace->block[b].op[i];
            for (size_t which = 0; which < op->operands; which++)
                touch_add(&touches[op->reads[which].tensor], arena, b, true);
            touch_add(&touches[op->writes.tensor], arena, b, false);
        }
    return touches;
}

/* Does one of the first `ops` operators of a block write it? */
static bool is_written(const struct fl_block *block, size_t ops, int32_t tensor)
{
    for (size_t i = 0; i < ops; i++)
        if (block->op[i].writes.tensor == tensor)
            return true;
    return false;
}

static void lives_find(struct residency *r, size_t block)
{
    int64_t ops = (int64_t)r->block->ops;
    for (int64_t i = 0; i < ops; i++) {
        const struct fl_op *op = &r->block->op[i];
        r->value[i] = (struct value){ .tensor = op->writes.tensor, .first = i, .last = i,
                                      .bits = value_bits(r, (size_t)i), .copies = 1 };
        const struct fl_lasting *stay = &r->stay[op->writes.tensor];
        if (stay->stays) {              /* copies count once in a block */
            r->value[i].first = 0;
            r->value[i].last = ops;
            r->value[i].copies = is_written(r->block, (size_t)i, op->writes.tensor) ? 0 : stay->copies;
        }
    }
    for (int64_t i = 0; i < ops; i++)
        for (size_t which = 0; which < r->block->op[i].operands; which++) {
            struct value *value = value_read(r, (size_t)i, r->block->op[i].reads[which].tensor);
            if (value != NULL)
                value->last = fl_most(value->last, i);
        }
    for (int64_t i = 0; i < ops; i++) {
        struct value *value = r->block->op[i].more ? value_read(r, (size_t)i, r->block->op[i].writes.tensor) : NULL;
        if (value != NULL)
            value->last = fl_most(value->last, i);
    }
    for (int64_t i = 0; i < ops; i++) {
        int32_t tensor = r->block->op[i].writes.tensor;
        bool last_of_it = value_read(r, (size_t)ops, tensor) == &r->value[i];
        if (last_of_it && wanted_later(r, block, tensor))
            r->value[i].last = ops;
    }
    for (size_t i = (size_t)ops; i < r->values; i++)    /* what comes from before and is read behind, or over again */
        if (!is_written(r->block, (size_t)ops, r->value[i].tensor) && wanted_later(r, block, r->value[i].tensor))
            r->value[i].last = ops;
}

/* Where no memory is shared, that of the engines is judged by what is alive at most (own_memory.c). */
static int64_t capacity(const struct fl_machine *machine)
{
    return machine->sram_bits > 0 ? machine->sram_bits : INT64_MAX;
}

/* Lets the largest values alive at an operator give way until the rest fit; did any? Notes what they are before. */
static bool fit_at(struct residency *r, int64_t at, int64_t *most)
{
    for (bool any = false;; any = true) {
        int64_t sum = 0;
        struct value *largest = NULL;
        for (size_t i = 0; i < r->values; i++) {
            struct value *v = &r->value[i];
            if (v->spilled || v->first > at || v->last < at)
                continue;
            sum = fl_sum(sum, held_bits(r, v), r->bad);
            if (largest == NULL || held_bits(r, v) > held_bits(r, largest))
                largest = v;
        }
        *most = fl_most(*most, sum);
        if (largest == NULL || sum <= capacity(r->machine))
            return any;
        largest->spilled = true;
    }
}

/* Bits of a spilled value that digital work reads as one of its operands. */
static int64_t plain_bits(const struct residency *r, const struct fl_op *op, size_t which, const struct value *value)
{
    int64_t each = fl_map_operand(op, which, r->bad);
    return fl_least(value->bits, fl_product(each, r->machine->activation_bits, r->bad));
}

/* An operand of a product has spilled. */
static void operand_add(const struct residency *r, const struct fl_op *op, size_t which, const struct value *value,
                        struct fl_spill *spill)
{
    int64_t inputs = fl_map_streamed(op, r->bad);
    int64_t others = fl_product(fl_product(op->groups, op->k, r->bad), op->n, r->bad);
    if (which == 0)
        spill->input_bits = fl_product(inputs, r->machine->activation_bits, r->bad);
    else if (fl_op_is_beside(op, which))
        spill->plain_bits = fl_sum(spill->plain_bits, value->bits, r->bad);
    else
        spill->other_bits = fl_product(others, r->machine->activation_bits, r->bad);
}

/* Bits that a spilled value takes in DRAM beside the cache. */
static int64_t lying_bits(struct residency *r, const struct value *value)
{
    int64_t bits = held_bits(r, value);
    for (size_t i = 0; i < r->block->ops; i++) {
        const struct fl_op *op = &r->block->op[i];
        for (size_t which = 0; op->type->form == FL_APPEND && which < op->operands; which++)
            if (value_read(r, i, op->reads[which].tensor) == value) {
                int64_t rows = fl_product(op->m, op->groups, r->bad);
                int64_t cached = fl_product(rows, fl_spill_cached(op, which), r->bad);
                bits -= fl_product(cached, r->machine->activation_bits, r->bad);
            }
    }
    return fl_most(bits, 0);
}

/* What DRAM holds of spilled values while an operator runs. */
static int64_t lying_at(struct residency *r, int64_t at)
{
    int64_t sum = 0;
    for (size_t i = 0; i < r->values; i++)
        if (r->value[i].spilled && r->value[i].first <= at && r->value[i].last >= at)
            sum = fl_sum(sum, lying_bits(r, &r->value[i]), r->bad);
    return sum;
}

/* SRAM that no value takes while an operator runs. */
static int64_t room_bits(const struct residency *r, int64_t at)
{
    int64_t bits = r->machine->sram_bits;
    for (size_t i = 0; i < r->values; i++)
        if (!r->value[i].spilled && r->value[i].first <= at && r->value[i].last >= at)
            bits -= held_bits(r, &r->value[i]);
    return bits;
}

static void spills_note(struct residency *r, struct fl_spill *spill)
{
    for (size_t i = 0; i < r->block->ops; i++) {
        const struct fl_op *op = &r->block->op[i];
        spill[i].room_bits = room_bits(r, (int64_t)i);
        spill[i].lying_bits = lying_at(r, (int64_t)i);
        if (r->value[i].spilled)
            spill[i].store_bits = written_bits(r, op);
        for (size_t which = 0; which < op->operands; which++) {
            struct value *value = value_read(r, i, op->reads[which].tensor);
            if (value == NULL || !value->spilled)
                continue;
            if (fl_op_is_product(op))
                operand_add(r, op, which, value, &spill[i]);
            else if (op->type->form == FL_APPEND)
                spill[i].cached += fl_spill_cached(op, which);
            else
                spill[i].plain_bits = fl_sum(spill[i].plain_bits, plain_bits(r, op, which, value),
                                             r->bad);
        }
    }
}

/* Does the block find a value that the block before had? */
static bool is_left(const struct residency *r, const struct residency *past, const struct value *value)
{
    const struct fl_lasting *stay = &r->stay[value->tensor];
    if (stay->stays)
        return value->copies > 0 && r->at <= stay->last && !is_written(r->block, r->block->ops, value->tensor);
    return value->last >= (int64_t)past->block->ops && wanted_later(r, past->at, value->tensor);
}

/* What earlier blocks, or the layer before, leave for this block: values that live from its start. */
static void before_find(struct residency *r, const struct residency *past)
{
    for (size_t i = 0; past != NULL && i < past->values; i++)
        if (is_left(r, past, &past->value[i])) {
            struct value value = past->value[i];
            value.first = 0;
            value.last = r->stay[value.tensor].stays ? (int64_t)r->block->ops : 0;
            r->value[r->values++] = value;
        }
}

/* A tensor has one home: where a value gave way, all of its values do. */
static void homes_agree(struct residency *all, size_t blocks)
{
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = 0; i < all[b].values; i++)
            for (size_t c = 0; all[b].value[i].spilled && c < blocks; c++)
                for (size_t j = 0; j < all[c].values; j++)
                    if (all[c].value[j].tensor == all[b].value[i].tensor)
                        all[c].value[j].spilled = true;
}

bool fl_residency_find(struct fl_residency *found, const struct fl_trace *trace, const struct fl_machine *machine,
                       struct fl_arena *arena, struct fl_err *err)
{
    bool bad = false, any = false;
    size_t ops = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        ops += trace->block[b].ops;
    found->spill = fl_arena_array(arena, ops + 1, sizeof *found->spill);
    found->gave_way = fl_arena_array(arena, trace->tensors + 1, sizeof *found->gave_way);
    found->most_bits = 0;
    if (machine->ideal_memory)
        return true;                    /* holds everything, as every report says */
    struct residency *all = fl_arena_array(arena, trace->blocks, sizeof *all);
    const struct fl_lasting *stay = fl_lasting_find(trace, arena);
    const struct touches *touches = touches_find(trace, arena);
    for (size_t b = 0; b < trace->blocks; b++) {
        const struct fl_block *block = &trace->block[b];
        size_t past = b > 0 ? all[b - 1].values : 0;
        all[b] = (struct residency){ .trace = trace, .touches = touches, .stay = stay, .at = b, .block = block,
                                     .machine = machine, .values = block->ops, .bad = &bad };
        all[b].value = fl_arena_array(arena, block->ops + past + 1, sizeof *all[b].value);
        before_find(&all[b], b > 0 ? &all[b - 1] : NULL);
        lives_find(&all[b], b);
        for (int64_t at = 0; at < (int64_t)block->ops; at++)
            any |= fit_at(&all[b], at, &found->most_bits);
    }
    if (any)
        homes_agree(all, trace->blocks);
    for (size_t b = 0, next = 0; any && b < trace->blocks; next += trace->block[b++].ops) {
        spills_note(&all[b], &found->spill[next]);
        for (size_t i = 0; i < all[b].values; i++)
            found->gave_way[all[b].value[i].tensor] |= all[b].value[i].spilled;
    }
    return bad ? fl_fail(err, NULL, "bits of activations do not fit 63 bits") : true;
}
