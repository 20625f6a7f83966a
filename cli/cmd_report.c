/* cmd_report.c - fanlight report: one stored run on one page. */
#include "cli/cli.h"

static enum cli_status report_run(struct cli *cli)
{
    struct fl_db *db;
    if (!cli_db_open(cli, &db))
        return CLI_FAULT;
    int64_t run = cli_count(cli, "run", 0);
    bool ok = (run != 0 || fl_db_last_run(db, &run, &cli->err)) &&
              fl_report(db, run, cli_text(cli, "by"), cli_format(cli), stdout, &cli->err);
    fl_db_close(db);
    return ok ? CLI_OK : CLI_FAULT;
}

static const char *const parts[] = {"component", "layer", "operator", "unit", "leap", NULL};
static const struct cli_option own[] = {
    {.name = "by", .value = "WHAT", .choices = parts,
     .meaning = "component, layer, operator, unit or leap: that part only, in full "
                "(preset: summary and the usual parts)"},
    {0},
};

const struct cli_command cli_report = {
    .name = "report", .summary = "tells where the time and the joules of a stored run went",
    .usage = "--db FILE [--run N] [--by component|layer|operator|unit|leap] [--json] [--csv]",
    .details = "CSV without --by is the summary alone.\n",
    .options = {cli_db_options, cli_run_options, own, cli_output_options}, .run = report_run,
};
