/* test_accounting.c - what is held, what is on, what a design is: laws of every whole run.
 *
 * Jobs are shipped designs with models; beside them small random machines run a trace that
 * has one operator of each kind. Static powers are set, so that the laws have joules to
 * look at.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/chain.h"
#include "api/result.h"
#include "api/tiling.h"
#include "tests/cases.h"
#include "tests/counted.h"
#include "tests/made.h"
#include "tests/suites.h"

static const char *const powers[] = {"core.slm.hold_power=1 uW", "core.detector.camera_power=1 W"};
enum { POWERS = sizeof powers / sizeof *powers, RANDOM = 60 };

static const struct { const char *design, *model, *phase, *mapper; int64_t context, tokens; } jobs[] = {
    {"free_space_1k", "gpt2", "prefill", NULL, 80, 0},
    {"free_space_1k", "gpt2", "decode", "weights_in_place", 33, 2},
    {"free_space_1k", "llama-3-8b", "decode", "weight_stationary", 20, 1},
    {"free_space_1k", "vit-base", "prefill", NULL, 0, 0},
    {"lcos_resident", "gpt2", "prefill", NULL, 80, 0},
    {"ot_10k", "bert-base", "prefill", NULL, 40, 0},
    {"ot_10k", "gpt2-xl", "decode", NULL, 17, 2},
    {"digital_300fj", "deit-tiny", "prefill", NULL, 0, 0},
    {"slm_bench", "gpt2", "decode", NULL, 8, 1},
};
enum { JOBS = sizeof jobs / sizeof *jobs };

static const char every_kind[] =
    "fanlight-trace 1\nmodel kinds\ninput x\nlinear qkv x -> q m=9 k=33 n=21\nsoftmax s q -> p m=9 n=21\n"
    "norm l p -> t m=9 n=21\nactivation a t -> u m=9 n=21\nadd d u t -> v m=9 n=21\nlinear out v -> w m=9 k=21 n=40\n";

/* A job, or a random machine with the trace of every kind; NULL: the machine cannot do it in the way asked for. */
static struct fl_result *run_of(int number)
{
    struct fl_err err = {0};
    struct fl_arena arena = {0};
    struct fl_result *result = NULL;
    const char *set[SETS] = {0}, *folder = getenv("SRCDIR");
    struct fl_request ask = {.set = set, .sets = POWERS};
    memcpy(set, powers, sizeof powers);
    if (number < JOBS) {
        ask.design = jobs[number].design;
        ask.model = jobs[number].model;
        ask.mapper = jobs[number].mapper;
        ask.sets = strncmp(ask.design, "digital", 7) == 0 ? 0 : POWERS;     /* it has no cores */
        ask.work = (struct fl_work){.phase = jobs[number].phase, .context = jobs[number].context,
                                    .tokens = jobs[number].tokens};
    } else {
        struct fl_rng rng = cases_rng((uint64_t)number);
        size_t sets = POWERS + core_sets(&arena, &rng, 0, set + POWERS);
        sets += core_sets(&arena, &rng, 1, set + sets);
        set[sets++] = pick(&arena, &rng, "core[0].cores", 1, 40, "");
        set[sets++] = pick(&arena, &rng, "vector.lanes", 1, 50, "");
        set[sets++] = choose(&arena, &rng, "machine.ideal_memory", "true", "false");
        ask.sets = (int)sets;
        ask.trace_text = every_kind;
        ask.design = fl_arena_format(&arena, "%s/tests/bad/good_design.cfg", folder != NULL ? folder : ".");
    }
    if (!fanlight_run(&ask, &result, &err))
        ck_abort_msg("%d: %s", number, fl_err_text(&err));
    fl_arena_free(&arena);
    return result;
}

static double price_of(const struct fl_rows *rows, uint32_t unit, const char *action)
{
    double fj = 0;
    for (size_t i = 0; i < rows->prices; i++)
        if (rows->price[i].unit == unit && strcmp(rows->price[i].action, action) == 0 &&
            rows->price[i].class == FL_STATIC)
            fj += rows->price[i].fj;
    return fj;
}

static bool is_kind(const struct fl_result *result, uint32_t unit, const char *kind)
{
    return strcmp(result->arch.sim.unit[unit]->type->kind, kind) == 0;
}

