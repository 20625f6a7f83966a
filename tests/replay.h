/* replay.h - a trace replay on a shipped device, for tests. */
#ifndef FL_TESTS_REPLAY_H
#define FL_TESTS_REPLAY_H

#include <string.h>

#include "arch/arch.h"
#include "tests/suites.h"

struct run {
    struct fl_sim sim;
    struct fl_dram_device device;
    struct fl_dram_replay *replay;
};

static inline void run_device(struct run *run, const char *name)
{
    struct fl_err err = {0};
    memset(run, 0, sizeof *run);
    struct unit *u = fl_device_unit(&run->sim, "dram", name, &err);
    ck_assert_msg(u != NULL, "%s", fl_err_text(&err));
    run->device = *fl_dram_device_of(u);
}

static inline void run_asking(struct run *run, struct fl_dram_asking asking)
{
    struct fl_err err = {0};
    run->replay = fl_dram_replay_new(&run->device, &asking, "here", &err);
    ck_assert_msg(run->replay != NULL, "%s", fl_err_text(&err));
}

static inline void run_begin(struct run *run, const char *map, int64_t inject)
{
    run_asking(run, (struct fl_dram_asking){ .map = map, .inject = inject });
}

static inline struct fl_dram_result run_end(struct run *run)
{
    struct fl_dram_result result = fl_dram_replay_end(run->replay);
    fl_dram_replay_free(run->replay);
    fl_sim_free(&run->sim);
    return result;
}

#endif
