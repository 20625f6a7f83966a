/* train_others.c - what is no gradient that comes down: a second pass, and updates. */
#include <inttypes.h>
#include <string.h>

#include "traces/training.h"

/* ---- a second pass over a perturbed input ---- */

/* The difference that the perturbation makes to what a product writes is its gradient. */
static void second_one(struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    t->second = false;
    const struct fl_tensor_use first = fl_training_own(t, value, true);
    t->second = true;
    const struct fl_tensor_use reads[2] = { fl_training_own(t, value, false), first };
    struct fl_op op = { .type = &fl_op_add, .name = fl_training_text(t, "%s.diff", v->op->name), .m = v->rows,
                        .n = v->width };
    fl_training_back_op(t, value, fl_training_put(t, op, reads, 2, NULL), true);
}

static void second_block(struct fl_training *t, size_t block)
{
    fl_training_forward(t, block, t->second_from, false);
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++)
        if (i >= t->second_from && t->value[i].op != NULL && fl_op_has_weights(t->value[i].op))
            second_one(t, i);
}

/* Rows and width of what the layers begin with: of an input, those that its first reader takes. */
static void entry_size(const struct fl_training *t, int64_t *rows, int64_t *width)
{
    const struct fl_value *v = &t->value[t->entry_low];
    *rows = v->rows;
    *width = v->width;
    for (size_t i = 0; i < t->ops && v->op == NULL; i++) {
        const struct fl_value *reader = &t->value[i];
        if (reader->op == NULL || reader->op->operands == 0 || reader->read[0].before != t->entry_low)
            continue;
        *rows = reader->op->m;
        *width = fl_op_is_product(reader->op) ? reader->op->k : reader->op->n;
        return;
    }
}

static void perturb(struct fl_training *t)
{
    const struct fl_value *out = &t->value[fl_training_output(t)];
    int64_t rows, width;
    entry_size(t, &rows, &width);
    t->error = fl_training_name(t, fl_training_text(t, "d_%s", t->from->tensor[out->tensor].name));
    t->error_rows = out->rows;
    t->error_width = out->width;
    int64_t projected = fl_training_projected(t);
    if (rows % projected != 0) {
        t->failed = !fl_fail(t->err, "--rows", "the layers begin with %" PRId64 " rows, and %" PRId64 " rows of the "
                             "error are projected, which is no part of them; say --rows sequence", rows, projected);
        return;
    }
    const char *fed = fl_training_project(t, projected, width);
    fl_trace_block_open(&t->build, 1, -1);
    if (rows != projected)
        fed = fl_training_work(t, (struct fl_op){ .type = &fl_op_expand, .name = "spread", .m = rows, .n = width }, fed,
                               NULL);
    const struct fl_operand low = { FL_NONE, FL_NONE, t->entry_low };
    const struct fl_tensor_use reads[2] = { fl_training_use(t, &low, false), fl_training_tensor(t, fed) };
    t->perturbed = fl_training_put(t, (struct fl_op){ .type = &fl_op_add, .name = "perturb", .m = rows, .n = width },
                                   reads, 2, NULL);
    fl_trace_block_close(&t->build);
}

void fl_training_second(struct fl_training *t)
{
    perturb(t);
    t->second = true;
    for (size_t b = 0; b < t->from->blocks && !t->failed; b++)
        if (t->first[b + 1] > t->second_from)
            fl_training_block(t, b, false, second_block);
    t->second = false;
}

/* ---- updates ---- */

/* What Adam keeps of a value in mixed precision: itself in 32 bits, two moments in 16. Read and written, with its
 * gradient and its 16 bits, that is 20 bytes of traffic. */
enum { ADAM_BITS = 64 };

static void update_put(struct fl_training *t, int32_t parameter, int64_t groups, int64_t part)
{
    const struct fl_tensor *p = &t->from->tensor[parameter];
    const struct fl_op shape = { .type = &fl_op_matmul, .groups = groups, .m = p->rows, .n = p->width };
    struct fl_tensor_use reads[3] = { fl_training_tensor(t, fl_training_gradient_name(t, &shape, parameter, part)) };
    size_t operands = 1;
    if (strcmp(t->ask.optimizer, "adam") == 0 && t->method != FL_TRAIN_ELM) {
        const char *name = fl_training_text(t, "%s.adam", p->name);
        fl_trace_tensor_add(&t->build, &(struct fl_tensor){ .name = name, .kind = FL_TENSOR_STATE, .groups = p->groups,
                                                            .rows = p->rows, .width = p->width, .bits = ADAM_BITS,
                                                            .layered = p->layered });
        reads[operands++] = fl_training_tensor(t, name);
    }
    reads[operands++] = fl_training_tensor(t, p->name);
    struct fl_op op = { .type = &fl_op_update, .groups = groups, .m = p->rows, .n = p->width,
                        .name = part == 0 ? fl_training_text(t, "%s.update", p->name)
                                          : fl_training_text(t, "%s.update.%" PRId64, p->name, part + 1) };
    fl_training_put(t, op, reads, operands, p->name);
}

/* The parameters of a block that are trained: those that each layer has, or those that are one. */
static void update_block(struct fl_training *t, size_t block, bool layered, bool *done)
{
    memset(t->written, 0, t->from->tensors * sizeof *t->written);
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++) {
        const struct fl_op *op = t->value[i].op;
        if (op == NULL || op->type->stored != FL_TENSOR_PARAMETER || op->operands == 0)
            continue;
        int32_t parameter = op->reads[op->operands - 1].tensor;
        bool *mark = layered ? &t->written[parameter] : &done[parameter];
        if (!t->trained[parameter] || t->from->tensor[parameter].layered != layered || *mark)
            continue;
        *mark = true;
        for (size_t part = 0; part < fl_training_parts(t, i); part++)
            update_put(t, parameter, op[part].groups, (int64_t)part);
    }
}

void fl_training_updates(struct fl_training *t)
{
    bool *done = fl_arena_array(&t->trace->arena, t->from->tensors + 1, sizeof *done);
    for (size_t b = 0; b < t->from->blocks; b++)
        for (int layered = 0; layered < 2; layered++) {
            const struct fl_block *block = &t->from->block[b];
            fl_trace_block_open(&t->build, layered ? block->repeat : 1, layered ? block->layer : -1);
            update_block(t, b, layered == 1, done);
            fl_trace_block_close(&t->build);
        }
    for (size_t i = 0; i < t->from->tensors; i++)
        if (t->trained[i])
            t->build.tensor[fl_trace_tensor(&t->build, t->from->tensor[i].name)].tensor.trained = true;
}
