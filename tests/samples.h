/* samples.h - operators and machines for tests of mappings: small random ones, and one plain machine. */
#ifndef FL_SAMPLES_H
#define FL_SAMPLES_H

#include "base/rng.h"
#include "mapping/nest.h"
#include "traces/build.h"

static inline struct fl_op sample_linear(const char *name, int64_t m, int64_t k, int64_t n)
{
    return (struct fl_op){.name = name, .type = &fl_op_linear, .groups = 1, .share = 1, .m = m, .k = k, .n = n,
                          .macs = m * k * n};
}

static inline struct fl_op sample_matmul(const char *name, int64_t groups, int64_t m, int64_t k, int64_t n)
{
    return (struct fl_op){.name = name, .type = &fl_op_matmul, .groups = groups, .share = 1, .m = m, .k = k, .n = n,
                          .macs = groups * m * k * n};
}

static inline struct fl_op sample_rows(const char *name, const struct fl_op_type *type, int64_t m, int64_t n)
{
    return (struct fl_op){.name = name, .type = type, .groups = 1, .share = 1, .m = m, .k = 1, .n = n};
}

/* What makes a product's second operand a cache. */
static const struct fl_tensor sample_cache = {.name = "cache", .kind = FL_TENSOR_CACHE, .layered = true};

/* A trace of blocks made by hand: each operator reads the input, and a cache if it has one, and writes what is called
 * after it. */
static inline struct fl_trace sample_trace(const struct fl_block *block, size_t blocks)
{
    struct fl_trace trace = {.model = "made", .phase = "prefill", .attention = "dense", .logits = "all", .batch = 1};
    struct fl_trace_builder b = {.trace = &trace};
    fl_trace_input_add(&b, "in");
    fl_trace_tensor_add(&b, &sample_cache);
    for (size_t i = 0; i < blocks; i++) {
        fl_trace_block_open(&b, block[i].repeat, block[i].layer);
        for (size_t j = 0; j < block[i].ops; j++) {
            const struct fl_op *op = &block[i].op[j];
            bool two = op->type->reads_least == 2 || (fl_op_is_product(op) && op->type->stored != FL_TENSOR_PARAMETER);
            const char *const reads[] = {"in", !two ? NULL : op->stored == &sample_cache ? "cache" : "in", NULL};
            fl_trace_op_add(&b, op, reads, op->name);
        }
        fl_trace_block_close(&b);
    }
    bool made = fl_trace_build_end(&b, "made", NULL);
    fl_assert(made);
    return trace;
}

static inline struct fl_pool sample_pool(const char *name, bool dynamic, int64_t cores, int64_t columns, int64_t rows)
{
    return (struct fl_pool){.name = name, .dynamic = dynamic, .cores = cores, .columns = columns, .rows = rows,
                            .shared_input = true, .input_bits = 8, .weight_bits = 8, .output_bits = 8,
                            .dac_ps = 100, .source_ps = 100, .detector_ps = 100, .adc_ps = 100,
                            .accumulator_ps = 100, .dac_lanes = columns, .adc_lanes = rows,
                            .accumulator_lanes = rows, .load_pixel_ps = 0.08, .settle_ps = 1000, .back_frames = 1};
}

/* Digital unit, memories, and no pool yet. */
static inline struct fl_machine sample_machine(void)
{
    return (struct fl_machine){.sram_bits = (int64_t)1 << 33, .dram_fit = true, .sram_bit_ps = 1e-4,
                               .dram_bit_ps = 1e-3, .vectors = 1,
                               .vector = {{.lanes = 1024, .mac_lanes = 1024, .period_ps = 1000,
                                           .ops = {1, 8, 5, 8, 1, 3, 0}}},
                               .activation_bits = 8, .accumulator_bits = 24};
}

