/* keys.c - misspelt keys, told with the nearest that there is. */
#include "base/conf/conf.h"

#include <string.h>

#include "base/nearest.h"

/* "claims[2].checks[0].least" without numbers: "claims[].checks[].least". */
static char *pattern_of(const char *path, struct fl_arena *arena)
{
    char *pattern = fl_arena_array(arena, strlen(path) + 1, 1), *end = pattern;
    for (; *path != '\0'; path++) {
        *end++ = *path;
        if (*path == '[')
            path += strspn(path + 1, "0123456789");
    }
    return pattern;
}

static bool key_check(const struct fl_settings *file, const struct fl_setting *at, const struct fl_keys *groups,
                      const char *docs, struct fl_err *err)
{
    struct fl_arena arena = {0};
    char *pattern = pattern_of(at->path, &arena), *dot = strrchr(pattern, '.');
    const char *name = dot != NULL ? dot + 1 : pattern;
    if (dot != NULL)
        *dot = '\0';
    while (groups->group != NULL && strcmp(groups->group, dot != NULL ? pattern : "") != 0)
        groups++;
    size_t count = 0;
    bool known = groups->group == NULL || strchr(name, '[') != NULL;    /* told at the group or list it is in */
    for (; !known && groups->key[count] != NULL; count++)
        known = strcmp(groups->key[count], name) == 0;
    if (!known) {
        const char *near = fl_nearest(name, groups->key, count);
        const char *where = fl_arena_format(&arena, "%s:%d: %s", file->file, at->line, at->path);
        fl_fail(err, where, "no key \"%s\"%s; %s", name, near != NULL ? "" : " here",
                fl_meant(&arena, near, fl_arena_format(&arena, "%s has them all", docs)));
    }
    fl_arena_free(&arena);
    return known;
}

bool fl_keys_check(const struct fl_settings *file, const struct fl_keys *groups, const char *docs, struct fl_err *err)
{
    bool good = true;
    for (size_t i = 0; i < file->settings; i++)
        good = key_check(file, &file->setting[i], groups, docs, err) && good;
    return good;
}
