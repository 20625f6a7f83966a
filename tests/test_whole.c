/* test_whole.c - doubles, products, spans and edges that may not fit: the largest that does, and the next. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/result.h"
#include "sim/pace.h"
#include "tests/suites.h"

START_TEST(doubles_are_held_to_their_bounds)
{
    const double below = nextafter(0x1p63, 0), huge[] = { 0x1p63, 1e300, INFINITY };
    ck_assert_int_eq(fl_whole(below, INT64_MIN, INT64_MAX), INT64_MAX - 1023);
    ck_assert_int_eq(fl_whole(-below, INT64_MIN, INT64_MAX), -(INT64_MAX - 1023));
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
        ck_assert_int_eq(fl_whole(huge[i], INT64_MIN, INT64_MAX), INT64_MAX);
        ck_assert_int_eq(fl_whole(-huge[i], INT64_MIN, INT64_MAX), INT64_MIN);
        ck_assert_int_eq(fl_whole(huge[i], 3, 7), 7);
        ck_assert_int_eq(fl_whole(-huge[i], 3, 7), 3);
    }
    ck_assert_int_eq(fl_whole(NAN, 3, 7), 3);
    ck_assert_int_eq(fl_whole(4.999, 3, 7), 4);
    ck_assert_int_eq(fl_whole(-4.999, -7, 7), -4);
    ck_assert_int_eq(fl_whole(7, 3, 7), 7);
    ck_assert_int_eq(fl_whole(7.5, 3, 7), 7);
    ck_assert_int_eq(fl_whole(3.5, 3, 7), 3);
    ck_assert_int_eq(fl_whole(2.5, 3, 7), 3);
    /* a bound between two doubles: neither of them passes it */
    const int64_t between = ((int64_t)1 << 54) + 1;
    ck_assert_int_eq(fl_whole(nextafter(0x1p54, 0x1p55), INT64_MIN, between), between);
    ck_assert_int_eq(fl_whole(0x1p54, between, INT64_MAX), between);
}
END_TEST

START_TEST(products_say_that_they_do_not_fit)
{
    int64_t product = 0;
    bool overflow = false;
    ck_assert(fl_times(INT64_MAX / 3, 3, &product));
    ck_assert(!fl_times(INT64_MAX / 3 + 1, 3, &product));
    ck_assert_int_eq(fl_times_held(INT64_MAX / 3, 3, INT64_MAX), INT64_MAX / 3 * 3);
    ck_assert_int_eq(fl_times_held(INT64_MAX / 3 + 1, 3, INT64_MAX), INT64_MAX);
    ck_assert_int_eq(fl_times_held(25, 4, 100), 100);
    ck_assert_int_eq(fl_times_held(33, 3, 100), 99);
    ck_assert_int_eq(fl_product(1 << 20, 1 << 20, &overflow), (int64_t)1 << 40);
    ck_assert(!overflow);
    fl_product(INT64_MAX, 2, &overflow);
    fl_product(1, 1, &overflow);
    ck_assert_msg(overflow, "the flag sticks");
}
END_TEST

START_TEST(spans_end_with_time)
{
    ck_assert_int_eq(fl_span(0), 0);
    ck_assert_int_eq(fl_span(0.25), 1);
    ck_assert_int_eq(fl_span(1e300), FL_TIME_END);
    ck_assert_int_eq(fl_span(nextafter(0x1p62, 0)), (int64_t)nextafter(0x1p62, 0));
    ck_assert_int_eq(fl_spans(FL_TIME_END / 7, 7), FL_TIME_END / 7 * 7);
    ck_assert_int_eq(fl_spans(FL_TIME_END / 7 + 1, 7), FL_TIME_END);
    ck_assert_int_eq(fl_spans(20000, 1000000000000000), FL_TIME_END);
    ck_assert_int_eq(fl_after(FL_TIME_END - 8, 7), FL_TIME_END - 1);
    ck_assert_int_eq(fl_after(FL_TIME_END - 7, 8), FL_TIME_END);
    ck_assert_int_eq(fl_after(FL_TIME_END, FL_TIME_END), FL_TIME_END);
}
END_TEST

START_TEST(edges_end_with_time)
{
    struct fl_clock slow = { .name = "slow" }, third = { .name = "3 GHz" };
    ck_assert(fl_clock_from_ps(&slow, 1000, 1) && fl_clock_from_hz(&third, 3000000000, 1));
    ck_assert_int_eq(fl_clock_time(&slow, FL_TIME_END / 1000), FL_TIME_END / 1000 * 1000);
    ck_assert_int_eq(fl_clock_time(&slow, FL_TIME_END / 1000 + 1), FL_TIME_END);
    ck_assert_int_eq(fl_clock_time(&slow, INT64_MAX), FL_TIME_END);
    ck_assert_int_eq(fl_clock_time(&third, INT64_MAX), FL_TIME_END);
    ck_assert_int_eq(fl_clock_edge(&slow, 1, INT64_MAX), FL_TIME_END);
    ck_assert_int_eq(fl_clock_edge(&third, FL_TIME_END, INT64_MAX), FL_TIME_END);
    ck_assert_int_eq(fl_clock_edge(&slow, 1, 0), 1000);
}
END_TEST

