/* tiling.h - what a way of laying out the work came to, operator by operator; and why one beats another.
 *
 * For `fanlight compare`: the times and joules are a finished run's, the loads, bytes and
 * bounds those of its mappings, which the run counted, too.
 */
#ifndef FL_TILING_H
#define FL_TILING_H

#include "api/attention.h"
#include "api/fanlight.h"
#include "base/arena.h"

enum { FL_COMPONENTS = 12 };
struct fl_tiling_component { const char *name; double joules; };

/* All occurrences of the products of one name; or all other work together; or what burns all the time. */
struct fl_tiling_part {
    const char *name;                   /* "(other)": work that is no product; "(static)": joules that are no part's */
    const char *strategy;               /* that mapped it; where the one asked for could not, another did */
    const char *bound_by;               /* of operators that differ: strategy, bound and cores are the longest one's */
    double longest_ps;                  /* its bound, all occurrences */
    double times, seconds, joules;      /* joules: dynamic, but of (static) and of the whole */
    double macs, digital_macs;          /* on cores; on the digital unit */
    double bound_s;                     /* it can take no less */
    double loads, core_pixels;          /* tiles loaded; pixels that each core loads */
    double sram_bytes, dram_bytes, partial_bytes;   /* in and out; partial sums are in SRAM's, too */
    double vectors;                     /* one after another */
    int64_t cores;                      /* 0: the digital unit */
    struct fl_tiling_component component[FL_COMPONENTS];
};
struct fl_tiling {
    const char *mapper;                 /* as asked for */
    const char *design, *status;        /* the machine; NULL: its status is untold */
    const char *remarks;                /* what every report must say; NULL: nothing */
    const char *search;                 /* how far a search went; NULL: none */
    int64_t run;                        /* where it is stored; 0: nowhere */
    double peak_macs_per_s;
    int64_t mac_lanes;                  /* of the digital unit */
    struct fl_attention attention;
    struct fl_tiling_part *part, all;   /* all: sums */
    size_t parts;
};
/* Reads a finished run; texts and parts are in the arena. */
void fl_tiling_read(struct fl_tiling *tiling, const struct fl_result *result, const char *mapper,
                    struct fl_arena *arena);
/* The part of a name; NULL: none. */
const struct fl_tiling_part *fl_tiling_part_find(const struct fl_tiling *tiling, const char *name);
/* Optical MACs of a part over what the machine's cores could do in its time. */
double fl_tiling_utilization(const struct fl_tiling *tiling, const struct fl_tiling_part *part);
/* What the objective ("latency", "energy" or "edp") wants small. */
double fl_tiling_score(const struct fl_tiling *tiling, const char *objective);
/* The best of several, by score; of equals one whose products are all done as its name says, then the first. */
size_t fl_tiling_best(const struct fl_tiling *tiling, size_t tilings, const char *objective);
/* A clause with `loser` as its subject: by how much it comes off worse than `winner`, in which operators, and what it
 * does there that the winner does not, or does less of. */
const char *fl_tiling_why(const struct fl_tiling *winner, const struct fl_tiling *loser, const char *objective,
                          struct fl_arena *arena);

#endif
