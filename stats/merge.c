/* merge.c - several databases into one.
 *
 * Parts of one sweep (shards) have its identity: they become one sweep whose point p is
 * run first_run + p again, as if one process had done it all. A point whose work an earlier
 * point of another part has done gives up its own tallies and shares those. Other runs get
 * new numbers, in the order of the databases.
 */
#include "stats/db.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Tables whose rows belong to a run, which is their first column. */
static const enum fl_table_id tables[] = {FL_UNIT_TABLE, FL_OPERATOR_TABLE, FL_TALLY_TABLE, FL_PRICE_TABLE,
                                          FL_RANGE_TABLE, FL_LEAP_TABLE, FL_TOTAL_TABLE, FL_ACCURACY_TABLE,
                                          FL_SETTING_TABLE};
enum { TABLES = sizeof tables / sizeof *tables };

static bool run_sql(struct fl_db *db, struct fl_err *err, const char *format, ...) FL_PRINTF(3, 4);
static bool run_sql(struct fl_db *db, struct fl_err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *sql = sqlite3_vmprintf(format, args);
    va_end(args);
    if (sql == NULL)
        fl_memory_short(strlen(format));
    bool ok = fl_db_execute(db, sql, err);
    sqlite3_free(sql);
    return ok;
}

/* Takes rows of a part over: its columns with some swapped, from a query whose FROM and all after it are `rest`. */
static bool rows_take(struct fl_db *db, enum fl_table_id table, const char *prefix, const struct fl_swap *swap,
                      const char *rest, struct fl_err *err)
{
    struct fl_arena scratch = {0};
    bool ok = run_sql(db, err, "insert into main.%s (%s) select %s from part.%s %s", fl_tables[table].name,
                      fl_table_columns(&scratch, table, "", NULL), fl_table_columns(&scratch, table, prefix, swap),
                      fl_tables[table].name, rest);
    fl_arena_free(&scratch);
    return ok;
}

/* Copies the runs that temp.renumber lists (was, is), with all their rows, and whose figures they are if no others are
 * drawn in these. */
static bool runs_copy(struct fl_db *db, struct fl_err *err)
{
    static const struct fl_swap renumbered[] = {{"run", "n.\"is\""}, {0}};
    static const struct fl_swap shared[] = {{"run", "n.\"is\""}, {"tallies_of", "o.\"is\""}, {0}};
    bool ok = rows_take(db, FL_RUN_TABLE, "r.", shared,
                        "r join temp.renumber n on n.was = r.run left join (select * from temp.renumber union all "
                        "select * from temp.there) o on o.was = r.tallies_of order by n.\"is\"", err);
    for (size_t i = 0; ok && i < TABLES; i++)
        ok = rows_take(db, tables[i], "t.", renumbered, "t join temp.renumber n on n.was = t.run order by 1", err);
    return ok && rows_take(db, FL_FIGURE_TABLE, "f.", renumbered, "f join temp.renumber n on n.was = f.run "
                           "where f.figure not in (select figure from main.figure)", err);
}

/* ---- runs that belong to no sweep ---- */

/* Runs that a part has in common with `main`, for it was merged before: known by when and how they were made. They are
 * not taken again, but others may draw on their figures. */
static bool others_known(struct fl_db *db, struct fl_err *err)
{
    return run_sql(db, err, "insert into temp.there select p.run, min(m.run) from part.run p join main.run m "
                   "on m.start_utc = p.start_utc and m.wall_s = p.wall_s and m.command is p.command "
                   "and m.label is p.label and m.mapper is p.mapper and m.latency_ps is p.latency_ps "
                   "and m.design_text is p.design_text and m.workload_text is p.workload_text "
                   "and (m.tallies_of is null) = (p.tallies_of is null) "
                   "where p.run not in (select run from part.sweep_point where run is not null) "
                   "and m.run not in (select run from main.sweep_point where run is not null) group by p.run");
}

