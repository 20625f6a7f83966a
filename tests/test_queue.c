/* test_queue.c - alarms come out in order of (time, rank), whatever was done to them before. */
#include "base/rng.h"
#include "sim/kernel.h"
#include "tests/suites.h"

enum { UNITS = 200, ROUNDS = 20000 };

static struct unit *least(struct unit *unit)
{
    struct unit *best = NULL;
    for (int i = 0; i < UNITS; i++)
        if (unit[i].alarm != FL_NEVER &&
            (best == NULL || unit[i].alarm < best->alarm ||
             (unit[i].alarm == best->alarm && unit[i].rank < best->rank)))
            best = &unit[i];
    return best;
}

START_TEST(pops_in_total_order)
{
    struct fl_arena arena = {0};
    struct fl_queue queue = {0};
    struct unit *unit = fl_arena_array(&arena, UNITS, sizeof *unit);
    struct fl_rng rng = { 7 };
    fl_queue_init(&queue, &arena, UNITS);
    for (uint32_t i = 0; i < UNITS; i++) {
        unit[i].rank = UNITS - 1 - i;
        unit[i].alarm = FL_NEVER;
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct unit *u = &unit[fl_rng_range(&rng, 0, UNITS - 1)];
        switch (fl_rng_range(&rng, 0, 3)) {
        case 0:
            fl_queue_set(&queue, u, FL_NEVER);
            break;
        case 1: {
            struct unit *expected = least(unit);
            ck_assert_ptr_eq(fl_queue_pop(&queue), expected);
            break;
        }
        default:
            fl_queue_set(&queue, u, fl_rng_range(&rng, 0, 50));
        }
    }
    fl_arena_free(&arena);
}
END_TEST

START_TEST(edges_of_ratio_clocks_are_exact)
{
    struct fl_clock clock = { .name = "3 GHz" };
    ck_assert(fl_clock_from_hz(&clock, 3000000000, 1));
    ck_assert_int_eq(clock.p, 1000);
    ck_assert_int_eq(clock.q, 3);
    ck_assert_int_eq(fl_clock_time(&clock, 1), 333);
    ck_assert_int_eq(fl_clock_time(&clock, 2), 666);
    ck_assert_int_eq(fl_clock_time(&clock, 3000000000), 1000000000000);
    for (fl_time now = 0; now < 5000; now++) {
        fl_time edge = fl_clock_edge(&clock, now, 0);
        int64_t number = fl_clock_number(&clock, now);
        ck_assert_int_ge(edge, now);
        ck_assert(number == 0 || fl_clock_time(&clock, number - 1) < now);
    }
    struct fl_clock slow = { .name = "1.6 GHz" };
    ck_assert(fl_clock_from_hz(&slow, 1600000000, 1));
    ck_assert_int_eq(fl_clock_joint(fl_clock_joint(1, &clock), &slow), 5000);
}
END_TEST

Suite *test_queue_suite(void)
{
    Suite *suite = suite_create("queue");
    TCase *tcase = tcase_create("queue");
    tcase_add_test(tcase, pops_in_total_order);
    tcase_add_test(tcase, edges_of_ratio_clocks_are_exact);
    suite_add_tcase(suite, tcase);
    return suite;
}
