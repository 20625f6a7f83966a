/* cover.c - the law every mapping obeys.
 *
 * Two readings. The shape: loops, tiles, cores and sums must be such as the machine can
 * run. Then, for grids small enough, the witness: fl_mapping_visit names every tile and
 * a judge, who shares no code with it, checks that each wanted product is done once, by
 * a core that is free and holds its weights, inputs of an operand in order.
 */
#include "mapping/cover.h"

#include <stdlib.h>
#include <string.h>

#include "mapping/deal.h"
#include "mapping/spread.h"

static const char *const loop_names[4] = {"loop g (groups)", "loop n (outputs)", "loop k (inputs)",
                                          "loop m (vectors)"};

#define FAULT(...) (fl_fail(err, op->name, __VA_ARGS__))

/* ---- the shape ---- */

static bool order_fair(const struct fl_op *op, const struct fl_mapping *mapping, struct fl_err *err)
{
    int times[4] = {0};
    bool fair = true;
    for (int i = 0; i < 4; i++) {
        if (mapping->order[i] < 0 || mapping->order[i] > 3)
            return FAULT("loop %d of the nest is axis %d; 0 to 3 are known", i, mapping->order[i]);
        times[mapping->order[i]]++;
    }
    for (int dim = 0; dim < 4; dim++)
        if (times[dim] != 1)
            fair = FAULT("%s stands %d times in the nest; it must stand once", loop_names[dim], times[dim]);
    return fair;
}

static bool tiles_fair(const struct fl_op *op, const struct fl_grain *grain, const struct fl_mapping *mapping,
                       struct fl_err *err)
{
    bool fair = true;
    if (mapping->tile_k < 1 || mapping->tile_k > grain->k)
        fair = FAULT("%s: tiles of %lld inputs on cores of %lld columns", loop_names[FL_DIM_K],
                     (long long)mapping->tile_k, (long long)grain->k);
    if (mapping->tile_n < 1 || mapping->tile_n > grain->n)
        fair = FAULT("%s: tiles of %lld outputs on cores that give %lld", loop_names[FL_DIM_N],
                     (long long)mapping->tile_n, (long long)grain->n);
    if (mapping->tile_m < 1 || mapping->tile_m > op->m)
        fair = FAULT("%s: blocks of %lld vectors of %lld", loop_names[FL_DIM_M], (long long)mapping->tile_m,
                     (long long)op->m);
    return fair;
}

static bool cores_fair(const struct fl_op *op, const struct fl_pool *pool, const struct fl_mapping *mapping,
                       struct fl_err *err)
{
    const int64_t cores[4] = {mapping->cores_g, mapping->cores_n, mapping->cores_k, mapping->cores_m};
    bool fair = true, overflow = false;
    int64_t all = 1;
    for (int dim = 0; dim < 4; dim++) {
        if (cores[dim] < 1)
            fair = FAULT("%s: %lld cores", loop_names[dim], (long long)cores[dim]);
        all = fl_product(all, cores[dim], &overflow);
    }
    if (fair && (overflow || (all > pool->cores && !(mapping->in_place && pool->fit))))
        fair = FAULT("%lld x %lld x %lld x %lld cores (groups, outputs, inputs, vectors) at once; pool \"%s\" has %lld",
                     (long long)cores[0], (long long)cores[1], (long long)cores[2], (long long)cores[3], pool->name,
                     (long long)pool->cores);
    int64_t sets = fair ? all / cores[FL_DIM_N] * fl_pool_sets_for(pool, cores[FL_DIM_N]) : 0;
    if (fair && sets > fl_pool_sets_most(pool))
        fair = FAULT("%lld slices of inputs at once (cores of groups, inputs and vectors); pool \"%s\" has %lld "
                     "input_sets", (long long)sets, pool->name, (long long)fl_pool_sets_most(pool));
    if (fair && cores[FL_DIM_M] > 1 && op->mask != FL_DENSE)
        fair = FAULT("%s: vectors of a masked product want different tiles and cannot be shared out to %lld cores",
                     loop_names[FL_DIM_M], (long long)cores[FL_DIM_M]);
    if (fair && mapping->cores != all)
        fair = FAULT("%lld cores are said to be occupied; the loops occupy %lld", (long long)mapping->cores,
                     (long long)all);
    return fair;
}

