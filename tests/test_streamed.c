/* test_streamed.c - pools that hold nothing: tiles dealt, steps walked, and what both add up to.
 *
 * Random products on random pools of crossbars. Whoever names the tiles one by one and who writes steps must agree:
 * on the number of vectors, and, but for rounding up once a vector, on what is converted, detected and read. Rounds of
 * vectors that are spread are as few as there can be.
 */
#include "tests/dealt.h"
#include "tests/suites.h"

static struct fl_machine machine_draw(struct fl_rng *rng)
{
    struct fl_machine machine = dealt_machine("crossbars");
    struct fl_pool *pool = &machine.pool[0];
    int64_t wired = fl_rng_range(rng, 1, 4), teams = fl_rng_range(rng, 1, 9);
    pool->cores = wired * teams;
    pool->columns = fl_rng_range(rng, 1, 16);
    pool->rows = fl_rng_range(rng, 1, 16);
    pool->vectors = fl_rng_range(rng, 1, 16);
    pool->wired = pool->input_sets = wired;
    pool->window = fl_rng_range(rng, 1, 5);
    pool->spread = fl_rng_range(rng, 0, 1);
    pool->shared_input = true;
    pool->reach = teams;
    pool->encoding = FL_SIGN_COHERENT;
    pool->buffer_bits = fl_rng_range(rng, 0, 1) * fl_rng_range(rng, 500, 4096);
    return machine;
}

START_TEST(walked_as_dealt)
{
    uint64_t cases = cases_of(3000), spread = 0, edges = 0, several = 0;
    struct fl_rng rng = cases_rng(29);
    for (uint64_t i = 0; i < cases; i++) {
        struct fl_machine machine = machine_draw(&rng);
        struct fl_op op = dealt_op(&rng);
        const struct fl_pool *pool = &machine.pool[0];
        struct fl_mapping mapping;
        struct fl_effort effort;
        struct dealt_sums sums = dealt_walk("streamed", &op, &machine, &mapping, &effort);
        int64_t m = fl_ceil_div(op.m, mapping.tile_m), n = fl_ceil_div(op.n, mapping.tile_n);
        int64_t k = fl_ceil_div(op.k, mapping.tile_k), tiles = op.groups * m * n * k;
        ck_assert_int_eq(sums.tiles, tiles);
        /* each of these is rounded up once a vector, a reading or a step */
        double once = effort.vectors + 16;
        ck_assert_double_le(effort.lit_rows, (double)(tiles * pool->rows * pool->vectors) + once);
        ck_assert_double_ge(effort.lit_rows, (double)(tiles * pool->rows * pool->vectors));
        ck_assert(effort.detected >= 2.0 * (double)sums.products &&
                  effort.detected <= 2.0 * ((double)sums.products + once));
        ck_assert(effort.weights_converted >= sums.weights && effort.weights_converted <= sums.weights + once);
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
    }
    ck_assert(spread > cases / 4 && edges > cases / 4 && several > cases / 20);
}
END_TEST

/* Nothing is loaded: strategies of tiles that are refuse, and a mapping that says otherwise is no mapping. */
START_TEST(nothing_is_held)
{
    struct fl_rng rng = cases_rng(3);
    struct fl_machine machine = machine_draw(&rng);
    struct fl_op op = dealt_op(&rng);
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
