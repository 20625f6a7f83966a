/* test_phys_precision.c - encodings, budgets and error terms; the prediction against a Monte Carlo of the whole chain.
 *
 * Tolerance of the Monte Carlo: 4 standard errors of the measured rms, each sqrt((kurtosis - 1) / (4 n)) relative,
 * about 6 % in all for the n = 2000 outputs drawn. Seeds are fixed, so the outcome is too.
 */
#include <math.h>

#include "phys/montecarlo.h"
#include "phys/squared.h"
#include "tests/suites.h"

static void agrees(double got, double want, double relative)
{
    ck_assert_double_le(fabs(got - want), fabs(want) * relative);
}

START_TEST(rows_and_passes)
{
    ck_assert_int_eq(fl_signs[FL_SIGN_OFFSET].rows, 1);
    ck_assert_int_eq(fl_signs[FL_SIGN_DUAL_RAIL].rows, 2);
    ck_assert_int_eq(fl_signs[FL_SIGN_COHERENT].rows, 1);
    for (int sign = 0; sign < FL_SIGNS; sign++)
        ck_assert_int_eq(fl_sign_passes((enum fl_sign_encoding)sign, true), 1);
    ck_assert_int_eq(fl_sign_passes(FL_SIGN_OFFSET, false), 1);
    ck_assert_int_eq(fl_sign_passes(FL_SIGN_DUAL_RAIL, false), 2);
    ck_assert_int_eq(fl_sign_passes(FL_SIGN_COHERENT, false), 1);
    ck_assert_int_eq(fl_sign_passes(FL_SIGN_BALANCED, false), 2);
    ck_assert_int_eq(fl_signs[FL_SIGN_BALANCED].rows, 1);
    ck_assert_int_eq(fl_signs[FL_SIGN_BALANCED].detectors, 2);
    ck_assert_int_eq(fl_signs[FL_SIGN_OFFSET].detectors, 1);
    ck_assert_int_eq(fl_signs[FL_SIGN_DUAL_RAIL].detectors, 2);
    ck_assert_int_eq(fl_signs[FL_SIGN_COHERENT].detectors, 2);
    ck_assert_int_eq(fl_sign_passes(FL_SIGN_INTENSITY, false), 1);
    ck_assert_int_eq(fl_signs[FL_SIGN_INTENSITY].rows, 1);
    ck_assert_int_eq(fl_signs[FL_SIGN_INTENSITY].detectors, 1);
    ck_assert_int_eq(fl_sign_passes(FL_SIGN_HOMODYNE, false), 1);
    ck_assert_int_eq(fl_signs[FL_SIGN_HOMODYNE].rows, 1);
    ck_assert_int_eq(fl_signs[FL_SIGN_HOMODYNE].detectors, 2);
}
END_TEST

/* The closed forms of phys/encoding.h, from the moments. */
START_TEST(closed_forms_of_the_signal_budget)
{
    double error = 0.02, length = 1000, e2 = error * error;
    for (int statistics = FL_STAT_ZERO_MEAN; statistics <= FL_STAT_NON_NEGATIVE; statistics++) {
        struct fl_draw input, weight;
        fl_draw_named((enum fl_statistics)statistics, 3, 0.1, &input, &weight);
        struct fl_operand x = fl_operand_of(&input), w = fl_operand_of(&weight);
        double q = x.square * w.square, v = fl_output_variance(&x, &w, length) / (length * q);
        if (statistics != FL_STAT_COMMON)
            agrees(v, 1, 1e-9);

        struct fl_coding offset = { .sign = FL_SIGN_OFFSET }, rails = { .sign = FL_SIGN_DUAL_RAIL };
        double level = x.non_negative ? x.mean : 1;
        agrees(fl_budget_signal(&offset, &x, &w, length, error).detected_per_mac, level * level / (q * e2 * v), 1e-9);
        agrees(fl_budget_signal(&rails, &x, &w, length, error).detected_per_mac,
               x.magnitude * x.magnitude * w.magnitude * w.magnitude / (q * e2 * v), 1e-9);
        struct fl_coding balanced = { .sign = FL_SIGN_BALANCED };
        agrees(fl_budget_signal(&balanced, &x, &w, length, error).detected_per_mac,
               x.magnitude * x.magnitude / (q * e2 * v), 1e-9);
        for (double oscillator = q / 4; oscillator < 5 * q; oscillator *= 2) {
            struct fl_coding coherent = { .sign = FL_SIGN_COHERENT, .oscillator = oscillator };
            double sum = q + oscillator;
            agrees(fl_budget_signal(&coherent, &x, &w, length, error).detected_per_mac,
                   sum * sum / (4 * q * oscillator * e2 * v), 1e-9);
        }
        for (double beam = 0.2; beam < 5; beam *= 2) {
            struct fl_coding homodyne = { .sign = FL_SIGN_HOMODYNE, .oscillator = beam };
            double sum = x.square + beam * w.square;
            agrees(fl_budget_signal(&homodyne, &x, &w, length, error).detected_per_mac,
                   sum * sum / (4 * beam * q * e2 * v), 1e-9);
        }
        for (int sign = FL_SIGN_COHERENT; sign < FL_SIGNS; sign++) {
            struct fl_coding best = { .sign = (enum fl_sign_encoding)sign };
            best.oscillator = fl_best_oscillator(best.sign, &x, &w);
            if (fl_signs[sign].beats)
                agrees(fl_budget_signal(&best, &x, &w, length, error).detected_per_mac, 1 / (e2 * v), 1e-9);
        }
        struct fl_coding intensity = { .sign = FL_SIGN_INTENSITY };
        if (statistics == FL_STAT_ZERO_MEAN)
            agrees(fl_budget_signal(&intensity, &x, &w, length, error).detected_per_mac, 1 / (2 * e2 * length), 1e-9);
    }
}
END_TEST

