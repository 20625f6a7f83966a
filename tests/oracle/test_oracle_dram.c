/* test_oracle_dram.c - every row of dram_reference.csv (DRAMsim3), full length, within stated bounds.
 *
 * DRAM_TABLE=file in the environment also writes the table of docs/validation.md.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "tests/cases.h"
#include "tests/oracle/dram_cases.h"
#include "tests/suites.h"

static double percent(double value, double reference)
{
    return reference == 0 ? (value == 0 ? 0 : INFINITY) : (value / reference - 1) * 100;
}

static bool is(const struct fl_dram_case *row, const char *trace)
{
    return strcmp(row->trace, trace) == 0;
}

static void within(const struct fl_dram_case *row, const char *what, double value, double reference, double bound)
{
    ck_assert_msg(fabs(percent(value, reference)) <= bound, "%s %s: %s is %g, the reference has %g (%+.2f %%)",
                  row->config, row->trace, what, value, reference, percent(value, reference));
}

/* Energies of equal commands: ours, scaled to the reference's counts, must be the reference's. */
static void energies(const struct fl_dram_case *row, const struct fl_dram_result *r)
{
    within(row, "energy of an activate", r->energy_act_pre_pj / (double)r->num_act, row->act_pre_pj / row->num_act,
           0.1);
    within(row, "energy of a read", r->energy_rd_pj / (double)r->num_rd, row->rd_pj / row->num_rd, 0.1);
    if (row->num_wr > 0)
        within(row, "energy of a write", r->energy_wr_pj / (double)r->num_wr, row->wr_pj / row->num_wr, 0.1);
    within(row, "energy of a refresh", r->energy_refresh_pj / (double)r->num_ref, row->refresh_pj / row->num_ref, 0.1);
    within(row, "background energy", r->energy_background_pj, row->background_pj, 2);
    within(row, "total energy", r->energy_total_pj, row->total_pj, 2);
}

static void compare(const struct fl_dram_case *row, const struct fl_dram_result *r)
{
    within(row, "bandwidth", r->bandwidth_gb_s, row->bandwidth_gb_s, is(row, "seq") ? 0.5 : 1);
    within(row, "latency", r->avg_latency_ns, row->avg_latency_ns, is(row, "chase") ? 0.5 : 6);
    within(row, "activates", (double)r->num_act, row->num_act, 3);
    within(row, "precharges", (double)r->num_pre, row->num_pre, 3);
    within(row, "reads", (double)r->num_rd, row->num_rd, 0.01);
    if (row->num_wr > 0)
        within(row, "writes", (double)r->num_wr, row->num_wr, 0.1);
    within(row, "refreshes", (double)r->num_ref, row->num_ref, 2);
    energies(row, r);
}

static void table_head(FILE *out)
{
    fputs("| device | trace | bandwidth GB/s | row hits | latency ns | ACT | RD | WR | REF | energy uJ | "
          "of it background |\n"
          "|---|---|---|---|---|---|---|---|---|---|---|\n", out);
}

static void cell(FILE *out, double value, double reference, int digits)
{
    if (value == 0 && reference == 0)
        fputs(" |", out);
    else
        fprintf(out, " %.*f / %.*f (%+.2f %%) |", digits, value, digits, reference, percent(value, reference));
}

static void table_row(FILE *out, const struct fl_dram_case *row, const struct fl_dram_result *r)
{
    fprintf(out, "| %s | %s |", row->config, row->trace);
    cell(out, r->bandwidth_gb_s, row->bandwidth_gb_s, 3);
    fprintf(out, " %.4f / %.4f |", r->row_hit_rate, row->row_hit_rate);
    cell(out, r->avg_latency_ns, row->avg_latency_ns, 2);
    cell(out, (double)r->num_act, row->num_act, 0);
    cell(out, (double)r->num_rd, row->num_rd, 0);
    cell(out, (double)r->num_wr, row->num_wr, 0);
    cell(out, (double)r->num_ref, row->num_ref, 0);
    cell(out, r->energy_total_pj / 1e6, row->total_pj / 1e6, 1);
    cell(out, r->energy_background_pj / 1e6, row->background_pj / 1e6, 1);
    fputc('\n', out);
}

START_TEST(dramsim3_rows_are_met)
{
    static struct fl_dram_case row[FL_DRAM_CASES];
    char folder[2048], path[4096];
    const char *source = getenv("SRCDIR"), *table = getenv("DRAM_TABLE");
    snprintf(folder, sizeof folder, "%s/tests/oracle", source != NULL ? source : ".");
    snprintf(path, sizeof path, "%s/dram_reference.csv", folder);
    int rows = fl_dram_cases_read(path, row);
    ck_assert_int_eq(rows, 12);
    FILE *out = table != NULL ? fopen(table, "w") : NULL;
    if (out != NULL)
        table_head(out);
    for (int i = 0; i < rows; i++) {
        if (out == NULL && !cases_drawn(0, (uint64_t)i, (uint64_t)rows))
            continue;
        struct fl_sim sim = {0};
        struct fl_err err = {0};
        const char *device = fl_dram_case_device(&row[i], folder, path, sizeof path);
        struct unit *u = fl_device_unit(&sim, "dram", device, &err);
        ck_assert_msg(u != NULL, "%s", fl_err_text(&err));
        struct fl_dram_result result = fl_dram_case_run(&row[i], fl_dram_device_of(u));
        if (out != NULL)
            table_row(out, &row[i], &result);
        compare(&row[i], &result);
        fl_sim_free(&sim);
    }
    if (out != NULL)
        fclose(out);
}
END_TEST

Suite *test_oracle_dram_suite(void)
{
    Suite *suite = suite_create("oracle_dram");
    TCase *tcase = tcase_create("oracle_dram");
    tcase_add_test(tcase, dramsim3_rows_are_met);
    suite_add_tcase(suite, tcase);
    return suite;
}
