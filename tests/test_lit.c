/* test_lit.c - the light that joules are charged for is the light that errors are predicted for. */
#include <math.h>
#include <string.h>

#include "api/chain.h"
#include "api/result.h"
#include "tests/cases.h"
#include "tests/counted.h"
#include "tests/suites.h"

/* The light that joules are charged for is the light that errors are predicted for, and all of it: a full-level input's
 * and, where fields beat, that of the oscillator or of the weights' beam. */
struct charged { struct fl_request ask; double level, row_fj; };

static double laser_fj(const struct fl_rows *rows)
{
    double sum = 0;
    for (size_t p = 0; p < rows->prices; p++)
        if (strcmp(rows->price[p].component, "laser") == 0)
            sum += rows->price[p].fj * rows_count(rows, rows->price[p].unit, rows->price[p].action);
    return sum;
}

static double total_of(const struct fl_rows *rows, const char *action)
{
    double sum = 0;
    for (uint32_t unit = 0; unit < rows->units; unit++)
        sum += rows_count(rows, unit, action);
    return sum;
}

#define WALL_PLUG 0.25

static void compare_light(void *context, const struct fl_op_chain *chain)
{
    const struct charged *charged = context;
    const struct fl_lighting *light = &chain->pool->light;
    double full = fl_lighting_full_photons(light, &chain->ask->coding), photons = charged->level / 256 * full;
    if (chain->pool->emitters_apart) {
        struct fl_encoded coded = fl_encode(&chain->ask->coding, &chain->ask->input, &chain->ask->weight);
        double sent = coded.lit / (coded.rows * coded.passes);
        photons /= sent;
        full /= sent;
    }
    double tiles = light->width > 0 || light->shared_over_k ? 1 : chain->ask->tiles;
    double share = light->width > 0 ? chain->ask->length / light->width : 1;
    double predicted = chain->ask->photons / tiles / share;
    ck_assert_msg(photons >= predicted * (1 - 1e-12) && photons <= predicted + full / 256,
                  "%s: %.9g photons of a full-scale output are charged, %.9g predicted", charged->ask.trace_text,
                  photons, predicted);
    const struct fl_operand peak = { .mean = 1, .square = 1, .magnitude = 1, .shared = 1, .shared_magnitude = 1 };
    struct fl_encoded most = fl_encode(&chain->ask->coding, &peak, &peak);
    const struct fl_sign_need *need = &fl_signs[chain->ask->coding.sign];
    double passes = fl_db_transmission(chain->pool->loss_db);   /* an oscillator that carries nothing loses nothing */
    double beams = 1 / passes + (need->beats ? (most.lit - 1) / (need->meets ? passes : 1) : 0);
    double fj = charged->level / 256 * fl_lighting_full_photons(light, &chain->ask->coding) * beams *
                fl_photon_energy_fj(chain->pool->wavelength_nm) / (chain->pool->quantum_efficiency * WALL_PLUG);
    ck_assert_msg(fabs(charged->row_fj / fj - 1) < 1e-9, "%s: %.9g fJ a row are charged, %.9g predicted",
                  charged->ask.trace_text, charged->row_fj, fj);
}

START_TEST(light_is_charged_as_predicted)
{
    static const char *const traces[] = {
        "fanlight-trace 1\nmodel kinds\ninput x\nlinear l x -> y m=3 k=700 n=40\n",
        "fanlight-trace 1\nmodel kinds\ninput x\nlinear l x -> y m=3 k=700 n=40 sign=non_negative\n"};
    static const char *const levels[] = {"core.source.level=fixed", "core.source.level=per_operand"};
    static const char *const encodings[] = {"core.encoding=offset", "core.encoding=dual_rail",
                                            "core.encoding=coherent", "core.encoding=homodyne",
                                            "core.encoding=offset", "core.encoding=dual_rail"};
    const char *set[] = {"core.source.budget=signal", "core.source.error=0.003", "core.slm.extinction=0.02",
                         levels[_i / 2 % 2], encodings[_i / 4], "core.source.extinction=0.01",
                         _i < 16 ? "core.source.emitters=laser" : "core.source.emitters=direct",
                         "core.source.wall_plug=0.25", "core.source.oscillator=0.37",
                         "core.source.oscillator_loss=0 dB"};
    struct charged charged = {.ask = {.design = "slm_bench", .mapper = "weight_stationary", .set = set,
                                      .sets = sizeof set / sizeof *set, .trace_text = traces[_i % 2]}};
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    struct fl_rows rows = {0};
    if (!fanlight_run(&charged.ask, &result, &err))
        ck_abort_msg("%s", fl_err_text(&err));
    fl_result_rows(result, false, &rows);
    charged.level = total_of(&rows, "lit") / total_of(&rows, "passed");
    charged.row_fj = laser_fj(&rows) / total_of(&rows, "passed");
    ck_assert(fl_chains(&charged.ask, compare_light, &charged, &err));
    fl_rows_free(&rows);
    fanlight_free(result);
}
END_TEST

Suite *test_lit_suite(void)
{
    Suite *suite = suite_create("lit");
    TCase *tcase = tcase_create("laws");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, light_is_charged_as_predicted, 0, 24);
    suite_add_tcase(suite, tcase);
    return suite;
}
