/* param.h - values of a design read by a table of parameters. */
#ifndef FL_ARCH_PARAM_H
#define FL_ARCH_PARAM_H

#include "base/arena.h"
#include "sim/unit.h"

/* Reads `text` as the parameter says, in its measure and range, into the field of the struct at `base` (NULL: only
 * checks). A fault is told at `where`. */
bool fl_param_read(const struct fl_param *param, const char *text, void *base, const char *where, struct fl_err *err);
/* The preset as a text that reads back to it; NULL if the parameter is required. */
const char *fl_param_preset(const struct fl_param *param, struct fl_arena *arena);
/* "a, b or c". */
const char *fl_param_choices(const struct fl_param *param, struct fl_arena *arena);

#endif
