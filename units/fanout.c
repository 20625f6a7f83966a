/* fanout.c - optics that copy the input plane to every row, and to the cores that share it: never stalls.
 *
 * Splitting light among rows is division, not loss; excess_loss is what is really lost. So
 * it is among cores: a passive broadcast lights every core that a set of inputs is wired to,
 * at work or not, and loses split_loss each time light is halved. Switches send it to the
 * cores at work alone: at a loss, an energy each time they are set, and a time before light.
 */
#include "machine/machine.h"
#include "phys/loss.h"
#include "sim/pace.h"

struct fanout {
    struct unit unit;
    fl_time flight_ps, switch_ps;
    double excess_loss_db, stage_loss_db, core_area_um2, split_loss_db, switch_loss_db, switch_fj;
    int32_t broadcast;
};
enum { SWITCHED, PASSIVE };
static const char *const broadcast_names[] = { "switched", "passive", NULL };
enum { LIGHT_IN, LIGHT_OUT };
enum { COPIED, SWITCHES };

static bool fanout_init(struct unit *u, struct fl_err *err)
{
    const struct fanout *f = (const struct fanout *)u;
    u->area_um2 = f->core_area_um2;
    if (f->broadcast == SWITCHED)
        u->peak_mw = fl_peak_mw(1, f->switch_fj, fmax((double)f->switch_ps, fl_period_ps(u)));
    if (f->broadcast == PASSIVE && u->pool->shared_input && u->pool->fit)
        return fl_fail(err, u->path, "a passive broadcast is wired: it takes `cores` in a number, not \"fit\"");
    return true;
}

static void fanout_wake(struct unit *u)
{
    const struct fanout *f = (const struct fanout *)u;
    if (!fl_has(u, LIGHT_IN))
        return;
    struct fl_msg msg = fl_take(u, LIGHT_IN);
    const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
    fl_count(u, step, COPIED, fl_light(step)->lit_rows);
    if (msg.flags & FL_FIRST && u->pool->shared_input && f->broadcast == SWITCHED)
        fl_count(u, step, SWITCHES, step->cores);
    fl_unit_assert(u, msg.lasts >= 0);
    fl_busy(u, step, msg.lasts, step->cores);
    fl_send(u, LIGHT_OUT, msg, fl_now(u) + f->flight_ps);
    fl_next_at(u, LIGHT_IN, fl_now(u));
}

static void fanout_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct fanout *f = (const struct fanout *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    pool->loss_db += f->excess_loss_db + fl_fanout_tree_db((double)pool->rows, f->stage_loss_db);
    pool->flight_ps += (double)f->flight_ps;
    if (!pool->shared_input)
        return;
    if (f->broadcast == SWITCHED) {
        pool->loss_db += f->switch_loss_db;
        pool->switch_ps = fmax(pool->switch_ps, (double)f->switch_ps);
        return;
    }
    pool->reach = fl_ceil_div(pool->cores, fl_pool_input_sets(pool));
    for (int64_t lit = 1; lit < pool->reach; lit *= 2)
        pool->loss_db += f->split_loss_db;
}

#define AT(field) offsetof(struct fanout, field)
const struct fl_unit_type fl_unit_fanout = {
    .kind = "fanout", .summary = "optical copy of the inputs to every row", .phase = 1,
    .size = sizeof(struct fanout),
    .params = (const struct fl_param[]){
        { "flight", "ps", FL_SPAN, AT(flight_ps), 0, 1e9, 1000, "time of flight to the SLM", NULL },
        { "excess_loss", "dB", FL_REAL | FL_DIMS, AT(excess_loss_db), 0, 100, 0,
          "beyond the division among rows", NULL },
        { "stage_loss", "dB", FL_REAL | FL_DIMS, AT(stage_loss_db), 0, 100, 0,
          "of each stage of a tree of splitters to the rows: ceil(log2 rows) of them", NULL },
        { "broadcast", "", FL_CHOICE, AT(broadcast), 0, 1, SWITCHED,
          "shared_input: of light to cores, only to those at work, or to all that a set of inputs is wired to, "
          "cores / input_sets", broadcast_names },
        { "split_loss", "dB", FL_REAL | FL_DIMS, AT(split_loss_db), 0, 100, 0,
          "passive: each time light is halved among cores",
          NULL },
        { "switch_loss", "dB", FL_REAL | FL_DIMS, AT(switch_loss_db), 0, 100, 0,
          "switched: of the switches to a core", NULL },
        { "switch_energy", "fJ", FL_REAL | FL_COSTS, AT(switch_fj), 0, 1e12, 0, "switched: per core and step", NULL },
        { "switch_time", "ps", FL_SPAN, AT(switch_ps), 0, 1e15, 0, "switched: before the first light of a step", NULL },
        { "area", "um^2", FL_REAL, AT(core_area_um2), 0, 1e14, 0, "footprint of a core's optics", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "light_in", .way = FL_IN, .domain = FL_OPTICAL, .room = 4096 },
        { .name = "light_out", .way = FL_OUT, .domain = FL_OPTICAL },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "copied", "laser", NULL, 0 },
        { "switches", "modulator", "switch_energy", AT(switch_fj) },
        { 0 } },
    .init = fanout_init, .wake = fanout_wake, .describe = fanout_describe,
};
