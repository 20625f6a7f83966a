/* test_streams.c - programs of many streams: side by side, joined by tokens, told of when they stand still. */
#include <string.h>

#include "tests/hand.h"
#include "tests/suites.h"

/* A stream of light and one of rows: two operators, each of one step. */
enum { LIGHT = 1, ROWS = 2, GO = 0, BACK = 1 };

struct scenery {
    struct hand hand;
    struct fl_step step[2];
    struct fl_program program;
};
static const struct fl_stream streams[] = {{"main", 0}, {"core[0]", 1}, {"vector", 9}};
static const struct fl_token tokens[] = {{"rows of ln for scores", 1}, {"scores for ln", 0}};
static const char *const names[] = {"scores", "ln"};

static void scenery_build(struct scenery *s, const struct fl_inst *inst, size_t insts)
{
    static const struct fl_pool pool = {.cores = 1, .columns = 4, .rows = 4, .input_bits = 4, .weight_bits = 4,
                                        .output_bits = 8, .pixel_bits = 4, .dac_bits = 4, .quantum_efficiency = 1};
    memset(s, 0, sizeof *s);
    hand_build(&s->hand, &pool, NULL);
    s->step[0] = (struct fl_step){.kind = FL_STEP_OPTICAL, .stream = LIGHT, .slot = 0, .vectors = 200, .cores = 1};
    *fl_light_own(&s->step[0]) = (struct fl_light_step){.columns = 4, .rows = 4, .converted = 4, .detected = 4,
                                                        .sampled = 4, .lit_rows = 4, .lit_paths = 16, .operand = 4};
    s->step[1] = (struct fl_step){.kind = FL_STEP_VECTOR, .stream = ROWS, .slot = 1, .vectors = 200, .cores = 1};
    *fl_rows_own(&s->step[1]) = (struct fl_rows_step){.function = FL_ADD, .values = 2};
    s->program = (struct fl_program){.inst = inst, .insts = insts, .step = s->step, .steps = 2, .stream = streams,
                                     .streams = 3, .token = tokens, .tokens = 2, .name = names};
}

/* The latency when rows stand before light (tokens = 1), or beside it (0: a token that was there before). */
static const struct fl_inst joined[] = {
    {FL_HALT, 0, 0},
    {FL_OPEN, 0, 1}, {FL_WAIT, GO, 1}, {FL_STEP, 0, 0}, {FL_SIGNAL, BACK, 1}, {FL_CLOSE, 0, 0}, {FL_HALT, 0, 0},
    {FL_HALT, 0, 0}, {FL_HALT, 0, 0},
    {FL_OPEN, 1, 1}, {FL_STEP, 1, 0}, {FL_SIGNAL, GO, 1}, {FL_CLOSE, 1, 0}, {FL_HALT, 0, 0}};
static const struct fl_inst apart[] = {
    {FL_HALT, 0, 0},
    {FL_OPEN, 0, 1}, {FL_STEP, 0, 0}, {FL_CLOSE, 0, 0}, {FL_HALT, 0, 0}, {FL_HALT, 0, 0}, {FL_HALT, 0, 0},
    {FL_HALT, 0, 0}, {FL_HALT, 0, 0},
    {FL_OPEN, 1, 1}, {FL_STEP, 1, 0}, {FL_CLOSE, 1, 0}, {FL_HALT, 0, 0}};
/* Each waits for the other. */
static const struct fl_inst crossed[] = {
    {FL_HALT, 0, 0},
    {FL_LOOP, 0, 2}, {FL_OPEN, 0, 1}, {FL_WAIT, GO, 1}, {FL_STEP, 0, 0}, {FL_SIGNAL, BACK, 1}, {FL_CLOSE, 0, 0},
    {FL_NEXT, 1, 0}, {FL_HALT, 0, 0},
    {FL_OPEN, 1, 1}, {FL_WAIT_LOAD, BACK, 1}, {FL_STEP, 1, 0}, {FL_SIGNAL, GO, 1}, {FL_CLOSE, 1, 0}, {FL_HALT, 0, 0}};
