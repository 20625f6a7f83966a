/* test_learn_optics.c - products through light: against the formulas of phys/precision.h, and noise by place.
 *
 * Operands are drawn, a product of 96 x 64 outputs is made, and its rms error over spread is compared with what is
 * predicted from the operands' own moments. 6,144 outputs know their rms to 0.9 % (1 / sqrt(2 n)), the moments of
 * their few rows and columns to some 3 %; tolerance 8 %.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/draw.h"
#include "learn/optics.h"
#include "tests/suites.h"

enum { M = 96, K = 128, N = 64 };

struct trial {
    float a[M * K], b[K * N], c[M * N], exact[M * N];
    struct fl_product work;
    struct fl_optics optics;
};

/* Normal values cut at 3 sigma and scaled to peak 1; every column of B reaches it. */
static void begin(struct trial *t, bool non_negative, const struct fl_chain *chain)
{
    for (uint64_t i = 0; i < M * K; i++) {
        double x = fmax(-1, fmin(1, fl_draw_normal(1, i) / 3));
        t->a[i] = (float)(non_negative ? fl_draw_uniform(1, i) : x);
    }
    for (uint64_t i = 0; i < K * N; i++)
        t->b[i] = i < N ? 1 : (float)fmax(-1, fmin(1, fl_draw_normal(2, i) / 3));
    t->work = (struct fl_product){.non_negative = non_negative, .gemm = {
        .m = M, .k = K, .n = N, .a = {t->a, K, 1}, .b = {t->b, N, 1}, .c = t->c, .c_row = N}};
    fl_optics_make(&t->optics, 1, chain, 5);
    struct fl_optics_run run = {.optics = &t->optics};
    struct fl_multiplier by = fl_optics_multiplier(&run);
    by.multiply(by.context, &t->work);
    memcpy(t->exact, t->c, sizeof t->exact);
    fl_optics_ranged(&t->optics);
    by.multiply(by.context, &t->work);
    fl_optics_counted(&t->optics);
}

static struct fl_optics_run go(struct trial *t, uint64_t noise)
{
    struct fl_optics_run run = {.optics = &t->optics, .noise = noise};
    struct fl_multiplier by = fl_optics_multiplier(&run);
    by.multiply(by.context, &t->work);
    return run;
}

static double error_of(const struct trial *t)
{
    double sum = 0, square = 0, wrong = 0;
    for (size_t i = 0; i < M * N; i++) {
        double y = (double)t->exact[i], e = (double)t->c[i] - y;
        sum += y;
        square += y * y;
        wrong += e * e;
    }
    sum /= M * N;
    return sqrt(wrong / (M * N) / (square / (M * N) - sum * sum));
}

/* Moments of what was drawn, over full level; different elements of a vector have nothing in common but a mean. */
static struct fl_operand moments(const float *values, size_t count, double full, bool non_negative)
{
    struct fl_operand o = {.non_negative = non_negative};
    for (size_t i = 0; i < count; i++) {
        double v = (double)values[i] / full;
        o.mean += v / (double)count;
        o.square += v * v / (double)count;
        o.magnitude += fabs(v) / (double)count;
    }
    o.shared = o.mean * o.mean;
    o.shared_magnitude = o.magnitude * o.magnitude;
    return o;
}

static void check(const struct fl_precision_ask *ask, bool non_negative)
{
    struct fl_chain chain = {.kind = FL_CHAIN_OPTICAL, .ask = *ask, .inside = 1};
    struct trial *t = calloc(1, sizeof *t);
    begin(t, non_negative, &chain);
    struct fl_optics_run run = go(t, 7);
    struct fl_precision_ask predicted = *ask;
    predicted.input = moments(t->a, M * K, t->optics.site[0].ranges.input, non_negative);
    predicted.weight = moments(t->b + N, (K - 1) * N, 1, false);
    struct fl_precision want = fl_precision_predict(&predicted);
    double got = error_of(t), light = run.detected / ((double)M * N * K);
    ck_assert_msg(fabs(got / want.error - 1) < 0.08, "%s%s: error over spread %g, predicted %g",
                  fl_sign_names[ask->coding.sign], non_negative ? ", non-negative" : "", got, want.error);
    /* of slices the prediction takes lower digits to fall anywhere: it is no measure of this light */
    ck_assert_msg(ask->input_slices > 1 || fabs(light / want.light.detected_per_mac - 1) < 0.03,
                  "%s: %g photons a MAC, predicted %g", fl_sign_names[ask->coding.sign], light,
                  want.light.detected_per_mac);
    fl_optics_free(&t->optics);
    free(t);
}

