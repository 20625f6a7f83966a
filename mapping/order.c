/* order.c - the pieces of a layer in one order, by list schedules.
 *
 * Every engine does one piece at a time, in the time that its bound says, as soon as what it waits for is there. What
 * light gives is expected twice as late, since loads and memories make it late, and others have something to do
 * meanwhile. Layers before have left what they leave. The order in which pieces begin is the order of all texts: each
 * piece finds what it waits for from pieces before it, so that the texts cannot stand still (fl_program_flows walks
 * them before every run).
 *
 * Of several pieces that it could do an engine takes that with the longest way to the end of the layer behind it, or
 * that of the first rows: then rows go through the layer one block after another, and light has work all the while.
 * And a layer may end behind the beginning of the next one, whose first pieces fill the wait for its last ones (a
 * turned order, or modulo schedule). Which of these orders is best is told by the longest path through some layers
 * (path.c). How long things take is what the simulation finds out.
 */
#include <math.h>

#include "mapping/overlap.h"

enum { NONE = -1 };
/* Of pieces that an engine could do: that with the longest way to the end first, or that of the first rows. */
enum first { WAYS, ROWS, FIRSTS };

/* A part of a task: its pieces go in their order, on one stream. In a turned order a round begins with those that the
 * layer before has left. */
struct node {
    size_t task;
    enum fl_part part;
    int64_t pieces, early;              /* in all; of its own layer in a round */
    int64_t done;                       /* pieces of the round that have begun */
    int64_t way_ps;                     /* from a piece of it to the end of the layer */
    int64_t ready;                      /* when what its next piece waits for is there; NONE: it may not begin yet */
    bool stale;                         /* that is to be found anew */
    const struct fl_links *links;
};
/* When each token was given, the n-th at at[n], and the nodes that take it before they begin. */
struct given { int64_t *at; int64_t count, start, room, taken; struct node **taker; size_t takers; };

struct schedule {
    struct fl_overlap *o;
    size_t block;
    struct node *node;
    size_t nodes;
    struct given *given;                /* by token, from the first of those that the block has; so many */
    int32_t first_token;
    size_t tokens;
    int64_t *free_at;                   /* of each stream */
    struct fl_turn *turn;
    int64_t *began;                     /* of each turn, when */
    size_t turns;
    int64_t longest_ps;                 /* way of all */
    enum first first;
};

/* How many pieces of the layer before a round begins with; the piece that is next. */
static int64_t late_of(const struct node *node) { return node->pieces - node->early; }
static int64_t piece_of(const struct node *node)
{
    return node->done < late_of(node) ? node->early + node->done : node->done - late_of(node);
}

/* ---- the way to the end ---- */

/* The longest way that begins with what a part gives. */
static int64_t way_behind(const struct schedule *s, const struct node *node)
{
    int64_t most = 0;
    for (size_t g = 0; g < node->links->gives; g++) {
        const struct given *given = &s->given[node->links->give[g]->token - s->first_token];
        for (size_t n = 0; n < given->takers && given->start == 0; n++)
            if (given->taker[n] != node)
                most = fl_most(most, given->taker[n]->way_ps);
    }
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
        s->longest_ps = fl_most(s->longest_ps, s->node[n].way_ps);
    }
}

/* ---- tokens ---- */

static void token_give(struct schedule *s, int32_t token, int64_t times, int64_t at)
{
    struct given *g = &s->given[token - s->first_token];
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
        const struct given *g = &s->given[take->token - s->first_token];
        int64_t last = g->taken + take->count[piece_of(node)] - g->start;
        if (take->count[piece_of(node)] == 0 || last <= 0)
            continue;
        if (last > g->count)
            return NONE;
        at = fl_most(at, g->at[last - 1]);
    }
    return at;
}

static void takers_look(struct given *given)
{
    for (size_t n = 0; n < given->takers; n++)
        given->taker[n]->stale = true;
}

