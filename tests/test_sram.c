/* test_sram.c - SRAM: the model of a node against CACTI's points, and banks that work side by side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/machine.h"
#include "phys/sram.h"
#include "tests/laws/draw.h"
#include "tests/laws/harness.h"
#include "tests/suites.h"

/* ---- the model ---- */

enum { POINTS = 45, FIGURES = 5 };
struct point { double kib, bits, nm, figure[FIGURES]; };

static int points_read(struct point *point)
{
    char path[4096], line[256];
    const char *source = getenv("SRCDIR");
    snprintf(path, sizeof path, "%s/tests/oracle/cacti_sram.csv", source != NULL ? source : ".");
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    int n = 0;
    while (fgets(line, sizeof line, file) != NULL && n < POINTS) {
        struct point *p = &point[n];
        double *f = p->figure;
        n += sscanf(line, "%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &p->kib, &p->bits, &p->nm, f, f + 1, f + 2, f + 3,
                    f + 4) == 8;
    }
    fclose(file);
    return n;
}

START_TEST(the_model_is_as_far_off_as_its_page_says)
{
    /* docs/sram.md: worst and root mean square, % */
    static const struct { const char *name; double worst, rms; } bound[FIGURES] = {
        { "read energy", 13.4, 4.9 }, { "write energy", 8.7, 4.3 }, { "access time", 4.3, 1.8 },
        { "leakage", 3.6, 1.2 },      { "area", 10.3, 4.0 },
    };
    struct point point[POINTS];
    ck_assert_int_eq(points_read(point), POINTS);
    for (int f = 0; f < FIGURES; f++) {
        double worst = 0, sum = 0;
        for (int i = 0; i < POINTS; i++) {
            struct fl_sram_bank bank;
            ck_assert(fl_sram_model(&bank, point[i].kib, point[i].bits, point[i].nm));
            const double value[] = { bank.read_pj, bank.write_pj, bank.access_ns, bank.leak_mw, bank.area_mm2 };
            double off = 100 * fabs(value[f] / point[i].figure[f] - 1);
            worst = off > worst ? off : worst;
            sum += off * off;
        }
        ck_assert_msg(fabs(worst - bound[f].worst) < 0.06, "%s: worst %.2f %%", bound[f].name, worst);
        ck_assert_msg(fabs(sqrt(sum / POINTS) - bound[f].rms) < 0.06, "%s: rms %.2f %%", bound[f].name,
                      sqrt(sum / POINTS));
    }
}
END_TEST

START_TEST(the_model_grows_with_size_and_width)
{
    for (double nm = 22; nm <= 45; nm += 11.5)
        for (double kib = 32; kib < 16384; kib *= 2)
            for (double bits = 64; bits <= 512; bits *= 2) {
                struct fl_sram_bank here, larger, wider;
                ck_assert(fl_sram_model(&here, kib, bits, nm) && fl_sram_model(&larger, 2 * kib, bits, nm));
                ck_assert(larger.read_pj > here.read_pj && larger.write_pj > here.write_pj);
                ck_assert(larger.access_ns > here.access_ns && larger.leak_mw > here.leak_mw);
                ck_assert(larger.area_mm2 > here.area_mm2);
                if (bits < 512) {
                    ck_assert(fl_sram_model(&wider, kib, 2 * bits, nm));
                    ck_assert(wider.read_pj > here.read_pj && wider.write_pj > here.write_pj);
                }
            }
}
END_TEST