/* Weights in place: one round over weights. Sums in accumulators: all inputs at once, or block by block innermost. */
static bool keeping_fair(const struct fl_op *op, const struct fl_pool *pool, const struct fl_grain *grain,
                         const struct fl_mapping *mapping, struct fl_err *err)
{
    struct fl_nest nest;
    fl_nest_make(&nest, op, mapping);
    bool fair = true;
    if (fl_most(mapping->frames, 1) != fl_pool_frames(pool))
        fair = FAULT("tiles are loaded %lld times, one weight slice after another; pool \"%s\" needs %lld",
                     (long long)fl_most(mapping->frames, 1), pool->name, (long long)fl_pool_frames(pool));
    if (mapping->in_place && (!(fl_op_may_stay(op) || pool->fixed) || mapping->swapped))
        fair = FAULT("only static weights can stay in place");
    for (int dim = 0; dim < 3 && mapping->in_place; dim++)
        if (nest.axis[dim].rounds > 1)
            fair = FAULT("%s: weights in place need one round, not %lld", loop_names[dim],
                         (long long)nest.axis[dim].rounds);
    if (!mapping->accumulate || nest.axis[FL_DIM_K].rounds == 1)
        return fair;
    if (!nest.sums_stay)
        fair = FAULT("%s: another loop turns inside it; partial sums cannot wait in the accumulators",
                     loop_names[FL_DIM_K]);
    if (nest.axis[FL_DIM_M].tile > grain->sums)
        fair = FAULT("%s: blocks of %lld vectors; accumulators hold the partial sums of %lld", loop_names[FL_DIM_M],
                     (long long)nest.axis[FL_DIM_M].tile, (long long)grain->sums);
    return fair;
}

/* What is kept must fit SRAM besides what the operator reads and writes. */
static bool memory_fair(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                        struct fl_err *err)
{
    struct fl_mapping fits = *mapping;
    fl_map_keep(op, machine, &fits);
    int64_t bits = mapping->keep ? fl_map_kept_bits(op, machine, mapping) : 0;
    return bits == 0 || fits.keep ||
           FAULT("keep: %.4g kB from DRAM, %.4g kB of input and output; SRAM has %.4g kB", (double)bits / 8e3,
                 (double)fl_map_working_set_bits(op, machine) / 8e3, (double)machine->sram_bits / 8e3);
}

/* Who streams both operands has no choice. */
static bool streamed_fair(const struct fl_op *op, const struct fl_pool *pool, const struct fl_mapping *mapping,
                          struct fl_err *err)
{
    struct fl_mapping only;
    if (!fl_pool_streams(pool))
        return FAULT("is streamed past pool \"%s\", which holds its weights", pool->name);
    fl_deal_map(op, pool, &only);
    return (fl_mapping_same(&only, mapping) && only.cores == mapping->cores) ||
           FAULT("pool \"%s\" holds no weights: tiles are %lld x %lld x %lld (inputs, outputs, vectors), on %lld x "
                 "%lld cores (inputs, outputs), order=g,n,m,k, and nothing is kept, swapped or in place", pool->name,
                 (long long)only.tile_k, (long long)only.tile_n, (long long)only.tile_m, (long long)only.cores_k,
                 (long long)only.cores_n);
}

/* Nor has who deals loaded tiles one by one. */
static bool spread_fair(const struct fl_op *op, const struct fl_pool *pool, const struct fl_mapping *mapping,
                        struct fl_err *err)
{
    struct fl_mapping only;
    if (!fl_spread_map(op, pool, &only, err))
        return false;
    return (fl_mapping_same(&only, mapping) && only.cores == mapping->cores) ||
           FAULT("pool \"%s\" deals tiles out one by one: they are %lld x %lld (inputs, outputs), vectors are parted "
                 "anywhere, cores_k is %lld, order=g,n,k,m, and nothing is kept, swapped or in place", pool->name,
                 (long long)only.tile_k, (long long)only.tile_n, (long long)only.cores_k);
}

