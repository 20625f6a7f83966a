/* transformer_back.c - the backward pass: derivatives of the loss by every parameter.
 *
 * d_x is the derivative by the output of the layer at hand; going down, a layer turns it into that by its input. With
 * feedback, d_x is not handed down but projected anew from the error at the top, layer by layer, so that layers do not
 * wait for one another: direct feedback alignment, a block (A. Nokland, NIPS 2016; J. Launay et al., NeurIPS 2020).
 */
#include <math.h>
#include <string.h>

#include "learn/rows.h"
#include "learn/transformer.h"

struct backward {
    const struct fl_transformer *net;
    const float *parameters;
    struct fl_pass *pass;
    float *gradient;
};

/* A product with weights and a bias: out[m][n] = in[m][k] W + b; forward.m 0: of all tokens. Adds to the gradient at
 * `weight`; d_in (NULL: not wanted) = d_out W^T. */
static void linear_back(const struct backward *b, size_t weight, struct fl_gemm forward, const float *d_out,
                        float *d_in)
{
    size_t m = forward.m > 0 ? forward.m : b->pass->tokens, k = forward.k, n = forward.n;
    fl_gemm(&(struct fl_gemm){.m = k, .k = m, .n = n, .a = {forward.a.at, 1, k}, .b = {d_out, n, 1},
                              .c = b->gradient + weight, .c_row = n, .add = true});
    fl_rows_bias_back(m, n, d_out, b->gradient + weight + k * n);
    if (d_in != NULL)
        fl_gemm(&(struct fl_gemm){.m = m, .k = n, .n = k, .a = {d_out, n, 1}, .b = {b->parameters + weight, 1, n},
                                  .c = d_in, .c_row = k});
}

/* One head of one sequence: from d_mixed to d_qkv. */
static void attend_back(const struct backward *b, int layer, size_t sequence, size_t head, const float *d_all)
{
    size_t t = (size_t)b->net->context, d = (size_t)b->net->width, heads = (size_t)b->net->heads, own = d / heads;
    size_t row = sequence * t, index = ((size_t)layer * b->pass->sequences + sequence) * heads + head;
    const float *q = b->pass->qkv + ((size_t)layer * b->pass->tokens + row) * 3 * d + head * own;
    const float *k = q + d, *v = q + 2 * d, *grid = b->pass->attention + index * t * t;
    const float *d_mixed = d_all + row * d + head * own;
    float *d_grid = b->pass->d_attention, *d_q = b->pass->d_wide + row * 3 * d + head * own;
    float scale = (float)(1 / sqrt((double)own));
    fl_gemm(&(struct fl_gemm){.m = t, .k = own, .n = t, .a = {d_mixed, d, 1}, .b = {v, 1, 3 * d},
                              .c = d_grid, .c_row = t});
    fl_gemm(&(struct fl_gemm){.m = t, .k = t, .n = own, .a = {grid, 1, t}, .b = {d_mixed, d, 1},
                              .c = d_q + 2 * d, .c_row = 3 * d});
    for (size_t i = 0; i < t; i++)
        fl_row_softmax_back(t, scale, grid + i * t, d_grid + i * t);
    fl_gemm(&(struct fl_gemm){.m = t, .k = t, .n = own, .a = {d_grid, t, 1}, .b = {k, 3 * d, 1},
                              .c = d_q, .c_row = 3 * d});
    fl_gemm(&(struct fl_gemm){.m = t, .k = t, .n = own, .a = {d_grid, 1, t}, .b = {q, 3 * d, 1},
                              .c = d_q + d, .c_row = 3 * d});
}

static void layer_back(const struct backward *b, int layer)
{
    const struct fl_pass *pass = b->pass;
    size_t n = pass->tokens, d = (size_t)b->net->width, inner = (size_t)b->net->inner, l = (size_t)layer;
    struct fl_layer_at at = fl_transformer_layer_at(b->net, layer);
    const float *hidden = pass->inner + l * n * inner;

    linear_back(b, at.down, (struct fl_gemm){.k = inner, .n = d, .a = {.at = hidden}}, pass->d_x, pass->d_wide);
    fl_rows_relu_back(n * inner, hidden, pass->d_wide);
    linear_back(b, at.up, (struct fl_gemm){.k = d, .n = inner, .a = {.at = pass->normed2 + l * n * d}}, pass->d_wide,
                pass->d_inner);
    float *to[2] = {pass->d_x, b->gradient + at.norm2};
    fl_rows_norm_back(n, d, pass->middle + l * n * d, b->parameters + at.norm2, pass->kept2 + l * n * 2, pass->d_inner,
                      to);

    linear_back(b, at.out, (struct fl_gemm){.k = d, .n = d, .a = {.at = pass->mixed + l * n * d}}, pass->d_x,
                pass->d_inner);
    for (size_t s = 0; s < pass->sequences; s++)
        for (size_t h = 0; h < (size_t)b->net->heads; h++)
            attend_back(b, layer, s, h, pass->d_inner);
    linear_back(b, at.qkv, (struct fl_gemm){.k = d, .n = 3 * d, .a = {.at = pass->normed + l * n * d}}, pass->d_wide,
                pass->d_inner);
    to[1] = b->gradient + at.norm1;
    fl_rows_norm_back(n, d, pass->x + l * n * d, b->parameters + at.norm1, pass->kept + l * n * 2, pass->d_inner, to);
}

void fl_transformer_backward(const struct fl_transformer *net, const float *parameters, const int *symbols,
                             const struct fl_feedback *feedback, struct fl_pass *pass, float *gradient)
{
    struct backward b = {net, parameters, pass, gradient};
    struct fl_transformer_at at = fl_transformer_at(net);
    size_t d = (size_t)net->width, v = (size_t)net->vocabulary, n = pass->tokens, t = (size_t)net->context;
    size_t rows = fl_pass_rows(net, pass);
    bool head_only = feedback != NULL && feedback->head_only;
    bool image = net->patch > 0;
    linear_back(&b, at.head, (struct fl_gemm){.m = rows, .k = d, .n = v, .a = {.at = image ? pass->pooled : pass->top}},
                pass->logits, head_only ? NULL : image ? pass->d_pooled : pass->d_inner);
    if (head_only)
        return;
    for (size_t i = 0; i < n * d && image; i++)
        pass->d_inner[i] = pass->d_pooled[i / d / t * d + i % d] / (float)t;
    memset(pass->d_x, 0, n * d * sizeof(float));
    float *to[2] = {pass->d_x, gradient + at.norm};
    fl_rows_norm_back(n, d, pass->x + (size_t)net->layers * n * d, parameters + at.norm, pass->top_kept, pass->d_inner,
                      to);
    for (int layer = net->layers - 1; layer >= 0; layer--) {
        if (feedback != NULL)
            feedback->project(feedback->context, layer, rows, pass->logits, pass->d_x);
        layer_back(&b, layer);
    }
    if (feedback != NULL)
        feedback->project(feedback->context, -1, rows, pass->logits, pass->d_x);
    if (image)
        linear_back(&b, at.table, (struct fl_gemm){.k = (size_t)net->patch, .n = d, .a = {.at = pass->patches}},
                    pass->d_x, NULL);
    for (size_t i = 0; i < n; i++) {
        if (!image)
            fl_rows_add(d, pass->d_x + i * d, gradient + at.table + (size_t)symbols[i] * d);
        fl_rows_add(d, pass->d_x + i * d, gradient + at.place + i % t * d);
    }
}
