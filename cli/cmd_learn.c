/* cmd_learn.c - fanlight learn: networks trained by backpropagation, by random feedback, and by less. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "learn/learn.h"

struct rows { struct fl_table table; struct fl_arena *arena; enum fl_format format; };

static const char *number(const struct rows *rows, double value)
{
    return isnan(value) ? "" : fl_arena_format(rows->arena, rows->format == FL_TABLE ? "%.4g" : "%.15g", value);
}

static void tell(void *context, const struct fl_learn_row *row)
{
    struct rows *rows = context;
    const char *seed = fl_arena_format(rows->arena, "%" PRIu64, row->seed);
    bool people = rows->format == FL_TABLE, text = !isnan(row->perplexity);
    if (rows->table.columns == 0 && people && text)
        fl_table_head(&rows->table, "method<", "perplexity>", NULL);
    else if (rows->table.columns == 0 && people)
        fl_table_head(&rows->table, "method<", "test accuracy>", "training accuracy>", NULL);
    else if (rows->table.columns == 0)
        fl_table_head(&rows->table, "task<", "method<", "seed>", "perplexity>", "test_accuracy>", "train_accuracy>",
                      NULL);
    if (people && text)
        fl_table_row(&rows->table, row->method, number(rows, row->perplexity), NULL);
    else if (people)
        fl_table_row(&rows->table, row->method, number(rows, row->test_accuracy), number(rows, row->train_accuracy),
                     NULL);
    else
        fl_table_row(&rows->table, row->task, row->method, seed, number(rows, row->perplexity),
                     number(rows, row->test_accuracy), number(rows, row->train_accuracy), NULL);
}

static int place_of(const char *name, const char *const *names)
{
    int place = 0;
    while (strcmp(names[place], name) != 0)
        place++;
    return place;
}

static bool run(struct cli *cli, struct fl_learn_ask *ask, struct rows *rows)
{
    struct cli_progress progress = cli_progress_start("steps");
    ask->progress = cli_progress_step;
    ask->progress_context = &progress;
    bool ok = fl_learn(ask, tell, rows, &cli->err);
    cli_progress_end(&progress);
    return ok;
}

static enum cli_status learn_run(struct cli *cli)
{
    struct rows rows = {.arena = &cli->arena, .format = cli_format(cli)};
    struct fl_learn_ask ask = {
        .task = (enum fl_task)place_of(cli_text(cli, "task"), fl_task_names),
        .seed = (uint64_t)cli_count(cli, "seed", 1), .width = (int)cli_count(cli, "width", 0),
        .layers = (int)cli_count(cli, "layers", 0), .context = (int)cli_count(cli, "context", 0),
        .steps = (int)cli_count(cli, "steps", 0), .text = cli_text(cli, "text"), .wordnet = cli_text(cli, "wordnet")};
    size_t methods;
    const char *const *method = cli_all(cli, "method", &methods);
    for (size_t i = 0; i < methods; i++)
        ask.method[place_of(method[i], fl_method_names)] = true;
    ask.method[FL_METHOD_BP] |= methods == 0;
    ask.only = cli_flag(cli, "only");
    ask.checkpoint = cli_text(cli, "checkpoint");
    const struct fl_request design = cli_machine(cli);
    ask.design = design.design != NULL ? &design : NULL;
    if (ask.design == NULL && (design.sets > 0 || cli_text(cli, "photons-per-mac") != NULL)) {
        fl_fail(&cli->err, "fanlight learn", "--set and --photons-per-mac are about a design: name it with --design");
        return CLI_FAULT;
    }
    size_t opu_sets;
    struct fl_request opu = {.design = cli_text(cli, "opu"), .set = cli_all(cli, "opu-set", &opu_sets)};
    opu.sets = (int)opu_sets;
    ask.opu = opu.design != NULL ? &opu : NULL;
    if (ask.opu == NULL && (opu.sets > 0 || cli_text(cli, "opu-photons-per-mac") != NULL)) {
        fl_fail(&cli->err, "fanlight learn", "--opu-set and --opu-photons-per-mac are about a design: name it with "
                "--opu");
        return CLI_FAULT;
    }
    const char *path = cli_text(cli, "output");
    if (path != NULL && ask.checkpoint != NULL && strcmp(path, ask.checkpoint) == 0) {
        fl_fail(&cli->err, "--checkpoint", "%s is where the network goes; name another file", path);
        return CLI_FAULT;
    }
    struct fl_file file;
    bool numbers = cli_real(cli, "noise", 0, 100, &ask.noise);
    numbers = cli_real(cli, "decay", 0, 100, &ask.decay) && numbers;
    numbers = cli_real(cli, "photons-per-mac", 1e-9, 1e12, &ask.photons_per_mac) && numbers;
    numbers = cli_real(cli, "opu-photons-per-mac", 1e-9, 1e12, &ask.opu_photons_per_mac) && numbers;
    if (!numbers || (path != NULL && !cli_file_make(cli, &file, path)))
        return CLI_FAULT;
    ask.out = path != NULL ? file.stream : NULL;
    bool ok = run(cli, &ask, &rows);
    if (path != NULL && ok)
        ok = cli_file_done(cli, &file);
    else if (path != NULL)
        cli_file_drop(&file);
    if (ok && ask.checkpoint != NULL)
        remove(ask.checkpoint);         /* the network is safe now */
    if (ok)
        cli_table_write(&rows.table, rows.format, stdout);
    fl_table_free(&rows.table);
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "task", .value = "TASK", .choices = fl_task_names, .required = true,
     .meaning = "characters (continue text), graph (nouns of WordNet and their links), letters or digits (drawn here)"},
    {.name = "method", .value = "METHOD", .choices = fl_method_names, .many = true,
     .meaning = "bp (preset), dfa, dfa_ternary, two_pass, elm or last_layer, which is always among them; may be "
                "repeated"},
    {.name = "only", .meaning = "leave out the row of the last layer alone: the network is wanted, not a table"},
    {.name = "checkpoint", .value = "FILE",
     .meaning = "characters, digits: keep the training of the first method here every 50 steps, and go on from there "
                "if the file is there; removed at the end"},
    {.name = "decay", .value = "X",
     .meaning = "characters, digits: weights shrink by X times the rate in every step, AdamW's way (preset 0)"},
    {.name = "seed", .value = "N", .most = INT64_MAX, .meaning = "of weights, batches, projections (preset 1)"},
    {.name = "noise", .value = "X", .meaning = "of a projection over its rms, as a camera adds it (preset 0)"},
    {.name = "opu", .value = "NAME|FILE.cfg",
     .meaning = "design whose light projects the errors of dfa, dfa_ternary and two_pass"},
    {.name = "opu-set", .value = "PATH=VALUE", .many = true, .meaning = "override one key of that design"},
    {.name = "opu-photons-per-mac", .value = "X",
     .meaning = "its light: photons detected for a product of the first projection"},
    {.name = "width", .value = "N", .least = 1, .most = 4096, .meaning = "of the network (preset 64; digits 32)"},
    {.name = "layers", .value = "N", .least = 1, .most = 64,
     .meaning = "characters, digits: of the Transformer (preset 2)"},
    {.name = "context", .value = "N", .least = 2, .most = 1024,
     .meaning = "characters: symbols of a window (preset 64)"},
    {.name = "steps", .value = "N", .least = 1, .most = 1000000,
     .meaning = "of training (preset: characters 1500, graph 80, letters 150, digits 400)"},
    {.name = "text", .value = "NAME|FILE", .meaning = "characters: wordnet (preset), generated or a text file"},
    {.name = "wordnet", .value = "FOLDER", .meaning = "folder of WordNet's files (preset /usr/share/wordnet)"},
    {.name = "photons-per-mac", .value = "X",
     .meaning = "characters, digits, with --design: light as for `fanlight accuracy`, at the start of training"},
    {.name = "output", .value = "FILE.net", .letter = 'o',
     .meaning = "write the network that the first method trained, for `fanlight accuracy`"},
    {0},
};

const struct cli_command cli_learn = {
    .name = "learn",
    .summary = "trains networks by backpropagation, direct feedback alignment, two passes, or only at the top",
    .usage = "--task characters|graph|letters|digits [--method METHOD]... [options]",
    .details = "With --design, products of a Transformer's training (characters, digits) go through its optics (noise\n"
               "forward, exact back), so that the network learns to live with its noise.\n",
    .options = {own, cli_machine_options, cli_output_options}, .run = learn_run,
};
