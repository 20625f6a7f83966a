/* settings.c - a text to a flat list of settings: libconfig reads the structure, and its tree is gone at the end. */
#include <libconfig.h>
#include <string.h>

#include "base/conf/conf.h"
#include "base/guard.h"
#include "base/quantity.h"

enum { DEPTH = 16 };

/* ---- the tree ---- */

static void tree_release(void *tree)
{
    config_destroy(tree);
}

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

/* A scalar as written, or as good as; NULL for a group or a list. */
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

static void flatten(struct fl_settings *to, const config_setting_t *setting, const char *path, int depth,
                    struct fl_err *err)
{
    struct fl_setting is = {.path = path, .kind = kind_of(setting), .line = (int)config_setting_source_line(setting)};
    is.text = text_of(&to->arena, setting, is.kind);
    if (depth > DEPTH) {
        fl_fail(err, fl_arena_format(&to->arena, "%s:%d: %s", to->file, is.line, path),
                "groups within groups beyond reason");
        return;
    }
    if (path[0] != '\0') {
        to->setting = fl_grow(to->setting, &to->room, to->settings, sizeof *to->setting);
        to->setting[to->settings++] = is;
    }
    for (int i = 0; is.text == NULL && i < config_setting_length(setting); i++) {
        const config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);
        const char *name = config_setting_name(member), *dot = path[0] != '\0' ? "." : "";
        const char *inner = is.kind == FL_SET_GROUP ? fl_arena_format(&to->arena, "%s%s%s", path, dot, name)
                                                    : fl_arena_format(&to->arena, "%s[%d]", path, i);
        flatten(to, member, inner, depth + 1, err);
    }
}

/* ---- files and texts ---- */

bool fl_settings_parse(struct fl_settings *settings, const char *file, const char *text, struct fl_err *err)
{
    config_t tree;
    struct fl_hold hold;
    memset(settings, 0, sizeof *settings);
    settings->file = fl_arena_text(&settings->arena, file);
    settings->text = fl_arena_text(&settings->arena, text);
    if (!fl_scan_check(settings->text, file, err))
        return false;
    config_init(&tree);
    fl_hold(&hold, tree_release, &tree);
    if (config_read_string(&tree, text) == CONFIG_TRUE) {
        flatten(settings, config_root_setting(&tree), "", 0, err);
    } else {
        const char *what = settings->syntax = fl_arena_text(&settings->arena, config_error_text(&tree));
        fl_fail(err, fl_arena_format(&settings->arena, "%s:%d", file, config_error_line(&tree)), "%s%s", what,
                strcmp(what, "syntax error") != 0 ? "" : "; is a ; or a bracket missing, or a quote, just before?");
    }
    fl_let_go(&hold);
    config_destroy(&tree);
    return settings->syntax == NULL;
}

bool fl_settings_read(struct fl_settings *settings, const char *file, struct fl_err *err)
{
    struct fl_arena scratch = {0};
    memset(settings, 0, sizeof *settings);
    const char *text = fl_conf_text(&scratch, file, file, NULL, err);
    int before = err->faults;
    bool read = text != NULL && fl_settings_parse(settings, file, text, err) && err->faults == before;
    fl_arena_free(&scratch);
    if (!read)
        fl_settings_free(settings);
    return read;
}

void fl_settings_free(struct fl_settings *settings)
{
    fl_free(settings->setting);
    fl_arena_free(&settings->arena);
    memset(settings, 0, sizeof *settings);
}

/* ---- the list ---- */

const struct fl_setting *fl_settings_find(const struct fl_settings *settings, const char *path)
{
    for (size_t i = 0; i < settings->settings; i++)
        if (strcmp(settings->setting[i].path, path) == 0)
            return &settings->setting[i];
    return NULL;
}

bool fl_setting_is_below(const struct fl_setting *setting, const struct fl_setting *group)
{
    size_t length = strlen(group->path);
    return strncmp(setting->path, group->path, length) == 0 &&
           (setting->path[length] == '.' || setting->path[length] == '[');
}

const struct fl_setting *fl_settings_member(const struct fl_settings *settings, const struct fl_setting *group,
                                            const char *name)
{
    const struct fl_setting *at = group + 1, *end = settings->setting + settings->settings;
    size_t length = strlen(group->path);
    for (; at < end && fl_setting_is_below(at, group); at++)
        if (at->path[length] == '.' && strcmp(at->path + length + 1, name) == 0)
            return at;
    return NULL;
}
