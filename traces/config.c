/* config.c - config.json files, as published with models, to struct fl_model.
 *
 * Every field has several published names ("n_embd", "hidden_size", "d_model"); any of
 * them will do (field.c). What a file may leave out has the preset of the reference
 * implementation (family.c); what it must not, or what cannot be, is a fault. What nobody
 * here has read is judged at the end (config_rest.c).
 */
#include "traces/config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/shelf.h"
#include "base/whole.h"
#include "traces/build.h"

enum { MOST_PATCHES = 1 << 20 };        /* along a side of the image */

static bool is_family(const struct fl_model *m, const char *type)
{
    return strcmp(m->family->type, type) == 0;
}

/* ---- a layer ---- */

/* Heads of keys and values. Falcon's number counts in its second form alone. */
static int64_t read_kv_heads(struct fl_config *c, struct fl_model *m)
{
    const char *type = fl_config_text(c, FL_FIELD_HEAD_TYPE);
    bool multiquery = type != NULL && strcmp(type, "multiquery") == 0;
    if (type != NULL && !multiquery && strcmp(type, "multihead") != 0)
        fl_config_fail(c, "attention_head_type", "\"%.64s\" is not known; known: multihead, multiquery", type);
    int64_t given = fl_config_count(c, FL_FIELD_KV_HEADS, 1, m->heads);
    bool first_falcon = is_family(m, "falcon") && !fl_config_flag(c, FL_FIELD_NEW_DECODER, false);
    bool one = fl_config_flag(c, FL_FIELD_MULTI_QUERY, first_falcon || m->family->multi_query);
    multiquery = multiquery || (one && (first_falcon || m->family->multi_query));
    return multiquery ? 1 : first_falcon ? m->heads : given;
}

static void read_heads(struct fl_config *c, struct fl_model *m)
{
    m->heads = fl_config_count(c, FL_FIELD_HEADS, 1, FL_REQUIRED);
    m->kv_heads = read_kv_heads(c, m);
    m->head_width = fl_config_count(c, FL_FIELD_HEAD_WIDTH, 1, m->family->head_width);
    if (m->heads > 0 && m->kv_heads > 0 && m->heads % m->kv_heads != 0)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_KV_HEADS), "%" PRId64 " heads cannot share %" PRId64 " heads of "
                       "keys and values evenly; the first must be a multiple of the second", m->heads, m->kv_heads);
    if (m->head_width > 0 || m->heads == 0 || m->width == 0)
        return;
    if (m->width % m->heads != 0)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_HEADS), "a width of %" PRId64 " cannot be divided into %" PRId64
                       " heads; change one%s", m->width, m->heads,
                       fl_field_is_of(FL_FIELD_HEAD_WIDTH, m->family) ? ", or give \"head_dim\"" : "");
    m->head_width = m->width / m->heads;
}

static void read_parallel(struct fl_config *c, struct fl_model *m)
{
    const struct fl_family *family = m->family;
    bool said = fl_config_flag(c, FL_FIELD_PARALLEL, true);
    bool second = fl_config_flag(c, FL_FIELD_NEW_DECODER, false);
    int64_t norms = fl_config_count(c, FL_FIELD_LAYER_NORMS, 1, 2);
    if (norms > 2)
        fl_config_fail(c, "num_ln_in_parallel_attn", "%" PRId64 " norms are not known; give 1 or 2", norms);
    m->parallel = family->parallel == FL_PARALLEL || (family->parallel == FL_PARALLEL_IF_SAID && said);
    m->one_norm = m->parallel && family->one_norm && !(second && norms == 2);
}

static void read_layer(struct fl_config *c, struct fl_model *m)
{
    const struct fl_family *family = m->family;
    m->width = fl_config_count(c, FL_FIELD_WIDTH, 1, FL_REQUIRED);
    m->layers = fl_config_count(c, FL_FIELD_LAYERS, 1, FL_REQUIRED);
    if (family->latent)
        fl_config_latent(c);
    else
        read_heads(c, m);
    m->ffn = fl_config_count(c, FL_FIELD_FFN, family->ffn_halves ? 2 : 1,
                             family->ffn_preset ? 4 * m->width : FL_REQUIRED);
    m->ffn /= family->ffn_halves ? 2 : 1;
    fl_config_activation(c);
    fl_config_gate(c);
    fl_config_experts(c);
    m->query_norms = fl_config_flag(c, FL_FIELD_QUERY_NORMS, family->query_norms);
    m->norm_last = !fl_config_flag(c, FL_FIELD_NORM_BEFORE, !family->norm_last);
    m->final_norm = !fl_config_flag(c, FL_FIELD_NO_FINAL_NORM, false) && !m->norm_last;
    read_parallel(c, m);
}

