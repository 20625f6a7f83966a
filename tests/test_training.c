/* test_training.c - steps of training against closed forms: products, projections, what waits for what, what is kept.
 *
 * Of a block of width d over t tokens of context c, products with weights take 12 d^2 multiply-adds a token in each
 * direction (qkv 3, output 1, feed-forward 8), attention 2 c d, a head over v tokens d v. Both published settings have
 * 8,192 tokens, and dense attention.
 */
#include "api/result.h"
#include "mapping/plan.h"
#include "tests/test_trace.h"
#include "traces/build.h"
#include "traces/train.h"

enum { TOKENS = 8192 };
struct setting { const char *model; int64_t layers, d, v, c; double flops[4]; };
static const struct setting settings[] = {
    /* bp, dfa_layer, dfa_block, two_pass: FLOPs of the published comparison */
    { "explore/claims/wikitext103.json", 6, 512, 32000, 128, { 1.771674e12, 1.436667e12, 1.694365e12, 1.758789e12 } },
    { "traces/models/gpt2.json", 12, 768, 50257, 1024, { 6.999559e12, 4.989515e12, 6.651667e12, 6.690322e12 } },
};
enum { SETTINGS = sizeof settings / sizeof *settings };
static const char *const schedules[] = { "bp", "dfa_layer", "dfa_block", "two_pass", "elm" };

static struct fl_trace step_of(const char *model, struct fl_workload work, struct fl_train train)
{
    struct fl_arena arena = {0};
    work.phase = "train";
    work.train = &train;
    const char *file = strchr(model, '/') != NULL ? source_path(&arena, model) : model;
    struct fl_trace trace = made_trace(file, &work);
    fl_arena_free(&arena);
    return trace;
}

static struct fl_trace published(const struct setting *s, struct fl_train train)
{
    return step_of(s->model, (struct fl_workload){ .context = s->c, .batch = TOKENS / s->c, .attention = "dense" },
                   train);
}

/* ---- products ---- */

/* Multiply-adds of a token: of all layers' weights, their attention, the head; of the first product of each layer. */
static void parts_of(const struct setting *s, int64_t *weights, int64_t *attention, int64_t *head, int64_t *first)
{
    *weights = s->layers * 12 * s->d * s->d;
    *attention = s->layers * 2 * s->c * s->d;
    *head = s->d * s->v;
    *first = s->layers * 3 * s->d * s->d;
}

START_TEST(products_are_those_of_the_closed_forms)
{
    const struct setting *s = &settings[_i / 4];
    int64_t weights, attention, head, first;
    parts_of(s, &weights, &attention, &head, &first);
    const int64_t forward = weights + attention + head;
    const int64_t want[] = { 3 * forward, forward + weights + 2 * head, 3 * forward - first,
                             2 * forward + weights + head };
    for (int64_t parts = 1; parts <= 4; parts *= 4) {
        struct fl_trace trace = published(s, (struct fl_train){ .schedule = schedules[_i % 4], .microbatch = parts });
        ck_assert_int_eq(trace.macs, TOKENS * want[_i % 4]);
        ck_assert_double_eq_tol(2 * (double)trace.macs / s->flops[_i % 4], 1, 1e-3);
        fl_trace_free(&trace);
    }
}
END_TEST

/* Layers that are done again take their products once more. */
START_TEST(recomputation_adds_the_layers)
{
    const struct setting *s = &settings[_i / 3];
    int64_t weights, attention, head, first;
    parts_of(s, &weights, &attention, &head, &first);
    struct fl_trace plain = published(s, (struct fl_train){ .schedule = schedules[_i % 3] });
    struct fl_trace again = published(s, (struct fl_train){ .schedule = schedules[_i % 3], .recompute = true });
    ck_assert_int_eq(again.macs - plain.macs, TOKENS * (weights + attention));
    fl_trace_free(&plain);
    fl_trace_free(&again);
}
END_TEST

/* Backpropagation is twice the way forth, less the input's gradient, which nobody wants; a second pass is another way
 * forth of all behind the input, and a gradient for each weight. A mask leaves as much of either. */
