/* nearest.h - "did you mean ...?": the known name closest to one that is not known.
 *
 * Closeness is the number of letters to insert, drop, replace or swap with a neighbour
 * (optimal string alignment); case does not count.
 */
#ifndef FL_NEAREST_H
#define FL_NEAREST_H

#include <stddef.h>

#include "base/arena.h"

/* The closest of `count` names (NULL names are skipped), or NULL if none is near: a third of the word's letters
 * may differ (two of three to five, one of two). Of equally close names the first is taken. */
const char *fl_nearest(const char *word, const char *const *name, size_t count);
/* The same with at most `most` letters that differ. */
const char *fl_nearest_within(const char *word, const char *const *name, size_t count, size_t most);
/* The name that `word` is a typing error of, or NULL: one letter differs, or two of six or more, and no digit. For
 * names of which two may be close and yet mean different things ("qwen" and "qwen2"). */
const char *fl_misspelt(const char *word, const char *const *name, size_t count);
/* `did you mean "NEAR"?`, or `otherwise` if there is none (NULL). In the arena. */
const char *fl_meant(struct fl_arena *arena, const char *near, const char *otherwise);

#endif
