/* keys.h - the keys that a file may have, and the fault that a misspelt one is. */
#ifndef FL_EXPLORE_KEYS_H
#define FL_EXPLORE_KEYS_H

#include "arch/arch.h"

struct fl_keys {
    const char *group;                  /* as in paths, without numbers: "", "axes[]", "claims[].checks[]" */
    const char *const *key;             /* its keys, then NULL */
};

/* Tells every key of the file that its group has not, with the nearest that it has, or the page of `docs` that lists
 * them. The groups end with one of NULL. */
bool fl_keys_check(const struct fl_settings *file, const struct fl_keys *groups, const char *docs, struct fl_err *err);

#endif
