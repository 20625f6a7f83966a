/* cmd_compare.c - fanlight compare: tilings side by side, and why the best one is. */
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "api/tiling.h"
#include "base/quote.h"
#include "cli/cli.h"

static const char preset[] = "weights_in_place,weight_stationary,output_stationary,input_stationary,digital,search";

struct comparison {
    struct cli *cli;
    const char *objective;
    struct fl_tiling *tiling;
    size_t tilings;
    const char **unfit;                 /* "strategy: reason", of those that cannot be had */
    size_t unfits;
    const char **broken, **reason;      /* tilings whose run broke a law of fanlight's own, and which */
    size_t brokens;
};

/* ---- runs ---- */

/* The names in --map; NULL with a fault: none, or no such strategy. */
static char **mappers_of(struct comparison *c, size_t *mappers)
{
    struct fl_arena *arena = &c->cli->arena;
    const char *asked = cli_text(c->cli, "map");
    char *list = fl_arena_text(arena, asked != NULL ? asked : preset), *save = NULL;
    char **mapper = fl_arena_array(arena, strlen(list) + 1, sizeof *mapper);
    bool ok = true;
    *mappers = 0;
    for (char *name = strtok_r(list, ", ", &save); name != NULL; name = strtok_r(NULL, ", ", &save)) {
        mapper[(*mappers)++] = name;
        if (fl_mapper_find(name) == NULL && strpbrk(name, "./") == NULL)
            ok = fl_fail(&c->cli->err, "--map", "no mapper \"%s\"; `fanlight list mappers` shows them, and a mapping "
                         "file's name has a dot or a slash in it", name);
    }
    if (*mappers == 0)
        ok = fl_fail(&c->cli->err, "--map", "names no tiling; give some, as in --map auto,search");
    return ok ? mapper : NULL;
}

/* Are machine and work as they should be, whatever the tiling? */
static bool request_check(struct comparison *c)
{
    struct fl_request ask = cli_request(c->cli);
    struct fl_prepared prepared;
    ask.mapper = "auto";
    if (!fl_prepare(&prepared, &ask, NULL, &c->cli->err))
        return false;
    fl_prepared_free(&prepared);
    return true;
}

/* One tiling: simulated, stored, read. A strategy that this machine or model cannot have is noted. */
static bool tiling_run(struct comparison *c, const char *mapper, const char *db)
{
    struct fl_request ask = cli_request(c->cli);
    struct fl_err unfit = {0};
    struct fl_result *result = NULL;
    struct cli_progress progress = cli_progress_start("operators");
    ask.mapper = mapper;
    ask.label = cli_text(c->cli, "label");
    if (!cli_flag(c->cli, "quiet")) {
        ask.progress = cli_progress_step;
        ask.context = &progress;
    }
    bool ok = fanlight_run(&ask, &result, &unfit);
    cli_progress_end(&progress);
    const char *why = fl_arena_slice(&c->cli->arena, fl_err_text(&unfit), strcspn(fl_err_text(&unfit), "\n"));
    if (ok) {
        struct fl_tiling *tiling = &c->tiling[c->tilings++];
        fl_tiling_read(tiling, result, mapper, &c->cli->arena);
        ok = fanlight_store(result, db, &tiling->run, &c->cli->err);
    } else if (unfit.code > FL_FAULT_USER) {
        fl_fail_as(&c->cli->err, unfit.code, mapper, "%s", why);
        c->broken[c->brokens] = mapper;
        c->reason[c->brokens++] = why;
        ok = true;
    } else if (strpbrk(mapper, "./") != NULL) {
        fl_fail(&c->cli->err, NULL, "%s", why);
    } else {
        c->unfit[c->unfits++] = fl_arena_format(&c->cli->arena, "%s: %s", mapper, why);
        ok = true;
    }
    fl_err_free(&unfit);
    fanlight_free(result);
    return ok;
}

