/* accuracy.c - what a design makes of a network, next to what it takes: perplexity and joules of one machine.
 *
 * The one idea: one design file gives both. Its mapping says which products are optical; its keys say through which
 * chain, and with how much light; the same keys and the same work, as an operator trace, go to the simulator for the
 * energy. `photons_per_mac` turns the design's own knob (source.photon_bits, or source.error where the budget is
 * `signal`), so that energy and errors move together.
 */
#include <math.h>

#include "api/abi.h"
#include "api/result.h"
#include "base/guard.h"
#include "base/whole.h"
#include "learn/draw.h"
#include "learn/evaluate.h"
#include "learn/import.h"
#include "learn/machine.h"
#include "learn/recipe.h"

/* A task under way. */
struct task {
    const struct fl_request *request;
    struct fl_accuracy_ask *ask;
    struct fl_net net;
    struct fl_data data;
    struct fl_light_machine machine;
    struct fl_err *err;
};

/* ---- rows ---- */

/* The perplexity of a test, or the share told rightly. */
static double reached(const struct task *task, const struct fl_evaluation *got)
{
    return fl_net_is_of_text(&task->net) ? exp(got->loss) : (double)got->hits / (double)got->symbols;
}

static struct fl_accuracy_row row_of(const struct task *task, const char *arithmetic, double reached)
{
    bool text = fl_net_is_of_text(&task->net);
    const char *design = task->machine.request.design;
    return (struct fl_accuracy_row){
        .arithmetic = arithmetic, .design = design != NULL ? design : FANLIGHT_DESIGN, .net = task->net.name,
        .perplexity = text ? reached : (double)NAN, .sigma = NAN, .over_exact = 1, .photons_per_mac = NAN,
        .optical_share = NAN, .j_per_token = NAN, .j_per_mac = NAN, .seeds = 1, .task = fl_task_names[task->net.task],
        .accuracy = text ? (double)NAN : reached,
        .symbols = text ? (int64_t)task->ask->windows * task->net.shape.context : (int64_t)task->data.tests};
}

static struct fl_evaluation evaluate(struct task *task, struct fl_optics *optics, uint64_t noise)
{
    return fl_evaluate(&task->net, &task->data, optics, noise, (size_t)task->ask->windows, task->ask->jobs);
}

/* The design: every seed is another machine and other noise. */
static struct fl_accuracy_row optical_row(struct task *task)
{
    double sum = 0, square = 0, n = task->ask->seeds;
    struct fl_evaluation last = {0};
    for (int seed = 1; seed <= task->ask->seeds; seed++) {
        task->machine.optics.machine = fl_draw_key((uint64_t)seed, 1);
        last = evaluate(task, &task->machine.optics, fl_draw_key((uint64_t)seed, 2));
        sum += reached(task, &last);
        square += reached(task, &last) * reached(task, &last);
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
        struct fl_chain *chain = &task->machine.optics.site[i].chain;
        chain->quiet = true;
        chain->systematic = chain->ask.weight_error = chain->ask.crosstalk = 0;
        chain->ask.channels.count = 0;
    }
    struct fl_evaluation got = evaluate(task, &task->machine.optics, 0);
    return row_of(task, "noiseless", reached(task, &got));
}

static struct fl_accuracy_row digital_row(struct task *task)
{
    struct fl_chain chain = fl_digital_chain();
    struct fl_optics optics;
    fl_optics_make(&optics, task->machine.optics.sites, &chain, 0);
    fl_calibrate(&task->net, &task->data, FL_CALIBRATION_WINDOWS, &optics);
    struct fl_evaluation got = evaluate(task, &optics, 0);
    fl_optics_free(&optics);
    return row_of(task, "8 bits", reached(task, &got));
}

static struct fl_accuracy_row exact_row(struct task *task)
{
    struct fl_evaluation got = evaluate(task, NULL, 0);
    return row_of(task, "exact", reached(task, &got));
}

/* ---- the whole ---- */

enum { OPTICAL, NOISELESS, DIGITAL, EXACT, ROWS };

