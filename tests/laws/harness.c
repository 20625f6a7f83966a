/* harness.c - the world around a unit: feeds, taps, answers, and a nudger.
 *
 * A feed is a list of messages for one line of an inbound port and how far it has got; a
 * tap takes from one line of an outbound port and may append answers to feeds. How long a
 * message is held depends on (seed, line, its number) alone, never on what happened
 * before, so that a run is disturbed only where a law wants it disturbed.
 */
#include "tests/laws/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/pace.h"
#include "tests/laws/draw.h"
#include "tests/laws/roles.h"

fl_time rig_light_gap(const struct rig *rig, const struct fl_step *step)
{
    const struct fl_pool *pool = &rig->machine.pool[0];
    if (step->kind == FL_STEP_OPU)      /* a frame, and what clocks round it up by */
        return fl_span(fl_projector_pattern_ps(&rig->machine.opu[0], fl_opu_of(step))) + 2 * rig->clock.p;
    double adc_ps = pool->adc_ps * (double)((fl_light(step)->rows + pool->adc_lanes - 1) / pool->adc_lanes);
    return (fl_time)ceil(fmax(pool->detector_ps, adc_ps / (double)fl_light_between(step)));
}

/* ---- feeds and taps ---- */

struct rig_feed {
    uint32_t port, line;                /* of the unit under test */
    uint32_t world_port, world_line;
    bool light;
    const struct fl_portdef *def;
    struct fl_msg *msg;                 /* `at`: not to be sent before */
    size_t given, queued, room, sent;   /* given: those known before the run starts */
    fl_time free_at;
};
struct rig_tap { uint32_t port, line, world_port, world_line; int64_t taken; };

enum { GAP, HOLD, LATENCY };
static uint64_t chance(const struct rig *rig, int what, uint32_t port, uint32_t line, int64_t n)
{
    uint64_t where = (uint64_t)what << 48 | (uint64_t)port << 40 | (uint64_t)line << 32 | (uint64_t)n;
    struct fl_rng rng = { rig->seed ^ where * 0xD1342543DE82EF95u };
    return fl_rng_next(&rng);
}

/* Nothing half of the time, else a few clock periods, seldom many. */
static fl_time pause_ps(const struct rig *rig, uint64_t random)
{
    fl_time period = rig->clock.p / rig->clock.q + 1;
    if (random % 2 == 0)
        return 0;
    return (fl_time)((random >> 8) % (uint64_t)(random % 8 == 1 ? 40 * period : 3 * period));
}

static void feed_add(struct rig_feed *feed, struct fl_msg msg)
{
    feed->msg = fl_grow(feed->msg, &feed->room, feed->queued, sizeof *feed->msg);
    feed->msg[feed->queued++] = msg;
}

/* The patterns of a projection. */
static void feed_patterns(struct rig_feed *feed, const struct fl_step *step, uint32_t index)
{
    int64_t patterns = step->kind == FL_STEP_OPU ? step->vectors * fl_opu_of(step)->patterns : 0;
    for (int64_t p = 0; p < patterns; p++)
        feed_add(feed, (struct fl_msg){ .step = index, .flags = p == patterns - 1 ? FL_LAST : 0 });
}

static void feed_vectors(struct rig_feed *feed, const struct fl_step *step, uint32_t index, fl_time at)
{
    for (int64_t v = 0; v < step->vectors; v++)
        feed_add(feed, (struct fl_msg){ .at = at, .payload = feed->light ? RIG_LIGHT_PS : step->read_bits,
                                        .step = index,
                                        .flags = (v == 0 ? FL_FIRST : 0) | (v == step->vectors - 1 ? FL_LAST : 0) });
}

