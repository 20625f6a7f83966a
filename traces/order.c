/* order.c - who waits for whom.
 *
 * An operator reads what the nearest earlier writer of a tensor wrote: in its own block,
 * or else in an earlier block, an earlier repetition, or outside (`input`). Only when
 * there is none may the writer stand further down in the block; then the block is put
 * in order. To keep every read what it was, a tensor written again waits for all that
 * read its earlier contents. A block that cannot be ordered holds a cycle.
 *
 * Of a layered tensor it reads the copy of a layer's number: that must have been written
 * by then for every layer of the block, whichever way the layers run (copies.c).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "traces/copies.h"

#define NONE SIZE_MAX

struct state {                          /* of a tensor */
    size_t first_block;                 /* the first block that writes it */
    size_t block;                       /* the block that the next four speak of */
    size_t first_writer, last_writer;   /* the latter among the operators looked at so far */
    size_t readers;                     /* list of operators that read the present contents */
    struct fl_extent extent;
};
struct link {                           /* of a list, kept in one growing array */
    size_t op, next;
};
struct order {
    struct fl_trace_builder *build;
    const char *where;
    struct fl_err *err;
    struct fl_arena scratch;
    bool good;
    size_t block;                       /* looked at now */
    struct state *state;                /* of each tensor */
    struct fl_copies copies;
    struct link *link;
    size_t links, link_room;
    size_t *needs;                      /* per operator of the block: list of operators that must come first */
    bool forward;                       /* some operator stands before one it needs */
};

/* The tensor's state, its notes about the block fresh if this is the first time it is met there. */
static struct state *in_block(struct order *o, int32_t tensor)
{
    struct state *t = &o->state[tensor];
    if (t->block != o->block) {
        t->block = o->block;
        t->first_writer = t->last_writer = t->readers = NONE;
    }
    return t;
}

static void gather_writers(struct order *o)
{
    const struct fl_trace *trace = o->build->trace;
    o->state = fl_calloc(o->build->tensors + 1, sizeof *o->state);
    for (size_t i = 0; i < o->build->tensors; i++) {
        o->state[i] = (struct state){ .first_block = NONE, .block = NONE };
        o->state[i].extent.name = o->build->tensor[i].tensor.name;
    }
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            struct state *t = &o->state[trace->block[b].op[i].writes.tensor];
            if (t->first_block == NONE)
                t->first_block = b;
        }
}

/* ---- dependencies ---- */

static void push(struct order *o, size_t *list, size_t op)
{
    o->link = fl_grow(o->link, &o->link_room, o->links, sizeof *o->link);
    o->link[o->links] = (struct link){ .op = op, .next = *list };
    *list = o->links++;
}

static void need(struct order *o, size_t op, size_t first)
{
    push(o, &o->needs[op], first);
    if (first >= op)
        o->forward = true;
}

static const char *place(struct order *o, const struct fl_op *op)
{
    return fl_op_where(&o->scratch, o->where, op);
}

static void fail_unknown(struct order *o, const struct fl_op *op, int32_t tensor)
{
    const struct fl_trace_builder *b = o->build;
    const char *name = b->tensor[tensor].tensor.name;
    o->good = false;
    if (o->state[tensor].first_block != NONE) {
        fl_fail(o->err, place(o, op), "reads \"%s\", which only a later block writes; put that block first", name);
        return;
    }
    const char **known = fl_arena_array(&o->scratch, b->tensors, sizeof *known);
    for (size_t i = 0; i < b->tensors; i++)
        if (fl_tensor_is_outside(&b->tensor[i]) || o->state[i].first_block != NONE)
            known[i] = b->tensor[i].tensor.name;
    const char *near = fl_nearest(name, known, b->tensors);
    const char *outside = fl_arena_format(&o->scratch, "if it comes from outside, say \"input %s\"", name);
    fl_fail(o->err, place(o, op), "reads \"%s\", which no operator writes; %s", name,
            fl_meant(&o->scratch, near, outside));
}

/* A copy of another repetition, or of before this block: nothing here makes it, but what writes it here comes later. */
static void note_copy(struct order *o, size_t i, const struct fl_tensor_use *operand, struct state *t)
{
    if (operand->layer == FL_LAYER_FORWARD && t->last_writer != NONE)
        need(o, t->last_writer, i);
    else if (operand->layer == FL_LAYER_FORWARD)
        push(o, &t->readers, i);
}

/* The last of those that write a tensor together with an operator. */
static size_t whole(const struct fl_block *block, size_t op)
{
    while (op + 1 < block->ops && block->op[op + 1].more)
        op++;
    return op;
}

