/* cmd_reproduce.c - fanlight reproduce: a paper's claims, judged. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "explore/reproduce.h"

static void tell(void *context, const char *run)
{
    (void)context;
    if (isatty(STDERR_FILENO) == 1)
        fprintf(stderr, "run %s ...\n", run);
}

static const char *verdict_of(const struct fl_check *check)
{
    if (check->judges)
        return check->agrees ? "agrees" : "disagrees";
    if (isinf(check->least) && isinf(check->most))
        return "";
    return check->agrees ? "(would do)" : "(would not)";
}

/* The verdict on each claim, its checks below. */
static void claims_write(struct cli *cli, const struct fl_reproduction *r)
{
    for (size_t i = 0, next; i < r->checks; i = next) {
        struct fl_table table = {.indent = 2};
        const struct fl_check *claim = &r->check[i];
        printf("%sClaim %" PRId64 ": %s\n  %s\n", i > 0 ? "\n" : "", claim->claim, claim->text,
               fl_claim_holds(r, claim->claim) ? "HOLDS under the checks that judge it."
                                               : "FAILS in at least one check that judges it.");
        fl_table_head(&table, "<", "ours>", "the paper<", "<", NULL);
        for (next = i; next < r->checks && r->check[next].claim == claim->claim; next++) {
            const struct fl_check *c = &r->check[next];
            fl_table_row(&table, c->what, fl_arena_format(&cli->arena, "%.4g %s", c->ours, c->unit), c->paper,
                         verdict_of(c), NULL);
        }
        putchar('\n');
        fl_table_print(&table, stdout);
        if (claim->carried != NULL)
            printf("\n  Carried by: %s\n", claim->carried);
        fl_table_free(&table);
    }
}

static void rows_write(struct cli *cli, const struct fl_reproduction *r, enum fl_format format)
{
    struct fl_table table = {0};
    fl_table_head(&table, "claim>", "text<", "check<", "ours>", "unit<", "paper<", "judges<", "agrees<", "holds<",
                  NULL);
    for (size_t i = 0; i < r->checks; i++) {
        const struct fl_check *c = &r->check[i];
        fl_table_row(&table, fl_arena_format(&cli->arena, "%" PRId64, c->claim), c->text, c->what,
                     fl_arena_format(&cli->arena, "%.15g", c->ours), c->unit, c->paper, c->judges ? "yes" : "no",
                     c->agrees ? "yes" : "no", fl_claim_holds(r, c->claim) ? "yes" : "no", NULL);
    }
    cli_table_write(&table, format, stdout);
    fl_table_free(&table);
}

static enum cli_status reproduce_run(struct cli *cli)
{
    struct fl_reproduction r;
    enum fl_format format = cli_format(cli);
    if (!fl_db_check(cli_db_path(cli), &cli->err) ||
        !fl_reproduce(&r, cli->operand[0], cli_db_path(cli), cli_count(cli, "claim", 0),
                      cli_flag(cli, "quiet") ? NULL : tell, NULL, &cli->err))
        return CLI_FAULT;
    if (format == FL_TABLE) {
        printf("%s (%s)\n\n", r.title, r.source);
        claims_write(cli, &r);
    } else {
        rows_write(cli, &r, format);
    }
    fl_reproduction_free(&r);
    return CLI_OK;
}

static const struct cli_option own[] = {
    {.name = "claim", .value = "N", .least = 1, .most = 1000, .meaning = "that claim only (preset: all; minutes)"},
    {0},
};

const struct cli_command cli_reproduce = {
    .name = "reproduce", .summary = "simulates what a paper claims, and judges it",
    .operands = "NAME|CLAIMS.cfg", .operands_least = 1, .operands_most = 1,
    .usage = "optical-transformers [--claim N] [--db FILE] [--json] [--csv]",
    .details = "Claims are data: runs, figures in SQL over them, the paper's figures, bounds. All runs are stored.\n",
    .options = {own, cli_db_options, cli_output_options, cli_quiet_options}, .run = reproduce_run,
};
