/* path.c - what operators side by side take at least: the busiest unit, and the longest path, layers unrolled.
 *
 * Each piece begins when what it waits for is there, and what it gives is there when each resource of its engine has
 * done its part, one piece after another. No run takes less (fl_path_find). To choose between orders, memories serve
 * pieces in their order, too, which a run need not wait for (fl_path_layers).
 */
#include <math.h>

#include "mapping/overlap.h"

struct fl_given { double *at; size_t length, room, taken; };   /* when each of a token was given */

/* What light of a stream passes is one frame after another, at least one of which loads while another is lit: when the
 * last light that was due has passed, that of all steps but the last, and when the last of them was loaded. */
struct lit { double all, but_last, loaded; };
/* When resources of a stream's engine are free, its loads and stores, and SRAM of what it reads and writes. */
struct frees { double own[FL_PACES], dram, sram; struct lit lit; };
/* Of a stream: what the last of its turns had waited for as it began, and as it ended (fl_path_still). */
struct passed { double begun, ended; };

struct path {
    struct fl_overlap *o;
    struct fl_given *given;             /* by token */
    struct frees *of;                   /* of each stream */
    struct frees shared;                /* memories that serve one piece after another, whatever its stream: as it may
                                           well be, not as it is at least */
    bool shares;
    int32_t told;                       /* fl_path_still: the stream that is told of; else 0 */
    double events;                      /* of it so far */
    double waited;                      /* for which of them the last turn did, of any stream */
    struct passed *passed;              /* by each stream */
    size_t led;                         /* the block whose first layer is done beside the one before: what is taken
                                           before layers is waited for as a task begins; 0: none is */
    double end_ps;
};

static void token_give(struct path *p, int32_t token, int64_t times, double at)
{
    struct fl_given *g = &p->given[token];
    for (; times > 0; times--) {
        g->at = fl_grow(g->at, &g->room, g->length, sizeof *g->at);
        g->at[g->length++] = at;
    }
}

/* When so many of a token have been given. */
static double token_take(struct path *p, int32_t token, int64_t times)
{
    struct fl_given *g = &p->given[token];
    g->taken += (size_t)times;
    fl_assert(g->taken <= g->length);   /* the order has each after what it waits for */
    return times > 0 ? g->at[g->taken - 1] : 0;
}

/* When all that a piece waits for is there, and what its commands wait for. */
struct there { double all, commands; };

static struct there tokens_take(struct path *p, const struct fl_turn *turn, bool late)
{
    const struct fl_links *links = &p->o->task[turn->task].links[turn->part];
    struct there there = {0, 0};
    for (size_t i = 0; i < links->takes; i++) {
        const struct fl_take *take = links->take[i];
        bool begins = p->led > 0 && p->led == p->o->task[turn->task].block && take->before && turn->piece == 0;
        if (take->late != late || (take->before && !begins))
            continue;
        double at = token_take(p, take->token, begins ? take->all : take->count[turn->piece]);
        there.all = fmax(there.all, at);
        there.commands = fmax(there.commands, take->load ? at : 0);
    }
    return there;
}

static void tokens_give(struct path *p, const struct fl_turn *turn, bool early, double at)
{
    const struct fl_links *links = &p->o->task[turn->task].links[turn->part];
    for (size_t i = 0; i < links->gives; i++)
        if (links->give[i]->early == early) {
            int32_t token = links->give[i]->token, on = p->o->wait[token].on;
            token_give(p, on >= 0 ? on : token, links->give[i]->count[turn->piece], at);
        }
}

/* A resource takes so long, once it is free; gives when it is so again. */
static double passes(double *free, double at, double ps)
{
    *free = fmax(at, *free) + ps;
    return *free;
}

/* Memories, by how long a turn takes of each. Loads of weights wait for nobody; nor do those that cores or moves
 * between steps bring to SRAM. */
static double memories_end(struct path *p, const struct fl_turn *turn, double at)
{
    const struct fl_task *t = &p->o->task[turn->task];
    struct frees *of = &p->of[t->stream[turn->part]];
    double bits = turn->part == FL_PART_WORK ? 0 : (double)t->bits[turn->part][turn->piece], end;
    double dram = bits * p->o->machine->dram_bit_ps, sram = bits * p->o->machine->sram_bit_ps;
    if (turn->part == FL_PART_WORK) {
        dram = t->busy[turn->piece].dram_ps;
        sram = t->busy[turn->piece].sram_ps;
    }
    end = passes(&of->dram, turn->part == FL_PART_WORK ? 0 : at, dram);
    if (!t->brings && !fl_on_cores(&t->mapping))
        end = fmax(end, passes(&of->sram, at, sram));
    if (p->shares)
        end = fmax(end, fmax(passes(&p->shared.dram, at, dram), passes(&p->shared.sram, at, sram)));
    return end;
}

