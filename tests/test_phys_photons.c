/* test_phys_photons.c - photon energies, photons for bits, decibels and laser energy, against published figures. */
#include <math.h>

#include "phys/photons.h"
#include "tests/suites.h"

/* Holds when `got` is within a relative tolerance of `want`. */
static void agrees(double got, double want, double relative)
{
    ck_assert_double_le(fabs(got - want), fabs(want) * relative);
}

START_TEST(photon_energies)
{
    static const struct { double nm, aj; } known[] = {
        { 532, 0.373 }, { 850, 0.234 }, { 1310, 0.152 }, { 1550, 0.128 },
    };
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(fl_photon_energy_fj(known[i].nm) * 1e3, known[i].aj, 0.0005);
    /* hc = 1.98644586e-25 J m (CODATA, exact product) */
    agrees(fl_photon_energy_fj(1000) * 1e-15, 1.98644586e-19, 1e-8);
}
END_TEST

START_TEST(photons_for_bits_in_three_conventions)
{
    static const struct { double bits, levels, sine, quantization; } known[] = {
        { 4, 256, 1536, 3072 }, { 6, 4096, 24576, 49152 }, { 8, 65536, 393216, 786432 },
        { 10, 1048576, 6291456, 12582912 },
    };
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq(fl_photons_for_bits(known[i].bits, FL_BITS_LEVELS), known[i].levels);
        ck_assert_double_eq(fl_photons_for_bits(known[i].bits, FL_BITS_SINE), known[i].sine);
        ck_assert_double_eq(fl_photons_for_bits(known[i].bits, FL_BITS_QUANTIZATION), known[i].quantization);
        for (int c = FL_BITS_LEVELS; c <= FL_BITS_QUANTIZATION; c++) {
            double photons = fl_photons_for_bits(known[i].bits, (enum fl_bits_convention)c);
            agrees(fl_photons_bits(photons, (enum fl_bits_convention)c), known[i].bits, 1e-12);
        }
    }
}
END_TEST

START_TEST(full_well_caps_bits)
{
    /* 620 ke- full well: about 9.6 bits, levels (Han et al., Sensors 2025, 10.3390/s25144483) */
    ck_assert_double_eq_tol(fl_photons_bits(620e3, FL_BITS_LEVELS), 9.6, 0.05);
}
END_TEST

START_TEST(one_over_length_at_full_scale)
{
    double photons = fl_photons_for_bits(7, FL_BITS_LEVELS);
    ck_assert_double_eq(photons, 16384);
    ck_assert_double_eq_tol(fl_photons_per_mac(photons, 768), 21, 0.5);
    ck_assert_double_eq_tol(fl_photons_per_mac(photons, 12288), 1.3, 0.05);
    ck_assert_double_eq_tol(fl_photons_per_mac(photons, 12288) * fl_photon_energy_fj(1550) * 1e3, 0.17, 0.005);
    double slope = log(fl_photons_per_mac(photons, 65536) / fl_photons_per_mac(photons, 512)) / log(65536.0 / 512);
    ck_assert_double_eq_tol(slope, -1, 1e-12);
}
END_TEST

START_TEST(energy_of_an_experiment)
{
    /* 0.64 detected photons per multiplication carry about 2.4e-19 J (arXiv:2104.13467), green light */
    ck_assert_double_eq_tol(0.64 * fl_photon_energy_fj(532) * 1e-15, 2.4e-19, 0.05e-19);
}
END_TEST

START_TEST(decibels)
{
    ck_assert_double_eq_tol(fl_db_ratio(10), 10, 1e-12);
    ck_assert_double_eq_tol(fl_db_transmission(3), 0.5012, 5e-5);
    ck_assert_double_eq_tol(fl_db_of_ratio(fl_db_ratio(-1.7)), -1.7, 1e-12);
    ck_assert_double_eq_tol(fl_dbm_mw(-25), 3.1623e-3, 1e-7);
    ck_assert_double_eq_tol(fl_dbm_of_mw(20), 13.0103, 1e-4);
    /* 1 mW for 100 ps is 100 fJ: at 1550 nm 780 thousand photons */
    agrees(fl_photons_of_power(1, 100, 1550, 1), 100 / fl_photon_energy_fj(1550), 1e-12);
    agrees(fl_photons_of_power(1, 100, 1550, 0.5), 3.9e5, 0.01);
}
END_TEST

/* Optical share of GPT-3's converter energy (13.17 pJ a detected output), 7 bits, 1550 nm: the facts' [C] figures. */
static double optical_share(enum fl_bits_convention convention, double efficiency, double loss_db, double wall_plug,
                            double headroom)
{
    double optical = fl_laser_fj_per_row(7, convention, 1550, efficiency, loss_db, wall_plug, headroom);
    return 100 * optical / (optical + 13170);
}

START_TEST(laser_share_of_a_conversion)
{
    static const double ideal[] = { 0.02, 0.10, 0.19 }, chain[] = { 0.2, 1.2, 2.3 }, headroom[] = { 3, 16, 28 };
    for (int c = 0; c < 3; c++) {
        enum fl_bits_convention convention = (enum fl_bits_convention)c;
        ck_assert_double_eq_tol(optical_share(convention, 1, 0, 1, 1), ideal[c], 0.005);
        ck_assert_double_eq_tol(optical_share(convention, 0.8, 3, 0.2, 1), chain[c], 0.05);
        ck_assert_double_eq_tol(optical_share(convention, 0.8, 3, 0.2, 16), headroom[c], 0.5);
    }
}
END_TEST

Suite *test_phys_photons_suite(void)
{
    Suite *suite = suite_create("phys_photons");
    TCase *tcase = tcase_create("photons");
    tcase_add_test(tcase, photon_energies);
    tcase_add_test(tcase, photons_for_bits_in_three_conventions);
    tcase_add_test(tcase, full_well_caps_bits);
    tcase_add_test(tcase, one_over_length_at_full_scale);
    tcase_add_test(tcase, energy_of_an_experiment);
    tcase_add_test(tcase, decibels);
    tcase_add_test(tcase, laser_share_of_a_conversion);
    suite_add_tcase(suite, tcase);
    return suite;
}
