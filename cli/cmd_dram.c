/* cmd_dram.c - fanlight dram: an address trace on a DRAM device alone; how anybody checks our memory. */
#include <errno.h>
#include <string.h>

#include "arch/arch.h"
#include "cli/cli.h"
#include "units/dram_replay.h"

/* "chase", "unlimited" or a number of requests a clock. */
static bool inject_read(struct cli *cli, int64_t *inject)
{
    const char *text = cli_text(cli, "inject");
    *inject = FL_DRAM_UNLIMITED;
    if (text == NULL || strcmp(text, "unlimited") == 0)
        return true;
    if (strcmp(text, "chase") == 0) {
        *inject = FL_DRAM_CHASE;
        return true;
    }
    size_t digits = strspn(text, "0123456789");
    *inject = 0;
    for (size_t i = 0; i < digits && i < 9; i++)
        *inject = *inject * 10 + (text[i] - '0');
    if (text[digits] == '\0' && digits > 0 && digits <= 9 && *inject > 0)
        return true;
    return fl_fail(&cli->err, "--inject", "\"%s\" is neither chase, unlimited nor a number of requests a clock", text);
}

static void result_json(const struct fl_dram_result *r)
{
    printf("{\n  \"requests\": %lld,\n  \"bytes\": %lld,\n  \"cycles\": %lld,\n", (long long)r->requests,
           (long long)r->bytes, (long long)r->cycles);
    const struct { const char *name; double value; } real[] = {
        {"time_ns", r->time_ns}, {"bandwidth_gb_s", r->bandwidth_gb_s}, {"row_hit_rate", r->row_hit_rate},
        {"avg_latency_ns", r->avg_latency_ns}, {"energy_act_pre_pj", r->energy_act_pre_pj},
        {"energy_rd_pj", r->energy_rd_pj}, {"energy_wr_pj", r->energy_wr_pj},
        {"energy_background_pj", r->energy_background_pj}, {"energy_refresh_pj", r->energy_refresh_pj},
        {"energy_total_pj", r->energy_total_pj},
    };
    const struct { const char *name; int64_t value; } whole[] = {
        {"num_act", r->num_act}, {"num_pre", r->num_pre}, {"num_rd", r->num_rd}, {"num_wr", r->num_wr},
        {"num_ref", r->num_ref},
    };
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        printf("  \"%s\": %lld,\n", whole[i].name, (long long)whole[i].value);
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        printf("  \"%s\": %.12g%s\n", real[i].name, real[i].value, i + 1 < sizeof real / sizeof *real ? "," : "");
    puts("}");
}

static void row(struct fl_table *table, const char *name, const char *value)
{
    fl_table_row(table, name, value, NULL);
}

static void row_count(struct fl_table *table, const char *name, int64_t value)
{
    row(table, name, fl_arena_format(&table->arena, "%lld", (long long)value));
}

static void row_si(struct fl_table *table, const char *name, double value, const char *unit)
{
    char text[FL_SI_BYTES];
    row(table, name, fl_si(text, value, unit));
}

static void result_table(const struct fl_dram_result *r)
{
    struct fl_table table = {0};
    char text[FL_SI_BYTES];
    fl_table_head(&table, "what<", "value>", NULL);
    row_count(&table, "requests", r->requests);
    row_count(&table, "bytes", r->bytes);
    row_count(&table, "clocks", r->cycles);
    row_si(&table, "time", r->time_ns * 1e-9, "s");
    row_si(&table, "bandwidth", r->bandwidth_gb_s * 1e9, "B/s");
    row(&table, "row hits", fl_percent(text, r->row_hit_rate));
    row_si(&table, "average read latency", r->avg_latency_ns * 1e-9, "s");
    row_count(&table, "activates", r->num_act);
    row_count(&table, "precharges", r->num_pre);
    row_count(&table, "reads", r->num_rd);
    row_count(&table, "writes", r->num_wr);
    row_count(&table, "refreshes", r->num_ref);
    row_si(&table, "energy of activates and precharges", r->energy_act_pre_pj * 1e-12, "J");
    row_si(&table, "energy of reads", r->energy_rd_pj * 1e-12, "J");
    row_si(&table, "energy of writes", r->energy_wr_pj * 1e-12, "J");
    row_si(&table, "energy standing by", r->energy_background_pj * 1e-12, "J");
    row_si(&table, "energy of refreshes", r->energy_refresh_pj * 1e-12, "J");
    row_si(&table, "energy in all, IO apart", r->energy_total_pj * 1e-12, "J");
    fl_table_print(&table, stdout);
    fl_table_free(&table);
}

static bool replay(struct cli *cli, const struct fl_dram_device *device, int64_t inject, struct fl_dram_result *result)
{
    const char *path = cli_text(cli, "trace");
    bool standard = strcmp(path, "-") == 0;
    struct fl_dram_replay *run = fl_dram_replay_new(device, cli_text(cli, "map"), inject, "--map", &cli->err);
    if (run == NULL)
        return false;
    FILE *trace = standard ? stdin : fopen(path, "r");
    bool ok = trace != NULL || fl_fail(&cli->err, path, "cannot be read: %s", strerror(errno));
    ok = ok && fl_dram_replay_trace(run, trace, standard ? "standard input" : path, &cli->err);
    if (trace != NULL && !standard)
        fclose(trace);
    if (ok)
        *result = fl_dram_replay_end(run);
    fl_dram_replay_free(run);
    return ok;
}

static enum cli_status dram_run(struct cli *cli)
{
    struct fl_sim sim = {0};
    struct fl_dram_result result;
    int64_t inject;
    const char *name = cli_text(cli, "device");
    bool ok = inject_read(cli, &inject);
    const struct unit *unit = fl_device_unit(&sim, "dram", name, &cli->err);
    if (unit != NULL && fl_dram_device_of(unit)->trc_raised)
        fprintf(stderr,
                "warning: %s: trc is below tras + trp, which no device keeps; their sum, %lld clocks, is used\n",
                name, (long long)fl_dram_device_of(unit)->trc);
    ok = unit != NULL && ok && replay(cli, fl_dram_device_of(unit), inject, &result);
    fl_sim_free(&sim);
    if (!ok)
        return CLI_FAULT;
    if (cli_flag(cli, "json"))
        result_json(&result);
    else
        result_table(&result);
    return CLI_OK;
}

static const struct cli_option own[] = {
    {.name = "device", .value = "NAME|FILE.cfg", .required = true, .meaning = "see `fanlight list devices`"},
    {.name = "trace", .value = "FILE", .required = true,
     .meaning = "lines `<hexadecimal address> <R|W>`; - is standard input"},
    {.name = "map", .value = "ORDER",
     .meaning = "order of address fields, the highest first, as in rorabacobgch (preset: the device's)"},
    {.name = "inject", .value = "chase|unlimited|N",
     .meaning = "one request outstanding, as many as are taken (preset), or at most N a clock"},
    {.name = "json", .meaning = "one JSON object instead of a table"},
    {0},
};

const struct cli_command cli_dram = {
    .name = "dram", .summary = "replays an address trace on a DRAM device alone",
    .details = "How it compares with other simulators: docs/validation.md.\n",
    .options = {own}, .run = dram_run,
};
