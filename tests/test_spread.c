/* test_spread.c - loaded tiles that are dealt to all cores one by one: tiles named, steps walked, and their sums.
 *
 * Random products on random pools. Whoever names the tiles one by one and who writes steps must agree: on the number of
 * vectors, which are as few as there can be, and, but for rounding up, on what is converted, detected, read, loaded and
 * kept.
 */
#include <math.h>

#include "mapping/spread.h"
#include "tests/dealt.h"
#include "tests/suites.h"

enum { CORES = 16 };

static struct fl_machine machine_draw(struct fl_rng *rng)
{
    static const int32_t coding[] = {FL_SIGN_DUAL_RAIL, FL_SIGN_BALANCED, FL_SIGN_COHERENT};
    struct fl_machine machine = dealt_machine("banks");
    struct fl_pool *pool = &machine.pool[0];
    pool->cores = fl_rng_range(rng, 1, CORES);
    pool->columns = fl_rng_range(rng, 1, 16);
    pool->rows = fl_rng_range(rng, 2, 16);
    pool->spread = true;
    pool->reread = fl_rng_range(rng, 0, 1);
    pool->encoding = coding[fl_rng_range(rng, 0, 2)];
    pool->buffer_bits = fl_rng_range(rng, 0, 1) * fl_rng_range(rng, 500, 4096);
    pool->buffer_cores = fl_rng_range(rng, 1, 4);
    pool->accumulator_vectors = fl_rng_range(rng, 1, 60);
    pool->back_frames = fl_rng_range(rng, 0, 1);
    pool->settle_ps = fl_rng_range(rng, 0, 1) * 500;
    return machine;
}

static void between(double got, double least, double most, const char *what)
{
    ck_assert_msg(got >= least && got <= most, "%s: %.0f, which should lie between %.0f and %.0f", what, got, least,
                  most);
}

/* What is counted for a vector is rounded up once a vector. */
static void check_counts(const struct fl_op *op, const struct fl_machine *machine, const struct fl_mapping *mapping,
                         const struct fl_effort *e, const struct dealt_sums *sums)
{
    const struct fl_pool *pool = &machine->pool[0];
    double passes = (double)fl_pool_passes(pool, op->sign == FL_NON_NEGATIVE), once = e->vectors + 16;
    double diodes = (double)fl_pool_diodes(pool), rows = (double)fl_pool_rows_per_output(pool);
    between(e->converted, passes * sums->inputs, passes * sums->inputs + once, "converted");
    between(e->sampled, passes * (double)sums->products, passes * (double)sums->products + once, "sampled");
    between(e->detected, passes * diodes * (double)sums->products, diodes * (passes * (double)sums->products + once),
            "detected");
    double lit = passes * (double)(sums->tiles * pool->rows);
    between(e->lit_rows, lit, lit + once, "lit rows");
    double steps = e->steps * CORES;    /* a step's loads are rounded up */
    between(e->load_pixels, rows * sums->weights, rows * (sums->weights + steps * 16 * 16), "pixels");
    between(e->loads, fmin((double)sums->loads, e->loads), (double)sums->loads, "loads");
    double written = (double)(op->groups * op->m * op->n * machine->activation_bits);
    double read = sums->inputs * machine->activation_bits * (pool->reread ? passes : 1);
    double moved = written + read + e->partial_bits;
    double stored = op->type == &fl_op_matmul ? machine->activation_bits : pool->weight_bits;
    double held = (double)(op->groups * op->k * op->n) * stored;
    between(e->sram_bits, moved + held, moved + held + 4 * 32 * once + e->steps * CORES * 16 * stored, "sram");
    if (mapping->accumulate)
        ck_assert_double_eq(e->partial_bits, 0);
}

START_TEST(walked_as_dealt)
{
    uint64_t cases = cases_of(3000), loose = 0, edges = 0, few = 0, spilled = 0;
    struct fl_rng rng = cases_rng(31);
    for (uint64_t i = 0; i < cases; i++) {
        struct fl_machine machine = machine_draw(&rng);
        struct fl_op op = dealt_op(&rng);
        const struct fl_pool *pool = &machine.pool[0];
        struct fl_mapping mapping;
        struct fl_effort effort;
        struct dealt_sums sums = dealt_walk("spread", &op, &machine, &mapping, &effort);
        int64_t n = fl_ceil_div(op.n, mapping.tile_n), k = fl_ceil_div(op.k, mapping.tile_k), tiles = op.groups * n * k;
        ck_assert_int_eq(sums.tiles, tiles * op.m);
        if (mapping.runs_on)            /* no core rests before the last vector */
            ck_assert_int_eq(sums.rounds, fl_ceil_div(tiles * op.m, pool->cores));
        else                            /* no worse than a round of its own for the rest */
            ck_assert_int_le(sums.rounds, fl_ceil_div(tiles, pool->cores) * op.m);
        check_counts(&op, &machine, &mapping, &effort, &sums);
        loose += mapping.runs_on;
        edges += op.n % mapping.tile_n != 0 && op.k % mapping.tile_k != 0;
        few += tiles < pool->cores;
        spilled += effort.partial_bits > 0;
    }
    ck_assert(loose > cases / 4 && edges > cases / 4 && few > cases / 40 && spilled > cases / 20);
}
END_TEST

