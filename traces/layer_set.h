/* layer_set.h - sets of layers, by number: whose copies of a tensor are written, kept, counted. */
#ifndef FL_TRACE_LAYER_SET_H
#define FL_TRACE_LAYER_SET_H

#include "traces/trace.h"

struct fl_layer_set { struct fl_layer_range *first; };     /* empty: all zero */
/* Adds layers from `first` to before `end`; gives how many of them are new. */
int64_t fl_layer_set_add(struct fl_layer_set *set, struct fl_arena *arena, int64_t first, int64_t end);
/* The lowest layer from `first` to before `end` that it does not have; `end`: it has all. */
int64_t fl_layer_set_missing(const struct fl_layer_set *set, int64_t first, int64_t end);
/* The layers whose copies of a tensor a block means, from `first` to before `end`; the one for all: 0 to before 1. */
void fl_layers_meant(const struct fl_tensor *tensor, const struct fl_block *block, int64_t *first, int64_t *end);

#endif
