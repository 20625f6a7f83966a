/* report.c - what a run's rows say, on one page.
 *
 * A section is one SQL text over the views, and one head a column that tells how its
 * numbers are written (section.h). JSON and CSV are the rows of the same SQL.
 */
#include <math.h>
#include <string.h>

#include "base/table.h"
#include "stats/section.h"

static const char component_sql[] =
    "select component, dynamic_j, static_j, total_j, share from energy_by_component where run = ?1 "
    "order by total_j desc, component";
static const char *const component_head[] = {"component<", "dynamic>J", "static>J", "total>J", "share>%", "<#", NULL};

/* The same operator of every layer is one line, bound by what binds most of its time: beside max(), SQLite gives plain
 * columns the values of the row that has the maximum. */
static const char operator_sql[] =
    "with part as (select e.name, e.kind, o.bound_by, coalesce(o.critical_ps / 1e12, 0.0) as time_s, e.energy_j "
    "              from energy_by_operator e join run r on r.run = ?1 "
    "              left join operator o on o.run = coalesce(r.tallies_of, r.run) and o.operator = e.operator "
    "              where e.run = ?1), "
    "     bound as (select name, kind, bound_by, count(*) as times, sum(time_s) as time_s, sum(energy_j) as energy_j "
    "               from part group by name, kind, bound_by), "
    "     line as (select name, kind, sum(times) as times, sum(time_s) as time_s, max(time_s), bound_by, "
    "                     sum(energy_j) as energy_j from bound group by name, kind) "
    "select l.name as operator, l.kind, l.times, l.time_s, l.time_s / nullif(r.latency_s, 0) as time_share, "
    "       l.bound_by, l.energy_j, l.energy_j / nullif(r.energy_j, 0) as energy_share "
    "from line l join run_summary r on r.run = ?1 order by l.time_s desc, l.energy_j desc, l.name";
static const char *const operator_head[] = {"operator<", "kind<",    "times>",   "time>s", "share>%",
                                            "bound by<", "energy>J", "share>%", NULL};

static const char layer_sql[] =
    "select case when e.operator = 0 then e.name else coalesce(e.layer, '(no layer)') end as layer, "
    "       sum(e.operator > 0) as operators, sum(coalesce(o.critical_ps / 1e12, 0.0)) as time_s, "
    "       sum(coalesce(o.critical_ps / 1e12, 0.0)) / nullif(s.latency_s, 0) as time_share, "
    "       sum(e.energy_j) as energy_j, sum(e.energy_j) / nullif(s.energy_j, 0) as energy_share "
    "from energy_by_operator e join run r on r.run = ?1 join run_summary s on s.run = ?1 "
    "left join operator o on o.run = coalesce(r.tallies_of, r.run) and o.operator = e.operator "
    "where e.run = ?1 group by 1 order by max(e.operator) = 0, e.layer is null, e.layer, 1";
static const char *const layer_head[] = {"layer<", "operators>", "time>s", "share>%", "energy>J", "share>%", NULL};

static const char unit_sql[] =
    "with spent as (select unit, sum(energy_j) as energy_j from energy_by_action where run = ?1 group by unit) "
    "select x.path as unit, u.kind, x.utilization as busy_share, "
    "       x.blocked_s / nullif(t.latency_s, 0) as blocked_share, x.idle_s / nullif(t.latency_s, 0) as idle_share, "
    "       x.lane_utilization, coalesce(s.energy_j, 0.0) as energy_j, "
    "       coalesce(s.energy_j / nullif(t.energy_j, 0), 0.0) as energy_share "
    "from run r join utilization x on x.run = ?1 join run_summary t on t.run = ?1 "
    "join unit u on u.run = coalesce(r.tallies_of, r.run) and u.unit = x.unit left join spent s on s.unit = x.unit "
    "where r.run = ?1 order by x.unit";
static const char *const unit_head[] = {"unit<",   "kind<",    "busy>%",  "blocked>%", "idle>%",
                                        "lanes>%", "energy>J", "share>%", NULL};