static void note_read(struct order *o, size_t i, const struct fl_op *op, const struct fl_tensor_use *operand)
{
    const struct fl_tensor_made *made = &o->build->tensor[operand->tensor];
    const struct fl_block *block = &o->build->trace->block[o->block];
    struct state *t = in_block(o, operand->tensor);
    bool outside = fl_tensor_is_outside(made), here = t->first_writer != NONE;
    if (!fl_copies_read(&o->copies, block, op, operand, here)) {
        o->good = false;
        return;
    }
    if (operand->layer != FL_LAYER_SAME) {
        note_copy(o, i, operand, t);
        return;
    }
    bool copies = made->tensor.layered && made->tensor.kind != FL_TENSOR_CACHE;
    outside |= copies ? fl_copies_written(&o->copies, block, operand->tensor) : t->first_block < o->block;
    if (t->last_writer != NONE)
        need(o, i, t->last_writer);
    else if (!outside && here)
        need(o, i, whole(block, t->first_writer));
    else if (!outside) {
        fail_unknown(o, op, operand->tensor);
        return;
    }
    push(o, &t->readers, i);
}

static void note_write(struct order *o, size_t i, const struct fl_op *op)
{
    const struct fl_tensor_made *made = &o->build->tensor[op->writes.tensor];
    struct state *t = in_block(o, op->writes.tensor);
    bool outside = fl_tensor_is_outside(made) || t->first_block < o->block;
    if ((t->last_writer != NONE || outside) && !op->more) {     /* else its readers so far wait for this very write */
        for (size_t at = t->readers; at != NONE; at = o->link[at].next)
            if (o->link[at].op != i)
                need(o, i, o->link[at].op);
        t->readers = NONE;
    }
    if (t->last_writer != NONE)
        need(o, i, t->last_writer);
    t->last_writer = i;
}

/* Is it the first operand of its operator that means this copy of a tensor? */
static bool is_first(const struct fl_op *op, size_t operand)
{
    for (size_t i = 0; i < operand; i++)
        if (op->reads[i].tensor == op->reads[operand].tensor && op->reads[i].layer == op->reads[operand].layer)
            return false;
    return true;
}

static void note_block(struct order *o, const struct fl_block *block)
{
    o->links = 0;
    o->forward = false;
    o->needs = fl_arena_array(&o->scratch, block->ops, sizeof *o->needs);
    for (size_t i = 0; i < block->ops; i++) {
        o->needs[i] = NONE;
        struct state *t = in_block(o, block->op[i].writes.tensor);
        if (t->first_writer == NONE)
            t->first_writer = i;
    }
    for (size_t i = 0; i < block->ops; i++) {
        const struct fl_op *op = &block->op[i];
        for (size_t r = 0; r < op->operands; r++)
            if (is_first(op, r))
                note_read(o, i, op, &op->reads[r]);
        note_write(o, i, op);
    }
    fl_copies_close(&o->copies, block);
}

/* ---- ordering ---- */

/* The operators from `first` to the top of the stack wait for one another. */
static void fail_cycle(struct order *o, const struct fl_block *block, const size_t *stack, size_t first, size_t depth)
{
    enum { SHOWN = 16 };
    const char *text = block->op[stack[depth - 1]].name;
    for (size_t n = depth - 1, shown = 1; n > first; n--, shown++) {
        if (shown == SHOWN) {
            text = fl_arena_format(&o->scratch, "%s -> ...", text);
            break;
        }
        text = fl_arena_format(&o->scratch, "%s -> %s", text, block->op[stack[n - 1]].name);
    }
    const struct fl_op *op = &block->op[stack[depth - 1]];
    o->good = fl_fail(o->err, place(o, op),
                      "a cycle: %s -> %s; break it, or declare what comes from outside by \"input\"", text, op->name);
}

/* Depth first: an operator is placed when all it needs is. False at a cycle. */
static bool sort(struct order *o, const struct fl_block *block, size_t *sorted)
{
    enum { NEW, OPEN, PLACED };
    char *state = fl_arena_array(&o->scratch, block->ops, 1);
    size_t *stack = fl_arena_array(&o->scratch, block->ops, sizeof *stack);
    size_t *next = fl_arena_array(&o->scratch, block->ops, sizeof *next);
    size_t placed = 0;
    for (size_t root = 0; root < block->ops; root++) {
        size_t depth = 0;
        if (state[root] == NEW)
            stack[depth++] = root;
        while (depth > 0) {
            size_t op = stack[depth - 1];
            if (state[op] == NEW) {
                state[op] = OPEN;
                next[op] = o->needs[op];
            }
            if (next[op] == NONE) {
                state[op] = PLACED;
                sorted[placed++] = op;
                depth--;
                continue;
            }
            size_t needed = o->link[next[op]].op;
            next[op] = o->link[next[op]].next;
            if (state[needed] == OPEN) {
                size_t first = depth - 1;
                while (stack[first] != needed)
                    first--;
                fail_cycle(o, block, stack, first, depth);
                return false;
            }
            if (state[needed] == NEW)
                stack[depth++] = needed;
        }
    }
    return true;
}

