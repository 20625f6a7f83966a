/* dram.c - DRAM as streams see it: descriptors laid over all channels and bank groups, row by row.
 *
 * A descriptor (FL_FIRST to FL_LAST) is a stretch of memory that starts at a row. Bursts go round the channels first,
 * then round the bank groups, so that all channels work alike: one stands for all, and a beat is one burst on each. The
 * rows of one bank of every group on every channel are a stripe; at its end they are closed and the next's are opened.
 *
 * Requests are placed as they come: every command at the earliest time the rules allow (dram_bank.h), so a burst's
 * activate overlaps the bursts before it. Requests of one direction are served together for a while, because turning
 * the data bus round costs time.
 *
 * Refresh runs from the last actual one. It falls due after tREFI and is done between two stripes, or before a
 * descriptor that would be interrupted otherwise; a pause as long as a refresh pays it. Banks are named relative to the
 * stream, not to addresses: which bank a tensor starts in is software's choice. So equal work finds equal memory, and
 * leaps hold.
 * Left out: the clock or two of changing ranks between stripes, and the command bus, which bursts do not fill.
 */
#include "machine/machine.h"
#include "sim/pace.h"
#include "units/dram_bank.h"

enum { LINES = 4, STREAMS = 2 * LINES, GROUPS = 16, BANKS = 64 };
enum { SLOWEST_PS = 1000000 };          /* period: millions of clocks, a million times over, are in time yet */

struct stream {                         /* reads, or writes, of one line */
    int64_t active;                     /* within a descriptor */
    int64_t stripe;                     /* which bank of each group, relative */
    int64_t place;                      /* bits of the stripe passed */
    int64_t open;                       /* groups whose row is open, as bits */
};

struct dram {
    struct unit unit;
    struct fl_dram_device device;
    int32_t burns;
    bool ideal;
    /* derived */
    struct fl_dram_times times;
    int64_t burst_bits, beat_bits, stripe_bits, stripes, window;
    double bit_ps;
    double act_fj, rd_fj, wr_fj, open_mw, standby_mw, refresh_mw, phy_mw;
    /* state */
    struct stream stream[STREAMS];
    int64_t opened;                     /* a row of any stream is open */
    int64_t writing, batch;             /* direction being served; beats since it turned */
    int64_t turn;                       /* line to be asked first */
    struct fl_dram_bank bank[BANKS];    /* by stripe, then group */
    struct fl_dram_group group[GROUPS];
    struct fl_dram_rank rank;
    fl_time done_at[LINES];             /* end of the last request: a line is answered in order */
    fl_time bus_at, busy_at, free_at, shut_at, calm_at, due_at;
    struct fl_watch due;
};
/* bus_at: end of the data placed; busy_at: end of the time counted as busy; free_at: the next request is looked at;
 * shut_at: when all rows were closed; calm_at: a pause has paid a refresh; due_at: the next refresh falls due;
 * due: who asked whether that has come. */
enum { ASK, GIVE };
enum { ALL = -1 };                      /* groups, as bits */
enum { ACTIVATES, READS, WRITES, IO_BITS, OPEN_PS, REFRESHES };

/* ---- setting up ---- */

static void prices(struct dram *d)
{
    const struct fl_dram_device *v = &d->device;
    struct fl_dram_energy energy = fl_dram_energy_of(v);
    double channels = (double)v->channels, ranks = channels * (double)(v->ranks * v->depth);
    d->act_fj = energy.act_pj * 1e3;
    d->rd_fj = energy.rd_pj * 1e3;
    d->wr_fj = energy.wr_pj * 1e3;
    d->open_mw = (energy.active_mw - energy.precharge_mw) * channels;
    d->standby_mw = energy.precharge_mw * ranks;
    d->refresh_mw = energy.ref_pj / ((double)v->trefi * v->clock_ps) * 1e3 * ranks;
    d->phy_mw = v->phy_mw * channels;
    /* bursts back to back on every channel, a new row when one has been read */
    double burst_fj = fmax(d->rd_fj, d->wr_fj) + v->io_fj * (double)d->burst_bits;
    double row_share = (double)d->burst_bits / (double)(v->row_bytes * 8);
    d->unit.peak_mw = d->open_mw + fl_peak_mw(channels, burst_fj + d->act_fj * row_share, (double)d->times.rd_rd_s);
}

