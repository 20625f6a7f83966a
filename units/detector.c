/* detector.c - photodiodes and amplifiers: one a row, or two for coherent light, integrating a vector's light.
 *
 * Receivers of cores that have no light may sleep (`burns = "busy"`); they wake before the first light of a step, and
 * draw their power meanwhile. What leaks, leaks asleep or not. The two diodes of a balanced pair have an amplifier
 * each, or are wired against each other before a common one.
 *
 * Light arrives whether or not anyone is ready: the source keeps the pace, and light that
 * meets a detector still integrating is a broken law, not a stall.
 */
#include "machine/machine.h"
#include "sim/pace.h"

struct detector {
    struct unit unit;
    double read_e, dark_na, capacitance_ff, amplifier_pa, crosstalk, systematic;    /* for predicted errors */
    fl_time integration_ps, wake_ps;
    double energy_fj, power_mw, camera_mw, lane_area_um2, quantum_efficiency, core_mw, sensitivity_uw;
    double leakage_mw, core_leakage_mw;
    int32_t leaks;                      /* FL_ALWAYS */
    int32_t burns, idle_lanes, amplifiers;
    int64_t lanes;                      /* amplifiers of a core */
    fl_time free_at;
    fl_time rested_at;                  /* a core whose light comes from then on has woken since the last one's */
};
enum { EACH_DIODE, EACH_PAIR };
static const char *const amplifiers_names[] = { "diode", "pair", NULL };
enum { LIGHT_IN, CHARGE };
enum { DETECTED };

static bool detector_init(struct unit *u, struct fl_err *err)
{
    struct detector *d = (struct detector *)u;
    if (d->wake_ps > 0 && d->burns != FL_BUSY)
        return fl_fail(err, u->path, "wake is the time of receivers that sleep: take burns = \"busy\", or leave wake "
                       "out");
    int64_t pairs = fl_pool_sample_lines(u->pool), diodes = pairs * fl_pool_diodes(u->pool);
    d->lanes = d->amplifiers == EACH_PAIR ? pairs : diodes;
    fl_lanes(u, d->lanes, DETECTED, (double)d->integration_ps);
    u->area_um2 = d->lane_area_um2 * (double)diodes;
    u->peak_mw = fl_peak_mw((double)d->lanes, d->energy_fj, (double)d->integration_ps);
    d->core_mw = d->power_mw * (double)d->lanes;
    d->core_leakage_mw = d->leakage_mw * (double)d->lanes;
    d->leaks = FL_ALWAYS;
    return true;
}

static void detector_wake(struct unit *u)
{
    struct detector *d = (struct detector *)u;
    if (!fl_has(u, LIGHT_IN))
        return;
    struct fl_msg msg = fl_take(u, LIGHT_IN);
    const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
    fl_unit_assert(u, fl_now(u) >= d->free_at && msg.lasts >= 0);
    bool all = d->idle_lanes == FL_IDLE_CONVERT;
    int64_t used = fl_light(step)->detected / (d->amplifiers == EACH_PAIR ? fl_pool_diodes(u->pool) : 1);
    fl_count(u, step, DETECTED, all ? fl_product(d->lanes, step->cores, &u->sim->overflow) : used);
    /* Light is summed up to its end, however long it lasts. */
    fl_time takes = msg.lasts > d->integration_ps ? msg.lasts : d->integration_ps;
    fl_busy(u, step, takes, step->cores);
    if (msg.flags & FL_FIRST && d->wake_ps > 0) /* while the last light was summed up, time was counted already */
        fl_active(u, step, d->wake_ps - fl_most(d->rested_at - fl_now(u), 0), step->cores);
    d->free_at = fl_now(u) + takes;
    d->rested_at = d->free_at + d->wake_ps;
    fl_send(u, CHARGE, msg, d->free_at);
    fl_next_at(u, LIGHT_IN, d->free_at);
}

