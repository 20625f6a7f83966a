/* leaps.c - what exact leaps make of whole models: CPU time, events simulated and leapt over, peak memory.
 *
 * Rival: the same simulator without leaps (--no-leap), run where that takes less than some
 * seconds. CPU time is that of the simulation alone, median of five; loading, mapping and
 * database are measured elsewhere. Each job is a process, so that peak memory is its own.
 *
 *     bench/leaps                 the table
 *     bench/leaps DESIGN MODEL    one machine, one model: levels and what broke matches
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arch/arch.h"
#include "mapping/mapper.h"
#include "sim/leap.h"
#include "sim/ledger.h"

enum { TIMES = 5 };
static const double STEPPED_MOST = 3e7;     /* events that the rival is asked to simulate */

struct job { const char *design, *model, *phase; int64_t context, tokens; const char *set; };
static const struct job jobs[] = {
    { "free_space_1k", "gpt2", "prefill", 1024, 0, NULL },
    { "free_space_1k", "bert-large", "prefill", 384, 0, NULL },
    { "free_space_1k", "llama-3-8b", "prefill", 2048, 0, NULL },
    { "free_space_1k", "llama-3-8b", "decode", 2048, 256, NULL },
    { "free_space_1k", "gpt3-175b", "prefill", 2048, 0, NULL },
    { "ot_10k", "gpt2", "prefill", 1024, 0, NULL },
    { "ot_10k", "bert-large", "prefill", 384, 0, NULL },
    { "ot_10k", "llama-3-8b", "prefill", 2048, 0, NULL },
    { "ot_10k", "llama-3-8b", "decode", 2048, 256, NULL },
    { "ot_10k", "gpt3-175b", "prefill", 2048, 0, NULL },
    { "ot_10k", "gpt-4q", "prefill", 2048, 0, NULL },
    { "free_space_1k", "gpt-4q", "prefill", 2048, 0, "core[0].cores=fit" },
    { "dmd_bench", "gpt2", "prefill", 1024, 0, NULL },
    { "slm_bench", "gpt2", "prefill", 1024, 0, NULL },
    { "digital_300fj", "gpt2", "prefill", 1024, 0, NULL },
    { "digital_300fj", "llama-3-8b", "prefill", 2048, 0, NULL },
    { "digital_300fj", "gpt3-175b", "prefill", 2048, 0, NULL },
};

struct outcome { double cpu_s, plain_s, mapped_s; uint64_t events, skipped; fl_time latency; long peak_kb; };

static double cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool levels_told;

static void levels_print(struct fl_leap *leap)
{
    const struct fl_leap_level *level = fl_leap_levels(leap);
    printf("level boundaries      leaps  leapt events  simulated  transient      period ps  broken by\n");
    for (int l = 0; l < FL_LEVELS; l++)
        printf("%5d %10llu %10llu %13llu %10llu %10llu %14lld  %s\n", l, (unsigned long long)level[l].boundaries,
               (unsigned long long)level[l].leaps, (unsigned long long)level[l].represented,
               (unsigned long long)level[l].simulated, (unsigned long long)level[l].transient,
               (long long)level[l].period, level[l].breaker ? level[l].breaker : "");
}

static bool run_once(struct fl_sim *sim, const struct fl_program *program, bool leaping, struct outcome *o,
                     struct fl_err *err)
{
    struct fl_ledger ledger;
    fl_ledger_init(&ledger, sim);
    sim->leap = leaping ? fl_leap_new(sim) : NULL;
    double start = cpu_now();
    bool ok = fl_sim_run(sim, program, err);
    o->cpu_s = cpu_now() - start;
    o->events = sim->events;
    o->latency = sim->now;
    if (leaping) {
        o->skipped = fl_leap_skipped(sim->leap);
        if (levels_told)
            levels_print(sim->leap);
    }
    fl_leap_free(sim->leap);
    sim->leap = NULL;
    fl_ledger_free(&ledger);
    sim->ledger = NULL;
    return ok;
}

