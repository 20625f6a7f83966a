/* test_phys_curve.c - prices carried to other widths, and light for signal integrity, against published points. */
#include "phys/curve.h"
#include "phys/loss.h"
#include "phys/photons.h"
#include "tests/suites.h"

/* Converters at 5 GHz, by Lightening-Transformer's simulator (commit 7c3d4ad8): DACs 3.571 and 0.4464 pJ at 8 and 4
 * bits, ADCs 1.48 and 0.74. */
START_TEST(prices_follow_bits)
{
    ck_assert_double_eq_tol(50.0 / 14 * fl_curve_ratio(FL_CURVE_LEVELS_PER_BIT, 4, 8), 0.4464, 5e-5);
    ck_assert_double_eq_tol(1.48 * fl_curve_ratio(FL_CURVE_BITS, 4, 8), 0.74, 1e-12);
    ck_assert_double_eq(fl_curve_ratio(FL_CURVE_LEVELS, 5, 8), 0.125);
    ck_assert_double_eq_tol(fl_curve_ratio(FL_CURVE_LEVELS_PER_BIT_MORE, 4, 8), 16.0 / 5 / (256.0 / 9), 1e-12);
    for (int curve = FL_CURVE_FIXED; curve <= FL_CURVE_LEVELS_PER_BIT_MORE; curve++) {
        ck_assert_double_eq(fl_curve_ratio((enum fl_curve)curve, 8, 8), 1);
        ck_assert_double_eq(fl_curve_ratio((enum fl_curve)curve, 8, 0), 1);     /* no point: the price stands */
        ck_assert_ptr_nonnull(fl_curve_names[curve]);
    }
    ck_assert_double_eq(fl_curve_ratio(FL_CURVE_FIXED, 4, 8), 1);
    ck_assert_ptr_null(fl_curve_names[FL_CURVE_LEVELS_PER_BIT_MORE + 1]);
}
END_TEST

/* Over a clock or a size that is four times, or a quarter of, what was given. */
START_TEST(prices_follow_clocks_and_sizes)
{
    static const double four[FL_POWER_LAWS] = {1, 2, 4, 16, 0.25};
    for (int law = 0; law < FL_POWER_LAWS; law++) {
        ck_assert_double_eq(fl_power_law_ratio((enum fl_power_law)law, 20, 5), four[law]);
        ck_assert_double_eq(fl_power_law_ratio((enum fl_power_law)law, 5, 20), 1 / four[law]);
        ck_assert_double_eq(fl_power_law_ratio((enum fl_power_law)law, 5, 0), 1);     /* no point: the price stands */
        ck_assert_ptr_nonnull(fl_power_law_names[law]);
    }
    ck_assert_ptr_null(fl_power_law_names[FL_POWER_LAWS]);
}
END_TEST

/* 10 and 21 times the light at 3 and 4 bits, and 5 dB. */
START_TEST(closed_eyes_want_light)
{
    ck_assert_double_eq_tol(fl_db_ratio(fl_integrity_db(3) - 5), 10, 0.25);
    ck_assert_double_eq_tol(fl_db_ratio(fl_integrity_db(4) - 5), 21, 0.25);
}
END_TEST

Suite *test_phys_curve_suite(void)
{
    Suite *suite = suite_create("phys_curve");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, prices_follow_bits);
    tcase_add_test(tests, prices_follow_clocks_and_sizes);
    tcase_add_test(tests, closed_eyes_want_light);
    suite_add_tcase(suite, tests);
    return suite;
}
