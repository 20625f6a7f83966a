/* weights.c - static weights of a trace: who shares them, the cores they fill, the DRAM they need. */
#include <string.h>

#include "mapping/lives.h"
#include "mapping/nest.h"
#include "mapping/plan.h"

/* ---- which operators share weights ---- */

struct layers { int64_t first, end; };

static struct layers layers_of(const struct fl_block *block, const struct fl_op *op)
{
    struct layers l;
    fl_layers_meant(op->stored, block, &l.first, &l.end);
    return l;
}

static bool same_parameter(const struct fl_weight *w, const struct fl_block *block, const struct fl_op *op)
{
    const struct fl_tensor_use *operand = &op->reads[op->operands - 1];
    bool same = w->tensor == operand->tensor && w->transposed == operand->transposed && w->onward == block->onward;
    int64_t lowest = fl_block_lowest(block);
    return same && (w->onward ? w->stage - w->layer == block->stage - lowest : w->stage == block->stage);
}


int64_t fl_map_held(const struct fl_op *op, const struct fl_mapping *mapping)
{
    return mapping->in_place ? mapping->cores / mapping->cores_g * fl_op_groups_stored(op) : mapping->cores;
}

int64_t fl_weight_cores(const struct fl_weight *weight, const struct fl_op *op)
{
    return weight->tiles / fl_op_groups_stored(op) * op->groups;
}

/* The operator, or if it takes some of the groups of its weights alone, one that takes all. */
static const struct fl_op *whole_of(const struct fl_op *op, struct fl_arena *arena)
{
    if (op->groups == fl_op_groups_stored(op))
        return op;
    struct fl_op *whole = fl_arena_alloc(arena, sizeof *whole);
    *whole = *op;
    whole->groups = fl_op_groups_stored(op);
    whole->first = 0;
    whole->more = false;
    return whole;
}

/* Adds what an operator uses to the weights that have some of its layers already, or as new ones. What they had apart
 * so far is one. */
static void weight_add(struct fl_weights *weights, struct fl_arena *arena, const struct fl_trace *trace, size_t block,
                       const struct fl_op *op)
{
    struct layers l = layers_of(&trace->block[block], op);
    struct fl_weight *kept = NULL;
    for (struct fl_weight *w = weights->first, *before = NULL; w != NULL; w = w->next) {
        bool meets = same_parameter(w, &trace->block[block], op) && w->layer < l.end && l.first < w->layer + w->repeat;
        if (meets) {
            l.first = fl_least(l.first, w->layer);
            l.end = fl_most(l.end, w->layer + w->repeat);
        }
        if (meets && kept != NULL) {
            before->next = w->next;     /* the first of them has it all */
            w = before;
        } else if (meets) {
            kept = w;
        }
        before = w;
    }
    if (kept == NULL) {
        kept = fl_arena_alloc(arena, sizeof *kept);
        const struct fl_tensor_use *operand = &op->reads[op->operands - 1];
        *kept = (struct fl_weight){.op = whole_of(op, arena), .user = op, .block = block, .tensor = operand->tensor,
                                   .transposed = operand->transposed, .stage = trace->block[block].stage,
                                   .onward = trace->block[block].onward};
        struct fl_weight **end = &weights->first;
        while (*end != NULL)
            end = &(*end)->next;
        *end = kept;
    }
    if (kept->onward && kept->repeat > 0)
        kept->stage -= kept->layer - l.first;
    kept->layer = l.first;
    kept->repeat = l.end - l.first;
}

/* ---- cores ---- */

/* Weights stay on the static pool that fits them, else on the first static one, else on the first. */
static int32_t home_of(const struct fl_machine *machine)
{
    int32_t home = -1, rank = 0;
    for (int32_t i = 0; i < machine->pools; i++) {
        const struct fl_pool *pool = &machine->pool[i];
        int32_t fits = fl_pool_streams(pool) || pool->fixed ? 0 : pool->dynamic ? 1 : pool->fit ? 3 : 2;
        if (fits > rank) {
            home = i;
            rank = fits;
        }
    }
    return home;
}

static int64_t tiles_of(const struct fl_op *op, const struct fl_pool *pool, bool *overflow)
{
    const struct fl_grain grain = fl_pool_grain(pool);
    int64_t tiles = fl_product(fl_ceil_div(op->k, grain.k), fl_ceil_div(op->n, grain.n), overflow);
    return fl_product(op->groups, tiles, overflow);
}

/* A fit pool that is nobody's home has cores for the largest product of activations at once. */
static int64_t cores_for_products(const struct fl_trace *trace, const struct fl_pool *pool, bool *overflow)
{
    int64_t cores = 1;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++)
            if (fl_map_is_attention(&trace->block[b].op[i]))
                cores = fl_most(cores, tiles_of(&trace->block[b].op[i], pool, overflow));
    return cores;
}

