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

/* Rows of a run, and how their run is renumbered. A run's number must be its first column. */
static const struct { const char *table, *rest; } tables[] = {
    {"unit", "unit, path, kind, copies, area_um2, peak_w, lanes, lane_action, lane_ps"},
    {"operator", "operator, layer, name, kind, macs, placed, start_ps, end_ps, critical_ps, bound_by"},
    {"tally", "unit, operator, action, count"},
    {"price", "unit, action, component, class, fj, source, file, line, key, low_fj, high_fj"},
    {"price_range", "unit, action, component, class, key, source, low_fj, high_fj"},
    {"leap", "level, represented, simulated, transient, period, breaker"},
    {"run_total", "energy_j, spent_j, setup_j, assumed_j, macs, optical_macs, area_mm2, peak_w"},
};
enum { TABLES = sizeof tables / sizeof *tables };
static const char run_columns[] =
    "label, design, model, phase, mapper, objective, context, tokens, batch, start_utc, wall_s, version, command, "
    "latency_ps, setup_ps, inferences, leapt_share, error, notes, peak_macs_per_s, "
    "width, parameters, design_text, workload_text";

/* The next free number of a run, as the writer finds it. */
static const char next_sql[] =
    "select coalesce(max(last), 0) + 1 from (select max(run) as last from main.run union all "
    "select max(first_run + points) - 1 from main.sweep)";

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

/* Copies the runs that temp.renumber lists (was, is), with all their rows, and whose figures they are if no others are
 * drawn in these. */
static bool runs_copy(struct fl_db *db, struct fl_err *err)
{
    bool ok = run_sql(db, err,
                      "insert into main.run (run, tallies_of, %s) select n.\"is\", o.\"is\", %s from part.run r "
                      "join temp.renumber n on n.was = r.run left join (select * from temp.renumber union all "
                      "select * from temp.there) o on o.was = r.tallies_of "
                      "order by n.\"is\"", run_columns, run_columns);
    for (size_t i = 0; ok && i < TABLES; i++)
        ok = run_sql(db, err, "insert into main.%s (run, %s) select n.\"is\", %s from part.%s t "
                     "join temp.renumber n on n.was = t.run order by 1", tables[i].table, tables[i].rest,
                     tables[i].rest, tables[i].table);
    return ok && run_sql(db, err, "insert into main.figure select f.figure, f.series, n.\"is\" from part.figure f "
                         "join temp.renumber n on n.was = f.run "
                         "where f.figure not in (select figure from main.figure)");
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
    return others_known(db, err) && fl_db_integer(db, next_sql, 0, &next, err) &&
           run_sql(db, err, "insert into temp.renumber select run, %lld + row_number() over (order by run) - 1 "
                   "from part.run where run not in (select run from part.sweep_point where run is not null) "
                   "and run not in (select was from temp.there)", (long long)next);
}

/* ---- sweeps ---- */

struct sweeps { int64_t *number; size_t count, room; };

/* Sweeps of the part whose identity `main` does not have yet: taken over with fresh numbers. */
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
    for (size_t i = 0; ok && i < new.count; i++) {
        int64_t next, was = new.number[i];
        ok = fl_db_integer(db, next_sql, 0, &next, err) &&
             run_sql(db, err, "insert into main.sweep (name, file, text, identity, points, first_run, start_utc, "
                     "version, command) select name, file, text, identity, points, %lld, start_utc, version, command "
                     "from part.sweep where sweep = %lld", (long long)next, (long long)was) &&
             run_sql(db, err, "insert into main.sweep_axis select m.sweep, a.axis, a.name from part.sweep_axis a "
                     "join part.sweep p using (sweep) join main.sweep m using (identity) where a.sweep = %lld",
                     (long long)was) &&
             run_sql(db, err, "insert into main.sweep_job select m.sweep, j.job, j.model, j.phase, j.context, "
                     "j.tokens, j.batch from part.sweep_job j join part.sweep p using (sweep) "
                     "join main.sweep m using (identity) where j.sweep = %lld",
                     (long long)was);
    }
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
    return run_sql(db, err,
                   "insert into main.sweep_point select f.sweep, p.point, iif(p.run is null, null, f.\"is\"), p.job, "
                   "p.state, p.meets, p.latency_ps, p.work from temp.fresh f join part.sweep_point p "
                   "on p.sweep = f.was and p.point = f.point order by 1, 2") &&
           run_sql(db, err,
                   "insert into main.sweep_value select f.sweep, v.point, v.axis, v.value, v.number from temp.fresh f "
                   "join part.sweep_value v on v.sweep = f.was and v.point = f.point order by 1, 2, 3");
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
