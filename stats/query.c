/* query.c - rows of a statement as an aligned table, as JSON or as CSV; and SQL that may only read.
 *
 * Tables are for eyes: long texts are cut, reals have six digits. JSON and CSV keep all:
 * reals are written with the fewest digits that read back as the same double.
 */
#include "stats/db.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "base/seconds.h"
#include "base/table.h"

enum { REAL_BYTES = 40, CELL_MOST = 72 };

/* ---- one value ---- */

static const char *real_exact(char buffer[REAL_BYTES], double value)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, REAL_BYTES, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value)
            break;
    }
    return buffer;
}

static const char *text_of(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text != NULL ? (const char *)text : "";
}

static void json_value(sqlite3_stmt *statement, int column, FILE *out)
{
    char buffer[REAL_BYTES];
    double real;
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
        fputs("null", out);
        break;
    case SQLITE_INTEGER:
        fprintf(out, "%lld", sqlite3_column_int64(statement, column));
        break;
    case SQLITE_FLOAT:
        real = sqlite3_column_double(statement, column);
        fputs(isfinite(real) ? real_exact(buffer, real) : "null", out);     /* JSON has no infinity */
        break;
    default:
        fl_json_text(text_of(statement, column), out);
    }
}

static void csv_value(sqlite3_stmt *statement, int column, FILE *out)
{
    char buffer[REAL_BYTES];
    if (sqlite3_column_type(statement, column) == SQLITE_FLOAT)
        fputs(real_exact(buffer, sqlite3_column_double(statement, column)), out);
    else
        fl_csv_text(text_of(statement, column), out);
}

/* The first line of a text, cut to CELL_MOST bytes, at a character's end. */
static const char *cell_text(struct fl_arena *arena, const char *text)
{
    size_t length = strcspn(text, "\r\n\t");
    if (text[length] == '\0' && length <= CELL_MOST)
        return fl_arena_text(arena, text);
    if (length > CELL_MOST - 3)
        length = CELL_MOST - 3;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--;
    return fl_arena_format(arena, "%.*s...", (int)length, text);
}

static const char *cell_value(struct fl_arena *arena, sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_FLOAT)
        return fl_arena_format(arena, "%.6g", sqlite3_column_double(statement, column));
    return cell_text(arena, text_of(statement, column));
}

/* ---- all rows; each returns SQLite's last code ---- */

void fl_row_json(sqlite3_stmt *statement, FILE *out)
{
    fputs("{", out);
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        if (i > 0)
            fputs(", ", out);
        fl_json_text(sqlite3_column_name(statement, i), out);
        fputs(": ", out);
        json_value(statement, i, out);
    }
    fputs("}", out);
}

static int rows_json(sqlite3_stmt *statement, int indent, FILE *out)
{
    int code;
    const char *before = "";
    fputs("[", out);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        fprintf(out, "%s\n%*s", before, indent + 2, "");
        fl_row_json(statement, out);
        before = ",";
    }
    if (*before != '\0')
        fprintf(out, "\n%*s", indent, "");
    fputs("]", out);
    return code;
}

static int rows_csv(sqlite3_stmt *statement, FILE *out)
{
    int code, columns = sqlite3_column_count(statement);
    for (int i = 0; i < columns; i++) {
        fl_csv_text(sqlite3_column_name(statement, i), out);
        fputc(i + 1 < columns ? ',' : '\n', out);
    }
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        for (int i = 0; i < columns; i++) {
            csv_value(statement, i, out);
            fputc(i + 1 < columns ? ',' : '\n', out);
        }
    return code;
}

/* Numbers are pushed to the right; the first row tells which columns hold numbers. */
static void table_head(struct fl_table *table, sqlite3_stmt *statement, bool any, struct fl_arena *arena)
{
    int columns = sqlite3_column_count(statement);
    const char **head = fl_arena_array(arena, (size_t)columns, sizeof *head);
    for (int i = 0; i < columns; i++) {
        int type = any ? sqlite3_column_type(statement, i) : SQLITE_TEXT;
        bool number = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
        head[i] = fl_arena_format(arena, "%s%c", sqlite3_column_name(statement, i), number ? '>' : '<');
    }
    fl_table_heads(table, head, (size_t)columns);
}