START_TEST(budgets_are_inverse)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_NON_NEGATIVE, 4, 0, &input, &weight);
    struct fl_operand x = fl_operand_of(&input), w = fl_operand_of(&weight);
    for (int sign = 0; sign < FL_SIGNS; sign++) {
        struct fl_coding coding = { .sign = (enum fl_sign_encoding)sign, .oscillator = 1, .input_extinction = 0.02,
                                    .weight_extinction = 0.01 };
        struct fl_budget wanted = fl_budget_signal(&coding, &x, &w, 512, 0.03);
        struct fl_budget got = fl_budget_full_scale(&coding, &x, &w, 512, wanted.photons);
        agrees(got.error, 0.03, 1e-12);
        agrees(got.detected_per_mac, wanted.detected_per_mac, 1e-12);
        agrees(got.photons, got.level * 512, 1e-12);
    }
}
END_TEST

/* Extinction, decoded: the signal shrinks by 1 - r and dark levels add light; it costs photons, not bias. */
START_TEST(extinction_costs_light)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_NON_NEGATIVE, 4, 0, &input, &weight);
    struct fl_operand x = fl_operand_of(&input), w = fl_operand_of(&weight);
    struct fl_coding perfect = { .sign = FL_SIGN_DUAL_RAIL }, leaky = perfect;
    leaky.weight_extinction = 0.02;                     /* smallest SLM level about 0.02: 50 : 1 */
    struct fl_budget without = fl_budget_signal(&perfect, &x, &w, 100, 0.02);
    struct fl_budget with = fl_budget_signal(&leaky, &x, &w, 100, 0.02);
    double magnitude = w.magnitude, rails = 0.04 + 0.98 * magnitude;
    agrees(with.level / without.level, rails / magnitude / (0.98 * 0.98), 1e-12);
    ck_assert_double_gt(with.level, without.level);

    struct fl_precision_ask ask = { .coding = leaky, .input = x, .weight = w, .length = 100, .photons = 1e6 };
    ck_assert_double_eq(fl_precision_predict(&ask).term[FL_TERM_EXTINCTION], 0);
    ask.coding.extinction_left = true;                  /* a pair cancels the floor and keeps the gain error */
    agrees(fl_precision_predict(&ask).term[FL_TERM_EXTINCTION], 0.02 * 0.02, 1e-9);
    ask.coding.sign = FL_SIGN_OFFSET;                   /* a single detector keeps both */
    struct fl_precision answer = fl_precision_predict(&ask);
    ck_assert_double_gt(answer.term[FL_TERM_EXTINCTION], 0.1);
    ck_assert_int_eq(answer.limit, FL_TERM_EXTINCTION);
}
END_TEST

