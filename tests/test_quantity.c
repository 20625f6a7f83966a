/* test_quantity.c - numbers with units: exact values, exact ratios, and what is said of wrong ones. */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/quantity.h"
#include "tests/suites.h"

static const struct { const char *text, *measure; double value; } readings[] = {
    {"5 GHz", "Hz", 5e9},
    {"3.17 pJ", "fJ", 3170},
    {"3.17 pJ", "pJ", 3.17},
    {"0.1 fJ", "fJ", 0.1},
    {"300 fJ/MAC", "fJ", 300},
    {"0.24 aJ", "fJ", 0.24e-3},
    {"12.8 GB/s", "bit/s", 102.4e9},
    {"12.8 Gb/s", "bit/s", 12.8e9},
    {"7.44 Gbps", "bit/s", 7.44e9},
    {"12.8 GB/s", "byte/s", 12.8e9},
    {"1 KiB", "byte", 1024},
    {"1 kB", "byte", 1000},
    {"8 MiB", "bits", 67108864},
    {"3.9 pJ/bit", "fJ/bit", 3900},
    {"31.2 pJ/B", "fJ/bit", 3900},
    {"-30 dBm", "mW", 1e-3},
    {"0 dBm", "mW", 1},
    {"3 dB", "dB", 3},
    {"-155 dB/Hz", "dB/Hz", -155},
    {"45 um", "m", 45e-6},
    {"45 um", "um", 45},
    {"45 \xc2\xb5m", "um", 45},
    {"1.5 cm", "mm", 15},
    {"0.63 ns", "ps", 630},
    {"50 %", "", 0.5},
    {"0.5", "", 0.5},
    {".5", "", 0.5},
    {"5", "%", 500},
    {"5 mW", "mW", 5},
    {"1e-3 W", "mW", 1},
    {"100 fF", "fF", 100},
    {"100 fF", "F", 100e-15},
    {"1.2 V", "V", 1.2},
    {"40 um^2", "um^2", 40},
    {"2 mm^2", "um^2", 2e6},
    {"0.8 A/W", "A/W", 0.8},
    {"10 pA/sqrt(Hz)", "A/sqrt(Hz)", 1e-11},
    {"10 GS/s", "Hz", 1e10},
    {"10 1/s", "Hz", 10},
    {"60/s", "Hz", 60},
    {"4/3 GHz", "Hz", 4e9 / 3},
    {"  7 ps ", "ps", 7},
    {"300 K", "K", 300},
    {"5 kohm", "ohm", 5000},
    {"0 pJ", "fJ", 0},
    {"179769313486231570000000000e282", "", 1.7976931348623157e308},
};

START_TEST(a_quantity_is_rounded_once)
{
    double value;
    struct fl_err err = {0};
    bool read = fl_quantity_read(readings[_i].text, readings[_i].measure, &value, NULL, &err);
    ck_assert_msg(read, "%s: %s", readings[_i].text, fl_err_text(&err));
    ck_assert_msg(value == readings[_i].value, "%s is %.17g, not %.17g", readings[_i].text, value, readings[_i].value);
}
END_TEST

START_TEST(dbm_is_a_power)
{
    double value;
    ck_assert(fl_quantity_read("-25 dBm", "mW", &value, NULL, NULL));
    ck_assert_double_eq_tol(value, 3.1622776601683795e-3, 1e-17);
    ck_assert(fl_quantity_read("-25 dBm", "W", &value, NULL, NULL));
    ck_assert_double_eq_tol(value, 3.1622776601683795e-6, 1e-20);
    ck_assert(fl_quantity_read("-25 dBm", "dBm", &value, NULL, NULL));
    ck_assert(value == -25);
}
END_TEST

