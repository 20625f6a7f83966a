/* cmd_compare.c - fanlight compare: tilings side by side, and why the best one is. */
#include <string.h>

#include "api/compare.h"
#include "base/quote.h"
#include "cli/cli.h"
#include "cli/designs.h"

/* What is shown, and the progress of one tiling after the other. */
struct comparison {
    struct cli *cli;
    struct fl_comparison all;
    struct cli_progress progress;
    int64_t done;
};

/* Operators of a tiling; when there are fewer than before, the next has begun. */
static void step(void *context, int64_t done, int64_t all)
{
    struct comparison *c = context;
    if (done < c->done) {
        cli_progress_end(&c->progress);
        c->progress = cli_progress_start("operators");
    }
    c->done = done;
    cli_progress_step(&c->progress, done, all);
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
    const struct fl_tiling *t = &c->all.tiling[which];
    bool all = part == &t->all, text = format == FL_TABLE, fixed = strcmp(part->name, "(static)") == 0 && text;
    const char *mark = text && all && which == best ? " *" : "";
    const char *cell[] = {
        part->name, fl_arena_format(&c->cli->arena, "%s%s", t->mapper, mark), part->strategy,
        fixed ? "" : number(c, part->seconds, "s", format), number(c, part->joules, "J", format),
        fixed ? "" : number(c, part->loads, "", format), fixed ? "" : number(c, part->sram_bytes, "B", format),
        fixed ? "" : number(c, part->dram_bytes, "B", format), fixed ? "" : number(c, part->partial_bytes, "B", format),
        fixed ? "" : share(c, fl_tiling_utilization(t, part), format),
        fixed ? "" : number(c, part->bound_s, "s", format), part->bound_by,
        fl_arena_format(&c->cli->arena, "%lld", (long long)t->run),
        all && t->attention.where != NULL ? t->attention.where : "",
        all ? number(c, (double)t->attention.held_bits / 8, "B", format) : "",
        all ? number(c, t->attention.dram_bits / 8, "B", format) : ""};
    fl_table_cells(table, cell);
}

/* A tiling that has no figures, for its run broke a law. */
static void broken_write(struct comparison *c, struct fl_table *table, const char *tiling)
{
    const char *cell[] = {c->all.tiling[0].all.name, fl_arena_format(&c->cli->arena, "%s (failed)", tiling), "failed",
                          "", "", "", "", "", "", "", "", "", "", "", "", ""};
    fl_table_cells(table, cell);
}

