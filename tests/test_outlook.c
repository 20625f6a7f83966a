/* test_outlook.c - what trials of single products rule out is no better, once it runs.
 *
 * Every named strategy, and what bounds prefer among them, is planned and run: short networks of very many layers on
 * random machines, and models on shipped ones. Of each pair it is asked whether the one that has run rules out the plan
 * of the other; if so that is not the better of both. And what `auto` picks is no worse than with nothing ruled out.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "api/search.h"
#include "tests/cases.h"
#include "tests/made.h"
#include "tests/test_trace.h"
#include "tests/suites.h"

enum { WAYS = 12 };

/* What operators side by side take is foreseen to this part of it, as they wait for each other's memory, and so are
 * shorter runs than `auto` judges by. */
static const double FORESEEN = 0.02;

struct claims { uint64_t asked, made; };

/* May one be better than the other by this part of its time? */
static double part_of(const struct fl_result *one, const struct fl_result *other, uint64_t long_run)
{
    bool streams = one->plan.program.stream != NULL || other->plan.program.stream != NULL;
    return streams || long_run < FL_LONG_RUN ? FORESEEN : 0;
}

/* ---- pairs of plans ---- */

/* Plans of a work, and what came of each (NULL: it is not mapped so). */
struct rivals {
    const char *name[WAYS];
    struct fl_result *plan[WAYS], *run[WAYS];
    int count;
};

/* Is a plan whose operators go side by side looked at whenever its bound leaves something? */
static void promise_check(const struct fl_prepared *prepared, const struct fl_result *plan, const char *name)
{
    struct fl_machine machine = prepared->machine;
    struct fl_plan other;
    struct fl_err err = {0};
    if (plan->plan.program.stream == NULL)
        return;
    machine.least_ps = plan->plan.bound_ps * (1 + 1e-6) + 10;
    ck_assert_msg(fl_plan_make(&other, &prepared->trace, &machine, name, prepared->objective, &err), "%s",
                  fl_err_text(&err));
    ck_assert_msg(!other.passed_by && other.program.stream != NULL, "%s is passed by, with a bound of %.0f ps", name,
                  plan->plan.bound_ps);
    fl_plan_free(&other);
    machine.least_ps = 1;
    ck_assert(fl_plan_make(&other, &prepared->trace, &machine, name, prepared->objective, &err));
    ck_assert_msg(other.passed_by && other.program.stream == NULL, "%s is looked at for nothing", name);
    fl_plan_free(&other);
}

static void rival_add(struct rivals *r, const struct fl_prepared *prepared, const struct fl_request *ask,
                      const char *name)
{
    struct fl_err why = {0};
    struct fl_result *plan = NULL, *run = NULL;
    const struct fl_strategy way = {name, NULL, NULL};
    ck_assert_int_lt(r->count, WAYS);
    if (fl_attempt_plan(&plan, prepared, ask, way, true, &why) && fl_attempt(&run, prepared, ask, way, NULL, &why)) {
        promise_check(prepared, plan, name);
        r->name[r->count] = name;
        r->plan[r->count] = plan;
        r->run[r->count++] = run;
    } else {
        fl_result_drop(&plan);
    }
    fl_err_free(&why);
}

static void pairs_ask(const struct rivals *r, struct fl_bench *bench, struct claims *claims, const char *told)
{
    for (int i = 0; i < r->count; i++)
        for (int k = 0; k < r->count; k++) {
            if (i == k || fl_attempt_hopeless(r->plan[i], r->run[k], FL_LATENCY))
                continue;
            bool out = fl_bench_rules_out(bench, r->plan[i], r->run[k]);
            claims->asked++;
            claims->made += out;
            double part = part_of(r->run[i], r->run[k], bench->long_run);
            ck_assert_msg(!out || !fl_result_better(r->run[i], r->run[k], FL_LATENCY) ||
                          (double)r->run[i]->run.latency_ps > (double)r->run[k]->run.latency_ps * (1 - part),
                          "%s (%lld ps) rules out %s (%lld ps), which is better\n%s", r->name[k],
                          (long long)r->run[k]->run.latency_ps, r->name[i], (long long)r->run[i]->run.latency_ps,
                          told);
        }
}