static bool pools_fit(struct fl_weights *weights, const struct fl_trace *trace, struct fl_machine *machine,
                      struct fl_err *err)
{
    bool overflow = false;
    for (int32_t i = 0; i < machine->pools; i++) {
        struct fl_pool *pool = &machine->pool[i];
        if (!pool->fit)
            continue;
        pool->cores = i == weights->pool ? fl_most(weights->cores, 1) : cores_for_products(trace, pool, &overflow);
        if (overflow)
            return fl_fail(err, NULL, "pool \"%s\" would need more than 2^63 cores", pool->name);
    }
    return true;
}

/* What weights fill on the chip of each stage; what counts is the fullest. */
static bool tiles_count(struct fl_weights *weights, struct fl_arena *arena, const struct fl_machine *machine,
                        struct fl_err *err)
{
    bool overflow = false;
    int64_t stages = fl_chips_stages(&machine->chips);
    int64_t *cores = fl_arena_array(arena, (size_t)stages, sizeof *cores);
    int64_t *staying = fl_arena_array(arena, (size_t)stages, sizeof *staying);
    for (struct fl_weight *w = weights->first; w != NULL; w = w->next) {
        if (w->op->placed == 2 || weights->pool < 0)
            continue;
        w->tiles = tiles_of(w->op, &machine->pool[weights->pool], &overflow);
        int64_t tiles = fl_product(w->tiles, w->onward ? 1 : w->repeat, &overflow);
        for (int64_t s = w->stage; s <= fl_weight_last(w); s++) {
            cores[s] = fl_sum(cores[s], tiles, &overflow);
            staying[s] = fl_sum(staying[s], fl_op_may_stay(w->op) ? tiles : 0, &overflow);
        }
        if (overflow)
            return fl_fail(err, w->op->name, "weights in place would need more than 2^63 cores");
    }
    for (int64_t s = 0; s < stages; s++) {
        weights->cores = fl_most(weights->cores, cores[s]);
        if (staying[s] > weights->staying)
            weights->full = s;
        weights->staying = fl_most(weights->staying, staying[s]);
    }
    return true;
}

bool fl_weights_find(struct fl_weights *weights, struct fl_arena *arena, const struct fl_trace *trace,
                     struct fl_machine *machine, struct fl_err *err)
{
    *weights = (struct fl_weights){.pool = home_of(machine)};
    for (int32_t i = 0; i < machine->pools; i++)
        if (!fl_pool_check(&machine->pool[i], err))
            return false;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++)
            if (fl_op_has_weights(&trace->block[b].op[i]))
                weight_add(weights, arena, trace, b, &trace->block[b].op[i]);
    return tiles_count(weights, arena, machine, err) && pools_fit(weights, trace, machine, err);
}

struct fl_weight *fl_weights_of(const struct fl_weights *weights, const struct fl_trace *trace, size_t block,
                                const struct fl_op *op, int64_t *ahead)
{
    *ahead = 0;
    if (!fl_op_has_weights(op))
        return NULL;
    const struct fl_block *in = &trace->block[block];
    struct layers l = layers_of(in, op);
    struct fl_weight *w = weights->first;
    while (w != NULL && !(same_parameter(w, in, op) && w->layer <= l.first && l.end <= w->layer + w->repeat))
        w = w->next;
    fl_assert(w != NULL);
    *ahead = (in->down ? l.end - 1 : l.first) - w->layer;
    return w;
}

/* A mapping as of all groups of the weights that it keeps. */
static struct fl_mapping whole_mapping(const struct fl_op *op, const struct fl_mapping *mapping)
{
    struct fl_mapping whole = *mapping;
    whole.cores = fl_map_held(op, mapping);
    if (mapping->in_place)
        whole.cores_g = fl_op_groups_stored(op);
    return whole;
}

/* Do two mappings that keep the same weights hold the same tiles on the same cores? */
static bool alike(const struct fl_mapping *a, const struct fl_mapping *b)
{
    return a->engine == b->engine && a->number == b->number &&
           a->tile_k == b->tile_k && a->tile_n == b->tile_n && a->cores_g == b->cores_g &&
           a->cores_k == b->cores_k && a->cores_n == b->cores_n && a->cores_m == b->cores_m;
}

/* Notes with each weight where it stays, or where it was used last. */
static bool homes_find(struct fl_weights *weights, const struct fl_trace *trace, const struct fl_plan *plan,
                       struct fl_err *err)
{
    bool good = true;
    for (size_t i = 0; i < plan->ops; i++) {
        const struct fl_plan_op *p = &plan->op[i];
        int64_t ahead;
        struct fl_weight *w = fl_weights_of(weights, trace, p->block, p->op, &ahead);
        if (w == NULL || (w->stays && !p->mapping.in_place))
            continue;
        struct fl_mapping whole = whole_mapping(p->op, &p->mapping);
        if (w->stays && !alike(&w->mapping, &whole))
            good = fl_fail(err, p->op->name, "its weights stay in place for several operators, which cut them "
                           "differently; give all of them the same tiles and cores");
        w->stays = p->mapping.in_place;
        w->mapping = whole;
    }
    return good;
}

