/* calibration.h - what a bench's measured pairs say of its chain: gain, offset, systematic error, noise.
 *
 *     got = offset + gain x wanted + (error of this output's own devices) + noise
 *
 * The one idea: what comes back the same from one output, whatever was wanted of it, is its devices'; what does not is
 * noise. So pairs that name their output part the two (one-way analysis of variance with random effects; H. Scheffe,
 * The Analysis of Variance, 1959, chapter 7), and pairs that do not are only told what both are together.
 *
 *     wanted,got,output
 *     0.25,0.211,17
 */
#ifndef FL_CALIBRATION_H
#define FL_CALIBRATION_H

#include <stddef.h>

#include "base/err.h"

struct fl_pairs {
    double *wanted, *got;
    size_t *output;                     /* number of each pair's output, from 0; NULL: not told */
    size_t count, outputs;
};
/* A CSV whose first line names the columns `wanted`, `got` and, if it is known, `output` (any word); others, empty
 * lines and lines that begin with # are passed over. Faults tell file, line and remedy, twenty at most. Freed by
 * fl_pairs_free, after failure, too. */
bool fl_pairs_read(struct fl_pairs *pairs, const char *path, struct fl_err *err);
void fl_pairs_free(struct fl_pairs *pairs);

struct fl_estimate { double value, error; };    /* its standard error; NAN: cannot be told from these pairs */
struct fl_calibration {
    size_t pairs, outputs;              /* outputs 0: not told */
    double spread;                      /* standard deviation of gain x wanted */
    struct fl_estimate gain, offset;
    struct fl_estimate systematic, noise;       /* rms; systematic NAN: noise has it in it */
    double dim, bright;                 /* noise where |wanted| is among the least and the largest fifth */
    double bend;                        /* rms distance of the mean from the line, over twenty ranges of wanted and
                                           beyond what noise makes of it: saturation, curvature */
};
/* False with a fault at `where` if there are too few pairs, or all want, or got, the same. */
bool fl_calibration_fit(const struct fl_pairs *pairs, const char *where, struct fl_calibration *fit,
                        struct fl_err *err);

#endif
