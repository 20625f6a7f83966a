/* dram_cases.c - reference rows and the traces they were made with. */
#include "tests/oracle/dram_cases.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"

void fl_dram_trace_next(struct fl_dram_trace *trace, uint64_t *address, bool *write)
{
    int64_t i = trace->next++, burst = trace->burst_bytes, at = i * burst;
    *write = false;
    if (strcmp(trace->pattern, "rand") == 0) {
        struct fl_rng rng = { trace->seed };
        at = (int64_t)(fl_rng_next(&rng) % (uint64_t)(trace->footprint / burst)) * burst;
        trace->seed = rng.state;
    } else if (strcmp(trace->pattern, "stride") == 0) {
        at = i * trace->stride % trace->footprint + burst * (i * trace->stride / trace->footprint);
    } else if (strcmp(trace->pattern, "triad") == 0) {
        const int64_t base[3] = { 0, trace->footprint / 4, trace->footprint / 2 };
        at = base[i % 3] + i / 3 * burst;
        *write = i % 3 == 2;
    } else if (strcmp(trace->pattern, "mix") == 0) {
        *write = i % 3 == 2;
    }
    *address = (uint64_t)at;
}

const char *fl_dram_case_device(const struct fl_dram_case *row, const char *folder, char *path, size_t size)
{
    if (strstr(row->config, "1ch") != NULL)
        return "hbm2_1ch";
    if (strncmp(row->config, "HBM2", 4) == 0)
        return "hbm2";
    snprintf(path, size, "%s/ddr4_3200_630.cfg", folder);
    return path;
}

struct fl_dram_result fl_dram_case_run(const struct fl_dram_case *row, const struct fl_dram_device *device)
{
    struct fl_err err = {0};
    bool chase = strcmp(row->trace, "chase") == 0;
    struct fl_dram_trace trace = { .pattern = chase ? "rand" : row->trace, .burst_bytes = fl_dram_burst_bytes(device),
                                   .footprint = (int64_t)1 << 30, .seed = chase ? 2 : 1 };
    const struct fl_dram_asking asking = { .map = row->map, .inject = chase ? FL_DRAM_CHASE : FL_DRAM_UNLIMITED,
                                           .convention = FL_DRAM_DRAMSIM3 };
    struct fl_dram_replay *replay = fl_dram_replay_new(device, &asking, row->config, &err);
    fl_assert(replay != NULL);
    for (int64_t i = 0; i < row->requests; i++) {
        uint64_t address;
        bool write;
        fl_dram_trace_next(&trace, &address, &write);
        fl_assert(fl_dram_replay_ask(replay, address, write));
    }
    struct fl_dram_result result = fl_dram_replay_end(replay);
    fl_dram_replay_free(replay);
    return result;
}

/* Field `name` of a line, by the header; an empty text if there is none. */
static const char *field(const char *header, const char *line, const char *name, char *text, size_t size)
{
    size_t length = strlen(name);
    text[0] = '\0';
    while (strncmp(header, name, length) != 0 || strchr(",\r\n", header[length]) == NULL) {
        header = strchr(header, ',');
        line = strchr(line, ',');
        if (header == NULL || line == NULL)
            return text;
        header++;
        line++;
    }
    size_t used = strcspn(line, ",\r\n");
    snprintf(text, size, "%.*s", (int)used, line);
    return text;
}

static void case_read(const char *header, const char *line, struct fl_dram_case *row)
{
    char text[64];
    const struct { const char *name; double *to; } number[] = {
        { "bandwidth_GBs", &row->bandwidth_gb_s }, { "row_hit_rate", &row->row_hit_rate },
        { "avg_latency_ns", &row->avg_latency_ns }, { "num_act", &row->num_act }, { "num_pre", &row->num_pre },
        { "num_rd", &row->num_rd }, { "num_wr", &row->num_wr }, { "num_ref", &row->num_ref },
        { "energy_act_pre_pJ", &row->act_pre_pj }, { "energy_rd_pJ", &row->rd_pj }, { "energy_wr_pJ", &row->wr_pj },
        { "energy_background_pJ", &row->background_pj }, { "energy_refresh_pJ", &row->refresh_pj },
        { "energy_total_pJ", &row->total_pj },
    };
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        *number[i].to = atof(field(header, line, number[i].name, text, sizeof text));
    row->requests = atoll(field(header, line, "requests", text, sizeof text));
    field(header, line, "device_config", row->config, sizeof row->config);
    field(header, line, "address_mapping", row->map, sizeof row->map);
    field(header, line, "trace", row->trace, sizeof row->trace);
}

int fl_dram_cases_read(const char *path, struct fl_dram_case *cases)
{
    FILE *file = fopen(path, "r");
    char header[2048], line[2048];
    int n = 0;
    if (file == NULL || fgets(header, sizeof header, file) == NULL)
        return 0;
    while (n < FL_DRAM_CASES && fgets(line, sizeof line, file) != NULL)
        case_read(header, line, &cases[n++]);
    fclose(file);
    return n;
}
