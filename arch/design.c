/* design.c - a design as the rest of fanlight sees it: read, checked, sorted by path. */
#include "arch/design.h"
#include "arch/path.h"
#include "base/quantity.h"

#include <stdlib.h>
#include <string.h>

/* Numbers in brackets count as such: core[2] lies before core[10]. */
static int by_path(const void *a, const void *b)
{
    const char *x = ((const struct fl_value *)a)->path, *y = ((const struct fl_value *)b)->path;
    while (*x == *y && *x != '\0') {
        bool number = *x++ == '[';
        y++;
        long i = number ? strtol(x, NULL, 10) : 0, k = number ? strtol(y, NULL, 10) : 0;
        if (i != k)
            return i < k ? -1 : 1;
    }
    return (unsigned char)*x - (unsigned char)*y;
}

static const char *text_or(const struct fl_design *design, const char *path, const char *preset)
{
    const struct fl_value *value = fl_design_find(design, path);
    return value != NULL ? value->text : preset;
}

void fl_design_fill(struct fl_design *design, const struct fl_gather *gather)
{
    design->value = fl_arena_array(&design->arena, gather->entries + 1, sizeof *design->value);
    for (size_t i = 0; i < gather->entries; i++)
        if (gather->entry[i].value.text != NULL)
            design->value[design->values++] = gather->entry[i].value;
    qsort(design->value, design->values, sizeof *design->value, by_path);
    design->name = text_or(design, "name", "");
    design->summary = text_or(design, "summary", "");
    design->text = fl_text_of(&design->arena, design->value, design->values);
}

size_t fl_design_uncited(const struct fl_design *design, FILE *out)
{
    static const char *const of[] = {"an energy", "a power", "a time", "an area", "a voltage", "a current"};
    size_t uncited = 0;
    struct fl_arena arena = {0};
    for (size_t i = 0; i < design->values; i++) {
        const struct fl_value *value = &design->value[i];
        bool figure = false;
        for (size_t k = 0; value->measure != NULL && k < sizeof of / sizeof *of; k++)
            figure = figure || strncmp(fl_quantity_of(value->measure), of[k], strlen(of[k])) == 0;
        /* a preset of zero is nothing; one below zero stands for what another key says */
        bool nothing = value->file == NULL && (strncmp(value->text, "0 ", 2) == 0 || value->text[0] == '-');
        if (!figure || nothing || value->from != NULL)
            continue;
        fprintf(out, "%s = \"%s\": %s\n", fl_where(&arena, value, value->path), value->text,
                value->file != NULL ? "no source" : "a preset, no source");
        uncited++;
    }
    fl_arena_free(&arena);
    return uncited;
}

/* Stages of a pipeline are copies of the GPUs that say how many there are: gpu[0] and on. */
static bool stages_copy(struct fl_gather *gather, const char *file, struct fl_err *err)
{
    const struct fl_entry_of_design *said = fl_gather_find(gather, "gpu[0].stages");
    long stages = said != NULL && said->value.text != NULL ? strtol(said->value.text, NULL, 10) : 1;
    size_t entries = gather->entries, groups = fl_gather_count(gather, &fl_engine_gpu);
    if (stages < 2 || stages > (long)fl_engine_gpu.most)
        return true;                    /* none, or no number of them: whoever reads the key tells */
    if (groups > 1)
        return fl_fail(err, file, "gpu[0].stages = %ld makes copies of gpu[0], and there are %zu groups of GPUs: "
                       "give one", stages, groups);
    for (long i = 1; i < stages; i++)
        for (size_t e = 0; e < entries; e++) {
            struct fl_value copy = gather->entry[e].value;
            if (strncmp(copy.path, "gpu[0].", 7) != 0)
                continue;
            copy.path = fl_arena_format(gather->arena, "gpu[%ld].%s", i, copy.path + 7);
            fl_gather_put(gather, &copy);
        }
    return true;
}

bool fl_design_load(struct fl_design *design, const char *name, const char *const *set, size_t sets,
                    struct fl_err *err)
{
    memset(design, 0, sizeof *design);
    struct fl_gather gather = {.arena = &design->arena};
    bool good = fl_layers_read(&gather, design, name, err);
    if (good)
        for (size_t i = 0; i < sets; i++)
            good = fl_layer_set(&gather, set[i], err) && good;
    good = good && stages_copy(&gather, design->file, err) && fl_check_design(&gather, design->file, err);
    if (good)
        fl_design_fill(design, &gather);
    fl_free(gather.entry);
    if (!good)
        fl_design_free(design);
    return good;
}

void fl_design_free(struct fl_design *design)
{
    fl_arena_free(&design->arena);
    memset(design, 0, sizeof *design);
}

const struct fl_value *fl_design_find(const struct fl_design *design, const char *path)
{
    struct fl_value key = {.path = path};
    if (design->values == 0)
        return NULL;
    return bsearch(&key, design->value, design->values, sizeof *design->value, by_path);
}

size_t fl_design_count(const struct fl_design *design, const struct fl_engine_type *engine)
{
    int64_t count = 0;
    for (size_t i = 0; i < design->values; i++)
        count = fl_most(count, fl_path_count(design->value[i].path, engine));
    return (size_t)count;
}

const struct fl_value *fl_design_first(const struct fl_design *design, const char *path)
{
    struct fl_path every = fl_path_parse(path);
    const struct fl_value *found = fl_design_find(design, path);
    if (every.engine == NULL || every.number != FL_EVERY)
        return found;
    struct fl_arena arena = {0};
    size_t count = fl_design_count(design, every.engine);
    for (size_t i = 0; i < count && found == NULL; i++)
        found = fl_design_find(design, fl_path_of(&arena, every.engine, (int64_t)i, every.rest));
    fl_arena_free(&arena);
    return found;
}
