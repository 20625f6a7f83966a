/* read.c - stored runs back as records. */
#include <string.h>

#include "stats/db.h"

bool fl_db_read_run(struct fl_db *db, int64_t run, struct fl_run_row *row, struct fl_arena *arena, struct fl_err *err)
{
    sqlite3_stmt *s;
    memset(row, 0, sizeof *row);
    const char *columns = fl_table_columns(arena, FL_RUN_TABLE, "", NULL);
    if (!fl_db_has_run(db, run, err) ||
        !fl_db_prepare(db, fl_arena_format(arena, "select %s from run where run = ?1", columns), &s, err))
        return false;
    sqlite3_bind_int64(s, 1, run);
    bool ok = sqlite3_step(s) == SQLITE_ROW || fl_db_fail(db, err);
    if (ok)
        fl_record_read(s, FL_RUN_TABLE, row, arena);
    sqlite3_finalize(s);
    row->run = 0;
    if (row->tallies_of == 0)
        row->tallies_of = run;
    if (ok && (row->design_text == NULL || row->workload_text == NULL || row->mapper == NULL || row->error != NULL))
        return fl_fail(err, "--run", "run %lld %s: it has no counts to price", (long long)run,
                       row->error != NULL ? "failed" : "has no stored design or trace");
    return ok;
}

bool fl_db_has_unit(struct fl_db *db, int64_t run, uint32_t number, const char *path, bool *is, struct fl_err *err)
{
    sqlite3_stmt *s;
    if (!fl_db_prepare(db, "select count(*) from unit where run = ?1 and unit = ?2 and path = ?3", &s, err))
        return false;
    sqlite3_bind_int64(s, 1, run);
    sqlite3_bind_int64(s, 2, number);
    sqlite3_bind_text(s, 3, path, -1, SQLITE_STATIC);
    bool ok = sqlite3_step(s) == SQLITE_ROW || fl_db_fail(db, err);
    *is = ok && sqlite3_column_int64(s, 0) == 1;
    sqlite3_finalize(s);
    return ok;
}

bool fl_db_number(struct fl_db *db, const char *sql, double *number, struct fl_err *err)
{
    sqlite3_stmt *s;
    if (!fl_db_prepare(db, sql, &s, err))
        return false;
    bool ok = s != NULL && sqlite3_step(s) == SQLITE_ROW &&
              (sqlite3_column_type(s, 0) == SQLITE_FLOAT || sqlite3_column_type(s, 0) == SQLITE_INTEGER);
    if (ok)
        *number = sqlite3_column_double(s, 0);
    sqlite3_finalize(s);
    return ok || fl_fail(err, db->path, "no number comes of: %s", sql);
}

enum { COLUMNS_MOST = 16 };

bool fl_db_each(struct fl_db *db, const char *sql, int64_t number, const char *text,
                bool (*row)(void *context, const char *const *value, int columns), void *context, struct fl_err *err)
{
    sqlite3_stmt *s;
    if (!fl_db_prepare(db, sql, &s, err))
        return false;
    int columns = sqlite3_column_count(s), parameters = sqlite3_bind_parameter_count(s), code;
    fl_assert(columns <= COLUMNS_MOST && parameters <= 2);
    if (parameters >= 1)
        sqlite3_bind_int64(s, 1, number);
    if (parameters >= 2)
        sqlite3_bind_text(s, 2, text, -1, SQLITE_STATIC);
    bool more = true;
    while (more && (code = sqlite3_step(s)) == SQLITE_ROW) {
        const char *value[COLUMNS_MOST];
        for (int i = 0; i < columns; i++)
            value[i] = (const char *)sqlite3_column_text(s, i);
        more = row(context, value, columns);
    }
    bool ok = !more || code == SQLITE_DONE || fl_db_fail(db, err);
    sqlite3_finalize(s);
    return ok;
}
