/* held.c - what SRAM holds while operators run side by side.
 *
 * A value lies in SRAM in whole, or in as many units of it as there is room for, where its writer and its readers go
 * unit by unit: that is attention on chip, whose scores are never there at once. Everything that a layer writes has a
 * place of its own, since operators of two layers run beside each other. Where that is too much, the largest values get
 * room for three units, then for two; then the largest give way, and go by way of DRAM. Where it is less, what cores
 * load gets room for two layers.
 */
#include "mapping/lives.h"
#include "mapping/overlap.h"

/* ---- what there is ---- */

/* Bits that a piece writes. */
static int64_t written_bits(struct fl_overlap *o, const struct fl_op *piece)
{
    return fl_product(fl_map_outputs(piece, &o->bad), o->machine->activation_bits, &o->bad);
}

static void writer_note(struct fl_overlap *o, const struct fl_task *t)
{
    struct fl_held *held = &o->held[t->op->writes.tensor];
    int64_t bits = 0, most = 0;
    for (int64_t p = 0; p < t->pieces; p++) {
        int64_t piece = written_bits(o, &t->piece[p]);
        bits = fl_sum(bits, piece, &o->bad);
        most = fl_most(most, piece);
    }
    held->value = fl_tensor_is_value(&o->trace->tensor[t->op->writes.tensor]);
    if (t->op->more) {                  /* it adds to what another wrote, of which there is one unit */
        held->bits = fl_sum(held->bits, bits, &o->bad);
        held->unit_bits = held->bits;
        held->units = 1;
        held->grid = (struct fl_grid){.blocks = 1, .heads = 1};
    } else if (held->units == 0 || t->pieces > held->units) {
        held->first = held->units == 0 ? t->block : held->first;
        held->grid = t->grid;
        held->units = t->pieces;
        held->bits = fl_most(bits, held->bits);
        held->unit_bits = fl_most(most, held->unit_bits);
    }
    held->last = t->block;
}

/* Is a tensor written and read unit by unit within a layer, by one reader? Then `least` are the units that it wants at
 * once. Of several one may have to wait for what becomes of all units by way of another. */
static void reader_note(struct fl_overlap *o, size_t reader, int32_t tensor, bool again)
{
    const struct fl_task *t = &o->task[reader];
    struct fl_held *held = &o->held[tensor];
    int64_t gone = 0;
    bool beside = false;
    for (size_t i = o->first[t->block]; i < reader; i++)
        beside |= o->task[i].op->writes.tensor == tensor;
    for (int64_t p = 0; p < t->pieces && beside; p++) {
        int64_t want = fl_grid_wanted(&held->grid, &t->grid, p, again && t->op->mask == FL_DENSE);
        held->least = fl_most(held->least, want - gone);
        gone = fl_grid_released(&held->grid, &t->grid, p, again);
    }
    held->least = beside && held->readers == 0 ? held->least : held->units;
    held->readers++;
    held->last = t->block > held->last ? t->block : held->last;
}

static void all_note(struct fl_overlap *o)
{
    const struct fl_lasting *stay = fl_lasting_find(o->trace, o->arena);
    for (size_t i = 0; i < o->tasks; i++)
        writer_note(o, &o->task[i]);
    for (size_t i = 0; i < o->tasks; i++)
        for (size_t r = 0; r < o->task[i].op->operands; r++)
            if (o->held[o->task[i].op->reads[r].tensor].units > 0)
                reader_note(o, i, o->task[i].op->reads[r].tensor, fl_op_is_product(o->task[i].op) && r > 0);
    for (size_t t = 0; t < o->trace->tensors; t++) {
        struct fl_held *held = &o->held[t];
        held->room = held->units;
        held->copies = stay[t].stays ? stay[t].copies : 1;
        held->least = stay[t].stays ? held->units : held->least;
    }
}

/* ---- what fits ---- */

static int64_t place_bits(struct fl_overlap *o, const struct fl_held *held)
{
    if (held->room >= held->units)      /* whole layers */
        return fl_product(fl_product(held->bits, held->copies, &o->bad), held->room / held->units, &o->bad);
    return fl_product(held->unit_bits, held->room, &o->bad);
}

