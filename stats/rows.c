/* rows.c - all rows of a run in memory, before they are stored.
 *
 * Whoever simulated a run makes its rows without waiting for the database, and can send
 * them to the process that has it. Copying a row's texts, packing and unpacking follow from
 * its table's columns.
 */
#include "stats/db.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Where fl_rows keeps the rows of a table. */
struct kind { enum fl_table_id table; size_t size, array, count, room; };
enum { UNITS, OPERATORS, TALLIES, PRICES, RANGES, LEAPS, KINDS };
#define K(table, row, array, count, room) \
    { table, sizeof(struct row), offsetof(struct fl_rows, array), offsetof(struct fl_rows, count), \
      offsetof(struct fl_rows, room) }
static const struct kind kinds[KINDS] = {
    [UNITS] = K(FL_UNIT_TABLE, fl_unit_row, unit, units, unit_room),
    [OPERATORS] = K(FL_OPERATOR_TABLE, fl_operator_row, operator_, operators, operator_room),
    [TALLIES] = K(FL_TALLY_TABLE, fl_tally_row, tally, tallies, tally_room),
    [PRICES] = K(FL_PRICE_TABLE, fl_price_row, price, prices, price_room),
    [RANGES] = K(FL_RANGE_TABLE, fl_range_row, range, ranges, range_room),
    [LEAPS] = K(FL_LEAP_TABLE, fl_leap_row, leap, leaps, leap_room),
};
#undef K

/* How many bytes of the record a column's value is, texts apart; 0: it is no part of the record. */
static size_t size_of(enum fl_column_kind kind)
{
    switch (kind) {
    case FL_IS_WHOLE:
        return sizeof(int64_t);
    case FL_IS_REAL:
        return sizeof(double);
    case FL_IS_INDEX:
        return sizeof(uint32_t);
    case FL_IS_CLASS:
        return sizeof(enum fl_class);
    default:
        return 0;
    }
}

static size_t *count_of(const struct fl_rows *rows, size_t offset)
{
    return (size_t *)(void *)((char *)(uintptr_t)rows + offset);
}

static char *array_of(const struct fl_rows *rows, const struct kind *kind)
{
    char *array;
    memcpy(&array, (const char *)rows + kind->array, sizeof array);
    return array;
}

/* ---- gathering ---- */

static void texts_copy(struct fl_arena *arena, enum fl_table_id table, void *row)
{
    const struct fl_sql_table *t = &fl_tables[table];
    for (const struct fl_column *c = t->column; c < t->column + t->columns; c++) {
        const char *text;
        if (c->kind != FL_IS_TEXT)
            continue;
        memcpy(&text, (char *)row + c->offset, sizeof text);
        text = text != NULL ? fl_arena_text(arena, text) : NULL;
        memcpy((char *)row + c->offset, &text, sizeof text);
    }
}

static void row_add(struct fl_rows *rows, const struct kind *kind, const void *row)
{
    size_t *count = count_of(rows, kind->count);
    char *array = fl_grow(array_of(rows, kind), count_of(rows, kind->room), *count, kind->size);
    memcpy((char *)rows + kind->array, &array, sizeof array);
    memcpy(array + *count * kind->size, row, kind->size);
    texts_copy(&rows->arena, kind->table, array + *count * kind->size);
    *count += 1;
}

void fl_rows_set_run(struct fl_rows *rows, const struct fl_run_row *row)
{
    rows->run = *row;
    texts_copy(&rows->arena, FL_RUN_TABLE, &rows->run);
}

void fl_rows_add_unit(struct fl_rows *rows, const struct fl_unit_row *row)
{
    row_add(rows, &kinds[UNITS], row);
}

void fl_rows_add_operator(struct fl_rows *rows, const struct fl_operator_row *row)
{
    row_add(rows, &kinds[OPERATORS], row);
}

void fl_rows_add_tally(struct fl_rows *rows, const struct fl_tally_row *row)
{
    row_add(rows, &kinds[TALLIES], row);
}

void fl_rows_add_price(struct fl_rows *rows, const struct fl_price_row *row)
{
    row_add(rows, &kinds[PRICES], row);
}

void fl_rows_add_range(struct fl_rows *rows, const struct fl_range_row *row)
{
    row_add(rows, &kinds[RANGES], row);
}

void fl_rows_add_leap(struct fl_rows *rows, const struct fl_leap_row *row)
{
    row_add(rows, &kinds[LEAPS], row);
}

void fl_rows_free(struct fl_rows *rows)
{
    for (size_t i = 0; i < KINDS; i++)
        fl_free(array_of(rows, &kinds[i]));
    fl_arena_free(&rows->arena);
    memset(rows, 0, sizeof *rows);
}

/* ---- bytes ---- */

struct pack { char *data; size_t bytes, room; };

static void put(struct pack *pack, const void *from, size_t bytes)
{
    if (pack->bytes + bytes > pack->room) {
        pack->room = 2 * (pack->bytes + bytes);
        pack->data = fl_realloc(pack->data, pack->room);
    }
    memcpy(pack->data + pack->bytes, from, bytes);
    pack->bytes += bytes;
}

