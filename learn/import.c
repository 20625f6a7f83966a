/* import.c - weights of published models, laid out as learn/transformer.h has them. */
#include "learn/import.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/guard.h"
#include "traces/model.h"
#include "traces/safetensors.h"

enum { CONTEXT = 128, MOST_FAULTS = 20 };

/* A model under way. */
struct importer {
    struct fl_net *net;
    struct fl_model model;
    struct fl_stored tensors;
    const char *prefix;                 /* "transformer.", "gpt_neox."; names have it or not */
    float *room;                        /* for the largest tensor */
    int faults;
    struct fl_err *err;
};

/* ---- tensors ---- */

static const struct fl_stored_tensor *find(struct importer *im, const char *name)
{
    const struct fl_stored_tensor *tensor = fl_stored_find(&im->tensors, name);
    if (tensor == NULL)
        tensor = fl_stored_find(&im->tensors, fl_arena_format(&im->net->arena, "%s%s", im->prefix, name));
    return tensor;
}

static void fault(struct importer *im, const char *name, const char *what, const char *word)
{
    if (im->faults++ < MOST_FAULTS)
        fl_fail(im->err, fl_arena_format(&im->net->arena, "%s: %s", im->tensors.path, name), what, word);
}

/* The values of a tensor of this shape (columns 0: a vector), in im->room; NULL with a fault. */
static const float *floats(struct importer *im, const char *name, size_t rows, size_t columns)
{
    struct fl_arena *arena = &im->net->arena;
    const struct fl_stored_tensor *tensor = find(im, name);
    int dimensions = columns > 0 ? 2 : 1;
    if (tensor == NULL) {
        fault(im, name, "is missing: the layout of %s has it", im->model.family->type);
        return NULL;
    }
    if (!fl_stored_is_float(tensor)) {
        fault(im, name, "is of type %s; weights are read from F32, F16 and BF16: convert the model", tensor->dtype);
        return NULL;
    }
    if (tensor->dimensions != dimensions || tensor->dimension[0] != (int64_t)rows ||
        (columns > 0 && tensor->dimension[1] != (int64_t)columns)) {
        fault(im, name, "is %s by its file; config.json asks for another shape: are they of the same model?",
              fl_arena_format(arena, columns > 0 ? "%s and not [%zu, %zu]" : "%s and not [%zu]",
                              fl_stored_text(tensor, arena), rows, columns));
        return NULL;
    }
    if (im->faults > 0)
        return NULL;
    fl_stored_floats(tensor, im->room);
    for (int64_t i = 0; i < tensor->values; i++)
        if (!isfinite(im->room[i])) {
            fault(im, name, "holds a value that is no %s", "number");
            return NULL;
        }
    return im->room;
}

static void vector(struct importer *im, const char *name, size_t count, float *to)
{
    const float *from = floats(im, name, count, 0);
    if (from != NULL)
        memcpy(to, from, count * sizeof *to);
}

/* to[inputs][outputs], from the same, or from its transpose. */
static void matrix(struct importer *im, const char *name, size_t inputs, size_t outputs, bool swapped, float *to)
{
    const float *from = swapped ? floats(im, name, outputs, inputs) : floats(im, name, inputs, outputs);
    for (size_t i = 0; i < inputs && from != NULL; i++)
        for (size_t j = 0; j < outputs; j++)
            to[i * outputs + j] = swapped ? from[j * inputs + i] : from[i * outputs + j];
}

static const char *part(struct importer *im, const char *of, int layer, const char *name)
{
    return fl_arena_format(&im->net->arena, "%s.%d.%s", of, layer, name);
}

/* Weight and bias of a linear operator, "NAME.weight" and "NAME.bias", or of a norm (inputs 0). */
static void both(struct importer *im, const char *name, size_t inputs, size_t outputs, float *to)
{
    struct fl_arena *arena = &im->net->arena;
    bool swapped = strcmp(im->model.family->type, "gpt_neox") == 0;
    const char *weight = fl_arena_format(arena, "%s.weight", name), *bias = fl_arena_format(arena, "%s.bias", name);
    if (inputs > 0)
        matrix(im, weight, inputs, outputs, swapped, to);
    else
        vector(im, weight, outputs, to);
    vector(im, bias, outputs, to + (inputs > 0 ? inputs : 1) * outputs);
}

/* ---- layouts ---- */

