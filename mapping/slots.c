/* slots.c - operators share the slots of those in flight: who has one waits until all have left who had it before.
 *
 * Tasks have slots in turn. Of two of one slot the earlier one in the one order goes first, so that waiting for it
 * never stands still: it is of an earlier block of the trace, or all its pieces come before (fl_slots_fit). In a block
 * that repeats, the first waits for the last one of the layer before. Engines apart do whole operators in their order:
 * each has slots of its own, and a token for each of them, which an operator takes and gives back.
 */
#include "mapping/overlap.h"

bool fl_task_on(const struct fl_overlap *o, const struct fl_task *t, int32_t stream)
{
    bool on = t->brings && stream == o->loads;
    for (int part = 0; part < FL_PARTS; part++)
        on |= t->stream[part] == stream;
    return on;
}

void fl_slots_deal(struct fl_overlap *o)
{
    int32_t *dealt = fl_arena_array(o->arena, (size_t)o->streams, sizeof *dealt), each = FL_SLOTS / o->streams;
    for (size_t i = 0; i < o->tasks; i++) {
        int32_t stream = o->task[i].stream[FL_PART_WORK];
        o->task[i].slot = stream * each + dealt[stream]++ % each;
    }
}

static void slots_apart(struct fl_overlap *o)
{
    int32_t token[FL_SLOTS];
    for (int s = 0; s < FL_SLOTS; s++)
        token[s] = -1;
    for (size_t i = 0; i < o->tasks; i++) {
        int32_t slot = o->task[i].slot, stream = o->task[i].stream[FL_PART_WORK];
        if (token[slot] < 0) {
            token[slot] = fl_wait_add(o, fl_arena_format(o->arena, "a slot of %s", o->stream[stream]), 1, 1);
            o->wait[token[slot]].slot = slot;
        }
        o->handover = fl_grow(o->handover, &o->handover_room, o->handovers, sizeof *o->handover);
        o->handover[o->handovers++] = (struct fl_handover){token[slot], i, i, stream, stream, 1, false};
    }
}

/* The next task of the slot; `tasks` if there is none. */
static size_t next_of(const struct fl_overlap *o, size_t task)
{
    return task + FL_SLOTS < o->tasks ? task + FL_SLOTS : o->tasks;
}

/* The first task of a block that has the slot. */
static size_t first_of(const struct fl_overlap *o, size_t task)
{
    while (task >= FL_SLOTS && o->task[task - FL_SLOTS].block == o->task[task].block)
        task -= FL_SLOTS;
    return task;
}

/* Each stream of one task tells each of the other; so often that `times` of it are waited for. */
static void handed_on(struct fl_overlap *o, size_t from, size_t to, int64_t initial)
{
    const struct fl_task *had = &o->task[from], *has = &o->task[to];
    bool before = had->block != has->block;
    int64_t times = before ? o->trace->block[had->block].repeat : 1;
    for (int32_t give = 1; give < o->streams; give++)
        for (int32_t take = 1; take < o->streams; take++) {
            if (!fl_task_on(o, had, give) || !fl_task_on(o, has, take))
                continue;
            const char *name = fl_arena_format(o->arena, "the end of %s, whose slot %s has", had->op->name,
                                               has->op->name);
            int32_t token = fl_wait_add(o, name, initial, initial);
            o->wait[token].slot = had->slot;
            o->handover = fl_grow(o->handover, &o->handover_room, o->handovers, sizeof *o->handover);
            o->handover[o->handovers++] = (struct fl_handover){token, from, to, give, take, times, before};
        }
}

void fl_slots_find(struct fl_overlap *o)
{
    if (o->apart) {
        slots_apart(o);
        return;
    }
    for (size_t i = 0; i < o->tasks; i++) {
        size_t next = next_of(o, i), first = first_of(o, i);
        bool last = next == o->tasks || o->task[next].block != o->task[i].block;
        if (next < o->tasks)
            handed_on(o, i, next, 0);
        if (last && first != i && o->trace->block[o->task[i].block].repeat > 1)
            handed_on(o, i, first, 1);
    }
}

bool fl_slots_fit(const struct fl_overlap *o, size_t block)
{
    const struct fl_order *order = &o->order[block];
    if (o->apart || o->first[block + 1] - o->first[block] <= FL_SLOTS)
        return true;                    /* each has one of its own */
    for (size_t behind = 0; behind < order->turns; behind++)
        for (size_t ahead = 0; ahead < behind; ahead++) {
            size_t first = order->turn[ahead].task, then = order->turn[behind].task;
            if (first > then && (first - then) % FL_SLOTS == 0)
                return false;
        }
    return true;
}
