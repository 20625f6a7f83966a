/* test_explain.c - what `fanlight explain` says of a mapping, against sums done by hand and against the run itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/result.h"
#include "tests/suites.h"

enum { MOST = 2048, TEXT = 200 };
struct said {
    size_t ops;
    struct { char name[TEXT], place[TEXT], strategy[TEXT], loops[TEXT], weights[TEXT], sums[TEXT]; } op[MOST];
    struct fl_explained_op number[MOST];
    struct fl_explained summary;
    bool differ;                        /* bounds of one strategy */
};

static void keep(char *to, const char *text)
{
    snprintf(to, TEXT, "%s", text != NULL ? text : "");
}

static void hear(void *context, const struct fl_explained_op *op)
{
    struct said *s = context;
    ck_assert_uint_lt(s->ops, MOST);
    keep(s->op[s->ops].name, op->name);
    keep(s->op[s->ops].place, op->place);
    keep(s->op[s->ops].strategy, op->strategy);
    keep(s->op[s->ops].loops, op->loops);
    keep(s->op[s->ops].weights, op->weights);
    keep(s->op[s->ops].sums, op->sums);
    for (size_t i = 0; i < op->others; i++)
        if (strcmp(op->other[i].strategy, op->strategy) == 0)
            s->differ |= op->other[i].bound_s != op->bound_s || strcmp(op->other[i].bound_by, op->bound_by) != 0;
    s->number[s->ops++] = *op;
}

static void explain(struct said *s, const struct fl_request *ask)
{
    struct fl_err err = {0};
    s->ops = 0;
    s->differ = false;
    ck_assert_msg(fanlight_explain(ask, hear, s, &s->summary, &err), "%s", fl_err_text(&err));
    ck_assert(s->summary.overlaps || !s->differ);       /* the bound of a strategy is that of the operator, uncut */
}

static const char two_products[] = "fanlight-trace 1\nmodel one\ninput x\n"
                                   "linear up x -> y m=64 k=3840 n=3000\nlinear down y -> z m=64 k=3000 n=100\n";

/* A core of 1920 x 1080: 3840 inputs are two tiles, 3000 outputs three. */
START_TEST(tiles_and_loops_of_a_bench)
{
    static struct said s;
    struct fl_request ask = {.design = "slm_bench", .trace_text = two_products, .mapper = "weight_stationary"};
    explain(&s, &ask);
    ck_assert_uint_eq(s.ops, 2);
    ck_assert_str_eq(s.op[0].place, "static");
    ck_assert_str_eq(s.op[0].loops, "outputs 3 > inputs 2");
    ck_assert_str_eq(s.op[0].weights, "6 loads of weights from DRAM");
    ck_assert_str_eq(s.op[0].sums, "through SRAM");
    ck_assert_str_eq(s.op[1].loops, "inputs 2");
    ck_assert_int_eq(s.number[1].tile_k, 1920);
    ck_assert_int_eq(s.number[1].tile_n, 100);
    ck_assert_int_eq(s.summary.dram_bits, 8 * (3840 * 3000 + 3000 * 100));
    ask.mapper = "output_stationary";
    explain(&s, &ask);
    ck_assert_str_eq(s.op[1].loops, "vectors 64 > inputs 2");
    ck_assert_str_eq(s.op[1].sums, "wait in the accumulators");
    ck_assert_str_eq(s.op[1].weights, "128 loads of weights from DRAM once, then SRAM");
    ask.design = "dmd_bench";
    ask.mapper = "weight_stationary";
    explain(&s, &ask);
    ck_assert_str_eq(s.op[0].loops, "outputs 3 > inputs 2 x slices 8");
    ck_assert_str_eq(s.op[1].loops, "inputs 2 x slices 8");
    ck_assert_str_eq(s.op[0].weights, "48 loads of weights from DRAM");
}
END_TEST

