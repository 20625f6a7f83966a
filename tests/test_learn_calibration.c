/* test_learn_calibration.c - chains that are hidden in pairs of numbers, and found.
 *
 * A chain has values that are no default anywhere; what is found of it must be within 1 % (gain, offset) and 10 %
 * (noise), and as near as its own standard errors say.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/calibration.h"
#include "learn/draw.h"
#include "learn/optics.h"
#include "tests/suites.h"

struct hidden { double gain, offset, systematic, noise; size_t outputs, each; };

/* Pairs of a chain; noise is normal, wanted numbers are even in [-1, 1]. */
static struct fl_pairs measured(const struct hidden *h, uint64_t seed, bool told)
{
    struct fl_pairs pairs = {.count = h->outputs * h->each, .outputs = told ? h->outputs : 0};
    pairs.wanted = calloc(pairs.count, sizeof *pairs.wanted);
    pairs.got = calloc(pairs.count, sizeof *pairs.got);
    pairs.output = told ? calloc(pairs.count, sizeof *pairs.output) : NULL;
    for (size_t i = 0; i < pairs.count; i++) {
        size_t output = i % h->outputs;
        pairs.wanted[i] = 2 * fl_draw_uniform(fl_draw_key(seed, 1), i) - 1;
        pairs.got[i] = h->offset + h->gain * pairs.wanted[i] +
                       h->systematic * fl_draw_normal(fl_draw_key(seed, 2), output) +
                       h->noise * fl_draw_normal(fl_draw_key(seed, 3), i);
        if (told)
            pairs.output[i] = output;
    }
    return pairs;
}

static void give_back(struct fl_pairs *pairs)
{
    free(pairs->wanted);
    free(pairs->got);
    free(pairs->output);
}

static struct fl_calibration found(const struct hidden *h, uint64_t seed, bool told)
{
    struct fl_pairs pairs = measured(h, seed, told);
    struct fl_calibration fit;
    struct fl_err err = {0};
    ck_assert_msg(fl_calibration_fit(&pairs, "pairs", &fit, &err), "%s", fl_err_text(&err));
    give_back(&pairs);
    return fit;
}

static const struct hidden bench = {.gain = 0.7313, .offset = 1.684, .systematic = 0.041, .noise = 0.1127,
                                    .outputs = 257, .each = 41};

START_TEST(a_hidden_chain_is_found)
{
    struct fl_calibration fit = found(&bench, 90210, true);
    ck_assert_double_le(fabs(fit.gain.value / bench.gain - 1), 0.01);
    ck_assert_double_le(fabs(fit.offset.value / bench.offset - 1), 0.01);
    ck_assert_double_le(fabs(fit.noise.value / bench.noise - 1), 0.1);
    ck_assert_double_le(fabs(fit.systematic.value / bench.systematic - 1), 0.2);
    ck_assert_double_le(fabs(fit.spread / (bench.gain / sqrt(3)) - 1), 0.02);
    ck_assert_double_le(fit.bend, 0.02 * fit.spread);
    ck_assert_double_le(fabs(fit.dim / fit.bright - 1), 0.1);
}
END_TEST

/* Without names of outputs there is one noise, of both. */
START_TEST(unnamed_outputs_are_noise)
{
    struct fl_calibration fit = found(&bench, 31337, false);
    ck_assert(isnan(fit.systematic.value));
    ck_assert_double_le(fabs(fit.noise.value / hypot(bench.noise, bench.systematic) - 1), 0.05);
}
END_TEST

/* Over many chains the distance is what the standard errors say: mean of squares 1, known to sqrt(2 / n). */
START_TEST(standard_errors_are_right)
{
    enum { CHAINS = 200 };
    const struct hidden small = {.gain = -2.3, .offset = 0.4, .systematic = 0.2, .noise = 0.5, .outputs = 30,
                                 .each = 8};
    double square[4] = {0};
    for (uint64_t seed = 0; seed < CHAINS; seed++) {
        struct fl_calibration fit = found(&small, 1000 + seed, true);
        double z[4] = {(fit.gain.value - small.gain) / fit.gain.error,
                       (fit.offset.value - small.offset) / fit.offset.error,
                       (fit.systematic.value - small.systematic) / fit.systematic.error,
                       (fit.noise.value - small.noise) / fit.noise.error};
        for (int i = 0; i < 4; i++)
            square[i] += z[i] * z[i] / CHAINS;
    }
    for (int i = 0; i < 4; i++)
        ck_assert_msg(fabs(square[i] - 1) < 0.35, "figure %d: mean of squares %g", i, square[i]);
}
END_TEST

/* A chain that saturates is no line. */
START_TEST(saturation_is_seen)
{
    struct fl_pairs pairs = measured(&bench, 5, true);
    struct fl_calibration fit;
    struct fl_err err = {0};
    for (size_t i = 0; i < pairs.count; i++)
        pairs.got[i] = fmin(pairs.got[i], 1.9);
    ck_assert(fl_calibration_fit(&pairs, "pairs", &fit, &err));
    ck_assert_double_gt(fit.bend, 0.1 * fit.spread);
    give_back(&pairs);
}
END_TEST

