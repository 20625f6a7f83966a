/* check_unknown.c - keys and groups that no table asked for. */
#include <stdlib.h>
#include <string.h>

#include "arch/check.h"
#include "base/nearest.h"

static bool told_above(const struct fl_check *check, const char *path)
{
    for (const char *dot = strchr(path, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        const char *group = fl_arena_slice(check->arena, path, (size_t)(dot - path));
        const struct fl_entry_of_design *entry = fl_gather_find(check->gather, group);
        if (entry != NULL && !entry->known)
            return true;
    }
    return false;
}

/* The known names in a group, as a list for fl_nearest. */
static const char *const *names_in(const struct fl_check *check, const char *group)
{
    const char **names = fl_arena_array(check->arena, check->knowns + 1, sizeof *names);
    size_t count = 0, length = strlen(group);
    for (size_t i = 0; i < check->knowns; i++) {
        const char *path = check->known[i].path;
        if (length > 0 && (strncmp(path, group, length) != 0 || path[length] != '.'))
            continue;
        const char *name = path + (length > 0 ? length + 1 : 0);
        if (strchr(name, '.') == NULL)
            names[count++] = name;
    }
    return names;
}

/* A known path that ends in this one: "adc.energy" was meant as "core[0].adc.energy". */
static const char *known_ending(const struct fl_check *check, const char *path, bool group)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < check->knowns; i++) {
        size_t own = strlen(check->known[i].path);
        if (check->known[i].group == group && own > length + 1 && check->known[i].path[own - length - 1] == '.' &&
            strcmp(check->known[i].path + own - length, path) == 0)
            return check->known[i].path;
    }
    return NULL;
}

static const char *list_of(const struct fl_check *check, const char *const *names)
{
    const char *text = "";
    for (size_t i = 0; names[i] != NULL; i++)
        if (strchr(names[i], '[') == NULL)
            text = fl_arena_listed(check->arena, text, names[i]);
    return text[0] != '\0' ? text : "none";
}

static void tell_unknown(const struct fl_check *check, const struct fl_value *value)
{
    const char *dot = strrchr(value->path, '.'), *name = dot != NULL ? dot + 1 : value->path;
    const char *group = dot != NULL ? fl_arena_slice(check->arena, value->path, (size_t)(dot - value->path)) : "";
    const char *at = fl_where(check->arena, value, group);
    const char *const *names = names_in(check, group);
    size_t stem = strcspn(name, "[");
    for (size_t i = 0; name[stem] == '[' && names[i] != NULL; i++)
        if (strncmp(names[i], name, stem) == 0 && names[i][stem] == '\0') {
            fl_fail(check->err, at, "%s is no list", names[i]);
            return;
        }
    const char *near = fl_nearest(name, names, fl_names_count(names));
    if (near == NULL)
        near = known_ending(check, value->path, value->text == NULL);
    fl_fail(check->err, at, "no key \"%s\"; %s", name,
            fl_meant(check->arena, near, fl_arena_format(check->arena, "keys: %s", list_of(check, names))));
}

/* "energy[0]" and "energy[1]": one word for the list is enough. */
static bool same_list(const char *a, const char *b)
{
    const char *bracket = strrchr(a, '[');
    return bracket != NULL && strchr(bracket, '.') == NULL && strncmp(a, b, (size_t)(bracket + 1 - a)) == 0;
}

static int by_place(const void *a, const void *b)
{
    const struct fl_value *x = *(const struct fl_value *const *)a, *y = *(const struct fl_value *const *)b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return strcmp(x->path, y->path);
}

void fl_check_unknown(const struct fl_check *check)
{
    const struct fl_value **value = fl_arena_array(check->arena, check->gather->entries + 1, sizeof *value);
    size_t values = 0;
    for (size_t i = 0; i < check->gather->entries; i++) {
        const struct fl_entry_of_design *entry = &check->gather->entry[i];
        if (!entry->known && !told_above(check, entry->value.path))
            value[values++] = &entry->value;
    }
    if (values > 1)
        qsort(value, values, sizeof *value, by_place);
    for (size_t i = 0; i < values; i++)
        if (i == 0 || !same_list(value[i - 1]->path, value[i]->path))
            tell_unknown(check, value[i]);
}
