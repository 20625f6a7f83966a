/* train_op.c - back through one operator: what it needs of the way forth, and what it leaves of its operands.
 *
 * Of out = in x weight the gradient of the input is gradient x weight transposed, that of
 * the weights is input transposed x gradient, and so for products of activations. Under a
 * causal mask the gradient of what is loaded has a mask, too: position i hears of tokens
 * from i on, and with both counted from their ends that is a causal mask again.
 */
#include <string.h>

#include "traces/training.h"

/* ---- what is kept ---- */

/* Kept are values that another block reads on the way back; those that are made again there are not. */
static void keep_value(struct fl_training *t, size_t value, bool here)
{
    if (value == FL_NONE || value >= t->ops)
        return;
    bool made_again = t->ask.recompute && here && t->from->block[t->value[value].block].layer >= 0;
    t->value[value].kept |= !made_again;
}

static void keep(struct fl_training *t, const struct fl_operand *o)
{
    keep_value(t, o->here, true);
    keep_value(t, o->carried, false);
    keep_value(t, o->before, false);
}

void fl_training_wants(struct fl_training *t, size_t value, bool weights_only)
{
    const struct fl_value *v = &t->value[value];
    const struct fl_op *op = v->op;
    if (fl_op_is_product(op)) {
        keep(t, &v->read[0]);
        for (size_t r = 1; r < op->operands && !fl_op_has_weights(op); r++)
            keep(t, &v->read[r]);
    }
    if (weights_only)
        return;
    bool own = op->type == &fl_op_softmax || op->type == &fl_op_norm;
    if (own)
        keep_value(t, value, true);
    for (size_t r = 0; r < op->operands && (op->type == &fl_op_activation || op->type == &fl_op_aggregate); r++)
        keep(t, &v->read[r]);
}

/* ---- what is left ---- */

static int64_t times(int64_t a, int64_t b)
{
    int64_t product;
    return fl_times(a, b, &product) ? product : INT64_MAX;
}

/* What an operand's gradient is good for: nobody trains what comes from outside. */
static bool differs(const struct fl_training *t, const struct fl_operand *o)
{
    return fl_operand_is(o) && t->value[fl_training_meant(t, o)].differs && !fl_training_cut(t, o);
}

static const char *suffixed(struct fl_training *t, const struct fl_op *op, const char *suffix)
{
    return fl_training_text(t, "%s.%s", op->name, suffix);
}

/* ---- products with weights ---- */

static void back_input(struct fl_training *t, size_t value, const char *gradient)
{
    const struct fl_value *v = &t->value[value];
    int64_t size = 0;
    const char *writes = NULL;
    for (size_t part = 0; part < fl_training_parts(t, value); part++) {
        struct fl_op op = v->op[part];
        struct fl_tensor_use reads[2] = { fl_training_tensor(t, gradient), op.reads[op.operands - 1] };
        reads[1] = fl_training_tensor(t, t->from->tensor[reads[1].tensor].name);
        reads[1].transposed = !op.reads[op.operands - 1].transposed;
        op.type = &fl_op_linear;
        op.name = fl_training_text(t, "%s.dx%s", v->op->name, op.name + strlen(v->op->name));
        op.k = v->op[part].n;
        op.n = v->op[part].k;
        op.sign = FL_SIGNED;
        writes = fl_training_put(t, op, reads, 2, writes);
        if (!fl_plus(size, times(times(op.groups, op.m), op.n), &size))
            size = INT64_MAX;
    }
    const struct fl_value *in = &t->value[fl_training_meant(t, &v->read[0])];
    if (v->op->type == &fl_op_conv && in->size > 0) {           /* windows that overlap */
        int64_t each = fl_ceil_div(size, in->size);
        writes = fl_training_work(t, (struct fl_op){ .type = &fl_op_sum, .name = suffixed(t, v->op, "fold"),
                                                     .m = in->rows, .n = in->width, .k = fl_most(each, 1) }, writes,
                                  NULL);
        size = in->size;
    }
    fl_training_leave(t, &v->read[0], writes, size);
}

