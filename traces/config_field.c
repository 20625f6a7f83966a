/* config_field.c - single fields of a config.json: found under any of their names, checked, remembered as read. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/build.h"
#include "traces/config.h"

#define LARGEST ((int64_t)1 << 40)      /* of any size in a config.json */

const char *fl_config_type(const json_t *value)
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

/* ---- words ---- */

void fl_config_fail(struct fl_config *c, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[2048];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->good = fl_fail(c->err, fl_arena_format(c->arena, "%s: %s", c->where, name), "%s", text);
}

void fl_config_note(struct fl_config *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *before = c->model->note;
    c->model->note = before ? fl_arena_format(c->arena, "%s; %s", before, text) : fl_arena_text(c->arena, text);
}

const char *fl_config_value(struct fl_config *c, const json_t *value)
{
    enum { SHOWN = 48 };
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII | JSON_SORT_KEYS);
    fl_assert(text != NULL);
    bool whole = strlen(text) <= SHOWN;
    const char *shown = fl_arena_format(c->arena, "%.*s%s", SHOWN, text, whole ? "" : "...");
    free(text);
    return shown;
}

const char *fl_config_word(struct fl_config *c, const char *text)
{
    json_t *value = json_string(text);
    const char *quoted = fl_config_value(c, value);
    size_t length = strlen(quoted);
    json_decref(value);
    return fl_arena_slice(c->arena, quoted + 1, length - 1 - (quoted[length - 1] == '"'));
}

/* "n_embd" (or hidden_size, d_model) */
static const char *names_text(struct fl_config *c, const char *const *name)
{
    const char *text = fl_arena_format(c->arena, "\"%s\"", name[0]);
    for (size_t i = 1; name[i] != NULL; i++)
        text = fl_arena_format(c->arena, "%s%s%s%s", text, i == 1 ? " (or " : ", ", name[i], name[i + 1] ? "" : ")");
    return text;
}

/* ---- one field ---- */

static json_t *value_of(struct fl_config *c, const char *name)
{
    json_t *value = json_object_get(c->root, name);
    json_object_set_new(c->read, name, json_true());
    return json_is_null(value) ? NULL : value;
}

bool fl_config_find(struct fl_config *c, enum fl_field field, json_t **value, const char **found)
{
    const struct fl_field_rule *rule = &fl_field_rules[field];
    bool good = true;
    *value = NULL;
    *found = rule->name[0];
    if (!fl_field_is_of(field, c->model->family))
        return true;
    for (size_t i = 0; rule->name[i] != NULL; i++) {
        json_t *other = value_of(c, rule->name[i]);
        if (other == NULL)
            continue;
        if (*value == NULL) {
            *value = other;
            *found = rule->name[i];
        } else if (json_equal(*value, other)) {
            continue;
        } else if (rule->leftover != NULL && strcmp(rule->name[i], rule->leftover) == 0) {
            fl_config_note(c, "%s = %s is a leftover: %s counts", rule->name[i], fl_config_value(c, other), *found);
        } else {
            fl_config_fail(c, rule->name[i], "disagrees with \"%s\", which means the same; leave one", *found);
            good = false;
        }
    }
    return good;
}

const char *fl_config_name(struct fl_config *c, enum fl_field field)
{
    const struct fl_field_rule *rule = &fl_field_rules[field];
    for (size_t i = 0; rule->name[i] != NULL; i++)
        if (value_of(c, rule->name[i]) != NULL)
            return rule->name[i];
    return rule->name[0];
}

bool fl_config_is_null(struct fl_config *c, enum fl_field field)
{
    const struct fl_field_rule *rule = &fl_field_rules[field];
    bool null = false;
    if (!fl_field_is_of(field, c->model->family))       /* nobody read it: it will be told */
        return false;
    for (size_t i = 0; rule->name[i] != NULL; i++) {
        if (value_of(c, rule->name[i]) != NULL)
            return false;
        null |= json_object_get(c->root, rule->name[i]) != NULL;
    }
    return null;
}

