/* test_streamed.c - pools that hold nothing: tiles dealt, steps walked, and what both add up to.
 *
 * Random products on random pools of crossbars. Whoever names the tiles one by one and who writes steps must agree:
 * on the number of vectors, and, but for rounding up once a vector, on what is converted, detected and read. Rounds of
 * vectors that are spread are as few as there can be.
 */
#include <stdlib.h>

#include "mapping/nest.h"
#include "tests/suites.h"
#include "traces/ops.h"

static uint64_t state;
static int64_t draw(int64_t least, int64_t most)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return least + (int64_t)((state >> 33) % (uint64_t)(most - least + 1));
}

struct sums {
    int64_t tiles, rounds, products, weights, cores;    /* cores: the most at once */
    int64_t at_once, last;
    double inputs;
};

static bool tile_add(void *context, const struct fl_tile *tile)
{
    struct sums *s = context;
    s->tiles++;
    s->products += tile->ns * tile->ms;
    s->weights += tile->ns * tile->ks;
    s->inputs += (double)(tile->ms * tile->ks);
    s->at_once = tile->round == s->last ? s->at_once + 1 : 1;
    s->last = tile->round;
    s->cores = fl_most(s->cores, s->at_once);
    s->rounds = fl_most(s->rounds, tile->round + 1);
    return true;
}

static struct fl_machine machine_draw(void)
{
    struct fl_machine machine = {.pools = 1, .activation_bits = 4, .accumulator_bits = 32, .ideal_memory = true,
                                 .sram_bits = INT64_MAX / 2, .dram_bits = INT64_MAX / 2};
    int64_t wired = draw(1, 4), teams = draw(1, 9);
    machine.pool[0] = (struct fl_pool){
        .name = "crossbars", .cores = wired * teams, .columns = draw(1, 16), .rows = draw(1, 16),
        .vectors = draw(1, 16), .wired = wired, .window = draw(1, 5), .spread = draw(0, 1), .shared_input = true,
        .input_sets = wired, .reach = teams, .input_bits = 4, .weight_bits = 4, .output_bits = 4,
        .encoding = FL_SIGN_COHERENT,
        .buffer_bits = draw(0, 1) * draw(500, 4096), .dac_ps = 200, .source_ps = 200, .detector_ps = 200, .adc_ps = 200,
        .accumulator_ps = 200, .dac_lanes = 1000, .adc_lanes = 1000, .accumulator_lanes = 1000, .back_frames = 1};
    return machine;
}

static struct fl_op op_draw(void)
{
    struct fl_op op = {.name = "product", .type = &fl_op_matmul, .groups = draw(1, 4), .m = draw(1, 60),
                       .k = draw(1, 90), .n = draw(1, 60), .share = 1};
    op.macs = op.groups * op.m * op.k * op.n;
    return op;
}

