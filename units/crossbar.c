/* crossbar.c - where light of inputs and light of weights meet: every column of one with every row of the other.
 *
 * It holds nothing. A tile command is ready at once; from then on the weights of its vectors
 * are fetched from SRAM, as far ahead as converters have room. Both lights arrive at one
 * time, cross, and leave for the detectors; weights that are not there when the inputs are
 * break a law, for light cannot wait.
 *
 * As in Lightening-Transformer (arXiv:2305.19533): `columns` wavelengths carry the inputs of
 * a dot product, `rows` weights and `vectors` vectors meet at rows x vectors places, and
 * each place interferes the two and reads them with two diodes. Left out: what a coupler
 * does to wavelengths that it is not made for (dispersion).
 */
#include "machine/machine.h"
#include "sim/pace.h"

struct crossbar {
    struct unit unit;
    int64_t columns, rows, vectors;
    double insertion_loss_db, core_area_um2, level_error, power_mw, core_mw;
    int32_t burns;
    fl_time flight_ps;
    uint32_t step;                      /* whose weights are fetched */
    int64_t to_fetch, resets;           /* vectors of it */
};
enum { TILE, WEIGHTS, LIGHT_IN, LIGHT_OUT, FETCH, READY, STAGED };
enum { PASSED };

static bool crossbar_init(struct unit *u, struct fl_err *err)
{
    struct crossbar *x = (struct crossbar *)u;
    (void)err;
    u->area_um2 = x->core_area_um2;
    x->core_mw = x->power_mw * (double)x->rows * (double)x->vectors;
    return true;
}

/* The next tile: nothing to load, so it is ready. */
static bool tile_begin(struct unit *u, struct crossbar *x)
{
    if (x->to_fetch > 0 || !fl_has(u, TILE) || !fl_room(u, READY))
        return false;
    x->step = fl_take(u, TILE).step;
    x->to_fetch = fl_step_in(u, x->step, FL_STEP_OPTICAL)->vectors;
    x->resets++;
    fl_send(u, READY, (struct fl_msg){ .step = x->step }, fl_now(u));
    return true;
}

/* Weights of vectors to come, one request a vector. */
static void weights_fetch(struct unit *u, struct crossbar *x)
{
    while (x->to_fetch > 0 && fl_room(u, FETCH)) {
        int64_t bits = fl_light(fl_step_of(u, x->step))->weight_bits;
        fl_send(u, FETCH, (struct fl_msg){ .bits = bits, .step = x->step, .flags = FL_ASK }, fl_now(u));
        x->to_fetch--;
        if (x->to_fetch == 0)
            x->step = 0;                /* all asked for: forgotten */
    }
}

static void light_pass(struct unit *u, struct crossbar *x)
{
    if (!fl_has(u, LIGHT_IN))
        return;
    if (!fl_has(u, WEIGHTS)) {          /* of events of one time that one is yet to come */
        fl_unit_assert(u, fl_peek(u, LIGHT_IN)->at == fl_now(u));
        return;
    }
    struct fl_msg msg = fl_take(u, LIGHT_IN), weights = fl_take(u, WEIGHTS);
    const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
    fl_unit_assert(u, weights.step == msg.step && msg.lasts >= 0);
    fl_count(u, step, PASSED, fl_light(step)->lit_rows);
    fl_busy(u, step, msg.lasts, step->cores);
    fl_send(u, LIGHT_OUT, msg, fl_now(u) + x->flight_ps);
    fl_next_at(u, LIGHT_IN, fl_now(u));
}

static void crossbar_wake(struct unit *u)
{
    struct crossbar *x = (struct crossbar *)u;
    light_pass(u, x);
    do
        weights_fetch(u, x);
    while (tile_begin(u, x));
}

static void crossbar_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct crossbar *x = (const struct crossbar *)u;
    struct fl_pool *pool = fl_pool_of(u, machine);
    pool->loss_db += x->insertion_loss_db;
    pool->back_ps += (double)x->flight_ps;
    pool->weight_error = x->level_error;
    pool->back_frames = 1;              /* nothing loads that light would wait for */
}

#define AT(field) offsetof(struct crossbar, field)
const struct fl_unit_type fl_unit_crossbar = {
    .kind = "crossbar", .summary = "where inputs and streamed weights meet", .phase = 1,
    .size = sizeof(struct crossbar),
    .params = (const struct fl_param[]){
        { "columns", "", FL_COUNT, AT(columns), 1, 1e9, NAN, "inputs of a dot product: wavelengths", NULL },
        { "rows", "", FL_COUNT, AT(rows), 1, 1e9, NAN, "outputs of a vector", NULL },
        { "vectors", "", FL_COUNT, AT(vectors), 1, 1e9, 1, "that meet the same weights at once", NULL },
        { "weight_error", "", FL_REAL, AT(level_error), 0, 1, 0,
          "rms error of a weight's level over full level, unknown and lasting (precision)", NULL },
        { "insertion_loss", "dB", FL_REAL | FL_DIMS, AT(insertion_loss_db), 0, 100, 0, "of an output's light", NULL },
        { "flight", "ps", FL_SPAN, AT(flight_ps), 0, 1e9, 10, "time of flight to the detectors", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0,
          "static, of each place where a vector meets an output's weights: its phase is kept", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 1, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "area", "um^2", FL_REAL, AT(core_area_um2), 0, 1e14, 0, "of a core's", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "tile", .way = FL_IN },
        { .name = "weights", .way = FL_IN, .domain = FL_OPTICAL, .room = 4096 },
        { .name = "light_in", .way = FL_IN, .domain = FL_OPTICAL, .room = 4096 },
        { .name = "light_out", .way = FL_OUT, .domain = FL_OPTICAL },
        { .name = "fetch", .way = FL_OUT },
        { .name = "ready", .way = FL_OUT },
        { .name = "staged", .way = FL_IN, .optional = true, .room = 8 },
        { 0 } },
    .tallies = (const struct fl_tally[]){ { "passed", "slm", NULL, 0 }, { 0 } },
    .statics = (const struct fl_static[]){ { "power", "slm", AT(core_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "step", .rule = FL_PLAIN, .offset = AT(step), .size = sizeof(uint32_t) },
        { .name = "to_fetch", .rule = FL_LEFT, .offset = AT(to_fetch), .size = 8, .resets = AT(resets) },
        { 0 } },
    .init = crossbar_init, .wake = crossbar_wake, .describe = crossbar_describe,
};
