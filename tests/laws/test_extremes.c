/* test_extremes.c - every number of every unit at the ends of its range, alone and together: a run either is refused
 * with words, or keeps the books of time. What wraps does neither: it ends early, or is busy for longer than it ran.
 */
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "base/arena.h"
#include "base/quantity.h"
#include "tests/cases.h"
#include "tests/suites.h"

enum { SETS = 4, TOGETHER = 150 };

static const char trace[] =
    "fanlight-trace 1\nmodel small\nphase prefill\ncontext 6\ninput x\ninput kv\n"
    "norm ln x -> a m=6 n=40\n"
    "linear qkv a -> b m=6 k=40 n=60\n"
    "matmul scores b kv -> s groups=2 m=6 k=10 n=6 mask=causal_out\n"
    "softmax soft s -> p m=12 n=6 share=2 mask=causal_out\n"
    "matmul mix p kv -> c groups=2 m=6 k=6 n=20 mask=causal_in sign=non_negative\n"
    "linear out c -> y m=6 k=40 n=40\n"
    "add join x y -> x m=6 n=40\n";

static struct fl_request request(struct fl_arena *arena)
{
    const char *folder = getenv("SRCDIR");
    return (struct fl_request){
        .design = fl_arena_format(arena, "%s/tests/bad/good_design.cfg", folder != NULL ? folder : "."),
        .trace_text = trace };
}

/* An end of a parameter's range, as `--set` has it; NULL: no number. Where 0 stands for "none", almost 0 is an end. */
enum end { LEAST, MOST, TINY, ENDS };
static const char *extreme(struct fl_arena *arena, const char *path, const struct fl_param *param, enum end end)
{
    const double value[ENDS] = { param->least, param->most, 1e-30 };
    char text[FL_QUANTITY_BYTES];
    if (fl_param_type(param) == FL_CHOICE || fl_param_type(param) == FL_FLAG)
        return NULL;
    if (end == TINY && (fl_param_type(param) != FL_REAL || param->least != 0))
        return NULL;
    fl_quantity_write(text, value[end], param->measure);
    return fl_arena_format(arena, "%s.%s=\"%s\"", path, param->name, text);
}

static int64_t counted(const struct fl_phase_result *phase, uint32_t unit, uint32_t tally)
{
    int64_t sum = 0;
    for (size_t n = 0; n < phase->ledger.occurrences; n++) {
        const struct fl_delta *d = &phase->ledger.delta[phase->ledger.occurrence[n].delta];
        for (uint32_t i = d->first; i < d->first + d->entries; i++) {
            const struct fl_entry *e = &phase->ledger.entry[i];
            sum += e->unit == unit && e->tally == tally ? e->count : 0;
        }
    }
    return sum;
}

static void assert_books(const struct fl_result *result, const struct fl_phase_result *phase, const char *what)
{
    fl_time before = 0;
    for (size_t n = 0; n < phase->ledger.occurrences; n++) {
        const struct fl_occurrence *o = &phase->ledger.occurrence[n];
        ck_assert_msg(o->start >= before && o->end >= o->start && o->end < FL_TIME_END, "%s: time went back", what);
        before = o->end;
    }
    ck_assert_msg(before == phase->latency_ps, "%s", what);
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        const struct unit *u = result->arch.sim.unit[i];
        int64_t busy = counted(phase, i, FL_BUSY_PS), blocked = counted(phase, i, FL_BLOCKED_PS);
        ck_assert_msg(busy >= 0 && blocked >= 0 && busy <= before && blocked <= before - busy,
                      "%s: %s was busy for %lld ps, blocked for %lld, of %lld", what, u->path, (long long)busy,
                      (long long)blocked, (long long)before);
        for (uint32_t c = FL_OWN; c < u->counts; c++)
            ck_assert_msg(counted(phase, i, c) >= 0, "%s: %s: %s", what, u->path, fl_unit_count_name(u, c));
    }
}

/* Whether it ran. */
static bool try_run(const char *const *set, int sets)
{
    struct fl_arena arena = { 0 };
    struct fl_err err = { 0 };
    struct fl_request ask = request(&arena);
    struct fl_result *result;
    ask.set = set;
    ask.sets = sets;
    bool ran = fanlight_run(&ask, &result, &err);
    const char *what = set[0];
    for (int i = 1; i < sets; i++)
        what = fl_arena_format(&arena, "%s %s", what, set[i]);
    if (ran) {
        assert_books(result, &result->setup, what);
        assert_books(result, &result->run, what);
        fanlight_free(result);
    } else {
        ck_assert_msg(err.faults > 0 && fl_err_text(&err)[0] != '\0', "%s: refused without a word", what);
    }
    fl_err_free(&err);
    fl_arena_free(&arena);
    return ran;
}

/* All settings at their ends; returns how many. */
static size_t extremes(struct fl_arena *arena, const char ***all)
{
    struct fl_err err = { 0 };
    struct fl_request ask = request(arena);
    struct fl_result *result;
    size_t count = 0;
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    *all = fl_arena_array(arena, 2000, sizeof **all);
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        const struct unit *u = result->arch.sim.unit[i];
        for (const struct fl_param *param = u->type->params; param != NULL && param->name != NULL; param++)
            for (int end = 0; end < ENDS; end++) {
                const char *set = extreme(arena, u->path, param, (enum end)end);
                ck_assert_uint_lt(count, 2000);
                if (set != NULL)
                    (*all)[count++] = set;
            }
    }
    fanlight_free(result);
    return count;
}

START_TEST(alone)
{
    struct fl_arena arena = { 0 };
    const char **all;
    size_t count = extremes(&arena, &all), tried = 0, ran = 0;
    for (size_t i = 0; i < count; i++)
        if (cases_drawn(0, i, count)) {
            ran += try_run(&all[i], 1);
            tried++;
        }
    ck_assert_uint_gt(count, 300);
    ck_assert_uint_gt(ran, tried / 2);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(together)
{
    struct fl_arena arena = { 0 };
    struct fl_rng rng = cases_rng(20);
    const char **all;
    size_t count = extremes(&arena, &all), ran = 0;
    for (uint64_t i = 0; i < cases_of(TOGETHER); i++) {
        const char *set[SETS];
        for (int k = 0; k < SETS; k++)
            set[k] = all[fl_rng_range(&rng, 0, (int64_t)count - 1)];
        ran += try_run(set, SETS);
    }
    ck_assert_uint_gt(ran, cases_of(TOGETHER) / 20);
    fl_arena_free(&arena);
}
END_TEST

Suite *test_extremes_suite(void)
{
    Suite *suite = suite_create("extremes");
    TCase *tcase = tcase_create("extremes");
    tcase_add_test(tcase, alone);
    tcase_add_test(tcase, together);
    suite_add_tcase(suite, tcase);
    return suite;
}