/* The rows that a product streamed, where those of its operand are fewer: each as often as it took them. */
static struct fl_tensor_use streamed(struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    struct fl_tensor_use in = fl_training_use(t, &v->read[0], true);
    int64_t rows = fl_training_rows(t, value), have = t->value[fl_training_meant(t, &v->read[0])].size;
    bool groups_have_parts = v->op->groups > 1 && fl_training_parts(t, value) == 1;
    if (have == 0 || times(rows, v->op->k) <= have || (groups_have_parts && v->op->type == &fl_op_conv))
        return in;
    struct fl_op op = { .type = &fl_op_expand, .name = suffixed(t, v->op, "rows"), .m = rows, .n = v->op->k };
    return fl_training_tensor(t, fl_training_put(t, op, &in, 1, NULL));
}

static void back_weights(struct fl_training *t, size_t value, const char *gradient)
{
    const struct fl_value *v = &t->value[value];
    const struct fl_tensor_use weights = v->op->reads[v->op->operands - 1];
    struct fl_tensor_use reads[2] = { streamed(t, value), fl_training_tensor(t, gradient) };
    for (size_t part = 0; part < fl_training_parts(t, value); part++) {
        const struct fl_op *own = &v->op[part];
        struct fl_op op = { .type = &fl_op_matmul, .groups = own->groups, .m = own->k, .k = own->m, .n = own->n };
        op.name = fl_training_text(t, "%s.dw%s", v->op->name, own->name + strlen(v->op->name));
        struct fl_tensor_use both[2] = { reads[0], reads[1] };
        both[0].transposed = true;
        if (weights.transposed) {       /* the parameter lies the other way round */
            op.m = own->n;
            op.n = own->k;
            both[0] = reads[1];
            both[0].transposed = true;
            both[1] = reads[0];
        }
        fl_training_gradient(t, op, both, weights.tensor, (int64_t)part);
    }
}

/* ---- products of activations ---- */

/* Sums over the queries that shared what was loaded. */
static const char *shared_sum(struct fl_training *t, const struct fl_op *op, const char *made)
{
    int64_t rows = times(op->groups, op->mask == FL_CAUSAL_OUT ? op->n : op->k);
    int64_t width = op->mask == FL_CAUSAL_OUT ? op->k : op->n;
    return fl_training_work(t, (struct fl_op){ .type = &fl_op_sum, .name = suffixed(t, op, "share"), .m = rows,
                                               .n = width, .k = op->share }, made, NULL);
}

/* Of the `inputs` of what a product loaded that `read` has: all, its groups' own, or those that they share. */
static void back_loaded(struct fl_training *t, const struct fl_value *v, size_t read, int64_t inputs,
                        const char *gradient)
{
    const struct fl_op *op = v->op;
    bool shared = fl_op_is_beside(op, read);
    struct fl_op part = *op, made = { .type = &fl_op_matmul, .groups = op->groups, .m = inputs, .k = op->m,
                                      .n = op->n };
    struct fl_tensor_use reads[2] = { fl_training_use(t, &v->read[0], true), fl_training_tensor(t, gradient) };
    int64_t tokens = op->m / op->share, positions = op->mask == FL_CAUSAL_OUT ? op->n : op->k;
    bool masked = op->mask != FL_DENSE && op->band.past == 0 && tokens == positions;
    reads[0].transposed = true;
    if (masked) {
        made.groups = times(op->groups, op->share);
        made.m = positions;
        made.k = tokens;
        made.mask = FL_CAUSAL_IN;
        made.band = op->band;
        made.n = op->mask == FL_CAUSAL_OUT ? inputs : op->n;
    }
    if (masked && op->mask == FL_CAUSAL_OUT) {
        struct fl_tensor_use first = reads[1];
        reads[1] = reads[0];
        reads[1].transposed = false;
        reads[0] = first;
        reads[0].transposed = true;
    }
    if (op->mask != FL_CAUSAL_IN)
        part.k = inputs;
    part.name = made.name = suffixed(t, op, shared ? "db_shared" : "db");
    const char *name = fl_training_put(t, made, reads, 2, NULL);
    int64_t size = times(times(op->groups, part.k), op->n), have = t->value[fl_training_meant(t, &v->read[read])].size;
    if (masked && op->share > 1)
        name = shared_sum(t, &part, name);
    if (shared && have > 0 && have < size) {
        struct fl_op all = { .type = &fl_op_sum, .name = suffixed(t, &part, "all"), .m = have / inputs, .n = inputs,
                             .k = size / have };
        name = fl_training_work(t, all, name, NULL);
        size = have;
    }
    fl_training_leave(t, &v->read[read], name, size);
}

