/* nest.c - axes, rounds and masks in numbers. */
#include "mapping/nest.h"

#include <string.h>

static struct fl_axis axis_of(int64_t size, int64_t tile, int64_t cores, int64_t frames)
{
    struct fl_axis axis = {.size = size, .tile = fl_least(tile, size)};
    axis.tiles = fl_ceil_div(size, axis.tile);
    axis.cores = fl_least(cores, axis.tiles);
    axis.frames = frames;
    axis.rounds = fl_ceil_div(axis.tiles, axis.cores) * frames;
    return axis;
}

/* Does no axis inside `dim` turn, `except` apart? */
static bool innermost(const struct fl_nest *nest, int32_t dim)
{
    for (int i = 3; i >= 0 && nest->order[i] != dim; i--)
        if (nest->axis[nest->order[i]].rounds > 1)
            return false;
    return true;
}

void fl_nest_make(struct fl_nest *nest, const struct fl_op *op, const struct fl_mapping *mapping)
{
    const struct fl_op view = fl_mapping_view(op, mapping);
    op = &view;
    nest->axis[FL_DIM_G] = axis_of(op->groups, 1, mapping->cores_g, 1);
    nest->axis[FL_DIM_N] = axis_of(op->n, mapping->tile_n, mapping->cores_n, 1);
    nest->axis[FL_DIM_K] = axis_of(op->k, mapping->tile_k, mapping->cores_k, fl_most(mapping->frames, 1));
    nest->axis[FL_DIM_M] = axis_of(op->m, mapping->tile_m, mapping->cores_m, 1);
    for (int i = 0; i < 4; i++)
        nest->order[i] = mapping->order[i];
    nest->context = op->mask == FL_CAUSAL_OUT ? FL_DIM_N : op->mask == FL_CAUSAL_IN ? FL_DIM_K : -1;
    nest->share = fl_most(op->share, 1);
    nest->band = op->band;
    nest->weights_stay = innermost(nest, FL_DIM_M);
    nest->sums_stay = innermost(nest, FL_DIM_K);
}

struct fl_span fl_nest_span(const struct fl_nest *nest, int32_t dim, int64_t round)
{
    const struct fl_axis *axis = &nest->axis[dim];
    if (dim == FL_DIM_M && nest->context >= 0)
        round = axis->rounds - 1 - round;
    round /= axis->frames;
    struct fl_span span = {.tiles = fl_least(axis->cores, axis->tiles - round * axis->cores)};
    span.first = round * axis->cores * axis->tile;
    span.size = fl_least(span.tiles * axis->tile, axis->size - span.first);
    return span;
}

int64_t fl_nest_wanted(const struct fl_nest *nest, int32_t dim, bool *overflow)
{
    int64_t values = 1;
    bool inside = false;
    for (int i = 0; i < 4; i++) {
        const struct fl_axis *axis = &nest->axis[nest->order[i]];
        if (nest->order[i] == dim)
            inside = true;
        else
            values = fl_product(values, inside ? axis->size : fl_least(axis->cores * axis->tile, axis->size), overflow);
    }
    return values;
}

/* The first vector of a token, or the number of vectors. */
static int64_t vector_of(const struct fl_nest *nest, int64_t token)
{
    int64_t vectors = nest->axis[FL_DIM_M].size;
    return token >= fl_ceil_div(vectors, nest->share) ? vectors : token * nest->share;
}

int64_t fl_nest_from(const struct fl_nest *nest, int64_t x)
{
    return nest->context < 0 ? 0 : vector_of(nest, fl_band_from(&nest->band, x));
}

int64_t fl_nest_until(const struct fl_nest *nest, int64_t x)
{
    if (nest->context < 0)
        return nest->axis[FL_DIM_M].size;
    int64_t tile = nest->axis[nest->context].tile, end = fl_band_until(&nest->band, x), start;
    if (end == 0)
        return 0;
    if (!fl_plus(end, nest->band.past + tile - 1, &start))
        return nest->axis[FL_DIM_M].size;
    return vector_of(nest, start / tile * tile - nest->band.past);
}

struct fl_span fl_nest_seers(const struct fl_nest *nest, struct fl_span x, struct fl_span m)
{
    int64_t first = fl_most(m.first, fl_nest_from(nest, x.first));
    int64_t end = fl_least(m.first + m.size, fl_nest_until(nest, x.first + x.size - 1));
    return (struct fl_span){.first = first, .size = fl_most(end - first, 0), .tiles = m.tiles};
}

struct fl_span fl_nest_seen(const struct fl_nest *nest, struct fl_span x, struct fl_span m)
{
    int64_t tile = nest->axis[nest->context].tile, last = nest->band.past + (m.first + m.size - 1) / nest->share;
    int64_t own = nest->band.past + m.first / nest->share, token = fl_most(own / tile * tile - nest->band.past, 0);
    int64_t low = fl_most(fl_band_first(&nest->band, token) - x.first, 0) / tile;
    int64_t high = fl_least(fl_ceil_div(fl_most(last + 1 - x.first, 0), tile), x.tiles);
    struct fl_span seen = {.first = x.first + low * tile, .tiles = fl_most(high - low, 0)};
    seen.size = fl_least(x.size - low * tile, seen.tiles * tile);
    return seen;
}

int32_t fl_nest_again(const struct fl_nest *nest, const struct fl_op *op, const struct fl_mapping *mapping)
{
    int32_t dim = mapping->swapped ? FL_DIM_N : FL_DIM_M;
    bool dram = fl_op_from_dram(op);
    bool once = nest->axis[dim].rounds == 1 || mapping->in_place || (!mapping->swapped && nest->weights_stay);
    return dram && !once ? dim : -1;
}

bool fl_mapping_same(const struct fl_mapping *a, const struct fl_mapping *b)
{
    return a->engine == b->engine && a->number == b->number &&
           a->tile_k == b->tile_k && a->tile_n == b->tile_n && a->tile_m == b->tile_m &&
           a->cores_g == b->cores_g && a->cores_k == b->cores_k && a->cores_n == b->cores_n &&
           a->cores_m == b->cores_m && memcmp(a->order, b->order, sizeof a->order) == 0 && a->swapped == b->swapped &&
           a->streams == b->streams && a->spread == b->spread && a->runs_on == b->runs_on &&
           a->keep == b->keep && a->in_place == b->in_place && a->accumulate == b->accumulate;
}
