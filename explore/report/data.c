/* data.c - the data of a page: tables by queries, as JSON that its script reads.
 *
 * A table is a row of a list here: its name in the page, and a query in which ?1 is the run, the sweep or the list of
 * runs, and ?2 how many operators are drawn as one. What the page shows is what these queries give; it adds nothing up
 * that a view adds up.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/quote.h"
#include "base/whole.h"
#include "explore/plot.h"
#include "explore/queries.h"
#include "explore/report/page.h"

enum { MOST_SLICES = 3000, MOST_POINTS = 20000, SAMPLES = 10000 };

struct table { const char *name, *sql; };

/* What each operator's counts cost. */
#define COST \
    "cost as (select t.operator, sum(t.count * p.fj * u.copies) / 1e15 as j from run q " \
    "join tally t on t.run = coalesce(q.tallies_of, q.run) join price p on p.run = q.run and p.unit = t.unit " \
    "and p.action = t.action join unit u on u.run = t.run and u.unit = t.unit " \
    "where q.run = ?1 and t.operator > 0 group by t.operator) "
#define SUMMARY(text) \
    "select s.*, r.context, r.tokens, r.batch, r.objective, r.inferences, r.start_utc, r.version, r.command, " \
    FL_DIGITAL_TEXT " / 1e15 as digital_j, " FL_UNPRICED_SQL text \
    " from run_summary s join run r using (run) where run in (?1) order by run"

static const struct table run_tables[] = {
    {"summary", SUMMARY(", r.design_text")},
    {"component", "select * from energy_by_component where run = ?1 order by total_j desc, component"},
    {"operator",
     "with " COST ", part as (select o.name, o.kind, o.bound_by, o.critical_ps / 1e12 as s, coalesce(c.j, 0.0) as j "
     "from run q join operator o on o.run = coalesce(q.tallies_of, q.run) left join cost c using (operator) "
     "where q.run = ?1 union all select name, kind, null, 0.0, energy_j from energy_by_operator "
     "where run = ?1 and operator = 0), "
     "bound as (select name, kind, bound_by, count(*) as times, sum(s) as s, sum(j) as j from part group by 1, 2, 3), "
     "line as (select name, kind, sum(times) as times, sum(s) as s, max(s), bound_by, sum(j) as j from bound "
     "group by 1, 2) "
     "select l.name as operator, l.kind, l.times, l.s as time_s, l.s / nullif(r.latency_s, 0) as time_share, "
     "l.bound_by, "
     "l.j as energy_j, l.j / nullif(r.energy_j, 0) as energy_share from line l join run_summary r on r.run = ?1 "
     "order by l.s desc, l.j desc, l.name"},
    {"timeline",
     "with " COST "select (o.operator - 1) / ?2 as slice, min(o.operator) as first, max(o.operator) as last, "
     "count(*) as count, iif(min(coalesce(o.layer, -1)) = max(coalesce(o.layer, -1)), min(o.layer), null) as layer, "
     "iif(count(*) = 1, min(o.name), count(*) || ' operators') as name, min(o.kind) as kind, "
     "min(o.start_ps) / 1e12 as start_s, max(o.end_ps) / 1e12 as end_s, iif(count(*) = 1, min(o.bound_by), null) "
     "as bound_by, sum(coalesce(c.j, 0.0)) as energy_j "
     "from run q join operator o on o.run = coalesce(q.tallies_of, q.run) left join cost c using (operator) "
     "where q.run = ?1 and (select count(*) from run z join tally t on t.run = coalesce(z.tallies_of, z.run) "
     "where z.run = ?1 and t.action = 'busy_ps' and t.operator = 0) = 0 group by 1 order by 1"},
    {"busy",
     "select t.unit, (t.operator - 1) / ?2 as slice, sum(iif(t.action = 'busy_ps', t.count, 0)) / 1e12 as busy_s, "
     "sum(iif(t.action = 'blocked_ps', t.count, 0)) / 1e12 as blocked_s from run q "
     "join tally t on t.run = coalesce(q.tallies_of, q.run) where q.run = ?1 and t.operator > 0 "
     "and t.action in ('busy_ps', 'blocked_ps') group by 1, 2"},
    {"unit",
     "with spent as (select unit, sum(energy_j) as j from energy_by_action where run = ?1 group by unit) "
     "select x.unit, x.path, u.kind, x.busy_s, x.blocked_s, x.idle_s, x.utilization, x.lane_utilization, "
     "coalesce(s.j, 0.0) as energy_j from run q join utilization x on x.run = ?1 "
     "join unit u on u.run = coalesce(q.tallies_of, q.run) and u.unit = x.unit left join spent s on s.unit = x.unit "
     "where q.run = ?1 order by x.unit"},
    {"roofline", OPERATOR_TRAFFIC "select p.name as operator, p.placed, p.macs, p.s as time_s, p.bytes, "
                 "p.macs / p.s as macs_per_s from part p order by 6 desc, 1"},
    {"roof", OPERATOR_TRAFFIC "select peak, bandwidth from roof"},
    {"price", "select path, action, component, class, count, fj, energy_j, source, file, line, key, low_fj, high_fj "
              "from energy_by_action where run = ?1 and (class <> 'setup' or (select inferences from run where run = "
              "?1) "
              "> 0) order by energy_j desc, fj = 0, component, path, action"},
    {"accuracy", "select " ACCURACY_SERIES " || " ACCURACY_SETTINGS " as series, a.run, a.photons_per_mac, "
                 "a.perplexity, a.accuracy, a.sigma, a.over_noiseless, a.over_exact, a.j_per_token "
                 "from accuracy_summary a join run r on r.run = ?1 where a.design = r.design "
                 "and a.arithmetic = 'optical' and a.task = (select task from accuracy where run = ?1) "
                 "order by 1, a.photons_per_mac, a.run"},
    {NULL, NULL}};