START_TEST(reference_row_costs_half_as_much_again)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_ZERO_MEAN, 4, 0, &input, &weight);
    struct fl_operand x = fl_operand_of(&input), w = fl_operand_of(&weight);
    struct fl_coding digital = { .sign = FL_SIGN_OFFSET }, row = { .sign = FL_SIGN_OFFSET, .reference_row = true };
    agrees(fl_budget_signal(&row, &x, &w, 300, 0.02).level / fl_budget_signal(&digital, &x, &w, 300, 0.02).level, 1.5,
           1e-12);
}
END_TEST

START_TEST(bits_of_full_scale)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_NON_NEGATIVE, 4, 0, &input, &weight);
    struct fl_precision_ask ask = { .coding = { .sign = FL_SIGN_OFFSET }, .input = fl_operand_of(&input),
                                    .weight = fl_operand_of(&weight), .length = 768, .photons = 16384 };
    /* arXiv:2302.10360: SNR = sqrt(photons): 7 bits at 16,384 photons, whatever the operand length */
    ck_assert_double_eq_tol(fl_precision_predict(&ask).bits_of_full_scale, 7, 1e-12);
    ask.length = 12288;
    ck_assert_double_eq_tol(fl_precision_predict(&ask).bits_of_full_scale, 7, 1e-12);
    /* one detection: the same as the receiver alone, in each convention */
    ask.receiver = (struct fl_receiver){ .integration_ps = 100, .read_e = 80, .dark_na = 30, .rin_db_per_hz = -145 };
    ask.output_bits = 8;
    for (int c = FL_BITS_LEVELS; c <= FL_BITS_QUANTIZATION; c++) {
        ask.convention = (enum fl_bits_convention)c;
        double lsb = ask.photons / 256;
        ck_assert_double_eq_tol(fl_precision_predict(&ask).bits_of_full_scale,
                                fl_noise_bits(&ask.receiver, ask.photons, lsb * lsb / 12, ask.convention), 1e-9);
    }
    /* a pair has a range of both signs: one bit more of the same light */
    struct fl_precision_ask pair = { .coding = { .sign = FL_SIGN_DUAL_RAIL }, .input = ask.input, .weight = ask.weight,
                                     .length = 768, .photons = 16384 };
    ck_assert_double_eq_tol(fl_precision_predict(&pair).bits_of_full_scale, 8, 1e-12);
}
END_TEST

START_TEST(steps_of_the_adc)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_ZERO_MEAN, 4, 0, &input, &weight);
    struct fl_precision_ask ask = { .coding = { .sign = FL_SIGN_DUAL_RAIL }, .input = fl_operand_of(&input),
                                    .weight = fl_operand_of(&weight), .length = 256, .photons = 1e9 };
    ck_assert(isinf(fl_precision_predict(&ask).adc_steps));
    ask.output_bits = 7, ask.adc_sigmas = 4;            /* 8 sigma in 128 steps */
    agrees(fl_precision_predict(&ask).adc_steps, 16, 1e-9);
    ask.adc_sigmas = 0;                                 /* the whole range: a pass's spread is sqrt(d / 2) / 16 of d */
    agrees(fl_precision_predict(&ask).adc_steps, sqrt(128) / 16 / 512 * 128, 0.01);
}
END_TEST

START_TEST(what_limits)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_ZERO_MEAN, 4, 0, &input, &weight);
    struct fl_precision_ask ask = { .coding = { .sign = FL_SIGN_DUAL_RAIL }, .input = fl_operand_of(&input),
                                    .weight = fl_operand_of(&weight), .length = 256, .photons = 1e9 };
    ck_assert_int_eq(fl_precision_predict(&ask).limit, FL_TERM_SHOT);
    ask.weight_bits = 3;
    ck_assert_int_eq(fl_precision_predict(&ask).limit, FL_TERM_WEIGHT_BITS);
    ask.weight_bits = 8, ask.input_bits = 5;
    ck_assert_int_eq(fl_precision_predict(&ask).limit, FL_TERM_INPUT_BITS);
    ask.output_bits = 4;
    ck_assert_int_eq(fl_precision_predict(&ask).limit, FL_TERM_ADC);
    ask.receiver = (struct fl_receiver){ .integration_ps = 100, .amplifier_pa_per_rthz = 1e9 };
    struct fl_precision answer = fl_precision_predict(&ask);
    ck_assert_int_eq(answer.limit, FL_TERM_AMPLIFIER);
    double sum = 0;
    for (int i = 0; i < FL_TERMS; i++) {
        ck_assert_double_ge(answer.term[i], 0);
        ck_assert_ptr_nonnull(fl_term_names[i]);
        sum += answer.term[i];
    }
    ck_assert_ptr_null(fl_term_names[FL_TERMS]);
    agrees(answer.error * answer.error, sum, 1e-12);
    agrees(answer.bits_of_spread, fl_error_bits(answer.error, ask.convention), 1e-12);
}
END_TEST