static bool run_times(struct fl_arch *arch, const struct fl_program *program, struct outcome *o, struct fl_err *err)
{
    double took[TIMES];
    int times = 0;
    while (times < TIMES && (times == 0 || took[0] * TIMES < 60)) {
        if (!run_once(&arch->sim, program, true, o, err))
            return false;
        took[times++] = o->cpu_s;
        levels_told = false;
    }
    qsort(took, (size_t)times, sizeof *took, ascending);
    struct outcome plain = { .cpu_s = -1 };
    if ((double)o->events <= STEPPED_MOST && !run_once(&arch->sim, program, false, &plain, err))
        return false;
    o->cpu_s = took[times / 2];
    o->plain_s = plain.cpu_s;
    return plain.cpu_s < 0 || plain.events == o->events;
}

static bool job_run(const struct job *job, struct outcome *o, struct fl_err *err)
{
    struct fl_design design = { 0 };
    struct fl_trace trace = { 0 };
    struct fl_machine machine;
    struct fl_plan plan = { 0 };
    struct fl_arch arch = { 0 };
    struct fl_workload work = { .phase = job->phase, .context = job->context, .tokens = job->tokens };
    double start = cpu_now();
    if (!fl_design_load(&design, job->design, &job->set, job->set != NULL, err) ||
        !fl_trace_from_model(&trace, job->model, &work, err) || !fl_arch_describe(&machine, &design, err))
        return false;
    const struct fl_value *mapper = fl_design_find(&design, "mapper");
    if (!fl_plan_make(&plan, &trace, &machine, mapper ? mapper->text : "auto", FL_LATENCY, err) ||
        !fl_arch_build(&arch, &design, &machine, err))
        return false;
    o->mapped_s = cpu_now() - start;
    bool ok = run_times(&arch, &plan.program, o, err);
    fl_arch_free(&arch);
    fl_plan_free(&plan);
    fl_trace_free(&trace);
    fl_design_free(&design);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    o->peak_kb = usage.ru_maxrss;
    return ok;
}

static void row_print(const struct job *job, const struct outcome *o)
{
    double simulated = (double)(o->events - o->skipped);
    char what[64], plain[32] = "-", gain[32] = "-";
    snprintf(what, sizeof what, "%s %s %lld", job->model, job->phase,
             (long long)(job->tokens ? job->tokens : job->context));
    if (o->plain_s >= 0) {
        snprintf(plain, sizeof plain, "%.3f", o->plain_s);
        snprintf(gain, sizeof gain, "%.1fx", o->plain_s / o->cpu_s);
    }
    printf("%-14s %-26s %9.4f %9s %8s %10.3g %10.3g %8.1fx %10.3g %7.1f\n", job->design, what, o->cpu_s, plain, gain,
           (double)o->events, simulated, (double)o->events / simulated, (double)o->latency * 1e-12,
           (double)o->peak_kb / 1024);
}

static int job_fork(const struct job *job)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct outcome o = { 0 };
        struct fl_err err = { 0 };
        bool ok = job_run(job, &o, &err);
        if (ok)
            row_print(job, &o);
        else
            printf("%-14s %-26s %s", job->design, job->model, fl_err_text(&err)[0] ? fl_err_text(&err) : "differs\n");
        fflush(stdout);
        _exit(ok ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    return status;
}

int main(int argc, char **argv)
{
    size_t n = sizeof jobs / sizeof *jobs;
    int failed = 0;
    printf("%-14s %-26s %9s %9s %8s %10s %10s %9s %10s %7s\n", "design", "work", "CPU s", "no leaps", "gain", "events",
           "simulated", "fewer", "latency s", "MB");
    levels_told = argc > 1;
    for (size_t i = 0; i < n; i++)
        if ((argc < 2 || strcmp(argv[1], jobs[i].design) == 0) && (argc < 3 || strcmp(argv[2], jobs[i].model) == 0))
            failed += job_fork(&jobs[i]) != 0;
    return failed > 0;
}
