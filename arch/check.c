/* check.c - every fault of a design, from the tables of the units that fill its slots.
 *
 * The tables say which keys there may be; what no table asked for is unknown, and is
 * told with the nearest name that a table did ask for. Keys not given get their presets,
 * so that a checked design is complete. Nothing here knows any device.
 */
#include "arch/check.h"
#include "arch/layout.h"
#include "arch/path.h"
#include "arch/param.h"
#include "base/quantity.h"
#include "machine/pool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static struct fl_entry_of_design *ask(struct fl_check *check, const char *path, bool group)
{
    check->known = fl_grow(check->known, &check->room, check->knowns, sizeof *check->known);
    check->known[check->knowns++] = (struct fl_known){path, group};
    struct fl_entry_of_design *entry = fl_gather_find(check->gather, path);
    if (entry != NULL)
        entry->known = true;
    return entry;
}

/* "file:line: path" of an entry. */
static const char *where(const struct fl_check *check, const struct fl_entry_of_design *entry)
{
    return fl_where(check->arena, &entry->value, entry->value.path);
}

/* Where something is missing: the line of the group, or of one around it, or the file. */
static const char *where_missing(const struct fl_check *check, const char *group)
{
    const char *around = group;
    const struct fl_entry_of_design *entry = NULL;
    while (around[0] != '\0' && (entry = fl_gather_find(check->gather, around)) == NULL) {
        const char *dot = strrchr(around, '.');
        around = dot != NULL ? fl_arena_slice(check->arena, around, (size_t)(dot - around)) : "";
    }
    struct fl_value value = entry != NULL ? entry->value : (struct fl_value){.file = check->file};
    return fl_where(check->arena, &value, group);
}

/* Everything below `prefix` ("core[1].link.") needs no further word. */
static void forgive(struct fl_check *check, const char *prefix)
{
    for (size_t i = 0; i < check->gather->entries; i++)
        if (strncmp(check->gather->entry[i].value.path, prefix, strlen(prefix)) == 0)
            check->gather->entry[i].known = true;
}

/* A value that nobody gave; `param` NULL: it is no parameter's. */
static void preset(struct fl_check *check, const char *path, const char *text, const struct fl_param *param)
{
    struct fl_value value = {.path = path, .text = text};
    if (param != NULL) {
        value.measure = param->measure;
        value.role = fl_param_role(param);
    }
    fl_gather_put(check->gather, &value);
    fl_gather_find(check->gather, path)->known = true;
}

/* ---- keys and groups ---- */

/* Asks for a group; false if something else stands in its place. */
static bool ask_group(struct fl_check *check, const char *path)
{
    const struct fl_entry_of_design *entry = ask(check, path, true);
    if (entry == NULL || entry->value.text == NULL)
        return true;
    forgive(check, fl_arena_format(check->arena, "%s.", path));
    return fl_fail(check->err, where(check, entry), "a group is wanted: { ... }");
}

/* Asks for a value; NULL if it is not given, or is a group, which is then told. */
static struct fl_entry_of_design *ask_value(struct fl_check *check, const char *path)
{
    struct fl_entry_of_design *entry = ask(check, path, false);
    if (entry == NULL || entry->value.text != NULL)
        return entry;
    fl_fail(check->err, where(check, entry),
            "a value is wanted, \"...\" or { v = \"...\"; from = \"...\"; }, not a group");
    forgive(check, fl_arena_format(check->arena, "%s.", path));
    return NULL;
}

static void check_texts(struct fl_check *check, const char *group, const struct fl_text_key *key)
{
    for (; key->name != NULL; key++)
        ask_value(check, fl_path_join(check->arena, group, key->name));
}

/* The value and both ends of its range. */
static void check_value(struct fl_check *check, const struct fl_param *param, struct fl_entry_of_design *entry)
{
    const struct fl_value *value = &entry->value;
    const char *text[] = {value->text, value->low, value->high}, *end[] = {"", ".low", ".high"};
    for (int i = 0; i < 3; i++)
        if (text[i] != NULL)
            fl_param_read(param, text[i], NULL, fl_arena_format(check->arena, "%s%s", where(check, entry), end[i]),
                          check->err);
    entry->value.measure = param->measure;
    entry->value.role = fl_param_role(param);
}