/* Cores of a pool with weights in place; steps of a decode share theirs. */
static int64_t cores_in_place(const struct fl_result *result, int32_t pool)
{
    int64_t last = 0;
    for (size_t i = 0; i < result->plan.ops; i++) {
        const struct fl_plan_op *p = &result->plan.op[i];
        int64_t repeat = result->trace.block[p->block].repeat;
        if (fl_on_cores(&p->mapping) && p->mapping.number == pool && p->mapping.in_place)
            last = fl_most(last, p->core_first + repeat * p->mapping.cores);
    }
    return last;
}

/* Weights in place draw at least cells x power x run time, and no core holds for longer than the run. */
static void what_stays_is_held(int number, const struct fl_result *result, const struct fl_rows *rows)
{
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        const struct unit *u = result->arch.sim.unit[i];
        if (!is_kind(result, i, "slm"))
            continue;
        double cells = (double)u->pool->columns * (double)u->pool->rows, ps = (double)result->run.latency_ps;
        double fj = rows_count(rows, i, "held_ps") * price_of(rows, i, "held_ps") +
                    rows_count(rows, i, "run_ps") * price_of(rows, i, "run_ps");    /* of all cores, if always drawn */
        double least = cells * 1e-3 * ps * (double)cores_in_place(result, u->pool->index);
        ck_assert_msg(fj >= least * (1 - 1e-9), "%d: %s holds for %g fJ, not %g", number, u->path, fj, least);
        ck_assert(rows_count(rows, i, "held_ps") <= ps * (double)u->cores);
    }
}

/* Does light only pass the unit, so that it keeps busy with the one that emits it? */
static bool only_passes(const struct unit *u)
{
    bool in = false, out = false;
    for (const struct fl_portdef *port = u->type->ports; port != NULL && port->name != NULL; port++) {
        in = in || (port->domain == FL_OPTICAL && port->way == FL_IN);
        out = out || (port->domain == FL_OPTICAL && port->way == FL_OUT);
    }
    return in && out;
}

/* An operator is bound by a unit that was busy for more than half of it, and no other was busier; control only follows
 * another that was as busy. Bound by its latency, it kept no unit busy for so long. */
static void what_binds_is_busiest(int number, const struct fl_result *result, const struct fl_rows *rows)
{
    uint32_t units = result->arch.sim.units;
    for (size_t i = 0, t = 0; i < rows->operators; i++) {
        const struct fl_operator_row *op = &rows->operator_[i];
        int64_t *busy = fl_calloc(units, sizeof *busy), half = (op->end_ps - op->start_ps) / 2, bound = half;
        const struct unit *by = NULL;
        for (; t < rows->tallies && rows->tally[t].operator == i + 1; t++)
            if (strcmp(rows->tally[t].action, "busy_ps") == 0)
                busy[rows->tally[t].unit] = rows->tally[t].count;
        for (uint32_t u = 0; u < units; u++)
            if (strcmp(result->arch.sim.unit[u]->path, op->bound_by) == 0) {
                by = result->arch.sim.unit[u];
                bound = busy[u];
            }
        ck_assert_msg(by != NULL ? bound > half : strcmp(op->bound_by, "latency") == 0, "%d: %s bound by %s", number,
                      op->name, op->bound_by);
        for (uint32_t u = 0; u < units; u++) {
            const struct unit *other = result->arch.sim.unit[u];
            bool ties = busy[u] == bound && other != by && by == result->arch.sequencer;
            ck_assert_msg(only_passes(other) || (busy[u] <= bound && !ties), "%d: %s is bound by %s, not by %s", number,
                          op->name, op->bound_by, other->path);
        }
        fl_free(busy);
    }
}

/* A camera draws its watts as long as the machine runs, and so does any amplifier that is not said to sleep. */
static void what_is_on_draws_power(int number, const struct fl_result *result, const struct fl_rows *rows)
{
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        const struct unit *u = result->arch.sim.unit[i];
        if (!is_kind(result, i, "detector") || price_of(rows, i, "active_ps") > 0)      /* those sleep */
            continue;
        double watts = 1e3 * (double)u->cores, ps = (double)result->run.latency_ps;      /* mW */
        double fj = rows_count(rows, i, "run_ps") * price_of(rows, i, "run_ps");
        ck_assert_msg(fj >= watts * ps * (1 - 1e-9), "%d: %s draws %g fJ, not %g", number, u->path, fj, watts * ps);
    }
}

