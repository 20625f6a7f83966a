/* test_experts.c - a mixture of experts: who gets which rows, which layers have them, and what their weights cost.
 *
 * test_families.c has the parameters and products of published models.
 */
#include <jansson.h>

#include "api/result.h"
#include "mapping/plan.h"
#include "tests/cases.h"
#include "tests/samples.h"
#include "tests/test_trace.h"
#include "traces/field.h"
#include "traces/routing.h"

#define SMALL "\"hidden_size\": 32, \"num_attention_heads\": 4, \"num_key_value_heads\": 2, " \
              "\"intermediate_size\": 48, \"vocab_size\": 50, \"max_position_embeddings\": 64, " \
              "\"num_hidden_layers\": 4, "
#define EXPERTS "\"moe_intermediate_size\": 24, \"num_experts\": 8, \"num_experts_per_tok\": 2"
#define CONFIG(rest) "{\"model_type\": \"qwen3_moe\", " SMALL EXPERTS rest "}"

/* Choices go round as evenly as they can: each expert has as many rows as the next, or one more. */
START_TEST(choices_are_shared_out_evenly)
{
    static const struct { int64_t batch, first, more, others; } want[] = {
        { 1, 2, 1, 0 },                 /* 2 choices: two experts have one row */
        { 4, 8, 1, 0 },                 /* 8: each has one */
        { 5, 2, 2, 1 },                 /* 10: the first two have one more */
        { 33, 2, 9, 8 } };
    struct fl_trace trace = trace_of_config(CONFIG(""), &(struct fl_workload){ .phase = "decode", .context = 4,
                                                                             .batch = want[_i].batch });
    const struct fl_op *up = op_named(&trace, "expert_gate_up"), *rest = op_named(&trace, "expert_gate_up/2");
    ck_assert(up->first == 0 && up->groups == want[_i].first && up->m == want[_i].more && !up->more);
    ck_assert_int_eq(rest != NULL, want[_i].others > 0);
    if (rest != NULL)
        ck_assert(rest->first == 2 && rest->groups == 6 && rest->m == want[_i].others && rest->more);
    int64_t rows = up->groups * up->m + (rest ? rest->groups * rest->m : 0);
    ck_assert_int_eq(rows, 2 * want[_i].batch);
    ck_assert_int_eq(op_named(&trace, "silu")->m, rows);
    ck_assert_int_eq(op_named(&trace, "aggregate")->m, want[_i].batch);
    fl_trace_free(&trace);
}
END_TEST

/* In proportion to shares, the largest remainders first; none has more rows than there are tokens. */
START_TEST(choices_follow_their_shares)
{
    static const struct { const char *shares; int64_t used, tokens, rows[4]; } want[] = {
        { "1,1,1,1", 2, 5, { 3, 3, 2, 2 } },
        { "4,2,1,1", 1, 8, { 4, 2, 1, 1 } },
        { "5,3,1,1", 1, 8, { 4, 2, 1, 1 } },                    /* 4, 2.4, 0.8, 0.8 */
        { "0,0,7,1", 1, 16, { 0, 0, 14, 2 } },
        { "97,1,1,1", 2, 6, { 6, 2, 2, 2 } },                   /* the first is full */
        { "1,0,0,0", 3, 4, { 4, 4, 4, 0 } },
        { "0,0,0,0", 2, 3, { 3, 3, 0, 0 } } };
    int64_t shares[4], rows[4];
    ck_assert_int_eq(fl_routing_read(want[_i].shares, shares, 4), 4);
    fl_routing_deal(rows, 4, want[_i].used, want[_i].tokens, shares);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(rows[i], want[_i].rows[i]);
}
END_TEST

