/* prices.c - questions to the prices of a stored run: which one decides, and how sure is the sum?
 *
 * The one idea: energy is a sum of counts times prices, linear in each. So the value of one price that
 * reaches a goal is a division, and the spread of the sum is a sum of squares. No simulation is needed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "stats/db.h"
#include "stats/section.h"

/* ---- need ---- */

/* ?1 the run, ?2 the advantage, ?3 the baseline, J a MAC */
#define NEEDS \
    "with sums as (select energy_j as e, ?3 * macs / ?2 as goal, ?3 * macs as digital from run_summary " \
    "              where run = ?1), " \
    "parts as (select 'price' as level, 1 as rank, price as what, class, fj, energy_j as j from energy_by_price " \
    "          where run = ?1 " \
    "    union all select 'component', 2, component, null, null, total_j from energy_by_component " \
    "              where run = ?1 and total_j > 0 " \
    "    union all select 'all', 3, 'all prices together', null, null, e from sums), " \
    "need as (select level, rank, what, class, fj, j, j / e as share, " \
    "                iif(goal - (e - j) >= 0, (goal - (e - j)) / j, null) as factor, " \
    "                digital / nullif(e - j, 0) as most " \
    "         from parts, sums) "
static const char need_sql[] = NEEDS
    "select level, what, fj, class, j as energy_j, share, factor, fj * factor as needed_fj, most as advantage_if_free "
    "from need order by rank, j desc, what";
static const char need_table_sql[] = NEEDS
    "select what, iif(class = 'static', null, fj * 1e-15), iif(class = 'static', fj * 1e-3, null), j, share, factor, "
    "iif(class = 'static', null, fj * factor * 1e-15), iif(rank = 3, null, most) "
    "from need where rank = ?4 order by j desc, what";
static const char verdict_sql[] = NEEDS
    "select (select digital / e from sums), (select what from need where rank = 1 and factor is not null "
    "order by factor desc, what limit 1), (select factor from need where rank = 1 and factor is not null "
    "order by factor desc, what limit 1), (select what from need where rank = 1 order by j desc, what limit 1), "
    "(select most from need where rank = 1 order by j desc, what limit 1)";

static bool need_prepare(struct fl_db *db, const char *sql, int64_t run, double advantage, sqlite3_stmt **s,
                         struct fl_err *err)
{
    if (!fl_db_prepare(db, sql, s, err))
        return false;
    sqlite3_bind_int64(*s, 1, run);
    sqlite3_bind_double(*s, 2, advantage);
    sqlite3_bind_double(*s, 3, FL_DIGITAL_J);
    return true;
}

static bool verdict_print(struct fl_db *db, int64_t run, double advantage, FILE *out, struct fl_err *err)
{
    sqlite3_stmt *s;
    if (!need_prepare(db, verdict_sql, run, advantage, &s, err))
        return false;
    bool ok = sqlite3_step(s) == SQLITE_ROW || fl_db_fail(db, err);
    double now = sqlite3_column_double(s, 0);
    const char *decides = (const char *)sqlite3_column_text(s, 1), *largest = (const char *)sqlite3_column_text(s, 3);
    if (ok)
        fprintf(out, "Run %lld gains %.4gx over " FL_DIGITAL_TEXT " fJ a MAC; wanted: %.6gx.\n", (long long)run, now,
                advantage);
    if (ok && now >= advantage)
        fputs("It is there: a factor below is how far a price may rise.\n", out);
    else if (ok && decides != NULL)
        fprintf(out, "The price that decides: %s; times %.4g it is enough.\n", decides, sqlite3_column_double(s, 2));
    else if (ok && largest != NULL)
        fprintf(out, "No single price decides: with %s, the largest, at nothing it is %.4gx.\n", largest,
                sqlite3_column_double(s, 4));
    sqlite3_finalize(s);
    return ok && fl_worth_print(db, run, out, err);
}

