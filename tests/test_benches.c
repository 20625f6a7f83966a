/* test_benches.c - the laboratory machines: what keeps them waiting, against sums done by hand.
 *
 * A display frame takes 16.67 ms, a frame of the liquid crystal 16.59 ms on its link and
 * 2 ms to settle. A camera frame takes 13.158 us, a bit plane of mirrors 43.2 us to load
 * and 12.5 us to settle. So many vectors wait for display or camera, few for the weights.
 */
#include <math.h>
#include <string.h>

#include "api/result.h"
#include "tests/suites.h"

static const double display_ms = 16.666667, link_ms = 1920 * 1080 * 8 / 1e6, settle_ms = 2;
static const double camera_us = 13.158, plane_us = 43.2, mirror_us = 12.5;

/* One product of static weights that fills the modulator once. */
struct job {
    struct fl_result *result;
    struct fl_rows rows;
    const struct fl_operator_row *op;
};

static void go(struct job *job, const char *design, int64_t vectors, const char *const *set, int sets)
{
    struct fl_err err = {0};
    memset(job, 0, sizeof *job);
    struct fl_arena arena = {0};
    const char *text = fl_arena_format(&arena, "fanlight-trace 1\nmodel one\ninput x\n"
                                       "linear product x -> y m=%lld k=1920 n=1080\n", (long long)vectors);
    struct fl_request ask = {.design = design, .trace_text = text, .set = set, .sets = sets};
    ck_assert_msg(fanlight_run(&ask, &job->result, &err), "%s", fl_err_text(&err));
    fl_result_rows(job->result, true, &job->rows);
    ck_assert_uint_eq(job->rows.operators, 1);
    job->op = &job->rows.operator_[0];
    fl_arena_free(&arena);
}

static void done(struct job *job)
{
    fl_rows_free(&job->rows);
    fanlight_free(job->result);
}

/* What the sum by hand leaves out (memory and its refresh, flight, converters) is under a four-hundredth. */
static void takes(const struct job *job, double ms)
{
    double took = (double)(job->op->end_ps - job->op->start_ps) / 1e9;
    ck_assert_msg(took >= ms * 0.9999 && took <= ms * 1.0025, "%s: %.6g ms, by hand %.6g ms", job->op->name, took, ms);
}

START_TEST(the_display_or_the_liquid_crystal)
{
    struct job job;
    go(&job, "slm_bench", 64, NULL, 0);
    takes(&job, link_ms + settle_ms + 64 * display_ms);
    ck_assert_str_eq(job.op->bound_by, "core[0].source");
    done(&job);
    go(&job, "slm_bench", 1, NULL, 0);
    takes(&job, link_ms + settle_ms + display_ms);
    ck_assert_str_eq(job.op->bound_by, "core[0].slm");
    done(&job);
}
END_TEST

/* Eight planes, one after another. Of many vectors the camera reads 64 in 842 us, and while it reads the last (light is
 * short) the mirrors of the next plane settle. For one vector a plane is loaded while the one before settles, if blocks
 * are reset one by one: 43.2 us a plane, 23.1 kHz; reset as a whole, 55.7 us, 18.0 kHz. */
START_TEST(the_camera_or_the_mirrors)
{
    static const char *const global[] = {"core[0].slm.blocks=1"};
    struct job job;
    go(&job, "dmd_bench", 64, NULL, 0);
    takes(&job, (plane_us + mirror_us + 8 * 64 * camera_us) / 1e3);
    ck_assert_str_eq(job.op->bound_by, "core[0].detector");
    done(&job);
    go(&job, "dmd_bench", 1, NULL, 0);
    takes(&job, (8 * plane_us + mirror_us + camera_us) / 1e3);
    ck_assert_str_eq(job.op->bound_by, "core[0].slm");
    done(&job);
    go(&job, "dmd_bench", 1, global, 1);
    takes(&job, (8 * (plane_us + mirror_us) + camera_us) / 1e3);
    ck_assert_str_eq(job.op->bound_by, "core[0].slm");
    done(&job);
}
END_TEST

/* A camera draws its watts as long as the bench is on, whatever is read of it: no sample is priced beside that. */
START_TEST(a_camera_draws_its_watts)
{
    struct job job;
    go(&job, "dmd_bench", 10, NULL, 0);
    double converted = 0, fj = 0, mw = 0;
    for (size_t i = 0; i < job.result->arch.prices; i++) {
        const struct fl_price *price = &job.result->arch.price[i];
        if (strcmp(job.result->arch.sim.unit[price->unit]->type->kind, "adc") == 0 &&
            strcmp(price->action, "converted") == 0)
            fj += price->fj;
        if (strcmp(job.result->arch.sim.unit[price->unit]->type->kind, "detector") == 0 &&
            strcmp(price->action, "run_ps") == 0)
            mw += price->fj;
    }
    for (size_t i = 0; i < job.rows.tallies; i++)
        if (strcmp(job.rows.tally[i].action, "converted") == 0 &&
            strcmp(job.result->arch.sim.unit[job.rows.tally[i].unit]->path, "core[0].adc") == 0)
            converted += (double)job.rows.tally[i].count;
    ck_assert_double_eq(converted, 10 * 1080 * 8);
    ck_assert(fj == 0);
    ck_assert_double_eq_tol(mw, 280e3, 1e-6);
    done(&job);
}
END_TEST

/* 8 bits of a conversion, 7 places of shifting: one tile's sums fit 15 bits, two tiles' do not. */
START_TEST(sums_must_fit_their_accumulators)
{
    static const char *const set[] = {"machine.accumulator_bits=15", "core[0].slm.columns=960"};
    struct job job;
    go(&job, "dmd_bench", 1, set, 1);
    done(&job);
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    struct fl_request ask = {.design = "dmd_bench", .model = "gpt2", .set = set, .sets = 2, .work = {.context = 4}};
    ck_assert(!fanlight_run(&ask, &result, &err));
    ck_assert_msg(strstr(fl_err_text(&err), "sums take 17 bits, and machine.accumulator_bits is 15") != NULL, "%s",
                  fl_err_text(&err));
    fl_err_free(&err);
}
END_TEST

static bool begun(void *context)
{
    *(bool *)context = true;
    return true;
}

/* 4e15 parameters at 23,000 bit planes a second take more than the 53 days that can be told. */
START_TEST(more_than_106_days_is_said_at_once)
{
    static const char *const benches[] = {"slm_bench", "dmd_bench"};
    bool simulated = false;
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    struct fl_request ask = {.design = benches[_i], .model = "gpt-4q", .stop = begun, .context = &simulated};
    ck_assert(!fanlight_run(&ask, &result, &err));
    ck_assert_msg(strstr(fl_err_text(&err), "53 days") != NULL, "%s", fl_err_text(&err));
    ck_assert(!simulated);
    fl_err_free(&err);
}
END_TEST

Suite *test_benches_suite(void)
{
    Suite *suite = suite_create("benches");
    TCase *tcase = tcase_create("benches");
    tcase_add_test(tcase, the_display_or_the_liquid_crystal);
    tcase_add_test(tcase, the_camera_or_the_mirrors);
    tcase_add_test(tcase, a_camera_draws_its_watts);
    tcase_add_test(tcase, sums_must_fit_their_accumulators);
    tcase_add_loop_test(tcase, more_than_106_days_is_said_at_once, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
