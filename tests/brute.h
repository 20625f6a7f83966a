/* brute.h - every legal mapping of a small operator, one after the other. */
#ifndef FL_BRUTE_H
#define FL_BRUTE_H

#include "mapping/nest.h"

struct brute {
    const struct fl_op *op;
    const struct fl_machine *machine;
    bool (*each)(void *context, const struct fl_mapping *mapping);
    void *context;
    int64_t count;
};

static inline void brute_orders(struct brute *b, struct fl_mapping mapping)
{
    for (int code = 0; code < 256; code++) {
        int32_t order[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
        if ((1 << order[0] | 1 << order[1] | 1 << order[2] | 1 << order[3]) != 15)
            continue;
        for (int i = 0; i < 4; i++)
            mapping.order[i] = order[i];
        fl_map_sums(b->op, &b->machine->pool[mapping.number], &mapping);
        fl_map_keep(b->op, b->machine, &mapping);
        for (int less = 0; less < 4; less++) {
            struct fl_mapping other = mapping;
            other.accumulate &= !(less & 1);
            other.keep &= !(less & 2);
            if ((less & 1 && !mapping.accumulate) || (less & 2 && !mapping.keep))
                continue;
            b->count++;
            b->each(b->context, &other);
        }
    }
}

static inline void brute_cores(struct brute *b, struct fl_mapping mapping, const struct fl_op *view)
{
    const struct fl_pool *pool = &b->machine->pool[mapping.number];
    int64_t kt = fl_ceil_div(view->k, mapping.tile_k), nt = fl_ceil_div(view->n, mapping.tile_n);
    int64_t mt = view->mask == FL_DENSE ? fl_ceil_div(view->m, mapping.tile_m) : 1;
    for (int64_t g = 1; g <= view->groups; g++)
        for (int64_t k = 1; k <= kt && g * k <= pool->cores; k++)
            for (int64_t n = 1; n <= nt && g * k * n <= pool->cores; n++)
                for (int64_t m = 1; m <= mt && g * k * n * m <= pool->cores; m++) {
                    mapping.cores_g = g;
                    mapping.cores_k = k;
                    mapping.cores_n = n;
                    mapping.cores_m = m;
                    mapping.cores = g * k * n * m;
                    if (fl_map_sets(&mapping, pool) > fl_pool_sets_most(pool))
                        continue;
                    bool whole = g == view->groups && k == kt && n == nt && mapping.frames == 1;
                    for (int stay = 0; stay <= (whole && view->type == &fl_op_linear && !mapping.swapped); stay++) {
                        mapping.in_place = stay;
                        brute_orders(b, mapping);
                    }
                }
}

/* Calls `each` for every legal mapping of a product onto optical cores. */
static inline void brute_all(struct brute *b)
{
    for (int32_t pool = 0; pool < b->machine->pools; pool++)
        for (int swapped = 0; swapped <= (b->op->mask == FL_DENSE); swapped++) {
            const struct fl_pool *p = &b->machine->pool[pool];
            const struct fl_op view = fl_map_view(b->op, swapped);
            if (swapped && b->op->type == &fl_op_linear && p->input_bits < p->weight_bits)
                continue;
            struct fl_mapping mapping = {.strategy = "brute", .engine = &fl_engine_optical, .number = pool,
                                         .swapped = swapped,
                                         .frames = fl_pool_frames(p)};
            for (mapping.tile_k = 1; mapping.tile_k <= fl_least(view.k, p->columns); mapping.tile_k++)
                for (mapping.tile_n = 1; mapping.tile_n <= fl_least(view.n, fl_pool_outputs(p)); mapping.tile_n++)
                    for (mapping.tile_m = 1; mapping.tile_m <= view.m; mapping.tile_m++)
                        brute_cores(b, mapping, &view);
        }
}

#endif
