/* gpu.h - a graphics processor as an engine: what a step of it counts, and how long that takes.
 *
 * An operator is one step, and a step is a roofline: the launch, then whichever takes longest
 * of its operations at the rate of its number format, its traffic with the GPU's own memory,
 * and what comes over the link of its host.
 */
#ifndef FL_MACHINE_GPU_H
#define FL_MACHINE_GPU_H

#include "machine/engine.h"

/* How several GPUs share an operator.
 *
 * Tensor: products with weights by outputs, which all gather from all; what belongs to heads (products of two
 * activations, softmax, caches) by heads; other rows and tables are worked on by each. Weights and caches are dealt.
 * Data: each takes some of the sequences, and has all weights. */
enum fl_parallel { FL_PARALLEL_TENSOR, FL_PARALLEL_DATA };

/* A GPU, as mappers see it, and its unit itself. */
enum { FL_GPUS = 16 };                  /* kinds and stages of them that a machine may have */
struct fl_gpu {
    double launch_ps;                   /* from the command to the first operation */
    double flop_ps, row_ps;             /* of an operation of a large product, of one of row work */
    double bit_ps, host_bit_ps;         /* own memory, host's; 0: no such link */
    double link_bit_ps, link_ps;        /* from one to the next: a bit, and before the first one */
    int64_t devices;                    /* in lockstep; 0 is 1 */
    int32_t parallel;                   /* enum fl_parallel: how they share the work */
    int64_t batch;                      /* sequences of the trace that is mapped; 0 is 1 */
    int64_t full_outputs;               /* of a product, from which on all processors have work */
    int64_t row_ops;                    /* operations on a value of row work */
    int64_t memory_bits;                /* of each */
    bool offload;                       /* weights that its memory does not hold may stay with the host */
    int64_t stages, microbatches;       /* GPUs of a pipeline, of which this is one; batches one after another */
    double host_share;                  /* of each weight, that does */
    bool no_random;                     /* it has no room for the matrices of projections */
};

/* The own record of FL_STEP_GPU. */
struct fl_gpu_step {
    int64_t product;                    /* 1: at the rate of products */
    int64_t flops, outputs;             /* of each */
    int64_t bits, host_bits;            /* moved by each: own memory, over the host's link */
    int64_t link_bits, hops;            /* that each gets of the others, and in how many hops */
    int64_t devices;                    /* at work; 0 is 1 */
};
static inline struct fl_gpu_step *fl_gpu_own(struct fl_step *step) { return (struct fl_gpu_step *)step->own; }
static inline const struct fl_gpu_step *fl_gpu_of(const struct fl_step *step)
{
    return (const struct fl_gpu_step *)step->own;
}

/* What GPUs in lockstep hold of weights and caches. */
int64_t fl_gpus_hold_bits(const struct fl_gpu *gpu);
/* What a step works after its launch, and what it takes: it may wait for the host. */
double fl_gpu_work_ps(const struct fl_gpu *gpu, const struct fl_gpu_step *step);
double fl_gpu_takes_ps(const struct fl_gpu *gpu, const struct fl_gpu_step *step);

#endif
