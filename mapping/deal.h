/* deal.h - how tiles of a product are dealt to cores that hold nothing.
 *
 * An output block is `tile_n` outputs of `tile_m` vectors of a group; it takes a tile for each `tile_k` of its inputs.
 * Wired cores work on one output block, a block of inputs each; cores that share inputs (a team of each group of wired
 * ones) on blocks of different outputs and the same vectors. A round of teams goes through all its vectors before the
 * next, so that what their buffers keep of the second operand comes once.
 *
 * Spread, tiles are counted out to all cores one by one: what a round cannot share out evenly goes on a pile, and the
 * pile is dealt as if any core could take any tile next.
 */
#ifndef FL_DEAL_H
#define FL_DEAL_H

#include "mapping/nest.h"

/* An axis in tiles: full ones, and the size of one that is not; 0: there is none. */
struct fl_edged { int64_t tile, full, edge; };
static inline int64_t fl_edged_tiles(const struct fl_edged *axis) { return axis->full + (axis->edge > 0); }

struct fl_deal {
    int64_t groups;
    struct fl_edged n, m;
    int64_t inputs, tile_k, k_tiles;    /* inputs of an output; of a tile; the tiles that they lie in */
    int64_t teams, wired, cores;        /* cores = teams x wired */
    int64_t rounds;                     /* of a group, in which every team has full outputs */
    int64_t m_full;                     /* full blocks of vectors of such a round; the others are on the pile */
    bool m_edge;                        /* and the edge */
    bool spread;
};
struct fl_deal fl_deal_of(const struct fl_op *op, const struct fl_mapping *mapping);
/* Is an output block one of a round, and not on the pile? By number of its tile. */
bool fl_deal_in_round(const struct fl_deal *deal, int64_t n, int64_t m);
/* Output blocks on the pile, full or edge along each axis: [n is edge][m is edge]. */
void fl_deal_pile(const struct fl_deal *deal, int64_t pile[2][2], bool *overflow);

/* The only mapping that a pool which streams both operands has of a product. */
void fl_deal_map(const struct fl_op *op, const struct fl_pool *pool, struct fl_mapping *mapping);
/* fl_walk and fl_mapping_visit of such mappings. */
bool fl_walk_streamed(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                      const struct fl_walker *walker);
bool fl_visit_streamed(const struct fl_op *op, const struct fl_mapping *mapping,
                       bool (*visit)(void *context, const struct fl_tile *tile), void *context);

#endif
