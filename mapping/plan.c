/* plan.c - a whole trace on a machine: mappings, cores, memory, and the two programs.
 *
 * A machine is the same under every strategy: a pool of `fit` cores has as many as the
 * trace's static weights fill, tile by tile, whether they stay there or not. The run
 * program repeats a block's operators in a loop (layers); the setup program loads what
 * stays.
 */
#include <math.h>
#include <string.h>

#include "mapping/nest.h"
#include "mapping/plan.h"
#include "mapping/search.h"

enum { FAULTS_TOLD = 10 };

/* ---- which strategy for which operator ---- */

struct choice {
    const struct fl_mapper *mapper;     /* NULL: auto, or search */
    bool search;
    bool can_stay;                      /* all static weights fit the home pool in place */
    bool stay_only;                     /* and shall stay there */
    struct fl_machine whole, home, rest;    /* rest: what weights in place leave */
};

static bool is_product(const struct fl_op *op) { return op->kind == FL_OP_LINEAR || op->kind == FL_OP_MATMUL; }

static void keep_better(struct fl_mapping *best, bool *found, const struct fl_mapping *other)
{
    if (!*found || other->bound_ps < best->bound_ps)
        *best = *other;
    *found = true;
}

static bool choose_auto(const struct choice *choice, const struct fl_op *op, struct fl_mapping *mapping,
                        struct fl_err *err)
{
    const struct fl_mapper *stay = fl_mapper_find("weights_in_place");
    struct fl_mapping other;
    bool found = false;
    for (const struct fl_mapper *const *m = fl_mappers; *m != NULL; m++) {
        const struct fl_machine *machine = choice->can_stay ? &choice->rest : &choice->whole;
        if (*m == stay)
            machine = &choice->home;
        if (!(*m)->chooses && (*m != stay || choice->can_stay) && (*m)->map(op, machine, &other, err))
            keep_better(mapping, &found, &other);
    }
    struct fl_search search = {.op = op, .machine = choice->can_stay ? &choice->rest : &choice->whole, .wanted = 1,
                               .stay = FL_STAY_NEVER};
    if (choice->search && fl_search_op(&search, err))
        keep_better(mapping, &found, &search.found[0].mapping);
    return found;
}

/* A named strategy maps what it can, weight_stationary the rest; products without cores are digital work. */
static bool choose_named(const struct choice *choice, const struct fl_op *op, struct fl_mapping *mapping,
                         struct fl_err *err)
{
    const struct fl_mapper *mapper = choice->mapper;
    const struct fl_machine *machine = &choice->whole;
    if (choice->stay_only) {
        machine = op->kind == FL_OP_LINEAR ? &choice->home : &choice->rest;
        if (op->kind == FL_OP_MATMUL)
            mapper = fl_mapper_find("weight_stationary");
    }
    if (mapper->map(op, machine, mapping, err))
        return true;
    bool named = mapper != fl_mapper_find("digital") && !choice->stay_only;
    if (named && fl_mapper_find("weight_stationary")->map(op, machine, mapping, NULL))
        return true;
    bool digital = op->kind == FL_OP_MATMUL || machine->pools == 0;
    return digital && fl_map_digital(op, machine, mapping, err);
}

static bool choose(const struct choice *choice, const struct fl_op *op, struct fl_mapping *mapping,
                   struct fl_err *err)
{
    struct fl_err why = {0};
    bool found = false;
    if (!is_product(op) || op->placed == 2)
        found = fl_map_digital(op, &choice->whole, mapping, &why);
    else if (choice->mapper == NULL)
        found = choose_auto(choice, op, mapping, &why);
    else
        found = choose_named(choice, op, mapping, &why);
    if (!found)
        fl_fail(err, NULL, "%.*s", why.used > 0 ? (int)why.used - 1 : 0, fl_err_text(&why));
    fl_err_free(&why);
    return found;
}

/* Views of the machine: all of it, the home of weights in place alone, and what these leave. */
static bool choice_make(struct choice *choice, const struct fl_weights *weights, const struct fl_machine *machine,
                        const char *strategy, struct fl_err *err)
{
    choice->mapper = fl_mapper_find(strategy);
    if (choice->mapper == NULL)
        return fl_fail(err, NULL, "no mapper \"%s\"; `fanlight list mappers` names them", strategy);
    choice->whole = choice->home = choice->rest = *machine;
    choice->stay_only = strcmp(strategy, "weights_in_place") == 0 && machine->pools > 0;
    int32_t home = weights->pool;
    if (home >= 0) {
        const struct fl_pool *pool = &machine->pool[home];
        choice->can_stay = weights->cores <= pool->cores;
        choice->rest.pool[home].cores -= fl_least(weights->cores, pool->cores);
        choice->rest.pool[home].fit = false;
        for (int32_t i = 0; i < machine->pools; i++)
            if (i != home) {
                choice->home.pool[i].cores = 0;
                choice->home.pool[i].fit = false;
            }
        if (choice->stay_only && !choice->can_stay)
            return fl_fail(err, NULL, "weights in place need %lld cores of pool \"%s\", which has %lld; give it "
                           "cores = \"fit\", or choose another mapper", (long long)weights->cores, pool->name,
                           (long long)pool->cores);
    }
    choice->search = strcmp(strategy, "search") == 0;
    if (choice->mapper->chooses)
        choice->mapper = NULL;
    return true;
}

