/* test_units_whole.c - a machine put together by hand takes exactly the time that a sum on paper gives.
 *
 * With ideal memories and nothing else under way, an operator takes its fill, the way of
 * one vector through the core, and then one initiation interval for each vector more.
 */
#include <string.h>

#include "tests/hand.h"
#include "tests/laws/draw.h"
#include "tests/suites.h"

enum { T = HAND_TICK, COLUMNS = 12, ROWS = 10, VECTORS = 40 };

static const struct fl_pool pool = {
    .name = "pool", .cores = 2, .columns = COLUMNS, .rows = ROWS, .input_bits = 5, .weight_bits = 8, .output_bits = 7,
    .quantum_efficiency = 1, .adc_lanes = 1,
};

static struct fl_step step_of(int64_t vectors)
{
    struct fl_step step = { .kind = FL_STEP_OPTICAL, .vectors = vectors, .cores = 2, .read_bits = 2 * COLUMNS * 8,
                            .write_bits = 2 * ROWS * 8, .load_bits = 2 * ROWS * COLUMNS * 8 };
    *fl_light_own(&step) = (struct fl_light_step){
        .columns = COLUMNS, .rows = ROWS, .converted = 2 * COLUMNS, .detected = 2 * ROWS, .lit_rows = 2 * ROWS,
        .lit_paths = 2 * ROWS * COLUMNS, .operand = COLUMNS, .added = 2 * ROWS, .load_pixels = 2 * ROWS * COLUMNS,
        .load_rows = ROWS,
    };
    return step;
}

static int64_t up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- one operator ---- */

/* A core by its numbers: cycles, but for flights and integration (ps). */
static const struct core {
    int64_t dac_lanes, dac_latency, source_cycles, fan_ps, slm_ps, integration_ps, share, adc_latency, adder_lanes,
        adder_latency, interval;        /* interval: worked out by hand, to check the sum below against */
} cores[] = {
    { 12, 0, 1, 0, 0, 100, 1, 0, 10, 0, 1 },                /* nothing is slower than a cycle */
    { 12, 1, 1, 1000, 1000, 100, 1, 1, 10, 1, 1 },
    { 5, 3, 1, 1000, 1000, 100, 1, 1, 10, 1, 3 },           /* 12 inputs on 5 lanes */
    { 12, 1, 4, 1000, 1000, 100, 1, 1, 10, 1, 4 },          /* long light */
    { 12, 1, 1, 1000, 1000, 700, 1, 1, 10, 1, 7 },          /* long integration */
    { 12, 1, 1, 300, 200, 650, 1, 2, 10, 2, 7 },            /* which is no whole number of cycles */
    { 12, 2, 1, 330, 250, 100, 4, 5, 10, 1, 4 },            /* 10 rows on 3 converters */
    { 12, 1, 1, 1000, 1000, 100, 1, 1, 2, 9, 5 },           /* 10 rows on 2 adders */
    { 3, 7, 2, 10, 20, 333, 5, 3, 3, 4, 5 },
};
enum { CORES = sizeof cores / sizeof *cores };

static void core_set(struct hand *h, const struct core *c)
{
    param_set(h->dac, "lanes", (double)c->dac_lanes);
    param_set(h->dac, "latency", (double)c->dac_latency);
    param_set(h->source, "cycles", (double)c->source_cycles);
    param_set(h->fanout, "flight", (double)c->fan_ps);
    param_set(h->slm, "flight", (double)c->slm_ps);
    param_set(h->detector, "integration", (double)c->integration_ps);
    param_set(h->adc, "share", (double)c->share);
    param_set(h->adc, "latency", (double)c->adc_latency);
    param_set(h->accumulator, "lanes", (double)c->adder_lanes);
    param_set(h->accumulator, "latency", (double)c->adder_latency);
}

