/* uses.c - whether tensors are used as what they are: kinds, declared sizes, transposition. */
#include <inttypes.h>

#include "traces/build.h"

struct uses {
    const struct fl_trace_builder *build;
    const char *where;
    struct fl_err *err;
    struct fl_arena scratch;
    bool good, sizes;
    bool *used;                         /* of each tensor */
};

static const struct fl_tensor *tensor_of(const struct uses *u, const struct fl_tensor_use *use)
{
    return &u->build->tensor[use->tensor].tensor;
}

static const char *place(struct uses *u, const struct fl_op *op)
{
    u->good = false;
    return fl_op_where(&u->scratch, u->where, op);
}

static void check_read(struct uses *u, const struct fl_op *op, size_t which)
{
    const struct fl_tensor *t = tensor_of(u, &op->reads[which]);
    bool last = which + 1 == op->operands, product = fl_op_is_product(op);
    if (t->kind == FL_TENSOR_PARAMETER && !(last && op->type->stored == FL_TENSOR_PARAMETER))
        fl_fail(u->err, place(u, op), "reads the parameter \"%s\", and %s has none; products with weights are linear",
                t->name, op->type->name);
    if (t->kind == FL_TENSOR_CACHE && !(last && product && op->type->stored != FL_TENSOR_PARAMETER))
        fl_fail(u->err, place(u, op), "reads the cache \"%s\"; only a matmul does, as its second operand", t->name);
    if (t->kind == FL_TENSOR_STATE && (op->type->form != FL_UPDATE || which != 1 || last))
        fl_fail(u->err, place(u, op), "reads the state \"%s\"; only an update does, between gradient and parameter",
                t->name);
    if (op->reads[which].transposed && !product)
        fl_fail(u->err, place(u, op), "reads \"%s\" transposed; only products do", t->name);
}

static void check_written(struct uses *u, const struct fl_op *op)
{
    const struct fl_tensor *t = tensor_of(u, &op->writes);
    if (op->type->form == FL_APPEND && t->kind != FL_TENSOR_CACHE)
        fl_fail(u->err, place(u, op), "appends to \"%s\", which is no cache; declare it: tensor %s cache", t->name,
                t->name);
    bool update = op->type->form == FL_UPDATE;
    if (update && (op->operands < 2 || op->reads[op->operands - 1].tensor != op->writes.tensor ||
                   t->kind != FL_TENSOR_PARAMETER || !t->trained))
        fl_fail(u->err, place(u, op), "updates \"%s\"; what an update reads last and writes is one parameter, declared "
                "trained=yes", t->name);
    if (t->kind == FL_TENSOR_PARAMETER && !update)
        fl_fail(u->err, place(u, op), "writes the parameter \"%s\"; only its update does: write a gradient, and "
                "declare the parameter trained=yes", t->name);
    if (t->kind == FL_TENSOR_STATE)
        fl_fail(u->err, place(u, op), "writes the state \"%s\"; updates that read it do so by themselves", t->name);
    if (op->type->form != FL_APPEND && t->kind == FL_TENSOR_CACHE)
        fl_fail(u->err, place(u, op), "writes the cache \"%s\"; only kv_append does", t->name);
}

/* "4 x 6", of several groups "3 x 4 x 6". */
static const char *sizes_text(struct uses *u, bool several, int64_t groups, int64_t rows, int64_t width)
{
    return several ? fl_arena_format(&u->scratch, "%" PRId64 " x %" PRId64 " x %" PRId64, groups, rows, width)
                   : fl_arena_format(&u->scratch, "%" PRId64 " x %" PRId64, rows, width);
}

/* An update works on its parameter, or on a part of it, and on what is kept of all of it. */
static void check_update(struct uses *u, const struct fl_op *op)
{
    const struct fl_tensor *t = tensor_of(u, &op->writes);
    int64_t wanted = op->groups * op->m * op->n, all, kept;
    for (size_t i = 1; i < op->operands && fl_tensor_values(t, &all); i++) {
        const struct fl_tensor *beside = tensor_of(u, &op->reads[i]);
        if (beside->rows > 0 && fl_tensor_values(beside, &kept) && kept != all)
            fl_fail(u->err, place(u, op), "\"%s\" has %" PRId64 " values, but \"%s\" %" PRId64 "; make them equal",
                    beside->name, kept, t->name, all);
        if (wanted > all && i + 1 == op->operands)
            fl_fail(u->err, place(u, op), "updates %" PRId64 " values of \"%s\", which has %" PRId64
                    "; check the sizes of both", wanted, t->name, all);
    }
}

