/* leap.c - which earlier moments to compare with, and what to report.
 *
 * Levels 1 and up keep the last KEPT boundaries, the newest first to be tried: orbits of
 * loops are short, but their length is not known beforehand. Level 0 comes round all the
 * time, so it keeps one snapshot, renewed after 1, 2, 4, ... boundaries (Brent: an orbit
 * of any length is found within three times its length), and starts anew when an outer
 * loop comes round. Outermost levels are tried first: the longest leap wins.
 */
#include "sim/leap.h"

#include <stdlib.h>
#include <string.h>

#include "sim/snapshot.h"

enum { KEPT = 128 };

struct history {
    struct fl_snapshot *kept[KEPT];     /* a ring; level 0 uses one place */
    uint32_t newest, used;
};

struct fl_leap {
    struct fl_sim *sim;
    struct fl_forms forms;
    struct history history[FL_LEVELS];
    uint64_t gap, waited;               /* level 0: boundaries between snapshots, and since the last */
    struct fl_snapshot **spare;         /* snapshots nobody keeps */
    size_t spares, spare_room;
    uint64_t skipped;
    struct fl_leap_level level[FL_LEVELS];
    uint64_t seen[FL_LEVELS];           /* events simulated when the level was last compared */
    uint64_t *broke[FL_LEVELS];         /* times each part of the state broke a match */
};

/* ---- snapshots, shared by the histories of several levels ---- */

static struct fl_snapshot *snapshot_new(struct fl_leap *leap, uint64_t mark)
{
    struct fl_snapshot *snapshot = leap->spares > 0 ? leap->spare[--leap->spares] : calloc(1, sizeof *snapshot);
    fl_assert(snapshot != NULL);
    fl_snapshot_take(snapshot, &leap->forms, mark);
    snapshot->holders = 0;
    return snapshot;
}

static void snapshot_release(struct fl_leap *leap, struct fl_snapshot *snapshot)
{
    if (--snapshot->holders > 0)
        return;
    leap->spare = fl_grow(leap->spare, &leap->spare_room, leap->spares, sizeof(struct fl_snapshot *));
    leap->spare[leap->spares++] = snapshot;
}

static void history_clear(struct fl_leap *leap, struct history *history)
{
    for (uint32_t i = 0; i < KEPT; i++)
        if (history->kept[i] != NULL)
            snapshot_release(leap, history->kept[i]);
    memset(history, 0, sizeof *history);
}

static void history_push(struct fl_leap *leap, struct history *history, uint32_t room, struct fl_snapshot *snapshot)
{
    history->newest = (history->newest + 1) % room;
    struct fl_snapshot **place = &history->kept[history->newest];
    if (*place != NULL)
        snapshot_release(leap, *place);
    *place = snapshot;
    snapshot->holders++;
    history->used += history->used < room;
}

/* ---- life ---- */

struct fl_leap *fl_leap_new(struct fl_sim *sim)
{
    struct fl_leap *leap = calloc(1, sizeof *leap);
    fl_assert(leap != NULL);
    leap->sim = sim;
    fl_forms_init(&leap->forms, sim);
    for (int l = 0; l < FL_LEVELS; l++)
        leap->broke[l] = fl_arena_array(&leap->forms.arena, leap->forms.parts, sizeof *leap->broke[l]);
    fl_leap_reset(leap);
    return leap;
}

void fl_leap_reset(struct fl_leap *leap)
{
    for (int l = 0; l < FL_LEVELS; l++) {
        history_clear(leap, &leap->history[l]);
        memset(leap->broke[l], 0, leap->forms.parts * sizeof *leap->broke[l]);
    }
    memset(leap->level, 0, sizeof leap->level);
    memset(leap->seen, 0, sizeof leap->seen);
    leap->gap = 1;
    leap->waited = leap->skipped = 0;
}

