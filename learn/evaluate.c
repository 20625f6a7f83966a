/* evaluate.c - calibrating a machine and testing a network on it. */
#include "learn/evaluate.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "learn/draw.h"
#include "learn/rows.h"

enum { BATCH = 8 };                     /* windows side by side */

void fl_calibrate(const struct fl_net *net, const struct fl_text *text, size_t windows, struct fl_optics *optics)
{
    size_t length = (size_t)net->shape.context;
    int *symbols = fl_calloc(2 * BATCH * length, sizeof *symbols);
    struct fl_pass pass = fl_pass_make(&net->shape, BATCH, false);
    fl_optics_restart(optics);
    for (int phase = 0; phase < 2; phase++) {
        struct fl_optics_run run = {.optics = optics};
        struct fl_multiplier by = fl_optics_multiplier(&run);
        for (size_t i = 0; i < windows; i += BATCH) {
            fl_text_batch(text, fl_draw_key(i, 77), BATCH, length, symbols, symbols + BATCH * length);
            fl_transformer_forward(&net->shape, net->parameters, symbols, (int64_t)i, &by, &pass);
        }
        if (phase == 0)
            fl_optics_ranged(optics);
        else
            fl_optics_counted(optics);
    }
    fl_pass_free(&pass);
    fl_free(symbols);
}

double fl_light_of(const struct fl_optics *optics)
{
    double photons = 0, macs = 0;
    for (int i = 0; i < optics->sites; i++) {
        const struct fl_site_state *site = &optics->site[i];
        if (site->chain.kind != FL_CHAIN_OPTICAL)
            continue;
        photons += site->chain.ask.photons / site->chain.ask.length * site->light;
        macs += (double)site->macs;
    }
    return macs > 0 ? photons / macs : 0;
}

/* ---- tests ---- */

struct job {
    const struct fl_net *net;
    const struct fl_text *text;
    struct fl_optics *optics;
    uint64_t noise;
    size_t windows, batches, first, step;       /* this job's batches: first, first + step, ... */
    struct fl_evaluation *batch;        /* one for each */
    pthread_t thread;
    bool started, ended;                /* as a thread; early, by a broken law or for want of memory */
    struct fl_err err;
};

static void run_batch(const struct job *job, size_t batch, int *symbols, struct fl_pass *pass)
{
    size_t length = (size_t)job->net->shape.context, all = fl_text_windows(job->text, length);
    size_t from = batch * BATCH, windows = job->windows - from < BATCH ? job->windows - from : BATCH;
    int *next = symbols + BATCH * length;
    for (size_t i = 0; i < windows; i++)
        fl_text_window(job->text, (from + i) * all / job->windows, length, symbols + i * length, next + i * length);
    struct fl_optics_run run = {.optics = job->optics, .noise = job->noise};
    struct fl_multiplier by = job->optics != NULL ? fl_optics_multiplier(&run) : fl_exact;
    pass->sequences = windows;
    pass->tokens = windows * length;
    fl_transformer_forward(&job->net->shape, job->net->parameters, symbols, (int64_t)from, &by, pass);
    double loss = fl_rows_loss(pass->tokens, (size_t)job->net->shape.vocabulary, next, 1, pass->logits, NULL);
    job->batch[batch] = (struct fl_evaluation){pass->tokens, loss, run.detected, run.macs, run.optical_macs};
}

static bool run_batches(void *context, struct fl_err *err)
{
    struct job *job = context;
    (void)err;
    int *symbols = fl_calloc(2 * BATCH * (size_t)job->net->shape.context, sizeof *symbols);
    struct fl_pass pass = fl_pass_make(&job->net->shape, BATCH, false);
    for (size_t i = job->first; i < job->batches; i += job->step)
        run_batch(job, i, symbols, &pass);
    fl_pass_free(&pass);
    fl_free(symbols);
    return true;
}

/* Each job lands by itself: nobody may leave while others are at work. */
static void *work(void *context)
{
    struct job *job = context;
    fl_guard(run_batches, job, &job->ended, &job->err);
    return NULL;
}

/* What ended a job ends the whole. */
static void all_ended_well(struct job *job, size_t jobs)
{
    enum fl_fault_code code = FL_FAULT_NONE;
    char why[256] = "";
    for (size_t i = 0; i < jobs; i++) {
        if (job[i].ended && code == FL_FAULT_NONE) {
            code = job[i].err.code;
            snprintf(why, sizeof why, "%s", fl_err_first(&job[i].err));
        }
        fl_err_free(&job[i].err);
    }
    if (code == FL_FAULT_MEMORY)
        fl_memory_short(0);
    if (code != FL_FAULT_NONE)
        fl_panic(__FILE__, __LINE__, "%s", why);
}

struct fl_evaluation fl_evaluate(const struct fl_net *net, const struct fl_text *text, struct fl_optics *optics,
                                 uint64_t noise, size_t windows, int jobs)
{
    size_t batches = (windows + BATCH - 1) / BATCH, threads = (size_t)jobs;
    struct job *job = fl_calloc(threads, sizeof *job);
    struct fl_evaluation *batch = fl_calloc(batches, sizeof *batch), sum = {0};
    for (size_t i = 0; i < threads; i++) {
        job[i] = (struct job){.net = net, .text = text, .optics = optics, .noise = noise, .windows = windows,
                              .batches = batches, .first = i, .step = threads, .batch = batch};
        job[i].started = i > 0 && pthread_create(&job[i].thread, NULL, work, &job[i]) == 0;
    }
    for (size_t i = 0; i < threads; i++)
        if (!job[i].started)
            work(&job[i]);
    for (size_t i = 0; i < threads; i++)
        if (job[i].started)
            pthread_join(job[i].thread, NULL);
    all_ended_well(job, threads);
    for (size_t i = 0; i < batches; i++) {
        sum.symbols += batch[i].symbols;
        sum.loss += batch[i].loss;
        sum.detected += batch[i].detected;
        sum.macs += batch[i].macs;
        sum.optical_macs += batch[i].optical_macs;
    }
    sum.loss /= (double)sum.symbols;
    fl_free(batch);
    fl_free(job);
    return sum;
}
