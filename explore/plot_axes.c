/* plot_axes.c - what all pictures share: colours, texts as gnuplot reads them, ranges and figures on axes. */
#include "explore/plot_script.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

static const struct { const char *name, *colour; } named_colours[] = {
    {"laser", "#cc6677"}, {"modulator", "#882255"}, {"slm", "#aa4499"}, {"detector", "#ddcc77"},
    {"dac", "#117733"}, {"adc", "#44aa99"}, {"sram", "#332288"}, {"dram", "#88ccee"}, {"link", "#999933"},
    {"digital", "#777777"}, {"control", "#bbbbbb"},
    {"busy", "#0072b2"}, {"blocked", "#e69f00"}, {"idle", "#e8e8e8"}, {"other work", "#bbbbbb"},
};
static const struct { const char *colour; int mark; } palette[] = {
    {"#0072b2", 7}, {"#d55e00", 5}, {"#009e73", 9}, {"#cc79a7", 13}, {"#56b4e9", 11}, {"#e69f00", 15}, {"#444444", 3}};
enum { PALETTE = sizeof palette / sizeof *palette, NAMED = sizeof named_colours / sizeof *named_colours };

const char *fl_plot_named_colour(const char *name)
{
    for (size_t i = 0; i < NAMED; i++)
        if (strcmp(named_colours[i].name, name) == 0)
            return named_colours[i].colour;
    return NULL;
}

const char *fl_plot_series_colour(const struct fl_plot_table *table, size_t series)
{
    const char *colour = fl_plot_named_colour(table->series[series]);
    return colour != NULL ? colour : palette[series % PALETTE].colour;
}

/* Series beyond the last colour have its first again, with another mark. */
int fl_plot_series_mark(size_t series)
{
    return palette[(series + series / PALETTE) % PALETTE].mark;
}

/* A text in gnuplot's double quotes; what would end or change it there becomes an apostrophe. */
void fl_plot_quoted(const char *text, FILE *out)
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
void fl_plot_tic_write(struct fl_arena *arena, const char *text, double place, FILE *out)
{
    char *format = fl_arena_alloc(arena, 2 * strlen(text) + 1), *at = format;
    for (; *text != '\0'; text++) {
        *at++ = *text;
        if (*text == '%')
            *at++ = '%';
    }
    fl_plot_quoted(format, out);
    fprintf(out, " %.12g", place);
}

void fl_plot_set_text(const char *what, const char *text, FILE *out)
{
    fprintf(out, "set %s ", what);
    fl_plot_quoted(text, out);
    fputc('\n', out);
}

/* ---- axes ---- */

/* "1.2 ms" with a micro sign where one belongs. */
const char *fl_plot_figure_text(struct fl_arena *arena, double value, const char *unit)
{
    char buffer[FL_SI_BYTES];
    if (strcmp(unit, "%") == 0)
        return fl_arena_format(arena, "%.4g %%", value);
    if (strcmp(unit, "mm^2") == 0)      /* a prefix would be squared */
        return fabs(value) < 1e4 ? fl_arena_format(arena, "%.4g mm\u00b2", value)
                                 : fl_arena_format(arena, "%.4g m\u00b2", value / 1e6);
    const char *text = fl_si(buffer, value, unit), *space = strchr(text, ' ');
    if (space != NULL && space[1] == 'u' && strcmp(space + 2, unit) == 0)
        return fl_arena_format(arena, "%.*s\u00b5%s", (int)(space + 1 - text), text, space + 2);
    return fl_arena_text(arena, text);
}

/* Of the rows, with room at both ends. */
struct fl_plot_range fl_plot_range_of(const struct fl_plot_table *table, bool of_x, bool log)
{
    struct fl_plot_range r = {INFINITY, -INFINITY};
    for (size_t i = 0; i < table->rows; i++) {
        const struct fl_plot_row *row = &table->row[i];
        double value = of_x ? row->x : row->y, error = of_x ? 0 : row->error;
        r.low = fmin(r.low, log && error >= value ? value : value - error);
        r.high = fmax(r.high, value + error);
    }
    if (log) {                          /* no less than a factor of two: small differences look small */
        double room = fmax(pow(r.high / r.low, 0.06), sqrt(2 * r.low / r.high));
        return (struct fl_plot_range){r.low / room, r.high * room};
    }
    double low = r.low >= 0 && r.low < r.high / 2 ? 0 : r.low, room = fmax(r.high - low, fabs(r.high) * 0.1) * 0.06;
    return (struct fl_plot_range){low == 0 ? 0 : low - room, r.high + room};
}

/* How far along its axis a value is: 0 to 1. */
double fl_plot_share_of(double value, struct fl_plot_range r, bool log)
{
    double share = log ? log10(value / r.low) / log10(r.high / r.low) : (value - r.low) / (r.high - r.low);
    return fmax(0, fmin(1, share));
}

