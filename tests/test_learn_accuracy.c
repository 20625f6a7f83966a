/* test_learn_accuracy.c - networks in files, their work as the simulator sees it, and a design's perplexity.
 *
 * The shipped network generated-16 needs nothing installed: it was trained on text made up here.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/fanlight.h"
#include "api/result.h"
#include "learn/evaluate.h"
#include "learn/net.h"
#include "tests/suites.h"

static struct fl_net shipped(void)
{
    struct fl_err err = {0};
    struct fl_net net;
    ck_assert_msg(fl_net_read(&net, "generated-16", &err), "%s", fl_err_text(&err));
    return net;
}

static struct fl_data its_data(const struct fl_net *net)
{
    struct fl_err err = {0};
    struct fl_data data;
    ck_assert_msg(fl_data_load(&data, net, NULL, NULL, &err), "%s", fl_err_text(&err));
    return data;
}

/* Writes, changes one byte (at -1: none), reads back; the fault's text, or "" and the network. */
static const char *reread(const struct fl_net *net, long at, struct fl_net *back, struct fl_err *err)
{
    static const char path[] = "test_learn.net";
    FILE *file = fopen(path, "wb+");
    ck_assert(file != NULL && fl_net_write(net, file, err));
    if (at >= 0) {
        fseek(file, -at - 1, SEEK_END);
        int c = fgetc(file);
        fseek(file, -at - 1, SEEK_END);
        fputc(c ^ 1, file);
    }
    fclose(file);
    fl_net_read(back, "./test_learn.net", err);
    remove(path);
    return fl_err_text(err);
}

START_TEST(files_keep_a_network)
{
    struct fl_net net = shipped(), back;
    struct fl_err err = {0};
    ck_assert_str_eq(reread(&net, -1, &back, &err), "");
    ck_assert_int_eq(memcmp(&net.shape, &back.shape, sizeof net.shape), 0);
    ck_assert_int_eq(memcmp(net.parameters, back.parameters, net.count * sizeof(float)), 0);
    ck_assert_str_eq(net.recipe, back.recipe);
    fl_net_free(&back);
    ck_assert_ptr_nonnull(strstr(reread(&net, 100, &back, &err), "damaged"));
    fl_err_free(&err);
    ck_assert(!fl_net_read(&back, "generated-61", &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "did you mean \"generated-16\"?"));
    fl_err_free(&err);
    fl_net_free(&net);
}
END_TEST

/* The same work twice: as products that are made here, and as operators that are simulated. */
static void macs_agree(const struct fl_net *net, const struct fl_data *data, int sequences, size_t symbols)
{
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    struct fl_chain exact = {.kind = FL_CHAIN_EXACT, .inside = 1};
    struct fl_optics optics;
    fl_optics_make(&optics, fl_net_sites(net), &exact, 0);
    optics.phase = FL_OPTICS_RUN;
    struct fl_evaluation got = fl_evaluate(net, data, &optics, 0, (size_t)sequences, 1);
    struct fl_request ask = {.design = "ot_10k", .trace_text = fl_data_trace(data, net, sequences, &arena)};
    struct fl_result *result;
    struct fl_summary sum;
    ck_assert_msg(fanlight_run(&ask, &result, &err) && fanlight_summary(result, &sum, &err), "%s", fl_err_text(&err));
    ck_assert_double_eq((double)got.macs, sum.macs);
    ck_assert_uint_eq(got.symbols, symbols);
    fanlight_free(result);
    fl_optics_free(&optics);
    fl_arena_free(&arena);
}

START_TEST(macs_are_those_of_the_simulated_trace)
{
    enum { SEQUENCES = 3 };
    struct fl_net net = shipped();
    struct fl_data data = its_data(&net);
    macs_agree(&net, &data, SEQUENCES, SEQUENCES * 32);
    fl_data_free(&data);
    fl_net_free(&net);
}
END_TEST

/* A network of layers of zeroes: rows with classes, and a ring of five nodes in which each knows itself and two. */
START_TEST(macs_of_layers_are_those_of_their_trace)
{
    struct fl_net net = {.name = "letters", .task = FL_TASK_LETTERS, .layered = {3, {144, 16, 8, 26}, NULL}};
    net.count = fl_layered_count(&net.layered);
    net.parameters = fl_arena_array(&net.arena, net.count, sizeof *net.parameters);
    struct fl_data data = its_data(&net);
    macs_agree(&net, &data, 1, 2000);
    fl_data_free(&data);
    enum { NODES = 5 };
    memset(&data, 0, sizeof data);
    fl_samples_make(&data.samples, NODES, 144, 26);
    struct fl_links *links = &data.samples.links;
    size_t start[NODES + 1];
    int other[3 * NODES];
    float weight[3 * NODES];
    *links = (struct fl_links){NODES, start, other, weight};
    for (int i = 0; i < 3 * NODES; i++) {
        other[i] = (i / 3 + i % 3) % NODES;
        weight[i] = 1 / 3.0F;
        start[i / 3] = (size_t)(i / 3 * 3);
    }
    start[NODES] = (size_t)(3 * NODES - 1);
    data.x = data.samples.x;
    data.samples.test[1] = data.samples.test[4] = 7;
    macs_agree(&net, &data, 1, 2);
    fl_data_free(&data);
    fl_net_free(&net);
}
END_TEST

