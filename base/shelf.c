/* shelf.c - the folders of text files that come with fanlight. */
#include "base/shelf.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool fl_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool fl_is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

const char *fl_shelf_folder(const struct fl_shelf *shelf)
{
    const char *said = getenv(shelf->variable);
    if (said != NULL && said[0] != '\0')
        return said;
    return fl_is_folder(shelf->installed) ? shelf->installed : shelf->source;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void folder_close(void *folder)
{
    closedir(folder);
}

const char *const *fl_shelf_names(struct fl_arena *arena, const struct fl_shelf *shelf)
{
    const char **name = NULL;
    size_t names = 0, room = 0, tail = strlen(shelf->suffix);
    DIR *folder = opendir(fl_shelf_folder(shelf));
    struct fl_hold hold;
    if (folder != NULL)
        fl_hold(&hold, folder_close, folder);
    for (const struct dirent *file; folder != NULL && (file = readdir(folder)) != NULL;) {
        size_t length = strlen(file->d_name);
        if (file->d_name[0] == '.' || length <= tail || strcmp(file->d_name + length - tail, shelf->suffix) != 0)
            continue;
        name = fl_grow(name, &room, names, sizeof *name);
        name[names++] = fl_arena_slice(arena, file->d_name, length - tail);
    }
    if (folder != NULL) {
        fl_let_go(&hold);
        closedir(folder);
    }
    const char **list = fl_arena_array(arena, names + 1, sizeof *list);
    if (names > 0) {
        qsort(name, names, sizeof *name, by_text);
        memcpy(list, name, names * sizeof *name);
    }
    fl_free(name);
    return list;
}

size_t fl_names_count(const char *const *name)
{
    size_t count = 0;
    while (name[count] != NULL)
        count++;
    return count;
}

const char *fl_names_joined(struct fl_arena *arena, const char *const *name)
{
    const char *text = "";
    for (size_t i = 0; name[i] != NULL; i++)
        text = fl_arena_listed(arena, text, name[i]);
    return text;
}
