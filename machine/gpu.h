/* gpu.h - a graphics processor as an engine: what a step of it counts, and how long that takes.
 *
 * An operator is one step, and a step is a roofline: the launch, then whichever takes longest
 * of its operations at the rate of its number format, its traffic with the GPU's own memory,
 * and what comes over the link of its host.
 */
#ifndef FL_MACHINE_GPU_H
#define FL_MACHINE_GPU_H

#include "machine/engine.h"

/* A GPU, as mappers see it, and its unit itself. */
enum { FL_GPUS = 8 };                   /* kinds of them that a machine may have */
struct fl_gpu {
    double launch_ps;                   /* from the command to the first operation */
    double flop_ps, row_ps;             /* of an operation of a large product, of one of row work */
    double bit_ps, host_bit_ps;         /* own memory, host's; 0: no such link */
    int64_t full_outputs;               /* of a product, from which on all processors have work */
    int64_t row_ops;                    /* operations on a value of row work */
    int64_t memory_bits;
    bool offload;                       /* weights that its memory does not hold may stay with the host */
    double host_share;                  /* of each weight, that does */
    bool no_random;                     /* it has no room for the matrices of projections */
};

/* The own record of FL_STEP_GPU. */
struct fl_gpu_step {
    int64_t product;                    /* 1: at the rate of products */
    int64_t flops, outputs;
    int64_t bits, host_bits;            /* moved: own memory, over the host's link */
};
static inline struct fl_gpu_step *fl_gpu_own(struct fl_step *step) { return (struct fl_gpu_step *)step->own; }
static inline const struct fl_gpu_step *fl_gpu_of(const struct fl_step *step)
{
    return (const struct fl_gpu_step *)step->own;
}

/* What a step works after its launch, and what it takes: it may wait for the host. */
double fl_gpu_work_ps(const struct fl_gpu *gpu, const struct fl_gpu_step *step);
double fl_gpu_takes_ps(const struct fl_gpu *gpu, const struct fl_gpu_step *step);

#endif
