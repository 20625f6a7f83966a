/* test_dram.c - the DRAM unit against what its timings say in closed form. */
#include <stdlib.h>
#include <string.h>

#include "mapping/nest.h"
#include "sim/pace.h"
#include "tests/suites.h"

/* ---- devices: DDR4-3200 and HBM2 as DRAMsim3 gives them (configs DDR4_8Gb_x8_3200, HBM2_8Gb_x128) ---- */

struct setting { const char *name; double value; };

static const struct setting ddr4[] = {
    { "channels", 1 }, { "ranks", 2 }, { "groups", 4 }, { "banks", 4 }, { "rows", 65536 }, { "row", 8192 },
    { "width", 64 }, { "devices", 8 }, { "burst_length", 8 }, { "burst", 4 }, { "cl", 22 }, { "cwl", 16 },
    { "trcd", 22 }, { "trcd_wr", 22 }, { "trp", 22 }, { "tras", 52 }, { "trc", 74 },
    { "trrd_s", 4 }, { "trrd_l", 8 }, { "tfaw", 34 },
    { "tccd_s", 4 }, { "tccd_l", 8 }, { "twr", 24 }, { "twtr_s", 4 }, { "twtr_l", 12 }, { "trtp", 12 },
    { "trtrs", 1 }, { "trfc", 560 }, { "trefi", 12480 }, { "vdd", 1.2 }, { "idd0", 57e-3 }, { "idd2n", 37e-3 },
    { "idd3n", 52e-3 }, { "idd4r", 168e-3 }, { "idd4w", 150e-3 }, { "idd5", 250e-3 }, { NULL, 0 },
};
static const struct setting hbm2[] = {
    { "channels", 8 }, { "ranks", 1 }, { "groups", 4 }, { "banks", 4 }, { "rows", 32768 }, { "row", 2048 },
    { "width", 128 }, { "devices", 1 }, { "burst_length", 4 }, { "burst", 2 }, { "cl", 14 }, { "cwl", 4 },
    { "trcd", 14 }, { "trcd_wr", 14 }, { "trp", 14 }, { "tras", 34 }, { "trc", 48 },
    { "trrd_s", 4 }, { "trrd_l", 6 }, { "tfaw", 30 },
    { "tccd_s", 1 }, { "tccd_l", 2 }, { "twr", 16 }, { "twtr_s", 6 }, { "twtr_l", 8 }, { "trtp", 6 },
    { "trtrs", 1 }, { "trfc", 260 }, { "trefi", 3900 }, { "vdd", 1.2 }, { "idd0", 65e-3 }, { "idd2n", 40e-3 },
    { "idd3n", 55e-3 }, { "idd4r", 390e-3 }, { "idd4w", 500e-3 }, { "idd5", 250e-3 }, { NULL, 0 },
};

static void set(struct unit *u, const char *name, double value)
{
    for (const struct fl_param *p = u->type->params; p->name != NULL; p++) {
        if (strcmp(p->name, name) != 0)
            continue;
        char *field = (char *)u + p->offset;
        if (fl_param_type(p) == FL_REAL)
            *(double *)field = value;
        else if (fl_param_type(p) == FL_FLAG)
            *(bool *)field = value != 0;
        else if (fl_param_type(p) == FL_CHOICE)
            *(int32_t *)field = (int32_t)value;
        else
            *(int64_t *)field = (int64_t)value;
        return;
    }
    ck_abort_msg("no parameter %s", name);
}

/* ---- a unit that asks, and notes when it is answered ---- */

struct wish { int64_t bits; uint32_t flags; fl_time after; };   /* asked `after` the answer to the one before, or -1 */
enum { WISHES = 20000 };
struct asker {
    struct unit unit;
    const struct wish *wish;
    int64_t wishes, asked, answered;
    fl_time asked_at[WISHES], answered_at[WISHES];
};
enum { OUT, IN };

