/* opu.h - the random projection of an error by light: an optical processing unit.
 *
 * The one idea: the matrix is a medium that nobody sets, the error is what is shown to it, and a camera sees the
 * result. So a projection is a product like any other, through the chain of a design: its encoding (signed errors on
 * dual rails: a frame for each sign, as an OPU shows ternary ones), bits or bit planes of inputs, light, receiver, ADC.
 * Every row is shown at full brightness, whatever its size, and scaled back. Where the camera's range lies is seen
 * once, at the first rows that are shown.
 */
#ifndef FL_OPU_H
#define FL_OPU_H

#include "api/fanlight.h"
#include "base/arena.h"
#include "learn/optics.h"

struct fl_opu {
    const struct fl_request *design;
    double photons_per_mac;             /* detected, seen at the first rows; 0: as the design has it */
    struct fl_optics *optics;           /* of each projection */
    size_t projections, room;
    double detected, macs;              /* so far */
    struct fl_arena arena;
};
/* Reads the chain of projection `number` (from 0, one after the other) on the design: `rows` errors of so many inputs
 * to so many outputs. A design that does not project in light is a fault. */
bool fl_opu_add(struct fl_opu *opu, size_t rows, size_t inputs, size_t outputs, struct fl_err *err);
void fl_opu_free(struct fl_opu *opu);
/* out[rows][outputs] = error[rows][inputs] x matrix[inputs][outputs] by projection `number`, with noise of that key. */
struct fl_projected { size_t rows, inputs, outputs; const float *error, *matrix; float *out; };
void fl_opu_project(struct fl_opu *opu, size_t number, const struct fl_projected *work, uint64_t noise);

#endif
