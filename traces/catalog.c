/* catalog.c - the models that come with fanlight, and finding one by name or path. */
#include <string.h>

#include "base/nearest.h"
#include "base/shelf.h"
#include "traces/build.h"

static const struct fl_shelf shelf = {"model", ".json", "FL_MODELS", FL_DATA_INSTALLED "/models",
                                      FL_DATA_SOURCE "/traces/models"};

const char *const *fl_trace_models(struct fl_arena *arena)
{
    return fl_shelf_names(arena, &shelf);
}

const char *fl_trace_model_path(struct fl_arena *arena, const char *name)
{
    if (name[0] == '\0' || strchr(name, '/') != NULL)
        return NULL;
    const char *path = fl_arena_format(arena, "%s/%s.json", fl_shelf_folder(&shelf), name);
    return fl_is_file(path) ? path : NULL;
}

const char *fl_trace_model_find(struct fl_arena *arena, const char *model, struct fl_err *err)
{
    const char *path = fl_trace_model_path(arena, model);
    if (path != NULL)
        return path;
    const char *dot = strrchr(model, '.');
    if (strchr(model, '/') != NULL || (dot != NULL && strcmp(dot, ".json") == 0) || fl_is_file(model) ||
        fl_is_folder(model))
        return fl_is_folder(model) ? fl_arena_format(arena, "%s/config.json", model) : model;
    const char *const *names = fl_trace_models(arena);
    const char *list = fl_names_joined(arena, names), *near = fl_nearest(model, names, fl_names_count(names));
    if (near != NULL)
        fl_fail(err, NULL, "no model \"%s\"; did you mean \"%s\"? Known: %s; or give the path of a config.json", model,
                near, list);
    else
        fl_fail(err, NULL, "no model \"%s\"; known: %s; or give the path of a config.json", model, list);
    return NULL;
}
