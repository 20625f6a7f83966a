/* draw.h - random but legal parameters, pools, clocks and programs for the bench of harness.h. */
#ifndef FL_TESTS_DRAW_H
#define FL_TESTS_DRAW_H

#include "tests/laws/harness.h"

/* The clock of the bench: of whole picoseconds, or any ratio. */
struct fl_clock draw_clock(struct fl_rng *rng, bool whole);
/* A pool of the machine, as the units of a core would describe themselves. */
void draw_pool(struct fl_rng *rng, struct fl_pool *pool, int32_t index);
/* Every parameter of the unit's table, within its range; sizes of the core agree with the pool. */
void draw_params(struct fl_rng *rng, struct unit *u, const struct fl_pool *pool);
/* Sets a parameter by name, in its measure; every other that has no preset is set to 1, or to its least. */
void param_set(struct unit *u, const char *name, double value);
void param_presets(struct unit *u);
/* A parameter that is a whole number, by name; `otherwise` if the type has none. */
int64_t param_whole(const struct unit *u, const char *name, int64_t otherwise);
/* Steps and instructions: several of random kinds, or one with `items` equal vectors, rows or chunks of `chunk`
 * bits. */
void draw_program(struct fl_rng *rng, struct rig *rig, int64_t items, int64_t chunk);

#endif