static bool shape_fair(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                       struct fl_err *err)
{
    int32_t engines = fl_machine_engines(machine, mapping->engine);
    if (mapping->number < 0 || mapping->number >= engines)
        return FAULT("%s engine %d; the machine has %d", mapping->engine != NULL ? mapping->engine->kind : "no",
                     mapping->number, engines);
    if (!fl_on_cores(mapping))
        return op->placed != 1 || FAULT("is placed on optical cores, but mapped to the digital unit");
    bool projects = op->type->form == FL_PROJECT;
    if (!fl_op_is_product(op) && !projects)
        return FAULT("is digital work, but mapped to cores");
    if (op->placed == 2)
        return FAULT("is placed on the digital unit, but mapped to cores");
    const struct fl_pool *pool = &machine->pool[mapping->number];
    if (!fl_engine_optical.fits(machine, mapping->number, op, err))
        return false;
    if (projects && !mapping->in_place)
        return FAULT("a random matrix is in place, and is not loaded");
    if (mapping->streams || fl_pool_streams(pool))
        return streamed_fair(op, pool, mapping, err);
    if (mapping->spread || pool->spread)
        return spread_fair(op, pool, mapping, err);
    const struct fl_op view = fl_mapping_view(op, mapping);
    const struct fl_grain grain = mapping->engine->grain(machine, mapping->number);
    bool fair = order_fair(op, mapping, err);
    fair &= tiles_fair(&view, &grain, mapping, err);
    fair &= cores_fair(&view, pool, mapping, err);
    return fair && keeping_fair(op, pool, &grain, mapping, err) && memory_fair(op, machine, mapping, err);
}

/* ---- the witness ---- */

bool fl_judge_open(struct fl_judge *judge, const struct fl_op *op, const struct fl_mapping *mapping,
                   struct fl_err *err)
{
    *judge = (struct fl_judge){.view = fl_mapping_view(op, mapping), .mapping = mapping, .err = err, .fair = true,
                               .any_order = mapping->spread && !mapping->streams};
    op = &judge->view;
    judge->frames = fl_most(mapping->frames, 1);
    const int64_t tile[4] = {1, mapping->tile_n, mapping->tile_k, mapping->tile_m};
    const int64_t size[4] = {op->groups, op->n, op->k, op->m};
    bool overflow = false;
    int64_t cells = 1;
    for (int dim = 0; dim < 4; dim++) {
        judge->tiles[dim] = fl_ceil_div(size[dim], tile[dim]) * (dim == FL_DIM_K ? judge->frames : 1);
        cells = fl_product(cells, judge->tiles[dim], &overflow);
    }
    if (overflow || cells > FL_JUDGE_TILES || mapping->cores > FL_JUDGE_TILES)
        return false;
    judge->seen = fl_calloc((size_t)cells, 1);
    judge->next_k = fl_calloc((size_t)(cells / judge->tiles[FL_DIM_K] * judge->frames), sizeof(int64_t));
    judge->held = fl_calloc((size_t)mapping->cores, sizeof(int64_t));
    judge->busy = fl_calloc((size_t)mapping->cores, sizeof(int64_t));
    return true;
}

/* The vectors that want a tile, by the meaning of the mask: those of tokens t that see one of its positions a .. b, so
 * that past + t - window < b and a <= past + t, or past + t is in no later chunk than b. */
struct wanted { int64_t from, until; };

static struct wanted wanted_of(const struct fl_op *op, const struct fl_mapping *mapping, struct fl_span k,
                               struct fl_span n)
{
    const struct fl_span x = op->mask == FL_CAUSAL_OUT ? n : k;
    int64_t tile = op->mask == FL_CAUSAL_OUT ? fl_least(mapping->tile_n, op->n) : fl_least(mapping->tile_k, op->k);
    int64_t share = op->share > 1 ? op->share : 1, tokens = op->m / share, last = x.first + x.size - 1;
    int64_t from = x.first - op->band.past, until = tokens;
    if (op->mask == FL_DENSE)
        return (struct wanted){0, op->m};
    if (op->band.window > 0 && op->band.window < tokens + op->band.past - last)
        until = last + op->band.window - op->band.past;
    if (op->band.chunk > 0 && op->band.chunk < tokens + op->band.past)
        until = (last / op->band.chunk + 1) * op->band.chunk - op->band.past;
    if (until > 0 && until < tokens)    /* and on, until another tile begins to be wanted */
        until = (until + op->band.past + tile - 1) / tile * tile - op->band.past;
    from = from < 0 ? 0 : from < tokens ? from : tokens;
    until = until < from ? from : until < tokens ? until : tokens;
    return (struct wanted){from * share, until * share};
}

