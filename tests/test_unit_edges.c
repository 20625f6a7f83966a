/* test_unit_edges.c - a unit that is given what it cannot work on stops the run, with time and path: it counts nothing
 * wrong in silence. */
#include <string.h>

#include "base/guard.h"
#include "tests/laws/draw.h"
#include "tests/suites.h"

/* A step of every kind, and messages of them at a port: the last column is whether the unit may take it. */
static const struct edge {
    const char *kind, *port;
    struct fl_msg msg;
    bool right;
} edges[] = {
    { "dac", "values", { .step = FL_STEP_OPTICAL, .flags = FL_LAST }, true },
    { "dac", "values", { .step = FL_STEP_VECTOR, .flags = FL_LAST }, false },
    { "dac", "values", { .step = 3, .flags = FL_LAST }, false },
    { "fanout", "light_in", { .lasts = 100 }, true },
    { "fanout", "light_in", { .lasts = -1 }, false },
    { "fanout", "light_in", { .lasts = 100, .step = FL_STEP_MOVE }, false },
    { "detector", "light_in", { .lasts = 100 }, true },
    { "detector", "light_in", { .lasts = -1 }, false },
    { "detector", "light_in", { .lasts = 100, .step = FL_STEP_VECTOR }, false },
    { "adc", "charge", { .step = FL_STEP_OPTICAL }, true },
    { "adc", "charge", { .step = FL_STEP_MOVE }, false },
    { "accumulator", "codes", { .step = FL_STEP_OPTICAL }, true },
    { "accumulator", "codes", { .step = FL_STEP_VECTOR }, false },
    { "vector", "work", { .step = FL_STEP_VECTOR }, true },
    { "vector", "work", { .step = FL_STEP_OPTICAL }, false },
    { "dma", "command", { .step = FL_STEP_MOVE }, true },
    { "dma", "command", { .step = 3 }, false },
    { "sram", "ask", { .bits = 8 }, true },
    { "sram", "ask", { .bits = -8 }, false },
    { "link", "in", { .bits = 8 }, true },
    { "link", "in", { .bits = -8 }, false },
};

static bool give(void *context, struct fl_err *err)
{
    const struct edge *edge = context;
    const struct fl_pool pool = { .name = "pool", .cores = 2, .columns = 10, .rows = 10, .weight_bits = 1,
                                  .output_bits = 7, .quantum_efficiency = 1, .adc_lanes = 1 };
    struct fl_step step[3] = { [FL_STEP_OPTICAL] = { .kind = FL_STEP_OPTICAL, .vectors = 1, .cores = 2 },
                               [FL_STEP_VECTOR] = { .kind = FL_STEP_VECTOR, .vectors = 1, .cores = 1 },
                               [FL_STEP_MOVE] = { .kind = FL_STEP_MOVE, .load_bits = 8, .load_from = FL_DRAM } };
    *fl_light_own(&step[FL_STEP_OPTICAL]) = (struct fl_light_step){ .columns = 10, .rows = 10, .converted = 20 };
    fl_rows_own(&step[FL_STEP_VECTOR])->values = 1;
    struct rig rig;
    (void)err;
    rig_begin(&rig, fl_unit_type_find(edge->kind), 100, &pool);
    param_presets(rig.unit);
    rig_ready(&rig, (struct fl_program){ .step = step, .steps = 3 });
    rig_give(&rig, edge->port, 0, edge->msg);
    struct rig_result run = rig_run(&rig, (struct rig_traffic){ .delay = 1 });
    rig_result_free(&run);
    rig_close(&rig);
    return true;
}

START_TEST(what_comes_in_is_looked_at)
{
    struct edge edge = edges[_i];
    struct fl_err err = { 0 };
    bool taken = fl_guard(give, &edge, NULL, &err);
    ck_assert_msg(taken == edge.right, "%s takes a message of step %u, payload %lld: %s", edge.kind, edge.msg.step,
                  (long long)edge.msg.payload, fl_err_text(&err));
    ck_assert_int_eq(err.code, edge.right ? FL_FAULT_NONE : FL_FAULT_BUG);
    ck_assert_msg(edge.right || strstr(fl_err_text(&err), " ps: '") != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
}
END_TEST

Suite *test_unit_edges_suite(void)
{
    Suite *suite = suite_create("unit_edges");
    TCase *tcase = tcase_create("unit_edges");
    tcase_add_loop_test(tcase, what_comes_in_is_looked_at, 0, (int)(sizeof edges / sizeof *edges));
    suite_add_tcase(suite, tcase);
    return suite;
}
