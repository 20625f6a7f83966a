/* plot_bars.c - lying bars: one after another in a line, or to both sides of what a run takes. */
#include "explore/plot_script.h"

#include <math.h>
#include <string.h>

/* ---- bars ---- */

struct fl_plot_bars fl_plot_bars_find(struct fl_plot_table *table)
{
    struct fl_plot_bars bars = {.name = fl_arena_array(&table->arena, table->rows, sizeof *bars.name),
                                .length = fl_arena_array(&table->arena, table->rows, sizeof *bars.length),
                                .of_row = fl_arena_array(&table->arena, table->rows, sizeof *bars.of_row)};
    for (size_t i = 0; i < table->rows; i++) {
        size_t b = 0;
        while (b < bars.count && strcmp(bars.name[b], table->row[i].x_text) != 0)
            b++;
        if (b == bars.count)
            bars.name[bars.count++] = table->row[i].x_text;
        bars.length[b] += table->row[i].y;
        bars.of_row[i] = b;
    }
    return bars;
}

/* Bars named after components are drawn in their colours, and what follows in a bar is told by lighter ones. */
static bool named_after_components(const struct fl_plot_bars *bars, const struct fl_plot_table *table)
{
    for (size_t b = 0; b < bars->count; b++)
        if (fl_plot_named_colour(bars->name[b]) == NULL)
            return false;
    return fl_plot_named_colour(table->series[0]) == NULL;
}

/* One block a series: begin, end, bar, colour. */
static void segments_write(struct fl_plot_table *table, const struct fl_plot_bars *bars, FILE *out)
{
    const size_t *of_row = bars->of_row;
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
                        (by_bar ? fl_plot_named_colour(bars->name[of_row[i]]) : fl_plot_series_colour(table, s)) + 1);
        fputs("EOD\n", out);
    }
}

static void bars_plot(const struct fl_plot_table *table, const struct fl_plot_bars *bars, bool totals, FILE *out)
{
    bool by_bar = named_after_components(bars, table);
    for (size_t s = 0; s < table->serieses; s++) {
        const char *fill = by_bar && s > 0 ? "fs transparent solid 0.35 border" : "fs solid noborder";
        fprintf(out, "%s$series%zu using ($1+$2)/2:3:1:2:($3-0.36):($3+0.36):4 with boxxyerror lc rgb variable %s "
                "notitle", s == 0 ? "plot " : ", \\\n     ", s, fill);
        if (table->serieses > 1) {
            fprintf(out, ", \\\n     keyentry with boxes fc rgb \"%s\" %s title ",
                    by_bar ? "#444444" : fl_plot_series_colour(table, s), fill);
            fl_plot_quoted(table->series[s], out);
        }
    }
    if (totals)
        fputs(", \\\n     $totals using 1:2:3 with labels left offset 0.6,0 notitle", out);
    fputc('\n', out);
}

void fl_plot_bars_write(struct fl_plot_table *table, const struct fl_plot_bars *bars, FILE *out)
{
    bool totals = strcmp(table->y_unit, "%") != 0;
    double longest = 0;
    for (size_t b = 0; b < bars->count; b++)
        longest = fmax(longest, bars->length[b]);
    struct fl_plot_range r = {0, totals ? (longest > 0 ? longest : 1) * 1.14 : fmax(longest, 100)};
    fl_plot_set_text("xlabel", table->y, out);
    fprintf(out, "set xrange [0:%.12g]\nset yrange [%zu.5:-0.5]\nset grid noytics\n", r.high, bars->count - 1);
    fl_plot_marks_write(&table->arena, "x", r, table->y_unit, false, out);
    for (size_t b = 0; b < bars->count; b++) {
        fputs(b == 0 ? "set ytics scale 0 (" : ", ", out);
        fl_plot_tic_write(&table->arena, bars->name[b], (double)b, out);
    }
    fputs(")\n$totals << EOD\n", out);
    for (size_t b = 0; b < bars->count; b++) {
        fprintf(out, "%.12g %zu ", bars->length[b], b);
        fl_plot_quoted(fl_plot_figure_text(&table->arena, bars->length[b], table->y_unit), out);
        fputc('\n', out);
    }
    fputs("EOD\n", out);
    segments_write(table, bars, out);
    bars_plot(table, bars, totals, out);
}


/* ---- spans ---- */

/* A bar to either side of what the run takes: with one price at the cheap, and at the dear end of its range. */
void fl_plot_spans_write(struct fl_plot_table *table, FILE *out)
{
    struct fl_plot_range r = {table->origin, table->origin};
    for (size_t i = 0; i < table->rows; i++) {
        r.low = fmin(r.low, table->row[i].x);
        r.high = fmax(r.high, table->row[i].y);
    }
    double room = r.high > r.low ? (r.high - r.low) * 0.12 : fmax(fabs(r.high), 1e-30) * 0.1;
    r = (struct fl_plot_range){fmax(0, r.low - room), r.high + room};
    fl_plot_set_text("xlabel", table->y, out);
    fprintf(out, "set xrange [%.12g:%.12g]\nset yrange [%zu.5:-0.5]\nset grid noytics\n", r.low, r.high, table->rows
            - 1);
    fl_plot_marks_write(&table->arena, "x", r, table->y_unit, false, out);
    for (size_t i = 0; i < table->rows; i++) {
        fputs(i == 0 ? "set ytics scale 0 (" : ", ", out);
        fl_plot_tic_write(&table->arena, table->row[i].x_text, (double)i, out);
    }
    fprintf(out, ")\nset arrow from %.12g, graph 0 to %.12g, graph 1 nohead lc rgb \"#444444\" lw 1.5 front\n$spans "
            "<< EOD\n",
            table->origin, table->origin);
    for (size_t i = 0; i < table->rows; i++) {
        fprintf(out, "%.12g %.12g %zu ", table->row[i].x, table->row[i].y, i);
        fl_plot_quoted(fl_arena_format(&table->arena, "%.3g %%", 100 * table->row[i].shade), out);
        fputc('\n', out);
    }
    fprintf(out, "EOD\nplot $spans using 1:3:1:(%.12g):($3-0.36):($3+0.36) with boxxyerror lc rgb \"#0072b2\" "
            "fs solid noborder title \"low\", \\\n     $spans using 2:3:(%.12g):2:($3-0.36):($3+0.36) with boxxyerror "
            "lc rgb \"#d55e00\" fs solid noborder title \"high\", \\\n     "
            "$spans using 2:3:4 with labels left offset 0.6,0 notitle\n", table->origin, table->origin);
}
