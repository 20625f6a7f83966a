/* place.h - operators between a chip and the GPUs beside it. */
#ifndef FL_PLACE_H
#define FL_PLACE_H

#include "mapping/search.h"

/* Gives GPUs those of the mapped operators that are better there by the goal, and those that nothing else does,
 * with what they move; what stays in place stays. Deterministic. Without a goal, those whose mapping says so. Says
 * of each GPU what its host holds. False: there is no GPU for it, or it does not hold what it must keep. */
bool fl_place(struct fl_plan_op *op, size_t ops, const struct fl_trace *trace, struct fl_machine *machine,
              const struct fl_spill *spill, const struct fl_goal *goal, struct fl_err *err);
/* Is there an operator that nothing but a GPU does? */
bool fl_place_wanted(const struct fl_plan_op *op, size_t ops);

#endif
