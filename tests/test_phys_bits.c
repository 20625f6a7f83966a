/* test_phys_bits.c - rounding, slices, ADC ranges; random numbers; moments of operands. */
#include <math.h>
#include <stdlib.h>

#include "phys/bits.h"
#include "phys/operand.h"
#include "phys/random.h"
#include "tests/suites.h"

static void agrees(double got, double want, double relative)
{
    ck_assert_double_le(fabs(got - want), fabs(want) * relative);
}

/* ---- bits ---- */

START_TEST(levels_of_a_device)
{
    ck_assert_double_eq(fl_bits_step(1), 1);
    ck_assert_double_eq(fl_bits_step(8), 1 / 255.0);
    ck_assert_double_eq(fl_bits_round(0.49, 1), 0);
    ck_assert_double_eq(fl_bits_round(0.51, 1), 1);
    ck_assert_double_eq(fl_bits_round(1.7, 5), 1);
    ck_assert_double_eq(fl_bits_round(-0.2, 5), 0);
    ck_assert_double_eq(fl_bits_round(0.3, 0), 0.3);        /* continuous */
    for (int code = 0; code < 32; code++)
        ck_assert_double_eq_tol(fl_bits_round((code + 0.4) / 31, 5), code / 31.0, 1e-12);
}
END_TEST

START_TEST(rounding_adds_a_twelfth_of_a_step_squared)
{
    double sum = 0, n = 1e5;
    for (int i = 0; i < 100000; i++) {
        double value = (i + 0.5) / n, error = fl_bits_round(value, 6) - value;
        sum += error * error;
    }
    agrees(sum / n, fl_bits_rounding(6), 1e-3);
    ck_assert_double_eq(fl_bits_rounding(0), 0);
}
END_TEST

START_TEST(slices_recombine_exactly)
{
    ck_assert_int_eq(fl_slices_count(8, 4), 2);
    ck_assert_int_eq(fl_slices_count(8, 3), 3);
    ck_assert_int_eq(fl_slices_count(5, 8), 1);
    for (int slices = 1; slices <= 3; slices++) {
        double weights = 0, squares = 0;
        for (int i = 0; i < slices; i++) {
            double weight = fl_slices_weight(4, slices, i);
            weights += weight;
            squares += weight * weight;
        }
        agrees(weights, 1, 1e-12);
        agrees(fl_slices_noise(4, slices), squares, 1e-12);
        ck_assert_double_le(squares, 1);
        for (double value = 0; value <= 1; value += 0.0137) {
            double sum = 0;
            for (int i = 0; i < slices; i++)
                sum += fl_slices_weight(4, slices, i) * fl_slices_level(value, 4, slices, i);
            ck_assert_double_eq_tol(sum, fl_bits_round(value, 4 * slices), 1e-12);
        }
    }
}
END_TEST

START_TEST(adc_ranges)
{
    struct fl_adc_range range = { -1, 2 };
    ck_assert_double_eq(fl_adc_read(range, 1, 0.9), 0.5);
    ck_assert_double_eq(fl_adc_read(range, 1, -7), -0.5);
    ck_assert_double_eq(fl_adc_read(range, 2, 5), 0.75);
    ck_assert_double_eq(fl_adc_read(range, 0, 0.123), 0.123);
    ck_assert_double_eq(fl_adc_read(range, 0, 5), 1);
    agrees(fl_adc_rounding(range, 3), 0.25 * 0.25 / 12, 1e-12);
    /* what +- k sigma cuts off: by numerical integration of (|z| - k)^2 over both tails */
    for (int k = 0; k <= 4; k++) {
        double sum = 0, step = 1e-4;
        for (double z = k + step / 2; z < 12; z += step)
            sum += 2 * (z - k) * (z - k) * exp(-z * z / 2) / sqrt(2 * 3.14159265358979) * step;
        agrees(fl_adc_clipping(k), sum, 1e-5);
    }
}
END_TEST

/* ---- random numbers ---- */

static double poisson_chance(double mean, int k)
{
    double log_chance = -mean;
    for (int i = 1; i <= k; i++)
        log_chance += log(mean / i);
    return exp(log_chance);
}

