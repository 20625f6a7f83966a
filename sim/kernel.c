/* kernel.c - building a machine from unit types, and the event loop.
 *
 * Everything that moves is an alarm; everything that waits is a flag on a port:
 * `hungry` (the receiver found it empty) or `refused` (the sender found it full). A
 * message wakes only the hungry, a credit only the refused, so that busy units are
 * left alone until their own alarm.
 */
#include "sim/kernel.h"

#include <inttypes.h>
#include <string.h>

#include "base/whole.h"
#include "sim/leap.h"
#include "sim/ledger.h"

const char *const fl_burns_names[] = { "always", "powered", "busy", NULL };
const char *const fl_class_names[FL_CLASSES] = { "dynamic", "static", "setup" };
const char *const fl_hold_names[] = { "always", "powered", "busy", "held", NULL };
const char *const fl_idle_names[] = { "rest", "convert", NULL };

/* ---- building ---- */

static void param_preset(struct unit *u, const struct fl_param *param)
{
    char *field = (char *)u + param->offset;
    if (isnan(param->preset))
        return;
    switch (fl_param_type(param)) {
    case FL_COUNT:
    case FL_SPAN: {
        int64_t whole = fl_whole(param->preset, INT64_MIN, INT64_MAX);
        memcpy(field, &whole, sizeof whole);
        break;
    }
    case FL_REAL:
        memcpy(field, &param->preset, sizeof param->preset);
        break;
    case FL_CHOICE: {
        int32_t choice = (int32_t)fl_whole(param->preset, 0, INT32_MAX);
        memcpy(field, &choice, sizeof choice);
        break;
    }
    case FL_FLAG: {
        bool flag = param->preset != 0;
        memcpy(field, &flag, sizeof flag);
        break;
    }
    }
}

struct unit *fl_sim_unit(struct fl_sim *sim, const struct fl_unit_type *type, const char *path,
                         struct fl_clock *clock)
{
    enum { FEWEST = 32 };
    if (sim->units == 0 || (sim->units >= FEWEST && (sim->units & (sim->units - 1)) == 0)) {
        uint32_t room = sim->units == 0 ? FEWEST : 2 * sim->units;  /* grows by moving */
        struct unit **more = fl_arena_array(&sim->arena, room, sizeof *more);
        if (sim->units > 0)
            memcpy(more, sim->unit, sim->units * sizeof *more);
        sim->unit = more;
    }
    struct unit *u = fl_arena_alloc(&sim->arena, type->size);
    u->type = type;
    u->path = fl_arena_text(&sim->arena, path);
    u->sim = sim;
    u->clock = clock;
    u->cores = 1;
    u->number = sim->units;
    u->alarm = FL_NEVER;
    u->socket = fl_arena_array(&sim->arena, fl_unit_ports(type), sizeof *u->socket);
    u->counts = fl_unit_type_counts(type);
    u->count = fl_arena_array(&sim->arena, u->counts, sizeof *u->count);
    for (const struct fl_param *param = type->params; param != NULL && param->name != NULL; param++)
        param_preset(u, param);
    sim->unit[sim->units++] = u;
    return u;
}

static int port_find(const struct fl_unit_type *type, const char *name)
{
    for (uint32_t i = 0; i < fl_unit_ports(type); i++)
        if (strcmp(type->ports[i].name, name) == 0)
            return (int)i;
    return -1;
}

static void socket_add(struct fl_sim *sim, struct fl_socket *socket, struct fl_port *port)
{
    struct fl_port **line = fl_arena_array(&sim->arena, socket->lines + 1, sizeof *line);
    if (socket->lines > 0)
        memcpy(line, socket->line, socket->lines * sizeof *line);
    line[socket->lines++] = port;
    socket->line = line;
}

bool fl_sim_join(struct fl_sim *sim, struct unit *from, const char *out, struct unit *to, const char *in,
                 struct fl_err *err)
{
    int source = port_find(from->type, out), target = port_find(to->type, in);
    if (source < 0)
        return fl_fail(err, from->path, "a %s has no port \"%s\"", from->type->kind, out);
    if (target < 0)
        return fl_fail(err, to->path, "a %s has no port \"%s\"", to->type->kind, in);
    const struct fl_portdef *a = &from->type->ports[source], *b = &to->type->ports[target];
    if (a->way != FL_OUT || b->way != FL_IN)
        return fl_fail(err, from->path, "%s cannot send to %s.%s: wrong way round", out, to->path, in);
    if (a->domain != b->domain)
        return fl_fail(err, from->path, "%s cannot join %s.%s: one is optical, the other electrical; "
                       "a modulator or a detector must stand between", out, to->path, in);
    if ((!a->many && from->socket[source].lines > 0) || (!b->many && to->socket[target].lines > 0))
        return fl_fail(err, from->path, "%s or %s.%s is joined already", out, to->path, in);
    struct fl_port *port = fl_arena_alloc(&sim->arena, sizeof *port);
    port->sender = from;
    port->receiver = to;
    port->room = (uint32_t)(b->room > 0 ? b->room : 2);
    socket_add(sim, &from->socket[source], port);
    socket_add(sim, &to->socket[target], port);
    return true;
}

