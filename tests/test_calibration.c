/* test_calibration.c - cores that are calibrated once, before a run: their time, counts and joules are the set-up's. */
#include <math.h>
#include <string.h>

#include "api/result.h"
#include "tests/cases.h"
#include "tests/job.h"
#include "tests/suites.h"

static void run(struct job *job, const char *design, const char *mapper, const char *const *set, int sets)
{
    struct fl_err err = {0};
    struct fl_request request = {.design = design, .mapper = mapper, .set = set, .sets = sets, .inferences = 5};
    ck_assert_msg(job_ask(job, request, "linear p x -> y m=20 k=60 n=30\n", &err), "%s", fl_err_text(&err));
}

static double setup_j(const struct job *job, const char *path)
{
    double joules = 0;
    for (size_t i = 0; i < job->rows.prices; i++) {
        const struct fl_price_row *p = &job->rows.price[i];
        bool here = strcmp(job->result->arch.sim.unit[p->unit]->path, path) == 0;
        if (here && strcmp(p->action, "setup_calibrated") == 0)
            joules += (double)job_counted(job, path, p->action) * p->fj * 1e-15;
    }
    return joules;
}

/* 60 cores of 150 rings and 100 of 20, all at once: 4 us, an edge or two of 20 ns besides; 55 nJ a ring. The run is
 * what it is without. */
START_TEST(all_rings_at_once_and_once)
{
    static const char *const none[] = {"core[0].slm.calibration_time=0 s", "core[0].slm.calibration_energy=0 pJ",
                                       "core[1].slm.calibration_time=0 s", "core[1].slm.calibration_energy=0 pJ"};
    struct job job, without;
    run(&job, "crosslight", "weight_stationary", NULL, 0);
    run(&without, "crosslight", "weight_stationary", none, 4);
    ck_assert_int_eq(job_counted(&job, "core[0].slm", "setup_calibrated"), 60 * 150);
    ck_assert_int_eq(job_counted(&job, "core[1].slm", "setup_calibrated"), 100 * 20);
    ck_assert_int_eq(job_counted(&job, "core[0].slm", "calibrated"), 0);
    ck_assert_int_ge(job.result->setup.latency_ps, 4000000);
    ck_assert_int_le(job.result->setup.latency_ps, 4000000 + 2 * 20000);
    ck_assert_double_eq_tol(setup_j(&job, "core[0].slm"), 9000 * 55e-9, 1e-12);
    ck_assert_int_eq(job.result->run.latency_ps, without.result->run.latency_ps);
    ck_assert_uint_eq(without.result->plan.setup.insts, 0);
    ck_assert_int_eq(without.result->setup.latency_ps, 0);
    job_done(&job);
    job_done(&without);
}
END_TEST

/* Of a mesh each interferometer and attenuator is: 66 + 66 + 12 of 12 x 12. */
START_TEST(meshes_are_calibrated_cell_by_cell)
{
    static const char *const set[] = {"core.slm.calibration_time=1 ms", "core.slm.calibration_energy=2 nJ"};
    struct job job;
    run(&job, "mzi_mesh_4", NULL, set, 2);
    int64_t cores = job.result->machine.pool[0].cores;
    ck_assert_int_eq(job_counted(&job, "core[0].slm", "setup_calibrated"), cores * 144);
    ck_assert_double_eq_tol(setup_j(&job, "core[0].slm"), (double)cores * 144 * 2e-9, 1e-12);
    ck_assert_int_ge(job.result->setup.latency_ps, 1000000000);
    job_done(&job);
}
END_TEST

START_TEST(joules_in_no_time_are_refused)
{
    static const char *const set[] = {"core[0].slm.calibration_time=0 s"};
    struct fl_err err = {0};
    struct job job;
    struct fl_request request = {.design = "crosslight", .set = set, .sets = 1};
    ck_assert(!job_ask(&job, request, "linear p x -> y m=20 k=60 n=30\n", &err));
    ck_assert_msg(strstr(fl_err_text(&err), "core[0].slm: calibration_energy is 55000 pJ, and calibration_time none") !=
                      NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
    fl_arena_free(&job.arena);
}
END_TEST

/* Random machines whose weights stay: a set-up with calibration counts what its cores have, loads what it loaded, and
 * takes the time of both, calibration first; no count of the run moves. */
START_TEST(calibration_comes_before_what_stays)
{
    struct fl_rng rng = cases_rng((uint64_t)_i);
    uint64_t cases = cases_of(20);
    for (uint64_t i = 0; i < cases; i++) {
        struct fl_arena arena = {0};
        int64_t columns = fl_rng_range(&rng, 8, 80), rows = fl_rng_range(&rng, 8, 40);
        int64_t us = fl_rng_range(&rng, 1, 500);
        const char *const set[] = {
            "core[0].cores=fit", fl_arena_format(&arena, "core[0].slm.columns=%lld", (long long)columns),
            fl_arena_format(&arena, "core[0].slm.rows=%lld", (long long)rows), "core[0].slm.calibration_energy=1 pJ",
            fl_arena_format(&arena, "core[0].slm.calibration_time=%lld us", (long long)us)};
        struct job with, without;
        run(&with, "pcm_crossbar", "weights_in_place", set, 5);
        run(&without, "pcm_crossbar", "weights_in_place", set, 3);
        int64_t cores = with.result->machine.pool[0].cores;
        ck_assert_int_eq(job_counted(&with, "core[0].slm", "setup_calibrated"), cores * columns * rows);
        int64_t loaded = job_counted(&with, "core[0].slm", "setup_loaded");
        ck_assert_int_eq(loaded, job_counted(&without, "core[0].slm", "setup_loaded"));
        ck_assert_int_eq(loaded, 60 * 30);
        int64_t longer = with.result->setup.latency_ps - without.result->setup.latency_ps;
        ck_assert_msg(longer > 0 && longer <= us * 1000000 + 10000, "%lld ps longer for %lld us", (long long)longer,
                      (long long)us);
        ck_assert_int_ge(with.result->setup.latency_ps, us * 1000000);
        ck_assert_int_eq(with.result->run.latency_ps, without.result->run.latency_ps);
        job_done(&with);
        job_done(&without);
        fl_arena_free(&arena);
    }
}
END_TEST

Suite *test_calibration_suite(void)
{
    Suite *suite = suite_create("calibration");
    TCase *tcase = tcase_create("calibration");
    tcase_add_test(tcase, all_rings_at_once_and_once);
    tcase_add_test(tcase, meshes_are_calibrated_cell_by_cell);
    tcase_add_test(tcase, joules_in_no_time_are_refused);
    tcase_add_loop_test(tcase, calibration_comes_before_what_stays, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