static const char *wanted(const struct fl_check *check, const struct fl_param *param)
{
    if (fl_param_type(param) == FL_COUNT && param->measure[0] == '\0')
        return "a whole number";
    return param->choices != NULL ? fl_param_choices(param, check->arena) : fl_quantity_of(param->measure);
}

/* "preset" takes back what a base said of a key, as if nobody had given it. */
static void take_back(struct fl_check *check, const char *path)
{
    const struct fl_entry_of_design *entry = fl_gather_find(check->gather, path);
    if (entry != NULL && entry->value.text != NULL && strcmp(entry->value.text, FL_PRESET) == 0)
        fl_gather_drop(check->gather, path);
}

static void check_param(struct fl_check *check, const char *group, const struct fl_param *param,
                        const char *preset_text)
{
    const char *path = fl_path_join(check->arena, group, param->name);
    take_back(check, path);
    bool given = fl_gather_find(check->gather, path) != NULL;
    struct fl_entry_of_design *entry = ask_value(check, path);
    if (entry != NULL)
        check_value(check, param, entry);
    else if (!given && preset_text != NULL)
        preset(check, path, preset_text, param);
    else if (!given)
        fl_fail(check->err, where_missing(check, group), "%s is missing: %s, %s", param->name,
                wanted(check, param), param->meaning);
}

/* A count that may also be "fit": as many as it takes. */
static void check_fit(struct fl_check *check, const char *group, const struct fl_param *param, const char *preset_text)
{
    const char *path = fl_path_join(check->arena, group, param->name);
    const struct fl_entry_of_design *entry = fl_gather_find(check->gather, path);
    bool word = entry != NULL && entry->value.text != NULL && isalpha((unsigned char)entry->value.text[0]);
    if (!word)
        check_param(check, group, param, preset_text);
    else if (strcmp(ask_value(check, entry->value.path)->value.text, FL_FIT) != 0)
        fl_fail(check->err, where(check, entry), "\"%s\" is neither a whole number nor \"" FL_FIT "\"",
                entry->value.text);
}

/* ---- clocks ---- */

static void check_clock(struct fl_check *check, const struct fl_entry_of_design *entry)
{
    int64_t p, q;
    struct fl_clock clock;
    if (!fl_quantity_period(entry->value.text, &p, &q, where(check, entry), check->err))
        return;
    if (p < q)
        fl_fail(check->err, where(check, entry), "\"%s\" is above 1 THz, and time goes in steps of 1 ps",
                entry->value.text);
    else if (!fl_clock_from_ps(&clock, p, q))
        fl_fail(check->err, where(check, entry),
                "\"%s\" has a period of %lld/%lld ps, which no clock keeps in step with others; "
                "write a ratio such as \"4/3 GHz\" or a period such as \"750 ps\"",
                entry->value.text, (long long)p, (long long)q);
}

static void check_clocks(struct fl_check *check)
{
    if (!ask_group(check, "clocks"))
        return;
    for (size_t i = 0; i < check->gather->entries; i++) {
        const char *path = check->gather->entry[i].value.path;
        if (strncmp(path, "clocks.", 7) != 0 || strpbrk(path + 7, ".[") != NULL)
            continue;
        const struct fl_entry_of_design *entry = ask_value(check, path);
        if (entry != NULL)
            check_clock(check, entry);
    }
}

static bool clock_exists(const struct fl_check *check, const char *name)
{
    return fl_gather_find(check->gather, fl_arena_format(check->arena, "clocks.%s", name)) != NULL;
}

/* The names of all clocks: "core, memory". */
static const char *clock_names(const struct fl_check *check)
{
    const char *text = "";
    for (size_t i = 0; i < check->gather->entries; i++) {
        const char *path = check->gather->entry[i].value.path;
        if (strncmp(path, "clocks.", 7) == 0)
            text = fl_arena_listed(check->arena, text, path + 7);
    }
    return text[0] != '\0' ? text : "none";
}

