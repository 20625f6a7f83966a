/* test_encoders.c - decoders with an encoder in front, by a published model each: parameters, products and caches, by
 * closed forms.
 *
 * An encoder's layer has 4 d q weights of attention, a decoder's twice as many, of which those
 * of the keys and values that it attends to (2 d q) are taken by the encoder's tokens; both
 * have two or, with a gate, three products of d x ffn. All S tokens of the encoder see one
 * another, and each of the decoder's sees them all and those before it.
 */
#include "tests/test_trace.h"

struct both {
    const char *config;
    int64_t encoder, decoder;           /* layers */
    int64_t d, q, ffn, gate, vocab;
    int64_t norms;                      /* beside two of each layer of the encoder and three of the decoder's */
    int64_t small, published;           /* small: biases, norms, biases of scores; less what is no parameter there */
};

#define CONFIG(type, rest) "{\"model_type\": \"" type "\", " rest "}"
#define HALVES(d, layers, heads, ffn, vocab, positions) \
    "\"d_model\": " #d ", \"encoder_layers\": " #layers ", \"decoder_layers\": " #layers ", \"num_hidden_layers\": " \
    #layers ", \"encoder_attention_heads\": " #heads ", \"decoder_attention_heads\": " #heads \
    ", \"encoder_ffn_dim\": " #ffn ", \"decoder_ffn_dim\": " #ffn ", \"vocab_size\": " #vocab \
    ", \"is_encoder_decoder\": true" positions
#define T5(layers, heads, ffn, vocab, kind) \
    "\"d_model\": 512, \"d_kv\": 64, \"d_ff\": " #ffn ", \"num_layers\": " #layers ", \"num_heads\": " #heads \
    ", \"n_positions\": 512, \"vocab_size\": " #vocab ", \"is_encoder_decoder\": true, \"feed_forward_proj\": \"" kind \
    "\""
/* Biases and norms of a layer of each, as BART has them. */
#define LAYERS(layers, d, ffn) ((layers) * (4 * (d) + (ffn) + (d) + 4 * (d) + 8 * (d) + (ffn) + (d) + 6 * (d)))

static const struct both shapes[] = {
    /* t5-small: 32 biases for each head of the first layer of each, RMS norms */
    { CONFIG("t5", T5(6, 8, 2048, 32128, "relu")), 6, 6, 512, 512, 2048, 0, 32128, 2, 2 * 32 * 8 + (5 * 6 + 2) * 512,
      60506624 },
    /* mt5-small: a gate, a head of its own */
    { CONFIG("mt5", T5(8, 6, 1024, 250112, "gated-gelu") ", \"tie_word_embeddings\": false"), 8, 8, 512, 384, 1024, 1,
      250112, 2, 2 * 32 * 6 + (5 * 8 + 2) * 512, 300176768 },
    /* umt5-small: biases in every layer */
    { CONFIG("umt5", T5(8, 6, 1024, 256384, "gated-gelu") ", \"tie_word_embeddings\": false"), 8, 8, 512, 384, 1024, 1,
      256384, 2, 16 * 32 * 6 + (5 * 8 + 2) * 512, 306601984 },
    /* bart-base: two tables of positions, a norm behind each embedding */
    { CONFIG("bart", HALVES(768, 6, 12, 3072, 50265, ", \"max_position_embeddings\": 1024")), 6, 6, 768, 768, 3072, 0,
      50265, 2, LAYERS(6, 768, 3072) + 4 * 768, 139420416 },
    /* mbart-large-cc25: norms at the end, too */
    { CONFIG("mbart", HALVES(1024, 12, 16, 4096, 250027, ", \"max_position_embeddings\": 1024")), 12, 12, 1024, 1024,
      4096, 0, 250027, 4, LAYERS(12, 1024, 4096) + 8 * 1024, 610851840 },
    /* pegasus-large */
    { CONFIG("pegasus", HALVES(1024, 16, 16, 4096, 96103, ", \"max_position_embeddings\": 1024")), 16, 16, 1024, 1024,
      4096, 0, 96103, 2, LAYERS(16, 1024, 4096) + 4 * 1024, 570797056 },
    /* opus-mt-en-de */
    { CONFIG("marian", HALVES(512, 6, 8, 2048, 58101, ", \"max_position_embeddings\": 512")), 6, 6, 512, 512, 2048, 0,
      58101, 0, LAYERS(6, 512, 2048), 74410496 },
    /* m2m100_418M: tables of positions are reckoned, and not counted there */
    { CONFIG("m2m_100", HALVES(1024, 12, 16, 4096, 128112, ", \"max_position_embeddings\": 1024")), 12, 12, 1024, 1024,
      4096, 0, 128112, 2, LAYERS(12, 1024, 4096) + 4 * 1024 - 2 * 1026 * 1024, 483905536 },
    /* whisper-tiny: keys have no bias, convolutions have */
    { CONFIG("whisper", HALVES(384, 4, 6, 1536, 51865, ", \"max_source_positions\": 1500, "
                               "\"max_target_positions\": 448, \"num_mel_bins\": 80")), 4, 4, 384, 384, 1536, 0,
      51865, 2, LAYERS(4, 384, 1536) - 4 * 3 * 384 + 4 * 384 + 2 * 384, 37760640 },
};