/* A Transformer of zeroes for digits by their patches. */
START_TEST(macs_of_images_are_those_of_their_trace)
{
    struct fl_net net = {.name = "digits", .task = FL_TASK_DIGITS, .shape = {
        .vocabulary = 10, .context = 16, .width = 8, .layers = 2, .heads = 2, .inner = 16, .patch = 9}};
    net.count = fl_transformer_at(&net.shape).count;
    net.parameters = fl_arena_array(&net.arena, net.count, sizeof *net.parameters);
    struct fl_data data = its_data(&net);
    macs_agree(&net, &data, 1, 1000);
    fl_data_free(&data);
    fl_net_free(&net);
}
END_TEST

struct told { struct fl_accuracy_row row[4]; int rows; };

static void tell(void *context, const struct fl_accuracy_row *row)
{
    struct told *told = context;
    ck_assert_int_lt(told->rows, 4);
    told->row[told->rows++] = *row;
}

static struct told accuracy(const char *const *set, int sets, double photons, int jobs)
{
    struct fl_err err = {0};
    struct told told = {.rows = 0};
    const struct fl_request machine = {.design = "slm_bench", .set = set, .sets = sets};
    const struct fl_accuracy_ask ask = {.net = "generated-16", .photons_per_mac = photons, .windows = 40, .jobs = jobs};
    ck_assert_msg(fanlight_accuracy(&machine, &ask, tell, &told, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(told.rows, 4);
    return told;
}

static const char *const rails[] = {"core[0].encoding=dual_rail", "core[0].adc.range=4"};

START_TEST(light_buys_accuracy_and_costs_energy)
{
    struct told dim = accuracy(rails, 2, 3, 1), bright = accuracy(rails, 2, 3000, 1);
    ck_assert_double_le(fabs(dim.row[0].photons_per_mac / 3 - 1), 0.1);         /* calibrated on other text */
    ck_assert_double_le(fabs(bright.row[0].photons_per_mac / 3000 - 1), 0.1);
    ck_assert_double_gt(dim.row[0].over_exact, 1.5);
    ck_assert_double_le(fabs(bright.row[0].perplexity / bright.row[1].perplexity - 1), 0.02);
    ck_assert_double_gt(bright.row[0].j_per_token, dim.row[0].j_per_token);
    ck_assert_double_le(fabs(bright.row[2].over_exact - 1), 0.03);              /* eight bits */
    ck_assert_double_eq(dim.row[3].perplexity, bright.row[3].perplexity);
    ck_assert_double_eq(dim.row[0].optical_share, 1);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    struct told one = accuracy(rails, 2, 20, 1), three = accuracy(rails, 2, 20, 3);
    for (int i = 0; i < 4; i++)
        ck_assert(one.row[i].perplexity == three.row[i].perplexity);
    ck_assert(one.row[0].photons_per_mac == three.row[0].photons_per_mac);
}
END_TEST

/* The budget `signal` is turned by its error: the same photons, the same result. */
START_TEST(either_budget_gives_the_light_asked_for)
{
    static const char *const set[] = {"core[0].encoding=dual_rail", "core[0].adc.range=4",
                                      "core[0].source.budget=signal"};
    struct told told = accuracy(set, 3, 20, 1);
    ck_assert_double_le(fabs(told.row[0].photons_per_mac / 20 - 1), 0.1);
    struct fl_err err = {0};
    struct told none = {.rows = 0};
    const struct fl_accuracy_ask ask = {.net = "generated-16", .windows = 8, .photons_per_mac = 1e-6};
    ck_assert(!fanlight_accuracy(&(struct fl_request){.design = "slm_bench"}, &ask, tell, &none, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "less than one photon"));
    fl_err_free(&err);
    const struct fl_accuracy_ask odd = {.windows = -1, .inside = 0.2};
    ck_assert(!fanlight_accuracy(&(struct fl_request){.model = "gpt2"}, &odd, tell, &none, &err));
    ck_assert_str_eq(fl_err_text(&err),
                     "net: give a network: a shipped name, or a file of `fanlight learn -o`\n"
                     "fanlight_accuracy: the network is the workload: give no model and no trace\n"
                     "inside: 0.2 is not from 0.5 to 1\nwindows: -1 is not from 1 to 1e+06\n");
    ck_assert_int_eq(none.rows, 0);
    fl_err_free(&err);
}
END_TEST

Suite *test_learn_accuracy_suite(void)
{
    Suite *suite = suite_create("learn_accuracy");
    TCase *tcase = tcase_create("learn_accuracy");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, files_keep_a_network);
    tcase_add_test(tcase, macs_are_those_of_the_simulated_trace);
    tcase_add_test(tcase, macs_of_layers_are_those_of_their_trace);
    tcase_add_test(tcase, macs_of_images_are_those_of_their_trace);
    tcase_add_test(tcase, light_buys_accuracy_and_costs_energy);
    tcase_add_test(tcase, threads_do_not_change_a_bit);
    tcase_add_test(tcase, either_budget_gives_the_light_asked_for);
    suite_add_tcase(suite, tcase);
    return suite;
}
