/* test_trace_counts.c - parameters, products and conversions of known models, by closed forms reckoned by hand. */
#include "base/rng.h"
#include "tests/samples.h"
#include "tests/test_trace.h"

/* ---- sums over a trace ---- */

static int64_t weights_of(const char *model)
{
    struct fl_trace trace = made_trace(model, NULL);
    int64_t sum = stored_weights(&trace);
    fl_trace_free(&trace);
    return sum;
}

static int64_t weights_of_text(const char *config)
{
    struct fl_trace trace = trace_of_config(config, NULL);
    int64_t sum = stored_weights(&trace);
    fl_trace_free(&trace);
    return sum;
}

static int64_t macs_of(const char *model, struct fl_workload work)
{
    struct fl_trace trace = made_trace(model, &work);
    int64_t macs = trace.macs;
    fl_trace_free(&trace);
    return macs;
}

/* ---- parameters ---- */

/* What a trace does not hold of a plain block: biases of qkv (3 d), of the two outputs (2 d) and of the first
 * feed-forward product (4 d), scales and shifts of two norms (4 d). */
static int64_t small_parameters(int64_t layers, int64_t d)
{
    return layers * 13 * d;
}

/* Published counts: what Hugging Face transformers gives as num_parameters of the published checkpoints. */
START_TEST(parameters_of_published_models)
{
    const int64_t final_norm = 2;
    ck_assert_int_eq(weights_of("gpt2") + small_parameters(12, 768) + final_norm * 768, 124439808);
    ck_assert_int_eq(weights_of("gpt2-medium") + small_parameters(24, 1024) + final_norm * 1024, 354823168);
    ck_assert_int_eq(weights_of("gpt2-large") + small_parameters(36, 1280) + final_norm * 1280, 774030080);
    ck_assert_int_eq(weights_of("gpt2-xl") + small_parameters(48, 1600) + final_norm * 1600, 1557611200);
    ck_assert_int_eq(weights_of("opt-125m") + small_parameters(12, 768) + final_norm * 768, 125239296);
    /* besides: the norm of the embedding and the bias of the pooler */
    ck_assert_int_eq(weights_of("bert-base") + small_parameters(12, 768) + 3 * 768, 109482240);
    ck_assert_int_eq(weights_of("bert-large") + small_parameters(24, 1024) + 3 * 1024, 335141888);
    /* besides: the class token, the biases of patches and classifier */
    ck_assert_int_eq(weights_of("vit-base") + small_parameters(12, 768) + (final_norm + 2) * 768 + 1000, 86567656);
    ck_assert_int_eq(weights_of("deit-tiny") + small_parameters(12, 192) + (final_norm + 2) * 192 + 1000, 5717416);
    /* no biases; 65 scales of RMS norms */
    ck_assert_int_eq(weights_of("llama-3-8b") + 65 * 4096, 8030261248);
}
END_TEST

START_TEST(parameters_of_models_known_by_size)
{
    ck_assert_double_eq_tol((double)weights_of("gpt3-175b"), 175e9, 0.01 * 175e9);
    ck_assert_double_eq_tol((double)weights_of("mt-nlg-530b"), 530e9, 0.01 * 530e9);
    ck_assert_double_eq_tol((double)weights_of("palm-like"), 486e9, 0.01 * 486e9);
    ck_assert_double_eq_tol((double)weights_of("gpt-4q"), 4e15, 0.01 * 4e15);
}
END_TEST

/* roberta-base: 514 positions, two of them padding. */
static const char roberta[] = "{\"model_type\":\"roberta\",\"hidden_size\":768,\"num_hidden_layers\":12,"
                              "\"num_attention_heads\":12,\"intermediate_size\":3072,\"vocab_size\":50265,"
                              "\"max_position_embeddings\":514,\"type_vocab_size\":1}";

/* pythia-70m: parallel, partly rotary, untied. */
static const char pythia[] = "{\"model_type\":\"gpt_neox\",\"hidden_size\":512,\"num_hidden_layers\":6,"
                             "\"num_attention_heads\":8,\"intermediate_size\":2048,\"vocab_size\":50304,"
                             "\"max_position_embeddings\":2048,\"rotary_pct\":0.25,\"tie_word_embeddings\":false}";

