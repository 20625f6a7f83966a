/* test_fixed.c - cores whose weights are random and nobody sets: projections by light that load and store nothing. */
#include <string.h>

#include "api/result.h"
#include "tests/cases.h"
#include "tests/job.h"
#include "tests/samples.h"
#include "tests/suites.h"

/* ---- by hand ---- */

/* 7 vectors of 3 inputs, 20 outputs on the mesh of 4 and 24: a microsecond each, 7 x 3 conversions in and 7 x 20 out,
 * a diode each; light on all 24 rows. Nothing is loaded, written, fetched or set up, and nothing is a MAC. */
START_TEST(a_projection_loads_nothing)
{
    static const struct { const char *path, *action; int64_t count; } wanted[] = {
        {"core[0].dac", "converted", 21}, {"core[0].source", "modulated", 21}, {"core[0].slm", "passed", 168},
        {"core[0].detector", "detected", 140}, {"core[0].adc", "converted", 140}, {"core[0].slm", "loaded", 0},
        {"core[0].slm", "frames", 0}, {"core[0].slm", "decomposed", 0}, {"dram", "read", 0}, {"dram", "written", 0}};
    struct fl_err err = {0};
    struct job job;
    ck_assert_msg(job_ask(&job, (struct fl_request){.design = "pelm_72", .inferences = 3},
                          "project p x -> y m=7 k=3 n=20\n", &err), "%s", fl_err_text(&err));
    for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
        int64_t count = job_counted(&job, wanted[w].path, wanted[w].action);
        ck_assert_msg(count == wanted[w].count, "%s %s: %lld", wanted[w].path, wanted[w].action, (long long)count);
    }
    ck_assert_uint_eq(job.result->plan.setup.insts, 0);
    ck_assert_int_eq(job.result->plan.dram_bits, 0);
    ck_assert_int_eq(job.result->trace.macs, 0);
    ck_assert_int_eq(fl_result_run_row(job.result).projected_macs, 7 * 3 * 20);
    ck_assert_int_ge(job.result->run.latency_ps, 7000000);
    ck_assert_int_lt(job.result->run.latency_ps, 7100000);
    ck_assert_str_eq(job.rows.operator_[0].placed, "optical");
    job_done(&job);
}
END_TEST

