/* lives.c - which copies of which tensors are alive together, and until when. */
#include "mapping/lives.h"

/* ---- tensors that outlive their repetition ---- */

bool fl_tensor_is_value(const struct fl_tensor *tensor)
{
    return tensor->kind != FL_TENSOR_PARAMETER && tensor->kind != FL_TENSOR_CACHE &&
           tensor->kind != FL_TENSOR_STATE;
}

/* A copy that a block reads: of a block before, or of another repetition. */
static void note_read(struct fl_lasting *stay, const bool *here, const struct fl_tensor_use *use, size_t block)
{
    stay->stays |= use->layer != FL_LAYER_SAME || !here[use->tensor];
    stay->last = block;                 /* blocks come in order */
}

struct fl_lasting *fl_lasting_find(const struct fl_trace *trace, struct fl_arena *arena)
{
    struct fl_arena scratch = {0};
    struct fl_lasting *stay = fl_arena_array(arena, trace->tensors + 1, sizeof *stay);
    struct fl_layer_set *written = fl_arena_array(&scratch, trace->tensors + 1, sizeof *written);
    bool *here = fl_arena_array(&scratch, trace->tensors + 1, sizeof *here);
    bool *read = fl_arena_array(&scratch, trace->tensors + 1, sizeof *read);
    for (size_t b = 0; b < trace->blocks; b++) {
        const struct fl_block *block = &trace->block[b];
        for (size_t i = 0; i < block->ops; i++) {
            int32_t t = block->op[i].writes.tensor;
            int64_t first, end;
            fl_layers_meant(&trace->tensor[t], block, &first, &end);
            if (stay[t].copies == 0)
                stay[t].first = b;
            stay[t].copies += fl_layer_set_add(&written[t], &scratch, first, end);
            here[t] = true;
        }
        for (size_t i = 0; i < block->ops; i++)
            for (size_t r = 0; r < block->op[i].operands; r++) {
                note_read(&stay[block->op[i].reads[r].tensor], here, &block->op[i].reads[r], b);
                read[block->op[i].reads[r].tensor] = true;
            }
        for (size_t i = 0; i < block->ops; i++)
            here[block->op[i].writes.tensor] = false;
    }
    for (size_t t = 0; t < trace->tensors; t++) {
        bool result = trace->tensor[t].kind == FL_TENSOR_GRADIENT && !read[t];
        stay[t].stays = ((stay[t].stays && trace->tensor[t].layered) || result) && stay[t].copies > 0 &&
                        fl_tensor_is_value(&trace->tensor[t]);
        stay[t].last = result ? trace->blocks - 1 : stay[t].last;
    }
    fl_arena_free(&scratch);
    return stay;
}

/* ---- values ---- */

static bool reads(const struct fl_op *op, int32_t tensor)
{
    for (size_t i = 0; i < op->operands; i++)
        if (op->reads[i].tensor == tensor)
            return true;
    return false;
}

/* The last of the operators from `from` on that reads a tensor before another one writes it; whether one does. */
static bool read_until(const struct fl_block *block, size_t from, int32_t tensor, const struct fl_op **last)
{
    for (size_t i = from; i < block->ops; i++) {
        if (reads(&block->op[i], tensor))
            *last = &block->op[i];
        if (block->op[i].writes.tensor == tensor && !block->op[i].more)
            return true;
    }
    return false;
}

/* Where the last copy of a tensor that outlives its repetition is read. */
static const struct fl_op *last_of(const struct fl_trace *trace, const struct fl_lasting *stay, int32_t tensor)
{
    const struct fl_op *last = NULL;
    for (size_t i = 0; i < trace->block[stay->last].ops; i++)
        if (reads(&trace->block[stay->last].op[i], tensor))
            last = &trace->block[stay->last].op[i];
    return last;
}

static struct fl_life life_of(const struct fl_trace *trace, const struct fl_lasting *stay, size_t block, size_t op)
{
    const struct fl_block *in = &trace->block[block];
    int32_t tensor = in->op[op].writes.tensor;
    struct fl_life life = {.tensor = tensor, .block = block, .op = op, .copies = 1};
    if (stay[tensor].stays) {
        life.copies = stay[tensor].copies;
        life.last = last_of(trace, &stay[tensor], tensor);
        life.result = life.last == NULL;
        return life;
    }
    bool over = read_until(in, op + 1, tensor, &life.last);
    if (!over && in->repeat > 1 && !trace->tensor[tensor].layered)
        read_until(in, 0, tensor, &life.next);
    for (size_t b = block + 1; !over && b < trace->blocks; b++)
        over = read_until(&trace->block[b], 0, tensor, &life.last);
    life.result = !over && life.last == NULL && life.next == NULL;
    return life;
}

void fl_lives_tell(const struct fl_trace *trace, void (*tell)(void *context, const struct fl_life *life),
                   void *context)
{
    struct fl_arena arena = {0};
    const struct fl_lasting *stay = fl_lasting_find(trace, &arena);
    for (size_t b = 0; b < trace->blocks; b++)
        for (size_t i = 0; i < trace->block[b].ops; i++) {
            const struct fl_op *op = &trace->block[b].op[i];
            if (!fl_tensor_is_value(&trace->tensor[op->writes.tensor]) || op->more)
                continue;
            const struct fl_life life = life_of(trace, stay, b, i);
            tell(context, &life);
        }
    fl_arena_free(&arena);
}
