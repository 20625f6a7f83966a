/* dmd.c - laser and micromirrors that show binary patterns to a scattering medium.
 *
 * A command is a projection: rows, and patterns for each. The host takes its time for a row;
 * a pattern then comes over its link while the one before is exposed, and is shown when the
 * camera calls for light.
 *
 * Source: digital micromirror devices of 912 x 1140 mirrors, one bit a mirror, in photonic
 * co-processors (arXiv:2012.06373). Left out: what a grey level would take (it is bit planes,
 * each a pattern), and light that mirrors lose, for the laser is priced by its power.
 */
#include "machine/machine.h"
#include "sim/pace.h"

struct dmd {
    struct unit unit;
    int64_t mirrors, input_bits;
    double link, mirror_fj, laser_mw, power_mw, mirror_um2;
    fl_time host_ps;
    int32_t burns;
    double load_ps;                     /* of a mirror; 0: no time */
    uint32_t step;                      /* the command */
    int64_t to_show, resets;            /* patterns of it */
    int64_t of_row;                     /* of the row that is shown */
    fl_time free_at;
};
enum { PROJECT, TRIGGER, LIGHT_OUT };
enum { SHOWN, MIRRORS };

static bool dmd_init(struct unit *u, struct fl_err *err)
{
    struct dmd *d = (struct dmd *)u;
    (void)err;
    d->load_ps = d->link > 0 ? 1e12 / d->link : 0;
    u->area_um2 = d->mirror_um2 * (double)d->mirrors;
    u->peak_mw = fl_peak_mw(1, d->mirror_fj, d->load_ps);
    u->timeless = d->mirror_fj > 0 && d->load_ps <= 0;
    return true;
}

/* The next pattern is loaded so many cycles from now. */
static void pattern_load(struct unit *u, struct dmd *d, int64_t from)
{
    const struct fl_step *step = fl_step_of(u, d->step);
    int64_t load = fl_span((double)fl_opu_of(step)->inputs * d->load_ps / fl_period_ps(u));
    d->free_at = fl_edge(u, fl_sum(from, load, &u->sim->overflow));
    fl_busy(u, step, d->free_at - fl_edge(u, 0), 1);
}

static void command_begin(struct unit *u, struct dmd *d)
{
    if (d->to_show > 0 || !fl_has(u, PROJECT))
        return;
    d->step = fl_take(u, PROJECT).step;
    const struct fl_step *step = fl_step_in(u, d->step, FL_STEP_OPU);
    fl_unit_assert(u, fl_opu_of(step)->patterns > 0 && fl_opu_of(step)->inputs <= d->mirrors);
    d->to_show = fl_product(step->vectors, fl_opu_of(step)->patterns, &u->sim->overflow);
    d->resets++;
    pattern_load(u, d, 0);
}

/* Shows a pattern. The first one of a row waits for the host; the next one is loaded meanwhile. */
static void pattern_show(struct unit *u, struct dmd *d)
{
    const struct fl_step *step = fl_step_of(u, d->step);
    const struct fl_opu_step *own = fl_opu_of(step);
    int64_t host = d->of_row == 0 ? fl_span((double)d->host_ps / fl_period_ps(u)) : 0;
    bool last = d->to_show == 1;
    struct fl_msg msg = { .lasts = 0, .step = d->step, .flags = last ? FL_LAST : 0 };
    fl_count(u, step, SHOWN, 1);
    fl_count(u, step, MIRRORS, own->inputs);
    fl_send(u, LIGHT_OUT, msg, fl_edge(u, host));
    d->of_row = d->of_row + 1 < own->patterns ? d->of_row + 1 : 0;
    d->to_show--;
    if (!last) {
        pattern_load(u, d, host);
    } else {
        d->free_at = fl_edge(u, host);
        fl_busy(u, step, d->free_at - fl_edge(u, 0), 1);
        d->step = 0;                    /* a command done is forgotten */
    }
    fl_boundary(u, 0);
}

static void dmd_wake(struct unit *u)
{
    struct dmd *d = (struct dmd *)u;
    if (fl_now(u) < d->free_at) {
        fl_wake_at(u, d->free_at);
        return;
    }
    command_begin(u, d);
    if (fl_now(u) < d->free_at) {
        fl_wake_at(u, d->free_at);
        return;
    }
    bool called = d->to_show > 0 && fl_has(u, TRIGGER);
    fl_blocked(u, d->to_show > 0 ? fl_step_of(u, d->step) : NULL, d->to_show > 0 && !called);
    if (!called)
        return;
    fl_take(u, TRIGGER);
    pattern_show(u, d);
    fl_wake_at(u, d->free_at);          /* to look for the next one, or to say that it is held up */
}

static void dmd_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct dmd *d = (const struct dmd *)u;
    struct fl_projector *opu = &machine->opu[u->engine];
    opu->mirrors = d->mirrors;
    opu->input_bits = d->input_bits;
    opu->host_ps = (double)d->host_ps;
    opu->load_ps = d->load_ps;
}

#define AT(field) offsetof(struct dmd, field)
const struct fl_unit_type fl_unit_dmd = {
    .kind = "dmd", .summary = "laser and mirrors that show binary patterns", .phase = 1,
    .size = sizeof(struct dmd),
    .params = (const struct fl_param[]){
        { "mirrors", "", FL_COUNT, AT(mirrors), 1, 1e12, NAN, "inputs that a pattern can have", NULL },
        { "input_bits", "", FL_COUNT, AT(input_bits), 1, 64, 1,
          "of an input, where a projection does not say its patterns: one for each bit plane", NULL },
        { "link", "bit/s", FL_REAL, AT(link), 0, 1e18, 0, "patterns to the mirrors, a bit a mirror; 0: no time", NULL },
        { "host_time", "ps", FL_SPAN, AT(host_ps), 0, 1e15, 0, "of the host, for each row, before its first pattern",
          NULL },
        { "mirror_energy", "fJ", FL_REAL | FL_COSTS, AT(mirror_fj), 0, 1e12, 0, "per mirror of a pattern", NULL },
        { "laser_power", "mW", FL_REAL | FL_COSTS, AT(laser_mw), 0, 1e9, NAN, "static, from the wall", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, NAN, "static, of mirrors and their electronics",
          NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "area", "um^2", FL_REAL, AT(mirror_um2), 0, 1e12, 0, "per mirror", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "project", .way = FL_IN },
        { .name = "trigger", .way = FL_IN },
        { .name = "light_out", .way = FL_OUT, .domain = FL_OPTICAL },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "shown", "modulator", NULL, 0 },
        { "mirrors", "modulator", "mirror_energy", AT(mirror_fj) },
        { 0 } },
    .statics = (const struct fl_static[]){
        { "laser_power", "laser", AT(laser_mw), AT(burns) }, { "power", "modulator", AT(power_mw), AT(burns) },
        { 0 } },
    .state = (const struct fl_state[]){
        { .name = "step", .rule = FL_PLAIN, .offset = AT(step), .size = sizeof(uint32_t) },
        { .name = "to_show", .rule = FL_LEFT, .offset = AT(to_show), .size = 8, .resets = AT(resets) },
        { .name = "of_row", .rule = FL_PLAIN, .offset = AT(of_row), .size = 8 },
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { 0 } },
    .init = dmd_init, .wake = dmd_wake, .describe = dmd_describe,
};
