/* config_window.c - which layers look back over a window or within a chunk, and how far.
 *
 * By a list that names each layer's kind, by letters, or by a rule: from some layer on, but for
 * every second or sixth. Chunks are had by list, or in all layers that are rotated; and which
 * are not is a rule or a list, too.
 */
#include <inttypes.h>
#include <string.h>

#include "traces/build.h"
#include "traces/config.h"

enum { OTHER = FL_REACHES };

/* enum fl_reach, or OTHER. */
static int kind_of(const json_t *item)
{
    static const struct { const char *word; int kind; } kinds[] = {
        { "full_attention", FL_REACH_ALL }, { "global", FL_REACH_ALL }, { "sliding_attention", FL_REACH_WINDOW },
        { "local", FL_REACH_WINDOW }, { "chunked_attention", FL_REACH_CHUNK } };
    const char *word = json_is_string(item) ? json_string_value(item) : "";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].word, word) == 0)
            return kinds[i].kind;
    return OTHER;
}

static void fail_kind(struct fl_config *c, const char *name, const json_t *item)
{
    fl_config_fail(c, name, "%s is not simulated; full_attention (global), sliding_attention (local) and "
                   "chunked_attention are", fl_config_value(c, item));
}

static void fail_list(struct fl_config *c, const char *name, const json_t *list)
{
    fl_config_fail(c, name, "%s; %s for each of %" PRId64 " layers is wanted",
                   json_is_array(list) ? "a list that does not fit" : fl_config_type(list),
                   fl_field_rules[FL_FIELD_LAYER_TYPES].meaning, c->model->layers);
}

/* ["full_attention", "sliding_attention", ...]; NULL: there is no list, or a fault. */
static const unsigned char *read_list(struct fl_config *c)
{
    const char *name;
    json_t *list, *item;
    size_t i;
    if (!fl_config_find(c, FL_FIELD_LAYER_TYPES, &list, &name) || list == NULL || c->model->layers == 0)
        return NULL;
    if (!json_is_array(list) || (int64_t)json_array_size(list) != c->model->layers) {
        fail_list(c, name, list);
        return NULL;
    }
    unsigned char *reach = fl_arena_array(c->arena, json_array_size(list), sizeof *reach);
    json_array_foreach(list, i, item) {
        if (kind_of(item) == OTHER) {
            fail_kind(c, name, item);
            return NULL;
        }
        reach[i] = (unsigned char)kind_of(item);
    }
    return reach;
}

/* One group, [["global", "local"], 6]: its kinds from layer `at` on; the first layer behind it, -1 after a fault. */
static int64_t read_group(struct fl_config *c, const char *name, const json_t *group, unsigned char *reach,
                          int64_t at)
{
    const json_t *kinds = json_array_get(group, 0), *times = json_array_get(group, 1);
    if (json_array_size(group) != 2 || json_array_size(kinds) == 0 || !json_is_integer(times)) {
        fail_list(c, name, group);
        return -1;
    }
    for (json_int_t n = 0; n < json_integer_value(times); n++)
        for (size_t i = 0; i < json_array_size(kinds); i++, at++) {
            const json_t *item = json_array_get(kinds, i);
            if (kind_of(item) == OTHER || at >= c->model->layers) {
                if (kind_of(item) == OTHER)
                    fail_kind(c, name, item);
                else
                    fail_list(c, name, group);
                return -1;
            }
            reach[at] = (unsigned char)kind_of(item);
        }
    return at;
}

