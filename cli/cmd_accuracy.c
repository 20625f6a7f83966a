/* cmd_accuracy.c - fanlight accuracy: what a design makes of a network, next to the energy it takes. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

struct rows {
    struct fl_table table;
    struct fl_arena *arena;
    enum fl_format format;
    const char *settings;               /* of the point at hand, "key=value key=value" */
    bool many;                          /* there are several points: a line for each, */
    int got;                            /* from so many rows of one */
    const char *reached[4];
    struct fl_accuracy_row optical;
};

static const char *number(const struct rows *rows, double value)
{
    if (isnan(value))
        return "";
    return fl_arena_format(rows->arena, rows->format == FL_TABLE ? "%.4g" : "%.15g", value);
}

/* Perplexity, or percent. */
static const char *quality(const struct rows *rows, const struct fl_accuracy_row *row, double value)
{
    bool percent = isnan(row->perplexity) && !isnan(value);
    return percent ? fl_arena_format(rows->arena, "%.2f %%", 100 * value) : number(rows, value);
}

/* Perplexity, or percent. */
static const char *reached(const struct rows *rows, const struct fl_accuracy_row *row)
{
    return quality(rows, row, isnan(row->perplexity) ? row->accuracy : row->perplexity);
}

static const char *joules(const struct rows *rows, const struct fl_accuracy_row *row)
{
    char text[FL_SI_BYTES] = "";
    return fl_arena_text(rows->arena, isnan(row->j_per_token) ? "" : fl_si(text, row->j_per_token, "J"));
}

/* For people: the arithmetics of one design and network. */
static void table_row(struct rows *rows, const struct fl_accuracy_row *row)
{
    if (rows->table.columns == 0)
        fl_table_head(&rows->table, "arithmetic<", isnan(row->perplexity) ? "accuracy>" : "perplexity>", "+->",
                      "over exact>", "photons/MAC>", "optical MACs>", "energy/token>", NULL);
    fl_table_row(&rows->table, row->arithmetic, reached(rows, row), quality(rows, row, row->sigma),
                 number(rows, row->over_exact), number(rows, row->photons_per_mac), number(rows, row->optical_share),
                 joules(rows, row), NULL);
}

/* A line for each of several points; the four rows of a point come one after the other. */
static void point_row(struct rows *rows, const struct fl_accuracy_row *row)
{
    enum { OPTICAL, NOISELESS, DIGITAL, EXACT };
    if (rows->got == OPTICAL)
        rows->optical = *row;
    rows->reached[rows->got++] = reached(rows, row);
    if (rows->got <= EXACT)
        return;
    rows->got = 0;
    if (rows->table.columns == 0)
        fl_table_head(&rows->table, "network<", "varied<", "photons/MAC>",
                      isnan(row->perplexity) ? "accuracy>" : "perplexity>", "+->", "noiseless>", "8 bits>", "exact>",
                      "energy/token>", NULL);
    fl_table_row(&rows->table, row->net, rows->settings, number(rows, rows->optical.photons_per_mac),
                 rows->reached[OPTICAL], quality(rows, &rows->optical, rows->optical.sigma), rows->reached[NOISELESS],
                 rows->reached[DIGITAL], rows->reached[EXACT], joules(rows, &rows->optical), NULL);
}

static void data_row(struct rows *rows, const struct fl_accuracy_row *row)
{
    if (rows->table.columns == 0)
        fl_table_head(&rows->table, "design<", "net<", "arithmetic<", "perplexity>", "sigma>", "over_exact>",
                      "photons_per_mac>", "optical_share>", "j_per_token>", "j_per_mac>", "seeds>", "symbols>",
                      "task<", "accuracy>", "settings<", "run>", NULL);
    fl_table_row(&rows->table, row->design, row->net, row->arithmetic, number(rows, row->perplexity),
                 number(rows, row->sigma), number(rows, row->over_exact), number(rows, row->photons_per_mac),
                 number(rows, row->optical_share), number(rows, row->j_per_token), number(rows, row->j_per_mac),
                 fl_arena_format(rows->arena, "%d", row->seeds),
                 fl_arena_format(rows->arena, "%" PRId64, row->symbols), row->task, number(rows, row->accuracy),
                 rows->settings, row->run > 0 ? fl_arena_format(rows->arena, "%" PRId64, row->run) : "", NULL);
}

