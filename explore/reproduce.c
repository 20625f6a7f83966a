/* reproduce.c - runs what a paper's claims need, and compares. */
#include "explore/reproduce.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/train.h"
#include "base/whole.h"
#include "explore/claims.h"
#include "explore/measured.h"
#include "explore/plot.h"
#include "explore/train.h"

enum { SETS = 32 };

/* A run that was made, and the error over spread of the operators that its light computes; NAN: none. */
struct stored { const char *name; int64_t run; double error_least, error_most; };
struct work {
    struct fl_reader file;
    struct fl_reproduction *out;
    const struct fl_reproduce_ask *ask;
    const char *db, *folder;
    struct stored *stored;              /* runs made so far */
    size_t runs, room;
    int depth;                          /* of runs that rest on runs */
};

static const char *text_at(struct work *w, const char *group, const char *key)
{
    return fl_reader_text(&w->file, group, key);
}

/* ---- runs ---- */

static bool run_make(struct work *w, const char *name, struct stored *made);

static const char *run_group(struct work *w, const char *name)
{
    struct fl_arena *arena = w->file.arena;
    for (int i = 0; fl_reader_has(&w->file, fl_arena_format(arena, "runs[%d]", i)); i++) {
        const char *group = fl_arena_format(arena, "runs[%d]", i), *own = text_at(w, group, "name");
        if (own != NULL && strcmp(own, name) == 0)
            return group;
    }
    return NULL;
}

/* A file beside the claims, if there is one of that name. */
static const char *beside(struct work *w, const char *file)
{
    const char *path = fl_arena_format(w->file.arena, "%s/%s", w->folder, file);
    return access(path, R_OK) == 0 ? path : file;
}

static bool run_reprice(struct work *w, const char *group, const char *label, struct stored *made)
{
    struct fl_repricing ask = {.db = w->db, .label = label, .command = "fanlight reproduce"};
    const char *of = fl_reader_wanted(&w->file, group, "of"), *prices = fl_reader_wanted(&w->file, group, "prices");
    if (of == NULL || prices == NULL || !run_make(w, of, made))
        return false;
    ask.run = made->run;                /* other prices, the same light */
    ask.prices = beside(w, prices);
    return fanlight_reprice(&ask, &made->run, w->file.err);
}

/* Widens a range of errors by an operator's. */
static void error_take(void *context, const struct fl_operator_precision *operator_)
{
    struct stored *made = context;
    made->error_least = fmin(made->error_least, operator_->error);
    made->error_most = fmax(made->error_most, operator_->error);
}

/* What is asked of a run's step of training, if it is one; false: in words that are none. */
static bool train_read(struct work *w, const char *group, struct fl_train_work *train, struct fl_request *ask)
{
    struct fl_train said = {0};
    bool any, good = fl_train_read(&w->file, group, &said, &any);
    *train = fl_train_work_of(&said);
    if (said.schedule != NULL) {
        ask->work.phase = "train";
        ask->train = train;
    }
    return good;
}

/* A shipped model, or a config.json beside the claims. */
static const char *model_at(struct work *w, const char *group)
{
    const char *model = text_at(w, group, "model");
    return model != NULL && strchr(model, '.') != NULL ? beside(w, model) : model;
}

/* Adds the overrides of a run, or of all (""). */
static bool sets_add(struct work *w, const char *group, const char **set, int *sets)
{
    const char *one;
    for (int i = 0; (one = text_at(w, group, fl_arena_format(w->file.arena, "set[%d]", i))) != NULL; i++) {
        if (*sets == SETS)
            return fl_reader_fail_at(&w->file, group, "set", "more than %d overrides; write a design with them", SETS);
        set[(*sets)++] = one;
    }
    return true;
}

static bool run_simulate(struct work *w, const char *group, const char *label, struct stored *made)
{
    const char *set[SETS], *trace = text_at(w, group, "trace");
    int64_t context = 0, batch = 0;
    struct fl_train_work train;
    bool layers = false;
    struct fl_request ask = {.design = fl_reader_wanted(&w->file, group, "design"), .model = model_at(w, group),
                             .mapper = text_at(w, group, "mapper"), .set = set, .label = label,
                             .command = "fanlight reproduce"};
    if (ask.design == NULL || !fl_reader_whole(&w->file, group, "context", 0, INT64_MAX, &context) ||
        !fl_reader_whole(&w->file, group, "batch", 1, INT64_MAX, &batch) ||
        !fl_reader_flag(&w->file, group, "layers_only", &layers))
        return false;
    ask.trace = trace != NULL ? beside(w, trace) : NULL;
    ask.work = (struct fl_work){.context = context, .batch = batch, .attention = text_at(w, group, "attention"),
                                .layers_only = layers};
    if (!train_read(w, group, &train, &ask))
        return false;
    if (!sets_add(w, "", set, &ask.sets) || !sets_add(w, group, set, &ask.sets))
        return false;
    struct fl_result *result;
    if (!fanlight_run(&ask, &result, w->file.err))
        return false;
    bool ok = fanlight_store(result, w->db, &made->run, w->file.err);
    fanlight_free(result);
    made->error_least = made->error_most = NAN;
    return ok && fanlight_precision(&ask, error_take, made, w->file.err);
}

