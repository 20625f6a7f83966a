/* accumulator.c - adds converted outputs over K-tiles and sends them to SRAM.
 *
 * Owns the queue behind the ADCs: it hands out one slot for each entry, and the source
 * launches light only with a slot in hand. Partial sums kept in SRAM are fetched as soon as
 * a vector's codes are queued, so that reading overlaps adding.
 */
#include "machine/machine.h"
#include "sim/pace.h"

struct accumulator {
    struct unit unit;
    int64_t queue, lanes, latency, held;
    double energy_fj, power_mw, lane_area_um2, core_mw;
    int32_t burns;
    fl_time free_at;
    uint32_t asked;                     /* of the vectors queued, those whose partial sums are asked for */
};
enum { CODES, PARTIAL, SLOT, FETCH, STORE };
enum { ADDED, SUMMED };

/* Additions a cycle at most. A lane adds a conversion to its sum and to the partial sum fetched; offset takes two
 * corrections more, and adds up a vector's inputs and a row of weights on their way to the SLM. */
static double most_added(const struct accumulator *a)
{
    const struct fl_pool *pool = a->unit.pool;
    if (!fl_signs[pool->encoding].sums)
        return 2.0 * (double)a->lanes;
    return 4.0 * (double)a->lanes + 2.0 * (double)pool->columns;
}

static bool accumulator_init(struct unit *u, struct fl_err *err)
{
    struct accumulator *a = (struct accumulator *)u;
    (void)err;
    fl_handles_sums(u);
    if (a->lanes == 0)
        a->lanes = fl_pool_sample_lines(u->pool);
    fl_lanes(u, a->lanes, SUMMED, fl_period_ps(u));
    u->area_um2 = a->lane_area_um2 * (double)a->lanes;
    u->peak_mw = fl_peak_mw(most_added(a), a->energy_fj, fl_period_ps(u));
    a->core_mw = a->power_mw * (double)a->lanes;
    fl_line(u, CODES, 0)->room = (uint32_t)a->queue;
    fl_pipeline(u, STORE, a->latency);
    return true;
}

static void accumulator_start(struct unit *u)
{
    for (int64_t i = 0; i < ((struct accumulator *)u)->queue; i++)
        fl_send(u, SLOT, (struct fl_msg){ 0 }, 0);
}

/* Asks SRAM for the partial sums of queued vectors, in order. */
static void fetch_partial(struct unit *u, struct accumulator *a)
{
    for (const struct fl_msg *next; (next = fl_queued(u, CODES, a->asked)) != NULL; a->asked++) {
        int64_t bits = fl_step_in(u, next->step, FL_STEP_OPTICAL)->partial_bits;
        if (bits == 0)
            continue;
        if (next->at > fl_now(u)) {
            fl_wake_at(u, next->at);
            return;
        }
        if (!fl_room(u, FETCH))
            return;
        fl_send(u, FETCH, (struct fl_msg){ .bits = bits, .step = next->step }, fl_now(u));
    }
    fl_line(u, CODES, 0)->hungry = true;
}

static bool ready(struct unit *u, const struct fl_step *step, const struct fl_msg *codes)
{
    if (step->partial_bits > 0 && !fl_has(u, PARTIAL)) {
        fl_blocked(u, step, true);
        return false;
    }
    if ((step->write_bits > 0 || codes->flags & FL_LAST) && !fl_room(u, STORE)) {
        fl_blocked(u, step, true);
        return false;
    }
    fl_blocked(u, NULL, false);
    return true;
}

static void accumulator_wake(struct unit *u)
{
    struct accumulator *a = (struct accumulator *)u;
    fetch_partial(u, a);
    if (fl_now(u) < a->free_at) {
        fl_wake_at(u, a->free_at);
        return;
    }
    if (!fl_has(u, CODES)) {
        fl_blocked(u, NULL, false);
        return;
    }
    const struct fl_step *step = fl_step_in(u, fl_peek(u, CODES)->step, FL_STEP_OPTICAL);
    if (!ready(u, step, fl_peek(u, CODES)))
        return;
    struct fl_msg msg = fl_take(u, CODES);
    a->asked--;
    if (step->partial_bits > 0)
        fl_take(u, PARTIAL);
    fl_send(u, SLOT, (struct fl_msg){ 0 }, fl_now(u));
    fl_count(u, step, ADDED, fl_light(step)->added + (msg.flags & FL_FIRST ? fl_light(step)->load_added : 0));
    fl_count(u, step, SUMMED, fl_light(step)->sampled);
    int64_t cycles = fl_ceil_div(fl_light(step)->rows, a->lanes);
    a->free_at = fl_issue(u, step, cycles, fl_sum_groups(u, step));
    if (step->write_bits > 0 || msg.flags & FL_LAST) {
        struct fl_msg write = { .bits = step->write_bits, .step = msg.step, .flags = FL_WRITE };
        write.flags |= msg.flags & FL_LAST ? FL_LAST | FL_REPLY : 0;
        fl_send(u, STORE, write, fl_edge(u, cycles + a->latency));
    }
    fl_next_at(u, CODES, a->free_at);
}

static void accumulator_describe(const struct unit *u, struct fl_machine *machine)
{
    fl_pool_of(u, machine)->accumulator_lanes = ((const struct accumulator *)u)->lanes;
    fl_pool_of(u, machine)->accumulator_ps = fl_period_ps(u);
    fl_pool_of(u, machine)->accumulator_vectors = ((const struct accumulator *)u)->held;
    fl_pool_of(u, machine)->back_ps += (double)((const struct accumulator *)u)->latency * fl_period_ps(u);
}

#define AT(field) offsetof(struct accumulator, field)
const struct fl_unit_type fl_unit_accumulator = {
    .kind = "accumulator", .summary = "digital adders behind the converters", .phase = 1,
    .size = sizeof(struct accumulator),
    .params = (const struct fl_param[]){
        { "queue", "", FL_COUNT, AT(queue), 1, 4096, 64, "vectors that may wait or be on their way", NULL },
        { "lanes", "", FL_COUNT, AT(lanes), 0, 1e9, 0, "adders of a core; 0: one a conversion", NULL },
        { "latency", "", FL_COUNT, AT(latency), 0, 1e6, 1, "pipeline delay, cycles", NULL },
        { "held", "", FL_COUNT, AT(held), 1, 1e9, 1, "vectors whose partial sums an adder keeps between tiles", NULL },
        { "energy", "fJ", FL_REAL | FL_COSTS, AT(energy_fj), 0, 1e12, NAN, "per addition", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static, per adder", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "area", "um^2", FL_REAL, AT(lane_area_um2), 0, 1e12, 0, "per adder", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "codes", .way = FL_IN },
        { .name = "partial", .way = FL_IN, .room = 4 },
        { .name = "slot", .way = FL_OUT },
        { .name = "fetch", .way = FL_OUT },
        { .name = "store", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "added", "digital", "energy", AT(energy_fj) },
        { "summed", "digital", NULL, 0 },       /* conversions taken in: a lane each */
        { 0 } },
    .statics = (const struct fl_static[]){ { "power", "digital", AT(core_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { .name = "asked", .rule = FL_PLAIN, .offset = AT(asked), .size = sizeof(uint32_t) },
        { 0 } },
    .init = accumulator_init, .start = accumulator_start, .wake = accumulator_wake,
    .describe = accumulator_describe,
};
