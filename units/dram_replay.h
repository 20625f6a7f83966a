/* dram_replay.h - an address trace through a memory controller and its DRAM, command by command.
 *
 *     struct fl_dram_asking asking = { .inject = FL_DRAM_UNLIMITED };
 *     struct fl_dram_replay *replay = fl_dram_replay_new(&device, &asking, "hbm2", &err);
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

/* When time ends and what is counted. Ours: when the last data has moved, either way; bandwidth is that of the data
 * moved, which can never pass the peak. DRAMsim3's: when the last read has returned and the last write has been taken,
 * whether written or not; bandwidth is that of all requests; and a burst is charged for `charged` clocks. */
enum fl_dram_convention { FL_DRAM_OURS, FL_DRAM_DRAMSIM3 };
extern const char *const fl_dram_conventions[];         /* "fanlight", "dramsim3" */

/* How requests are made. */
struct fl_dram_asking {
    const char *map;                    /* order of address fields, the highest first: "rorabacobgch"; NULL: device's */
    int64_t inject;                     /* requests offered a clock at most, FL_DRAM_UNLIMITED or FL_DRAM_CHASE */
    int64_t request_bytes;              /* of a request, which takes every burst it touches; 0: one burst */
    enum fl_dram_convention convention;
};

struct fl_dram_result {
    int64_t requests, bytes, cycles;    /* of the trace; what they asked for; clocks until the end */
    double time_ns, bandwidth_gb_s, row_hit_rate;
    double avg_latency_ns;              /* of reads, burst by burst, from being taken to the end of the data */
    int64_t num_act, num_pre, num_rd, num_wr, num_ref;
    double energy_act_pre_pj, energy_rd_pj, energy_wr_pj, energy_background_pj, energy_refresh_pj, energy_total_pj;
    uint64_t aligned;                   /* the largest power of two that divides all addresses; 0: all are 0 */
};

struct fl_dram_replay;
/* The device must have passed fl_dram_device_check. NULL with faults at `where`: the order of address fields. */
struct fl_dram_replay *fl_dram_replay_new(const struct fl_dram_device *device, const struct fl_dram_asking *asking,
                                          const char *where, struct fl_err *err);
/* Bytes a second (GB/s) of all channels with data at every clock. */
double fl_dram_peak_gb_s(const struct fl_dram_device *device);
/* The next request; false if some of it lies beyond the device. */
bool fl_dram_replay_ask(struct fl_dram_replay *replay, uint64_t address, bool write);
/* Bytes of the device. */
uint64_t fl_dram_replay_bytes(const struct fl_dram_replay *replay);
/* A whole trace, a line `<hex address> <R|W>` each; blank lines and lines that begin with # are passed over. Faults
 * are told with their line numbers, the first twenty of them. */
bool fl_dram_replay_trace(struct fl_dram_replay *replay, FILE *trace, const char *name, struct fl_err *err);
/* Lets what is under way end; nothing may be asked after that. */
struct fl_dram_result fl_dram_replay_end(struct fl_dram_replay *replay);
void fl_dram_replay_free(struct fl_dram_replay *replay);

#endif