static void gpt2(struct importer *im, float *p)
{
    const struct fl_transformer *s = &im->net->shape;
    struct fl_transformer_at at = fl_transformer_at(s);
    size_t d = (size_t)s->width, inner = (size_t)s->inner, v = (size_t)s->vocabulary, t = (size_t)s->context;
    matrix(im, "wte.weight", v, d, false, p + at.table);
    const float *places = floats(im, "wpe.weight", (size_t)im->model.position_rows, d);
    if (places != NULL)
        memcpy(p + at.place, places, t * d * sizeof *p);
    for (int l = 0; l < s->layers; l++) {
        struct fl_layer_at in = fl_transformer_layer_at(s, l);
        both(im, part(im, "h", l, "ln_1"), 0, d, p + in.norm1);
        both(im, part(im, "h", l, "attn.c_attn"), d, 3 * d, p + in.qkv);
        both(im, part(im, "h", l, "attn.c_proj"), d, d, p + in.out);
        both(im, part(im, "h", l, "ln_2"), 0, d, p + in.norm2);
        both(im, part(im, "h", l, "mlp.c_fc"), d, inner, p + in.up);
        both(im, part(im, "h", l, "mlp.c_proj"), inner, d, p + in.down);
    }
    both(im, "ln_f", 0, d, p + at.norm);
    /* the head is the table of tokens, unless it has weights of its own */
    bool tied = im->model.tied || fl_stored_find(&im->tensors, "lm_head.weight") == NULL;
    matrix(im, tied ? "wte.weight" : "lm_head.weight", d, v, true, p + at.head);
}

/* Rows of the joint weight are head by head a query, a key and a value; ours are all queries, keys, values. */
static void pythia_qkv(struct importer *im, const char *name, float *to)
{
    size_t d = (size_t)im->net->shape.width, heads = (size_t)im->net->shape.heads, own = d / heads;
    for (int bias = 0; bias < 2; bias++) {
        const char *full = fl_arena_format(&im->net->arena, "%s.%s", name, bias ? "bias" : "weight");
        const float *from = floats(im, full, 3 * d, bias ? 0 : d);
        size_t inputs = bias ? 1 : d;
        for (size_t row = 0; row < 3 * d && from != NULL; row++) {
            size_t head = row / (3 * own), of = row / own % 3, column = of * d + head * own + row % own;
            for (size_t i = 0; i < inputs; i++)
                to[(bias ? d : i) * 3 * d + column] = from[row * inputs + i];
        }
    }
}

static void pythia(struct importer *im, float *p)
{
    const struct fl_transformer *s = &im->net->shape;
    struct fl_transformer_at at = fl_transformer_at(s);
    size_t d = (size_t)s->width, inner = (size_t)s->inner, v = (size_t)s->vocabulary;
    matrix(im, "embed_in.weight", v, d, false, p + at.table);
    for (int l = 0; l < s->layers; l++) {
        struct fl_layer_at in = fl_transformer_layer_at(s, l);
        both(im, part(im, "layers", l, "input_layernorm"), 0, d, p + in.norm1);
        pythia_qkv(im, part(im, "layers", l, "attention.query_key_value"), p + in.qkv);
        both(im, part(im, "layers", l, "attention.dense"), d, d, p + in.out);
        both(im, part(im, "layers", l, "post_attention_layernorm"), 0, d, p + in.norm2);
        both(im, part(im, "layers", l, "mlp.dense_h_to_4h"), d, inner, p + in.up);
        both(im, part(im, "layers", l, "mlp.dense_4h_to_h"), inner, d, p + in.down);
    }
    both(im, "final_layer_norm", 0, d, p + at.norm);
    matrix(im, im->model.tied ? "embed_in.weight" : "embed_out.weight", d, v, true, p + at.head);
}

static const struct layout {
    const char *type, *prefix;
    void (*read)(struct importer *im, float *parameters);
} layouts[] = {{"gpt2", "transformer.", gpt2}, {"gpt_neox", "gpt_neox.", pythia}};
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

/* ---- the model ---- */

static bool activation_find(const char *name, enum fl_act *act)
{
    static const struct { const char *name; enum fl_act act; } known[] = {
        {"relu", FL_ACT_RELU}, {"gelu", FL_ACT_GELU}, {"gelu_new", FL_ACT_GELU_TANH}, {"gelu_fast", FL_ACT_GELU_TANH},
        {"gelu_pytorch_tanh", FL_ACT_GELU_TANH}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0) {
            *act = known[i].act;
            return true;
        }
    return false;
}

