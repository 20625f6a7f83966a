/* trial.c - what an operator takes by itself on the machine at hand, by simulation; alike ones are asked of once. */
#include "api/search.h"

#include <string.h>

#include "mapping/nest.h"

struct fl_tried {
    struct fl_tried *next;
    const struct fl_op *op;
    struct fl_spill spill;
    bool again;
    struct fl_mapping mapping;
    double ps, joules;
};

/* The operator so many times, one after the other, with what it moves besides. */
static bool op_run(struct fl_bench *b, const struct fl_shape_search *shape, const struct fl_mapping *mapping, int times,
                   struct fl_err *err)
{
    struct fl_builder builder = {0};
    struct fl_sim *sim = &b->arch.sim;
    for (int i = 0; i < times; i++) {
        fl_build_open(&builder, 0);
        fl_spill_build(&builder, fl_spill_load_bits(&shape->spill, shape->op, &b->arch.machine, mapping), false);
        fl_mapping_lower(shape->op, &b->arch.machine, mapping, &builder);
        fl_spill_build(&builder, shape->spill.store_bits, true);
        fl_build_close(&builder);
    }
    fl_build_halt(&builder);
    struct fl_program program = fl_builder_program(&builder);
    sim->leap = b->leap ? fl_leap_new(sim) : NULL;
    bool ran = fl_sim_run(sim, &program, err);
    if (sim->leap != NULL)
        fl_leap_free(sim->leap);
    sim->leap = NULL;
    fl_builder_free(&builder);
    b->simulated++;
    return ran;
}

static bool take(struct fl_bench *b, const struct fl_shape_search *shape, struct fl_tried *tried, struct fl_err *err)
{
    const struct fl_mapping *mapping = &tried->mapping;
    if (b->again && !op_run(b, shape, mapping, 2, err))
        return false;
    double both = (double)b->arch.sim.now;
    if (!op_run(b, shape, mapping, 1, err))
        return false;
    double mw = b->prices.static_mw;
    if (fl_on_cores(mapping))
        mw += b->prices.pool[mapping->number].core_mw * (double)mapping->cores;
    tried->ps = b->again ? both - (double)b->arch.sim.now : (double)b->arch.sim.now;
    tried->joules = (fl_arch_counted_fj(&b->arch, false) + mw * tried->ps) * 1e-15;
    return true;
}

bool fl_bench_try(void *context, const struct fl_shape_search *shape, const struct fl_mapping *mapping, double *ps,
                  double *joules, struct fl_err *err)
{
    struct fl_bench *b = context;
    struct fl_tried *t = b->tried;
    while (t != NULL && !(t->again == b->again && fl_mapping_same(&t->mapping, mapping) &&
                          fl_shape_alike(t->op, shape->op) &&
                          memcmp(&t->spill, &shape->spill, sizeof t->spill) == 0))
        t = t->next;
    if (t == NULL) {
        t = fl_arena_alloc(&b->arena, sizeof *t);
        *t = (struct fl_tried){ b->tried, shape->op, shape->spill, b->again, *mapping, 0, 0 };
        if (!take(b, shape, t, err))
            return false;
        b->tried = t;
    }
    *ps = t->ps;
    *joules = t->joules;
    return true;
}

bool fl_bench_open(struct fl_bench *b, const struct fl_design *design, const struct fl_machine *machine, bool leap,
                   struct fl_err *err)
{
    memset(b, 0, sizeof *b);
    b->machine = *machine;
    b->leap = leap;
    bool ok = fl_arch_build(&b->arch, design, &b->machine, err) && fl_prices_probe(&b->prices, &b->arch, err);
    if (!ok)
        fl_bench_close(b);
    return ok;
}

void fl_bench_close(struct fl_bench *b)
{
    fl_arch_free(&b->arch);
    fl_arena_free(&b->arena);
}
