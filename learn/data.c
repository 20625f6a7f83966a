/* data.c - the data of each task, and the work that a test on them is. */
#include "learn/data.h"

#include <string.h>

/* Letters and digits: drawn by these keys. */
enum { TRAIN_LETTERS = 8000, TEST_LETTERS = 2000, LETTERS_KEY = 7 };
enum { TRAIN_DIGITS = 4000, TEST_DIGITS = 1000, DIGITS_KEY = 11 };

bool fl_data_samples(struct fl_samples *samples, enum fl_task task, const char *wordnet, struct fl_err *err)
{
    *samples = (struct fl_samples){0};
    if (task == FL_TASK_GRAPH)
        return fl_samples_graph(samples, wordnet, err);
    if (task == FL_TASK_DIGITS)
        fl_samples_digits(samples, TRAIN_DIGITS, TEST_DIGITS, DIGITS_KEY);
    else
        fl_samples_letters(samples, TRAIN_LETTERS, TEST_LETTERS, LETTERS_KEY);
    return true;
}

/* What a network takes and tells for a row. */
static void sizes_of(const struct fl_net *net, size_t *inputs, size_t *classes)
{
    bool image = fl_net_is_transformer(net);
    *inputs = image ? (size_t)net->shape.context * (size_t)net->shape.patch : net->layered.width[0];
    *classes = image ? (size_t)net->shape.vocabulary : net->layered.width[net->layered.layers];
}

static bool load_samples(struct fl_data *data, const struct fl_net *net, const char *wordnet, struct fl_err *err)
{
    struct fl_samples *samples = &data->samples;
    if (!fl_data_samples(samples, net->task, wordnet, err))
        return false;
    size_t inputs, classes;
    sizes_of(net, &inputs, &classes);
    if (inputs != samples->inputs || classes != samples->classes)
        return fl_fail(err, net->name, "is a network of %zu inputs and %zu classes; the task %s has %zu and %zu",
                       inputs, classes, fl_task_names[net->task], samples->inputs, samples->classes);
    data->x = samples->x;
    while (data->first_test < samples->rows && samples->test[data->first_test] < 0)
        data->first_test++;
    for (size_t i = 0; i < samples->rows; i++)
        data->tests += samples->test[i] >= 0;
    if (samples->links.nodes > 0) {
        float *gathered = fl_arena_array(&data->arena, samples->rows * inputs, sizeof *gathered);
        fl_links_gather(&samples->links, inputs, samples->x, gathered);
        data->x = gathered;
    }
    return true;
}

bool fl_data_load(struct fl_data *data, const struct fl_net *net, const char *text, const char *wordnet,
                  struct fl_err *err)
{
    memset(data, 0, sizeof *data);
    if (!fl_net_is_of_text(net))
        return load_samples(data, net, wordnet, err);
    size_t least = (size_t)net->shape.context + 1;
    if (net->config != NULL && text == NULL)
        return fl_fail(err, "--text", "%s reads tokens of its own: give a file of their numbers, as its tokenizer "
                       "makes them", net->name);
    if (net->config != NULL)
        return fl_text_load_tokens(&data->text, text, net->shape.vocabulary, least, err);
    return fl_text_load(&data->text, text != NULL ? text : net->text, wordnet, least, err);
}

void fl_data_free(struct fl_data *data)
{
    fl_text_free(&data->text);
    fl_samples_free(&data->samples);
    fl_arena_free(&data->arena);
}

/* ---- as work for the simulator ---- */

/* The layers of `sequences` sequences side by side, and the norm behind them; their block is left open. */
static const char *trace_of_blocks(const struct fl_transformer *s, size_t sequences, struct fl_arena *arena)
{
    size_t t = (size_t)s->context, d = (size_t)s->width, m = t * sequences, inner = (size_t)s->inner;
    size_t heads = (size_t)s->heads * sequences, own = d / (size_t)s->heads;
    const char *out = s->patch == 0 ? " mask=causal_out" : "", *in = s->patch == 0 ? " mask=causal_in" : "";
    const char *attention = fl_arena_format(arena,
        "repeat %d layer 0\nnorm ln1 x -> ln1 m=%zu n=%zu\nlinear qkv ln1 -> qkv m=%zu k=%zu n=%zu\n"
        "matmul scores qkv -> scores groups=%zu m=%zu k=%zu n=%zu%s\n"
        "softmax softmax scores -> softmax m=%zu n=%zu share=%zu%s\n"
        "matmul context softmax qkv -> context groups=%zu m=%zu k=%zu n=%zu%s sign=non_negative\n"
        "linear attn_out context -> attn_out m=%zu k=%zu n=%zu\nadd add1 x attn_out -> add1 m=%zu n=%zu\n",
        s->layers, m, d, m, d, 3 * d, heads, t, own, t, out, m * (size_t)s->heads, t, heads, out, heads, t, t, own, in,
        m, d, d, m, d);
    return fl_arena_format(arena,
        "%snorm ln2 add1 -> ln2 m=%zu n=%zu\nlinear ffn_up ln2 -> ffn_up m=%zu k=%zu n=%zu\n"
        "activation relu ffn_up -> relu m=%zu n=%zu\n"
        "linear ffn_down relu -> ffn_down m=%zu k=%zu n=%zu sign=non_negative\n"
        "add add2 add1 ffn_down -> x m=%zu n=%zu\nend\n"
        "repeat 1\nnorm ln_f x -> ln_f m=%zu n=%zu\n",
        attention, m, d, m, d, inner, m, inner, m, inner, d, m, d, m, d);
}

