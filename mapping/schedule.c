/* schedule.c - a list schedule of the pieces of a layer: who does what next.
 *
 * Every engine does one piece at a time, in the time that its bound says, as soon as what it waits for is there. What
 * light gives is expected twice as late, since loads and memories make it late, and others have something to do
 * meanwhile. Layers before have left what they leave. The order in which pieces begin is the order of all texts: each
 * piece finds what it waits for from pieces before it, so that the texts cannot stand still (fl_program_flows walks
 * them before every run).
 *
 * Of several pieces that it could do an engine takes that with the longest way to the end of the layer behind it, or
 * that of the first rows: then rows go through the layer one block after another, and light has work all the while.
 */
#include "mapping/schedule.h"

enum { NONE = -1 };

/* How many pieces of the layer before a round begins with; the piece that is next. */
static int64_t late_of(const struct fl_node *node) { return node->pieces - node->early; }
static int64_t piece_of(const struct fl_node *node)
{
    return node->done < late_of(node) ? node->early + node->done : node->done - late_of(node);
}

/* ---- tokens of a block and the layer behind it ---- */

static bool is_behind(const struct fl_schedule *s, const struct fl_node *node)
{
    return s->leads && s->o->task[node->task].block + 1 == s->end_block;
}

/* How many the next piece of a node takes. */
static int64_t count_of(const struct fl_schedule *s, const struct fl_node *node, const struct fl_take *take)
{
    if (!take->before)
        return take->count[piece_of(node)];
    return is_behind(s, node) && node->done == 0 ? take->all : 0;
}

/* Where what is given comes to: of a block before layers, to what they take, by way of the first stream. */
static struct fl_given_at *given_by(const struct fl_schedule *s, int32_t token)
{
    int32_t on = s->leads ? s->o->wait[token].on : -1;
    bool taken = on >= s->first_token && (size_t)(on - s->first_token) < s->tokens;
    return fl_schedule_given(s, taken ? on : token);
}

/* ---- the way to the end ---- */

/* The longest way that begins with what a part gives. */
static int64_t way_behind(const struct fl_schedule *s, const struct fl_node *node)
{
    int64_t most = 0;
    for (size_t g = 0; g < node->links->gives; g++) {
        const struct fl_given_at *given = given_by(s, node->links->give[g]->token);
        for (size_t n = 0; n < given->takers && given->start == 0; n++)
            if (given->taker[n] != node)
                most = fl_most(most, given->taker[n]->way_ps);
    }
    return most;
}

/* Parts give to later ones of the layer: from the last to the first. */
static void ways_find(struct fl_schedule *s)
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

static void token_give(struct fl_schedule *s, int32_t token, int64_t times, int64_t at)
{
    struct fl_given_at *g = given_by(s, token);
    for (; times > 0; times--) {
        fl_assert(g->count < g->room);
        g->at[g->count++] = at;
    }
}

/* When the last of the tokens that a piece takes is there; NONE: it is not given yet. */
static int64_t taken_at(const struct fl_schedule *s, const struct fl_node *node, bool late)
{
    int64_t at = 0;
    for (size_t t = 0; t < node->links->takes; t++) {
        const struct fl_take *take = node->links->take[t];
        int64_t count = count_of(s, node, take);
        if (take->late != late || count == 0)
            continue;
        const struct fl_given_at *g = fl_schedule_given(s, take->token);
        int64_t last = g->taken + count - g->start;
        if (last <= 0)
            continue;
        if (last > g->count)
            return NONE;
        at = fl_most(at, g->at[last - 1]);
    }
    return at;
}

static void takers_look(struct fl_given_at *given)
{
    for (size_t n = 0; n < given->takers; n++)
        given->taker[n]->stale = true;
}

static void tokens_take(struct fl_schedule *s, const struct fl_node *node)
{
    for (size_t t = 0; t < node->links->takes; t++) {
        struct fl_given_at *given = fl_schedule_given(s, node->links->take[t]->token);
        int64_t count = count_of(s, node, node->links->take[t]);
        given->taken += count;
        if (count > 0 || !node->links->take[t]->before)
            takers_look(given);
    }
}

static void tokens_give(struct fl_schedule *s, const struct fl_node *node, int64_t start, int64_t end)
{
    for (size_t g = 0; g < node->links->gives; g++) {
        const struct fl_give *give = node->links->give[g];
        token_give(s, give->token, give->count[piece_of(node)], give->early ? start : end);
        takers_look(given_by(s, give->token));
    }
}

