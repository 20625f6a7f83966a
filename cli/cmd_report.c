/* cmd_report.c - fanlight report: one stored run on one page; as HTML, a sweep or several runs too. */
#include <stdint.h>

#include "cli/cli.h"
#include "explore/report/page.h"

static enum cli_status page_write(struct cli *cli)
{
    const char *runs = cli_text(cli, "compare");
    bool of_run = cli_text(cli, "run") != NULL, of_sweep = cli_text(cli, "sweep") != NULL;
    struct fl_page page = {.db = cli_db_path(cli), .out = cli_text(cli, "html"), .runs = runs,
                           .of = of_sweep ? FL_PAGE_SWEEP : runs != NULL ? FL_PAGE_COMPARE : FL_PAGE_RUN,
                           .number = cli_count(cli, of_sweep ? "sweep" : "run", 0)};
    struct fl_page_told told;
    if (of_run + of_sweep + (runs != NULL) > 1) {
        fl_fail(&cli->err, "fanlight report", "a page is of a run, a sweep or runs side by side: one of --run, --sweep "
                "and --compare");
        return CLI_FAULT;
    }
    if (!fl_page_write(&page, &told, &cli->err))
        return CLI_FAULT;
    printf("%s: %s, %ld kB\n", page.out, told.title, (told.bytes + 999) / 1000);
    return CLI_OK;
}

static enum cli_status report_run(struct cli *cli)
{
    struct fl_db *db;
    if (cli_text(cli, "html") != NULL)
        return page_write(cli);
    if (cli_text(cli, "sweep") != NULL || cli_text(cli, "compare") != NULL) {
        fl_fail(&cli->err, "fanlight report", "--sweep and --compare are pages: give --html FILE");
        return CLI_FAULT;
    }
    if (!cli_db_open(cli, &db))
        return CLI_FAULT;
    int64_t run = cli_count(cli, "run", 0);
    bool ok = (run != 0 || fl_db_last_run(db, &run, &cli->err)) &&
              fl_report(db, run, cli_text(cli, "by"), cli_format(cli), stdout, &cli->err);
    fl_db_close(db);
    return ok ? CLI_OK : CLI_FAULT;
}

static const char *const parts[] = {"component", "layer", "operator", "unit", "accuracy", "leap", NULL};
static const struct cli_option own[] = {
    {.name = "by", .value = "WHAT", .choices = parts,
     .meaning = "component, layer, operator, unit, accuracy or leap: that part only, in full "
                "(preset: summary and the usual parts)"},
    {.name = "html", .value = "FILE", .meaning = "writes one page for a browser, with all it needs in it"},
    {.name = "sweep", .value = "N", .least = 0, .most = INT64_MAX, .meaning = "html: of this sweep; 0: the newest"},
    {.name = "compare", .value = "RUNS", .meaning = "html: of these runs side by side, as in 3,5-8; of one number: the "
     "tilings of its work"},
    {0},
};

const struct cli_command cli_report = {
    .name = "report", .summary = "tells where the time and the joules of a stored run went",
    .usage = "--db FILE [--run N] [--by component|layer|operator|unit|accuracy|leap] [--json] [--csv]\n"
             "       fanlight report --db FILE --html FILE [--run N | --sweep N | --compare RUNS]",
    .details = "CSV without --by is the summary alone. A page needs D3 when it is written (Debian: apt-get install\n"
               "node-d3), and nothing when it is read; see docs/pages.md.\n",
    .options = {cli_db_options, cli_run_options, own, cli_output_options}, .run = report_run,
};
