/* test_layer_kinds.c - layers of several kinds: who sees what, who is rotated or normed, who has experts.
 *
 * A letter a layer: W, C, A for a window, a chunk, all that came before; small where queries
 * and keys are not rotated.
 */
#include "tests/test_trace.h"

#define SIZES "\"hidden_size\": 32, \"num_attention_heads\": 4, \"intermediate_size\": 64, \"vocab_size\": 50, " \
              "\"head_dim\": 8, \"max_position_embeddings\": 64, "
#define CONFIG(type, rest) "{\"model_type\": \"" type "\", " SIZES rest "}"
#define LAYERS(n) "\"num_hidden_layers\": " #n
#define LLAMA4 "\"num_local_experts\": 4, \"attention_chunk_size\": 6, \"intermediate_size_mlp\": 96, "

static const struct fl_op *op_of(const struct fl_block *block, const char *name)
{
    for (size_t i = 0; i < block->ops; i++)
        if (strcmp(block->op[i].name, name) == 0)
            return &block->op[i];
    return NULL;
}

static char letter_of(const struct fl_block *block)
{
    const struct fl_op *scores = op_of(block, "scores");
    char letter = scores->band.window > 0 ? 'W' : scores->band.chunk > 0 ? 'C' : 'A';
    return op_of(block, "rotary") != NULL ? letter : (char)(letter + 'a' - 'A');
}

START_TEST(layers_see_and_are_rotated_as_their_file_says)
{
    static const struct { const char *config, *kinds; } want[] = {
        { CONFIG("cohere2", LAYERS(9) ", \"sliding_window\": 8"), "WWWaWWWaW" },
        { CONFIG("cohere2", LAYERS(5) ", \"sliding_window\": 8, \"sliding_window_pattern\": 2"), "WaWaW" },
        { CONFIG("cohere2", LAYERS(3) ", \"sliding_window\": 8, \"layer_types\": [\"full_attention\", "
                 "\"sliding_attention\", \"full_attention\"]"), "aWa" },
        { CONFIG("cohere2", LAYERS(4) ", \"sliding_window\": 64"), "AAAa" },     /* nothing is beyond the window */
        { CONFIG("exaone4", LAYERS(5) ", \"sliding_window\": 8, \"sliding_window_pattern\": \"LLG\""), "WWaWW" },
        { CONFIG("exaone4", LAYERS(5) ", \"sliding_window\": null"), "AAAAA" },
        { CONFIG("olmo3", LAYERS(5) ", \"sliding_window\": 8"), "WWWAW" },
        { CONFIG("smollm3", LAYERS(5)), "AAAaA" },
        { CONFIG("smollm3", LAYERS(4) ", \"no_rope_layer_interval\": 2"), "AaAa" },
        { CONFIG("smollm3", LAYERS(3) ", \"no_rope_layers\": [0, 1, 0]"), "aAa" },
        { CONFIG("llama4_text", LLAMA4 LAYERS(5)), "CCCaC" },
        { CONFIG("llama4_text", LLAMA4 LAYERS(4) ", \"no_rope_layers\": [0, 1, 1, 1]"), "aCCC" },
        { CONFIG("llama4_text", LLAMA4 LAYERS(2) ", \"layer_types\": [\"full_attention\", \"chunked_attention\"]"),
          "AC" } };
    struct fl_trace trace = trace_of_config(want[_i].config, &(struct fl_workload){ .context = 20 });
    char found[16] = "";
    for (size_t b = 0; b < trace.blocks; b++)
        for (int64_t i = 0; trace.block[b].layer >= 0 && i < trace.block[b].repeat; i++)
            found[trace.block[b].layer + i] = letter_of(&trace.block[b]);
    ck_assert_str_eq(found, want[_i].kinds);
    ck_assert_msg(trace.note == NULL, "%s", trace.note);
    fl_trace_free(&trace);
}
END_TEST

