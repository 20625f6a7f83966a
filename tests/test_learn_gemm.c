/* test_learn_gemm.c - the product: right, and the same bits by every width; numbers looked up by place. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/curve.h"
#include "learn/draw.h"
#include "learn/gemm.h"
#include "tests/suites.h"

enum { MOST = 80 * 600 };

static void fill(float *to, size_t count, uint64_t key)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (float)fl_draw_normal(key, i);
}

/* What the header promises: one chain of additions over k. */
static float chain(const struct fl_gemm *g, size_t i, size_t j, float from)
{
    volatile float sum = from;          /* rounded at every step, whatever the compiler thinks */
    for (size_t k = 0; k < g->k; k++) {
        volatile float product = g->a.at[i * g->a.row + k * g->a.column] * g->b.at[k * g->b.row + j * g->b.column];
        sum = sum + product;
    }
    return sum;
}

static void check_shape(size_t m, size_t k, size_t n, bool transposed, bool add)
{
    static float a[MOST], b[MOST], c[MOST], start[MOST];
    fill(a, m * k, 1);
    fill(b, k * n, 2);
    fill(start, m * (n + 3), 3);
    struct fl_gemm g = {.m = m, .k = k, .n = n, .a = {a, k, 1}, .b = {b, n, 1}, .c = c, .c_row = n + 3, .add = add};
    if (transposed) {
        g.a = (struct fl_view){a, 1, m};
        g.b = (struct fl_view){b, 1, k};
    }
    for (int width = FL_GEMM_4; width < FL_GEMM_WIDTHS; width++) {
        if (!fl_gemm_has((enum fl_gemm_width)width))
            continue;
        memcpy(c, start, m * (n + 3) * sizeof *c);
        fl_gemm_by((enum fl_gemm_width)width, &g);
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < n; j++) {
                float want = chain(&g, i, j, add ? start[i * (n + 3) + j] : 0);
                ck_assert_msg(memcmp(&want, &c[i * (n + 3) + j], sizeof want) == 0,
                              "%zu x %zu x %zu, width %d: (%zu, %zu)", m, k, n, width, i, j);
            }
            for (size_t j = n; j < n + 3; j++)
                ck_assert_msg(c[i * (n + 3) + j] == start[i * (n + 3) + j], "writes past its columns");
        }
    }
}

START_TEST(every_element_is_one_chain_of_additions)
{
    static const size_t shapes[][3] = {{1, 1, 1}, {6, 16, 32}, {7, 300, 33}, {13, 5, 70}, {64, 64, 40}, {5, 600, 9},
                                       {70, 300, 130}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int kind = 0; kind < 4; kind++)
            check_shape(shapes[i][0], shapes[i][1], shapes[i][2], kind & 1, kind & 2);
}
END_TEST

START_TEST(curves_agree_with_the_library)
{
    for (double x = -50; x < 50; x += 0.37) {
        ck_assert_double_le(fabs(fl_curve_exp(x) / exp(x) - 1), 1e-15);
        ck_assert_double_le(fabs(fl_curve_log(exp(x)) - x), 2e-15 * (1 + fabs(x)));
    }
}
END_TEST

/* The quantile inverts the distribution, P(z < quantile(p)) = p; seven digits of z are z phi(z) 1e-7 < 2.5e-8 of p. */
START_TEST(normal_numbers_have_the_normal_distribution)
{
    for (int i = 1; i < 2000; i++) {
        double p = i / 2000.0, z = fl_normal_quantile(p);
        ck_assert_double_le(fabs(erfc(-z / sqrt(2)) / 2 - p), 2.5e-8);
        ck_assert_double_le(fabs(z + fl_normal_quantile(1 - p)), 1e-7 * (1 + fabs(z)));
    }
    ck_assert_double_le(fabs(fl_normal_quantile(1e-12) + 7.0344838), 1e-5);
    ck_assert(fl_draw_normal(5, 7) == fl_draw_normal(5, 7) && fl_draw_normal(5, 7) != fl_draw_normal(5, 8));
}
END_TEST

/* Mean, variance and skewness of counts and of differences, within 5 standard errors. */
static void check_counts(double plus, double minus)
{
    enum { N = 40000 };
    double sum = 0, square = 0, cube = 0, variance = plus + minus;
    for (uint64_t i = 0; i < N; i++) {
        double x = fl_draw_counts(11, i, plus, minus) - (plus - minus);
        sum += x;
        square += x * x;
        cube += x * x * x;
    }
    ck_assert_double_le(fabs(sum / N), 5 * sqrt(variance / N));
    double rounding = variance >= 16 ? 1 / (12 * variance) : 0;
    ck_assert_double_le(fabs(square / N / variance - 1), 5 * sqrt((2 + 1 / variance) / N) + rounding);
    double skew = cube / N / pow(variance, 1.5);
    ck_assert_double_le(fabs(skew - (plus - minus) / pow(variance, 1.5)), 5 * sqrt(15.0 / N));
}

START_TEST(photons_are_counted_as_poisson_has_it)
{
    static const double means[][2] = {{0.3, 0}, {4, 0},   {15, 0},   {17, 0},   {300, 0},
                                      {2, 1},   {12, 11}, {200, 50}, {1e6, 4e5}};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++)
        check_counts(means[i][0], means[i][1]);
    ck_assert_double_eq(fl_draw_counts(1, 1, 0, 0), 0);
}
END_TEST

Suite *test_learn_gemm_suite(void)
{
    Suite *suite = suite_create("learn_gemm");
    TCase *tcase = tcase_create("learn_gemm");
    tcase_add_test(tcase, every_element_is_one_chain_of_additions);
    tcase_add_test(tcase, curves_agree_with_the_library);
    tcase_add_test(tcase, normal_numbers_have_the_normal_distribution);
    tcase_add_test(tcase, photons_are_counted_as_poisson_has_it);
    suite_add_tcase(suite, tcase);
    return suite;
}