/* ---- the schedule ---- */

static int32_t stream_of(const struct fl_schedule *s, const struct fl_node *node)
{
    return s->o->task[node->task].stream[node->part];
}

/* Has a task's layer before ended in all its parts? Until then none of its own layer may begin. */
static bool layer_ended(const struct fl_schedule *s, const struct fl_node *node)
{
    if (node->done < late_of(node))
        return true;
    for (size_t n = 0; n < s->nodes; n++)
        if (s->node[n].task == node->task && s->node[n].done < late_of(&s->node[n]))
            return false;
    return true;
}

/* The way to the end of the last layer under way. */
static int64_t way_of(const struct fl_schedule *s, const struct fl_node *node)
{
    return node->way_ps + (node->done < late_of(node) ? s->longest_ps : 0);
}

/* Of two that could begin at once, does the one go first? */
static bool goes_first(const struct fl_schedule *s, const struct fl_node *one, const struct fl_node *other)
{
    bool before = s->leads && !is_behind(s, one) && !is_behind(s, other);   /* layers wait for its first rows */
    if (s->first == FL_FIRST_ROWS || before) {
        bool late = one->done < late_of(one), later = other->done < late_of(other);
        int64_t at = piece_of(one) * other->pieces, than = piece_of(other) * one->pieces;
        if (late != later)
            return late;
        if (at != than)
            return at < than;
    }
    return way_of(s, one) > way_of(s, other);
}

static void node_look(const struct fl_schedule *s, struct fl_node *node)
{
    bool may = node->done < node->end && layer_ended(s, node);
    node->ready = may ? taken_at(s, node, false) : NONE;
    node->stale = false;
}

