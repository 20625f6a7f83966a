/* test_table.c - tables line up, and numbers read as people write them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "tests/suites.h"

static char *printed(const struct fl_table *table)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fl_table_print(table, out);
    fclose(out);
    return text;
}

START_TEST(columns_line_up)
{
    struct fl_table table = {0};
    fl_table_head(&table, "component<", "energy>", "by<", NULL);
    fl_table_row(&table, "laser", "3.17 pJ", "adc", NULL);
    fl_table_row(&table, "adc", "12 pJ", NULL);
    fl_table_cells(&table, (const char *[]){NULL, "0 J", "latency"});
    char *text = printed(&table);
    ck_assert_str_eq(text, "component   energy  by\n"
                           "---------  -------  -------\n"
                           "laser      3.17 pJ  adc\n"
                           "adc          12 pJ\n"
                           "               0 J  latency\n");
    free(text);
    fl_table_free(&table);
    ck_assert_ptr_null(table.cell);
}
END_TEST

START_TEST(headless_and_indented)
{
    struct fl_table table = {.indent = 2};
    fl_table_head(&table, "<", ">", NULL);
    fl_table_row(&table, "latency", "1 ms", NULL);
    fl_table_row(&table, "\xC2\xB5 and \xC3\xA9", "20 ms", NULL);      /* two characters of two bytes each */
    char *text = printed(&table);
    ck_assert_str_eq(text, "  latency   1 ms\n  \xC2\xB5 and \xC3\xA9  20 ms\n");
    free(text);
    fl_table_free(&table);
}
END_TEST

START_TEST(many_rows_and_columns)
{
    enum { COLUMNS = 100, ROWS = 500 };
    const char *cell[COLUMNS];
    struct fl_table table = {0};
    for (size_t i = 0; i < COLUMNS; i++)
        cell[i] = i % 2 != 0 ? "x>" : "y<";
    fl_table_heads(&table, cell, COLUMNS);
    for (size_t i = 0; i < COLUMNS; i++)
        cell[i] = "1";
    for (size_t i = 0; i < ROWS; i++)
        fl_table_cells(&table, cell);
    char *text = printed(&table);
    ck_assert_uint_eq(strlen(text), (ROWS + 2) * (size_t)(COLUMNS * 3 - 1));
    free(text);
    fl_table_free(&table);
}
END_TEST

START_TEST(si_prefixes)
{
    static const struct { double value; const char *unit, *text; } wanted[] = {
        {3.17e-12, "J", "3.17 pJ"}, {1.2e-3, "s", "1.2 ms"},   {0, "J", "0 J"},          {-0.0, "J", "0 J"},
        {1, "s", "1 s"},            {999, "W", "999 W"},       {999.4, "W", "999 W"},    {999.6, "W", "1 kW"},
        {1000, "W", "1 kW"},        {0.9996, "J", "1 J"},      {12.34e6, "", "12.3 M"},  {512, "", "512"},
        {-2.5e-9, "s", "-2.5 ns"},  {3e-14, "J/MAC", "30 fJ/MAC"}, {1e-24, "J", "1 yJ"}, {1e-25, "J", "1e-25 J"},
        {9.994e26, "J", "999 YJ"},  {1e30, "J", "1e+30 J"},    {INFINITY, "s", "inf s"}, {100e-15, "J", "100 fJ"},
        {1e15, "MAC/s", "1 PMAC/s"}, {123456, "", "123 k"},    {1e-15, "J", "1 fJ"},     {0.1, "m", "100 mm"},
    };
    char buffer[FL_SI_BYTES];
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        ck_assert_str_eq(fl_si(buffer, wanted[i].value, wanted[i].unit), wanted[i].text);
}
END_TEST

START_TEST(percentages)
{
    char buffer[FL_SI_BYTES];
    ck_assert_str_eq(fl_percent(buffer, 0.123), "12.3 %");
    ck_assert_str_eq(fl_percent(buffer, 0), "0.0 %");
    ck_assert_str_eq(fl_percent(buffer, 1), "100.0 %");
    ck_assert_str_eq(fl_percent(buffer, 0.0004), "<0.1 %");
    ck_assert_str_eq(fl_percent(buffer, -0.25), "-25.0 %");
}
END_TEST

Suite *test_table_suite(void)
{
    Suite *suite = suite_create("table");
    TCase *tcase = tcase_create("table");
    tcase_add_test(tcase, columns_line_up);
    tcase_add_test(tcase, headless_and_indented);
    tcase_add_test(tcase, many_rows_and_columns);
    tcase_add_test(tcase, si_prefixes);
    tcase_add_test(tcase, percentages);
    suite_add_tcase(suite, tcase);
    return suite;
}
