/* library.c - finds D3, the library that draws pages (d3js.org), and its licence.
 *
 * No foreign code is part of fanlight's sources. The library is the file that configure was told (--with-d3), preset
 * where Debian's package node-d3 has it, or the one that FANLIGHT_D3 names; its licence is beside it as npm's package
 * has it, or where Debian keeps it. Pages are made for one version of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "explore/report/page.h"

#define D3_VERSION "v5.16.0"
static const char banner[] = "// https://d3js.org " D3_VERSION " ";
static const char remedy[] =
    "(Debian, Ubuntu: apt-get install node-d3; else npm install d3@5.16.0 and "
    "FANLIGHT_D3=node_modules/d3/dist/d3.min.js)";

static char *licence_find(const char *library)
{
    static const char *const debian = "/usr/share/doc/node-d3/copyright";
    struct fl_arena arena = {0};
    const char *slash = strrchr(library, '/');
    const char *folder = slash != NULL ? fl_arena_slice(&arena, library, (size_t)(slash - library)) : ".";
    char *licence = fl_file_text(fl_arena_format(&arena, "%s/../LICENSE", folder));
    if (licence == NULL)
        licence = fl_file_text(fl_arena_format(&arena, "%s/LICENSE", folder));
    if (licence == NULL)
        licence = fl_file_text(debian);
    fl_arena_free(&arena);
    return licence;
}

bool fl_page_library(char **library, char **licence, struct fl_err *err)
{
    const char *asked = getenv("FANLIGHT_D3"), *path = asked != NULL && *asked != '\0' ? asked : FL_D3;
    *library = fl_file_text(path);
    *licence = *library != NULL ? licence_find(path) : NULL;
    if (*library == NULL)
        fl_fail(err, path, "is not there: D3, which draws the page, is not installed %s", remedy);
    else if (strncmp(*library, banner, strlen(banner)) != 0 || strstr(*library, "</script") != NULL)
        fl_fail(err, path, "is not D3 " D3_VERSION ", for which the page is made %s", remedy);
    else if (*licence == NULL || strstr(*licence, "</script") != NULL)
        fl_fail(err, path, "has no licence beside it, which a page has to show %s", remedy);
    else
        return true;
    fl_free(*library);
    fl_free(*licence);
    *library = *licence = NULL;
    return false;
}
