/* test_base.c - errors and arenas. */
#include <string.h>

#include "base/arena.h"
#include "tests/suites.h"

START_TEST(faults_are_gathered_as_lines)
{
    struct fl_err err = {0};
    ck_assert(!fl_fail(&err, "a.cfg:3", "no key \"%s\"", "x"));
    ck_assert(!fl_fail(&err, NULL, "second"));
    ck_assert_int_eq(err.faults, 2);
    ck_assert_str_eq(fl_err_text(&err), "a.cfg:3: no key \"x\"\nsecond\n");
    fl_err_free(&err);
    ck_assert_str_eq(fl_err_text(&err), "");
    ck_assert_str_eq(fl_err_first(&err), "");
}
END_TEST

START_TEST(a_fault_is_a_record_that_others_take_over)
{
    struct fl_err err = {0}, inner = {0};
    fl_fail(&err, "a.cfg:3", "no key \"%s\"", "x");
    fl_fail(&inner, "b", "%s", "");
    fl_fail_as(&inner, FL_FAULT_LAW, NULL, "second");
    fl_err_take(&err, &inner);
    ck_assert_int_eq(inner.faults, 0);
    ck_assert_int_eq(err.faults, 3);
    ck_assert_int_eq(err.code, FL_FAULT_LAW);
    ck_assert_str_eq(fl_err_first(&err), "a.cfg:3: no key \"x\"");
    ck_assert_str_eq(err.fault[0].where, "a.cfg:3");
    ck_assert_str_eq(err.fault[0].what, "no key \"x\"");
    ck_assert_str_eq(err.fault[1].line, "b: ");
    ck_assert_int_eq(err.fault[1].code, FL_FAULT_USER);
    ck_assert_str_eq(err.fault[2].where, "");
    ck_assert_str_eq(err.fault[2].line, "second");
    ck_assert_str_eq(fl_err_text(&err), "a.cfg:3: no key \"x\"\nb: \nsecond\n");
    ck_assert(fl_err_has(&err, "second") && !fl_err_has(&err, "sec"));
    fl_err_free(&err);
}
END_TEST

START_TEST(arena_memory_is_zeroed_and_kept)
{
    struct fl_arena arena = {0};
    char *first = fl_arena_text(&arena, "first");
    unsigned char *large = fl_arena_array(&arena, 1000, 1000);
    size_t zeroes = 0;
    while (zeroes < 1000000 && large[zeroes] == 0)
        zeroes++;
    ck_assert_uint_eq(zeroes, 1000000);
    ck_assert_str_eq(fl_arena_format(&arena, "%s-%d", first, 7), "first-7");
    ck_assert_str_eq(first, "first");
    fl_arena_free(&arena);
    ck_assert_ptr_null(arena.blocks);
}
END_TEST

Suite *test_base_suite(void)
{
    Suite *suite = suite_create("base");
    TCase *tcase = tcase_create("base");
    tcase_add_test(tcase, faults_are_gathered_as_lines);
    tcase_add_test(tcase, a_fault_is_a_record_that_others_take_over);
    tcase_add_test(tcase, arena_memory_is_zeroed_and_kept);
    suite_add_tcase(suite, tcase);
    return suite;
}