static bool tilings_run(struct comparison *c, const char *db)
{
    size_t mappers;
    char **mapper = mappers_of(c, &mappers);
    struct fl_arena *arena = &c->cli->arena;
    if (mapper == NULL)
        return false;
    c->tiling = fl_arena_array(arena, mappers, sizeof *c->tiling);
    c->unfit = fl_arena_array(arena, mappers, sizeof *c->unfit);
    c->broken = fl_arena_array(arena, mappers, sizeof *c->broken);
    c->reason = fl_arena_array(arena, mappers, sizeof *c->reason);
    for (size_t i = 0; i < mappers; i++)
        if (!tiling_run(c, mapper[i], db))
            return false;
    for (size_t i = 0; i < c->unfits && c->tilings == 0; i++)
        fl_fail(&c->cli->err, NULL, "%s", c->unfit[i]);
    return c->tilings > 0;
}

/* ---- what is shown ---- */

static const char *number(struct comparison *c, double value, const char *unit, enum fl_format format)
{
    char buffer[FL_SI_BYTES];
    if (format != FL_TABLE)
        return fl_arena_format(&c->cli->arena, "%.15g", value);
    return fl_arena_text(&c->cli->arena, fl_si(buffer, value, unit));
}

static const char *share(struct comparison *c, double value, enum fl_format format)
{
    char buffer[FL_SI_BYTES];
    if (format != FL_TABLE)
        return fl_arena_format(&c->cli->arena, "%.15g", value);
    return fl_arena_text(&c->cli->arena, fl_percent(buffer, value));
}

static void row_write(struct comparison *c, struct fl_table *table, size_t which, const struct fl_tiling_part *part,
                      size_t best, enum fl_format format)
{
    const struct fl_tiling *t = &c->tiling[which];
    bool all = part == &t->all, text = format == FL_TABLE, fixed = strcmp(part->name, "(static)") == 0 && text;
    const char *mark = text && all && which == best ? " *" : "";
    const char *cell[] = {
        part->name, fl_arena_format(&c->cli->arena, "%s%s", t->mapper, mark), part->strategy,
        fixed ? "" : number(c, part->seconds, "s", format), number(c, part->joules, "J", format),
        fixed ? "" : number(c, part->loads, "", format), fixed ? "" : number(c, part->sram_bytes, "B", format),
        fixed ? "" : number(c, part->dram_bytes, "B", format), fixed ? "" : number(c, part->partial_bytes, "B", format),
        fixed ? "" : share(c, fl_tiling_utilization(t, part), format),
        fixed ? "" : number(c, part->bound_s, "s", format), part->bound_by,
        fl_arena_format(&c->cli->arena, "%lld", (long long)t->run)};
    fl_table_cells(table, cell);
}

/* A tiling that has no figures, for its run broke a law. */
static void broken_write(struct comparison *c, struct fl_table *table, const char *tiling)
{
    const char *cell[] = {c->tiling[0].all.name, fl_arena_format(&c->cli->arena, "%s (failed)", tiling), "failed",
                          "", "", "", "", "", "", "", "", "", ""};
    fl_table_cells(table, cell);
}

/* The whole first, then operator by operator, the tilings below one another. */
static void table_write(struct comparison *c, size_t best, enum fl_format format)
{
    static const char *const texts[] = {
        "operator<", "tiling<", "done as<", "time>", "energy>", "SLM loads>", "SRAM>", "DRAM>", "partial sums>",
        "MAC use>", "bound>", "bound by<", "run>"};
    static const char *const keys[] = {
        "operator<", "tiling<", "done_as<", "time_s>", "energy_j>", "slm_loads>", "sram_bytes>", "dram_bytes>",
        "partial_bytes>", "mac_utilization>", "bound_s>", "bound_by<", "run>"};
    struct fl_table table = {0};
    fl_table_heads(&table, format == FL_TABLE ? texts : keys, sizeof keys / sizeof *keys - (format == FL_TABLE));
    for (size_t i = 0; i < c->tilings; i++)
        row_write(c, &table, i, &c->tiling[i].all, best, format);
    for (size_t i = 0; i < c->brokens && format != FL_JSON; i++)
        broken_write(c, &table, c->broken[i]);
    for (size_t p = 0; p < c->tiling[0].parts; p++) {
        if (format == FL_TABLE)
            fl_table_row(&table, "", NULL);
        for (size_t i = 0; i < c->tilings; i++)
            row_write(c, &table, i, &c->tiling[i].part[p], best, format);
    }
    cli_table_write(&table, format, stdout);
    fl_table_free(&table);
}

