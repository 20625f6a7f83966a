/* plot_choice.c - what is drawn against what, where the user may choose: --x, --y and --colour.
 *
 * A choice is a figure of run_summary or an axis of the sweep. Either becomes an expression that the kind's query has
 * for $x, $y or $colour, about a row r of sweep_result and its row s of run_summary.
 */
#include "explore/plot_script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "explore/front.h"

const struct fl_plot_figure fl_plot_figures[] = {
    {"latency_s", "latency", "s", "s.latency_s", false},
    {"energy_j", "energy", "J", "s.energy_j", false},
    {"edp_js", "energy x latency", "Js", "s.energy_j * s.latency_s", false},
    {"j_per_mac", "energy per MAC", "J", "s.j_per_mac", false},
    {"j_per_token", "energy per token", "J", "s.j_per_token", false},
    {"macs_per_s", "throughput", "MAC/s", "s.macs_per_s", true},
    {"peak_macs_per_s", "optical peak", "MAC/s", "s.peak_macs_per_s", true},
    {"tokens_per_s", "tokens per second", "tokens/s", "s.tokens_per_s", true},
    {"mac_utilization", "MAC utilization", "%", "100 * s.mac_utilization", true},
    {"mean_w", "mean power", "W", "s.mean_w", false},
    {"peak_w", "peak power", "W", "s.peak_w", false},
    {"area_mm2", "area", "mm^2", "s.area_mm2", false},
    {"setup_s", "setup", "s", "s.setup_s", false},
    {"setup_j", "energy of the setup", "J", "s.setup_j", false},
    {"assumed_share", "assumed", "%", "100 * s.assumed_share", false},
    {"worst_error", "worst error over spread", "", "s.worst_error", false},
    {NULL, NULL, NULL, NULL, false},
};

/* A choice made: $x's expression, what it is called, and what its values are. */
struct choice {
    const char *sql, *text_sql, *name_sql;      /* text_sql: as set, name_sql: of the axis; NULL: a figure */
    const char *words, *unit;
    bool more, number;
};
struct chooser {
    struct fl_db *db;
    struct fl_arena *arena;
    int64_t sweep;
    const char *name[64];               /* of figures and axes */
    size_t names;
};

static bool name_take(void *context, const char *const *value, int columns)
{
    struct chooser *c = context;
    (void)columns;
    if (c->names < sizeof c->name / sizeof *c->name)
        c->name[c->names++] = fl_arena_text(c->arena, value[0]);
    return true;
}

struct axis_told { struct fl_arena *arena; bool found, number; const char *unit; };

static bool axis_take(void *context, const char *const *value, int columns)
{
    struct axis_told *told = context;
    (void)columns;
    told->found = true;
    told->number = value[0][0] == '1';
    told->unit = fl_arena_text(told->arena, value[1] != NULL ? value[1] : "");
    return false;
}

/* Of the axis ?2 of sweep ?1: are all its values numbers; the unit that all are written in, if they are. */
static const char axis_sql[] =
    "select min(v.number is not null), iif(min(u) = max(u), u, '') from sweep_axis a join (select *, "
    "iif(value glob '*/* *', '', substr(value, instr(value || ' ', ' ') + 1)) as u from sweep_value) v "
    "using (sweep, axis) where a.sweep = ?1 and a.name = ?2 group by a.axis";

/* An SQL text: quotes doubled. */
static const char *sql_text(struct fl_arena *arena, const char *text)
{
    char *quoted = fl_arena_alloc(arena, 2 * strlen(text) + 3), *at = quoted;
    *at++ = '\'';
    for (; *text != '\0'; text++) {
        *at++ = *text;
        if (*text == '\'')
            *at++ = '\'';
    }
    *at = '\'';
    return quoted;
}

