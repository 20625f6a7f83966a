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

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), tail = strlen(ending);
    return length > tail && strcmp(name + length - tail, ending) == 0;
}

/* What is no config.json, by its name, and what to do with it; NULL: no word. */
static const char *remedy_of(const char *model)
{
    if (ends_with(model, ".csv"))
        return "a table is no model; make a trace of it: fanlight trace --gemm-csv FILE -o FILE.trace, then --trace";
    if (ends_with(model, ".trace"))
        return "a trace is no model; give it by --trace";
    if (ends_with(model, ".onnx"))
        return "ONNX graphs are not read; give the model's config.json, or its products as a table to fanlight trace "
               "--gemm-csv";
    if (ends_with(model, ".safetensors") || ends_with(model, ".bin") || ends_with(model, ".gguf") ||
        ends_with(model, ".pt"))
        return "weights are not read; give the config.json beside them";
    return NULL;
}

/* "owner/name", as hubs of models call them. */
static bool is_hub_name(const char *model)
{
    const char *slash = strchr(model, '/');
    return slash != NULL && slash != model && slash[1] != '\0' && strchr(slash + 1, '/') == NULL && model[0] != '.' &&
           !ends_with(model, ".json");
}

/* FILE#PART, a part of a file: the path of both. NULL: it is none, or there is no such file. */
static const char *part_find(struct fl_arena *arena, const char *model)
{
    const char *hash = strrchr(model, '#');
    if (hash == NULL || fl_is_file(model))
        return NULL;
    const char *file = fl_arena_slice(arena, model, (size_t)(hash - model));
    const char *shipped = fl_trace_model_path(arena, file);
    file = shipped != NULL ? shipped : fl_is_folder(file) ? fl_arena_format(arena, "%s/config.json", file) : file;
    return fl_is_file(file) ? fl_arena_format(arena, "%s%s", file, hash) : NULL;
}

const char *fl_trace_model_find(struct fl_arena *arena, const char *model, struct fl_err *err)
{
    const char *part = part_find(arena, model);
    if (part != NULL)
        return part;
    const char *path = fl_trace_model_path(arena, model), *remedy = remedy_of(model);
    bool there = fl_is_file(model) || fl_is_folder(model);
    if (path != NULL)
        return path;
    if (remedy != NULL && !fl_is_folder(model)) {
        fl_fail(err, model, "%s", remedy);
        return NULL;
    }
    if (!there && is_hub_name(model)) {
        fl_fail(err, model, "no such file; if it is a name on a hub of models, download its config.json and give the "
                "path of that file");
        return NULL;
    }
    if (strchr(model, '/') != NULL || ends_with(model, ".json") || there)
        return fl_is_folder(model) ? fl_arena_format(arena, "%s/config.json", model) : model;
    const char *const *names = fl_trace_models(arena);
    const char *list = fl_names_joined(arena, names), *near = fl_misspelt(model, names, fl_names_count(names));
    if (near != NULL)
        fl_fail(err, NULL, "no model \"%s\"; did you mean \"%s\"? Known: %s; or give the path of a config.json", model,
                near, list);
    else
        fl_fail(err, NULL, "no model \"%s\"; known: %s; or give the path of a config.json", model, list);
    return NULL;
}