/* ---- why ---- */

/* Lines as JSON texts, commas between them. */
static void json_lines(struct comparison *c, const char *text)
{
    for (const char *separator = ""; *text != '\0'; separator = ", ") {
        size_t length = strcspn(text, "\n");
        fputs(separator, stdout);
        fl_json_text(fl_arena_format(&c->cli->arena, "%.*s", (int)length, text), stdout);
        text += length;
        text += strspn(text, "\n ");
    }
}

static void json_why(struct comparison *c, size_t best)
{
    const char *separator = "";
    for (size_t i = 0; i < c->tilings; i++) {
        if (i == best)
            continue;
        printf("%s\n    {\"tiling\": ", separator);
        fl_json_text(c->tiling[i].mapper, stdout);
        fputs(", \"why\": [", stdout);
        json_lines(c, fl_tiling_why(&c->tiling[best], &c->tiling[i], c->objective, &c->cli->arena));
        fputs("]}", stdout);
        separator = ",";
    }
}

static size_t note_add(const char **note, size_t notes, const char *text)
{
    for (size_t i = 0; i < notes && text != NULL; i++)
        if (strcmp(note[i], text) == 0)
            return notes;
    note[notes] = text;
    return notes + (text != NULL);
}

/* What must be said of the runs, each text once; NULL at the end. */
static const char **notes_of(const struct comparison *c)
{
    const char **note = fl_arena_array(&c->cli->arena, 2 * c->tilings + 1, sizeof *note);
    size_t notes = 0;
    for (size_t i = 0; i < c->tilings; i++)
        notes = note_add(note, notes, c->tiling[i].remarks);
    for (size_t i = 0; i < c->tilings; i++)
        notes = note_add(note, notes, c->tiling[i].search);
    note[notes] = NULL;
    return note;
}

static void json_write(struct comparison *c, size_t best)
{
    const char *separator = "";
    printf("{\n  \"objective\": \"%s\", \"best\": ", c->objective);
    fl_json_text(c->tiling[best].mapper, stdout);
    fputs(",\n  \"rows\": ", stdout);
    table_write(c, best, FL_JSON);
    fputs("  , \"why\": [", stdout);
    json_why(c, best);
    fputs("],\n  \"unfit\": [", stdout);
    for (size_t i = 0; i < c->unfits; i++) {
        fputs(i > 0 ? ", " : "", stdout);
        fl_json_text(c->unfit[i], stdout);
    }
    fputs("],\n  \"failed\": [", stdout);
    for (size_t i = 0; i < c->brokens; i++) {
        fputs(i > 0 ? ", {\"tiling\": " : "{\"tiling\": ", stdout);
        fl_json_text(c->broken[i], stdout);
        fputs(", \"error\": ", stdout);
        fl_json_text(c->reason[i], stdout);
        fputs("}", stdout);
    }
    fputs("],\n  \"notes\": [", stdout);
    for (const char **note = notes_of(c); *note != NULL; note++, separator = ", ") {
        fputs(separator, stdout);
        fl_json_text(*note, stdout);
    }
    fputs("]\n}\n", stdout);
}

/* The best by the other objectives, where that is another tiling. */
static void others_write(struct comparison *c, size_t best)
{
    static const char *const objectives[] = {"latency", "energy", "edp"};
    for (int i = 0; i < 3; i++) {
        size_t other = fl_tiling_best(c->tiling, c->tilings, objectives[i]);
        const struct fl_tiling *t = &c->tiling[other];
        if (fl_tiling_score(t, objectives[i]) < fl_tiling_score(&c->tiling[best], objectives[i]))
            printf("By %s, %s would: %s, %s.\n", i == 2 ? "their product (edp)" : objectives[i], t->mapper,
                   number(c, t->all.seconds, "s", FL_TABLE), number(c, t->all.joules, "J", FL_TABLE));
    }
}