static void detector_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct detector *d = (const struct detector *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    pool->switch_ps = fmax(pool->switch_ps, (double)d->wake_ps);
    pool->detector_ps = (double)d->integration_ps;
    pool->back_ps += (double)d->integration_ps;
    pool->quantum_efficiency = d->quantum_efficiency;
    if (pool->light.budget == FL_BUDGET_SENSITIVITY)    /* so much power for each level, as long as a vector's light */
        pool->light.photons = fl_photons_of_power(d->sensitivity_uw * 1e-3 * exp2(pool->light.bits), pool->source_ps,
                                                  pool->wavelength_nm, d->quantum_efficiency);
    pool->receiver.integration_ps = (double)d->integration_ps;
    pool->receiver.dark_na = d->dark_na;
    pool->receiver.read_e = d->read_e;
    pool->receiver.capacitance_ff = d->capacitance_ff;
    pool->receiver.temperature_k = 300;
    int64_t amplifiers = d->amplifiers == EACH_PAIR ? 1 : fl_pool_diodes(pool);     /* their noises add up */
    pool->receiver.amplifier_pa_per_rthz = d->amplifier_pa * sqrt((double)amplifiers);
    pool->crosstalk = d->crosstalk;
    pool->systematic = d->systematic;
}

#define AT(field) offsetof(struct detector, field)
const struct fl_unit_type fl_unit_detector = {
    .kind = "detector", .summary = "photodiodes with amplifiers", .phase = 1,
    .size = sizeof(struct detector),
    .params = (const struct fl_param[]){
        { "integration", "ps", FL_SPAN, AT(integration_ps), 1, 1e15, NAN, "time light is summed up, at least", NULL },
        { "quantum_efficiency", "", FL_REAL | FL_DIMS, AT(quantum_efficiency), 1e-6, 1, NAN,
          "electrons per photon", NULL },
        { "sensitivity", "uW", FL_REAL | FL_DIMS, AT(sensitivity_uw), 0, 1e9, 0,
          "light that an output's photodiodes need for one level of it (a source's budget sensitivity)", NULL },
        { "read_noise", "", FL_REAL, AT(read_e), 0, 1e9, 0, "rms electrons a sample (precision)", NULL },
        { "dark_current", "nA", FL_REAL, AT(dark_na), 0, 1e9, 0, "of one photodiode (precision)", NULL },
        { "capacitance", "fF", FL_REAL, AT(capacitance_ff), 0, 1e9, 0, "reset before each sample at 300 K (precision)",
          NULL },
        { "amplifier_noise", "pA/sqrt(Hz)", FL_REAL, AT(amplifier_pa), 0, 1e9, 0,
          "current noise of an amplifier, referred to its input (precision)", NULL },
        { "amplifiers", "", FL_CHOICE, AT(amplifiers), 0, 1, EACH_DIODE,
          "one for each photodiode, or one for the two of a balanced pair; energy, power and noise go with them",
          amplifiers_names },
        { "crosstalk", "", FL_REAL, AT(crosstalk), 0, 0.99, 0,
          "share of an output's light that falls on the detectors of its two neighbours (precision)", NULL },
        { "systematic_error", "", FL_REAL, AT(systematic), 0, 10, 0,
          "rms error of an output by its own devices, always the same, over the spread of outputs (precision)", NULL },
        { "energy", "fJ", FL_REAL | FL_COSTS, AT(energy_fj), 0, 1e12, NAN,
          "per vector and amplifier, with its photodiodes", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static, per amplifier, with its photodiodes",
          NULL },
        { "leakage", "mW", FL_REAL | FL_COSTS, AT(leakage_mw), 0, 1e9, 0,
          "static, per amplifier, drawn all the time besides: receivers that sleep leak", NULL },
        { "camera_power", "mW", FL_REAL | FL_COSTS, AT(camera_mw), 0, 1e9, 0,
          "static, of a core's whole array, whatever is read of it: a camera's", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "wake", "ps", FL_SPAN, AT(wake_ps), 0, 1e12, 0,
          "burns busy: time that the receivers of a core draw power before the first light of a step, having slept",
          NULL },
        { "idle_lanes", "", FL_CHOICE, AT(idle_lanes), 0, 1, FL_IDLE_REST, "what detectors of unused rows do",
          fl_idle_names },
        { "area", "um^2", FL_REAL, AT(lane_area_um2), 0, 1e12, 0, "per detector", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "light_in", .way = FL_IN, .domain = FL_OPTICAL, .room = 4096 },
        { .name = "charge", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "detected", "detector", "energy", AT(energy_fj) }, { 0 } },
    .statics = (const struct fl_static[]){ { "power", "detector", AT(core_mw), AT(burns) },
                                            { "camera_power", "detector", AT(camera_mw), AT(burns) },
                                            { "leakage", "detector", AT(core_leakage_mw), AT(leaks) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { .name = "rested_at", .rule = FL_TIME, .offset = AT(rested_at), .size = 8 },
        { 0 } },
    .init = detector_init, .wake = detector_wake, .describe = detector_describe,
};
