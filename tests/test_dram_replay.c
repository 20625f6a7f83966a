/* test_dram_replay.c - the trace replay: closed forms of shipped devices, queues, laws. */
#include <math.h>

#include "tests/cases.h"
#include "tests/oracle/dram_cases.h"
#include "tests/replay.h"

static struct fl_dram_result pattern(const char *device, const char *map, const char *name, int64_t stride, int64_t n)
{
    struct run run;
    run_device(&run, device);
    run_begin(&run, map, FL_DRAM_UNLIMITED);
    struct fl_dram_trace trace = { name, fl_dram_burst_bytes(&run.device), stride, (int64_t)1 << 30, 1, 0 };
    for (int64_t i = 0; i < n; i++) {
        uint64_t address;
        bool write;
        fl_dram_trace_next(&trace, &address, &write);
        ck_assert(fl_dram_replay_ask(run.replay, address, write));
    }
    return run_end(&run);
}

/* ---- closed forms, with the figures that DRAMsim3 gives for them ---- */

START_TEST(rates_are_those_of_the_timings)
{
    static const struct { const char *device, *map, *trace; int64_t stride, n; double gb_s, bound; } form[] = {
        /* four activates a window: 4 x 64 B / tFAW, of which DRAMsim3 has 7.857 */
        { "hbm2_1ch", "rorabgbachco", "rand", 0, 100000, 7.857, 0.01 },
        /* 32 activates a window: 32 x 256 B / t32AW = 29.55; DRAMsim3 29.37 */
        { "gddr6", "rochrababgco", "rand", 0, 100000, 29.37, 0.005 },
        /* a conflict each time in one bank: 64 B / tRC x (1 - tRFC / tREFI) = 1.244; DRAMsim3 1.241 */
        { "hbm2_1ch", "rorabgbachco", "stride", 65536, 60000, 1.241, 0.005 },
        /* bank groups in turn: all but refresh, 1 - 560 / 12480, of 64 B / 2.5 ns */
        { "ddr4_3200", "rorachbacobg", "seq", 0, 300000, 25.6 * 0.9551, 0.005 },
        /* one group after the other: 66.5 and 77.6 % of peak in DRAMsim3, at least burst / tCCD_L */
        { "ddr4_3200", "rochrababgco", "seq", 0, 300000, 25.6 * 0.665, 0.01 },
        { "ddr4_2400", "rochrababgco", "seq", 0, 300000, 19.277 * 0.776, 0.01 },
        /* tCCD_S = 3 for two clocks of data: (2/3)(1 - 126 / 11862) of 193.9 GB/s; DRAMsim3 65.5 % */
        { "gddr6", "rochrababgco", "seq", 0, 262144, 193.9 * 0.655, 0.01 },
        { "lpddr4", "rochrababgco", "seq", 0, 300000, 19.277 * 0.947, 0.01 },
    };
    for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
        if (!cases_drawn(0, i, sizeof form / sizeof *form))
            continue;
        struct fl_dram_result r = pattern(form[i].device, form[i].map, form[i].trace, form[i].stride, form[i].n);
        ck_assert_msg(fabs(r.bandwidth_gb_s / form[i].gb_s - 1) <= form[i].bound, "%s %s: %g GB/s, %g wanted",
                      form[i].device, form[i].trace, r.bandwidth_gb_s, form[i].gb_s);
    }
}
END_TEST

START_TEST(idle_latencies_are_sums_of_timings)
{
    struct run run;
    run_device(&run, "ddr4_3200");
    run_begin(&run, "rorachbacobg", FL_DRAM_CHASE);
    ck_assert(fl_dram_replay_ask(run.replay, 0, false));                /* closed bank: a clock in the queue, then */
    struct fl_dram_result first = run_end(&run);                        /* tRCD + CL + burst */
    ck_assert_double_eq_tol(first.avg_latency_ns, (1 + 22 + 22 + 4) * 0.625, 1e-9);

    run_device(&run, "ddr4_3200");
    run_begin(&run, "rorachbacobg", FL_DRAM_CHASE);
    ck_assert(fl_dram_replay_ask(run.replay, 0, false));
    ck_assert(fl_dram_replay_ask(run.replay, 4 * 64, false));           /* same row */
    struct fl_dram_result hit = run_end(&run);
    ck_assert_double_eq_tol(2 * hit.avg_latency_ns, (1 + 22 + 22 + 4 + 1 + 22 + 4) * 0.625, 1e-9);
    ck_assert_double_eq_tol(hit.row_hit_rate, 0.5, 1e-9);

    run_device(&run, "ddr4_3200");
    run_begin(&run, "rorachbacobg", FL_DRAM_CHASE);
    ck_assert(fl_dram_replay_ask(run.replay, 0, false));
    ck_assert(fl_dram_replay_ask(run.replay, (uint64_t)1 << 20, false));        /* the next row of the same bank: */
    struct fl_dram_result miss = run_end(&run);                                 /* tRAS from clock 1, tRP more */
    ck_assert_int_eq(miss.num_act, 2);
    ck_assert_int_eq(miss.num_pre, 1);
    ck_assert_double_eq_tol(2 * miss.avg_latency_ns, (49 + (1 + 52 + 22 + 22 + 22 + 4) - 50) * 0.625, 1e-9);
}
END_TEST

