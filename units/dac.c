/* dac.c - digital-to-analog converters: one lane an input, or fewer that take turns.
 *
 * Converts the inputs of a vector, or (`converts = "weights"`) the weights of a tile on
 * their way to a fast modulator, or, where weights are streamed, those of a vector. The
 * lanes of all cores of a step work in lockstep.
 */
#include "machine/growth.h"
#include "machine/machine.h"
#include "sim/pace.h"

enum { CONVERT_INPUTS, CONVERT_WEIGHTS };
static const char *const converts_names[] = { "inputs", "weights", NULL };

struct dac {
    struct unit unit;
    int64_t lanes, latency, bits, price_bits;
    int32_t converts, burns, idle_lanes, price_law;
    double energy_fj, power_mw, lane_area_um2, core_mw;
    struct fl_growth energy_clock, power_clock;
    fl_time free_at;
};
enum { VALUES, ANALOG };
enum { CONVERTED };

/* Values that a core takes at once. */
static int64_t width(const struct dac *d)
{
    const struct fl_pool *pool = d->unit.pool;
    bool weights = d->converts == CONVERT_WEIGHTS && fl_pool_streams(pool);
    return pool->columns * (weights ? pool->rows : d->converts == CONVERT_INPUTS ? fl_pool_block(pool) : 1);
}

/* Bits of a value as it is converted. */
static double value_bits(const struct dac *d)
{
    const struct fl_pool *pool = d->unit.pool;
    return d->bits > 0 ? (double)d->bits : d->converts == CONVERT_INPUTS ? pool->input_bits : pool->weight_bits;
}

static bool dac_init(struct unit *u, struct fl_err *err)
{
    struct dac *d = (struct dac *)u;
    if (d->converts == CONVERT_WEIGHTS && d->bits > 0)
        return fl_fail(err, u->path, "bits slices inputs; weights of more bits than a pixel are sliced by the SLM's "
                       "pixel_bits");
    double ghz = 1e3 / fl_period_ps(u);
    if (!fl_growth_carry(u, &d->energy_clock, "energy_clock", ghz, &d->energy_fj, err) ||
        !fl_growth_carry(u, &d->power_clock, "power_clock", ghz, &d->power_mw, err))
        return false;
    if (d->converts == CONVERT_INPUTS)
        fl_handles_inputs(u);
    if (d->lanes == 0)
        d->lanes = width(d);
    d->energy_fj *= fl_curve_ratio((enum fl_curve)d->price_law, value_bits(d), (double)d->price_bits);
    fl_lanes(u, d->lanes, CONVERTED, fl_period_ps(u));
    fl_pipeline(u, ANALOG, d->latency);
    u->area_um2 = d->lane_area_um2 * (double)d->lanes;
    u->peak_mw = fl_peak_mw((double)d->lanes, d->energy_fj, fl_period_ps(u));
    d->core_mw = d->power_mw * (double)d->lanes;
    return true;
}

/* Values each core has to convert for a message: the inputs of a vector, or its share of a chunk of weights. */
static int64_t values_per_core(const struct dac *d, const struct fl_step *step, const struct fl_msg *msg)
{
    if (d->converts == CONVERT_INPUTS)
        return fl_light(step)->columns;
    if (fl_pool_streams(d->unit.pool))
        return fl_ceil_div(fl_light(step)->weights_converted, step->cores);
    return fl_share(msg->bits, fl_light(step)->load_pixels, (fl_wide)step->load_bits * fl_step_loaded(step));
}

/* Of its lanes, at work. */
static int64_t sets(const struct dac *d, const struct fl_step *step)
{
    return d->converts == CONVERT_INPUTS ? fl_sets(step)
           : fl_pool_streams(d->unit.pool) ? step->cores : fl_step_loaded(step);
}

