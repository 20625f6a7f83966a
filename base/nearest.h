/* nearest.h - "did you mean ...?": the known name closest to one that is not known.
 *
 * Closeness is the number of letters to insert, drop, replace or swap with a neighbour
 * (optimal string alignment); case does not count.
 */
#ifndef FL_NEAREST_H
#define FL_NEAREST_H

#include <stddef.h>

/* The closest of `count` names (NULL names are skipped), or NULL if none is near: a third of the word's letters
 * may differ (two of three to five, one of two). Of equally close names the first is taken. */
const char *fl_nearest(const char *word, const char *const *name, size_t count);

#endif
