/* make.c - single operators of a model, by the tensors they read. */
#include <inttypes.h>

#include "traces/maker.h"

const char fl_maker_cache[] = "kv_cache", fl_maker_cross_cache[] = "cross_cache", fl_maker_table[] = "embed.w";

int64_t fl_maker_times(struct fl_maker *k, int64_t a, int64_t b)
{
    int64_t product;
    if (fl_times(a, b, &product))
        return product;
    k->overflow = true;
    return INT64_MAX;
}

int64_t fl_maker_plus(struct fl_maker *k, int64_t a, int64_t b)
{
    int64_t sum;
    if (fl_plus(a, b, &sum))
        return sum;
    k->overflow = true;
    return INT64_MAX;
}

const char *fl_maker_name(struct fl_maker *k, const char *name)
{
    return k->prefix == NULL ? name : fl_arena_format(&k->trace->arena, "%s%s", k->prefix, name);
}

/* A tensor under its name with the prefix, if there is one, else without. */
static const char *tensor_read(struct fl_maker *k, const char *name)
{
    const char *own = fl_maker_name(k, name);
    return fl_trace_tensor_find(&k->build, own) >= 0 ? own : name;
}

static void put(struct fl_maker *k, struct fl_op op, const char *const *reads, const char *writes)
{
    const char *found[FL_OPERANDS + 1] = { NULL };
    for (size_t i = 0; reads[i] != NULL; i++) {
        fl_assert(i < FL_OPERANDS);
        found[i] = tensor_read(k, reads[i]);
    }
    op.groups = op.groups ? op.groups : 1;
    op.share = op.share ? op.share : 1;
    op.name = fl_maker_name(k, op.name);
    fl_trace_op_add(&k->build, &op, found, writes != NULL ? writes : op.name);
}

void fl_make_op(struct fl_maker *k, struct fl_op op, const char *const *reads)
{
    put(k, op, reads, NULL);
}

void fl_make_append(struct fl_maker *k, const char *name, const char *read, const char *cache, int64_t m, int64_t n)
{
    put(k, (struct fl_op){ .type = &fl_op_kv_append, .name = name, .m = m, .n = n }, FL_READS(read), cache);
}

const char *fl_maker_weights(struct fl_maker *k, const struct fl_op *op)
{
    if (k->bits == 0 && k->group == 0)
        return NULL;
    const char *name = fl_arena_format(&k->trace->arena, "%s.w", fl_maker_name(k, op->name));
    if (k->group > 1)
        name = fl_arena_format(&k->trace->arena, "%s.group%" PRId64, name, k->group);
    fl_trace_tensor_add(&k->build, &(struct fl_tensor){ .name = name, .kind = FL_TENSOR_PARAMETER,
                                                        .layered = k->group == 0,
                                                        .groups = op->groups > 0 ? op->groups : 1, .rows = op->k,
                                                        .width = op->n, .bits = k->bits });
    return name;
}

void fl_make_linear(struct fl_maker *k, const char *name, const char *read, int64_t m, int64_t inputs,
                    int64_t outputs)
{
    const struct fl_op op = { .type = &fl_op_linear, .name = name, .m = m, .k = inputs, .n = outputs };
    fl_make_op(k, op, FL_READS(read, fl_maker_weights(k, &op)));
}

void fl_make_grouped(struct fl_maker *k, const char *name, const char *read, int64_t groups, int64_t inputs,
                     int64_t outputs)
{
    const struct fl_op op = { .type = &fl_op_linear, .name = name, .groups = groups, .m = k->rows, .k = inputs,
                              .n = outputs };
    fl_make_op(k, op, FL_READS(read, fl_maker_weights(k, &op)));
}

void fl_make_lookup(struct fl_maker *k, const char *name, const char *read, int64_t m, int64_t rows, int64_t width)
{
    fl_make_op(k, (struct fl_op){ .type = &fl_op_embed, .name = name, .m = m, .k = rows, .n = width }, FL_READS(read));
}

void fl_make_rows(struct fl_maker *k, const struct fl_op_type *type, const char *name, const char *const *reads,
                  int64_t m, int64_t n)
{
    fl_make_op(k, (struct fl_op){ .type = type, .name = name, .m = m, .n = n }, reads);
}

const char *fl_make_norm(struct fl_maker *k, enum fl_norm which, const char *read, int64_t m)
{
    static const char *const layer[] = { "ln_embed", "ln1", "ln1_after", "ln_cross", "ln2", "ln2_after", "ln_f" };
    static const char *const rms[] = { "rms_embed", "rms1", "rms1_after", "rms_cross", "rms2", "rms2_after", "rms_f" };
    const char *name = k->model->family->rms ? rms[which] : layer[which];
    int64_t width = which == FL_NORM_EMBED ? k->model->embed_width : k->model->width;
    fl_make_rows(k, &fl_op_norm, name, FL_READS(read), m, width);
    return name;
}

void fl_maker_close_stream(struct fl_maker *k)
{
    k->build.op[k->build.ops - 1].writes.tensor = fl_trace_tensor(&k->build, fl_maker_name(k, "x"));
}
