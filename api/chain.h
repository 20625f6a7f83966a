/* chain.h - what the products of a workload go through on a design: for predictions of their error, and for networks
 * that are run through the same light. */
#ifndef FL_CHAIN_H
#define FL_CHAIN_H

#include "api/fanlight.h"
#include "machine/machine.h"
#include "phys/precision.h"
#include "traces/trace.h"

struct fl_op_chain {
    const struct fl_op *op;
    /* of operators on optical cores; else NULL and 0: */
    const struct fl_pool *pool;
    const struct fl_precision_ask *ask; /* as the design's keys and the mapping have it */
    int core;                           /* core[i] of the design */
    const char *budget;                 /* source.budget */
    bool signal;                        /* the light is set by source.error, else by source.photon_bits */
    double knob;                        /* the value of that key: photons go as 4^photon_bits, as 1 / error^2 */
    bool level_fixed;
};
/* Maps the workload and tells every operator, blocks not unrolled; texts and pointers live as long as the call. */
bool fl_chains(const struct fl_request *request, void (*tell)(void *context, const struct fl_op_chain *chain),
               void *context, struct fl_err *err);

#endif
