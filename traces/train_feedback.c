/* train_feedback.c - direct feedback alignment: the top error, projected, in place of what would come down.
 *
 * A point of feedback is a product with weights (dfa_layer) or the end of a block (dfa_block).
 * All points hang on the projection alone, so layers do not wait for one another. Tables of
 * tokens and positions before the layers hear of the first point's feedback, at the end of their
 * part of the network: it takes no more of it, and what one schedule trains all do.
 */
#include <inttypes.h>
#include <string.h>

#include "traces/training.h"

static bool is_product(const struct fl_op *op) { return fl_op_has_weights(op); }
static bool is_table(const struct fl_op *op) { return op->type->form == FL_LOOKUP; }

/* Has the part of the network that a value is in an operator of a kind? */
static bool part_has(const struct fl_training *t, size_t value, bool (*kind)(const struct fl_op *op))
{
    size_t block = t->value[value].block;
    for (size_t i = t->first[block]; i < t->first[block + 1]; i++) {
        const struct fl_op *op = t->value[i].op;
        size_t early = i < value ? i : value, late = i < value ? value : i;
        if (op != NULL && kind(op) && fl_training_same_part(t, early, late))
            return true;
    }
    return false;
}

/* Is a part fed at its end, and gone back through? So are those before the layers that have tables, beside a product or
 * alone. */
static bool by_block(const struct fl_training *t, size_t value)
{
    bool before = t->from->block[t->value[value].block].layer < 0;
    return t->method == FL_TRAIN_DFA_BLOCK || !part_has(t, value, is_product) ||
           (before && part_has(t, value, is_table));
}

/* Is a value a point of feedback? */
static bool is_point(const struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    if (v->op == NULL || v->head || !v->differs)
        return false;
    if (!by_block(t, value))
        return fl_op_has_weights(v->op);
    size_t end = value + fl_training_parts(t, value);
    return end == t->first[v->block + 1] || end == t->head || !fl_training_same_part(t, value, end);
}

bool fl_training_points(struct fl_training *t)
{
    bool independent = strcmp(t->ask.feedback, "independent") == 0;
    int64_t sum = 0, most = 0, all;
    for (size_t i = 0; i < t->ops; i++) {
        const struct fl_value *v = &t->value[i];
        if (!is_point(t, i) || !part_has(t, i, is_product))
            continue;
        most = fl_most(most, v->width);
        if (!fl_times(v->width, t->from->block[v->block].repeat, &all) || !fl_plus(sum, all, &sum))
            return fl_fail(t->err, t->where, "its points of feedback have more than 2^63 - 1 values; say "
                           "--feedback shared");
    }
    t->feedback_width = independent ? sum : most;
    return most > 0 || fl_fail(t->err, t->where, "no layer has weights below the head; there is nothing to feed back "
                               "to");
}

/* ---- the projection ---- */

/* Rows of the error that are projected. */
int64_t fl_training_projected(const struct fl_training *t)
{
    int64_t sequences = t->from->batch > 0 ? t->from->batch : 1;
    return strcmp(t->ask.rows, "sequence") == 0 ? fl_least(sequences, t->error_rows) : t->error_rows;
}

const char *fl_training_project(struct fl_training *t, int64_t rows, int64_t width)
{
    const char *error = t->error;
    t->made++;
    fl_trace_block_open(&t->build, 1, -1);
    if (rows < t->error_rows)
        error = fl_training_work(t, (struct fl_op){ .type = &fl_op_sum, .name = "error_sum", .m = rows,
                                                    .n = t->error_width, .k = fl_ceil_div(t->error_rows, rows) },
                                 error, NULL);
    error = fl_training_work(t, (struct fl_op){ .type = &fl_op_activation, .name = "encode", .m = rows,
                                                .n = t->error_width }, error, NULL);
    struct fl_op project = { .type = &fl_op_project, .name = "feedback", .m = rows, .k = t->error_width, .n = width,
                             .patterns = t->ask.patterns };
    project.placed = strcmp(t->ask.projector, "optical") == 0 ? 1 : strcmp(t->ask.projector, "digital") == 0 ? 2 : 0;
    const char *made = fl_training_work(t, project, error, NULL);
    fl_trace_block_close(&t->build);
    return made;
}

