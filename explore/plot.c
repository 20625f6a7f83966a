/* plot.c - from a database to a file: rows by a kind's queries, a script from them, a picture by gnuplot. */
#include "explore/plot.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/quote.h"
#include "base/whole.h"
#include "explore/plot_script.h"

extern char **environ;

/* ---- rows ---- */

enum rows_are { ROWS_ALL, ROWS_BEST, ROWS_ROOFS };
struct taking { struct fl_plot_table *table; const struct fl_plot_kind *kind; enum rows_are are; };

static size_t series_find(struct fl_plot_table *table, const char *name)
{
    for (size_t s = 0; s < table->serieses; s++)
        if (strcmp(table->series[s], name) == 0)
            return s;
    table->series = fl_grow(table->series, &table->series_room, table->serieses, sizeof *table->series);
    table->series[table->serieses] = fl_arena_text(&table->arena, name);
    return table->serieses++;
}

static struct fl_plot_row *row_add(struct fl_plot_table *table)
{
    table->row = fl_grow(table->row, &table->row_room, table->rows, sizeof *table->row);
    table->row[table->rows] = (struct fl_plot_row){.shade = NAN};
    return &table->row[table->rows++];
}

static double number_of(const char *text)
{
    return text != NULL ? strtod(text, NULL) : NAN;
}

static void cell_take(struct fl_plot_table *table, const char *const *value)
{
    struct fl_plot_row *row = row_add(table);
    row->series = series_find(table, "");
    row->x_text = fl_arena_text(&table->arena, value[0]);
    row->name = fl_arena_text(&table->arena, value[1]);
    row->shade = strtod(value[2], NULL);
    row->x = value[3] != NULL ? strtod(value[3], NULL) : 0;
    row->y = value[4] != NULL ? strtod(value[4], NULL) : 0;
}

/* Columns as the kind's style has them; what is missing is null. A roof has no series. */
static bool row_take(void *context, const char *const *value, int columns)
{
    const struct taking *taking = context;
    struct fl_plot_table *table = taking->table;
    const char *have[8] = {NULL};
    fl_assert(columns >= 3 && columns <= 8);
    for (int i = 0; i < columns; i++)
        have[i] = value[i];
    if (have[1] == NULL || have[2] == NULL)
        return true;
    if (taking->kind->style == FL_PLOT_CELLS) {
        cell_take(table, have);
        return true;
    }
    bool nowhere = have[3] != NULL && taking->kind->style == FL_PLOT_POINTS && taking->kind->roofs != NULL;
    table->x_given |= have[3] != NULL && !nowhere;
    struct fl_plot_row *row = row_add(table);
    row->nowhere = nowhere;
    row->best = taking->are == ROWS_BEST;
    row->roof = taking->are == ROWS_ROOFS;
    row->series = row->roof ? 0 : series_find(table, have[0] != NULL ? have[0] : "");
    row->x_text = fl_arena_text(&table->arena, have[3] != NULL ? have[3] : have[1]);
    row->x = taking->kind->style == FL_PLOT_BARS ? 0 : strtod(have[1], NULL);
    row->y = strtod(have[2], NULL);
    row->name = have[4] != NULL ? fl_arena_text(&table->arena, have[4]) : NULL;
    row->shade = number_of(have[5]);
    row->group = have[6] != NULL ? strtoll(have[6], NULL, 10) : 0;
    row->error = have[7] != NULL ? strtod(have[7], NULL) : 0;
    table->errors |= row->error > 0;
    return true;
}

/* What each price with a range does to the energy of the run, as `fanlight uncertainty` tells it; the widest first. */
static bool spans_read(struct fl_db *db, int64_t run, struct fl_plot_table *table, struct fl_err *err)
{
    enum { SAMPLES = 20, MOST = 30, LONGEST = 40 };     /* samples: the spans are exact, none is used */
    struct fl_uncertainty u;
    if (!fl_db_uncertainty(db, run, SAMPLES, 1, &u, err))
        return false;
    table->origin = u.energy_j;
    series_find(table, "");
    for (size_t i = 0; i < u.spreads && i < MOST; i++) {
        const struct fl_spread *s = &u.spread[i];
        struct fl_plot_row *row = row_add(table);
        row->x_text = strlen(s->price) > LONGEST ? fl_arena_format(&table->arena, "%.*s\u2026", LONGEST - 1, s->price)
                                                 : fl_arena_text(&table->arena, s->price);
        row->x = u.energy_j + s->energy_j * (s->low - 1);
        row->y = u.energy_j + s->energy_j * (s->high - 1);
        row->shade = s->share;
    }
    fl_uncertainty_free(&u);
    return true;
}