/* GPT-2's layers, 128 tokens, on the bench: its camera draws 5.5 W for 852 s, whatever it converts. */
START_TEST(the_camera_of_the_bench)
{
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    struct fl_rows rows = {0};
    struct fl_request ask = {.design = "slm_bench", .model = "gpt2", .work = {.context = 128, .layers_only = true}};
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    double seconds = (double)result->run.latency_ps * 1e-12, joules = 0;
    fl_result_rows(result, true, &rows);
    for (uint32_t i = 0; i < result->arch.sim.units; i++)
        if (is_kind(result, i, "detector") || is_kind(result, i, "adc"))
            for (size_t p = 0; p < rows.prices; p++)
                if (rows.price[p].unit == i && rows.price[p].class != FL_SETUP)
                    joules += rows_count(&rows, i, rows.price[p].action) * rows.price[p].fj * 1e-15;
    ck_assert_double_eq_tol(seconds, 852.16, 0.01);
    ck_assert_double_eq_tol(joules, 5.5 * seconds, 1e-6 * joules);
    fl_rows_free(&rows);
    fanlight_free(result);
}
END_TEST

/* Digital work takes its operations over its lanes at least, operator by operator. */
static void lanes_are_not_overrun(int number, const struct fl_result *result, const struct fl_rows *rows)
{
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        const struct unit *u = result->arch.sim.unit[i];
        if (!is_kind(result, i, "vector"))
            continue;
        double period = (double)u->clock->p / (double)u->clock->q, lanes = (double)result->machine.vector[0].lanes;
        double cycles = rows_count(rows, i, "operated") / lanes +
                        rows_count(rows, i, "multiplied") / (double)result->machine.vector[0].mac_lanes;
        double busy = rows_count(rows, i, "busy_ps");
        ck_assert_msg(busy >= (cycles * period) * (1 - 1e-9) - (double)rows->operators, "%d: busy %g ps, %g cycles",
                      number, busy, cycles);
    }
}

/* What one tile of an operator takes on its own link, from its first pixel until it has settled. */
static double tile_ps(const struct fl_pool *pool, const struct fl_plan_op *p)
{
    double rows = (double)(p->mapping.tile_n * fl_pool_rows_per_output(pool));
    double pixels = rows * (double)p->mapping.tile_k;
    if (pool->whole_frames) {
        rows = (double)pool->rows;
        pixels = rows * (double)pool->columns;
    }
    return fmax(pixels * pool->load_pixel_ps, rows * (double)pool->row_ps) + (double)pool->settle_ps;
}

/* Setup: no faster than the slowest link and than memory, no slower than one tile after the other. */
static void setup_uses_all_links(int number, const struct fl_result *result)
{
    double most = 0, sum = 0, bits = 0, ps = (double)result->setup.latency_ps;
    for (size_t i = 0; i < result->plan.ops && result->plan.setup.insts > 0; i++) {
        const struct fl_plan_op *p = &result->plan.op[i];
        int64_t repeat = result->trace.block[p->block].repeat;
        if (!p->mapping.in_place)
            continue;
        const struct fl_pool *pool = &result->machine.pool[p->mapping.number];
        most = fmax(most, tile_ps(pool, p));
        sum += tile_ps(pool, p) * (double)(p->mapping.cores * repeat);
        bits += (double)(p->op->k * p->op->n * p->op->groups * repeat) *
                fl_map_weight_bits(&result->machine, fl_mapping_pool(&p->mapping, &result->machine));
    }
    for (size_t i = 0; i < result->plan.setup.steps; i++)
        sum += 1e6 + (double)result->plan.setup.step[i].load_bits;      /* memory's share, a pJ of time a bit at most */
    double memory = result->machine.ideal_memory ? 0 : bits * result->machine.dram_bit_ps;
    if (result->plan.setup.insts > 0) {
        ck_assert_msg(ps >= most * (1 - 1e-9) - 2, "%d: setup of %g ps, a link alone takes %g", number, ps, most);
        ck_assert_msg(ps <= sum + 3 * memory + 1e6, "%d: setup of %g ps; one after the other %g", number, ps,
                      sum + memory);
        if (most > 20 * memory && sum > 10 * most)
            ck_assert_msg(ps <= 2 * most + 3 * memory + 1e6, "%d: setup of %g ps; links take %g", number, ps, most);
    } else {
        ck_assert(most == 0);
    }
}

