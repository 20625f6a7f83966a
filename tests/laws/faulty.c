/* faulty.c - a relay that passes vectors on, one every few cycles, and its faulty sisters.
 *
 * The sound relay keeps every law; each sister differs from it in one line, chosen by her
 * own wake function. What a law says of them shows that the law can be broken and that it
 * notices.
 */
#include "tests/laws/faulty.h"

#include "sim/pace.h"

enum fault {
    SOUND, COUNTS_WAKES, ACTS_WHEN_WOKEN, DROPS_UNDER_PRESSURE, SWAPS_UNDER_PRESSURE, DOUBLES, KEEPS_CREDIT, SLEEPS_ON,
    KEEPS_STATE, EARLY, LATE, SHORT_PIPELINE, BUSY_TWICE, BLOCKED_AND_BUSY, BLOCKED_BACKWARDS, COUNTS_STALLS,
};

struct relay {
    struct unit unit;
    int64_t cycles, latency;
    fl_time free_at;
    int64_t passed;                     /* listed in the table, but for the fault of keeping it */
    struct fl_msg held;                 /* a message that waits to be overtaken */
    bool holds;
};
enum { VALUES, PASSED_ON };
enum { PASSED };

static bool relay_init(struct unit *u, struct fl_err *err)
{
    (void)err;
    fl_pipeline(u, PASSED_ON, ((struct relay *)u)->latency);
    return true;
}

static bool relay_init_short(struct unit *u, struct fl_err *err)
{
    (void)u;
    (void)err;
    return true;
}

/* Takes the message due and passes it on. */
static void relay_pass(struct unit *u, struct relay *r, enum fault fault)
{
    struct fl_msg msg = fl_take(u, VALUES);
    int64_t cycles = r->cycles + (fault == KEEPS_STATE && r->passed > 5);
    r->passed++;
    const struct fl_step *step = fl_step_of_msg(u, &msg);
    fl_count(u, step, PASSED, 1);
    r->free_at = fl_issue(u, step, cycles, 1);
    if (fault == BUSY_TWICE)
        fl_busy(u, step, r->free_at - fl_now(u), 1);
    if (fault == EARLY)
        r->free_at = fl_edge(u, cycles > 1 ? cycles - 1 : 0);
    if (fault == LATE)
        r->free_at = fl_edge(u, cycles + 1);
    fl_send(u, PASSED_ON, msg, fl_edge(u, cycles + r->latency));
    if (fault == DOUBLES && r->passed % 4 == 0 && fl_room(u, PASSED_ON))
        fl_send(u, PASSED_ON, msg, fl_edge(u, cycles + r->latency));
    fl_next_at(u, VALUES, r->free_at);
}

/* There is no room: a sound relay waits. */
static void relay_refused(struct unit *u, struct relay *r, enum fault fault)
{
    fl_blocked(u, NULL, fault != BLOCKED_BACKWARDS);
    if (fault == BLOCKED_BACKWARDS)
        u->count[FL_BLOCKED_PS]--;
    if (fault == COUNTS_STALLS)
        fl_count(u, NULL, PASSED, 1);
    if (fault == DROPS_UNDER_PRESSURE)
        fl_take(u, VALUES);
    if (fault == SWAPS_UNDER_PRESSURE && !r->holds) {
        r->held = fl_take(u, VALUES);
        r->holds = true;
    }
}

/* Passes on what was overtaken, when nothing is left that could overtake it. */
static void relay_let_go(struct unit *u, struct relay *r)
{
    if (r->holds && fl_queued(u, VALUES, 0) == NULL && fl_room(u, PASSED_ON)) {
        fl_send(u, PASSED_ON, r->held, fl_edge(u, r->cycles + r->latency));
        r->holds = false;
    }
}

static void relay_work(struct unit *u, enum fault fault)
{
    struct relay *r = (struct relay *)u;
    if (fault == COUNTS_WAKES)
        fl_count(u, NULL, PASSED, 1);
    if (fault == BLOCKED_AND_BUSY)
        fl_blocked(u, NULL, r->free_at > fl_now(u));
    if (fl_now(u) < r->free_at && fault != ACTS_WHEN_WOKEN) {
        fl_wake_at(u, r->free_at);
    } else if (!fl_has(u, VALUES)) {
        fl_blocked(u, NULL, false);
        relay_let_go(u, r);
    } else if (fault == KEEPS_CREDIT && r->passed == 3) {
        fl_count(u, NULL, PASSED, 1);         /* seen, and never taken */
    } else if (!fl_room(u, PASSED_ON)) {
        if (fault == SLEEPS_ON)
            fl_line(u, PASSED_ON, 0)->refused = false;
        relay_refused(u, r, fault);
    } else {
        fl_blocked(u, NULL, fault == BLOCKED_AND_BUSY);
        relay_pass(u, r, fault);
    }
}

