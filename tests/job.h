/* job.h - a few operators as a text, run on a shipped design, and their rows. */
#ifndef FL_TESTS_JOB_H
#define FL_TESTS_JOB_H

#include <string.h>

#include "api/result.h"

struct job {
    struct fl_arena arena;
    struct fl_result *result;
    struct fl_rows rows;
};

/* Runs `lines`, which begin with a tensor x, as the request says; false with `err`: refused. */
static inline bool job_ask(struct job *job, struct fl_request request, const char *lines, struct fl_err *err)
{
    memset(job, 0, sizeof *job);
    request.trace_text = fl_arena_format(&job->arena, "fanlight-trace 2\nmodel hand\ninput x\n%s", lines);
    bool ran = fanlight_run(&request, &job->result, err);
    if (ran)
        fl_result_rows(job->result, true, &job->rows);
    return ran;
}

static inline void job_done(struct job *job)
{
    fl_rows_free(&job->rows);
    fanlight_free(job->result);
    fl_arena_free(&job->arena);
}

/* A count of a unit, over all operators and the set-up. */
static inline int64_t job_counted(const struct job *job, const char *path, const char *action)
{
    int64_t count = 0;
    for (size_t i = 0; i < job->rows.tallies; i++)
        if (strcmp(job->result->arch.sim.unit[job->rows.tally[i].unit]->path, path) == 0 &&
            strcmp(job->rows.tally[i].action, action) == 0)
            count += job->rows.tally[i].count;
    return count;
}

#endif
