/* small_run.h - a run small enough to price by hand, for tests of database and reports.
 *
 * Two units, two operators, 1000 ps. Joules by hand, in fJ:
 *
 *     converted   (30 + 10) x 2 copies x 3170 =   253,600   adc       dynamic   cited
 *     converted   (30 + 10) x 2 copies x   30 =     2,400   detector  dynamic   assumed
 *     active_ps         200 x 2 copies x    2 =       800   adc       static    assumed
 *     run_ps           1000 x 2 copies x  0.5 =     1,000   adc       static    cited
 *     read_bits  (800 + 200) x          4000  = 4,000,000   dram      dynamic   cited
 *     run_ps           1000 x            100  =   100,000   dram      static    cited
 *                                               4,357,800
 *     setup_read_bits  5000 x 4000 = 20,000,000; a tenth    2,000,000   dram    setup
 *                                               6,357,800
 */
#ifndef FL_SMALL_RUN_H
#define FL_SMALL_RUN_H

#include "stats/stats.h"

/* Stores it; `inferences` share the setup, the clock of everything is `slower` times slower. */
static inline bool small_run_store(struct fl_db *db, int64_t inferences, int64_t slower, int64_t *number,
                                   struct fl_err *err)
{
    static const struct fl_unit_row unit[] = {
        {"core.adc", "adc", 2, 1, 1000, 3, 4, "converted", 10, 0, 0, 0},
        {"dram", "dram", 1, 1, 5e6, 1, 0, NULL, 0, 0, 0, 0},
    };
    static const struct fl_tally_row tally[] = {
        {0, 0, "run_ps", 1000},   {1, 0, "run_ps", 1000},   {1, 0, "setup_read_bits", 5000}, {0, 1, "active_ps", 200},
        {0, 1, "blocked_ps", 50}, {0, 1, "busy_ps", 100},   {0, 1, "converted", 30},         {1, 1, "busy_ps", 300},
        {1, 1, "read_bits", 800}, {0, 2, "blocked_ps", 0},  {0, 2, "busy_ps", 60},           {0, 2, "converted", 10},
        {1, 2, "read_bits", 200},
    };
    static const struct fl_price_row price[] = {
        {0, "converted", "adc", FL_DYNAMIC, 3170, "arXiv:2302.10360", "a.cfg", 7, NULL, 0, 0},
        {0, "converted", "detector", FL_DYNAMIC, 30, NULL, "a.cfg", 8, NULL, 0, 0},
        {0, "active_ps", "adc", FL_STATIC, 2, NULL, "a.cfg", 9, NULL, 0, 0},
        {0, "run_ps", "adc", FL_STATIC, 0.5, "data sheet", "a.cfg", 10, NULL, 0, 0},
        {1, "read_bits", "dram", FL_DYNAMIC, 4000, "JESD235", "a.cfg", 20, NULL, 0, 0},
        {1, "run_ps", "dram", FL_STATIC, 100, "JESD235", "a.cfg", 21, NULL, 0, 0},
        {1, "setup_read_bits", "dram", FL_SETUP, 4000, "JESD235", "a.cfg", 20, NULL, 0, 0},
    };
    const struct fl_run_row run = {
        .label = "by hand", .design = "bench", .model = "toy", .phase = "prefill", .mapper = "auto",
        .objective = "latency", .context = 8, .tokens = 1, .batch = 2, .start_utc = "2026-11-22T01:00:00Z",
        .wall_s = 0.25, .version = "0.1.0", .command = "fanlight run", .design_text = "name = \"bench\";\n",
        .workload_text = "trace", .latency_ps = 1000 * slower, .setup_ps = 500, .inferences = inferences,
        .leapt_share = 0.5, .notes = "ideal memory", .peak_macs_per_s = 1e12,
    };
    const struct fl_operator_row operator_[] = {
        {0, "qkv", "linear", 600, "optical", "core[0]", 0, 400 * slower, 400 * slower, "core.adc"},
        {-1, "scores", "matmul", 40, "digital", "vector", 400 * slower, 1000 * slower, 600 * slower, "latency"},
    };
    if (!fl_db_begin_run(db, &run, number, err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
        ok = ok && fl_db_add_unit(db, &unit[i], err);
    for (size_t i = 0; i < sizeof operator_ / sizeof *operator_; i++)
        ok = ok && fl_db_add_operator(db, &operator_[i], err);
    for (size_t i = 0; i < sizeof tally / sizeof *tally; i++)
        ok = ok && fl_db_add_tally(db, &tally[i], err);
    for (size_t i = 0; i < sizeof price / sizeof *price; i++)
        ok = ok && fl_db_add_price(db, &price[i], err);
    const struct fl_leap_row leap = {0, 1000, 10, 2, 4, "dram.refresh_at"};
    ok = ok && fl_db_add_leap(db, &leap, err);
    return ok && fl_db_end_run(db, err);
}

#endif
