/* load.c - design files into layers of values.
 *
 * libconfig reads the structure; what it gives is flattened at once to paths and texts,
 * each with its file and line. A text is not understood here: tables do that later, so
 * that `--set` and files speak the same language.
 */
#include "arch/design.h"
#include "arch/layout.h"
#include "base/quantity.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 16, BASES = 16 };

/* ---- one file's settings, flattened ---- */

struct flatten {
    struct fl_gather *gather;
    const char *file, *folder;          /* as shown; where files that it names are looked for */
    struct fl_err *err;
    int devices;                        /* device files being read */
};

static struct fl_value place(const struct flatten *flat, const config_setting_t *setting, const char *path)
{
    bool of_file = strcmp(flat->file, "--set") != 0;
    return (struct fl_value){.path = path, .file = flat->file,
                             .line = of_file ? (int)config_setting_source_line(setting) : 0};
}

static bool fail(const struct flatten *flat, const config_setting_t *setting, const char *path, const char *what)
{
    struct fl_value value = place(flat, setting, path);
    return fl_fail(flat->err, fl_where(flat->gather->arena, &value, path), "%s", what);
}

/* A scalar as written, or as good as; NULL for a group, a list or an array. */
static const char *scalar_text(struct fl_arena *arena, const config_setting_t *setting)
{
    char number[FL_QUANTITY_BYTES];
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
        return fl_arena_format(arena, "%d", config_setting_get_int(setting));
    case CONFIG_TYPE_INT64:
        return fl_arena_format(arena, "%lld", config_setting_get_int64(setting));
    case CONFIG_TYPE_FLOAT:
        return fl_arena_text(arena, fl_quantity_write(number, config_setting_get_float(setting), ""));
    case CONFIG_TYPE_BOOL:
        return config_setting_get_bool(setting) ? "true" : "false";
    case CONFIG_TYPE_STRING:
        return fl_arena_text(arena, config_setting_get_string(setting));
    default:
        return NULL;
    }
}

/* { v = "3.17 pJ"; from = "arXiv:2302.10360"; low = "1 pJ"; high = "5 pJ"; } */
static void flatten_value(struct flatten *flat, const config_setting_t *group, const char *path)
{
    struct fl_arena *arena = flat->gather->arena;
    struct fl_value value = place(flat, group, path);
    static const char *const keys[] = {"v", "from", "low", "high", NULL};
    const char **field[] = {&value.text, &value.from, &value.low, &value.high};
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *part = config_setting_get_elem(group, (unsigned)i);
        const char *name = config_setting_name(part), *text = scalar_text(arena, part);
        int key = 0;
        while (keys[key] != NULL && strcmp(keys[key], name) != 0)
            key++;
        if (keys[key] == NULL)
            fail(flat, part, path, fl_arena_format(arena, "no key \"%s\" in a value; it has v, from, low, high", name));
        else if (text == NULL || text[0] == '\0')
            fail(flat, part, path, fl_arena_format(arena, "%s must be a number or a text, and not empty", name));
        else
            *field[key] = text;
    }
    if (value.text != NULL)
        fl_gather_put(flat->gather, &value);
}

static void flatten(struct flatten *flat, const config_setting_t *setting, const char *path, int depth);
static bool device_read(const struct flatten *flat, const config_setting_t *setting, const char *path);

static void flatten_members(struct flatten *flat, const config_setting_t *group, const char *path, int depth)
{
    struct fl_arena *arena = flat->gather->arena;
    bool list = config_setting_type(group) != CONFIG_TYPE_GROUP;
    const config_setting_t *device = list ? NULL : config_setting_get_member(group, "device");
    if (device != NULL)                 /* first, so that the group's own keys come on top */
        device_read(flat, device, path);
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
        const char *inner;
        if (member == device)
            continue;
        if (list)
            inner = fl_arena_format(arena, "%s[%d]", path, i);
        else if (path[0] == '\0')
            inner = fl_arena_text(arena, config_setting_name(member));
        else
            inner = fl_arena_format(arena, "%s.%s", path, config_setting_name(member));
        flatten(flat, member, inner, depth + 1);
    }
}

static void flatten(struct flatten *flat, const config_setting_t *setting, const char *path, int depth)
{
    struct fl_value value = place(flat, setting, path);
    value.text = scalar_text(flat->gather->arena, setting);
    if (depth > DEPTH) {
        fail(flat, setting, path, "groups within groups beyond reason");
    } else if (value.text != NULL) {
        fl_gather_put(flat->gather, &value);
    } else if (config_setting_type(setting) == CONFIG_TYPE_GROUP && config_setting_get_member(setting, "v") != NULL) {
        flatten_value(flat, setting, path);
    } else {
        if (config_setting_type(setting) == CONFIG_TYPE_GROUP)
            fl_gather_put(flat->gather, &value);
        else if (config_setting_length(setting) == 0)
            fl_gather_forget(flat->gather, fl_arena_format(flat->gather->arena, "%s[", path));
        flatten_members(flat, setting, path, depth);
    }
}

