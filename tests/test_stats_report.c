/* test_stats_report.c - reports of the run that is priced by hand. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/section.h"
#include "tests/small_run.h"
#include "tests/suites.h"

static struct fl_db *db;
static struct fl_err err;

/* Run 1: nobody pays for the setup. Run 2: ten inferences do, and all takes three times as long. */
static void setup(void)
{
    int64_t number;
    ck_assert(fl_db_open(&db, ":memory:", &err));
    ck_assert(small_run_store(db, 0, 1, &number, &err) && small_run_store(db, 10, 3, &number, &err));
}

static void teardown(void)
{
    fl_db_close(db);
    fl_err_free(&err);
}

static char *report(int64_t run, const char *by, enum fl_format format)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool ok = fl_report(db, run, by, format, out, &err);
    fclose(out);
    ck_assert_msg(ok, "%s", fl_err_text(&err));
    return text;
}

static char *diff(int64_t a, int64_t b, enum fl_format format)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool ok = fl_report_diff(db, a, b, format, out, &err);
    fclose(out);
    ck_assert_msg(ok, "%s", fl_err_text(&err));
    return text;
}

static void says(const char *text, const char *wanted)
{
    ck_assert_msg(strstr(text, wanted) != NULL, "no \"%s\" in\n%s", wanted, text);
}

START_TEST(the_page)
{
    char *text = report(1, NULL, FL_TABLE);
    static const char *const lines[] = {
        "Run 1: toy on bench, prefill of 8 tokens, batch 2, mapped by auto for latency\n",
        "Label: by hand\n",
        "Note: ideal memory\n",
        "  latency                1 ns  16 Gtokens/s\n",
        "  energy              4.36 nJ  272 pJ/token\n",
        "  energy per MAC      6.81 pJ  22.7x more than the 300 fJ of a digital processor (arXiv:2302.10360)\n",
        "  MAC utilization      60.0 %  of an optical peak of 1 TMAC/s\n",
        "  area             5.002 mm^2\n",
        "  setup                500 ps  20 nJ, spent once and left out above\n",
        "  dram          4 nJ  100 pJ  4.1 nJ  94.1 %  #######################\n",
        "  qkv       linear      1  400 ps  40.0 %  core.adc  3.39 nJ  77.9 %\n",
        "  core.adc  adc   16.0 %    5.0 %  79.0 %  10.0 %  258 pJ   5.9 %\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        says(text, lines[i]);
    free(text);
    text = report(2, NULL, FL_TABLE);
    says(text, "20 nJ, of which 1/10 is part of the energy above");
    says(text, "  (setup)   -           1     0 s   0.0 %  -            2 nJ  31.5 %\n");
    free(text);
}
END_TEST

START_TEST(layers_and_names_are_gathered)
{
    char *layer = report(1, "layer", FL_CSV), *operator_ = report(1, "operator", FL_CSV);
    says(layer, "layer,operators,time_s,time_share,energy_j,energy_share\n0,1,");
    says(layer, "\n(no layer),1,");
    says(layer, "\n(static),0,");
    says(operator_, "\nqkv,linear,1,");
    free(layer);
    free(operator_);

    struct fl_run_row run = {.design = "bench", .latency_ps = 100};
    struct fl_unit_row unit = {"u", "adc", 1, 1, 0, 0, 0, NULL, 0, 0, 0, 0};
    int64_t number;
    ck_assert(fl_db_begin_run(db, &run, &number, &err) && fl_db_add_unit(db, &unit, &err));
    for (int i = 0; i < 3; i++) {               /* the two bound by "slm" weigh more than the longer one by "adc" */
        static const int64_t span[] = {30, 25, 45};
        struct fl_operator_row one = {i, "up", "linear", 1, "optical", "core[0]", 0, 0, span[i],
                                      i == 2 ? "adc" : "slm"};
        ck_assert(fl_db_add_operator(db, &one, &err));
    }
    struct fl_operator_row last = {-1, "head", "linear", 1, "optical", "core[0]", 0, 0, 0, NULL};
    ck_assert(fl_db_add_operator(db, &last, &err) && fl_db_end_run(db, &err));
    operator_ = report(number, "operator", FL_CSV);
    says(operator_, "\nup,linear,3,");
    says(operator_, ",slm,");
    free(operator_);
}
END_TEST

START_TEST(json_is_json)
{
    char *text = report(2, NULL, FL_JSON);
    json_t *root = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(root);
    json_t *summary = json_object_get(root, "summary"), *part = json_object_get(root, "component");
    ck_assert(fabs(json_number_value(json_object_get(summary, "energy_j")) - 6357800e-15) < 1e-20);
    ck_assert_str_eq(json_string_value(json_object_get(summary, "notes")), "ideal memory");
    double sum = 0;
    for (size_t i = 0; i < json_array_size(part); i++)
        sum += json_number_value(json_object_get(json_array_get(part, i), "total_j"));
    ck_assert(fabs(sum - 6357800e-15) < 1e-20);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "operator")), 4);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "unit")), 2);
    json_decref(root);
    free(text);

    text = report(2, "unit", FL_JSON);
    root = json_loads(text, 0, NULL);
    ck_assert_uint_eq(json_array_size(root), 2);
    json_decref(root);
    free(text);

    text = diff(1, 2, FL_JSON);
    root = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(root);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "b")), 2);
    json_decref(root);
    free(text);
}
END_TEST

