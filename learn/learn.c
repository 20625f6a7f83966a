/* learn.c - tables of learning. */
#include "learn/learn.h"

#include <inttypes.h>
#include <math.h>

#include "learn/classify.h"
#include "learn/data.h"
#include "learn/draw.h"
#include "learn/evaluate.h"
#include "learn/opu.h"
#include "learn/train.h"

/* Settings, tried out at widths of 32 and 64; windows of test text, about 16,000 symbols. */
enum { BATCH = 24, IMAGE_BATCH = 64, TEST_WINDOWS = 256, HEAD_WIDTH = 32 };
/* Inputs that the ranges of a machine in training hold: outliers come and go with the weights. */
#define INSIDE 0.999

static int preset(int given, int otherwise)
{
    return given > 0 ? given : otherwise;
}

static bool wanted(const struct fl_learn_ask *ask, int method)
{
    return ask->method[method] || (method == FL_METHOD_LAST_LAYER && !ask->only);
}

/* ---- characters and digits ---- */

/* What is told of the progress of one method among those wanted. */
struct counter { const struct fl_learn_ask *ask; int before, all; };

static void count_step(void *context, int step, double loss)
{
    const struct counter *counter = context;
    (void)loss;
    counter->ask->progress(counter->ask->progress_context, counter->before + step + 1, counter->all);
}

static struct fl_transformer shape_of(const struct fl_learn_ask *ask)
{
    bool image = ask->task == FL_TASK_DIGITS;
    int width = preset(ask->width, image ? 32 : 64);
    struct fl_transformer shape = {
        .vocabulary = FL_TEXT_SYMBOLS, .context = preset(ask->context, 64), .width = width,
        .layers = preset(ask->layers, 2), .heads = width > HEAD_WIDTH ? width / HEAD_WIDTH : 1, .inner = 4 * width};
    if (image) {
        shape.vocabulary = FL_DIGITS;
        shape.context = FL_DIGITS_PATCHES;
        shape.patch = FL_DIGITS_PATCH;
    }
    return shape;
}

static int steps_of(const struct fl_learn_ask *ask)
{
    return preset(ask->steps, ask->task == FL_TASK_DIGITS ? 400 : 1500);
}

/* The options that name a machine: of training, or, behind "opu-", of projections. */
static const char *machine_of(struct fl_arena *arena, const char *recipe, const char *prefix,
                              const struct fl_request *design, double photons_per_mac)
{
    if (design == NULL)
        return recipe;
    recipe = fl_arena_format(arena, "%s --%s %s", recipe, *prefix != '\0' ? "opu" : "design", design->design);
    for (int i = 0; i < design->sets; i++)
        recipe = fl_arena_format(arena, "%s --%sset '%s'", recipe, prefix, design->set[i]);
    if (photons_per_mac > 0)
        recipe = fl_arena_format(arena, "%s --%sphotons-per-mac %.17g", recipe, prefix, photons_per_mac);
    return recipe;
}

static const char *recipe_of(const struct fl_learn_ask *ask, struct fl_net *net, int method, int steps)
{
    struct fl_arena *arena = &net->arena;
    const char *recipe = fl_arena_format(arena, "fanlight learn --task %s --method %s", fl_task_names[ask->task],
                                         fl_method_names[method]);
    if (fl_net_is_of_text(net))
        recipe = fl_arena_format(arena, "%s --text %s --width %d --layers %d --context %d", recipe, net->text,
                                 net->shape.width, net->shape.layers, net->shape.context);
    else if (fl_net_is_transformer(net))
        recipe = fl_arena_format(arena, "%s --width %d --layers %d", recipe, net->shape.width, net->shape.layers);
    else
        recipe = fl_arena_format(arena, "%s --width %zu", recipe, net->layered.width[1]);
    recipe = fl_arena_format(arena, "%s --steps %d --seed %" PRIu64, recipe, steps, ask->seed);
    if (ask->decay > 0)
        recipe = fl_arena_format(arena, "%s --decay %.17g", recipe, ask->decay);
    if (ask->noise > 0)
        recipe = fl_arena_format(arena, "%s --noise %.17g", recipe, ask->noise);
    recipe = machine_of(arena, recipe, "", ask->design, ask->photons_per_mac);
    return machine_of(arena, recipe, "opu-", ask->opu, ask->opu_photons_per_mac);
}

