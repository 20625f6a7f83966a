/* file.h - a whole file as text, and files that appear whole. */
#ifndef FL_FILE_H
#define FL_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"

/* Everything in the file, with a zero behind it; to be given to fl_free. NULL: it cannot be read, and errno says why,
 * or there is nothing in it. */
char *fl_file_text(const char *path);

/* A file that appears whole or not at all: until it is closed its name is PATH.PROCESS. Devices are written
 * directly. */
struct fl_file {
    FILE *stream;
    const char *path, *beside;          /* NULL beside: a device */
};
/* The path is kept, not copied. False: it cannot be written, and errno says why. */
bool fl_file_open(struct fl_file *file, const char *path, struct fl_arena *arena);
/* `whole`: the file takes its place, if all could be written; else nothing appears. False: it did not, and if it
 * should have, errno says why. */
bool fl_file_close(struct fl_file *file, bool whole);

#endif
