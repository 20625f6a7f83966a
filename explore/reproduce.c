/* reproduce.c - runs what a paper's claims need, and compares. */
#include "explore/reproduce.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quantity.h"
#include "base/whole.h"
#include "explore/keys.h"
#include "explore/plot.h"

enum { SETS = 32 };
static const char *const root_keys[] = {"title", "source", "runs", "claims", "figures", NULL};
static const char *const run_keys[] = {"name", "design", "model", "trace", "context", "attention", "layers_only",
                                       "mapper", "set", "of", "prices", NULL};
static const char *const claim_keys[] = {"number", "claim", "carried", "readings", "checks", NULL};
static const char *const check_keys[] = {"what", "paper", "unit", "least", "most", "judges", "figure", "law",
                                         "monte_carlo", NULL};
static const char *const draws_keys[] = {"encoding", "statistics", "lengths", "error", "common", "samples", "seed",
                                         NULL};
static const char *const figure_keys[] = {"name", "series", NULL};
static const char *const series_keys[] = {"name", "runs", NULL};
static const struct fl_keys groups[] = {
    {"", root_keys}, {"runs[]", run_keys}, {"claims[]", claim_keys}, {"claims[].checks[]", check_keys},
    {"claims[].checks[].monte_carlo", draws_keys}, {"figures[]", figure_keys}, {"figures[].series[]", series_keys},
    {NULL, NULL}};

struct stored { const char *name; int64_t run; };
struct work {
    struct fl_reproduction *out;
    const struct fl_reproduce_ask *ask;
    const char *db, *folder;
    struct stored *stored;              /* runs made so far */
    size_t runs, room;
    int depth;                          /* of runs that rest on runs */
    struct fl_err *err;
};

/* ---- the file ---- */

static const char *text_at(struct work *w, const char *group, const char *key)
{
    struct fl_settings *file = &w->out->file;
    const struct fl_setting *setting = fl_settings_find(file, fl_arena_format(&file->arena, "%s.%s", group, key));
    return setting != NULL ? setting->text : NULL;
}

static const char *where(struct work *w, const char *group, const char *key)
{
    struct fl_settings *file = &w->out->file;
    const struct fl_setting *setting = fl_settings_find(file, fl_arena_format(&file->arena, "%s.%s", group, key));
    if (setting == NULL)
        setting = fl_settings_find(file, group);
    return fl_arena_format(&file->arena, "%s:%d: %s", file->file, setting != NULL ? setting->line : 0, group);
}

static bool number_at(struct work *w, const char *group, const char *key, double preset, double *value)
{
    const char *text = text_at(w, group, key);
    *value = preset;
    return text == NULL || fl_quantity_read(text, "", value, where(w, group, key), w->err);
}

static bool whole_at(struct work *w, const char *group, const char *key, int64_t preset, int64_t *value)
{
    double number;
    if (!number_at(w, group, key, (double)preset, &number))
        return false;
    if (!(number >= 0 && number < 1e15 && number == floor(number)))
        return fl_fail(w->err, where(w, group, key), "%s: a whole number from 0 is wanted", key);
    *value = fl_whole(number, 0, INT64_MAX);
    return true;
}

/* True, false, or not said: false for what is none of these. */
static bool flag_at(struct work *w, const char *group, const char *key, bool preset, bool *value)
{
    const char *text = text_at(w, group, key);
    *value = text == NULL ? preset : strcmp(text, "true") == 0;
    return text == NULL || *value || strcmp(text, "false") == 0 ||
           fl_fail(w->err, where(w, group, key), "%s: true or false is wanted, not \"%s\"", key, text);
}

static const char *wanted(struct work *w, const char *group, const char *key)
{
    const char *text = text_at(w, group, key);
    if (text == NULL)
        fl_fail(w->err, where(w, group, key), "%s is missing", key);
    return text;
}

static bool group_exists(struct work *w, const char *group)
{
    return fl_settings_find(&w->out->file, group) != NULL;
}

/* ---- checks ---- */

