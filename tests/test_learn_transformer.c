/* test_learn_transformer.c - derivatives against finite differences; causality; learning. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/adam.h"
#include "learn/draw.h"
#include "learn/rows.h"
#include "learn/text.h"
#include "learn/transformer.h"
#include "tests/suites.h"

static const struct fl_transformer small = {.vocabulary = 7, .context = 5, .width = 8, .layers = 2, .heads = 2,
                                            .inner = 12};
enum { SEQUENCES = 3, TOKENS = 15, PATCH = 4 };

static const int symbols[TOKENS] = {0, 3, 2, 6, 1, 5, 5, 4, 0, 2, 1, 6, 3, 3, 0};
static const int targets[TOKENS] = {3, 2, 6, 1, 4, 5, 4, 0, 2, 2, 6, 3, 3, 0, 1};

static double loss_of(const struct fl_transformer *net, const float *parameters, struct fl_pass *pass)
{
    fl_transformer_forward(net, parameters, symbols, 0, &fl_exact, pass);
    return fl_rows_loss(fl_pass_rows(net, pass), 7, targets, 1, pass->logits, NULL);
}

/* Every parameter is moved a little; the loss must follow the derivative. Single precision in a loss of about 40
 * leaves 1e-5 over the step, 0.01 in all; larger steps cross the corners of ReLUs. */
START_TEST(gradients_are_those_of_finite_differences)
{
    struct fl_transformer net = small;
    net.patch = _i * PATCH;             /* the second time of images */
    size_t count = fl_transformer_at(&net).count;
    float *parameters = calloc(2 * count, sizeof *parameters), *gradient = parameters + count;
    struct fl_pass pass = fl_pass_make(&net, SEQUENCES, true);
    float patches[TOKENS * PATCH];
    for (size_t i = 0; i < TOKENS * PATCH; i++)
        patches[i] = (float)fl_draw_normal(8, i);
    pass.patches = patches;
    fl_transformer_start(&net, 3, parameters);
    for (size_t i = 0; i < count; i++)
        parameters[i] += (float)(0.1 * fl_draw_normal(9, i));      /* biases and gains, too */
    loss_of(&net, parameters, &pass);
    fl_transformer_backward(&net, parameters, symbols, NULL, &pass, gradient);
    double worst = 0, step = 1e-3;
    for (size_t i = 0; i < count; i++) {
        float kept = parameters[i];
        parameters[i] = kept + (float)step;
        double above = loss_of(&net, parameters, &pass);
        parameters[i] = kept - (float)step;
        double below = loss_of(&net, parameters, &pass), slope = (above - below) / (2 * step);
        parameters[i] = kept;
        worst = fmax(worst, fabs(slope - (double)gradient[i]) / (0.05 + fabs(slope)));
    }
    ck_assert_double_le(worst, 0.05);
    fl_pass_free(&pass);
    free(parameters);
}
END_TEST

START_TEST(the_future_is_not_seen)
{
    size_t count = fl_transformer_at(&small).count;
    float *parameters = calloc(count, sizeof *parameters), before[TOKENS * 7];
    struct fl_pass pass = fl_pass_make(&small, SEQUENCES, false);
    fl_transformer_start(&small, 4, parameters);
    fl_transformer_forward(&small, parameters, symbols, 0, &fl_exact, &pass);
    memcpy(before, pass.logits, sizeof before);
    int changed[TOKENS];
    memcpy(changed, symbols, sizeof changed);
    changed[8] = 6;                     /* the second sequence's fourth */
    fl_transformer_forward(&small, parameters, changed, 0, &fl_exact, &pass);
    ck_assert(memcmp(before, pass.logits, 8 * 7 * sizeof(float)) == 0);
    ck_assert(memcmp(before + 8 * 7, pass.logits + 8 * 7, 2 * 7 * sizeof(float)) != 0);
    ck_assert(memcmp(before + 10 * 7, pass.logits + 10 * 7, 5 * 7 * sizeof(float)) == 0);
    fl_pass_free(&pass);
    free(parameters);
}
END_TEST

/* All patches of an image are seen by each other, those of another image by none of its. */
START_TEST(images_are_seen_whole)
{
    struct fl_transformer net = small;
    net.patch = PATCH;
    size_t count = fl_transformer_at(&net).count, own = (size_t)net.context * (size_t)net.width;
    float *parameters = calloc(count, sizeof *parameters), patches[TOKENS * PATCH] = {0};
    struct fl_pass pass = fl_pass_make(&net, SEQUENCES, false);
    float *middle = calloc(SEQUENCES * own, sizeof *middle), logits[7];
    fl_transformer_start(&net, 4, parameters);
    pass.patches = patches;
    fl_transformer_forward(&net, parameters, NULL, 0, &fl_exact, &pass);
    memcpy(middle, pass.middle, SEQUENCES * own * sizeof *middle);
    memcpy(logits, pass.logits, sizeof logits);
    patches[(size_t)net.context * PATCH - 1] = 1;       /* the first image's last patch */
    fl_transformer_forward(&net, parameters, NULL, 0, &fl_exact, &pass);
    for (size_t i = 0; i < SEQUENCES * (size_t)net.context; i++)
        ck_assert_int_eq(memcmp(middle + i * (size_t)net.width, pass.middle + i * (size_t)net.width,
                                (size_t)net.width * sizeof *middle) != 0, i < (size_t)net.context);
    ck_assert(memcmp(logits, pass.logits, sizeof logits) != 0);
    fl_pass_free(&pass);
    free(parameters);
    free(middle);
}
END_TEST

START_TEST(made_up_text_is_always_the_same)
{
    struct fl_err err = {0};
    struct fl_text text;
    ck_assert(fl_text_load(&text, "generated", NULL, 64, &err));
    char start[32] = {0};
    for (size_t i = 0; i < 31; i++)
        start[i] = fl_text_alphabet[text.train[i]];
    ck_assert_str_eq(start, "the be fepa val a nepin.\nthe nu");
    ck_assert_uint_gt(text.tests, 30000);
    fl_text_free(&text);
    ck_assert(!fl_text_load(&text, "wordnet", "/nowhere", 64, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "wordnet-base"));
    fl_err_free(&err);
}
END_TEST

Suite *test_learn_transformer_suite(void)
{
    Suite *suite = suite_create("learn_transformer");
    TCase *tcase = tcase_create("learn_transformer");
    tcase_add_loop_test(tcase, gradients_are_those_of_finite_differences, 0, 2);
    tcase_add_test(tcase, images_are_seen_whole);
    tcase_add_test(tcase, the_future_is_not_seen);
    tcase_add_test(tcase, made_up_text_is_always_the_same);
    suite_add_tcase(suite, tcase);
    return suite;
}
