/* cmd_merge.c - fanlight merge: several databases into one. */
#include "cli/cli.h"

static enum cli_status merge_run(struct cli *cli)
{
    int64_t runs;
    const char *out = cli->operand[0];
    if (!fl_db_merge(out, cli->operand + 1, cli->operands - 1, &runs, &cli->err))
        return CLI_FAULT;
    if (!cli_flag(cli, "quiet"))
        printf("%s holds %lld runs.\n", out, (long long)runs);
    return CLI_OK;
}

const struct cli_command cli_merge = {
    .name = "merge", .summary = "joins databases: shards of a sweep become the whole again, other runs get new numbers",
    .operands = "OUT.db IN.db...", .operands_least = 2, .operands_most = 100000,
    .details = "OUT.db is made if missing and appended to if not. Parts of one sweep are told by their content; a\n"
               "point that several parts have is taken once, and so is a run that was merged before. If it\n"
               "stops, a part is in whole or not at all.\n",
    .options = {cli_quiet_options}, .run = merge_run,
};
