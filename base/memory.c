/* memory.c - what work holds, memory first of all, and giving it back when the work ends early. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/landing.h"

_Thread_local struct fl_landing *fl_landing;

/* ---- what is held ---- */

void fl_hold(struct fl_hold *hold, void (*release)(void *what), void *what)
{
    struct fl_landing *landing = fl_landing;
    *hold = (struct fl_hold){ NULL, NULL, release, what };
    if (landing == NULL || landing->keeps)
        return;
    hold->older = landing->held.older;
    hold->newer = &landing->held;
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

void fl_landing_forget(struct fl_landing *landing, bool release)
{
    while (landing->held.older != &landing->held) {
        struct fl_hold *hold = landing->held.older;
        fl_let_go(hold);
        if (release)
            hold->release(hold->what);
    }
}

/* ---- the end of the work ---- */

/* Everything is given back while the frames that hold it still stand; only then are they left. */
FL_NORETURN static void land(struct fl_landing *landing)
{
    fl_landing = landing->outer;
    fl_landing_forget(landing, true);
    longjmp(landing->place, 1);
}

/* A file of the tree as the tree calls it, wherever it was compiled: all begin as this one does. */
static const char *in_tree(const char *file)
{
    static const char here[] = __FILE__;
    const size_t prefix = sizeof here - sizeof "base/memory.c";
    return strncmp(file, here, prefix) == 0 ? file + prefix : file;
}

void fl_panic(const char *file, int line, const char *format, ...)
{
    struct fl_landing *landing = fl_landing;
    char what[FL_LANDING_BYTES / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (landing == NULL) {
        fprintf(stderr, "fanlight: bug at %s:%d: %s\n", in_tree(file), line, what);
        abort();
    }
    landing->code = FL_FAULT_BUG;
    snprintf(landing->text, sizeof landing->text, "bug at %s:%d: %s; this is a fault of fanlight, not yours: please "
             "report it with the command", in_tree(file), line, what);
    land(landing);
}

void fl_memory_short(size_t bytes)
{
    struct fl_landing *landing = fl_landing;
    if (landing == NULL) {
        fprintf(stderr, "fanlight: out of memory (%zu bytes)\n", bytes);
        abort();
    }
    landing->code = FL_FAULT_MEMORY;
    snprintf(landing->text, sizeof landing->text, "out of memory: there is no room for %zu bytes more; ask for less "
             "work, or give the process more memory", bytes);
    land(landing);
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
