/* dram_replay.c - a controller of the usual kind: first ready, first come, first served.
 *
 * Requests wait in a read queue or a write buffer of their channel. One a clock goes on to
 * the queue of its bank, reads before writes, until the buffer is full, or holds some and
 * the banks have nothing to do: then the writes drain. Each clock one command is issued
 * (two, if row and column commands have buses of their own): banks take turns; in a bank's
 * queue the first request whose next command is ready wins, and a row with requests waiting
 * is closed only when it has been hit often enough. Each rank is refreshed every tREFI, the
 * ranks one after another; its banks then wait.
 *
 * A bank's `soonest` is a time before which it has no command: rules only move later, so it
 * stays true until the bank's own row or queue changes. The clocks between are skipped.
 */
#include "units/dram_replay.h"

#include <stdlib.h>

#include "base/arena.h"
#include "units/dram_bank.h"

#define NEVER INT64_MAX
enum { CLOSED = -1, NONE = -1 };

struct request {
    uint64_t burst;                     /* address, in bursts */
    int64_t row;
    int64_t came, merged;               /* sum of arrival clocks, and number, of the requests it stands for */
    int32_t bank;                       /* of the channel, ranks and groups included */
    bool write;
};
struct list { struct request *at; int32_t used, room; };

struct bank {
    struct fl_dram_bank rule;
    struct list list;
    int64_t row;                        /* open, or CLOSED */
    int64_t hits;                       /* column commands since the row was opened */
    int32_t read, write;                /* first requests in the list that hit the open row, or NONE */
    int32_t rank, group;
};

struct rank {
    struct fl_dram_rank rule;
    int64_t open, since, active;        /* banks open; since when any is; clocks with any open */
};

struct channel {
    struct bank *bank;
    int64_t *soonest;
    struct fl_dram_group *group;
    struct rank *rank;
    struct list reads, writes;
    int64_t next;                       /* clock of the next event */
    int64_t draining;                   /* writes of the buffer still to go on */
    int64_t waiting, reading;           /* requests in bank queues; reads not yet issued */
    int32_t turn;                       /* bank that issued last */
    int64_t refresh_at, refreshes_due;
    int32_t refresh_rank;
    int64_t returned;                   /* clock of the last data */
    int64_t act, pre, rd, wr, ref, hits, latency, answered;
};

enum field { CH, RA, BG, BA, RO, CO, FIELDS };

struct fl_dram_replay {
    struct fl_arena arena;
    struct fl_dram_device device;
    struct fl_dram_times times;
    struct channel *channel;
    int32_t banks, groups, ranks;       /* of a channel */
    int64_t inject, refresh_every;
    enum field order[FIELDS];           /* lowest first */
    uint64_t size[FIELDS];
    uint64_t burst_bytes, bursts;
    int64_t clock, sent;                /* of the requester: now, and requests offered in this clock */
    int64_t requests;
};

/* ---- lists ---- */

static void list_add(struct list *list, const struct request *request)
{
    list->at[list->used++] = *request;
}

static void list_remove(struct list *list, int32_t i)
{
    list->used--;
    memmove(list->at + i, list->at + i + 1, (size_t)(list->used - i) * sizeof *list->at);
}

static struct request *list_find(struct list *list, uint64_t burst, bool write)
{
    for (int32_t i = 0; i < list->used; i++)
        if (list->at[i].burst == burst && list->at[i].write == write)
            return &list->at[i];
    return NULL;
}

/* ---- banks ---- */

static void bank_changed(struct channel *c, int32_t b)
{
    struct bank *bank = &c->bank[b];
    c->soonest[b] = bank->list.used > 0 ? 0 : NEVER;
    bank->read = bank->write = NONE;
    for (int32_t i = bank->list.used - 1; i >= 0; i--)
        if (bank->list.at[i].row == bank->row)
            *(bank->list.at[i].write ? &bank->write : &bank->read) = i;
}

