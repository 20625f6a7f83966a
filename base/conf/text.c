/* text.c - the text of a file that people write by hand: small, and text. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/conf/conf.h"
#include "base/guard.h"
#include "base/shelf.h"

enum { FILE_BYTES = 4 << 20 };

const char *fl_conf_text(struct fl_arena *arena, const char *path, const char *shown, const char *where,
                         struct fl_err *err)
{
    FILE *file = fl_is_folder(path) ? NULL : fopen(path, "rb");
    if (file == NULL) {
        fl_fail(err, where, "%s cannot be read: %s", shown,
                fl_is_folder(path) ? "it is a folder" : strerror(errno));
        return NULL;
    }
    char *text = fl_calloc(1, FILE_BYTES + 1);
    size_t bytes = fread(text, 1, FILE_BYTES + 1, file);
    bool broken = ferror(file) != 0;
    fclose(file);
    const char *kept = NULL;
    if (broken)
        fl_fail(err, where, "%s cannot be read to its end", shown);
    else if (bytes > FILE_BYTES)
        fl_fail(err, where, "%s is larger than %d MiB: that is no design", shown, FILE_BYTES >> 20);
    else if (memchr(text, '\0', bytes) != NULL)
        fl_fail(err, where, "%s is not a text file", shown);
    else
        kept = fl_arena_slice(arena, text, bytes);
    fl_free(text);
    return kept;
}
