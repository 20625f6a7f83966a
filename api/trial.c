/* trial.c - what an operator takes by itself on the machine at hand, by simulation; of those alike, or with the
 * same program, one is simulated. */
#include "api/search.h"

#include <math.h>
#include <string.h>

#include "mapping/nest.h"

struct fl_tried {
    struct fl_tried *next;
    const struct fl_op *op;
    struct fl_spill spill;
    bool again;
    struct fl_mapping mapping;
    struct fl_builder builder;          /* the program */
    double ps, counted_fj, joules;
};

/* The operator so many times, one after the other, with what it moves besides. */
static void op_write(struct fl_builder *builder, const struct fl_machine *machine, const struct fl_tried *tried,
                     int times)
{
    for (int i = 0; i < times; i++) {
        fl_build_open(builder, 0);
        fl_spill_build(builder, fl_spill_load_bits(&tried->spill, tried->op, machine, &tried->mapping), false);
        fl_mapping_lower(tried->op, machine, &tried->mapping, builder);
        fl_spill_build(builder, tried->spill.store_bits, true);
        fl_build_close(builder);
    }
    fl_build_halt(builder);
}

static bool op_run(struct fl_bench *b, const struct fl_builder *builder, struct fl_err *err)
{
    struct fl_sim *sim = &b->arch.sim;
    struct fl_program program = fl_builder_program(builder);
    sim->leap = b->leap ? fl_leap_new(sim) : NULL;
    bool ran = fl_sim_run(sim, &program, err);
    if (sim->leap != NULL)
        fl_leap_free(sim->leap);
    sim->leap = NULL;
    b->simulated++;
    return ran;
}

/* Who has been tried by the same program; NULL: nobody. */
static const struct fl_tried *twin_of(const struct fl_bench *b, const struct fl_tried *tried)
{
    const struct fl_program program = fl_builder_program(&tried->builder);
    for (const struct fl_tried *t = b->tried; t != NULL; t = t->next) {
        const struct fl_program other = fl_builder_program(&t->builder);
        if (t->again == tried->again && fl_program_same(&program, &other))
            return t;
    }
    return NULL;
}

static bool simulate(struct fl_bench *b, struct fl_tried *tried, struct fl_err *err)
{
    double twice = 0;
    if (b->again) {
        struct fl_builder builder = {0};
        op_write(&builder, &b->arch.machine, tried, 2);
        bool ran = op_run(b, &builder, err);
        fl_builder_free(&builder);
        if (!ran)
            return false;
        twice = (double)b->arch.sim.now;
    }
    if (!op_run(b, &tried->builder, err))
        return false;
    tried->ps = fabs(twice - (double)b->arch.sim.now);
    tried->counted_fj = fl_arch_counted_fj(&b->arch, false);
    return true;
}

static bool take(struct fl_bench *b, struct fl_tried *tried, struct fl_err *err)
{
    const struct fl_mapping *mapping = &tried->mapping;
    op_write(&tried->builder, &b->arch.machine, tried, 1);
    const struct fl_tried *twin = twin_of(b, tried);
    if (twin != NULL) {
        tried->ps = twin->ps;
        tried->counted_fj = twin->counted_fj;
    } else if (!simulate(b, tried, err)) {
        fl_builder_free(&tried->builder);
        return false;
    }
    double mw = b->prices.static_mw;
    if (fl_on_cores(mapping))
        mw += b->prices.pool[mapping->number].core_mw * (double)mapping->cores;
    tried->joules = (tried->counted_fj + mw * tried->ps) * 1e-15;
    return true;
}

static bool is_of(const struct fl_tried *t, const struct fl_bench *b, const struct fl_shape_search *shape)
{
    return t->again == b->again && fl_shape_alike(t->op, shape->op) &&
           memcmp(&t->spill, &shape->spill, sizeof t->spill) == 0;
}

/* What is known of a mapping of such a product; NULL: nothing. */
static struct fl_tried *tried_find(const struct fl_bench *b, const struct fl_shape_search *shape,
                                   const struct fl_mapping *mapping)
{
    struct fl_tried *t = b->tried;
    while (t != NULL && !(fl_mapping_same(&t->mapping, mapping) && is_of(t, b, shape)))
        t = t->next;
    return t;
}

bool fl_bench_try(void *context, const struct fl_shape_search *shape, const struct fl_mapping *mapping, double *ps,
                  double *joules, struct fl_err *err)
{
    struct fl_bench *b = context;
    struct fl_tried *t = tried_find(b, shape, mapping);
    if (t == NULL) {
        struct fl_op *op = fl_arena_alloc(&b->arena, sizeof *op);
        *op = *shape->op;
        t = fl_arena_alloc(&b->arena, sizeof *t);
        *t = (struct fl_tried){.next = b->tried, .op = op, .spill = shape->spill, .again = b->again,
                               .mapping = *mapping};
        if (!take(b, t, err))
            return false;
        b->tried = t;
    }
    *ps = t->ps;
    *joules = t->joules;
    return true;
}

double fl_bench_least(void *context, const struct fl_shape_search *shape)
{
    const struct fl_bench *b = context;
    double least = INFINITY;
    for (const struct fl_tried *t = b->long_run < UINT64_MAX ? b->tried : NULL; t != NULL; t = t->next)
        if (is_of(t, b, shape))
            least = fmin(least, t->ps);
    return least;
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
    for (struct fl_tried *t = b->tried; t != NULL; t = t->next)
        fl_builder_free(&t->builder);
    fl_beaten_free(b->lost);
    fl_arch_free(&b->arch);
    fl_arena_free(&b->arena);
}
