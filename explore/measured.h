/* measured.h - a file of measured rows as SQL, for checks of claims.
 *
 * The first line names the columns; each row after it has as many fields, numbers bare, texts in quotes where they
 * have commas in them. Errors name file and line.
 */
#ifndef FL_EXPLORE_MEASURED_H
#define FL_EXPLORE_MEASURED_H

#include "base/arena.h"
#include "base/err.h"

/* "(SELECT column1 AS "gpu", ... FROM (VALUES ...))", in the arena; NULL with a fault. */
const char *fl_measured_sql(struct fl_arena *arena, const char *path, struct fl_err *err);

#endif
