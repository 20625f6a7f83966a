/* cmd_tolerance.c - fanlight tolerance: what errors a network lives with, and so what light it will want. */
#include <math.h>

#include "cli/cli.h"
#include "learn/tolerance.h"

struct rows { struct fl_table table; struct fl_arena *arena; bool people; };

static const char *number(const struct rows *rows, double value)
{
    if (isnan(value))
        return "";
    if (isinf(value))
        return rows->people ? "any" : "";
    return fl_arena_format(rows->arena, rows->people ? "%.3g" : "%.15g", value);
}

static const char *percent(const struct rows *rows, double value)
{
    return rows->people && isfinite(value) ? fl_arena_format(rows->arena, "%.1f %%", 100 * value)
                                           : number(rows, value);
}

static void tell(void *context, const struct fl_tolerance_row *row)
{
    struct rows *rows = context;
    const char *layer = row->layer >= 0 ? fl_arena_format(rows->arena, "%d", row->layer) : "";
    if (rows->table.columns == 0 && rows->people)
        fl_table_head(&rows->table, "operator<", "layer>", "length>", "V>", "least>", "most>", "spread>",
                      "error for +5 %>", "+20 %>", "photons/MAC for +5 %>", "+20 %>", "input peak>", "weight peak>",
                      "input mean>", NULL);
    else if (rows->table.columns == 0)
        fl_table_head(&rows->table, "operator<", "layer>", "length>", "v>", "v_least>", "v_most>", "spread>",
                      "error_5>", "error_20>", "photons_per_mac_5>", "photons_per_mac_20>", "input_peak>",
                      "weight_peak>", "input_mean>", NULL);
    fl_table_row(&rows->table, row->name, layer, row->length > 0 ? number(rows, row->length) : "",
                 number(rows, row->v), number(rows, row->v_least), number(rows, row->v_most),
                 number(rows, row->spread), percent(rows, row->tolerated[FL_WORSE_5]),
                 percent(rows, row->tolerated[FL_WORSE_20]), number(rows, row->photons[FL_WORSE_5]),
                 number(rows, row->photons[FL_WORSE_20]), number(rows, row->input_peak),
                 number(rows, row->weight_peak), number(rows, row->input_mean), NULL);
}

static enum cli_status tolerance_run(struct cli *cli)
{
    enum fl_format format = cli_format(cli);
    struct rows rows = {.arena = &cli->arena, .people = format == FL_TABLE};
    struct cli_progress progress = cli_progress_start("trials");
    const struct fl_tolerance_ask ask = {
        .net = cli_text(cli, "net"), .text = cli_text(cli, "text"), .wordnet = cli_text(cli, "wordnet"),
        .context = (int)cli_count(cli, "context", 0), .windows = (int)cli_count(cli, "windows", 64),
        .jobs = (int)cli_count(cli, "jobs", 1), .layers = cli_flag(cli, "layers"),
        .parts = cli_flag(cli, "parts"), .progress = cli_progress_step, .progress_context = &progress};
    bool ok = fl_tolerance(&ask, tell, &rows, &cli->err);
    cli_progress_end(&progress);
    if (ok)
        cli_table_write(&rows.table, format, stdout);
    fl_table_free(&rows.table);
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "net", .value = "NAME|FILE|FOLDER", .required = true,
     .meaning = "network: a shipped name, a .net file, or the folder of a published model (config.json and "
                "model.safetensors of GPT-2 or Pythia)"},
    {.name = "layers", .meaning = "every layer, too"},
    {.name = "parts", .meaning = "attention, its scores, feed-forward layers and head, too, with a light for each"},
    {.name = "windows", .value = "N", .least = 1, .most = 1000000, .meaning = "windows of test text (preset 64)"},
    {.name = "context", .value = "N", .least = 2, .most = 2048,
     .meaning = "tokens of a window of a published model (preset 128)"},
    {.name = "text", .value = "NAME|FILE",
     .meaning = "test on wordnet, generated or a text file; of a published model a file of numbers of tokens"},
    {.name = "wordnet", .value = "FOLDER", .meaning = "folder of WordNet's files (preset /usr/share/wordnet)"},
    {.name = "jobs", .value = "N", .least = 1, .most = 256,
     .meaning = "threads (preset 1); results do not depend on it"},
    {0},
};

const struct cli_command cli_tolerance = {
    .name = "tolerance", .summary = "tells what errors a network lives with, and the light that they allow",
    .usage = "--net NAME|FILE|FOLDER [--text FILE] [options]",
    .details = "V: variance of outputs over what independent operands would have. error: over the spread of outputs,\n"
               "of an operator alone and of all, for a perplexity 5 % and 20 % worse. photons/MAC: detected, on dual\n"
               "rails, at what all together tolerate. Peaks, mean: over rms. --parts: error of a part alone; light\n"
               "of each so that the mean is least. See docs/accuracy.md.\n",
    .options = {own, cli_output_options}, .run = tolerance_run,
};
