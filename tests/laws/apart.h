/* apart.h - what random machines draw apart, from `seed`, so that other draws stay what they were. */
#ifndef FL_LAW_APART_H
#define FL_LAW_APART_H

#include "machine/machine.h"

/* Most digital work has weights from DRAM, so many rows to a chunk. */
void law_weights_draw(struct fl_step *step, int64_t chunk_bits, uint64_t seed);
/* A GPU slow enough to be seen beside the others. */
void law_gpu_draw(struct unit *gpu, uint64_t seed);
/* Links between several chips. */
void law_chips_draw(struct unit *chips, uint64_t seed);
/* An OPU: mirrors and a camera as slow as that. */
void law_opu_draw(struct unit *dmd, struct unit *camera, uint64_t seed);
/* One step in ten becomes an operator on the GPU, one a projection. */
void law_operator_draw(struct fl_step *step, uint64_t seed);

#endif
