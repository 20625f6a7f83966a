/* test_pipeline.c - GPUs as stages of a pipeline: bubbles, what is handed over, what is refused, by hand.
 *
 * Layers alone, which all stages have as many of: B batches through S stages of time t take (B + S - 1) t, so that each
 * stage works for B of B + S - 1. Nothing of that is said anywhere: stages wait for what they read.
 */
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "tests/suites.h"
#include "tests/test_trace.h"

enum { STAGES = 4, CONTEXT = 256, WIDTH = 768 };

static bool go(struct fl_result **result, struct fl_request ask, int stages, int batches, struct fl_err *err)
{
    char say[2][64];
    const char *set[4] = {say[0], say[1], "gpu.link_bandwidth=300 GB/s", "gpu.link_latency=5 us"};
    snprintf(say[0], sizeof say[0], "gpu.stages=%d", stages);
    snprintf(say[1], sizeof say[1], "gpu.microbatches=%d", batches);
    ask.set = set;
    ask.sets = 4;
    ask.design = "a100";
    return fanlight_run(&ask, result, err);
}

static struct fl_result *run(struct fl_request ask, int stages, int batches)
{
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    ask.model = ask.trace_text == NULL ? "gpt2" : NULL;
    ask.work.context = CONTEXT;
    ck_assert_msg(go(&result, ask, stages, batches, &err), "%s", fl_err_text(&err));
    return result;
}

/* A count of one GPU, or of all: NULL. */
static int64_t counted(struct fl_result *result, const char *path, const char *action)
{
    struct fl_rows rows = {0};
    int64_t sum = 0;
    fl_result_rows(result, false, &rows);
    for (size_t i = 0; i < rows.tallies; i++)
        if (strcmp(rows.tally[i].action, action) == 0 &&
            (path == NULL || strcmp(result->arch.sim.unit[rows.tally[i].unit]->path, path) == 0))
            sum += rows.tally[i].count;
    fl_rows_free(&rows);
    return sum;
}

START_TEST(stages_have_bubbles)
{
    const int batches = 1 << _i;
    const struct fl_request ask = {.work = {.phase = "prefill", .layers_only = true}};
    struct fl_result *one = run(ask, STAGES, 1), *several = run(ask, STAGES, batches);
    double took = (double)several->run.latency_ps, each = (double)one->run.latency_ps / STAGES;
    ck_assert_double_eq_tol(took, (batches + STAGES - 1) * each, 0.02 * took);
    for (int s = 0; s < STAGES - 1; s++) {      /* the last one hands nothing over */
        char path[32];
        snprintf(path, sizeof path, "gpu[%d]", s);
        double share = (double)counted(several, path, "busy_ps") / took;
        ck_assert_double_eq_tol(share, (double)batches / (batches + STAGES - 1), 0.02);
    }
    ck_assert_int_eq(counted(several, NULL, "flops"), batches * counted(one, NULL, "flops"));
    ck_assert_int_eq(counted(several, NULL, "link_bits"),
                     (int64_t)(STAGES - 1) * batches * CONTEXT * WIDTH * several->machine.activation_bits);
    fanlight_free(one);
    fanlight_free(several);
}
END_TEST

/* The last operator of a batch on a stage, then the link, then the first one on the next stage. */
START_TEST(stages_wait_for_what_they_read)
{
    struct fl_result *result = run((struct fl_request){.work = {.phase = "prefill", .layers_only = true}}, STAGES, 1);
    struct fl_rows rows = {0};
    fl_result_rows(result, true, &rows);
    int handed = 0;
    for (size_t i = 1; i + 1 < rows.operators; i++) {
        if (strcmp(rows.operator_[i].kind, "hand_over") != 0)
            continue;
        ck_assert_int_ge(rows.operator_[i].end_ps - rows.operator_[i - 1].end_ps, 5000000);     /* link_latency */
        ck_assert_int_ge(rows.operator_[i + 1].end_ps, rows.operator_[i].end_ps);
        handed++;
    }
    ck_assert_int_eq(handed, STAGES - 1);
    fl_rows_free(&rows);
    fanlight_free(result);
}
END_TEST

/* A step of training does the same products, on stages that have the same work, in less time the more parts it has; the
 * table of tokens, which first and last stage use, has its gradients added up and is sent. With leaps and without. */
