/* value.c - the path of a value of a design, and where it was said. */
#include "arch/design.h"

const char *fl_where(struct fl_arena *arena, const struct fl_value *value, const char *path)
{
    const char *colon = path[0] != '\0' ? ": " : "";
    if (value == NULL || value->file == NULL)
        return fl_arena_text(arena, path);
    if (value->line == 0)
        return fl_arena_format(arena, "%s%s%s", value->file, colon, path);
    return fl_arena_format(arena, "%s:%d%s%s", value->file, value->line, colon, path);
}

const char *fl_path_join(struct fl_arena *arena, const char *group, const char *name)
{
    return group[0] != '\0' ? fl_arena_format(arena, "%s.%s", group, name) : fl_arena_text(arena, name);
}
