/* unit.c - what can be asked of a unit: its type by name, its counts, and what they are called. */
#include "sim/unit.h"

#include <string.h>

#include "sim/kernel.h"

const struct fl_unit_type *fl_unit_type_find(const char *kind)
{
    for (size_t i = 0; fl_unit_types[i] != NULL; i++)
        if (strcmp(fl_unit_types[i]->kind, kind) == 0)
            return fl_unit_types[i];
    return NULL;
}

uint32_t fl_unit_ports(const struct fl_unit_type *type)
{
    uint32_t n = 0;
    while (type->ports != NULL && type->ports[n].name != NULL)
        n++;
    return n;
}

static uint32_t tallies_of(const struct fl_unit_type *type)
{
    uint32_t n = 0;
    while (type->tallies != NULL && type->tallies[n].action != NULL)
        n++;
    return n;
}

uint32_t fl_unit_type_counts(const struct fl_unit_type *type)
{
    return FL_OWN + tallies_of(type);
}

const char *fl_unit_count_name(const struct unit *u, uint32_t index)
{
    static const char *const common[FL_OWN] = { "busy_ps", "blocked_ps", "active_ps", "wakes" };
    return index < FL_OWN ? common[index] : u->type->tallies[index - FL_OWN].action;
}

bool fl_unit_count_stepless(const struct unit *u, uint32_t index)
{
    return index >= FL_OWN && index >= u->counts - u->type->stepless;
}

const char *fl_burnt_name(enum fl_burnt of)
{
    static const char *const names[] = { "run_ps", "powered_ps", "held_ps" };
    return names[of - FL_RUN_PS];
}

/* Plain records side by side are one state, and so are stocks. */
static bool as_one(const struct fl_state *state)
{
    return (state->rule == FL_PLAIN || state->rule == FL_STOCK) && state->stride == state->size;
}

static uint32_t many(const struct unit *u, const struct fl_state *state)
{
    int32_t number = 1;
    if (state->many != 0)
        memcpy(&number, (const char *)u + state->many, sizeof number);
    return (uint32_t)number;
}

uint32_t fl_state_count(const struct unit *u, const struct fl_state *state)
{
    uint32_t number = many(u, state);
    return as_one(state) ? number > 0 : number;
}

struct fl_state fl_state_at(const struct unit *u, const struct fl_state *state, uint32_t i)
{
    struct fl_state at = *state;
    at.offset += i * state->stride;
    at.resets += state->rule == FL_LEFT ? i * state->stride : 0;
    at.size *= as_one(state) ? many(u, state) : 1;
    return at;
}
