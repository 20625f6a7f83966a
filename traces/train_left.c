/* train_left.c - what readers leave of a value's gradient, and what it is together. */
#include <string.h>

#include "traces/training.h"

/* The list that gathers what an operand leaves: its own value's, or, of what comes in, its tensor's. */
struct fl_left **fl_training_list(struct fl_training *t, const struct fl_operand *o)
{
    if (o->here != FL_NONE)
        return &t->left[o->here];
    size_t value = o->before != FL_NONE ? o->before : o->carried;
    return &t->left[t->ops + (size_t)t->value[value].tensor];
}

void fl_training_leave(struct fl_training *t, const struct fl_operand *operand, const char *name, int64_t size)
{
    struct fl_left *left = fl_arena_alloc(&t->trace->arena, sizeof *left), **end = fl_training_list(t, operand);
    *left = (struct fl_left){ .name = name, .size = size };
    while (*end != NULL)
        end = &(*end)->next;
    *end = left;
}

/* The last operator of the open block that writes a tensor; NULL: none does. */
static struct fl_op *writer_of(struct fl_training *t, const char *name)
{
    int32_t tensor = fl_trace_tensor_find(&t->build, name);
    for (size_t i = t->build.ops; i-- > 0;)
        if (t->build.op[i].writes.tensor == tensor)
            return &t->build.op[i];
    return NULL;
}

static bool is_read(const struct fl_training *t, const char *name)
{
    int32_t tensor = fl_trace_tensor_find(&t->build, name);
    for (size_t i = 0; i < t->build.ops; i++)
        for (size_t r = 0; r < t->build.op[i].operands; r++)
            if (t->build.op[i].reads[r].tensor == tensor)
                return true;
    return false;
}

/* Makes a gradient be called so: its last operator writes it there, or it is copied. */
const char *fl_training_renamed(struct fl_training *t, const char *name, const struct fl_value *v, const char *into)
{
    struct fl_op *writer = writer_of(t, name);
    if (into == NULL || strcmp(name, into) == 0)
        return name;
    if (writer != NULL && !is_read(t, name) && !writer->more) {
        writer->writes = fl_training_tensor(t, into);
        return into;
    }
    const struct fl_tensor_use read = fl_training_tensor(t, name);
    struct fl_op copy = { .type = &fl_op_expand, .name = fl_training_text(t, "%s.copy", into), .m = v->rows,
                          .n = v->width };
    return fl_training_put(t, copy, &read, 1, into);
}

/* Gradients of parts of a value, side by side. */
static const char *joined(struct fl_training *t, struct fl_left *list, const struct fl_value *v, const char *stem)
{
    enum { MOST = 4 };
    struct fl_tensor_use reads[MOST];
    size_t parts = 0, joins = 0;
    const char *made = NULL;
    for (struct fl_left *l = list; l != NULL; l = l->next) {
        if (l->size >= v->size)
            continue;
        if (parts == 0 && made != NULL)
            reads[parts++] = fl_training_tensor(t, made);
        reads[parts++] = fl_training_tensor(t, l->name);
        bool last = true;
        for (struct fl_left *next = l->next; next != NULL; next = next->next)
            last = last && next->size >= v->size;
        if (parts < MOST && !last)
            continue;
        struct fl_op join = { .type = &fl_op_join, .name = fl_training_text(t, "%s.join%zu", stem, ++joins),
                              .m = v->rows, .n = v->width };
        made = fl_training_put(t, join, reads, parts, NULL);
        parts = 0;
    }
    return made;
}

/* A gradient with a value for each of several readers of the same: their sum. */
static const char *summed(struct fl_training *t, const struct fl_left *l, const struct fl_value *v, const char *stem,
                          size_t turn)
{
    if (l->size == v->size)
        return l->name;
    struct fl_op sum = { .type = &fl_op_sum, .name = fl_training_text(t, "%s.sum%zu", stem, turn), .m = v->rows,
                         .n = v->width, .k = fl_ceil_div(l->size, v->size) };
    return fl_training_work(t, sum, l->name, NULL);
}

/* What was left in a list, as one tensor of a value's size; NULL: nothing was. */
const char *fl_training_gather(struct fl_training *t, struct fl_left **list, const struct fl_value *v, const char *stem,
                          const char *into)
{
    const char *made = joined(t, *list, v, stem);
    size_t turn = 0;
    for (struct fl_left *l = *list; l != NULL; l = l->next) {
        if (l->size < v->size)
            continue;
        const char *one = summed(t, l, v, stem, ++turn);
        struct fl_op add = { .type = &fl_op_add, .name = fl_training_text(t, "%s.add%zu", stem, turn), .m = v->rows,
                             .n = v->width };
        made = made == NULL ? one : fl_training_work(t, add, made, one);
    }
    *list = NULL;
    return made == NULL ? NULL : fl_training_renamed(t, made, v, into);
}

const char *fl_training_gathered(struct fl_training *t, size_t value)
{
    const struct fl_value *v = &t->value[value];
    return fl_training_gather(t, &t->left[value], v, fl_training_text(t, "d_%s", v->op->name), NULL);
}
