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

enum { PRESET_CONTEXT = 1024, MOST_STEPS = 1 << 16 };
#define LARGEST ((int64_t)1 << 40)
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

/* ---- kinds of operators; each writes a tensor of its own name ---- */

static void add_op(struct maker *k, struct fl_op op)
{
    op.groups = op.groups ? op.groups : 1;
    op.share = op.share ? op.share : 1;
    op.writes = op.writes ? op.writes : op.name;
    fl_trace_op_add(&k->build, &op);
}

static void add_linear(struct maker *k, const char *name, const char *read, int64_t m, int64_t inputs, int64_t outputs)
{
    add_op(k, (struct fl_op){ .type = &fl_op_linear, .name = name, .reads = READS(read), .m = m, .k = inputs,
                              .n = outputs });
}

static void add_embed(struct maker *k, const char *name, const char *read, int64_t m, int64_t rows, int64_t width)
{
    add_op(k, (struct fl_op){ .type = &fl_op_embed, .name = name, .reads = READS(read), .m = m, .k = rows,
                              .n = width });
}

/* Digital work: m rows of n values. */
static void add_rows(struct maker *k, const struct fl_op_type *type, const char *name, const char *const *reads,
                     int64_t m, int64_t n)
{
    add_op(k, (struct fl_op){ .type = type, .name = name, .reads = reads, .m = m, .n = n });
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
    k->build.op[k->build.ops - 1].writes = "x";
}

/* ---- before the layers ---- */

static void make_text_embedding(struct maker *k)
{
    const struct fl_model *m = k->model;
    const char *stream = "embed";
    bool picked = k->step > 0 && m->head == FL_HEAD_VOCABULARY; /* a step's token, from the last step's logits */
    add_embed(k, "embed", picked ? "logits" : "tokens", k->rows, m->vocab, m->embed_width);
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
    const char *loaded = k->decode ? "kv_cache" : qkv;
    int64_t share = m->heads / m->kv_heads, seen = plus(k, k->band.past, k->tokens);
    struct fl_band band = k->band;
    if (!k->causal) {                   /* a step's token: it meets the newest of the cache, and no other */
        seen -= fl_band_first(&band, 0);
        band = (struct fl_band){ .past = band.past };
    }
    struct fl_op op = { .type = &fl_op_matmul, .kv = k->decode, .share = share, .band = band,
                        .groups = times(k, m->kv_heads, k->trace->batch), .m = times(k, k->tokens, share) };
    op.name = "scores";
    op.reads = k->decode ? READS(qkv, loaded) : READS(qkv);
    op.k = m->head_width;
    op.n = seen;
    op.mask = k->causal ? FL_CAUSAL_OUT : FL_DENSE;
    add_op(k, op);
    int64_t rows = times(k, m->heads, k->trace->batch);
    add_op(k, (struct fl_op){ .type = &fl_op_softmax, .name = "softmax", .reads = READS("scores"), .mask = op.mask,
                              .band = k->causal ? band : (struct fl_band){ 0 }, .share = k->causal ? rows : 1,
                              .m = times(k, k->tokens, rows), .n = seen });
    op.name = "context";
    op.reads = READS("softmax", loaded);
    op.k = seen;
    op.n = m->head_width;
    op.mask = k->causal ? FL_CAUSAL_IN : FL_DENSE;
    op.sign = FL_NON_NEGATIVE;
    add_op(k, op);
}

