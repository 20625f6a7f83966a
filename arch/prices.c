/* prices.c - a stored design with other prices.
 *
 * A price list is written like a design, but may only say what things cost: energies,
 * powers, voltages, currents, and what a unit's own tables name as a price (the laser's
 * wall-plug efficiency). All else changes what happens, and wants a simulation. A new
 * value is a quantity, or a factor on the present one: "/5", "*0.5"; a factor on a unit
 * goes to every energy, power and current of it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arch/design.h"
#include "arch/layout.h"
#include "base/nearest.h"
#include "base/quantity.h"

struct reprice {
    struct fl_gather *gather;           /* the design */
    struct fl_arena *arena;
    struct fl_err *err;
};

/* ---- which keys are prices ---- */

/* An energy, a power, a current: what a price is proportional to. Voltages multiply currents. */
static bool is_measure_of_price(const char *measure)
{
    static const char *const measures[] = {"fJ", "fJ/bit", "mW", "A"};
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        if (strcmp(measure, measures[i]) == 0)
            return true;
    return false;
}

/* The type of the unit whose key "core[0].adc.energy" is; NULL: the key is no unit's. */
static const struct fl_unit_type *type_of(const struct reprice *r, const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot == NULL)
        return NULL;
    const struct fl_entry_of_design *type =
        fl_gather_find(r->gather, fl_arena_format(r->arena, "%.*s.type", (int)(dot - path), path));
    return type != NULL && type->value.text != NULL ? fl_unit_type_find(type->value.text) : NULL;
}

/* Is it an efficiency, by which a price is divided? */
static bool is_divisor(const struct reprice *r, const struct fl_value *value)
{
    const struct fl_unit_type *type = type_of(r, value->path);
    const char *name = strrchr(value->path, '.');
    for (const struct fl_tally *t = type != NULL ? type->tallies : NULL; t != NULL && t->action != NULL; t++)
        if (t->energy != NULL && strcmp(t->energy, name + 1) == 0)
            return value->measure[0] == '\0';
    return false;
}

static const char *reason(const char *path, const char *measure)
{
    const char *dot = strrchr(path, '.'), *name = dot != NULL ? dot + 1 : path;
    static const char *const level[] = {"headroom", "photon_bits", "convention", "level", "budget", "error",
                                        "shared_over_k", "quantum_efficiency", "insertion_loss", "excess_loss"};
    if (strncmp(path, "clocks", 6) == 0 || strcmp(name, "clock") == 0)
        return "is a clock: it changes every time";
    if (strstr(name, "bits") != NULL && strcmp(name, "photon_bits") != 0)
        return "changes bits, and with them conversions, tiles and traffic";
    for (size_t i = 0; i < sizeof level / sizeof *level; i++)
        if (strcmp(name, level[i]) == 0)
            return "changes the laser's level, and with it how exact the outputs are";
    if (measure != NULL && strcmp(measure, "um^2") == 0)
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
    bool divisor = is_divisor(r, &value);
    if (!divisor && !is_measure_of_price(value.measure != NULL ? value.measure : "-") &&
        !(value.measure != NULL && strcmp(value.measure, "V") == 0))
        return fl_fail(r->err, where, "%s; `fanlight run --set %s=...` simulates it", reason(path, value.measure),
                       path);
    if (factor > 0 && is_worked_out(&value))
        return fl_fail(r->err, where, "is worked out from other keys, so there is no figure to take a factor of; give "
                       "its new value in %s", value.measure);
    if (factor > 0) {
        double by = divisor ? 1 / factor : factor;
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
        if (strncmp(value.path, unit, length) != 0 || value.path[length] != '.' || value.measure == NULL ||
            !(is_measure_of_price(value.measure) || is_divisor(r, &value)))
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
    if (near != NULL)
        return fl_fail(r->err, where, "the run's machine has no such key; did you mean \"%s\"?", near);
    return fl_fail(r->err, where, "the run's machine has no such key; `fanlight list units` shows those of each unit");
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
    if (strncmp(as->path, "core.", 5) != 0)
        return put_path(r, as->path, as);
    bool good = true, any = false;
    for (size_t core = 0; core < fl_gather_cores(r->gather); core++) {
        const char *path = fl_arena_format(r->arena, "core[%zu].%s", core, as->path + 5);
        const char *rest = strchr(path, '.') + 1;
        const char *unit = fl_arena_format(r->arena, "%.*s", (int)(rest - path + (long)strcspn(rest, ".")), path);
        if (fl_gather_find(r->gather, fl_arena_format(r->arena, "%s.type", unit)) == NULL)
            continue;
        any = true;
        good = put_path(r, path, as) && good;
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
