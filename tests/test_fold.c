/* test_fold.c - text that repeats becomes loops that say the same. */
#include <string.h>

#include "mapping/mapper.h"
#include "tests/cases.h"
#include "tests/suites.h"

enum { MOST = 1 << 16, WORDS = 5 };

struct text { struct fl_inst inst[MOST]; size_t insts; };

/* What is done, loops unrolled; `folded`: how many loops of the text were found by folding. */
static void unroll(const struct fl_builder *b, size_t from, size_t end, struct text *text, int64_t *folded)
{
    for (size_t at = from; at < end; at++) {
        if (b->inst[at].code != FL_LOOP) {
            ck_assert_uint_lt(text->insts, MOST);
            text->inst[text->insts++] = b->inst[at];
            continue;
        }
        size_t next = at + 1;
        while (b->inst[next].code != FL_NEXT || b->inst[next].arg != (int32_t)at)
            ck_assert_uint_lt(++next, end);
        ck_assert_int_lt(b->inst[at].arg, FL_LOOP_DEPTH);
        *folded += b->inst[next].count;
        for (int64_t times = b->inst[at].count; times > 0; times--)
            unroll(b, at + 1, next, text, folded);
        at = next;
    }
}

static void phrase_write(struct fl_builder *b, struct fl_rng *rng, int depth)
{
    for (int64_t items = fl_rng_range(rng, 1, 4); items > 0; items--) {
        bool loop = depth < 3 && fl_rng_range(rng, 0, 2) == 0;
        int64_t again = loop ? fl_rng_range(rng, 1, 6) : 1, times = fl_rng_range(rng, 1, 3);
        struct fl_rng phrase = *rng;
        for (int64_t i = 0; i < again; i++) {
            *rng = phrase;              /* the same words again */
            if (!loop) {
                fl_build_inst(b, FL_SIGNAL, (int32_t)fl_rng_range(rng, 0, WORDS), fl_rng_range(rng, 1, 2));
                continue;
            }
            if (times > 1)
                fl_build_loop(b, times);
            phrase_write(b, rng, depth + 1);
            if (times > 1)
                fl_build_next(b);
        }
    }
}

START_TEST(what_is_folded_says_the_same)
{
    static struct text before, after;
    int64_t all = 0;
    for (uint64_t seed = cases_first(); seed < cases_first() + cases_of(2000); seed++) {
        struct fl_rng rng = {seed};
        struct fl_builder b = {0};
        int64_t none = 0, folded = 0;
        fl_build_inst(&b, FL_SIGNAL, 0, 1);                     /* what stands before stays */
        for (int64_t open = fl_rng_range(&rng, 0, FL_LOOP_DEPTH - 3); open > 0; open--)
            fl_build_loop(&b, 2);
        size_t first = b.insts;
        phrase_write(&b, &rng, 0);
        size_t end = b.insts;
        before.insts = after.insts = 0;
        unroll(&b, first, end, &before, &none);
        fl_build_fold(&b, first);
        unroll(&b, first, b.insts, &after, &folded);
        ck_assert_int_eq(none, 0);
        ck_assert_msg(b.insts <= end && before.insts == after.insts &&
                      memcmp(before.inst, after.inst, before.insts * sizeof *before.inst) == 0,
                      "seed %llu: %zu instructions folded into %zu", (unsigned long long)seed, end - first,
                      b.insts - first);
        all += folded > 0;
        fl_builder_free(&b);
    }
    ck_assert_int_gt(all, (int64_t)cases_of(2000) / 4);
}
END_TEST

/* Twelve heads alike, each with a loop of two, are one; three are left as they are. */
START_TEST(heads_that_are_alike_are_one_loop)
{
    for (int heads = 3; heads <= 12; heads += 9) {
        struct fl_builder b = {0};
        for (int i = 0; i < heads; i++) {
            fl_build_inst(&b, FL_WAIT, 3, 1);
            fl_build_loop(&b, 2);
            fl_build_inst(&b, FL_STEP, 0, 0);
            fl_build_next(&b);
        }
        fl_build_inst(&b, FL_WAIT, 4, 1);
        fl_build_fold(&b, 0);
        ck_assert_uint_eq(b.insts, heads == 12 ? 7 : 13);
        ck_assert_int_eq(b.inst[0].code, heads == 12 ? FL_LOOP : FL_WAIT);
        ck_assert(heads < 12 || (b.inst[0].count == 12 && b.inst[5].count == 1 && b.inst[4].count == 0));
        fl_builder_free(&b);
    }
}
END_TEST

Suite *test_fold_suite(void)
{
    Suite *suite = suite_create("fold");
    TCase *tcase = tcase_create("fold");
    tcase_add_test(tcase, what_is_folded_says_the_same);
    tcase_add_test(tcase, heads_that_are_alike_are_one_loop);
    suite_add_tcase(suite, tcase);
    return suite;
}