static void back_product(struct fl_training *t, size_t value, const char *gradient)
{
    const struct fl_value *v = &t->value[value];
    struct fl_op op = *v->op;
    size_t last = op.operands - 1;
    int64_t shared = last > 1 ? t->value[fl_training_meant(t, &v->read[1])].width : 0;
    op.name = suffixed(t, v->op, "da");
    op.k = v->op->n;
    op.n = v->op->k;
    op.sign = FL_SIGNED;
    op.mask = v->op->mask == FL_CAUSAL_OUT ? FL_CAUSAL_IN : v->op->mask == FL_CAUSAL_IN ? FL_CAUSAL_OUT : FL_DENSE;
    if (differs(t, &v->read[0])) {
        struct fl_tensor_use reads[3] = { fl_training_tensor(t, gradient) };
        for (size_t r = 1; r <= last; r++) {
            reads[r] = fl_training_use(t, &v->read[r], true);
            reads[r].transposed = true;
        }
        fl_training_leave(t, &v->read[0], fl_training_put(t, op, reads, last + 1, NULL),
                          times(times(op.groups, op.m), op.n));
    }
    if (differs(t, &v->read[last]))
        back_loaded(t, v, last, v->op->k - shared, gradient);
    if (last > 1 && differs(t, &v->read[1]))
        back_loaded(t, v, 1, shared, gradient);
}

/* ---- digital work ---- */

/* What an activation leaves: of one operand, of a gate and its values in one tensor, or of two tensors. */
static void back_activation(struct fl_training *t, size_t value, const char *gradient)
{
    const struct fl_value *v = &t->value[value];
    const struct fl_op *op = v->op;
    bool gate = op->operands > 1, one = !gate || op->reads[0].tensor == op->reads[1].tensor;
    struct fl_tensor_use reads[3] = { fl_training_tensor(t, gradient) };
    struct fl_op made = { .type = &fl_op_activation_grad, .name = suffixed(t, op, "d"), .m = op->m, .n = op->n };
    for (size_t r = 0; r < op->operands; r++)
        reads[r + 1] = fl_training_use(t, &v->read[r], true);
    if (one) {
        made.n = gate ? times(2, op->n) : op->n;
        fl_training_leave(t, &v->read[0], fl_training_put(t, made, reads, op->operands + 1, NULL),
                          times(made.m, made.n));
        return;
    }
    struct fl_op product = { .type = &fl_op_activation, .name = suffixed(t, op, "d_up"), .m = op->m, .n = op->n };
    const struct fl_tensor_use up[2] = { reads[1], reads[0] }, through[2] = { reads[2], reads[0] };
    if (differs(t, &v->read[1]))
        fl_training_leave(t, &v->read[1], fl_training_put(t, product, up, 2, NULL), times(op->m, op->n));
    product.name = suffixed(t, op, "d_out");
    const struct fl_tensor_use gated[2] = { fl_training_tensor(t, fl_training_put(t, product, through, 2, NULL)),
                                            reads[1] };
    fl_training_leave(t, &v->read[0], fl_training_put(t, made, gated, 2, NULL), times(op->m, op->n));
}

