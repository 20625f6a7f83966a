/* hand.h - a small machine put together by hand: one pool, ideal memories, one clock.
 *
 *     struct hand h;
 *     hand_build(&h, &pool, setup);                    setup changes parameters with param_set(h->adc, "share", 4)
 *     hand_run(&h, step, steps);                       one operator a step
 *     h.ledger.occurrence[0].end ...
 *     hand_free(&h);
 */
#ifndef FL_TESTS_HAND_H
#define FL_TESTS_HAND_H

#include "machine/machine.h"
#include "sim/ledger.h"

enum { HAND_TICK = 100, HAND_FRAME = 1000, HAND_STEPS = 8 };

struct hand {
    struct fl_sim sim;
    struct fl_clock clock, *clocks[1];
    struct fl_machine machine;          /* its first pool is the one */
    struct unit *sequencer, *dac, *source, *fanout, *slm, *detector, *adc, *accumulator, *sram, *dram, *dma, *vector;
    struct fl_ledger ledger;
    struct fl_inst inst[3 * HAND_STEPS + 1];
};
typedef void hand_setup(struct hand *h);

/* Units at their presets (what has none is 1), memories ideal, then `setup`; described to itself, as a machine is:
 * the pool knows its losses and paces. */
void hand_build(struct hand *h, const struct fl_pool *pool, hand_setup *setup);
/* Runs the steps one after another, each an operator of its own. */
void hand_run(struct hand *h, const struct fl_step *step, size_t steps);
void hand_free(struct hand *h);
/* What a unit counted in the whole run. */
int64_t hand_count(const struct unit *u, const char *name);

#endif