START_TEST(wide_ports_are_banks_side_by_side)
{
    struct fl_sram_bank half, whole, narrow, least;
    ck_assert(fl_sram_model(&half, 256, 512, 32) && fl_sram_model(&whole, 512, 1024, 32));
    ck_assert_double_eq_tol(whole.read_pj, 2 * half.read_pj, 1e-9);
    ck_assert_double_eq_tol(whole.area_mm2, 2 * half.area_mm2, 1e-9);
    ck_assert_double_eq_tol(whole.access_ns, half.access_ns, 1e-9);
    ck_assert(fl_sram_model(&narrow, 256, 8, 32) && fl_sram_model(&least, 256, 64, 32));
    ck_assert_double_eq_tol(narrow.read_pj, least.read_pj, 1e-9);
    ck_assert(!fl_sram_model(&whole, 31, 64, 32));
    ck_assert(!fl_sram_model(&whole, 16385, 64, 32));
    ck_assert(!fl_sram_model(&whole, 32, 1024, 32));
    ck_assert(!fl_sram_model(&whole, 256, 64, 7));
    ck_assert(!fl_sram_model(&whole, 256, 64, NAN));
}
END_TEST

/* ---- the unit ---- */

enum { TICK = 100 };
struct scene {
    struct rig rig;
    struct fl_step step[1];
    struct rig_result run;
};

static void begin(struct scene *s, int32_t lines, double banks, double width)
{
    static const struct fl_pool pool = { .name = "pool", .cores = 1, .columns = 1, .rows = 1, .output_bits = 7,
                                         .quantum_efficiency = 1, .adc_lanes = 1 };
    memset(s->step, 0, sizeof s->step);
    rig_begin(&s->rig, fl_unit_type_find("sram"), TICK, &pool);
    s->rig.machine.pools = lines;
    const struct { const char *name; double value; } given[] = {
        { "read_energy", 1 }, { "write_energy", 1 }, { "latency", 0 }, { "banks", banks }, { "width", width } };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        param_set(s->rig.unit, given[i].name, given[i].value);
}

static void ready(struct scene *s)
{
    rig_ready(&s->rig, (struct fl_program){ .step = s->step, .steps = 1 });
}

static void ask(struct scene *s, uint32_t line, int64_t bits)
{
    rig_give(&s->rig, "ask", line, (struct fl_msg){ .bits = bits });
}

static void go(struct scene *s)
{
    char text[RIG_TEXT];
    s->run = rig_run(&s->rig, (struct rig_traffic){0});
    ck_assert_msg(rig_is_drained(&s->rig, text), "%s", text);
}

static void end(struct scene *s)
{
    rig_result_free(&s->run);
    rig_close(&s->rig);
}

#define LEFT(number, ticks) ck_assert_int_eq(rig_left_at(&s.rig, &s.run, "give", number), (ticks) * TICK)
#define COUNT(name, n) ck_assert_int_eq(rig_count(&s.rig, &s.run, name), n)

START_TEST(banks_serve_side_by_side)
{
    struct scene s;
    begin(&s, 3, 4, 8);
    ready(&s);
    ask(&s, 0, 16);                         /* two words, two of four banks */
    ask(&s, 1, 16);                         /* the other two, at the same time */
    ask(&s, 2, 8);                          /* the next cycle */
    go(&s);
    LEFT(0, 1);
    LEFT(1, 1);
    LEFT(2, 2);
    COUNT("read", 5);
    COUNT("busy_ps", 50 + 50 + 25);         /* shares of the four banks */
    end(&s);
}
END_TEST

START_TEST(requests_larger_than_all_banks_take_rounds)
{
    struct scene s;
    begin(&s, 2, 4, 8);
    param_set(s.rig.unit, "latency", 2);
    ready(&s);
    ask(&s, 0, 8 * 10);                     /* 10 words on 4 banks: 3 cycles, then two of latency */
    ask(&s, 1, 8 * 4);                      /* two banks are free a cycle earlier than the others */
    go(&s);
    LEFT(0, 5);
    LEFT(1, 2 + 2 + 2);
    end(&s);
}
END_TEST

/* Four requests of 8 words and four of one: those come next once the other line has had more. */
START_TEST(many_words_do_not_hold_up_few)
{
    struct scene s;
    begin(&s, 2, 4, 8);
    ready(&s);
    for (size_t i = 0; i < 4; i++) {
        ask(&s, 0, 8 * 8);
        ask(&s, 1, 8);
    }
    go(&s);
    for (size_t i = 0; i < 4; i++) {
        LEFT(i, i == 0 ? 2 : 3 + 2 * (int64_t)i);
        LEFT(4 + i, 3);
    }
    end(&s);
}
END_TEST