START_TEST(injection_can_be_limited)
{
    struct run run;
    run_device(&run, "hbm2");
    run_begin(&run, "rorabacobgch", 1);
    for (uint64_t i = 0; i < 100000; i++)
        ck_assert(fl_dram_replay_ask(run.replay, i * 64, false));
    struct fl_dram_result r = run_end(&run);
    ck_assert_double_eq_tol(r.bandwidth_gb_s, 64, 0.1);     /* 64 B a clock, of 256 GB/s */
}
END_TEST

START_TEST(closed_pages_take_the_same_time_hit_or_miss)
{
    struct run run;
    run_device(&run, "ddr4_3200");
    run.device.page = FL_DRAM_CLOSED;
    run_begin(&run, NULL, FL_DRAM_CHASE);
    for (uint64_t i = 0; i < 50; i++)
        ck_assert(fl_dram_replay_ask(run.replay, i << 20, false));
    struct fl_dram_result r = run_end(&run);
    ck_assert_int_eq(r.num_act, 50);
    ck_assert_int_eq(r.num_pre, 50);
    /* a bank is ready again 74 clocks after its activate, while a read takes 49 and the next comes a clock later */
    ck_assert_double_eq_tol(r.avg_latency_ns, (49 + 49 * (74 + 49 - 50)) / 50.0 * 0.625, 0.7);
}
END_TEST

/* ---- queues ---- */

START_TEST(what_is_not_written_yet_is_read_from_the_buffer)
{
    for (int convention = FL_DRAM_OURS; convention <= FL_DRAM_DRAMSIM3; convention++) {
        struct run run;
        run_device(&run, "ddr4_3200");
        run_asking(&run, (struct fl_dram_asking){ .convention = (enum fl_dram_convention)convention });
        ck_assert(fl_dram_replay_ask(run.replay, 640, true));
        ck_assert(fl_dram_replay_ask(run.replay, 640, true));
        ck_assert(fl_dram_replay_ask(run.replay, 640, false));
        struct fl_dram_result r = run_end(&run);
        ck_assert_int_eq(r.requests, 3);
        ck_assert_int_eq(r.num_rd, 0);
        ck_assert_int_eq(r.num_wr, convention == FL_DRAM_OURS);     /* DRAMsim3 does not wait for it */
        ck_assert_double_eq_tol(r.avg_latency_ns, 0.625, 1e-9);
    }
}
END_TEST

START_TEST(the_end_waits_for_writes)
{
    for (int convention = FL_DRAM_OURS; convention <= FL_DRAM_DRAMSIM3; convention++) {
        struct run run;
        run_device(&run, "ddr4_3200");
        run_asking(&run, (struct fl_dram_asking){ .convention = (enum fl_dram_convention)convention });
        for (uint64_t i = 0; i < 64; i++)
            ck_assert(fl_dram_replay_ask(run.replay, i * 64, true));
        struct fl_dram_result r = run_end(&run);
        ck_assert_int_eq(r.bytes, 4096);
        if (convention == FL_DRAM_OURS) {
            /* the writes go round the bank groups without a gap: 64 x 4 clocks, and before them the first waits for
             * its row, tRCD + CWL; it is the 33rd request that drives them out */
            ck_assert_int_eq(r.num_wr, 64);
            ck_assert_int_ge(r.cycles, 64 * 4 + 22 + 16);
            ck_assert_int_le(r.cycles, 64 * 4 + 22 + 16 + 4);
            ck_assert_double_le(r.bandwidth_gb_s, 25.6);
        } else {
            ck_assert_int_lt(r.num_wr, 64);
            ck_assert_double_gt(r.bandwidth_gb_s, 25.6);
        }
    }
}
END_TEST