static bool due(struct asker *a)
{
    const struct wish *wish = &a->wish[a->asked];
    if (wish->after < 0)
        return true;
    if (a->answered < a->asked)
        return false;
    fl_time at = (a->asked > 0 ? a->answered_at[a->asked - 1] : 0) + wish->after;
    if (fl_now(&a->unit) < at)
        fl_wake_at(&a->unit, at);
    return fl_now(&a->unit) >= at;
}

static void asker_wake(struct unit *u)
{
    struct asker *a = (struct asker *)u;
    while (fl_has(u, IN)) {
        struct fl_msg msg = fl_take(u, IN);
        ck_assert_int_eq(msg.bits, a->wish[a->answered].bits);
        a->answered_at[a->answered++] = fl_now(u);
    }
    while (a->asked < a->wishes && due(a) && fl_room(u, OUT)) {
        const struct wish *wish = &a->wish[a->asked];
        fl_send(u, OUT, (struct fl_msg){ .bits = wish->bits, .flags = wish->flags | FL_REPLY }, fl_now(u));
        a->asked_at[a->asked++] = fl_now(u);
    }
}

static void asker_start(struct unit *u)
{
    fl_wake_at(u, 0);
}

static const struct fl_unit_type asker_type = {
    .kind = "asker", .size = sizeof(struct asker), .phase = 1,
    .ports = (const struct fl_portdef[]){
        { .name = "out", .way = FL_OUT }, { .name = "in", .way = FL_IN, .room = 8 }, { 0 } },
    .start = asker_start, .wake = asker_wake,
};

struct bench {
    struct fl_sim sim;
    struct fl_clock clock;
    struct unit *dram;
    struct asker *asker[4];
    int askers;
};

static void bench_make(struct bench *b, const struct setting *device, int64_t tck_ps)
{
    memset(b, 0, sizeof *b);
    ck_assert(fl_clock_from_ps(&b->clock, tck_ps, 1));
    b->dram = fl_sim_unit(&b->sim, fl_unit_type_find("dram"), "dram", &b->clock);
    for (; device->name != NULL; device++)
        set(b->dram, device->name, device->value);
}

static struct asker *bench_ask(struct bench *b, const struct wish *wish, int64_t wishes)
{
    struct fl_err err = {0};
    ck_assert_int_le(wishes, WISHES);
    struct asker *a = (struct asker *)fl_sim_unit(&b->sim, &asker_type, "asker", &b->clock);
    a->wish = wish;
    a->wishes = wishes;
    b->asker[b->askers++] = a;
    ck_assert_msg(fl_sim_join(&b->sim, &a->unit, "out", b->dram, "ask", &err), "%s", fl_err_text(&err));
    ck_assert(fl_sim_join(&b->sim, b->dram, "give", &a->unit, "in", &err));
    return a;
}

static void bench_run(struct bench *b)
{
    struct fl_err err = {0};
    ck_assert_msg(fl_sim_ready(&b->sim, &err), "%s", fl_err_text(&err));
    fl_sim_reset(&b->sim);
    fl_sim_until(&b->sim, FL_TIME_END);
    for (int i = 0; i < b->askers; i++)
        ck_assert_int_eq(b->asker[i]->answered, b->asker[i]->wishes);
}

static int64_t counted(const struct unit *u, const char *name)
{
    for (uint32_t i = 0; i < u->counts; i++)
        if (strcmp(fl_unit_count_name(u, i), name) == 0)
            return u->count[i];
    ck_abort_msg("no tally %s", name);
    return 0;
}

/* A descriptor of `chunks` requests of `bits`, all asked as fast as there is room. */
static int64_t descriptor(struct wish *wish, int64_t chunks, int64_t bits, uint32_t flags)
{
    for (int64_t i = 0; i < chunks; i++)
        wish[i] = (struct wish){ bits, flags | (i == 0 ? FL_FIRST : 0) | (i == chunks - 1 ? FL_LAST : 0), -1 };
    return chunks;
}

static double gb_s(int64_t bits, fl_time span)
{
    return (double)bits / 8 / (double)span * 1e3;
}

static fl_time later(fl_time a, fl_time b) { return a > b ? a : b; }

static struct wish plan[WISHES];

/* ---- reads one by one ---- */