/* The stored run of that name, made when first asked for. */
static bool run_make(struct work *w, const char *name, struct stored *made)
{
    for (size_t i = 0; i < w->runs; i++)
        if (strcmp(w->stored[i].name, name) == 0) {
            *made = w->stored[i];
            return true;
        }
    const char *group = run_group(w, name);
    if (group == NULL)
        return fl_fail(w->file.err, w->file.file->file, "no run is called \"%s\"", name);
    if (++w->depth > 8)
        return fl_reader_fail_at(&w->file, group, "of", "runs rest on runs in a circle");
    if (w->ask->tell != NULL)
        w->ask->tell(w->ask->context, name);
    const char *label = fl_arena_format(w->file.arena, "%s: %s", w->out->title, name);
    bool ok = text_at(w, group, "of") != NULL ? run_reprice(w, group, label, made)
                                                            : run_simulate(w, group, label, made);
    w->depth--;
    made->name = name;
    w->stored = fl_grow(w->stored, &w->room, w->runs, sizeof *w->stored);
    if (ok)
        w->stored[w->runs++] = *made;
    return ok;
}

/* ---- figures ---- */

/* What is told beside a figure is how exact its runs compute. */
static void error_widen(struct fl_check *check, const struct stored *made)
{
    check->error_least = fmin(check->error_least, made->error_least);
    check->error_most = fmax(check->error_most, made->error_most);
}

/* What stands for a name in braces: the number of a run, or the rows of a file; NULL: it is neither. */
static const char *name_filled(struct work *w, struct fl_check *check, const char *name)
{
    size_t length = strlen(name);
    struct stored made;
    if (length > 4 && strcmp(name + length - 4, ".csv") == 0)
        return fl_measured_sql(w->file.arena, beside(w, name), w->file.err);
    if (!run_make(w, name, &made))
        return NULL;
    error_widen(check, &made);
    return fl_arena_format(w->file.arena, "%lld", (long long)made.run);
}

/* SQL of a check with numbers in place of the names of runs, and rows in place of files. */
static const char *sql_filled(struct work *w, struct fl_check *check, const char *sql)
{
    struct fl_arena *arena = w->file.arena;
    const char *filled = "", *open;
    while ((open = strchr(sql, '{')) != NULL) {
        const char *close = strchr(open, '}');
        if (close == NULL) {
            fl_fail(w->file.err, w->file.file->file, "a { without } in %s", sql);
            return NULL;
        }
        const char *put = name_filled(w, check, fl_arena_slice(arena, open + 1, (size_t)(close - open - 1)));
        if (put == NULL)
            return NULL;
        filled = fl_arena_format(arena, "%s%.*s%s", filled, (int)(open - sql), sql, put);
        sql = close + 1;
    }
    return fl_arena_format(arena, "%s%s", filled, sql);
}

/* One number from the database. */
static bool number_query(struct work *w, struct fl_check *check, const char *sql, double *value)
{
    struct fl_db *db;
    if ((sql = sql_filled(w, check, sql)) == NULL)
        return false;
    if (w->runs == 0)
        return fl_fail(w->file.err, w->file.file->file, "%s: the figure names no {run}", check->what);
    if (!fl_db_open_readonly(&db, w->db, w->file.err))
        return false;
    bool ok = fl_db_number(db, sql, value, w->file.err);
    fl_db_close(db);
    return ok;
}

/* The exponent of a law through rows of the database. */
static bool law_query(struct work *w, struct fl_check *check, struct fl_power_law *law)
{
    struct fl_db *db;
    const char *sql = sql_filled(w, check, check->sql);
    if (sql == NULL || !fl_db_open_readonly(&db, w->db, w->file.err))
        return false;
    bool ok = fl_law_of_query(law, db, sql, w->file.err);
    fl_db_close(db);
    return ok;
}

static bool bound_query(struct work *w, struct fl_check *check, struct fl_bound *bound, const char *word)
{
    if (bound->sql == NULL)
        return true;
    if (!number_query(w, check, bound->sql, &bound->value))
        return false;
    if (*check->paper == '\0')
        check->paper = fl_arena_format(w->file.arena, "at %s %.3g %s", word, bound->value, check->unit);
    return true;
}

static bool check_judge(struct work *w, struct fl_check *check)
{
    struct fl_power_law law = {.exponent_sigma = NAN};
    bool ok = true;
    switch (check->kind) {
    case FL_CHECK_FIGURE: ok = number_query(w, check, check->sql, &law.exponent); break;
    case FL_CHECK_LAW: ok = law_query(w, check, &law); break;
    case FL_CHECK_MONTE_CARLO: law = fl_law_of_draws(&check->draws); break;
    }
    if (!ok || !bound_query(w, check, &check->least, "least") || !bound_query(w, check, &check->most, "most"))
        return false;
    check->ours = law.exponent;
    check->sigma = law.exponent_sigma;
    double slack = isnan(check->sigma) ? 0 : 2 * check->sigma;
    check->agrees = check->ours >= check->least.value - slack && check->ours <= check->most.value + slack;
    return true;
}

