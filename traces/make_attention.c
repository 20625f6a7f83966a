/* make_attention.c - from a normed stream to what attention makes of it. */
#include "traces/maker.h"

/* Queries against keys, softmax, its rows against values; `qkv` holds all three. */
static void make_scores_and_context(struct fl_maker *k, const char *qkv)
{
    const struct fl_model *m = k->model;
    const char *loaded = k->decode ? fl_maker_cache : qkv;
    int64_t share = m->heads / m->kv_heads, seen = fl_maker_plus(k, k->band.past, k->tokens);
    struct fl_band band = k->band;
    if (!k->causal) {                   /* a step's token: it meets the newest of the cache, and no other */
        seen -= fl_band_first(&band, 0);
        band = (struct fl_band){ .past = band.past };
    }
    struct fl_op op = { .type = &fl_op_matmul, .share = share, .band = band,
                        .groups = fl_maker_times(k, m->kv_heads, k->trace->batch),
                        .m = fl_maker_times(k, k->tokens, share) };
    op.name = "scores";
    op.k = m->head_width;
    op.n = seen;
    op.mask = k->causal ? FL_CAUSAL_OUT : FL_DENSE;
    fl_make_op(k, op, FL_READS(qkv, loaded));
    int64_t rows = fl_maker_times(k, m->heads, k->trace->batch);
    fl_make_op(k, (struct fl_op){ .type = &fl_op_softmax, .name = "softmax", .mask = op.mask,
                                  .band = k->causal ? band : (struct fl_band){ 0 }, .share = k->causal ? rows : 1,
                                  .m = fl_maker_times(k, k->tokens, rows), .n = seen }, FL_READS("scores"));
    op.name = "context";
    op.k = seen;
    op.n = m->head_width;
    op.mask = k->causal ? FL_CAUSAL_IN : FL_DENSE;
    op.sign = FL_NON_NEGATIVE;
    fl_make_op(k, op, FL_READS("softmax", loaded));
}

/* Keys and values that a token behind these may still see: under a window the last ones, which is all a cache holds. */
static void make_append(struct fl_maker *k, const char *qkv, int64_t kv_width)
{
    int64_t held = fl_maker_plus(k, k->band.past, k->tokens) - fl_band_first(&k->band, k->tokens - 1);
    fl_make_op(k, (struct fl_op){ .type = &fl_op_kv_append, .name = "kv_append",
                                  .m = fl_maker_times(k, fl_least(held, k->tokens), k->trace->batch),
                                  .n = fl_maker_times(k, 2, kv_width) }, FL_READS(qkv));
}

void fl_make_attention(struct fl_maker *k, const char *read, const char *first, int64_t besides)
{
    const struct fl_model *m = k->model;
    int64_t kv_width = fl_maker_times(k, m->kv_heads, m->head_width);
    int64_t q_width = fl_maker_times(k, m->heads, m->head_width);
    int64_t all = fl_maker_plus(k, q_width, fl_maker_times(k, 2, kv_width));
    const char *qkv = first;
    fl_make_linear(k, first, read, k->rows, m->width, fl_maker_plus(k, all, besides));
    if (m->family->query_norms) {
        fl_make_rows(k, &fl_op_norm, "qk_norm", FL_READS(qkv), fl_maker_times(k, k->rows, m->heads + m->kv_heads),
                     m->head_width);
        qkv = "qk_norm";
    }
    if (m->rotary > 0) {
        fl_make_rows(k, &fl_op_rotary, "rotary", FL_READS(qkv), k->rows,
                     fl_maker_times(k, m->heads + m->kv_heads, m->rotary));
        qkv = "rotary";
    }
    if (m->causal)
        make_append(k, qkv, kv_width);
    make_scores_and_context(k, qkv);
    fl_make_linear(k, "attn_out", "context", k->rows, q_width, m->width);
}
