/* config.c - config.json files, as published with models, to struct fl_model.
 *
 * Every field has a role and, across model types, several published names ("n_embd",
 * "hidden_size", "d_model"); any of them will do. What a file may leave out has the
 * preset of the reference implementation (family.c); what it must not, or what cannot
 * be, is a fault. Fields that say nothing of shape are ignored.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/whole.h"
#include "traces/build.h"
#include "traces/model.h"

#define LARGEST ((int64_t)1 << 40)      /* of any size in a config.json */
#define REQUIRED (-1)
enum { MOST_NAMES = 64 };               /* in a list of model types or activations */
enum { MOST_PATCHES = 1 << 20 };        /* along a side of the image */

struct config {
    json_t *root;
    const char *where;                  /* the file */
    struct fl_arena *arena;
    struct fl_err *err;
    bool good;
};

#define NAMES(...) (const char *const[]){ __VA_ARGS__, NULL }

/* ---- one field ---- */

static const char *type_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return "a text";
    case JSON_REAL:
        return "a real number";
    case JSON_INTEGER:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_ARRAY:
        return "a list";
    case JSON_OBJECT:
        return "an object";
    default:
        return "null";
    }
}

static void FL_PRINTF(3, 4) fail(struct config *c, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[512];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->good = fl_fail(c->err, fl_arena_format(c->arena, "%s: %s", c->where, name), "%s", text);
}

/* "n_embd" (or hidden_size, d_model) */
static const char *names_text(struct config *c, const char *const *name)
{
    const char *text = fl_arena_format(c->arena, "\"%s\"", name[0]);
    for (size_t i = 1; name[i] != NULL; i++)
        text = fl_arena_format(c->arena, "%s%s%s%s", text, i == 1 ? " (or " : ", ", name[i], name[i + 1] ? "" : ")");
    return text;
}

/* The field by the first of its names that the file has with a value, or NULL; null counts as absent. Two names that
 * disagree are a fault. */
static bool find(struct config *c, const char *const *name, json_t **value, const char **found)
{
    bool good = true;
    *value = NULL;
    *found = name[0];
    for (size_t i = 0; name[i] != NULL; i++) {
        json_t *other = json_object_get(c->root, name[i]);
        if (other == NULL || json_is_null(other))
            continue;
        if (*value == NULL) {
            *value = other;
            *found = name[i];
        } else if (!json_equal(*value, other)) {
            fail(c, name[i], "disagrees with \"%s\", which means the same; leave one", *found);
            good = false;
        }
    }
    return good;
}

static void fail_missing(struct config *c, const char *const *name, const char *meaning)
{
    c->good = fl_fail(c->err, c->where, "no %s; give the %s", names_text(c, name), meaning);
}

/* A whole number from `least` to LARGEST. A fault gives 0, so that what is reckoned from it is left unsaid. */
static int64_t count_field(struct config *c, const char *const *name, int64_t least, int64_t preset,
                           const char *meaning)
{
    const char *found;
    json_t *value;
    if (!find(c, name, &value, &found))
        return 0;
    if (value == NULL) {
        if (preset == REQUIRED)
            fail_missing(c, name, meaning);
        return preset == REQUIRED ? 0 : preset;
    }
    int64_t number = json_integer_value(value);
    if (!json_is_integer(value))
        fail(c, found, "%s; a whole number is wanted: the %s", type_of(value), meaning);
    else if (number < least)
        fail(c, found, "%" PRId64 " is too small; the %s must be %" PRId64 " or more", number, meaning, least);
    else if (number > LARGEST)
        fail(c, found, "%" PRId64 " is absurd; the %s may be at most 2^40", number, meaning);
    else
        return number;
    return 0;
}

static bool flag_field(struct config *c, const char *const *name, bool preset)
{
    const char *found;
    json_t *value;
    if (!find(c, name, &value, &found) || value == NULL)
        return preset;
    if (!json_is_boolean(value)) {
        fail(c, found, "%s; true or false is wanted", type_of(value));
        return preset;
    }
    return json_is_true(value);
}

/* A share of a whole, above 0 and at most 1. */
static double share_field(struct config *c, const char *const *name, double preset)
{
    const char *found;
    json_t *value;
    if (!find(c, name, &value, &found) || value == NULL)
        return preset;
    double share = json_number_value(value);
    if (!json_is_number(value))
        fail(c, found, "%s; a number is wanted, above 0 and at most 1", type_of(value));
    else if (!(share > 0 && share <= 1))
        fail(c, found, "%g is no share; give a number above 0 and at most 1", share);
    else
        return share;
    return preset;
}

/* ---- groups of fields ---- */

