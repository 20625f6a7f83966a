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
    bool right[32];
};
void fl_table_head(struct fl_table *table, const char *first, ...);
void fl_table_row(struct fl_table *table, const char *first, ...);
/* A row from an array of `columns` cells; NULL cells are empty. */
void fl_table_cells(struct fl_table *table, const char *const *cell);
void fl_table_print(const struct fl_table *table, FILE *out);
void fl_table_free(struct fl_table *table);

/* Engineering notation with three or four significant digits and an SI prefix: fl_si(buffer, 3.17e-12, "J") is
 * "3.17 pJ"; zero is "0 J". Counts (unit "") get no prefix letter space: "12.3 M". */
enum { FL_SI_BYTES = 32 };
const char *fl_si(char buffer[FL_SI_BYTES], double value, const char *unit);
const char *fl_percent(char buffer[FL_SI_BYTES], double share);

#endif
