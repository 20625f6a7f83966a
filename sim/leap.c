/* leap.c - which earlier moments to compare with, when it is worth it, and what to report.
 *
 * Levels 1 and up keep their last KEPT boundaries and try the newest first: orbits of loops
 * are short, but their length is not known beforehand. Lines (level 0) come round all the
 * time, so each unit that raises them has one snapshot, renewed after 1, 2, 4, ... of its
 * lines (Brent: an orbit of any length is found within three times its length).
 *
 * An orbit of lines is often cut short, again and again: by a refresh, or by a chunk of data
 * that arrives. Then the whole of orbit and interruption is an orbit too. So leaps are lines
 * of a second search, and its leaps of a third; and each unit searches for itself, because
 * slow ones interrupt the quick.
 *
 * Operators met before, elsewhere in the program, are recalled instead of simulated (recall.c).
 *
 * Looking must not cost more than it may save. Simulated events earn credit, looking
 * spends it, and leaps pay well; who looks in vain for long must look less often.
 */
#include "sim/leap.h"

#include <stdlib.h>
#include <string.h>

#include "sim/recall.h"

enum { KEPT = 256 };
enum { LEAST = 64 };                    /* events below which a leap costs more than it saves */
/* Credit in words looked at, which take about a nanosecond each; an event takes some 30. */
enum { EARNED = 6, SAVED = 20, MOST = 1000000 };

struct history {
    uint64_t mark[KEPT];                /* of the unit that raised the boundary */
    struct fl_snapshot kept[KEPT];      /* a ring */
    uint32_t newest, used;
};

struct search {                         /* of a unit's lines, or of leaps over them */
    struct fl_snapshot snapshot;
    bool begun;
    uint64_t gap, waited;               /* lines between snapshots, and since the last */
};
enum { NESTED = 3 };

/* Lines have an account of their own, so that loops, which may go into debt, do not take what lines could look for. */
struct account {
    int64_t credit;
    uint64_t earned;                    /* events that credit has taken account of */
};
enum { OF_LINES, OF_LOOPS, ACCOUNTS };

struct fl_leap {
    struct fl_sim *sim;
    struct fl_forms forms;
    struct history history[FL_LEVELS];  /* of lines none */
    struct fl_recall recall;
    struct search (*search)[NESTED];    /* by unit number */
    struct unit **untidy;               /* those whose type has a tidy; ends with NULL */
    uint64_t least;
    struct account account[ACCOUNTS];
    uint64_t skipped;
    struct fl_leap_level level[FL_LEVELS];
    uint64_t seen[FL_LEVELS];           /* events simulated when the level was last raised */
    uint64_t *broke[FL_LEVELS];         /* times each part of the state broke a match */
};

/* ---- life ---- */

struct fl_leap *fl_leap_new(struct fl_sim *sim)
{
    struct fl_leap *leap = fl_calloc(1, sizeof *leap);
    leap->sim = sim;
    leap->least = LEAST;
    fl_recall_init(&leap->recall, &leap->forms);
    leap->search = fl_calloc(sim->units + 1, sizeof *leap->search);
    leap->untidy = fl_calloc(sim->units + 1, sizeof *leap->untidy);
    for (uint32_t i = 0, found = 0; i < sim->units; i++)
        if (sim->unit[i]->type->tidy != NULL)
            leap->untidy[found++] = sim->unit[i];
    fl_leap_reset(leap);
    return leap;
}

static void searches_end(struct fl_leap *leap)
{
    for (uint32_t i = 0; i < leap->sim->units; i++)
        for (int n = 0; n < NESTED; n++)
            leap->search[i][n].begun = false;
}

void fl_leap_reset(struct fl_leap *leap)
{
    fl_forms_free(&leap->forms);        /* how much state a unit has may depend on the program */
    fl_forms_init(&leap->forms, leap->sim);
    for (int l = 0; l < FL_LEVELS; l++) {
        leap->history[l].used = 0;
        leap->broke[l] = fl_arena_array(&leap->forms.arena, leap->forms.parts, sizeof *leap->broke[l]);
    }
    searches_end(leap);
    fl_recall_reset(&leap->recall);
    memset(leap->level, 0, sizeof leap->level);
    memset(leap->seen, 0, sizeof leap->seen);
    for (int a = 0; a < ACCOUNTS; a++)
        leap->account[a] = (struct account){.credit = MOST};
    leap->forms.effort = leap->skipped = 0;
}

void fl_leap_free(struct fl_leap *leap)
{
    if (leap == NULL)
        return;
    for (int l = 0; l < FL_LEVELS; l++)
        for (uint32_t i = 0; i < KEPT; i++)
            fl_snapshot_free(&leap->history[l].kept[i]);
    for (uint32_t i = 0; i < leap->sim->units; i++)
        for (int n = 0; n < NESTED; n++)
            fl_snapshot_free(&leap->search[i][n].snapshot);
    fl_free(leap->search);
    fl_free(leap->untidy);
    fl_recall_free(&leap->recall);
    fl_forms_free(&leap->forms);
    fl_free(leap);
}

void fl_leap_eager(struct fl_leap *leap)
{
    leap->least = 1;
}

/* ---- boundaries ---- */

static void level_count(struct fl_leap *leap, int l)
{
    uint64_t simulated = leap->sim->events - leap->skipped;
    struct fl_leap_level *level = &leap->level[l];
    level->boundaries++;
    level->transient += level->leaps == 0;
    level->simulated += simulated - leap->seen[l];
    leap->seen[l] = simulated;
}