/* Ranks order events of one time: by phase, then by number. */
static void rank_units(struct fl_sim *sim)
{
    uint32_t rank = 0;
    for (int phase = 0; phase <= 2; phase++)
        for (uint32_t i = 0; i < sim->units; i++)
            if (sim->unit[i]->type->phase == phase)
                sim->unit[i]->rank = rank++;
}

static bool ports_ready(struct fl_sim *sim, struct unit *u, struct fl_err *err)
{
    bool ok = true;
    for (uint32_t p = 0; p < fl_unit_ports(u->type); p++) {
        const struct fl_portdef *def = &u->type->ports[p];
        struct fl_socket *socket = &u->socket[p];
        if (socket->lines == 0 && !def->optional && !def->many)
            ok = fl_fail(err, u->path, "port \"%s\" is joined to nothing", def->name);
        if (def->way != FL_IN)
            continue;
        if (socket->lines == 0) {       /* an inbound port that never gets anything */
            struct fl_port *silent = fl_arena_alloc(&sim->arena, sizeof *silent);
            silent->room = 1;
            silent->receiver = u;
            if (!def->many)
                socket_add(sim, socket, silent);
        }
        for (uint32_t l = 0; l < socket->lines; l++)
            socket->line[l]->ring = fl_arena_array(&sim->arena, socket->line[l]->room, sizeof(struct fl_msg));
    }
    return ok;
}

bool fl_sim_ready(struct fl_sim *sim, struct fl_err *err)
{
    bool ok = true;
    for (uint32_t i = 0; i < sim->units; i++)
        if (sim->unit[i]->type->init != NULL && !sim->unit[i]->type->init(sim->unit[i], err))
            ok = false;
    for (uint32_t i = 0; i < sim->units; i++)
        if (!ports_ready(sim, sim->unit[i], err))
            ok = false;
    rank_units(sim);
    fl_queue_init(&sim->queue, &sim->arena, sim->units);
    if (sim->frame.p == 0)
        sim->frame = (struct fl_clock){ "frame", 1, 1, 0 };
    return ok;
}

void fl_sim_free(struct fl_sim *sim)
{
    fl_arena_free(&sim->arena);
    memset(sim, 0, sizeof *sim);
}

/* ---- reset ---- */

static void unit_clear(struct unit *u)
{
    u->alarm = FL_NEVER;
    u->blocked = false;
    u->blocked_at = 0;
    u->blocked_slot = 0;
    u->row = NULL;
    u->rows = 0;
    u->touched = 0;
    memset(u->count, 0, u->counts * sizeof *u->count);
    for (const struct fl_state *state = u->type->state; state != NULL && state->name != NULL; state++) {
        if (state->rule == FL_DEADLINE && state->watch != 0)
            memset((char *)u + state->watch, 0, state->size / sizeof(fl_time) * sizeof(struct fl_watch));
        for (uint32_t i = 0; i < fl_state_count(u, state); i++) {
            struct fl_state at = fl_state_at(u, state, i);
            memset((char *)u + at.offset, 0, at.size);
            if (at.rule == FL_LEFT)
                memset((char *)u + at.resets, 0, at.size);
            if (at.rule == FL_STOCK)
                memset((char *)u + at.taking, 0, at.size / sizeof(int64_t) * sizeof(struct fl_taking));
        }
    }
    for (uint32_t p = 0; p < fl_unit_ports(u->type); p++)
        for (uint32_t l = 0; u->type->ports[p].way == FL_IN && l < u->socket[p].lines; l++) {
            struct fl_port *port = u->socket[p].line[l];
            port->head = port->used = 0;
            port->refused = false;
            port->hungry = true;        /* nobody has looked yet: the first message wakes */
            memset(port->ring, 0, port->room * sizeof *port->ring);
        }
}