static void pairs_check(struct fl_prepared *prepared, const struct fl_request *ask, struct claims *claims,
                        const char *told)
{
    struct rivals r = {.count = 0};
    struct fl_bench bench;
    struct fl_err err = {0};
    rival_add(&r, prepared, ask, "auto");
    for (int i = 0; fl_strategies[i] != NULL; i++)
        rival_add(&r, prepared, ask, fl_strategies[i]->name);
    if (r.count > 0) {
        ck_assert_msg(fl_bench_open(&bench, &prepared->design, &r.plan[0]->machine, true, &err), "%s",
                      fl_err_text(&err));
        bench.long_run = prepared->long_run;
        pairs_ask(&r, &bench, claims, told);
        fl_bench_close(&bench);
    }
    for (int i = 0; i < r.count; i++) {
        fanlight_free(r.plan[i]);
        fanlight_free(r.run[i]);
    }
}

/* ---- what auto picks ---- */

static struct fl_result *picked(const struct fl_request *ask, uint64_t long_run)
{
    struct fl_prepared prepared;
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    ck_assert_msg(fl_prepare(&prepared, ask, NULL, &err), "%s", fl_err_text(&err));
    prepared.long_run = long_run;
    if (!fl_prepared_run(&prepared, ask, &result, &err))
        fl_prepared_free(&prepared);
    fl_err_free(&err);
    return result;
}

static void picks_check(const struct fl_request *ask, enum fl_objective goal, uint64_t long_run, const char *told)
{
    struct fl_result *one = picked(ask, long_run), *other = picked(ask, UINT64_MAX);
    ck_assert_msg((one == NULL) == (other == NULL), "%s", told);
    if (one != NULL && !fl_plan_alike(&one->plan, &other->plan)) {
        double most = fmax(part_of(one, other, long_run), FL_TIE), score = fl_result_score(one, goal);
        ck_assert_msg(score <= fl_result_score(other, goal) * (1 + most),
                      "auto picks a plan of %lld ps, and with nothing ruled out one of %lld ps\n%s",
                      (long long)one->run.latency_ps, (long long)other->run.latency_ps, told);
    }
    fanlight_free(one);
    fanlight_free(other);
}

/* ---- random machines ---- */

/* Products one behind another, some of activations, and rows of digital work; so many layers that the run is long. */
static const char *network_drawn(struct fl_arena *arena, struct fl_rng *rng)
{
    long long rows = fl_rng_range(rng, 20, 200), width = fl_rng_range(rng, 8, 120);
    int products = (int)fl_rng_range(rng, 1, 4);
    const char *tensors = "", *last = "x";
    const char *text = fl_arena_format(arena, "repeat %lld layer 0\n", (long long)fl_rng_range(rng, 60000, 120000));
    for (int i = 0; i < products; i++) {
        const char *out = i == products - 1 ? "x" : fl_arena_format(arena, "a%d", i);
        if (fl_rng_range(rng, 0, 3) == 0) {
            text = fl_arena_format(arena, "%smatmul s%d %s %s=transposed -> c%d m=%lld k=%lld n=%lld\n"
                                   "matmul p%d c%d %s -> b%d m=%lld k=%lld n=%lld\n", text, i, last, last, i, rows,
                                   width, rows, i, i, last, i, rows, rows, width);
        } else {
            tensors = fl_arena_format(arena, "%stensor w%d parameter rows=%lld width=%lld\n", tensors, i, width, width);
            text = fl_arena_format(arena, "%slinear p%d %s w%d -> b%d m=%lld k=%lld n=%lld\n", text, i, last, i, i,
                                   rows, width, width);
        }
        text = fl_arena_format(arena, "%snorm n%d b%d -> %s m=%lld n=%lld\n", text, i, i, out, rows, width);
        last = out;
    }
    return fl_arena_format(arena, "fanlight-trace 2\nmodel drawn\ntokens %lld\nbatch 1\ninput x\n%s%send\n", rows,
                           tensors, text);
}