static const struct table sweep_tables[] = {
    {"sweep", "select name, points, text, command, version, "
              "(select count(*) from sweep_point p where p.sweep = s.sweep and state = 'done') as done, "
              "(select count(*) from sweep_point p where p.sweep = s.sweep and state = 'failed') as failed, "
              "(select count(*) from sweep_point p where p.sweep = s.sweep and state = 'excluded') as excluded, "
              "(select count(*) from sweep_point p where p.sweep = s.sweep and state = 'done' and meets = 0) as "
              "against "
              "from sweep s where sweep = ?1"},
    {"axis", "select a.name, min(v.number is not null) as numbers from sweep_axis a join sweep_value v "
             "using (sweep, axis) where sweep = ?1 group by axis order by axis"},
    {"job", "select job, " JOB_NAME " as name from sweep_job j where sweep = ?1 order by job"},
    {"best", "select * from best_per_model where sweep = ?1 order by job, by"},
    {"sensitivity", "select * from sensitivity where sweep = ?1 order by job, latency_share desc, axis"},
    {NULL, NULL}};

static const struct table compare_tables[] = {
    {"summary", SUMMARY("")},
    {"component", "select * from energy_by_component where run in (?1) and total_j > 0 order by run, total_j desc"},
    {"operator", "select r.run, o.name as operator, sum(o.critical_ps) / 1e12 as time_s from run r join operator o "
                 "on o.run = coalesce(r.tallies_of, r.run) where r.run in (?1) group by r.run, o.name "
                 "order by min(o.operator)"},
    {"part", "select r.run, iif(o.kind in ('linear', 'matmul'), o.name, 'other work') as operator, "
             "sum(o.critical_ps) / 1e12 as time_s from run r join operator o on o.run = coalesce(r.tallies_of, r.run) "
             "where r.run in (?1) group by 1, 2 order by r.run, 2 = 'other work', min(o.operator)"},
    {"price", "select run, path, action, component, class, fj, source, key from energy_by_action where run in (?1) "
              "and class <> 'setup' and fj > 0 group by run, coalesce(key, path || '.' || action) "
              "order by energy_j desc, path, action"},
    {NULL, NULL}};

/* ---- JSON ---- */

struct writer {
    struct fl_db *db;
    FILE *out;
    struct fl_arena arena;
    bool any;                           /* a table has been written */
    int64_t rows;                       /* of the table at hand */
    const bool *keep;                   /* of each row of the query, whether it is told; NULL: all are */
    int64_t seen;                       /* rows of the query so far */
};

/* A text in which no "<" stands, so that no tag can end the data. */
static void json_text(const char *text, FILE *out)
{
    char *quoted = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&quoted, &length);
    fl_assert(memory != NULL);
    fl_json_text(text, memory);
    fclose(memory);
    for (const char *at = quoted; *at != '\0'; at++)
        if (*at == '<')
            fputs("\\u003c", out);
        else
            fputc(*at, out);
    free(quoted);
}

static void json_value(const char *text, double number, FILE *out)
{
    if (text == NULL || (!isnan(number) && isinf(number)))
        fputs("null", out);
    else if (!isnan(number))
        fputs(text, out);
    else
        json_text(text, out);
}

