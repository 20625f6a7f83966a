/* roles.c - the table of ports: a new device adds a line here only if a port has a name of its own.
 *
 * Ports of one name mean the same everywhere, so most devices are known before they exist.
 */
#include "tests/laws/roles.h"

#include "machine/pool.h"

#include <string.h>

/* Ports by name; a line with a `kind` is for that type alone. An inbound port that is not here is fed the vectors of
 * the program; an outbound one passes on what the unit's stream (vectors or requests) brings, one for one. */
static const struct role roles[] = {
    { NULL, "tile", FL_IN, TILES, NULL },
    { NULL, "command", FL_IN, LOADS, NULL },
    { NULL, "work", FL_IN, WORK, NULL },
    { NULL, "launch", FL_IN, LAUNCHES, NULL },
    { NULL, "project", FL_IN, PROJECTIONS, NULL },
    { NULL, "exchange", FL_IN, EXCHANGES, NULL },
    { NULL, "trigger", FL_IN, PATTERNS, NULL },
    { "camera", "light_in", FL_IN, PATTERNS, NULL },
    { NULL, "staged", FL_IN, CHUNKS, NULL },
    { NULL, "arrived", FL_IN, CHUNKS_OF_WORK, NULL },
    { NULL, "ask", FL_IN, REQUESTS, NULL },
    { NULL, "in", FL_IN, REQUESTS, NULL },
    { "slm", "light_in", FL_IN, ANSWERS_VECTORS, "ready" },
    { "mesh", "light_in", FL_IN, ANSWERS_VECTORS, "ready" },
    { "crossbar", "light_in", FL_IN, ANSWERS, "fetch" },        /* with the weights' light */
    { NULL, "launched", FL_IN, ANSWERS, "driven" },
    { NULL, "weights", FL_IN, ANSWERS, "fetch" },
    { NULL, "partial", FL_IN, ANSWERS, "fetch" },
    { "dma", "data", FL_IN, ANSWERS, "ask" },
    { NULL, "data", FL_IN, ANSWERS, "fetch" },
    { NULL, "stored", FL_IN, ANSWERS, "store" },
    { NULL, "fetched", FL_IN, ANSWERS, "fetch" },
    { NULL, "ready", FL_IN, ANSWERS, "tile" },
    { NULL, "done", FL_IN, ANSWERS_LAST, "issue" },
    { NULL, "done", FL_IN, ANSWERS_MOVES, "load" },
    { NULL, "done", FL_IN, ANSWERS, "work" },
    { NULL, "done", FL_IN, ANSWERS, "launch" },
    { NULL, "done", FL_IN, ANSWERS, "project" },
    { NULL, "done", FL_IN, ANSWERS, "exchange" },
    { NULL, "store", FL_OUT, PACED, NULL },
    { "gpu", "store", FL_OUT, OWN, NULL },
    { NULL, "issue", FL_OUT, PACED_ALONE, NULL },
    { NULL, "ask", FL_OUT, OWN_READS_WRITES, NULL },
    { NULL, "fetch", FL_OUT, OWN, NULL },
    { NULL, "slot", FL_OUT, OWN, NULL },
    { NULL, "driven", FL_OUT, OWN, NULL },
    { NULL, "sums", FL_OUT, OWN, NULL },
    { NULL, "free", FL_OUT, OWN, NULL },
    { "modulators", "light_out", FL_OUT, UNPACED, NULL },       /* the source keeps the pace */
    { NULL, "ready", FL_OUT, OWN, NULL },
    { NULL, "staged", FL_OUT, OWN, NULL },
    { NULL, "arrived", FL_OUT, OWN, NULL },
    { NULL, "done", FL_OUT, OWN_OVERTAKING, NULL },
    { NULL, "tile", FL_OUT, OWN, NULL },
    { NULL, "load", FL_OUT, OWN, NULL },
    { NULL, "work", FL_OUT, OWN, NULL },
    { NULL, "launch", FL_OUT, OWN, NULL },
    { NULL, "project", FL_OUT, OWN, NULL },
    { NULL, "exchange", FL_OUT, OWN, NULL },
    { NULL, "trigger", FL_OUT, OWN, NULL },
    { "dmd", "light_out", FL_OUT, OWN, NULL },
    { "gpu", "done", FL_OUT, PACED, NULL },
    { "dram", "give", FL_OUT, UNPACED, NULL },
    { "sram", "give", FL_OUT, UNPACED, NULL },
};
enum { ROLES = sizeof roles / sizeof *roles };

