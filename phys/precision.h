/* precision.h - how exact an optical product is, and what limits it.
 *
 * The one idea: every imperfection is a variance of the output y = sum of x w, referred to it through the
 * encoding's gain; variances add; the largest is what limits. Errors are told relative to the spread of y (what
 * a network notices) and beside it as bits of the detector's full scale (what papers quote).
 *
 *     struct fl_precision_ask ask = { .coding = { .sign = FL_SIGN_DUAL_RAIL }, .length = 4096, .photons = 16384,
 *                                     .output_bits = 7 };
 *     ask.input = fl_operand_of(&input_draw);  ask.weight = fl_operand_of(&weight_draw);
 *     struct fl_precision answer = fl_precision_predict(&ask);
 *
 * phys/montecarlo.h pushes random vectors through the same chain; the two agree within its sampling error.
 */
#ifndef FL_PRECISION_H
#define FL_PRECISION_H

#include <stddef.h>

#include "phys/bits.h"
#include "phys/channels.h"
#include "phys/encoding.h"
#include "phys/noise.h"

/* A field of 0 means: ideal (no quantization, no noise), one tile, one slice, ADC over the full scale. */
struct fl_precision_ask {
    struct fl_coding coding;
    struct fl_operand input, weight;
    double length;                      /* products summed in an output */
    double photons;                     /* detected for a full-scale row and pass, whole length: level x length */
    int tiles;                          /* K-tiles of equal length, detected one by one, summed digitally */
    int input_bits, weight_bits;        /* of the devices; one of them is the sign where a device sets it */
    int input_slices, weight_slices;    /* digits of that many bits; each pair takes its own detection */
    double output_bits;                 /* effective bits of the ADC */
    double adc_sigmas;                  /* ADC range: +- so many standard deviations of its values; 0: full scale */
    struct fl_receiver receiver;        /* dark current of each detector; the rest of each detection */
    bool emitters_apart;                /* every input has an emitter of its own, whose intensity noise is its own; else
                                           all have that of one laser */
    double weight_error;                /* rms error of the levels that weights are set to, over full level, unknown to
                                           decoding; coherent: of the field */
    double crosstalk;                   /* share of an output's light that falls on the detectors of its two neighbours,
                                           half each, and is not decoded */
    struct fl_channels channels;        /* rings that weigh inputs by wavelength, onto the two detectors of a pair: what
                                           one takes of another's light is not decoded */
    double systematic;                  /* rms error that an output's own devices leave, always the same, over spread */
    enum fl_bits_convention convention;
};

enum fl_term {
    FL_TERM_SHOT, FL_TERM_DARK, FL_TERM_READ, FL_TERM_KTC, FL_TERM_AMPLIFIER, FL_TERM_INTENSITY,
    FL_TERM_ADC, FL_TERM_CLIPPING, FL_TERM_INPUT_BITS, FL_TERM_WEIGHT_BITS, FL_TERM_EXTINCTION,
    FL_TERM_WEIGHT_LEVEL, FL_TERM_CROSSTALK, FL_TERM_CHANNELS, FL_TERM_SYSTEMATIC,
    FL_TERMS
};
/* "shot", "dark", "read", "ktc", "amplifier", "intensity", "adc", "clipping", "input_bits", "weight_bits",
 * "extinction", "weight_level", "crosstalk", "channels", "systematic"; ends with NULL. */
extern const char *const fl_term_names[];

struct fl_precision {
    double spread;                      /* standard deviation of y, in products of the peaks */
    double term[FL_TERMS];              /* mean square error of y by each, over spread^2 */
    double error;                       /* rms error of y over its spread: root of the terms' sum */
    double bits_of_spread;              /* fl_error_bits(error) */
    double bits_of_full_scale;          /* of the detected count, end to end (-full to full for a pair), against shot,
                                           receiver and ADC noise; fl_noise_bits() for a single detector */
    enum fl_term limit;                 /* the largest term */
    struct fl_budget light;             /* the light used, all slices; .error is the shot error alone */
    double detections;                  /* for one output: tiles x passes x pairs of slices */
    double adc_steps;                   /* standard deviation of the ADC's values over its step; INFINITY if continuous.
                                           Below about 0.5 rounding is no longer like noise and `adc` is an estimate */
    int rows;                           /* physical rows of one output, weight slices included */
};

/* Error of y by each term:
 *   shot        gain^2 d light / p                              (see phys/encoding.h)
 *   dark ... amplifier   gain^2 / p^2 x detections x electrons^2 (phys/noise.h)
 *   intensity   gain^2 x RIN B x mean square of the net counts; detectors of a pair share the light, so it
 *               multiplies the difference; emitters apart: of each product's count, summed
 *   adc         gain^2 / p^2 x detections x (range / 2^b)^2 / 12
 *   clipping    of a normal count: fl_adc_clipping(); only with adc_sigmas
 *   input_bits  d rounding E[w^2];  weight_bits  d rounding (E[x^2] + rounding of x)
 *   extinction  mean square of what is left of it
 *   weight_level   gain^2 d weight_error^2 E[drive^2] x mean square of a value by its levels (phys/encoding.h)
 *   crosstalk   of c (sum of the neighbours / 2 - own): 1.5 c^2 gain^2 (E[own^2] - E[own neighbour]), where own is the
 *               part of a net count that varies with the weights. Neighbours: other weights, the same inputs
 *   channels    of sum over i of w_i sum over j of share(i - j) x_j, in banks: gain^2 E of its square (phys/channels.h)
 *   systematic  its square
 * Where outputs are squares of a sum S (intensity): gain is d times as large; intensity noise multiplies all of it;
 *   input_bits, weight_bits, weight_level   4 E[S^2 e^2] + 3 E[e^2]^2, e what S misses (phys/squared.h)
 *   crosstalk   1.5 c^2 (E[y^2] - E[y neighbour]);  no tiles and no slices: parts of a field cannot be added later
 * Slices multiply shot noise, terms of detections and (those of weights) weight_level by fl_slices_noise(); for shot
 * noise and light lower digits are taken to fall anywhere, the top one where that leaves it. */
struct fl_precision fl_precision_predict(const struct fl_precision_ask *ask);

/* The range its ADC is given, in electrons; `reference`: that of the reference row's. */
struct fl_adc_range fl_precision_range(const struct fl_precision_ask *ask, bool reference);
/* Bits of magnitude a device of inputs or of weights sets: `bits`, or one less where one of them is the sign. */
int fl_precision_level_bits(bool has_sign, int bits);

#endif
