/* place.h - operators between a chip and the GPUs beside it. */
#ifndef FL_PLACE_H
#define FL_PLACE_H

#include "mapping/search.h"

/* Gives GPUs those of the mapped operators that are better there by the goal, with what they move; what stays in place
 * stays. Deterministic. Without a goal those whose mapping says so; false: there is no GPU, or it does not hold
 * them. */
bool fl_place(struct fl_plan_op *op, size_t ops, const struct fl_trace *trace, const struct fl_machine *machine,
              const struct fl_spill *spill, const struct fl_goal *goal);

#endif
