/* guard.h - a broken law ends the work it was found in, not the process.
 *
 * fl_guard does a piece of work. If an assertion breaks in it, or memory runs out, the
 * thread comes back from fl_guard with an error that says so: what the work had
 * allocated, opened or locked until then is given back, newest first, before its
 * frames are left. Guards nest, each thread has its own, and there is no other state.
 *
 * What a guard is to give back it must know of. Memory of the library comes from
 * fl_calloc, fl_realloc, fl_grow and arenas, and goes by fl_free; anything else that
 * must be undone (a file, a database, a parsed tree) is held by a record:
 *
 *     struct fl_hold hold;
 *     fl_hold(&hold, file_close, file);
 *     ... what may end early ...
 *     fl_let_go(&hold);
 *     fclose(file);
 *
 * What is there when the work ends in order belongs to whoever asked for it, and any
 * thread may free it. Without a guard a broken assertion aborts.
 */
#ifndef FL_GUARD_H
#define FL_GUARD_H

#include "base/err.h"

/* Does `work` and returns what it returns, its faults added to `err`. Ended early: false, with a fault of
 * FL_FAULT_BUG or FL_FAULT_MEMORY, all that the work had made is gone, and *ended is true. `ended` may be NULL. */
bool fl_guard(bool (*work)(void *context, struct fl_err *err), void *context, bool *ended, struct fl_err *err);
/* The same for work on what lives on, a database say: what it made until then stays. */
bool fl_guard_keeping(bool (*work)(void *context, struct fl_err *err), void *context, bool *ended,
                      struct fl_err *err);

/* Something to be undone if the work under way ends early; it may lie on the stack of the work. */
struct fl_hold {
    struct fl_hold *older, *newer;      /* NULL: no guard knows of it */
    void (*release)(void *what);        /* may not fail */
    void *what;
};
void fl_hold(struct fl_hold *hold, void (*release)(void *what), void *what);
void fl_let_go(struct fl_hold *hold);

/* Memory, as stdlib.h has it, but never NULL: running out of it ends the work. */
void *fl_calloc(size_t count, size_t size);
void *fl_realloc(void *memory, size_t size);
/* NULL is allowed. */
void fl_free(void *memory);
/* What they do when there is none: for a library that could not get its own. Outside any fl_guard the process
 * aborts. */
FL_NORETURN void fl_memory_short(size_t bytes);

#endif