/* Tiles of 4 x 4 on 4 cores, 10 vectors. 10 inputs of 8 outputs are 3 x 2 tiles: a round of 4, and 2 left over. Running
 * on, their 20 vectors are 5 for each core, so that tiles end where cores do: 4 loads. With settling, 2 copies of each,
 * 5 vectors: the same. 7 tiles leave 3 over: running on, 30 vectors are 8 for each core, the tiles lie on 2, 2 and 2
 * cores; else there is a core for each, and 10 vectors. */
START_TEST(the_rest_by_hand)
{
    struct fl_op op = {.name = "product", .type = &fl_op_matmul, .groups = 1, .m = 10, .k = 10, .n = 8, .share = 1};
    struct fl_mapping mapping = {.tile_k = 4, .tile_n = 4, .cores = 4, .spread = true, .runs_on = true};
    struct fl_spreading s = fl_spreading_of(&op, &mapping);
    ck_assert(s.tiles == 6 && s.rounds == 1 && s.rest == 2 && s.each == 5 && s.at_work == 4 && s.loads == 4);
    mapping.runs_on = false;
    s = fl_spreading_of(&op, &mapping);
    ck_assert(s.copies == 2 && s.each == 5 && s.at_work == 4 && s.loads == 4);
    op.k = 28;                          /* 7 x 1 tiles */
    op.n = 4;
    mapping.runs_on = true;
    s = fl_spreading_of(&op, &mapping);
    ck_assert(s.rounds == 1 && s.rest == 3 && s.each == 8 && s.at_work == 4 && s.loads == 6);
    mapping.runs_on = false;
    s = fl_spreading_of(&op, &mapping);
    ck_assert(s.copies == 1 && s.each == 10 && s.at_work == 3 && s.loads == 3);
    /* of the 7 tiles of one output, a round of 4 leaves its sums to the rest */
    bool overflow = false;
    struct fl_spread_sums sums = fl_spread_sums_of(&s, 7, &overflow);
    ck_assert(sums.inputs == 28 && sums.rows == 28 && sums.weights == 112 && sums.finished == 4 && sums.waiting == 4);
    op.k = 10;
    op.n = 7;
    s = fl_spreading_of(&op, &mapping);
    sums = fl_spread_sums_of(&s, 4, &overflow);     /* 4, 4 and 2 inputs of 4 outputs, 4 of 3 */
    ck_assert(sums.inputs == 14 && sums.rows == 15 && sums.weights == 52 && sums.finished == 4 && sums.waiting == 4);
    ck_assert(!overflow);
}
END_TEST

/* A pool that spreads its tiles has one mapping of a product. */
START_TEST(there_is_no_other)
{
    struct fl_rng rng = cases_rng(5);
    struct fl_machine machine = machine_draw(&rng);
    struct fl_op op = dealt_op(&rng);
    static const char *const names[] = {"weight_stationary", "output_stationary", "input_stationary", "streamed"};
    struct fl_mapping mapping;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert(!fl_mapper_find(names[i])->map(&op, &machine, &mapping, NULL));
    ck_assert(fl_mapper_find("spread")->map(&op, &machine, &mapping, NULL));
    struct fl_mapping other = mapping;
    other.runs_on = !other.runs_on;
    ck_assert(!fl_cover(&op, &machine, &other, NULL));
    other = mapping;
    other.spread = false;
    ck_assert(!fl_cover(&op, &machine, &other, NULL));
    other = mapping;
    other.cores++;
    ck_assert(!fl_cover(&op, &machine, &other, NULL));
    machine.pool[0].spread = false;
    ck_assert(!fl_cover(&op, &machine, &mapping, NULL));
}
END_TEST

Suite *test_spread_suite(void)
{
    Suite *suite = suite_create("spread");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, walked_as_dealt);
    tcase_add_test(tests, the_rest_by_hand);
    tcase_add_test(tests, there_is_no_other);
    suite_add_tcase(suite, tests);
    return suite;
}
