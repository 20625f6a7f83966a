/* claims.h - a file of claims, read: its settings by group and key, and the claims with their checks.
 *
 * A group is a path in the file, "claims[2].checks[0]"; a key is a name in it. Errors name file, line and group.
 */
#ifndef FL_EXPLORE_CLAIMS_H
#define FL_EXPLORE_CLAIMS_H

#include "explore/reproduce.h"

/* The file being read: `out` keeps what is read, `err` all faults. */
struct fl_claims {
    struct fl_reproduction *out;
    struct fl_err *err;
};

/* The text of a key, or NULL; `wanted` says where it is missing. */
const char *fl_claims_text(struct fl_claims *c, const char *group, const char *key);
const char *fl_claims_wanted(struct fl_claims *c, const char *group, const char *key);
/* "file:line: group", for messages about a key. */
const char *fl_claims_where(struct fl_claims *c, const char *group, const char *key);
bool fl_claims_exists(struct fl_claims *c, const char *group);
/* A whole number from 0, or true and false; `otherwise` where the key is not given. */
bool fl_claims_whole(struct fl_claims *c, const char *group, const char *key, int64_t otherwise, int64_t *value);
bool fl_claims_flag(struct fl_claims *c, const char *group, const char *key, bool otherwise, bool *value);

/* Reads the claims and their checks into `out`, the one numbered `only` or all (0); misspelt keys are told. */
bool fl_claims_read(struct fl_claims *c, int64_t only);

#endif
