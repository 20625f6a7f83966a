/* plot_script.c - what a picture looks like: ranges, figures on axes, colours, marks.
 *
 * All of it is decided here and written out, and gnuplot has nothing to choose: the same rows give the same picture.
 * A component, or a state of a unit, has the same colour in every picture. The colours are Okabe and Ito's and
 * Tol's "muted" (personal.sron.nl/~pault), which readers with any common colour vision tell apart: optics are red,
 * converters green, memories blue.
 */
#include "explore/plot_script.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/whole.h"

static const struct { const char *name, *colour; } named_colours[] = {
    {"laser", "#cc6677"}, {"modulator", "#882255"}, {"slm", "#aa4499"}, {"detector", "#ddcc77"},
    {"dac", "#117733"}, {"adc", "#44aa99"}, {"sram", "#332288"}, {"dram", "#88ccee"}, {"link", "#999933"},
    {"digital", "#777777"}, {"control", "#bbbbbb"},
    {"busy", "#0072b2"}, {"blocked", "#e69f00"}, {"idle", "#e8e8e8"}, {"other work", "#bbbbbb"},
};
static const struct { const char *colour; int mark; } palette[] = {
    {"#0072b2", 7}, {"#d55e00", 5}, {"#009e73", 9}, {"#cc79a7", 13}, {"#56b4e9", 11}, {"#e69f00", 15}, {"#444444", 3}};
enum { PALETTE = sizeof palette / sizeof *palette, NAMED = sizeof named_colours / sizeof *named_colours };

static const char *named_colour(const char *name)
{
    for (size_t i = 0; i < NAMED; i++)
        if (strcmp(named_colours[i].name, name) == 0)
            return named_colours[i].colour;
    return NULL;
}

static const char *series_colour(const struct fl_plot_table *table, size_t series)
{
    const char *colour = named_colour(table->series[series]);
    return colour != NULL ? colour : palette[series % PALETTE].colour;
}

const struct fl_plot_terminal *fl_plot_terminal_find(const char *out)
{
    static const struct fl_plot_terminal terminals[] = {
        {".svg", "svg size 900,", " font \"sans-serif,14\" background \"white\"", 1},
        {".png", "pngcairo size 1350,", " font \"sans,18\"", 1.5},
        {".pdf", "pdfcairo size 18cm,", "cm font \"sans,10\"", 0.02},
        {".gp", NULL, NULL, 0}, {".csv", NULL, NULL, 0}};
    size_t length = strlen(out);
    for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++) {
        size_t ending = strlen(terminals[i].ending);
        if (length > ending && strcmp(out + length - ending, terminals[i].ending) == 0)
            return &terminals[i];
    }
    return NULL;
}

/* A text in gnuplot's double quotes; what would end or change it there becomes an apostrophe. */
static void quoted(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text != '\0'; text++)
        if (*text == '\n')
            fputs("\\n", out);
        else
            fputc(*text == '"' || *text == '\\' || (unsigned char)*text < ' ' ? '\'' : *text, out);
    fputc('"', out);
}

/* What stands at a place of an axis: gnuplot takes it for a format. */
static void tic_write(struct fl_arena *arena, const char *text, double place, FILE *out)
{
    char *format = fl_arena_alloc(arena, 2 * strlen(text) + 1), *at = format;
    for (; *text != '\0'; text++) {
        *at++ = *text;
        if (*text == '%')
            *at++ = '%';
    }
    quoted(format, out);
    fprintf(out, " %.12g", place);
}

static void set_text(const char *what, const char *text, FILE *out)
{
    fprintf(out, "set %s ", what);
    quoted(text, out);
    fputc('\n', out);
}

/* ---- axes ---- */