struct wanted { struct fl_arena *arena; const char *text; };

static bool text_take(void *context, const char *const *value, int columns)
{
    struct wanted *wanted = context;
    (void)columns;
    wanted->text = value[0] != NULL ? fl_arena_text(wanted->arena, value[0]) : "";
    return false;
}

/* A text of a kind, or the answer to the query that it is. */
static bool text_find(struct fl_db *db, const char *text, int64_t number, const char *axis, struct fl_arena *arena,
                      const char **found, struct fl_err *err)
{
    struct wanted wanted = {arena, ""};
    *found = text;
    if (strncmp(text, "select ", 7) != 0)
        return true;
    bool ok = fl_db_each(db, text, number, axis, text_take, &wanted, err);
    *found = wanted.text;
    return ok;
}

static bool table_read(struct fl_db *db, const struct fl_plot *plot, const struct fl_plot_kind *kind, int64_t number,
                       struct fl_plot_table *table, struct fl_err *err)
{
    struct taking all = {table, kind, ROWS_ALL}, best = {table, kind, ROWS_BEST}, roofs = {table, kind, ROWS_ROOFS};
    struct fl_plot_queries queries;
    const char *axis = plot->axis;
    if (!fl_plot_choose(db, plot, kind, number, table, &queries, err) ||
        (table->x == NULL && !text_find(db, kind->x, number, axis, &table->arena, &table->x, err)) ||
        (table->y == NULL && !text_find(db, kind->y, number, axis, &table->arena, &table->y, err)) ||
        !text_find(db, queries.title, number, axis, &table->arena, &table->title, err))
        return false;
    if (kind->style == FL_PLOT_SPANS)
        return spans_read(db, number, table, err);
    bool ok = fl_db_each(db, queries.all, number, axis, row_take, &all, err) &&
              (queries.best == NULL || fl_db_each(db, queries.best, number, axis, row_take, &best, err)) &&
              (kind->roofs == NULL || table->rows == 0 ||
               fl_db_each(db, kind->roofs, number, axis, row_take, &roofs, err));
    if (ok && kind->front)
        fl_plot_front_find(table);
    return ok;
}

static void table_free(struct fl_plot_table *table)
{
    fl_free(table->row);
    fl_free(table->series);
    fl_arena_free(&table->arena);
}

/* ---- figures ---- */

/* What a column is of, with its unit. */
static void head_text(struct fl_plot_table *table, const char *words, const char *unit, FILE *out)
{
    fl_csv_text(*unit != '\0' ? fl_arena_format(&table->arena, "%s (%s)", words, unit) : words, out);
}

static void points_csv(const struct fl_plot_kind *kind, struct fl_plot_table *table, FILE *out)
{
    bool bars = kind->style == FL_PLOT_BARS, named = false;
    for (size_t i = 0; i < table->rows; i++)
        named |= table->row[i].name != NULL;
    fputs("series,", out);
    head_text(table, table->x[0] != '\0' ? table->x : "bar", bars ? "" : table->x_unit, out);
    fputc(',', out);
    head_text(table, table->y, table->y_unit, out);
    fprintf(out, "%s%s%s%s", table->errors ? ",+-" : "", kind->best != NULL ? ",best" : "",
            kind->front ? ",front" : "", named ? ",name" : "");
    if (table->shade != NULL) {
        fputc(',', out);
        head_text(table, table->shade, table->shade_unit, out);
    }
    fputc('\n', out);
    for (size_t i = 0; i < table->rows; i++) {
        const struct fl_plot_row *row = &table->row[i];
        fl_csv_text(row->roof ? "(roof)" : table->series[row->series], out);
        fputc(',', out);
        if (bars)
            fl_csv_text(row->x_text, out);
        else
            fprintf(out, "%.12g", row->x);
        fprintf(out, ",%.12g", row->y);
        if (table->errors)
            fprintf(out, ",%.12g", row->error);
        fprintf(out, "%s%s", kind->best == NULL ? "" : row->best ? ",1" : ",0",
                !kind->front ? "" : row->front ? ",1" : ",0");
        if (named) {
            fputc(',', out);
            fl_csv_text(row->name != NULL ? row->name : "", out);
        }
        if (table->shade != NULL)
            fprintf(out, ",%.12g", row->shade);
        fputc('\n', out);
    }
}