START_TEST(walked_as_dealt)
{
    int cases = getenv("FL_FAST") != NULL ? 300 : 3000, spread = 0, edges = 0, several = 0;
    state = 29;
    for (int i = 0; i < cases; i++) {
        struct fl_machine machine = machine_draw();
        struct fl_op op = op_draw();
        const struct fl_pool *pool = &machine.pool[0];
        struct fl_mapping mapping;
        struct fl_effort effort;
        struct sums sums = {.last = -1};
        struct fl_err err = {0};
        bool mapped = fl_mapper_find("streamed")->map(&op, &machine, &mapping, &err);
        ck_assert_msg(mapped && fl_cover(&op, &machine, &mapping, &err), "%s", err.faults > 0 ? err.fault[0].line : "");
        ck_assert(fl_mapping_visit(&op, &mapping, tile_add, &sums));
        ck_assert(fl_mapping_bound(&op, &machine, &mapping, &effort, &err));
        ck_assert_int_eq((int64_t)effort.vectors, sums.rounds);
        ck_assert_int_le(sums.cores, pool->cores);
        int64_t m = fl_ceil_div(op.m, mapping.tile_m), n = fl_ceil_div(op.n, mapping.tile_n);
        int64_t k = fl_ceil_div(op.k, mapping.tile_k), tiles = op.groups * m * n * k;
        ck_assert_int_eq(sums.tiles, tiles);
        /* each of these is rounded up once a vector, a reading or a step */
        double once = effort.vectors + 16;
        ck_assert_double_le(effort.lit_rows, (double)(tiles * pool->rows * pool->vectors) + once);
        ck_assert_double_ge(effort.lit_rows, (double)(tiles * pool->rows * pool->vectors));
        ck_assert(effort.detected >= 2.0 * (double)sums.products &&
                  effort.detected <= 2.0 * ((double)sums.products + once));
        ck_assert(effort.weights_converted >= (double)sums.weights &&
                  effort.weights_converted <= (double)sums.weights + once);
        int64_t wired = fl_least(pool->window, fl_ceil_div(k, pool->wired)) * pool->wired;
        double read = (double)(op.groups * op.m * op.n * fl_ceil_div(k, wired));
        ck_assert(effort.sampled >= read && effort.sampled <= read + once);
        /* an output is made of a part for each buffer of weights; all but one go to SRAM and come back */
        int64_t row = mapping.tile_n * op.k * machine.activation_bits;
        int64_t parts = pool->buffer_bits > 0 ? fl_ceil_div(row, pool->buffer_bits) : 1;
        double spilled = 2.0 * (double)((parts - 1) * op.groups * op.m * op.n * machine.accumulator_bits);
        ck_assert(effort.partial_bits >= spilled && effort.partial_bits <= spilled + 2 * once * 32);
        several += parts > 1;
        if (pool->spread) {
            ck_assert_int_eq(sums.rounds, fl_ceil_div(tiles, pool->cores));
            ck_assert(effort.converted >= sums.inputs / (double)pool->reach &&
                      effort.converted <= sums.inputs / (double)pool->reach + once);
        } else {
            int64_t teams = pool->cores / pool->wired;
            ck_assert_int_eq(sums.rounds, op.groups * m * fl_ceil_div(n, teams) * fl_ceil_div(k, pool->wired));
            double sent = (double)(op.groups * op.m * op.k * fl_ceil_div(n, teams));
            ck_assert(effort.converted >= sent && effort.converted <= sent + once);
        }
        spread += pool->spread;
        edges += op.n % mapping.tile_n != 0 && op.m % mapping.tile_m != 0;
        fl_err_free(&err);
    }
    ck_assert(spread > cases / 4 && edges > cases / 4 && several > cases / 20);
}
END_TEST

/* Nothing is loaded: strategies of tiles that are refuse, and a mapping that says otherwise is no mapping. */
START_TEST(nothing_is_held)
{
    state = 3;
    struct fl_machine machine = machine_draw();
    struct fl_op op = op_draw();
    static const char *const names[] = {"weight_stationary", "output_stationary", "input_stationary",
                                        "weights_in_place"};
    struct fl_mapping mapping;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct fl_err err = {0};
        ck_assert(!fl_mapper_find(names[i])->map(&op, &machine, &mapping, &err));
        ck_assert_int_gt(err.faults, 0);
        fl_err_free(&err);
    }
    ck_assert(fl_mapper_find("streamed")->map(&op, &machine, &mapping, NULL));
    ck_assert(fl_cover(&op, &machine, &mapping, NULL));
    struct fl_mapping other = mapping;
    other.spread = !other.spread;
    ck_assert(!fl_cover(&op, &machine, &other, NULL));
    other = mapping;
    other.streams = false;
    ck_assert(!fl_cover(&op, &machine, &other, NULL));
    machine.pool[0].vectors = 0;
    ck_assert(!fl_cover(&op, &machine, &mapping, NULL));
    ck_assert(!fl_mapper_find("streamed")->map(&op, &machine, &mapping, NULL));
}
END_TEST

Suite *test_streamed_suite(void)
{
    Suite *suite = suite_create("streamed");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, walked_as_dealt);
    tcase_add_test(tests, nothing_is_held);
    suite_add_tcase(suite, tests);
    return suite;
}
