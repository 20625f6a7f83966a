/* test_opu.c - optical processing units: what a projection takes and counts, against sums done by hand. */
#include <math.h>
#include <string.h>

#include "api/result.h"
#include "tests/job.h"
#include "tests/suites.h"

/* One projection takes so many us: nothing but its frames, and a few edges of a clock of 1 ns. */
static void takes(const char *design, const char *keys, const char *const *set, int sets, double us)
{
    struct fl_err err = {0};
    struct job job;
    char line[160];
    snprintf(line, sizeof line, "project p x -> y %s\n", keys);
    struct fl_request request = {.design = design, .set = set, .sets = sets};
    ck_assert_msg(job_ask(&job, request, line, &err), "%s", fl_err_text(&err));
    double took = (double)job.result->run.latency_ps / 1e6;
    ck_assert_msg(took >= us && took <= us * (1 + 1e-5) + 0.01, "%s: %.9g us, by hand %.9g us", keys, took, us);
    job_done(&job);
}

static void refused(const char *design, const char *line, const char *const *set, int sets, const char *text)
{
    struct fl_err err = {0};
    struct job job;
    struct fl_request request = {.design = design, .set = set, .sets = sets};
    ck_assert_msg(!job_ask(&job, request, line, &err), "not refused: %s", text);
    ck_assert_msg(strstr(fl_err_text(&err), text) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
    fl_arena_free(&job.arena);
}

/* A frame a row; two if it is ternary, eight of eight bit planes; five times as many for linear outputs. */
START_TEST(a_row_takes_its_patterns)
{
    static const char *const linear[] = {"opu.camera.mode=linear"}, *const beam[] = {"opu.camera.mode=holographic"};
    takes("opu", "m=100 k=1000 n=1000", NULL, 0, 100 * 500.0);
    takes("opu", "m=1 k=1 n=1", NULL, 0, 500);
    takes("opu", "m=100 k=1000 n=1000 patterns=2", NULL, 0, 200 * 500.0);
    takes("opu", "m=100 k=1000 n=1000 patterns=8", NULL, 0, 800 * 500.0);
    takes("opu", "m=100 k=1000 n=1000 patterns=2", linear, 1, 1000 * 500.0);
    takes("opu", "m=100 k=1000 n=1000 patterns=2", beam, 1, 200 * 500.0);
}
END_TEST

/* Bits of inputs are patterns, each of as many frames as the way of reading wants; what a projection says itself
 * counts. Energy goes with the time, mirrors with the patterns. */
START_TEST(bits_of_inputs_are_patterns)
{
    static const char *const grey[] = {"opu.source.input_bits=8", "opu.camera.mode=linear"};
    static const char *const priced[] = {"opu.source.input_bits=8", "opu.source.mirror_energy=2 pJ",
                                         "opu.source.link=100 Gb/s"};
    takes("opu", "m=100 k=1000 n=1000", grey, 1, 800 * 500.0);
    takes("opu", "m=100 k=1000 n=1000 patterns=1", grey, 1, 100 * 500.0);
    takes("opu", "m=100 k=1000 n=1000 patterns=2", grey, 1, 200 * 500.0);
    takes("opu", "m=100 k=1000 n=1000", grey, 2, 4000 * 500.0);
    takes("opu_gen3", "m=10 k=100 n=100", grey, 1, 80 * 125.0);
    struct fl_err err = {0};
    struct job job;
    struct fl_request request = {.design = "opu", .set = priced, .sets = 3};
    ck_assert_msg(job_ask(&job, request, "project p x -> y m=100 k=1000 n=1000\n", &err), "%s", fl_err_text(&err));
    double joules = fl_result_energy_j(job.result), want = 30 * (double)job.result->run.latency_ps * 1e-12;
    ck_assert_double_eq_tol(joules, want + 800 * 1000 * 2e-12, 1e-9 * want);
    job_done(&job);
}
END_TEST

/* Readout of 1,000,000 pixels at 1 Gpixel/s is longer than 400 us of exposure, of 100,000 shorter; the overhead comes
 * on top, and no frame is shorter than the least. */
START_TEST(a_frame_is_readout_or_exposure_and_overhead)
{
    static const char *const set[] = {"opu.camera.pixel_rate=1 GHz", "opu.camera.frame=470 us"};
    takes("opu", "m=10 k=1000 n=1000000", set, 2, 10 * 1050.0);
    takes("opu", "m=10 k=1000 n=425000", set, 2, 10 * 475.0);
    takes("opu", "m=10 k=1000 n=100000", set, 2, 10 * 470.0);
    takes("opu", "m=10 k=1000 n=100000", set, 1, 10 * 500.0);
}
END_TEST

/* The host comes before each row; links pace frames that are shorter than what they bring or take. */
START_TEST(host_and_links_pace_rows)
{
    static const char *const host[] = {"opu.source.host_time=3.8 ms"};
    static const char *const in[] = {"opu.source.link=1 Gb/s"}, *const out[] = {"opu.camera.link=8 Gb/s"};
    takes("opu", "m=10 k=1000 n=1000 patterns=2", host, 1, 10 * (3800 + 2 * 500.0));
    takes("opu", "m=10 k=1000000 n=1000", in, 1, 10 * 1000.0 + 500);
    takes("opu", "m=10 k=400000 n=1000", in, 1, 400 + 10 * 500.0);
    takes("opu", "m=10 k=1000 n=1000000", out, 1, 10 * 1000.0);
}
END_TEST

/* The first size that holds inputs and outputs. */
START_TEST(sizes_have_rates_of_their_own)
{
    takes("opu_gen3", "m=10 k=145000 n=81000", NULL, 0, 10 * 125.0);
    takes("opu_gen3", "m=10 k=145001 n=81000", NULL, 0, 10 * 1e6 / 6300);
    takes("opu_gen3", "m=10 k=1 n=81001", NULL, 0, 10 * 1e6 / 3800);
    takes("opu_gen3", "m=10 k=1039680 n=2228224", NULL, 0, 10 * 1e6 / 340);
    takes("opu_gen3", "m=10 k=100 n=100 patterns=3", NULL, 0, 30 * 125.0);
}
END_TEST

/* What it counts: patterns, mirrors, frames, pixels; no MACs, but products that are told apart. Watts times time. */
START_TEST(counts_and_joules)
{
    static const char *const linear[] = {"opu.camera.mode=linear"};
    static const struct { const char *path, *action; int64_t count; } wanted[] = {
        {"opu[0].source", "shown", 14}, {"opu[0].source", "mirrors", 14 * 300}, {"opu[0].camera", "frames", 70},
        {"opu[0].camera", "read", 70 * 900}};
    struct fl_err err = {0};
    struct job job;
    ck_assert(job_ask(&job, (struct fl_request){.design = "opu", .set = linear, .sets = 1},
                      "project p x -> y m=7 k=300 n=900 patterns=2\n", &err));
    for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
        int64_t count = 0;
        for (size_t i = 0; i < job.rows.tallies; i++)
            if (strcmp(job.result->arch.sim.unit[job.rows.tally[i].unit]->path, wanted[w].path) == 0 &&
                strcmp(job.rows.tally[i].action, wanted[w].action) == 0)
                count += job.rows.tally[i].count;
        ck_assert_msg(count == wanted[w].count, "%s %s: %lld", wanted[w].path, wanted[w].action, (long long)count);
    }
    ck_assert_int_eq(job.result->trace.macs, 0);
    ck_assert_int_eq(fl_result_run_row(job.result).projected_macs, 7 * 300 * 900);
    ck_assert_str_eq(job.rows.operator_[0].bound_by, "opu[0].camera");
    ck_assert_str_eq(job.rows.operator_[0].placed, "optical");
    double joules = 30 * (double)job.result->run.latency_ps * 1e-12;
    ck_assert_double_eq_tol(fl_result_energy_j(job.result), joules, 1e-9);
    job_done(&job);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    static const char *const half[] = {"opu.camera.inputs_1=5"}, *const gap[] = {
        "opu.camera.inputs_2=5", "opu.camera.outputs_2=5", "opu.camera.rate_2=5 Hz"};
    static const char *const still[] = {"opu.camera.frame=0 s", "opu.camera.exposure=0 s", "opu.camera.overhead=0 s"};
    static const char *const small[] = {"opu.camera.outputs_6=700000"}, *const both[] = {"opu.camera.frame=1 ms"};
    const char *line = "project p x -> y m=1 k=4 n=4\n";
    refused("opu", "project p x -> y m=1 k=1039681 n=2\n", NULL, 0,
            "a projection of 1039681 inputs; the modulator of opu[0] has 1039680 mirrors");
    refused("opu", "project p x -> y m=1 k=2 n=2228225\n", NULL, 0,
            "a projection to 2228225 outputs; the camera of opu[0] has 2228224 pixels");
    refused("opu_gen3", "project p x -> y m=1 k=2 n=800000\n", small, 1, "no size of opu[0].camera holds both");
    refused("opu", "linear p x -> y m=1 k=2 n=2\n", NULL, 0, "is no projection");
    refused("opu", "project p x -> y m=1 k=4 n=4 placed=digital\n", NULL, 0, "an OPU may not do it");
    refused("free_space_1k", line, NULL, 0, "it takes an OPU, or a GPU that holds the matrix");
    refused("opu", line, half, 1, "give inputs_1, outputs_1 and rate_1 together");
    refused("opu", line, gap, 3, "size 2 is given, and size 1 is not");
    refused("opu", line, still, 3, "no frame takes any time");
    refused("opu_gen3", line, both, 1, "its sizes say how long a frame takes, so that frame would mean nothing");
    refused("opu", "project p x -> y m=1 k=4 n=4 patterns=0\n", NULL, 0, "patterns");
    refused("p100", "project p x -> y m=1 k=100000 n=100000\n", NULL, 0, "gpu[0] has 16 GB");
}
END_TEST

