/* op.c - one operator by itself: what it may say, and how many products it takes. */
#include <inttypes.h>

#include "traces/build.h"

const struct fl_op_key_type fl_op_keys[FL_KEYS] = {
    [FL_KEY_M] = { "m", "", "vectors streamed; rows of digital work" },
    [FL_KEY_K] = { "k", "", "inputs of each dot product; rows of a table; what topk picks of a row, rows of each "
                   "sum of aggregate" },
    [FL_KEY_N] = { "n", "", "outputs; values of a row" },
    [FL_KEY_GROUPS] = { "groups", "1", "independent products of this shape: kv heads x sequences" },
    [FL_KEY_SHARE] = { "share", "1", "rows of each token, tokens slowest: the queries that use one loaded operand" },
    [FL_KEY_PAST] = { "past", "0", "tokens before the operator's first one" },
    [FL_KEY_MASK] = { "mask", "dense", "causal_out: what lies past a token is not wanted (scores); causal_in: it is "
                      "zero (context)" },
    [FL_KEY_WINDOW] = { "window", "", "under a mask: a token wants only the last so many, its own included" },
    [FL_KEY_CHUNK] = { "chunk", "", "under a mask: a token wants only those of its own chunk, of so many each" },
    [FL_KEY_ROWS] = { "rows", "", "instead of m and groups: the rows of each group, 4,4,2,0 (experts)" },
    [FL_KEY_KV] = { "kv", "no", "yes: the loaded operand is the cache in DRAM" },
    [FL_KEY_GATED] = { "gated", "no", "yes: the tensor read holds gate and up, 2n values a row. Two tensors read: "
                       "always yes" },
    [FL_KEY_TIED] = { "tied", "no", "yes: the weights are the table of an embed before it, stored once" },
    [FL_KEY_SIGN] = { "sign", "signed", "non_negative: the streamed input is never below zero, as after softmax or "
                      "ReLU" },
    [FL_KEY_PATTERNS] = { "patterns", "", "binary patterns that a row takes on mirrors: 2 if ternary, one for each bit "
                          "plane; left out: of as many as the OPU's input_bits" },
    [FL_KEY_PLACED] = { "placed", "auto", "optical or digital: where it must run" },
};

/* Values of the streamed operand, of the loaded one and of the result must each be countable. */
static bool values_fit(const struct fl_op *op)
{
    int64_t streamed, loaded, result;
    return fl_times(op->groups, op->m, &streamed) && fl_times(streamed, op->n, &result) &&
           fl_times(streamed, op->k, &streamed) && fl_times(op->groups, op->k, &loaded) &&
           fl_times(loaded, op->n, &loaded);
}

bool fl_op_macs(const struct fl_op *op, int64_t *macs)
{
    *macs = 0;
    if (!values_fit(op))
        return false;
    if (op->type->form != FL_PRODUCT)
        return true;
    int64_t rows, each;
    if (op->mask == FL_DENSE)
        return fl_times(op->groups, op->m, &rows) && fl_times(rows, op->k, &each) && fl_times(each, op->n, macs);
    bool out = op->mask == FL_CAUSAL_OUT;
    return fl_band_sum(&op->band, op->m / op->share, out ? op->n : op->k, &each) &&
           fl_times(op->groups, op->share, &rows) && fl_times(rows, out ? op->k : op->n, &rows) &&
           fl_times(rows, each, macs);
}

bool fl_op_projected(const struct fl_op *op, int64_t *products)
{
    *products = 0;
    return op->type->form != FL_PROJECT || (fl_times(op->groups, op->m, products) &&
           fl_times(*products, op->k, products) && fl_times(*products, op->n, products));
}

bool fl_op_values(const struct fl_op *op, int64_t *values)
{
    int64_t rows, each;
    if (op->mask == FL_DENSE)
        return fl_times(op->groups, op->m, &rows) && fl_times(rows, op->n, values);
    return fl_band_sum(&op->band, op->m / op->share, op->n, &each) && fl_times(op->groups, op->share, &rows) &&
           fl_times(rows, each, values);
}

bool fl_op_written(const struct fl_block *block, size_t op, int64_t *values)
{
    bool fits = true;
    *values = 0;
    for (size_t i = op; i < block->ops && (i == op || block->op[i].more); i++) {
        struct fl_op one = block->op[i];
        int64_t part;
        one.mask = one.mask == FL_CAUSAL_OUT ? one.mask : FL_DENSE;     /* of inputs it leaves out none of these */
        fits = fits && fl_op_values(&one, &part) && fl_plus(*values, part, values);
    }
    return fits;
}

const char *fl_op_where(struct fl_arena *arena, const char *where, const struct fl_op *op)
{
    if (op->line > 0)
        return fl_arena_format(arena, "%s:%d: %s", where, op->line, op->name);
    return fl_arena_format(arena, "%s: %s", where, op->name);
}

/* A window or chunks need a mask, and must leave each token some position. */
static bool check_band(const struct fl_op *op, const char *where, struct fl_err *err)
{
    const struct fl_band *band = &op->band;
    const char *key = band->window > 0 ? "window" : "chunk";
    int64_t limit = op->mask == FL_CAUSAL_IN ? op->k : op->n, last = fl_least(op->m / op->share - 1, INT64_MAX / 4);
    if (band->window == 0 && band->chunk == 0)
        return true;
    if (band->window > 0 && band->chunk > 0)
        return fl_fail(err, where, "window and chunk are both given; leave one");
    if (op->mask == FL_DENSE)
        return fl_fail(err, where, "%s = %" PRId64 ", but mask is dense; give mask=causal_out (scores, softmax) or "
                       "causal_in (context)", key, band->window + band->chunk);
    int64_t first = fl_band_first(band, last);
    if (first >= limit)
        return fl_fail(err, where, "%s = %" PRId64 " leaves the last token nothing: it sees positions from %" PRId64
                       " on, of %" PRId64, key, band->window + band->chunk, first, limit);
    return true;
}

bool fl_op_check(struct fl_op *op, const char *where, struct fl_err *err)
{
    unsigned needed = op->type->needed;
    const int64_t size[] = { [FL_KEY_GROUPS] = op->groups, [FL_KEY_M] = op->m, [FL_KEY_K] = op->k, [FL_KEY_N] = op->n,
                             [FL_KEY_SHARE] = op->share };
    bool good = true;
    for (unsigned key = FL_KEY_GROUPS; key <= FL_KEY_SHARE; key++) {
        bool counts = key == FL_KEY_GROUPS || key == FL_KEY_SHARE || (needed & 1u << key);
        if (counts && size[key] < 1)
            good = fl_fail(err, where, "%s is %" PRId64 "; give 1 or more", fl_op_keys[key].name, size[key]);
    }
    if (op->band.past < 0)
        good = fl_fail(err, where, "past is %" PRId64 "; give 0 or more", op->band.past);
    if (!good)
        return false;
    if (op->m % op->share != 0)
        return fl_fail(err, where, "m = %" PRId64 " is not a multiple of share = %" PRId64
                       "; m counts share queries for each token", op->m, op->share);
    if (op->mask == FL_CAUSAL_IN && !op->type->masks_inputs)
        return fl_fail(err, where, "a %s has outputs only to mask; give mask=causal_out", op->type->name);
    if (op->band.past > INT64_MAX / 4 || !fl_op_macs(op, &op->macs))
        return fl_fail(err, where, "its values or products exceed 2^63 - 1; make it smaller");
    return check_band(op, where, err);
}
