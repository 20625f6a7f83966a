/* test_trace.c - traces of the shipped models, their text form, the order of operators, finding models. */
#include "base/rng.h"
#include "tests/test_trace.h"

/* The workloads every shipped model is tried with; encoders refuse decode. */
static const struct fl_workload works[] = {
    { .phase = "prefill" },
    { .phase = "prefill", .context = 77, .batch = 3, .attention = "dense", .logits = "all" },
    { .phase = "prefill", .layers_only = true, .attention = "causal", .context = 2100 },
    { .phase = "decode", .context = 5, .tokens = 3, .batch = 2 },
    { .phase = "decode", .tokens = 2, .layers_only = true },
};
enum { WORKS = sizeof works / sizeof works[0] };

static bool is_encoder(const char *model)
{
    static const char *const names[] = { "bert", "albert", "vit", "deit", "clip" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(model, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static void assert_texts_equal(const char *a, const char *b)
{
    ck_assert_int_eq(a == NULL, b == NULL);
    if (a != NULL)
        ck_assert_str_eq(a, b);
}

static void assert_tensors_equal(const struct fl_tensor *a, const struct fl_tensor *b)
{
    ck_assert_str_eq(a->name, b->name);
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_int_eq(a->bits, b->bits);
    ck_assert_int_eq(a->groups, b->groups);
    ck_assert_int_eq(a->rows, b->rows);
    ck_assert_int_eq(a->width, b->width);
    ck_assert_int_eq(a->layered, b->layered);
    ck_assert_int_eq(a->trained, b->trained);
    ck_assert_int_eq(a->input, b->input);
}

/* The same tensor, by its name: lists may have another order. */
static void assert_uses_equal(const struct fl_trace *a, const struct fl_tensor_use *x, const struct fl_trace *b,
                              const struct fl_tensor_use *y)
{
    assert_tensors_equal(&a->tensor[x->tensor], &b->tensor[y->tensor]);
    ck_assert_int_eq(x->layer, y->layer);
    ck_assert_int_eq(x->transposed, y->transposed);
}

static void assert_ops_equal(const struct fl_trace *of_a, const struct fl_op *a, const struct fl_trace *of_b,
                             const struct fl_op *b)
{
    ck_assert_str_eq(a->name, b->name);
    ck_assert_uint_eq(a->operands, b->operands);
    for (size_t i = 0; i < a->operands; i++)
        assert_uses_equal(of_a, &a->reads[i], of_b, &b->reads[i]);
    assert_uses_equal(of_a, &a->writes, of_b, &b->writes);
    ck_assert_ptr_eq(a->type, b->type);
    ck_assert_int_eq(a->sign, b->sign);
    ck_assert_int_eq(a->mask, b->mask);
    ck_assert_int_eq(a->placed, b->placed);
    ck_assert_int_eq(a->groups, b->groups);
    ck_assert_int_eq(a->first, b->first);
    ck_assert_int_eq(a->more, b->more);
    ck_assert_int_eq(a->m, b->m);
    ck_assert_int_eq(a->k, b->k);
    ck_assert_int_eq(a->n, b->n);
    ck_assert_int_eq(a->share, b->share);
    ck_assert_int_eq(a->band.past, b->band.past);
    ck_assert_int_eq(a->band.window, b->band.window);
    ck_assert_int_eq(a->band.chunk, b->band.chunk);
    ck_assert_int_eq(a->macs, b->macs);
}

static void assert_traces_equal(const struct fl_trace *a, const struct fl_trace *b)
{
    ck_assert_str_eq(a->model, b->model);
    ck_assert_str_eq(a->phase, b->phase);
    ck_assert_str_eq(a->attention, b->attention);
    ck_assert_str_eq(a->logits, b->logits);
    assert_texts_equal(a->note, b->note);
    ck_assert_int_eq(a->context, b->context);
    ck_assert_int_eq(a->tokens, b->tokens);
    ck_assert_int_eq(a->batch, b->batch);
    ck_assert_int_eq(a->layers_only, b->layers_only);
    ck_assert_int_eq(a->ops, b->ops);
    ck_assert_int_eq(a->macs, b->macs);
    ck_assert_uint_eq(a->blocks, b->blocks);
    for (size_t i = 0; i < a->blocks; i++) {
        ck_assert_int_eq(a->block[i].repeat, b->block[i].repeat);
        ck_assert_int_eq(a->block[i].layer, b->block[i].layer);
        ck_assert_int_eq(a->block[i].down, b->block[i].down);
        ck_assert_uint_eq(a->block[i].ops, b->block[i].ops);
        for (size_t j = 0; j < a->block[i].ops; j++)
            assert_ops_equal(a, &a->block[i].op[j], b, &b->block[i].op[j]);
    }
}

static void assert_comes_back(const char *model, const struct fl_workload *work)
{
    struct fl_err err = {0};
    struct fl_trace trace, back;
    bool made = fl_trace_from_model(&trace, model, work, &err);
    if (is_encoder(model) && strcmp(work->phase, "decode") == 0) {
        ck_assert(!made);
        ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "has no decode phase"));
        fl_err_free(&err);
        return;
    }
    ck_assert_msg(made, "%s", fl_err_text(&err));
    const char *text = fl_trace_text(&trace);
    ck_assert_msg(fl_trace_read(&back, text, "text", &err), "%s", fl_err_text(&err));
    assert_traces_equal(&trace, &back);
    ck_assert_str_eq(text, fl_trace_text(&back));
    fl_trace_free(&back);
    fl_trace_free(&trace);
}

START_TEST(windows_and_chunks_come_back_from_their_text)
{
    struct fl_arena arena = {0};
    const char *config = "{\"model_type\": \"mistral\", \"hidden_size\": 32, \"num_attention_heads\": 4, "
                         "\"intermediate_size\": 64, \"vocab_size\": 50, \"max_position_embeddings\": 4096, "
                         "\"hidden_act\": \"silu\", \"sliding_window\": 8, \"attention_chunk_size\": 6, "
                         "\"num_hidden_layers\": 3, \"layer_types\": "
                         "[\"sliding_attention\", \"chunked_attention\", \"full_attention\"]}";
    const char *path = made_file(&arena, ".json", config, strlen(config));
    for (size_t w = 0; w < WORKS; w++)
        assert_comes_back(path, &works[w]);
    unlink(path);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(every_model_comes_back_from_its_text)
{
    struct fl_arena arena = {0};
    const char *const *model = fl_trace_models(&arena);
    size_t count = 0;
    for (; model[count] != NULL; count++)
        for (size_t w = 0; w < WORKS; w++)
            assert_comes_back(model[count], &works[w]);
    ck_assert_uint_ge(count, 14);
    fl_arena_free(&arena);
}
END_TEST

/* Control characters in a head are blanks, at its ends none: its text comes back. */
START_TEST(heads_hold_what_a_line_can)
{
    static const char text[] = "fanlight-trace 2\nmodel \001a\002b\003 \nnote \004\t c\005\ninput x\n"
                               "norm n x -> y m=1 n=1\n";
    struct fl_trace trace, back;
    struct fl_err err = {0};
    ck_assert_msg(fl_trace_read(&trace, text, "text", &err), "%s", fl_err_text(&err));
    ck_assert_str_eq(trace.model, "a b");
    ck_assert_str_eq(trace.note, "c");
    ck_assert_msg(fl_trace_read(&back, fl_trace_text(&trace), "back", &err), "%s", fl_err_text(&err));
    assert_traces_equal(&trace, &back);
    fl_trace_free(&trace);
    fl_trace_free(&back);
    ck_assert(!fl_trace_read(&trace, "fanlight-trace 2\nmodel \001\ninput x\nnorm n x -> y m=1 n=1\n", "text", &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "\"model\" has no value; write it behind"));
    fl_err_free(&err);
}
END_TEST

/* Texts of form 1, as the program wrote them before there was another, mean what the models mean. */
START_TEST(form_1_is_read_as_it_was)
{
    static const struct { const char *file, *model; struct fl_workload work; } texts[] = {
        { "form_1_gpt2", "gpt2", { .context = 8, .batch = 2 } },
        { "form_1_opt", "opt-125m", { .context = 8 } },
        { "form_1_vit", "vit-base", { .batch = 1 } },
        { "form_1_llama_decode", "llama-3-8b", { .phase = "decode", .context = 5, .tokens = 2 } },
        { "form_1_mistral_window", "tests/cases/noted_mistral7b_window.json", { .context = 5000 } },
        { "form_1_three_reaches_decode", "tests/cases/three_reaches.json",
          { .phase = "decode", .context = 9, .tokens = 3 } },
    };
    struct fl_arena arena = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct fl_trace trace, want;
        struct fl_err err = {0};
        const char *model = texts[i].model;
        if (strchr(model, '/') != NULL)
            model = source_path(&arena, model);
        want = made_trace(model, &texts[i].work);
        const char *path = source_path(&arena, fl_arena_format(&arena, "tests/cases/%s.trace", texts[i].file));
        ck_assert_msg(fl_trace_read_file(&trace, path, &err), "%s", fl_err_text(&err));
        assert_traces_equal(&trace, &want);
        fl_trace_free(&trace);
        fl_trace_free(&want);
    }
    fl_arena_free(&arena);
}
END_TEST

/* Two layers forward, two backward: each backward layer reads what the forward layer of its number kept. */
START_TEST(a_backward_pass_comes_back)
{
    struct fl_arena arena = {0};
    struct fl_trace trace, back;
    struct fl_err err = {0};
    int64_t stored;
    bool read = fl_trace_read_file(&trace, source_path(&arena, "examples/backward.trace"), &err);
    ck_assert_msg(read, "%s", fl_err_text(&err));
    const struct fl_block *last = &trace.block[3];
    ck_assert(last->down);
    ck_assert_int_eq(fl_block_layer(last, 0), 1);
    ck_assert_int_eq(fl_block_layer(last, 1), 0);
    const struct fl_op *act = op_named(&trace, "d_act"), *weights = op_named(&trace, "d_down");
    ck_assert(act->reads[1].transposed && fl_op_has_weights(act) && !fl_op_may_stay(act));
    ck_assert(weights->reads[0].transposed && weights->reads[0].layer == FL_LAYER_FORWARD);
    ck_assert_int_eq(trace.tensor[weights->writes.tensor].kind, FL_TENSOR_GRADIENT);
    /* each weight three times: its product, the gradient of its input, its own */
    ck_assert_int_eq(trace.macs, 3 * 4 * (2 * 2 * 8 * 32 + 8 * 100));
    ck_assert(fl_trace_weights(&trace, &stored));
    ck_assert_int_eq(stored, 2 * 2 * 8 * 32 + 8 * 100);        /* each once, however it is read */
    ck_assert_msg(fl_trace_read(&back, fl_trace_text(&trace), "back", &err), "%s", fl_err_text(&err));
    assert_traces_equal(&trace, &back);
    ck_assert_str_eq(fl_trace_text(&trace), fl_trace_text(&back));
    fl_trace_free(&back);
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

/* Experts: groups of equal rows that stand together are one operator, those behind go on with it; each row counts. */
START_TEST(groups_have_rows_of_their_own)
{
    static const char text[] =
        "fanlight-trace 2\nmodel experts\ninput x\ntensor w parameter groups=7 rows=4 width=6 layered=yes\n"
        "repeat 2 layer 0\n"
        "norm use y -> z m=13 n=6\n"            /* stands before what it reads: all of it comes first */
        "linear y x w -> y rows=0,3,3,0,2,5,0 k=4 n=6\n"
        "end\n";
    static const struct { const char *name; int64_t first, groups, m; bool more; } want[] = {
        {"y", 1, 2, 3, false}, {"y/2", 4, 1, 2, true}, {"y/3", 5, 1, 5, true}};
    struct fl_trace trace, back;
    struct fl_err err = {0};
    int64_t values;
    ck_assert_msg(fl_trace_read(&trace, text, "text", &err), "%s", fl_err_text(&err));
    ck_assert_uint_eq(trace.block[0].ops, 4);
    for (size_t i = 0; i < 3; i++) {
        const struct fl_op *op = &trace.block[0].op[i];
        ck_assert_str_eq(op->name, want[i].name);
        ck_assert(op->first == want[i].first && op->groups == want[i].groups && op->m == want[i].m);
        ck_assert_int_eq(op->more, want[i].more);
        ck_assert(fl_op_has_weights(op) && fl_op_may_stay(op) && fl_op_groups_stored(op) == 7);
    }
    ck_assert(fl_op_written(&trace.block[0], 0, &values));
    ck_assert_int_eq(values, 13 * 6);
    ck_assert_int_eq(trace.macs, 2 * 13 * 4 * 6);
    ck_assert_ptr_nonnull(strstr(fl_trace_text(&trace), "rows=0,3,3,0,2,5 k=4 n=6\n"));
    ck_assert_msg(fl_trace_read(&back, fl_trace_text(&trace), "back", &err), "%s", fl_err_text(&err));
    assert_traces_equal(&trace, &back);
    ck_assert_str_eq(fl_trace_text(&trace), fl_trace_text(&back));
    fl_trace_free(&back);
    fl_trace_free(&trace);
}
END_TEST

/* ---- order ---- */

/* The lines of a block between "repeat" and "end", as places in a copy of the text. */
static size_t block_lines(char *text, const char *head, char **line, size_t most)
{
    size_t count = 0;
    char *at = strstr(text, head);
    ck_assert_ptr_nonnull(at);
    for (at = strchr(at, '\n') + 1; strncmp(at, "end", 3) != 0; at = strchr(at, '\0') + 1) {
        ck_assert_uint_lt(count, most);
        line[count++] = at;
        *strchr(at, '\n') = '\0';
    }
    return count;
}

static bool reads_tensor(const struct fl_op *op, int32_t tensor)
{
    for (size_t i = 0; i < op->operands; i++)
        if (op->reads[i].tensor == tensor)
            return true;
    return false;
}

/* All that writes what an operator reads stands before it, but for the stream "x", which comes around. */
static void assert_in_order(const struct fl_trace *trace, const struct fl_block *block)
{
    for (size_t i = 0; i < block->ops; i++)
        for (size_t j = i + 1; j < block->ops; j++)
            if (strcmp(trace->tensor[block->op[j].writes.tensor].name, "x") != 0)
                ck_assert_msg(!reads_tensor(&block->op[i], block->op[j].writes.tensor), "%s stands before %s",
                              block->op[i].name, block->op[j].name);
}

START_TEST(a_shuffled_layer_is_put_in_order)
{
    struct fl_trace trace = made_trace("gpt2", &(struct fl_workload){ .layers_only = true }), back, again;
    const char *text = fl_trace_text(&trace);
    struct fl_rng rng = { 7 };
    struct fl_err err = {0};
    for (int trial = 0; trial < 200; trial++) {
        char *copy = fl_arena_text(&trace.arena, text), *line[32];
        size_t count = block_lines(copy, "repeat 12", line, 32);
        for (size_t i = count - 2; i > 0; i--) {                /* the last one writes x for the next layer */
            size_t j = (size_t)fl_rng_range(&rng, 0, (int64_t)i);
            char *swap = line[i];
            line[i] = line[j];
            line[j] = swap;
        }
        const char *head = strstr(text, "\ntensor "), *end = strstr(head, "\n\n");
        const char *shuffled = fl_arena_format(&trace.arena, "fanlight-trace 2\nmodel shuffled\ninput x%.*s\nrepeat "
                                               "12 layer 0\n", (int)(end - head), head);
        for (size_t i = 0; i < count; i++)
            shuffled = fl_arena_format(&trace.arena, "%s%s\n", shuffled, line[i]);
        shuffled = fl_arena_format(&trace.arena, "%send\n", shuffled);
        ck_assert_msg(fl_trace_read(&back, shuffled, "shuffled", &err), "%s", fl_err_text(&err));
        assert_in_order(&back, &back.block[0]);
        ck_assert_int_eq(back.ops, trace.ops);
        ck_assert_int_eq(back.macs, trace.macs);
        ck_assert(fl_trace_read(&again, fl_trace_text(&back), "again", &err));
        assert_traces_equal(&back, &again);
        fl_trace_free(&again);
        fl_trace_free(&back);
    }
    fl_trace_free(&trace);
}
END_TEST

START_TEST(an_operator_reads_the_nearest_earlier_writer)
{
    /* "early" pulls up "user" and so the second writer of t, but not past "between", which reads the first's. */
    static const char text[] = "fanlight-trace 1\nmodel m\ninput x\n"
                               "norm early u -> e m=1 n=2\n"
                               "norm first x -> t m=1 n=2\n"
                               "norm between t -> b m=1 n=2\n"
                               "norm second x -> t m=1 n=2\n"
                               "norm user t -> u m=1 n=2\n";
    static const char *const order[] = { "first", "between", "second", "user", "early" };
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert_msg(fl_trace_read(&trace, text, "text", &err), "%s", fl_err_text(&err));
    ck_assert_uint_eq(trace.block[0].ops, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(trace.block[0].op[i].name, order[i]);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(faults_of_a_hopeless_file_end)
{
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    const char *text = "fanlight-trace 1\n";
    for (int i = 0; i < 300; i++)
        text = fl_arena_format(&arena, "%snonsense\n", text);
    ck_assert(!fl_trace_read(&trace, text, "text", &err));
    ck_assert_int_eq(err.faults, 101);
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "text:101: more than 99 faults; mend these first\n"));
    fl_err_free(&err);
    fl_arena_free(&arena);
}
END_TEST

/* ---- models by name ---- */

START_TEST(models_are_listed_and_found)
{
    static const char *const wanted[] = { "albert-base", "bart-base", "bert-base", "bert-large", "clip-l14-text",
                                          "clip-l14-vision", "deepseek-v3", "deit-tiny", "gemma-3-1b", "gpt-4q",
                                          "gpt-oss-20b", "gpt2", "gpt2-large", "gpt2-medium", "gpt2-xl", "gpt3-175b",
                                          "llama-3-8b", "mistral-7b", "mixtral-8x7b", "mt-nlg-530b", "opt-125m",
                                          "palm-like", "phi-3-mini", "qwen3-30b-a3b", "qwen3-8b", "t5-small",
                                          "vit-base", "whisper-tiny" };
    struct fl_arena arena = {0};
    const char *const *name = fl_trace_models(&arena);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        ck_assert_str_eq(name[i], wanted[i]);
        ck_assert_int_eq(access(fl_trace_model_path(&arena, name[i]), R_OK), 0);
    }
    ck_assert_ptr_null(fl_trace_model_path(&arena, "gpt9"));
    ck_assert_ptr_null(fl_trace_model_path(&arena, "../models/gpt2"));
    fl_arena_free(&arena);
}
END_TEST

START_TEST(an_unknown_model_is_told_with_the_known_ones)
{
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert(!fl_trace_from_model(&trace, "gtp2", NULL, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "no model \"gtp2\"; did you mean \"gpt2\"? Known: albert-base, "));
    fl_err_free(&err);
    ck_assert(!fl_trace_from_model(&trace, "resnet-50", NULL, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "no model \"resnet-50\"; known: albert-base, "));
    fl_err_free(&err);
    ck_assert(!fl_trace_from_model(&trace, "no/such/config.json", NULL, &err));
    ck_assert_str_eq(fl_err_text(&err), "no/such/config.json: cannot be opened: No such file or directory\n");
    fl_err_free(&err);
}
END_TEST

START_TEST(a_model_may_be_a_path_and_takes_its_name_from_it)
{
    struct fl_arena arena = {0};
    struct fl_trace trace = made_trace(source_path(&arena, "traces/models/gpt2.json"), NULL);
    ck_assert_str_eq(trace.model, "gpt2");
    fl_trace_free(&trace);
    fl_arena_free(&arena);
}
END_TEST

START_TEST(faults_of_the_question_come_together)
{
    struct fl_workload work = { .phase = "prefil", .context = -1, .tokens = 1 << 20, .batch = -2,
                                .attention = "full", .logits = "none" };
    struct fl_trace trace;
    struct fl_err err = {0};
    ck_assert(!fl_trace_from_model(&trace, "gpt2", &work, &err));
    ck_assert_str_eq(fl_err_text(&err), "phase: \"prefil\" is not known; give prefill or decode\n"
                                        "attention: \"full\" is not known; give causal or dense\n"
                                        "logits: \"none\" is not known; give last or all\n"
                                        "context: -1 is negative; give a number of 1 or more\n"
                                        "tokens: 1048576 is too large; give at most 65536\n"
                                        "batch: -2 is negative; give a number of 1 or more\n");
    fl_err_free(&err);
}
END_TEST

/* ---- the page that describes it all ---- */

/* The next fenced block of a kind; NULL after the last. */
static char *next_fence(struct fl_arena *arena, const char *kind, char **page)
{
    char *begin = strstr(*page, fl_arena_format(arena, "```%s\n", kind));
    if (begin == NULL)
        return NULL;
    begin = strchr(begin, '\n') + 1;
    char *end = strstr(begin, "```");
    *page = end + 3;
    return fl_arena_slice(arena, begin, (size_t)(end - begin));
}

START_TEST(the_examples_of_the_page_can_be_read)
{
    /* a layer: (8 16 + 8 8 + 8 32 + 32 8) x 4 tokens, 2 heads x 4 wide x 10 unmasked pairs twice; the head 8 x 100;
     * under a window 10 pairs of the first 4 tokens, 4 of each other one; each weight of the backward pass thrice */
    static const int64_t macs[] = { 2 * ((128 + 64 + 256 + 256) * 4 + 2 * 80) + 800, 1024LL * 768 * 3072,
                                    2 * (16 * (8 * 24 + 8 * 8) + 2 * 2 * 4 * (10 + 12 * 4)),
                                    3 * 4 * (2 * 2 * 8 * 32 + 8 * 100) };
    enum { EXAMPLES = sizeof macs / sizeof *macs };
    struct fl_arena arena = {0};
    struct fl_trace trace;
    struct fl_err err = {0};
    size_t length, count = 0;
    char *page = whole_file(&arena, source_path(&arena, "docs/trace.md"), &length), *text, *at = page;
    for (; (text = next_fence(&arena, "trace", &at)) != NULL; count++) {
        ck_assert_msg(fl_trace_read(&trace, text, "docs/trace.md", &err), "%s", fl_err_text(&err));
        ck_assert_uint_lt(count, EXAMPLES);
        ck_assert_int_eq(trace.macs, macs[count]);
        fl_trace_free(&trace);
    }
    ck_assert_uint_eq(count, EXAMPLES);
    text = next_fence(&arena, "gemm", &page);
    const char *path = made_file(&arena, ".csv", text, strlen(text));
    ck_assert_msg(fl_trace_from_gemm_csv(&trace, path, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(trace.macs, 3136 * 64 * 147 + 1000 * 512);
    fl_trace_free(&trace);
    unlink(path);
    fl_arena_free(&arena);
}
END_TEST

Suite *test_trace_suite(void)
{
    Suite *suite = suite_create("trace");
    TCase *tcase = tcase_create("trace");
    tcase_add_test(tcase, every_model_comes_back_from_its_text);
    tcase_add_test(tcase, windows_and_chunks_come_back_from_their_text);
    tcase_add_test(tcase, heads_hold_what_a_line_can);
    tcase_add_test(tcase, form_1_is_read_as_it_was);
    tcase_add_test(tcase, a_backward_pass_comes_back);
    tcase_add_test(tcase, groups_have_rows_of_their_own);
    tcase_add_test(tcase, a_shuffled_layer_is_put_in_order);
    tcase_add_test(tcase, an_operator_reads_the_nearest_earlier_writer);
    tcase_add_test(tcase, faults_of_a_hopeless_file_end);
    tcase_add_test(tcase, models_are_listed_and_found);
    tcase_add_test(tcase, an_unknown_model_is_told_with_the_known_ones);
    tcase_add_test(tcase, a_model_may_be_a_path_and_takes_its_name_from_it);
    tcase_add_test(tcase, faults_of_the_question_come_together);
    tcase_add_test(tcase, the_examples_of_the_page_can_be_read);
    suite_add_tcase(suite, tcase);
    return suite;
}
