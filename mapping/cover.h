/* cover.h - the judge of a stream of tiles; apart from fl_cover so that tests can bribe the witness. */
#ifndef FL_COVER_H
#define FL_COVER_H

#include "mapping/mapper.h"

struct fl_judge {
    struct fl_op view;                  /* the operator as the mapping sees it */
    const struct fl_mapping *mapping;
    struct fl_err *err;
    int64_t tiles[4];                   /* of each axis, by enum fl_dim; weight slices in time are tiles of inputs */
    int64_t frames;                     /* the slices */
    unsigned char *seen;                /* a cell of the grid each: its products are done */
    int64_t *next_k;                    /* by (g, n, m) and slice: the tile of inputs that must come next */
    int64_t *held;                      /* by core: 1 + the cell of weights it holds; 0: none */
    int64_t *busy;                      /* by core: 1 + the round it last worked in */
    int64_t round;
    bool any_order;                     /* sums wait for each other: inputs may come in any order */
    bool fair;
};
enum { FL_JUDGE_TILES = 65536 };        /* larger grids are judged by their shape alone */

/* False: the grid is too large to be walked. Everything else must have passed the clauses on shape. */
bool fl_judge_open(struct fl_judge *judge, const struct fl_op *op, const struct fl_mapping *mapping,
                   struct fl_err *err);
/* For fl_mapping_visit, with the judge as context; false at the first fault. */
bool fl_judge_tile(void *judge, const struct fl_tile *tile);
/* The verdict; frees the judge. */
bool fl_judge_close(struct fl_judge *judge);

#endif
