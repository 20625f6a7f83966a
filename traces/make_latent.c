/* make_latent.c - latent attention: keys and values made of a narrow vector of each token, which is what a cache holds.
 *
 * In a prompt the vectors become keys and values of all heads (kv_b). In a step they do not:
 * queries go through the weights that keys would be made by (k_up, in groups, one a head) and
 * meet the vectors, all heads the same; what comes of it goes through those of the values
 * (v_up). These are the weights of kv_b, cut otherwise. The rotated part of a key is one for
 * all heads, and beside the vector in the cache.
 */
#include "traces/maker.h"

/* Queries, rotated; the vector, normed; the rotated part of the keys. Gives the name of the queries. */
static const char *make_vectors(struct fl_maker *k, const char *read)
{
    const struct fl_model *m = k->model;
    const struct fl_latent *l = &m->latent;
    int64_t queries = fl_maker_times(k, m->heads, m->head_width), inputs = m->width;
    const char *from = read;
    if (l->query_rank > 0) {
        fl_make_linear(k, "q_a", read, k->rows, m->width, l->query_rank);
        fl_make_rows(k, &fl_op_norm, "q_norm", FL_READS("q_a"), k->rows, l->query_rank);
        from = "q_norm";
        inputs = l->query_rank;
    }
    fl_make_linear(k, "q_b", from, k->rows, inputs, queries);
    fl_make_rows(k, &fl_op_rotary, "q_rotary", FL_READS("q_b"), k->rows, fl_maker_times(k, m->heads, l->rotated));
    fl_make_linear(k, "kv_a", read, k->rows, m->width, l->rank);
    fl_make_rows(k, &fl_op_norm, "kv_norm", FL_READS("kv_a"), k->rows, l->rank);
    fl_make_linear(k, "k_a", read, k->rows, m->width, l->rotated);
    fl_make_rows(k, &fl_op_rotary, "k_rotary", FL_READS("k_a"), k->rows, l->rotated);
    if (!m->cached)
        return "q_rotary";
    fl_make_append(k, "kv_append", "kv_norm", fl_maker_cache, k->rows, l->rank);
    fl_make_append(k, "k_append", "k_rotary", fl_maker_cache, k->rows, l->rotated);
    return "q_rotary";
}

/* A prompt: keys and values of all heads. */
static void make_all_heads(struct fl_maker *k, const char *queries)
{
    const struct fl_model *m = k->model;
    const struct fl_latent *l = &m->latent;
    int64_t heads = fl_maker_times(k, m->heads, k->trace->batch), seen = fl_maker_plus(k, k->band.past, k->tokens);
    int32_t out = k->causal ? FL_CAUSAL_OUT : FL_DENSE, in = k->causal ? FL_CAUSAL_IN : FL_DENSE;
    struct fl_band band = k->causal ? k->band : (struct fl_band){ .past = k->band.past };
    fl_make_linear(k, "kv_b", "kv_norm", k->rows, l->rank, fl_maker_times(k, m->heads, l->plain + l->value));
    fl_make_op(k, (struct fl_op){ .type = &fl_op_matmul, .name = "scores", .groups = heads, .m = k->tokens,
                                  .k = m->head_width, .n = seen, .mask = out, .band = band },
               FL_READS(queries, "k_rotary", "kv_b"));
    fl_make_op(k, (struct fl_op){ .type = &fl_op_softmax, .name = "softmax", .m = fl_maker_times(k, k->tokens, heads),
                                  .n = seen, .mask = out, .band = k->causal ? band : (struct fl_band){ 0 },
                                  .share = k->causal ? heads : 1 }, FL_READS("scores"));
    fl_make_op(k, (struct fl_op){ .type = &fl_op_matmul, .name = "context", .groups = heads, .m = k->tokens, .k = seen,
                                  .n = l->value, .mask = in, .band = band, .sign = FL_NON_NEGATIVE },
               FL_READS("softmax", "kv_b"));
    fl_make_linear(k, "attn_out", "context", k->rows, fl_maker_times(k, m->heads, l->value), m->width);
}

/* A step: the vectors as they are cached, for all heads alike. */
static void make_one_head(struct fl_maker *k, const char *queries)
{
    const struct fl_model *m = k->model;
    const struct fl_latent *l = &m->latent;
    int64_t seen = fl_maker_plus(k, k->band.past, k->tokens), rows = fl_maker_times(k, k->rows, m->heads);
    struct fl_op op = { .type = &fl_op_matmul, .groups = k->trace->batch, .share = m->heads, .n = seen,
                        .m = fl_maker_times(k, k->tokens, m->heads), .band.past = k->band.past };
    fl_make_grouped(k, "k_up", queries, m->heads, l->plain, l->rank);
    op.name = "scores";
    op.k = l->rank;
    fl_make_op(k, op, FL_READS("k_up", fl_maker_cache));
    op.name = "scores_rotated";
    op.k = l->rotated;
    fl_make_op(k, op, FL_READS(queries, fl_maker_cache));
    fl_make_rows(k, &fl_op_add, "scores_add", FL_READS("scores", "scores_rotated"), rows, seen);
    fl_make_rows(k, &fl_op_softmax, "softmax", FL_READS("scores_add"), rows, seen);
    op.name = "context";
    op.k = seen;
    op.n = l->rank;
    op.sign = FL_NON_NEGATIVE;
    fl_make_op(k, op, FL_READS("softmax", fl_maker_cache));
    fl_make_grouped(k, "v_up", "context", m->heads, l->rank, l->value);
    fl_make_linear(k, "attn_out", "v_up", k->rows, fl_maker_times(k, m->heads, l->value), m->width);
}

void fl_make_latent_attention(struct fl_maker *k, const char *read)
{
    const char *queries = make_vectors(k, read);
    if (k->decode)
        make_one_head(k, queries);
    else
        make_all_heads(k, queries);
}
