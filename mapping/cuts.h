/* cuts.h - the ways to cut an axis that a search tries. */
#ifndef FL_CUTS_H
#define FL_CUTS_H

#include "mapping/nest.h"

struct fl_cut {
    int64_t cores, tile, rounds;        /* cores that share the axis, elements of a tile, rounds that makes */
    int64_t lines;                      /* elements on the busiest core, summed over rounds */
    double issue_ps;                    /* issues of one vector by converters along the axis, summed over rounds */
    double paced_ps;                    /* the same, none of them counted for less than the pace allows */
};
enum { FL_CUTS = 192 };
struct fl_cuts {
    struct fl_cut cut[FL_CUTS];
    size_t cuts;
};

/* What converters along an axis take for a vector of e elements: issues of `lanes` of `ps` for e x each + besides
 * conversions, at least `least`. */
struct fl_pace {
    int64_t lanes, each, besides;
    double ps, least;
};

/* A cut in tiles of `tile` on at most `cores` cores. */
struct fl_cut fl_cut_make(int64_t size, int64_t tile, int64_t cores, struct fl_pace pace);
/* Cuts of `size` elements in tiles of at most `most` on at most `cores` cores, most cores first. */
void fl_cuts_make(struct fl_cuts *cuts, int64_t size, int64_t most, int64_t cores, struct fl_pace pace);

#endif
