/* unit_laws.h - what every unit type must keep, as functions that report rather than stop.
 *
 * Each takes a type and a seed (parameters, program, traffic) and says whether the law
 * holds there; if not, `text` says what was seen. tests/laws/test_unit_laws.c holds every
 * registered type to them, and a faulty type of its own to show that each law catches it.
 */
#ifndef FL_TESTS_UNIT_LAWS_H
#define FL_TESTS_UNIT_LAWS_H

#include "tests/laws/harness.h"

typedef bool unit_law(const struct fl_unit_type *type, uint64_t seed, char text[RIG_TEXT]);

/* A wake is a hint: waking twice, or for nothing at random times, gives the same messages at the same times and the
 * same tallies (wakes apart). */
unit_law law_wakes;
/* Holding messages back at random loses, doubles and reorders nothing: line by line what comes out is the same, and
 * a port that passes a stream on passes all of it, in order. */
unit_law law_order;
/* Credits return: however messages are held back, all traffic gets through, every ring ends empty, and nobody is left
 * refused or blocked. */
unit_law law_credits;
/* Reset equals fresh: after any run, even one broken off in the middle, the unit's fields are as new, and the same
 * traffic gives the same messages and tallies. */
unit_law law_reset;
/* Tightness: of two messages the second leaves one issue slot after the first if it came by then, or as late after the
 * first as it came; and many in a row leave one slot apart. Neither early nor late by an edge. */
unit_law law_tight;
/* The interval it measured for a seed; 0 if the unit keeps no pace there. */
fl_time law_tight_interval_ps(const struct fl_unit_type *type, uint64_t seed);
/* busy and blocked are spans of the run: neither is negative, and together they do not exceed it. */
unit_law law_time;
/* What was done does not depend on how long it was held back: the unit's own tallies are equal. */
unit_law law_tallies;

struct unit_law_entry { const char *name; unit_law *holds; };
extern const struct unit_law_entry unit_laws[];    /* ends with a NULL name */

#endif