static bool hears(const struct both *s)
{
    return strstr(s->config, "whisper") != NULL;
}

/* Tokens of the encoder: of sound always as many. */
static int64_t source_of(const struct both *s, int64_t asked)
{
    return hears(s) ? 1500 : asked;
}

static int64_t feed_of(const struct both *s)
{
    return (2 + s->gate) * s->d * s->ffn;
}

/* Of the decoder: T tokens behind `past`, to which S are attended, too. */
static int64_t decoder_macs(const struct both *s, int64_t t, int64_t past, int64_t source)
{
    int64_t pairs = t * past + t * (t + 1) / 2 + t * source;
    return s->decoder * (t * (6 * s->d * s->q + feed_of(s)) + 2 * s->q * pairs);
}

static int64_t encoder_macs(const struct both *s, int64_t source)
{
    int64_t sound = hears(s) ? 3000 * 80 * 3 * s->d + 1500 * 3 * s->d * s->d : 0;
    return s->encoder * (source * (4 * s->d * s->q + feed_of(s)) + 2 * s->q * source * source) + sound +
           s->decoder * source * 2 * s->d * s->q;
}

static int64_t norms_of(const struct fl_trace *trace)
{
    int64_t norms = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++)
            norms += trace->block[b].op[i].type == &fl_op_norm ? trace->block[b].repeat : 0;
    return norms;
}