static bool dram_init(struct unit *u, struct fl_err *err)
{
    struct dram *d = (struct dram *)u;
    struct fl_dram_device *v = &d->device;
    v->clock_ps = fl_period_ps(u);
    if (u->clock->q != 1)
        return fl_fail(err, u->path, "the clock of a DRAM must be a whole number of ps, as data sheets give it: "
                       "write \"%.0f ps\"", v->clock_ps);
    if (u->clock->p > SLOWEST_PS)
        return fl_fail(err, u->path, "the clock of a DRAM must be 1 MHz at least; its period is \"%.0f ps\"",
                       v->clock_ps);
    if (u->socket[ASK].lines > LINES)
        return fl_fail(err, u->path, "at most %d units may ask", LINES);
    if (!fl_dram_device_check(v, u->path, err))
        return false;
    fl_dram_times_of(&d->times, v, u->clock->p);
    d->burst_bits = fl_dram_burst_bytes(v) * 8;
    d->beat_bits = d->burst_bits * v->channels;
    d->stripe_bits = v->row_bytes * 8 * v->channels * v->groups;
    d->stripes = v->banks * v->ranks < BANKS / v->groups ? v->banks * v->ranks : BANKS / v->groups;
    d->window = v->transactions * d->times.rd_rd_s;
    d->bit_ps = (double)d->times.rd_rd_s / (double)d->beat_bits;
    prices(d);
    u->timeless = d->ideal;
    if (!d->ideal)
        fl_lanes(u, v->channels, IO_BITS, (double)(v->burst * u->clock->p) / (double)d->burst_bits);
    return true;
}

static void dram_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct dram *d = (const struct dram *)u;
    machine->dram_bits = fl_times_held(fl_dram_bytes(&d->device), 8, INT64_MAX);
    machine->dram_bit_ps = d->ideal ? 0 : d->bit_ps;
    fl_dram_refreshes_of(&d->times, (double)d->window, (double)(d->stripe_bits * fl_most(u->socket[ASK].lines, 1)) *
                         d->bit_ps, &machine->dram_unrefreshed_ps, &machine->dram_refreshing);
}

const struct fl_dram_device *fl_dram_device_of(const struct unit *u)
{
    return &((const struct dram *)u)->device;
}

/* ---- rows ---- */

static bool rows_open(const struct dram *d)
{
    for (int i = 0; i < STREAMS; i++)
        if (d->stream[i].open != 0)
            return true;
    return false;
}

/* Closes those of the stream's rows that are open and in `groups`, each as early as it may be. */
static void rows_close(struct unit *u, struct stream *s, int64_t groups)
{
    struct dram *d = (struct dram *)u;
    groups &= s->open;
    if (groups == 0)
        return;
    for (int64_t g = 0; g < d->device.groups; g++) {
        if (!(groups >> g & 1))
            continue;
        struct fl_dram_bank *bank = &d->bank[s->stripe * d->device.groups + g];
        fl_time at = fl_later(bank->pre, fl_now(u));
        fl_dram_pre(&d->times, bank, at);
        d->shut_at = fl_later(d->shut_at, at);
    }
    s->open &= ~groups;
    d->opened = rows_open(d);
    if (!d->opened)
        fl_count(u, NULL, OPEN_PS, d->shut_at);
}

static void row_open(struct unit *u, struct stream *s, int64_t g, fl_time from)
{
    struct dram *d = (struct dram *)u;
    for (int i = 0; i < STREAMS; i++)   /* another stream's row in this bank must go */
        if (d->stream[i].stripe == s->stripe)
            rows_close(u, &d->stream[i], (int64_t)1 << g);
    struct fl_dram_bank *bank = &d->bank[s->stripe * d->device.groups + g];
    fl_time at = fl_later(from, fl_dram_act_at(bank, &d->group[g], &d->rank));
    fl_dram_act(&d->times, bank, &d->group[g], &d->rank, at);
    if (!d->opened)                     /* open from `at`; rows of the stripe before may have closed later */
        fl_count(u, NULL, OPEN_PS, -fl_later(at, d->shut_at));
    s->open |= (int64_t)1 << g;
    d->opened = true;
}

