/* plot_script.h - from rows to a script for gnuplot that holds them. Inside the files plot*.c. */
#ifndef FL_PLOT_SCRIPT_H
#define FL_PLOT_SCRIPT_H

#include <stdio.h>

#include "base/arena.h"
#include "explore/plot.h"

struct fl_plot_row {
    size_t series;                      /* number of the series */
    const char *x_text;                 /* x as the query gave it, or the text that stands for it */
    const char *name;                   /* what it is called; of a cell, y; NULL: nothing */
    double x, y;                        /* x of bars: not used. Of a span: its ends */
    double shade;                       /* what its colour tells; NAN: its series */
    double error;                       /* half of its bar of error; 0: none */
    int64_t group;
    bool best, front, roof;
    bool nowhere;                       /* it has no x: x_text says why */
};
struct fl_plot_table {
    struct fl_arena arena;
    struct fl_plot_row *row;
    size_t rows, row_room;
    const char **series;                /* names, in order of arrival */
    size_t serieses, series_room;
    const char *title, *x, *y, *shade;  /* shade NULL: colours tell series */
    int tic_lines;                      /* below the axis of x, for texts that stand for values: 1 or more */
    const char *x_unit, *y_unit, *shade_unit;
    bool x_more, y_more, shade_more;    /* more is better */
    bool x_given;                       /* the query gave texts for x */
    bool errors;                        /* rows have bars of error */
    bool x_log, y_log, shade_log;       /* as the kind wishes, if every figure is above 0 */
    double origin;                      /* of spans: what the run takes */
};

/* ---- what is drawn: plot_choice.c ---- */

/* The queries of a kind with $x, $y, $colour and $job replaced; the table gets what axes are called. */
struct fl_plot_queries { const char *all, *best, *title; };
bool fl_plot_choose(struct fl_db *db, const struct fl_plot *plot, const struct fl_plot_kind *kind, int64_t number,
                    struct fl_plot_table *table, struct fl_plot_queries *queries, struct fl_err *err);
/* Marks the rows that no other of their group beats in both x and y: the front. */
void fl_plot_front_find(struct fl_plot_table *table);

/* ---- shared by all pictures: plot_axes.c ---- */

struct fl_plot_range { double low, high; };
/* The colour of a component or a state; NULL: neither. */
const char *fl_plot_named_colour(const char *name);
const char *fl_plot_series_colour(const struct fl_plot_table *table, size_t series);
int fl_plot_series_mark(size_t series);
/* A text in gnuplot's double quotes; "set WHAT TEXT"; a text at a place of an axis. */
void fl_plot_quoted(const char *text, FILE *out);
void fl_plot_set_text(const char *what, const char *text, FILE *out);
void fl_plot_tic_write(struct fl_arena *arena, const char *text, double place, FILE *out);
/* "1.2 ms" with a micro sign where one belongs. */
const char *fl_plot_figure_text(struct fl_arena *arena, double value, const char *unit);
/* Of the rows, with room at both ends; and how far along it a value is, 0 to 1. */
struct fl_plot_range fl_plot_range_of(const struct fl_plot_table *table, bool of_x, bool log);
double fl_plot_share_of(double value, struct fl_plot_range r, bool log);
/* Figures along an axis: "x", "y", "cb". */
void fl_plot_marks_write(struct fl_arena *arena, const char *axis, struct fl_plot_range r, const char *unit, bool log,
                         FILE *out);
void fl_plot_axis_write(struct fl_plot_table *table, bool of_x, FILE *out);
/* The bar of colours for the shades, dark where it is better. */
void fl_plot_shades_write(struct fl_plot_table *table, FILE *out);

/* ---- the styles ---- */

void fl_plot_series_write(const struct fl_plot_kind *kind, struct fl_plot_table *table, FILE *out);
struct fl_plot_bars { const char **name; double *length; size_t count, *of_row; };
struct fl_plot_bars fl_plot_bars_find(struct fl_plot_table *table);
void fl_plot_bars_write(struct fl_plot_table *table, const struct fl_plot_bars *bars, FILE *out);
void fl_plot_spans_write(struct fl_plot_table *table, FILE *out);
/* Texts along an axis of cells, in order; which one a row has. */
struct fl_plot_texts { const char **text; size_t count; };
struct fl_plot_texts fl_plot_texts_find(struct fl_plot_table *table, bool of_x);
void fl_plot_cells_write(struct fl_plot_table *table, FILE *out);

/* What gnuplot writes a picture with: its terminal is `before`, the height in `scale` of a point, `after`. */
struct fl_plot_terminal { const char *ending, *before, *after; double scale; };
/* By the ending of the file; NULL if it is not known. .gp and .csv, which are no pictures, have no `before`. */
const struct fl_plot_terminal *fl_plot_terminal_find(const char *out);
/* Writes the script; `picture` is the file that it draws, or NULL. */
void fl_plot_script_write(const struct fl_plot_kind *kind, struct fl_plot_table *table,
                          const struct fl_plot_terminal *terminal, const char *picture, FILE *out);
/* Gives an SVG of gnuplot's a title and a description, for those who hear pictures. */
bool fl_plot_svg_describe(const char *file, const char *title, const char *description, struct fl_err *err);

#endif
