/* accuracy.c - from a design and a network to perplexity and joules. */
#include "learn/accuracy.h"

#include <math.h>

#include "learn/draw.h"
#include "learn/evaluate.h"

/* A task under way. */
struct task {
    const struct fl_accuracy_ask *ask;
    struct fl_net net;
    struct fl_text text;
    struct fl_light_machine machine;
    struct fl_err *err;
};

/* ---- rows ---- */

static struct fl_accuracy_row row_of(const struct task *task, const char *arithmetic, double perplexity)
{
    const char *design = task->machine.request.design;
    return (struct fl_accuracy_row){
        .arithmetic = arithmetic, .design = design != NULL ? design : "free_space_1k", .net = task->net.name,
        .perplexity = perplexity, .sigma = NAN, .over_exact = 1, .photons_per_mac = NAN, .optical_share = NAN,
        .j_per_token = NAN, .j_per_mac = NAN, .seeds = 1,
        .symbols = (int64_t)task->ask->windows * task->net.shape.context};
}

static struct fl_evaluation evaluate(struct task *task, struct fl_optics *optics, uint64_t noise)
{
    return fl_evaluate(&task->net, &task->text, optics, noise, (size_t)task->ask->windows, task->ask->jobs);
}

/* The design: every seed is another machine and other noise. */
static struct fl_accuracy_row optical_row(struct task *task)
{
    double sum = 0, square = 0, n = task->ask->seeds;
    struct fl_evaluation last = {0};
    for (int seed = 1; seed <= task->ask->seeds; seed++) {
        task->machine.optics.machine = fl_draw_key((uint64_t)seed, 1);
        last = evaluate(task, &task->machine.optics, fl_draw_key((uint64_t)seed, 2));
        sum += exp(last.loss);
        square += exp(2 * last.loss);
    }
    struct fl_accuracy_row row = row_of(task, "optical", sum / n);
    row.seeds = task->ask->seeds;
    if (n > 1)
        row.sigma = sqrt(fmax(0, square - sum * sum / n) / (n - 1));
    row.photons_per_mac = last.optical_macs > 0 ? last.detected / (double)last.optical_macs : 0;
    row.optical_share = (double)last.optical_macs / (double)last.macs;
    return row;
}

static struct fl_accuracy_row noiseless_row(struct task *task)
{
    for (int i = 0; i < task->machine.optics.sites; i++) {
        task->machine.optics.site[i].chain.quiet = true;
        task->machine.optics.site[i].chain.systematic = 0;
    }
    return row_of(task, "noiseless", exp(evaluate(task, &task->machine.optics, 0).loss));
}

static struct fl_accuracy_row digital_row(struct task *task)
{
    struct fl_chain chain = fl_digital_chain();
    struct fl_optics optics;
    fl_optics_make(&optics, task->machine.optics.sites, &chain, 0);
    fl_calibrate(&task->net, &task->text, FL_CALIBRATION_WINDOWS, &optics);
    struct fl_accuracy_row row = row_of(task, "8 bits", exp(evaluate(task, &optics, 0).loss));
    fl_optics_free(&optics);
    return row;
}

/* The energy of the same work on the same design. */
static bool add_energy(struct task *task, struct fl_accuracy_row *row)
{
    struct fl_result *result;
    struct fl_summary sum;
    if (!fanlight_run(&task->machine.request, &result, task->err))
        return false;
    bool ok = fanlight_summary(result, &sum, task->err);
    fanlight_free(result);
    row->j_per_token = sum.j_per_token;
    row->j_per_mac = sum.j_per_mac;
    return ok;
}

static bool run_task(struct task *task, void (*tell)(void *, const struct fl_accuracy_row *), void *context)
{
    enum { OPTICAL, NOISELESS, DIGITAL, EXACT, ROWS };
    struct fl_accuracy_row row[ROWS];
    if (!fl_light_machine_make(&task->machine, &task->ask->request, &task->ask->machine, &task->net, &task->text,
                               task->err))
        return false;
    row[OPTICAL] = optical_row(task);
    if (!add_energy(task, &row[OPTICAL]))
        return false;
    row[NOISELESS] = noiseless_row(task);
    row[DIGITAL] = digital_row(task);
    row[EXACT] = row_of(task, "exact", exp(evaluate(task, NULL, 0).loss));
    for (int i = 0; i < ROWS; i++) {
        row[i].over_exact = row[i].perplexity / row[EXACT].perplexity;
        tell(context, &row[i]);
    }
    return true;
}

bool fl_accuracy(const struct fl_accuracy_ask *ask, void (*tell)(void *context, const struct fl_accuracy_row *row),
                 void *context, struct fl_err *err)
{
    struct task task = {.ask = ask, .err = err};
    if (!fl_net_read(&task.net, ask->net, err))
        return false;
    bool ok = fl_text_load(&task.text, ask->text != NULL ? ask->text : task.net.text, ask->wordnet,
                           (size_t)task.net.shape.context + 1, err) &&
              run_task(&task, tell, context);
    fl_light_machine_free(&task.machine);
    fl_text_free(&task.text);
    fl_net_free(&task.net);
    return ok;
}
