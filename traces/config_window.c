/* config_window.c - which layers look back over a window, and how far.
 *
 * By a list that names each layer's kind, or by a rule: from some layer on, but for every
 * second or sixth.
 */
#include <inttypes.h>
#include <string.h>

#include "traces/build.h"
#include "traces/config.h"

enum { MOST_LAYERS = 1 << 16 };         /* that are told apart */
enum kind { FULL, WINDOW, OTHER };

static enum kind kind_of(const json_t *item)
{
    const char *word = json_is_string(item) ? json_string_value(item) : "";
    if (strcmp(word, "full_attention") == 0 || strcmp(word, "global") == 0)
        return FULL;
    return strcmp(word, "sliding_attention") == 0 || strcmp(word, "local") == 0 ? WINDOW : OTHER;
}

static void fail_kind(struct fl_config *c, const char *name, const json_t *item)
{
    fl_config_fail(c, name, "%s is not simulated; full_attention (global) and sliding_attention (local) are",
                   fl_config_value(c, item));
}

static void fail_list(struct fl_config *c, const char *name, const json_t *list)
{
    fl_config_fail(c, name, "%s; %s for each of %" PRId64 " layers is wanted",
                   json_is_array(list) ? "a list that does not fit" : fl_config_type(list),
                   fl_field_rules[FL_FIELD_LAYER_TYPES].meaning, c->model->layers);
}

/* ["full_attention", "sliding_attention", ...]; NULL: there is no list, or a fault. */
static const bool *read_list(struct fl_config *c)
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
    bool *window = fl_arena_array(c->arena, json_array_size(list), sizeof *window);
    json_array_foreach(list, i, item) {
        if (kind_of(item) == OTHER) {
            fail_kind(c, name, item);
            return NULL;
        }
        window[i] = kind_of(item) == WINDOW;
    }
    return window;
}

/* One group, [["global", "local"], 6]: its kinds from layer `at` on; the first layer behind it, -1 after a fault. */
static int64_t read_group(struct fl_config *c, const char *name, const json_t *group, bool *window, int64_t at)
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
            window[at] = kind_of(item) == WINDOW;
        }
    return at;
}

/* [[["global", "local"], 6]]; NULL: there are no groups, or a fault. */
static const bool *read_groups(struct fl_config *c)
{
    const char *name;
    json_t *groups, *group;
    size_t i;
    int64_t at = 0;
    if (!fl_config_find(c, FL_FIELD_LAYER_GROUPS, &groups, &name) || groups == NULL || c->model->layers == 0)
        return NULL;
    bool *window = fl_arena_array(c->arena, MOST_LAYERS, sizeof *window);
    if (!json_is_array(groups) || c->model->layers > MOST_LAYERS)
        at = -1;
    for (i = 0; at >= 0 && i < json_array_size(groups); i++) {
        group = json_array_get(groups, i);
        at = read_group(c, name, group, window, at);
        if (at < 0)
            return NULL;
    }
    if (at == c->model->layers)
        return window;
    fail_list(c, name, groups);
    return NULL;
}

/* Layers before `layer` that see all by the rule. */
static int64_t full_before(const struct fl_model *m, int64_t layer)
{
    int64_t every = m->full_every, first = m->family->full_first ? 0 : 1;
    return every == 0 ? 0 : fl_ceil_div(layer + first, every) - fl_ceil_div(first, every);
}

bool fl_model_looks_back(const struct fl_model *m, int64_t layer)
{
    if (m->window == 0)
        return false;
    if (m->window_list != NULL)
        return m->window_list[layer];
    return layer >= m->window_from && full_before(m, layer + 1) == full_before(m, layer);
}

void fl_config_window(struct fl_config *c)
{
    struct fl_model *m = c->model;
    bool may_say = fl_field_is_of(FL_FIELD_WINDOW_USED, m->family);
    bool used = fl_config_flag(c, FL_FIELD_WINDOW_USED, !may_say);
    int64_t window = fl_config_count(c, FL_FIELD_WINDOW, 1, m->family->window);
    const bool *list = read_list(c), *groups = read_groups(c);
    m->window_from = fl_config_count(c, FL_FIELD_WINDOW_LAYERS, 0, m->family->window_from);
    m->full_every = fl_config_count(c, FL_FIELD_WINDOW_EVERY, 1, m->family->full_every);
    m->window_list = list != NULL ? list : groups;
    m->window_layers = 0;
    for (int64_t i = 0; m->window_list != NULL && i < m->layers; i++)
        m->window_layers += m->window_list[i];
    int64_t from = fl_least(m->window_from, m->layers);
    if (m->window_list == NULL)
        m->window_layers = m->layers - from - (full_before(m, m->layers) - full_before(m, from));
    if (used && m->window_layers > 0)
        m->window = window;
    if (m->window > 0 && m->window_layers < m->layers && m->layers > MOST_LAYERS)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_LAYERS), "%" PRId64 " layers of two kinds are absurd; at most %d",
                       m->layers, MOST_LAYERS);
}
