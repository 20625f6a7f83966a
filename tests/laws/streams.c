/* streams.c - random programs of many streams, for the machines of machine.c.
 *
 * Items stand in one order; each is an operator, or part of one, that an engine works on. The
 * text of a stream is the order's projection on its engine, in a loop of layers. Tokens join
 * items: an earlier with a later one of the same layer, or any with one of the next layer, of
 * which the first gets its tokens from the start. So the first item unfinished can always go on.
 */
#include <check.h>

#include "tests/laws/machine_parts.h"

enum { VECTOR = 1, LOADS = 2, STORES = 3, POOLS = 4, EDGES = 8 };   /* streams; the first pool's is POOLS */

struct item { int32_t stream, slot; int64_t rounds; };
/* load: before commands, not before vectors; each: rounds of the one join rounds of the other, as many as credits are
 * worth; so tokens pile up, and are used up. */
struct edge { int64_t from, to, credits; bool load, each; };
/* The first stream takes so many units of what layers leave of an item at once, and hands on the next ones, each for a
 * move, which stands behind the layers; a stream that has nothing else to do makes it while they go on. */
struct relay { int64_t from, units, skipped; int32_t stream; };     /* units 0: there is none */
struct plan {
    struct item item[LAW_ITEMS];
    int64_t items, layers;
    struct edge edge[EDGES];
    int64_t edges;
    bool aligned;                       /* layers begin on an edge of the frame clock: */
    int64_t aligned_at;                 /* the item, behind what it takes; as many as there are: the vector stream */
    struct relay relay;
};

static bool is_optical(const struct item *item) { return item->stream >= POOLS; }

/* What an item of so many rounds does. */
static void item_draw(struct law_machine *m, struct plan *p, int64_t i, int64_t rounds)
{
    struct item *item = &p->item[i];
    item->stream = (int32_t)(law_chance(m, 2) ? POOLS : law_between(m, VECTOR, STORES));
    item->slot = (int32_t)i;
    item->rounds = rounds;
    struct fl_step *step = &m->step[i];
    law_step_draw(m, item->stream == VECTOR ? FL_STEP_VECTOR : is_optical(item) ? FL_STEP_OPTICAL : FL_STEP_MOVE, step);
    item->stream += is_optical(item) ? step->engine : 0;
    step->store = item->stream == STORES;
    step->slot = item->slot;
    step->stream = item->stream;
    step->awaits = false;               /* what DRAM sends to cores would stand before what others wait for */
    step->load_from = is_optical(item) && step->load_from == FL_DRAM ? FL_SRAM : step->load_from;
}

static void items_draw(struct law_machine *m, struct plan *p)
{
    p->items = law_between(m, 1, LAW_ITEMS);
    p->layers = PICK(m, 1, 2, 3, 9, 20);
    p->aligned = law_chance(m, 2);
    for (int64_t i = 0; i < p->items; i++)
        item_draw(m, p, i, PICK(m, 1, 1, 2, 7, 30));
}

static void edges_draw(struct law_machine *m, struct plan *p)
{
    p->edges = law_between(m, 0, EDGES);
    for (int64_t e = 0; e < p->edges; e++) {
        struct edge *edge = &p->edge[e];
        edge->from = law_between(m, 0, p->items - 1);
        edge->to = law_between(m, 0, p->items - 1);
        edge->credits = edge->from < edge->to ? PICK(m, 0, 0, 0, 1, 2) : PICK(m, 1, 1, 2, 3);
        edge->load = !is_optical(&p->item[edge->to]) || law_chance(m, 2);
        edge->each = law_chance(m, 2);
        if (edge->each)
            p->item[edge->to].rounds = p->item[edge->from].rounds;
    }
    for (int64_t e = 0; e < p->edges; e++) {
        int64_t rounds = p->item[p->edge[e].from].rounds;       /* another edge may have changed them since */
        p->edge[e].each &= rounds == p->item[p->edge[e].to].rounds;
        p->edge[e].credits *= p->edge[e].each ? rounds : 1;
        p->edge[e].credits += p->edge[e].each ? law_between(m, 0, rounds - 1) : 0;
    }
}

