/* transformer.c - the layout of a network's parameters, and the forward pass. */
#include "learn/transformer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "learn/curve.h"
#include "learn/draw.h"
#include "learn/rows.h"

const char *const fl_site_names[] = {"qkv", "scores", "context", "attn_out", "ffn_up", "ffn_down", "logits",
                                     "patch_embed", NULL};

int fl_transformer_sites(const struct fl_transformer *net)
{
    return net->layers * FL_SITE_HEAD + 1 + (net->patch > 0);
}

int fl_transformer_site(const struct fl_transformer *net, int layer, enum fl_site kind)
{
    return kind >= FL_SITE_HEAD ? net->layers * FL_SITE_HEAD + (kind == FL_SITE_PATCH)
                                : layer * FL_SITE_HEAD + (int)kind;
}

enum fl_site fl_transformer_site_kind(const struct fl_transformer *net, int site)
{
    int behind = site - net->layers * FL_SITE_HEAD;
    return behind >= 0 ? (enum fl_site)(FL_SITE_HEAD + behind) : (enum fl_site)(site % FL_SITE_HEAD);
}

/* Rows of what turns a symbol, or a value of a patch, into x. */
static size_t embedded(const struct fl_transformer *net)
{
    return (size_t)(net->patch > 0 ? net->patch : net->vocabulary);
}

/* Values in front of the first layer: those, a bias of patches, places. */
static size_t front_count(const struct fl_transformer *net)
{
    return (embedded(net) + (net->patch > 0) + (size_t)net->context) * (size_t)net->width;
}

static size_t layer_count(size_t d, size_t inner)
{
    return 2 * d + 3 * d * d + 3 * d + d * d + d + 2 * d + 2 * d * inner + inner + d;
}

struct fl_transformer_at fl_transformer_at(const struct fl_transformer *net)
{
    size_t d = (size_t)net->width, v = (size_t)net->vocabulary;
    struct fl_transformer_at at = {.table = 0, .patch_bias = embedded(net) * d};
    at.place = at.patch_bias + (net->patch > 0 ? d : 0);
    at.norm = front_count(net) + (size_t)net->layers * layer_count(d, (size_t)net->inner);
    at.head = at.norm + 2 * d;
    at.head_bias = at.head + d * v;
    at.count = at.head_bias + v;
    return at;
}

struct fl_layer_at fl_transformer_layer_at(const struct fl_transformer *net, int layer)
{
    size_t d = (size_t)net->width, inner = (size_t)net->inner;
    struct fl_layer_at at = {.norm1 = front_count(net) + (size_t)layer * layer_count(d, inner)};
    at.qkv = at.norm1 + 2 * d;
    at.qkv_bias = at.qkv + 3 * d * d;
    at.out = at.qkv_bias + 3 * d;
    at.out_bias = at.out + d * d;
    at.norm2 = at.out_bias + d;
    at.up = at.norm2 + 2 * d;
    at.up_bias = at.up + d * inner;
    at.down = at.up_bias + inner;
    at.down_bias = at.down + d * inner;
    return at;
}

static void fill_normal(float *to, size_t count, double sigma, uint64_t key)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (float)(sigma * fl_draw_normal(key, i));
}

static void fill_norm(float *gain_bias, size_t width)
{
    for (size_t i = 0; i < width; i++)
        gain_bias[i] = 1;
}

void fl_transformer_start(const struct fl_transformer *net, uint64_t key, float *parameters)
{
    size_t d = (size_t)net->width, inner = (size_t)net->inner, v = (size_t)net->vocabulary;
    struct fl_transformer_at at = fl_transformer_at(net);
    double into = 1 / sqrt((double)d), ends = sqrt(2.0 * net->layers);
    memset(parameters, 0, at.count * sizeof *parameters);
    fill_normal(parameters + at.table, embedded(net) * d, net->patch > 0 ? 1 / sqrt(net->patch) : 0.3,
                fl_draw_key(key, 0));
    fill_normal(parameters + at.place, (size_t)net->context * d, 0.3, fl_draw_key(key, 1));
    fill_normal(parameters + at.head, d * v, into, fl_draw_key(key, 2));
    fill_norm(parameters + at.norm, d);
    for (int l = 0; l < net->layers; l++) {
        struct fl_layer_at in = fl_transformer_layer_at(net, l);
        uint64_t own = fl_draw_key(key, 3 + (uint64_t)l);
        fill_norm(parameters + in.norm1, d);
        fill_norm(parameters + in.norm2, d);
        fill_normal(parameters + in.qkv, 3 * d * d, into, fl_draw_key(own, 0));
        fill_normal(parameters + in.out, d * d, into / ends, fl_draw_key(own, 1));
        fill_normal(parameters + in.up, d * inner, into, fl_draw_key(own, 2));
        fill_normal(parameters + in.down, d * inner, 1 / sqrt((double)inner) / ends, fl_draw_key(own, 3));
    }
}