START_TEST(tiles_and_slices_are_counted)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_ZERO_MEAN, 4, 0, &input, &weight);
    struct fl_precision_ask ask = { .coding = { .sign = FL_SIGN_DUAL_RAIL }, .input = fl_operand_of(&input),
                                    .weight = fl_operand_of(&weight), .length = 256, .photons = 1e6,
                                    .receiver = { .read_e = 10 } };
    struct fl_precision one = fl_precision_predict(&ask);
    ck_assert_double_eq(one.detections, 2);
    ask.tiles = 8;
    struct fl_precision tiled = fl_precision_predict(&ask);
    ck_assert_double_eq(tiled.detections, 16);
    agrees(tiled.term[FL_TERM_READ], 8 * one.term[FL_TERM_READ], 1e-12);
    agrees(tiled.term[FL_TERM_SHOT], one.term[FL_TERM_SHOT], 1e-12);   /* the same photons, counted in parts */
    ask.input_bits = ask.weight_bits = 4;
    ask.input_slices = 2, ask.weight_slices = 3;
    struct fl_precision sliced = fl_precision_predict(&ask);
    ck_assert_double_eq(sliced.detections, 96);
    ck_assert_int_eq(sliced.rows, 6);
    ck_assert_double_gt(sliced.light.detected_per_mac, 5 * tiled.light.detected_per_mac);
}
END_TEST

/* ---- the Monte Carlo ---- */

enum { SAMPLES = 2000, LENGTH = 64, CODINGS = FL_SIGNS, STATISTICS = 3, STAGES = 11, SEEDS = 9 };
#define CHOSEN_SIGMAS 4.0

/* Each stage adds an imperfection to the ones before. */
static void stage(struct fl_precision_ask *ask, int last)
{
    static const struct fl_receiver receiver = {
        .integration_ps = 1000, .dark_na = 50, .read_e = 20, .capacitance_ff = 5, .temperature_k = 300,
        .rin_db_per_hz = -125, .amplifier_pa_per_rthz = 1,
    };
    if (last >= 1)
        ask->input_bits = 5, ask->weight_bits = 6;
    if (last >= 2)
        ask->coding.input_extinction = 0.02, ask->coding.weight_extinction = 0.05;
    if (last >= 3)
        ask->receiver = receiver;
    bool squares = fl_signs[ask->coding.sign].squares;  /* a hundredth of full scale, of one tile and digit */
    if (last >= 4)
        ask->output_bits = squares ? 14 : 7, ask->tiles = squares ? 1 : 4;
    if (last == 5)
        ask->adc_sigmas = 2.5;
    if (last >= 6)
        ask->coding.reference_row = true;
    if (last >= 7)
        ask->coding.extinction_left = true;
    if (last >= 8 && !squares)
        ask->input_bits = 3, ask->input_slices = 2, ask->weight_bits = 4, ask->weight_slices = 2;
    if (last >= 9)
        ask->weight_error = 0.03, ask->crosstalk = 0.06, ask->systematic = 0.05;
    if (last >= 10)
        ask->emitters_apart = !fl_signs[ask->coding.sign].phased;
}

static struct fl_precision_ask chain_to_check(int coding, int statistics, int last, struct fl_draw *input,
                                              struct fl_draw *weight)
{
    fl_draw_named((enum fl_statistics)statistics, 3.5, 0.2, input, weight);
    struct fl_precision_ask ask = { .coding = { .sign = (enum fl_sign_encoding)coding, .oscillator = 0.5 },
                                    .length = LENGTH, .photons = 1000 * LENGTH,
                                    .input = fl_operand_of(input), .weight = fl_operand_of(weight) };
    stage(&ask, last);
    return ask;
}

/* Outputs that are squares have long tails, the longer where operands have something in common. */
static int64_t samples_of(int coding, int statistics)
{
    int64_t more = statistics == FL_STAT_COMMON ? 20 : 4;
    return fl_signs[coding].squares ? more * SAMPLES : SAMPLES;
}

