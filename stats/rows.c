/* rows.c - all rows of a run in memory, before they are stored.
 *
 * Whoever simulated a run makes its rows without waiting for the database, and can send
 * them to the process that has it. Each kind of row is described once, by a table of
 * fields; copying its texts, packing and unpacking follow from that.
 */
#include "stats/db.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum field_kind { END, TEXT, BITS64, BITS32 };
struct field { enum field_kind kind; size_t offset; };

#define F(kind, member) { kind, offsetof(struct ROW, member) }
#define ROW fl_run_row
static const struct field run_fields[] = {
    F(BITS64, number), F(TEXT, label), F(TEXT, design), F(TEXT, model), F(TEXT, phase), F(TEXT, mapper),
    F(TEXT, objective), F(BITS64, context), F(BITS64, tokens), F(BITS64, batch), F(TEXT, start_utc), F(BITS64, wall_s),
    F(TEXT, version), F(TEXT, command), F(TEXT, design_text), F(TEXT, workload_text), F(BITS64, latency_ps),
    F(BITS64, setup_ps), F(BITS64, inferences), F(BITS64, leapt_share), F(BITS64, tallies_of), F(TEXT, error),
    F(TEXT, notes), F(BITS64, peak_macs_per_s), F(BITS64, width),
    F(BITS64, parameters), { END, 0 } };
#undef ROW
#define ROW fl_unit_row
static const struct field unit_fields[] = {
    F(TEXT, path), F(TEXT, kind), F(BITS64, copies), F(BITS64, area_um2), F(BITS64, peak_w), F(BITS64, lanes),
    F(TEXT, lane_action), F(BITS64, lane_ps), { END, 0 } };
#undef ROW
#define ROW fl_operator_row
static const struct field operator_fields[] = {
    F(BITS64, layer), F(TEXT, name), F(TEXT, kind), F(BITS64, macs), F(TEXT, placed), F(BITS64, start_ps),
    F(BITS64, end_ps), F(BITS64, critical_ps), F(TEXT, bound_by), { END, 0 } };
#undef ROW
#define ROW fl_tally_row
static const struct field tally_fields[] = {
    F(BITS32, unit), F(BITS32, operator_), F(TEXT, action), F(BITS64, count), { END, 0 } };
#undef ROW
#define ROW fl_price_row
static const struct field price_fields[] = {
    F(BITS32, unit), F(TEXT, action), F(TEXT, component), F(BITS32, class), F(BITS64, fj), F(TEXT, source),
    F(TEXT, file), F(BITS32, line), F(TEXT, key), F(BITS64, low_fj), F(BITS64, high_fj), { END, 0 } };
#undef ROW
#define ROW fl_range_row
static const struct field range_fields[] = {
    F(BITS32, unit), F(TEXT, action), F(TEXT, component), F(BITS32, class), F(TEXT, key), F(TEXT, source),
    F(BITS64, low_fj), F(BITS64, high_fj), { END, 0 } };
#undef ROW
#define ROW fl_leap_row
static const struct field leap_fields[] = {
    F(BITS32, level), F(BITS64, represented), F(BITS64, simulated), F(BITS64, transient), F(BITS64, period),
    F(TEXT, breaker), { END, 0 } };
#undef ROW
#undef F

/* Where fl_rows keeps the rows of a kind. */
struct kind { const struct field *field; size_t size, array, count, room; };
enum { UNITS, OPERATORS, TALLIES, PRICES, RANGES, LEAPS, KINDS };
#define K(fields, row, array, count, room) \
    { fields, sizeof(struct row), offsetof(struct fl_rows, array), offsetof(struct fl_rows, count), \
      offsetof(struct fl_rows, room) }
static const struct kind kinds[KINDS] = {
    [UNITS] = K(unit_fields, fl_unit_row, unit, units, unit_room),
    [OPERATORS] = K(operator_fields, fl_operator_row, operator_, operators, operator_room),
    [TALLIES] = K(tally_fields, fl_tally_row, tally, tallies, tally_room),
    [PRICES] = K(price_fields, fl_price_row, price, prices, price_room),
    [RANGES] = K(range_fields, fl_range_row, range, ranges, range_room),
    [LEAPS] = K(leap_fields, fl_leap_row, leap, leaps, leap_room),
};
#undef K

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