/* On a GPU a projection is a product with a matrix that lies in its memory, once for all of one size. */
START_TEST(a_gpu_holds_the_matrix)
{
    struct fl_err err = {0};
    struct job job;
    double us = 500 + 2.0 * 1000 * 40000 * 40000 / (9.3e6 * 0.9462);
    ck_assert_msg(job_ask(&job, (struct fl_request){.design = "p100"}, "project p x -> y m=1000 k=40000 n=40000\n"
                      "project q y -> z m=1000 k=40000 n=40000\n", &err), "%s", fl_err_text(&err));
    double took = (double)(job.rows.operator_[0].end_ps - job.rows.operator_[0].start_ps) / 1e6;
    ck_assert_double_eq_tol(took, us, us * 1e-6);
    job_done(&job);
    refused("p100", "project p x -> y m=1 k=50000 n=50000\nproject q x -> z m=1 k=50000 n=60000\n", NULL, 0,
            "need 22.00");
}
END_TEST

Suite *test_opu_suite(void)
{
    Suite *suite = suite_create("opu");
    TCase *c = tcase_create("by hand");
    tcase_add_test(c, a_row_takes_its_patterns);
    tcase_add_test(c, bits_of_inputs_are_patterns);
    tcase_add_test(c, a_frame_is_readout_or_exposure_and_overhead);
    tcase_add_test(c, host_and_links_pace_rows);
    tcase_add_test(c, sizes_have_rates_of_their_own);
    tcase_add_test(c, counts_and_joules);
    tcase_add_test(c, what_does_not_fit_is_refused);
    tcase_add_test(c, a_gpu_holds_the_matrix);
    suite_add_tcase(suite, c);
    return suite;
}
