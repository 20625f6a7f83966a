/* sweep.c - sweeps in the database: what is varied, and the points done so far.
 *
 * A sweep keeps a block of run numbers free, so that point p is run first_run + p whoever
 * simulates it, and in which order. A point and its run are one transaction: what a
 * killed process leaves behind is whole points.
 */
#include "stats/db.h"

#include <math.h>
#include <string.h>

const char *const fl_point_state_names[FL_POINT_STATES] = {"done", "failed", "excluded"};

#define NAME(column) #column,
const char *const fl_summary_names[] = {FL_EACH_FIGURE(NAME) NULL};

/* Asks for whole numbers by a text; *found: there is a row, the first one's are in `to`. */
static bool ask(struct fl_db *db, const char *sql, const char *text, int64_t *to, bool *found, struct fl_err *err)
{
    sqlite3_stmt *statement;
    if (!fl_db_prepare(db, sql, &statement, err))
        return false;
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    bool ok = code == SQLITE_ROW || code == SQLITE_DONE || fl_db_fail(db, err);
    *found = code == SQLITE_ROW;
    for (int i = 0; *found && i < sqlite3_column_count(statement); i++)
        to[i] = sqlite3_column_int64(statement, i);
    sqlite3_finalize(statement);
    return ok;
}

static bool commit(struct fl_db *db, bool ok, struct fl_err *err)
{
    if (ok && fl_db_execute(db, "commit", err)) {
        fl_db_forget_run(db);
        return true;
    }
    if (db->writing)
        fl_db_undo_run(db);
    else if (!sqlite3_get_autocommit(db->sqlite))
        sqlite3_exec(db->sqlite, "rollback", NULL, NULL, NULL);
    return false;
}

/* ---- the sweep ---- */

static bool axes_add(struct fl_db *db, const struct fl_sweep_row *row, int64_t sweep, struct fl_err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < row->axes; i++)
        ok = fl_db_insert(db, FL_AXIS_TABLE, (int64_t[]){sweep, (int64_t)i}, &(struct fl_axis_row){row->axis[i]}, err);
    for (size_t i = 0; ok && i < row->jobs; i++)
        ok = fl_db_insert(db, FL_JOB_TABLE, (int64_t[]){sweep, (int64_t)i}, &row->job[i], err);
    return ok;
}

static bool sweep_add(struct fl_db *db, const struct fl_sweep_row *row, struct fl_sweep_id *id, struct fl_err *err)
{
    struct fl_sweep_row new = *row;
    if (!fl_db_next_run(db, &new.first_run, err) || !fl_db_insert(db, FL_SWEEP_TABLE, NULL, &new, err))
        return false;
    *id = (struct fl_sweep_id){sqlite3_last_insert_rowid(db->sqlite), new.first_run};
    return axes_add(db, row, id->sweep, err);
}

static bool sweep_find(struct fl_db *db, const struct fl_sweep_row *row, bool resume, struct fl_sweep_id *id,
                       bool *there, struct fl_err *err)
{
    int64_t numbers[3];
    bool namesake;
    if (!ask(db, "select s.sweep, s.first_run, (select count(*) from sweep_point p where p.sweep = s.sweep) "
             "from sweep s where s.identity = ?", row->identity, numbers, there, err))
        return false;
    if (*there) {
        *id = (struct fl_sweep_id){numbers[0], numbers[1]};
        return resume || fl_fail(err, db->path, "holds %lld of the %lld points of this sweep; --resume goes on with "
                                 "it, or name another file with --db", (long long)numbers[2], (long long)row->points);
    }
    if (!resume)
        return true;
    if (!ask(db, "select sweep from sweep where name = ?", row->name, numbers, &namesake, err))
        return false;
    return !namesake ||
           fl_fail(err, db->path, "holds a sweep \"%s\", but the sweep file, a design, a model or fanlight itself has "
                   "changed since; give the sweep another name, or name another file with --db", row->name);
}