/* A text is its length with the final zero, then its bytes; a length of 0 is NULL. */
static void row_pack(struct pack *pack, enum fl_table_id table, const void *row)
{
    const struct fl_sql_table *t = &fl_tables[table];
    for (const struct fl_column *c = t->column; c < t->column + t->columns; c++) {
        const char *at = (const char *)row + c->offset, *text;
        if (c->kind != FL_IS_TEXT) {
            put(pack, at, size_of(c->kind));
            continue;
        }
        memcpy(&text, at, sizeof text);
        uint64_t length = text != NULL ? strlen(text) + 1 : 0;
        put(pack, &length, sizeof length);
        put(pack, text != NULL ? text : "", length);
    }
}

char *fl_rows_pack(const struct fl_rows *rows, size_t *bytes)
{
    struct pack pack = {0};
    row_pack(&pack, FL_RUN_TABLE, &rows->run);
    for (size_t i = 0; i < KINDS; i++) {
        uint64_t count = *count_of(rows, kinds[i].count);
        put(&pack, &count, sizeof count);
        for (uint64_t row = 0; row < count; row++)
            row_pack(&pack, kinds[i].table, array_of(rows, &kinds[i]) + row * kinds[i].size);
    }
    *bytes = pack.bytes;
    return pack.data;
}

struct unpack { const char *at, *end; };

static bool get(struct unpack *unpack, void *to, size_t bytes)
{
    if ((size_t)(unpack->end - unpack->at) < bytes)
        return false;
    memcpy(to, unpack->at, bytes);
    unpack->at += bytes;
    return true;
}

/* Texts point into the bytes: what stores a row copies them. */
static bool text_unpack(struct unpack *unpack, char *at)
{
    const char *text = NULL;
    uint64_t length;
    if (!get(unpack, &length, sizeof length) || length > (uint64_t)(unpack->end - unpack->at))
        return false;
    if (length > 0) {
        text = unpack->at;
        unpack->at += length;
        if (unpack->at[-1] != '\0')
            return false;
    }
    memcpy(at, &text, sizeof text);
    return true;
}

static bool row_unpack(struct unpack *unpack, enum fl_table_id table, void *row)
{
    const struct fl_sql_table *t = &fl_tables[table];
    bool ok = true;
    for (const struct fl_column *c = t->column; ok && c < t->column + t->columns; c++) {
        char *at = (char *)row + c->offset;
        ok = c->kind == FL_IS_TEXT ? text_unpack(unpack, at) : get(unpack, at, size_of(c->kind));
    }
    return ok;
}

static bool rows_unpack(struct fl_rows *rows, struct unpack *unpack)
{
    union { struct fl_run_row run; struct fl_unit_row unit; struct fl_operator_row operator_; struct fl_tally_row tally;
            struct fl_price_row price; struct fl_range_row range; struct fl_leap_row leap; } row;
    memset(&row, 0, sizeof row);
    if (!row_unpack(unpack, FL_RUN_TABLE, &row))
        return false;
    fl_rows_set_run(rows, &row.run);
    for (size_t i = 0; i < KINDS; i++) {
        uint64_t count;
        if (!get(unpack, &count, sizeof count))
            return false;
        for (uint64_t n = 0; n < count; n++) {
            if (!row_unpack(unpack, kinds[i].table, &row))
                return false;
            row_add(rows, &kinds[i], &row);
        }
    }
    return unpack->at == unpack->end;
}

bool fl_rows_unpack(struct fl_rows *rows, const char *data, size_t bytes)
{
    struct unpack unpack = {data, data + bytes};
    memset(rows, 0, sizeof *rows);
    if (rows_unpack(rows, &unpack))
        return true;
    fl_rows_free(rows);
    return false;
}

/* ---- storing ---- */

bool fl_db_add_rows(struct fl_db *db, const struct fl_rows *rows, int64_t *number, struct fl_err *err)
{
    bool ok = fl_db_begin_run(db, &rows->run, number, err);
    for (size_t i = 0; ok && i < rows->units; i++)
        ok = fl_db_add_unit(db, &rows->unit[i], err);
    for (size_t i = 0; ok && i < rows->prices; i++)
        ok = fl_db_add_price(db, &rows->price[i], err);
    for (size_t i = 0; ok && i < rows->ranges; i++)
        ok = fl_db_add_range(db, &rows->range[i], err);
    for (size_t i = 0; ok && i < rows->operators; i++)
        ok = fl_db_add_operator(db, &rows->operator_[i], err);
    for (size_t i = 0; ok && i < rows->tallies; i++)
        ok = fl_db_add_tally(db, &rows->tally[i], err);
    for (size_t i = 0; ok && i < rows->leaps; i++)
        ok = fl_db_add_leap(db, &rows->leap[i], err);
    return ok;
}

bool fl_db_store(struct fl_db *db, const struct fl_rows *rows, int64_t *number, struct fl_err *err)
{
    if (fl_db_add_rows(db, rows, number, err) && fl_db_end_run(db, err))
        return true;
    fl_db_undo_run(db);
    return false;
}

bool fl_db_store_tested(struct fl_db *db, const struct fl_rows *rows, const struct fl_tested *tested, int64_t *number,
                        struct fl_err *err)
{
    bool ok = fl_db_add_rows(db, rows, number, err);
    for (size_t i = 0; ok && i < tested->rows; i++)
        ok = fl_db_insert(db, FL_ACCURACY_TABLE, number, &tested->row[i], err);
    for (size_t i = 0; ok && i < tested->settings; i++)
        ok = fl_db_insert(db, FL_SETTING_TABLE, number, &tested->setting[i], err);
    if (ok && fl_db_end_run(db, err))
        return true;
    fl_db_undo_run(db);
    return false;
}