void fl_sim_reset(struct fl_sim *sim)
{
    sim->now = 0;
    sim->events = sim->epoch = 0;
    fl_queue_clear(&sim->queue);
    sim->boundary = -1;
    sim->halted = sim->overflow = false;
    for (uint32_t i = 0; i < sim->units; i++)
        unit_clear(sim->unit[i]);
    for (uint32_t i = 0; i < sim->units; i++)
        if (sim->unit[i]->type->start != NULL)
            sim->unit[i]->type->start(sim->unit[i]);
}

/* ---- ports ---- */

struct fl_msg fl_take_on(struct unit *u, uint32_t port, uint32_t line)
{
    struct fl_port *in = fl_line(u, port, line);
    fl_unit_assert(u, in->used > 0 && in->ring[in->head].at <= u->sim->now);
    struct fl_msg msg = in->ring[in->head];
    in->head = in->head + 1 == in->room ? 0 : in->head + 1;
    in->used--;
    if (in->refused) {
        in->refused = false;
        fl_wake_at(in->sender, u->sim->now);
    }
    return msg;
}

void fl_send_on(struct unit *u, uint32_t port, uint32_t line, struct fl_msg msg, fl_time at)
{
    if (line >= u->socket[port].lines)
        return;
    struct fl_port *out = fl_line(u, port, line);
    fl_unit_assert(u, out->used < out->room && at >= u->sim->now);
    uint32_t last = out->head + out->used;
    last = last >= out->room ? last - out->room : last;
    fl_unit_assert(u, out->used == 0 || at >= out->ring[last == 0 ? out->room - 1 : last - 1].at);
    msg.at = at;
    out->ring[last] = msg;
    out->used++;
    out->receiver->touched = u->sim->events;
    if (out->hungry) {
        out->hungry = false;
        fl_wake_at(out->receiver, at);
    }
}

/* ---- running ---- */

/* Who holds what, since when: the report of a machine that has stopped before its program ended. */
static bool deadlock(const struct fl_sim *sim, struct fl_err *err)
{
    fl_fail(err, NULL, "deadlock at %" PRId64 " ps: no event is left, and the program has not ended", sim->now);
    for (uint32_t i = 0; i < sim->units; i++) {
        const struct unit *u = sim->unit[i];
        for (uint32_t p = 0; p < fl_unit_ports(u->type); p++)
            for (uint32_t l = 0; u->type->ports[p].way == FL_IN && l < u->socket[p].lines; l++) {
                const struct fl_port *in = u->socket[p].line[l];
                if (in->used > 0)
                    fl_fail(err, u->path, "holds %u of %u messages on %s[%u] since %" PRId64 " ps%s%s", in->used,
                            in->room, u->type->ports[p].name, l, in->ring[in->head].at,
                            in->refused ? "; waited for by " : "", in->refused ? in->sender->path : "");
            }
        if (u->blocked)
            fl_fail(err, u->path, "is blocked, waiting for room or a credit");
        if (u->type->stands != NULL)
            u->type->stands(u, err);
    }
    return false;
}

static inline void wake(struct fl_sim *sim, struct unit *u)
{
    u->touched = ++sim->events;
    u->count[FL_WAKES]++;
    u->type->wake(u);
    if (sim->twice)
        u->type->wake(u);
}

bool fl_sim_run(struct fl_sim *sim, const struct fl_program *program, struct fl_err *err)
{
    if (!fl_program_flows(program, err))
        return false;
    sim->program = program;
    fl_sim_reset(sim);
    if (sim->ledger != NULL)
        fl_ledger_start(sim->ledger, program);
    if (sim->leap != NULL)
        fl_leap_reset(sim->leap);
    while (!sim->halted) {
        fl_time next = fl_queue_time(&sim->queue);
        if (next == FL_NEVER)
            return deadlock(sim, err);
        sim->now = next;
        if (sim->now >= FL_TIME_END)
            return fl_fail(err, NULL, "simulated time ran past its end (" FL_TIME_END_TEXT "): the workload is too "
                           "long for this machine; try fewer layers, tokens or faster loading");
        struct unit *u = fl_queue_pop(&sim->queue);
        wake(sim, u);
        if (sim->overflow)
            return fl_fail(err, NULL, "a count ran past 2^63-1 at %" PRId64 " ps: the workload is too large", sim->now);
        if (sim->boundary >= 0 && sim->leap != NULL && !sim->halted)
            fl_leap_boundary(sim->leap, sim->boundary, u);
        sim->boundary = -1;
    }
    return true;
}

void fl_sim_until(struct fl_sim *sim, fl_time until)
{
    for (fl_time next; (next = fl_queue_time(&sim->queue)) != FL_NEVER && next <= until;) {
        sim->now = next;
        wake(sim, fl_queue_pop(&sim->queue));
        sim->boundary = -1;
    }
}