START_TEST(every_family_goes_back_by_twice_its_way_forth)
{
    static const char *const models[] = {
        "albert-base", "bart-base", "bert-base", "clip-l14-text", "gemma-3-1b", "gpt-oss-20b", "gpt2", "llama-3-8b",
        "mistral-7b", "mixtral-8x7b", "opt-125m", "palm-like", "phi-3-mini", "qwen3-30b-a3b", "qwen3-8b", "t5-small",
        "deit-tiny", "vit-base", "clip-l14-vision" };
    struct fl_workload work = { .context = 48, .batch = 2, .logits = "all" };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct fl_trace forth = made_trace(models[i], &work);
        struct fl_trace step = step_of(models[i], work, (struct fl_train){ .schedule = "bp" });
        const struct fl_op *patch = op_named(&forth, "patch");
        ck_assert_msg(step.macs == 3 * forth.macs - (patch != NULL ? patch->macs : 0), "%s: %lld of %lld", models[i],
                      (long long)step.macs, (long long)forth.macs);
        fl_trace_free(&forth);
        fl_trace_free(&step);
    }
}
END_TEST

/* Feedback trains what backpropagation does, tables before the layers, beside a product or not, among them; a point a
 * product takes one gradient of each product's weights, and of the head that of its inputs, too. */
START_TEST(feedback_trains_all_that_backpropagation_does)
{
    static const char *const models[] = { "albert-base", "bert-base", "clip-l14-vision", "deit-tiny", "gpt2",
                                          "opt-125m", "vit-base" };
    struct fl_workload work = { .context = 48, .batch = 2, .logits = "all" };
    struct fl_trace forth = made_trace(models[_i], &work);
    struct fl_trace back = step_of(models[_i], work, (struct fl_train){ .schedule = "bp" });
    int64_t want = forth.macs;
    bool head = false;
    for (size_t b = 0; b < forth.blocks; b++) {
        head |= b > 0 && forth.block[b].layer < 0 && forth.block[b - 1].layer >= 0;
        for (size_t i = 0; i < forth.block[b].ops; i++)
            if (fl_op_has_weights(&forth.block[b].op[i]))
                want += (1 + head) * forth.block[b].op[i].macs * forth.block[b].repeat;
    }
    for (int s = 1; s <= 2; s++) {
        struct fl_trace step = step_of(models[_i], work, (struct fl_train){ .schedule = schedules[s],
                                                                           .rows = "sequence" });
        for (size_t t = 0; t < back.tensors; t++)
            for (size_t u = 0; u < step.tensors && back.tensor[t].updated; u++)
                if (strcmp(back.tensor[t].name, step.tensor[u].name) == 0)
                    ck_assert_msg(step.tensor[u].updated, "%s does not train %s", schedules[s], step.tensor[u].name);
        if (s == 1)
            ck_assert_int_eq(step.macs, want);
        fl_trace_free(&step);
    }
    fl_trace_free(&forth);
    fl_trace_free(&back);
}
END_TEST

/* ---- projections ---- */

START_TEST(projections_are_as_wide_as_their_points)
{
    const struct setting *s = &settings[_i];
    for (int method = 1; method <= 2; method++)
        for (int independent = 0; independent < 2; independent++) {
            struct fl_trace trace = published(s, (struct fl_train){
                .schedule = schedules[method], .feedback = independent ? "independent" : "shared" });
            const struct fl_op *p = op_named(&trace, "feedback");
            int64_t each = method == 1 ? 9 * s->d : s->d, most = method == 1 ? 4 * s->d : s->d;
            ck_assert_int_eq(p->n, independent ? s->layers * each : most);
            ck_assert_int_eq(p->k, s->d);
            ck_assert_int_eq(p->m, TOKENS);
            ck_assert_int_eq(p->patterns, 2);
            fl_trace_free(&trace);
        }
}
END_TEST

