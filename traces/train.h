/* train.h - a step of training, made of a forward trace: docs/optical-training.md.
 *
 * A schedule says which gradients are made of what. Out comes a trace like any other: stashes,
 * gradients, transposed parameters, projections, a loss, updates. Nothing behind it knows the
 * schedule's name.
 */
#ifndef FL_TRACE_TRAIN_H
#define FL_TRACE_TRAIN_H

#include "traces/trace.h"

/* The schedules, and what is said of them; NULL name ends. */
struct fl_schedule { const char *name, *meaning; };
extern const struct fl_schedule fl_schedules[];

/* Are the words of a step of training known, and its numbers possible? What is not said is preset. All faults. */
bool fl_train_check(struct fl_train *train, struct fl_err *err);
/* The step's trace of a forward trace, which is that of one micro-batch: all rows there are, a head on all that are
 * wanted, no caches read. `path` names it in errors. */
bool fl_trace_train(struct fl_trace *trace, const struct fl_trace *forward, const struct fl_train *train,
                    const char *path, struct fl_err *err);

#endif
