/* help.c - help, the man page and the shell's completion, all from the tables of commands. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { WIDTH = 100 };

static const char about[] = "Simulates optical Transformer accelerators: where the time and the joules go, "
                            "as rows in SQLite.";

/* Words of a text in lines of at most `width`, each line after the first begun by `indent` spaces. */
static void wrapped(const char *text, int at, int indent, FILE *out)
{
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (at > indent && at + 1 + length > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", length, text);
        at += length;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static const char *spelled(struct fl_arena *arena, const struct cli_option *option)
{
    const char *letter = option->letter != '\0' ? fl_arena_format(arena, "-%c, ", option->letter) : "";
    return fl_arena_format(arena, "%s--%s%s%s", letter, option->name, option->value != NULL ? " " : "",
                           option->value != NULL ? option->value : "");
}

void cli_help(const struct cli_command *const *commands, FILE *out)
{
    fprintf(out, "usage: fanlight COMMAND [options]\n\n%s\n\nCommands:\n", about);
    struct fl_table table = {.indent = 2};
    fl_table_head(&table, "<", "<", NULL);
    for (size_t i = 0; commands[i] != NULL; i++)
        fl_table_row(&table, commands[i]->name, commands[i]->summary, NULL);
    fl_table_print(&table, out);
    fl_table_free(&table);
    fputs("\n`fanlight COMMAND --help` tells more; `fanlight --version` names the version.\n"
          "Exit codes: 0 all is well, 1 something in the input is wrong, 2 a result breaks its own law, 70 a bug in "
          "fanlight.\n",
          out);
}

static void usage_line(const struct cli_command *command, FILE *out)
{
    fprintf(out, "fanlight %s", command->name);
    if (command->usage != NULL) {
        fprintf(out, " %s", command->usage);
        return;
    }
    for (size_t group = 0; group < sizeof command->options / sizeof *command->options; group++)
        for (const struct cli_option *o = command->options[group]; o != NULL && o->name != NULL; o++) {
            const char *value = o->value != NULL ? o->value : "";
            fprintf(out, o->required ? " --%s%s%s" : " [--%s%s%s]", o->name, *value != '\0' ? " " : "", value);
        }
    if (command->operands != NULL)
        fprintf(out, " %s", command->operands);
}

/* The details of a command and the list that belongs to them. */
static const char *details_text(struct fl_arena *arena, const struct cli_command *command)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    fl_assert(out != NULL);
    fputs(command->details != NULL ? command->details : "", out);
    if (command->list != NULL) {
        struct fl_table table = {.indent = 2};
        fl_table_head(&table, "<", "<", NULL);
        command->list(&table);
        fl_table_print(&table, out);
        fl_table_free(&table);
    }
    fclose(out);
    const char *kept = fl_arena_text(arena, text);
    free(text);
    return kept;
}

void cli_help_command(const struct cli_command *command, FILE *out)
{
    enum { COLUMN = 28 };
    struct fl_arena arena = {0};
    fputs("usage: ", out);
    usage_line(command, out);
    fputs("\n\n", out);
    wrapped(command->summary, 0, 0, out);
    if (command->details != NULL || command->list != NULL)
        fprintf(out, "\n%s", details_text(&arena, command));
    fputs("\nOptions:\n", out);
    for (size_t group = 0; group < sizeof command->options / sizeof *command->options; group++)
        for (const struct cli_option *o = command->options[group]; o != NULL && o->name != NULL; o++) {
            int length = fprintf(out, "  %s", spelled(&arena, o));
            if (length < COLUMN - 1)
                fprintf(out, "%*s", COLUMN - length, "");
            else
                fprintf(out, "\n%*s", COLUMN, "");
            wrapped(o->meaning, COLUMN, COLUMN, out);
        }
    fprintf(out, "  %-*s%s\n", COLUMN - 2, "-h, --help", "show this");
    fl_arena_free(&arena);
}

/* ---- the man page ---- */

/* Text as troff wants it: backslashes and hyphens spelled out, no line begun by a dot. */
static void troff(const char *text, FILE *out)
{
    for (; *text != '\0'; text++)
        if (*text == '\\')
            fputs("\\\\", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
}

static void man_command(const struct cli_command *command, FILE *out)
{
    struct fl_arena arena = {0};
    fprintf(out, ".SS ");
    troff(command->name, out);
    fputs("\n", out);
    troff(command->summary, out);
    fputs(".\n", out);
    if (command->details != NULL || command->list != NULL) {
        fputs(".PP\n.nf\n", out);
        troff(details_text(&arena, command), out);
        fputs(".fi\n", out);
    }
    for (size_t group = 0; group < sizeof command->options / sizeof *command->options; group++)
        for (const struct cli_option *o = command->options[group]; o != NULL && o->name != NULL; o++) {
            fputs(".TP\n.B ", out);
            troff(spelled(&arena, o), out);
            fputs("\n", out);
            troff(o->meaning, out);
            fputs("\n", out);
        }
    fl_arena_free(&arena);
}

void cli_man_page(const struct cli_command *const *commands, FILE *out)
{
    fprintf(out, ".TH FANLIGHT 1 \"\" \"fanlight %s\" \"User Commands\"\n.SH NAME\nfanlight \\- simulator of optical "
                 "Transformer accelerators\n.SH SYNOPSIS\n.B fanlight\n.I command\n.RI [ options ]\n.SH DESCRIPTION\n",
            fanlight_version());
    troff(about, out);
    fputs("\n.SH COMMANDS\n", out);
    for (size_t i = 0; commands[i] != NULL; i++)
        man_command(commands[i], out);
    fputs(".SH EXIT STATUS\n0: all is well; 1: something in the input is wrong; 2: a law is broken; 70: a bug.\n"
          ".SH ENVIRONMENT\n.TP\n.B FL_DESIGNS, FL_DEVICES, FL_MODELS\nFolders of machines, memory devices and models, "
          "instead of those installed.\n", out);
}

/* ---- completion in bash ---- */

static void completion_words(const struct cli_command *command, FILE *out)
{
    for (size_t group = 0; group < sizeof command->options / sizeof *command->options; group++)
        for (const struct cli_option *o = command->options[group]; o != NULL && o->name != NULL; o++)
            fprintf(out, " --%s", o->name);
}

/* Options whose values are known, each once: the same name means the same in every command. */
static void completion_choices(const struct cli_command *const *commands, FILE *out)
{
    for (size_t i = 0; commands[i] != NULL; i++)
        for (size_t group = 0; group < sizeof commands[i]->options / sizeof *commands[i]->options; group++)
            for (const struct cli_option *o = commands[i]->options[group]; o != NULL && o->name != NULL; o++) {
                if (o->choices == NULL)
                    continue;
                fprintf(out, "    %s:--%s) words=\"", commands[i]->name, o->name);
                for (size_t j = 0; o->choices[j] != NULL; j++)
                    fprintf(out, "%s%s", j > 0 ? " " : "", o->choices[j]);
                fputs("\" ;;\n", out);
            }
}

void cli_bash_completion(const struct cli_command *const *commands, FILE *out)
{
    fputs("# bash completion for fanlight, made by `fanlight help --bash`\n"
          "_fanlight()\n{\n"
          "    local now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} words=\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"", out);
    for (size_t i = 0; commands[i] != NULL; i++)
        fprintf(out, "%s%s", i > 0 ? " " : "", commands[i]->name);
    fputs(" --help --version\"\n        COMPREPLY=($(compgen -W \"$words\" -- \"$now\"))\n        return\n    fi\n"
          "    case \"$command:$before\" in\n"
          "    *:--design) words=$(fanlight list designs --csv 2>/dev/null | sed '1d;s/,.*//') ;;\n"
          "    *:--model) words=$(fanlight list models --csv 2>/dev/null | sed '1d;s/,.*//') ;;\n"
          "    *:--map) words=$(fanlight list mappers --csv 2>/dev/null | sed '1d;s/,.*//') ;;\n", out);
    completion_choices(commands, out);
    fputs("    esac\n    if [ -z \"$words\" ] && [[ $now == -* ]]; then\n        case \"$command\" in\n", out);
    for (size_t i = 0; commands[i] != NULL; i++) {
        fprintf(out, "        %s) words=\"--help", commands[i]->name);
        completion_words(commands[i], out);
        fputs("\" ;;\n", out);
    }
    fputs("        esac\n    fi\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$now\"))\n"
          "    [ -n \"$words\" ] || COMPREPLY=($(compgen -f -- \"$now\"))\n"
          "}\ncomplete -o filenames -F _fanlight fanlight\n", out);
}

const struct cli_command *cli_command_find(const struct cli_command *const *commands, const char *name)
{
    for (const struct cli_command *const *command = commands; *command != NULL; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}