/* A parameter has the sizes of the operator that reads it, or those turned round. */
static void check_parameter(struct uses *u, const struct fl_op *op)
{
    const struct fl_tensor_use *use = &op->reads[op->operands - 1];
    const struct fl_tensor *t = tensor_of(u, use);
    int64_t rows = use->transposed ? t->width : t->rows, width = use->transposed ? t->rows : t->width;
    bool turned = op->k == width && op->n == rows && fl_op_is_product(op);
    bool part = op->first > 0 || op->more || op->groups < t->groups;
    if (op->operands > 2 && t->groups == 1 && op->type->form == FL_PRODUCT)
        fl_fail(u->err, place(u, op), "reads \"%s\" beside its rows, but \"%s\" has one group; what tells which rows "
                "go to which group is read where there are several", u->build->tensor[op->reads[1].tensor].tensor.name,
                t->name);
    bool groups = part ? op->first <= t->groups - op->groups && fl_op_is_product(op) : op->groups == t->groups;
    if (t->kind != FL_TENSOR_PARAMETER || (op->k == rows && op->n == width && groups))
        return;
    const char *name = use->transposed ? fl_arena_format(&u->scratch, "%s=transposed", t->name) : t->name;
    const char *remedy = turned && use->transposed ? "read it as it is"
                         : turned                  ? "read it transposed"
                                                   : "make them equal";
    bool several = op->groups > 1 || t->groups > 1;
    const char *wanted = sizes_text(u, several, op->first + op->groups, op->k, op->n);
    const char *have = sizes_text(u, several, t->groups, rows, width);
    fl_fail(u->err, place(u, op), "%sk x n is %s, but \"%s\" is %s; %s", several ? "groups x " : "", wanted, name, have,
            remedy);
}

/* A cache of a given size holds what is read of it, and what is appended at once. */
static void check_cache(struct uses *u, const struct fl_op *op, const struct fl_tensor *t)
{
    int64_t rows = op->type->form == FL_APPEND ? op->m : op->k, all, wanted;
    if (t->kind != FL_TENSOR_CACHE || t->rows == 0 || !fl_times(rows, op->n, &wanted) ||
        !fl_times(wanted, op->groups, &wanted))
        return;
    if (fl_tensor_values(t, &all) && wanted > all)
        fl_fail(u->err, place(u, op), "%s %" PRId64 " values of \"%s\", which has %" PRId64
                "; check the sizes of both", op->type->form == FL_APPEND ? "appends" : "reads", wanted, t->name, all);
}

static void check_op(struct uses *u, const struct fl_op *op)
{
    fl_arena_free(&u->scratch);
    for (size_t i = 0; i < op->operands; i++) {
        u->used[op->reads[i].tensor] = true;
        check_read(u, op, i);
    }
    u->used[op->writes.tensor] = true;
    check_written(u, op);
    if (!u->sizes)
        return;
    if (op->type->form == FL_UPDATE)
        check_update(u, op);
    else if (op->operands > 0 && op->type->stored == FL_TENSOR_PARAMETER)
        check_parameter(u, op);
    if (op->type->form == FL_APPEND)
        check_cache(u, op, tensor_of(u, &op->writes));
    else if (op->operands > 0 && fl_op_is_product(op))
        check_cache(u, op, tensor_of(u, &op->reads[op->operands - 1]));
}

bool fl_trace_uses(const struct fl_trace_builder *b, bool sizes, const char *where, struct fl_err *err)
{
    struct uses u = { .build = b, .where = where, .err = err, .good = true, .sizes = sizes };
    u.used = fl_calloc(b->tensors + 1, sizeof *u.used);
    for (size_t i = 0; i < b->blocks; i++)
        for (size_t j = 0; j < b->block[i].ops; j++)
            check_op(&u, &b->block[i].op[j]);
    for (size_t i = 0; i < b->tensors; i++) {
        const struct fl_tensor *t = &b->tensor[i].tensor;
        if (sizes && t->line > 0 && !u.used[i])
            u.good = fl_fail(err, fl_arena_format(&u.scratch, "%s:%d", where, t->line),
                             "%s: no operator reads or writes it; drop the line", t->name);
    }
    fl_free(u.used);
    fl_arena_free(&u.scratch);
    return u.good;
}
