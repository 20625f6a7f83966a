/* test_stored.c - how wide weights are stored, by what files say of their quantization: which of them, and what moves.
 */
#include "mapping/mapper.h"
#include "tests/samples.h"
#include "tests/test_trace.h"

#define SMALL(type, more, quantized) \
    "{\"model_type\": \"" type "\", \"hidden_size\": 32, \"num_attention_heads\": 4, " \
    "\"num_hidden_layers\": 3, \"intermediate_size\": 48, \"vocab_size\": 50, \"max_position_embeddings\": 64, " \
    "\"hidden_act\": \"silu\"" more ", \"quantization_config\": " quantized "}"
#define LLAMA(quantized) SMALL("llama", "", quantized)
#define MIXTRAL(quantized) SMALL("mixtral", ", \"num_local_experts\": 4", quantized)

/* Bits of weights: of a layer's products, of experts, of the router, of the head; -1: there is none. */
static const struct { const char *config; int32_t layer, experts, router, head; const char *note; } want[] = {
    { LLAMA("{\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 128, \"desc_act\": false}"), 4, -1, -1, 0,
      "weights of the layers' products are stored in 4 bits (gptq); scales of each 128 weights are left out" },
    { LLAMA("{\"quant_method\": \"gptq\", \"bits\": 3, \"lm_head\": true}"), 3, -1, -1, 3, "stored in 3 bits (gptq)" },
    { LLAMA("{\"quant_method\": \"awq\", \"w_bit\": 4, \"q_group_size\": 64}"), 4, -1, -1, 0, "each 64 weights" },
    { MIXTRAL("{\"quant_method\": \"awq\", \"bits\": 4, \"modules_to_not_convert\": [\"gate\"]}"), 4, 4, 0, 0,
      "(awq)" },
    { MIXTRAL("{\"quant_method\": \"mxfp4\", \"modules_to_not_convert\": [\"lm_head\"]}"), 0, 4, 0, 0,
      "weights of experts are stored in 4 bits (mxfp4)" },
    { LLAMA("{\"quant_method\": \"fp8\", \"weight_block_size\": [128, 128]}"), 8, -1, -1, 0, "in 8 bits (fp8)" },
    { LLAMA("{\"load_in_4bit\": true, \"bnb_4bit_quant_type\": \"nf4\"}"), 4, -1, -1, 0, "(bitsandbytes)" },
    { LLAMA("{\"quant_method\": \"bitsandbytes\", \"load_in_8bit\": true}"), 8, -1, -1, 0, "in 8 bits" },
    { LLAMA("{\"quant_method\": \"compressed-tensors\", \"config_groups\": {\"group_0\": {\"weights\": "
            "{\"num_bits\": 4, \"group_size\": 128}}}}"), 4, -1, -1, 0, "(compressed-tensors)" },
    { LLAMA("{\"quant_method\": \"aqlm\", \"nbits_per_codebook\": 16}"), 0, -1, -1, 0, "is not simulated" },
    { LLAMA("null"), 0, -1, -1, 0, NULL },
};

static int32_t bits_of(const struct fl_trace *trace, const char *name)
{
    const struct fl_op *op = op_named(trace, name);
    return op != NULL ? op->stored->bits : -1;
}

START_TEST(weights_are_as_wide_as_the_file_says)
{
    for (int decode = 0; decode < 2; decode++) {
        struct fl_trace trace = trace_of_config(want[_i].config, &(struct fl_workload){ .context = 8,
                                                .phase = decode ? "decode" : "prefill", .tokens = decode ? 2 : 0 });
        const char *const layer[] = { "qkv", "attn_out", want[_i].experts < 0 ? "ffn_down" : "qkv" };
        for (int i = 0; i < 3; i++)
            ck_assert_int_eq(bits_of(&trace, layer[i]), want[_i].layer);
        ck_assert_int_eq(bits_of(&trace, "expert_gate_up"), want[_i].experts);
        ck_assert_int_eq(bits_of(&trace, "expert_down"), want[_i].experts);
        ck_assert_int_eq(bits_of(&trace, "router"), want[_i].router);
        ck_assert_int_eq(bits_of(&trace, "logits"), want[_i].head);
        ck_assert_int_eq(op_named(&trace, "embed")->stored->bits, 0);
        ck_assert_int_eq(trace.note != NULL, want[_i].note != NULL);
        ck_assert_msg(want[_i].note == NULL || strstr(trace.note, want[_i].note) != NULL, "%s", trace.note);
        fl_trace_free(&trace);
    }
}
END_TEST

/* What DRAM holds, and what comes of it in a step: the layers' weights in 4 bits, table and head in 8. */
START_TEST(fewer_bits_are_kept_and_moved)
{
    const int64_t layers = 3 * (32 * 96 + 32 * 32 + 3 * 32 * 48), others = 2 * 50 * 32;
    for (int less = 0; less < 2; less++) {
        const char *config = less ? want[0].config : want[10].config;
        struct fl_trace trace = trace_of_config(config, &(struct fl_workload){ .context = 7, .phase = "decode" });
        struct fl_machine machine = sample_machine();
        struct fl_err err = {0};
        struct fl_plan plan;
        int64_t loaded = 0;
        ck_assert_msg(fl_plan_make(&plan, &trace, &machine, "digital", FL_LATENCY, &err), "%s", fl_err_text(&err));
        ck_assert_int_eq(plan.dram_bits, layers * (less ? 4 : 8) + others * 8 + 3 * 8 * 64 * 8);
        for (uint32_t i = 0; i < plan.ops; i++)
            if (fl_op_has_weights(plan.op[i].op))
                loaded += trace.block[plan.op[i].block].repeat * plan.op[i].op->k * plan.op[i].op->n *
                          fl_map_stored_bits(plan.op[i].op, &machine, NULL);
        ck_assert_int_eq(loaded, layers * (less ? 4 : 8) + others / 2 * 8);
        fl_plan_free(&plan);
        fl_trace_free(&trace);
    }
}
END_TEST

START_TEST(widths_that_cannot_be_are_refused)
{
    static const struct { const char *config, *says; } bad[] = {
        { LLAMA("{\"quant_method\": \"gptq\", \"bits\": 40}"), "quantization_config: 40 bits a weight are absurd" },
        { LLAMA("\"gptq\""), "quantization_config: a text; an object is wanted" } };
    config_refused(bad[_i].config, "", NULL, bad[_i].says);
}
END_TEST

Suite *test_stored_suite(void)
{
    Suite *suite = suite_create("stored");
    TCase *tcase = tcase_create("stored");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, weights_are_as_wide_as_the_file_says, 0, (int)(sizeof want / sizeof *want));
    tcase_add_test(tcase, fewer_bits_are_kept_and_moved);
    tcase_add_loop_test(tcase, widths_that_cannot_be_are_refused, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