bool fl_db_sweep_begin(struct fl_db *db, const struct fl_sweep_row *row, bool resume, struct fl_sweep_id *id,
                       struct fl_err *err)
{
    bool there;
    if (!fl_db_execute(db, "begin immediate", err))
        return false;
    return commit(db, sweep_find(db, row, resume, id, &there, err) && (there || sweep_add(db, row, id, err)), err);
}

bool fl_db_sweep_mode(struct fl_db *db, bool on, struct fl_err *err)
{
    /* A write-ahead log makes a commit one write, safe from a killed process. At the end there is one file again.
     * Points are added at the end: pages of earlier ones need not be kept, and memory stays as it is. */
    enum { PATIENCE_MS = 2000 };
    if (on)
        return fl_db_execute(db, "pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -2048",
                             err);
    /* Somebody else may be reading, or be at a sweep of its own: the log then stays beside the file, all is stored, and
     * the last to close the database takes the log in. */
    sqlite3_busy_timeout(db->sqlite, PATIENCE_MS);
    int code = sqlite3_exec(db->sqlite, "pragma journal_mode = delete; pragma synchronous = full", NULL, NULL, NULL);
    bool ok = code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || fl_db_fail(db, err);
    fl_db_wait_long(db);
    return ok;
}

bool fl_db_points(struct fl_db *db, const struct fl_sweep_id *id,
                  void (*tell)(void *context, int64_t point, enum fl_point_state state, const char *work),
                  void *context, struct fl_err *err)
{
    sqlite3_stmt *statement;
    static const char sql[] = "select point, state, work from sweep_point where sweep = ? order by point";
    if (!fl_db_prepare(db, sql, &statement, err))
        return false;
    sqlite3_bind_int64(statement, 1, id->sweep);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 1);
        int state = 0;
        while (state < FL_POINT_STATES - 1 && strcmp(fl_point_state_names[state], name) != 0)
            state++;
        tell(context, sqlite3_column_int64(statement, 0), (enum fl_point_state)state,
             (const char *)sqlite3_column_text(statement, 2));
    }
    bool ok = code == SQLITE_DONE || fl_db_fail(db, err);
    sqlite3_finalize(statement);
    return ok;
}

/* ---- points ---- */

static bool values_add(struct fl_db *db, const struct fl_sweep_id *id, const struct fl_point_row *point,
                       struct fl_err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < point->values; i++)
        ok = fl_db_insert(db, FL_VALUE_TABLE, (int64_t[]){id->sweep, point->point, (int64_t)i},
                          &(struct fl_value_row){point->value[i], point->number[i]}, err);
    return ok;
}

/* run NULL: it was excluded. */
static bool point_add(struct fl_db *db, const struct fl_sweep_id *id, const struct fl_point_row *point, bool meets,
                      const struct fl_run_row *run, struct fl_err *err)
{
    const struct fl_stored_point row = {
        .run = run != NULL ? id->first_run + point->point : 0, .job = point->job,
        .state = fl_point_state_names[point->state], .meets = meets, .latency_ps = run != NULL ? run->latency_ps : 0,
        .work = point->work};
    return fl_db_insert(db, FL_POINT_TABLE, (int64_t[]){id->sweep, point->point}, &row, err) &&
           values_add(db, id, point, err);
}

/* Lets the caller judge the figures of the run just added. */
static bool judged(struct fl_db *db, const struct fl_point_row *point, int64_t run, bool *meets, struct fl_err *err)
{
    double value[FL_FIGURES];
    *meets = point->state == FL_POINT_DONE;
    if (point->judge == NULL || !*meets)
        return true;
    sqlite3_stmt **statement = &db->kept[FL_SELECT_SUMMARY];
    if (*statement == NULL && !fl_db_prepare(db, FL_FIGURES_SQL " where run = ?1", statement, err))
        return false;
    sqlite3_bind_int64(*statement, 1, run);
    bool ok = sqlite3_step(*statement) == SQLITE_ROW || fl_db_fail(db, err);
    for (int i = 0; ok && i < FL_FIGURES; i++)
        value[i] = sqlite3_column_type(*statement, i) != SQLITE_NULL ? sqlite3_column_double(*statement, i)
                                                                     : (double)NAN;
    sqlite3_reset(*statement);
    *meets = ok && point->judge(point->context, value);
    return ok;
}