/* Pearson's chi-squared over the bins that expect 10 or more; its mean is the bins, its deviation sqrt(2 bins). */
static void check_poisson(double mean)
{
    enum { DRAWS = 100000, BINS = 400 };
    struct fl_rng rng = { 20260101 };
    int *seen = calloc(BINS, sizeof *seen), outside = 0;
    for (int i = 0; i < DRAWS; i++) {
        double k = fl_random_poisson(&rng, mean);
        if (k >= 0 && k < BINS)
            seen[(int)k]++;
        else
            outside++;
    }
    ck_assert_int_eq(outside, 0);
    double chi = 0, bins = 0;
    for (int k = 0; k < BINS; k++) {
        double expected = DRAWS * poisson_chance(mean, k);
        if (expected >= 10) {
            chi += (seen[k] - expected) * (seen[k] - expected) / expected;
            bins++;
        }
    }
    free(seen);
    ck_assert_double_ge(bins, 3);
    ck_assert_double_le(fabs(chi - bins), 5 * sqrt(2 * bins));
}

START_TEST(poisson_numbers_follow_their_law)
{
    static const double mean[] = { 0.3, 3, 9.99, 10, 27.5, 200 };
    check_poisson(mean[_i]);
}
END_TEST

START_TEST(large_poisson_numbers)
{
    static const double mean[] = { 1e4, 9e7, 1e9 };
    enum { DRAWS = 20000 };
    struct fl_rng rng = { 7 };
    double sum = 0, square = 0;
    for (int i = 0; i < DRAWS; i++) {
        double z = (fl_random_poisson(&rng, mean[_i]) - mean[_i]) / sqrt(mean[_i]);
        sum += z;
        square += z * z;
    }
    ck_assert_double_le(fabs(sum / DRAWS), 4 / sqrt(DRAWS));
    ck_assert_double_le(fabs(square / DRAWS - 1), 4 * sqrt(2.0 / DRAWS));
    ck_assert_double_eq(fl_random_poisson(&rng, 0), 0);
}
END_TEST

START_TEST(normal_numbers)
{
    enum { DRAWS = 100000 };
    struct fl_rng rng = { 3 };
    double sum = 0, square = 0, fourth = 0;
    for (int i = 0; i < DRAWS; i++) {
        double z = fl_random_normal(&rng);
        sum += z;
        square += z * z;
        fourth += z * z * z * z;
    }
    ck_assert_double_le(fabs(sum / DRAWS), 4 / sqrt(DRAWS));
    ck_assert_double_le(fabs(square / DRAWS - 1), 4 * sqrt(2.0 / DRAWS));
    ck_assert_double_le(fabs(fourth / DRAWS - 3), 4 * sqrt(96.0 / DRAWS));
}
END_TEST

/* ---- operands ---- */

static const struct fl_draw family[] = {
    { FL_SHAPE_UNIFORM, false, 0, 0 }, { FL_SHAPE_UNIFORM, true, 0, 0 },
    { FL_SHAPE_NORMAL, false, 4, 0 },  { FL_SHAPE_NORMAL, true, 3, 0 },
    { FL_SHAPE_NORMAL, false, 3, 0.3 }, { FL_SHAPE_NORMAL, true, 2, 0.6 }, { FL_SHAPE_NORMAL, false, 1.5, 0.9 },
};
enum { FAMILIES = sizeof family / sizeof *family };

/* A measured mean lies within 5 of its standard errors of the closed form. */
static void check_moment(double sum, double square, double n, double want)
{
    double mean = sum / n, sigma = sqrt(fmax(square / n - mean * mean, 0) / n);
    ck_assert_double_le(fabs(mean - want), 5 * sigma + 1e-3 * fabs(want) + 1e-12);
}

