/* walk_streamed.c - the steps of products whose operands both pass.
 *
 * A round of teams is a step for its full blocks of vectors and one for the edge; what its
 * weights bring from DRAM moves before it. The pile is a step for each kind of output block
 * (full or edge along both axes), and one for each vector in which two kinds meet.
 */
#include "mapping/deal.h"

struct walk {
    const struct fl_machine *machine;
    const struct fl_mapping *mapping;
    const struct fl_pool *pool;
    struct fl_deal deal;
    struct fl_laid laid;
    const struct fl_walker *out;
    int64_t shared;                     /* teams that a set of inputs serves */
    int64_t readings;                   /* that an output takes */
    int64_t parts;                      /* of it, by way of memory: as many as its weights fill buffers */
    bool bad;
};

/* Output blocks of one kind, tile by tile, whole or in part. */
struct kind { int64_t rows, columns; };     /* outputs and vectors of a block */

static struct kind kind_of(const struct walk *w, bool n_edge, bool m_edge)
{
    return (struct kind){n_edge ? w->deal.n.edge : w->deal.n.tile, m_edge ? w->deal.m.edge : w->deal.m.tile};
}

/* What tiles take, of an output block's share for each of its tiles: all but tiles and products times k_tiles. */
struct share { int64_t tiles, inputs, weights, products, read, outputs; };

static void share_add(struct walk *w, struct share *share, struct kind kind, int64_t tiles)
{
    bool *bad = &w->bad;
    int64_t sums = fl_product(tiles, kind.rows * kind.columns, bad), rows = fl_product(tiles, kind.rows, bad);
    share->tiles = fl_sum(share->tiles, tiles, bad);
    share->inputs = fl_sum(share->inputs, fl_product(fl_product(tiles, kind.columns, bad), w->deal.inputs, bad), bad);
    share->weights = fl_sum(share->weights, fl_product(rows, w->deal.inputs, bad), bad);
    share->products = fl_sum(share->products, sums, bad);
    share->read = fl_sum(share->read, fl_product(sums, w->readings, bad), bad);
    share->outputs = fl_sum(share->outputs, sums, bad);
}

/* `fetched`: values of the second operand that come with it; -1: all that it sends. */
static void emit(struct walk *w, const struct share *share, int64_t vectors, int64_t cores, int64_t fetched, bool last)
{
    int64_t k = w->deal.k_tiles;
    struct fl_step step;
    struct fl_passing work = {
        .vectors = vectors, .cores = cores, .tiles = share->tiles, .products = share->products,
        .inputs = fl_ceil_div(fl_ceil_div(share->inputs, k), w->shared), .weights = fl_ceil_div(share->weights, k),
        .read = fl_ceil_div(share->read, k), .outputs = fl_ceil_div(share->outputs, k), .parts = w->parts,
        .streamed = last};
    work.fetched = fetched < 0 ? work.weights : fetched;
    /* every group of wired cores reads an output so many times in the vectors that it takes */
    work.readings = fl_ceil_div(fl_product(fl_product(vectors, w->deal.wired, &w->bad), w->readings, &w->bad), k);
    work.readings = fl_most(fl_least(work.readings, vectors), 1);
    w->mapping->engine->pass(w->machine, w->mapping->number, &w->laid, &work, &step, &w->bad);
    if (!w->bad)
        w->out->step(w->out->context, &step);
}

/* Weights of so many outputs, from DRAM to SRAM. */
static void move(struct walk *w, int64_t outputs)
{
    struct fl_step step = {.kind = FL_STEP_MOVE, .load_from = FL_DRAM, .vectors = 1};
    step.load_bits = fl_product(fl_product(outputs, w->deal.inputs, &w->bad), w->laid.load_bits, &w->bad);
    if (w->laid.from_dram && !w->bad && step.load_bits > 0)
        w->out->step(w->out->context, &step);
}

/* What comes from SRAM for so many outputs: all of it once where a buffer keeps it, else with each vector. */
static int64_t fetched(struct walk *w, int64_t outputs)
{
    return w->pool->buffer_bits > 0 ? fl_product(outputs, w->deal.inputs, &w->bad) : -1;
}

/* Vectors that `blocks` blocks of vectors take in a round, spread or each in vectors of its own. */
static int64_t vectors_of(struct walk *w, int64_t blocks)
{
    const struct fl_deal *d = &w->deal;
    return d->spread ? fl_product(blocks, d->k_tiles, &w->bad) / d->wired
                     : fl_product(blocks, fl_ceil_div(d->k_tiles, d->wired), &w->bad);
}