/* Queries and keys are normed by a field; in Llama 4 where they are rotated. */
START_TEST(queries_and_keys_are_normed_where_a_file_says_so)
{
    static const struct { const char *config, *normed; } want[] = {
        { CONFIG("llama4_text", LLAMA4 LAYERS(5)), "---.-" },
        { CONFIG("llama4_text", LLAMA4 LAYERS(2) ", \"use_qk_norm\": false"), ".." },
        { CONFIG("cohere", LAYERS(1)), "." }, { CONFIG("cohere", LAYERS(1) ", \"use_qk_norm\": true"), "-" },
        { CONFIG("stablelm", LAYERS(1) ", \"qk_layernorm\": true"), "-" }, { CONFIG("exaone4", LAYERS(1)), "-" },
        { CONFIG("glm4_moe", LAYERS(2) ", \"use_qk_norm\": true"), "--" }, { CONFIG("glm4_moe", LAYERS(1)), "." } };
    struct fl_trace trace = trace_of_config(want[_i].config, &(struct fl_workload){ .context = 20 });
    char found[16] = "";
    for (size_t b = 0; b < trace.blocks; b++)
        for (int64_t i = 0; trace.block[b].layer >= 0 && i < trace.block[b].repeat; i++)
            found[trace.block[b].layer + i] = op_of(&trace.block[b], "qk_norm") != NULL ? '-' : '.';
    ck_assert_str_eq(found, want[_i].normed);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(norms_stand_behind_before_the_sum)
{
    static const char *const types[] = { CONFIG("olmo2", LAYERS(1)), CONFIG("olmo3", LAYERS(1)),
                                         CONFIG("exaone4", LAYERS(1)) };
    static const char *const order[] = { "qkv", "qk_norm", "rotary", "kv_append", "scores", "softmax", "context",
                                         "attn_out", "rms1_after", "add1", "gate_up", "silu", "ffn_down", "rms2_after",
                                         "add2" };
    struct fl_trace trace = trace_of_config(types[_i], &(struct fl_workload){ .context = 20, .layers_only = true });
    ck_assert_uint_eq(trace.block[0].ops, sizeof order / sizeof *order);
    for (size_t i = 0; i < trace.block[0].ops; i++)
        ck_assert_str_eq(trace.block[0].op[i].name, order[i]);
    ck_assert_str_eq(read_name(&trace, op_named(&trace, "qkv"), 0), "x");
    ck_assert_str_eq(read_name(&trace, op_named(&trace, "add1"), 1), "rms1_after");
    fl_trace_free(&trace);
}
END_TEST

/* E: experts of the one width, F: a feed-forward of the other. */
START_TEST(layers_have_the_experts_that_are_named)
{
    static const struct { const char *config, *kinds; int64_t expert, feed; } want[] = {
        { CONFIG("llama4_text", LLAMA4 LAYERS(4)), "EEEE", 64, 0 },
        { CONFIG("llama4_text", LLAMA4 LAYERS(5) ", \"interleave_moe_layer_step\": 2"), "FEFEF", 64, 96 },
        { CONFIG("llama4_text", LLAMA4 LAYERS(4) ", \"moe_layers\": [0, 3]"), "EFFE", 64, 96 },
        { CONFIG("glm4_moe", LAYERS(3) ", \"moe_intermediate_size\": 24"), "FEE", 24, 64 },
        { CONFIG("ernie4_5_moe", LAYERS(5) ", \"moe_intermediate_size\": 24"), "FEEEE", 24, 64 },
        { CONFIG("ernie4_5_moe", LAYERS(5) ", \"moe_layer_end_index\": 2"), "FEEFF", 1536, 64 },
        { CONFIG("ernie4_5_moe", LAYERS(6) ", \"moe_layer_start_index\": 0, \"moe_layer_interval\": 3, "
                 "\"moe_layer_end_index\": -1"), "FFEFFE", 1536, 64 } };
    struct fl_trace trace = trace_of_config(want[_i].config, &(struct fl_workload){ .context = 4 });
    char found[16] = "";
    for (size_t b = 0; b < trace.blocks; b++)
        for (int64_t i = 0; trace.block[b].layer >= 0 && i < trace.block[b].repeat; i++) {
            const struct fl_op *expert = op_of(&trace.block[b], "expert_down");
            const struct fl_op *feed = op_of(&trace.block[b], "ffn_down");
            found[trace.block[b].layer + i] = expert != NULL ? 'E' : 'F';
            ck_assert_int_eq(expert != NULL ? expert->k : feed->k, expert != NULL ? want[_i].expert : want[_i].feed);
        }
    ck_assert_str_eq(found, want[_i].kinds);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(kinds_that_cannot_be_are_refused)
{
    static const struct { const char *config, *says; } bad[] = {
        { CONFIG("smollm3", LAYERS(3) ", \"no_rope_layers\": [0, 1]"),
          "no_rope_layers: a list of 2; 1 or 0 for each of 3 layers is wanted" },
        { CONFIG("smollm3", LAYERS(2) ", \"no_rope_layers\": [0, 2]"), "no_rope_layers: 2; 1 (rotated) or 0 (not)" },
        { CONFIG("llama4_text", LLAMA4 LAYERS(2) ", \"no_rope_layers\": 4"),
          "no_rope_layers: a number; a list is wanted, 1 or 0 for each layer" },
        { CONFIG("exaone4", LAYERS(2) ", \"sliding_window_pattern\": \"LLX\""),
          "sliding_window_pattern: \"LLX\" is no pattern; give letters L (local) and G (global), or a number" },
        { CONFIG("llama4_text", LLAMA4 LAYERS(2) ", \"moe_layers\": [2]"),
          "moe_layers: 2 is no layer; they are numbered from 0 to 1" },
        { CONFIG("llama4_text", LLAMA4 LAYERS(2) ", \"moe_layers\": 1"),
          "moe_layers: a number; a list of layers is wanted, which have experts" } };
    config_refused(bad[_i].config, "", NULL, bad[_i].says);
}
END_TEST

Suite *test_layer_kinds_suite(void)
{
    Suite *suite = suite_create("layer_kinds");
    TCase *tcase = tcase_create("layer_kinds");
    tcase_add_loop_test(tcase, layers_see_and_are_rotated_as_their_file_says, 0, 13);
    tcase_add_loop_test(tcase, queries_and_keys_are_normed_where_a_file_says_so, 0, 8);
    tcase_add_loop_test(tcase, norms_stand_behind_before_the_sum, 0, 3);
    tcase_add_loop_test(tcase, layers_have_the_experts_that_are_named, 0, 7);
    tcase_add_loop_test(tcase, kinds_that_cannot_be_are_refused, 0, 6);
    suite_add_tcase(suite, tcase);
    return suite;
}
