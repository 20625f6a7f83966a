/* model.c - the operators of a Transformer, from its description and what is asked of it.
 *
 * Blocks: what comes before the layers, the layers (one block, repeated), what comes
 * after; in decode so for every step. Layers hand on the residual stream as tensor
 * "x". Linear operators that read one tensor are one operator ("qkv", "gate_up"):
 * their input is converted once. Keys and values are loaded once per kv head: the
 * queries that share them are rows of one product (share = heads / kv_heads).
 */
#include <inttypes.h>
#include <string.h>

#include "traces/build.h"
#include "traces/model.h"

#define READS(...) (const char *const[]){ __VA_ARGS__, NULL }

/* What is being made: one pass of the model over `tokens` tokens of each sequence. */
struct maker {
    struct fl_trace_builder build;
    const struct fl_model *model;
    struct fl_trace *trace;
    int64_t tokens, past, rows;         /* rows: tokens of the whole batch */
    int64_t head_rows;                  /* rows that go on to the head */
    bool decode, causal;
    struct fl_band band;                /* of the layers that are being made */
    int64_t longest;                    /* tokens of a sequence that a last token would see; 0: attention is dense */
    int64_t step;
    bool overflow;
};

static int64_t times(struct maker *k, int64_t a, int64_t b)
{
    int64_t product;
    if (fl_times(a, b, &product))
        return product;
    k->overflow = true;
    return INT64_MAX;
}

static int64_t plus(struct maker *k, int64_t a, int64_t b)
{
    int64_t sum;
    if (fl_plus(a, b, &sum))
        return sum;
    k->overflow = true;
    return INT64_MAX;
}

/* ---- kinds of operators; each writes a tensor of its own name, but what is appended goes to the cache ---- */

static const char cache[] = "kv_cache", table[] = "embed.w";

static void add_op(struct maker *k, struct fl_op op, const char *const *reads)
{
    op.groups = op.groups ? op.groups : 1;
    op.share = op.share ? op.share : 1;
    fl_trace_op_add(&k->build, &op, reads, op.type->form == FL_APPEND ? cache : op.name);
}

static void add_linear(struct maker *k, const char *name, const char *read, int64_t m, int64_t inputs, int64_t outputs)
{
    add_op(k, (struct fl_op){ .type = &fl_op_linear, .name = name, .m = m, .k = inputs, .n = outputs }, READS(read));
}

static void add_embed(struct maker *k, const char *name, const char *read, int64_t m, int64_t rows, int64_t width)
{
    add_op(k, (struct fl_op){ .type = &fl_op_embed, .name = name, .m = m, .k = rows, .n = width }, READS(read));
}

/* Digital work: m rows of n values. */
static void add_rows(struct maker *k, const struct fl_op_type *type, const char *name, const char *const *reads,
                     int64_t m, int64_t n)
{
    add_op(k, (struct fl_op){ .type = type, .name = name, .m = m, .n = n }, reads);
}

enum norm { NORM_EMBED, NORM_1, NORM_1_AFTER, NORM_2, NORM_2_AFTER, NORM_FINAL };

static const char *norm_name(const struct maker *k, enum norm which)
{
    static const char *const layer[] = { "ln_embed", "ln1", "ln1_after", "ln2", "ln2_after", "ln_f" };
    static const char *const rms[] = { "rms_embed", "rms1", "rms1_after", "rms2", "rms2_after", "rms_f" };
    return k->model->family->rms ? rms[which] : layer[which];
}

/* Gives the name of what it writes. */
static const char *add_norm(struct maker *k, enum norm which, const char *read, int64_t m)
{
    const char *name = norm_name(k, which);
    add_rows(k, &fl_op_norm, name, READS(read), m, k->model->width);
    return name;
}

/* The last operator's result is the residual stream. */
static void close_stream(struct maker *k)
{
    k->build.op[k->build.ops - 1].writes.tensor = fl_trace_tensor(&k->build, "x");
}

/* ---- before the layers ---- */

static void make_text_embedding(struct maker *k)
{
    const struct fl_model *m = k->model;
    const char *stream = "embed";
    bool picked = k->step > 0 && m->head == FL_HEAD_VOCABULARY; /* a step's token, from the last step's logits */
    add_op(k, (struct fl_op){ .type = &fl_op_embed, .name = "embed", .m = k->rows, .k = m->vocab, .n = m->embed_width },
           READS(picked ? "logits" : "tokens", table));
    if (m->embed_width != m->width) {
        add_linear(k, "embed_proj", stream, k->rows, m->embed_width, m->width);
        stream = "embed_proj";
    }
    if (m->types > 0) {
        add_embed(k, "token_type", NULL, k->rows, m->types, m->width);
        add_rows(k, &fl_op_add, "type_add", READS(stream, "token_type"), k->rows, m->width);
        stream = "type_add";
    }
    if (m->position_rows > 0) {
        add_embed(k, "position", NULL, k->tokens, m->position_rows, m->width);
        add_rows(k, &fl_op_add, "embed_add", READS(stream, "position"), k->rows, m->width);
        stream = "embed_add";
    }
    if (m->family->kind == FL_TEXT_ENCODER || m->family->embed_norm)
        add_norm(k, NORM_EMBED, stream, k->rows);
}

