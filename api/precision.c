/* precision.c - how exact the operators of a workload come out of a design.
 *
 * The pool and the mapping say what a product meets (machine/optics.h); phys/precision.h
 * predicts the error. Nothing is simulated.
 */
#include <math.h>
#include <string.h>

#include "api/abi.h"
#include "api/chain.h"
#include "api/result.h"
#include "base/guard.h"
#include "machine/optics.h"

static void tell_chains(const struct fl_prepared *given, const struct fl_plan *plan,
                        void (*tell)(void *, const struct fl_op_chain *), void *context)
{
    for (size_t i = 0; i < plan->ops; i++) {
        const struct fl_plan_op *op = &plan->op[i];
        struct fl_op_chain chain = {.op = op->op};
        struct fl_precision_ask ask;
        chain.pool = fl_mapping_pool(&op->mapping, &given->machine);
        if (chain.pool != NULL) {
            ask = fl_plan_op_optics(&given->machine, op);
            chain.ask = &ask;
            chain.light_key = chain.pool->light_key;
            chain.knob = fl_pool_light_knob(chain.pool);
            chain.signal = chain.pool->light.budget == FL_BUDGET_SIGNAL;
        }
        tell(context, &chain);
    }
}

struct chains_ask {
    const struct fl_request *request;
    void (*tell)(void *context, const struct fl_op_chain *chain);
    void *context;
};

static bool chains_tell(void *context, struct fl_err *err)
{
    const struct chains_ask *ask = context;
    struct fl_prepared given;
    struct fl_plan plan;
    if (!fl_prepare(&given, ask->request, NULL, err))
        return false;
    bool ok = fl_prepared_plan(&given, FL_LATENCY, &plan, err);
    if (ok) {
        tell_chains(&given, &plan, ask->tell, ask->context);
        fl_plan_free(&plan);
    }
    fl_prepared_free(&given);
    return ok;
}

bool fl_chains(const struct fl_request *request, void (*tell)(void *context, const struct fl_op_chain *chain),
               void *context, struct fl_err *err)
{
    struct chains_ask ask = {request, tell, context};
    return fl_guard(chains_tell, &ask, NULL, err);
}

/* Operators told so far: those of one name, length and pool are told once. */
struct teller {
    void (*tell)(void *context, const struct fl_operator_precision *operator_);
    void *context;
    struct fl_arena arena;
    struct told { const char *name, *pool; int64_t k; } *told;
    size_t count, room;
};

static bool told_before(struct teller *teller, const struct fl_op_chain *chain)
{
    for (size_t i = 0; i < teller->count; i++) {
        const struct told *told = &teller->told[i];
        if (told->k == chain->op->k && strcmp(told->name, chain->op->name) == 0 &&
            strcmp(told->pool, chain->pool->name) == 0)
            return true;
    }
    teller->told = fl_grow(teller->told, &teller->room, teller->count, sizeof *teller->told);
    teller->told[teller->count++] = (struct told){fl_arena_text(&teller->arena, chain->op->name),
                                                  fl_arena_text(&teller->arena, chain->pool->name), chain->op->k};
    return false;
}

static void tell_precision(void *context, const struct fl_op_chain *chain)
{
    struct teller *teller = context;
    if (chain->ask == NULL || told_before(teller, chain))
        return;
    const struct fl_precision_ask *ask = chain->ask;
    struct fl_precision p = fl_precision_predict(ask);
    double term[FL_TERMS], width = chain->pool->light.width;
    for (int t = 0; t < FL_TERMS; t++)
        term[t] = sqrt(p.term[t]);
    struct fl_operator_precision one = {
        .name = chain->op->name, .pool = chain->pool->name, .budget = fl_budget_names[chain->pool->light.budget],
        .encoding = fl_sign_names[chain->pool->encoding], .limit = fl_term_names[p.limit], .length = chain->op->k,
        .tiles = ask->tiles, .photons_per_mac = p.light.detected_per_mac, .term_name = fl_term_names, .term = term,
        .error = p.error, .bits_of_full_scale = p.bits_of_full_scale, .bits_of_spread = p.bits_of_spread,
        .lost_bits = width > 0 ? fl_photons_lost_bits(ask->length, width) : 0};
    teller->tell(teller->context, &one);
}

bool fanlight_precision_sized(const struct fl_request *request, size_t size,
                              void (*tell)(void *context, const struct fl_operator_precision *operator_),
                              void *context, struct fl_err *err)
{
    struct teller teller = {.tell = tell, .context = context};
    struct fl_request own;
    bool ok = fl_record_take(&own, sizeof own, request, size, "fl_request", err) &&
              fl_chains(&own, tell_precision, &teller, err);
    fl_free(teller.told);
    fl_arena_free(&teller.arena);
    return ok;
}
