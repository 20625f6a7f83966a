/* test_paper.c - 'Optical Transformers' (arXiv:2302.10360) as sums done by hand, against whole simulated runs.
 *
 * With nothing priced but converters (DAC 10 pJ, ADC 3.17 pJ: E_s = 13.17 pJ a pair), dense attention on cores that
 * load both operands, no operand cut and every input converted once, a plain block of context n, width d and head
 * width d_h loads and detects 10 n d + h n^2 values for 12 n d^2 + 2 n^2 d MACs:
 *
 *     E / MAC = E_s (10 + n / d_h) / (12 d + 2 n)
 *
 * With converters of their own (every input converted once per row tile, partial sums detected once per K-tile) the
 * advantage over 300 fJ/MAC depends on the shape of the cores.
 */
#include <stdio.h>

#include "api/result.h"
#include "tests/suites.h"

static double fj_per_mac(const char *model, int64_t context, const char *const *set, int sets)
{
    struct fl_request request = {
        .design = "converters_only", .model = model, .set = set, .sets = sets,
        .work = {.context = context, .attention = "dense", .layers_only = true}};
    struct fl_result *result = NULL;
    struct fl_err err = {0};
    if (!fanlight_run(&request, &result, &err))
        ck_abort_msg("%s", fl_err_text(&err));
    double fj = fl_result_energy_j(result) * 1e15 / (double)result->trace.macs;
    fanlight_free(result);
    return fj;
}

static const struct {
    const char *model;
    double n, d, heads, stated;         /* fJ/MAC, as the facts have it: three digits */
} block[] = {
    {"gpt2", 1024, 768, 12, 30.4},
    {"gpt2-xl", 1024, 1600, 25, 16.1},
    {"gpt3-175b", 2048, 12288, 96, 2.26},
};

START_TEST(converters_alone_cost_what_the_closed_form_says)
{
    static const char *const wide[] = {"core.slm.columns=65536"};
    double n = block[_i].n, d = block[_i].d;
    double formula = 13.17e3 * (10 + n * block[_i].heads / d) / (12 * d + 2 * n);
    double simulated = fj_per_mac(block[_i].model, (int64_t)n, wide, 1);
    ck_assert_double_eq_tol(simulated, formula, 1e-4 * formula);        /* the laser's photon for an output apart */
    ck_assert_double_eq_tol(simulated, block[_i].stated, 0.01 * block[_i].stated);
}
END_TEST

/* GPT-3, n = 2048: the advantage with converters of their own, and with one converted input for all cores. */
static const struct { int columns, rows; double own, shared; } shape[] = {
    {12288, 813, 20.9, 129}, {10000, 1000, 24.6, 119}, {3163, 3162, 51.9, 98}, {10000, 10000, 90.8, 119},
};

START_TEST(own_converters_make_the_shape_of_cores_count)
{
    char columns[64], rows[64];
    snprintf(columns, sizeof columns, "core.slm.columns=%d", shape[_i].columns);
    snprintf(rows, sizeof rows, "core.slm.rows=%d", shape[_i].rows);
    /* Enough dynamic cores that all heads and all their row tiles are at work at once: else inputs come twice. */
    const char *set[] = {columns, rows, "core.shared_input=false", "core[1].cores=4096"};
    ck_assert_double_eq_tol(300 / fj_per_mac("gpt3-175b", 2048, set, 4), shape[_i].own, 0.005 * shape[_i].own);
    set[2] = "core.shared_input=true";
    ck_assert_double_eq_tol(300 / fj_per_mac("gpt3-175b", 2048, set, 4), shape[_i].shared, 0.01 * shape[_i].shared);
}
END_TEST

Suite *test_paper_suite(void)
{
    Suite *suite = suite_create("paper");
    TCase *tcase = tcase_create("converters");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, converters_alone_cost_what_the_closed_form_says, 0,
                        (int)(sizeof block / sizeof *block));
    tcase_add_loop_test(tcase, own_converters_make_the_shape_of_cores_count, 0, (int)(sizeof shape / sizeof *shape));
    suite_add_tcase(suite, tcase);
    return suite;
}
