/* test_views.c - every view on a run priced by hand; a question to one run reads that run alone. */
#include <string.h>

#include "tests/database.h"

START_TEST(summary_by_hand)
{
    fl_db_close(with_run(0));
    is_near("select latency_s from run_summary where run = 1", 1e-9);
    is_near("select energy_j from run_summary", 4357800e-15);
    is_near("select setup_s from run_summary", 500e-12);
    is_near("select setup_j from run_summary", 20000000e-15);
    is_near("select macs from run_summary", 640);
    is_near("select j_per_mac from run_summary", 4357800e-15 / 640);
    is_near("select macs_per_s from run_summary", 640e9);
    is_near("select peak_macs_per_s from run_summary", 1e12);
    is_near("select mac_utilization from run_summary", 0.6);
    is_near("select tokens_per_s from run_summary", 16e9);
    is_near("select j_per_token from run_summary", 4357800e-15 / 16);
    is_near("select mean_w from run_summary", 4.3578);
    is_near("select area_mm2 from run_summary", 5.002);
    is_near("select assumed_share from run_summary", 3200.0 / 4357800);
    is_near("select count(*) from run_summary where label = 'by hand' and design = 'bench' and model = 'toy' "
            "and phase = 'prefill' and mapper = 'auto' and notes = 'ideal memory' and error is null", 1);
}
END_TEST

START_TEST(components_by_hand)
{
    fl_db_close(with_run(0));
    is_near("select count(*) from energy_by_component", 3);
    is_near("select dynamic_j from energy_by_component where component = 'adc'", 253600e-15);
    is_near("select static_j from energy_by_component where component = 'adc'", 1800e-15);
    is_near("select total_j from energy_by_component where component = 'adc'", 255400e-15);
    is_near("select share from energy_by_component where component = 'adc'", 255400.0 / 4357800);
    is_near("select total_j from energy_by_component where component = 'detector'", 2400e-15);
    is_near("select dynamic_j from energy_by_component where component = 'dram'", 4000000e-15);
    is_near("select static_j from energy_by_component where component = 'dram'", 100000e-15);
    is_near("select sum(share) from energy_by_component", 1);
}
END_TEST

START_TEST(operators_by_hand)
{
    fl_db_close(with_run(0));
    is_near("select count(*) from energy_by_operator", 3);
    is_near("select energy_j from energy_by_operator where operator = 1 and name = 'qkv' and layer = 0", 3392800e-15);
    is_near("select energy_j from energy_by_operator where operator = 2 and name = 'scores' and layer is null",
            864000e-15);
    is_near("select energy_j from energy_by_operator where name = '(static)'", 101000e-15);
    is_near("select critical_s from latency_by_operator where operator = 1 and bound_by = 'core.adc'", 400e-12);
    is_near("select end_s - start_s from latency_by_operator where operator = 2 and bound_by = 'latency'", 600e-12);
    is_near("select sum(critical_s) from latency_by_operator", 1e-9);
}
END_TEST

START_TEST(utilization_by_hand)
{
    fl_db_close(with_run(0));
    is_near("select busy_s from utilization where path = 'core.adc'", 160e-12);
    is_near("select blocked_s from utilization where unit = 0", 50e-12);
    is_near("select idle_s from utilization where unit = 0", 790e-12);
    is_near("select utilization from utilization where unit = 0", 0.16);
    is_near("select lane_utilization from utilization where unit = 0", 0.1);
    is_near("select utilization from utilization where path = 'dram'", 0.3);
    is_null("select lane_utilization from utilization where path = 'dram'");
    is_near("select max(abs(busy_s + blocked_s + idle_s - 1e-9)) < 1e-20 from utilization", 1);
}
END_TEST

START_TEST(actions_lead_back_to_the_design)
{
    fl_db_close(with_run(0));
    is_near("select count from energy_by_action where path = 'core.adc' and component = 'detector'", 40);
    is_near("select line from energy_by_action where energy_j = (select max(energy_j) from energy_by_action)", 20);
    is_near("select sum(energy_j) from energy_by_action where source is null", 3200e-15);
    is_near("select breaker = 'dram.refresh_at' and represented = 1000 from leap where run = 1 and level = 0", 1);
}
END_TEST

