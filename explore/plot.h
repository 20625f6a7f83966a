/* plot.h - pictures of results, drawn by gnuplot.
 *
 * A kind of plot is one row of the table in plot_kinds.c: a query that gives its rows, how they are drawn, and what the
 * axes are called. Adding a kind is adding a row. Kinds that leave the choice of what is drawn to the user have $x, $y
 * and $colour in their queries (plot_choice.c).
 */
#ifndef FL_PLOT_H
#define FL_PLOT_H

#include "stats/stats.h"

/* Columns of the query, by style; those in brackets may be left out, from the end:
 *   POINTS, LINES  series, x, y, [a text that stands for x on its axis, what the row is called, shade, group,
 *                  half the length of a bar of error]
 *                  Lines join the rows of a series in the order of the query, like with like: where what two rows are
 *                  called differs, no line joins them. A front is drawn within a group.
 *   BARS           series, what the bar is called, length: series follow one another in a bar
 *   CELLS          x, y: texts; shade, and x and y as numbers, by which they are put in order
 *   SPANS          of a run's energy: no query, but what fl_db_uncertainty tells */
enum fl_plot_style { FL_PLOT_POINTS, FL_PLOT_LINES, FL_PLOT_BARS, FL_PLOT_CELLS, FL_PLOT_SPANS };
enum fl_plot_of { FL_PLOT_OF_RUN, FL_PLOT_OF_SWEEP, FL_PLOT_OF_ALL };   /* what ?1 of the queries is; OF_ALL: nothing */

/* What may be drawn against what: of a sweep's points, figures of run_summary and axes of the sweep. */
struct fl_plot_figure {
    const char *name;                   /* "latency_s" */
    const char *words, *unit;           /* as in reports; unit "s": figures get an SI prefix. "%": are percentages */
    const char *sql;                    /* of row s of run_summary */
    bool more;                          /* more is better */
};
extern const struct fl_plot_figure fl_plot_figures[];   /* ends with a NULL name */

/* Where a text is wanted (title, x, y), one that begins with "select " is a query for it. Queries may use ?1, the
 * number of the run or the sweep, and ?2, the value of --axis or null. */
struct fl_plot_kind {
    const char *name, *summary;
    enum fl_plot_of of;
    enum fl_plot_style style;
    const char *query;
    const char *best;                   /* more such rows, drawn larger in the colour of their series; NULL: none */
    const char *roofs, *roof_title;     /* more such rows, joined by lines in grey, and what those are; NULL: none */
    bool front;                         /* a line along the rows that no other beats in both x and y */
    const char *heading;                /* what the picture shows, in words */
    const char *title;                  /* of which runs */
    const char *x, *y;                  /* what the axes are of; "": nothing is written */
    const char *x_unit, *y_unit;        /* "s", "J/MAC": figures get an SI prefix. "%": figures are percentages */
    int tic_lines;                      /* LINES: below the axis of x, for texts that stand for values; 0: 1 */
    bool x_log, y_log;
    const char *x_preset, *y_preset, *colour_preset;    /* of --x, --y, --colour; NULL: that is no choice here */
};
extern const struct fl_plot_kind fl_plot_kinds[];       /* ends with a NULL name */
const struct fl_plot_kind *fl_plot_kind_find(const char *name);

struct fl_plot {
    const char *db, *kind;
    int64_t number;                     /* of the run or sweep; 0: the newest */
    int64_t job;                        /* CELLS: the workload of the sweep, by number */
    const char *axis;                   /* NULL: as the kind presets */
    const char *x, *y, *colour;         /* names of figures or axes; NULL: as the kind presets */
    const char *out;                    /* x.svg, x.png, x.pdf; without gnuplot: x.gp, its script; x.csv, the figures */
};
/* Draws. A fault if there is nothing to draw, or no gnuplot. The file appears whole or not at all. The same rows give
 * the same picture. */
bool fl_plot_draw(const struct fl_plot *plot, struct fl_err *err);

#endif