static void tokens_take(struct schedule *s, const struct node *node)
{
    for (size_t t = 0; t < node->links->takes; t++) {
        struct given *given = &s->given[node->links->take[t]->token - s->first_token];
        if (node->links->take[t]->before)
            continue;
        given->taken += node->links->take[t]->count[piece_of(node)];
        takers_look(given);
    }
}

static void tokens_give(struct schedule *s, const struct node *node, int64_t start, int64_t end)
{
    for (size_t g = 0; g < node->links->gives; g++) {
        const struct fl_give *give = node->links->give[g];
        token_give(s, give->token, give->count[piece_of(node)], give->early ? start : end);
        takers_look(&s->given[give->token - s->first_token]);
    }
}

/* ---- the schedule ---- */

static int32_t stream_of(const struct schedule *s, const struct node *node)
{
    return s->o->task[node->task].stream[node->part];
}

/* Has a task's layer before ended in all its parts? Until then none of its own layer may begin. */
static bool layer_ended(const struct schedule *s, const struct node *node)
{
    if (node->done < late_of(node))
        return true;
    for (size_t n = 0; n < s->nodes; n++)
        if (s->node[n].task == node->task && s->node[n].done < late_of(&s->node[n]))
            return false;
    return true;
}

/* The way to the end of the last layer under way. */
static int64_t way_of(const struct schedule *s, const struct node *node)
{
    return node->way_ps + (node->done < late_of(node) ? s->longest_ps : 0);
}

/* Of two that could begin at once, does the one go first? */
static bool goes_first(const struct schedule *s, const struct node *one, const struct node *other)
{
    if (s->first == ROWS) {
        bool late = one->done < late_of(one), later = other->done < late_of(other);
        int64_t at = piece_of(one) * other->pieces, than = piece_of(other) * one->pieces;
        if (late != later)
            return late;
        if (at != than)
            return at < than;
    }
    return way_of(s, one) > way_of(s, other);
}

static void node_look(const struct schedule *s, struct node *node)
{
    bool may = node->done < node->pieces && layer_ended(s, node);
    node->ready = may ? taken_at(s, node, false) : NONE;
    node->stale = false;
}

