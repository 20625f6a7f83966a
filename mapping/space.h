/* space.h - the mappings of an operator on one pool that a search tries, and what none of them can beat.
 *
 * A mapping is one cut of each axis and an order of loops. Three orders are enough, for
 * only this matters: does another loop over weights turn inside the loop over vectors
 * (then tiles are loaded again for every block), does any loop turn inside the loop over
 * inputs (then sums wait in SRAM), and does a loop over outputs turn outside streamed
 * weights (then these come again). A test enumerates all mappings of small operators
 * beside it.
 */
#ifndef FL_SPACE_H
#define FL_SPACE_H

#include "mapping/cuts.h"

enum fl_order { FL_LOADED_ONCE, FL_SUMS_STAY, FL_STREAMED_ONCE, FL_ORDERS };

struct fl_space {
    const struct fl_op *op;
    const struct fl_machine *machine;
    const struct fl_pool *pool;
    int32_t index;                      /* of the pool */
    bool swapped, stay;                 /* inputs and weights in each other's place; weights in place */
    struct fl_op view;                  /* the operator as the pool sees it */
    double passes;                      /* times a vector is streamed */
    struct fl_pace pace[4];             /* by enum fl_dim */
};
void fl_space_make(struct fl_space *space, const struct fl_op *op, const struct fl_machine *machine, int32_t pool,
                   bool swapped, bool stay);
/* The vectors shared out to `cores` cores. */
struct fl_cut fl_space_vectors(const struct fl_space *space, int64_t cores);
/* The mapping of four cuts (by enum fl_dim) and an order, its sums and its data kept where they can be. */
struct fl_mapping fl_space_mapping(const struct fl_space *space, const struct fl_cut *const cut[4],
                                   enum fl_order order);
/* Blocks of vectors for each of which that mapping loads every tile anew; 1: a tile is loaded once. */
int64_t fl_space_blocks(const struct fl_space *space, const struct fl_cut *const cut[4], enum fl_order order);
/* Picoseconds under which no bound of a mapping of these cuts is, whose tiles are loaded for `blocks` blocks or more;
 * and counts (of those that have prices) that none does less than. The law of test_cuts.c. */
double fl_space_least(const struct fl_space *space, const struct fl_cut *const cut[4], int64_t blocks,
                      struct fl_effort *least);

#endif