static void row_tell(void *context, int columns, const char *const *name, const char *const *text, const double *number)
{
    struct writer *w = context;
    if (w->keep != NULL && !w->keep[w->seen++])
        return;
    for (int i = 0; i < columns && w->rows == 0; i++) {
        fputs(i == 0 ? "\"columns\":[" : ",", w->out);
        json_text(name[i], w->out);
    }
    fputs(w->rows++ == 0 ? "],\"rows\":[\n" : ",\n", w->out);
    for (int i = 0; i < columns; i++) {
        fputs(i == 0 ? "[" : ",", w->out);
        json_value(text[i], number[i], w->out);
    }
    fputc(']', w->out);
}

/* A query with ?1 and ?2 replaced. */
static const char *filled(struct fl_arena *arena, const char *sql, const char *of, int64_t together)
{
    const char *out = "", *mark;
    while ((mark = strchr(sql, '?')) != NULL) {
        fl_assert(mark[1] == '1' || mark[1] == '2');
        const char *text = mark[1] == '1' ? of : fl_arena_format(arena, "%" PRId64, together);
        out = fl_arena_format(arena, "%s%.*s%s", out, (int)(mark - sql), sql, text);
        sql = mark + 2;
    }
    return fl_arena_format(arena, "%s%s", out, sql);
}

static bool table_write(struct writer *w, const char *name, const char *sql, const char *of, int64_t together,
                        struct fl_err *err)
{
    fprintf(w->out, "%s\n\"%s\":{", w->any ? "," : "", name);
    w->any = true;
    w->rows = 0;
    bool ok = fl_db_rows(w->db, filled(&w->arena, sql, of, together), row_tell, w, err);
    fputs(w->rows == 0 ? "\"columns\":[],\"rows\":[]}" : "]}", w->out);
    return ok;
}

static bool tables_write(struct writer *w, const struct table *table, const char *of, int64_t together,
                         struct fl_err *err)
{
    bool ok = true;
    for (; ok && table->name != NULL; table++)
        ok = table_write(w, table->name, table->sql, of, together, err);
    return ok;
}

/* What `fanlight uncertainty` tells, if a price has a range. */
static void spread_write(struct writer *w, int64_t run)
{
    struct fl_uncertainty u;
    struct fl_err none = {0};
    if (fl_db_uncertainty(w->db, run, SAMPLES, 1, &u, &none)) {
        fputs(",\n\"uncertainty\":{\"columns\":[\"samples\",\"energy_j\",\"advantage\",\"low\",\"median\","
              "\"high\"],\"rows\":[[", w->out);
        fprintf(w->out, "%d,%.17g,%.17g,%.17g,%.17g,%.17g]]},\n", SAMPLES, u.energy_j, u.advantage, u.low, u.median,
                u.high);
        fputs("\"spread\":{\"columns\":[\"price\",\"component\",\"energy_j\",\"low\",\"high\",\"share\"],"
              "\"rows\":[", w->out);
        for (size_t i = 0; i < u.spreads; i++) {
            const struct fl_spread *s = &u.spread[i];
            fputs(i > 0 ? ",\n[" : "\n[", w->out);
            json_text(s->price, w->out);
            fputc(',', w->out);
            json_text(s->component, w->out);
            fprintf(w->out, ",%.17g,%.17g,%.17g,%.17g]", s->energy_j, s->low, s->high, s->share);
        }
        fputs("]}", w->out);
        fl_uncertainty_free(&u);
    }
    fl_err_free(&none);
}

/* ---- what a page is of ---- */

struct text_wanted { struct fl_arena *arena; const char *text; };

static bool text_take(void *context, const char *const *value, int columns)
{
    struct text_wanted *wanted = context;
    (void)columns;
    wanted->text = value[0] != NULL ? fl_arena_text(wanted->arena, value[0]) : NULL;
    return false;
}

/* The one text that a query gives; NULL: none. */
static bool text_find(struct writer *w, const char *sql, int64_t number, const char **text, struct fl_err *err)
{
    struct text_wanted wanted = {&w->arena, NULL};
    bool ok = fl_db_each(w->db, sql, number, NULL, text_take, &wanted, err);
    *text = wanted.text;
    return ok;
}

static bool number_find(struct writer *w, const char *sql, int64_t *number, struct fl_err *err)
{
    double found = 0;
    bool ok = fl_db_number(w->db, sql, &found, err);
    *number = fl_whole(found, 0, INT64_MAX);
    return ok;
}

