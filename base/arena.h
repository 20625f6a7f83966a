/* arena.h - memory that is given back all at once.
 *
 * A machine, a trace or a plan is built into one arena and freed with it. Blocks
 * are zeroed, aligned for any type, and never move. Running out of memory ends the
 * work under way (base/guard.h): nothing useful could go on.
 */
#ifndef FL_ARENA_H
#define FL_ARENA_H

#include "base/guard.h"

struct fl_arena_block;
struct fl_arena {
    struct fl_arena_block *blocks;  /* newest first */
    size_t bytes;                   /* handed out so far */
};

/* A zeroed block of `size` bytes. A struct fl_arena of zeroes is an empty arena. */
void *fl_arena_alloc(struct fl_arena *arena, size_t size);
/* A zeroed array; a product past SIZE_MAX is a panic. */
void *fl_arena_array(struct fl_arena *arena, size_t count, size_t size);
/* A copy of a string, of its first `length` bytes, or of a formatted text. */
char *fl_arena_text(struct fl_arena *arena, const char *text);
char *fl_arena_slice(struct fl_arena *arena, const char *text, size_t length);
char *fl_arena_format(struct fl_arena *arena, const char *format, ...) FL_PRINTF(2, 3);
/* A list for people with one word more: "" and "a", then "a" and "b" give "a, b". */
const char *fl_arena_listed(struct fl_arena *arena, const char *list, const char *word);
/* "a; b"; of which either may be NULL, for nothing to be said. */
const char *fl_arena_joined(struct fl_arena *arena, const char *a, const char *b);
void fl_arena_free(struct fl_arena *arena);

/* Grows an array so that element `count` can be stored; `*room` is its capacity. To be given back by fl_free. */
void *fl_grow(void *array, size_t *room, size_t count, size_t size);

#endif
