/* ledger.h - what happened, operator by operator: integers only.
 *
 * Operators run one after another (DESIGN: a drained barrier between them), so an
 * operator's tallies are the difference of all counts between its start and its end.
 * Layers repeat, so equal differences are kept once: a run of 1e5 operators is a list
 * of (start, end, index of a difference).
 */
#ifndef FL_LEDGER_H
#define FL_LEDGER_H

#include "sim/kernel.h"

struct fl_entry { uint32_t unit; uint32_t tally; int64_t count; };  /* unit number, index into its counts */
struct fl_delta { uint32_t first, entries; uint64_t hash; };        /* into `entry`; wakes are left out */
struct fl_occurrence { fl_time start, end; uint32_t delta; };

struct fl_ledger {
    struct fl_sim *sim;
    int64_t *before;                    /* all counts at the start of the open operator */
    fl_time start;                      /* of the open operator */
    bool open;
    struct fl_occurrence *occurrence;   /* operators in program order; index 0 is the first */
    size_t occurrences, occurrence_room;
    struct fl_delta *delta;
    size_t deltas, delta_room;
    struct fl_entry *entry;
    size_t entries, entry_room;
    void (*closed)(void *context, size_t done); /* told after each operator; NULL: nobody */
    void *context;
    uint32_t *index;                    /* open hash table over delta, index + 1 */
    size_t index_room;
};

void fl_ledger_init(struct fl_ledger *ledger, struct fl_sim *sim);
void fl_ledger_free(struct fl_ledger *ledger);
/* Called by the sequencer. */
void fl_ledger_open(struct fl_ledger *ledger);
void fl_ledger_close(struct fl_ledger *ledger);
/* Repeats the operators from `first` to before `end`, `times` more times, each time `period` later (a leap over
 * layers). */
void fl_ledger_repeat(struct fl_ledger *ledger, size_t first, size_t end, fl_time period, int64_t times);

#endif