static void make_vision_embedding(struct maker *k)
{
    const struct fl_model *m = k->model;
    add_linear(k, "patch", "image", times(k, m->patches, k->trace->batch), m->patch_values, m->width);
    add_embed(k, "position", NULL, k->tokens, m->position_rows, m->width);
    add_rows(k, &fl_op_add, "embed_add", READS("patch", "position"), k->rows, m->width);
}

static void make_embedding(struct maker *k)
{
    fl_trace_block_open(&k->build, 1, -1);
    if (k->model->family->kind == FL_VISION_ENCODER)
        make_vision_embedding(k);
    else
        make_text_embedding(k);
    close_stream(k);
    fl_trace_block_close(&k->build);
}

/* ---- a layer ---- */

/* Queries against keys, softmax, its rows against values; `qkv` holds all three. */
static void make_scores_and_context(struct maker *k, const char *qkv)
{
    const struct fl_model *m = k->model;
    const char *loaded = k->decode ? cache : qkv;
    int64_t share = m->heads / m->kv_heads, seen = plus(k, k->band.past, k->tokens);
    struct fl_band band = k->band;
    if (!k->causal) {                   /* a step's token: it meets the newest of the cache, and no other */
        seen -= fl_band_first(&band, 0);
        band = (struct fl_band){ .past = band.past };
    }
    struct fl_op op = { .type = &fl_op_matmul, .share = share, .band = band,
                        .groups = times(k, m->kv_heads, k->trace->batch), .m = times(k, k->tokens, share) };
    op.name = "scores";
    op.k = m->head_width;
    op.n = seen;
    op.mask = k->causal ? FL_CAUSAL_OUT : FL_DENSE;
    add_op(k, op, READS(qkv, loaded));
    int64_t rows = times(k, m->heads, k->trace->batch);
    add_op(k, (struct fl_op){ .type = &fl_op_softmax, .name = "softmax", .mask = op.mask,
                              .band = k->causal ? band : (struct fl_band){ 0 }, .share = k->causal ? rows : 1,
                              .m = times(k, k->tokens, rows), .n = seen }, READS("scores"));
    op.name = "context";
    op.k = seen;
    op.n = m->head_width;
    op.mask = k->causal ? FL_CAUSAL_IN : FL_DENSE;
    op.sign = FL_NON_NEGATIVE;
    add_op(k, op, READS("softmax", loaded));
}

/* Keys and values that a token behind these may still see: under a window the last ones, which is all a cache holds. */
static void make_append(struct maker *k, const char *qkv, int64_t kv_width)
{
    int64_t held = plus(k, k->band.past, k->tokens) - fl_band_first(&k->band, k->tokens - 1);
    add_op(k, (struct fl_op){ .type = &fl_op_kv_append, .name = "kv_append",
                              .m = times(k, fl_least(held, k->tokens), k->trace->batch),
                              .n = times(k, 2, kv_width) }, READS(qkv));
}

/* From a normed stream to "attn_out". `besides`: outputs of the first operator that are not attention's. */
static void make_attention(struct maker *k, const char *read, const char *first, int64_t besides)
{
    const struct fl_model *m = k->model;
    int64_t kv_width = times(k, m->kv_heads, m->head_width), q_width = times(k, m->heads, m->head_width);
    const char *qkv = first;
    add_linear(k, first, read, k->rows, m->width, plus(k, plus(k, q_width, times(k, 2, kv_width)), besides));
    if (m->family->query_norms) {
        add_rows(k, &fl_op_norm, "qk_norm", READS(qkv), times(k, k->rows, m->heads + m->kv_heads), m->head_width);
        qkv = "qk_norm";
    }
    if (m->rotary > 0) {
        add_rows(k, &fl_op_rotary, "rotary", READS(qkv), k->rows, times(k, m->heads + m->kv_heads, m->rotary));
        qkv = "rotary";
    }
    if (m->causal)
        make_append(k, qkv, kv_width);
    make_scores_and_context(k, qkv);
    add_linear(k, "attn_out", "context", k->rows, q_width, m->width);
}

