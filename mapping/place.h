/* place.h - operators between a chip and the GPUs beside it. */
#ifndef FL_PLACE_H
#define FL_PLACE_H

#include "mapping/search.h"

/* Gives GPUs those of the mapped operators that are better there by the goal, with what they move; what stays in place
 * stays. Deterministic. */
void fl_place(struct fl_plan_op *op, size_t ops, const struct fl_trace *trace, const struct fl_machine *machine,
              const struct fl_spill *spill, const struct fl_goal *goal);

#endif
