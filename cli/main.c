/* main.c - finds the command, parses its words, runs it, and turns what went wrong into words and an exit code. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/cli.h"

/* A broken assertion has told itself on stderr; its exit code says that the fault is ours. */
static void on_abort(int number)
{
    (void)number;
    _exit(CLI_BUG);
}

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

static enum cli_status command_unknown(const char *name)
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

static enum cli_status command_run(const struct cli_command *command, int words, char **word)
{
    struct cli cli = {.command = command};
    bool help;
    enum cli_status status = CLI_FAULT;
    cli.line = line_of(&cli.arena, words, word);
    if (cli_parse(&cli, words - 2, word + 2, &help)) {
        if (help) {
            cli_help_command(command, stdout);
            status = CLI_OK;
        } else {
            status = command->run(&cli);
        }
    }
    fputs(fl_err_text(&cli.err), stderr);
    cli_free(&cli);
    return status;
}

static enum cli_status dispatch(int words, char **word)
{
    if (words < 2) {
        cli_help(stderr);
        return CLI_FAULT;
    }
    if (strcmp(word[1], "--help") == 0 || strcmp(word[1], "-h") == 0) {
        cli_help(stdout);
        return CLI_OK;
    }
    if (strcmp(word[1], "--version") == 0 || strcmp(word[1], "-V") == 0) {
        printf("fanlight %s\n", fanlight_version());
        return CLI_OK;
    }
    const struct cli_command *command = cli_command_find(word[1]);
    return command != NULL ? command_run(command, words, word) : command_unknown(word[1]);
}

int main(int words, char **word)
{
    signal(SIGABRT, on_abort);
    enum cli_status status = dispatch(words, word);
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "standard output: %s\n", errno != 0 ? strerror(errno) : "cannot be written");
        status = status != CLI_OK ? status : CLI_FAULT;
    }
    return (int)status;
}
