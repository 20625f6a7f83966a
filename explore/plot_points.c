/* plot_points.c - points and lines: those covered by others left out, the front drawn, points named where there is
 * room. */
#include "explore/plot_script.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/whole.h"

/* ---- points and lines ---- */

/* Rows of one series. Points so near to one before them that they would cover it are left out: a picture of 100,000
 * points is as small as one of a few thousand. */
enum { CELLS = 500 };                   /* along an axis: less than the size of a point */
struct cell { uint64_t place; size_t row; };

static int cell_compare(const void *a, const void *b)
{
    const struct cell *p = a, *q = b;
    if (p->place != q->place)
        return p->place < q->place ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

static bool *covered_find(const struct fl_plot_kind *kind, struct fl_plot_table *table)
{
    bool *covered = fl_arena_array(&table->arena, table->rows, sizeof *covered);
    struct cell *cell = fl_arena_array(&table->arena, table->rows, sizeof *cell);
    struct fl_plot_range x = fl_plot_range_of(table, true, table->x_log), y = fl_plot_range_of(table, false,
        table->y_log);
    if (kind->style != FL_PLOT_POINTS || table->rows < 2000)
        return covered;
    for (size_t i = 0; i < table->rows; i++) {
        const struct fl_plot_row *row = &table->row[i];
        uint64_t column = (uint64_t)fl_whole(fl_plot_share_of(row->x, x, table->x_log) * CELLS, 0, CELLS);
        uint64_t line = (uint64_t)fl_whole(fl_plot_share_of(row->y, y, table->y_log) * CELLS, 0, CELLS);
        cell[i] = (struct cell){((uint64_t)row->series * 2 + row->best) << 32 | column << 16 | line, i};
    }
    qsort(cell, table->rows, sizeof *cell, cell_compare);
    for (size_t i = 1; i < table->rows; i++)
        covered[cell[i].row] = cell[i].place == cell[i - 1].place;
    return covered;
}

/* ---- blocks of data ---- */

/* Lines of more rows than this are a grey cloud, and left out: what is drawn large stays. */
enum { MOST_IN_LINES = 4000 };

/* Rows of a series, x, y, shade and error; a blank line where lines are not to join what is unlike. */
static size_t block_write(const struct fl_plot_kind *kind, const struct fl_plot_table *table, const bool *covered,
                          size_t series, bool best, FILE *out)
{
    const struct fl_plot_row *before = NULL;
    size_t rows = 0;
    fprintf(out, "$%s%zu << EOD\n", best ? "best" : "series", series);
    for (size_t i = 0; i < table->rows; i++) {
        const struct fl_plot_row *row = &table->row[i];
        if (row->series != series || row->best != best || row->roof || covered[i] ||
            (kind->style == FL_PLOT_LINES && kind->best != NULL && !best && table->rows > MOST_IN_LINES))
            continue;
        if (kind->style == FL_PLOT_LINES && before != NULL && before->name != NULL && row->name != NULL &&
            strcmp(before->name, row->name) != 0)
            fputc('\n', out);
        fprintf(out, "%.12g %.12g", row->x, row->y);
        if (table->shade != NULL)
            fprintf(out, " %.12g", row->shade);
        if (table->errors)
            fprintf(out, " %.12g", row->error);
        fputc('\n', out);
        before = row;
        rows++;
    }
    fputs("EOD\n", out);
    return rows;
}

static int best_first(const void *a, const void *b)
{
    const struct fl_plot_row *const *p = a, *const *q = b;
    if ((*p)->group != (*q)->group)
        return (*p)->group < (*q)->group ? -1 : 1;
    return ((*p)->x > (*q)->x) - ((*p)->x < (*q)->x);
}

/* Rows on a front, or that a point is drawn large for, group by group, by x. */
static const struct fl_plot_row **picked(struct fl_plot_table *table, bool front, size_t *count)
{
    const struct fl_plot_row **row = fl_arena_array(&table->arena, table->rows + 1, sizeof *row);
    *count = 0;
    for (size_t i = 0; i < table->rows; i++)
        if (front ? table->row[i].front : table->row[i].roof)
            row[(*count)++] = &table->row[i];
    qsort(row, *count, sizeof *row, best_first);
    return row;
}

/* A stair along the front: what lies beyond it in both is beaten. */
static size_t front_write(struct fl_plot_table *table, FILE *out)
{
    size_t count;
    const struct fl_plot_row **row = picked(table, true, &count);
    fputs("$front << EOD\n", out);
    for (size_t i = 0; i < count; i++) {
        bool joined = i > 0 && row[i]->group == row[i - 1]->group;
        const struct fl_plot_row *better = joined ? table->x_more ? row[i] : row[i - 1] : NULL;
        const struct fl_plot_row *worse = joined ? table->x_more ? row[i - 1] : row[i] : NULL;
        if (i > 0 && !joined)
            fputc('\n', out);
        if (joined)
            fprintf(out, "%.12g %.12g\n", worse->x, better->y);
        fprintf(out, "%.12g %.12g\n", row[i]->x, row[i]->y);
    }
    fputs("EOD\n", out);
    return count;
}

/* Roofs: the rows of each in order. */
static size_t roofs_write(struct fl_plot_table *table, FILE *out)
{
    size_t count;
    const struct fl_plot_row **row = picked(table, false, &count);
    fputs("$roofs << EOD\n", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%.12g %.12g\n", i > 0 && row[i]->group != row[i - 1]->group ? "\n" : "", row[i]->x, row[i]->y);
    fputs("EOD\n", out);
    return count;
}

/* ---- names ---- */

/* What is taken of the picture, in points: names keep clear of each other and of the points that are named. */
struct box { double left, right, low, high; };
struct boxes { struct box *box; size_t count, said; double width, height; };   /* said: of all names, left out */

static bool is_free(const struct boxes *boxes, const struct box *box)
{
    if (box->left < 0 || box->right > boxes->width || box->low < 0 || box->high > boxes->height)
        return false;
    for (size_t i = 0; i < boxes->count; i++) {
        const struct box *b = &boxes->box[i];
        if (box->left < b->right && b->left < box->right && box->low < b->high && b->low < box->high)
            return false;
    }
    return true;
}

/* Writes the name at the first side of its point where there is room: false if there is none. */
static bool name_write(struct fl_plot_table *table, struct boxes *boxes, const struct fl_plot_row *row, double x,
                       double y, FILE *out)
{
    enum { LONGEST = 44 };
    static const struct { double right, up; } side[] = {{-1, -1}, {1, 1}, {1, 0},  {-1, 0}, {1, -1},
                                                        {-1, 1},  {1, 2}, {-1, 2}, {1, -2}, {-1, -2}};
    const char *name = row->name + boxes->said;
    if (strlen(name) > LONGEST)
        name = fl_arena_format(&table->arena, "%.*s\u2026", LONGEST - 1, name);
    double length = 6.3 * (double)strlen(name);
    for (size_t s = 0; s < sizeof side / sizeof *side; s++) {
        double at = y + side[s].up * 14, from = x + side[s].right * 8;
        struct box box = {side[s].right < 0 ? from - length : from, side[s].right < 0 ? from : from + length, at - 7,
                          at + 7};
        if (!is_free(boxes, &box))
            continue;
        boxes->box[boxes->count++] = box;
        fputs("set label ", out);
        fl_plot_quoted(name, out);
        fprintf(out, " at %.12g,%.12g %s offset %s,%.12g font \",11\" tc rgb \"#444444\" front\n", row->x, row->y,
                side[s].right < 0 ? "right" : "left", side[s].right < 0 ? "-0.9" : "0.9", side[s].up * 0.8);
        return true;
    }
    return false;
}

/* Named are the rows that stand out: those drawn large, and of a front; where none is, all. A roof may have a name. */
static bool is_named(const struct fl_plot_kind *kind, const struct fl_plot_row *row)
{
    return row->name != NULL && *row->name != '\0' &&
           ((kind->best == NULL && !kind->front) || row->best || row->front || row->roof);
}

/* Does a row that comes first stand there, and is called the same? A front's points are drawn twice. */
static bool is_same_place(const struct fl_plot_table *table, size_t i, const double *x, const double *y)
{
    for (size_t k = 0; k < table->rows; k++) {
        const struct fl_plot_row *row = &table->row[i], *other = &table->row[k];
        bool first = other->front != row->front ? other->front : other->best == row->best && k < i;
        if (first && (other->best || other->front) && x[k] == x[i] && y[k] == y[i])
            return true;
    }
    return false;
}

/* Length of the "key=" that all names begin with, and have nothing besides: it tells them apart no better. */
static size_t said_by_all(const struct fl_plot_table *table)
{
    const char *first = NULL;
    size_t said = 0;
    for (size_t i = 0; i < table->rows; i++) {
        const char *name = table->row[i].name;
        if (name == NULL)
            continue;
        if (first == NULL && strchr(name, '=') != NULL)
            said = strcspn(name, "=") + 1;
        first = first != NULL ? first : name;
        if (strchr(name, ' ') != NULL || strncmp(name, first, said) != 0)
            return 0;
    }
    return said;
}

static void names_write(const struct fl_plot_kind *kind, struct fl_plot_table *table, FILE *out)
{
    struct fl_plot_range rx = fl_plot_range_of(table, true, table->x_log);
    struct fl_plot_range ry = fl_plot_range_of(table, false, table->y_log);
    struct boxes boxes = {.width = table->shade != NULL ? 620 : 800, .height = 455,
                          .said = said_by_all(table)};
    boxes.box = fl_arena_array(&table->arena, 2 * table->rows + 1, sizeof *boxes.box);
    double *x = fl_arena_array(&table->arena, table->rows, sizeof *x);
    double *y = fl_arena_array(&table->arena, table->rows, sizeof *y);
    for (size_t i = 0; i < table->rows; i++) {
        x[i] = fl_plot_share_of(table->row[i].x, rx, table->x_log) * boxes.width;
        y[i] = fl_plot_share_of(table->row[i].y, ry, table->y_log) * boxes.height;
        if (is_named(kind, &table->row[i]))
            boxes.box[boxes.count++] = (struct box){x[i] - 4, x[i] + 4, y[i] - 4, y[i] + 4};
    }
    for (int front = 1; front >= 0; front--)
        for (size_t i = 0; i < table->rows; i++)
            if (is_named(kind, &table->row[i]) && table->row[i].front == front && !is_same_place(table, i, x, y))
                name_write(table, &boxes, &table->row[i], x[i], y[i], out);
}

/* ---- the picture ---- */

/* A colour halfway to white and more: a cloud of points in it leaves those in the colour itself to be seen. */
static const char *lighter(struct fl_arena *arena, const char *colour)
{
    unsigned long rgb = strtoul(colour + 1, NULL, 16);
    unsigned r = (rgb >> 16) & 255, g = (rgb >> 8) & 255, b = rgb & 255;
    return fl_arena_format(arena, "#%02x%02x%02x", 255 - (255 - r) * 2 / 5, 255 - (255 - g) * 2 / 5,
                           255 - (255 - b) * 2 / 5);
}

static void series_plot(const struct fl_plot_kind *kind, struct fl_plot_table *table, size_t s, bool best,
                        FILE *out)
{
    enum { FEW = 400 };                 /* points that do not hide one another */
    bool faint = kind->best != NULL && !best, shaded = table->shade != NULL;
    const char *colour = fl_plot_series_colour(table, s);
    if (table->errors)
        fprintf(out, "$%s%zu using 1:2:%d with yerrorbars lc rgb \"%s\" pt 0 lw 1.2 notitle, \\\n     ",
                best ? "best" : "series", s, shaded ? 4 : 3, colour);
    if (shaded && best)                 /* a rim, so that the large ones stand out whatever their shade */
        fprintf(out, "$best%zu using 1:2 with points lc rgb \"#222222\" pt %d ps 1.5 notitle, \\\n     ", s,
                fl_plot_series_mark(s));
    fprintf(out, "$%s%zu using 1:2%s with %s ", best ? "best" : "series", s, shaded ? ":3" : "",
            kind->style != FL_PLOT_LINES || best ? "points" : faint ? "linespoints lw 1" : "linespoints lw 2");
    if (shaded)
        fputs("lc palette", out);
    else
        fprintf(out, "lc rgb \"%s\"", faint ? lighter(&table->arena, colour) : colour);
    fprintf(out, " pt %d ps %s", fl_plot_series_mark(s), faint && !shaded ? table->rows < FEW ? "0.6" : "0.35" : best
            ? "1.1" : shaded ? "0.6" : "0.9");
    if (faint || shaded)
        fputs(" notitle", out);
    if (!faint && shaded)
        fprintf(out, ", \\\n     keyentry with points lc rgb \"#444444\" pt %d ps 1.1", fl_plot_series_mark(s));
    if (!faint) {
        fputs(" title ", out);
        fl_plot_quoted(table->series[s], out);
    }
}

static void logs_find(const struct fl_plot_kind *kind, struct fl_plot_table *table)
{
    table->x_log = kind->x_log;
    table->y_log = kind->y_log;
    for (size_t i = 0; i < table->rows; i++) {
        table->x_log = table->x_log && table->row[i].x > 0;
        table->y_log = table->y_log && table->row[i].y > 0;
    }
}

/* Rows that stand where they do for want of a figure: a text above them says so. */
static void nowhere_write(struct fl_plot_table *table, FILE *out)
{
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i].nowhere) {
            fputs("set label ", out);
            fl_plot_quoted(table->row[i].x_text, out);
            fprintf(out, " at %.12g, graph 0.04 center font \",11\" tc rgb \"#444444\"\n", table->row[i].x);
            return;
        }
}

