/* read.c - sweep files to sweeps. docs/sweep.md has the keys. */
#include "explore/read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "explore/axis.h"
#include "explore/train.h"
#include "base/hash.h"

static const char *const root_keys[] = {
    "name", "summary", "design", "set", "model", "trace", "phase", "context", "tokens", "batch", "attention", "logits",
    "layers_only", "source", "routing", FL_TRAIN_KEYS, "jobs", "mapper",
    "objective", "inferences", "axes", "sample", "samples",
    "seed", "constraints", NULL};
static const char *const axis_keys[] = {"name", "path", "values", "from", "to", "steps", "scale", NULL};
static const char *const job_keys[] = {"model", "trace", "phase", "context", "tokens", "batch", "attention", "logits",
                                       "layers_only", "source", "routing", FL_TRAIN_KEYS, NULL};
static const struct fl_keys groups[] = {
    {"", root_keys}, {"axes[]", axis_keys}, {"jobs[]", job_keys}, {NULL, NULL}};
static const int64_t POINTS_MOST = 1000000000;

/* ---- workloads ---- */

static bool job_add(struct fl_sweep_reader *r, const struct fl_setting *at, const char *model, const char *trace,
                    const struct fl_workload *work)
{
    struct fl_sweep *sweep = r->sweep;
    struct fl_job *job = &sweep->job[sweep->jobs];
    struct fl_err inner = {0};
    bool made = trace != NULL ? fl_trace_read_file(&job->trace, fl_reader_path(&r->at, trace), &inner) &&
                                    fl_trace_train_this(&job->trace, work, trace, &inner)
                              : fl_trace_from_model(&job->trace, fl_reader_path(&r->at, model), work, &inner);
    if (made) {
        job->text = fl_trace_text(&job->trace);
        sweep->jobs++;
    } else {
        for (int i = 0; i < inner.faults; i++)
            if (!fl_err_has(r->at.err, inner.fault[i].line))    /* as bad in every context is told once */
                fl_reader_fail(&r->at, at, "%s", inner.fault[i].line);
    }
    fl_err_free(&inner);
    return made;
}

static bool flag_at(const struct fl_sweep_reader *r, const char *group, const char *key)
{
    bool flag = false;
    fl_reader_flag(&r->at, group, key, &flag);
    return flag;
}

/* A whole number in a range, or the preset. */
static int64_t count_at(const struct fl_sweep_reader *r, const char *group, const char *key, int64_t least,
                        int64_t most, int64_t preset)
{
    fl_reader_whole(&r->at, group, key, least, most, &preset);
    return preset;
}

/* What is said of a step of training; NULL: nothing is. `schedule`: the one of several, NULL: what `train` says. */
static const struct fl_train *train_at(const struct fl_sweep_reader *r, const char *group, const char *schedule)
{
    struct fl_train *train = fl_arena_alloc(&r->sweep->arena, sizeof *train);
    bool any;
    *train = (struct fl_train){.schedule = schedule};
    fl_train_read(&r->at, group, train, &any);
    return any ? train : NULL;
}

/* jobs = ( { model = "gpt2"; phase = "decode"; }, ... ) */
static bool listed_jobs(struct fl_sweep_reader *r, size_t count)
{
    bool good = true;
    r->sweep->job = fl_arena_array(&r->sweep->arena, count + 1, sizeof *r->sweep->job);
    for (size_t i = 0; i < count; i++) {
        const char *base = fl_arena_format(&r->sweep->arena, "jobs[%zu]", i);
        const struct fl_setting *at = fl_reader_find(&r->at, base, "");
        const char *model = fl_reader_text(&r->at, base, "model"), *trace = fl_reader_text(&r->at, base, "trace");
        struct fl_workload work = {
            .phase = fl_reader_text(&r->at, base, "phase"), .attention = fl_reader_text(&r->at, base, "attention"),
            .logits = fl_reader_text(&r->at, base, "logits"), .layers_only = flag_at(r, base, "layers_only"),
            .context = count_at(r, base, "context", 1, INT64_MAX, 0),
            .tokens = count_at(r, base, "tokens", 1, INT64_MAX, 0),
            .batch = count_at(r, base, "batch", 1, INT64_MAX, 0),
            .source = count_at(r, base, "source", 1, INT64_MAX, 0), .routing = fl_reader_text(&r->at, base, "routing"),
            .train = train_at(r, base, NULL)};
        if ((model != NULL) == (trace != NULL))
            good = fl_reader_fail(&r->at, at, "a job names a model or a trace");
        else
            good = job_add(r, at, model, trace, &work) && good;
    }
    return good;
}

