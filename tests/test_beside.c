/* test_beside.c - engines with memories of their own work side by side: GPU, an OPU's link and mirrors, its camera.
 *
 * Steps of direct feedback alignment in micro-batches on opu_a100: while the rows of one are projected the next goes
 * forth. What each engine does and how long it is busy does not depend on that; how long the step takes does.
 */
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "tests/suites.h"
#include "tests/test_trace.h"

enum { PARTS = 4, SETS = 3 };
struct step { struct fl_result *result; struct fl_rows rows; };

/* A step of gpt2 with a sequence a part, on a slow GPU beside an OPU whose link brings a pattern in 96 us, while
 * the one before is shown for 125 us. */
static struct step step_of(const char *schedule, const char *overlap)
{
    char how[64];
    struct fl_err err = {0};
    struct step step = {0};
    const struct fl_train_work train = {.schedule = schedule, .encode = "bits=1", .projector = "optical",
                                        .microbatch = PARTS};
    snprintf(how, sizeof how, "machine.overlap=%s", overlap);
    const char *const set[SETS] = {how, "gpu.fp16_rate=4 TFLOP/s", "opu.source.link=8e6 bit/s"};
    const struct fl_request ask = {.design = "opu_a100", .model = "gpt2", .set = set, .sets = SETS, .train = &train,
                                   .work = {.phase = "train", .context = 1024, .batch = PARTS}};
    ck_assert_msg(fanlight_run(&ask, &step.result, &err), "%s", fl_err_text(&err));
    fl_result_rows(step.result, true, &step.rows);
    return step;
}

static void step_done(struct step *step)
{
    fl_rows_free(&step->rows);
    fanlight_free(step->result);
}

static uint32_t unit_of(const struct step *step, const char *path)
{
    const struct fl_sim *sim = &step->result->arch.sim;
    for (uint32_t i = 0; i < sim->units; i++)
        if (strcmp(sim->unit[i]->path, path) == 0)
            return i;
    ck_abort_msg("no unit %s", path);
}

/* What a unit was busy for an operator as it came once. */
static int64_t busy_for(const struct step *step, size_t occurrence, uint32_t unit)
{
    const struct fl_ledger *ledger = &step->result->run.ledger;
    const struct fl_delta *delta = &ledger->delta[ledger->occurrence[occurrence].delta];
    int64_t sum = 0;
    for (uint32_t i = 0; i < delta->entries; i++)
        if (ledger->entry[delta->first + i].unit == unit && ledger->entry[delta->first + i].tally == FL_BUSY_PS)
            sum += ledger->entry[delta->first + i].count;
    return sum;
}

static int64_t busy_of(const struct step *step, uint32_t unit)
{
    int64_t sum = 0;
    for (size_t n = 0; n < step->result->run.ledger.occurrences; n++)
        sum += busy_for(step, n, unit);
    return sum;
}

/* A step is shorter than what its engines are busy together, and than the same with one after another. */
START_TEST(a_step_is_shorter_than_its_engines_are_busy)
{
    struct step beside = step_of("dfa_block", "block"), drained = step_of("dfa_block", "none");
    const uint32_t gpu = unit_of(&beside, "gpu[0]"), camera = unit_of(&beside, "opu[0].camera");
    int64_t took = beside.result->run.latency_ps, apart = drained.result->run.latency_ps;
    int64_t edges = (int64_t)beside.result->run.ledger.occurrences;     /* each may begin elsewhere between two ps */
    ck_assert_int_le(llabs(busy_of(&beside, gpu) - busy_of(&drained, gpu)), edges);
    ck_assert_int_eq(busy_of(&beside, camera), busy_of(&drained, camera));
    ck_assert_int_ge(apart, busy_of(&drained, gpu) + busy_of(&drained, camera));
    ck_assert_int_lt(took, busy_of(&beside, gpu) + busy_of(&beside, camera));
    /* hidden: most of what the camera does, the last part's apart */
    ck_assert_int_lt(took, apart - busy_of(&beside, camera) / PARTS * (PARTS - 1) * 9 / 10);
    step_done(&beside);
    step_done(&drained);
}
END_TEST

/* GPU, link and camera are busy at once: while a part is projected they are busy for more than twice its time in all,
 * and a moment at which no more than two are counts twice at most. What the GPU does then lies within. */
START_TEST(three_engines_are_busy_at_once)
{
    struct step step = step_of("dfa_block", "block");
    const uint32_t gpu = unit_of(&step, "gpu[0]"), camera = unit_of(&step, "opu[0].camera");
    const uint32_t link = unit_of(&step, "opu[0].source");
    const struct fl_ledger *ledger = &step.result->run.ledger;
    int together = 0, projections = 0;
    for (size_t p = 0; p < ledger->occurrences; p++) {
        if (busy_for(&step, p, camera) == 0)
            continue;
        const fl_time start = ledger->occurrence[p].start, end = ledger->occurrence[p].end;
        int64_t sum = busy_for(&step, p, camera) + busy_for(&step, p, link);
        for (size_t n = 0; n < ledger->occurrences; n++)
            if (ledger->occurrence[n].start >= start && ledger->occurrence[n].end <= end)
                sum += busy_for(&step, n, gpu);
        together += sum > 2 * (end - start);
        projections++;
    }
    ck_assert_int_eq(projections, PARTS);
    ck_assert_int_eq(together, PARTS);
    step_done(&step);
}
END_TEST

/* What is done does not depend on it, nor do joules of what is done. */
START_TEST(counts_are_the_same)
{
    struct step beside = step_of("dfa_layer", "block"), drained = step_of("dfa_layer", "none");
    const char *const counted[] = {"flops", "memory_bits", "launched", "frames", "read", "shown", "mirrors"};
    for (size_t c = 0; c < sizeof counted / sizeof *counted; c++) {
        int64_t sum[2] = {0, 0};
        const struct fl_rows *rows[2] = {&beside.rows, &drained.rows};
        for (int r = 0; r < 2; r++)
            for (size_t i = 0; i < rows[r]->tallies; i++)
                if (strcmp(rows[r]->tally[i].action, counted[c]) == 0)
                    sum[r] += rows[r]->tally[i].count;
        ck_assert_int_gt(sum[0], 0);
        ck_assert_int_eq(sum[0], sum[1]);
    }
    ck_assert_int_ge((int64_t)beside.result->run.latency_ps, (int64_t)fl_plan_bound_ps(&beside.result->plan));
    step_done(&beside);
    step_done(&drained);
}
END_TEST

Suite *test_beside_suite(void)
{
    Suite *suite = suite_create("beside");
    TCase *c = tcase_create("engines");
    tcase_add_test(c, a_step_is_shorter_than_its_engines_are_busy);
    tcase_add_test(c, three_engines_are_busy_at_once);
    tcase_add_test(c, counts_are_the_same);
    suite_add_tcase(suite, c);
    return suite;
}
