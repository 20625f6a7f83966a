/* space.c - mappings by cuts, and their bound in closed form.
 *
 * The closed form must stay below the roofline (bound.c) of every mapping it stands for,
 * for the search passes these by unseen. So each line here is a line there, summed over
 * rounds: what a resource issues, what lies between the vectors of a tile, the dark time
 * between tiles. What the roofline leaves out, the last interval where the converter is
 * not what paces the light, is left out here too.
 */
#include "mapping/space.h"

#include <math.h>
#include <string.h>

/* The roofline rounds down twice, to ps and to what an edge may lie early, and its tail by as much. */
static const double ROUNDED_PS = 4, ROUNDED = 1e-9;

static const int32_t orders[FL_ORDERS][4] = {
    [FL_LOADED_ONCE] = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M},
    [FL_SUMS_STAY] = {FL_DIM_G, FL_DIM_N, FL_DIM_M, FL_DIM_K},
    [FL_STREAMED_ONCE] = {FL_DIM_G, FL_DIM_M, FL_DIM_K, FL_DIM_N},
};

void fl_space_make(struct fl_space *space, const struct fl_op *op, const struct fl_machine *machine, int32_t pool,
                   bool swapped, bool stay)
{
    const struct fl_pool *p = &machine->pool[pool];
    *space = (struct fl_space){.op = op, .machine = machine, .pool = p, .index = pool, .swapped = swapped,
                               .stay = stay, .view = fl_map_view(op, swapped)};
    space->passes = (double)fl_pool_passes(p, space->view.sign);
    space->pace[FL_DIM_K] = (struct fl_pace){p->dac_lanes, 1, 0, p->dac_ps, 0};
    space->pace[FL_DIM_N] = (struct fl_pace){p->adc_lanes, fl_pool_beside(p), fl_pool_references(p), p->adc_ps,
                                             fmax(p->source_ps, p->detector_ps)};
}

struct fl_cut fl_space_vectors(const struct fl_space *space, int64_t cores)
{
    return fl_cut_make(space->view.m, fl_ceil_div(space->view.m, cores), cores, space->pace[FL_DIM_M]);
}

static int64_t held(const struct fl_space *s) { return fl_pool_grain(s->pool).sums; }

int64_t fl_space_blocks(const struct fl_space *s, const struct fl_cut *const cut[4], enum fl_order order)
{
    bool sums = cut[FL_DIM_K]->rounds * fl_pool_frames(s->pool) > 1;
    bool again = order == FL_SUMS_STAY && sums && cut[FL_DIM_M]->tile > held(s) && !s->stay;
    return again ? fl_ceil_div(cut[FL_DIM_M]->tile, held(s)) : 1;
}

struct fl_mapping fl_space_mapping(const struct fl_space *s, const struct fl_cut *const cut[4], enum fl_order order)
{
    struct fl_mapping mapping = {
        .strategy = "search", .engine = &fl_engine_optical, .number = s->index,
        .swapped = s->swapped, .in_place = s->stay,
        .frames = fl_pool_frames(s->pool),
        .tile_k = cut[FL_DIM_K]->tile, .tile_n = cut[FL_DIM_N]->tile, .tile_m = cut[FL_DIM_M]->tile,
        .cores_g = cut[FL_DIM_G]->cores, .cores_k = cut[FL_DIM_K]->cores, .cores_n = cut[FL_DIM_N]->cores,
        .cores_m = cut[FL_DIM_M]->cores,
    };
    memcpy(mapping.order, orders[order], sizeof mapping.order);
    mapping.cores = mapping.cores_g * mapping.cores_k * mapping.cores_n * mapping.cores_m;
    if (order == FL_SUMS_STAY && mapping.tile_m > held(s))
        mapping.tile_m = fl_ceil_div(mapping.tile_m, fl_ceil_div(mapping.tile_m, held(s)));
    fl_map_sums(s->op, s->pool, &mapping);
    fl_map_keep(s->op, s->machine, &mapping);
    return mapping;
}

/* ---- what no mapping of cuts can beat ---- */

