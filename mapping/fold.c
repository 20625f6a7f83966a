/* fold.c - text that repeats becomes a loop: heads and blocks that are alike look alike to the machine.
 *
 * A text is a sequence of items: an instruction, or a loop with all that is in it. Where the same items come again at
 * once, often enough for a leap to pay (sim/leap.h), one round of them is kept in a loop, and folded in its turn. What
 * a machine does is the same; only the look for an orbit, which a loop's end calls for, is new.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "mapping/mapper.h"

enum { FEWEST = 4 };                    /* rounds worth a loop: two or three are simulated before a leap */
enum { TRIED = 64 };                    /* lengths of a round that are tried from an item */

struct item {
    uint32_t first, count;              /* instructions */
    uint32_t same;                      /* equal items share a number */
    uint32_t next;                      /* the next equal item; past the end: none */
    int32_t depth;                      /* of loops in it */
};

struct text {
    const struct fl_inst *inst;         /* as they were written, loops by where they stood */
    struct item *item;
    size_t items;
};

/* ---- items ---- */

/* Is it the same instruction, wherever its loop stands and however deep? */
static bool same_inst(const struct fl_inst *a, const struct fl_inst *b)
{
    bool loop = a->code == FL_LOOP || a->code == FL_NEXT;
    return a->code == b->code && a->count == b->count && (loop || a->arg == b->arg);
}

static bool same_item(const struct text *t, const struct item *a, const struct item *b)
{
    for (uint32_t i = 0; i < a->count && a->count == b->count; i++)
        if (!same_inst(&t->inst[a->first + i], &t->inst[b->first + i]))
            return false;
    return a->count == b->count;
}

static uint64_t item_hash(const struct text *t, const struct item *item)
{
    uint64_t hash = item->count;
    for (uint32_t i = 0; i < item->count; i++) {
        const struct fl_inst *inst = &t->inst[item->first + i];
        bool loop = inst->code == FL_LOOP || inst->code == FL_NEXT;
        int64_t key[] = {(int64_t)hash, inst->code, loop ? 0 : inst->arg, inst->count};
        hash = fl_hash_bytes(key, sizeof key);
    }
    return hash;
}

/* Numbers equal items alike, from the last to the first, and joins each to the next one. */
static void items_join(struct text *t)
{
    size_t room = 64;
    while (room < 2 * t->items)
        room *= 2;
    uint32_t *table = fl_calloc(room, sizeof *table);       /* 1 + the item found last of those that are equal */
    for (size_t i = t->items; i-- > 0;) {
        struct item *item = &t->item[i];
        size_t place = (size_t)item_hash(t, item) & (room - 1);
        while (table[place] != 0 && !same_item(t, &t->item[table[place] - 1], item))
            place = (place + 1) & (room - 1);
        item->next = table[place] != 0 ? table[place] - 1 : (uint32_t)t->items;
        item->same = table[place] != 0 ? t->item[item->next].same : (uint32_t)i;
        table[place] = (uint32_t)(i + 1);
    }
    fl_free(table);
}

/* Instructions from..end, loops in which are whole, as items. */
static void items_find(struct text *t, uint32_t from, uint32_t end)
{
    t->item = fl_calloc(end - from + 1, sizeof *t->item);
    t->items = 0;
    for (uint32_t at = from; at < end;) {
        struct item *item = &t->item[t->items++];
        *item = (struct item){.first = at};
        int32_t depth = 0;
        do {
            depth += t->inst[at].code == FL_LOOP;
            item->depth = depth > item->depth ? depth : item->depth;
            depth -= t->inst[at].code == FL_NEXT;
            at++;
        } while (depth > 0);
        item->count = at - item->first;
    }
    items_join(t);
}

/* ---- rounds ---- */

struct rounds { size_t length, times; };

/* How often a round of so many items comes from `at` on. */
static size_t times_of(const struct text *t, size_t at, size_t length)
{
    size_t alike = 0;
    while (at + length + alike < t->items && t->item[at + alike].same == t->item[at + length + alike].same)
        alike++;
    return 1 + alike / length;
}

/* The rounds that cover most from an item on; of equals the shortest. */
static struct rounds rounds_at(const struct text *t, size_t at)
{
    struct rounds best = {1, 1};
    uint32_t next = t->item[at].next;
    for (int tried = 0; tried < TRIED && at + FEWEST * (next - at) <= t->items; tried++, next = t->item[next].next) {
        size_t length = next - at, times = times_of(t, at, length);
        if (times >= FEWEST && times * length > best.times * best.length)
            best = (struct rounds){length, times};
    }
    return best;
}

static int32_t depth_of(const struct text *t, size_t at, size_t length)
{
    int32_t depth = 0;
    for (size_t i = at; i < at + length; i++)
        depth = t->item[i].depth > depth ? t->item[i].depth : depth;
    return depth;
}

/* ---- written again ---- */

static void text_fold(struct fl_builder *builder, const struct fl_inst *inst, uint32_t from, uint32_t end);

static void item_write(struct fl_builder *builder, const struct text *t, const struct item *item)
{
    const struct fl_inst *inst = &t->inst[item->first];
    if (inst->code != FL_LOOP) {
        fl_build_inst(builder, (enum fl_code)inst->code, inst->arg, inst->count);
        return;
    }
    fl_build_loop(builder, inst->count);
    text_fold(builder, t->inst, item->first + 1, item->first + item->count - 1);
    fl_build_next(builder);
}

/* Writes items again, folded where they repeat and there is room for one more loop. */
static void text_fold(struct fl_builder *builder, const struct fl_inst *inst, uint32_t from, uint32_t end)
{
    struct text t = {.inst = inst};
    items_find(&t, from, end);
    for (size_t at = 0; at < t.items;) {
        struct rounds rounds = rounds_at(&t, at);
        const struct item *last = &t.item[at + rounds.length - 1];
        bool folds = rounds.times > 1 && builder->depth + depth_of(&t, at, rounds.length) < FL_LOOP_DEPTH;
        if (folds) {
            fl_build_loop(builder, (int64_t)rounds.times);
            text_fold(builder, inst, t.item[at].first, last->first + last->count);
            fl_build_next(builder);
            builder->inst[builder->insts - 1].count = 1;
            at += rounds.times * rounds.length;
        } else {
            item_write(builder, &t, &t.item[at++]);
        }
    }
    fl_free(t.item);
}

void fl_build_fold(struct fl_builder *builder, size_t first)
{
    uint32_t insts = (uint32_t)(builder->insts - first);
    struct fl_inst *inst = fl_calloc(insts + 1, sizeof *inst);
    memcpy(inst, builder->inst + first, insts * sizeof *inst);
    builder->insts = first;
    text_fold(builder, inst, 0, insts);
    fl_free(inst);
}
