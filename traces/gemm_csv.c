/* gemm_csv.c - tables of matrix products, as architecture simulators keep them.
 *
 *     Layer, M, N, K,
 *     conv1, 3136, 64, 147,
 *
 * The head names the columns, in any order. Each row is a linear operator of M vectors
 * of K inputs and N outputs; what it reads comes from outside, for such a table does
 * not say how rows depend on one another. Rows run in order.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/build.h"

enum column { LAYER, M, N, K, COLUMNS };
enum { MOST_FIELDS = 64, MOST_FAULTS = 100 };
static const char *const column_names[COLUMNS] = { "Layer", "M", "N", "K" };
static const char source[] = "data";    /* the tensor that every row reads */

struct table {
    struct fl_trace_builder build;
    struct fl_arena scratch;
    const char *path, *place;           /* "file:line" */
    struct fl_err *err;
    bool good;
    int line;
    int column[MOST_FIELDS];            /* what each field of a row is */
    size_t columns;                     /* 0: the head has not been met */
};
struct fields {
    const char *text[MOST_FIELDS];
    size_t count;                       /* empty ones at the end do not count */
    bool more;                          /* than there is room for */
};

/* ---- lines to fields ---- */

/* Without blanks and quotes around it; the text is changed in place. */
static const char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        text[length - 1] = '\0';
        text++;
    }
    return text;
}

static struct fields split(char *line)
{
    struct fields f = { .count = 0 };
    size_t at = 0;
    for (char *next; line != NULL; line = next, at++) {
        next = strchr(line, ',');
        if (next != NULL)
            *next++ = '\0';
        const char *text = trim(line);
        if (at < MOST_FIELDS)
            f.text[at] = text;
        if (text[0] != '\0') {
            f.more = at >= MOST_FIELDS;
            f.count = at + 1;
        }
    }
    return f;
}

/* ---- head ---- */

static bool same(const char *a, const char *b)
{
    for (; *a != '\0' && tolower((unsigned char)*a) == tolower((unsigned char)*b); a++)
        b++;
    return *a == *b;
}

static int column_of(const char *name)
{
    if (same(name, "Layer Name") || same(name, "Name"))
        return LAYER;
    for (int column = 0; column < COLUMNS; column++)
        if (same(name, column_names[column]))
            return column;
    return -1;
}

static bool read_head(struct table *t, const struct fields *f)
{
    unsigned seen = 0;
    bool good = true, known = false;
    for (size_t i = 0; i < f->count && i < MOST_FIELDS; i++)
        known = known || column_of(f->text[i]) >= 0;
    if (!known)
        return fl_fail(t->err, t->place, "\"%s\" is no head; the first line should be Layer,M,N,K", f->text[0]);
    for (size_t i = 0; i < f->count && i < MOST_FIELDS; i++) {
        int column = column_of(f->text[i]);
        if (column < 0)
            good = fl_fail(t->err, t->place, "column %zu: \"%s\" is not known; the head should be Layer,M,N,K", i + 1,
                           f->text[i]);
        else if (seen & 1u << column)
            good = fl_fail(t->err, t->place, "column %zu: a second %s; leave one", i + 1, column_names[column]);
        else
            seen |= 1u << column;
        t->column[i] = column;
    }
    for (int column = 0; column < COLUMNS && good; column++)
        if (!(seen & 1u << column))
            good = fl_fail(t->err, t->place, "no column %s; the head should be Layer,M,N,K", column_names[column]);
    t->columns = f->count;
    return good;
}

/* ---- rows ---- */

static bool read_size(struct table *t, int column, const char *text, int64_t *size)
{
    const char *name = column_names[column];
    size_t sign = text[0] == '-' || text[0] == '+', digits = strspn(text + sign, "0123456789");
    if (digits == 0 || text[sign + digits] != '\0')
        return fl_fail(t->err, t->place, "%s: \"%s\" is not a whole number", name, text);
    errno = 0;
    *size = strtoll(text, NULL, 10);
    if (errno == ERANGE && text[0] != '-')
        return fl_fail(t->err, t->place, "%s: %s exceeds 2^63 - 1; make it smaller", name, text);
    if (*size < 1)
        return fl_fail(t->err, t->place, "%s: %s is too small; give 1 or more", name, text);
    return true;
}