/* Keys and values that a token behind these may still see: under a window the last ones, which is all a cache holds. */
static void make_append(struct maker *k, const char *qkv, int64_t kv_width)
{
    int64_t held = plus(k, k->band.past, k->tokens) - fl_band_first(&k->band, k->tokens - 1);
    add_op(k, (struct fl_op){ .type = &fl_op_kv_append, .name = "kv_append", .reads = READS(qkv), .writes = "kv_cache",
                              .m = times(k, fl_least(held, k->tokens), k->trace->batch),
                              .n = times(k, 2, kv_width) });
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
    add_op(k, (struct fl_op){ .type = &fl_op_activation, .name = m->activation->op, .reads = READS(up), .m = k->rows,
                              .n = m->ffn, .gated = gated });
    add_op(k, (struct fl_op){ .type = &fl_op_linear, .name = "ffn_down", .reads = READS(m->activation->op),
                              .m = k->rows, .k = m->ffn, .n = m->width,
                              .sign = m->activation->non_negative && !gated ? FL_NON_NEGATIVE : FL_SIGNED });
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
    add_op(k, (struct fl_op){ .type = &fl_op_linear, .name = "logits", .reads = READS(stream), .m = k->head_rows,
                              .k = m->embed_width, .n = m->vocab, .tied = m->tied });
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

/* ---- what is asked ---- */

static bool check_word(const char *what, const char **word, const char *first, const char *second, const char *preset,
                       struct fl_err *err)
{
    if (*word == NULL)
        *word = preset;
    /* The header keeps the constant, so that it outlives the caller's text. */
    if (strcmp(*word, first) == 0)
        *word = first;
    else if (strcmp(*word, second) == 0)
        *word = second;
    else
        return fl_fail(err, what, "\"%s\" is not known; give %s or %s", *word, first, second);
    return true;
}

static bool check_count(const char *what, int64_t count, int64_t most, struct fl_err *err)
{
    if (count < 0)
        return fl_fail(err, what, "%" PRId64 " is negative; give a number of 1 or more", count);
    if (count > most)
        return fl_fail(err, what, "%" PRId64 " is too large; give at most %" PRId64, count, most);
    return true;
}

static bool check_work(struct fl_workload *work, const struct fl_model *model, struct fl_err *err)
{
    bool decoder = model == NULL || model->causal;
    bool good = check_word("phase", &work->phase, "prefill", "decode", "prefill", err);
    good &= check_word("attention", &work->attention, "causal", "dense", decoder ? "causal" : "dense", err);
    good &= check_word("logits", &work->logits, "last", "all", "last", err);
    good &= check_count("context", work->context, LARGEST, err);
    good &= check_count("tokens", work->tokens, MOST_STEPS, err);
    good &= check_count("batch", work->batch, LARGEST, err);
    if (good && !decoder && strcmp(work->phase, "decode") == 0)
        good = fl_fail(err, "phase", "%s %s no decode phase; ask for prefill", model->name,
                       model->family->kind == FL_DECODER ? "attends to later tokens, too, and has"
                                                         : "is an encoder and has");
    return good;
}

static void add_note(struct fl_trace *trace, const char *note)
{
    trace->note = trace->note ? fl_arena_format(&trace->arena, "%s; %s", trace->note, note) : note;
}

/* Windows and chunks are of causal attention; where all see all, they are left out. */
static void note_reach(struct fl_trace *trace, const struct fl_model *model, int64_t seen)
{
    int64_t layers[FL_REACHES] = { 0 };
    const int64_t widths[FL_REACHES] = { [FL_REACH_WINDOW] = model->window, [FL_REACH_CHUNK] = model->chunk };
    static const char *const names[FL_REACHES] = { [FL_REACH_WINDOW] = "window", [FL_REACH_CHUNK] = "chunks" };
    bool alike = fl_model_alike(model);
    for (int64_t i = 0; i < (alike ? 1 : model->layers); i++)
        layers[fl_model_reach(model, i)] += alike ? model->layers : 1;
    for (int reach = FL_REACH_WINDOW; reach < FL_REACHES; reach++)
        if (layers[reach] > 0 && seen > widths[reach])
            add_note(trace, fl_arena_format(&trace->arena, "attention covers all tokens, not the model's %s of %" PRId64
                                            " in %" PRId64 " of %" PRId64 " layers", names[reach], widths[reach],
                                            layers[reach], model->layers));
}

/* Fills in what was not said, and notes what is odd. */
static void settle_work(struct fl_trace *trace, const struct fl_model *model, const struct fl_workload *work)
{
    struct fl_arena *arena = &trace->arena;
    bool decode = strcmp(work->phase, "decode") == 0;
    int64_t steps = work->tokens ? work->tokens : 1, most = model->positions;
    int64_t context = work->context;
    if (model->family->kind == FL_VISION_ENCODER) {
        if (context != 0 && context != most)
            add_note(trace, fl_arena_format(arena, "context %" PRId64 " ignored: the image makes %" PRId64 " tokens",
                                            context, most));
        context = most;
    } else if (context == 0) {
        context = most < PRESET_CONTEXT ? most : PRESET_CONTEXT;
        if (decode && context + steps > most)
            context = most > steps ? most - steps : 1;
    }
    int64_t seen = context + (decode ? steps : 0);
    if (seen > most)
        add_note(trace, fl_arena_format(arena, "%" PRId64 " tokens are beyond the model's maximum of %" PRId64, seen,
                                        most));
    if (model->note != NULL)
        add_note(trace, model->note);
    if (!decode && !(model->causal && strcmp(work->attention, "causal") == 0))
        note_reach(trace, model, seen);
    if (!decode && work->tokens > 0)
        add_note(trace, "tokens ignored: prefill takes the context's");
    trace->context = context;
    trace->tokens = decode ? steps : context;
    trace->batch = work->batch ? work->batch : 1;
    trace->phase = work->phase;
    trace->attention = work->attention;
    trace->logits = work->logits;
    trace->layers_only = work->layers_only;
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
    bool good = check_work(&work, known ? &described : NULL, err) && known;
    if (good) {
        trace->model = described.name;
        settle_work(trace, &described, &work);
        good = make_trace(trace, &described, path, err);
    }
    if (!good)
        fl_trace_free(trace);
    return good;
}