/* ---- positions ---- */

static void read_position_table(struct fl_config *c, struct fl_model *m)
{
    const struct fl_family *family = m->family;
    const char *type = fl_config_text(c, FL_FIELD_POSITION_TYPE);
    m->position_rows = m->positions + (family->offset_counted ? 0 : family->position_offset);
    m->positions -= family->offset_counted ? family->position_offset : 0;
    if (type == NULL || strcmp(type, "absolute") == 0)
        return;
    if (strcmp(type, "alibi") == 0)
        m->position_rows = 0;
    else if (strcmp(type, "relative_key") == 0 || strcmp(type, "relative_key_query") == 0)
        fl_config_note(c, "position_embedding_type = %s: products with a table of distances are left out", type);
    else
        fl_config_fail(c, "position_embedding_type", "\"%.64s\" is not known; known: absolute, alibi, relative_key, "
                       "relative_key_query", type);
}

static void read_rotary(struct fl_config *c, struct fl_model *m)
{
    bool alibi = fl_config_flag(c, FL_FIELD_ALIBI, false);
    double share = fl_config_share(c, FL_FIELD_ROTARY_SHARE, m->family->rotary_share);
    int64_t shared = fl_whole(share * (double)m->head_width, 0, m->head_width);
    int64_t preset = m->family->rotary_width ? m->family->rotary_width : shared;
    preset = fl_least(preset, m->head_width);
    m->rotary = fl_config_count(c, FL_FIELD_ROTARY_WIDTH, 1, preset);
    if (m->head_width > 0 && m->rotary > m->head_width)
        fl_config_fail(c, "rotary_dim", "%" PRId64 " is more than a head's width of %" PRId64, m->rotary,
                       m->head_width);
    if (alibi)
        m->rotary = 0;
}

static void read_positions(struct fl_config *c, struct fl_model *m)
{
    const struct fl_family *family = m->family;
    m->positions = fl_config_count(c, FL_FIELD_POSITIONS, 1 + family->position_offset,
                                   family->positions ? family->positions : FL_REQUIRED);
    if (family->rotary)
        read_rotary(c, m);
    else if (!family->alibi)
        read_position_table(c, m);
}

/* ---- the whole ---- */

/* Layers that share their weights; groups are as large as they can be evenly. */
static void read_groups(struct fl_config *c, struct fl_model *m)
{
    m->groups = fl_config_count(c, FL_FIELD_GROUPS, 1, 1);
    if (m->groups > 0 && m->layers > 0 && m->layers % m->groups != 0)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_GROUPS), "%" PRId64 " layers are no whole number for each of %"
                       PRId64 " groups", m->layers, m->groups);
    if (m->groups > FL_LAYERS_APART)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_GROUPS), "%" PRId64 " groups are absurd; at most %d", m->groups,
                       FL_LAYERS_APART);
}

static void read_text_model(struct fl_config *c, struct fl_model *m)
{
    bool encoder = m->family->kind == FL_TEXT_ENCODER, tower = m->family->kind == FL_TEXT_TOWER;
    m->vocab = fl_config_count(c, FL_FIELD_VOCAB, 1, FL_REQUIRED);
    m->embed_width = fl_config_count(c, FL_FIELD_EMBED_WIDTH, 1, m->width);
    m->tied = fl_config_flag(c, FL_FIELD_TIED, m->family->tied || encoder);
    if (encoder && !m->family->no_types)
        m->types = fl_config_count(c, FL_FIELD_TYPES, 0, 2);
    m->causal = encoder ? fl_config_flag(c, FL_FIELD_DECODER, false) : fl_config_flag(c, FL_FIELD_CAUSAL, true);
    m->causal &= !(tower && m->family->dense);
    m->cached = m->causal && !tower;
    if (m->family->shared)
        read_groups(c, m);
    read_positions(c, m);
    fl_config_encoder_input(c);
    fl_config_window(c);
}