void fl_plot_series_write(const struct fl_plot_kind *kind, struct fl_plot_table *table, FILE *out)
{
    logs_find(kind, table);
    const bool *covered = covered_find(kind, table);
    const char *separator = "plot ";
    fl_plot_set_text("xlabel", table->x, out);
    if (table->tic_lines > 1)
        fprintf(out, "set xlabel offset 0,%.12g\n", -1.1 * (table->tic_lines - 1));
    fl_plot_set_text("ylabel", table->y, out);
    fl_plot_axis_write(table, true, out);
    fl_plot_axis_write(table, false, out);
    if (kind->roofs != NULL)
        nowhere_write(table, out);
    if (table->shade != NULL)
        fl_plot_shades_write(table, out);
    names_write(kind, table, out);
    size_t *rows = fl_arena_array(&table->arena, 2 * table->serieses, sizeof *rows);
    for (size_t s = 0; s < 2 * table->serieses; s++)
        rows[s] = block_write(kind, table, covered, s % table->serieses, s >= table->serieses, out);
    bool front = kind->front && front_write(table, out) > 0, roofs = kind->roofs != NULL && roofs_write(table, out) > 0;
    if (front || roofs) {
        fprintf(out, "plot $%s using 1:2 with lines lc rgb \"#888888\" lw 1.5 title \"%s\"", front ? "front" : "roofs",
                front ? "none is better in both" : kind->roof_title);
        separator = ", \\\n     ";
    }
    for (size_t s = 0; s < 2 * table->serieses; s++) {
        if (rows[s] == 0)
            continue;
        fputs(separator, out);
        series_plot(kind, table, s % table->serieses, s >= table->serieses, out);
        separator = ", \\\n     ";
    }
    fputc('\n', out);
}
