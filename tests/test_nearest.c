/* test_nearest.c - did you mean ...? */
#include "base/nearest.h"
#include "tests/suites.h"

static const char *const names[] = { "settle", "settle_time", "rows", "columns", NULL, "m", "pj" };
#define NEAREST(word) fl_nearest(word, names, sizeof names / sizeof names[0])

START_TEST(a_slip_of_the_finger_is_found)
{
    ck_assert_str_eq(NEAREST("setle_time"), "settle_time");     /* lost */
    ck_assert_str_eq(NEAREST("setttle"), "settle");             /* doubled */
    ck_assert_str_eq(NEAREST("rosw"), "rows");                  /* swapped */
    ck_assert_str_eq(NEAREST("colums"), "columns");
    ck_assert_str_eq(NEAREST("COLUMNS"), "columns");            /* case does not count */
    ck_assert_str_eq(NEAREST("pJ"), "pj");
}
END_TEST

START_TEST(another_word_is_not)
{
    ck_assert_ptr_null(NEAREST("energy"));
    ck_assert_ptr_null(NEAREST("xyz"));
    ck_assert_ptr_null(NEAREST("k"));
    ck_assert_ptr_null(NEAREST(""));
    ck_assert_ptr_null(NEAREST("a_word_so_long_that_nobody_would_ever_have_meant_any_of_the_others_by_it"));
}
END_TEST

Suite *test_nearest_suite(void)
{
    Suite *suite = suite_create("nearest");
    TCase *tcase = tcase_create("nearest");
    tcase_add_test(tcase, a_slip_of_the_finger_is_found);
    tcase_add_test(tcase, another_word_is_not);
    suite_add_tcase(suite, tcase);
    return suite;
}
