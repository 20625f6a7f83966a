/* order.c - the pieces of a layer in one order, by a list schedule.
 *
 * Every engine does one piece at a time, in the time that its bound says, as soon as what it waits for is there; of
 * several it does the one with the longest way to the end of the layer behind it. What light gives is expected twice
 * as late, since loads and memories make it late, and others have something to do meanwhile. Layers before have left
 * what they leave. The order in which pieces begin is the order of all texts: each piece finds what it waits for from
 * pieces before it, so that the texts cannot stand still (fl_program_flows walks them before every run). Times are of
 * no other use than this and the choice of a way to cut: how long things take is what the simulation finds out.
 */
#include "mapping/overlap.h"

enum { NONE = -1 };

/* A part of a task: its pieces go in their order, on one stream. */
struct node {
    size_t task;
    enum fl_part part;
    int64_t done;                       /* pieces that have begun */
    int64_t way_ps;                     /* from a piece of it to the end of the layer */
    const struct fl_links *links;
};
/* When each token was given, the n-th at at[n]. */
struct given { int64_t *at; int64_t count, start, room, taken; };

struct schedule {
    struct fl_overlap *o;
    size_t block;
    struct node *node;
    size_t nodes;
    struct given *given;                /* by token */
    int64_t *free_at;                   /* of each stream */
    struct fl_turn *turn;
    size_t turns;
};

/* ---- the way to the end ---- */

static bool takes_token(const struct node *node, int32_t token)
{
    for (size_t t = 0; t < node->links->takes; t++)
        if (!node->links->take[t]->before && node->links->take[t]->token == token)
            return true;
    return false;
}

/* The longest way that begins with what a part gives. */
static int64_t way_behind(const struct schedule *s, const struct node *node)
{
    int64_t most = 0;
    for (size_t g = 0; g < node->links->gives; g++)
        for (size_t n = 0; n < s->nodes && s->o->wait[node->links->give[g]->token].start == 0; n++)
            if (&s->node[n] != node && takes_token(&s->node[n], node->links->give[g]->token))
                most = fl_most(most, s->node[n].way_ps);
    return most;
}

/* Parts give to later ones of the layer: from the last to the first. */
static void ways_find(struct schedule *s)
{
    for (size_t n = s->nodes; n-- > 0;) {
        const struct fl_task *t = &s->o->task[s->node[n].task];
        int64_t ps = 0;
        for (int64_t p = 0; p < t->pieces; p++)
            ps += t->ps[s->node[n].part][p];
        s->node[n].way_ps = ps / t->pieces + way_behind(s, &s->node[n]);
    }
}

/* ---- tokens ---- */

static void token_give(struct schedule *s, int32_t token, int64_t times, int64_t at)
{
    struct given *g = &s->given[token];
    for (; times > 0; times--) {
        fl_assert(g->count < g->room);
        g->at[g->count++] = at;
    }
}

/* When the last of the tokens that a piece takes is there; NONE: it is not given yet. */
static int64_t taken_at(const struct schedule *s, const struct node *node, bool late)
{
    int64_t at = 0;
    for (size_t t = 0; t < node->links->takes; t++) {
        const struct fl_take *take = node->links->take[t];
        if (take->late != late || take->before)
            continue;
        const struct given *g = &s->given[take->token];
        int64_t last = g->taken + take->count[node->done] - g->start;
        if (take->count[node->done] == 0 || last <= 0)
            continue;
        if (last > g->count)
            return NONE;
        at = fl_most(at, g->at[last - 1]);
    }
    return at;
}

static void tokens_take(struct schedule *s, const struct node *node)
{
    for (size_t t = 0; t < node->links->takes; t++)
        if (!node->links->take[t]->before)
            s->given[node->links->take[t]->token].taken += node->links->take[t]->count[node->done];
}

static void tokens_give(struct schedule *s, const struct node *node, int64_t start, int64_t end)
{
    for (size_t g = 0; g < node->links->gives; g++) {
        const struct fl_give *give = node->links->give[g];
        token_give(s, give->token, give->count[node->done], give->early ? start : end);
    }
}

/* ---- the schedule ---- */

static int32_t stream_of(const struct schedule *s, const struct node *node)
{
    return s->o->task[node->task].stream[node->part];
}