/* Whether a token sees a position, by the meaning of the mask. */
static inline bool sample_sees(const struct fl_op *op, int64_t token, int64_t position)
{
    int64_t own = op->band.past + token;
    bool near = op->band.window == 0 || position > own - op->band.window;
    bool here = op->band.chunk == 0 || position / op->band.chunk == own / op->band.chunk;
    return position <= own && near && here;
}

/* A window or chunks for half of the masked operators, as long as the last token sees something. */
static inline void sample_random_reach(struct fl_rng *rng, struct fl_op *op)
{
    int64_t last = op->m / op->share - 1, limit = op->mask == FL_CAUSAL_OUT ? op->n : op->k;
    int64_t kind = fl_rng_range(rng, 0, 3), width = fl_rng_range(rng, 1, 1 + fl_rng_range(rng, 0, 24));
    if (op->mask == FL_DENSE)
        return;
    op->band.window = kind == 0 ? width : 0;
    op->band.chunk = kind == 1 ? width : 0;
    for (int64_t x = limit - 1; x >= 0; x--)
        if (sample_sees(op, last, x))
            return;
    op->band.window = op->band.chunk = 0;
}

static inline struct fl_op sample_random_op(struct fl_rng *rng)
{
    int64_t share = fl_rng_range(rng, 1, 3), tokens = fl_rng_range(rng, 1, 8);
    struct fl_op op = sample_linear("random", tokens * share, fl_rng_range(rng, 1, 40), fl_rng_range(rng, 1, 40));
    if (fl_rng_range(rng, 0, 2) > 0) {
        op.type = &fl_op_matmul;
        op.groups = fl_rng_range(rng, 1, 4);
        op.share = share;
        op.stored = fl_rng_range(rng, 0, 1) ? &sample_cache : NULL;
        op.mask = (int32_t)fl_rng_range(rng, 0, 2);
        op.band.past = fl_rng_range(rng, 0, 2) * fl_rng_range(rng, 0, 12);
    }
    op.sign = (int32_t)fl_rng_range(rng, 0, 1);
    sample_random_reach(rng, &op);
    fl_op_macs(&op, &op.macs);
    return op;
}

/* Converters shared by any number of lines, each unit at a pace of its own. */
static inline void sample_random_converters(struct fl_rng *rng, struct fl_pool *pool)
{
    static const double period[] = {100, 100, 625, 1000.0 / 3};
    double *const pace[] = {&pool->dac_ps, &pool->source_ps, &pool->detector_ps, &pool->adc_ps, &pool->accumulator_ps};
    for (size_t i = 0; i < sizeof pace / sizeof *pace; i++)
        *pace[i] = period[fl_rng_range(rng, 0, 3)] * (double)fl_rng_range(rng, 1, 3);
    pool->dac_lanes = fl_rng_range(rng, 0, 1) * fl_ceil_div(pool->columns, fl_rng_range(rng, 1, 8));
    pool->adc_lanes = fl_ceil_div(pool->rows, fl_rng_range(rng, 1, 8));
    pool->accumulator_lanes = fl_rng_range(rng, 0, 1) * fl_ceil_div(pool->rows, fl_rng_range(rng, 1, 4));
    pool->front_ps = (double)fl_rng_range(rng, 0, 2) * 100;
    pool->flight_ps = (double)fl_rng_range(rng, 0, 2) * 333;
    pool->back_ps = (double)fl_rng_range(rng, 0, 2) * 100;
    if (fl_rng_range(rng, 0, 2) == 0) {
        pool->weight_dac_lanes = fl_rng_range(rng, 1, 16);
        pool->weight_dac_ps = 100;
    }
    pool->load_pixel_ps = fl_rng_range(rng, 0, 1) ? 0.08 : (double)fl_rng_range(rng, 0, 60);
    pool->settle_ps = fl_rng_range(rng, 0, 3) * fl_rng_range(rng, 0, 2000);
    pool->settle_in_light = fl_rng_range(rng, 0, 3) == 0;
}

