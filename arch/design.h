/* design.h - inside arch/: how files become a flat list of values.
 *
 * A design is read in layers: the file it builds on (and what that builds on), the file
 * itself, then each --set. A later layer replaces values of the same path. Groups are
 * kept as entries without text, so that a misspelt group is told once, at its line.
 */
#ifndef FL_DESIGN_H
#define FL_DESIGN_H

#include "arch/arch.h"
#include "base/conf/conf.h"
#include "base/shelf.h"

struct fl_entry_of_design {
    struct fl_value value;              /* text NULL: a group */
    int layer;                          /* 0 the deepest base */
    uint32_t hash;                      /* of the path */
    bool known;                         /* some table has this key */
};
struct fl_gather {
    struct fl_arena *arena;
    struct fl_entry_of_design *entry;   /* in order of arrival */
    size_t entries, room;
    int layer;                          /* the one being read */
};

/* Adds a value or a group, or replaces the one of that path. A slot given another `type` forgets what earlier
 * layers said of it: keys of one device mean nothing to another. */
void fl_gather_put(struct fl_gather *gather, const struct fl_value *value);
struct fl_entry_of_design *fl_gather_find(const struct fl_gather *gather, const char *path);
/* Forgets what earlier layers said below `prefix` ("core["). */
void fl_gather_forget(struct fl_gather *gather, const char *prefix);
/* Forgets the value of one path. */
void fl_gather_drop(struct fl_gather *gather, const char *path);
/* How many engines of a listed type ("core[i]") there are. */
size_t fl_gather_count(const struct fl_gather *gather, const struct fl_engine_type *engine);

/* ---- files ---- */

/* A file and the name it has in messages and results: shipped ones are known as designs/NAME.cfg and devices/NAME.cfg,
 * wherever they lie. */
struct fl_source { const char *path, *shown, *folder; };
/* Where the shipped ones are. */
extern const struct fl_shelf fl_designs_shelf, fl_devices_shelf;
/* A path is taken as it is, or from the folder of the file that names it; a bare name is looked for in that folder,
 * then among those shipped. */
bool fl_source_find(struct fl_arena *arena, const struct fl_shelf *shelf, const char *name, const char *folder,
                    const char *where, struct fl_source *source, struct fl_err *err);

/* ---- layers ---- */

/* Reads a design and all that it builds on into layers. */
bool fl_layers_read(struct fl_gather *gather, struct fl_design *design, const char *name, struct fl_err *err);
/* A text that builds on nothing as a layer; faults name `file`. */
bool fl_layer_text(struct fl_gather *gather, const char *file, const char *text, struct fl_err *err);
/* One "path=value" as a layer of its own. */
bool fl_layer_set(struct fl_gather *gather, const char *set, struct fl_err *err);

/* The keys of a device's file as those of the group at `path`. */
bool fl_layer_device(struct fl_gather *gather, const char *name, const char *path, struct fl_err *err);

/* Every fault of the gathered values; adds presets for keys not given. */
bool fl_check_design(struct fl_gather *gather, const char *file, struct fl_err *err);
/* The same for one unit of the machine, alone: `slot` is "dram". Its clock is left to the caller. */
bool fl_check_unit(struct fl_gather *gather, const char *slot, const char *file, struct fl_err *err);

/* What the keys of one core ("core[0]") must be together. */
bool fl_check_core(const struct fl_gather *gather, const char *group, struct fl_err *err);

/* Gathered, checked values as a design: sorted, named, written as a text. */
void fl_design_fill(struct fl_design *design, const struct fl_gather *gather);
/* The .cfg text of a sorted list of values. */
const char *fl_text_of(struct fl_arena *arena, const struct fl_value *value, size_t values);

/* The path of a key in a group; the name alone if the group is "". */
const char *fl_path_join(struct fl_arena *arena, const char *group, const char *name);
/* "file:line: path", "file:line" or what there is of it. */
const char *fl_where(struct fl_arena *arena, const struct fl_value *value, const char *path);

#endif