/* falcon-7b: one norm a layer, one head of keys and values, no biases, tied. */
static const char falcon[] = "{\"model_type\":\"falcon\",\"hidden_size\":4544,\"num_hidden_layers\":32,"
                             "\"num_attention_heads\":71,\"multi_query\":true,\"parallel_attn\":true,"
                             "\"new_decoder_architecture\":false,\"num_kv_heads\":71,\"vocab_size\":65024}";

/* One of each structure that no shipped model has. */
START_TEST(parameters_of_other_model_types)
{
    ck_assert_int_eq(weights_of_text(pythia) + small_parameters(6, 512) + 2 * 512, 70426624);
    /* mistral-7b */
    ck_assert_int_eq(weights_of_text("{\"model_type\":\"mistral\",\"hidden_size\":4096,\"num_hidden_layers\":32,"
                                     "\"num_attention_heads\":32,\"num_key_value_heads\":8,\"vocab_size\":32000,"
                                     "\"intermediate_size\":14336,\"max_position_embeddings\":32768}") +
                         65 * 4096, 7241732096);
    ck_assert_int_eq(weights_of_text(falcon) + 33 * 2 * 4544, 6921720704);
    /* opt-350m: norms last, a narrower token table with projections, no final norm */
    ck_assert_int_eq(weights_of_text("{\"model_type\":\"opt\",\"hidden_size\":1024,\"num_hidden_layers\":24,"
                                     "\"num_attention_heads\":16,\"ffn_dim\":4096,\"vocab_size\":50272,"
                                     "\"max_position_embeddings\":2048,\"word_embed_proj_dim\":512,"
                                     "\"do_layer_norm_before\":false}") +
                         small_parameters(24, 1024), 331196416);
    /* qwen2-0.5b: tied, biases of qkv alone */
    ck_assert_int_eq(weights_of_text("{\"model_type\":\"qwen2\",\"hidden_size\":896,\"num_hidden_layers\":24,"
                                     "\"num_attention_heads\":14,\"num_key_value_heads\":2,\"vocab_size\":151936,"
                                     "\"intermediate_size\":4864,\"max_position_embeddings\":131072,"
                                     "\"tie_word_embeddings\":true}") +
                         24 * 1152 + 49 * 896, 494032768);
    /* gemma-2b: heads wider than width / heads */
    ck_assert_int_eq(weights_of_text("{\"model_type\":\"gemma\",\"hidden_size\":2048,\"num_hidden_layers\":18,"
                                     "\"num_attention_heads\":8,\"num_key_value_heads\":1,\"head_dim\":256,"
                                     "\"intermediate_size\":16384,\"max_position_embeddings\":8192,"
                                     "\"hidden_act\":\"gelu_pytorch_tanh\",\"vocab_size\":256000}") +
                         37 * 2048, 2506172416);
    ck_assert_int_eq(weights_of_text(roberta) + small_parameters(12, 768) + 3 * 768, 124645632);
}
END_TEST

START_TEST(parallel_layers_read_the_stream_twice)
{
    struct fl_trace trace = trace_of_config(pythia, NULL);
    ck_assert_str_eq(read_name(&trace, op_named(&trace, "ln1"), 0), "x");
    ck_assert_str_eq(read_name(&trace, op_named(&trace, "ln2"), 0), "x");
    ck_assert_str_eq(read_name(&trace, op_named(&trace, "ffn_up"), 0), "ln2");
    ck_assert_str_eq(read_name(&trace, op_named(&trace, "add1"), 0), "attn_out");
    ck_assert_str_eq(read_name(&trace, op_named(&trace, "add1"), 1), "ffn_down");
    ck_assert_int_eq(op_named(&trace, "rotary")->n, (8 + 8) * 64 / 4);
    ck_assert(!is_tied(op_named(&trace, "logits")));
    fl_trace_free(&trace);
    trace = trace_of_config(falcon, NULL);                              /* both read one norm: one operator */
    ck_assert_int_eq(op_named(&trace, "qkv_ffn_up")->n, 4544 + 2 * 64 + 4 * 4544);
    ck_assert_str_eq(read_name(&trace, op_named(&trace, "gelu"), 0), "qkv_ffn_up");
    ck_assert_int_eq(op_named(&trace, "scores")->share, 71);
    ck_assert_ptr_null(op_named(&trace, "ffn_up"));
    ck_assert(is_tied(op_named(&trace, "logits")));
    fl_trace_free(&trace);
}
END_TEST

