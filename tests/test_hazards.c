/* test_hazards.c - parameters that are read, updated and read again in one run: nobody has an old one, or one too new.
 *
 * Steps of models, and random networks whose products share parameters that updates write between them, are held to
 * the law of hazards.c; some are run.
 */
#include <check.h>
#include <string.h>
#include <unistd.h>

#include "api/result.h"
#include "tests/cases.h"
#include "tests/hazards.h"
#include "tests/made.h"
#include "tests/test_trace.h"
#include "tests/suites.h"

/* Plans a request; NULL if nobody maps it so. The caller frees both. */
static bool plan_of(const struct fl_request *ask, struct fl_prepared *prepared, struct fl_plan *plan)
{
    struct fl_err err = {0};
    bool planned = fl_prepare(prepared, ask, NULL, &err);
    ck_assert_msg(planned, "%s\n%s", fl_err_text(&err), ask->trace_text != NULL ? ask->trace_text : "");
    planned = fl_prepared_plan(prepared, FL_LATENCY, plan, &err);
    ck_assert_msg(planned || (strstr(fl_err_text(&err), "for ever") == NULL), "%s", fl_err_text(&err));
    fl_err_free(&err);
    return planned;
}

/* ---- steps of models ---- */

static const struct { const char *design, *model, *mapper, *schedule; } steps[] = {
    {"free_space_1k", "deit-tiny", "weights_in_place", "bp"}, {"free_space_1k", "gpt2", "weight_stationary", "bp"},
    {"tests/designs/ot_opu.cfg", "gpt2", "weights_in_place", "bp"},
    {"tests/designs/ot_opu.cfg", "gpt2", "weights_in_place", "dfa_block"},
    {"tests/designs/ot_opu.cfg", "t5-small", "weights_in_place", "dfa_layer"},
    {"tests/designs/ot_opu.cfg", "deit-tiny", "weights_in_place", "two_pass"}};
enum { STEPS = sizeof steps / sizeof *steps };

START_TEST(steps_of_models_keep_parameters_apart)
{
    struct fl_arena arena = {0};
    struct fl_prepared prepared = {0};
    struct fl_plan plan;
    bool file = strchr(steps[_i].design, '/') != NULL;
    const struct fl_train_work train = {.schedule = steps[_i].schedule};
    const struct fl_request ask = {
        .design = file ? source_path(&arena, steps[_i].design) : steps[_i].design, .model = steps[_i].model,
        .mapper = steps[_i].mapper, .work = {.phase = "train", .context = 64}, .train = &train};
    ck_assert(plan_of(&ask, &prepared, &plan));
    ck_assert_uint_gt(hazards_check(&prepared.trace, &plan), 100);
    fl_plan_free(&plan);
    fl_prepared_free(&prepared);
    fl_arena_free(&arena);
}
END_TEST

/* ---- how much is written ---- */

/* Pixels that the updates of a step write where weights stay. */
static int64_t rewritten(const char *schedule)
{
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    struct fl_result *result;
    struct fl_rows rows = {0};
    const struct fl_train_work train = { .schedule = schedule, .rows = "sequence" };
    const struct fl_request request = { .design = source_path(&arena, "tests/designs/ot_opu.cfg"), .model = "gpt2",
                                        .work = { .phase = "train", .context = 16 }, .mapper = "weights_in_place",
                                        .train = &train };
    ck_assert_msg(fanlight_run(&request, &result, &err), "%s", fl_err_text(&err));
    fl_result_rows(result, true, &rows);
    int64_t pixels = 0;
    for (size_t i = 0; i < rows.tallies; i++) {
        const struct fl_tally_row *row = &rows.tally[i];
        const char *name = row->operator > 0 ? rows.operator_[row->operator - 1].name : "";
        if (strcmp(row->action, "loaded") == 0 && strstr(name, ".update") != NULL)
            pixels += row->count;
    }
    fl_rows_free(&rows);
    fanlight_free(result);
    fl_arena_free(&arena);
    return pixels;
}