/* A file's mapping is what is explained; "search" weighs joules if they are what counts. */
START_TEST(files_and_objectives_count)
{
    static struct said s;
    struct fl_request ask = {.design = "free_space_1k", .model = "gpt2", .work = {.context = 100}};
    char path[] = "/tmp/fanlight-explain-XXXXXX";
    int handle = mkstemp(path);
    FILE *file = handle >= 0 ? fdopen(handle, "w") : NULL;
    ck_assert_ptr_nonnull(file);
    fputs("fanlight-mapping 1\nelse weight_stationary\noptical attn_out pool=static tile_k=256 tile_n=768\n"
          "digital qkv\n", file);
    fclose(file);
    ask.mapper = path;
    explain(&s, &ask);
    unlink(path);
    for (size_t i = 0; i < s.ops; i++) {
        if (strcmp(s.op[i].name, "attn_out") == 0)
            ck_assert_str_eq(s.op[i].loops, "inputs 3");
        if (strcmp(s.op[i].name, "qkv") == 0)
            ck_assert_str_eq(s.op[i].place, "digital");
    }
    ask.mapper = "search";
    ask.design = "ot_10k";
    explain(&s, &ask);
    double quick = s.summary.bound_s;
    ask.objective = "energy";
    explain(&s, &ask);
    ck_assert(s.summary.bound_s > quick);
}
END_TEST

/* A cache under a window of 8 holds 8 tokens of each sequence in each layer that has it, however many come; the others
 * hold all. Layers share one table and head. 2 kv heads, 8 wide: 32 values a token. */
START_TEST(a_cache_holds_what_its_window_sees)
{
    static const struct { const char *phase; int64_t context, tokens, batch, window, full; } works[] = {
        {"prefill", 20, 0, 1, 8, 20}, {"prefill", 6, 0, 1, 6, 6}, {"prefill", 20, 0, 3, 8, 20},
        {"decode", 20, 1, 1, 8, 21}, {"decode", 20, 30, 2, 8, 50}, {"decode", 5, 4, 1, 8, 9},
        {"decode", 2, 3, 1, 5, 5}};
    char path[] = "/tmp/fanlight-explain-XXXXXX";
    int handle = mkstemp(path);
    FILE *file = handle >= 0 ? fdopen(handle, "w") : NULL;
    ck_assert_ptr_nonnull(file);
    fputs("{\"model_type\": \"gemma2\", \"hidden_size\": 32, \"num_attention_heads\": 4, \"head_dim\": 8, "
          "\"num_key_value_heads\": 2, \"intermediate_size\": 64, \"vocab_size\": 50, \"num_hidden_layers\": 5, "
          "\"max_position_embeddings\": 64, \"sliding_window\": 8}", file);
    fclose(file);
    static struct said s;
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        struct fl_request ask = {.design = "digital_300fj", .model = path, .mapper = "digital",
            .work = {.phase = works[i].phase, .context = works[i].context, .tokens = works[i].tokens,
                     .batch = works[i].batch}};
        explain(&s, &ask);
        int64_t cached = works[i].batch * 32 * (3 * works[i].window + 2 * works[i].full);
        int64_t weights = 5 * (32 * (32 + 32 + 32) + 3 * 32 * 64) + 32 * 50;
        ck_assert_msg(s.summary.dram_bits == 8 * (cached + weights), "work %d: %lld bits, not %lld", (int)i,
                      (long long)s.summary.dram_bits, (long long)(8 * (cached + weights)));
    }
    unlink(path);
}
END_TEST

