/* files.c - where designs and devices lie, and what their files say. */
#include "arch/design.h"
#include "base/nearest.h"

#include <string.h>

#define FOLDERS(installed, source) FL_DATA_INSTALLED "/" installed, FL_DATA_SOURCE "/" source
const struct fl_shelf fl_designs_shelf = {"design", ".cfg", "FL_DESIGNS", FOLDERS("designs", "arch/designs")};
const struct fl_shelf fl_devices_shelf = {"device", ".cfg", "FL_DEVICES", FOLDERS("devices", "arch/devices")};
static const struct fl_shelf claims_shelf = {"paper", ".cfg", "FL_CLAIMS", FOLDERS("claims", "explore/claims")};

const char *const *fl_design_names(struct fl_arena *arena)
{
    return fl_shelf_names(arena, &fl_designs_shelf);
}

const char *const *fl_device_names(struct fl_arena *arena)
{
    return fl_shelf_names(arena, &fl_devices_shelf);
}

static const char *folder_of(struct fl_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? fl_arena_slice(arena, path, (size_t)(slash - path)) : ".";
}

static struct fl_source source_at(struct fl_arena *arena, const char *path)
{
    struct fl_source source = {path, path, folder_of(arena, path)};
    if (strcmp(source.folder, fl_shelf_folder(&fl_designs_shelf)) == 0)
        source.shown = fl_arena_format(arena, "designs%s", path + strlen(source.folder));
    if (strcmp(source.folder, fl_shelf_folder(&fl_devices_shelf)) == 0)
        source.shown = fl_arena_format(arena, "devices%s", path + strlen(source.folder));
    return source;
}

bool fl_source_find(struct fl_arena *arena, const struct fl_shelf *shelf, const char *name, const char *folder,
                    const char *where, struct fl_source *source, struct fl_err *err)
{
    size_t length = strlen(name);
    if (strchr(name, '/') != NULL || (length > 4 && strcmp(name + length - 4, ".cfg") == 0)) {
        bool relative = folder != NULL && name[0] != '/' && strcmp(folder, ".") != 0;
        *source = source_at(arena, relative ? fl_arena_format(arena, "%s/%s", folder, name)
                                            : fl_arena_text(arena, name));
        return true;
    }
    const char *folders[] = {folder, fl_shelf_folder(shelf)};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (folders[i] == NULL)
            continue;
        const char *path = strcmp(folders[i], ".") != 0 ? fl_arena_format(arena, "%s/%s.cfg", folders[i], name)
                                                        : fl_arena_format(arena, "%s.cfg", name);
        if (fl_is_file(path)) {
            *source = source_at(arena, path);
            return true;
        }
    }
    const char *const *names = fl_shelf_names(arena, shelf);
    const char *near = fl_nearest(name, names, fl_names_count(names));
    const char *all = fl_arena_format(arena, "there are %s, or give the path of a .cfg file",
                                      names[0] != NULL ? fl_names_joined(arena, names) : "none shipped");
    return fl_fail(err, where, "no %s is called \"%s\"; %s", shelf->what, name, fl_meant(arena, near, all));
}

const char *fl_claims_path(struct fl_arena *arena, const char *name, struct fl_err *err)
{
    struct fl_source source;
    return fl_source_find(arena, &claims_shelf, name, NULL, NULL, &source, err) ? source.path : NULL;
}
