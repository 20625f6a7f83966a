/* prices.c - a stored design with other prices.
 *
 * A price list is written like a design, but may only say what things cost: keys whose
 * role is to cost, to scale what costs (a voltage), or to divide it (the laser's
 * wall-plug efficiency). All else changes what happens, and wants a simulation. A new
 * value is a quantity, or a factor on the present one: "/5", "*0.5"; a factor on a unit
 * goes to every energy, power and current of it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arch/design.h"
#include "arch/path.h"
#include "base/nearest.h"
#include "base/quantity.h"

struct reprice {
    struct fl_gather *gather;           /* the design */
    struct fl_arena *arena;
    struct fl_err *err;
};

/* ---- which keys are prices ---- */

/* May a price list change it? */
static bool is_price(const struct fl_value *value)
{
    return value->role == FL_COSTS || value->role == FL_SCALES || value->role == FL_DIVIDES;
}

/* Why it may not. */
static const char *reason(const struct fl_value *value)
{
    const char *dot = strrchr(value->path, '.');
    if (strncmp(value->path, "clocks", 6) == 0 || strcmp(dot != NULL ? dot + 1 : value->path, "clock") == 0)
        return "is a clock: it changes every time";
    if (value->role == FL_WIDTH)
        return "changes bits, and with them conversions, tiles and traffic";
    if (value->role == FL_LIGHTS || value->role == FL_DIMS)
        return "changes the laser's level, and with it how exact the outputs are";
    if (value->measure != NULL && strcmp(value->measure, "um^2") == 0)
        return "is an area, which belongs to the stored machine";
    return "changes what happens, not what it costs";
}

/* ---- new values ---- */

/* "/5", "*0.5": the factor; 0: the text is no factor. */
static double factor_of(const char *text)
{
    char *end;
    if (text[0] != '/' && text[0] != '*')
        return 0;
    double number = strtod(text + 1, &end);
    if (end == text + 1 || *end != '\0' || !(number > 0) || !isfinite(number))
        return 0;
    return text[0] == '/' ? 1 / number : number;
}

/* A quantity times a factor, as a text. */
static const char *scaled(const struct reprice *r, const char *text, const char *measure, double factor)
{
    char number[FL_QUANTITY_BYTES];
    double value;
    if (text == NULL || !fl_quantity_read(text, measure, &value, NULL, NULL))
        return text;
    return fl_arena_text(r->arena, fl_quantity_write(number, value * factor, measure));
}

/* Is the price one that is worked out from other keys where none is given? Such have negative presets. */
static bool is_worked_out(const struct fl_value *value)
{
    double number;
    return value->text != NULL && value->measure != NULL &&
           fl_quantity_read(value->text, value->measure, &number, NULL, NULL) && number < 0;
}

/* What is made of a price is the user's own unless the list cites it: `from` of the list, or none. */
static bool put(struct reprice *r, const char *path, const struct fl_value *as, double factor)
{
    const struct fl_entry_of_design *entry = fl_gather_find(r->gather, path);
    struct fl_value value = entry->value;
    const char *where = fl_where(r->arena, as, path);
    if (!is_price(&value))
        return fl_fail(r->err, where, "%s; `fanlight run --set %s=...` simulates it", reason(&value), path);
    if (factor > 0 && is_worked_out(&value))
        return fl_fail(r->err, where, "is worked out from other keys, so there is no figure to take a factor of; give "
                       "its new value in %s", value.measure);
    if (factor > 0) {
        double by = value.role == FL_DIVIDES ? 1 / factor : factor;
        value.text = scaled(r, value.text, value.measure, by);
        value.low = scaled(r, entry->value.low, value.measure, by);
        value.high = scaled(r, entry->value.high, value.measure, by);
    } else {
        value.text = as->text;
        value.low = as->low;
        value.high = as->high;
    }
    value.from = as->from;
    value.file = as->file;
    value.line = as->line;
    fl_gather_put(r->gather, &value);
    return true;
}