static void bank_open(struct fl_dram_replay *r, struct channel *c, int32_t b, int64_t now)
{
    struct bank *bank = &c->bank[b];
    struct rank *rank = &c->rank[bank->rank];
    fl_dram_act(&r->times, &bank->rule, &c->group[bank->group], &rank->rule, now);
    bank->row = bank->list.at[0].row;
    bank->hits = 0;
    c->act++;
    if (rank->open++ == 0)
        rank->since = now;
    bank_changed(c, b);
}

static void bank_close(struct fl_dram_replay *r, struct channel *c, int32_t b, int64_t now)
{
    struct bank *bank = &c->bank[b];
    struct rank *rank = &c->rank[bank->rank];
    fl_dram_pre(&r->times, &bank->rule, now);
    bank->row = CLOSED;
    c->pre++;
    if (--rank->open == 0)
        rank->active += now - rank->since;
    bank_changed(c, b);
}

/* A read or a write of the open row: request `i` leaves the bank's queue. */
static void bank_access(struct fl_dram_replay *r, struct channel *c, int32_t b, int32_t i, int64_t now)
{
    struct bank *bank = &c->bank[b];
    struct rank *rank = &c->rank[bank->rank];
    const struct request request = bank->list.at[i];
    (request.write ? fl_dram_wr : fl_dram_rd)(&r->times, &bank->rule, &c->group[bank->group], &rank->rule, now);
    for (int32_t k = 0; k < r->ranks; k++)
        if (k != bank->rank)
            (request.write ? fl_dram_wr_elsewhere : fl_dram_rd_elsewhere)(&r->times, &c->rank[k].rule, now);
    c->hits += bank->hits++ > 0;
    c->waiting--;
    list_remove(&bank->list, i);
    if (request.write) {
        c->wr++;
    } else {
        c->rd++;
        c->reading--;
        c->returned = now + r->times.rd_data;
        c->latency += c->returned * request.merged - request.came;
        c->answered += request.merged;
    }
    bank_changed(c, b);
    if (r->device.page == FL_DRAM_CLOSED && bank->read == NONE && bank->write == NONE)
        bank_close(r, c, b, fl_later(now, bank->rule.pre));
}

enum command { ACT, PRE, COLUMN };
struct choice { enum command command; int32_t request; int64_t at; };

/* Takes `at` over if it beats the choice so far: being ready, first come goes first; else the sooner. */
static void choose(struct choice *best, enum command command, int32_t request, int64_t at, int64_t now)
{
    at = at < now ? now : at;
    if (at < best->at || (at == best->at && request < best->request))
        *best = (struct choice){ command, request, at };
}

/* The bank's next command and when it can be issued, `now` at the earliest. */
static struct choice bank_choice(const struct fl_dram_replay *r, const struct channel *c, int32_t b, int64_t now)
{
    const struct bank *bank = &c->bank[b];
    const struct fl_dram_group *group = &c->group[bank->group];
    const struct fl_dram_rank *rank = &c->rank[bank->rank].rule;
    struct choice best = { ACT, INT32_MAX, NEVER };
    if (bank->row == CLOSED) {
        choose(&best, ACT, 0, fl_dram_act_at(&bank->rule, group, rank), now);
        return best;
    }
    if (bank->read != NONE)
        choose(&best, COLUMN, bank->read, fl_dram_rd_at(&bank->rule, group, rank), now);
    if (bank->write != NONE)
        choose(&best, COLUMN, bank->write, fl_dram_wr_at(&bank->rule, group, rank), now);
    bool hits = bank->read != NONE || bank->write != NONE;
    if (bank->list.at[0].row != bank->row && (!hits || bank->hits >= r->device.hit_limit))
        choose(&best, PRE, 0, bank->rule.pre, now);
    return best;
}

/* ---- commands ---- */

enum { NOTHING, ROW, DATA };            /* what has been issued in this clock */

static bool refreshing(const struct channel *c, int32_t b)
{
    return c->refreshes_due > 0 && c->bank[b].rank == c->refresh_rank;
}

