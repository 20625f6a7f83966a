/* source.c - the light source: a laser and an array of modulators that put a vector onto light.
 *
 * Light cannot wait. A vector is launched only with a slot of the accumulator's queue in
 * hand, and never closer to the one before than detector and ADC can follow; from here to
 * the ADC nothing stalls.
 *
 * Either one laser feeds all modulators, which take away what an input does not want; or the emitters are direct, one
 * for each input, driven to no more than it wants: the light paid for is then their mean.
 *
 * The laser is on for launched vectors only. Its level is counted in 1/256 of the level
 * that gives a full-scale output its photons, summed over the rows lit. Coherent detection
 * takes light of the same laser past the modulators: the local oscillator; homodyne units
 * another beam of it, which the weights dim and which loses on its way what the inputs' does.
 *
 * Two photon budgets. `full_scale`: so many photons for a full-scale output, whatever its
 * length; the price of 1/256 is made of them. `signal`: photons for a wanted error relative
 * to the spread of signed outputs, which depends on their length (phys/encoding.h). Or
 * power: `sensitivity`, so much for each level of an output, as its detectors need.
 *
 * Where weights are streamed, their modulators are another unit's, which says when they are
 * driven; both launch at once, and one laser feeds both: the light of an output is that of
 * two beams that meet.
 */
#include <stdio.h>

#include "machine/machine.h"
#include "sim/pace.h"

enum { LEVELS = 256 };
static const int64_t most_levels = (int64_t)1 << 36;   /* of a row: more could not be counted */
enum { PER_OPERAND, FIXED };
static const char *const level_names[] = { "per_operand", "fixed", NULL };
enum { LASER, DIRECT };
static const char *const emitters_names[] = { "laser", "direct", NULL };

struct source {
    struct unit unit;
    int64_t cycles;
    double modulator_fj, wavelength_nm, wall_plug, bits;
    double extinction, rin_db, mean_level, insertion_loss_db, column_loss_db;
    int32_t level, burns, emitters;
    struct fl_lighting light;
    double power_mw, lane_area_um2, laser_area_um2, oscillator, oscillator_loss_db;
    double laser_fj, oscillator_fj, core_mw;    /* per 1/256 of a row's full level; of a core */
    struct fl_coding coding;            /* budget signal: what it is worked out from */
    struct fl_operand input[2], weight[2];      /* signed, non-negative inputs */
    double emitted[2];                  /* light over full level */
    double full_photons;                /* that 256 levels stand for */
    fl_time free_at;
};
enum { DRIVE, SLOT, DRIVEN, LIGHT_OUT, LAUNCH };
enum { MODULATED, LIT, BEATEN };

/* Levels of one row: all, or what the wanted error takes at this length, rounded up. */
static int64_t row_levels(const struct source *s, int64_t operand, bool non_negative)
{
    double photons = fl_lighting_photons(&s->light, &s->coding, &s->input[non_negative], &s->weight[non_negative],
                                         (double)operand);
    return fl_whole(ceil(LEVELS * s->emitted[non_negative] * photons / s->full_photons), 0, most_levels);
}

static bool shares(const struct source *s) { return s->level == PER_OPERAND && s->light.shared_over_k; }

/* Light of full cores on an operand as long as they are wide, and every modulator, vector upon vector. */
static double peak_mw(const struct source *s)
{
    const struct fl_pool *pool = s->unit.pool;
    double level_fj = s->laser_fj + (fl_signs[pool->encoding].beats ? s->oscillator_fj : 0);
    int64_t cores = fl_ceil_div(pool->cores, fl_most(s->unit.cores, 1));        /* that a set lights when all are lit */
    double lines = (double)(pool->rows * fl_pool_block(pool)), inputs = (double)(pool->columns * fl_pool_block(pool));
    int64_t levels = fl_most(row_levels(s, pool->columns, false), row_levels(s, pool->columns, true));
    /* K-tiles are no longer than that, and photons a product do not grow with length; a share is rounded up */
    double light_fj = level_fj * ((double)levels * lines * (double)cores + shares(s));
    return fl_peak_mw(1, s->modulator_fj * inputs + light_fj,
                      (double)s->cycles * fl_period_ps(&s->unit));
}