static bool others_copy(struct fl_db *db, struct fl_err *err)
{
    int64_t next;
    return others_known(db, err) && fl_db_next_run(db, &next, err) &&
           run_sql(db, err, "insert into temp.renumber select run, %lld + row_number() over (order by run) - 1 "
                   "from part.run where run not in (select run from part.sweep_point where run is not null) "
                   "and run not in (select was from temp.there)", (long long)next);
}

/* ---- sweeps ---- */

struct sweeps { int64_t *number; size_t count, room; };

/* One sweep of the part, `was` there, with a fresh number, axes and jobs. */
static bool sweep_add(struct fl_db *db, int64_t was, struct fl_err *err)
{
    static const struct fl_swap renumbered[] = {{"sweep", "m.sweep"}, {0}};
    int64_t next;
    if (!fl_db_next_run(db, &next, err))
        return false;
    struct fl_arena scratch = {0};
    const struct fl_swap fresh[] = {
        {"sweep", "null"}, {"first_run", fl_arena_format(&scratch, "%lld", (long long)next)}, {0}};
    const char *rest = fl_arena_format(&scratch, "x join part.sweep p using (sweep) join main.sweep m using (identity) "
                                       "where x.sweep = %lld", (long long)was);
    bool ok = rows_take(db, FL_SWEEP_TABLE, "", fresh,
                        fl_arena_format(&scratch, "where sweep = %lld", (long long)was), err) &&
              rows_take(db, FL_AXIS_TABLE, "x.", renumbered, rest, err) &&
              rows_take(db, FL_JOB_TABLE, "x.", renumbered, rest, err);
    fl_arena_free(&scratch);
    return ok;
}

/* Sweeps of the part whose identity `main` does not have yet. */
static bool sweeps_add(struct fl_db *db, struct fl_err *err)
{
    sqlite3_stmt *statement;
    struct sweeps new = {NULL, 0, 0};
    if (!fl_db_prepare(db, "select sweep from part.sweep where identity not in (select identity from main.sweep) "
                       "order by sweep", &statement, err))
        return false;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        new.number = fl_grow(new.number, &new.room, new.count, sizeof *new.number);
        new.number[new.count++] = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    bool ok = true;
    for (size_t i = 0; ok && i < new.count; i++)
        ok = sweep_add(db, new.number[i], err);
    fl_free(new.number);
    return ok;
}

/* Points that two databases have are taken once. */
static bool points_copy(struct fl_db *db, struct fl_err *err)
{
    return run_sql(db, err,
                   "insert into temp.fresh select p.sweep, m.sweep, p.point, p.run, m.first_run + p.point "
                   "from part.sweep_point p join part.sweep s using (sweep) join main.sweep m using (identity) "
                   "where not exists (select 1 from main.sweep_point q "
                   "where q.sweep = m.sweep and q.point = p.point)") &&
           run_sql(db, err, "insert into temp.renumber select run, \"is\" from temp.fresh where run is not null") &&
           run_sql(db, err, "insert into temp.there select p.run, m.first_run + p.point from part.sweep_point p "
                   "join part.sweep s using (sweep) join main.sweep m using (identity) where p.run is not null "
                   "and p.run not in (select was from temp.renumber)");
}

static bool points_place(struct fl_db *db, struct fl_err *err)
{
    static const struct fl_swap placed[] = {
        {"sweep", "f.sweep"}, {"run", "iif(p.run is null, null, f.\"is\")"}, {0}};
    static const struct fl_swap renumbered[] = {{"sweep", "f.sweep"}, {0}};
    return rows_take(db, FL_POINT_TABLE, "p.", placed, "p join temp.fresh f on p.sweep = f.was and p.point = f.point "
                     "order by 1, 2", err) &&
           rows_take(db, FL_VALUE_TABLE, "v.", renumbered, "v join temp.fresh f on v.sweep = f.was and "
                     "v.point = f.point order by 1, 2, 3", err);
}

/* The first point of a work keeps its tallies, the others share them, as does who shared theirs (a run of other
 * prices): what one process would have done. */