/* Light of a piece: behind that of the one before, and behind its own loads, the first of which begins when it is asked
 * for and the step before is shown: when that has been loaded, and light of those before it has passed. Without a back
 * frame, when its light has passed. */
static double light_end(struct path *p, const struct fl_task *t, int64_t piece, struct there at)
{
    struct lit *lit = &p->of[t->stream[FL_PART_WORK]].lit;
    const struct fl_busy *busy = &t->busy[piece];
    const struct fl_lit *own = &busy->lit;
    if (own->steps == 0)
        return at.all;
    bool apart = p->o->machine->pool[t->mapping.number].back_frames == 0;
    double before = lit->all, loads = fmax(fmax(lit->loaded, at.commands), apart ? before : lit->but_last);
    lit->loaded = loads + own->load_ps;
    lit->all = fmax(fmax(before + fmax(own->lit_ps + own->settle_ps, apart ? busy->own_ps[FL_PACES] : 0),
                         at.all + own->front_ps + own->lit_ps), lit->loaded + own->last_ps);
    lit->but_last = own->steps > 1 ? fmax(before + own->settle_ps, at.all) + own->lit_ps - own->last_ps : before;
    return lit->all + own->tail_ps;
}

static double turn_end(struct path *p, const struct fl_turn *turn, struct there there)
{
    const struct fl_task *t = &p->o->task[turn->task];
    double at = there.all, end = at;
    for (int r = 0; r < FL_PACES && turn->part == FL_PART_WORK; r++)
        end = fmax(end, passes(&p->of[t->stream[turn->part]].own[r], at, t->busy[turn->piece].own_ps[r]));
    if (turn->part == FL_PART_WORK && fl_on_cores(&t->mapping))
        end = fmax(end, light_end(p, t, turn->piece, there));
    return p->o->machine->ideal_memory ? end : fmax(end, memories_end(p, turn, at));
}

/* Instead of time: of which events of the stream that is told of others have waited for the last. */
static void events_pass(struct path *p, const struct fl_turn *turn, struct there there, double late)
{
    int32_t stream = p->o->task[turn->task].stream[turn->part];
    struct passed *passed = &p->passed[stream];
    bool told = stream == p->told;
    p->waited = fmax(passed->begun, there.commands);
    passed->begun = told ? ++p->events : p->waited;
    tokens_give(p, turn, true, told ? p->events : fmax(passed->ended, there.all));
    passed->ended = told ? ++p->events : fmax(passed->ended, fmax(there.all, late));
    tokens_give(p, turn, false, passed->ended);
}

static void turn_pass(struct path *p, const struct fl_turn *turn)
{
    const struct there there = tokens_take(p, turn, false), late = tokens_take(p, turn, true);
    if (p->told > 0) {
        events_pass(p, turn, there, late.all);
        return;
    }
    tokens_give(p, turn, true, there.all);
    double end = fmax(turn_end(p, turn, there), late.all);
    tokens_give(p, turn, false, end);
    if (fl_part_is_anew(turn->part)) {  /* nobody waits until all is driven in and has settled, but the end */
        const struct fl_anew *anew = &p->o->task[turn->task].anew[turn->part - FL_PART_ANEW];
        end = fmax(end, there.all + anew->driven_ps) + anew->settle_ps;
    }
    p->end_ps = fmax(p->end_ps, end);
}

/* What comes from blocks before is there before layers begin, or, of those that the first round has, with them. */
static void before_pass(struct path *p, size_t block, const struct fl_order *lead)
{
    for (size_t i = 0; i < p->o->takes; i++) {
        const struct fl_take *take = &p->o->take[i];
        const struct fl_task *t = &p->o->task[take->task];
        if (!take->before || t->block != block || (lead != NULL && fl_lead_has(lead, take->task, take->part)))
            continue;
        double at = token_take(p, take->token, take->all);
        struct frees *of = &p->of[t->stream[take->part]];
        for (int r = 0; r < FL_PACES; r++)
            passes(&of->own[r], at, 0);
        passes(&of->dram, at, 0);
        passes(&of->sram, at, 0);
    }
}