static int rows_table(sqlite3_stmt *statement, struct fl_query_watch *watch, FILE *out)
{
    struct fl_table table = {0};
    struct fl_arena scratch = {0};
    int columns = sqlite3_column_count(statement), code = sqlite3_step(statement);
    table_head(&table, statement, code == SQLITE_ROW, &scratch);
    const char **cell = fl_arena_array(&scratch, (size_t)columns, sizeof *cell);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
        struct fl_arena texts = {0};
        for (int i = 0; i < columns; i++) {
            cell[i] = cell_value(&texts, statement, i);
            if (watch != NULL)          /* a table is kept until its columns are known to be wide enough */
                watch->kept += (int64_t)(strlen(cell[i]) + sizeof cell[i]);
        }
        fl_table_cells(&table, cell);
        fl_arena_free(&texts);
    }
    if (code == SQLITE_DONE)
        fl_table_print(&table, out);
    fl_table_free(&table);
    fl_arena_free(&scratch);
    return code;
}

bool fl_rows_write(struct fl_db *db, sqlite3_stmt *statement, enum fl_format format, int indent, FILE *out,
                   struct fl_err *err)
{
    int code = format == FL_JSON  ? rows_json(statement, indent, out)
               : format == FL_CSV ? rows_csv(statement, out)
                                  : rows_table(statement, db->watch, out);
    return code == SQLITE_DONE || fl_db_fail(db, err);
}

/* ---- SQL from outside: it may only read ---- */

struct denial {                         /* what SQLite's compiler met that is not reading */
    int action;
    char what[64];
};

static bool pragma_reads(const char *name)
{
    static const char *const harmless[] = {
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list", "database_list",
        "compile_options", "integrity_check", "quick_check", NULL,
    };
    for (size_t i = 0; harmless[i] != NULL; i++)
        if (strcmp(harmless[i], name) == 0)
            return true;
    return false;
}

static const char *verb_of(int action)
{
    switch (action) {
    case SQLITE_INSERT:
        return "insert into";
    case SQLITE_UPDATE:
        return "update";
    case SQLITE_DELETE:
        return "delete from";
    case SQLITE_ATTACH:
        return "attach";
    case SQLITE_PRAGMA:
        return "use pragma";
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return "begin or end a transaction:";
    default:
        return "change the database's own tables:";
    }
}

static int authorize(void *context, int action, const char *a, const char *b, const char *database, const char *view)
{
    (void)database;
    (void)view;
    struct denial *denial = context;
    if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE)
        return SQLITE_OK;
    if (action == SQLITE_PRAGMA && (pragma_reads(a) || b == NULL))
        return SQLITE_OK;
    /* A pragma or a module that is asked as a table, pragma_table_info('run'), is declared as one while it is compiled;
     * a statement that would write there in earnest is no read-only one. */
    if (action == SQLITE_UPDATE && a != NULL && strcmp(a, "sqlite_master") == 0)
        return SQLITE_OK;
    if (denial->action == 0) {
        denial->action = action;
        snprintf(denial->what, sizeof denial->what, "%s", a != NULL ? a : "");
    }
    return SQLITE_DENY;
}

static bool query_prepare(struct fl_db *db, const char *sql, sqlite3_stmt **statement, struct fl_err *err)
{
    struct denial denial = {0};
    sqlite3_stmt *second = NULL;
    const char *rest = sql;
    sqlite3_set_authorizer(db->sqlite, authorize, &denial);
    int code = sqlite3_prepare_v2(db->sqlite, sql, -1, statement, &rest);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(db->sqlite, rest, -1, &second, NULL);
    bool ok = code == SQLITE_OK;
    if (second != NULL)
        ok = fl_fail(err, "SQL", "one statement at a time; a second begins at \"%.40s\"", rest + strspn(rest, " \t\n"));
    else if (denial.action != 0)
        ok = fl_fail(err, "SQL", "this would %s %s, and a query only reads; change a database with sqlite3",
                     verb_of(denial.action), denial.what);
    else if (!ok)
        fl_fail(err, "SQL", "%s", sqlite3_errmsg(db->sqlite));
    else if (*statement == NULL)
        ok = fl_fail(err, "SQL", "the query is empty; try \"select * from run_summary\"");
    else if (!sqlite3_stmt_readonly(*statement))
        ok = fl_fail(err, "SQL", "a query only reads; change a database with sqlite3");
    else if (sqlite3_column_count(*statement) == 0)
        ok = fl_fail(err, "SQL", "this gives no rows, and changes but the connection it is made on, which ends with "
                     "the query: nothing was done");
    sqlite3_finalize(second);
    sqlite3_set_authorizer(db->sqlite, NULL, NULL);
    return ok;
}

