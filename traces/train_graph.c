/* train_graph.c - a forward trace as values: who wrote what is read, what depends on weights, where the head begins. */
#include <inttypes.h>
#include <string.h>

#include "traces/training.h"

size_t fl_training_parts(const struct fl_training *t, size_t value)
{
    size_t parts = 1;
    while (value + parts < t->ops && t->value[value + parts].op == NULL &&
           t->value[value + parts].block == t->value[value].block)
        parts++;
    return parts;
}

int64_t fl_training_rows(const struct fl_training *t, size_t value)
{
    const struct fl_op *op = t->value[value].op;
    int64_t rows = 0, each;
    for (size_t i = 0; i < fl_training_parts(t, value); i++)
        if (!fl_times(op[i].groups, op[i].m, &each) || !fl_plus(rows, each, &rows))
            return INT64_MAX;
    return rows;
}

size_t fl_training_meant(const struct fl_training *t, const struct fl_operand *o)
{
    if (o->here != FL_NONE)
        return o->here;
    return (t->low || o->carried == FL_NONE) && o->before != FL_NONE ? o->before : o->carried;
}

/* ---- who wrote it ---- */

/* The last value of a tensor among those from `first` to before `end`. */
static size_t last_of(const struct fl_training *t, size_t first, size_t end, int32_t tensor)
{
    while (end-- > first)
        if (t->value[end].op != NULL && t->value[end].tensor == tensor)
            return end;
    return FL_NONE;
}

static struct fl_operand operand_of(const struct fl_training *t, size_t block, size_t value, int32_t tensor)
{
    size_t first = t->first[block], end = t->first[block + 1];
    struct fl_operand o = { last_of(t, first, value, tensor), FL_NONE, FL_NONE };
    if (t->from->tensor[tensor].kind == FL_TENSOR_PARAMETER)
        return (struct fl_operand){ FL_NONE, FL_NONE, FL_NONE };
    if (o.here != FL_NONE)
        return o;
    if (t->from->block[block].repeat > 1)
        o.carried = last_of(t, first, end, tensor);
    o.before = last_of(t, 0, first, tensor);
    if (o.before == FL_NONE)
        o.before = t->ops + (size_t)tensor;
    return o;
}

static bool look_at_op(struct fl_training *t, size_t block, size_t value, const struct fl_op *op)
{
    const struct fl_trace *from = t->from;
    const struct fl_tensor *w = &from->tensor[op->writes.tensor];
    struct fl_value *v = &t->value[value];
    bool good = true;
    *v = (struct fl_value){ .op = op->more ? NULL : op, .tensor = op->writes.tensor, .block = block };
    for (size_t i = 0; i < FL_OPERANDS; i++)
        v->read[i] = (struct fl_operand){ FL_NONE, FL_NONE, FL_NONE };
    if (w->kind == FL_TENSOR_STASH || w->kind == FL_TENSOR_GRADIENT || op->type->form == FL_UPDATE)
        good = fl_fail(t->err, fl_op_where(&t->scratch, t->where, op), "the trace is a step of training already, or a "
                       "part of one; leave --phase train out");
    else if (w->layered && w->kind != FL_TENSOR_CACHE)
        good = fl_fail(t->err, fl_op_where(&t->scratch, t->where, op), "writes \"%s\", of which each layer has its own"
                       "; training makes that of a forward trace by itself: leave layered=yes out", w->name);
    for (size_t i = 0; i < op->operands && good; i++) {
        const struct fl_tensor *r = &from->tensor[op->reads[i].tensor];
        if (r->kind == FL_TENSOR_CACHE)
            good = fl_fail(t->err, fl_op_where(&t->scratch, t->where, op), "reads the cache \"%s\"; a step of training "
                           "works on all tokens at once: take a trace of prefill", r->name);
        if (!op->more)
            v->read[i] = operand_of(t, block, value, op->reads[i].tensor);
    }
    return good;
}

