/* choose.c - which strategy, pool or digital unit for which operator.
 *
 * A named strategy maps what it can. "auto" compares bounds; weights stay in place only if
 * the machine holds all of them, and then the other operators share the cores that are
 * left. Or else someone says it operator by operator: a file, a search.
 */
#include <string.h>

#include "mapping/nest.h"
#include "mapping/plan.h"

static bool is_product(const struct fl_op *op) { return op->kind == FL_OP_LINEAR || op->kind == FL_OP_MATMUL; }

static void keep_better(struct fl_mapping *best, bool *found, const struct fl_mapping *other)
{
    if (!*found || other->bound_ps < best->bound_ps)
        *best = *other;
    *found = true;
}

static bool choose_auto(const struct fl_choice *choice, const struct fl_op *op, struct fl_mapping *mapping,
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
    return found;
}

/* A named strategy maps what it can, weight_stationary the rest; products without cores are digital work. */
static bool choose_named(const struct fl_choice *choice, const struct fl_op *op, struct fl_mapping *mapping,
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

bool fl_choose(const struct fl_choice *choice, size_t block, const struct fl_op *op, struct fl_mapping *mapping,
               struct fl_err *err)
{
    struct fl_err why = {0};
    bool found = false;
    if (choice->by != NULL)
        found = choice->by->map(choice->by->context, &choice->whole, block, op, mapping, &why);
    else if (!is_product(op) || op->placed == 2)
        found = fl_map_digital(op, &choice->whole, mapping, &why);
    else if (choice->mapper == NULL)
        found = choose_auto(choice, op, mapping, &why);
    else
        found = choose_named(choice, op, mapping, &why);
    if (!found && why.faults > 0)       /* a file tells a line's faults once */
        fl_fail(err, NULL, "%.*s", (int)why.used - 1, fl_err_text(&why));
    fl_err_free(&why);
    return found;
}

/* Views of the machine: all of it, the home of weights in place alone, and what these leave. */
bool fl_choice_make(struct fl_choice *choice, const struct fl_weights *weights, const struct fl_machine *machine,
                    const char *strategy, const struct fl_mapped_by *by, struct fl_err *err)
{
    *choice = (struct fl_choice){.by = by, .whole = *machine, .home = *machine, .rest = *machine};
    if (by != NULL)
        return true;
    choice->mapper = fl_mapper_find(strategy);
    if (choice->mapper == NULL)
        return fl_fail(err, NULL, "no mapper \"%s\"; `fanlight list mappers` names them", strategy);
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
    if (choice->mapper->chooses)
        choice->mapper = NULL;
    return true;
}