/* What is sent of full level, a mean over inputs, rows and passes. */
static double emitted(const struct source *s, bool non_negative)
{
    if (s->emitters == LASER || s->mean_level > 0)
        return s->emitters == LASER ? 1 : s->mean_level;
    struct fl_encoded coded = fl_encode(&s->coding, &s->input[non_negative], &s->weight[non_negative]);
    return coded.lit / (coded.passes * coded.rows);
}

/* How values become light, and how much of it. */
static void lighting_init(struct source *s)
{
    const struct fl_pool *pool = s->unit.pool;
    s->coding = (struct fl_coding){ .sign = (enum fl_sign_encoding)pool->encoding, .oscillator = s->oscillator,
                                    .reference_row = pool->reference == FL_REFERENCE_ROW,
                                    .input_extinction = s->extinction, .weight_extinction = pool->weight_extinction };
    for (int none = 0; none < 2; none++) {
        fl_lighting_operands(&s->light, none, (double)pool->columns, &s->input[none], &s->weight[none]);
        s->emitted[none] = emitted(s, none);
    }
    s->full_photons = fl_lighting_full_photons(&s->light, &s->coding);
}

/* Of 1/256 of a row's full level. */
static void light_price(struct source *s)
{
    const struct fl_pool *pool = s->unit.pool;
    double headroom = s->light.headroom, full = fl_photons_for_bits(s->light.bits, s->light.convention);
    if (s->light.budget == FL_BUDGET_SENSITIVITY) {
        full = s->light.photons = pool->light.photons;          /* the detector has said */
        headroom = 1;
    }
    /* the weights' beam is the laser's; what detectors need is light of both */
    bool meets = fl_signs[pool->encoding].meets;
    bool within = (fl_pool_streams(pool) && !meets) || s->light.budget == FL_BUDGET_SENSITIVITY;
    double oscillator = within ? 0 : full * s->oscillator, loss_db = meets ? pool->loss_db : 0;
    s->laser_fj = fl_laser_fj_per_row_photons(full, s->wavelength_nm, pool->quantum_efficiency, pool->loss_db,
                                              s->wall_plug, headroom) / LEVELS;
    s->oscillator_fj = fl_laser_fj_per_row_photons(oscillator, s->wavelength_nm, pool->quantum_efficiency,
                                                   loss_db + s->oscillator_loss_db, s->wall_plug, headroom) / LEVELS;
}

static bool source_init(struct unit *u, struct fl_err *err)
{
    struct source *s = (struct source *)u;
    const struct fl_pool *pool = u->pool;
    if (s->emitters == DIRECT && fl_signs[pool->encoding].phased)
        return fl_fail(err, u->path, "emitters of their own have no phase in common, which encoding \"%s\" needs; take "
                       "emitters = \"laser\"", fl_sign_names[pool->encoding]);
    if (s->emitters == LASER && s->mean_level > 0)
        return fl_fail(err, u->path, "mean_level is of emitters that are driven directly: a laser behind modulators "
                       "sends full level; take emitters = \"direct\", or leave mean_level out");
    fl_handles_inputs(u);
    s->light.bits = s->bits > 0 ? s->bits : pool->output_bits;
    s->light.width = s->level == FIXED ? (double)pool->columns : 0;
    light_price(s);
    lighting_init(s);
    int64_t lanes = pool->columns * fl_pool_block(pool);
    fl_lanes(u, lanes, MODULATED, (double)s->cycles * fl_period_ps(u));
    u->area_um2 = s->lane_area_um2 * (double)lanes + s->laser_area_um2;
    u->peak_mw = peak_mw(s);
    s->core_mw = s->power_mw * (double)lanes;
    return true;
}

/* The light of one vector in 1/256 row levels: for every row lit, what an output takes that is as long as its K-tile;
 * or, if a K-tile is to give only its share of the photons of the whole output, level x used inputs / operand, rounded
 * up. */
static int64_t light(const struct source *s, const struct fl_step *step)
{
    const struct fl_light_step *light = fl_light(step);
    bool non_negative = light->non_negative > 0;
    if (shares(s))
        return fl_share(row_levels(s, light->operand, non_negative), light->lit_paths, light->operand);
    int64_t tile = fl_ceil_div(light->columns, fl_pool_block(s->unit.pool));
    return fl_product(row_levels(s, tile, non_negative), light->lit_rows, &s->unit.sim->overflow);
}