static void tell(void *context, const struct fl_accuracy_row *row)
{
    struct rows *rows = context;
    if (rows->format != FL_TABLE)
        data_row(rows, row);
    else if (rows->many)
        point_row(rows, row);
    else
        table_row(rows, row);
}

/* ---- points: every network with every value of every key and every light ---- */

struct axis { const char *const *value; size_t values; };
enum { AXES = 16 };                     /* the first is networks, the last light, those between keys: "key=value" */

/* "key=a,b,c" into "key=a", "key=b", "key=c". */
static bool axis_of(struct cli *cli, const char *text, struct axis *axis)
{
    size_t name = strcspn(text, "="), room = 1;
    for (const char *at = text; *at != '\0'; at++)
        room += *at == ',';
    const char **value = fl_arena_array(&cli->arena, room, sizeof *value);
    if (name == 0 || text[name] == '\0')
        return fl_fail(&cli->err, "--vary", "\"%s\" is not KEY=VALUE,VALUE...", text);
    for (const char *at = text + name + 1;; at++) {
        size_t length = strcspn(at, ",");
        if (length == 0)
            return fl_fail(&cli->err, "--vary", "\"%s\" has an empty value", text);
        value[axis->values++] = fl_arena_format(&cli->arena, "%.*s=%.*s", (int)name, text, (int)length, at);
        at += length;
        if (*at == '\0')
            break;
    }
    axis->value = value;
    return true;
}

/* Given values of an option as an axis; where none is, one value that is NULL. */
static struct axis axis_given(struct cli *cli, const char *option)
{
    static const char *const none[] = {NULL};
    struct axis axis;
    axis.value = cli_all(cli, option, &axis.values);
    return axis.values > 0 ? axis : (struct axis){none, 1};
}

static bool axes_find(struct cli *cli, struct axis *axis, size_t *axes)
{
    size_t keys;
    const char *const *vary = cli_all(cli, "vary", &keys);
    bool ok = true;
    if (keys + 2 > AXES)
        return fl_fail(&cli->err, "--vary", "is given %zu times; %d is the most", keys, AXES - 2);
    axis[0] = axis_given(cli, "net");
    for (size_t i = 0; i < keys; i++) {
        axis[i + 1] = (struct axis){NULL, 0};
        ok = axis_of(cli, vary[i], &axis[i + 1]) && ok;
    }
    axis[keys + 1] = axis_given(cli, "photons-per-mac");
    *axes = keys + 2;
    return ok;
}

static bool light_read(struct cli *cli, const char *text, double *light)
{
    char *end;
    if (text == NULL)
        return true;
    *light = strtod(text, &end);
    return (end != text && *end == '\0' && *light >= 1e-9 && *light <= 1e12) ||
           fl_fail(&cli->err, "--photons-per-mac", "\"%s\" is no number from 1e-09 to 1e+12", text);
}

/* Point `number`, the last axis fastest. */
static bool point_run(struct cli *cli, const struct axis *axis, size_t axes, size_t point, struct fl_accuracy_ask ask,
                      struct rows *rows)
{
    struct fl_request machine = cli_machine(cli);
    const char **set = fl_arena_array(&cli->arena, (size_t)machine.sets + axes, sizeof *set), *light = NULL;
    for (int i = 0; i < machine.sets; i++)
        set[i] = machine.set[i];
    rows->settings = "";
    for (size_t i = axes; i-- > 0; point /= axis[i].values) {
        const char *value = axis[i].value[point % axis[i].values];
        if (i == 0) {
            ask.net = value;
        } else if (i == axes - 1) {
            light = value;
        } else {
            set[(size_t)machine.sets + i - 1] = value;
            rows->settings = fl_arena_format(&cli->arena, "%s%s%s", value, *rows->settings != '\0' ? " " : "",
                                             rows->settings);
        }
    }
    machine.set = set;
    ask.varied = (int)axes - 2;
    machine.sets += ask.varied;
    machine.label = cli_text(cli, "label");
    return light_read(cli, light, &ask.photons_per_mac) && fanlight_accuracy(&machine, &ask, tell, rows, &cli->err);
}

