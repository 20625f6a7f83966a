/* precision.c - the error budget of one output. */
#include "phys/precision.h"

#include <math.h>

#include "base/err.h"
#include "phys/squared.h"

const char *const fl_term_names[] = {
    "shot", "dark", "read", "ktc", "amplifier", "intensity",
    "adc", "clipping", "input_bits", "weight_bits", "extinction", "weight_level", "crosstalk", "channels",
    "systematic", NULL
};

static double square(double x)
{
    return x * x;
}

static int at_least_one(int count)
{
    return count > 1 ? count : 1;
}

static double level(const struct fl_precision_ask *ask)
{
    return ask->photons / ask->length;
}

int fl_precision_level_bits(bool has_sign, int bits)
{
    if (bits == 0 || !has_sign)
        return bits;
    fl_assert(bits >= 2);
    return bits - 1;
}

static bool squares(const struct fl_precision_ask *ask)
{
    return fl_signs[ask->coding.sign].squares;
}

/* Noise of one detection besides shot and intensity noise; dark current flows in every detector of a pair. */
static struct fl_noise dark_receiver(const struct fl_precision_ask *ask)
{
    struct fl_noise noise = fl_noise_at(&ask->receiver, 0);
    double more = noise.dark * (fl_signs[ask->coding.sign].detectors - 1);
    noise.dark += more;
    noise.total += more;
    return noise;
}

/* Mean square of what intensity noise multiplies, in a sum of n counts. */
static double flickering(const struct fl_precision_ask *ask, const struct fl_encoded *coded, const struct fl_sum *sum,
                         double n)
{
    double leaked = coded->leak * n, passed = coded->full_scale;
    if (squares(ask))
        return (square(passed) * fl_squared_square(&ask->input, &ask->weight, n)
                + 2 * passed * leaked * fl_squared_mean(&ask->input, &ask->weight, n) + square(leaked)) / square(n);
    return ask->emitters_apart ? n * sum->square : fl_sum_square(sum, n);
}

/* Variance of what an ADC is given: products, light and receiver. What neighbours and errors of levels add is left
 * out. */
static double count_variance(const struct fl_precision_ask *ask, const struct fl_encoded *coded, bool reference)
{
    const struct fl_sum *net = reference ? &coded->reference_net : &coded->net;
    double light = reference ? coded->reference_light : coded->pass_light;
    double n = ask->length / at_least_one(ask->tiles), p = level(ask);
    double products = squares(ask) ? square(coded->full_scale / n) * fl_squared_variance(&ask->input, &ask->weight, n)
                                   : fl_sum_variance(net, n);
    if (squares(ask))
        light = fl_encoded_light(coded, &ask->coding, n);
    double rin = fl_noise_rin_share(ask->receiver.rin_db_per_hz, ask->receiver.integration_ps);
    return p * p * (products + rin * flickering(ask, coded, net, n)) + p * n * light + dark_receiver(ask).total;
}

/* Squares begin at nothing, and their range lower by what noise of receivers asks for. */
static struct fl_adc_range range_of_squares(const struct fl_precision_ask *ask, const struct fl_encoded *coded)
{
    double n = ask->length, p = level(ask), foot = 4 * sqrt(dark_receiver(ask).total), top = p * n * coded->full_scale;
    if (ask->adc_sigmas > 0)
        top = p * n * fl_encoded_light(coded, &ask->coding, n)
              + ask->adc_sigmas * sqrt(count_variance(ask, coded, false));
    return (struct fl_adc_range){ -foot, top + foot };
}

struct fl_adc_range fl_precision_range(const struct fl_precision_ask *ask, bool reference)
{
    struct fl_encoded coded = fl_encode(&ask->coding, &ask->input, &ask->weight);
    double n = ask->length / at_least_one(ask->tiles), p = level(ask);
    if (squares(ask))
        return range_of_squares(ask, &coded);
    if (ask->adc_sigmas <= 0) {
        double full = p * n * coded.full_scale;
        return (struct fl_adc_range){ coded.bipolar ? -full : 0, coded.bipolar ? 2 * full : full };
    }
    double mean = p * n * (reference ? coded.reference_net.mean : coded.net.mean);
    double half = ask->adc_sigmas * sqrt(count_variance(ask, &coded, reference));
    return (struct fl_adc_range){ mean - half, 2 * half };
}