/* Descriptors of one to six chunks, read or written; the last write wants an answer. */
static void feed_requests(const struct rig *rig, struct rig_feed *feed, struct fl_rng *rng, int64_t items)
{
    for (int64_t i = 0; i < items; i++)
        feed_add(feed, (struct fl_msg){ .bits = 4096 });
    for (int64_t d = items > 0 ? 0 : fl_rng_range(rng, 1, 5); d > 0; d--) {
        bool write = fl_rng_next(rng) % 2 == 0, header = fl_rng_next(rng) % 4 != 0;
        int64_t bits = fl_rng_range(rng, 1, 5000), chunks = fl_rng_range(rng, 1, 6);
        uint32_t step = (uint32_t)fl_rng_range(rng, 0, (int64_t)rig->program.steps - 1);
        for (int64_t c = 0; c < chunks; c++) {
            bool last = c == chunks - 1;
            uint32_t flags = (c == 0 ? FL_FIRST : 0) | (last ? FL_LAST : 0);
            flags |= write ? FL_WRITE | (last ? FL_REPLY : 0) : header ? FL_ASK : 0;
            feed_add(feed, (struct fl_msg){ .bits = last ? fl_rng_range(rng, !write, bits) : bits, .step = step,
                                            .flags = flags });
        }
    }
    feed->given = feed->queued;
}

/* What is known before the run: all but answers. */
static void feed_fill(const struct rig *rig, struct rig_feed *feed)
{
    enum role_of of = role_of(rig->type, feed->def);
    int64_t chunk = param_whole(rig->unit, "chunk", 1024);
    for (uint32_t i = 0; i < rig->program.steps; i++) {
        const struct fl_step *step = &rig->program.step[i];
        bool optical = step->kind == FL_STEP_OPTICAL, dram = step->load_from == FL_DRAM;
        struct fl_msg command = { .bits = step->load_bits, .step = i };
        if (of == VECTORS && optical)
            feed_vectors(feed, step, i, 0);
        if ((of == TILES && optical) || (of == WORK && step->kind == FL_STEP_VECTOR) ||
            (of == LOADS && (dram || step->kind == FL_STEP_MOVE)))
            feed_add(feed, command);
        if ((of == PROJECTIONS && step->kind == FL_STEP_OPU) || (of == EXCHANGES && step->kind == FL_STEP_EXCHANGE))
            feed_add(feed, command);
        if (of == PATTERNS)
            feed_patterns(feed, step, i);
        for (int64_t v = 0; of == LAUNCHES && step->kind == FL_STEP_GPU && v < step->vectors; v++)
            feed_add(feed, command);
        if (dram && ((of == CHUNKS && optical) || (of == CHUNKS_OF_WORK && step->kind == FL_STEP_VECTOR)))
            for (int64_t left = step->load_bits; left > 0; left -= chunk)
                feed_add(feed, (struct fl_msg){ .bits = left < chunk ? left : chunk, .step = i });
    }
    feed->given = feed->queued;
}

/* Answers to a message that came out: one, or the vectors of its step. */
static void answer(struct rig *rig, const struct rig_tap *tap, const struct fl_msg *msg)
{
    const char *name = rig->type->ports[tap->port].name;
    const struct fl_step *step = &rig->program.step[msg->step];
    for (size_t f = 0; f < rig->feeds; f++) {
        struct rig_feed *feed = &rig->feed[f];
        for (const struct role *role = NULL; (role = role_next(rig->type, feed->def, role)) != NULL;) {
            bool wanted = role->of == ANSWERS ? role_is_due(msg) : role->of == ANSWERS_LAST ? msg->flags & FL_LAST :
                          role->of == ANSWERS_MOVES ? step->kind == FL_STEP_MOVE : role->of == ANSWERS_VECTORS;
            if (role->to == NULL || strcmp(role->to, name) != 0 || !wanted || feed->line != tap->line)
                continue;
            uint64_t random = chance(rig, LATENCY, tap->port, tap->line, tap->taken);
            fl_time at = fl_now(rig->world) + (rig->traffic.gaps ? pause_ps(rig, random) : rig->traffic.delay);
            struct fl_msg back = *msg;
            back.at = at;
            back.flags &= ~(uint32_t)FL_ASK;
            if (feed->light)
                back.lasts = RIG_LIGHT_PS;
            if (role->of == ANSWERS_VECTORS)
                feed_vectors(feed, step, msg->step, at);
            else
                feed_add(feed, back);
        }
    }
}

