/* test_learn_detect.c - loops of several values at once give what one value at a time gives, at every width, to the
 * bit: counts few and many, tails of the noise, zeroes of both signs, ends of ranges, rows of any length.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/detect.h"
#include "learn/draw.h"
#include "tests/suites.h"

enum { COUNT = 20011 };

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Light over twelve decades, differences up to all of it, and some that are nothing. */
static void light_make(float *light, float *difference)
{
    for (uint64_t i = 0; i < COUNT; i++) {
        double size = exp2(40 * fl_draw_uniform(1, i) - 8);
        light[i] = (float)(i % 11 == 0 ? 0 : size);
        difference[i] = (float)(i % 13 == 0 ? -size : i % 7 == 0 ? -0.0 : size * (2 * fl_draw_uniform(2, i) - 1));
    }
}

static void check_row(const struct fl_detector *d, const float *light, const float *difference, size_t count)
{
    double *want = calloc(count + 1, sizeof *want), *got = calloc(count + 1, sizeof *got), lit = 0;
    const double level = 0.37, worth = -1.3;
    for (size_t i = 0; i < count; i++) {
        double own = level * (double)light[i];
        want[i] = (double)i + worth * fl_detect(d, &d->adc, 900 + i, own, level * (double)difference[i]);
        lit += own;
    }
    for (int width = 0; width < FL_GEMM_WIDTHS; width++) {
        for (size_t i = 0; i < count; i++)
            got[i] = (double)i;
        const struct fl_detect_row row = {light, difference, count, 900, level, worth, got};
        ck_assert(same(fl_detect_row_by((enum fl_gemm_width)width, d, &row), lit));
        for (size_t i = 0; i < count; i++)
            ck_assert_msg(same(got[i], want[i]), "width %d, %zu of %zu: %a, alone %a", width, i, count, got[i],
                          want[i]);
    }
    free(want);
    free(got);
}

START_TEST(detections_are_those_of_one)
{
    static float light[COUNT], difference[COUNT];
    light_make(light, difference);
    for (int kind = 0; kind < 16; kind++) {
        struct fl_detector d = {.photons = 5, .read = 6, .pair = kind & 1, .quiet = kind & 2,
                                .dark = kind & 4 ? 3.5 : 0, .sigma_e = kind & 8 ? 2 : 0};
        d.adc = fl_adc_of((struct fl_adc_range){-1e5, 3e5}, kind % 3 == 0 ? 0 : 9);
        check_row(&d, light, difference, COUNT);
        for (size_t count = 0; count < 20; count++)
            check_row(&d, light + count, difference + count, count);
    }
}
END_TEST

static double level_alone(const struct fl_leveling *l, size_t j)
{
    double value = fl_held((double)l->value[j] / (l->range != NULL ? (double)l->range[j] : l->full), -1, 1);
    double level = fl_bits_round_by(l->top, l->offset ? (1 + value) / 2 : fabs(value));
    return !l->offset && value < 0 ? -level : level;
}

START_TEST(levels_are_those_of_one)
{
    static float value[COUNT], range[COUNT], before[COUNT];
    static double level[COUNT];
    for (uint64_t i = 0; i < COUNT; i++) {
        range[i] = (float)(0.5 + fl_draw_uniform(3, i));
        value[i] = (float)(i % 17 == 0 ? -0.0 : i % 19 == 0 ? (double)range[i] : 1.5 * fl_draw_normal(4, i));
    }
    for (int kind = 0; kind < 16; kind++) {
        struct fl_leveling l = {value, kind & 1 ? range : NULL, 1.7, fl_bits_top(kind / 4 * 4), kind & 2, 0, level};
        struct fl_rounding r = {before, kind & 1 ? range : NULL, 1.7F, kind / 4 * 21.0, 0};
        for (int width = 0; width < FL_GEMM_WIDTHS; width++) {
            for (size_t count = 0; count <= COUNT; count = count < 20 ? count + 1 : count < COUNT ? COUNT : COUNT + 1) {
                l.count = r.count = count;
                fl_levels_by((enum fl_gemm_width)width, &l);
                memcpy(before, value, sizeof before);
                fl_round_row_by((enum fl_gemm_width)width, &r);
                for (size_t i = 0; i < count; i++) {
                    float full = r.range != NULL ? range[i] : r.full, want = value[i];
                    if (r.top > 0)
                        want = (float)(fl_held(floor((double)(value[i] / full) * r.top + 0.5), -r.top, r.top) / r.top) *
                               full;
                    ck_assert_msg(same(level[i], level_alone(&l, i)), "width %d, value %g", width, (double)value[i]);
                    ck_assert_msg(memcmp(&before[i], &want, sizeof want) == 0, "width %d, %g is rounded to %g, not %g",
                                  width, (double)value[i], (double)before[i], (double)want);
                }
            }
        }
    }
}
END_TEST

START_TEST(floor_is_floor)
{
    static const double odd[] = {0, -0.0, 0.5, -0.5, 1, -1, 0x1p51, -0x1p51, 0x1p52 + 1, -0x1p60, 0x1p-1074,
                                 -0x1p-1074, 0x1.fffffffffffffp50, -0x1.fffffffffffffp50, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        ck_assert_double_eq(fl_floor(odd[i]), floor(odd[i]));
    ck_assert(isnan(fl_floor(NAN)));
    for (uint64_t i = 0; i < 100000; i++) {
        double x = (2 * fl_draw_uniform(7, i) - 1) * exp2(54 * fl_draw_uniform(8, i));
        ck_assert_double_eq(fl_floor(x), floor(x));
    }
    ck_assert(fl_held(NAN, -2, 3) == -2 && fl_held(5, -2, 3) == 3 && fl_held(-5, -2, 3) == -2);
}
END_TEST

Suite *test_learn_detect_suite(void)
{
    Suite *suite = suite_create("learn_detect");
    TCase *tcase = tcase_create("learn_detect");
    tcase_add_test(tcase, detections_are_those_of_one);
    tcase_add_test(tcase, levels_are_those_of_one);
    tcase_add_test(tcase, floor_is_floor);
    suite_add_tcase(suite, tcase);
    return suite;
}
