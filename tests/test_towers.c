/* test_towers.c - encoders whose layers share weights, and towers of text and of images, by published models:
 * parameters and products, by closed forms.
 *
 * A layer has 4 d d weights of attention and 2 d ffn, which each of its n tokens takes; two tokens that see one another
 * take 2 d products.
 */
#include "tests/test_trace.h"

struct tower {
    const char *config;
    int64_t tokens;                     /* that an image makes; 0: it reads text */
    int64_t layers, d, ffn;
    int64_t before, after;              /* products of a sequence before the layers, and behind; of text, of a token */
    int64_t shared;                     /* layers that have one set of weights */
    int64_t small, published;
    bool causal;
};

#define CONFIG(type, rest) "{\"model_type\": \"" type "\", " rest "}"
#define SIZES(d, layers, heads, ffn) "\"hidden_size\": " #d ", \"num_hidden_layers\": " #layers \
    ", \"num_attention_heads\": " #heads ", \"intermediate_size\": " #ffn
static const struct tower shapes[] = {
    /* albert-base-v2: a narrow embedding, made wide; all layers the same; pooler */
    { CONFIG("albert", SIZES(768, 12, 12, 3072) ", \"embedding_size\": 128, \"max_position_embeddings\": 512, "
             "\"type_vocab_size\": 2, \"vocab_size\": 30000, \"num_hidden_groups\": 1, \"inner_group_num\": 1"),
      0, 12, 768, 3072, 128 * 768, 768 * 768, 12, 2 * 128 + 768 + (4 * 768 + 3072 + 768 + 4 * 768) + 768, 11683584,
      false },
    /* the same in four groups of three layers */
    { CONFIG("albert", SIZES(768, 12, 12, 3072) ", \"embedding_size\": 128, \"max_position_embeddings\": 512, "
             "\"type_vocab_size\": 2, \"vocab_size\": 30000, \"num_hidden_groups\": 4"),
      0, 12, 768, 3072, 128 * 768, 768 * 768, 3, 2 * 128 + 768 + 4 * (4 * 768 + 3072 + 768 + 4 * 768) + 768,
      11683584 + 3 * 7087872, false },
    /* electra-base-discriminator, without its head */
    { CONFIG("electra", SIZES(768, 12, 12, 3072) ", \"embedding_size\": 768, \"max_position_embeddings\": 512, "
             "\"type_vocab_size\": 2, \"vocab_size\": 30522"),
      0, 12, 768, 3072, 0, 0, 1, 2 * 768 + 12 * (4 * 768 + 3072 + 768 + 4 * 768), 108891648, false },
    /* electra-small-discriminator, without its head: narrower */
    { CONFIG("electra", SIZES(256, 12, 4, 1024) ", \"embedding_size\": 128, \"max_position_embeddings\": 512, "
             "\"type_vocab_size\": 2, \"vocab_size\": 30522"),
      0, 12, 256, 1024, 128 * 256, 0, 1, 2 * 128 + 256 + 12 * (4 * 256 + 1024 + 256 + 4 * 256), 13483008, false },
    /* clip-vit-large-patch14: its text tower */
    { CONFIG("clip_text_model", SIZES(768, 12, 12, 3072) ", \"max_position_embeddings\": 77, \"vocab_size\": 49408"),
      0, 12, 768, 3072, 0, 0, 1, 12 * (4 * 768 + 3072 + 768 + 4 * 768) + 2 * 768, 123060480, true },
    /* and that of images: a class token, a norm in front of the layers; none has a bias of the patches */
    { CONFIG("clip_vision_model", SIZES(1024, 24, 16, 4096) ", \"image_size\": 224, \"patch_size\": 14"),
      257, 24, 1024, 4096, 256 * 588 * 1024, 0, 1,
      1024 + 2 * 1024 + 24 * (4 * 1024 + 4096 + 1024 + 4 * 1024) + 2 * 1024, 303179776, false },
    /* siglip-base-patch16-224: text, all of which is seen, and a product on the last token */
    { CONFIG("siglip_text_model", SIZES(768, 12, 12, 3072) ", \"max_position_embeddings\": 64, "
             "\"vocab_size\": 32000"),
      0, 12, 768, 3072, 0, 768 * 768, 1, 12 * (4 * 768 + 3072 + 768 + 4 * 768) + 2 * 768 + 768, 110271744, false },
    /* and images: no class token, a probe at the end */
    { CONFIG("siglip_vision_model", SIZES(768, 12, 12, 3072) ", \"image_size\": 224, \"patch_size\": 16"),
      196, 12, 768, 3072, 196 * 768 * 768,
      768 * 768 + 196 * 2 * 768 * 768 + 2 * 196 * 768 + 768 * 768 + 2 * 768 * 3072, 1,
      768 + 12 * (4 * 768 + 3072 + 768 + 4 * 768) + 2 * 768 + 768 + 4 * 768 + 2 * 768 + 3072 + 768, 92884224, false },
};

