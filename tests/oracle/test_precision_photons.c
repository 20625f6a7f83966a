/* test_precision_photons.c - published and calculated figures on photons per multiplication, by formula and by
 * Monte Carlo: the 1/d law of a full-scale budget, and what signed outputs need relative to their spread.
 *
 * Figures: 'Optical Transformers' (arXiv:2302.10360); the shot-noise model of the same laboratory (arXiv:2104.13467).
 */
#include <math.h>

#include "phys/montecarlo.h"
#include "phys/random.h"
#include "tests/suites.h"

enum { CODINGS = 3, STATISTICS = 3, POINTS = 5 };
static const double lengths[POINTS] = { 32, 100, 320, 1000, 3200 };     /* two decades */

static struct fl_coding coding_of(int sign, const struct fl_operand *x, const struct fl_operand *w)
{
    return (struct fl_coding){ .sign = (enum fl_sign_encoding)sign, .oscillator = x->square * w->square };
}

/* Exponent of photons per MAC against operand length, from the closed forms. */
static double exponent(int sign, const struct fl_draw *input, const struct fl_draw *weight, bool full_scale)
{
    struct fl_operand x = fl_operand_of(input), w = fl_operand_of(weight);
    struct fl_coding coding = coding_of(sign, &x, &w);
    double per_mac[POINTS], sigma[POINTS];
    for (int i = 0; i < POINTS; i++) {
        struct fl_budget budget = full_scale ? fl_budget_full_scale(&coding, &x, &w, lengths[i], 16384)
                                             : fl_budget_signal(&coding, &x, &w, lengths[i], 0.02);
        per_mac[i] = budget.detected_per_mac;
        sigma[i] = 1;
    }
    return fl_power_law_fit(lengths, per_mac, sigma, POINTS).exponent;
}

START_TEST(full_scale_budgets_fall_as_one_over_length)
{
    for (int sign = 0; sign < CODINGS; sign++) {
        struct fl_draw input, weight;
        fl_draw_named((enum fl_statistics)_i, 4, 0.3, &input, &weight);
        ck_assert_double_eq_tol(exponent(sign, &input, &weight, true), -1, 1e-9);
    }
}
END_TEST

/* Zero-mean weights, 2 % rms error: about 1,000 photons a MAC on dual rails, 30,000 with offset, whatever the length.
 * (Inputs even in [0, 1], weights normal with their peak at 4 sigma.) */
START_TEST(signed_outputs_need_a_constant_number_of_photons)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_NON_NEGATIVE, 4, 0, &input, &weight);
    struct fl_operand x = fl_operand_of(&input), w = fl_operand_of(&weight);
    struct fl_coding rails = { .sign = FL_SIGN_DUAL_RAIL }, offset = { .sign = FL_SIGN_OFFSET };
    ck_assert_double_eq_tol(fl_budget_signal(&rails, &x, &w, 1000, 0.02).detected_per_mac, 1000, 250);
    ck_assert_double_eq_tol(fl_budget_signal(&offset, &x, &w, 1000, 0.02).detected_per_mac, 30000, 300);
    /* signed inputs on dual rails: (2 / pi)^2 x 2500 */
    fl_draw_named(FL_STAT_ZERO_MEAN, 4, 0, &input, &weight);
    x = fl_operand_of(&input), w = fl_operand_of(&weight);
    ck_assert_double_eq_tol(fl_budget_signal(&rails, &x, &w, 1000, 0.02).detected_per_mac, 1013, 3);
    for (int sign = 0; sign < CODINGS; sign++)
        ck_assert_double_eq_tol(exponent(sign, &input, &weight, false), 0, 1e-9);
}
END_TEST