static void comparison_write(struct comparison *c, enum fl_format format, const char *db)
{
    size_t best = fl_tiling_best(c->tiling, c->tilings, c->objective);
    const struct fl_tiling *winner = &c->tiling[best];
    if (format == FL_JSON) {
        json_write(c, best);
        return;
    }
    table_write(c, best, format);
    if (format == FL_CSV)
        return;
    printf("\nBy %s, %s wins: %s, %s; no run of it could take less than %s.\n", c->objective, winner->mapper,
           number(c, winner->all.seconds, "s", FL_TABLE), number(c, winner->all.joules, "J", FL_TABLE),
           number(c, winner->all.bound_s, "s", FL_TABLE));
    others_write(c, best);
    for (size_t i = 0; i < c->tilings; i++)
        if (i != best)
            printf("  %s %s.\n", c->tiling[i].mapper,
                   fl_tiling_why(winner, &c->tiling[i], c->objective, &c->cli->arena));
    for (size_t i = 0; i < c->unfits; i++)
        printf("  Not to be had here: %s.\n", c->unfit[i]);
    for (size_t i = 0; i < c->brokens; i++)
        printf("  Failed: %s: %s.\n", c->broken[i], c->reason[i]);
    for (const char **note = notes_of(c); *note != NULL; note++)
        printf("Note: %s\n", *note);
    long long first = (long long)c->tiling[0].run, last = (long long)c->tiling[c->tilings - 1].run;
    if (first == last)
        printf("\nStored as run %lld in %s.\n", first, db);
    else
        printf("\nStored as runs %lld to %lld in %s.\n", first, last, db);
}

/* On stderr, also where nothing else is written: what every report of these runs must say. */
static void remarks_tell(struct comparison *c)
{
    const char **note = fl_arena_array(&c->cli->arena, c->tilings + 1, sizeof *note);
    size_t notes = 0;
    for (size_t i = 0; i < c->tilings; i++)
        notes = note_add(note, notes, c->tiling[i].remarks);
    for (size_t i = 0; i < notes; i++)
        fprintf(stderr, "note: %s\n", note[i]);
}

static enum cli_status compare_run(struct cli *cli)
{
    const char *objective = cli_text(cli, "objective"), *db = cli_db_path(cli);
    struct comparison c = {.cli = cli, .objective = objective != NULL ? objective : "latency"};
    if ((cli_text(cli, "model") != NULL) == (cli_text(cli, "trace") != NULL)) {
        fl_fail(&cli->err, "fanlight compare", "give a model (--model NAME) or a trace (--trace FILE)");
        return CLI_FAULT;
    }
    if (!fl_db_check(db, &cli->err) || !request_check(&c) || !tilings_run(&c, db))
        return CLI_FAULT;
    remarks_tell(&c);
    if (!cli_flag(cli, "quiet"))
        comparison_write(&c, cli_format(cli), db);
    return CLI_OK;
}

static const struct cli_option own[] = {
    {.name = "label", .value = "TEXT", .meaning = "stored with the runs"},
    {0},
};

const struct cli_command cli_compare = {
    .name = "compare", .summary = "runs several tilings of one model on one machine, side by side, and says why the "
                                  "best one is",
    .usage = "--design NAME|FILE.cfg --model NAME|config.json [--map a,b,...] [options]",
    .details = "--map names strategies or mapping files, commas between them; preset: all strategies and search.\n"
               "Each is stored as a run. SLM loads are tiles; SRAM and DRAM what goes in and out, partial sums\n"
               "among it; joules of operators are those of their actions, static power is a row of its own.\n"
               "See docs/tilings.md.\n",
    .options = {cli_machine_options, cli_work_options, own, cli_db_options, cli_output_options, cli_quiet_options},
    .run = compare_run,
};
