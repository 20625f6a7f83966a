/* err.h - how fanlight says what is wrong.
 *
 * A function that can fail for the user's sake returns bool and takes a
 * struct fl_err as its last argument; each fault is one line, "where: what", so
 * that all faults of a file are told together. Our own mistakes are not errors
 * but assertions: fl_assert stays on in release and ends the work under way, which
 * comes back as an error of its own code (base/guard.h).
 *
 *     struct fl_err err = {0};
 *     if (!fl_settings_read(&settings, file, &err)) { fputs(err.text, stderr); fl_err_free(&err); }
 */
#ifndef FL_ERR_H
#define FL_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#if defined __GNUC__
#define FL_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define FL_NORETURN __attribute__((noreturn))
#else
#define FL_PRINTF(text, first)
#define FL_NORETURN
#endif

/* Whose fault it is, the gravest last; the numbers are the program's exit codes. */
enum fl_fault_code {
    FL_FAULT_NONE = 0,
    FL_FAULT_USER = 1,       /* the user's: input that is not understood, a file that cannot be read */
    FL_FAULT_MEMORY = 1,     /* more work than fits into memory: the user can mend that, too */
    FL_FAULT_LAW = 2,        /* a result that breaks its own law */
    FL_FAULT_BUG = 70,       /* an assertion broke: ours */
};

struct fl_fault {
    char *line;                     /* "where: what" */
    const char *where, *what;       /* where "": it is of nothing in particular */
    enum fl_fault_code code;
};
struct fl_err {
    struct fl_fault *fault;         /* in the order in which they were told */
    int faults;
    size_t fault_room;
    enum fl_fault_code code;        /* of the gravest */
    char *text;                     /* all lines, each with its end; NULL while there is no fault */
    size_t used, room;
};

/* Adds a fault. `where` names a file, a line, a key ("a.cfg:41: core[1].slm"); NULL or "" for none.
 * Always returns false, so that `return fl_fail(err, ...)` reads well. A NULL err is allowed. */
bool fl_fail(struct fl_err *err, const char *where, const char *format, ...) FL_PRINTF(3, 4);

/* The same by arguments at hand, for functions that say more of where. */
bool fl_fail_args(struct fl_err *err, const char *where, const char *format, va_list args);

/* The same for a fault of another code. */
bool fl_fail_as(struct fl_err *err, enum fl_fault_code code, const char *where, const char *format, ...)
    FL_PRINTF(4, 5);
/* Adds what `from` holds, equal lines in a row once, and empties it. */
void fl_err_take(struct fl_err *err, struct fl_err *from);

/* The first fault as one line, "" while there is none; it lives as long as the faults do. */
const char *fl_err_first(const struct fl_err *err);
/* Is a fault of these words among them, wherever it is? */
bool fl_err_has(const struct fl_err *err, const char *what);
/* Text so far, never NULL. */
const char *fl_err_text(const struct fl_err *err);
/* Forgets the faults and frees the text. */
void fl_err_free(struct fl_err *err);

/* Ends the work under way, with an error of file, line and what; for broken assertions. Outside any fl_guard the
 * process aborts. */
FL_NORETURN void fl_panic(const char *file, int line, const char *format, ...) FL_PRINTF(3, 4);

#define fl_assert(condition) \
    ((condition) ? (void)0 : fl_panic(__FILE__, __LINE__, "'%s' does not hold", #condition))

#endif
