/* write.c - one finished run becomes rows, all of them or none.
 *
 * Tallies come operator by operator; the table's key begins with unit and action, so that
 * energies sum over a range. They are kept until the run ends and then written in the
 * key's order, BATCH rows a statement: rows that arrive in order are quick to add.
 */
#include "stats/db.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32, TALLY_COLUMNS = 5 };

const char fl_insert_total_sql[] = "insert into run_total select * from run_total_missing where run = ?";
static const char *const insert_sql[FL_INSERTS] = {
    [FL_INSERT_RUN] = "insert into run (run, label, design, model, phase, mapper, objective, context, tokens, batch, "
                      "start_utc, wall_s, version, command, design_text, workload_text, latency_ps, setup_ps, "
                      "inferences, leapt_share, tallies_of, error, notes, peak_macs_per_s, width, parameters) "
                      "values (coalesce(?, (select max(last) + 1 from (select max(run) as last from run union all "
                      "select max(first_run + points) - 1 from sweep))), "
                      "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [FL_INSERT_UNIT] = "insert into unit (run, unit, path, kind, copies, area_um2, peak_w, lanes, lane_action, "
                       "lane_ps) values (?,?,?,?,?,?,?,?,?,?)",
    [FL_INSERT_OPERATOR] = "insert into operator (run, operator, layer, name, kind, macs, placed, start_ps, end_ps, "
                           "critical_ps, bound_by) values (?,?,?,?,?,?,?,?,?,?,?)",
    [FL_INSERT_TALLY] = "insert into tally (run, unit, operator, action, count) values (?,?,?,?,?)",
    [FL_INSERT_PRICE] = "insert into price (run, unit, action, component, class, fj, source, file, line, key, "
                        "low_fj, high_fj) values (?,?,?,?,?,?,?,?,?,?,?,?)",
    [FL_INSERT_RANGE] = "insert into price_range (run, unit, action, component, class, key, source, low_fj, high_fj) "
                        "values (?,?,?,?,?,?,?,?,?)",
    [FL_INSERT_LEAP] = "insert into leap (run, level, represented, simulated, transient, period, breaker) "
                       "values (?,?,?,?,?,?,?)",
    [FL_INSERT_TOTAL] = fl_insert_total_sql,
};

/* ---- binding: columns from left to right ---- */

struct row {
    struct fl_db *db;
    sqlite3_stmt *statement;            /* NULL: it could not be prepared */
    int column;
};

static struct row row_start(struct fl_db *db, enum fl_insert which, struct fl_err *err)
{
    fl_assert(db->writing || which == FL_INSERT_RUN);
    if (db->insert[which] == NULL)
        fl_db_prepare(db, insert_sql[which], &db->insert[which], err);
    return (struct row){db, db->insert[which], 0};
}

static void put_integer(struct row *row, int64_t value)
{
    sqlite3_bind_int64(row->statement, ++row->column, value);
}

static void put_null(struct row *row)
{
    sqlite3_bind_null(row->statement, ++row->column);
}

/* An integer that is null when the record does not have it. */
static void put_given(struct row *row, bool given, int64_t value)
{
    if (given)
        put_integer(row, value);
    else
        put_null(row);
}

static void put_real(struct row *row, double value)
{
    sqlite3_bind_double(row->statement, ++row->column, value);
}

static void put_given_real(struct row *row, bool given, double value)
{
    if (given)
        put_real(row, value);
    else
        put_null(row);
}

static void put_text(struct row *row, const char *text)
{
    sqlite3_bind_text(row->statement, ++row->column, text, -1, SQLITE_STATIC);
}

static bool row_end(struct row *row, struct fl_err *err)
{
    if (row->statement == NULL)
        return false;
    bool ok = sqlite3_step(row->statement) == SQLITE_DONE || fl_db_fail(row->db, err);
    sqlite3_reset(row->statement);
    return ok;
}

/* ---- names of actions: each kept once, by number ---- */

static size_t action_hash(const char *action)
{
    uint64_t hash = 0xcbf29ce484222325u;        /* FNV-1a */
    for (; *action != '\0'; action++)
        hash = (hash ^ (unsigned char)*action) * 0x100000001b3u;
    return (size_t)(hash ^ (hash >> 32));
}

/* A fresh index of `room` places, a power of two. */
static void index_make(struct fl_db *db, size_t room)
{
    fl_free(db->action_index);
    db->index_room = room;
    db->action_index = fl_calloc(room, sizeof *db->action_index);
    for (size_t i = 0; i < db->actions; i++) {
        size_t place = action_hash(db->action[i]) & (db->index_room - 1);
        while (db->action_index[place] != 0)
            place = (place + 1) & (db->index_room - 1);
        db->action_index[place] = (uint32_t)i + 1;
    }
}

static uint32_t action_number(struct fl_db *db, const char *action)
{
    if (2 * db->actions >= db->index_room)
        index_make(db, db->index_room != 0 ? 2 * db->index_room : 256);
    size_t place = action_hash(action) & (db->index_room - 1);
    for (; db->action_index[place] != 0; place = (place + 1) & (db->index_room - 1))
        if (strcmp(db->action[db->action_index[place] - 1], action) == 0)
            return db->action_index[place] - 1;
    db->action = fl_grow(db->action, &db->action_room, db->actions, sizeof *db->action);
    db->action[db->actions++] = fl_arena_text(&db->arena, action);
    db->action_index[place] = (uint32_t)db->actions;
    return (uint32_t)db->actions - 1;
}

/* ---- the run ---- */

bool fl_db_begin_run(struct fl_db *db, const struct fl_run_row *run, int64_t *number, struct fl_err *err)
{
    fl_assert(!db->writing);
    if (!fl_db_execute(db, "begin immediate", err))
        return false;
    db->writing = true;
    db->shares_tallies = run->tallies_of != 0;
    struct row row = row_start(db, FL_INSERT_RUN, err);
    put_given(&row, run->number != 0, run->number);
    const char *const who[] = {run->label, run->design, run->model, run->phase, run->mapper, run->objective};
    for (size_t i = 0; i < sizeof who / sizeof *who; i++)
        put_text(&row, who[i]);
    put_integer(&row, run->context);
    put_integer(&row, run->tokens);
    put_integer(&row, run->batch);
    put_text(&row, run->start_utc);
    put_real(&row, run->wall_s);
    const char *const how[] = {run->version, run->command, run->design_text, run->workload_text};
    for (size_t i = 0; i < sizeof how / sizeof *how; i++)
        put_text(&row, how[i]);
    put_integer(&row, run->latency_ps);
    put_integer(&row, run->setup_ps);
    put_integer(&row, run->inferences);
    put_real(&row, run->leapt_share);
    put_given(&row, run->tallies_of != 0, run->tallies_of);
    put_text(&row, run->error);
    put_text(&row, run->notes);
    put_given_real(&row, run->peak_macs_per_s > 0, run->peak_macs_per_s);
    put_given(&row, run->width > 0, run->width);
    put_given(&row, run->parameters > 0, run->parameters);
    if (!row_end(&row, err)) {
        fl_db_undo_run(db);
        return false;
    }
    db->run = *number = sqlite3_last_insert_rowid(db->sqlite);
    return true;
}

bool fl_db_add_unit(struct fl_db *db, const struct fl_unit_row *unit, struct fl_err *err)
{
    struct row row = row_start(db, FL_INSERT_UNIT, err);
    put_integer(&row, db->run);
    put_integer(&row, db->units++);
    put_text(&row, unit->path);
    put_text(&row, unit->kind);
    put_integer(&row, unit->copies);
    put_real(&row, unit->area_um2);
    put_real(&row, unit->peak_w);
    put_given(&row, unit->lanes > 0, unit->lanes);
    put_text(&row, unit->lanes > 0 ? unit->lane_action : NULL);
    put_given_real(&row, unit->lanes > 0, unit->lane_ps);
    return row_end(&row, err);
}

bool fl_db_add_operator(struct fl_db *db, const struct fl_operator_row *operator_, struct fl_err *err)
{
    struct row row = row_start(db, FL_INSERT_OPERATOR, err);
    put_integer(&row, db->run);
    put_integer(&row, ++db->operators);
    put_given(&row, operator_->layer >= 0, operator_->layer);
    put_text(&row, operator_->name);
    put_text(&row, operator_->kind);
    put_integer(&row, operator_->macs);
    put_text(&row, operator_->placed);
    put_integer(&row, operator_->start_ps);
    put_integer(&row, operator_->end_ps);
    put_integer(&row, operator_->critical_ps);
    put_text(&row, operator_->bound_by);
    return row_end(&row, err);
}

static void number_seen(uint32_t *most, uint32_t number)
{
    if (*most < number)
        *most = number;
}

bool fl_db_add_tally(struct fl_db *db, const struct fl_tally_row *tally, struct fl_err *err)
{
    fl_assert(db->writing);
    if (tally->count == 0)
        return true;
    if (tally->count < 0)
        return fl_fail(err, tally->action, "counted past 2^63 - 1 at unit %u: the run is too long to be counted",
                       tally->unit);
    number_seen(&db->unit_most, tally->unit + 1);
    number_seen(&db->operator_most, tally->operator_);
    db->tally = fl_grow(db->tally, &db->tally_room, db->tallies, sizeof *db->tally);
    db->tally[db->tallies++] =
        (struct fl_tally_kept){tally->count, tally->unit, tally->operator_, action_number(db, tally->action)};
    return true;
}

bool fl_db_add_price(struct fl_db *db, const struct fl_price_row *price, struct fl_err *err)
{
    if (!isfinite(price->fj))
        return fl_fail(err, price->file, "the price of %s is not a number", price->action);
    number_seen(&db->unit_most, price->unit + 1);
    struct row row = row_start(db, FL_INSERT_PRICE, err);
    put_integer(&row, db->run);
    put_integer(&row, price->unit);
    put_text(&row, price->action);
    put_text(&row, price->component);
    put_text(&row, fl_class_names[price->class]);
    put_real(&row, price->fj);
    put_text(&row, price->source);
    put_text(&row, price->file);
    put_given(&row, price->line > 0, price->line);
    put_text(&row, price->key);
    put_given_real(&row, price->high_fj > 0, price->low_fj);
    put_given_real(&row, price->high_fj > 0, price->high_fj);
    return row_end(&row, err);
}

bool fl_db_add_range(struct fl_db *db, const struct fl_range_row *range, struct fl_err *err)
{
    struct row row = row_start(db, FL_INSERT_RANGE, err);
    put_integer(&row, db->run);
    put_integer(&row, range->unit);
    put_text(&row, range->action);
    put_text(&row, range->component);
    put_text(&row, fl_class_names[range->class]);
    put_text(&row, range->key);
    put_text(&row, range->source);
    put_real(&row, range->low_fj);
    put_real(&row, range->high_fj);
    return row_end(&row, err);
}

bool fl_db_add_leap(struct fl_db *db, const struct fl_leap_row *leap, struct fl_err *err)
{
    struct row row = row_start(db, FL_INSERT_LEAP, err);
    put_integer(&row, db->run);
    put_integer(&row, leap->level);
    put_integer(&row, leap->represented);
    put_integer(&row, leap->simulated);
    put_integer(&row, leap->transient);
    put_integer(&row, leap->period);
    put_text(&row, leap->breaker);
    return row_end(&row, err);
}

/* ---- the end ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Numbers actions anew, in the order of their names. */
static void actions_sort(struct fl_db *db)
{
    struct fl_arena scratch = {0};
    const char **sorted = fl_arena_array(&scratch, db->actions, sizeof *sorted);
    uint32_t *number = fl_arena_array(&scratch, db->actions, sizeof *number);
    for (size_t i = 0; i < db->actions; i++)
        sorted[i] = db->action[i];
    qsort(sorted, db->actions, sizeof *sorted, by_text);
    for (size_t i = 0; i < db->actions; i++)
        number[action_number(db, sorted[i])] = (uint32_t)i;
    for (size_t i = 0; i < db->tallies; i++)
        db->tally[i].action = number[db->tally[i].action];
    memcpy(db->action, sorted, db->actions * sizeof *sorted);
    index_make(db, db->index_room);
    fl_arena_free(&scratch);
}

/* Puts tallies in the order of the table's key, by counting: one pass finds where each unit's action begins, one
 * moves. Operators keep the order they came in, which is theirs. */
static void tallies_sort(struct fl_db *db)
{
    struct fl_arena scratch = {0};
    size_t keys = db->unit_most * db->actions;
    size_t *place = fl_arena_array(&scratch, keys + 1, sizeof *place);
    struct fl_tally_kept *sorted = fl_arena_array(&scratch, db->tallies, sizeof *sorted);
    for (size_t i = 0; i < db->tallies; i++)
        place[db->tally[i].unit * db->actions + db->tally[i].action + 1]++;
    for (size_t i = 0; i < keys; i++)
        place[i + 1] += place[i];
    for (size_t i = 0; i < db->tallies; i++)
        sorted[place[db->tally[i].unit * db->actions + db->tally[i].action]++] = db->tally[i];
    memcpy(db->tally, sorted, db->tallies * sizeof *sorted);
    fl_arena_free(&scratch);
}

/* Views sum over operators: those sums must be counts too. */
static bool sums_check(const struct fl_db *db, struct fl_err *err)
{
    int64_t sum = 0;
    for (size_t i = 0; i < db->tallies; i++) {
        const struct fl_tally_kept *t = &db->tally[i];
        if (i == 0 || t->unit != t[-1].unit || t->action != t[-1].action)
            sum = 0;
        if (__builtin_add_overflow(sum, t->count, &sum))
            return fl_fail(err, db->action[t->action],
                           "counted past 2^63 - 1 at unit %u: the run is too long to be counted", t->unit);
    }
    return true;
}

static bool batch_prepare(struct fl_db *db, struct fl_err *err)
{
    if (db->insert[FL_INSERT_TALLIES] != NULL)
        return true;
    struct fl_arena scratch = {0};
    const char *one = insert_sql[FL_INSERT_TALLY], *values = strchr(one, '?') - 1;
    char *sql = fl_arena_alloc(&scratch, strlen(one) + BATCH * (strlen(values) + 1) + 1);
    char *end = stpcpy(sql, one);
    for (int i = 1; i < BATCH; i++)
        end = stpcpy(stpcpy(end, ","), values);
    bool ok = fl_db_prepare(db, sql, &db->insert[FL_INSERT_TALLIES], err);
    fl_arena_free(&scratch);
    return ok;
}

static bool tallies_write(struct fl_db *db, struct fl_err *err)
{
    if (!batch_prepare(db, err))
        return false;
    size_t rest = db->tallies % BATCH, step = BATCH;
    for (size_t i = 0; i < db->tallies; i += step) {
        step = i < db->tallies - rest ? BATCH : 1;
        struct row row = row_start(db, step == BATCH ? FL_INSERT_TALLIES : FL_INSERT_TALLY, err);
        if (row.statement == NULL)
            return false;
        for (size_t j = i; j < i + step; j++) {
            const struct fl_tally_kept *t = &db->tally[j];
            put_integer(&row, db->run);
            put_integer(&row, t->unit);
            put_integer(&row, t->operator_);
            put_text(&row, db->action[t->action]);
            put_integer(&row, t->count);
        }
        if (!row_end(&row, err))
            return false;
    }
    return true;
}

/* The run's sums, so that run_summary need not compute them: see schema.sql. */
static bool total_write(struct fl_db *db, struct fl_err *err)
{
    struct row row = row_start(db, FL_INSERT_TOTAL, err);
    put_integer(&row, db->run);
    return row_end(&row, err);
}

bool fl_db_complete_run(struct fl_db *db, struct fl_err *err)
{
    fl_assert(db->writing);
    fl_assert(db->shares_tallies || (db->unit_most <= db->units && db->operator_most <= db->operators));
    if (db->tallies > 0) {
        actions_sort(db);
        tallies_sort(db);
    }
    return sums_check(db, err) && tallies_write(db, err) && total_write(db, err);
}

bool fl_db_end_run(struct fl_db *db, struct fl_err *err)
{
    if (fl_db_complete_run(db, err) && fl_db_execute(db, "commit", err)) {
        fl_db_forget_run(db);
        return true;
    }
    fl_db_undo_run(db);
    return false;
}

/* ---- figures ---- */

bool fl_db_clear_figures(struct fl_db *db, struct fl_err *err)
{
    return fl_db_execute(db, "delete from figure", err);
}

bool fl_db_add_figure(struct fl_db *db, const char *figure, const char *series, int64_t run, struct fl_err *err)
{
    sqlite3_stmt *s;
    if (!fl_db_prepare(db, "insert or replace into figure (figure, series, run) values (?1, ?2, ?3)", &s, err))
        return false;
    sqlite3_bind_text(s, 1, figure, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, series, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, run);
    bool ok = sqlite3_step(s) == SQLITE_DONE || fl_db_fail(db, err);
    sqlite3_finalize(s);
    return ok;
}