/* Two passes use what is held twice, and one writing does; backpropagation reads weights transposed, too, which lie on
 * cores of their own, but for layers of feedback below the head. A readout that is solved for is on no cores. */
START_TEST(held_weights_are_written_anew_once_a_step)
{
    const int64_t layers = 12LL * 12 * 768 * 768, head = 50257LL * 768;
    ck_assert_int_eq(rewritten("two_pass"), layers + head);
    ck_assert_int_eq(rewritten("bp"), 2 * (layers + head));
    ck_assert_int_eq(rewritten("dfa_layer"), layers + 2 * head);
    ck_assert_int_eq(rewritten("elm"), 0);
}
END_TEST

/* ---- random networks ---- */

/* A network as it is drawn: its layers, and before them the tensors that are declared. */
struct drawn {
    struct fl_arena *arena;
    struct fl_rng *rng;
    long long rows, width;
    const char *tensors, *text, *late;  /* late: updates that layers have once all of them have gone */
    int parameters, updates;
    bool layered[3], used[3], updated[3];
    const char *lines;                  /* of a mapping file: parameters stay on one of two pools, as they lie, ... */
    int pool[3][2];                     /* ... and transposed */
};

static const char *const pool_names[] = {"static", "dynamic"};

static void line_draw(struct drawn *d, const char *product, int w, bool turned)
{
    d->lines = fl_arena_format(d->arena, "%soptical %s pool=%s in_place=yes\n", d->lines, product,
                               pool_names[d->pool[w][turned]]);
}

static int parameter_drawn(const struct drawn *d) { return (int)fl_rng_range(d->rng, 0, d->parameters - 1); }

/* A product, and rows of digital work behind it. */
static void product_draw(struct drawn *d, const char *in, const char *out, int w)
{
    const char *turned = fl_rng_range(d->rng, 0, 1) == 0 ? "=transposed" : "";
    d->used[w] = true;
    line_draw(d, fl_arena_format(d->arena, "p_%s", out), w, turned[0] != '\0');
    d->text = fl_arena_format(d->arena, "%slinear p_%s %s w%d%s -> b_%s m=%lld k=%lld n=%lld\n"
                              "norm n_%s b_%s -> %s m=%lld n=%lld\n", d->text, out, in, w, turned, out, d->rows,
                              d->width, d->width, out, out, out, d->rows, d->width);
}

/* A product beside, whose results nothing waits for. */
static void reader_draw(struct drawn *d, const char *in, int number)
{
    int w = parameter_drawn(d);
    d->used[w] = true;
    line_draw(d, fl_arena_format(d->arena, "r%d", number), w, false);
    d->text = fl_arena_format(d->arena, "%slinear r%d %s w%d -> c%d m=%lld k=%lld n=%lld\n", d->text, number, in, w,
                              number, d->rows, d->width, d->width);
}

/* The update of a parameter that has been read, by the gradient of a product from `in` to `out`, here or late. */
static void update_draw(struct drawn *d, const char *in, const char *out)
{
    int w = parameter_drawn(d), i = d->updates++;
    while (!d->used[w])
        w = (w + 1) % d->parameters;
    bool late = d->layered[w] && fl_rng_range(d->rng, 0, 1) == 0;
    const char *update = fl_arena_format(d->arena, "update u%d d%d w%d -> w%d m=%lld n=%lld\n", i, i, w, w, d->width,
                                         d->width);
    d->updated[w] = true;
    d->text = fl_arena_format(d->arena, "%smatmul g%d %s=transposed %s -> d%d m=%lld k=%lld n=%lld\n%s", d->text, i, in,
                              out, i, d->width, d->rows, d->width, late ? "" : update);
    d->late = late ? fl_arena_format(d->arena, "%s%s", d->late, update) : d->late;
    d->tensors = fl_arena_format(d->arena, "%stensor d%d gradient rows=%lld width=%lld%s\n", d->tensors, i, d->width,
                                 d->width, late ? " layered=yes" : "");
}