/* Rows that were added up get the sum's gradient each; the weights, how much of it lies along their row. */
static void back_aggregate(struct fl_training *t, size_t value, const char *gradient)
{
    const struct fl_value *v = &t->value[value];
    const struct fl_op *op = v->op;
    const struct fl_value *in = &t->value[fl_training_meant(t, &v->read[0])];
    int64_t rows = times(op->m, op->k);
    bool graph = in->size > 0 && in->rows < rows;       /* rows stand in several sums */
    if (graph) {
        const struct fl_tensor_use reads[2] = { fl_training_tensor(t, gradient),
                                                fl_training_use(t, &v->read[1], true) };
        struct fl_op made = { .type = &fl_op_aggregate, .name = suffixed(t, op, "d"), .m = in->rows,
                              .k = fl_ceil_div(rows, in->rows), .n = op->n };
        fl_training_leave(t, &v->read[0], fl_training_put(t, made, reads, 2, NULL), times(in->rows, op->n));
        return;
    }
    const char *each = fl_training_work(t, (struct fl_op){ .type = &fl_op_expand, .name = suffixed(t, op, "d"),
                                                           .m = rows, .n = op->n }, gradient, NULL);
    fl_training_leave(t, &v->read[0], each, times(rows, op->n));
    if (!differs(t, &v->read[1]))
        return;
    const struct fl_tensor_use reads[2] = { fl_training_use(t, &v->read[0], true), fl_training_tensor(t, each) };
    struct fl_op made = { .type = &fl_op_sum, .name = suffixed(t, op, "d_weights"), .m = rows, .n = 1, .k = op->n };
    fl_training_leave(t, &v->read[1], fl_training_put(t, made, reads, 2, NULL), rows);
}

static void back_lookup(struct fl_training *t, const struct fl_value *v, const char *gradient)
{
    const struct fl_tensor_use reads[2] = { fl_training_tensor(t, gradient) };
    struct fl_op op = { .type = &fl_op_scatter, .name = suffixed(t, v->op, "dw"), .m = v->op->m, .k = v->op->k,
                        .n = v->op->n };
    fl_training_gradient(t, op, reads, v->op->reads[v->op->operands - 1].tensor, 0);
}

/* Work on rows by one operator of its own, whose gradient is another. */
static void back_rows(struct fl_training *t, size_t value, const char *gradient)
{
    const struct fl_value *v = &t->value[value];
    struct fl_op made = *v->op;
    struct fl_tensor_use reads[2] = { fl_training_tensor(t, gradient) };
    bool own = made.type == &fl_op_softmax || made.type == &fl_op_norm;
    made.name = suffixed(t, v->op, "d");
    if (own)
        reads[1] = fl_training_own(t, value, true);
    made.type = made.type == &fl_op_softmax ? &fl_op_softmax_grad : own ? &fl_op_norm_grad : made.type;
    fl_training_leave(t, &v->read[0], fl_training_put(t, made, reads, own ? 2 : 1, NULL), v->size);
}

void fl_training_back_op(struct fl_training *t, size_t value, const char *gradient, bool weights_only)
{
    const struct fl_value *v = &t->value[value];
    const struct fl_op *op = v->op;
    if (fl_op_has_weights(op)) {
        back_weights(t, value, gradient);
        if (!weights_only && differs(t, &v->read[0]))
            back_input(t, value, gradient);
    } else if (fl_op_is_product(op)) {
        back_product(t, value, gradient);
    } else if (op->type->form == FL_LOOKUP) {
        back_lookup(t, v, gradient);
    } else if (op->type == &fl_op_add) {
        for (size_t r = 0; r < op->operands; r++)
            if (differs(t, &v->read[r]))
                fl_training_leave(t, &v->read[r], gradient, v->size);
    } else if (op->type == &fl_op_topk) {
        fl_training_leave(t, &v->read[0], gradient, v->size);
    } else if (op->type == &fl_op_activation && differs(t, &v->read[0])) {
        back_activation(t, value, gradient);
    } else if (op->type == &fl_op_aggregate && differs(t, &v->read[0])) {
        back_aggregate(t, value, gradient);
    } else if (differs(t, &v->read[0])) {
        back_rows(t, value, gradient);
    }
}
