/* vector.c - the digital unit: softmax, norms, activations, sums, rotations, and MACs.
 *
 * A work command is a step of rows. Each row is fetched from SRAM, worked on by as many
 * lanes and cycles as its elementary operations (or MACs) take, and stored. Rows share
 * cycles: the next one starts on the lanes that the last cycle of the one before leaves
 * free, if it is there when that cycle starts. Rows are fetched ahead as far as the ring of
 * arriving data has room, those of the next command behind those of this one; those whose
 * weights come from DRAM as soon as their chunk of them is in SRAM, while later ones are on
 * their way. With `instant` set, all but MACs takes no time, as in papers that leave digital
 * work out, and is counted only.
 */
#include "machine/machine.h"
#include "sim/pace.h"

struct vector {
    struct unit unit;
    int64_t lanes, mac_lanes, latency;
    int64_t softmax_ops, norm_ops, activation_ops, add_ops, rotary_ops, copy_ops;
    double op_fj, mac_fj, power_mw, core_area_um2;
    int32_t burns;
    bool instant;
    uint32_t step;                      /* the command whose rows are fetched */
    int64_t to_fetch, fetch_resets;     /* rows of it */
    int64_t to_do, do_resets;           /* rows of the one that is worked on */
    int64_t coming;                     /* rows that were asked for and are not done */
    int64_t covered;                    /* rows to be fetched whose chunk has come */
    fl_time open_at;                    /* the start of the cycle that the next row may join, or begin */
    fl_time free_at;                    /* the end of the last cycle taken */
    int64_t filled;                     /* lanes taken of that cycle; 0: all */
};
enum { WORK, DATA, ARRIVED, FETCH, STORE };
enum { OPERATED, MULTIPLIED };
enum { ROWS_A_STAGE = 8 };               /* of the pipeline, at most: rows that share a cycle */

static bool vector_init(struct unit *u, struct fl_err *err)
{
    (void)err;
    fl_pipeline(u, STORE, ROWS_A_STAGE * ((struct vector *)u)->latency);
    const struct vector *v = (const struct vector *)u;
    u->area_um2 = v->core_area_um2;
    u->timeless = v->instant;
    double op_fj = v->instant ? 0 : (double)v->lanes * v->op_fj;
    u->peak_mw = fl_peak_mw(1, fmax(op_fj, (double)v->mac_lanes * v->mac_fj), fl_period_ps(u));
    return true;
}

static int64_t ops_a_value(const struct vector *v, int64_t function)
{
    switch ((enum fl_function)function) {
    case FL_SOFTMAX: return v->softmax_ops;
    case FL_NORM: return v->norm_ops;
    case FL_ACTIVATION: return v->activation_ops;
    case FL_ADD: return v->add_ops;
    case FL_ROTARY: return v->rotary_ops;
    default: return v->copy_ops;
    }
}

static void work_begin(struct unit *u, struct vector *v)
{
    if (v->to_fetch > 0 || !fl_has(u, WORK))
        return;
    v->step = fl_take(u, WORK).step;
    v->to_fetch = fl_step_in(u, v->step, FL_STEP_VECTOR)->vectors;
    v->fetch_resets++;
}

/* Is what the next row needs of DRAM in SRAM? A chunk that has come covers so many rows. */
static bool row_covered(struct unit *u, struct vector *v, const struct fl_step *step)
{
    if (step->chunk_rows > 0 && v->covered == 0) {
        if (!fl_has(u, ARRIVED))
            return false;
        fl_take(u, ARRIVED);
        v->covered = step->chunk_rows;
    }
    return true;
}

static void rows_fetch(struct unit *u, struct vector *v)
{
    while (v->to_fetch > 0 && fl_room(u, FETCH)) {
        const struct fl_step *step = fl_step_of(u, v->step);
        if (!row_covered(u, v, step))
            return;
        fl_send(u, FETCH, (struct fl_msg){ .bits = step->read_bits, .step = v->step }, fl_now(u));
        v->covered -= step->chunk_rows > 0;
        v->coming++;
        v->to_fetch--;
        if (v->to_fetch == 0) {
            v->step = 0;                /* a command that has been fetched is forgotten */
            work_begin(u, v);
        }
    }
}

/* Takes lanes for a row: from those left of the cycle that starts now, or from a cycle of its own. Gives the cycles
 * until its last one is over. */
static int64_t lanes_take(struct unit *u, struct vector *v, const struct fl_step *step, int64_t lanes, int64_t ops)
{
    bool shares = v->filled > 0 && fl_edge(u, 0) == fl_now(u) && fl_edge(u, 1) == v->free_at;
    int64_t end = fl_sum(shares ? v->filled : 0, fl_most(ops, 1), &u->sim->overflow), cycles = fl_ceil_div(end, lanes);
    fl_time from = fl_edge(u, shares), until = fl_edge(u, cycles);
    if (until > from)
        fl_busy(u, step, until - from, 1);
    v->filled = end % lanes;
    v->open_at = fl_edge(u, end / lanes);
    v->free_at = until;
    return cycles;
}

