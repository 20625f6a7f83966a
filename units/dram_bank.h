/* dram_bank.h - the rules of a channel: which command may follow which, and when.
 *
 * Every rule is kept as "not before": issuing a command moves the earliest times of the
 * commands it constrains, in its bank, its group, its rank and the others. The earliest
 * time of a command is the largest of those that speak of it. Times that have passed no
 * longer matter, whatever they are.
 */
#ifndef FL_DRAM_BANK_H
#define FL_DRAM_BANK_H

#include <string.h>

#include "units/dram_device.h"

struct fl_dram_bank { int64_t act, rd, wr, pre; };
struct fl_dram_group { int64_t act, rd, wr; };
enum { FL_DRAM_FEW = 4, FL_DRAM_MANY = 32 };    /* activates in the windows tFAW and t32AW */
struct fl_dram_rank {
    int64_t act, rd, wr;
    int64_t few[FL_DRAM_FEW], many[FL_DRAM_MANY];   /* ends of the windows opened by the last activates */
};

static inline int64_t fl_later(int64_t a, int64_t b) { return a > b ? a : b; }

static inline int64_t fl_dram_act_at(const struct fl_dram_bank *bank, const struct fl_dram_group *group,
                                     const struct fl_dram_rank *rank)
{
    int64_t window = fl_later(rank->few[0], rank->many[0]);
    return fl_later(fl_later(bank->act, group->act), fl_later(rank->act, window));
}

static inline int64_t fl_dram_rd_at(const struct fl_dram_bank *bank, const struct fl_dram_group *group,
                                    const struct fl_dram_rank *rank)
{
    return fl_later(bank->rd, fl_later(group->rd, rank->rd));
}

static inline int64_t fl_dram_wr_at(const struct fl_dram_bank *bank, const struct fl_dram_group *group,
                                    const struct fl_dram_rank *rank)
{
    return fl_later(bank->wr, fl_later(group->wr, rank->wr));
}

static inline void fl_dram_act(const struct fl_dram_times *times, struct fl_dram_bank *bank,
                               struct fl_dram_group *group, struct fl_dram_rank *rank, int64_t at)
{
    bank->act = at + times->rc;
    bank->rd = at + times->rcd_rd;
    bank->wr = at + times->rcd_wr;
    bank->pre = at + times->ras;
    group->act = at + times->rrd_l;
    rank->act = at + times->rrd_s;
    memmove(rank->few, rank->few + 1, (FL_DRAM_FEW - 1) * sizeof *rank->few);
    rank->few[FL_DRAM_FEW - 1] = at + times->faw;
    if (times->aw32 > 0) {
        memmove(rank->many, rank->many + 1, (FL_DRAM_MANY - 1) * sizeof *rank->many);
        rank->many[FL_DRAM_MANY - 1] = at + times->aw32;
    }
}

static inline void fl_dram_rd(const struct fl_dram_times *times, struct fl_dram_bank *bank,
                              struct fl_dram_group *group, struct fl_dram_rank *rank, int64_t at)
{
    bank->pre = fl_later(bank->pre, at + times->rtp);
    group->rd = fl_later(group->rd, at + times->rd_rd_l);
    rank->rd = fl_later(rank->rd, at + times->rd_rd_s);
    rank->wr = fl_later(rank->wr, at + times->rd_wr);
}

static inline void fl_dram_wr(const struct fl_dram_times *times, struct fl_dram_bank *bank,
                              struct fl_dram_group *group, struct fl_dram_rank *rank, int64_t at)
{
    bank->pre = fl_later(bank->pre, at + times->wr_pre);
    group->wr = fl_later(group->wr, at + times->wr_wr_l);
    group->rd = fl_later(group->rd, at + times->wr_rd_l);
    rank->wr = fl_later(rank->wr, at + times->wr_wr_s);
    rank->rd = fl_later(rank->rd, at + times->wr_rd_s);
}

/* What a read or write means for a rank other than its own: they share the data bus. */
static inline void fl_dram_rd_elsewhere(const struct fl_dram_times *times, struct fl_dram_rank *other, int64_t at)
{
    other->rd = fl_later(other->rd, at + times->rd_rd_o);
    other->wr = fl_later(other->wr, at + times->rd_wr_o);
}

static inline void fl_dram_wr_elsewhere(const struct fl_dram_times *times, struct fl_dram_rank *other, int64_t at)
{
    other->rd = fl_later(other->rd, at + times->wr_rd_o);
    other->wr = fl_later(other->wr, at + times->wr_wr_o);
}

static inline void fl_dram_pre(const struct fl_dram_times *times, struct fl_dram_bank *bank, int64_t at)
{
    bank->act = fl_later(bank->act, at + times->rp);
}

static inline void fl_dram_ref(const struct fl_dram_times *times, struct fl_dram_bank *bank, int64_t at)
{
    bank->act = fl_later(bank->act, at + times->rfc);
}

#endif
