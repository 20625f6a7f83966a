/* cmd_run.c - fanlight run: simulate, store, report. */
#include <stdint.h>
#include <string.h>

#include "api/rivals.h"
#include "cli/cli.h"

/* A file that the run is written to, if its option is given: made before the simulation, so that it is told before
 * and not after if it cannot be. */
struct extra {
    const char *option;
    bool (*write)(const struct fl_result *result, FILE *out, struct fl_err *err);
    struct fl_file file;
};
enum { EXTRAS = 2 };

static bool extras_make(struct cli *cli, struct extra extra[EXTRAS])
{
    bool ok = true;
    for (int i = 0; i < EXTRAS; i++)
        if (cli_text(cli, extra[i].option) != NULL)
            ok = cli_file_make(cli, &extra[i].file, cli_text(cli, extra[i].option)) && ok;
    return ok;
}

/* Without a result nothing appears. */
static bool extras_write(struct cli *cli, struct extra extra[EXTRAS], const struct fl_result *result)
{
    bool ok = true;
    for (int i = 0; i < EXTRAS; i++) {
        if (extra[i].file.stream == NULL)
            continue;
        bool written = result != NULL && extra[i].write(result, extra[i].file.stream, &cli->err);
        if (written)
            ok = cli_file_done(cli, &extra[i].file) && ok;
        else
            cli_file_drop(&extra[i].file);
        ok = ok && (written || result == NULL);
    }
    return ok;
}

/* What the run came to, for what it is held against. */
struct outcome {
    int64_t number;
    struct fl_summary sum;
};

static const char *si(struct cli *cli, double value, const char *unit)
{
    char buffer[FL_SI_BYTES];
    return fl_arena_text(&cli->arena, fl_si(buffer, value, unit));
}

/* A mapping that was asked for, beside the one that auto finds. */
static bool auto_tell(struct cli *cli, const struct fl_request *request, const struct fl_summary *ours)
{
    struct fl_request ask = *request;
    struct fl_rival better;
    if (ask.mapper == NULL || strcmp(ask.mapper, "auto") == 0 || strcmp(ask.mapper, "search") == 0)
        return true;
    ask.mapper = "auto";
    if (!fl_rival_run(&better, &ask, NULL, NULL, &cli->arena, &cli->err))
        return false;
    bool joules = ask.objective != NULL && strcmp(ask.objective, "energy") == 0;
    double gain = joules ? ours->energy_j / better.sum.energy_j : ours->latency_s / better.sum.latency_s;
    if (better.why == NULL && gain > 1.01)
        printf("\nA better mapping is known: %s and %s, %.3g times less %s, with `--map auto` instead of `--map %s`.\n",
               si(cli, better.sum.latency_s, "s"), si(cli, better.sum.energy_j, "J"), gain, joules ? "energy" : "time",
               request->mapper);
    return true;
}

/* The same work on digital machines, in one line. */
static bool opponents_tell(struct cli *cli, const struct fl_request *request, const struct fl_summary *ours)
{
    struct fl_request ask = *request;
    const char *separator = "\nThe same work on digital machines: ";
    ask.mapper = NULL;
    ask.sets = 0;
    for (const struct fl_opponent *o = fl_opponents; o->design != NULL; o++) {
        struct fl_rival rival;
        if (!fl_rival_run(&rival, &ask, o->design, NULL, &cli->arena, &cli->err))
            return false;
        if (rival.why != NULL)
            printf("%s%s (%s) cannot (%s)", separator, o->design, o->bits, rival.why);
        else
            printf("%s%s (%s) %s, %s, %.3g times the energy", separator, o->design, o->bits,
                   si(cli, rival.sum.latency_s, "s"), si(cli, rival.sum.energy_j, "J"),
                   rival.sum.energy_j / ours->energy_j);
        separator = "; ";
    }
    puts(".");
    return true;
}

/* What a run of optical cores is held against. */
static bool held_against(struct cli *cli, const struct fl_summary *ours)
{
    struct fl_request ask = cli_request(cli);
    return auto_tell(cli, &ask, ours) && (!(ours->peak_macs_per_s > 0) || opponents_tell(cli, &ask, ours));
}

/* Simulates and stores; the result's memory is given back before the report reads the rows. */
static bool simulate(struct cli *cli, const char *path, struct outcome *outcome)
{
    struct fl_request ask = cli_request(cli);
    struct fl_result *result = NULL;
    struct cli_progress progress = cli_progress_start("operators");
    ask.label = cli_text(cli, "label");
    ask.inferences = cli_count(cli, "inferences", 0);
    ask.no_leap = cli_flag(cli, "no-leap");
    if (!cli_flag(cli, "quiet")) {
        ask.progress = cli_progress_step;
        ask.context = &progress;
    }
    struct extra extra[EXTRAS] = {{.option = "write-map", .write = fanlight_write_mapping},
                                  {.option = "timeline", .write = fanlight_timeline}};
    bool ok = extras_make(cli, extra) && fanlight_run(&ask, &result, &cli->err);
    cli_progress_end(&progress);
    if (ok && fanlight_notes(result) != NULL)
        fprintf(stderr, "note: %s\n", fanlight_notes(result));
    ok = extras_write(cli, extra, ok ? result : NULL) && ok && fanlight_summary(result, &outcome->sum, &cli->err) &&
         fanlight_store(result, path, &outcome->number, &cli->err);
    fanlight_free(result);
    return ok;
}

static enum cli_status run_run(struct cli *cli)
{
    const char *path = cli_db_path(cli);
    enum fl_format format = cli_format(cli);
    struct fl_db *db;
    struct outcome outcome;
    if ((cli_text(cli, "model") != NULL) == (cli_text(cli, "trace") != NULL)) {
        fl_fail(&cli->err, "fanlight run", "give a model (--model NAME) or a trace (--trace FILE)");
        return CLI_FAULT;
    }
    /* A database that cannot take the run is told before the simulation, not after. */
    if (!fl_db_check(path, &cli->err) || !simulate(cli, path, &outcome))
        return CLI_FAULT;
    if (cli_flag(cli, "quiet"))
        return CLI_OK;
    if (!fl_db_open_readonly(&db, path, &cli->err))
        return CLI_FAULT;
    bool ok = fl_report(db, outcome.number, NULL, format, stdout, &cli->err);
    fl_db_close(db);
    if (ok && format == FL_TABLE)
        ok = held_against(cli, &outcome.sum);
    fprintf(format == FL_TABLE ? stdout : stderr, "%sStored as run %lld in %s.\n", format == FL_TABLE ? "\n" : "",
            (long long)outcome.number, path);
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "inferences", .value = "K", .least = 1, .most = INT64_MAX,
     .meaning = "share the energy of loading what stays over K inferences (preset: leave it out)"},
    {.name = "no-leap", .meaning = "simulate every event instead of leaping over exact repetitions; same rows, slower"},
    {.name = "write-map", .value = "FILE",
     .meaning = "write how the work was laid out, as a mapping file that --map reads"},
    {.name = "timeline", .value = "FILE",
     .meaning = "write a trace for chrome://tracing or ui.perfetto.dev: units as tracks, operators as slices"},
    {.name = "label", .value = "TEXT", .meaning = "stored with the run"},
    {0},
};

const struct cli_command cli_run = {
    .name = "run", .summary = "simulates a model on a machine, stores the run in a database and reports it",
    .usage = "--design NAME|FILE.cfg (--model NAME|config.json | --trace FILE) [options]",
    .options = {cli_machine_options, cli_work_options, own, cli_db_options, cli_output_options, cli_quiet_options},
    .run = run_run,
};
