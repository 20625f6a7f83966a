/* encoding.c - moments of counts for the sign encodings, and the photon budgets. */
#include "phys/encoding.h"

#include <math.h>
#include <stddef.h>

#include "base/err.h"
#include "phys/squared.h"

const char *const fl_sign_names[] = { "offset", "dual_rail", "coherent", "balanced", "intensity", "homodyne",
                                      NULL };

const struct fl_sign_need fl_signs[] = {
    [FL_SIGN_OFFSET] = { .rows = 1, .signed_passes = 1, .detectors = 1, .sums = true },
    [FL_SIGN_DUAL_RAIL] = { .rows = 2, .signed_passes = 2, .detectors = 2 },
    [FL_SIGN_COHERENT] = { .rows = 1, .signed_passes = 1, .detectors = 2, .beats = true, .phased = true,
                           .signed_inputs = true, .signed_weights = true },
    [FL_SIGN_BALANCED] = { .rows = 1, .signed_passes = 2, .detectors = 2, .signed_weights = true },
    [FL_SIGN_INTENSITY] = { .rows = 1, .signed_passes = 1, .detectors = 1, .phased = true, .squares = true,
                            .signed_inputs = true, .signed_weights = true },
    [FL_SIGN_HOMODYNE] = { .rows = 1, .signed_passes = 1, .detectors = 2, .beats = true, .meets = true, .phased = true,
                           .signed_inputs = true, .signed_weights = true },
};

double fl_sign_swing(double extinction)
{
    return (1 - extinction) / (1 + extinction);
}

int fl_sign_passes(enum fl_sign_encoding sign, bool non_negative)
{
    return non_negative ? 1 : fl_signs[sign].signed_passes;
}

double fl_sum_square(const struct fl_sum *sum, double n)
{
    return n * sum->square + n * (n - 1) * sum->shared;
}

double fl_sum_variance(const struct fl_sum *sum, double n)
{
    double mean = n * sum->mean;
    return fl_sum_square(sum, n) - mean * mean;
}

/* Moments of a + b v. */
static struct fl_sum affine(struct fl_sum v, double a, double b)
{
    double cross = a * a + 2 * a * b * v.mean;
    return (struct fl_sum){ a + b * v.mean, cross + b * b * v.square, cross + b * b * v.shared };
}

/* Moments of the product of independent terms. */
static struct fl_sum product(struct fl_sum x, struct fl_sum w)
{
    return (struct fl_sum){ x.mean * w.mean, x.square * w.square, x.shared * w.shared };
}

/* Moments of (a0 + a1 x)(b0 + b1 w) - x (w0 + w): what is computed less what is meant. */
static struct fl_sum difference(struct fl_sum x, double a0, double a1, struct fl_sum w, double b0, double b1, double w0)
{
    struct fl_sum a = affine(x, a0, a1), b = affine(w, b0, b1), v = affine(w, w0, 1);
    double ax = a0 * x.mean, bv = b0 * w0 + (b0 + b1 * w0) * w.mean;
    return (struct fl_sum){
        .mean = a.mean * b.mean - x.mean * v.mean,
        .square = a.square * b.square - 2 * (ax + a1 * x.square) * (bv + b1 * w.square) + x.square * v.square,
        .shared = a.shared * b.shared - 2 * (ax + a1 * x.shared) * (bv + b1 * w.shared) + x.shared * v.shared,
    };
}

static struct fl_sum scaled(struct fl_sum sum, double factor)
{
    return (struct fl_sum){ factor * sum.mean, factor * factor * sum.square, factor * factor * sum.shared };
}

static struct fl_sum signed_values(const struct fl_operand *operand)
{
    return (struct fl_sum){ operand->mean, operand->square, operand->shared };
}

/* The positive part of a symmetric operand: half the elements, half the square. */
static struct fl_sum positive_part(const struct fl_operand *operand)
{
    return (struct fl_sum){
        operand->magnitude / 2, operand->square / 2, (operand->shared_magnitude + operand->shared) / 4
    };
}