/* "1.2 ms" with a micro sign where one belongs. */
static const char *figure(struct fl_arena *arena, double value, const char *unit)
{
    char buffer[FL_SI_BYTES];
    if (strcmp(unit, "%") == 0)
        return fl_arena_format(arena, "%g %%", value);
    const char *text = fl_si(buffer, value, unit), *space = strchr(text, ' ');
    if (space != NULL && space[1] == 'u' && strcmp(space + 2, unit) == 0)
        return fl_arena_format(arena, "%.*s\u00b5%s", (int)(space + 1 - text), text, space + 2);
    return fl_arena_text(arena, text);
}

struct range { double low, high; };

/* Of the rows, with room at both ends. */
static struct range range_of(const struct fl_plot_table *table, bool of_x, bool log)
{
    struct range r = {INFINITY, -INFINITY};
    for (size_t i = 0; i < table->rows; i++) {
        double value = of_x ? table->row[i].x : table->row[i].y;
        r.low = fmin(r.low, value);
        r.high = fmax(r.high, value);
    }
    if (log) {                          /* no less than a factor of two: small differences look small */
        double room = fmax(pow(r.high / r.low, 0.06), sqrt(2 * r.low / r.high));
        return (struct range){r.low / room, r.high * room};
    }
    double low = r.low >= 0 && r.low < r.high / 2 ? 0 : r.low, room = fmax(r.high - low, fabs(r.high) * 0.1) * 0.06;
    return (struct range){low == 0 ? 0 : low - room, r.high + room};
}

/* How far along its axis a value is: 0 to 1. */
static double share_of(double value, struct range r, bool log)
{
    double share = log ? log10(value / r.low) / log10(r.high / r.low) : (value - r.low) / (r.high - r.low);
    return fmax(0, fmin(1, share));
}

static void mark_write(struct fl_arena *arena, double value, const char *unit, bool *first, FILE *out)
{
    fprintf(out, "%s", *first ? "" : ", ");
    tic_write(arena, figure(arena, value, unit), value, out);
    *first = false;
}

/* Figures at 1, 2 and 5 of each decade, if there are few decades, else at 1 alone; at more places in one decade, and in
 * a short range at even steps. */
static void marks_write(struct fl_arena *arena, char axis, struct range r, const char *unit, bool log, FILE *out)
{
    static const double few[] = {1, 2, 5}, more[] = {1, 1.5, 2, 3, 4, 5, 7};
    double decades = log ? log10(r.high / r.low) : 0, step = pow(10, floor(log10((r.high - r.low) / 4)));
    bool first = true;
    fprintf(out, "set %ctics (", axis);
    if (log && decades > 0.65) {
        const double *mark = decades > 1.3 ? few : more;
        size_t marks = decades > 3.2 ? 1 : decades > 1.3 ? 3 : sizeof more / sizeof *more;
        double skip = fmax(1, ceil(decades / 8));
        for (double d = floor(log10(r.low)); d <= log10(r.high); d += skip)
            for (size_t i = 0; i < marks; i++)
                if (mark[i] * pow(10, d) >= r.low && mark[i] * pow(10, d) <= r.high)
                    mark_write(arena, mark[i] * pow(10, d), unit, &first, out);
    } else {
        double steps = (r.high - r.low) / step;
        step *= steps > 20 ? 5 : steps > 10 ? 2 : 1;
        for (double k = ceil(r.low / step); k * step <= r.high; k++)
            mark_write(arena, k * step, unit, &first, out);
    }
    fprintf(out, ")\n");
}

static int row_compare(const void *a, const void *b)
{
    const struct fl_plot_row *const *p = a, *const *q = b;
    return ((*p)->x > (*q)->x) - ((*p)->x < (*q)->x);
}

