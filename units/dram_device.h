/* dram_device.h - what a DRAM device is: geometry, timings, currents; and what follows from them.
 *
 * Shared by the unit (dram.c), which streams, and by the trace replay (dram_replay.c),
 * which schedules: both keep the same rules (dram_bank.h) and pay the same energies.
 * Timings are whole clocks, as data sheets give them; a rule between two commands is
 * "not before", so a device is a handful of such distances.
 */
#ifndef FL_DRAM_DEVICE_H
#define FL_DRAM_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct fl_dram_device {
    /* geometry: banks are per group, groups per rank, ranks per channel */
    int64_t channels, ranks, groups, banks, rows, row_bytes;
    int64_t width, devices, burst_length;   /* data bits of a channel; devices in a rank; transfers a burst */
    int64_t depth;                          /* ranks grow this many times for capacity alone */
    int64_t stacks;                         /* devices of so many channels side by side; fl_dram_device_check counts
                                               their channels together */
    /* timings, clocks */
    int64_t burst, cl, cwl, trcd, trcd_wr, trp, tras, trc, trrd_s, trrd_l, tfaw, t32aw, tccd_s, tccd_l, twr, twtr_s,
        twtr_l, trtp, trtrs, trfc, trefi;
    /* controller */
    int64_t queue, transactions, write_low, hit_limit;
    int64_t charged;                        /* clocks of a burst that DRAMsim3 charges; 0: all of them */
    int32_t page, map;                      /* enum fl_dram_page; index into fl_dram_maps */
    bool dual_command;                      /* row and column commands have buses of their own */
    /* supply: volts, amperes of one device; fJ per bit moved; mW per channel */
    double vdd, idd0, idd2n, idd3n, idd4r, idd4w, idd5, io_fj, phy_mw;
    double clock_ps;                        /* period of the clock, set by its owner */
    bool trc_raised;                        /* found by fl_dram_device_check */
};
enum fl_dram_page { FL_DRAM_OPEN, FL_DRAM_CLOSED };
extern const char *const fl_dram_pages[];   /* "open", "closed" */
extern const char *const fl_dram_maps[];    /* usual orders of address fields, the highest first */

/* The distances between commands, in ticks (a clock for the replay, ps for the unit). */
struct fl_dram_times {
    int64_t tick;                           /* one clock */
    int64_t rcd_rd, rcd_wr, ras, rc, rp, rtp, wr_pre;   /* within a bank */
    int64_t rrd_s, rrd_l, faw, aw32;        /* between activates: other group, same group, any four, any 32 */
    int64_t rd_rd_s, rd_rd_l, wr_wr_s, wr_wr_l, rd_wr, wr_rd_s, wr_rd_l;
    int64_t rd_rd_o, wr_wr_o, rd_wr_o, wr_rd_o;         /* to another rank */
    int64_t rd_data, wr_data;               /* from the command to the end of its burst */
    int64_t rfc, refi;
};

/* Energies of one command on one channel (pJ) and powers of one rank (mW), from the currents: DRAMsim3's formulas
 * (Li et al., "DRAMsim3", IEEE CAL 2020), which are those of Micron TN-40-07. IO and PHY are not in them. */
struct fl_dram_energy { double act_pj, rd_pj, wr_pj, ref_pj, active_mw, precharge_mw; };

/* Completes a device (a tRC or a tRCD of writes of 1 stands for what follows from the others) and checks what ranges
 * cannot. A tRC below tRAS + tRP, which no device has, is raised to it: trc_raised says so. */
bool fl_dram_device_check(struct fl_dram_device *device, const char *where, struct fl_err *err);
void fl_dram_times_of(struct fl_dram_times *times, const struct fl_dram_device *device, int64_t tick);
/* The most data (by their time at full rate) that may pass without a refresh or a pause as long, and the time that is
 * lost for what passes besides, as a part of it. From the end of a refresh the next falls due after tREFI less its own
 * time, from that of a pause after tREFI, and then it waits for a stripe's end: of reads and of writes of each line a
 * stripe's data at most (`stripes_ps`: of all lines), and what has been placed ahead (`ahead_ps`). */
void fl_dram_refreshes_of(const struct fl_dram_times *times, double ahead_ps, double stripes_ps, double *most_ps,
                          double *lost);
struct fl_dram_energy fl_dram_energy_of(const struct fl_dram_device *device);
struct unit;
/* The device of a unit of type dram. */
const struct fl_dram_device *fl_dram_device_of(const struct unit *u);
/* Bytes of one burst of one channel. */
int64_t fl_dram_burst_bytes(const struct fl_dram_device *device);
/* Bytes of all channels, ranks and banks; -1 past 2^63-1. */
int64_t fl_dram_bytes(const struct fl_dram_device *device);

#endif
