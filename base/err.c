/* err.c - faults gathered as lines of text. */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

#include "base/guard.h"

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
        err->text = fl_realloc(err->text, wanted * 2);
        err->room = wanted * 2;
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

static bool fail(struct fl_err *err, enum fl_fault code, const char *where, const char *format, va_list args)
{
    if (err == NULL)
        return false;
    if (where != NULL && where[0] != '\0')
        append_text(err, "%s: ", where);
    append(err, format, args);
    append_text(err, "\n");
    err->faults++;
    err->code = code > err->code ? code : err->code;
    return false;
}

bool fl_fail(struct fl_err *err, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(err, FL_FAULT_USER, where, format, args);
    va_end(args);
    return false;
}

bool fl_fail_as(struct fl_err *err, enum fl_fault code, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(err, code, where, format, args);
    va_end(args);
    return false;
}

void fl_err_take(struct fl_err *err, struct fl_err *from)
{
    if (err != NULL && from->faults > 0) {
        append_text(err, "%s", from->text);
        err->faults += from->faults;
        err->code = from->code > err->code ? from->code : err->code;
    }
    fl_err_free(from);
}

const char *fl_err_text(const struct fl_err *err)
{
    return err->text ? err->text : "";
}

void fl_err_free(struct fl_err *err)
{
    fl_free(err->text);
    memset(err, 0, sizeof *err);
}