#define SETUP(n) static void setup_##n(struct hand *h) { core_set(h, &cores[n]); }
SETUP(0) SETUP(1) SETUP(2) SETUP(3) SETUP(4) SETUP(5) SETUP(6) SETUP(7) SETUP(8)
static hand_setup *const setups[CORES] = {
    setup_0, setup_1, setup_2, setup_3, setup_4, setup_5, setup_6, setup_7, setup_8,
};

static fl_time interval_of(const struct core *c)
{
    int64_t adc = up(ROWS, up(ROWS, c->share));
    int64_t light = up(most(c->integration_ps, adc * T), T);
    int64_t digital = most(up(COLUMNS, c->dac_lanes), up(ROWS, c->adder_lanes));
    return most(most(c->source_cycles, light), digital) * T;
}

/* From the issue of a vector to the answer for its results. */
static fl_time fill_of(const struct core *c)
{
    fl_time light = (up(COLUMNS, c->dac_lanes) + c->dac_latency) * T;
    fl_time pulse = c->source_cycles * T;   /* summed up to its end */
    fl_time charge = light + c->fan_ps + c->slm_ps + (c->integration_ps > pulse ? c->integration_ps : pulse);
    fl_time codes = (up(charge, T) + up(ROWS, up(ROWS, c->share)) + c->adc_latency) * T;
    return codes + (up(ROWS, c->adder_lanes) + c->adder_latency) * T;
}

static fl_time duration(const struct hand *h, size_t operator_number)
{
    ck_assert_uint_lt(operator_number, h->ledger.occurrences);
    return h->ledger.occurrence[operator_number].end - h->ledger.occurrence[operator_number].start;
}

START_TEST(an_operator_takes_its_fill_and_its_intervals)
{
    const struct core *c = &cores[_i];
    ck_assert_int_eq(interval_of(c), c->interval * T);
    const struct fl_step steps[] = { step_of(1), step_of(2), step_of(VECTORS) };
    struct hand h;
    hand_build(&h, &pool, setups[_i]);
    hand_run(&h, steps, 3);
    ck_assert_int_eq(duration(&h, 0), fill_of(c));
    ck_assert_int_eq(duration(&h, 1), fill_of(c) + interval_of(c));
    ck_assert_int_eq(duration(&h, 2), fill_of(c) + (VECTORS - 1) * interval_of(c));
    for (size_t i = 1; i < 3; i++) {    /* each starts on the first edge of the frame after the one before */
        const struct fl_occurrence *o = &h.ledger.occurrence[i];
        ck_assert_int_eq(o->start, up(o[-1].end, HAND_FRAME) * HAND_FRAME);
    }
    hand_free(&h);
}
END_TEST

/* A queue too short to cover the way of light is the only other thing that can slow a core down: with q slots, q
 * vectors pass in the time a slot takes to come round. */
static void setup_short_queue(struct hand *h)
{
    core_set(h, &cores[1]);
    param_set(h->accumulator, "queue", 4);
}

START_TEST(a_short_queue_slows_the_light)
{
    const struct core *c = &cores[1];
    const struct fl_step step = step_of(VECTORS);
    struct hand h;
    hand_build(&h, &pool, setup_short_queue);
    hand_run(&h, &step, 1);
    fl_time round = fill_of(c) - (1 + c->dac_latency) * T - (1 + c->adder_latency) * T;
    ck_assert_int_eq(duration(&h, 0), fill_of(c) + (VECTORS - 1) / 4 * round + (VECTORS - 1) % 4 * T);
    ck_assert_int_gt(hand_count(h.source, "blocked_ps"), 0);
    hand_free(&h);
}
END_TEST

/* ---- loading ---- */

/* 960 bits a core at 10 Gbit/s: 96 ns; rows 10 x 2 ns; settling 5 ns. */
static void setup_loading(struct hand *h)
{
    core_set(h, &cores[1]);
    param_set(h->slm, "load_link", 1e10);
    param_set(h->slm, "row_time", 2000);
    param_set(h->slm, "settle", 5000);
    param_set(h->slm, "chunk", 512);
    param_set(h->dma, "chunk", 512);
}
enum { LOAD = 96000, SETTLE = 5000 };