void fl_transformer_factors(const struct fl_transformer *net, unsigned char *is_factor)
{
    size_t d = (size_t)net->width, inner = (size_t)net->inner;
    struct fl_transformer_at at = fl_transformer_at(net);
    memset(is_factor, 0, at.count);
    memset(is_factor + at.table, 1, front_count(net));
    memset(is_factor + at.patch_bias, 0, at.place - at.patch_bias);
    memset(is_factor + at.head, 1, d * (size_t)net->vocabulary);
    for (int l = 0; l < net->layers; l++) {
        struct fl_layer_at in = fl_transformer_layer_at(net, l);
        memset(is_factor + in.qkv, 1, 3 * d * d);
        memset(is_factor + in.out, 1, d * d);
        memset(is_factor + in.up, 1, d * inner);
        memset(is_factor + in.down, 1, d * inner);
    }
}

/* ---- activations ---- */

struct fl_pass fl_pass_make(const struct fl_transformer *net, size_t sequences, bool back)
{
    size_t d = (size_t)net->width, inner = (size_t)net->inner, n = sequences * (size_t)net->context;
    size_t layers = (size_t)net->layers, grid = n * (size_t)net->context * (size_t)net->heads;
    size_t wide = 3 * d > inner ? 3 * d : inner;
    struct fl_pass pass = {.sequences = sequences, .tokens = n};
    struct { float **at; size_t count; } parts[] = {
        {&pass.x, (layers + 1) * n * d}, {&pass.normed, layers * n * d}, {&pass.kept, layers * n * 2},
        {&pass.qkv, layers * n * 3 * d}, {&pass.attention, layers * grid}, {&pass.mixed, layers * n * d},
        {&pass.middle, layers * n * d}, {&pass.normed2, layers * n * d}, {&pass.kept2, layers * n * 2},
        {&pass.inner, layers * n * inner}, {&pass.top, n * d}, {&pass.top_kept, n * 2}, {&pass.pooled, sequences * d},
        {&pass.logits, n * (size_t)net->vocabulary},
        {&pass.d_x, back ? n * d : 0}, {&pass.d_wide, back ? n * wide : 0}, {&pass.d_inner, back ? n * d : 0},
        {&pass.d_attention, back ? (size_t)net->context * (size_t)net->context : 0},
        {&pass.d_pooled, back ? sequences * d : 0},
    };
    size_t all = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        all += parts[i].count;
    pass.memory = fl_calloc(all, sizeof(float));
    float *next = pass.memory;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i].at = next;
        next += parts[i].count;
    }
    return pass;
}

void fl_pass_free(struct fl_pass *pass)
{
    fl_free(pass->memory);
    memset(pass, 0, sizeof *pass);
}

/* ---- forward ---- */

/* The forward pass's surroundings: what every function of it needs. */
struct forward {
    const struct fl_transformer *net;
    const float *parameters;
    const struct fl_multiplier *by;
    struct fl_pass *pass;
    int64_t first;                      /* sequence */
};

static void multiply(const struct forward *f, struct fl_product *work, int layer, enum fl_site kind)
{
    work->site = fl_transformer_site(f->net, layer, kind);
    f->by->multiply(f->by->context, work);
}

size_t fl_pass_rows(const struct fl_transformer *net, const struct fl_pass *pass)
{
    return net->patch > 0 ? pass->sequences : pass->tokens;
}

