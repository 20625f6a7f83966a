/* test_phys_noise.c - noise in electrons, effective bits, link budgets, against published figures. */
#include <math.h>

#include "phys/loss.h"
#include "phys/noise.h"
#include "tests/suites.h"

static void agrees(double got, double want, double relative)
{
    ck_assert_double_le(fabs(got - want), fabs(want) * relative);
}

START_TEST(shot_noise_alone_gives_the_photon_conventions)
{
    struct fl_receiver ideal = {0};
    ck_assert_double_eq(fl_noise_snr(&ideal, 1000), 1000);
    for (int c = FL_BITS_LEVELS; c <= FL_BITS_QUANTIZATION; c++) {
        enum fl_bits_convention convention = (enum fl_bits_convention)c;
        double photons = fl_photons_for_bits(6, convention);
        agrees(fl_noise_bits(&ideal, photons, 0, convention), 6, 1e-12);
    }
    /* levels: 4 b at 256 photons; the same light counts as fewer bits in the stricter conventions */
    ck_assert_double_eq_tol(fl_noise_bits(&ideal, 256, 0, FL_BITS_LEVELS), 4, 1e-12);
    ck_assert_double_eq_tol(fl_noise_bits(&ideal, 256, 0, FL_BITS_SINE), 4 - log2(6) / 2, 1e-12);
}
END_TEST

START_TEST(reset_noise)
{
    static const struct { double ff, electrons, tolerance; } known[] = {
        { 1, 12.7, 0.05 }, { 10, 40, 0.5 }, { 100, 127, 0.5 },
    };
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(fl_noise_ktc_e(known[i].ff, 300), known[i].electrons, known[i].tolerance);
}
END_TEST

START_TEST(receiverless_detection)
{
    ck_assert_double_eq_tol(fl_photons_for_swing(0.1, 1), 620, 10);         /* "about 620" */
    ck_assert_double_eq_tol(fl_photons_for_swing(1000, 1), 6.2e6, 0.05e6);
}
END_TEST

/* The electron form and the current form of the same receiver are one: <i^2> (T / q)^2 = sigma_e^2. */
START_TEST(current_and_electron_forms_agree)
{
    double ps = 100, electrons = 50000, ohm = 5000, kelvin = 300, rin = -150;
    struct fl_receiver receiver = {
        .integration_ps = ps, .rin_db_per_hz = rin,
        .amplifier_pa_per_rthz = fl_noise_resistor_pa_per_rthz(ohm, kelvin),
    };
    double current = electrons * FL_CHARGE_C / (ps * 1e-12);
    double a2 = fl_noise_current_a2(current, ohm, kelvin, rin, fl_noise_bandwidth_hz(ps));
    double per_ampere = ps * 1e-12 / FL_CHARGE_C;
    struct fl_noise noise = fl_noise_at(&receiver, electrons);
    agrees(a2 * per_ampere * per_ampere, noise.total, 1e-9);
    agrees(noise.shot, electrons, 1e-12);
    agrees(noise.rin, 1e-15 * 5e9 * electrons * electrons, 1e-9);
    ck_assert_double_gt(noise.amplifier, 0);
}
END_TEST

START_TEST(amplifier_and_dark_by_hand)
{
    /* 50 ohm at 300 K: 18.2 pA/rtHz (Johnson 1928); 1 nA for 1 us is 6241 electrons */
    ck_assert_double_eq_tol(fl_noise_resistor_pa_per_rthz(50, 300), 18.2, 0.05);
    ck_assert_double_eq_tol(fl_noise_dark_e(1, 1e6), 6241.5, 0.1);
    /* 10 pA/rtHz over 100 ps: sqrt(5 GHz) x 10 pA = 0.707 uA, 441 electrons rms */
    ck_assert_double_eq_tol(sqrt(fl_noise_amplifier_e2(10, 100)), 441.3, 0.5);
    ck_assert_double_eq(fl_noise_bandwidth_hz(100), 5e9);
}
END_TEST

START_TEST(intensity_noise_caps_bits)
{
    /* RIN alone: sigma = sqrt(RIN B) N, so bits stop growing with light: -150 dB/Hz, 5 GHz: 8.8 bits */
    struct fl_receiver receiver = { .integration_ps = 100, .rin_db_per_hz = -150 };
    double cap = -log2(1e-15 * 5e9) / 2;
    ck_assert_double_eq_tol(fl_noise_bits(&receiver, 1e15, 0, FL_BITS_LEVELS), cap, 1e-3);
    ck_assert_double_eq_tol(cap, 8.80, 0.01);
}
END_TEST