START_TEST(reads_of_one_burst_are_one_command)
{
    struct run run;
    run_device(&run, "ddr4_3200");
    run_begin(&run, NULL, FL_DRAM_UNLIMITED);
    for (int i = 0; i < 5; i++)
        ck_assert(fl_dram_replay_ask(run.replay, 64 + (uint64_t)i, false));
    struct fl_dram_result r = run_end(&run);
    ck_assert_int_eq(r.num_rd, 1);
    ck_assert_double_eq_tol(r.avg_latency_ns, 49 * 0.625, 1e-9);
}
END_TEST

START_TEST(writes_drain_when_their_buffer_is_full)
{
    struct run run;
    run_device(&run, "ddr4_3200");
    run_begin(&run, NULL, FL_DRAM_UNLIMITED);
    for (uint64_t i = 0; i < 1000; i++)
        ck_assert(fl_dram_replay_ask(run.replay, i * 64, true));
    struct fl_dram_result r = run_end(&run);
    ck_assert_int_eq(r.num_wr, 1000);
    ck_assert_int_eq(r.num_rd, 0);
}
END_TEST

START_TEST(requests_take_every_burst_they_touch)
{
    static const struct { int64_t bytes; uint64_t address; int64_t bursts; } form[] = {
        { 0, 31, 1 }, { 1, 31, 1 }, { 2, 31, 2 }, { 32, 32, 1 }, { 64, 64, 2 }, { 64, 48, 3 }, { 65, 64, 3 },
        { 4096, 0, 128 },
    };
    for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
        struct run run;
        run_device(&run, "hbm3");
        run_asking(&run, (struct fl_dram_asking){ .request_bytes = form[i].bytes });
        ck_assert(fl_dram_replay_ask(run.replay, form[i].address, false));
        struct fl_dram_result r = run_end(&run);
        ck_assert_int_eq(r.num_rd, form[i].bursts);
        ck_assert_int_eq(r.bytes, form[i].bytes > 0 ? form[i].bytes : 32);
        ck_assert_uint_eq(r.aligned, form[i].address & -form[i].address);
    }
    struct run run;
    run_device(&run, "hbm3");
    run_asking(&run, (struct fl_dram_asking){ .request_bytes = 64 });
    uint64_t bytes = (uint64_t)fl_dram_bytes(&run.device);
    ck_assert(fl_dram_replay_ask(run.replay, bytes - 64, false));
    ck_assert(!fl_dram_replay_ask(run.replay, bytes - 63, false));
    ck_assert_int_eq(run_end(&run).requests, 1);
}
END_TEST

/* Lines of 64 bytes on bursts of 32 take all channels; and a chase has both bursts of a line under way at once. */
START_TEST(lines_are_two_bursts_of_hbm3)
{
    struct run run;
    run_device(&run, "hbm3");
    run_asking(&run, (struct fl_dram_asking){ .request_bytes = 64 });
    for (uint64_t i = 0; i < 50000; i++)
        ck_assert(fl_dram_replay_ask(run.replay, i * 64, false));
    struct fl_dram_result r = run_end(&run);
    ck_assert_int_eq(r.num_rd, 100000);
    ck_assert_double_eq_tol(r.bandwidth_gb_s, 737, 1);  /* of 819: a start of 0.1 us, and a refresh of the rank read */
    run_device(&run, "hbm3");
    run_asking(&run, (struct fl_dram_asking){ .request_bytes = 64, .inject = FL_DRAM_CHASE });
    ck_assert(fl_dram_replay_ask(run.replay, 0, false));
    r = run_end(&run);
    ck_assert_double_eq_tol(r.avg_latency_ns, (1 + 31 + 20 + 2) * 0.625, 1e-9);
    ck_assert_int_eq(r.cycles, 1 + 31 + 20 + 2 + 1);
}
END_TEST

/* ---- laws ---- */

/* Requests at random, some in runs, some of them writes. */
static void random_asks(struct run *run, struct fl_rng *rng, int64_t requests, int64_t writes_of_8)
{
    uint64_t bytes = fl_dram_replay_bytes(run->replay) - (1 << 12), address = 0;
    for (int64_t i = 0; i < requests; i++) {
        address = fl_rng_range(rng, 0, 3) == 0 ? fl_rng_next(rng) % bytes : (address + 64) % bytes;
        ck_assert(fl_dram_replay_ask(run->replay, address, fl_rng_range(rng, 0, 7) < writes_of_8));
    }
}

