/* diff.c - two runs side by side: what changed, largest first. */
#include <string.h>

#include "base/table.h"
#include "stats/section.h"

/* Numbers of the summary, each with its measure. */
#define QUANTITIES \
    "with q (place, what, measure, run, value) as (" \
    "  select 1, 'latency', 's', run, latency_s from run_summary union all" \
    "  select 2, 'energy', 'J', run, energy_j from run_summary union all" \
    "  select 3, 'energy per MAC', 'J', run, j_per_mac from run_summary union all" \
    "  select 4, 'MACs', '', run, macs from run_summary union all" \
    "  select 5, 'MAC utilization', '%', run, mac_utilization from run_summary union all" \
    "  select 6, 'throughput', 'tokens/s', run, tokens_per_s from run_summary union all" \
    "  select 7, 'mean power', 'W', run, mean_w from run_summary union all" \
    "  select 8, 'area', 'mm^2', run, area_mm2 from run_summary union all" \
    "  select 9, 'setup time', 's', run, setup_s from run_summary union all" \
    "  select 10, 'setup energy', 'J', run, setup_j from run_summary), " \
    "summary as (select x.place, x.what, x.measure, x.value as a, y.value as b " \
    "            from q x join q y on y.place = x.place and y.run = ?2 where x.run = ?1) "
#define CHANGE "what, a, b, b - a as change, b * 1.0 / nullif(a, 0) as ratio"
#define LARGEST_FIRST " order by abs(b - a) desc, what"

/* What was spent under each name by both runs; a name that only one run has counts 0 in the other. */
#define BOTH(column, name, view) \
    "(select " name " as what, sum(iif(run = ?1, " column ", 0.0)) as a, sum(iif(run = ?2, " column ", 0.0)) as b " \
    " from " view " where run in (?1, ?2) group by 1)"
#define COMPONENTS BOTH("total_j", "component", "energy_by_component")
#define TIMES BOTH("critical_s", "name", "latency_by_operator")
#define OPERATORS BOTH("energy_j", "name", "energy_by_operator")

static const char summary_sql[] = QUANTITIES "select " CHANGE ", measure from summary order by place";
static const char energy_sql[] = "select " CHANGE " from " COMPONENTS LARGEST_FIRST;
static const char time_sql[] = "select " CHANGE " from " TIMES LARGEST_FIRST;
static const char operator_sql[] = "select " CHANGE " from " OPERATORS LARGEST_FIRST;
/* All as one table, whose first column says what each row is of. */
static const char csv_sql[] =
    QUANTITIES
    "select part, " CHANGE " from ("
    "select 'summary' as part, place / 100.0 as place, what, a, b from summary union all "
    "select 'energy_by_component', 1, * from " COMPONENTS " union all "
    "select 'time_by_operator', 2, * from " TIMES " union all "
    "select 'energy_by_operator', 3, * from " OPERATORS ") order by place, abs(b - a) desc, what";
static const char *const joules[] = {"<", "A>J", "B>J", "change>+J", "ratio>x", NULL};
static const char *const seconds[] = {"<", "A>s", "B>s", "change>+s", "ratio>x", NULL};

static const struct side {
    const char *key, *title, *sql;
    const char *const *head;
} side[] = {
    {"energy_by_component", "Energy by component", energy_sql, joules},
    {"time_by_operator", "Time by operator, all layers together", time_sql, seconds},
    {"energy_by_operator", "Energy by operator, all layers together", operator_sql, joules},
};
enum { SIDES = sizeof side / sizeof *side };

static bool prepare_for(struct fl_db *db, const char *sql, int64_t a, int64_t b, sqlite3_stmt **statement,
                        struct fl_err *err)
{
    if (!fl_db_prepare(db, sql, statement, err))
        return false;
    sqlite3_bind_int64(*statement, 1, a);
    sqlite3_bind_int64(*statement, 2, b);
    return true;
}

static const char *value_of(struct fl_arena *arena, sqlite3_stmt *s, int column, const char *sign, const char *measure)
{
    if (sqlite3_column_type(s, column) == SQLITE_NULL)
        return "-";
    return fl_measured(arena, sqlite3_column_double(s, column), fl_arena_format(arena, "%s%s", sign, measure));
}

