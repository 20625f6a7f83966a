/* cmd_query.c - fanlight query: SQL over stored runs. */
#include "cli/cli.h"

enum { SECONDS = 600, MEBIBYTES = 4096 };

static const struct cli_option own[] = {
    {.name = "seconds", .value = "S", .least = 1, .most = 1000000000,
     .meaning = "end the query after so long (preset 600)"},
    {.name = "memory", .value = "MIB", .least = 1, .most = 1 << 24,
     .meaning = "end the query if it needs more MiB of memory (preset 4096)"},
    {0},
};

static enum cli_status query_run(struct cli *cli)
{
    struct fl_db *db;
    if (!cli_db_open(cli, &db))
        return CLI_FAULT;
    const struct fl_query_limits limits = {cli_count(cli, "seconds", SECONDS), cli_count(cli, "memory", MEBIBYTES)};
    bool ok = fl_db_query(db, cli->operand[0], &limits, cli_format(cli), stdout, &cli->err);
    fl_db_close(db);
    return ok ? CLI_OK : CLI_FAULT;
}

const struct cli_command cli_query = {
    .name = "query", .summary = "asks stored runs anything, in SQL that only reads", .operands = "\"SQL\"",
    .operands_least = 1, .operands_most = 1,
    .usage = "--db FILE \"SQL\" [--json] [--csv] [--seconds S] [--memory MIB]",
    .details = "Tables and views: docs/schema.md. For a start:\n"
               "  fanlight query \"select run, design, model, latency_s, energy_j from run_summary\"\n"
               "  fanlight query \"select component, total_j, share from energy_by_component where run = 1\"\n"
               "A table rounds to six digits; JSON and CSV have all.\n",
    .options = {own, cli_db_options, cli_output_options}, .run = query_run,
};
