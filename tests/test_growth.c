/* test_growth.c - ten times more layers, tokens or steps are not ten times more to simulate.
 *
 * Told by events, not by clocks: those simulated one by one, out of those that the run consists of.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/result.h"
#include "tests/cases.h"
#include "tests/suites.h"
#include "tests/test_trace.h"

struct effort { double events, simulated; };

/* With `overlap`, and `set`, if it is not NULL. */
static struct effort effort_so(const char *overlap, const char *set, const char *mapper, const char *design,
                               const char *model, struct fl_work work)
{
    const char *sets[] = { overlap, set };
    struct fl_request ask = { .design = design, .model = model, .mapper = mapper, .work = work,
                              .set = sets, .sets = set != NULL ? 2 : 1 };
    struct fl_result *result;
    struct fl_err err = { 0 };
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s on %s: %s", model, design, fl_err_text(&err));
    double events = (double)result->arch.sim.events, leapt = 0;
    for (int l = 0; l < FL_LEVELS; l++)
        leapt += (double)result->run.level[l].represented;
    fanlight_free(result);
    return (struct effort){ events, events - leapt };
}

/* Operators drain: side by side, layers recur, but few lines and no tokens (bench/overlap.c). */
static struct effort effort_by(const char *mapper, const char *design, const char *model, struct fl_work work)
{
    return effort_so("machine.overlap=none", NULL, mapper, design, model, work);
}

static struct effort effort_of(const char *design, const char *model, struct fl_work work)
{
    return effort_so("machine.overlap=block", NULL, NULL, design, model, work);
}

/* A made-up model of as many layers, 2,048 wide: its weights stay in no SRAM, so that more layers are more of the
 * same. */
static void model_write(char path[32], int layers)
{
    snprintf(path, 32, "/tmp/growth_%d_XXXXXX", layers);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    FILE *file = fdopen(fd, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "{ \"model_type\": \"gpt2\", \"n_embd\": 2048, \"n_head\": 16, \"n_layer\": %d, "
            "\"n_positions\": 20480, \"vocab_size\": 1000, \"activation_function\": \"gelu_new\" }\n", layers);
    fclose(file);
}

static const char *const designs[] = { "free_space_1k", "ot_10k", "dmd_bench", "digital_300fj" };
enum { DESIGNS = sizeof designs / sizeof *designs };

START_TEST(layers_are_leapt_over)
{
    char few[32], many[32];
    model_write(few, 12);
    model_write(many, 120);
    for (int d = 0; d < DESIGNS; d++) {
        if (!cases_drawn(0, (uint64_t)d, DESIGNS))
            continue;
        struct effort one = effort_of(designs[d], few, (struct fl_work){ .phase = "prefill", .context = 256 });
        struct effort ten = effort_of(designs[d], many, (struct fl_work){ .phase = "prefill", .context = 256 });
        ck_assert_msg(ten.events > 8 * one.events, "%s: %g events against %g", designs[d], ten.events, one.events);
        ck_assert_msg(ten.simulated < 3 * one.simulated, "%s: %g simulated against %g", designs[d], ten.simulated,
                      one.simulated);
    }
    remove(few);
    remove(many);
}
END_TEST

/* 1,410 MHz meet the other clocks every 100 ns only: layers recur because each begins some work on an edge on which all
 * are in phase, when nothing else is under way. SRAM is short, so that memory has work all the while. */
START_TEST(layers_recur_where_clocks_seldom_meet)
{
    char few[32], many[32];
    const struct fl_work work = { .phase = "prefill", .context = 512 };
    model_write(few, 12);
    model_write(many, 48);
    const char *overlap = "machine.overlap=block", *set = "sram.capacity=\"2 MB\"";
    struct effort one = effort_so(overlap, set, NULL, "digital_300fj", few, work);
    struct effort four = effort_so(overlap, set, NULL, "digital_300fj", many, work);
    ck_assert_msg(four.events > 3.5 * one.events, "%g events against %g", four.events, one.events);
    ck_assert_msg(four.simulated < 1.2 * one.simulated, "%g simulated against %g", four.simulated, one.simulated);
    remove(few);
    remove(many);
}
END_TEST

