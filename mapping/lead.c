/* lead.c - the first layer beside the block of the trace before it, which would else be done first.
 *
 * Rows are looked up in DRAM, and layers wait for them: light and vectors have nothing to do meanwhile. So the block
 * before layers, an embedding, may be put in one order with the first layer: a round of its own, behind which the
 * other layers are a loop as ever. What layers take of it comes piece by piece by way of the first stream, and what
 * they take before they begin, as the first piece of a task does. What a layer gives the next one by the same token is
 * given behind the last of what the block gives.
 */
#include "mapping/schedule.h"

/* Is done if a plan takes less than this of its time so: the first layer is no round of the loop any more. */
static const double worth = 0.998;

static bool may_lead(const struct fl_overlap *o, size_t block)
{
    const struct fl_trace *trace = o->trace;
    if (o->apart || block + 1 >= trace->blocks)
        return false;
    if (trace->block[block].repeat != 1 || trace->block[block + 1].repeat == 1)
        return false;
    size_t first = o->first[block], behind = o->first[block + 2];
    for (size_t i = first; i < behind; i++)
        if (o->task[i].stream[FL_PART_ANEW] >= 0)
            return false;
    return o->order[block].turns > 0 && behind - first <= FL_SLOTS;
}

/* Who gives a token. */
static const struct fl_give *giver_of(const struct fl_overlap *o, int32_t token)
{
    size_t g = 0;
    while (o->give[g].token != token)
        g++;
    return &o->give[g];
}

/* A task of the layers gives the token of a relay behind all that the relay hands on. */
static void guard_add(struct fl_overlap *o, struct fl_relay relay, struct fl_give later)
{
    struct fl_give give = *giver_of(o, relay.from);
    const char *name = o->task[give.task].op->name;
    int32_t from = fl_wait_add(o, fl_arena_format(o->arena, "what %s leaves", name), 0, 0);
    int32_t to = fl_wait_add(o, fl_arena_format(o->arena, "%s for %s", name, o->task[later.task].op->name), 0, 0);
    give.token = from;
    fl_give_put(o, give);
    fl_relay_add(o, (struct fl_relay){relay.block, from, to, relay.units, 0});
    fl_take_all(o, to, later.task, later.part, relay.units);
    o->wait[from].on = to;
}

/* What the block leaves is handed on as it comes. */
static void handed_on(struct fl_overlap *o, size_t block)
{
    size_t relays = o->relays, gives = o->gives;
    for (size_t r = 0; r < relays; r++) {
        if (o->relay[r].block != block)
            continue;
        o->wait[o->relay[r].from].on = o->relay[r].to;
        for (size_t g = 0; g < gives; g++)
            if (o->give[g].token == o->relay[r].to)
                guard_add(o, o->relay[r], o->give[g]);
    }
    fl_links_find(o);
}

/* Pieces of layers that the first round has are those of their own layer. */
static void ends_find(struct fl_schedule *s, const struct fl_order *layers)
{
    for (size_t n = 0; n < s->nodes; n++)
        if (s->o->task[s->node[n].task].block == s->first_block + 1)
            s->node[n].end = 0;
    for (size_t i = 0; i < layers->turns; i++)
        if (!layers->turn[i].late)
            fl_schedule_node(s, &layers->turn[i])->end++;
}

/* The first round, and behind it what the first layer leaves to the next round. */
static struct fl_order *lead_of(struct fl_overlap *o, const struct fl_schedule *s, const struct fl_order *layers)
{
    struct fl_order *lead = fl_arena_array(o->arena, 1, sizeof *lead);
    lead->turn = fl_arena_array(o->arena, s->turns + layers->turns, sizeof *lead->turn);
    for (size_t i = 0; i < s->turns; i++)
        lead->turn[lead->turns++] = s->turn[i];
    for (size_t i = 0; i < layers->turns; i++)
        if (layers->turn[i].late)
            lead->turn[lead->turns++] = layers->turn[i];
    return lead;
}

/* Tries the first layer of the next block beside a block, where that takes less than so much. */
static double lead_try(struct fl_overlap *o, size_t block, double below_ps)
{
    size_t waits = o->waits, gives = o->gives, takes = o->takes, relays = o->relays;
    struct fl_order *layers = &o->order[block + 1], *best = NULL;
    struct fl_arena arena = {0};
    handed_on(o, block);
    for (int first = 0; first < FL_FIRSTS && o->waits + 3 * o->tasks <= FL_TOKENS; first++) {
        struct fl_schedule *s = fl_schedule_make(o, block, block + 2, (enum fl_first)first, &arena);
        ends_find(s, layers);
        if (!fl_schedule_round(s, &arena))
            continue;
        layers->lead = lead_of(o, s, layers);
        double ps = fl_path_find(o);
        best = ps < below_ps ? layers->lead : best;
        below_ps = ps < below_ps ? ps : below_ps;
    }
    fl_arena_free(&arena);
    layers->lead = best;
    if (best == NULL) {
        o->waits = waits;
        o->gives = gives;
        o->takes = takes;
        o->relays = relays;
        for (size_t r = 0; r < relays; r++)
            if (o->relay[r].block == block)
                o->wait[o->relay[r].from].on = -1;
        fl_links_find(o);
    }
    return below_ps;
}

double fl_lead_find(struct fl_overlap *o, double all_ps)
{
    double before = 0, ps = 0;
    for (size_t b = 0; b < o->trace->blocks; b++) {
        if (!may_lead(o, b) || o->order[b].ps < (1 - worth) * all_ps)
            continue;
        if (before == 0)
            before = ps = fl_path_find(o);
        double tried = lead_try(o, b, worth * ps);
        ps = tried < worth * ps ? tried : ps;
    }
    return before - ps;
}
