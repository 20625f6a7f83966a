/* claims.h - a file of claims, read: the claims with their checks. Errors name file, line and path. */
#ifndef FL_EXPLORE_CLAIMS_H
#define FL_EXPLORE_CLAIMS_H

#include "base/conf/conf.h"
#include "explore/reproduce.h"

/* Reads the claims and their checks into `out`, the one numbered `only` or all (0); misspelt keys are told. */
bool fl_claims_read(struct fl_reproduction *out, const struct fl_reader *reader, int64_t only);

#endif
