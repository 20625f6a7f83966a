/* divide.h - a trace divided over chips: what one of those that share every operator does, stage after stage.
 *
 * Tensor: `tensor` chips share each operator, in lockstep. A product with weights is shared by its outputs, or by its
 * inputs, where those lie in parts (M. Shoeybi et al., arXiv:1909.08053): then each has a part of every sum, gets those
 * of its own outputs from all others ("reduce"), and adds them up ("sum"). That may be if it is one matrix of a layer,
 * which nobody else reads. Attention is shared by its heads with their caches, functions of single values by the
 * values; sums with a residual, norms, choices and look-ups are done by each. What one has a part of and the next
 * operator wants whole is gathered (operator "gather").
 *
 * Pipeline: layers are dealt to `stages` (stages.h); what follows the
 * layers goes with the last of them, or has a stage of its own. What the next
 * stage reads is handed over to it (operator "hand_over"); after the last one comes the first, with
 * the next token.
 *
 * Outputs that the chips cannot share evenly are padded: all have as many as the fullest.
 */
#ifndef FL_TRACE_DIVIDE_H
#define FL_TRACE_DIVIDE_H

#include "traces/trace.h"

enum fl_split { FL_SPLIT_OUTPUTS, FL_SPLIT_INPUTS, FL_SPLIT_LEAST };

struct fl_division {
    int64_t tensor, stages;             /* both 1: nothing is divided */
    int64_t batches;                    /* that go through the stages one behind the other: each as the trace is */
    bool head;                          /* what follows the layers has the last stage for itself */
    enum fl_split split;                /* of products with weights; least: what puts fewer values on links */
    int64_t sum;                        /* values that a partial sum takes on a link */
    int64_t word;                       /* values that the number of a token and its score take on a link */
};
/* The trace of a chip of each stage, in the order of the work. Every operator keeps the MACs of all that share it and
 * of all batches in `all_macs`, every block the stage that works on it. False, and nothing to free: it cannot be
 * divided so. */
bool fl_trace_divide(struct fl_trace *trace, const struct fl_trace *from, const struct fl_division *division,
                     struct fl_err *err);
/* MACs of an operator on all chips that share it, of all batches; what is padded is none. */
static inline int64_t fl_op_all_macs(const struct fl_op *op) { return op->all_macs > 0 ? op->all_macs : op->macs; }

#endif