static void cells_csv(struct fl_plot_table *table, FILE *out)
{
    fl_csv_text(table->x, out);
    fputc(',', out);
    fl_csv_text(table->y, out);
    fputc(',', out);
    head_text(table, table->shade, table->shade_unit, out);
    fputc('\n', out);
    for (size_t i = 0; i < table->rows; i++) {
        fl_csv_text(table->row[i].x_text, out);
        fputc(',', out);
        fl_csv_text(table->row[i].name, out);
        fprintf(out, ",%.12g\n", table->row[i].shade);
    }
}

static void spans_csv(struct fl_plot_table *table, FILE *out)
{
    fputs("price,low (J),high (J),of the variance\n", out);
    for (size_t i = 0; i < table->rows; i++) {
        fl_csv_text(table->row[i].x_text, out);
        fprintf(out, ",%.12g,%.12g,%.12g\n", table->row[i].x, table->row[i].y, table->row[i].shade);
    }
}

static void figures_write(const struct fl_plot_kind *kind, struct fl_plot_table *table, FILE *out)
{
    if (kind->style == FL_PLOT_CELLS)
        cells_csv(table, out);
    else if (kind->style == FL_PLOT_SPANS)
        spans_csv(table, out);
    else
        points_csv(kind, table, out);
}

/* What a picture shows, in words: of which runs, what is told by place and colour, and the rows that matter most. */
static const char *description_of(const struct fl_plot_kind *kind, struct fl_plot_table *table)
{
    enum { MOST = 12 };
    struct fl_arena *arena = &table->arena;
    const char *text = fl_arena_format(arena, "%s. Drawn: %s%s%s%s%s.", table->title, *table->x != '\0' ? table->x :
                                       "bars",
                                       *table->y != '\0' ? ", " : "", table->y, table->shade != NULL ? ", as colour "
                                           : "",
                                       table->shade != NULL ? table->shade : "");
    size_t told = 0;
    for (size_t i = 0; i < table->rows && told < MOST; i++) {
        const struct fl_plot_row *row = &table->row[i];
        bool cell = kind->style == FL_PLOT_CELLS, points = kind->style <= FL_PLOT_LINES;
        if ((kind->front && !row->front) || row->best || row->roof)
            continue;
        const char *name = points && row->name != NULL ? row->name : cell ? fl_arena_format(arena, "%s, %s",
            row->x_text,
                           row->name) : row->x_text, *series = table->series[row->series];
        const char *value = cell ? fl_plot_figure_text(arena, row->shade, table->shade_unit)
                                 : fl_plot_figure_text(arena, row->y, table->y_unit);
        text = fl_arena_format(arena, "%s%s%s%s%s: %s%s%s", text, told++ == 0 ? " " : "; ", series,
                               *series != '\0' ? ", " : "", name,
                               points ? fl_plot_figure_text(arena, row->x, table->x_unit) : "", points ? ", " : "",
                                   value);
    }
    return fl_arena_format(arena, "%s%s", text, table->rows > told && !kind->front ? "; and more." : ".");
}

/* The script, or the figures. */
static bool text_write(const struct fl_plot_kind *kind, struct fl_plot_table *table, const struct fl_plot *plot,
                       const char *file, const char *picture, struct fl_err *err)
{
    const struct fl_plot_terminal *terminal = fl_plot_terminal_find(plot->out);
    FILE *out = fopen(file, "w");
    if (out == NULL)
        return fl_fail(err, plot->out, "cannot be written: %s", strerror(errno));
    if (strcmp(terminal->ending, ".csv") == 0)
        figures_write(kind, table, out);
    else
        fl_plot_script_write(kind, table, terminal, terminal->before != NULL ? picture : NULL, out);
    bool bad = ferror(out) != 0;
    return (fclose(out) == 0 && !bad) || fl_fail(err, plot->out, "cannot be written: %s", strerror(errno));
}

/* ---- gnuplot ---- */

/* The first line that it complains in. */
static const char *complaint_of(struct fl_arena *arena, const char *path)
{
    char line[256] = "";
    FILE *in = fopen(path, "r");
    while (in != NULL && fgets(line, sizeof line, in) != NULL && strspn(line, " \t^\n") == strlen(line))
        ;
    if (in != NULL)
        fclose(in);
    return fl_arena_slice(arena, line, strcspn(line, "\n"));
}

