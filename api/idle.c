/* idle.c - what a run did not touch, and its asker should know: optical cores left dark, products that light would not
 * give as exactly as the design wants, overrides of units at rest. */
#include <math.h>
#include <string.h>

#include "api/result.h"
#include "arch/path.h"
#include "machine/optics.h"

static bool worked(const struct fl_ledger *ledger, uint32_t unit)
{
    for (size_t i = 0; i < ledger->entries; i++)
        if (ledger->entry[i].unit == unit && ledger->entry[i].count != 0)
            return true;
    return false;
}

/* Whether there are units in a group ("core[0].slm", "core"), and none of them did anything. */
static bool at_rest(const struct fl_result *result, const char *group)
{
    const struct fl_sim *sim = &result->arch.sim;
    bool any = false;
    for (uint32_t i = 0; i < sim->units; i++) {
        if (!fl_path_covers(group, sim->unit[i]->path))
            continue;
        any = true;
        if (worked(&result->run.ledger, i) || worked(&result->setup.ledger, i))
            return false;
    }
    return any;
}

/* Whether a key of a group sets how wide weights are stored: the width of the core where static weights would be is
 * that of digital work, too. */
static bool sets_stored_width(struct fl_result *result, const char *group, const char *key)
{
    const struct fl_machine *machine = &result->machine;
    int home = 0;
    while (home < machine->pools && !fl_pool_is_home(&machine->pool[home]))
        home++;
    if (home == machine->pools || machine->weight_bits > 0 || strcmp(key, "weight_bits") != 0)
        return false;
    return fl_path_covers(group, fl_path_of(&result->arena, &fl_engine_optical, machine->pool[home].core, ""));
}

/* The keys among the overrides whose units were at rest: "core[0].slm.settle, core[0].adc.energy"; NULL: none. */
static const char *keys_at_rest(struct fl_result *result, const struct fl_request *request)
{
    const char *keys = NULL;
    for (int i = 0; i < request->sets; i++) {
        char *path = fl_arena_slice(&result->arena, request->set[i], strcspn(request->set[i], "="));
        char *dot = strrchr(path, '.');
        if (dot == NULL)
            continue;
        const char *group = fl_arena_slice(&result->arena, path, (size_t)(dot - path));
        bool repeats = fl_chips_batches(&result->machine.chips) > 1 && strcmp(path, "chips.microbatches") == 0;
        if (!repeats && at_rest(result, group) && !sets_stored_width(result, group, dot + 1))
            keys = fl_arena_listed(&result->arena, keys != NULL ? keys : "", path);
    }
    return keys;
}

/* Whether a strategy that may choose left every product to the vector unit, though there are optical cores. */
static bool all_digital(const struct fl_result *result, const char *strategy)
{
    bool products = false;
    if (strcmp(strategy, "auto") != 0 && strcmp(strategy, "search") != 0)
        return false;
    for (size_t i = 0; i < result->plan.ops; i++) {
        const struct fl_plan_op *op = &result->plan.op[i];
        if (fl_on_cores(&op->mapping))
            return false;
        products = products || op->op->macs > 0;
    }
    return products && result->machine.pools > 0;
}

/* The least error of a product in light, of all pools. */
static double least_error(const struct fl_machine *machine, const struct fl_op *op)
{
    double least = INFINITY;
    for (int32_t i = 0; i < machine->pools; i++)
        if (machine->pool[i].cores > 0 && !machine->pool[i].fixed)
            least = fmin(least, fl_product_error(&fl_engine_optical, machine, i, op->sign == FL_NON_NEGATIVE, op->k,
                                                 fl_least(op->k, machine->pool[i].columns)));
    return least;
}

/* Products with weights that are digital because light would leave more error than the design allows; NULL: none. */
static const char *past_limit(struct fl_result *result, const char *strategy)
{
    enum { KNOWN = 32 };
    const char *known[KNOWN];
    const struct fl_machine *machine = &result->machine;
    const char *names = NULL;
    double error = 0;
    size_t seen = 0;
    if (!fl_machine_limits(machine) || (strcmp(strategy, "auto") != 0 && strcmp(strategy, "search") != 0))
        return NULL;
    for (size_t i = 0; i < result->plan.ops && seen < KNOWN; i++) {
        const struct fl_plan_op *op = &result->plan.op[i];
        size_t at = 0;
        while (at < seen && strcmp(known[at], op->op->name) != 0)
            at++;
        if (at < seen || fl_on_cores(&op->mapping) || !fl_op_has_weights(op->op) || op->op->placed != 0)
            continue;
        known[seen++] = op->op->name;
        double least = least_error(machine, op->op);
        if (!isfinite(least) || least <= machine->error_limit)
            continue;
        names = fl_arena_listed(&result->arena, names != NULL ? names : "", op->op->name);
        error = fmax(error, least);
    }
    return names == NULL ? NULL : fl_arena_format(&result->arena, "%s left products digital, for in light their "
                                                  "error would be up to %.1f %% of the spread of outputs, where "
                                                  "machine.error_limit is %.1f %%: %s", strategy, 100 * error,
                                                  100 * machine->error_limit, names);
}

const char *fl_result_idle_note(struct fl_result *result, const struct fl_request *request, const char *strategy)
{
    const char *keys = keys_at_rest(result, request);
    const char *dark = all_digital(result, strategy)
        ? fl_arena_format(&result->arena, "%s put nothing on the optical cores: every product runs on %s", strategy,
                          result->machine.gpus > 0 ? "digital engines" : "the vector unit") : NULL;
    const char *rest = keys != NULL
        ? fl_arena_format(&result->arena, "set, but of units that did no work in this run: %s", keys) : NULL;
    const char *limit = past_limit(result, strategy);
    return fl_arena_joined(&result->arena, fl_arena_joined(&result->arena, dark, limit), rest);
}
