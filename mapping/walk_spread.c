/* walk_spread.c - the steps of products whose tiles are loaded and dealt to all cores one by one.
 *
 * Two at most: a round in which every core has a tile, so many times, and the rest. What the tiles of all rounds take
 * together is shared out among them, rounded up: edges only lower a share.
 */
#include "mapping/spread.h"

struct walk {
    const struct fl_machine *machine;
    const struct fl_mapping *mapping;
    const struct fl_pool *pool;
    struct fl_spreading spreading;
    struct fl_laid laid;
    const struct fl_walker *out;
    bool bad;
};

/* One of `rounds` steps that do the tiles `from` .. `until`, each in `vectors` vectors of its own. */
static void emit(struct walk *w, int64_t from, int64_t until, int64_t rounds, int64_t vectors)
{
    const struct fl_spreading *s = &w->spreading;
    bool *bad = &w->bad, rest = from == s->rounds * s->cores;
    struct fl_spread_sums a = fl_spread_sums_of(s, from, bad), b = fl_spread_sums_of(s, until, bad);
    int64_t tiles = rest ? s->rest : s->cores, loads = rest ? s->loads : s->cores, all = s->vectors;
    int64_t rows = fl_ceil_div(b.rows - a.rows, rounds);
    struct fl_passing work = {
        .vectors = vectors, .cores = rest ? s->at_work : s->cores, .tiles = fl_product(tiles, all, bad),
        .inputs = fl_product(fl_ceil_div(b.inputs - a.inputs, rounds), all, bad),
        .products = fl_product(rows, all, bad),
        .outputs = fl_product(fl_ceil_div(b.finished - a.finished, rounds), all, bad), .parts = 1,
        .readings = vectors, .loads = loads, .loaded = fl_ceil_div(b.weights - a.weights, rounds)};
    work.read = fl_product(work.products, fl_pool_beside(w->pool), bad);
    work.placed = rest ? fl_spread_placed(s, bad) : work.loaded;
    if (!w->mapping->accumulate)
        work.again = fl_product(fl_ceil_div(b.waiting - a.waiting, rounds), all, bad);
    struct fl_step step;
    w->mapping->engine->pass(w->machine, w->mapping->number, &w->laid, &work, &step, bad);
    if (!w->bad)
        w->out->step(w->out->context, &step);
}

bool fl_walk_spread(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                    const struct fl_walker *walker)
{
    const struct fl_pool *pool = &machine->pool[mapping->number];
    struct walk w = {.machine = machine, .mapping = mapping, .pool = pool,
                     .spreading = fl_spreading_of(op, mapping), .out = walker};
    const struct fl_spreading *s = &w.spreading;
    w.laid = (struct fl_laid){
        .operand = op->k, .tile_k = mapping->tile_k, .tile_n = mapping->tile_n,
        .non_negative = op->sign == FL_NON_NEGATIVE, .stream_bits = machine->activation_bits,
        .load_bits = fl_map_stored_bits(op, machine, pool), .accumulate = mapping->accumulate,
        .known = fl_op_has_weights(op), .trained = fl_op_is_trained(op), .from_dram = fl_op_from_dram(op)};
    if (s->rounds > 1)
        walker->loop(walker->context, s->rounds);
    if (s->rounds > 0)
        emit(&w, 0, s->rounds * s->cores, s->rounds, s->vectors);
    if (s->rounds > 1)
        walker->next(walker->context);
    if (s->rest > 0 && !w.bad)
        emit(&w, s->rounds * s->cores, s->tiles, 1, s->each);
    return !w.bad;
}