/* Mean square of what a range cuts off of squares, noise apart. */
static double cut_of_squares(const struct fl_precision_ask *ask, const struct fl_encoded *coded,
                             struct fl_adc_range range)
{
    double n = ask->length, p = level(ask), top = range.low + range.span - p * coded->leak;
    double mean = p / n * coded->full_scale * fl_squared_mean(&ask->input, &ask->weight, n);
    return square(mean) * fl_squared_clipping(top / mean);
}

/* Mean square error of all of an output's conversions, electrons^2: rounding, and clipping of normal values. */
static void converter_terms(const struct fl_precision_ask *ask, const struct fl_encoded *coded, double detections,
                            double term[FL_TERMS])
{
    double share[2] = { coded->passes * detections, coded->reference * detections };
    for (int reference = 0; reference < 2; reference++) {
        struct fl_adc_range range = fl_precision_range(ask, reference);
        term[FL_TERM_ADC] += share[reference] * fl_adc_rounding(range, ask->output_bits);
        if (ask->adc_sigmas > 0) {
            double sigma = range.span / (2 * ask->adc_sigmas);
            double cut = squares(ask) ? cut_of_squares(ask, coded, range)
                                      : square(sigma) * fl_adc_clipping(ask->adc_sigmas);
            term[FL_TERM_CLIPPING] += share[reference] * cut;
        }
    }
}

/* Terms that arise at detectors and converters, shot noise apart, in electrons^2 summed over the tiles and passes of an
 * output. */
static void detection_terms(const struct fl_precision_ask *ask, const struct fl_encoded *coded, double term[FL_TERMS])
{
    double p = level(ask), tiles = at_least_one(ask->tiles), n = ask->length / tiles;
    double counts = (coded->passes + coded->reference) * tiles;
    struct fl_noise noise = dark_receiver(ask);
    double rin = fl_noise_rin_share(ask->receiver.rin_db_per_hz, ask->receiver.integration_ps);
    term[FL_TERM_DARK] = counts * noise.dark;
    term[FL_TERM_READ] = counts * noise.read;
    term[FL_TERM_KTC] = counts * noise.ktc;
    term[FL_TERM_AMPLIFIER] = counts * noise.amplifier;
    term[FL_TERM_INTENSITY] = rin * square(p) * coded->passes * tiles * flickering(ask, coded, &coded->common_mode, n);
    converter_terms(ask, coded, tiles, term);
}

/* Rounding variance of an operand's values: a step of the physical level is twice as much value where [-1, 1] is mapped
 * onto it. */
static double rounding(enum fl_sign_encoding sign, int bits, int slices, bool non_negative)
{
    double scale = sign == FL_SIGN_OFFSET && !non_negative ? 2 : 1;
    return square(scale) * fl_bits_rounding(bits * at_least_one(slices));
}

static double slice_noise(int bits, int slices)
{
    return slices > 1 ? fl_slices_noise(bits, slices) : 1;
}

/* Bits of magnitude of either operand's devices. */
static int input_bits(const struct fl_precision_ask *ask)
{
    return fl_precision_level_bits(fl_signs[ask->coding.sign].signed_inputs, ask->input_bits);
}

static int weight_bits(const struct fl_precision_ask *ask)
{
    return fl_precision_level_bits(fl_signs[ask->coding.sign].signed_weights, ask->weight_bits);
}