static void code_offset(struct fl_encoded *coded, const struct fl_coding *coding, const struct fl_operand *input,
                        const struct fl_operand *weight)
{
    double rx = coding->input_extinction, rw = coding->weight_extinction;
    struct fl_sum x = signed_values(input), w = affine(signed_values(weight), 0.5, 0.5);
    if (!input->non_negative)
        x = affine(x, 0.5, 0.5);
    struct fl_sum lit = affine(x, rx, 1 - rx), level = affine(w, rw, 1 - rw);
    coded->net = product(lit, level);
    coded->light = coded->pass_light = coded->net.mean;
    coded->lit = lit.mean;
    coded->drive = scaled(lit, (1 - rw) / 2);
    coded->level_square = 4;
    coded->full_scale = 1;

    double scale = input->non_negative ? 2 : 4, middle = coding->reference_row ? -0.5 : 0;
    coded->gain = scale;
    if (coding->extinction_left) {
        coded->slip = scaled(difference(x, rx, 1 - rx, w, rw + middle, 1 - rw, middle), scale);
        rw = rx = 0;
    }
    coded->gain /= (1 - rx) * (1 - rw);
    coded->common_mode = coded->net;
    if (coding->reference_row) {
        double share = (1 + rw) / 2;        /* of its count that is taken off the others' */
        coded->reference = share * share;
        coded->reference_net = lit;
        coded->reference_light = lit.mean;
        coded->common_mode = product(lit, affine(level, -share, 1));
    }
}

static void code_dual_rail(struct fl_encoded *coded, const struct fl_coding *coding, const struct fl_operand *input,
                           const struct fl_operand *weight)
{
    double rx = coding->input_extinction, rw = coding->weight_extinction;
    struct fl_sum x = input->non_negative ? signed_values(input) : positive_part(input);
    struct fl_sum w = signed_values(weight), lit = affine(x, rx, 1 - rx);
    double passes = coded->passes, rails = 2 * rw + (1 - rw) * weight->magnitude;
    coded->net = product(lit, scaled(w, 1 - rw));
    coded->common_mode = coded->net;
    coded->pass_light = lit.mean * rails;
    coded->light = passes * coded->pass_light;
    coded->lit = passes * 2 * lit.mean;
    coded->drive = scaled(input->non_negative ? lit : scaled(signed_values(input), 1 - rx), 1 - rw);
    coded->level_square = 2;
    coded->full_scale = 1;
    coded->bipolar = true;
    coded->gain = 1 / ((1 - rx) * (1 - rw));
    if (coding->extinction_left) {
        coded->gain = 1;
        double floor = input->non_negative ? rx : 0;    /* two passes subtract the inputs' floor */
        coded->slip = difference(signed_values(input), floor, 1 - rx, w, 0, 1 - rw, 0);
    }
}

static void code_balanced(struct fl_encoded *coded, const struct fl_coding *coding, const struct fl_operand *input,
                          const struct fl_operand *weight)
{
    double rx = coding->input_extinction, swing = fl_sign_swing(coding->weight_extinction);
    struct fl_sum x = input->non_negative ? signed_values(input) : positive_part(input);
    struct fl_sum w = signed_values(weight), lit = affine(x, rx, 1 - rx);
    coded->net = product(lit, scaled(w, swing));
    coded->common_mode = coded->net;
    coded->pass_light = lit.mean;
    coded->light = coded->lit = coded->passes * lit.mean;
    coded->drive = scaled(input->non_negative ? lit : scaled(signed_values(input), 1 - rx), swing);
    coded->level_square = 4;
    coded->full_scale = swing;
    coded->bipolar = true;
    coded->gain = 1 / ((1 - rx) * swing);
    if (coding->extinction_left) {
        coded->gain = 1;
        double floor = input->non_negative ? rx : 0;    /* two passes subtract the inputs' floor */
        coded->slip = difference(signed_values(input), floor, 1 - rx, w, 0, swing, 0);
    }
}

