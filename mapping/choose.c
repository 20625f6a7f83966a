/* choose.c - which strategy, pool or digital unit for which operator.
 *
 * A named strategy maps what it can, on the pool where that takes least. "auto" compares
 * the strategies; weights stay in place only if the machine holds all of them, and then the
 * other operators share the cores that are left. Whoever compares does so with all that the
 * operator will be charged: its roofline, and the activations that go by way of DRAM. Or
 * else someone says it operator by operator: a file, a search.
 */
#include <stdio.h>
#include <string.h>

#include "mapping/nest.h"
#include "mapping/plan.h"

/* The best mapping so far of those that are compared. */
struct best {
    const struct fl_choice *choice;
    const struct fl_op *op;
    const struct fl_spill *spill;
    bool found, exact;                  /* exact: as the design wants it */
    struct fl_mapping mapping;
    double roofline_ps;                 /* its bound but for what activations move */
};

/* Keeps what is exact enough before what is not, then the faster by bounds; if the same moves bind both, the one that
 * is faster but for them. */
static void keep_better(struct best *best, const struct fl_machine *machine, struct fl_mapping mapping)
{
    struct fl_effort effort;
    if (!fl_mapping_bound(best->op, machine, &mapping, &effort, NULL))
        return;
    double roofline_ps = mapping.bound_ps;
    fl_spill_bound(best->spill, best->op, machine, &mapping, &effort);
    bool exact = fl_map_exact(best->op, machine, &mapping), alike = best->found && exact == best->exact;
    bool equal = alike && mapping.bound_ps == best->mapping.bound_ps;
    bool slower = equal ? roofline_ps >= best->roofline_ps : mapping.bound_ps >= best->mapping.bound_ps;
    if ((best->found && best->exact && !exact) || (alike && slower))
        return;
    best->found = true;
    best->exact = exact;
    best->mapping = mapping;
    best->roofline_ps = roofline_ps;
}

/* A strategy on each pool. False with its reasons if it maps the operator on none. */
static bool strategy_try(struct best *best, const struct fl_mapper *mapper, const struct fl_machine *machine,
                         struct fl_err *err)
{
    struct fl_mapping mapping[FL_MAPPINGS];
    int count = fl_map_on_pools(mapper, best->op, machine, best->spill, mapping, err);
    for (int i = 0; i < count; i++)
        keep_better(best, machine, mapping[i]);
    return count > 0;
}

static void choose_auto(struct best *best, struct fl_err *err)
{
    const struct fl_choice *choice = best->choice;
    const struct fl_mapper *stay = fl_mapper_find("weights_in_place");
    for (const struct fl_mapper *const *m = fl_strategies; *m != NULL; m++) {
        const struct fl_machine *machine = choice->can_stay ? &choice->rest : &choice->whole;
        if (*m == stay)
            machine = &choice->home;
        if (*m != stay || choice->can_stay)
            strategy_try(best, *m, machine, err);
    }
}

/* A named strategy maps what it can, weight_stationary the rest; products without cores are digital work. */
static void choose_named(struct best *best, struct fl_err *err)
{
    const struct fl_choice *choice = best->choice;
    const struct fl_op *op = best->op;
    const struct fl_mapper *mapper = choice->mapper;
    const struct fl_machine *machine = &choice->whole;
    if (choice->stay_only) {
        machine = fl_op_may_stay(op) ? &choice->home : &choice->rest;
        if (fl_op_is_product(op) && !fl_op_may_stay(op))
            mapper = fl_mapper_find("weight_stationary");
    }
    if (strategy_try(best, mapper, machine, err))
        return;
    bool named = mapper != fl_mapper_find("digital") && !choice->stay_only;
    if (named && (strategy_try(best, fl_mapper_find("weight_stationary"), machine, NULL) ||
                  strategy_try(best, fl_mapper_find("streamed"), machine, NULL)))
        return;
    if ((fl_op_is_product(op) && !fl_op_may_stay(op)) || machine->pools == 0)
        best->found = fl_map_digital(op, machine, &best->mapping, err);
}

/* What nothing on the chip does, a GPU beside it may: place.c says what that takes. Products a GPU is given by
 * those alone who choose where operators go; a file says by `beside` that it is no fault of a line. */
static bool beside_try(const struct fl_choice *choice, const struct fl_op *op, struct fl_mapping *mapping)
{
    struct fl_machine all = choice->whole;
    bool given = choice->by != NULL && choice->by->given;
    if (choice->beside == 0 || (given ? !mapping->beside : fl_op_is_product(op) && !choice->chooses))
        return false;
    all.gpus = choice->beside;
    return fl_map_digital(op, &all, mapping, NULL);
}