START_TEST(ports_are_ways_of_their_own)
{
    struct scene s;
    begin(&s, 1, 2, 8);
    param_set(s.rig.unit, "ports", 2);
    ready(&s);
    ask(&s, 0, 8 * 4);
    ask(&s, 0, 8 * 5);
    go(&s);
    LEFT(0, 1);
    LEFT(1, 3);
    end(&s);
}
END_TEST

START_TEST(slow_banks_are_taken_for_longer)
{
    struct scene s;
    begin(&s, 1, 2, 8);
    param_set(s.rig.unit, "cycle", 3);
    ready(&s);
    ask(&s, 0, 8);                          /* one bank, then the other, then the first again */
    ask(&s, 0, 8);
    ask(&s, 0, 8);
    go(&s);
    LEFT(0, 3);
    LEFT(1, 3);
    LEFT(2, 6);
    end(&s);
}
END_TEST

START_TEST(aligned_rows_conflict)
{
    struct scene s;
    begin(&s, 2, 4, 8);
    param_set(s.rig.unit, "layout", 1);     /* line 0 begins at bank 0, line 1 at bank 2 */
    ready(&s);
    ask(&s, 0, 8);
    ask(&s, 0, 8);                          /* the same bank again, while three are idle */
    ask(&s, 1, 8);
    go(&s);
    LEFT(0, 1);
    LEFT(1, 2);
    LEFT(2, 1);
    end(&s);
    begin(&s, 2, 4, 8);
    param_set(s.rig.unit, "layout", 1);
    ready(&s);
    ask(&s, 0, 8 * 3);                      /* banks 0, 1, 2 */
    ask(&s, 1, 8 * 2);                      /* banks 2, 3: waits for the first of them */
    go(&s);
    LEFT(0, 1);
    LEFT(1, 2);
    end(&s);
}
END_TEST

START_TEST(a_line_is_answered_in_order)
{
    struct scene s;
    begin(&s, 1, 4, 8);
    param_set(s.rig.unit, "layout", 1);
    ready(&s);
    ask(&s, 0, 8 * 7);                      /* banks 0 to 2 are taken twice, bank 3 once */
    ask(&s, 0, 0);                          /* nothing: but not before the one before */
    go(&s);
    LEFT(0, 2);
    LEFT(1, 2);
    COUNT("read", 7);
    end(&s);
}
END_TEST

START_TEST(many_banks_work_in_lockstep)
{
    struct scene s;
    begin(&s, 1, 1000, 8);
    ready(&s);
    ask(&s, 0, 8 * 1000);
    ask(&s, 0, 8 * 1000);
    go(&s);
    LEFT(0, 1);
    LEFT(1, 2);
    COUNT("read", 2000);
    end(&s);
}
END_TEST

/* ---- prices ---- */

static bool made(struct fl_sim *sim, struct unit **u, const char *const *name, const double *value, struct fl_err *err)
{
    static struct fl_clock clock = { "clock", 1000, 1, 0 };
    memset(sim, 0, sizeof *sim);
    *u = fl_sim_unit(sim, fl_unit_type_find("sram"), "sram", &clock);
    for (; *name != NULL; name++, value++)
        param_set(*u, *name, *value);
    return fl_sim_ready(sim, err);
}

static double price(const struct unit *u, int tally)
{
    double fj;
    memcpy(&fj, (const char *)u + u->type->tallies[tally].price, sizeof fj);
    return fj;
}

