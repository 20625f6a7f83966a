/* cmd_sweep.c - fanlight sweep: many designs, simulated side by side, into one database. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/cluster.h"

/* Ctrl-C lets points in flight finish; a second one ends the program. Signals know no other way than a global. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    interrupted = 1;
    signal(number, SIG_DFL);
}

static bool stop(void *context)
{
    (void)context;
    return interrupted != 0;
}

static void progress_show(void *context, const struct fl_sweep_progress *p)
{
    ((struct cli_progress *)context)->before = p->before;
    cli_progress_step(context, p->done, p->points);
}

/* "2/4": the second of four shards is number 1 of 0 to 3 inside. SLURM counts array tasks from what its user chose. */
static bool shard_read(struct cli *cli, struct fl_sweep_options *options)
{
    const char *text = cli_text(cli, "shard"), *task = getenv("SLURM_ARRAY_TASK_ID");
    const char *count = getenv("SLURM_ARRAY_TASK_COUNT"), *least = getenv("SLURM_ARRAY_TASK_MIN");
    long long i = 1, n = 1;
    char end;
    if (text != NULL && (sscanf(text, "%lld/%lld%c", &i, &n, &end) != 2 || n < 1 || i < 1 || i > n))
        return fl_fail(&cli->err, "--shard", "\"%s\" is not of the form I/N, with I from 1 to N", text);
    if (text == NULL && (task == NULL || count == NULL))
        return true;
    if (text == NULL) {
        i = strtoll(task, NULL, 10) - (least != NULL ? strtoll(least, NULL, 10) : 0) + 1;
        n = strtoll(count, NULL, 10);
        if (n < 1 || i < 1 || i > n)
            return fl_fail(&cli->err, "SLURM_ARRAY_TASK_ID",
                           "task %s of %s: array tasks must be consecutive; or give --shard",
                           task, count);
    }
    options->shard = i - 1;
    options->shards = n;
    return true;
}

static void told(const struct fl_sweep *sweep, const struct fl_sweep_options *options,
                 const struct fl_sweep_progress *p)
{
    int64_t now = p->simulated + p->shared + p->failed + p->excluded;
    printf("Sweep %s: %lld of %lld points in %s", sweep->name, (long long)p->done, (long long)p->points, options->db);
    if (p->before > 0)
        printf(" (%lld were there)", (long long)p->before);
    printf(".\n%lld simulated, %lld equal to others, %lld excluded, %lld failed", (long long)p->simulated,
           (long long)p->shared, (long long)p->excluded, (long long)p->failed);
    if (now > 0 && p->seconds > 0)
        printf(", in %.1f s: %.1f points/s", p->seconds, (double)now / p->seconds);
    printf(".\n");
    if (p->failed > 0)
        printf("Why points failed: fanlight query --db %s \"select error, count(*) from run where error is not null "
               "group by error\"\n", options->db);
}

static bool note_tell(void *context, const char *const *value, int columns)
{
    (void)context;
    (void)columns;
    fprintf(stderr, "note: %s of %s points: %s\n", value[1], value[2], value[0]);
    return true;
}

/* What the reports of this sweep's points must say, each note once with the number of points that have it. */
static bool notes_tell(struct cli *cli, const struct fl_sweep *sweep, const struct fl_sweep_options *options)
{
    static const char sql[] =
        "with mine as (select r.notes from sweep_point p join run r using (run) where r.error is null and p.sweep = "
        "(select sweep from sweep where identity = ?2)) "
        "select notes, count(*), (select count(*) from mine) from mine where notes is not null "
        "group by notes order by count(*) desc, notes limit 20";
    char identity[FL_SWEEP_IDENTITY];
    struct fl_db *db;
    fl_sweep_identity(sweep, options->by_operator, identity);
    if (!fl_db_open_readonly(&db, options->db, &cli->err))
        return false;
    bool ok = fl_db_each(db, sql, 0, identity, note_tell, NULL, &cli->err);
    fl_db_close(db);
    return ok;
}

