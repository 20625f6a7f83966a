/* path.h - paths of keys: "core[1].adc.energy", "core.adc.energy" (every core's), "dram.depth", "name".
 *
 * A path is taken apart here and put together here, and nowhere else.
 */
#ifndef FL_PATH_H
#define FL_PATH_H

#include "arch/arch.h"
#include "machine/engine.h"

enum { FL_EVERY = -1 };
struct fl_path {
    const struct fl_engine_type *engine;    /* NULL: of no engine ("name", "clocks.core", "machine.kv_bits") */
    int64_t number;                     /* of a list of engines: which, or FL_EVERY, or the one that is alone; else 0 */
    const struct fl_slot *slot;         /* NULL: a key of the engine itself, or of a slot that it has not */
    const char *rest;                   /* what stands behind the engine: "adc.energy"; "" nothing */
};
struct fl_path fl_path_parse(const char *path);
/* Engines of a listed type that there are at least if there is this path. */
int64_t fl_path_count(const char *path, const struct fl_engine_type *engine);
/* The path of something in an engine: its number (FL_EVERY: of each, or alone), a slot or a key of its own ("" the
 * engine itself). */
const char *fl_path_of(struct fl_arena *arena, const struct fl_engine_type *engine, int64_t number, const char *rest);
/* Does what is set at `key` (a path, or a group) set all or part of `path`? Every core's is each one's. */
bool fl_path_covers(const char *key, const char *path);

#endif
