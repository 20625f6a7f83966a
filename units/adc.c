/* adc.c - analog-to-digital converters, each shared by S detectors (or pairs of them) in turn.
 *
 * Detectors are wired to converters in rotation, so a vector of r samples takes
 * ceil(r / lanes) cycles. One sample may wait while another is converted; the source keeps the pace.
 */
#include "machine/growth.h"
#include "machine/machine.h"
#include "sim/pace.h"

struct adc {
    struct unit unit;
    int64_t share, latency, converters, price_bits;
    double range_sigmas;                /* for the prediction of precision; changes no time and no energy */
    double energy_fj, power_mw, lane_area_um2, core_mw;
    int32_t burns, idle_lanes, price_law;
    struct fl_growth energy_clock, power_clock;
    fl_time free_at;
};
enum { CHARGE, CODES };
enum { CONVERTED };

static bool adc_init(struct unit *u, struct fl_err *err)
{
    struct adc *a = (struct adc *)u;
    double ghz = 1e3 / fl_period_ps(u);
    if (!fl_growth_carry(u, &a->energy_clock, "energy_clock", ghz, &a->energy_fj, err) ||
        !fl_growth_carry(u, &a->power_clock, "power_clock", ghz, &a->power_mw, err))
        return false;
    fl_handles_sums(u);
    a->energy_fj *= fl_curve_ratio((enum fl_curve)a->price_law, u->pool->output_bits, (double)a->price_bits);
    a->converters = fl_ceil_div(fl_pool_sample_lines(u->pool), a->share);
    fl_lanes(u, a->converters, CONVERTED, fl_period_ps(u));
    u->area_um2 = a->lane_area_um2 * (double)a->converters;
    u->peak_mw = fl_peak_mw((double)a->converters, a->energy_fj, fl_period_ps(u));
    a->core_mw = a->power_mw * (double)a->converters;
    return true;
}

static void adc_wake(struct unit *u)
{
    struct adc *a = (struct adc *)u;
    if (fl_now(u) < a->free_at) {
        fl_wake_at(u, a->free_at);
    } else if (fl_has(u, CHARGE)) {
        struct fl_msg msg = fl_take(u, CHARGE);
        const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
        int64_t cycles = fl_ceil_div(fl_light(step)->rows, a->converters);
        bool all = a->idle_lanes == FL_IDLE_CONVERT;
        fl_count(u, step, CONVERTED, all ? fl_product(cycles * a->converters, fl_sum_groups(u, step), &u->sim->overflow)
                                         : fl_light(step)->sampled);
        a->free_at = fl_issue(u, step, cycles, fl_sum_groups(u, step));
        fl_send(u, CODES, msg, fl_edge(u, cycles + a->latency));
        fl_next_at(u, CHARGE, a->free_at);
    }
}

static void adc_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct adc *a = (const struct adc *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    pool->adc_lanes = a->converters;
    pool->adc_ps = fl_period_ps(u);
    pool->adc_sigmas = a->range_sigmas;
    pool->back_ps += (double)a->latency * fl_period_ps(u);
}

#define AT(field) offsetof(struct adc, field)
const struct fl_unit_type fl_unit_adc = {
    .kind = "adc", .summary = "analog-to-digital converters shared by detectors", .phase = 1,
    .size = sizeof(struct adc),
    .params = (const struct fl_param[]){
        { "share", "", FL_COUNT, AT(share), 1, 1e9, 1, "detectors, or pairs, that take turns at one converter", NULL },
        { "range", "", FL_REAL, AT(range_sigmas), 0, 1e3, 0,
          "+- standard deviations of the signal that it spans; 0: full scale (precision)", NULL },
        { "latency", "", FL_COUNT, AT(latency), 0, 1e6, 1, "pipeline delay, cycles", NULL },
        { "energy", "fJ", FL_REAL | FL_COSTS, AT(energy_fj), 0, 1e12, NAN, "per conversion", NULL },
        { "energy_bits", "", FL_COUNT | FL_WIDTH, AT(price_bits), 0, 24, 0,
          "bits at which `energy` holds; 0: output_bits", NULL },
        { "energy_law", "", FL_CHOICE, AT(price_law), 0, 4, FL_CURVE_FIXED,
          "how it grows from there to output_bits", fl_curve_names },
        FL_GROWTH_KEYS("energy", "clock", "GHz", 1e3, AT(energy_clock)),
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static, per converter", NULL },
        FL_GROWTH_KEYS("power", "clock", "GHz", 1e3, AT(power_clock)),
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "idle_lanes", "", FL_CHOICE, AT(idle_lanes), 0, 1, FL_IDLE_REST, "what converters of unused rows do",
          fl_idle_names },
        { "area", "um^2", FL_REAL, AT(lane_area_um2), 0, 1e12, 0, "per converter", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "charge", .way = FL_IN, .room = 3 },
        { .name = "codes", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "converted", "adc", "energy", AT(energy_fj) }, { 0 } },
    .statics = (const struct fl_static[]){ { "power", "adc", AT(core_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { 0 } },
    .init = adc_init, .wake = adc_wake, .describe = adc_describe,
};
