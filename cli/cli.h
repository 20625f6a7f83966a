/* cli.h - what a command is.
 *
 * A command is one const table in a file of its own, cmd_*.c, and a line in commands.c.
 * From its options follow parsing, --help, the man page and the shell's completion:
 *
 *     static const struct cli_option own[] = {
 *         {.name = "run", .value = "N", .least = 1, .most = INT64_MAX, .meaning = "number of the run"},
 *         {0}};
 *     const struct cli_command cli_report = {
 *         .name = "report", .summary = "...", .options = {own, cli_output_options}, .run = report_run};
 *
 * Values are checked before the command runs; it asks for them by name. Faults go to
 * cli->err, which main prints; a command returns CLI_OK, or CLI_FAULT after a fault.
 */
#ifndef FL_CLI_H
#define FL_CLI_H

#include "api/fanlight.h"
#include "base/file.h"
#include "base/table.h"
#include "stats/stats.h"
#include "traces/trace.h"

enum cli_status { CLI_OK = 0, CLI_FAULT = 1, CLI_LAW = 2, CLI_BUG = 70 };

struct cli_option {
    const char *name;                   /* "db": --db VALUE or --db=VALUE */
    const char *value;                  /* "FILE"; NULL: a flag */
    const char *meaning;                /* one sentence without a full stop */
    const char *const *choices;         /* the value is one of these, NULL at the end; NULL: any */
    int64_t least, most;                /* most > 0: the value is a whole number between these */
    char letter;                        /* 'o': -o VALUE too */
    bool many;                          /* may be given again and again */
    bool required;
};

struct cli;
struct cli_command {
    const char *name, *summary;
    const char *operands;               /* "FILE.cfg..."; NULL: none */
    int operands_least, operands_most;
    bool parallel;                      /* several processes of one mpirun share its work */
    const char *usage;                  /* what follows the name in the first line of help; NULL: made from the table */
    const char *details;                /* more lines of help, NULL: none */
    void (*list)(struct fl_table *);    /* names and meanings to follow them, from a table elsewhere; NULL: none */
    const struct cli_option *options[6];    /* groups, each ended by a zero entry; --help belongs to all */
    enum cli_status (*run)(struct cli *cli);
};
/* A list of commands ends with NULL; this is all of them. Help is given the list, since it is itself in it. */
extern const struct cli_command *const cli_commands[];
const struct cli_command *cli_command_find(const struct cli_command *const *commands, const char *name);

/* A parsed command line. */
struct cli {
    const struct cli_command *command;
    const struct cli_command *const *commands;  /* all there are */
    const char *line;                   /* the whole command line, to be stored with a run */
    struct cli_given { const struct cli_option *option; const char *value; } *given;
    size_t givens, given_room;
    const char **operand;
    size_t operands, operand_room;
    struct fl_arena arena;              /* lives as long as the command */
    struct fl_err err;
};
/* Fills cli from the words behind the command's name; all faults together. *help: --help is among them. */
bool cli_parse(struct cli *cli, int words, char **word, bool *help);
void cli_free(struct cli *cli);

/* ---- values, for commands; asking for an option that the command's table does not have is a bug ---- */

/* The last value given, or NULL. */
const char *cli_text(const struct cli *cli, const char *name);
bool cli_flag(const struct cli *cli, const char *name);
/* A whole number, or `preset`. */
int64_t cli_count(const struct cli *cli, const char *name, int64_t preset);
/* A number into *value, which stays as it is if the option is not given; what is no number from least to most is a
 * fault. */
bool cli_real(struct cli *cli, const char *name, double least, double most, double *value);
/* All values of an option that may be given many times. */
const char *const *cli_all(struct cli *cli, const char *name, size_t *count);

/* ---- groups of options that commands share, and what they mean ---- */

extern const struct cli_option cli_work_options[];      /* --model, --trace, --phase ... */
extern const struct cli_option cli_machine_options[];   /* --design, --set, --map, --objective */
extern const struct cli_option cli_output_options[];    /* --json, --csv */
extern const struct cli_option cli_quiet_options[];     /* --quiet */
extern const struct cli_option cli_db_options[];        /* --db */
extern const struct cli_option cli_run_options[];       /* --run */

/* What the work options ask of a model; the request that machine options make, and that those and work options make. */
struct fl_workload cli_workload(struct cli *cli);
struct fl_request cli_machine(struct cli *cli);
struct fl_request cli_request(struct cli *cli);
/* --json or --csv, or a table. */
enum fl_format cli_format(const struct cli *cli);
/* --db, or fanlight.db in the current folder. */
const char *cli_db_path(const struct cli *cli);
/* Opens that database for reading. */
bool cli_db_open(struct cli *cli, struct fl_db **db);

/* ---- output ---- */

/* Writes a table of texts in the asked form; in JSON an array of objects named by the heads, where columns pushed to
 * the right give numbers. */
void cli_table_write(const struct fl_table *table, enum fl_format format, FILE *out);
/* A file that appears when it is done (base/file.h); "-" or NULL is stdout. False with a fault if it cannot be made, or
 * could not be written. */
bool cli_file_make(struct cli *cli, struct fl_file *file, const char *path);
bool cli_file_done(struct cli *cli, struct fl_file *file);
/* Gives it up: nothing appears. */
void cli_file_drop(struct fl_file *file);

void cli_help(const struct cli_command *const *commands, FILE *out);
void cli_help_command(const struct cli_command *command, FILE *out);
void cli_man_page(const struct cli_command *const *commands, FILE *out);
void cli_bash_completion(const struct cli_command *const *commands, FILE *out);

/* A bar on stderr with rate and time left, for work of more than a second on a terminal; to be passed to
 * fl_request.progress. */
struct cli_progress {
    double start_s, drawn_s;
    int64_t before;                     /* done before the start: not part of the rate */
    bool terminal;
    const char *of;                     /* what is counted: "operators" */
};
struct cli_progress cli_progress_start(const char *of);
void cli_progress_step(void *progress, int64_t done, int64_t all);
void cli_progress_end(struct cli_progress *progress);

#endif
