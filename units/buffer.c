/* buffer.c - memories of a core between SRAM and converters: a buffer of operands, registers, the wires to both.
 *
 * Values of inputs come from SRAM, are written to the buffer and read; so are weights, which
 * are read as often as they are sent and written once for all vectors that a buffer's
 * content serves (mapping/walk_streamed.c). Whatever is converted passes a register, and so does
 * what has been, which then crosses a network to be added up. Cores that hold their weights keep
 * sums in it, too: what `cores` of them convert is added up first.
 *
 * The counts are a step's; given a bandwidth, what a vector moves in the buffer takes time,
 * before it goes on to the converters. Left out: waiting for outputs on their way back.
 */
#include "machine/growth.h"
#include "machine/machine.h"
#include "sim/pace.h"

struct buffer {
    struct unit unit;
    int64_t capacity_bits, cores;
    double bandwidth, buffer_fj, register_fj, network_fj, power_mw, core_area_um2;
    struct fl_growth energy_capacity, power_capacity, bandwidth_capacity;
    int32_t burns;
    fl_time free_at;
};
enum { VALUES, CODES, VALUES_OUT, CODES_OUT };
enum { BUFFERED, REGISTERED, CROSSED };

static bool buffer_init(struct unit *u, struct fl_err *err)
{
    struct buffer *b = (struct buffer *)u;
    if (!fl_pool_streams(u->pool) && !u->pool->spread)
        return fl_fail(err, u->path, "is of cores that stream their weights, or whose tiles are dealt one by one "
                       "(spread)");
    if (fl_pool_streams(u->pool) && b->cores > 1)
        return fl_fail(err, u->path, "cores: where weights stream, an integrator adds up what wired cores give");
    double bits = (double)b->capacity_bits;
    if (!fl_growth_carry(u, &b->energy_capacity, "energy_capacity", bits, &b->buffer_fj, err) ||
        !fl_growth_carry(u, &b->power_capacity, "power_capacity", bits, &b->power_mw, err) ||
        !fl_growth_carry(u, &b->bandwidth_capacity, "bandwidth_capacity", bits, &b->bandwidth, err))
        return false;
    u->area_um2 = b->core_area_um2;
    u->timeless = true;
    return true;
}

static fl_time moves_ps(const struct buffer *b, int64_t bits)
{
    return b->bandwidth > 0 ? fl_span((double)bits / b->bandwidth * 1e12) : 0;
}

/* Bits of all values that a vector converts. */
static int64_t converted_bits(const struct unit *u, const struct fl_light_step *light)
{
    return light->converted * u->pool->input_bits + light->weights_converted * u->pool->weight_bits;
}

static void values_pass(struct unit *u, struct buffer *b)
{
    while (fl_has(u, VALUES)) {
        if (fl_now(u) < b->free_at) {
            fl_wake_at(u, b->free_at);
            return;
        }
        if (!fl_room(u, VALUES_OUT))
            return;
        struct fl_msg msg = fl_take(u, VALUES);
        const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
        const struct fl_light_step *light = fl_light(step);
        fl_time takes = moves_ps(b, light->buffer_bits);
        fl_count(u, step, BUFFERED, light->buffer_bits);
        fl_count(u, step, REGISTERED, 2 * converted_bits(u, light));
        fl_busy(u, step, takes, step->cores);
        b->free_at = fl_now(u) + takes;
        fl_send(u, VALUES_OUT, msg, b->free_at);
    }
}

static void codes_pass(struct unit *u)
{
    while (fl_has(u, CODES)) {          /* whose places are reserved in the queue behind */
        struct fl_msg msg = fl_take(u, CODES);
        const struct fl_step *step = fl_step_in(u, msg.step, FL_STEP_OPTICAL);
        int64_t sampled = fl_light(step)->sampled, kept = fl_ceil_div(sampled, ((struct buffer *)u)->cores);
        fl_count(u, step, REGISTERED, 2 * kept * u->pool->output_bits);
        fl_count(u, step, CROSSED, sampled * u->pool->output_bits);
        fl_send(u, CODES_OUT, msg, fl_now(u));
    }
}

static void buffer_wake(struct unit *u)
{
    values_pass(u, (struct buffer *)u);
    codes_pass(u);
}

static void buffer_describe(const struct unit *u, struct fl_machine *machine)
{
    fl_pool_of(u, machine)->buffer_bits = ((const struct buffer *)u)->capacity_bits;
    fl_pool_of(u, machine)->buffer_cores = ((const struct buffer *)u)->cores;
}

#define AT(field) offsetof(struct buffer, field)
const struct fl_unit_type fl_unit_buffer = {
    .kind = "buffer", .summary = "buffer and registers of a core", .phase = 1,
    .size = sizeof(struct buffer),
    .params = (const struct fl_param[]){
        { "capacity", "bits", FL_COUNT, AT(capacity_bits), 0, 1e15, NAN,
          "of a core's share of a row of weights; 0: no buffer, weights come from SRAM with each vector", NULL },
        { "cores", "", FL_COUNT, AT(cores), 1, 1e6, 1,
          "held weights: cores of a tile, whose conversions are added up before a buffer keeps the sum", NULL },
        { "bandwidth", "bit/s", FL_REAL, AT(bandwidth), 0, 1e18, 0, "of all buffers together; 0: no limit", NULL },
        FL_GROWTH_KEYS("bandwidth", "capacity", "bits", 1e15, AT(bandwidth_capacity)),
        { "energy", "fJ", FL_REAL | FL_COSTS, AT(buffer_fj), 0, 1e9, 0, "of the buffer, per bit moved", NULL },
        FL_GROWTH_KEYS("energy", "capacity", "bits", 1e15, AT(energy_capacity)),
        { "register_energy", "fJ", FL_REAL | FL_COSTS, AT(register_fj), 0, 1e9, 0, "per bit moved", NULL },
        { "network_energy", "fJ", FL_REAL | FL_COSTS, AT(network_fj), 0, 1e9, 0,
          "of the wires from converters to adders, per bit", NULL },
        { "power", "mW", FL_REAL | FL_COSTS, AT(power_mw), 0, 1e9, 0, "static, per core", NULL },
        FL_GROWTH_KEYS("power", "capacity", "bits", 1e15, AT(power_capacity)),
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when the static power is drawn", fl_burns_names },
        { "area", "um^2", FL_REAL, AT(core_area_um2), 0, 1e14, 0, "per core", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "values", .way = FL_IN },
        { .name = "codes", .way = FL_IN, .room = 4096 },        /* no more than the queue behind has places */
        { .name = "values_out", .way = FL_OUT },
        { .name = "codes_out", .way = FL_OUT },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "buffered", "sram", "energy", AT(buffer_fj) },
        { "registered", "sram", "register_energy", AT(register_fj) },
        { "crossed", "link", "network_energy", AT(network_fj) },
        { 0 } },
    .statics = (const struct fl_static[]){ { "power", "sram", AT(power_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { 0 } },
    .init = buffer_init, .wake = buffer_wake, .describe = buffer_describe,
};
