/* test_nested.c - files of several networks: which part is read, under what note, with what presets.
 */
#include "tests/test_trace.h"

#define LLAVA "{\"model_type\": \"llava\", \"architectures\": [\"LlavaForConditionalGeneration\"], " \
    "\"image_token_index\": 32000, \"tie_word_embeddings\": false, " \
    "\"text_config\": {\"model_type\": \"llama\", \"max_position_embeddings\": 4096, \"vocab_size\": 32064, " \
    "\"architectures\": [\"LlamaForCausalLM\"]}, " \
    "\"vision_config\": {\"model_type\": \"clip_vision_model\", \"hidden_size\": 1024, \"image_size\": 336, " \
    "\"intermediate_size\": 4096, \"num_attention_heads\": 16, \"num_hidden_layers\": 24, \"patch_size\": 14}}"
#define GEMMA "{\"model_type\": \"gemma3\", \"text_config\": {\"model_type\": \"gemma3_text\", " \
    "\"hidden_size\": 2560, \"intermediate_size\": 10240, \"num_hidden_layers\": 34, \"sliding_window\": 1024}, " \
    "\"vision_config\": {\"model_type\": \"siglip_vision_model\", \"hidden_size\": 1152, \"image_size\": 896, " \
    "\"intermediate_size\": 4304, \"num_attention_heads\": 16, \"num_hidden_layers\": 27, \"patch_size\": 14, " \
    "\"vision_use_head\": false}}"
#define QWEN "\"hidden_size\": 1536, \"intermediate_size\": 8960, \"num_hidden_layers\": 28, " \
    "\"num_attention_heads\": 12, \"num_key_value_heads\": 2, \"max_position_embeddings\": 32768, " \
    "\"vocab_size\": 151936, \"tie_word_embeddings\": true, \"max_window_layers\": 28, \"use_sliding_window\": false"
#define FLAT "{\"model_type\": \"qwen2_vl\", \"architectures\": [\"Qwen2VLForConditionalGeneration\"], " QWEN \
    ", \"vision_config\": {\"depth\": 32, \"embed_dim\": 1280}}"
#define SEEN "{\"model_type\": \"qwen2_vl\", \"text_config\": {\"model_type\": \"qwen2_vl_text\", " QWEN "}, " \
    "\"vision_config\": {\"depth\": 32}}"
#define CLIP "{\"model_type\": \"clip\", \"projection_dim\": 512, \"text_config\": {\"projection_dim\": 512}, " \
    "\"vision_config\": {\"patch_size\": 16}}"

/* Parameters: of products and tables. */
static const struct { const char *config, *part; int64_t parameters; const char *note; } want[] = {
    /* Vicuna 7B, 64 more tokens */
    { LLAVA, "", 32 * (4 * 4096LL * 4096 + 3 * 4096LL * 11008) + 2 * 32064LL * 4096,
      "the language part (text_config) of llava alone: what images become are tokens of the context" },
    { LLAVA, "#text_config", 32 * (4 * 4096LL * 4096 + 3 * 4096LL * 11008) + 2 * 32064LL * 4096,
      "leaves to the presets of llama: hidden_size = 4096, intermediate_size = 11008, num_hidden_layers = 32" },
    { LLAVA, "#vision_config", 24 * (4 * 1024LL * 1024 + 2 * 1024 * 4096) + 588 * 1024 + 577 * 1024, NULL },
    /* gemma-3-4b */
    { GEMMA, "", 34 * (2560LL * (2048 + 2 * 1024) + 2048 * 2560 + 3 * 2560 * 10240) + 262208LL * 2560,
      "num_attention_heads = 8" },
    { GEMMA, "#vision_config", 27 * (4 * 1152LL * 1152 + 2 * 1152 * 4304) + 588 * 1152 + 4096 * 1152, NULL },
    /* Qwen2-VL-2B, as older and as newer files have it */
    { FLAT, "", 28 * (1536LL * (1536 + 2 * 256) + 1536 * 1536 + 3 * 1536 * 8960) + 151936LL * 1536,
      "the language part of qwen2_vl alone, as qwen2" },
    { SEEN, "", 28 * (1536LL * (1536 + 2 * 256) + 1536 * 1536 + 3 * 1536 * 8960) + 151936LL * 1536,
      "the language part (text_config) of qwen2_vl alone" },
    /* clip-vit-base-patch16 */
    { CLIP, "#text_config", 12 * (4 * 512LL * 512 + 2 * 512 * 2048) + (49408 + 77) * 512, "clip_text_model" },
    { CLIP, "#vision_config", 12 * (4 * 768LL * 768 + 2 * 768 * 3072) + 768 * 768 + 197 * 768, "clip_vision_model" },
};

