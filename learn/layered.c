/* layered.c - forward passes and the ways back. */
#include "learn/layered.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "learn/draw.h"
#include "learn/gemm.h"
#include "learn/rows.h"

const char *const fl_method_names[] = {"bp", "dfa", "dfa_ternary", "two_pass", "elm", "last_layer", NULL};

/* Of the projected error that is added to the inputs: small, so that layers stay where they are nearly linear. */
static const float shown_share = 0.01F;

void fl_links_gather(const struct fl_links *links, size_t width, const float *h, float *out)
{
    memset(out, 0, links->nodes * width * sizeof *out);
    for (size_t i = 0; i < links->nodes; i++)
        for (size_t at = links->start[i]; at < links->start[i + 1]; at++)
            for (size_t j = 0; j < width; j++)
                out[i * width + j] += links->weight[at] * h[(size_t)links->other[at] * width + j];
}

/* Where a layer's weights begin; its biases follow them. */
static size_t layer_at(const struct fl_layered *net, int layer)
{
    size_t at = 0;
    for (int l = 0; l < layer; l++)
        at += (net->width[l] + 1) * net->width[l + 1];
    return at;
}

size_t fl_layered_count(const struct fl_layered *net)
{
    return layer_at(net, net->layers);
}

void fl_layered_start(const struct fl_layered *net, uint64_t key, float *parameters)
{
    memset(parameters, 0, fl_layered_count(net) * sizeof *parameters);
    for (int l = 0; l < net->layers; l++) {
        float *weight = parameters + layer_at(net, l);
        double sigma = sqrt(2 / (double)net->width[l]);
        for (size_t i = 0; i < net->width[l] * net->width[l + 1]; i++)
            weight[i] = (float)(sigma * fl_draw_normal(fl_draw_key(key, (uint64_t)l), i));
    }
}

struct fl_layered_pass fl_layered_pass_make(const struct fl_layered *net, size_t rows)
{
    struct fl_layered_pass pass = {.rows = rows};
    size_t all = 0, widest = 0;
    for (int l = 0; l <= net->layers; l++) {
        all += 2 * rows * net->width[l];
        widest = net->width[l] > widest ? net->width[l] : widest;
    }
    pass.memory = fl_calloc(all + 2 * rows * widest, sizeof *pass.memory);
    float *next = pass.memory;
    for (int l = 0; l < net->layers; l++) {
        pass.given[l] = next;
        pass.out[l] = next + rows * net->width[l];
        next = pass.out[l] + rows * net->width[l + 1];
    }
    pass.d_out = next;
    pass.d_given = next + rows * widest;
    return pass;
}

void fl_layered_pass_free(struct fl_layered_pass *pass)
{
    fl_free(pass->memory);
    memset(pass, 0, sizeof *pass);
}

const char *const fl_layered_site_names[FL_LAYERS] = {"layer1", "layer2", "layer3", "layer4"};

void fl_layered_forward(const struct fl_layered *net, const float *parameters, const float *x,
                        struct fl_layered_pass *pass)
{
    fl_layered_forward_by(net, parameters, x, 0, &fl_exact, pass);
}

void fl_layered_forward_by(const struct fl_layered *net, const float *parameters, const float *x, int64_t first,
                           const struct fl_multiplier *by, struct fl_layered_pass *pass)
{
    for (int l = 0; l < net->layers; l++) {
        size_t k = net->width[l], n = net->width[l + 1];
        const float *weight = parameters + layer_at(net, l);
        if (l > 0 && net->links != NULL)
            fl_links_gather(net->links, k, pass->out[l - 1], pass->given[l]);
        else
            memcpy(pass->given[l], l == 0 ? x : pass->out[l - 1], pass->rows * k * sizeof *x);
        const struct fl_product work = {
            .gemm = {.m = pass->rows, .k = k, .n = n, .a = {pass->given[l], k, 1}, .b = {weight, n, 1},
                     .c = pass->out[l], .c_row = n},
            .site = l, .first = first, .non_negative = l > 0};
        by->multiply(by->context, &work);
        fl_rows_bias(pass->rows, n, weight + k * n, pass->out[l]);
        if (l < net->layers - 1)
            fl_rows_relu(pass->rows * n, pass->out[l]);
    }
}

/* The gradient of a layer from the derivative by its sums. */
static void layer_gradient(const struct fl_layered *net, int layer, size_t rows, const float *given, const float *d,
                           float *gradient)
{
    size_t k = net->width[layer], n = net->width[layer + 1];
    float *to = gradient + layer_at(net, layer);
    fl_gemm(&(struct fl_gemm){.m = k, .k = rows, .n = n, .a = {given, 1, k}, .b = {d, n, 1}, .c = to, .c_row = n,
                              .add = true});
    fl_rows_bias_back(rows, n, d, to + k * n);
}

/* From the derivative by a layer's sums to that by the outputs of the one below, in pass->d_out. */
static void hand_down(const struct fl_layered *net, const float *parameters, int layer, struct fl_layered_pass *pass)
{
    size_t k = net->width[layer], n = net->width[layer + 1];
    const float *from = layer == net->layers - 1 ? pass->out[layer] : pass->d_out;
    fl_gemm(&(struct fl_gemm){.m = pass->rows, .k = n, .n = k, .a = {from, n, 1},
                              .b = {parameters + layer_at(net, layer), 1, n}, .c = pass->d_given, .c_row = k});
    if (net->links != NULL)             /* A is its own transpose */
        fl_links_gather(net->links, k, pass->d_given, pass->d_out);
    else
        memcpy(pass->d_out, pass->d_given, pass->rows * k * sizeof(float));
}

void fl_layered_backward(const struct fl_layered *net, const float *parameters, enum fl_method method,
                         struct fl_projection *feedback, struct fl_layered_pass *pass, float *gradient)
{
    int top = net->layers - 1;
    const float *error = pass->out[top];
    layer_gradient(net, top, pass->rows, pass->given[top], error, gradient);
    for (int l = top - 1; l >= 0 && method != FL_METHOD_LAST_LAYER; l--) {
        size_t n = net->width[l + 1];
        if (method == FL_METHOD_BP)
            hand_down(net, parameters, l + 1, pass);
        else
            fl_project(feedback, (uint64_t)l, pass->rows, net->width[net->layers], error, n, pass->d_out);
        fl_rows_relu_back(pass->rows * n, pass->out[l], pass->d_out);
        layer_gradient(net, l, pass->rows, pass->given[l], pass->d_out, gradient);
    }
}

void fl_layered_two_pass(const struct fl_layered *net, const float *parameters, struct fl_projection *feedback,
                         const struct fl_layered_pass *first, struct fl_layered_pass *second, float *gradient)
{
    int top = net->layers - 1;
    size_t rows = first->rows, inputs = net->width[0];
    const float *error = first->out[top];
    float *moved = fl_calloc(1, rows * inputs * sizeof *moved);
    fl_project(feedback, 0, rows, net->width[net->layers], error, inputs, moved);
    for (size_t i = 0; i < rows * inputs; i++)
        moved[i] *= shown_share;
    fl_rows_add(rows * inputs, first->given[0], moved);
    fl_layered_forward(net, parameters, moved, second);
    fl_free(moved);
    layer_gradient(net, top, rows, second->given[top], error, gradient);
    for (int l = top - 1; l >= 0; l--) {
        size_t count = rows * net->width[l + 1];
        for (size_t i = 0; i < count; i++)
            second->out[l][i] = first->out[l][i] - second->out[l][i];
        layer_gradient(net, l, rows, second->given[l], second->out[l], gradient);
    }
}
