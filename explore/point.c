/* point.c - from the number of a point to its design, its workload and what is known of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "base/rng.h"
#include "base/whole.h"
#include "explore/axis.h"
#include "base/hash.h"

/* A share of [0, 1) that depends on seed, axis and sample alone. */
static double random_share(const struct fl_sweep *sweep, size_t axis, int64_t sample)
{
    struct fl_rng rng = {fl_hash_mix(fl_hash_mix(sweep->seed) + axis) + (uint64_t)sample * 0x9E3779B97F4A7C15u};
    return fl_rng_real(&rng);
}

/* Where sample number `sample` lies on the axis: a share of it, or the index of a value. */
static double share_of(const struct fl_sweep *sweep, size_t axis, int64_t sample)
{
    double share = random_share(sweep, axis, sample);
    if (sweep->sampling == FL_LHS)      /* one sample in each of as many strata as there are samples */
        share = ((double)sweep->order[axis][sample] + share) / (double)sweep->samples;
    return share;
}

static size_t index_of(const struct fl_sweep *sweep, size_t axis, int64_t sample)
{
    if (sweep->sampling == FL_GRID) {
        for (size_t a = sweep->axes - 1; a > axis; a--)
            sample /= (int64_t)sweep->axis[a].values;
        return (size_t)(sample % (int64_t)sweep->axis[axis].values);
    }
    int64_t values = (int64_t)sweep->axis[axis].values;
    if (sweep->sampling == FL_ONE_AT_A_TIME) {
        for (size_t a = 0; a < axis; a++)
            sample -= (int64_t)sweep->axis[a].values - 1;
        return sample > 0 && sample < values ? (size_t)sample : 0;
    }
    return (size_t)fl_whole(share_of(sweep, axis, sample) * (double)values, 0, values - 1);
}

/* `set` holds what each of the axis's keys is set to, or `same` for all. */
static void keys_set(struct fl_point *point, const struct fl_axis *axis, const char *const *set, const char *same,
                     struct fl_arena *arena)
{
    for (size_t k = 0; k < axis->paths; k++)
        point->set[point->sets++] = fl_arena_format(arena, "%s=%s", axis->path[k], set != NULL ? set[k] : same);
}

static void axis_place(const struct fl_sweep *sweep, size_t a, int64_t sample, struct fl_point *point,
                       struct fl_arena *arena)
{
    const struct fl_axis *axis = &sweep->axis[a];
    size_t index = axis->value != NULL ? index_of(sweep, a, sample) : 0;
    point->value[a] = axis->value != NULL ? axis->value[index]
                                          : fl_axis_number(arena, axis, share_of(sweep, a, sample));
    if (axis->measure == NULL || !fl_quantity_read(point->value[a], axis->measure, &point->at[a], NULL, NULL))
        point->at[a] = (double)NAN;
    if (axis->target == FL_AXIS_DESIGN)
        point->design = point->value[a];
    else if (axis->target == FL_AXIS_MAPPER)
        point->mapper = point->value[a];
    else
        keys_set(point, axis, axis->value != NULL ? &axis->as_set[index * axis->paths] : NULL, point->value[a], arena);
}

void fl_sweep_point(const struct fl_sweep *sweep, int64_t number, struct fl_arena *arena, struct fl_point *point)
{
    size_t sets = sweep->sets;
    for (size_t a = 0; a < sweep->axes; a++)
        sets += sweep->axis[a].paths;
    *point = (struct fl_point){.number = number, .job = &sweep->job[number % (int64_t)sweep->jobs],
                               .design = sweep->design, .mapper = sweep->mapper};
    point->value = fl_arena_array(arena, sweep->axes + 1, sizeof *point->value);
    point->at = fl_arena_array(arena, sweep->axes + 1, sizeof *point->at);
    point->set = fl_arena_array(arena, sets + 1, sizeof *point->set);
    for (; point->sets < sweep->sets; point->sets++)
        point->set[point->sets] = sweep->set[point->sets];
    for (size_t a = 0; a < sweep->axes; a++)
        axis_place(sweep, a, number / (int64_t)sweep->jobs, point, arena);
}

/* ---- constraints ---- */

struct known {
    const struct fl_sweep *sweep;
    const struct fl_point *point;
    const double *key;
    const struct fl_figures *figures;
    const double *summary;
};

static struct fl_expr_value number_of(double number)
{
    return (struct fl_expr_value){FL_EXPR_NUMBER, number, NULL};
}

/* A trace may have no model; none is "". */
static struct fl_expr_value text_of(const char *text)
{
    return (struct fl_expr_value){FL_EXPR_TEXT, 0, text != NULL ? text : ""};
}

static bool axis_value(const struct known *known, const char *name, struct fl_expr_value *value)
{
    for (size_t a = 0; a < known->sweep->axes; a++)
        if (strcmp(known->sweep->axis[a].name, name) == 0) {
            *value = known->sweep->axis[a].measure != NULL ? number_of(known->point->at[a])
                                                           : text_of(known->point->value[a]);
            return true;
        }
    return false;
}

