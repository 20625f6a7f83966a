/* tables.c - the tables of the database, from stats/columns.h, and the SQL that makes and fills them. */
#include "stats/tables.h"

#include <stddef.h>
#include <string.h>

extern const char fl_schema_sql[], fl_views_sql[], fl_sweeps_sql[];

/* ---- columns as data ---- */

#define COLUMN(kind, name, constraint, given, meaning) \
    {#name, constraint, meaning, FL_IS_##kind, OFFSET_##kind(name), given},
#define OFFSET_TEXT(name) offsetof(struct ROW, name)
#define OFFSET_WHOLE OFFSET_TEXT
#define OFFSET_INDEX OFFSET_TEXT
#define OFFSET_REAL OFFSET_TEXT
#define OFFSET_CLASS OFFSET_TEXT
#define OFFSET_KEY(name) 0
#define OFFSET_SUM_WHOLE OFFSET_KEY
#define OFFSET_SUM_REAL OFFSET_KEY
#define ALWAYS {FL_IS_KEY, 0, 0}
#define ABOVE(member, floor) \
    {_Generic(((struct ROW *)NULL)->member, int64_t: FL_IS_WHOLE, double: FL_IS_REAL), \
     offsetof(struct ROW, member), floor}

#define ROW fl_run_row
static const struct fl_column run_columns[] = {FL_RUN_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_unit_row
static const struct fl_column unit_columns[] = {FL_UNIT_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_operator_row
static const struct fl_column operator_columns[] = {FL_OPERATOR_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_tally_row
static const struct fl_column tally_columns[] = {FL_TALLY_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_price_row
static const struct fl_column price_columns[] = {FL_PRICE_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_range_row
static const struct fl_column range_columns[] = {FL_RANGE_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_leap_row
static const struct fl_column leap_columns[] = {FL_LEAP_COLUMNS(COLUMN)};
#undef ROW
#define ROW none
static const struct fl_column total_columns[] = {FL_TOTAL_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_sweep_row
static const struct fl_column sweep_columns[] = {FL_SWEEP_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_axis_row
static const struct fl_column axis_columns[] = {FL_AXIS_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_job_row
static const struct fl_column job_columns[] = {FL_JOB_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_stored_point
static const struct fl_column point_columns[] = {FL_POINT_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_value_row
static const struct fl_column value_columns[] = {FL_VALUE_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_figure_row
static const struct fl_column figure_columns[] = {FL_FIGURE_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_accuracy_stored
static const struct fl_column accuracy_columns[] = {FL_ACCURACY_COLUMNS(COLUMN)};
#undef ROW
#define ROW fl_setting_row
static const struct fl_column setting_columns[] = {FL_SETTING_COLUMNS(COLUMN)};
#undef ROW

#define TABLE(name, columns, key, meaning) {name, meaning, key, columns, sizeof columns / sizeof *columns}
const struct fl_sql_table fl_tables[FL_TABLES] = {
    [FL_RUN_TABLE] = TABLE("run", run_columns, NULL,
        "One simulation: what was asked, and how long the machine took."),
    [FL_UNIT_TABLE] = TABLE("unit", unit_columns, "run, unit",
        "The devices of a run's machine."),
    [FL_OPERATOR_TABLE] = TABLE("operator", operator_columns, "run, operator",
        "The operators of a run's workload, layers unrolled."),
    [FL_TALLY_TABLE] = TABLE("tally", tally_columns, "run, unit, action, operator",
        "What each unit did for each operator: counts of actions, and picoseconds in each state. Zeros are left out."),
    [FL_PRICE_TABLE] = TABLE("price", price_columns, "run, unit, action, component, class",
        "What each count costs, and who says so. An action may have several prices."),
    [FL_RANGE_TABLE] = TABLE("price_range", range_columns, "run, unit, action, component, class, key",
        "The ranges that a design gives, key by key: a price with one key at either end. A price may rest on\n"
        "-- several keys, and a key (a current, a voltage, an efficiency) may decide several prices."),
    [FL_LEAP_TABLE] = TABLE("leap", leap_columns, "run, level",
        "What leaping saved: effort, not result. Runs that differ only here are identical."),
    [FL_TOTAL_TABLE] = TABLE("run_total", total_columns, NULL,
        "Sums over a run, kept so that a question to 100,000 runs is quick: a copy of the view\n"
        "-- `run_total_missing`, made when the run is stored. Any later change of what it rests on drops the row, and\n"
        "-- views compute it again."),
    [FL_SWEEP_TABLE] = TABLE("sweep", sweep_columns, NULL,
        "Many runs with one purpose: a machine and workloads, varied along axes."),
    [FL_AXIS_TABLE] = TABLE("sweep_axis", axis_columns, "sweep, axis",
        "What a sweep varies."),
    [FL_JOB_TABLE] = TABLE("sweep_job", job_columns, "sweep, job",
        "The workloads of a sweep: points are compared within one of them."),
    [FL_POINT_TABLE] = TABLE("sweep_point", point_columns, "sweep, point",
        "One machine with one workload of a sweep."),
    [FL_VALUE_TABLE] = TABLE("sweep_value", value_columns, "sweep, point, axis",
        "Where a point lies: its place on each axis."),
    [FL_FIGURE_TABLE] = TABLE("figure", figure_columns, "figure, run",
        "Runs that are drawn in one figure: those of the newest `fanlight reproduce`. Merging databases leaves\n"
        "-- them out, where runs of the same figure are there."),
    [FL_ACCURACY_TABLE] = TABLE("accuracy", accuracy_columns, "run, arithmetic",
        "What a trained network reaches on a run's machine (`fanlight accuracy --db`): a row for each arithmetic."),
    [FL_SETTING_TABLE] = TABLE("accuracy_setting", setting_columns, "run, name",
        "Where such a run lies among those of one `fanlight accuracy --vary`."),
};

/* ---- SQL ---- */

static const char *type_of(enum fl_column_kind kind)
{
    switch (kind) {
    case FL_IS_TEXT:
    case FL_IS_CLASS:
        return "text";
    case FL_IS_REAL:
    case FL_IS_SUM_REAL:
        return "real";
    default:
        return "integer";
    }
}

/* A text that grows, and goes to the arena when it is whole. A database is made by many a short run: no printf here. */
struct writing { char *text; size_t bytes, room; };

static void say_bytes(struct writing *w, const char *text, size_t bytes)
{
    if (w->bytes + bytes >= w->room) {      /* also for nothing: memcpy wants a place */
        w->room = 2 * (w->bytes + bytes) + 512;
        w->text = fl_realloc(w->text, w->room);
    }
    memcpy(w->text + w->bytes, text, bytes);
    w->bytes += bytes;
}

static void say(struct writing *w, const char *text)
{
    say_bytes(w, text, strlen(text));
}

/* Blanks up to `column` of a line that began at `line`; one at least. */
static void say_blanks(struct writing *w, size_t line, size_t column)
{
    do
        say_bytes(w, " ", 1);
    while (w->bytes - line < column);
}

static char *written(struct writing *w, struct fl_arena *arena)
{
    char *kept = fl_arena_slice(arena, w->text, w->bytes);
    fl_free(w->text);
    return kept;
}

static void columns_write(struct writing *w, enum fl_table_id table, const char *prefix, const struct fl_swap *swap)
{
    const struct fl_sql_table *t = &fl_tables[table];
    for (size_t i = 0; i < t->columns; i++) {
        const struct fl_swap *by = swap;
        while (by != NULL && by->column != NULL && strcmp(by->column, t->column[i].name) != 0)
            by++;
        bool swapped = by != NULL && by->column != NULL;
        say(w, i > 0 ? ", " : "");
        say(w, swapped ? "" : prefix);
        say(w, swapped ? by->with : t->column[i].name);
    }
}

char *fl_table_columns(struct fl_arena *arena, enum fl_table_id table, const char *prefix, const struct fl_swap *swap)
{
    struct writing w = {0};
    columns_write(&w, table, prefix, swap);
    return written(&w, arena);
}

char *fl_table_insert(struct fl_arena *arena, const char *verb, enum fl_table_id table, int rows)
{
    struct writing w = {0};
    say(&w, verb);
    say(&w, " into ");
    say(&w, fl_tables[table].name);
    say(&w, " (");
    columns_write(&w, table, "", NULL);
    say(&w, ") values ");
    for (int row = 0; row < rows; row++)
        for (size_t i = 0; i < fl_tables[table].columns; i++)
            say(&w, i > 0 ? ",?" : row > 0 ? "),(?" : "(?");
    say(&w, ")");
    return written(&w, arena);
}

/* A line of a table: its name, type and constraint, and behind them what it means. */
static void column_write(struct writing *w, const struct fl_column *c, bool last)
{
    enum { TYPES = 20, MEANINGS = 44 };
    size_t line = w->bytes;
    say(w, "    ");
    say(w, c->name);
    say_blanks(w, line, TYPES);
    say(w, type_of(c->kind));
    say(w, c->constraint[0] != '\0' ? " " : "");
    say(w, c->constraint);
    say(w, last ? "" : ",");
    if (c->meaning[0] != '\0') {
        say_blanks(w, line, MEANINGS);
        say(w, "-- ");
        say(w, c->meaning);
    }
    say(w, "\n");
}

static void table_write(struct writing *w, const struct fl_sql_table *t)
{
    say(w, "\n-- ");
    say(w, t->meaning);
    say(w, "\ncreate table ");
    say(w, t->name);
    say(w, " (\n");
    for (size_t i = 0; i < t->columns; i++)
        column_write(w, &t->column[i], t->key == NULL && i + 1 == t->columns);
    if (t->key != NULL) {
        say(w, "    primary key (");
        say(w, t->key);
        say(w, ")\n) without rowid;\n");
    } else {
        say(w, ");\n");
    }
}

/* A text of SQL; $digital_fj is what a digital processor spends on a MAC. */
static void sql_write(struct writing *w, const char *sql)
{
    static const char digital[] = "$digital_fj";
    for (const char *at; (at = strchr(sql, '$')) != NULL; sql = at + strlen(digital)) {
        fl_assert(strncmp(at, digital, strlen(digital)) == 0);
        say_bytes(w, sql, (size_t)(at - sql));
        say(w, FL_DIGITAL_TEXT);
    }
    say(w, sql);
}

char *fl_schema_text(struct fl_arena *arena)
{
    struct writing w = {0};
    say(&w, "pragma application_id = " FL_TEXT_OF(FL_APPLICATION_ID) ";\n");
    say(&w, "pragma user_version = " FL_TEXT_OF(FL_SCHEMA_VERSION) ";\n");
    for (int i = 0; i < FL_TABLES; i++)
        table_write(&w, &fl_tables[i]);
    say(&w, "\n");
    sql_write(&w, fl_schema_sql);
    sql_write(&w, fl_views_sql);
    sql_write(&w, fl_sweeps_sql);
    return written(&w, arena);
}

void fl_schema_write(FILE *out)
{
    struct fl_arena scratch = {0};
    fputs(fl_schema_text(&scratch), out);
    fl_arena_free(&scratch);
}