/* From end to end of the count's range, with the noise at its top (sine: half way up); tiles add their noise. */
static double full_scale_bits(const struct fl_precision_ask *ask, const struct fl_encoded *coded)
{
    double tiles = at_least_one(ask->tiles), top = ask->photons * coded->full_scale;
    double at = ask->convention == FL_BITS_SINE ? 0.5 : 1, light = at * top;
    if (fl_signs[ask->coding.sign].meets)       /* both beams dimmed alike */
        light = ask->photons * at * (1 + ask->coding.oscillator);
    else if (fl_signs[ask->coding.sign].beats)
        light = ask->photons * (at * at + ask->coding.oscillator);
    if (ask->coding.sign == FL_SIGN_BALANCED)
        light = ask->photons * at;      /* whatever the weights */
    double rin = fl_noise_rin_share(ask->receiver.rin_db_per_hz, ask->receiver.integration_ps);
    double adc = fl_adc_rounding(fl_precision_range(ask, false), ask->output_bits);
    double flicker = rin * square(at * top) / (ask->emitters_apart ? ask->length : tiles);
    double variance = light + flicker + tiles * (dark_receiver(ask).total + adc);
    double full = coded->bipolar ? 2 * top : top, factor = ask->convention == FL_BITS_LEVELS ? 1 : 12;
    return log2(square(full) / (factor * variance)) / 2;
}

/* Slices of an operand that are alike: the top one, and the lower ones, whose digits fall anywhere. */
struct slices {
    struct fl_operand operand;
    double count, noise;                /* noise: sum of their weights squared in the value */
};

/* The top digit t of values v = a t + low, where low falls anywhere in [0, 1 - a]; of magnitudes, if v has a sign. */
static struct fl_operand top_digit(const struct fl_operand *operand, double a)
{
    struct fl_operand top = *operand;
    double low = (1 - a) / 2, low_square = (1 - a) * (1 - a) / 3;
    top.magnitude = fmax(0, (operand->magnitude - low) / a);
    top.square = fmax(0, (operand->square - low_square) / a - 2 * low * top.magnitude) / a;
    if (operand->non_negative)
        top.mean = top.magnitude;
    return top;
}

static void group_slices(struct slices group[2], const struct fl_operand *operand, int bits, int slices)
{
    struct fl_draw anywhere = { .shape = FL_SHAPE_UNIFORM, .non_negative = operand->non_negative };
    double a = slices > 1 ? fl_slices_weight(bits, slices, slices - 1) : 1;
    double all = slices > 1 ? fl_slices_noise(bits, slices) : 1;
    group[0] = (struct slices){ top_digit(operand, a), 1, a * a };
    group[1] = (struct slices){ fl_operand_of(&anywhere), at_least_one(slices) - 1, all - a * a };
}

/* Adds up the light of all pairs of slices, and the variance of an output by its shot noise, electrons^2. */
static double slice_light(const struct fl_precision_ask *ask, struct fl_budget *light)
{
    struct slices input[2], weight[2];
    group_slices(input, &ask->input, input_bits(ask), ask->input_slices);
    group_slices(weight, &ask->weight, weight_bits(ask), ask->weight_slices);
    double p = level(ask), shot = 0;
    light->detected_per_mac = light->lit_per_mac = 0;
    double taken = ask->channels.count > 1 && ask->coding.sign == FL_SIGN_DUAL_RAIL     /* else it changes places */
                       ? fl_channels_sums(&ask->channels).all / (double)ask->channels.count : 0;
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            struct fl_encoded coded = fl_encode(&ask->coding, &input[i].operand, &weight[j].operand);
            double pairs = input[i].count * weight[j].count;
            double detected = fl_encoded_light(&coded, &ask->coding, ask->length) * (1 + taken);
            light->detected_per_mac += pairs * p * detected;
            light->lit_per_mac += pairs * p * coded.lit;
            shot += input[i].noise * weight[j].noise * p * ask->length
                    * (detected + coded.reference * coded.reference_light);
        }
    }
    return shot;
}