/* Refreshes all banks at the first moment from `from` on when they are closed. */
static void refresh(struct unit *u, fl_time from)
{
    struct dram *d = (struct dram *)u;
    int64_t banks = d->stripes * d->device.groups;
    for (int i = 0; i < STREAMS; i++)
        rows_close(u, &d->stream[i], ALL);
    fl_time at = from;
    for (int64_t b = 0; b < banks; b++)
        at = fl_later(at, d->bank[b].act);
    for (int64_t b = 0; b < banks; b++)
        fl_dram_ref(&d->times, &d->bank[b], at);
    fl_due_move(u, &d->due_at, &d->due, at + d->times.refi);
    fl_count(u, NULL, REFRESHES, d->device.channels * d->device.ranks * d->device.depth);
}

/* ---- streams ---- */

/* The only stream under way stands at stripe 0: banks are relabelled, not moved. */
static void stripes_settle(struct dram *d)
{
    struct stream *only = NULL;
    for (int i = 0; i < STREAMS; i++)
        if (d->stream[i].active) {
            if (only != NULL)
                return;
            only = &d->stream[i];
        }
    if (only == NULL || only->stripe == 0)
        return;
    struct fl_dram_bank turned[BANKS];
    int64_t groups = d->device.groups, before = only->stripe * groups, after = (d->stripes - only->stripe) * groups;
    memcpy(turned, d->bank, (size_t)before * sizeof *turned);
    memmove(d->bank, d->bank + before, (size_t)after * sizeof *turned);
    memcpy(d->bank + after, turned, (size_t)before * sizeof *turned);
    only->stripe = 0;
}

/* A descriptor starts in the bank after the one used last, or as far as can be from another stream. */
static void stream_start(struct unit *u, struct stream *s)
{
    struct dram *d = (struct dram *)u;
    rows_close(u, s, ALL);
    const struct stream *other = NULL;
    for (int i = 0; i < STREAMS && other == NULL; i++)
        if (d->stream[i].active && &d->stream[i] != s)
            other = &d->stream[i];
    s->stripe = other ? (other->stripe + (d->stripes + 1) / 2) % d->stripes : 1 % d->stripes;
    s->place = 0;
    s->active = true;
    stripes_settle(d);
}

static void stripe_end(struct unit *u, struct stream *s, fl_time from, fl_time end)
{
    struct dram *d = (struct dram *)u;
    rows_close(u, s, ALL);
    s->place = 0;
    s->stripe = (s->stripe + 1) % d->stripes;
    stripes_settle(d);
    if (!d->ideal && fl_due_by(d->due_at, &d->due, end))
        refresh(u, from);
    fl_boundary(u, 0);
}

static void stream_end(struct unit *u, struct stream *s)
{
    rows_close(u, s, ALL);
    *s = (struct stream){ 0 };
}

/* ---- requests ---- */

/* One burst on every channel, from `from` on; gives the end of its data. */
static fl_time beat(struct unit *u, struct stream *s, const struct fl_msg *msg, int64_t number, fl_time from)
{
    struct dram *d = (struct dram *)u;
    int64_t g = number % d->device.groups;
    if (!(s->open >> g & 1)) {
        row_open(u, s, g, from);
        if (number >= d->device.groups) /* not the row's first burst: it was closed in between */
            fl_count(u, fl_step_of_msg(u, msg), ACTIVATES, d->device.channels);
    }
    struct fl_dram_bank *bank = &d->bank[s->stripe * d->device.groups + g];
    if (msg->flags & FL_WRITE) {
        fl_time at = fl_later(from, fl_dram_wr_at(bank, &d->group[g], &d->rank));
        fl_dram_wr(&d->times, bank, &d->group[g], &d->rank, at);
        return at + d->times.wr_data;
    }
    fl_time at = fl_later(from, fl_dram_rd_at(bank, &d->group[g], &d->rank));
    fl_dram_rd(&d->times, bank, &d->group[g], &d->rank, at);
    return at + d->times.rd_data;
}

