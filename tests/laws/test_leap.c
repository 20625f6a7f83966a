/* test_leap.c - a run with leaps gives what simulating every event gives: counts, times, operators, events.
 *
 * FL_LAW_CASES in the environment asks for more random machines than the preset, and
 * FL_LAW_SEED for others; `make check-leaps` runs thousands.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/laws/machine.h"
#include "tests/suites.h"

enum { CASES = 200, ENOUGH_PERCENT = 20 };

static uint64_t number_of(const char *name, uint64_t preset)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : preset;
}

START_TEST(leaps_change_nothing)
{
    uint64_t cases = number_of("FL_LAW_CASES", CASES), first = number_of("FL_LAW_SEED", 1);
    uint64_t events = 0, skipped = 0, leapt = 0, failed = 0;
    for (uint64_t seed = first; seed < first + cases; seed++) {
        struct law_machine m;
        struct law_result plain, leaping;
        law_machine_build(&m, seed, &law_plain);
        law_machine_run(&m, &plain);
        m.sim.leap = fl_leap_new(&m.sim);
        law_machine_run(&m, &leaping);
        const char *differs = law_result_differs(&m, &plain, &leaping, true);
        ck_assert_msg(differs == NULL, "seed %llu: %s differs", (unsigned long long)seed, differs);
        events += plain.events;
        skipped += fl_leap_skipped(m.sim.leap);
        leapt += fl_leap_skipped(m.sim.leap) > 0;
        failed += plain.error != NULL;
        law_result_free(&plain);
        law_result_free(&leaping);
        law_machine_free(&m);
    }
    /* The law would hold for a leap that never leaps, and for machines that stop at once. */
    if (getenv("FL_LAW_CASES") != NULL)
        printf("%llu machines, %llu leapt, %llu stopped early: %llu events, %llu leapt over\n",
               (unsigned long long)cases, (unsigned long long)leapt, (unsigned long long)failed,
               (unsigned long long)events, (unsigned long long)skipped);
    ck_assert_uint_gt(100 * leapt, ENOUGH_PERCENT * cases);
    ck_assert_uint_eq(failed, 0);
}
END_TEST

/* A wake is a hint: waking every unit twice changes nothing but the number of wakes. */
START_TEST(waking_twice_changes_nothing)
{
    uint64_t cases = number_of("FL_LAW_CASES", CASES), first = number_of("FL_LAW_SEED", 1);
    for (uint64_t seed = first; seed < first + cases; seed++) {
        struct law_machine m;
        struct law_result once, twice;
        law_machine_build(&m, seed, &law_plain);
        law_machine_run(&m, &once);
        m.sim.twice = true;
        law_machine_run(&m, &twice);
        const char *differs = law_result_differs(&m, &once, &twice, false);
        ck_assert_msg(differs == NULL, "seed %llu: %s differs", (unsigned long long)seed, differs);
        law_result_free(&once);
        law_result_free(&twice);
        law_machine_free(&m);
    }
}
END_TEST

Suite *test_leap_suite(void)
{
    Suite *suite = suite_create("leap");
    TCase *tcase = tcase_create("leap");
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, leaps_change_nothing);
    tcase_add_test(tcase, waking_twice_changes_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
