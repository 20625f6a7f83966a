/* section.h - a table of a report: rows of a statement, each column written by its measure.
 *
 * A column's head is its name, how it is aligned, and the measure of its numbers:
 *
 *     "unit<"      text            "time>s"    3.2 ms          "change>+J"   +3.2 pJ
 *     "copies>"    as it is        "share>%"   12.3 %          "ratio>x"     1.25x
 *     "light>~"    four digits: 13.47
 *     "<#"         a bar for the share in the column before; takes no column of the statement
 *
 * A null is a dash.
 */
#ifndef FL_SECTION_H
#define FL_SECTION_H

#include "stats/db.h"

/* Prints at most `most` rows (0: all), then says how many were left out. `head` ends with NULL. */
bool fl_section_print(struct fl_db *db, sqlite3_stmt *statement, const char *const *head, int64_t most, FILE *out,
                      struct fl_err *err);
/* A number by its measure, as above; in the arena. */
const char *fl_measured(struct fl_arena *arena, double value, const char *measure);

#endif
