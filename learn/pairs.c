/* pairs.c - measured pairs from a CSV. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/guard.h"
#include "base/quantity.h"
#include "learn/calibration.h"

enum { WANTED, GOT, OUTPUT, COLUMNS, MOST_CELLS = 64, MOST_FAULTS = 20 };
static const char *const names[COLUMNS] = {"wanted", "got", "output"};

/* A file under way. */
struct reader {
    struct fl_pairs *pairs;
    const char *path;
    size_t wanted_room, got_room, label_room;
    const char **label;                 /* of each pair's output, in the text */
    int line, column[COLUMNS];          /* where a column is; -1: it is not there */
    int faults;
    struct fl_arena arena;
    struct fl_err *err;
};

static void fault(struct reader *r, const char *what, const char *word)
{
    if (r->faults++ < MOST_FAULTS)
        fl_fail(r->err, fl_arena_format(&r->arena, "%s:%d", r->path, r->line), what, word);
}

/* Cuts a line at its commas; blanks and quotes around a cell are no part of it. */
static int cells_of(char *line, char *cell[MOST_CELLS])
{
    int cells = 0;
    for (char *at = line; at != NULL && cells < MOST_CELLS;) {
        char *comma = strchr(at, ',');
        if (comma != NULL)
            *comma = '\0';
        at += strspn(at, " \t\"");
        size_t length = strlen(at);
        while (length > 0 && strchr(" \t\"", at[length - 1]) != NULL)
            at[--length] = '\0';
        cell[cells++] = at;
        at = comma != NULL ? comma + 1 : NULL;
    }
    return cells;
}

static bool head_read(struct reader *r, char *line)
{
    char *cell[MOST_CELLS];
    int cells = cells_of(line, cell);
    for (int c = 0; c < COLUMNS; c++) {
        r->column[c] = -1;
        for (int i = 0; i < cells; i++) {
            if (strcmp(cell[i], names[c]) != 0)
                continue;
            if (r->column[c] >= 0)
                fault(r, "two columns are called \"%s\"; give one another name", names[c]);
            r->column[c] = i;
        }
    }
    for (int c = WANTED; c <= GOT; c++)
        if (r->column[c] < 0)
            fault(r, "no column \"%s\": the first line names the columns, as in wanted,got,output", names[c]);
    return r->faults == 0;
}

static double number_read(struct reader *r, char *const *cell, int cells, int column)
{
    double value = 0;
    if (r->column[column] >= cells)
        fault(r, "ends before its column \"%s\"; give every line all columns", names[column]);
    else if (!fl_quantity_read(cell[r->column[column]], "", &value, NULL, NULL) || !isfinite(value))
        fault(r, "\"%s\" is no number; leave the line out if nothing was measured", cell[r->column[column]]);
    return value;
}

static void pair_read(struct reader *r, char *line)
{
    char *cell[MOST_CELLS];
    struct fl_pairs *pairs = r->pairs;
    int cells = cells_of(line, cell), before = r->faults;
    double wanted = number_read(r, cell, cells, WANTED), got = number_read(r, cell, cells, GOT);
    const char *label = "";
    if (r->column[OUTPUT] >= 0 && r->column[OUTPUT] < cells)
        label = cell[r->column[OUTPUT]];
    if (r->column[OUTPUT] >= 0 && *label == '\0')
        fault(r, "has no %s: say which, or leave the column out", "output");
    if (r->faults > before)
        return;
    pairs->wanted = fl_grow(pairs->wanted, &r->wanted_room, pairs->count, sizeof *pairs->wanted);
    pairs->got = fl_grow(pairs->got, &r->got_room, pairs->count, sizeof *pairs->got);
    r->label = fl_grow(r->label, &r->label_room, pairs->count, sizeof *r->label);
    pairs->wanted[pairs->count] = wanted;
    pairs->got[pairs->count] = got;
    r->label[pairs->count++] = label;
}

struct named { const char *label; size_t pair; };

static int by_label(const void *a, const void *b)
{
    const struct named *p = a, *q = b;
    int order = strcmp(p->label, q->label);
    return order != 0 ? order : (p->pair > q->pair) - (p->pair < q->pair);
}

/* Labels become numbers. */
static void outputs_number(struct reader *r)
{
    struct fl_pairs *pairs = r->pairs;
    struct named *named = fl_arena_array(&r->arena, pairs->count + 1, sizeof *named);
    pairs->output = fl_calloc(pairs->count + 1, sizeof *pairs->output);
    for (size_t i = 0; i < pairs->count; i++)
        named[i] = (struct named){r->label[i], i};
    qsort(named, pairs->count, sizeof *named, by_label);
    for (size_t i = 0; i < pairs->count; i++) {
        pairs->outputs += i == 0 || strcmp(named[i].label, named[i - 1].label) != 0;
        pairs->output[named[i].pair] = pairs->outputs - 1;
    }
}

static void text_read(struct reader *r, char *text)
{
    bool head = false;
    text += strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (char *line = text; line != NULL;) {
        char *end = strchr(line, '\n'), *next = end != NULL ? end + 1 : NULL;
        r->line++;
        if (end != NULL)
            *end = '\0';
        line[strcspn(line, "\r")] = '\0';
        if (line[strspn(line, " \t")] != '\0' && *line != '#') {
            if (head)
                pair_read(r, line);
            else if (!head_read(r, line))
                return;
            head = true;
        }
        line = next;
    }
    if (!head)
        fault(r, "is %s: the first line names the columns, as in wanted,got,output", "empty");
}

bool fl_pairs_read(struct fl_pairs *pairs, const char *path, struct fl_err *err)
{
    struct reader r = {.pairs = pairs, .path = path, .err = err};
    memset(pairs, 0, sizeof *pairs);
    errno = 0;
    char *text = fl_file_text(path);
    if (text == NULL)
        return fl_fail(err, path, "%s", errno != 0 ? strerror(errno) : "is empty");
    text_read(&r, text);
    if (r.faults > MOST_FAULTS)
        fl_fail(err, path, "and %d faults more", r.faults - MOST_FAULTS);
    if (r.faults == 0 && r.column[OUTPUT] >= 0)
        outputs_number(&r);
    fl_free(r.label);
    fl_free(text);
    fl_arena_free(&r.arena);
    return r.faults == 0;
}

void fl_pairs_free(struct fl_pairs *pairs)
{
    fl_free(pairs->wanted);
    fl_free(pairs->got);
    fl_free(pairs->output);
    memset(pairs, 0, sizeof *pairs);
}