START_TEST(steps_of_training_are_dealt)
{
    const char *const schedules[] = {"bp", "dfa_block", "dfa_layer", "two_pass"};
    int64_t took[2];
    for (int i = 0; i < 2; i++) {
        const struct fl_train_work train = {.schedule = schedules[_i], .microbatch = i == 0 ? 1 : 8};
        const struct fl_request ask = {.work = {.phase = "train", .batch = 8}, .train = &train};
        struct fl_request slow = ask;
        slow.no_leap = true;
        struct fl_result *whole = run(ask, 1, 1), *dealt = run(ask, STAGES, 1), *all = run(slow, STAGES, 1);
        ck_assert_int_eq(dealt->trace.macs, whole->trace.macs);
        ck_assert_int_ge(counted(dealt, NULL, "flops"), counted(whole, NULL, "flops"));
        ck_assert_double_eq_tol((double)counted(dealt, NULL, "flops"), (double)counted(whole, NULL, "flops"),
                                1e-3 * (double)counted(whole, NULL, "flops"));
        ck_assert_int_eq(dealt->run.latency_ps, all->run.latency_ps);
        ck_assert_int_lt(dealt->run.latency_ps, whole->run.latency_ps);
        took[i] = dealt->run.latency_ps * 100 / whole->run.latency_ps;
        fanlight_free(whole);
        fanlight_free(dealt);
        fanlight_free(all);
    }
    ck_assert_int_lt(took[1], took[0]);
    ck_assert_int_lt(took[1], 50);      /* of the time of one GPU: four stages of eight parts, the head apart */
}
END_TEST

/* Where layers read what the layer below left (a stash), that of another stage is handed over: forth and back. */
START_TEST(stashes_cross_stages)
{
    enum { BERT = 1024, PARTS = 4 };
    const struct fl_train_work train = {.schedule = "bp", .microbatch = PARTS};
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    const struct fl_request ask = {.model = "bert-large", .train = &train,
                                   .work = {.phase = "train", .batch = PARTS, .context = 128}};
    ck_assert_msg(go(&result, ask, STAGES, 1, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(counted(result, NULL, "link_bits"), (int64_t)2 * (STAGES - 1) * PARTS * 128 * BERT * 16);
    fanlight_free(result);
}
END_TEST

/* What is stored of the work is what was asked: it runs again as it ran. */
START_TEST(a_stored_trace_runs_again)
{
    struct fl_result *first = run((struct fl_request){.work = {.phase = "prefill"}}, 3, 2);
    struct fl_rows rows = {0};
    fl_result_rows(first, false, &rows);
    struct fl_result *again = run((struct fl_request){.trace_text = rows.run.workload_text}, 3, 2);
    ck_assert_int_eq(again->run.latency_ps, first->run.latency_ps);
    fl_rows_free(&rows);
    fanlight_free(first);
    fanlight_free(again);
}
END_TEST

static void refused(struct fl_request ask, const char *text)
{
    struct fl_err err = {0};
    struct fl_result *result;
    ck_assert(!fanlight_run(&ask, &result, &err));
    ck_assert_msg(strstr(fl_err_text(&err), text) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
}

START_TEST(what_is_no_pipeline_is_told)
{
    const char *const many[] = {"gpu.stages=13", "gpu.link_bandwidth=300 GB/s"}, *const no_link[] = {"gpu.stages=2"};
    const char *const small[] = {"gpu.stages=2", "gpu.link_bandwidth=300 GB/s", "gpu.memory=50 MB"};
    const char *const beside[] = {"gpu.stages=2", "gpu.link_bandwidth=300 GB/s"};
    refused((struct fl_request){.design = "a100", .model = "gpt2", .set = many, .sets = 2},
            "has 12 layers, and gpu.stages is 13: a stage has one at least; give 12 stages or fewer");
    refused((struct fl_request){.design = "a100", .model = "gpt2", .set = no_link, .sets = 1},
            "2 stages of a pipeline need a link");
    refused((struct fl_request){.design = "a100", .model = "gpt2", .set = small, .sets = 3}, "gpu[1] has 0.05 GB");
    refused((struct fl_request){.design = "hybrid_1k", .model = "gpt2", .set = beside, .sets = 2}, "no pipeline");
    refused((struct fl_request){.design = "a100", .trace_text = "fanlight-trace 2\nmodel hand\ninput x\n"
                                                                "hand_over h x -> y m=2 n=2\n"},
            "is between chips; GPUs are joined by gpu.devices and gpu.stages");
}
END_TEST

Suite *test_pipeline_suite(void)
{
    Suite *suite = suite_create("pipeline");
    TCase *c = tcase_create("stages");
    tcase_add_loop_test(c, stages_have_bubbles, 0, 5);
    tcase_add_test(c, stages_wait_for_what_they_read);
    tcase_add_loop_test(c, steps_of_training_are_dealt, 0, 4);
    tcase_add_test(c, stashes_cross_stages);
    tcase_add_test(c, a_stored_trace_runs_again);
    tcase_add_test(c, what_is_no_pipeline_is_told);
    suite_add_tcase(suite, c);
    return suite;
}
