/* dram.c - speed of the DRAM replay: requests a second, beside DRAMsim3 and Ramulator 2.1.
 *
 * Their speeds were measured on another machine: an order of magnitude, not a race.
 */
#include <stdio.h>
#include <time.h>

#include "arch/arch.h"
#include "base/rng.h"
#include "units/dram_replay.h"

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Thousands of requests a second. */
static double speed(const char *device, const char *map, bool random, int64_t requests)
{
    struct fl_sim sim = {0};
    struct fl_err err = {0};
    const struct unit *u = fl_device_unit(&sim, "dram", device, &err);
    if (u == NULL) {
        fputs(fl_err_text(&err), stderr);
        return 0;
    }
    uint64_t burst = (uint64_t)fl_dram_burst_bytes(fl_dram_device_of(u)), bursts = ((uint64_t)1 << 30) / burst;
    struct fl_rng rng = { 1 };
    const struct fl_dram_asking asking = { .map = map, .inject = FL_DRAM_UNLIMITED };
    struct fl_dram_replay *replay = fl_dram_replay_new(fl_dram_device_of(u), &asking, device, &err);
    double start = seconds();
    for (int64_t i = 0; i < requests; i++)
        fl_dram_replay_ask(replay, (random ? fl_rng_next(&rng) : (uint64_t)i) % bursts * burst, false);
    fl_dram_replay_end(replay);
    double took = seconds() - start;
    fl_dram_replay_free(replay);
    fl_sim_free(&sim);
    return (double)requests / took / 1e3;
}

int main(void)
{
    /* k requests/s of the references, sequential and random, where they have the device */
    static const struct { const char *device, *map; double dramsim3[2], ramulator[2]; } row[] = {
        { "ddr4_3200", "rorachbacobg", { 53, 58 }, { 83, 27 } },
        { "hbm2_1ch", "rorabgbachco", { 73, 35 }, { 152, 44 } },
        { "hbm2", "rorabacobgch", { 74, 60 }, { 151, 51 } },     { "gddr6", "rochrababgco", { 152, 19 }, { 160, 35 } },
        { "lpddr5", NULL, { 0, 0 }, { 91, 36 } },                { "hbm3", NULL, { 0, 0 }, { 62, 19 } },
    };
    printf("%-10s %-6s %12s %12s %12s   k requests/s\n", "device", "trace", "fanlight", "DRAMsim3", "Ramulator");
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        for (int p = 0; p < 2; p++)
            printf("%-10s %-6s %12.0f %12.0f %12.0f\n", row[i].device, p == 0 ? "seq" : "rand",
                   speed(row[i].device, row[i].map, p == 1, p == 0 ? 2000000 : 1000000), row[i].dramsim3[p],
                   row[i].ramulator[p]);
    return 0;
}