/* Of light that is sums of squares, of normal operands that share c of their variance: relative standard error of a
 * vector's mean square is sqrt(2 (c^2 + 1 / n)), of either beam. */
static double beams_sigma(const struct fl_precision_ask *ask, int statistics, int64_t samples)
{
    double c = statistics == FL_STAT_COMMON ? 0.2 : 0, l = ask->coding.oscillator;
    return sqrt(2 * (c * c + 1 / ask->length) * (1 + l * l) / (double)samples) / (1 + l);
}

START_TEST(chain_measures_what_is_predicted)
{
    int coding = _i / STATISTICS, statistics = _i % STATISTICS;
    for (int last = 0; last < STAGES; last++) {
        if (last == 5 && statistics == FL_STAT_COMMON)
            continue;       /* its outputs are not normal, so what a range of sigmas cuts off is not predicted */
        struct fl_draw input, weight;
        struct fl_precision_ask ask = chain_to_check(coding, statistics, last, &input, &weight);
        struct fl_precision predicted = fl_precision_predict(&ask);
        struct fl_rng rng = { (uint64_t)(1000 + _i * SEEDS + last) };
        struct fl_measured measured = fl_monte_carlo(&ask, &input, &weight, samples_of(coding, statistics), &rng);
        double rms = predicted.error * predicted.spread;
        ck_assert_msg(fabs(measured.rms / rms - 1) <= CHOSEN_SIGMAS * measured.rms_sigma,
                      "%s, %s, stage %d: measured rms %g, predicted %g, standard error %g", fl_sign_names[coding],
                      fl_statistics_names[statistics], last, measured.rms, rms, measured.rms_sigma * rms);
        ck_assert_double_le(measured.rms_sigma, 0.03);          /* the check is a sharp one */
        ck_assert_double_le(fabs(measured.spread / predicted.spread - 1), CHOSEN_SIGMAS * measured.spread_sigma);
        double slack = ask.input_slices > 1 ? 0.08 : 0.01;      /* digits of 3 bits fall nearly anywhere */
        if (fl_signs[coding].squares)   /* light is what comes out */
            slack = CHOSEN_SIGMAS * predicted.spread / fl_squared_mean(&ask.input, &ask.weight, LENGTH)
                    / sqrt((double)measured.samples);
        if (fl_signs[coding].meets)
            slack = fmax(slack, CHOSEN_SIGMAS * beams_sigma(&ask, statistics, measured.samples));
        agrees(measured.detected_per_mac, predicted.light.detected_per_mac, slack);
        if (last < 5)
            ck_assert_double_le(fabs(measured.bias), CHOSEN_SIGMAS);    /* decoding is unbiased */
    }
}
END_TEST

