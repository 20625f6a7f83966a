/* train.c - training on windows of text, or on images. */
#include "learn/train.h"

#include <stdlib.h>

#include "base/guard.h"
#include "base/hash.h"
#include "learn/adam.h"
#include "learn/checkpoint.h"
#include "learn/curve.h"
#include "learn/draw.h"
#include "learn/evaluate.h"
#include "learn/rows.h"

/* A machine is calibrated when a state is kept, so that its ranges need not be. */
enum { TOLD_EVERY = 50, CALIBRATED_EVERY = 50, KEPT_EVERY = CALIBRATED_EVERY, CALIBRATION = 8 };
static const double log_brightest = 4.605170185988092, ramp = 0.6;     /* ln 100; the part in which light falls */

struct trainer {
    const struct fl_train_ask *ask;
    const struct fl_data *data;
    struct fl_net *net;
    struct fl_pass pass;
    struct fl_adam adam;
    struct fl_feedback feedback;
    float *gradient;
    int *symbols, *next;                /* of images none, and their classes */
    float *patches, *projected;         /* images: of a step; room for a row each */
};

/* The error at the top, projected to the output of a layer; that of an image goes to all its patches alike. */
static void project(void *context, int layer, size_t rows, const float *error, float *d_x)
{
    const struct trainer *t = context;
    const struct fl_transformer *shape = &t->ask->shape;
    size_t d = (size_t)shape->width, each = t->pass.tokens / rows;
    float *out = shape->patch > 0 ? t->projected : d_x;
    fl_project(t->ask->feedback, (uint64_t)(layer + 1), rows, (size_t)shape->vocabulary, error, d, out);
    for (size_t i = 0; i < t->pass.tokens * d && out != d_x; i++)
        d_x[i] = out[i / d / each * d + i % d] / (float)each;
}

/* The machine as it is at a step: ranges of the network as it now is, and the step's light. */
static void prepare(struct trainer *t, int number)
{
    struct fl_light_machine *machine = t->ask->machine;
    struct fl_optics *optics = &machine->optics;
    double left = 1 - number / (ramp * t->ask->steps), factor = left > 0 ? fl_curve_exp(log_brightest * left) : 1;
    for (int i = 0; i < optics->sites; i++)
        optics->site[i].chain.ask.photons = machine->chain[i].ask.photons * factor;
    fl_calibrate(t->net, t->data, CALIBRATION, optics);
}

static double step(struct trainer *t, int number)
{
    const struct fl_train_ask *ask = t->ask;
    size_t rows = fl_pass_rows(&ask->shape, &t->pass);
    uint64_t places = fl_draw_key(fl_draw_key(ask->seed, 2), (uint64_t)number);
    if (ask->shape.patch > 0)
        fl_samples_batch(&t->data->samples, places, (size_t)ask->batch, t->patches, t->next);
    else
        fl_text_batch(&t->data->text, places, (size_t)ask->batch, (size_t)ask->shape.context, t->symbols, t->next);
    struct fl_optics_run run = {.noise = fl_draw_key(fl_draw_key(ask->seed, 4), (uint64_t)number)};
    struct fl_multiplier by = fl_exact;
    if (ask->machine != NULL) {
        if (number % CALIBRATED_EVERY == 0)
            prepare(t, number);
        run.optics = &ask->machine->optics;
        by = fl_optics_multiplier(&run);
    }
    fl_transformer_forward(&ask->shape, t->net->parameters, t->symbols, 0, &by, &t->pass);
    double loss = fl_rows_loss(rows, (size_t)ask->shape.vocabulary, t->next, 1 / (float)rows, t->pass.logits, NULL);
    bool aligned = ask->feedback != NULL || ask->head_only;
    fl_transformer_backward(&ask->shape, t->net->parameters, t->symbols, aligned ? &t->feedback : NULL, &t->pass,
                            t->gradient);
    fl_adam_step(&t->adam, t->net->count, t->gradient, t->net->parameters);
    return loss / (double)rows;
}

void fl_train_start(const struct fl_train_ask *ask, struct fl_net *net)
{
    net->shape = ask->shape;
    net->count = fl_transformer_at(&ask->shape).count;
    net->parameters = fl_arena_array(&net->arena, net->count, sizeof *net->parameters);
    fl_transformer_start(&ask->shape, fl_draw_key(ask->seed, 1), net->parameters);
}

/* The training as its file keeps it. */
static struct fl_checkpoint state_of(const struct trainer *t)
{
    const struct fl_text *text = &t->data->text;        /* images are drawn, always alike */
    return (struct fl_checkpoint){
        .path = t->ask->checkpoint, .recipe = t->ask->recipe, .text = fl_hash_file(text->train, 2 * text->trains),
        .step = t->adam.step, .steps = t->ask->steps, .uses = t->ask->feedback != NULL ? t->ask->feedback->uses : 0,
        .count = t->net->count, .parameters = t->net->parameters, .mean = t->adam.mean, .square = t->adam.square};
}

static bool run_steps(struct trainer *t, struct fl_err *err)
{
    const struct fl_train_ask *ask = t->ask;
    struct fl_checkpoint state = {.path = ask->checkpoint};
    if (ask->checkpoint != NULL) {
        state = state_of(t);
        if (!fl_checkpoint_read(&state, err))
            return false;
        t->adam.step = state.step;
        if (ask->feedback != NULL)
            ask->feedback->uses = state.uses;
    }
    for (int i = t->adam.step; i < ask->steps; i++) {
        double loss = step(t, i);
        if (ask->progress != NULL && (i % TOLD_EVERY == 0 || i == ask->steps - 1))
            ask->progress(ask->context, i, loss);
        state.step = i + 1;
        state.uses = ask->feedback != NULL ? ask->feedback->uses : 0;
        if (state.path != NULL && (state.step % KEPT_EVERY == 0 || state.step == ask->steps) &&
            !fl_checkpoint_write(&state, err))
            return false;
    }
    return true;
}

bool fl_train(const struct fl_train_ask *ask, const struct fl_data *data, struct fl_net *net,
                         struct fl_err *err)
{
    float *room = fl_calloc(3 * net->count, sizeof *room);
    unsigned char *decays = fl_calloc(net->count, 1);
    struct trainer t = {
        .ask = ask, .data = data, .net = net, .pass = fl_pass_make(&ask->shape, (size_t)ask->batch, true),
        .adam = {.rate = ask->rate, .beta1 = 0.9, .beta2 = 0.99, .longest = 1, .warmup = 1 + ask->steps / 15,
                 .decay = ask->decay, .decays = decays, .steps = ask->steps, .mean = room,
                 .square = room + net->count},
        .gradient = room + 2 * net->count};
    t.feedback = (struct fl_feedback){project, &t, ask->head_only};
    t.symbols = fl_calloc(2 * t.pass.tokens, sizeof *t.symbols);
    t.next = t.symbols + t.pass.tokens;
    size_t values = t.pass.tokens * (size_t)ask->shape.patch;
    t.patches = fl_calloc(values + (size_t)(ask->batch * ask->shape.width), sizeof *t.patches);
    t.projected = t.patches + values;
    t.pass.patches = t.patches;
    fl_transformer_factors(&ask->shape, decays);
    bool ok = run_steps(&t, err);
    fl_free(t.symbols);
    fl_free(t.patches);
    fl_free(decays);
    fl_free(room);
    fl_pass_free(&t.pass);
    return ok;
}