static bool gnuplot_run(const char *script, const char *complaints, struct fl_err *err)
{
    struct fl_arena arena = {0};
    char *const words[] = {(char[]){"gnuplot"}, fl_arena_text(&arena, script), NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, complaints, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int code = posix_spawnp(&child, "gnuplot", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0)
        return fl_fail(err, "gnuplot", "%s: it draws the pictures (Debian, Ubuntu: apt-get install gnuplot-nox; "
                       "Fedora: dnf install gnuplot; macOS: brew install gnuplot); -o FILE.gp writes its script, "
                       "-o FILE.csv the figures, without it",
                       code == ENOENT ? "is not installed" : strerror(code));
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    bool drawn = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!drawn)
        fl_fail(err, "gnuplot", "failed: %s", complaint_of(&arena, complaints));
    fl_arena_free(&arena);
    return drawn;
}

static bool picture_make(const struct fl_plot_kind *kind, struct fl_plot_table *table, const struct fl_plot *plot,
                         struct fl_err *err)
{
    struct fl_arena *arena = &table->arena;
    const char *beside = fl_arena_format(arena, "%s.%ld", plot->out, (long)getpid());
    const char *script = fl_arena_format(arena, "%s.gp", beside), *told = fl_arena_format(arena, "%s.err", beside);
    bool picture = fl_plot_terminal_find(plot->out)->before != NULL;
    bool ok = text_write(kind, table, plot, script, beside, err);
    if (ok && picture)
        ok = gnuplot_run(script, told, err);
    if (ok && strcmp(fl_plot_terminal_find(plot->out)->ending, ".svg") == 0)
        ok = fl_plot_svg_describe(beside, kind->heading, description_of(kind, table), err);
    if (ok && rename(picture ? beside : script, plot->out) != 0)
        ok = fl_fail(err, plot->out, "cannot be written: %s", strerror(errno));
    unlink(beside);
    unlink(script);
    unlink(told);
    return ok;
}

/* ---- the whole ---- */

static bool number_find(struct fl_db *db, const struct fl_plot_kind *kind, int64_t *number, struct fl_err *err)
{
    if (*number != 0 || kind->of == FL_PLOT_OF_ALL)
        return true;
    if (kind->of == FL_PLOT_OF_RUN)
        return fl_db_last_run(db, number, err);
    double last = 0;
    if (!fl_db_number(db, "select coalesce(max(sweep), 0) from sweep", &last, err))
        return false;
    *number = fl_whole(last, 0, INT64_MAX);
    return *number > 0 || fl_fail(err, "--db", "holds no sweep; `fanlight sweep` makes one");
}

static bool kind_find(const struct fl_plot *plot, const struct fl_plot_kind **kind, struct fl_err *err)
{
    struct fl_arena arena = {0};
    const char *names[64], *all = "";
    size_t count = 0;
    for (const struct fl_plot_kind *k = fl_plot_kinds; k->name != NULL && count < 64; k++) {
        names[count++] = k->name;
        all = fl_arena_listed(&arena, all, k->name);
    }
    *kind = fl_plot_kind_find(plot->kind);
    const char *near = fl_nearest(plot->kind, names, count);
    bool ok = *kind != NULL;
    if (!ok)
        fl_fail(err, "fanlight plot", "no kind \"%s\"; %s", plot->kind,
                fl_meant(&arena, near, fl_arena_format(&arena, "there are %s", all)));
    else if (fl_plot_terminal_find(plot->out) == NULL)
        ok = fl_fail(err, plot->out, "must end in .svg, .png or .pdf; or .gp (gnuplot's script), .csv (the figures)");
    fl_arena_free(&arena);
    return ok;
}

bool fl_plot_draw(const struct fl_plot *plot, struct fl_err *err)
{
    const struct fl_plot_kind *kind;
    struct fl_plot_table table = {.title = ""};
    struct fl_db *db;
    int64_t number = plot->number;
    if (!kind_find(plot, &kind, err) || !fl_db_open_readonly(&db, plot->db, err))
        return false;
    bool ok = number_find(db, kind, &number, err) && table_read(db, plot, kind, number, &table, err);
    fl_db_close(db);
    if (ok && table.rows == 0 && kind->of == FL_PLOT_OF_ALL)
        ok = fl_fail(err, plot->db, "has nothing to draw for \"%s\"", kind->name);
    else if (ok && table.rows == 0)
        ok = fl_fail(err, plot->db, "has nothing to draw for \"%s\" of %s %lld%s%s%s", kind->name,
                     kind->of == FL_PLOT_OF_RUN ? "run" : "sweep", (long long)number,
                     plot->axis != NULL ? " over axis " : "", plot->axis != NULL ? plot->axis : "",
                     plot->axis != NULL ? "; table sweep_axis has the names of its axes" : "");
    ok = ok && picture_make(kind, &table, plot, err);
    table_free(&table);
    return ok;
}