/* False also if it was stopped: what follows in a script should not take it for done. */
static bool sweep_all(struct cli *cli, const struct fl_cluster *cluster, const struct fl_sweep *sweep,
                      struct fl_sweep_options *options)
{
    struct cli_progress bar = cli_progress_start("points");
    struct fl_sweep_progress progress;
    bool tells = cluster->rank == 0 && !cli_flag(cli, "quiet");
    if (tells) {
        options->progress = progress_show;
        options->context = &bar;
    }
    options->stop = stop;
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    bool ok = fl_cluster_run(cluster, sweep, options, &progress, &cli->err);
    cli_progress_end(&bar);
    if (ok && tells)
        told(sweep, options, &progress);
    if (ok && cluster->rank == 0)
        ok = notes_tell(cli, sweep, options);
    if (ok && cluster->rank == 0 && progress.done < progress.points)
        ok = fl_fail(&cli->err, options->db, "stopped at %lld of %lld points; the same command with --resume goes on",
                     (long long)progress.done, (long long)progress.points);
    return ok;
}

static bool sweep_by_all(struct cli *cli, const struct fl_cluster *cluster)
{
    struct fl_sweep sweep;
    struct fl_sweep_options options = {
        .db = cli_db_path(cli), .jobs = (int)cli_count(cli, "jobs", 0), .resume = cli_flag(cli, "resume"),
        .by_operator = cli_text(cli, "detail") != NULL && strcmp(cli_text(cli, "detail"), "operator") == 0,
        .command = cli->line};
    bool read = shard_read(cli, &options) && fl_sweep_read(&sweep, cli->operand[0], &cli->err);
    bool ok = fl_cluster_agree(cluster, read, &cli->err) && sweep_all(cli, cluster, &sweep, &options);
    if (read)
        fl_sweep_free(&sweep);
    return ok;
}

static enum cli_status sweep_run(struct cli *cli)
{
    struct fl_cluster cluster;
    if (!fl_cluster_join(&cluster, &cli->err))
        return CLI_FAULT;
    bool ok = sweep_by_all(cli, &cluster);
    /* What rank 0 tells, it alone fails for: mpirun would end it before it has spoken. */
    ok |= cluster.rank > 0 && cli->err.faults == 0;
    fl_cluster_leave(&cluster);
    return ok ? CLI_OK : CLI_FAULT;
}

static const char *const details[] = {"run", "operator", NULL};
static const struct cli_option own[] = {
    {.name = "jobs", .value = "N", .least = 1, .most = 1024, .letter = 'j',
     .meaning = "threads (preset: one a processor)"},
    {.name = "resume",
     .meaning = "go on with a sweep that was stopped or killed; ends with the rows of one that was not"},
    {.name = "shard", .value = "I/N",
     .meaning = "do only every Nth point, from the Ith on (preset: the task of a SLURM "
                                                 "array job, or all); `fanlight merge` joins the databases"},
    {.name = "detail", .value = "WHAT", .choices = details,
     .meaning = "tallies summed over the run (preset), or operator by operator"},
    {0},
};

const struct cli_command cli_sweep = {
    .name = "sweep", .summary = "simulates many designs side by side, by a file that says what varies",
    .operands = "SWEEP.cfg", .operands_least = 1, .operands_most = 1, .parallel = true,
    .usage = "SWEEP.cfg --db FILE [--jobs N] [--resume] [--shard I/N] [--detail operator]",
    .details = "On a cluster: mpirun -n N fanlight sweep ..., if built with --with-mpi; else --shard and merge.\n"
               "docs/sweep.md describes the file; examples/ has some. What came of it is in the views sweep_result,\n"
               "pareto, sensitivity and best_per_model: docs/cookbook.md.\n",
    .options = {own, cli_db_options, cli_quiet_options}, .run = sweep_run,
};
