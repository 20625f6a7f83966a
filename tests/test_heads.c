/* test_heads.c - what a network ends with, and what its layers are, by the fields that say so: closed forms of a small
 * model of two layers, 32 wide, with four heads, 64 between the feed-forward products and 50 tokens known.
 */
#include "tests/test_trace.h"

#define SMALL(type, rest) \
    "{\"model_type\": \"" type "\", \"hidden_size\": 32, \"num_attention_heads\": 4, \"num_hidden_layers\": 2, " \
    "\"intermediate_size\": 64, \"vocab_size\": 50, \"max_position_embeddings\": 64, \"hidden_act\": \"gelu\"" rest "}"
#define CLASS(name) ", \"architectures\": [\"" name "\"]"
#define LABELS ", \"num_labels\": 3"
/* Products of the layers for 16 tokens: weights of attention and feed-forward (3 products with a gate), and pairs. */
#define PLAIN (2 * 16 * (4 * 32 * 32 + 2 * 32 * 64))
#define GATED (2 * 16 * (4 * 32 * 32 + 3 * 32 * 64))
#define CAUSAL (2 * 2 * 32 * (16 * 17 / 2))
#define DENSE (2 * 2 * 32 * (16 * 16))
enum { D = 32, VOCABULARY = 50 * D, POOLER = D * D };

static const struct { const char *config; int64_t macs; } heads[] = {
    { SMALL("llama", ""), GATED + CAUSAL + VOCABULARY },
    { SMALL("llama", CLASS("LlamaForCausalLM") LABELS), GATED + CAUSAL + VOCABULARY },
    { SMALL("llama", CLASS("LlamaModel")), GATED + CAUSAL },
    { SMALL("llama", CLASS("LlamaForSequenceClassification") LABELS), GATED + CAUSAL + 3 * D },
    { SMALL("llama", CLASS("LlamaForSequenceClassification")), GATED + CAUSAL + 2 * D },
    { SMALL("llama", CLASS("LlamaForTokenClassification") LABELS), GATED + CAUSAL + 16 * 3 * D },
    { SMALL("llama", CLASS("LlamaForQuestionAnswering")), GATED + CAUSAL + 16 * 2 * D },
    { SMALL("llama", ", \"is_causal\": false"), GATED + DENSE + VOCABULARY },
    { SMALL("llama", ", \"is_causal\": false" CLASS("LlamaModel")), GATED + DENSE },
    { SMALL("bert", ""), PLAIN + DENSE + POOLER },
    { SMALL("bert", CLASS("BertModel") LABELS), PLAIN + DENSE + POOLER },
    { SMALL("bert", CLASS("BertForSequenceClassification") LABELS), PLAIN + DENSE + POOLER + 3 * D },
    { SMALL("bert", CLASS("BertForMultipleChoice")), PLAIN + DENSE + POOLER + D },
    { SMALL("bert", CLASS("BertForTokenClassification") LABELS), PLAIN + DENSE + 16 * 3 * D },
    { SMALL("bert", CLASS("BertForQuestionAnswering")), PLAIN + DENSE + 16 * 2 * D },
    { SMALL("bert", ", \"is_decoder\": true"), PLAIN + CAUSAL + POOLER + VOCABULARY },
    { SMALL("bert", ", \"is_decoder\": true" CLASS("BertLMHeadModel")), PLAIN + CAUSAL + POOLER + VOCABULARY },
    { SMALL("bert", ", \"feed_forward_type\": \"geglu\""), GATED + DENSE + POOLER },
    { SMALL("distilbert", ""), PLAIN + DENSE },
    { SMALL("distilbert", CLASS("DistilBertForSequenceClassification") LABELS), PLAIN + DENSE + POOLER + 3 * D },
    /* one head of keys and values: 8 wide instead of 32 */
    { SMALL("gpt2", ", \"attention_head_type\": \"multiquery\""), PLAIN + CAUSAL + VOCABULARY - 2 * 16 * 2 * 24 * D },
    { SMALL("falcon", ""), PLAIN + CAUSAL + VOCABULARY - 2 * 16 * 2 * 24 * D },
    /* heads of 256 by preset: four of them are 1024 wide */
    { SMALL("gemma", ""), 2 * 16 * (4 * 32 * 1024 + 3 * 32 * 64) + 32 * CAUSAL + VOCABULARY },
};

static struct fl_trace trace_of(const char *config, struct fl_workload work)
{
    return trace_of_config(config, &work);
}

START_TEST(heads_have_their_closed_forms)
{
    struct fl_trace trace = trace_of(heads[_i].config, (struct fl_workload){ .context = 16 });
    ck_assert_msg(trace.macs == heads[_i].macs, "%s: %lld MACs instead of %lld", heads[_i].config,
                  (long long)trace.macs, (long long)heads[_i].macs);
    fl_trace_free(&trace);
}
END_TEST

