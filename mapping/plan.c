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
#include "mapping/overlap.h"
#include "mapping/place.h"
#include "mapping/plan.h"
#include "mapping/search.h"


/* ---- mapping every operator ---- */

static size_t ops_of(const struct fl_trace *trace)
{
    size_t ops = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        ops += trace->block[b].ops;
    return ops;
}

static bool ops_map(struct fl_plan *plan, const struct fl_trace *trace, const struct fl_choice *choice,
                    const struct fl_spill *spill, struct fl_err *err)
{
    int before = err->faults;
    struct fl_effort sum = {0}, effort;
    struct fl_plan_op *p = plan->op;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops && err->faults - before < FL_FAULTS_TOLD; i++, p++) {
            p->op = &trace->block[b].op[i];
            p->block = b;
            if (!fl_choose(choice, b, p->op, &spill[p - plan->op], &p->mapping, err) ||
                !fl_mapping_bound(p->op, &choice->whole, &p->mapping, &effort, err))
                continue;
            if (!fl_effort_add(&sum, &effort, (double)trace->block[b].repeat))
                return fl_fail(err, p->op->name, "counts of the whole run would not fit 63 bits");
            plan->sram_bits = fl_most(plan->sram_bits, fl_map_working_set_bits(p->op, &choice->whole));
        }
    return err->faults == before;
}

/* Where weights have no room to stay: what else is in the way, projections that the machine has no place for. */
static bool projections_tell(const struct fl_trace *trace, const struct fl_choice *choice, const struct fl_spill *spill,
                             struct fl_err *err)
{
    struct fl_mapping mapping;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++, spill++)
            if (trace->block[b].op[i].type->form == FL_PROJECT)
                fl_choose(choice, b, &trace->block[b].op[i], spill, &mapping, err);
    return false;
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
        int64_t bits = !fl_on_cores(&p->mapping) ? 0 : sum_bits(p->op, &machine->pool[p->mapping.number], &p->mapping);
        if (bits > machine->accumulator_bits)
            return fl_fail(err, p->op->name, "its sums take %lld bits, and machine.accumulator_bits is %d",
                           (long long)bits, machine->accumulator_bits);
    }
    return true;
}

/* Devices of all cores that are calibrated can be counted. */
static bool calibrations_check(const struct fl_machine *machine, struct fl_err *err)
{
    for (int32_t i = 0; i < machine->pools; i++) {
        bool overflow = false;
        const struct fl_pool *pool = &machine->pool[i];
        fl_product(pool->calibrated, pool->cores, &overflow);
        if (overflow)
            return fl_fail(err, NULL, "pool \"%s\" has more than 2^63 devices to calibrate", pool->name);
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
    return fl_fail(err, longest->op->name, "simulated time would run past its end (" FL_TIME_END_TEXT "): the run "
                   "takes %.0f days at least, %.3g %% of them here, for \"%s\"; try fewer layers or tokens, or a "
                   "faster machine", sum / 864e14, 100 * most / sum, longest->mapping.bound_by);
}

/* A pool that grows to fit has as many sets of input converters, too, as an operator of the plan uses at once; others
 * have what their design says, and no plan uses more. */
static void input_sets_find(const struct fl_plan *plan, struct fl_machine *machine)
{
    bool grows[sizeof machine->pool / sizeof *machine->pool] = {false};
    for (int32_t i = 0; i < machine->pools; i++) {
        struct fl_pool *pool = &machine->pool[i];
        grows[i] = pool->shared_input && pool->fit && pool->input_sets == 0;
        pool->input_sets = grows[i] ? 1 : pool->input_sets;
    }
    for (size_t i = 0; i < plan->ops; i++) {
        const struct fl_mapping *mapping = &plan->op[i].mapping;
        if (!fl_on_cores(mapping) || !grows[mapping->number])
            continue;
        int64_t *sets = &machine->pool[mapping->number].input_sets;
        *sets = fl_most(*sets, fl_map_sets(mapping, &machine->pool[mapping->number]));
    }
}

/* ---- programs ---- */

static void run_build(struct fl_plan *plan, const struct fl_weights *weights, const struct fl_trace *trace,
                      const struct fl_machine *machine)
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
            fl_build_open(builder, (int32_t)(i % FL_SLOTS));
            fl_spill_build(builder, p->spill_load_bits, false);
            fl_mapping_lower(p->op, machine, &p->mapping, builder);
            fl_spill_build(builder, p->spill_store_bits, true);
            const struct fl_rewrite rewrite = fl_rewrite_find(weights, block, p->op);
            fl_rewrite_build(builder, &rewrite, machine);
            fl_build_close(builder);
        }
        if (block->repeat > 1)
            fl_build_next(builder);
    }
    fl_build_halt(builder);
    plan->program = fl_builder_program(builder);
}

/* Cores of a pool are calibrated, all at once. */
static void calibration_build(struct fl_builder *builder, const struct fl_pool *pool)
{
    struct fl_step step = {.kind = FL_STEP_OPTICAL, .engine = pool->index, .load_from = FL_NOWHERE,
                           .cores = pool->cores};
    fl_light_own(&step)->load_pixels = pool->calibrated * pool->cores;      /* calibrations_check refused too many */
    fl_build_step(builder, &step);
}

