/* arena.c - blocks in a list, freed together. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 16 };

struct fl_arena_block {
    struct fl_arena_block *next;
    size_t used, room;
    alignas(max_align_t) unsigned char bytes[];
};

static struct fl_arena_block *block_new(size_t room)
{
    struct fl_arena_block *block = fl_calloc(1, sizeof *block + room);
    block->room = room;
    return block;
}

void *fl_arena_alloc(struct fl_arena *arena, size_t size)
{
    const size_t unit = alignof(max_align_t);
    fl_assert(size <= SIZE_MAX / 2);
    size = (size + unit - 1) / unit * unit;
    struct fl_arena_block *block = arena->blocks;
    if (block == NULL || block->room - block->used < size) {
        block = block_new(size > BLOCK_BYTES ? size : BLOCK_BYTES);
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *memory = block->bytes + block->used;
    block->used += size;
    arena->bytes += size;
    return memory;
}

void *fl_arena_array(struct fl_arena *arena, size_t count, size_t size)
{
    fl_assert(size == 0 || count <= SIZE_MAX / size);
    return fl_arena_alloc(arena, count * size);
}

char *fl_arena_slice(struct fl_arena *arena, const char *text, size_t length)
{
    char *copy = fl_arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *fl_arena_text(struct fl_arena *arena, const char *text)
{
    return fl_arena_slice(arena, text, strlen(text));
}

char *fl_arena_format(struct fl_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    fl_assert(length >= 0);
    char *text = fl_arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

const char *fl_arena_listed(struct fl_arena *arena, const char *list, const char *word)
{
    return fl_arena_format(arena, "%s%s%s", list, list[0] != '\0' ? ", " : "", word);
}

const char *fl_arena_joined(struct fl_arena *arena, const char *a, const char *b)
{
    return a == NULL ? b : b == NULL ? a : fl_arena_format(arena, "%s; %s", a, b);
}

void fl_arena_free(struct fl_arena *arena)
{
    for (struct fl_arena_block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        fl_free(block);
    }
    memset(arena, 0, sizeof *arena);
}

void *fl_grow(void *array, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return array;
    size_t wanted = *room ? *room * 2 : 16;
    while (wanted <= count)
        wanted *= 2;
    fl_assert(wanted <= SIZE_MAX / size);
    array = fl_realloc(array, wanted * size);
    *room = wanted;
    return array;
}
