/* check_core.c - what the keys of a core must be together: rows enough for an output in its encoding; parts that are of
 * machines that hold weights, or of those that stream them.
 *
 * Values that are faulty by themselves were told where they stand; here they count as
 * their presets, so that one mistake is told once.
 */
#include <string.h>

#include "arch/design.h"
#include "arch/param.h"
#include "base/quantity.h"
#include "machine/optical.h"

static const struct fl_value *value_at(const struct fl_gather *gather, const char *group, const char *name)
{
    const char *path = fl_arena_format(gather->arena, "%s.%s", group, name);
    const struct fl_entry_of_design *entry = fl_gather_find(gather, path);
    return entry != NULL && entry->value.text != NULL ? &entry->value : NULL;
}

static int64_t count_at(const struct fl_gather *gather, const char *group, const char *name)
{
    int64_t count = 0;
    const struct fl_value *value = value_at(gather, group, name);
    return value != NULL && fl_quantity_count(value->text, "", &count, NULL, NULL) ? count : 0;
}

/* A key of the unit with a function. */
static const char *key_of(const struct fl_gather *gather, enum fl_does does, const char *key)
{
    return fl_path_join(gather->arena, fl_engine_slot_that(&fl_engine_optical, does)->name, key);
}

static struct fl_pool pool_of(const struct fl_gather *gather, const char *group)
{
    struct fl_core_keys keys = {0};
    for (const struct fl_param *param = fl_engine_optical.params; param->name != NULL; param++) {
        const struct fl_value *value = value_at(gather, group, param->name);
        if (value != NULL)
            fl_param_read(param, value->text, &keys, NULL, NULL);
    }
    return (struct fl_pool){
        .rows = count_at(gather, group, key_of(gather, FL_SLOT_HOLDS, "rows")),
        .weight_bits = (int32_t)keys.weight_bits, .encoding = keys.encoding, .reference = keys.reference,
        .weight_slices = keys.weight_slices,
        .pixel_bits = (int32_t)count_at(gather, group, key_of(gather, FL_SLOT_HOLDS, "pixel_bits")),
    };
}

/* The kind of unit in a slot of a core; NULL: it is left out. */
static const struct fl_value *filled(const struct fl_gather *gather, const char *group, enum fl_does does)
{
    const struct fl_value *type = value_at(gather, group, key_of(gather, does, "type"));
    return type == NULL || strcmp(type->text, "none") == 0 ? NULL : type;
}

static const char *slot_of(const struct fl_gather *gather, const char *group, enum fl_does does)
{
    return fl_path_join(gather->arena, group, fl_engine_slot_that(&fl_engine_optical, does)->name);
}

/* Where the design speaks of a slot: its group, else its type. */
static const char *slot_where(const struct fl_gather *gather, const char *group, enum fl_does does)
{
    const char *path = slot_of(gather, group, does);
    const struct fl_entry_of_design *entry = fl_gather_find(gather, path);
    return fl_where(gather->arena, entry != NULL ? &entry->value : filled(gather, group, does), path);
}

/* What does not go with loaded tiles that are dealt one by one. */
static bool dealt_fair(const struct fl_gather *gather, const char *group, const struct fl_value *spread,
                       struct fl_err *err)
{
    static const struct { const char *key, *value, *why; } against[] = {
        {"shared_input", "true", "each core has a tile, and inputs, of its own"},
        {"weight_slices", "time", "a tile is loaded once; take \"space\""}};
    const struct fl_value *cores = value_at(gather, group, "cores"), *coding = value_at(gather, group, "encoding");
    bool fair = true;
    if (coding == NULL || strcmp(coding->text, fl_sign_names[FL_SIGN_OFFSET]) == 0)
        fair = fl_fail(err, fl_where(gather->arena, spread, spread->path), "does not go with encoding \"offset\", "
                       "which takes sums of a round's inputs off its outputs: its tiles share none; take dual_rail, "
                       "balanced, coherent or homodyne");
    for (size_t i = 0; i < sizeof against / sizeof *against; i++) {
        const struct fl_value *value = value_at(gather, group, against[i].key);
        if (value != NULL && strcmp(value->text, against[i].value) == 0)
            fair = fl_fail(err, fl_where(gather->arena, value, value->path), "does not go with %s: %s", spread->path,
                           against[i].why);
    }
    if (cores == NULL || strcmp(cores->text, FL_FIT) != 0)
        return fair;
    const char *buffer = filled(gather, group, FL_SLOT_BUFFERS) == NULL ? "" :
        fl_arena_format(gather->arena, " and %s.type = \"none\"", slot_of(gather, group, FL_SLOT_BUFFERS));
    return fl_fail(err, fl_where(gather->arena, cores, cores->path), "does not go with %s = true: tiles pass by the "
                   "cores there are; give a number, or, for weights that stay on cores of their own, %s = false%s",
                   spread->path, spread->path, buffer);
}