bool fl_choose(const struct fl_choice *choice, size_t block, const struct fl_op *op, const struct fl_spill *spill,
               struct fl_mapping *mapping, struct fl_err *err)
{
    struct best best = {.choice = choice, .op = op, .spill = spill};
    struct fl_err why = {0};
    if (choice->by != NULL)
        best.found = choice->by->map(choice->by->context, &choice->whole, block, op, spill, &best.mapping, &why);
    else if (!fl_op_is_product(op) || op->placed == 2)
        best.found = fl_map_other(op, &choice->whole, &best.mapping, &why);
    else if (choice->mapper == NULL)
        choose_auto(&best, &why);
    else
        choose_named(&best, &why);
    best.found = best.found || beside_try(choice, op, &best.mapping);
    *mapping = best.mapping;
    if (!best.found)                    /* a file tells a line's faults once */
        fl_err_take(err, &why);
    fl_err_free(&why);
    return best.found;
}

/* Has the pool a core for each tile that is to stay? Says all that is in the way, and what to change. */
static bool stay_check(const struct fl_choice *choice, const struct fl_weights *weights, const struct fl_pool *pool,
                       struct fl_err *err)
{
    bool dealt = pool->spread && !fl_pool_streams(pool) && weights->staying > 0;
    if (choice->can_stay && !dealt)
        return true;
    if (fl_chips_all(&choice->whole.chips) > 1 && !dealt)
        return fl_fail(err, NULL, "weights in place need %lld cores of pool \"%s\" on the fullest chip, of stage "
                       "%lld, which has %lld; give chips more cores, or take more of them: `fanlight explain` says "
                       "how many would do", (long long)weights->staying, pool->name, (long long)weights->full + 1,
                       (long long)pool->cores);
    if (!dealt)
        return fl_fail(err, NULL, "weights in place need %lld cores of pool \"%s\", which has %lld; give it "
                       "core[%d].cores = \"fit\", or choose another mapper", (long long)weights->staying, pool->name,
                       (long long)pool->cores, pool->core);
    char fit[64] = "", buffer[64] = "";
    if (!choice->can_stay)
        snprintf(fit, sizeof fit, "core[%d].cores = \"fit\", ", pool->core);
    if (pool->buffer_cores > 0)
        snprintf(buffer, sizeof buffer, ", core[%d].buffer.type = \"none\"", pool->core);
    return fl_fail(err, NULL, "weights in place need %lld cores of pool \"%s\", each with one tile; it has %lld, and "
                   "tiles are dealt to them one by one; set %score[%d].spread = false%s, or choose another mapper",
                   (long long)weights->staying, pool->name, (long long)pool->cores, fit, pool->core, buffer);
}

/* Views of the machine: all of it, the home of weights in place alone, and what these leave. */
bool fl_choice_make(struct fl_choice *choice, const struct fl_weights *weights, const struct fl_machine *machine,
                    const char *strategy, const struct fl_mapped_by *by, struct fl_err *err)
{
    *choice = (struct fl_choice){.weights = weights, .by = by, .whole = *machine, .home = *machine,
                                 .rest = *machine};
    choice->beside = machine->sram_bits > 0 ? machine->gpus : 0;
    if (machine->sram_bits > 0)         /* GPUs beside a chip: place.c */
        choice->whole.gpus = choice->home.gpus = choice->rest.gpus = 0;
    choice->chooses = by != NULL ? by->goal != NULL : strcmp(strategy, "auto") == 0;
    if (by != NULL)
        return true;
    choice->mapper = fl_mapper_find(strategy);
    if (choice->mapper == NULL)
        return fl_fail(err, NULL, "no mapper \"%s\"; `fanlight list mappers` names them", strategy);
    choice->stay_only = strcmp(strategy, "weights_in_place") == 0 && machine->pools > 0;
    int32_t home = weights->pool;
    if (home >= 0) {
        const struct fl_pool *pool = &machine->pool[home];
        choice->can_stay = weights->staying <= pool->cores;
        choice->rest.pool[home].cores -= fl_least(weights->staying, pool->cores);
        choice->rest.pool[home].fit = false;
        for (int32_t i = 0; i < machine->pools; i++)
            if (i != home) {
                choice->home.pool[i].cores = 0;
                choice->home.pool[i].fit = false;
            }
        if (choice->stay_only && !stay_check(choice, weights, pool, err))
            return false;
    }
    if (choice->mapper->chooses)
        choice->mapper = NULL;
    return true;
}