static bool read_row(struct table *t, const struct fields *f)
{
    int64_t size[COLUMNS] = { 0, 1, 1, 1 };
    const char *name = "";
    bool good = true;
    for (size_t i = 0; i < t->columns; i++) {
        const char *text = i < f->count ? f->text[i] : "";
        int column = t->column[i];
        if (text[0] == '\0')
            good = fl_fail(t->err, t->place, "no %s; fill the column", column_names[column]);
        else if (column == LAYER)
            name = text;
        else
            good &= read_size(t, column, text, &size[column]);
    }
    if (f->count > t->columns)
        good = fl_fail(t->err, t->place, "%zu values for %zu columns; is there a comma too many?", f->count,
                       t->columns);
    if (!good)
        return false;
    const char *word = fl_trace_word(&t->scratch, name);
    fl_trace_op_add(&t->build, &(struct fl_op){ .name = word, .kind = FL_OP_LINEAR, .groups = 1, .share = 1,
                                                .m = size[M], .k = size[K], .n = size[N],
                                                .reads = (const char *const[]){ source, NULL }, .writes = word,
                                                .line = t->line });
    return true;
}

static bool read_rows(struct table *t, char *text)
{
    int first = t->err ? t->err->faults : 0;
    for (char *next; text != NULL; text = next) {
        next = strchr(text, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (t->line == INT32_MAX)
            return fl_fail(t->err, t->path, "too many lines");
        if (t->line++ % 1024 == 0)
            fl_arena_free(&t->scratch);
        t->place = fl_arena_format(&t->scratch, "%s:%d", t->path, t->line);
        struct fields f = split(text);
        if (f.count == 0)
            continue;
        if (f.more)
            t->good = fl_fail(t->err, t->place, "more than %d values; that is no table of Layer,M,N,K", MOST_FIELDS);
        else if (t->columns > 0)
            t->good &= read_row(t, &f);
        else if (!read_head(t, &f))
            return false;                                       /* no row can be understood without it */
        if (t->err != NULL && t->err->faults - first >= MOST_FAULTS)
            return fl_fail(t->err, t->place, "more than %d faults; mend these first", MOST_FAULTS - 1);
    }
    return true;
}

/* ---- names ---- */

static int by_name_and_line(const void *a, const void *b)
{
    const struct fl_op *x = *(const struct fl_op *const *)a, *y = *(const struct fl_op *const *)b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

/* A name given to several rows, or that of the input, gets the line number; the first row of several keeps it. */
static void tell_apart(struct table *t)
{
    struct fl_op **sorted = malloc((t->build.ops + 1) * sizeof *sorted);
    fl_assert(sorted != NULL);
    for (size_t i = 0; i < t->build.ops; i++)
        sorted[i] = &t->build.op[i];
    qsort(sorted, t->build.ops, sizeof *sorted, by_name_and_line);
    const char *name = "";
    for (size_t i = 0; i < t->build.ops; i++) {
        bool again = strcmp(sorted[i]->name, name) == 0 || strcmp(sorted[i]->name, source) == 0;
        name = sorted[i]->name;
        if (again)
            sorted[i]->name = sorted[i]->writes =
                fl_arena_format(&t->build.trace->arena, "%s_%d", name, sorted[i]->line);
    }
    free(sorted);
}

bool fl_trace_from_gemm_csv(struct fl_trace *trace, const char *path, struct fl_err *err)
{
    *trace = (struct fl_trace){ .phase = "prefill", .attention = "dense", .logits = "all", .batch = 1 };
    char *text;
    if (!fl_file_read(path, &text, err))
        return false;
    struct table t = { .build.trace = trace, .path = path, .err = err, .good = true };
    trace->model = fl_file_stem(&trace->arena, path);
    fl_trace_input_add(&t.build, source);
    fl_trace_block_open(&t.build, 1, -1);
    t.good &= read_rows(&t, text);
    if (t.good && t.columns == 0)
        t.good = fl_fail(err, path, "empty; a head Layer,M,N,K is wanted, then a row for each product");
    tell_apart(&t);
    fl_trace_block_close(&t.build);
    if (t.good)
        t.good = fl_trace_build_end(&t.build, path, err);
    fl_trace_build_drop(&t.build);
    fl_arena_free(&t.scratch);
    free(text);
    if (!t.good)
        fl_trace_free(trace);
    return t.good;
}