/* Mean square of what weights take of their neighbours' inputs, over the level. */
static double channels_taken(const struct fl_precision_ask *ask, const struct fl_sum *drive)
{
    if (ask->channels.count < 2)
        return 0;
    const struct fl_channel_sums s = fl_channels_sums(&ask->channels);
    double banks = ask->length / (double)ask->channels.count, own = drive->square - drive->shared;
    double apart = banks * (own * s.squares + drive->shared * s.rows);          /* weights that differ */
    double alike = banks * own * s.rows + square(banks * s.all) * drive->shared;    /* what all of them share */
    return (ask->weight.square - ask->weight.shared) * apart + ask->weight.shared * alike;
}

/* Moments of a product of two sums of inputs: of what a weight of 1 adds to an output, a + b x, and of what it should
 * add, x (offset, signed inputs: 1 + x, of which the sums kept digitally take 1). */
static struct fl_sum meant_drive(const struct fl_precision_ask *ask, const struct fl_sum *drive)
{
    const struct fl_operand *x = &ask->input;
    double spread = x->square - square(x->mean);
    double b = spread > 0 ? sqrt(fmax(0, drive->square - square(drive->mean)) / spread) : 0;
    double a = drive->mean - b * x->mean, more = ask->coding.sign == FL_SIGN_OFFSET && !x->non_negative ? 1 : 0;
    double sums = more * a + (a + more * b) * x->mean;
    return (struct fl_sum){ 0, sums + b * x->square, sums + b * x->shared };
}

/* What neighbours add and what extinction leaves go the same way: both are in step with the output. Twice the mean of
 * their product, in products of peaks squared. */
static double crosstalk_in_step(const struct fl_precision_ask *ask, const struct fl_encoded *coded)
{
    if (!ask->coding.extinction_left)
        return 0;
    const struct fl_sum *drive = &coded->drive, meant = meant_drive(ask, drive);
    double n = ask->length, own = ask->weight.square, shared = ask->weight.shared;
    double done = n * drive->square * own + n * (n - 1) * drive->shared * shared;
    double wanted = n * meant.square * own + n * (n - 1) * meant.shared * shared;
    return 2 * ask->crosstalk * coded->gain * (wanted - coded->gain * done);
}

/* Terms that arise at the weights and between neighbours, in products of peaks squared. */
static void device_terms(const struct fl_precision_ask *ask, const struct fl_encoded *coded, double weight_slices,
                         double term[FL_TERMS])
{
    double n = ask->length, gain = square(coded->gain), w = ask->weight.mean;
    const struct fl_sum *drive = &coded->drive;
    struct fl_sum own = {drive->mean * w, drive->square * ask->weight.square, drive->shared * ask->weight.shared};
    struct fl_sum both = {drive->mean * w, drive->square * w * w, drive->shared * w * w};
    term[FL_TERM_WEIGHT_LEVEL] = gain * square(ask->weight_error) * coded->level_square * n * drive->square
                                 * weight_slices;
    term[FL_TERM_CROSSTALK] = 1.5 * gain * square(ask->crosstalk) * (fl_sum_square(&own, n) - fl_sum_square(&both, n));
    term[FL_TERM_CROSSTALK] = fmax(0, term[FL_TERM_CROSSTALK] + crosstalk_in_step(ask, coded));
    term[FL_TERM_CHANNELS] = gain * channels_taken(ask, drive);
    term[FL_TERM_SYSTEMATIC] = square(ask->systematic) * fl_output_variance(&ask->input, &ask->weight, n);
}

/* Terms of errors in what is set, and of neighbours, where an output is the square of a sum. */
static void square_terms(const struct fl_precision_ask *ask, const struct fl_encoded *coded, double term[FL_TERMS])
{
    const struct fl_operand *x = &ask->input, *w = &ask->weight;
    double n = ask->length, all = fl_squared_square(x, w, n), leaked = coded->leak * n, missing = 1 - coded->full_scale;
    double input = rounding(ask->coding.sign, input_bits(ask), 1, x->non_negative);
    term[FL_TERM_INPUT_BITS] = fl_squared_error(w, x, n, input);
    term[FL_TERM_WEIGHT_BITS] = fl_squared_error(x, w, n, rounding(ask->coding.sign, weight_bits(ask), 1, false));
    term[FL_TERM_WEIGHT_LEVEL] = fl_squared_error(x, w, n, square(ask->weight_error));
    if (ask->coding.extinction_left)
        term[FL_TERM_EXTINCTION] = square(missing) * all - 2 * missing * leaked * fl_squared_mean(x, w, n)
                                   + square(leaked);
    term[FL_TERM_CROSSTALK] = 1.5 * square(ask->crosstalk) * (all - fl_squared_shared(x, w, n));
    term[FL_TERM_SYSTEMATIC] = square(ask->systematic) * fl_squared_variance(x, w, n);
}

