/* test_phys_converters.c - converter envelopes, regression and laws, against published figures. */
#include <math.h>

#include "phys/converters.h"
#include "phys/photons.h"
#include "tests/suites.h"

static void agrees(double got, double want, double relative)
{
    ck_assert_double_le(fabs(got - want), fabs(want) * relative);
}

START_TEST(survey_energy_floor)
{
    ck_assert_double_eq_tol(fl_adc_floor_fj(1), 267, 0.01);
    /* floor and thermal noise cross at ENOB 10.4; above, a bit costs four times */
    ck_assert_double_eq_tol(fl_adc_floor_fj(10.4), 2 * 267, 10);
    agrees(fl_adc_floor_fj(18) / fl_adc_floor_fj(17), 4, 0.001);
}
END_TEST

START_TEST(survey_walden)
{
    agrees(fl_adc_walden_fj(8, 1e6), 0.669 * 256, 1e-12);
    agrees(fl_adc_walden_fj(8, 10e9), 5.48 * 256, 1e-12);
    double below = fl_adc_walden_fj(6, 1.21e9), above = fl_adc_walden_fj(6, 1.23e9);   /* corner at 1.22 GHz */
    agrees(below, fl_adc_walden_fj(6, 1e3), 1e-12);
    ck_assert_double_gt(above, below);
}
END_TEST

START_TEST(survey_schreier)
{
    /* 0.5 x 10^((SNDR - 186.4) / 10) J: 12 b (74.0 dB) 2.88 pJ; corner at 51.3 MHz, above it energy ~ rate */
    agrees(fl_adc_schreier_fj(12, 1e6), 0.5e15 * pow(10, (6.0206 * 12 + 1.7609 - 186.4) / 10), 1e-4);
    agrees(fl_adc_schreier_fj(12, 51e6), fl_adc_schreier_fj(12, 1e6), 1e-12);
    ck_assert_double_gt(fl_adc_schreier_fj(12, 52e6), fl_adc_schreier_fj(12, 51e6));
    agrees(fl_adc_schreier_fj(12, 2e9) / fl_adc_schreier_fj(12, 1e9), 2, 1e-9);
}
END_TEST

/* Best published of 4.4 to 8 ENOB since 2015, by range of rate: the envelope at the easy corner of each range lies
 * at or below it, the median above. */
START_TEST(envelope_lies_below_the_best)
{
    static const struct { double hz, best_pj, median_pj; } known[] = {
        { 1e4, 1.2, 4.1 }, { 1e6, 0.30, 19 }, { 1e8, 0.78, 4.3 }, { 1e9, 1.10, 2.3 }, { 1e10, 0.96, 5.5 },
    };
    for (int i = 0; i < 5; i++) {
        double envelope = fl_adc_envelope_fj(4.4, known[i].hz, 1) * 1e-3;
        ck_assert_double_le(envelope, known[i].best_pj);
        ck_assert_double_le(known[i].best_pj, known[i].median_pj);
        double margin = known[i].median_pj / envelope;
        ck_assert(margin >= 2 && margin <= 75);
    }
    agrees(fl_adc_envelope_fj(7, 1e9, 3), 3 * fl_adc_envelope_fj(7, 1e9, 1), 1e-12);
    ck_assert_double_eq(fl_adc_envelope_fj(6, 10e9, 1), fl_adc_walden_fj(6, 10e9));     /* what rules, where */
    ck_assert_double_eq(fl_adc_envelope_fj(5, 10e6, 1), fl_adc_floor_fj(5));
    ck_assert_double_eq(fl_adc_envelope_fj(13, 1e9, 1), fl_adc_schreier_fj(13, 1e9));
}
END_TEST

START_TEST(regression)
{
    static const struct { double bits, hz, pj, um2; } known[] = {
        { 8, 1e9, 1.714, 5972 }, { 6, 1e9, 1.065, 0 }, { 8, 10e9, 7.512, 14086 },
    };
    for (int i = 0; i < 3; i++) {
        ck_assert_double_eq_tol(fl_adc_andrulis_fj(known[i].bits, known[i].hz, 32, 1) * 1e-3, known[i].pj, 5e-4);
        if (known[i].um2 > 0)
            ck_assert_double_eq_tol(fl_adc_andrulis_area_um2(known[i].bits, known[i].hz, 32), known[i].um2, 1);
    }
    agrees(fl_adc_andrulis_fj(8, 1e9, 32, 2.5), 2.5 * fl_adc_andrulis_fj(8, 1e9, 32, 1), 1e-12);
    ck_assert_double_eq(fl_adc_andrulis_fj(2, 1e9, 32, 1), fl_adc_andrulis_fj(4, 1e9, 32, 1));
    ck_assert(fl_adc_andrulis_extrapolated(3, 1e9) && fl_adc_andrulis_extrapolated(8, 11e9));
    ck_assert(!fl_adc_andrulis_extrapolated(4, 10e9));
}
END_TEST

