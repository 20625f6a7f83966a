/* db.c - opening a results database, making it if need be, and telling what went wrong in plain words.
 *
 * A file is ours if its application_id says so. Any number of processes may append to
 * one database: writers wait for each other (BUSY_MS), readers see whole runs only.
 */
#include "stats/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 60000 };

/* A long run stays in memory until it is committed. */
static const char cache_sql[] = "pragma cache_size = -65536";     /* KiB */

void fl_db_wait_long(struct fl_db *db)
{
    sqlite3_busy_timeout(db->sqlite, BUSY_MS);
}

bool fl_db_fail(const struct fl_db *db, struct fl_err *err)
{
    int code = sqlite3_errcode(db->sqlite), host = sqlite3_system_errno(db->sqlite);
    switch (code & 0xff) {
    case SQLITE_NOTADB:
        return fl_fail(err, db->path, "is not a SQLite database; name another file with --db");
    case SQLITE_CORRUPT:
        return fl_fail(err, db->path, "is damaged (%s); try `sqlite3 %s .recover`", sqlite3_errmsg(db->sqlite),
                       db->path);
    case SQLITE_FULL:
        return fl_fail(err, db->path, "the disk is full; nothing was stored: make room, then run again");
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return fl_fail(err, db->path, "may not be written; name another file with --db, or change its permissions");
    case SQLITE_BUSY:
        return fl_fail(err, db->path, "another process has kept it locked for %d s; try again", BUSY_MS / 1000);
    case SQLITE_CANTOPEN:
        return fl_fail(err, db->path, "cannot be opened, or its folder cannot be written: %s",
                       host != 0 ? strerror(host) : sqlite3_errmsg(db->sqlite));
    case SQLITE_IOERR:
        return fl_fail(err, db->path, "cannot be read or written: %s; nothing was stored",
                       host != 0 ? strerror(host) : sqlite3_errmsg(db->sqlite));
    default:
        return fl_fail(err, db->path, "SQLite: %s", sqlite3_errmsg(db->sqlite));
    }
}

bool fl_db_prepare(struct fl_db *db, const char *sql, sqlite3_stmt **statement, struct fl_err *err)
{
    return sqlite3_prepare_v2(db->sqlite, sql, -1, statement, NULL) == SQLITE_OK || fl_db_fail(db, err);
}

bool fl_db_execute(struct fl_db *db, const char *sql, struct fl_err *err)
{
    return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK || fl_db_fail(db, err);
}

bool fl_db_integer(struct fl_db *db, const char *sql, int64_t run, int64_t *value, struct fl_err *err)
{
    sqlite3_stmt *statement;
    if (!fl_db_prepare(db, sql, &statement, err))
        return false;
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, run);
    bool ok = sqlite3_step(statement) == SQLITE_ROW;
    if (ok)
        *value = sqlite3_column_int64(statement, 0);
    else
        fl_db_fail(db, err);
    sqlite3_finalize(statement);
    return ok;
}

/* Can a file be made at `path`? */
static bool folder_check(const char *path, struct fl_err *err)
{
    struct fl_arena scratch = {0};
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);
    const char *folder = slash == NULL ? "." : slash == path ? "/" : fl_arena_slice(&scratch, path, length);
    bool ok = access(folder, W_OK) == 0;
    if (!ok)
        fl_fail(err, path, "cannot be made in folder %s: %s", folder, strerror(errno));
    fl_arena_free(&scratch);
    return ok;
}

/* What SQLite would say less well, or would not mind. */
static bool path_check(const char *path, bool writing, struct fl_err *err)
{
    struct stat about;
    if (path[0] == '\0')
        return fl_fail(err, "--db", "the database's file name is empty");
    if (stat(path, &about) != 0) {
        if (errno != ENOENT)
            return fl_fail(err, path, "%s", strerror(errno));
        return writing ? folder_check(path, err)
                       : fl_fail(err, path, "no such file; `fanlight run --db %s ...` makes one", path);
    }
    if (S_ISDIR(about.st_mode))
        return fl_fail(err, path, "is a folder; a database is a file");
    if (access(path, writing ? R_OK | W_OK : R_OK) != 0)
        return fl_fail(err, path, "may not be %s: %s", writing ? "written" : "read", strerror(errno));
    return true;
}

