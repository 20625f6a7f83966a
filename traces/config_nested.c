/* config_nested.c - files that hold several networks: which of them is read.
 *
 *     --model llava.json                  its language part, and a note
 *     --model clip.json#vision_config     that part
 *
 * A part says only what its class does not take for granted, so what it leaves out has the
 * presets of the reference implementation, and a note names them.
 */
#include <string.h>

#include "traces/build.h"
#include "traces/config.h"

/* Networks around a language model: their type, the language model's if the part does not say, and whether older files
 * have its fields beside the others. */
static const struct wrapper { const char *type, *language; bool flat; } wrappers[] = {
    { "llava", "llama", true },        { "llava_llama", "llama", true },  { "llava_next", "llama", false },
    { "llava_next_video", "llama", false }, { "llava_onevision", "qwen2", false }, { "video_llava", "llama", false },
    { "vipllava", "llama", false },    { "idefics2", "mistral", false },  { "idefics3", "llama", false },
    { "smolvlm", "llama", false },     { "paligemma", "gemma", false },   { "mistral3", "mistral", false },
    { "gemma3", "gemma3_text", false }, { "qwen2_vl", "qwen2", true },    { "qwen2_5_vl", "qwen2", true },
    { "qwen3_vl", "qwen3", false },    { "qwen3_vl_moe", "qwen3_moe", false }, { "internvl_chat", "internlm2", false },
    { "internvl", "qwen2", false },    { "aya_vision", "cohere", false }, { "kimi_vl", "deepseek_v3", false },
    { "llama4", "llama4_text", false }, { "cohere2_vision", "cohere2", false }, { "glm4v", "glm4", false },
    { "glm4v_moe", "glm4_moe", false }, { "blip-2", "opt", false },        { "instructblip", "llama", false },
    { NULL, NULL, false },
};
static const char *const languages[] = { "text_config", "llm_config", "language_config", NULL };

/* Other names of types that are families here. */
static const struct { const char *type, *family; } aliases[] = {
    { "qwen2_vl_text", "qwen2" },     { "qwen2_5_vl_text", "qwen2" },      { "qwen3_vl_text", "qwen3" },
    { "qwen3_vl_moe_text", "qwen3_moe" }, { "glm4v_text", "glm4" },        { "glm4v_moe_text", "glm4_moe" },
};

/* Types of parts that do not say theirs. */
static const struct { const char *whole, *part, *type; } parts[] = {
    { "clip", "text_config", "clip_text_model" },     { "clip", "vision_config", "clip_vision_model" },
    { "siglip", "text_config", "siglip_text_model" }, { "siglip", "vision_config", "siglip_vision_model" },
};

#define SIZES(vocab, width, ffn, layers, heads, positions) \
    "{\"vocab_size\": " #vocab ", \"hidden_size\": " #width ", \"intermediate_size\": " #ffn \
    ", \"num_hidden_layers\": " #layers ", \"num_attention_heads\": " #heads \
    ", \"max_position_embeddings\": " #positions
#define SIGHT(width, ffn, layers, heads, image, patch) \
    "{\"hidden_size\": " #width ", \"intermediate_size\": " #ffn ", \"num_hidden_layers\": " #layers \
    ", \"num_attention_heads\": " #heads ", \"image_size\": " #image ", \"patch_size\": " #patch "}"
static const struct { const char *type, *presets; } presets[] = {
    { "llama", SIZES(32000, 4096, 11008, 32, 32, 2048) "}" },
    { "mistral", SIZES(32000, 4096, 14336, 32, 32, 131072) ", \"num_key_value_heads\": 8, \"sliding_window\": 4096}" },
    { "qwen2", SIZES(151936, 4096, 22016, 32, 32, 32768) "}" },
    { "gemma", SIZES(256000, 3072, 24576, 28, 16, 8192) ", \"num_key_value_heads\": 16}" },
    { "gemma2", SIZES(256000, 2304, 9216, 26, 8, 8192) ", \"num_key_value_heads\": 4}" },
    { "gemma3_text", SIZES(262208, 2304, 9216, 26, 8, 131072) ", \"num_key_value_heads\": 4}" },
    { "clip_text_model", SIZES(49408, 512, 2048, 12, 8, 77) "}" },
    { "siglip_text_model", SIZES(32000, 768, 3072, 12, 12, 64) "}" },
    { "clip_vision_model", SIGHT(768, 3072, 12, 12, 224, 32) },
    { "siglip_vision_model", SIGHT(768, 3072, 12, 12, 224, 16) },
};

static const struct wrapper *wrapper_of(const json_t *root)
{
    const char *type = json_string_value(json_object_get(root, "model_type"));
    for (const struct wrapper *w = wrappers; type != NULL && w->type != NULL; w++)
        if (strcmp(w->type, type) == 0)
            return w;
    return NULL;
}

static void set_type(json_t *part, const char *type)
{
    if (type != NULL && json_object_get(part, "model_type") == NULL)
        json_object_set_new(part, "model_type", json_string(type));
}