/* What leaping saved, loop by loop. */
#define WHEN(number, constant, name) "when " #number " then '" name "' "
static const char leap_sql[] =
    "select case l.level " FL_EACH_LEVEL(WHEN) "end as loop, "
    "       l.represented as leapt_over, l.simulated, l.transient, l.period * 1e-12 as period_s, l.breaker "
    "from run r join leap l on l.run = coalesce(r.tallies_of, r.run) "
    "where r.run = ?1 order by l.level";
static const char *const leap_head[] = {"loop<",     "events leapt over>", "simulated>", "transient>",
                                        "period>s",  "broken by<",         NULL};

/* What networks reach on the run's design, with all that is stored of it and of the same task. */
static const char accuracy_sql[] =
    "select a.run, a.net, a.variant, a.encoding, a.settings, a.photons_per_mac, a.perplexity, a.accuracy, a.sigma, "
    "       a.seeds, a.over_noiseless, a.over_exact, a.j_per_token "
    "from accuracy_summary a join run r on r.run = ?1 where a.design = r.design and a.arithmetic = 'optical' "
    "and a.task = coalesce((select task from accuracy where run = ?1 limit 1), a.task) "
    "order by a.net, a.encoding, a.settings, a.photons_per_mac, a.run";
static const char *const accuracy_head[] = {"run>", "net<", "trained by<", "encoding<", "varied<", "photons/MAC>~",
                                            "perplexity>~", "accuracy>%", "+->~", "seeds>", "over noiseless>~",
                                            "over exact>~", "energy/token>J", NULL};

static const struct section {
    const char *by, *title, *sql;
    const char *const *head;
    bool usual;                         /* part of the report that nobody asked anything of */
} section[] = {
    {"component", "Energy by component", component_sql, component_head, true},
    {"operator", "Time and energy by operator, all layers together", operator_sql, operator_head, true},
    {"layer", "Time and energy by layer", layer_sql, layer_head, false},
    {"unit", "What each unit did all the time", unit_sql, unit_head, true},
    {"accuracy", "What networks reach on this design (fanlight accuracy --db)", accuracy_sql, accuracy_head, false},
    {"leap", "What leaping over repetitions saved", leap_sql, leap_head, false},
};
enum { SECTIONS = sizeof section / sizeof *section, USUAL_ROWS = 40 };

/* ---- the summary ---- */

#define EACH_COLUMN(X) \
    X(START_UTC, "r.start_utc") X(LABEL, "s.label") X(DESIGN, "s.design") X(MODEL, "s.model") X(PHASE, "s.phase") \
    X(MAPPER, "s.mapper") X(OBJECTIVE, "r.objective") X(CONTEXT, "r.context") X(TOKENS, "r.tokens") \
    X(BATCH, "r.batch") X(LATENCY_S, "s.latency_s") X(ENERGY_J, "s.energy_j") X(SETUP_S, "s.setup_s") \
    X(SETUP_J, "s.setup_j") X(INFERENCES, "r.inferences") X(MACS, "s.macs") X(J_PER_MAC, "s.j_per_mac") \
    X(MACS_PER_S, "s.macs_per_s") X(PEAK_MACS_PER_S, "s.peak_macs_per_s") X(MAC_UTILIZATION, "s.mac_utilization") \
    X(TOKENS_PER_S, "s.tokens_per_s") X(J_PER_TOKEN, "s.j_per_token") X(MEAN_W, "s.mean_w") \
    X(AREA_MM2, "s.area_mm2") X(ASSUMED_SHARE, "s.assumed_share") X(LEAPT_SHARE, "r.leapt_share") \
    X(PEAK_W, "s.peak_w") X(BOUND_S, "s.bound_s") X(WORST_ERROR, "s.worst_error") \
    X(WORST_OPERATOR, "s.worst_operator") X(WORST_LIMIT, "s.worst_limit") \
    X(ERROR_LIMIT, "coalesce(s.error_limit, 1) as error_limit") X(STATUS, "s.status") \
    X(PROJECTED, "nullif(s.projected_macs, 0) as projected_macs") \
    X(ERROR, "s.error") X(NOTES, "s.notes") \
    X(UNPRICED, FL_UNPRICED_SQL)