static bool look_at_ops(struct fl_training *t)
{
    const struct fl_trace *from = t->from;
    bool good = true;
    size_t next = 0;
    for (size_t b = 0; b < from->blocks; next += from->block[b++].ops)
        t->first[b] = next;
    t->first[from->blocks] = next;
    for (size_t i = 0; i < from->tensors; i++)
        t->value[t->ops + i] = (struct fl_value){ .tensor = (int32_t)i, .block = FL_NONE };
    for (size_t b = 0; b < from->blocks; b++) {
        const struct fl_block *block = &from->block[b];
        if (block->repeat > 1 && (block->layer < 0 || block->down))
            good = fl_fail(t->err, fl_op_where(&t->scratch, t->where, &block->op[0]), "its block is repeated; layers "
                           "that are trained have numbers, upwards: repeat %" PRId64 " layer 0", block->repeat);
        t->layered |= block->layer >= 0;
        for (size_t i = 0; i < block->ops; i++)         /* writers first: readers may stand before them */
            t->value[t->first[b] + i] = (struct fl_value){ .op = block->op[i].more ? NULL : &block->op[i],
                                                           .tensor = block->op[i].writes.tensor, .block = b };
        for (size_t i = 0; i < block->ops; i++)
            good &= look_at_op(t, b, t->first[b] + i, &block->op[i]);
    }
    return good;
}

/* ---- where gradients end ---- */

/* In a block that is no layer each product with weights begins a part of its own. */
bool fl_training_same_part(const struct fl_training *t, size_t early, size_t late)
{
    if (t->from->block[t->value[late].block].layer >= 0)
        return true;
    for (size_t i = early + 1; i <= late; i++)
        if (t->value[i].op != NULL && fl_op_has_weights(t->value[i].op))
            return false;
    return true;
}

bool fl_training_cut(const struct fl_training *t, const struct fl_operand *o)
{
    const struct fl_value *at = &t->value[t->at];
    size_t in = o->here != FL_NONE ? o->here : o->before;
    if (t->method == FL_TRAIN_BP)
        return false;
    if (at->head)
        return !t->value[in].head && in != t->entry;
    return o->here == FL_NONE || !fl_training_same_part(t, o->here, t->at);
}

/* ---- sizes, and what they depend on ---- */

/* Rows that pass through have those of what is read. */
static void size_find(struct fl_training *t, size_t value)
{
    struct fl_value *v = &t->value[value];
    const struct fl_op *op = v->op;
    const struct fl_value *in = NULL;
    t->low = true;
    if (op->operands > 0 && fl_operand_is(&v->read[0]))
        in = &t->value[fl_training_meant(t, &v->read[0])];
    v->rows = fl_training_rows(t, value);
    v->width = op->n;
    if (!fl_times(v->rows, v->width, &v->size))
        v->size = INT64_MAX;
    bool part = op->type == &fl_op_norm && in != NULL && v->size < in->size && op->m > in->rows;
    if (in != NULL && in->size > 0 && (op->type == &fl_op_rotary || part)) {
        v->rows = in->rows;
        v->width = in->width;
        v->size = in->size;
    }
}

static bool reads_differing(struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    t->at = value;
    for (size_t i = 0; i < v->op->operands; i++) {
        if (!fl_operand_is(&v->read[i]) || fl_training_cut(t, &v->read[i]))
            continue;
        const size_t one[] = { v->read[i].here, v->read[i].carried, v->read[i].before };
        for (size_t j = 0; j < 3; j++)
            if (one[j] != FL_NONE && t->value[one[j]].differs)
                return true;
    }
    return false;
}

/* Is its parameter one that the schedule trains? A second pass begins behind tables. */
static bool has_trained(const struct fl_training *t, const struct fl_op *op)
{
    bool tables = t->method != FL_TRAIN_TWO_PASS && t->method != FL_TRAIN_ELM;
    return fl_op_has_weights(op) || (op->type->form == FL_LOOKUP && tables);
}

static void dependence_find(struct fl_training *t)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < t->ops; i++) {
            struct fl_value *v = &t->value[i];
            if (v->op == NULL || v->differs || v->op->type->form == FL_PROJECT || v->op->type->form == FL_APPEND)
                continue;
            v->differs = has_trained(t, v->op) || reads_differing(t, i);
            more |= v->differs;
        }
    }
}

/* ---- who reads it ---- */