START_TEST(a_run_keeps_its_books)
{
    struct fl_result *result = run_of(_i);
    struct fl_rows rows = {0};
    fl_result_rows(result, true, &rows);
    what_binds_is_busiest(_i, result, &rows);
    what_stays_is_held(_i, result, &rows);
    what_is_on_draws_power(_i, result, &rows);
    lanes_are_not_overrun(_i, result, &rows);
    setup_uses_all_links(_i, result);
    fl_rows_free(&rows);
    fanlight_free(result);
}
END_TEST

static bool is_stepless(const struct fl_result *result, const struct fl_price_row *price)
{
    const struct unit *u = result->arch.sim.unit[price->unit];
    for (uint32_t c = 0; c < u->counts; c++)
        if (strcmp(fl_unit_count_name(u, c), price->action) == 0)
            return fl_unit_count_stepless(u, c);
    return false;
}

/* What counts of an operator cost is its own, but for static power, though a busy consumer's time is counted, too. */
START_TEST(static_power_is_no_operator_s)
{
    static const char *const sets[] = {"core[0].adc.power=1 W", "core[0].adc.burns=busy"};
    struct fl_err err = {0};
    struct fl_arena arena = {0};
    struct fl_result *result = NULL;
    struct fl_rows rows = {0};
    struct fl_tiling tiling;
    struct fl_request ask = {
        .design = "free_space_1k", .model = "gpt2", .set = sets, .sets = 2, .work = {.context = 20}};
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    fl_result_rows(result, true, &rows);
    fl_tiling_read(&tiling, result, "auto", &arena);
    double dynamic_j = 0, parts_j = 0, burnt_j = 0;
    for (size_t i = 0; i < rows.prices; i++) {
        const struct fl_price_row *p = &rows.price[i];
        double joules = rows_count(&rows, p->unit, p->action) * p->fj * 1e-15;
        dynamic_j += p->class == FL_DYNAMIC && !is_stepless(result, p) ? joules : 0;
        burnt_j += p->class == FL_STATIC && strcmp(p->action, "active_ps") == 0 ? joules : 0;
    }
    for (size_t i = 0; i < tiling.parts; i++)
        parts_j += strcmp(tiling.part[i].name, "(static)") != 0 ? tiling.part[i].joules : 0;
    ck_assert(burnt_j > 0.01 * dynamic_j);
    ck_assert_msg(fabs(parts_j - dynamic_j) <= 1e-9 * dynamic_j, "%g J, not %g", parts_j, dynamic_j);
    fl_rows_free(&rows);
    fl_arena_free(&arena);
    fanlight_free(result);
}
END_TEST

/* 40 million tiles that stay, of 763 chunks at ten a nanosecond: memory that takes no time has no clock to beat with
 * them, so that one tile is like the next, and all but a few are leapt over. */
START_TEST(setup_of_many_tiles_is_leapt_over)
{
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    struct fl_request ask = {.design = "ot_10k", .model = "gpt-4q", .work = {.layers_only = true}};
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    ck_assert_msg(result->setup.leapt_share > 1 - 1e-6, "only %.9f of it leapt over", result->setup.leapt_share);
    fanlight_free(result);
}
END_TEST

/* ---- a machine is the same whatever runs on it ---- */

struct seen { bool any; struct fl_figures first; const char *design, *model; };

static bool note(void *context, const struct fl_figures *figures)
{
    struct seen *seen = context;
    if (!seen->any)
        seen->first = *figures;
    seen->any = true;
    ck_assert_msg(fabs(figures->area_mm2 - seen->first.area_mm2) <= 1e-9 * seen->first.area_mm2 &&
                  fabs(figures->peak_w - seen->first.peak_w) <= 1e-9 * seen->first.peak_w,
                  "%s: %g mm2 and %g W for %s, %g mm2 and %g W for others", seen->design, figures->area_mm2,
                  figures->peak_w, seen->model, seen->first.area_mm2, seen->first.peak_w);
    return false;                       /* the machine is all that is wanted */
}