static bool works_join(struct fl_db *db, struct fl_err *err)
{
    static const char *const give_up[] = {"unit", "operator", "tally", "leap"};
    bool ok = run_sql(db, err,
                      "insert into temp.joined select p.run, (select q.run from main.sweep_point q "
                      "where q.sweep = p.sweep and q.work = p.work order by q.point limit 1) as owner "
                      "from main.sweep_point p join main.run r on r.run = p.run "
                      "where p.work is not null and r.error is null and owner <> p.run "
                      "and r.tallies_of is not owner");
    for (size_t i = 0; ok && i < sizeof give_up / sizeof *give_up; i++)
        ok = run_sql(db, err, "delete from main.%s where run in (select run from temp.joined)", give_up[i]);
    return ok && run_sql(db, err, "update main.run set tallies_of = (select owner from temp.joined j "
                         "where j.run = main.run.run), wall_s = 0.0 where run in (select run from temp.joined)") &&
           run_sql(db, err, "update main.run set tallies_of = (select owner from temp.joined j "
                   "where j.run = main.run.tallies_of) where tallies_of in (select run from temp.joined)");
}

/* ---- databases ---- */

static bool part_copy(struct fl_db *db, struct fl_err *err)
{
    return run_sql(db, err,
                   "create temp table renumber (was integer primary key, \"is\" integer);"
                   "create temp table there (was integer primary key, \"is\" integer);"
                   "create temp table fresh (was integer, sweep integer, point integer, run integer, \"is\" integer);"
                   "create temp table joined (run integer primary key, owner integer)") &&
           run_sql(db, err, "begin immediate") && sweeps_add(db, err) && points_copy(db, err) && others_copy(db, err) &&
           runs_copy(db, err) && points_place(db, err) && works_join(db, err) && run_sql(db, err, "commit");
}

/* Is the part a database of ours that can be read? Opening it once more is the surest test. */
static bool part_check(const char *path, struct fl_err *err)
{
    struct fl_db *part;
    bool ok = fl_db_open_readonly(&part, path, err);
    if (ok)
        fl_db_close(part);
    return ok;
}

static bool part_attach(struct fl_db *db, const char *path, struct fl_err *err)
{
    sqlite3_stmt *statement;
    if (!fl_db_prepare(db, "attach ? as part", &statement, err))
        return false;
    sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    bool ok = sqlite3_step(statement) == SQLITE_DONE || fl_db_fail(db, err);
    sqlite3_finalize(statement);
    return ok;
}

static bool part_add(struct fl_db *db, const char *path, struct fl_err *err)
{
    if (!part_attach(db, path, err))
        return false;
    bool ok = part_copy(db, err);
    if (!ok && !sqlite3_get_autocommit(db->sqlite))
        sqlite3_exec(db->sqlite, "rollback", NULL, NULL, NULL);
    sqlite3_exec(db->sqlite, "drop table if exists temp.renumber; drop table if exists temp.there; "
                 "drop table if exists temp.fresh; "
                 "drop table if exists temp.joined; detach part", NULL, NULL, NULL);
    return ok;
}

/* Do two paths lead to one file, by a link or another way of writing it? */
static bool same_file(const char *a, const char *b)
{
    struct stat one, other;
    return strcmp(a, b) == 0 ||
           (stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

/* A part that is named twice is taken once; the whole can be no part. */
static bool parts_check(const char *out, const char *const *in, size_t ins, struct fl_err *err)
{
    bool ok = true;
    for (size_t i = 0; i < ins; i++) {
        if (same_file(in[i], out))
            ok = fl_fail(err, in[i], "is the database to merge into, %s", out);
        else
            ok = part_check(in[i], err) && ok;
    }
    return ok;
}

bool fl_db_merge(const char *out, const char *const *in, size_t ins, int64_t *runs, struct fl_err *err)
{
    struct fl_db *db;
    bool ok = true;
    if (!parts_check(out, in, ins, err) || !fl_db_open(&db, out, err))
        return false;
    for (size_t i = 0; ok && i < ins; i++)
        ok = part_add(db, in[i], err);
    ok = ok && fl_db_integer(db, "select count(*) from run", 0, runs, err);
    fl_db_close(db);
    return ok;
}