/* A part that serves weights that are streamed, in a core whose device holds them. */
static bool held_fair(const struct fl_gather *gather, const char *group, struct fl_err *err)
{
    static const struct { enum fl_does does; const char *why; } parts[] = {
        {FL_SLOT_LIGHTS_WEIGHTS, "it streams weights"},
        {FL_SLOT_INTEGRATES,
         "each vector gives outputs of its own, and there is no charge to hold from one to another"},
        {FL_SLOT_BUFFERS, "it keeps operands that are streamed, or of tiles that are dealt one by one (spread)"}};
    const struct fl_value *device = filled(gather, group, FL_SLOT_HOLDS);
    const struct fl_value *spread = value_at(gather, group, "spread");
    bool fair = true, dealt = spread != NULL && strcmp(spread->text, "true") == 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts - dealt; i++) {
        const struct fl_value *part = filled(gather, group, parts[i].does);
        if (part != NULL)
            fair = fl_fail(err, slot_where(gather, group, parts[i].does),
                           "does not go with %s, a %s, which holds its weights: %s; leave it out (%s.type = \"none\"), "
                           "or take slm = { type = \"crossbar\"; ... }", slot_of(gather, group, FL_SLOT_HOLDS),
                           device->text, parts[i].why, slot_of(gather, group, parts[i].does));
    }
    return (!dealt || dealt_fair(gather, group, spread, err)) && fair;
}

/* Is a quantity given that is not zero? */
static const struct fl_value *above_zero(const struct fl_gather *gather, const char *group, const char *key)
{
    double number;
    const struct fl_value *value = value_at(gather, group, key);
    bool read = value != NULL && value->measure != NULL &&
                fl_quantity_read(value->text, value->measure, &number, NULL, NULL);
    return read && number > 0 ? value : NULL;
}

/* Charge of no vector at all is kept for nobody. */
static bool window_fair(const struct fl_gather *gather, const char *group, struct fl_err *err)
{
    const struct fl_value *window = value_at(gather, group, key_of(gather, FL_SLOT_INTEGRATES, "window"));
    int64_t vectors = 1;
    if (filled(gather, group, FL_SLOT_INTEGRATES) == NULL || window == NULL ||
        !fl_quantity_count(window->text, "", &vectors, NULL, NULL) || vectors != 0)
        return true;
    return fl_fail(err, fl_where(gather->arena, window, window->path), "%s would hold the charge of %s for no vector; "
                   "give 1 (each vector is read) or more, or leave it out", slot_of(gather, group, FL_SLOT_INTEGRATES),
                   slot_of(gather, group, FL_SLOT_SENSES));
}

/* Parts that a core with nothing to hold cannot have, or cannot be without. */
static bool streamed_fair(const struct fl_gather *gather, const char *group, struct fl_err *err)
{
    const char *holds = slot_of(gather, group, FL_SLOT_HOLDS);
    const struct fl_value *device = filled(gather, group, FL_SLOT_HOLDS), *cores = value_at(gather, group, "cores");
    const struct fl_value *camera = above_zero(gather, group, key_of(gather, FL_SLOT_SENSES, "exposure"));
    const struct fl_value *coding = value_at(gather, group, "encoding");
    bool fair = true;
    if (camera == NULL)
        camera = above_zero(gather, group, key_of(gather, FL_SLOT_SENSES, "camera_power"));
    if (filled(gather, group, FL_SLOT_LIGHTS_WEIGHTS) == NULL)
        fair = fl_fail(err, slot_where(gather, group, FL_SLOT_HOLDS), "a %s holds no weights, and %s, which would "
                       "stream them, is left out; give it, or take a device that holds weights", device->text,
                       slot_of(gather, group, FL_SLOT_LIGHTS_WEIGHTS));
    if (camera != NULL)
        fair = fl_fail(err, fl_where(gather->arena, camera, camera->path), "a camera takes frames, and %s streams both "
                       "operands, which are gone by then; take photodiodes, or a device that holds weights", holds);
    if (coding != NULL && strcmp(coding->text, fl_sign_names[FL_SIGN_OFFSET]) == 0)
        fair = fl_fail(err, fl_where(gather->arena, coding, coding->path), "takes sums of weights off every output, "
                       "and where they stream nobody adds them up; take homodyne, dual_rail or coherent");
    if (cores != NULL && strcmp(cores->text, FL_FIT) == 0)
        fair = fl_fail(err, fl_where(gather->arena, cores, cores->path), "a number is wanted: %s, a %s, holds nothing "
                       "that cores could fit", holds, device->text);
    return window_fair(gather, group, err) && fair;
}