START_TEST(all_choices_are_dealt)
{
    struct fl_rng rng = cases_rng(77);
    for (uint64_t n = 0; n < cases_of(2000); n++) {
        int64_t experts = fl_rng_range(&rng, 1, 12), used = fl_rng_range(&rng, 1, experts), sum = 0;
        int64_t tokens = fl_rng_range(&rng, 1, 30), shares[12], rows[12], all = 0;
        for (int64_t i = 0; i < experts; i++)
            all += shares[i] = fl_rng_range(&rng, 0, 1) * fl_rng_range(&rng, 0, 9);
        fl_routing_deal(rows, experts, used, tokens, shares);
        for (int64_t i = 0; i < experts; i++) {
            ck_assert(rows[i] >= 0 && rows[i] <= tokens);
            sum += rows[i];
            for (int64_t j = 0; j < experts; j++)
                ck_assert(shares[i] <= shares[j] || rows[i] >= rows[j] || all == 0);
        }
        ck_assert_int_eq(sum, used * tokens);
    }
}
END_TEST

/* A model's experts have the rows that are asked for, in prompts and in steps. */
START_TEST(a_routing_may_be_given)
{
    for (int decode = 0; decode < 2; decode++) {
        const struct fl_workload work = { .context = 8, .batch = decode ? 8 : 1, .routing = "0,8,4,4,0,0,0,0",
                                          .phase = decode ? "decode" : "prefill" };
        struct fl_trace trace = trace_of_config(CONFIG(""), &work);
        const struct fl_op *up = op_named(&trace, "expert_gate_up"), *rest = op_named(&trace, "expert_gate_up/2");
        ck_assert(up->first == 1 && up->groups == 1 && up->m == 8);
        ck_assert(rest->first == 2 && rest->groups == 2 && rest->m == 4);
        ck_assert_ptr_null(op_named(&trace, "expert_gate_up/3"));
        fl_trace_free(&trace);
    }
    struct fl_trace trace = made_trace("gpt2", &(struct fl_workload){ .context = 8, .routing = "1,2" });
    ck_assert_str_eq(trace.note, "routing ignored: the model has no experts");
    fl_trace_free(&trace);
}
END_TEST

START_TEST(routings_that_cannot_be_are_refused)
{
    static const struct { const char *routing, *says; } bad[] = {
        { "1,2,3", "routing: 3 shares for 8 experts; give one for each" },
        { "1,2,,4", "routing: \"1,2,,4\" is no list of shares" }, { "", "is no list of shares" },
        { "1,2,3,4,5,6,7,-8", "is no list of shares" }, { "1,2,3,4,5,6,7,4294967297", "is no list of shares" } };
    config_refused(CONFIG(""), "", &(struct fl_workload){ .routing = bad[_i].routing }, bad[_i].says);
}
END_TEST

/* Layers that a list names, and all but every so manieth, have a feed-forward of intermediate_size. */
START_TEST(layers_without_experts_have_a_feed_forward)
{
    static const struct { const char *config; const char *dense; } want[] = {
        { CONFIG(""), "----" },
        { CONFIG(", \"decoder_sparse_step\": 2"), "d-d-" },
        { CONFIG(", \"mlp_only_layers\": [1, 3]"), "-d-d" },
        { CONFIG(", \"decoder_sparse_step\": 2, \"mlp_only_layers\": [3]"), "d-dd" } };
    struct fl_trace trace = trace_of_config(want[_i].config, &(struct fl_workload){ .context = 4 });
    char found[5] = "";
    int64_t stored = 0, dense = 3 * 32 * 48, experts = 8 * 3 * 32 * 24 + 32 * 8, attention = 32 * 64 + 32 * 32;
    for (size_t b = 0; b < trace.blocks; b++)
        for (size_t i = 0; i < trace.block[b].ops; i++)
            if (strstr(trace.block[b].op[i].name, "_down") != NULL)
                for (int64_t layer = 0; layer < trace.block[b].repeat; layer++)
                    found[trace.block[b].layer + layer] = trace.block[b].op[i].name[0] == 'f' ? 'd' : '-';
    ck_assert_str_eq(found, want[_i].dense);
    for (int i = 0; i < 4; i++)
        stored += attention + (found[i] == 'd' ? dense : experts);
    ck_assert_int_eq(stored_weights(&trace), stored + 2 * 50 * 32);
    fl_trace_free(&trace);
}
END_TEST

