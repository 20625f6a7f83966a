/* reader.c - typed settings by group and key, and faults that name file, line and path. */
#include <stdlib.h>
#include <string.h>

#include "base/conf/conf.h"
#include "base/quantity.h"

/* ---- faults ---- */

const char *fl_reader_where(const struct fl_reader *reader, const struct fl_setting *at)
{
    const char *file = reader->file->file;
    return at == NULL ? file : fl_arena_format(reader->arena, "%s:%d: %s", file, at->line, at->path);
}

bool fl_reader_fail(const struct fl_reader *reader, const struct fl_setting *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fl_fail_args(reader->err, fl_reader_where(reader, at), format, args);
    va_end(args);
    return false;
}

bool fl_reader_fail_at(const struct fl_reader *reader, const char *group, const char *key, const char *format, ...)
{
    const struct fl_setting *at = fl_reader_find(reader, group, key);
    va_list args;
    va_start(args, format);
    fl_fail_args(reader->err, fl_reader_where(reader, at != NULL ? at : fl_reader_find(reader, group, "")), format,
                 args);
    va_end(args);
    return false;
}

/* ---- settings ---- */

const struct fl_setting *fl_reader_find(const struct fl_reader *reader, const char *group, const char *key)
{
    const char *dot = group[0] != '\0' && key[0] != '\0' ? "." : "";
    return fl_settings_find(reader->file, fl_arena_format(reader->arena, "%s%s%s", group, dot, key));
}

bool fl_reader_has(const struct fl_reader *reader, const char *group)
{
    return fl_reader_find(reader, group, "") != NULL;
}

const char *fl_reader_text(const struct fl_reader *reader, const char *group, const char *key)
{
    const struct fl_setting *at = fl_reader_find(reader, group, key);
    if (at != NULL && at->text == NULL)
        fl_reader_fail(reader, at, "one value is wanted, not a list");
    return at != NULL ? at->text : NULL;
}

const char *fl_reader_wanted(const struct fl_reader *reader, const char *group, const char *key)
{
    if (fl_reader_find(reader, group, key) == NULL)
        fl_reader_fail_at(reader, group, key, "%s is missing", key);
    return fl_reader_text(reader, group, key);
}

const char **fl_reader_texts(const struct fl_reader *reader, const char *group, const char *key, size_t *count)
{
    const struct fl_setting *at = fl_reader_find(reader, group, key);
    *count = 0;
    if (at == NULL)
        return NULL;
    const char **text = fl_arena_array(reader->arena, reader->file->settings + 1, sizeof *text);
    if (at->text != NULL)
        text[(*count)++] = at->text;
    for (size_t i = 0;; i++) {
        const struct fl_setting *member =
            fl_reader_find(reader, fl_arena_format(reader->arena, "%s[%zu]", at->path, i), "");
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

bool fl_reader_whole(const struct fl_reader *reader, const char *group, const char *key, int64_t least, int64_t most,
                     int64_t *value)
{
    const struct fl_setting *at = fl_reader_find(reader, group, key);
    if (at == NULL)
        return true;
    int64_t whole = at->kind == FL_SET_WHOLE ? strtoll(at->text, NULL, 10) : 0;
    if (at->kind != FL_SET_WHOLE || whole < least || whole > most)
        return fl_reader_fail(reader, at, "a whole number from %lld to %lld is wanted", (long long)least,
                              (long long)most);
    *value = whole;
    return true;
}

bool fl_reader_real(const struct fl_reader *reader, const char *group, const char *key, double *value)
{
    const struct fl_setting *at = fl_reader_find(reader, group, key);
    const char *text = fl_reader_text(reader, group, key);
    return at == NULL || (text != NULL && fl_quantity_read(text, "", value, fl_reader_where(reader, at), reader->err));
}

bool fl_reader_flag(const struct fl_reader *reader, const char *group, const char *key, bool *value)
{
    const struct fl_setting *at = fl_reader_find(reader, group, key);
    if (at == NULL)
        return true;
    *value = at->kind == FL_SET_FLAG && strcmp(at->text, "true") == 0;
    return at->kind == FL_SET_FLAG || fl_reader_fail(reader, at, "true or false is wanted%s%s%s",
                                                     at->text != NULL ? ", not \"" : "",
                                                     at->text != NULL ? at->text : "", at->text != NULL ? "\"" : "");
}

bool fl_reader_word(const struct fl_reader *reader, const char *group, const char *key, const char *const *words,
                    int *place)
{
    const char *text = fl_reader_wanted(reader, group, key), *all = "";
    for (*place = 0; text != NULL && words[*place] != NULL; (*place)++) {
        if (strcmp(text, words[*place]) == 0)
            return true;
        all = fl_arena_listed(reader->arena, all, words[*place]);
    }
    return text != NULL && fl_reader_fail_at(reader, group, key, "no \"%s\"; there are %s", text, all);
}

const char *fl_reader_path(const struct fl_reader *reader, const char *name)
{
    if (reader->folder == NULL || name[0] == '/' || strpbrk(name, "/.") == NULL)
        return name;
    return fl_arena_format(reader->arena, "%s/%s", reader->folder, name);
}
