/* make_layer.c - a layer: attention, a feed-forward or experts, norms and sums around them. */
#include "traces/maker.h"

/* What sets layers apart. */
struct kind { struct fl_band band; bool experts, plain; int64_t group; };

static void make_parallel_layer(struct fl_maker *k)
{
    const struct fl_model *m = k->model;
    const char *normed = fl_make_norm(k, FL_NORM_1, "x", k->rows), *made;
    if (m->one_norm) {
        fl_make_attention(k, normed, "qkv_ffn_up", m->gated ? fl_maker_times(k, 2, m->ffn) : m->ffn);
        made = fl_make_feed_forward(k, NULL, "qkv_ffn_up");
    } else {
        fl_make_attention(k, normed, "qkv", 0);
        made = fl_make_feed_forward(k, fl_make_norm(k, FL_NORM_2, "x", k->rows), NULL);
    }
    fl_make_rows(k, &fl_op_add, "add1", FL_READS("attn_out", made), k->rows, m->width);
    fl_make_rows(k, &fl_op_add, "add2", FL_READS("x", "add1"), k->rows, m->width);
}

/* What a part of the layer reads: the stream as it is, or normed. */
static const char *normed(struct fl_maker *k, enum fl_norm which, const char *stream)
{
    bool behind = k->model->norm_last || k->model->family->norms_behind;
    return behind ? stream : fl_make_norm(k, which, stream, k->rows);
}

/* The stream with what a part has made: a sum, normed if norms come last. */
static const char *summed(struct fl_maker *k, const char *name, const char *stream, const char *made,
                          enum fl_norm which)
{
    fl_make_rows(k, &fl_op_add, name, FL_READS(stream, made), k->rows, k->model->width);
    return k->model->norm_last ? fl_make_norm(k, which, name, k->rows) : name;
}

static void make_serial_layer(struct fl_maker *k, bool experts)
{
    const struct fl_model *m = k->model;
    bool behind = m->family->four_norms || m->family->norms_behind;
    const char *stream = "x", *made = "attn_out", *read = normed(k, FL_NORM_1, stream);
    if (m->latent.rank > 0)
        fl_make_latent_attention(k, read);
    else
        fl_make_attention(k, read, "qkv", 0);
    if (behind)
        made = fl_make_norm(k, FL_NORM_1_AFTER, made, k->rows);
    stream = summed(k, "add1", stream, made, FL_NORM_1);
    if (m->encoder != NULL) {
        fl_make_cross_attention(k, normed(k, FL_NORM_CROSS, stream));
        stream = summed(k, "cross_add", stream, "cross_out", FL_NORM_CROSS);
    }
    read = normed(k, FL_NORM_2, stream);
    made = experts ? fl_make_experts(k, read) : fl_make_feed_forward(k, read, NULL);
    if (behind)
        made = fl_make_norm(k, FL_NORM_2_AFTER, made, k->rows);
    summed(k, "add2", stream, made, FL_NORM_2);
}

/* Layers from `first` to before `end`, all alike. */
static void make_equal_layers(struct fl_maker *k, int64_t first, int64_t end, const struct kind *kind)
{
    k->band = kind->band;
    k->bits = k->model->weight_bits;
    k->group = kind->group;
    k->plain = kind->plain;
    fl_trace_block_open(&k->build, end - first, first);
    if (k->model->parallel)
        make_parallel_layer(k);
    else
        make_serial_layer(k, kind->experts);
    fl_maker_close_stream(k);
    fl_trace_block_close(&k->build);
    k->bits = 0;
    k->group = 0;
}

/* What the tokens of a layer see, and go through. A window or chunk that no token of the trace looks beyond is none. */
static struct kind kind_of(const struct fl_maker *k, int64_t layer)
{
    const struct fl_model *m = k->model;
    struct kind kind = { .band.past = k->past, .experts = fl_model_has_experts(m, layer),
                         .plain = fl_model_plain(m, layer) };
    kind.group = m->groups > 0 ? 1 + layer / (m->layers / m->groups) : 0;
    int32_t reach = fl_model_reach(m, layer);
    if (reach == FL_REACH_WINDOW && k->longest > m->window)
        kind.band.window = m->window;
    if (reach == FL_REACH_CHUNK && k->longest > m->chunk)
        kind.band.chunk = m->chunk;
    return kind;
}

static bool alike(const struct kind *a, const struct kind *b)
{
    return a->band.window == b->band.window && a->band.chunk == b->band.chunk && a->experts == b->experts &&
           a->plain == b->plain && a->group == b->group;
}

/* Layers that are alike are a block. The same layers in every step: blocks of one layer number share its weights and
 * cache. */
void fl_make_layers(struct fl_maker *k)
{
    const struct fl_model *m = k->model;
    for (int64_t first = 0, end; first < m->layers; first = end) {
        struct kind kind = kind_of(k, first), next;
        end = fl_model_alike(m) ? m->layers : first + 1;
        for (; end < m->layers; end++) {
            next = kind_of(k, end);
            if (!alike(&kind, &next))
                break;
        }
        make_equal_layers(k, first, end, &kind);
    }
}