START_TEST(any_published_name_of_a_field_will_do)
{
    struct fl_trace other = trace_of_config("{\"model_type\":\"gpt2\",\"hidden_size\":768,\"num_hidden_layers\":12,"
                                          "\"num_attention_heads\":12,\"max_position_embeddings\":1024,"
                                          "\"ffn_dim\":3072,\"vocab_size\":50257,\"hidden_act\":\"gelu\","
                                          "\"tie_word_embeddings\":true,\"n_inner\":null}", NULL);
    struct fl_trace gpt2 = made_trace("gpt2", NULL);
    other.model = gpt2.model;
    ck_assert_str_eq(fl_trace_text(&other), fl_trace_text(&gpt2));
    fl_trace_free(&gpt2);
    fl_trace_free(&other);
}
END_TEST

/* ---- products ---- */

/* arXiv:2302.10360: a plain block takes 12 n d^2 + 2 n^2 d products with dense attention; under a causal mask half of
 * the last term and n d more remain. */
START_TEST(products_of_plain_blocks)
{
    static const struct { const char *model; int64_t layers, d, n; } plain[] = {
        { "gpt2", 12, 768, 1024 },          { "gpt2-xl", 48, 1600, 1024 },        { "gpt3-175b", 96, 12288, 2048 },
        { "mt-nlg-530b", 105, 20480, 2048 }, { "palm-like", 118, 18432, 2048 },   { "gpt-4q", 304, 1 << 20, 2048 },
        { "bert-base", 12, 768, 512 },      { "opt-125m", 12, 768, 2048 },
    };
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        int64_t d = plain[i].d, n = plain[i].n, linear = 12 * n * d * d;
        struct fl_workload work = { .context = n, .layers_only = true, .attention = "dense" };
        ck_assert_int_eq(macs_of(plain[i].model, work), plain[i].layers * (linear + 2 * n * n * d));
        work.attention = "causal";
        ck_assert_int_eq(macs_of(plain[i].model, work), plain[i].layers * (linear + n * (n + 1) * d));
    }
}
END_TEST

/* The same paper's loads and detections, each value converted once for each operator: 10 n d + h n^2 a layer, of which
 * the linear operators load 7 n d and detect 9 n d. */
