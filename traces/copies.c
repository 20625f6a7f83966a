/* copies.c - the copies of layered tensors that have been written, as ranges of layers. */
#include "traces/copies.h"

#include <inttypes.h>

struct range { int64_t first, end; };   /* of layers; none: first >= end */

bool fl_tensor_is_outside(const struct fl_tensor_made *made)
{
    int32_t kind = made->tensor.kind;
    return made->tensor.input || kind == FL_TENSOR_PARAMETER || kind == FL_TENSOR_STATE ||
           (kind == FL_TENSOR_CACHE && made->given);
}

void fl_copies_open(struct fl_copies *l, const struct fl_trace_builder *b, const char *where, struct fl_err *err)
{
    *l = (struct fl_copies){ .build = b, .where = where, .err = err, .last = -1 };
    l->written = fl_calloc(b->tensors + 1, sizeof *l->written);
    for (size_t i = 0; i < b->trace->blocks; i++) {
        const struct fl_block *block = &b->trace->block[i];
        l->last = fl_most(l->last, fl_block_lowest(block) + block->repeat - 1);
    }
}

void fl_copies_free(struct fl_copies *l)
{
    fl_free(l->written);
    fl_arena_free(&l->arena);
    fl_arena_free(&l->scratch);
}

static struct range range_of(const struct fl_block *block)
{
    int64_t first = fl_block_lowest(block);
    return (struct range){ first, first + block->repeat };
}

/* The first layer of a range that nobody has written; its end: there is none. */
static int64_t missing(const struct fl_copies *l, int32_t tensor, struct range range)
{
    return fl_layer_set_missing(&l->written[tensor], range.first, range.end);
}

bool fl_copies_written(const struct fl_copies *l, const struct fl_block *block, int32_t tensor)
{
    struct range range = range_of(block);
    return missing(l, tensor, range) >= range.end;
}

void fl_copies_close(struct fl_copies *l, const struct fl_block *block)
{
    struct range range = range_of(block);
    for (size_t i = 0; i < block->ops; i++) {
        int32_t tensor = block->op[i].writes.tensor;
        if (l->build->tensor[tensor].tensor.layered)
            fl_layer_set_add(&l->written[tensor], &l->arena, range.first, range.end);
    }
}

static const char *place(struct fl_copies *l, const struct fl_op *op)
{
    fl_arena_free(&l->scratch);
    return fl_op_where(&l->scratch, l->where, op);
}

/* Layers of the operand that must have been written by earlier blocks. */
static struct range wanted(const struct fl_block *block, int32_t relation, bool here)
{
    struct range range = range_of(block);
    int64_t shift = relation == FL_LAYER_NEXT ? 1 : relation == FL_LAYER_PREVIOUS ? -1 : 0;
    bool behind = shift != 0 && (shift > 0) == block->down;     /* the layer that the block works on just before */
    if (here && (relation == FL_LAYER_SAME || behind))          /* but for the first, its own work */
        range = relation == FL_LAYER_SAME ? (struct range){ range.first, range.first }
                : block->down             ? (struct range){ range.end - 1, range.end }
                                          : (struct range){ range.first, range.first + 1 };
    if (!fl_plus(range.end, shift, &range.end))
        range.end = INT64_MAX;
    return (struct range){ range.first + shift, range.end };
}

static bool fail_missing(struct fl_copies *l, const struct fl_block *block, const struct fl_op *op,
                         const struct fl_tensor_use *operand, bool here)
{
    static const char *const whose[FL_LAYER_RELATIONS] = { "", " of the next layer", " of the layer before",
                                                           " of the forward layer" };
    const struct fl_tensor *t = &l->build->tensor[operand->tensor].tensor;
    int64_t layer = missing(l, operand->tensor, wanted(block, operand->layer, here));
    bool ahead = here && operand->layer == (block->down ? FL_LAYER_PREVIOUS : FL_LAYER_NEXT);
    const char *remedy = ahead && !block->down ? "let the block run down"
                         : ahead               ? "let the block run up"
                         : operand->layer == FL_LAYER_FORWARD
                             ? "let an earlier block write it for every layer of this one"
                             : "let an earlier block of that number write it, or declare it by \"input\"";
    return fl_fail(l->err, place(l, op), "reads \"%s\"%s, which by then nobody has written for layer %" PRId64 "; %s",
                   t->name, whose[operand->layer], layer, remedy);
}

bool fl_copies_read(struct fl_copies *l, const struct fl_block *block, const struct fl_op *op,
                    const struct fl_tensor_use *operand, bool here)
{
    const struct fl_tensor_made *made = &l->build->tensor[operand->tensor];
    const struct fl_tensor *t = &made->tensor;
    if (!t->layered)
        return operand->layer == FL_LAYER_SAME ||
               fl_fail(l->err, place(l, op), "names a layer of \"%s\", which is the same for all of them; declare it "
                       "layered=yes, or leave the layer out", t->name);
    struct range range = wanted(block, operand->layer, false);
    if (operand->layer != FL_LAYER_SAME && (range.first < 0 || range.end > l->last + 1))
        return fl_fail(l->err, place(l, op), "reads \"%s\" of layer %" PRId64 ", which the trace does not have: its "
                       "layers are 0 to %" PRId64 "; leave that layer out of the block", t->name,
                       range.first < 0 ? range.first : range.end - 1, l->last);
    bool outside = fl_tensor_is_outside(made) || t->kind == FL_TENSOR_CACHE;
    range = wanted(block, operand->layer, here);
    if (outside || missing(l, operand->tensor, range) >= range.end)
        return true;
    return fail_missing(l, block, op, operand, here);
}
