/* order.c - who waits for whom.
 *
 * An operator reads what the nearest earlier writer of a tensor wrote: in its own block,
 * or else in an earlier block, an earlier repetition, or outside (`input`). Only when
 * there is none may the writer stand further down in the block; then the block is put
 * in order. To keep every read what it was, a tensor written again waits for all that
 * read its earlier contents. A block that cannot be ordered holds a cycle.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/nearest.h"
#include "traces/build.h"

#define NONE SIZE_MAX

struct tensor {
    const char *name;
    bool input;
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
    struct fl_trace *trace;
    const char *where;
    struct fl_err *err;
    struct fl_arena scratch;
    bool good;
    size_t block;                       /* looked at now */
    struct tensor *tensor;
    size_t tensors, tensor_room;
    size_t *slot, slots;                /* hash table of tensors by name */
    struct link *link;
    size_t links, link_room;
    size_t *needs;                      /* per operator of the block: list of operators that must come first */
    bool forward;                       /* some operator stands before one it needs */
};

/* ---- names ---- */

static size_t *slot_of(struct order *o, const char *name)
{
    size_t at = (size_t)fl_hash_bytes(name, strlen(name)) & (o->slots - 1);
    while (o->slot[at] != NONE && strcmp(o->tensor[o->slot[at]].name, name) != 0)
        at = (at + 1) & (o->slots - 1);
    return &o->slot[at];
}

static void grow_slots(struct order *o)
{
    fl_free(o->slot);
    o->slots = o->slots ? o->slots * 2 : 64;
    o->slot = fl_calloc(o->slots, sizeof *o->slot);
    for (size_t i = 0; i < o->slots; i++)
        o->slot[i] = NONE;
    for (size_t i = 0; i < o->tensors; i++)
        *slot_of(o, o->tensor[i].name) = i;
}

/* The pointer holds until the next new name. */
static struct tensor *tensor_of(struct order *o, const char *name)
{
    if (o->slots < 2 * (o->tensors + 1))
        grow_slots(o);
    size_t *slot = slot_of(o, name);
    if (*slot == NONE) {
        o->tensor = fl_grow(o->tensor, &o->tensor_room, o->tensors, sizeof *o->tensor);
        o->tensor[o->tensors] = (struct tensor){ .name = name, .first_block = NONE, .block = NONE };
        *slot = o->tensors++;
    }
    return &o->tensor[*slot];
}

/* The tensor, its notes about the block fresh if this is the first time it is met there. */
static struct tensor *tensor_in_block(struct order *o, const char *name)
{
    struct tensor *t = tensor_of(o, name);
    if (t->block != o->block) {
        t->block = o->block;
        t->first_writer = t->last_writer = t->readers = NONE;
    }
    return t;
}

static void gather_names(struct order *o)
{
    struct fl_trace *trace = o->trace;
    for (size_t i = 0; trace->inputs[i] != NULL; i++)
        tensor_of(o, trace->inputs[i])->input = true;
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            struct tensor *t = tensor_of(o, trace->block[b].op[i].writes);
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

static void fail_unknown(struct order *o, const struct fl_op *op, const struct tensor *t)
{
    o->good = false;
    if (t->first_block != NONE) {
        fl_fail(o->err, place(o, op), "reads \"%s\", which only a later block writes; put that block first", t->name);
        return;
    }
    const char **known = fl_arena_array(&o->scratch, o->tensors, sizeof *known);
    for (size_t i = 0; i < o->tensors; i++)
        if (o->tensor[i].input || o->tensor[i].first_block != NONE)
            known[i] = o->tensor[i].name;
    const char *near = fl_nearest(t->name, known, o->tensors);
    const char *outside = fl_arena_format(&o->scratch, "if it comes from outside, say \"input %s\"", t->name);
    fl_fail(o->err, place(o, op), "reads \"%s\", which no operator writes; %s", t->name,
            fl_meant(&o->scratch, near, outside));
}

static void note_read(struct order *o, size_t i, const struct fl_op *op, const char *name)
{
    struct tensor *t = tensor_in_block(o, name);
    bool outside = t->input || t->first_block < o->block;
    if (t->last_writer != NONE)
        need(o, i, t->last_writer);
    else if (!outside && t->first_writer != NONE)
        need(o, i, t->first_writer);
    else if (!outside) {
        fail_unknown(o, op, t);
        return;
    }
    push(o, &t->readers, i);
}

static void note_write(struct order *o, size_t i, const char *name)
{
    struct tensor *t = tensor_in_block(o, name);
    bool outside = t->input || t->first_block < o->block;
    if (t->last_writer != NONE || outside) {                    /* else its readers so far wait for this very write */
        for (size_t at = t->readers; at != NONE; at = o->link[at].next)
            if (o->link[at].op != i)
                need(o, i, o->link[at].op);
        t->readers = NONE;
    }
    if (t->last_writer != NONE)
        need(o, i, t->last_writer);
    t->last_writer = i;
}

static void note_block(struct order *o, const struct fl_block *block)
{
    o->links = 0;
    o->forward = false;
    o->needs = fl_arena_array(&o->scratch, block->ops, sizeof *o->needs);
    for (size_t i = 0; i < block->ops; i++) {
        o->needs[i] = NONE;
        struct tensor *t = tensor_in_block(o, block->op[i].writes);
        if (t->first_writer == NONE)
            t->first_writer = i;
    }
    for (size_t i = 0; i < block->ops; i++) {
        const struct fl_op *op = &block->op[i];
        for (size_t r = 0; op->reads[r] != NULL; r++)
            note_read(o, i, op, op->reads[r]);
        note_write(o, i, op->writes);
    }
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

static void check_sizes(struct order *o, const struct fl_block *block)
{
    for (size_t i = 0; i < block->ops; i++) {
        const struct fl_op *op = &block->op[i];
        struct fl_extent read[3] = {{0}};
        for (size_t r = 0; r < 2 && op->reads[r] != NULL; r++)
            read[r] = tensor_of(o, op->reads[r])->extent;
        if (!fl_op_fits(op, read, NULL, NULL))
            o->good = fl_op_fits(op, read, place(o, op), o->err);
        tensor_of(o, op->writes)->extent = fl_op_extent(op, read);
    }
}

static void check_names(struct order *o, const struct fl_block *block)
{
    struct order names = { .block = 0 };                        /* the same table, of operators */
    for (size_t i = 0; i < block->ops; i++) {
        struct tensor *t = tensor_of(&names, block->op[i].name);
        if (t->first_block == NONE) {
            t->first_block = i;
            continue;
        }
        const struct fl_op *first = &block->op[t->first_block];
        if (first->line > 0)
            fl_fail(o->err, place(o, &block->op[i]),
                    "the name is taken on line %d; give each operator of a block its own", first->line);
        else
            fl_fail(o->err, place(o, &block->op[i]), "two operators of a block have this name");
        o->good = false;
    }
    fl_free(names.tensor);
    fl_free(names.slot);
}

bool fl_trace_order(struct fl_trace *trace, bool sizes, const char *where, struct fl_err *err)
{
    struct order o = { .trace = trace, .where = where, .err = err, .good = true };
    gather_names(&o);
    for (o.block = 0; o.block < trace->blocks; o.block++) {
        struct fl_block *block = &trace->block[o.block];
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
    fl_free(o.tensor);
    fl_free(o.slot);
    fl_free(o.link);
    return o.good;
}
