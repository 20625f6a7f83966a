/* fanout.c - optics that copy the input plane to every row: passive, never stalls.
 *
 * Splitting light among rows is division, not loss; excess_loss is what is really lost.
 */
#include "sim/pace.h"

struct fanout {
    struct unit unit;
    fl_time flight_ps;
    double excess_loss_db, core_area_um2;
};
enum { LIGHT_IN, LIGHT_OUT };
enum { COPIED };

static bool fanout_init(struct unit *u, struct fl_err *err)
{
    (void)err;
    u->area_um2 = ((struct fanout *)u)->core_area_um2;
    return true;
}

static void fanout_wake(struct unit *u)
{
    const struct fanout *f = (const struct fanout *)u;
    if (!fl_has(u, LIGHT_IN))
        return;
    struct fl_msg msg = fl_take(u, LIGHT_IN);
    const struct fl_step *step = fl_step_of(u, msg.step);
    fl_count(u, COPIED, step->lit_rows);
    fl_busy(u, msg.bits, step->cores);
    fl_send(u, LIGHT_OUT, msg, fl_now(u) + f->flight_ps);
    fl_next_at(u, LIGHT_IN, fl_now(u));
}

static void fanout_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct fanout *f = (const struct fanout *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    pool->loss_db += f->excess_loss_db;
    pool->flight_ps += (double)f->flight_ps;
}

#define AT(field) offsetof(struct fanout, field)
const struct fl_unit_type fl_unit_fanout = {
    .kind = "fanout", .summary = "optical copy of the inputs to every row", .phase = 1,
    .size = sizeof(struct fanout),
    .params = (const struct fl_param[]){
        { "flight", "ps", FL_SPAN, AT(flight_ps), 0, 1e9, 1000, "time of flight to the SLM", NULL },
        { "excess_loss", "dB", FL_REAL, AT(excess_loss_db), 0, 100, 0, "beyond the division among rows", NULL },
        { "area", "um^2", FL_REAL, AT(core_area_um2), 0, 1e14, 0, "footprint of a core's optics", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "light_in", .way = FL_IN, .domain = FL_OPTICAL, .room = 4096 },
        { .name = "light_out", .way = FL_OUT, .domain = FL_OPTICAL },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "copied", "laser", NULL, 0 }, { 0 } },
    .init = fanout_init, .wake = fanout_wake, .describe = fanout_describe,
};
