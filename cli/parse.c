/* parse.c - words of the command line to checked options and operands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/cli.h"

static const struct cli_option *option_at(const struct cli_command *command, size_t number)
{
    for (size_t group = 0; group < sizeof command->options / sizeof *command->options; group++)
        for (const struct cli_option *o = command->options[group]; o != NULL && o->name != NULL; o++)
            if (number-- == 0)
                return o;
    return NULL;
}

static const struct cli_option *option_find(const struct cli_command *command, const char *name, size_t length)
{
    const struct cli_option *o;
    for (size_t i = 0; (o = option_at(command, i)) != NULL; i++)
        if (strlen(o->name) == length && memcmp(o->name, name, length) == 0)
            return o;
    return NULL;
}

static const struct cli_option *option_by_letter(const struct cli_command *command, char letter)
{
    const struct cli_option *o;
    for (size_t i = 0; (o = option_at(command, i)) != NULL; i++)
        if (o->letter == letter)
            return o;
    return NULL;
}

/* ---- faults ---- */

static const char *where(struct cli *cli)
{
    return fl_arena_format(&cli->arena, "fanlight %s", cli->command->name);
}

static void option_unknown(struct cli *cli, const char *name)
{
    const char *known[64];
    size_t count = 0;
    const struct cli_option *o;
    while ((o = option_at(cli->command, count)) != NULL && count < sizeof known / sizeof *known - 1)
        known[count++] = o->name;
    known[count++] = "help";
    const char *near = fl_nearest(name, known, count);
    if (near != NULL)
        fl_fail(&cli->err, where(cli), "no option --%s; did you mean --%s?", name, near);
    else
        fl_fail(&cli->err, where(cli), "no option --%s; `fanlight %s --help` shows them all", name, cli->command->name);
}

static void choice_check(struct cli *cli, const struct cli_option *option, const char *value)
{
    const char *list = "";
    for (size_t i = 0; option->choices[i] != NULL; i++) {
        if (strcmp(option->choices[i], value) == 0)
            return;
        list = fl_arena_listed(&cli->arena, list, option->choices[i]);
    }
    fl_fail(&cli->err, where(cli), "--%s is one of %s, not \"%s\"", option->name, list, value);
}

static void count_check(struct cli *cli, const struct cli_option *option, const char *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (end == value || *end != '\0')
        fl_fail(&cli->err, where(cli), "--%s wants a whole number, not \"%s\"", option->name, value);
    else if (errno == ERANGE || number < option->least || number > option->most)
        fl_fail(&cli->err, where(cli), "--%s is %s; it lies between %lld and %lld", option->name, value,
                (long long)option->least, (long long)option->most);
}

/* ---- words ---- */

static void option_take(struct cli *cli, const struct cli_option *option, const char *value)
{
    for (size_t i = 0; i < cli->givens && !option->many; i++)
        if (cli->given[i].option == option) {
            fl_fail(&cli->err, where(cli), "--%s is given twice", option->name);
            return;
        }
    if (option->choices != NULL)
        choice_check(cli, option, value);
    if (option->most > 0)
        count_check(cli, option, value);
    cli->given = fl_grow(cli->given, &cli->given_room, cli->givens, sizeof *cli->given);
    cli->given[cli->givens++] = (struct cli_given){option, value};
}

struct words {
    char **next;
    int left;
};

/* The value of an option that was written without "=": the next word. */
static const char *value_next(struct cli *cli, const struct cli_option *option, struct words *words)
{
    if (words->left > 0 && strncmp(*words->next, "--", 2) != 0) {
        words->left--;
        return *words->next++;
    }
    fl_fail(&cli->err, where(cli), "--%s wants a value: %s", option->name, option->value);
    return NULL;
}

static void long_option(struct cli *cli, const char *word, struct words *words)
{
    size_t length = strcspn(word, "=");
    const char *value = word[length] == '=' ? word + length + 1 : NULL;
    const struct cli_option *option = option_find(cli->command, word, length);
    if (option == NULL) {
        option_unknown(cli, fl_arena_slice(&cli->arena, word, length));
        /* A word behind it that looks like its value is not taken for an operand. */
        if (value == NULL && words->left > 0 && **words->next != '-' && cli->command->operands == NULL) {
            words->next++;
            words->left--;
        }
    } else if (option->value == NULL) {
        if (value != NULL)
            fl_fail(&cli->err, where(cli), "--%s takes no value", option->name);
        option_take(cli, option, "");
    } else {
        if (value == NULL)
            value = value_next(cli, option, words);
        if (value != NULL)
            option_take(cli, option, value);
    }
}

