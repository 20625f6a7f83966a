/* test_mapping.c - programs and plans against closed forms. */
#include <string.h>

#include "mapping/nest.h"
#include "tests/samples.h"
#include "tests/suites.h"

/* ---- builder ---- */

START_TEST(equal_steps_share_an_index)
{
    struct fl_builder builder = {0};
    struct fl_step step = {.kind = FL_STEP_OPTICAL, .vectors = 5};
    for (int64_t i = 0; i < 3000; i++) {
        fl_light_own(&step)->rows = i % 1000;
        step.store = i % 2;
        fl_build_step(&builder, &step);
        ck_assert_int_eq(builder.inst[i].arg, (int32_t)(i % 1000));
    }
    ck_assert_uint_eq(builder.steps, 1000);
    fl_builder_free(&builder);
}
END_TEST

START_TEST(loops_know_their_level_and_their_start)
{
    struct fl_builder builder = {0};
    fl_build_loop(&builder, 12);
    fl_build_open(&builder, 0);
    fl_build_loop(&builder, 1);
    fl_build_step(&builder, &(struct fl_step){.vectors = 1});
    fl_build_next(&builder);
    fl_build_close(&builder);
    fl_build_next(&builder);
    fl_build_halt(&builder);
    const struct fl_inst *inst = builder.inst;
    ck_assert_int_eq(inst[0].code, FL_LOOP);
    ck_assert_int_eq(inst[0].arg, 0);
    ck_assert_int_eq(inst[0].count, 12);
    ck_assert_int_eq(inst[2].arg, 1);
    ck_assert_int_eq(inst[4].code, FL_NEXT);
    ck_assert_int_eq(inst[4].arg, 2);
    ck_assert_int_eq(inst[6].arg, 0);
    ck_assert_int_eq(inst[7].code, FL_HALT);
    fl_builder_free(&builder);
}
END_TEST

/* ---- plain GPT layers ---- */

enum { LAYER_OPS = 6 };
struct gpt { struct fl_op op[LAYER_OPS]; struct fl_block block; struct fl_trace trace; };

static void gpt_make(struct gpt *gpt, int64_t layers, int64_t d, int64_t heads, int64_t n)
{
    *gpt = (struct gpt){.op = {
        sample_linear("qkv", n, d, 3 * d),
        sample_matmul("scores", heads, n, d / heads, n),
        sample_matmul("context", heads, n, n, d / heads),
        sample_linear("proj", n, d, d),
        sample_linear("ffn_up", n, d, 4 * d),
        sample_linear("ffn_down", n, 4 * d, d),
    }};
    gpt->block = (struct fl_block){.repeat = layers, .layer = 0, .op = gpt->op, .ops = LAYER_OPS};
    gpt->trace = sample_trace(&gpt->block, 1);
}

static void gpt_plan(struct fl_plan *plan, struct gpt *gpt, struct fl_machine *machine, const char *strategy)
{
    struct fl_err err = {0};
    bool made = fl_plan_make(plan, &gpt->trace, machine, strategy, FL_LATENCY, &err);
    ck_assert_msg(made, "%s", fl_err_text(&err));
}

static struct fl_effort effort_of(const struct fl_plan *plan, const struct fl_machine *machine, bool linear)
{
    struct fl_effort sum = {0};
    for (size_t i = 0; i < plan->ops; i++) {
        struct fl_mapping mapping = plan->op[i].mapping;
        struct fl_effort one;
        ck_assert(fl_mapping_bound(plan->op[i].op, machine, &mapping, &one, NULL));
        ck_assert(fl_on_cores(&mapping));
        if (!linear || plan->op[i].op->type == &fl_op_linear)
            ck_assert(fl_effort_add(&sum, &one, 1));
    }
    return sum;
}

/* A plain block converts 10 n d + h n^2 inputs and detects as many outputs when each value is converted once per
 * operation; 7 n d and 9 n d of them in the linear operators (counted from the shapes of the block). */