/* The place of a word in a list that ends with NULL. */
static bool word_at(struct work *w, const char *group, const char *key, const char *const *names, int *place)
{
    const char *text = wanted(w, group, key), *all = "";
    for (*place = 0; text != NULL && names[*place] != NULL; (*place)++) {
        if (strcmp(text, names[*place]) == 0)
            return true;
        all = fl_arena_format(&w->out->file.arena, "%s%s%s", all, *place > 0 ? ", " : "", names[*place]);
    }
    return text != NULL && fl_fail(w->err, where(w, group, key), "%s: no \"%s\"; there are %s", key, text, all);
}

static bool lengths_read(struct work *w, const char *group, struct fl_draws *draws)
{
    struct fl_arena *arena = &w->out->file.arena;
    double *length = fl_arena_array(arena, w->out->file.settings, sizeof *length);
    const char *text;
    bool good = true, differ = false;
    while ((text = text_at(w, group, fl_arena_format(arena, "lengths[%zu]", draws->lengths))) != NULL) {
        double *one = &length[draws->lengths++];
        good = fl_quantity_read(text, "", one, where(w, group, "lengths"), w->err) && good;
        if (good && (*one < 1 || *one > 1e7 || *one != floor(*one)))
            good = fl_fail(w->err, where(w, group, "lengths"), "a length is a whole number from 1 to 10,000,000");
        differ = differ || *one != length[0];
    }
    draws->length = length;
    return good && (differ || fl_fail(w->err, where(w, group, "lengths"), "lengths: two that differ are wanted"));
}

static bool draws_read(struct work *w, const char *group, struct fl_draws *draws)
{
    int encoding = 0, statistics = 0;
    int64_t samples = 0, seed = 0;
    bool good = word_at(w, group, "encoding", fl_sign_names, &encoding);
    good = word_at(w, group, "statistics", fl_statistics_names, &statistics) && good;
    good = number_at(w, group, "error", 0.02, &draws->error) && number_at(w, group, "common", 0.5, &draws->common) &&
           whole_at(w, group, "samples", 400, &samples) && whole_at(w, group, "seed", 1, &seed) &&
           lengths_read(w, group, draws) && good;
    bool sound = samples >= 20 && samples <= 1000000 && draws->error > 0 && draws->common >= 0 && draws->common < 1;
    if (good && !sound)
        good = fl_fail(w->err, where(w, group, "samples"), "wanted: 20 to 1,000,000 samples, an error above 0, a "
                       "common share from 0 to below 1");
    draws->encoding = (enum fl_sign_encoding)encoding;
    draws->statistics = (enum fl_statistics)statistics;
    draws->samples = samples;
    draws->seed = (uint64_t)seed;
    return good;
}

/* What the figure is: SQL, SQL of rows, or draws. */
static bool kind_read(struct work *w, const char *group, struct fl_check *check)
{
    const char *draws = fl_arena_format(&w->out->file.arena, "%s.monte_carlo", group);
    bool law = text_at(w, group, "law") != NULL, drawn = group_exists(w, draws);
    if ((text_at(w, group, "figure") != NULL) + law + drawn > 1)
        return fl_fail(w->err, where(w, group, "figure"), "one of figure, law and monte_carlo, not several");
    check->kind = law ? FL_CHECK_LAW : drawn ? FL_CHECK_MONTE_CARLO : FL_CHECK_FIGURE;
    if (drawn)
        return draws_read(w, draws, &check->draws);
    check->sql = wanted(w, group, law ? "law" : "figure");
    return check->sql != NULL;
}

static bool check_read(struct work *w, const struct fl_check *claim, const char *group)
{
    struct fl_check check = *claim;
    check.what = wanted(w, group, "what");
    check.paper = text_at(w, group, "paper") != NULL ? text_at(w, group, "paper") : "";
    check.unit = text_at(w, group, "unit") != NULL ? text_at(w, group, "unit") : "";
    check.sigma = NAN;
    bool good = kind_read(w, group, &check) && flag_at(w, group, "judges", true, &check.judges) &&
                number_at(w, group, "least", -INFINITY, &check.least) &&
                number_at(w, group, "most", INFINITY, &check.most);
    if (good && check.judges && isinf(check.least) && isinf(check.most))
        good = fl_fail(w->err, where(w, group, "what"), "judges without least or most: any figure would agree");
    w->out->check[w->out->checks++] = check;
    return good && check.what != NULL;
}