static void read_vision_model(struct fl_config *c, struct fl_model *m)
{
    int64_t image[2], patch[2];
    fl_config_pair(c, FL_FIELD_IMAGE, image);
    fl_config_pair(c, FL_FIELD_PATCH, patch);
    int64_t channels = fl_config_count(c, FL_FIELD_CHANNELS, 1, 3);
    m->embed_width = m->width;
    if (image[0] == 0 || patch[0] == 0)
        return;
    for (int i = 0; i < 2; i++)
        if (image[i] % patch[i] != 0) {
            fl_config_fail(c, "image_size", "%" PRId64 " is not a multiple of patch_size, %" PRId64, image[i],
                           patch[i]);
            return;
        }
    int64_t down = image[0] / patch[0], across = image[1] / patch[1];
    if (down > MOST_PATCHES || across > MOST_PATCHES) {
        fl_config_fail(c, "image_size", "%" PRId64 " x %" PRId64 " patches are absurd; at most 2^20 a side", down,
                       across);
        return;
    }
    if (!fl_times(patch[0], patch[1], &m->patch_values) || !fl_times(m->patch_values, channels, &m->patch_values)) {
        fl_config_fail(c, "patch_size", "a patch of %" PRId64 " x %" PRId64 " x %" PRId64 " values is absurd; make it "
                       "smaller", patch[0], patch[1], channels);
        return;
    }
    m->patches = down * across;
    m->position_rows = m->positions = m->patches + m->family->extra_tokens;
}

/* A hub's name, or the first arXiv number of the comment. */
static const char *source_of(const struct fl_config *c)
{
    static const char prefix[] = "arXiv:";
    const char *name = json_string_value(json_object_get(c->root, "_name_or_path"));
    const char *comment = json_string_value(json_object_get(c->root, "_comment"));
    const char *number = comment != NULL ? strstr(comment, prefix) : NULL;
    if (name != NULL)
        return fl_arena_text(c->arena, name);
    if (number == NULL)
        return NULL;
    size_t length = strspn(number + strlen(prefix), "0123456789.");
    return fl_arena_slice(c->arena, number, strlen(prefix) + length);
}

static void read_model(struct fl_config *c, struct fl_model *m)
{
    m->source = source_of(c);
    m->family = fl_config_family(c);
    if (m->family == NULL)
        return;
    if (m->family->kind == FL_ENCODER_DECODER)
        fl_config_encoder(c);
    else
        read_layer(c, m);
    if (m->family->kind == FL_VISION_ENCODER)
        read_vision_model(c, m);
    else
        read_text_model(c, m);
    fl_config_head(c);
    fl_config_stored(c);
    fl_config_rest(c);
    fl_config_encoder_end(c);
}

static void root_release(void *root)
{
    json_decref(root);
}

/* "clip.json#vision_config": the file, and the part of it; a part of NULL: the file does not say. */
static const char *file_of(struct fl_arena *arena, const char *path, const char **part)
{
    const char *hash = fl_is_file(path) ? NULL : strrchr(path, '#');
    *part = hash != NULL ? hash + 1 : NULL;
    return hash != NULL ? fl_arena_slice(arena, path, (size_t)(hash - path)) : path;
}

bool fl_model_read(struct fl_model *model, struct fl_arena *arena, const char *path, struct fl_err *err)
{
    const char *part, *file = file_of(arena, path, &part), *stem = fl_file_stem(arena, file);
    *model = (struct fl_model){ .name = part ? fl_trace_word(arena, fl_arena_format(arena, "%s.%s", stem, part))
                                             : stem };
    struct fl_config c = { .where = file, .arena = arena, .err = err, .good = true, .model = model };
    char *text;
    if (!fl_file_read(file, &text, err))
        return false;
    json_error_t fault;
    json_t *whole = c.root = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &fault);
    fl_free(text);
    if (whole == NULL)
        return fl_fail(err, fl_arena_format(arena, "%s:%d", file, fault.line), "column %d: %s; mend the JSON",
                       fault.column, fault.text);
    c.read = json_object();
    struct fl_hold hold[2];
    fl_hold(&hold[0], root_release, whole);
    fl_hold(&hold[1], root_release, c.read);
    if (!json_is_object(whole))
        c.good = fl_fail(err, file, "%s; an object with the model's fields is wanted", fl_config_type(whole));
    else if (fl_config_part(&c, part))
        read_model(&c, model);
    fl_let_go(&hold[0]);
    fl_let_go(&hold[1]);
    json_decref(c.read);
    json_decref(whole);
    return c.good;
}