/* What the order of a message is worth: its number, or that within its flow, or nothing. */
static int64_t order_key(const struct rig *rig, const struct rig_tap *tap, const struct fl_msg *msg)
{
    enum role_of of = role_of(rig->type, &rig->type->ports[tap->port]);
    if (of == OWN_OVERTAKING)
        return (int64_t)msg->step << 48 | (int64_t)msg->flags << 40 | msg->bits;
    return tap->taken + (of == OWN_READS_WRITES && msg->flags & FL_WRITE ? (int64_t)1 << 40 : 0);
}

static void tap_take(struct rig *rig, struct rig_tap *tap)
{
    struct unit *world = rig->world;
    while (fl_has_on(world, tap->world_port, tap->world_line)) {
        fl_time due = fl_peek_on(world, tap->world_port, tap->world_line)->at;
        if (rig->traffic.pressure)
            due += pause_ps(rig, chance(rig, HOLD, tap->port, tap->line, tap->taken));
        if (fl_now(world) < due) {
            fl_wake_at(world, due);
            return;
        }
        struct fl_msg msg = fl_take_on(world, tap->world_port, tap->world_line);
        rig->mail = fl_grow(rig->mail, &rig->mail_room, rig->mails, sizeof *rig->mail);
        rig->mail[rig->mails++] = (struct rig_mail){ tap->port, tap->line, order_key(rig, tap, &msg), msg };
        answer(rig, tap, &msg);
        tap->taken++;
    }
}

/* How long a feed rests after a message: light keeps its legal distance. */
static fl_time feed_gap(const struct rig *rig, const struct rig_feed *feed, const struct fl_msg *msg)
{
    fl_time gap = rig->traffic.gaps ? pause_ps(rig, chance(rig, GAP, feed->port, feed->line, (int64_t)feed->sent))
                                    : rig->traffic.spacing;
    if (!feed->light)
        return gap;
    fl_time least = rig_light_gap(rig, &rig->program.step[msg->step]);
    least = least > RIG_LIGHT_PS ? least : RIG_LIGHT_PS;
    return gap > least ? gap : least;
}

/* Two lights meet: that of the port that comes first in the table is there when the other comes. */
static bool is_met(const struct rig *rig, const struct rig_feed *feed)
{
    bool met = true;
    for (size_t f = 0; f < rig->feeds && feed->light; f++)
        met = met && (!rig->feed[f].light || rig->feed[f].port >= feed->port || rig->feed[f].sent > feed->sent);
    return met;
}

static void feed_send(struct rig *rig, struct rig_feed *feed)
{
    struct unit *world = rig->world;
    while (feed->sent < feed->queued && is_met(rig, feed)) {
        struct fl_msg msg = feed->msg[feed->sent];
        fl_time due = msg.at > feed->free_at ? msg.at : feed->free_at;
        if (fl_now(world) < due) {
            fl_wake_at(world, due);
            return;
        }
        if (!fl_room_on(world, feed->world_port, feed->world_line))
            return;
        fl_send_on(world, feed->world_port, feed->world_line, msg, fl_now(world));
        feed->free_at = fl_now(world) + feed_gap(rig, feed, &msg);
        if (feed->light && fl_now(world) + msg.lasts > rig->light_until)
            rig->light_until = fl_now(world) + msg.lasts;
        feed->sent++;
    }
}

/* ---- the test-only unit types ---- */

struct end { struct unit unit; struct rig *rig; };

