/* test_explore_expr.c - constraints: what is true, what is not known yet, and where a mistake is. */
#include <stdlib.h>
#include <string.h>

#include "explore/expr.h"
#include "tests/suites.h"

static const char *const known[] = {"a", "b", "area_mm2", "later", "model", NULL};

static bool find(void *context, const char *name, enum fl_expr_type *type, size_t *id)
{
    (void)context;
    for (*id = 0; known[*id] != NULL; ++*id)
        if (strcmp(known[*id], name) == 0) {
            *type = strcmp(name, "model") == 0 ? FL_EXPR_TEXT : FL_EXPR_NUMBER;
            return true;
        }
    return false;
}

static const struct fl_expr_names names = {find, NULL, known};

static struct fl_expr_value value(const void *context, size_t id)
{
    static const struct fl_expr_value values[] = {
        {FL_EXPR_NUMBER, 2, NULL}, {FL_EXPR_NUMBER, 5, NULL}, {FL_EXPR_NUMBER, 99.5, NULL}, {FL_EXPR_UNKNOWN, 0, NULL},
        {FL_EXPR_TEXT, 0, "gpt2"}};
    (void)context;
    return values[id];
}

static const struct { const char *text; int is; } cases[] = {
    {"a < b", 1}, {"a<2", 0}, {"a <= 2", 1}, {"b >= 5.0", 1}, {"b > 5", 0}, {"a == 2", 1}, {"a != 2", 0},
    {"a + b * 2 == 12", 1}, {"(a + b) * 2 == 14", 1}, {"b - a - 1 == 2", 1}, {"16 / a / 2 == 4", 1}, {"-a == 0 - 2", 1},
    {"1e3 == 1000 && .5 * 2 == 1", 1}, {"area_mm2 < 100 && a < 20", 1}, {"a > 3 || b > 3", 1},
    {"a > 3 || b > 3 && a > 3", 0}, {"!(a > 3) && !(b < 3)", 1}, {"!!(a == 2)", 1}, {"!a < 3", 0},
    {"model == \"gpt2\"", 1},
    {"model != 'gpt2'", 0}, {"'bert' == model", 0}, {"later < 1", -1}, {"later < 1 && a > 3", 0},
    {"later < 1 || a < 3", 1},
    {"later < 1 && a < 3", -1}, {"a < 3 && later < 1", -1}, {"!(later < 1)", -1}, {"later * 0 == 0", -1},
    {"a / 0 > 1e300", 1}, {"0 / 0 == 0 / 0", 0},
};

START_TEST(expressions_are_judged)
{
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    const struct fl_expr *expr = fl_expr_read(&arena, cases[_i].text, &names, "here", &err);
    ck_assert_msg(expr != NULL, "%s: %s", cases[_i].text, fl_err_text(&err));
    ck_assert_msg(fl_expr_judge(expr, value, NULL) == cases[_i].is, "%s", cases[_i].text);
    fl_arena_free(&arena);
}
END_TEST

static const struct { const char *text, *told; } faults[] = {
    {"", "here: column 1: the expression ends too early"},
    {"a <", "column 4: the expression ends too early"},
    {"a < 3 &&", "column 9: the expression ends too early"},
    {"a", "column 1: is a value; a comparison is wanted"},
    {"a = 3", "column 3: equality is =="},
    {"a < 3 & b < 3", "column 7: and is &&, or is ||"},
    {"a < 3 b < 4", "column 7: an operator is wanted here"},
    {"(a < 3", "column 7: a ) is missing"},
    {"a < 3)", "column 6: an operator is wanted here"},
    {"aa_mm2 < 3", "column 1: no quantity \"aa_mm2\"; did you mean \"area_mm2\"?"},
    {"a < 3 && zebra > 2", "column 10: no quantity \"zebra\"; there are"},
    {"a < 10mm2", "column 5: no number; numbers have no units here"},
    {"a < model", "column 3: two numbers are compared"},
    {"model + 1 < 2", "column 7: + - * / want numbers"},
    {"model < 'x'", "column 7: two numbers"},
    {"a && b", "column 3: && and || join comparisons"},
    {"!a || a < 3", "column 1: ! of no comparison"},
    {"-(a < 3) < 2", "column 1: - of no number"},
    {"model == 'gpt2", "column 10: a quote that is not closed"},
    {"a < $", "column 5: a number, a name, a quoted text"},
};

START_TEST(faults_tell_the_column)
{
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    ck_assert_ptr_null(fl_expr_read(&arena, faults[_i].text, &names, "here", &err));
    ck_assert_msg(strstr(fl_err_text(&err), faults[_i].told) != NULL, "%s: %s", faults[_i].text, fl_err_text(&err));
    ck_assert_int_eq(err.faults, 1);
    fl_err_free(&err);
    fl_arena_free(&arena);
}
END_TEST

/* Nested beyond reason is a fault, and no overflow of the stack. */
START_TEST(depth_is_bounded)
{
    static const char *const units[] = {"(", "!", "-"};
    enum { N = 100000 };
    char *text = malloc(N + 1);
    memset(text, units[_i][0], N);
    text[N] = '\0';
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    ck_assert_ptr_null(fl_expr_read(&arena, text, &names, "here", &err));
    ck_assert_msg(strstr(fl_err_text(&err), "nested beyond reason") != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
    fl_arena_free(&arena);
    free(text);
}
END_TEST

Suite *test_explore_expr_suite(void)
{
    Suite *suite = suite_create("explore_expr");
    TCase *tcase = tcase_create("explore_expr");
    tcase_add_loop_test(tcase, expressions_are_judged, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tcase, faults_tell_the_column, 0, sizeof faults / sizeof *faults);
    tcase_add_loop_test(tcase, depth_is_bounded, 0, 3);
    suite_add_tcase(suite, tcase);
    return suite;
}
