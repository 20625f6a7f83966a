/* residency.c - which tensors stay in SRAM between operators, and which go by way of DRAM.
 *
 * A value is what one operator writes; it lives until its last reader. Where the values
 * alive at an operator exceed the SRAM, the largest give way: they are stored to DRAM when
 * written and loaded when read, as often as the mapping streams them past. Partial sums
 * and weights on their way are not counted against the capacity.
 *
 * A block of layers is looked at once: what its last layer leaves is what its next finds.
 */
#include <string.h>

#include "mapping/nest.h"
#include "mapping/plan.h"

struct value {
    const char *name;
    int64_t first, last;                /* operators of the block between which it lives */
    int64_t bits;
    bool spilled;
};

struct residency {
    const struct fl_block *block;
    const struct fl_machine *machine;
    struct value *value;                /* of each operator, then one for each of those left by what ran before */
    size_t values;
    bool *bad;
};

/* Work made without names has no tensors, and nothing to keep. */
static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static int64_t written_bits(const struct residency *r, const struct fl_op *op)
{
    if (op->kind == FL_OP_KV_APPEND || op->writes == NULL)
        return 0;                       /* the cache lies in DRAM, and is loaded from there */
    int64_t values = fl_product(fl_product(op->groups, op->m, r->bad), op->n, r->bad);
    return fl_product(values, r->machine->activation_bits, r->bad);
}

static bool reads(const struct fl_op *op, const char *name)
{
    for (const char *const *read = op->reads; read != NULL && *read != NULL; read++)
        if (same(*read, name))
            return true;
    return false;
}

/* The value an operator reads under a name: of its nearest earlier writer in the block, or left from before. */
static struct value *value_read(struct residency *r, size_t op, const char *name)
{
    for (size_t i = op; i-- > 0;)
        if (same(r->block->op[i].writes, name))
            return &r->value[i];
    for (size_t i = r->block->ops; i < r->values; i++)
        if (same(r->value[i].name, name))
            return &r->value[i];
    return NULL;
}

/* Values left for the next layer or block: the last of each name that something still reads there. */
static bool wanted_later(const struct fl_trace *trace, size_t block, const char *name)
{
    size_t next = trace->block[block].repeat > 1 ? block : block + 1;
    for (; next < trace->blocks; next++)
        for (size_t i = 0; i < trace->block[next].ops; i++) {
            const struct fl_op *op = &trace->block[next].op[i];
            if (reads(op, name))
                return true;
            if (same(op->writes, name))
                return false;
        }
    return false;
}

static void lives_find(struct residency *r, const struct fl_trace *trace, size_t block)
{
    int64_t ops = (int64_t)r->block->ops;
    for (int64_t i = 0; i < ops; i++) {
        const struct fl_op *op = &r->block->op[i];
        r->value[i] = (struct value){ .name = op->writes, .first = i, .last = i, .bits = written_bits(r, op) };
    }
    for (int64_t i = 0; i < ops; i++)
        for (const char *const *read = r->block->op[i].reads; read != NULL && *read != NULL; read++) {
            struct value *value = value_read(r, (size_t)i, *read);
            if (value != NULL)
                value->last = fl_most(value->last, i);
        }
    for (int64_t i = 0; i < ops; i++) {
        const char *name = r->block->op[i].writes;
        bool last_of_name = value_read(r, (size_t)ops, name) == &r->value[i];
        if (last_of_name && wanted_later(trace, block, name))
            r->value[i].last = ops;
    }
}

/* Lets the largest values alive at an operator give way until the rest fit; did any? */
static bool fit_at(struct residency *r, int64_t at)
{
    for (bool any = false;; any = true) {
        int64_t sum = 0;
        struct value *largest = NULL;
        for (size_t i = 0; i < r->values; i++) {
            struct value *v = &r->value[i];
            if (v->spilled || v->first > at || v->last < at)
                continue;
            sum = fl_sum(sum, v->bits, r->bad);
            if (largest == NULL || v->bits > largest->bits)
                largest = v;
        }
        if (largest == NULL || sum <= r->machine->sram_bits)
            return any;
        largest->spilled = true;
    }
}

/* How often a mapping streams its inputs past: once for each round of outputs, unless a block of vectors stays. */
static int64_t times_read(const struct fl_op *op, const struct fl_mapping *mapping)
{
    if (mapping->pool < 0 || mapping->in_place)
        return 1;
    for (int i = 0; i < 4 && mapping->order[i] != FL_DIM_N; i++)
        if (mapping->order[i] == FL_DIM_M)
            return 1;
    return fl_ceil_div(fl_ceil_div(op->n, mapping->tile_n), mapping->cores_n);
}

