/* cmd_calibrate.c - fanlight calibrate: what measured pairs of a bench say of its chain. */
#include <math.h>

#include "cli/cli.h"
#include "learn/calibration.h"

struct rows { struct fl_table table; struct fl_arena *arena; bool people; };

static const char *number(const struct rows *rows, double value)
{
    return isnan(value) ? "" : fl_arena_format(rows->arena, rows->people ? "%.4g" : "%.15g", value);
}

static void row(struct rows *rows, const char *name, struct fl_estimate estimate, double spread, const char *meaning)
{
    fl_table_row(&rows->table, name, number(rows, estimate.value), number(rows, estimate.error),
                 number(rows, estimate.value / spread), rows->people ? meaning : NULL, NULL);
}

static void rows_tell(struct rows *rows, const struct fl_calibration *fit)
{
    bool parted = !isnan(fit->systematic.value);
    const struct fl_estimate spread = {fit->spread, NAN}, bend = {fit->bend, NAN}, dim = {fit->dim, NAN},
                             bright = {fit->bright, NAN};
    if (rows->people)
        fl_table_head(&rows->table, "figure<", "value>", "+->", "over spread>", "<", NULL);
    else
        fl_table_head(&rows->table, "figure<", "value>", "error>", "over_spread>", NULL);
    row(rows, "gain", fit->gain, NAN, "got for one more wanted");
    row(rows, "offset", fit->offset, fit->spread, "got for nothing wanted");
    row(rows, "spread", spread, NAN, "standard deviation of gain x wanted");
    row(rows, "systematic", fit->systematic, fit->spread, parted ? "rms of what each output adds, whatever is wanted" :
                                                                   "in the noise: a column `output` would part them");
    row(rows, "noise", fit->noise, fit->spread, "rms of what is never the same");
    row(rows, "noise_dim", dim, fit->spread, "where |wanted| is among the least fifth");
    row(rows, "noise_bright", bright, fit->spread, "among the largest fifth: more, if it is shot noise");
    row(rows, "bend", bend, fit->spread, "rms of the mean's distance from the line, beyond noise");
}

/* What to give `fanlight accuracy` for a machine like that. */
static void settings_tell(const struct fl_calibration *fit)
{
    printf("\n%zu pairs", fit->pairs);
    if (fit->outputs > 0)
        printf(" of %zu outputs", fit->outputs);
    printf(". For fanlight accuracy: --set core.source.budget=signal --set core.source.error=%.3g",
           fit->noise.value / fit->spread);
    if (fit->systematic.value > 0)
        printf(" --systematic %.3g", fit->systematic.value / fit->spread);
    printf("\n");
    if (fit->bend > 0.5 * fit->noise.value)
        printf("The chain is not a line: a saturated detector, or a modulator without its curve, bends it by %.2g of "
               "the spread.\n", fit->bend / fit->spread);
}

static enum cli_status calibrate_run(struct cli *cli)
{
    enum fl_format format = cli_format(cli);
    struct rows rows = {.arena = &cli->arena, .people = format == FL_TABLE};
    struct fl_pairs pairs;
    struct fl_calibration fit;
    bool ok = fl_pairs_read(&pairs, cli->operand[0], &cli->err) &&
              fl_calibration_fit(&pairs, cli->operand[0], &fit, &cli->err);
    fl_pairs_free(&pairs);
    if (!ok)
        return CLI_FAULT;
    rows_tell(&rows, &fit);
    cli_table_write(&rows.table, format, stdout);
    fl_table_free(&rows.table);
    if (rows.people)
        settings_tell(&fit);
    return CLI_OK;
}

const struct cli_command cli_calibrate = {
    .name = "calibrate", .summary = "tells gain, offset, systematic error and noise of a bench from measured pairs",
    .operands = "PAIRS.csv", .operands_least = 1, .operands_most = 1,
    .usage = "PAIRS.csv [--json] [--csv]",
    .details = "PAIRS.csv: columns wanted, got and, to part systematic error from noise, output (which detector or\n"
               "column of the machine). Several pairs for each output. See docs/accuracy.md.\n",
    .options = {cli_output_options}, .run = calibrate_run,
};
