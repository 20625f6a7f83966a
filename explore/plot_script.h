/* plot_script.h - from rows to a script for gnuplot that holds them. Inside plot.c and plot_script.c. */
#ifndef FL_PLOT_SCRIPT_H
#define FL_PLOT_SCRIPT_H

#include <stdio.h>

#include "base/arena.h"
#include "explore/plot.h"

struct fl_plot_row {
    size_t series;                      /* number of the series */
    const char *x_text;                 /* x as the query gave it, or the text that stands for it */
    double x, y;                        /* x of bars: not used */
    bool best;
};
struct fl_plot_table {
    struct fl_arena arena;
    struct fl_plot_row *row;
    size_t rows, row_room;
    const char **series;                /* names, in order of arrival */
    size_t serieses, series_room;
    const char *title, *x, *y;
    bool x_given;                       /* the query gave texts for x */
    bool x_log, y_log;                  /* as the kind wishes, if every figure is above 0 */
};

/* What gnuplot writes a picture with: its terminal is `before`, the height in `scale` of a point, `after`. */
struct fl_plot_terminal { const char *ending, *before, *after; double scale; };
/* By the ending of the file; NULL if it is not known. .gp and .csv, which are no pictures, have no `before`. */
const struct fl_plot_terminal *fl_plot_terminal_find(const char *out);
/* Writes the script; `picture` is the file that it draws, or NULL. */
void fl_plot_script_write(const struct fl_plot_kind *kind, struct fl_plot_table *table,
                          const struct fl_plot_terminal *terminal, const char *picture, FILE *out);

#endif
