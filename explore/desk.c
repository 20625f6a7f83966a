/* desk.c - the state of a sweep under way. */
#include "explore/desk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/seconds.h"
#include "base/table.h"

enum { OPEN };                            /* a point not stored; else 1 + its state */

/* A work that has been enrolled. */
struct entry { char work[FL_HASH_TEXT]; int64_t point; };
/* A point that waits for its equal to be stored. */
struct waiting { int64_t point, of; };

struct fl_desk {
    const struct fl_sweep *sweep;
    const struct fl_sweep_options *options;
    struct fl_db *db;
    struct fl_sweep_id id;
    unsigned char *state;               /* of each point */
    int64_t next;                       /* the first point not handed out */
    int64_t turns, turn;                /* handed out; the next to enrol */
    struct entry *entry;                /* open hash table by work; an empty text is no entry */
    size_t room;
    struct waiting *wait;
    size_t waits, wait_room;
    struct fl_sweep_progress progress;
    double start_s;
    struct fl_err err;                  /* storing failed: nothing more is handed out */
};

/* ---- works ---- */

static struct entry *entry_at(struct fl_desk *desk, const char *work)
{
    size_t at = (size_t)(strtoull(work + 16, NULL, 16) & (desk->room - 1));
    while (desk->entry[at].work[0] != '\0' && strcmp(desk->entry[at].work, work) != 0)
        at = (at + 1) & (desk->room - 1);
    return &desk->entry[at];
}

/* What the process may have: its own limit, or what the machine has. */
static double memory_bytes(void)
{
    struct rlimit limit;
    double machine = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    bool limited = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    return limited && (double)limit.rlim_cur < machine ? (double)limit.rlim_cur : machine;
}

/* Room for every point's work from the beginning, so that memory does not grow with the sweep; a sweep that this
 * machine cannot hold is told now. */
static bool room_make(struct fl_desk *desk, struct fl_err *err)
{
    const struct fl_sweep *sweep = desk->sweep;
    char needed[FL_SI_BYTES], had[FL_SI_BYTES];
    desk->room = 1024;
    while (desk->room < 2 * (size_t)sweep->points)
        desk->room *= 2;
    double need = (double)desk->room * sizeof *desk->entry + (double)sweep->points;
    if (need > memory_bytes())
        return fl_fail(err, sweep->file, "%lld points need %s of memory to be told apart, and there are %s; take fewer "
                       "samples, or cut the axes into several sweeps", (long long)sweep->points,
                       fl_si(needed, need, "B"), fl_si(had, memory_bytes(), "B"));
    desk->entry = fl_calloc(desk->room, sizeof *desk->entry);
    desk->state = fl_calloc((size_t)sweep->points + 1, 1);
    return true;
}

/* The point that has this work; the given one if none had it before. */
static int64_t owner_of(struct fl_desk *desk, const char *work, int64_t point)
{
    struct entry *entry = entry_at(desk, work);
    if (entry->work[0] == '\0') {
        memcpy(entry->work, work, sizeof entry->work);
        entry->point = point;
    }
    return entry->point;
}

/* ---- opening and closing ---- */

static bool is_ours(const struct fl_desk *desk, int64_t point)
{
    const struct fl_sweep_options *o = desk->options;
    return o->shards == 0 || point % o->shards == o->shard;
}

static void stored_before(void *context, int64_t point, enum fl_point_state state, const char *work)
{
    struct fl_desk *desk = context;
    if (point < 0 || point >= desk->sweep->points)
        return;
    desk->state[point] = (unsigned char)(1 + state);
    desk->progress.before += is_ours(desk, point);
    if (work != NULL && strlen(work) == FL_HASH_TEXT - 1)
        owner_of(desk, work, point);
}