/* A factor on a unit: on all that its prices are proportional to. */
static bool put_unit(struct reprice *r, const char *unit, const struct fl_value *as, double factor)
{
    size_t length = strlen(unit), entries = r->gather->entries;
    bool good = true, any = false;
    for (size_t i = 0; i < entries; i++) {
        const struct fl_value value = r->gather->entry[i].value;
        if (strncmp(value.path, unit, length) != 0 || value.path[length] != '.' ||
            !(value.role == FL_COSTS || value.role == FL_DIVIDES))     /* what scales others would do it twice */
            continue;
        any = true;
        good = put(r, value.path, as, factor) && good;
    }
    return any ? good : fl_fail(r->err, fl_where(r->arena, as, unit), "no price is known of this unit");
}

static bool tell_unknown(const struct reprice *r, const struct fl_value *as, const char *path)
{
    const char **known = fl_arena_array(r->arena, r->gather->entries + 1, sizeof *known);
    for (size_t i = 0; i < r->gather->entries; i++)
        known[i] = r->gather->entry[i].value.path;
    const char *near = fl_nearest(path, known, r->gather->entries), *where = fl_where(r->arena, as, path);
    return fl_fail(r->err, where, "the run's machine has no such key; %s",
                   fl_meant(r->arena, near, "`fanlight list units` shows those of each unit"));
}

static bool put_path(struct reprice *r, const char *path, const struct fl_value *as)
{
    double factor = factor_of(as->text);
    const struct fl_entry_of_design *entry = fl_gather_find(r->gather, path);
    if (factor == 0 && (as->text[0] == '/' || as->text[0] == '*'))
        return fl_fail(r->err, fl_where(r->arena, as, path), "\"%s\" is no factor; write \"/5\" or \"*0.2\"", as->text);
    if (entry != NULL && entry->value.text != NULL)
        return put(r, path, as, factor);
    if (fl_gather_find(r->gather, fl_arena_format(r->arena, "%s.type", path)) == NULL)
        return tell_unknown(r, as, path);
    if (factor == 0)
        return fl_fail(r->err, fl_where(r->arena, as, path), "a factor is wanted for a whole unit: \"/5\" or \"*0.2\"");
    return put_unit(r, path, as, factor);
}

/* "core.adc" stands for every core that has one. */
static bool put_value(struct reprice *r, const struct fl_value *as)
{
    struct fl_path every = fl_path_parse(as->path);
    size_t count = every.engine != NULL ? fl_gather_count(r->gather, every.engine) : 0;
    if (count == 0 || every.number != FL_EVERY || every.slot == NULL)
        return put_path(r, as->path, as);
    bool good = true, any = false;
    for (size_t i = 0; i < count; i++) {
        const char *type = fl_path_join(r->arena, every.slot->name, "type");
        if (fl_gather_find(r->gather, fl_path_of(r->arena, every.engine, (int64_t)i, type)) == NULL)
            continue;
        any = true;
        good = put_path(r, fl_path_of(r->arena, every.engine, (int64_t)i, every.rest), as) && good;
    }
    return any ? good : tell_unknown(r, as, as->path);
}

bool fl_design_reprice(struct fl_design *design, const char *text, const char *prices, struct fl_err *err)
{
    memset(design, 0, sizeof *design);
    design->file = "stored design";
    struct fl_gather gather = {.arena = &design->arena}, list = {.arena = &design->arena};
    struct reprice r = {&gather, &design->arena, err};
    const char *said = fl_conf_text(&design->arena, prices, prices, NULL, err);
    bool good = said != NULL && fl_layer_text(&list, prices, said, err);
    good = good && fl_layer_text(&gather, design->file, text, err) && fl_check_design(&gather, design->file, err);
    size_t values = 0;
    for (size_t i = 0; good && i < list.entries; i++)
        values += list.entry[i].value.text != NULL;
    if (good && values == 0)
        good = fl_fail(err, prices, "names no price; write for instance: dram = \"/5\";");
    int before = err->faults;
    for (size_t i = 0; good && i < list.entries; i++)
        if (list.entry[i].value.text != NULL)
            put_value(&r, &list.entry[i].value);
    good = good && fl_check_design(&gather, design->file, err) && err->faults == before;
    if (good)
        fl_design_fill(design, &gather);
    fl_free(gather.entry);
    fl_free(list.entry);
    if (!good)
        fl_design_free(design);
    return good;
}
