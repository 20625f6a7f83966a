/* cmd_dram.c - fanlight dram: an address trace on a DRAM device alone; how anybody checks our memory. */
#include <errno.h>
#include <string.h>

#include "arch/arch.h"
#include "base/quantity.h"
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

/* "64", "64 B": the bytes of a request. */
static bool request_read(struct cli *cli, int64_t *bytes)
{
    enum { MOST = 1 << 20 };
    const char *text = cli_text(cli, "request");
    *bytes = 0;
    if (text == NULL)
        return true;
    bool bare = text[strspn(text, "0123456789")] == '\0';
    if (!fl_quantity_count(text, bare ? "" : "byte", bytes, "--request", &cli->err))
        return false;
    return (*bytes >= 1 && *bytes <= MOST) ||
           fl_fail(&cli->err, "--request", "\"%s\": 1 B to 1 MiB are wanted, of a request", text);
}

static bool convention_read(struct cli *cli, enum fl_dram_convention *convention)
{
    const char *text = cli_text(cli, "convention");
    for (int i = 0; text != NULL && fl_dram_conventions[i] != NULL; i++)
        if (strcmp(text, fl_dram_conventions[i]) == 0) {
            *convention = (enum fl_dram_convention)i;
            return true;
        }
    *convention = FL_DRAM_OURS;
    return text == NULL ||
           fl_fail(&cli->err, "--convention", "\"%s\" is neither fanlight nor dramsim3", text);
}

/* What the addresses say of requests that are wider or narrower than a burst. */
static void notes_print(const struct fl_dram_result *r, const struct fl_dram_device *device, int64_t request_bytes)
{
    enum { LINE_MOST = 256 };           /* a cache's line: what traces of programs are made of */
    int64_t burst = fl_dram_burst_bytes(device), aligned = (int64_t)r->aligned;
    if (request_bytes > 0 && request_bytes < burst)
        fprintf(stderr, "note: a request of %lld bytes takes a burst of %lld; those that fall into one burst are "
                "merged\n", (long long)request_bytes, (long long)burst);
    else if (request_bytes == 0 && aligned > 0 && aligned < burst)
        fprintf(stderr, "note: addresses are multiples of %lld bytes, and a burst has %lld: requests that fall into "
                "one burst are merged\n", (long long)aligned, (long long)burst);
    else if (request_bytes == 0 && r->requests > 1 && aligned > burst && aligned <= LINE_MOST)
        fprintf(stderr, "note: all addresses are multiples of %lld bytes, and a request is one burst, of %lld: if it "
                "is wider, say so (--request %lld)\n", (long long)aligned, (long long)burst, (long long)aligned);
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

static bool replay(struct cli *cli, const struct fl_dram_device *device, const struct fl_dram_asking *asking,
                   struct fl_dram_result *result)
{
    const char *path = cli_text(cli, "trace");
    bool standard = strcmp(path, "-") == 0;
    struct fl_dram_replay *run = fl_dram_replay_new(device, asking, "--map", &cli->err);
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
    struct fl_dram_asking asking = {.map = cli_text(cli, "map")};
    const char *name = cli_text(cli, "device");
    bool ok = inject_read(cli, &asking.inject);
    ok = request_read(cli, &asking.request_bytes) && ok;
    ok = convention_read(cli, &asking.convention) && ok;
    const struct unit *unit = fl_device_unit(&sim, "dram", name, &cli->err);
    if (unit != NULL && fl_dram_device_of(unit)->trc_raised)
        fprintf(stderr,
                "warning: %s: trc is below tras + trp, which no device keeps; their sum, %lld clocks, is used\n",
                name, (long long)fl_dram_device_of(unit)->trc);
    ok = unit != NULL && ok && replay(cli, fl_dram_device_of(unit), &asking, &result);
    if (ok)
        notes_print(&result, fl_dram_device_of(unit), asking.request_bytes);
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
    {.name = "request", .value = "BYTES",
     .meaning = "width of a request, which takes each burst it touches (preset: one burst)"},
    {.name = "convention", .value = "fanlight|dramsim3",
     .meaning = "when time ends and what is counted: every byte moved (preset), or as DRAMsim3 does"},
    {.name = "json", .meaning = "one JSON object instead of a table"},
    {0},
};

const struct cli_command cli_dram = {
    .name = "dram", .summary = "replays an address trace on a DRAM device alone",
    .details = "How it compares with other simulators: docs/validation.md.\n",
    .options = {own}, .run = dram_run,
};
