/* cmd_uncertainty.c - fanlight uncertainty: how sure a stored run's advantage is. */
#include "cli/cli.h"

static const char *number(struct fl_arena *arena, double value, enum fl_format format)
{
    return fl_arena_format(arena, format == FL_TABLE ? "%.4g" : "%.15g", value);
}

static void spreads_write(struct cli *cli, const struct fl_uncertainty *u, enum fl_format format)
{
    struct fl_table table = {.indent = format == FL_TABLE ? 2 : 0};
    struct fl_arena *arena = &cli->arena;
    char si[FL_SI_BYTES], share[FL_SI_BYTES];
    if (format == FL_TABLE)
        fl_table_head(&table, "price<", "component<", "energy>", "low>", "high>", "of the variance>", NULL);
    else
        fl_table_head(&table, "price<", "component<", "energy_j>", "low>", "high>", "variance_share>", NULL);
    for (size_t i = 0; i < u->spreads; i++) {
        const struct fl_spread *s = &u->spread[i];
        fl_table_row(&table, s->price, s->component,
                     format == FL_TABLE ? fl_si(si, s->energy_j, "J") : number(arena, s->energy_j, format),
                     number(arena, s->low, format), number(arena, s->high, format),
                     format == FL_TABLE ? fl_percent(share, s->share) : number(arena, s->share, format), NULL);
    }
    cli_table_write(&table, format, stdout);
    fl_table_free(&table);
}

static enum cli_status uncertainty_run(struct cli *cli)
{
    struct fl_db *db;
    struct fl_uncertainty u;
    enum fl_format format = cli_format(cli);
    int64_t run = cli_count(cli, "run", 0), samples = cli_count(cli, "samples", 10000);
    if (!cli_db_open(cli, &db))
        return CLI_FAULT;
    bool ok = (run != 0 || fl_db_last_run(db, &run, &cli->err)) &&
              fl_db_uncertainty(db, run, samples, (uint64_t)cli_count(cli, "seed", 1), &u, &cli->err);
    if (ok && format == FL_TABLE)
        printf("Run %lld gains %.4gx over " FL_DIGITAL_TEXT " fJ a MAC as designed; 90 %% of %lld draws lie between "
               "%.4gx and %.4gx, half below %.4gx.\n", (long long)run, u.advantage, (long long)samples, u.low, u.high,
               u.median);
    ok = ok && (format != FL_TABLE || fl_worth_print(db, run, stdout, &cli->err));
    fl_db_close(db);
    if (!ok)
        return CLI_FAULT;
    if (format == FL_TABLE)
        puts("\nWhere the spread comes from\n");
    else if (format == FL_JSON)
        printf("{\"run\": %lld, \"samples\": %lld, \"advantage\": %.15g, \"mean\": %.15g, \"low\": %.15g, "
               "\"median\": %.15g, \"high\": %.15g, \"spreads\": ", (long long)run, (long long)samples, u.advantage,
               u.mean, u.low, u.median, u.high);
    spreads_write(cli, &u, format);
    if (format == FL_JSON)
        puts("}");
    fl_uncertainty_free(&u);
    return CLI_OK;
}

static const struct cli_option own[] = {
    {.name = "samples", .value = "K", .least = 20, .most = 10000000, .meaning = "draws (preset 10000)"},
    {.name = "seed", .value = "S", .least = 0, .most = INT64_MAX, .meaning = "of the draws (preset 1): same seed, same "
     "figures"},
    {0},
};

const struct cli_command cli_uncertainty = {
    .name = "uncertainty",
    .summary = "draws the prices of a stored run from their ranges: the advantage with its interval",
    .usage = "--db FILE [--run N] [--samples K] [--seed S] [--json] [--csv]",
    .details = "Prices without low and high in the design stay as they are. CSV is the list of sources alone.\n",
    .options = {cli_db_options, cli_run_options, own, cli_output_options}, .run = uncertainty_run,
};