/* A due refresh: closes the rank's rows, then refreshes it, as soon as each may be. *next is when to try again. */
static int refresh_issue(struct fl_dram_replay *r, struct channel *c, int64_t now, int64_t *next)
{
    int32_t first = c->refresh_rank * (r->banks / r->ranks), last = first + r->banks / r->ranks;
    int64_t ready = 0, shut = NEVER;
    bool open = false;
    for (int32_t b = first; b < last; b++) {
        const struct bank *bank = &c->bank[b];
        open |= bank->row != CLOSED;
        if (bank->row != CLOSED && bank->rule.pre <= now) {
            bank_close(r, c, b, now);
            return ROW;
        }
        if (bank->row != CLOSED)
            shut = bank->rule.pre < shut ? bank->rule.pre : shut;
        ready = fl_later(ready, bank->rule.act);
    }
    if (open || ready > now) {
        *next = open ? shut : ready;
        return NOTHING;
    }
    for (int32_t b = first; b < last; b++)
        fl_dram_ref(&r->times, &c->bank[b].rule, now);
    c->ref++;
    c->refreshes_due--;
    c->refresh_rank = c->refresh_rank + 1 < r->ranks ? c->refresh_rank + 1 : 0;
    return ROW;
}

/* The first bank in turn with a command ready issues it, unless its bus is taken by `issued`. */
static int bank_issue(struct fl_dram_replay *r, struct channel *c, int64_t now, int issued)
{
    for (int32_t k = 1, b = c->turn; k <= r->banks; k++) {
        b = b + 1 < r->banks ? b + 1 : 0;
        if (c->soonest[b] > now || refreshing(c, b))
            continue;
        struct choice choice = bank_choice(r, c, b, now);
        if (choice.at > now) {
            c->soonest[b] = choice.at;
            continue;
        }
        int bus = choice.command == COLUMN ? DATA : ROW;
        if (bus == issued)
            continue;
        if (choice.command == ACT)
            bank_open(r, c, b, now);
        else if (choice.command == PRE)
            bank_close(r, c, b, now);
        else
            bank_access(r, c, b, choice.request, now);
        c->turn = b;
        return bus;
    }
    return NOTHING;
}

/* The soonest clock at which a bank has a command, once bank_issue has found none ready. */
static int64_t banks_next(const struct fl_dram_replay *r, const struct channel *c)
{
    int32_t per_rank = r->banks / r->ranks, first = c->refreshes_due > 0 ? c->refresh_rank * per_rank : r->banks;
    int64_t next = NEVER;
    for (int32_t b = 0; b < first; b++)
        next = c->soonest[b] < next ? c->soonest[b] : next;
    for (int32_t b = first + per_rank; b < r->banks; b++)
        next = c->soonest[b] < next ? c->soonest[b] : next;
    return next;
}

/* ---- from the channel's queues to those of the banks ---- */

static bool pending_read(struct channel *c, const struct request *request)
{
    return list_find(&c->reads, request->burst, false) != NULL ||
           list_find(&c->bank[request->bank].list, request->burst, false) != NULL;
}

/* One request goes on to its bank, if there is room; false if nothing changed. */
static bool forward(struct fl_dram_replay *r, struct channel *c)
{
    if (c->draining == 0 && (c->writes.used == c->writes.room ||
                             (c->writes.used > r->device.write_low && c->waiting == 0)))
        c->draining = c->writes.used;
    struct list *from = c->draining > 0 ? &c->writes : &c->reads;
    for (int32_t i = 0; i < from->used; i++) {
        const struct request *request = &from->at[i];
        struct bank *bank = &c->bank[request->bank];
        if (bank->list.used == bank->list.room)
            continue;
        if (request->write && pending_read(c, request)) {
            c->draining = 0;            /* the older read goes first */
            return true;
        }
        c->draining -= request->write;
        int32_t b = request->bank, last = bank->list.used;
        list_add(&bank->list, request);
        c->waiting++;
        c->soonest[b] = 0;
        int32_t *hit = request->write ? &bank->write : &bank->read;
        if (request->row == bank->row && *hit == NONE)
            *hit = last;
        list_remove(from, i);
        return true;
    }
    return false;
}

