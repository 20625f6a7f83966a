/* claims.c - a file of claims: keys by group, checks, claims. */
#include "explore/claims.h"

#include <math.h>
#include <string.h>

#include "base/quantity.h"
#include "base/whole.h"
#include "explore/keys.h"

static const char *const root_keys[] = {"title", "source", "runs", "claims", "figures", NULL};
static const char *const run_keys[] = {"name", "design", "model", "trace", "context", "attention", "layers_only",
                                       "mapper", "set", "of", "prices", NULL};
static const char *const claim_keys[] = {"number", "claim", "carried", "open", "readings", "some", "checks",
                                         NULL};
static const char *const check_keys[] = {"what", "paper", "unit", "choice", "least", "most", "judges", "figure", "law",
                                         "monte_carlo", NULL};
static const char *const draws_keys[] = {"encoding", "statistics", "lengths", "error", "common", "samples", "seed",
                                         NULL};
static const char *const figure_keys[] = {"name", "series", NULL};
static const char *const series_keys[] = {"name", "runs", NULL};
static const struct fl_keys groups[] = {
    {"", root_keys}, {"runs[]", run_keys}, {"claims[]", claim_keys}, {"claims[].checks[]", check_keys},
    {"claims[].checks[].monte_carlo", draws_keys}, {"figures[]", figure_keys}, {"figures[].series[]", series_keys},
    {NULL, NULL}};

/* ---- the file ---- */

const char *fl_claims_text(struct fl_claims *c, const char *group, const char *key)
{
    struct fl_settings *file = &c->out->file;
    const struct fl_setting *setting = fl_settings_find(file, fl_arena_format(&file->arena, "%s.%s", group, key));
    return setting != NULL ? setting->text : NULL;
}

const char *fl_claims_where(struct fl_claims *c, const char *group, const char *key)
{
    struct fl_settings *file = &c->out->file;
    const struct fl_setting *setting = fl_settings_find(file, fl_arena_format(&file->arena, "%s.%s", group, key));
    if (setting == NULL)
        setting = fl_settings_find(file, group);
    return fl_arena_format(&file->arena, "%s:%d: %s", file->file, setting != NULL ? setting->line : 0, group);
}

static bool number_at(struct fl_claims *c, const char *group, const char *key, double otherwise, double *value)
{
    const char *text = fl_claims_text(c, group, key);
    *value = otherwise;
    return text == NULL || fl_quantity_read(text, "", value, fl_claims_where(c, group, key), c->err);
}

bool fl_claims_whole(struct fl_claims *c, const char *group, const char *key, int64_t otherwise, int64_t *value)
{
    double number;
    if (!number_at(c, group, key, (double)otherwise, &number))
        return false;
    if (!(number >= 0 && number < 1e15 && number == floor(number)))
        return fl_fail(c->err, fl_claims_where(c, group, key), "%s: a whole number from 0 is wanted", key);
    *value = fl_whole(number, 0, INT64_MAX);
    return true;
}

/* True, false, or not said: false for what is none of these. */
bool fl_claims_flag(struct fl_claims *c, const char *group, const char *key, bool otherwise, bool *value)
{
    const char *text = fl_claims_text(c, group, key);
    *value = text == NULL ? otherwise : strcmp(text, "true") == 0;
    return text == NULL || *value || strcmp(text, "false") == 0 ||
           fl_fail(c->err, fl_claims_where(c, group, key), "%s: true or false is wanted, not \"%s\"", key, text);
}

const char *fl_claims_wanted(struct fl_claims *c, const char *group, const char *key)
{
    const char *text = fl_claims_text(c, group, key);
    if (text == NULL)
        fl_fail(c->err, fl_claims_where(c, group, key), "%s is missing", key);
    return text;
}

bool fl_claims_exists(struct fl_claims *c, const char *group)
{
    return fl_settings_find(&c->out->file, group) != NULL;
}

/* ---- checks ---- */

/* The place of a word in a list that ends with NULL. */
static bool word_at(struct fl_claims *c, const char *group, const char *key, const char *const *names, int *place)
{
    const char *text = fl_claims_wanted(c, group, key), *all = "";
    for (*place = 0; text != NULL && names[*place] != NULL; (*place)++) {
        if (strcmp(text, names[*place]) == 0)
            return true;
        all = fl_arena_format(&c->out->file.arena, "%s%s%s", all, *place > 0 ? ", " : "", names[*place]);
    }
    return text != NULL &&
           fl_fail(c->err, fl_claims_where(c, group, key), "%s: no \"%s\"; there are %s", key, text, all);
}

static bool lengths_read(struct fl_claims *c, const char *group, struct fl_draws *draws)
{
    struct fl_arena *arena = &c->out->file.arena;
    double *length = fl_arena_array(arena, c->out->file.settings, sizeof *length);
    const char *text;
    bool good = true, differ = false;
    while ((text = fl_claims_text(c, group, fl_arena_format(arena, "lengths[%zu]", draws->lengths))) != NULL) {
        double *one = &length[draws->lengths++];
        good = fl_quantity_read(text, "", one, fl_claims_where(c, group, "lengths"), c->err) && good;
        if (good && (*one < 1 || *one > 1e7 || *one != floor(*one)))
            good = fl_fail(c->err, fl_claims_where(c, group, "lengths"),
                           "a length is a whole number from 1 to 10,000,000");
        differ = differ || *one != length[0];
    }
    draws->length = length;
    return good &&
           (differ || fl_fail(c->err, fl_claims_where(c, group, "lengths"), "lengths: two that differ are wanted"));
}

