/* test_weights.c - static weights: who shares them, and how wide they are. */
#include "mapping/mapper.h"
#include "tests/samples.h"
#include "tests/suites.h"

/* Operators of one name and size share weights layer by layer: not with those that are of no layer, however often
 * these come. */
START_TEST(layers_share_with_layers_alone)
{
    struct fl_op op = sample_linear("same", 4, 16, 8);
    const struct fl_block of_none = {.repeat = 3, .layer = -1, .op = &op, .ops = 1};
    const struct fl_block of_first = {.repeat = 1, .layer = 0, .op = &op, .ops = 1};
    struct fl_block blocks[] = {of_none, of_first, of_first, of_none};
    struct fl_trace trace = sample_trace(blocks, 4);
    struct fl_machine machine = sample_machine();
    struct fl_plan plan;
    ck_assert(fl_plan_make(&plan, &trace, &machine, "digital", FL_LATENCY, NULL));
    ck_assert_int_eq(plan.dram_bits, (3 + 1) * 16 * 8 * 8);
    fl_plan_free(&plan);
    fl_trace_free(&trace);
}
END_TEST

/* Widths that tensors bring are what the same widths of the machine are: one program, one need of DRAM. */
START_TEST(bits_of_tensors_are_as_those_of_the_machine)
{
    static const char text[] = "fanlight-trace 2\nmodel bits\ninput t\n"
                               "tensor e.w parameter rows=40 width=24%s\n"
                               "tensor q.w parameter rows=24 width=72 layered=yes%s\n"
                               "tensor o.w parameter rows=24 width=24 layered=yes%s\n"
                               "tensor c cache rows=9 width=48 layered=yes%s\n"
                               "embed e t e.w -> x m=3 k=40 n=24\n"
                               "repeat 2 layer 0\n"
                               "linear q x q.w -> q m=3 k=24 n=72\nkv_append a q -> c m=3 n=48\n"
                               "matmul s q c -> s groups=2 m=3 k=12 n=9 past=6\nsoftmax p s -> p m=6 n=9\n"
                               "matmul m p c -> m groups=2 m=3 k=9 n=12 past=6\n"
                               "linear o m o.w -> o m=3 k=24 n=24\nadd r x o -> x m=3 n=24\n"
                               "end\n"
                               "linear l x e.w=transposed -> l m=1 k=24 n=40\n";
    static const char *const mappers[] = {"auto", "weight_stationary", "output_stationary", "digital", "search"};
    struct fl_arena arena = {0};
    struct fl_trace plain, said;
    ck_assert(fl_trace_read(&plain, fl_arena_format(&arena, text, "", "", "", ""), "plain", NULL));
    const char *with = fl_arena_format(&arena, text, " bits=4", " bits=4", " bits=4", " bits=5");
    ck_assert(fl_trace_read(&said, with, "said", NULL));
    size_t planned = 0;
    for (int i = 0; i < 60; i++) {
        struct fl_rng rng = {(uint64_t)i};
        struct fl_machine machine = sample_random_machine(&rng), machines = machine;
        const char *mapper = mappers[i % (int)(sizeof mappers / sizeof *mappers)];
        struct fl_plan a, b;
        machines.weight_bits = 4;
        machines.kv_bits = 5;
        bool first = fl_plan_make(&a, &plain, &machines, mapper, FL_LATENCY, NULL);
        bool second = fl_plan_make(&b, &said, &machine, mapper, FL_LATENCY, NULL);
        ck_assert_int_eq(first, second);
        if (!first)
            continue;
        ck_assert_msg(fl_plan_alike(&a, &b), "machine %d by %s", i, mapper);
        ck_assert_int_eq(a.dram_bits, b.dram_bits);
        fl_plan_free(&a);
        fl_plan_free(&b);
        planned++;
    }
    ck_assert_uint_gt(planned, 30);
    fl_trace_free(&plain);
    fl_trace_free(&said);
    fl_arena_free(&arena);
}
END_TEST

/* Weights that change, and of which no update is in the trace, never stay in place, whoever plans; others may. */
START_TEST(trained_weights_do_not_stay)
{
    static const char text[] = "fanlight-trace 2\nmodel half\ninput x\n"
                               "tensor a.w parameter rows=32 width=32 trained=yes\n"
                               "tensor b.w parameter rows=32 width=32\n"
                               "linear a x a.w -> a m=400 k=32 n=32\nlinear b a b.w -> b m=400 k=32 n=32\n"
                               "linear c b a.w=transposed -> c m=400 k=32 n=32\n";
    static const char *const mappers[] = {"auto", "weights_in_place", "search"};
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert_msg(fl_trace_read(&trace, text, "half", &err), "%s", fl_err_text(&err));
    for (size_t i = 0; i < sizeof mappers / sizeof *mappers; i++) {
        struct fl_machine machine = sample_machine();
        struct fl_plan plan;
        machine.vector[0].mac_lanes = 1;
        machine.pools = 1;
        machine.pool[0] = sample_pool("static", false, 12, 16, 16); /* as many as all three would fill */
        machine.pool[0].settle_ps = 1000000;
        ck_assert_msg(fl_plan_make(&plan, &trace, &machine, mappers[i], FL_LATENCY, &err), "%s", fl_err_text(&err));
        for (int o = 0; o < 3; o++)
            ck_assert_msg(plan.op[o].mapping.in_place == (o == 1), "%s by %s: %s", plan.op[o].op->name, mappers[i],
                          plan.op[o].mapping.strategy);
        ck_assert(fl_on_cores(&plan.op[0].mapping));
        ck_assert(fl_on_cores(&plan.op[2].mapping));
        ck_assert_int_eq(plan.dram_bits, 2 * 32 * 32 * 8);      /* a.w once, read both ways */
        fl_plan_free(&plan);
    }
    fl_trace_free(&trace);
}
END_TEST

/* Digital work reads weights as they are stored for the first pool whose operands stay. */
START_TEST(digital_weights_are_as_wide_as_at_home)
{
    struct fl_machine machine = sample_machine();
    ck_assert_int_eq(fl_map_weight_bits(&machine, NULL), machine.activation_bits);
    machine.pools = 3;
    for (int i = 0; i < 3; i++) {
        machine.pool[i] = sample_pool("static", false, 4, 16, 16);
        machine.pool[i].weight_bits = 4 + i;
    }
    for (int first = 0; first < 3; first++) {
        ck_assert_int_eq(fl_map_weight_bits(&machine, NULL), 4 + first);
        machine.pool[first].dynamic = true;
    }
    ck_assert_int_eq(fl_map_weight_bits(&machine, NULL), 4);
    ck_assert_int_eq(fl_map_weight_bits(&machine, &machine.pool[2]), 6);
    machine.weight_bits = 3;
    ck_assert_int_eq(fl_map_weight_bits(&machine, NULL), 3);
}
END_TEST

Suite *test_weights_suite(void)
{
    Suite *suite = suite_create("weights");
    TCase *tcase = tcase_create("weights");
    tcase_add_test(tcase, layers_share_with_layers_alone);
    tcase_add_test(tcase, bits_of_tensors_are_as_those_of_the_machine);
    tcase_add_test(tcase, trained_weights_do_not_stay);
    tcase_add_test(tcase, digital_weights_are_as_wide_as_at_home);
    suite_add_tcase(suite, tcase);
    return suite;
}