/* ---- a clock of a channel ---- */

static void channel_step(struct fl_dram_replay *r, struct channel *c)
{
    int64_t now = c->next, next = NEVER;
    while (c->refresh_at <= now) {
        c->refreshes_due++;
        c->refresh_at += r->refresh_every;
    }
    int issued = NOTHING;
    if (c->refreshes_due > 0)
        issued = refresh_issue(r, c, now, &next);
    if (issued == NOTHING)
        issued = bank_issue(r, c, now, NOTHING);
    if (issued != NOTHING && r->device.dual_command)
        bank_issue(r, c, now, issued);
    if (forward(r, c) || issued != NOTHING) {
        c->next = now + 1;              /* as refresh_at is later than now, it cannot be missed */
        return;
    }
    int64_t commands = banks_next(r, c);
    next = commands < next ? commands : next;
    c->next = c->refresh_at < next ? c->refresh_at : next;
}

static void channel_run(struct fl_dram_replay *r, struct channel *c, int64_t until)
{
    while (c->next < until)
        channel_step(r, c);
}

static void channel_add(struct channel *c, const struct request *request, int64_t now)
{
    struct list *bank = &c->bank[request->bank].list;
    struct request *twin = list_find(&c->writes, request->burst, true);
    twin = twin != NULL ? twin : list_find(bank, request->burst, true);
    c->next = now < c->next ? now : c->next;
    if (request->write) {
        if (twin == NULL)               /* else it overwrites what has not been written yet */
            list_add(&c->writes, request);
        return;
    }
    if (twin != NULL) {                 /* the value waits in the write buffer */
        c->latency++;
        c->answered++;
        c->returned = fl_later(c->returned, now + 1);
        return;
    }
    twin = list_find(&c->reads, request->burst, false);
    twin = twin != NULL ? twin : list_find(bank, request->burst, false);
    if (twin != NULL) {
        twin->came += now;
        twin->merged++;
        return;
    }
    list_add(&c->reads, request);
    c->reading++;
}

/* ---- setting up ---- */

static bool map_read(struct fl_dram_replay *r, const char *map, const char *where, struct fl_err *err)
{
    static const char *const name[FIELDS] = { "ch", "ra", "bg", "ba", "ro", "co" };
    unsigned seen = 0;
    for (int i = 0; i < FIELDS && strlen(map) == 2 * FIELDS; i++)
        for (int f = 0; f < FIELDS; f++)
            if (strncmp(map + 2 * (FIELDS - 1 - i), name[f], 2) == 0) {
                r->order[i] = (enum field)f;
                seen |= 1u << f;
            }
    if (seen == (1u << FIELDS) - 1)
        return true;
    return fl_fail(err, where, "\"%s\" is no order of address fields: ro, ra, ch, ba, bg and co are wanted, each once, "
                   "the highest first, as in \"rorabacobgch\"", map);
}

static void list_make(struct fl_dram_replay *r, struct list *list, int64_t room)
{
    list->at = fl_arena_array(&r->arena, (size_t)room, sizeof *list->at);
    list->room = (int32_t)room;
}

static void channel_make(struct fl_dram_replay *r, struct channel *c)
{
    c->bank = fl_arena_array(&r->arena, (size_t)r->banks, sizeof *c->bank);
    c->soonest = fl_arena_array(&r->arena, (size_t)r->banks, sizeof *c->soonest);
    c->group = fl_arena_array(&r->arena, (size_t)r->groups, sizeof *c->group);
    c->rank = fl_arena_array(&r->arena, (size_t)r->ranks, sizeof *c->rank);
    list_make(r, &c->reads, r->device.transactions);
    list_make(r, &c->writes, r->device.transactions);
    for (int32_t b = 0; b < r->banks; b++) {
        c->bank[b].rank = b / (r->banks / r->ranks);
        c->bank[b].group = b / (r->banks / r->groups);
        c->bank[b].row = CLOSED;
        list_make(r, &c->bank[b].list, r->device.queue);
        bank_changed(c, b);
    }
    c->refresh_at = r->refresh_every;
}