static bool check_count(struct fl_config *c, enum fl_field field, const char *name, const json_t *value, int64_t least)
{
    const char *meaning = fl_field_rules[field].meaning;
    int64_t number = json_integer_value(value);
    if (!json_is_integer(value))
        fl_config_fail(c, name, "%s; a whole number is wanted: the %s", fl_config_type(value), meaning);
    else if (number < least)
        fl_config_fail(c, name, "%" PRId64 " is too small; the %s must be %" PRId64 " or more", number, meaning, least);
    else if (number > LARGEST)
        fl_config_fail(c, name, "%" PRId64 " is absurd; the %s may be at most 2^40", number, meaning);
    else
        return true;
    return false;
}

static void fail_missing(struct fl_config *c, enum fl_field field)
{
    const struct fl_field_rule *rule = &fl_field_rules[field];
    c->good = fl_fail(c->err, c->where, "no %s; give the %s", names_text(c, rule->name), rule->meaning);
}

int64_t fl_config_count(struct fl_config *c, enum fl_field field, int64_t least, int64_t preset)
{
    const char *found;
    json_t *value;
    if (!fl_config_find(c, field, &value, &found))
        return 0;
    if (value == NULL && preset == FL_REQUIRED) {
        fail_missing(c, field);
        return 0;
    }
    if (value == NULL)
        return preset;
    return check_count(c, field, found, value, least) ? json_integer_value(value) : 0;
}

void fl_config_pair(struct fl_config *c, enum fl_field field, int64_t pair[2])
{
    const char *found;
    json_t *value;
    pair[0] = pair[1] = 0;
    if (!fl_config_find(c, field, &value, &found))
        return;
    if (value == NULL) {
        fail_missing(c, field);
        return;
    }
    bool list = json_is_array(value);
    if (list && json_array_size(value) != 1 && json_array_size(value) != 2) {
        fl_config_fail(c, found, "a list of %zu; one number or two are wanted: the %s", json_array_size(value),
                       fl_field_rules[field].meaning);
        return;
    }
    const json_t *first = list ? json_array_get(value, 0) : value;
    const json_t *last = list ? json_array_get(value, json_array_size(value) - 1) : value;
    if (!check_count(c, field, found, first, 1) || (last != first && !check_count(c, field, found, last, 1)))
        return;
    pair[0] = json_integer_value(first);
    pair[1] = json_integer_value(last);
}

bool fl_config_flag(struct fl_config *c, enum fl_field field, bool preset)
{
    const char *found;
    json_t *value;
    if (!fl_config_find(c, field, &value, &found) || value == NULL)
        return preset;
    if (!json_is_boolean(value)) {
        fl_config_fail(c, found, "%s; true or false is wanted", fl_config_type(value));
        return preset;
    }
    return json_is_true(value);
}

double fl_config_share(struct fl_config *c, enum fl_field field, double preset)
{
    const char *found;
    json_t *value;
    if (!fl_config_find(c, field, &value, &found) || value == NULL)
        return preset;
    double share = json_number_value(value);
    if (!json_is_number(value))
        fl_config_fail(c, found, "%s; a number is wanted, above 0 and at most 1", fl_config_type(value));
    else if (!(share > 0 && share <= 1))
        fl_config_fail(c, found, "%g is no share; give a number above 0 and at most 1", share);
    else
        return share;
    return preset;
}

const char *fl_config_text(struct fl_config *c, enum fl_field field)
{
    const char *found;
    json_t *value;
    if (!fl_config_find(c, field, &value, &found) || value == NULL)
        return NULL;
    if (json_is_string(value))
        return json_string_value(value);
    fl_config_fail(c, found, "%s; a text is wanted: %s", fl_config_type(value), fl_field_rules[field].meaning);
    return NULL;
}
