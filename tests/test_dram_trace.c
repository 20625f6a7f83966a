/* test_dram_trace.c - what a replay is given: addresses and orders of their fields, traces as text, devices. */
#include <stdlib.h>

#include "tests/oracle/dram_cases.h"
#include "tests/replay.h"

/* ---- addresses and traces ---- */

START_TEST(addresses_end_where_the_device_does)
{
    struct run run;
    run_device(&run, "hbm2_1ch");
    run_begin(&run, NULL, FL_DRAM_UNLIMITED);
    uint64_t bytes = (uint64_t)fl_dram_bytes(&run.device);
    ck_assert_uint_eq(bytes, (uint64_t)1 << 30);
    ck_assert(fl_dram_replay_ask(run.replay, bytes - 1, false));
    ck_assert(!fl_dram_replay_ask(run.replay, bytes, false));
    ck_assert(!fl_dram_replay_ask(run.replay, UINT64_MAX, true));
    ck_assert_int_eq(run_end(&run).requests, 1);
}
END_TEST

START_TEST(orders_of_fields_must_be_whole)
{
    static const char *const bad[] = { "", "rorachbacob", "rorachbacobb", "rorachbacoro", "xxxxxxxxxxxx",
                                       "rorachbacobgbg" };
    struct run run;
    run_device(&run, "ddr4_3200");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fl_err err = {0};
        ck_assert_ptr_null(fl_dram_replay_new(&run.device, &(struct fl_dram_asking){ .map = bad[i] }, "--map", &err));
        ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "--map: "));
        fl_err_free(&err);
    }
    fl_sim_free(&run.sim);
}
END_TEST

static bool trace_text(const char *text, struct fl_dram_result *result, struct fl_err *err)
{
    struct run run;
    run_device(&run, "hbm2_1ch");
    run_begin(&run, NULL, FL_DRAM_UNLIMITED);
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    rewind(file);
    bool good = fl_dram_replay_trace(run.replay, file, "a.trace", err);
    fclose(file);
    *result = run_end(&run);
    return good;
}

START_TEST(traces_are_lines_of_address_and_way)
{
    struct fl_err err = {0};
    struct fl_dram_result r;
    ck_assert(trace_text("0 R\n# a word\n\n0x40 W\r\n  \nfFf  R \n1000\tR", &r, &err));
    ck_assert_int_eq(r.requests, 4);
    ck_assert_int_eq(r.bytes, 256);
    ck_assert(trace_text("", &r, &err));
    ck_assert_int_eq(r.requests, 0);
    ck_assert_double_eq(r.bandwidth_gb_s, 0);
}
END_TEST

START_TEST(bad_lines_are_told_by_number)
{
    static const char *const bad[] = { "R", "12", "12 X", "12 RW", "xyz R", "0x R", "-4 R", "12R", "12 R 7",
                                       "11112222333344445 R" };
    struct fl_dram_result r;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64];
        struct fl_err err = {0};
        snprintf(text, sizeof text, "0 R\n%s\n40 R\n", bad[i]);
        ck_assert_msg(!trace_text(text, &r, &err), "%s", bad[i]);
        ck_assert_msg(strncmp(fl_err_text(&err), "a.trace:2: \"", 12) == 0, "%s", fl_err_text(&err));
        ck_assert_int_eq(err.faults, 1);
        fl_err_free(&err);
    }
    struct fl_err err = {0};
    ck_assert(!trace_text("0 R\n40000000 R\n", &r, &err));
    ck_assert_str_eq(fl_err_text(&err),
                     "a.trace:2: address 0x40000000 is beyond the device, which holds 1073741824 bytes\n");
    fl_err_free(&err);
}
END_TEST

START_TEST(many_bad_lines_are_not_all_told)
{
    struct fl_err err = {0};
    struct fl_dram_result r;
    char *text = calloc(1, 100000);
    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < 10000; i++)
        memcpy(text + 3 * i, "x\n\n", 3);
    ck_assert(!trace_text(text, &r, &err));
    ck_assert_int_eq(err.faults, 21);
    fl_err_free(&err);
    free(text);
}
END_TEST