/* Numbers of a key, 0 (the preset) if it is not there. */
static int64_t *counts_of(struct fl_sweep_reader *r, const char *key, size_t *count)
{
    size_t texts;
    const char **text = fl_reader_texts(&r->at, "", key, &texts);
    int64_t *number = fl_arena_array(&r->sweep->arena, texts + 1, sizeof *number);
    *count = text != NULL ? texts : 1;
    for (size_t i = 0; i < texts; i++) {
        char *end;
        number[i] = strtoll(text[i], &end, 10);
        if (*end != '\0' || number[i] < 1)
            fl_reader_fail(&r->at, fl_reader_find(&r->at, "", key), "\"%s\" is no whole number from 1 on", text[i]);
    }
    return number;
}

/* model, phase, train, context, tokens, batch: all combinations, the last the fastest. */
static bool crossed_jobs(struct fl_sweep_reader *r, const char **model, size_t models, const char **trace,
                         size_t traces)
{
    size_t n[5], phases, trains;
    const char **phase = fl_reader_texts(&r->at, "", "phase", &phases);
    const char **train = fl_reader_texts(&r->at, "", "train", &trains);
    int64_t *context = counts_of(r, "context", &n[1]), *tokens = counts_of(r, "tokens", &n[2]);
    int64_t *batch = counts_of(r, "batch", &n[3]);
    bool good = true;
    n[0] = phase != NULL ? phases : 1;
    n[4] = train != NULL ? trains : 1;
    size_t each = n[0] * n[4] * n[1] * n[2] * n[3];
    const struct fl_setting *at = fl_reader_find(&r->at, "", model != NULL ? "model" : "trace");
    r->sweep->job = fl_arena_array(&r->sweep->arena, (models + traces) * each + 1, sizeof *r->sweep->job);
    for (size_t i = 0; i < models * each; i++) {
        size_t outer = i / n[3] / n[2] / n[1];
        struct fl_workload work = {
            .attention = fl_reader_text(&r->at, "", "attention"), .logits = fl_reader_text(&r->at, "", "logits"),
            .layers_only = flag_at(r, "", "layers_only"), .source = count_at(r, "", "source", 1, INT64_MAX, 0),
            .routing = fl_reader_text(&r->at, "", "routing"), .batch = batch[i % n[3]],
            .tokens = tokens[i / n[3] % n[2]], .context = context[i / n[3] / n[2] % n[1]],
            .train = train_at(r, "", train != NULL ? train[outer % n[4]] : NULL),
            .phase = phase != NULL ? phase[outer / n[4] % n[0]] : NULL};
        good = job_add(r, at, model[i / each], NULL, &work) && good;
    }
    for (size_t i = 0; i < traces * n[0] * n[4]; i++) {
        struct fl_workload work = {.phase = phase != NULL ? phase[i / n[4] % n[0]] : NULL,
                                   .train = train_at(r, "", train != NULL ? train[i % n[4]] : NULL)};
        good = job_add(r, fl_reader_find(&r->at, "", "trace"), NULL, trace[i / n[4] / n[0]], &work) && good;
    }
    return good;
}

static bool jobs_read(struct fl_sweep_reader *r)
{
    size_t models, traces, listed = 0;
    const char **model = fl_reader_texts(&r->at, "", "model", &models);
    const char **trace = fl_reader_texts(&r->at, "", "trace", &traces);
    while (fl_reader_find(&r->at, fl_arena_format(&r->sweep->arena, "jobs[%zu]", listed), "") != NULL)
        listed++;
    if (listed > 0 && (model != NULL || trace != NULL))
        return fl_reader_fail(&r->at, fl_reader_find(&r->at, "", "jobs"), "either `jobs`, or `model` and `trace`");
    if (listed > 0)
        return listed_jobs(r, listed);
    if (model == NULL && trace == NULL)
        return fl_reader_fail(&r->at, NULL, "no workload: model = \"gpt2\";");
    return crossed_jobs(r, model, models, trace, traces);
}

/* ---- sampling ---- */

static bool sampling_read(struct fl_sweep_reader *r)
{
    struct fl_sweep *sweep = r->sweep;
    static const char *const names[] = {"grid", "random", "lhs", "one_at_a_time", NULL};
    const char *name = fl_reader_text(&r->at, "", "sample");
    sweep->seed = (uint64_t)count_at(r, "", "seed", 0, INT64_MAX, 1);
    sweep->samples = count_at(r, "", "samples", 1, POINTS_MOST, 0);
    for (int i = 0; name != NULL && names[i] != NULL; i++)
        if (strcmp(name, names[i]) == 0) {
            sweep->sampling = (enum fl_sampling)i;
            name = NULL;
        }
    if (name != NULL)
        return fl_reader_fail(&r->at, fl_reader_find(&r->at, "", "sample"), "is \"grid\", \"random\", "
                              "\"lhs\" or \"one_at_a_time\"");
    bool drawn = sweep->sampling == FL_RANDOM || sweep->sampling == FL_LHS;
    if (drawn && sweep->samples == 0)
        return fl_reader_fail(&r->at, fl_reader_find(&r->at, "", "sample"), "needs `samples`: how many designs");
    return drawn || sweep->samples == 0 ||
           fl_reader_fail(&r->at, fl_reader_find(&r->at, "", "samples"), "%s has as many points as its axes make; "
                          "sample = \"lhs\" takes a number", sweep->sampling == FL_GRID ? "a grid" : "such a sample");
}