/* The run does what was explained: where operators run, and no faster than their bounds. */
START_TEST(the_run_does_as_explained)
{
    static const struct { const char *design, *mapper; } jobs[] = {
        {"free_space_1k", "weight_stationary"}, {"ot_10k", "weights_in_place"}, {"digital_300fj", "digital"},
        {"free_space_1k", "search"}};
    static struct said s;
    struct fl_err err = {0};
    struct fl_result *result = NULL;
    struct fl_request ask = {.design = jobs[_i].design, .model = "gpt2", .mapper = jobs[_i].mapper,
                             .work = {.context = 100}};
    struct fl_rows rows = {0};
    explain(&s, &ask);
    ck_assert_msg(fanlight_run(&ask, &result, &err), "%s", fl_err_text(&err));
    fl_result_rows(result, false, &rows);
    ck_assert(s.summary.bound_s <= (double)fanlight_latency_ps(result) * 1e-12);
    ck_assert_uint_eq(s.ops, rows.operators);
    for (size_t i = 0; i < rows.operators; i++) {
        const struct fl_operator_row *row = &rows.operator_[i];
        const char *place = row->placed;
        ck_assert_str_eq(s.op[i].name, row->name);
        if (strcmp(place, "optical") == 0)
            ck_assert_int_gt(s.number[i].tile_k, 0);
        else
            ck_assert_str_eq(s.op[i].place, place);
        double alone = s.summary.overlaps ? INFINITY : (double)row->critical_ps * 1e-12;
        ck_assert(s.number[i].bound_s * (double)s.number[i].times <= alone);
    }
    fl_rows_free(&rows);
    fanlight_free(result);
}
END_TEST

START_TEST(weights_in_place_name_their_cores)
{
    static struct said s;
    const char *after = "machine.overlap=none";
    explain(&s, &(struct fl_request){.design = "ot_10k", .model = "gpt2", .mapper = "weights_in_place", .set = &after,
                                     .sets = 1});
    ck_assert_int_eq(s.summary.pool[0].cores, 12 * 4 + 6);
    for (size_t i = 0; i < s.ops; i++) {
        if (strcmp(s.op[i].name, "qkv") == 0)
            ck_assert_str_eq(s.op[i].weights, "in place, cores 0 to 11");
        if (strcmp(s.op[i].name, "logits") == 0)
            ck_assert_str_eq(s.op[i].weights, "in place, cores 48 to 53");
        if (strcmp(s.op[i].name, "scores") == 0)
            ck_assert_str_eq(s.op[i].weights, "12 loads of the second operand from SRAM");
    }
}
END_TEST

/* ---- what lives where ---- */

struct lives { const char *name; struct fl_explained_tensor want; int seen; };

/* Counts those that are as wanted. */
static void life_seen(void *context, const struct fl_explained_tensor *t)
{
    for (struct lives *l = context; l->name != NULL; l++)
        l->seen += strcmp(t->name, l->name) == 0 && strcmp(t->kind, l->want.kind) == 0 && t->bits == l->want.bits &&
                   t->copies == l->want.copies && strcmp(t->where, l->want.where) == 0 &&
                   strcmp(t->from, l->want.from) == 0 && strcmp(t->until, l->want.until) == 0;
}

/* What two forward layers keep lives until the backward layers have read it, both copies together. */
START_TEST(tensors_live_from_writer_to_last_reader)
{
    static struct lives lives[] = {
        {"up.w", {NULL, "parameter", 8 * 32 * 8, 2, "DRAM", "start", "end"}, 0},
        {"in", {NULL, "stash", 4 * 8 * 8, 2, "SRAM", "ln", "d_up_w"}, 0},
        {"up", {NULL, "stash", 4 * 32 * 8, 2, "SRAM", "up", "d_relu"}, 0},
        {"x", {NULL, "activation", 4 * 8 * 8, 1, "SRAM", "sum", "sum of the next layer, or d_head"}, 0},
        {"softmax", {NULL, "activation", 4 * 100 * 8, 1, "SRAM", "softmax", "loss"}, 0},
        {"d_head.w", {NULL, "gradient", 8 * 100 * 8, 1, "SRAM", "d_head", "end"}, 0},
        {"d_up.w", {NULL, "gradient", 8 * 32 * 8, 2, "SRAM", "d_up_w", "end"}, 0},
        {NULL, {NULL, NULL, 0, 0, NULL, NULL, NULL}, 0}};
    struct fl_arena arena = {0};
    const char *folder = getenv("SRCDIR");
    const char *trace = fl_arena_format(&arena, "%s/examples/backward.trace", folder != NULL ? folder : ".");
    struct fl_request ask = {.design = "free_space_1k", .trace = trace};
    struct fl_err *err = fanlight_err_new();
    ck_assert_msg(fanlight_explain_tensors(&ask, life_seen, lives, err), "%s", fanlight_err_text(err));
    for (const struct lives *l = lives; l->name != NULL; l++)
        ck_assert_msg(l->seen == 1, "%s was told %d times", l->name, l->seen);
    fanlight_err_free(err);
    fl_arena_free(&arena);
}
END_TEST

