/* settings.c - files in the syntax of designs that are no designs: a flat list of paths and texts.
 *
 * Nothing is understood here; who asked for the file says which paths there may be. The
 * order is that of the file, a group or list before its members.
 */
#include "arch/design.h"
#include "base/quantity.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 16 };

struct flatten {
    struct fl_settings *to;
    size_t room;
    struct fl_err *err;
};

static enum fl_setting_kind kind_of(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_GROUP: return FL_SET_GROUP;
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64: return FL_SET_WHOLE;
    case CONFIG_TYPE_FLOAT: return FL_SET_REAL;
    case CONFIG_TYPE_BOOL: return FL_SET_FLAG;
    case CONFIG_TYPE_STRING: return FL_SET_TEXT;
    default: return FL_SET_LIST;
    }
}

static const char *text_of(struct fl_arena *arena, const config_setting_t *setting, enum fl_setting_kind kind)
{
    char number[FL_QUANTITY_BYTES];
    switch (kind) {
    case FL_SET_WHOLE: return fl_arena_format(arena, "%lld", config_setting_get_int64(setting));
    case FL_SET_REAL: return fl_arena_text(arena, fl_quantity_write(number, config_setting_get_float(setting), ""));
    case FL_SET_FLAG: return config_setting_get_bool(setting) ? "true" : "false";
    case FL_SET_TEXT: return fl_arena_text(arena, config_setting_get_string(setting));
    default: return NULL;
    }
}

static void flatten(struct flatten *flat, const config_setting_t *setting, const char *path, int depth)
{
    struct fl_settings *to = flat->to;
    struct fl_setting is = {.path = path, .kind = kind_of(setting), .line = (int)config_setting_source_line(setting)};
    is.text = text_of(&to->arena, setting, is.kind);
    if (depth > DEPTH) {
        fl_fail(flat->err, to->file, "line %d: groups within groups beyond reason", is.line);
        return;
    }
    if (path[0] != '\0') {
        to->setting = fl_grow(to->setting, &flat->room, to->settings, sizeof *to->setting);
        to->setting[to->settings++] = is;
    }
    for (int i = 0; is.text == NULL && i < config_setting_length(setting); i++) {
        const config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);
        const char *name = config_setting_name(member), *dot = path[0] != '\0' ? "." : "";
        const char *inner = is.kind == FL_SET_GROUP ? fl_arena_format(&to->arena, "%s%s%s", path, dot, name)
                                                    : fl_arena_format(&to->arena, "%s[%d]", path, i);
        flatten(flat, member, inner, depth + 1);
    }
}

bool fl_settings_read(struct fl_settings *settings, const char *file, struct fl_err *err)
{
    memset(settings, 0, sizeof *settings);
    int before = err->faults;
    settings->file = fl_arena_text(&settings->arena, file);
    settings->text = fl_text_of_file(&settings->arena, file, err);
    if (settings->text == NULL || !fl_scan_check(settings->text, file, err)) {
        fl_settings_free(settings);
        return false;
    }
    struct fl_config config;
    struct flatten flat = {settings, 0, err};
    if (fl_config_read(&config, file, settings->text, &settings->arena, err))
        flatten(&flat, config_root_setting(&config.tree), "", 0);
    fl_config_free(&config);
    if (err->faults == before)
        return true;
    fl_settings_free(settings);
    return false;
}

void fl_settings_free(struct fl_settings *settings)
{
    fl_free(settings->setting);
    fl_arena_free(&settings->arena);
    memset(settings, 0, sizeof *settings);
}

const struct fl_setting *fl_settings_find(const struct fl_settings *settings, const char *path)
{
    for (size_t i = 0; i < settings->settings; i++)
        if (strcmp(settings->setting[i].path, path) == 0)
            return &settings->setting[i];
    return NULL;
}