#define NAME(column, sql) column,
#define SQL(column, sql) ", " sql
enum { RUN, EACH_COLUMN(NAME) };
static const char summary_sql[] =
    "select s.run" EACH_COLUMN(SQL) " from run_summary s join run r on r.run = s.run where s.run = ?1";

static bool has(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) != SQLITE_NULL;
}

static const char *text(sqlite3_stmt *s, int column)
{
    return has(s, column) ? (const char *)sqlite3_column_text(s, column) : "";
}

static long long whole(sqlite3_stmt *s, int column)
{
    return sqlite3_column_int64(s, column);
}

static void heading_print(sqlite3_stmt *s, FILE *out)
{
    fprintf(out, "Run %lld: %s%s%s", whole(s, RUN), text(s, MODEL), has(s, MODEL) ? " on " : "", text(s, DESIGN));
    if (strcmp(text(s, PHASE), "decode") == 0)
        fprintf(out, ", decode of %lld token%s after %lld", whole(s, TOKENS), whole(s, TOKENS) == 1 ? "" : "s",
                whole(s, CONTEXT));
    else if (strcmp(text(s, PHASE), "prefill") == 0 && whole(s, CONTEXT) > 0)
        fprintf(out, ", prefill of %lld token%s", whole(s, CONTEXT), whole(s, CONTEXT) == 1 ? "" : "s");
    if (whole(s, BATCH) > 1)
        fprintf(out, ", batch %lld", whole(s, BATCH));
    if (has(s, MAPPER))
        fprintf(out, ", mapped by %s", text(s, MAPPER));
    if (has(s, OBJECTIVE))
        fprintf(out, " for %s", text(s, OBJECTIVE));
    fputc('\n', out);
    if (has(s, LABEL) && *text(s, LABEL) != '\0')
        fprintf(out, "Label: %s\n", text(s, LABEL));
    if (has(s, NOTES) && *text(s, NOTES) != '\0')
        fprintf(out, "Note: %s\n", text(s, NOTES));
    if (has(s, ERROR))
        fprintf(out, "Failed: %s\n", text(s, ERROR));
}

/* Lines of the summary: a name, a number, and what puts it in proportion. */
struct summary {
    struct fl_table table;
    struct fl_arena arena;
    sqlite3_stmt *s;
};

static const char *number(struct summary *summary, int column, const char *measure)
{
    if (!has(summary->s, column))
        return "-";
    return fl_measured(&summary->arena, sqlite3_column_double(summary->s, column), measure);
}

static void line_add(struct summary *summary, const char *name, const char *value, const char *remark)
{
    fl_table_row(&summary->table, name, value, remark, NULL);
}

/* NULL: outputs are as exact as the design wants. */
static const char *worthless_as(struct summary *summary)
{
    return fl_error_said(&summary->arena, sqlite3_column_double(summary->s, WORST_ERROR),
                         sqlite3_column_double(summary->s, ERROR_LIMIT));
}

static void worst_add(struct summary *summary)
{
    sqlite3_stmt *s = summary->s;
    double limit = sqlite3_column_double(s, ERROR_LIMIT);
    const char *within = limit >= 1 ? "" : worthless_as(summary) == NULL ? ", within its limit of "
                         : ", past its limit of ";
    if (has(s, WORST_ERROR))
        line_add(summary, "worst error", number(summary, WORST_ERROR, "%"),
                 fl_arena_format(&summary->arena, "of the spread of outputs, in %s (%s)%s%s", text(s, WORST_OPERATOR),
                                 text(s, WORST_LIMIT), within, limit >= 1 ? "" : number(summary, ERROR_LIMIT, "%")));
}