static bool summary_print(struct fl_db *db, sqlite3_stmt *s, FILE *out, struct fl_err *err)
{
    struct fl_table table = {.indent = 2};
    struct fl_arena arena = {0};
    int code;
    fl_table_head(&table, "<", "A>", "B>", "change>", "ratio>", NULL);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        const char *measure = (const char *)sqlite3_column_text(s, 5);
        fl_table_row(&table, (const char *)sqlite3_column_text(s, 0), value_of(&arena, s, 1, "", measure),
                     value_of(&arena, s, 2, "", measure), value_of(&arena, s, 3, "+", measure),
                     value_of(&arena, s, 4, "", "x"), NULL);
    }
    fl_table_print(&table, out);
    fl_table_free(&table);
    fl_arena_free(&arena);
    return code == SQLITE_DONE || fl_db_fail(db, err);
}

/* "A = run 1: gpt2 on free_space_1k (prefill, auto)" */
static bool names_print(struct fl_db *db, int64_t a, int64_t b, FILE *out, struct fl_err *err)
{
    const int64_t run[] = {a, b};
    for (int i = 0; i < 2; i++) {
        sqlite3_stmt *s;
        if (!prepare_for(db,
                         "select coalesce(model || ' on ', '') || design || coalesce(', ' || phase, '') || "
                         "coalesce(', ' || mapper, '') || coalesce(' [' || nullif(label, '') || ']', '') "
                         "|| coalesce(': ' || error, '') from run where run = ?1",
                         run[i], 0, &s, err))
            return false;
        if (sqlite3_step(s) == SQLITE_ROW)
            fprintf(out, "%c = run %lld: %s\n", "AB"[i], (long long)run[i], (const char *)sqlite3_column_text(s, 0));
        sqlite3_finalize(s);
    }
    return true;
}

/* One table of the two runs, or one member of the JSON object. */
static bool side_write(struct fl_db *db, const struct side *part, int64_t a, int64_t b, enum fl_format format,
                       FILE *out, struct fl_err *err)
{
    sqlite3_stmt *s;
    if (!prepare_for(db, part->sql, a, b, &s, err))
        return false;
    bool ok;
    if (format == FL_TABLE) {
        fprintf(out, "\n%s\n\n", part->title);
        ok = fl_section_print(db, s, part->head, 0, out, err);
    } else {
        fprintf(out, ",\n  \"%s\": ", part->key);
        ok = fl_rows_write(db, s, format, 2, out, err);
    }
    sqlite3_finalize(s);
    return ok;
}

static bool csv_write(struct fl_db *db, int64_t a, int64_t b, FILE *out, struct fl_err *err)
{
    sqlite3_stmt *s;
    bool ok = prepare_for(db, csv_sql, a, b, &s, err) && fl_rows_write(db, s, FL_CSV, 0, out, err);
    sqlite3_finalize(s);
    return ok;
}

static bool summary_write(struct fl_db *db, int64_t a, int64_t b, enum fl_format format, FILE *out, struct fl_err *err)
{
    sqlite3_stmt *s;
    bool ok = prepare_for(db, summary_sql, a, b, &s, err);
    if (ok && format == FL_JSON) {
        fprintf(out, "{\n  \"a\": %lld,\n  \"b\": %lld,\n  \"summary\": ", (long long)a, (long long)b);
        ok = fl_rows_write(db, s, format, 2, out, err);
    } else if (ok) {
        ok = names_print(db, a, b, out, err) && fputc('\n', out) != EOF && summary_print(db, s, out, err);
    }
    sqlite3_finalize(s);
    return ok;
}

bool fl_report_diff(struct fl_db *db, int64_t a, int64_t b, enum fl_format format, FILE *out, struct fl_err *err)
{
    if (!fl_db_has_run(db, a, err) || !fl_db_has_run(db, b, err))
        return false;
    if (format == FL_CSV)
        return csv_write(db, a, b, out, err);
    bool ok = summary_write(db, a, b, format, out, err);
    for (size_t i = 0; ok && i < SIDES; i++)
        ok = side_write(db, &side[i], a, b, format, out, err);
    if (ok && format == FL_JSON)
        fputs("\n}\n", out);
    return ok;
}