START_TEST(moments_of_drawn_operands)
{
    enum { DRAWS = 200000, MOMENTS = 5 };
    const struct fl_draw *draw = &family[_i];
    struct fl_operand operand = fl_operand_of(draw);
    const double want[MOMENTS] = { operand.mean, operand.square, operand.magnitude, operand.shared,
                                   operand.shared_magnitude };
    double sum[MOMENTS] = { 0 }, square[MOMENTS] = { 0 };
    struct fl_rng rng = { 99 };
    int outside = 0;
    for (int i = 0; i < DRAWS; i++) {
        double common = fl_draw_common(draw, &rng);
        double v = fl_draw_value(draw, common, &rng), other = fl_draw_value(draw, common, &rng);
        outside += v < (draw->non_negative ? 0 : -1) || v > 1;
        double moment[MOMENTS] = { v, v * v, fabs(v), v * other, fabs(v * other) };
        for (int m = 0; m < MOMENTS; m++) {
            sum[m] += moment[m];
            square[m] += moment[m] * moment[m];
        }
    }
    ck_assert_int_eq(outside, 0);
    for (int m = 0; m < MOMENTS; m++)
        check_moment(sum[m], square[m], DRAWS, want[m]);
}
END_TEST

START_TEST(spread_of_a_sum)
{
    struct fl_draw x, w;
    fl_draw_named(FL_STAT_ZERO_MEAN, 4, 0.5, &x, &w);
    struct fl_operand input = fl_operand_of(&x), weight = fl_operand_of(&w);
    agrees(fl_output_variance(&input, &weight, 400) / fl_output_variance(&input, &weight, 100), 4, 1e-12);
    agrees(fl_output_variance(&input, &weight, 1), 1.0 / 256, 1e-3);    /* (1/4)^4 */
    fl_draw_named(FL_STAT_COMMON, 4, 0.5, &x, &w);
    input = fl_operand_of(&x), weight = fl_operand_of(&w);
    double ratio = fl_output_variance(&input, &weight, 4e6) / fl_output_variance(&input, &weight, 1e6);
    agrees(ratio, 16, 1e-3);                                            /* spread grows as d */
    fl_draw_named(FL_STAT_NON_NEGATIVE, 4, 0.5, &x, &w);
    input = fl_operand_of(&x), weight = fl_operand_of(&w);
    agrees(fl_output_variance(&input, &weight, 100), 100 / (3.0 * 16), 1e-3);
}
END_TEST

/* Operands as those of trained networks: V is what was measured, whatever the length and the sign of inputs; a sum of
 * one product, and any that is short, has nothing in common. */
START_TEST(spread_of_trained_operands)
{
    static const double lengths[] = {1, 4, 32, 128, 12288};
    struct fl_draw x, w;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int non_negative = 0; non_negative < 2; non_negative++) {
            fl_draw_trained(non_negative, 4, lengths[i], &x, &w);
            struct fl_operand input = fl_operand_of(&x), weight = fl_operand_of(&w);
            double alone = lengths[i] * input.square * weight.square;
            agrees(fl_output_variance(&input, &weight, lengths[i]) / alone, fl_trained_v(lengths[i]), 2e-3);
        }
    }
    agrees(fl_trained_v(4), 1, 1e-12);
    ck_assert_double_gt(fl_trained_v(128), fl_trained_v(32));
}
END_TEST

Suite *test_phys_bits_suite(void)
{
    Suite *suite = suite_create("phys_bits");
    TCase *bits = tcase_create("bits"), *random = tcase_create("random"), *operands = tcase_create("operands");
    tcase_add_test(bits, levels_of_a_device);
    tcase_add_test(bits, rounding_adds_a_twelfth_of_a_step_squared);
    tcase_add_test(bits, slices_recombine_exactly);
    tcase_add_test(bits, adc_ranges);
    tcase_add_loop_test(random, poisson_numbers_follow_their_law, 0, 6);
    tcase_add_loop_test(random, large_poisson_numbers, 0, 3);
    tcase_add_test(random, normal_numbers);
    tcase_add_loop_test(operands, moments_of_drawn_operands, 0, FAMILIES);
    tcase_add_test(operands, spread_of_a_sum);
    tcase_add_test(operands, spread_of_trained_operands);
    suite_add_tcase(suite, bits);
    suite_add_tcase(suite, random);
    suite_add_tcase(suite, operands);
    return suite;
}