/* A row as the database has it. */
static struct fl_accuracy_stored stored_of(struct task *task, const struct fl_accuracy_row *row, int which)
{
    struct fl_light_machine *machine = &task->machine;
    struct fl_accuracy_stored stored = {
        .arithmetic = row->arithmetic, .net = row->net, .task = row->task,
        .tested_on = task->ask->text != NULL ? task->ask->text : task->net.text,
        .variant = fl_recipe_variant(task->net.recipe, &machine->arena),
        .training_seed = fl_recipe_seed(task->net.recipe, &machine->arena), .recipe = task->net.recipe,
        .width = fl_net_width(&task->net), .photons_per_mac = row->photons_per_mac, .optical_share = row->optical_share,
        .perplexity = row->perplexity, .accuracy = row->accuracy, .sigma = row->sigma, .over_exact = row->over_exact,
        .seeds = row->seeds, .symbols = row->symbols};
    struct fl_chain digital = fl_digital_chain(), *chain = which == DIGITAL ? &digital : NULL;
    if (which == OPTICAL || which == NOISELESS) {
        stored.encoding = machine->encoding;
        stored.budget = machine->budget;
        stored.asked_photons_per_mac = which == OPTICAL ? task->ask->photons_per_mac : 0;
        stored.inside = task->ask->inside;
        chain = &digital;
        for (int i = machine->optics.sites - 1; i >= 0; i--)
            chain = machine->optics.site[i].chain.kind == FL_CHAIN_OPTICAL ? &machine->optics.site[i].chain : chain;
        stored.systematic = which == OPTICAL ? hypot(task->ask->systematic, chain->ask.systematic) : 0;
    }
    if (chain != NULL) {
        stored.input_bits = chain->ask.input_bits;
        stored.weight_bits = chain->ask.weight_bits;
        stored.output_bits = fl_whole(chain->ask.output_bits, 0, 64);
    }
    return stored;
}

static bool store(struct task *task, struct fl_result *result, struct fl_accuracy_row *row)
{
    struct fl_accuracy_stored stored[ROWS];
    const struct fl_request *request = task->request;
    size_t varied = (size_t)task->ask->varied;
    int64_t number;
    for (int i = 0; i < ROWS; i++)
        stored[i] = stored_of(task, &row[i], i);
    const struct fl_reached reached = {stored, request->set + request->sets - varied, ROWS, varied};
    if (!fl_result_store_reached(result, task->ask->db, &reached, &number, task->err))
        return false;
    for (int i = 0; i < ROWS; i++)
        row[i].run = number;
    return true;
}

/* The energy of the same work on the same design; the run and all rows into the database. */
static bool add_energy(struct task *task, struct fl_accuracy_row *row)
{
    struct fl_result *result;
    struct fl_summary sum;
    if (!fanlight_run(&task->machine.request, &result, task->err))
        return false;
    bool ok = fanlight_summary(result, &sum, task->err);
    row[OPTICAL].j_per_token = sum.j_per_token;
    row[OPTICAL].j_per_mac = sum.j_per_mac;
    ok = ok && (task->ask->db == NULL || store(task, result, row));
    fanlight_free(result);
    return ok;
}

static bool run_task(struct task *task, void (*tell)(void *, const struct fl_accuracy_row *), void *context)
{
    struct fl_accuracy_row row[ROWS];
    const struct fl_machine_ask light = {task->ask->photons_per_mac, task->ask->systematic, task->ask->inside};
    if (!fl_light_machine_make(&task->machine, task->request, &light, &task->net, &task->data, task->err))
        return false;
    row[OPTICAL] = optical_row(task);
    row[NOISELESS] = noiseless_row(task);
    row[DIGITAL] = digital_row(task);
    row[EXACT] = exact_row(task);
    for (int i = 0; i < ROWS; i++)
        row[i].over_exact = fl_net_is_of_text(&task->net) ? row[i].perplexity / row[EXACT].perplexity
                                                              : row[i].accuracy / row[EXACT].accuracy;
    if (!add_energy(task, row))
        return false;
    for (int i = 0; i < ROWS; i++)
        tell(context, &row[i]);
    return true;
}

/* ---- asking ---- */

