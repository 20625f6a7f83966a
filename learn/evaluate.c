/* evaluate.c - calibrating a machine and testing a network on it. */
#include "learn/evaluate.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "learn/draw.h"
#include "learn/rows.h"

enum { BATCH = 8 };                     /* windows side by side */
enum { ROWS = 500, IMAGES = 50 };       /* with classes side by side; on a graph all */

static struct fl_layered layered_of(const struct fl_net *net, const struct fl_data *data)
{
    struct fl_layered layered = net->layered;
    layered.links = data->samples.links.nodes > 0 ? &data->samples.links : NULL;
    return layered;
}

/* ---- calibration ---- */

static void run_windows(const struct fl_net *net, const struct fl_text *text, size_t windows, struct fl_optics *optics)
{
    size_t length = (size_t)net->shape.context;
    int *symbols = fl_calloc(2 * BATCH * length, sizeof *symbols);
    struct fl_pass pass = fl_pass_make(&net->shape, BATCH, false);
    struct fl_optics_run run = {.optics = optics};
    struct fl_multiplier by = fl_optics_multiplier(&run);
    for (size_t i = 0; i < windows; i += BATCH) {
        fl_text_batch(text, fl_draw_key(i, 77), BATCH, length, symbols, symbols + BATCH * length);
        fl_transformer_forward(&net->shape, net->parameters, symbols, (int64_t)i, &by, &pass);
    }
    fl_pass_free(&pass);
    fl_free(symbols);
}

/* The first images are for training. */
static void run_images(const struct fl_net *net, const struct fl_data *data, struct fl_optics *optics)
{
    struct fl_pass pass = fl_pass_make(&net->shape, IMAGES, false);
    struct fl_optics_run run = {.optics = optics};
    struct fl_multiplier by = fl_optics_multiplier(&run);
    pass.patches = data->x;
    fl_transformer_forward(&net->shape, net->parameters, NULL, 0, &by, &pass);
    fl_pass_free(&pass);
}

/* The first rows are for training. */
static void run_rows(const struct fl_net *net, const struct fl_data *data, struct fl_optics *optics)
{
    struct fl_layered layered = layered_of(net, data);
    bool few = layered.links == NULL && ROWS < data->samples.rows;
    struct fl_layered_pass pass = fl_layered_pass_make(&layered, few ? ROWS : data->samples.rows);
    struct fl_optics_run run = {.optics = optics};
    struct fl_multiplier by = fl_optics_multiplier(&run);
    fl_layered_forward_by(&layered, net->parameters, data->x, 0, &by, &pass);
    fl_layered_pass_free(&pass);
}

void fl_calibrate(const struct fl_net *net, const struct fl_data *data, size_t windows, struct fl_optics *optics)
{
    fl_optics_restart(optics);
    for (int phase = 0; phase < 2; phase++) {
        if (fl_net_is_of_text(net))
            run_windows(net, &data->text, windows, optics);
        else if (fl_net_is_transformer(net))
            run_images(net, data, optics);
        else
            run_rows(net, data, optics);
        if (phase == 0)
            fl_optics_ranged(optics);
        else
            fl_optics_counted(optics);
    }
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
    const struct fl_data *data;
    struct fl_optics *optics;
    uint64_t noise;
    size_t windows, batches, first, step;       /* this job's batches: first, first + step, ... */
    struct fl_evaluation *batch;        /* one for each */
    pthread_t thread;
    bool started, ended;                /* as a thread; early, by a broken law or for want of memory */
    struct fl_err err;
};

static struct fl_evaluation run_batch(const struct job *job, size_t batch, int *symbols, struct fl_pass *pass)
{
    const struct fl_text *text = &job->data->text;
    size_t length = (size_t)job->net->shape.context, all = fl_text_windows(text, length), hits = 0;
    size_t from = batch * BATCH, windows = job->windows - from < BATCH ? job->windows - from : BATCH;
    int *next = symbols + BATCH * length;
    for (size_t i = 0; i < windows; i++)
        fl_text_window(text, (from + i) * all / job->windows, length, symbols + i * length, next + i * length);
    struct fl_optics_run run = {.optics = job->optics, .noise = job->noise};
    struct fl_multiplier by = job->optics != NULL ? fl_optics_multiplier(&run) : fl_exact;
    pass->sequences = windows;
    pass->tokens = windows * length;
    fl_transformer_forward(&job->net->shape, job->net->parameters, symbols, (int64_t)from, &by, pass);
    double loss = fl_rows_loss(pass->tokens, (size_t)job->net->shape.vocabulary, next, 1, pass->logits, &hits);
    return (struct fl_evaluation){pass->tokens, hits, loss, run.detected, run.macs, run.optical_macs};
}

