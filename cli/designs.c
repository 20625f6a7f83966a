/* designs.c - machines side by side: time, energy, area, watts, and how exact what they give is. */
#include "cli/designs.h"

#include <math.h>
#include <string.h>

#include "api/rivals.h"
#include "arch/arch.h"

enum { MOST = 32 };

struct machines {
    struct cli *cli;
    struct fl_rival rival[MOST];
    size_t count;
};

static const char *figure(struct machines *m, double value, const char *unit, enum fl_format format)
{
    char buffer[FL_SI_BYTES];
    if (!isfinite(value))
        return "";
    if (format != FL_TABLE)
        return fl_arena_format(&m->cli->arena, "%.15g", value);
    bool share = strcmp(unit, "%") == 0;
    return fl_arena_text(&m->cli->arena, share ? fl_percent(buffer, value) : fl_si(buffer, value, unit));
}

static const char *area(struct machines *m, double mm2, enum fl_format format)
{
    if (format != FL_TABLE)
        return figure(m, mm2, "", format);
    return mm2 > 0 ? fl_arena_format(&m->cli->arena, mm2 < 10 ? "%.2g mm2" : "%.0f mm2", mm2) : "-";
}

static void row_add(struct machines *m, struct fl_table *table, const struct fl_rival *r, enum fl_format format)
{
    const struct fl_summary *s = &r->sum;
    if (r->why != NULL) {
        const char *none[] = {r->design, "", "", "", "", "", "", "", "", "", "", "", r->why, ""};
        fl_table_cells(table, none);
        return;
    }
    const char *cell[] = {
        r->design, figure(m, s->latency_s, "s", format), figure(m, s->energy_j, "J", format),
        figure(m, s->j_per_mac, "J", format), figure(m, s->mean_w, "W", format), area(m, s->area_mm2, format),
        figure(m, r->worst_operator != NULL ? s->worst_error : NAN, "%", format),
        figure(m, r->optical_share, "%", format), figure(m, s->assumed_share, "%", format),
        fl_arena_format(&m->cli->arena, "%lld", (long long)r->run), figure(m, s->peak_w, "W", format),
        r->worst_operator, NULL, r->status};
    fl_table_cells(table, cell);
}

static void table_write(struct machines *m, enum fl_format format)
{
    static const char *const texts[] = {"design<", "time>", "energy>", "J/MAC>", "mean>", "area>", "error>",
                                        "in light>", "assumed>", "run>"};
    static const char *const keys[] = {
        "design<", "time_s>", "energy_j>", "j_per_mac>", "mean_w>", "area_mm2>", "worst_error>", "optical_share>",
        "assumed_share>", "run>", "peak_w>", "worst_operator<", "failed<", "status<"};
    struct fl_table table = {0};
    if (format == FL_TABLE)
        fl_table_heads(&table, texts, sizeof texts / sizeof *texts);
    else
        fl_table_heads(&table, keys, sizeof keys / sizeof *keys);
    for (size_t i = 0; i < m->count; i++)
        row_add(m, &table, &m->rival[i], format);
    cli_table_write(&table, format, stdout);
    fl_table_free(&table);
}

/* What the columns mean, what no machine could do, and what must be said of a run; each text once. */
static void remarks_print(struct machines *m, const char *db)
{
    const char *status = "";
    puts("\nerror: of the least exact operator, over the spread of its outputs (fanlight precision); in light: of the "
         "MACs;\nassumed: of the energy, by prices without a source.");
    for (size_t i = 0; i < m->count; i++)
        if (m->rival[i].status != NULL)
            status = fl_arena_listed(&m->cli->arena, status, fl_arena_format(
                &m->cli->arena, "%s %s", m->rival[i].design, m->rival[i].status));
    if (status[0] != '\0')
        printf("Machines: %s.\n", status);
    for (size_t i = 0; i < m->count; i++) {
        const struct fl_rival *r = &m->rival[i];
        if (r->why != NULL)
            printf("Not to be had: %s: %s.\n", r->design, r->why);
        const char *said = fl_error_said(&m->cli->arena, r->sum.worst_error, r->sum.error_limit);
        if (r->why == NULL && said != NULL)
            printf("Outputs of %s are %s in %s: its figures are no advantage over anything.\n", r->design, said,
                   r->worst_operator);
        if (r->notes != NULL)
            printf("Note: %s: %s\n", r->design, r->notes);
    }
    printf("\nStored in %s.\n", db);
}

/* A design that is not there, or not as it should be, is a fault; what a sound one cannot do is told beside the
 * others. */
static bool designs_check(struct cli *cli, const char *list)
{
    char *names = fl_arena_text(&cli->arena, list), *save = NULL;
    bool ok = true;
    for (char *name = strtok_r(names, ", ", &save); name != NULL; name = strtok_r(NULL, ", ", &save)) {
        struct fl_design design;
        ok = fl_design_load(&design, name, NULL, 0, &cli->err) && ok;
        fl_design_free(&design);
    }
    return ok;
}

static bool machines_run(struct machines *m, const char *list, const char *db)
{
    struct cli *cli = m->cli;
    struct fl_request ask = cli_request(cli);
    char *names = fl_arena_text(&cli->arena, list), *save = NULL;
    if (!designs_check(cli, list))
        return false;
    ask.label = cli_text(cli, "label");
    ask.command = cli->line;
    for (char *name = strtok_r(names, ", ", &save); name != NULL; name = strtok_r(NULL, ", ", &save)) {
        if (m->count == MOST)
            return fl_fail(&cli->err, "--designs", "more than %d machines", MOST);
        if (!fl_rival_run(&m->rival[m->count++], &ask, name, db, &cli->arena, &cli->err))
            return false;
    }
    return m->count > 0 || fl_fail(&cli->err, "--designs", "names no design; give some, as in --designs "
                                   "lcos_resident,digital_22nm");
}

enum cli_status cli_designs_compare(struct cli *cli, const char *list)
{
    struct machines m = {.cli = cli};
    const char *db = cli_db_path(cli);
    size_t done = 0;
    if (!fl_db_check(db, &cli->err) || !machines_run(&m, list, db))
        return CLI_FAULT;
    for (size_t i = 0; i < m.count; i++)
        done += m.rival[i].why == NULL;
    for (size_t i = 0; i < m.count && done == 0; i++)
        fl_fail_as(&cli->err, m.rival[i].code, m.rival[i].design, "%s", m.rival[i].why);
    if (done == 0)
        return CLI_FAULT;
    if (!cli_flag(cli, "quiet")) {
        enum fl_format format = cli_format(cli);
        table_write(&m, format);
        if (format == FL_TABLE)
            remarks_print(&m, db);
    }
    return CLI_OK;
}
