/* file.c - a whole file as text, read piece by piece: what is read need not know its size. */
#include "base/file.h"

#include <stdio.h>

#include "base/arena.h"

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
