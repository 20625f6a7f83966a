/* form.c - what of each unit is its state, and the names of its parts, read off the state tables. */
#include "sim/snapshot.h"

#include "sim/words.h"

static void state_check(const struct fl_state *state)
{
    fl_assert(state->rule == FL_PLAIN || (state->size % WORD == 0 && state->offset % WORD == 0));
}

/* Where the words that stand beside a state are, and their bytes: reload counters, watches; 0: none. */
static uint32_t beside_of(const struct fl_state *state)
{
    return state->rule == FL_LEFT ? state->resets : state->rule == FL_DEADLINE ? state->watch : 0;
}

static uint32_t beside_size(const struct fl_state *state)
{
    return state->rule == FL_LEFT ? state->size : state->size / WORD * (uint32_t)sizeof(struct fl_watch);
}

static void form_reach(uint32_t offset, uint32_t size, uint32_t *first, uint32_t *last)
{
    *first = offset < *first ? offset : *first;
    *last = offset + size > *last ? offset + size : *last;
}

/* The entries of a unit's table, each as often as it stands for. */
static void form_list_states(struct fl_forms *forms, struct fl_form *form)
{
    const struct fl_state *table = form->unit->type->state, *entry;
    uint32_t states = 0;
    for (entry = table; entry != NULL && entry->name != NULL; entry++)
        states += fl_state_count(form->unit, entry);
    struct fl_state *state = fl_arena_array(&forms->arena, states, sizeof *state);
    form->state = state;
    for (entry = table; entry != NULL && entry->name != NULL; entry++)
        for (uint32_t i = 0; i < fl_state_count(form->unit, entry); i++)
            state[form->states++] = fl_state_at(form->unit, entry, i);
}

static void form_add_states(struct fl_forms *forms, struct fl_form *form)
{
    const struct fl_unit_type *type = form->unit->type;
    uint32_t first = (uint32_t)type->size, last = 0;
    form_list_states(forms, form);
    for (uint32_t i = 0; i < form->states; i++) {
        const struct fl_state *state = &form->state[i];
        uint32_t beside = beside_of(state);
        state_check(state);
        form_reach(state->offset, state->size, &first, &last);
        if (beside != 0)
            form_reach(beside, beside_size(state), &first, &last);
    }
    form->from = first / WORD * WORD;
    form->words = last > form->from ? (last - form->from + WORD - 1) / WORD : 0;
    fl_assert(form->from + form->words * WORD <= type->size || form->words == 0);
}

static void form_add_lines(struct fl_forms *forms, struct fl_form *form)
{
    const struct unit *u = form->unit;
    uint32_t ports = fl_unit_ports(u->type), lines = 0;
    for (uint32_t p = 0; p < ports; p++)
        lines += u->type->ports[p].way == FL_IN ? u->socket[p].lines : 0;
    form->line = fl_arena_array(&forms->arena, lines, sizeof(struct fl_port *));
    for (uint32_t p = 0; p < ports; p++)
        for (uint32_t l = 0; u->type->ports[p].way == FL_IN && l < u->socket[p].lines; l++)
            form->line[form->lines++] = u->socket[p].line[l];
}

static bool clock_known(const struct fl_sim *sim, const struct fl_clock *clock)
{
    for (uint32_t i = 0; i < sim->clocks; i++)
        if (sim->clock[i] == clock)
            return true;
    return clock == NULL || clock == &sim->frame;
}

static void form_init(struct fl_forms *forms, struct unit *u)
{
    fl_unit_assert(u, clock_known(forms->sim, u->clock));
    struct fl_form *form = &forms->form[u->number];
    form->unit = u;
    form_add_states(forms, form);
    form_add_lines(forms, form);
    form->counts = u->counts;
    form->parts = 1 + form->states + form->lines;
    form->part = forms->parts;
    forms->parts += form->parts;
}

void fl_forms_init(struct fl_forms *forms, struct fl_sim *sim)
{
    memset(forms, 0, sizeof *forms);
    forms->sim = sim;
    forms->form = fl_arena_array(&forms->arena, sim->units, sizeof *forms->form);
    forms->order = fl_arena_array(&forms->arena, sim->units, sizeof *forms->order);
    for (uint32_t i = 0; i < sim->units; i++) {
        form_init(forms, sim->unit[i]);
        forms->order[i] = i;
    }
    forms->parts += sim->clocks + 1;    /* and the frame clock */
}

void fl_forms_free(struct fl_forms *forms)
{
    fl_arena_free(&forms->arena);
    memset(forms, 0, sizeof *forms);
}

static const char *line_name(struct fl_forms *forms, const struct fl_form *form, uint32_t line)
{
    const struct unit *u = form->unit;
    for (uint32_t p = 0; p < fl_unit_ports(u->type); p++)
        for (uint32_t l = 0; u->type->ports[p].way == FL_IN && l < u->socket[p].lines; l++)
            if (line-- == 0)
                return fl_arena_format(&forms->arena, u->type->ports[p].many ? "%s.%s[%u]" : "%s.%s", u->path,
                                       u->type->ports[p].name, l);
    return u->path;
}

const char *fl_forms_part(struct fl_forms *forms, uint32_t part)
{
    const struct fl_sim *sim = forms->sim;
    for (uint32_t i = 0; i < sim->units; i++) {
        const struct fl_form *form = &forms->form[i];
        if (part - form->part >= form->parts)
            continue;
        uint32_t own = part - form->part;
        if (own == 0)
            return fl_arena_format(&forms->arena, "%s.alarm", form->unit->path);
        if (own <= form->states)
            return fl_arena_format(&forms->arena, "%s.%s", form->unit->path, form->state[own - 1].name);
        return line_name(forms, form, own - 1 - form->states);
    }
    uint32_t clock = part - (forms->parts - sim->clocks - 1);
    return clock < sim->clocks ? sim->clock[clock]->name : "frame clock";
}