static void world_start(struct unit *u)
{
    struct rig *rig = ((struct end *)u)->rig;
    rig->mails = 0;
    rig->light_until = 0;
    for (size_t f = 0; f < rig->feeds; f++) {
        rig->feed[f].queued = rig->feed[f].given;
        rig->feed[f].sent = 0;
        rig->feed[f].free_at = 0;
    }
    for (size_t t = 0; t < rig->taps; t++)
        rig->tap[t].taken = 0;
    fl_wake_at(u, 0);
}

static void world_wake(struct unit *u)
{
    struct rig *rig = ((struct end *)u)->rig;
    for (size_t t = 0; t < rig->taps; t++)
        tap_take(rig, &rig->tap[t]);
    for (size_t f = 0; f < rig->feeds; f++)
        feed_send(rig, &rig->feed[f]);
}

enum { WIRE_IN, LIGHT_IN, WIRE_OUT, LIGHT_OUT };
static const struct fl_unit_type world_type = {
    .kind = "world", .summary = "everything around a unit under test", .phase = 0, .size = sizeof(struct end),
    .ports = (const struct fl_portdef[]){
        { .name = "wire_in", .way = FL_IN, .many = true },
        { .name = "light_in", .way = FL_IN, .domain = FL_OPTICAL, .many = true },
        { .name = "wire_out", .way = FL_OUT, .many = true },
        { .name = "light_out", .way = FL_OUT, .domain = FL_OPTICAL, .many = true },
        { 0 } },
    .start = world_start, .wake = world_wake,
};

/* Wakes the unit under test, then itself after a random pause. */
static void nudger_wake(struct unit *u)
{
    struct rig *rig = ((struct end *)u)->rig;
    fl_time now = fl_now(u), often = 3 * (rig->clock.p / rig->clock.q + 1), seldom = rig->nudge_until / 300;
    if (!rig->traffic.nudge || now > rig->nudge_until)
        return;
    fl_wake_at(rig->unit, now);
    fl_time pause = often > seldom ? often : seldom;
    fl_wake_at(u, now + 1 + (fl_time)(chance(rig, GAP, 255, 0, now) % (uint64_t)pause));
}

static void nudger_start(struct unit *u)
{
    fl_wake_at(u, 0);
}

static const struct fl_unit_type nudger_type = {
    .kind = "nudger", .summary = "wakes a unit under test for nothing", .phase = 0, .size = sizeof(struct end),
    .start = nudger_start, .wake = nudger_wake,
};

/* ---- building ---- */

static struct unit *end_open(struct rig *rig, const struct fl_unit_type *type)
{
    struct unit *u = fl_sim_unit(&rig->sim, type, type->kind, &rig->clock);
    ((struct end *)u)->rig = rig;
    return u;
}

static void feed_join(struct rig *rig, uint32_t port, uint32_t line)
{
    const struct fl_portdef *def = &rig->type->ports[port];
    struct rig_feed *feed = &rig->feed[rig->feeds++];
    bool light = def->domain == FL_OPTICAL;
    uint32_t out = light ? LIGHT_OUT : WIRE_OUT;
    *feed = (struct rig_feed){ .port = port, .line = line, .light = light, .def = def, .world_port = out,
                               .world_line = rig->world->socket[out].lines };
    fl_assert(fl_sim_join(&rig->sim, rig->world, light ? "light_out" : "wire_out", rig->unit, def->name, NULL));
}

static void tap_join(struct rig *rig, uint32_t port, uint32_t line, uint32_t room)
{
    const struct fl_portdef *def = &rig->type->ports[port];
    struct rig_tap *tap = &rig->tap[rig->taps++];
    bool light = def->domain == FL_OPTICAL;
    uint32_t in = light ? LIGHT_IN : WIRE_IN;
    *tap = (struct rig_tap){ .port = port, .line = line, .world_port = in,
                             .world_line = rig->world->socket[in].lines };
    fl_assert(fl_sim_join(&rig->sim, rig->unit, def->name, rig->world, light ? "light_in" : "wire_in", NULL));
    fl_line(rig->unit, port, line)->room = role_is_reserved(def) ? 4096 : room;
}