static void head_write(struct writer *w, const char *kind, const char *title, const char *subtitle, char to[256])
{
    snprintf(to, 256, "%s", title);
    fprintf(w->out, "{\"kind\":\"%s\",\"version\":\"%s\",\"subtitle\":", kind, FL_VERSION);
    json_text(subtitle != NULL ? subtitle : "", w->out);
}

static const char run_title[] = "select coalesce(model || ' on ', '') || design from run where run = ?1";
static const char run_subtitle[] =
    "select case phase when 'decode' then printf('decode of %d token%s after %d', tokens, iif(tokens = 1, '', 's'), "
    "context) "
    "when 'prefill' then printf('prefill of %d tokens', context) else 'an operator trace' end "
    "|| iif(batch > 1, ', batch ' || batch, '') || ', mapped by ' || coalesce(mapper, '?') "
    "|| coalesce(' for ' || objective, '') || '; run ' || run || coalesce(': ' || nullif(label, ''), '') "
    "from run where run = ?1";

static bool run_write(struct writer *w, const struct fl_page *page, char to[256], struct fl_err *err)
{
    int64_t run = page->number, operators = 0;
    const char *title, *subtitle;
    if ((run == 0 && !fl_db_last_run(w->db, &run, err)) || !text_find(w, run_title, run, &title, err) ||
        !text_find(w, run_subtitle, run, &subtitle, err))
        return false;
    if (title == NULL)
        return fl_fail(err, page->db, "holds no run %" PRId64, run);
    const char *of = fl_arena_format(&w->arena, "%" PRId64, run);
    if (!number_find(w, filled(&w->arena, "select count(*) from operator where run = (select coalesce(tallies_of, run) "
                               "from run where run = ?1)", of, 0), &operators, err))
        return false;
    int64_t together = (operators + MOST_SLICES - 1) / MOST_SLICES + (operators == 0);
    head_write(w, "run", title, subtitle, to);
    fprintf(w->out, ",\"slice_operators\":%" PRId64 ",\"tables\":{", together);
    bool ok = tables_write(w, run_tables, of, together, err);
    spread_write(w, run);
    return ok;
}

/* The figures that points may be drawn by: also what the query of points asks for. */
static const char *figures_write(struct writer *w)
{
    const char *columns = "";
    fputs(",\"figures\":[", w->out);
    for (const struct fl_plot_figure *f = fl_plot_figures; f->name != NULL; f++) {
        fprintf(w->out, "%s{\"name\":\"%s\",\"words\":\"%s\",\"unit\":\"%s\",\"more\":%s}", f == fl_plot_figures ? ""
                : ",",
                f->name, f->words, f->unit, f->more ? "true" : "false");
        columns = fl_arena_format(&w->arena, "%s, %s as %s", columns, f->sql, f->name);
    }
    fputs("]", w->out);
    return columns;
}

/* Of a long sweep a part of the points. */
static bool points_write(struct writer *w, const char *columns, const char *of, int64_t points, struct fl_err *err)
{
    const char *sql = fl_arena_format(
        &w->arena, "with best as (select point from pareto where sweep = ?1) "
        "select r.point, r.run, r.job, r.meets, r.point in (select point from best) as best, r.settings, "
        "(select group_concat(value, char(31)) from (select v.value from sweep_value v where v.sweep = r.sweep and "
        "v.point = r.point order by v.axis)) as value, "
        "(select group_concat(number, char(31)) from (select coalesce(v.number, '') as number from sweep_value v "
        "where v.sweep = r.sweep and v.point = r.point order by v.axis)) as number%s "
        "from sweep_result r join run_summary s using (run) where r.sweep = ?1 order by r.point", columns);
    struct fl_page_thinned thinned = {.points = points, .every = fl_ceil_div(points, MOST_POINTS)};
    bool ok = points <= MOST_POINTS || fl_page_thin(w->db, filled(&w->arena, sql, of, 0), &thinned, err);
    w->keep = thinned.keep;
    w->seen = 0;
    ok = ok && table_write(w, "point", sql, of, 0, err);
    fl_free(thinned.keep);
    w->keep = NULL;
    return ok;
}

