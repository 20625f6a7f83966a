/* dram_replay.c - the requester of a replay: where an address lies, when a request is made, and what it came to.
 *
 * Requests are offered in the order of the trace; the first that its channel has no room for
 * holds up the rest until the next clock. Channels know nothing of one another: each is
 * brought up to the requester's clock only when something is asked of it.
 */
#include "units/dram_replay.h"

#include <stdlib.h>
#include <string.h>

#include "units/dram_channel.h"

const char *const fl_dram_conventions[] = { "fanlight", "dramsim3", NULL };

enum field { CH, RA, BG, BA, RO, CO, FIELDS };

struct fl_dram_replay {
    struct fl_arena arena;
    struct fl_dram_device device;
    struct fl_dram_common common;
    struct fl_dram_channel *channel;
    struct fl_dram_asking asking;
    enum field order[FIELDS];           /* lowest first */
    uint64_t size[FIELDS];
    uint64_t burst_bytes, bursts;
    int64_t clock, sent;                /* of the requester: now, and requests offered in this clock */
    int64_t requests;
    uint64_t addresses;                 /* all of them, or-ed */
};

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

/* Field by field, how many. */
static void fields_count(struct fl_dram_replay *r)
{
    const struct fl_dram_device *device = &r->device;
    const int64_t size[FIELDS] = {
        [CH] = device->channels, [RA] = device->ranks, [BG] = device->groups, [BA] = device->banks,
        [RO] = device->rows, [CO] = device->row_bytes / fl_dram_burst_bytes(device),
    };
    r->burst_bytes = (uint64_t)fl_dram_burst_bytes(device);
    r->bursts = 1;
    for (int f = 0; f < FIELDS; f++) {
        r->size[f] = (uint64_t)size[f];
        r->bursts *= r->size[f];
    }
}

struct fl_dram_replay *fl_dram_replay_new(const struct fl_dram_device *device, const struct fl_dram_asking *asking,
                                          const char *where, struct fl_err *err)
{
    struct fl_dram_replay *r = fl_calloc(1, sizeof *r);
    if (!map_read(r, asking->map != NULL ? asking->map : fl_dram_maps[device->map], where, err)) {
        fl_free(r);
        return NULL;
    }
    r->device = *device;
    r->asking = *asking;
    fields_count(r);
    r->common = (struct fl_dram_common){
        .device = &r->device, .ranks = (int32_t)device->ranks, .groups = (int32_t)(device->ranks * device->groups),
        .banks = (int32_t)(device->banks * device->ranks * device->groups),
        .refresh_every = device->trefi / device->ranks,
    };
    fl_dram_times_of(&r->common.times, device, 1);
    r->channel = fl_arena_array(&r->arena, (size_t)device->channels, sizeof *r->channel);
    for (int64_t i = 0; i < device->channels; i++)
        fl_dram_channel_make(&r->channel[i], &r->common, &r->arena);
    return r;
}

void fl_dram_replay_free(struct fl_dram_replay *replay)
{
    if (replay == NULL)
        return;
    fl_arena_free(&replay->arena);
    fl_free(replay);
}

uint64_t fl_dram_replay_bytes(const struct fl_dram_replay *replay)
{
    return replay->bursts * replay->burst_bytes;
}

double fl_dram_peak_gb_s(const struct fl_dram_device *device)
{
    return (double)(fl_dram_burst_bytes(device) * device->channels) / ((double)device->burst * device->clock_ps) * 1e3;
}

/* ---- the requester ---- */

/* A burst is asked of its channel, as soon as there is room. */
static void burst_ask(struct fl_dram_replay *r, uint64_t burst, bool write)
{
    uint64_t rest = burst, field[FIELDS];
    struct fl_dram_request request = { .burst = burst, .write = write, .merged = 1 };
    for (int i = 0; i < FIELDS; i++) {
        enum field f = r->order[i];
        field[f] = rest % r->size[f];
        rest /= r->size[f];
    }
    request.bank = (int32_t)((field[RA] * r->size[BG] + field[BG]) * r->size[BA] + field[BA]);
    request.row = (int64_t)field[RO];
    struct fl_dram_channel *c = &r->channel[field[CH]];
    fl_dram_channel_run(c, &r->common, r->clock);
    while (!fl_dram_channel_room(c, write)) {   /* it is offered again each clock */
        r->clock = c->next + 1;
        r->sent = 0;
        fl_dram_channel_step(c, &r->common);
    }
    request.came = r->clock;
    fl_dram_channel_add(c, &request, r->clock);
}