static struct fl_trace trace_of_part(const char *config, const char *part)
{
    struct fl_arena arena = {0};
    const char *path = made_file(&arena, ".json", config, strlen(config));
    struct fl_trace trace = made_trace(fl_arena_format(&arena, "%s%s", path, part), NULL);
    unlink(path);
    fl_arena_free(&arena);
    return trace;
}

START_TEST(the_part_that_is_asked_for_is_read)
{
    struct fl_trace trace = trace_of_part(want[_i].config, want[_i].part);
    int64_t parameters;
    ck_assert(fl_trace_parameters(&trace, &parameters));
    ck_assert_int_eq(parameters, want[_i].parameters);
    ck_assert_msg(want[_i].note != NULL ? trace.note != NULL && strstr(trace.note, want[_i].note) != NULL
                                        : trace.note == NULL, "%s", trace.note);
    if (want[_i].part[0] != '\0')
        ck_assert_ptr_nonnull(strstr(trace.model, fl_arena_format(&trace.arena, ".%s", want[_i].part + 1)));
    fl_trace_free(&trace);
}
END_TEST

/* What the whole says of stored widths and of its head is the part's, too. */
START_TEST(what_the_whole_says_goes_down)
{
    struct fl_trace trace = trace_of_part(
        "{\"model_type\": \"llava\", \"tie_word_embeddings\": true, \"quantization_config\": {\"quant_method\": "
        "\"awq\", \"bits\": 4}, \"text_config\": {\"model_type\": \"llama\", \"num_hidden_layers\": 2}}", "");
    ck_assert_int_eq(op_named(&trace, "qkv")->stored->bits, 4);
    ck_assert(is_tied(op_named(&trace, "logits")));
    fl_trace_free(&trace);
}
END_TEST

START_TEST(parts_that_cannot_be_read_are_refused)
{
    static const struct { const char *config, *part, *says; } bad[] = {
        { CLIP, "", "two towers, for images and for text; the nearest family here is clip_vision_model, but that is "
          "one tower; say which: FILE#text_config or FILE#vision_config" },
        { CLIP, "#audio_config", "no object \"audio_config\"; there are: text_config, vision_config" },
        { "{\"model_type\": \"gpt2\"}", "#text_config", "no object \"text_config\"; there are: none" },
        { "{\"model_type\": \"llava\", \"text_config\": {\"model_type\": \"mamba\"}}", "",
          "#text_config: model_type: \"mamba\" is not simulated: a state-space network" },
        { "{\"model_type\": \"mllama\", \"text_config\": {\"model_type\": \"mllama_text_model\"}}", "",
          "a language model that is shown images by cross attention" } };
    ck_assert_int_eq(config_refused(bad[_i].config, bad[_i].part, NULL, bad[_i].says), 1);
}
END_TEST

Suite *test_nested_suite(void)
{
    Suite *suite = suite_create("nested");
    TCase *tcase = tcase_create("nested");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, the_part_that_is_asked_for_is_read, 0, (int)(sizeof want / sizeof *want));
    tcase_add_test(tcase, what_the_whole_says_goes_down);
    tcase_add_loop_test(tcase, parts_that_cannot_be_read_are_refused, 0, 5);
    suite_add_tcase(suite, tcase);
    return suite;
}