/* One operator that calibrates what is to be, and loads all that stays, tile after tile. */
static void setup_build(struct fl_plan *plan, const struct fl_weights *weights, const struct fl_machine *machine)
{
    struct fl_builder *builder = &plan->setup_builder;
    for (int32_t i = 0; i < machine->pools; i++) {
        if (machine->pool[i].calibrated == 0 || machine->pool[i].cores == 0)
            continue;
        if (builder->insts == 0)
            fl_build_open(builder, 0);
        calibration_build(builder, &machine->pool[i]);
    }
    for (const struct fl_weight *w = weights->first; w != NULL; w = w->next) {
        if (!w->stays)
            continue;
        if (builder->insts == 0)
            fl_build_open(builder, 0);
        fl_build_loop(builder, w->repeat);
        fl_weight_load(builder, w, machine, false);
        fl_build_next(builder);
    }
    if (builder->insts == 0)
        return;
    fl_build_close(builder);
    fl_build_halt(builder);
    plan->setup = fl_builder_program(builder);
}

/* Notes with each operator what it moves to and from DRAM because SRAM does not hold it, and what it takes to write
 * weights anew. */
static bool spills_note(struct fl_plan *plan, const struct fl_weights *weights, const struct fl_trace *trace,
                        const struct fl_machine *machine, struct fl_err *err)
{
    const struct fl_spill *spill = plan->residency.spill;
    for (size_t i = 0; i < plan->ops; i++) {
        struct fl_plan_op *p = &plan->op[i];
        struct fl_effort effort = {0};
        p->mapping.cached = spill[i].cached;
        p->spill_load_bits = fl_spill_load_bits(&spill[i], p->op, machine, &p->mapping);
        p->spill_store_bits = fl_spill_store_bits(&spill[i], &p->mapping);
        if (p->spill_load_bits == INT64_MAX)
            return fl_fail(err, p->op->name, "bits of activations do not fit 63 bits");
        if (fl_mapping_bound(p->op, machine, &p->mapping, &effort, NULL))
            fl_spill_bound(&spill[i], p->op, machine, &p->mapping, &effort);
        double moved_ps = fl_bound_held(fl_dram_least_ps(machine, effort.dram_bits));
        const struct fl_rewrite rewrite = fl_rewrite_find(weights, &trace->block[p->block], p->op);
        fl_rewrite_bound(&rewrite, machine, p);
        p->least_ps = fmax(p->mapping.bound_ps, machine->ideal_memory ? 0 : moved_ps);
    }
    return true;
}

/* Each operator in one piece, one after another. */
static void whole_pieces(struct fl_plan *plan, const struct fl_trace *trace)
{
    plan->bound_ps = plan->least_ps = 0;
    for (size_t i = 0; i < plan->ops; i++) {
        struct fl_plan_op *p = &plan->op[i];
        p->whole = p->mapping;
        p->own = false;
        p->piece = p->op;
        p->pieces = p->heads = 1;
        plan->bound_ps += p->mapping.bound_ps * (double)trace->block[p->block].repeat;
        plan->least_ps += p->least_ps * (double)trace->block[p->block].repeat;
    }
}

/* Between a chip and GPUs beside it, if somebody chooses or a GPU is wanted. */
static bool plan_place(struct fl_plan *plan, const struct fl_trace *trace, struct fl_machine *machine,
                       struct fl_choice *choice, struct fl_err *err)
{
    const struct fl_goal fast = {.objective = FL_LATENCY};
    const struct fl_goal *goal = choice->by != NULL ? choice->by->goal : choice->chooses ? &fast : NULL;
    if (machine->sram_bits == 0 || (choice->beside == 0 && choice->by == NULL))
        return true;
    if (choice->by == NULL && !choice->chooses && !fl_place_wanted(plan->op, plan->ops))
        return true;
    if (!fl_place(plan->op, plan->ops, trace, machine, plan->residency.spill, goal, err))
        return false;
    memcpy(choice->whole.gpu, machine->gpu, sizeof machine->gpu);      /* they know now what their hosts hold */
    return true;
}