/* What does not go with weights that nobody sets. */
static bool fixed_fair(const struct fl_gather *gather, const char *group, struct fl_err *err)
{
    const struct fl_value *device = filled(gather, group, FL_SLOT_HOLDS), *cores = value_at(gather, group, "cores");
    const struct fl_value *spread = value_at(gather, group, "spread"), *dynamic = value_at(gather, group, "dynamic");
    bool fair = true;
    if (count_at(gather, group, key_of(gather, FL_SLOT_HOLDS, "vectors")) > 0)
        fair = fl_fail(err, slot_where(gather, group, FL_SLOT_HOLDS), "a %s is given its weights with every vector, "
                       "and %s.fixed says that nobody gives any; take a device that holds them", device->text, group);
    if (filled(gather, group, FL_SLOT_CONVERTS_WEIGHTS) != NULL)
        fair = fl_fail(err, slot_where(gather, group, FL_SLOT_CONVERTS_WEIGHTS), "converts weights, and %s.fixed says "
                       "that nobody sets any; leave it out", group);
    if (cores != NULL && strcmp(cores->text, FL_FIT) == 0)
        fair = fl_fail(err, fl_where(gather->arena, cores, cores->path), "a number is wanted: %s.fixed has no weights "
                       "that cores could fit", group);
    for (int i = 0; i < 2; i++) {
        const struct fl_value *flag = i == 0 ? spread : dynamic;
        if (flag != NULL && strcmp(flag->text, "true") == 0)
            fair = fl_fail(err, fl_where(gather->arena, flag, flag->path), "is about weights that are loaded, and "
                           "%s.fixed says that none are; leave it out", group);
    }
    return fair;
}

/* What a square cannot be read of. */
static bool squares_fair(const struct fl_gather *gather, const char *group, bool fixed, struct fl_err *err)
{
    const struct fl_value *coding = value_at(gather, group, "encoding");
    int64_t bits = count_at(gather, group, "input_bits");
    const char *key = key_of(gather, FL_SLOT_CONVERTS_INPUTS, "bits");
    const struct fl_value *digits = value_at(gather, group, key);
    int64_t device = count_at(gather, group, key);
    bool fair = true;
    if (coding == NULL || strcmp(coding->text, fl_sign_names[FL_SIGN_INTENSITY]) != 0)
        return true;
    if (!fixed)
        fair = fl_fail(err, fl_where(gather->arena, coding, coding->path), "gives the square of every output, which no "
                       "product of a network is; it is for random features, of weights that nobody sets: %s.fixed = "
                       "true", group);
    if (device > 0 && device < bits)
        fair = fl_fail(err, fl_where(gather->arena, digits, digits->path), "inputs of %lld bits would be sent "
                       "in digits of %lld, and squares of digits do not add up; give as many bits as input_bits",
                       (long long)bits, (long long)device);
    return fair;
}

/* Light by what detectors need wants to be told that. */
static bool light_fair(const struct fl_gather *gather, const char *group, struct fl_err *err)
{
    const struct fl_value *budget = value_at(gather, group, key_of(gather, FL_SLOT_LIGHTS, "budget"));
    const char *sensitivity = key_of(gather, FL_SLOT_SENSES, "sensitivity");
    if (budget == NULL || strcmp(budget->text, fl_budget_names[FL_BUDGET_SENSITIVITY]) != 0 ||
        above_zero(gather, group, sensitivity) != NULL)
        return true;
    return fl_fail(err, fl_where(gather->arena, budget, budget->path), "light is to be what detectors need, and %s "
                   "does not say; give it, as \"3.16 uW\" for -25 dBm",
                   fl_path_join(gather->arena, group, sensitivity));
}

/* Parts that must go together. */
static bool parts_fair(const struct fl_gather *gather, const char *group, struct fl_err *err)
{
    if (filled(gather, group, FL_SLOT_HOLDS) == NULL)
        return true;                    /* told where it stands */
    bool streams = count_at(gather, group, key_of(gather, FL_SLOT_HOLDS, "vectors")) > 0;
    bool fair = streams ? streamed_fair(gather, group, err) : held_fair(gather, group, err);
    const struct fl_value *fixed = value_at(gather, group, "fixed");
    bool random = fixed != NULL && strcmp(fixed->text, "true") == 0;
    fair = (!random || fixed_fair(gather, group, err)) && fair;
    fair = squares_fair(gather, group, random, err) && fair;
    return light_fair(gather, group, err) && fair;
}

bool fl_check_core(const struct fl_gather *gather, const char *group, struct fl_err *err)
{
    bool fair = parts_fair(gather, group, err);
    struct fl_pool pool = pool_of(gather, group);
    const struct fl_value *reference = value_at(gather, group, "reference");
    const struct fl_value *rows = value_at(gather, group, key_of(gather, FL_SLOT_HOLDS, "rows"));
    if (pool.reference == FL_REFERENCE_ROW && !fl_signs[pool.encoding].sums)
        return fl_fail(err, fl_where(gather->arena, reference, reference->path),
                       "only encoding \"offset\" has a reference row; leave this out");
    if (pool.rows < 1 || fl_pool_outputs(&pool) >= 1)
        return fair;
    return fl_fail(err, fl_where(gather->arena, rows, rows->path),
                   "%lld rows give no output: one takes %lld (encoding, weight slices side by side)%s",
                   (long long)pool.rows, (long long)fl_pool_rows_per_output(&pool),
                   fl_pool_references(&pool) > 0 ? " beside the reference row" : "");
}
