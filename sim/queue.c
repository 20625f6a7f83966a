/* queue.c - a tournament of alarms.
 *
 * Keys are 16 bytes, and the four of a match share a line of the cache. Which lines an alarm
 * touches depends on its unit alone, not on other alarms: they can be asked for at once, and
 * there are no branches that nobody could foresee.
 */
#include "sim/queue.h"

enum { WAYS = 4, LINE_BYTES = 64, NOBODY = -1 };
enum { LARGE = 4096 };                  /* units whose keys no longer fit into the innermost cache */

typedef fl_wide key;

static inline key key_of(fl_time time, uint32_t rank)
{
    return (key)time * ((key)1 << 64) + rank;
}
static inline fl_time time_of(key k) { return (fl_time)(k >> 64); }
static inline uint32_t rank_of(key k) { return (uint32_t)k; }
static inline key least(key a, key b) { return b < a ? b : a; }
static inline key first_of(const struct fl_queue *queue) { return queue->round[queue->rounds][0]; }

/* Plays the matches of one player anew, as far up as their winners change. */
static void play(struct fl_queue *queue, uint32_t rank, key k)
{
    uint32_t at = rank;
    queue->round[0][at] = k;
    for (uint32_t r = 0; r < queue->rounds; r++) {
        const key *match = &queue->round[r][at / WAYS * WAYS];
        key winner = least(least(match[0], match[1]), least(match[2], match[3]));
        at /= WAYS;
        if (queue->round[r + 1][at] == winner)
            return;
        queue->round[r + 1][at] = winner;
    }
}

static void play_all(struct fl_queue *queue)
{
    for (uint32_t r = 0, players = queue->room; r < queue->rounds; r++) {
        players = (players + WAYS - 1) / WAYS;
        for (uint32_t i = 0; i < players; i++) {
            const key *match = &queue->round[r][i * WAYS];
            queue->round[r + 1][i] = least(least(match[0], match[1]), least(match[2], match[3]));
        }
    }
}

/* (gcc drops calls of functions that do nothing but fetch, unless they are inlined at once.) */
#define AT_ONCE static inline __attribute__((always_inline))

AT_ONCE void fetch(const struct fl_queue *queue, uint32_t rank)
{
    enum { FETCHED = 3 };               /* rounds; the later ones are few keys and at hand */
    __builtin_prefetch(queue->unit[rank]);
    for (uint32_t r = 0, at = rank; r < FETCHED; r++, at /= WAYS)
        __builtin_prefetch(&queue->round[r][at]);
}

/* Memory is slow where units are many, so it is asked early for what events to come will touch: those of the winner,
 * and of the second in its last two matches, one of whom most often wins after it. */
AT_ONCE void fetch_ahead(const struct fl_queue *queue)
{
    uint32_t winner = rank_of(first_of(queue));
    if (time_of(first_of(queue)) == FL_NEVER)
        return;
    __builtin_prefetch(queue->unit[winner]->count);
    for (uint32_t r = queue->rounds - 2; r < queue->rounds; r++) {
        uint32_t at = winner >> (2 * r);
        const key *match = &queue->round[r][at / WAYS * WAYS];
        key second = key_of(FL_NEVER, 0);
        for (uint32_t i = 0; i < WAYS; i++)
            second = i == at % WAYS ? second : least(second, match[i]);
        if (time_of(second) != FL_NEVER)
            fetch(queue, rank_of(second));
    }
}

void fl_queue_init(struct fl_queue *queue, struct fl_arena *arena, uint32_t units)
{
    const size_t per_line = LINE_BYTES / sizeof(key);
    size_t keys = per_line;
    queue->room = units;
    queue->rounds = 0;
    for (size_t players = units; ; players = (players + WAYS - 1) / WAYS) {
        keys += (players + WAYS - 1) / WAYS * WAYS;
        if (players <= 1)
            break;
        queue->rounds++;
    }
    key *block = fl_arena_array(arena, keys, sizeof *block);
    size_t over = (uintptr_t)block % LINE_BYTES / sizeof *block;
    block += (per_line - over) % per_line;
    for (size_t r = 0, players = units; r <= queue->rounds; r++, players = (players + WAYS - 1) / WAYS) {
        queue->round[r] = block;
        block += (players + WAYS - 1) / WAYS * WAYS;
        for (size_t i = players; queue->round[r] + i < block; i++)      /* they make up the number and never win */
            queue->round[r][i] = key_of(FL_NEVER, UINT32_MAX);
    }
    queue->unit = fl_arena_array(arena, units, sizeof *queue->unit);
    fl_queue_clear(queue);
}

void fl_queue_clear(struct fl_queue *queue)
{
    for (uint32_t rank = 0; rank < queue->room; rank++)
        queue->round[0][rank] = key_of(FL_NEVER, rank);
    queue->open = NOBODY;
    play_all(queue);
}

void fl_queue_set(struct fl_queue *queue, struct unit *u, fl_time time)
{
    fl_assert(u->rank < queue->room);
    u->alarm = time;
    queue->unit[u->rank] = u;
    if (queue->open == u->rank)
        queue->open = NOBODY;
    play(queue, u->rank, key_of(time, u->rank));
    if (queue->room > LARGE)
        fetch_ahead(queue);
}

fl_time fl_queue_time(struct fl_queue *queue)
{
    if (queue->open != NOBODY) {
        uint32_t rank = (uint32_t)queue->open;
        queue->open = NOBODY;
        play(queue, rank, key_of(FL_NEVER, rank));
    }
    return queue->room > 0 ? time_of(first_of(queue)) : FL_NEVER;
}

struct unit *fl_queue_pop(struct fl_queue *queue)
{
    if (fl_queue_time(queue) == FL_NEVER)
        return NULL;
    uint32_t rank = rank_of(first_of(queue));
    struct unit *u = queue->unit[rank];
    queue->open = rank;
    u->alarm = FL_NEVER;
    return u;
}

void fl_queue_rebuild(struct fl_queue *queue)
{
    queue->open = NOBODY;
    for (uint32_t rank = 0; rank < queue->room; rank++) {
        const struct unit *u = queue->unit[rank];
        queue->round[0][rank] = key_of(u != NULL ? u->alarm : FL_NEVER, rank);
    }
    play_all(queue);
}