static const char *against_digital(struct summary *summary)
{
    char baseline[FL_SI_BYTES];
    double ours = sqlite3_column_double(summary->s, J_PER_MAC);
    if (!has(summary->s, J_PER_MAC) || ours <= 0)
        return "";
    const char *worthless = worthless_as(summary);
    if (worthless != NULL)
        return fl_arena_format(&summary->arena, "of outputs that are %s: no advantage over anything", worthless);
    bool less = ours <= FL_DIGITAL_J;
    double times = less ? FL_DIGITAL_J / ours : ours / FL_DIGITAL_J;
    bool step = strcmp(text(summary->s, PHASE), "decode") == 0;
    return fl_arena_format(&summary->arena, "%s %s than the %s of a digital processor%s (arXiv:2302.10360)",
                           fl_measured(&summary->arena, times, "x"), less ? "less" : "more",
                           fl_si(baseline, FL_DIGITAL_J, "J"), step ? " with large batches" : "");
}

static void rates_add(struct summary *summary)
{
    struct fl_arena *arena = &summary->arena;
    sqlite3_stmt *s = summary->s;
    line_add(summary, "latency", number(summary, LATENCY_S, "s"),
             has(s, TOKENS_PER_S) ? number(summary, TOKENS_PER_S, "tokens/s") : "");
    if (has(s, BOUND_S))
        line_add(summary, "bound", number(summary, BOUND_S, "s"), "no run of this plan takes less");
    line_add(summary, "energy", number(summary, ENERGY_J, "J"),
             has(s, J_PER_TOKEN) ? number(summary, J_PER_TOKEN, "J/token") : "");
    line_add(summary, "energy per MAC", number(summary, J_PER_MAC, "J"), against_digital(summary));
    line_add(summary, "MACs", number(summary, MACS, ""), number(summary, MACS_PER_S, "MAC/s"));
    if (has(s, PROJECTED))
        line_add(summary, "projected", number(summary, PROJECTED, ""), "products with fixed random matrices, no MACs");
    if (has(s, MAC_UTILIZATION))
        line_add(summary, "MAC utilization", number(summary, MAC_UTILIZATION, "%"),
                 fl_arena_format(arena, "of an optical peak of %s", number(summary, PEAK_MACS_PER_S, "MAC/s")));
    const char *peak = has(s, PEAK_W) ? number(summary, PEAK_W, "W") : "-";
    line_add(summary, "mean power", number(summary, MEAN_W, "W"),
             fl_arena_format(arena, "%s if all units worked at once", peak));
    if (sqlite3_column_double(s, AREA_MM2) > 0)
        line_add(summary, "area", number(summary, AREA_MM2, "mm^2"), "");
}

static void setup_add(struct summary *summary)
{
    sqlite3_stmt *s = summary->s;
    if (sqlite3_column_double(s, SETUP_S) <= 0 && sqlite3_column_double(s, SETUP_J) <= 0)
        return;
    const char *joules = number(summary, SETUP_J, "J");
    line_add(summary, "setup", number(summary, SETUP_S, "s"),
             whole(s, INFERENCES) == 0
                 ? fl_arena_format(&summary->arena, "%s, spent once and left out above", joules)
                 : fl_arena_format(&summary->arena, "%s, of which 1/%lld is part of the energy above", joules,
                                   whole(s, INFERENCES)));
}

/* What is in no joule above: static powers of zero that rest on no source. */
static void unpriced_add(struct summary *summary)
{
    long long powers = whole(summary->s, UNPRICED);
    if (powers > 0)
        line_add(summary, "unpriced", fl_arena_format(&summary->arena, "%lld", powers),
                 powers == 1 ? "static power: zero, without a source" : "static powers: zero, without a source");
}

