/* families.h - the model types that are simulated, as a table. */
#ifndef FL_CLI_FAMILIES_H
#define FL_CLI_FAMILIES_H

#include "cli/cli.h"

/* A row for each: what kind of network it is, and what sets its layers apart. */
void cli_families(struct cli *cli, struct fl_table *table);

#endif
