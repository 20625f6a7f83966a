/* caches.c - how large caches are that no line gives a size.
 *
 * In each layer every operator that reads a cache reads a part of its own, keys or values:
 * together they are the cache, at the last step that is the longest. Of a layer that only
 * appends, as in prefill, all that is appended is kept. A cache whose layers have
 * different sizes (windows) becomes one tensor for each size.
 */
#include <string.h>

#include "traces/build.h"

/* A cache in layers that are worked through together. */
struct part {
    struct part *next;
    int32_t tensor;
    int64_t layer, repeat;
    int64_t read, appended;             /* values of one layer: the most at a step; all together */
    int64_t width;                      /* of a row appended */
    int64_t now;                        /* read in the block looked at */
    int32_t becomes;
};
struct caches {
    struct fl_trace_builder *build;
    struct part *first;
    struct fl_arena arena;
    bool overflow;
};

static bool sizeless(const struct caches *c, int32_t tensor)
{
    const struct fl_tensor *t = &c->build->tensor[tensor].tensor;
    return t->kind == FL_TENSOR_CACHE && t->rows == 0;
}

static struct part *part_of(struct caches *c, int32_t tensor, const struct fl_block *block)
{
    for (struct part *p = c->first; p != NULL; p = p->next)
        if (p->tensor == tensor && p->layer == block->layer && p->repeat == block->repeat)
            return p;
    struct part *p = fl_arena_alloc(&c->arena, sizeof *p);
    *p = (struct part){ .next = c->first, .tensor = tensor, .layer = block->layer, .repeat = block->repeat };
    return c->first = p;
}

static void add(struct caches *c, int64_t *sum, int64_t a, int64_t b, int64_t groups)
{
    int64_t values;
    c->overflow |= !fl_times(a, b, &values) || !fl_times(values, groups, &values) || !fl_plus(*sum, values, sum);
}

static void note_block(struct caches *c, const struct fl_block *block)
{
    for (struct part *p = c->first; p != NULL; p = p->next)
        p->now = 0;
    for (size_t i = 0; i < block->ops; i++) {
        const struct fl_op *op = &block->op[i];
        if (op->type->form == FL_APPEND && sizeless(c, op->writes.tensor)) {
            struct part *p = part_of(c, op->writes.tensor, block);
            p->width = op->n;
            add(c, &p->appended, op->m, op->n, op->groups);
        }
        int32_t last = op->operands > 0 ? op->reads[op->operands - 1].tensor : -1;
        if (op->type->form == FL_PRODUCT && last >= 0 && sizeless(c, last))
            add(c, &part_of(c, last, block)->now, op->k, op->n, op->groups);
    }
    for (struct part *p = c->first; p != NULL; p = p->next)
        p->read = fl_most(p->read, p->now);
}

static int64_t size_of(const struct part *p)
{
    return p->read > 0 ? p->read : p->appended;
}

/* The tensor of a part: its own, which has the size of the first part, or another one of that size. Gives whether it is
 * another. */
static bool settle(struct caches *c, struct part *p)
{
    struct fl_trace_builder *b = c->build;
    struct fl_tensor *own = &b->tensor[p->tensor].tensor, like = *own;
    like.groups = 1;
    like.width = p->width > 0 && size_of(p) % p->width == 0 ? p->width : 1;
    like.rows = size_of(p) / like.width;
    p->becomes = p->tensor;
    if (own->rows == 0)
        *own = like;
    if (own->rows * own->width == size_of(p))
        return false;
    const char *name = fl_arena_format(&b->trace->arena, "%s.%lld", own->name, (long long)like.rows);
    int32_t there = fl_trace_tensor_find(b, name);
    const struct fl_tensor_made *made = there >= 0 ? &b->tensor[there] : NULL;
    bool same = made != NULL && !made->given && made->tensor.kind == FL_TENSOR_CACHE &&
                made->tensor.rows == like.rows && made->tensor.width == like.width;
    p->becomes = same ? there : fl_trace_tensor_new(b, name, &like);
    return true;
}

static void rename_in(struct caches *c, struct fl_block *block)
{
    for (size_t i = 0; i < block->ops; i++) {
        struct fl_op *op = &block->op[i];
        for (const struct part *p = c->first; p != NULL; p = p->next) {
            if (p->layer != block->layer || p->repeat != block->repeat || p->becomes == p->tensor)
                continue;
            if (op->type->form == FL_APPEND && op->writes.tensor == p->tensor)
                op->writes.tensor = p->becomes;
            if (op->operands == 0 || op->reads[op->operands - 1].tensor != p->tensor)
                continue;
            struct fl_tensor_use *reads = fl_arena_array(&c->build->trace->arena, op->operands, sizeof *reads);
            memcpy(reads, op->reads, op->operands * sizeof *reads);
            reads[op->operands - 1].tensor = p->becomes;
            op->reads = reads;
        }
    }
}

bool fl_trace_caches(struct fl_trace_builder *b, const char *where, struct fl_err *err)
{
    struct caches c = { .build = b };
    for (size_t i = 0; i < b->blocks; i++)
        note_block(&c, &b->block[i]);
    struct part *turned = NULL;                                 /* as they were met */
    for (struct part *p = c.first, *next; p != NULL; p = next) {
        next = p->next;
        p->next = turned;
        turned = p;
    }
    c.first = turned;
    bool several = false;
    for (struct part *p = c.first; p != NULL && !c.overflow; p = p->next)
        several |= settle(&c, p);
    for (size_t i = 0; i < b->blocks && several; i++)
        rename_in(&c, &b->block[i]);
    fl_arena_free(&c.arena);
    return !c.overflow || fl_fail(err, where, "its caches exceed 2^63 - 1 values; make the work smaller");
}
