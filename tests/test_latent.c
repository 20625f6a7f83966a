/* test_latent.c - latent attention with experts, by published models: parameters, products, caches, by closed forms.
 *
 * A token takes d q_a + q_a H (p + r) weights for its queries (or d H (p + r)), d (c + r) for what is cached of it,
 * c H (p + v) for keys and values of all H heads and H v d for what comes out. In a prompt two tokens that see one
 * another take H (p + r + v) products; in a step H (2 c + r), for it meets what is cached, c + r values a token. (c:
 * kv_lora_rank, p and r: parts of a head that are not rotated, and that are; v: of a head of values.)
 */
#include "mapping/mapper.h"
#include "tests/samples.h"
#include "tests/test_trace.h"

struct latent {
    const char *config;
    int64_t layers, dense, d, heads, q_a, c, p, r, v;
    int64_t ffn, experts, used, shared, wide;       /* of layers without experts; width of an expert */
    int64_t vocab, small, published;
};

#define CONFIG(type, rest) "{\"model_type\": \"" type "\", \"max_position_embeddings\": 163840, " rest "}"
static const struct latent shapes[] = {
    /* DeepSeek-V2-Lite */
    { CONFIG("deepseek_v2", "\"hidden_size\": 2048, \"num_hidden_layers\": 27, \"num_attention_heads\": 16, "
             "\"num_key_value_heads\": 16, \"q_lora_rank\": null, \"kv_lora_rank\": 512, \"qk_nope_head_dim\": 128, "
             "\"qk_rope_head_dim\": 64, \"v_head_dim\": 128, \"intermediate_size\": 10944, "
             "\"moe_intermediate_size\": 1408, \"n_routed_experts\": 64, \"num_experts_per_tok\": 6, "
             "\"n_shared_experts\": 2, \"first_k_dense_replace\": 1, \"moe_layer_freq\": 1, \"vocab_size\": 102400"),
      27, 1, 2048, 16, 0, 512, 128, 64, 128, 10944, 64, 6, 2, 1408, 102400, 27 * (2 * 2048 + 512) + 2048,
      15706484224 },
    /* DeepSeek-V2 */
    { CONFIG("deepseek_v2", "\"hidden_size\": 5120, \"num_hidden_layers\": 60, \"num_attention_heads\": 128, "
             "\"num_key_value_heads\": 128, \"q_lora_rank\": 1536, \"kv_lora_rank\": 512, "
             "\"intermediate_size\": 12288, \"moe_intermediate_size\": 1536, \"n_routed_experts\": 160, "
             "\"num_experts_per_tok\": 6, \"n_shared_experts\": 2, \"first_k_dense_replace\": 1, "
             "\"vocab_size\": 102400"),
      60, 1, 5120, 128, 1536, 512, 128, 64, 128, 12288, 160, 6, 2, 1536, 102400,
      60 * (2 * 5120 + 1536 + 512) + 5120, 235741434880 },
    /* DeepSeek-V3: a bias of the router. Its files hold 684,531,386,000, with 13,463,426,304 of a layer that guesses
     * a further token, with its embedding and head, and 41,540,496 scales of blocks of 8-bit weights */
    { CONFIG("deepseek_v3", "\"hidden_size\": 7168, \"num_hidden_layers\": 61, \"num_attention_heads\": 128, "
             "\"num_key_value_heads\": 128, \"intermediate_size\": 18432, \"vocab_size\": 129280"),
      61, 3, 7168, 128, 1536, 512, 128, 64, 128, 18432, 256, 8, 1, 2048, 129280,
      61 * (2 * 7168 + 1536 + 512) + 7168 + 58 * 256, 671026419200 },
    /* Kimi-K2-Instruct: as DeepSeek-V3, with more experts and fewer heads */
    { CONFIG("kimi_k2", "\"hidden_size\": 7168, \"num_hidden_layers\": 61, \"num_attention_heads\": 64, "
             "\"num_key_value_heads\": 64, \"q_lora_rank\": 1536, \"kv_lora_rank\": 512, "
             "\"qk_nope_head_dim\": 128, \"qk_rope_head_dim\": 64, \"v_head_dim\": 128, "
             "\"intermediate_size\": 18432, \"moe_intermediate_size\": 2048, \"n_routed_experts\": 384, "
             "\"num_experts_per_tok\": 8, \"n_shared_experts\": 1, \"first_k_dense_replace\": 1, "
             "\"vocab_size\": 163840"),
      61, 1, 7168, 64, 1536, 512, 128, 64, 128, 18432, 384, 8, 1, 2048, 163840,
      61 * (2 * 7168 + 1536 + 512) + 7168 + 60 * 384, 1026408232448 },
    /* MiniCPM3-4B: no experts, one table; published as 4 G, so that the last figure is the sum of the terms */
    { CONFIG("minicpm3", "\"hidden_size\": 2560, \"num_hidden_layers\": 62, \"num_attention_heads\": 40, "
             "\"num_key_value_heads\": 40, \"q_lora_rank\": 768, \"kv_lora_rank\": 256, "
             "\"qk_nope_head_dim\": 64, \"qk_rope_head_dim\": 32, \"intermediate_size\": 6400, "
             "\"scale_emb\": 12, \"scale_depth\": 1.4, \"dim_model_base\": 256, \"vocab_size\": 73448"),
      62, 62, 2560, 40, 768, 256, 64, 32, 64, 6400, 0, 0, 0, 0, 73448, 62 * (2 * 2560 + 768 + 256) + 2560,
      4073875968 },
};

