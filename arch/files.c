/* files.c - where designs and devices lie, and what their files say. */
#include "arch/design.h"
#include "base/nearest.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_BYTES = 4 << 20 };

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

static const char *designs_folder(void)
{
    const char *folder = getenv("FL_DESIGNS");
    if (folder != NULL && folder[0] != '\0')
        return folder;
    return is_folder(FL_DATA_INSTALLED "/designs") ? FL_DATA_INSTALLED "/designs" : FL_DATA_SOURCE "/arch/designs";
}

static const char *devices_folder(void)
{
    const char *folder = getenv("FL_DEVICES");
    if (folder != NULL && folder[0] != '\0')
        return folder;
    return is_folder(FL_DATA_INSTALLED "/devices") ? FL_DATA_INSTALLED "/devices" : FL_DATA_SOURCE "/arch/devices";
}

static const char *claims_folder(void)
{
    const char *folder = getenv("FL_CLAIMS");
    if (folder != NULL && folder[0] != '\0')
        return folder;
    return is_folder(FL_DATA_INSTALLED "/claims") ? FL_DATA_INSTALLED "/claims" : FL_DATA_SOURCE "/explore/claims";
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The .cfg files of a folder by name, sorted. */
static const char *const *names_in_folder(struct fl_arena *arena, const char *path)
{
    const char **name = NULL;
    size_t names = 0, room = 0;
    DIR *folder = opendir(path);
    for (const struct dirent *file; folder != NULL && (file = readdir(folder)) != NULL;) {
        size_t length = strlen(file->d_name);
        if (length <= 4 || strcmp(file->d_name + length - 4, ".cfg") != 0)
            continue;
        name = fl_grow(name, &room, names, sizeof *name);
        name[names++] = fl_arena_slice(arena, file->d_name, length - 4);
    }
    if (folder != NULL)
        closedir(folder);
    const char **list = fl_arena_array(arena, names + 1, sizeof *list);
    if (names > 0) {
        qsort(name, names, sizeof *name, by_text);
        memcpy(list, name, names * sizeof *name);
    }
    free(name);
    return list;
}

const char *const *fl_design_names(struct fl_arena *arena)
{
    return names_in_folder(arena, designs_folder());
}

const char *const *fl_device_names(struct fl_arena *arena)
{
    return names_in_folder(arena, devices_folder());
}

static const char *folder_of(struct fl_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? fl_arena_slice(arena, path, (size_t)(slash - path)) : ".";
}

static struct fl_source source_at(struct fl_arena *arena, const char *path)
{
    struct fl_source source = {path, path, folder_of(arena, path)};
    if (strcmp(source.folder, designs_folder()) == 0)
        source.shown = fl_arena_format(arena, "designs%s", path + strlen(source.folder));
    if (strcmp(source.folder, devices_folder()) == 0)
        source.shown = fl_arena_format(arena, "devices%s", path + strlen(source.folder));
    return source;
}

static const char *names_joined(struct fl_arena *arena, const char *const *name)
{
    const char *text = "";
    for (size_t i = 0; name[i] != NULL; i++)
        text = fl_arena_format(arena, "%s%s%s", text, i > 0 ? ", " : "", name[i]);
    return text;
}

const struct fl_library fl_designs_library = {"design", designs_folder};
const struct fl_library fl_devices_library = {"device", devices_folder};

bool fl_source_find(struct fl_arena *arena, const struct fl_library *library, const char *name, const char *folder,
                        const char *where, struct fl_source *source, struct fl_err *err)
{
    size_t length = strlen(name);
    if (strchr(name, '/') != NULL || (length > 4 && strcmp(name + length - 4, ".cfg") == 0)) {
        bool relative = folder != NULL && name[0] != '/' && strcmp(folder, ".") != 0;
        *source = source_at(arena, relative ? fl_arena_format(arena, "%s/%s", folder, name)
                                            : fl_arena_text(arena, name));
        return true;
    }
    const char *folders[] = {folder, library->folder()};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (folders[i] == NULL)
            continue;
        const char *path = strcmp(folders[i], ".") != 0 ? fl_arena_format(arena, "%s/%s.cfg", folders[i], name)
                                                        : fl_arena_format(arena, "%s.cfg", name);
        if (is_file(path)) {
            *source = source_at(arena, path);
            return true;
        }
    }
    const char *const *names = names_in_folder(arena, library->folder());
    const char *near = fl_nearest(name, names, fl_names_count(names));
    if (near != NULL)
        return fl_fail(err, where, "no %s is called \"%s\"; did you mean \"%s\"?", library->what, name, near);
    return fl_fail(err, where, "no %s is called \"%s\"; there are %s, or give the path of a .cfg file", library->what,
                   name, names[0] != NULL ? names_joined(arena, names) : "none shipped");
}

const char *fl_source_text(struct fl_arena *arena, const struct fl_source *source, const char *where,
                           struct fl_err *err)
{
    FILE *file = is_folder(source->path) ? NULL : fopen(source->path, "rb");
    if (file == NULL) {
        fl_fail(err, where, "%s cannot be read: %s", source->shown,
                is_folder(source->path) ? "it is a folder" : strerror(errno));
        return NULL;
    }
    char *text = malloc(FILE_BYTES + 1);
    if (text == NULL)
        fl_panic(__FILE__, __LINE__, "out of memory");
    size_t bytes = fread(text, 1, FILE_BYTES + 1, file);
    bool broken = ferror(file) != 0;
    fclose(file);
    const char *kept = NULL;
    if (broken)
        fl_fail(err, where, "%s cannot be read to its end", source->shown);
    else if (bytes > FILE_BYTES)
        fl_fail(err, where, "%s is larger than %d MiB: that is no design", source->shown, FILE_BYTES >> 20);
    else if (memchr(text, '\0', bytes) != NULL)
        fl_fail(err, where, "%s is not a text file", source->shown);
    else
        kept = fl_arena_slice(arena, text, bytes);
    free(text);
    return kept;
}

const char *fl_text_of_file(struct fl_arena *arena, const char *path, struct fl_err *err)
{
    struct fl_source source = source_at(arena, path);
    return fl_source_text(arena, &source, NULL, err);
}

const char *fl_claims_path(struct fl_arena *arena, const char *name, struct fl_err *err)
{
    static const struct fl_library claims = {"paper", claims_folder};
    struct fl_source source;
    return fl_source_find(arena, &claims, name, NULL, NULL, &source, err) ? source.path : NULL;
}