/* The network of a Transformer's task before it has parameters. */
static struct fl_net start_of(const struct fl_learn_ask *ask)
{
    const char *text = ask->text != NULL ? ask->text : "wordnet";
    return (struct fl_net){.name = "trained", .task = ask->task, .shape = shape_of(ask),
                           .text = ask->task == FL_TASK_CHARACTERS ? text : NULL};
}

/* Does the method project an error? */
static bool projects(int method)
{
    return method == FL_METHOD_DFA || method == FL_METHOD_DFA_TERNARY || method == FL_METHOD_TWO_PASS;
}

/* Perplexity, or shares told rightly: of what is for testing, and of what was trained on. */
static void test(const struct fl_net *net, const struct fl_data *data, struct fl_learn_row *row)
{
    struct fl_evaluation got = fl_evaluate(net, data, NULL, 0, TEST_WINDOWS, 1);
    if (fl_net_is_of_text(net)) {
        row->perplexity = exp(got.loss);
        return;
    }
    row->test_accuracy = (double)got.hits / (double)got.symbols;
    struct fl_data trained = *data;     /* the same rows with the other part's classes */
    trained.samples.test = data->samples.train;
    trained.tests = data->first_test;
    trained.first_test = 0;
    got = fl_evaluate(net, &trained, NULL, 0, TEST_WINDOWS, 1);
    row->train_accuracy = (double)got.hits / (double)got.symbols;
}

/* Trains by one method and tests. The first has the checkpoint, and its network is what is written. */
static bool learn_transformer(const struct fl_learn_ask *ask, const struct fl_data *data, int method,
                             struct counter *counter, bool first, struct fl_learn_row *row, struct fl_err *err)
{
    struct fl_net net = start_of(ask);
    struct fl_projection feedback = {.key = fl_draw_key(ask->seed, 3), .ternary = method == FL_METHOD_DFA_TERNARY,
                                     .threshold = 0.5, .noise = ask->noise};
    struct fl_train_ask train = {
        .shape = net.shape, .seed = ask->seed, .steps = steps_of(ask),
        .batch = net.shape.patch > 0 ? IMAGE_BATCH : BATCH,
        .decay = ask->decay, .checkpoint = first ? ask->checkpoint : NULL,
        .feedback = method == FL_METHOD_DFA || method == FL_METHOD_DFA_TERNARY ? &feedback : NULL,
        .head_only = method == FL_METHOD_LAST_LAYER,
        .progress = ask->progress != NULL ? count_step : NULL, .context = counter};
    struct fl_light_machine machine = {.optics = {.sites = 0}};
    struct fl_opu opu = {.design = ask->opu, .photons_per_mac = ask->opu_photons_per_mac};
    struct fl_machine_ask light = {.photons_per_mac = ask->photons_per_mac, .inside = INSIDE};
    train.rate = 0.032 / sqrt(train.shape.width);
    fl_train_start(&train, &net);
    bool ok = true;
    for (int layer = -1; layer < train.shape.layers && ask->opu != NULL && projects(method) && ok; layer++)
        ok = fl_opu_add(&opu, (size_t)(train.shape.patch > 0 ? train.batch : train.batch * train.shape.context),
                        (size_t)train.shape.vocabulary, (size_t)train.shape.width, err);
    feedback.opu = opu.projections > 0 ? &opu : NULL;
    ok = ok && (ask->design == NULL || fl_light_machine_make(&machine, ask->design, &light, &net, data, err));
    if (ok) {
        train.machine = ask->design != NULL ? &machine : NULL;
        train.recipe = net.recipe = recipe_of(ask, &net, method, train.steps);
        ok = fl_train(&train, data, &net, err);
    }
    if (ok) {
        fl_net_round(&net);
        test(&net, data, row);
        ok = !first || ask->out == NULL || fl_net_write(&net, ask->out, err);
    }
    fl_light_machine_free(&machine);
    fl_opu_free(&opu);
    fl_net_free(&net);
    return ok;
}

static bool transformers(const struct fl_learn_ask *ask, void (*tell)(void *, const struct fl_learn_row *),
                         void *context, struct fl_err *err)
{
    struct fl_data data = {.tests = 0};
    const struct fl_net net = start_of(ask);
    struct counter counter = {.ask = ask};
    bool ok = true, first = true;
    for (int method = 0; method < FL_METHODS; method++) {
        counter.all += wanted(ask, method) ? steps_of(ask) : 0;
        if (ask->method[method] && (method == FL_METHOD_TWO_PASS || method == FL_METHOD_ELM))
            ok = fl_fail(err, "--method", "%s are not learnt by %s; it is for graph and letters",
                         fl_task_names[ask->task], fl_method_names[method]);
    }
    ok = fl_net_shape_check(&net.shape, "--width", err) && ok;
    ok = ok && fl_data_load(&data, &net, ask->text, ask->wordnet, err);
    for (int method = 0; method < FL_METHODS && ok; method++) {
        if (!wanted(ask, method))
            continue;
        struct fl_learn_row row = {fl_task_names[ask->task], fl_method_names[method], ask->seed, NAN, NAN, NAN};
        ok = learn_transformer(ask, &data, method, &counter, first, &row, err);
        counter.before += steps_of(ask);
        first = false;
        if (ok)
            tell(context, &row);
    }
    fl_data_free(&data);
    return ok;
}