/* gpt2, from 768 values: 82,944 pixels for all products, 9,216 for all blocks. */
START_TEST(independent_projections_of_gpt2)
{
    struct fl_trace a = published(&settings[1], (struct fl_train){ .schedule = "dfa_layer",
                                                                   .feedback = "independent" });
    struct fl_trace b = published(&settings[1], (struct fl_train){ .schedule = "dfa_block", .feedback = "independent",
                                                                   .rows = "sequence", .encode = "bits=8" });
    ck_assert_int_eq(op_named(&a, "feedback")->n, 82944);
    ck_assert_int_eq(op_named(&b, "feedback")->n, 9216);
    ck_assert_int_eq(op_named(&b, "feedback")->m, TOKENS / 1024);
    ck_assert_int_eq(op_named(&b, "feedback")->patterns, 8);
    fl_trace_free(&a);
    fl_trace_free(&b);
}
END_TEST

/* ---- who waits for whom ---- */

/* Does a block read what its own repetition before has written? */
static bool hands_on(const struct fl_trace *trace, const struct fl_block *block)
{
    for (size_t i = 0; i < block->ops; i++)
        for (size_t r = 0; r < block->op[i].operands; r++) {
            const struct fl_tensor_use *use = &block->op[i].reads[r];
            bool before = false, here = false;
            for (size_t j = 0; j < block->ops; j++)
                if (block->op[j].writes.tensor == use->tensor && !trace->tensor[use->tensor].layered) {
                    before |= j < i;
                    here = true;
                }
            if (here && !before)
                return true;
        }
    return false;
}

static bool way_back_hands_on(const struct fl_trace *trace)
{
    bool any = false;
    for (size_t b = 0; b < trace->blocks; b++)
        any |= trace->block[b].down && hands_on(trace, &trace->block[b]);
    return any;
}

START_TEST(layers_of_feedback_do_not_wait_for_one_another)
{
    for (int recompute = 0; recompute < 2; recompute++)
        for (int method = 0; method < 3; method++) {
            struct fl_trace trace = published(&settings[1], (struct fl_train){ .schedule = schedules[method],
                                                                               .recompute = recompute == 1 });
            ck_assert(way_back_hands_on(&trace) == (method == 0));
            fl_trace_free(&trace);
        }
}
END_TEST

/* The projection of a micro-batch has no tensor in common, that one of them writes, with what stands behind it: the way
 * forth of the next, or the way back of the one before. */
START_TEST(a_projection_and_what_follows_are_apart)
{
    struct fl_trace trace = published(&settings[1], (struct fl_train){ .schedule = "dfa_block", .microbatch = 4 });
    size_t projections = 0;
    for (size_t b = 0; b < trace.blocks; b++) {
        const struct fl_block *p = &trace.block[b], *next = &trace.block[b + 1];
        bool projects = false;
        for (size_t i = 0; i < p->ops; i++)
            projects |= p->op[i].type == &fl_op_project;
        if (!projects || ++projections == 4)
            continue;
        ck_assert(next->down == (projections > 1));
        for (size_t i = 0; i < next->ops; i++)
            for (size_t j = 0; j < p->ops; j++) {
                ck_assert_int_ne(next->op[i].writes.tensor, p->op[j].writes.tensor);
                ck_assert_int_ne(next->op[i].writes.tensor, p->op[j].reads[0].tensor);
                for (size_t r = 0; r < next->op[i].operands; r++)
                    ck_assert_int_ne(next->op[i].reads[r].tensor, p->op[j].writes.tensor);
            }
    }
    ck_assert_uint_eq(projections, 4);
    fl_trace_free(&trace);
}
END_TEST

/* ---- what is kept ---- */

/* Values of activations alive at most. */
static int64_t alive(const struct setting *s, struct fl_train train)
{
    struct fl_trace trace = published(s, train);
    struct fl_machine machine = { .activation_bits = 1 };
    struct fl_residency found;
    struct fl_arena arena = {0};
    ck_assert(fl_residency_find(&found, &trace, &machine, &arena, NULL));
    fl_arena_free(&arena);
    fl_trace_free(&trace);
    return found.most_bits;
}