static size_t sets_drawn(struct fl_arena *arena, struct fl_rng *rng, const char **set)
{
    size_t sets = made_sets(arena, rng, set);
    static const char *const cores[] = {"core[0].cores=1", "core[0].cores=3", "core[0].cores=20", "core[0].cores=400"};
    static const char *const srams[] = {"sram.capacity=16 KiB", "sram.capacity=64 KiB", "sram.capacity=1 MiB"};
    set[sets++] = fl_rng_range(rng, 0, 2) == 0 ? "machine.overlap=block" : "machine.overlap=none";
    set[sets++] = cores[fl_rng_range(rng, 0, 3)];
    set[sets++] = srams[fl_rng_range(rng, 0, 2)];
    set[sets++] = "core[0].slm.dark=settle";            /* auto rules nothing out where frames settle in light */
    set[sets++] = "core[1].slm.dark=load+settle";
    return sets;
}

static const char *told(struct fl_arena *arena, const char *const *set, size_t sets, const char *trace)
{
    const char *text = "";
    for (size_t i = 0; i < sets; i++)
        text = fl_arena_format(arena, "%s--set '%s' ", text, set[i]);
    return fl_arena_format(arena, "%s\n%s", text, trace);
}

static const char *const objectives[] = {[FL_LATENCY] = "latency", [FL_ENERGY] = "energy", [FL_EDP] = "edp"};

static void case_check(uint64_t number, struct claims *claims)
{
    struct fl_rng rng = cases_rng(number == 0 ? 4307 : number + 4200);  /* the first: two plans all but alike */
    struct fl_arena arena = {0};
    struct fl_prepared prepared;
    struct fl_err err = {0};
    const char *set[SETS];
    size_t sets = sets_drawn(&arena, &rng, set);
    struct fl_request ask = {.design = source_path(&arena, "tests/bad/good_design.cfg"), .mapper = "auto",
                             .trace_text = network_drawn(&arena, &rng), .set = set, .sets = (int)sets};
    const char *text = told(&arena, set, sets, ask.trace_text);
    enum fl_objective goal = number % 8 == 1 ? FL_ENERGY : number % 8 == 5 ? FL_EDP : FL_LATENCY;
    ck_assert_msg(fl_prepare(&prepared, &ask, NULL, &err), "%s\n%s", fl_err_text(&err), text);
    pairs_check(&prepared, &ask, claims, text);
    uint64_t long_run = prepared.long_run;
    fl_prepared_free(&prepared);
    ask.objective = objectives[goal];
    picks_check(&ask, goal, long_run, text);
    fl_arena_free(&arena);
}

START_TEST(nothing_better_is_ruled_out)
{
    struct claims claims = {0};
    uint64_t cases = cases_of(30);
    for (uint64_t i = 0; i < cases; i++)
        case_check(i, &claims);
    ck_assert_msg(2 * claims.made > cases, "%llu of %llu pairs", (unsigned long long)claims.made,
                  (unsigned long long)claims.asked);
}
END_TEST

/* ---- shipped machines ---- */

