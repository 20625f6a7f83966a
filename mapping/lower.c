/* lower.c - from a nest of loops over tiles to loops around steps.
 *
 * Rounds that ask the machine for the same are one loop; what differs gets steps of its
 * own: edges, the first and last inputs of an operand (they read or write other sums),
 * the block of vectors that finds its weights loaded. Under a mask the vectors of a round
 * fall into runs that want the same tiles, and each run is a step; the first of them loads
 * what all of them want.
 */
#include "mapping/deal.h"
#include "mapping/spread.h"

struct walk {
    const struct fl_op *op;
    struct fl_op view;
    const struct fl_machine *machine;
    const struct fl_mapping *mapping;
    struct fl_laid laid;
    const struct fl_walker *out;
    struct fl_nest nest;
    int64_t round[4];                   /* by enum fl_dim; -1: loop not entered yet */
    int32_t kept;                       /* the axis whose first round alone brings what DRAM gives; -1: none */
    bool overflow;
};

/* ---- one step ---- */

static void emit(struct walk *w, const struct fl_tiles *work)
{
    struct fl_step step;
    w->mapping->engine->step(w->machine, w->mapping->number, &w->laid, work, &step, &w->overflow);
    if (!w->overflow)
        w->out->step(w->out->context, &step);
}

/* From DRAM to SRAM, before a step needs it. */
static void emit_move(struct walk *w, int64_t bits)
{
    struct fl_step step = {.kind = FL_STEP_MOVE, .load_from = FL_DRAM, .vectors = 1, .load_bits = bits};
    if (!w->overflow && bits > 0)
        w->out->step(w->out->context, &step);
}

/* Weights that are streamed come to SRAM first, as a round's vectors need them; false if none need come. */
static bool emit_stream(struct walk *w, const struct fl_tiles *work, int64_t vectors)
{
    if (!w->mapping->swapped || !fl_op_from_dram(w->op) || (w->kept >= 0 && w->round[w->kept] > 0))
        return false;
    int64_t values = fl_product(fl_product(work->g.tiles, work->k.size, &w->overflow), vectors, &w->overflow);
    emit_move(w, fl_product(values, w->laid.stream_bits, &w->overflow));
    return true;
}

/* ---- one round ---- */

/* Is this the last weight slice of its tiles? */
static bool last_frame(const struct walk *w)
{
    return (w->round[FL_DIM_K] + 1) % w->nest.axis[FL_DIM_K].frames == 0;
}

/* The axis that a mask cuts, in a piece of work. */
static struct fl_span *context_of(const struct walk *w, struct fl_tiles *work)
{
    return w->nest.context == FL_DIM_K ? &work->k : &work->n;
}

/* What a round of a masked product loads: all that its vectors want, or, where weights stay, any vector, and that when
 * the first of these comes. False: it finds its weights loaded. */
static bool load_masked(const struct walk *w, struct fl_span m, struct fl_tiles *load)
{
    const struct fl_nest *nest = &w->nest;
    struct fl_span *x = context_of(w, load);
    if (w->mapping->in_place || (nest->weights_stay && fl_nest_until(nest, x->first + x->size - 1) > m.first + m.size))
        return false;
    if (nest->weights_stay)
        m = (struct fl_span){.size = nest->axis[FL_DIM_M].size};
    *x = fl_nest_seen(nest, *x, m);
    return true;
}

/* Where later blocks find in SRAM what DRAM gave to earlier ones, a block brings those of its tiles that none of these
 * wanted, for its last vectors. True: all that it loads is in SRAM then. */
static bool bring_masked(struct walk *w, struct fl_span m, const struct fl_tiles *load, bool *streamed)
{
    const struct fl_nest *nest = &w->nest;
    struct fl_tiles fresh = *load;
    struct fl_span *x = context_of(w, &fresh);
    int64_t tile = nest->axis[nest->context].tile, tiles = 0, end = x->first + x->size, top = m.first + m.size;
    if (w->kept < 0 || top == nest->axis[FL_DIM_M].size)
        return false;                   /* nobody was earlier */
    while (tiles < x->tiles && fl_nest_until(nest, fl_least(x->first + (tiles + 1) * tile, end) - 1) <= top)
        tiles++;
    if (tiles == x->tiles)
        return false;                   /* all of them; they come with the load */
    x->size = tiles * tile;
    *streamed = tiles > 0 && w->laid.from_dram;
    if (*streamed)
        emit_move(w, fl_pool_loaded_bits(&w->machine->pool[w->mapping->number], &w->laid,
                                         fl_tiles_weights(&fresh, &w->overflow), &w->overflow));
    return true;
}

/* Below which vector sums of a masked product go on to later inputs no more (`go_on`), and from which on they begin
 * with these (`begun`); INT64_MAX: all do, or none. */