static bool sweep_begin(struct fl_desk *desk, struct fl_err *err)
{
    const struct fl_sweep *sweep = desk->sweep;
    struct fl_arena arena = {0};
    char identity[FL_SWEEP_IDENTITY], utc[32];
    const char **axis = fl_arena_array(&arena, sweep->axes + 1, sizeof *axis);
    struct fl_job_row *job = fl_arena_array(&arena, sweep->jobs + 1, sizeof *job);
    time_t now = time(NULL);
    struct tm tm;
    strftime(utc, sizeof utc, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    for (size_t i = 0; i < sweep->axes; i++)
        axis[i] = sweep->axis[i].name;
    for (size_t i = 0; i < sweep->jobs; i++) {
        const struct fl_trace *t = &sweep->job[i].trace;
        job[i] = (struct fl_job_row){t->model, t->phase, t->context, t->tokens, t->batch};
    }
    fl_sweep_identity(sweep, desk->options->by_operator, identity);
    struct fl_sweep_row row = {
        .name = sweep->name, .file = sweep->file, .text = sweep->settings.text, .identity = identity, .start_utc = utc,
        .version = fanlight_version(), .command = desk->options->command, .points = sweep->points, .axis = axis,
        .axes = sweep->axes, .job = job, .jobs = sweep->jobs};
    bool ok = fl_db_sweep_begin(desk->db, &row, desk->options->resume, &desk->id, err) &&
              fl_db_points(desk->db, &desk->id, stored_before, desk, err) && fl_db_sweep_mode(desk->db, true, err);
    fl_arena_free(&arena);
    return ok;
}

static void desk_free(struct fl_desk *desk)
{
    fl_db_close(desk->db);
    fl_err_free(&desk->err);
    fl_free(desk->state);
    fl_free(desk->entry);
    fl_free(desk->wait);
    fl_free(desk);
}

/* A disk that cannot hold the sweep is told now and not after hours. A point takes more than this for its design,
 * prices and counts; with constraints most may be excluded, and take little. */
static bool disk_holds(const struct fl_desk *desk, struct fl_err *err)
{
    enum { LEAST_BYTES = 8192, LEAST_EXCLUDED_BYTES = 128 };
    double each = desk->sweep->constraints == NULL ? LEAST_BYTES : LEAST_EXCLUDED_BYTES;
    double need = each * (double)(desk->progress.points - desk->progress.before);
    struct statvfs disk;
    char needed[FL_SI_BYTES], had[FL_SI_BYTES];
    if (statvfs(desk->options->db, &disk) != 0 || (double)disk.f_bavail * (double)disk.f_frsize >= need)
        return true;
    return fl_fail(err, desk->options->db, "%lld points need %s and more, its disk has %s free; nothing was simulated",
                   (long long)(desk->progress.points - desk->progress.before), fl_si(needed, need, "B"),
                   fl_si(had, (double)disk.f_bavail * (double)disk.f_frsize, "B"));
}

struct fl_desk *fl_desk_open(const struct fl_sweep *sweep, const struct fl_sweep_options *options, struct fl_err *err)
{
    struct fl_desk *desk = fl_calloc(1, sizeof *desk);
    desk->sweep = sweep;
    desk->options = options;
    if (!room_make(desk, err) || !fl_db_open(&desk->db, options->db, err) || !sweep_begin(desk, err)) {
        desk_free(desk);
        return NULL;
    }
    for (int64_t i = 0; i < sweep->points; i++)
        desk->progress.points += is_ours(desk, i);
    desk->progress.done = desk->progress.before;
    if (!disk_holds(desk, err)) {
        desk_free(desk);
        return NULL;
    }
    desk->start_s = fl_seconds();
    return desk;
}

bool fl_desk_close(struct fl_desk *desk, struct fl_sweep_progress *progress, struct fl_err *err)
{
    bool ok = desk->err.faults == 0;
    fl_err_take(err, &desk->err);
    if (!ok && desk->progress.done > 0)
        fl_fail(err, desk->options->db, "%lld of %lld points had been stored before; --resume goes on from there",
                (long long)desk->progress.done, (long long)desk->progress.points);
    if (ok)
        ok = fl_db_sweep_mode(desk->db, false, err);
    desk->progress.seconds = fl_seconds() - desk->start_s;
    *progress = desk->progress;
    desk_free(desk);
    return ok;
}

/* ---- points ---- */

bool fl_desk_take(struct fl_desk *desk, int64_t *point, int64_t *turn)
{
    const struct fl_sweep_options *o = desk->options;
    if (desk->err.faults > 0 || (o->stop != NULL && o->stop(o->context)))
        return false;
    while (desk->next < desk->sweep->points && (desk->state[desk->next] != OPEN || !is_ours(desk, desk->next)))
        desk->next++;
    if (desk->next == desk->sweep->points)
        return false;
    *point = desk->next++;
    *turn = desk->turns++;
    return true;
}

bool fl_desk_is_turn(const struct fl_desk *desk, int64_t turn)
{
    return desk->turn == turn;
}

/* A point about to be stored, and what constraints may ask of it. */
struct judging { const struct fl_desk *desk; struct fl_point point; const double *key; };

static bool judge(const void *context, const double *summary)
{
    const struct judging *j = context;
    return fl_sweep_judge(j->desk->sweep, &j->point, j->key, NULL, summary) == 1;
}

static struct fl_point_row row_of(const struct fl_desk *desk, const struct judging *judging)
{
    const struct fl_point *point = &judging->point;
    return (struct fl_point_row){
        .point = point->number, .job = point->job - desk->sweep->job, .values = desk->sweep->axes,
        .value = point->value,
        .number = point->at, .judge = desk->sweep->constraints != NULL ? judge : NULL, .context = judging};
}

/* Counts a point that has been stored. */
static void told(struct fl_desk *desk, int64_t point, enum fl_point_state state, bool shared)
{
    const struct fl_sweep_options *o = desk->options;
    struct fl_sweep_progress *p = &desk->progress;
    desk->state[point] = (unsigned char)(1 + state);
    if (state == FL_POINT_FAILED)
        p->failed++;
    else if (state == FL_POINT_EXCLUDED)
        p->excluded++;
    else if (shared)
        p->shared++;
    else
        p->simulated++;
    p->done++;
    p->seconds = fl_seconds() - desk->start_s;
    if (o->progress != NULL)
        o->progress(o->context, p);
}

static void copy(struct fl_desk *desk, int64_t number, int64_t of)
{
    struct fl_arena arena = {0};
    struct judging judging = {.desk = desk};
    fl_sweep_point(desk->sweep, number, &arena, &judging.point);
    struct fl_point_row row = row_of(desk, &judging);
    if (fl_db_copy_point(desk->db, &desk->id, &row, of, &desk->err))
        told(desk, number, (enum fl_point_state)(desk->state[of] - 1), true);
    fl_arena_free(&arena);
}

struct enrolment { struct fl_desk *desk; int64_t point, owner; };

static bool equal_note(void *context, struct fl_err *err)
{
    const struct enrolment *e = context;
    struct fl_desk *desk = e->desk;
    (void)err;
    if (desk->state[e->owner] != OPEN) {
        copy(desk, e->point, e->owner);
        return true;
    }
    desk->wait = fl_grow(desk->wait, &desk->wait_room, desk->waits, sizeof *desk->wait);
    desk->wait[desk->waits++] = (struct waiting){e->point, e->owner};
    return true;
}

/* What breaks at the desk ends the sweep with an error: the desk lives on to be closed. */
bool fl_desk_enrol(struct fl_desk *desk, int64_t point, const char *work)
{
    desk->turn++;
    struct enrolment e = {desk, point, work != NULL ? owner_of(desk, work, point) : point};
    if (e.owner == point)
        return true;
    fl_guard_keeping(equal_note, &e, NULL, &desk->err);
    return false;
}

/* Those that waited for this point. */
static void waiting_copy(struct fl_desk *desk, int64_t of)
{
    size_t kept = 0;
    for (size_t i = 0; i < desk->waits; i++)
        if (desk->wait[i].of == of)
            copy(desk, desk->wait[i].point, of);
        else
            desk->wait[kept++] = desk->wait[i];
    desk->waits = kept;
}

struct delivery { struct fl_desk *desk; int64_t number; struct fl_outcome *outcome; };

static bool outcome_store(void *context, struct fl_err *err)
{
    const struct delivery *d = context;
    struct fl_desk *desk = d->desk;
    struct fl_outcome *outcome = d->outcome;
    struct fl_arena arena = {0};
    struct judging judging = {.desk = desk, .key = outcome->key};
    enum fl_point_state state = outcome->state;
    int64_t number = d->number;
    (void)err;
    fl_sweep_point(desk->sweep, number, &arena, &judging.point);
    struct fl_point_row row = row_of(desk, &judging);
    row.state = state;
    row.work = outcome->work[0] != '\0' ? outcome->work : NULL;
    if (fl_db_store_point(desk->db, &desk->id, &row, state != FL_POINT_EXCLUDED ? &outcome->rows : NULL, &desk->err)) {
        told(desk, number, state, false);
        waiting_copy(desk, number);
    }
    fl_arena_free(&arena);
    return true;
}

void fl_desk_done(struct fl_desk *desk, int64_t number, struct fl_outcome *outcome)
{
    struct delivery d = {desk, number, outcome};
    if (desk->err.faults == 0)
        fl_guard_keeping(outcome_store, &d, NULL, &desk->err);
}
