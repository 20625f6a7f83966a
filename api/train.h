/* train.h - a step of training as it is asked for outside (fl_train_work), and as traces are made of it (fl_train). */
#ifndef FL_API_TRAIN_H
#define FL_API_TRAIN_H

#include "api/fanlight.h"
#include "traces/train.h"

static inline struct fl_train fl_train_of(const struct fl_train_work *by)
{
    return (struct fl_train){.schedule = by->schedule, .feedback = by->feedback, .rows = by->rows, .encode = by->encode,
                             .optimizer = by->optimizer, .projector = by->projector, .microbatch = by->microbatch,
                             .recompute = by->recompute};
}
static inline struct fl_train_work fl_train_work_of(const struct fl_train *by)
{
    return (struct fl_train_work){by->schedule, by->feedback, by->rows, by->encode, by->optimizer, by->projector,
                                  by->microbatch, by->recompute};
}

#endif
