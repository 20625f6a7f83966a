/* catalog.c - the models that come with fanlight, and finding one by name or path. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/nearest.h"
#include "traces/build.h"

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static bool is_there(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

static const char *folder(void)
{
    const char *said = getenv("FL_MODELS");
    if (said != NULL && said[0] != '\0')
        return said;
    return is_folder(FL_DATA_INSTALLED "/models") ? FL_DATA_INSTALLED "/models" : FL_DATA_SOURCE "/traces/models";
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *fl_trace_models(struct fl_arena *arena)
{
    static const char suffix[] = ".json";
    const char **found = NULL;
    size_t count = 0, room = 0;
    DIR *dir = opendir(folder());
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        size_t length = strlen(entry->d_name), tail = strlen(suffix);
        if (entry->d_name[0] == '.' || length <= tail || strcmp(entry->d_name + length - tail, suffix) != 0)
            continue;
        found = fl_grow(found, &room, count, sizeof *found);
        found[count++] = fl_arena_slice(arena, entry->d_name, length - tail);
    }
    if (dir != NULL)
        closedir(dir);
    const char **names = fl_arena_array(arena, count + 1, sizeof *names);
    if (count > 0) {
        qsort(found, count, sizeof *found, by_name);
        memcpy(names, found, count * sizeof *names);
    }
    free(found);
    return names;
}

const char *fl_trace_model_path(struct fl_arena *arena, const char *name)
{
    if (name[0] == '\0' || strchr(name, '/') != NULL)
        return NULL;
    const char *path = fl_arena_format(arena, "%s/%s.json", folder(), name);
    return is_there(path) ? path : NULL;
}

const char *fl_trace_model_find(struct fl_arena *arena, const char *model, struct fl_err *err)
{
    const char *path = fl_trace_model_path(arena, model);
    if (path != NULL)
        return path;
    const char *dot = strrchr(model, '.');
    if (strchr(model, '/') != NULL || (dot != NULL && strcmp(dot, ".json") == 0) || is_there(model))
        return is_folder(model) ? fl_arena_format(arena, "%s/config.json", model) : model;
    const char *const *names = fl_trace_models(arena), *list = "";
    size_t count = 0;
    for (; names[count] != NULL; count++)
        list = fl_arena_format(arena, "%s%s%s", list, count > 0 ? ", " : "", names[count]);
    const char *near = fl_nearest(model, names, count);
    if (near != NULL)
        fl_fail(err, NULL, "no model \"%s\"; did you mean \"%s\"? Known: %s; or give the path of a config.json", model,
                near, list);
    else
        fl_fail(err, NULL, "no model \"%s\"; known: %s; or give the path of a config.json", model, list);
    return NULL;
}
