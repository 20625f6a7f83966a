/* make_attention.c - from a normed stream to what attention makes of it. */
#include "traces/maker.h"

/* What attention reads, and how much of it. */
struct attention {
    const char *scores, *softmax, *context;     /* names */
    const char *queries, *loaded;       /* tensors; the second holds keys and values */
    int64_t seen, past;                 /* tokens of each sequence that are loaded; those before the first one's */
    bool masked;                        /* by the band of the maker */
};

/* Queries against keys, softmax, its rows against values. */
static void make_scores_and_context(struct fl_maker *k, const struct attention *a)
{
    const struct fl_model *m = k->model;
    int64_t share = m->heads / m->kv_heads, rows = fl_maker_times(k, m->heads, k->trace->batch);
    struct fl_op op = { .type = &fl_op_matmul, .share = share,
                        .groups = fl_maker_times(k, m->kv_heads, k->trace->batch),
                        .m = fl_maker_times(k, k->tokens, share) };
    struct fl_op softmax = { .type = &fl_op_softmax, .name = a->softmax, .share = a->masked ? rows : 1,
                             .m = fl_maker_times(k, k->tokens, rows), .n = a->seen };
    op.band = a->masked ? k->band : (struct fl_band){ .past = a->past };
    op.name = a->scores;
    op.k = m->head_width;
    op.n = a->seen;
    op.mask = a->masked ? FL_CAUSAL_OUT : FL_DENSE;
    fl_make_op(k, op, FL_READS(a->queries, a->loaded));
    softmax.mask = op.mask;
    softmax.band = a->masked ? k->band : (struct fl_band){ 0 };
    fl_make_op(k, softmax, FL_READS(a->scores));
    op.name = a->context;
    op.k = a->seen;
    op.n = m->head_width;
    op.mask = a->masked ? FL_CAUSAL_IN : FL_DENSE;
    op.sign = FL_NON_NEGATIVE;
    fl_make_op(k, op, FL_READS(a->softmax, a->loaded));
}

/* Keys and values that a token behind these may still see: under a window the last ones, which is all a cache holds. */
static void make_append(struct fl_maker *k, const char *qkv, int64_t kv_width)
{
    int64_t held = fl_maker_plus(k, k->band.past, k->tokens) - fl_band_first(&k->band, k->tokens - 1);
    fl_make_append(k, "kv_append", qkv, fl_maker_cache,
                   fl_maker_times(k, fl_least(held, k->tokens), k->trace->batch), fl_maker_times(k, 2, kv_width));
}

void fl_make_attention(struct fl_maker *k, const char *read, const char *first, int64_t besides)
{
    const struct fl_model *m = k->model;
    int64_t kv_width = fl_maker_times(k, m->kv_heads, m->head_width);
    int64_t q_width = fl_maker_times(k, m->heads, m->head_width);
    int64_t all = fl_maker_plus(k, q_width, fl_maker_times(k, 2, kv_width));
    struct attention a = { .scores = "scores", .softmax = "softmax", .context = "context", .masked = k->causal,
                           .seen = fl_maker_plus(k, k->band.past, k->tokens), .past = k->band.past };
    const char *qkv = first;
    fl_make_linear(k, first, read, k->rows, m->width, fl_maker_plus(k, all, besides));
    if (m->query_norms && !(k->plain && m->family->rotated_norms)) {
        fl_make_rows(k, &fl_op_norm, "qk_norm", FL_READS(qkv), fl_maker_times(k, k->rows, m->heads + m->kv_heads),
                     m->head_width);
        qkv = "qk_norm";
    }
    if (m->rotary > 0 && !k->plain) {
        fl_make_rows(k, &fl_op_rotary, "rotary", FL_READS(qkv), k->rows,
                     fl_maker_times(k, m->heads + m->kv_heads, m->rotary));
        qkv = "rotary";
    }
    if (m->cached)
        make_append(k, qkv, kv_width);
    a.queries = qkv;
    a.loaded = k->decode ? fl_maker_cache : qkv;
    if (!a.masked)                      /* a step's token: it meets the newest of the cache, and no other */
        a.seen -= fl_band_first(&k->band, 0);
    make_scores_and_context(k, &a);
    fl_make_linear(k, "attn_out", "context", k->rows, q_width, m->width);
}

/* Keys and values are made of the encoder's tokens once, and kept for every step. */
void fl_make_cross_attention(struct fl_maker *k, const char *read)
{
    const struct fl_model *m = k->model;
    int64_t kv_width = fl_maker_times(k, 2, fl_maker_times(k, m->kv_heads, m->head_width));
    int64_t q_width = fl_maker_times(k, m->heads, m->head_width), rows = fl_maker_times(k, k->source, k->trace->batch);
    struct attention a = { .scores = "cross_scores", .softmax = "cross_softmax", .context = "cross_context",
                           .queries = "cross_q", .loaded = k->decode ? fl_maker_cross_cache : "cross_kv",
                           .seen = k->source };
    fl_make_linear(k, "cross_q", read, k->rows, m->width, q_width);
    if (!k->decode) {
        fl_make_linear(k, "cross_kv", k->encoded, rows, m->width, kv_width);
        fl_make_append(k, "cross_append", "cross_kv", fl_maker_cross_cache, rows, kv_width);
    }
    make_scores_and_context(k, &a);
    fl_make_linear(k, "cross_out", "cross_context", k->rows, q_width, m->width);
}