/* ---- claims ---- */

static bool claims_read(struct work *w, int64_t only)
{
    struct fl_settings *file = &w->out->file;
    bool good = true, any = false;
    w->out->check = fl_arena_array(&file->arena, file->settings + 1, sizeof *w->out->check);
    for (int i = 0; group_exists(w, fl_arena_format(&file->arena, "claims[%d]", i)); i++) {
        const char *group = fl_arena_format(&file->arena, "claims[%d]", i);
        struct fl_check claim = {.text = wanted(w, group, "claim"), .carried = text_at(w, group, "carried")};
        good = flag_at(w, group, "readings", false, &claim.reading) && good;
        good = whole_at(w, group, "number", i + 1, &claim.claim) && claim.text != NULL && good;
        if (only != 0 && claim.claim != only)
            continue;
        any = true;
        for (int k = 0; group_exists(w, fl_arena_format(&file->arena, "%s.checks[%d]", group, k)); k++)
            good = check_read(w, &claim, fl_arena_format(&file->arena, "%s.checks[%d]", group, k)) && good;
    }
    if (good && !any)
        return fl_fail(w->err, file->file, only != 0 ? "has no claim %lld" : "has no claims (%lld)", (long long)only);
    return good;
}

/* ---- runs ---- */

static bool run_make(struct work *w, const char *name, int64_t *number);

static const char *run_group(struct work *w, const char *name)
{
    struct fl_arena *arena = &w->out->file.arena;
    for (int i = 0; group_exists(w, fl_arena_format(arena, "runs[%d]", i)); i++) {
        const char *group = fl_arena_format(arena, "runs[%d]", i), *own = text_at(w, group, "name");
        if (own != NULL && strcmp(own, name) == 0)
            return group;
    }
    return NULL;
}

/* A file beside the claims, if there is one of that name. */
static const char *beside(struct work *w, const char *file)
{
    const char *path = fl_arena_format(&w->out->file.arena, "%s/%s", w->folder, file);
    return access(path, R_OK) == 0 ? path : file;
}

static bool run_reprice(struct work *w, const char *group, const char *label, int64_t *number)
{
    struct fl_repricing ask = {.db = w->db, .label = label, .command = "fanlight reproduce"};
    const char *of = wanted(w, group, "of"), *prices = wanted(w, group, "prices");
    if (of == NULL || prices == NULL || !run_make(w, of, &ask.run))
        return false;
    ask.prices = beside(w, prices);
    return fanlight_reprice(&ask, number, w->err);
}

static bool run_simulate(struct work *w, const char *group, const char *label, int64_t *number)
{
    struct fl_arena *arena = &w->out->file.arena;
    const char *set[SETS], *trace = text_at(w, group, "trace");
    int64_t context;
    bool layers;
    struct fl_request ask = {.design = wanted(w, group, "design"), .model = text_at(w, group, "model"), .set = set,
                             .mapper = text_at(w, group, "mapper"), .label = label, .command = "fanlight reproduce"};
    if (ask.design == NULL || !whole_at(w, group, "context", 0, &context) ||
        !flag_at(w, group, "layers_only", false, &layers))
        return false;
    ask.trace = trace != NULL ? beside(w, trace) : NULL;
    ask.work = (struct fl_work){.context = context, .attention = text_at(w, group, "attention"),
                                .layers_only = layers};
    const char *one;
    while ((one = text_at(w, group, fl_arena_format(arena, "set[%d]", ask.sets))) != NULL) {
        if (ask.sets == SETS)
            return fl_fail(w->err, where(w, group, "set"), "more than %d overrides; write a design with them", SETS);
        set[ask.sets++] = one;
    }
    struct fl_result *result;
    if (!fanlight_run(&ask, &result, w->err))
        return false;
    bool ok = fanlight_store(result, w->db, number, w->err);
    fanlight_free(result);
    return ok;
}

