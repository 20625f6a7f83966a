/* designs.h - machines side by side on one workload: fanlight compare --designs. */
#ifndef FL_CLI_DESIGNS_H
#define FL_CLI_DESIGNS_H

#include "cli/cli.h"

/* Runs what the command line asks for on each of the designs that `list` names, commas between them. */
enum cli_status cli_designs_compare(struct cli *cli, const char *list);

#endif