/* Weights in place are on cores; scores that SRAM does not hold go by way of DRAM. */
START_TEST(places_are_told)
{
    static struct lives lives[] = {
        {"qkv.w", {NULL, "parameter", 768 * 2304 * 8, 12, "static, cores 0 to 11", "start", "end"}, 0},
        {"kv_cache", {NULL, "cache", 1024 * 1536 * 8, 12, "DRAM", "start", "end"}, 0},
        {"scores", {NULL, "activation", 12 * 1024 * 1025 / 2 * 8, 1, "by way of DRAM", "scores", "softmax"}, 0},
        {NULL, {NULL, NULL, 0, 0, NULL, NULL, NULL}, 0}};
    static const char *const set[] = {"sram.capacity=8 MiB"};
    struct fl_request asks[] = {{.design = "ot_10k", .model = "gpt2", .work = {.context = 1024},
                                 .mapper = "weights_in_place"},
                                {.design = "free_space_1k", .model = "gpt2", .work = {.context = 1024}, .set = set,
                                 .sets = 1}};
    struct fl_err *err = fanlight_err_new();
    for (int i = 0; i < 2; i++)
        ck_assert_msg(fanlight_explain_tensors(&asks[i], life_seen, lives, err), "%s", fanlight_err_text(err));
    ck_assert_int_eq(lives[0].seen, 1);         /* the second machine has no cores for it to stay */
    ck_assert_int_eq(lives[1].seen, 2);
    ck_assert_int_eq(lives[2].seen, 1);         /* the first one's memory is ideal */
    fanlight_err_free(err);
}
END_TEST

/* ---- attention ---- */

enum { HEADS = 12, LAYERS = 12, TOKENS = 512 };
/* Scores of a causal layer of gpt2, 8 bits each; probabilities are as many. */
static const int64_t half = (int64_t)HEADS * TOKENS * (TOKENS + 1) / 2 * 8;
/* Of 32 rows of one head the largest are the last. */
static const int64_t least = 4 * (int64_t)(32 * (TOKENS - 31 + TOKENS) / 2) * 8;

static void unheard(void *context, const struct fl_explained_op *op)
{
    (void)context;
    (void)op;
}

static void summary_of(struct fl_explained *summary, const struct fl_request *ask)
{
    struct fl_err err = {0};
    ck_assert_msg(fanlight_explain(ask, unheard, NULL, summary, &err), "%s", fl_err_text(&err));
}

static void attention_of(struct fl_explained *summary, const char *design, const char *overlap, const char *sram)
{
    const char *set[] = {overlap, sram};
    const struct fl_request ask = {.design = design, .model = "gpt2", .set = set, .sets = sram != NULL ? 2 : 1,
                                   .work = {.context = TOKENS}};
    summary_of(summary, &ask);
}

