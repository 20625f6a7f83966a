/* test_gpu.c - graphics processors: what an operator takes, counts and draws, against sums done by hand.
 *
 * One A100: 30 us of launch, 312e12 x 0.8974 operations and 2.039e12 x 0.9073 bytes a second, 61 W idle and 339 W more
 * at work. Its clock, 1410 MHz, rounds launch and work up by a cycle each, and operators start on an edge.
 */
#include <math.h>
#include <string.h>

#include "api/result.h"
#include "tests/job.h"
#include "tests/suites.h"

static const double launch_us = 30, flops_us = 312e6 * 0.8974, bytes_us = 2.039e6 * 0.9073, cycles_us = 3 / 1410.0;

static void go(struct job *job, const char *lines, const char *const *set, int sets)
{
    struct fl_err err = {0};
    struct fl_request request = {.design = "a100", .set = set, .sets = sets};
    ck_assert_msg(job_ask(job, request, lines, &err), "%s", fl_err_text(&err));
}

static void refused(const char *design, const char *lines, const char *const *set, int sets, const char *text)
{
    struct fl_err err = {0};
    struct job job;
    ck_assert(!job_ask(&job, (struct fl_request){.design = design, .set = set, .sets = sets}, lines, &err));
    ck_assert_msg(strstr(fl_err_text(&err), text) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
    fl_arena_free(&job.arena);
}

static double took_us(const struct job *job, size_t op)
{
    return (double)(job->rows.operator_[op].end_ps - job->rows.operator_[op].start_ps) / 1e6;
}

static void takes(const struct job *job, double us)
{
    double took = took_us(job, 0);
    ck_assert_msg(took >= us && took <= us + cycles_us, "%.9g us, by hand %.9g us", took, us);
}

/* What the GPU counted of an action in an operator, from 1. */
static int64_t counted(const struct job *job, uint32_t op, const char *action)
{
    int64_t count = 0;
    for (size_t i = 0; i < job->rows.tallies; i++) {
        const struct fl_tally_row *row = &job->rows.tally[i];
        const char *path = job->result->arch.sim.unit[row->unit]->path;
        if (row->operator == op && strcmp(row->action, action) == 0 && strcmp(path, "gpu[0]") == 0)
            count += row->count;
    }
    return count;
}

/* 2 x 4096^3 operations against 3 x 4096^2 values of two bytes: operations bind. */
START_TEST(a_large_product_takes_its_operations)
{
    struct job job;
    double flops = 2.0 * 4096 * 4096 * 4096, work_us = flops / flops_us;
    go(&job, "linear big x -> y m=4096 k=4096 n=4096\n", NULL, 0);
    takes(&job, launch_us + work_us);
    ck_assert_str_eq(job.rows.operator_[0].bound_by, "gpu[0]");
    ck_assert_str_eq(job.rows.operator_[0].placed, "gpu");
    ck_assert_str_eq(job.rows.operator_[0].engine, "gpu[0]");
    ck_assert_int_eq(counted(&job, 1, "launched"), 1);
    ck_assert_int_eq(counted(&job, 1, "flops"), (int64_t)flops);
    ck_assert_int_eq(counted(&job, 1, "memory_bits"), (int64_t)3 * 4096 * 4096 * 16);
    ck_assert_int_eq(counted(&job, 1, "host_bits"), 0);
    double joules = fl_result_energy_j(job.result), latency_s = (double)job.result->run.latency_ps * 1e-12;
    ck_assert_double_eq_tol(joules, 61 * latency_s + 339 * work_us * 1e-6, 400e-6 * cycles_us);
    job_done(&job);
}
END_TEST

/* Of one vector the weights are most of what moves. */
START_TEST(a_vector_waits_for_its_matrix)
{
    struct job job;
    double bytes = 2 * (8192.0 * 8192 + 2 * 8192);
    go(&job, "linear thin x -> y m=1 k=8192 n=8192\n", NULL, 0);
    takes(&job, launch_us + bytes / bytes_us);
    job_done(&job);
    static const char *const narrow[] = {"machine.weight_bits=8"};
    go(&job, "linear thin x -> y m=1 k=8192 n=8192\n", narrow, 1);
    takes(&job, launch_us + (bytes - 8192.0 * 8192) / bytes_us);
    job_done(&job);
}
END_TEST

/* A softmax reads and writes its values; a table gives the rows that are asked for, and no more. */
START_TEST(rows_and_moves_take_their_bytes)
{
    struct job job;
    go(&job, "softmax soft x -> y m=65536 n=1024\n", NULL, 0);
    takes(&job, launch_us + 2.0 * 2 * 65536 * 1024 / bytes_us);
    ck_assert_int_eq(counted(&job, 1, "flops"), (int64_t)8 * 65536 * 1024);
    job_done(&job);
    go(&job, "embed table x -> y m=65536 k=100000 n=1024\n", NULL, 0);
    takes(&job, launch_us + 2.0 * 2 * 65536 * 1024 / bytes_us);
    ck_assert_str_eq(job.rows.operator_[0].placed, "gpu");
    job_done(&job);
}
END_TEST

/* Fewer outputs than give all processors work: half of them, half the rate. */
START_TEST(few_outputs_leave_processors_idle)
{
    static const char *const set[] = {"gpu[0].full_outputs=2097152"};
    struct job job;
    go(&job, "linear half x -> y m=1024 k=65536 n=1024\n", set, 1);
    takes(&job, launch_us + 2 * 2.0 * 1024 * 1024 * 65536 / flops_us);
    job_done(&job);
}
END_TEST

/* What a mask leaves out is not worked on. */
START_TEST(a_mask_never_costs)
{
    struct job dense, causal;
    go(&dense, "input y\nmatmul scores x y -> z groups=64 m=1024 k=128 n=1024\n", NULL, 0);
    go(&causal, "input y\nmatmul scores x y -> z groups=64 m=1024 k=128 n=1024 mask=causal_out\n", NULL, 0);
    ck_assert_int_eq(counted(&causal, 1, "flops") * 2048, counted(&dense, 1, "flops") * 1025);
    ck_assert(took_us(&causal, 0) < took_us(&dense, 0));
    job_done(&dense);
    job_done(&causal);
}
END_TEST

/* 40 GB of weights, 2 of activations: on 21 GB, 19 fit, and 21 of 40 come over 32 GB/s. Meanwhile the board is idle but
 * for its own work. */
START_TEST(weights_that_do_not_fit_come_from_the_host)
{
    static const char *const small[] = {"gpu[0].memory=\"21 GB\"", "gpu[0].offload=true"};
    static const char *const tiny[] = {"gpu[0].memory=\"1 GB\"", "gpu[0].offload=true"};
    static const char *const alone[] = {"gpu[0].offload=true", "gpu[0].host_bandwidth=\"0 GB/s\""};
    const char *lines = "linear vast x -> y m=2000 k=250000 n=80000\n";
    double outputs = 2 * 2000.0 * 80000, inputs = 2 * 2000.0 * 250000, weights = 2 * 250000.0 * 80000;
    double share = 1 - (21e9 - outputs - inputs) / weights;
    struct job job;
    go(&job, lines, small, 2);
    double host_us = weights * share / 32e3, took = took_us(&job, 0);
    ck_assert_msg(fabs(took - launch_us - host_us) < 1e-6 * host_us, "%.9g us, by hand %.9g", took,
                  launch_us + host_us);
    ck_assert_double_eq_tol((double)counted(&job, 1, "host_bits"), 8 * weights * share, 1);
    double work_us = fmax(2 * 2000.0 * 80000 * 250000 / flops_us, (weights + inputs + outputs) / bytes_us);
    double joules = 61 * took * 1e-6 + 339 * work_us * 1e-6;
    ck_assert_double_eq_tol(fl_result_energy_j(job.result), joules, 1e-6 * joules);
    job_done(&job);
    refused("a100", lines, small, 1, "need 41.32 GB; gpu[0] has 21 GB: give it more memory, or offload = true");
    refused("a100", "norm wide x -> y m=200000 n=80000\n", tiny, 2, "only weights may stay with the host");
    refused("a100", lines, alone, 2, "offload = true needs host_bandwidth");
}
END_TEST

/* Four GPUs share a product by its outputs, and each gets three quarters of them of the others in three hops; what
 * belongs to heads is shared without a word; a norm is done by each. */
START_TEST(tensors_are_shared_out)
{
    static const char *const four[] = {"gpu[0].devices=4", "gpu[0].link_bandwidth=100 GB/s",
                                       "gpu[0].link_latency=2 us"};
    struct job job;
    double flops = 2.0 * 4096 * 4096 * 4096, outputs = 2.0 * 4096 * 4096;
    go(&job, "linear big x -> y m=4096 k=4096 n=4096\n", four, 3);
    takes(&job, launch_us + flops / 4 / flops_us + 3 * 2 + outputs * 3 / 4 / 100e3);
    ck_assert_int_eq(counted(&job, 1, "flops"), (int64_t)flops);
    ck_assert_int_eq(counted(&job, 1, "launched"), 4);
    ck_assert_int_eq(counted(&job, 1, "link_bits"), 3 * 8 * (int64_t)outputs);
    ck_assert_int_eq(counted(&job, 1, "memory_bits"), (int64_t)(8 * outputs * (4 + 4 + 1)));
    double latency_s = (double)job.result->run.latency_ps * 1e-12;
    double joules = 4 * (61 * latency_s + 339 * flops / 4 / flops_us * 1e-6);
    ck_assert_double_eq_tol(fl_result_energy_j(job.result), joules, 4 * 400e-6 * cycles_us);
    job_done(&job);
    go(&job, "input y\nmatmul scores x y -> z groups=64 m=2048 k=128 n=2048\n", four, 3);
    double bytes = 2 * 64 * (2.0 * 2048 * 128 + 2048.0 * 2048) / 4;
    takes(&job, launch_us + bytes / bytes_us);
    ck_assert_int_eq(counted(&job, 1, "link_bits"), 0);
    job_done(&job);
    go(&job, "norm n x -> y m=65536 n=1024\n", four, 3);
    takes(&job, launch_us + 2.0 * 2 * 65536 * 1024 / bytes_us);
    ck_assert_int_eq(counted(&job, 1, "memory_bits"), (int64_t)4 * 2 * 16 * 65536 * 1024);
    job_done(&job);
}
END_TEST

/* Ten sequences on four GPUs: three each, so that one of them has one less to do; all weights in each. One sequence is
 * one GPU's. */
START_TEST(sequences_are_shared_out)
{
    static const char *const four[] = {"gpu[0].devices=4", "gpu[0].parallel=data"};
    static const char *const none[] = {"gpu[0].devices=4"};
    struct job job;
    const char *ten = "batch 10\nlinear big x -> y m=10240 k=4096 n=4096\n";
    const char *one = "linear big x -> y m=1024 k=4096 n=4096\n";
    go(&job, ten, four, 2);
    takes(&job, launch_us + 2.0 * 3072 * 4096 * 4096 / flops_us);
    ck_assert_int_eq(counted(&job, 1, "launched"), 4);
    ck_assert_int_eq(counted(&job, 1, "memory_bits"), (int64_t)4 * 16 * 4096 * (2 * 3072 + 4096));
    job_done(&job);
    go(&job, one, four, 2);
    takes(&job, launch_us + 2.0 * 1024 * 4096 * 4096 / flops_us);
    ck_assert_int_eq(counted(&job, 1, "launched"), 1);
    job_done(&job);
    refused("a100", one, none, 1, "share tensors need a link");
}
END_TEST

/* Each of several GPUs makes gradients of its own sequences; no link, no sum of them. One sequence is one GPU's, which
 * sums up nothing. */
START_TEST(gradients_want_a_link)
{
    static const char *const set[] = {"gpu[0].devices=4", "gpu[0].parallel=data", "gpu[0].link_bandwidth=100 GB/s"};
    const char *step = "%s""tensor w parameter rows=8 width=6 trained=yes\ntensor g gradient rows=8 width=6\n"
                       "linear y x w -> y m=12 k=8 n=6\nmatmul dw x=transposed y -> g m=8 k=12 n=6\n"
                       "update u g w -> w m=8 n=6\n";
    struct job job;
    char lines[512];
    snprintf(lines, sizeof lines, step, "batch 3\n");
    refused("a100", lines, set, 2, "u: needs a link: gradients of 3 GPUs, 48 values each, are summed up before it; "
            "gpu[0].link_bandwidth is 0 bit/s: give one");
    go(&job, lines, set, 3);
    job_done(&job);
    snprintf(lines, sizeof lines, step, "");
    go(&job, lines, set, 2);
    job_done(&job);
}
END_TEST

/* 350 GB of weights on eight GPUs of 80 GB. */
START_TEST(weights_are_dealt)
{
    static const char *const set[] = {"gpu[0].devices=8", "gpu[0].link_bandwidth=300 GB/s"};
    static const char *const data[] = {"gpu[0].devices=8", "gpu[0].parallel=data"};
    struct job job;
    const char *lines = "linear vast x -> y m=16 k=250000 n=700000\n";
    go(&job, lines, set, 2);
    job_done(&job);
    refused("a100", lines, data, 2, "gpu[0] has 80 GB");
}
END_TEST

START_TEST(designs_are_judged)
{
    static const char *const fp8[] = {"gpu[0].format=\"fp8\""}, *const hertz[] = {"gpu[0].fp16_rate=\"3 GB/s\""};
    static const char *const dma[] = {"dma.chunk=\"64 KiB\""}, *const lanes[] = {"vector.lanes=4"};
    const char *lines = "linear a x -> y m=4 k=4 n=4\n";
    refused("a100", lines, fp8, 1, "format = \"fp8\", and fp8_rate is 0 FLOP/s");
    refused("a100", lines, hertz, 1, "a rate of operations (FLOP/s) is wanted");
    refused("a100", lines, dma, 1, "dma: no key \"chunk\"");
    refused("a100", lines, lanes, 1, "mac_lanes is missing");
    refused("a100", "linear a x -> y m=4 k=4 n=4 placed=optical\n", NULL, 0, "a GPU may not do it");
}
END_TEST

Suite *test_gpu_suite(void)
{
    Suite *suite = suite_create("gpu");
    TCase *c = tcase_create("by hand");
    tcase_add_test(c, a_large_product_takes_its_operations);
    tcase_add_test(c, a_vector_waits_for_its_matrix);
    tcase_add_test(c, rows_and_moves_take_their_bytes);
    tcase_add_test(c, few_outputs_leave_processors_idle);
    tcase_add_test(c, a_mask_never_costs);
    tcase_add_test(c, weights_that_do_not_fit_come_from_the_host);
    tcase_add_test(c, tensors_are_shared_out);
    tcase_add_test(c, sequences_are_shared_out);
    tcase_add_test(c, gradients_want_a_link);
    tcase_add_test(c, weights_are_dealt);
    tcase_add_test(c, designs_are_judged);
    suite_add_tcase(suite, c);
    return suite;
}