START_TEST(regression_corner)
{
    agrees(fl_adc_andrulis_corner_hz(8), 1.07e9, 0.005);
    agrees(fl_adc_andrulis_corner_hz(6), 10.1e9, 0.005);
    agrees(fl_adc_andrulis_corner_hz(10), 0.11e9, 0.05);
    /* many slow ADCs instead of one fast: below the corner energy no longer falls, area grows */
    double corner = fl_adc_andrulis_corner_hz(8);
    agrees(fl_adc_andrulis_fj(8, corner / 2, 32, 1), fl_adc_andrulis_fj(8, corner / 200, 32, 1), 1e-12);
    ck_assert_double_gt(fl_adc_andrulis_fj(8, corner * 2, 32, 1), fl_adc_andrulis_fj(8, corner, 32, 1));
    ck_assert_double_gt(2 * fl_adc_andrulis_area_um2(8, corner / 2, 32), fl_adc_andrulis_area_um2(8, corner, 32));
}
END_TEST

START_TEST(jitter)
{
    ck_assert_double_eq_tol(fl_jitter_snr_db(1e9, 100), 64.0, 0.05);
    ck_assert_double_eq_tol(fl_jitter_snr_db(10e9, 100), 44.0, 0.05);
    ck_assert_double_eq_tol(fl_jitter_bits(10e9, 50), (50.06 - 1.76) / 6.02, 0.01);
}
END_TEST

/* Figures of published photonic accelerators: power over rate. */
START_TEST(published_points)
{
    ck_assert_double_eq_tol(fl_sample_fj(14.8, 10e9), 1480, 0.5);
    ck_assert_double_eq_tol(fl_sample_fj(50, 14e9), 3570, 5);
    ck_assert_double_eq_tol(fl_sample_fj(3, 5e9), 600, 0.5);
    /* a camera: 5.5 W for 3840 x 2160 pixels at 1141 and 1694 frames a second (PMC12944688) */
    ck_assert_double_eq_tol(fl_sample_fj(5500, 3840.0 * 2160 * 1141) * 1e-6, 0.58, 0.005);
    ck_assert_double_eq_tol(fl_sample_fj(5500, 3840.0 * 2160 * 1694) * 1e-6, 0.39, 0.005);
    agrees(fl_sample_mw(fl_sample_fj(14.8, 10e9), 5e9), 7.4, 1e-12);
}
END_TEST

START_TEST(laws)
{
    agrees(fl_converter_scaled_fj(FL_LAW_LINEAR, 1480, 8, 4), 740, 1e-12);
    agrees(fl_converter_scaled_fj(FL_LAW_FLASH, 2550, 8, 4), 150, 1e-12);
    agrees(fl_converter_scaled_fj(FL_LAW_STEERING, 3571, 8, 4), 3571 / 8.0, 1e-12);
    agrees(fl_converter_scaled_fj(FL_LAW_EXPONENTIAL, 256, 8, 4), 16, 1e-12);
    agrees(fl_converter_scaled_fj(FL_LAW_THERMAL, 256, 8, 4), 1, 1e-12);
    ck_assert_double_eq(fl_bits_law_ratio(FL_LAW_CONSTANT, 8, 4), 1);
    agrees(fl_dac_fom_fj(fl_sample_fj(50, 14e9) / 16, 8), fl_sample_fj(50, 14e9), 1e-12);
    ck_assert_double_eq_tol(fl_dac_floor_fj(8, 0.5, 0.8), 82, 0.5);
}
END_TEST

/* 'Optical Transformers' claim 5 hangs on the bits at which its 10 pJ DAC is read: about 71,500x if 5, 142,000x if 8,
 * for a stand-in that gains 10,489x at 30 pJ a pair (10 DAC, 3.17 ADC at 7 b, 17 besides), with memory five times
 * cheaper at half the bits, converters twice better, 4 bits, and conversion energy as 2^b. */
static double claim_5(double dac_bits)
{
    double dac = fl_converter_scaled_fj(FL_LAW_EXPONENTIAL, 10, dac_bits, 4) / 2;
    double adc = fl_converter_scaled_fj(FL_LAW_EXPONENTIAL, 3.17, 7, 4) / 2;
    double rest = 17 / 5.0 / 2;
    return 10489 * 30 / (dac + adc + rest);
}

START_TEST(the_bits_a_dac_is_read_at_decide_claim_5)
{
    agrees(claim_5(5), 71500, 0.005);
    agrees(claim_5(8), 142000, 0.005);
}
END_TEST

Suite *test_phys_converters_suite(void)
{
    Suite *suite = suite_create("phys_converters");
    TCase *tcase = tcase_create("converters");
    tcase_add_test(tcase, survey_energy_floor);
    tcase_add_test(tcase, survey_walden);
    tcase_add_test(tcase, survey_schreier);
    tcase_add_test(tcase, envelope_lies_below_the_best);
    tcase_add_test(tcase, regression);
    tcase_add_test(tcase, regression_corner);
    tcase_add_test(tcase, jitter);
    tcase_add_test(tcase, published_points);
    tcase_add_test(tcase, laws);
    tcase_add_test(tcase, the_bits_a_dac_is_read_at_decide_claim_5);
    suite_add_tcase(suite, tcase);
    return suite;
}