static bool lives_in(const struct fl_held *held, size_t block)
{
    return held->value && held->units > 0 && held->first <= block && block <= held->last;
}

/* What pieces under way take of what gave way: two that come and two that go. What is done whole passes by and by. */
static int64_t passing_bits(struct fl_overlap *o, const struct fl_task *t)
{
    int64_t most = 0;
    for (int64_t p = 0; p < t->pieces; p++)
        most = fl_most(most, fl_sum(t->bits[FL_PART_FETCH][p], t->bits[FL_PART_WRITE][p], &o->bad));
    return fl_product(most, 2, &o->bad);
}

static int64_t taken_bits(struct fl_overlap *o, size_t block)
{
    int64_t sum = 0;
    for (size_t t = 0; t < o->trace->tensors; t++)
        if (lives_in(&o->held[t], block) && !o->held[t].gave_way)
            sum = fl_sum(sum, place_bits(o, &o->held[t]), &o->bad);
    for (size_t i = o->first[block]; i < o->first[block + 1]; i++)
        if (o->task[i].pieces > 1)
            sum = fl_sum(sum, passing_bits(o, &o->task[i]), &o->bad);
    return sum;
}

/* Room for how many units is the next less? 0: it can only give way. */
static int64_t less_of(const struct fl_held *held)
{
    enum { BUFFERS = 3 };
    int64_t few = fl_most(held->least, 2);
    if (held->room > fl_most(few, BUFFERS))
        return fl_most(few, BUFFERS);
    return held->room > few ? few : 0;
}

/* The value that gives most: of those that can do with less room, or else of all. */
static struct fl_held *largest_in(struct fl_overlap *o, size_t block, bool less)
{
    struct fl_held *largest = NULL;
    for (size_t t = 0; t < o->trace->tensors; t++) {
        struct fl_held *held = &o->held[t];
        if (!lives_in(held, block) || held->gave_way || (less && less_of(held) == 0))
            continue;
        if (largest == NULL || place_bits(o, held) > place_bits(o, largest))
            largest = held;
    }
    return largest;
}

static void block_fit(struct fl_overlap *o, size_t block)
{
    while (taken_bits(o, block) > o->machine->sram_bits && !o->bad) {
        struct fl_held *less = largest_in(o, block, true), *largest = largest_in(o, block, false);
        if (largest == NULL)
            return;                     /* only what is passing */
        if (less != NULL) {
            less->room = less_of(less);
        } else {
            largest->gave_way = true;
            largest->room = largest->units;
            fl_moves_find(o);
        }
    }
}

/* What cores load, and what is written whole, is there for this layer and the next. */
static void rooms_double(struct fl_overlap *o)
{
    for (size_t t = 0; t < o->trace->tensors; t++) {
        struct fl_held *held = &o->held[t];
        bool fits = true;
        if (held->units == 0 || held->gave_way || !held->value || held->copies != 1 || held->least < held->units)
            continue;
        held->room = 2 * held->units;
        for (size_t b = held->first; b <= held->last; b++)
            fits = fits && taken_bits(o, b) <= o->machine->sram_bits;
        held->room = fits ? held->room : held->units;
    }
}

bool fl_held_find(struct fl_overlap *o)
{
    for (size_t b = 0; b < o->trace->blocks; b++)
        o->free_bits[b] = o->machine->sram_bits;
    all_note(o);
    fl_moves_find(o);
    bool shared = !o->machine->ideal_memory && o->machine->sram_bits > 0;
    for (size_t b = 0; b < o->trace->blocks && shared; b++)
        block_fit(o, b);
    for (size_t t = 0; t < o->trace->tensors; t++)      /* a parameter lies where it lies */
        if (!shared && o->held[t].copies == 1 && o->trace->tensor[t].kind != FL_TENSOR_PARAMETER)
            o->held[t].room = 2 * o->held[t].units;
    if (shared)
        rooms_double(o);
    for (size_t b = 0; b < o->trace->blocks; b++)
        o->free_bits[b] = shared ? fl_most(o->machine->sram_bits - taken_bits(o, b), 0) : o->machine->sram_bits;
    fl_moves_find(o);                   /* what is free holds what whole operators would fetch again */
    return !o->bad;
}