static bool sweep_write(struct writer *w, const struct fl_page *page, char to[256], struct fl_err *err)
{
    int64_t sweep = page->number, points = 0, best = 0;
    const char *title, *subtitle;
    if (sweep == 0 && !number_find(w, "select coalesce(max(sweep), 0) from sweep", &sweep, err))
        return false;
    if (sweep == 0)
        return fl_fail(err, page->db, "holds no sweep; `fanlight sweep` makes one");
    if (!text_find(w, "select 'Sweep ' || name from sweep where sweep = ?1", sweep, &title, err) ||
        !text_find(w, "select (select group_concat(name, ', ') from sweep_axis where sweep = ?1) || ' for ' || "
                   "(select group_concat(name, ', ') from (select " JOB_NAME
                       " as name from sweep_job j where sweep = ?1))",
                   sweep, &subtitle, err))
        return false;
    if (title == NULL)
        return fl_fail(err, page->db, "holds no sweep %" PRId64, sweep);
    const char *of = fl_arena_format(&w->arena, "%" PRId64, sweep);
    if (!number_find(w, filled(&w->arena, "select count(*) from sweep_point where sweep = ?1 and state = 'done'", of,
                               0),
                     &points, err) ||
        !number_find(w, filled(&w->arena, "select coalesce(min(run), 0) from best_per_model where sweep = ?1 and by "
                               "= 'edp' "
                               "and job = (select min(job) from best_per_model where sweep = ?1)", of, 0), &best, err))
        return false;
    head_write(w, "sweep", title, subtitle, to);
    fprintf(w->out, ",\"sweep_points\":%" PRId64, points);
    const char *columns = figures_write(w);
    fputs(",\"tables\":{", w->out);
    bool ok = tables_write(w, sweep_tables, of, 0, err) && points_write(w, columns, of, points, err);
    if (ok && best > 0) {
        ok = tables_write(w, run_tables, fl_arena_format(&w->arena, "%" PRId64, best), 1, err);
        spread_write(w, best);
    }
    return ok;
}

/* "3,5-8" as "3,5,6,7,8". */
static const char *runs_read(struct writer *w, const char *text, struct fl_err *err)
{
    enum { MOST = 24 };
    const char *list = "", *at = text;
    size_t runs = 0;
    while (*at != '\0') {
        char *end;
        long long from = strtoll(at, &end, 10), to = from;
        bool good = end != at && from > 0;
        if (good && *end == '-')
            to = strtoll(at = end + 1, &end, 10);
        if (!good || end == at || to < from || (*end != ',' && *end != '\0') || to - from >= MOST || runs >= MOST) {
            fl_fail(err, "--compare", "\"%s\" is no list of at most %d runs, as in 3,5-8", text, MOST);
            return NULL;
        }
        for (; from <= to; from++)
            list = fl_arena_format(&w->arena, "%s%s%lld", list, runs++ > 0 ? "," : "", from);
        at = *end == ',' ? end + 1 : end;
    }
    return list;
}

static bool compare_write(struct writer *w, const struct fl_page *page, char to[256], struct fl_err *err)
{
    const char *title, *subtitle = "", *list = runs_read(w, page->runs, err);
    int64_t good = 0, asked = 0;
    if (list == NULL)
        return false;
    if (*list != '\0' && strchr(list, ',') == NULL &&
        !text_find(w, "select group_concat(other) from (select distinct other from tilings where run = ?1 order by "
                   "other)",
                   strtoll(list, NULL, 10), &list, err))
        return false;
    if (list == NULL || *list == '\0')
        return fl_fail(err, "--compare", "there is no run %s, or it failed", page->runs);
    for (const char *comma = list; comma != NULL; comma = strchr(comma + 1, ','))
        asked++;
    if (!number_find(w, filled(&w->arena, "select count(*) from run where run in (?1) and error is null", list, 0),
                     &good, err))
        return false;
    if (good != asked)
        return fl_fail(err, "--compare", "of the runs %s, %" PRId64 " are not there, or failed", list, asked - good);
    if (!text_find(w, filled(&w->arena, "select group_concat(m, ', ') || ' on ' || (select group_concat(d, ', ') from "
                             "(select distinct design as d from run where run in (?1) order by run)) from "
                             "(select distinct coalesce(model, 'a trace') as m from run where run in (?1) order by "
                             "run)",
                             list, 0), 0, &title, err))
        return false;
    subtitle = fl_arena_format(&w->arena, "%" PRId64 " runs side by side", good);
    head_write(w, "compare", title, subtitle, to);
    fputs(",\"tables\":{", w->out);
    return tables_write(w, compare_tables, list, 1, err);
}

bool fl_page_data(struct fl_db *db, const struct fl_page *page, FILE *out, char title[256], struct fl_err *err)
{
    struct writer w = {.db = db, .out = out};
    bool ok = page->of == FL_PAGE_RUN ? run_write(&w, page, title, err)
              : page->of == FL_PAGE_SWEEP ? sweep_write(&w, page, title, err) : compare_write(&w, page, title, err);
    fputs("}}\n", out);
    fl_arena_free(&w.arena);
    return ok;
}