/* Of a layer's attention, those that a token takes. */
static int64_t attention_of(const struct latent *s)
{
    int64_t queries = s->heads * (s->p + s->r);
    int64_t made = s->q_a > 0 ? s->d * s->q_a + s->q_a * queries : s->d * queries;
    return made + s->d * (s->c + s->r) + s->c * s->heads * (s->p + s->v) + s->heads * s->v * s->d;
}

static int64_t layers_of(const struct latent *s)
{
    int64_t routed = 3 * s->d * s->wide * (s->used + s->shared) + s->d * s->experts;
    return s->layers * attention_of(s) + s->dense * 3 * s->d * s->ffn + (s->layers - s->dense) * routed;
}

START_TEST(latent_attention_has_the_parameters_that_are_published)
{
    const struct latent *s = &shapes[_i];
    for (int decode = 0; decode < 2; decode++) {
        struct fl_trace trace = trace_of_config(s->config, &(struct fl_workload){ .context = 8,
                                                .phase = decode ? "decode" : "prefill" });
        int64_t parameters;
        ck_assert_msg(trace.note == NULL, "%s", trace.note);
        ck_assert(fl_trace_parameters(&trace, &parameters));
        ck_assert_int_eq(parameters + s->small, s->published);
        fl_trace_free(&trace);
    }
}
END_TEST

START_TEST(latent_attention_has_the_products_of_its_closed_forms)
{
    const struct latent *s = &shapes[_i];
    for (int64_t batch = 1; batch <= 3; batch += 2)
        for (int64_t n = 1; n <= 100; n += 99) {
            struct fl_trace trace = trace_of_config(s->config, &(struct fl_workload){ .context = n, .batch = batch });
            int64_t pairs = n * (n + 1) / 2, each = s->layers * s->heads * (s->p + s->r + s->v);
            ck_assert_int_eq(trace.macs, batch * (n * layers_of(s) + each * pairs + s->vocab * s->d));
            fl_trace_free(&trace);
        }
}
END_TEST

/* What a step reads of the cache: all c + r values of a token for its scores, c of them again for the context. */
START_TEST(steps_meet_what_is_cached)
{
    const struct latent *s = &shapes[_i];
    const int64_t steps = 3, past = 50;
    for (int64_t batch = 1; batch <= 3; batch += 2) {
        struct fl_trace trace = trace_of_config(s->config, &(struct fl_workload){ .phase = "decode", .context = past,
                                                .tokens = steps, .batch = batch });
        int64_t pairs = steps * past + steps * (steps + 1) / 2, each = s->layers * s->heads * (2 * s->c + s->r);
        int64_t read = 0, appended = 0;
        ck_assert_int_eq(trace.macs, batch * (steps * (layers_of(s) + s->vocab * s->d) + each * pairs));
        for (size_t b = 0; b < trace.blocks; b++)
            for (size_t i = 0; i < trace.block[b].ops; i++) {
                const struct fl_op *op = &trace.block[b].op[i];
                bool cached = fl_op_is_product(op) && fl_op_stored(op) == FL_TENSOR_CACHE;
                read += cached ? trace.block[b].repeat * op->groups * op->k * op->n : 0;
                appended += op->type->form == FL_APPEND ? trace.block[b].repeat * op->m * op->n : 0;
            }
        ck_assert_int_eq(appended, steps * batch * s->layers * (s->c + s->r));
        ck_assert_int_eq(read, batch * s->layers * (2 * s->c + s->r) * pairs);
        for (size_t i = 0; i < trace.tensors; i++)
            if (trace.tensor[i].kind == FL_TENSOR_CACHE)
                ck_assert_int_eq(trace.tensor[i].rows * trace.tensor[i].width, batch * (past + steps) * (s->c + s->r));
        fl_trace_free(&trace);
    }
}
END_TEST

