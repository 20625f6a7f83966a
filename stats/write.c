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

#include "base/hash.h"

enum { BATCH = 32 };

/* ---- names of actions: each kept once, by number ---- */

static size_t action_hash(const char *action)
{
    return (size_t)fl_hash_bytes(action, strlen(action));
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
    struct fl_run_row row = *run;
    if ((row.run == 0 && !fl_db_next_run(db, &row.run, err)) || !fl_db_insert(db, FL_RUN_TABLE, NULL, &row, err)) {
        fl_db_undo_run(db);
        return false;
    }
    db->run = *number = row.run;
    return true;
}

bool fl_db_add_unit(struct fl_db *db, const struct fl_unit_row *row, struct fl_err *err)
{
    fl_assert(db->writing);
    return fl_db_insert(db, FL_UNIT_TABLE, (int64_t[]){db->run, db->units++}, row, err);
}

bool fl_db_add_operator(struct fl_db *db, const struct fl_operator_row *row, struct fl_err *err)
{
    fl_assert(db->writing);
    return fl_db_insert(db, FL_OPERATOR_TABLE, (int64_t[]){db->run, ++db->operators}, row, err);
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
    number_seen(&db->operator_most, tally->operator);
    db->tally = fl_grow(db->tally, &db->tally_room, db->tallies, sizeof *db->tally);
    db->tally[db->tallies++] =
        (struct fl_tally_kept){tally->count, tally->unit, tally->operator, action_number(db, tally->action)};
    return true;
}

bool fl_db_add_price(struct fl_db *db, const struct fl_price_row *row, struct fl_err *err)
{
    fl_assert(db->writing);
    if (!isfinite(row->fj))
        return fl_fail(err, row->file, "the price of %s is not a number", row->action);
    number_seen(&db->unit_most, row->unit + 1);
    return fl_db_insert(db, FL_PRICE_TABLE, &db->run, row, err);
}

bool fl_db_add_range(struct fl_db *db, const struct fl_range_row *row, struct fl_err *err)
{
    fl_assert(db->writing);
    return fl_db_insert(db, FL_RANGE_TABLE, &db->run, row, err);
}

bool fl_db_add_leap(struct fl_db *db, const struct fl_leap_row *row, struct fl_err *err)
{
    fl_assert(db->writing);
    return fl_db_insert(db, FL_LEAP_TABLE, &db->run, row, err);
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

/* The rows from `first` on, as one statement of `rows` rows, prepared when first needed. */
static bool tallies_insert(struct fl_db *db, const struct fl_tally_kept *first, int rows, sqlite3_stmt **s,
                           struct fl_err *err)
{
    if (*s == NULL && !fl_db_prepare(db, fl_table_insert(&db->arena, "insert", FL_TALLY_TABLE, rows), s, err))
        return false;
    int parameter = 0;
    for (const struct fl_tally_kept *t = first; t < first + rows; t++) {
        const struct fl_tally_row row = {t->unit, t->operator, db->action[t->action], t->count};
        fl_record_bind(*s, &parameter, FL_TALLY_TABLE, &db->run, &row);
    }
    bool ok = sqlite3_step(*s) == SQLITE_DONE || fl_db_fail(db, err);
    sqlite3_reset(*s);
    return ok;
}

static bool tallies_write(struct fl_db *db, struct fl_err *err)
{
    size_t whole = db->tallies - db->tallies % BATCH;
    bool ok = true;
    for (size_t i = 0; ok && i < whole; i += BATCH)
        ok = tallies_insert(db, &db->tally[i], BATCH, &db->kept[FL_INSERT_TALLIES], err);
    for (size_t i = whole; ok && i < db->tallies; i++)
        ok = tallies_insert(db, &db->tally[i], 1, &db->insert[FL_TALLY_TABLE], err);
    return ok;
}

bool fl_db_complete_run(struct fl_db *db, struct fl_err *err)
{
    fl_assert(db->writing);
    fl_assert(db->shares_tallies || (db->unit_most <= db->units && db->operator_most <= db->operators));
    if (db->tallies > 0) {
        actions_sort(db);
        tallies_sort(db);
    }
    return sums_check(db, err) && tallies_write(db, err) && fl_db_add_total(db, db->run, err);
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
    int parameter = 0;
    if (!fl_db_prepare(db, fl_table_insert(&db->arena, "insert or replace", FL_FIGURE_TABLE, 1), &s, err))
        return false;
    fl_record_bind(s, &parameter, FL_FIGURE_TABLE, NULL, &(struct fl_figure_row){figure, series, run});
    bool ok = sqlite3_step(s) == SQLITE_DONE || fl_db_fail(db, err);
    sqlite3_finalize(s);
    return ok;
}