static const char *list_text(struct config *c, const char *const *name, size_t count)
{
    const char *list = "";
    for (size_t i = 0; i < count; i++)
        list = fl_arena_format(c->arena, "%s%s%s", list, i > 0 ? ", " : "", name[i]);
    return list;
}

/* A text that should be one of `count` names is none of them. */
static void fail_unknown(struct config *c, const char *field, const char *text, const char *const *name, size_t count)
{
    const char *near = fl_nearest(text, name, count);
    if (near != NULL)
        fail(c, field, "\"%.64s\" is not known; did you mean \"%s\"?", text, near);
    else
        fail(c, field, "\"%.64s\" is not known; known: %s", text, list_text(c, name, count));
}

static const struct fl_family *read_family(struct config *c)
{
    const char *known[MOST_NAMES];
    size_t count = 0;
    for (const struct fl_family *family = fl_families; family->type != NULL && count < MOST_NAMES; family++)
        known[count++] = family->type;
    json_t *value = json_object_get(c->root, "model_type");
    if (value == NULL || json_is_null(value)) {
        c->good = fl_fail(c->err, c->where, "no \"model_type\"; give one of %s", list_text(c, known, count));
        return NULL;
    }
    if (!json_is_string(value)) {
        fail(c, "model_type", "%s; a text is wanted, one of %s", type_of(value), list_text(c, known, count));
        return NULL;
    }
    const struct fl_family *family = fl_family_find(json_string_value(value));
    if (family == NULL)
        fail_unknown(c, "model_type", json_string_value(value), known, count);
    return family;
}

static void read_activation(struct config *c, struct fl_model *m)
{
    const char *const *names = NAMES("activation_function", "hidden_activation", "hidden_act", "activation");
    const char *found, *name = m->family->activation;
    json_t *value;
    if (!find(c, names, &value, &found))
        return;
    if (value != NULL && !json_is_string(value)) {
        fail(c, found, "%s; the name of a function is wanted", type_of(value));
        return;
    }
    if (value != NULL)
        name = json_string_value(value);
    m->activation = fl_activation_find(name);
    if (m->activation != NULL)
        return;
    const char *known[MOST_NAMES];
    size_t count = 0;
    for (const struct fl_activation *a = fl_activations; a->name != NULL && count < MOST_NAMES; a++)
        known[count++] = a->name;
    fail_unknown(c, found, name, known, count);
}

static void read_heads(struct config *c, struct fl_model *m)
{
    const char *const *names = NAMES("num_key_value_heads", "num_kv_heads", "n_head_kv");
    m->heads = count_field(c, NAMES("num_attention_heads", "n_head", "n_heads"), 1, REQUIRED,
                           "number of attention heads");
    int64_t preset = m->heads;
    if (strcmp(m->family->type, "falcon") == 0 && !flag_field(c, NAMES("new_decoder_architecture"), false)) {
        if (flag_field(c, NAMES("multi_query"), true))
            preset = 1;
        m->kv_heads = preset;                                   /* its num_kv_heads counts in the new one alone */
    } else
        m->kv_heads = count_field(c, names, 1, preset, "number of heads of keys and values");
    m->head_width = count_field(c, NAMES("head_dim"), 1, 0, "width of a head");
    if (m->heads > 0 && m->kv_heads > 0 && m->heads % m->kv_heads != 0)
        fail(c, names[0], "%" PRId64 " heads cannot share %" PRId64 " heads of keys and values evenly; "
                          "the first must be a multiple of the second", m->heads, m->kv_heads);
    if (m->head_width > 0 || m->heads == 0 || m->width == 0)
        return;
    if (m->width % m->heads != 0)
        fail(c, "num_attention_heads", "a width of %" PRId64 " cannot be divided into %" PRId64 " heads; "
                                       "change one, or give \"head_dim\"", m->width, m->heads);
    m->head_width = m->width / m->heads;
}

static void read_layer(struct config *c, struct fl_model *m)
{
    const struct fl_family *family = m->family;
    m->width = count_field(c, NAMES("hidden_size", "n_embd", "d_model", "n_embed"), 1, REQUIRED,
                           "width of the model");
    m->layers = count_field(c, NAMES("num_hidden_layers", "n_layer", "n_layers"), 1, REQUIRED, "number of layers");
    read_heads(c, m);
    m->ffn = count_field(c, NAMES("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size"), 1,
                         family->ffn_preset ? 4 * m->width : REQUIRED, "width between the feed-forward products");
    read_activation(c, m);
    m->norm_last = family->norm_last || !flag_field(c, NAMES("do_layer_norm_before"), true);
    m->final_norm = !m->norm_last && !flag_field(c, NAMES("_remove_final_layer_norm"), false);
    m->parallel = family->parallel != FL_SERIAL;
    if (family->parallel == FL_PARALLEL_IF_SAID)
        m->parallel = flag_field(c, NAMES("use_parallel_residual", "parallel_attn"), true);
    m->one_norm = m->parallel && family->one_norm && !flag_field(c, NAMES("new_decoder_architecture"), false);
}

