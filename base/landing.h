/* landing.h - inside base/: where a thread comes back to when the work under way ends early (guard.c), and what is
 * given back on the way there (memory.c). */
#ifndef FL_LANDING_H
#define FL_LANDING_H

#include <setjmp.h>

#include "base/guard.h"

enum { FL_LANDING_BYTES = 512 };

struct fl_landing {
    jmp_buf place;
    struct fl_landing *outer;
    struct fl_hold held;                /* a ring: held.older is the newest */
    bool keeps;
    enum fl_fault_code code;                 /* why the work ended early */
    char text[FL_LANDING_BYTES];
};
/* The thread's innermost; NULL: none, a broken assertion aborts. */
extern _Thread_local struct fl_landing *fl_landing;

/* Ceases to know what is held, newest first; `release`: it is undone, too. */
void fl_landing_forget(struct fl_landing *landing, bool release);

#endif
