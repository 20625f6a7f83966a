/* config_experts.c - a mixture of experts: how many, how wide, how many a token uses, and which layers have them.
 *
 * Layers without experts have a feed-forward: those that a list names, and of the others
 * all but every so manieth.
 */
#include <inttypes.h>
#include <string.h>

#include "traces/build.h"
#include "traces/config.h"

enum { MOST_EXPERTS = 1 << 16 };

/* Sets the layers of a list, [0, 3], to whether they have experts. */
static void set_listed(struct fl_config *c, enum fl_field field, unsigned char *layers, unsigned char to)
{
    const char *name;
    json_t *list, *item;
    size_t i;
    if (!fl_config_find(c, field, &list, &name) || list == NULL)
        return;
    if (!json_is_array(list)) {
        fl_config_fail(c, name, "%s; a list of layers is wanted, which have %s", fl_config_type(list),
                       to ? "experts" : "no experts");
        return;
    }
    if (to)
        memset(layers, 0, (size_t)c->model->layers);    /* and no others have */
    json_array_foreach(list, i, item) {
        bool fits = json_is_integer(item) && json_integer_value(item) >= 0 &&
                    json_integer_value(item) < c->model->layers;
        if (fits)
            layers[json_integer_value(item)] = to;
        else
            fl_config_fail(c, name, "%s is no layer; they are numbered from 0 to %" PRId64, fl_config_value(c, item),
                           c->model->layers - 1);
    }
}

static void read_layers(struct fl_config *c, struct fl_model *m)
{
    const struct fl_family_experts *preset = m->family->experts;
    int64_t every = fl_config_count(c, FL_FIELD_EXPERTS_EVERY, 1, 1), having = 0;
    int64_t first = fl_config_count(c, FL_FIELD_DENSE_FIRST, 0, preset->dense_first);
    int64_t last = fl_config_count(c, FL_FIELD_EXPERTS_LAST, -1, -1);
    last = last < 0 ? INT64_MAX : last;
    if (m->layers > FL_LAYERS_APART || every == 0) {
        if (every > 0)
            fl_config_fail(c, fl_config_name(c, FL_FIELD_LAYERS), "%" PRId64 " layers with experts are absurd; at most "
                           "%d", m->layers, FL_LAYERS_APART);
        return;
    }
    unsigned char *layers = fl_arena_array(c->arena, (size_t)m->layers + 1, 1);
    for (int64_t i = 0; i < m->layers; i++)
        layers[i] = i >= first && i <= last && (i + !preset->first_of_some) % every == 0;
    set_listed(c, FL_FIELD_EXPERT_LAYERS, layers, 1);
    set_listed(c, FL_FIELD_DENSE_LAYERS, layers, 0);
    for (int64_t i = 0; i < m->layers; i++)
        having += layers[i];
    if (having < m->layers)
        m->experts.layers = layers;
}

/* "sigmoid" or "softmax". */
static bool read_scoring(struct fl_config *c, bool preset)
{
    const char *said = fl_config_text(c, FL_FIELD_SCORING);
    bool sigmoid = said != NULL && strcmp(said, "sigmoid") == 0;
    if (said == NULL)
        return preset;
    if (!sigmoid && strcmp(said, "softmax") != 0)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_SCORING), "\"%.64s\" is not known; known: softmax, sigmoid", said);
    return sigmoid;
}

void fl_config_experts(struct fl_config *c)
{
    struct fl_model *m = c->model;
    const struct fl_family_experts *preset = m->family->experts;
    struct fl_experts *e = &m->experts;
    if (preset == NULL)
        return;
    e->count = fl_config_count(c, FL_FIELD_EXPERTS, 1, preset->count);
    e->used = fl_config_count(c, FL_FIELD_EXPERTS_USED, 1, preset->used);
    e->ffn = fl_config_count(c, FL_FIELD_EXPERT_FFN, 1, preset->ffn > 0 ? preset->ffn : m->ffn);
    e->shared = fl_config_count(c, FL_FIELD_SHARED_FFN, 0, preset->shared);
    e->sigmoid = read_scoring(c, preset->sigmoid);
    if (preset->shared_experts > 0) {
        int64_t shared = fl_config_is_null(c, FL_FIELD_SHARED_EXPERTS) ? 0 : preset->shared_experts;
        shared = fl_config_count(c, FL_FIELD_SHARED_EXPERTS, 0, shared);
        if (!fl_times(shared, e->ffn, &e->shared))
            fl_config_fail(c, fl_config_name(c, FL_FIELD_SHARED_EXPERTS), "%" PRId64 " experts as wide as %" PRId64
                           " are absurd", shared, e->ffn);
    }
    if (e->used > e->count && e->count > 0)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_EXPERTS_USED), "a token cannot use %" PRId64 " experts of %s = %"
                       PRId64 "; give no more than there are", e->used, fl_config_name(c, FL_FIELD_EXPERTS), e->count);
    if (e->count > MOST_EXPERTS)
        fl_config_fail(c, fl_config_name(c, FL_FIELD_EXPERTS), "%" PRId64 " experts are absurd; at most %d", e->count,
                       MOST_EXPERTS);
    read_layers(c, m);
    m->ffn = fl_config_count(c, FL_FIELD_DENSE_FFN, 1, m->ffn);
    if (fl_config_is_null(c, FL_FIELD_EXPERTS))         /* whatever else is said of them */
        *e = (struct fl_experts){ 0 };
}

bool fl_model_has_experts(const struct fl_model *m, int64_t layer)
{
    return m->experts.count > 0 && (m->experts.layers == NULL || m->experts.layers[layer]);
}