/* Area and power are known before a run, the rest of a summary after it. */
static bool summary_value(const struct known *known, const char *name, struct fl_expr_value *value)
{
    for (size_t i = 0; fl_summary_names[i] != NULL; i++) {
        if (strcmp(fl_summary_names[i], name) != 0)
            continue;
        *value = (struct fl_expr_value){FL_EXPR_UNKNOWN, 0, NULL};
        const struct fl_figures *figures = known->figures;
        if (known->summary != NULL)
            *value = number_of(known->summary[i]);
        else if (figures != NULL && strcmp(name, "area_mm2") == 0)
            *value = number_of(figures->area_mm2);
        else if (figures != NULL && strcmp(name, "peak_w") == 0)
            *value = number_of(figures->peak_w);
        else if (figures != NULL && strcmp(name, "peak_macs_per_s") == 0)
            *value = number_of(figures->peak_macs_per_s);
        return true;
    }
    return false;
}

void fl_sweep_keys(const struct fl_sweep *sweep, const struct fl_design *design, double *key)
{
    struct fl_arena arena = {0};
    for (size_t i = 0; i < sweep->quantities; i++) {
        const char *name = sweep->quantity[i];
        const struct fl_value *value = strchr(name, '.') != NULL ? fl_design_first(design, name) : NULL;
        key[i] = (double)NAN;
        if (value != NULL)
            fl_quantity_read(value->text, fl_axis_measure(design, name), &key[i], NULL, NULL);
    }
    fl_arena_free(&arena);
}

static struct fl_expr_value value_of(const void *context, size_t id)
{
    const struct known *known = context;
    const char *name = known->sweep->quantity[id];
    const struct fl_trace *trace = &known->point->job->trace;
    struct fl_expr_value value;
    if (axis_value(known, name, &value) || summary_value(known, name, &value))
        return value;
    if (strcmp(name, "model") == 0)
        return text_of(trace->model);
    if (strcmp(name, "phase") == 0)
        return text_of(trace->phase);
    if (strcmp(name, "mapper") == 0)
        return text_of(known->point->mapper);
    if (strcmp(name, "design") == 0)
        return text_of(known->point->design);
    if (strcmp(name, "context") == 0)
        return number_of((double)trace->context);
    if (strcmp(name, "tokens") == 0)
        return number_of((double)trace->tokens);
    if (strcmp(name, "batch") == 0)
        return number_of((double)trace->batch);
    return known->key != NULL ? number_of(known->key[id]) : (struct fl_expr_value){FL_EXPR_UNKNOWN, 0, NULL};
}

int fl_sweep_judge(const struct fl_sweep *sweep, const struct fl_point *point, const double *key,
                   const struct fl_figures *figures, const double *summary)
{
    const struct known known = {sweep, point, key, figures, summary};
    return sweep->constraints != NULL ? fl_expr_judge(sweep->constraints, value_of, &known) : 1;
}

/* ---- identity ---- */

static void number_add(struct fl_hash *hash, double number)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", number);
    fl_hash_add(hash, text);
}

static void design_add(struct fl_hash *hash, const struct fl_sweep *sweep, const char *name)
{
    struct fl_design design;
    struct fl_err err = {0};
    bool loaded = fl_design_load(&design, name, sweep->set, sweep->sets, &err);
    fl_hash_add(hash, loaded ? design.text : name);
    if (loaded)
        fl_design_free(&design);
    fl_err_free(&err);
}

static void axis_add(struct fl_hash *hash, const struct fl_sweep *sweep, const struct fl_axis *axis)
{
    fl_hash_add(hash, axis->name);
    for (size_t k = 0; k < axis->paths; k++)
        fl_hash_add(hash, axis->path[k]);
    for (size_t i = 0; i < axis->values; i++) {
        fl_hash_add(hash, axis->value[i]);
        if (axis->target == FL_AXIS_DESIGN)
            design_add(hash, sweep, axis->value[i]);
        for (size_t k = 0; k < axis->paths; k++)
            fl_hash_add(hash, axis->as_set[i * axis->paths + k]);
    }
    if (axis->value == NULL) {
        number_add(hash, axis->from);
        number_add(hash, axis->to);
        fl_hash_add(hash, axis->unit);
        fl_hash_add(hash, axis->log ? "log" : "linear");
        fl_hash_add(hash, axis->whole ? "whole" : "real");
    }
}

void fl_sweep_identity(const struct fl_sweep *sweep, bool by_operator, char identity[FL_SWEEP_IDENTITY])
{
    struct fl_hash hash = fl_hash_start();
    const char *const texts[] = {fanlight_version(), sweep->name, sweep->mapper, sweep->objective, sweep->constraint,
                                 by_operator ? "operator" : "run"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        fl_hash_add(&hash, texts[i]);
    design_add(&hash, sweep, sweep->design);
    number_add(&hash, (double)sweep->inferences);
    number_add(&hash, (double)sweep->sampling);
    number_add(&hash, (double)sweep->samples);
    number_add(&hash, sweep->sampling != FL_GRID ? (double)sweep->seed : 0);
    for (size_t a = 0; a < sweep->axes; a++)
        axis_add(&hash, sweep, &sweep->axis[a]);
    for (size_t i = 0; i < sweep->jobs; i++)
        fl_hash_add(&hash, sweep->job[i].text);
    _Static_assert((int)FL_SWEEP_IDENTITY == (int)FL_HASH_TEXT, "an identity is a hash");
    fl_hash_write(&hash, identity);
}
