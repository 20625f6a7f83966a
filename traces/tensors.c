/* tensors.c - the list of a trace's tensors while it grows, by name. */
#include <string.h>

#include "base/hash.h"
#include "traces/build.h"

#define NONE SIZE_MAX

const char *const fl_tensor_kind_names[FL_TENSOR_KINDS] = {
    [FL_TENSOR_ACTIVATION] = "activation", [FL_TENSOR_PARAMETER] = "parameter", [FL_TENSOR_CACHE] = "cache",
    [FL_TENSOR_STASH] = "stash",           [FL_TENSOR_GRADIENT] = "gradient",
    [FL_TENSOR_STATE] = "state",
};

bool fl_tensor_values(const struct fl_tensor *t, int64_t *values)
{
    return fl_times(t->groups, t->rows, values) && fl_times(*values, t->width, values);
}

static size_t *slot_of(const struct fl_trace_builder *b, const char *name)
{
    size_t at = (size_t)fl_hash_bytes(name, strlen(name)) & (b->slots - 1);
    while (b->slot[at] != NONE && strcmp(b->tensor[b->slot[at]].tensor.name, name) != 0)
        at = (at + 1) & (b->slots - 1);
    return &b->slot[at];
}

static void grow_slots(struct fl_trace_builder *b)
{
    fl_free(b->slot);
    b->slots = b->slots ? b->slots * 2 : 64;
    b->slot = fl_calloc(b->slots, sizeof *b->slot);
    for (size_t i = 0; i < b->slots; i++)
        b->slot[i] = NONE;
    for (size_t i = 0; i < b->tensors; i++)
        *slot_of(b, b->tensor[i].tensor.name) = i;
}

int32_t fl_trace_tensor_find(const struct fl_trace_builder *b, const char *name)
{
    size_t at = b->slots > 0 ? *slot_of(b, name) : NONE;
    return at == NONE ? -1 : (int32_t)at;
}

/* Adds a tensor whose name is new. */
static int32_t put(struct fl_trace_builder *b, const struct fl_tensor *tensor)
{
    if (b->slots < 2 * (b->tensors + 1))
        grow_slots(b);
    fl_assert(b->tensors < INT32_MAX);
    b->tensor = fl_grow(b->tensor, &b->tensor_room, b->tensors, sizeof *b->tensor);
    b->tensor[b->tensors] = (struct fl_tensor_made){ .tensor = *tensor };
    b->tensor[b->tensors].tensor.name = fl_arena_text(&b->trace->arena, tensor->name);
    *slot_of(b, tensor->name) = b->tensors;
    return (int32_t)b->tensors++;
}

int32_t fl_trace_tensor(struct fl_trace_builder *b, const char *name)
{
    int32_t at = fl_trace_tensor_find(b, name);
    return at >= 0 ? at : put(b, &(struct fl_tensor){ .name = name });
}

int32_t fl_trace_tensor_new(struct fl_trace_builder *b, const char *name, const struct fl_tensor *like)
{
    struct fl_tensor tensor = *like;
    tensor.name = name;
    for (int i = 2; fl_trace_tensor_find(b, tensor.name) >= 0; i++)
        tensor.name = fl_arena_format(&b->trace->arena, "%s.%d", name, i);
    return put(b, &tensor);
}

const struct fl_tensor *fl_trace_tensor_add(struct fl_trace_builder *b, const struct fl_tensor *tensor)
{
    int32_t at = fl_trace_tensor_find(b, tensor->name);
    if (at < 0)
        at = put(b, tensor);
    struct fl_tensor_made *made = &b->tensor[at];
    if (made->given)
        return &made->tensor;
    const char *name = made->tensor.name;
    bool input = made->tensor.input;
    made->given = true;
    made->tensor = *tensor;
    made->tensor.name = name;
    made->tensor.input |= input;
    return NULL;
}

void fl_trace_input_add(struct fl_trace_builder *b, const char *tensor)
{
    int32_t at = fl_trace_tensor(b, tensor);
    b->tensor[at].tensor.input = true;
}