static void uses_find(struct fl_training *t)
{
    for (size_t i = 0; i < t->ops; i++) {
        const struct fl_value *v = &t->value[i];
        for (size_t r = 0; v->op != NULL && r < v->op->operands; r++) {
            const struct fl_operand *o = &v->read[r];
            bool append = v->op->type->form == FL_APPEND;
            const size_t one[] = { o->here, o->before };
            for (size_t j = 0; j < 2; j++)
                if (one[j] != FL_NONE) {
                    t->value[one[j]].used |= !append;
                    t->value[one[j]].cached |= append;
                }
            if (o->carried != FL_NONE)
                t->value[o->carried].leaves = true;
            if (o->before != FL_NONE)
                t->value[o->before].leaves = true;
        }
    }
}

/* Where the head begins: behind the layers, or of a network without them at its last product with weights. */
static bool head_find(struct fl_training *t)
{
    size_t last = FL_NONE;
    t->readout = FL_NONE;
    for (size_t b = 0; b < t->from->blocks; b++)
        if (t->from->block[b].layer >= 0)
            last = b;
    for (size_t i = 0; i < t->ops; i++)
        if (t->value[i].op != NULL && fl_op_has_weights(t->value[i].op))
            t->readout = i;
    if (t->readout == FL_NONE)
        return fl_fail(t->err, t->where, "no product has weights; there is nothing to train");
    if (t->method == FL_TRAIN_ELM && t->from->block[t->value[t->readout].block].repeat > 1)
        return fl_fail(t->err, t->where, "ends with its layers; elm solves for the weights of a last product behind "
                       "them: take a model with a head");
    t->head = t->layered ? t->first[last + 1] : t->readout;
    for (size_t i = t->head; i < t->ops; i++)
        t->value[i].head = true;
    t->entry = FL_NONE;
    for (size_t i = t->head; i < t->ops; i++)
        for (size_t r = 0; t->value[i].op != NULL && r < t->value[i].op->operands; r++) {
            const struct fl_operand *o = &t->value[i].read[r];
            size_t in = o->here != FL_NONE ? o->here : o->before;
            if (in != FL_NONE && in < t->head && t->value[in].op != NULL && (t->entry == FL_NONE || in > t->entry))
                t->entry = in;
        }
    if (t->entry == FL_NONE && t->head == t->ops)       /* the network ends with its layers */
        t->entry = last_of(t, 0, t->ops, t->value[t->ops - 1].tensor);
    return true;
}

/* The value that the layers begin with; of a network without them what its first product reads. */
static void low_find(struct fl_training *t)
{
    size_t first = 0;
    while (t->layered && first < t->ops && t->from->block[t->value[first].block].layer < 0)
        first++;
    t->entry_low = FL_NONE;
    t->second_from = first;
    for (size_t i = first; i < t->ops && t->entry_low == FL_NONE; i++)
        if (t->value[i].op != NULL && t->value[i].op->operands > 0 && t->value[i].op->type->form != FL_LOOKUP) {
            const struct fl_operand *o = &t->value[i].read[0];
            if (o->here == FL_NONE)
                t->entry_low = o->before;
        }
}

bool fl_training_look(struct fl_training *t)
{
    for (size_t b = 0; b < t->from->blocks; b++)
        t->ops += t->from->block[b].ops;
    t->values = t->ops + t->from->tensors;
    t->value = fl_arena_array(&t->trace->arena, t->values + 1, sizeof *t->value);
    t->left = fl_arena_array(&t->trace->arena, t->values + 1, sizeof(struct fl_left *));
    t->first = fl_arena_array(&t->trace->arena, t->from->blocks + 2, sizeof *t->first);
    t->written = fl_arena_array(&t->trace->arena, t->from->tensors + 1, sizeof *t->written);
    t->begun = fl_arena_array(&t->trace->arena, t->from->tensors + 1, sizeof *t->begun);
    t->trained = fl_arena_array(&t->trace->arena, t->from->tensors + 1, sizeof *t->trained);
    if (!look_at_ops(t) || !head_find(t))
        return false;
    for (size_t i = 0; i < t->ops; i++)
        if (t->value[i].op != NULL)
            size_find(t, i);
    dependence_find(t);
    uses_find(t);
    low_find(t);
    t->low = false;
    return true;
}
