/* gemm_csv.c - tables of matrix products, as architecture simulators keep them.
 *
 *     Layer, M, N, K,
 *     conv1, 3136, 64, 147,
 *
 * The head names the columns, in any order. Each row is an operator of M vectors of K
 * inputs and N outputs; what it reads comes from outside, for such a table does not say
 * how rows depend on one another. Rows run in order. A table of convolutions is read as
 * the products they are when each patch is unrolled into a vector (im2col).
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/build.h"

enum column { LAYER, M, N, K, OPERAND, IMAGE_HEIGHT, IMAGE_WIDTH, FILTER_HEIGHT, FILTER_WIDTH, CHANNELS, FILTERS,
              STRIDE, COLUMNS };
#define COLUMN(column) (1u << (column))
#define PRODUCT (COLUMN(M) | COLUMN(N) | COLUMN(K))
#define CONVOLUTION (COLUMN(IMAGE_HEIGHT) | COLUMN(IMAGE_WIDTH) | COLUMN(FILTER_HEIGHT) | COLUMN(FILTER_WIDTH) | \
                     COLUMN(CHANNELS) | COLUMN(FILTERS))
enum { MOST_FIELDS = 64, MOST_FAULTS = 100 };
/* As told; then other names for the same. */
static const struct { const char *name; int column; } column_names[] = {
    { "Layer", LAYER }, { "M", M }, { "N", N }, { "K", K }, { "Operand", OPERAND },
    { "IFMAP Height", IMAGE_HEIGHT }, { "IFMAP Width", IMAGE_WIDTH }, { "Filter Height", FILTER_HEIGHT },
    { "Filter Width", FILTER_WIDTH }, { "Channels", CHANNELS }, { "Num Filter", FILTERS }, { "Strides", STRIDE },
    { "Layers", LAYER }, { "Layer Name", LAYER }, { "Name", LAYER }, { "Num Filters", FILTERS }, { "Stride", STRIDE },
};
enum { NAMES = sizeof column_names / sizeof *column_names };
static const char *const operands[] = { "weights", "computed" };
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
    unsigned seen;                      /* the columns that there are, COLUMN of each */
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
    for (int i = 0; i < NAMES; i++)
        if (same(name, column_names[i].name))
            return column_names[i].column;
    return -1;
}

/* Whether the columns say what a product or a convolution is; else those that are missing. */
static bool check_columns(struct table *t)
{
    bool convolution = (t->seen & PRODUCT) == 0 && (t->seen & CONVOLUTION) != 0;
    unsigned missing = (convolution ? CONVOLUTION : PRODUCT) & ~t->seen;
    if (!convolution && (t->seen & (CONVOLUTION | COLUMN(STRIDE))) != 0)
        return fl_fail(t->err, t->place, "columns of products (M,N,K) beside columns of convolutions; leave one kind");
    for (int column = 0; column < COLUMNS; column++)
        if (missing & COLUMN(column))
            fl_fail(t->err, t->place, "no column %s; the head should be %s", column_names[column].name,
                    convolution ? "that of a table of convolutions" : "Layer,M,N,K");
    return missing == 0;
}

static bool read_head(struct table *t, const struct fields *f)
{
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
        else if (t->seen & COLUMN(column))
            good = fl_fail(t->err, t->place, "column %zu: a second %s; leave one", i + 1, column_names[column].name);
        else
            t->seen |= COLUMN(column);
        t->column[i] = column;
    }
    t->columns = f->count;
    return good && check_columns(t);
}

/* ---- rows ---- */