/* A unit's clock: a name of `clocks`, or a frequency or period of its own. */
static void check_unit_clock(struct fl_check *check, const char *group, const char *preset_name)
{
    const char *path = fl_path_join(check->arena, group, "clock");
    bool given = fl_gather_find(check->gather, path) != NULL;
    const struct fl_entry_of_design *entry = ask_value(check, path);
    if (!given) {
        preset(check, path, preset_name, NULL);
        if (!clock_exists(check, preset_name) && !check->clock_told)
            fl_fail(check->err, where_missing(check, "clocks"), "%s is missing: a frequency (GHz) or a period (ns), "
                    "the clock of all units that name no other", preset_name);
        check->clock_told = check->clock_told || !clock_exists(check, preset_name);
    } else if (entry != NULL && !clock_exists(check, entry->value.text)) {
        if (isdigit((unsigned char)entry->value.text[0]))
            check_clock(check, entry);
        else
            fl_fail(check->err, where(check, entry), "no clock is called \"%s\"; clocks: %s", entry->value.text,
                    clock_names(check));
    }
}

/* ---- slots ---- */

static const struct fl_portdef *port_of(const struct fl_unit_type *type, const char *name, enum fl_way way)
{
    for (const struct fl_portdef *port = type->ports; port != NULL && port->name != NULL; port++)
        if (strcmp(port->name, name) == 0 && port->way == way)
            return port;
    return NULL;
}

static bool has_param(const struct fl_unit_type *type, const char *name)
{
    for (const struct fl_param *param = type->params; param != NULL && param->name != NULL; param++)
        if (strcmp(param->name, name) == 0)
            return true;
    return false;
}

/* The slot that a join of an engine names: one of its own, or of an engine that there is one of. */
static const struct fl_slot *slot_meant(const struct fl_engine_type *engine, const char *name)
{
    const struct fl_slot *slot = fl_engine_slot(engine, name);
    for (size_t i = 0; fl_engine_types[i] != NULL && slot == NULL; i++)
        slot = fl_engine_types[i]->list == NULL ? fl_engine_slot(fl_engine_types[i], name) : NULL;
    return slot;
}

/* The port of a wire of an engine that a type in the slot lacks; NULL: none. */
static const char *lacks_end(const struct fl_check *check, const struct fl_engine_type *engine,
                             const struct fl_unit_type *type, const struct fl_slot *slot, const struct fl_wire *wire)
{
    if (slot_meant(engine, wire->from.slot) == slot && port_of(type, wire->from.port, FL_OUT) == NULL)
        return fl_arena_format(check->arena, "output \"%s\"", wire->from.port);
    if (slot_meant(engine, wire->to.slot) == slot && port_of(type, wire->to.port, FL_IN) == NULL)
        return fl_arena_format(check->arena, "input \"%s\"", wire->to.port);
    return NULL;
}

/* What a type lacks to stand in a slot: a port that a join needs, a parameter; NULL: it fits. */
static const char *lacks(const struct fl_check *check, const struct fl_unit_type *type, const struct fl_slot *slot)
{
    const char *lacking = NULL;
    for (size_t i = 0; fl_engine_types[i] != NULL && lacking == NULL; i++)
        for (const struct fl_join *join = fl_engine_types[i]->joins; join->from.slot != NULL; join++) {
            static const bool all[FL_THROUGH] = {true, true};
            struct fl_wire wire[FL_WIRES];
            size_t wires = fl_join_wires(join, all, wire);
            if (join->with != NULL && strcmp(join->with, slot->name) != 0)
                continue;               /* others do without it, but for designs that have both */
            for (size_t w = 0; w < wires && lacking == NULL; w++)
                lacking = lacks_end(check, fl_engine_types[i], type, slot, &wire[w]);
        }
    for (const char *const *need = slot->needs; lacking == NULL && need != NULL && *need != NULL; need++)
        if (!has_param(type, *need))
            lacking = fl_arena_format(check->arena, "key \"%s\"", *need);
    return lacking;
}

/* "slm": the types that fit in a slot. */
static const char *fitting(const struct fl_check *check, const struct fl_slot *slot)
{
    const char *text = "";
    for (size_t i = 0; fl_unit_types[i] != NULL; i++)
        if (lacks(check, fl_unit_types[i], slot) == NULL)
            text = fl_arena_listed(check->arena, text, fl_unit_types[i]->kind);
    return text[0] != '\0' ? text : "none";
}