START_TEST(differences_come_largest_first)
{
    char *text = diff(1, 2, FL_TABLE), *csv = diff(2, 1, FL_CSV);
    says(text, "A = run 1: toy on bench, prefill, auto [by hand]\nB = run 2:");
    says(text, "+2 ns  3.00x\n");
    says(text, "  scores  600 ps  1.8 ns  +1.2 ns  3.00x\n  qkv     400 ps  1.2 ns  +800 ps  3.00x\n");
    says(text, "  dram      4.1 nJ  6.1 nJ   +2 nJ  1.49x\n");
    says(csv, "part,what,a,b,change,ratio\nsummary,latency,3e-09,1e-09,-");
    says(csv, "\nenergy_by_component,dram,6.1");
    says(csv, "\nenergy_by_operator,(setup),2e-09,0,-2e-09,0\n");
    free(text);
    free(csv);
}
END_TEST

START_TEST(what_is_not_there_is_told)
{
    FILE *out = fopen("/dev/null", "w");
    ck_assert(!fl_report(db, 9, NULL, FL_TABLE, out, &err));
    says(fl_err_text(&err), "holds no run 9; the newest is 2");
    ck_assert(!fl_report(db, 1, "colour", FL_TABLE, out, &err));
    says(fl_err_text(&err), "\"colour\" is none of component, operator, layer, unit");
    ck_assert(!fl_report_diff(db, 1, 3, FL_TABLE, out, &err));
    says(fl_err_text(&err), "holds no run 3");
    fclose(out);
    struct fl_run_row run = {.design = "bench", .error = "dram: 3 GB wanted, 1 GB there"};
    int64_t number;
    ck_assert(fl_db_begin_run(db, &run, &number, &err) && fl_db_end_run(db, &err));
    char *text = report(number, NULL, FL_TABLE);
    says(text, "Run 3: bench\nFailed: dram: 3 GB wanted, 1 GB there\n");
    free(text);
}
END_TEST

START_TEST(numbers_by_their_measure)
{
    static const struct { double value; const char *measure, *text; } wanted[] = {
        {0.123, "%", "12.3 %"},       {-0.4, "+%", "-40.0 %"},    {0.4, "+%", "+40.0 %"},
        {3.2e-12, "+J", "+3.2 pJ"},   {0, "+J", "0 J"},           {1.456, "x", "1.46x"},
        {22.71, "x", "22.7x"},        {5.002, "mm^2", "5.002 mm^2"}, {21850, "mm^2", "21850 mm^2"},
        {-3e5, "+mm^2", "-0.3 m^2"},  {5.7e5, "tokens/s", "570 ktokens/s"},
    };
    struct fl_arena arena = {0};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        ck_assert_str_eq(fl_measured(&arena, wanted[i].value, wanted[i].measure), wanted[i].text);
    fl_arena_free(&arena);
}
END_TEST

Suite *test_stats_report_suite(void)
{
    Suite *suite = suite_create("stats_report");
    TCase *tcase = tcase_create("stats_report");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_page);
    tcase_add_test(tcase, layers_and_names_are_gathered);
    tcase_add_test(tcase, json_is_json);
    tcase_add_test(tcase, differences_come_largest_first);
    tcase_add_test(tcase, what_is_not_there_is_told);
    tcase_add_test(tcase, numbers_by_their_measure);
    suite_add_tcase(suite, tcase);
    return suite;
}
