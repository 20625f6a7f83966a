/* check_given.c - what a design has settings of. */
#include "arch/check.h"
#include "arch/path.h"

#include <string.h>

bool fl_check_is_given(const struct fl_check *check, const struct fl_engine_type *engine)
{
    for (size_t i = 0; i < check->gather->entries; i++)
        if (fl_path_parse(check->gather->entry[i].value.path).engine == engine)
            return true;
    return false;
}

bool fl_check_all_apart(const struct fl_check *check)
{
    bool any = false;
    for (size_t i = 0; fl_engine_types[i] != NULL; i++) {
        const struct fl_engine_type *engine = fl_engine_types[i];
        if (engine->takes == NULL || engine == &fl_engine_chips || !fl_check_is_given(check, engine))
            continue;
        if (!engine->memory)
            return false;
        any = true;
    }
    return any;
}

bool fl_check_is_set(const struct fl_check *check, const char *path)
{
    size_t length = strlen(path);
    struct fl_path parsed = fl_path_parse(path);
    if (parsed.engine == NULL || parsed.engine->list != NULL)
        return false;
    for (size_t i = 0; i < check->gather->entries; i++) {
        const char *key = check->gather->entry[i].value.path;
        if (strncmp(key, path, length) == 0 && key[length] == '.')
            return true;
    }
    return false;
}