/* A decoder that sees all tokens has no cache, an encoder that does not has one. */
START_TEST(who_sees_the_past_alone_has_a_cache)
{
    struct fl_trace trace = trace_of(SMALL("bert", ", \"is_decoder\": true"),
                                     (struct fl_workload){ .phase = "decode", .context = 8, .tokens = 2 });
    ck_assert_int_eq(op_named(&trace, "kv_append")->n, 2 * D);
    ck_assert_str_eq(trace.attention, "causal");
    fl_trace_free(&trace);
    trace = trace_of(SMALL("llama", ", \"is_causal\": false"), (struct fl_workload){ .context = 8 });
    ck_assert_ptr_null(op_named(&trace, "kv_append"));
    ck_assert_str_eq(trace.attention, "dense");
    fl_trace_free(&trace);
}
END_TEST

START_TEST(falcon_has_as_many_norms_as_it_says)
{
    static const struct { const char *config; bool two; } norms[] = {
        { SMALL("falcon", ""), false },
        { SMALL("falcon", ", \"new_decoder_architecture\": true, \"num_kv_heads\": 2"), true },
        { SMALL("falcon", ", \"new_decoder_architecture\": true, \"num_kv_heads\": 2, \"num_ln_in_parallel_attn\": 1"),
          false },
        { SMALL("falcon", ", \"parallel_attn\": false"), true },
    };
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++) {
        struct fl_trace trace = trace_of(norms[i].config, (struct fl_workload){ .context = 8 });
        ck_assert_msg((op_named(&trace, "ln2") != NULL) == norms[i].two, "%s", norms[i].config);
        fl_trace_free(&trace);
    }
}
END_TEST

START_TEST(presets_of_rotation_are_those_of_the_family)
{
    /* heads of 128, of which GPT-J rotates 64, queries and keys */
    struct fl_trace trace = trace_of("{\"model_type\": \"gptj\", \"n_embd\": 512, \"n_head\": 4, \"n_layer\": 1, "
                                     "\"n_positions\": 64, \"vocab_size\": 50}", (struct fl_workload){ .context = 8 });
    ck_assert_int_eq(op_named(&trace, "rotary")->n, 2 * 4 * 64);
    fl_trace_free(&trace);
}
END_TEST

/* deit-base-distilled: 87,338,192 parameters with two classifiers of 1000 labels. */
START_TEST(a_distilled_model_has_two_classifiers)
{
    struct fl_trace trace = trace_of(
        "{\"model_type\": \"deit\", \"hidden_size\": 768, \"num_attention_heads\": 12, \"num_hidden_layers\": 12, "
        "\"intermediate_size\": 3072, \"image_size\": [224, 224], \"patch_size\": 16, \"num_labels\": 1000, "
        "\"architectures\": [\"DeiTForImageClassificationWithTeacher\"]}", (struct fl_workload){0});
    const int64_t small = 12 * 13 * 768 + 2 * 768 + 3 * 768 + 2 * 1000;    /* norms, tokens, biases */
    ck_assert_int_eq(stored_weights(&trace) + small, 87338192);
    ck_assert_int_eq(op_named(&trace, "ln_f")->m, 2);
    ck_assert_int_eq(op_named(&trace, "classifier")->m, 1);
    ck_assert_int_eq(op_named(&trace, "classifier_distilled")->m, 1);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(images_need_not_be_square)
{
    struct fl_trace trace = trace_of(
        "{\"model_type\": \"vit\", \"hidden_size\": 32, \"num_attention_heads\": 4, \"num_hidden_layers\": 1, "
        "\"intermediate_size\": 64, \"image_size\": [32, 64], \"patch_size\": [16, 8]}", (struct fl_workload){0});
    ck_assert_int_eq(trace.context, 2 * 8 + 1);
    ck_assert_int_eq(op_named(&trace, "patch")->k, 3 * 16 * 8);
    fl_trace_free(&trace);
}
END_TEST

Suite *test_heads_suite(void)
{
    Suite *suite = suite_create("heads");
    TCase *tcase = tcase_create("heads");
    tcase_add_loop_test(tcase, heads_have_their_closed_forms, 0, (int)(sizeof heads / sizeof *heads));
    tcase_add_test(tcase, who_sees_the_past_alone_has_a_cache);
    tcase_add_test(tcase, falcon_has_as_many_norms_as_it_says);
    tcase_add_test(tcase, presets_of_rotation_are_those_of_the_family);
    tcase_add_test(tcase, a_distilled_model_has_two_classifiers);
    tcase_add_test(tcase, images_need_not_be_square);
    suite_add_tcase(suite, tcase);
    return suite;
}