/* Works on one row; the last row's store is answered to the sequencer. */
static void row_do(struct unit *u, struct vector *v)
{
    struct fl_msg msg = fl_take(u, DATA);
    const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_VECTOR);
    const struct fl_rows_step *rows = fl_rows_of(step);
    if (v->to_do == 0) {
        v->to_do = step->vectors;
        v->do_resets++;
    }
    bool macs = rows->function == FL_MAC;
    int64_t ops = fl_product(rows->values, macs ? 1 : ops_a_value(v, rows->function), &u->sim->overflow);
    bool instant = v->instant && !macs;
    int64_t cycles = instant ? 0 : lanes_take(u, v, step, macs ? v->mac_lanes : v->lanes, ops);
    fl_count(u, step, macs ? MULTIPLIED : OPERATED, ops);
    struct fl_msg store = { .bits = step->write_bits, .step = msg.step, .flags = FL_WRITE };
    store.flags |= v->to_do == 1 ? FL_LAST | FL_REPLY : 0;
    fl_send(u, STORE, store, instant ? fl_now(u) : fl_edge(u, cycles + v->latency));
    v->to_do--;
    v->coming--;
    fl_boundary(u, 0);
}

/* No row to come can share the last cycle: what it left is forgotten. */
static void cycle_close(struct unit *u, struct vector *v)
{
    if (v->to_fetch > 0 || v->coming > 0 || fl_queued(u, WORK, 0) != NULL)
        return;
    v->filled = 0;
    v->open_at = v->free_at;
}

static void vector_wake(struct unit *u)
{
    struct vector *v = (struct vector *)u;
    for (;;) {
        work_begin(u, v);
        rows_fetch(u, v);
        if (fl_now(u) < v->open_at) {
            fl_wake_at(u, v->open_at);
            return;
        }
        bool here = fl_has(u, DATA), room = here && fl_room(u, STORE);
        bool busy = fl_now(u) < v->free_at;     /* with a row that leaves lanes free */
        fl_blocked(u, here ? fl_step_of(u, fl_peek(u, DATA)->step) : NULL, here && !room && !busy);
        if (here && !room && busy)
            fl_wake_at(u, v->free_at);
        if (!room)
            return;
        row_do(u, v);
        cycle_close(u, v);
    }
}

static void vector_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct vector *v = (const struct vector *)u;
    struct fl_vector *unit = &machine->vector[u->engine];
    *unit = (struct fl_vector){ .lanes = v->lanes, .mac_lanes = v->mac_lanes, .period_ps = fl_period_ps(u),
                                 .instant = v->instant };
    for (int32_t f = 0; f < FL_FUNCTIONS; f++)
        unit->ops[f] = f == FL_MAC ? 1 : ops_a_value(v, f);
}

#define AT(field) offsetof(struct vector, field)
const struct fl_unit_type fl_unit_vector = {
    .kind = "vector", .summary = "digital vector unit and MACs", .phase = 1,
    .size = sizeof(struct vector),
    .params = (const struct fl_param[]){
        { "lanes", "", FL_COUNT, AT(lanes), 1, 1e9, NAN, "elementary operations a cycle", NULL },
        { "mac_lanes", "", FL_COUNT, AT(mac_lanes), 1, 1e12, NAN, "MACs a cycle", NULL },
        { "latency", "", FL_COUNT, AT(latency), 0, 1e6, 4, "pipeline delay, cycles", NULL },
        { "instant", "", FL_FLAG, AT(instant), 0, 1, 0, "all but MACs takes no time", NULL },
        { "softmax_ops", "", FL_COUNT, AT(softmax_ops), 0, 1e6, 8, "elementary operations a value", NULL },
        { "norm_ops", "", FL_COUNT, AT(norm_ops), 0, 1e6, 5, "elementary operations a value", NULL },
        { "activation_ops", "", FL_COUNT, AT(activation_ops), 0, 1e6, 8, "elementary operations a value", NULL },
        { "add_ops", "", FL_COUNT, AT(add_ops), 0, 1e6, 1, "elementary operations a value", NULL },
        { "rotary_ops", "", FL_COUNT, AT(rotary_ops), 0, 1e6, 3, "elementary operations a value", NULL },
        { "copy_ops", "", FL_COUNT, AT(copy_ops), 0, 1e6, 0, "elementary operations a value", NULL },
        { "op_energy", "fJ", FL_REAL | FL_COSTS, AT(op_fj), 0, 1e12, NAN, "per elementary operation", NULL },
        { "mac_energy", "fJ", FL_REAL | FL_COSTS, AT(mac_fj), 0, 1e12, NAN, "per digital MAC", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "area", "um^2", FL_REAL, AT(core_area_um2), 0, 1e14, 0, "of the unit", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "work", .way = FL_IN },
        { .name = "data", .way = FL_IN, .room = 4 },
        { .name = "arrived", .way = FL_IN, .optional = true, .room = 8 },
        { .name = "fetch", .way = FL_OUT },
        { .name = "store", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "operated", "digital", "op_energy", AT(op_fj) },
        { "multiplied", "digital", "mac_energy", AT(mac_fj) },
        { 0 } },
    .statics = (const struct fl_static[]){ { "power", "digital", AT(power_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "step", .rule = FL_PLAIN, .offset = AT(step), .size = sizeof(uint32_t) },
        { .name = "to_fetch", .rule = FL_LEFT, .offset = AT(to_fetch), .size = 8,
          .resets = AT(fetch_resets) },
        { .name = "to_do", .rule = FL_LEFT, .offset = AT(to_do), .size = 8, .resets = AT(do_resets) },
        { .name = "coming", .rule = FL_PLAIN, .offset = AT(coming), .size = 8 },
        { .name = "covered", .rule = FL_PLAIN, .offset = AT(covered), .size = 8 },
        { .name = "open_at", .rule = FL_TIME, .offset = AT(open_at), .size = 8 },
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { .name = "filled", .rule = FL_PLAIN, .offset = AT(filled), .size = 8 },
        { 0 } },
    .init = vector_init, .wake = vector_wake, .describe = vector_describe,
};
