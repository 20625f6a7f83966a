/* classify.c - training on all rows at once. */
#include "learn/classify.h"

#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "learn/adam.h"
#include "learn/draw.h"
#include "learn/opu.h"
#include "learn/rows.h"

/* Two hidden layers under training. */
struct classifier {
    const struct fl_classify_ask *ask;
    const struct fl_samples *samples;
    struct fl_layered net;
    struct fl_layered_pass pass, second;
    struct fl_projection feedback;
    struct fl_adam adam;
    float *parameters, *gradient;
    size_t count;
};

static void step(struct classifier *c, const float *x)
{
    float *outputs = c->pass.out[c->net.layers - 1];
    fl_layered_forward(&c->net, c->parameters, x, &c->pass);
    fl_rows_loss(c->samples->rows, c->samples->classes, c->samples->train, 1, outputs, NULL);
    if (c->ask->method == FL_METHOD_TWO_PASS)
        fl_layered_two_pass(&c->net, c->parameters, &c->feedback, &c->pass, &c->second, c->gradient);
    else
        fl_layered_backward(&c->net, c->parameters, c->ask->method, &c->feedback, &c->pass, c->gradient);
    fl_adam_step(&c->adam, c->count, c->gradient, c->parameters);
}

static void keep(struct classifier *c, struct fl_net *net)
{
    net->layered = c->net;
    net->layered.links = NULL;
    net->count = c->count;
    net->parameters = fl_arena_array(&net->arena, c->count, sizeof *net->parameters);
    memcpy(net->parameters, c->parameters, c->count * sizeof *net->parameters);
    fl_net_round(net);
    memcpy(c->parameters, net->parameters, c->count * sizeof *net->parameters);
}

static struct fl_classified train(struct classifier *c, const float *x)
{
    c->pass = fl_layered_pass_make(&c->net, c->samples->rows);
    if (c->ask->method == FL_METHOD_TWO_PASS)
        c->second = fl_layered_pass_make(&c->net, c->samples->rows);
    fl_layered_start(&c->net, fl_draw_key(c->ask->seed, 1), c->parameters);
    for (int epoch = 0; epoch < c->ask->epochs; epoch++)
        step(c, x);
    if (c->ask->net != NULL)
        keep(c, c->ask->net);
    fl_layered_forward(&c->net, c->parameters, x, &c->pass);
    const float *outputs = c->pass.out[c->net.layers - 1];
    struct fl_classified result = {fl_classified_share(c->samples, c->samples->train, outputs),
                                   fl_classified_share(c->samples, c->samples->test, outputs)};
    fl_layered_pass_free(&c->pass);
    fl_layered_pass_free(&c->second);
    return result;
}

static struct fl_classified classify_layers(const struct fl_classify_ask *ask, const struct fl_samples *samples,
                                            const struct fl_links *links, const float *x)
{
    struct classifier c = {
        .ask = ask, .samples = samples,
        .net = {3, {samples->inputs, ask->hidden, ask->hidden, samples->classes}, links},
        .feedback = {.key = fl_draw_key(ask->seed, 2), .ternary = ask->method == FL_METHOD_DFA_TERNARY,
                     .threshold = 0.5, .noise = ask->noise, .opu = ask->opu},
        .adam = {.rate = ask->rate, .beta1 = 0.9, .beta2 = 0.999}};
    c.count = fl_layered_count(&c.net);
    float *room = fl_calloc(4 * c.count, sizeof *room);
    c.parameters = room;
    c.gradient = room + c.count;
    c.adam.mean = room + 2 * c.count;
    c.adam.square = room + 3 * c.count;
    struct fl_classified result = train(&c, x);
    fl_free(room);
    return result;
}

bool fl_classify_opu(const struct fl_classify_ask *ask, const struct fl_samples *samples, struct fl_opu *opu,
                     struct fl_err *err)
{
    if (ask->method == FL_METHOD_TWO_PASS)
        return fl_opu_add(opu, samples->rows, samples->classes, samples->inputs, err);
    return fl_opu_add(opu, samples->rows, samples->classes, ask->hidden, err) &&
           fl_opu_add(opu, samples->rows, samples->classes, ask->hidden, err);
}

struct fl_classified fl_classify(const struct fl_classify_ask *ask, const struct fl_samples *samples)
{
    const struct fl_links *links = samples->links.nodes > 0 && !ask->unlinked ? &samples->links : NULL;
    const float *x = samples->x;
    float *gathered = NULL;
    if (links != NULL) {
        x = gathered = fl_calloc(1, samples->rows * samples->inputs * sizeof *gathered);
        fl_links_gather(links, samples->inputs, samples->x, gathered);
    }
    struct fl_classified result = ask->method == FL_METHOD_ELM ? fl_classify_elm(ask, samples, x)
                                                               : classify_layers(ask, samples, links, x);
    fl_free(gathered);
    return result;
}
