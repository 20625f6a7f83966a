/* cmd_trace.c - fanlight trace: the work that a run would simulate, as text. */
#include "cli/cli.h"

/* The trace of exactly one of --model, --trace, --gemm-csv. */
static bool trace_make(struct cli *cli, struct fl_trace *trace)
{
    struct fl_workload work = cli_workload(cli);
    const char *model = cli_text(cli, "model"), *file = cli_text(cli, "trace"), *csv = cli_text(cli, "gemm-csv");
    if ((model != NULL) + (file != NULL) + (csv != NULL) != 1)
        return fl_fail(&cli->err, "fanlight trace", "give one of --model, --trace or --gemm-csv");
    if (csv != NULL)
        return fl_trace_from_gemm_csv(trace, csv, &cli->err) && fl_trace_train_this(trace, &work, csv, &cli->err);
    if (file != NULL)
        return fl_trace_read_file(trace, file, &cli->err) && fl_trace_train_this(trace, &work, file, &cli->err);
    return fl_trace_from_model(trace, model, &work, &cli->err);
}

static enum cli_status trace_run(struct cli *cli)
{
    struct fl_trace trace = {0};
    struct fl_file file;
    if (!trace_make(cli, &trace))
        return CLI_FAULT;
    bool ok = cli_file_make(cli, &file, cli_text(cli, "output"));
    if (ok) {
        fl_trace_write(&trace, file.stream);
        ok = cli_file_done(cli, &file);
    }
    if (ok && trace.note != NULL)
        fprintf(stderr, "note: %s\n", trace.note);
    fl_trace_free(&trace);
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "gemm-csv", .value = "FILE", .meaning = "matrix products as other simulators list them: Layer,M,N,K"},
    {.name = "output", .value = "FILE", .letter = 'o',
     .meaning = "where the trace is written (preset: standard output)"},
    {0},
};

const struct cli_command cli_trace = {
    .name = "trace", .summary = "writes the operator trace that a run would simulate; `fanlight run --trace` reads it",
    .usage = "(--model NAME|config.json [options] | --gemm-csv FILE) [-o FILE]",
    .details = "The text form: docs/trace.md.\n",
    .options = {cli_work_options, own}, .run = trace_run,
};
