/* test_trace.c - traces of the shipped models, and their text form. */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "traces/trace.h"

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
    return strncmp(model, "bert", 4) == 0 || strncmp(model, "vit", 3) == 0 || strncmp(model, "deit", 4) == 0;
}

static void assert_texts_equal(const char *a, const char *b)
{
    ck_assert_int_eq(a == NULL, b == NULL);
    if (a != NULL)
        ck_assert_str_eq(a, b);
}

static void assert_ops_equal(const struct fl_op *a, const struct fl_op *b)
{
    ck_assert_str_eq(a->name, b->name);
    ck_assert_str_eq(a->writes, b->writes);
    size_t r = 0;
    for (; a->reads[r] != NULL; r++)
        assert_texts_equal(a->reads[r], b->reads[r]);
    ck_assert_ptr_null(b->reads[r]);
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_int_eq(a->sign, b->sign);
    ck_assert_int_eq(a->mask, b->mask);
    ck_assert_int_eq(a->placed, b->placed);
    ck_assert_int_eq(a->kv, b->kv);
    ck_assert_int_eq(a->groups, b->groups);
    ck_assert_int_eq(a->m, b->m);
    ck_assert_int_eq(a->k, b->k);
    ck_assert_int_eq(a->n, b->n);
    ck_assert_int_eq(a->share, b->share);
    ck_assert_int_eq(a->past, b->past);
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
        ck_assert_uint_eq(a->block[i].ops, b->block[i].ops);
        for (size_t j = 0; j < a->block[i].ops; j++)
            assert_ops_equal(&a->block[i].op[j], &b->block[i].op[j]);
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

Suite *test_trace_suite(void)
{
    setenv("FL_MODELS", getenv("FL_MODELS") ? getenv("FL_MODELS") : FL_DATA_SOURCE "/traces/models", 1);
    Suite *suite = suite_create("trace");
    TCase *tcase = tcase_create("trace");
    tcase_add_test(tcase, every_model_comes_back_from_its_text);
    suite_add_tcase(suite, tcase);
    return suite;
}