/* By one statement, so that what is read is of one moment: another process may be making the tables. */
static bool identity_read(struct fl_db *db, int64_t *application, int64_t *version, int64_t *objects,
                          struct fl_err *err)
{
    sqlite3_stmt *statement;
    if (!fl_db_prepare(db, "select count(*), (select application_id from pragma_application_id), "
                       "(select user_version from pragma_user_version) from sqlite_master", &statement, err))
        return false;
    bool ok = sqlite3_step(statement) == SQLITE_ROW;
    if (ok) {
        *objects = sqlite3_column_int64(statement, 0);
        *application = sqlite3_column_int64(statement, 1);
        *version = sqlite3_column_int64(statement, 2);
    } else {
        fl_db_fail(db, err);
    }
    sqlite3_finalize(statement);
    return ok;
}

/* Is the file ours, and not from the future? `empty`: there is nothing in it at all. */
static bool identity_check(struct fl_db *db, bool *empty, struct fl_err *err)
{
    int64_t application, version, objects;
    if (!identity_read(db, &application, &version, &objects, err))
        return false;
    *empty = application == 0 && version == 0 && objects == 0;
    if (*empty)
        return true;
    if (application != FL_APPLICATION_ID)
        return fl_fail(err, db->path, "is a SQLite database of some other program; name another file with --db");
    if (version < FL_SCHEMA_VERSION)
        return fl_fail(err, db->path, "was made by an older fanlight (schema %lld; this one writes %d): name another "
                       "file with --db", (long long)version, FL_SCHEMA_VERSION);
    if (version > FL_SCHEMA_VERSION)
        return fl_fail(err, db->path, "was made by a newer fanlight (schema %lld; this one knows %d): update fanlight, "
                       "or name another file with --db", (long long)version, FL_SCHEMA_VERSION);
    return true;
}

static bool schema_make(struct fl_db *db, struct fl_err *err)
{
    struct fl_arena scratch = {0};
    bool ok = fl_db_execute(db, fl_schema_text(&scratch), err);
    fl_arena_free(&scratch);
    return ok;
}

/* Two processes may come upon the same empty file: who gets the lock makes the tables, the other finds them. */
static bool create(struct fl_db *db, struct fl_err *err)
{
    bool empty;
    if (!fl_db_execute(db, "begin immediate", err))
        return false;
    if (identity_check(db, &empty, err) && (!empty || schema_make(db, err)) && fl_db_execute(db, "commit", err))
        return true;
    sqlite3_exec(db->sqlite, "rollback", NULL, NULL, NULL);
    return false;
}

