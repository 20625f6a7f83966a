/* ledger.c - rows of operators, each kept once. */
#include "sim/ledger.h"

#include <stdlib.h>
#include <string.h>

void fl_ledger_init(struct fl_ledger *ledger, struct fl_sim *sim)
{
    memset(ledger, 0, sizeof *ledger);
    ledger->sim = sim;
    ledger->index_room = 1024;
    ledger->index = fl_calloc(ledger->index_room, sizeof *ledger->index);
    sim->ledger = ledger;
}

void fl_ledger_free(struct fl_ledger *ledger)
{
    fl_free(ledger->occurrence);
    fl_free(ledger->delta);
    fl_free(ledger->entry);
    fl_free(ledger->index);
    for (int s = 0; s < FL_STREAMS; s++)
        fl_free(ledger->log[s].at);
    memset(ledger, 0, sizeof *ledger);
}

void fl_ledger_start(struct fl_ledger *ledger, const struct fl_program *program)
{
    struct fl_sim *sim = ledger->sim;
    int32_t slots = 1;
    for (size_t i = 0; i < program->steps; i++)
        slots = program->step[i].slot >= slots ? program->step[i].slot + 1 : slots;
    fl_assert(slots <= FL_SLOTS);
    for (uint32_t i = 0; i < sim->units; i++) {
        struct unit *u = sim->unit[i];
        u->row = fl_arena_array(&sim->arena, (size_t)slots * u->counts, sizeof *u->row);
    }
    ledger->open = 0;
    memset(ledger->flight, 0, sizeof ledger->flight);
    ledger->occurrences = 0;
    for (int s = 0; s < FL_STREAMS; s++)
        ledger->log[s].length = 0;
}

void fl_ledger_open(struct fl_ledger *ledger, int32_t slot)
{
    fl_assert(slot >= 0 && slot < FL_SLOTS && !fl_ledger_is_open(ledger, slot));
    for (uint32_t i = 0; i < ledger->sim->units; i++)       /* nobody counts for an operator that is not in flight */
        fl_unit_assert(ledger->sim->unit[i], !(ledger->sim->unit[i]->rows >> slot & 1));
    ledger->open |= (uint64_t)1 << slot;
    ledger->flight[slot].start = ledger->sim->now;
    ledger->flight[slot].openings++;
}

