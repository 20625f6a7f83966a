/* train.h - a step of training, made of a forward trace: docs/optical-training.md.
 *
 * A schedule says which gradients are made of what. Out comes a trace like any other: stashes,
 * gradients, transposed parameters, projections, a loss, updates. Nothing behind it knows the
 * schedule's name.
 */
#ifndef FL_TRACE_TRAIN_H
#define FL_TRACE_TRAIN_H

#include "traces/trace.h"

/* Words that can be said of a step, the preset first; NULL ends. */
extern const char *const fl_train_schedules[], *const fl_train_feedbacks[], *const fl_train_rows[],
    *const fl_train_optimizers[], *const fl_train_projectors[];
/* What can be said, by name: an option of the program, a key of sweeps and claims, a field of struct fl_train that lies
 * at `at`. NULL name ends. */
#define FL_TRAIN_KEYS "train", "feedback", "rows", "encode", "projector", "microbatch", "optimizer", "recompute"
struct fl_train_key { const char *name; enum { FL_TRAIN_TEXT, FL_TRAIN_COUNT, FL_TRAIN_FLAG } kind; size_t at; };
extern const struct fl_train_key fl_train_keys[];
enum { FL_TRAIN_PARTS = 4096 };         /* of a batch, at most */
static inline void *fl_train_at(struct fl_train *train, const struct fl_train_key *key)
{
    return (char *)train + key->at;
}

/* Are the words of a step of training known, and its numbers possible? What is not said is preset. All faults. */
bool fl_train_check(struct fl_train *train, struct fl_err *err);
/* The step's trace of a forward trace, which is that of one micro-batch: all rows there are, a head on all that are
 * wanted, no caches read. `path` names it in errors. */
bool fl_trace_train(struct fl_trace *trace, const struct fl_trace *forward, const struct fl_train *train,
                    const char *path, struct fl_err *err);

#endif