START_TEST(conversions_of_a_layer)
{
    const int64_t d = 96, heads = 6, n = 40;
    struct gpt gpt;
    gpt_make(&gpt, 1, d, heads, n);
    struct fl_machine machine = sample_machine();
    machine.pools = 2;
    machine.pool[0] = sample_pool("static", false, 1, 4096, 4096);
    machine.pool[0].fit = true;
    machine.pool[1] = sample_pool("dynamic", true, heads, 4096, 4096);
    struct fl_plan plan;
    gpt_plan(&plan, &gpt, &machine, "weights_in_place");
    ck_assert_int_eq(plan.cores[0], 4);
    struct fl_effort all = effort_of(&plan, &machine, false), linear = effort_of(&plan, &machine, true);
    ck_assert_double_eq(linear.converted, (double)(7 * n * d));
    ck_assert_double_eq(linear.detected, (double)(9 * n * d));
    ck_assert_double_eq(linear.load_pixels, 0);
    ck_assert_double_eq(all.converted + all.load_pixels, (double)(10 * n * d + heads * n * n));
    ck_assert_double_eq(all.detected, (double)(10 * n * d + heads * n * n));
    fl_plan_free(&plan);
    fl_trace_free(&gpt.trace);
}
END_TEST

START_TEST(gpt3_fills_3072_cores_in_place)
{
    struct gpt gpt;
    gpt_make(&gpt, 96, 12288, 96, 2048);
    struct fl_machine machine = sample_machine();
    machine.pools = 2;
    machine.pool[0] = sample_pool("static", false, 0, 10000, 10000);
    machine.pool[0].fit = true;
    machine.pool[1] = sample_pool("dynamic", true, 96, 10000, 10000);
    struct fl_plan plan;
    gpt_plan(&plan, &gpt, &machine, "weights_in_place");
    ck_assert_int_eq(plan.cores[0], 3072);
    ck_assert_int_eq(machine.pool[0].cores, 3072);
    ck_assert_int_eq(plan.op[0].core_first, 0);
    ck_assert_int_eq(plan.op[3].core_first, 96 * 8);
    ck_assert_int_eq(plan.op[5].core_first, 96 * (8 + 4 + 10));
    ck_assert_int_eq(plan.dram_bits, (int64_t)12 * 12288 * 12288 * 96 * 8);
    ck_assert_uint_le(plan.program.insts, 1 + 3 * LAYER_OPS + 2);
    ck_assert_uint_le(plan.setup.insts, 4 * 20);
    int64_t pixels = 0, tiles = 0, times[FL_LOOP_DEPTH + 1] = {1};
    int depth = 0;
    for (size_t i = 0; i < plan.setup.insts; i++)
        if (plan.setup.inst[i].code == FL_LOOP) {
            times[depth + 1] = times[depth] * plan.setup.inst[i].count;
            depth++;
        } else if (plan.setup.inst[i].code == FL_NEXT) {
            depth--;
        } else if (plan.setup.inst[i].code == FL_STEP) {
            const struct fl_step *step = &plan.setup.step[plan.setup.inst[i].arg];
            ck_assert_int_eq(step->vectors, 0);
            ck_assert_int_eq(step->load_from, FL_DRAM);
            ck_assert_int_eq(step->cores, 1);   /* tile after tile, each on a link of its own */
            pixels += fl_light(step)->load_pixels * times[depth];
            tiles += times[depth];
        }
    ck_assert_int_eq(tiles, 3072);
    ck_assert_int_eq(pixels, (int64_t)12 * 12288 * 12288 * 96);
    fl_plan_free(&plan);
    fl_trace_free(&gpt.trace);
}
END_TEST

START_TEST(program_size_does_not_depend_on_tiles)
{
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("static", false, 3, 128, 128);
    size_t insts[2];
    for (int i = 0; i < 2; i++) {
        struct fl_op op = sample_linear("big", 2048, i == 0 ? 12288 + 1 : 49152 + 1, i == 0 ? 12288 + 1 : 12289 * 4);
        struct fl_mapping mapping;
        struct fl_builder builder = {0};
        ck_assert(fl_mapper_find("weight_stationary")->map(&op, &machine, &mapping, NULL));
        fl_mapping_lower(&op, &machine, &mapping, &builder);
        insts[i] = builder.insts;
        fl_builder_free(&builder);
    }
    ck_assert_uint_eq(insts[0], insts[1]);
    ck_assert_uint_le(insts[0], 16);
}
END_TEST

