/* db.h - what the files of stats/ share: the open database and how its errors are told. */
#ifndef FL_DB_H
#define FL_DB_H

#include <sqlite3.h>

#include "stats/tables.h"

/* Statements that are prepared when first needed, and kept. */
enum fl_kept { FL_INSERT_TALLIES, FL_INSERT_TOTAL, FL_SELECT_SUMMARY, FL_COPY_RUN, FL_COPY_PRICES, FL_COPY_RANGES,
               FL_COPY_POINT, FL_KEPT };

/* How far a query from outside may go, and whether it has gone too far. */
struct fl_query_watch { double end_s; int64_t most_bytes, kept; bool late, large; };

struct fl_tally_kept { int64_t count; uint32_t unit, operator, action; };

struct fl_db {
    sqlite3 *sqlite;
    struct fl_hold hold;                /* closes it if the work under way ends early */
    char *path;
    sqlite3_stmt *insert[FL_TABLES];    /* a row of each; prepared when first needed, as are: */
    sqlite3_stmt *kept[FL_KEPT];
    /* the run being written */
    bool writing;
    int64_t run;
    uint32_t units, operators;
    uint32_t unit_most, operator_most;  /* largest numbers that tallies and prices spoke of, plus one */
    bool shares_tallies;
    struct fl_tally_kept *tally;        /* kept until the run ends, to be written in the order of the table's key */
    size_t tallies, tally_room;
    struct fl_query_watch *watch;             /* of the query under way; NULL: nobody limits it */
    struct fl_arena arena;              /* names of actions, texts of statements */
    const char **action;
    size_t actions, action_room;
    uint32_t *action_index;             /* open hash table over `action`, index + 1 */
    size_t index_room;
};

/* Others are waited for as long as they may take. */
void fl_db_wait_long(struct fl_db *db);
/* Tells SQLite's last error in words a user can act on; returns false. */
bool fl_db_fail(const struct fl_db *db, struct fl_err *err);
/* Prepares one statement of ours; false with the fault told. */
bool fl_db_prepare(struct fl_db *db, const char *sql, sqlite3_stmt **statement, struct fl_err *err);
/* Runs statements of ours that give no rows. */
bool fl_db_execute(struct fl_db *db, const char *sql, struct fl_err *err);
/* The single integer that a query of ours gives; `run` is bound to its parameter, if it has one. */
bool fl_db_integer(struct fl_db *db, const char *sql, int64_t run, int64_t *value, struct fl_err *err);
/* Is the run there? If not, the fault names the newest. */
bool fl_db_has_run(struct fl_db *db, int64_t run, struct fl_err *err);
/* The number that the next run gets: none of a run, nor one that a sweep keeps free. */
bool fl_db_next_run(struct fl_db *db, int64_t *run, struct fl_err *err);

/* Binds a record's columns, and those that are no part of it from `key`, to the parameters after *parameter. */
void fl_record_bind(sqlite3_stmt *s, int *parameter, enum fl_table_id table, const int64_t *key, const void *record);
/* The record of a row whose columns are the statement's; texts go to the arena. For tables without KEY and SUM. */
void fl_record_read(sqlite3_stmt *s, enum fl_table_id table, void *record, struct fl_arena *arena);
/* Adds a row to a table. */
bool fl_db_insert(struct fl_db *db, enum fl_table_id table, const int64_t *key, const void *record, struct fl_err *err);
/* Keeps the sums of a run that is whole: table run_total. */
bool fl_db_add_total(struct fl_db *db, int64_t run, struct fl_err *err);

/* Begins a run and adds all its rows; to be ended or undone by the caller. */
bool fl_db_add_rows(struct fl_db *db, const struct fl_rows *rows, int64_t *number, struct fl_err *err);
/* Writes what fl_db_end_run writes, without committing it. */
bool fl_db_complete_run(struct fl_db *db, struct fl_err *err);
/* Forgets the run being written; keeps its memory for the next. */
void fl_db_forget_run(struct fl_db *db);

/* Steps through a prepared statement and writes its rows. JSON: an array of objects, each line after the first begun
 * by `indent` spaces. */
bool fl_rows_write(struct fl_db *db, sqlite3_stmt *statement, enum fl_format format, int indent, FILE *out,
                   struct fl_err *err);
/* The statement's present row as a JSON object. */
void fl_row_json(sqlite3_stmt *statement, FILE *out);

#endif