START_TEST(an_idle_read_takes_trcd_cl_and_its_burst)
{
    struct bench b;
    bench_make(&b, ddr4, 630);
    descriptor(plan, 1, 512, 0);
    struct asker *a = bench_ask(&b, plan, 1);
    bench_run(&b);
    ck_assert_int_eq(a->answered_at[0], (1 + 22 + 22 + 4) * 630);
    ck_assert_int_eq(counted(b.dram, "reads"), 1);
    ck_assert_int_eq(counted(b.dram, "activates"), 1);
    fl_sim_free(&b.sim);
}
END_TEST

START_TEST(a_read_in_an_open_row_takes_cl_and_its_burst)
{
    struct bench b;
    bench_make(&b, hbm2, 1000);
    plan[0] = (struct wish){ 8 * 512, FL_FIRST, 0 };    /* one burst on every channel */
    plan[1] = (struct wish){ 8 * 512 * 4, 0, 0 };       /* the other groups open, group 0 is read again */
    plan[2] = (struct wish){ 8 * 512, FL_LAST, 0 };
    struct asker *a = bench_ask(&b, plan, 3);
    bench_run(&b);
    ck_assert_int_eq(a->answered_at[2] - a->asked_at[2], (1 + 14 + 2) * 1000);
    ck_assert_int_eq(counted(b.dram, "activates"), 8 * 4);
    ck_assert_int_eq(counted(b.dram, "reads"), 8 * 6);
    fl_sim_free(&b.sim);
}
END_TEST

START_TEST(less_than_a_burst_is_fetched_once)
{
    struct bench b;
    bench_make(&b, hbm2, 1000);
    for (int i = 0; i < 16; i++)
        plan[i] = (struct wish){ 64, i == 0 ? FL_FIRST : i == 15 ? FL_LAST : 0, 0 };
    bench_ask(&b, plan, 16);
    bench_run(&b);
    ck_assert_int_eq(counted(b.dram, "reads"), 2);      /* 1024 bits, 512 a burst */
    ck_assert_int_eq(counted(b.dram, "io_bits"), 1024);
    fl_sim_free(&b.sim);
}
END_TEST

/* ---- streams ---- */

static fl_time stream(struct bench *b, int64_t chunks, int64_t bits, uint32_t flags)
{
    struct asker *a = bench_ask(b, plan, descriptor(plan, chunks, bits, flags));
    bench_run(b);
    return a->answered_at[chunks - 1];
}

START_TEST(a_stream_runs_at_the_bus_rate_less_refresh)
{
    static const struct { const struct setting *device; int64_t tck; double peak, refresh; } kind[] = {
        { ddr4, 630, 64 / 8 * 2 / 0.630, 560.0 / 12480 }, { hbm2, 1000, 256, 260.0 / 3900 } };
    for (int k = 0; k < 2; k++)
        for (int write = 0; write < 2; write++) {
            struct bench b;
            bench_make(&b, kind[k].device, kind[k].tck);
            int64_t bits = 65536;
            fl_time span = stream(&b, 8192, bits, write ? FL_WRITE : 0);
            ck_assert_double_eq_tol(gb_s(8192 * bits, span) / kind[k].peak, 1 - kind[k].refresh, 0.012);
            ck_assert_int_eq(counted(b.dram, write ? "writes" : "reads"), 8192 * bits / 512);
            ck_assert_int_ge(counted(b.dram, "busy_ps"), span - 100000);
            ck_assert_int_le(counted(b.dram, "busy_ps"), span);
            fl_sim_free(&b.sim);
        }
}
END_TEST

START_TEST(a_stream_opens_each_row_once_and_again_after_refresh)
{
    struct bench b;
    bench_make(&b, hbm2, 1000);
    fl_time span = stream(&b, 8192, 65536, 0);
    int64_t rows = 8192 * 65536 / (2048 * 8);
    ck_assert_int_eq(counted(b.dram, "activates"), rows);       /* refresh waits for the end of a stripe */
    int64_t refreshes = counted(b.dram, "refreshes") / 8;
    ck_assert_int_ge(refreshes, span / 4160000);                /* tREFI, and up to a stripe late */
    ck_assert_int_le(refreshes, span / 3900000 + 1);
    ck_assert_int_le(counted(b.dram, "open_ps"), span + 100000);
    ck_assert_int_ge(counted(b.dram, "open_ps"), span * 9 / 10);
    fl_sim_free(&b.sim);
}
END_TEST