/* The stored run of that name, made when first asked for. */
static bool run_make(struct work *w, const char *name, int64_t *number)
{
    for (size_t i = 0; i < w->runs; i++)
        if (strcmp(w->stored[i].name, name) == 0) {
            *number = w->stored[i].run;
            return true;
        }
    const char *group = run_group(w, name);
    if (group == NULL)
        return fl_fail(w->err, w->out->file.file, "no run is called \"%s\"", name);
    if (++w->depth > 8)
        return fl_fail(w->err, where(w, group, "of"), "runs rest on runs in a circle");
    if (w->ask->tell != NULL)
        w->ask->tell(w->ask->context, name);
    const char *label = fl_arena_format(&w->out->file.arena, "%s: %s", w->out->title, name);
    bool ok = text_at(w, group, "of") != NULL ? run_reprice(w, group, label, number)
                                              : run_simulate(w, group, label, number);
    w->depth--;
    w->stored = fl_grow(w->stored, &w->room, w->runs, sizeof *w->stored);
    if (ok)
        w->stored[w->runs++] = (struct stored){name, *number};
    return ok;
}

/* ---- figures ---- */

/* The check's SQL with numbers in place of the names of runs. */
static const char *sql_filled(struct work *w, const char *sql)
{
    struct fl_arena *arena = &w->out->file.arena;
    const char *filled = "", *open;
    while ((open = strchr(sql, '{')) != NULL) {
        const char *close = strchr(open, '}');
        int64_t run;
        if (close == NULL) {
            fl_fail(w->err, w->out->file.file, "a { without } in %s", sql);
            return NULL;
        }
        if (!run_make(w, fl_arena_slice(arena, open + 1, (size_t)(close - open - 1)), &run))
            return NULL;
        filled = fl_arena_format(arena, "%s%.*s%lld", filled, (int)(open - sql), sql, (long long)run);
        sql = close + 1;
    }
    return fl_arena_format(arena, "%s%s", filled, sql);
}

/* A figure of one number, or the exponent of a law, from the database. */
static bool check_query(struct work *w, struct fl_check *check)
{
    struct fl_db *db;
    struct fl_power_law law;
    const char *sql = sql_filled(w, check->sql);
    if (sql == NULL)
        return false;
    if (w->runs == 0)
        return fl_fail(w->err, w->out->file.file, "%s: the figure names no {run}", check->what);
    if (!fl_db_open_readonly(&db, w->db, w->err))
        return false;
    bool ok = check->kind == FL_CHECK_LAW ? fl_law_of_query(&law, db, sql, w->err)
                                          : fl_db_number(db, sql, &check->ours, w->err);
    fl_db_close(db);
    if (ok && check->kind == FL_CHECK_LAW) {
        check->ours = law.exponent;
        check->sigma = law.exponent_sigma;
    }
    return ok;
}

static bool check_judge(struct work *w, struct fl_check *check)
{
    if (check->kind == FL_CHECK_MONTE_CARLO) {
        struct fl_power_law law = fl_law_of_draws(&check->draws);
        check->ours = law.exponent;
        check->sigma = law.exponent_sigma;
    } else if (!check_query(w, check)) {
        return false;
    }
    double slack = isnan(check->sigma) ? 0 : 2 * check->sigma;
    check->agrees = check->ours >= check->least - slack && check->ours <= check->most + slack;
    return true;
}

/* ---- figures to draw ---- */

/* The runs of all series of one figure, as rows for the table `figure`. */
static bool figure_store(struct work *w, struct fl_db *db, const char *group, const char *name)
{
    struct fl_arena *arena = &w->out->file.arena;
    bool good = true;
    for (int s = 0; good; s++) {
        const char *series = fl_arena_format(arena, "%s.series[%d]", group, s), *title, *run;
        if (!group_exists(w, series))
            return s > 0 || fl_fail(w->err, where(w, group, "series"), "series is missing");
        good = (title = wanted(w, series, "name")) != NULL;
        for (int r = 0; good && (run = text_at(w, series, fl_arena_format(arena, "runs[%d]", r))) != NULL; r++) {
            int64_t number = 0;
            good = run_make(w, run, &number) && fl_db_add_figure(db, name, title, number, w->err);
        }
    }
    return false;
}