/* Layers whose products share a few parameters, as they lie and transposed, which updates write between them; and a
 * mapping by which these stay on two pools. */
static const char *tied_drawn(struct fl_arena *arena, struct fl_rng *rng, const char **mapping)
{
    struct fl_rng apart = {rng->state};         /* the draws that follow stay what they were */
    struct drawn d = {.arena = arena, .rng = rng, .rows = fl_rng_range(rng, 60, 300), .width = fl_rng_range(rng, 4, 40),
                      .tensors = "", .late = "", .parameters = (int)fl_rng_range(rng, 1, 3),
                      .lines = "fanlight-mapping 1\nelse digital\n"};
    for (int i = 0; i < 6; i++)
        d.pool[i / 2][i % 2] = (int)fl_rng_range(&apart, 0, 1);
    const char *repeat = fl_arena_format(arena, "repeat %lld layer 0\n", (long long)fl_rng_range(rng, 1, 4));
    int products = (int)fl_rng_range(rng, 2, 6), always = (int)fl_rng_range(rng, 0, products - 2);
    const char *last = "x";
    d.text = repeat;
    for (int i = 0; i < d.parameters; i++)
        d.layered[i] = fl_rng_range(rng, 0, 1) == 0;
    for (int i = 0; i < products; i++) {
        const char *out = i == products - 1 ? "x" : fl_arena_format(arena, "a%d", i);
        product_draw(&d, last, out, parameter_drawn(&d));
        if (fl_rng_range(rng, 0, 1) == 0)
            reader_draw(&d, last, i);
        if (i < products - 1 && (i == always || fl_rng_range(rng, 0, 2) == 0))
            update_draw(&d, last, out);
        last = out;
    }
    d.text = d.late[0] != '\0' ? fl_arena_format(arena, "%send\n%s%send\n", d.text, repeat, d.late)
                               : fl_arena_format(arena, "%send\n", d.text);
    for (int i = 0; i < d.parameters; i++) {
        if (d.used[i])
            d.tensors = fl_arena_format(arena, "%stensor w%d parameter rows=%lld width=%lld%s%s\n", d.tensors, i,
                                        d.width, d.width, d.layered[i] ? " layered=yes" : "",
                                        d.updated[i] ? " trained=yes" : "");
        if (!d.used[i] || d.layered[i])
            continue;
        d.text = fl_arena_format(arena, "%srepeat 1\n", d.text);
        product_draw(&d, "x", fl_arena_format(arena, "y%d", i), i);
        d.text = fl_arena_format(arena, "%send\n", d.text);
    }
    *mapping = d.lines;
    return fl_arena_format(arena, "fanlight-trace 2\nmodel drawn\ntokens %lld\nbatch 1\ninput x\n%s%s", d.rows,
                           d.tensors, d.text);
}

/* A random machine with cores for all weights, that does operators side by side. */
static size_t sets_drawn(struct fl_arena *arena, struct fl_rng *rng, const char **set)
{
    size_t sets = made_sets(arena, rng, set);
    set[sets++] = "machine.overlap=block";
    set[sets++] = "machine.accumulator_bits=64";
    set[sets++] = "core[0].cores=4000";
    set[sets++] = "core[0].weight_slices=space";
    set[sets++] = "core[0].input_sets=0";
    set[sets++] = fl_arena_format(arena, "machine.block=%lld", (long long)fl_rng_range(rng, 8, 60));
    return sets;
}

/* Cores for all weights on the other pool, too. */
static size_t sets_of_two(const char **set, size_t sets)
{
    set[sets++] = "core[1].cores=4000";
    set[sets++] = "core[1].weight_slices=space";
    set[sets++] = "core[1].input_sets=0";
    return sets;
}