/* Values of x that have texts of their own are what is written on its axis, as far as there is room. */
static void values_write(struct fl_plot_table *table, struct range r, bool log, FILE *out)
{
    const struct fl_plot_row **row = fl_arena_array(&table->arena, table->rows, sizeof *row);
    double last = -1;
    for (size_t i = 0; i < table->rows; i++)
        row[i] = &table->row[i];
    qsort(row, table->rows, sizeof *row, row_compare);
    for (size_t i = 0; i < table->rows; i++) {
        double place = share_of(row[i]->x, r, log);
        if (place - last < 0.09)
            continue;
        fprintf(out, last < 0 ? "set xtics (" : ", ");
        tic_write(&table->arena, row[i]->x_text, row[i]->x, out);
        last = place;
    }
    fputs(")\n", out);
}

static void axis_write(const struct fl_plot_kind *kind, struct fl_plot_table *table, bool of_x, FILE *out)
{
    const char *unit = of_x ? kind->x_unit : kind->y_unit;
    bool log = of_x ? table->x_log : table->y_log;
    struct range r = range_of(table, of_x, log);
    char axis = of_x ? 'x' : 'y';
    fprintf(out, "set %crange [%.12g:%.12g]\n", axis, r.low, r.high);
    if (log)
        fprintf(out, "set logscale %c\n", axis);
    if (of_x && table->x_given)
        values_write(table, r, log, out);
    else
        marks_write(&table->arena, axis, r, unit, log, out);
}

/* Names of series that fit side by side below the picture. Bars have less room: their own names stand at the left. */
static int legend_columns(const struct fl_plot_kind *kind, const struct fl_plot_table *table)
{
    enum { SAMPLE = 10 };               /* characters that a sample and the gaps take */
    size_t longest = 1, line = kind->style == FL_PLOT_BARS ? 64 : 100;
    for (size_t s = 0; s < table->serieses; s++)
        longest = strlen(table->series[s]) > longest ? strlen(table->series[s]) : longest;
    return longest + SAMPLE < line ? (int)(line / (longest + SAMPLE)) : 1;
}

static int legend_lines(const struct fl_plot_kind *kind, const struct fl_plot_table *table)
{
    int columns = legend_columns(kind, table);
    return ((int)table->serieses + columns - 1) / columns;
}

static void head_write(const struct fl_plot_kind *kind, struct fl_plot_table *table,
                       const struct fl_plot_terminal *terminal, int height, const char *picture, FILE *out)
{
    fprintf(out, "# fanlight plot %s; to a picture: gnuplot -e 'set terminal svg; set output \"x.svg\"' this-file\n",
            kind->name);
    fputs("set encoding utf8\n", out);
    if (picture != NULL) {
        fprintf(out, "set terminal %s%.12g%s\n", terminal->before, height * terminal->scale, terminal->after);
        set_text("output", picture, out);
    }
    fputs("set termoption noenhanced\nset border 3 lc rgb \"#444444\"\nset tics nomirror textcolor rgb \"#222222\"\n"
          "set grid back lc rgb \"#dddddd\" lt 1 lw 0.5\n", out);
    fprintf(out, "set key outside below center horizontal reverse Left samplen 2 maxcols %d\nset bmargin %.12g\n",
            legend_columns(kind, table), 4.4 + 1.1 * legend_lines(kind, table));
    set_text("title", fl_arena_format(&table->arena, "%s\n%s", kind->heading, table->title), out);
}

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
    struct range x = range_of(table, true, table->x_log), y = range_of(table, false, table->y_log);
    if (kind->style != FL_PLOT_POINTS || table->rows < 2000)
        return covered;
    for (size_t i = 0; i < table->rows; i++) {
        const struct fl_plot_row *row = &table->row[i];
        uint64_t column = (uint64_t)fl_whole(share_of(row->x, x, table->x_log) * CELLS, 0, CELLS);
        uint64_t line = (uint64_t)fl_whole(share_of(row->y, y, table->y_log) * CELLS, 0, CELLS);
        cell[i] = (struct cell){((uint64_t)row->series * 2 + row->best) << 32 | column << 16 | line, i};
    }
    qsort(cell, table->rows, sizeof *cell, cell_compare);
    for (size_t i = 1; i < table->rows; i++)
        covered[cell[i].row] = cell[i].place == cell[i - 1].place;
    return covered;
}

