/* dram_channel.h - one channel under a controller of the usual kind: its queues, its banks, and a clock of it.
 *
 * Requests wait in a read queue or a write buffer of their channel. One a clock goes on to
 * the queue of its bank, reads before writes, until the buffer is full, or holds some and
 * the banks have nothing to do, or nothing else is left: then the writes drain. Each clock
 * one command is issued (two, if row and column commands have buses of their own): banks
 * take turns; in a bank's queue the first request whose next command is ready wins, and a
 * row with requests waiting is closed only when it has been hit often enough. Each rank is
 * refreshed every tREFI, the ranks one after another; its banks then wait.
 */
#ifndef FL_DRAM_CHANNEL_H
#define FL_DRAM_CHANNEL_H

#include "base/arena.h"
#include "units/dram_bank.h"

/* What all channels of a device share. */
struct fl_dram_common {
    const struct fl_dram_device *device;
    struct fl_dram_times times;         /* in clocks */
    int32_t banks, groups, ranks;       /* of a channel */
    int64_t refresh_every;              /* of some rank */
    bool ending;                        /* no request will come: writes need not wait for company */
};

struct fl_dram_request {
    uint64_t burst;                     /* address, in bursts */
    int64_t row;
    int64_t came, merged;               /* sum of arrival clocks, and number, of the requests it stands for */
    int32_t bank;                       /* of the channel, ranks and groups included */
    bool write;
};
struct fl_dram_list { struct fl_dram_request *at; int32_t used, room; };

struct fl_dram_bank_queue {
    struct fl_dram_bank rule;
    struct fl_dram_list list;
    int64_t row;                        /* open, or CLOSED */
    int64_t hits;                       /* column commands since the row was opened */
    int32_t read, write;                /* first requests in the list that hit the open row, or NONE */
    int32_t rank, group;
};

struct fl_dram_rank_state {
    struct fl_dram_rank rule;
    int64_t open, since, active;        /* banks open; since when any is; clocks with any open */
};

struct fl_dram_channel {
    struct fl_dram_bank_queue *bank;
    int64_t *soonest;
    struct fl_dram_group *group;
    struct fl_dram_rank_state *rank;
    struct fl_dram_list reads, writes;
    int64_t next;                       /* clock of the next event */
    int64_t draining;                   /* writes of the buffer still to go on */
    int64_t waiting, reading;           /* requests in bank queues; reads not yet issued */
    int32_t turn;                       /* bank that issued last */
    int64_t refresh_at, refreshes_due;
    int32_t refresh_rank;
    int64_t returned, written;          /* clocks of the last data, either way */
    int64_t act, pre, rd, wr, ref, hits, latency, answered;
};

void fl_dram_channel_make(struct fl_dram_channel *channel, const struct fl_dram_common *common, struct fl_arena *arena);
/* Is there room for one more read, or write? */
bool fl_dram_channel_room(const struct fl_dram_channel *channel, bool write);
/* Takes a request at clock `now`; there must be room. */
void fl_dram_channel_add(struct fl_dram_channel *channel, const struct fl_dram_request *request, int64_t now);
/* The next clock at which something may happen. */
void fl_dram_channel_step(struct fl_dram_channel *channel, const struct fl_dram_common *common);
/* All clocks before `until`. */
void fl_dram_channel_run(struct fl_dram_channel *channel, const struct fl_dram_common *common, int64_t until);
/* On until every read has its data; and, if `ending`, until every write is done. */
void fl_dram_channel_finish(struct fl_dram_channel *channel, const struct fl_dram_common *common);

#endif
