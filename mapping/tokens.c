/* tokens.c - lists of tokens, who gives them and who takes them. */
#include <string.h>

#include "mapping/overlap.h"

int32_t fl_wait_add(struct fl_overlap *o, const char *name, int64_t initial, int64_t start)
{
    o->wait = fl_grow(o->wait, &o->wait_room, o->waits, sizeof *o->wait);
    o->wait[o->waits] = (struct fl_wait){.name = name, .initial = initial, .start = start, .slot = -1, .on = -1};
    return (int32_t)o->waits++;
}

void fl_give_put(struct fl_overlap *o, struct fl_give give)
{
    fl_assert(o->wait[give.token].slot < 0);        /* a token has one giver, the first stream apart */
    o->wait[give.token].slot = o->task[give.task].slot;
    o->give = fl_grow(o->give, &o->give_room, o->gives, sizeof *o->give);
    o->give[o->gives++] = give;
}

void fl_give_add(struct fl_overlap *o, int32_t token, size_t task, enum fl_part part, int64_t units)
{
    const struct fl_task *t = &o->task[task];
    int64_t *count = fl_arena_array(o->arena, (size_t)t->pieces, sizeof *count);
    for (int64_t p = 0; p < t->pieces; p++)
        count[p] = t->pieces == units ? 1 : p == t->pieces - 1 ? units : 0;
    fl_give_put(o, (struct fl_give){.token = token, .task = task, .part = part, .count = count});
}

struct fl_take *fl_take_add(struct fl_overlap *o, int32_t token, size_t task, enum fl_part part, bool load)
{
    o->take = fl_grow(o->take, &o->take_room, o->takes, sizeof *o->take);
    struct fl_take *take = &o->take[o->takes++];
    *take = (struct fl_take){.token = token, .task = task, .part = part, .load = load};
    take->count = fl_arena_array(o->arena, (size_t)o->task[task].pieces, sizeof *take->count);
    return take;
}

void fl_take_all(struct fl_overlap *o, int32_t token, size_t task, enum fl_part part, int64_t units)
{
    struct fl_take *take = fl_take_add(o, token, task, part, true);
    take->before = true;
    take->all = units;
}

void fl_relay_add(struct fl_overlap *o, struct fl_relay relay)
{
    o->relay = fl_grow(o->relay, &o->relay_room, o->relays, sizeof *o->relay);
    o->relay[o->relays++] = relay;
}

void fl_links_find(struct fl_overlap *o)
{
    for (size_t i = 0; i < o->tasks; i++)
        memset(o->task[i].links, 0, sizeof o->task[i].links);
    for (size_t t = 0; t < o->takes; t++)
        o->task[o->take[t].task].links[o->take[t].part].takes++;
    for (size_t g = 0; g < o->gives; g++)
        o->task[o->give[g].task].links[o->give[g].part].gives++;
    for (size_t i = 0; i < o->tasks; i++)
        for (int part = 0; part < FL_PARTS; part++) {
            struct fl_links *links = &o->task[i].links[part];
            links->take = fl_arena_array(o->arena, links->takes + 1, sizeof *links->take);
            links->give = fl_arena_array(o->arena, links->gives + 1, sizeof *links->give);
            links->takes = links->gives = 0;
        }
    for (size_t t = 0; t < o->takes; t++) {
        struct fl_links *links = &o->task[o->take[t].task].links[o->take[t].part];
        links->take[links->takes++] = &o->take[t];
    }
    for (size_t g = 0; g < o->gives; g++) {
        struct fl_links *links = &o->task[o->give[g].task].links[o->give[g].part];
        links->give[links->gives++] = &o->give[g];
    }
}