START_TEST(loading_comes_before_the_fill)
{
    struct fl_step steps[] = { step_of(VECTORS), step_of(VECTORS) };
    steps[0].load_from = FL_SRAM;
    steps[1].load_from = FL_DRAM;
    struct hand h;
    hand_build(&h, &pool, setup_loading);
    hand_run(&h, steps, 2);
    fl_time light = fill_of(&cores[1]) + (VECTORS - 1) * interval_of(&cores[1]);
    ck_assert_int_eq(duration(&h, 0), LOAD + SETTLE + light);
    ck_assert_int_eq(duration(&h, 1), LOAD + SETTLE + light); /* the link hides that chunks come one by one */
    ck_assert_int_eq(hand_count(h.slm, "loaded"), 2 * 2 * ROWS * COLUMNS);
    ck_assert_int_eq(hand_count(h.dma, "chunks"), 4); /* 1920 bits by 512 */
    hand_free(&h);
}
END_TEST

/* ---- the other kinds of step ---- */

static void setup_digital(struct hand *h)
{
    core_set(h, &cores[0]);
    param_set(h->vector, "lanes", 16);
    param_set(h->vector, "latency", 6);
    param_set(h->dma, "chunk", 100);
}

START_TEST(digital_rows_and_moves)
{
    struct fl_step steps[] = {
        { .kind = FL_STEP_VECTOR, .vectors = 7, .read_bits = 160, .write_bits = 160 },
        { .kind = FL_STEP_MOVE, .load_bits = 1050 },
        { .kind = FL_STEP_MOVE, .load_bits = 1050, .store = true },
    };
    struct hand h;
    *fl_rows_own(&steps[0]) = (struct fl_rows_step){ FL_SOFTMAX, 20 };
    hand_build(&h, &pool, setup_digital);
    hand_run(&h, steps, 3);
    ck_assert_int_eq(duration(&h, 0), (7 * 10 + 6) * T); /* 20 values x 8 operations on 16 lanes: 10 cycles a row */
    ck_assert_int_eq(duration(&h, 1), 10 * T); /* 11 chunks, one a cycle, the first at once */
    ck_assert_int_eq(duration(&h, 2), 11 * T); /* starts a cycle before the mover is free */
    hand_free(&h);
}
END_TEST

/* ---- when nothing can go on ---- */

static void mute(struct unit *u)
{
    (void)u;
}

START_TEST(a_deadlock_says_who_waits_for_what)
{
    struct fl_unit_type deaf = *fl_unit_type_find("detector");
    deaf.wake = mute;
    const struct fl_step step = step_of(3);
    const struct fl_inst inst[] = { { FL_OP, 0, 0 }, { FL_STEP, 0, 0 }, { FL_END_OP, 0, 0 }, { FL_HALT, 0, 0 } };
    const struct fl_program program = { .inst = inst, .insts = 4, .step = &step, .steps = 1 };
    struct hand h;
    hand_build(&h, &pool, setup_0);
    h.detector->type = &deaf;
    struct fl_err err = {0};
    ck_assert(!fl_sim_run(&h.sim, &program, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "deadlock at "));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "detector: holds 3 of 4096 messages on light_in[0]"));
    fl_err_free(&err);
    hand_free(&h);
}
END_TEST

Suite *test_units_whole_suite(void)
{
    Suite *suite = suite_create("units_whole");
    TCase *tcase = tcase_create("units_whole");
    tcase_add_loop_test(tcase, an_operator_takes_its_fill_and_its_intervals, 0, CORES);
    tcase_add_test(tcase, a_short_queue_slows_the_light);
    tcase_add_test(tcase, loading_comes_before_the_fill);
    tcase_add_test(tcase, digital_rows_and_moves);
    tcase_add_test(tcase, a_deadlock_says_who_waits_for_what);
    suite_add_tcase(suite, tcase);
    return suite;
}
