/* integrator.c - charge of several vectors, and currents of wired cores, summed before they are converted.
 *
 * Photocurrents of `wired` cores meet in one amplifier. Its capacitor keeps their charge for
 * `window` vectors at most; then it is read and emptied. The step says how many readings its
 * vectors take; they are spread evenly, the last vector is read. A vector that is not read
 * ends here, and gives back its place in the queue behind the converters.
 *
 * As in Lightening-Transformer (arXiv:2305.19533). Left out: charge that leaks meanwhile.
 */
#include "machine/machine.h"
#include "sim/pace.h"

struct integrator {
    struct unit unit;
    int64_t window, wired;
    double energy_fj, power_mw, lane_area_um2, core_mw;
    int32_t burns;
    int64_t due;                        /* readings x vectors since the last one, less those taken x vectors */
};
enum { CHARGE, SLOT, SUMS, FREE };
enum { READ };

static bool integrator_init(struct unit *u, struct fl_err *err)
{
    struct integrator *i = (struct integrator *)u;
    const struct fl_pool *pool = u->pool;
    if (!fl_pool_streams(pool))
        return fl_fail(err, u->path, "is of cores that stream their weights");
    if (pool->cores % i->wired != 0)
        return fl_fail(err, u->path, "%lld cores are no whole number of groups of %lld wired ones; change cores or "
                       "wired", (long long)pool->cores, (long long)i->wired);
    fl_handles_sums(u);
    int64_t lanes = fl_pool_sample_lines(pool);
    fl_lanes(u, lanes, READ, fl_period_ps(u));
    u->area_um2 = i->lane_area_um2 * (double)lanes;
    u->peak_mw = fl_peak_mw((double)lanes, i->energy_fj, fl_period_ps(u));
    i->core_mw = i->power_mw * (double)lanes;
    return true;
}

/* Charge of one more vector: read, or kept. Once nothing is kept a sum has come round, whose vectors may be no whole
 * number of the sequencer's lines. */
static void charge_take(struct unit *u, struct integrator *i)
{
    struct fl_msg msg = fl_take(u, CHARGE);
    const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
    int64_t readings = fl_light_readings(step);
    i->due += readings;
    if (i->due < step->vectors) {
        fl_send(u, FREE, (struct fl_msg){0}, fl_now(u));
        return;
    }
    i->due -= step->vectors;
    fl_unit_assert(u, i->due >= 0 && (!(msg.flags & FL_LAST) || i->due == 0));
    fl_count(u, step, READ, fl_light(step)->sampled);
    fl_send(u, SUMS, msg, fl_now(u));
    if (i->due == 0)
        fl_boundary(u, 0);
}

static void integrator_wake(struct unit *u)
{
    struct integrator *i = (struct integrator *)u;
    while (fl_has(u, SLOT)) {
        fl_take(u, SLOT);
        fl_send(u, FREE, (struct fl_msg){0}, fl_now(u));
    }
    while (fl_has(u, CHARGE))
        charge_take(u, i);
}

#define AT(field) offsetof(struct integrator, field)
const struct fl_unit_type fl_unit_integrator = {
    .kind = "integrator", .summary = "charge summed over vectors and wired cores", .phase = 1,
    .size = sizeof(struct integrator),
    .params = (const struct fl_param[]){
        { "window", "", FL_COUNT, AT(window), 0, 1e9, NAN, "vectors that charge is kept for, at most; not 0", NULL },
        { "wired", "", FL_COUNT, AT(wired), 1, 1e9, 1, "cores whose photocurrents meet", NULL },
        { "energy", "fJ", FL_REAL | FL_COSTS, AT(energy_fj), 0, 1e12, NAN, "per sum read: its amplifier", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static, per amplifier", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 1, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "area", "um^2", FL_REAL, AT(lane_area_um2), 0, 1e12, 0, "per amplifier", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "charge", .way = FL_IN, .room = 3 },
        { .name = "slot", .way = FL_IN, .room = 4096 },
        { .name = "sums", .way = FL_OUT },
        { .name = "free", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "read", "detector", "energy", AT(energy_fj) }, { 0 } },
    .statics = (const struct fl_static[]){ { "power", "detector", AT(core_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "due", .rule = FL_PLAIN, .offset = AT(due), .size = 8 },
        { 0 } },
    .init = integrator_init, .wake = integrator_wake,
};
