/* builder.c - a program grows here, instruction by instruction.
 *
 * Steps are kept once: equal work gets the same index wherever it occurs, so that it
 * also looks equal to the machine, and a program of a thousand layers stays small.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "mapping/mapper.h"

/* Everything before the flags is free of padding and compared as bytes. */
enum { STEP_BYTES = offsetof(struct fl_step, store) };
_Static_assert(STEP_BYTES == 6 * sizeof(int32_t) + (8 + FL_STEP_OWN) * sizeof(int64_t), "no padding inside a step");
_Static_assert(sizeof(struct fl_step) <= STEP_BYTES + sizeof(int64_t), "nothing after the flags");

static bool same(const struct fl_step *a, const struct fl_step *b)
{
    return memcmp(a, b, STEP_BYTES) == 0 && a->store == b->store && a->awaits == b->awaits;
}

static size_t place_of(const struct fl_builder *builder, const struct fl_step *step)
{
    size_t place = (size_t)fl_hash_bytes(step, STEP_BYTES) & (builder->index_room - 1);
    while (builder->index[place] != 0 && !same(&builder->step[builder->index[place] - 1], step))
        place = (place + 1) & (builder->index_room - 1);
    return place;
}

/* Doubles the hash table once it is half full. */
static void index_grow(struct fl_builder *builder)
{
    if (builder->steps < builder->index_room / 2)
        return;
    fl_free(builder->index);
    builder->index_room = builder->index_room == 0 ? 64 : builder->index_room * 2;
    builder->index = fl_calloc(builder->index_room, sizeof *builder->index);
    for (size_t i = 0; i < builder->steps; i++)
        builder->index[place_of(builder, &builder->step[i])] = (uint32_t)(i + 1);
}

static void emit(struct fl_builder *builder, enum fl_code code, int32_t arg, int64_t count)
{
    fl_assert(builder->insts < INT32_MAX);
    builder->inst = fl_grow(builder->inst, &builder->inst_room, builder->insts, sizeof *builder->inst);
    builder->inst[builder->insts++] = (struct fl_inst){.code = (int32_t)code, .arg = arg, .count = count};
}

void fl_build_loop(struct fl_builder *builder, int64_t count)
{
    fl_assert(count >= 1 && builder->depth < FL_LOOP_DEPTH);
    builder->open[builder->depth] = (int32_t)builder->insts;
    emit(builder, FL_LOOP, builder->depth, count);
    builder->depth++;
}

void fl_build_next(struct fl_builder *builder)
{
    fl_assert(builder->depth > 0);
    builder->depth--;
    emit(builder, FL_NEXT, builder->open[builder->depth], 0);
}

void fl_build_open(struct fl_builder *builder, int32_t slot)
{
    builder->slot = slot;
    emit(builder, FL_OP, builder->depth, slot);
}

void fl_build_close(struct fl_builder *builder)
{
    emit(builder, FL_END_OP, builder->slot, 0);
}

void fl_build_halt(struct fl_builder *builder)
{
    emit(builder, FL_HALT, 0, 0);
}

size_t fl_build_stream(struct fl_builder *builder, int32_t stream)
{
    fl_assert(builder->depth == 0);
    builder->stream = stream;
    return builder->insts;
}

void fl_build_inst(struct fl_builder *builder, enum fl_code code, int32_t arg, int64_t count)
{
    emit(builder, code, arg, count);
}

void fl_build_step(struct fl_builder *builder, const struct fl_step *step)
{
    struct fl_step own = *step;
    own.slot = builder->slot;
    own.stream = builder->stream;
    index_grow(builder);
    size_t place = place_of(builder, &own);
    if (builder->index[place] == 0) {
        fl_assert(builder->steps < INT32_MAX);
        builder->step = fl_grow(builder->step, &builder->step_room, builder->steps, sizeof *builder->step);
        builder->step[builder->steps] = own;
        builder->index[place] = (uint32_t)++builder->steps;
    }
    emit(builder, FL_STEP, (int32_t)(builder->index[place] - 1), 0);
}

struct fl_program fl_builder_program(const struct fl_builder *builder)
{
    return (struct fl_program){.inst = builder->inst, .insts = builder->insts, .step = builder->step,
                               .steps = builder->steps};
}

bool fl_program_same(const struct fl_program *a, const struct fl_program *b)
{
    if (a->insts != b->insts || a->steps != b->steps)
        return false;
    for (size_t i = 0; i < a->steps; i++)
        if (!same(&a->step[i], &b->step[i]))
            return false;
    return a->insts == 0 || memcmp(a->inst, b->inst, a->insts * sizeof *a->inst) == 0;
}

void fl_builder_free(struct fl_builder *builder)
{
    fl_free(builder->inst);
    fl_free(builder->step);
    fl_free(builder->index);
    memset(builder, 0, sizeof *builder);
}
