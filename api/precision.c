/* precision.c - how exact the operators of a workload come out of a design.
 *
 * The design's keys and the mapping say what a product meets (light, encoding, bits, noise,
 * K-tiles); phys/precision.h predicts the error. Nothing is simulated.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/abi.h"
#include "api/chain.h"
#include "api/result.h"
#include "base/guard.h"
#include "base/quantity.h"

struct keys { const struct fl_design *design; int core; struct fl_arena *arena; };

/* The value of "core[i].<name>", which a checked design has. */
static const char *text_at(const struct keys *k, const char *name)
{
    const struct fl_value *v = fl_design_find(k->design, fl_arena_format(k->arena, "core[%d].%s", k->core, name));
    fl_assert(v != NULL);
    return v->text;
}

static double real_at(const struct keys *k, const char *name, const char *measure)
{
    double value = 0;
    bool read = fl_quantity_read(text_at(k, name), measure, &value, NULL, NULL);
    fl_assert(read);
    return value;
}

static int choice_at(const struct keys *k, const char *name, const char *const *names)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], text_at(k, name)) == 0)
            return i;
    return 0;
}

/* The pool's place in the design: pools left out (cores = 0) have none. */
static int core_of(const struct fl_design *design, const struct fl_pool *pool, struct fl_arena *arena)
{
    for (int core = 0; core < 4; core++) {
        const struct fl_value *v = fl_design_find(design, fl_arena_format(arena, "core[%d].name", core));
        if (v != NULL && strcmp(v->text, pool->name) == 0)
            return core;
    }
    return 0;
}

static void operands_ask(const struct keys *k, const struct fl_op *op, struct fl_precision_ask *ask)
{
    struct fl_draw input, weight;
    int statistics = choice_at(k, "source.statistics", fl_statistics_names);
    if (op->sign == FL_NON_NEGATIVE)
        statistics = FL_STAT_NON_NEGATIVE;
    fl_draw_named((enum fl_statistics)statistics, real_at(k, "source.peak_sigmas", ""),
                  real_at(k, "source.common", ""), &input, &weight);
    ask->input = fl_operand_of(&input);
    ask->weight = fl_operand_of(&weight);
}

static bool level_is_fixed(const struct keys *k)
{
    return strcmp(text_at(k, "source.level"), "fixed") == 0;
}

/* Photons of a full-scale row over the whole operand; K-tiles have so many each, unless they share them. A fixed level
 * is that of a core's whole width, of which the operand has its part. */
static void light_ask(const struct keys *k, const struct fl_pool *pool, struct fl_precision_ask *ask)
{
    double bits = real_at(k, "source.photon_bits", "");
    ask->convention = (enum fl_bits_convention)choice_at(k, "source.convention", fl_bits_convention_names);
    if (strcmp(text_at(k, "source.budget"), "signal") == 0)
        ask->photons = fl_budget_signal(&ask->coding, &ask->input, &ask->weight,
                                        level_is_fixed(k) ? (double)pool->columns : ask->length,
                                        real_at(k, "source.error", "")).photons;
    else
        ask->photons = fl_photons_for_bits(bits > 0 ? bits : pool->output_bits, ask->convention) *
                       real_at(k, "source.headroom", "");
    if (level_is_fixed(k))
        ask->photons *= ask->length / (double)pool->columns;
    else if (strcmp(text_at(k, "source.shared_over_k"), "true") != 0)
        ask->photons *= ask->tiles;
}

static struct fl_precision_ask ask_of(const struct keys *k, const struct fl_pool *pool, const struct fl_plan_op *op)
{
    struct fl_precision_ask ask = {.length = (double)op->op->k, .input_bits = pool->input_bits,
                                   .weight_bits = pool->weight_bits, .output_bits = pool->output_bits};
    ask.tiles = (int)((op->op->k + op->mapping.tile_k - 1) / op->mapping.tile_k);
    ask.coding = (struct fl_coding){
        .sign = (enum fl_sign_encoding)pool->encoding, .reference_row = pool->reference == FL_REFERENCE_ROW,
        .oscillator = real_at(k, "source.oscillator", ""), .weight_extinction = real_at(k, "slm.extinction", "")};
    if (pool->dac_bits > 0 && pool->dac_bits < pool->input_bits) {
        ask.input_slices = (pool->input_bits + pool->dac_bits - 1) / pool->dac_bits;
        ask.input_bits = pool->dac_bits;
    }
    if (pool->pixel_bits > 0 && pool->pixel_bits < pool->weight_bits) {
        ask.weight_slices = (pool->weight_bits + pool->pixel_bits - 1) / pool->pixel_bits;
        ask.weight_bits = pool->pixel_bits;
    }
    ask.adc_sigmas = real_at(k, "adc.range", "");
    ask.receiver = (struct fl_receiver){
        .integration_ps = real_at(k, "detector.integration", "ps"),
        .dark_na = real_at(k, "detector.dark_current", "nA"),
        .read_e = real_at(k, "detector.read_noise", ""), .capacitance_ff = real_at(k, "detector.capacitance", "fF"),
        .temperature_k = 300};
    operands_ask(k, op->op, &ask);
    light_ask(k, pool, &ask);
    return ask;
}

/* What sets the light, as the knob that `fanlight accuracy` turns. */
static void knob_of(const struct keys *k, const struct fl_pool *pool, struct fl_op_chain *chain)
{
    double bits = real_at(k, "source.photon_bits", "");
    chain->signal = strcmp(text_at(k, "source.budget"), "signal") == 0;
    chain->knob = chain->signal ? real_at(k, "source.error", "") : bits > 0 ? bits : pool->output_bits;
}

static void tell_chains(struct fl_prepared *given, const struct fl_plan *plan,
                        void (*tell)(void *, const struct fl_op_chain *), void *context)
{
    struct fl_arena *arena = &given->design.arena;
    for (size_t i = 0; i < plan->ops; i++) {
        const struct fl_plan_op *op = &plan->op[i];
        struct fl_op_chain chain = {.op = op->op};
        struct fl_precision_ask ask;
        if (op->mapping.pool >= 0) {
            chain.pool = &given->machine.pool[op->mapping.pool];
            struct keys k = {&given->design, core_of(&given->design, chain.pool, arena), arena};
            ask = ask_of(&k, chain.pool, op);
            chain.core = k.core;
            chain.ask = &ask;
            chain.budget = text_at(&k, "source.budget");
            chain.level_fixed = level_is_fixed(&k);
            knob_of(&k, chain.pool, &chain);
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
    bool ok = fl_plan_make(&plan, &given.trace, &given.machine, given.strategy, FL_LATENCY, err);
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
    double term[FL_TERMS];
    for (int t = 0; t < FL_TERMS; t++)
        term[t] = sqrt(p.term[t]);
    struct fl_operator_precision one = {
        .name = chain->op->name, .pool = chain->pool->name, .budget = chain->budget,
        .encoding = fl_sign_names[chain->pool->encoding], .limit = fl_term_names[p.limit], .length = chain->op->k,
        .tiles = ask->tiles, .photons_per_mac = p.light.detected_per_mac, .term_name = fl_term_names, .term = term,
        .error = p.error, .bits_of_full_scale = p.bits_of_full_scale, .bits_of_spread = p.bits_of_spread,
        .lost_bits = chain->level_fixed ? fl_photons_lost_bits(ask->length, (double)chain->pool->columns) : 0};
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