static bool read_size(struct table *t, int column, const char *text, int64_t *size)
{
    const char *name = column_names[column].name;
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

/* A convolution as the product of its unrolled patches: M places of the filter, N filters, K values under it. */
static bool unroll(struct table *t, int64_t size[COLUMNS])
{
    int64_t places[2];
    for (int i = 0; i < 2; i++) {
        int64_t image = size[IMAGE_HEIGHT + i], filter = size[FILTER_HEIGHT + i];
        if (filter > image)
            return fl_fail(t->err, t->place, "%s: a filter of %" PRId64 " does not fit an image of %" PRId64
                           "; give the image with its padding", column_names[FILTER_HEIGHT + i].name, filter, image);
        places[i] = (image - filter) / size[STRIDE] + 1;
    }
    size[N] = size[FILTERS];
    if (fl_times(places[0], places[1], &size[M]) && fl_times(size[FILTER_HEIGHT], size[FILTER_WIDTH], &size[K]) &&
        fl_times(size[K], size[CHANNELS], &size[K]))
        return true;
    return fl_fail(t->err, t->place, "its values exceed 2^63 - 1; make it smaller");
}

static bool read_operand(struct table *t, const char *text, bool *computed)
{
    for (int i = 0; i < 2; i++)
        if (same(text, operands[i])) {
            *computed = i == 1;
            return true;
        }
    return fl_fail(t->err, t->place, "Operand: \"%s\" is not known; give weights or computed", text);
}

/* The fields of a row, each into its column. */
static bool read_fields(struct table *t, const struct fields *f, int64_t size[COLUMNS], const char **name,
                        bool *computed)
{
    bool good = true;
    for (size_t i = 0; i < t->columns; i++) {
        const char *text = i < f->count ? f->text[i] : "";
        int column = t->column[i];
        if (text[0] == '\0')
            good = fl_fail(t->err, t->place, "no %s; fill the column", column_names[column].name);
        else if (column == LAYER)
            *name = text;
        else if (column == OPERAND)
            good &= read_operand(t, text, computed);
        else
            good &= read_size(t, column, text, &size[column]);
    }
    if (f->count > t->columns)
        good = fl_fail(t->err, t->place, "%zu values for %zu columns; is there a comma too many?", f->count,
                       t->columns);
    return good;
}

static bool read_row(struct table *t, const struct fields *f)
{
    int64_t size[COLUMNS];
    const char *name = fl_arena_format(&t->scratch, "row_%d", t->line);
    bool computed = false;
    for (int i = 0; i < COLUMNS; i++)
        size[i] = 1;
    if (!read_fields(t, f, size, &name, &computed) || ((t->seen & CONVOLUTION) != 0 && !unroll(t, size)))
        return false;
    const char *word = fl_trace_word(&t->scratch, name);
    fl_trace_op_add(&t->build, &(struct fl_op){ .name = word, .type = computed ? &fl_op_matmul : &fl_op_linear,
                                                .groups = 1, .share = 1, .m = size[M], .k = size[K], .n = size[N],
                                                .line = t->line },
                    (const char *const[]){ source, computed ? source : NULL, NULL }, word);
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
        if (text[strspn(text, " \t")] == '#')
            continue;                                           /* a comment */
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
    struct fl_op **sorted = fl_calloc(t->build.ops + 1, sizeof *sorted);
    for (size_t i = 0; i < t->build.ops; i++)
        sorted[i] = &t->build.op[i];
    qsort(sorted, t->build.ops, sizeof *sorted, by_name_and_line);
    const char *name = "";
    for (size_t i = 0; i < t->build.ops; i++) {
        bool again = strcmp(sorted[i]->name, name) == 0 || strcmp(sorted[i]->name, source) == 0;
        name = sorted[i]->name;
        if (again) {
            sorted[i]->name = fl_arena_format(&t->build.trace->arena, "%s_%d", name, sorted[i]->line);
            sorted[i]->writes.tensor = fl_trace_tensor(&t->build, sorted[i]->name);
        }
    }
    fl_free(sorted);
}

/* What a table of this kind leaves open, and how it was taken. */
static const char *note_of(const struct table *t)
{
    if (t->seen & CONVOLUTION)
        return "convolutions are taken as products of their unrolled patches: an input is read once for every place of "
               "the filter over it";
    return t->seen & COLUMN(OPERAND) ? NULL
               : "every row is taken as a product with weights in place, loaded before time starts; a column Operand "
                 "says weights or computed";
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
    trace->note = note_of(&t);
    fl_trace_block_close(&t.build);
    if (t.good)
        t.good = fl_trace_build_end(&t.build, path, err);
    fl_trace_build_drop(&t.build);
    fl_arena_free(&t.scratch);
    fl_free(text);
    if (!t.good)
        fl_trace_free(trace);
    return t.good;
}
