/* load.c - design files into layers of values.
 *
 * A file's settings come as a flat list of paths and texts with their lines (base/conf).
 * A text is not understood here: tables do that later, so that `--set` and files speak
 * the same language.
 */
#include "arch/design.h"
#include "arch/path.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { BASES = 16 };

/* ---- one file's settings ---- */

/* The settings of a file on their way into a layer. */
struct flow {
    struct fl_gather *gather;
    const struct fl_settings *from;
    const char *folder;                 /* where files that it names are looked for */
    const char *path;                   /* the group they belong to: a device's, "" for a design */
    const char *without;                /* a key of the file's own that is none of them; NULL: all are */
    struct fl_err *err;
    int devices;                        /* device files being read */
};

/* The value that a setting is, at its path in the design. */
static struct fl_value value_of(const struct flow *flow, const struct fl_setting *setting)
{
    struct fl_arena *arena = flow->gather->arena;
    bool of_file = strcmp(flow->from->file, "--set") != 0;
    return (struct fl_value){
        .path = fl_path_join(arena, flow->path, setting->path),
        .text = setting->text != NULL ? fl_arena_text(arena, setting->text) : NULL,
        .file = fl_arena_text(arena, flow->from->file), .line = of_file ? setting->line : 0};
}

static bool fail(const struct flow *flow, const struct fl_setting *setting, const char *path, const char *what)
{
    struct fl_value at = value_of(flow, setting);
    return fl_fail(flow->err, fl_where(flow->gather->arena, &at, path), "%s", what);
}

/* { v = "3.17 pJ"; from = "arXiv:2302.10360"; low = "1 pJ"; high = "5 pJ"; } */
static void put_value(const struct flow *flow, const struct fl_setting *group)
{
    struct fl_arena *arena = flow->gather->arena;
    const struct fl_setting *part = group + 1, *end = flow->from->setting + flow->from->settings;
    struct fl_value value = value_of(flow, group);
    static const char *const keys[] = {"v", "from", "low", "high", NULL};
    const char **field[] = {&value.text, &value.from, &value.low, &value.high};
    for (; part < end && fl_setting_is_below(part, group); part++) {
        const char *name = part->path + strlen(group->path) + 1;
        int key = 0;
        if (strpbrk(name, ".[") != NULL)
            continue;                   /* the group or list it is in is at fault */
        while (keys[key] != NULL && strcmp(keys[key], name) != 0)
            key++;
        if (keys[key] == NULL)
            fail(flow, part, value.path, fl_arena_format(arena, "no key \"%s\" in a value; it has v, from, low, high",
                                                         name));
        else if (part->text == NULL || part->text[0] == '\0')
            fail(flow, part, value.path, fl_arena_format(arena, "%s must be a number or a text, and not empty", name));
        else
            *field[key] = fl_arena_text(arena, part->text);
    }
    if (value.text != NULL)
        fl_gather_put(flow->gather, &value);
}

static bool device_read(const struct flow *flow, const struct fl_setting *device, const char *path);

/* The member `device` of a group, or of the file's own settings. */
static bool is_device(const struct fl_setting *setting)
{
    const char *dot = strrchr(setting->path, '.');
    return strcmp(dot != NULL ? dot + 1 : setting->path, "device") == 0;
}

/* A group is an entry of its own; its device comes first, so that the group's own keys come on top. */
static void put_group(const struct flow *flow, const struct fl_setting *group, const struct fl_value *value)
{
    const struct fl_setting *device = fl_settings_member(flow->from, group, "device");
    fl_gather_put(flow->gather, value);
    if (device != NULL)
        device_read(flow, device, value->path);
}

static const struct fl_setting *skip(const struct flow *flow, const struct fl_setting *at)
{
    const struct fl_setting *end = flow->from->setting + flow->from->settings, *is = at++;
    while (at < end && fl_setting_is_below(at, is))
        at++;
    return at;
}

static void setting_put(const struct flow *flow, const struct fl_setting *is)
{
    struct fl_value value = value_of(flow, is);
    if (is->kind == FL_SET_GROUP)
        put_group(flow, is, &value);
    else if (is->kind != FL_SET_LIST)
        fl_gather_put(flow->gather, &value);
    else if (skip(flow, is) == is + 1)  /* an empty list: no cores */
        fl_gather_forget(flow->gather, fl_arena_format(flow->gather->arena, "%s[", value.path));
}

