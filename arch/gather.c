/* gather.c - the growing list of a design's values, layer over layer. */
#include "arch/design.h"
#include "arch/path.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static uint32_t hash_of(const char *path)
{
    return (uint32_t)fl_hash_bytes(path, strlen(path));
}

struct fl_entry_of_design *fl_gather_find(const struct fl_gather *gather, const char *path)
{
    uint32_t hash = hash_of(path);
    for (size_t i = 0; i < gather->entries; i++)
        if (gather->entry[i].hash == hash && strcmp(gather->entry[i].value.path, path) == 0)
            return &gather->entry[i];
    return NULL;
}

void fl_gather_forget(struct fl_gather *gather, const char *prefix)
{
    size_t kept = 0, length = strlen(prefix);
    for (size_t i = 0; i < gather->entries; i++) {
        const struct fl_entry_of_design *entry = &gather->entry[i];
        if (entry->layer == gather->layer || strncmp(entry->value.path, prefix, length) != 0)
            gather->entry[kept++] = *entry;
    }
    gather->entries = kept;
}

void fl_gather_drop(struct fl_gather *gather, const char *path)
{
    struct fl_entry_of_design *entry = fl_gather_find(gather, path);
    if (entry != NULL)
        *entry = gather->entry[--gather->entries];
}

/* "core[1].adc.type": what it is before this layer, by an earlier one or by preset. */
static void forget_other_type(struct fl_gather *gather, const struct fl_value *value)
{
    const char *dot = strrchr(value->path, '.');
    if (value->text == NULL || dot == NULL || strcmp(dot, ".type") != 0)
        return;
    char *prefix = fl_arena_slice(gather->arena, value->path, (size_t)(dot - value->path));
    const struct fl_entry_of_design *old = fl_gather_find(gather, value->path);
    const struct fl_slot *slot = fl_path_parse(prefix).slot;
    const char *was = old != NULL ? old->value.text : slot != NULL ? slot->type : NULL;
    if (was != NULL && strcmp(was, value->text) != 0)
        fl_gather_forget(gather, fl_arena_format(gather->arena, "%s.", prefix));
}

void fl_gather_put(struct fl_gather *gather, const struct fl_value *value)
{
    forget_other_type(gather, value);
    struct fl_entry_of_design *entry = fl_gather_find(gather, value->path);
    if (entry == NULL) {
        gather->entry = fl_grow(gather->entry, &gather->room, gather->entries, sizeof *gather->entry);
        entry = &gather->entry[gather->entries++];
    }
    *entry = (struct fl_entry_of_design){.value = *value, .layer = gather->layer, .hash = hash_of(value->path)};
}

size_t fl_gather_count(const struct fl_gather *gather, const struct fl_engine_type *engine)
{
    int64_t count = 0;
    for (size_t i = 0; i < gather->entries; i++)
        count = fl_most(count, fl_path_count(gather->entry[i].value.path, engine));
    return (size_t)count;
}
