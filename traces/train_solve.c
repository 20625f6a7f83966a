/* train_solve.c - a readout that is solved for by least squares. */
#include "traces/training.h"

/* A product of features that micro-batches add up. */
static void moment_put(struct fl_training *t, const char *name, struct fl_tensor_use second, int64_t n)
{
    const struct fl_value *v = &t->value[t->readout];
    struct fl_op op = { .type = &fl_op_matmul, .name = name, .m = v->op->k, .k = fl_training_rows(t, t->readout),
                        .n = n };
    struct fl_tensor_use reads[2] = { fl_training_use(t, &v->read[0], false), second };
    reads[0].transposed = true;
    if (t->micro == 0) {
        fl_training_put(t, op, reads, 2, name);
        return;
    }
    op.name = fl_training_text(t, "%s.part", name);
    const char *part = fl_training_put(t, op, reads, 2, NULL);
    const struct fl_tensor_use both[2] = { fl_training_tensor(t, part), fl_training_tensor(t, name) };
    fl_training_put(t, (struct fl_op){ .type = &fl_op_add, .name = fl_training_text(t, "%s.sum", name), .m = op.m,
                                       .n = n }, both, 2, name);
}

void fl_training_moments(struct fl_training *t)
{
    const struct fl_value *v = &t->value[t->readout];
    moment_put(t, "moments", fl_training_use(t, &v->read[0], false), v->op->k);
    moment_put(t, "sides", fl_training_tensor(t, "targets"), v->op->n);
}

void fl_training_solve(struct fl_training *t)
{
    const struct fl_op *op = t->value[t->readout].op;
    int32_t parameter = op->reads[op->operands - 1].tensor;
    const struct fl_tensor *p = &t->from->tensor[parameter];
    const struct fl_op shape = { .type = &fl_op_matmul, .groups = 1, .m = p->rows, .n = p->width };
    double each = (double)op->k * ((double)op->k / (3.0 * (double)op->n) + 1);
    fl_trace_block_open(&t->build, 1, -1);
    const struct fl_tensor_use reads[2] = { fl_training_tensor(t, "moments"), fl_training_tensor(t, "sides") };
    fl_training_put(t, (struct fl_op){ .type = &fl_op_solve, .name = "solve", .m = op->k, .n = op->n,
                                       .k = fl_whole(each + 1, 1, INT64_MAX) }, reads, 2,
                    fl_training_gradient_name(t, &shape, parameter, 0));
    fl_trace_block_close(&t->build);
    t->trained[parameter] = true;
}
