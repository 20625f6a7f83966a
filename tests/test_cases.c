/* test_cases.c - small inputs that once failed, each for a kind of fault: its right value, by a closed form, or its
 * true word. The files are in tests/cases.
 *
 * A Transformer's products: each token times the weights of the layers; heads x width of a head x 2 for each pair of
 * tokens that see one another, n (n + 1) / 2 of them under a causal mask, the sum of min(t + 1, window) under a window.
 */
#include "api/result.h"
#include "tests/test_trace.h"

/* ---- config.json files that are simulated ---- */

static const struct {
    const char *file, *phase;
    int64_t context, macs, parameters, cached;      /* cached: values a token and layer, 0: no cache */
    const char *note;                   /* part of it; NULL: there is none */
} right[] = {
    /* attention_head_type: one head of keys and values */
    { "silent_santacoder_multiquery.json", "prefill", 1024, 1095367917568, 1120141312, 256, NULL },
    /* a gated feed-forward, no table of positions */
    { "silent_jina_v2_base_geglu.json", "prefill", 512, 62814486528, 113836032, 0, "for masked tokens, is left out" },
    /* intermediate_size counts both halves */
    { "hint_qwen1_7b.json", "prefill", 1024, 6769625006080, 7098335232, 8192, NULL },
    /* one label on the last token, not a vocabulary */
    { "silent_llama3_8b_reward_head.json", "prefill", 1024, 7284398755840, 6979325952, 2048, NULL },
    /* a window of 4096, of a prompt and of a step */
    { "noted_mistral7b_window.json", "prefill", 16384, 129743040020480, 7110393856, 2048, NULL },
    { "noted_mistral7b_window.json", "decode", 16384, 8184135680, 7110393856, 2048, NULL },
    /* every other layer has the window, which bounds what is longer; four norms a layer */
    { "hint_gemma2_9b.json", "prefill", 4096, 4096 * 8323596288 + 42 * 2 * 4096 * (4096LL * 4097 / 2) + 917504000,
      9241100288, 4096, "attn_logit_softcapping = 50.0 is not simulated" },
    { "hint_gemma2_9b.json", "prefill", 8192, 78290638340096, 9241100288, 4096,
      "attn_logit_softcapping = 50.0 is not simulated" },
    { "hint_gemma2_9b.json", "decode", 8191, 8323596288 + 21 * 2 * 4096LL * (4096 + 8192) + 917504000, 9241100288, 4096,
      "attn_logit_softcapping = 50.0 is not simulated" },
    /* norms of queries and keys */
    { "unsupported_qwen3_8b.json", "prefill", 1024, 7267857989632, 7568097280, 2048, NULL },
    /* eight experts of 14,336, of which a token uses two; their router */
    { "hint_mixtral_8x7b.json", "prefill", 1024, 13058039611392, 46571454464, 2048, NULL },
    { "hint_mixtral_8x7b.json", "decode", 1024,
      32 * (41943040LL + 2 * 3 * 4096 * 14336 + 4096 * 8 + 2 * 4096 * 1025) + 32000 * 4096, 46571454464, 2048, NULL },
    /* 128 of 768, of which a token uses eight; intermediate_size is no expert's */
    { "unsupported_qwen3_30b_a3b.json", "prefill", 1024, 3002694631424, 30220746752, 1024, NULL },
    { "unsupported_qwen3_30b_a3b.json", "decode", 1024,
      48 * (2048LL * (5120 + 4096) + 8 * 3 * 2048 * 768 + 2048 * 128 + 2 * 4096 * 1025) + 151936 * 2048, 30220746752,
      1024, NULL },
    /* an encoder of 512 tokens, and a decoder of as many that attend to them, too; one table */
    { "unsupported_t5_small.json", "prefill", 512,
      512LL * 6 * (3145728 + 4194304) + 6LL * 2 * 512 * (512 * 512 + 512 * 513 / 2 + 512 * 512) + 32128 * 512, 60489728,
      1024, NULL },
    { "unsupported_xlm_roberta_base.json", "prefill", 512, 48318971904, 85524480, 0, NULL },
    { "refused_gemma_2b_two_activations.json", "prefill", 1024, 2068588789760, 2506096640, 512,
      "hidden_act = \"gelu\" is a leftover: hidden_activation counts" },
    { "refused_gpt2_two_contexts.json", "prefill", 1024, 48361698048, 81064704, 1536,
      "n_ctx = 1024 is a leftover: n_positions counts" },
};

static const char *case_path(struct fl_arena *arena, const char *file)
{
    return source_path(arena, fl_arena_format(arena, "tests/cases/%s", file));
}

/* Static weights of linear operators; a layer's count for each layer. */
static int64_t parameters_of(const struct fl_trace *trace)
{
    int64_t sum = 0;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            const struct fl_op *op = &trace->block[b].op[i];
            bool counts = op->type == &fl_op_linear && !op->more;
            sum += counts ? trace->block[b].repeat * fl_op_groups_stored(op) * op->k * op->n : 0;
        }
    return sum;
}

