/* plot.h - pictures of results, drawn by gnuplot.
 *
 * A kind of plot is one row of the table in plot_kinds.c: a query that gives series, x and y, how
 * they are drawn, and what the axes are called. Adding a kind is adding a row.
 */
#ifndef FL_PLOT_H
#define FL_PLOT_H

#include "stats/stats.h"

enum fl_plot_style {
    FL_PLOT_POINTS,                     /* one mark a row */
    FL_PLOT_LINES,                      /* the rows of a series joined, in the order of the query */
    FL_PLOT_BARS                        /* lying: x names the bar, y is a length, series follow one another in it */
};
enum fl_plot_of { FL_PLOT_OF_RUN, FL_PLOT_OF_SWEEP, FL_PLOT_OF_ALL };   /* what ?1 of the queries is; OF_ALL: nothing */

/* Where a text is wanted (title, x, y), one that begins with "select " is a query for it. Queries may use ?1, the
 * number of the run or the sweep, and ?2, the value of --axis or null. */
struct fl_plot_kind {
    const char *name, *summary;
    enum fl_plot_of of;
    enum fl_plot_style style;
    const char *query;                  /* columns: series, x, y and, if wished, a text that stands for x on its axis */
    const char *best;                   /* more such rows, drawn larger in the colour of their series; NULL: none */
    const char *heading;                /* what the picture shows, in words */
    const char *title;                  /* of which runs */
    const char *x, *y;                  /* what the axes are of; "": nothing is written */
    const char *x_unit, *y_unit;        /* "s", "J/MAC": figures get an SI prefix. "%": figures are percentages */
    bool x_log, y_log;
};
extern const struct fl_plot_kind fl_plot_kinds[];       /* ends with a NULL name */
const struct fl_plot_kind *fl_plot_kind_find(const char *name);

struct fl_plot {
    const char *db, *kind;
    int64_t number;                     /* of the run or sweep; 0: the newest */
    const char *axis;                   /* NULL: as the kind presets */
    const char *out;                    /* x.svg, x.png, x.pdf; without gnuplot: x.gp, its script; x.csv, the figures */
};
/* Draws. A fault if there is nothing to draw, or no gnuplot. The file appears whole or not at all. The same rows give
 * the same picture. */
bool fl_plot_draw(const struct fl_plot *plot, struct fl_err *err);

#endif