static struct account *account_of(struct fl_leap *leap, int level)
{
    return &leap->account[level > FL_AT_LINE ? OF_LOOPS : OF_LINES];
}

/* Is there credit for a look at this level? The outer ones may go into debt, for they save the most. */
static bool affordable(struct fl_leap *leap, int level)
{
    uint64_t simulated = leap->sim->events - leap->skipped;
    struct account *account = account_of(leap, level);
    account->credit += (int64_t)((simulated - account->earned) * EARNED);
    account->earned = simulated;
    if (account->credit > MOST)
        account->credit = MOST;
    return leap->least == 1 || account->credit + (int64_t)level * MOST > 0;
}

static void leapt_over(struct fl_leap *leap, int level, uint64_t events)
{
    leap->level[level].leaps++;
    leap->level[level].represented += events;
    leap->skipped += events;
    account_of(leap, level)->credit += events < MOST / SAVED ? (int64_t)events * SAVED : MOST;
}

/* Leaps as far as the snapshot allows, if the machine has recurred since and it is worth it. */
static bool leap_from(struct fl_leap *leap, int l, const struct fl_snapshot *snapshot)
{
    uint32_t broke;
    uint64_t events = leap->sim->events;
    int64_t times = fl_snapshot_repeats(snapshot, &leap->forms, &broke);
    if (broke != UINT32_MAX)
        leap->broke[l][broke]++;
    if (times == 0 || (events - snapshot->events) * (uint64_t)times < leap->least)
        return false;
    leap->level[l].period = leap->sim->now - snapshot->now;
    fl_recall_pass(&leap->recall, snapshot);
    fl_snapshot_leap(snapshot, &leap->forms, times);
    leapt_over(leap, l, leap->sim->events - events);
    return true;
}

static void search_renew(struct fl_leap *leap, struct search *search, uint64_t gap)
{
    search->begun = true;
    search->gap = gap;
    search->waited = 0;
    fl_snapshot_take(&search->snapshot, &leap->forms);
}

/* Leaps if it can; else renews the snapshot when its time has come. */
static bool search_leap(struct fl_leap *leap, struct search *search)
{
    search->waited++;
    if (search->begun && leap_from(leap, 0, &search->snapshot))
        return true;
    if (!search->begun || search->waited >= search->gap)
        search_renew(leap, search, search->begun ? search->gap * 2 : 1);
    return false;
}

static void line_boundary(struct fl_leap *leap, struct search search[NESTED])
{
    int leapt = 0;
    while (leapt < NESTED && search_leap(leap, &search[leapt]))
        leapt++;
    for (int n = 0; n < leapt; n++)     /* on from where the leaps have led */
        search_renew(leap, &search[n], search[n].waited);
}

static void loop_boundary(struct fl_leap *leap, int level, const struct unit *raiser)
{
    struct history *history = &leap->history[level];
    uint64_t mark = fl_snapshot_mark(&leap->forms, raiser);
    for (uint32_t i = 0, leapt = 0; i < history->used && !leapt; i++) {
        uint32_t at = (history->newest + KEPT - i) % KEPT;
        leapt = history->mark[at] == mark && leap_from(leap, level, &history->kept[at]);
    }
    history->newest = (history->newest + 1) % KEPT;
    history->used += history->used < KEPT;
    history->mark[history->newest] = mark;
    fl_snapshot_take(&history->kept[history->newest], &leap->forms);
}

/* Is the operator that comes next one met before? Then the machine stands at its end. */
static bool recall(struct fl_leap *leap, const struct unit *raiser)
{
    uint32_t broke;
    struct fl_sim *sim = leap->sim;
    uint64_t events = sim->events;
    fl_time now = sim->now;
    level_count(leap, FL_RECALL);
    bool leapt = fl_recall_leap(&leap->recall, raiser, &broke);
    if (leapt) {
        leap->level[FL_RECALL].period = sim->now - now;
        leapt_over(leap, FL_RECALL, sim->events - events);
    } else if (broke != UINT32_MAX) {
        leap->broke[FL_RECALL][broke]++;
    }
    return leapt;
}

/* Between operators. */
static void operator_boundary(struct fl_leap *leap, int level, const struct unit *raiser)
{
    fl_recall_end(&leap->recall, raiser, leap->least);
    loop_boundary(leap, level, raiser);
    while (recall(leap, raiser)) {
        level_count(leap, FL_AT_OPERATOR);
        loop_boundary(leap, FL_AT_OPERATOR, raiser);
    }
    leap->sim->epoch = leap->sim->events;
    fl_recall_begin(&leap->recall, raiser);
}

void fl_leap_boundary(struct fl_leap *leap, int level, const struct unit *raiser)
{
    level = level <= FL_AT_LAYER ? level : FL_AT_LAYER;
    level_count(leap, level);
    if (level > FL_AT_LINE)
        searches_end(leap);
    if (!affordable(leap, level))
        return;
    for (struct unit **u = leap->untidy; *u != NULL; u++)
        (*u)->type->tidy(*u);
    uint64_t spent = leap->forms.effort;
    if (level >= FL_AT_OPERATOR)
        operator_boundary(leap, level, raiser);
    else if (level > FL_AT_LINE)
        loop_boundary(leap, level, raiser);
    else
        line_boundary(leap, leap->search[raiser->number]);
    account_of(leap, level)->credit -= (int64_t)(leap->forms.effort - spent);
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
