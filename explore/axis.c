/* axis.c - the axes of a sweep: what they change, and the values on them. */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/path.h"
#include "base/quantity.h"
#include "explore/axis.h"
#include "explore/read.h"

enum { VALUES_MOST = 1000000, LOOKS = 32 };

/* ---- numbers of a range ---- */

/* "64", "1.5 GHz": a number and what is written behind it. */
static bool number_read(const char *text, double *number, const char **unit)
{
    char *end;
    *number = strtod(text, &end);
    *unit = end;
    while (**unit == ' ')
        ++*unit;
    return end != text && isfinite(*number);
}

/* A number as short as twelve digits allow, and the unit. */
static const char *number_write(struct fl_arena *arena, const struct fl_axis *axis, double number)
{
    const char *space = axis->unit[0] != '\0' ? " " : "";
    if (axis->whole)
        return fl_arena_format(arena, "%.0f%s%s", round(number), space, axis->unit);
    if (axis->grain > 0)
        number = round(number / axis->grain) * axis->grain;
    return fl_arena_format(arena, "%.12g%s%s", number, space, axis->unit);
}

double fl_axis_at(const struct fl_axis *axis, double share)
{
    return axis->log ? axis->from * pow(axis->to / axis->from, share) : axis->from + (axis->to - axis->from) * share;
}

const char *fl_axis_number(struct fl_arena *arena, const struct fl_axis *axis, double share)
{
    return number_write(arena, axis, fl_axis_at(axis, share));
}

/* Times are kept as whole picoseconds: a range between two such stays on them. */
static double grain_of(const struct fl_axis *axis, const char *from, const char *to)
{
    int64_t whole;
    double one_ps;
    char one[FL_QUANTITY_BYTES];
    snprintf(one, sizeof one, "1 %s", axis->unit);
    bool of_time = axis->unit[0] != '\0' && fl_quantity_read(one, "ps", &one_ps, NULL, NULL);
    bool fits = of_time && fl_quantity_count(from, "ps", &whole, NULL, NULL) &&
                fl_quantity_count(to, "ps", &whole, NULL, NULL);
    return fits && one_ps > 0 ? 1 / one_ps : 0;
}

static bool range_ends(struct fl_sweep_reader *r, const char *base, struct fl_axis *axis)
{
    const struct fl_setting *from = fl_reader_find(&r->at, base, "from"), *to = fl_reader_find(&r->at, base, "to");
    const char *unit;
    if (from == NULL || to == NULL || from->text == NULL || to->text == NULL)
        return fl_reader_fail(&r->at, fl_reader_find(&r->at, base, ""),
                              "a range needs both `from` and `to`, two numbers");
    if (!number_read(from->text, &axis->from, &axis->unit))
        return fl_reader_fail(&r->at, from, "\"%s\" is no number", from->text);
    if (!number_read(to->text, &axis->to, &unit))
        return fl_reader_fail(&r->at, to, "\"%s\" is no number", to->text);
    if (strcmp(axis->unit, unit) != 0)
        return fl_reader_fail(&r->at, to, "\"%s\" and \"%s\" must be in the same unit", from->text, to->text);
    if (axis->log && (axis->from <= 0 || axis->to <= 0))
        return fl_reader_fail(&r->at, from, "a range in log scale must lie above 0");
    axis->whole = axis->unit[0] == '\0' && from->kind == FL_SET_WHOLE && to->kind == FL_SET_WHOLE;
    axis->grain = grain_of(axis, from->text, to->text);
    return true;
}

/* The steps of a range; whole numbers that fall together are one. */
static bool range_steps(struct fl_sweep_reader *r, const char *base, struct fl_axis *axis)
{
    struct fl_arena *arena = &r->sweep->arena;
    int64_t steps = 0;
    fl_reader_whole(&r->at, base, "steps", 2, VALUES_MOST, &steps);
    if (steps == 0)
        return r->sweep->sampling == FL_RANDOM || r->sweep->sampling == FL_LHS ||
               fl_reader_fail(&r->at, fl_reader_find(&r->at, base, ""),
                              "in a grid, a range needs `steps`: how many values");
    axis->value = fl_arena_array(arena, (size_t)steps, sizeof *axis->value);
    for (int64_t i = 0; i < steps; i++) {
        const char *value = fl_axis_number(arena, axis, (double)i / (double)(steps - 1));
        if (axis->values == 0 || strcmp(axis->value[axis->values - 1], value) != 0)
            axis->value[axis->values++] = value;
    }
    axis->as_set = fl_arena_array(arena, axis->values * axis->paths, sizeof *axis->as_set);
    for (size_t i = 0; i < axis->values * axis->paths; i++)
        axis->as_set[i] = axis->value[i / axis->paths];
    return true;
}

