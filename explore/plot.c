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
#include "base/whole.h"
#include "explore/plot_script.h"

extern char **environ;

/* ---- rows ---- */

struct taking { struct fl_plot_table *table; const struct fl_plot_kind *kind; bool best; };

static size_t series_find(struct fl_plot_table *table, const char *name)
{
    for (size_t s = 0; s < table->serieses; s++)
        if (strcmp(table->series[s], name) == 0)
            return s;
    table->series = fl_grow(table->series, &table->series_room, table->serieses, sizeof *table->series);
    table->series[table->serieses] = fl_arena_text(&table->arena, name);
    return table->serieses++;
}

static bool row_take(void *context, const char *const *value, int columns)
{
    const struct taking *taking = context;
    struct fl_plot_table *table = taking->table;
    fl_assert(columns == 3 || columns == 4);
    if (value[1] == NULL || value[2] == NULL)
        return true;
    table->x_given |= columns == 4;
    table->row = fl_grow(table->row, &table->row_room, table->rows, sizeof *table->row);
    table->row[table->rows++] = (struct fl_plot_row){
        .series = series_find(table, value[0] != NULL ? value[0] : ""), .best = taking->best,
        .x_text = fl_arena_text(&table->arena, columns == 4 && value[3] != NULL ? value[3] : value[1]),
        .x = taking->kind->style == FL_PLOT_BARS ? 0 : strtod(value[1], NULL), .y = strtod(value[2], NULL)};
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

static bool table_read(struct fl_db *db, const struct fl_plot_kind *kind, int64_t number, const char *axis,
                       struct fl_plot_table *table, struct fl_err *err)
{
    struct taking all = {table, kind, false}, best = {table, kind, true};
    return fl_db_each(db, kind->query, number, axis, row_take, &all, err) &&
           (kind->best == NULL || fl_db_each(db, kind->best, number, axis, row_take, &best, err)) &&
           text_find(db, kind->title, number, axis, &table->arena, &table->title, err) &&
           text_find(db, kind->x, number, axis, &table->arena, &table->x, err) &&
           text_find(db, kind->y, number, axis, &table->arena, &table->y, err);
}

static void table_free(struct fl_plot_table *table)
{
    free(table->row);
    free(table->series);
    fl_arena_free(&table->arena);
}

/* ---- figures ---- */

static void csv_text(const char *text, FILE *out)
{
    bool plain = strpbrk(text, ",\"\n") == NULL;
    if (!plain)
        fputc('"', out);
    for (; *text != '\0'; text++)
        fputs(*text == '"' ? "\"\"" : (const char[]){*text, '\0'}, out);
    if (!plain)
        fputc('"', out);
}

static void figures_write(const struct fl_plot_kind *kind, const struct fl_plot_table *table, FILE *out)
{
    bool bars = kind->style == FL_PLOT_BARS, best = kind->best != NULL;
    fputs("series,", out);
    csv_text(table->x[0] != '\0' ? table->x : "bar", out);
    fprintf(out, "%s%s%s,%s%s%s%s%s\n", !bars && kind->x_unit[0] != '\0' ? " (" : "", bars ? "" : kind->x_unit,
            !bars && kind->x_unit[0] != '\0' ? ")" : "", table->y, kind->y_unit[0] != '\0' ? " (" : "", kind->y_unit,
            kind->y_unit[0] != '\0' ? ")" : "", best ? ",best" : "");
    for (size_t i = 0; i < table->rows; i++) {
        csv_text(table->series[table->row[i].series], out);
        fputc(',', out);
        if (bars)
            csv_text(table->row[i].x_text, out);
        else
            fprintf(out, "%.12g", table->row[i].x);
        fprintf(out, ",%.12g%s\n", table->row[i].y, !best ? "" : table->row[i].best ? ",1" : ",0");
    }
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
    char *const words[] = {(char[]){"gnuplot"}, strdup(script), NULL};
    struct fl_arena arena = {0};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, complaints, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int code = posix_spawnp(&child, "gnuplot", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    free(words[1]);
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
        all = fl_arena_format(&arena, "%s%s%s", all, count > 1 ? ", " : "", k->name);
    }
    *kind = fl_plot_kind_find(plot->kind);
    const char *near = fl_nearest(plot->kind, names, count);
    bool ok = *kind != NULL;
    if (!ok && near != NULL)
        fl_fail(err, "fanlight plot", "no kind \"%s\"; did you mean \"%s\"?", plot->kind, near);
    else if (!ok)
        fl_fail(err, "fanlight plot", "no kind \"%s\"; there are %s", plot->kind, all);
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
    bool ok = number_find(db, kind, &number, err) && table_read(db, kind, number, plot->axis, &table, err);
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