/* Joins every port; what comes out finds room for a few messages, drawn at random if `rng` is there. */
static void ports_join(struct rig *rig, struct fl_rng *rng)
{
    uint32_t most = 0;
    for (const struct fl_portdef *def = rig->type->ports; def->name != NULL; def++)
        most += RIG_LINES;
    rig->feed = fl_arena_array(&rig->sim.arena, most, sizeof *rig->feed);
    rig->tap = fl_arena_array(&rig->sim.arena, most, sizeof *rig->tap);
    for (uint32_t port = 0; rig->type->ports[port].name != NULL; port++)
        for (uint32_t line = 0; line < (rig->type->ports[port].many ? (uint32_t)rig->machine.pools : 1); line++) {
            if (!role_is_joined(rig->type, &rig->type->ports[port], &rig->machine.pool[0]))
                continue;
            if (rig->type->ports[port].way == FL_IN)
                feed_join(rig, port, line);
            else
                tap_join(rig, port, line, rng == NULL ? 4 : (uint32_t)fl_rng_range(rng, 1, 3));
        }
}

static void units_open(struct rig *rig)
{
    rig->feeds = rig->taps = 0;
    rig->world = end_open(rig, &world_type);
    rig->nudger = end_open(rig, &nudger_type);
    rig->unit = fl_sim_unit(&rig->sim, rig->type, "under_test", &rig->clock);
    fl_pool_enter(rig->unit, &rig->machine.pool[0]);
}

/* False if the unit refuses its parameters. */
static bool units_ready(struct rig *rig, struct fl_rng *rng)
{
    ports_join(rig, rng);
    if (!fl_sim_ready(&rig->sim, NULL))
        return false;
    if (rig->type->describe != NULL)
        rig->type->describe(rig->unit, &rig->machine);
    return true;
}

/* Units, ports and parameters, all drawn. */
static bool build(struct rig *rig, struct fl_rng *rng, bool whole_clock)
{
    rig->clock = draw_clock(rng, whole_clock);
    rig->sim.frame = rig->clock.q == 1 ? (struct fl_clock){ "frame", 5 * rig->clock.p, 1, 0 } :
                     (struct fl_clock){ "frame", rig->clock.p, 1, 0 };
    memset(&rig->machine, 0, sizeof rig->machine);
    rig->machine.pools = (int32_t)fl_rng_range(rng, 1, RIG_LINES);
    for (int32_t i = 0; i < rig->machine.pools; i++)
        draw_pool(rng, &rig->machine.pool[i], i);
    rig->machine.pool[0].vectors = fl_rng_range(rng, 0, 1) * fl_rng_range(rng, 1, 3);
    units_open(rig);
    draw_params(rng, rig->unit, &rig->machine.pool[0]);
    return units_ready(rig, rng);
}

/* The program is known: what it brings to each feed, and what the unit is like before it runs. */
static void traffic_ready(struct rig *rig)
{
    rig->sim.program = &rig->program;
    for (size_t f = 0; f < rig->feeds; f++)
        feed_fill(rig, &rig->feed[f]);
    fl_sim_reset(&rig->sim);
    size_t bytes = rig->type->size - sizeof(struct unit);
    rig->fresh = fl_arena_alloc(&rig->sim.arena, bytes + 1);
    memcpy(rig->fresh, (char *)rig->unit + sizeof(struct unit), bytes);
}