/* Items that give each other many tokens, round by round: of what is there from the start the faster one uses up what
 * the slower one does not give, and then waits for it. */
static void stocks_draw(struct law_machine *m, struct plan *p)
{
    int64_t rounds = PICK(m, 60, 100, 160);
    p->items = law_between(m, 2, 3);
    p->layers = PICK(m, 1, 2);
    for (int64_t i = 0; i < p->items; i++) {
        item_draw(m, p, i, rounds);
        struct fl_step *step = &m->step[i];     /* short moves, but for the first */
        step->load_bits = step->kind == FL_STEP_MOVE && i > 0 ? fl_least(step->load_bits, 300) : step->load_bits;
    }
    for (p->edges = 0; p->edges < p->items; p->edges++) {
        int64_t from = p->edges, to = (from + 1) % p->items;
        p->edge[from] = (struct edge){from, to, PICK(m, 9, 25, 50) + (from > to ? rounds : 0),
                                      !is_optical(&p->item[to]) || law_chance(m, 2), true};
    }
}

/* Two items beside each other may be parts of one operator: then it has one slot, and their streams share it. */
static void parts_join(struct law_machine *m, struct plan *p)
{
    for (int64_t i = 0; i + 1 < p->items; i++)
        if (p->item[i].stream != p->item[i + 1].stream && law_chance(m, 4)) {
            p->item[i + 1].slot = m->step[i + 1].slot = p->item[i].slot;
            i++;
        }
}

static int64_t parts_of(const struct plan *p, int32_t slot)
{
    int64_t parts = 0;
    for (int64_t i = 0; i < p->items; i++)
        parts += p->item[i].slot == slot;
    return parts;
}

static void relay_draw(struct law_machine *m, struct plan *p)
{
    bool free[] = { [LOADS] = true, [STORES] = true };
    for (int64_t i = 0; i < p->items; i++)
        if (p->item[i].stream == LOADS || p->item[i].stream == STORES)
            free[p->item[i].stream] = false;
    struct relay *relay = &p->relay;
    relay->from = law_between(m, 0, p->items - 1);
    relay->units = law_chance(m, 2) ? fl_least(p->item[relay->from].rounds, 40) : 0;
    relay->skipped = relay->units * law_between(m, 0, p->layers - 1);
    relay->stream = free[STORES] ? STORES : LOADS;
    struct fl_step *step = &m->step[p->items];
    law_step_draw(m, FL_STEP_MOVE, step);
    step->store = relay->stream == STORES;
    step->stream = relay->stream;
    step->slot = (int32_t)p->items;
    step->awaits = false;
}

/* Tokens know the slot of the operator that gives them, once parts are joined. */
static void tokens_name(struct law_machine *m, const struct plan *p)
{
    for (int64_t e = 0; e < p->edges; e++)
        m->token[e] = (struct fl_token){ "token", p->item[p->edge[e].from].slot };
    m->token[p->edges] = (struct fl_token){ "left", p->item[p->relay.from].slot };
    m->token[p->edges + 1] = (struct fl_token){ "handed on", -1 };
}

static void takes_write(struct law_machine *m, const struct plan *p, int64_t i, bool each)
{
    for (int64_t e = 0; e < p->edges; e++)
        if (p->edge[e].to == i && p->edge[e].each == each)
            law_emit(m, p->edge[e].load ? FL_WAIT_LOAD : FL_WAIT, e, 1);
}

static void gives_write(struct law_machine *m, const struct plan *p, int64_t i, bool each)
{
    for (int64_t e = 0; e < p->edges; e++)
        if (p->edge[e].from == i && p->edge[e].each == each)
            law_emit(m, FL_SIGNAL, e, 1);
    if (p->relay.from == i && p->relay.units > 0 && (p->relay.units == p->item[i].rounds) == each)
        law_emit(m, FL_SIGNAL, p->edges, each ? 1 : p->relay.units);
}