static const struct fl_unit_type *check_type(struct fl_check *check, const char *path, const struct fl_slot *slot,
                                             const char *kind)
{
    const char *entry_path = fl_path_join(check->arena, path, "type");
    const struct fl_entry_of_design *entry = fl_gather_find(check->gather, entry_path);
    const char *at = entry != NULL ? where(check, entry) : where_missing(check, path);
    const struct fl_unit_type *type = fl_unit_type_find(kind);
    if (type == NULL) {
        fl_fail(check->err, at, "no unit type is called \"%s\"; fit here: %s", kind, fitting(check, slot));
        return NULL;
    }
    const char *lacking = lacks(check, type, slot);
    if (lacking == NULL)
        return type;
    fl_fail(check->err, at, "a %s cannot stand here: it has no %s; fit here: %s", kind, lacking, fitting(check, slot));
    return NULL;
}

static void check_slot(struct fl_check *check, const char *path, const struct fl_slot *slot, const char *clock)
{
    const char *type_path = fl_path_join(check->arena, path, "type");
    bool given = fl_gather_find(check->gather, path) != NULL || fl_gather_find(check->gather, type_path) != NULL ||
                 (slot->optional && fl_check_is_set(check, path));
    if (!ask_group(check, path))
        return;
    const struct fl_entry_of_design *entry = ask_value(check, type_path);
    const char *kind = entry != NULL ? entry->value.text : slot->type;
    bool none = strcmp(kind, "none") == 0;
    bool spare = slot->optional || (slot->shared && check->apart);
    if (none && !spare)
        fl_fail(check->err, where(check, entry), "this unit cannot be left out");
    if (none || (spare && !given)) {
        if (none || slot->optional)     /* what nobody shares has no keys */
            forgive(check, fl_arena_format(check->arena, "%s.", path));
        return;
    }
    const struct fl_unit_type *type = check_type(check, path, slot, kind);
    if (type == NULL) {
        forgive(check, fl_arena_format(check->arena, "%s.", path));
        return;
    }
    if (entry == NULL)
        preset(check, type_path, kind, NULL);
    check_unit_clock(check, path, clock);
    for (const struct fl_param *param = type->params; param != NULL && param->name != NULL; param++) {
        bool here = slot->key != NULL && strcmp(slot->key, param->name) == 0;
        const char *text = here ? slot->value : fl_param_preset(param, check->arena);
        bool fits = slot->fit != NULL && strcmp(slot->fit, param->name) == 0;
        if (fits || (slot->whole != NULL && strcmp(slot->whole, param->name) == 0))
            check_fit(check, path, param, text);
        else
            check_param(check, path, param, text);
    }
}

/* ---- the whole ---- */

/* The keys of an engine of a list, beside those of its units. */
static void check_keys(struct fl_check *check, const struct fl_engine_type *engine, size_t number)
{
    const char *path = fl_path_of(check->arena, engine, (int64_t)number, "");
    if (engine->params == NULL)
        return;
    check_texts(check, path, engine->texts);
    if (fl_gather_find(check->gather, fl_path_join(check->arena, path, "name")) == NULL)
        preset(check, fl_path_join(check->arena, path, "name"),
               fl_arena_format(check->arena, "%s%zu", engine->list, number), NULL);
    check_fit(check, path, &engine->params[0], NULL);
    for (const struct fl_param *param = &engine->params[1]; param->name != NULL; param++)
        check_param(check, path, param, fl_param_preset(param, check->arena));
}

static void check_slots(struct fl_check *check, const struct fl_engine_type *engine, int64_t number)
{
    const char *clock = engine->clock != NULL ? engine->clock : clock_exists(check, "digital") ? "digital" : "core";
    for (const struct fl_slot *slot = engine->slots; slot->name != NULL; slot++)
        check_slot(check, fl_path_of(check->arena, engine, number, slot->name), slot, clock);
}