START_TEST(no_data_moves_faster_than_the_peak)
{
    static const int64_t injects[] = { FL_DRAM_UNLIMITED, FL_DRAM_UNLIMITED, FL_DRAM_CHASE, 1, 7 };
    static const int64_t widths[] = { 0, 0, 16, 64, 100, 1000 };
    struct fl_arena arena = {0};
    struct fl_rng rng = { 11 };
    double best = 0;
    for (const char *const *name = fl_device_names(&arena); *name != NULL; name++)
        for (int i = 0; i < 15; i++) {
            struct run run;
            run_device(&run, *name);
            double peak = fl_dram_peak_gb_s(&run.device);
            run_asking(&run, (struct fl_dram_asking){
                .map = fl_dram_maps[fl_rng_range(&rng, 0, 5)], .inject = injects[fl_rng_range(&rng, 0, 4)],
                .request_bytes = widths[fl_rng_range(&rng, 0, 5)] });
            random_asks(&run, &rng, fl_rng_range(&rng, 1, 200), fl_rng_range(&rng, 0, 8));
            struct fl_dram_result r = run_end(&run);
            ck_assert_msg(r.bandwidth_gb_s <= peak, "%s: %g of %g GB/s", *name, r.bandwidth_gb_s, peak);
            ck_assert_int_ge(r.num_act, r.num_pre);
            best = fmax(best, r.bandwidth_gb_s / peak);
        }
    ck_assert_double_gt(best, 0.8);         /* the law is tight */
    fl_arena_free(&arena);
}
END_TEST

/* Each burst asked for once is moved once, whoever waits for it. */
START_TEST(what_was_asked_for_is_moved)
{
    struct fl_arena arena = {0};
    struct fl_rng rng = { 12 };
    for (const char *const *name = fl_device_names(&arena); *name != NULL; name++)
        for (int i = 0; i < 10; i++) {
            struct run run;
            run_device(&run, *name);
            run_begin(&run, NULL, fl_rng_range(&rng, FL_DRAM_CHASE, 3));
            int64_t asked[2] = {0}, all = fl_rng_range(&rng, 1, 400);
            int64_t step = fl_rng_range(&rng, 1, 1000) * fl_dram_burst_bytes(&run.device);
            for (int64_t k = 0; k < all; k++) {
                bool write = fl_rng_range(&rng, 0, 2) == 0;
                asked[write]++;
                ck_assert(fl_dram_replay_ask(run.replay, (uint64_t)(k * step), write));
            }
            struct fl_dram_result r = run_end(&run);
            ck_assert_int_eq(r.num_rd, asked[false]);
            ck_assert_int_eq(r.num_wr, asked[true]);
        }
    fl_arena_free(&arena);
}
END_TEST

/* The formula and figures of DRAMsim3: VDD (IDD4 - IDD3N) t_burst x devices, where t_burst of GDDR6 is BL/16. */
START_TEST(gddr6_is_charged_by_either_convention)
{
    for (int convention = FL_DRAM_OURS; convention <= FL_DRAM_DRAMSIM3; convention++) {
        struct run run;
        run_device(&run, "gddr6");
        run_asking(&run, (struct fl_dram_asking){ .convention = (enum fl_dram_convention)convention });
        for (uint64_t i = 0; i < 400; i++)
            ck_assert(fl_dram_replay_ask(run.replay, i * 256, i % 2 == 0));
        struct fl_dram_result r = run_end(&run);
        double clocks = convention == FL_DRAM_OURS ? 2 : 1;
        ck_assert_double_eq_tol(r.energy_rd_pj / (double)r.num_rd, 1.35 * (248 - 61) * 0.66 * 8 * clocks, 1e-6);
        ck_assert_double_eq_tol(r.energy_wr_pj / (double)r.num_wr, 1.35 * (231 - 61) * 0.66 * 8 * clocks, 1e-6);
    }
}
END_TEST

Suite *test_dram_replay_suite(void)
{
    Suite *suite = suite_create("dram_replay");
    TCase *tcase = tcase_create("dram_replay");
    tcase_add_test(tcase, rates_are_those_of_the_timings);
    tcase_add_test(tcase, idle_latencies_are_sums_of_timings);
    tcase_add_test(tcase, injection_can_be_limited);
    tcase_add_test(tcase, closed_pages_take_the_same_time_hit_or_miss);
    tcase_add_test(tcase, what_is_not_written_yet_is_read_from_the_buffer);
    tcase_add_test(tcase, the_end_waits_for_writes);
    tcase_add_test(tcase, requests_take_every_burst_they_touch);
    tcase_add_test(tcase, lines_are_two_bursts_of_hbm3);
    tcase_add_test(tcase, no_data_moves_faster_than_the_peak);
    tcase_add_test(tcase, what_was_asked_for_is_moved);
    tcase_add_test(tcase, gddr6_is_charged_by_either_convention);
    tcase_add_test(tcase, reads_of_one_burst_are_one_command);
    tcase_add_test(tcase, writes_drain_when_their_buffer_is_full);
    suite_add_tcase(suite, tcase);
    return suite;
}