static void read_positions(struct config *c, struct fl_model *m)
{
    const struct fl_family *family = m->family;
    int64_t preset = strcmp(family->type, "falcon") == 0 ? 2048 : REQUIRED;
    m->positions = count_field(c, NAMES("max_position_embeddings", "n_positions", "n_ctx"), 1 + family->position_offset,
                               preset, "most tokens of a sequence");
    if (!family->rotary) {
        m->position_rows = m->positions + (family->offset_counted ? 0 : family->position_offset);
        m->positions -= family->offset_counted ? family->position_offset : 0;
        return;
    }
    if (flag_field(c, NAMES("alibi"), false))
        return;
    double share = share_field(c, NAMES("rotary_pct", "partial_rotary_factor"), family->rotary_share);
    int64_t preset_width = fl_whole(share * (double)m->head_width, 0, LARGEST);
    m->rotary = count_field(c, NAMES("rotary_dim"), 1, preset_width, "values of a head that are rotated");
    if (m->head_width > 0 && m->rotary > m->head_width)
        fail(c, "rotary_dim", "%" PRId64 " is more than a head's width of %" PRId64, m->rotary, m->head_width);
}

static void read_text_model(struct config *c, struct fl_model *m)
{
    m->vocab = count_field(c, NAMES("vocab_size"), 1, REQUIRED, "number of tokens known");
    m->embed_width = count_field(c, NAMES("word_embed_proj_dim"), 1, m->width, "width of the token table");
    m->tied = flag_field(c, NAMES("tie_word_embeddings"), m->family->tied);
    if (m->family->kind == FL_TEXT_ENCODER)
        m->types = count_field(c, NAMES("type_vocab_size"), 0, 2, "number of token types");
    read_positions(c, m);
    if (flag_field(c, NAMES("use_sliding_window"), strcmp(m->family->type, "qwen2") != 0))
        m->window = count_field(c, NAMES("sliding_window"), 1, 0, "tokens that attention looks back");
}

static void read_labels(struct config *c, struct fl_model *m)
{
    json_t *names = json_object_get(c->root, "id2label");
    if (names != NULL && !json_is_null(names) && !json_is_object(names)) {
        fail(c, "id2label", "%s; an object is wanted, a name for each label", type_of(names));
        return;
    }
    int64_t preset = names ? (int64_t)json_object_size(names) : 0;
    m->labels = count_field(c, NAMES("num_labels"), 0, preset, "number of labels");
}

static void read_vision_model(struct config *c, struct fl_model *m)
{
    int64_t image = count_field(c, NAMES("image_size"), 1, REQUIRED, "side of the image in pixels");
    m->patch = count_field(c, NAMES("patch_size"), 1, REQUIRED, "side of a patch in pixels");
    m->channels = count_field(c, NAMES("num_channels"), 1, 3, "number of colours");
    m->embed_width = m->width;
    read_labels(c, m);
    if (image == 0 || m->patch == 0)
        return;
    int64_t side = image / m->patch;
    if (image % m->patch != 0)
        fail(c, "image_size", "%" PRId64 " is not a multiple of patch_size, %" PRId64, image, m->patch);
    if (side > MOST_PATCHES) {
        fail(c, "image_size", "%" PRId64 " x %" PRId64 " patches are absurd; at most 2^20 a side", side, side);
        return;
    }
    m->patches = side * side;
    m->position_rows = m->positions = m->patches + m->family->extra_tokens;
}

static void read_model(struct config *c, struct fl_model *m)
{
    m->family = read_family(c);
    if (m->family == NULL)
        return;
    read_layer(c, m);
    if (m->family->kind == FL_VISION_ENCODER)
        read_vision_model(c, m);
    else
        read_text_model(c, m);
}

bool fl_model_read(struct fl_model *model, struct fl_arena *arena, const char *path, struct fl_err *err)
{
    *model = (struct fl_model){ .name = fl_file_stem(arena, path) };
    struct config c = { .where = path, .arena = arena, .err = err, .good = true };
    char *text;
    if (!fl_file_read(path, &text, err))
        return false;
    json_error_t fault;
    c.root = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &fault);
    free(text);
    if (c.root == NULL)
        return fl_fail(err, fl_arena_format(arena, "%s:%d", path, fault.line), "column %d: %s; mend the JSON",
                       fault.column, fault.text);
    if (json_is_object(c.root))
        read_model(&c, model);
    else
        c.good = fl_fail(err, path, "%s; an object with the model's fields is wanted", type_of(c.root));
    json_decref(c.root);
    return c.good;
}