static const struct { const char *text, *measure, *said; } wrongs[] = {
    {"1.3 pW", "pJ", "k: \"1.3 pW\" is a power; an energy (pJ) is wanted\n"},
    {"3 dB", "mW", "k: \"3 dB\" is a ratio in dB; a power (mW) is wanted\n"},
    {"3.17", "fJ", "k: \"3.17\" has no unit; an energy (fJ) is wanted, such as \"3.17 fJ\"\n"},
    {"3 pX", "fJ", "k: \"3 pX\": no unit is called \"pX\"; an energy (fJ) is wanted\n"},
    {"4 KB", "byte", "k: \"4 KB\": no unit is called \"KB\" (kilo is k, 1024 is Ki); an amount of data (byte) is "
     "wanted\n"},
    {"4 Kiohm", "ohm", "k: \"4 Kiohm\": no unit is called \"Kiohm\"; a resistance (ohm) is wanted\n"},
    {"fast", "Hz", "k: \"fast\" is no number with a unit; a frequency (Hz) is wanted\n"},
    {"", "", "k: \"\" is no number; a plain number is wanted\n"},
    {"3 ps", "", "k: \"3 ps\" is a time; a plain number is wanted\n"},
    {"3 pJ/bit", "fJ", "k: \"3 pJ/bit\" is an energy per bit; an energy (fJ) is wanted\n"},
    {"3 GB", "bit/s", "k: \"3 GB\" is an amount of data; a data rate (bit/s) is wanted\n"},
    {"3 m^3", "um^2", "k: \"3 m^3\" is a quantity of another kind; an area (um^2) is wanted\n"},
    {"1e999", "", "k: \"1e999\" is too large\n"},
    {"3 pJ pJ", "fJ", "k: \"3 pJ pJ\": no unit is called \"pJ pJ\"; an energy (fJ) is wanted\n"},
    {"3 pJ/", "fJ", "k: \"3 pJ/\": no unit is called \"pJ/\"; an energy (fJ) is wanted\n"},
    {"3,5 pJ", "fJ", "k: \"3,5 pJ\": no unit is called \",5 pJ\"; an energy (fJ) is wanted\n"},
    {"nan", "", "k: \"nan\" is no number; a plain number is wanted\n"},
    {"0x10", "", "k: \"0x10\": no unit is called \"x10\"; a plain number is wanted\n"},
    {"1/0 GHz", "Hz", "k: \"1/0 GHz\" is no number with a unit; a frequency (Hz) is wanted\n"},
};

START_TEST(a_wrong_quantity_is_told)
{
    double value;
    struct fl_err err = {0};
    ck_assert(!fl_quantity_read(wrongs[_i].text, wrongs[_i].measure, &value, "k", &err));
    ck_assert_str_eq(fl_err_text(&err), wrongs[_i].said);
    fl_err_free(&err);
}
END_TEST

START_TEST(counts_are_exact)
{
    static const struct { const char *text, *measure; int64_t value; } good[] = {
        {"1024", "", 1024}, {"4 MiB", "bits", 33554432}, {"4 MiB", "bytes", 4194304}, {"5", "bits", 5},
        {"0.63 ns", "ps", 630}, {"12.5 us", "ps", 12500000}, {"9223372036854775807", "", INT64_MAX},
        {"-3", "", -3}, {"1e6", "", 1000000}, {"0", "", 0}, {"6/3", "", 2}, {"0.001 ns", "ps", 1},
        {"1e18 ps", "ps", 1000000000000000000},
    };
    static const struct { const char *text, *measure, *said; } bad[] = {
        {"1.5", "", "\"1.5\" is not a whole number\n"},
        {"0.0005 ns", "ps", "\"0.0005 ns\" is not a whole number of ps\n"},
        {"9223372036854775808", "", "\"9223372036854775808\" cannot be held exactly in 64 bits\n"},
        {"1e400", "", "\"1e400\" cannot be held exactly in 64 bits\n"},
        {"1e-400", "", "\"1e-400\" cannot be held exactly in 64 bits\n"},
        {"3", "bytes", "\"3\" has no unit; an amount of data (bytes) is wanted, such as \"3 bytes\"\n"},
        {"many", "", "\"many\" is no number; a plain number is wanted\n"},
    };
    int64_t value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ck_assert_msg(fl_quantity_count(good[i].text, good[i].measure, &value, NULL, NULL), "%s", good[i].text);
        ck_assert_int_eq(value, good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fl_err err = {0};
        ck_assert_msg(!fl_quantity_count(bad[i].text, bad[i].measure, &value, NULL, &err), "%s", bad[i].text);
        ck_assert_str_eq(fl_err_text(&err), bad[i].said);
        fl_err_free(&err);
    }
}
END_TEST

