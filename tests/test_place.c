/* test_place.c - operators between a chip and the GPU beside it: where they go, and what moves, by hand.
 *
 * hybrid_1k with a short launch, a fast link and few lanes on the chip, on operators of one value a byte.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/result.h"
#include "mapping/mapfile.h"
#include "tests/job.h"
#include "tests/test_trace.h"
#include "tests/suites.h"

static void go(struct job *job, const char *lines, const char *objective, const char *const *set, int sets)
{
    struct fl_err err = {0};
    struct fl_request request = {.design = "hybrid_1k", .set = set, .sets = sets, .objective = objective};
    ck_assert_msg(job_ask(job, request, lines, &err), "%s", fl_err_text(&err));
}

/* "optical gpu gpu": where the operators are, in order. */
static const char *places(struct job *job)
{
    const char *text = "";
    for (size_t i = 0; i < job->rows.operators; i++)
        text = fl_arena_format(&job->arena, "%s%s%s", text, i > 0 ? " " : "", job->rows.operator_[i].placed);
    return text;
}

static int64_t counted(const struct job *job, uint32_t op, const char *path, const char *action)
{
    int64_t count = 0;
    for (size_t i = 0; i < job->rows.tallies; i++) {
        const struct fl_tally_row *row = &job->rows.tally[i];
        if ((op == 0 || row->operator == op) && strcmp(row->action, action) == 0 &&
            strcmp(job->result->arch.sim.unit[row->unit]->path, path) == 0)
            count += row->count;
    }
    return count;
}

static const char *const fast[] = {"gpu.launch=1 us", "gpu.host_bandwidth=400 GB/s", "vector.lanes=64"};
static const char *const no_link[] = {"gpu.launch=1 us", "gpu.host_bandwidth=1 GB/s", "vector.lanes=64"};
enum { M = 4096, D = 4096 };

/* Rows of softmax are slow on the chip's vector unit; between two products that stay on its cores they are worth a fast
 * way there and back, and not a slow one. Way in 42 us, launch 1 us, work, way out 42 us. */
static const char between[] = "linear a x -> y m=4096 k=4096 n=4096 placed=optical\nsoftmax s y -> z m=4096 n=4096\n"
                              "linear b z -> w m=4096 k=4096 n=4096 placed=optical\n";

START_TEST(moves_are_paid)
{
    struct job job;
    go(&job, between, "latency", fast, 3);
    ck_assert_str_eq(places(&job), "optical gpu optical");
    ck_assert_int_eq(counted(&job, 2, "gpu[0]", "host_bits"), 2 * 8 * (int64_t)M * D);
    double way = 8.0 * M * D / 3200e3, work = 2.0 * M * D / (2.039e6 * 0.9073);
    double took = (double)(job.rows.operator_[1].end_ps - job.rows.operator_[1].start_ps) / 1e6;
    double sram = 2 * 8.0 * M * D * job.result->machine.sram_bit_ps / 1e6;
    ck_assert_msg(took >= 2 * way + 1 + work && took < 2 * way + 1 + work + 3 * sram + 1, "%.6g us, by hand %.6g", took,
                  2 * way + 1 + work);
    job_done(&job);
    go(&job, between, "latency", no_link, 3);
    ck_assert_str_eq(places(&job), "optical digital optical");
    ck_assert_int_eq(counted(&job, 0, "gpu[0]", "host_bits"), 0);
    job_done(&job);
}
END_TEST

/* What stays on the GPU does not move: of three operators there the first takes, the last gives. */
START_TEST(neighbours_do_not_move)
{
    struct job job;
    go(&job, "linear a x -> y m=4096 k=4096 n=4096 placed=optical\nsoftmax s y -> z m=4096 n=4096\n"
       "softmax t z -> u m=4096 n=4096\nsoftmax v u -> q m=4096 n=4096\n"
       "linear b q -> w m=4096 k=4096 n=4096 placed=optical\n", "latency", fast, 3);
    ck_assert_str_eq(places(&job), "optical gpu gpu gpu optical");
    ck_assert_int_eq(counted(&job, 2, "gpu[0]", "host_bits"), 8 * (int64_t)M * D);
    ck_assert_int_eq(counted(&job, 3, "gpu[0]", "host_bits"), 0);
    ck_assert_int_eq(counted(&job, 4, "gpu[0]", "host_bits"), 8 * (int64_t)M * D);
    job_done(&job);
}
END_TEST

/* A tensor that two operators on the GPU read is taken once, and given once to two on the chip. */
START_TEST(a_tensor_is_moved_once)
{
    struct job job;
    go(&job, "linear a x -> y m=4096 k=4096 n=4096 placed=optical\nsoftmax s y -> z m=4096 n=4096\n"
       "add t y z -> u m=4096 n=4096\nlinear b u -> w m=4096 k=4096 n=4096 placed=optical\n"
       "linear c u -> q m=4096 k=4096 n=4096 placed=optical\n", "latency", fast, 3);
    ck_assert_str_eq(places(&job), "optical gpu gpu optical optical");
    ck_assert_int_eq(counted(&job, 0, "gpu[0]", "host_bits"), 2 * 8 * (int64_t)M * D);
    job_done(&job);
}
END_TEST