/* From a normed stream to "ffn_down"; `up`: the operator that has made the first product already, or NULL. */
static void make_feed_forward(struct maker *k, const char *read, const char *up)
{
    const struct fl_model *m = k->model;
    bool gated = m->gated;
    if (up == NULL) {
        up = gated ? "gate_up" : "ffn_up";
        add_linear(k, up, read, k->rows, m->width, gated ? times(k, 2, m->ffn) : m->ffn);
    }
    add_rows(k, &fl_op_activation, m->activation->op, READS(up, gated ? up : NULL), k->rows, m->ffn);
    add_op(k, (struct fl_op){ .type = &fl_op_linear, .name = "ffn_down", .m = k->rows, .k = m->ffn, .n = m->width,
                              .sign = m->activation->non_negative && !gated ? FL_NON_NEGATIVE : FL_SIGNED },
           READS(m->activation->op));
}

static void make_parallel_layer(struct maker *k)
{
    const struct fl_model *m = k->model;
    const char *normed = add_norm(k, NORM_1, "x", k->rows);
    if (m->one_norm) {
        make_attention(k, normed, "qkv_ffn_up", m->gated ? times(k, 2, m->ffn) : m->ffn);
        make_feed_forward(k, NULL, "qkv_ffn_up");
    } else {
        make_attention(k, normed, "qkv", 0);
        make_feed_forward(k, add_norm(k, NORM_2, "x", k->rows), NULL);
    }
    add_rows(k, &fl_op_add, "add1", READS("attn_out", "ffn_down"), k->rows, m->width);
    add_rows(k, &fl_op_add, "add2", READS("x", "add1"), k->rows, m->width);
}

static void make_serial_layer(struct maker *k)
{
    const struct fl_model *m = k->model;
    const char *stream = "x", *normed = m->norm_last ? "x" : add_norm(k, NORM_1, "x", k->rows);
    const char *made = "attn_out";
    make_attention(k, normed, "qkv", 0);
    if (m->family->four_norms)
        made = add_norm(k, NORM_1_AFTER, made, k->rows);
    add_rows(k, &fl_op_add, "add1", READS(stream, made), k->rows, m->width);
    normed = add_norm(k, m->norm_last ? NORM_1 : NORM_2, "add1", k->rows);
    stream = m->norm_last ? normed : "add1";
    made = "ffn_down";
    make_feed_forward(k, normed, NULL);
    if (m->family->four_norms)
        made = add_norm(k, NORM_2_AFTER, made, k->rows);
    add_rows(k, &fl_op_add, "add2", READS(stream, made), k->rows, m->width);
    if (m->norm_last)
        add_norm(k, NORM_2, "add2", k->rows);
}

/* Layers from `first` to before `end`, all alike. */
static void make_equal_layers(struct maker *k, int64_t first, int64_t end)
{
    fl_trace_block_open(&k->build, end - first, first);
    if (k->model->parallel)
        make_parallel_layer(k);
    else
        make_serial_layer(k);
    close_stream(k);
    fl_trace_block_close(&k->build);
}

/* What the tokens of a layer see. A window or chunk that no token of the trace looks beyond is none. */
static struct fl_band band_of(const struct maker *k, int64_t layer)
{
    const struct fl_model *m = k->model;
    struct fl_band band = { .past = k->past };
    int32_t reach = fl_model_reach(m, layer);
    if (reach == FL_REACH_WINDOW && k->longest > m->window)
        band.window = m->window;
    if (reach == FL_REACH_CHUNK && k->longest > m->chunk)
        band.chunk = m->chunk;
    return band;
}

/* Layers whose tokens see the same are a block. The same layers in every step: blocks of one layer number share its
 * weights and cache. */
static void make_layers(struct maker *k)
{
    const struct fl_model *m = k->model;
    for (int64_t first = 0, end; first < m->layers; first = end) {
        k->band = band_of(k, first);
        end = fl_model_alike(m) ? m->layers : first + 1;
        for (; end < m->layers; end++) {
            struct fl_band next = band_of(k, end);
            if (next.window != k->band.window || next.chunk != k->band.chunk)
                break;
        }
        make_equal_layers(k, first, end);
    }
}

/* ---- after the layers ---- */

/* Logits over the vocabulary, by way of what a network has between its layers and them. */
static void make_logits(struct maker *k, const char *stream)
{
    const struct fl_model *m = k->model;
    if (m->transform) {
        add_linear(k, "head_transform", stream, k->head_rows, m->width, m->width);
        add_rows(k, &fl_op_activation, m->activation->op, READS("head_transform"), k->head_rows, m->width);
        stream = add_norm(k, NORM_FINAL, m->activation->op, k->head_rows);
    }
    if (m->embed_width != m->width) {
        add_linear(k, "head_proj", stream, k->head_rows, m->width, m->embed_width);
        stream = "head_proj";
    }
    const struct fl_tensor_use reads[] = { { .tensor = fl_trace_tensor(&k->build, stream) },
                                        { .tensor = fl_trace_tensor(&k->build, table), .transposed = true } };
    fl_trace_op_put(&k->build, &(struct fl_op){ .type = &fl_op_linear, .name = "logits", .groups = 1, .share = 1,
                                                .m = k->head_rows, .k = m->embed_width, .n = m->vocab, .reads = reads,
                                                .operands = m->tied ? 2 : 1,
                                                .writes.tensor = fl_trace_tensor(&k->build, "logits") });
}