static const char *trace_of_text(const struct fl_net *net, int sequences, struct fl_arena *arena)
{
    const struct fl_transformer *s = &net->shape;
    int t = s->context, d = s->width, m = t * sequences;
    const char *head = fl_arena_format(arena,
        "fanlight-trace 1\nmodel %s\nphase prefill\ncontext %d\ntokens %d\nbatch %d\nattention causal\nlogits all\n"
        "input tokens\nrepeat 1\n"
        "embed embed tokens -> embed m=%d k=%d n=%d\nembed position -> position m=%d k=%d n=%d\n"
        "add embed_add embed position -> x m=%d n=%d\nend\n",
        net->name, t, t, sequences, m, s->vocabulary, d, t, t, d, m, d);
    return fl_arena_format(arena, "%s%slinear logits ln_f -> logits m=%d k=%d n=%d\nend\n", head,
                           trace_of_blocks(s, (size_t)sequences, arena), m, d, s->vocabulary);
}

/* Every patch sees every other, and the tops of an image's patches are summed up: one addition less than patches. */
static const char *trace_of_images(const struct fl_data *data, const struct fl_net *net, struct fl_arena *arena)
{
    const struct fl_transformer *s = &net->shape;
    size_t images = data->tests, t = (size_t)s->context, d = (size_t)s->width, m = t * images;
    const char *head = fl_arena_format(arena,
        "fanlight-trace 1\nmodel %s\nphase prefill\ncontext %zu\ntokens %zu\ninput patches place\nrepeat 1\n"
        "linear patch_embed patches -> patch_embed m=%zu k=%d n=%zu\nadd embed_add patch_embed place -> x m=%zu n=%zu\n"
        "end\n", net->name, images, images, m, s->patch, d, m, d);
    return fl_arena_format(arena, "%s%sadd pool ln_f ln_f -> pool m=%zu n=%zu\n"
                           "linear logits pool -> logits m=%zu k=%zu n=%d\nend\n",
                           head, trace_of_blocks(s, images, arena), images * (t - 1), d, images, d, s->vocabulary);
}

/* Sums over neighbours: as many rows are added as there are links, in whole rounds over the nodes and what is left. */
static const char *trace_of_gather(const struct fl_links *links, int layer, size_t width, const char *from,
                                   struct fl_arena *arena)
{
    size_t all = links->start[links->nodes], rest = all % links->nodes;
    const char *text = fl_arena_format(arena, "add gather%d neighbours %s -> gathered%d m=%zu n=%zu\n", layer, from,
                                       layer, all - rest, width);
    if (rest > 0)
        text = fl_arena_format(arena, "%sadd gather_rest%d neighbours %s -> rest%d m=%zu n=%zu\n", text, layer, from,
                               layer, rest, width);
    return text;
}

static const char *trace_of_layers(const struct fl_data *data, const struct fl_net *net, struct fl_arena *arena)
{
    const struct fl_layered *layered = &net->layered;
    const struct fl_links *links = &data->samples.links;
    bool graph = links->nodes > 0;
    size_t m = graph ? links->nodes : data->tests;
    const char *text = fl_arena_format(arena, "fanlight-trace 1\nmodel %s\nphase prefill\ncontext %zu\ntokens %zu\n"
                                       "input rows%s\n", net->name, m, m, graph ? " neighbours" : ""), *from = "rows";
    for (int l = 0; l < layered->layers; l++) {
        size_t k = layered->width[l], n = layered->width[l + 1];
        if (graph) {
            text = fl_arena_format(arena, "%s%s", text, trace_of_gather(links, l + 1, k, from, arena));
            from = fl_arena_format(arena, "gathered%d", l + 1);
        }
        text = fl_arena_format(arena, "%slinear %s %s -> sum%d m=%zu k=%zu n=%zu%s\n", text, fl_layered_site_names[l],
                               from, l + 1, m, k, n, l > 0 ? " sign=non_negative" : "");
        if (l < layered->layers - 1)
            text = fl_arena_format(arena, "%sactivation relu%d sum%d -> relu%d m=%zu n=%zu\n", text, l + 1, l + 1,
                                   l + 1, m, n);
        from = fl_arena_format(arena, "relu%d", l + 1);
    }
    return text;
}

const char *fl_data_trace(const struct fl_data *data, const struct fl_net *net, int sequences,
                          struct fl_arena *arena)
{
    if (fl_net_is_of_text(net))
        return trace_of_text(net, sequences, arena);
    return fl_net_is_transformer(net) ? trace_of_images(data, net, arena) : trace_of_layers(data, net, arena);
}