static void mark_write(struct fl_arena *arena, double value, const char *unit, bool *first, FILE *out)
{
    fprintf(out, "%s", *first ? "" : ", ");
    fl_plot_tic_write(arena, fl_plot_figure_text(arena, value, unit), value, out);
    *first = false;
}

/* Figures at 1, 2 and 5 of each decade, if there are few decades, else at 1 alone; at more places in one decade, and in
 * a short range at even steps. */
void fl_plot_marks_write(struct fl_arena *arena, const char *axis, struct fl_plot_range r, const char *unit, bool log,
                         FILE *out)
{
    static const double few[] = {1, 2, 5}, more[] = {1, 1.5, 2, 3, 4, 5, 7};
    double decades = log ? log10(r.high / r.low) : 0, step = pow(10, floor(log10((r.high - r.low) / 4)));
    bool first = true;
    fprintf(out, "set %stics (", axis);
    if (log && decades > 0.65) {
        const double *mark = decades > 1.3 ? few : more;
        bool wide = *axis == 'x' && strlen(unit) > 3;
        size_t marks = decades > 3.2 || (wide && decades > 1.3) ? 1 : decades > 1.3 ? 3 : sizeof more / sizeof *more;
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

/* The first line below the axis on which a text of that length has room, up to what stands there already. */
static int line_find(double *end, int lines, double place, double half)
{
    int line = 0;
    while (line < lines && place - half < end[line])
        line++;
    if (line < lines)
        end[line] = place + half;
    return line;
}

/* Values of x that have texts of their own are what is written on its axis, on the first line where there is room, and
 * left out where none has any. */
static void values_write(struct fl_plot_table *table, struct fl_plot_range r, bool log, FILE *out)
{
    static const char *const breaks[] = {"", "\n", "\n\n"};
    enum { LINES = sizeof breaks / sizeof *breaks };
    const struct fl_plot_row **row = fl_arena_array(&table->arena, table->rows, sizeof *row);
    double end[LINES] = {-1, -1, -1}, last = NAN;
    int lines = table->tic_lines < LINES ? table->tic_lines : LINES;
    const char *separator = "set xtics (";
    for (size_t i = 0; i < table->rows; i++)
        row[i] = &table->row[i];
    qsort(row, table->rows, sizeof *row, row_compare);
    for (size_t i = 0; i < table->rows; i++) {
        if (row[i]->roof || row[i]->x == last)
            continue;
        double half = fmax(0.045, 0.0055 * (double)strlen(row[i]->x_text));
        int line = line_find(end, lines, fl_plot_share_of(row[i]->x, r, log), half);
        if (line == lines)
            continue;
        fputs(separator, out);
        const char *text = fl_arena_format(&table->arena, "%s%s", breaks[line], row[i]->x_text);
        fl_plot_tic_write(&table->arena, text, row[i]->x, out);
        separator = ", ";
        last = row[i]->x;
    }
    fputs(")\n", out);
}

void fl_plot_axis_write(struct fl_plot_table *table, bool of_x, FILE *out)
{
    const char *unit = of_x ? table->x_unit : table->y_unit, *axis = of_x ? "x" : "y";
    bool log = of_x ? table->x_log : table->y_log;
    struct fl_plot_range r = fl_plot_range_of(table, of_x, log);
    fprintf(out, "set %srange [%.12g:%.12g]\n", axis, r.low, r.high);
    if (log)
        fprintf(out, "set logscale %s\n", axis);
    if (of_x && table->x_given)
        values_write(table, r, log, out);
    else
        fl_plot_marks_write(&table->arena, axis, r, unit, log, out);
}

/* Yellow to dark blue, even to the eye and to those who see no red: five steps of "viridis" (Smith and van der
 * Walt). */
void fl_plot_shades_write(struct fl_plot_table *table, FILE *out)
{
    static const char *const steps[] = {"#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"};
    enum { STEPS = sizeof steps / sizeof *steps };
    struct fl_plot_range r = {INFINITY, -INFINITY};
    for (size_t i = 0; i < table->rows; i++) {
        r.low = fmin(r.low, table->row[i].shade);
        r.high = fmax(r.high, table->row[i].shade);
    }
    table->shade_log = r.low > 0 && r.high / r.low > 10;
    if (r.low >= r.high)
        r = (struct fl_plot_range){r.low - fmax(fabs(r.low), 1e-30) / 10, r.high + fmax(fabs(r.high), 1e-30) / 10};
    fputs("set palette defined (", out);
    for (int i = 0; i < STEPS; i++)
        fprintf(out, "%s%d \"%s\"", i > 0 ? ", " : "", i, steps[table->shade_more ? STEPS - 1 - i : i]);
    fprintf(out, ")\nset cbrange [%.12g:%.12g]\n%s", r.low, r.high, table->shade_log ? "set logscale cb\n" : "");
    fl_plot_set_text("cblabel", table->shade, out);
    fputs("set cblabel offset 2.5\nset rmargin 17\n", out);
    fl_plot_marks_write(&table->arena, "cb", r, table->shade_unit, table->shade_log, out);
}