static bool macs_check(struct fl_db *db, int64_t run, struct fl_err *err)
{
    int64_t counted = 0;
    if (!fl_db_has_run(db, run, err) ||
        !fl_db_integer(db, "select macs > 0 and energy_j > 0 from run_summary where run = ?1", run, &counted, err))
        return false;
    return counted != 0 || fl_fail(err, "--run", "run %lld multiplied nothing, or at no cost: there is no advantage to "
                                   "speak of", (long long)run);
}

bool fl_report_need(struct fl_db *db, int64_t run, double advantage, enum fl_format format, FILE *out,
                    struct fl_err *err)
{
    static const char *const head[] = {"price<", "a count>J", "power>W", "energy>J", "share>%", "factor needed>x",
                                       "value needed>J", "if it were free>x", NULL};
    static const char *const title[] = {"One price alone", "All prices of a component", "All prices"};
    sqlite3_stmt *s;
    if (!macs_check(db, run, err))
        return false;
    if (format != FL_TABLE) {
        bool good = need_prepare(db, need_sql, run, advantage, &s, err) && fl_rows_write(db, s, format, 0, out, err);
        sqlite3_finalize(s);
        if (good && format == FL_JSON)
            fputc('\n', out);
        return good;
    }
    bool ok = verdict_print(db, run, advantage, out, err);
    for (int rank = 1; ok && rank <= 3; rank++) {
        fprintf(out, "\n%s\n\n", title[rank - 1]);
        ok = need_prepare(db, need_table_sql, run, advantage, &s, err);
        if (ok)
            sqlite3_bind_int(s, 4, rank);
        ok = ok && fl_section_print(db, s, head, 0, out, err);
        sqlite3_finalize(s);
    }
    return ok;
}

/* ---- uncertainty ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A triangular draw with its peak at 1, between low and high, by inversion. */
static double triangular(const struct fl_spread *spread, struct fl_rng *rng)
{
    double width = spread->high - spread->low, left = 1 - spread->low, u = fl_rng_real(rng);
    if (width <= 0)
        return spread->low;
    if (u * width < left)
        return spread->low + sqrt(u * width * left);
    return spread->high - sqrt((1 - u) * width * (spread->high - 1));
}

static double triangular_variance(const struct fl_spread *spread)
{
    double a = spread->low, b = spread->high;
    return (a * a + b * b + 1 - a * b - a - b) / 18;
}

static bool alike(const struct fl_spread *a, const char *component, const char *source, double low, double high)
{
    return source != NULL && a->source != NULL && strcmp(a->source, source) == 0 &&
           strcmp(a->component, component) == 0 && fabs(a->low - low) < 0.05 && fabs(a->high - high) < 0.05;
}

/* Keys of one component, one source and (to 5 % of the value) one range are one unknown: they go up and down
 * together. */
static void spread_add(struct fl_uncertainty *u, size_t *room, sqlite3_stmt *s)
{
    const char *price = (const char *)sqlite3_column_text(s, 0), *component = (const char *)sqlite3_column_text(s, 1);
    const char *source = (const char *)sqlite3_column_text(s, 2);
    double j = sqlite3_column_double(s, 3), one = sqlite3_column_double(s, 4), other = sqlite3_column_double(s, 5);
    double low = fmin(fmin(one, other) / j, 1), high = fmax(fmax(one, other) / j, 1);
    for (size_t i = 0; i < u->spreads; i++)
        if (alike(&u->spread[i], component, source, low, high)) {
            u->spread[i].price = fl_arena_format(&u->arena, "%s, %s", u->spread[i].price, price);
            double sum = u->spread[i].energy_j + j;
            u->spread[i].low += (low - u->spread[i].low) * j / sum;
            u->spread[i].high += (high - u->spread[i].high) * j / sum;
            u->spread[i].energy_j = sum;
            return;
        }
    u->spread = fl_grow(u->spread, room, u->spreads, sizeof *u->spread);
    u->spread[u->spreads++] = (struct fl_spread){
        .price = fl_arena_text(&u->arena, price), .component = fl_arena_text(&u->arena, component),
        .source = source != NULL ? fl_arena_text(&u->arena, source) : NULL, .energy_j = j, .low = low, .high = high};
}

