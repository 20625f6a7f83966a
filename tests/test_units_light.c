/* test_units_light.c - photons emitted = detected + lost, element by element, over a core that runs.
 *
 * Counts come from a run, the price of light from the source's own table. Followed through
 * the losses of the units, the light that was paid for is what the detectors were promised:
 * 4^b photons a lit row at full scale, times the headroom.
 */
#include <math.h>
#include <string.h>

#include "phys/loss.h"
#include "phys/photons.h"
#include "tests/hand.h"
#include "tests/laws/draw.h"
#include "tests/suites.h"

enum { COLUMNS = 12, ROWS = 10, VECTORS = 5, LEVELS = 256, BITS = 7 };
static const double fan_db = 1.5, slm_db = 3.25, quantum_efficiency = 0.8, wavelength_nm = 1550, wall_plug = 0.2,
                    headroom = 4;

static void setup(struct hand *h)
{
    param_set(h->fanout, "excess_loss", fan_db);
    param_set(h->slm, "insertion_loss", slm_db);
    param_set(h->detector, "quantum_efficiency", quantum_efficiency);
    param_set(h->source, "wavelength", wavelength_nm);
    param_set(h->source, "wall_plug", wall_plug);
    param_set(h->source, "headroom", headroom);
}

static void setup_shared(struct hand *h)
{
    setup(h);
    param_set(h->source, "shared_over_k", true);
}

/* A tile that uses 7 of 10 rows and 9 of 12 inputs on each of two cores; all rows are lit unless they are gated. */
static struct fl_step step_of(bool gated)
{
    int64_t lit = 2 * (gated ? 7 : ROWS);
    struct fl_step step = { .kind = FL_STEP_OPTICAL, .vectors = VECTORS, .cores = 2, .read_bits = 144,
                            .write_bits = 112 };
    *fl_light_own(&step) = (struct fl_light_step){ .columns = 9, .rows = 7, .converted = 18, .detected = 14,
                                                   .lit_rows = lit, .lit_paths = 9 * lit, .operand = 36, .added = 14 };
    return step;
}

/* Photons that the counted light is made of: its joules from the socket, by the source's price. */
static double emitted_photons(const struct hand *h)
{
    const struct fl_tally *tally = h->source->type->tallies;
    while (strcmp(tally->action, "lit") != 0)
        tally++;
    double fj;
    memcpy(&fj, (const char *)h->source + tally->price, sizeof fj);
    return (double)hand_count(h->source, "lit") * fj * wall_plug / fl_photon_energy_fj(wavelength_nm);
}

static void close_to(double a, double b)
{
    ck_assert_msg(fabs(a - b) <= 1e-12 * fabs(b), "%.17g is not %.17g", a, b);
}

/* Follows the light of a run: `share` of a full output's photons is what a lit row gets. */
static void follow(bool gated, hand_setup *prepare, double share)
{
    const struct fl_pool pool = {
        .name = "pool", .cores = 2, .columns = COLUMNS, .rows = ROWS, .output_bits = BITS, .gate_rows = gated,
        .quantum_efficiency = 1, .adc_lanes = 1,
    };
    const struct fl_step step = step_of(gated);
    struct hand h;
    hand_build(&h, &pool, prepare);
    hand_run(&h, &step, 1);

    int64_t lit_rows = VECTORS * fl_light(&step)->lit_rows; /* every element sees the same rows lit */
    ck_assert_int_eq(hand_count(h.source, "lit"), (int64_t)(LEVELS * share) * lit_rows);
    ck_assert_int_eq(hand_count(h.fanout, "copied"), lit_rows);
    ck_assert_int_eq(hand_count(h.slm, "passed"), lit_rows);
    ck_assert_int_eq(hand_count(h.detector, "detected"), VECTORS * fl_light(&step)->detected);
    close_to(h.machine.pool[0].loss_db, fan_db + slm_db);
    close_to(h.machine.pool[0].quantum_efficiency, quantum_efficiency);

    double emitted = emitted_photons(&h);
    const struct fl_element path[] = {
        { "fanout", fan_db, (double)lit_rows },
        { "slm", slm_db, 1 },
        { "detector", fl_loss_of_efficiency_db(quantum_efficiency), 1 },
    };
    struct fl_light light[3];
    double detected = fl_path_walk(path, 3, emitted, light);
    for (size_t i = 0; i < 3; i++)
        close_to(light[i].leaving + light[i].lost, light[i].entering);
    ck_assert_double_lt(fl_path_unbalance(light, 3, emitted, detected), 1e-12);
    close_to(detected / light[2].branches, fl_photons_for_bits(BITS, FL_BITS_LEVELS) * headroom * share);

    /* At the fan-out: rows that are lit but not used get as much as the others, and it is lost to the result. */
    double rows = (double)fl_light(&step)->lit_rows / 2;
    struct fl_fanout division = fl_fanout_divide(emitted, rows, 7, fan_db);
    close_to(division.used + division.unused + division.lost, emitted);
    close_to(division.unused, emitted * fl_db_transmission(fan_db) * (rows - 7) / rows);
    hand_free(&h);
}

START_TEST(all_rows_are_lit)
{
    follow(false, setup, 1);
}
END_TEST

START_TEST(gated_rows_are_dark)
{
    follow(true, setup, 1);
}
END_TEST

/* 9 of 36 products pass in this tile: a quarter of the photons. */
START_TEST(tiles_share_the_photons_of_an_output)
{
    follow(false, setup_shared, 0.25);
    follow(true, setup_shared, 0.25);
}
END_TEST

Suite *test_units_light_suite(void)
{
    Suite *suite = suite_create("units_light");
    TCase *tcase = tcase_create("units_light");
    tcase_add_test(tcase, all_rows_are_lit);
    tcase_add_test(tcase, gated_rows_are_dark);
    tcase_add_test(tcase, tiles_share_the_photons_of_an_output);
    suite_add_tcase(suite, tcase);
    return suite;
}
