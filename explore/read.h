/* read.h - what the files that read a sweep share: settings by path, and faults that name file, line and key. */
#ifndef FL_EXPLORE_READ_H
#define FL_EXPLORE_READ_H

#include "explore/sweep.h"

struct fl_sweep_reader {
    struct fl_sweep *sweep;
    const struct fl_settings *settings;
    const char *folder;                 /* of the file: paths in it start there; NULL: here */
    const struct fl_design *base;       /* the sweep's (first) design, with `set` */
    struct fl_err *err;
};

/* A fault at a setting (NULL: of the whole file). Returns false. */
bool fl_reader_fail(const struct fl_sweep_reader *reader, const struct fl_setting *at, const char *format, ...)
    FL_PRINTF(3, 4);
/* The setting `base` + `key`, or NULL. */
const struct fl_setting *fl_reader_find(const struct fl_sweep_reader *reader, const char *base, const char *key);
/* Its text, or NULL; a list is a fault. */
const char *fl_reader_text(const struct fl_sweep_reader *reader, const char *base, const char *key);
/* Its texts: one of a scalar, all of a list. NULL if there is none, or it is empty, which is a fault. */
const char **fl_reader_texts(const struct fl_sweep_reader *reader, const char *base, const char *key, size_t *count);
/* A whole number in a range, or the preset. */
int64_t fl_reader_count(const struct fl_sweep_reader *reader, const char *base, const char *key, int64_t least,
                        int64_t most, int64_t preset);
/* A file named in the sweep, as seen from here; names without / or a dot are left alone. */
const char *fl_reader_path(const struct fl_sweep_reader *reader, const char *name);

/* axes = ( ... ), and those that `design` and `mapper` make. Needs reader->base. */
bool fl_axes_read(struct fl_sweep_reader *reader);
/* Is every value of every axis one that the design takes? */
bool fl_axes_check(struct fl_sweep_reader *reader);

#endif
