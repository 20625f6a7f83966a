/* tables.h - the tables of the database as data, made from stats/columns.h, and the SQL that follows from them. */
#ifndef FL_TABLES_H
#define FL_TABLES_H

#include "stats/stats.h"

enum fl_table_id {
    FL_RUN_TABLE, FL_UNIT_TABLE, FL_OPERATOR_TABLE, FL_TALLY_TABLE, FL_PRICE_TABLE, FL_RANGE_TABLE, FL_LEAP_TABLE,
    FL_TOTAL_TABLE, FL_SWEEP_TABLE, FL_AXIS_TABLE, FL_JOB_TABLE, FL_POINT_TABLE, FL_VALUE_TABLE, FL_FIGURE_TABLE,
    FL_ACCURACY_TABLE, FL_SETTING_TABLE, FL_TABLES
};

enum fl_column_kind {                   /* see stats/columns.h */
    FL_IS_TEXT, FL_IS_WHOLE, FL_IS_INDEX, FL_IS_REAL, FL_IS_CLASS, FL_IS_KEY, FL_IS_SUM_WHOLE, FL_IS_SUM_REAL
};
struct fl_column {
    const char *name, *constraint, *meaning;
    enum fl_column_kind kind;
    size_t offset;                      /* of the record's member, if the kind has one */
    struct { enum fl_column_kind kind; size_t offset; int floor; } given;   /* kind FL_IS_KEY: always */
};
struct fl_sql_table {
    const char *name, *meaning;
    const char *key;                    /* several columns; NULL: the first alone, which says so itself */
    const struct fl_column *column;
    size_t columns;
};
extern const struct fl_sql_table fl_tables[FL_TABLES];

/* Records of rows that only stats/ makes. */
struct fl_axis_row { FL_AXIS_COLUMNS(FL_MEMBER) };
struct fl_stored_point { FL_POINT_COLUMNS(FL_MEMBER) };
struct fl_value_row { FL_VALUE_COLUMNS(FL_MEMBER) };
struct fl_figure_row { FL_FIGURE_COLUMNS(FL_MEMBER) };

/* What stands in a column's place. */
struct fl_swap { const char *column, *with; };
/* The table's columns as a list: "p.unit, p.action, ..."; `swap`, if not NULL, ends with a zero entry. In the arena. */
char *fl_table_columns(struct fl_arena *arena, enum fl_table_id table, const char *prefix, const struct fl_swap *swap);
/* A statement that adds `rows` rows, all columns as parameters; `verb`: "insert". In the arena. */
char *fl_table_insert(struct fl_arena *arena, const char *verb, enum fl_table_id table, int rows);
/* All that makes an empty database ours: tables, indexes, triggers and views. In the arena. */
char *fl_schema_text(struct fl_arena *arena);

#endif
