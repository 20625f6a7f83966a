/* cmd_precision.c - fanlight precision: how exact each operator is, and what limits it. */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"

struct rows { struct fl_table table; struct fl_arena *arena; enum fl_format format; bool any; };

static const char *number(const struct rows *rows, double value)
{
    return fl_arena_format(rows->arena, rows->format == FL_TABLE ? "%.3g" : "%.15g", value);
}

enum { FIGURES = 12, TERMS = 16 };

/* For people: the terms that are there at all, in one column. */
static void table_row(struct rows *rows, const struct fl_operator_precision *p, const char **cell)
{
    const char *terms = "";
    for (int i = 0; p->term_name[i] != NULL; i++)
        if (p->term[i] > 0)
            terms = fl_arena_format(rows->arena, "%s%s%s %s", terms, terms[0] != '\0' ? ", " : "", p->term_name[i],
                                    number(rows, p->term[i]));
    cell[FIGURES] = terms;
    if (!rows->any)
        fl_table_head(&rows->table, "operator<", "pool<", "encoding<", "budget<", "length>", "tiles>", "photons/MAC>",
                      "error/spread>", "bits of full scale>", "bits of spread>", "lost bits>", "limited by<",
                      "errors over spread<", NULL);
}

/* For programs: a column for each term. */
static void data_row(struct rows *rows, const struct fl_operator_precision *p, const char **cell)
{
    static const char *const names[FIGURES] = {
        "operator<", "pool<", "encoding<", "budget<", "length>", "tiles>", "photons_per_mac>", "error_over_spread>",
        "bits_of_full_scale>", "bits_of_spread>", "lost_bits>", "limited_by<"};
    const char *head[FIGURES + TERMS];
    size_t columns = FIGURES;
    memcpy(head, names, sizeof names);
    for (; p->term_name[columns - FIGURES] != NULL; columns++) {
        fl_assert(columns < FIGURES + TERMS);
        head[columns] = fl_arena_format(rows->arena, "%s_error>", p->term_name[columns - FIGURES]);
        cell[columns] = number(rows, p->term[columns - FIGURES]);
    }
    if (!rows->any)
        fl_table_heads(&rows->table, head, columns);
}

static void tell(void *context, const struct fl_operator_precision *p)
{
    struct rows *rows = context;
    const char *cell[FIGURES + TERMS] = {
        p->name, p->pool, p->encoding, p->budget, fl_arena_format(rows->arena, "%" PRId64, p->length),
        fl_arena_format(rows->arena, "%" PRId64, p->tiles), number(rows, p->photons_per_mac), number(rows, p->error),
        number(rows, p->bits_of_full_scale), number(rows, p->bits_of_spread), number(rows, p->lost_bits), p->limit};
    if (rows->format == FL_TABLE)
        table_row(rows, p, cell);
    else
        data_row(rows, p, cell);
    rows->any = true;
    fl_table_cells(&rows->table, cell);
}

static enum cli_status precision_run(struct cli *cli)
{
    struct rows rows = {.arena = &cli->arena, .format = cli_format(cli)};
    struct fl_request ask = cli_request(cli);
    if ((cli_text(cli, "model") != NULL) == (cli_text(cli, "trace") != NULL)) {
        fl_fail(&cli->err, "fanlight precision", "give a model (--model NAME) or a trace (--trace FILE)");
        return CLI_FAULT;
    }
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
