/* path.c - the longest path through a plan whose operators run side by side, layers unrolled.
 *
 * Each piece begins when what it waits for is there, and what it gives is there when each resource of its engine has
 * done its part, one piece after another. No run takes less.
 */
#include <math.h>

#include "mapping/overlap.h"

struct given { double *at; size_t length, room, taken; };      /* when each of a token was given */

struct path {
    struct fl_overlap *o;
    struct given *given;                /* by token */
    double (*free_ps)[FL_PACES + 1];    /* of each stream, by resource; the last: its memory */
    double end_ps;
};

static void token_give(struct path *p, int32_t token, int64_t times, double at)
{
    struct given *g = &p->given[token];
    for (; times > 0; times--) {
        g->at = fl_grow(g->at, &g->room, g->length, sizeof *g->at);
        g->at[g->length++] = at;
    }
}

/* When so many of a token have been given. */
static double token_take(struct path *p, int32_t token, int64_t times)
{
    struct given *g = &p->given[token];
    g->taken += (size_t)times;
    fl_assert(g->taken <= g->length);   /* the order has each after what it waits for */
    return times > 0 ? g->at[g->taken - 1] : 0;
}

static double tokens_take(struct path *p, const struct fl_turn *turn, bool late)
{
    const struct fl_links *links = &p->o->task[turn->task].links[turn->part];
    double at = 0;
    for (size_t i = 0; i < links->takes; i++)
        if (links->take[i]->late == late && !links->take[i]->before)
            at = fmax(at, token_take(p, links->take[i]->token, links->take[i]->count[turn->piece]));
    return at;
}

static void tokens_give(struct path *p, const struct fl_turn *turn, bool early, double at)
{
    const struct fl_links *links = &p->o->task[turn->task].links[turn->part];
    for (size_t i = 0; i < links->gives; i++)
        if (links->give[i]->early == early)
            token_give(p, links->give[i]->token, links->give[i]->count[turn->piece], at);
}

/* Loads of weights wait for nobody. */
static double turn_end(struct path *p, const struct fl_turn *turn, double at)
{
    const struct fl_task *t = &p->o->task[turn->task];
    double *free_ps = p->free_ps[t->stream[turn->part]], end = at;
    if (turn->part == FL_PART_WORK)
        for (int r = 0; r < FL_PACES; r++) {
            free_ps[r] = fmax(at, free_ps[r]) + t->busy[turn->piece].own_ps[r];
            end = fmax(end, free_ps[r]);
        }
    double moved = turn->part == FL_PART_WORK ? t->busy[turn->piece].dram_ps
                                              : (double)t->bits[turn->part][turn->piece] * p->o->machine->dram_bit_ps;
    double from = turn->part == FL_PART_WORK ? free_ps[FL_PACES] : fmax(at, free_ps[FL_PACES]);
    free_ps[FL_PACES] = from + (p->o->machine->ideal_memory ? 0 : moved);
    return fmax(end, free_ps[FL_PACES]);
}

static void turn_pass(struct path *p, const struct fl_turn *turn)
{
    double at = tokens_take(p, turn, false), late = tokens_take(p, turn, true);
    tokens_give(p, turn, true, at);
    double end = fmax(turn_end(p, turn, at), late);
    tokens_give(p, turn, false, end);
    p->end_ps = fmax(p->end_ps, end);
}

/* What comes from blocks before is there before layers begin. */
static void before_pass(struct path *p, size_t block)
{
    for (size_t i = 0; i < p->o->takes; i++) {
        const struct fl_take *take = &p->o->take[i];
        const struct fl_task *t = &p->o->task[take->task];
        if (!take->before || t->block != block)
            continue;
        double at = token_take(p, take->token, take->all);
        for (int r = 0; r <= FL_PACES; r++)
            p->free_ps[t->stream[take->part]][r] = fmax(p->free_ps[t->stream[take->part]][r], at);
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
            double at = 0;
            for (int r = 0; r <= FL_PACES; r++)
                at = fmax(at, p->free_ps[relay->stream][r]);
            token_give(p, relay->to, relay->units, at);
            continue;
        }
        token_take(p, relay->from, relay->units * (p->o->trace->block[block].repeat - 1));
        for (int64_t unit = 0; unit < relay->units; unit++)
            token_give(p, relay->to, 1, token_take(p, relay->from, 1));
    }
}

double fl_path_find(struct fl_overlap *o)
{
    struct path p = {.o = o};
    p.given = fl_calloc(o->waits + 1, sizeof *p.given);
    p.free_ps = fl_calloc((size_t)o->streams, sizeof *p.free_ps);
    for (size_t i = 0; i < o->waits; i++)
        token_give(&p, (int32_t)i, o->wait[i].initial, 0);
    for (size_t b = 0; b < o->trace->blocks; b++) {
        before_pass(&p, b);
        for (int64_t layer = 0; layer < o->trace->block[b].repeat; layer++)
            for (size_t i = 0; i < o->order[b].turns; i++)
                turn_pass(&p, &o->order[b].turn[i]);
        relays_pass(&p, b);
    }
    for (size_t i = 0; i < o->waits; i++)
        fl_free(p.given[i].at);
    fl_free(p.given);
    fl_free(p.free_ps);
    return p.end_ps;
}