/* Receiver noise, ADC and clipping one by one, so that each formula is checked where it rules. */
START_TEST(each_term_alone)
{
    static const struct { enum fl_term term; struct fl_precision_ask ask; } alone[] = {
        { FL_TERM_DARK, { .receiver = { .integration_ps = 1e4, .dark_na = 40000 } } },
        { FL_TERM_READ, { .receiver = { .read_e = 900 } } },
        { FL_TERM_KTC, { .receiver = { .capacitance_ff = 5000, .temperature_k = 300 } } },
        { FL_TERM_AMPLIFIER, { .receiver = { .integration_ps = 1000, .amplifier_pa_per_rthz = 8 } } },
        { FL_TERM_INTENSITY, { .receiver = { .integration_ps = 1000, .rin_db_per_hz = -100 } } },
        { FL_TERM_ADC, { .output_bits = 7.5, .photons = 1e8 } },
        { FL_TERM_CLIPPING, { .output_bits = 9, .adc_sigmas = 1.2 } },
        { FL_TERM_INPUT_BITS, { .input_bits = 3 } },
        { FL_TERM_WEIGHT_BITS, { .weight_bits = 4 } },
        { FL_TERM_WEIGHT_LEVEL, { .weight_error = 0.05 } },
        { FL_TERM_WEIGHT_LEVEL, { .weight_error = 0.1, .weight_bits = 4, .weight_slices = 2 } },
        { FL_TERM_CROSSTALK, { .crosstalk = 0.1 } },
        { FL_TERM_SYSTEMATIC, { .systematic = 0.2 } },
        { FL_TERM_CHANNELS, { .channels = { .count = 16, .spacing_nm = 1, .half_nm = 0.4 } } },
        { FL_TERM_INTENSITY, { .receiver = { .integration_ps = 1000, .rin_db_per_hz = -95 }, .emitters_apart = true } },
    };
    for (int coding = 0; coding < CODINGS; coding++) {
        struct fl_precision_ask ask = alone[_i].ask;
        bool squares = fl_signs[coding].squares;
        if (squares) {                  /* steps that are fine beside outputs that pile up at nothing, and inputs */
            ask.output_bits += ask.output_bits > 0 ? 14 : 0;
            ask.photons *= 1e4;
            ask.input_bits += ask.input_bits > 0 ? 2 : 0;
        }
        if (ask.channels.count > 0 && (fl_signs[coding].detectors < 2 || fl_signs[coding].phased))
            continue;
        if ((ask.emitters_apart && fl_signs[coding].phased) || (squares && ask.weight_slices > 1))
            continue;
        struct fl_draw input, weight;
        fl_draw_named(FL_STAT_NON_NEGATIVE, 3, 0, &input, &weight);
        ask.coding = (struct fl_coding){ .sign = (enum fl_sign_encoding)coding, .oscillator = 0.5 };
        ask.length = LENGTH;
        if (ask.photons <= 0)
            ask.photons = 1e4 * LENGTH;
        ask.input = fl_operand_of(&input), ask.weight = fl_operand_of(&weight);
        struct fl_precision predicted = fl_precision_predict(&ask);
        ck_assert_msg(predicted.limit == alone[_i].term, "%s limits %s, where %s should",
                      fl_term_names[predicted.limit], fl_sign_names[coding], fl_term_names[alone[_i].term]);
        struct fl_rng rng = { (uint64_t)(50 + _i * CODINGS + coding) };
        struct fl_measured measured = fl_monte_carlo(&ask, &input, &weight,
                                                     samples_of(coding, FL_STAT_NON_NEGATIVE), &rng);
        double rms = predicted.error * predicted.spread;
        ck_assert_msg(fabs(measured.rms / rms - 1) <= CHOSEN_SIGMAS * measured.rms_sigma,
                      "%s alone, %s: measured rms %g, predicted %g, standard error %g", fl_term_names[alone[_i].term],
                      fl_sign_names[coding], measured.rms, rms, measured.rms_sigma * rms);
    }
}
END_TEST

/* Zero-mean operands with their peak at 4 sigma. Two rails, each off by e of full level: sqrt(2) e on weights of
 * rms 1/4. A share c lost, and half of it had from either neighbour: sqrt(3/2) c. */
START_TEST(devices_and_neighbours_by_hand)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_ZERO_MEAN, 4, 0, &input, &weight);
    struct fl_precision_ask ask = { .coding = { .sign = FL_SIGN_DUAL_RAIL, .weight_extinction = 0.01 }, .length = 768,
                                    .input = fl_operand_of(&input), .weight = fl_operand_of(&weight), .photons = 1e9,
                                    .weight_error = 0.005, .crosstalk = 0.02, .systematic = 0.03 };
    struct fl_precision answer = fl_precision_predict(&ask);
    agrees(sqrt(answer.term[FL_TERM_WEIGHT_LEVEL]), 4 * sqrt(2) * 0.005, 1e-3);
    agrees(sqrt(answer.term[FL_TERM_CROSSTALK]), sqrt(1.5) * 0.02, 1e-9);
    agrees(sqrt(answer.term[FL_TERM_SYSTEMATIC]), 0.03, 1e-9);
    /* offset: inputs are a quarter of full level about a half, and their mean counts; so do the sums kept digitally */
    ask.coding.sign = FL_SIGN_OFFSET;
    answer = fl_precision_predict(&ask);
    agrees(sqrt(answer.term[FL_TERM_WEIGHT_LEVEL]), 2 * 4 * sqrt(17) * 0.005, 1e-3);
    agrees(sqrt(answer.term[FL_TERM_CROSSTALK]), sqrt(1.5 * 17) * 0.02, 1e-3);
}
END_TEST