/* [[["global", "local"], 6]]; NULL: there are no groups, or a fault. */
static const unsigned char *read_groups(struct fl_config *c)
{
    const char *name;
    json_t *groups, *group;
    size_t i;
    int64_t at = 0;
    if (!fl_config_find(c, FL_FIELD_LAYER_GROUPS, &groups, &name) || groups == NULL || c->model->layers == 0)
        return NULL;
    unsigned char *reach = fl_arena_array(c->arena, FL_LAYERS_APART, sizeof *reach);
    if (!json_is_array(groups) || c->model->layers > FL_LAYERS_APART)
        at = -1;
    for (i = 0; at >= 0 && i < json_array_size(groups); i++) {
        group = json_array_get(groups, i);
        at = read_group(c, name, group, reach, at);
        if (at < 0)
            return NULL;
    }
    if (at == c->model->layers)
        return reach;
    fail_list(c, name, groups);
    return NULL;
}

/* "LLLG": local and global in turn; NULL: it is no text, or a fault. */
static const unsigned char *read_letters(struct fl_config *c)
{
    const char *name, *text;
    json_t *value;
    if (!fl_config_find(c, FL_FIELD_WINDOW_EVERY, &value, &name) || !json_is_string(value) || c->model->layers == 0)
        return NULL;
    text = json_string_value(value);
    if (text[0] == '\0' || text[strspn(text, "LG")] != '\0' || c->model->layers > FL_LAYERS_APART) {
        fl_config_fail(c, name, "%s is no pattern; give letters L (local) and G (global), or a number",
                       fl_config_value(c, value));
        return NULL;
    }
    unsigned char *reach = fl_arena_array(c->arena, (size_t)c->model->layers, sizeof *reach);
    for (int64_t i = 0; i < c->model->layers; i++)
        reach[i] = text[(size_t)i % strlen(text)] == 'L' ? FL_REACH_WINDOW : FL_REACH_ALL;
    return reach;
}

/* ---- layers that are not rotated ---- */

/* [1, 1, 1, 0, ...]: 0 for a layer that is not; an empty list says nothing. */
static void read_plain(struct fl_config *c)
{
    struct fl_model *m = c->model;
    const char *name;
    json_t *list, *item;
    size_t i;
    m->plain_every = fl_config_count(c, FL_FIELD_PLAIN_EVERY, 1, m->family->plain_every);
    if (!fl_config_find(c, FL_FIELD_PLAIN_LAYERS, &list, &name) || list == NULL || m->layers == 0)
        return;
    if (!json_is_array(list)) {
        fl_config_fail(c, name, "%s; a list is wanted, 1 or 0 for each layer", fl_config_type(list));
        return;
    }
    if (json_array_size(list) == 0)
        return;
    if ((int64_t)json_array_size(list) != m->layers || m->layers > FL_LAYERS_APART) {
        fl_config_fail(c, name, "a list of %zu; 1 or 0 for each of %" PRId64 " layers is wanted", json_array_size(list),
                       m->layers);
        return;
    }
    unsigned char *plain = fl_arena_array(c->arena, json_array_size(list), sizeof *plain);
    json_array_foreach(list, i, item) {
        if (!json_is_integer(item) || json_integer_value(item) < 0 || json_integer_value(item) > 1) {
            fl_config_fail(c, name, "%s; 1 (rotated) or 0 (not) is wanted for each layer", fl_config_value(c, item));
            return;
        }
        plain[i] = json_integer_value(item) == 0;
    }
    m->plain = plain;
}

bool fl_model_plain(const struct fl_model *m, int64_t layer)
{
    if (m->family->plain_full && m->window > 0)
        return fl_model_reach(m, layer) == FL_REACH_ALL;
    return m->plain != NULL ? m->plain[layer] : m->plain_every > 0 && (layer + 1) % m->plain_every == 0;
}

/* Of a family that has chunks: layers that are rotated do. */
static const unsigned char *chunks_by_rule(struct fl_config *c)
{
    const struct fl_model *m = c->model;
    if (m->family->chunk == 0 || m->layers > FL_LAYERS_APART)
        return NULL;
    unsigned char *reach = fl_arena_array(c->arena, (size_t)m->layers + 1, sizeof *reach);
    for (int64_t i = 0; i < m->layers; i++)
        reach[i] = fl_model_plain(m, i) ? FL_REACH_ALL : FL_REACH_CHUNK;
    return reach;
}

