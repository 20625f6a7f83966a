/* lower.c - from a nest of loops over tiles to loops around steps.
 *
 * Rounds that ask the machine for the same are one loop; what differs gets steps of its
 * own: edges, the first and last inputs of an operand (they read or write other sums),
 * the block of vectors that finds its weights loaded. Under a mask the vectors of a round
 * fall into runs that want the same tiles, and each run is a step; the first of them loads
 * what all of them want.
 */
#include "mapping/nest.h"

struct walk {
    const struct fl_op *op;
    struct fl_op view;
    const struct fl_machine *machine;
    const struct fl_mapping *mapping;
    const struct fl_pool *pool;
    const struct fl_walker *out;
    struct fl_nest nest;
    int64_t round[4];                   /* by enum fl_dim; -1: loop not entered yet */
    int32_t kept;                       /* the axis whose first round alone brings what DRAM gives; -1: none */
    bool overflow;
};

/* Tiles in lockstep and the vectors they share. */
struct work {
    struct fl_span g, k, n;
    int64_t vectors, copies;            /* of each core; cores that share the weights */
    bool read_sums, finish;             /* finish: outputs are complete after this step */
    bool streamed;                      /* what comes from DRAM for its vectors, and the last of it with this step */
    const struct work *load;            /* the tiles that are loaded before; NULL: none */
    bool here;                          /* what is loaded is in SRAM, whatever it was that brought it */
};

/* ---- one step ---- */

/* Bits of a value of the second operand: weights, keys or values. */
static int64_t stored_bits(const struct walk *w)
{
    return fl_map_stored_bits(w->op, w->machine, fl_mapping_pool(w->mapping, w->machine));
}

static void fill_light(struct walk *w, const struct work *work, struct fl_step *step)
{
    const struct fl_pool *pool = w->pool;
    struct fl_light_step *light = fl_light_own(step);
    bool *bad = &w->overflow;
    int64_t rows_each = fl_pool_rows_per_output(pool);
    int64_t inputs = fl_product(work->g.tiles, work->k.size, bad);    /* distinct ones */
    int64_t blocks = fl_product(work->g.tiles, work->k.tiles, bad);   /* cores along one output */

    blocks = fl_product(blocks, work->copies, bad);
    inputs = fl_product(inputs, work->copies, bad);
    step->cores = fl_product(blocks, work->n.tiles, bad);
    int64_t sets = fl_pool_sets_for(pool, work->n.tiles);              /* along one slice of inputs */
    step->sets = pool->shared_input ? fl_product(blocks, sets, bad) : 0;
    light->columns = fl_least(w->nest.axis[FL_DIM_K].tile, work->k.size);
    light->rows = fl_pool_samples(pool, fl_least(w->nest.axis[FL_DIM_N].tile, work->n.size));
    light->converted = fl_product(inputs, pool->shared_input ? sets : work->n.tiles, bad);
    int64_t references = work->n.tiles * fl_pool_references(pool);
    int64_t samples = fl_sum(fl_product(work->n.size, fl_pool_beside(pool), bad), references, bad);
    light->sampled = fl_product(blocks, samples, bad);
    light->detected = fl_product(light->sampled, fl_pool_diodes(pool), bad);
    int64_t lit = pool->gate_rows ? fl_sum(fl_product(work->n.size, rows_each, bad), references, bad)
                                  : fl_product(work->n.tiles, pool->rows, bad);
    if (pool->reach > 0 && !pool->gate_rows)        /* a set lights all of its cores */
        lit = fl_product(fl_product(sets, pool->reach, bad), pool->rows, bad);
    light->lit_rows = fl_product(blocks, lit, bad);
    light->lit_paths = fl_product(inputs, lit, bad);
    light->operand = w->op->k;
    light->non_negative = w->view.sign == FL_NON_NEGATIVE;
}

/* What is summed for each vector. Offset takes the sum of its inputs (kept digitally, or measured by each tile's
 * reference row) from every finished output, and for signed inputs the row sum of the weights too. */
struct sums {
    int64_t outputs, kept;              /* sums of outputs; with those of inputs beside them */
    int64_t once;                       /* additions a vector takes in all its passes together */
};

