/* optical_pass.c - what cores whose tiles are dealt one by one ask of light and memory, vector by vector.
 *
 * They hold nothing, or what a step loads. A vector is a tile on each core at work. What the
 * tiles of a step take together is shared out among its vectors, rounded up: edge tiles and
 * the last cores to work only lower a share. Where charge is summed, outputs are read after
 * some of the vectors alone.
 */
#include "machine/machine.h"

/* Of a core's buffer: what is sent is read there, what comes in is written, and so are the parts of outputs. */
static int64_t buffered(const struct fl_laid *laid, const struct fl_passing *work, int64_t sum_bits, bool *bad)
{
    int64_t inputs = fl_product(fl_product(work->inputs, 2, bad), laid->stream_bits, bad);
    int64_t weights = fl_product(fl_sum(work->weights, work->fetched, bad), laid->load_bits, bad);
    int64_t parts = fl_product(fl_product(work->outputs, 2 * work->parts - 1, bad), sum_bits, bad);
    return fl_sum(fl_sum(inputs, weights, bad), parts, bad);
}

/* Where tiles are loaded: what a vector takes once in all its passes is shared out among them, too. */
static void fill_held(const struct fl_machine *machine, const struct fl_pool *pool, const struct fl_laid *laid,
                      const struct fl_passing *work, int64_t passes, struct fl_step *step, bool *bad)
{
    struct fl_light_step *light = fl_light_own(step);
    int64_t sum_bits = pool->sum_bits > 0 ? pool->sum_bits : machine->accumulator_bits;
    int64_t all = fl_product(work->vectors, passes, bad), reads = pool->reread ? passes : 1;
    int64_t inputs = fl_product(work->inputs, laid->stream_bits, bad), again = fl_product(work->again, sum_bits, bad);
    step->read_bits = fl_ceil_div(fl_product(inputs, reads, bad), all);
    step->write_bits = fl_ceil_div(fl_sum(again, fl_product(work->outputs, machine->activation_bits, bad), bad), all);
    step->partial_bits = fl_ceil_div(again, all);
    light->added = fl_sum(light->sampled, fl_ceil_div(work->again, all), bad);
    if (pool->buffer_bits == 0)
        return;
    /* inputs are written once they have been read, and read for each pass; weights both once; sums are written */
    int64_t weights = fl_product(fl_product(work->placed, 2, bad), laid->load_bits, bad);
    int64_t sums = fl_product(fl_ceil_div(work->read, fl_most(pool->buffer_cores, 1)), sum_bits, bad);
    int64_t moved = fl_sum(fl_product(inputs, reads + passes, bad), fl_product(sums, passes, bad), bad);
    light->buffer_bits = fl_ceil_div(fl_sum(moved, weights, bad), all);
}

/* The tiles that a step loads, on the cores that they are loaded to. */
static void fill_load(const struct fl_pool *pool, const struct fl_laid *laid, const struct fl_passing *work,
                      struct fl_step *step, bool *bad)
{
    struct fl_light_step *light = fl_light_own(step);
    int64_t rows_each = fl_pool_rows_per_output(pool);
    step->load_from = laid->from_dram ? FL_DRAM : FL_SRAM;
    step->load_bits = fl_pool_loaded_bits(pool, laid, work->loaded, bad);
    light->load_besides = fl_least(work->loads, pool->cores) - step->cores;
    light->load_pixels = fl_product(work->placed, rows_each, bad);
    light->load_rows = fl_product(laid->tile_n, rows_each, bad);
    light->load_fresh = laid->known && !laid->trained ? 0 : work->loads;
    if (pool->whole_frames) {
        light->load_pixels = fl_product(fl_product(work->loads, pool->columns, bad), pool->rows, bad);
        light->load_rows = pool->rows;
    }
}

static void fill_memory(const struct fl_machine *machine, const struct fl_pool *pool, const struct fl_laid *laid,
                        const struct fl_passing *work, struct fl_step *step, bool *bad)
{
    struct fl_light_step *light = fl_light_own(step);
    int64_t sum_bits = pool->sum_bits > 0 ? pool->sum_bits : machine->accumulator_bits;
    int64_t again = fl_product(fl_product(work->outputs, work->parts - 1, bad), sum_bits, bad);
    int64_t done = fl_product(work->outputs, machine->activation_bits, bad);

    step->read_bits = fl_ceil_div(fl_product(work->inputs, laid->stream_bits, bad), work->vectors);
    light->weight_bits = fl_ceil_div(fl_product(work->fetched, laid->load_bits, bad), work->vectors);
    step->write_bits = fl_ceil_div(fl_sum(again, done, bad), work->readings);
    step->partial_bits = fl_ceil_div(again, work->readings);
    if (pool->buffer_bits > 0)
        light->buffer_bits = fl_ceil_div(buffered(laid, work, sum_bits, bad), work->vectors);
}

void fl_optical_pass(const struct fl_machine *machine, int32_t number, const struct fl_laid *laid,
                     const struct fl_passing *work, struct fl_step *step, bool *overflow)
{
    const struct fl_pool *pool = &machine->pool[number];
    int64_t set = fl_product(work->weights, fl_pool_rows_per_output(pool), overflow);
    int64_t vectors = work->vectors, passes = fl_pool_passes(pool, laid->non_negative);
    *step = (struct fl_step){.kind = FL_STEP_OPTICAL, .engine = number, .load_from = FL_NOWHERE, .cores = work->cores};
    step->awaits = work->streamed;
    step->sets = pool->shared_input ? fl_ceil_div(work->cores, fl_pool_reach(pool)) : 0;
    *fl_light_own(step) = (struct fl_light_step){
        .columns = fl_product(laid->tile_k, fl_pool_block(pool), overflow),
        .rows = fl_pool_samples(pool, laid->tile_n) * fl_pool_block(pool),
        .converted = fl_ceil_div(work->inputs, vectors), .weights_converted = fl_ceil_div(set, vectors),
        .detected = fl_product(fl_ceil_div(work->products, vectors), fl_pool_diodes(pool), overflow),
        .sampled = fl_ceil_div(work->read, work->readings), .added = fl_ceil_div(work->read, work->readings),
        .operand = laid->operand, .non_negative = laid->non_negative, .readings = work->loads > 0 ? 0 : work->readings};
    int64_t lines = fl_product(pool->rows, fl_pool_block(pool), overflow);
    fl_light_own(step)->lit_rows = fl_ceil_div(fl_product(work->tiles, lines, overflow), vectors);
    fl_light_own(step)->lit_paths = fl_product(fl_light(step)->lit_rows, laid->tile_k, overflow);
    step->vectors = fl_product(vectors, passes, overflow);
    if (work->loads > 0) {
        fill_held(machine, pool, laid, work, passes, step, overflow);
        fill_load(pool, laid, work, step, overflow);
        return;
    }
    fill_memory(machine, pool, laid, work, step, overflow);
    fl_light_own(step)->readings = fl_product(work->readings, passes, overflow);
}
