/* stages.h - layers dealt to the stages of a pipeline: as many to each, the first ones one more. What follows the
 * layers is the last stage's, which has the fewest. */
#ifndef FL_TRACE_STAGES_H
#define FL_TRACE_STAGES_H

#include "base/whole.h"

/* The first layer of a stage; of the one behind the last: how many layers there are. */
static inline int64_t fl_stage_first(int64_t layers, int64_t stages, int64_t stage)
{
    return layers / stages * stage + fl_least(stage, layers % stages);
}

/* The stage that has a layer. */
static inline int64_t fl_stage_of(int64_t layers, int64_t stages, int64_t layer)
{
    int64_t each = layers / stages, more = layers % stages, full = more * (each + 1);
    return layer < full ? layer / (each + 1) : more + (layer - full) / each;
}

#endif
