/* config_rest.c - what of a config.json is not understood: model types nobody here knows, and fields nobody has read.
 *
 * A model type that is not known is told as what it is, as far as a table or its own
 * fields say, never as another one; only one or two letters are a typing error.
 */
#include <string.h>

#include "base/nearest.h"
#include "base/shelf.h"
#include "traces/build.h"
#include "traces/config.h"

enum { MOST_FAMILIES = 128 };

/* ---- fields that change a network ---- */

/* Whether a value says that its field is not used. */
static bool is_idle(const json_t *value, const struct fl_shaping *shaping)
{
    switch (json_typeof(value)) {
    case JSON_INTEGER:
        return json_integer_value(value) <= shaping->idle;
    case JSON_REAL:
        return json_real_value(value) <= 0;
    case JSON_STRING:
        return json_string_length(value) == 0 ||
               (shaping->idle_text != NULL && strcmp(json_string_value(value), shaping->idle_text) == 0);
    case JSON_OBJECT:
        return json_object_size(value) == 0;
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value); i++)
            if (!is_idle(json_array_get(value, i), shaping))
                return false;
        return true;
    default:
        return !json_is_true(value);
    }
}

/* ---- model types ---- */

/* What the fields of an unknown network tell of it. */
static void describe(struct fl_config *c, const char *type, const char *known)
{
    static const struct { const char *field, *kind, *nearest; } signs[] = {
        { "image_size", "a vision model", "vit" },
        { "patch_size", "a vision model", "vit" },
        { "type_vocab_size", "a text encoder", "bert" },
        { "rms_norm_eps", "a decoder with RMS norms", "llama" },
        { "num_key_value_heads", "a decoder whose heads share keys and values", "llama" },
        { "n_embd", "a decoder", "gpt2" },
        { "hidden_size", "a Transformer", NULL },
    };
    for (const struct fl_shaping *shaping = fl_fields_shaping; shaping->name != NULL; shaping++) {
        const json_t *value = json_object_get(c->root, shaping->name);
        if (shaping->refused && value != NULL && !is_idle(value, shaping)) {
            fl_config_fail(c, "model_type", "\"%s\" is not simulated: %s = %s says that it has %s, which no family "
                           "here has (%s)", type, shaping->name, fl_config_value(c, value), shaping->what, known);
            return;
        }
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (json_object_get(c->root, signs[i].field) != NULL) {
            fl_config_fail(c, "model_type", "\"%s\" is not known; by its field %s it is %s%s%s%s; known: %s", type,
                           signs[i].field, signs[i].kind, signs[i].nearest ? ", and the nearest family here is " : "",
                           signs[i].nearest ? signs[i].nearest : "",
                           signs[i].nearest ? "; what sets it apart is not known" : "", known);
            return;
        }
    fl_config_fail(c, "model_type", "\"%s\" is not known; known: %s", type, known);
}

const struct fl_family *fl_config_family(struct fl_config *c)
{
    const char *known[MOST_FAMILIES + 1];
    size_t count = 0;
    for (const struct fl_family *family = fl_families; family->type != NULL && count < MOST_FAMILIES; family++)
        known[count++] = family->type;
    known[count] = NULL;
    const char *list = fl_names_joined(c->arena, known);
    json_t *value = json_object_get(c->root, "model_type");
    if (value == NULL || json_is_null(value)) {
        c->good = fl_fail(c->err, c->where, "no \"model_type\"; give one of %s", list);
        return NULL;
    }
    if (!json_is_string(value)) {
        fl_config_fail(c, "model_type", "%s; a text is wanted, one of %s", fl_config_type(value), list);
        return NULL;
    }
    const char *type = json_string_value(value);
    const struct fl_family *family = fl_family_find(type);
    const struct fl_foreign *foreign = fl_foreign_find(type);
    const char *near = fl_misspelt(type, known, count);
    if (family != NULL)
        return family;
    if (foreign != NULL)
        fl_config_fail(c, "model_type", "\"%s\" is not simulated: %s; the nearest family here is %s, but %s", type,
                       foreign->kind, foreign->nearest, foreign->differs);
    else if (near != NULL)
        fl_config_fail(c, "model_type", "\"%s\" is not known; did you mean \"%s\"?", type, near);
    else
        describe(c, fl_config_word(c, type), list);
    return NULL;
}

/* ---- what nobody has read ---- */

void fl_config_rest(struct fl_config *c)
{
    const char *name, *unknown = NULL;
    json_t *value;
    json_object_foreach(c->root, name, value) {
        const struct fl_shaping *shaping = fl_shaping_find(name);
        if (json_object_get(c->read, name) != NULL || json_is_null(value))
            continue;
        if (shaping != NULL && is_idle(value, shaping))
            continue;
        const char *shown = fl_config_value(c, value);
        if (shaping != NULL && shaping->refused)
            fl_config_fail(c, name, "%s: %s, which is not simulated; take it out if this network has none", shown,
                           shaping->what);
        else if (shaping != NULL)
            fl_config_note(c, "%s = %s is not simulated: %s", name, shown, shaping->what);
        else if (!fl_field_is_harmless(name))
            unknown = fl_arena_format(c->arena, "%s%s%s = %s", unknown ? unknown : "", unknown ? ", " : "",
                                      fl_config_word(c, name), shown);
    }
    if (unknown != NULL)
        fl_config_note(c, "not understood, and left out: %s", unknown);
}