static void settings_put(const struct flow *flow)
{
    const struct fl_setting *at = flow->from->setting, *end = at + flow->from->settings;
    const struct fl_setting *device = fl_settings_find(flow->from, "device");
    if (device != NULL)
        device_read(flow, device, flow->path);
    while (at < end) {
        bool cited = at->kind == FL_SET_GROUP && fl_settings_member(flow->from, at, "v") != NULL;
        if (cited)
            put_value(flow, at);
        if (cited || is_device(at) || (flow->without != NULL && strcmp(at->path, flow->without) == 0)) {
            at = skip(flow, at);
        } else {
            setting_put(flow, at++);
        }
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

static bool file_parse(struct fl_settings *settings, const struct fl_source *source, const char *where,
                       struct fl_err *err)
{
    struct fl_arena scratch = {0};
    memset(settings, 0, sizeof *settings);
    const char *text = fl_conf_text(&scratch, source->path, source->shown, where, err);
    bool parsed = text != NULL && fl_settings_parse(settings, source->shown, text, err);
    fl_arena_free(&scratch);
    return parsed;
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
    struct fl_settings settings;
    bool read = file_parse(&settings, &source, where, err);
    struct flow flow = {gather, &settings, source.folder, path, "summary", err, above + 1};
    if (read)
        settings_put(&flow);
    fl_settings_free(&settings);
    return read;
}

/* device = "hbm2" in a group stands for all keys of that file; keys of the group itself come on top. */
static bool device_read(const struct flow *flow, const struct fl_setting *device, const char *path)
{
    struct fl_arena *arena = flow->gather->arena;
    struct fl_value at = value_of(flow, device);
    const char *where = fl_where(arena, &at, fl_path_join(arena, path, "device"));
    if (device->kind != FL_SET_TEXT)
        return fl_fail(flow->err, where, "the name of a device is wanted, in quotes");
    return device_put(flow->gather, device->text, flow->folder, path, flow->devices, where, flow->err);
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

static bool base_read(struct fl_gather *gather, const struct fl_settings *settings, const struct fl_source *source,
                      const struct chain *chain, struct fl_err *err)
{
    const struct fl_setting *base = fl_settings_find(settings, "base");
    if (base == NULL)
        return true;
    struct fl_value at = {.file = source->shown, .line = base->line};
    const char *where = fl_where(gather->arena, &at, "base");
    if (base->kind != FL_SET_TEXT)
        return fl_fail(err, where, "the name of a design is wanted, in quotes");
    struct fl_source below;
    if (!fl_source_find(gather->arena, &fl_designs_shelf, base->text, source->folder, where, &below, err) ||
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
    struct fl_settings settings;
    int before = err->faults;
    if (file_parse(&settings, source, where, err)) {
        base_read(gather, &settings, source, &chain, err);
        fl_gather_drop(gather, "name");     /* a design's own, whatever it builds on */
        fl_gather_drop(gather, "summary");
        struct flow flow = {gather, &settings, source->folder, "", "base", err, 0};
        settings_put(&flow);
        gather->layer++;
    }
    fl_settings_free(&settings);
    return err->faults == before;
}

bool fl_layer_text(struct fl_gather *gather, const char *file, const char *text, struct fl_err *err)
{
    struct fl_settings settings;
    struct flow flow = {gather, &settings, NULL, "", NULL, err, 0};
    int before = err->faults;
    if (fl_settings_parse(&settings, file, text, err))
        settings_put(&flow);
    fl_settings_free(&settings);
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

/* A value in quotes or braces is read as a file would be: path = text. */
static bool set_text(struct fl_gather *gather, const char *path, const char *text, struct fl_err *err)
{
    struct fl_settings settings;
    struct fl_err unread = {0};
    struct flow flow = {gather, &settings, NULL, "", NULL, err, 0};
    int before = err->faults;
    bool parsed = fl_settings_parse(&settings, "--set", fl_arena_format(gather->arena, "x = %s;\n", text), &unread);
    for (size_t i = 0; i < settings.settings; i++)      /* "x.v" is path.v */
        settings.setting[i].path = fl_arena_format(gather->arena, "%s%s", path, settings.setting[i].path + 1);
    if (parsed)
        settings_put(&flow);
    else
        fl_fail(err, fl_arena_format(gather->arena, "--set: %s", path), "%s in '%s'", settings.syntax, text);
    fl_err_free(&unread);
    fl_settings_free(&settings);
    return err->faults == before;
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
    return set_text(gather, path, text, err);
}

static bool engine_exists(const struct fl_gather *gather, const struct fl_path *path, const char *set, size_t count,
                          struct fl_err *err)
{
    const char *where = fl_arena_format(gather->arena, "--set: %s", set), *list = path->engine->list;
    if (count == 0)
        return fl_fail(err, where, "the design has no %ss", list);
    if (path->number >= (int64_t)count)
        return fl_fail(err, where, "the design has %zu %ss, the last is %s[%zu]", count, list, list, count - 1);
    return true;
}

/* "core.adc.energy" stands for every core. */
static bool set_path(struct fl_gather *gather, const char *set, const char *text, struct fl_err *err)
{
    struct fl_path path = fl_path_parse(set);
    if (path.engine == NULL || path.engine->list == NULL || (path.number == FL_EVERY && path.rest[0] == '\0'))
        return set_one(gather, set, text, err);
    size_t count = fl_gather_count(gather, path.engine);
    if (path.engine->alone && count == 0)
        return set_one(gather, set, text, err);
    if (!engine_exists(gather, &path, set, count, err))
        return false;
    if (path.number != FL_EVERY)
        return set_one(gather, set, text, err);
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good = set_one(gather, fl_path_of(gather->arena, path.engine, (int64_t)i, path.rest), text, err) && good;
    return good;
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
    bool good = set_path(gather, path, text, err);
    gather->layer++;
    return good;
}
