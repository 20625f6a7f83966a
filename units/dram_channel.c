/* dram_channel.c - first ready, first come, first served: which command a channel issues at which clock.
 *
 * A bank's `soonest` is a time before which it has no command: rules only move later, so it
 * stays true until the bank's own row or queue changes. The clocks between are skipped.
 */
#include "units/dram_channel.h"

#include <string.h>

#define NEVER INT64_MAX
enum { CLOSED = -1, NONE = -1 };

/* ---- lists ---- */

static void list_add(struct fl_dram_list *list, const struct fl_dram_request *request)
{
    list->at[list->used++] = *request;
}

static void list_remove(struct fl_dram_list *list, int32_t i)
{
    list->used--;
    memmove(list->at + i, list->at + i + 1, (size_t)(list->used - i) * sizeof *list->at);
}

static struct fl_dram_request *list_find(struct fl_dram_list *list, uint64_t burst, bool write)
{
    for (int32_t i = 0; i < list->used; i++)
        if (list->at[i].burst == burst && list->at[i].write == write)
            return &list->at[i];
    return NULL;
}

/* ---- banks ---- */

static void bank_changed(struct fl_dram_channel *c, int32_t b)
{
    struct fl_dram_bank_queue *bank = &c->bank[b];
    c->soonest[b] = bank->list.used > 0 ? 0 : NEVER;
    bank->read = bank->write = NONE;
    for (int32_t i = bank->list.used - 1; i >= 0; i--)
        if (bank->list.at[i].row == bank->row)
            *(bank->list.at[i].write ? &bank->write : &bank->read) = i;
}

static void bank_open(const struct fl_dram_common *r, struct fl_dram_channel *c, int32_t b, int64_t now)
{
    struct fl_dram_bank_queue *bank = &c->bank[b];
    struct fl_dram_rank_state *rank = &c->rank[bank->rank];
    fl_dram_act(&r->times, &bank->rule, &c->group[bank->group], &rank->rule, now);
    bank->row = bank->list.at[0].row;
    bank->hits = 0;
    c->act++;
    if (rank->open++ == 0)
        rank->since = now;
    bank_changed(c, b);
}

static void bank_close(const struct fl_dram_common *r, struct fl_dram_channel *c, int32_t b, int64_t now)
{
    struct fl_dram_bank_queue *bank = &c->bank[b];
    struct fl_dram_rank_state *rank = &c->rank[bank->rank];
    fl_dram_pre(&r->times, &bank->rule, now);
    bank->row = CLOSED;
    c->pre++;
    if (--rank->open == 0)
        rank->active += now - rank->since;
    bank_changed(c, b);
}