START_TEST(setup_is_shared_over_inferences)
{
    fl_db_close(with_run(10));
    is_near("select energy_j from run_summary", 6357800e-15);
    is_near("select setup_j from run_summary", 20000000e-15);
    is_near("select mean_w from run_summary", 4.3578);
    is_near("select energy_j from energy_by_operator where name = '(setup)'", 2000000e-15);
    is_near("select dynamic_j from energy_by_component where component = 'dram'", 6000000e-15);
    is_near("select setup_j from energy_by_component where component = 'dram'", 2000000e-15);
}
END_TEST

START_TEST(parts_sum_to_the_whole)
{
    fl_db_close(with_run(_i == 0 ? 0 : 7));
    double whole = value("select energy_j from run_summary");
    is_near("select sum(total_j) from energy_by_component", whole);
    is_near("select sum(dynamic_j + static_j) from energy_by_component", whole);
    is_near("select sum(energy_j) from energy_by_operator", whole);
    is_near("select sum(energy_j) from energy_by_action", whole);
    is_near("select energy_j from run_total", whole);
    value("delete from run_total");
    is_near("select energy_j from run_summary", whole);
}
END_TEST

START_TEST(doubling_a_price_doubles_its_energy)
{
    fl_db_close(with_run(10));
    is_near("select count(*) from run_total", 1);
    value("update price set fj = 2 * fj where component = 'dram' and class <> 'static'");
    is_near("select dynamic_j from energy_by_component where component = 'dram'", 12000000e-15);
    is_near("select energy_j from run_summary", 6357800e-15 + 6000000e-15);
    is_near("select setup_j from run_summary", 40000000e-15);
    is_near("select energy_j from energy_by_operator where operator = 1", 3392800e-15 + 3200000e-15);
}
END_TEST

/* run_total must follow every change, by whatever hand. */
START_TEST(kept_sums_follow_changes)
{
    static const char *const change[] = {
        "update run set inferences = 5",
        "update unit set copies = 3 where unit = 0",
        "update unit set area_um2 = 7",
        "insert into unit (run, unit, path, kind, area_um2) values (1, 9, 'x', 'y', 1e6)",
        "delete from unit where unit = 1",
        "update operator set macs = 1",
        "insert into operator values (1, 3, 0, 'x', 'linear', 5, 'optical', 'x', 0, 0, 0, 'x')",
        "delete from operator where operator = 1",
        "update tally set count = count + 1",
        "insert into tally values (1, 0, 2, 'active_ps', 5)",
        "delete from tally where operator = 2",
        "delete from price where source is null",
        "insert into price values (1, 0, 'busy_ps', 'control', 'static', 3, null, null, null, null, null, null)",
        "update price set source = null",
    };
    ck_assert_int_eq(_i, _i % (int)(sizeof change / sizeof *change));
    fl_db_close(with_run(10));
    is_near("select count(*) from run_total", 1);
    value(change[_i]);
    is_near("select count(*) from run_total", 0);
    is_near("select energy_j from run_summary", value("select sum(energy_j) from energy_by_action"));
    is_near("select assumed_share from run_summary",
            value("select coalesce(sum(iif(source is null, energy_j, 0)) / sum(energy_j), 0) from energy_by_action"));
    is_near("select macs from run_summary", value("select coalesce(sum(macs), 0) from operator"));
    is_near("select area_mm2 from run_summary", value("select sum(copies * area_um2) / 1e6 from unit"));
}
END_TEST

