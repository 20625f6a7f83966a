/* test_unit_laws.c - every registered unit type keeps every law, and every law can be broken. */
#include <string.h>

#include "tests/cases.h"
#include "tests/laws/faulty.h"
#include "tests/laws/roles.h"
#include "tests/laws/unit_laws.h"
#include "tests/suites.h"

enum { SEEDS = 60 };

static void keeps(const struct fl_unit_type *type, const struct unit_law_entry *law)
{
    for (uint64_t seed = 1; seed <= cases_of(SEEDS); seed++) {
        char text[RIG_TEXT] = "";
        ck_assert_msg(law->holds(type, seed, text), "%s breaks the law of %s (seed %llu): %s", type->kind, law->name,
                      (unsigned long long)seed, text);
        ck_assert_msg(text[0] == '\0', "%s keeps the law of %s, yet is told: %s", type->kind, law->name, text);
    }
}

START_TEST(every_type_keeps_the_law)
{
    for (size_t t = 0; fl_unit_types[t] != NULL; t++)
        keeps(fl_unit_types[t], &unit_laws[_i]);
}
END_TEST

START_TEST(a_sound_type_keeps_the_law)
{
    keeps(&sound_type, &unit_laws[_i]);
}
END_TEST

START_TEST(a_fault_breaks_its_law)
{
    const struct faulty_type *fault = &faulty_types[_i];
    const struct unit_law_entry *law = unit_laws;
    while (strcmp(law->name, fault->law) != 0)
        law++;
    bool caught = false;
    for (uint64_t seed = 1; seed <= SEEDS && !caught; seed++) {
        char text[RIG_TEXT] = "";
        caught = !law->holds(fault->type, seed, text);
        ck_assert_msg(!caught || text[0] != '\0', "the law of %s is broken by %s without a word", law->name,
                      fault->type->kind);
    }
    ck_assert_msg(caught, "the law of %s does not notice %s", law->name, fault->type->kind);
}
END_TEST

/* A type with a pace that is never seen would pass the law of tightness for nothing. */
START_TEST(paces_are_seen)
{
    for (size_t t = 0; fl_unit_types[t] != NULL; t++) {
        const struct fl_unit_type *type = fl_unit_types[t];
        bool fed, seen = role_paced_port(type, &fed) < 0;
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
            seen = seen || law_tight_interval_ps(type, seed) > 0;
        ck_assert_msg(seen, "no pace of %s was ever measured", type->kind);
    }
}
END_TEST

Suite *test_unit_laws_suite(void)
{
    Suite *suite = suite_create("unit_laws");
    TCase *tcase = tcase_create("unit_laws");
    int laws = 0, faults = 0;
    while (unit_laws[laws].name != NULL)
        laws++;
    while (faulty_types[faults].law != NULL)
        faults++;
    tcase_add_loop_test(tcase, every_type_keeps_the_law, 0, laws);
    tcase_add_loop_test(tcase, a_sound_type_keeps_the_law, 0, laws);
    tcase_add_loop_test(tcase, a_fault_breaks_its_law, 0, faults);
    tcase_add_test(tcase, paces_are_seen);
    suite_add_tcase(suite, tcase);
    return suite;
}