static void summary_print(sqlite3_stmt *s, FILE *out)
{
    struct summary summary = {.table = {.indent = 2}, .s = s};
    heading_print(s, out);
    if (has(s, ERROR))
        return;
    fl_table_head(&summary.table, "<", ">", "<", NULL);
    if (has(s, STATUS))
        line_add(&summary, "the machine is", text(s, STATUS), fl_status_said(text(s, STATUS)));
    rates_add(&summary);
    worst_add(&summary);
    setup_add(&summary);
    line_add(&summary, "assumed", number(&summary, ASSUMED_SHARE, "%"),
             "of the energy rests on prices without a source");
    unpriced_add(&summary);
    if (has(s, LEAPT_SHARE))
        line_add(&summary, "leapt over", number(&summary, LEAPT_SHARE, "%"),
                 sqlite3_column_double(s, LEAPT_SHARE) > 0 ? "of the events: exact repetitions"
                 : "of the events: none repeated exactly, or --no-leap was given; see report --by leap");
    fputc('\n', out);
    fl_table_print(&summary.table, out);
    fl_table_free(&summary.table);
    fl_arena_free(&summary.arena);
}

/* ---- the report ---- */

/* A prepared statement of a report, its parameter bound to the run. */
static bool prepare_for(struct fl_db *db, const char *sql, int64_t run, sqlite3_stmt **statement, struct fl_err *err)
{
    if (!fl_db_prepare(db, sql, statement, err))
        return false;
    sqlite3_bind_int64(*statement, 1, run);
    return true;
}

/* One section, alone or as part of the whole report. */
static bool section_write(struct fl_db *db, const struct section *part, int64_t run, bool alone, enum fl_format format,
                          FILE *out, struct fl_err *err)
{
    sqlite3_stmt *statement;
    if (!prepare_for(db, part->sql, run, &statement, err))
        return false;
    bool ok;
    if (format == FL_TABLE) {
        fprintf(out, "\n%s\n\n", part->title);
        ok = fl_section_print(db, statement, part->head, alone ? 0 : USUAL_ROWS, out, err);
    } else {
        if (format == FL_JSON && !alone)
            fprintf(out, ",\n  \"%s\": ", part->by);
        ok = fl_rows_write(db, statement, format, alone ? 0 : 2, out, err);
        if (format == FL_JSON && alone)
            fputc('\n', out);
    }
    sqlite3_finalize(statement);
    return ok;
}

static bool usual_write(struct fl_db *db, int64_t run, enum fl_format format, FILE *out, struct fl_err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < SECTIONS && format != FL_CSV; i++)
        ok = !section[i].usual || section_write(db, &section[i], run, false, format, out, err);
    if (ok && format == FL_JSON)
        fputs("\n}\n", out);
    return ok;
}

static const struct section *section_find(const char *by, struct fl_err *err)
{
    for (size_t i = 0; i < SECTIONS; i++)
        if (strcmp(section[i].by, by) == 0)
            return &section[i];
    fl_fail(err, "--by", "\"%s\" is none of component, operator, layer, unit, accuracy, leap", by);
    return NULL;
}

/* The summary's row: as a heading for eyes, the object's first member, or a CSV of one row. */
static bool summary_write(struct fl_db *db, int64_t run, enum fl_format format, FILE *out, struct fl_err *err)
{
    sqlite3_stmt *statement;
    if (!prepare_for(db, summary_sql, run, &statement, err))
        return false;
    bool ok;
    if (format == FL_CSV) {
        ok = fl_rows_write(db, statement, format, 0, out, err);
    } else {
        ok = sqlite3_step(statement) == SQLITE_ROW || fl_db_fail(db, err);
        if (ok && format == FL_JSON) {
            fputs("{\n  \"summary\": ", out);
            fl_row_json(statement, out);
        } else if (ok) {
            summary_print(statement, out);
        }
    }
    sqlite3_finalize(statement);
    return ok;
}

bool fl_report(struct fl_db *db, int64_t run, const char *by, enum fl_format format, FILE *out, struct fl_err *err)
{
    const struct section *one = NULL;
    if ((by != NULL && (one = section_find(by, err)) == NULL) || !fl_db_has_run(db, run, err))
        return false;
    if (one != NULL && format != FL_TABLE)
        return section_write(db, one, run, true, format, out, err);
    return summary_write(db, run, format, out, err) &&
           (one != NULL ? section_write(db, one, run, true, format, out, err)
                        : usual_write(db, run, format, out, err));
}
