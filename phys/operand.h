/* operand.h - what is known of the numbers that are multiplied: a few moments.
 *
 * The one idea: an output is a sum of d products, and the spread of such a sum follows from how
 * large one product is and from how alike two different ones are. If they have nothing in common
 * the spread grows as sqrt(d); if inputs share a component and weights do too, it grows as d.
 *
 * Values are scaled so that their peak (what full level encodes) is 1.
 */
#ifndef FL_OPERAND_H
#define FL_OPERAND_H

#include <stdbool.h>

#include "base/rng.h"

/* Moments of the elements of one operand vector. Signed values are taken to be as often positive as negative
 * wherever their parts of either sign are told apart (dual rail in two passes). */
struct fl_operand {
    bool non_negative;
    double mean, square, magnitude;     /* of one element: mean of v, v^2, |v| */
    double shared, shared_magnitude;    /* of two different elements of a vector: mean of v_i v_j, |v_i| |v_j| */
};

/* A family of vectors to draw from, and its moments.
 *   uniform   in [-1, 1] or [0, 1], elements independent
 *   normal    z = sqrt(c) u + sqrt(1 - c) e with u common to the vector and e an element's own, clipped at
 *             +- peak_sigmas and divided by it; non-negative: |z| */
enum fl_distribution { FL_SHAPE_UNIFORM, FL_SHAPE_NORMAL };
struct fl_draw {
    enum fl_distribution shape;
    bool non_negative;
    double peak_sigmas;                 /* normal: the peak over the standard deviation */
    double common;                      /* normal: c in [0, 1] */
};
/* Moments, in closed form (shared ones by their Hermite series, to 1e-3 or better). */
struct fl_operand fl_operand_of(const struct fl_draw *draw);
/* The common component of a vector, then its elements. */
double fl_draw_common(const struct fl_draw *draw, struct fl_rng *rng);
double fl_draw_value(const struct fl_draw *draw, double common, struct fl_rng *rng);

/* Named statistics of a signed product:
 *   zero_mean      inputs and weights normal, nothing in common
 *   common         both with a common component of share `common`: the spread grows as d
 *   non_negative   inputs uniform in [0, 1] (attention and ReLU outputs), weights normal
 *   trained        as the one or the other, with as much in common as makes V that of trained Transformers
 * The peak of normal operands is `peak_sigmas`, assumed: 4 unless the data say otherwise. */
enum fl_statistics { FL_STAT_ZERO_MEAN, FL_STAT_COMMON, FL_STAT_NON_NEGATIVE, FL_STAT_TRAINED };
/* "zero_mean", "common", "non_negative", "trained"; ends with NULL. Not "trained", which asks for a length: */
extern const char *const fl_statistics_names[];
void fl_draw_named(enum fl_statistics statistics, double peak_sigmas, double common, struct fl_draw *input,
                   struct fl_draw *weight);

/* V = variance of an output over length x E[x^2] E[w^2] of trained Transformers, 1 if operands have nothing in common:
 * V(d) = 1.40 (d / 32)^0.27, at least 1. Measured here from d = 32 to 256, least squares through logarithms of the V
 * of twelve plainly trained networks, three of each width, each the mean of 1 / V over multiply-accumulates
 * (docs/tolerance_by_width.csv, docs/accuracy.md). Beyond these widths it is an extrapolation. */
double fl_trained_v(double length);
/* Operands of `length` products with that V. */
void fl_draw_trained(bool non_negative, double peak_sigmas, double length, struct fl_draw *input,
                     struct fl_draw *weight);

/* Variance of y = sum of `length` products over vectors and outputs, in units of the product of the peaks:
 * d E[x^2] E[w^2] + d (d - 1) E[x_i x_j] E[w_i w_j] - (d E[x] E[w])^2. Its root is the output's spread. */
double fl_output_variance(const struct fl_operand *input, const struct fl_operand *weight, double length);

#endif
