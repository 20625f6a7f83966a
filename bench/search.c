/* search.c - what the search of mappings costs: CPU time of each different product, mappings weighed and passed by, and
 * how near the bound comes to what the best mapping takes when it is simulated (its tightness, 1 at most).
 *
 * For GPT-3 (a prompt of 2048) and GPT-2 (1024) on every design. CPU times are medians of
 * five and leave out simulation. Rival: Timeloop needs 7 to 8 CPU seconds for the shape of
 * one operator; the wants here are 10 ms, and 100 ms for all of GPT-2's products together.
 *
 *     bench/search                the table
 *     bench/search DESIGN MODEL   one machine, one model
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arch/arch.h"
#include "mapping/search.h"
#include "sim/leap.h"

enum { TIMES = 5 };
static const double OPERATOR_MS = 10, MODEL_MS = 100;

struct totals { double slowest_ms, loosest; int failed; };

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *took)
{
    qsort(took, TIMES, sizeof *took, ascending);
    return took[TIMES / 2];
}

/* Picoseconds of an operator by itself. */
static bool simulate(struct fl_arch *arch, const struct fl_op *op, const struct fl_mapping *mapping, double *ps,
                     struct fl_err *err)
{
    struct fl_builder builder = { 0 };
    fl_build_open(&builder, 0);
    fl_mapping_lower(op, &arch->machine, mapping, &builder);
    fl_build_close(&builder);
    fl_build_halt(&builder);
    struct fl_program program = fl_builder_program(&builder);
    arch->sim.leap = fl_leap_new(&arch->sim);
    bool ran = fl_sim_run(&arch->sim, &program, err);
    *ps = (double)arch->sim.now;
    fl_leap_free(arch->sim.leap);
    arch->sim.leap = NULL;
    fl_builder_free(&builder);
    return ran;
}

/* One product on the whole machine. */
static bool shape_bench(const char *design, const char *model, const struct fl_op *op, struct fl_arch *arch,
                        struct totals *totals, double *sum_ms, struct fl_err *err)
{
    struct fl_search search = { .op = op, .machine = &arch->machine, .wanted = 8 };
    double took[TIMES], ps = 0;
    for (int i = 0; i < TIMES; i++) {
        double start = cpu_ms();
        if (!fl_search_op(&search, err))
            return false;
        took[i] = cpu_ms() - start;
    }
    const struct fl_mapping *best = &search.found[0].mapping;
    if (!simulate(arch, op, best, &ps, err))
        return false;
    double ms = median(took), tight = best->bound_ps / ps;
    printf("%-16s %-10s %-12s %8.2f %9lld %9lld %12.4g %12.4g %8.3f  %s\n", design, model, op->name, ms,
           (long long)search.weighed, (long long)search.pruned, best->bound_ps * 1e-12, ps * 1e-12, tight,
           best->bound_by);
    *sum_ms += ms;
    totals->slowest_ms = ms > totals->slowest_ms ? ms : totals->slowest_ms;
    totals->loosest = tight < totals->loosest ? tight : totals->loosest;
    totals->failed += tight > 1;
    return true;
}

/* Every different product, and then the whole trace: what stays in place besides. */
static bool trace_bench(const char *design, const char *model, const struct fl_trace *trace, struct fl_arch *arch,
                        struct totals *totals, struct fl_err *err)
{
    struct fl_trace_search search;
    double took[TIMES], sum_ms = 0;
    for (int i = 0; i < TIMES; i++) {
        double start = cpu_ms();
        if (!fl_search_trace(&search, trace, &arch->machine, (struct fl_goal){ .objective = FL_LATENCY }, 8, NULL, err))
            return false;
        took[i] = cpu_ms() - start;
        if (i + 1 < TIMES)
            fl_search_trace_free(&search);
    }
    bool ok = true;
    for (size_t i = 0; ok && i < search.shapes; i++)
        ok = shape_bench(design, model, search.shape[i].op, arch, totals, &sum_ms, err);
    double ms = median(took);
    printf("%-16s %-10s %-12s %8.2f\n", design, model, "one by one", sum_ms);
    printf("%-16s %-10s %-12s %8.2f %9lld %9lld   and what stays in place\n", design, model, "all", ms,
           (long long)search.weighed, (long long)search.pruned);
    if (strcmp(model, "gpt2") == 0 && ms > MODEL_MS)
        totals->failed++;
    fl_search_trace_free(&search);
    return ok;
}

static bool job_run(const char *name, const char *model, int64_t context, struct totals *totals, struct fl_err *err)
{
    struct fl_design design = { 0 };
    struct fl_trace trace = { 0 };
    struct fl_machine machine;
    struct fl_plan plan = { 0 };
    struct fl_arch arch = { 0 };
    struct fl_workload work = { .phase = "prefill", .context = context };
    bool ok = fl_design_load(&design, name, NULL, 0, err) && fl_trace_from_model(&trace, model, &work, err) &&
              fl_arch_describe(&machine, &design, err) &&
              fl_plan_make(&plan, &trace, &machine, "auto", FL_LATENCY, err) &&     /* gives `fit` pools their cores */
              fl_arch_build(&arch, &design, &machine, err) && trace_bench(name, model, &trace, &arch, totals, err);
    fl_arch_free(&arch);
    fl_plan_free(&plan);
    fl_trace_free(&trace);
    fl_design_free(&design);
    return ok;
}

int main(int argc, char **argv)
{
    static const char *const designs[] = { "free_space_1k", "ot_10k", "ot_scaled", "converters_only", "slm_bench",
                                           "dmd_bench", "digital_300fj" };
    static const struct { const char *name; int64_t context; } models[] = { { "gpt3-175b", 2048 }, { "gpt2", 1024 } };
    struct totals totals = { .loosest = 1 };
    printf("%-16s %-10s %-12s %8s %9s %9s %12s %12s %8s  %s\n", "design", "model", "operator", "CPU ms", "weighed",
           "passed by", "bound s", "simulated s", "tight", "bound by");
    for (size_t d = 0; d < sizeof designs / sizeof *designs; d++)
        for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
            struct fl_err err = { 0 };
            if ((argc > 1 && strcmp(argv[1], designs[d]) != 0) || (argc > 2 && strcmp(argv[2], models[m].name) != 0))
                continue;
            if (!job_run(designs[d], models[m].name, models[m].context, &totals, &err)) {
                printf("%-16s %-10s %s", designs[d], models[m].name, fl_err_text(&err));
                totals.failed++;
            }
            fl_err_free(&err);
        }
    printf("\nslowest operator %.2f ms (wanted: under %.0f), loosest bound %.3f of what is simulated\n",
           totals.slowest_ms, OPERATOR_MS, totals.loosest);
    return totals.failed > 0 || totals.slowest_ms > OPERATOR_MS;
}