/* What each key with a range decides: joules as designed, and with the key at either end. */
static const char spreads_sql[] =
    "select r.key, max(e.component), max(r.source), sum(e.energy_j) as j, sum(e.energy_j * r.low_fj / e.fj), "
    "sum(e.energy_j * r.high_fj / e.fj) "
    "from price_range r join energy_by_action e using (run, unit, action, component, class) "
    "where run = ?1 and e.fj > 0 group by r.key having j > 0 order by j desc, r.key";

static bool spreads_read(struct fl_db *db, int64_t run, struct fl_uncertainty *u, struct fl_err *err)
{
    sqlite3_stmt *s;
    size_t room = 0;
    int code;
    if (!fl_db_prepare(db, spreads_sql, &s, err))
        return false;
    sqlite3_bind_int64(s, 1, run);
    while ((code = sqlite3_step(s)) == SQLITE_ROW)
        spread_add(u, &room, s);
    sqlite3_finalize(s);
    if (code != SQLITE_DONE)
        return fl_db_fail(db, err);
    return u->spreads > 0 || fl_fail(err, "--run", "no price of run %lld has a range; give some in the design: { v = "
                                     "\"1 pJ\"; low = \"0.5 pJ\"; high = \"3 pJ\"; }", (long long)run);
}

static bool sums_read(struct fl_db *db, int64_t run, struct fl_uncertainty *u, struct fl_err *err)
{
    sqlite3_stmt *s;
    if (!fl_db_prepare(db, "select energy_j, macs from run_summary where run = ?1", &s, err))
        return false;
    sqlite3_bind_int64(s, 1, run);
    bool ok = sqlite3_step(s) == SQLITE_ROW || fl_db_fail(db, err);
    u->energy_j = sqlite3_column_double(s, 0);
    u->digital_j = FL_DIGITAL_J * sqlite3_column_double(s, 1);
    sqlite3_finalize(s);
    return ok;
}

static void sample(struct fl_uncertainty *u, int64_t samples, uint64_t seed)
{
    struct fl_rng rng = {seed};
    double *advantage = fl_arena_array(&u->arena, (size_t)samples, sizeof *advantage), sum = 0, variance = 0;
    for (int64_t i = 0; i < samples; i++) {
        double energy = u->energy_j;
        for (size_t k = 0; k < u->spreads; k++)
            energy += u->spread[k].energy_j * (triangular(&u->spread[k], &rng) - 1);
        advantage[i] = u->digital_j / energy;
        sum += advantage[i];
    }
    qsort(advantage, (size_t)samples, sizeof *advantage, by_size);
    u->advantage = u->digital_j / u->energy_j;
    u->mean = sum / (double)samples;
    u->low = advantage[(samples - 1) / 20];
    u->median = advantage[(samples - 1) / 2];
    u->high = advantage[(samples - 1) - (samples - 1) / 20];
    for (size_t k = 0; k < u->spreads; k++)
        variance += pow(u->spread[k].energy_j, 2) * triangular_variance(&u->spread[k]);
    for (size_t k = 0; k < u->spreads; k++)
        if (variance > 0)
            u->spread[k].share = pow(u->spread[k].energy_j, 2) * triangular_variance(&u->spread[k]) / variance;
}

static int by_share(const void *a, const void *b)
{
    const struct fl_spread *x = a, *y = b;
    return x->share != y->share ? (x->share < y->share) - (x->share > y->share) : strcmp(x->price, y->price);
}

bool fl_db_uncertainty(struct fl_db *db, int64_t run, int64_t samples, uint64_t seed, struct fl_uncertainty *u,
                       struct fl_err *err)
{
    memset(u, 0, sizeof *u);
    if (!macs_check(db, run, err) || !sums_read(db, run, u, err) || !spreads_read(db, run, u, err)) {
        fl_uncertainty_free(u);
        return false;
    }
    sample(u, samples, seed);
    qsort(u->spread, u->spreads, sizeof *u->spread, by_share);
    return true;
}

void fl_uncertainty_free(struct fl_uncertainty *u)
{
    fl_free(u->spread);
    fl_arena_free(&u->arena);
    memset(u, 0, sizeof *u);
}
