/* test_phys_channels.c - what rings take of each other's light, and outputs that are squares, against sums by hand. */
#include <math.h>

#include "phys/montecarlo.h"
#include "phys/squared.h"
#include "tests/suites.h"

static void agrees(double got, double want, double relative)
{
    ck_assert_double_le(fabs(got - want), fabs(want) * relative);
}

/* Nothing in common: y = s^2 z^2, z normal: E[y^2] = 3 s^4, and errors e of every w make 4 E[y] d E[x^2] e^2 of it. All
 * in common: S = d a b, of two normal numbers. Neighbours of one x share its size alone. */
START_TEST(squares_by_hand)
{
    struct fl_operand x = { .square = 0.5 }, w = { .square = 0.2 }, one = { .square = 0.5, .shared = 0.5 };
    struct fl_operand same = { .square = 0.2, .shared = 0.2 };
    agrees(fl_squared_mean(&x, &w, 30), 3, 1e-12);
    agrees(fl_squared_square(&x, &w, 30), 27, 1e-12);
    agrees(fl_squared_variance(&x, &w, 30), 18, 1e-12);
    agrees(fl_squared_shared(&x, &w, 30), 9, 1e-12);
    agrees(fl_squared_error(&x, &w, 30, 1e-3), 4 * 3 * 30 * 0.5e-3 + 3 * 15e-3 * 15e-3, 1e-12);
    agrees(fl_squared_square(&one, &same, 10), 10 * 10 * 10 * 10 * (3 * 0.25) * (3 * 0.04), 1e-12);
    agrees(fl_squared_shared(&one, &same, 10), 10 * 10 * 10 * 10 * (3 * 0.25) * 0.04, 1e-12);
    agrees(fl_squared_error(&one, &same, 10, 1e-3), 4 * 1e3 * 0.2 * (3 * 0.25) * 1e-3 + 3 * 5e-3 * 5e-3, 1e-12);
    agrees(fl_squared_clipping(0), 3, 1e-12);       /* nothing is let through: E[y^2] over E[y]^2 */
}
END_TEST

/* Three channels a line's half width apart take halves of their neighbours' and a fifth of the next: rows of 0.7, 1 and
 * 0.7. CrossLight's bank of 15 rings, 8000 and 18 nm: sums of 14 lines beside the middle one. */
START_TEST(channels_by_hand)
{
    struct fl_channels three = { .count = 3, .spacing_nm = 2, .half_nm = 2 }, one = { .count = 1, .spacing_nm = 1 };
    struct fl_channel_sums sums = fl_channels_sums(&three);
    agrees(sums.all, 2.4, 1e-12);
    agrees(sums.squares, 4 * 0.25 + 2 * 0.04, 1e-12);
    agrees(sums.rows, 0.49 + 1 + 0.49, 1e-12);
    agrees(fl_channels_levels(&three), 1, 1e-12);
    ck_assert(isinf(fl_channels_levels(&one)));
    struct fl_channels bank = { .count = 15, .spacing_nm = 1.2, .half_nm = fl_channels_half_nm(1550, 8000) };
    double d = 1550.0 / 16000, sum = 0;
    for (int i = 1; i <= 7; i++)
        sum += 2 * d * d / (1.44 * i * i + d * d);
    agrees(fl_channels_levels(&bank), 1 / sum, 1e-12);
    /* an even bank's largest sum is of its two middle rings; squares and rows by the double sum */
    struct fl_channels even = { .count = 6, .spacing_nm = 0.7, .half_nm = 0.3 };
    double squares = 0, rows = 0, all = 0;
    for (int i = 0; i < 6; i++) {
        double row = 0;
        for (int j = 0; j < 6; j++) {
            double share = fl_channels_share(&even, i > j ? i - j : j - i);
            row += share;
            squares += share * share;
        }
        rows += row * row;
        all += row;
    }
    sums = fl_channels_sums(&even);
    agrees(sums.squares, squares, 1e-12);
    agrees(sums.rows, rows, 1e-12);
    agrees(sums.all, all, 1e-12);
}
END_TEST

/* What rings take of each other's light, with dark levels that are decoded, tiles, and digits or none: the Monte Carlo
 * within 4 standard errors of its rms. */
START_TEST(channels_measure_what_is_predicted)
{
    static const enum fl_sign_encoding pair[] = { FL_SIGN_DUAL_RAIL, FL_SIGN_BALANCED };
    for (int digits = 1; digits <= 2; digits++) {
        struct fl_draw input, weight;
        fl_draw_named((enum fl_statistics)(_i / 2), 3.5, 0.2, &input, &weight);
        struct fl_precision_ask ask = {
            .coding = { .sign = pair[_i % 2], .input_extinction = 0.02, .weight_extinction = 0.05 },
            .input = fl_operand_of(&input), .weight = fl_operand_of(&weight), .length = 64, .photons = 1e9, .tiles = 2,
            .input_bits = 5, .weight_bits = 6, .input_slices = digits, .weight_slices = digits,
            .channels = { .count = 8, .spacing_nm = 1, .half_nm = 0.3 * digits },
        };
        struct fl_precision predicted = fl_precision_predict(&ask);
        ck_assert_int_eq(predicted.limit, FL_TERM_CHANNELS);
        struct fl_rng rng = { (uint64_t)(900 + 10 * _i + digits) };
        int64_t samples = _i / 2 == FL_STAT_COMMON ? 60000 : 6000;      /* products of common parts have long tails */
        struct fl_measured measured = fl_monte_carlo(&ask, &input, &weight, samples, &rng);
        double rms = predicted.error * predicted.spread;
        ck_assert_msg(fabs(measured.rms / rms - 1) <= 4 * measured.rms_sigma,
                      "%s, %s, %d digits: measured rms %g, predicted %g, standard error %g",
                      fl_sign_names[pair[_i % 2]], fl_statistics_names[_i / 2], digits, measured.rms, rms,
                      measured.rms_sigma * rms);
        ck_assert_double_le(measured.rms_sigma, 0.03);
        if (digits == 1)                /* of digits the prediction takes lower ones to fall anywhere */
            agrees(measured.detected_per_mac, predicted.light.detected_per_mac, 0.01);
    }
}
END_TEST

Suite *test_phys_channels_suite(void)
{
    Suite *suite = suite_create("phys_channels");
    TCase *tcase = tcase_create("channels");
    tcase_add_test(tcase, squares_by_hand);
    tcase_add_test(tcase, channels_by_hand);
    tcase_add_loop_test(tcase, channels_measure_what_is_predicted, 0, 6);
    suite_add_tcase(suite, tcase);
    return suite;
}