/* Ports whose senders never ask for room, because a slot was reserved long before; light cannot wait either. */
static const char *const reserved[] = { "slot", "charge", "codes", "sums", "free", "codes_out", "launched" };

/* Tallies that say what time did, not what was asked for: they may differ when messages are held back. So may those
 * named after a time, "..._ps". */
static const struct { const char *kind, *action; } timely[] = { { "dram", "activates" }, { "dram", "refreshes" } };

static bool is_role_of(const struct role *role, const char *kind, const struct fl_portdef *port)
{
    bool kinds = kind == NULL ? role->kind == NULL : role->kind != NULL && strcmp(role->kind, kind) == 0;
    return kinds && role->way == port->way && strcmp(role->port, port->name) == 0;
}

const struct role *role_next(const struct fl_unit_type *type, const struct fl_portdef *port, const struct role *role)
{
    const char *kind = NULL;
    for (const struct role *own = roles; own < roles + ROLES && kind == NULL; own++)
        kind = is_role_of(own, type->kind, port) ? type->kind : NULL;
    for (role = role == NULL ? roles : role + 1; role < roles + ROLES; role++)
        if (is_role_of(role, kind, port))
            return role;
    return NULL;
}

enum role_of role_of(const struct fl_unit_type *type, const struct fl_portdef *port)
{
    const struct role *role = role_next(type, port, NULL);
    return role == NULL ? VECTORS : role->of;
}

static bool is_stream(const struct fl_unit_type *type, const struct fl_portdef *port)
{
    enum role_of of = role_of(type, port);
    return port->way == FL_IN && (of == VECTORS || of == REQUESTS || of == ANSWERS_VECTORS);
}

int role_mirror_of(const struct fl_unit_type *type, uint32_t port)
{
    const struct fl_portdef *out = &type->ports[port];
    enum role_of of = role_of(type, out);
    if (out->way != FL_OUT || (of != VECTORS && of != UNPACED))
        return -1;
    for (int i = 0; type->ports[i].name != NULL; i++)
        if (is_stream(type, &type->ports[i]))
            return i;
    return -1;
}

int role_paced_port(const struct fl_unit_type *type, bool *fed)
{
    for (int i = 0; type->ports[i].name != NULL; i++) {
        enum role_of of = role_of(type, &type->ports[i]);
        *fed = of != PACED_ALONE;
        if (type->ports[i].way == FL_OUT && of != UNPACED &&
            (of == PACED || of == PACED_ALONE || role_mirror_of(type, (uint32_t)i) >= 0))
            return i;
    }
    return -1;
}

bool role_is_timely(const struct fl_unit_type *type, const char *action)
{
    size_t length = strlen(action);
    bool found = length > 3 && strcmp(action + length - 3, "_ps") == 0;
    for (size_t i = 0; i < sizeof timely / sizeof *timely; i++)
        found = found || (strcmp(timely[i].kind, type->kind) == 0 && strcmp(timely[i].action, action) == 0);
    return found;
}

bool role_is_due(const struct fl_msg *msg)
{
    return !(msg->flags & FL_WRITE) || msg->flags & FL_REPLY;
}

bool role_is_answered(const struct fl_unit_type *type, uint32_t port, const struct fl_msg *msg)
{
    const struct fl_portdef *in = &type->ports[port];
    bool memory = role_of(type, in) == REQUESTS && strcmp(in->name, "ask") == 0;
    return !memory || role_is_due(msg);
}

bool role_is_reserved(const struct fl_portdef *def)
{
    bool found = def->domain == FL_OPTICAL;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        found = found || strcmp(def->name, reserved[i]) == 0;
    return found;
}

bool role_is_joined(const struct fl_unit_type *type, const struct fl_portdef *def, const struct fl_pool *pool)
{
    if (def->way == FL_OUT)
        return true;
    if (strcmp(def->name, "staged") == 0)
        return strcmp(type->kind, "crossbar") != 0;
    return fl_pool_streams(pool) || strcmp(def->name, "driven") != 0;
}
