/* train.h - what files say of a step of training. */
#ifndef FL_EXPLORE_TRAIN_H
#define FL_EXPLORE_TRAIN_H

#include "base/conf/conf.h"
#include "traces/train.h"

/* Reads the keys FL_TRAIN_KEYS of a group, but for texts that `train` has already, one of a list of schedules, say;
 * *any: one of them is there. False: a fault is told. */
bool fl_train_read(const struct fl_reader *r, const char *group, struct fl_train *train, bool *any);

#endif