static bool draws_read(struct fl_claims *c, const char *group, struct fl_draws *draws)
{
    int encoding = 0, statistics = 0;
    int64_t samples = 0, seed = 0;
    bool good = word_at(c, group, "encoding", fl_sign_names, &encoding);
    good = word_at(c, group, "statistics", fl_statistics_names, &statistics) && good;
    good = number_at(c, group, "error", 0.02, &draws->error) && number_at(c, group, "common", 0.5, &draws->common) &&
           fl_claims_whole(c, group, "samples", 400, &samples) && fl_claims_whole(c, group, "seed", 1, &seed) &&
           lengths_read(c, group, draws) && good;
    bool sound = samples >= 20 && samples <= 1000000 && draws->error > 0 && draws->common >= 0 && draws->common < 1;
    if (good && !sound)
        good = fl_fail(c->err, fl_claims_where(c, group, "samples"), "wanted: 20 to 1,000,000 samples, an error "
                       "above 0, a common share from 0 to below 1");
    draws->encoding = (enum fl_sign_encoding)encoding;
    draws->statistics = (enum fl_statistics)statistics;
    draws->samples = samples;
    draws->seed = (uint64_t)seed;
    return good;
}

/* What the figure is: SQL, SQL of rows, or draws. */
static bool kind_read(struct fl_claims *c, const char *group, struct fl_check *check)
{
    const char *draws = fl_arena_format(&c->out->file.arena, "%s.monte_carlo", group);
    bool law = fl_claims_text(c, group, "law") != NULL, drawn = fl_claims_exists(c, draws);
    if ((fl_claims_text(c, group, "figure") != NULL) + law + drawn > 1)
        return fl_fail(c->err, fl_claims_where(c, group, "figure"), "one of figure, law and monte_carlo, not several");
    check->kind = law ? FL_CHECK_LAW : drawn ? FL_CHECK_MONTE_CARLO : FL_CHECK_FIGURE;
    if (drawn)
        return draws_read(c, draws, &check->draws);
    check->sql = fl_claims_wanted(c, group, law ? "law" : "figure");
    return check->sql != NULL;
}

/* A bound: a number, or SQL. `otherwise` where it is not given. */
static bool bound_read(struct fl_claims *c, const char *group, const char *key, double otherwise,
                       struct fl_bound *bound)
{
    const char *text = fl_claims_text(c, group, key);
    bool is_sql = text != NULL && strncmp(text, "select ", 7) == 0;
    *bound = (struct fl_bound){.value = otherwise, .sql = is_sql ? text : NULL};
    return is_sql || number_at(c, group, key, otherwise, &bound->value);
}

static bool is_unbounded(const struct fl_bound *bound)
{
    return bound->sql == NULL && isinf(bound->value);
}

static bool check_read(struct fl_claims *c, const char *group, struct fl_check *check)
{
    *check = (struct fl_check){.what = fl_claims_wanted(c, group, "what"), .paper = fl_claims_text(c, group, "paper"),
                               .unit = fl_claims_text(c, group, "unit"), .choice = fl_claims_text(c, group, "choice"),
                               .sigma = NAN, .error_least = NAN, .error_most = NAN};
    check->paper = check->paper != NULL ? check->paper : "";
    check->unit = check->unit != NULL ? check->unit : "";
    bool good = kind_read(c, group, check);
    good = fl_claims_flag(c, group, "judges", true, &check->judges) && good;
    good = bound_read(c, group, "least", -INFINITY, &check->least) && good;
    good = bound_read(c, group, "most", INFINITY, &check->most) && good;
    if (good && check->judges && is_unbounded(&check->least) && is_unbounded(&check->most))
        good = fl_fail(c->err, fl_claims_where(c, group, "what"),
                       "judges without least or most: any figure would agree");
    if (good && check->choice != NULL && !check->judges)
        good = fl_fail(c->err, fl_claims_where(c, group, "choice"), "choice: of a check that does not judge");
    return good && check->what != NULL;
}

/* ---- claims ---- */

static bool claim_read(struct fl_claims *c, const char *group, struct fl_claim *claim)
{
    struct fl_arena *arena = &c->out->file.arena;
    claim->text = fl_claims_wanted(c, group, "claim");
    claim->carried = fl_claims_text(c, group, "carried");
    claim->open = fl_claims_text(c, group, "open");
    bool good = fl_claims_flag(c, group, "readings", false, &claim->readings) && claim->text != NULL;
    good = fl_claims_flag(c, group, "some", false, &claim->some) && good;
    while (fl_claims_exists(c, fl_arena_format(arena, "%s.checks[%zu]", group, claim->checks)))
        claim->checks++;
    claim->check = fl_arena_array(arena, claim->checks + 1, sizeof *claim->check);
    for (size_t i = 0; i < claim->checks; i++) {
        const char *check = fl_arena_format(arena, "%s.checks[%zu]", group, i);
        good = check_read(c, check, &claim->check[i]) && good;
    }
    return good;
}

bool fl_claims_read(struct fl_claims *c, int64_t only)
{
    struct fl_settings *file = &c->out->file;
    bool good = fl_keys_check(file, groups, "docs/claims.md", c->err);
    c->out->claim = fl_arena_array(&file->arena, file->settings + 1, sizeof *c->out->claim);
    for (int i = 0; fl_claims_exists(c, fl_arena_format(&file->arena, "claims[%d]", i)); i++) {
        const char *group = fl_arena_format(&file->arena, "claims[%d]", i);
        struct fl_claim *claim = &c->out->claim[c->out->claims];
        good = fl_claims_whole(c, group, "number", i + 1, &claim->number) && good;
        if (only != 0 && claim->number != only)
            continue;
        c->out->claims++;
        good = claim_read(c, group, claim) && good;
    }
    if (good && c->out->claims == 0)
        return fl_fail(c->err, file->file, only != 0 ? "has no claim %lld" : "has no claims (%lld)", (long long)only);
    return good;
}
