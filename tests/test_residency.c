/* test_residency.c - activations that SRAM does not hold go by way of DRAM, and only those. */
#include <string.h>

#include "mapping/nest.h"
#include "tests/samples.h"
#include "tests/suites.h"

/* Four tensors of 80 bytes: x lives through a layer; at most three are alive at once. */
static const char text[] = "fanlight-trace 1\nmodel toy\ninput tokens\n"
                           "repeat 1\n"
                           "  embed      embed  tokens -> x   m=10 k=100 n=8\n"
                           "end\n"
                           "repeat 3 layer 0\n"
                           "  linear     up     x -> up       m=10 k=8 n=8\n"
                           "  activation gelu   up -> gelu    m=10 n=8\n"
                           "  add        sum    x gelu -> x   m=10 n=8\n"
                           "end\n";
enum { TENSOR_BITS = 10 * 8 * 8, FIRST = 1 };

static struct fl_plan planned(struct fl_trace *trace, int64_t sram_bits, bool ideal, int64_t columns)
{
    struct fl_err err = { 0 };
    struct fl_plan plan;
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("static", false, 1, columns, columns);
    machine.sram_bits = sram_bits;
    machine.ideal_memory = ideal;
    ck_assert_msg(fl_trace_read(trace, text, "toy", &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_plan_make(&plan, trace, &machine, "weight_stationary", FL_LATENCY, &err), "%s",
                  fl_err_text(&err));
    return plan;
}

static void spills_are(const struct fl_plan *plan, int64_t up_load, int64_t up, int64_t gelu, int64_t sum_load)
{
    const struct fl_plan_op *op = plan->op + FIRST;
    ck_assert_int_eq(op[0].spill_load_bits, up_load);
    ck_assert_int_eq(op[0].spill_store_bits, up);
    ck_assert_int_eq(op[1].spill_load_bits, up);
    ck_assert_int_eq(op[1].spill_store_bits, gelu);
    ck_assert_int_eq(op[2].spill_load_bits, sum_load);
}

START_TEST(what_fits_stays)
{
    struct fl_trace trace = { 0 };
    struct fl_plan plan = planned(&trace, 3 * TENSOR_BITS, false, 16);
    spills_are(&plan, 0, 0, 0, 0);
    for (size_t i = 0; i < plan.program.steps; i++)
        ck_assert_msg(plan.program.step[i].kind != FL_STEP_MOVE || plan.program.step[i].load_bits == TENSOR_BITS,
                      "nothing moves but the embedding");
    fl_plan_free(&plan);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(one_bit_less_and_two_tensors_give_way)
{
    struct fl_trace trace = { 0 };
    struct fl_plan plan = planned(&trace, 3 * TENSOR_BITS - 1, false, 16);
    spills_are(&plan, 0, TENSOR_BITS, TENSOR_BITS, TENSOR_BITS);
    fl_plan_free(&plan);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(a_spilled_operand_is_streamed_for_every_round_of_outputs)
{
    /* Cores of 4 outputs take two rounds for 8; with room for nothing, x too comes from DRAM. */
    struct fl_trace trace = { 0 };
    struct fl_plan plan = planned(&trace, 1, false, 4);
    spills_are(&plan, 2 * TENSOR_BITS, TENSOR_BITS, TENSOR_BITS, 2 * TENSOR_BITS);
    fl_plan_free(&plan);
    fl_trace_free(&trace);
}
END_TEST

enum { VALUE = 8 };                     /* bits of an activation of the sample machine */

static int64_t moved(const struct fl_spill *spill, const struct fl_op *op, const struct fl_mapping *m)
{
    const struct fl_machine machine = sample_machine();
    ck_assert_int_eq(machine.activation_bits, VALUE);
    return fl_spill_load_bits(spill, op, &machine, m);
}

/* Without room in SRAM, what is streamed comes once for each round of outputs, what is loaded as often as its tiles
 * are. Inputs of 6 x 8, the other operand 8 x 10 in tiles of 4 x 5 on one core, or swapped: of 4 x 2 inputs, past which
 * 10 outputs go. */
START_TEST(moves_follow_from_the_loops)
{
    const struct fl_spill spill = {.store_bits = 7, .input_bits = 1000, .other_bits = 30000};
    struct fl_op op = sample_matmul("scores", 1, 6, 8, 10);
    struct fl_mapping m = {.engine = &fl_engine_optical,
                           .tile_k = 4, .tile_n = 5, .tile_m = 6, .cores_g = 1, .cores_k = 1, .cores_n = 1,
                           .cores_m = 1, .accumulate = true, .order = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M}};
    ck_assert_int_eq(moved(&spill, &op, &m), 2 * 1000 + 30000);
    m.cores_n = 2;
    ck_assert_int_eq(moved(&spill, &op, &m), 1000 + 30000);
    m.cores_n = 1;
    m.order[1] = FL_DIM_M;              /* blocks of vectors outside: three of 2, each loads all tiles again */
    m.order[3] = FL_DIM_N;
    m.tile_m = 2;
    ck_assert_int_eq(moved(&spill, &op, &m), 2 * 1000 + 3 * 30000);
    m.swapped = true;                   /* n: the 6 vectors, in tiles of 2; m: the 10 outputs, in blocks of 5 */
    m.tile_n = 2;
    m.tile_m = 5;
    ck_assert_int_eq(moved(&spill, &op, &m), 3 * 30000 + 2 * 1000);
    m.order[1] = FL_DIM_N;
    m.order[3] = FL_DIM_M;
    ck_assert_int_eq(moved(&spill, &op, &m), 3 * 30000 + 1000);
    struct fl_spill large = {.input_bits = INT64_MAX, .other_bits = 1};
    ck_assert_int_eq(moved(&large, &op, &m), INT64_MAX);
}
END_TEST

/* What all rounds want is fetched once where it fits, to the bit, beside what else the mapping holds there. */
START_TEST(what_rounds_share_is_held_where_there_is_room)
{
    struct fl_spill spill = {.input_bits = 1000, .other_bits = 30000};
    struct fl_op op = sample_matmul("scores", 2, 6, 8, 10);
    struct fl_mapping m = {.engine = &fl_engine_optical,
                           .tile_k = 8, .tile_n = 5, .tile_m = 6, .cores_g = 1, .cores_k = 1, .cores_n = 1,
                           .cores_m = 1, .accumulate = true, .order = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M}};
    spill.room_bits = 6 * 8 * VALUE - 1;                /* a group's queries */
    ck_assert_int_eq(moved(&spill, &op, &m), 2 * 1000 + 30000);
    spill.room_bits++;
    ck_assert_int_eq(moved(&spill, &op, &m), 1000 + 30000);
    m.cores_g = 2;                      /* of two groups at once */
    ck_assert_int_eq(moved(&spill, &op, &m), 2 * 1000 + 30000);
    m.cores_g = 1;
    m.order[1] = FL_DIM_M;              /* three blocks, keys inside: either is held, the keys save more */
    m.order[3] = FL_DIM_N;
    m.tile_m = 2;
    spill.room_bits = 10 * 8 * VALUE;
    ck_assert_int_eq(moved(&spill, &op, &m), 2 * 1000 + 30000);
    spill.room_bits--;
    ck_assert_int_eq(moved(&spill, &op, &m), 1000 + 3 * 30000);
    spill.room_bits = (10 + 2) * 8 * VALUE;
    ck_assert_int_eq(moved(&spill, &op, &m), 1000 + 30000);
    spill.room_bits--;
    ck_assert_int_eq(moved(&spill, &op, &m), 2 * 1000 + 30000);
}
END_TEST

/* Four tokens, tiles of two positions: the first tile is seen by all vectors, the second by two of four. Blocks of two
 * vectors: the first block sees one tile, the last both. */
START_TEST(masked_rounds_want_what_they_see)
{
    const struct fl_spill spill = {.input_bits = 1000, .other_bits = 30000};
    struct fl_op op = sample_matmul("scores", 1, 4, 8, 4);
    op.mask = FL_CAUSAL_OUT;
    ck_assert(fl_op_macs(&op, &op.macs));
    struct fl_mapping m = {.engine = &fl_engine_optical,
                           .tile_k = 8, .tile_n = 2, .tile_m = 4, .cores_g = 1, .cores_k = 1, .cores_n = 1,
                           .cores_m = 1, .accumulate = true, .order = {FL_DIM_G, FL_DIM_N, FL_DIM_K, FL_DIM_M}};
    ck_assert_int_eq(moved(&spill, &op, &m), 1000 + 500 + 30000);
    m.order[1] = FL_DIM_M;
    m.order[3] = FL_DIM_N;
    m.tile_m = 2;
    ck_assert_int_eq(moved(&spill, &op, &m), 1000 + 500 + 15000 + 30000);
}
END_TEST

/* Three layers forward and three backward. Each forward layer keeps 80 bytes for the backward layer of its number: when
 * a backward layer runs, three copies of them are alive, what it reads of the stream and what it writes. */
START_TEST(what_backward_layers_read_is_held_for_all_layers)
{
    static const char both_ways[] = "fanlight-trace 2\nmodel toy\ninput x\ntensor h stash layered=yes\n%s"
                                    "repeat 3 layer 0\n"
                                    "  linear     up     x -> h              m=10 k=8 n=8\n"
                                    "  activation gelu   h -> x              m=10 n=8\n"
                                    "end\n"
                                    "repeat 3 layer 2 down\n"
                                    "  add        back   x h=forward -> x    m=10 n=8\n%s"
                                    "end\n";
    for (int results = 0; results < 2; results++) {     /* besides, three gradients that nobody reads */
        struct fl_arena arena = { 0 };
        struct fl_trace trace;
        struct fl_plan plan;
        struct fl_err err = { 0 };
        struct fl_machine machine = sample_machine();
        int64_t alive = results ? 5 + 3 : 5, weights = 3 * 64 * 8;
        const char *with = fl_arena_format(&arena, both_ways, results ? "tensor g gradient layered=yes\n" : "",
                                           results ? "  norm keep x -> g m=10 n=8\n" : "");
        machine.pools = 1;
        machine.pool[0] = sample_pool("static", false, 1, 16, 16);
        machine.sram_bits = alive * TENSOR_BITS;
        ck_assert_msg(fl_trace_read(&trace, with, "toy", &err), "%s", fl_err_text(&err));
        ck_assert(fl_plan_make(&plan, &trace, &machine, "weight_stationary", FL_LATENCY, NULL));
        for (size_t i = 0; i < plan.ops; i++)
            ck_assert_int_eq(plan.op[i].spill_load_bits + plan.op[i].spill_store_bits, 0);
        ck_assert_int_eq(plan.dram_bits, weights);
        fl_plan_free(&plan);
        machine.sram_bits--;            /* stash or gradients give way: one copy moves at a time, three lie in DRAM */
        ck_assert(fl_plan_make(&plan, &trace, &machine, "weight_stationary", FL_LATENCY, NULL));
        ck_assert_int_eq(plan.op[results ? 3 : 0].spill_store_bits, TENSOR_BITS);
        ck_assert_int_eq(plan.op[1].spill_load_bits, results ? 0 : TENSOR_BITS);
        ck_assert_int_eq(plan.op[2].spill_load_bits, results ? 0 : TENSOR_BITS);
        ck_assert_int_eq(plan.dram_bits, weights + 3 * TENSOR_BITS);
        fl_plan_free(&plan);
        fl_trace_free(&trace);
        fl_arena_free(&arena);
    }
}
END_TEST

/* What experts write together is one value: 13 rows of 6, beside 13 that a norm makes of them. The weights of all lie
 * in DRAM, those of the four that have rows are loaded. */
START_TEST(experts_write_one_value)
{
    static const char experts[] = "fanlight-trace 2\nmodel toy\ninput x\ntensor w parameter groups=7 rows=4 width=6\n"
                                  "linear y x w -> y rows=0,3,3,0,2,5,0 k=4 n=6\n"
                                  "norm z y -> z m=13 n=6\n";
    enum { Y_BITS = 13 * 6 * 8 };
    for (int less = 0; less < 2; less++) {
        struct fl_trace trace;
        struct fl_plan plan;
        struct fl_machine machine = sample_machine();
        int64_t loaded = 0;
        machine.sram_bits = 2 * Y_BITS - less;
        ck_assert(fl_trace_read(&trace, experts, "toy", NULL));
        ck_assert(fl_plan_make(&plan, &trace, &machine, "digital", FL_LATENCY, NULL));
        const int64_t stored[] = {2 * 3 * 6 * 8, 2 * 6 * 8, 5 * 6 * 8};
        for (int i = 0; i < 3; i++)
            ck_assert_int_eq(plan.op[i].spill_store_bits, less ? stored[i] : 0);
        ck_assert_int_eq(plan.op[3].spill_load_bits, less ? Y_BITS : 0);
        ck_assert_int_eq(plan.dram_bits, 7 * 4 * 6 * 8 + (less ? Y_BITS : 0));
        for (size_t i = 0; i < plan.program.steps; i++)
            if (plan.program.step[i].kind == FL_STEP_VECTOR)
                loaded += plan.program.step[i].load_bits;
        ck_assert_int_eq(loaded, 4 * 4 * 6 * 8);
        fl_plan_free(&plan);
        fl_trace_free(&trace);
    }
}
END_TEST

/* Choices of which experts get which rows are read whole by each part, and loaded if they gave way; the products read
 * as much of their rows as without. */
START_TEST(choices_that_gave_way_are_loaded)
{
    static const char experts[] = "fanlight-trace 2\nmodel toy\ninput x s\n"
                                  "tensor w parameter groups=7 rows=4 width=6\n"
                                  "topk c s -> c m=9 k=1 n=7\nlinear y x c w -> y rows=0,2,2,0,2,3,0 k=4 n=6\n";
    for (int mapper = 0; mapper < 2; mapper++) {
        struct fl_trace trace;
        struct fl_plan plan;
        struct fl_machine machine = sample_machine();
        machine.sram_bits = 1;
        machine.pools = mapper;
        machine.pool[0] = sample_pool("static", false, 1, 16, 16);
        ck_assert(fl_trace_read(&trace, experts, "toy", NULL));
        ck_assert(fl_plan_make(&plan, &trace, &machine, mapper ? "weight_stationary" : "digital", FL_LATENCY, NULL));
        ck_assert_int_eq(plan.op[0].spill_store_bits, 9 * 7 * 8);
        for (size_t i = 1; i < plan.ops; i++)
            ck_assert_int_eq(plan.op[i].spill_load_bits, 9 * 7 * 8);
        fl_plan_free(&plan);
        fl_trace_free(&trace);
    }
}
END_TEST

static const char attention[] = "fanlight-trace 1\nmodel toy\ninput x\n"
                                "repeat 1\n"
                                "  linear    qkv       x -> qkv                 m=4 k=6 n=6\n"
                                "  kv_append kv_append qkv -> kv_cache          m=4 n=4\n"
                                "  matmul    scores    qkv -> scores            m=4 k=2 n=4%s\n"
                                "  softmax   softmax   scores -> softmax        m=4 n=4%s\n"
                                "  matmul    context   softmax qkv -> context   m=4 k=4 n=2%s sign=non_negative\n"
                                "end\n";

/* Bits from and to DRAM of each operator, SRAM holding nothing. */
static void spills_of(const char *out, const char *in, const int64_t want[5][2])
{
    struct fl_arena arena = { 0 };
    struct fl_trace trace = { 0 };
    struct fl_err err = { 0 };
    struct fl_plan plan;
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("static", false, 1, 16, 16);
    machine.sram_bits = 1;
    const char *with = fl_arena_format(&arena, attention, out, out, in);
    ck_assert_msg(fl_trace_read(&trace, with, "toy", &err), "%s", fl_err_text(&err));
    ck_assert_msg(fl_plan_make(&plan, &trace, &machine, "weight_stationary", FL_LATENCY, &err), "%s",
                  fl_err_text(&err));
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(plan.op[i].spill_load_bits, want[i][0] * VALUE);
        ck_assert_int_eq(plan.op[i].spill_store_bits, want[i][1] * VALUE);
    }
    fl_plan_free(&plan);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}