static const uint64_t SHORTER = 3000000;
static const struct work {
    const char *design, *model, *phase, *schedule;
    enum fl_objective goal;
    int64_t context, tokens;
} works[] = {
    {"digital_22nm", "vit-base", "train", "bp", FL_LATENCY, 0, 0},
    {"free_space_1k", "vit-base", "train", "bp", FL_LATENCY, 0, 0},
    {"free_space_1k", "gpt2", "decode", NULL, FL_LATENCY, 256, 16},
    {"hybrid_1k", "deit-tiny", "train", "bp", FL_LATENCY, 0, 0},
    {"hybrid_1k", "deit-tiny", "train", "dfa_layer", FL_LATENCY, 0, 0},
    {"hybrid_1k", "gpt2", "decode", NULL, FL_EDP, 256, 16},
    {"lcos_resident", "deit-tiny", "train", "bp", FL_LATENCY, 0, 0},
    {"lcos_resident", "gpt2", "decode", NULL, FL_ENERGY, 256, 16},
    {"lt_b_8", "vit-base", "prefill", NULL, FL_LATENCY, 0, 0},
    {"netcast", "gpt2", "prefill", NULL, FL_LATENCY, 256, 0},
    {"ot_10k", "gpt2", "train", "bp", FL_LATENCY, 256, 0},
    {"opu_a100", "gpt2", "train", "dfa_layer", FL_LATENCY, 256, 0},
};
enum { WORKS = sizeof works / sizeof *works };

START_TEST(shipped_machines_lose_nothing)
{
    const struct work *w = &works[_i];
    struct claims claims = {0};
    struct fl_prepared prepared;
    struct fl_err err = {0};
    const struct fl_train_work train = {.schedule = w->schedule};
    struct fl_request ask = {
        .design = w->design, .model = w->model, .mapper = "auto", .train = w->schedule != NULL ? &train : NULL,
        .work = {.phase = w->phase, .context = w->context, .tokens = w->tokens}};
    if (!cases_drawn(22, (uint64_t)_i, WORKS))
        return;
    ck_assert_msg(fl_prepare(&prepared, &ask, NULL, &err), "%s", fl_err_text(&err));
    prepared.long_run = SHORTER;
    pairs_check(&prepared, &ask, &claims, w->design);
    fl_prepared_free(&prepared);
    ask.objective = objectives[w->goal];
    picks_check(&ask, w->goal, SHORTER, w->design);
}
END_TEST

/* ---- what is not tried ---- */

static const char *attention_of(struct fl_arena *arena, int heads, int share)
{
    int groups = heads / share, width = (heads + 2 * groups) * 128;
    return fl_arena_format(arena, "fanlight-trace 2\nmodel heads\ntokens 2048\nbatch 1\ninput x\n"
        "tensor qkv.w parameter rows=512 width=%d layered=yes\ntensor out.w parameter rows=%d width=512 layered=yes\n"
        "tensor kv cache rows=2048 width=%d layered=yes\nrepeat 2 layer 0\n"
        "linear qkv x qkv.w -> qkv m=2048 k=512 n=%d\n"
        "kv_append append qkv -> kv m=2048 n=%d\n"
        "matmul scores qkv qkv -> scores groups=%d m=%d k=128 n=2048 share=%d mask=causal_out\n"
        "softmax soft scores -> soft m=%d n=2048 share=%d mask=causal_out\n"
        "matmul context soft qkv -> context groups=%d m=%d k=2048 n=128 share=%d mask=causal_in sign=non_negative\n"
        "linear out context out.w -> x m=2048 k=%d n=512\nend\n", width, heads * 128, groups * 256, width, groups * 256,
        groups, 2048 * share, share, heads * 2048, heads, groups, 2048 * share, share, heads * 128);
}

/* What is chosen by some heads is as good as what is chosen by all; and what is not tried, for it is far ahead by
 * bounds, keeps its word. */