static bool handle_open(struct fl_db *db, int flags, struct fl_err *err)
{
    int code = sqlite3_open_v2(db->path, &db->sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (db->sqlite == NULL)
        fl_memory_short(sizeof db->sqlite);
    fl_db_wait_long(db);
    /* A killed writer may have left a journal that only a writer may roll back. */
    if (code == SQLITE_OK && (flags & SQLITE_OPEN_READONLY) != 0 &&
        sqlite3_exec(db->sqlite, "select 1 from sqlite_master", NULL, NULL, NULL) != SQLITE_OK &&
        sqlite3_extended_errcode(db->sqlite) == SQLITE_READONLY_ROLLBACK) {
        sqlite3_close(db->sqlite);
        code = sqlite3_open_v2(db->path, &db->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        fl_db_wait_long(db);
    }
    return code == SQLITE_OK || fl_db_fail(db, err);
}

/* Statements that a walk over rows left behind when it ended early are finalized too; an open transaction is rolled
 * back. */
static void sqlite_close(void *db_)
{
    struct fl_db *db = db_;
    for (sqlite3_stmt *left; (left = sqlite3_next_stmt(db->sqlite, NULL)) != NULL;)
        sqlite3_finalize(left);
    sqlite3_close(db->sqlite);
}

static struct fl_db *db_new(const char *path)
{
    struct fl_db *db = fl_calloc(1, sizeof *db);
    db->path = fl_calloc(strlen(path) + 1, 1);
    strcpy(db->path, path);
    fl_hold(&db->hold, sqlite_close, db);
    return db;
}

bool fl_db_open(struct fl_db **out, const char *path, struct fl_err *err)
{
    bool empty;
    *out = NULL;
    if (!path_check(path, true, err))
        return false;
    struct fl_db *db = db_new(path);
    if (!handle_open(db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err) || !identity_check(db, &empty, err) ||
        (empty && !create(db, err))) {
        fl_db_close(db);
        return false;
    }
    /* Triggers drop a run's sums when anybody changes it; our own writer makes them when the run is whole. */
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_exec(db->sqlite, cache_sql, NULL, NULL, NULL);
    *out = db;
    return true;
}

bool fl_db_open_memory(struct fl_db **out, struct fl_err *err)
{
    struct fl_db *db = db_new(":memory:");
    if (!handle_open(db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY, err) || !create(db, err)) {
        fl_db_close(db);
        *out = NULL;
        return false;
    }
    *out = db;
    return true;
}

bool fl_db_open_readonly(struct fl_db **out, const char *path, struct fl_err *err)
{
    bool empty;
    *out = NULL;
    if (!path_check(path, false, err))
        return false;
    struct fl_db *db = db_new(path);
    bool ok = handle_open(db, SQLITE_OPEN_READONLY, err) && identity_check(db, &empty, err);
    if (ok && empty)
        ok = fl_fail(err, path, "is empty; `fanlight run --db %s ...` fills it", path);
    if (!ok) {
        fl_db_close(db);
        return false;
    }
    *out = db;
    return true;
}

bool fl_db_check(const char *path, struct fl_err *err)
{
    struct stat about;
    if (!path_check(path, true, err))
        return false;
    if (stat(path, &about) != 0 || about.st_size == 0)
        return true;
    struct fl_db *db = db_new(path);
    bool empty, ok = handle_open(db, SQLITE_OPEN_READWRITE, err) && identity_check(db, &empty, err);
    fl_db_close(db);
    return ok;
}

void fl_db_forget_run(struct fl_db *db)
{
    db->writing = false;
    db->tallies = 0;
    db->units = db->operators = db->unit_most = db->operator_most = 0;
}

void fl_db_undo_run(struct fl_db *db)
{
    if (!db->writing)
        return;
    /* After a full disk SQLite may have rolled back already. */
    if (!sqlite3_get_autocommit(db->sqlite))
        sqlite3_exec(db->sqlite, "rollback", NULL, NULL, NULL);
    fl_db_forget_run(db);
}

void fl_db_close(struct fl_db *db)
{
    if (db == NULL)
        return;
    fl_db_undo_run(db);
    fl_let_go(&db->hold);
    sqlite_close(db);
    fl_free(db->tally);
    fl_free(db->action);
    fl_free(db->action_index);
    fl_arena_free(&db->arena);
    fl_free(db->path);
    fl_free(db);
}

bool fl_db_last_run(struct fl_db *db, int64_t *run, struct fl_err *err)
{
    if (!fl_db_integer(db, "select coalesce(max(run), 0) from run", 0, run, err))
        return false;
    return *run != 0 || fl_fail(err, db->path, "holds no run yet; `fanlight run --db %s ...` adds one", db->path);
}

bool fl_db_has_run(struct fl_db *db, int64_t run, struct fl_err *err)
{
    int64_t found = 0, last = 0;
    if (!fl_db_integer(db, "select count(*) from run where run = ?1", run, &found, err))
        return false;
    if (found == 0 && fl_db_last_run(db, &last, err))
        fl_fail(err, db->path, "holds no run %lld; the newest is %lld", (long long)run, (long long)last);
    return found > 0;
}

bool fl_db_next_run(struct fl_db *db, int64_t *run, struct fl_err *err)
{
    return fl_db_integer(db, "select coalesce(max(last), 0) + 1 from (select max(run) as last from main.run union all "
                         "select max(first_run + points) - 1 from main.sweep)", 0, run, err);
}