/* ---- graph and letters ---- */

/* Trains by one method, and writes the network to `out` unless NULL. */
static bool learn_classes(const struct fl_learn_ask *ask, const struct fl_samples *samples, int method, FILE *out,
                          struct fl_learn_row *row, struct fl_err *err)
{
    struct fl_net net = {.name = "trained", .task = ask->task};
    struct fl_classify_ask one = {
        .method = (enum fl_method)method, .seed = ask->seed, .hidden = (size_t)preset(ask->width, 64), .features = 300,
        .epochs = preset(ask->steps, ask->task == FL_TASK_GRAPH ? 80 : 150), .rate = 0.01, .noise = ask->noise,
        .net = out != NULL ? &net : NULL};
    struct fl_opu opu = {.design = ask->opu, .photons_per_mac = ask->opu_photons_per_mac};
    bool ok = ask->opu == NULL || !projects(method) || fl_classify_opu(&one, samples, &opu, err);
    one.opu = opu.projections > 0 ? &opu : NULL;
    if (ok) {
        struct fl_classified got = fl_classify(&one, samples);
        row->test_accuracy = got.test;
        row->train_accuracy = got.train;
        net.recipe = out != NULL ? recipe_of(ask, &net, method, one.epochs) : NULL;
        ok = out == NULL || fl_net_write(&net, out, err);
    }
    fl_opu_free(&opu);
    fl_net_free(&net);
    return ok;
}

static bool classes(const struct fl_learn_ask *ask, void (*tell)(void *, const struct fl_learn_row *), void *context,
                    struct fl_err *err)
{
    struct fl_samples samples;
    FILE *out = ask->out;
    bool ok = fl_data_samples(&samples, ask->task, ask->wordnet, err);
    for (int method = 0; method < FL_METHODS && ok; method++) {
        if (!wanted(ask, method))
            continue;
        struct fl_learn_row row = {fl_task_names[ask->task], fl_method_names[method], ask->seed, NAN, 0, 0};
        if (out != NULL && method == FL_METHOD_ELM)
            ok = fl_fail(err, "--output", "an extreme learning machine is no network of layers: name another method "
                         "first");
        ok = ok && learn_classes(ask, &samples, method, out, &row, err);
        out = NULL;
        if (ok)
            tell(context, &row);
    }
    fl_samples_free(&samples);
    return ok;
}

bool fl_learn(const struct fl_learn_ask *ask, void (*tell)(void *context, const struct fl_learn_row *row),
              void *context, struct fl_err *err)
{
    bool projected = false;
    for (int method = 0; method < FL_METHODS; method++)
        projected |= ask->method[method] && projects(method);
    if (ask->opu != NULL && !projected)
        return fl_fail(err, "--opu", "no method projects an error: name --method dfa, dfa_ternary or two_pass");
    bool text = ask->task == FL_TASK_CHARACTERS, transformer = text || ask->task == FL_TASK_DIGITS;
    if (ask->design != NULL && !transformer)
        return fl_fail(err, "--design", "only networks for characters and digits are trained on a design");
    if ((ask->decay > 0 || ask->checkpoint != NULL) && !transformer)
        return fl_fail(err, ask->decay > 0 ? "--decay" : "--checkpoint", "is for characters and digits; the others are "
                       "learnt in seconds, without");
    if ((!text && (ask->text != NULL || ask->context > 0)) || (!transformer && ask->layers > 0))
        return fl_fail(err, ask->text != NULL ? "--text" : ask->context > 0 ? "--context" : "--layers", "is not for "
                       "%s; leave it out", fl_task_names[ask->task]);
    if (ask->checkpoint != NULL && ask->opu != NULL)
        return fl_fail(err, "--checkpoint", "what an OPU has seen is not kept; leave --checkpoint or --opu out");
    return transformer ? transformers(ask, tell, context, err) : classes(ask, tell, context, err);
}