/* ---- devices ---- */

/* "DDR4-3200" is in ddr4_3200.cfg. */
static const char *device_file_name(struct fl_arena *arena, const char *name)
{
    char *plain = fl_arena_text(arena, name);
    if (strpbrk(name, "/.") == NULL)
        for (char *at = plain; *at != '\0'; at++)
            *at = *at == '-' ? '_' : (char)tolower((unsigned char)*at);
    return plain;
}

/* Puts the keys of a device's file into the group at `path`; `above` device files are being read already. */
static bool device_put(struct fl_gather *gather, const char *name, const char *folder, const char *path, int above,
                       const char *where, struct fl_err *err)
{
    struct fl_source source;
    if (above >= BASES)
        return fl_fail(err, where, "more than %d devices on top of each other", BASES);
    const char *file = device_file_name(gather->arena, name);
    if (!fl_source_find(gather->arena, &fl_devices_shelf, file, folder, where, &source, err))
        return false;
    const char *text = fl_source_text(gather->arena, &source, where, err);
    if (text == NULL || !fl_scan_check(text, source.shown, err))
        return false;
    struct fl_config config;
    bool read = fl_config_read(&config, source.shown, text, gather->arena, err);
    if (read) {
        config_setting_remove(config_root_setting(&config.tree), "summary");
        struct flatten flat = {gather, source.shown, source.folder, err, above + 1};
        flatten_members(&flat, config_root_setting(&config.tree), path, 0);
    }
    fl_config_free(&config);
    return read;
}

/* device = "hbm2" in a group stands for all keys of that file; keys of the group itself come on top. */
static bool device_read(const struct flatten *flat, const config_setting_t *setting, const char *path)
{
    struct fl_arena *arena = flat->gather->arena;
    struct fl_value at = place(flat, setting, "");
    const char *where = fl_where(arena, &at, path[0] != '\0' ? fl_arena_format(arena, "%s.device", path) : "device");
    if (config_setting_type(setting) != CONFIG_TYPE_STRING)
        return fl_fail(flat->err, where, "the name of a device is wanted, in quotes");
    return device_put(flat->gather, config_setting_get_string(setting), flat->folder, path, flat->devices, where,
                      flat->err);
}

bool fl_layer_device(struct fl_gather *gather, const char *name, const char *path, struct fl_err *err)
{
    return device_put(gather, name, NULL, path, 0, NULL, err);
}

/* ---- layers ---- */

/* The files on the way here, to find circles. */
struct chain {
    const struct chain *above;
    const char *path, *shown;
    int depth;
};

static bool layers_read(struct fl_gather *gather, const struct fl_source *source, const struct chain *above,
                        const char *where, struct fl_err *err);

static bool is_circle(struct fl_arena *arena, const struct chain *chain, const struct fl_source *source,
                      const char *where, struct fl_err *err)
{
    char real[PATH_MAX], other[PATH_MAX];
    bool there = realpath(source->path, real) != NULL, circle = false;
    const char *way = source->shown;
    for (; chain != NULL && !circle; chain = chain->above) {
        circle = there && realpath(chain->path, other) != NULL && strcmp(real, other) == 0;
        way = fl_arena_format(arena, "%s -> %s", chain->shown, way);
    }
    if (circle)
        fl_fail(err, where, "the design builds on itself: %s", way);
    return circle;
}

static bool base_read(struct fl_gather *gather, const config_t *config, const struct fl_source *source,
                      const struct chain *chain, struct fl_err *err)
{
    const config_setting_t *base = config_lookup(config, "base");
    if (base == NULL)
        return true;
    struct fl_value at = {.file = source->shown, .line = (int)config_setting_source_line(base)};
    const char *where = fl_where(gather->arena, &at, "base");
    if (config_setting_type(base) != CONFIG_TYPE_STRING)
        return fl_fail(err, where, "the name of a design is wanted, in quotes");
    struct fl_source below;
    const char *name = config_setting_get_string(base);
    if (!fl_source_find(gather->arena, &fl_designs_shelf, name, source->folder, where, &below, err) ||
        is_circle(gather->arena, chain, &below, where, err))
        return false;
    if (chain->depth >= BASES)
        return fl_fail(err, where, "more than %d designs on top of each other", BASES);
    return layers_read(gather, &below, chain, where, err);
}

/* The layers of a file, those of its bases first. */
static bool layers_read(struct fl_gather *gather, const struct fl_source *source, const struct chain *above,
                        const char *where, struct fl_err *err)
{
    struct chain chain = {above, source->path, source->shown, above != NULL ? above->depth + 1 : 0};
    const char *text = fl_source_text(gather->arena, source, where, err);
    if (text == NULL)
        return false;
    int before = err->faults;
    if (!fl_scan_check(text, source->shown, err))
        return false;
    struct fl_config config;
    if (fl_config_read(&config, source->shown, text, gather->arena, err)) {
        base_read(gather, &config.tree, source, &chain, err);
        fl_gather_drop(gather, "name");     /* a design's own, whatever it builds on */
        fl_gather_drop(gather, "summary");
        config_setting_remove(config_root_setting(&config.tree), "base");
        struct flatten flat = {gather, source->shown, source->folder, err, 0};
        flatten_members(&flat, config_root_setting(&config.tree), "", 0);
        gather->layer++;
    }
    fl_config_free(&config);
    return err->faults == before;
}

