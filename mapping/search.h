/* search.h - the best mappings of an operator, by branch and bound.
 *
 *     struct fl_search search = {.op = op, .machine = machine, .goal = {FL_LATENCY, NULL}, .wanted = 4};
 *     if (fl_search_op(&search, &err))
 *         ... search.found[0 .. search.founds - 1], best first
 *
 * Each axis of an operator (groups, outputs, inputs, vectors) is cut in a number of
 * sensible ways: how many cores share it and how large its tiles are. A mapping is one
 * cut of each axis and an order of loops. Before the roofline of a mapping is walked, its
 * cuts alone give a bound in closed form; if that is no better than what is at hand, all
 * mappings of these cuts are passed by.
 */
#ifndef FL_SEARCH_H
#define FL_SEARCH_H

#include "mapping/mapper.h"

struct fl_pool_prices {
    double converted, detected, sampled, added, lit_row, weight_converted, buffer_bit, pixel, vector, core_mw;
};
/* Femtojoules of what an effort counts, and milliwatts (fJ a ps) of what burns meanwhile. Zeros: not known. */
struct fl_prices {
    struct fl_pool_prices pool[FL_POOLS];
    struct { double operation, mac; } vector[FL_VECTORS];
    struct { double launch, flop, bit, work_mw; } gpu[FL_GPUS];
    double sram_bit, dram_bit, static_mw;
};
struct fl_goal {
    enum fl_objective objective;
    const struct fl_prices *prices;     /* NULL: time alone counts */
    double watts;                       /* edp of an operator among others: joules that a second is worth */
};
/* Joules that an effort of `ps` picoseconds takes by these prices; an estimate, for words and rounding are left out. */
double fl_cost_j(const struct fl_prices *prices, const struct fl_machine *machine, const struct fl_op *op,
                 const struct fl_mapping *mapping, const struct fl_effort *effort, double ps);
/* What the goal wants small: seconds, joules, or their product; with watts given joules + watts x seconds: near whole
 * times T and energies E the product falls where E + (E / T) T does, and that is a sum over operators. */
double fl_goal_cost(const struct fl_goal *goal, double ps, double joules);

enum fl_stay { FL_STAY_EITHER, FL_STAY_NEVER, FL_STAY_ONLY };   /* weights in place: allowed, not, nothing else */
enum { FL_FINALISTS = 32 };

struct fl_found {
    struct fl_mapping mapping;
    struct fl_effort effort;
    double cost;                        /* the goal's, with the bound for time */
};
struct fl_search {
    const struct fl_op *op;
    const struct fl_machine *machine;
    struct fl_goal goal;
    struct fl_spill spill;              /* moved besides */
    enum fl_stay stay;
    bool named;                         /* of the strategies' mappings alone */
    bool inexact;                       /* also those whose outputs are less exact than the design wants */
    size_t wanted;                      /* mappings to be found, 1 to FL_FINALISTS */
    struct fl_found found[FL_FINALISTS];    /* best first; of equal cost the one that leaves more of the machine idle */
    size_t founds;
    int64_t weighed, pruned;            /* mappings whose roofline was walked; those passed by */
};
/* Deterministic. Of mappings past the design's limit of error only where there is no other. False: no mapping at all,
 * with the reasons of the strategies. */
bool fl_search_op(struct fl_search *search, struct fl_err *err);

/* ---- a whole trace ---- */

/* A product of a trace, all its occurrences, searched where it shall run. */
struct fl_shape_search {
    const struct fl_op *op;
    const struct fl_weight *weight;     /* NULL: of activations */
    struct fl_spill spill;
    double times;                       /* occurrences */
    size_t like;                        /* the first shape that differs in its weight alone: searched for all of them */
    struct fl_search search;
    const struct fl_machine *machine;   /* the part of the machine that is its own */
    size_t chosen;                      /* which of those found: the first, or the one that did best in trials */
    double next_ps;                     /* it was not tried, for it should take less than this; infinity: it was */
};
/* Is a product another one, but for its name and which tensors it reads? Then mappings take as long on both. */
bool fl_shape_alike(const struct fl_op *a, const struct fl_op *b);
/* What a mapping of a shape really takes by itself: picoseconds and joules, by a simulation. It is asked again of what
 * it was asked before. */
struct fl_trial {
    bool (*run)(void *context, const struct fl_shape_search *shape, const struct fl_mapping *mapping, double *ps,
                double *joules, struct fl_err *err);
    /* The least picoseconds of what was asked before, of any mapping; infinity: nothing was. */
    double (*least)(void *context, const struct fl_shape_search *shape);
    void *context;
    bool trusts;                        /* what is far ahead by bounds is not tried: who asks makes sure of it; nor is
                                           attention as a whole where some of its heads tell */
};
struct fl_trace_search {
    struct fl_arena arena;
    struct fl_weights *weights;
    struct fl_shape_search *shape;
    size_t shapes;
    size_t *shape_of;                   /* by operator in trace order; `shapes`: digital work */
    size_t *first_op;                   /* of each block, in trace order */
    struct fl_residency residency;
    const struct fl_trace *trace;
    struct fl_goal goal;
    size_t wanted;
    bool named;                         /* the strategies' mappings alone */
    const struct fl_trial *trial;
    int64_t weighed, pruned;
};
/* Searches every different product, and which weights stay in place on how many cores: bounds propose, trials decide
 * (NULL: bounds alone). Sizes pools of `fit` cores. */
bool fl_search_trace(struct fl_trace_search *search, const struct fl_trace *trace, struct fl_machine *machine,
                     struct fl_goal goal, size_t wanted, const struct fl_trial *trial, struct fl_err *err);
/* The same among what the named strategies make of each product; trials only choose among finalists then. */
bool fl_search_trace_named(struct fl_trace_search *search, const struct fl_trace *trace, struct fl_machine *machine,
                           struct fl_goal goal, size_t wanted, const struct fl_trial *trial, struct fl_err *err);
/* For fl_plan_make_by: what is chosen of each. */
struct fl_mapped_by fl_search_mapped_by(struct fl_trace_search *search);
void fl_search_trace_free(struct fl_trace_search *search);

#endif
