/* snapshot.h - the machine at a moment: saved, compared relative to time, and moved on.
 *
 * The state tables of the unit types say how each piece of state is to be compared and
 * what becomes of it when time jumps; this is their only reader besides reset. Only the
 * active part has to match: a unit that was neither woken nor sent anything since the
 * snapshot keeps its absolute times, and its alarm bounds the leap; a clock whose phase
 * nobody looked at may stand anywhere.
 *
 * Why a match proves a recurrence: what happens next is a function of the active part's
 * relative state. If that is equal, the next period repeats the last, event by event, as
 * long as no loop counter comes near its end, no deadline falls due and no sleeper wakes.
 * Those bounds are computed here.
 */
#ifndef FL_SNAPSHOT_H
#define FL_SNAPSHOT_H

#include "sim/kernel.h"

/* Bytes of a unit's struct, whole words of it, that hold state, and where a snapshot has them. */
struct fl_stretch { uint32_t from, size, saved; };
/* How a unit is saved: alarm, blocked, touched, the stretches of its struct that hold its state; then its counts; then
 * those of operators in flight; then each inbound ring: status, messages. */
struct fl_form {
    struct unit *unit;
    const struct fl_state *state;       /* its table, one entry for each state */
    uint32_t states;
    struct fl_stretch *stretch;         /* by where they begin, apart from each other */
    uint32_t stretches, words;          /* 8-byte words of all */
    uint32_t counts;
    struct fl_port **line;              /* inbound */
    uint32_t lines;
    uint32_t parts;                     /* of its state: 1 (alarm and blocked), table entries, inbound lines */
    uint32_t part;                      /* number of the first one, in the machine */
};

struct fl_forms {
    struct fl_sim *sim;
    struct fl_arena arena;
    struct fl_form *form;               /* by unit number */
    uint32_t *order;                    /* units, those that broke a match lately first */
    uint32_t parts;                     /* of the machine's state: of all units, then the clocks */
    uint64_t effort;                    /* words saved, compared and moved so far */
};

struct fl_snapshot {
    fl_time now;
    uint64_t events;
    size_t occurrences;                 /* operators in the ledger */
    uint64_t open;                      /* bits: slots of operators in flight */
    struct fl_flight *flight;           /* of those, by slot */
    size_t *log;                        /* lengths of the ledger's logs */
    int64_t *word;
    size_t words, room;
    uint32_t *start;                    /* first word of each unit */
    uint64_t *consulted;                /* event number of the last look at each clock, and at the frame clock */
};

/* Reads the state tables of a ready machine. */
void fl_forms_init(struct fl_forms *forms, struct fl_sim *sim);
void fl_forms_free(struct fl_forms *forms);
/* "core[0].adc.free_at", "sram.ask[2]", a clock: the name of part number `part`. In the forms' arena. */
const char *fl_forms_part(struct fl_forms *forms, uint32_t part);

/* A hash of all that must be equal of a unit touched in between, loop counters and deadlines apart: moments whose
 * marks of one such unit differ never match. */
uint64_t fl_snapshot_mark(struct fl_forms *forms, const struct unit *u);
/* Saves the machine as it is. A snapshot of zeroes is an empty one. */
void fl_snapshot_take(struct fl_snapshot *snapshot, struct fl_forms *forms);
void fl_snapshot_free(struct fl_snapshot *snapshot);
/* How many times the period since the snapshot is bound to repeat from now; 0: not at all. `*broke` is then the part
 * of the state that differs, or UINT32_MAX if something is about to end, or another operator is under way. */
int64_t fl_snapshot_repeats(const struct fl_snapshot *snapshot, struct fl_forms *forms, uint32_t *broke);
/* Moves the machine on by `times` periods, 1 <= times <= what fl_snapshot_repeats gave. */
void fl_snapshot_leap(const struct fl_snapshot *snapshot, struct fl_forms *forms, int64_t times);

#endif
