/* config_activation.c - the function of a feed-forward, and whether it has a gate. */
#include <string.h>

#include "base/nearest.h"
#include "base/shelf.h"
#include "traces/build.h"
#include "traces/config.h"

enum { MOST_ACTIVATIONS = 64 };

void fl_config_activation(struct fl_config *c)
{
    struct fl_model *m = c->model;
    const char *found, *name = m->family->activation;
    json_t *value;
    if (!fl_config_find(c, FL_FIELD_ACTIVATION, &value, &found))
        return;
    if (value != NULL && !json_is_string(value)) {
        fl_config_fail(c, found, "%s; the name of a function is wanted", fl_config_type(value));
        return;
    }
    if (value != NULL)
        name = json_string_value(value);
    m->activation = fl_activation_find(name);
    if (m->activation != NULL)
        return;
    const char *known[MOST_ACTIVATIONS + 1];
    size_t count = 0;
    for (const struct fl_activation *a = fl_activations; a->name != NULL && count < MOST_ACTIVATIONS; a++)
        known[count++] = a->name;
    known[count] = NULL;
    const char *near = fl_misspelt(name, known, count);
    fl_config_fail(c, found, "\"%.64s\" is not known; %s", name,
                   fl_meant(c->arena, near, fl_arena_format(c->arena, "known: %s", fl_names_joined(c->arena, known))));
}

/* "geglu": the feed-forward has a gate, and the first letters say what function it goes through. */
void fl_config_gate(struct fl_config *c)
{
    struct fl_model *m = c->model;
    static const struct { const char *type, *activation; } known[] = {
        { "original", NULL }, { "geglu", "gelu" }, { "reglu", "relu" }, { "swiglu", "silu" } };
    const char *type = fl_config_text(c, FL_FIELD_GATE);
    m->gated = m->family->gated;
    if (type == NULL)
        return;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(type, known[i].type) == 0) {
            m->gated = known[i].activation != NULL;
            m->activation = m->gated ? fl_activation_find(known[i].activation) : m->activation;
            return;
        }
    fl_config_fail(c, "feed_forward_type", "\"%.64s\" is not known; known: original, geglu, reglu, swiglu", type);
}
