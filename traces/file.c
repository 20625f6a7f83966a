/* file.c - text files whole, and names taken from their paths. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/build.h"

enum { CHUNK_BYTES = 1 << 16, LARGEST_MIB = 256 };

static bool read_all(FILE *file, char **text, size_t *length, const char *path, struct fl_err *err)
{
    size_t room = 0;
    for (;;) {
        *text = fl_grow(*text, &room, *length + CHUNK_BYTES, 1);
        size_t got = fread(*text + *length, 1, CHUNK_BYTES, file);
        *length += got;
        if (got < CHUNK_BYTES)
            break;
        if (*length > (size_t)LARGEST_MIB << 20)
            return fl_fail(err, path, "larger than %d MiB; that is no workload", LARGEST_MIB);
    }
    if (ferror(file))
        return fl_fail(err, path, "cannot be read: %s", errno == EISDIR ? "it is a folder; name a file in it"
                                                                         : strerror(errno));
    (*text)[*length] = '\0';
    if (strlen(*text) != *length)
        return fl_fail(err, path, "holds a zero byte at %zu; a text file is wanted", strlen(*text));
    return true;
}

static void close_held(void *file)
{
    fclose(file);
}

bool fl_file_read(const char *path, char **text, struct fl_err *err)
{
    static const char mark[] = "\xEF\xBB\xBF";
    *text = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return fl_fail(err, path, "cannot be opened: %s", strerror(errno));
    size_t length = 0;
    struct fl_hold hold;
    fl_hold(&hold, close_held, file);
    bool good = read_all(file, text, &length, path, err);
    fl_let_go(&hold);
    fclose(file);
    if (!good) {
        fl_free(*text);
        *text = NULL;
        return false;
    }
    if (strncmp(*text, mark, strlen(mark)) == 0)
        memmove(*text, *text + strlen(mark), length - strlen(mark) + 1);
    return true;
}

const char *fl_trace_word(struct fl_arena *arena, const char *name)
{
    char *word = fl_arena_text(arena, name);
    for (char *c = word; *c != '\0'; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7F || *c == '#' || *c == '=')
            *c = '_';
    if (strcmp(word, "->") == 0)                                /* it parts reads from writes */
        word[1] = '_';
    return word[0] == '\0' ? "unnamed" : word;
}

const char *fl_file_stem(struct fl_arena *arena, const char *path)
{
    char *copy = fl_arena_text(arena, path);
    char *slash = strrchr(copy, '/');
    char *name = slash ? slash + 1 : copy;
    if (strcmp(name, "config.json") == 0 && slash != NULL) {
        *slash = '\0';
        slash = strrchr(copy, '/');
        char *folder = slash ? slash + 1 : copy;
        if (folder[0] != '\0' && strcmp(folder, ".") != 0 && strcmp(folder, "..") != 0)
            return fl_trace_word(arena, folder);
        return "config";
    }
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    return fl_trace_word(arena, name);
}