void rig_open(struct rig *rig, const struct fl_unit_type *type, uint64_t seed, int64_t items)
{
    *rig = (struct rig){ .type = type, .seed = seed };
    struct fl_rng rng = { seed };
    int tries = 0;
    while (!build(rig, &rng, items > 0)) {
        fl_sim_free(&rig->sim);
        if (++tries == 100000)
            fl_panic(__FILE__, __LINE__, "%s refuses every set of parameters drawn from its table", type->kind);
    }
    draw_program(&rng, rig, items, param_whole(rig->unit, "chunk", 1024));
    traffic_ready(rig);
    for (size_t f = 0; f < rig->feeds; f++)
        if (role_of(type, rig->feed[f].def) == REQUESTS)
            feed_requests(rig, &rig->feed[f], &rng, items);
}

/* ---- by hand ---- */

void rig_begin(struct rig *rig, const struct fl_unit_type *type, fl_time period_ps, const struct fl_pool *pool)
{
    *rig = (struct rig){ .type = type, .clock = { "bench", period_ps, 1, 0 } };
    rig->sim.frame = (struct fl_clock){ "frame", period_ps, 1, 0 };
    rig->machine = (struct fl_machine){ .pools = 1 };
    rig->machine.pool[0] = *pool;
    units_open(rig);
    param_presets(rig->unit);
}

void rig_ready(struct rig *rig, struct fl_program program)
{
    fl_assert(units_ready(rig, NULL));
    rig->program = program;
    traffic_ready(rig);
}

void rig_give(struct rig *rig, const char *port, uint32_t line, struct fl_msg msg)
{
    for (size_t f = 0; f < rig->feeds; f++)
        if (strcmp(rig->feed[f].def->name, port) == 0 && rig->feed[f].line == line) {
            feed_add(&rig->feed[f], msg);
            rig->feed[f].given = rig->feed[f].queued;
            return;
        }
    fl_panic(__FILE__, __LINE__, "a %s has no line %u of \"%s\"", rig->type->kind, line, port);
}

void rig_close(struct rig *rig)
{
    for (size_t f = 0; f < rig->feeds; f++)
        fl_free(rig->feed[f].msg);
    fl_free(rig->mail);
    fl_sim_free(&rig->sim);
}

/* ---- running ---- */

static bool line_is_empty(const struct rig *rig, const struct fl_port *port, uint32_t number, uint32_t line, char *text)
{
    const char *name = rig->type->ports[number].name;
    if (port->used > 0)
        snprintf(text, RIG_TEXT, "%u of %u messages lie on %s[%u]", port->used, port->room, name, line);
    else if (port->refused)
        snprintf(text, RIG_TEXT, "a sender on %s[%u] was refused and never woken", name, line);
    return port->used == 0 && !port->refused;
}

bool rig_is_drained(struct rig *rig, char text[RIG_TEXT])
{
    if (fl_queue_time(&rig->sim.queue) != FL_NEVER)
        return snprintf(text, RIG_TEXT, "does not come to rest in %llu events",
                        (unsigned long long)rig->sim.events) < 0;
    for (size_t f = 0; f < rig->feeds; f++)
        if (rig->feed[f].sent < rig->feed[f].queued)
            return snprintf(text, RIG_TEXT, "takes only %zu of %zu messages on %s[%u]", rig->feed[f].sent,
                            rig->feed[f].queued, rig->feed[f].def->name, rig->feed[f].line) < 0;
    for (uint32_t p = 0; rig->type->ports[p].name != NULL; p++)
        for (uint32_t l = 0; l < rig->unit->socket[p].lines; l++)
            if (!line_is_empty(rig, fl_line(rig->unit, p, l), p, l, text))
                return false;
    if (rig->unit->blocked)
        return snprintf(text, RIG_TEXT, "is blocked still, with nothing left to do") < 0;
    return true;
}

const struct fl_msg *rig_sent(const struct rig *rig, uint32_t port, uint32_t line, size_t *messages)
{
    for (size_t f = 0; f < rig->feeds; f++)
        if (rig->feed[f].port == port && rig->feed[f].line == line) {
            *messages = rig->feed[f].sent;
            return rig->feed[f].msg;
        }
    *messages = 0;
    return NULL;
}
