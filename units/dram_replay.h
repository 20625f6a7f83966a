/* dram_replay.h - an address trace through a memory controller and its DRAM, command by command.
 *
 *     struct fl_dram_replay *replay = fl_dram_replay_new(&device, NULL, 0, "hbm2", &err);
 *     while (...) fl_dram_replay_ask(replay, address, write);
 *     struct fl_dram_result result = fl_dram_replay_end(replay);
 *     fl_dram_replay_free(replay);
 *
 * Requests come in the order of the trace, as fast as the controller takes them. Time is
 * counted in clocks and jumps to the next one at which a command can be issued. Memory
 * depends on the device, not on the length of the trace.
 */
#ifndef FL_DRAM_REPLAY_H
#define FL_DRAM_REPLAY_H

#include <stdio.h>

#include "units/dram_device.h"

enum { FL_DRAM_CHASE = -1, FL_DRAM_UNLIMITED = 0 };     /* one request outstanding; as many as are taken */

struct fl_dram_result {
    int64_t requests, bytes, cycles;    /* until the last read has returned and the last write is taken */
    double time_ns, bandwidth_gb_s, row_hit_rate;
    double avg_latency_ns;              /* of reads, from being taken to the end of their data */
    int64_t num_act, num_pre, num_rd, num_wr, num_ref;
    double energy_act_pre_pj, energy_rd_pj, energy_wr_pj, energy_background_pj, energy_refresh_pj, energy_total_pj;
};

struct fl_dram_replay;
/* `map` is an order of address fields (ro ra ch ba co bg, each once, the highest first), NULL the device's own;
 * `inject` requests are offered a clock at most, or FL_DRAM_UNLIMITED, or FL_DRAM_CHASE. The device must have passed
 * fl_dram_device_check. NULL with faults at `where`. */
struct fl_dram_replay *fl_dram_replay_new(const struct fl_dram_device *device, const char *map, int64_t inject,
                                          const char *where, struct fl_err *err);
/* The next request; false if the address lies beyond the device. */
bool fl_dram_replay_ask(struct fl_dram_replay *replay, uint64_t address, bool write);
/* A whole trace, a line `<hex address> <R|W>` each; blank lines and lines that begin with # are passed over. Faults
 * are told with their line numbers, the first twenty of them. */
bool fl_dram_replay_trace(struct fl_dram_replay *replay, FILE *trace, const char *name, struct fl_err *err);
/* Lets the reads under way return; nothing may be asked after that. */
struct fl_dram_result fl_dram_replay_end(struct fl_dram_replay *replay);
void fl_dram_replay_free(struct fl_dram_replay *replay);

#endif