/* Bits of a spilled value that one operator needs: a product streams one operand and loads the other. */
static int64_t read_bits(const struct residency *r, const struct fl_plan_op *p, const struct value *value, size_t which)
{
    const struct fl_op *op = p->op;
    if (op->kind != FL_OP_MATMUL && op->kind != FL_OP_LINEAR) {
        int64_t rows = fl_product(fl_product(op->groups, op->m, r->bad), fl_map_inputs(op), r->bad);
        return fl_least(value->bits, fl_product(rows, r->machine->activation_bits, r->bad));
    }
    int64_t streamed = fl_product(fl_product(fl_product(op->groups, op->m, r->bad), op->k, r->bad),
                                  times_read(op, &p->mapping), r->bad);
    int64_t loaded = fl_product(fl_product(op->groups, op->k, r->bad), op->n, r->bad);
    bool only = op->reads[1] == NULL;
    int64_t values = which == 0 ? streamed : 0;
    if (op->kind == FL_OP_MATMUL && !op->kv && (which > 0 || only))
        values = fl_sum(values, loaded, r->bad);
    return fl_product(values, r->machine->activation_bits, r->bad);
}

static void spills_note(struct residency *r, struct fl_plan_op *plan_op)
{
    for (size_t i = 0; i < r->block->ops; i++) {
        struct fl_plan_op *p = &plan_op[i];
        const struct fl_op *op = p->op;
        if (r->value[i].spilled)
            p->spill_store_bits = r->value[i].bits;
        for (size_t which = 0; op->reads != NULL && op->reads[which] != NULL; which++) {
            struct value *value = value_read(r, i, op->reads[which]);
            if (value != NULL && value->spilled)
                p->spill_load_bits = fl_sum(p->spill_load_bits, read_bits(r, p, value, which), r->bad);
        }
        double spill_ps = ((double)p->spill_load_bits + (double)p->spill_store_bits) * r->machine->dram_bit_ps;
        if (spill_ps > p->mapping.bound_ps) {
            p->mapping.bound_ps = spill_ps;     /* no operator ends before its moves */
            p->mapping.bound_by = "dram";
        }
    }
}

/* What earlier blocks, or the layer before, leave for this block: values that live from its start. */
static void before_find(struct residency *r, const struct fl_trace *trace, size_t block, const struct residency *past)
{
    for (size_t i = 0; past != NULL && i < past->values; i++)
        if (past->value[i].last >= (int64_t)past->block->ops && wanted_later(trace, block - 1, past->value[i].name)) {
            struct value value = past->value[i];
            value.first = 0;
            value.last = 0;
            r->value[r->values++] = value;
        }
}

/* A tensor has one home: where a value gave way, all values of its name do. */
static void homes_agree(struct residency *all, size_t blocks)
{
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = 0; i < all[b].values; i++)
            for (size_t c = 0; all[b].value[i].spilled && c < blocks; c++)
                for (size_t j = 0; j < all[c].values; j++)
                    if (same(all[c].value[j].name, all[b].value[i].name))
                        all[c].value[j].spilled = true;
}

bool fl_residency_find(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_machine *machine,
                       struct fl_err *err)
{
    bool bad = false, any = false;
    if (machine->ideal_memory)
        return true;                    /* holds everything, as every report says */
    struct residency *all = fl_arena_array(&plan->arena, trace->blocks, sizeof *all);
    for (size_t b = 0; b < trace->blocks; b++) {
        const struct fl_block *block = &trace->block[b];
        size_t past = b > 0 ? all[b - 1].values : 0;
        all[b] = (struct residency){ .block = block, .machine = machine, .values = block->ops, .bad = &bad };
        all[b].value = fl_arena_array(&plan->arena, block->ops + past + 1, sizeof *all[b].value);
        before_find(&all[b], trace, b, b > 0 ? &all[b - 1] : NULL);
        lives_find(&all[b], trace, b);
        for (int64_t at = 0; at < (int64_t)block->ops; at++)
            any |= fit_at(&all[b], at);
    }
    if (any)
        homes_agree(all, trace->blocks);
    for (size_t b = 0, next = 0; any && b < trace->blocks; next += trace->block[b++].ops)
        spills_note(&all[b], &plan->op[next]);
    return bad ? fl_fail(err, NULL, "bits of activations do not fit 63 bits") : true;
}
