/* read_tensor.c - the line of one tensor, and tensors as operators name them. */
#include <string.h>

#include "base/nearest.h"
#include "traces/read.h"

const char *const fl_layer_names[FL_LAYER_RELATIONS] = {
    [FL_LAYER_SAME] = "", [FL_LAYER_NEXT] = "next", [FL_LAYER_PREVIOUS] = "previous", [FL_LAYER_FORWARD] = "forward",
};

/* ---- tensor NAME KIND KEY=VALUE... ---- */

enum key { GROUPS, ROWS, WIDTH, BITS, LAYERED, TRAINED, KEYS };
static const char *const keys[KEYS] = { "groups", "rows", "width", "bits", "layered", "trained" };

static void set_key(struct fl_trace_reader *r, struct fl_tensor *t, int key, const char *value)
{
    const char *what = fl_arena_format(&r->scratch, "%s: %s", t->name, keys[key]);
    int64_t bits = 0;
    switch (key) {
    case BITS:
        if (fl_trace_read_number(r, what, value, 1, &bits) && bits > 64)
            fl_trace_read_fail(r, "%s: %s is too wide; give 64 or less", what, value);
        t->bits = (int32_t)fl_least(bits, 64);
        return;
    case LAYERED:
        fl_trace_read_flag(r, what, value, &t->layered);
        return;
    case TRAINED:
        fl_trace_read_flag(r, what, value, &t->trained);
        return;
    default:
        fl_trace_read_number(r, what, value, 1, key == GROUPS ? &t->groups : key == ROWS ? &t->rows : &t->width);
    }
}

static void read_keys(struct fl_trace_reader *r, struct fl_tensor *t, const struct fl_words *words)
{
    unsigned given = 0;
    for (size_t at = 3; at < words->count; at++) {
        const char *value, *name = fl_trace_read_pair(r, t->name, words->word[at], &value);
        int key = 0;
        while (name != NULL && key < KEYS && strcmp(name, keys[key]) != 0)
            key++;
        if (name == NULL)
            continue;
        if (key == KEYS) {
            fl_trace_read_fail(r, "%s: no key \"%s\"; %s", t->name, name,
                               fl_meant(&r->scratch, fl_nearest(name, keys, KEYS),
                                        "a tensor takes groups, rows, width, bits, layered, trained"));
            continue;
        }
        if (given & 1u << key)
            fl_trace_read_fail(r, "%s: %s is given twice; leave one", t->name, name);
        given |= 1u << key;
        set_key(r, t, key, value);
    }
    bool rows = given & 1u << ROWS, width = given & 1u << WIDTH;
    bool outside = t->kind == FL_TENSOR_PARAMETER || t->kind == FL_TENSOR_STATE;
    if (rows != width || (outside && !rows) || ((given & 1u << GROUPS) && !rows))
        fl_trace_read_fail(r, "%s: rows and width belong together%s%s%s; give both", t->name, outside ? ", and a " : "",
                           outside ? fl_tensor_kind_names[t->kind] : "", outside ? " has them" : "");
    if (t->kind == FL_TENSOR_STATE && t->bits == 0)
        fl_trace_read_fail(r, "%s: a state has bits, of all that is kept beside each value; give bits=64, say",
                           t->name);
    if (rows && t->groups == 0)
        t->groups = 1;
    if (t->trained && t->kind != FL_TENSOR_PARAMETER)
        fl_trace_read_fail(r, "%s: only parameters are trained; drop the key", t->name);
    if (t->bits > 0 && !outside && t->kind != FL_TENSOR_CACHE)
        fl_trace_read_fail(r, "%s: only parameters, their states and caches have bits of their own; drop the key, "
                           "the machine's "
                           "activation_bits hold", t->name);
}

void fl_trace_read_tensor(struct fl_trace_reader *r, const struct fl_words *words)
{
    if (r->body) {
        fl_trace_read_fail(r, "\"tensor\" belongs above the first operator; move it up");
        return;
    }
    bool named = words->count >= 3 && strcmp(words->word[1], "->") != 0;
    for (size_t i = 1; named && i < 3; i++)
        named = strchr(words->word[i], '=') == NULL;
    if (!named) {
        fl_trace_read_fail(r, "say: tensor NAME KIND KEY=VALUE...; KIND is activation, parameter, cache, stash, "
                           "gradient or state");
        return;
    }
    struct fl_tensor t = { .name = words->word[1], .line = r->line };
    int kind = fl_trace_read_choice(r, fl_arena_format(&r->scratch, "%s: kind", t.name), words->word[2],
                                    fl_tensor_kind_names, FL_TENSOR_KINDS);
    t.kind = kind < 0 ? FL_TENSOR_ACTIVATION : kind;
    read_keys(r, &t, words);
    int64_t values;
    if (!fl_tensor_values(&t, &values))
        fl_trace_read_fail(r, "%s: its values exceed 2^63 - 1; make it smaller", t.name);
    const struct fl_tensor *taken = fl_trace_tensor_add(&r->build, &t);
    if (taken != NULL)
        fl_trace_read_fail(r, "%s: the name is taken on line %d; give each tensor its own", t.name, taken->line);
}

/* ---- NAME=RELATION,transposed ---- */

static bool set_use(struct fl_trace_reader *r, const char *word, const char *said, struct fl_tensor_use *use)
{
    if (strcmp(said, "transposed") == 0) {
        use->transposed = true;
        return true;
    }
    for (int32_t i = FL_LAYER_SAME + 1; i < FL_LAYER_RELATIONS; i++)
        if (strcmp(said, fl_layer_names[i]) == 0) {
            use->layer = i;
            return true;
        }
    return fl_trace_read_fail(r, "\"%s\": \"%s\" is not known; behind a tensor's \"=\" stand next, previous, forward "
                              "or transposed, or two of them with a comma", word, said);
}

bool fl_trace_read_use(struct fl_trace_reader *r, const char *word, struct fl_tensor_use *use)
{
    bool good = true;
    size_t length = r->form > 1 ? strcspn(word, "=") : strlen(word);
    *use = (struct fl_tensor_use){ .tensor = fl_trace_tensor(&r->build, fl_arena_slice(&r->scratch, word, length)) };
    for (const char *said = word + length; *said != '\0' && good; said += length) {
        length = strcspn(++said, ",");
        good = set_use(r, word, fl_arena_slice(&r->scratch, said, length), use);
    }
    return good;
}
