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

static const char *verdict_of(const struct fl_claim *claim, const struct fl_check *check)
{
    if (check->judges && claim->readings)
        return check->agrees ? "HOLDS" : "FAILS";
    if (check->judges)
        return check->agrees ? "agrees" : "disagrees";
    if (isinf(check->least.value) && isinf(check->most.value))
        return "";
    return check->agrees ? "(would do)" : "(would not)";
}

/* So many digits, thousands apart: "35.6", "6,432", "143,400"; what is nothing beside rounding is 0. */
static const char *digits_of(struct fl_arena *arena, double value, int wanted)
{
    if (fabs(value) < 1e-6)
        return "0";
    if (fabs(value) < pow(10, fmin(wanted, 3)) * (1 - 0.5 * pow(10, -wanted)) || fabs(value) >= 1e15)
        return fl_arena_format(arena, "%.*g", wanted, value);
    double step = pow(10, fmax(0, floor(log10(fabs(value))) - wanted + 1)), whole = round(value / step) * step;
    const char *digits = fl_arena_format(arena, "%.0f", whole);
    char *text = fl_arena_alloc(arena, 2 * strlen(digits) + 1), *at = text;
    for (size_t left = strlen(digits); left > 0; left--) {
        if (*digits != '-' && at != text && at[-1] != '-' && left % 3 == 0)
            *at++ = ',';
        *at++ = *digits++;
    }
    return text;
}

static const char *figure_of(struct fl_arena *arena, const struct fl_check *c)
{
    if (!isnan(c->sigma))
        return fl_arena_format(arena, "%.3f +- %.3f", fabs(c->ours) < 0.0005 ? 0.0 : c->ours, c->sigma);
    return digits_of(arena, c->ours, 4);
}

/* Beside an advantage: how far the outputs of its light are off, as a multiple of their spread. */
static const char *error_of(struct fl_arena *arena, const struct fl_check *c)
{
    if (isnan(c->error_most) || strcmp(c->unit, "x") != 0)
        return "";
    const char *most = digits_of(arena, c->error_most, 2), *least = digits_of(arena, c->error_least, 2);
    return strcmp(least, most) == 0 ? most : fl_arena_format(arena, "%s to %s", least, most);
}

/* Holds, fails, or cannot be said; then under which choices it does which. */
static void verdict_write(const struct fl_claim *claim)
{
    static const char *const words[] = {[FL_FAILS] = "FAILS", [FL_HOLDS] = "HOLDS",
                                        [FL_CANNOT_BE_SAID] = "CANNOT BE SAID"};
    int readings = 0, hold = 0;
    for (size_t i = 0; i < claim->checks; i++) {
        readings += claim->check[i].judges;
        hold += claim->check[i].judges && claim->check[i].agrees;
    }
    printf("Claim %" PRId64 ": %s\n", claim->number, claim->text);
    const char *choice = fl_claim_choice(claim, 0);
    if (claim->readings) {
        printf("  HOLDS in %d of %d readings.\n", hold, readings);
        return;
    }
    printf("  %s%s.\n", words[fl_claim_verdict(claim)],
           choice != NULL ? "" : hold > 0 && hold < readings ? " in at least one check that judges it"
                                                             : " under the checks that judge it");
    for (size_t i = 1; choice != NULL; choice = fl_claim_choice(claim, i++))
        printf("    %s with %s\n", fl_claim_holds(claim, choice) ? "holds" : "fails", choice);
}

/* The verdict on each claim, its checks below. */
static void claims_write(struct cli *cli, const struct fl_reproduction *r)
{
    for (size_t i = 0; i < r->claims; i++) {
        const struct fl_claim *claim = &r->claim[i];
        struct fl_table table = {.indent = 2};
        if (i > 0)
            putchar('\n');
        verdict_write(claim);
        fl_table_head(&table, "<", "ours>", "<", "the paper<", "<", "error / spread<", NULL);
        for (size_t k = 0; k < claim->checks; k++) {
            const struct fl_check *c = &claim->check[k];
            const char *comma = c->choice != NULL ? ", " : "", *choice = c->choice != NULL ? c->choice : "";
            fl_table_row(&table, fl_arena_format(&cli->arena, "%s%s%s", c->what, comma, choice),
                         figure_of(&cli->arena, c), c->unit, c->paper, verdict_of(claim, c),
                         error_of(&cli->arena, c), NULL);
        }
        putchar('\n');
        fl_table_print(&table, stdout);
        if (claim->carried != NULL)
            printf("\n  Carried by: %s\n", claim->carried);
        if (claim->open != NULL)
            printf("\n  Would be settled by: %s\n", claim->open);
        fl_table_free(&table);
    }
}

static const char *number_or_empty(struct fl_arena *arena, double value)
{
    return isnan(value) ? "" : fl_arena_format(arena, "%.15g", value);
}

static void rows_write(struct cli *cli, const struct fl_reproduction *r, enum fl_format format)
{
    static const char *const verdicts[] = {"fails", "holds", "cannot be said"};
    struct fl_table table = {0};
    struct fl_arena *arena = &cli->arena;
    fl_table_head(&table, "claim>", "text<", "check<", "ours>", "standard_error>", "unit<", "paper<", "judges<",
                  "agrees<", "holds<", "choice<", "least_error>", "worst_error>", "verdict<", NULL);
    for (size_t i = 0; i < r->claims; i++)
        for (size_t k = 0; k < r->claim[i].checks; k++) {
            const struct fl_claim *claim = &r->claim[i];
            const struct fl_check *c = &claim->check[k];
            enum fl_verdict verdict = fl_claim_verdict(claim);
            fl_table_row(&table, fl_arena_format(arena, "%" PRId64, claim->number), claim->text, c->what,
                         number_or_empty(arena, c->ours), number_or_empty(arena, c->sigma), c->unit, c->paper,
                         c->judges ? "yes" : "no", c->agrees ? "yes" : "no", verdict == FL_HOLDS ? "yes" : "no",
                         c->choice != NULL ? c->choice : "", number_or_empty(arena, c->error_least),
                         number_or_empty(arena, c->error_most), verdicts[verdict], NULL);
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