/* A converter's full range ends where fields that are all at their peak bring its input, no earlier and no later. */
START_TEST(full_range_ends_at_the_peak)
{
    for (int i = 0; i < 8; i++) {
        const struct fl_operand peak = { .mean = 1, .square = 1, .magnitude = 1, .shared = 1, .shared_magnitude = 1 };
        struct fl_precision_ask ask = { .coding = { .sign = i < 4 ? FL_SIGN_COHERENT : FL_SIGN_HOMODYNE,
                                                    .oscillator = 0.3 + i,
                                                    .input_extinction = 0.01 * i, .weight_extinction = 0.02 * i },
                                        .length = LENGTH, .photons = 100 * LENGTH, .input = peak, .weight = peak };
        struct fl_adc_range full = fl_precision_range(&ask, false);
        ask.adc_sigmas = 3;             /* the mean of what comes, and some on each side */
        struct fl_adc_range about = fl_precision_range(&ask, false);
        agrees(full.low + full.span, about.low + about.span / 2, 1e-12);
        agrees(full.span, -2 * full.low, 1e-12);
    }
}
END_TEST

/* The spread is about the mean of what was drawn: of two outputs it has half the variance of all, seed upon seed. */
START_TEST(spread_is_about_the_mean)
{
    enum { PAIRS = 2000 };
    struct fl_draw input, weight;
    struct fl_precision_ask ask = chain_to_check(FL_SIGN_DUAL_RAIL, FL_STAT_ZERO_MEAN, 0, &input, &weight);
    double expected = fl_output_variance(&ask.input, &ask.weight, ask.length), sum = 0;
    for (uint64_t seed = 1; seed <= PAIRS; seed++) {
        struct fl_rng rng = { seed };
        double spread = fl_monte_carlo(&ask, &input, &weight, 2, &rng).spread;
        sum += spread * spread;
    }
    agrees(sum / PAIRS, expected / 2, 0.1);     /* three standard errors */
}
END_TEST

START_TEST(same_seed_same_numbers)
{
    struct fl_draw input, weight;
    struct fl_precision_ask ask = chain_to_check(FL_SIGN_DUAL_RAIL, FL_STAT_ZERO_MEAN, 8, &input, &weight);
    struct fl_rng one = { 5 }, two = { 5 }, other = { 6 };
    struct fl_measured a = fl_monte_carlo(&ask, &input, &weight, 50, &one);
    struct fl_measured b = fl_monte_carlo(&ask, &input, &weight, 50, &two);
    struct fl_measured c = fl_monte_carlo(&ask, &input, &weight, 50, &other);
    ck_assert_double_eq(a.rms, b.rms);
    ck_assert_double_eq(a.detected_per_mac, b.detected_per_mac);
    ck_assert_double_ne(a.rms, c.rms);
}
END_TEST

START_TEST(power_laws_are_found)
{
    const double x[] = { 10, 100, 1000 }, y[] = { 3e-2, 3e-3, 3e-4 }, sigma[] = { 0.1, 0.1, 0.1 };
    struct fl_power_law law = fl_power_law_fit(x, y, sigma, 3);
    ck_assert_double_eq_tol(law.exponent, -1, 1e-12);
    ck_assert_double_eq_tol(law.factor, 0.3, 1e-12);
    agrees(law.exponent_sigma, 0.1 / (sqrt(2) * log(10)), 1e-9);
}
END_TEST

Suite *test_phys_precision_suite(void)
{
    Suite *suite = suite_create("phys_precision");
    TCase *terms = tcase_create("terms"), *chain = tcase_create("chain");
    tcase_add_test(terms, rows_and_passes);
    tcase_add_test(terms, closed_forms_of_the_signal_budget);
    tcase_add_test(terms, budgets_are_inverse);
    tcase_add_test(terms, extinction_costs_light);
    tcase_add_test(terms, reference_row_costs_half_as_much_again);
    tcase_add_test(terms, bits_of_full_scale);
    tcase_add_test(terms, steps_of_the_adc);
    tcase_add_test(terms, what_limits);
    tcase_add_test(terms, tiles_and_slices_are_counted);
    tcase_add_test(terms, power_laws_are_found);
    tcase_add_loop_test(chain, chain_measures_what_is_predicted, 0, CODINGS * STATISTICS);
    tcase_add_loop_test(chain, each_term_alone, 0, 15);
    tcase_add_test(chain, devices_and_neighbours_by_hand);
    tcase_add_test(chain, full_range_ends_at_the_peak);
    tcase_add_test(chain, spread_is_about_the_mean);
    tcase_add_test(chain, same_seed_same_numbers);
    suite_add_tcase(suite, terms);
    suite_add_tcase(suite, chain);
    return suite;
}
