/* optical_step.c - what tiles on cores in lockstep ask of light, memory and modulators, vector by vector. */
#include "machine/machine.h"

/* A step being filled. */
struct fill {
    const struct fl_machine *machine;
    const struct fl_pool *pool;
    const struct fl_laid *laid;
    const struct fl_tiles *work;
    bool *bad;
};

static void fill_light(const struct fill *f, struct fl_step *step)
{
    const struct fl_pool *pool = f->pool;
    const struct fl_tiles *work = f->work;
    struct fl_light_step *light = fl_light_own(step);
    bool *bad = f->bad;
    int64_t rows_each = fl_pool_rows_per_output(pool);
    int64_t inputs = fl_product(work->g.tiles, work->k.size, bad);    /* distinct ones */
    int64_t blocks = fl_product(work->g.tiles, work->k.tiles, bad);   /* cores along one output */

    blocks = fl_product(blocks, work->copies, bad);
    inputs = fl_product(inputs, work->copies, bad);
    step->cores = fl_product(blocks, work->n.tiles, bad);
    int64_t sets = fl_pool_sets_for(pool, work->n.tiles);              /* along one slice of inputs */
    step->sets = pool->shared_input ? fl_product(blocks, sets, bad) : 0;
    light->columns = fl_least(f->laid->tile_k, work->k.size);
    light->rows = fl_pool_samples(pool, fl_least(f->laid->tile_n, work->n.size));
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
    light->operand = f->laid->operand;
    light->non_negative = f->laid->non_negative;
}

/* What is summed for each vector. Offset takes the sum of its inputs (kept digitally, or measured by each tile's
 * reference row) from every finished output, and for signed inputs the row sum of the weights too. */
struct sums {
    int64_t outputs, kept;              /* sums of outputs; with those of inputs beside them */
    int64_t once;                       /* additions a vector takes in all its passes together */
};

static struct sums sums_of(const struct fill *f)
{
    const struct fl_tiles *work = f->work;
    bool *bad = f->bad, offset = fl_signs[f->pool->encoding].sums, row = fl_pool_references(f->pool) > 0;
    int64_t groups = fl_product(work->g.tiles, work->copies, bad);
    struct sums sums = {.outputs = fl_product(groups, work->n.size, bad)};
    int64_t beside = !offset ? 0 : row ? fl_product(groups, work->n.tiles, bad) : groups;
    sums.kept = fl_sum(sums.outputs, beside, bad);
    if (offset && !row)
        sums.once = fl_product(groups, work->k.size, bad);
    if (offset && work->finish)
        sums.once = fl_sum(sums.once, fl_product(sums.outputs, f->laid->non_negative ? 1 : 2, bad), bad);
    if (work->read_sums && !f->laid->accumulate)
        sums.once = fl_sum(sums.once, sums.kept, bad);
    return sums;
}

/* Bits through SRAM and additions for each vector. A vector streamed in several passes has what it takes once shared
 * out among them, rounded up. */
static void fill_memory(const struct fill *f, int64_t passes, struct fl_step *step)
{
    const struct fl_tiles *work = f->work;
    bool *bad = f->bad, spill = !f->laid->accumulate;
    struct sums sums = sums_of(f);
    int64_t inputs = fl_product(fl_product(work->g.tiles, work->copies, bad), work->k.size, bad);
    int64_t kept_bits = fl_product(sums.kept, f->machine->accumulator_bits, bad);

    step->read_bits = fl_ceil_div(fl_product(inputs, f->laid->stream_bits, bad), f->pool->reread ? 1 : passes);
    if (work->finish)
        step->write_bits = fl_ceil_div(fl_product(sums.outputs, f->machine->activation_bits, bad), passes);
    else if (spill)
        step->write_bits = fl_ceil_div(kept_bits, passes);
    if (work->read_sums && spill)
        step->partial_bits = fl_ceil_div(kept_bits, passes);
    fl_light_own(step)->added = fl_sum(fl_light(step)->sampled, fl_ceil_div(sums.once, passes), bad);
}

int64_t fl_tiles_weights(const struct fl_tiles *work, bool *overflow)
{
    return fl_product(fl_product(work->g.tiles, work->k.size, overflow), work->n.size, overflow);
}

int64_t fl_pool_loaded_bits(const struct fl_pool *pool, const struct fl_laid *laid, int64_t weights, bool *overflow)
{
    return fl_product(weights, fl_pool_frames(pool) > 1 ? pool->pixel_bits : laid->load_bits, overflow);
}

/* The tiles that are loaded before, which may be more than those at work. */
static void fill_load(const struct fill *f, bool here, struct fl_step *step)
{
    const struct fl_pool *pool = f->pool;
    const struct fl_tiles *load = f->work;
    struct fl_light_step *light = fl_light_own(step);
    bool *bad = f->bad;
    int64_t rows_each = fl_pool_rows_per_output(pool), weights = fl_tiles_weights(load, bad);
    int64_t tiles = load->g.tiles * load->k.tiles * load->n.tiles * load->copies;
    step->load_from = f->laid->from_dram && !here ? FL_DRAM : FL_SRAM;
    light->load_besides = tiles - step->cores;
    step->load_bits = fl_pool_loaded_bits(pool, f->laid, weights, bad);
    light->load_pixels = fl_product(fl_product(weights, rows_each, bad), load->copies, bad);
    light->load_rows = fl_product(fl_least(f->laid->tile_n, load->n.size), rows_each, bad);
    if (pool->whole_frames) {
        light->load_pixels = fl_product(fl_product(tiles, pool->columns, bad), pool->rows, bad);
        light->load_rows = pool->rows;
    }
    light->load_fresh = f->laid->known && !f->laid->trained ? 0 : tiles;
    if (!f->laid->known && fl_signs[pool->encoding].sums && !f->laid->non_negative)
        light->load_added = weights;    /* row sums of static weights are known beforehand */
}

void fl_optical_step(const struct fl_machine *machine, int32_t number, const struct fl_laid *laid,
                     const struct fl_tiles *work, struct fl_step *step, bool *overflow)
{
    const struct fl_pool *pool = &machine->pool[number];
    struct fill fill = {machine, pool, laid, work, overflow};
    int64_t passes = fl_pool_passes(pool, laid->non_negative);
    *step = (struct fl_step){.kind = FL_STEP_OPTICAL, .engine = number, .load_from = FL_NOWHERE};
    step->vectors = fl_product(work->vectors, passes, overflow);
    step->awaits = work->streamed;
    fill_light(&fill, step);
    fill_memory(&fill, passes, step);
    if (work->load == NULL)
        return;
    fill.work = work->load;
    fill_load(&fill, work->here, step);
}
