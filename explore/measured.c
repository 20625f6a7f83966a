/* measured.c - CSV (RFC 4180, a record a line) to a table that SQL can join. */
#include "explore/measured.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/guard.h"

struct measured {
    struct fl_arena *arena;
    const char *path;
    size_t line, columns;
    FILE *out;                          /* the SQL so far */
    struct fl_err *err;
};

/* Takes the field at *at, and passes it and the comma behind it; NULL: there is none, or its quote never ends. */
static const char *field_take(struct measured *m, const char **at)
{
    const char *from = *at;
    if (*from != '"') {
        size_t length = strcspn(from, ",");
        *at = from[length] == ',' ? from + length + 1 : NULL;
        return fl_arena_slice(m->arena, from, length);
    }
    char *text = fl_arena_alloc(m->arena, strlen(from) + 1), *to = text;
    for (from++; *from != '\0' && (from[0] != '"' || from[1] == '"'); from++) {
        from += from[0] == '"';
        *to++ = *from;
    }
    *to = '\0';
    if (*from != '"')
        return NULL;
    *at = from[1] == ',' ? from + 2 : NULL;
    return text;
}

/* A name or a text in SQL's quotes, which are doubled within. */
static void write_quoted(FILE *out, char quote, const char *text)
{
    fputc(quote, out);
    for (; *text != '\0'; text++) {
        if (*text == quote)
            fputc(quote, out);
        fputc(*text, out);
    }
    fputc(quote, out);
}

static void write_value(FILE *out, const char *text)
{
    char *end;
    strtod(text, &end);
    if (end != text && *end == '\0')
        fputs(text, out);
    else
        write_quoted(out, '\'', text);
}

static bool head_write(struct measured *m, const char *at)
{
    fputs("(SELECT ", m->out);
    while (at != NULL) {
        const char *name = field_take(m, &at);
        if (name == NULL || *name == '\0')
            return fl_fail(m->err, fl_arena_format(m->arena, "%s:%zu", m->path, m->line), "a column without a name");
        fprintf(m->out, "%scolumn%zu AS ", m->columns > 0 ? ", " : "", m->columns + 1);
        write_quoted(m->out, '"', name);
        m->columns++;
    }
    fputs(" FROM (VALUES ", m->out);
    return true;
}

static bool row_write(struct measured *m, const char *at)
{
    size_t fields = 0;
    const char *text = "";
    for (; at != NULL && (text = field_take(m, &at)) != NULL; fields++) {
        fputs(fields > 0 ? ", " : m->line > 2 ? ", (" : "(", m->out);
        write_value(m->out, text);
    }
    fputc(')', m->out);
    return (text != NULL && fields == m->columns) ||
           fl_fail(m->err, fl_arena_format(m->arena, "%s:%zu", m->path, m->line),
                   text == NULL ? "a quote that does not end" : "%zu fields; the first line names %zu", fields,
                   m->columns);
}

/* The lines of the file, which they are cut out of. */
static bool lines_write(struct measured *m, char *text)
{
    bool good = true;
    for (char *line = text, *next; good && *line != '\0'; line = next) {
        size_t length = strcspn(line, "\r\n");
        next = line + length + strspn(line + length, "\r\n");
        line[length] = '\0';
        good = ++m->line == 1 ? head_write(m, line) : row_write(m, line);
    }
    return good && (m->line > 1 || fl_fail(m->err, m->path, "no rows below the first line, which names columns"));
}

const char *fl_measured_sql(struct fl_arena *arena, const char *path, struct fl_err *err)
{
    char *sql = NULL, *text = fl_file_text(path);
    size_t bytes = 0;
    if (text == NULL) {
        fl_fail(err, path, "cannot be read: %s", errno != 0 ? strerror(errno) : "it is empty");
        return NULL;
    }
    struct measured m = {.arena = arena, .path = path, .out = open_memstream(&sql, &bytes), .err = err};
    bool good = lines_write(&m, text);
    fputs("))", m.out);
    fclose(m.out);
    fl_free(text);
    const char *result = good ? fl_arena_text(arena, sql) : NULL;
    free(sql);
    return result;
}
