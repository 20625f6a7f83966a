/* database.h - tests of the database: a folder of their own, and answers by a connection of its own, as a user's script
 * would have them.
 */
#ifndef FL_TESTS_DATABASE_H
#define FL_TESTS_DATABASE_H

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "stats/db.h"
#include "tests/small_run.h"
#include "tests/suites.h"

static char folder[] = "/tmp/fanlight-stats-XXXXXX";
static char path[sizeof folder + 16];
static struct fl_err err;

static inline void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/r.db", folder);
}

static inline void teardown(void)
{
    char other[sizeof path + 16];
    snprintf(other, sizeof other, "%s-journal", path);
    unlink(path);
    unlink(other);
    rmdir(folder);
    fl_err_free(&err);
}

/* A database that holds one small run. */
static inline struct fl_db *with_run(int64_t inferences)
{
    struct fl_db *db;
    int64_t run;
    ck_assert_msg(fl_db_open(&db, path, &err), "%s", fl_err_text(&err));
    ck_assert_msg(small_run_store(db, inferences, 1, &run, &err), "%s", fl_err_text(&err));
    ck_assert_int_eq(run, 1);
    return db;
}

/* SQL by another connection, as a user's script would: the single value, or NAN for null. */
static inline double value(const char *sql)
{
    sqlite3 *other;
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(other, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(other));
    int code = sqlite3_step(statement);
    ck_assert_msg(code == SQLITE_ROW || code == SQLITE_DONE, "%s: %s", sql, sqlite3_errmsg(other));
    bool none = code == SQLITE_DONE || sqlite3_column_type(statement, 0) == SQLITE_NULL;
    double got = none ? (double)NAN : sqlite3_column_double(statement, 0);
    ck_assert(code == SQLITE_DONE || sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(other);
    return got;
}

static inline void is_near(const char *sql, double wanted)
{
    double got = value(sql);
    ck_assert_msg(fabs(got - wanted) <= 1e-12 * fabs(wanted), "%s: %.17g, wanted %.17g", sql, got, wanted);
}

static inline void is_null(const char *sql)
{
    ck_assert_msg(isnan(value(sql)), "%s is not null", sql);
}

#endif
