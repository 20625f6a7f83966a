/* opu.h - an optical processing unit: rows of inputs times a fixed random matrix, a camera frame at a time.
 *
 * Mirrors show a binary pattern, a scattering medium multiplies it, a camera reads what comes out. The matrix is the
 * medium: nobody stores or loads it. A row takes a pattern for each of its bit planes, or two for a ternary one, and a
 * pattern as many frames as the way of reading wants.
 */
#ifndef FL_MACHINE_OPU_H
#define FL_MACHINE_OPU_H

#include "machine/engine.h"

enum { FL_OPUS = 4, FL_OPU_SIZES = 6 }; /* kinds that a machine may have; sizes with a rate of their own */
struct fl_projector {
    int64_t mirrors, pixels;            /* inputs and outputs there can be */
    int64_t input_bits;                 /* patterns of a row whose operator says nothing: one for each bit plane */
    double host_ps;                     /* of the host, for each row */
    double load_ps;                     /* of a mirror of a pattern */
    double least_ps, exposure_ps, overhead_ps, pixel_ps;    /* of a frame, of a pixel of its region */
    double output_ps;                   /* of an output on its way to the host */
    int64_t frames;                     /* of a pattern */
    struct { int64_t inputs, outputs; double ps; } size[FL_OPU_SIZES];  /* a frame up to there; inputs 0: no more */
};

/* The own record of FL_STEP_OPU: its vectors are rows. */
struct fl_opu_step {
    int64_t inputs, outputs;
    int64_t patterns;                   /* of a row */
};
static inline struct fl_opu_step *fl_opu_own(struct fl_step *step) { return (struct fl_opu_step *)step->own; }
static inline const struct fl_opu_step *fl_opu_of(const struct fl_step *step)
{
    return (const struct fl_opu_step *)step->own;
}

/* The first size that holds so many inputs and outputs; FL_OPU_SIZES: none. */
int fl_projector_size(const struct fl_projector *opu, int64_t inputs, int64_t outputs);
/* What a pattern of a step takes the camera: max(readout of the region, exposure) + overhead, or what the table of
 * sizes says; no less than its outputs take to the host. */
double fl_projector_pattern_ps(const struct fl_projector *opu, const struct fl_opu_step *step);

#endif