/* A read or a write of the open row: request `i` leaves the bank's queue. */
static void bank_access(const struct fl_dram_common *r, struct fl_dram_channel *c, int32_t b, int32_t i, int64_t now)
{
    struct fl_dram_bank_queue *bank = &c->bank[b];
    struct fl_dram_rank_state *rank = &c->rank[bank->rank];
    const struct fl_dram_request request = bank->list.at[i];
    (request.write ? fl_dram_wr : fl_dram_rd)(&r->times, &bank->rule, &c->group[bank->group], &rank->rule, now);
    for (int32_t k = 0; k < r->ranks; k++)
        if (k != bank->rank)
            (request.write ? fl_dram_wr_elsewhere : fl_dram_rd_elsewhere)(&r->times, &c->rank[k].rule, now);
    c->hits += bank->hits++ > 0;
    c->waiting--;
    list_remove(&bank->list, i);
    if (request.write) {
        c->wr++;
        c->written = now + r->times.wr_data;
    } else {
        c->rd++;
        c->reading--;
        c->returned = now + r->times.rd_data;
        c->latency += c->returned * request.merged - request.came;
        c->answered += request.merged;
    }
    bank_changed(c, b);
    if (r->device->page == FL_DRAM_CLOSED && bank->read == NONE && bank->write == NONE)
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
static struct choice bank_choice(const struct fl_dram_common *r, const struct fl_dram_channel *c, int32_t b,
                                 int64_t now)
{
    const struct fl_dram_bank_queue *bank = &c->bank[b];
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
    if (bank->list.at[0].row != bank->row && (!hits || bank->hits >= r->device->hit_limit))
        choose(&best, PRE, 0, bank->rule.pre, now);
    return best;
}

/* ---- commands ---- */

enum { NOTHING, ROW, DATA };            /* what has been issued in this clock */

static bool refreshing(const struct fl_dram_channel *c, int32_t b)
{
    return c->refreshes_due > 0 && c->bank[b].rank == c->refresh_rank;
}

/* A due refresh: closes the rank's rows, then refreshes it, as soon as each may be. *next is when to try again. */
static int refresh_issue(const struct fl_dram_common *r, struct fl_dram_channel *c, int64_t now, int64_t *next)
{
    int32_t first = c->refresh_rank * (r->banks / r->ranks), last = first + r->banks / r->ranks;
    int64_t ready = 0, shut = NEVER;
    bool open = false;
    for (int32_t b = first; b < last; b++) {
        const struct fl_dram_bank_queue *bank = &c->bank[b];
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
static int bank_issue(const struct fl_dram_common *r, struct fl_dram_channel *c, int64_t now, int issued)
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
static int64_t banks_next(const struct fl_dram_common *r, const struct fl_dram_channel *c)
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

static bool pending_read(struct fl_dram_channel *c, const struct fl_dram_request *request)
{
    return list_find(&c->reads, request->burst, false) != NULL ||
           list_find(&c->bank[request->bank].list, request->burst, false) != NULL;
}

/* The first of a list whose bank has room goes on to it; false if there is none, or a write has to wait for an older
 * read of its burst: then *older says so. */
static bool forward_first(struct fl_dram_channel *c, struct fl_dram_list *from, bool *older)
{
    for (int32_t i = 0; i < from->used; i++) {
        const struct fl_dram_request *request = &from->at[i];
        struct fl_dram_bank_queue *bank = &c->bank[request->bank];
        if (bank->list.used == bank->list.room)
            continue;
        *older = request->write && pending_read(c, request);
        if (*older)
            return false;
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

/* One request goes on to its bank, if there is room; false if nothing changed. A write that waits for a read lets the
 * reads go first at once: were it asked again each clock, a full buffer would never let them. */
static bool forward(const struct fl_dram_common *r, struct fl_dram_channel *c)
{
    if (c->draining == 0 && (c->writes.used == c->writes.room ||
                             (c->writes.used > r->device->write_low && c->waiting == 0) ||
                             (r->ending && c->reads.used == 0)))
        c->draining = c->writes.used;
    bool older = false;
    if (c->draining > 0) {
        if (forward_first(c, &c->writes, &older))
            return true;
        if (!older)
            return false;
        c->draining = 0;
    }
    return forward_first(c, &c->reads, &older) || older;
}

/* ---- a clock of a channel ---- */

void fl_dram_channel_step(struct fl_dram_channel *c, const struct fl_dram_common *r)
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
    if (issued != NOTHING && r->device->dual_command)
        bank_issue(r, c, now, issued);
    if (forward(r, c) || issued != NOTHING) {
        c->next = now + 1;              /* as refresh_at is later than now, it cannot be missed */
        return;
    }
    int64_t commands = banks_next(r, c);
    next = commands < next ? commands : next;
    c->next = c->refresh_at < next ? c->refresh_at : next;
}

void fl_dram_channel_run(struct fl_dram_channel *c, const struct fl_dram_common *r, int64_t until)
{
    while (c->next < until)
        fl_dram_channel_step(c, r);
}

void fl_dram_channel_add(struct fl_dram_channel *c, const struct fl_dram_request *request, int64_t now)
{
    struct fl_dram_list *bank = &c->bank[request->bank].list;
    struct fl_dram_request *twin = list_find(&c->writes, request->burst, true);
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

bool fl_dram_channel_room(const struct fl_dram_channel *c, bool write)
{
    const struct fl_dram_list *list = write ? &c->writes : &c->reads;
    return list->used < list->room;
}

void fl_dram_channel_finish(struct fl_dram_channel *c, const struct fl_dram_common *r)
{
    while (c->reading > 0 || (r->ending && (c->writes.used > 0 || c->waiting > 0)))
        fl_dram_channel_step(c, r);
}

/* ---- setting up ---- */

static void list_make(struct fl_arena *arena, struct fl_dram_list *list, int64_t room)
{
    list->at = fl_arena_array(arena, (size_t)room, sizeof *list->at);
    list->room = (int32_t)room;
}

void fl_dram_channel_make(struct fl_dram_channel *c, const struct fl_dram_common *r, struct fl_arena *arena)
{
    c->bank = fl_arena_array(arena, (size_t)r->banks, sizeof *c->bank);
    c->soonest = fl_arena_array(arena, (size_t)r->banks, sizeof *c->soonest);
    c->group = fl_arena_array(arena, (size_t)r->groups, sizeof *c->group);
    c->rank = fl_arena_array(arena, (size_t)r->ranks, sizeof *c->rank);
    list_make(arena, &c->reads, r->device->transactions);
    list_make(arena, &c->writes, r->device->transactions);
    for (int32_t b = 0; b < r->banks; b++) {
        c->bank[b].rank = b / (r->banks / r->ranks);
        c->bank[b].group = b / (r->banks / r->groups);
        c->bank[b].row = CLOSED;
        list_make(arena, &c->bank[b].list, r->device->queue);
        bank_changed(c, b);
    }
    c->refresh_at = r->refresh_every;
}