/* Of every family that has experts: the only one has all rows, whatever is chosen, and waits for no choices. */
START_TEST(one_expert_has_all_rows)
{
    for (const struct fl_family *family = fl_families; family->type != NULL; family++) {
        if (family->experts == NULL)
            continue;
        json_t *config = json_loads("{" SMALL "\"num_experts_per_tok\": 1, \"first_k_dense_replace\": 0}", 0, NULL);
        json_object_set_new(config, "model_type", json_string(family->type));
        json_object_set_new(config, fl_field_rules[FL_FIELD_EXPERTS].name[0], json_integer(1));
        char *text = json_dumps(config, JSON_COMPACT);
        struct fl_trace trace = trace_of_config(text, &(struct fl_workload){ .context = 6 }), again;
        struct fl_err err = {0};
        const struct fl_op *up = op_named(&trace, "expert_gate_up");
        ck_assert_msg(up != NULL && up->m == 6 && up->groups == 1 && up->operands == 2, "%s", family->type);
        ck_assert_str_eq(read_name(&trace, op_named(&trace, "aggregate"), 1), "topk");
        ck_assert_msg(fl_trace_read(&again, fl_trace_text(&trace), "again", &err), "%s", fl_err_text(&err));
        fl_trace_free(&again);
        fl_trace_free(&trace);
        free(text);
        json_decref(config);
    }
}
END_TEST

START_TEST(experts_that_cannot_be_are_refused)
{
    static const struct { const char *config, *says; } bad[] = {
        { "{\"model_type\": \"mixtral\", " SMALL "\"num_local_experts\": 4, \"num_experts_per_tok\": 5}",
          "num_experts_per_tok: a token cannot use 5 experts of num_local_experts = 4; give no more than there are" },
        { "{\"model_type\": \"mixtral\", " SMALL "\"num_local_experts\": 70000}", "70000 experts are absurd" },
        { CONFIG(", \"mlp_only_layers\": [4]"), "mlp_only_layers: 4 is no layer; they are numbered from 0 to 3" },
        { CONFIG(", \"mlp_only_layers\": 4"), "mlp_only_layers: a number; a list of layers is wanted" } };
    ck_assert_int_eq(config_refused(bad[_i].config, "", NULL, bad[_i].says), 1);
}
END_TEST

/* Seven experts in two layers, of which four have rows: 3, 3, 2 and 5. */
static const char text[] = "fanlight-trace 2\nmodel toy\ninput x\n"
                           "tensor w parameter groups=7 rows=32 width=16 layered=yes\n"
                           "repeat 2 layer 0\nlinear y x w -> y rows=0,3,3,0,2,5,0 k=32 n=16\nend\n";
enum { ONE = 32 * 16 * 8, CORES = 2 };  /* bits of an expert, and tiles of 16 x 16 */

static struct fl_trace toy(void)
{
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert_msg(fl_trace_read(&trace, text, "toy", &err), "%s", fl_err_text(&err));
    return trace;
}

/* All experts lie in DRAM, and take cores where they stay; those with rows alone are loaded, or work. */
START_TEST(all_experts_are_kept_and_those_with_rows_are_loaded)
{
    static const struct { int64_t first, groups; } parts[] = {{1, 2}, {4, 1}, {5, 1}};
    struct fl_trace trace = toy();
    struct fl_err err = {0};
    struct fl_plan plan;
    struct fl_machine machine = sample_machine();
    int64_t loaded = 0;
    machine.pools = 1;
    machine.pool[0] = sample_pool("static", false, 1, 16, 16);
    machine.pool[0].fit = true;
    ck_assert_msg(fl_plan_make(&plan, &trace, &machine, "weights_in_place", FL_LATENCY, &err), "%s",
                  fl_err_text(&err));
    ck_assert_int_eq(plan.cores[0], 2 * 7 * CORES);
    ck_assert_int_eq(plan.dram_bits, 2 * 7 * ONE);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(plan.op[i].mapping.cores, parts[i].groups * CORES);
        ck_assert_int_eq(plan.op[i].core_first, parts[i].first * CORES);
        ck_assert_int_eq(plan.op[i].core_step, 7 * CORES);
        ck_assert(plan.op[i].held_first == 0 && plan.op[i].held_cores == 7 * CORES);
    }
    for (size_t i = 0; i < plan.setup.steps; i++)
        loaded += plan.setup.step[i].load_bits;
    ck_assert_int_eq(loaded, ONE / CORES);                      /* one tile, in loops over tiles, experts and layers */
    fl_plan_free(&plan);
    machine = sample_machine();
    ck_assert(fl_plan_make(&plan, &trace, &machine, "digital", FL_LATENCY, &err));
    loaded = 0;
    for (size_t i = 0; i < plan.program.steps; i++)
        loaded += plan.program.step[i].load_bits;
    ck_assert_int_eq(loaded, 4 * ONE);
    ck_assert_int_eq(plan.dram_bits, 2 * 7 * ONE);
    fl_plan_free(&plan);
    fl_trace_free(&trace);
}
END_TEST

