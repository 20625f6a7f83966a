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
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/result.h"
#include "phys/montecarlo.h"
#include "tests/suites.h"

static double laser_fj(const struct fl_result *result)
{
    double fj = 0;
    const struct fl_ledger *ledger = &result->run.ledger;
    for (size_t i = 0; i < result->arch.prices; i++) {
        const struct fl_price *price = &result->arch.price[i];
        for (size_t n = 0; strcmp(price->component, "laser") == 0 && n < ledger->occurrences; n++) {
            const struct fl_delta *d = &ledger->delta[ledger->occurrence[n].delta];
            for (uint32_t k = d->first; k < d->first + d->entries; k++) {
                const struct fl_entry *e = &ledger->entry[k];
                if (e->unit == price->unit && (int32_t)e->tally == price->count)
                    fj += (double)e->count * price->fj;
            }
        }
    }
    return fj;
}

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
    static const char *const wide[] = {"core.slm.columns=65536", "machine.overlap=none"};   /* operands load once */
    double n = block[_i].n, d = block[_i].d;
    double formula = 13.17e3 * (10 + n * block[_i].heads / d) / (12 * d + 2 * n);
    double simulated = fj_per_mac(block[_i].model, (int64_t)n, wide, 2);
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
    /* Enough dynamic cores that all heads and all their row tiles are at work at once: else inputs come twice. And one
     * operator after another: to be faster, blocks of attention would load keys again. */
    const char *set[] = {columns, rows, "core.shared_input=false", "core[1].cores=4096", "machine.overlap=none"};
    ck_assert_double_eq_tol(300 / fj_per_mac("gpt3-175b", 2048, set, 5), shape[_i].own, 0.005 * shape[_i].own);
    set[2] = "core.shared_input=true";
    ck_assert_double_eq_tol(300 / fj_per_mac("gpt3-175b", 2048, set, 5), shape[_i].shared, 0.01 * shape[_i].shared);
}
END_TEST

/* ---- light ---- */

enum { POINTS = 3 };
static const int length[POINTS] = {128, 1280, 12800};   /* two decades */

/* Exponent of the laser's energy per MAC against operand length: one linear operator, untiled, 512 outputs. */
static struct fl_power_law laser_law(const char *const *set, int sets)
{
    double x[POINTS], y[POINTS], sigma[POINTS];
    for (int i = 0; i < POINTS; i++) {
        char path[64];
        snprintf(path, sizeof path, "test_paper.%d.trace", length[i]);
        struct fl_trace trace;
        struct fl_err err = {0};
        struct fl_result *result = NULL;
        char text[512];
        snprintf(text, sizeof text, "layer,M,N,K\nfc,256,512,%d\n", length[i]);
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        fputs(text, file);
        fclose(file);
        bool read = fl_trace_from_gemm_csv(&trace, path, &err);
        ck_assert_msg(read, "%s", fl_err_text(&err));
        file = fopen(path, "w");
        fl_trace_write(&trace, file);
        fclose(file);
        fl_trace_free(&trace);
        struct fl_request request = {.design = "ot_10k", .trace = path, .set = set, .sets = sets};
        bool ran = fanlight_run(&request, &result, &err);
        remove(path);
        ck_assert_msg(ran, "%s", fl_err_text(&err));
        y[i] = laser_fj(result) / (double)result->trace.macs;
        x[i] = length[i];
        sigma[i] = 1;
        fanlight_free(result);
    }
    return fl_power_law_fit(x, y, sigma, POINTS);
}

/* Photons for a full-scale output: per MAC they fall as 1/length, by construction. F = 4^7, qe 0.8, 3 dB, wall plug
 * 0.2, all 10^4 rows lit for 512 outputs unless gated. */
START_TEST(full_scale_light_falls_as_one_over_length)
{
    static const char *const set[] = {"core.slm.columns=16384", "core.gate_rows=true"};
    struct fl_power_law law = laser_law(set, 2);
    ck_assert_double_eq_tol(law.exponent, -1.00, 0.02);
    double row_fj = 16384 * 0.128e-3 / (0.8 * pow(10, -0.3) * 0.2);
    ck_assert_double_eq_tol(law.factor, row_fj, 0.01 * row_fj);
}
END_TEST

/* Photons for a 2 % error of the signal: constant per MAC where operands have nothing in common, falling where they
 * share a component. The closed forms of phys/encoding.h, which Monte Carlo confirms. */
static const struct { const char *encoding, *statistics; double exponent; } budget[] = {
    {"offset", "zero_mean", 0}, {"dual_rail", "zero_mean", 0}, {"coherent", "zero_mean", 0},
    {"offset", "non_negative", 0}, {"dual_rail", "non_negative", 0}, {"coherent", "non_negative", 0},
    {"offset", "common", -0.99}, {"dual_rail", "common", -0.99}, {"coherent", "common", -0.99},
};

START_TEST(signal_light_does_not_fall_unless_operands_are_alike)
{
    char encoding[64], statistics[64];
    snprintf(encoding, sizeof encoding, "core.encoding=%s", budget[_i].encoding);
    snprintf(statistics, sizeof statistics, "core.source.statistics=%s", budget[_i].statistics);
    const char *set[] = {"core.slm.columns=16384", "core.gate_rows=true", "core.source.budget=signal", encoding,
                         statistics, "core.source.oscillator=0.004", "core.source.photon_bits=5"};
    ck_assert_double_eq_tol(laser_law(set, 7).exponent, budget[_i].exponent, 0.03);
}
END_TEST

Suite *test_paper_suite(void)
{
    Suite *suite = suite_create("paper");
    TCase *tcase = tcase_create("converters");
    tcase_add_loop_test(tcase, converters_alone_cost_what_the_closed_form_says, 0,
                        (int)(sizeof block / sizeof *block));
    tcase_add_loop_test(tcase, own_converters_make_the_shape_of_cores_count, 0, (int)(sizeof shape / sizeof *shape));
    tcase_add_test(tcase, full_scale_light_falls_as_one_over_length);
    tcase_add_loop_test(tcase, signal_light_does_not_fall_unless_operands_are_alike, 0,
                        (int)(sizeof budget / sizeof *budget));
    suite_add_tcase(suite, tcase);
    return suite;
}
