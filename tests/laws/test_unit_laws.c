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

/* ---- roles of keys ---- */

/* The role that a measure gives a key; -1: any but those of a price. */
static int role_by_measure(const char *measure)
{
    static const struct { const char *measure; enum fl_role role; } rules[] = {
        { "fJ", FL_COSTS }, { "fJ/bit", FL_COSTS }, { "mW", FL_COSTS }, { "A", FL_COSTS }, { "V", FL_SCALES },
        { "dB", FL_DIMS } };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].measure, measure) == 0)
            return (int)rules[i].role;
    return -1;
}

static bool prices(const struct fl_unit_type *type, const char *key)
{
    for (const struct fl_param *p = type->params; p != NULL && p->name != NULL; p++)
        if (strcmp(p->name, key) == 0)
            return fl_param_role(p) == FL_COSTS || fl_param_role(p) == FL_DIVIDES || fl_param_role(p) == FL_LIGHTS;
    return false;
}

/* A key whose role is not what its measure says, or that prices a count and does not cost; NULL: none. */
static const char *role_fault(const struct fl_unit_type *type)
{
    for (const struct fl_param *p = type->params; p != NULL && p->name != NULL; p++) {
        int wanted = role_by_measure(p->measure), is = (int)fl_param_role(p);
        if (wanted >= 0 ? is != wanted : is == FL_COSTS || is == FL_SCALES)
            return p->name;
    }
    for (const struct fl_tally *t = type->tallies; t != NULL && t->action != NULL; t++)
        if (t->energy != NULL && !prices(type, t->energy))
            return t->energy;
    for (const struct fl_static *s = type->statics; s != NULL && s->power != NULL; s++)
        if (!prices(type, s->power))
            return s->power;
    return NULL;
}

START_TEST(what_costs_says_so)
{
    for (size_t t = 0; fl_unit_types[t] != NULL; t++)
        ck_assert_msg(role_fault(fl_unit_types[t]) == NULL, "the key %s of %s has the wrong role",
                      role_fault(fl_unit_types[t]), fl_unit_types[t]->kind);
}
END_TEST

/* A type whose prices are said to be behaviour, or whose behaviour is said to be a price, is seen. */
START_TEST(a_wrong_role_is_seen)
{
    static const struct fl_param silent[] = { { "energy", "fJ", FL_REAL, 0, 0, 1, 0, "", NULL }, { 0 } },
                                 costly[] = { { "latency", "", FL_COUNT | FL_COSTS, 0, 0, 1, 0, "", NULL }, { 0 } },
                                 lossy[] = { { "loss", "dB", FL_REAL, 0, 0, 1, 0, "", NULL }, { 0 } },
                                 yield[] = { { "wall_plug", "", FL_REAL, 0, 0, 1, 0, "", NULL }, { 0 } };
    static const struct fl_tally lit[] = { { "lit", "laser", "wall_plug", 0 }, { 0 } };
    const struct fl_unit_type types[] = { { .params = silent }, { .params = costly }, { .params = lossy },
                                          { .params = yield, .tallies = lit } };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        ck_assert_ptr_nonnull(role_fault(&types[i]));
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
    tcase_add_test(tcase, what_costs_says_so);
    tcase_add_test(tcase, a_wrong_role_is_seen);
    suite_add_tcase(suite, tcase);
    return suite;
}