/* ---- the product's own optics as the hidden chain ---- */

enum { M = 192, K = 96, N = 48 };

/* Products through dual rails, systematic error and a gain that nobody told; noise against phys/precision.h. */
START_TEST(our_own_optics_are_found)
{
    static float a[M * K], b[K * N], c[M * N];
    static double wanted[M * N], got[M * N];
    static size_t output[M * N];
    const double photons = 5700, gain = 1.83, offset = -17.3, systematic = 0.13;
    struct fl_chain chain = {.kind = FL_CHAIN_OPTICAL, .inside = 1, .systematic = systematic, .ask = {
        .photons = photons, .length = K, .input_bits = 12, .weight_bits = 12, .output_bits = 12,
        .coding = {.sign = FL_SIGN_DUAL_RAIL}}};
    for (uint64_t i = 0; i < M * K; i++)
        a[i] = (float)fmax(-1, fmin(1, fl_draw_normal(71, i) / 3));
    for (uint64_t i = 0; i < K * N; i++)
        b[i] = i < N ? 1 : (float)fmax(-1, fmin(1, fl_draw_normal(72, i) / 3));
    struct fl_product work = {.gemm = {.m = M, .k = K, .n = N, .a = {a, K, 1}, .b = {b, N, 1}, .c = c, .c_row = N}};
    struct fl_optics optics;
    fl_optics_make(&optics, 1, &chain, 4711);
    struct fl_optics_run run = {.optics = &optics, .noise = 815};
    struct fl_multiplier by = fl_optics_multiplier(&run);
    by.multiply(by.context, &work);
    for (size_t i = 0; i < M * N; i++)
        wanted[i] = (double)c[i];
    fl_optics_ranged(&optics);
    by.multiply(by.context, &work);
    fl_optics_counted(&optics);
    by.multiply(by.context, &work);
    for (size_t i = 0; i < M * N; i++) {
        got[i] = offset + gain * (double)c[i];
        output[i] = i % N;
    }
    double spread = optics.site[0].ranges.spread, light = optics.site[0].ranges.light / K;
    fl_optics_free(&optics);
    struct fl_pairs pairs = {wanted, got, output, M * N, N};
    struct fl_calibration fit;
    struct fl_err err = {0};
    ck_assert_msg(fl_calibration_fit(&pairs, "pairs", &fit, &err), "%s", fl_err_text(&err));
    ck_assert_double_le(fabs(fit.gain.value / gain - 1), 0.01);
    ck_assert_double_le(fabs(fit.offset.value / offset - 1), 0.01);
    ck_assert_double_le(fabs(fit.systematic.value / (gain * systematic * spread) - 1), 0.3);
    /* shot noise of a product of full levels: two passes of light `light` a MAC and photons / K a level */
    double shot = gain * sqrt(2 * light * K * K / photons);
    ck_assert_msg(fabs(fit.noise.value / shot - 1) < 0.1, "noise %g, shot noise %g", fit.noise.value, shot);
}
END_TEST

START_TEST(pairs_that_tell_nothing_are_refused)
{
    double wanted[12] = {0}, got[12];
    for (int i = 0; i < 12; i++)
        got[i] = i;
    struct fl_pairs pairs = {wanted, got, NULL, 12, 0};
    struct fl_calibration fit;
    struct fl_err err = {0};
    ck_assert(!fl_calibration_fit(&pairs, "p.csv", &fit, &err));
    ck_assert_str_eq(fl_err_text(&err), "p.csv: every pair wants 0; measure at several values\n");
    fl_err_free(&err);
    memcpy(wanted, got, sizeof wanted);
    memset(got, 0, sizeof got);
    ck_assert(!fl_calibration_fit(&pairs, "p.csv", &fit, &err));
    ck_assert_str_eq(fl_err_text(&err), "p.csv: every pair got 0: is the bench on?\n");
    fl_err_free(&err);
    pairs.count = 9;
    ck_assert(!fl_calibration_fit(&pairs, "p.csv", &fit, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "has 9 pairs"));
    fl_err_free(&err);
}
END_TEST

Suite *test_learn_calibration_suite(void)
{
    Suite *suite = suite_create("learn_calibration");
    TCase *tcase = tcase_create("learn_calibration");
    tcase_add_test(tcase, a_hidden_chain_is_found);
    tcase_add_test(tcase, unnamed_outputs_are_noise);
    tcase_add_test(tcase, standard_errors_are_right);
    tcase_add_test(tcase, saturation_is_seen);
    tcase_add_test(tcase, our_own_optics_are_found);
    tcase_add_test(tcase, pairs_that_tell_nothing_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
