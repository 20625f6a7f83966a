/* cmd_accuracy.c - fanlight accuracy: what a design makes of a network, next to the energy it takes. */
#include <inttypes.h>
#include <math.h>

#include "cli/cli.h"

struct rows { struct fl_table table; struct fl_arena *arena; enum fl_format format; };

static const char *number(const struct rows *rows, double value)
{
    if (isnan(value))
        return "";
    return fl_arena_format(rows->arena, rows->format == FL_TABLE ? "%.4g" : "%.15g", value);
}

/* For people: the arithmetics of one design and network. */
static void table_row(struct rows *rows, const struct fl_accuracy_row *row)
{
    char joules[FL_SI_BYTES] = "";
    if (!isnan(row->j_per_token))
        fl_si(joules, row->j_per_token, "J");
    if (rows->table.columns == 0)
        fl_table_head(&rows->table, "arithmetic<", "perplexity>", "+->", "over exact>", "photons/MAC>", "optical MACs>",
                      "energy/token>", NULL);
    fl_table_row(&rows->table, row->arithmetic, number(rows, row->perplexity), number(rows, row->sigma),
                 number(rows, row->over_exact), number(rows, row->photons_per_mac), number(rows, row->optical_share),
                 fl_arena_text(rows->arena, joules), NULL);
}

static void data_row(struct rows *rows, const struct fl_accuracy_row *row)
{
    if (rows->table.columns == 0)
        fl_table_head(&rows->table, "design<", "net<", "arithmetic<", "perplexity>", "sigma>", "over_exact>",
                      "photons_per_mac>", "optical_share>", "j_per_token>", "j_per_mac>", "seeds>", "symbols>", NULL);
    fl_table_row(&rows->table, row->design, row->net, row->arithmetic, number(rows, row->perplexity),
                 number(rows, row->sigma), number(rows, row->over_exact), number(rows, row->photons_per_mac),
                 number(rows, row->optical_share), number(rows, row->j_per_token), number(rows, row->j_per_mac),
                 fl_arena_format(rows->arena, "%d", row->seeds),
                 fl_arena_format(rows->arena, "%" PRId64, row->symbols), NULL);
}

static void tell(void *context, const struct fl_accuracy_row *row)
{
    struct rows *rows = context;
    if (rows->format == FL_TABLE)
        table_row(rows, row);
    else
        data_row(rows, row);
}

static enum cli_status accuracy_run(struct cli *cli)
{
    struct rows rows = {.arena = &cli->arena, .format = cli_format(cli)};
    const struct fl_request machine = cli_machine(cli);
    struct fl_accuracy_ask ask = {
        .net = cli_text(cli, "net"), .text = cli_text(cli, "text"), .wordnet = cli_text(cli, "wordnet"),
        .seeds = (int)cli_count(cli, "seeds", 0), .windows = (int)cli_count(cli, "windows", 0),
        .jobs = (int)cli_count(cli, "jobs", 0)};
    bool ok = cli_real(cli, "photons-per-mac", 1e-9, 1e12, &ask.photons_per_mac);
    ok = cli_real(cli, "systematic", 0, 10, &ask.systematic) && ok;
    ok = cli_real(cli, "inside", 0.5, 1, &ask.inside) && ok;
    ok = ok && fanlight_accuracy(&machine, &ask, tell, &rows, &cli->err);
    if (ok)
        cli_table_write(&rows.table, rows.format, stdout);
    fl_table_free(&rows.table);
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "net", .value = "NAME|FILE", .required = true,
     .meaning = "trained network: a shipped name, or a file that `fanlight learn -o` wrote"},
    {.name = "photons-per-mac", .value = "X",
     .meaning = "light: photons detected for a product, the mean of all; turns the design's own key "
                "(source.photon_bits, or source.error of the budget `signal`)"},
    {.name = "systematic", .value = "X",
     .meaning = "error of each output's own devices over the spread of outputs, drawn once a machine (preset 0)"},
    {.name = "inside", .value = "SHARE",
     .meaning = "share of inputs that full level holds; the others are cut off (preset 1)"},
    {.name = "seeds", .value = "N", .least = 1, .most = 1000, .meaning = "machines and noises to average (preset 1)"},
    {.name = "windows", .value = "N", .least = 1, .most = 1000000,
     .meaning = "windows of test text, each of the network's context (preset 128)"},
    {.name = "text", .value = "NAME|FILE",
     .meaning = "test on wordnet, generated or a text file (preset: what the network was trained on)"},
    {.name = "wordnet", .value = "FOLDER", .meaning = "folder of WordNet's files (preset /usr/share/wordnet)"},
    {.name = "jobs", .value = "N", .least = 1, .most = 256,
     .meaning = "threads (preset 1); results do not depend on it"},
    {0},
};

const struct cli_command cli_accuracy = {
    .name = "accuracy",
    .summary = "runs a trained network through a design's optics: perplexity, photons and joules of one machine",
    .usage = "--design NAME|FILE.cfg --net NAME|FILE [--photons-per-mac X] [options]",
    .details = "optical: the design. noiseless: its encoding, bits and ranges alone. 8 bits: digital. exact:\n"
               "float32. How far that carries: docs/accuracy.md.\n",
    .options = {own, cli_machine_options, cli_output_options}, .run = accuracy_run,
};