static void presets_release(void *all)
{
    json_decref(all);
}

/* What the class of a part takes for granted. */
static void fill_in(struct fl_config *c, const char *from, json_t *part)
{
    const char *type = json_string_value(json_object_get(part, "model_type")), *name, *text = NULL;
    json_t *value;
    for (size_t i = 0; type != NULL && i < sizeof presets / sizeof *presets; i++) {
        if (strcmp(presets[i].type, type) != 0)
            continue;
        json_t *all = json_loads(presets[i].presets, 0, NULL);
        fl_assert(all != NULL);
        struct fl_hold hold;
        fl_hold(&hold, presets_release, all);
        json_object_foreach(all, name, value)
            if (json_object_get(part, name) == NULL) {
                json_object_set(part, name, value);
                text = fl_arena_format(c->arena, "%s%s%s = %s", text ? text : "", text ? ", " : "", name,
                                       fl_config_value(c, value));
            }
        fl_let_go(&hold);
        json_decref(all);
    }
    if (text != NULL)
        fl_config_note(c, "%s leaves to the presets of %s: %s", from, type, text);
}

/* What the whole says of its language part, too. */
static void hand_down(const json_t *whole, json_t *part)
{
    static const char *const names[] = { "tie_word_embeddings", "quantization_config" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = json_object_get(whole, names[i]);
        if (value != NULL && json_object_get(part, names[i]) == NULL)
            json_object_set(part, names[i], value);
    }
}

static bool is_config(const char *name)
{
    static const char ending[] = "_config";
    size_t length = strlen(name), tail = sizeof ending - 1;
    return length > tail && strcmp(name + length - tail, ending) == 0 && strcmp(name, "quantization_config") != 0;
}

/* "text_config, vision_config": the networks in an object. */
static const char *objects_of(struct fl_config *c, json_t *whole)
{
    const char *text = "none", *name;
    json_t *value;
    json_object_foreach(whole, name, value)
        if (json_is_object(value) && (is_config(name) || json_object_get(value, "model_type") != NULL))
            text = strcmp(text, "none") == 0 ? fl_config_word(c, name)
                                             : fl_arena_format(c->arena, "%s, %s", text, fl_config_word(c, name));
    return text;
}

/* The part that is asked for; NULL: there is none. */
static json_t *part_asked(struct fl_config *c, const char *asked)
{
    json_t *part = json_object_get(c->root, asked);
    const char *type = json_string_value(json_object_get(c->root, "model_type"));
    if (!json_is_object(part)) {
        c->good = fl_fail(c->err, c->where, "no object \"%s\"; there are: %s", asked, objects_of(c, c->root));
        return NULL;
    }
    const struct wrapper *w = wrapper_of(c->root);
    bool language = false;
    for (size_t i = 0; languages[i] != NULL; i++)
        language |= strcmp(asked, languages[i]) == 0;
    for (size_t i = 0; type != NULL && i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].whole, type) == 0 && strcmp(parts[i].part, asked) == 0)
            set_type(part, parts[i].type);
    if (language && w != NULL)
        set_type(part, w->language);
    if (language)
        hand_down(c->root, part);
    return part;
}

static void rename_type(json_t *part)
{
    const char *type = json_string_value(json_object_get(part, "model_type"));
    for (size_t i = 0; type != NULL && i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(aliases[i].type, type) == 0) {
            json_object_set_new(part, "model_type", json_string(aliases[i].family));
            return;
        }
}

/* The language model of a network around one: its fields stand beside the others. */
static void flatten(struct fl_config *c, const struct wrapper *w)
{
    static const char *const others[] = { "vision_config", "audio_config", "architectures" };
    fl_config_note(c, "the language part of %s alone, as %s: what images become are tokens of the context", w->type,
                   w->language);
    json_object_set_new(c->root, "model_type", json_string(w->language));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        json_object_del(c->root, others[i]);
}

bool fl_config_part(struct fl_config *c, const char *asked)
{
    const struct wrapper *w = wrapper_of(c->root);
    const char *file = c->where, *part = asked;
    for (size_t i = 0; w != NULL && part == NULL && languages[i] != NULL; i++)
        if (json_is_object(json_object_get(c->root, languages[i])))
            part = languages[i];
    if (part == NULL) {
        if (w != NULL && w->flat)
            flatten(c, w);
        rename_type(c->root);
        return true;
    }
    json_t *inside = part_asked(c, part);
    if (inside == NULL)
        return false;
    if (asked == NULL)
        fl_config_note(c, "the language part (%s) of %s alone: what images become are tokens of the context; --model "
                       "%s#PART is another part: %s", part, w->type, fl_file_stem(c->arena, file),
                       objects_of(c, c->root));
    c->where = fl_arena_format(c->arena, "%s#%s", file, part);
    rename_type(inside);
    fill_in(c, part, inside);
    c->root = inside;
    return true;
}