/* Is the case one whose program has pairs of steps for the law? `two`: weights stay on two pools. */
static bool case_looks(uint64_t number, bool two)
{
    static const char *const mappers[] = {"weights_in_place", "weights_in_place", "auto", "weight_stationary",
                                          "input_stationary", "digital"};
    struct fl_rng rng = cases_rng(number + 5);
    struct fl_arena arena = {0};
    struct fl_prepared prepared = {0};
    struct fl_plan plan;
    bool looks = false;
    const char *set[SETS];
    size_t sets = sets_drawn(&arena, &rng, set);
    const char *lines, *text = tied_drawn(&arena, &rng, &lines), *mapper = mappers[fl_rng_range(&rng, 0, 5)];
    const char *file = two ? made_file(&arena, ".map", lines, strlen(lines)) : NULL;
    const struct fl_request ask = {.design = source_path(&arena, "tests/bad/good_design.cfg"), .trace_text = text,
                                   .set = set, .sets = (int)(two ? sets_of_two(set, sets) : sets),
                                   .mapper = two ? file : mapper};
    if (plan_of(&ask, &prepared, &plan)) {
        looks = hazards_check(&prepared.trace, &plan) > 0;
        fl_plan_free(&plan);
    }
    if (two)
        unlink(file);
    fl_prepared_free(&prepared);
    fl_arena_free(&arena);
    return looks;
}

START_TEST(random_networks_keep_parameters_apart)
{
    uint64_t cases = cases_of(300), looked = 0;
    for (uint64_t i = 0; i < cases; i++)
        looked += case_looks(i, _i == 1);
    ck_assert_msg(looked * 5 > cases, "%llu of %llu", (unsigned long long)looked, (unsigned long long)cases);
}
END_TEST

/* They come to their ends, and leaps change nothing, with SRAM for all or for hardly anything. */
START_TEST(random_networks_run)
{
    static const char *const chunks[] = {"dma.chunk=16", "core[0].slm.chunk=16", "core[1].slm.chunk=16"};
    static const char *const srams[] = {"1 KiB", "4 KiB", "4 MiB"};
    struct fl_arena arena = {0};
    struct fl_rng rng = cases_rng((uint64_t)_i + 900);
    struct fl_result *result[2] = {NULL};
    const char *set[SETS];
    size_t sets = sets_drawn(&arena, &rng, set);
    set[sets++] = fl_arena_format(&arena, "sram.capacity=%s", srams[fl_rng_range(&rng, 0, 2)]);
    if (fl_rng_range(&rng, 0, 1) == 0)  /* more chunks of a tile than may stand before it */
        for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++)
            set[sets++] = chunks[i];
    const char *lines, *text = tied_drawn(&arena, &rng, &lines), *file = NULL;
    struct fl_request ask = {.design = source_path(&arena, "tests/bad/good_design.cfg"), .mapper = "weights_in_place",
                             .trace_text = text, .set = set, .sets = (int)sets};
    if (_i % 2 == 1) {                  /* on two pools */
        ask.mapper = file = made_file(&arena, ".map", lines, strlen(lines));
        ask.sets = (int)sets_of_two(set, sets);
    }
    for (int leaps = 0; leaps < 2; leaps++) {
        struct fl_err err = {0};
        ask.no_leap = leaps == 0;
        bool ran = fanlight_run(&ask, &result[leaps], &err);
        ck_assert_msg(ran || strstr(fl_err_text(&err), "machine.block") != NULL, "%s\n%s", fl_err_text(&err),
                      ask.trace_text);
        fl_err_free(&err);
    }
    if (result[0] != NULL)
        ck_assert_int_eq(result[0]->run.latency_ps, result[1]->run.latency_ps);
    if (file != NULL)
        unlink(file);
    fanlight_free(result[0]);
    fanlight_free(result[1]);
    fl_arena_free(&arena);
}
END_TEST

/* Light that comes behind an update passes once the cores that hold the weights have settled, however many tokens are
 * there: in each layer anew. */