/* ---- mapping every operator ---- */

static bool blocks_check(const struct fl_trace *trace, size_t *ops, struct fl_err *err)
{
    int before = err->faults;
    *ops = 0;
    for (size_t b = 0; b < trace->blocks; b++) {
        const struct fl_block *block = &trace->block[b];
        if (block->repeat < 1)
            fl_fail(err, NULL, "block %zu is repeated %lld times; 1 or more are possible", b,
                    (long long)block->repeat);
        for (size_t i = 0; i < block->ops && err->faults - before < FAULTS_TOLD; i++)
            fl_map_op_check(&block->op[i], err);
        *ops += block->ops;
    }
    return err->faults == before;
}

static bool ops_map(struct fl_plan *plan, const struct fl_trace *trace, const struct choice *choice,
                    struct fl_weights *weights, struct fl_err *err)
{
    int before = err->faults;
    struct fl_effort sum = {0}, effort;
    struct fl_plan_op *p = plan->op;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops && err->faults - before < FAULTS_TOLD; i++, p++) {
            p->op = &trace->block[b].op[i];
            p->block = b;
            if (!choose(choice, p->op, &p->mapping, err) ||
                !fl_mapping_bound(p->op, &choice->whole, &p->mapping, &effort, err))
                continue;
            if (!fl_effort_add(&sum, &effort, (double)trace->block[b].repeat))
                return fl_fail(err, p->op->name, "counts of the whole run would not fit 63 bits");
            plan->sram_bits = fl_most(plan->sram_bits, fl_map_working_set_bits(p->op, &choice->whole));
            fl_weights_settle(weights, trace, p);
        }
    return err->faults == before;
}

/* Bits of the largest sum of an operator: a conversion's, one more for each doubling of the tiles added up, and the
 * places by which slices are shifted. */
static int64_t sum_bits(const struct fl_op *op, const struct fl_pool *pool, const struct fl_mapping *mapping)
{
    int64_t bits = pool->output_bits + (fl_pool_input_slices(pool) - 1) * pool->dac_bits +
                   (fl_pool_weight_slices(pool) - 1) * pool->pixel_bits;
    for (int64_t tiles = fl_ceil_div(op->k, mapping->tile_k); tiles > 1; tiles = fl_ceil_div(tiles, 2))
        bits++;
    return bits;
}

static bool sums_check(const struct fl_plan *plan, const struct fl_machine *machine, struct fl_err *err)
{
    for (size_t i = 0; i < plan->ops; i++) {
        const struct fl_plan_op *p = &plan->op[i];
        int64_t bits = p->mapping.pool < 0 ? 0 : sum_bits(p->op, &machine->pool[p->mapping.pool], &p->mapping);
        if (bits > machine->accumulator_bits)
            return fl_fail(err, p->op->name, "its sums take %lld bits, and machine.accumulator_bits is %d",
                           (long long)bits, machine->accumulator_bits);
    }
    return true;
}

/* What is bound to run past the end of time is not begun: no simulation is faster than its bounds. */
static bool time_check(const struct fl_plan *plan, const struct fl_trace *trace, struct fl_err *err)
{
    double sum = 0, most = 0;
    const struct fl_plan_op *longest = NULL;
    for (size_t i = 0; i < plan->ops; i++) {
        const struct fl_plan_op *p = &plan->op[i];
        double ps = p->mapping.bound_ps * (double)trace->block[p->block].repeat;
        sum += ps;
        if (ps > most)
            longest = p;
        most = fmax(most, ps);
    }
    if (sum <= (double)FL_TIME_END)
        return true;
    return fl_fail(err, longest->op->name, "simulated time would run past its end (106 days): the run takes %.0f days "
                   "at least, %.3g %% of them here, for \"%s\"; try fewer layers or tokens, or a faster machine",
                   sum / 864e14, 100 * most / sum, longest->mapping.bound_by);
}

/* ---- programs ---- */

