/* guard.c - landing places, one inside the other, and what is given back on the way to them. */
#include "base/guard.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 512 };

struct guard {
    jmp_buf landing;
    struct guard *outer;
    struct fl_hold held;                /* a ring: held.older is the newest */
    bool keeps;
    struct fl_err told;                 /* by the work; its text is held as all else is */
    enum fl_fault code;                  /* why it ended early */
    char text[TEXT_BYTES];
};
static _Thread_local struct guard *innermost;

/* ---- what is held ---- */

void fl_hold(struct fl_hold *hold, void (*release)(void *what), void *what)
{
    struct guard *guard = innermost;
    *hold = (struct fl_hold){ NULL, NULL, release, what };
    if (guard == NULL || guard->keeps)
        return;
    hold->older = guard->held.older;
    hold->newer = &guard->held;
    hold->older->newer = hold->newer->older = hold;
}

void fl_let_go(struct fl_hold *hold)
{
    if (hold->older == NULL)
        return;
    hold->older->newer = hold->newer;
    hold->newer->older = hold->older;
    hold->older = hold->newer = NULL;
}

/* Newest first. `release`: undone; else it only ceases to be known. */
static void let_all_go(struct guard *guard, bool release)
{
    while (guard->held.older != &guard->held) {
        struct fl_hold *hold = guard->held.older;
        fl_let_go(hold);
        if (release)
            hold->release(hold->what);
    }
}

/* ---- the guard ---- */

/* In a function of its own: what changes between setjmp and longjmp may not be a local of the one that calls setjmp. */
static bool land_or_work(struct guard *guard, bool (*work)(void *context, struct fl_err *err), void *context)
{
    if (setjmp(guard->landing) != 0)
        return false;
    return work(context, &guard->told);
}

static bool guarded(bool keeps, bool (*work)(void *context, struct fl_err *err), void *context, bool *ended,
                    struct fl_err *err)
{
    struct guard guard = { .outer = innermost, .keeps = keeps };
    guard.held.older = guard.held.newer = &guard.held;
    innermost = &guard;
    bool ok = land_or_work(&guard, work, context);
    let_all_go(&guard, false);
    if (ended != NULL)
        *ended = guard.code != FL_FAULT_NONE;
    /* What lives on takes its faults while this guard still keeps; else they are the outer work's. */
    innermost = keeps ? &guard : guard.outer;
    fl_err_take(err, &guard.told);
    if (guard.code != FL_FAULT_NONE)
        fl_fail_as(err, guard.code, NULL, "%s", guard.text);
    innermost = guard.outer;
    return ok;
}

bool fl_guard(bool (*work)(void *context, struct fl_err *err), void *context, bool *ended, struct fl_err *err)
{
    return guarded(false, work, context, ended, err);
}

bool fl_guard_keeping(bool (*work)(void *context, struct fl_err *err), void *context, bool *ended,
                      struct fl_err *err)
{
    return guarded(true, work, context, ended, err);
}

/* Everything is given back while the frames that hold it still stand; only then are they left. */
FL_NORETURN static void land(struct guard *guard)
{
    innermost = guard->outer;
    let_all_go(guard, true);
    if (!guard->keeps)
        guard->told = (struct fl_err){ 0 };
    longjmp(guard->landing, 1);
}

/* A file of the tree as the tree calls it, wherever it was compiled: all begin as this one does. */
static const char *in_tree(const char *file)
{
    static const char here[] = __FILE__;
    const size_t prefix = sizeof here - sizeof "base/guard.c";
    return strncmp(file, here, prefix) == 0 ? file + prefix : file;
}

void fl_panic(const char *file, int line, const char *format, ...)
{
    struct guard *guard = innermost;
    char what[TEXT_BYTES / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (guard == NULL) {
        fprintf(stderr, "fanlight: bug at %s:%d: %s\n", in_tree(file), line, what);
        abort();
    }
    guard->code = FL_FAULT_BUG;
    snprintf(guard->text, sizeof guard->text, "bug at %s:%d: %s; this is a fault of fanlight, not yours: please "
             "report it with the command", in_tree(file), line, what);
    land(guard);
}

void fl_memory_short(size_t bytes)
{
    struct guard *guard = innermost;
    if (guard == NULL) {
        fprintf(stderr, "fanlight: out of memory (%zu bytes)\n", bytes);
        abort();
    }
    guard->code = FL_FAULT_MEMORY;
    snprintf(guard->text, sizeof guard->text, "out of memory: there is no room for %zu bytes more; ask for less work, "
             "or give the process more memory", bytes);
    land(guard);
}

/* ---- memory ---- */

/* What stands before each piece of memory. */
struct head { alignas(max_align_t) struct fl_hold hold; };

void *fl_calloc(size_t count, size_t size)
{
    if (size > 0 && count > (SIZE_MAX - sizeof(struct head)) / size)
        fl_memory_short(SIZE_MAX);
    struct head *head = calloc(1, sizeof *head + count * size);
    if (head == NULL)
        fl_memory_short(count * size);
    fl_hold(&head->hold, free, head);
    return head + 1;
}

/* Held or not, memory stays as it was: what was there before the work still belongs to another. */
void *fl_realloc(void *memory, size_t size)
{
    if (memory == NULL)
        return fl_calloc(1, size);
    struct head *head = (struct head *)memory - 1;
    bool held = head->hold.older != NULL;
    if (size > SIZE_MAX - sizeof *head)
        fl_memory_short(size);
    fl_let_go(&head->hold);
    struct head *moved = realloc(head, sizeof *head + size);
    if (held)
        fl_hold(moved != NULL ? &moved->hold : &head->hold, free, moved != NULL ? moved : head);
    if (moved == NULL)
        fl_memory_short(size);
    return moved + 1;
}

void fl_free(void *memory)
{
    if (memory == NULL)
        return;
    struct head *head = (struct head *)memory - 1;
    fl_let_go(&head->hold);
    free(head);
}
