/* infer.c - tensors that no line declares: weights and tables of an operator's own, and what form 1 says.
 *
 * A product with weights, or a look-up, that names no parameter has one of its own, called
 * after it: ffn_up.w. Operators of one name and size have the same one wherever they
 * stand (every decode step does), layer by layer; those of blocks that are of no layer
 * share with blocks that are repeated as often.
 *
 * Form 1 says with an operator what form 2 says with a tensor: that a product's second
 * operand is the cache (kv), that weights are a table transposed (tied).
 */
#include <inttypes.h>
#include <string.h>

#include "traces/build.h"

enum { COMPUTED = 1, READ = 2, APART = 4 };     /* used as an activation; its cache is another tensor */
struct infer {
    struct fl_trace_builder *build;
    unsigned char *use;                 /* of each tensor named, a set of those */
    const char *where;
    struct fl_err *err;
    struct fl_arena scratch;
    bool good;
};

/* Calls `each` for every operator, with what form 1 says of it. */
static void walk(struct infer *f, void (*each)(struct infer *, size_t block, struct fl_op *, unsigned said))
{
    size_t next = 0;
    for (size_t b = 0; b < f->build->blocks; b++) {
        for (size_t i = 0; i < f->build->block[b].ops; i++, next++)
            each(f, b, &f->build->block[b].op[i], f->build->said[next]);
        fl_arena_free(&f->scratch);
    }
}

static struct fl_tensor *tensor_at(const struct infer *f, const struct fl_tensor_use *operand)
{
    return &f->build->tensor[operand->tensor].tensor;
}

static void add_operand(struct infer *f, struct fl_op *op, struct fl_tensor_use operand)
{
    struct fl_tensor_use *reads = fl_arena_array(&f->build->trace->arena, op->operands + 1, sizeof *reads);
    if (op->operands > 0)
        memcpy(reads, op->reads, op->operands * sizeof *reads);
    reads[op->operands++] = operand;
    op->reads = reads;
}

/* ---- caches of form 1 ---- */

/* Notes what is used as anything but a cache. */
static void mark_uses(struct infer *f, size_t block, struct fl_op *op, unsigned said)
{
    (void)block;
    for (size_t i = 0; i < op->operands; i++)
        if (!(said & FL_KEY(KV)) || i + 1 < op->operands)
            f->use[op->reads[i].tensor] |= READ;
    if (op->type->form != FL_APPEND)
        f->use[op->writes.tensor] |= COMPUTED;
}

/* The operand is a cache: the tensor of its name, unless that is an activation for others. */
static void make_cache(struct infer *f, const struct fl_block *block, struct fl_tensor_use *operand)
{
    const struct fl_tensor_made *made = &f->build->tensor[operand->tensor];
    if (made->given)
        return;
    if (f->use[operand->tensor] != 0) {
        const char *name = fl_arena_format(&f->scratch, "%s.cache", made->tensor.name);
        int32_t at = fl_trace_tensor_find(f->build, name);
        f->use[operand->tensor] |= APART;
        if (at < 0 || f->build->tensor[at].tensor.kind != FL_TENSOR_CACHE)
            at = fl_trace_tensor_new(f->build, name, &(struct fl_tensor){ .kind = FL_TENSOR_CACHE, .input = true });
        operand->tensor = at;
    }
    struct fl_tensor *t = tensor_at(f, operand);
    t->kind = FL_TENSOR_CACHE;
    t->layered |= block->layer >= 0 || block->repeat > 1;
}

static void make_caches(struct infer *f, size_t block, struct fl_op *op, unsigned said)
{
    const struct fl_block *in = &f->build->block[block];
    if (op->type->form == FL_APPEND && f->build->form_1)
        make_cache(f, in, &op->writes);
    if (!(said & FL_KEY(KV)) || op->operands == 0)
        return;
    struct fl_tensor_use cache = op->reads[op->operands - 1];
    make_cache(f, in, &cache);
    op->operands--;
    add_operand(f, op, cache);
}

/* ---- weights and tables ---- */

static bool names_parameter(const struct infer *f, const struct fl_op *op)
{
    return op->operands > 0 && tensor_at(f, &op->reads[op->operands - 1])->kind == FL_TENSOR_PARAMETER;
}

/* The parameter that operators of this name, size and number of repetitions have. */
static int32_t own_parameter(struct infer *f, const struct fl_block *block, const struct fl_op *op)
{
    const struct fl_tensor want = { .kind = FL_TENSOR_PARAMETER, .groups = op->groups, .rows = op->k, .width = op->n,
                                    .layered = block->layer >= 0 || block->repeat > 1 };
    int64_t each = block->layer >= 0 ? 0 : block->repeat;
    const char *base = fl_arena_format(&f->scratch, "%s.w", op->name), *name = base;
    for (int i = 2;; i++) {
        int32_t at = fl_trace_tensor_find(f->build, name);
        if (at < 0) {
            at = fl_trace_tensor_new(f->build, name, &want);
            f->build->tensor[at].each = each;
            return at;
        }
        const struct fl_tensor_made *made = &f->build->tensor[at];
        const struct fl_tensor *t = &made->tensor;
        if (!made->given && t->kind == want.kind && t->groups == want.groups && t->rows == want.rows &&
            t->width == want.width && made->each == each)
            return at;
        name = fl_arena_format(&f->scratch, "%s.%d", base, i);
    }
}

static void give_tables(struct infer *f, size_t block, struct fl_op *op, unsigned said)
{
    (void)said;
    if (op->type->form == FL_LOOKUP && !names_parameter(f, op))
        add_operand(f, op, (struct fl_tensor_use){ .tensor = own_parameter(f, &f->build->block[block], op) });
}

/* The table of the first look-up, in a block up to `last`, that has n rows of k values; -1: there is none. */
static int32_t table_of(const struct infer *f, size_t last, const struct fl_op *op)
{
    for (size_t b = 0; b <= last; b++)
        for (size_t i = 0; i < f->build->block[b].ops; i++) {
            const struct fl_op *table = &f->build->block[b].op[i];
            if (table->type->form == FL_LOOKUP && table->k == op->n && table->n == op->k)
                return table->reads[table->operands - 1].tensor;
        }
    return -1;
}

static void give_weights(struct infer *f, size_t block, struct fl_op *op, unsigned said)
{
    if (op->type->form != FL_PRODUCT || op->type->stored != FL_TENSOR_PARAMETER || names_parameter(f, op))
        return;
    int32_t table = said & FL_KEY(TIED) ? table_of(f, block, op) : -1;
    if (said & FL_KEY(TIED) && table < 0)
        f->good = fl_fail(f->err, fl_op_where(&f->scratch, f->where, op),
                          "tied, but no embed before it has k=%" PRId64 " rows of n=%" PRId64 " values", op->n, op->k);
    if (table < 0)
        table = own_parameter(f, &f->build->block[block], op);
    add_operand(f, op, (struct fl_tensor_use){ .tensor = table, .transposed = said & FL_KEY(TIED) });
}

bool fl_trace_infer(struct fl_trace_builder *b, const char *where, struct fl_err *err)
{
    struct infer f = { .build = b, .where = where, .err = err, .good = true };
    size_t named = b->tensors;
    f.use = fl_calloc(named + 1, 1);
    walk(&f, mark_uses);
    walk(&f, make_caches);
    for (size_t i = 0; i < named; i++)  /* appended to elsewhere, read here, and written by nobody */
        b->tensor[i].tensor.input |= f.use[i] == (READ | APART);
    walk(&f, give_tables);
    walk(&f, give_weights);
    fl_free(f.use);
    return f.good;
}
