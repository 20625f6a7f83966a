/* main.c - finds the command, parses its words, runs it, and turns what went wrong into words and an exit code. */
#include <errno.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/cluster.h"

/* The command line as one text, words that a shell would split in quotes. */
static const char *line_of(struct fl_arena *arena, int words, char **word)
{
    const char *line = "fanlight";
    for (int i = 1; i < words; i++) {
        bool plain = word[i][0] != '\0' && strpbrk(word[i], " \t\n\"'\\$`|&;<>()*?[]#~!{}") == NULL;
        line = fl_arena_format(arena, plain ? "%s %s" : "%s '%s'", line, word[i]);
    }
    return line;
}

static int command_unknown(const char *name)
{
    const char *known[64];
    size_t count = 0;
    while (cli_commands[count] != NULL && count < sizeof known / sizeof *known) {
        known[count] = cli_commands[count]->name;
        count++;
    }
    const char *near = fl_nearest(name, known, count);
    if (near != NULL)
        fprintf(stderr, "fanlight: no command \"%s\"; did you mean \"%s\"?\n", name, near);
    else
        fprintf(stderr, "fanlight: no command \"%s\"; `fanlight --help` shows them all\n", name);
    return CLI_FAULT;
}

/* Is this the only process that does the command's work? The first of several says no; the others are silent. */
static bool alone(struct cli *cli)
{
    struct fl_cluster started = fl_cluster_started();
    if (started.ranks < 2 || cli->command->parallel)
        return true;
    if (started.rank == 0)
        fl_fail(&cli->err, "mpirun", "%d processes would each do all of `fanlight %s`: start it once, without mpirun. "
                "Only `sweep` is parallel", started.ranks, cli->command->name);
    return false;
}

struct call { struct cli cli; int words; char **word; enum cli_status status; };

static bool command_call(void *context, struct fl_err *err)
{
    struct call *call = context;
    struct cli *cli = &call->cli;
    bool help;
    (void)err;
    cli->line = line_of(&cli->arena, call->words, call->word);
    if (!cli_parse(cli, call->words - 2, call->word + 2, &help))
        return false;
    if (help)
        cli_help_command(cli->command, stdout);
    call->status = help || !alone(cli) ? CLI_OK : cli->command->run(cli);
    return true;
}

/* A fault graver than the user's is the exit code, whatever the command made of it. */
static int command_run(const struct cli_command *command, int words, char **word)
{
    struct call call = {.cli = {.command = command, .commands = cli_commands}, .words = words, .word = word,
                        .status = CLI_FAULT};
    struct fl_err ended = {0};
    fl_guard_keeping(command_call, &call, NULL, &ended);
    fl_err_take(&call.cli.err, &ended);
    fputs(fl_err_text(&call.cli.err), stderr);
    int status = (int)call.status > (int)call.cli.err.code ? (int)call.status : (int)call.cli.err.code;
    cli_free(&call.cli);
    return status;
}

static int dispatch(int words, char **word)
{
    if (words < 2) {
        cli_help(cli_commands, stderr);
        return CLI_FAULT;
    }
    if (strcmp(word[1], "--help") == 0 || strcmp(word[1], "-h") == 0) {
        cli_help(cli_commands, stdout);
        return CLI_OK;
    }
    if (strcmp(word[1], "--version") == 0 || strcmp(word[1], "-V") == 0) {
        printf("fanlight %s\n", fanlight_version());
        return CLI_OK;
    }
    const struct cli_command *command = cli_command_find(cli_commands, word[1]);
    return command != NULL ? command_run(command, words, word) : command_unknown(word[1]);
}

int main(int words, char **word)
{
    int status = dispatch(words, word);
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "standard output: %s\n", errno != 0 ? strerror(errno) : "cannot be written");
        status = status != CLI_OK ? status : CLI_FAULT;
    }
    return status;
}