START_TEST(decode_of_a_long_context_stays_small)
{
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("dynamic", true, 4, 128, 128);
    struct fl_op op = sample_matmul("scores", 64, 8, 128, 1000001);
    op.mask = FL_CAUSAL_OUT;
    op.stored = &sample_cache;
    op.share = 8;
    op.band.past = 1000000;
    struct fl_mapping mapping;
    struct fl_builder builder = {0};
    ck_assert(fl_mapper_find("weight_stationary")->map(&op, &machine, &mapping, NULL));
    fl_mapping_lower(&op, &machine, &mapping, &builder);
    ck_assert_uint_le(builder.insts, 16);
    ck_assert_int_eq(builder.step[0].load_from, FL_DRAM);
    fl_builder_free(&builder);
}
END_TEST

/* Without spilling, every tile is loaded again for each block of vectors; with it, sums go to SRAM and back. */
START_TEST(output_stationary_trades_loads_for_sums)
{
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("static", false, 4, 16, 16);
    machine.pool[0].accumulator_vectors = 10;
    const struct fl_op op = sample_linear("ffn", 95, 80, 128);
    struct fl_mapping out, weight;
    struct fl_effort few, many;
    ck_assert(fl_mapper_find("weight_stationary")->map(&op, &machine, &weight, NULL));
    ck_assert(fl_mapper_find("output_stationary")->map(&op, &machine, &out, NULL));
    ck_assert(fl_mapping_bound(&op, &machine, &weight, &few, NULL));
    ck_assert(fl_mapping_bound(&op, &machine, &out, &many, NULL));
    ck_assert_double_eq(few.loads, 5 * 8);
    ck_assert_double_eq(few.partial_bits, 2 * 95 * (128 + 8) * 24);    /* eight times the sum of inputs */
    ck_assert_double_eq(many.loads, 10 * 5 * 8);
    ck_assert_double_eq(many.partial_bits, 0);
    ck_assert_double_eq(few.detected, 2 * 95 * 128 + 3 * 95 * 128);
    ck_assert_double_eq(many.detected, few.detected);
}
END_TEST

/* The last token's logits: 50257 x 768 weights meet one vector. */
START_TEST(input_stationary_loads_activations_only)
{
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("static", false, 1, 1024, 1024);
    machine.pool[0].settle_ps = 1000000000;
    const struct fl_op op = sample_linear("logits", 1, 768, 50257);
    struct fl_mapping in, weight;
    struct fl_effort effort;
    ck_assert(fl_mapper_find("weight_stationary")->map(&op, &machine, &weight, NULL));
    ck_assert(fl_mapper_find("input_stationary")->map(&op, &machine, &in, NULL));
    ck_assert(fl_mapping_bound(&op, &machine, &in, &effort, NULL));
    ck_assert_double_eq(effort.load_pixels, 768);
    ck_assert_double_eq(effort.converted, 768 * 50257.0);
    ck_assert_double_eq(effort.detected, 50257);
    ck_assert_double_eq(effort.dram_bits, 8 * 768 * 50257.0);
    ck_assert_double_gt(weight.bound_ps, 40 * in.bound_ps);
}
END_TEST

/* ---- plans ---- */

START_TEST(decode_steps_share_their_weights)
{
    struct gpt gpt;
    gpt_make(&gpt, 12, 768, 12, 1);
    gpt.op[1].stored = gpt.op[2].stored = &sample_cache;
    struct fl_block steps[3] = {gpt.block, gpt.block, {.repeat = 1, .layer = 5, .op = gpt.op, .ops = LAYER_OPS}};
    fl_trace_free(&gpt.trace);
    gpt.trace = sample_trace(steps, 3);
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("static", false, 0, 1024, 1024);
    machine.pool[0].fit = true;
    struct fl_plan plan;
    gpt_plan(&plan, &gpt, &machine, "weights_in_place");
    ck_assert_int_eq(plan.cores[0], 12 * (3 + 1 + 3 + 3));
    ck_assert_int_eq(plan.op[LAYER_OPS + 3].core_first, 36);
    ck_assert_int_eq(plan.op[2 * LAYER_OPS + 3].core_first, 36 + 5);
    ck_assert_int_eq(plan.dram_bits, 12 * 8 * (12 * 768 * 768 + 12 * 64 * 2));
    fl_plan_free(&plan);
    fl_trace_free(&gpt.trace);
}
END_TEST

