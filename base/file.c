/* file.c - a whole file as text, read piece by piece: what is read need not know its size; files that appear whole. */
#include "base/file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

char *fl_file_text(const char *path)
{
    enum { PIECE = 4096 };
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t bytes = 0, room = 0, got = 1;
    while (in != NULL && got > 0) {
        text = fl_grow(text, &room, bytes + PIECE, 1);
        got = fread(text + bytes, 1, PIECE, in);
        bytes += got;
        text[bytes] = '\0';
    }
    if (in != NULL)
        fclose(in);
    if (bytes > 0)
        return text;
    fl_free(text);
    return NULL;
}

bool fl_file_open(struct fl_file *file, const char *path, struct fl_arena *arena)
{
    struct stat about;
    *file = (struct fl_file){.path = path};
    if (stat(path, &about) != 0 || S_ISREG(about.st_mode))
        file->beside = fl_arena_format(arena, "%s.%ld", path, (long)getpid());
    file->stream = fopen(file->beside != NULL ? file->beside : path, "w");
    return file->stream != NULL;
}

bool fl_file_close(struct fl_file *file, bool whole)
{
    bool good = ferror(file->stream) == 0;
    good = fclose(file->stream) == 0 && good && whole;
    file->stream = NULL;
    good = good && (file->beside == NULL || rename(file->beside, file->path) == 0);
    if (!good && file->beside != NULL) {
        int why = errno;
        unlink(file->beside);
        errno = why;
    }
    return good;
}