static size_t block_write(const struct fl_plot_table *table, const bool *covered, size_t series, bool best, FILE *out)
{
    size_t rows = 0;
    fprintf(out, "$%s%zu << EOD\n", best ? "best" : "series", series);
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i].series == series && table->row[i].best == best && !covered[i]) {
            fprintf(out, "%.12g %.12g\n", table->row[i].x, table->row[i].y);
            rows++;
        }
    fputs("EOD\n", out);
    return rows;
}

/* Series beyond the last colour have its first again, with another mark. */
static int series_mark(size_t series)
{
    return palette[(series + series / PALETTE) % PALETTE].mark;
}

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
    bool faint = kind->best != NULL && !best;
    const char *colour = series_colour(table, s);
    fprintf(out, "$%s%zu using 1:2 with %s lc rgb \"%s\" pt %d ps %s", best ? "best" : "series", s,
            kind->style == FL_PLOT_LINES ? "linespoints lw 2" : "points",
            faint ? lighter(&table->arena, colour) : colour, series_mark(s),
            faint ? "0.35" : best ? "1.1" : "0.9");
    if (faint) {
        fputs(" notitle", out);
        return;
    }
    fputs(" title ", out);
    quoted(table->series[s], out);
}

static void series_write(const struct fl_plot_kind *kind, struct fl_plot_table *table, FILE *out)
{
    bool first = true;
    table->x_log = kind->x_log;
    table->y_log = kind->y_log;
    for (size_t i = 0; i < table->rows; i++) {
        table->x_log = table->x_log && table->row[i].x > 0;
        table->y_log = table->y_log && table->row[i].y > 0;
    }
    const bool *covered = covered_find(kind, table);
    set_text("xlabel", table->x, out);
    set_text("ylabel", table->y, out);
    axis_write(kind, table, true, out);
    axis_write(kind, table, false, out);
    size_t *rows = fl_arena_array(&table->arena, 2 * table->serieses, sizeof *rows);
    for (size_t s = 0; s < 2 * table->serieses; s++)
        rows[s] = block_write(table, covered, s % table->serieses, s >= table->serieses, out);
    fputs("plot ", out);
    for (size_t s = 0; s < 2 * table->serieses; s++) {
        if (rows[s] == 0)
            continue;
        fputs(first ? "" : ", \\\n     ", out);
        series_plot(kind, table, s % table->serieses, s >= table->serieses, out);
        first = false;
    }
    fputc('\n', out);
}

/* ---- bars ---- */

struct bars { const char **name; double *length; size_t count; };

static struct bars bars_find(struct fl_plot_table *table, size_t *of_row)
{
    struct bars bars = {.name = fl_arena_array(&table->arena, table->rows, sizeof *bars.name),
                        .length = fl_arena_array(&table->arena, table->rows, sizeof *bars.length)};
    for (size_t i = 0; i < table->rows; i++) {
        size_t b = 0;
        while (b < bars.count && strcmp(bars.name[b], table->row[i].x_text) != 0)
            b++;
        if (b == bars.count)
            bars.name[bars.count++] = table->row[i].x_text;
        bars.length[b] += table->row[i].y;
        of_row[i] = b;
    }
    return bars;
}

/* Bars named after components are drawn in their colours, and what follows in a bar is told by lighter ones. */
static bool named_after_components(const struct bars *bars, const struct fl_plot_table *table)
{
    for (size_t b = 0; b < bars->count; b++)
        if (named_colour(bars->name[b]) == NULL)
            return false;
    return named_colour(table->series[0]) == NULL;
}

