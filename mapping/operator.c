/* operator.c - what mappers ask of operators and pools. */
#include "mapping/nest.h"

bool fl_pool_check(const struct fl_pool *pool, struct fl_err *err)
{
    if (fl_pool_outputs(pool) >= 1)
        return true;
    return fl_fail(err, NULL, "a core of pool \"%s\" has %lld rows, and one output takes %lld (encoding, weight slices "
                   "side by side) beside %lld for reference; give its slm more rows", pool->name, (long long)pool->rows,
                   (long long)fl_pool_rows_per_output(pool), (long long)fl_pool_references(pool));
}

enum { SIZE_BITS = 40 };
static bool sane(int64_t size) { return size >= 1 && size <= (int64_t)1 << SIZE_BITS; }

/* Does every token of a masked operator see something? */
static bool band_check(const struct fl_op *op, struct fl_err *err)
{
    int64_t window = op->band.window, chunk = op->band.chunk, last = op->m / op->share - 1;
    if (window < 0 || chunk < 0 || (window > 0 && chunk > 0))
        return fl_fail(err, op->name, "a window of %lld and chunks of %lld; one of them is possible, of 1 or more",
                       (long long)window, (long long)chunk);
    if (op->mask == FL_DENSE || (window == 0 && chunk == 0))
        return true;
    return fl_band_first(&op->band, last) < (op->mask == FL_CAUSAL_IN ? op->k : op->n) ||
           fl_fail(err, op->name, "the last token sees nothing (window %lld, chunks %lld)", (long long)window,
                   (long long)chunk);
}

bool fl_map_op_check(const struct fl_op *op, struct fl_err *err)
{
    int faults = 0;
    if (op->type == NULL)
        return fl_fail(err, op->name, "is of no kind");
    bool product = fl_op_is_product(op) || op->type->form == FL_PROJECT;
    if (!sane(op->groups) || !sane(op->m) || !sane(op->n) || (product && !sane(op->k)))
        faults += !fl_fail(err, op->name, "sizes must be from 1 to 2^%d: groups %lld, m %lld, k %lld, n %lld",
                           SIZE_BITS, (long long)op->groups, (long long)op->m, (long long)op->k, (long long)op->n);
    else if (op->share < 1 || op->m % op->share != 0)
        faults += !fl_fail(err, op->name, "m is %lld, not a whole number of tokens of %lld vectors each",
                           (long long)op->m, (long long)op->share);
    if (op->mask != FL_DENSE && op->mask != FL_CAUSAL_OUT && op->mask != FL_CAUSAL_IN)
        faults += !fl_fail(err, op->name, "mask %d is not known", op->mask);
    if (op->band.past < 0 || op->band.past > (int64_t)1 << SIZE_BITS)
        faults += !fl_fail(err, op->name, "%lld tokens in the past; 0 to 2^%d are possible", (long long)op->band.past,
                           SIZE_BITS);
    return faults == 0 && band_check(op, err);
}

int64_t fl_map_inputs(const struct fl_op *op)
{
    if (fl_op_is_product(op) || op->type->form == FL_PROJECT)
        return op->k;
    if (op->type->form == FL_LOOKUP)
        return 0;                       /* the table is in DRAM */
    if (op->type->reads_k)
        return op->k * op->n;           /* beside them the weights are nothing */
    if (op->type->inputs != NULL)
        return op->type->inputs(op);
    return op->type->form == FL_ROWS ? (int64_t)fl_op_operands(op) * op->n : op->n;
}

/* The same without its mask. */
static struct fl_op whole(const struct fl_op *op)
{
    struct fl_op view = *op;
    bool overflow = false;
    int64_t outputs = fl_product(fl_product(op->groups, op->m, &overflow), op->n, &overflow);
    int64_t macs = fl_product(outputs, op->k, &overflow);
    view.share = 1;
    view.mask = FL_DENSE;
    view.band = (struct fl_band){0};
    view.macs = overflow ? op->macs : macs;
    return view;
}

struct fl_op fl_map_view(const struct fl_op *op, bool swapped)
{
    if (!swapped)
        return *op;
    struct fl_op view = whole(op);      /* what passes a frame of queries meets all of them, wanted or not */
    view.m = op->n;
    view.n = op->m;
    view.sign = FL_SIGNED;              /* weights, keys and values have both signs */
    return view;
}

struct fl_op fl_mapping_view(const struct fl_op *op, const struct fl_mapping *mapping)
{
    return fl_mapping_dealt(mapping) ? whole(op) : fl_map_view(op, mapping->swapped);
}