/* Is a size of the model one that a network may have? */
static int small(int64_t size)
{
    return size < 0 || size > 1 << 30 ? 1 << 30 : (int)size;
}

static bool shape_find(struct importer *im, const char *config, int context)
{
    const struct fl_model *m = &im->model;
    int64_t most = m->positions > 0 ? m->positions : CONTEXT, wanted = context > 0 ? context : CONTEXT;
    im->net->shape = (struct fl_transformer){
        .vocabulary = small(m->vocab), .context = small(wanted < most ? wanted : most), .width = small(m->width),
        .layers = small(m->layers), .heads = small(m->heads), .inner = small(m->ffn), .rotary = small(m->rotary),
        .rotary_base = fl_config_number(config, "rotary_emb_base", "rope_theta", 10000), .parallel = m->parallel,
        .epsilon = fl_config_number(config, "layer_norm_epsilon", "layer_norm_eps", 1e-5)};
    if (context > most)
        return fl_fail(im->err, "--context", "%s has %lld places for tokens; ask for no more", m->name,
                       (long long)most);
    if (!activation_find(m->activation->name, &im->net->shape.activation))
        return fl_fail(im->err, config, "its activation is %s; relu, gelu and gelu_new are computed",
                       m->activation->name);
    if (m->kv_heads != m->heads || m->embed_width != m->width || m->window > 0 || m->rotary % 2 != 0 ||
        !(im->net->shape.rotary_base > 1) || !(im->net->shape.epsilon > 0))
        return fl_fail(im->err, config, "shares heads of keys, looks back over a window, projects its embedding or "
                       "turns an odd number of values: that is not computed here");
    return fl_net_shape_check(&im->net->shape, config, im->err);
}

static bool weights_read(struct importer *im, const struct layout *layout)
{
    struct fl_net *net = im->net;
    size_t largest = 0;
    net->count = fl_transformer_at(&net->shape).count;
    net->parameters = fl_arena_array(&net->arena, net->count, sizeof *net->parameters);
    for (size_t i = 0; i < im->tensors.count; i++) {
        size_t values = (size_t)im->tensors.tensor[i].values;
        largest = values > largest ? values : largest;
    }
    im->room = fl_calloc(largest + 1, sizeof *im->room);
    layout->read(im, net->parameters);
    fl_free(im->room);
    if (im->faults > MOST_FAULTS)
        fl_fail(im->err, im->tensors.path, "and %d faults more", im->faults - MOST_FAULTS);
    return im->faults == 0;
}

static bool import(struct fl_net *net, const char *folder, const char *weights, int context, struct fl_err *err)
{
    struct importer im = {.net = net, .err = err};
    const char *config = fl_arena_format(&net->arena, "%s/config.json", folder);
    if (!fl_model_read(&im.model, &net->arena, config, err))
        return false;
    const struct layout *layout = layouts;
    while (layout < layouts + LAYOUTS && strcmp(layout->type, im.model.family->type) != 0)
        layout++;
    if (layout == layouts + LAYOUTS)
        return fl_fail(err, config, "model_type is %s; weights are read in the layouts gpt2 and gpt_neox",
                       im.model.family->type);
    im.prefix = layout->prefix;
    net->name = im.model.name;
    net->config = config;
    bool ok = shape_find(&im, config, context) && fl_stored_read(&im.tensors, weights, err) &&
              weights_read(&im, layout);
    fl_stored_free(&im.tensors);
    return ok;
}

bool fl_net_open(struct fl_net *net, const char *name, int context, struct fl_err *err)
{
    static const char ending[] = ".safetensors";
    struct stat about;
    size_t length = strlen(name);
    bool folder = stat(name, &about) == 0 && S_ISDIR(about.st_mode);
    bool file = length > strlen(ending) && strcmp(name + length - strlen(ending), ending) == 0;
    if (!folder && !file && context > 0)
        return fl_fail(err, "--context", "is for published models; %s has its own", name);
    if (!folder && !file)
        return fl_net_read(net, name, err);
    memset(net, 0, sizeof *net);
    const char *slash = strrchr(name, '/');
    const char *in = folder ? name : slash != NULL ? fl_arena_slice(&net->arena, name, (size_t)(slash - name)) : ".";
    const char *weights = folder ? fl_arena_format(&net->arena, "%s/model.safetensors", name) : name;
    bool ok = import(net, in, weights, context, err);
    if (!ok)
        fl_net_free(net);
    return ok;
}
