/* plot_script.c - what a picture looks like: its head, legend and size, and which file draws the rest.
 *
 * All of it is decided here and written out, and gnuplot has nothing to choose: the same rows give the same picture.
 * A component, or a state of a unit, has the same colour in every picture. The colours are Okabe and Ito's and
 * Tol's "muted" (personal.sron.nl/~pault), which readers with any common colour vision tell apart: optics are red,
 * converters green, memories blue.
 */
#include "explore/plot_script.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/quote.h"

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
        fl_plot_set_text("output", picture, out);
    }
    fputs("set termoption noenhanced\nset border 3 lc rgb \"#444444\"\nset tics nomirror textcolor rgb \"#222222\"\n"
          "set grid back lc rgb \"#dddddd\" lt 1 lw 0.5\n", out);
    fprintf(out, "set key outside below center horizontal reverse Left samplen 2 maxcols %d\nset bmargin %.12g\n",
            legend_columns(kind, table), 4.4 + 1.1 * (table->tic_lines - 1) +
                (kind->style == FL_PLOT_CELLS ? 0 : 1.1 * legend_lines(kind, table)));
    fl_plot_set_text("title", fl_arena_format(&table->arena, "%s\n%s", kind->heading, table->title), out);
}

void fl_plot_script_write(const struct fl_plot_kind *kind, struct fl_plot_table *table,
                          const struct fl_plot_terminal *terminal, const char *picture, FILE *out)
{
    int legend = 20 * legend_lines(kind, table), line = 26;
    if (kind->style == FL_PLOT_BARS) {
        struct fl_plot_bars bars = fl_plot_bars_find(table);
        head_write(kind, table, terminal, 150 + legend + line * (int)bars.count, picture, out);
        fl_plot_bars_write(table, &bars, out);
    } else if (kind->style == FL_PLOT_SPANS) {
        head_write(kind, table, terminal, 195 + line * (int)table->rows, picture, out);
        fl_plot_spans_write(table, out);
    } else if (kind->style == FL_PLOT_CELLS) {
        int cells = (int)fl_plot_texts_find(table, false).count;
        head_write(kind, table, terminal, 170 + (cells < 8 ? 52 : 30) * cells, picture, out);
        fl_plot_cells_write(table, out);
    } else {
        head_write(kind, table, terminal, 580 + legend, picture, out);
        fl_plot_series_write(kind, table, out);
    }
}

/* ---- for those who hear pictures ---- */

/* The rest of a picture without the titles that gnuplot gives its parts: they name nothing. */
static void untitled(const char *svg, FILE *out)
{
    static const char begin[] = "<title>gnuplot_plot_", end[] = "</title>";
    const char *title, *stop;
    while ((title = strstr(svg, begin)) != NULL && (stop = strstr(title, end)) != NULL) {
        fprintf(out, "%.*s", (int)(title - svg), svg);
        svg = stop + strlen(end);
    }
    fputs(svg, out);
}

bool fl_plot_svg_describe(const char *file, const char *title, const char *description, struct fl_err *err)
{
    char *svg = fl_file_text(file), *head = svg != NULL ? strstr(svg, "<svg") : NULL;
    char *from = head != NULL ? strstr(head, "<title>") : NULL, *to = from != NULL ? strstr(from, "</desc>") : NULL;
    FILE *out = to != NULL ? fopen(file, "w") : NULL;
    if (out == NULL) {
        fl_free(svg);
        return fl_fail(err, "gnuplot", "wrote no picture with a title and a description");
    }
    fprintf(out, "%.*s<svg role=\"img\"%.*s<title>", (int)(head - svg), svg, (int)(from - head - 4), head + 4);
    fl_xml_text(title, out);
    fputs("</title>\n<desc>", out);
    fl_xml_text(description, out);
    const char *drawn_by = strstr(from, "<desc>") + strlen("<desc>"), *rest = to + strlen("</desc>");
    fprintf(out, "</desc>\n<!-- %.*s -->", (int)(to - drawn_by), drawn_by);
    untitled(rest, out);
    fl_free(svg);
    bool bad = ferror(out) != 0;
    return (fclose(out) == 0 && !bad) || fl_fail(err, file, "cannot be written");
}