/* What the last layer of a block leaves is handed on. */
static void relays_pass(struct path *p, size_t block)
{
    for (size_t i = 0; i < p->o->relays; i++) {
        const struct fl_relay *relay = &p->o->relay[i];
        if (relay->block != block)
            continue;
        if (relay->stream > 0) {        /* behind all before it on its stream */
            const struct frees *of = &p->of[relay->stream];
            double at = fmax(of->dram, of->sram);
            for (int r = 0; r < FL_PACES; r++)
                at = fmax(at, of->own[r]);
            token_give(p, relay->to, relay->units, at);
            continue;
        }
        token_take(p, relay->from, relay->units * (p->o->trace->block[block].repeat - 1));
        for (int64_t unit = 0; unit < relay->units; unit++)
            token_give(p, relay->to, 1, token_take(p, relay->from, 1));
    }
}

static void round_pass(struct path *p, const struct fl_order *order, int64_t round, int64_t layers)
{
    for (size_t i = 0; i < order->turns; i++)
        if (fl_turn_in(&order->turn[i], round, layers))
            turn_pass(p, &order->turn[i]);
}

static void rounds_pass(struct path *p, const struct fl_order *order, int64_t first, int64_t layers)
{
    for (int64_t round = first; round <= layers; round++)
        round_pass(p, order, round, layers);
}

/* All is free. Room for tokens stays from path to path. */
static struct path path_begin(struct fl_overlap *o)
{
    if (o->givens < o->waits) {          /* texts have tokens of their own */
        fl_path_free(o);
        o->given = fl_calloc(o->waits, sizeof *o->given);
        o->givens = o->waits;
    }
    struct path p = {.o = o, .given = o->given};
    p.of = fl_calloc((size_t)o->streams, sizeof *p.of);
    p.passed = fl_calloc((size_t)o->streams, sizeof *p.passed);
    return p;
}

/* So many of a token are there. */
static void token_begin(struct path *p, int32_t token, int64_t there)
{
    p->given[token].length = p->given[token].taken = 0;
    token_give(p, token, there, 0);
}

/* Those that the layers of an order give and take; of other blocks there may be many. */
static void tokens_begin(struct path *p, const struct fl_order *order)
{
    size_t block = order->turns > 0 ? p->o->task[order->turn[0].task].block : 0;
    for (size_t i = p->o->first[block]; i < p->o->first[block + 1]; i++)
        for (int part = 0; part < FL_PARTS; part++) {
            const struct fl_links *links = &p->o->task[i].links[part];
            for (size_t t = 0; t < links->takes; t++)
                token_begin(p, links->take[t]->token, p->o->wait[links->take[t]->token].start);
            for (size_t g = 0; g < links->gives; g++)
                token_begin(p, links->give[g]->token, p->o->wait[links->give[g]->token].start);
        }
}

static double path_end(const struct path *p)
{
    fl_free(p->of);
    fl_free(p->passed);
    return p->end_ps;
}

void fl_path_free(struct fl_overlap *o)
{
    for (size_t i = 0; i < o->givens; i++)
        fl_free(o->given[i].at);
    fl_free(o->given);
    o->given = NULL;
    o->givens = 0;
}

double fl_path_layers(struct fl_overlap *o, const struct fl_order *order, int64_t layers)
{
    struct path p = path_begin(o);
    p.shares = true;
    tokens_begin(&p, order);
    rounds_pass(&p, order, 0, layers);
    return path_end(&p);
}

/* The first round of layers, with the block before it. */
static void lead_pass(struct path *p, const struct fl_order *lead, size_t block)
{
    p->led = block;
    for (size_t i = 0; i < lead->turns; i++)
        if (!lead->turn[i].late)
            turn_pass(p, &lead->turn[i]);
    p->led = 0;
}

double fl_path_find(struct fl_overlap *o)
{
    struct path p = path_begin(o);
    for (size_t i = 0; i < o->waits; i++)
        token_begin(&p, (int32_t)i, o->wait[i].initial);
    for (size_t b = 0; b < o->trace->blocks; b++) {
        const struct fl_order *lead = o->order[b].lead;
        if (fl_block_leads(o, b)) {
            before_pass(&p, b, NULL);
            continue;
        }
        if (lead != NULL)
            lead_pass(&p, lead, b);
        before_pass(&p, b, lead);
        rounds_pass(&p, &o->order[b], lead != NULL, o->trace->block[b].repeat);
        relays_pass(&p, b);
    }
    return path_end(&p);
}

/* ---- where all is still ---- */

/* Rounds in full swing, two of them looked at: which turns of the first have waited, as they begin, for all that a
 * stream has done before, and for which of the stream's own does all behind wait? Others are `still` no more. Moves
 * between steps wait for nobody, and begin behind what their stream began last. */