/* A permutation of the strata for each axis, by its own stream of random numbers (Fisher and Yates). */
static void strata_make(struct fl_sweep *sweep)
{
    sweep->order = fl_arena_array(&sweep->arena, sweep->axes + 1, sizeof *sweep->order);
    for (size_t a = 0; a < sweep->axes; a++) {
        struct fl_rng rng = {fl_hash_mix(sweep->seed) + fl_hash_mix(a + 1)};
        uint32_t *order = fl_arena_array(&sweep->arena, (size_t)sweep->samples, sizeof *order);
        for (uint32_t i = 0; i < (uint32_t)sweep->samples; i++) {
            uint32_t j = (uint32_t)fl_rng_range(&rng, 0, i);
            order[i] = order[j];
            order[j] = i;
        }
        sweep->order[a] = order;
    }
}

/* All combinations; or the first values of all axes, and each further value of an axis with the others at their first;
 * or as many as were asked for. */
static double designs_of(const struct fl_sweep *sweep)
{
    double grid = 1, one = 1;
    for (size_t a = 0; a < sweep->axes; a++) {
        grid *= (double)sweep->axis[a].values;
        one += (double)sweep->axis[a].values - 1;
    }
    return sweep->sampling == FL_GRID ? grid : sweep->sampling == FL_ONE_AT_A_TIME ? one : (double)sweep->samples;
}

static bool points_count(struct fl_sweep_reader *r)
{
    struct fl_sweep *sweep = r->sweep;
    double designs = designs_of(sweep), points = designs * (double)sweep->jobs;
    if (points > (double)POINTS_MOST)
        return fl_reader_fail(&r->at, NULL, "makes %.3g points, more than %.3g: sample = \"lhs\" takes some of them",
                              points, (double)POINTS_MOST);
    sweep->samples = fl_whole(designs, 0, POINTS_MOST);
    if (sweep->sampling == FL_LHS)
        strata_make(sweep);
    sweep->points = sweep->samples * (int64_t)sweep->jobs;
    return true;
}

/* ---- constraints ---- */

/* What a name in a constraint may be, and so how its id is read: fl_sweep_judge. */
static bool quantity_find(void *context, const char *name, enum fl_expr_type *type, size_t *id)
{
    struct fl_sweep_reader *r = context;
    struct fl_sweep *sweep = r->sweep;
    enum { MAPPER = 2 };
    static const char *const texts[] = {"model", "phase", [MAPPER] = "mapper", "design"};
    static const char *const numbers[] = {"context", "tokens", "batch"};
    bool found = strchr(name, '.') != NULL && fl_design_first(r->base, name) != NULL;
    *type = FL_EXPR_NUMBER;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        found = found || strcmp(name, numbers[i]) == 0;
    for (size_t i = 0; fl_summary_names[i] != NULL; i++)
        found = found || strcmp(name, fl_summary_names[i]) == 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(name, texts[i]) == 0) {
            found = i != MAPPER || sweep->mapper != NULL;   /* else each design has its own */
            *type = FL_EXPR_TEXT;
        }
    for (size_t i = 0; i < sweep->axes; i++)
        if (strcmp(name, sweep->axis[i].name) == 0) {
            found = true;
            *type = sweep->axis[i].measure != NULL ? FL_EXPR_NUMBER : FL_EXPR_TEXT;
        }
    if (!found)
        return false;
    for (*id = 0; *id < sweep->quantities; ++*id)
        if (strcmp(sweep->quantity[*id], name) == 0)
            return true;
    sweep->quantity = fl_grow(sweep->quantity, &sweep->quantity_room, sweep->quantities, sizeof *sweep->quantity);
    sweep->quantity[sweep->quantities++] = name;
    return true;
}

