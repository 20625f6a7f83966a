/* feedback.h - the error on its way back through a fixed random matrix: direct feedback alignment.
 *
 * The one idea: hidden layers learn from a random projection of the error at the top, B e, instead of its derivative
 * (A. Nokland, NIPS 2016). The projection is the one large product that an optical processing unit does: inputs are
 * binary or ternary patterns, the matrix is a scattering medium, and outputs carry the noise of a camera
 * (arXiv:2006.01475, arXiv:2409.12965).
 */
#ifndef FL_FEEDBACK_H
#define FL_FEEDBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fl_opu;
struct fl_projection {
    uint64_t key;                       /* of the matrices: normal elements of variance 1 / inputs */
    bool ternary;                       /* the error is shown as -1, 0, 1 */
    double threshold;                   /* ternary: elements below this share of the row's largest are 0 */
    double noise;                       /* rms over the rms of what is projected; another for every use */
    struct fl_opu *opu;                 /* whose light projects (learn/opu.h); NULL: arithmetic does */
    uint64_t uses;                      /* so far */
};
/* out[rows][outputs] = encoded(error[rows][inputs]) x matrix `number`, with noise. A ternary row is scaled by the mean
 * magnitude of what it shows. */
void fl_project(struct fl_projection *projection, uint64_t number, size_t rows, size_t inputs, const float *error,
                size_t outputs, float *out);

#endif
