/* encoding.h - how signed numbers ride on light, and what that costs in light.
 *
 * Intensity has no sign. Three ways around that, for y = sum of x w over d products, all of whose
 * values have peak 1. Light of level p: a full-level input through a full-level weight gives p detected
 * photons; x', w' are physical levels in [r, 1], r the extinction.
 *
 *   offset      x~ = (1 + x) / 2, w~ = (1 + w) / 2; one detector counts D = p sum x' w';
 *               y = 4 sum x~ w~ - 2 sum x~ - 2 sum w~ + d, the sums kept digitally (or the one of
 *               inputs measured by a reference row of full-level weights). Non-negative inputs: x~ = x.
 *   dual_rail   w split over two rows, w+ = max(w, 0), w- = max(-w, 0), whose detectors are subtracted
 *               before one ADC; signed inputs take two passes, x+ then x-. Both shot noises add.
 *   coherent    fields carry sign: d fields x w beat with a local oscillator on two detectors (homodyne),
 *               D = 2 sqrt(L) p sum x w, where the oscillator has L times the light of the signal at full scale.
 *   homodyne    fields carry sign, and weights ride on a beam of their own: light of inputs meets light of weights on
 *               two detectors, each dimmed once, D = 2 sqrt(L) p sum x w, where the weights' beam at full level has L
 *               times the light of the inputs'. What falls on detectors is both beams, p (sum x^2 + L sum w^2).
 *   balanced    a device shares the light of its row out between two detectors, (1 + w) / 2 and (1 - w) / 2 of it (the
 *               drop and the through port of a ring), which are subtracted before one ADC; signed inputs take two
 *               passes. All of the light is detected, whatever the weight, and none is wasted.
 *   intensity   fields carry sign and meet on one detector, which sees the square of their sum: d inputs share its
 *               mode, D = p (sum x w)^2 / d. No product: y = (sum x w)^2, random features where w are random. Fields
 *               are real [assumed: of complex ones squares spread half as far].
 *
 * The one idea: the variance of y by shot noise is gain^2 d light / p. The encodings differ in two
 * numbers, `gain` (output per electron) and `light` (photons a product puts on detectors), and that
 * decides a factor of 30 in photons.
 */
#ifndef FL_ENCODING_H
#define FL_ENCODING_H

#include "phys/operand.h"

enum fl_sign_encoding {
    FL_SIGN_OFFSET, FL_SIGN_DUAL_RAIL, FL_SIGN_COHERENT, FL_SIGN_BALANCED, FL_SIGN_INTENSITY, FL_SIGN_HOMODYNE,
    FL_SIGNS
};
/* "offset", "dual_rail", "coherent", "balanced", "intensity", "homodyne"; ends with NULL. */
extern const char *const fl_sign_names[];

/* What an encoding asks of a machine. */
struct fl_sign_need {
    int rows;                           /* physical rows that hold one output's weights */
    int signed_passes;                  /* passes of light that a vector of signed inputs takes; others take one */
    int detectors;                      /* that share one ADC */
    bool sums;                          /* sums of inputs, and of weights where inputs are signed, are taken off */
    bool beats;                         /* fields meet a second beam: light of a local oscillator, or of the weights */
    bool meets;                         /* that beam carries the weights, which dim nothing else */
    bool phased;                        /* fields are summed: all light is of one laser */
    bool squares;                       /* an output is the square of the sum */
    bool signed_inputs, signed_weights; /* one bit of what a device sets is its sign */
};
extern const struct fl_sign_need fl_signs[]; /* by enum fl_sign_encoding */
/* Of a weight from -1 to 1 that shares light out between two detectors, what is left of it where neither is ever darker
 * than `extinction` of the other: (1 - r) / (1 + r). */
double fl_sign_swing(double extinction);
/* Passes of light a vector takes. */
int fl_sign_passes(enum fl_sign_encoding sign, bool non_negative);

struct fl_coding {
    enum fl_sign_encoding sign;
    bool reference_row;         /* offset: one more row a tile measures the sum of inputs, else it is kept digitally */
    double oscillator;          /* L, above 0. coherent: local-oscillator light over signal light at full scale;
                                   homodyne: light of the weights' beam over that of the inputs', at full level */
    double input_extinction;    /* darkest over brightest intensity of a modulator, of a weight; 0: perfectly dark */
    double weight_extinction;
    bool extinction_left;       /* decoded as if dark were dark: an error. Else known levels are decoded exactly, and
                                   extinction only costs light. [assumed: coherent leakage is out of phase] */
};

/* A sum of d like terms t: mean of t, of t^2, and of t_i t_j for two different terms. */
struct fl_sum {
    double mean, square, shared;
};
/* Mean square and variance of the sum of n terms. */
double fl_sum_square(const struct fl_sum *sum, double n);
double fl_sum_variance(const struct fl_sum *sum, double n);