START_TEST(light_waits_until_cores_have_settled)
{
    enum { LAYERS = 5 };
    struct fl_result *result;
    struct fl_err err = {0};
    const char *set[] = {"core[0].slm.settle=150 us"};
    struct fl_request ask = {
        .design = "free_space_1k", .mapper = "weights_in_place", .set = set, .sets = 1,
        .trace_text = "fanlight-trace 2\nmodel tied\ntokens 4096\nbatch 1\ninput x\n"
                      "tensor w parameter rows=512 width=512 trained=yes\ntensor d gradient rows=512 width=512\n"
                      "repeat 5 layer 0\nlinear up x w -> y m=4096 k=512 n=512\n"
                      "matmul g x=transposed y -> d m=512 k=4096 n=512\nupdate u d w -> w m=512 n=512\n"
                      "linear down y w -> z m=4096 k=512 n=512\nnorm norm z -> x m=4096 n=512\nend\n"};
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    ck_assert_ptr_nonnull(result->plan.program.stream);
    ck_assert_int_ge(result->run.latency_ps, LAYERS * 150000000LL);
    fanlight_free(result);
}
END_TEST

/* Weights of a layer are written anew on cores whose back frame loads beside the light of products before: not before
 * that light has gone (core[0].slm asserts it). Whether it would depends on how rows are cut. */
START_TEST(weights_are_not_written_anew_in_the_light_of_others)
{
    static const char *const blocks[] = {"machine.block=15", "machine.block=30", "machine.block=60"};
    struct fl_arena arena = {0};
    struct fl_result *result;
    struct fl_err err = {0};
    const char *set[] = {"machine.overlap=block", "machine.accumulator_bits=64", "core[0].cores=4000",
                         "core[0].input_sets=0", "core[0].weight_slices=space", "core[0].slm.back_frames=1",
                         "core[0].slm.load_link=1 Gbit/s", blocks[_i]};
    struct fl_request ask = {
        .design = source_path(&arena, "tests/bad/good_design.cfg"), .mapper = "weights_in_place", .set = set,
        .sets = (int)(sizeof set / sizeof *set),
        .trace_text = "fanlight-trace 2\nmodel written\ntokens 231\nbatch 1\ninput x\n"
                      "tensor d gradient rows=8 width=8\ntensor w parameter rows=8 width=8 layered=yes trained=yes\n"
                      "tensor v parameter rows=8 width=8\nrepeat 4 layer 0\n"
                      "linear a x v=transposed -> a m=231 k=8 n=8\nnorm na a -> b m=231 n=8\n"
                      "linear read x w -> r m=231 k=8 n=8\nmatmul g x=transposed b -> d m=8 k=231 n=8\n"
                      "update u d w -> w m=8 n=8\nlinear c b v -> c m=231 k=8 n=8\nnorm nc c -> e m=231 n=8\n"
                      "linear f e v=transposed -> f m=231 k=8 n=8\nnorm nf f -> h m=231 n=8\n"
                      "linear i h v=transposed -> i m=231 k=8 n=8\nnorm ni i -> x m=231 n=8\n"
                      "linear aside h v -> j m=231 k=8 n=8\nend\n"};
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    ck_assert_ptr_nonnull(result->plan.program.stream);
    fanlight_free(result);
    fl_arena_free(&arena);
}
END_TEST

Suite *test_hazards_suite(void)
{
    Suite *suite = suite_create("hazards");
    TCase *tests = tcase_create("hazards");
    tcase_add_loop_test(tests, steps_of_models_keep_parameters_apart, 0, STEPS);
    tcase_add_test(tests, held_weights_are_written_anew_once_a_step);
    tcase_add_loop_test(tests, random_networks_keep_parameters_apart, 0, 2);
    tcase_add_loop_test(tests, random_networks_run, 0, (int)cases_of(60));
    tcase_add_test(tests, light_waits_until_cores_have_settled);
    tcase_add_loop_test(tests, weights_are_not_written_anew_in_the_light_of_others, 0, 3);
    tcase_set_timeout(tests, 300);
    suite_add_tcase(suite, tests);
    return suite;
}