/* Cores that weights in place have taken, by stage and pool. */
typedef int64_t taken_cores[FL_POOLS];

static bool cores_left(const struct fl_plan_op *p, const struct fl_machine *machine, int64_t taken, struct fl_err *err)
{
    const struct fl_pool *pool = &machine->pool[p->mapping.number];
    return p->mapping.cores <= pool->cores - taken ||
           fl_fail(err, p->op->name, "works on %lld cores of pool \"%s\"; weights in place take %lld of its %lld",
                   (long long)p->mapping.cores, pool->name, (long long)taken, (long long)pool->cores);
}

/* The first core of a pool on the chip of a stage, where those of all stages are numbered through. */
static int64_t first_core(const struct fl_machine *machine, int32_t pool, int64_t stage)
{
    return fl_times_held(stage, machine->pool[pool].cores, INT64_MAX / 2);
}

/* Cores of a pool that are taken on the chip of the fullest of some stages. */
static int64_t taken_most(taken_cores *taken, int32_t pool, int64_t stage, int64_t stages)
{
    int64_t most = 0;
    for (int64_t s = stage; s < stage + stages; s++)
        most = fl_most(most, taken[s][pool]);
    return most;
}

/* Gives each weight that stays its cores, on the chip of its stage, or the same ones on those of several. */
static bool cores_take(struct fl_weights *weights, const struct fl_machine *machine, taken_cores *taken,
                       struct fl_err *err)
{
    bool overflow = false;
    const struct fl_weight *over = NULL;
    for (struct fl_weight *w = weights->first; w != NULL; w = w->next) {
        if (!w->stays)
            continue;
        int32_t pool = w->mapping.number;
        int64_t before = taken_most(taken, pool, w->stage, w->onward ? w->repeat : 1);
        int64_t all = fl_product(w->mapping.cores, w->onward ? 1 : w->repeat, &overflow);
        w->core_first = first_core(machine, pool, w->stage) + before;
        for (int64_t s = w->stage; s <= fl_weight_last(w); s++)
            taken[s][pool] = fl_sum(before, all, &overflow);
        if (over == NULL && (overflow || taken[w->stage][pool] > machine->pool[pool].cores))
            over = w;
    }
    if (over == NULL)
        return true;
    const struct fl_pool *pool = &machine->pool[over->mapping.number];
    if (overflow)
        return fl_fail(err, over->op->name, "weights in place would need more than 2^63 cores");
    return fl_fail(err, over->op->name, "weights in place need %lld cores of pool \"%s\", which has %lld; from this "
                   "operator on they find no room: let fewer stay, in larger tiles or fewer copies",
                   (long long)taken[over->stage][over->mapping.number], pool->name, (long long)pool->cores);
}

/* Cores of an operator whose weights stay, and the cores from a repetition to the next. */
static void cores_of_weight(struct fl_plan_op *p, const struct fl_weight *w, int64_t ahead,
                            const struct fl_machine *machine, const struct fl_block *block)
{
    int64_t each = w->onward ? machine->pool[p->mapping.number].cores : w->mapping.cores;
    p->held_first = w->core_first + ahead * each;
    p->held_cores = w->mapping.cores;
    p->core_first = p->held_first + p->op->first * (w->mapping.cores / w->mapping.cores_g);
    p->core_step = !p->op->stored->layered ? 0 : block->down ? -each : each;
}

bool fl_weights_place(struct fl_weights *weights, const struct fl_trace *trace, const struct fl_machine *machine,
                      struct fl_plan *plan, struct fl_err *err)
{
    int64_t ahead;
    taken_cores *taken = fl_calloc((size_t)fl_chips_stages(&machine->chips), sizeof *taken);
    bool good = homes_find(weights, trace, plan, err) && cores_take(weights, machine, taken, err);
    for (size_t i = 0; i < plan->ops && good; i++) {
        struct fl_plan_op *p = &plan->op[i];
        const struct fl_block *block = &trace->block[p->block];
        const struct fl_weight *w = fl_weights_of(weights, trace, p->block, p->op, &ahead);
        if (!fl_on_cores(&p->mapping))
            continue;
        if (w != NULL && p->mapping.in_place) {
            cores_of_weight(p, w, ahead, machine, block);
            continue;
        }
        int32_t pool = p->mapping.number;
        int64_t before = taken_most(taken, pool, block->stage, block->onward ? block->repeat : 1);
        good = cores_left(p, machine, before, err);
        p->core_first = p->held_first = first_core(machine, pool, block->stage) + before;
        p->held_cores = p->mapping.cores;
        p->core_step = block->onward ? machine->pool[pool].cores : 0;
    }
    fl_free(taken);
    return good;
}
