/* mapfile.h - mappings as text: what `--map FILE` reads and `--write-map FILE` writes.
 *
 *     fanlight-mapping 1
 *     overlap block
 *     else weight_stationary
 *     optical qkv pool=static tile_k=768 tile_n=1024 cores_n=3
 *     digital logits
 *
 * A line an operator; what it does not say is as it can be. docs/mapping.md has the
 * grammar. Faults name file, line and loop.
 */
#ifndef FL_MAPFILE_H
#define FL_MAPFILE_H

#include <stdio.h>

#include "mapping/plan.h"

enum fl_map_key { FL_MAP_POOL, FL_MAP_ORDER, FL_MAP_TILE_K, FL_MAP_TILE_N, FL_MAP_TILE_M, FL_MAP_CORES_G,
                  FL_MAP_CORES_K, FL_MAP_CORES_N, FL_MAP_CORES_M, FL_MAP_SWAPPED, FL_MAP_KEEP, FL_MAP_IN_PLACE,
                  FL_MAP_SUMS, FL_MAP_PIECES, FL_MAP_BLOCK, FL_MAP_KEYS };
extern const char *const fl_map_key_names[FL_MAP_KEYS];
extern const char fl_map_axes[4];       /* "gnkm", by enum fl_dim */

struct fl_map_line {
    struct fl_map_line *next;
    const char *name;                   /* of the operator */
    int line;
    bool told;                          /* its faults, for an operator before */
    bool digital, gpu;                  /* gpu: digital, and beside the chip */
    unsigned given;                     /* a bit for each key */
    const char *pool;
    int64_t number[FL_MAP_KEYS];        /* tiles, cores, block; yes is 1 */
    int32_t order[4];
};
struct fl_mapfile {
    struct fl_arena arena;
    const char *path;
    struct fl_map_line *first, *last;
    const char *otherwise;              /* strategy of operators that no line names */
    int otherwise_line;
    int overlap_line;                   /* 0: it suits machines of either kind */
    bool overlaps;                      /* the file is for a machine whose operators run side by side */
    /* filled when a plan is made */
    const struct fl_trace *trace;
    struct fl_choice choice;
    bool ready;
};
/* Reads a file; all its faults together. What it says is held against a machine and a trace when a plan is made. */
bool fl_mapfile_read(struct fl_mapfile *file, const char *path, struct fl_err *err);
/* For fl_plan_make_by: the file's mappings for this trace. */
struct fl_mapped_by fl_mapfile_mapped_by(struct fl_mapfile *file, const struct fl_trace *trace);
/* Does every line name a product of the trace? */
bool fl_mapfile_check(const struct fl_mapfile *file, const struct fl_trace *trace, struct fl_err *err);
void fl_mapfile_free(struct fl_mapfile *file);

/* Writes a plan's mappings; reading them back gives the same plan. `design` is named in a comment. */
void fl_mapfile_write(FILE *out, const struct fl_plan *plan, const struct fl_trace *trace,
                      const struct fl_machine *machine, const char *design);

#endif
