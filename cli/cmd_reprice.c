/* cmd_reprice.c - fanlight reprice: a stored run at other prices. */
#include "cli/cli.h"

static enum cli_status reprice_run(struct cli *cli)
{
    struct fl_repricing ask = {
        .db = cli_db_path(cli), .run = cli_count(cli, "run", 0), .prices = cli_text(cli, "with"),
        .label = cli_text(cli, "label"), .command = cli->line};
    enum fl_format format = cli_format(cli);
    struct fl_db *db;
    int64_t number;
    /* Opened for reading first: a database that is not there is a fault, not to be made. */
    if (!cli_db_open(cli, &db))
        return CLI_FAULT;
    fl_db_close(db);
    if (!fanlight_reprice(&ask, &number, &cli->err))
        return CLI_FAULT;
    if (cli_flag(cli, "quiet"))
        return CLI_OK;
    if (!cli_db_open(cli, &db))
        return CLI_FAULT;
    bool ok = fl_report(db, number, NULL, format, stdout, &cli->err);
    fl_db_close(db);
    fprintf(format == FL_TABLE ? stdout : stderr, "%sStored as run %lld in %s.\n", format == FL_TABLE ? "\n" : "",
            (long long)number, ask.db);
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "with", .value = "PRICES.cfg", .required = true, .meaning = "price list: keys of a design with new values "
     "or factors on the present ones"},
    {.name = "label", .value = "TEXT", .meaning = "stored with the new run"},
    {0},
};

const struct cli_command cli_reprice = {
    .name = "reprice",
    .summary = "makes a new run from the counts of a stored one and other prices, without simulating",
    .usage = "--db FILE [--run N] --with PRICES.cfg [--label TEXT] [--json] [--csv]",
    .details = "A price list is written like a design, for instance\n\n"
               "    dram = \"/5\";                              # every price of a unit\n"
               "    core = { adc = { energy = \"1.6 pJ\"; };    # of all cores that have it\n"
               "             dac = { energy = \"/2\"; }; };\n\n"
               "Keys that change what happens (bits, clocks, the laser's level) are refused: those need a new run.\n",
    .options = {cli_db_options, cli_run_options, own, cli_output_options, cli_quiet_options}, .run = reprice_run,
};