/* A tied head's weights are the embedding's table: stored once, in the bits of weights. */
START_TEST(tied_weights_are_stored_once)
{
    static const char *const texts[] = {
        "fanlight-trace 1\nmodel tied\ninput x\nembed embed x -> a m=4 k=100 n=32\n"
        "embed position -> b m=4 k=100 n=32\nlinear logits b -> c m=1 k=32 n=100\n",
        "fanlight-trace 1\nmodel tied\ninput x\nembed embed x -> a m=4 k=100 n=32\n"
        "embed position -> b m=4 k=100 n=32\nlinear logits b -> c m=1 k=32 n=100 tied=yes\n"};
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("static", false, 4, 16, 16);
    machine.pool[0].weight_bits = 6;
    for (int tied = 0; tied < 2; tied++) {
        struct fl_plan plan;
        struct fl_trace trace;
        ck_assert(fl_trace_read(&trace, texts[tied], "tied", NULL));
        ck_assert(fl_plan_make(&plan, &trace, &machine, "weight_stationary", FL_LATENCY, NULL));
        ck_assert_int_eq(plan.dram_bits, 3200 * (tied ? 6 + 6 : 6 + 6 + 6));
        fl_plan_free(&plan);
        fl_trace_free(&trace);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_told_with_need_and_have)
{
    struct gpt gpt;
    gpt_make(&gpt, 12, 768, 12, 64);
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.pool[0] = sample_pool("static", false, 100, 1024, 1024);
    struct fl_plan plan;
    struct fl_err err = {0};
    ck_assert(!fl_plan_make(&plan, &gpt.trace, &machine, "weights_in_place", FL_LATENCY, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "need 120 cores of pool \"static\", which has 100"));
    fl_err_free(&err);
    machine.dram_fit = false;
    machine.dram_bits = 1000;
    ck_assert(!fl_plan_make(&plan, &gpt.trace, &machine, "weight_stationary", FL_LATENCY, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "need 0.0849347 GB of DRAM, which has 1.25e-07 GB"));
    fl_err_free(&err);
    ck_assert(!fl_plan_make(&plan, &gpt.trace, &machine, "weight_stationry", FL_LATENCY, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "no mapper \"weight_stationry\""));
    fl_err_free(&err);
    fl_trace_free(&gpt.trace);
}
END_TEST

/* A stand-in of 4e15 parameters (arXiv:2302.10360's quadrillion regime): nothing wraps; more is refused. */
START_TEST(huge_models_are_counted_or_refused)
{
    struct gpt gpt;
    gpt_make(&gpt, 304, 1 << 20, 1024, 2048);
    struct fl_machine machine = sample_machine();
    machine.sram_bits = (int64_t)1 << 60;
    machine.pools = 2;
    machine.pool[0] = sample_pool("static", false, 0, 10000, 10000);
    machine.pool[0].fit = true;
    machine.pool[1] = sample_pool("dynamic", true, 1024, 10000, 10000);
    struct fl_plan plan;
    gpt_plan(&plan, &gpt, &machine, "weights_in_place");
    ck_assert_int_eq(plan.dram_bits, (int64_t)12 * 304 * 8 << 40);
    fl_plan_free(&plan);
    gpt.trace.block[0].repeat = (int64_t)1 << 40;
    struct fl_err err = {0};
    ck_assert(!fl_plan_make(&plan, &gpt.trace, &machine, "weights_in_place", FL_LATENCY, &err));
    ck_assert_int_gt(err.faults, 0);
    fl_err_free(&err);
    gpt.trace.block[0].repeat = 1;
    gpt.trace.block[0].op[0].n = (int64_t)1 << 62;
    ck_assert(!fl_plan_make(&plan, &gpt.trace, &machine, "auto", FL_LATENCY, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "qkv: sizes must be from 1 to 2^40"));
    fl_err_free(&err);
    fl_trace_free(&gpt.trace);
}
END_TEST

START_TEST(digital_work_is_counted_exactly)
{
    struct fl_machine machine = sample_machine();
    struct fl_op op = sample_matmul("scores", 3, 7, 5, 7);
    op.mask = FL_CAUSAL_OUT;
    struct fl_mapping mapping;
    struct fl_effort effort;
    ck_assert(fl_map_digital(&op, &machine, &mapping, NULL));
    ck_assert(fl_mapping_bound(&op, &machine, &mapping, &effort, NULL));
    ck_assert_double_eq(effort.values, 3 * 5 * 28);
    ck_assert_double_eq(effort.vectors, 1);     /* 21 rows find lanes in one cycle */
    machine.vector[0].mac_lanes = 60;                     /* three rows of 20 MACs at once */
    ck_assert(fl_mapping_bound(&op, &machine, &mapping, &effort, NULL));
    ck_assert_double_eq(effort.values, 3 * 5 * 28);
    ck_assert_double_eq(effort.vectors, 7);

    struct fl_op softmax = sample_rows("softmax", &fl_op_softmax, 6, 9);
    softmax.mask = FL_CAUSAL_OUT;
    softmax.share = 2;
    softmax.band.past = 7;
    ck_assert(fl_map_digital(&softmax, &machine, &mapping, NULL));
    ck_assert(fl_mapping_bound(&softmax, &machine, &mapping, &effort, NULL));
    ck_assert_double_eq(effort.values, 2 * (8 + 9 + 9));
    ck_assert_double_eq(effort.sram_bits, 2 * 8 * effort.values);

    struct fl_op gated = sample_rows("act", &fl_op_activation, 4, 10);
    gated.operands = 2;
    struct fl_builder builder = {0};
    ck_assert(fl_map_digital(&gated, &machine, &mapping, NULL));
    fl_mapping_lower(&gated, &machine, &mapping, &builder);
    ck_assert_int_eq(fl_rows_of(&builder.step[0])->function, FL_ACTIVATION);
    ck_assert_int_eq(builder.step[0].read_bits, 640);  /* all four rows: a cycle has lanes for them */
    ck_assert_int_eq(builder.step[0].write_bits, 320);
    struct fl_op append = sample_rows("kv", &fl_op_kv_append, 4, 10);
    fl_mapping_lower(&append, &machine, &mapping, &builder);
    ck_assert_int_eq(builder.step[1].kind, FL_STEP_MOVE);
    ck_assert(builder.step[1].store);
    ck_assert_int_eq(builder.step[1].load_bits, 320);
    fl_builder_free(&builder);
}
END_TEST

/* Digital products whose second operand comes from DRAM: all MACs, all bits, and as many pieces to every chunk, short
 * or not, as wait for it. */
START_TEST(weights_are_worked_with_as_they_come)
{
    int64_t streamed = 0;
    for (int i = 0; i < 400; i++) {
        struct fl_rng rng = {(uint64_t)i};
        struct fl_machine machine = sample_random_machine(&rng);
        struct fl_op op = sample_random_op(&rng);
        struct fl_mapping mapping;
        struct fl_builder builder = {0};
        int64_t values = 0, bits = 0, chunks = 0, macs = 0, stored = fl_map_stored_bits(&op, &machine, NULL);
        op.placed = 2;
        bool dram = fl_op_from_dram(&op);
        machine.dma_chunk_bits = fl_rng_range(&rng, 0, 3) * fl_rng_range(&rng, 1, 200);
        if (!dram || !fl_map_digital(&op, &machine, &mapping, NULL))
            continue;
        fl_mapping_lower(&op, &machine, &mapping, &builder);
        for (size_t s = 0; s < builder.insts; s++) {
            const struct fl_step *step = &builder.step[builder.inst[s].arg];
            values += fl_rows_of(step)->values * step->vectors;
            bits += step->load_bits;
            chunks += step->vectors;
            ck_assert_int_gt(step->chunk_rows, 0);
            ck_assert_int_eq(step->chunk_rows, builder.step[0].chunk_rows);
        }
        ck_assert_int_eq(builder.step[0].load_from, FL_DRAM);
        ck_assert(fl_op_macs(&op, &macs));
        ck_assert_int_eq(values, macs);
        ck_assert_int_eq(bits, op.k * op.n * op.groups * stored);
        int64_t asked = machine.dma_chunk_bits > 0 ? fl_ceil_div(bits, machine.dma_chunk_bits) : 1;
        ck_assert_int_eq(chunks, asked * builder.step[0].chunk_rows);
        streamed += asked > 1;
        fl_builder_free(&builder);
    }
    ck_assert_int_gt(streamed, 50);
}
END_TEST

/* What DRAM gives is as wide as it is stored: half the bits of weights, or of the cache, are half the bytes. */
START_TEST(stored_bits_are_what_dram_gives)
{
    for (int i = 0; i < 400; i++) {
        struct fl_rng rng = {(uint64_t)i};
        struct fl_machine machine = sample_random_machine(&rng);
        struct fl_op op = sample_random_op(&rng);
        bool linear = op.type == &fl_op_linear, cache = fl_op_is_product(&op) && fl_op_stored(&op) == FL_TENSOR_CACHE;
        for (const struct fl_mapper *const *m = fl_strategies; *m != NULL && (linear || cache); m++) {
            struct fl_effort wide, narrow;
            struct fl_mapping mapping;
            machine.weight_bits = machine.kv_bits = 8;
            if (!(*m)->map(&op, &machine, &mapping, NULL) ||
                (fl_on_cores(&mapping) && fl_pool_frames(&machine.pool[mapping.number]) > 1))
                continue;
            ck_assert(fl_mapping_bound(&op, &machine, &mapping, &wide, NULL));
            *(linear ? &machine.weight_bits : &machine.kv_bits) = 4;
            ck_assert(fl_mapping_bound(&op, &machine, &mapping, &narrow, NULL));
            ck_assert_double_eq(wide.dram_bits, 2 * narrow.dram_bits);
            ck_assert(mapping.in_place || wide.dram_bits > 0);
        }
    }
}
END_TEST

START_TEST(auto_takes_the_smallest_bound)
{
    struct fl_rng rng = {3};
    for (int i = 0; i < 500; i++) {
        struct fl_op op = sample_random_op(&rng);
        struct fl_machine machine = sample_random_machine(&rng);
        struct fl_mapping best, other;
        ck_assert(fl_mapper_find("auto")->map(&op, &machine, &best, NULL));
        for (const struct fl_mapper *const *m = fl_strategies; *m != NULL; m++)
            if ((*m)->map(&op, &machine, &other, NULL))
                ck_assert_double_ge(other.bound_ps, best.bound_ps);
    }
}
END_TEST

Suite *test_mapping_suite(void)
{
    Suite *suite = suite_create("mapping");
    TCase *tcase = tcase_create("mapping");
    tcase_add_test(tcase, equal_steps_share_an_index);
    tcase_add_test(tcase, loops_know_their_level_and_their_start);
    tcase_add_test(tcase, conversions_of_a_layer);
    tcase_add_test(tcase, gpt3_fills_3072_cores_in_place);
    tcase_add_test(tcase, program_size_does_not_depend_on_tiles);
    tcase_add_test(tcase, decode_of_a_long_context_stays_small);
    tcase_add_test(tcase, output_stationary_trades_loads_for_sums);
    tcase_add_test(tcase, input_stationary_loads_activations_only);
    tcase_add_test(tcase, decode_steps_share_their_weights);
    tcase_add_test(tcase, tied_weights_are_stored_once);
    tcase_add_test(tcase, what_does_not_fit_is_told_with_need_and_have);
    tcase_add_test(tcase, huge_models_are_counted_or_refused);
    tcase_add_test(tcase, digital_work_is_counted_exactly);
    tcase_add_test(tcase, weights_are_worked_with_as_they_come);
    tcase_add_test(tcase, stored_bits_are_what_dram_gives);
    tcase_add_test(tcase, auto_takes_the_smallest_bound);
    suite_add_tcase(suite, tcase);
    return suite;
}