/* What goes round from a layer to the next is where the layer before left it. */
START_TEST(layers_find_what_layers_left)
{
    struct job job;
    go(&job, "norm first x -> h m=4096 n=4096\nrepeat 3\nsoftmax s h -> z m=4096 n=4096\n"
       "linear b z -> y m=4096 k=4096 n=4096 placed=optical\nadd t y z -> h m=4096 n=4096\nend\n", "latency", fast, 3);
    ck_assert_str_eq(places(&job), "gpu gpu optical gpu gpu optical gpu gpu optical gpu");
    /* in: x, and y in each layer; out: z in each layer */
    ck_assert_int_eq(counted(&job, 0, "gpu[0]", "host_bits"), (1 + 3 + 3) * 8 * (int64_t)M * D);
    job_done(&job);
}
END_TEST

/* Weights that the GPU has no room for stay with the chip. */
START_TEST(a_gpu_takes_what_it_can_hold)
{
    static const char *const small[] = {"gpu.launch=1 us", "gpu.host_bandwidth=400 GB/s", "gpu.memory=100 MB"};
    const char *lines = "linear a x -> y m=4096 k=16384 n=16384 placed=digital\n";
    struct job job;
    go(&job, lines, "latency", fast, 3);
    ck_assert_str_eq(places(&job), "gpu");
    job_done(&job);
    go(&job, lines, "latency", small, 3);
    ck_assert_str_eq(places(&job), "digital");
    job_done(&job);
}
END_TEST

static double figure(const char *objective, bool energy)
{
    struct job job;
    go(&job, between, objective, fast, 3);
    double value = energy ? fl_result_energy_j(job.result) : (double)job.result->run.latency_ps;
    job_done(&job);
    return value;
}

/* Each objective is served no worse than by the other's plan, and no worse than by the chip alone. */
START_TEST(each_objective_is_served)
{
    ck_assert(figure("latency", false) <= figure("energy", false));
    ck_assert(figure("energy", true) <= figure("latency", true));
    struct job job;
    go(&job, between, "latency", no_link, 3);
    ck_assert(figure("latency", false) < (double)job.result->run.latency_ps);
    job_done(&job);
}
END_TEST

static void refused(struct fl_request *ask, const char *text)
{
    struct fl_err err = {0};
    struct fl_result *result;
    ck_assert(!fanlight_run(ask, &result, &err));
    ck_assert_msg(strstr(fl_err_text(&err), text) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
}

/* A plan that divides operators, written to a file, comes back from it. */
START_TEST(a_file_has_what_the_gpu_does)
{
    struct job first, again = {.arena = {0}};
    struct fl_err err = {0};
    char *text = NULL;
    size_t length = 0;
    go(&first, between, "latency", fast, 3);
    FILE *out = open_memstream(&text, &length);
    fl_mapfile_write(out, &first.result->plan, &first.result->trace, &first.result->machine, "hybrid_1k");
    fclose(out);
    ck_assert_msg(strstr(text, "\ngpu s ") != NULL, "%s", text);
    const char *path = made_file(&again.arena, ".map", text, length);
    free(text);
    const char *trace = fl_arena_format(&again.arena, "fanlight-trace 2\nmodel hand\ninput x\n%s", between);
    struct fl_request ask = {.design = "hybrid_1k", .trace_text = trace, .set = fast, .sets = 3, .mapper = path};
    ck_assert_msg(fanlight_run(&ask, &again.result, &err), "%s", fl_err_text(&err));
    fl_result_rows(again.result, true, &again.rows);
    ck_assert_str_eq(places(&again), "optical gpu optical");
    ck_assert_int_eq(again.result->run.latency_ps, first.result->run.latency_ps);
    job_done(&first);
    ask.design = "free_space_1k";
    ask.sets = 0;
    refused(&ask, "no GPU beside its chip");
    static const char nobody[] = "fanlight-mapping 1\ngpu s block=3\n";
    ask.mapper = made_file(&again.arena, ".map", nobody, sizeof nobody - 1);
    refused(&ask, "block 3 of the trace has no operator \"s\"");
    unlink(path);
    unlink(ask.mapper);
    job_done(&again);
}
END_TEST

/* What nothing on the chip does goes to the GPU, whoever asks, with its matrix; a GPU too small for that is told. */
START_TEST(a_projection_has_a_place)
{
    static const char *const small[] = {"gpu.memory=10 MB"};
    static const char *const asked[] = {"auto", "search", "weight_stationary"};
    const char *lines = "linear a x -> y m=64 k=4096 n=4096 placed=optical\nproject p y -> z m=64 k=4096 n=4096\n"
                        "norm q z -> w m=64 n=4096\n";
    struct job job = {.arena = {0}};
    const char *trace = fl_arena_format(&job.arena, "fanlight-trace 2\nmodel hand\ninput x\n%s", lines);
    struct fl_request ask = {.design = "hybrid_1k", .trace_text = trace};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct job one;
        struct fl_err err = {0};
        struct fl_request how = {.design = "hybrid_1k", .mapper = asked[i]};
        ck_assert_msg(job_ask(&one, how, lines, &err), "%s: %s", asked[i], fl_err_text(&err));
        ck_assert_str_eq(one.rows.operator_[1].placed, "gpu");
        ck_assert_int_eq(counted(&one, 2, "gpu[0]", "host_bits"), 2 * 8 * 64 * 4096);
        ck_assert_int_eq(counted(&one, 2, "gpu[0]", "flops"), 2 * 64 * (int64_t)4096 * 4096);
        job_done(&one);
    }
    ask.set = small;
    ask.sets = 1;
    refused(&ask, "needs 0.0173015 GB there; gpu[0] has 0.01 GB");
    fl_arena_free(&job.arena);
}
END_TEST

