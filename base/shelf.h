/* shelf.h - the folders of text files that come with fanlight: designs, devices, models, claims.
 *
 * Each is looked for where an environment variable says, else where `make install` puts it, else in the
 * source tree.
 */
#ifndef FL_SHELF_H
#define FL_SHELF_H

#include <stdbool.h>

#include "base/arena.h"

struct fl_shelf {
    const char *what;                   /* one of its files, as messages call it: "design" */
    const char *suffix;                 /* ".cfg" */
    const char *variable;               /* "FL_DESIGNS" */
    const char *installed, *source;     /* folders */
};

const char *fl_shelf_folder(const struct fl_shelf *shelf);
/* The names of its files, without suffix, sorted, ended by NULL; empty if the folder cannot be read. */
const char *const *fl_shelf_names(struct fl_arena *arena, const struct fl_shelf *shelf);
/* Names as a list for people: "a, b, c". */
const char *fl_names_joined(struct fl_arena *arena, const char *const *name);
size_t fl_names_count(const char *const *name);

bool fl_is_folder(const char *path);
/* Is something there that is no folder? */
bool fl_is_file(const char *path);

#endif