static void reorder(struct order *o, struct fl_block *block)
{
    size_t *sorted = fl_arena_array(&o->scratch, block->ops, sizeof *sorted);
    if (!sort(o, block, sorted))
        return;
    struct fl_op *copy = fl_arena_array(&o->scratch, block->ops, sizeof *copy);
    memcpy(copy, block->op, block->ops * sizeof *copy);
    for (size_t i = 0; i < block->ops; i++)
        block->op[i] = copy[sorted[i]];
}

/* ---- sizes ---- */

/* What is written of a tensor of a given size has it. */
static void check_declared(struct order *o, const struct fl_op *op, const struct fl_extent *written)
{
    const struct fl_tensor *t = &o->build->tensor[op->writes.tensor].tensor;
    if (t->rows == 0 || written->rows == 0 || t->kind == FL_TENSOR_CACHE)
        return;
    int64_t values = fl_extent_values(written), wanted;
    if (fl_tensor_values(t, &wanted) && values != wanted)
        o->good = fl_fail(o->err, place(o, op), "writes %" PRId64 " values of \"%s\", which has %" PRId64
                          "; check the sizes of both", values, t->name, wanted);
}

static void check_sizes(struct order *o, const struct fl_block *block)
{
    for (size_t i = 0; i < block->ops; i++) {
        const struct fl_op *op = &block->op[i];
        struct fl_extent read[FL_OPERANDS] = {{0}};
        for (size_t r = 0; r < op->operands && r < FL_OPERANDS; r++) {
            read[r] = o->state[op->reads[r].tensor].extent;
            if (op->reads[r].transposed && !read[r].heads) {
                read[r].rows = o->state[op->reads[r].tensor].extent.width;
                read[r].width = o->state[op->reads[r].tensor].extent.rows;
            }
        }
        if (!fl_op_fits(op, read, NULL, NULL))
            o->good = fl_op_fits(op, read, place(o, op), o->err);
        struct fl_extent *written = &o->state[op->writes.tensor].extent, before = *written;
        *written = fl_op_extent(op, read);
        written->name = before.name;
        if (op->more && !fl_plus(written->rows, before.rows, &written->rows))
            written->rows = 0;
        if (i + 1 == block->ops || !block->op[i + 1].more)
            check_declared(o, op, written);
    }
}

/* The operators of a block in the order of their names, equal ones as they stand. */
static int by_name(const void *a, const void *b)
{
    const struct fl_op *x = *(const struct fl_op *const *)a, *y = *(const struct fl_op *const *)b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x > y) - (x < y);
}

static void check_names(struct order *o, const struct fl_block *block)
{
    const struct fl_op **sorted = fl_arena_array(&o->scratch, block->ops, sizeof *sorted);
    for (size_t i = 0; i < block->ops; i++)
        sorted[i] = &block->op[i];
    qsort(sorted, block->ops, sizeof *sorted, by_name);
    for (size_t i = 1, first = 0; i < block->ops; i++) {
        if (strcmp(sorted[i]->name, sorted[first]->name) != 0) {
            first = i;
            continue;
        }
        if (sorted[first]->line > 0)
            fl_fail(o->err, place(o, sorted[i]), "the name is taken on line %d; give each operator of a block its own",
                    sorted[first]->line);
        else
            fl_fail(o->err, place(o, sorted[i]), "two operators of a block have this name");
        o->good = false;
    }
}

bool fl_trace_order(struct fl_trace_builder *b, bool sizes, const char *where, struct fl_err *err)
{
    struct order o = { .build = b, .where = where, .err = err, .good = true };
    gather_writers(&o);
    fl_copies_open(&o.copies, b, where, err);
    for (o.block = 0; o.block < b->trace->blocks; o.block++) {
        struct fl_block *block = &b->trace->block[o.block];
        check_names(&o, block);
        note_block(&o, block);
        if (o.forward)
            reorder(&o, block);
        if (sizes)
            check_sizes(&o, block);
        if (sizes && o.good && block->repeat > 1)
            check_sizes(&o, block);                             /* what the next repetition finds */
        fl_arena_free(&o.scratch);
    }
    fl_copies_free(&o.copies);
    fl_free(o.state);
    fl_free(o.link);
    return o.good;
}
