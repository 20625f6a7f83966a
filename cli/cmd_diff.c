/* cmd_diff.c - fanlight diff: two stored runs side by side. */
#include <errno.h>
#include <stdlib.h>

#include "cli/cli.h"

static bool run_number(struct cli *cli, const char *word, int64_t *run)
{
    char *end;
    errno = 0;
    *run = strtoll(word, &end, 10);
    return (errno == 0 && end != word && *end == '\0' && *run > 0) ||
           fl_fail(&cli->err, "fanlight diff", "\"%s\" is no number of a run; `fanlight query \"select run, design, "
                   "model from run\"` shows them", word);
}

static enum cli_status diff_run(struct cli *cli)
{
    struct fl_db *db;
    int64_t a, b;
    if (!run_number(cli, cli->operand[0], &a) || !run_number(cli, cli->operand[1], &b) || !cli_db_open(cli, &db))
        return CLI_FAULT;
    bool ok = fl_report_diff(db, a, b, cli_format(cli), stdout, &cli->err);
    fl_db_close(db);
    return ok ? CLI_OK : CLI_FAULT;
}

const struct cli_command cli_diff = {
    .name = "diff", .summary = "sets two stored runs side by side: what changed in time and energy, largest first",
    .operands = "A B", .operands_least = 2, .operands_most = 2, .usage = "--db FILE A B [--json] [--csv]",
    .options = {cli_db_options, cli_output_options}, .run = diff_run,
};