static void choices_check(struct fl_bench *bench, const struct fl_trace_search *search,
                          const struct fl_trace_search *all)
{
    struct fl_err err = {0};
    ck_assert_uint_eq(search->shapes, all->shapes);
    for (size_t i = 0; i < all->shapes; i++) {
        const struct fl_shape_search *one = &search->shape[i], *other = &all->shape[i];
        double ps, joules, other_ps;
        ck_assert(fl_bench_try(bench, one, &one->search.found[one->chosen].mapping, &ps, &joules, &err));
        ck_assert(fl_bench_try(bench, other, &other->search.found[other->chosen].mapping, &other_ps, &joules, &err));
        ck_assert_msg(ps <= other_ps * (1 + 2 * FL_TIE) && ps <= one->next_ps, "%s: %.0f ps, where %.0f are enough",
                      one->op->name, ps, other_ps);
    }
}

enum { HEADS = 3 };

START_TEST(some_heads_tell_what_all_take)
{
    static const struct { const char *design; int heads, share; } cases[HEADS] = {
        {"homodyne_256", 32, 4}, {"free_space_1k", 96, 1}, {"lcos_resident", 96, 1}};
    struct fl_arena arena = {0};
    struct fl_prepared prepared;
    struct fl_result *plan;
    struct fl_bench bench;
    struct fl_trace_search search[2];
    struct fl_err err = {0};
    if (!cases_drawn(23, (uint64_t)_i, HEADS))
        return;
    const struct fl_request ask = {.design = cases[_i].design, .mapper = "auto",
                                   .trace_text = attention_of(&arena, cases[_i].heads, cases[_i].share)};
    const struct fl_strategy way = {"auto", NULL, NULL};
    ck_assert_msg(fl_prepare(&prepared, &ask, NULL, &err), "%s", fl_err_text(&err));
    ck_assert(fl_attempt_plan(&plan, &prepared, &ask, way, false, &err) && plan != NULL);
    ck_assert(fl_bench_open(&bench, &prepared.design, &plan->machine, true, &err));
    for (int trusts = 0; trusts < 2; trusts++) {
        struct fl_machine machine = bench.machine;
        const struct fl_trial trial = {fl_bench_try, fl_bench_least, &bench, trusts == 1};
        const struct fl_goal goal = {.objective = FL_LATENCY};
        ck_assert(fl_search_trace(&search[trusts], &prepared.trace, &machine, goal, 4, &trial, &err));
    }
    choices_check(&bench, &search[1], &search[0]);
    for (int trusts = 0; trusts < 2; trusts++)
        fl_search_trace_free(&search[trusts]);
    fl_bench_close(&bench);
    fanlight_free(plan);
    fl_prepared_free(&prepared);
    fl_arena_free(&arena);
}
END_TEST

/* ---- what goes side by side ---- */

/* Where a hundredth is to be gained operators go side by side; where less is, and the run is long, they do not. */
START_TEST(long_runs_go_side_by_side_for_a_hundredth)
{
    const struct fl_train_work train = {.schedule = "bp"};
    static const char *const model[] = {"gpt2", "gpt3-175b"};
    for (int is_long = 0; is_long < 2; is_long++) {
        struct fl_err err = {0};
        struct fl_result *result;
        const struct fl_request ask = {
            .design = "free_space_1k", .model = model[is_long], .mapper = "weight_stationary", .train = &train,
            .work = {.phase = "train", .context = is_long ? 2048 : 256}};
        ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
        ck_assert_int_eq(result->plan.program.stream == NULL, is_long);
        fanlight_free(result);
    }
}
END_TEST

Suite *test_outlook_suite(void)
{
    Suite *suite = suite_create("outlook");
    TCase *tests = tcase_create("outlook");
    tcase_add_test(tests, nothing_better_is_ruled_out);
    tcase_add_loop_test(tests, shipped_machines_lose_nothing, 0, WORKS);
    tcase_add_test(tests, long_runs_go_side_by_side_for_a_hundredth);
    tcase_set_timeout(tests, 600);
    suite_add_tcase(suite, tests);
    TCase *heads = tcase_create("heads");
    tcase_add_loop_test(heads, some_heads_tell_what_all_take, 0, HEADS);
    tcase_set_timeout(heads, 600);
    suite_add_tcase(suite, heads);
    return suite;
}