/* Terms of the output, in products of peaks squared. */
static void output_terms(const struct fl_precision_ask *ask, const struct fl_encoded *coded, struct fl_budget *light,
                         double term[FL_TERMS])
{
    enum fl_sign_encoding sign = ask->coding.sign;
    detection_terms(ask, coded, term);
    double weight_slices = slice_noise(weight_bits(ask), ask->weight_slices);
    double slices = slice_noise(input_bits(ask), ask->input_slices) * weight_slices;
    double refer = square(fl_encoded_gain(coded, &ask->coding, ask->length) / level(ask));
    for (int i = FL_TERM_DARK; i <= FL_TERM_CLIPPING; i++)
        term[i] *= refer * slices;
    term[FL_TERM_SHOT] = refer * slice_light(ask, light);
    if (squares(ask)) {
        square_terms(ask, coded, term);
        return;
    }
    double input = rounding(sign, input_bits(ask), ask->input_slices, ask->input.non_negative);
    double weight = rounding(sign, weight_bits(ask), ask->weight_slices, false);
    term[FL_TERM_INPUT_BITS] = ask->length * input * ask->weight.square;
    term[FL_TERM_WEIGHT_BITS] = ask->length * weight * (ask->input.square + input);
    term[FL_TERM_EXTINCTION] = fl_sum_square(&coded->slip, ask->length);
    device_terms(ask, coded, weight_slices, term);
}

struct fl_precision fl_precision_predict(const struct fl_precision_ask *ask)
{
    fl_assert(ask->length >= 1 && ask->photons > 0);
    fl_assert(!ask->emitters_apart || !fl_signs[ask->coding.sign].phased);      /* they have no phase in common */
    const struct fl_sign_need *need = &fl_signs[ask->coding.sign];
    fl_assert(ask->channels.count < 2 || (need->detectors == 2 && !need->phased));
    fl_assert(!squares(ask) || (ask->tiles <= 1 && ask->input_slices <= 1 && ask->weight_slices <= 1));
    struct fl_encoded coded = fl_encode(&ask->coding, &ask->input, &ask->weight);
    double slices = at_least_one(ask->input_slices) * at_least_one(ask->weight_slices);
    double variance = fl_encoded_variance(&ask->coding, &ask->input, &ask->weight, ask->length);
    struct fl_precision answer = {
        .spread = sqrt(variance),
        .detections = at_least_one(ask->tiles) * coded.passes * slices,
        .rows = coded.rows * at_least_one(ask->weight_slices),
        .light = { .level = level(ask), .photons = ask->photons },
    };
    output_terms(ask, &coded, &answer.light, answer.term);

    double sum = 0;
    for (int i = 0; i < FL_TERMS; i++) {
        answer.term[i] /= variance;
        sum += answer.term[i];
        if (answer.term[i] > answer.term[answer.limit])
            answer.limit = (enum fl_term)i;
    }
    answer.error = sqrt(sum);
    answer.light.error = sqrt(answer.term[FL_TERM_SHOT]);
    answer.bits_of_spread = fl_error_bits(answer.error, ask->convention);
    answer.bits_of_full_scale = full_scale_bits(ask, &coded);
    double step = fl_precision_range(ask, false).span * exp2(-ask->output_bits);
    answer.adc_steps = ask->output_bits > 0 ? sqrt(count_variance(ask, &coded, false)) / step : INFINITY;
    return answer;
}