START_TEST(a_node_prices_what_is_not_given)
{
    static const char *const name[] = { "capacity", "banks", "width", "node", "write_energy", NULL };
    static const double value[] = { 4.0 * 1024 * 1024 * 8, 16, 256, 22, 7 };
    struct fl_sim sim;
    struct fl_err err = {0};
    struct unit *u;
    struct fl_sram_bank bank;
    ck_assert_msg(made(&sim, &u, name, value, &err), "%s", fl_err_text(&err));
    ck_assert(fl_sram_model(&bank, 256, 256, 22));
    ck_assert_double_eq_tol(price(u, 0), bank.read_pj * 1e3, 1e-6);
    ck_assert_double_eq(price(u, 1), 7);
    double leak_mw;
    memcpy(&leak_mw, (const char *)u + u->type->statics[0].mw, sizeof leak_mw);
    ck_assert_double_eq_tol(leak_mw, 16 * bank.leak_mw, 1e-6);
    ck_assert_double_eq_tol(u->area_um2, 16e6 * bank.area_mm2, 1e-3);
    fl_sim_free(&sim);
}
END_TEST

/* What is given counts beside a node's model, however little it is. */
START_TEST(what_is_given_counts)
{
    static const char *const name[] = { "capacity", "banks", "width", "node", "read_energy", "write_energy", "leakage",
                                        "area", NULL };
    const double capacity = 4.0 * 1024 * 1024 * 8;
    for (int i = 0; i < 2; i++) {
        double little = i == 0 ? 0 : 0.25, leak_mw;
        const double value[] = { capacity, 16, 256, 22, little, little, little, little };
        struct fl_sim sim;
        struct fl_err err = {0};
        struct unit *u;
        ck_assert_msg(made(&sim, &u, name, value, &err), "%s", fl_err_text(&err));
        memcpy(&leak_mw, (const char *)u + u->type->statics[0].mw, sizeof leak_mw);
        ck_assert_double_eq(price(u, 0), little);
        ck_assert_double_eq(price(u, 1), little);
        ck_assert_double_eq(leak_mw, little);
        ck_assert_double_eq(u->area_um2, little);
        fl_sim_free(&sim);
    }
}
END_TEST

START_TEST(prices_must_come_from_somewhere)
{
    static const char *const none[] = { "capacity", "banks", "width", NULL };
    static const char *const small[] = { "capacity", "banks", "width", "node", NULL };
    static const double value[] = { 4.0 * 1024 * 8, 1, 64, 22 };
    struct fl_sim sim;
    struct fl_err err = {0};
    struct unit *u;
    ck_assert(!made(&sim, &u, none, value, &err));
    ck_assert_str_eq(fl_err_text(&err),
                     "sram: read_energy and write_energy are missing; or give node: a model tells them\n");
    fl_err_free(&err);
    fl_sim_free(&sim);
    ck_assert(!made(&sim, &u, small, value, &err));
    ck_assert_ptr_nonnull(strstr(fl_err_text(&err), "this bank has 4 KiB at 22 nm"));
    fl_err_free(&err);
    fl_sim_free(&sim);
}
END_TEST

Suite *test_sram_suite(void)
{
    Suite *suite = suite_create("sram");
    TCase *tcase = tcase_create("sram");
    tcase_add_test(tcase, the_model_is_as_far_off_as_its_page_says);
    tcase_add_test(tcase, the_model_grows_with_size_and_width);
    tcase_add_test(tcase, wide_ports_are_banks_side_by_side);
    tcase_add_test(tcase, banks_serve_side_by_side);
    tcase_add_test(tcase, requests_larger_than_all_banks_take_rounds);
    tcase_add_test(tcase, many_words_do_not_hold_up_few);
    tcase_add_test(tcase, ports_are_ways_of_their_own);
    tcase_add_test(tcase, slow_banks_are_taken_for_longer);
    tcase_add_test(tcase, aligned_rows_conflict);
    tcase_add_test(tcase, a_line_is_answered_in_order);
    tcase_add_test(tcase, many_banks_work_in_lockstep);
    tcase_add_test(tcase, a_node_prices_what_is_not_given);
    tcase_add_test(tcase, what_is_given_counts);
    tcase_add_test(tcase, prices_must_come_from_somewhere);
    suite_add_tcase(suite, tcase);
    return suite;
}
