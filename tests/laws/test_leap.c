/* test_leap.c - a run with leaps gives what simulating every event gives: counts, times, operators, events.
 *
 * FL_LAW_CASES in the environment asks for more random machines than the preset, and
 * FL_LAW_SEED for others; `make check-leaps CASES=4000 SEED=1` runs thousands.
 */
#include <stdio.h>
#include <string.h>

#include "tests/cases.h"
#include "tests/laws/machine.h"
#include "tests/laws/memory.h"
#include "tests/suites.h"

enum { CASES = 200, STOCKS = 100, ENOUGH_PERCENT = 20, RECALLED_PERCENT = 10 };

/* A machine run event by event, and with leaps. */
struct pair {
    struct law_machine m;
    struct law_result plain, leaping;
    const char *differs;
};

static void pair_run(struct pair *p, uint64_t seed, const struct law_twist *twist)
{
    law_machine_build(&p->m, seed, twist);
    law_machine_run(&p->m, &p->plain);
    p->m.sim.leap = fl_leap_new(&p->m.sim);
    if (seed % 4 > 0)
        fl_leap_eager(p->m.sim.leap);
    law_machine_run(&p->m, &p->leaping);
    p->differs = law_result_differs(&p->m, &p->plain, &p->leaping, true);
}

static void pair_free(struct pair *p)
{
    law_result_free(&p->plain);
    law_result_free(&p->leaping);
    law_machine_free(&p->m);
}

START_TEST(leaps_change_nothing)
{
    uint64_t cases = cases_of(CASES), first = cases_first();
    uint64_t events = 0, skipped = 0, leapt = 0, recalled = 0;
    for (uint64_t seed = first; seed < first + cases; seed++) {
        struct pair p;
        pair_run(&p, seed, &(struct law_twist){ .crowd = seed % 5 == 0, .streams = seed % 2 == 0 });
        ck_assert_msg(p.differs == NULL, "seed %llu: %s differs", (unsigned long long)seed, p.differs);
        ck_assert_msg(p.plain.error == NULL, "seed %llu: %s", (unsigned long long)seed, p.plain.error);
        events += p.plain.events;
        skipped += fl_leap_skipped(p.m.sim.leap);
        leapt += fl_leap_skipped(p.m.sim.leap) > 0;
        recalled += fl_leap_levels(p.m.sim.leap)[FL_RECALL].leaps > 0;
        pair_free(&p);
    }
    if (cases > CASES)
        printf("%llu machines, %llu leapt, %llu recalled operators: %llu events, %llu leapt over\n",
               (unsigned long long)cases, (unsigned long long)leapt, (unsigned long long)recalled,
               (unsigned long long)events, (unsigned long long)skipped);
    /* A leap that never leaps would keep the law as well. */
    ck_assert(cases < CASES || 100 * leapt > ENOUGH_PERCENT * cases);
    ck_assert(cases < CASES || 100 * recalled > RECALLED_PERCENT * cases);
}
END_TEST

/* Tokens that were there from the start run out, and who takes them waits from then on: no leap goes past that. */
START_TEST(what_is_used_up_ends_a_leap)
{
    uint64_t cases = cases_of(STOCKS), first = cases_first(), leapt = 0;
    for (uint64_t seed = first; seed < first + cases; seed++) {
        struct pair p;
        pair_run(&p, seed, &(struct law_twist){ .streams = true, .stocks = true });
        ck_assert_msg(p.differs == NULL, "seed %llu: %s differs", (unsigned long long)seed, p.differs);
        ck_assert_msg(p.plain.error == NULL, "seed %llu: %s", (unsigned long long)seed, p.plain.error);
        leapt += fl_leap_skipped(p.m.sim.leap) > p.plain.events / 2;
        pair_free(&p);
    }
    ck_assert(cases < STOCKS || 2 * leapt > cases);
}
END_TEST

/* With wrong tables leaps do harm, and the law above sees it. */
static bool harm_seen(const struct fl_unit_type *wrong, uint64_t cases)
{
    bool seen = false;
    for (uint64_t seed = 1; seed <= cases && !seen; seed++) {
        struct pair p;
        pair_run(&p, seed, &(struct law_twist){ .type = wrong });
        seen = p.differs != NULL;
        pair_free(&p);
    }
    return seen;
}

/* The same with a copy of a type in which the state `name` follows another rule. */
static bool harm_of(const struct fl_unit_type *type, const char *name, enum fl_rule rule, int64_t arg, uint64_t cases)
{
    enum { ENTRIES = 32 };
    struct fl_state table[ENTRIES] = {{ 0 }};
    struct fl_unit_type wrong = *type;
    for (size_t i = 0; type->state[i].name != NULL; i++) {
        ck_assert_uint_lt(i, ENTRIES - 1);
        table[i] = type->state[i];
        if (strcmp(table[i].name, name) == 0) {
            table[i].rule = rule;
            table[i].arg = arg;
        }
    }
    wrong.state = table;
    return harm_seen(&wrong, cases);
}

START_TEST(wrong_tables_are_found_out)
{
    ck_assert(harm_of(&law_memory, "place", FL_TIME, 0, CASES));   /* banks and rows forgotten */
    ck_assert(harm_of(&law_memory, "due", FL_PLAIN, 0, CASES));     /* a refresh forgotten */
    /* Nothing wrong, nothing seen. */
    ck_assert(!harm_of(&law_memory, "due", FL_DEADLINE, 0, cases_of(CASES)));
}
END_TEST

/* A wake is a hint: waking every unit twice changes nothing but the number of wakes. */
START_TEST(waking_twice_changes_nothing)
{
    uint64_t cases = cases_of(CASES), first = cases_first();
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
    tcase_add_test(tcase, leaps_change_nothing);
    tcase_add_test(tcase, what_is_used_up_ends_a_leap);
    tcase_add_test(tcase, wrong_tables_are_found_out);
    tcase_add_test(tcase, waking_twice_changes_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