/* ---- who sees what ---- */

/* Layers before `layer` that see all by the rule. */
static int64_t full_before(const struct fl_model *m, int64_t layer)
{
    int64_t every = m->full_every, first = m->family->full_first ? 0 : 1;
    return every == 0 ? 0 : fl_ceil_div(layer + first, every) - fl_ceil_div(first, every);
}

int32_t fl_model_reach(const struct fl_model *m, int64_t layer)
{
    int32_t reach = m->reach != NULL ? m->reach[layer]
                    : layer >= m->window_from && full_before(m, layer + 1) == full_before(m, layer) ? FL_REACH_WINDOW
                                                                                                    : FL_REACH_ALL;
    return reach == FL_REACH_WINDOW && m->window == 0 ? FL_REACH_ALL : reach;
}

bool fl_model_alike(const struct fl_model *m)
{
    bool apart = m->experts.layers != NULL || m->groups > 1 || m->plain != NULL || m->plain_every > 0;
    return !apart && m->reach == NULL && (m->window == 0 || m->full_every + m->window_from == 0);
}

/* Whether a list has layers of a kind. */
static bool has(const struct fl_model *m, int32_t reach)
{
    for (int64_t i = 0; m->reach != NULL && i < m->layers; i++)
        if (m->reach[i] == reach)
            return true;
    return false;
}

/* The width of a kind of layers that a list alone can name: both or neither; 0: neither, or a fault. */
static int64_t listed_width(struct fl_config *c, int32_t reach, const char *kind, enum fl_field field, int64_t width)
{
    bool named = has(c->model, reach);
    if (named && width == 0 && fl_field_is_of(field, c->model->family))
        fl_config_fail(c, fl_field_rules[field].name[0], "missing; layer_types names %s layers and wants it", kind);
    else if (named && width == 0)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_LAYER_TYPES), "%s layers are not simulated of this family", kind);
    else if (!named && width > 0)
        fl_config_note(c, "%s = %" PRId64 " is not simulated: layer_types names no %s layers",
                       fl_config_name(c, field), width, kind);
    return named ? width : 0;
}

void fl_config_window(struct fl_config *c)
{
    struct fl_model *m = c->model;
    bool may_say = fl_field_is_of(FL_FIELD_WINDOW_USED, m->family);
    bool used = fl_config_flag(c, FL_FIELD_WINDOW_USED, !may_say);
    bool none = fl_config_is_null(c, FL_FIELD_WINDOW);
    int64_t window = fl_config_count(c, FL_FIELD_WINDOW, 1, none ? 0 : m->family->window);
    int64_t chunk = fl_config_count(c, FL_FIELD_CHUNK, 1, m->family->chunk);
    const unsigned char *list = read_list(c), *groups = read_groups(c), *letters = read_letters(c);
    read_plain(c);
    m->window_from = fl_config_count(c, FL_FIELD_WINDOW_LAYERS, 0, m->family->window_from);
    m->full_every = m->family->full_every;
    if (letters == NULL && c->good)
        m->full_every = fl_config_count(c, FL_FIELD_WINDOW_EVERY, 1, m->full_every);
    m->reach = list != NULL ? list : groups != NULL ? groups : letters != NULL ? letters : chunks_by_rule(c);
    m->chunk = listed_width(c, FL_REACH_CHUNK, "chunked", FL_FIELD_CHUNK, chunk);
    if (used && (m->family->window_listed || (window == 0 && has(m, FL_REACH_WINDOW))))
        window = listed_width(c, FL_REACH_WINDOW, "sliding", FL_FIELD_WINDOW, window);
    if (used)
        m->window = window;
    if (!fl_model_alike(m) && m->layers > FL_LAYERS_APART)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_LAYERS), "%" PRId64 " layers of two kinds are absurd; at most %d",
                       m->layers, FL_LAYERS_APART);
}