/* out[rows][n] = in[rows][k] x weights + bias; rows are tokens, or the head's. */
static void linear(const struct forward *f, int layer, enum fl_site kind, size_t weight, struct fl_gemm shape)
{
    size_t n = kind == FL_SITE_HEAD ? fl_pass_rows(f->net, f->pass) : f->pass->tokens;
    struct fl_product work = {.gemm = shape, .first = f->first * (int64_t)(n / f->pass->sequences),
                              .non_negative = kind == FL_SITE_DOWN && f->net->activation == FL_ACT_RELU};
    work.gemm.m = n;
    work.gemm.a.row = shape.k;
    work.gemm.a.column = 1;
    work.gemm.b = (struct fl_view){f->parameters + weight, shape.n, 1};
    work.gemm.c_row = shape.n;
    multiply(f, &work, layer, kind);
    fl_rows_bias(n, shape.n, f->parameters + weight + shape.k * shape.n, shape.c);
}

static void norm(const struct forward *f, const float *x, size_t gain_bias, float *out, float *kept)
{
    double epsilon = f->net->epsilon > 0 ? f->net->epsilon : 1e-5;
    fl_rows_norm(f->pass->tokens, (size_t)f->net->width, epsilon, x, f->parameters + gain_bias, out, kept);
}

/* Turns the pairs of queries and keys by angles that grow with the place. */
static void turn(const struct forward *f, float *qkv)
{
    size_t half = (size_t)f->net->rotary / 2, d = (size_t)f->net->width, heads = (size_t)f->net->heads;
    for (size_t i = 0; i < f->pass->tokens && half > 0; i++) {
        double place = (double)(i % (size_t)f->net->context);
        for (size_t k = 0; k < half; k++) {
            double sine, cosine;
            fl_curve_turn(place * fl_curve_exp(-fl_curve_log(f->net->rotary_base) * (double)k / (double)half), &sine,
                          &cosine);
            for (size_t h = 0; h < 2 * heads; h++) {            /* queries, then keys */
                float *a = qkv + i * 3 * d + h * (d / heads) + k, x = a[0], y = a[half];
                a[0] = x * (float)cosine - y * (float)sine;
                a[half] = y * (float)cosine + x * (float)sine;
            }
        }
    }
}

static void activate(const struct forward *f, size_t count, float *x)
{
    if (f->net->activation == FL_ACT_RELU)
        fl_rows_relu(count, x);
    else
        fl_rows_gelu(count, f->net->activation == FL_ACT_GELU_TANH, x);
}

/* One head of one sequence. */
static void attend(const struct forward *f, int layer, size_t sequence, size_t head)
{
    size_t t = (size_t)f->net->context, d = (size_t)f->net->width, heads = (size_t)f->net->heads, own = d / heads;
    size_t index = ((size_t)layer * f->pass->sequences + sequence) * heads + head;
    const float *q = f->pass->qkv + ((size_t)layer * f->pass->tokens + sequence * t) * 3 * d + head * own;
    float *grid = f->pass->attention + index * t * t, scale = (float)(1 / sqrt((double)own));
    float *mixed = f->pass->mixed + ((size_t)layer * f->pass->tokens + sequence * t) * d + head * own;
    int64_t first = ((f->first + (int64_t)sequence) * f->net->heads + (int64_t)head) * f->net->context;
    bool all = f->net->patch > 0;       /* else a token sees none behind it */
    struct fl_product scores = {.first = first, .mask = all ? FL_PRODUCT_DENSE : FL_PRODUCT_OUTPUTS, .computed = true,
                                .gemm = {
        .m = t, .k = own, .n = t, .a = {q, 3 * d, 1}, .b = {q + d, 1, 3 * d}, .c = grid, .c_row = t}};
    multiply(f, &scores, layer, FL_SITE_SCORES);
    for (size_t i = 0; i < t; i++)
        fl_row_softmax(t, all ? t : i + 1, scale, grid + i * t);
    struct fl_product context = {.first = first, .mask = all ? FL_PRODUCT_DENSE : FL_PRODUCT_INPUTS, .computed = true,
                                 .non_negative = true, .gemm = {
        .m = t, .k = t, .n = own, .a = {grid, t, 1}, .b = {q + 2 * d, 3 * d, 1}, .c = mixed, .c_row = d}};
    multiply(f, &context, layer, FL_SITE_CONTEXT);
}

