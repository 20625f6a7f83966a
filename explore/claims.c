/* claims.c - a file of claims: keys by group, checks, claims. */
#include "explore/claims.h"

#include <math.h>
#include <string.h>

#include "base/quantity.h"
#include "explore/train.h"

static const char *const root_keys[] = {"title", "source", "set", "runs", "claims", "figures", NULL};
static const char *const run_keys[] = {"name", "design", "model", "trace", "context", "batch", "attention",
                                       "layers_only", FL_TRAIN_KEYS, "mapper", "set", "of", "prices", NULL};
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

/* ---- checks ---- */

static bool lengths_read(const struct fl_reader *r, const char *group, struct fl_draws *draws)
{
    struct fl_arena *arena = r->arena;
    double *length = fl_arena_array(arena, r->file->settings, sizeof *length);
    const char *text;
    bool good = true, differ = false;
    while ((text = fl_reader_text(r, group, fl_arena_format(arena, "lengths[%zu]", draws->lengths))) != NULL) {
        double *one = &length[draws->lengths++];
        good = fl_quantity_read(text, "", one, fl_reader_where(r, fl_reader_find(r, group, "lengths")), r->err) && good;
        if (good && (*one < 1 || *one > 1e7 || *one != floor(*one)))
            good = fl_reader_fail_at(r, group, "lengths",
                           "a length is a whole number from 1 to 10,000,000");
        differ = differ || *one != length[0];
    }
    draws->length = length;
    return good &&
           (differ || fl_reader_fail_at(r, group, "lengths", "two that differ are wanted"));
}

static bool draws_read(const struct fl_reader *r, const char *group, struct fl_draws *draws)
{
    int encoding = 0, statistics = 0;
    int64_t seed = 1;
    *draws = (struct fl_draws){.error = 0.02, .common = 0.5, .samples = 400};
    bool good = fl_reader_word(r, group, "encoding", fl_sign_names, &encoding);
    good = fl_reader_word(r, group, "statistics", fl_statistics_names, &statistics) && good;
    good = fl_reader_real(r, group, "error", &draws->error) && fl_reader_real(r, group, "common", &draws->common) &&
           fl_reader_whole(r, group, "samples", 20, 1000000, &draws->samples) &&
           fl_reader_whole(r, group, "seed", 0, INT64_MAX, &seed) && lengths_read(r, group, draws) && good;
    bool sound = draws->error > 0 && draws->common >= 0 && draws->common < 1;
    if (good && !sound)
        good = fl_reader_fail_at(r, group, "error", "wanted: an error above 0, a common share from 0 to "
                                 "below 1");
    draws->encoding = (enum fl_sign_encoding)encoding;
    draws->statistics = (enum fl_statistics)statistics;
    draws->seed = (uint64_t)seed;
    return good;
}

/* What the figure is: SQL, SQL of rows, or draws. */
static bool kind_read(const struct fl_reader *r, const char *group, struct fl_check *check)
{
    const char *draws = fl_arena_format(r->arena, "%s.monte_carlo", group);
    bool law = fl_reader_text(r, group, "law") != NULL, drawn = fl_reader_has(r, draws);
    if ((fl_reader_text(r, group, "figure") != NULL) + law + drawn > 1)
        return fl_reader_fail_at(r, group, "figure", "one of figure, law and monte_carlo, not several");
    check->kind = law ? FL_CHECK_LAW : drawn ? FL_CHECK_MONTE_CARLO : FL_CHECK_FIGURE;
    if (drawn)
        return draws_read(r, draws, &check->draws);
    check->sql = fl_reader_wanted(r, group, law ? "law" : "figure");
    return check->sql != NULL;
}

/* A bound: a number, or SQL. `otherwise` where it is not given. */
static bool bound_read(const struct fl_reader *r, const char *group, const char *key, double otherwise,
                       struct fl_bound *bound)
{
    const char *text = fl_reader_text(r, group, key);
    bool is_sql = text != NULL && strncmp(text, "select ", 7) == 0;
    *bound = (struct fl_bound){.value = otherwise, .sql = is_sql ? text : NULL};
    return is_sql || fl_reader_real(r, group, key, &bound->value);
}

static bool is_unbounded(const struct fl_bound *bound)
{
    return bound->sql == NULL && isinf(bound->value);
}

static bool check_read(const struct fl_reader *r, const char *group, struct fl_check *check)
{
    *check = (struct fl_check){.what = fl_reader_wanted(r, group, "what"), .paper = fl_reader_text(r, group, "paper"),
                               .unit = fl_reader_text(r, group, "unit"), .choice = fl_reader_text(r, group, "choice"),
                               .judges = true, .sigma = NAN, .error_least = NAN, .error_most = NAN};
    check->paper = check->paper != NULL ? check->paper : "";
    check->unit = check->unit != NULL ? check->unit : "";
    bool good = kind_read(r, group, check);
    good = fl_reader_flag(r, group, "judges", &check->judges) && good;
    good = bound_read(r, group, "least", -INFINITY, &check->least) && good;
    good = bound_read(r, group, "most", INFINITY, &check->most) && good;
    if (good && check->judges && is_unbounded(&check->least) && is_unbounded(&check->most))
        good = fl_reader_fail_at(r, group, "what",
                       "judges without least or most: any figure would agree");
    if (good && check->choice != NULL && !check->judges)
        good = fl_reader_fail_at(r, group, "choice", "of a check that does not judge");
    return good && check->what != NULL;
}

/* ---- claims ---- */

static bool claim_read(const struct fl_reader *r, const char *group, struct fl_claim *claim)
{
    struct fl_arena *arena = r->arena;
    claim->text = fl_reader_wanted(r, group, "claim");
    claim->carried = fl_reader_text(r, group, "carried");
    claim->open = fl_reader_text(r, group, "open");
    bool good = fl_reader_flag(r, group, "readings", &claim->readings) && claim->text != NULL;
    good = fl_reader_flag(r, group, "some", &claim->some) && good;
    while (fl_reader_has(r, fl_arena_format(arena, "%s.checks[%zu]", group, claim->checks)))
        claim->checks++;
    claim->check = fl_arena_array(arena, claim->checks + 1, sizeof *claim->check);
    for (size_t i = 0; i < claim->checks; i++) {
        const char *check = fl_arena_format(arena, "%s.checks[%zu]", group, i);
        good = check_read(r, check, &claim->check[i]) && good;
    }
    return good;
}

bool fl_claims_read(struct fl_reproduction *out, const struct fl_reader *r, int64_t only)
{
    bool good = fl_keys_check(r->file, groups, "docs/claims.md", r->err);
    out->claim = fl_arena_array(r->arena, r->file->settings + 1, sizeof *out->claim);
    for (int i = 0; fl_reader_has(r, fl_arena_format(r->arena, "claims[%d]", i)); i++) {
        const char *group = fl_arena_format(r->arena, "claims[%d]", i);
        struct fl_claim *claim = &out->claim[out->claims];
        claim->number = i + 1;
        good = fl_reader_whole(r, group, "number", 0, INT64_MAX, &claim->number) && good;
        if (only != 0 && claim->number != only)
            continue;
        out->claims++;
        good = claim_read(r, group, claim) && good;
    }
    if (good && out->claims == 0)
        return fl_reader_fail(r, NULL, only != 0 ? "has no claim %lld" : "has no claims (%lld)", (long long)only);
    return good;
}