/* ---- limits ---- */

/* SQLite asks every so many of its own steps; true ends the statement. */
static int past_limits(void *context)
{
    struct fl_query_watch *watch = context;
    watch->late = fl_seconds() > watch->end_s;
    watch->large = sqlite3_memory_used() + watch->kept > watch->most_bytes;
    return watch->late || watch->large;
}

static bool limits_told(const struct fl_query_watch *watch, const struct fl_query_limits *limits, struct fl_err *err)
{
    if (watch->late)
        return fl_fail(err, "SQL", "has taken %lld s, and was ended; ask for less, or allow it more with --seconds",
                       (long long)limits->seconds);
    return fl_fail(err, "SQL", "needs more than %lld MiB, and was ended; ask for less, or allow it more with --memory",
                   (long long)limits->mebibytes);
}

static void limits_set(struct fl_db *db, struct fl_query_watch *watch)
{
    enum { STEPS = 10000 };
    db->watch = watch;
    sqlite3_progress_handler(db->sqlite, watch != NULL ? STEPS : 0, past_limits, watch);
    /* one value may not be larger than all of them */
    if (watch != NULL && watch->most_bytes < sqlite3_limit(db->sqlite, SQLITE_LIMIT_LENGTH, -1))
        sqlite3_limit(db->sqlite, SQLITE_LIMIT_LENGTH, (int)watch->most_bytes);
}

bool fl_db_query(struct fl_db *db, const char *sql, const struct fl_query_limits *limits, enum fl_format format,
                 FILE *out, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    struct fl_err why = {0};
    struct fl_query_watch watch = {0};
    if (limits != NULL) {
        watch.end_s = fl_seconds() + (double)limits->seconds;
        watch.most_bytes = limits->mebibytes << 20;
        limits_set(db, &watch);
    }
    bool ok = query_prepare(db, sql, &statement, &why) && fl_rows_write(db, statement, format, 0, out, &why);
    limits_set(db, NULL);
    watch.large = watch.large || sqlite3_errcode(db->sqlite) == SQLITE_TOOBIG;
    if (limits != NULL && (watch.late || watch.large))
        ok = limits_told(&watch, limits, err);
    else
        fl_err_take(err, &why);
    fl_err_free(&why);
    if (ok && format == FL_JSON)
        fputc('\n', out);
    sqlite3_finalize(statement);
    return ok;
}

/* The statement's present row, as texts and numbers. */
static void row_read(sqlite3_stmt *statement, int columns, struct fl_arena *texts, const char **text, double *number)
{
    char buffer[REAL_BYTES];
    for (int i = 0; i < columns; i++) {
        int type = sqlite3_column_type(statement, i);
        bool counts = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
        number[i] = counts ? sqlite3_column_double(statement, i) : NAN;
        text[i] = type == SQLITE_NULL    ? NULL
                  : type == SQLITE_FLOAT ? fl_arena_text(texts, real_exact(buffer, number[i]))
                                         : fl_arena_text(texts, text_of(statement, i));
    }
}

bool fl_db_rows(struct fl_db *db, const char *sql,
                void (*tell)(void *context, int columns, const char *const *name, const char *const *text,
                             const double *number),
                void *context, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    if (!query_prepare(db, sql, &statement, err)) {
        sqlite3_finalize(statement);
        return false;
    }
    struct fl_arena scratch = {0};
    int code, columns = sqlite3_column_count(statement);
    const char **name = fl_arena_array(&scratch, (size_t)columns + 1, sizeof *name);
    const char **text = fl_arena_array(&scratch, (size_t)columns + 1, sizeof *text);
    double *number = fl_arena_array(&scratch, (size_t)columns + 1, sizeof *number);
    for (int i = 0; i < columns; i++)
        name[i] = sqlite3_column_name(statement, i);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct fl_arena texts = {0};
        row_read(statement, columns, &texts, text, number);
        tell(context, columns, name, text, number);
        fl_arena_free(&texts);
    }
    fl_arena_free(&scratch);
    bool ok = code == SQLITE_DONE || fl_db_fail(db, err);
    sqlite3_finalize(statement);
    return ok;
}
