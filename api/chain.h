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
    /* of operators on optical cores, else NULL: */
    const struct fl_pool *pool;
    const struct fl_precision_ask *ask; /* as the pool and the mapping have it */
    const char *light_key;              /* path of the design's key that sets the light */
    double knob;                        /* its value: photons go as 4^bits or, of the signal budget, as 1 / error^2 */
    bool signal;
};
/* Maps the workload and tells every operator, blocks not unrolled; texts and pointers live as long as the call. */
bool fl_chains(const struct fl_request *request, void (*tell)(void *context, const struct fl_op_chain *chain),
               void *context, struct fl_err *err);

#endif