static bool constraints_read(struct fl_sweep_reader *r)
{
    struct fl_sweep *sweep = r->sweep;
    size_t count, known = 0;
    const char **text = fl_reader_texts(&r->at, "", "constraints", &count);
    const struct fl_setting *at = fl_reader_find(&r->at, "", "constraints");
    if (text == NULL)
        return at == NULL;
    sweep->constraint = text[0];
    for (size_t i = 1; i < count; i++)
        sweep->constraint = fl_arena_format(&sweep->arena, i == 1 ? "(%s) && (%s)" : "%s && (%s)", sweep->constraint,
                                            text[i]);
    const char **names = fl_arena_array(&sweep->arena, sweep->axes + 32, sizeof *names);
    for (size_t i = 0; fl_summary_names[i] != NULL; i++)
        names[known++] = fl_summary_names[i];
    for (size_t i = 0; i < sweep->axes; i++)
        names[known++] = sweep->axis[i].name;
    const struct fl_expr_names all = {quantity_find, r, names};
    const char *where = fl_arena_format(&sweep->arena, "%s:%d: constraints", sweep->file, at->line);
    int before = r->at.err->faults;
    for (size_t i = 0; i < count && count > 1; i++)     /* each by itself, so that columns are those of its text */
        fl_expr_read(&sweep->arena, text[i], &all, fl_arena_format(&sweep->arena, "%s[%zu]", where, i), r->at.err);
    if (r->at.err->faults == before)
        sweep->constraints = fl_expr_read(&sweep->arena, sweep->constraint, &all, where, r->at.err);
    return sweep->constraints != NULL;
}

/* ---- the whole ---- */

static const char *name_of(struct fl_arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/'), *begin = slash != NULL ? slash + 1 : file, *dot = strrchr(begin, '.');
    size_t length = dot != NULL && dot > begin ? (size_t)(dot - begin) : strlen(begin);
    return fl_arena_slice(arena, begin, length);
}

/* Keys that stand alone, and the designs. */
static bool heads_read(struct fl_sweep_reader *r)
{
    struct fl_sweep *sweep = r->sweep;
    size_t designs;
    const char **design = fl_reader_texts(&r->at, "", "design", &designs);
    sweep->name = fl_reader_text(&r->at, "", "name");
    if (sweep->name == NULL)
        sweep->name = name_of(&sweep->arena, sweep->file);
    sweep->objective = fl_reader_text(&r->at, "", "objective");
    const char *goal = sweep->objective;
    if (goal != NULL && strcmp(goal, "latency") != 0 && strcmp(goal, "energy") != 0 && strcmp(goal, "edp") != 0)
        fl_reader_fail(&r->at, fl_reader_find(&r->at, "", "objective"), "is \"latency\", \"energy\" or \"edp\"");
    sweep->inferences = count_at(r, "", "inferences", 1, INT64_MAX, 0);
    sweep->set = fl_reader_texts(&r->at, "", "set", &sweep->sets);
    sweep->design = design != NULL ? fl_reader_path(&r->at, design[0]) : FANLIGHT_DESIGN;
    for (size_t i = 0; design != NULL && i < designs; i++) {
        struct fl_design trial;
        struct fl_err inner = {0};
        if (fl_design_load(&trial, fl_reader_path(&r->at, design[i]), sweep->set, sweep->sets, &inner)) {
            fl_design_free(&trial);
            continue;
        }
        const struct fl_setting *at = fl_reader_find(&r->at, "", "design");
        fl_reader_fail(&r->at, at, "%s", fl_err_first(&inner));
        fl_err_free(&inner);
    }
    return true;
}

static bool parts_read(struct fl_sweep_reader *r)
{
    struct fl_design base;
    struct fl_err told = {0};           /* heads_read has told what is wrong with the design */
    int before = r->at.err->faults;
    fl_keys_check(r->at.file, groups, "docs/sweep.md", r->at.err);
    heads_read(r);
    sampling_read(r);
    jobs_read(r);
    if (!fl_design_load(&base, r->sweep->design, r->sweep->set, r->sweep->sets, &told)) {
        fl_err_free(&told);
        return false;
    }
    r->base = &base;
    if (fl_axes_read(r) && fl_axes_check(r)) {
        constraints_read(r);
        points_count(r);
    }
    fl_design_free(&base);
    return r->at.err->faults == before;
}

bool fl_sweep_read(struct fl_sweep *sweep, const char *file, struct fl_err *err)
{
    memset(sweep, 0, sizeof *sweep);
    if (!fl_settings_read(&sweep->settings, file, err))
        return false;
    const char *slash = strrchr(file, '/');
    sweep->file = fl_arena_text(&sweep->arena, file);
    struct fl_sweep_reader r = {{&sweep->settings, NULL, &sweep->arena, err}, sweep, NULL};
    if (slash != NULL)
        r.at.folder = slash == file ? "/" : fl_arena_slice(&sweep->arena, file, (size_t)(slash - file));
    if (parts_read(&r))
        return true;
    fl_sweep_free(sweep);
    return false;
}

void fl_sweep_free(struct fl_sweep *sweep)
{
    for (size_t i = 0; i < sweep->jobs; i++)
        fl_trace_free(&sweep->job[i].trace);
    fl_free(sweep->quantity);
    fl_settings_free(&sweep->settings);
    fl_arena_free(&sweep->arena);
    memset(sweep, 0, sizeof *sweep);
}