/* Frames and light of one core; `pixels` are all that is loaded. */
static double dense_ps(const struct fl_space *s, const struct fl_cut *const cut[4], double blocks, double pixels)
{
    const struct fl_pool *pool = s->pool;
    double frames = (double)fl_pool_frames(pool), k = (double)cut[FL_DIM_K]->rounds * frames;
    double g = (double)cut[FL_DIM_G]->rounds, n = (double)cut[FL_DIM_N]->rounds;
    double vectors = s->passes * (double)cut[FL_DIM_M]->tile, light = g * k * cut[FL_DIM_N]->paced_ps;
    double slowest = fmax(pool->source_ps, pool->detector_ps);
    double ps = fmax(light * vectors - slowest, g * k * n * slowest * vectors);
    ps = fmax(ps, g * k * cut[FL_DIM_N]->issue_ps * vectors);
    ps = fmax(ps, g * n * frames * cut[FL_DIM_K]->issue_ps * vectors);
    if (s->stay)
        return ps;
    double cores = (double)(cut[FL_DIM_G]->cores * cut[FL_DIM_K]->cores * cut[FL_DIM_N]->cores);
    double rows = (double)(cut[FL_DIM_N]->lines * fl_pool_rows_per_output(pool));
    double load = fmax(pixels / cores * pool->load_pixel_ps, g * k * rows * (double)pool->row_ps * blocks);
    double settle = pool->settle_in_light ? 0 : (double)pool->settle_ps;
    double dark = g * k * n * blocks * settle + (pool->back_frames == 0 ? load : 0);
    return fmax(ps, fmax(load, dark + light * fmax(vectors - blocks, 0)));
}

/* Under a mask all that counts is how many of the wanted products a vector, or a frame, can do at most. */
static double masked_ps(const struct fl_space *s, const struct fl_cut *const cut[4], double blocks)
{
    const struct fl_op *op = &s->view;
    double inputs = fmin((double)(cut[FL_DIM_K]->cores * cut[FL_DIM_K]->tile), (double)op->k);
    double outputs = fmin((double)(cut[FL_DIM_N]->cores * cut[FL_DIM_N]->tile), (double)op->n);
    double vectors = (double)op->macs / ((double)cut[FL_DIM_G]->cores * inputs * outputs);
    double block = ceil((double)op->m / blocks), frames = (double)fl_pool_frames(s->pool);
    double interval = fmax(fmax(s->pool->source_ps, s->pool->detector_ps), s->pool->adc_ps);
    double settle = s->pool->settle_in_light ? 0 : (double)s->pool->settle_ps;
    return frames * fmax(vectors * s->passes * interval, vectors / block * settle);
}

/* Bits that every weight, or value in a weight's place, takes on its way: as a whole, or slice by slice. */
static double loaded_bits(const struct fl_space *s)
{
    int64_t frames = fl_pool_frames(s->pool);
    int32_t whole = fl_map_stored_bits(s->op, s->machine, s->pool);
    return frames > 1 && !s->swapped ? (double)(frames * s->pool->pixel_bits) : whole;
}

static void effort_least(const struct fl_space *s, const struct fl_cut *const cut[4], double blocks,
                         struct fl_effort *least)
{
    const struct fl_op *op = &s->view;
    bool dense = op->mask == FL_DENSE;
    double wanted = (double)op->macs / (double)op->k / (double)op->n, frames = (double)fl_pool_frames(s->pool);
    double k_tiles = dense ? (double)fl_ceil_div(op->k, cut[FL_DIM_K]->tile) : 1;
    double n_tiles = dense ? (double)fl_ceil_div(op->n, cut[FL_DIM_N]->tile) : 1;
    double n_rounds = dense ? (double)cut[FL_DIM_N]->rounds : 1;
    double weights = (double)op->macs / (double)op->m;
    double from_dram = (double)op->macs / (double)(s->swapped ? op->n : op->m);
    double vectors = wanted * frames * s->passes;
    *least = (struct fl_effort){
        .converted = vectors * (double)op->k * (s->pool->shared_input ? n_rounds : n_tiles),
        .sampled = vectors * (double)op->n * (double)fl_pool_beside(s->pool) * k_tiles,
        .load_pixels = s->stay ? 0 : frames * weights * (double)fl_pool_rows_per_output(s->pool) * (dense ? blocks : 1),
        .dram_bits = s->stay || !fl_op_from_dram(op) ? 0 : from_dram * loaded_bits(s),
    };
    least->added = least->sampled;
    least->detected = least->sampled * (double)fl_pool_diodes(s->pool);
    int32_t stored = fl_map_stored_bits(op, s->machine, s->pool);
    double reads = s->swapped ? stored : s->machine->activation_bits;
    double writes = (double)op->n * s->machine->activation_bits;
    least->sram_bits = wanted * ((double)op->k * n_rounds * frames * reads + writes);
}

double fl_space_least(const struct fl_space *s, const struct fl_cut *const cut[4], int64_t blocks,
                      struct fl_effort *least)
{
    effort_least(s, cut, (double)blocks, least);
    double ps = s->view.mask == FL_DENSE ? dense_ps(s, cut, (double)blocks, least->load_pixels)
                                         : masked_ps(s, cut, (double)blocks);
    if (!s->machine->ideal_memory)
        ps = fmax(ps, fmax(least->dram_bits * s->machine->dram_bit_ps, least->sram_bits * s->machine->sram_bit_ps));
    return fmax(ps * (1 - ROUNDED) - ROUNDED_PS, 0);
}
