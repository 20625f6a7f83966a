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
    if (m->head == FL_HEAD_VOCABULARY)
        make_logits(k, stream);
    for (int64_t i = 0; m->head == FL_HEAD_LABELS && i < m->classifiers; i++)
        fl_make_linear(k, classifier[i], stream, k->head_rows, m->width, m->labels);
    fl_trace_block_close(&k->build);
}