static struct sums sums_of(struct walk *w, const struct work *work)
{
    const struct fl_pool *pool = w->pool;
    bool *bad = &w->overflow, offset = pool->encoding == FL_SIGN_OFFSET, row = fl_pool_references(pool) > 0;
    int64_t groups = fl_product(work->g.tiles, work->copies, bad);
    struct sums sums = {.outputs = fl_product(groups, work->n.size, bad)};
    int64_t beside = !offset ? 0 : row ? fl_product(groups, work->n.tiles, bad) : groups;
    sums.kept = fl_sum(sums.outputs, beside, bad);
    if (offset && !row)
        sums.once = fl_product(groups, work->k.size, bad);
    if (offset && work->finish)
        sums.once = fl_sum(sums.once, fl_product(sums.outputs, w->view.sign == FL_SIGNED ? 2 : 1, bad), bad);
    if (work->read_sums && !w->mapping->accumulate)
        sums.once = fl_sum(sums.once, sums.kept, bad);
    return sums;
}

/* Bits through SRAM and additions for each vector. A vector streamed in several passes has what it takes once shared
 * out among them, rounded up. */
static void fill_memory(struct walk *w, const struct work *work, int64_t passes, struct fl_step *step)
{
    bool *bad = &w->overflow;
    struct sums sums = sums_of(w, work);
    int64_t inputs = fl_product(fl_product(work->g.tiles, work->copies, bad), work->k.size, bad);
    int64_t kept_bits = fl_product(sums.kept, w->machine->accumulator_bits, bad);
    bool spill = !w->mapping->accumulate;

    int64_t bits = w->mapping->swapped ? stored_bits(w) : w->machine->activation_bits;
    step->read_bits = fl_ceil_div(fl_product(inputs, bits, bad), passes);
    if (work->finish)
        step->write_bits = fl_ceil_div(fl_product(sums.outputs, w->machine->activation_bits, bad), passes);
    else if (spill)
        step->write_bits = fl_ceil_div(kept_bits, passes);
    if (work->read_sums && spill)
        step->partial_bits = fl_ceil_div(kept_bits, passes);
    fl_light_own(step)->added = fl_sum(fl_light(step)->sampled, fl_ceil_div(sums.once, passes), bad);
}

/* Tiles of a step, and their weights. */
static int64_t tiles_of(const struct work *work)
{
    return work->g.tiles * work->k.tiles * work->n.tiles * work->copies;
}

static int64_t weights_of(struct walk *w, const struct work *work)
{
    return fl_product(fl_product(work->g.tiles, work->k.size, &w->overflow), work->n.size, &w->overflow);
}

/* As a whole, or slice by slice. */
static int64_t loaded_bits(struct walk *w, int64_t weights)
{
    int64_t bits = w->mapping->swapped ? w->machine->activation_bits : stored_bits(w);
    return fl_product(weights, fl_pool_frames(w->pool) > 1 ? w->pool->pixel_bits : bits, &w->overflow);
}

/* Does DRAM hold what is loaded? */
static bool from_dram(const struct walk *w)
{
    return fl_op_from_dram(w->op) && !w->mapping->swapped;
}

static void fill_load(struct walk *w, const struct work *work, bool here, struct fl_step *step)
{
    struct fl_light_step *light = fl_light_own(step);
    bool *bad = &w->overflow;
    int64_t rows_each = fl_pool_rows_per_output(w->pool), weights = weights_of(w, work);
    bool linear = fl_op_has_weights(w->op) && !w->mapping->swapped;
    step->load_from = from_dram(w) && !here ? FL_DRAM : FL_SRAM;
    light->load_besides = tiles_of(work) - step->cores;
    step->load_bits = loaded_bits(w, weights);
    light->load_pixels = fl_product(fl_product(weights, rows_each, bad), work->copies, bad);
    light->load_rows = fl_product(fl_least(w->nest.axis[FL_DIM_N].tile, work->n.size), rows_each, bad);
    if (w->pool->whole_frames) {
        light->load_pixels = fl_product(fl_product(tiles_of(work), w->pool->columns, bad), w->pool->rows, bad);
        light->load_rows = w->pool->rows;
    }
    if (!linear && w->pool->encoding == FL_SIGN_OFFSET && w->view.sign == FL_SIGNED)
        light->load_added = weights;     /* row sums of static weights are known beforehand */
}