static void layer_forward(const struct forward *f, int layer)
{
    const struct fl_pass *pass = f->pass;
    size_t n = pass->tokens, d = (size_t)f->net->width, inner = (size_t)f->net->inner, l = (size_t)layer;
    struct fl_layer_at at = fl_transformer_layer_at(f->net, layer);
    float *x = pass->x + l * n * d, *normed = pass->normed + l * n * d, *middle = pass->middle + l * n * d;
    float *mixed = pass->mixed + l * n * d, *hidden = pass->inner + l * n * inner, *out = x + n * d;

    norm(f, x, at.norm1, normed, pass->kept + l * n * 2);
    linear(f, layer, FL_SITE_QKV, at.qkv, (struct fl_gemm){.k = d, .n = 3 * d, .a = {.at = normed},
                                                          .c = pass->qkv + l * n * 3 * d});
    turn(f, pass->qkv + l * n * 3 * d);
    for (size_t s = 0; s < pass->sequences; s++)
        for (size_t h = 0; h < (size_t)f->net->heads; h++)
            attend(f, layer, s, h);
    linear(f, layer, FL_SITE_OUT, at.out, (struct fl_gemm){.k = d, .n = d, .a = {.at = mixed}, .c = middle});
    fl_rows_add(n * d, x, middle);

    normed = pass->normed2 + l * n * d;
    norm(f, f->net->parallel ? x : middle, at.norm2, normed, pass->kept2 + l * n * 2);
    linear(f, layer, FL_SITE_UP, at.up, (struct fl_gemm){.k = d, .n = inner, .a = {.at = normed}, .c = hidden});
    activate(f, n * inner, hidden);
    linear(f, layer, FL_SITE_DOWN, at.down, (struct fl_gemm){.k = inner, .n = d, .a = {.at = hidden}, .c = out});
    fl_rows_add(n * d, middle, out);
}

/* x in front of the first layer. */
static void embed(const struct forward *f, const int *symbols)
{
    struct fl_transformer_at at = fl_transformer_at(f->net);
    size_t d = (size_t)f->net->width, t = (size_t)f->net->context, n = f->pass->tokens;
    float *x = f->pass->x;
    if (f->net->patch > 0)
        linear(f, 0, FL_SITE_PATCH, at.table, (struct fl_gemm){.k = (size_t)f->net->patch, .n = d,
                                                               .a = {.at = f->pass->patches}, .c = x});
    for (size_t i = 0; i < n && f->net->patch == 0; i++)
        memcpy(x + i * d, f->parameters + at.table + (size_t)symbols[i] * d, d * sizeof *x);
    for (size_t i = 0; i < n; i++)
        fl_rows_add(d, f->parameters + at.place + i % t * d, x + i * d);
}

/* Means over the tokens of each sequence. */
static void pool(const struct fl_transformer *net, struct fl_pass *pass)
{
    size_t d = (size_t)net->width, t = (size_t)net->context;
    for (size_t s = 0; s < pass->sequences; s++) {
        float *mean = pass->pooled + s * d;
        memset(mean, 0, d * sizeof *mean);
        for (size_t i = 0; i < t; i++)
            fl_rows_add(d, pass->top + (s * t + i) * d, mean);
        for (size_t j = 0; j < d; j++)
            mean[j] /= (float)t;
    }
}

void fl_transformer_forward(const struct fl_transformer *net, const float *parameters, const int *symbols,
                            int64_t first, const struct fl_multiplier *by, struct fl_pass *pass)
{
    struct forward f = {net, parameters, by, pass, first};
    struct fl_transformer_at at = fl_transformer_at(net);
    size_t d = (size_t)net->width, n = pass->tokens;
    embed(&f, symbols);
    for (int layer = 0; layer < net->layers; layer++)
        layer_forward(&f, layer);
    norm(&f, pass->x + (size_t)net->layers * n * d, at.norm, pass->top, pass->top_kept);
    if (net->patch > 0)
        pool(net, pass);
    linear(&f, 0, FL_SITE_HEAD, at.head, (struct fl_gemm){.k = d, .n = (size_t)net->vocabulary,
                                                         .a = {.at = net->patch > 0 ? pass->pooled : pass->top},
                                                         .c = pass->logits});
}