/* A mask leaves 10 of 16 scores; K and V that qkv has spilled are the cache. */
START_TEST(what_a_mask_leaves_out_does_not_move)
{
    const int64_t dense[5][2] = {{0, 24}, {0, 0}, {8 + 8, 16}, {16, 16}, {16 + 8, 8}};
    const int64_t causal[5][2] = {{0, 24}, {0, 0}, {8 + 8, 10}, {10, 10}, {10 + 8, 8}};
    spills_of("", "", dense);
    spills_of(" mask=causal_out", " mask=causal_in", causal);
}
END_TEST

/* While softmax runs, 16 scores and as many probabilities lie in DRAM (a mask leaves 10), and queries, keys and values
 * that context still reads: 8 of 24, for K and V are the cache, 16 values. Weights: 36. */
START_TEST(spilled_activations_take_dram)
{
    for (int causal = 0; causal < 2; causal++) {
        struct fl_arena arena = { 0 };
        struct fl_trace trace = { 0 };
        struct fl_err err = { 0 };
        struct fl_plan plan;
        struct fl_machine machine = sample_machine();
        const char *out = causal ? " mask=causal_out" : "", *in = causal ? " mask=causal_in" : "";
        machine.pools = 1;
        machine.pool[0] = sample_pool("static", false, 1, 16, 16);
        machine.sram_bits = 1;
        ck_assert(fl_trace_read(&trace, fl_arena_format(&arena, attention, out, out, in), "toy", &err));
        ck_assert(fl_plan_make(&plan, &trace, &machine, "weight_stationary", FL_LATENCY, &err));
        int64_t need = (36 + 16 + 8 + (causal ? 20 : 32)) * VALUE;
        ck_assert_int_eq(plan.dram_bits, need);
        fl_plan_free(&plan);
        machine.dram_fit = false;
        machine.dram_bits = need - 1;
        ck_assert(!fl_plan_make(&plan, &trace, &machine, "weight_stationary", FL_LATENCY, &err));
        ck_assert_msg(strstr(fl_err_text(&err), "activations that SRAM does not hold another") != NULL, "%s",
                      fl_err_text(&err));
        fl_err_free(&err);
        machine.dram_bits = need;
        ck_assert(fl_plan_make(&plan, &trace, &machine, "weight_stationary", FL_LATENCY, &err));
        fl_plan_free(&plan);
        fl_trace_free(&trace);
        fl_arena_free(&arena);
    }
}
END_TEST