/* Says which runs are drawn in which figure: those of this reproduction, no others. */
static bool figures_make(struct work *w, bool store)
{
    struct fl_db *db;
    struct fl_arena *arena = &w->out->file.arena;
    if (!store || !group_exists(w, "figures[0]"))
        return true;
    if (!fl_db_open(&db, w->db, w->err))
        return false;
    bool good = fl_db_clear_figures(db, w->err);
    for (int i = 0; good && group_exists(w, fl_arena_format(arena, "figures[%d]", i)); i++) {
        const char *group = fl_arena_format(arena, "figures[%d]", i), *name = wanted(w, group, "name");
        if (name != NULL && fl_plot_kind_find(name) == NULL)
            good = fl_fail(w->err, where(w, group, "name"), "no kind of plot is called \"%s\"", name);
        good = good && name != NULL && figure_store(w, db, group, name);
    }
    fl_db_close(db);
    return good;
}

static bool figures_draw(struct work *w, const char *folder)
{
    struct fl_arena *arena = &w->out->file.arena;
    bool good = true;
    for (int i = 0; good && group_exists(w, fl_arena_format(arena, "figures[%d]", i)); i++) {
        const char *name = text_at(w, fl_arena_format(arena, "figures[%d]", i), "name");
        struct fl_plot plot = {.db = w->db, .kind = name, .out = fl_arena_format(arena, "%s/%s.svg", folder, name)};
        good = fl_plot_draw(&plot, w->err);
    }
    return good;
}

/* ---- the whole ---- */

/* Told before anything is simulated. */
static bool folder_make(const char *folder, struct fl_err *err)
{
    struct stat about;
    if (folder == NULL || mkdir(folder, 0777) == 0)
        return true;
    int why = errno;
    if (stat(folder, &about) == 0)
        return S_ISDIR(about.st_mode) || fl_fail(err, folder, "is no folder; pictures want one");
    return fl_fail(err, folder, "cannot be made: %s", strerror(why));
}

static bool work_do(struct work *w)
{
    const struct fl_reproduce_ask *ask = w->ask;
    bool known = fl_keys_check(&w->out->file, groups, "docs/claims.md", w->err);
    bool ok = claims_read(w, ask->claim) && known && folder_make(ask->plots, w->err);
    for (size_t i = 0; ok && i < w->out->checks; i++)
        ok = check_judge(w, &w->out->check[i]);
    return ok && figures_make(w, ask->claim == 0 || ask->plots != NULL) &&
           (ask->plots == NULL || figures_draw(w, ask->plots));
}

bool fl_reproduce(struct fl_reproduction *out, const struct fl_reproduce_ask *ask, struct fl_err *err)
{
    memset(out, 0, sizeof *out);
    struct fl_arena scratch = {0};
    const char *path = fl_claims_path(&scratch, ask->name, err);
    bool ok = path != NULL && fl_settings_read(&out->file, path, err);
    if (ok) {
        const char *slash = strrchr(path, '/');
        struct work w = {.out = out, .ask = ask, .db = ask->db, .err = err,
                         .folder = slash != NULL ? fl_arena_slice(&scratch, path, (size_t)(slash - path)) : "."};
        const struct fl_setting *title = fl_settings_find(&out->file, "title"),
                                *source = fl_settings_find(&out->file, "source");
        out->title = title != NULL && title->text != NULL ? title->text : ask->name;
        out->source = source != NULL && source->text != NULL ? source->text : "";
        ok = work_do(&w);
        fl_free(w.stored);
        if (!ok)
            fl_reproduction_free(out);
    }
    fl_arena_free(&scratch);
    return ok;
}

bool fl_claim_holds(const struct fl_reproduction *out, int64_t claim)
{
    bool all = true, any = false, readings = false;
    for (size_t i = 0; i < out->checks; i++)
        if (out->check[i].claim == claim && out->check[i].judges) {
            all = all && out->check[i].agrees;
            any = any || out->check[i].agrees;
            readings = readings || out->check[i].reading;
        }
    return readings ? any : all;
}

void fl_reproduction_free(struct fl_reproduction *out)
{
    fl_settings_free(&out->file);
    memset(out, 0, sizeof *out);
}
