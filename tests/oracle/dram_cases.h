/* dram_cases.h - the rows of dram_reference.csv, run again.
 *
 * The traces are those of gen_dram_trace.py, request by request; a test compares them
 * (test_oracle_dram.c), and tests/oracle/dram_table.sh prints the table of docs/validation.md.
 */
#ifndef FL_DRAM_CASES_H
#define FL_DRAM_CASES_H

#include "units/dram_replay.h"

struct fl_dram_case {
    char config[64], map[16], trace[16];
    int64_t requests;
    double bandwidth_gb_s, row_hit_rate, avg_latency_ns;
    double num_act, num_pre, num_rd, num_wr, num_ref;
    double act_pre_pj, rd_pj, wr_pj, background_pj, refresh_pj, total_pj;
};
enum { FL_DRAM_CASES = 64 };
/* Reads the CSV; gives the number of rows, 0 if it cannot be read. */
int fl_dram_cases_read(const char *path, struct fl_dram_case *cases);
/* The device that a row is about: a shipped one, or a file in `folder`. */
const char *fl_dram_case_device(const struct fl_dram_case *row, const char *folder, char *path, size_t size);
/* Runs a row's trace on its device. */
struct fl_dram_result fl_dram_case_run(const struct fl_dram_case *row, const struct fl_dram_device *device);

/* One request of a trace of gen_dram_trace.py: "seq", "rand", "mix", "triad", "stride". */
struct fl_dram_trace { const char *pattern; int64_t burst_bytes, stride, footprint; uint64_t seed; int64_t next; };
void fl_dram_trace_next(struct fl_dram_trace *trace, uint64_t *address, bool *write);

#endif
