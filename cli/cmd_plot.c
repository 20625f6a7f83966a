/* cmd_plot.c - fanlight plot: results as pictures. */
#include <stdint.h>
#include <string.h>

#include "cli/cli.h"
#include "explore/plot.h"

static enum cli_status plot_run(struct cli *cli)
{
    const struct fl_plot_kind *kind = fl_plot_kind_find(cli->operand[0]);
    bool of_run = kind != NULL && kind->of == FL_PLOT_OF_RUN;
    bool of_sweep = kind != NULL && kind->of == FL_PLOT_OF_SWEEP;
    bool of_key = kind != NULL && strcmp(kind->name, "accuracy-key") == 0;
    struct fl_plot plot = {
        .db = cli_db_path(cli), .kind = cli->operand[0], .axis = cli_text(cli, "axis"), .out = cli_text(cli, "output"),
        .x = cli_text(cli, "x"), .y = cli_text(cli, "y"), .colour = cli_text(cli, "colour"),
        .job = cli_count(cli, "job", 0), .number = cli_count(cli, of_run ? "run" : "sweep", 0)};
    const char *misplaced = kind == NULL ? NULL : !of_run && cli_text(cli, "run") != NULL ? "run" :
                            !of_sweep && cli_text(cli, "sweep") != NULL ? "sweep" :
                            !of_sweep && !of_key && plot.axis != NULL ? "axis" : NULL;
    if (misplaced != NULL) {
        fl_fail(&cli->err, fl_arena_format(&cli->arena, "--%s", misplaced), "\"%s\" is drawn of %s", kind->name,
                of_run ? "a run" : of_sweep ? "a sweep" : "all runs");
        return CLI_FAULT;
    }
    if (kind != NULL && kind->x_preset == NULL && (plot.x != NULL || plot.y != NULL || plot.colour != NULL)) {
        fl_fail(&cli->err, "fanlight plot", "--x, --y and --colour choose what pareto and heatmap show; of \"%s\" "
                "there is no choice", kind->name);
        return CLI_FAULT;
    }
    return fl_plot_draw(&plot, &cli->err) ? CLI_OK : CLI_FAULT;
}

static void kinds_list(struct fl_table *table)
{
    for (const struct fl_plot_kind *kind = fl_plot_kinds; kind->name != NULL; kind++)
        fl_table_row(table, kind->name, kind->summary, NULL);
}

static const struct cli_option own[] = {
    {.name = "output", .value = "FILE", .letter = 'o', .required = true,
     .meaning = "FILE.svg, FILE.png or FILE.pdf; FILE.gp: gnuplot's script; FILE.csv: the figures"},
    {.name = "sweep", .value = "N", .least = 1, .most = INT64_MAX,
     .meaning = "number of the sweep (preset: the newest)"},
    {.name = "axis", .value = "NAME",
     .meaning = "scaling, accuracy-key: what to draw over (preset: the first axis, or key, of numbers)"},
    {.name = "x", .value = "NAME",
     .meaning = "pareto: a column of run_summary or an axis of numbers (preset latency_s); heatmap: an axis (preset: "
                "the first)"},
    {.name = "y", .value = "NAME", .meaning = "the same, upwards (preset energy_j; the second axis)"},
    {.name = "colour", .value = "NAME", .meaning = "pareto: a column or an axis, told by colours; heatmap: a column "
     "(preset edp_js)"},
    {.name = "job", .value = "N", .least = 0, .most = INT64_MAX,
     .meaning = "heatmap: the workload, as sweep_job numbers them (preset 0)"},
    {0},
};

const struct cli_command cli_plot = {
    .name = "plot", .summary = "draws results, by gnuplot", .operands = "KIND", .operands_least = 1, .operands_most = 1,
    .usage = "--db FILE KIND -o FILE.svg|png",
    .details = "gnuplot draws SVG, PNG and PDF (Debian: apt-get install gnuplot-nox); FILE.gp, its script with all\n"
               "figures in it, and FILE.csv, the figures, need none. Kinds:\n",
    .list = kinds_list,
    .options = {own, cli_run_options, cli_db_options}, .run = plot_run,
};