struct ends { int64_t go_on, begun; };

static struct ends ends_of(const struct walk *w, struct fl_span x, bool last_k)
{
    const struct fl_nest *nest = &w->nest;
    struct ends ends = {INT64_MAX, INT64_MAX};
    if (nest->context != FL_DIM_K)
        return ends;
    if (!last_k && last_frame(w))
        ends.go_on = fl_nest_from(nest, x.first + x.size);
    if (x.first > 0 && w->round[FL_DIM_K] % nest->axis[FL_DIM_K].frames == 0)
        ends.begun = fl_nest_until(nest, x.first - 1);
    return ends;
}

/* The vectors of a block under a mask, last ones first, in runs that want the same tiles and whose sums end and begin
 * alike. */
static void emit_masked(struct walk *w, struct fl_tiles work, struct fl_span m, bool last_k)
{
    const struct fl_nest *nest = &w->nest;
    struct fl_span *x = context_of(w, &work), round = *x, left = fl_nest_seers(nest, round, m);
    struct fl_tiles load = work;
    bool streamed = false;
    if (left.size == 0)
        return;
    if (load_masked(w, m, &load)) {
        work.load = &load;
        work.here = bring_masked(w, m, &load, &streamed);
    }
    struct ends ends = ends_of(w, round, last_k);
    bool finish = last_k || (nest->context == FL_DIM_K && last_frame(w)), read_sums = work.read_sums;
    for (int64_t top = left.first + left.size, from; top > left.first; top = from) {
        *x = fl_nest_seen(nest, round, (struct fl_span){.first = top - 1, .size = 1});
        from = fl_most(left.first, fl_nest_from(nest, x->first + (x->tiles - 1) * nest->axis[nest->context].tile));
        if (x->first > round.first)
            from = fl_most(from, fl_nest_until(nest, x->first - 1));
        work.finish = finish && top <= ends.go_on;
        work.read_sums = read_sums && top <= ends.begun;
        if (!work.finish && finish)
            from = fl_most(from, ends.go_on);
        if (!work.read_sums && read_sums)
            from = fl_most(from, ends.begun);
        fl_assert(from < top);
        work.vectors = top - from;
        emit(w, &work);
        work.load = NULL;
    }
}

/* Cores that share weights have a block of vectors each; the last one may be shorter and ends before the others. */
static void emit_blocks(struct walk *w, struct fl_tiles work, struct fl_span m)
{
    int64_t tile = w->nest.axis[FL_DIM_M].tile, shortest = m.size - (m.tiles - 1) * tile;
    bool alike = shortest == tile || m.tiles == 1, streamed = work.streamed;
    work.copies = m.tiles;
    const struct fl_tiles load = work;
    work.here = w->kept >= 0 && w->round[w->kept] > 0;
    if (!w->mapping->in_place && (!w->nest.weights_stay || w->round[FL_DIM_M] == 0))
        work.load = &load;
    work.vectors = shortest;
    work.streamed = streamed && alike;
    emit(w, &work);
    if (alike)
        return;
    work.copies--;
    work.vectors = tile - shortest;
    work.load = NULL;
    work.streamed = streamed;
    emit(w, &work);
}

static void emit_round(struct walk *w)
{
    struct fl_nest *nest = &w->nest;
    struct fl_span m = fl_nest_span(nest, FL_DIM_M, w->round[FL_DIM_M]);
    bool last_k = w->round[FL_DIM_K] == nest->axis[FL_DIM_K].rounds - 1;
    struct fl_tiles work = {
        .g = fl_nest_span(nest, FL_DIM_G, w->round[FL_DIM_G]),
        .k = fl_nest_span(nest, FL_DIM_K, w->round[FL_DIM_K]),
        .n = fl_nest_span(nest, FL_DIM_N, w->round[FL_DIM_N]),
        .copies = 1,
        .read_sums = w->round[FL_DIM_K] > 0,
        .finish = last_k,
    };
    work.streamed = emit_stream(w, &work, m.size);
    if (nest->context >= 0)
        emit_masked(w, work, m, last_k);
    else
        emit_blocks(w, work, m);
}

/* ---- loops ---- */