static void relay_write(struct law_machine *m, const struct plan *p)
{
    for (int64_t unit = 0; unit < p->relay.units; unit++) {
        law_emit(m, FL_WAIT, p->edges, unit == 0 ? p->relay.skipped + 1 : 1);
        law_emit(m, FL_SIGNAL, p->edges + 1, 1);
    }
}

static void behind_layers_write(struct law_machine *m, const struct plan *p)
{
    law_emit(m, FL_OPEN, p->items, 1);
    int32_t loop = (int32_t)m->program.insts;
    law_emit(m, FL_LOOP, 0, p->relay.units);
    law_emit(m, FL_WAIT_LOAD, p->edges + 1, 1);
    law_emit(m, FL_STEP, p->items, 0);
    law_emit(m, FL_NEXT, loop, 0);
    law_emit(m, FL_CLOSE, p->items, 0);
}

static void item_write(struct law_machine *m, const struct plan *p, int64_t i)
{
    const struct item *item = &p->item[i];
    law_emit(m, FL_OPEN, item->slot, parts_of(p, item->slot));
    takes_write(m, p, i, false);
    if (p->aligned && p->aligned_at == i)
        law_emit(m, FL_ALIGN, 0, 0);
    int32_t loop = (int32_t)m->program.insts;
    law_emit(m, FL_LOOP, 1, item->rounds);
    takes_write(m, p, i, true);
    law_emit(m, FL_STEP, i, 0);
    gives_write(m, p, i, true);
    law_emit(m, FL_NEXT, loop, law_chance(m, 2));
    gives_write(m, p, i, false);
    law_emit(m, FL_CLOSE, item->slot, 0);
}

static void stream_write(struct law_machine *m, const struct plan *p, int32_t stream)
{
    m->stream[stream] = (struct fl_stream){ "stream", m->program.insts };
    for (int64_t e = 0; stream == 0 && e < p->edges; e++)
        if (p->edge[e].credits > 0)
            law_emit(m, FL_SIGNAL, e, p->edge[e].credits);
    if (stream == 0)
        relay_write(m, p);
    bool any = false;
    for (int64_t i = 0; i < p->items; i++)
        any = any || p->item[i].stream == stream;
    int32_t loop = (int32_t)m->program.insts;
    if (any)
        law_emit(m, FL_LOOP, 0, p->layers);
    if (any && stream == VECTOR && p->aligned && p->aligned_at == p->items)
        law_emit(m, FL_ALIGN, 0, 0);
    for (int64_t i = 0; i < p->items; i++)
        if (p->item[i].stream == stream)
            item_write(m, p, i);
    if (any)
        law_emit(m, FL_NEXT, loop, 0);
    if (p->relay.units > 0 && stream == p->relay.stream)
        behind_layers_write(m, p);
    law_emit(m, FL_HALT, 0, 0);
}

void law_streams_draw(struct law_machine *m, bool stocks)
{
    struct plan p = { .items = 0 };
    struct fl_err err = { 0 };
    if (stocks) {
        stocks_draw(m, &p);
    } else {
        items_draw(m, &p);
        parts_join(m, &p);
        edges_draw(m, &p);
    }
    relay_draw(m, &p);
    tokens_name(m, &p);
    p.aligned_at = law_chance(m, 2) ? p.items : law_between(m, 0, p.items - 1);
    m->program = (struct fl_program){ .inst = m->inst, .step = m->step, .steps = (size_t)p.items + 1,
                                      .stream = m->stream,
                                      .streams = POOLS + m->pools, .token = m->token, .tokens = (int32_t)p.edges + 2 };
    for (int32_t s = 0; s < m->program.streams; s++)
        stream_write(m, &p, s);
    ck_assert_msg(fl_program_flows(&m->program, &err), "%s", fl_err_text(&err));
}