static void emit(struct walk *w, const struct work *work)
{
    struct fl_step step = {.kind = FL_STEP_OPTICAL, .engine = w->mapping->number, .load_from = FL_NOWHERE};
    int64_t passes = fl_pool_passes(w->pool, w->view.sign);
    step.vectors = fl_product(work->vectors, passes, &w->overflow);
    step.awaits = work->streamed;
    fill_light(w, work, &step);
    fill_memory(w, work, passes, &step);
    if (work->load != NULL)
        fill_load(w, work->load, work->here, &step);
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
static bool emit_stream(struct walk *w, const struct work *work, int64_t vectors)
{
    if (!w->mapping->swapped || !fl_op_from_dram(w->op) || (w->kept >= 0 && w->round[w->kept] > 0))
        return false;
    int64_t values = fl_product(fl_product(work->g.tiles, work->k.size, &w->overflow), vectors, &w->overflow);
    emit_move(w, fl_product(values, stored_bits(w), &w->overflow));
    return true;
}

/* ---- one round ---- */

/* Is this the last weight slice of its tiles? */
static bool last_frame(const struct walk *w)
{
    return (w->round[FL_DIM_K] + 1) % w->nest.axis[FL_DIM_K].frames == 0;
}

/* The axis that a mask cuts, in a piece of work. */
static struct fl_span *context_of(const struct walk *w, struct work *work)
{
    return w->nest.context == FL_DIM_K ? &work->k : &work->n;
}

/* What a round of a masked product loads: all that its vectors want, or, where weights stay, any vector, and that when
 * the first of these comes. False: it finds its weights loaded. */
static bool load_masked(const struct walk *w, struct fl_span m, struct work *load)
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
static bool bring_masked(struct walk *w, struct fl_span m, const struct work *load, bool *streamed)
{
    const struct fl_nest *nest = &w->nest;
    struct work fresh = *load;
    struct fl_span *x = context_of(w, &fresh);
    int64_t tile = nest->axis[nest->context].tile, tiles = 0, end = x->first + x->size, top = m.first + m.size;
    if (w->kept < 0 || top == nest->axis[FL_DIM_M].size)
        return false;                   /* nobody was earlier */
    while (tiles < x->tiles && fl_nest_until(nest, fl_least(x->first + (tiles + 1) * tile, end) - 1) <= top)
        tiles++;
    if (tiles == x->tiles)
        return false;                   /* all of them; they come with the load */
    x->size = tiles * tile;
    *streamed = tiles > 0 && from_dram(w);
    if (*streamed)
        emit_move(w, loaded_bits(w, weights_of(w, &fresh)));
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
static void emit_masked(struct walk *w, struct work work, struct fl_span m, bool last_k)
{
    const struct fl_nest *nest = &w->nest;
    struct fl_span *x = context_of(w, &work), round = *x, left = fl_nest_seers(nest, round, m);
    struct work load = work;
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
static void emit_blocks(struct walk *w, struct work work, struct fl_span m)
{
    int64_t tile = w->nest.axis[FL_DIM_M].tile, shortest = m.size - (m.tiles - 1) * tile;
    bool alike = shortest == tile || m.tiles == 1, streamed = work.streamed;
    work.copies = m.tiles;
    const struct work load = work;
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
    struct work work = {
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

bool fl_walk(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
             const struct fl_walker *walker)
{
    if (!fl_on_cores(mapping)) {
        struct fl_op rest = *op;
        rest.n -= mapping->cached;
        return fl_walk_digital(&rest, machine, mapping->number, walker);
    }
    struct walk w = {.op = op, .machine = machine, .mapping = mapping, .pool = &machine->pool[mapping->number],
                     .out = walker, .round = {-1, -1, -1, -1}};
    w.view = fl_map_view(op, mapping->swapped);
    fl_nest_make(&w.nest, op, mapping);
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