int64_t fl_map_outputs(const struct fl_op *op, bool *overflow)
{
    int64_t values = 0;
    if (op->mask == FL_CAUSAL_OUT)
        *overflow |= !fl_op_values(op, &values);
    else
        values = fl_product(fl_product(op->groups, op->m, overflow), op->n, overflow);
    return values;
}

int64_t fl_map_streamed(const struct fl_op *op, bool *overflow)
{
    if (op->type->form == FL_ROWS && op->mask != FL_DENSE)
        return fl_map_outputs(op, overflow);
    if (op->mask == FL_CAUSAL_IN)
        return op->macs / op->n;
    return fl_product(fl_product(op->groups, op->m, overflow), fl_map_inputs(op), overflow);
}

int64_t fl_map_operand(const struct fl_op *op, size_t which, bool *overflow)
{
    if (op->type->reads_k)
        return which == 0 ? fl_map_streamed(op, overflow) : fl_product(op->m, op->k, overflow);
    return fl_map_streamed(op, overflow) / fl_most((int64_t)fl_op_operands(op), 1);
}

int32_t fl_map_weight_bits(const struct fl_machine *machine, const struct fl_pool *pool)
{
    const struct fl_pool *home = machine->pools > 0 ? &machine->pool[0] : NULL;
    for (int32_t i = machine->pools - 1; i >= 0; i--)
        if (fl_pool_is_home(&machine->pool[i]))
            home = &machine->pool[i];
    if (machine->weight_bits > 0)
        return machine->weight_bits;
    if (pool == NULL)
        pool = home;
    return pool == NULL ? machine->activation_bits : pool->weight_bits;
}

int32_t fl_map_kv_bits(const struct fl_machine *machine)
{
    return machine->kv_bits > 0 ? machine->kv_bits : machine->activation_bits;
}

int32_t fl_map_stored_bits(const struct fl_op *op, const struct fl_machine *machine, const struct fl_pool *pool)
{
    int32_t kind = fl_op_stored(op);
    if (op->stored != NULL && op->stored->bits > 0)
        return op->stored->bits;
    return kind == FL_TENSOR_PARAMETER ? fl_map_weight_bits(machine, pool)
           : kind == FL_TENSOR_CACHE   ? fl_map_kv_bits(machine)
                                       : machine->activation_bits;
}

int64_t fl_map_update_bits(const struct fl_op *op, const struct fl_machine *machine, int64_t *written, bool *overflow)
{
    int64_t values = fl_product(fl_product(op->groups, op->m, overflow), op->n, overflow);
    int64_t own = fl_product(values, fl_map_stored_bits(op, machine, NULL), overflow), kept = op->state_bits;
    kept = fl_product(values, kept, overflow);
    *written = fl_sum(own, kept, overflow);
    return kept > 0 ? kept : own;       /* what is kept has the parameter in full */
}

int64_t fl_map_working_set_bits(const struct fl_op *op, const struct fl_machine *machine)
{
    bool overflow = false;
    int64_t values = fl_map_streamed(op, &overflow);
    if (op->type->form != FL_APPEND)
        values = fl_sum(values, fl_map_outputs(op, &overflow), &overflow);
    if (fl_op_is_product(op) && !fl_op_from_dram(op)) {      /* the loaded operand is an activation too */
        int64_t loaded = fl_product(fl_product(op->k, op->n, &overflow), op->groups, &overflow);
        values = fl_sum(values, loaded, &overflow);
    }
    values = fl_product(values, machine->activation_bits, &overflow);
    return overflow ? INT64_MAX : values;
}

bool fl_map_ops_check(const struct fl_trace *trace, struct fl_err *err)
{
    struct fl_err why = {0};
    for (size_t b = 0; b < trace->blocks; b++) {
        const struct fl_block *block = &trace->block[b];
        if (block->repeat < 1)
            fl_fail(&why, NULL, "block %zu is repeated %lld times; 1 or more are possible", b,
                    (long long)block->repeat);
        for (size_t i = 0; i < block->ops && why.faults < FL_FAULTS_TOLD; i++)
            fl_map_op_check(&block->op[i], &why);
    }
    bool good = why.faults == 0;
    fl_err_take(err, &why);
    return good;
}

bool fl_map_is_attention(const struct fl_op *op)
{
    return fl_op_is_product(op) && !fl_op_has_weights(op);
}

bool fl_map_has_heads(const struct fl_op *op)
{
    return fl_map_is_attention(op) || (op->type->form == FL_ROWS && op->type->work == FL_DIGITAL_SOFTMAX);
}