START_TEST(periods_are_exact_ratios)
{
    static const struct { const char *text; int64_t p, q; } good[] = {
        {"5 GHz", 200, 1}, {"3 GHz", 1000, 3}, {"4/3 GHz", 750, 1}, {"0.63 ns", 630, 1}, {"750 ps", 750, 1},
        {"1.6 GHz", 625, 1}, {"60 Hz", 50000000000, 3}, {"0.625 ns", 625, 1}, {"2.4 GHz", 1250, 3},
        {"1333333333 Hz", 1000000000000, 1333333333}, {"2/3 ns", 2000, 3}, {"10 GS/s", 100, 1},
    };
    static const struct { const char *text, *said; } bad[] = {
        {"0 Hz", "\"0 Hz\": a clock needs a frequency above 0\n"},
        {"-1 GHz", "\"-1 GHz\": a clock needs a frequency above 0\n"},
        {"5", "\"5\" is a plain number; a frequency (GHz) or a period (ns) is wanted\n"},
        {"5 pJ", "\"5 pJ\" is an energy; a frequency (GHz) or a period (ns) is wanted\n"},
        {"quick", "\"quick\" is no frequency or period; write \"5 GHz\", \"4/3 GHz\" or \"0.63 ns\"\n"},
        {"1e-40 s", "\"1e-40 s\" cannot be held as a ratio of picoseconds\n"},
        {"0.00000000000000000000000000000000000001 Hz",
         "\"0.00000000000000000000000000000000000001 Hz\" cannot be held as a ratio of picoseconds\n"},
    };
    int64_t p, q;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ck_assert_msg(fl_quantity_period(good[i].text, &p, &q, NULL, NULL), "%s", good[i].text);
        ck_assert_int_eq(p, good[i].p);
        ck_assert_int_eq(q, good[i].q);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fl_err err = {0};
        ck_assert_msg(!fl_quantity_period(bad[i].text, &p, &q, NULL, &err), "%s", bad[i].text);
        ck_assert_str_eq(fl_err_text(&err), bad[i].said);
        fl_err_free(&err);
    }
}
END_TEST

START_TEST(what_is_written_reads_back)
{
    static const double values[] = {0.1, 3170, 1e-9, 1.0 / 3, 123456789.25, -25, 1e22, 0, 5e-324};
    char text[FL_QUANTITY_BYTES];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        double value;
        ck_assert(fl_quantity_read(fl_quantity_write(text, values[i], "fJ"), "fJ", &value, NULL, NULL));
        ck_assert_msg(value == values[i], "%s is not %.17g", text, values[i]);
    }
    ck_assert_str_eq(fl_quantity_write(text, 0.1, "fJ"), "0.1 fJ");
    ck_assert_str_eq(fl_quantity_write(text, 12, ""), "12");
}
END_TEST

START_TEST(measures_have_names)
{
    ck_assert_str_eq(fl_quantity_of("fJ"), "an energy (fJ)");
    ck_assert_str_eq(fl_quantity_of("ps"), "a time (ps)");
    ck_assert_str_eq(fl_quantity_of(""), "a plain number");
    ck_assert_str_eq(fl_quantity_of("kW"), "a power");
}
END_TEST

START_TEST(the_locale_changes_nothing)
{
    static const char *const comma[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "fr_FR"};
    for (size_t i = 0; i < sizeof comma / sizeof *comma; i++)
        if (setlocale(LC_ALL, comma[i]) != NULL)
            break;
    double value;
    char text[FL_QUANTITY_BYTES];
    ck_assert(fl_quantity_read("3.17 pJ", "fJ", &value, NULL, NULL) && value == 3170);
    ck_assert_str_eq(fl_quantity_write(text, 0.25, "fJ"), "0.25 fJ");
    setlocale(LC_ALL, "C");
}
END_TEST

Suite *test_quantity_suite(void)
{
    Suite *suite = suite_create("quantity");
    TCase *tcase = tcase_create("quantity");
    tcase_add_loop_test(tcase, a_quantity_is_rounded_once, 0, (int)(sizeof readings / sizeof *readings));
    tcase_add_loop_test(tcase, a_wrong_quantity_is_told, 0, (int)(sizeof wrongs / sizeof *wrongs));
    tcase_add_test(tcase, dbm_is_a_power);
    tcase_add_test(tcase, counts_are_exact);
    tcase_add_test(tcase, periods_are_exact_ratios);
    tcase_add_test(tcase, what_is_written_reads_back);
    tcase_add_test(tcase, measures_have_names);
    tcase_add_test(tcase, the_locale_changes_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
