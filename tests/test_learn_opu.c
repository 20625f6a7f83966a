/* test_learn_opu.c - an error projected by a design's light: near the exact projection, nearer with more light, each
 * row by itself, and the same again for the same key.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/draw.h"
#include "learn/opu.h"
#include "tests/suites.h"

enum { ROWS = 60, INPUTS = 26, OUTPUTS = 40 };

struct trial { float error[ROWS * INPUTS], matrix[INPUTS * OUTPUTS], exact[ROWS * OUTPUTS], out[ROWS * OUTPUTS]; };

/* Errors of a softmax: one large negative element a row, the rest small; rows of very different sizes. */
static void fill(struct trial *t)
{
    for (uint64_t i = 0; i < ROWS * INPUTS; i++) {
        double size = exp2(-(double)(i / INPUTS % 20)), own = fl_draw_uniform(3, i);
        t->error[i] = (float)(size * (i % INPUTS == i / INPUTS % INPUTS ? -own : own / 10));
    }
    for (uint64_t i = 0; i < INPUTS * OUTPUTS; i++)
        t->matrix[i] = (float)fl_draw_normal(4, i);
    const struct fl_gemm gemm = {.m = ROWS, .k = INPUTS, .n = OUTPUTS, .a = {t->error, INPUTS, 1},
                                 .b = {t->matrix, OUTPUTS, 1}, .c = t->exact, .c_row = OUTPUTS};
    fl_gemm(&gemm);
}

static struct fl_opu made(const struct fl_request *design, double photons)
{
    struct fl_opu opu = {.design = design, .photons_per_mac = photons};
    struct fl_err err = {0};
    ck_assert_msg(fl_opu_add(&opu, ROWS, INPUTS, OUTPUTS, &err), "%s", fl_err_text(&err));
    return opu;
}

static void project(struct fl_opu *opu, struct trial *t, uint64_t noise)
{
    const struct fl_projected work = {ROWS, INPUTS, OUTPUTS, t->error, t->matrix, t->out};
    fl_opu_project(opu, 0, &work, noise);
}

/* Error over spread, each row by its own size. */
static double error_of(const struct trial *t)
{
    double wrong = 0, all = 0;
    for (size_t i = 0; i < ROWS; i++) {
        double size = exp2(-(double)(i % 20));
        for (size_t j = 0; j < OUTPUTS; j++) {
            double y = (double)t->exact[i * OUTPUTS + j] / size, e = (double)t->out[i * OUTPUTS + j] / size - y;
            wrong += e * e;
            all += y * y;
        }
    }
    return sqrt(wrong / all);
}

static const char *const rails[] = {"core.encoding=dual_rail", "core.adc.range=6", "core.output_bits=14"};
static const struct fl_request bench = {.design = "slm_bench", .set = rails, .sets = 3};

START_TEST(light_projects)
{
    static struct trial t;
    double dim = 0, bright = 0;
    fill(&t);
    for (int four = 0; four < 2; four++) {
        struct fl_opu opu = made(&bench, four ? 400 : 100);
        for (uint64_t noise = 0; noise < 4; noise++) {
            project(&opu, &t, noise);
            *(four ? &bright : &dim) += error_of(&t) / 4;
        }
        ck_assert_double_le(fabs(opu.detected / opu.macs / (four ? 400 : 100) - 1), 1e-6);
        fl_opu_free(&opu);
    }
    ck_assert_double_gt(dim, 0.02);
    ck_assert_msg(fabs(dim / bright / 2 - 1) < 0.1, "error %g, with four times the light %g", dim, bright);
    struct fl_opu opu = made(&bench, 1e9);
    project(&opu, &t, 1);
    ck_assert_msg(error_of(&t) < 0.02, "error %g with light enough", error_of(&t));
    fl_opu_free(&opu);
}
END_TEST

/* A row that is smaller by a power of two comes back so; keys are all that noise depends on. */
START_TEST(rows_are_shown_at_full_brightness)
{
    static struct trial t;
    static float before[ROWS * OUTPUTS];
    fill(&t);
    struct fl_opu opu = made(&bench, 50);
    project(&opu, &t, 7);
    memcpy(before, t.out, sizeof before);
    for (size_t i = 0; i < ROWS * INPUTS; i++)
        t.error[i] *= 0x1p-30F;
    project(&opu, &t, 7);
    for (size_t i = 0; i < ROWS * OUTPUTS; i++)
        ck_assert(t.out[i] == before[i] * 0x1p-30F);
    project(&opu, &t, 8);
    ck_assert(memcmp(t.out, before, sizeof before) != 0 && t.out[0] != before[0] * 0x1p-30F);
    memset(t.error, 0, sizeof t.error);
    project(&opu, &t, 9);
    for (size_t i = 0; i < ROWS * OUTPUTS; i++)
        ck_assert(t.out[i] == 0);
    fl_opu_free(&opu);
}
END_TEST

START_TEST(a_design_without_light_is_refused)
{
    const struct fl_request digital = {.design = "slm_bench", .mapper = "digital"};
    struct fl_opu opu = {.design = &digital};
    struct fl_err err = {0};
    ck_assert(!fl_opu_add(&opu, ROWS, INPUTS, OUTPUTS, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "not on optical cores"));
    fl_err_free(&err);
    fl_opu_free(&opu);
}
END_TEST

Suite *test_learn_opu_suite(void)
{
    Suite *suite = suite_create("learn_opu");
    TCase *tcase = tcase_create("learn_opu");
    tcase_add_test(tcase, light_projects);
    tcase_add_test(tcase, rows_are_shown_at_full_brightness);
    tcase_add_test(tcase, a_design_without_light_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