/* One mapping for both: on free_space_1k `auto` takes another for many tokens than for few. */
START_TEST(tokens_are_leapt_over)
{
    static const struct { const char *design, *mapper; } ways[] = {
        { "free_space_1k", "weight_stationary" }, { "free_space_1k", "input_stationary" }, { "ot_10k", NULL },
        { "dmd_bench", NULL }, { "digital_300fj", NULL },
    };
    char model[32];
    model_write(model, 8);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        if (!cases_drawn(1, w, sizeof ways / sizeof *ways))
            continue;
        struct fl_work few = { .phase = "prefill", .context = 100 }, many = { .phase = "prefill", .context = 1000 };
        struct effort one = effort_by(ways[w].mapper, ways[w].design, model, few);
        struct effort ten = effort_by(ways[w].mapper, ways[w].design, model, many);
        ck_assert_msg(ten.simulated < 10 * one.simulated, "%s: %g simulated against %g", ways[w].design, ten.simulated,
                      one.simulated);
    }
    remove(model);
}
END_TEST

static struct fl_work steps(int64_t tokens)
{
    return (struct fl_work){ .phase = "decode", .context = 2048, .tokens = tokens };
}

/* Each step's attention is one longer, so each is simulated; but its weights are the same again: a further step takes
 * a third of a lone one's effort at most, by light and by what `auto` takes. */
START_TEST(steps_recall_what_they_share)
{
    static const char *const mappers[] = { "weight_stationary", "auto" };
    for (int m = 0; m < 2; m++) {
        struct effort one = effort_by(mappers[m], "free_space_1k", "llama-3-8b", steps(1));
        struct effort three = effort_by(mappers[m], "free_space_1k", "llama-3-8b", steps(3));
        struct effort thirty = effort_by(mappers[m], "free_space_1k", "llama-3-8b", steps(30));
        ck_assert_msg(thirty.events > 9 * three.events, "%g events against %g", thirty.events, three.events);
        ck_assert_msg(3 * (thirty.simulated - three.simulated) < 27 * one.simulated,
                      "%s: 30 steps %g simulated, 3 %g, 1 %g", mappers[m], thirty.simulated, three.simulated,
                      one.simulated);
    }
}
END_TEST

/* Side by side two layers are simulated: the first one, up to where the second is like it, and the last. */
START_TEST(side_by_side_two_layers_are_enough)
{
    static const struct { const char *model; double least, most; } works[] = {
        { "llama-3-8b", 0.8, 1.5 }, { "gpt3-175b", 1, 2 } };
    struct fl_arena arena = { 0 };
    const char *ws = "weight_stationary";
    const char *design = source_path(&arena, "tests/designs/free_space_1k_first.cfg");
    for (size_t w = 0; w < sizeof works / sizeof *works; w++) {
        if (!cases_drawn(2, w, sizeof works / sizeof *works))
            continue;
        struct fl_work work = { .phase = "prefill", .context = 2048 };
        struct effort beside = effort_so("machine.overlap=block", NULL, ws, design, works[w].model, work);
        struct effort drained = effort_so("machine.overlap=none", NULL, ws, design, works[w].model, work);
        double more = beside.simulated / drained.simulated;
        ck_assert_msg(more >= works[w].least && more <= works[w].most, "%s: %g simulated side by side, %g drained",
                      works[w].model, beside.simulated, drained.simulated);
    }
    fl_arena_free(&arena);
}
END_TEST

Suite *test_growth_suite(void)
{
    Suite *suite = suite_create("growth");
    TCase *tcase = tcase_create("growth");
    tcase_add_test(tcase, layers_are_leapt_over);
    tcase_add_test(tcase, layers_recur_where_clocks_seldom_meet);
    tcase_add_test(tcase, tokens_are_leapt_over);
    tcase_add_test(tcase, steps_recall_what_they_share);
    tcase_add_test(tcase, side_by_side_two_layers_are_enough);
    suite_add_tcase(suite, tcase);
    return suite;
}