bool fl_layer_text(struct fl_gather *gather, const char *file, const char *text, struct fl_err *err)
{
    int before = err->faults;
    if (!fl_scan_check(text, file, err))
        return false;
    struct fl_config config;
    struct flatten flat = {gather, file, NULL, err, 0};
    if (fl_config_read(&config, file, text, gather->arena, err))
        flatten_members(&flat, config_root_setting(&config.tree), "", 0);
    fl_config_free(&config);
    gather->layer++;
    return err->faults == before;
}

static const char *base_name(struct fl_arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/'), *begin = slash != NULL ? slash + 1 : file;
    size_t length = strlen(begin);
    return fl_arena_slice(arena, begin, length > 4 ? length - 4 : length);
}

bool fl_layers_read(struct fl_gather *gather, struct fl_design *design, const char *name, struct fl_err *err)
{
    struct fl_source source;
    if (!fl_source_find(gather->arena, &fl_designs_shelf, name, NULL, NULL, &source, err))
        return false;
    design->file = source.shown;
    bool read = layers_read(gather, &source, NULL, NULL, err);
    if (read && fl_gather_find(gather, "name") == NULL) {
        struct fl_value named = {.path = "name", .text = base_name(gather->arena, source.shown)};
        fl_gather_put(gather, &named);
    }
    return read;
}

/* ---- --set ---- */

/* "core.adc.energy" stands for every core: gives "core[i].adc.energy". */
static const char *of_core(struct fl_arena *arena, const char *path, size_t core)
{
    return fl_arena_format(arena, "core[%zu]%s", core, path + strlen("core"));
}

static bool set_one(struct fl_gather *gather, const char *path, const char *text, struct fl_err *err)
{
    const char *last = strrchr(path, '.');
    if (last != NULL && strcmp(last, ".device") == 0)
        return device_put(gather, text, NULL, fl_arena_slice(gather->arena, path, (size_t)(last - path)), 0,
                          fl_arena_format(gather->arena, "--set: %s", path), err);
    if (text[0] != '{' && text[0] != '"') {
        struct fl_value value = {.path = path, .text = text, .file = "--set"};
        fl_gather_put(gather, &value);
        return true;
    }
    int before = err->faults;
    struct fl_config config;
    const char *as_file = fl_arena_format(gather->arena, "x = %s;\n", text);
    struct flatten flat = {gather, "--set", NULL, err, 0};
    if (fl_config_read(&config, "--set", as_file, gather->arena, NULL))
        flatten(&flat, config_lookup(&config.tree, "x"), path, 0);
    else
        fl_fail(err, fl_arena_format(gather->arena, "--set: %s", path), "%s in '%s'", config_error_text(&config.tree),
                text);
    fl_config_free(&config);
    return err->faults == before;
}

static bool core_exists(const struct fl_gather *gather, const char *path, size_t cores, struct fl_err *err)
{
    if (strncmp(path, "core", 4) != 0 || (path[4] != '.' && path[4] != '['))
        return true;
    const char *where = fl_arena_format(gather->arena, "--set: %s", path);
    if (cores == 0)
        return fl_fail(err, where, "the design has no cores");
    if (path[4] == '[' && strtoul(path + 5, NULL, 10) >= cores)
        return fl_fail(err, where, "the design has %zu cores, the last is core[%zu]", cores, cores - 1);
    return true;
}

bool fl_layer_set(struct fl_gather *gather, const char *set, struct fl_err *err)
{
    const char *equals = strchr(set, '=');
    if (equals == NULL || equals == set)
        return fl_fail(err, "--set", "\"%s\" is not of the form path=value", set);
    const char *end = equals, *text = equals + 1 + strspn(equals + 1, " \t");
    while (end > set && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    const char *path = fl_arena_slice(gather->arena, set, (size_t)(end - set));
    text = fl_arena_text(gather->arena, text);
    int before = err->faults;
    if (text[0] == '{' && (!fl_scan_check(text, "--set", err) || err->faults > before))
        return false;
    bool good = true;
    size_t cores = fl_gather_cores(gather);
    if (!core_exists(gather, path, cores, err))
        return false;
    if (strncmp(path, "core.", 5) == 0) {
        for (size_t i = 0; i < cores; i++)
            good = set_one(gather, of_core(gather->arena, path, i), text, err) && good;
    } else {
        good = set_one(gather, path, text, err);
    }
    gather->layer++;
    return good;
}
