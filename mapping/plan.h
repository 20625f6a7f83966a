/* plan.h - what plan.c and weights.c share: static weights, their cores and their bits. */
#ifndef FL_PLAN_H
#define FL_PLAN_H

#include "mapping/mapper.h"

struct fl_weight {                      /* a parameter's layers that are worked through together */
    struct fl_weight *next;
    const struct fl_op *op;             /* the first that uses them, as of all groups if it takes some alone */
    const struct fl_op *user;           /* that itself, in the trace */
    size_t block;
    int32_t tensor;
    bool transposed;                    /* tiles of its transpose are other tiles */
    int64_t stage;                      /* of the chips that have the first of its layers, */
    bool onward;                        /* of which each next one is the next stage's; else all are there */
    int64_t layer, repeat;              /* the first layer's number, and how many; one for all layers: 0 and 1 */
    int64_t tiles;                      /* cores a layer fills on the home pool */
    int64_t core_first;
    bool stays;                         /* in place */
    struct fl_mapping mapping;          /* of the last operator that uses them; in place, as of all groups */
};
/* The last stage that has layers of it. */
static inline int64_t fl_weight_last(const struct fl_weight *w) { return w->stage + (w->onward ? w->repeat - 1 : 0); }
struct fl_weights {
    struct fl_weight *first;
    int32_t pool;                       /* the home of weights in place; -1: the machine has no cores */
    int64_t cores;                      /* they fill there, on the chip that has most of them */
    int64_t staying;                    /* those of weights that may stay, again on the fullest chip */
    int64_t full;                       /* the stage of that chip */
};

struct fl_choice {
    const struct fl_mapper *mapper;     /* NULL: auto */
    const struct fl_weights *weights;
    const struct fl_mapped_by *by;      /* NULL: the mapper */
    bool chooses;                       /* where operators go, too: between a chip and the GPUs beside it */
    bool can_stay;                      /* all static weights fit the home pool in place */
    bool stay_only;                     /* and shall stay there */
    int32_t beside;                     /* GPUs beside a chip, which are in none of the next */
    struct fl_machine whole, home, rest;    /* rest: what weights in place leave */
};
/* Views of the machine for a strategy, or for one who says it operator by operator (`by`, the strategy unused). */
bool fl_choice_make(struct fl_choice *choice, const struct fl_weights *weights, const struct fl_machine *machine,
                    const char *strategy, const struct fl_mapped_by *by, struct fl_err *err);
/* The mapping of an operator whose activations take these moves besides; false with the reasons. */
bool fl_choose(const struct fl_choice *choice, size_t block, const struct fl_op *op, const struct fl_spill *spill,
               struct fl_mapping *mapping, struct fl_err *err);

/* Cores on which a mapping in place holds the weights of all their groups, of which the operator may take some. */
int64_t fl_map_held(const struct fl_op *op, const struct fl_mapping *mapping);
/* Cores of the home pool that an operator works on when these weights of its own stay there once. */
int64_t fl_weight_cores(const struct fl_weight *weight, const struct fl_op *op);
/* Finds the trace's static weights and sizes pools of `fit` cores by them. */
bool fl_weights_find(struct fl_weights *weights, struct fl_arena *arena, const struct fl_trace *trace,
                     struct fl_machine *machine, struct fl_err *err);
/* The weights that an operator uses, and the layers between the first that has them and that of the block's first
 * repetition; NULL: none. */
struct fl_weight *fl_weights_of(const struct fl_weights *weights, const struct fl_trace *trace, size_t block,
                                const struct fl_op *op, int64_t *ahead);
/* Gives what stays its cores, one operator's after the other's, and the other operators the cores behind them. False:
 * there are too few, or operators that share weights cut them differently. */
bool fl_weights_place(struct fl_weights *weights, const struct fl_trace *trace, const struct fl_machine *machine,
                      struct fl_plan *plan, struct fl_err *err);
/* Loads all tiles of weights that stay, of one layer: before the run, or `fresh`, when a host that holds them as other
 * values than they are has to work these out first. */
void fl_weight_load(struct fl_builder *builder, const struct fl_weight *weight, const struct fl_machine *machine,
                    bool fresh);
/* Weights that stay and are written anew behind an operator that has updated them, as they lie and transposed; NULL:
 * there are none. Of several that update a part each it is the last one; of layers that were used apart, which lie
 * alike, they are the first. */
struct fl_rewrite { const struct fl_weight *of[2]; };
struct fl_rewrite fl_rewrite_find(const struct fl_weights *weights, const struct fl_block *block,
                                  const struct fl_op *op);
/* What writing one of the two anew brings from DRAM (INT64_MAX: past 2^63), how long that comes and keeps a host, until
 * all of it is driven in at least, and until it has settled then. */
struct fl_weight_load { int64_t bits; double come_ps, fresh_ps, least_ps, settle_ps; };
struct fl_weight_load fl_weight_load_find(const struct fl_rewrite *rewrite, int transposed,
                                          const struct fl_machine *machine);
void fl_rewrite_build(struct fl_builder *builder, const struct fl_rewrite *rewrite, const struct fl_machine *machine);
/* The bound of an operator done alone, with that: the mover brings the first tile behind all but the last chunk of what
 * the operator moves itself. */
void fl_rewrite_bound(const struct fl_rewrite *rewrite, const struct fl_machine *machine, struct fl_plan_op *p);

/* Bits that weights, embedding tables, KV cache and activations (`spill`, by operator) take in DRAM at most at once;
 * sizes a DRAM of `fit`, or judges a fixed one. */
bool fl_dram_check(const struct fl_weights *weights, const struct fl_spill *spill, const struct fl_trace *trace,
                   struct fl_machine *machine, int64_t *bits, struct fl_err *err);

/* Bits of parameters, tables and caches, every layer's once; of several chips, on that which keeps most. */
int64_t fl_kept_bits(const struct fl_weights *weights, const struct fl_trace *trace, const struct fl_machine *machine,
                     bool *overflow);
/* Where engines have memories of their own and none is shared: do they hold the trace? Sets what stays with a host. */
bool fl_own_memory_fit(const struct fl_weights *weights, const struct fl_residency *residency,
                       const struct fl_trace *trace, struct fl_machine *machine, struct fl_err *err);

/* False: bits of activations do not fit 63 bits. */
bool fl_residency_find(struct fl_residency *found, const struct fl_trace *trace, const struct fl_machine *machine,
                       struct fl_arena *arena, struct fl_err *err);

#endif
