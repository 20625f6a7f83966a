/* run.c - a sweep on the threads of one machine. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/desk.h"

enum { JOBS_MOST = 1024 };

struct crew {
    const struct fl_sweep *sweep;
    const struct fl_sweep_options *options;
    struct fl_desk *desk;
    pthread_mutex_t lock;               /* around the desk */
    pthread_cond_t turned;              /* another turn has begun */
};

/* A point handed out to one of the crew. */
struct task { struct crew *crew; int64_t point, turn; };

/* Enrols in turn, and waits for the turn if it must: only reading designs comes before, so it is short. */
static bool enrol(void *context, const char *work)
{
    const struct task *task = context;
    struct crew *crew = task->crew;
    pthread_mutex_lock(&crew->lock);
    while (!fl_desk_is_turn(crew->desk, task->turn))
        pthread_cond_wait(&crew->turned, &crew->lock);
    bool first = fl_desk_enrol(crew->desk, task->point, work[0] != '\0' ? work : NULL);
    pthread_cond_broadcast(&crew->turned);
    pthread_mutex_unlock(&crew->lock);
    return first;
}

static bool take(struct crew *crew, int64_t *point, int64_t *turn)
{
    pthread_mutex_lock(&crew->lock);
    bool taken = fl_desk_take(crew->desk, point, turn);
    pthread_mutex_unlock(&crew->lock);
    return taken;
}

static void *work(void *context)
{
    struct task task = {.crew = context};
    struct crew *crew = context;
    while (take(crew, &task.point, &task.turn)) {
        struct fl_outcome outcome;
        if (!fl_try_point(crew->sweep, crew->options, task.point, enrol, &task, &outcome))
            continue;
        pthread_mutex_lock(&crew->lock);
        fl_desk_done(crew->desk, task.point, &outcome);
        pthread_mutex_unlock(&crew->lock);
        fl_outcome_free(&outcome);
    }
    return NULL;
}

/* Is the point excluded by its place on the axes and its workload alone? No design need be read to tell. */
static bool hopeless(const struct fl_sweep *sweep, int64_t number)
{
    struct fl_arena arena = {0};
    struct fl_point point;
    fl_sweep_point(sweep, number, &arena, &point);
    bool excluded = fl_sweep_judge(sweep, &point, NULL, NULL, NULL) == 0;
    fl_arena_free(&arena);
    return excluded;
}

bool fl_sweep_hopes(const struct fl_sweep *sweep, const struct fl_sweep_options *options, struct fl_err *err)
{
    if (sweep->constraints == NULL)
        return true;
    for (int64_t i = 0; i < sweep->points; i++) {
        if (options->stop != NULL && options->stop(options->context))
            return fl_fail(err, sweep->file, "stopped while points were held against the constraints: of the first "
                           "%lld none meets \"%s\"; nothing was simulated", (long long)i, sweep->constraint);
        if (!hopeless(sweep, i) && fl_try_hopes(sweep, options, i))
            return true;
    }
    return fl_fail(err, sweep->file, "constraints: not one of %lld points meets \"%s\"", (long long)sweep->points,
                   sweep->constraint);
}

static void crew_work(struct crew *crew, int jobs)
{
    pthread_t *thread = fl_calloc((size_t)jobs, sizeof *thread);
    int started = 0;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->turned, NULL);
    while (started < jobs - 1 && pthread_create(&thread[started], NULL, work, crew) == 0)
        started++;
    work(crew);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    pthread_cond_destroy(&crew->turned);
    pthread_mutex_destroy(&crew->lock);
    fl_free(thread);
}

static int jobs_of(const struct fl_sweep_options *options)
{
    long jobs = options->jobs > 0 ? options->jobs : sysconf(_SC_NPROCESSORS_ONLN);
    return jobs < 1 ? 1 : jobs > JOBS_MOST ? JOBS_MOST : (int)jobs;
}

bool fl_sweep_run(const struct fl_sweep *sweep, const struct fl_sweep_options *options,
                  struct fl_sweep_progress *progress, struct fl_err *err)
{
    struct crew crew = {.sweep = sweep, .options = options};
    memset(progress, 0, sizeof *progress);
    if (!fl_sweep_hopes(sweep, options, err) || (crew.desk = fl_desk_open(sweep, options, err)) == NULL)
        return false;
    crew_work(&crew, jobs_of(options));
    return fl_desk_close(crew.desk, progress, err);
}