/* Rows that are for testing, one batch after the other; on a graph all rows at once. */
static struct fl_evaluation run_batch_rows(const struct job *job, size_t batch)
{
    const struct fl_samples *samples = &job->data->samples;
    struct fl_layered layered = layered_of(job->net, job->data);
    size_t from = job->data->first_test + batch * ROWS, left = samples->rows - from, hits = 0, tested = 0;
    if (layered.links != NULL) {
        from = 0;
        left = samples->rows;
    }
    struct fl_layered_pass pass = fl_layered_pass_make(&layered, layered.links == NULL && left > ROWS ? ROWS : left);
    struct fl_optics_run run = {.optics = job->optics, .noise = job->noise};
    struct fl_multiplier by = job->optics != NULL ? fl_optics_multiplier(&run) : fl_exact;
    fl_layered_forward_by(&layered, job->net->parameters, job->data->x + from * samples->inputs, (int64_t)from, &by,
                          &pass);
    double loss = fl_rows_loss(pass.rows, samples->classes, samples->test + from, 1, pass.out[layered.layers - 1],
                               &hits);
    for (size_t i = 0; i < pass.rows; i++)
        tested += samples->test[from + i] >= 0;
    fl_layered_pass_free(&pass);
    return (struct fl_evaluation){tested, hits, loss, run.detected, run.macs, run.optical_macs};
}

/* Images that are for testing. */
static struct fl_evaluation run_batch_images(const struct job *job, size_t batch, struct fl_pass *pass)
{
    const struct fl_samples *samples = &job->data->samples;
    size_t done = batch * IMAGES, from = job->data->first_test + done, left = job->data->tests - done, hits = 0;
    struct fl_optics_run run = {.optics = job->optics, .noise = job->noise};
    struct fl_multiplier by = job->optics != NULL ? fl_optics_multiplier(&run) : fl_exact;
    pass->sequences = left < IMAGES ? left : IMAGES;
    pass->tokens = pass->sequences * (size_t)job->net->shape.context;
    pass->patches = job->data->x + from * samples->inputs;
    fl_transformer_forward(&job->net->shape, job->net->parameters, NULL, (int64_t)from, &by, pass);
    double loss = fl_rows_loss(pass->sequences, samples->classes, samples->test + from, 1, pass->logits, &hits);
    return (struct fl_evaluation){pass->sequences, hits, loss, run.detected, run.macs, run.optical_macs};
}

static bool run_batches(void *context, struct fl_err *err)
{
    struct job *job = context;
    (void)err;
    if (!fl_net_is_transformer(job->net)) {
        for (size_t i = job->first; i < job->batches; i += job->step)
            job->batch[i] = run_batch_rows(job, i);
        return true;
    }
    bool text = fl_net_is_of_text(job->net);
    int *symbols = fl_calloc(2 * BATCH * (size_t)job->net->shape.context, sizeof *symbols);
    struct fl_pass pass = fl_pass_make(&job->net->shape, text ? BATCH : IMAGES, false);
    for (size_t i = job->first; i < job->batches; i += job->step)
        job->batch[i] = text ? run_batch(job, i, symbols, &pass) : run_batch_images(job, i, &pass);
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

static size_t batches_of(const struct fl_net *net, const struct fl_data *data, size_t windows)
{
    if (fl_net_is_of_text(net))
        return (windows + BATCH - 1) / BATCH;
    if (fl_net_is_transformer(net))
        return (data->tests + IMAGES - 1) / IMAGES;
    return data->samples.links.nodes > 0 ? 1 : (data->tests + ROWS - 1) / ROWS;
}

struct fl_evaluation fl_evaluate(const struct fl_net *net, const struct fl_data *data, struct fl_optics *optics,
                                 uint64_t noise, size_t windows, int jobs)
{
    size_t batches = batches_of(net, data, windows), threads = (size_t)jobs;
    struct job *job = fl_calloc(threads, sizeof *job);
    struct fl_evaluation *batch = fl_calloc(batches, sizeof *batch), sum = {0};
    for (size_t i = 0; i < threads; i++) {
        job[i] = (struct job){.net = net, .data = data, .optics = optics, .noise = noise, .windows = windows,
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
        sum.hits += batch[i].hits;
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
