/* cmd_need.c - fanlight need: what a stored run's prices would have to be. */
#include <math.h>
#include <stdlib.h>

#include "cli/cli.h"

static enum cli_status need_run(struct cli *cli)
{
    struct fl_db *db;
    char *end;
    const char *text = cli_text(cli, "advantage");
    double advantage = strtod(text, &end);
    if (*end == 'x')
        end++;
    if (end == text || *end != '\0' || !isfinite(advantage) || !(advantage > 0)) {
        fl_fail(&cli->err, "fanlight need", "--advantage wants a number above 0, such as 8000, not \"%s\"", text);
        return CLI_FAULT;
    }
    if (!cli_db_open(cli, &db))
        return CLI_FAULT;
    int64_t run = cli_count(cli, "run", 0);
    bool ok = (run != 0 || fl_db_last_run(db, &run, &cli->err)) &&
              fl_report_need(db, run, advantage, cli_format(cli), stdout, &cli->err);
    fl_db_close(db);
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "advantage", .value = "X", .required = true,
     .meaning = "wanted energy advantage over " FL_DIGITAL_TEXT " fJ a MAC, the digital baseline of arXiv:2302.10360"},
    {0},
};

const struct cli_command cli_need = {
    .name = "need", .summary = "tells which price of a stored run decides, and what value of it reaches an advantage",
    .usage = "--db FILE [--run N] --advantage X [--json] [--csv]",
    .options = {cli_db_options, cli_run_options, own, cli_output_options}, .run = need_run,
};
