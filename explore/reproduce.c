/* reproduce.c - runs what a paper's claims need, and compares. */
#include "explore/reproduce.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/quantity.h"

enum { SETS = 32 };

struct stored { const char *name; int64_t run; };
struct work {
    struct fl_reproduction *out;
    const char *db, *folder;
    struct stored *stored;              /* runs made so far */
    size_t runs, room;
    int depth;                          /* of runs that rest on runs */
    void (*tell)(void *context, const char *run);
    void *context;
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

static bool check_read(struct work *w, const struct fl_check *claim, const char *group)
{
    struct fl_check check = *claim;
    const char *judges = text_at(w, group, "judges");
    check.what = wanted(w, group, "what");
    check.sql = wanted(w, group, "figure");
    check.paper = text_at(w, group, "paper") != NULL ? text_at(w, group, "paper") : "";
    check.unit = text_at(w, group, "unit") != NULL ? text_at(w, group, "unit") : "";
    check.judges = judges == NULL || strcmp(judges, "true") == 0;
    bool good = number_at(w, group, "least", -INFINITY, &check.least) &&
                number_at(w, group, "most", INFINITY, &check.most);
    w->out->check[w->out->checks++] = check;
    return good && check.what != NULL && check.sql != NULL;
}

static bool claims_read(struct work *w, int64_t only)
{
    struct fl_settings *file = &w->out->file;
    bool good = true, any = false;
    w->out->check = fl_arena_array(&file->arena, file->settings + 1, sizeof *w->out->check);
    for (int i = 0; group_exists(w, fl_arena_format(&file->arena, "claims[%d]", i)); i++) {
        const char *group = fl_arena_format(&file->arena, "claims[%d]", i);
        double number;
        struct fl_check claim = {.text = wanted(w, group, "claim"), .carried = text_at(w, group, "carried")};
        good = number_at(w, group, "number", i + 1, &number) && claim.text != NULL && good;
        claim.claim = (int64_t)number;
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
    const char *set[SETS], *trace = text_at(w, group, "trace"), *layers = text_at(w, group, "layers_only");
    double context;
    struct fl_request ask = {.design = wanted(w, group, "design"), .model = text_at(w, group, "model"), .set = set,
                             .mapper = text_at(w, group, "mapper"), .label = label, .command = "fanlight reproduce"};
    if (ask.design == NULL || !number_at(w, group, "context", 0, &context))
        return false;
    ask.trace = trace != NULL ? beside(w, trace) : NULL;
    ask.work = (struct fl_workload){.context = (int64_t)context, .attention = text_at(w, group, "attention"),
                                    .layers_only = layers != NULL && strcmp(layers, "true") == 0};
    for (; ask.sets < SETS; ask.sets++) {
        const struct fl_setting *one =
            fl_settings_find(&w->out->file, fl_arena_format(arena, "%s.set[%d]", group, ask.sets));
        if (one == NULL)
            break;
        set[ask.sets] = one->text;
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
    if (w->tell != NULL)
        w->tell(w->context, name);
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

static bool check_judge(struct work *w, struct fl_check *check)
{
    struct fl_db *db;
    const char *sql = sql_filled(w, check->sql);
    if (sql == NULL)
        return false;
    if (w->runs == 0)
        return fl_fail(w->err, w->out->file.file, "%s: the figure names no {run}", check->what);
    if (!fl_db_open_readonly(&db, w->db, w->err))
        return false;
    bool ok = fl_db_number(db, sql, &check->ours, w->err);
    fl_db_close(db);
    check->agrees = ok && check->ours >= check->least && check->ours <= check->most;
    return ok;
}

bool fl_reproduce(struct fl_reproduction *out, const char *name, const char *db, int64_t claim,
                  void (*tell)(void *context, const char *run), void *context, struct fl_err *err)
{
    memset(out, 0, sizeof *out);
    struct fl_arena scratch = {0};
    const char *path = fl_claims_path(&scratch, name, err);
    bool ok = path != NULL && fl_settings_read(&out->file, path, err);
    if (ok) {
        const char *slash = strrchr(path, '/');
        struct work w = {.out = out, .db = db, .tell = tell, .context = context, .err = err,
                         .folder = slash != NULL ? fl_arena_slice(&scratch, path, (size_t)(slash - path)) : "."};
        const struct fl_setting *title = fl_settings_find(&out->file, "title"),
                                *source = fl_settings_find(&out->file, "source");
        out->title = title != NULL && title->text != NULL ? title->text : name;
        out->source = source != NULL && source->text != NULL ? source->text : "";
        ok = claims_read(&w, claim);
        for (size_t i = 0; ok && i < out->checks; i++)
            ok = check_judge(&w, &out->check[i]);
        free(w.stored);
        if (!ok)
            fl_reproduction_free(out);
    }
    fl_arena_free(&scratch);
    return ok;
}

bool fl_claim_holds(const struct fl_reproduction *out, int64_t claim)
{
    bool holds = true;
    for (size_t i = 0; i < out->checks; i++)
        if (out->check[i].claim == claim && out->check[i].judges)
            holds = holds && out->check[i].agrees;
    return holds;
}

void fl_reproduction_free(struct fl_reproduction *out)
{
    fl_settings_free(&out->file);
    memset(out, 0, sizeof *out);
}