static void check_list(struct fl_check *check, const struct fl_engine_type *engine)
{
    const char *list = engine->list;
    size_t count = fl_gather_count(check->gather, engine);
    if (engine->alone && count == 0) {
        check_slots(check, engine, FL_EVERY);
        return;
    }
    struct fl_entry_of_design *entry = ask(check, list, true);
    if (entry != NULL) {
        forgive(check, fl_arena_format(check->arena, "%s.", list));
        fl_fail(check->err, where(check, entry), "a list of groups is wanted: %s = ( { ... }, { ... } )", list);
    }
    if (count > engine->most) {
        forgive(check, fl_arena_format(check->arena, "%s[", list));
        fl_fail(check->err, where_missing(check, fl_path_of(check->arena, engine, (int64_t)engine->most, "")),
                "%zu kinds of %ss; there may be %zu", count, list, engine->most);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *path = fl_path_of(check->arena, engine, (int64_t)i, "");
        if (!ask_group(check, path))
            continue;
        check_keys(check, engine, i);
        check_slots(check, engine, (int64_t)i);
        if (engine == &fl_engine_optical)
            fl_check_core(check->gather, path, check->err);
    }
}

/* ---- between units ---- */

static void check_pair(struct fl_check *check, const struct fl_pair *pair, const struct fl_engine_type *engine,
                       size_t number)
{
    const char *one = fl_path_join(check->arena, pair->other, pair->key);
    const char *other = fl_path_of(check->arena, engine, (int64_t)number,
                                   fl_path_join(check->arena, pair->slot, pair->key));
    const struct fl_entry_of_design *a = fl_gather_find(check->gather, one), *b = fl_gather_find(check->gather, other);
    if (a == NULL || b == NULL || a->value.measure == NULL || b->value.measure == NULL)
        return;
    int64_t x, y;
    bool read = fl_quantity_count(a->value.text, a->value.measure, &x, NULL, NULL) &&
                fl_quantity_count(b->value.text, b->value.measure, &y, NULL, NULL);
    if (read && x != y)
        fl_fail(check->err, where(check, b->value.file != NULL ? b : a), "must be equal to %s: \"%s\" and \"%s\" (%s)",
                b->value.file != NULL ? one : other, b->value.text, a->value.text, pair->why);
}

static void check_pairs(struct fl_check *check)
{
    for (size_t i = 0; fl_engine_types[i] != NULL; i++) {
        const struct fl_engine_type *engine = fl_engine_types[i];
        size_t count = engine->list != NULL ? fl_gather_count(check->gather, engine) : 1;
        for (const struct fl_pair *pair = engine->pairs; pair != NULL && pair->slot != NULL; pair++)
            for (size_t number = 0; number < count; number++)
                check_pair(check, pair, engine, number);
    }
}

bool fl_check_unit(struct fl_gather *gather, const char *slot, const char *file, struct fl_err *err)
{
    int before = err->faults;
    struct fl_check check = {.gather = gather, .arena = gather->arena, .file = file, .err = err, .clock_told = true};
    check_slot(&check, slot, fl_path_parse(slot).slot, "core");
    fl_check_unknown(&check);
    fl_free(check.known);
    return err->faults == before;
}

bool fl_check_design(struct fl_gather *gather, const char *file, struct fl_err *err)
{
    int before = err->faults;
    struct fl_check check = {.gather = gather, .arena = gather->arena, .file = file, .err = err};
    const struct fl_entry_of_design *base = ask(&check, "base", false);
    if (base != NULL)                   /* a file's own base is read before: this one is an override */
        fl_fail(err, where(&check, base), "a design's file names its base; choose another design instead");
    check_texts(&check, "", fl_design_texts);
    check_clocks(&check);
    if (ask_group(&check, "machine"))
        for (const struct fl_param *param = fl_machine_params; param->name != NULL; param++)
            check_param(&check, "machine", param, fl_param_preset(param, check.arena));
    check.apart = fl_check_all_apart(&check);
    if (check.apart && fl_check_is_given(&check, &fl_engine_chips))
        fl_fail(err, file, "chips: several chips exchange what lies in their SRAM, and this machine has none; GPUs are "
                "joined by gpu.devices and gpu.link_bandwidth");
    for (int alone = 0; alone < 2; alone++)     /* first those that there are lists of */
        for (size_t i = 0; fl_engine_types[i] != NULL; i++) {
            const struct fl_engine_type *engine = fl_engine_types[i];
            bool list = engine->list != NULL && !engine->alone;
            if (list != (alone == 0))
                continue;
            if (engine->list != NULL)
                check_list(&check, engine);
            else
                check_slots(&check, engine, 0);
        }
    if (err->faults == before)
        check_pairs(&check);
    fl_check_unknown(&check);
    fl_free(check.known);
    return err->faults == before;
}