/* The node whose next piece begins first; of those of its stream that could by then, the one with the longest way. */
static struct node *next_of(struct schedule *s, int64_t *start)
{
    struct node *next = NULL;
    for (size_t n = 0; n < s->nodes; n++) {
        struct node *node = &s->node[n];
        if (node->stale)
            node_look(s, node);
        if (node->ready == NONE)
            continue;
        int64_t at = fl_most(node->ready, s->free_at[stream_of(s, node)]);
        if (next == NULL || at < *start || (at == *start && goes_first(s, node, next))) {
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
    int64_t piece = piece_of(node);
    if (node->part != FL_PART_WORK)
        return 0;
    return t->tail_ps[piece] + (fl_on_cores(&t->mapping) && t->pieces > 1 ? t->ps[FL_PART_WORK][piece] : 0);
}

/* The node's next piece is done. */
static void piece_pass(struct schedule *s, struct node *node, int64_t start)
{
    const struct fl_task *t = &s->o->task[node->task];
    int64_t end = fl_most(start + t->ps[node->part][piece_of(node)], taken_at(s, node, true));
    tokens_take(s, node);
    tokens_give(s, node, start, end + results_after(t, node));
    s->free_at[stream_of(s, node)] = end;
    node->done++;
    for (size_t n = 0; n < s->nodes; n++)       /* another part's layer before may have ended so */
        s->node[n].stale |= s->node[n].task == node->task;
}

static void turn_take(struct schedule *s, struct node *node, int64_t start)
{
    s->began[s->turns] = start;
    s->turn[s->turns++] = (struct fl_turn){node->task, node->part, piece_of(node), node->done < late_of(node)};
    piece_pass(s, node, start);
}

static void nodes_find(struct schedule *s)
{
    const struct fl_overlap *o = s->o;
    for (size_t i = o->first[s->block]; i < o->first[s->block + 1]; i++)
        for (int part = 0; part < FL_PARTS; part++)
            if (o->task[i].stream[part] >= 0)
                s->node[s->nodes++] = (struct node){.task = i, .part = (enum fl_part)part,
                                                    .pieces = o->task[i].pieces, .early = o->task[i].pieces,
                                                    .stale = true, .links = &o->task[i].links[part]};
}

/* Which tokens a block has: those of other blocks, which may be many, are nobody's here. */
static void tokens_find(struct schedule *s)
{
    int32_t least = INT32_MAX, most = -1;
    for (const struct node *node = s->node; node < s->node + s->nodes; node++) {
        for (size_t t = 0; t < node->links->takes; t++) {
            least = node->links->take[t]->token < least ? node->links->take[t]->token : least;
            most = node->links->take[t]->token > most ? node->links->take[t]->token : most;
        }
        for (size_t g = 0; g < node->links->gives; g++) {
            least = node->links->give[g]->token < least ? node->links->give[g]->token : least;
            most = node->links->give[g]->token > most ? node->links->give[g]->token : most;
        }
    }
    s->first_token = most < 0 ? 0 : least;
    s->tokens = most < 0 ? 0 : (size_t)(most - least) + 1;
}

/* Room for all tokens that a layer gives. */
static void given_make(struct schedule *s, struct fl_arena *arena)
{
    const struct fl_overlap *o = s->o;
    s->given = fl_arena_array(arena, s->tokens + 1, sizeof *s->given);
    for (const struct node *node = s->node; node < s->node + s->nodes; node++) {
        for (size_t t = 0; t < node->links->takes; t++)
            s->given[node->links->take[t]->token - s->first_token].start = o->wait[node->links->take[t]->token].start;
        for (size_t g = 0; g < node->links->gives; g++) {
            struct given *given = &s->given[node->links->give[g]->token - s->first_token];
            given->start = o->wait[node->links->give[g]->token].start;
            for (int64_t p = 0; p < node->pieces; p++)
                given->room += node->links->give[g]->count[p];
        }
    }
    for (const struct node *node = s->node; node < s->node + s->nodes; node++)
        for (size_t g = 0; g < node->links->gives; g++) {
            struct given *given = &s->given[node->links->give[g]->token - s->first_token];
            if (given->at == NULL)
                given->at = fl_arena_array(arena, (size_t)given->room + 1, sizeof *given->at);
        }
}

static void takers_find(struct schedule *s, struct fl_arena *arena)
{
    for (int pass = 0; pass < 2; pass++) {      /* how many, who */
        for (size_t n = 0; n < s->nodes; n++)
            for (size_t t = 0; t < s->node[n].links->takes; t++) {
                const struct fl_take *take = s->node[n].links->take[t];
                struct given *given = &s->given[take->token - s->first_token];
                if (take->before)
                    continue;
                if (pass == 1)
                    given->taker[given->takers] = &s->node[n];
                given->takers++;
            }
        for (size_t t = 0; t < s->tokens && pass == 0; t++) {
            s->given[t].taker = fl_arena_array(arena, s->given[t].takers + 1, sizeof(struct node *));
            s->given[t].takers = 0;
        }
    }
}

static struct schedule *schedule_make(struct fl_overlap *o, size_t block, enum first first, struct fl_arena *arena)
{
    struct schedule *s = fl_arena_array(arena, 1, sizeof *s);
    size_t parts = (o->first[block + 1] - o->first[block]) * FL_PARTS;
    *s = (struct schedule){.o = o, .block = block, .first = first};
    s->node = fl_arena_array(arena, parts + 1, sizeof *s->node);
    s->free_at = fl_arena_array(arena, (size_t)o->streams, sizeof *s->free_at);
    nodes_find(s);
    tokens_find(s);
    given_make(s, arena);
    takers_find(s, arena);
    ways_find(s);
    return s;
}

static int64_t end_of(const struct schedule *s)
{
    int64_t end = 0;
    for (int32_t i = 0; i < s->o->streams; i++)
        end = fl_most(end, s->free_at[i]);
    return end;
}

/* Puts all pieces of a round in order. False: they wait for each other in a circle. */
static bool round_find(struct schedule *s, struct fl_arena *arena)
{
    size_t wanted = 0;
    int64_t start = 0;
    for (size_t n = 0; n < s->nodes; n++)
        wanted += (size_t)s->node[n].pieces;
    s->turn = fl_arena_array(s->o->arena, wanted + 1, sizeof *s->turn);
    s->began = fl_arena_array(arena, wanted + 1, sizeof *s->began);
    for (struct node *node; (node = next_of(s, &start)) != NULL;)
        turn_take(s, node, start);
    return s->turns == wanted;
}

/* ---- how long layers take ---- */

static struct node *node_of(struct schedule *s, const struct fl_turn *turn)
{
    size_t n = 0;
    while (s->node[n].task != turn->task || s->node[n].part != turn->part)
        n++;
    return &s->node[n];
}

/* All layers of a block: from a few of them, and what one more takes. */
static double block_ps(struct fl_overlap *o, size_t block, const struct fl_order *order)
{
    enum { FEW = 3, MORE = 5 };
    int64_t repeat = o->trace->block[block].repeat;
    double busiest = fl_busiest_in(o, block, block + 1).ps;
    if (repeat <= MORE)
        return fmax(busiest, fl_path_layers(o, order, repeat));
    double few = fl_path_layers(o, order, FEW), more = fl_path_layers(o, order, MORE);
    return fmax(busiest, more + (more - few) / (MORE - FEW) * (double)(repeat - MORE));
}

/* ---- layers that go on behind the next one ---- */

/* A round begins with what the plain schedule begins from `from` on, which the layer before has left. */
static void round_turn(struct schedule *s, const struct schedule *plain, double from)
{
    for (size_t n = 0; n < s->nodes; n++)
        s->node[n].early = 0;
    for (size_t i = 0; i < plain->turns && (double)plain->began[i] < from; i++) {
        struct node *node = node_of(s, &plain->turn[i]);
        int64_t piece = node->early++;
        for (size_t g = 0; g < node->links->gives; g++)
            s->given[node->links->give[g]->token - s->first_token].start += node->links->give[g]->count[piece];
        for (size_t t = 0; t < node->links->takes; t++)
            if (!node->links->take[t]->before)
                s->given[node->links->take[t]->token - s->first_token].start -= node->links->take[t]->count[piece];
    }
}

/* The order of a schedule, if it is better. */
static void order_take(const struct schedule *s, struct fl_order *best)
{
    struct fl_order order = {.turn = s->turn, .turns = s->turns};
    order.ps = block_ps(s->o, s->block, &order);
    *best = order.ps < best->ps ? order : *best;
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
    *order = (struct fl_order){.ps = INFINITY};
    for (int first = 0; first < FIRSTS; first++) {
        struct schedule *s = schedule_make(o, block, (enum first)first, &arena);
        if (round_find(s, &arena))
            order_take(s, order);
    }
    fl_arena_free(&arena);
    return order->ps < INFINITY;
}

void fl_order_turn(struct fl_overlap *o, size_t block, struct fl_order *order)
{
    static const double parts[] = {0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
    struct fl_arena arena = {0};
    bool may = !o->apart && o->trace->block[block].repeat > 1 && o->first[block + 1] - o->first[block] <= FL_SLOTS;
    for (int first = 0; first < FIRSTS && may; first++) {
        struct schedule *plain = schedule_make(o, block, (enum first)first, &arena);
        bool found = round_find(plain, &arena);
        for (size_t i = 0; found && i < sizeof parts / sizeof *parts; i++) {
            struct schedule *s = schedule_make(o, block, (enum first)first, &arena);
            round_turn(s, plain, parts[i] * (double)end_of(plain));
            if (round_find(s, &arena))
                order_take(s, order);
        }
    }
    fl_arena_free(&arena);
}
