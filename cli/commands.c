/* commands.c - the commands, in the order in which help shows them. */
#include "cli/cli.h"

extern const struct cli_command cli_run, cli_compare, cli_trace, cli_explain, cli_check, cli_list, cli_report, cli_diff,
    cli_query, cli_reprice, cli_need, cli_uncertainty, cli_reproduce, cli_precision, cli_dram, cli_sweep, cli_merge,
    cli_plot, cli_learn, cli_accuracy, cli_calibrate,
    cli_tolerance, cli_helper;

const struct cli_command *const cli_commands[] = {
    &cli_run, &cli_compare, &cli_trace, &cli_explain, &cli_check, &cli_list, &cli_report, &cli_diff, &cli_query,
    &cli_reprice, &cli_need, &cli_uncertainty, &cli_reproduce, &cli_precision, &cli_dram, &cli_sweep, &cli_merge,
    &cli_learn, &cli_accuracy, &cli_calibrate, &cli_tolerance, &cli_plot,
    &cli_helper, NULL,
};