/* Each point's rows must be projected rows again and again. */
static bool rows_fit(struct fl_training *t, int64_t rows)
{
    for (size_t i = 0; i < t->ops; i++)
        if (is_point(t, i) && (t->value[i].rows % rows != 0))
            return fl_fail(t->err, "--rows", "%s has %" PRId64 " rows, and %" PRId64 " rows of the error are projected"
                           "; say --rows sequence", t->value[i].op->name, t->value[i].rows, rows);
    return true;
}

void fl_training_feedback(struct fl_training *t)
{
    int64_t rows = fl_training_projected(t);
    if (rows_fit(t, rows))
        t->feedback = fl_training_project(t, rows, t->feedback_width);
    else
        t->failed = true;
}

/* ---- points ---- */

/* The function that alone reads a value, in its block; NULL: none. Its slope is in the point's gradient. */
static const struct fl_op *function_of(const struct fl_training *t, size_t value)
{
    const struct fl_op *found = NULL;
    for (size_t i = value; i < t->first[t->value[value].block + 1]; i++)
        for (size_t r = 0; t->value[i].op != NULL && r < t->value[i].op->operands; r++)
            if (t->value[i].read[r].here == value && t->value[i].op != found) {
                if (found != NULL || t->value[i].op->type != &fl_op_activation)
                    return NULL;
                found = t->value[i].op;
            }
    return found;
}

void fl_training_point_wants(struct fl_training *t, size_t value)
{
    if (by_block(t, value))
        fl_training_wants(t, value, false);
    if (by_block(t, value) || !is_point(t, value))
        return;
    fl_training_wants(t, value, true);
    bool again = t->ask.recompute && t->from->block[t->value[value].block].layer >= 0;
    t->value[value].kept |= function_of(t, value) != NULL && !again;
}

/* What is fed back to a value, of the micro-batch at hand. */
static const char *delta(struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    struct fl_op op = { .type = &fl_op_expand, .name = fl_training_text(t, "%s.fed", v->op->name), .m = v->rows,
                        .n = v->width };
    const char *fed = fl_training_work(t, op, fl_training_name(t, "feedback"), NULL);
    if (by_block(t, value) || function_of(t, value) == NULL)
        return fed;
    const struct fl_tensor_use reads[2] = { fl_training_tensor(t, fed), fl_training_own(t, value, true) };
    op.type = &fl_op_activation_grad;
    op.name = fl_training_text(t, "%s.slope", v->op->name);
    return fl_training_put(t, op, reads, 2, NULL);
}

static void points_back(struct fl_training *t, size_t block)
{
    if (t->ask.recompute && t->from->block[block].layer >= 0)
        fl_training_forward(t, block, 0, true);
    for (size_t i = t->first[block + 1]; i-- > t->first[block];) {
        const struct fl_value *v = &t->value[i];
        const struct fl_operand own = { i, FL_NONE, FL_NONE };
        t->at = i;
        if (is_point(t, i) && by_block(t, i))
            fl_training_leave(t, &own, delta(t, i), v->size);
        else if (is_point(t, i))
            fl_training_back_op(t, i, delta(t, i), true);
        if (!by_block(t, i) || v->op == NULL || v->head)
            continue;
        const char *gradient = fl_training_gathered(t, i);
        if (gradient != NULL)
            fl_training_back_op(t, i, gradient, false);
    }
}

/* Blocks of the points, from the last to the first; one without any is left out. */
void fl_training_back_points(struct fl_training *t)
{
    for (size_t b = t->from->blocks; b-- > 0;) {
        bool any = false;
        for (size_t i = t->first[b]; i < t->first[b + 1]; i++)
            any |= is_point(t, i);
        if (any)
            fl_training_block(t, b, true, points_back);
    }
}
