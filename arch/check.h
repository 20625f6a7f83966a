/* check.h - inside arch/: a check under way, and what is left for its end. */
#ifndef FL_ARCH_CHECK_H
#define FL_ARCH_CHECK_H

#include "arch/design.h"

struct fl_known {
    const char *path;
    bool group;
};
struct fl_check {
    struct fl_gather *gather;
    struct fl_arena *arena;
    const char *file;
    struct fl_err *err;
    struct fl_known *known;             /* every path that a table asked for */
    size_t knowns, room;
    bool apart;                         /* all engines that work have memories of their own */
    bool clock_told;                    /* that the preset clock is missing: once is enough */
};

/* Does any setting of the design lie in an engine's group? */
bool fl_check_is_given(const struct fl_check *check, const struct fl_engine_type *engine);
/* Have all engines that work a memory of their own? Then there is nobody to share one. */
bool fl_check_all_apart(const struct fl_check *check);
/* Is a key set of a unit that a machine has once? It is there then, though no group names it. */
bool fl_check_is_set(const struct fl_check *check, const char *path);
/* Tells every entry that no table has asked for, in the order of the file, with the nearest name that one has. */
void fl_check_unknown(const struct fl_check *check);

#endif