/* Where all stay, a machine that has a core less is too small for those that nobody uses, too. */
START_TEST(experts_without_rows_want_cores_too)
{
    for (int64_t less = 0; less < 2; less++) {
        struct fl_trace trace = toy();
        struct fl_err err = {0};
        struct fl_plan plan;
        struct fl_machine machine = sample_machine();
        machine.pools = 1;
        machine.pool[0] = sample_pool("static", false, 2 * 7 * CORES - less, 16, 16);
        ck_assert_int_eq(fl_plan_make(&plan, &trace, &machine, "weights_in_place", FL_LATENCY, &err), !less);
        if (less)
            ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "weights in place need 28 cores of pool \"static\", "
                                         "which has 27"));
        else
            fl_plan_free(&plan);
        fl_err_free(&err);
        fl_trace_free(&trace);
    }
}
END_TEST

/* Rows of digital work: k passes over n values pick k of them; a sum of k rows takes 2 k operations a value, and reads
 * k for each that it writes. */
START_TEST(picking_and_summing_take_k_rounds)
{
    enum { M = 6, K = 3, N = 64, BITS = 8 };
    static const struct { const char *line; int64_t worked, read; } want[] = {
        { "topk y x -> y m=6 k=3 n=64\n", M * K * N, M * N },
        { "aggregate y x x -> y m=6 k=3 n=64\n", 2 * M * K * N, M * K * N } };
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    struct fl_plan plan;
    struct fl_machine machine = sample_machine();
    const char *whole = fl_arena_format(&arena, "fanlight-trace 2\nmodel toy\ninput x\n%s", want[_i].line);
    int64_t worked = 0, read = 0, written = 0;
    ck_assert_msg(fl_trace_read(&trace, whole, "toy", &err), "%s", fl_err_text(&err));
    ck_assert(fl_plan_make(&plan, &trace, &machine, "digital", FL_LATENCY, &err));
    for (size_t i = 0; i < plan.program.steps; i++) {
        const struct fl_step *step = &plan.program.step[i];
        ck_assert_int_eq(fl_rows_of(step)->function, FL_ADD);
        worked += step->vectors * fl_rows_of(step)->values;
        read += step->vectors * step->read_bits;
        written += step->vectors * step->write_bits;
    }
    ck_assert_int_eq(worked, want[_i].worked);
    ck_assert_int_eq(read, want[_i].read * BITS);
    ck_assert_int_eq(written, M * N * BITS);
    fl_plan_free(&plan);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(picks_and_sums_of_what_is_not_there_are_refused)
{
    static const struct { const char *lines, *says; } bad[] = {
        { "norm a x -> a m=2 n=4\ntopk b a -> b m=2 k=5 n=4\n", "picks k = 5 of n = 4 values" },
        { "norm a x -> a m=2 n=4\ntopk b a -> b m=3 k=2 n=4\n", "reads 12 values of \"a\", which has 8" },
        { "norm a x -> a m=4 n=4\naggregate b a a -> b m=3 k=2 n=4\n", "reads 24 values of \"a\", which has 16" },
        { "norm a x -> a m=4 n=4\naggregate b a a -> b m=2 k=2 n=5\n", "n = 5, but rows of \"a\" have 4 values" },
        { "norm a x -> a m=8 n=4\nnorm w x -> w m=1 n=4\naggregate b a w -> b m=4 k=2 n=4\n",
          "reads 8 values of \"w\", which has 4" } };
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    const char *whole = fl_arena_format(&arena, "fanlight-trace 2\nmodel toy\ninput x\n%s", bad[_i].lines);
    ck_assert(!fl_trace_read(&trace, whole, "toy", &err));
    ck_assert_msg(strstr(fl_err_text(&err), bad[_i].says) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
    fl_arena_free(&arena);
}
END_TEST

/* Weights of all experts are held for the whole run; receivers of those that have rows alone are on. */
START_TEST(experts_without_rows_are_held_and_sleep)
{
    static const char *const set[] = {"core[0].slm.columns=16", "core[0].slm.rows=16", "core[0].cores=256"};
    struct fl_result *result = NULL;
    struct fl_err err = {0};
    struct fl_request ask = {.design = "free_space_1k", .trace_text = text, .mapper = "weights_in_place", .set = set,
                             .sets = 3};
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    int64_t ps = result->run.latency_ps, on = 0, held = 0;
    for (uint32_t i = 0; i < result->arch.sim.units; i++) {
        const struct unit *u = result->arch.sim.unit[i];
        if (strcmp(u->type->kind, "slm") == 0 && u->pool->index == 0)
            held = fl_result_held_ps(result, &result->run, i);
        if (strcmp(u->type->kind, "detector") == 0 && u->pool->index == 0)
            on = fl_result_powered_ps(result, &result->run, i);
    }
    const struct fl_plan_op *p = result->plan.op;
    int64_t each = p->mapping.cores / 2;                        /* cores of an expert; the first part is two */
    ck_assert_int_gt(each, 1);
    ck_assert_int_eq(held, 2 * 7 * each * ps);
    ck_assert_int_gt(on, 0);            /* 4 of 7, a part of the run each */
    ck_assert_int_lt(on, 2 * 4 * each * ps);
    fanlight_free(result);
}
END_TEST

/* No row is an expert's before all tokens have chosen: each of its products names the choices, behind the rows that it
 * streams and before its weights; as text, too. Side by side on engines of their own, none begins before they are
 * made. */
START_TEST(experts_wait_for_the_choices)
{
    struct fl_trace trace = trace_of_config(
        "{\"model_type\": \"qwen3_moe\", \"hidden_size\": 64, \"num_attention_heads\": 4, \"vocab_size\": 500, "
        "\"intermediate_size\": 96, \"max_position_embeddings\": 512, \"num_hidden_layers\": 4, "
        "\"moe_intermediate_size\": 48, \"num_experts\": 8, \"num_experts_per_tok\": 2}",
        &(struct fl_workload){ .context = _i ? 511 : 512 }); /* 511: experts' rows differ */
    const char *const set[] = {"machine.overlap=block"};
    struct fl_request ask = {.design = "free_space_1k", .mapper = "weights_in_place", .set = set, .sets = 1,
                             .trace_text = fl_trace_text(&trace)};
    struct fl_result *result = NULL;
    struct fl_err err = {0};
    struct fl_rows rows = {0};
    int parts = 0, begun = 0;
    int64_t made = -1;
    for (size_t i = 0; i < trace.block[1].ops; i++) {
        const struct fl_op *op = &trace.block[1].op[i];
        if (strncmp(op->name, "expert_", 7) != 0)
            continue;
        ck_assert_uint_eq(op->operands, 3);
        ck_assert_str_eq(read_name(&trace, op, 1), "topk");
        ck_assert(fl_op_is_beside(op, 1) && !fl_op_is_beside(op, 0) && !fl_op_is_beside(op, 2));
        parts++;
    }
    ck_assert_int_eq(parts, _i ? 4 : 2);
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    ck_assert_ptr_nonnull(result->plan.program.stream);
    fl_result_rows(result, true, &rows);
    for (size_t i = 0; i < rows.operators; i++) {
        made = strcmp(rows.operator_[i].name, "topk") == 0 ? rows.operator_[i].end_ps : made;
        if (strncmp(rows.operator_[i].name, "expert_gate_up", 14) != 0)
            continue;
        ck_assert_int_ge(rows.operator_[i].start_ps, made);
        begun++;
    }
    ck_assert_int_eq(begun, 4 * parts / 2);
    fl_rows_free(&rows);
    fanlight_free(result);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(choices_that_tell_nothing_are_refused)
{
    static const struct { const char *lines, *says; } bad[] = {
        { "fanlight-trace 2\nmodel t\ninput x s\ntensor w parameter rows=8 width=5\ntopk c s -> c m=4 k=1 n=2\n"
          "linear y x c w -> y m=4 k=8 n=5\n",
          "y: reads \"c\" beside its rows, but \"w\" has one group" },
        { "fanlight-trace 2\nmodel t\ninput x s\ntensor w parameter groups=3 rows=8 width=5\n"
          "topk c s -> c m=4 k=1 n=2\nlinear y x c w -> y rows=1,1,2 k=8 n=5\n",
          "y/2: has 3 groups, but rows of \"c\", which tells theirs, have 2 values; it must have one for each group" },
        { "fanlight-trace 2\nmodel t\ninput x s\ntopk c s -> c m=4 k=1 n=2\nlinear y x c -> y rows=1,3 k=8 n=5\n",
          "y: reads 2 tensors; linear reads 1, and a parameter behind" },
        { "fanlight-trace 1\nmodel t\ninput x s\nlinear y x s -> y m=4 k=8 n=5\n",
          "y: reads 2 tensors; linear reads 1" } };
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert(!fl_trace_read(&trace, bad[_i].lines, "toy", &err));
    ck_assert_msg(strstr(fl_err_text(&err), bad[_i].says) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
}
END_TEST

/* Whatever the mapper, each expert's products are made, and no core is in two places. */
START_TEST(every_mapper_takes_experts)
{
    static const char *const mappers[] = { "auto", "search", "weight_stationary", "output_stationary",
                                           "input_stationary", "weights_in_place" };
    struct fl_trace trace = toy();
    struct fl_err err = {0};
    struct fl_plan plan;
    struct fl_machine machine = sample_machine();
    machine.pools = 1;
    machine.vector[0].mac_lanes = 1;
    machine.pool[0] = sample_pool("static", false, 40, 16, 16);
    ck_assert_msg(fl_plan_make(&plan, &trace, &machine, mappers[_i], FL_LATENCY, &err), "%s", fl_err_text(&err));
    for (size_t i = 0; i < plan.ops; i++) {
        ck_assert_msg(fl_cover(plan.op[i].op, &machine, &plan.op[i].mapping, &err), "%s", fl_err_text(&err));
        int64_t last = plan.op[i].core_first + plan.op[i].core_step + plan.op[i].mapping.cores;
        ck_assert_int_le(last, 40);
    }
    fl_plan_free(&plan);
    fl_trace_free(&trace);
}
END_TEST

Suite *test_experts_suite(void)
{
    Suite *suite = suite_create("experts");
    TCase *tcase = tcase_create("experts");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, choices_are_shared_out_evenly, 0, 4);
    tcase_add_loop_test(tcase, choices_follow_their_shares, 0, 7);
    tcase_add_test(tcase, all_choices_are_dealt);
    tcase_add_test(tcase, a_routing_may_be_given);
    tcase_add_loop_test(tcase, routings_that_cannot_be_are_refused, 0, 5);
    tcase_add_loop_test(tcase, layers_without_experts_have_a_feed_forward, 0, 4);
    tcase_add_test(tcase, one_expert_has_all_rows);
    tcase_add_loop_test(tcase, experts_that_cannot_be_are_refused, 0, 4);
    tcase_add_test(tcase, all_experts_are_kept_and_those_with_rows_are_loaded);
    tcase_add_test(tcase, experts_without_rows_want_cores_too);
    tcase_add_loop_test(tcase, picking_and_summing_take_k_rounds, 0, 2);
    tcase_add_loop_test(tcase, picks_and_sums_of_what_is_not_there_are_refused, 0, 5);
    tcase_add_test(tcase, experts_without_rows_are_held_and_sleep);
    tcase_add_loop_test(tcase, experts_wait_for_the_choices, 0, 2);
    tcase_add_loop_test(tcase, choices_that_tell_nothing_are_refused, 0, 4);
    tcase_add_loop_test(tcase, every_mapper_takes_experts, 0, 6);
    suite_add_tcase(suite, tcase);
    return suite;
}