static bool plan_make(struct fl_plan *plan, const struct fl_trace *trace, struct fl_machine *machine,
                      const char *strategy, const struct fl_mapped_by *by, struct fl_err *err)
{
    struct fl_weights weights;
    struct fl_choice choice;
    plan->ops = ops_of(trace);
    if (!fl_map_ops_check(trace, err) ||
        !fl_weights_find(&weights, &plan->arena, trace, machine, err) ||
        !fl_residency_find(&plan->residency, trace, machine, &plan->arena, err) ||
        !fl_own_memory_fit(&weights, &plan->residency, trace, machine, err))
        return false;
    if (!fl_choice_make(&choice, &weights, machine, strategy, by, err))
        return choice.stay_only && projections_tell(trace, &choice, plan->residency.spill, err);
    plan->chooses = by != NULL ? !by->given : choice.mapper == NULL;
    plan->op = fl_arena_array(&plan->arena, plan->ops, sizeof *plan->op);
    if (!ops_map(plan, trace, &choice, plan->residency.spill, err))
        return false;
    if (!plan_place(plan, trace, machine, &choice, err))
        return false;
    if (!fl_weights_place(&weights, trace, machine, plan, err) ||
        !time_check(plan, trace, err) ||
        !sums_check(plan, machine, err) ||
        !calibrations_check(machine, err) ||
        !spills_note(plan, &weights, trace, machine, err) ||
        !fl_dram_check(&weights, plan->residency.spill, trace, machine, &plan->dram_bits, err))
        return false;
    for (int32_t i = 0; i < machine->pools; i++)
        plan->cores[i] = machine->pool[i].cores;
    input_sets_find(plan, machine);
    whole_pieces(plan, trace);
    plan->drained_ps = plan->expected_ps = plan->bound_ps;
    if (machine->overlaps && !fl_overlap_check(plan, trace, &choice, err))
        return false;
    bool beside = machine->overlaps && !machine->drains;
    enum fl_promise promise = FL_PROMISING;
    if (beside && machine->least_ps > 0)
        promise = fl_overlap_promises(plan, trace, &choice);
    plan->passed_by = promise == FL_TOO_BUSY;
    if (!beside || promise != FL_PROMISING || !fl_overlap_make(plan, trace, &choice))
        run_build(plan, &weights, trace, machine);
    setup_build(plan, &weights, machine);
    return true;
}

static bool plan_or_free(struct fl_plan *plan, const struct fl_trace *trace, struct fl_machine *machine,
                         const char *strategy, const struct fl_mapped_by *by, struct fl_err *err)
{
    struct fl_err why = {0};
    memset(plan, 0, sizeof *plan);
    bool made = plan_make(plan, trace, machine, strategy, by, &why);
    if (!made) {
        fl_err_take(err, &why);
        fl_plan_free(plan);
    }
    fl_err_free(&why);
    return made;
}

bool fl_plan_make(struct fl_plan *plan, const struct fl_trace *trace, struct fl_machine *machine, const char *strategy,
                  enum fl_objective objective, struct fl_err *err)
{
    if (strcmp(strategy, "search") != 0)
        return plan_or_free(plan, trace, machine, strategy, NULL, err);
    struct fl_trace_search search;
    memset(plan, 0, sizeof *plan);
    if (!fl_search_trace(&search, trace, machine, (struct fl_goal){.objective = objective}, 1, NULL, err))
        return false;
    struct fl_mapped_by by = fl_search_mapped_by(&search);
    bool made = plan_or_free(plan, trace, machine, NULL, &by, err);
    fl_search_trace_free(&search);
    return made;
}

bool fl_plan_make_by(struct fl_plan *plan, const struct fl_trace *trace, struct fl_machine *machine,
                     const struct fl_mapped_by *by, struct fl_err *err)
{
    return plan_or_free(plan, trace, machine, NULL, by, err);
}

bool fl_plan_op_effort(const struct fl_plan_op *op, const struct fl_machine *machine, struct fl_effort *effort)
{
    *effort = (struct fl_effort){0};
    for (int64_t p = 0; p < op->pieces; p++) {
        struct fl_mapping mapping = op->mapping;
        struct fl_effort piece;
        if (!fl_mapping_bound(&op->piece[p], machine, &mapping, &piece, NULL) || !fl_effort_add(effort, &piece, 1))
            return false;
    }
    return true;
}

double fl_plan_bound_ps(const struct fl_plan *plan) { return plan->bound_ps; }

bool fl_plan_alike(const struct fl_plan *a, const struct fl_plan *b)
{
    for (size_t i = 0; i < a->ops && a->ops == b->ops; i++)
        if (a->op[i].mapping.engine != b->op[i].mapping.engine ||
            a->op[i].mapping.number != b->op[i].mapping.number || a->op[i].mapping.cores != b->op[i].mapping.cores ||
            a->op[i].core_first != b->op[i].core_first)
            return false;
    return a->ops == b->ops && fl_program_same(&a->program, &b->program) && fl_program_same(&a->setup, &b->setup);
}

bool fl_plan_maps_alike(const struct fl_plan *a, const struct fl_plan *b)
{
    for (size_t i = 0; i < a->ops && a->ops == b->ops; i++)
        if (!fl_mapping_same(&a->op[i].whole, &b->op[i].whole) || a->op[i].core_first != b->op[i].core_first ||
            (a->chooses != b->chooses && fl_map_is_attention(a->op[i].op) && fl_on_cores(&a->op[i].whole)))
            return false;
    return a->ops == b->ops && memcmp(a->cores, b->cores, sizeof a->cores) == 0 &&
           fl_program_same(&a->setup, &b->setup);
}

void fl_plan_free(struct fl_plan *plan)
{
    fl_builder_free(&plan->builder);
    fl_builder_free(&plan->setup_builder);
    fl_arena_free(&plan->arena);
    fl_arena_free(&plan->cut);
    memset(plan, 0, sizeof *plan);
}
