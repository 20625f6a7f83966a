/* rewrite.c - weights that stay on their cores are loaded: before the run, and anew once they have been updated.
 *
 * Each tile has a core of its own, whose link drives it in while the next tiles come, as many at once as a chunk of
 * DRAM's holds. An update's parameter is written anew as it lies and, where products read it so, transposed, which is
 * on cores of its own. Where a tile is held as other values than its weights, as phases of a mesh, a host works them
 * out: before the run for nothing, anew at its price. Where transposed tiles mirror those as they lie it has them with
 * that: (U S V)' = V' S U'.
 */
#include <math.h>

#include "mapping/lives.h"
#include "mapping/nest.h"
#include "mapping/plan.h"
#include "traces/layer_set.h"

/* ---- which weights ---- */

/* Is the update of a block the last one that writes the parameter there? Then all parts of it are there. */
static bool is_last(const struct fl_block *block, const struct fl_op *op)
{
    for (const struct fl_op *behind = op + 1; behind < block->op + block->ops; behind++)
        if (behind->type->form == FL_UPDATE && behind->writes.tensor == op->writes.tensor)
            return false;
    return true;
}

struct fl_rewrite fl_rewrite_find(const struct fl_weights *weights, const struct fl_block *block,
                                  const struct fl_op *op)
{
    struct fl_rewrite found = {{NULL, NULL}};
    int64_t first, end;
    if (op->type->form != FL_UPDATE || !is_last(block, op))
        return found;
    fl_layers_meant(op->stored, block, &first, &end);
    for (const struct fl_weight *w = weights->first; w != NULL; w = w->next)
        if (w->tensor == op->writes.tensor && w->stays && w->layer < end && first < w->layer + w->repeat &&
            found.of[w->transposed] == NULL)
            found.of[w->transposed] = w;
    return found;
}

/* ---- their tiles ---- */

/* Tells a walker of all tiles of a layer: as many with a step as come in one chunk from DRAM, side by side along
 * inputs first, each to a core of its own. */
static void tiles_walk(const struct fl_weight *w, const struct fl_machine *machine, const struct fl_walker *walker)
{
    struct fl_mapping loaded = w->mapping;
    const struct fl_pool *pool = fl_mapping_pool(&loaded, machine);
    double tile_bits = (double)loaded.tile_k * (double)loaded.tile_n * fl_map_stored_bits(w->op, machine, pool);
    int64_t chunk = fl_whole((double)machine->dma_chunk_bits / tile_bits, 1, INT32_MAX);
    loaded.in_place = loaded.keep = false;
    loaded.tile_m = fl_ceil_div(w->op->m, loaded.cores_m);
    loaded.cores_g = 1;
    loaded.cores_k = fl_least(chunk, fl_ceil_div(w->op->k, loaded.tile_k));
    loaded.cores_n = fl_least(chunk / loaded.cores_k, fl_ceil_div(w->op->n, loaded.tile_n));
    loaded.cores = loaded.cores_m * loaded.cores_k * loaded.cores_n;
    bool counted = fl_walk(w->op, machine, &loaded, walker);
    fl_assert(counted);                 /* fl_dram_check refused what overflows */
}

struct load { struct fl_builder *builder; bool fresh; };

static void load_take(void *context, const struct fl_step *step)
{
    if (step->load_from == FL_NOWHERE)
        return;                         /* vectors that only some of the cores have */
    const struct load *l = context;
    const struct fl_light_step *light = fl_light(step);
    struct fl_step load = {.kind = FL_STEP_OPTICAL, .engine = step->engine, .load_from = FL_DRAM, .cores = step->cores,
                           .load_bits = step->load_bits};
    *fl_light_own(&load) = (struct fl_light_step){.columns = light->columns, .rows = light->rows,
                                                  .load_pixels = light->load_pixels, .load_rows = light->load_rows,
                                                  .load_fresh = l->fresh ? light->load_fresh : 0};
    fl_build_step(l->builder, &load);
}

static void load_loop(void *context, int64_t times) { fl_build_loop(((struct load *)context)->builder, times); }
static void load_next(void *context) { fl_build_next(((struct load *)context)->builder); }

void fl_weight_load(struct fl_builder *builder, const struct fl_weight *weight, const struct fl_machine *machine,
                    bool fresh)
{
    struct load load = {builder, fresh};
    const struct fl_walker walker = {load_loop, load_next, load_take, &load};
    tiles_walk(weight, machine, &walker);
}