/* ---- verdicts ---- */

static bool is_of(const struct fl_check *check, const char *choice)
{
    return check->judges && (check->choice == NULL || (choice != NULL && strcmp(check->choice, choice) == 0));
}

bool fl_claim_holds(const struct fl_claim *claim, const char *choice)
{
    bool all = true, any = false;
    for (size_t i = 0; i < claim->checks; i++)
        if (is_of(&claim->check[i], choice)) {
            all = all && claim->check[i].agrees;
            any = any || claim->check[i].agrees;
        }
    return claim->some || claim->readings ? any : all;
}

const char *fl_claim_choice(const struct fl_claim *claim, size_t i)
{
    for (size_t k = 0; k < claim->checks; k++) {
        const char *choice = claim->check[k].choice;
        bool seen = choice == NULL;
        for (size_t before = 0; before < k && !seen; before++)
            seen = claim->check[before].choice != NULL && strcmp(claim->check[before].choice, choice) == 0;
        if (!seen && i-- == 0)
            return choice;
    }
    return NULL;
}

enum fl_verdict fl_claim_verdict(const struct fl_claim *claim)
{
    const char *choice = fl_claim_choice(claim, 0);
    bool first = fl_claim_holds(claim, choice);
    for (size_t i = 1; choice != NULL && (choice = fl_claim_choice(claim, i)) != NULL; i++)
        if (fl_claim_holds(claim, choice) != first)
            return FL_CANNOT_BE_SAID;
    return first ? FL_HOLDS : FL_FAILS;
}

/* ---- figures to draw ---- */

/* The runs of all series of one figure, as rows for the table `figure`. */
static bool figure_store(struct work *w, struct fl_db *db, const char *group, const char *name)
{
    struct fl_arena *arena = w->file.arena;
    bool good = true;
    for (int s = 0; good; s++) {
        const char *series = fl_arena_format(arena, "%s.series[%d]", group, s), *title, *run;
        if (!fl_reader_has(&w->file, series))
            return s > 0 || fl_reader_fail_at(&w->file, group, "series", "series is missing");
        good = (title = fl_reader_wanted(&w->file, series, "name")) != NULL;
        for (int r = 0; good && (run = text_at(w, series, fl_arena_format(arena, "runs[%d]", r))) != NULL; r++) {
            struct stored made;
            good = run_make(w, run, &made) && fl_db_add_figure(db, name, title, made.run, w->file.err);
        }
    }
    return false;
}

/* Says which runs are drawn in which figure: those of this reproduction, no others. */
static bool figures_make(struct work *w, bool store)
{
    struct fl_db *db;
    struct fl_arena *arena = w->file.arena;
    if (!store || !fl_reader_has(&w->file, "figures[0]"))
        return true;
    if (!fl_db_open(&db, w->db, w->file.err))
        return false;
    bool good = fl_db_clear_figures(db, w->file.err);
    for (int i = 0; good && fl_reader_has(&w->file, fl_arena_format(arena, "figures[%d]", i)); i++) {
        const char *group = fl_arena_format(arena, "figures[%d]", i), *name = fl_reader_wanted(&w->file, group, "name");
        if (name != NULL && fl_plot_kind_find(name) == NULL)
            good = fl_reader_fail_at(&w->file, group, "name", "no kind of plot is called \"%s\"", name);
        good = good && name != NULL && figure_store(w, db, group, name);
    }
    fl_db_close(db);
    return good;
}

static bool figures_draw(struct work *w, const char *folder)
{
    struct fl_arena *arena = w->file.arena;
    bool good = true;
    for (int i = 0; good && fl_reader_has(&w->file, fl_arena_format(arena, "figures[%d]", i)); i++) {
        const char *name = text_at(w, fl_arena_format(arena, "figures[%d]", i), "name");
        struct fl_plot plot = {.db = w->db, .kind = name, .out = fl_arena_format(arena, "%s/%s.svg", folder, name)};
        good = fl_plot_draw(&plot, w->file.err);
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
    struct fl_reproduction *out = w->out;
    bool ok = fl_claims_read(out, &w->file, ask->claim) && folder_make(ask->plots, w->file.err);
    for (size_t i = 0; ok && i < out->claims; i++)
        for (size_t k = 0; ok && k < out->claim[i].checks; k++)
            ok = check_judge(w, &out->claim[i].check[k]);
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
        struct work w = {.file = {&out->file, NULL, &out->file.arena, err}, .out = out, .ask = ask, .db = ask->db,
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

void fl_reproduction_free(struct fl_reproduction *out)
{
    fl_settings_free(&out->file);
    memset(out, 0, sizeof *out);
}