static void short_option(struct cli *cli, const char *word, struct words *words)
{
    const struct cli_option *option = option_by_letter(cli->command, word[1]);
    if (option == NULL)
        fl_fail(&cli->err, where(cli), "no option %s; `fanlight %s --help` shows them all", word, cli->command->name);
    else if (option->value == NULL && word[2] != '\0')
        fl_fail(&cli->err, where(cli), "-%c takes no value", word[1]);
    else if (option->value == NULL)
        option_take(cli, option, "");
    else {
        const char *value = word[2] != '\0' ? word + 2 : value_next(cli, option, words);
        if (value != NULL)
            option_take(cli, option, value);
    }
}

static void operand_take(struct cli *cli, const char *word)
{
    if ((int)cli->operands >= cli->command->operands_most)
        fl_fail(&cli->err, where(cli), "\"%s\" is one word too many; `fanlight %s --help` shows what it takes", word,
                cli->command->name);
    cli->operand = fl_grow(cli->operand, &cli->operand_room, cli->operands, sizeof *cli->operand);
    cli->operand[cli->operands++] = word;
}

/* What must be there, is it? */
static void whole_check(struct cli *cli)
{
    const struct cli_option *o;
    for (size_t i = 0; (o = option_at(cli->command, i)) != NULL; i++)
        if (o->required && cli_text(cli, o->name) == NULL)
            fl_fail(&cli->err, where(cli), "--%s %s is missing", o->name, o->value);
    if ((int)cli->operands < cli->command->operands_least)
        fl_fail(&cli->err, where(cli), "%s is missing", cli->command->operands);
}

bool cli_parse(struct cli *cli, int count, char **word, bool *help)
{
    struct words words = {word, count};
    bool options = true;
    *help = false;
    while (words.left > 0) {
        const char *next = *words.next++;
        words.left--;
        if (options && strcmp(next, "--") == 0)
            options = false;
        else if (options && (strcmp(next, "--help") == 0 || strcmp(next, "-h") == 0))
            *help = true;
        else if (options && strncmp(next, "--", 2) == 0)
            long_option(cli, next + 2, &words);
        else if (options && next[0] == '-' && next[1] != '\0')
            short_option(cli, next, &words);
        else
            operand_take(cli, next);
    }
    if (!*help && cli->err.faults == 0)
        whole_check(cli);
    return *help || cli->err.faults == 0;
}

void cli_free(struct cli *cli)
{
    fl_free(cli->given);
    fl_free(cli->operand);
    fl_arena_free(&cli->arena);
    fl_err_free(&cli->err);
}

/* ---- values ---- */

static const struct cli_option *option_known(const struct cli *cli, const char *name)
{
    const struct cli_option *option = option_find(cli->command, name, strlen(name));
    fl_assert(option != NULL);
    return option;
}

const char *cli_text(const struct cli *cli, const char *name)
{
    const struct cli_option *option = option_known(cli, name);
    for (size_t i = cli->givens; i-- > 0;)
        if (cli->given[i].option == option)
            return cli->given[i].value;
    return NULL;
}

bool cli_flag(const struct cli *cli, const char *name)
{
    return cli_text(cli, name) != NULL;
}

int64_t cli_count(const struct cli *cli, const char *name, int64_t preset)
{
    const char *text = cli_text(cli, name);
    return text != NULL ? strtoll(text, NULL, 10) : preset;
}

bool cli_real(struct cli *cli, const char *name, double least, double most, double *value)
{
    const char *text = cli_text(cli, name);
    if (text == NULL)
        return true;
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end != '\0' || !(number >= least && number <= most))
        return fl_fail(&cli->err, fl_arena_format(&cli->arena, "--%s", name),
                       "a number from %g to %g is wanted, not \"%s\"", least, most, text);
    *value = number;
    return true;
}

const char *const *cli_all(struct cli *cli, const char *name, size_t *count)
{
    const struct cli_option *option = option_known(cli, name);
    const char **all = fl_arena_array(&cli->arena, cli->givens + 1, sizeof *all);
    *count = 0;
    for (size_t i = 0; i < cli->givens; i++)
        if (cli->given[i].option == option)
            all[(*count)++] = cli->given[i].value;
    return all;
}