/* Errors of levels and crosstalk, each the largest part of the error; emitters with a noise of their own. */
static void check_devices(const struct fl_precision_ask *plain, bool non_negative)
{
    struct fl_precision_ask level = *plain, crosstalk = *plain, emitters = *plain;
    level.weight_error = 0.02;
    level.coding.weight_extinction = 0.05;
    level.photons *= 16;
    check(&level, non_negative);
    level.weight_bits = level.input_bits = 3;
    level.weight_slices = level.input_slices = 2;
    level.weight_error = 0.05;
    check(&level, non_negative);
    crosstalk.crosstalk = 0.1;
    crosstalk.photons *= 100;
    check(&crosstalk, non_negative);
    struct fl_precision_ask channels = *plain;
    channels.channels = (struct fl_channels){.count = 8, .spacing_nm = 1, .half_nm = 0.5};
    channels.photons *= 100;
    if (fl_signs[plain->coding.sign].detectors == 2 && !fl_signs[plain->coding.sign].phased)
        check(&channels, non_negative);
    emitters.emitters_apart = true;
    emitters.photons = 1e12;
    emitters.receiver = (struct fl_receiver){.integration_ps = 1000, .rin_db_per_hz = -100};
    if (!fl_signs[plain->coding.sign].phased)
        check(&emitters, non_negative);
}

/* Each encoding with shot noise alone, and then each further part of the chain on top of it. */
START_TEST(errors_are_those_predicted)
{
    for (int sign = 0; sign < FL_SIGNS; sign++) {
        if (fl_signs[sign].squares)     /* no product of a network */
            continue;
        for (int non_negative = 0; non_negative < 2; non_negative++) {
            struct fl_precision_ask plain = {.coding = {.sign = (enum fl_sign_encoding)sign, .oscillator = 0.05},
                                             .length = K, .photons = sign == FL_SIGN_OFFSET ? 4e6 : 2e4};
            check(&plain, non_negative);
            struct fl_precision_ask bits = plain, read = plain, dark = plain, tiles = plain, extinction = plain;
            bits.photons = 1e12;
            bits.input_bits = bits.weight_bits = 5;
            bits.output_bits = 9;
            check(&bits, non_negative);
            bits.input_bits = bits.weight_bits = 3;
            bits.input_slices = bits.weight_slices = 2;
            bits.adc_sigmas = 4;
            check(&bits, non_negative);
            read.receiver.read_e = 2 * sqrt(plain.photons);
            check(&read, non_negative);
            dark.receiver = (struct fl_receiver){.integration_ps = 1000, .dark_na = 160 * plain.photons / 1e6};
            check(&dark, non_negative);
            tiles.tiles = 4;
            tiles.receiver.read_e = sqrt(plain.photons);
            check(&tiles, non_negative);
            extinction.coding.input_extinction = 0.02;
            extinction.coding.weight_extinction = 0.05;
            check(&extinction, non_negative);
            check_devices(&plain, non_negative);
        }
    }
}
END_TEST

START_TEST(a_reference_row_and_intensity_noise)
{
    struct fl_precision_ask ask = {.coding = {.sign = FL_SIGN_OFFSET, .reference_row = true}, .length = K,
                                   .photons = 4e6};
    check(&ask, true);
    check(&ask, false);
    ask.photons = 1e12;
    ask.coding.sign = FL_SIGN_DUAL_RAIL;
    ask.coding.reference_row = false;
    ask.receiver = (struct fl_receiver){.integration_ps = 1000, .rin_db_per_hz = -110};
    struct fl_chain chain = {.kind = FL_CHAIN_OPTICAL, .ask = ask, .inside = 1};
    struct trial *t = calloc(1, sizeof *t);
    begin(t, true, &chain);
    go(t, 7);
    /* a row's outputs share the flicker: 96 rows know its rms to 7 % */
    ck_assert_double_le(fabs(error_of(t) / sqrt(fl_noise_rin_share(-110, 1000)) - 1), 0.3);
    fl_optics_free(&t->optics);
    free(t);
}
END_TEST