/* The whole first, then operator by operator, the tilings below one another. */
static void table_write(struct comparison *c, size_t best, enum fl_format format)
{
    static const char *const texts[] = {
        "operator<", "tiling<", "done as<", "time>", "energy>", "SLM loads>", "SRAM>", "DRAM>", "partial sums>",
        "MAC use>", "bound>", "bound by<"};
    static const char *const keys[] = {
        "operator<", "tiling<", "done_as<", "time_s>", "energy_j>", "slm_loads>", "sram_bytes>", "dram_bytes>",
        "partial_bytes>", "mac_utilization>", "bound_s>", "bound_by<", "run>", "attention<", "attention_bytes>",
        "attention_dram_bytes>"};
    struct fl_table table = {0};
    size_t columns = format == FL_TABLE ? sizeof texts / sizeof *texts : sizeof keys / sizeof *keys;
    fl_table_heads(&table, format == FL_TABLE ? texts : keys, columns);
    for (size_t i = 0; i < c->all.tilings; i++)
        row_write(c, &table, i, &c->all.tiling[i].all, best, format);
    for (size_t i = 0; i < c->all.brokens && format != FL_JSON; i++)
        broken_write(c, &table, c->all.broken[i].tiling);
    for (size_t p = 0; p < c->all.tiling[0].parts; p++) {
        if (format == FL_TABLE)
            fl_table_row(&table, "", NULL);
        for (size_t i = 0; i < c->all.tilings; i++)
            row_write(c, &table, i, &c->all.tiling[i].part[p], best, format);
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
    for (size_t i = 0; i < c->all.tilings; i++) {
        if (i == best)
            continue;
        printf("%s\n    {\"tiling\": ", separator);
        fl_json_text(c->all.tiling[i].mapper, stdout);
        fputs(", \"why\": [", stdout);
        json_lines(c, fl_tiling_why(&c->all.tiling[best], &c->all.tiling[i], c->all.objective, &c->cli->arena));
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
    const char **note = fl_arena_array(&c->cli->arena, 2 * c->all.tilings + 1, sizeof *note);
    size_t notes = 0;
    for (size_t i = 0; i < c->all.tilings; i++)
        notes = note_add(note, notes, c->all.tiling[i].remarks);
    for (size_t i = 0; i < c->all.tilings; i++)
        notes = note_add(note, notes, c->all.tiling[i].search);
    note[notes] = NULL;
    return note;
}

static void json_write(struct comparison *c, size_t best)
{
    const char *separator = "";
    printf("{\n  \"objective\": \"%s\", \"best\": ", c->all.objective);
    fl_json_text(c->all.tiling[best].mapper, stdout);
    fputs(",\n  \"rows\": ", stdout);
    table_write(c, best, FL_JSON);
    fputs("  , \"why\": [", stdout);
    json_why(c, best);
    fputs("],\n  \"unfit\": [", stdout);
    for (size_t i = 0; i < c->all.unfits; i++) {
        fputs(i > 0 ? ", " : "", stdout);
        fl_json_text(fl_arena_format(&c->cli->arena, "%s: %s", c->all.unfit[i].tiling, c->all.unfit[i].why), stdout);
    }
    fputs("],\n  \"failed\": [", stdout);
    for (size_t i = 0; i < c->all.brokens; i++) {
        fputs(i > 0 ? ", {\"tiling\": " : "{\"tiling\": ", stdout);
        fl_json_text(c->all.broken[i].tiling, stdout);
        fputs(", \"error\": ", stdout);
        fl_json_text(c->all.broken[i].why, stdout);
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
        size_t other = fl_tiling_best(c->all.tiling, c->all.tilings, objectives[i]);
        const struct fl_tiling *t = &c->all.tiling[other];
        if (fl_tiling_score(t, objectives[i]) < fl_tiling_score(&c->all.tiling[best], objectives[i]))
            printf("By %s, %s would: %s, %s.\n", i == 2 ? "their product (edp)" : objectives[i], t->mapper,
                   number(c, t->all.seconds, "s", FL_TABLE), number(c, t->all.joules, "J", FL_TABLE));
    }
}

/* "in units, 1.57 MB of SRAM"; NULL: the work has no attention. */
static const char *attention_text(struct comparison *c, const struct fl_attention *a)
{
    const char *moved = "";
    if (a->where == NULL)
        return NULL;
    if (a->dram_bits > 0)
        moved = fl_arena_format(&c->cli->arena, ", %s moved", number(c, a->dram_bits / 8, "B", FL_TABLE));
    return fl_arena_format(&c->cli->arena, "%s, %s of SRAM%s", a->where,
                           number(c, (double)a->held_bits / 8, "B", FL_TABLE), moved);
}

/* Where scores and probabilities of each tiling are; tilings that agree together. */
static void attention_write(struct comparison *c)
{
    const char **text = fl_arena_array(&c->cli->arena, c->all.tilings + 1, sizeof *text);
    for (size_t i = 0; i < c->all.tilings; i++)
        text[i] = attention_text(c, &c->all.tiling[i].attention);
    for (size_t i = 0; i < c->all.tilings; i++) {
        const char *names = "";
        size_t same = 0;
        while (text[i] != NULL && strcmp(text[same], text[i]) != 0)
            same++;
        if (text[i] == NULL || same < i)
            continue;
        for (size_t j = i; j < c->all.tilings; j++)
            if (strcmp(text[j], text[i]) == 0)
                names = fl_arena_listed(&c->cli->arena, names, c->all.tiling[j].mapper);
        printf("Attention of %s: scores and probabilities of a layer are %s.\n", names, text[i]);
    }
}

static void comparison_write(struct comparison *c, enum fl_format format, const char *db)
{
    size_t best = c->all.best;
    const struct fl_tiling *winner = &c->all.tiling[best];
    if (format == FL_JSON) {
        json_write(c, best);
        return;
    }
    table_write(c, best, format);
    if (format == FL_CSV)
        return;
    printf("\nBy %s, %s wins: %s, %s; no run of it could take less than %s.\n", c->all.objective, winner->mapper,
           number(c, winner->all.seconds, "s", FL_TABLE), number(c, winner->all.joules, "J", FL_TABLE),
           number(c, winner->all.bound_s, "s", FL_TABLE));
    others_write(c, best);
    attention_write(c);
    for (size_t i = 0; i < c->all.tilings; i++)
        if (i != best)
            printf("  %s %s.\n", c->all.tiling[i].mapper,
                   fl_tiling_why(winner, &c->all.tiling[i], c->all.objective, &c->cli->arena));
    for (size_t i = 0; i < c->all.unfits; i++)
        printf("  Not to be had here: %s: %s.\n", c->all.unfit[i].tiling, c->all.unfit[i].why);
    for (size_t i = 0; i < c->all.brokens; i++)
        printf("  Failed: %s: %s.\n", c->all.broken[i].tiling, c->all.broken[i].why);
    for (const char **note = notes_of(c); *note != NULL; note++)
        printf("Note: %s\n", *note);
    if (winner->status != NULL)
        printf("The machine, %s, is %s: %s.\n", winner->design, winner->status, fl_status_said(winner->status));
    long long first = (long long)c->all.tiling[0].run, last = (long long)c->all.tiling[c->all.tilings - 1].run;
    if (first == last)
        printf("\nStored as run %lld in %s.\n", first, db);
    else
        printf("\nStored as runs %lld to %lld in %s.\n", first, last, db);
}

/* On stderr, also where nothing else is written: what every report of these runs must say. */
static void remarks_tell(struct comparison *c)
{
    const char **note = fl_arena_array(&c->cli->arena, c->all.tilings + 1, sizeof *note);
    size_t notes = 0;
    for (size_t i = 0; i < c->all.tilings; i++)
        notes = note_add(note, notes, c->all.tiling[i].remarks);
    for (size_t i = 0; i < notes; i++)
        fprintf(stderr, "note: %s\n", note[i]);
}

static void comparison_tell(struct comparison *c, const char *db)
{
    for (size_t i = 0; i < c->all.brokens; i++)
        fl_fail_as(&c->cli->err, c->all.broken[i].code, c->all.broken[i].tiling, "%s", c->all.broken[i].why);
    remarks_tell(c);
    if (!cli_flag(c->cli, "quiet"))
        comparison_write(c, cli_format(c->cli), db);
}

static enum cli_status compare_run(struct cli *cli)
{
    struct comparison c = {.cli = cli, .progress = cli_progress_start("operators")};
    struct fl_request ask = cli_request(cli);
    const char *db = cli_db_path(cli);
    if ((ask.model != NULL) == (ask.trace != NULL)) {
        fl_fail(&cli->err, "fanlight compare", "give a model (--model NAME) or a trace (--trace FILE)");
        return CLI_FAULT;
    }
    const char *designs = cli_text(cli, "designs");
    if (designs != NULL && cli_text(cli, "design") != NULL) {
        fl_fail(&cli->err, "fanlight compare", "give one machine (--design) to compare tilings on, or several "
                "(--designs) to compare with each other");
        return CLI_FAULT;
    }
    if (designs != NULL)
        return cli_designs_compare(cli, designs);
    ask.label = cli_text(cli, "label");
    if (!cli_flag(cli, "quiet")) {
        ask.progress = step;
        ask.context = &c;
    }
    bool ok = fl_compare(&c.all, &ask, db, &cli->err);
    cli_progress_end(&c.progress);
    if (ok)
        comparison_tell(&c, db);
    fl_comparison_free(&c.all);
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "designs", .value = "A,B...",
     .meaning = "machines side by side instead of tilings: time, energy, area, watts, error over spread"},
    {.name = "label", .value = "TEXT", .meaning = "stored with the runs"},
    {0},
};

const struct cli_command cli_compare = {
    .name = "compare", .summary = "runs several tilings of one model on one machine, or several machines (--designs), "
                                  "side by side",
    .usage = "(--design NAME|FILE.cfg | --designs A,B...) --model NAME|config.json [--map a,b,...] [options]",
    .details = "--map names strategies or mapping files, commas between them; preset: all strategies and search.\n"
               "Each is stored as a run. SLM loads are tiles; SRAM and DRAM what goes in and out, partial sums\n"
               "among it; joules of operators are those of their actions, static power is a row of its own.\n"
               "See docs/tilings.md.\n",
    .options = {cli_machine_options, cli_work_options, own, cli_db_options, cli_output_options, cli_quiet_options},
    .run = compare_run,
};