/* A round of teams, so many of which have full outputs, and one perhaps the edge. */
static void walk_round(struct walk *w, int64_t full, bool edge, int64_t times)
{
    const struct fl_deal *d = &w->deal;
    int64_t outputs = full * d->n.tile + (edge ? d->n.edge : 0), teams = full + edge;
    int64_t cores = fl_product(teams, fl_least(d->wired, d->k_tiles), &w->bad);
    const int64_t blocks[2] = {d->m_full, d->m_edge};
    int64_t brought = fetched(w, outputs);
    if (teams == 0 || times == 0)
        return;
    if (times > 1)
        w->out->loop(w->out->context, times);
    move(w, outputs);
    for (int m = 0; m < 2; m++) {
        struct share share = {0};
        if (blocks[m] == 0)
            continue;
        share_add(w, &share, kind_of(w, false, m == 1), fl_product(full * blocks[m], d->k_tiles, &w->bad));
        if (edge)
            share_add(w, &share, kind_of(w, true, m == 1), fl_product(blocks[m], d->k_tiles, &w->bad));
        w->shared = d->spread ? w->shared : fl_least(fl_pool_reach(w->pool), teams);
        emit(w, &share, vectors_of(w, blocks[m]), cores, brought, m == 1 || blocks[1] == 0);
        brought = brought < 0 ? brought : 0;
    }
    if (times > 1)
        w->out->next(w->out->context);
}

/* The vector being filled with tiles of several kinds. */
struct filling { struct share share; int64_t tiles; };

static void fill(struct walk *w, struct filling *f, struct kind kind, int64_t *tiles, int64_t *brought)
{
    int64_t taken = fl_least(w->deal.cores - f->tiles, *tiles);
    share_add(w, &f->share, kind, taken);
    f->tiles += taken;
    *tiles -= taken;
    if (f->tiles < w->deal.cores)
        return;
    emit(w, &f->share, 1, f->tiles, *brought, false);
    *f = (struct filling){0};
    *brought = fl_least(*brought, 0);
}

static void walk_pile(struct walk *w)
{
    const struct fl_deal *d = &w->deal;
    int64_t pile[2][2], outputs = (d->n.full - d->rounds * d->teams) * d->n.tile + d->n.edge;
    fl_deal_pile(d, pile, &w->bad);
    struct filling f = {0};
    outputs = fl_product(outputs, d->groups, &w->bad);
    int64_t brought = fetched(w, outputs);
    move(w, outputs);
    for (int i = 0; i < 4 && !w->bad; i++) {
        struct kind kind = kind_of(w, i / 2, i % 2);
        int64_t tiles = fl_product(pile[i / 2][i % 2], d->k_tiles, &w->bad);
        if (f.tiles > 0)
            fill(w, &f, kind, &tiles, &brought);
        struct share share = {0};
        int64_t vectors = tiles / d->cores;
        share_add(w, &share, kind, vectors * d->cores);
        if (vectors > 0) {
            emit(w, &share, vectors, d->cores, brought, false);
            brought = fl_least(brought, 0);
            tiles -= vectors * d->cores;
        }
        if (tiles > 0)
            fill(w, &f, kind, &tiles, &brought);
    }
    if (f.tiles > 0)
        emit(w, &f.share, 1, f.tiles, brought, false);
}

/* Rows of buffers that an output block's weights take. */
static int64_t parts_of(const struct walk *w)
{
    bool bad = false;
    int64_t bits = fl_product(fl_product(w->deal.n.tile, w->deal.inputs, &bad), w->laid.load_bits, &bad);
    return w->pool->buffer_bits > 0 && !bad ? fl_ceil_div(bits, w->pool->buffer_bits) : 1;
}

bool fl_walk_streamed(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                      const struct fl_walker *walker)
{
    const struct fl_pool *pool = &machine->pool[mapping->number];
    struct walk w = {.machine = machine, .mapping = mapping, .pool = pool, .deal = fl_deal_of(op, mapping),
                     .out = walker};
    const struct fl_deal *d = &w.deal;
    w.laid = (struct fl_laid){
        .operand = op->k, .tile_k = mapping->tile_k, .tile_n = mapping->tile_n,
        .non_negative = op->sign == FL_NON_NEGATIVE, .stream_bits = machine->activation_bits,
        .load_bits = fl_map_stored_bits(op, machine, pool), .accumulate = true, .known = fl_op_has_weights(op),
        .from_dram = fl_op_from_dram(op)};
    int64_t window = fl_least(fl_most(pool->window, 1), fl_ceil_div(d->k_tiles, d->wired));
    w.readings = fl_ceil_div(d->k_tiles, fl_product(window, d->wired, &w.bad));
    w.shared = pool->shared_input ? fl_least(fl_pool_reach(pool), d->teams) : 1;
    w.parts = parts_of(&w);
    walk_round(&w, d->teams, false, fl_product(d->rounds, d->groups, &w.bad));
    if (d->spread)
        walk_pile(&w);
    else
        walk_round(&w, d->n.full - d->rounds * d->teams, d->n.edge > 0, d->groups);
    return !w.bad;
}
