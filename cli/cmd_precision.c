/* cmd_precision.c - fanlight precision: how exact each operator is, and what limits it. */
#include <inttypes.h>

#include "cli/cli.h"

struct rows { struct fl_table table; struct fl_arena *arena; enum fl_format format; bool any; };

static const char *number(const struct rows *rows, double value)
{
    return fl_arena_format(rows->arena, rows->format == FL_TABLE ? "%.3g" : "%.15g", value);
}

/* The table shows terms that are there at all; JSON and CSV show all. */
static void tell(void *context, const struct fl_operator_precision *p)
{
    struct rows *rows = context;
    const char *terms = "";
    for (int i = 0; p->term_name[i] != NULL; i++)
        if (p->term[i] > 0 || rows->format != FL_TABLE)
            terms = fl_arena_format(rows->arena, "%s%s%s %s", terms, terms[0] != '\0' ? ", " : "", p->term_name[i],
                                    number(rows, p->term[i]));
    rows->any = true;
    fl_table_row(&rows->table, p->name, p->pool, p->encoding, p->budget,
                 fl_arena_format(rows->arena, "%" PRId64, p->length),
                 fl_arena_format(rows->arena, "%" PRId64, p->tiles),
                 number(rows, p->photons_per_mac), number(rows, p->error), number(rows, p->bits_of_full_scale),
                 number(rows, p->bits_of_spread), number(rows, p->lost_bits), p->limit, terms, NULL);
}

static enum cli_status precision_run(struct cli *cli)
{
    struct rows rows = {.arena = &cli->arena, .format = cli_format(cli)};
    struct fl_request ask = cli_request(cli);
    if ((cli_text(cli, "model") != NULL) == (cli_text(cli, "trace") != NULL)) {
        fl_fail(&cli->err, "fanlight precision", "give a model (--model NAME) or a trace (--trace FILE)");
        return CLI_FAULT;
    }
    fl_table_head(&rows.table, "operator<", "pool<", "encoding<", "budget<", "length>", "tiles>", "photons/MAC>",
                  "error/spread>", "bits of full scale>", "bits of spread>", "lost bits>", "limited by<",
                  "errors over spread<", NULL);
    bool ok = fanlight_precision(&ask, tell, &rows, &cli->err);
    if (ok && rows.any)
        cli_table_write(&rows.table, rows.format, stdout);
    else if (ok)
        fl_fail(&cli->err, "fanlight precision", "no operator is on optical cores");
    fl_table_free(&rows.table);
    return ok && rows.any ? CLI_OK : CLI_FAULT;
}

const struct cli_command cli_precision = {
    .name = "precision",
    .summary = "predicts photons, noise and effective bits of each operator, and what limits them",
    .usage = "--design NAME|FILE.cfg (--model NAME|config.json | --trace FILE) [options]",
    .details = "Errors are rms, over the spread of the exact outputs; photons are detected ones. Lost bits: of a\n"
               "laser level fixed for the width of a core, in operands that are shorter.\n",
    .options = {cli_machine_options, cli_work_options, cli_output_options}, .run = precision_run,
};