START_TEST(shared_tallies_have_their_own_prices)
{
    struct fl_db *db = with_run(0);
    struct fl_run_row run = {.design = "bench", .latency_ps = 1000, .tallies_of = 1};
    struct fl_price_row price = {1, "read_bits", "dram", FL_DYNAMIC, 800, NULL, "p.cfg", 1, NULL, 0, 0};
    int64_t number;
    ck_assert(fl_db_begin_run(db, &run, &number, &err));
    ck_assert(fl_db_add_price(db, &price, &err));
    ck_assert(fl_db_end_run(db, &err));
    fl_db_close(db);
    ck_assert_int_eq(number, 2);
    is_near("select energy_j from run_summary where run = 2", 800000e-15);
    is_near("select area_mm2 from run_summary where run = 2", 5.002);
    is_near("select energy_j from energy_by_operator where run = 2 and name = 'scores'", 160000e-15);
    is_near("select utilization from utilization where run = 2 and path = 'dram'", 0.3);
    is_near("select end_s from latency_by_operator where run = 2 and operator = 2", 1e-9);
    is_near("select energy_j from run_summary where run = 1", 4357800e-15);
    value("update tally set count = 2 * count where run = 1 and action = 'read_bits'");
    is_near("select energy_j from run_summary where run = 2", 1600000e-15);
}
END_TEST

/* What the virtual machine of SQLite does to answer, in steps. */
static int steps(const char *sql)
{
    sqlite3 *other;
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(other, sql, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        continue;
    int done = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
    sqlite3_finalize(statement);
    sqlite3_close(other);
    return done;
}

/* A question to one run reads no row of another: among 40 others it takes some steps more to find its own rows, but
 * less than one for each. */
START_TEST(one_run_is_asked_alone)
{
    static const char *const view[] = {
        "energy_by_action", "energy_by_component", "energy_by_price", "energy_by_operator", "energy_by_placement",
        "latency_by_operator", "utilization", "run_summary", "run_scale"};
    enum { VIEWS = sizeof view / sizeof *view, OTHERS = 40 };
    int few[VIEWS];
    char sql[80];
    int64_t run;
    struct fl_db *db = with_run(10);
    for (int i = 0; i < VIEWS; i++) {
        snprintf(sql, sizeof sql, "select * from %s where run = 1", view[i]);
        ck_assert_int_gt(few[i] = steps(sql), 0);
    }
    for (int i = 0; i < OTHERS; i++)
        ck_assert(small_run_store(db, 10, 1, &run, &err));
    for (int i = 0; i < VIEWS; i++) {
        snprintf(sql, sizeof sql, "select * from %s where run = 1", view[i]);
        int many = steps(sql);
        ck_assert_msg(many - few[i] < OTHERS, "%s: %d steps, and %d among %d other runs", view[i], few[i], many,
                      OTHERS);
    }
    fl_db_close(db);
}
END_TEST

START_TEST(a_run_without_work_has_no_rates)
{
    struct fl_db *db;
    struct fl_run_row run = {.design = "bench", .error = "time past the end"};
    int64_t number;
    ck_assert(fl_db_open(&db, path, &err));
    ck_assert(fl_db_begin_run(db, &run, &number, &err));
    ck_assert(fl_db_end_run(db, &err));
    fl_db_close(db);
    is_near("select energy_j from run_summary where error = 'time past the end'", 0);
    is_null("select j_per_mac from run_summary");
    is_null("select tokens_per_s from run_summary");
    is_null("select mac_utilization from run_summary");
    is_null("select mean_w from run_summary");
    is_near("select assumed_share from run_summary", 0);
}
END_TEST

Suite *test_views_suite(void)
{
    Suite *suite = suite_create("views");
    TCase *tcase = tcase_create("views");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, summary_by_hand);
    tcase_add_test(tcase, components_by_hand);
    tcase_add_test(tcase, operators_by_hand);
    tcase_add_test(tcase, utilization_by_hand);
    tcase_add_test(tcase, actions_lead_back_to_the_design);
    tcase_add_test(tcase, setup_is_shared_over_inferences);
    tcase_add_loop_test(tcase, parts_sum_to_the_whole, 0, 2);
    tcase_add_test(tcase, doubling_a_price_doubles_its_energy);
    tcase_add_loop_test(tcase, kept_sums_follow_changes, 0, 14);
    tcase_add_test(tcase, shared_tallies_have_their_own_prices);
    tcase_add_test(tcase, one_run_is_asked_alone);
    tcase_add_test(tcase, a_run_without_work_has_no_rates);
    suite_add_tcase(suite, tcase);
    return suite;
}