/* The table of docs/phys.md, section 4: the best oscillator, 2 %, 1,000 products. */
START_TEST(photons_per_mac_by_encoding_and_statistics)
{
    static const double known[CODINGS][STATISTICS] = {
        { 640000, 2553, 30000 }, { 1013, 4.04, 1194 }, { 2500, 9.97, 2500 },
    };
    for (int sign = 0; sign < CODINGS; sign++) {
        for (int statistics = 0; statistics < STATISTICS; statistics++) {
            struct fl_draw input, weight;
            fl_draw_named((enum fl_statistics)statistics, 4, 0.5, &input, &weight);
            struct fl_operand x = fl_operand_of(&input), w = fl_operand_of(&weight);
            struct fl_coding coding = coding_of(sign, &x, &w);
            double got = fl_budget_signal(&coding, &x, &w, 1000, 0.02).detected_per_mac;
            ck_assert_double_le(fabs(got / known[sign][statistics] - 1), 0.001);
        }
    }
}
END_TEST

/* Operands with a common component: the spread grows as the length, and the 1/d law comes back: -0.96 to -0.99. */
START_TEST(a_common_component_brings_the_law_back)
{
    for (int sign = 0; sign < CODINGS; sign++) {
        struct fl_draw input, weight;
        fl_draw_named(FL_STAT_COMMON, 4, 0.5, &input, &weight);
        double strong = exponent(sign, &input, &weight, false);
        ck_assert(strong > -0.99 && strong < -0.96);
        fl_draw_named(FL_STAT_COMMON, 4, 0.1, &input, &weight);
        double weak = exponent(sign, &input, &weight, false);
        ck_assert(weak > -0.8 && weak < -0.5);          /* not yet the whole law: c^2 d is about 1 at d = 100 */
    }
}
END_TEST

/* The same by Monte Carlo: every point within 4 standard errors of its closed form, exponents within 4 of theirs. */
START_TEST(measured_exponents)
{
    int sign = _i / STATISTICS, statistics = _i % STATISTICS;
    struct fl_draw input, weight;
    fl_draw_named((enum fl_statistics)statistics, 4, 0.5, &input, &weight);
    struct fl_operand x = fl_operand_of(&input), w = fl_operand_of(&weight);
    struct fl_coding coding = coding_of(sign, &x, &w);
    struct fl_rng rng = { (uint64_t)(31 + _i) };
    struct fl_photon_trial trial = { coding, input, weight, 0.02, 400 };
    double per_mac[POINTS], sigma[POINTS];
    for (int i = 0; i < POINTS; i++) {
        per_mac[i] = fl_monte_carlo_photons_per_mac(&trial, (int64_t)lengths[i], &rng, &sigma[i]);
        double closed = fl_budget_signal(&coding, &x, &w, lengths[i], 0.02).detected_per_mac;
        ck_assert_double_le(fabs(per_mac[i] / closed - 1), 4 * sigma[i]);
    }
    struct fl_power_law law = fl_power_law_fit(lengths, per_mac, sigma, POINTS);
    ck_assert_double_le(fabs(law.exponent - exponent(sign, &input, &weight, false)), 4 * law.exponent_sigma);
    ck_assert_double_le(law.exponent_sigma, 0.08);
    if (statistics == FL_STAT_COMMON)
        ck_assert_double_le(law.exponent, -0.8);
    else
        ck_assert_double_le(fabs(law.exponent), 0.12);
}
END_TEST

/* arXiv:2104.13467: for x >= 0, with n_T photons a MAC at the input, n_max = n_T N / sum x~, F = n_max sum x~ w~,
 * y = x.w + K_x K_w (Poisson(F) - F) / n_max. One draw of vectors, many of photons. */
static double rms_of_the_published_model(const double *x, const double *w, int length, double per_mac, int samples)
{
    double sum_x = 0, sum_xw = 0, square = 0, k_w = 2;          /* weights from -1 to 1, inputs up to 1 */
    for (int i = 0; i < length; i++) {
        sum_x += x[i];
        sum_xw += x[i] * (w[i] + 1) / k_w;
    }
    double n_max = per_mac * length / sum_x, mean = n_max * sum_xw;
    struct fl_rng rng = { 1234 };
    for (int i = 0; i < samples; i++) {
        double error = k_w * (fl_random_poisson(&rng, mean) - mean) / n_max;
        square += error * error;
    }
    return sqrt(square / samples);
}