START_TEST(activates_are_bound_by_four_a_window)
{
    struct bench b;
    bench_make(&b, hbm2, 1000);
    for (int i = 0; i < 8000; i++)      /* each touches four rows of a bank of its own, one burst in each */
        plan[i] = (struct wish){ 8 * 4 * 512, FL_FIRST | FL_LAST, -1 };
    struct asker *a = bench_ask(&b, plan, 8000);
    bench_run(&b);
    ck_assert_int_eq(counted(b.dram, "activates"), 8 * 4 * 8000);
    double share = gb_s(8000 * 8 * 4 * 512, a->answered_at[7999]) / (8 * 4 * 64 / 30.0);
    ck_assert_double_eq_tol(share, 1 - 260.0 / 3900, 0.01);
    fl_sim_free(&b.sim);
}
END_TEST

START_TEST(one_bank_is_bound_by_trc)
{
    struct bench b;
    bench_make(&b, hbm2, 1000);
    set(b.dram, "groups", 1);
    set(b.dram, "banks", 1);
    set(b.dram, "channels", 1);
    for (int i = 0; i < 8000; i++)
        plan[i] = (struct wish){ 512, FL_FIRST | FL_LAST, -1 };
    struct asker *a = bench_ask(&b, plan, 8000);
    bench_run(&b);
    ck_assert_double_eq_tol(gb_s(8000 * 512, a->answered_at[7999]), 1.244, 1.244 * 0.01);
    fl_sim_free(&b.sim);
}
END_TEST

START_TEST(within_one_group_a_stream_is_bound_by_tccd_l)
{
    struct bench b;
    bench_make(&b, ddr4, 630);
    set(b.dram, "groups", 1);
    set(b.dram, "banks", 16);
    fl_time span = stream(&b, 4096, 65536, 0);
    ck_assert_double_eq_tol(gb_s(4096 * 65536, span) / 25.397, 0.5 * (1 - 560.0 / 12480), 0.005);
    fl_sim_free(&b.sim);
}
END_TEST

/* ---- several requesters ---- */

START_TEST(reads_and_writes_are_served_in_turns_of_some_length)
{
    static struct wish writes[WISHES];
    struct bench b;
    bench_make(&b, ddr4, 630);
    struct asker *r = bench_ask(&b, plan, descriptor(plan, 2000, 4096, 0));
    struct asker *w = bench_ask(&b, writes, descriptor(writes, 2000, 4096, FL_WRITE));
    bench_run(&b);
    fl_time span = later(r->answered_at[1999], w->answered_at[1999]);
    double share = gb_s(2 * 2000 * 4096, span) / 25.397;
    /* 32 bursts each way cost 2 x 32 x 4 clocks and two turns: 11 clocks to write, 24 to read (other group) */
    ck_assert_double_ge(share, 0.955 * 256 / (256 + 11 + 24 + 40));
    ck_assert_double_le(share, 0.955);
    fl_sim_free(&b.sim);
}
END_TEST

START_TEST(streams_side_by_side_share_the_bus)
{
    static struct wish more[WISHES];
    struct bench b;
    bench_make(&b, hbm2, 1000);
    struct asker *x = bench_ask(&b, plan, descriptor(plan, 4000, 32768, 0));
    struct asker *y = bench_ask(&b, more, descriptor(more, 4000, 32768, 0));
    bench_run(&b);
    fl_time span = later(x->answered_at[3999], y->answered_at[3999]);
    ck_assert_double_ge(gb_s(2 * 4000 * 32768, span), 256 * 0.9);
    ck_assert_int_le(llabs(x->answered_at[3999] - y->answered_at[3999]), 50000);
    fl_sim_free(&b.sim);
}
END_TEST

