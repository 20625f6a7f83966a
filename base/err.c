/* err.c - faults gathered as lines of text, and the end of the road for bugs. */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append(struct fl_err *err, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return;

    size_t wanted = err->used + (size_t)length + 1;
    if (wanted > err->room) {
        size_t room = wanted * 2;
        char *text = realloc(err->text, room);
        if (text == NULL)
            fl_panic(__FILE__, __LINE__, "out of memory while reporting a fault");
        err->text = text;
        err->room = room;
    }
    vsnprintf(err->text + err->used, (size_t)length + 1, format, args);
    err->used += (size_t)length;
}

static void FL_PRINTF(2, 3) append_text(struct fl_err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    append(err, format, args);
    va_end(args);
}

bool fl_fail(struct fl_err *err, const char *where, const char *format, ...)
{
    if (err == NULL)
        return false;
    if (where != NULL && where[0] != '\0')
        append_text(err, "%s: ", where);
    va_list args;
    va_start(args, format);
    append(err, format, args);
    va_end(args);
    append_text(err, "\n");
    err->faults++;
    return false;
}

const char *fl_err_text(const struct fl_err *err)
{
    return err->text ? err->text : "";
}

void fl_err_free(struct fl_err *err)
{
    free(err->text);
    memset(err, 0, sizeof *err);
}

void fl_panic(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "fanlight: bug at %s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fputs("\n", stderr);
    va_end(args);
    abort();
}
