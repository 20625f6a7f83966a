/* leaps.c - what exact leaps make of whole models, on every shipped machine, with the mapping that `run` would pick.
 *
 * For each run: CPU and wall time of the simulation alone, median of five; CPU time of the
 * whole choice (every mapping weighed and simulated on the way); events, how many of them
 * were simulated, peak memory. The rival is the same simulator without leaps (--no-leap),
 * run where that takes some seconds at most. Each run is a process of its own.
 * Then: what ten times more layers or tokens cost.
 *
 *     bench/leaps                     the tables
 *     bench/leaps DESIGN [MODEL]      one machine: also loops, and what broke matches
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api/result.h"

enum { TIMES = 5, TEXT = 256 };
static const double STEPPED_MOST = 3e7;     /* events that the rival is asked to simulate */

struct work { const char *model, *phase; int64_t context, tokens; double wanted_s; };
static const struct work works[] = {
    { "gpt2", "prefill", 1024, 0, 0.02 },
    { "bert-large", "prefill", 384, 0, 0 },
    { "llama-3-8b", "prefill", 2048, 0, 0 },
    { "llama-3-8b", "decode", 2048, 256, 0 },
    { "gpt3-175b", "prefill", 2048, 0, 1 },
    { "gpt-4q", "prefill", 2048, 0, 5 },
};
enum { WORKS = sizeof works / sizeof *works };

struct outcome {
    double cpu_s, wall_s, plain_s, chosen_s;
    uint64_t events, skipped;
    fl_time latency;
    long peak_kb;
    char mapper[32], why[TEXT];         /* why: of a run that cannot be; else empty */
};

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
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
    static const char *const name[FL_LEVELS] = {
        "line, chunk", "step", "inner loop", "outer loop", "operator", "layer", "operator again",
    };
    const struct fl_leap_level *level = fl_leap_levels(leap);
    printf("\n  %-14s %10s %8s %13s %10s %10s %14s  %s\n", "loop", "rounds", "leaps", "leapt events", "simulated",
           "transient", "period ps", "broken by");
    for (int l = 0; l < FL_LEVELS; l++)
        printf("  %-14s %10llu %8llu %13llu %10llu %10llu %14lld  %s\n", name[l],
               (unsigned long long)level[l].boundaries, (unsigned long long)level[l].leaps,
               (unsigned long long)level[l].represented, (unsigned long long)level[l].simulated,
               (unsigned long long)level[l].transient, (long long)level[l].period,
               level[l].breaker ? level[l].breaker : "");
}

/* ---- one run, measured ---- */

static bool run_once(struct fl_result *result, bool leaping, struct outcome *o, struct fl_err *err)
{
    struct fl_sim *sim = &result->arch.sim;
    struct fl_ledger ledger;
    fl_ledger_init(&ledger, sim);
    sim->leap = leaping ? fl_leap_new(sim) : NULL;
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    bool ok = fl_sim_run(sim, &result->plan.program, err);
    o->cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    o->wall_s = seconds(CLOCK_MONOTONIC) - wall;
    o->events = sim->events;
    o->latency = sim->now;
    if (leaping) {
        o->skipped = fl_leap_skipped(sim->leap);
        if (levels_told)
            levels_print(sim->leap);
        levels_told = false;
    }
    fl_leap_free(sim->leap);
    sim->leap = NULL;
    fl_ledger_free(&ledger);
    sim->ledger = NULL;
    return ok;
}

static bool run_times(struct fl_result *result, struct outcome *o, struct fl_err *err)
{
    double cpu[TIMES], wall[TIMES];
    for (int i = 0; i < TIMES; i++) {
        if (!run_once(result, true, o, err))
            return false;
        cpu[i] = o->cpu_s;
        wall[i] = o->wall_s;
    }
    qsort(cpu, TIMES, sizeof *cpu, ascending);
    qsort(wall, TIMES, sizeof *wall, ascending);
    struct outcome plain = { .cpu_s = -1 };
    if ((double)o->events <= STEPPED_MOST && !run_once(result, false, &plain, err))
        return false;
    o->cpu_s = cpu[TIMES / 2];
    o->wall_s = wall[TIMES / 2];
    o->plain_s = plain.cpu_s;
    if (plain.cpu_s >= 0 && (plain.events != o->events || plain.latency != o->latency))
        return fl_fail(err, NULL, "leaps changed the run: %llu events against %llu", (unsigned long long)o->events,
                       (unsigned long long)plain.events);
    return true;
}

