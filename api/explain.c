/* explain.c - how a workload would be laid over a machine, in words and numbers; nothing is simulated.
 *
 * The plan says where each operator runs and in what loops; here it is read back as a person
 * would ask for it: what stays, what is loaded again, where sums wait, which bound decided,
 * and what the other strategies would be bound by.
 */
#include <math.h>
#include <string.h>

#include "api/abi.h"
#include "api/attention.h"
#include "api/explain.h"
#include "mapping/nest.h"

static const char *place_of(const struct fl_explain *e, const struct fl_plan_op *op)
{
    if (fl_on_cores(&op->mapping))
        return e->given.machine.pool[op->mapping.number].name;
    return fl_op_is_move(op->op) && !op->mapping.engine->memory ? "dma" : op->mapping.engine->place;
}

/* "outputs 3 > inputs 2 x 8 slices > vectors 4": loops that turn, outermost first. */
static const char *loops_of(struct fl_explain *e, const struct fl_plan_op *op)
{
    static const char *const axes[2][4] = {
        [false] = {[FL_DIM_G] = "groups", [FL_DIM_N] = "outputs", [FL_DIM_K] = "inputs", [FL_DIM_M] = "vectors"},
        [true] = {[FL_DIM_G] = "groups", [FL_DIM_N] = "vectors", [FL_DIM_K] = "inputs", [FL_DIM_M] = "outputs"}};
    struct fl_nest nest;
    const char *text = "";
    if (op->mapping.spread)
        return fl_arena_format(&e->arena, "tiles dealt to %lld cores one by one", (long long)op->mapping.cores);
    fl_nest_make(&nest, &op->piece[op->pieces - 1], &op->mapping);
    for (int i = 0; i < 4; i++) {
        const struct fl_axis *axis = &nest.axis[nest.order[i]];
        if (axis->rounds == 1)
            continue;
        int64_t rounds = axis->rounds / axis->frames;
        const char *between = text[0] != '\0' ? " > " : "";
        if (rounds > 1)
            text = fl_arena_format(&e->arena, "%s%s%s %lld", text, between, axes[op->mapping.swapped][nest.order[i]],
                                   (long long)rounds);
        if (axis->frames > 1)
            text = fl_arena_format(&e->arena, "%s%sslices %lld", text, rounds > 1 ? " x " : between,
                                   (long long)axis->frames);
    }
    return text[0] != '\0' ? text : "one round";
}

/* What fills the cores, from where, how often. */
static const char *weights_of(struct fl_explain *e, const struct fl_plan_op *op, const struct fl_effort *effort)
{
    const struct fl_mapping *map = &op->mapping;
    struct fl_nest nest;
    fl_nest_make(&nest, op->op, map);
    if (fl_mapping_pool(map, &e->given.machine)->fixed)
        return "random and fixed: none is stored or loaded";
    if (map->in_place) {
        int64_t others = (e->given.trace.block[op->block].repeat - 1) * op->core_step;
        int64_t first = op->core_first + fl_least(others, 0), last = op->core_first + fl_most(others, 0);
        return fl_arena_format(&e->arena, "in place, cores %lld to %lld", (long long)first,
                               (long long)(last + map->cores - 1));
    }
    bool stored = fl_op_from_dram(op->op);
    if (map->streams)
        return fl_arena_format(&e->arena, "none: %s from %s, as inputs do",
                               fl_op_has_weights(op->op) ? "weights stream" : "the second operand streams",
                               stored ? "DRAM" : "SRAM");
    const char *from = stored && !map->swapped ? map->keep ? "DRAM once, then SRAM" : "DRAM" : "SRAM";
    const char *what = map->swapped ? "inputs" : fl_op_has_weights(op->op) ? "weights" : "the second operand";
    const char *streamed = !map->swapped ? "" : stored ? "; the other operand streams from DRAM"
                                                       : "; the other operand streams";
    return fl_arena_format(&e->arena, "%.0f loads of %s from %s%s", effort->loads, what, from, streamed);
}

static const char *sums_of(const struct fl_explain *e, const struct fl_plan_op *op)
{
    struct fl_nest nest;
    const struct fl_pool *pool = fl_mapping_pool(&op->mapping, &e->given.machine);
    if (op->mapping.streams)
        return pool->window > 1 ? "as charge, then in the accumulators" : "in the accumulators";
    fl_nest_make(&nest, op->op, &op->mapping);
    if (nest.axis[FL_DIM_K].rounds == 1)
        return nest.axis[FL_DIM_K].tiles == 1 ? "whole" : "added up by the cores of a round";
    return op->mapping.accumulate ? "wait in the accumulators" : "through SRAM";
}

static const char *activations_of(struct fl_explain *e, const struct fl_plan_op *op)
{
    const struct fl_mapping *map = &op->mapping;
    if (map->engine->memory && e->given.machine.sram_bits == 0)
        return "in its memory";
    if (map->engine->memory)
        return fl_arena_format(&e->arena, "in its memory; %.4g kB from and %.4g kB to the chip's SRAM",
                               (double)map->taken_bits / 8e3, (double)map->given_bits / 8e3);
    double load = (double)op->spill_load_bits / 8e3, store = (double)op->spill_store_bits / 8e3;
    if (load > 0 || store > 0)
        return fl_arena_format(&e->arena, "%.4g kB from and %.4g kB to DRAM: SRAM does not hold them", load, store);
    return "in SRAM";
}