/* The node whose next piece begins first; of those of its stream that could by then, the one with the longest way. */
static struct node *next_of(struct schedule *s, int64_t *start)
{
    struct node *next = NULL;
    for (size_t n = 0; n < s->nodes; n++) {
        struct node *node = &s->node[n];
        int64_t at = node->done < s->o->task[node->task].pieces ? taken_at(s, node, false) : NONE;
        if (at == NONE)
            continue;
        at = fl_most(at, s->free_at[stream_of(s, node)]);
        if (next == NULL || at < *start || (at == *start && node->way_ps > next->way_ps)) {
            next = node;
            *start = at;
        }
    }
    return next;
}

/* Between a piece's end and its results: its latency, and what memories and loads may add to it: as much as the piece
 * takes where light goes through several. */
static int64_t results_after(const struct fl_task *t, const struct node *node)
{
    if (node->part != FL_PART_WORK)
        return 0;
    return t->tail_ps[node->done] + (fl_on_cores(&t->mapping) && t->pieces > 1 ? t->ps[FL_PART_WORK][node->done] : 0);
}

static void turn_take(struct schedule *s, struct node *node, int64_t start)
{
    const struct fl_task *t = &s->o->task[node->task];
    int64_t end = start + t->ps[node->part][node->done], late = taken_at(s, node, true);
    end = fl_most(end, late);
    s->turn[s->turns++] = (struct fl_turn){node->task, node->part, node->done};
    tokens_take(s, node);
    tokens_give(s, node, start, end + results_after(t, node));
    s->free_at[stream_of(s, node)] = end;
    node->done++;
}

static void nodes_find(struct schedule *s)
{
    const struct fl_overlap *o = s->o;
    for (size_t i = o->first[s->block]; i < o->first[s->block + 1]; i++)
        for (int part = 0; part < FL_PARTS; part++)
            if (o->task[i].stream[part] >= 0)
                s->node[s->nodes++] = (struct node){.task = i, .part = (enum fl_part)part,
                                                    .links = &o->task[i].links[part]};
}

/* Room for all tokens that the layer gives. */
static void given_make(struct schedule *s, struct fl_arena *arena)
{
    const struct fl_overlap *o = s->o;
    s->given = fl_arena_array(arena, o->waits + 1, sizeof *s->given);
    for (size_t g = 0; g < o->gives; g++)
        for (int64_t p = 0; p < o->task[o->give[g].task].pieces; p++)
            s->given[o->give[g].token].room += o->give[g].count[p];
    for (size_t t = 0; t < o->waits; t++) {
        s->given[t].start = o->wait[t].start;
        s->given[t].at = fl_arena_array(arena, (size_t)s->given[t].room + 1, sizeof *s->given[t].at);
    }
}

/* Whole operators, as they stand. */
static bool order_plain(struct fl_overlap *o, size_t block, struct fl_order *order)
{
    *order = (struct fl_order){.turns = o->first[block + 1] - o->first[block]};
    order->turn = fl_arena_array(o->arena, order->turns + 1, sizeof *order->turn);
    for (size_t i = 0; i < order->turns; i++)
        order->turn[i] = (struct fl_turn){.task = o->first[block] + i, .part = FL_PART_WORK};
    return true;
}

bool fl_order_find(struct fl_overlap *o, size_t block, struct fl_order *order)
{
    if (o->apart)
        return order_plain(o, block, order);
    struct fl_arena arena = {0};
    struct schedule s = {.o = o, .block = block};
    size_t parts = (o->first[block + 1] - o->first[block]) * FL_PARTS, wanted = 0;
    s.node = fl_arena_array(&arena, parts + 1, sizeof *s.node);
    s.free_at = fl_arena_array(&arena, (size_t)o->streams, sizeof *s.free_at);
    nodes_find(&s);
    given_make(&s, &arena);
    ways_find(&s);
    for (size_t n = 0; n < s.nodes; n++)
        wanted += (size_t)o->task[s.node[n].task].pieces;
    s.turn = fl_arena_array(o->arena, wanted + 1, sizeof *s.turn);
    int64_t start = 0;
    for (struct node *node; (node = next_of(&s, &start)) != NULL;)
        turn_take(&s, node, start);
    *order = (struct fl_order){.turn = s.turn, .turns = s.turns};
    for (int32_t i = 0; i < o->streams; i++)
        order->ps = fl_most(order->ps, s.free_at[i]);
    fl_arena_free(&arena);
    return s.turns == wanted;
}