static bool measure(const char *design, const struct work *work, struct outcome *o, struct fl_err *err)
{
    struct fl_request ask = { .design = design, .model = work->model };
    ask.work = (struct fl_work){ .phase = work->phase, .context = work->context, .tokens = work->tokens };
    struct fl_prepared prepared;
    struct fl_result *result;
    if (!fl_prepare(&prepared, &ask, NULL, err))
        return false;
    double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
    bool ok = fl_prepared_run(&prepared, &ask, &result, err);
    o->chosen_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    if (!ok) {
        fl_prepared_free(&prepared);
        return false;
    }
    snprintf(o->mapper, sizeof o->mapper, "%s", result->mapper);
    ok = run_times(result, o, err);
    fanlight_free(result);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    o->peak_kb = usage.ru_maxrss;
    return ok;
}

/* In a process of its own, so that peak memory is its own. False: the run cannot be, see o->why. */
static bool measure_apart(const char *design, const struct work *work, struct outcome *o)
{
    int way[2];
    *o = (struct outcome){ .why = "the process died" };
    fflush(stdout);
    if (pipe(way) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        struct outcome mine = { 0 };
        struct fl_err err = { 0 };
        if (!measure(design, work, &mine, &err))
            snprintf(mine.why, sizeof mine.why, "%.*s", (int)strcspn(fl_err_text(&err), "\n"), fl_err_text(&err));
        fflush(stdout);
        _exit(write(way[1], &mine, sizeof mine) != (ssize_t)sizeof mine);
    }
    close(way[1]);
    ssize_t got = child > 0 ? read(way[0], o, sizeof *o) : 0;
    close(way[0]);
    waitpid(child, NULL, 0);
    return got == (ssize_t)sizeof *o && o->why[0] == '\0';
}

/* ---- tables ---- */

static void runs_head(void)
{
    printf("%-15s %-23s %-17s %8s %8s %8s %9s %8s %9s %9s %9s %10s %6s\n", "design", "work", "mapping", "choice s",
           "CPU s", "wall s", "no leaps", "gain", "events", "simulated", "fewer", "latency s", "MB");
}

static const char *work_name(const struct work *work, char text[TEXT])
{
    snprintf(text, TEXT, "%s %s %lld", work->model, work->phase,
             (long long)(work->tokens ? work->tokens : work->context));
    return text;
}

/* False if a figure that is aimed at was missed. */
static bool run_print(const char *design, const struct work *work, const struct outcome *o)
{
    double simulated = (double)(o->events - o->skipped);
    char what[TEXT], plain[32] = "-", gain[32] = "-";
    if (o->plain_s >= 0) {
        snprintf(plain, sizeof plain, "%.3f", o->plain_s);
        snprintf(gain, sizeof gain, "%.1fx", o->plain_s / o->cpu_s);
    }
    bool reached = work->wanted_s <= 0 || (o->cpu_s <= work->wanted_s && o->peak_kb < 100 * 1024);
    printf("%-15s %-23s %-17s %8.3f %8.4f %8.4f %9s %8s %9.3g %9.3g %8.1fx %10.3g %6.1f%s\n", design,
           work_name(work, what), o->mapper, o->chosen_s, o->cpu_s, o->wall_s, plain, gain, (double)o->events,
           simulated, (double)o->events / simulated, (double)o->latency * 1e-12, (double)o->peak_kb / 1024,
           reached ? "" : "  missed");
    return reached;
}

static bool runs_table(const char *only_design, const char *only_model)
{
    struct fl_arena arena = { 0 };
    bool reached = true;
    runs_head();
    for (const char *const *design = fl_design_names(&arena); *design != NULL; design++)
        for (int w = 0; w < WORKS; w++) {
            struct outcome o;
            char what[TEXT];
            if ((only_design != NULL && strcmp(only_design, *design) != 0) ||
                (only_model != NULL && strcmp(only_model, works[w].model) != 0))
                continue;
            if (measure_apart(*design, &works[w], &o))
                reached = run_print(*design, &works[w], &o) && reached;
            else
                printf("%-15s %-23s %s\n", *design, work_name(&works[w], what), o.why);
        }
    fl_arena_free(&arena);
    return reached;
}