START_TEST(converter_noise_and_errors_as_bits)
{
    struct fl_receiver ideal = {0};
    /* no shot noise to speak of: an 8-bit converter over the full scale gives 8 bits */
    double scale = 1e12, lsb = scale / 256;
    ck_assert_double_eq_tol(fl_noise_bits(&ideal, scale, lsb * lsb / 12, FL_BITS_QUANTIZATION), 8, 1e-6);
    ck_assert_double_eq_tol(fl_noise_bits(&ideal, scale, lsb * lsb / 12, FL_BITS_SINE), 8, 1e-6);
    ck_assert_double_eq_tol(fl_bits_sndr_db(8), 6.02 * 8 + 1.76, 0.01);
    ck_assert_double_eq_tol(fl_sndr_bits(fl_bits_sndr_db(6.5)), 6.5, 1e-12);
    ck_assert_double_eq_tol(fl_error_bits(0.02, FL_BITS_LEVELS), 5.64, 0.005);
    for (int c = FL_BITS_LEVELS; c <= FL_BITS_QUANTIZATION; c++) {
        enum fl_bits_convention convention = (enum fl_bits_convention)c;
        agrees(fl_error_bits(fl_error_for_bits(5, convention), convention), 5, 1e-12);
    }
}
END_TEST

START_TEST(fixed_light_loses_bits_on_short_operands)
{
    ck_assert_double_eq(fl_photons_lost_bits(2500, 10000), 1);
    ck_assert_double_eq(fl_photons_lost_bits(10000, 10000), 0);
    ck_assert_double_eq(fl_photons_lost_bits(40000, 10000), 0);
}
END_TEST

START_TEST(light_is_conserved_element_by_element)
{
    const struct fl_element path[] = {
        { "coupler", 0.33, 1 }, { "modulator", 1.2, 0 }, { "fan-out", 1.0, 1024 }, { "slm", 2.5, 1 },
        { "detector", fl_loss_of_efficiency_db(0.8), 1 },
    };
    enum { COUNT = sizeof path / sizeof *path };
    struct fl_light light[COUNT];
    double emitted = 1e9, detected = fl_path_walk(path, COUNT, emitted, light);

    double before = emitted;
    for (int i = 0; i < COUNT; i++) {
        ck_assert_double_eq(light[i].entering, before);
        agrees(light[i].leaving + light[i].lost, light[i].entering, 1e-15);
        before = light[i].leaving;
    }
    ck_assert_double_eq(detected, light[COUNT - 1].leaving);
    ck_assert_double_le(fl_path_unbalance(light, COUNT, emitted, detected), 1e-15);
    ck_assert_double_ge(fl_path_unbalance(light, COUNT, emitted, detected * 1.01), 1e-3);  /* a broken law shows */
    agrees(detected, emitted * fl_db_transmission(fl_path_loss_db(path, COUNT)), 1e-12);
    agrees(detected / light[COUNT - 1].branches, emitted * fl_db_transmission(fl_path_branch_db(path, COUNT)), 1e-12);
    ck_assert_double_eq(light[COUNT - 1].branches, 1024);
}
END_TEST

START_TEST(fan_out_divides)
{
    struct fl_fanout fanout = fl_fanout_divide(1000, 8, 6, 0);
    ck_assert_double_eq(fanout.per_row, 125);       /* a 1:M split gives each branch P eta / M */
    ck_assert_double_eq(fanout.used, 750);
    ck_assert_double_eq(fanout.unused, 250);
    ck_assert_double_eq(fanout.lost, 0);
    fanout = fl_fanout_divide(1000, 8, 8, 3);
    agrees(fanout.used + fanout.unused + fanout.lost, 1000, 1e-15);
    agrees(fanout.per_row, 1000 * fl_db_transmission(3) / 8, 1e-15);
    ck_assert_double_eq_tol(fl_fanout_tree_db(12, 0.1), 0.4, 1e-12);    /* Y splitters of 0.1 dB (7c3d4ad8) */
    ck_assert_double_eq(fl_fanout_tree_db(1, 0.1), 0);
}
END_TEST

START_TEST(link_budget_rule)
{
    /* -25 dBm sensitivity, 10 dB, 1:12, 8 b, 20 %: 3.162 uW x 10 x 12 x 256 / 0.2 = 485.7 mW */
    agrees(fl_laser_link_mw(-25, 10, 12, 8, 0.2), 3.16228e-3 * 10 * 12 * 256 / 0.2, 1e-5);
    double more = fl_laser_link_mw(-25, 10, 24, 8, 0.2) / fl_laser_link_mw(-25, 7, 12, 8, 0.2);
    ck_assert_double_eq_tol(fl_db_of_ratio(more), 3 + fl_db_of_ratio(2), 1e-9);
}
END_TEST

Suite *test_phys_noise_suite(void)
{
    Suite *suite = suite_create("phys_noise");
    TCase *noise = tcase_create("noise"), *loss = tcase_create("loss");
    tcase_add_test(noise, shot_noise_alone_gives_the_photon_conventions);
    tcase_add_test(noise, reset_noise);
    tcase_add_test(noise, receiverless_detection);
    tcase_add_test(noise, current_and_electron_forms_agree);
    tcase_add_test(noise, amplifier_and_dark_by_hand);
    tcase_add_test(noise, intensity_noise_caps_bits);
    tcase_add_test(noise, converter_noise_and_errors_as_bits);
    tcase_add_test(noise, fixed_light_loses_bits_on_short_operands);
    tcase_add_test(loss, light_is_conserved_element_by_element);
    tcase_add_test(loss, fan_out_divides);
    tcase_add_test(loss, link_budget_rule);
    suite_add_tcase(suite, noise);
    suite_add_tcase(suite, loss);
    return suite;
}