static void assert_note(const char *file, const char *note, const char *part)
{
    if (part == NULL)
        ck_assert_msg(note == NULL, "%s: noted, but not expected: %s", file, note);
    else
        ck_assert_msg(note != NULL && strstr(note, part) != NULL, "%s: noted \"%s\", not \"%s\"", file,
                      note ? note : "nothing", part);
}

START_TEST(configs_have_their_closed_forms)
{
    struct fl_arena arena = {0};
    const char *file = right[_i].file;
    struct fl_workload work = { .phase = right[_i].phase, .context = right[_i].context };
    struct fl_trace trace = made_trace(case_path(&arena, file), &work);
    const struct fl_op *append = op_named(&trace, "kv_append");
    ck_assert_msg(trace.macs == right[_i].macs, "%s: %lld MACs", file, (long long)trace.macs);
    ck_assert_int_eq(parameters_of(&trace), right[_i].parameters);
    ck_assert_int_eq(append ? append->n : 0, right[_i].cached);
    assert_note(file, trace.note, right[_i].note);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(a_window_bounds_what_a_step_reads_of_the_cache)
{
    struct fl_arena arena = {0};
    struct fl_workload work = { .phase = "decode", .context = 16384, .tokens = 1 };
    struct fl_trace trace = made_trace(case_path(&arena, "noted_mistral7b_window.json"), &work);
    int64_t read = 0;
    for (size_t b = 0; b < trace.blocks; b++)
        for (size_t i = 0; i < trace.block[b].ops; i++) {
            const struct fl_op *op = &trace.block[b].op[i];
            bool cached = fl_op_is_product(op) && fl_op_stored(op) == FL_TENSOR_CACHE;
            read += cached ? trace.block[b].repeat * op->groups * op->k * op->n : 0;
        }
    ck_assert_int_eq(read, 268435456);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

/* ---- config.json files that are refused ---- */

static const struct { const char *file, *kind, *nearest; } refused[] = {
    { "refused_jamba.json", "a hybrid of state-space layers and attention", "the nearest family here is llama, but" },
    { "refused_mamba.json", "a state-space network without attention", "the nearest family here is gpt2, but" },
};

START_TEST(networks_that_are_not_simulated_are_called_what_they_are)
{
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert(!fl_trace_from_model(&trace, case_path(&arena, refused[_i].file), NULL, &err));
    ck_assert_int_eq(err.faults, 1);
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), refused[_i].kind));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), refused[_i].nearest));
    ck_assert_ptr_null(strstr(fl_err_text(&err), "did you mean"));
    fl_err_free(&err);
    fl_arena_free(&arena);
}
END_TEST

/* What is given as --model and is none: the remedy, in one line. */
static const struct { const char *model, *word; } no_models[] = {
    { "meta-llama/Meta-Llama-3-8B", "download its config.json" },
    { "table.csv", "fanlight trace --gemm-csv" },
    { "model.onnx", "ONNX graphs are not read" },
    { "work.trace", "give it by --trace" },
    { "model.safetensors", "weights are not read" },
    { "llama-2-7b", "known: albert-base" },
    { "opt-350m", "known: albert-base" },
    { "bert-bsae", "did you mean \"bert-base\"?" },
};

START_TEST(what_is_no_model_gets_its_remedy_in_one_line)
{
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert(!fl_trace_from_model(&trace, no_models[_i].model, NULL, &err));
    ck_assert_int_eq(err.faults, 1);
    ck_assert_msg(strstr(fl_err_text(&err), no_models[_i].word) != NULL, "%s", fl_err_text(&err));
    if (strstr(no_models[_i].word, "known") != NULL)
        ck_assert_ptr_null(strstr(fl_err_text(&err), "did you mean"));
    fl_err_free(&err);
}
END_TEST

/* ---- tables and traces ---- */

static const struct { const char *file; size_t ops; int64_t macs, parameters; const char *note; } tables[] = {
    { "gemm_head_layers.csv", 1, 128 * 128 * 128, 128 * 128, "every row is taken as a product with weights" },
    /* 14 x 14 places of a filter of 3 x 3 x 8 values, 32 filters */
    { "gemm_conv_head.csv", 1, 196 * 32 * 72, 32 * 72, "products of their unrolled patches" },
    { "gemm_attention_rows.csv", 4, 197 * (576 * 192 + 197 * 64 * 2 + 192 * 192), 172672,
      "a column Operand says weights or computed" },
    { "gemm_attention_said.csv", 4, 197 * (576 * 192 + 197 * 64 * 2 + 192 * 192), 147456, NULL },
};