/* A tile's share of an axis of `size`. */
static struct fl_span cell_of(int64_t index, int64_t tile, int64_t size)
{
    int64_t first = index * tile, left = size - first;
    return (struct fl_span){.first = first, .size = tile < left ? tile : left, .tiles = 1};
}

/* Is [first, first + size) the tile number `index` of an axis? */
static bool on_grid(int64_t first, int64_t size, int64_t whole, int64_t tile)
{
    return first >= 0 && first < whole && first % tile == 0 && size == (tile < whole - first ? tile : whole - first);
}

static bool place_fair(const struct fl_judge *judge, const struct fl_tile *t)
{
    const struct fl_op *op = &judge->view;
    const struct fl_mapping *mapping = judge->mapping;
    struct fl_err *err = judge->err;
    if (t->g < 0 || t->g >= op->groups)
        return FAULT("%s: group %lld of %lld", loop_names[FL_DIM_G], (long long)t->g, (long long)op->groups);
    if (!on_grid(t->k, t->ks, op->k, mapping->tile_k))
        return FAULT("%s: inputs %lld + %lld are not a tile", loop_names[FL_DIM_K], (long long)t->k, (long long)t->ks);
    if (!on_grid(t->n, t->ns, op->n, mapping->tile_n))
        return FAULT("%s: outputs %lld + %lld are not a tile", loop_names[FL_DIM_N], (long long)t->n, (long long)t->ns);
    const struct fl_span k = {t->k, t->ks, 1}, n = {t->n, t->ns, 1};
    struct wanted want = wanted_of(op, mapping, k, n);
    int64_t block = t->m / mapping->tile_m * mapping->tile_m, end = block + mapping->tile_m;
    int64_t first = want.from > block ? want.from : block;
    if (t->m != first || t->ms != (end < want.until ? end : want.until) - first)
        return FAULT("%s: vectors %lld + %lld are not what a block wants of the tile", loop_names[FL_DIM_M],
                     (long long)t->m, (long long)t->ms);
    if (t->frame < 0 || t->frame >= judge->frames)
        return FAULT("%s: weight slice %lld of %lld", loop_names[FL_DIM_K], (long long)t->frame,
                     (long long)judge->frames);
    if (t->first_k != (t->k == 0) || t->last_k != (t->k + t->ks == op->k))
        return FAULT("%s: first or last inputs of the operand are marked wrong", loop_names[FL_DIM_K]);
    return true;
}

/* A tile of inputs and its weight slice, as one number. */
static int64_t input_cell(const struct fl_judge *judge, const struct fl_tile *t)
{
    return t->k / judge->mapping->tile_k * judge->frames + t->frame;
}

static bool core_fair(struct fl_judge *judge, const struct fl_tile *t)
{
    const struct fl_op *op = &judge->view;
    struct fl_err *err = judge->err;
    if (t->core < 0 || t->core >= judge->mapping->cores)
        return FAULT("core %lld of %lld", (long long)t->core, (long long)judge->mapping->cores);
    if (t->round < judge->round)
        return FAULT("round %lld comes after round %lld", (long long)t->round, (long long)judge->round);
    judge->round = t->round;
    if (judge->busy[t->core] == t->round + 1)
        return FAULT("core %lld has two tiles in round %lld", (long long)t->core, (long long)t->round);
    judge->busy[t->core] = t->round + 1;
    int64_t k = input_cell(judge, t), n = t->n / judge->mapping->tile_n;
    int64_t weights = 1 + (t->g * judge->tiles[FL_DIM_K] + k) * judge->tiles[FL_DIM_N] + n;
    bool stale = judge->held[t->core] != weights && (!judge->mapping->in_place || judge->held[t->core] != 0);
    if (stale && !t->load)
        return FAULT("core %lld works in round %lld with weights it does not hold", (long long)t->core,
                     (long long)t->round);
    judge->held[t->core] = weights;
    return true;
}

