/* learn.c - tables of learning. */
#include "learn/learn.h"

#include <inttypes.h>
#include <math.h>

#include "learn/characters.h"
#include "learn/classify.h"
#include "learn/draw.h"
#include "learn/evaluate.h"

const char *const fl_task_names[] = {"characters", "graph", "letters", NULL};

/* Settings, tried out at widths of 32 and 64; windows of test text, about 16,000 symbols. */
enum { BATCH = 24, TEST_WINDOWS = 256, HEAD_WIDTH = 32, TRAIN_LETTERS = 8000, TEST_LETTERS = 2000, LETTERS_KEY = 7 };
/* Inputs that the ranges of a machine in training hold: outliers come and go with the weights. */
#define INSIDE 0.999

static int preset(int given, int otherwise)
{
    return given > 0 ? given : otherwise;
}

static bool wanted(const struct fl_learn_ask *ask, int method)
{
    return ask->method[method] || method == FL_METHOD_LAST_LAYER;
}

/* ---- characters ---- */

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
    int width = preset(ask->width, 64);
    return (struct fl_transformer){
        .vocabulary = FL_TEXT_SYMBOLS, .context = preset(ask->context, 64), .width = width,
        .layers = preset(ask->layers, 2), .heads = width > HEAD_WIDTH ? width / HEAD_WIDTH : 1, .inner = 4 * width};
}

static const char *recipe_of(const struct fl_learn_ask *ask, struct fl_net *net, int method, int steps)
{
    const char *recipe = fl_arena_format(
        &net->arena, "fanlight learn --task characters --method %s --text %s --width %d --layers %d --context %d "
        "--steps %d --seed %" PRIu64, fl_method_names[method], net->text, net->shape.width, net->shape.layers,
        net->shape.context, steps, ask->seed);
    if (ask->noise > 0)
        recipe = fl_arena_format(&net->arena, "%s --noise %.17g", recipe, ask->noise);
    if (ask->design == NULL)
        return recipe;
    recipe = fl_arena_format(&net->arena, "%s --design %s", recipe, ask->design->design);
    for (int i = 0; i < ask->design->sets; i++)
        recipe = fl_arena_format(&net->arena, "%s --set '%s'", recipe, ask->design->set[i]);
    if (ask->photons_per_mac > 0)
        recipe = fl_arena_format(&net->arena, "%s --photons-per-mac %.17g", recipe, ask->photons_per_mac);
    return recipe;
}

/* Trains by one method, tests, and writes the network to `out` unless NULL. */
static bool learn_characters(const struct fl_learn_ask *ask, const struct fl_text *text, int method,
                             struct counter *counter, FILE *out, struct fl_learn_row *row, struct fl_err *err)
{
    struct fl_net net = {.name = "trained", .text = ask->text != NULL ? ask->text : "wordnet"};
    struct fl_projection feedback = {.key = fl_draw_key(ask->seed, 3), .ternary = method == FL_METHOD_DFA_TERNARY,
                                     .threshold = 0.5, .noise = ask->noise};
    struct fl_characters_ask train = {
        .shape = shape_of(ask), .seed = ask->seed, .steps = preset(ask->steps, 1500), .batch = BATCH,
        .feedback = method == FL_METHOD_DFA || method == FL_METHOD_DFA_TERNARY ? &feedback : NULL,
        .head_only = method == FL_METHOD_LAST_LAYER,
        .progress = ask->progress != NULL ? count_step : NULL, .context = counter};
    struct fl_light_machine machine = {.optics = {.sites = 0}};
    struct fl_machine_ask light = {.photons_per_mac = ask->photons_per_mac, .inside = INSIDE};
    train.rate = 0.032 / sqrt(train.shape.width);
    fl_characters_start(&train, &net);
    bool ok = ask->design == NULL || fl_light_machine_make(&machine, ask->design, &light, &net, text, err);
    if (ok) {
        train.machine = ask->design != NULL ? &machine : NULL;
        fl_characters_train(&train, text, &net);
        fl_net_round(&net);
        row->perplexity = exp(fl_evaluate(&net, text, NULL, 0, TEST_WINDOWS, 1).loss);
        net.recipe = recipe_of(ask, &net, method, train.steps);
        ok = out == NULL || fl_net_write(&net, out, err);
    }
    fl_light_machine_free(&machine);
    fl_net_free(&net);
    return ok;
}

static bool characters(const struct fl_learn_ask *ask, void (*tell)(void *, const struct fl_learn_row *), void *context,
                       struct fl_err *err)
{
    struct fl_text text;
    struct fl_transformer shape = shape_of(ask);
    struct counter counter = {.ask = ask};
    FILE *out = ask->out;
    bool ok = true;
    for (int method = 0; method < FL_METHODS; method++) {
        counter.all += wanted(ask, method) ? preset(ask->steps, 1500) : 0;
        if (ask->method[method] && (method == FL_METHOD_TWO_PASS || method == FL_METHOD_ELM))
            ok = fl_fail(err, "--method", "characters are not learnt by %s; it is for graph and letters",
                         fl_method_names[method]);
    }
    ok = fl_net_shape_check(&shape, "--width", err) && ok;
    if (!ok || !fl_text_load(&text, ask->text != NULL ? ask->text : "wordnet", ask->wordnet,
                             (size_t)shape.context + 1, err))
        return false;
    for (int method = 0; method < FL_METHODS && ok; method++) {
        if (!wanted(ask, method))
            continue;
        struct fl_learn_row row = {"characters", fl_method_names[method], ask->seed, 0, NAN, NAN};
        ok = learn_characters(ask, &text, method, &counter, out, &row, err);
        counter.before += preset(ask->steps, 1500);
        out = NULL;
        if (ok)
            tell(context, &row);
    }
    fl_text_free(&text);
    return ok;
}

/* ---- graph and letters ---- */

static bool classes(const struct fl_learn_ask *ask, void (*tell)(void *, const struct fl_learn_row *), void *context,
                    struct fl_err *err)
{
    struct fl_samples samples;
    bool graph = ask->task == FL_TASK_GRAPH;
    if (graph && !fl_samples_graph(&samples, ask->wordnet, err))
        return false;
    if (!graph)
        fl_samples_letters(&samples, TRAIN_LETTERS, TEST_LETTERS, LETTERS_KEY);
    for (int method = 0; method < FL_METHODS; method++) {
        if (!wanted(ask, method))
            continue;
        struct fl_classify_ask one = {
            .method = (enum fl_method)method, .seed = ask->seed, .hidden = (size_t)preset(ask->width, 64),
            .features = 300, .epochs = preset(ask->steps, graph ? 80 : 150), .rate = 0.01, .noise = ask->noise};
        struct fl_classified got = fl_classify(&one, &samples);
        struct fl_learn_row row = {fl_task_names[ask->task], fl_method_names[method], ask->seed, NAN, got.test,
                                   got.train};
        tell(context, &row);
    }
    fl_samples_free(&samples);
    return true;
}

bool fl_learn(const struct fl_learn_ask *ask, void (*tell)(void *context, const struct fl_learn_row *row),
              void *context, struct fl_err *err)
{
    if (ask->out != NULL && ask->task != FL_TASK_CHARACTERS)
        return fl_fail(err, "--output", "only networks for characters are written to files");
    if (ask->design != NULL && ask->task != FL_TASK_CHARACTERS)
        return fl_fail(err, "--design", "only networks for characters are trained on a design");
    return ask->task == FL_TASK_CHARACTERS ? characters(ask, tell, context, err) : classes(ask, tell, context, err);
}