/* The least time between two vectors: the slowest of modulators, detectors and ADCs. */
static fl_time gap(const struct source *s, const struct fl_step *step)
{
    const struct fl_pool *pool = s->unit.pool;
    double adc_ps = pool->adc_ps * (double)fl_ceil_div(fl_light(step)->rows, pool->adc_lanes);
    return fl_span(fmax(pool->detector_ps, adc_ps / (double)fl_light_between(step)));
}

static void source_wake(struct unit *u)
{
    struct source *s = (struct source *)u;
    if (fl_now(u) < s->free_at) {
        fl_wake_at(u, s->free_at);
    } else if (!fl_has(u, DRIVE)) {
        fl_blocked(u, NULL, false);
    } else if (!fl_has(u, SLOT) || (fl_pool_streams(u->pool) && !fl_has(u, DRIVEN))) {
        fl_blocked(u, fl_step_of(u, fl_peek(u, DRIVE)->step), true);
    } else {
        fl_blocked(u, NULL, false);
        fl_take(u, SLOT);
        if (fl_pool_streams(u->pool))
            fl_take(u, DRIVEN);
        struct fl_msg msg = fl_take(u, DRIVE);
        const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
        fl_count(u, step, MODULATED, fl_light(step)->converted);
        fl_count(u, step, LIT, light(s, step));
        if (fl_signs[u->pool->encoding].beats)
            fl_count(u, step, BEATEN, light(s, step));
        fl_time start = fl_edge(u, 0), pulse_end = fl_issue(u, step, s->cycles, fl_sets(step));
        fl_time follow = start + gap(s, step);
        s->free_at = follow > pulse_end ? follow : pulse_end;
        msg.lasts = pulse_end - start;
        fl_send(u, LAUNCH, msg, start);
        fl_send(u, LIGHT_OUT, msg, start);
        fl_next_at(u, DRIVE, s->free_at);
    }
}

static void source_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct source *s = (const struct source *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    pool->source_ps = (double)s->cycles * fl_period_ps(u);
    pool->light = s->light;
    pool->wavelength_nm = s->wavelength_nm;
    snprintf(pool->light_key, sizeof pool->light_key, "%s.%s", u->path,
             s->light.budget == FL_BUDGET_SIGNAL ? "error" : "photon_bits");
    pool->oscillator = s->oscillator;
    pool->input_extinction = s->extinction;
    pool->loss_db += s->insertion_loss_db + s->column_loss_db * (double)(pool->columns - 1);
    pool->emitters_apart = s->emitters == DIRECT;
    pool->receiver.rin_db_per_hz = s->rin_db;
}