START_TEST(the_published_shot_noise_model)
{
    enum { LENGTH = 784, SAMPLES = 4000 };
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_NON_NEGATIVE, 4, 0, &input, &weight);
    struct fl_rng rng = { 8 };
    double x[LENGTH], w[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
        x[i] = fl_draw_value(&input, 0, &rng);
        w[i] = fl_draw_value(&weight, 0, &rng);
    }
    struct fl_precision_ask ask = { .coding = { .sign = FL_SIGN_OFFSET }, .length = LENGTH, .photons = 10 * LENGTH,
                                    .input = fl_operand_of(&input), .weight = fl_operand_of(&weight) };
    struct fl_precision ours = fl_precision_predict(&ask);
    double theirs = rms_of_the_published_model(x, w, LENGTH, ours.light.lit_per_mac, SAMPLES);
    /* 4 standard errors of the sample, and of the light of one draw of vectors (sum x~ varies by 2 % rms) */
    ck_assert_double_le(fabs(ours.error * ours.spread / theirs - 1), 4 * sqrt(1 / (2.0 * SAMPLES) + 0.02 * 0.02));
    ck_assert_double_eq_tol(ours.light.lit_per_mac, 2 * ours.light.detected_per_mac, 1e-9);
}
END_TEST

/* 7-bit full scale needs 16,384 photons: of the spread of a signed output of 12,288 products that is very little. */
START_TEST(full_scale_bits_are_not_bits_of_the_signal)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_NON_NEGATIVE, 4, 0, &input, &weight);
    struct fl_precision_ask ask = { .coding = { .sign = FL_SIGN_OFFSET }, .length = 12288, .photons = 16384,
                                    .input = fl_operand_of(&input), .weight = fl_operand_of(&weight) };
    struct fl_precision answer = fl_precision_predict(&ask);
    ck_assert_double_eq_tol(answer.bits_of_full_scale, 7, 1e-9);
    ck_assert_double_lt(answer.bits_of_spread, 0);
    ck_assert_double_eq_tol(answer.error, 6, 0.01);
    struct fl_budget wanted = fl_budget_signal(&ask.coding, &ask.input, &ask.weight, 12288, 0.02);
    ck_assert_double_eq_tol(wanted.photons / 16384, answer.error * answer.error / (0.02 * 0.02), 1);
}
END_TEST

/* What the ADC's range does to the same outputs on dual rails at 7 bits: the full scale, or 4 sigma of its values. */
START_TEST(the_range_of_an_adc_decides)
{
    struct fl_draw input, weight;
    fl_draw_named(FL_STAT_NON_NEGATIVE, 4, 0, &input, &weight);
    struct fl_precision_ask ask = { .coding = { .sign = FL_SIGN_DUAL_RAIL }, .length = 12288, .photons = 16384,
                                    .input = fl_operand_of(&input), .weight = fl_operand_of(&weight),
                                    .output_bits = 7 };
    ck_assert_double_eq_tol(sqrt(fl_precision_predict(&ask).term[FL_TERM_ADC]), 3.5, 0.05);
    ask.adc_sigmas = 4;
    ck_assert_double_eq_tol(sqrt(fl_precision_predict(&ask).term[FL_TERM_ADC]), 0.04, 0.002);
}
END_TEST

Suite *test_precision_photons_suite(void)
{
    Suite *suite = suite_create("precision_photons");
    TCase *tcase = tcase_create("photons");
    tcase_add_loop_test(tcase, full_scale_budgets_fall_as_one_over_length, 0, STATISTICS);
    tcase_add_test(tcase, signed_outputs_need_a_constant_number_of_photons);
    tcase_add_test(tcase, photons_per_mac_by_encoding_and_statistics);
    tcase_add_test(tcase, a_common_component_brings_the_law_back);
    tcase_add_loop_test(tcase, measured_exponents, 0, CODINGS * STATISTICS);
    tcase_add_test(tcase, the_published_shot_noise_model);
    tcase_add_test(tcase, full_scale_bits_are_not_bits_of_the_signal);
    tcase_add_test(tcase, the_range_of_an_adc_decides);
    suite_add_tcase(suite, tcase);
    return suite;
}