static bool range_read(struct fl_sweep_reader *r, const char *base, struct fl_axis *axis)
{
    const struct fl_setting *scale = fl_reader_find(&r->at, base, "scale");
    if (scale != NULL) {
        axis->log = scale->text != NULL && strcmp(scale->text, "log") == 0;
        if (!axis->log && (scale->text == NULL || strcmp(scale->text, "linear") != 0))
            return fl_reader_fail(&r->at, scale, "is \"log\" or \"linear\"");
    }
    return range_ends(r, base, axis) && range_steps(r, base, axis);
}

/* ---- lists ---- */

/* { v = "3 pJ"; from = "a data sheet"; }: shown by its v, set as a whole. NULL with a fault. */
static const char *cited_value(struct fl_sweep_reader *r, const struct fl_setting *group, const char **shown)
{
    static const char *const keys[] = {"v", "from", "low", "high"};
    struct fl_arena *arena = &r->sweep->arena;
    const char *whole = "{";
    *shown = NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *text = fl_reader_text(&r->at, group->path, keys[i]);
        if (text == NULL)
            continue;
        if (strpbrk(text, "\"\\") != NULL)
            fl_reader_fail(&r->at, group, "no quotes or backslashes in a value, please");
        whole = fl_arena_format(arena, "%s %s = \"%s\";", whole, keys[i], text);
        *shown = i == 0 ? text : *shown;
    }
    if (*shown != NULL)
        return fl_arena_format(arena, "%s }", whole);
    fl_reader_fail(&r->at, group, "a value in braces is { v = ...; from = \"source\"; }");
    return NULL;
}

/* A text, a number or a cited value, for one key. */
static const char *scalar_value(struct fl_sweep_reader *r, const struct fl_setting *at, const char **shown)
{
    if (at->kind == FL_SET_GROUP)
        return cited_value(r, at, shown);
    *shown = at->text;
    if (at->text == NULL)
        fl_reader_fail(&r->at, at, "a list within a list of values");
    return at->text;
}

/* (64, "16 MiB"): one value for each of the axis's keys; shown by the first. */
static bool tuple_value(struct fl_sweep_reader *r, const struct fl_setting *list, struct fl_axis *axis)
{
    for (size_t k = 0; k < axis->paths; k++) {
        const struct fl_setting *member =
            fl_reader_find(&r->at, fl_arena_format(&r->sweep->arena, "%s[%zu]", list->path, k), "");
        const char *shown, *set = member != NULL ? scalar_value(r, member, &shown) : NULL;
        if (set == NULL)
            return fl_reader_fail(&r->at, list, "%zu values are wanted, one for each of the axis's keys", axis->paths);
        if (k == 0)
            axis->value[axis->values] = shown;
        axis->as_set[axis->values * axis->paths + k] = set;
    }
    axis->values++;
    return true;
}

static bool list_member(struct fl_sweep_reader *r, const struct fl_setting *member, struct fl_axis *axis)
{
    if (member->kind == FL_SET_LIST)
        return tuple_value(r, member, axis);
    const char *set = scalar_value(r, member, &axis->value[axis->values]);
    for (size_t k = 0; k < axis->paths; k++)
        axis->as_set[axis->values * axis->paths + k] = set;
    axis->values += set != NULL;
    return set != NULL;
}

static bool list_read(struct fl_sweep_reader *r, const struct fl_setting *list, struct fl_axis *axis)
{
    struct fl_arena *arena = &r->sweep->arena;
    const struct fl_settings *all = r->at.file;
    size_t room = all->settings + 1, length = strlen(list->path);
    if (list->kind != FL_SET_LIST)
        return fl_reader_fail(&r->at, list, "a list is wanted: values = [256, 512]");
    axis->value = fl_arena_array(arena, room, sizeof *axis->value);
    axis->as_set = fl_arena_array(arena, room * axis->paths, sizeof *axis->as_set);
    for (size_t i = 0; i < all->settings; i++) {
        const struct fl_setting *member = &all->setting[i];
        bool below = strncmp(member->path, list->path, length) == 0 && member->path[length] == '[';
        if (below && strpbrk(member->path + length + 1, ".[") == NULL && !list_member(r, member, axis))
            return false;
    }
    return axis->values > 0 || fl_reader_fail(&r->at, list, "the axis is empty: list at least one value");
}

/* ---- axes ---- */

const char *fl_axis_measure(const struct fl_design *design, const char *path)
{
    const struct fl_value *value = fl_design_first(design, path);
    if (value != NULL && value->measure != NULL)
        return value->measure;
    return strncmp(path, "clocks.", 7) == 0 ? "Hz" : "";
}

