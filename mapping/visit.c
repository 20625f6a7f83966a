/* visit.c - the tiles of a mapping, one by one, in order of execution.
 *
 * The plain reading of the nest that fl_cover judges and `fanlight explain` shows;
 * lower.c says the same in loops, and a test compares the two.
 */
#include "mapping/deal.h"
#include "mapping/spread.h"

struct visit {
    const struct fl_op *op;
    const struct fl_mapping *mapping;
    struct fl_nest nest;
    int64_t round[4];
    int64_t done;                       /* rounds so far */
    bool (*visit)(void *context, const struct fl_tile *tile);
    void *context;
};

static struct fl_span tile_span(const struct fl_nest *nest, int32_t dim, struct fl_span round, int64_t index)
{
    const struct fl_axis *axis = &nest->axis[dim];
    struct fl_span span = {.first = round.first + index * axis->tile, .tiles = 1};
    span.size = fl_least(axis->tile, axis->size - span.first);
    return span;
}

/* Cores are numbered group by group, then input by input, then output by output; those that share weights follow one
 * another. */
static int64_t core_of(const struct fl_nest *nest, int64_t g, int64_t k, int64_t n, int64_t m)
{
    int64_t tile = (g * nest->axis[FL_DIM_K].cores + k) * nest->axis[FL_DIM_N].cores + n;
    return tile * nest->axis[FL_DIM_M].cores + m;
}

static bool visit_round(struct visit *v)
{
    const struct fl_nest *nest = &v->nest;
    struct fl_span g = fl_nest_span(nest, FL_DIM_G, v->round[FL_DIM_G]);
    struct fl_span k = fl_nest_span(nest, FL_DIM_K, v->round[FL_DIM_K]);
    struct fl_span n = fl_nest_span(nest, FL_DIM_N, v->round[FL_DIM_N]);
    struct fl_span m = fl_nest_span(nest, FL_DIM_M, v->round[FL_DIM_M]);
    bool any = false;

    for (int64_t i = 0; i < g.tiles * k.tiles * n.tiles * m.tiles; i++) {
        int64_t mi = i % m.tiles, ni = i / m.tiles % n.tiles, ki = i / m.tiles / n.tiles % k.tiles;
        int64_t gi = i / m.tiles / n.tiles / k.tiles;
        struct fl_span tk = tile_span(nest, FL_DIM_K, k, ki), tn = tile_span(nest, FL_DIM_N, n, ni);
        struct fl_span tm = tile_span(nest, FL_DIM_M, m, mi);
        struct fl_span x = nest->context == FL_DIM_K ? tk : tn, want = fl_nest_seers(nest, x, tm);
        if (want.size == 0)
            continue;                   /* wholly masked */
        any = true;
        bool first = nest->context < 0 ? v->round[FL_DIM_M] == 0
                                       : fl_nest_until(nest, x.first + x.size - 1) <= m.first + m.size;
        struct fl_tile tile = {
            .g = g.first + gi, .k = tk.first, .n = tn.first, .m = want.first,
            .ks = tk.size, .ns = tn.size, .ms = want.size,
            .frame = v->round[FL_DIM_K] % nest->axis[FL_DIM_K].frames,
            .round = v->done, .core = core_of(nest, gi, ki, ni, mi),
            .load = !v->mapping->in_place && (!nest->weights_stay || first),
            .first_k = tk.first == 0, .last_k = tk.first + tk.size == nest->axis[FL_DIM_K].size,
        };
        if (!v->visit(v->context, &tile))
            return false;
    }
    v->done += any;
    return true;
}

static bool visit_axis(struct visit *v, int level)
{
    if (level == 4)
        return visit_round(v);
    int32_t dim = v->nest.order[level];
    for (v->round[dim] = 0; v->round[dim] < v->nest.axis[dim].rounds; v->round[dim]++)
        if (!visit_axis(v, level + 1))
            return false;
    return true;
}

bool fl_mapping_visit(const struct fl_op *op, const struct fl_mapping *mapping,
                      bool (*visit)(void *context, const struct fl_tile *tile), void *context)
{
    if (!fl_on_cores(mapping))
        return true;                    /* digital work has no tiles */
    if (fl_mapping_dealt(mapping)) {
        const struct fl_op view = fl_mapping_view(op, mapping);
        return (mapping->streams ? fl_visit_streamed : fl_visit_spread)(&view, mapping, visit, context);
    }
    struct visit v = {.op = op, .mapping = mapping, .visit = visit, .context = context};
    fl_nest_make(&v.nest, op, mapping);
    return visit_axis(&v, 0);
}
