/* conf.h - files in libconfig's syntax: designs, devices, sweeps, claims, price lists.
 *
 * A file is read into a flat list of settings, each a path, a text and a line, in the order
 * of the file; nothing is understood on the way. Who asked for the file walks the list (designs)
 * or asks for typed values by group and key (a reader): a fault names file, line and path.
 *
 *     struct fl_reader reader = {&settings, NULL, &settings.arena, err};
 *     fl_reader_whole(&reader, "jobs[2]", "context", 1, INT64_MAX, &context);
 *
 * Only this folder sees libconfig.
 */
#ifndef FL_CONF_H
#define FL_CONF_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum fl_setting_kind { FL_SET_GROUP, FL_SET_LIST, FL_SET_WHOLE, FL_SET_REAL, FL_SET_FLAG, FL_SET_TEXT };
struct fl_setting {
    const char *path;                   /* "axes[0].values[2]" */
    const char *text;                   /* as written; NULL: a group or a list, whose members follow */
    enum fl_setting_kind kind;
    int line;
};
struct fl_settings {
    struct fl_arena arena;
    const char *file, *text;            /* name and content of the file */
    struct fl_setting *setting;         /* in the order of the file, a group or list before its members */
    size_t settings, room;
    const char *syntax;                 /* what libconfig did not understand; NULL: it did */
};

/* Reads a file; all faults of its syntax are told, and false. */
bool fl_settings_read(struct fl_settings *settings, const char *file, struct fl_err *err);
/* The same of a text; faults name `file`. Numbers that libconfig would cut off are told, but the list is made all the
 * same, so that other faults can be told with them: false only if there is none. To be freed either way. */
bool fl_settings_parse(struct fl_settings *settings, const char *file, const char *text, struct fl_err *err);
void fl_settings_free(struct fl_settings *settings);
const struct fl_setting *fl_settings_find(const struct fl_settings *settings, const char *path);
/* The member of a group called `name`, looked for behind the group's place in the list; NULL: it has none. */
const struct fl_setting *fl_settings_member(const struct fl_settings *settings, const struct fl_setting *group,
                                            const char *name);
/* Is the setting below the group or list? */
bool fl_setting_is_below(const struct fl_setting *setting, const struct fl_setting *group);

/* The text of a file of at most 4 MiB, called `shown` in messages; a fault is told where the file is asked for (NULL:
 * by the user). NULL then. */
const char *fl_conf_text(struct fl_arena *arena, const char *path, const char *shown, const char *where,
                         struct fl_err *err);
/* Faults that libconfig 1.5 keeps to itself: integers cut off in silence, files included behind our back. False if
 * there is such a file: then the text must not be read at all. */
bool fl_scan_check(const char *text, const char *file, struct fl_err *err);

/* ---- typed settings by group ("axes[2]", "" for the file's own) and key ---- */

struct fl_reader {
    const struct fl_settings *file;
    const char *folder;                 /* of the file: paths in it start there; NULL: here */
    struct fl_arena *arena;             /* keeps what is read */
    struct fl_err *err;
};

/* Where a setting is, "file:line: path"; NULL: the file. */
const char *fl_reader_where(const struct fl_reader *reader, const struct fl_setting *at);
/* A fault at a setting (NULL: of the whole file). Returns false. */
bool fl_reader_fail(const struct fl_reader *reader, const struct fl_setting *at, const char *format, ...)
    FL_PRINTF(3, 4);
/* The setting of a group, or the group itself if the key is "", or NULL. */
const struct fl_setting *fl_reader_find(const struct fl_reader *reader, const char *group, const char *key);
/* Is there such a group or list? */
bool fl_reader_has(const struct fl_reader *reader, const char *group);
/* A fault at the key, or where the group is if the group has no such key. Returns false. */
bool fl_reader_fail_at(const struct fl_reader *reader, const char *group, const char *key, const char *format, ...)
    FL_PRINTF(4, 5);
/* Its text, or NULL; a list is a fault. */
const char *fl_reader_text(const struct fl_reader *reader, const char *group, const char *key);
/* The same, where its lack is a fault. */
const char *fl_reader_wanted(const struct fl_reader *reader, const char *group, const char *key);
/* Its texts: one of a scalar, all of a list. NULL if there is none, or it is empty, which is a fault. */
const char **fl_reader_texts(const struct fl_reader *reader, const char *group, const char *key, size_t *count);
/* Values of other kinds. Not given: *value stays as it is, and true; a fault is told, and false. */
bool fl_reader_whole(const struct fl_reader *reader, const char *group, const char *key, int64_t least, int64_t most,
                     int64_t *value);
bool fl_reader_real(const struct fl_reader *reader, const char *group, const char *key, double *value);
bool fl_reader_flag(const struct fl_reader *reader, const char *group, const char *key, bool *value);
/* One of `words`, which end with NULL: its place; not given is a fault. */
bool fl_reader_word(const struct fl_reader *reader, const char *group, const char *key, const char *const *words,
                    int *place);
/* A file that the file names, as seen from here; names without / or a dot are left alone. */
const char *fl_reader_path(const struct fl_reader *reader, const char *name);

/* ---- which keys there may be ---- */

struct fl_keys {
    const char *group;                  /* as in paths, without numbers: "", "axes[]", "claims[].checks[]" */
    const char *const *key;             /* its keys, then NULL */
};
/* Tells every key of the file that its group has not, with the nearest that it has, or the page of `docs` that lists
 * them. The groups end with one of NULL. */
bool fl_keys_check(const struct fl_settings *file, const struct fl_keys *groups, const char *docs, struct fl_err *err);

#endif