/* Numbers are kept in the parameter's own measure, if all values are numbers. */
static void measure_find(struct fl_axis *axis, const struct fl_design *base)
{
    double number;
    axis->measure = fl_axis_measure(base, axis->path[0]);
    for (size_t i = 0; i < axis->values; i++)
        if (!fl_quantity_read(axis->value[i], axis->measure, &number, NULL, NULL)) {
            axis->measure = NULL;
            return;
        }
}

static struct fl_axis *axis_new(struct fl_sweep *sweep)
{
    return &sweep->axis[sweep->axes++];
}

static void axis_of_texts(struct fl_sweep *sweep, const char *name, enum fl_axis_target target, const char **text,
                          size_t texts)
{
    struct fl_axis *axis = axis_new(sweep);
    *axis = (struct fl_axis){.name = name, .target = target, .value = text, .as_set = text, .values = texts};
}

/* Axes of other names and other keys? Else a point would not lie where it says. */
static bool distinct(struct fl_sweep_reader *r, const struct fl_setting *group, const struct fl_axis *axis)
{
    const struct fl_sweep *sweep = r->sweep;
    for (size_t i = 0; i < sweep->axes; i++) {
        const struct fl_axis *before = &sweep->axis[i];
        if (strcmp(before->name, axis->name) == 0)
            return fl_reader_fail(&r->at, group, "two axes are called \"%s\"", axis->name);
        for (size_t k = 0; k < axis->paths * before->paths; k++)
            if (fl_path_covers(axis->path[k % axis->paths], before->path[k / axis->paths]))
                return fl_reader_fail(&r->at, group, "sets %s, which axis \"%s\" has set; one axis a key",
                                      axis->path[k % axis->paths], before->name);
    }
    return true;
}

static bool axis_read(struct fl_sweep_reader *r, const char *base)
{
    struct fl_sweep *sweep = r->sweep;
    struct fl_axis axis = {.unit = ""};
    const struct fl_setting *group = fl_reader_find(&r->at, base, ""), *list = fl_reader_find(&r->at, base, "values");
    if (group->kind != FL_SET_GROUP)
        return fl_reader_fail(&r->at, group, "an axis is { path = \"core.slm.rows\"; values = [256, 512]; }");
    axis.path = fl_reader_texts(&r->at, base, "path", &axis.paths);
    if (axis.path == NULL)
        return fl_reader_find(&r->at, base, "path") != NULL ||
               fl_reader_fail(&r->at, group, "`path` is missing: the key to vary, as in --set");
    axis.listed = list != NULL;
    axis.line = group->line;
    axis.name = fl_reader_text(&r->at, base, "name");
    if (axis.name == NULL)
        axis.name = axis.path[0];
    if (list != NULL && fl_reader_find(&r->at, base, "from") != NULL)
        return fl_reader_fail(&r->at, list, "either `values` or a range, not both");
    if (!(list != NULL ? list_read(r, list, &axis) : range_read(r, base, &axis)))
        return false;
    measure_find(&axis, r->base);
    if (!distinct(r, group, &axis))
        return false;
    *axis_new(sweep) = axis;
    return true;
}

bool fl_axes_read(struct fl_sweep_reader *r)
{
    struct fl_sweep *sweep = r->sweep;
    bool good = true;
    size_t designs, mappers, count = 0;
    const char **design = fl_reader_texts(&r->at, "", "design", &designs);
    const char **mapper = fl_reader_texts(&r->at, "", "mapper", &mappers);
    while (fl_reader_find(&r->at, fl_arena_format(&sweep->arena, "axes[%zu]", count), "") != NULL)
        count++;
    sweep->axis = fl_arena_array(&sweep->arena, count + 2, sizeof *sweep->axis);
    if (design != NULL && designs > 1) {
        for (size_t i = 0; i < designs; i++)
            design[i] = fl_reader_path(&r->at, design[i]);
        axis_of_texts(sweep, "design", FL_AXIS_DESIGN, design, designs);
    }
    for (size_t i = 0; i < count; i++)
        good = axis_read(r, fl_arena_format(&sweep->arena, "axes[%zu]", i)) && good;
    if (mapper != NULL && mappers > 1)
        axis_of_texts(sweep, "mapper", FL_AXIS_MAPPER, mapper, mappers);
    else if (mapper != NULL)
        sweep->mapper = mapper[0];
    for (size_t i = 0; mapper != NULL && i < mappers; i++)
        if (strcmp(mapper[i], "auto") != 0 && fl_mapper_find(mapper[i]) == NULL)
            good = fl_reader_fail(&r->at, fl_reader_find(&r->at, "", "mapper"), "no mapper \"%s\"; "
                                  "`fanlight list mappers` shows them", mapper[i]);
    return good;
}