static inline struct fl_pool sample_random_pool(struct fl_rng *rng, bool dynamic)
{
    struct fl_pool pool = sample_pool(dynamic ? "dynamic" : "static", dynamic, fl_rng_range(rng, 1, 12),
                                      fl_rng_range(rng, 1, 16), fl_rng_range(rng, 2, 16));
    pool.shared_input = fl_rng_range(rng, 0, 1);
    pool.gate_rows = fl_rng_range(rng, 0, 1);
    pool.encoding = (int32_t)fl_rng_range(rng, 0, FL_SIGNS - 1);
    pool.reference = (int32_t)fl_rng_range(rng, 0, 1);
    pool.weight_slices = (int32_t)fl_rng_range(rng, 0, 1);
    pool.dac_bits = (int32_t)(fl_rng_range(rng, 0, 1) * fl_rng_range(rng, 2, 8));
    if (pool.weight_slices == FL_SLICES_TIME || pool.rows > 5)
        pool.pixel_bits = (int32_t)(fl_rng_range(rng, 0, 1) * fl_rng_range(rng, 4, 8));
    pool.back_frames = fl_rng_range(rng, 0, 1);
    pool.blocks = pool.back_frames * fl_rng_range(rng, 0, 3);
    pool.whole_frames = fl_rng_range(rng, 0, 3) == 0;
    pool.accumulator_vectors = fl_rng_range(rng, 0, 2) * fl_rng_range(rng, 0, 12);
    pool.row_ps = fl_rng_range(rng, 0, 50);
    sample_random_converters(rng, &pool);
    return pool;
}

static inline struct fl_machine sample_random_machine(struct fl_rng *rng)
{
    struct fl_machine machine = sample_machine();
    machine.ideal_memory = fl_rng_range(rng, 0, 1);
    machine.pools = (int32_t)fl_rng_range(rng, 0, 3);
    for (int32_t i = 0; i < machine.pools; i++)
        machine.pool[i] = sample_random_pool(rng, fl_rng_range(rng, 0, 1));
    machine.activation_bits = (int32_t)fl_rng_range(rng, 1, 4) * 4;
    machine.dram_bit_ps *= (double)(fl_rng_range(rng, 0, 2) * fl_rng_range(rng, 0, 2000));
    machine.sram_bit_ps *= (double)(fl_rng_range(rng, 0, 2) * fl_rng_range(rng, 0, 2000));
    return machine;
}

/* Any legal mapping, sensible or not. */
static inline struct fl_mapping sample_random_mapping(struct fl_rng *rng, const struct fl_op *op,
                                                      const struct fl_pool *pool)
{
    struct fl_mapping mapping = {.strategy = "random", .engine = &fl_engine_optical, .order = {0, 1, 2, 3},
                                 .frames = fl_pool_frames(pool)};
    mapping.tile_k = fl_rng_range(rng, 1, pool->columns);
    mapping.tile_n = fl_rng_range(rng, 1, fl_pool_outputs(pool));
    mapping.tile_m = fl_rng_range(rng, 1, op->m);
    mapping.cores_g = fl_rng_range(rng, 1, pool->cores);
    mapping.cores_k = fl_rng_range(rng, 1, pool->cores / mapping.cores_g);
    mapping.cores_n = fl_rng_range(rng, 1, pool->cores / mapping.cores_g / mapping.cores_k);
    mapping.cores_m = pool->cores / mapping.cores_g / mapping.cores_k / mapping.cores_n;
    mapping.cores_m = op->mask == FL_DENSE ? fl_rng_range(rng, 1, mapping.cores_m) : 1;
    mapping.cores = mapping.cores_g * mapping.cores_k * mapping.cores_n * mapping.cores_m;
    for (int i = 3; i > 0; i--) {
        int64_t other = fl_rng_range(rng, 0, i);
        int32_t swap = mapping.order[i];
        mapping.order[i] = mapping.order[other];
        mapping.order[other] = swap;
    }
    return mapping;
}

#endif