static void count(struct unit *u, const struct fl_step *step, const struct fl_msg *msg, int64_t cycles)
{
    const struct dac *d = (const struct dac *)u;
    if (d->idle_lanes == FL_IDLE_CONVERT)
        fl_count(u, step, CONVERTED, fl_product(cycles * d->lanes, sets(d, step), &u->sim->overflow));
    else if (d->converts == CONVERT_INPUTS)
        fl_count(u, step, CONVERTED, fl_light(step)->converted);
    else if (fl_pool_streams(u->pool))
        fl_count(u, step, CONVERTED, fl_light(step)->weights_converted);
    else if (msg->flags & FL_LAST)
        fl_count(u, step, CONVERTED, fl_light(step)->load_pixels);
}

static void dac_wake(struct unit *u)
{
    struct dac *d = (struct dac *)u;
    if (fl_now(u) < d->free_at) {
        fl_wake_at(u, d->free_at);
    } else if (!fl_has(u, VALUES)) {
        fl_blocked(u, NULL, false);
    } else if (!fl_room(u, ANALOG)) {
        fl_blocked(u, fl_step_of(u, fl_peek(u, VALUES)->step), true);
    } else {
        fl_blocked(u, NULL, false);
        struct fl_msg msg = fl_take(u, VALUES);
        const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
        int64_t cycles = fl_ceil_div(values_per_core(d, step, &msg), d->lanes);
        count(u, step, &msg, cycles);
        d->free_at = fl_issue(u, step, cycles, sets(d, step));
        fl_send(u, ANALOG, msg, fl_edge(u, cycles + d->latency));
        fl_next_at(u, VALUES, d->free_at);
    }
}

static void dac_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct dac *d = (const struct dac *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    if (d->converts == CONVERT_INPUTS) {
        pool->dac_lanes = d->lanes;
        pool->dac_ps = fl_period_ps(u);
        pool->front_ps += (double)d->latency * fl_period_ps(u);
    } else {
        pool->weight_dac_lanes = d->lanes;
        pool->weight_dac_ps = fl_period_ps(u);
    }
}

#define AT(field) offsetof(struct dac, field)
const struct fl_unit_type fl_unit_dac = {
    .kind = "dac", .summary = "digital-to-analog converters of inputs or weights", .phase = 1,
    .size = sizeof(struct dac),
    .params = (const struct fl_param[]){
        { "lanes", "", FL_COUNT, AT(lanes), 0, 1e9, 0, "converters of a core; 0: one an input (SLM column), or a "
          "weight that is streamed", NULL },
        { "bits", "", FL_COUNT | FL_WIDTH, AT(bits), 0, 24, 0,
          "of an input that are converted at once; 0: all. An input of more "
          "takes several passes", NULL },
        { "converts", "", FL_CHOICE, AT(converts), 0, 1, CONVERT_INPUTS, "what passes through", converts_names },
        { "latency", "", FL_COUNT, AT(latency), 0, 1e6, 1, "pipeline delay, cycles", NULL },
        { "energy", "fJ", FL_REAL | FL_COSTS, AT(energy_fj), 0, 1e12, NAN, "per conversion", NULL },
        { "energy_bits", "", FL_COUNT | FL_WIDTH, AT(price_bits), 0, 24, 0,
          "bits at which `energy` holds; 0: those that are converted", NULL },
        { "energy_law", "", FL_CHOICE, AT(price_law), 0, 4, FL_CURVE_FIXED,
          "how it grows from there to the bits that are converted", fl_curve_names },
        FL_GROWTH_KEYS("energy", "clock", "GHz", 1e3, AT(energy_clock)),
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static, per lane", NULL },
        FL_GROWTH_KEYS("power", "clock", "GHz", 1e3, AT(power_clock)),
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "idle_lanes", "", FL_CHOICE, AT(idle_lanes), 0, 1, FL_IDLE_REST, "what unused converters do", fl_idle_names },
        { "area", "um^2", FL_REAL, AT(lane_area_um2), 0, 1e12, 0, "per lane", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "values", .way = FL_IN },
        { .name = "analog", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "converted", "dac", "energy", AT(energy_fj) }, { 0 } },
    .statics = (const struct fl_static[]){ { "power", "dac", AT(core_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { 0 } },
    .init = dac_init, .wake = dac_wake, .describe = dac_describe,
};
