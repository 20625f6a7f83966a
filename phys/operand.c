/* operand.c - moments of operand vectors, and drawing from them. */
#include "phys/operand.h"

#include <math.h>
#include <stddef.h>

#include "base/err.h"
#include "phys/random.h"

static const double pi = 3.14159265358979323846;
enum { SERIES = 24 };       /* terms of the Hermite series */

static double density(double z)
{
    return exp(-z * z / 2) / sqrt(2 * pi);
}

/* For standard normal z1, z2 of correlation c, E[g(z1) g(z2)] = sum over n of c^n a_n^2 / n!, a_n = E[g He_n] (Mehler's
 * formula; He_n: probabilists' Hermite polynomials). For the clipped value min(max(z, -k), k) only odd n count, with
 * a_1 = erf(k / sqrt 2) and a_n = -2 He_(n-2)(k) phi(k); for its magnitude only even n, with a_0 the mean and
 * a_n = 2 (He_(n-2)(0) phi(0) - He_(n-2)(k) phi(k)). Both follow by integrating g' He_(n-1) phi. */
static double clipped_shared(double k, double c, bool magnitude, double a_first)
{
    double sum = magnitude ? a_first * a_first : c * a_first * a_first;
    double at_k[SERIES] = { 1, k }, at_0[SERIES] = { 1, 0 };
    for (int n = 2; n < SERIES; n++) {
        at_k[n] = k * at_k[n - 1] - (n - 1) * at_k[n - 2];
        at_0[n] = -(n - 1) * at_0[n - 2];
    }
    double term = magnitude ? 1 : c;        /* c^n / n! */
    for (int n = magnitude ? 2 : 3; n < SERIES; n += 2) {
        term *= c * c / (n * (n - 1));
        double a = -2 * at_k[n - 2] * density(k);
        if (magnitude)
            a += 2 * at_0[n - 2] * density(0);
        sum += term * a * a;
    }
    return sum;
}

static struct fl_operand normal_moments(const struct fl_draw *draw)
{
    double k = draw->peak_sigmas, c = draw->common;
    fl_assert(k > 0 && c >= 0 && c <= 1);
    double inside = erf(k / sqrt(2)), outside = erfc(k / sqrt(2));
    double magnitude = 2 * (density(0) - density(k)) + k * outside;
    struct fl_operand operand = {
        .non_negative = draw->non_negative,
        .mean = draw->non_negative ? magnitude / k : 0,
        .square = (inside - 2 * k * density(k) + k * k * outside) / (k * k),
        .magnitude = magnitude / k,
        .shared_magnitude = clipped_shared(k, c, true, magnitude) / (k * k),
        .shared = clipped_shared(k, c, false, inside) / (k * k),
    };
    if (draw->non_negative)
        operand.shared = operand.shared_magnitude;
    return operand;
}

struct fl_operand fl_operand_of(const struct fl_draw *draw)
{
    if (draw->shape == FL_SHAPE_NORMAL)
        return normal_moments(draw);
    fl_assert(draw->common <= 0);
    double mean = draw->non_negative ? 0.5 : 0;
    return (struct fl_operand){
        .non_negative = draw->non_negative,
        .mean = mean, .square = 1.0 / 3, .magnitude = 0.5, .shared = mean * mean, .shared_magnitude = 0.25,
    };
}

double fl_draw_common(const struct fl_draw *draw, struct fl_rng *rng)
{
    return draw->common > 0 ? sqrt(draw->common) * fl_random_normal(rng) : 0;
}

double fl_draw_value(const struct fl_draw *draw, double common, struct fl_rng *rng)
{
    double value;
    if (draw->shape == FL_SHAPE_UNIFORM) {
        value = 2 * fl_rng_real(rng) - 1;
    } else {
        double own = draw->common > 0 ? sqrt(1 - draw->common) : 1;
        value = (common + own * fl_random_normal(rng)) / draw->peak_sigmas;
        value = fmin(fmax(value, -1), 1);
    }
    return draw->non_negative ? fabs(value) : value;
}

const char *const fl_statistics_names[] = { "zero_mean", "common", "non_negative", "trained", NULL };

void fl_draw_named(enum fl_statistics statistics, double peak_sigmas, double common, struct fl_draw *input,
                   struct fl_draw *weight)
{
    fl_assert(statistics != FL_STAT_TRAINED);
    struct fl_draw normal = { .shape = FL_SHAPE_NORMAL, .peak_sigmas = peak_sigmas };
    normal.common = statistics == FL_STAT_COMMON ? common : 0;
    *weight = *input = normal;
    if (statistics == FL_STAT_NON_NEGATIVE)
        *input = (struct fl_draw){ .shape = FL_SHAPE_UNIFORM, .non_negative = true };
}

double fl_trained_v(double length)
{
    static const double at_32 = 1.40, exponent = 0.27;          /* tests/light_by_width.sh holds these to the table */
    return fmax(1, at_32 * pow(length / 32, exponent));
}

/* V - 1 is (length - 1) times what two elements share of a square, of inputs times of weights; uniform inputs that are
 * never negative share 3 / 4. */
void fl_draw_trained(bool non_negative, double peak_sigmas, double length, struct fl_draw *input,
                     struct fl_draw *weight)
{
    fl_draw_named(non_negative ? FL_STAT_NON_NEGATIVE : FL_STAT_ZERO_MEAN, peak_sigmas, 0, input, weight);
    double both = length > 1 ? (fl_trained_v(length) - 1) / (length - 1) : 0;
    if (!non_negative)
        input->common = sqrt(both);
    weight->common = non_negative ? fmin(1, both / 0.75) : sqrt(both);
}

double fl_output_variance(const struct fl_operand *input, const struct fl_operand *weight, double length)
{
    double mean = length * input->mean * weight->mean;
    return length * input->square * weight->square
           + length * (length - 1) * input->shared * weight->shared - mean * mean;
}
