/* table.h - text tables that line up, and numbers people can read.
 *
 *     struct fl_table t = {0};
 *     fl_table_head(&t, "component<", "energy>", "share>", NULL);    < left, > right
 *     fl_table_row(&t, "laser", "3.17 pJ", "12.3 %", NULL);
 *     fl_table_print(&t, out);  fl_table_free(&t);
 */
#ifndef FL_TABLE_H
#define FL_TABLE_H

#include <stdio.h>

#include "base/arena.h"

struct fl_table {
    struct fl_arena arena;
    size_t columns, rows, room;
    const char **cell;                  /* the head, then row by row */
    bool *right;                        /* of each column: its cells are pushed to the right */
    size_t indent;                      /* spaces before each line; may be set any time */
};
/* The head, each text ending in < or > (how its column is aligned). Heads of "<" and ">" alone: none is printed. */
void fl_table_head(struct fl_table *table, const char *first, ...);
/* The same from an array, for any number of columns. */
void fl_table_heads(struct fl_table *table, const char *const *head, size_t columns);
/* A row, ended by NULL; cells left out at its end are empty. */
void fl_table_row(struct fl_table *table, const char *first, ...);
/* A row from an array of `columns` cells; NULL cells are empty. */
void fl_table_cells(struct fl_table *table, const char *const *cell);
void fl_table_print(const struct fl_table *table, FILE *out);
void fl_table_free(struct fl_table *table);

/* Engineering notation with three significant digits and an SI prefix: fl_si(buffer, 3.17e-12, "J") is "3.17 pJ",
 * 1.2e-3 s "1.2 ms"; zero is "0 J". Counts (unit "") read "12.3 M". Past yocto and yotta: "1e+30 J". */
enum { FL_SI_BYTES = 32 };
const char *fl_si(char buffer[FL_SI_BYTES], double value, const char *unit);
/* A share as "12.3 %", lined up by its one decimal; what would round to nothing reads "<0.1 %". */
const char *fl_percent(char buffer[FL_SI_BYTES], double share);

#endif