double fl_best_oscillator(enum fl_sign_encoding sign, const struct fl_operand *input, const struct fl_operand *weight)
{
    return fl_signs[sign].meets ? input->square / weight->square : input->square * weight->square;
}

double fl_encoded_full(const struct fl_coding *coding)
{
    return fl_signs[coding->sign].meets ? 1 + coding->oscillator : 1;
}

/* Fields that beat: with an oscillator that nothing dims, or with a beam that carries the weights. */
static void code_coherent(struct fl_encoded *coded, const struct fl_coding *coding, const struct fl_operand *input,
                          const struct fl_operand *weight)
{
    double rx = coding->input_extinction, rw = coding->weight_extinction, oscillator = coding->oscillator;
    fl_assert(oscillator > 0);
    double field = sqrt((1 - rx) * (1 - rw)), beat = 2 * sqrt(oscillator);
    double lit = rx + (1 - rx) * input->square, through = rw + (1 - rw) * weight->square;
    coded->net = scaled(product(signed_values(input), signed_values(weight)), beat * field);
    coded->common_mode = coded->net;
    bool meets = fl_signs[coding->sign].meets;
    coded->light = coded->pass_light = meets ? lit + oscillator * through : lit * through + oscillator;
    coded->lit = meets ? coded->light : lit + oscillator;
    coded->drive = scaled(signed_values(input), beat * field);
    coded->level_square = 1;
    coded->full_scale = beat * field;
    coded->bipolar = true;
    coded->gain = 1 / (beat * field);
    if (coding->extinction_left) {
        coded->gain = 1 / beat;
        coded->slip = difference(signed_values(input), 0, sqrt(1 - rx), signed_values(weight), 0, sqrt(1 - rw), 0);
    }
}

double fl_encoded_leak(const struct fl_coding *coding, double x, double w)
{
    double rx = coding->input_extinction, rw = coding->weight_extinction;
    return (rx + (1 - rx) * x * x) * (rw + (1 - rw) * w * w) - (1 - rx) * (1 - rw) * x * x * w * w;
}

static void code_intensity(struct fl_encoded *coded, const struct fl_coding *coding, const struct fl_operand *input,
                           const struct fl_operand *weight)
{
    double rx = coding->input_extinction, passed = (1 - rx) * (1 - coding->weight_extinction);
    coded->net = scaled(product(signed_values(input), signed_values(weight)), sqrt(passed));
    coded->common_mode = coded->net;
    coded->leak = fl_encoded_leak(coding, sqrt(input->square), sqrt(weight->square));   /* linear in squares of each */
    coded->light = coded->pass_light = coded->net.square + coded->leak;
    coded->lit = rx + (1 - rx) * input->square;
    coded->full_scale = passed;
    coded->gain = coding->extinction_left ? 1 : 1 / passed;
}

double fl_encoded_light(const struct fl_encoded *coded, const struct fl_coding *coding, double length)
{
    if (!fl_signs[coding->sign].squares)
        return coded->light;
    return (coded->light + (length - 1) * coded->net.shared) / length;
}

double fl_encoded_gain(const struct fl_encoded *coded, const struct fl_coding *coding, double length)
{
    return fl_signs[coding->sign].squares ? coded->gain * length : coded->gain;
}

double fl_encoded_variance(const struct fl_coding *coding, const struct fl_operand *input,
                           const struct fl_operand *weight, double length)
{
    return fl_signs[coding->sign].squares ? fl_squared_variance(input, weight, length)
                                          : fl_output_variance(input, weight, length);
}