/* Rows tell light to go on an edge, once they are done. */
static const struct fl_inst on_edge[] = {
    {FL_HALT, 0, 0},
    {FL_OPEN, 0, 1}, {FL_WAIT, GO, 1}, {FL_STEP, 0, 0}, {FL_SIGNAL, BACK, 1}, {FL_CLOSE, 0, 0}, {FL_HALT, 0, 0},
    {FL_HALT, 0, 0}, {FL_HALT, 0, 0},
    {FL_OPEN, 1, 1}, {FL_STEP, 1, 0}, {FL_ALIGN, 0, 0}, {FL_SIGNAL, GO, 1}, {FL_CLOSE, 1, 0}, {FL_HALT, 0, 0}};
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static fl_time run(struct scenery *s, const struct fl_inst *inst, size_t insts)
{
    struct fl_err err = {0};
    scenery_build(s, inst, insts);
    ck_assert_msg(fl_program_flows(&s->program, &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_sim_run(&s->hand.sim, &s->program, &err), "%s", fl_err_text(&err));
    ck_assert_uint_eq(s->hand.ledger.occurrences, 2);
    return s->hand.sim.now;
}

static fl_time span_of(const struct scenery *s, int32_t slot)
{
    const struct fl_occurrence *o = s->hand.ledger.occurrence;
    return o[0].slot == slot ? o[0].end - o[0].start : o[1].end - o[1].start;
}

START_TEST(engines_work_side_by_side)
{
    struct scenery s;
    fl_time after = run(&s, joined, COUNT_OF(joined)), light, rows;
    hand_free(&s.hand);
    fl_time beside = run(&s, apart, COUNT_OF(apart));
    light = span_of(&s, 0);
    rows = span_of(&s, 1);
    ck_assert_int_eq(beside, light > rows ? light : rows);
    ck_assert_int_gt(after, beside);
    ck_assert_int_ge(after, light);
    hand_free(&s.hand);
}
END_TEST

START_TEST(what_stands_behind_an_edge_is_given_on_it)
{
    struct scenery s;
    struct fl_err err = {0};
    enum { EDGE = 10000000 };           /* ps */
    run(&s, apart, COUNT_OF(apart));
    fl_time light = span_of(&s, 0), rows = span_of(&s, 1);
    ck_assert_int_lt(rows, EDGE);
    hand_free(&s.hand);
    scenery_build(&s, on_edge, COUNT_OF(on_edge));
    s.hand.sim.frame = (struct fl_clock){"frame", EDGE, 1, 0};
    ck_assert_msg(fl_sim_run(&s.hand.sim, &s.program, &err), "%s", fl_err_text(&err));
    ck_assert_int_gt(s.hand.sim.now, EDGE + light / 2);     /* its tile may be loaded by then */
    ck_assert_int_le(s.hand.sim.now, EDGE + light);
    hand_free(&s.hand);
}
END_TEST

START_TEST(parts_of_the_latency_follow_who_waited)
{
    struct scenery s;
    fl_time all = run(&s, joined, COUNT_OF(joined));
    fl_time *part = fl_ledger_critical(&s.hand.ledger, &s.program, all);
    const struct fl_occurrence *o = s.hand.ledger.occurrence;
    ck_assert_int_eq(o[0].slot, 1);     /* rows end first, light waited for them */
    ck_assert_int_eq(part[0], o[0].end);
    ck_assert_int_eq(part[1], all - o[0].end);
    fl_free(part);
    hand_free(&s.hand);
    all = run(&s, apart, COUNT_OF(apart));
    part = fl_ledger_critical(&s.hand.ledger, &s.program, all);
    o = s.hand.ledger.occurrence;
    ck_assert_int_eq(part[0], 0);       /* who is done before the last costs nothing */
    ck_assert_int_eq(part[1], all);
    fl_free(part);
    hand_free(&s.hand);
}
END_TEST

static void expect(const struct fl_err *err, const char *text)
{
    ck_assert_msg(strstr(fl_err_text(err), text) != NULL, "no \"%s\" in: %s", text, fl_err_text(err));
}

START_TEST(who_would_stand_still_is_told_and_not_run)
{
    struct scenery s;
    struct fl_err err = {0};
    scenery_build(&s, crossed, COUNT_OF(crossed));
    ck_assert(!fl_sim_run(&s.hand.sim, &s.program, &err));
    ck_assert_uint_eq(s.hand.sim.events, 0);
    expect(&err, "would stand still for ever: 1 of 3 come to their ends");
    expect(&err, "core[0]: stands at scores, round 1 of 2 and waits for 1 of token 0 (rows of ln for scores), has 0; "
                 "signalled by vector");
    expect(&err, "vector: stands at ln and waits for 1 of token 1 (scores for ln), has 0; signalled by core[0]");
    expect(&err, "main: has come to its end");
    fl_err_free(&err);
    hand_free(&s.hand);
}
END_TEST

/* Rows wait for data that nobody brings. */
START_TEST(who_stands_still_in_a_run_is_told)
{
    struct scenery s;
    struct fl_err err = {0};
    scenery_build(&s, joined, COUNT_OF(joined));
    s.step[1].chunk_rows = 1;
    ck_assert(!fl_sim_run(&s.hand.sim, &s.program, &err));
    expect(&err, "deadlock at ");
    expect(&err, "core[0]: stands at scores and waits for 1 of token 0 (rows of ln for scores), has 0; signalled by "
                 "vector");
    expect(&err, "vector: stands at ln");
    fl_err_free(&err);
    hand_free(&s.hand);
}
END_TEST

START_TEST(a_stream_belongs_to_one_engine)
{
    struct scenery s;
    struct fl_err err = {0};
    scenery_build(&s, apart, COUNT_OF(apart));
    s.step[1].stream = LIGHT;
    ck_assert(!fl_program_flows(&s.program, &err));
    expect(&err, "vector: has steps of two engines, whose answers have no order");
    fl_err_free(&err);
    hand_free(&s.hand);
}
END_TEST

Suite *test_streams_suite(void)
{
    Suite *suite = suite_create("streams");
    TCase *tcase = tcase_create("streams");
    tcase_add_test(tcase, engines_work_side_by_side);
    tcase_add_test(tcase, what_stands_behind_an_edge_is_given_on_it);
    tcase_add_test(tcase, parts_of_the_latency_follow_who_waited);
    tcase_add_test(tcase, who_would_stand_still_is_told_and_not_run);
    tcase_add_test(tcase, who_stands_still_in_a_run_is_told);
    tcase_add_test(tcase, a_stream_belongs_to_one_engine);
    suite_add_tcase(suite, tcase);
    return suite;
}