struct fl_dram_replay *fl_dram_replay_new(const struct fl_dram_device *device, const char *map, int64_t inject,
                                          const char *where, struct fl_err *err)
{
    struct fl_dram_replay *r = calloc(1, sizeof *r);
    fl_assert(r != NULL);
    if (!map_read(r, map != NULL ? map : fl_dram_maps[device->map], where, err)) {
        free(r);
        return NULL;
    }
    r->device = *device;
    r->inject = inject;
    r->burst_bytes = (uint64_t)fl_dram_burst_bytes(device);
    const int64_t size[FIELDS] = {
        [CH] = device->channels, [RA] = device->ranks, [BG] = device->groups, [BA] = device->banks,
        [RO] = device->rows, [CO] = device->row_bytes / fl_dram_burst_bytes(device),
    };
    r->bursts = 1;
    for (int f = 0; f < FIELDS; f++) {
        r->size[f] = (uint64_t)size[f];
        r->bursts *= r->size[f];
    }
    fl_dram_times_of(&r->times, device, 1);
    r->ranks = (int32_t)device->ranks;
    r->groups = (int32_t)(device->ranks * device->groups);
    r->banks = (int32_t)(device->banks * r->groups);
    r->refresh_every = device->trefi / device->ranks;
    r->channel = fl_arena_array(&r->arena, (size_t)device->channels, sizeof *r->channel);
    for (int64_t i = 0; i < device->channels; i++)
        channel_make(r, &r->channel[i]);
    return r;
}

void fl_dram_replay_free(struct fl_dram_replay *replay)
{
    if (replay == NULL)
        return;
    fl_arena_free(&replay->arena);
    free(replay);
}

/* ---- the requester ---- */

static bool room(const struct channel *c, bool write)
{
    const struct list *list = write ? &c->writes : &c->reads;
    return list->used < list->room;
}

bool fl_dram_replay_ask(struct fl_dram_replay *replay, uint64_t address, bool write)
{
    struct fl_dram_replay *r = replay;
    uint64_t rest = address / r->burst_bytes, field[FIELDS];
    struct request request = { .burst = rest, .write = write, .merged = 1 };
    if (rest >= r->bursts)
        return false;
    for (int i = 0; i < FIELDS; i++) {
        enum field f = r->order[i];
        field[f] = rest % r->size[f];
        rest /= r->size[f];
    }
    request.bank = (int32_t)((field[RA] * r->size[BG] + field[BG]) * r->size[BA] + field[BA]);
    request.row = (int64_t)field[RO];
    struct channel *c = &r->channel[field[CH]];
    if (r->inject > 0 && r->sent == r->inject) {
        r->clock++;
        r->sent = 0;
    }
    channel_run(r, c, r->clock);
    while (!room(c, write)) {           /* it is offered again each clock */
        r->clock = c->next + 1;
        r->sent = 0;
        channel_step(r, c);
    }
    request.came = r->clock;
    channel_add(c, &request, r->clock);
    r->sent++;
    r->requests++;
    if (r->inject == FL_DRAM_CHASE) {
        while (c->reading > 0)
            channel_step(r, c);
        r->clock = fl_later(c->returned, r->clock) + 1;
    }
    return true;
}

