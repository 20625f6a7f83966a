/* path.c - paths of keys taken apart and put together. */
#include "arch/design.h"
#include "arch/path.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* "core", "core.adc", "core[1]", "core[1].adc": in a list of engines? Gives the number, and what stands behind. */
static bool in_list(const char *path, const char *list, int64_t *number, const char **rest)
{
    size_t length = strlen(list);
    const char *at = path + length;
    if (strncmp(path, list, length) != 0)
        return false;
    *number = FL_EVERY;
    if (at[0] == '[' && isdigit((unsigned char)at[1])) {
        char *end;
        *number = strtol(at + 1, &end, 10);
        if (*end != ']')
            return false;
        at = end + 1;
    }
    if (*at != '.' && *at != '\0')
        return false;
    *rest = at + (*at == '.');
    return true;
}

static const struct fl_slot *slot_of(const struct fl_engine_type *engine, const char *rest)
{
    size_t length = strcspn(rest, ".");
    if (engine->slots[0].name[0] == '\0')
        return &engine->slots[0];       /* its own group */
    for (const struct fl_slot *slot = engine->slots; slot->name != NULL; slot++)
        if (strlen(slot->name) == length && strncmp(slot->name, rest, length) == 0)
            return slot;
    return NULL;
}

struct fl_path fl_path_parse(const char *path)
{
    struct fl_path parsed = {.rest = path};
    for (size_t i = 0; fl_engine_types[i] != NULL; i++) {
        const struct fl_engine_type *engine = fl_engine_types[i];
        if (engine->list != NULL && in_list(path, engine->list, &parsed.number, &parsed.rest))
            return (struct fl_path){engine, parsed.number, slot_of(engine, parsed.rest), parsed.rest};
        const struct fl_slot *slot = engine->list == NULL ? slot_of(engine, path) : NULL;
        if (slot != NULL)
            return (struct fl_path){engine, 0, slot, path};
    }
    return parsed;
}

int64_t fl_path_count(const char *path, const struct fl_engine_type *engine)
{
    struct fl_path parsed = fl_path_parse(path);
    return parsed.engine == engine ? parsed.number + 1 : 0;
}

const char *fl_path_of(struct fl_arena *arena, const struct fl_engine_type *engine, int64_t number, const char *rest)
{
    if (engine->list == NULL)
        return fl_arena_text(arena, rest);
    if (number == FL_EVERY)
        return rest[0] != '\0' ? fl_path_join(arena, engine->list, rest) : fl_arena_text(arena, engine->list);
    return fl_arena_format(arena, "%s[%lld]%s%s", engine->list, (long long)number, rest[0] != '\0' ? "." : "", rest);
}

bool fl_path_covers(const char *key, const char *path)
{
    struct fl_path outer = fl_path_parse(key), inner = fl_path_parse(path);
    size_t length = strlen(outer.rest);
    return outer.engine == inner.engine && (outer.number == FL_EVERY || outer.number == inner.number) &&
           strncmp(outer.rest, inner.rest, length) == 0 &&
           (length == 0 || inner.rest[length] == '.' || inner.rest[length] == '\0');
}
