/* montecarlo.h - random vectors pushed through the whole optical chain, and fits to what comes out.
 *
 * The one idea: nothing here knows the formulas of phys/precision.h. Values are drawn, rounded, split into
 * rails and slices, turned into light, counted with Poisson noise, disturbed, converted, decoded, and
 * compared with the exact product. Where both agree, both are believed.
 *
 * Tolerances come from the sample: of n errors with kurtosis k, the measured rms has relative standard error
 * sqrt((k - 1) / (4 n)).
 */
#ifndef FL_MONTECARLO_H
#define FL_MONTECARLO_H

#include <stddef.h>
#include <stdint.h>

#include "phys/precision.h"

struct fl_measured {
    int64_t samples;
    double spread, spread_sigma;        /* rms deviation of y from its mean; its relative standard error */
    double rms, rms_sigma;              /* rms error of y; its relative standard error */
    double error;                       /* rms over spread */
    double bias;                        /* mean error, in units of its own standard error */
    double detected_per_mac;            /* photons on the detectors of one output, per product */
};
/* Measures `samples` outputs, each of fresh vectors. The moments of ask (input, weight) are those of the draws; only
 * the ADC's calibrated range uses them. ask->length is a whole number. */
struct fl_measured fl_monte_carlo(const struct fl_precision_ask *ask, const struct fl_draw *input,
                                  const struct fl_draw *weight, int64_t samples, struct fl_rng *rng);

/* Photons per MAC (detected) that the `signal` budget needs, measured: the shot error at a trial level gives the level
 * for the wanted error, since the error falls as 1 / sqrt(level). Relative standard error in *sigma. */
struct fl_photon_trial { struct fl_coding coding; struct fl_draw input, weight; double error; int64_t samples; };
double fl_monte_carlo_photons_per_mac(const struct fl_photon_trial *trial, int64_t length, struct fl_rng *rng,
                                      double *sigma);

/* y = factor x^exponent through points of relative standard errors `sigma`, by weighted least squares in logarithms;
 * exponent_sigma follows from the sigmas. */
struct fl_power_law {
    double exponent, exponent_sigma, factor;
};
struct fl_power_law fl_power_law_fit(const double *x, const double *y, const double *sigma, size_t count);

#endif