struct fl_dram_result fl_dram_replay_end(struct fl_dram_replay *replay)
{
    struct fl_dram_replay *r = replay;
    int64_t end = r->clock;
    for (int64_t i = 0; i < r->device.channels; i++) {
        while (r->channel[i].reading > 0)
            channel_step(r, &r->channel[i]);
        end = fl_later(end, r->channel[i].returned);
    }
    struct fl_dram_result sum = { .requests = r->requests, .cycles = end };
    struct fl_dram_energy energy = fl_dram_energy_of(&r->device);
    double clock_ns = r->device.clock_ps / 1e3;
    int64_t hits = 0, latency = 0, answered = 0;
    for (int64_t i = 0; i < r->device.channels; i++) {
        struct channel *c = &r->channel[i];
        channel_run(r, c, end);
        sum.num_act += c->act;
        sum.num_pre += c->pre;
        sum.num_rd += c->rd;
        sum.num_wr += c->wr;
        sum.num_ref += c->ref;
        hits += c->hits;
        latency += c->latency;
        answered += c->answered;
        for (int32_t k = 0; k < r->ranks; k++) {
            const struct rank *rank = &c->rank[k];
            int64_t active = rank->active + (rank->open > 0 ? end - rank->since : 0);
            sum.energy_background_pj += ((double)active * energy.active_mw +
                                         (double)(end - active) * energy.precharge_mw) * clock_ns;
        }
    }
    sum.bytes = sum.requests * (int64_t)r->burst_bytes;
    sum.time_ns = (double)end * clock_ns;
    sum.bandwidth_gb_s = end > 0 ? (double)sum.bytes / sum.time_ns : 0;
    sum.row_hit_rate = sum.num_rd + sum.num_wr > 0 ? (double)hits / (double)(sum.num_rd + sum.num_wr) : 0;
    sum.avg_latency_ns = answered > 0 ? (double)latency / (double)answered * clock_ns : 0;
    sum.energy_act_pre_pj = (double)sum.num_act * energy.act_pj;
    sum.energy_rd_pj = (double)sum.num_rd * energy.rd_pj;
    sum.energy_wr_pj = (double)sum.num_wr * energy.wr_pj;
    sum.energy_refresh_pj = (double)sum.num_ref * energy.ref_pj;
    sum.energy_total_pj = sum.energy_act_pre_pj + sum.energy_rd_pj + sum.energy_wr_pj + sum.energy_background_pj +
                          sum.energy_refresh_pj;
    return sum;
}

/* ---- traces ---- */

/* `<hex address> <R|W>`; false if the line is anything else. */
static bool line_read(const char *at, uint64_t *address, bool *write)
{
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
        at += 2;
    uint64_t value = 0;
    int digits = 0;
    for (;; at++, digits++) {
        int digit;
        if (*at >= '0' && *at <= '9')
            digit = *at - '0';
        else if ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'f')
            digit = (*at | 0x20) - 'a' + 10;
        else
            break;
        if (value >> 60 != 0)
            return false;
        value = value << 4 | (uint64_t)digit;
    }
    if (digits == 0 || (*at != ' ' && *at != '\t'))
        return false;
    while (*at == ' ' || *at == '\t')
        at++;
    if (*at != 'R' && *at != 'W')
        return false;
    *write = *at++ == 'W';
    *address = value;
    return at[strspn(at, " \t\r\n")] == '\0';
}

bool fl_dram_replay_trace(struct fl_dram_replay *replay, FILE *trace, const char *name, struct fl_err *err)
{
    enum { TOLD = 20, LONGEST = 256 };
    char line[LONGEST];
    int faults = 0;
    for (int64_t number = 1; faults < TOLD && fgets(line, sizeof line, trace) != NULL; number++) {
        char where[LONGEST];
        uint64_t address;
        bool write;
        if (line[0] == '#' || line[strspn(line, " \t\r\n")] == '\0')
            continue;
        bool good = line_read(line, &address, &write);
        if (good && fl_dram_replay_ask(replay, address, write))
            continue;
        faults++;
        snprintf(where, sizeof where, "%s:%lld", name, (long long)number);
        line[strcspn(line, "\r\n")] = '\0';
        if (good)
            fl_fail(err, where, "address 0x%llx is beyond the device, which holds %llu bytes",
                    (unsigned long long)address, (unsigned long long)(replay->bursts * replay->burst_bytes));
        else
            fl_fail(err, where, "\"%s\" is no request; a line is a hexadecimal address and R or W, as in \"1f40 R\"",
                    line);
    }
    if (faults == TOLD)
        fl_fail(err, name, "and perhaps more: only the first %d faults are told", TOLD);
    if (ferror(trace))
        return fl_fail(err, name, "cannot be read to its end");
    return faults == 0;
}