/* The node whose next piece begins first; of those of its stream that could by then, the one with the longest way. */
static struct fl_node *next_of(struct fl_schedule *s, int64_t *start)
{
    struct fl_node *next = NULL;
    for (size_t n = 0; n < s->nodes; n++) {
        struct fl_node *node = &s->node[n];
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
static int64_t results_after(const struct fl_task *t, const struct fl_node *node)
{
    int64_t piece = piece_of(node);
    if (node->part != FL_PART_WORK)
        return 0;
    return t->tail_ps[piece] + (fl_on_cores(&t->mapping) && t->pieces > 1 ? t->ps[FL_PART_WORK][piece] : 0);
}

/* The node's next piece is done. */
static void piece_pass(struct fl_schedule *s, struct fl_node *node, int64_t start)
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

static void turn_take(struct fl_schedule *s, struct fl_node *node, int64_t start)
{
    s->began[s->turns] = start;
    s->turn[s->turns++] = (struct fl_turn){node->task, node->part, piece_of(node), node->done < late_of(node)};
    piece_pass(s, node, start);
}

static void nodes_find(struct fl_schedule *s)
{
    const struct fl_overlap *o = s->o;
    for (size_t i = o->first[s->first_block]; i < o->first[s->end_block]; i++)
        for (int part = 0; part < FL_PARTS; part++)
            if (o->task[i].stream[part] >= 0)
                s->node[s->nodes++] = (struct fl_node){
                    .task = i, .part = (enum fl_part)part, .pieces = o->task[i].pieces, .early = o->task[i].pieces,
                    .end = o->task[i].pieces, .stale = true, .links = &o->task[i].links[part]};
}

/* Which tokens a block has: those of other blocks, which may be many, are nobody's here. */
static void tokens_find(struct fl_schedule *s)
{
    int32_t least = INT32_MAX, most = -1;
    for (const struct fl_node *node = s->node; node < s->node + s->nodes; node++) {
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

/* What layers take of the block before them is not there from the start. */
static void starts_find(struct fl_schedule *s)
{
    for (const struct fl_node *node = s->node; node < s->node + s->nodes; node++)
        for (size_t t = 0; t < node->links->takes && is_behind(s, node); t++)
            if (node->links->take[t]->before) {
                struct fl_given_at *given = fl_schedule_given(s, node->links->take[t]->token);
                given->start = node->links->take[t]->all;
                given->before = true;
            }
    for (const struct fl_node *node = s->node; node < s->node + s->nodes; node++)
        for (size_t g = 0; g < node->links->gives && s->leads && !is_behind(s, node); g++) {
            const struct fl_give *give = node->links->give[g];
            struct fl_given_at *given = given_by(s, give->token);
            bool handed = given != fl_schedule_given(s, give->token);
            for (int64_t p = 0; p < node->pieces; p++) {
                given->start -= handed || given->before ? give->count[p] : 0;
                given->room += handed ? give->count[p] : 0;
            }
        }
}

/* Room for all tokens that a layer gives. */
static void given_make(struct fl_schedule *s, struct fl_arena *arena)
{
    const struct fl_overlap *o = s->o;
    s->given = fl_arena_array(arena, s->tokens + 1, sizeof *s->given);
    for (const struct fl_node *node = s->node; node < s->node + s->nodes; node++) {
        for (size_t t = 0; t < node->links->takes; t++)
            fl_schedule_given(s, node->links->take[t]->token)->start = o->wait[node->links->take[t]->token].start;
        for (size_t g = 0; g < node->links->gives; g++) {
            struct fl_given_at *given = fl_schedule_given(s, node->links->give[g]->token);
            given->start = o->wait[node->links->give[g]->token].start;
            for (int64_t p = 0; p < node->pieces; p++)
                given->room += node->links->give[g]->count[p];
        }
    }
    starts_find(s);
    for (const struct fl_node *node = s->node; node < s->node + s->nodes; node++)
        for (size_t g = 0; g < node->links->gives; g++) {
            struct fl_given_at *given = given_by(s, node->links->give[g]->token);
            if (given->at == NULL)
                given->at = fl_arena_array(arena, (size_t)given->room + 1, sizeof *given->at);
        }
}

static void takers_find(struct fl_schedule *s, struct fl_arena *arena)
{
    for (int pass = 0; pass < 2; pass++) {      /* how many, who */
        for (size_t n = 0; n < s->nodes; n++)
            for (size_t t = 0; t < s->node[n].links->takes; t++) {
                const struct fl_take *take = s->node[n].links->take[t];
                struct fl_given_at *given = fl_schedule_given(s, take->token);
                if (take->before && !is_behind(s, &s->node[n]))
                    continue;
                if (pass == 1)
                    given->taker[given->takers] = &s->node[n];
                given->takers++;
            }
        for (size_t t = 0; t < s->tokens && pass == 0; t++) {
            s->given[t].taker = fl_arena_array(arena, s->given[t].takers + 1, sizeof(struct fl_node *));
            s->given[t].takers = 0;
        }
    }
}

struct fl_schedule *fl_schedule_make(struct fl_overlap *o, size_t first_block, size_t end_block, enum fl_first first,
                                     struct fl_arena *arena)
{
    struct fl_schedule *s = fl_arena_array(arena, 1, sizeof *s);
    size_t parts = (o->first[end_block] - o->first[first_block]) * FL_PARTS;
    *s = (struct fl_schedule){.o = o, .first_block = first_block, .end_block = end_block, .first = first,
                              .leads = end_block - first_block > 1};
    s->node = fl_arena_array(arena, parts + 1, sizeof *s->node);
    s->free_at = fl_arena_array(arena, (size_t)o->streams, sizeof *s->free_at);
    nodes_find(s);
    tokens_find(s);
    given_make(s, arena);
    takers_find(s, arena);
    ways_find(s);
    return s;
}

int64_t fl_schedule_end(const struct fl_schedule *s)
{
    int64_t end = 0;
    for (int32_t i = 0; i < s->o->streams; i++)
        end = fl_most(end, s->free_at[i]);
    return end;
}

bool fl_schedule_round(struct fl_schedule *s, struct fl_arena *arena)
{
    size_t wanted = 0;
    int64_t start = 0;
    for (size_t n = 0; n < s->nodes; n++)
        wanted += (size_t)s->node[n].end;
    s->turn = fl_arena_array(s->o->arena, wanted + 1, sizeof *s->turn);
    s->began = fl_arena_array(arena, wanted + 1, sizeof *s->began);
    for (struct fl_node *node; (node = next_of(s, &start)) != NULL;)
        turn_take(s, node, start);
    return s->turns == wanted;
}

struct fl_node *fl_schedule_node(struct fl_schedule *s, const struct fl_turn *turn)
{
    size_t n = 0;
    while (s->node[n].task != turn->task || s->node[n].part != turn->part)
        n++;
    return &s->node[n];
}