static void texts_copy(struct fl_arena *arena, const struct field *field, void *row)
{
    for (; field->kind != END; field++) {
        const char *text;
        if (field->kind != TEXT)
            continue;
        memcpy(&text, (char *)row + field->offset, sizeof text);
        text = text != NULL ? fl_arena_text(arena, text) : NULL;
        memcpy((char *)row + field->offset, &text, sizeof text);
    }
}

static void row_add(struct fl_rows *rows, const struct kind *kind, const void *row)
{
    size_t *count = count_of(rows, kind->count);
    char *array = fl_grow(array_of(rows, kind), count_of(rows, kind->room), *count, kind->size);
    memcpy((char *)rows + kind->array, &array, sizeof array);
    memcpy(array + *count * kind->size, row, kind->size);
    texts_copy(&rows->arena, kind->field, array + *count * kind->size);
    *count += 1;
}

void fl_rows_set_run(struct fl_rows *rows, const struct fl_run_row *row)
{
    rows->run = *row;
    texts_copy(&rows->arena, run_fields, &rows->run);
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

static size_t size_of(enum field_kind kind)
{
    return kind == BITS64 ? 8 : 4;
}

/* A text is its length with the final zero, then its bytes; a length of 0 is NULL. */
static void row_pack(struct pack *pack, const struct field *field, const void *row)
{
    for (; field->kind != END; field++) {
        const char *at = (const char *)row + field->offset, *text;
        if (field->kind != TEXT) {
            put(pack, at, size_of(field->kind));
            continue;
        }
        memcpy(&text, at, sizeof text);
        uint64_t length = text != NULL ? strlen(text) + 1 : 0;
        put(pack, &length, sizeof length);
        if (length > 0)
            put(pack, text, length);
    }
}

char *fl_rows_pack(const struct fl_rows *rows, size_t *bytes)
{
    struct pack pack = {0};
    row_pack(&pack, run_fields, &rows->run);
    for (size_t i = 0; i < KINDS; i++) {
        uint64_t count = *count_of(rows, kinds[i].count);
        put(&pack, &count, sizeof count);
        for (uint64_t row = 0; row < count; row++)
            row_pack(&pack, kinds[i].field, array_of(rows, &kinds[i]) + row * kinds[i].size);
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
static bool row_unpack(struct unpack *unpack, const struct field *field, void *row)
{
    for (; field->kind != END; field++) {
        char *at = (char *)row + field->offset;
        const char *text = NULL;
        uint64_t length;
        if (field->kind != TEXT) {
            if (!get(unpack, at, size_of(field->kind)))
                return false;
            continue;
        }
        if (!get(unpack, &length, sizeof length) || length > (uint64_t)(unpack->end - unpack->at))
            return false;
        if (length > 0) {
            text = unpack->at;
            unpack->at += length;
            if (unpack->at[-1] != '\0')
                return false;
        }
        memcpy(at, &text, sizeof text);
    }
    return true;
}

static bool rows_unpack(struct fl_rows *rows, struct unpack *unpack)
{
    union { struct fl_run_row run; struct fl_unit_row unit; struct fl_operator_row operator_; struct fl_tally_row tally;
            struct fl_price_row price; struct fl_range_row range; struct fl_leap_row leap; } row;
    memset(&row, 0, sizeof row);
    if (!row_unpack(unpack, run_fields, &row))
        return false;
    fl_rows_set_run(rows, &row.run);
    for (size_t i = 0; i < KINDS; i++) {
        uint64_t count;
        if (!get(unpack, &count, sizeof count))
            return false;
        for (uint64_t n = 0; n < count; n++) {
            if (!row_unpack(unpack, kinds[i].field, &row))
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