static bool in_range(double value, double least, double most, const char *name, struct fl_err *err)
{
    return (value >= least && value <= most) ||
           fl_fail(err, name, "%g is not from %g to %g", value, least, most);
}

/* Presets for zeroes; then: is it all sensible? */
static bool ask_check(const struct fl_request *request, struct fl_accuracy_ask *ask, struct fl_err *err)
{
    ask->inside = ask->inside != 0 ? ask->inside : 1;
    ask->seeds = ask->seeds != 0 ? ask->seeds : 1;
    ask->jobs = ask->jobs != 0 ? ask->jobs : 1;
    bool ok = ask->net != NULL ||
              fl_fail(err, "net", "give a network: a shipped name, or a file of `fanlight learn -o`");
    if (request->model != NULL || request->trace != NULL || request->trace_text != NULL)
        ok = fl_fail(err, "fanlight_accuracy", "the network is the workload: give no model and no trace");
    ok = (ask->photons_per_mac == 0 || in_range(ask->photons_per_mac, 1e-9, 1e12, "photons_per_mac", err)) && ok;
    ok = in_range(ask->systematic, 0, 10, "systematic", err) && ok;
    ok = in_range(ask->inside, 0.5, 1, "inside", err) && ok;
    ok = in_range(ask->seeds, 1, 1000, "seeds", err) && ok;
    ok = (ask->windows == 0 || in_range(ask->windows, 1, 1000000, "windows", err)) && ok;
    ok = in_range(ask->varied, 0, request->sets, "varied", err) && ok;
    return in_range(ask->jobs, 1, 256, "jobs", err) && ok;
}

/* Windows are of text; else all rows are tested on. */
static bool windows_check(const struct task *task)
{
    struct fl_accuracy_ask *ask = task->ask;
    bool text = fl_net_is_of_text(&task->net);
    if (!text && (ask->windows != 0 || ask->text != NULL))
        return fl_fail(task->err, ask->text != NULL ? "text" : "windows", "%s is for %s: it is tested on all rows that "
                       "are for that; leave it out", task->net.name, fl_task_names[task->net.task]);
    ask->windows = text && ask->windows == 0 ? 128 : ask->windows;
    return true;
}

struct asking {
    const struct fl_request *request;
    struct fl_accuracy_ask *ask;
    void (*tell)(void *context, const struct fl_accuracy_row *row);
    void *context;
};

static bool accuracy(void *context, struct fl_err *err)
{
    const struct asking *a = context;
    struct task task = {.request = a->request, .ask = a->ask, .err = err};
    if (!ask_check(a->request, a->ask, err) || !fl_net_open(&task.net, a->ask->net, a->ask->context, err))
        return false;
    bool ok = windows_check(&task) && fl_data_load(&task.data, &task.net, a->ask->text, a->ask->wordnet, err) &&
              run_task(&task, a->tell, a->context);
    fl_light_machine_free(&task.machine);
    fl_data_free(&task.data);
    fl_net_free(&task.net);
    return ok;
}

bool fanlight_accuracy_sized(const struct fl_request *machine, size_t machine_size, const struct fl_accuracy_ask *ask,
                             size_t size, void (*tell)(void *context, const struct fl_accuracy_row *row),
                             void *context, struct fl_err *err)
{
    struct fl_request request;
    struct fl_accuracy_ask own;
    struct asking a = {&request, &own, tell, context};
    return fl_record_take(&request, sizeof request, machine, machine_size, "fl_request", err) &&
           fl_record_take(&own, sizeof own, ask, size, "fl_accuracy_ask", err) && fl_guard(accuracy, &a, NULL, err);
}

struct nets { void (*tell)(void *context, const char *name); void *context; };

static bool nets_tell(void *context, struct fl_err *err)
{
    const struct nets *nets = context;
    struct fl_arena arena = {0};
    (void)err;
    for (const char *const *name = fl_net_names(&arena); *name != NULL; name++)
        nets->tell(nets->context, *name);
    fl_arena_free(&arena);
    return true;
}

bool fanlight_nets(void (*tell)(void *context, const char *name), void *context, struct fl_err *err)
{
    struct nets nets = {tell, context};
    return fl_guard(nets_tell, &nets, NULL, err);
}