struct fl_encoded fl_encode(const struct fl_coding *coding, const struct fl_operand *input,
                        const struct fl_operand *weight)
{
    fl_assert(coding->input_extinction >= 0 && coding->input_extinction < 1);
    fl_assert(coding->weight_extinction >= 0 && coding->weight_extinction < 1);
    struct fl_encoded coded = {
        .rows = fl_signs[coding->sign].rows,
        .passes = fl_sign_passes(coding->sign, input->non_negative),
        .detectors = fl_signs[coding->sign].detectors,
    };
    if (coding->sign == FL_SIGN_OFFSET)
        code_offset(&coded, coding, input, weight);
    else if (coding->sign == FL_SIGN_DUAL_RAIL)
        code_dual_rail(&coded, coding, input, weight);
    else if (fl_signs[coding->sign].beats)
        code_coherent(&coded, coding, input, weight);
    else if (coding->sign == FL_SIGN_INTENSITY)
        code_intensity(&coded, coding, input, weight);
    else
        code_balanced(&coded, coding, input, weight);
    return coded;
}

double fl_decode(const struct fl_coding *coding, bool non_negative, const struct fl_sums *sums)
{
    double d = sums->length, sum = sums->counts;
    double rx = coding->extinction_left ? 0 : coding->input_extinction;
    double rw = coding->extinction_left ? 0 : coding->weight_extinction;
    if (fl_signs[coding->sign].beats)
        return sum / (2 * sqrt(coding->oscillator * (1 - rx) * (1 - rw)));
    if (coding->sign == FL_SIGN_INTENSITY)
        return (sum * d - (coding->extinction_left ? 0 : sums->leaked)) / ((1 - rx) * (1 - rw));
    if (coding->sign == FL_SIGN_BALANCED)
        return (sum / fl_sign_swing(rw) - (non_negative ? rx * sums->weights : 0)) / (1 - rx);
    if (coding->sign == FL_SIGN_DUAL_RAIL)
        return (sum / (1 - rw) - (non_negative ? rx * sums->weights : 0)) / (1 - rx);

    double levels_x = non_negative ? sums->inputs : (sums->inputs + d) / 2, levels_w = (sums->weights + d) / 2;
    if (coding->reference_row)
        levels_x = (sums->lit - rx * d) / (1 - rx);
    double products = (sum - rw * (rx * d + (1 - rx) * levels_x)) / (1 - rw);      /* sum of x' w~ */
    products = (products - rx * levels_w) / (1 - rx);                              /* sum of x~ w~ */
    return non_negative ? 2 * products - levels_x : 4 * products - 2 * levels_x - 2 * levels_w + d;
}

/* Variance of y by shot noise at level 1; it falls as 1 / level. */
static double shot_variance(const struct fl_encoded *coded, const struct fl_coding *coding, double length)
{
    double gain = fl_encoded_gain(coded, coding, length), light = fl_encoded_light(coded, coding, length);
    return gain * gain * length * (light + coded->reference * coded->reference_light);
}

static struct fl_budget budget(const struct fl_encoded *coded, const struct fl_coding *coding, double length,
                               double level, double error)
{
    return (struct fl_budget){
        .level = level,
        .photons = level * length,
        .detected_per_mac = level * fl_encoded_light(coded, coding, length),
        .lit_per_mac = level * coded->lit,
        .error = error,
    };
}

struct fl_budget fl_budget_signal(const struct fl_coding *coding, const struct fl_operand *input,
                                  const struct fl_operand *weight, double length, double error)
{
    fl_assert(error > 0 && length >= 1);
    struct fl_encoded coded = fl_encode(coding, input, weight);
    double wanted = error * error * fl_encoded_variance(coding, input, weight, length);
    return budget(&coded, coding, length, shot_variance(&coded, coding, length) / wanted, error);
}

struct fl_budget fl_budget_full_scale(const struct fl_coding *coding, const struct fl_operand *input,
                                      const struct fl_operand *weight, double length, double photons)
{
    fl_assert(photons > 0 && length >= 1);
    struct fl_encoded coded = fl_encode(coding, input, weight);
    double level = photons / length, variance = shot_variance(&coded, coding, length) / level;
    double spread = fl_encoded_variance(coding, input, weight, length);
    return budget(&coded, coding, length, level, sqrt(variance / spread));
}
