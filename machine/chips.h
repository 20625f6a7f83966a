/* chips.h - several chips, each a whole machine, and the links between them.
 *
 * `tensor` chips work on the same operators in lockstep, each on its share; there are `stages` of
 * such groups, each with its own layers (traces/divide.h has what a chip does). So one chip is
 * simulated: in turn it is one of each stage. What happens on it happens on all of its group at
 * once, and is counted so often; what stands still draws its power on all chips.
 *
 * A group is a ring of links, and each chip has one to its like in the next stage, of the same kind.
 *
 * Several batches may go through the stages one behind the other: api/turns.c lets each have its turn.
 */
#ifndef FL_MACHINE_CHIPS_H
#define FL_MACHINE_CHIPS_H

#include "machine/engine.h"
#include "traces/divide.h"

struct fl_chips {
    int64_t tensor, stages;             /* 0: the design says nothing of chips, and there is one */
    bool head;                          /* the last stage has no layers */
    int64_t microbatches;               /* one behind the other; 0: as 1 */
    enum fl_split split;                /* how products are shared (traces/divide.h) */
    int64_t sum_bits;                   /* of a partial sum on a link; 0: machine.accumulator_bits */
    double bit_ps, hop_ps;              /* of a bit on a link, from its start to its end; bit_ps 0: there is no link */
    double period_ps;                   /* of the clock that starts rows */
};
static inline int64_t fl_chips_sharing(const struct fl_chips *chips) { return fl_most(chips->tensor, 1); }
static inline int64_t fl_chips_stages(const struct fl_chips *chips) { return fl_most(chips->stages, 1); }
static inline int64_t fl_chips_batches(const struct fl_chips *chips) { return fl_most(chips->microbatches, 1); }
/* All chips, at most INT64_MAX. */
static inline int64_t fl_chips_all(const struct fl_chips *chips)
{
    return fl_times_held(fl_chips_sharing(chips), fl_chips_stages(chips), INT64_MAX);
}
/* Links: one a chip around the ring of a group of several, one a chip from stage to stage, of several. */
static inline int64_t fl_chips_links(const struct fl_chips *chips)
{
    return fl_times_held(fl_chips_all(chips), (chips->tensor > 1) + (chips->stages > 1), INT64_MAX);
}

/* The own record of FL_STEP_EXCHANGE; its vectors are rows. */
struct fl_exchange_step {
    int64_t bits, hops;                 /* of a row: that pass each link, and links that it passes one after another */
};
static inline struct fl_exchange_step *fl_exchange_own(struct fl_step *step)
{
    return (struct fl_exchange_step *)step->own;
}
static inline const struct fl_exchange_step *fl_exchange_of(const struct fl_step *step)
{
    return (const struct fl_exchange_step *)step->own;
}

#endif