START_TEST(generated_traces_are_those_of_the_script)
{
    static const struct { const char *pattern; int64_t stride; uint64_t seed, hash; } made[] = {
        { "seq", 0, 1, 0x607ca5f18696e5a5 },        { "rand", 0, 1, 0xfd6afd3614a648a5 },
        { "rand", 0, 2, 0x13154ac943e514a5 },       { "stride", 65536, 1, 0x35f9c9c82792fda5 },
        { "mix", 0, 1, 0x4799baf21b275a3f },        { "triad", 0, 1, 0x0450181480435abf },
    };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        struct fl_dram_trace trace = { made[i].pattern, 64, made[i].stride, (int64_t)1 << 30, made[i].seed, 0 };
        uint64_t hash = 0xcbf29ce484222325;         /* FNV-1a of address x 2 + write, 20000 requests of the script */
        for (int k = 0; k < 20000; k++) {
            uint64_t address;
            bool write;
            fl_dram_trace_next(&trace, &address, &write);
            hash = (hash ^ (address * 2 + write)) * 0x100000001b3;
        }
        ck_assert_msg(hash == made[i].hash, "%s", made[i].pattern);
    }
}
END_TEST

/* ---- devices ---- */

START_TEST(shipped_devices_are_sound)
{
    static const struct { const char *name; double gib, gb_s; } wanted[] = {
        { "ddr4_2400", 16, 19.28 }, { "ddr4_3200", 16, 25.6 }, { "gddr6", 8, 193.9 }, { "hbm2", 8, 256 },
        { "hbm2_1ch", 1, 32 },      { "hbm3", 16, 819.2 },      { "lpddr4", 4, 19.28 }, { "lpddr5", 1, 12.8 },
    };
    struct fl_arena arena = {0};
    const char *const *name = fl_device_names(&arena);
    size_t known = 0;
    for (; *name != NULL; name++) {
        struct run run;
        run_device(&run, *name);
        const struct fl_dram_device *d = &run.device;
        struct fl_dram_energy energy = fl_dram_energy_of(d);
        ck_assert_msg(!d->trc_raised, "%s: trc", *name);
        ck_assert_msg(energy.act_pj > 0 && energy.rd_pj > 0 && energy.wr_pj > 0 && energy.ref_pj > 0, "%s", *name);
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
            if (strcmp(wanted[i].name, *name) != 0)
                continue;
            double gb_s = fl_dram_peak_gb_s(d);
            ck_assert_double_eq((double)fl_dram_bytes(d) / 0x1p30, wanted[i].gib);
            ck_assert_double_eq_tol(gb_s, wanted[i].gb_s, 0.05);
            known++;
        }
        fl_sim_free(&run.sim);
    }
    ck_assert_uint_eq(known, sizeof wanted / sizeof *wanted);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(too_small_a_trc_is_raised)
{
    struct run run;
    struct fl_err err = {0};
    run_device(&run, "ddr4_3200");
    run.device.trc = 60;
    ck_assert(fl_dram_device_check(&run.device, "here", &err));
    ck_assert_int_eq(run.device.trc, 74);
    ck_assert(run.device.trc_raised);
    fl_sim_free(&run.sim);
}
END_TEST

Suite *test_dram_trace_suite(void)
{
    Suite *suite = suite_create("dram_trace");
    TCase *tcase = tcase_create("dram_trace");
    tcase_add_test(tcase, addresses_end_where_the_device_does);
    tcase_add_test(tcase, orders_of_fields_must_be_whole);
    tcase_add_test(tcase, traces_are_lines_of_address_and_way);
    tcase_add_test(tcase, bad_lines_are_told_by_number);
    tcase_add_test(tcase, many_bad_lines_are_not_all_told);
    tcase_add_test(tcase, generated_traces_are_those_of_the_script);
    tcase_add_test(tcase, shipped_devices_are_sound);
    tcase_add_test(tcase, too_small_a_trc_is_raised);
    suite_add_tcase(suite, tcase);
    return suite;
}
