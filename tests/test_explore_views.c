/* test_explore_views.c - pareto, sensitivity and best_per_model against sums and searches done here. */
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "stats/stats.h"
#include "tests/suites.h"

enum { JOBS = 2, POINTS = 3000, AXES = 2 };
static char path[] = "/tmp/fanlight-views-XXXXXX";
static sqlite3 *sqlite;

struct figures { int job, meets, axis[AXES]; double latency, energy, area; };
static struct figures at[POINTS];

static void execute(const char *sql)
{
    char *message = NULL;
    ck_assert_msg(sqlite3_exec(sqlite, sql, NULL, NULL, &message) == SQLITE_OK, "%s: %s", sql, message);
}

static double number(const char *sql)
{
    sqlite3_stmt *statement;
    ck_assert_msg(sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(sqlite));
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    double value = sqlite3_column_double(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

/* A point whose figures come from where it lies, on few enough values that some are equal. */
static void point_make(struct fl_rng *rng, int point)
{
    struct figures *f = &at[point];
    f->job = point % JOBS;
    f->meets = fl_rng_range(rng, 0, 9) > 0;
    for (int a = 0; a < AXES; a++)
        f->axis[a] = (int)fl_rng_range(rng, 1, a == 0 ? 4 : 50);
    f->latency = (double)(fl_rng_range(rng, 1, 40) * f->axis[0]) * 1e-6;
    f->energy = (double)fl_rng_range(rng, 1, 40) / f->axis[0] * 1e-3;
    f->area = (double)(fl_rng_range(rng, 1, 20) + f->axis[1]);
    if (point % 5 == 0)
        f->area = 0;                    /* its design does not say */
}

static void point_store(int p)
{
    char sql[1024];
    const struct figures *f = &at[p];
    snprintf(sql, sizeof sql,
             "insert into run (run, design, latency_ps) values (%d, 'd', %lld);"
             "insert into run_total values (%d, %.17g, 0, 0, 0, 0, 0, %.17g, 1);"
             "insert into sweep_point values (1, %d, %d, %d, 'done', %d, %lld, 'w');"
             "insert into sweep_value values (1, %d, 0, '%d', %d), (1, %d, 1, '%d pJ', %d)",
             p + 1, (long long)llround(f->latency * 1e12), p + 1, f->energy, f->area, p, p + 1, f->job, f->meets,
             (long long)llround(f->latency * 1e12), p, f->axis[0], f->axis[0], p, f->axis[1], f->axis[1]);
    execute(sql);
}

static void setup(void)
{
    struct fl_db *db;
    struct fl_err err = {0};
    struct fl_rng rng = {11};
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    ck_assert_msg(fl_db_open(&db, path, &err), "%s", fl_err_text(&err));
    fl_db_close(db);
    ck_assert_int_eq(sqlite3_open(path, &sqlite), SQLITE_OK);
    execute("begin; insert into sweep values (1, 's', 'f', 't', 'id', 3000, 1, '', '', '');"
            "insert into sweep_axis values (1, 0, 'few'), (1, 1, 'many');"
            "insert into sweep_job values (1, 0, 'gpt2', 'prefill', 8, 8, 1), (1, 1, 'bert', 'prefill', 8, 8, 1)");
    for (int p = 0; p < POINTS; p++) {
        point_make(&rng, p);
        point_store(p);
    }
    execute("commit");
}

static void teardown(void)
{
    sqlite3_close(sqlite);
    unlink(path);
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
}

static bool beats(const struct figures *a, const struct figures *b)
{
    double here = a->area > 0 ? a->area : INFINITY, there = b->area > 0 ? b->area : INFINITY;
    return a->job == b->job && a->meets && a->latency <= b->latency && a->energy <= b->energy && here <= there &&
           (a->latency < b->latency || a->energy < b->energy || here < there);
}

START_TEST(the_front_is_what_nothing_beats)
{
    sqlite3_stmt *statement;
    bool *front = calloc(POINTS, sizeof *front);
    int found = 0, wanted = 0;
    ck_assert_int_eq(sqlite3_prepare_v2(sqlite, "select point, energy_j from pareto where sweep = 1", -1, &statement,
                                        NULL), SQLITE_OK);
    for (; sqlite3_step(statement) == SQLITE_ROW; found++) {
        int point = sqlite3_column_int(statement, 0);
        front[point] = true;
        ck_assert(sqlite3_column_double(statement, 1) == at[point].energy);
    }
    sqlite3_finalize(statement);
    for (int p = 0; p < POINTS; p++) {
        bool beaten = !at[p].meets;
        for (int q = 0; q < POINTS && !beaten; q++)
            beaten = beats(&at[q], &at[p]);
        ck_assert_msg(front[p] == !beaten, "point %d", p);
        wanted += !beaten;
    }
    ck_assert_int_eq(found, wanted);
    ck_assert_int_gt(wanted, 20);
    free(front);
}
END_TEST

/* Energies computed anew, because a price has changed, are as good as kept ones. */
START_TEST(the_front_follows_prices)
{
    execute("delete from run_total where run = 1");
    ck_assert(number("select energy_j from sweep_result where point = 0") == 0);
    ck_assert(number("select count(*) from pareto where point = 0") == (at[0].meets ? 1 : 0));
}
END_TEST

START_TEST(the_best_is_the_least)
{
    for (int job = 0; job < JOBS; job++) {
        double least[3] = {INFINITY, INFINITY, INFINITY};
        char sql[256];
        for (int p = 0; p < POINTS; p++) {
            const double is[] = {at[p].latency, at[p].energy, at[p].latency * at[p].energy};
            for (int k = 0; k < 3 && at[p].job == job && at[p].meets; k++)
                least[k] = fmin(least[k], is[k]);
        }
        static const char *const by[] = {"latency", "energy", "edp"};
        static const char *const what[] = {"latency_s", "energy_j", "latency_s * energy_j"};
        for (int k = 0; k < 3; k++) {
            snprintf(sql, sizeof sql, "select %s from best_per_model where sweep = 1 and job = %d and by = '%s'",
                     what[k], job, by[k]);
            ck_assert_msg(fabs(number(sql) - least[k]) <= 1e-12 * least[k], "%s", sql);
        }
    }
    ck_assert(number("select count(*) from best_per_model") == 3 * JOBS);
}
END_TEST

/* The share of the variance that groups explain, by the book: between the groups' means, over all. */
static double share_by_hand(int job, int axis, int groups)
{
    double sum = 0, squares = 0, between = 0, part[64] = {0};
    int n = 0, size[64] = {0};
    for (int p = 0; p < POINTS; p++) {
        if (at[p].job != job)
            continue;
        n++;
        sum += at[p].latency;
        squares += at[p].latency * at[p].latency;
        part[at[p].axis[axis]] += at[p].latency;
        size[at[p].axis[axis]]++;
    }
    double mean = sum / n;
    for (int g = 1; g <= groups; g++)
        between += size[g] * (part[g] / size[g] - mean) * (part[g] / size[g] - mean);
    return between / (squares - n * mean * mean);
}

START_TEST(an_axis_explains_its_share)
{
    for (int job = 0; job < JOBS; job++) {
        char sql[256];
        snprintf(sql, sizeof sql, "select latency_share from sensitivity where job = %d and axis = 'few'", job);
        double share = number(sql), by_hand = share_by_hand(job, 0, 4);
        ck_assert_msg(fabs(share - by_hand) < 1e-9, "%.12g, by hand %.12g", share, by_hand);
        ck_assert(by_hand > 0.1);
    }
    ck_assert(number("select groups from sensitivity where job = 0 and axis = 'few'") == 4);
    ck_assert(number("select latency_best from sensitivity where job = 0 and axis = 'few'") == 1);
    ck_assert(number("select energy_best from sensitivity where job = 0 and axis = 'few'") == 4);
    ck_assert(number("select groups from sensitivity where job = 0 and axis = 'many'") == 10);
    ck_assert(number("select latency_share from sensitivity where job = 0 and axis = 'many'") < 0.01);
    ck_assert(number("select count(*) from sensitivity") == AXES * JOBS);
}
END_TEST

/* What no constraint and no measure tells apart is told apart by the other measure, not by who came first. */
START_TEST(of_equals_the_one_that_none_beats)
{
    execute("update sweep_point set latency_ps = 1, meets = 1 where point in (0, 2, 4);"
            "update run_total set area_mm2 = 1, energy_j = 9 - run where run in (1, 3, 5)");
    ck_assert(number("select point from best_per_model where job = 0 and by = 'latency'") == 4);
}
END_TEST

/* Forty points in groups of four: chance alone sets their means apart. */
START_TEST(chance_is_no_share)
{
    execute("delete from sweep_point where point >= 80");
    double naive = number("with g as (select latency_ps / 1e6 as l, ntile(10) over (order by number) as part "
                          "from sweep_point join sweep_value using (sweep, point) where job = 0 and axis = 1), "
                          "p as (select count(*) as n, avg(l) as l from g group by part), "
                          "s as (select avg(l) as l, avg(l * l) - avg(l) * avg(l) as ll, count(*) as n from g) "
                          "select sum(p.n * (p.l - s.l) * (p.l - s.l)) / s.n / s.ll from p, s");
    double share = number("select latency_share from sensitivity where job = 0 and axis = 'many'");
    ck_assert_msg(naive > 0.1 && fabs(share - fmax(0, 1 - (1 - naive) * 39 / 30)) < 1e-9, "%g, by the book %g", naive,
                  share);
    ck_assert(number("select latency_best glob '[0-9]* pJ to [0-9]* pJ' from sensitivity "
                     "where job = 0 and axis = 'many'") == 1);
}
END_TEST

Suite *test_explore_views_suite(void)
{
    Suite *suite = suite_create("explore_views");
    TCase *tcase = tcase_create("explore_views");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_front_is_what_nothing_beats);
    tcase_add_test(tcase, the_front_follows_prices);
    tcase_add_test(tcase, the_best_is_the_least);
    tcase_add_test(tcase, an_axis_explains_its_share);
    tcase_add_test(tcase, of_equals_the_one_that_none_beats);
    tcase_add_test(tcase, chance_is_no_share);
    suite_add_tcase(suite, tcase);
    return suite;
}