/* The same product in two halves of rows: the same bits; another seed: others. */
START_TEST(noise_has_a_place)
{
    struct fl_chain chain = {.kind = FL_CHAIN_OPTICAL, .inside = 1, .systematic = 0.1,
                             .ask = {.coding = {.sign = FL_SIGN_DUAL_RAIL}, .length = K, .photons = 2e4, .tiles = 3,
                                     .receiver = {.read_e = 3}, .input_bits = 8, .weight_bits = 8, .output_bits = 8}};
    struct trial *t = calloc(1, sizeof *t);
    float whole[M * N];
    begin(t, false, &chain);
    go(t, 7);
    memcpy(whole, t->c, sizeof whole);
    memset(t->c, 0, sizeof t->c);
    t->work.gemm.m = 40;
    go(t, 7);
    t->work.gemm.m = M - 40;
    t->work.first = 40;
    t->work.gemm.a.at = t->a + 40 * K;
    t->work.gemm.c = t->c + 40 * N;
    go(t, 7);
    ck_assert(memcmp(whole, t->c, sizeof whole) == 0);
    go(t, 8);
    ck_assert(memcmp(whole, t->c, sizeof whole) != 0);
    fl_optics_free(&t->optics);
    free(t);
}
END_TEST

/* Eight bits digitally: rounding of inputs, weights and outputs, as variances: step^2 / 12 each. */
START_TEST(eight_bits_are_eight_bits)
{
    struct fl_chain chain = {.kind = FL_CHAIN_DIGITAL, .inside = 1,
                             .ask = {.input_bits = 8, .weight_bits = 8, .output_bits = 8, .length = K}};
    struct trial *t = calloc(1, sizeof *t);
    begin(t, false, &chain);
    go(t, 0);
    const struct fl_ranges *r = &t->optics.site[0].ranges;
    struct fl_operand x = moments(t->a, M * K, 1, false), w = moments(t->b, K * N, 1, false);
    double variance = (K * (r->input * r->input * w.square + x.square) + r->output * r->output) / (12 * 127 * 127.0);
    ck_assert_double_le(fabs(error_of(t) / (sqrt(variance) / r->spread) - 1), 0.08);
    fl_optics_free(&t->optics);
    free(t);
}
END_TEST

/* A machine's own error: the same for every row, as large as asked for, another machine's another. */
START_TEST(systematic_errors_belong_to_a_machine)
{
    struct fl_chain chain = {.kind = FL_CHAIN_OPTICAL, .inside = 1, .quiet = true, .systematic = 0.1,
                             .ask = {.coding = {.sign = FL_SIGN_DUAL_RAIL}, .length = K, .photons = 1e9}};
    struct trial *t = calloc(1, sizeof *t);
    begin(t, false, &chain);
    go(t, 7);
    double spread = t->optics.site[0].ranges.spread, square = 0;
    for (size_t j = 0; j < N; j++) {
        double error = (double)(t->c[j] - t->exact[j]);
        square += error * error;
        ck_assert_double_le(fabs((double)(t->c[(M - 1) * N + j] - t->exact[(M - 1) * N + j]) - error), 1e-4 * spread);
    }
    ck_assert_double_le(fabs(sqrt(square / N) / (0.1 * spread) - 1), 0.3);      /* 64 channels: 9 % */
    float before = t->c[0];
    t->optics.machine++;
    go(t, 7);
    ck_assert(t->c[0] != before);
    fl_optics_free(&t->optics);
    free(t);
}
END_TEST

Suite *test_learn_optics_suite(void)
{
    Suite *suite = suite_create("learn_optics");
    TCase *tcase = tcase_create("learn_optics");
    tcase_add_test(tcase, errors_are_those_predicted);
    tcase_add_test(tcase, a_reference_row_and_intensity_noise);
    tcase_add_test(tcase, noise_has_a_place);
    tcase_add_test(tcase, eight_bits_are_eight_bits);
    tcase_add_test(tcase, systematic_errors_belong_to_a_machine);
    suite_add_tcase(suite, tcase);
    return suite;
}