/* Activations that come from DRAM or go there, because SRAM does not hold them. */
static void spill_build(struct fl_builder *builder, int64_t bits, bool store)
{
    struct fl_step step = {.kind = FL_STEP_MOVE, .load_from = store ? FL_SRAM : FL_DRAM, .vectors = 1,
                           .load_bits = bits, .store = store};
    if (bits > 0)
        fl_build_step(builder, &step);
}

static void run_build(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_machine *machine)
{
    struct fl_builder *builder = &plan->builder;
    size_t next = 0;
    for (size_t b = 0; b < trace->blocks; b++) {
        const struct fl_block *block = &trace->block[b];
        if (block->ops == 0)
            continue;
        if (block->repeat > 1)
            fl_build_loop(builder, block->repeat);
        for (size_t i = 0; i < block->ops; i++, next++) {
            const struct fl_plan_op *p = &plan->op[next];
            fl_build_code(builder, FL_OP);
            spill_build(builder, p->spill_load_bits, false);
            fl_mapping_lower(p->op, machine, &p->mapping, builder);
            spill_build(builder, p->spill_store_bits, true);
            fl_build_code(builder, FL_END_OP);
        }
        if (block->repeat > 1)
            fl_build_next(builder);
    }
    fl_build_code(builder, FL_HALT);
    plan->program = fl_builder_program(builder);
}

static void setup_take(void *context, const struct fl_step *step)
{
    struct fl_step load = {.kind = FL_STEP_OPTICAL, .pool = step->pool, .load_from = FL_DRAM, .cores = step->cores,
                           .columns = step->columns, .rows = step->rows, .load_bits = step->load_bits,
                           .load_pixels = step->load_pixels, .load_rows = step->load_rows};
    fl_build_step(context, &load);
}

/* One operator that loads all that stays, one operator's cores after the other's. */
static void setup_build(struct fl_plan *plan, const struct fl_weights *weights, const struct fl_machine *machine)
{
    struct fl_builder *builder = &plan->setup_builder;
    const struct fl_walker walker = {.step = setup_take, .context = builder};
    for (const struct fl_weight *w = weights->first; w != NULL; w = w->next) {
        if (!w->stays)
            continue;
        if (builder->insts == 0)
            fl_build_code(builder, FL_OP);
        struct fl_mapping loaded = w->mapping;
        loaded.in_place = false;
        fl_build_loop(builder, w->repeat);
        bool counted = fl_walk(w->op, machine, &loaded, &walker);
        fl_assert(counted);             /* fl_dram_check refused what overflows */
        fl_build_next(builder);
    }
    if (builder->insts == 0)
        return;
    fl_build_code(builder, FL_END_OP);
    fl_build_code(builder, FL_HALT);
    plan->setup = fl_builder_program(builder);
}

static bool plan_make(struct fl_plan *plan, const struct fl_trace *trace, struct fl_machine *machine,
                      const char *strategy, struct fl_err *err)
{
    struct fl_weights weights;
    struct choice choice = {0};
    if (!blocks_check(trace, &plan->ops, err) ||
        !fl_weights_find(&weights, &plan->arena, trace, machine, err) ||
        !choice_make(&choice, &weights, machine, strategy, err))
        return false;
    plan->op = fl_arena_array(&plan->arena, plan->ops, sizeof *plan->op);
    if (!ops_map(plan, trace, &choice, &weights, err) || !time_check(plan, trace, err) ||
        !sums_check(plan, machine, err) ||
        !fl_residency_find(plan, trace, machine, err) ||
        !fl_dram_check(&weights, trace, machine, &plan->dram_bits, err))
        return false;
    for (int32_t i = 0; i < machine->pools; i++)
        plan->cores[i] = machine->pool[i].cores;
    run_build(plan, trace, machine);
    setup_build(plan, &weights, machine);
    return true;
}

bool fl_plan_make(struct fl_plan *plan, const struct fl_trace *trace, struct fl_machine *machine, const char *strategy,
                  enum fl_objective objective, struct fl_err *err)
{
    (void)objective;                    /* bounds know time only; other objectives compare simulated plans */
    struct fl_err why = {0};
    memset(plan, 0, sizeof *plan);
    bool made = plan_make(plan, trace, machine, strategy, &why);
    if (!made) {
        fl_fail(err, NULL, "%.*s", (int)why.used - 1, fl_err_text(&why));
        fl_plan_free(plan);
    }
    fl_err_free(&why);
    return made;
}

void fl_plan_free(struct fl_plan *plan)
{
    fl_builder_free(&plan->builder);
    fl_builder_free(&plan->setup_builder);
    fl_arena_free(&plan->arena);
    memset(plan, 0, sizeof *plan);
}
