/* op.c - one operator by itself: what its kind is made of, and how many products it takes. */
#include <inttypes.h>

#include "traces/build.h"

const char *const fl_op_kind_names[FL_OP_KINDS] = {
    [FL_OP_LINEAR] = "linear",
    [FL_OP_MATMUL] = "matmul",
    [FL_OP_SOFTMAX] = "softmax",
    [FL_OP_NORM] = "norm",
    [FL_OP_ACTIVATION] = "activation",
    [FL_OP_ADD] = "add",
    [FL_OP_ROTARY] = "rotary",
    [FL_OP_EMBED] = "embed",
    [FL_OP_KV_APPEND] = "kv_append",
};

const char *const fl_op_key_names[FL_KEYS] = {
    [FL_KEY_GROUPS] = "groups", [FL_KEY_M] = "m",       [FL_KEY_K] = "k",       [FL_KEY_N] = "n",
    [FL_KEY_SHARE] = "share",   [FL_KEY_PAST] = "past", [FL_KEY_MASK] = "mask", [FL_KEY_KV] = "kv",
    [FL_KEY_TIED] = "tied",     [FL_KEY_SIGN] = "sign", [FL_KEY_PLACED] = "placed", [FL_KEY_GATED] = "gated",
    [FL_KEY_WINDOW] = "window", [FL_KEY_CHUNK] = "chunk",
};

#define KEY(key) (1u << FL_KEY_##key)
#define ROWS (KEY(M) | KEY(N))
#define PRODUCT (KEY(M) | KEY(K) | KEY(N))
const struct fl_op_rule fl_op_rules[FL_OP_KINDS] = {
    [FL_OP_LINEAR] = { PRODUCT | KEY(TIED) | KEY(SIGN) | KEY(PLACED), PRODUCT, 1, 1 },
    [FL_OP_MATMUL] = { ((1u << FL_KEYS) - 1) & ~(KEY(TIED) | KEY(GATED)), PRODUCT, 1, 2 },
    [FL_OP_SOFTMAX] = { ROWS | KEY(SHARE) | KEY(PAST) | KEY(MASK) | KEY(WINDOW) | KEY(CHUNK), ROWS, 1, 1 },
    [FL_OP_NORM] = { ROWS, ROWS, 1, 1 },
    [FL_OP_ACTIVATION] = { ROWS | KEY(GATED), ROWS, 1, 2 },
    [FL_OP_ADD] = { ROWS, ROWS, 2, 2 },
    [FL_OP_ROTARY] = { ROWS, ROWS, 1, 1 },
    [FL_OP_EMBED] = { PRODUCT, PRODUCT, 0, 1 },
    [FL_OP_KV_APPEND] = { ROWS, ROWS, 1, 2 },
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
    if (op->kind != FL_OP_LINEAR && op->kind != FL_OP_MATMUL)
        return true;
    int64_t rows, each;
    if (op->mask == FL_DENSE)
        return fl_times(op->groups, op->m, &rows) && fl_times(rows, op->k, &each) && fl_times(each, op->n, macs);
    bool out = op->mask == FL_CAUSAL_OUT;
    return fl_band_sum(&op->band, op->m / op->share, out ? op->n : op->k, &each) &&
           fl_times(op->groups, op->share, &rows) && fl_times(rows, out ? op->k : op->n, &rows) &&
           fl_times(rows, each, macs);
}

bool fl_op_values(const struct fl_op *op, int64_t *values)
{
    int64_t rows, each;
    if (op->mask == FL_DENSE)
        return fl_times(op->groups, op->m, &rows) && fl_times(rows, op->n, values);
    return fl_band_sum(&op->band, op->m / op->share, op->n, &each) && fl_times(op->groups, op->share, &rows) &&
           fl_times(rows, each, values);
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
    unsigned needed = fl_op_rules[op->kind].needed;
    const int64_t size[] = { [FL_KEY_GROUPS] = op->groups, [FL_KEY_M] = op->m, [FL_KEY_K] = op->k, [FL_KEY_N] = op->n,
                             [FL_KEY_SHARE] = op->share };
    bool good = true;
    for (unsigned key = FL_KEY_GROUPS; key <= FL_KEY_SHARE; key++) {
        bool counts = key == FL_KEY_GROUPS || key == FL_KEY_SHARE || (needed & 1u << key);
        if (counts && size[key] < 1)
            good = fl_fail(err, where, "%s is %" PRId64 "; give 1 or more", fl_op_key_names[key], size[key]);
    }
    if (op->band.past < 0)
        good = fl_fail(err, where, "past is %" PRId64 "; give 0 or more", op->band.past);
    if (!good)
        return false;
    if (op->m % op->share != 0)
        return fl_fail(err, where, "m = %" PRId64 " is not a multiple of share = %" PRId64
                       "; m counts share queries for each token", op->m, op->share);
    if (op->kind == FL_OP_SOFTMAX && op->mask == FL_CAUSAL_IN)
        return fl_fail(err, where, "a softmax has outputs only to mask; give mask=causal_out");
    op->gated |= op->kind == FL_OP_ACTIVATION && op->reads[0] != NULL && op->reads[1] != NULL;
    if (op->band.past > INT64_MAX / 4 || !fl_op_macs(op, &op->macs))
        return fl_fail(err, where, "its values or products exceed 2^63 - 1; make it smaller");
    return check_band(op, where, err);
}