static void refused(const char *line, const char *map, const char *const *set, int sets, const char *text)
{
    struct fl_err err = {0};
    struct job job;
    struct fl_request request = {.design = "pelm_72", .mapper = map, .set = set, .sets = sets};
    ck_assert_msg(!job_ask(&job, request, line, &err), "not refused: %s", text);
    ck_assert_msg(strstr(fl_err_text(&err), text) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
    fl_arena_free(&job.arena);
}

START_TEST(what_is_not_random_or_too_large_is_refused)
{
    static const char *const optical[] = {"core.encoding=dual_rail", "core.cores=3"};
    static const char *const set[] = {"core.fixed=false", "core.encoding=dual_rail"};
    refused("linear p x -> y m=2 k=4 n=4 placed=optical\n", NULL, NULL, 0, "its weights are not random");
    refused("linear p x -> y m=2 k=4 n=4\n", "weights_in_place", NULL, 0, "its weights are not random");
    refused("project p x -> y m=2 k=5 n=4\n", NULL, NULL, 0, "squares of their parts do not add up");
    refused("project p x -> y m=2 k=4 n=25\n", NULL, NULL, 0, "hold no random matrix as large");
    refused("project p x -> y m=2 k=9 n=13\n", NULL, optical, 2, "the 3 cores of pool \"mesh\", of 4 and 12");
    refused("project p x -> y m=2 k=4 n=4 placed=digital\n", NULL, NULL, 0, "is placed on the digital unit");
    refused("project p x -> y m=2 k=4 n=4\n", NULL, set, 2, "is a projection by a random matrix that nobody stores");
}
END_TEST

/* Linear features may be of parts: 9 inputs on three cores of 4, 12 outputs on dual rails. */
START_TEST(parts_of_a_medium_add_up)
{
    static const char *const set[] = {"core.encoding=dual_rail", "core.cores=3"};
    struct fl_err err = {0};
    struct job job;
    ck_assert_msg(job_ask(&job, (struct fl_request){.design = "pelm_72", .set = set, .sets = 2},
                          "project p x -> y m=5 k=9 n=12\n", &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(job_counted(&job, "core[0].dac", "converted"), 2 * 5 * 9);     /* signed inputs pass twice */
    ck_assert_int_eq(job_counted(&job, "core[0].adc", "converted"), 2 * 5 * 12 * 3);
    ck_assert_int_eq(job_counted(&job, "core[0].slm", "loaded"), 0);
    job_done(&job);
}
END_TEST

/* ---- the law ---- */

static void step_is_light_alone(void *context, const struct fl_step *step)
{
    const struct fl_light_step *light = fl_light(step);
    int64_t *vectors = context;
    ck_assert_int_eq(step->kind, FL_STEP_OPTICAL);
    ck_assert_int_eq(step->load_from, FL_NOWHERE);
    ck_assert_int_eq(step->load_bits + light->load_pixels + light->load_rows + light->load_added, 0);
    *vectors += step->vectors;
}

static void once(void *context, int64_t times)
{
    (void)context;
    ck_assert_int_eq(times, 1);
}

static void no_more(void *context) { (void)context; }

/* Random media: a projection is mapped exactly where its tiles, by hand, find a core each and every slice of its inputs
 * a set of converters; then all is in place, each vector passes as often as its encoding wants, and nothing is loaded.
 * No product is mapped there, by any strategy. */
START_TEST(media_hold_what_fits_and_load_nothing)
{
    struct fl_rng rng = cases_rng((uint64_t)_i);
    uint64_t mapped = 0, squares = 0, cases = cases_of(600);
    for (uint64_t i = 0; i < cases; i++) {
        struct fl_machine machine = sample_machine();
        struct fl_pool *pool = &machine.pool[0];
        machine.pools = 1;
        machine.vectors = 0;
        *pool = sample_random_pool(&rng, false);
        pool->fixed = true;
        if (fl_rng_range(&rng, 0, 1))
            pool->encoding = FL_SIGN_INTENSITY;
        if (fl_signs[pool->encoding].squares)
            pool->dac_bits = 0;
        struct fl_op op = {.type = &fl_op_project, .name = "features", .groups = 1, .share = 1,
                           .m = fl_rng_range(&rng, 1, 20), .k = fl_rng_range(&rng, 1, 2 * pool->columns),
                           .n = fl_rng_range(&rng, 1, 3 * pool->rows), .sign = (int32_t)fl_rng_range(&rng, 0, 1)};
        bool square = fl_signs[pool->encoding].squares, rails = pool->encoding == FL_SIGN_DUAL_RAIL;
        bool beside = pool->encoding == FL_SIGN_OFFSET && pool->reference == FL_REFERENCE_ROW;
        int64_t outputs = (pool->rows - beside) / (rails ? 2 : 1);
        int64_t parts = (op.k + pool->columns - 1) / pool->columns, across = (op.n + outputs - 1) / outputs;
        bool fits = parts * across <= pool->cores && (!square || parts == 1);
        struct fl_mapping mapping;
        ck_assert(fl_map_other(&op, &machine, &mapping, NULL) == fits);
        struct fl_op product = sample_random_op(&rng);
        for (const struct fl_mapper *const *m = fl_strategies; *m != NULL; m++)
            ck_assert(!(*m)->map(&product, &machine, &mapping, NULL) || !fl_on_cores(&mapping));
        if (!fits)
            continue;
        struct fl_err err = {0};
        ck_assert(fl_map_other(&op, &machine, &mapping, NULL));
        ck_assert_msg(fl_cover(&op, &machine, &mapping, &err), "%s", fl_err_text(&err));
        int64_t vectors = 0, digits = pool->dac_bits > 0 ? (pool->input_bits + pool->dac_bits - 1) / pool->dac_bits : 1;
        bool twice = op.sign == FL_SIGNED && (rails || pool->encoding == FL_SIGN_BALANCED);
        const struct fl_walker walker = {once, no_more, step_is_light_alone, &vectors};
        ck_assert(fl_walk(&op, &machine, &mapping, &walker));
        ck_assert_int_eq(vectors, op.m * fl_most(digits, 1) * (twice ? 2 : 1));
        mapped++;
        squares += square;
    }
    ck_assert_uint_gt(mapped, cases / 5);
    ck_assert_uint_gt(squares, cases / 20);
}
END_TEST

Suite *test_fixed_suite(void)
{
    Suite *suite = suite_create("fixed");
    TCase *tcase = tcase_create("fixed");
    tcase_add_test(tcase, a_projection_loads_nothing);
    tcase_add_test(tcase, what_is_not_random_or_too_large_is_refused);
    tcase_add_test(tcase, parts_of_a_medium_add_up);
    tcase_add_loop_test(tcase, media_hold_what_fits_and_load_nothing, 0, 3);
    suite_add_tcase(suite, tcase);
    return suite;
}