static bool axis_choose(struct chooser *c, const char *name, struct choice *choice, bool *found, struct fl_err *err)
{
    struct axis_told told = {.arena = c->arena};
    if (!fl_db_each(c->db, axis_sql, c->sweep, name, axis_take, &told, err))
        return false;
    *found = told.found;
    if (!told.found)
        return true;
    const char *row = fl_arena_format(c->arena, "from sweep_value v join sweep_axis a using (sweep, axis) "
                                      "where v.sweep = r.sweep and v.point = r.point and a.name = %s",
                                      sql_text(c->arena, name));
    bool plain = *told.unit == '\0';
    choice->number = told.number;
    choice->text_sql = fl_arena_format(c->arena, "(select v.value %s)", row);
    choice->name_sql = sql_text(c->arena, name);
    choice->sql = fl_arena_format(c->arena, "(select %s %s)", plain ? "v.number" : "cast(v.value as real)", row);
    choice->words = plain || !told.number ? fl_arena_text(c->arena, name)
                                          : fl_arena_format(c->arena, "%s (%s)", name, told.unit);
    choice->unit = "";
    return true;
}

static bool choose(struct chooser *c, const char *option, const char *name, struct choice *choice, struct fl_err *err)
{
    bool found = false;
    for (const struct fl_plot_figure *f = fl_plot_figures; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0) {
            *choice = (struct choice){f->sql, NULL, NULL, f->words, f->unit, f->more, true};
            return true;
        }
    if (!axis_choose(c, name, choice, &found, err) || found)
        return found;
    for (const struct fl_plot_figure *f = fl_plot_figures; f->name != NULL; f++)
        c->name[c->names++] = f->name;
    if (!fl_db_each(c->db, "select name from sweep_axis where sweep = ?1 order by axis", c->sweep, NULL, name_take, c,
                    err))
        return false;
    const char *near = fl_nearest(name, c->name, c->names), *all = "";
    for (size_t i = 0; i < c->names; i++)
        all = fl_arena_listed(c->arena, all, c->name[i]);
    return fl_fail(err, option, "no figure and no axis \"%s\"; %s", name,
                   fl_meant(c->arena, near, fl_arena_format(c->arena, "there are %s", all)));
}

/* The n-th axis of the sweep that has several values, from 0; NULL: there is none. */
static bool axis_preset(struct chooser *c, int which, const char **name, struct fl_err *err)
{
    c->names = 0;
    bool ok = fl_db_each(c->db, "select name from sweep_axis a where sweep = ?1 and (select count(distinct value) "
                         "from sweep_value v where v.sweep = a.sweep and v.axis = a.axis) > 1 order by axis", c->sweep,
                         NULL, name_take, c, err);
    *name = c->names > (size_t)which ? c->name[which] : NULL;
    c->names = 0;
    return ok && (*name != NULL ||
                  fl_fail(err, "fanlight plot", "sweep %lld has not two axes of several values; give --x and --y, and "
                          "see table sweep_axis", (long long)c->sweep));
}

static const char *filled(struct fl_arena *arena, const char *query, const struct choice *x, const struct choice *y,
                          const struct choice *colour, int64_t job)
{
    const char *const words[][2] = {
        {"$xname", x->name_sql}, {"$yname", y->name_sql}, {"$x", x->sql}, {"$y", y->sql},
        {"$colour", colour->number ? colour->sql : "null"}, {"$best", colour->more ? "max" : "min"},
        {"$series", colour->number || colour->text_sql == NULL ? "''" : colour->text_sql},
        {"$job", fl_arena_format(arena, "%lld", (long long)job)}};
    const char *out = "", *dollar;
    while (query != NULL && (dollar = strchr(query, '$')) != NULL) {
        size_t w = 0;
        while (w < sizeof words / sizeof *words && strncmp(dollar, words[w][0], strlen(words[w][0])) != 0)
            w++;
        fl_assert(w < sizeof words / sizeof *words);
        out = fl_arena_format(arena, "%s%.*s%s", out, (int)(dollar - query), query,
                              words[w][1] != NULL ? words[w][1] : "null");
        query = dollar + strlen(words[w][0]);
    }
    return query != NULL ? fl_arena_format(arena, "%s%s", out, query) : NULL;
}