/* Stashes of a layer and token: norms 2, qkv 3, attention's output 1, feed-forward 4 before and 4 behind the function,
 * and for each head the softmax of a context; what feedback frees of it is the last and qkv. A layer that is done again
 * keeps what it reads. */
START_TEST(stashes_are_what_the_way_back_reads)
{
    const struct setting *s = &settings[_i];
    int64_t heads = s->d / 64, plain = 14 * s->d + heads * s->c;
    const struct { struct fl_train train; int64_t kept; } want[] = {
        { { .schedule = "bp" }, plain }, { { .schedule = "dfa_block" }, plain },
        { { .schedule = "dfa_layer" }, 11 * s->d }, { { .schedule = "bp", .recompute = true }, s->d } };
    int64_t most[4];
    for (int i = 0; i < 4; i++) {
        struct fl_trace trace = published(s, want[i].train);
        int64_t kept = 0;
        for (size_t b = 0; b < trace.blocks; b++)
            for (size_t j = 0; j < trace.block[b].ops; j++) {
                const struct fl_op *op = &trace.block[b].op[j];
                int64_t values;
                if (trace.tensor[op->writes.tensor].kind == FL_TENSOR_STASH && fl_op_values(op, &values))
                    kept += values * trace.block[b].repeat;
            }
        ck_assert_int_eq(kept, TOKENS * s->layers * want[i].kept);
        fl_trace_free(&trace);
        most[i] = alive(s, want[i].train);
    }
    ck_assert_int_lt(most[2], most[0]);
    ck_assert_int_lt(most[3], most[0]);
}
END_TEST

/* ---- on machines that have no room, or no place ---- */

static bool runs_on(const char *design, const char *set, const char *model, struct fl_train_work train,
                    double *seconds, struct fl_err *err)
{
    struct fl_result *result;
    struct fl_summary summary;
    const char *const sets[] = { set };
    const struct fl_request request = { .design = design, .model = model, .work = { .phase = "train" }, .set = sets,
                                        .sets = set != NULL, .train = &train };
    if (!fanlight_run(&request, &result, err))
        return false;
    ck_assert(fanlight_summary(result, &summary, err));
    *seconds = summary.latency_s;
    fanlight_free(result);
    return true;
}

