/* page.c - puts a page together: the frame of page.html, with @marks@ replaced. */
#include "explore/report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/quote.h"

struct piece { const char *mark, *text; bool escaped; };

/* Each @mark@ of the frame gives way to its piece. */
static void frame_write(const struct piece *piece, FILE *out)
{
    const char *at = fl_page_html, *mark;
    while ((mark = strchr(at, '@')) != NULL) {
        const struct piece *p = piece;
        while (p->mark != NULL && strncmp(mark, p->mark, strlen(p->mark)) != 0)
            p++;
        fl_assert(p->mark != NULL);
        fwrite(at, 1, (size_t)(mark - at), out);
        if (p->escaped)
            fl_xml_text(p->text, out);
        else
            fputs(p->text, out);
        at = mark + strlen(p->mark);
    }
    fputs(at, out);
}

static bool file_write(const char *path, const struct piece *piece, long *bytes, struct fl_err *err)
{
    struct fl_arena arena = {0};
    struct fl_file file;
    bool ok = fl_file_open(&file, path, &arena);
    if (ok) {
        frame_write(piece, file.stream);
        *bytes = ftell(file.stream);
        ok = fl_file_close(&file, true);
    }
    fl_arena_free(&arena);
    return ok || fl_fail(err, path, "cannot be written: %s", strerror(errno));
}

bool fl_page_write(const struct fl_page *page, struct fl_page_told *told, struct fl_err *err)
{
    struct fl_db *db;
    char *library, *licence, *data = NULL;
    size_t length = 0;
    memset(told, 0, sizeof *told);
    if (!fl_page_library(&library, &licence, err))
        return false;
    bool ok = fl_db_open_readonly(&db, page->db, err);
    if (ok) {
        FILE *out = open_memstream(&data, &length);
        fl_assert(out != NULL);
        ok = fl_page_data(db, page, out, told->title, err);
        fclose(out);
        fl_db_close(db);
    }
    const struct piece piece[] = {{"@title@", told->title, true}, {"@css@", fl_page_css, false},
                                  {"@licence@", licence, false}, {"@library@", library, false},
                                  {"@data@", data, false}, {"@script@", fl_page_js, false}, {NULL, NULL, false}};
    ok = ok && file_write(page->out, piece, &told->bytes, err);
    fl_free(library);
    fl_free(licence);
    free(data);
    return ok;
}