/* Counts what the bits from `place` on cost: bursts not yet fetched, and rows that they are the first to touch. */
static void count_bursts(struct unit *u, const struct fl_msg *msg, int64_t place, int64_t bits)
{
    const struct dram *d = (const struct dram *)u;
    int64_t first = fl_ceil_div(place, d->burst_bits), last = fl_ceil_div(place + bits, d->burst_bits);
    int64_t rows = d->device.channels * d->device.groups;
    const struct fl_step *step = fl_step_of_msg(u, msg);
    fl_count(u, step, msg->flags & FL_WRITE ? WRITES : READS, last - first);
    fl_count(u, step, IO_BITS, (last - first) * d->burst_bits);
    if (first < rows)
        fl_count(u, step, ACTIVATES, (last < rows ? last : rows) - first);
}

/* Places the request's beats; gives the end of its data, and `*first`, that of its first beat. */
static fl_time place_request(struct unit *u, struct stream *s, const struct fl_msg *msg, fl_time from, fl_time *first)
{
    struct dram *d = (struct dram *)u;
    int64_t bits = msg->bits;
    fl_time end = from;                 /* what has been fetched already is at hand */
    while (bits > 0) {
        int64_t here = d->stripe_bits - s->place < bits ? d->stripe_bits - s->place : bits;
        count_bursts(u, msg, s->place, here);
        int64_t last = fl_ceil_div(s->place + here, d->beat_bits);
        for (int64_t b = fl_ceil_div(s->place, d->beat_bits); b < last && !d->ideal && end < FL_TIME_END; b++) {
            end = beat(u, s, msg, b, from);
            *first = fl_least(*first, end);
            d->batch += d->batch < d->device.transactions;
        }
        s->place += here;
        bits -= here;
        if (s->place == d->stripe_bits)
            stripe_end(u, s, from, end);
    }
    return end;
}

/* Is a refresh to be done before the descriptor, rather than in the midst of it? */
static bool refresh_first(struct unit *u, const struct fl_msg *msg, fl_time from)
{
    struct dram *d = (struct dram *)u;
    const struct fl_step *step = fl_step_of_msg(u, msg);
    fl_time start = fl_later(from, d->bus_at);
    fl_time span = step != NULL ? fl_span((double)step->load_bits * d->bit_ps) : 0;
    return fl_due_by(d->due_at, &d->due, fl_after(start, span));
}

static void serve(struct unit *u, const struct fl_msg *msg, uint32_t line)
{
    struct dram *d = (struct dram *)u;
    bool write = msg->flags & FL_WRITE;
    struct stream *s = &d->stream[2 * line + write];
    fl_time from = d->ideal ? fl_now(u) : fl_edge(u, 1);    /* a clock in the queue */
    if (!d->ideal && fl_now(u) >= d->calm_at)
        fl_due_move(u, &d->due_at, &d->due, from + d->times.refi);
    if (msg->flags & FL_FIRST || !s->active) {
        stream_start(u, s);
        if (!d->ideal && refresh_first(u, msg, from))
            refresh(u, from);
    }
    fl_time first = FL_NEVER, end = place_request(u, s, msg, from, &first);
    if (msg->flags & FL_LAST)
        stream_end(u, s);
    if (d->ideal)
        return;
    /* Busy is the time the data bus is taken, or idle for the memory's own reasons: rows, turns, refresh. */
    fl_time soonest = from + (write ? d->times.rcd_wr + d->times.wr_data : d->times.rcd_rd + d->times.rd_data);
    fl_time taken = fl_later(d->busy_at, fl_least(soonest, first) - d->device.burst * d->times.tick);
    if (end > taken) {
        fl_busy(u, fl_step_of_msg(u, msg), end - taken, 1);
        d->busy_at = end;
    }
    d->done_at[line] = fl_later(d->done_at[line], end);
    d->bus_at = fl_later(d->bus_at, end);
    d->calm_at = d->bus_at + d->times.rp + d->times.rfc;
    d->free_at = fl_later(fl_now(u), d->bus_at - d->window);
}

