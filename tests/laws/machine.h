/* machine.h - small random machines with small random programs, for laws that must hold on all of them.
 *
 *     struct law_machine m;
 *     struct law_result r;
 *     law_machine_build(&m, seed, &law_plain);
 *     law_machine_run(&m, &r);
 */
#ifndef FL_LAW_MACHINE_H
#define FL_LAW_MACHINE_H

#include "base/rng.h"
#include "machine/machine.h"
#include "sim/leap.h"
#include "sim/ledger.h"

enum { LAW_POOLS = 2, LAW_ITEMS = 6, LAW_CLOCKS = 4, LAW_STEPS = 6, LAW_INSTS = 1024, LAW_OPS = 64, LAW_SLOTS = 11,
       LAW_FLIGHTS = 3 };

struct law_machine {
    struct fl_sim sim;
    struct fl_rng rng;
    uint64_t seed;                      /* that it was drawn from */
    struct fl_clock clock[LAW_CLOCKS], *clocks[LAW_CLOCKS];
    struct fl_pool pool[LAW_POOLS];
    int pools;
    int64_t chunk_bits;
    struct unit *core[LAW_POOLS][LAW_SLOTS];    /* by slot, see machine.c; NULL: left out */
    struct unit *sequencer, *sram, *memory, *link, *dma, *vector, *gpu, *dmd, *camera, *chips, *reader;
    struct fl_ledger ledger;
    struct fl_program program;
    struct fl_inst inst[LAW_INSTS];
    struct fl_step step[LAW_FLIGHTS * LAW_STEPS];   /* the same for every slot of operators in flight */
    int32_t slot;                       /* of the operator drawn now */
    struct fl_stream stream[FL_STREAMS];
    struct fl_token token[FL_TOKENS];
    fl_time joint;                      /* after which all clocks are in phase again, ps */
};

/* What is to be special about a machine. */
struct law_twist {
    const struct fl_unit_type *type;    /* used in place of the registered one of its kind; NULL: none */
    bool crowd;                         /* somebody else reads DRAM too, across operators */
    bool streams;                       /* its program is many streams, beside each other */
    bool stocks;                        /* whose items give each other many tokens, which run out */
};
extern const struct law_twist law_plain;    /* nothing */

/* A whole machine and a program for it, from a seed. */
void law_machine_build(struct law_machine *m, uint64_t seed, const struct law_twist *twist);
void law_machine_free(struct law_machine *m);

/* What a run gives: everything that must not depend on how it was simulated. */
struct law_result {
    fl_time end;
    uint64_t events;
    int64_t *count;                     /* of all units, in order */
    struct fl_occurrence *occurrence;
    size_t occurrences;
    struct fl_delta *delta;             /* of the operators */
    fl_time *critical;                  /* their parts of the latency */
    char *error;                        /* NULL: none */
};
void law_machine_run(struct law_machine *m, struct law_result *result);
void law_result_free(struct law_result *result);
/* NULL if equal, else what differs first. `effort`: must wakes and events be equal as well? */
const char *law_result_differs(const struct law_machine *m, const struct law_result *a, const struct law_result *b,
                               bool effort);

#endif
