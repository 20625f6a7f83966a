/* ledger.h - what happened, operator by operator: integers only.
 *
 * Units count for the operator of the step that causes a count (fl_count in kernel.h): in a
 * row of the slot that the operator has while it is in flight. When the last of its steps has
 * retired, the row is taken here and the slot is free for another. What no step causes (tallies
 * that say so) is the machine's, and in no row. Layers repeat, so equal rows are kept once: a run
 * of 1e5 operators is a list of (start, end, index of a row).
 */
#ifndef FL_LEDGER_H
#define FL_LEDGER_H

#include "sim/kernel.h"

struct fl_entry { uint32_t unit; uint32_t tally; int64_t count; };  /* unit number, index into its counts */
struct fl_delta { uint32_t first, entries; uint64_t hash; };        /* into `entry`; wakes are left out */
struct fl_occurrence { fl_time start, end; uint32_t delta; int32_t slot; };

struct fl_ledger {
    struct fl_sim *sim;
    uint64_t open;                      /* bits: slots of operators in flight */
    struct fl_flight {
        fl_time start;                  /* of the operator in the slot, or of the last that was */
        int64_t openings;               /* of the slot, so far */
    } flight[FL_SLOTS];
    struct fl_occurrence *occurrence;   /* operators as they closed; of one slot, in program order */
    size_t occurrences, occurrence_room;
    struct fl_delta *delta;
    size_t deltas, delta_room;
    struct fl_entry *entry;
    size_t entries, entry_room;
    struct fl_log { fl_time *at; size_t length, room; } log[FL_STREAMS];    /* of each stream, when it passed a signal
                                                                               or the end of its part of an operator */
    void (*closed)(void *context, size_t done); /* told after each operator; NULL: nobody */
    void *context;
    uint32_t *index;                    /* open hash table over delta, index + 1 */
    size_t index_room;
};

void fl_ledger_init(struct fl_ledger *ledger, struct fl_sim *sim);
void fl_ledger_free(struct fl_ledger *ledger);
/* Called by the sequencer: an operator begins in a free slot; the last of its steps has retired. */
void fl_ledger_open(struct fl_ledger *ledger, int32_t slot);
void fl_ledger_close(struct fl_ledger *ledger, int32_t slot);
static inline bool fl_ledger_is_open(const struct fl_ledger *ledger, int32_t slot)
{
    return ledger->open >> slot & 1;
}
/* Called by the kernel: a run begins, with no rows. */
void fl_ledger_start(struct fl_ledger *ledger, const struct fl_program *program);
/* Called by the sequencer: the stream has retired all before a signal or an end. */
void fl_ledger_retired(struct fl_ledger *ledger, int32_t stream);
/* Repeats the operators from `first` to before `end`, `times` more times, each time `period` later (a leap). */
void fl_ledger_repeat(struct fl_ledger *ledger, size_t first, size_t end, fl_time period, int64_t times);

/* The same of what streams passed since their logs had the lengths `from`. */
void fl_ledger_repeat_log(struct fl_ledger *ledger, const size_t *from, fl_time period, int64_t times);

/* Puts the operators of a run into another order, given by their slots: those of one slot stay in theirs. */
void fl_ledger_sort(struct fl_ledger *ledger, const int32_t *slot);

/* The latency split among operators, after a run of `program` that ended at `end`. From what retired last walk back to
 * what it waited for last (the stream's step before it, a token, or the operator that had its slot), and so on to the
 * start; each gets the time since the one before. Gives the part of each occurrence, in the order of the ledger; they
 * sum to `end`. The caller frees it. */
fl_time *fl_ledger_critical(const struct fl_ledger *ledger, const struct fl_program *program, fl_time end);
/* What the streams of each occurrence stood still for longest, in the order of the ledger: for which token, and how
 * long; -1: for none. NULL: operators do not run side by side. The caller frees it. */
struct fl_waited { int32_t token; fl_time ps; };
struct fl_waited *fl_ledger_waits(const struct fl_ledger *ledger, const struct fl_program *program);

#endif