/* A made-up model, 2,048 wide, of as many layers. */
static void model_write(const char *path, int layers)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        fl_panic(__FILE__, __LINE__, "%s cannot be written", path);
    fprintf(file, "{ \"model_type\": \"gpt2\", \"n_embd\": 2048, \"n_head\": 16, \"n_layer\": %d, "
            "\"n_positions\": 1024, \"vocab_size\": 50257, \"activation_function\": \"gelu_new\" }\n", layers);
    fclose(file);
}

static bool growth_print(const char *what, const char *design, const struct work *one, const struct work *ten)
{
    struct outcome a, b;
    if (!measure_apart(design, one, &a) || !measure_apart(design, ten, &b))
        return printf("%-26s %-14s %s%s\n", what, design, a.why, b.why) < 0;
    double simulated[2] = { (double)(a.events - a.skipped), (double)(b.events - b.skipped) };
    printf("%-26s %-14s %8.1fx %10.3g %10.3g %7.2fx %8.4f %8.4f %7.2fx\n", what, design,
           (double)b.events / (double)a.events, simulated[0], simulated[1], simulated[1] / simulated[0], a.cpu_s,
           b.cpu_s, b.cpu_s / a.cpu_s);
    return b.cpu_s < 10 * a.cpu_s;
}

static bool growth_table(void)
{
    static const char *const designs[] = { "free_space_1k", "ot_10k" };
    char folder[] = "/tmp/leaps_XXXXXX", few[64], many[64];
    bool ok = true;
    if (mkdtemp(folder) == NULL)
        return false;
    snprintf(few, sizeof few, "%s/few.json", folder);
    snprintf(many, sizeof many, "%s/many.json", folder);
    model_write(few, 24);
    model_write(many, 240);
    /* linear: steps whose weights stay in place, in memory that takes no time, are attention and nothing to recall */
    const struct { const char *what; struct work one, ten; bool linear[2]; } growth[] = {
        { "24, 240 layers", { few, "prefill", 1024, 0, 0 }, { many, "prefill", 1024, 0, 0 }, { false } },
        { "prompt of 1,024, 10,240", { "llama-3-8b", "prefill", 1024, 0, 0 },
          { "llama-3-8b", "prefill", 10240, 0, 0 }, { false } },
        { "64, 640 decode steps", { "llama-3-8b", "decode", 2048, 64, 0 },
          { "llama-3-8b", "decode", 2048, 640, 0 }, { false, true } },
    };
    printf("\n%-26s %-14s %9s %10s %10s %8s %8s %8s %8s\n", "ten times more", "design", "events", "simulated",
           "simulated", "", "CPU s", "CPU s", "");
    for (size_t g = 0; g < sizeof growth / sizeof *growth; g++)
        for (int d = 0; d < 2; d++) {
            bool less = growth_print(growth[g].what, designs[d], &growth[g].one, &growth[g].ten);
            ok = ok && (less || growth[g].linear[d]);
        }
    remove(few);
    remove(many);
    rmdir(folder);
    return ok;
}

/* Wakes a second of the run without leaps, the best of some: a rate, not a time to be waited for. */
static bool rate_print(void)
{
    const double wanted = 10e6;
    struct outcome o;
    double best = 0;
    for (int i = 0; i < TIMES; i++)
        if (measure_apart("free_space_1k", &works[0], &o) && (double)o.events / o.plain_s > best)
            best = (double)o.events / o.plain_s;
    printf("\n--no-leap, gpt2 on free_space_1k: %.1f M wakes a second of CPU time (wanted: %.0f M)\n", best * 1e-6,
           wanted * 1e-6);
    return best >= wanted;
}

int main(int argc, char **argv)
{
    levels_told = argc > 1;
    bool ok = runs_table(argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL);
    if (argc > 1)
        return 0;
    ok = growth_table() && ok;
    ok = rate_print() && ok;
    printf("%s\n", ok ? "all figures aimed at were reached" : "some figures aimed at were missed");
    return 0;
}