#define AT(field) offsetof(struct source, field)
const struct fl_unit_type fl_unit_source = {
    .kind = "source", .summary = "laser and modulator array", .phase = 1,
    .size = sizeof(struct source),
    .params = (const struct fl_param[]){
        { "cycles", "", FL_COUNT, AT(cycles), 1, 1e9, 1, "length of a vector's light, cycles", NULL },
        { "modulator_energy", "fJ", FL_REAL | FL_COSTS, AT(modulator_fj), 0, 1e12, NAN, "per input modulated", NULL },
        { "wavelength", "nm", FL_REAL | FL_DIMS, AT(wavelength_nm), 100, 20000, NAN, "of the light", NULL },
        { "wall_plug", "", FL_REAL | FL_DIVIDES, AT(wall_plug), 1e-6, 1, NAN, "laser wall-plug efficiency", NULL },
        { "headroom", "", FL_REAL | FL_LIGHTS, AT(light.headroom), 1, 1e6, 1, "full scale over mean signal", NULL },
        { "photon_bits", "", FL_REAL | FL_LIGHTS, AT(bits), 0, 24, 0,
          "bits that shot noise must allow; 0: output bits", NULL },
        { "convention", "", FL_CHOICE | FL_LIGHTS, AT(light.convention), 0, 2, FL_BITS_LEVELS, "photons for bits",
          fl_bits_convention_names },
        { "level", "", FL_CHOICE | FL_LIGHTS, AT(level), 0, 1, PER_OPERAND,
          "of the laser; fixed: for operands as long as a core "
          "is wide", level_names },
        { "shared_over_k", "", FL_FLAG | FL_LIGHTS, AT(light.shared_over_k), 0, 1, 0,
          "K-tiles share an output's photons; else each is lit as an output of its own length", NULL },
        { "budget", "", FL_CHOICE | FL_LIGHTS, AT(light.budget), 0, 2, FL_BUDGET_FULL_SCALE,
          "what sets the light: photons for a full-scale output, or for a wanted error of the signal; or the "
          "detector's sensitivity, for each of 2^photon_bits levels of an output", fl_budget_names },
        { "error", "", FL_REAL | FL_LIGHTS, AT(light.error), 1e-6, 100, 0.02,
          "budget signal: rms shot error of an output over its spread", NULL },
        { "statistics", "", FL_CHOICE | FL_LIGHTS, AT(light.statistics), 0, 3, FL_STAT_ZERO_MEAN,
          "budget signal: of operands; common: a component that all share; trained: as alike as those of trained "
          "Transformers of that width, measured from 32 to 256 (docs/accuracy.md)", fl_statistics_names },
        { "peak_sigmas", "", FL_REAL | FL_LIGHTS, AT(light.peak_sigmas), 0.1, 100, 4,
          "of normal operands: full level over standard "
          "deviation", NULL },
        { "common", "", FL_REAL | FL_LIGHTS, AT(light.common), 0, 1, 0.5,
          "statistics common: the shared part of the variance", NULL },
        { "oscillator", "", FL_REAL | FL_LIGHTS, AT(oscillator), 1e-6, 1e6, 1,
          "encoding coherent: light of the local oscillator on an output's detectors, over its signal light at full "
          "scale; homodyne: light of the weights' beam over that of the inputs', both at full level", NULL },
        { "oscillator_loss", "dB", FL_REAL | FL_DIMS, AT(oscillator_loss_db), 0, 100, 0,
          "its way to the detectors; homodyne: what it loses beside what the inputs' beam does", NULL },
        { "emitters", "", FL_CHOICE | FL_LIGHTS, AT(emitters), 0, 1, LASER,
          "one laser behind all modulators, which sends full level; or direct: one for each input, which sends what it "
          "wants, with an intensity noise of its own", emitters_names },
        { "mean_level", "", FL_REAL | FL_LIGHTS, AT(mean_level), 0, 1, 0,
          "emitters direct: mean light over full level; 0: that of `statistics`", NULL },
        { "extinction", "", FL_REAL | FL_LIGHTS, AT(extinction), 0, 0.99, 0,
          "darkest over brightest light of an input", NULL },
        { "insertion_loss", "dB", FL_REAL | FL_DIMS, AT(insertion_loss_db), 0, 100, 0, "of a modulator", NULL },
        { "column_loss", "dB", FL_REAL | FL_DIMS, AT(column_loss_db), 0, 100, 0,
          "of the modulators of each other input, where all lie on one waveguide", NULL },
        { "rin", "dB/Hz", FL_REAL, AT(rin_db), -300, 0, 0,
          "relative intensity noise of the light; 0: none (precision)", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static (tuning), per modulator", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "area", "um^2", FL_REAL, AT(lane_area_um2), 0, 1e12, 0, "per modulator", NULL },
        { "laser_area", "um^2", FL_REAL, AT(laser_area_um2), 0, 1e12, 0, "of a set's laser", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "drive", .way = FL_IN },
        { .name = "slot", .way = FL_IN, .room = 4096 },
        { .name = "driven", .way = FL_IN, .optional = true },
        { .name = "light_out", .way = FL_OUT, .domain = FL_OPTICAL },
        { .name = "launched", .way = FL_OUT, .optional = true },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "modulated", "modulator", "modulator_energy", AT(modulator_fj) },
        { "lit", "laser", "wall_plug", AT(laser_fj) },
        { "beaten", "laser", "oscillator", AT(oscillator_fj) },
        { 0 } },
    .statics = (const struct fl_static[]){ { "power", "modulator", AT(core_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { 0 } },
    .init = source_init, .wake = source_wake, .describe = source_describe,
};