/* How many rounds of an axis, from this one on, ask for the same. */
static int64_t equal_rounds(const struct walk *w, int32_t dim, int64_t round)
{
    const struct fl_nest *nest = &w->nest;
    const struct fl_axis *axis = &nest->axis[dim];
    int64_t full = axis->size / (axis->cores * axis->tile) * axis->frames;  /* rounds that lack nothing */
    int64_t end = round < full ? full : axis->rounds;
    if (dim == FL_DIM_K) {
        end = fl_least(end, axis->rounds - 1);                  /* the last one completes outputs */
        if (!w->mapping->accumulate && round == 0)
            return 1;                                           /* the first one finds no sums */
    }
    if (dim == w->kept && round == 0)
        return 1;                                               /* it brings what stays in SRAM */
    if (dim == FL_DIM_M && nest->context >= 0)
        return 1;
    if (dim == FL_DIM_M && nest->weights_stay && round == 0)
        return 1;                                               /* it loads */
    if (dim == nest->context) {
        /* Rounds whose every position, the one before and the next one after, all vectors see. */
        int64_t before = fl_most(fl_nest_span(nest, dim, round).first - 1, 0);
        if (fl_nest_until(nest, before) < nest->axis[FL_DIM_M].size)
            return 1;
        end = fl_least(end, nest->band.past / (axis->cores * axis->tile) * axis->frames);
    }
    return fl_most(end - round, 1);
}

/* What is left of an axis: a round's share, or all where none is chosen yet. */
static struct fl_span chosen(const struct walk *w, int32_t dim)
{
    if (w->round[dim] >= 0)
        return fl_nest_span(&w->nest, dim, w->round[dim]);
    return (struct fl_span){.size = w->nest.axis[dim].size};
}

/* Is nothing wanted of the rounds chosen so far? */
static bool idle(const struct walk *w)
{
    const struct fl_nest *nest = &w->nest;
    if (nest->context < 0)
        return false;
    return fl_nest_seers(nest, chosen(w, nest->context), chosen(w, FL_DIM_M)).size == 0;
}

static void walk_axis(struct walk *w, int level)
{
    if (level == 4) {
        emit_round(w);
        return;
    }
    int32_t dim = w->nest.order[level];
    int64_t rounds = w->nest.axis[dim].rounds, times = 0;
    for (int64_t round = 0; round < rounds && !w->overflow; round += times) {
        times = equal_rounds(w, dim, round);
        w->round[dim] = round;
        if (idle(w))
            continue;
        if (times > 1)
            w->out->loop(w->out->context, times);
        walk_axis(w, level + 1);
        if (times > 1)
            w->out->next(w->out->context);
    }
    w->round[dim] = -1;
}

/* What all steps of a mapping have in common. */
static struct fl_laid laid_of(const struct walk *w)
{
    const struct fl_op *op = w->op;
    bool swapped = w->mapping->swapped;
    int32_t stored = fl_map_stored_bits(op, w->machine, fl_mapping_pool(w->mapping, w->machine));
    int32_t activation = w->machine->activation_bits;
    return (struct fl_laid){
        .operand = op->k, .tile_k = w->nest.axis[FL_DIM_K].tile, .tile_n = w->nest.axis[FL_DIM_N].tile,
        .non_negative = w->view.sign == FL_NON_NEGATIVE, .stream_bits = swapped ? stored : activation,
        .load_bits = swapped ? activation : stored, .accumulate = w->mapping->accumulate,
        .known = fl_op_has_weights(op) && !swapped, .trained = fl_op_is_trained(op),
        .from_dram = fl_op_from_dram(op) && !swapped};
}

bool fl_walk(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
             const struct fl_walker *walker)
{
    if (!fl_on_cores(mapping)) {
        struct fl_op rest = *op;
        rest.n -= mapping->cached;
        if (mapping->engine->whole != NULL)
            return fl_walk_whole(&rest, machine, mapping, walker);
        return fl_walk_digital(&rest, machine, mapping, walker);
    }
    if (fl_mapping_dealt(mapping)) {
        const struct fl_op view = fl_mapping_view(op, mapping);
        return (mapping->streams ? fl_walk_streamed : fl_walk_spread)(&view, machine, mapping, walker);
    }
    struct walk w = {.op = op, .machine = machine, .mapping = mapping, .out = walker, .round = {-1, -1, -1, -1}};
    w.view = fl_map_view(op, mapping->swapped);
    fl_nest_make(&w.nest, op, mapping);
    w.laid = laid_of(&w);
    w.kept = mapping->keep ? fl_nest_again(&w.nest, op, mapping) : -1;
    walk_axis(&w, 0);
    return !w.overflow;
}

static void build_loop(void *builder, int64_t times) { fl_build_loop(builder, times); }
static void build_next(void *builder) { fl_build_next(builder); }
static void build_step(void *builder, const struct fl_step *step) { fl_build_step(builder, step); }

void fl_mapping_lower(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                      struct fl_builder *builder)
{
    const struct fl_walker walker = {build_loop, build_next, build_step, builder};
    bool counted = fl_walk(op, machine, mapping, &walker);
    fl_assert(counted);                 /* fl_mapping_bound refused what overflows */
}