/* The next line to be served, or the number of lines: the direction under way goes first, for a while. */
static uint32_t next_line(struct unit *u)
{
    struct dram *d = (struct dram *)u;
    uint32_t lines = u->socket[ASK].lines, found[2] = { lines, lines };
    const struct fl_msg *stuck = NULL;
    for (uint32_t i = 0; i < lines; i++) {
        uint32_t line = ((uint32_t)d->turn + i) % lines;
        if (!fl_has_on(u, ASK, line))
            continue;
        const struct fl_msg *msg = fl_peek_on(u, ASK, line);
        int write = (msg->flags & FL_WRITE) != 0;
        if (fl_is_answered(msg) && !fl_room_on(u, GIVE, line))
            stuck = stuck != NULL ? stuck : msg;
        else if (found[write] == lines)
            found[write] = line;
    }
    int way = (int)d->writing;
    if (found[!way] < lines && (found[way] == lines || d->batch >= d->device.transactions)) {
        way = !way;
        d->writing = way;
        d->batch = 0;
    }
    bool waits = stuck != NULL && found[way] == lines;
    if (waits && fl_now(u) < d->busy_at)    /* data placed before is moving still: busy, not blocked */
        fl_wake_at(u, d->busy_at);
    fl_blocked(u, fl_step_of_msg(u, stuck), waits && fl_now(u) >= d->busy_at);
    return found[way];
}

static void answer(struct unit *u, const struct dram *d, uint32_t line, struct fl_msg msg)
{
    msg.flags &= ~(uint32_t)FL_ASK;
    fl_send_on(u, GIVE, line, msg, d->ideal ? fl_now(u) : fl_later(fl_now(u), d->done_at[line]));
}

static void dram_wake(struct unit *u)
{
    struct dram *d = (struct dram *)u;
    if (fl_now(u) >= d->calm_at)        /* a pause long enough for a refresh: rows do not stay open */
        for (int i = 0; i < STREAMS; i++)
            rows_close(u, &d->stream[i], ALL);
    while (fl_now(u) >= d->free_at) {
        uint32_t line = next_line(u);
        if (line == u->socket[ASK].lines) {
            if (d->opened)
                fl_wake_at(u, d->calm_at);
            return;
        }
        struct fl_msg msg = fl_take_on(u, ASK, line);
        d->turn = (line + 1) % u->socket[ASK].lines;
        fl_unit_assert(u, msg.bits >= 0);
        if (msg.bits > 0)
            serve(u, &msg, line);
        if (fl_is_answered(&msg))
            answer(u, d, line, msg);
    }
    fl_wake_at(u, d->free_at);
}

/* ---- the table ---- */

