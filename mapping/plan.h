/* plan.h - what plan.c and weights.c share: static weights, their cores and their bits.
 *
 * Operators of one name in one layer use the same weights wherever the trace names them
 * (each decode step does); two operators of one block never do.
 */
#ifndef FL_PLAN_H
#define FL_PLAN_H

#include "mapping/mapper.h"

struct fl_weight {                      /* of an operator and all its layers */
    struct fl_weight *next;
    const struct fl_op *op;
    size_t block;
    int64_t layer, repeat;
    int64_t tiles;                      /* cores a layer fills on the home pool */
    int64_t core_first;
    bool stays;                         /* in place */
    struct fl_mapping mapping;          /* of the last operator that uses them */
};
struct fl_weights {
    struct fl_weight *first, *last;
    int32_t pool;                       /* the home of weights in place; -1: the machine has no cores */
    int64_t cores;                      /* they need there */
};

/* Finds the trace's static weights and sizes pools of `fit` cores by them. */
bool fl_weights_find(struct fl_weights *weights, struct fl_arena *arena, const struct fl_trace *trace,
                     struct fl_machine *machine, struct fl_err *err);
/* Notes where an operator was mapped; gives it its cores if its weights stay. */
void fl_weights_settle(struct fl_weights *weights, const struct fl_trace *trace, struct fl_plan_op *op);
/* Bits that weights, embedding tables and KV cache take in DRAM; sizes a DRAM of `fit`, or judges a fixed one. */
bool fl_dram_check(const struct fl_weights *weights, const struct fl_trace *trace, struct fl_machine *machine,
                   int64_t *bits, struct fl_err *err);

/* Finds which activations do not fit in SRAM and notes with each operator what it moves to and from DRAM for that. */
bool fl_residency_find(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_machine *machine,
                       struct fl_err *err);

#endif
