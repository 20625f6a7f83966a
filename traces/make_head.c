/* make_head.c - what comes after the layers. */
#include "traces/maker.h"

/* Logits over the vocabulary, by way of what a network has between its layers and them. */
static void make_logits(struct fl_maker *k, const char *stream)
{
    const struct fl_model *m = k->model;
    if (m->transform) {
        fl_make_linear(k, "head_transform", stream, k->head_rows, m->width, m->width);
        fl_make_rows(k, &fl_op_activation, m->activation->op, FL_READS("head_transform"), k->head_rows, m->width);
        stream = fl_make_norm(k, FL_NORM_FINAL, m->activation->op, k->head_rows);
    }
    if (m->embed_width != m->width) {
        fl_make_linear(k, "head_proj", stream, k->head_rows, m->width, m->embed_width);
        stream = "head_proj";
    }
    const char *weights = m->tied ? fl_maker_table : NULL;
    if (!m->tied && m->head_bits > 0) {
        weights = "logits.w";
        fl_trace_tensor_add(&k->build, &(struct fl_tensor){ .name = weights, .kind = FL_TENSOR_PARAMETER, .groups = 1,
                                                            .rows = m->embed_width, .width = m->vocab,
                                                            .bits = m->head_bits });
    }
    const struct fl_tensor_use reads[] = {
        { .tensor = fl_trace_tensor(&k->build, stream) },
        { .tensor = weights != NULL ? fl_trace_tensor(&k->build, weights) : 0, .transposed = m->tied } };
    fl_trace_op_put(&k->build, &(struct fl_op){ .type = &fl_op_linear, .name = "logits", .groups = 1, .share = 1,
                                                .m = k->head_rows, .k = m->embed_width, .n = m->vocab, .reads = reads,
                                                .operands = weights != NULL ? 2 : 1,
                                                .writes.tensor = fl_trace_tensor(&k->build, "logits") });
}

/* A token of no image attends to all tokens of each; behind it a norm and a feed-forward. Gives the name of the sum. */
static const char *make_probe(struct fl_maker *k, const char *stream)
{
    const struct fl_model *m = k->model;
    int64_t batch = k->trace->batch, groups = fl_maker_times(k, m->heads, batch);
    fl_make_linear(k, "probe_q", "probe", batch, m->width, m->width);
    fl_make_linear(k, "probe_kv", stream, k->rows, m->width, fl_maker_times(k, 2, m->width));
    fl_make_op(k, (struct fl_op){ .type = &fl_op_matmul, .name = "probe_scores", .groups = groups, .m = 1,
                                  .k = m->head_width, .n = k->tokens }, FL_READS("probe_q", "probe_kv"));
    fl_make_rows(k, &fl_op_softmax, "probe_softmax", FL_READS("probe_scores"), groups, k->tokens);
    fl_make_op(k, (struct fl_op){ .type = &fl_op_matmul, .name = "probe_context", .groups = groups, .m = 1,
                                  .k = k->tokens, .n = m->head_width, .sign = FL_NON_NEGATIVE },
               FL_READS("probe_softmax", "probe_kv"));
    fl_make_linear(k, "probe_out", "probe_context", batch, m->width, m->width);
    fl_make_rows(k, &fl_op_norm, "probe_norm", FL_READS("probe_out"), batch, m->width);
    fl_make_linear(k, "probe_ffn_up", "probe_norm", batch, m->width, m->ffn);
    fl_make_rows(k, &fl_op_activation, "probe_act", FL_READS("probe_ffn_up"), batch, m->ffn);
    fl_make_linear(k, "probe_ffn_down", "probe_act", batch, m->ffn, m->width);
    fl_make_rows(k, &fl_op_add, "probe_add", FL_READS("probe_out", "probe_ffn_down"), batch, m->width);
    return "probe_add";
}

void fl_make_head(struct fl_maker *k)
{
    static const char *const classifier[] = { "classifier", "classifier_distilled" };
    const struct fl_model *m = k->model;
    const char *stream = "x";
    fl_trace_block_open(&k->build, 1, -1);
    if (m->final_norm)
        stream = fl_make_norm(k, FL_NORM_FINAL, stream,
                              fl_maker_times(k, k->head_rows, m->classifiers > 1 ? m->classifiers : 1));
    if (m->pooler) {
        const char *function = m->family->pooler ? m->family->pooler : "tanh";
        fl_make_linear(k, "pooler", stream, k->head_rows, m->width, m->width);
        fl_make_rows(k, &fl_op_activation, function, FL_READS("pooler"), k->head_rows, m->width);
        stream = function;
    }
    if (m->probe)
        stream = make_probe(k, stream);
    if (m->projection > 0)
        fl_make_linear(k, "projection", stream, k->head_rows, m->width, m->projection);
    if (m->head == FL_HEAD_VOCABULARY)
        make_logits(k, stream);
    for (int64_t i = 0; m->head == FL_HEAD_LABELS && i < m->classifiers; i++)
        fl_make_linear(k, classifier[i], stream, k->head_rows, m->width, m->labels);
    fl_trace_block_close(&k->build);
}
