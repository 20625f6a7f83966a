/* test_learn_layered.c - layered networks: derivatives, random feedback, and who learns what. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/classify.h"
#include "learn/draw.h"
#include "learn/rows.h"
#include "tests/suites.h"

enum { ROWS = 5, INPUTS = 6, HIDDEN = 7, CLASSES = 3 };

/* A path of five nodes. */
static size_t starts[] = {0, 2, 5, 8, 11, 13};
static int others[] = {0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4};
static float weights[13];

static struct fl_links path_links(void)
{
    for (size_t i = 0; i < ROWS; i++)
        for (size_t at = starts[i]; at < starts[i + 1]; at++) {
            size_t own = starts[i + 1] - starts[i], j = (size_t)others[at];
            weights[at] = 1 / sqrtf((float)(own * (starts[j + 1] - starts[j])));
        }
    return (struct fl_links){ROWS, starts, others, weights};
}

static const int target[ROWS] = {0, 2, -1, 1, 2};

static double loss_of(const struct fl_layered *net, const float *parameters, const float *x,
                      struct fl_layered_pass *pass)
{
    fl_layered_forward(net, parameters, x, pass);
    return fl_rows_loss(ROWS, CLASSES, target, 1, pass->out[net->layers - 1], NULL);
}

static void check_gradient(const struct fl_links *links)
{
    struct fl_layered net = {3, {INPUTS, HIDDEN, HIDDEN, CLASSES}, links};
    size_t count = fl_layered_count(&net);
    float *parameters = calloc(2 * count, sizeof *parameters), *gradient = parameters + count, x[ROWS * INPUTS];
    struct fl_layered_pass pass = fl_layered_pass_make(&net, ROWS);
    fl_layered_start(&net, 1, parameters);
    for (size_t i = 0; i < ROWS * INPUTS; i++)
        x[i] = (float)fl_draw_normal(2, i);
    loss_of(&net, parameters, x, &pass);
    fl_layered_backward(&net, parameters, FL_METHOD_BP, NULL, &pass, gradient);
    for (size_t i = 0; i < count; i++) {
        float kept = parameters[i];
        parameters[i] = kept + 1e-3F;
        double above = loss_of(&net, parameters, x, &pass);
        parameters[i] = kept - 1e-3F;
        double slope = (above - loss_of(&net, parameters, x, &pass)) / 2e-3;
        parameters[i] = kept;
        ck_assert_double_le(fabs(slope - (double)gradient[i]), 0.01 * (1 + fabs(slope)));
    }
    fl_layered_pass_free(&pass);
    free(parameters);
}

START_TEST(gradients_are_those_of_finite_differences)
{
    struct fl_links links = path_links();
    check_gradient(NULL);
    check_gradient(&links);
}
END_TEST

START_TEST(a_ternary_error_has_three_values)
{
    enum { N = 8 };
    float error[N] = {0.9F, -0.4F, -0.05F, 0.5F, 0, 0.46F, -0.9F, 0.1F}, identity[N];
    struct fl_projection plain = {.key = 3}, shown = {.key = 3, .ternary = true, .threshold = 0.5};
    float as_shown[N] = {1, 0, 0, 1, 0, 1, -1, 0}, want[N], got[N];
    for (int i = 0; i < N; i++)
        identity[i] = as_shown[i] * (0.9F + 0.5F + 0.46F + 0.9F) / 4;
    fl_project(&plain, 1, 1, N, identity, N, want);
    fl_project(&shown, 1, 1, N, error, N, got);
    for (int i = 0; i < N; i++)
        ck_assert_float_eq_tol(got[i], want[i], 1e-6F);
    /* noise is as large as asked for, and another at every use */
    static float many[400 * N], once[400 * N], twice[400 * N];
    for (size_t i = 0; i < 400 * N; i++)
        many[i] = (float)fl_draw_normal(5, i);
    struct fl_projection noisy = {.key = 3, .noise = 0.5};
    fl_project(&plain, 1, 400, N, many, N, once);
    fl_project(&noisy, 1, 400, N, many, N, twice);
    double size = 0, error_size = 0;
    for (size_t i = 0; i < 400 * N; i++) {
        size += (double)once[i] * (double)once[i];
        error_size += pow((double)twice[i] - (double)once[i], 2);
    }
    ck_assert_double_le(fabs(sqrt(error_size / size) - 0.5), 0.03);
}
END_TEST

static double letters(enum fl_method method, double noise)
{
    struct fl_samples samples;
    fl_samples_letters(&samples, 1040, 520, 7);
    struct fl_classify_ask ask = {.method = method, .seed = 1, .hidden = 48, .features = 200, .epochs = 80,
                                  .rate = 0.01, .noise = noise};
    struct fl_classified got = fl_classify(&ask, &samples);
    fl_samples_free(&samples);
    return got.test;
}

/* Guessing is right once in 26. What was never taught below its top is far behind; random feedback is in between. */
START_TEST(learning_beats_the_last_layer_alone)
{
    double bp = letters(FL_METHOD_BP, 0), dfa = letters(FL_METHOD_DFA, 0), last = letters(FL_METHOD_LAST_LAYER, 0);
    ck_assert_double_gt(bp, dfa);
    ck_assert_double_gt(dfa, 1.3 * last);
    ck_assert_double_gt(last, 2.0 / 26);
    ck_assert_double_gt(letters(FL_METHOD_ELM, 0), last);
    ck_assert_double_gt(letters(FL_METHOD_ELM, 0), letters(FL_METHOD_ELM, 1));
}
END_TEST

Suite *test_learn_layered_suite(void)
{
    Suite *suite = suite_create("learn_layered");
    TCase *tcase = tcase_create("learn_layered");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, gradients_are_those_of_finite_differences);
    tcase_add_test(tcase, a_ternary_error_has_three_values);
    tcase_add_test(tcase, learning_beats_the_last_layer_alone);
    suite_add_tcase(suite, tcase);
    return suite;
}
