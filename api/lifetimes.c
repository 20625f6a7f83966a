/* lifetimes.c - what lives where, from when to when: parameters, caches, and every value that an operator writes. */
#include <string.h>

#include "api/abi.h"
#include "api/explain.h"
#include "mapping/lives.h"

/* What has been told, so that the next decode step's like is not. */
struct told {
    struct told *next;
    const struct fl_explained_tensor *one;
};
struct lifetimes {
    struct fl_explain *explain;
    void (*tell)(void *context, const struct fl_explained_tensor *tensor);
    void *context;
    struct told *told;
};

static bool same_text(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static void tell_once(struct lifetimes *l, const struct fl_explained_tensor *one)
{
    for (const struct told *t = l->told; t != NULL; t = t->next)
        if (same_text(t->one->name, one->name) && same_text(t->one->from, one->from) &&
            same_text(t->one->until, one->until) && t->one->bits == one->bits && t->one->copies == one->copies)
            return;
    struct fl_arena *arena = &l->explain->arena;
    struct fl_explained_tensor *kept = fl_arena_alloc(arena, sizeof *kept);
    struct told *told = fl_arena_alloc(arena, sizeof *told);
    *kept = *one;
    *told = (struct told){l->told, kept};
    l->told = told;
    l->tell(l->context, kept);
}

/* ---- parameters and caches ---- */

/* What the operators of a plan make of a tensor that is stored. */
struct stored { int64_t copies, bits; const struct fl_plan_op *stays; int64_t core_first, core_end; };

static void stored_note(const struct lifetimes *l, const struct fl_plan_op *op, struct fl_layer_set *layers,
                        struct stored *s)
{
    const struct fl_machine *machine = &l->explain->given.machine;
    const struct fl_block *block = &l->explain->given.trace.block[op->block];
    const struct fl_tensor *t = op->op->stored;
    bool overflow = false;
    int64_t first, end;
    fl_layers_meant(t, block, &first, &end);
    s->copies += fl_layer_set_add(layers, &l->explain->arena, first, end);
    s->bits = fl_product(fl_product(t->rows, t->width, &overflow), t->groups, &overflow);
    int32_t stored = fl_map_stored_bits(op->op, machine, fl_mapping_pool(&op->mapping, machine));
    s->bits = fl_product(s->bits, stored, &overflow);
    if (!op->mapping.in_place)
        return;
    int64_t others = (block->repeat - 1) * op->core_step, low = op->held_first + fl_least(others, 0);
    int64_t high = op->held_first + fl_most(others, 0) + op->held_cores;
    s->core_first = s->stays != NULL ? fl_least(s->core_first, low) : low;
    s->core_end = fl_most(s->core_end, high);
    s->stays = op;
}

static void stored_tell(struct lifetimes *l, size_t tensor)
{
    const struct fl_trace *trace = &l->explain->given.trace;
    struct fl_layer_set layers = {0};
    struct stored s = {0};
    for (size_t i = 0; i < l->explain->plan.ops; i++)
        if (l->explain->plan.op[i].op->stored == &trace->tensor[tensor])
            stored_note(l, &l->explain->plan.op[i], &layers, &s);
    if (s.copies == 0)
        return;
    const char *where = "DRAM";
    if (s.stays != NULL)
        where = fl_arena_format(&l->explain->arena, "%s, cores %lld to %lld",
                                l->explain->given.machine.pool[s.stays->mapping.number].name, (long long)s.core_first,
                                (long long)s.core_end - 1);
    tell_once(l, &(struct fl_explained_tensor){
        .name = trace->tensor[tensor].name, .kind = fl_tensor_kind_names[trace->tensor[tensor].kind], .bits = s.bits,
        .copies = s.copies, .where = where, .from = "start", .until = "end"});
}

/* ---- values ---- */

static const char *until_of(struct lifetimes *l, const struct fl_life *life)
{
    if (life->next != NULL && life->last != NULL && life->last != life->next)
        return fl_arena_format(&l->explain->arena, "%s of the next layer, or %s", life->next->name, life->last->name);
    if (life->next != NULL)
        return fl_arena_format(&l->explain->arena, "%s of the next layer", life->next->name);
    bool kept = l->explain->given.trace.tensor[life->tensor].kind == FL_TENSOR_GRADIENT;
    return life->last != NULL ? life->last->name : kept && life->result ? "end" : "unread";
}

static void value_tell(void *context, const struct fl_life *life)
{
    struct lifetimes *l = context;
    const struct fl_explain *e = l->explain;
    const struct fl_op *op = &e->given.trace.block[life->block].op[life->op];
    const struct fl_tensor *t = &e->given.trace.tensor[life->tensor];
    bool overflow = false;
    int64_t values = 0;
    overflow |= !fl_op_written(&e->given.trace.block[life->block], life->op, &values);
    tell_once(l, &(struct fl_explained_tensor){
        .name = t->name, .kind = fl_tensor_kind_names[t->kind],
        .bits = fl_product(values, e->given.machine.activation_bits, &overflow), .copies = life->copies,
        .where = e->plan.residency.gave_way[life->tensor] ? "by way of DRAM" : "SRAM", .from = op->name,
        .until = until_of(l, life)});
}

/* ---- the call ---- */

struct tensors_ask {
    const struct fl_request *request;
    void (*tell)(void *context, const struct fl_explained_tensor *tensor);
    void *context;
};

static bool tensors_tell(void *context, struct fl_err *err)
{
    const struct tensors_ask *ask = context;
    struct fl_explain e;
    if (!fl_explain_open(&e, ask->request, err))
        return false;
    struct lifetimes l = {.explain = &e, .tell = ask->tell, .context = ask->context};
    for (size_t i = 0; i < e.given.trace.tensors; i++)
        if (!fl_tensor_is_value(&e.given.trace.tensor[i]))
            stored_tell(&l, i);
    fl_lives_tell(&e.given.trace, value_tell, &l);
    fl_explain_close(&e);
    return true;
}

bool fanlight_explain_tensors_sized(const struct fl_request *request, size_t size,
                                    void (*tell)(void *context, const struct fl_explained_tensor *tensor),
                                    void *context, struct fl_err *err)
{
    struct fl_request own;
    struct tensors_ask ask = { &own, tell, context };
    return fl_record_take(&own, sizeof own, request, size, "fl_request", err) &&
           fl_guard(tensors_tell, &ask, NULL, err);
}