START_TEST(refreshes_take_no_less_than_is_told)
{
    static struct wish wish[4][WISHES];
    for (int c = 0; c < 16; c++) {      /* of one long stream mappers are told nearly all */
        struct bench b;
        struct fl_machine machine = { 0 };
        int64_t last = 3999, bits = c < 8 ? 32768 : 9000, askers = c % 4 + 1, took = 0;
        bench_make(&b, c / 4 % 2 ? ddr4 : hbm2, 1000);
        for (int i = 0; i < askers; i++)
            bench_ask(&b, wish[i], descriptor(wish[i], last + 1, bits, i % 2 == 1 ? FL_WRITE : 0));
        bench_run(&b);
        b.dram->type->describe(b.dram, &machine);
        for (int i = 0; i < askers; i++)
            took = later(took, b.asker[i]->answered_at[last]);
        double part = (double)took / fl_dram_least_ps(&machine, (double)(askers * (last + 1) * bits));
        ck_assert_msg(part >= 1 && (askers > 1 || c >= 8 || part < 1.025), "case %d: %g times what is told", c, part);
        fl_sim_free(&b.sim);
    }
}
END_TEST

/* ---- pauses ---- */

START_TEST(a_pause_closes_rows_and_pays_a_refresh)
{
    struct bench b;
    bench_make(&b, ddr4, 630);
    plan[0] = (struct wish){ 512, FL_FIRST, 0 };
    plan[1] = (struct wish){ 512 * 4, 0, 20000000 };    /* 20 us later, more than two tREFI */
    plan[2] = (struct wish){ 512, FL_LAST, 0 };
    struct asker *a = bench_ask(&b, plan, 3);
    bench_run(&b);
    ck_assert_int_eq(counted(b.dram, "refreshes"), 0);
    ck_assert_int_eq(a->answered_at[2] - a->asked_at[2], (1 + 22 + 4) * 630);
    ck_assert_int_eq(counted(b.dram, "activates"), 5);  /* group 0 again */
    ck_assert_int_le(counted(b.dram, "open_ps"), 2 * 700 * 630);
    fl_sim_free(&b.sim);
}
END_TEST

START_TEST(equal_work_takes_equal_time)
{
    struct bench b;
    bench_make(&b, hbm2, 1000);
    int64_t n = 0;
    for (int i = 0; i < 400; i++) {     /* tiles of 40000 bytes, not a whole number of stripes, some 2 us apart */
        int64_t first = n;
        n += descriptor(plan + n, 10, 32000, 0);
        plan[first].after = 2000000;
    }
    struct asker *a = bench_ask(&b, plan, n);
    bench_run(&b);
    for (int64_t i = 20; i < 400; i++)
        ck_assert_int_eq(a->answered_at[10 * i + 9] - a->answered_at[10 * i - 1],
                         a->answered_at[19] - a->answered_at[9]);
    fl_sim_free(&b.sim);
}
END_TEST

/* ---- laws ---- */

START_TEST(ideal_memory_counts_but_takes_no_time)
{
    struct bench b, ideal;
    bench_make(&b, hbm2, 1000);
    stream(&b, 1000, 5000, 0);
    bench_make(&ideal, hbm2, 1000);
    set(ideal.dram, "ideal", 1);
    ck_assert_int_eq(stream(&ideal, 1000, 5000, 0), 0);
    ck_assert_int_eq(counted(ideal.dram, "reads"), counted(b.dram, "reads"));
    ck_assert_int_eq(counted(ideal.dram, "activates"), counted(b.dram, "activates"));
    ck_assert_int_eq(counted(ideal.dram, "busy_ps"), 0);
    fl_sim_free(&ideal.sim);
    fl_sim_free(&b.sim);
}
END_TEST

START_TEST(waking_twice_changes_nothing)
{
    struct bench b, twice;
    bench_make(&b, ddr4, 630);
    fl_time span = stream(&b, 300, 7000, 0);
    bench_make(&twice, ddr4, 630);
    twice.sim.twice = true;
    ck_assert_int_eq(stream(&twice, 300, 7000, 0), span);
    for (uint32_t i = 0; i < b.dram->counts; i++)
        ck_assert_int_eq(b.dram->count[i], twice.dram->count[i]);
    fl_sim_free(&twice.sim);
    fl_sim_free(&b.sim);
}
END_TEST

