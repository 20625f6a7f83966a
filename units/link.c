/* link.c - wires between memory and chip: one shared medium, a bandwidth and a delay.
 *
 * What comes in on line i goes out on line i; lines take turns in rotation.
 */
#include "sim/pace.h"

struct link {
    struct unit unit;
    int64_t width_bits, cycle, latency;
    double energy_fj, power_mw, core_area_um2;
    int32_t burns;
    fl_time free_at;
    uint32_t turn;                      /* line to be looked at first */
};
enum { IN, OUT };
enum { BITS };

static bool link_init(struct unit *u, struct fl_err *err)
{
    (void)err;
    fl_pipeline(u, OUT, ((struct link *)u)->latency);
    const struct link *k = (const struct link *)u;
    u->area_um2 = k->core_area_um2;
    u->peak_mw = fl_peak_mw((double)k->width_bits, k->energy_fj, (double)k->cycle * fl_period_ps(u));
    return true;
}

/* The next line that has a message and room to pass it on, or the number of lines. */
static uint32_t next_line(struct unit *u, const struct link *k)
{
    uint32_t lines = u->socket[IN].lines;
    const struct fl_msg *stuck = NULL;
    uint32_t found = lines;
    for (uint32_t i = 0; i < lines; i++) {
        uint32_t line = k->turn + i < lines ? k->turn + i : k->turn + i - lines;
        if (!fl_has_on(u, IN, line))
            continue;
        if (!fl_room_on(u, OUT, line))
            stuck = stuck != NULL ? stuck : fl_peek_on(u, IN, line);
        else if (found == lines)
            found = line;
    }
    fl_blocked(u, fl_step_of_msg(u, stuck), stuck != NULL && found == lines);
    return found;
}

static void pass(struct unit *u, struct link *k, uint32_t line)
{
    struct fl_msg msg = fl_take_on(u, IN, line);
    /* A read request is a header of no size; data and writes take their width. */
    fl_unit_assert(u, msg.bits >= 0);
    int64_t bits = msg.flags & FL_ASK ? 0 : msg.bits;
    int64_t cycles = fl_times_held(fl_ceil_div(bits, k->width_bits), k->cycle, INT64_MAX);
    const struct fl_step *step = fl_step_of_msg(u, &msg);
    fl_count(u, step, BITS, bits);
    k->free_at = fl_issue(u, step, cycles, 1);
    k->turn = line + 1 < u->socket[IN].lines ? line + 1 : 0;
    fl_send_on(u, OUT, line, msg, fl_edge(u, cycles + k->latency));
}

static void link_wake(struct unit *u)
{
    struct link *k = (struct link *)u;
    while (fl_now(u) >= k->free_at) {
        uint32_t line = next_line(u, k);
        if (line == u->socket[IN].lines)
            return;
        pass(u, k, line);
    }
    fl_wake_at(u, k->free_at);
}

#define AT(field) offsetof(struct link, field)
const struct fl_unit_type fl_unit_link = {
    .kind = "link", .summary = "wires between memory and chip", .phase = 1,
    .size = sizeof(struct link),
    .params = (const struct fl_param[]){
        { "width", "bits", FL_COUNT, AT(width_bits), 1, 1e9, NAN, "moved at a time", NULL },
        { "cycle", "", FL_COUNT, AT(cycle), 1, 1e6, 1, "cycles that this takes", NULL },
        { "latency", "", FL_COUNT, AT(latency), 0, 1e6, 1, "delay, cycles", NULL },
        { "energy", "fJ", FL_REAL | FL_COSTS, AT(energy_fj), 0, 1e9, NAN, "per bit", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "area", "um^2", FL_REAL, AT(core_area_um2), 0, 1e14, 0, "of the link", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "in", .way = FL_IN, .many = true, .room = 4 },
        { .name = "out", .way = FL_OUT, .many = true },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "bits", "link", "energy", AT(energy_fj) }, { 0 } },
    .statics = (const struct fl_static[]){ { "power", "link", AT(power_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { .name = "turn", .rule = FL_PLAIN, .offset = AT(turn), .size = sizeof(uint32_t) },
        { 0 } },
    .init = link_init, .wake = link_wake,
};
