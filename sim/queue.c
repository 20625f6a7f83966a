/* queue.c - a 4-ary heap of alarms; every unit knows its slot (slot + 1; 0: not queued). */
#include "sim/queue.h"

enum { WAYS = 4 };

typedef struct fl_queue_entry entry;

static bool before(const entry *a, const entry *b)
{
    return a->time < b->time || (a->time == b->time && a->rank < b->rank);
}

static void place(struct fl_queue *queue, uint32_t at, entry e)
{
    queue->entry[at] = e;
    e.unit->slot = at + 1;
}

static void sift_up(struct fl_queue *queue, uint32_t at, entry e)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / WAYS;
        if (!before(&e, &queue->entry[parent]))
            break;
        place(queue, at, queue->entry[parent]);
        at = parent;
    }
    place(queue, at, e);
}

static void sift_down(struct fl_queue *queue, uint32_t at, entry e)
{
    for (;;) {
        uint32_t first = at * WAYS + 1;
        if (first >= queue->used)
            break;
        uint32_t least = first;
        uint32_t last = first + WAYS < queue->used ? first + WAYS : queue->used;
        for (uint32_t child = first + 1; child < last; child++)
            if (before(&queue->entry[child], &queue->entry[least]))
                least = child;
        if (!before(&queue->entry[least], &e))
            break;
        place(queue, at, queue->entry[least]);
        at = least;
    }
    place(queue, at, e);
}

/* Takes out the entry at a slot: the last one fills its place, moving up or down. */
static void take_out(struct fl_queue *queue, uint32_t at)
{
    queue->entry[at].unit->slot = 0;
    entry last = queue->entry[--queue->used];
    if (at == queue->used)
        return;
    if (at > 0 && before(&last, &queue->entry[(at - 1) / WAYS]))
        sift_up(queue, at, last);
    else
        sift_down(queue, at, last);
}

void fl_queue_init(struct fl_queue *queue, struct fl_arena *arena, uint32_t units)
{
    queue->entry = fl_arena_array(arena, units, sizeof *queue->entry);
    queue->room = units;
    queue->used = 0;
}

void fl_queue_set(struct fl_queue *queue, struct unit *u, fl_time time)
{
    fl_time old = u->alarm;
    u->alarm = time;
    if (u->slot == 0) {
        if (time == FL_NEVER)
            return;
        fl_assert(queue->used < queue->room);
        sift_up(queue, queue->used++, (entry){ time, u->rank, u });
    } else if (time == FL_NEVER) {
        take_out(queue, u->slot - 1);
    } else if (time < old) {
        sift_up(queue, u->slot - 1, (entry){ time, u->rank, u });
    } else {
        sift_down(queue, u->slot - 1, (entry){ time, u->rank, u });
    }
}

struct unit *fl_queue_pop(struct fl_queue *queue)
{
    if (queue->used == 0)
        return NULL;
    struct unit *u = queue->entry[0].unit;
    u->slot = 0;
    u->alarm = FL_NEVER;
    entry last = queue->entry[--queue->used];
    if (queue->used > 0)
        sift_down(queue, 0, last);
    return u;
}

void fl_queue_rebuild(struct fl_queue *queue)
{
    uint32_t used = queue->used;
    queue->used = 0;
    for (uint32_t i = 0; i < used; i++) {
        entry e = queue->entry[i];
        e.time = e.unit->alarm;
        sift_up(queue, queue->used++, e);
    }
}
