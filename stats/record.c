/* record.c - records into rows and back, column by column. */
#include <string.h>

#include "stats/db.h"

/* A number of the record, as an integer or a real. */
static int64_t whole_at(const void *record, enum fl_column_kind kind, size_t offset)
{
    const char *at = (const char *)record + offset;
    int64_t whole;
    uint32_t index;
    enum fl_class class;
    switch (kind) {
    case FL_IS_INDEX:
        memcpy(&index, at, sizeof index);
        return index;
    case FL_IS_CLASS:
        memcpy(&class, at, sizeof class);
        return class;
    default:
        memcpy(&whole, at, sizeof whole);
        return whole;
    }
}

static double real_at(const void *record, size_t offset)
{
    double real;
    memcpy(&real, (const char *)record + offset, sizeof real);
    return real;
}

static const char *text_at(const void *record, size_t offset)
{
    const char *text;
    memcpy(&text, (const char *)record + offset, sizeof text);
    return text;
}

/* Has the record a value for the column? */
static bool is_given(const struct fl_column *column, const void *record)
{
    switch (column->given.kind) {
    case FL_IS_WHOLE:
        return whole_at(record, FL_IS_WHOLE, column->given.offset) > column->given.floor;
    case FL_IS_REAL:
        return real_at(record, column->given.offset) > column->given.floor;
    default:
        return true;
    }
}

static void value_bind(sqlite3_stmt *s, int to, const struct fl_column *c, const void *record)
{
    switch (c->kind) {
    case FL_IS_TEXT:
        sqlite3_bind_text(s, to, text_at(record, c->offset), -1, SQLITE_STATIC);
        break;
    case FL_IS_REAL:
        sqlite3_bind_double(s, to, real_at(record, c->offset));
        break;
    case FL_IS_CLASS:
        sqlite3_bind_text(s, to, fl_class_names[whole_at(record, c->kind, c->offset)], -1, SQLITE_STATIC);
        break;
    default:
        sqlite3_bind_int64(s, to, whole_at(record, c->kind, c->offset));
    }
}

void fl_record_bind(sqlite3_stmt *s, int *parameter, enum fl_table_id table, const int64_t *key, const void *record)
{
    const struct fl_column *c = fl_tables[table].column, *end = c + fl_tables[table].columns;
    for (int to = *parameter + 1; c < end; c++, to++) {
        if (c->kind == FL_IS_KEY)
            sqlite3_bind_int64(s, to, *key++);
        else if (c->given.kind != FL_IS_KEY && !is_given(c, record))
            sqlite3_bind_null(s, to);
        else
            value_bind(s, to, c, record);
    }
    *parameter += (int)fl_tables[table].columns;
}

/* What a null stands for in a number that may be: no more than the floor. */
static void number_read(sqlite3_stmt *s, int column, const struct fl_column *c, void *record)
{
    char *at = (char *)record + c->offset;
    bool null = sqlite3_column_type(s, column) == SQLITE_NULL;
    int64_t whole = null ? c->given.floor : sqlite3_column_int64(s, column);
    double real = null ? c->given.floor : sqlite3_column_double(s, column);
    if (c->kind == FL_IS_REAL)
        memcpy(at, &real, sizeof real);
    else
        memcpy(at, &whole, sizeof whole);
}

void fl_record_read(sqlite3_stmt *s, enum fl_table_id table, void *record, struct fl_arena *arena)
{
    const struct fl_sql_table *t = &fl_tables[table];
    for (size_t i = 0; i < t->columns; i++) {
        const struct fl_column *c = &t->column[i];
        fl_assert(c->kind == FL_IS_TEXT || c->kind == FL_IS_WHOLE || c->kind == FL_IS_REAL);
        if (c->kind == FL_IS_TEXT) {
            const char *text = (const char *)sqlite3_column_text(s, (int)i);
            text = text != NULL ? fl_arena_text(arena, text) : NULL;
            memcpy((char *)record + c->offset, &text, sizeof text);
        } else {
            number_read(s, (int)i, c, record);
        }
    }
}

bool fl_db_insert(struct fl_db *db, enum fl_table_id table, const int64_t *key, const void *record, struct fl_err *err)
{
    sqlite3_stmt **s = &db->insert[table];
    if (*s == NULL && !fl_db_prepare(db, fl_table_insert(&db->arena, "insert", table, 1), s, err))
        return false;
    int parameter = 0;
    fl_record_bind(*s, &parameter, table, key, record);
    bool ok = sqlite3_step(*s) == SQLITE_DONE || fl_db_fail(db, err);
    sqlite3_reset(*s);
    return ok;
}

bool fl_db_add_total(struct fl_db *db, int64_t run, struct fl_err *err)
{
    sqlite3_stmt **s = &db->kept[FL_INSERT_TOTAL];
    if (*s == NULL &&
        !fl_db_prepare(db, "insert into run_total select * from run_total_missing where run = ?1", s, err))
        return false;
    sqlite3_bind_int64(*s, 1, run);
    bool ok = sqlite3_step(*s) == SQLITE_DONE || fl_db_fail(db, err);
    sqlite3_reset(*s);
    return ok;
}