START_TEST(encoder_decoders_have_the_parameters_that_are_published)
{
    const struct both *s = &shapes[_i];
    struct fl_trace trace = trace_of_config(s->config, &(struct fl_workload){ .context = 8 });
    int64_t parameters;
    ck_assert_msg(trace.note == NULL, "%s\n%s", s->config, trace.note);
    ck_assert(fl_trace_parameters(&trace, &parameters));
    ck_assert_int_eq(parameters + s->small, s->published);
    ck_assert_int_eq(norms_of(&trace), 2 * s->encoder + 3 * s->decoder + s->norms);
    bool last = strstr(s->config, "\"bart\"") != NULL || strstr(s->config, "marian") != NULL;
    ck_assert_int_eq(strcmp(read_name(&trace, op_named(&trace, "enc_qkv"), 0), "enc_x") == 0, last);
    ck_assert_int_eq(strcmp(read_name(&trace, op_named(&trace, "cross_q"), 0), "ln1") == 0, last);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(encoder_decoders_have_the_products_of_their_closed_forms)
{
    const struct both *s = &shapes[_i];
    for (int64_t batch = 1; batch <= 3; batch += 2)
        for (int64_t t = 1; t <= 40; t += 39)
            for (int64_t asked = 0; asked <= 70; asked += 70) {
                struct fl_trace trace = trace_of_config(s->config, &(struct fl_workload){ .context = t,
                                                        .source = hears(s) ? 0 : asked, .batch = batch });
                int64_t source = source_of(s, asked > 0 ? asked : t);
                ck_assert_msg(trace.note == NULL, "%s", trace.note);
                ck_assert_int_eq(trace.source, source);
                ck_assert_int_eq(trace.macs, batch * (encoder_macs(s, source) + decoder_macs(s, t, 0, source) +
                                                      s->d * s->vocab));
                const struct fl_op *append = op_named(&trace, "cross_append"), *own = op_named(&trace, "kv_append");
                ck_assert(append->m == batch * source && append->n == 2 * s->q);
                ck_assert(own->m == batch * t && own->n == 2 * s->q);
                fl_trace_free(&trace);
            }
}
END_TEST

START_TEST(encoder_decoders_decode_by_their_closed_forms)
{
    const struct both *s = &shapes[_i];
    const int64_t steps = 3, past = 20;
    for (int64_t batch = 1; batch <= 3; batch += 2) {
        struct fl_trace trace = trace_of_config(s->config, &(struct fl_workload){ .phase = "decode", .context = past,
                                                .tokens = steps, .source = hears(s) ? 0 : 50, .batch = batch });
        int64_t source = source_of(s, 50), cached = 0;
        ck_assert_int_eq(trace.macs, batch * (decoder_macs(s, steps, past, source) + steps * s->d * s->vocab));
        ck_assert_ptr_null(op_named(&trace, "enc_qkv"));
        for (size_t i = 0; i < trace.tensors; i++)
            if (strcmp(trace.tensor[i].name, "cross_cache") == 0)
                cached = trace.tensor[i].rows * trace.tensor[i].width;
        ck_assert_int_eq(cached, batch * source * 2 * s->q);
        fl_trace_free(&trace);
    }
}
END_TEST

/* What the class says: the encoder alone, a classifier on the decoder's last token, both without a head. */
START_TEST(classes_say_which_half_is_run)
{
    static const struct { const char *class_name, *last; bool decodes; const char *note; } want[] = {
        { "T5ForConditionalGeneration", "logits", true, NULL }, { "T5WithLMHeadModel", "logits", true, NULL },
        { "T5Model", "rms_f", true, NULL }, { "T5EncoderModel", "rms_f", false, NULL },
        { "T5ForSequenceClassification", "classifier", true, NULL },
        { "MT5ForConditionalGeneration", "logits", true, "none of t5's own classes" } };
    struct fl_arena arena = {0};
    const char *config = fl_arena_format(&arena, CONFIG("t5", T5(2, 8, 64, 100, "relu")
                                         ", \"architectures\": [\"%s\"]"), want[_i].class_name);
    struct fl_trace trace = trace_of_config(config, &(struct fl_workload){ .context = 8 });
    const struct fl_block *last = &trace.block[trace.blocks - 1];
    ck_assert_str_eq(last->op[last->ops - 1].name, want[_i].last);
    ck_assert_int_eq(op_named(&trace, "cross_q") != NULL, want[_i].decodes);
    ck_assert_int_eq(op_named(&trace, want[_i].decodes ? "enc_qkv" : "qkv")->m, 8);
    ck_assert_int_eq(trace.note != NULL, want[_i].note != NULL);
    if (want[_i].note != NULL)
        ck_assert_ptr_nonnull(strstr(trace.note, want[_i].note));
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

/* Tables of their own: other tokens, or as many but not the same. */
START_TEST(an_encoder_may_have_a_table_of_its_own)
{
    static const struct { const char *more; int64_t tables; } want[] = {
        { "", 100 }, { ", \"decoder_vocab_size\": 100", 100 }, { ", \"decoder_vocab_size\": 90", 190 },
        { ", \"share_encoder_decoder_embeddings\": false", 200 } };
    struct fl_arena arena = {0};
    const char *config = fl_arena_format(&arena, CONFIG("marian", HALVES(64, 2, 8, 128, 100,
                                         ", \"max_position_embeddings\": 16") "%s"), want[_i].more);
    struct fl_trace trace = trace_of_config(config, &(struct fl_workload){ .context = 8 });
    int64_t tables = 0;
    for (size_t i = 0; i < trace.tensors; i++)
        tables += strstr(trace.tensor[i].name, "embed.w") != NULL ? trace.tensor[i].rows : 0;
    ck_assert_int_eq(tables, want[_i].tables);
    ck_assert_int_eq(op_named(&trace, "enc_embed")->k, 100);
    ck_assert_int_eq(op_named(&trace, "logits")->n, _i == 2 ? 90 : 100);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

/* A trace that was written reads back as the same. */
START_TEST(what_is_written_reads_back)
{
    const struct both *s = &shapes[_i];
    for (int decode = 0; decode < 2; decode++) {
        struct fl_trace back;
        struct fl_err err = {0};
        struct fl_trace trace = trace_of_config(s->config, &(struct fl_workload){ .context = 5,
                                                .phase = decode ? "decode" : "prefill", .tokens = decode ? 2 : 0 });
        trace.model = "same";
        ck_assert_msg(fl_trace_read(&back, fl_trace_text(&trace), "back", &err), "%s", fl_err_text(&err));
        ck_assert_int_eq(back.source, trace.source);
        ck_assert_str_eq(fl_trace_text(&back), fl_trace_text(&trace));
        fl_trace_free(&back);
        fl_trace_free(&trace);
    }
}
END_TEST

START_TEST(a_source_without_an_encoder_is_told)
{
    struct fl_trace trace = made_trace("gpt2", &(struct fl_workload){ .context = 8, .source = 9 });
    ck_assert_str_eq(trace.note, "source ignored: the model has no encoder in front");
    fl_trace_free(&trace);
    trace = trace_of_config(shapes[8].config, &(struct fl_workload){ .context = 8, .source = 9 });
    ck_assert_str_eq(trace.note, "source 9 ignored: the sound makes 1500 tokens");
    fl_trace_free(&trace);
    trace = trace_of_config(shapes[3].config, &(struct fl_workload){ .context = 8, .source = 1025 });
    ck_assert_str_eq(trace.note, "a source of 1025 tokens is beyond the model's maximum of 1024");
    fl_trace_free(&trace);
}
END_TEST

Suite *test_encoders_suite(void)
{
    Suite *suite = suite_create("encoders");
    TCase *tcase = tcase_create("encoders");
    int count = (int)(sizeof shapes / sizeof *shapes);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, encoder_decoders_have_the_parameters_that_are_published, 0, count);
    tcase_add_loop_test(tcase, encoder_decoders_have_the_products_of_their_closed_forms, 0, count);
    tcase_add_loop_test(tcase, encoder_decoders_decode_by_their_closed_forms, 0, count);
    tcase_add_loop_test(tcase, classes_say_which_half_is_run, 0, 6);
    tcase_add_loop_test(tcase, an_encoder_may_have_a_table_of_its_own, 0, 4);
    tcase_add_loop_test(tcase, what_is_written_reads_back, 0, count);
    tcase_add_test(tcase, a_source_without_an_encoder_is_told);
    suite_add_tcase(suite, tcase);
    return suite;
}