static void stream_tell(struct fl_overlap *o, const struct fl_order *order, int32_t stream, bool *still)
{
    enum { BEFORE = 3, LOOKED_AT = 2 };
    struct path p = path_begin(o);
    double *begun = fl_calloc(LOOKED_AT * order->turns, sizeof *begun), least = INFINITY;
    p.told = stream;
    tokens_begin(&p, order);
    for (int64_t round = 0; round < BEFORE; round++)
        round_pass(&p, order, round, INT64_MAX);
    for (size_t i = 0; i < LOOKED_AT * order->turns; i++) {
        const struct fl_turn *turn = &order->turn[i % order->turns];
        const struct fl_task *t = &o->task[turn->task];
        double events = p.events;
        turn_pass(&p, turn);
        begun[i] = p.passed[t->stream[turn->part]].begun;
        if (t->brings)
            begun[i] = fmin(begun[i], p.passed[o->loads].begun);
        if (i < order->turns)
            still[i] &= p.waited >= events && !t->brings;
    }
    for (size_t i = LOOKED_AT * order->turns; i-- > 0;) {
        if (i < order->turns && o->task[order->turn[i].task].stream[order->turn[i].part] == stream)
            still[i] &= begun[i] <= least;
        least = fmin(least, begun[i]);
    }
    fl_free(begun);
    path_end(&p);
}

/* Does a turn follow an operator that is done in one piece? */
static bool follows_whole(const struct fl_overlap *o, const struct fl_order *order, size_t at)
{
    return o->task[order->turn[(at + order->turns - 1) % order->turns].task].pieces == 1;
}

size_t fl_path_still(struct fl_overlap *o, size_t block)
{
    const struct fl_order *order = &o->order[block];
    if (o->apart || o->trace->block[block].repeat == 1 || order->turns == 0)
        return order->turns;
    bool *still = fl_calloc(order->turns, sizeof *still);
    for (size_t i = 0; i < order->turns; i++)
        still[i] = follows_whole(o, order, i);
    for (int32_t s = 1; s < o->streams; s++)
        stream_tell(o, order, s, still);
    size_t first = 0;
    while (first < order->turns && !still[first])
        first++;
    fl_free(still);
    return first;
}

/* ---- the busiest unit ---- */

/* How long the pieces of an operator keep units busy, what gave way included. */
struct fl_busy fl_task_busy(const struct fl_overlap *o, const struct fl_task *t)
{
    struct fl_busy busy = {0};
    double bits = 0;
    for (int64_t p = 0; p < t->pieces; p++) {
        for (int r = 0; r <= FL_PACES; r++)
            busy.own_ps[r] += t->busy[p].own_ps[r];
        busy.sram_ps += t->busy[p].sram_ps;
        busy.dram_ps += t->busy[p].dram_ps;
        busy.dma_ps += t->busy[p].dma_ps;
        for (int part = 0; part < FL_PARTS; part++)
            bits += (double)t->bits[part][p];
    }
    if (!o->machine->ideal_memory) {
        busy.dram_ps += bits * o->machine->dram_bit_ps;
        busy.sram_ps += bits * o->machine->sram_bit_ps;
    }
    return busy;
}

/* The longest that one unit is busy with all layers of blocks from `first` to before `end`. */
struct fl_busiest fl_busiest_in(const struct fl_overlap *o, size_t first, size_t end)
{
    struct fl_busy of[FL_STREAMS] = {0}, all = {0};
    const struct fl_engine_type *engine[FL_STREAMS] = {NULL};
    for (size_t i = o->first[first]; i < o->first[end]; i++) {
        const struct fl_task *t = &o->task[i];
        double times = (double)o->trace->block[t->block].repeat;
        int32_t stream = t->stream[FL_PART_WORK];
        const struct fl_busy busy = fl_task_busy(o, t);
        engine[stream] = t->mapping.engine;
        for (int r = 0; r <= FL_PACES; r++)
            of[stream].own_ps[r] += busy.own_ps[r] * times;
        all.sram_ps += busy.sram_ps * times;
        all.dram_ps += busy.dram_ps * times;
        all.dma_ps += busy.dma_ps * times;
    }
    struct fl_busiest most = fl_busiest_of(&all, &fl_engine_mover);
    for (int32_t s = 0; s < o->streams; s++)
        if (engine[s] != NULL) {
            const struct fl_busiest one = fl_busiest_of(&of[s], engine[s]);
            fl_busier(&most, one.ps, one.by);
        }
    return most;
}