/* In whole where SRAM holds them, in units where operators run side by side and it holds some, else by way of DRAM. */
START_TEST(attention_is_on_chip_or_not)
{
    static const struct { const char *overlap, *sram, *where; } want[] = {
        {"machine.overlap=none", "sram.capacity=32 MiB", "in SRAM"},
        {"machine.overlap=block", "sram.capacity=32 MiB", "in SRAM"},
        {"machine.overlap=block", "sram.capacity=2 MiB", "in units"},
        {"machine.overlap=none", "sram.capacity=3584 KiB", "by way of DRAM"},
        {"machine.overlap=none", "sram.capacity=128 KiB", "by way of DRAM"}};
    const int64_t capacity[] = {32 << 23, 32 << 23, 2048 << 13, 3584 << 13, 128 << 13};
    struct fl_explained e;
    attention_of(&e, "free_space_1k", want[_i].overlap, want[_i].sram);
    ck_assert_str_eq(e.attention, want[_i].where);
    ck_assert_int_eq(e.attention_bits, 2 * half);
    ck_assert_int_eq(e.attention_least_bits, least);
    ck_assert_int_eq(e.sram_capacity_bits, capacity[_i]);
    ck_assert_int_le(e.attention_held_bits, capacity[_i]);
    if (strcmp(want[_i].where, "in SRAM") == 0)
        ck_assert(e.attention_held_bits == 2 * half && e.attention_dram_bits == 0);
    if (strcmp(want[_i].where, "in units") == 0)
        ck_assert(e.attention_held_bits >= least && e.attention_held_bits < 2 * half);
    if (_i == 3)                        /* one of them gives way to the other: it is stored, and loaded */
        ck_assert(e.attention_held_bits == half && e.attention_dram_bits >= LAYERS * 2.0 * (double)half);
    if (_i == 4)                        /* both do, and more */
        ck_assert(e.attention_held_bits == 0 && e.attention_dram_bits >= LAYERS * 4.0 * (double)half);
}
END_TEST

START_TEST(attention_of_gpus_and_of_none)
{
    struct fl_explained e;
    attention_of(&e, "a100", "machine.overlap=none", NULL);
    ck_assert_str_eq(e.attention, "in an engine's memory");
    const char *text = "fanlight-trace 2\nmodel t\ninput x\nlinear r x -> r m=4 k=8 n=6\nsoftmax s r -> s m=4 n=6\n"
                       "topk t s -> t m=4 k=2 n=6\n";
    struct fl_request ask = {.design = "free_space_1k", .trace_text = text};
    summary_of(&e, &ask);               /* a router's softmax is none */
    ck_assert_ptr_null(e.attention);
}
END_TEST

struct compared { struct fl_compared all; int seen; };

static void compared_hear(void *context, const struct fl_compared *row)
{
    struct compared *c = context;
    if (strcmp(row->operator_, "(all)") == 0) {
        c->all = *row;
        c->seen++;
        ck_assert_str_eq(row->attention, "in units");
        ck_assert_msg(row->bound_s <= row->time_s, "%g s, bound %g s", row->time_s, row->bound_s);
    } else {
        ck_assert_ptr_null(row->attention);
    }
}

/* A comparison tells what the plan of its run is, and no run beats its bound, side by side either. */
START_TEST(a_comparison_tells_attention)
{
    struct fl_explained e;
    const char *set[] = {"machine.overlap=block", "sram.capacity=1 MiB"};
    struct fl_request ask = {.design = "free_space_1k", .model = "gpt2", .set = set, .sets = 2,
                             .mapper = "weights_in_place", .work = {.context = TOKENS}};
    struct compared c = {.seen = 0};
    struct fl_err err = {0};
    summary_of(&e, &ask);
    ck_assert_msg(fanlight_compare(&ask, NULL, compared_hear, &c, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(c.seen, 1);
    ck_assert(c.all.attention_bytes == (double)e.attention_held_bits / 8);
    ck_assert(c.all.attention_dram_bytes == e.attention_dram_bits / 8);
    ck_assert(c.all.bound_s == e.bound_s);
}
END_TEST

Suite *test_explain_suite(void)
{
    Suite *suite = suite_create("explain");
    TCase *tcase = tcase_create("explain");
    tcase_add_test(tcase, tiles_and_loops_of_a_bench);
    tcase_add_loop_test(tcase, the_run_does_as_explained, 0, 4);
    tcase_add_test(tcase, files_and_objectives_count);
    tcase_add_test(tcase, a_cache_holds_what_its_window_sees);
    tcase_add_test(tcase, weights_in_place_name_their_cores);
    tcase_add_test(tcase, tensors_live_from_writer_to_last_reader);
    tcase_add_test(tcase, places_are_told);
    tcase_add_loop_test(tcase, attention_is_on_chip_or_not, 0, 5);
    tcase_add_test(tcase, attention_of_gpus_and_of_none);
    tcase_add_test(tcase, a_comparison_tells_attention);
    suite_add_tcase(suite, tcase);
    return suite;
}