/* Moves of the program beside the spills: only a cache that is not in DRAM yet is stored. */
START_TEST(a_cache_is_stored_once)
{
    const struct fl_machine machine = sample_machine();
    struct fl_op op = {.name = "kv_append", .type = &fl_op_kv_append, .groups = 1, .m = 4, .n = 4, .share = 1};
    struct fl_mapping m;
    struct fl_effort effort;
    for (int64_t cached = 0; cached <= 4; cached += 2) {
        ck_assert(fl_map_digital(&op, &machine, &m, NULL));
        m.cached = cached;
        ck_assert(fl_mapping_bound(&op, &machine, &m, &effort, NULL));
        ck_assert_double_eq(effort.dram_bits, (double)((4 - cached) * 4 * VALUE));
    }
}
END_TEST

START_TEST(ideal_memory_holds_everything)
{
    struct fl_trace trace = { 0 };
    struct fl_plan plan = planned(&trace, 1, true, 16);
    spills_are(&plan, 0, 0, 0, 0);
    fl_plan_free(&plan);
    fl_trace_free(&trace);
}
END_TEST

Suite *test_residency_suite(void)
{
    Suite *suite = suite_create("residency");
    TCase *tcase = tcase_create("residency");
    tcase_add_test(tcase, what_fits_stays);
    tcase_add_test(tcase, one_bit_less_and_two_tensors_give_way);
    tcase_add_test(tcase, a_spilled_operand_is_streamed_for_every_round_of_outputs);
    tcase_add_test(tcase, moves_follow_from_the_loops);
    tcase_add_test(tcase, what_rounds_share_is_held_where_there_is_room);
    tcase_add_test(tcase, masked_rounds_want_what_they_see);
    tcase_add_test(tcase, what_a_mask_leaves_out_does_not_move);
    tcase_add_test(tcase, spilled_activations_take_dram);
    tcase_add_test(tcase, experts_write_one_value);
    tcase_add_test(tcase, choices_that_gave_way_are_loaded);
    tcase_add_test(tcase, what_backward_layers_read_is_held_for_all_layers);
    tcase_add_test(tcase, a_cache_is_stored_once);
    tcase_add_test(tcase, ideal_memory_holds_everything);
    suite_add_tcase(suite, tcase);
    return suite;
}
