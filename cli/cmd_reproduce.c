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
    if (check->judges && check->reading)
        return check->agrees ? "HOLDS" : "FAILS";
    if (check->judges)
        return check->agrees ? "agrees" : "disagrees";
    if (isinf(check->least) && isinf(check->most))
        return "";
    return check->agrees ? "(would do)" : "(would not)";
}

/* Four digits, thousands apart: "35.6", "6,432", "143,400"; what is nothing beside rounding is 0. */
static const char *figure_of(struct fl_arena *arena, const struct fl_check *c)
{
    if (!isnan(c->sigma))
        return fl_arena_format(arena, "%.3f +- %.3f", fabs(c->ours) < 0.0005 ? 0.0 : c->ours, c->sigma);
    if (fabs(c->ours) < 1e-6)
        return "0";
    if (fabs(c->ours) < 999.95 || fabs(c->ours) >= 1e15)
        return fl_arena_format(arena, "%.4g", c->ours);
    double step = pow(10, fmax(0, floor(log10(fabs(c->ours))) - 3)), whole = round(c->ours / step) * step;
    const char *digits = fl_arena_format(arena, "%.0f", whole);
    char *text = fl_arena_alloc(arena, 2 * strlen(digits) + 1), *at = text;
    for (size_t left = strlen(digits); left > 0; left--) {
        if (*digits != '-' && at != text && at[-1] != '-' && left % 3 == 0)
            *at++ = ',';
        *at++ = *digits++;
    }
    return text;
}

static void verdict_write(const struct fl_reproduction *r, const struct fl_check *claim)
{
    int readings = 0, hold = 0;
    for (size_t i = 0; i < r->checks; i++)
        if (r->check[i].claim == claim->claim && r->check[i].judges) {
            readings++;
            hold += r->check[i].agrees;
        }
    printf("Claim %" PRId64 ": %s\n", claim->claim, claim->text);
    if (claim->reading)
        printf("  HOLDS in %d of %d readings.\n", hold, readings);
    else
        printf("  %s\n", hold == readings ? "HOLDS under the checks that judge it."
                                         : "FAILS in at least one check that judges it.");
}

/* The verdict on each claim, its checks below. */
static void claims_write(struct cli *cli, const struct fl_reproduction *r)
{
    for (size_t i = 0, next; i < r->checks; i = next) {
        struct fl_table table = {.indent = 2};
        const struct fl_check *claim = &r->check[i];
        if (i > 0)
            putchar('\n');
        verdict_write(r, claim);
        fl_table_head(&table, "<", "ours>", "<", "the paper<", "<", NULL);
        for (next = i; next < r->checks && r->check[next].claim == claim->claim; next++) {
            const struct fl_check *c = &r->check[next];
            fl_table_row(&table, c->what, figure_of(&cli->arena, c), c->unit, c->paper, verdict_of(c), NULL);
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
    fl_table_head(&table, "claim>", "text<", "check<", "ours>", "standard_error>", "unit<", "paper<", "judges<",
                  "agrees<", "holds<", NULL);
    for (size_t i = 0; i < r->checks; i++) {
        const struct fl_check *c = &r->check[i];
        fl_table_row(&table, fl_arena_format(&cli->arena, "%" PRId64, c->claim), c->text, c->what,
                     fl_arena_format(&cli->arena, "%.15g", c->ours),
                     isnan(c->sigma) ? "" : fl_arena_format(&cli->arena, "%.15g", c->sigma), c->unit, c->paper,
                     c->judges ? "yes" : "no",
                     c->agrees ? "yes" : "no", fl_claim_holds(r, c->claim) ? "yes" : "no", NULL);
    }
    cli_table_write(&table, format, stdout);
    fl_table_free(&table);
}

static enum cli_status reproduce_run(struct cli *cli)
{
    struct fl_reproduction r;
    enum fl_format format = cli_format(cli);
    struct fl_reproduce_ask ask = {
        .name = cli->operand[0], .db = cli_db_path(cli), .claim = cli_count(cli, "claim", 0),
        .plots = cli_text(cli, "plots"), .tell = cli_flag(cli, "quiet") ? NULL : tell};
    if (!fl_db_check(ask.db, &cli->err) || !fl_reproduce(&r, &ask, &cli->err))
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
    {.name = "claim", .value = "N", .least = 1, .most = 1000, .meaning = "that claim only (preset: all)"},
    {.name = "plots", .value = "DIR", .meaning = "draw the paper's figures in that folder, as SVG; fanlight plot draws "
     "them as PNG and others"},
    {0},
};

const struct cli_command cli_reproduce = {
    .name = "reproduce", .summary = "simulates what a paper claims, and judges it",
    .operands = "NAME|CLAIMS.cfg", .operands_least = 1, .operands_most = 1,
    .usage = "optical-transformers [--claim N] [--plots DIR] [--db FILE] [--json] [--csv]",
    .details = "Claims are data: runs, figures in SQL over them, the paper's figures, bounds. All runs are stored.\n",
    .options = {own, cli_db_options, cli_output_options, cli_quiet_options}, .run = reproduce_run,
};