START_TEST(conversions_of_a_plain_block)
{
    struct fl_workload work = { .context = 2048, .layers_only = true, .attention = "dense" };
    struct fl_trace trace = made_trace("gpt3-175b", &work);
    int64_t n = 2048, d = 12288, h = 96, loads[2] = {0}, detections[2] = {0};
    ck_assert_uint_eq(trace.blocks, 1);
    for (size_t i = 0; i < trace.block[0].ops; i++) {
        const struct fl_op *op = &trace.block[0].op[i];
        if (!fl_op_is_product(op))
            continue;
        int matmul = op->type == &fl_op_matmul;
        loads[matmul] += op->groups * op->m * op->k + (matmul ? op->groups * op->k * op->n : 0);
        detections[matmul] += op->groups * op->m * op->n;
    }
    ck_assert_int_eq(loads[0], 7 * n * d);
    ck_assert_int_eq(detections[0], 9 * n * d);
    ck_assert_int_eq(loads[0] + loads[1], 10 * n * d + h * n * n);
    ck_assert_int_eq(detections[0] + detections[1], 10 * n * d + h * n * n);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(the_head_works_on_the_last_token_or_on_all)
{
    struct fl_workload work = { .context = 100, .batch = 3 }, layers = work;
    layers.layers_only = true;
    int64_t head = macs_of("gpt2", work) - macs_of("gpt2", layers);
    ck_assert_int_eq(head, 3 * 768 * 50257);
    work.logits = "all";
    ck_assert_int_eq(macs_of("gpt2", work) - macs_of("gpt2", layers), 300LL * 768 * 50257);
    /* encoders: the pooler; patches and classifier */
    ck_assert_int_eq(macs_of("bert-base", work) - macs_of("bert-base", layers), 3 * 768 * 768);
    ck_assert_int_eq(macs_of("vit-base", work) - macs_of("vit-base", layers), 3 * (196 * 768 * 768 + 768 * 1000));
}
END_TEST

/* Grouped queries: the products of 32 heads, the keys and values of 8. */
START_TEST(grouped_queries_and_gates)
{
    struct fl_workload work = { .context = 512, .batch = 2, .layers_only = true, .attention = "dense" };
    struct fl_trace trace = made_trace("llama-3-8b", &work);
    const struct fl_op *scores = op_named(&trace, "scores"), *context = op_named(&trace, "context");
    int64_t n = 512, batch = 2, d = 4096, kv = 1024, f = 14336;
    ck_assert_int_eq(scores->groups, 8 * batch);
    ck_assert_int_eq(scores->share, 4);
    ck_assert_int_eq(scores->macs, batch * n * n * d);
    ck_assert_int_eq(scores->groups * scores->k * scores->n, batch * n * kv);
    ck_assert_int_eq(context->groups * context->k * context->n, batch * n * kv);
    ck_assert_int_eq(op_named(&trace, "softmax")->m * op_named(&trace, "softmax")->n, batch * 32 * n * n);
    ck_assert_int_eq(op_named(&trace, "kv_append")->n, 2 * kv);
    ck_assert_int_eq(op_named(&trace, "rotary")->n, d + kv);
    ck_assert_int_eq(op_named(&trace, "gate_up")->n, 2 * f);
    ck_assert_int_eq(op_named(&trace, "silu")->n, f);
    ck_assert(is_gated(op_named(&trace, "silu")));
    ck_assert_int_eq(trace.macs, 32 * batch * (n * d * (2 * d + 2 * kv) + 3 * n * d * f + 2 * n * n * d));
    fl_trace_free(&trace);
}
END_TEST

/* A causal row of token t has t + 1 scores: in all heads x batch x n (n + 1) / 2. */
START_TEST(softmax_skips_what_is_masked)
{
    struct fl_workload work = { .context = 100, .batch = 2 };
    struct fl_trace trace = made_trace("gpt2", &work);
    const struct fl_op *softmax = op_named(&trace, "softmax"), *gelu = op_named(&trace, "gelu");
    int64_t values = 0;
    ck_assert(fl_op_values(softmax, &values));
    ck_assert_int_eq(values, 12 * 2 * 100 * 101 / 2);
    ck_assert_int_eq(op_named(&trace, "scores")->macs, values * 64);
    ck_assert(fl_op_values(gelu, &values));
    ck_assert_int_eq(values, 2 * 100 * 3072);
    ck_assert(!is_gated(gelu));
    fl_trace_free(&trace);
}
END_TEST

/* Step t sees context + t + 1 tokens; everything else is one token's work. */
START_TEST(decode_grows_with_the_cache)
{
    struct fl_workload work = { .phase = "decode", .context = 100, .tokens = 5, .batch = 3 };
    struct fl_trace trace = made_trace("llama-3-8b", &work);
    int64_t batch = 3, d = 4096, kv = 1024, f = 14336, attention = 0;
    ck_assert_uint_eq(trace.blocks, 15);
    ck_assert_int_eq(trace.tokens, 5);
    for (int64_t t = 0; t < 5; t++) {
        const struct fl_block *layers = &trace.block[3 * t + 1];
        for (size_t i = 0; i < layers->ops; i++) {
            const struct fl_op *op = &layers->op[i];
            if (op->type != &fl_op_matmul)
                continue;
            ck_assert_int_eq(fl_op_stored(op), FL_TENSOR_CACHE);
            ck_assert_int_eq(op->mask, FL_DENSE);               /* one token sees all that there is */
            ck_assert_int_eq(op->band.past, 100 + t);
            ck_assert_int_eq(op->m, 4);
            ck_assert_int_eq(op->macs, batch * d * (100 + t + 1));
            attention += 32 * op->macs;
        }
    }
    int64_t linear = 5 * batch * (32 * (d * (2 * d + 2 * kv) + 3 * d * f) + d * 128256);
    ck_assert_int_eq(attention, 32 * 2 * batch * d * (5 * 101 + 0 + 1 + 2 + 3 + 4));
    ck_assert_int_eq(trace.macs, linear + attention);
    fl_trace_free(&trace);
}
END_TEST

/* ---- masks ---- */

/* Products that a mask leaves, one by one. */
static int64_t counted(const struct fl_op *op)
{
    int64_t count = 0;
    for (int64_t g = 0; g < op->groups; g++)
        for (int64_t m = 0; m < op->m; m++)
            for (int64_t k = 0; k < op->k; k++)
                for (int64_t n = 0; n < op->n; n++) {
                    int64_t position = op->mask == FL_CAUSAL_OUT ? n : k;
                    count += op->mask == FL_DENSE || sample_sees(op, m / op->share, position);
                }
    return count;
}

START_TEST(masked_products_are_those_counted_one_by_one)
{
    struct fl_rng rng = { 5 };
    for (int i = 0; i < 3000; i++) {
        struct fl_op op = { .type = &fl_op_matmul, .groups = fl_rng_range(&rng, 1, 3),
                            .share = fl_rng_range(&rng, 1, 3),
                            .k = fl_rng_range(&rng, 1, 12), .n = fl_rng_range(&rng, 1, 12),
                            .band.past = fl_rng_range(&rng, 0, 14), .mask = (int32_t)fl_rng_range(&rng, 0, 2) };
        int64_t macs;
        op.m = op.share * fl_rng_range(&rng, 1, 9);
        if (i % 3 > 0)                  /* of no token that sees nothing, too */
            *(i % 3 == 1 ? &op.band.window : &op.band.chunk) = fl_rng_range(&rng, 1, 24);
        ck_assert(fl_op_macs(&op, &macs));
        ck_assert_int_eq(macs, counted(&op));
    }
}
END_TEST

START_TEST(counts_past_the_end_are_refused)
{
    struct fl_op op = { .type = &fl_op_linear, .groups = 1, .share = 1, .m = (int64_t)1 << 21, .k = (int64_t)1 << 21,
                        .n = ((int64_t)1 << 21) - 1 };
    int64_t macs;
    ck_assert(fl_op_macs(&op, &macs));
    ck_assert_int_eq(macs, INT64_MAX - ((int64_t)1 << 42) + 1);
    op.n++;
    ck_assert(!fl_op_macs(&op, &macs));
    /* gpt-4q at twice the batch: 1.6e19 */
    struct fl_trace trace;
    struct fl_err err = {0};
    struct fl_workload work = { .context = 2048, .batch = 2 };
    ck_assert(!fl_trace_from_model(&trace, "gpt-4q", &work, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "more than 2^63 - 1 multiply-accumulates in all"));
    fl_err_free(&err);
}
END_TEST

/* ---- tokens, signs, notes ---- */

START_TEST(vision_models_count_their_own_tokens)
{
    struct fl_trace trace = made_trace("vit-base", &(struct fl_workload){ .context = 50 });
    ck_assert_int_eq(trace.context, 14 * 14 + 1);
    ck_assert_str_eq(trace.note, "context 50 ignored: the image makes 197 tokens");
    ck_assert_int_eq(op_named(&trace, "patch")->m, 196);
    ck_assert_int_eq(op_named(&trace, "patch")->k, 3 * 16 * 16);
    ck_assert_str_eq(trace.attention, "dense");
    fl_trace_free(&trace);
    /* DeiT has a distillation token besides the class token */
    trace = trace_of_config("{\"model_type\":\"deit\",\"hidden_size\":192,\"num_hidden_layers\":12,"
                          "\"num_attention_heads\":3,\"intermediate_size\":768,\"image_size\":224,\"patch_size\":16,"
                          "\"id2label\":{\"0\":\"cat\",\"1\":\"dog\"}}", NULL);
    ck_assert_int_eq(trace.tokens, 198);
    ck_assert_int_eq(op_named(&trace, "classifier")->n, 2);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(signs_follow_softmax_and_relu)
{
    struct fl_trace trace = made_trace("opt-125m", NULL);
    ck_assert_int_eq(op_named(&trace, "context")->sign, FL_NON_NEGATIVE);
    ck_assert_int_eq(op_named(&trace, "ffn_down")->sign, FL_NON_NEGATIVE);
    ck_assert_int_eq(op_named(&trace, "scores")->sign, FL_SIGNED);
    fl_trace_free(&trace);
    trace = made_trace("gpt2", NULL);
    ck_assert_int_eq(op_named(&trace, "ffn_down")->sign, FL_SIGNED);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(presets_and_notes)
{
    struct fl_trace trace = made_trace("gpt2", NULL);
    ck_assert_int_eq(trace.context, 1024);
    ck_assert_int_eq(trace.tokens, 1024);
    ck_assert_int_eq(trace.batch, 1);
    ck_assert_str_eq(trace.attention, "causal");
    ck_assert_str_eq(trace.logits, "last");
    ck_assert_ptr_null(trace.note);
    fl_trace_free(&trace);
    trace = trace_of_config(roberta, NULL);
    ck_assert_int_eq(trace.context, 512);
    ck_assert_int_eq(op_named(&trace, "position")->k, 514);
    fl_trace_free(&trace);
    trace = made_trace("llama-3-8b", &(struct fl_workload){ .phase = "decode" });
    ck_assert_int_eq(trace.context, 1024);
    ck_assert_int_eq(trace.tokens, 1);
    fl_trace_free(&trace);
    trace = made_trace("gpt2", &(struct fl_workload){ .phase = "decode", .tokens = 24 });
    ck_assert_int_eq(trace.context, 1000);
    ck_assert_ptr_null(trace.note);
    fl_trace_free(&trace);
    trace = made_trace("gpt2", &(struct fl_workload){ .phase = "decode", .context = 1020, .tokens = 5 });
    ck_assert_str_eq(trace.note, "1025 tokens are beyond the model's maximum of 1024");
    fl_trace_free(&trace);
    trace = made_trace("bert-base", &(struct fl_workload){ .context = 600, .tokens = 3 });
    ck_assert_str_eq(trace.note, "600 tokens are beyond the model's maximum of 512; "
                                 "tokens ignored: prefill takes the context's");
    fl_trace_free(&trace);
}
END_TEST

Suite *test_trace_counts_suite(void)
{
    Suite *suite = suite_create("trace_counts");
    TCase *tcase = tcase_create("counts");
    tcase_add_test(tcase, parameters_of_published_models);
    tcase_add_test(tcase, parameters_of_models_known_by_size);
    tcase_add_test(tcase, parameters_of_other_model_types);
    tcase_add_test(tcase, parallel_layers_read_the_stream_twice);
    tcase_add_test(tcase, any_published_name_of_a_field_will_do);
    tcase_add_test(tcase, products_of_plain_blocks);
    tcase_add_test(tcase, conversions_of_a_plain_block);
    tcase_add_test(tcase, the_head_works_on_the_last_token_or_on_all);
    tcase_add_test(tcase, grouped_queries_and_gates);
    tcase_add_test(tcase, softmax_skips_what_is_masked);
    tcase_add_test(tcase, decode_grows_with_the_cache);
    tcase_add_test(tcase, masked_products_are_those_counted_one_by_one);
    tcase_add_test(tcase, counts_past_the_end_are_refused);
    tcase_add_test(tcase, vision_models_count_their_own_tokens);
    tcase_add_test(tcase, signs_follow_softmax_and_relu);
    tcase_add_test(tcase, presets_and_notes);
    suite_add_tcase(suite, tcase);
    return suite;
}
