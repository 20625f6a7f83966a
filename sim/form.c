/* form.c - what of each unit is its state, and the names of its parts, read off the state tables. */
#include "sim/snapshot.h"

#include <stdlib.h>

#include "sim/words.h"

static void state_check(const struct fl_state *state)
{
    fl_assert(state->rule == FL_PLAIN || (state->size % WORD == 0 && state->offset % WORD == 0));
}

/* Where the words that stand beside a state are, and their bytes: reload counters, watches, takings; 0: none. */
static uint32_t beside_of(const struct fl_state *state)
{
    return state->rule == FL_LEFT ? state->resets : state->rule == FL_DEADLINE ? state->watch :
           state->rule == FL_STOCK ? state->taking : 0;
}

static uint32_t beside_size(const struct fl_state *state)
{
    size_t each = state->rule == FL_LEFT ? WORD : state->rule == FL_DEADLINE ? sizeof(struct fl_watch) :
                  sizeof(struct fl_taking);
    return state->size / WORD * (uint32_t)each;
}

static int by_from(const void *a, const void *b)
{
    const struct fl_stretch *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Makes one of stretches that touch, and lays them one behind the other. */
static void stretches_join(struct fl_form *form)
{
    struct fl_stretch *last = form->stretch;
    qsort(form->stretch, form->stretches, sizeof *form->stretch, by_from);
    for (uint32_t i = 1; i < form->stretches; i++) {
        const struct fl_stretch *next = &form->stretch[i];
        uint32_t end = last->from + last->size, behind = next->from + next->size;
        if (next->from > end)
            *++last = *next;
        else if (behind > end)
            last->size = behind - last->from;
    }
    form->stretches = form->stretches > 0 ? (uint32_t)(last - form->stretch) + 1 : 0;
    for (uint32_t i = 0; i < form->stretches; i++) {
        form->stretch[i].saved = form->words * WORD;
        form->words += form->stretch[i].size / WORD;
    }
}

static void stretch_add(struct fl_form *form, uint32_t offset, uint32_t size)
{
    uint32_t from = offset / WORD * WORD, end = (offset + size + WORD - 1) / WORD * WORD;
    fl_assert(end <= form->unit->type->size);
    form->stretch[form->stretches++] = (struct fl_stretch){.from = from, .size = end - from};
}

static uint32_t saved_at(const struct fl_form *form, uint32_t offset)
{
    const struct fl_stretch *s = form->stretch;
    while (offset >= s->from + s->size)
        s++;
    return s->saved + (offset - s->from);
}

/* The entries of a unit's table, each as often as it stands for. */
static struct fl_state *form_list_states(struct fl_forms *forms, struct fl_form *form)
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
    return state;
}

static void form_add_states(struct fl_forms *forms, struct fl_form *form)
{
    struct fl_state *state = form_list_states(forms, form);
    form->stretch = fl_arena_array(&forms->arena, 2 * form->states, sizeof *form->stretch);
    for (uint32_t i = 0; i < form->states; i++) {
        state_check(&state[i]);
        stretch_add(form, state[i].offset, state[i].size);
        if (beside_of(&state[i]) != 0)
            stretch_add(form, beside_of(&state[i]), beside_size(&state[i]));
    }
    stretches_join(form);
    for (uint32_t i = 0; i < form->states; i++) {
        state[i].saved = saved_at(form, state[i].offset);
        state[i].beside = beside_of(&state[i]) != 0 ? saved_at(form, beside_of(&state[i])) : 0;
    }
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
