/* modulators.c - modulators of weights that are streamed: they hold a vector's until both operands' light sets out.
 *
 * Driven, they say so; the source of the inputs launches, and the two lights set out at one
 * time, on ways of equal length. They have no laser of their own: what light costs is the
 * source's, whose laser feeds them too, or which they lie before or behind on one way.
 * Source of the handshake: none is published; a clock that drives both does the same. Left
 * out: skew between the two ways, which delay lines take away.
 */
#include "machine/machine.h"
#include "sim/pace.h"

struct modulators {
    struct unit unit;
    int64_t cycles;
    double modulator_fj, power_mw, lane_area_um2, insertion_loss_db, extinction, core_mw;
    int32_t burns;
    fl_time free_at;
    int64_t told;                       /* 1: the source knows that the next vector's are driven */
};
enum { DRIVE, LAUNCH, LIGHT_OUT, DRIVEN };
enum { MODULATED };

static bool modulators_init(struct unit *u, struct fl_err *err)
{
    struct modulators *m = (struct modulators *)u;
    const struct fl_pool *pool = u->pool;
    if (!fl_pool_streams(pool))
        return fl_fail(err, u->path, "is of cores that stream their weights");
    int64_t lanes = pool->columns * pool->rows;
    fl_lanes(u, lanes, MODULATED, (double)m->cycles * fl_period_ps(u));
    u->area_um2 = m->lane_area_um2 * (double)lanes;
    u->peak_mw = fl_peak_mw((double)lanes, m->modulator_fj, (double)m->cycles * fl_period_ps(u));
    m->core_mw = m->power_mw * (double)lanes;
    return true;
}

/* The weights of the next vector, put onto light as the source launches its inputs. */
static void launch(struct unit *u, struct modulators *m)
{
    fl_time lasts = fl_take(u, LAUNCH).lasts;
    struct fl_msg msg = fl_take(u, DRIVE);
    const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
    fl_unit_assert(u, m->told == 1 && fl_now(u) >= m->free_at);
    fl_count(u, step, MODULATED, fl_light(step)->weights_converted);
    m->free_at = fl_issue(u, step, m->cycles, step->cores);
    m->told = 0;
    msg.lasts = lasts;
    fl_send(u, LIGHT_OUT, msg, fl_now(u));
}

static void modulators_wake(struct unit *u)
{
    struct modulators *m = (struct modulators *)u;
    if (m->told == 1 && fl_has(u, LAUNCH))
        launch(u, m);
    if (m->told == 1 || !fl_has(u, DRIVE))
        return;
    if (fl_now(u) < m->free_at) {
        fl_wake_at(u, m->free_at);
        return;
    }
    m->told = 1;
    fl_send(u, DRIVEN, (struct fl_msg){0}, fl_now(u));
    fl_has(u, LAUNCH);                  /* looked for: it wakes */
}

static void modulators_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct modulators *m = (const struct modulators *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    pool->loss_db += m->insertion_loss_db;
    pool->weight_extinction = m->extinction;
}

#define AT(field) offsetof(struct modulators, field)
const struct fl_unit_type fl_unit_modulators = {
    .kind = "modulators", .summary = "modulators of weights that are streamed", .phase = 1,
    .size = sizeof(struct modulators),
    .params = (const struct fl_param[]){
        { "cycles", "", FL_COUNT, AT(cycles), 1, 1e9, 1, "from one weight to the next, cycles", NULL },
        { "modulator_energy", "fJ", FL_REAL | FL_COSTS, AT(modulator_fj), 0, 1e12, NAN, "per weight modulated", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static (tuning), per modulator", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "insertion_loss", "dB", FL_REAL | FL_DIMS, AT(insertion_loss_db), 0, 100, 0, "of an output's light", NULL },
        { "extinction", "", FL_REAL | FL_LIGHTS, AT(extinction), 0, 0.99, 0,
          "darkest over brightest light of a weight", NULL },
        { "area", "um^2", FL_REAL, AT(lane_area_um2), 0, 1e12, 0, "per modulator", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "drive", .way = FL_IN },
        { .name = "launched", .way = FL_IN },
        { .name = "light_out", .way = FL_OUT, .domain = FL_OPTICAL },
        { .name = "driven", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "modulated", "modulator", "modulator_energy", AT(modulator_fj) }, { 0 } },
    .statics = (const struct fl_static[]){ { "power", "modulator", AT(core_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { .name = "told", .rule = FL_PLAIN, .offset = AT(told), .size = 8 },
        { 0 } },
    .init = modulators_init, .wake = modulators_wake, .describe = modulators_describe,
};