void fl_leap_free(struct fl_leap *leap)
{
    if (leap == NULL)
        return;
    fl_leap_reset(leap);
    for (size_t i = 0; i < leap->spares; i++) {
        fl_snapshot_free(leap->spare[i]);
        free(leap->spare[i]);
    }
    free(leap->spare);
    fl_forms_free(&leap->forms);
    free(leap);
}

/* ---- boundaries ---- */

static void level_count(struct fl_leap *leap, int l)
{
    struct fl_leap_level *level = &leap->level[l];
    uint64_t simulated = leap->sim->events - leap->skipped;
    level->boundaries++;
    level->transient += level->leaps == 0;
    level->simulated += simulated - leap->seen[l];
    leap->seen[l] = simulated;
}

/* Leaps as far as the snapshot allows, if the machine has recurred since. */
static bool leap_from(struct fl_leap *leap, int l, const struct fl_snapshot *snapshot)
{
    uint32_t broke;
    int64_t times = fl_snapshot_repeats(snapshot, &leap->forms, &broke);
    if (times == 0) {
        if (broke != UINT32_MAX)
            leap->broke[l][broke]++;
        return false;
    }
    struct fl_leap_level *level = &leap->level[l];
    uint64_t events = leap->sim->events;
    level->period = leap->sim->now - snapshot->now;
    fl_snapshot_leap(snapshot, &leap->forms, times);
    level->leaps++;
    level->represented += leap->sim->events - events;
    leap->skipped += leap->sim->events - events;
    return true;
}

static bool history_leap(struct fl_leap *leap, int l, uint64_t mark)
{
    const struct history *history = &leap->history[l];
    for (uint32_t i = 0; i < history->used; i++) {
        const struct fl_snapshot *snapshot = history->kept[(history->newest + KEPT - i) % KEPT];
        if (snapshot->mark == mark && leap_from(leap, l, snapshot))
            return true;
    }
    return false;
}

/* Level 0 compares with this moment for the next `gap` boundaries. */
static void lines_restart(struct fl_leap *leap, struct fl_snapshot *here, uint64_t gap)
{
    history_push(leap, &leap->history[0], 1, here);
    leap->gap = gap;
    leap->waited = 0;
}

static void lines_boundary(struct fl_leap *leap, uint64_t mark)
{
    const struct fl_snapshot *snapshot = leap->history[0].kept[0];
    leap->waited++;
    if (snapshot != NULL && snapshot->mark == mark && leap_from(leap, 0, snapshot))
        lines_restart(leap, snapshot_new(leap, mark), leap->waited);
    else if (snapshot == NULL || leap->waited >= leap->gap)
        lines_restart(leap, snapshot_new(leap, mark), leap->gap * 2);
}

void fl_leap_boundary(struct fl_leap *leap, int level)
{
    uint64_t mark = fl_snapshot_mark(&leap->forms);
    level = level < FL_LEVELS ? level : FL_LEVELS - 1;
    for (int l = 0; l <= level; l++)
        level_count(leap, l);
    if (level == 0) {
        lines_boundary(leap, mark);
        return;
    }
    for (int l = level; l > 0 && !history_leap(leap, l, mark); l--)
        ;
    struct fl_snapshot *here = snapshot_new(leap, mark);
    for (int l = 1; l <= level; l++)
        history_push(leap, &leap->history[l], KEPT, here);
    lines_restart(leap, here, 1);
}

/* ---- report ---- */

const struct fl_leap_level *fl_leap_levels(struct fl_leap *leap)
{
    for (int l = 0; l < FL_LEVELS; l++) {
        uint32_t most = 0;
        for (uint32_t part = 1; part < leap->forms.parts; part++)
            if (leap->broke[l][part] > leap->broke[l][most])
                most = part;
        leap->level[l].breaker = leap->broke[l][most] > 0 ? fl_forms_part(&leap->forms, most) : NULL;
    }
    return leap->level;
}

uint64_t fl_leap_skipped(const struct fl_leap *leap)
{
    return leap->skipped;
}