START_TEST(clocks_are_ratios_that_can_be_held)
{
    struct fl_clock clock = { .name = "any" };
    const struct { int64_t p, q; } none[] = { { 0, 1 }, { 1, 0 }, { -1, 1 }, { 1, -1 }, { 0, 0 }, { 999, 1000 },
        { 1002, 1001 }, { (int64_t)1 << 53, 1 } };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        ck_assert_msg(!fl_clock_from_ps(&clock, none[i].p, none[i].q), "%zu", i);
        ck_assert_msg(i >= 5 || !fl_clock_from_hz(&clock, none[i].p, none[i].q), "%zu", i);
    }
    ck_assert(fl_clock_from_ps(&clock, 1, 1));
    ck_assert(fl_clock_from_ps(&clock, 1001, 1000));
    ck_assert(fl_clock_from_ps(&clock, ((int64_t)1 << 53) - 1, 1));
    ck_assert(fl_clock_from_hz(&clock, 1000000000000, 1));
    ck_assert_int_eq(clock.p, 1);
}
END_TEST

/* ---- whole runs ---- */

/* The time of setting up one core with a pixel for each of `rows` outputs; -1: refused, the fault in `err`. */
static fl_time setup(int64_t rows, const char *key, const char *value, struct fl_err *err)
{
    char trace[128], rows_set[64], value_set[64];
    snprintf(trace, sizeof trace, "fanlight-trace 1\nmodel t\nphase prefill\ncontext 1\ninput x\n"
             "linear a x -> y m=1 k=1 n=%lld\n", (long long)rows);
    snprintf(rows_set, sizeof rows_set, "core[0].slm.rows=%lld", (long long)rows);
    snprintf(value_set, sizeof value_set, "core[0].slm.%s=\"%s\"", key, value);
    const char *const set[] = { rows_set, value_set, "core[0].cores=1" };
    struct fl_request request = { .design = "free_space_1k", .trace_text = trace, .mapper = "weights_in_place",
                                  .set = set, .sets = 3 };
    struct fl_result *result = NULL;
    if (!fanlight_run(&request, &result, err))
        return -1;
    fl_time ps = result->setup.latency_ps;
    fanlight_free(result);
    return ps;
}

START_TEST(the_longest_setup_fits_and_the_next_is_refused)
{
    /* Time ends at 2^62 - 1 ps, 4,611,686 s. What is not loading takes less than a second. */
    const struct { const char *key, *value; int64_t rows, each_s; } form[] = {
        { "row_time", "1e15 ps", 4611, 1000 },
        { "load_link", "1e-3 b/s", 576, 8000 },         /* 8 bits a pixel */
    };
    const fl_time second = 1000000000000;
    for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
        struct fl_err err = { 0 };
        fl_time ps = setup(form[i].rows, form[i].key, form[i].value, &err);
        fl_time loading = form[i].rows * form[i].each_s * second;
        ck_assert_msg(ps >= loading && ps < loading + second, "%s: %lld: %s", form[i].key, (long long)ps,
                      fl_err_text(&err));
        ck_assert_int_eq(setup(form[i].rows + 1, form[i].key, form[i].value, &err), -1);
        ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "past its end"));
        ck_assert_int_eq(err.faults, 1);
        fl_err_free(&err);
    }
}
END_TEST

START_TEST(what_wrapped_once_is_refused)
{
    /* 2 x 10^7 s of rows, 3.3 x 10^7 s of links, 2^63 ps and more: they came out as days and as microseconds */
    struct fl_err err = { 0 };
    ck_assert_int_eq(setup(20000, "row_time", "1e15 ps", &err), -1);
    ck_assert_int_eq(setup(4096, "load_link", "1e-3 b/s", &err), -1);
    ck_assert_int_eq(setup(9224, "row_time", "1e15 ps", &err), -1);
    ck_assert_int_eq(setup(1, "load_link", "1e-15 b/s", &err), -1);
    ck_assert_int_eq(err.faults, 4);
    fl_err_free(&err);
}
END_TEST

START_TEST(clocks_of_memory_have_a_slowest)
{
    /* timings are up to a million clocks, and some are multiplied by a million once more */
    const char *const set[] = { "dram.clock=\"1 us\"", "dram.clock=\"1000001 ps\"" };
    for (int i = 0; i < 2; i++) {
        struct fl_err err = { 0 };
        struct fl_request request = { .design = "free_space_1k", .set = &set[i], .sets = 1, .trace_text =
            "fanlight-trace 1\nmodel t\nphase prefill\ncontext 1\ninput x\nlinear a x -> y m=1 k=1 n=1\n" };
        struct fl_result *result;
        bool ran = fanlight_run(&request, &result, &err);
        ck_assert_msg(ran == (i == 0), "%s: %s", set[i], fl_err_text(&err));
        ck_assert(ran || strstr(fl_err_text(&err), "1 MHz at least") != NULL);
        if (ran)
            fanlight_free(result);
        fl_err_free(&err);
    }
}
END_TEST

Suite *test_whole_suite(void)
{
    Suite *suite = suite_create("whole");
    TCase *tcase = tcase_create("whole");
    tcase_add_test(tcase, doubles_are_held_to_their_bounds);
    tcase_add_test(tcase, products_say_that_they_do_not_fit);
    tcase_add_test(tcase, spans_end_with_time);
    tcase_add_test(tcase, edges_end_with_time);
    tcase_add_test(tcase, clocks_are_ratios_that_can_be_held);
    tcase_add_test(tcase, the_longest_setup_fits_and_the_next_is_refused);
    tcase_add_test(tcase, what_wrapped_once_is_refused);
    tcase_add_test(tcase, clocks_of_memory_have_a_slowest);
    suite_add_tcase(suite, tcase);
    return suite;
}
