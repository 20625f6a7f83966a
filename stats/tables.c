/* tables.c - the tables of the database, from stats/columns.h, and the SQL that makes and fills them. */
#include "stats/tables.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

extern const char fl_schema_sql[], fl_views_sql[];

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
        "The ranges that a design gives, key by key: a price with one key at either end. A price may rest on several\n"
        "keys, and a key (a current, a voltage, an efficiency) may decide several prices."),
    [FL_LEAP_TABLE] = TABLE("leap", leap_columns, "run, level",
        "What leaping saved: effort, not result. Runs that differ only here are identical."),
    [FL_TOTAL_TABLE] = TABLE("run_total", total_columns, NULL,
        "Sums over a run, kept so that a question to 100,000 runs is quick: a copy of the view `run_total_missing`,\n"
        "made when the run is stored. Any later change of what it rests on drops the row, and views compute it again."),
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
        "Runs that are drawn in one figure: those of the newest `fanlight reproduce`. Merging databases leaves them\n"
        "out, where runs of the same figure are there."),
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

/* A text that grows, then goes to the arena. */
struct writing { char *text; size_t bytes; FILE *out; };

static void writing_start(struct writing *w)
{
    *w = (struct writing){0};
    w->out = open_memstream(&w->text, &w->bytes);
    if (w->out == NULL)
        fl_memory_short(BUFSIZ);
}

static char *writing_end(struct writing *w, struct fl_arena *arena)
{
    if (fclose(w->out) != 0)
        fl_memory_short(w->bytes);
    struct fl_hold hold;
    fl_hold(&hold, free, w->text);
    char *kept = fl_arena_slice(arena, w->text, w->bytes);
    fl_let_go(&hold);
    free(w->text);
    return kept;
}

static void columns_write(FILE *out, enum fl_table_id table, const char *prefix, const struct fl_swap *swap)
{
    const struct fl_sql_table *t = &fl_tables[table];
    for (size_t i = 0; i < t->columns; i++) {
        const struct fl_swap *by = swap;
        while (by != NULL && by->column != NULL && strcmp(by->column, t->column[i].name) != 0)
            by++;
        bool swapped = by != NULL && by->column != NULL;
        fprintf(out, "%s%s%s", i > 0 ? ", " : "", swapped ? "" : prefix, swapped ? by->with : t->column[i].name);
    }
}

char *fl_table_columns(struct fl_arena *arena, enum fl_table_id table, const char *prefix, const struct fl_swap *swap)
{
    struct writing w;
    writing_start(&w);
    columns_write(w.out, table, prefix, swap);
    return writing_end(&w, arena);
}

char *fl_table_insert(struct fl_arena *arena, const char *verb, enum fl_table_id table, int rows)
{
    struct writing w;
    writing_start(&w);
    fprintf(w.out, "%s into %s (", verb, fl_tables[table].name);
    columns_write(w.out, table, "", NULL);
    fputs(") values ", w.out);
    for (int row = 0; row < rows; row++)
        for (size_t i = 0; i < fl_tables[table].columns; i++)
            fputs(i > 0 ? ",?" : row > 0 ? "),(?" : "(?", w.out);
    fputc(')', w.out);
    return writing_end(&w, arena);
}

/* Each line of a meaning as a comment. */
static void comment_write(FILE *out, const char *text)
{
    fputs("\n-- ", out);
    for (; *text != '\0'; text++)
        fputs(*text == '\n' ? "\n-- " : (char[]){*text, '\0'}, out);
    fputc('\n', out);
}

static void table_write(FILE *out, const struct fl_sql_table *t)
{
    comment_write(out, t->meaning);
    fprintf(out, "create table %s (\n", t->name);
    for (size_t i = 0; i < t->columns; i++) {
        const struct fl_column *c = &t->column[i];
        const char *more = t->key != NULL || i + 1 < t->columns ? "," : "";
        int wide = fprintf(out, "    %-15s %s%s%s%s", c->name, type_of(c->kind), c->constraint[0] != '\0' ? " " : "",
                           c->constraint, more);
        if (c->meaning[0] != '\0')
            fprintf(out, "%*s-- %s", wide < 43 ? 44 - wide : 1, "", c->meaning);
        fputc('\n', out);
    }
    if (t->key != NULL)
        fprintf(out, "    primary key (%s)\n", t->key);
    fprintf(out, ")%s;\n", t->key != NULL ? " without rowid" : "");
}

/* A text of SQL; $digital_fj is what a digital processor spends on a MAC. */
static void sql_write(FILE *out, const char *sql)
{
    static const char digital[] = "$digital_fj";
    for (const char *at; (at = strstr(sql, digital)) != NULL; sql = at + strlen(digital))
        fprintf(out, "%.*s" FL_DIGITAL_TEXT, (int)(at - sql), sql);
    fputs(sql, out);
}

char *fl_schema_text(struct fl_arena *arena)
{
    struct writing w;
    writing_start(&w);
    fprintf(w.out, "pragma application_id = %d;\npragma user_version = %d;\n", FL_APPLICATION_ID, FL_SCHEMA_VERSION);
    for (int i = 0; i < FL_TABLES; i++)
        table_write(w.out, &fl_tables[i]);
    sql_write(w.out, fl_schema_sql);
    sql_write(w.out, fl_views_sql);
    return writing_end(&w, arena);
}

void fl_schema_write(FILE *out)
{
    struct fl_arena scratch = {0};
    fputs(fl_schema_text(&scratch), out);
    fl_arena_free(&scratch);
}