bool fl_db_store_point(struct fl_db *db, const struct fl_sweep_id *id, const struct fl_point_row *point,
                       struct fl_rows *rows, struct fl_err *err)
{
    bool meets = false;
    int64_t number = id->first_run + point->point;
    if (rows == NULL)
        return fl_db_execute(db, "begin immediate", err) && commit(db, point_add(db, id, point, meets, NULL, err), err);
    rows->run.run = number;
    return commit(db, fl_db_add_rows(db, rows, &number, err) && fl_db_complete_run(db, err) &&
                  judged(db, point, number, &meets, err) && point_add(db, id, point, meets, &rows->run, err), err);
}

/* ---- points that share another's work ---- */

/* Rows of a table over again, some columns swapped, from where `rest` says; kept for the next time. The parameters of
 * all such copies: ?1 run or sweep, ?2 the new run, ?3 the new point, ?4 its job, ?5 the point copied. */
struct copy {
    enum fl_kept kept;
    enum fl_table_id table;
    const char *rest;
    struct fl_swap swap[4];
};
static const struct copy run_copies[] = {
    {FL_COPY_RUN, FL_RUN_TABLE, "run where run = ?1",
     {{"run", "?2"}, {"wall_s", "0.0"}, {"tallies_of", "iif(error is null, coalesce(tallies_of, run), null)"}, {0}}},
    {FL_COPY_PRICES, FL_PRICE_TABLE, "price where run = ?1", {{"run", "?2"}, {0}}},
    {FL_COPY_RANGES, FL_RANGE_TABLE, "price_range where run = ?1", {{"run", "?2"}, {0}}},
};
static const struct copy point_copy = {
    FL_COPY_POINT, FL_POINT_TABLE, "sweep_point where sweep = ?1 and point = ?5",
    {{"run", "iif(run is null, null, ?2)"}, {"point", "?3"}, {"job", "?4"}, {0}}};

static bool copy_make(struct fl_db *db, const struct copy *copy, const int64_t *parameter, int parameters,
                      struct fl_err *err)
{
    sqlite3_stmt **s = &db->kept[copy->kept];
    if (*s == NULL &&
        !fl_db_prepare(db, fl_arena_format(&db->arena, "insert into %s (%s) select %s from %s",
                                           fl_tables[copy->table].name,
                                           fl_table_columns(&db->arena, copy->table, "", NULL),
                                           fl_table_columns(&db->arena, copy->table, "", copy->swap), copy->rest),
                       s, err))
        return false;
    for (int i = 0; i < parameters; i++)
        sqlite3_bind_int64(*s, i + 1, parameter[i]);
    bool ok = sqlite3_step(*s) == SQLITE_DONE || fl_db_fail(db, err);
    sqlite3_reset(*s);
    return ok;
}

bool fl_db_copy_point(struct fl_db *db, const struct fl_sweep_id *id, const struct fl_point_row *point, int64_t of,
                      struct fl_err *err)
{
    const int64_t from = id->first_run + of, to = id->first_run + point->point;
    bool ok = fl_db_execute(db, "begin immediate", err);
    if (!ok)
        return false;
    for (size_t i = 0; ok && i < sizeof run_copies / sizeof *run_copies; i++)
        ok = copy_make(db, &run_copies[i], (int64_t[]){from, to}, 2, err);
    return commit(db, ok && fl_db_add_total(db, to, err) &&
                  copy_make(db, &point_copy, (int64_t[]){id->sweep, to, point->point, point->job, of}, 5, err) &&
                  values_add(db, id, point, err), err);
}