#define AT(field) offsetof(struct dram, field)
#define OF(field) offsetof(struct dram, device.field)
#define CLOCKS(name, least, preset, meaning) { #name, "", FL_COUNT, OF(name), least, 1e6, preset, meaning, NULL }
const struct fl_unit_type fl_unit_dram = {
    .kind = "dram", .summary = "DRAM: channels, ranks, banks and rows by their commands", .phase = 1,
    .size = sizeof(struct dram),
    .params = (const struct fl_param[]){
        { "channels", "", FL_COUNT, OF(channels), 1, 4096, NAN, "independent channels, interleaved", NULL },
        { "ranks", "", FL_COUNT, OF(ranks), 1, 16, 1, "ranks of a channel", NULL },
        { "groups", "", FL_COUNT, OF(groups), 1, GROUPS, NAN, "bank groups of a rank", NULL },
        { "banks", "", FL_COUNT, OF(banks), 1, BANKS, NAN, "banks of a group", NULL },
        { "rows", "", FL_COUNT, OF(rows), 1, 1e9, NAN, "rows of a bank", NULL },
        { "row", "bytes", FL_COUNT, OF(row_bytes), 8, 1e9, NAN, "a row (page) over the whole channel", NULL },
        { "width", "bits", FL_COUNT, OF(width), 1, 1e5, NAN, "data lines of a channel", NULL },
        { "devices", "", FL_COUNT, OF(devices), 1, 1024, NAN, "devices of a rank; currents are of one", NULL },
        { "burst_length", "", FL_COUNT, OF(burst_length), 1, 256, NAN, "transfers of a burst", NULL },
        { "depth", "", FL_COUNT, OF(depth), 1, 1e6, 1, "times capacity and static power, not bandwidth", NULL },
        { "stacks", "", FL_COUNT, OF(stacks), 1, 4096, 1, "times channels: capacity, power and bandwidth", NULL },
        CLOCKS(burst, 1, NAN, "clocks the data bus is taken by a burst"),
        CLOCKS(cl, 1, NAN, "read command to first data, clocks"),
        CLOCKS(cwl, 1, NAN, "write command to first data, clocks"),
        CLOCKS(trcd, 1, NAN, "activate to read, clocks"),
        CLOCKS(trcd_wr, 1, 1, "activate to write, clocks; 1 stands for trcd"),
        CLOCKS(trp, 1, NAN, "precharge to activate, clocks"),
        CLOCKS(tras, 1, NAN, "activate to precharge, clocks"),
        CLOCKS(trc, 1, 1, "activate to activate of one bank, clocks; 1 stands for tras + trp"),
        CLOCKS(trrd_s, 1, NAN, "activate to activate, other group, clocks"),
        CLOCKS(trrd_l, 1, NAN, "activate to activate, same group, clocks"),
        CLOCKS(tfaw, 1, NAN, "window of four activates, clocks"),
        CLOCKS(t32aw, 1, 0, "window of 32 activates, clocks; 0: there is none"),
        CLOCKS(tccd_s, 1, NAN, "column command to the next, other group, clocks"),
        CLOCKS(tccd_l, 1, NAN, "column command to the next, same group, clocks"),
        CLOCKS(twr, 1, NAN, "end of written data to precharge, clocks"),
        CLOCKS(twtr_s, 1, NAN, "end of written data to read, other group, clocks"),
        CLOCKS(twtr_l, 1, NAN, "end of written data to read, same group, clocks"),
        CLOCKS(trtp, 1, NAN, "read to precharge, clocks"),
        CLOCKS(trtrs, 0, 1, "gap on the data bus when rank or direction changes, clocks"),
        CLOCKS(trfc, 1, NAN, "duration of a refresh of all banks, clocks"),
        { "trefi", "", FL_COUNT, OF(trefi), 1, 1e9, NAN, "between refreshes, clocks", NULL },
        CLOCKS(queue, 1, 8, "commands waiting at a bank (replay)"),
        CLOCKS(transactions, 1, 32, "requests waiting at a channel, reads and writes apart"),
        CLOCKS(write_low, 0, 8, "writes that wait until the banks are idle (replay)"),
        CLOCKS(hit_limit, 1, 4, "row hits after which an older request may close the row (replay)"),
        CLOCKS(charged, 0, 0, "clocks of a burst that `dram --convention dramsim3` charges; 0: all"),
        { "page", "", FL_CHOICE, OF(page), 0, 1, FL_DRAM_OPEN, "row policy of the replay", fl_dram_pages },
        { "map", "", FL_CHOICE, OF(map), 0, 5, 0, "address fields in the replay, highest first", fl_dram_maps },
        { "dual_command", "", FL_FLAG, OF(dual_command), 0, 1, 0, "a row and a column command in one clock", NULL },
        { "vdd", "V", FL_REAL | FL_SCALES, OF(vdd), 0, 10, NAN, "supply voltage", NULL },
        { "idd0", "A", FL_REAL | FL_COSTS, OF(idd0), 0, 1e3, NAN,
          "current of one device, activate and precharge in turn", NULL },
        { "idd2n", "A", FL_REAL | FL_COSTS, OF(idd2n), 0, 1e3, NAN, "precharged, standing by", NULL },
        { "idd3n", "A", FL_REAL | FL_COSTS, OF(idd3n), 0, 1e3, NAN, "a row open, standing by", NULL },
        { "idd4r", "A", FL_REAL | FL_COSTS, OF(idd4r), 0, 1e3, NAN, "reading all the time", NULL },
        { "idd4w", "A", FL_REAL | FL_COSTS, OF(idd4w), 0, 1e3, NAN, "writing all the time", NULL },
        { "idd5", "A", FL_REAL | FL_COSTS, OF(idd5), 0, 1e3, NAN, "refreshing all banks", NULL },
        { "io_energy", "fJ/bit", FL_REAL | FL_COSTS, OF(io_fj), 0, 1e9, 0,
          "drivers, termination and PHY, beside currents", NULL },
        { "phy_power", "mW", FL_REAL | FL_COSTS, OF(phy_mw), 0, 1e9, 0, "of a channel's PHY, standing", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when it stands by and refreshes", fl_burns_names },
        { "ideal", "", FL_FLAG, AT(ideal), 0, 1, 0, "takes no time", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "ask", .way = FL_IN, .many = true, .room = 4 },
        { .name = "give", .way = FL_OUT, .many = true },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "activates", "dram", "idd0", AT(act_fj) },
        { "reads", "dram", "idd4r", AT(rd_fj) },
        { "writes", "dram", "idd4w", AT(wr_fj) },
        { "io_bits", "dram", "io_energy", OF(io_fj) },
        { "open_ps", "dram", "idd3n", AT(open_mw) },
        { "refreshes", "dram", NULL, 0 },
        { 0 } },
    .stepless = 2,                      /* open_ps, refreshes */
    .statics = (const struct fl_static[]){
        { "idd2n", "dram", AT(standby_mw), AT(burns) },
        { "idd5", "dram", AT(refresh_mw), AT(burns) },
        { "phy_power", "dram", AT(phy_mw), AT(burns) },
        { 0 } },
    .state = (const struct fl_state[]){
        /* what differs most often comes first: the tables are compared in this order */
        { .name = "due_at", .rule = FL_DEADLINE, .offset = AT(due_at), .size = 8, .watch = AT(due) },
        { .name = "bus_at", .rule = FL_TIME, .offset = AT(bus_at), .size = 8 },
        { .name = "busy_at", .rule = FL_TIME, .offset = AT(busy_at), .size = 8 },
        { .name = "free_at", .rule = FL_TIME, .offset = AT(free_at), .size = 8 },
        { .name = "shut_at", .rule = FL_TIME, .offset = AT(shut_at), .size = 8 },
        { .name = "calm_at", .rule = FL_TIME, .offset = AT(calm_at), .size = 8 },
        { .name = "opened", .rule = FL_PLAIN, .offset = AT(opened), .size = 8, .span = 1 + OPEN_PS },
        { .name = "writing", .rule = FL_PLAIN, .offset = AT(writing), .size = 8 },
        { .name = "batch", .rule = FL_PLAIN, .offset = AT(batch), .size = 8 },
        { .name = "turn", .rule = FL_PLAIN, .offset = AT(turn), .size = 8 },
        { .name = "streams", .rule = FL_PLAIN, .offset = AT(stream), .size = sizeof(struct stream[STREAMS]) },
        { .name = "done_at", .rule = FL_TIME, .offset = AT(done_at), .size = sizeof(fl_time[LINES]) },
        { .name = "rank", .rule = FL_TIME, .offset = AT(rank), .size = sizeof(struct fl_dram_rank) },
        { .name = "groups", .rule = FL_TIME, .offset = AT(group), .size = sizeof(struct fl_dram_group[GROUPS]) },
        { .name = "banks", .rule = FL_TIME, .offset = AT(bank), .size = sizeof(struct fl_dram_bank[BANKS]) },
        { 0 } },
    .init = dram_init, .wake = dram_wake, .describe = dram_describe,
};