/* Does a host work out what its tiles are held as? Not of those that mirror the ones it has had before. */
static bool is_fresh(const struct fl_rewrite *rewrite, int transposed)
{
    const struct fl_weight *first = rewrite->of[0], *w = rewrite->of[transposed];
    return transposed == 0 || first == NULL || first->mapping.number != w->mapping.number ||
           first->mapping.tile_k != w->mapping.tile_n || first->mapping.tile_n != w->mapping.tile_k;
}

/* ---- how long they take ---- */

struct sum {
    const struct fl_machine *machine;
    const struct fl_engine_type *engine;
    int64_t times, stack[FL_LOOP_DEPTH], bits;
    int depth;
    double drive_ps, fresh_ps;          /* into the core that takes longest; of a host, for one tile after another */
    bool fresh, overflow;
};

static void sum_loop(void *context, int64_t times)
{
    struct sum *s = context;
    s->stack[s->depth++] = s->times;
    s->times = fl_product(s->times, times, &s->overflow);
}

static void sum_next(void *context)
{
    struct sum *s = context;
    s->times = s->stack[--s->depth];
}

static void sum_step(void *context, const struct fl_step *step)
{
    struct sum *s = context;
    struct fl_paces paces;
    struct fl_step load = *step;
    if (step->load_from == FL_NOWHERE)
        return;
    if (!s->fresh)
        fl_light_own(&load)->load_fresh = 0;
    s->engine->paces(s->machine, &load, &paces);
    s->bits = fl_sum(s->bits, fl_product(s->times, step->load_bits, &s->overflow), &s->overflow);
    s->drive_ps = fmax(s->drive_ps, paces.load_ps);
    s->fresh_ps += (double)s->times * (double)fl_light(&load)->load_fresh *
                   (double)s->machine->pool[step->engine].fresh_ps;
}

struct fl_weight_load fl_weight_load_find(const struct fl_rewrite *rewrite, int transposed,
                                          const struct fl_machine *machine)
{
    const struct fl_weight *weight = rewrite->of[transposed];
    struct sum s = {.machine = machine, .engine = weight->mapping.engine, .times = 1,
                    .fresh = is_fresh(rewrite, transposed)};
    const struct fl_walker walker = {sum_loop, sum_next, sum_step, &s};
    tiles_walk(weight, machine, &walker);
    double come_ps = machine->ideal_memory ? 0 : (double)s.bits * machine->dram_bit_ps;
    return (struct fl_weight_load){.bits = s.overflow ? INT64_MAX : s.bits, .come_ps = come_ps,
                                   .fresh_ps = s.fresh_ps,
                                   .least_ps = fmax(fmax(come_ps, s.drive_ps), s.fresh_ps),
                                   .settle_ps = (double)machine->pool[weight->mapping.number].settle_ps};
}

void fl_rewrite_build(struct fl_builder *builder, const struct fl_rewrite *rewrite, const struct fl_machine *machine)
{
    for (int transposed = 0; transposed < 2; transposed++)
        if (rewrite->of[transposed] != NULL)
            fl_weight_load(builder, rewrite->of[transposed], machine, is_fresh(rewrite, transposed));
}

void fl_rewrite_bound(const struct fl_rewrite *rewrite, const struct fl_machine *machine, struct fl_plan_op *p)
{
    double come_ps = 0, own_ps = 0;
    struct fl_busiest most = {p->mapping.bound_ps, p->mapping.bound_by};
    struct fl_busy busy = {0};
    if (rewrite->of[0] == NULL && rewrite->of[1] == NULL)
        return;
    if (fl_mapping_busy(p->op, machine, &p->mapping, &busy))
        own_ps = busy.dram_ps + ((double)p->spill_load_bits + (double)p->spill_store_bits) * machine->dram_bit_ps;
    double before_ps = fmax(own_ps - (double)machine->dma_chunk_bits * machine->dram_bit_ps, 0);
    if (machine->dma_chunk_bits == 0)
        before_ps = 0;                  /* all moves at once */
    for (int transposed = 0; transposed < 2; transposed++) {
        const struct fl_weight *w = rewrite->of[transposed];
        if (w == NULL)
            continue;
        const struct fl_weight_load load = fl_weight_load_find(rewrite, transposed, machine);
        const char *by = load.settle_ps > load.least_ps ? w->mapping.engine->settles : w->mapping.engine->loads;
        come_ps += load.come_ps;
        fl_busier(&most, fl_bound_held(load.least_ps + load.settle_ps), by);
        fl_busier(&most, fl_bound_held(before_ps + load.fresh_ps + load.settle_ps), by);
        fl_busier(&most, fl_bound_held(before_ps + come_ps + load.settle_ps), "dram");
    }
    p->mapping.bound_ps = most.ps;
    p->mapping.bound_by = most.by;
}