#define AT(field) offsetof(struct relay, field)
static const struct fl_param relay_params[] = {
    { "cycles", "", FL_COUNT, AT(cycles), 2, 9, 3, "from one vector to the next", NULL },
    { "latency", "", FL_COUNT, AT(latency), 3, 9, 3, "pipeline delay, cycles", NULL },
    { 0 } };
static const struct fl_portdef relay_ports[] = {
    { .name = "values", .way = FL_IN },
    { .name = "analog", .way = FL_OUT },
    { 0 } };
static const struct fl_tally relay_tallies[] = { { "passed", "digital", NULL, 0 }, { 0 } };
static const struct fl_state relay_state[] = {
    { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
    { .name = "passed", .rule = FL_PLAIN, .offset = AT(passed), .size = 8 },
    { .name = "held", .rule = FL_PLAIN, .offset = AT(held), .size = sizeof(struct fl_msg) },
    { .name = "holds", .rule = FL_PLAIN, .offset = AT(holds), .size = sizeof(bool) },
    { 0 } };
static const struct fl_state relay_state_kept[] = {
    { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
    { 0 } };

#define RELAY(name, fault, init_function, state_table)                                                              \
    static void name##_wake(struct unit *u) { relay_work(u, fault); }                                               \
    static const struct fl_unit_type name##_relay = {                                                               \
        .kind = #name, .summary = "test only: passes vectors on", .phase = 1, .size = sizeof(struct relay),          \
        .params = relay_params, .ports = relay_ports, .tallies = relay_tallies, .state = state_table,                \
        .init = init_function, .wake = name##_wake,                                                                 \
    };
RELAY(counts_wakes, COUNTS_WAKES, relay_init, relay_state)
RELAY(acts_when_woken, ACTS_WHEN_WOKEN, relay_init, relay_state)
RELAY(drops, DROPS_UNDER_PRESSURE, relay_init, relay_state)
RELAY(swaps, SWAPS_UNDER_PRESSURE, relay_init, relay_state)
RELAY(doubles, DOUBLES, relay_init, relay_state)
RELAY(keeps_credit, KEEPS_CREDIT, relay_init, relay_state)
RELAY(sleeps_on, SLEEPS_ON, relay_init, relay_state)
RELAY(keeps_state, KEEPS_STATE, relay_init, relay_state_kept)
RELAY(early, EARLY, relay_init, relay_state)
RELAY(late, LATE, relay_init, relay_state)
RELAY(short_pipeline, SHORT_PIPELINE, relay_init_short, relay_state)
RELAY(busy_twice, BUSY_TWICE, relay_init, relay_state)
RELAY(blocked_and_busy, BLOCKED_AND_BUSY, relay_init, relay_state)
RELAY(blocked_backwards, BLOCKED_BACKWARDS, relay_init, relay_state)
RELAY(counts_stalls, COUNTS_STALLS, relay_init, relay_state)

static void sound_wake(struct unit *u)
{
    relay_work(u, SOUND);
}

const struct fl_unit_type sound_type = {
    .kind = "sound", .summary = "test only: passes vectors on", .phase = 1, .size = sizeof(struct relay),
    .params = relay_params, .ports = relay_ports, .tallies = relay_tallies, .state = relay_state,
    .init = relay_init, .wake = sound_wake,
};
const struct faulty_type faulty_types[] = {
    { "wakes", &counts_wakes_relay }, { "wakes", &acts_when_woken_relay },
    { "order", &drops_relay }, { "order", &swaps_relay }, { "order", &doubles_relay },
    { "credits", &keeps_credit_relay }, { "credits", &sleeps_on_relay },
    { "reset", &keeps_state_relay },
    { "tight", &early_relay }, { "tight", &late_relay }, { "tight", &short_pipeline_relay },
    { "time", &busy_twice_relay }, { "time", &blocked_and_busy_relay }, { "time", &blocked_backwards_relay },
    { "tallies", &counts_stalls_relay }, { "tallies", &drops_relay },
    { NULL, NULL },
};
