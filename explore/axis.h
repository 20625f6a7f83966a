/* axis.h - values on an axis. */
#ifndef FL_AXIS_H
#define FL_AXIS_H

#include "explore/sweep.h"

/* The number at a share (0 to 1) of a range; and as it is set. */
double fl_axis_at(const struct fl_axis *axis, double share);
const char *fl_axis_number(struct fl_arena *arena, const struct fl_axis *axis, double share);
/* The measure in which the design keeps numbers at a path; "" if it knows none. */
const char *fl_axis_measure(const struct fl_design *design, const char *path);

#endif
