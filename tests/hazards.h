/* hazards.h - who reads and who overwrites a parameter, in a program. */
#ifndef FL_TESTS_HAZARDS_H
#define FL_TESTS_HAZARDS_H

#include "mapping/mapper.h"

/* Holds a plan to the law that nobody reads a parameter that has been overwritten, or before it has been written. How
 * many pairs of steps that has looked at; none if nothing goes side by side. */
size_t hazards_check(const struct fl_trace *trace, const struct fl_plan *plan);

#endif