/* One block a series: begin, end, bar, colour. */
static void segments_write(struct fl_plot_table *table, const struct bars *bars, const size_t *of_row, FILE *out)
{
    bool by_bar = named_after_components(bars, table);
    double *end = fl_arena_array(&table->arena, bars->count, sizeof *end);
    double *begin = fl_arena_array(&table->arena, table->rows, sizeof *begin);
    for (size_t i = 0; i < table->rows; i++) {
        begin[i] = end[of_row[i]];
        end[of_row[i]] += table->row[i].y;
    }
    for (size_t s = 0; s < table->serieses; s++) {
        fprintf(out, "$series%zu << EOD\n", s);
        for (size_t i = 0; i < table->rows; i++)
            if (table->row[i].series == s)
                fprintf(out, "%.12g %.12g %zu 0x%s\n", begin[i], begin[i] + table->row[i].y, of_row[i],
                        (by_bar ? named_colour(bars->name[of_row[i]]) : series_colour(table, s)) + 1);
        fputs("EOD\n", out);
    }
}

static void bars_plot(const struct fl_plot_table *table, const struct bars *bars, bool totals, FILE *out)
{
    bool by_bar = named_after_components(bars, table);
    for (size_t s = 0; s < table->serieses; s++) {
        const char *fill = by_bar && s > 0 ? "fs transparent solid 0.35 border" : "fs solid noborder";
        fprintf(out, "%s$series%zu using ($1+$2)/2:3:1:2:($3-0.36):($3+0.36):4 with boxxyerror lc rgb variable %s "
                "notitle", s == 0 ? "plot " : ", \\\n     ", s, fill);
        if (table->serieses > 1) {
            fprintf(out, ", \\\n     keyentry with boxes fc rgb \"%s\" %s title ",
                    by_bar ? "#444444" : series_colour(table, s), fill);
            quoted(table->series[s], out);
        }
    }
    if (totals)
        fputs(", \\\n     $totals using 1:2:3 with labels left offset 0.6,0 notitle", out);
    fputc('\n', out);
}

static void bars_write(const struct fl_plot_kind *kind, struct fl_plot_table *table, const size_t *of_row,
                       const struct bars *bars, FILE *out)
{
    bool totals = strcmp(kind->y_unit, "%") != 0;
    double longest = 0;
    for (size_t b = 0; b < bars->count; b++)
        longest = fmax(longest, bars->length[b]);
    struct range r = {0, totals ? (longest > 0 ? longest : 1) * 1.14 : fmax(longest, 100)};
    set_text("xlabel", table->y, out);
    fprintf(out, "set xrange [0:%.12g]\nset yrange [%zu.5:-0.5]\nset grid noytics\n", r.high, bars->count - 1);
    marks_write(&table->arena, 'x', r, kind->y_unit, false, out);
    for (size_t b = 0; b < bars->count; b++) {
        fputs(b == 0 ? "set ytics scale 0 (" : ", ", out);
        tic_write(&table->arena, bars->name[b], (double)b, out);
    }
    fputs(")\n$totals << EOD\n", out);
    for (size_t b = 0; b < bars->count; b++) {
        fprintf(out, "%.12g %zu ", bars->length[b], b);
        quoted(figure(&table->arena, bars->length[b], kind->y_unit), out);
        fputc('\n', out);
    }
    fputs("EOD\n", out);
    segments_write(table, bars, of_row, out);
    bars_plot(table, bars, totals, out);
}

void fl_plot_script_write(const struct fl_plot_kind *kind, struct fl_plot_table *table,
                          const struct fl_plot_terminal *terminal, const char *picture, FILE *out)
{
    if (kind->style == FL_PLOT_BARS) {
        size_t *of_row = fl_arena_array(&table->arena, table->rows, sizeof *of_row);
        struct bars bars = bars_find(table, of_row);
        head_write(kind, table, terminal, 150 + 20 * legend_lines(kind, table) + 26 * (int)bars.count, picture, out);
        bars_write(kind, table, of_row, &bars, out);
    } else {
        head_write(kind, table, terminal, 580 + 20 * legend_lines(kind, table), picture, out);
        series_write(kind, table, out);
    }
}
