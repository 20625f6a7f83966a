/* section.c - rows of a statement as a table for eyes. */
#include "stats/section.h"

#include <math.h>
#include <string.h>

#include "base/table.h"
#include "base/whole.h"

enum { BAR = 24, HEADS = 16 };

const char *fl_measured(struct fl_arena *arena, double value, const char *measure)
{
    char buffer[FL_SI_BYTES];
    const char *sign = "";
    if (*measure == '+') {
        sign = value > 0 ? "+" : "";
        measure++;
    }
    if (strcmp(measure, "%") == 0)
        return fl_arena_format(arena, "%s%s", sign, fl_percent(buffer, value));
    if (strcmp(measure, "~") == 0)
        return fl_arena_format(arena, "%s%.4g", sign, value);
    if (strcmp(measure, "x") == 0)
        return fabs(value) >= 1e5 || (value != 0 && fabs(value) < 0.01)
                   ? fl_arena_format(arena, "%.2ex", value)
                   : fl_arena_format(arena, "%.*fx", fabs(value) < 10 ? 2 : 1, value);
    if (strcmp(measure, "mm^2") == 0)           /* a prefix would be squared: 200,000 mm^2 is 0.2 m^2 */
        return fabs(value) < 1e5 ? fl_arena_format(arena, "%s%.*g mm^2", sign, fabs(value) < 1e4 ? 4 : 5, value)
                                 : fl_arena_format(arena, "%s%.4g m^2", sign, value / 1e6);
    return fl_arena_format(arena, "%s%s", sign, fl_si(buffer, value, measure));
}

/* Part of the way to the longest bar: a share of 1. */
static const char *bar(struct fl_arena *arena, double share)
{
    static const char full[BAR + 1] = "########################";
    return fl_arena_slice(arena, full, (size_t)fl_whole(share * BAR + 0.5, 0, BAR));
}

static const char *cell(struct fl_arena *arena, sqlite3_stmt *statement, int column, const char *measure)
{
    int type = sqlite3_column_type(statement, column);
    if (type == SQLITE_NULL)
        return "-";
    if (*measure != '\0' && type != SQLITE_TEXT)
        return fl_measured(arena, sqlite3_column_double(statement, column), measure);
    return fl_arena_text(arena, (const char *)sqlite3_column_text(statement, column));
}

static void row_add(struct fl_table *table, sqlite3_stmt *statement, const char *const *measure)
{
    struct fl_arena arena = {0};
    const char *text[HEADS];
    int column = 0;
    for (size_t i = 0; i < table->columns; i++)
        if (*measure[i] == '#')
            text[i] = bar(&arena, sqlite3_column_double(statement, column - 1));
        else
            text[i] = cell(&arena, statement, column++, measure[i]);
    fl_table_cells(table, text);
    fl_arena_free(&arena);
}

/* Parts each head after its < or >: the name goes to the table, the rest is the measure. */
static void heads_set(struct fl_table *table, const char *const *head, const char **measure)
{
    struct fl_arena arena = {0};
    const char *name[HEADS];
    size_t columns = 0;
    for (; head[columns] != NULL; columns++) {
        fl_assert(columns < HEADS);
        size_t length = strcspn(head[columns], "<>") + 1;
        name[columns] = fl_arena_slice(&arena, head[columns], length);
        measure[columns] = head[columns] + length;
    }
    fl_table_heads(table, name, columns);
    fl_arena_free(&arena);
}

bool fl_section_print(struct fl_db *db, sqlite3_stmt *statement, const char *const *head, int64_t most, FILE *out,
                      struct fl_err *err)
{
    struct fl_table table = {.indent = 2};
    const char *measure[HEADS];
    int64_t rows = 0;
    int code;
    heads_set(&table, head, measure);
    for (; (code = sqlite3_step(statement)) == SQLITE_ROW; rows++)
        if (most == 0 || rows < most)
            row_add(&table, statement, measure);
    fl_table_print(&table, out);
    if (most > 0 && rows > most)
        fprintf(out, "  ... and %lld more\n", (long long)(rows - most));
    fl_table_free(&table);
    return code == SQLITE_DONE || fl_db_fail(db, err);
}
