/* dealt.h - random products whose tiles are dealt to cores one by one, and what their tiles add up to.
 *
 * Of two suites: cores that hold nothing (streamed), and loaded tiles (spread). Whoever names tiles and whoever writes
 * steps must agree.
 */
#ifndef FL_TESTS_DEALT_H
#define FL_TESTS_DEALT_H

#include <check.h>

#include "mapping/nest.h"
#include "tests/cases.h"
#include "tests/samples.h"

/* A machine of one pool, whose cores, sizes and sharing are the caller's. */
static inline struct fl_machine dealt_machine(const char *name)
{
    struct fl_machine machine = {.pools = 1, .activation_bits = 4, .accumulator_bits = 32, .ideal_memory = true,
                                 .sram_bits = INT64_MAX / 2, .dram_bits = INT64_MAX / 2};
    machine.pool[0] = (struct fl_pool){
        .name = name, .input_bits = 4, .weight_bits = 4, .output_bits = 4, .dac_ps = 200, .source_ps = 200,
        .detector_ps = 200, .adc_ps = 200, .accumulator_ps = 200, .dac_lanes = 1000, .adc_lanes = 1000,
        .accumulator_lanes = 1000, .back_frames = 1};
    return machine;
}

static inline struct fl_op dealt_op(struct fl_rng *rng)
{
    int64_t groups = fl_rng_range(rng, 1, 4), m = fl_rng_range(rng, 1, 60);
    struct fl_op op = sample_matmul("product", groups, m, fl_rng_range(rng, 1, 90), fl_rng_range(rng, 1, 60));
    op.sign = fl_rng_range(rng, 0, 1) ? FL_NON_NEGATIVE : FL_SIGNED;
    return op;
}

struct dealt_sums {
    int64_t tiles, rounds, products, loads, cores;      /* cores: the most at once */
    int64_t at_once, last;
    double inputs, weights, finished;   /* weights: of tiles that are loaded, as all are that stream */
};

static inline bool dealt_tile_add(void *context, const struct fl_tile *tile)
{
    struct dealt_sums *s = context;
    s->tiles++;
    s->products += tile->ns * tile->ms;
    s->inputs += (double)(tile->ms * tile->ks);
    s->finished += tile->last_k ? (double)(tile->ns * tile->ms) : 0;
    s->loads += tile->load;
    s->weights += tile->load ? (double)(tile->ks * tile->ns) : 0;
    s->at_once = tile->round == s->last ? s->at_once + 1 : 1;
    s->last = tile->round;
    s->cores = fl_most(s->cores, s->at_once);
    s->rounds = fl_most(s->rounds, tile->round + 1);
    return true;
}

/* The mapping that a strategy has of a product, which covers it; what it takes, and its tiles summed, which take as
 * many vectors and no more cores than there are. */
static inline struct dealt_sums dealt_walk(const char *strategy, const struct fl_op *op,
                                           const struct fl_machine *machine, struct fl_mapping *mapping,
                                           struct fl_effort *effort)
{
    struct fl_err err = {0};
    struct dealt_sums sums = {.last = -1};
    bool mapped = fl_mapper_find(strategy)->map(op, machine, mapping, &err);
    ck_assert_msg(mapped && fl_cover(op, machine, mapping, &err), "%s", err.faults > 0 ? err.fault[0].line : "");
    ck_assert(fl_mapping_visit(op, mapping, dealt_tile_add, &sums));
    ck_assert(fl_mapping_bound(op, machine, mapping, effort, &err));
    fl_err_free(&err);
    int64_t passes = fl_pool_passes(&machine->pool[0], op->sign == FL_NON_NEGATIVE);
    ck_assert_int_eq((int64_t)effort->vectors, passes * sums.rounds);
    ck_assert_int_le(sums.cores, machine->pool[0].cores);
    return sums;
}
#endif