/* Lets what is under way end; gives the clock when the last data has moved. */
static int64_t channels_end(struct fl_dram_replay *r)
{
    int64_t end = r->clock;
    for (int64_t i = 0; i < r->device.channels; i++) {
        struct fl_dram_channel *c = &r->channel[i];
        fl_dram_channel_finish(c, &r->common);
        end = fl_later(end, r->common.ending ? fl_later(c->returned, c->written) : c->returned);
    }
    return end;
}

bool fl_dram_replay_ask(struct fl_dram_replay *replay, uint64_t address, bool write)
{
    struct fl_dram_replay *r = replay;
    uint64_t wide = r->asking.request_bytes > 0 ? (uint64_t)r->asking.request_bytes : 1;
    uint64_t first = address / r->burst_bytes, bytes = fl_dram_replay_bytes(r);
    if (address >= bytes || wide > bytes - address)
        return false;
    if (r->asking.inject > 0 && r->sent == r->asking.inject) {
        r->clock++;
        r->sent = 0;
    }
    for (uint64_t burst = first; burst <= (address + wide - 1) / r->burst_bytes; burst++)
        burst_ask(r, burst, write);
    if (r->asking.inject == FL_DRAM_CHASE)
        r->clock = channels_end(r) + 1;
    r->sent++;
    r->requests++;
    r->addresses |= address;
    return true;
}

/* ---- what it came to ---- */

static struct fl_dram_energy energy_of(const struct fl_dram_replay *r)
{
    struct fl_dram_energy energy = fl_dram_energy_of(&r->device);
    if (r->asking.convention == FL_DRAM_DRAMSIM3 && r->device.charged > 0) {
        double share = (double)r->device.charged / (double)r->device.burst;
        energy.rd_pj *= share;
        energy.wr_pj *= share;
    }
    return energy;
}

static void energies_add(struct fl_dram_result *sum, const struct fl_dram_energy *energy)
{
    sum->energy_act_pre_pj = (double)sum->num_act * energy->act_pj;
    sum->energy_rd_pj = (double)sum->num_rd * energy->rd_pj;
    sum->energy_wr_pj = (double)sum->num_wr * energy->wr_pj;
    sum->energy_refresh_pj = (double)sum->num_ref * energy->ref_pj;
    sum->energy_total_pj = sum->energy_act_pre_pj + sum->energy_rd_pj + sum->energy_wr_pj + sum->energy_background_pj +
                           sum->energy_refresh_pj;
}

/* The share of one channel, standing by until `end`. */
static void channel_sum(struct fl_dram_result *sum, const struct fl_dram_replay *r, const struct fl_dram_channel *c,
                        const struct fl_dram_energy *energy, int64_t end)
{
    sum->num_act += c->act;
    sum->num_pre += c->pre;
    sum->num_rd += c->rd;
    sum->num_wr += c->wr;
    sum->num_ref += c->ref;
    for (int32_t k = 0; k < r->common.ranks; k++) {
        const struct fl_dram_rank_state *rank = &c->rank[k];
        int64_t active = rank->active + (rank->open > 0 ? end - rank->since : 0);
        sum->energy_background_pj += ((double)active * energy->active_mw +
                                      (double)(end - active) * energy->precharge_mw) * r->device.clock_ps / 1e3;
    }
}

struct fl_dram_result fl_dram_replay_end(struct fl_dram_replay *replay)
{
    struct fl_dram_replay *r = replay;
    r->common.ending = r->asking.convention == FL_DRAM_OURS;
    int64_t end = channels_end(r), hits = 0, latency = 0, answered = 0;
    struct fl_dram_result sum = { .requests = r->requests, .cycles = end, .aligned = r->addresses & -r->addresses };
    struct fl_dram_energy energy = energy_of(r);
    for (int64_t i = 0; i < r->device.channels; i++) {
        struct fl_dram_channel *c = &r->channel[i];
        fl_dram_channel_run(c, &r->common, end);
        channel_sum(&sum, r, c, &energy, end);
        hits += c->hits;
        latency += c->latency;
        answered += c->answered;
    }
    int64_t burst_bytes = (int64_t)r->burst_bytes, columns = sum.num_rd + sum.num_wr;
    sum.bytes = sum.requests * (r->asking.request_bytes > 0 ? r->asking.request_bytes : burst_bytes);
    int64_t moved = r->asking.convention == FL_DRAM_OURS ? columns * burst_bytes : sum.bytes;
    double clock_ns = r->device.clock_ps / 1e3;
    sum.time_ns = (double)end * clock_ns;
    sum.bandwidth_gb_s = end > 0 ? (double)moved / sum.time_ns : 0;
    sum.row_hit_rate = columns > 0 ? (double)hits / (double)columns : 0;
    sum.avg_latency_ns = answered > 0 ? (double)latency / (double)answered * clock_ns : 0;
    energies_add(&sum, &energy);
    return sum;
}