/* What an encoding makes of two operands. Per product, over the level p, unless said otherwise. */
struct fl_encoded {
    int rows, passes, detectors;
    double gain;                /* of the output: y = gain x net count / p + what is known digitally; of squares x d */
    double light;               /* mean photons on an output's detectors, all rows and passes, oscillator included; of
                                   squares all together, and of products that interfere with none */
    double lit;                 /* mean photons before the weights, all rows and passes, oscillator included */
    double pass_light;          /* light of one pass */
    double reference;           /* variance of the reference row's count counts this many times; 0: no such row */
    double reference_light;     /* mean photons on its detector */
    struct fl_sum net;          /* net count of one pass */
    struct fl_sum reference_net;
    struct fl_sum common_mode;  /* what the light's intensity noise multiplies: net, less the reference row's */
    struct fl_sum slip;         /* error of y left by extinction (all passes) */
    struct fl_sum drive;        /* what a weight of 1 adds to the net count, passes subtracted; inputs differ in it */
    double level_square;        /* mean square of a weight's value for errors of rms 1 in all levels it is set by */
    double leak;                /* of squares: mean of what is in no phase with the field */
    double full_scale;          /* largest net count; negative too, as far, if bipolar */
    bool bipolar;
};
/* Where fields beat: L for which detected photons are fewest, E[x^2] E[w^2]; homodyne: E[x^2] / E[w^2]. */
double fl_best_oscillator(enum fl_sign_encoding sign, const struct fl_operand *input, const struct fl_operand *weight);

/* Light of a product of full-level fields on its detectors, over the level: with that of the weights' beam, if there is
 * one; without a local oscillator's. */
double fl_encoded_full(const struct fl_coding *coding);

struct fl_encoded fl_encode(const struct fl_coding *coding, const struct fl_operand *input,
                        const struct fl_operand *weight);

/* Light and gain as above, of sums of `length` products; variance of what an output is, in products of the peaks. */
double fl_encoded_light(const struct fl_encoded *coded, const struct fl_coding *coding, double length);
double fl_encoded_gain(const struct fl_encoded *coded, const struct fl_coding *coding, double length);
double fl_encoded_variance(const struct fl_coding *coding, const struct fl_operand *input,
                           const struct fl_operand *weight, double length);
/* Light of a product of such fields (x, w) that is in no phase with the rest, over the level. */
double fl_encoded_leak(const struct fl_coding *coding, double x, double w);

/* What decoding starts from: a sum of counts over the level, with slices put together and passes subtracted, and what
 * the digital side knows of the values that were set. */
struct fl_sums {
    double counts;              /* sum of x' w' (of the beat) */
    double inputs, weights;     /* sums of x and of w, of the values set */
    double lit;                 /* reference row: measured sum of x' */
    double leaked;              /* squares: sum of fl_encoded_leak */
    double length;
};
/* y = sum of x w; intensity: its square. */
double fl_decode(const struct fl_coding *coding, bool non_negative, const struct fl_sums *sums);

/* A photon budget, for outputs of `length` products. */
struct fl_budget {
    double level;               /* p */
    double photons;             /* full scale of a row and pass, p x length: for fl_laser_fj_per_row_photons() */
    double detected_per_mac;    /* mean photons detected for one product, all rows and passes, oscillator included */
    double lit_per_mac;         /* mean photons before the weights; how arXiv:2104.13467 counts them */
    double error;               /* rms shot error of y over the spread of y */
};
/* The `signal` budget: light for a wanted rms shot error relative to the spread of the signed output.
 * With V = Var(y) / (d E[x^2] E[w^2]), 1 if operands have nothing in common, growing as d if they do, and no
 * extinction, detected photons per MAC are (X, W: peak over rms; x: mean over rms of non-negative inputs)
 *   offset      X^2 W^2 / (e^2 V) signed, x^2 W^2 / (e^2 V) non-negative
 *   dual_rail   (E|x| E|w|)^2 / (E[x^2] E[w^2] e^2 V)
 *   coherent    (q + L)^2 / (4 q L e^2 V), q = E[x^2] E[w^2]: 1 / (e^2 V) at its best, L = q
 *   homodyne    (E[x^2] + L E[w^2])^2 / (4 L q e^2 V): 1 / (e^2 V) at its best, L = E[x^2] / E[w^2]
 *   balanced    E|x|^2 / (E[x^2] E[w^2] e^2 V): as dual_rail, with all of the light for E|w| of it
 *   intensity   1 / (2 e^2 d), operands that have nothing in common: an output's spread is as large as its mean, so
 *               that 1 / (2 e^2) photons do for all of it
 * so they do not fall with d unless V grows, or outputs are squares. */
struct fl_budget fl_budget_signal(const struct fl_coding *coding, const struct fl_operand *input,
                                  const struct fl_operand *weight, double length, double error);
/* The `full_scale` budget: `photons` detected for a full-scale row, whatever the statistics. Photons per MAC fall as
 * 1 / length by construction; `error` tells what that means for the spread. */
struct fl_budget fl_budget_full_scale(const struct fl_coding *coding, const struct fl_operand *input,
                                      const struct fl_operand *weight, double length, double photons);

#endif