START_TEST(what_has_no_place_is_refused)
{
    static const struct { const char *design, *set, *model, *says; struct fl_train_work train; } bad[] = {
        { "opu_a100", "gpu.memory=100 TB", "gpt3-175b", "10616832 outputs; the camera of opu[0] has 2228224 pixels",
          { .schedule = "dfa_layer", .feedback = "independent", .projector = "optical" } },
        { "opu_a100", "opu.source.mirrors=500", "gpt2", "768 inputs; the modulator of opu[0] has 500 mirrors",
          { .schedule = "dfa_layer", .projector = "optical" } },
        { "free_space_1k", NULL, "gpt2", "it takes an OPU, or a GPU that holds the matrix",
          { .schedule = "two_pass" } },
        { "a100", NULL, "gpt2", "placed on optical cores", { .schedule = "dfa_block", .projector = "optical" } },
        { "a100", NULL, "llama-3-8b", "need 100.44 GB; gpu[0] has 80 GB", { .schedule = "bp" } },
    };
    struct fl_err err = {0};
    double seconds;
    ck_assert(!runs_on(bad[_i].design, bad[_i].set, bad[_i].model, bad[_i].train, &seconds, &err));
    ck_assert_msg(strstr(fl_err_text(&err), bad[_i].says) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
}
END_TEST

/* What does not fit beside activations and gradients, of 64 bits of state and 16 of weights for each of 8 G, stays with
 * the host: its share of what a step reads and writes of them goes over 32 GB/s. */
START_TEST(states_may_stay_with_the_host)
{
    struct fl_err err = {0};
    double there = 0, here = 0;
    const struct fl_train_work train = { .schedule = "bp", .optimizer = "adam" };
    ck_assert_msg(runs_on("a100", "gpu.offload=true", "llama-3-8b", train, &there, &err), "%s", fl_err_text(&err));
    ck_assert_msg(runs_on("a100", "gpu.memory=200 GB", "llama-3-8b", train, &here, &err), "%s", fl_err_text(&err));
    const double parameters = 8.03e9, kept = 10 * parameters, moved = 20 * parameters - 2 * parameters;
    double share = (100.44e9 - 80e9) / kept;
    ck_assert_double_gt(there - here, 0.9 * share * moved / 32e9);
}
END_TEST

/* ---- text, and other networks ---- */

START_TEST(text_gives_the_same_step)
{
    static const char *const models[] = { "gpt2", "bert-base", "mixtral-8x7b", "bart-base", "deit-tiny",
                                          "albert-base" };
    struct fl_trace trace = step_of(models[_i / 5], (struct fl_workload){ .context = 16, .batch = 4 },
                                    (struct fl_train){ .schedule = _i == 19 ? "bp" : schedules[_i % 5],
                                                       .microbatch = 2, .recompute = _i % 2 == 1 }), back;
    struct fl_err err = {0};
    struct fl_arena arena = {0};
    const char *text = fl_arena_text(&arena, fl_trace_text(&trace));
    ck_assert_msg(fl_trace_read(&back, text, "step", &err), "%s", fl_err_text(&err));
    ck_assert_str_eq(fl_trace_text(&back), text);
    ck_assert_int_eq(back.macs, trace.macs);
    fl_trace_free(&back);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

static bool step_of_text(struct fl_trace *trace, const char *text, struct fl_train train, struct fl_err *err)
{
    const struct fl_workload work = { .phase = "train", .train = &train };
    return fl_trace_read(trace, text, "net", err) && fl_trace_train_this(trace, &work, "net", err);
}

/* A fully connected network of 784-800-800-10 over 64 images, as a text of six lines. */
static const char connected[] = "fanlight-trace 2\nmodel mlp\ninput images\n"
                                "linear fc1 images -> h1 m=64 k=784 n=800\nactivation tanh1 h1 -> a1 m=64 n=800\n"
                                "linear fc2 a1 -> h2 m=64 k=800 n=800\nactivation tanh2 h2 -> a2 m=64 n=800\n"
                                "linear fc3 a2 -> out m=64 k=800 n=10\n";
/* Two graph convolutions over 2708 nodes of 1433 features, four neighbours each. */
static const char graph[] = "fanlight-trace 2\nmodel gcn\ninput nodes edges\n"
                            "linear gc1 nodes -> h1 m=2708 k=1433 n=16\n"
                            "aggregate sum1 h1 edges -> s1 m=2708 k=5 n=16\nactivation relu s1 -> a1 m=2708 n=16\n"
                            "linear gc2 a1 -> h2 m=2708 k=16 n=7\naggregate sum2 h2 edges -> out m=2708 k=5 n=7\n";

START_TEST(small_networks_are_texts)
{
    const int64_t fc1 = 784 * 800, fc2 = 800 * 800, fc3 = 800 * 10, gc1 = 1433 * 16, gc2 = 16 * 7;
    const struct { const char *text; int64_t rows, macs[4]; } nets[] = {
        { connected, 64, { 2 * fc1 + 3 * fc2 + 3 * fc3, 2 * fc1 + 2 * fc2 + 3 * fc3, 2 * fc1 + 2 * fc2 + 3 * fc3,
                           3 * (fc1 + fc2 + fc3) } },
        { graph, 2708, { 2 * gc1 + 3 * gc2, 2 * gc1 + 3 * gc2, 2 * gc1 + 3 * gc2, 3 * (gc1 + gc2) } } };
    for (int method = 0; method < 5; method++) {
        struct fl_trace trace;
        struct fl_err err = {0};
        bool made = step_of_text(&trace, nets[_i].text, (struct fl_train){ .schedule = schedules[method] }, &err);
        ck_assert_msg(made, "%s", fl_err_text(&err));
        if (method < 4)
            ck_assert_int_eq(trace.macs, nets[_i].rows * nets[_i].macs[method]);
        fl_trace_free(&trace);
    }
}
END_TEST

/* ---- what is refused ---- */

START_TEST(what_cannot_be_trained_is_refused)
{
    static const struct { const char *text, *schedule, *says; } bad[] = {
        { "fanlight-trace 2\nmodel a\ninput x\nactivation f x -> y m=4 n=4\n", "bp", "no product has weights" },
        { "fanlight-trace 2\nmodel a\ninput x\nlinear f x -> y m=4 k=4 n=4\n", "dfa_layer",
          "no layer has weights below" },
        { "fanlight-trace 2\nmodel a\ninput x\nrepeat 2\nlinear f x -> x m=4 k=4 n=4\nend\n", "bp",
          "repeat 2 layer 0" },
        { "fanlight-trace 2\nmodel a\ninput x\ntensor s stash layered=yes\nrepeat 2 layer 0\n"
          "linear f x -> s m=4 k=4 n=4\nend\n", "bp", "step of training already" },
        { "fanlight-trace 2\nmodel a\ninput x\ntensor c cache layered=yes\nmatmul f x c -> y m=4 k=4 n=4\n", "bp",
          "reads the cache \"c\"" },
        { "fanlight-trace 2\nmodel a\ninput x\nrepeat 2 layer 0\nlinear f x -> x m=4 k=4 n=4\nend\n", "elm",
          "ends with its layers" },
    };
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert(!step_of_text(&trace, bad[_i].text, (struct fl_train){ .schedule = bad[_i].schedule }, &err));
    ck_assert_msg(strstr(fl_err_text(&err), bad[_i].says) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
}
END_TEST

START_TEST(words_that_are_not_known_are_told_together)
{
    struct fl_err err = {0};
    struct fl_train train = { .schedule = "bptt", .feedback = "none", .rows = "word", .encode = "bits=33",
                              .optimizer = "adamw", .projector = "gpu", .microbatch = -1 };
    ck_assert(!fl_train_check(&train, &err));
    ck_assert_int_eq(err.faults, 7);
    fl_err_free(&err);
    train = (struct fl_train){0};
    ck_assert(!fl_train_check(&train, &err));
    ck_assert_msg(strstr(fl_err_text(&err), "needs a schedule") != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
    train = (struct fl_train){ .schedule = "bp", .microbatch = 3 };
    struct fl_trace trace;
    const struct fl_workload work = { .phase = "train", .batch = 4, .train = &train };
    ck_assert(!fl_trace_from_model(&trace, "gpt2", &work, &err));
    ck_assert_msg(strstr(fl_err_text(&err), "give a divisor") != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
}
END_TEST

Suite *test_training_suite(void)
{
    Suite *suite = suite_create("training");
    TCase *tests = tcase_create("training");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, products_are_those_of_the_closed_forms, 0, 4 * SETTINGS);
    tcase_add_loop_test(tests, recomputation_adds_the_layers, 0, 3 * SETTINGS);
    tcase_add_test(tests, every_family_goes_back_by_twice_its_way_forth);
    tcase_add_loop_test(tests, feedback_trains_all_that_backpropagation_does, 0, 7);
    tcase_add_loop_test(tests, projections_are_as_wide_as_their_points, 0, SETTINGS);
    tcase_add_test(tests, independent_projections_of_gpt2);
    tcase_add_test(tests, layers_of_feedback_do_not_wait_for_one_another);
    tcase_add_test(tests, a_projection_and_what_follows_are_apart);
    tcase_add_loop_test(tests, stashes_are_what_the_way_back_reads, 0, SETTINGS);
    tcase_add_loop_test(tests, what_has_no_place_is_refused, 0, 5);
    tcase_add_test(tests, states_may_stay_with_the_host);
    tcase_add_loop_test(tests, text_gives_the_same_step, 0, 30);
    tcase_add_loop_test(tests, small_networks_are_texts, 0, 2);
    tcase_add_loop_test(tests, what_cannot_be_trained_is_refused, 0, 6);
    tcase_add_test(tests, words_that_are_not_known_are_told_together);
    suite_add_tcase(suite, tests);
    return suite;
}