static void make_head(struct maker *k)
{
    static const char *const classifier[] = { "classifier", "classifier_distilled" };
    const struct fl_model *m = k->model;
    const char *stream = "x";
    fl_trace_block_open(&k->build, 1, -1);
    if (m->final_norm)
        stream = add_norm(k, NORM_FINAL, stream, times(k, k->head_rows, m->classifiers > 1 ? m->classifiers : 1));
    if (m->pooler) {
        const char *function = m->family->pooler ? m->family->pooler : "tanh";
        add_linear(k, "pooler", stream, k->head_rows, m->width, m->width);
        add_rows(k, &fl_op_activation, function, READS("pooler"), k->head_rows, m->width);
        stream = function;
    }
    if (m->head == FL_HEAD_VOCABULARY)
        make_logits(k, stream);
    for (int64_t i = 0; m->head == FL_HEAD_LABELS && i < m->classifiers; i++)
        add_linear(k, classifier[i], stream, k->head_rows, m->width, m->labels);
    fl_trace_block_close(&k->build);
}

static void make_pass(struct maker *k)
{
    const struct fl_model *m = k->model;
    int64_t batch = k->trace->batch;
    k->rows = times(k, k->tokens, batch);
    /* A decoder's head wants the last token or all; the others want one token, or, having no head, all. */
    bool asked = m->family->kind == FL_DECODER || m->head == FL_HEAD_VOCABULARY;
    bool all = m->head_on_all || (asked && strcmp(k->trace->logits, "all") == 0);
    k->head_rows = all ? k->rows : batch;
    if (!k->trace->layers_only)
        make_embedding(k);
    make_layers(k);
    if (!k->trace->layers_only)
        make_head(k);
}

/* ---- a trace ---- */

/* The tensors that more than one operator names, besides what they compute. */
static void declare(struct maker *k)
{
    const struct fl_model *m = k->model;
    const struct fl_tensor tokens = { .name = table, .kind = FL_TENSOR_PARAMETER, .groups = 1, .rows = m->vocab,
                                      .width = m->embed_width };
    if (m->family->kind != FL_VISION_ENCODER && !k->trace->layers_only)
        fl_trace_tensor_add(&k->build, &tokens);
    if (m->causal)
        fl_trace_tensor_add(&k->build, &(struct fl_tensor){ .name = cache, .kind = FL_TENSOR_CACHE, .layered = true });
}

static bool make_trace(struct fl_trace *trace, const struct fl_model *model, const char *path, struct fl_err *err)
{
    struct maker k = { .build.trace = trace, .model = model, .trace = trace };
    k.decode = strcmp(trace->phase, "decode") == 0;
    k.tokens = k.decode ? 1 : trace->context;
    k.causal = strcmp(trace->attention, "causal") == 0 && k.tokens > 1;
    int64_t steps = k.decode ? trace->tokens : 1;
    if (k.decode || k.causal)
        k.longest = trace->context + (k.decode ? steps : 0);
    bool vision = model->family->kind == FL_VISION_ENCODER;
    fl_trace_input_add(&k.build, trace->layers_only ? "x" : vision ? "image" : "tokens");
    declare(&k);
    for (k.step = 0; k.step < steps; k.step++) {
        k.past = k.decode ? trace->context + k.step : 0;
        make_pass(&k);
    }
    if (!k.overflow)
        return fl_trace_build_end(&k.build, path, err);
    fl_trace_build_drop(&k.build);
    return fl_fail(err, path, "sizes exceed 2^63 - 1; make the model, the context or the batch smaller");
}

bool fl_trace_from_model(struct fl_trace *trace, const char *model, const struct fl_workload *asked, struct fl_err *err)
{
    *trace = (struct fl_trace){0};
    struct fl_workload work = asked ? *asked : (struct fl_workload){0};
    struct fl_model described;
    const char *path = fl_trace_model_find(&trace->arena, model, err);
    bool known = path != NULL && fl_model_read(&described, &trace->arena, path, err);
    bool good = fl_workload_check(&work, known ? &described : NULL, err) && known;
    if (good) {
        trace->model = described.name;
        fl_workload_settle(trace, &described, &work);
        good = make_trace(trace, &described, path, err);
    }
    if (!good)
        fl_trace_free(trace);
    return good;
}