/* gpu[0] of a trace on a mapping file's word, in bits over its host's link. */
static int64_t moved(const char *lines, const char *map, const char *const *set, int sets, uint32_t op)
{
    struct job job = {.arena = {0}};
    struct fl_err err = {0};
    const char *text = fl_arena_format(&job.arena, "fanlight-mapping 1\noverlap block\n%s", map);
    const char *trace = fl_arena_format(&job.arena, "fanlight-trace 2\nmodel hand\n%s", lines);
    const char *path = made_file(&job.arena, ".map", text, strlen(text));
    struct fl_request ask = {.design = "hybrid_1k", .trace_text = trace, .set = set, .sets = sets, .mapper = path};
    ck_assert_msg(fanlight_run(&ask, &job.result, &err), "%s", fl_err_text(&err));
    fl_result_rows(job.result, true, &job.rows);
    int64_t bits = counted(&job, op, "gpu[0]", "host_bits");
    unlink(path);
    job_done(&job);
    return bits;
}

/* A trained weight is where its update left it: whoever multiplies elsewhere gets it once a step, in both passes. */
START_TEST(weights_come_from_their_update)
{
    const char *step = "input x\ninput e\ntensor w parameter rows=512 width=256 trained=yes\n"
                       "tensor d_w gradient rows=512 width=256\n"
                       "linear a x w -> y m=64 k=512 n=256\nlinear b e w=transposed -> z m=64 k=256 n=512\n"
                       "matmul g x=transposed e -> d_w m=512 k=64 n=256\nupdate u d_w w -> w m=512 n=256\n";
    const int64_t w = 8 * 512 * 256, x = 8 * 64 * 512, e = 8 * 64 * 256;
    ck_assert_int_eq(moved(step, "gpu a\n", NULL, 0, 1), x + w);
    ck_assert_int_eq(moved(step, "gpu a\ngpu b\n", NULL, 0, 0), x + w + e);
    ck_assert_int_eq(moved(step, "gpu u\n", NULL, 0, 4), 2 * w);       /* its gradient, and back what the chip reads */
    ck_assert_int_eq(moved(step, "gpu a\ngpu b\ngpu u\n", NULL, 0, 0), x + e + w);
    ck_assert_int_eq(moved(step, "gpu a\ngpu b\ngpu g\ngpu u\n", NULL, 0, 0), x + e);
}
END_TEST

/* What its memory does not hold of weights stays with the host, if the design says so: the same share of each. */
START_TEST(a_small_gpu_leaves_weights_with_its_host)
{
    static const char *const set[] = {"gpu.memory=1 MB", "gpu.offload=true"};
    const char *lines = "input x\nlinear a x -> y m=64 k=1024 n=1024\nlinear b y -> z m=64 k=1024 n=2048\n";
    const int64_t a = 8 * 1024 * 1024, b = 2 * a, x = 8 * 64 * 1024, z = 2 * x;
    double rest = (double)(x + z), share = ((double)(a + b) + rest - 8e6) / (double)(a + b);
    int64_t by_hand = x + (int64_t)ceil((double)a * share) + (int64_t)ceil((double)b * share);
    ck_assert_int_eq(moved(lines, "gpu a\ngpu b\n", set, 2, 0), by_hand);
    ck_assert_int_eq(moved(lines, "gpu a\ngpu b\n", NULL, 0, 0), x);
}
END_TEST

Suite *test_place_suite(void)
{
    Suite *suite = suite_create("place");
    TCase *c = tcase_create("by hand");
    tcase_add_test(c, moves_are_paid);
    tcase_add_test(c, neighbours_do_not_move);
    tcase_add_test(c, a_tensor_is_moved_once);
    tcase_add_test(c, layers_find_what_layers_left);
    tcase_add_test(c, a_gpu_takes_what_it_can_hold);
    tcase_add_test(c, each_objective_is_served);
    tcase_add_test(c, a_file_has_what_the_gpu_does);
    tcase_add_test(c, a_projection_has_a_place);
    tcase_add_test(c, weights_come_from_their_update);
    tcase_add_test(c, a_small_gpu_leaves_weights_with_its_host);
    suite_add_tcase(suite, c);
    return suite;
}