/* Does the block of vectors m want anything of the tile of inputs k and outputs n? Numbers of tiles. */
static bool cell_wanted(const struct fl_judge *judge, int64_t k, int64_t n, int64_t m)
{
    const struct fl_op *op = &judge->view;
    const struct fl_mapping *mapping = judge->mapping;
    struct wanted want = wanted_of(op, mapping, cell_of(k, mapping->tile_k, op->k), cell_of(n, mapping->tile_n, op->n));
    struct fl_span block = cell_of(m, mapping->tile_m, op->m);
    return want.from < block.first + block.size && want.until > block.first && want.from < want.until;
}

bool fl_judge_tile(void *context, const struct fl_tile *t)
{
    struct fl_judge *judge = context;
    const struct fl_op *op = &judge->view;
    struct fl_err *err = judge->err;
    judge->fair = place_fair(judge, t) && core_fair(judge, t);
    if (!judge->fair)
        return false;
    int64_t k = input_cell(judge, t), n = t->n / judge->mapping->tile_n, m = t->m / judge->mapping->tile_m;
    int64_t out = (t->g * judge->tiles[FL_DIM_N] + n) * judge->tiles[FL_DIM_M] + m;
    unsigned char *seen = &judge->seen[out * judge->tiles[FL_DIM_K] + k];
    int64_t *next_k = &judge->next_k[out * judge->frames + t->frame], input = k / judge->frames;
    bool first = *next_k == 0 && input > 0 && !cell_wanted(judge, input - 1, n, m);    /* that the block wants */
    if (*seen)
        judge->fair = FAULT("%s: inputs %lld of outputs %lld are done twice", loop_names[FL_DIM_K], (long long)t->k,
                            (long long)t->n);
    else if (*next_k != input && !first && !judge->any_order)
        judge->fair = FAULT("%s: inputs %lld of outputs %lld come out of order", loop_names[FL_DIM_K],
                            (long long)t->k, (long long)t->n);
    *seen = 1;
    *next_k = input + 1;
    return judge->fair;
}

/* Cells never seen must be wholly masked. */
static bool complete(const struct fl_judge *judge)
{
    const struct fl_op *op = &judge->view;
    const struct fl_mapping *mapping = judge->mapping;
    struct fl_err *err = judge->err;
    int64_t outs = judge->tiles[FL_DIM_G] * judge->tiles[FL_DIM_N] * judge->tiles[FL_DIM_M];
    for (int64_t out = 0; out < outs; out++)
        for (int64_t k = 0; k < judge->tiles[FL_DIM_K]; k++) {
            int64_t m = out % judge->tiles[FL_DIM_M], n = out / judge->tiles[FL_DIM_M] % judge->tiles[FL_DIM_N];
            bool seen = judge->seen[out * judge->tiles[FL_DIM_K] + k];
            if (!seen && cell_wanted(judge, k / judge->frames, n, m))
                return FAULT("inputs %lld of outputs %lld, vectors from %lld, are left out",
                             (long long)(k / judge->frames * mapping->tile_k), (long long)(n * mapping->tile_n),
                             (long long)(m * mapping->tile_m));
        }
    return true;
}

bool fl_judge_close(struct fl_judge *judge)
{
    bool fair = judge->fair && complete(judge);
    fl_free(judge->seen);
    fl_free(judge->next_k);
    fl_free(judge->held);
    fl_free(judge->busy);
    return fair;
}

bool fl_cover(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
              struct fl_err *err)
{
    if (!fl_map_op_check(op, err) || !shape_fair(op, machine, mapping, err))
        return false;
    struct fl_mapping again = *mapping;
    if (!fl_mapping_bound(op, machine, &again, NULL, err))
        return false;
    if (mapping->bound_ps > again.bound_ps)
        return FAULT("claims to need %.0f ps at least; the roofline is %.0f ps", mapping->bound_ps, again.bound_ps);
    struct fl_judge judge;
    if (!fl_on_cores(mapping) || !fl_judge_open(&judge, op, mapping, err))
        return true;
    fl_mapping_visit(op, mapping, fl_judge_tile, &judge);
    return fl_judge_close(&judge);
}
