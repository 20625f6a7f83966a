/* dram.c - what a run keeps in DRAM: static weights, embedding tables, the KV cache, activations.
 *
 * Weights that stay in place are there too, they are loaded from somewhere; tied ones are
 * an embedding's table and count as weights alone. A cache counts once per layer, as long
 * as the longest read of it: under a window the oldest give way to what is appended. Of a
 * layer that only appends, as in prefill, all that it appends is kept. Activations that
 * SRAM does not hold lie there while they live: what counts is the most at one operator.
 */
#include <string.h>

#include "mapping/nest.h"
#include "mapping/plan.h"

/* A table or cache that operators of one name and layer share, at its largest; of appends, all of them. */
struct kept {
    struct kept *next;
    const struct fl_op *op;
    int64_t layer, repeat, values;
    bool tied;                          /* a table that counts as the weights of a linear operator */
};

static bool is_kept(const struct fl_op *op)
{
    return fl_op_is_move(op) || (op->type == &fl_op_matmul && op->kv);
}

static struct kept *kept_find(struct kept **list, struct fl_arena *arena, const struct fl_op *op,
                              const struct fl_block *block)
{
    for (struct kept *k = *list; k != NULL; k = k->next)
        if (k->layer == block->layer && k->repeat == block->repeat && k->op->type == op->type &&
            strcmp(k->op->name, op->name) == 0)
            return k;
    struct kept *k = fl_arena_alloc(arena, sizeof *k);
    *k = (struct kept){.next = *list, .op = op, .layer = block->layer, .repeat = block->repeat};
    *list = k;
    return k;
}

/* Whether what a layer appends is read there: then the reads tell how much is kept. */
static bool is_read(const struct kept *list, const struct kept *appended)
{
    for (const struct kept *k = list; k != NULL; k = k->next)
        if (k->op->type == &fl_op_matmul && k->layer == appended->layer && k->repeat == appended->repeat)
            return true;
    return false;
}

/* Values of tables, or of caches. */
static int64_t kept_values(const struct kept *list, bool caches, bool *overflow)
{
    int64_t values = 0;
    for (const struct kept *k = list; k != NULL; k = k->next) {
        bool twice = k->tied || (k->op->type == &fl_op_kv_append && is_read(list, k));
        if (!twice && (k->op->type != &fl_op_embed) == caches)
            values = fl_sum(values, fl_product(k->values, k->repeat, overflow), overflow);
    }
    return values;
}

/* Gives each operator with tied weights the table they are. */
static void tables_tie(struct kept *list, const struct fl_weights *weights)
{
    for (const struct fl_weight *w = weights->first; w != NULL; w = w->next) {
        struct kept *k = w->op->tied ? list : NULL;
        while (k != NULL && (k->tied || k->op->type != &fl_op_embed || k->op->k != w->op->n || k->op->n != w->op->k))
            k = k->next;
        if (k != NULL)
            k->tied = true;
    }
}

/* Bits of tables and caches. */
static int64_t kept_bits(const struct fl_weights *weights, const struct fl_trace *trace,
                         const struct fl_machine *machine, bool *overflow)
{
    struct fl_arena arena = {0};
    struct kept *list = NULL;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            const struct fl_op *op = &trace->block[b].op[i];
            if (!is_kept(op))
                continue;
            struct kept *k = kept_find(&list, &arena, op, &trace->block[b]);
            bool append = op->type == &fl_op_kv_append;
            int64_t values = fl_product(fl_product(append ? op->m : op->k, op->n, overflow), op->groups, overflow);
            k->values = append ? fl_sum(k->values, values, overflow) : fl_most(k->values, values);
        }
    tables_tie(list, weights);
    int64_t cached = kept_values(list, true, overflow);
    int64_t tables = fl_product(kept_values(list, false, overflow), fl_map_weight_bits(machine, -1), overflow);
    fl_arena_free(&arena);
    return fl_sum(tables, fl_product(cached, fl_map_kv_bits(machine), overflow), overflow);
}

static int64_t weight_bits(const struct fl_weights *weights, const struct fl_machine *machine, bool *overflow)
{
    int64_t bits = 0;
    for (const struct fl_weight *w = weights->first; w != NULL; w = w->next) {
        int32_t each = fl_map_weight_bits(machine, w->mapping.pool);
        int64_t values = fl_product(fl_product(w->op->k, w->op->n, overflow), w->op->groups, overflow);
        values = fl_product(values, w->repeat, overflow);
        bits = fl_sum(bits, fl_product(values, each, overflow), overflow);
    }
    return bits;
}

static int64_t spilled_most(const struct fl_spill *spill, const struct fl_trace *trace)
{
    int64_t most = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++, spill++)
            most = fl_most(most, spill->lying_bits);
    return most;
}

bool fl_dram_check(const struct fl_weights *weights, const struct fl_spill *spill, const struct fl_trace *trace,
                   struct fl_machine *machine, int64_t *bits, struct fl_err *err)
{
    bool overflow = false;
    int64_t spilled = spilled_most(spill, trace), kept = kept_bits(weights, trace, machine, &overflow);
    kept = fl_sum(kept, weight_bits(weights, machine, &overflow), &overflow);
    *bits = fl_sum(kept, spilled, &overflow);
    if (overflow)
        return fl_fail(err, NULL, "weights, embedding, KV cache and activations take more than 2^63 bits");
    if (machine->dram_fit)
        machine->dram_bits = *bits;
    if (*bits <= machine->dram_bits)
        return true;
    if (spilled == 0)
        return fl_fail(err, NULL, "weights, embedding and KV cache need %.6g GB of DRAM, which has %.6g GB; give it "
                       "more, or depth = \"fit\"", (double)*bits / 8e9, (double)machine->dram_bits / 8e9);
    return fl_fail(err, NULL, "weights, embedding and KV cache need %.6g GB of DRAM, and activations that SRAM does "
                   "not hold another %.6g GB; it has %.6g GB: give it more, or depth = \"fit\", or a larger SRAM",
                   (double)kept / 8e9, (double)spilled / 8e9, (double)machine->dram_bits / 8e9);
}
