/* search_part.h - a product on a part of the machine: searched once, tried once, asked for often. */
#ifndef FL_SEARCH_PART_H
#define FL_SEARCH_PART_H

#include "mapping/search.h"

struct fl_part {
    struct fl_part *next;               /* of the same shape */
    size_t shape;                       /* of the trace's; all that are like it have its parts */
    enum fl_stay stay;
    int64_t cores;                      /* of the home of weights in place */
    struct fl_goal goal;
    struct fl_machine machine;          /* that part */
    struct fl_search search;
    bool found;                         /* the fields below mean something */
    bool tried;                         /* they come from trials, not from a bound */
    size_t chosen;                      /* of those found */
    double ps, joules;                  /* that it takes */
    double next_ps;                     /* of the bound next best, if the best one is so far ahead that it is not tried:
                                           it should take less, then; else infinity */
};
struct fl_parts {
    struct fl_trace_search *trace;
    const struct fl_machine *machine;   /* all of it */
    bool fixed;                         /* nothing may stay in place: what one mapping takes decides nothing */
    struct fl_part **first;             /* of each shape */
    struct fl_err *why;                 /* products cannot be mapped */
    struct fl_err *fault;               /* of a trial */
    bool broken;                        /* there was one */
};
/* The trace's shape of a product with these weights and moves, a new one if there was none. */
size_t fl_shape_find(struct fl_trace_search *search, const struct fl_op *op, const struct fl_weight *weight,
                     const struct fl_spill *spill);
/* A product by the goal as it is; searched if it was not yet. Weights in place have no other cores than those. */
struct fl_part *fl_part_find(struct fl_parts *parts, size_t shape, enum fl_stay stay, int64_t cores);
/* Tries what was found, best bound first, until no bound is better than what was tried; where the goal has no honest
 * bound fewer, but all of these. Latencies that are equal but for FL_TIE leave it to the energy. Without trials bounds
 * stay what counts, and where nothing may stay in place for a mapping without another, and for named strategies' that
 * cannot be as good as any that was tried of the product before. False: a trial failed. */
bool fl_part_try(struct fl_parts *parts, struct fl_part *part);

#endif