START_TEST(area_and_peak_are_the_design_s)
{
    static const char *const designs[] = {"free_space_1k", "slm_bench", "dmd_bench", "digital_300fj", "lcos_resident"};
    static const char *const models[] = {"gpt2", "bert-large", "vit-base", "llama-3-8b", "gpt3-175b", "palm-like"};
    const char *const sets[][3] = {{"dram.depth=100000"}, {"dram.depth=100000", "core[0].input_sets=0"},
                                   {"dram.depth=100000", "core[0].input_sets=5", "core[0].cores=77"}};
    for (size_t s = 0; s < (_i == 0 ? 3 : 1); s++) {
        struct seen seen = {.design = designs[_i]};
        for (size_t m = 0; m < 2 * sizeof models / sizeof *models; m++) {
            struct fl_err err = {0};
            struct fl_result *result = NULL;
            bool decode = m % 2 == 1;
            struct fl_request ask = {
                .design = designs[_i], .model = models[m / 2], .set = sets[s], .sets = (int)s + 1, .admit = note,
                .admit_context = &seen, .work = {.phase = decode && m / 2 != 2 ? "decode" : "prefill"}};
            seen.model = ask.model;
            if (!fanlight_run(&ask, &result, &err))
                fl_err_free(&err);      /* a bench may be bound past the end of time */
            fanlight_free(result);
        }
        ck_assert(seen.any);
    }
}
END_TEST

/* What the source draws over what it may draw at its peak. */
static double source_over_peak(const struct fl_result *result, const struct fl_rows *rows)
{
    for (uint32_t i = 0; i < result->arch.sim.units; i++)
        if (is_kind(result, i, "source")) {
            double fj = 0;
            for (size_t p = 0; p < rows->prices; p++)
                if (rows->price[p].unit == i && rows->price[p].class == FL_DYNAMIC)
                    fj += rows->price[p].fj * rows_count(rows, i, rows->price[p].action);
            return fj / (fl_unit_peak_w(result->arch.sim.unit[i]) * 1e3 * (double)result->run.latency_ps);
        }
    return 0;
}

/* Light is all that the source is charged for, vector after vector, and its level follows operands of any length: of
 * several K-tiles that share it or not, all but the last full, where a level is a few 256ths. Each run is held to the
 * source's peak (api/laws.c), which one of them should come near. */
START_TEST(no_operand_passes_the_peak_of_light)
{
    static const char *const designs[] = {"slm_bench", "homodyne_256", "lightning"};
    static const int64_t columns[] = {100, 16, 24};
    double nearest = 0;
    for (uint64_t c = 0; c < cases_of(60); c++) {
        struct fl_rng rng = cases_rng(900 + c);
        struct fl_arena arena = {0};
        struct fl_err err = {0};
        struct fl_result *result = NULL;
        struct fl_rows rows = {0};
        const char *set[] = {
            "core.source.budget=signal", "core.source.modulator_energy=0 fJ", "core.source.power=0 mW",
            choose(&arena, &rng, "core.source.shared_over_k", "true", "false"),
            choose(&arena, &rng, "core.source.statistics", "zero_mean", "common"),
            fl_arena_format(&arena, "core.source.error=%g", 0.01 * pow(2, (double)fl_rng_range(&rng, 0, 12))),
            _i == 0 ? "core.slm.columns=100" : "core[0].adc.share=1"};
        int64_t k = columns[_i] * fl_rng_range(&rng, 1, 9) - fl_rng_range(&rng, 0, columns[_i] / 8);
        struct fl_request ask = {
            .design = designs[_i], .mapper = _i == 0 ? "weight_stationary" : "streamed", .set = set,
            .sets = sizeof set / sizeof *set, .trace_text = fl_arena_format(&arena, "fanlight-trace 2\nmodel long\n"
            "input x\nlinear l x -> y m=200000 k=%lld n=256\n", (long long)k)};
        ck_assert_msg(fanlight_run(&ask, &result, &err), "case %d, %lld inputs, %s: %s", (int)c, (long long)k, set[3],
                      fl_err_text(&err));
        fl_result_rows(result, false, &rows);
        nearest = fmax(nearest, source_over_peak(result, &rows));
        fl_rows_free(&rows);
        fanlight_free(result);
        fl_arena_free(&arena);
    }
    ck_assert_msg(nearest > 0.25, "%s: at %.3f of the peak at most", designs[_i], nearest);
}
END_TEST

Suite *test_accounting_suite(void)
{
    Suite *suite = suite_create("accounting");
    TCase *tcase = tcase_create("laws");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, a_run_keeps_its_books, 0, JOBS + (int)cases_of(RANDOM));
    tcase_add_test(tcase, static_power_is_no_operator_s);
    tcase_add_test(tcase, setup_of_many_tiles_is_leapt_over);
    tcase_add_test(tcase, the_camera_of_the_bench);
    tcase_add_loop_test(tcase, area_and_peak_are_the_design_s, 0, 5);
    tcase_add_loop_test(tcase, no_operand_passes_the_peak_of_light, 0, 3);
    suite_add_tcase(suite, tcase);
    return suite;
}
