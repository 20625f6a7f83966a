/* reader.c - settings by path, and faults that name file, line and key. */
#include "explore/read.h"

#include <stdlib.h>
#include <string.h>

bool fl_reader_fail(const struct fl_sweep_reader *reader, const struct fl_setting *at, const char *format, ...)
{
    struct fl_arena arena = {0};
    va_list args;
    char what[512];
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    const char *file = reader->sweep->file;
    fl_fail(reader->err, at == NULL ? file : fl_arena_format(&arena, "%s:%d: %s", file, at->line, at->path), "%s",
            what);
    fl_arena_free(&arena);
    return false;
}

const struct fl_setting *fl_reader_find(const struct fl_sweep_reader *reader, const char *base, const char *key)
{
    struct fl_arena arena = {0};
    const char *dot = base[0] != '\0' && key[0] != '\0' && key[0] != '.' ? "." : "";
    const struct fl_setting *found = fl_settings_find(reader->settings,
                                                      fl_arena_format(&arena, "%s%s%s", base, dot, key));
    fl_arena_free(&arena);
    return found;
}

const char *fl_reader_text(const struct fl_sweep_reader *reader, const char *base, const char *key)
{
    const struct fl_setting *at = fl_reader_find(reader, base, key);
    if (at != NULL && at->text == NULL)
        fl_reader_fail(reader, at, "one value is wanted, not a list");
    return at != NULL ? at->text : NULL;
}

const char **fl_reader_texts(const struct fl_sweep_reader *reader, const char *base, const char *key, size_t *count)
{
    const struct fl_setting *at = fl_reader_find(reader, base, key);
    *count = 0;
    if (at == NULL)
        return NULL;
    const char **text = fl_arena_array(&reader->sweep->arena, reader->settings->settings + 1, sizeof *text);
    if (at->text != NULL)
        text[(*count)++] = at->text;
    for (size_t i = 0;; i++) {
        const struct fl_setting *member =
            fl_reader_find(reader, fl_arena_format(&reader->sweep->arena, "%s[%zu]", at->path, i), "");
        if (member == NULL)
            break;
        if (member->text == NULL)
            fl_reader_fail(reader, member, "a text or a number is wanted");
        else
            text[(*count)++] = member->text;
    }
    if (*count > 0)
        return text;
    fl_reader_fail(reader, at, "is empty: give at least one value, or leave it out");
    return NULL;
}

int64_t fl_reader_count(const struct fl_sweep_reader *reader, const char *base, const char *key, int64_t least,
                        int64_t most, int64_t preset)
{
    const struct fl_setting *at = fl_reader_find(reader, base, key);
    if (at == NULL)
        return preset;
    int64_t value = at->kind == FL_SET_WHOLE ? strtoll(at->text, NULL, 10) : least - 1;
    if (at->kind == FL_SET_WHOLE && value >= least && value <= most)
        return value;
    fl_reader_fail(reader, at, "a whole number from %lld to %lld is wanted", (long long)least, (long long)most);
    return preset;
}

const char *fl_reader_path(const struct fl_sweep_reader *reader, const char *name)
{
    if (reader->folder == NULL || name[0] == '/' || strpbrk(name, "/.") == NULL)
        return name;
    return fl_arena_format(&reader->sweep->arena, "%s/%s", reader->folder, name);
}