/* Commands take a clock at least; only the bus may turn round in none. */
START_TEST(no_timing_is_zero)
{
    int seen = 0;
    for (const struct fl_param *p = fl_unit_type_find("dram")->params; p->name != NULL; p++) {
        bool latency = strcmp(p->name, "cl") == 0 || strcmp(p->name, "cwl") == 0 || strcmp(p->name, "burst") == 0;
        if (!latency && (p->name[0] != 't' || p->measure[0] != '\0'))
            continue;
        ck_assert_msg(p->least == (strcmp(p->name, "trtrs") != 0), "%s may be %g", p->name, p->least);
        seen++;
    }
    ck_assert_int_gt(seen, 20);
}
END_TEST

START_TEST(bad_devices_are_refused_with_the_reason)
{
    struct fl_err err = {0};
    struct bench b;
    bench_make(&b, ddr4, 630);
    set(b.dram, "trfc", 20000);
    set(b.dram, "row", 1000);
    bench_ask(&b, plan, 1);
    ck_assert(!fl_sim_ready(&b.sim, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "trfc (20000) must be below trefi"));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "1000 bytes does not hold a whole number"));
    fl_err_free(&err);
    fl_sim_free(&b.sim);
    bench_make(&b, ddr4, 630);
    set(b.dram, "idd3n", 0.2);          /* 200 mA: more than reading draws, so that a read would give energy */
    bench_ask(&b, plan, 1);
    ck_assert(!fl_sim_ready(&b.sim, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "idd4r (168 mA) must not be below idd3n (200 mA)"));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "idd4w (150 mA) must not be below idd3n (200 mA)"));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "idd0 (57 mA) must not be below"));
    ck_assert_ptr_null(strstr(fl_err_text(&err), "idd5"));
    fl_err_free(&err);
    fl_sim_free(&b.sim);
    bench_make(&b, ddr4, 630);
    ck_assert(fl_clock_from_hz(&b.clock, 1200000000, 1));
    bench_ask(&b, plan, 1);
    ck_assert(!fl_sim_ready(&b.sim, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "\"833 ps\""));
    fl_err_free(&err);
    fl_sim_free(&b.sim);
}
END_TEST

Suite *test_dram_suite(void)
{
    Suite *suite = suite_create("dram");
    TCase *tcase = tcase_create("dram");
    tcase_add_test(tcase, an_idle_read_takes_trcd_cl_and_its_burst);
    tcase_add_test(tcase, a_read_in_an_open_row_takes_cl_and_its_burst);
    tcase_add_test(tcase, less_than_a_burst_is_fetched_once);
    tcase_add_test(tcase, a_stream_runs_at_the_bus_rate_less_refresh);
    tcase_add_test(tcase, a_stream_opens_each_row_once_and_again_after_refresh);
    tcase_add_test(tcase, activates_are_bound_by_four_a_window);
    tcase_add_test(tcase, one_bank_is_bound_by_trc);
    tcase_add_test(tcase, within_one_group_a_stream_is_bound_by_tccd_l);
    tcase_add_test(tcase, reads_and_writes_are_served_in_turns_of_some_length);
    tcase_add_test(tcase, streams_side_by_side_share_the_bus);
    tcase_add_test(tcase, refreshes_take_no_less_than_is_told);
    tcase_add_test(tcase, a_pause_closes_rows_and_pays_a_refresh);
    tcase_add_test(tcase, equal_work_takes_equal_time);
    tcase_add_test(tcase, ideal_memory_counts_but_takes_no_time);
    tcase_add_test(tcase, waking_twice_changes_nothing);
    tcase_add_test(tcase, no_timing_is_zero);
    tcase_add_test(tcase, bad_devices_are_refused_with_the_reason);
    suite_add_tcase(suite, tcase);
    return suite;
}