/* ---- does the design take them? ---- */

/* What a trial sets: the sweep's own overrides, then values of axes. */
struct trial {
    struct fl_arena arena;
    const char **set;
    size_t sets, room;
};

static void trial_add(struct trial *trial, const struct fl_axis *axis, const char *const *as_set)
{
    for (size_t k = 0; k < axis->paths; k++) {
        trial->set = fl_grow(trial->set, &trial->room, trial->sets, sizeof *trial->set);
        trial->set[trial->sets++] = fl_arena_format(&trial->arena, "%s=%s", axis->path[k], as_set[k]);
    }
}

/* What the first or the last value sets each key to. */
static const char *const *end_value(struct fl_arena *arena, const struct fl_axis *axis, bool last)
{
    if (axis->value != NULL)
        return &axis->as_set[last ? (axis->values - 1) * axis->paths : 0];
    const char **set = fl_arena_array(arena, axis->paths, sizeof *set);
    for (size_t k = 0; k < axis->paths; k++)
        set[k] = fl_axis_number(arena, axis, last ? 1 : 0);
    return set;
}

enum others { AT_BASE, AT_FIRST, AT_LAST };

/* Does the design take one value of one axis, the other axes standing as said? */
static bool value_try(const struct fl_sweep *sweep, const char *name, const struct fl_axis *axis,
                      const char *const *as_set, enum others others, struct fl_err *err)
{
    struct trial trial = {{0}, NULL, 0, 0};
    struct fl_design design;
    for (size_t i = 0; i < sweep->sets; i++) {
        trial.set = fl_grow(trial.set, &trial.room, trial.sets, sizeof *trial.set);
        trial.set[trial.sets++] = sweep->set[i];
    }
    for (size_t a = 0; a < sweep->axes && others != AT_BASE; a++)
        if (&sweep->axis[a] != axis && sweep->axis[a].target == FL_AXIS_KEYS)
            trial_add(&trial, &sweep->axis[a], end_value(&trial.arena, &sweep->axis[a], others == AT_LAST));
    trial_add(&trial, axis, as_set);
    bool good = fl_design_load(&design, name, trial.set, trial.sets, err);
    if (good)
        fl_design_free(&design);
    fl_free(trial.set);
    fl_arena_free(&trial.arena);
    return good;
}

/* A value may suit the design only along with other axes; if it does nowhere, that is told as by --set. */
static bool value_check(struct fl_sweep_reader *r, const char *design, const struct fl_axis *axis,
                        const char *const *as_set)
{
    const struct fl_sweep *sweep = r->sweep;
    struct fl_err first = {0}, more = {0};
    bool good = value_try(sweep, design, axis, as_set, AT_BASE, &first) ||
                value_try(sweep, design, axis, as_set, AT_FIRST, &more) ||
                value_try(sweep, design, axis, as_set, AT_LAST, &more);
    if (!good) {
        const char *why = first.fault[0].line, *set = "--set: ";
        why += strncmp(first.fault[0].where, set, strlen(set)) == 0 ? strlen(set) : 0;  /* the axis does the setting */
        struct fl_setting at = {.path = axis->name, .line = axis->line};
        fl_reader_fail(&r->at, &at, "%s: %s", as_set[0], why);
    }
    fl_err_free(&first);
    fl_err_free(&more);
    return good;
}

static bool axis_check(struct fl_sweep_reader *r, const char *design, const struct fl_axis *axis)
{
    struct fl_arena arena = {0};
    bool good = true;
    for (size_t i = 0; axis->listed && i < axis->values; i++)
        good = value_check(r, design, axis, &axis->as_set[i * axis->paths]) && good;
    for (int last = 0; !axis->listed && last < 2; last++)   /* of a range, the ends, and some between */
        good = value_check(r, design, axis, end_value(&arena, axis, last)) && good;
    for (size_t i = 1; good && !axis->listed && i < LOOKS && axis->values > 2; i++)
        good = value_check(r, design, axis, &axis->as_set[i * (axis->values - 1) / LOOKS * axis->paths]);
    fl_arena_free(&arena);
    return good;
}

bool fl_axes_check(struct fl_sweep_reader *r)
{
    const struct fl_sweep *sweep = r->sweep;
    bool good = true;
    for (size_t a = 0; a < sweep->axes; a++) {
        const struct fl_axis *of_designs = sweep->axis[0].target == FL_AXIS_DESIGN ? &sweep->axis[0] : NULL;
        for (size_t d = 0; sweep->axis[a].target == FL_AXIS_KEYS && d < (of_designs ? of_designs->values : 1); d++)
            good = axis_check(r, of_designs ? of_designs->value[d] : sweep->design, &sweep->axis[a]) && good;
    }
    return good;
}