/* What each strategy that does not choose among others makes of the operator, as if the machine were its alone. */
static void others_tell(struct fl_explain *e, const struct fl_plan_op *op, struct fl_explained_op *one)
{
    struct fl_alternative *other = fl_arena_array(&e->arena, FL_STRATEGIES, sizeof *other);
    for (const struct fl_mapper *const *m = fl_strategies; *m != NULL; m++) {
        struct fl_mapping mapping;
        if ((*m)->map(op->op, &e->given.machine, &mapping, NULL))
            other[one->others++] = (struct fl_alternative){(*m)->name, mapping.bound_by, mapping.bound_ps * 1e-12};
    }
    one->other = other;
}

static bool told_before(const struct fl_explain *e, size_t at)
{
    const struct fl_plan_op *op = &e->plan.op[at];
    for (size_t i = 0; i < at; i++) {
        const struct fl_op *a = e->plan.op[i].op, *b = op->op;
        bool same = strcmp(a->name, b->name) == 0 && a->m == b->m && a->k == b->k && a->n == b->n &&
                    a->groups == b->groups && memcmp(&a->band, &b->band, sizeof a->band) == 0;
        if (same && e->plan.op[i].mapping.bound_ps == op->mapping.bound_ps)
            return true;
    }
    return false;
}

static void op_tell(struct fl_explain *e, size_t at, void (*tell)(void *, const struct fl_explained_op *),
                    void *context)
{
    const struct fl_plan_op *op = &e->plan.op[at];
    const struct fl_mapping mapping = op->mapping;
    struct fl_effort effort;
    bool bound = fl_plan_op_effort(op, &e->given.machine, &effort);
    fl_assert(bound);                   /* the plan has refused what overflows */
    bool optical = fl_on_cores(&mapping);
    struct fl_explained_op one = {
        .name = op->op->name, .kind = op->op->type->name, .place = place_of(e, op),
        .strategy = mapping.strategy, .groups = op->op->groups, .m = op->op->m, .k = op->op->k, .n = op->op->n,
        .times = e->given.trace.block[op->block].repeat, .bound_s = op->mapping.bound_ps * 1e-12,
        .bound_by = op->mapping.bound_by, .activations = activations_of(e, op),
        .blocks = op->pieces / op->heads, .heads = op->heads,
    };
    if (optical) {
        one.tile_k = mapping.tile_k;
        one.tile_n = mapping.tile_n;
        one.tile_m = mapping.tile_m;
        one.cores = mapping.cores;
        one.loops = loops_of(e, op);
        one.weights = weights_of(e, op, &effort);
        one.sums = sums_of(e, op);
    }
    if (fl_op_is_product(op->op))
        others_tell(e, op, &one);
    tell(context, &one);
}

static void summary_make(struct fl_explain *e, struct fl_explained *summary)
{
    *summary = (struct fl_explained){
        .pools = e->given.machine.pools, .dram_bits = e->plan.dram_bits, .sram_bits = e->plan.sram_bits,
        .sram_capacity_bits = e->given.machine.sram_bits, .status = e->given.machine.status};
    for (int32_t i = 0; i < summary->pools; i++) {
        snprintf(summary->pool[i].name, sizeof summary->pool[i].name, "%s", e->given.machine.pool[i].name);
        summary->pool[i].cores = e->plan.cores[i];
        summary->pool[i].columns = e->given.machine.pool[i].columns;
        summary->pool[i].outputs = fl_pool_outputs(&e->given.machine.pool[i]);
    }
    summary->bound_s = fl_plan_bound_ps(&e->plan) * 1e-12;
    summary->overlaps = e->plan.program.stream != NULL;
    summary->bound_by = e->plan.bound_by;
    struct fl_attention attention;
    fl_attention_find(&attention, &e->plan, &e->given.trace, &e->given.machine);
    summary->attention = attention.where;
    summary->attention_bits = attention.whole_bits;
    summary->attention_held_bits = attention.held_bits;
    summary->attention_least_bits = attention.least_bits;
    summary->attention_dram_bits = attention.dram_bits;
    const char *chips = fl_chips_text(&e->given, &e->arena);
    snprintf(summary->chips, sizeof summary->chips, "%s", chips != NULL ? chips : "");
}

struct explain_ask {
    const struct fl_request *request;
    void (*tell)(void *context, const struct fl_explained_op *operator_);
    void *context;
    struct fl_explained *summary;
    size_t summary_size;
};

static bool explain_tell(void *context, struct fl_err *err)
{
    const struct explain_ask *ask = context;
    struct fl_explain e;
    if (!fl_explain_open(&e, ask->request, err))
        return false;
    struct fl_explained summary;
    summary_make(&e, &summary);
    fl_record_give(ask->summary, ask->summary_size, &summary, sizeof summary);
    for (size_t i = 0; i < e.plan.ops; i++)
        if (!told_before(&e, i))
            op_tell(&e, i, ask->tell, ask->context);
    fl_explain_close(&e);
    return true;
}

bool fanlight_explain_sized(const struct fl_request *request, size_t size,
                            void (*tell)(void *context, const struct fl_explained_op *operator_), void *context,
                            struct fl_explained *summary, size_t summary_size, struct fl_err *err)
{
    struct fl_request own;
    struct explain_ask ask = { &own, tell, context, summary, summary_size };
    return fl_record_take(&own, sizeof own, request, size, "fl_request", err) &&
           fl_guard(explain_tell, &ask, NULL, err);
}