#define SMALL(rest) "{\"model_type\": \"deepseek_v2\", \"hidden_size\": 32, \"num_attention_heads\": 4, " \
    "\"num_hidden_layers\": 2, \"intermediate_size\": 48, \"vocab_size\": 50, \"max_position_embeddings\": 64, " \
    "\"q_lora_rank\": 24, \"kv_lora_rank\": 16, \"qk_nope_head_dim\": 8, \"qk_rope_head_dim\": 4, \"v_head_dim\": 8, " \
    "\"n_routed_experts\": 8, \"num_experts_per_tok\": 2, \"moe_intermediate_size\": 12" rest "}"

START_TEST(what_a_file_may_leave_out_or_say)
{
    static const struct { const char *config, *has, *lacks, *note; } want[] = {
        { SMALL(""), "shared_down", "ffn_down", NULL },
        { SMALL(", \"n_routed_experts\": null"), "ffn_down", "expert_down", NULL },
        { SMALL(", \"n_shared_experts\": null"), "expert_down", "shared_down", NULL },
        { SMALL(", \"q_lora_rank\": null"), "q_b", "q_a", NULL },
        { SMALL(", \"scoring_func\": \"sigmoid\""), "router_sigmoid", "router_softmax", NULL },
        { SMALL(", \"moe_layer_freq\": 2"), "ffn_down", NULL, NULL },
        { SMALL(", \"num_key_value_heads\": 2"), "kv_b", NULL, "num_key_value_heads = 2 is not used" },
        { SMALL(", \"num_nextn_predict_layers\": 1"), "kv_b", NULL, "layers that guess further tokens" } };
    struct fl_arena arena = {0};
    char *config = fl_arena_text(&arena, want[_i].config), *more = strrchr(config, ',');
    for (char *first = strstr(config, "\"n_routed_experts\": 8, "); _i == 1 && first != NULL; first = NULL)
        memset(first, ' ', strlen("\"n_routed_experts\": 8, "));
    for (char *first = strstr(config, "\"q_lora_rank\": 24, "); _i == 3 && first != NULL; first = NULL)
        memset(first, ' ', strlen("\"q_lora_rank\": 24, "));
    ck_assert_ptr_nonnull(more);
    struct fl_trace trace = trace_of_config(config, &(struct fl_workload){ .context = 8 });
    ck_assert_ptr_nonnull(op_named(&trace, want[_i].has));
    ck_assert(want[_i].lacks == NULL || op_named(&trace, want[_i].lacks) == NULL);
    ck_assert_int_eq(trace.note != NULL, want[_i].note != NULL);
    ck_assert(want[_i].note == NULL || strstr(trace.note, want[_i].note) != NULL);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

/* Heads of values may be narrower than what is rotated of a key, or as wide as one likes: keys and values are made of
 * the vector, the rotated part is read beside them, once for all heads. A step of training takes three times the
 * products of the way forth: nothing of what is read beside goes without its gradient. */
START_TEST(heads_of_values_have_any_width)
{
    static const int64_t width[] = { 1, 2, 4, 8, 40 };
    enum { N = 12, H = 4, P = 8, R = 4, C = 16, D = 32 };
    struct fl_arena arena = {0};
    const int64_t v = width[_i];
    const struct fl_train bp = { .schedule = "bp" };
    const char *all = SMALL(""), *cut = strstr(all, ", \"v_head_dim\"");
    const char *config = fl_arena_format(&arena, "%.*s, \"v_head_dim\": %lld, \"n_routed_experts\": null}",
                                         (int)(cut - all), all, (long long)v);
    struct fl_trace prompt = trace_of_config(config, &(struct fl_workload){ .context = N, .logits = "all" });
    struct fl_trace step = trace_of_config(config, &(struct fl_workload){ .phase = "decode", .context = N });
    struct fl_trace train = trace_of_config(config, &(struct fl_workload){ .phase = "train", .context = N,
                                                                           .train = &bp });
    int64_t each = D * 24 + 24 * H * (P + R) + D * (C + R) + C * H * (P + v) + H * v * D + 3 * D * 48;
    int64_t pairs = N * (N + 1) / 2, head = 50 * D;
    const struct fl_op *scores = op_named(&prompt, "scores");
    ck_assert_uint_eq(scores->operands, 3);
    ck_assert_str_eq(read_name(&prompt, scores, 1), "k_rotary");
    ck_assert_str_eq(read_name(&prompt, scores, 2), "kv_b");
    ck_assert(fl_op_is_beside(scores, 1) && !fl_op_has_weights(scores));
    ck_assert_int_eq(prompt.macs, 2 * (N * each + H * (P + R + v) * pairs) + N * head);
    ck_assert_int_eq(step.macs, 2 * (each + H * (2 * C + R) * (N + 1)) + head);
    ck_assert_int_eq(train.macs, 3 * prompt.macs);
    ck_assert_int_eq(op_named(&train, "k_a.dw")->n, R);
    fl_trace_free(&prompt);
    fl_trace_free(&step);
    fl_trace_free(&train);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(shared_inputs_that_are_all_are_refused)
{
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert(!fl_trace_read(&trace, "fanlight-trace 2\nmodel t\ninput x\n"
                             "norm s x -> s m=4 n=8\nnorm q x -> q m=4 n=16\n"
                             "matmul y q s q -> y groups=2 m=4 k=8 n=4\n", "toy", &err));
    ck_assert_msg(strstr(fl_err_text(&err), "y: k = 8, but rows of \"s\", which all groups share, have 8 values; they "
                         "are a part of these") != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
}
END_TEST

/* Prompt and step on a machine, and back from text. */
START_TEST(latent_attention_is_mapped)
{
    static const char *const mappers[] = { "auto", "search", "weight_stationary", "output_stationary", "digital",
                                           "weights_in_place" };
    for (int decode = 0; decode < 2; decode++) {
        struct fl_trace back, trace = trace_of_config(SMALL(""), &(struct fl_workload){ .context = 12,
                                                      .phase = decode ? "decode" : "prefill", .batch = 2 });
        struct fl_machine machine = sample_machine();
        struct fl_err err = {0};
        struct fl_plan plan;
        machine.pools = 2;
        machine.pool[0] = sample_pool("static", false, 1, 16, 16);
        machine.pool[0].fit = true;
        machine.pool[1] = sample_pool("dynamic", true, 8, 16, 16);
        machine.sram_bits = 40000;      /* some gives way */
        ck_assert_msg(fl_plan_make(&plan, &trace, &machine, mappers[_i], FL_LATENCY, &err), "%s", fl_err_text(&err));
        for (size_t i = 0; i < plan.ops; i++)
            ck_assert_msg(fl_cover(plan.op[i].op, &machine, &plan.op[i].mapping, &err), "%s", fl_err_text(&err));
        fl_plan_free(&plan);
        ck_assert_msg(fl_trace_read(&back, fl_trace_text(&trace), "back", &err), "%s", fl_err_text(&err));
        ck_assert_str_eq(fl_trace_text(&back), fl_trace_text(&trace));
        fl_trace_free(&back);
        fl_trace_free(&trace);
    }
}
END_TEST

Suite *test_latent_suite(void)
{
    Suite *suite = suite_create("latent");
    TCase *tcase = tcase_create("latent");
    int count = (int)(sizeof shapes / sizeof *shapes);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, latent_attention_has_the_parameters_that_are_published, 0, count);
    tcase_add_loop_test(tcase, latent_attention_has_the_products_of_its_closed_forms, 0, count);
    tcase_add_loop_test(tcase, steps_meet_what_is_cached, 0, count);
    tcase_add_loop_test(tcase, what_a_file_may_leave_out_or_say, 0, 8);
    tcase_add_loop_test(tcase, heads_of_values_have_any_width, 0, 5);
    tcase_add_test(tcase, shared_inputs_that_are_all_are_refused);
    tcase_add_loop_test(tcase, latent_attention_is_mapped, 0, 6);
    suite_add_tcase(suite, tcase);
    return suite;
}