static bool points_run(struct cli *cli, const struct fl_accuracy_ask *ask, struct rows *rows)
{
    struct axis axis[AXES] = {{NULL, 0}};
    size_t axes = 0, points = 1;
    if (!axes_find(cli, axis, &axes))
        return false;
    for (size_t i = 0; i < axes; i++)
        points *= axis[i].values;
    rows->many = points > 1;
    struct cli_progress progress = cli_progress_start("points");
    bool ok = true;
    for (size_t i = 0; i < points && ok; i++) {
        ok = point_run(cli, axis, axes, i, *ask, rows);
        cli_progress_step(&progress, (int64_t)i + 1, (int64_t)points);
    }
    cli_progress_end(&progress);
    return ok;
}

static enum cli_status accuracy_run(struct cli *cli)
{
    struct rows rows = {.arena = &cli->arena, .format = cli_format(cli)};
    struct fl_accuracy_ask ask = {
        .text = cli_text(cli, "text"), .wordnet = cli_text(cli, "wordnet"), .db = cli_text(cli, "db"),
        .seeds = (int)cli_count(cli, "seeds", 0), .windows = (int)cli_count(cli, "windows", 0),
        .jobs = (int)cli_count(cli, "jobs", 0), .context = (int)cli_count(cli, "context", 0)};
    bool ok = cli_real(cli, "systematic", 0, 10, &ask.systematic);
    ok = cli_real(cli, "inside", 0.5, 1, &ask.inside) && ok;
    ok = ok && points_run(cli, &ask, &rows);
    if (ok)
        cli_table_write(&rows.table, rows.format, stdout);
    fl_table_free(&rows.table);
    return ok ? CLI_OK : CLI_FAULT;
}

static const struct cli_option own[] = {
    {.name = "net", .value = "NAME|FILE", .required = true, .many = true,
     .meaning = "trained network: a shipped name, a file that `fanlight learn -o` wrote, or the folder of a published "
                "model (config.json and model.safetensors of GPT-2 or Pythia); may be repeated"},
    {.name = "photons-per-mac", .value = "X", .many = true,
     .meaning = "light: photons detected for a product, the mean of all; turns the design's own key "
                "(source.photon_bits, or source.error of the budget `signal`); may be repeated"},
    {.name = "vary", .value = "PATH=VALUE,VALUE...", .many = true,
     .meaning = "points at each of these values of a key of the design; may be repeated: every value with every other"},
    {.name = "db", .value = "FILE", .meaning = "results database that the points and their runs are stored in"},
    {.name = "label", .value = "TEXT", .meaning = "stored with the runs"},
    {.name = "systematic", .value = "X",
     .meaning = "error of each output's own devices over the spread of outputs, drawn once a machine, beside the "
                "design's detector.systematic_error (preset 0)"},
    {.name = "inside", .value = "SHARE",
     .meaning = "share of inputs that full level holds; the others are cut off (preset 1)"},
    {.name = "seeds", .value = "N", .least = 1, .most = 1000, .meaning = "machines and noises to average (preset 1)"},
    {.name = "windows", .value = "N", .least = 1, .most = 1000000,
     .meaning = "windows of test text, each of the network's context (preset 128)"},
    {.name = "text", .value = "NAME|FILE",
     .meaning = "test on wordnet, generated or a text file (preset: what the network was trained on); of a published "
                "model a file of numbers of tokens"},
    {.name = "context", .value = "N", .least = 2, .most = 2048,
     .meaning = "tokens of a window of a published model (preset 128)"},
    {.name = "wordnet", .value = "FOLDER", .meaning = "folder of WordNet's files (preset /usr/share/wordnet)"},
    {.name = "jobs", .value = "N", .least = 1, .most = 256,
     .meaning = "threads (preset 1); results do not depend on it"},
    {0},
};

const struct cli_command cli_accuracy = {
    .name = "accuracy",
    .summary = "runs a trained network through a design's optics: perplexity, photons and joules of one machine",
    .usage = "--design NAME|FILE.cfg --net NAME|FILE [--photons-per-mac X] [--db FILE] [options]",
    .details = "optical: the design. noiseless: its encoding, bits and ranges alone. 8 bits: digital. exact:\n"
               "float32. How far that carries: docs/accuracy.md.\n",
    .options = {own, cli_machine_options, cli_output_options}, .run = accuracy_run,
};