START_TEST(tables_of_products_are_read)
{
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    bool made = fl_trace_from_gemm_csv(&trace, case_path(&arena, tables[_i].file), &err);
    ck_assert_msg(made, "%s", fl_err_text(&err));
    ck_assert_uint_eq(trace.block[0].ops, tables[_i].ops);
    ck_assert_int_eq(trace.macs, tables[_i].macs);
    ck_assert_int_eq(parameters_of(&trace), tables[_i].parameters);
    assert_note(tables[_i].file, trace.note, tables[_i].note);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

static const struct { const char *file, *word; } no_traces[] = {
    { "trace_norm_reads_rows_that_are_not.trace", "5: b: reads 8000 values of \"a\", which has 32" },
};

START_TEST(traces_that_cannot_be_are_refused)
{
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert(!fl_trace_read_file(&trace, case_path(&arena, no_traces[_i].file), &err));
    ck_assert_msg(strstr(fl_err_text(&err), no_traces[_i].word) != NULL, "%s", fl_err_text(&err));
    fl_err_free(&err);
    fl_arena_free(&arena);
}
END_TEST

/* 8 heads of keys, 4 of queries each, 128 wide; 16,384 tokens, of which each sees 4,096 at most. */
START_TEST(a_window_can_be_said_in_a_trace)
{
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    bool made = fl_trace_read_file(&trace, case_path(&arena, "trace_window.trace"), &err);
    ck_assert_msg(made, "%s", fl_err_text(&err));
    ck_assert_int_eq(trace.macs, 240526557184);
    ck_assert_int_eq(trace.macs, 8LL * 4 * 128 * (4096LL * 4097 / 2 + (16384LL - 4096) * 4096));
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

/* ---- runs ---- */

static char *notes_of(const char *design, const char *model, const char *map, int64_t context, const char *set)
{
    struct fl_arena arena = {0};
    struct fl_err err = {0};
    struct fl_result *result;
    struct fl_request ask = { .design = strchr(design, '.') ? case_path(&arena, design) : design, .model = model,
                              .mapper = map, .work = { .context = context }, .set = &set, .sets = set != NULL };
    bool ran = fanlight_run(&ask, &result, &err);
    ck_assert_msg(ran, "%s", fl_err_text(&err));
    const char *notes = fanlight_notes(result);
    char *copy = strdup(notes ? notes : "");
    fanlight_free(result);
    fl_arena_free(&arena);
    return copy;
}

static const struct { const char *design, *model, *map; int64_t context; const char *set, *word, *other; } runs[] = {
    { "machine_ring_bank.cfg", "deit-tiny", NULL, 0, NULL, "auto put nothing on the optical cores", NULL },
    { "machine_mzi_mesh.cfg", "deit-tiny", NULL, 0, NULL, "auto put nothing on the optical cores", NULL },
    { "ot_10k", "deit-tiny", NULL, 0, NULL, NULL, "optical cores" },
    { "ot_10k", "gpt2", "digital", 16, NULL, NULL, "optical cores" },
    { "ot_10k", "gpt2", "digital", 16, "core[0].adc.energy=2 pJ", "did no work in this run: core[0].adc.energy",
      NULL },
    { "ot_10k", "gpt2", "digital", 16, "core.adc.energy=2 pJ", "did no work in this run: core.adc.energy", NULL },
    { "ot_10k", "gpt2", "digital", 16, "vector.lanes=512", NULL, "did no work" },
    /* weights are stored as wide as the core has them that would hold them */
    { "ot_10k", "gpt2", "digital", 16, "core[0].weight_bits=4", NULL, "did no work" },
    { "ot_10k", "gpt2", "digital", 16, "core.weight_bits=4", NULL, "did no work" },
    { "ot_10k", "gpt2", "digital", 16, "core[1].weight_bits=4", "did no work in this run: core[1].weight_bits", NULL },
    { "ot_10k", "gpt2", NULL, 16, "core[0].adc.energy=2 pJ", NULL, "did no work" },
    { "ot_10k", "gpt2", NULL, 16, "clocks.core=5 GHz", NULL, "did no work" },
    { "ot_10k", "opt-125m", NULL, 4096, NULL, "4096 tokens are beyond the model's maximum of 2048", NULL },
};

START_TEST(runs_say_what_they_did_not_touch)
{
    char *notes = notes_of(runs[_i].design, runs[_i].model, runs[_i].map, runs[_i].context, runs[_i].set);
    if (runs[_i].word != NULL)
        ck_assert_msg(strstr(notes, runs[_i].word) != NULL, "said: %s", notes);
    if (runs[_i].other != NULL)
        ck_assert_msg(strstr(notes, runs[_i].other) == NULL, "said: %s", notes);
    free(notes);
}
END_TEST

#define EACH(test, table) tcase_add_loop_test(tcase, test, 0, (int)(sizeof table / sizeof *table))
Suite *test_cases_suite(void)
{
    Suite *suite = suite_create("cases");
    TCase *tcase = tcase_create("cases");
    tcase_set_timeout(tcase, 60);
    EACH(configs_have_their_closed_forms, right);
    tcase_add_test(tcase, a_window_bounds_what_a_step_reads_of_the_cache);
    EACH(networks_that_are_not_simulated_are_called_what_they_are, refused);
    EACH(what_is_no_model_gets_its_remedy_in_one_line, no_models);
    EACH(tables_of_products_are_read, tables);
    EACH(traces_that_cannot_be_are_refused, no_traces);
    tcase_add_test(tcase, a_window_can_be_said_in_a_trace);
    EACH(runs_say_what_they_did_not_touch, runs);
    suite_add_tcase(suite, tcase);
    return suite;
}