static bool axes_choose(struct chooser *c, const struct fl_plot *plot, const struct fl_plot_kind *kind,
                        struct choice *x, struct choice *y, struct fl_err *err)
{
    const char *x_name = plot->x != NULL ? plot->x : kind->x_preset, *y_name = plot->y != NULL ? plot->y :
        kind->y_preset;
    bool cells = kind->style == FL_PLOT_CELLS, ok = true;
    if (*x_name == '\0')
        ok = axis_preset(c, 0, &x_name, err);
    if (ok && *y_name == '\0')
        ok = axis_preset(c, plot->x == NULL ? 1 : 0, &y_name, err);
    if (!ok || !choose(c, "--x", x_name, x, err) || !choose(c, "--y", y_name, y, err))
        return false;
    for (int i = 0; i < 2 && ok; i++) {
        const struct choice *one = i == 0 ? x : y;
        if (cells && one->text_sql == NULL)
            ok = fl_fail(err, i == 0 ? "--x" : "--y", "\"%s\" is no axis of the sweep, and cells lie along axes",
                         i == 0 ? x_name : y_name);
        else if (!cells && !one->number)
            ok = fl_fail(err, i == 0 ? "--x" : "--y", "the values of \"%s\" are no numbers; --colour %s tells them "
                         "apart", i == 0 ? x_name : y_name, i == 0 ? x_name : y_name);
    }
    return ok && (strcmp(x_name, y_name) != 0 || fl_fail(err, "--y", "is \"%s\", and so is --x", y_name));
}

bool fl_plot_choose(struct fl_db *db, const struct fl_plot *plot, const struct fl_plot_kind *kind, int64_t number,
                    struct fl_plot_table *table, struct fl_plot_queries *queries, struct fl_err *err)
{
    struct chooser c = {.db = db, .arena = &table->arena, .sweep = number};
    struct choice x = {0}, y = {0}, colour = {.number = false};
    const char *asked = plot->colour != NULL ? plot->colour : kind->colour_preset;
    *queries = (struct fl_plot_queries){kind->query, kind->best, kind->title};
    table->x_unit = kind->x_unit;
    table->tic_lines = kind->tic_lines > 0 ? kind->tic_lines : 1;
    table->y_unit = kind->y_unit;
    table->shade_unit = "";
    if (kind->x_preset == NULL)
        return true;
    if (!axes_choose(&c, plot, kind, &x, &y, err) ||
        (*asked != '\0' && !choose(&c, "--colour", asked, &colour, err)))
        return false;
    if (kind->style == FL_PLOT_CELLS && !colour.number)
        return fl_fail(err, "--colour", "the values of \"%s\" are no numbers", asked);
    queries->all = filled(&table->arena, kind->query, &x, &y, &colour, plot->job);
    queries->best = filled(&table->arena, kind->best, &x, &y, &colour, plot->job);
    queries->title = filled(&table->arena, kind->title, &x, &y, &colour, plot->job);
    table->x = x.words;
    table->y = y.words;
    table->x_unit = x.unit;
    table->y_unit = y.unit;
    table->x_more = x.more;
    table->y_more = y.more;
    table->shade = colour.number ? colour.words : NULL;
    table->shade_unit = colour.number ? colour.unit : "";
    table->shade_more = colour.more;
    return true;
}

/* ---- the front ---- */

void fl_plot_front_find(struct fl_plot_table *table)
{
    struct fl_front_point *point = fl_arena_array(&table->arena, table->rows, sizeof *point);
    size_t count = 0;
    for (size_t i = 0; i < table->rows; i++) {
        struct fl_plot_row *row = &table->row[i];
        if (!row->best && !row->roof)
            point[count++] = (struct fl_front_point){row->group, table->x_more ? -row->x : row->x,
                                                     table->y_more ? -row->y : row->y, &row->front};
    }
    fl_front_find(point, count);
}
