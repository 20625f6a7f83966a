/* spread.h - how tiles that are loaded are dealt to all cores one by one, whatever output or group they belong to.
 *
 * Tiles are counted out input by input, output by output, group by group: a round loads as many as there are cores, and
 * all vectors pass them. What the last round leaves over is shared out among all cores along its vectors. Where loading
 * takes no time tiles run on from core to core in the midst of their vectors, and no core rests before the last; else
 * each of these tiles is copied to as many cores as there are for it, which share its vectors in blocks.
 *
 * Sums meet: of a round's tiles those of one output are added up, and what other rounds add waits for them, in the
 * accumulators if these hold all vectors, else in SRAM.
 */
#ifndef FL_SPREAD_H
#define FL_SPREAD_H

#include "mapping/nest.h"

struct fl_spreading {
    int64_t groups, vectors;
    int64_t tile_k, tile_n, k_tiles, n_tiles, edge_k, edge_n;   /* edges: sizes of the last tiles */
    int64_t tiles, cores;
    int64_t rounds, rest;               /* in which every core has a tile; tiles left over */
    int64_t each;                       /* vectors of a core in the rest */
    int64_t copies;                     /* cores of each of its tiles; 0: they run on */
    int64_t at_work;                    /* cores in the rest */
    int64_t loads;                      /* tiles loaded for it, one for each core that a tile is on */
};
/* `op` as the mapping sees it. */
struct fl_spreading fl_spreading_of(const struct fl_op *op, const struct fl_mapping *mapping);

/* What the first `tiles` tiles add up to, a vector. */
struct fl_spread_sums {
    int64_t inputs, rows, weights;      /* values of inputs, sums of outputs, weights */
    int64_t finished;                   /* outputs whose last inputs are among them */
    int64_t waiting;                    /* sums of outputs that a round leaves to another */
};
struct fl_spread_sums fl_spread_sums_of(const struct fl_spreading *s, int64_t tiles, bool *overflow);

/* Values of weights that the rest loads, each as often as it is loaded. */
int64_t fl_spread_placed(const struct fl_spreading *s, bool *overflow);

/* The only mapping that a pool whose tiles are spread has of a product; false: why not. */
bool fl_spread_map(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping, struct fl_err *err);
/* fl_walk and fl_mapping_visit of such mappings. */
bool fl_walk_spread(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                    const struct fl_walker *walker);
bool fl_visit_spread(const struct fl_op *op, const struct fl_mapping *mapping,
                     bool (*visit)(void *context, const struct fl_tile *tile), void *context);

#endif
