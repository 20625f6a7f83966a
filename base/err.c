/* err.c - faults gathered: each a record, all of them a text. */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/guard.h"

static void text_add(struct fl_err *err, const char *line)
{
    size_t bytes = strlen(line), wanted = err->used + bytes + 2;
    if (wanted > err->room) {
        err->text = fl_realloc(err->text, wanted * 2);
        err->room = wanted * 2;
    }
    memcpy(err->text + err->used, line, bytes);
    memcpy(err->text + err->used + bytes, "\n", 2);
    err->used += bytes + 1;
}

/* The texts of a fault lie in one piece of memory: its line, and `where` once more by itself. */
static void add(struct fl_err *err, enum fl_fault_code code, const char *where, const char *what)
{
    size_t wheres = strlen(where), whats = strlen(what), between = wheres > 0 ? 2 : 0;
    char *line = fl_calloc(wheres + between + whats + 1 + wheres + 1, 1), *alone = line + wheres + between + whats + 1;
    memcpy(line, where, wheres);
    memcpy(line + wheres, ": ", between);
    memcpy(line + wheres + between, what, whats);
    memcpy(alone, where, wheres);
    err->fault = fl_grow(err->fault, &err->fault_room, (size_t)err->faults, sizeof *err->fault);
    err->fault[err->faults++] = (struct fl_fault){ line, alone, line + wheres + between, code };
    err->code = code > err->code ? code : err->code;
    text_add(err, line);
}

static void fail(struct fl_err *err, enum fl_fault_code code, const char *where, const char *format, va_list args)
{
    if (err == NULL)
        return;
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *what = fl_calloc((size_t)(length > 0 ? length : 0) + 1, 1);
    if (length > 0)
        vsnprintf(what, (size_t)length + 1, format, args);
    add(err, code, where != NULL ? where : "", what);
    fl_free(what);
}

bool fl_fail_args(struct fl_err *err, const char *where, const char *format, va_list args)
{
    fail(err, FL_FAULT_USER, where, format, args);
    return false;
}

bool fl_fail(struct fl_err *err, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fl_fail_args(err, where, format, args);
    va_end(args);
    return false;
}

bool fl_fail_as(struct fl_err *err, enum fl_fault_code code, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(err, code, where, format, args);
    va_end(args);
    return false;
}

void fl_err_take(struct fl_err *err, struct fl_err *from)
{
    for (int i = 0; err != NULL && i < from->faults; i++)
        if (i == 0 || strcmp(from->fault[i].line, from->fault[i - 1].line) != 0)
            add(err, from->fault[i].code, from->fault[i].where, from->fault[i].what);
    fl_err_free(from);
}

const char *fl_err_first(const struct fl_err *err)
{
    return err->faults > 0 ? err->fault[0].line : "";
}

bool fl_err_has(const struct fl_err *err, const char *what)
{
    for (int i = 0; i < err->faults; i++)
        if (strcmp(err->fault[i].what, what) == 0)
            return true;
    return false;
}

const char *fl_err_text(const struct fl_err *err)
{
    return err->text ? err->text : "";
}

void fl_err_free(struct fl_err *err)
{
    for (int i = 0; i < err->faults; i++)
        fl_free(err->fault[i].line);
    fl_free(err->fault);
    fl_free(err->text);
    memset(err, 0, sizeof *err);
}