START_TEST(towers_have_the_parameters_that_are_published)
{
    const struct tower *s = &shapes[_i];
    struct fl_trace trace = trace_of_config(s->config, &(struct fl_workload){ 0 });
    int64_t parameters;
    ck_assert_msg(trace.note == NULL, "%s\n%s", s->config, trace.note);
    ck_assert(fl_trace_parameters(&trace, &parameters));
    ck_assert_int_eq(parameters + s->small, s->published);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(towers_have_the_products_of_their_closed_forms)
{
    const struct tower *s = &shapes[_i];
    for (int64_t batch = 1; batch <= 3; batch += 2)
        for (int64_t asked = 1; asked <= 60; asked += 59) {
            int64_t n = s->tokens > 0 ? s->tokens : asked, pairs = s->causal ? n * (n + 1) / 2 : n * n;
            struct fl_trace trace = trace_of_config(s->config, &(struct fl_workload){
                                                    .context = s->tokens > 0 ? 0 : n, .batch = batch });
            int64_t before = s->tokens > 0 ? s->before : n * s->before;
            int64_t layer = n * (4 * s->d * s->d + 2 * s->d * s->ffn) + 2 * s->d * pairs;
            ck_assert_int_eq(trace.macs, batch * (before + s->layers * layer + s->after));
            fl_trace_free(&trace);
        }
}
END_TEST

/* Blocks are groups of layers, whose operators have one set of weights. */
START_TEST(layers_of_a_group_share_their_weights)
{
    const struct tower *s = &shapes[_i];
    struct fl_trace trace = trace_of_config(s->config, &(struct fl_workload){ .context = 8 });
    const struct fl_tensor *last = NULL;
    int64_t groups = 0;
    for (size_t b = 0; b < trace.blocks; b++)
        for (size_t i = 0; i < trace.block[b].ops; i++) {
            const struct fl_op *op = &trace.block[b].op[i];
            if (strcmp(op->name, "ffn_down") != 0)
                continue;
            ck_assert_int_eq(trace.block[b].repeat, s->shared);
            ck_assert(!op->stored->layered && op->stored != last);
            last = op->stored;
            groups++;
        }
    ck_assert_int_eq(groups, s->layers / s->shared);
    fl_trace_free(&trace);
}
END_TEST

/* What a class ends with. */
START_TEST(classes_of_towers_say_what_they_end_with)
{
    static const struct { const char *type, *more, *class_name, *last; int64_t m, n; const char *note; } want[] = {
        { "clip_text_model", "", "CLIPTextModel", "ln_f", 8, 32, NULL },
        { "clip_text_model", ", \"projection_dim\": 20", "CLIPTextModelWithProjection", "projection", 1, 20, NULL },
        { "clip_text_model", "", "CLIPModel", "ln_f", 8, 32, "none of clip_text_model's own classes" },
        { "clip_vision_model", "", "CLIPVisionModel", "ln_f", 1, 32, NULL },
        { "clip_vision_model", ", \"projection_dim\": 20", "CLIPVisionModelWithProjection", "projection", 1, 20, NULL },
        { "siglip_text_model", ", \"projection_size\": 20", "SiglipTextModel", "projection", 1, 20, NULL },
        { "siglip_vision_model", "", "SiglipVisionModel", "probe_add", 1, 32, NULL },
        { "siglip_vision_model", ", \"vision_use_head\": false", "SiglipVisionModel", "ln_f", 4, 32, NULL } };
    bool text = strstr(want[_i].type, "text") != NULL;
    struct fl_arena arena = {0};
    const char *config = fl_arena_format(&arena, "{\"model_type\": \"%s\", " SIZES(32, 2, 4, 64)
                                         "%s%s, \"architectures\": [\"%s\"]}", want[_i].type,
                                         text ? ", \"vocab_size\": 50, \"max_position_embeddings\": 16"
                                              : ", \"image_size\": 32, \"patch_size\": 16", want[_i].more,
                                         want[_i].class_name);
    struct fl_trace trace = trace_of_config(config, &(struct fl_workload){ .context = text ? 8 : 0 });
    const struct fl_block *block = &trace.block[trace.blocks - 1];
    const struct fl_op *last = &block->op[block->ops - 1];
    ck_assert_str_eq(last->name, want[_i].last);
    ck_assert(last->m == want[_i].m && last->n == want[_i].n);
    ck_assert_int_eq(trace.note != NULL, want[_i].note != NULL);
    ck_assert(want[_i].note == NULL || strstr(trace.note, want[_i].note) != NULL);
    ck_assert_int_eq(op_named(&trace, "kv_append") != NULL, 0);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(towers_have_no_steps)
{
    config_refused(shapes[4].config, "", &(struct fl_workload){ .phase = "decode" },
                   "no decode phase; ask for prefill");
}
END_TEST

Suite *test_towers_suite(void)
{
    Suite *suite = suite_create("towers");
    TCase *tcase = tcase_create("towers");
    int count = (int)(sizeof shapes / sizeof *shapes);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, towers_have_the_parameters_that_are_published, 0, count);
    tcase_add_loop_test(tcase, towers_have_the_products_of_their_closed_forms, 0, count);
    tcase_add_loop_test(tcase, layers_of_a_group_share_their_weights, 0, 2);
    tcase_add_loop_test(tcase, classes_of_towers_say_what_they_end_with, 0, 8);
    tcase_add_test(tcase, towers_have_no_steps);
    suite_add_tcase(suite, tcase);
    return suite;
}
