/* test_lead.c - the first layer begins beside the embedding, and blocks are cut finer where a run says so.
 *
 * What the embedding and the layers give by the same token stays in order, and leaps change nothing.
 */
#include <string.h>

#include "api/result.h"
#include "tests/suites.h"

static struct fl_result *run_of(const char *const *set, int sets, const char *mapper, bool no_leap)
{
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    struct fl_request ask = {.design = "free_space_1k", .model = "gpt2", .mapper = mapper, .set = set, .sets = sets,
                             .work.context = 512, .no_leap = no_leap};
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    return result;
}

/* The first occurrence of an operator. */
static struct fl_occurrence first_of(const struct fl_result *result, const char *name)
{
    const struct fl_ledger *ledger = &result->run.ledger;
    struct fl_place_in_trace place = {0};
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&result->trace, &place); n++, place.op++)
        if (strcmp(result->trace.block[place.block].op[place.op].name, name) == 0)
            return ledger->occurrence[n];
    ck_abort_msg("no %s", name);
}

/* Rows go through the first layer while others are looked up, in blocks as wanted; what a layer leaves to the next one
 * comes behind all that the embedding gives it by the same token. */
static void first_layer(const char *device, bool waits)
{
    const char *const set[] = {"machine.block=128", device};
    struct fl_result *result = run_of(set, 2, "weights_in_place", false);
    struct fl_result *full = run_of(set, 2, "weights_in_place", true);
    const struct fl_occurrence embed = first_of(result, "embed_add"), norm = first_of(result, "ln1"),
                               sum = first_of(result, "add2"), scores = first_of(result, "scores");
    ck_assert_msg(norm.start < embed.start + (embed.end - embed.start) / 4 && scores.start < embed.end,
                  "%s: ln1 begins at %lld, scores at %lld, rows come from %lld to %lld ps", device,
                  (long long)norm.start, (long long)scores.start, (long long)embed.start, (long long)embed.end);
    ck_assert_int_ge(sum.start, embed.end);
    ck_assert_msg((sum.start < embed.end + 100000) == waits, "%s: add2 begins at %lld, the last rows come at %lld ps",
                  device, (long long)sum.start, (long long)embed.end);
    ck_assert_int_eq(result->run.latency_ps, full->run.latency_ps);
    ck_assert_int_ge(result->run.latency_ps, (int64_t)fl_plan_bound_ps(&result->plan));
    fanlight_free(result);
    fanlight_free(full);
}

START_TEST(the_first_layer_begins_beside_the_embedding) { first_layer("dram.device=hbm2", false); }
END_TEST

/* Memory is slow, so that first rows have left the layer before the last ones are looked up. */
START_TEST(layers_leave_nothing_before_the_embedding) { first_layer("dram.device=gddr6", true); }
END_TEST

/* A run that takes much longer than its bound is tried in blocks half as large, and the better one kept. */
START_TEST(blocks_are_cut_finer)
{
    const char *const set[] = {"sram.capacity=12 MiB", "machine.block=128"};
    struct fl_result *chosen = run_of(set, 1, "auto", false), *coarse = run_of(set, 2, "auto", false);
    ck_assert_int_lt(chosen->run.latency_ps, coarse->run.latency_ps);
    ck_assert(chosen->machine.finer && !coarse->machine.finer);
    fanlight_free(chosen);
    fanlight_free(coarse);
}
END_TEST

Suite *test_lead_suite(void)
{
    Suite *suite = suite_create("lead");
    TCase *tcase = tcase_create("lead");
    tcase_add_test(tcase, the_first_layer_begins_beside_the_embedding);
    tcase_add_test(tcase, layers_leave_nothing_before_the_embedding);
    tcase_add_test(tcase, blocks_are_cut_finer);
    tcase_set_timeout(tcase, 300);
    suite_add_tcase(suite, tcase);
    return suite;
}
