/* cmd_help.c - fanlight help: all commands, one command, the man page, completion, the schema. */
#include "cli/cli.h"

static enum cli_status help_run(struct cli *cli)
{
    if (cli_flag(cli, "man")) {
        cli_man_page(cli->commands, stdout);
    } else if (cli_flag(cli, "bash")) {
        cli_bash_completion(cli->commands, stdout);
    } else if (cli_flag(cli, "schema")) {
        fl_schema_write(stdout);
    } else if (cli->operands == 0) {
        cli_help(cli->commands, stdout);
    } else {
        const struct cli_command *command = cli_command_find(cli->commands, cli->operand[0]);
        if (command == NULL) {
            fl_fail(&cli->err, "fanlight help", "no command \"%s\"; `fanlight help` shows them all", cli->operand[0]);
            return CLI_FAULT;
        }
        cli_help_command(command, stdout);
    }
    return CLI_OK;
}

static const struct cli_option own[] = {
    {.name = "man", .meaning = "write the man page"},
    {.name = "bash", .meaning = "write completion for bash"},
    {.name = "schema", .meaning = "write the SQL that makes a database of results"},
    {0},
};

const struct cli_command cli_helper = {
    .name = "help", .summary = "help on a command; the man page; completion for bash; the schema",
    .operands = "[COMMAND]", .operands_most = 1, .options = {own}, .run = help_run,
};