static uint64_t hash_add(uint64_t hash, uint64_t word)
{
    hash ^= word;
    hash *= 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

static void entry_add(struct fl_ledger *ledger, struct fl_delta *delta, struct fl_entry entry)
{
    ledger->entry = fl_grow(ledger->entry, &ledger->entry_room, ledger->entries, sizeof *ledger->entry);
    ledger->entry[ledger->entries++] = entry;
    delta->hash = hash_add(hash_add(delta->hash, (uint64_t)entry.unit << 32 | entry.tally), (uint64_t)entry.count);
    delta->entries++;
}

/* Takes the row of a slot as a new last delta; the row is zero then. */
static struct fl_delta *delta_append(struct fl_ledger *ledger, int32_t slot)
{
    ledger->delta = fl_grow(ledger->delta, &ledger->delta_room, ledger->deltas, sizeof *ledger->delta);
    struct fl_delta *delta = &ledger->delta[ledger->deltas];
    *delta = (struct fl_delta){ .first = (uint32_t)ledger->entries };
    for (uint32_t i = 0; i < ledger->sim->units; i++) {
        struct unit *u = ledger->sim->unit[i];
        fl_unit_assert(u, !u->blocked || u->blocked_slot != slot);
        if (!(u->rows >> slot & 1))
            continue;
        int64_t *row = &u->row[(uint32_t)slot * u->counts];
        for (uint32_t c = 0; c < u->counts; c++)
            if (row[c] != 0)
                entry_add(ledger, delta, (struct fl_entry){ i, c, row[c] });
        memset(row, 0, u->counts * sizeof *row);
        u->rows &= ~((uint64_t)1 << slot);
    }
    return delta;
}

static bool delta_equal(const struct fl_ledger *ledger, const struct fl_delta *a, const struct fl_delta *b)
{
    if (a->hash != b->hash || a->entries != b->entries)
        return false;
    for (uint32_t i = 0; i < a->entries; i++) {
        const struct fl_entry *x = &ledger->entry[a->first + i], *y = &ledger->entry[b->first + i];
        if (x->unit != y->unit || x->tally != y->tally || x->count != y->count)
            return false;
    }
    return true;
}

static void index_rebuild(struct fl_ledger *ledger)
{
    ledger->index_room *= 2;
    fl_free(ledger->index);
    ledger->index = fl_calloc(ledger->index_room, sizeof *ledger->index);
    for (size_t i = 0; i < ledger->deltas; i++) {
        size_t at = ledger->delta[i].hash % ledger->index_room;
        while (ledger->index[at] != 0)
            at = (at + 1) % ledger->index_room;
        ledger->index[at] = (uint32_t)i + 1;
    }
}

/* The index of the row: an equal one seen before, or a new one. */
static uint32_t delta_intern(struct fl_ledger *ledger, int32_t slot)
{
    struct fl_delta *delta = delta_append(ledger, slot);
    size_t at = delta->hash % ledger->index_room;
    for (; ledger->index[at] != 0; at = (at + 1) % ledger->index_room)
        if (delta_equal(ledger, &ledger->delta[ledger->index[at] - 1], delta)) {
            ledger->entries = delta->first;
            return ledger->index[at] - 1;
        }
    ledger->index[at] = (uint32_t)++ledger->deltas;
    if (ledger->deltas * 2 > ledger->index_room)
        index_rebuild(ledger);
    return (uint32_t)ledger->deltas - 1;
}

static void occurrence_add(struct fl_ledger *ledger, struct fl_occurrence occurrence)
{
    ledger->occurrence = fl_grow(ledger->occurrence, &ledger->occurrence_room, ledger->occurrences,
                                 sizeof *ledger->occurrence);
    ledger->occurrence[ledger->occurrences++] = occurrence;
}

void fl_ledger_close(struct fl_ledger *ledger, int32_t slot)
{
    fl_assert(slot >= 0 && slot < FL_SLOTS && fl_ledger_is_open(ledger, slot));
    ledger->open &= ~((uint64_t)1 << slot);
    occurrence_add(ledger, (struct fl_occurrence){ ledger->flight[slot].start, ledger->sim->now,
                                                   delta_intern(ledger, slot), slot });
    if (ledger->closed != NULL)
        ledger->closed(ledger->context, ledger->occurrences);
}

void fl_ledger_repeat(struct fl_ledger *ledger, size_t first, size_t end, fl_time period, int64_t times)
{
    for (int64_t n = 1; n <= times; n++)
        for (size_t i = first; i < end; i++) {
            struct fl_occurrence o = ledger->occurrence[i];
            occurrence_add(ledger, (struct fl_occurrence){ o.start + n * period, o.end + n * period, o.delta, o.slot });
        }
}

void fl_ledger_sort(struct fl_ledger *ledger, const int32_t *slot)
{
    struct fl_occurrence *sorted = fl_calloc(ledger->occurrences + 1, sizeof *sorted);
    size_t next[FL_SLOTS] = { 0 };
    for (size_t n = 0; n < ledger->occurrences; n++) {
        size_t *at = &next[slot[n]];
        while (*at < ledger->occurrences && ledger->occurrence[*at].slot != slot[n])
            ++*at;
        fl_assert(*at < ledger->occurrences);
        sorted[n] = ledger->occurrence[(*at)++];
    }
    fl_free(ledger->occurrence);
    ledger->occurrence = sorted;
    ledger->occurrence_room = ledger->occurrences + 1;
}

static void log_add(struct fl_log *log, fl_time at)
{
    log->at = fl_grow(log->at, &log->room, log->length, sizeof *log->at);
    log->at[log->length++] = at;
}

void fl_ledger_retired(struct fl_ledger *ledger, int32_t stream)
{
    log_add(&ledger->log[stream], ledger->sim->now);
}

void fl_ledger_repeat_log(struct fl_ledger *ledger, const size_t *from, fl_time period, int64_t times)
{
    for (int s = 0; s < FL_STREAMS; s++) {
        struct fl_log *log = &ledger->log[s];
        size_t length = log->length;
        for (int64_t n = 1; n <= times && from[s] < length; n++)
            for (size_t i = from[s]; i < length; i++)
                log_add(log, log->at[i] + n * period);
    }
}
