/* sram.c - on-chip memory: banks, each with its ports, that work side by side.
 *
 * A request is as many words as it needs, and words go to neighbouring ways (a way is a port
 * of a bank). A way is taken for `cycle` cycles by a word. Where a request begins is a
 * matter of layout:
 *   spread   where the one before, of whatever line, ended: rows lie one behind the other,
 *            and requests wait only when the ways run out;
 *   aligned  each line at a way of its own: requests that overlap conflict.
 * Ways are named relative to the next one, so equal work finds equal memory. A request is
 * taken up when its first way is free. Of lines that ask, the one that has had the fewest words
 * goes first, and of equals each in turn: many words of one do not hold up few of another
 * (start-time fair queueing: Goyal, Vin and Cheng, SIGCOMM 1996). Line i is answered on line i,
 * in order. With `ideal` set, time is nothing and only the accesses count.
 *
 * Energies, leakage, area and access time are given outright, or by the model of a process
 * node (phys/sram.h, docs/sram.md).
 */
#include <string.h>

#include "machine/machine.h"
#include "phys/sram.h"
#include "sim/pace.h"

enum { WAYS = 128, LINES = 4 * FL_POOLS + 2 * FL_VECTORS + 2 };   /* four of each pool, two of others */

struct sram {
    struct unit unit;
    int64_t capacity_bits, banks, ports, width_bits, cycle, latency;
    double node_nm, read_fj, write_fj, leak_mw, area_um2;
    int32_t layout, burns;
    bool ideal;
    /* derived */
    int64_t ways, words_a_way;          /* more banks than WAYS work in lockstep, as wider ways */
    /* state */
    fl_time until[WAYS];                /* ways in runs that are free alike, from the next way on; spread: sorted */
    int64_t width[WAYS];                /* ways of each run */
    int64_t runs;
    fl_time done_at[LINES];             /* a line is answered in order */
    fl_time calm_at;                    /* no way is taken from then on */
    int64_t ahead[LINES];               /* words: where a line's next request begins, past where the last one did */
    uint32_t turn;
};
enum layout { SPREAD, ALIGNED };
static const char *const layouts[] = { "spread", "aligned", NULL };
enum { ASK, GIVE };
enum { READ, WRITTEN };

/* ---- setting up ---- */

/* Fills what is not given from the model. Ports beyond the first are paid like more banks: an assumption. */
static bool model_use(struct unit *u, struct sram *s, struct fl_err *err)
{
    bool given = s->read_fj >= 0 && s->write_fj >= 0;
    struct fl_sram_bank bank = {0};
    if (s->node_nm == 0) {
        if (!given)
            return fl_fail(err, u->path, "read_energy and write_energy are missing; or give node: a model tells them");
    } else if (!fl_sram_model(&bank, (double)s->capacity_bits / 8192 / (double)s->banks, (double)s->width_bits,
                              s->node_nm)) {
        return fl_fail(err, u->path, "the model of node knows banks of %d to %d KiB (each 512 bits of width) at %d to "
                       "%d nm; this bank has %.0f KiB at %g nm: change banks, or leave node out and give energies",
                       FL_SRAM_KIB_LEAST, FL_SRAM_KIB_MOST, FL_SRAM_NM_LEAST, FL_SRAM_NM_MOST,
                       (double)s->capacity_bits / 8192 / (double)s->banks, s->node_nm);
    }
    double banks = (double)(s->banks * s->ports), period_ns = fl_period_ps(u) / 1e3;
    s->read_fj = s->read_fj >= 0 ? s->read_fj : bank.read_pj * 1e3;
    s->write_fj = s->write_fj >= 0 ? s->write_fj : bank.write_pj * 1e3;
    s->leak_mw = s->leak_mw >= 0 ? s->leak_mw : bank.leak_mw * banks;
    s->area_um2 = s->area_um2 >= 0 ? s->area_um2 : bank.area_mm2 * 1e6 * banks;
    if (s->latency < 0)
        s->latency = s->node_nm > 0 ? fl_whole(ceil(bank.access_ns / period_ns) - 1, 0, INT64_MAX) : 1;
    return true;
}

static bool sram_init(struct unit *u, struct fl_err *err)
{
    struct sram *s = (struct sram *)u;
    if (u->socket[ASK].lines > LINES)
        return fl_fail(err, u->path, "at most %d units may ask", LINES);
    if (!model_use(u, s, err))
        return false;
    s->words_a_way = fl_ceil_div(s->banks * s->ports, WAYS);
    s->ways = fl_ceil_div(s->banks * s->ports, s->words_a_way);
    fl_pipeline(u, GIVE, s->latency + s->cycle);
    u->area_um2 = s->area_um2;
    u->timeless = s->ideal;
    u->peak_mw = fl_peak_mw((double)(s->banks * s->ports), fmax(s->read_fj, s->write_fj),
                            (double)s->cycle * fl_period_ps(u));
    return true;
}

static void sram_describe(const struct unit *u, struct fl_machine *machine)
{
    const struct sram *s = (const struct sram *)u;
    double bits_a_cycle = (double)(s->banks * s->ports * s->width_bits) / (double)s->cycle;
    machine->sram_bits = s->capacity_bits;
    machine->sram_bit_ps = s->ideal ? 0 : fl_period_ps(u) / bits_a_cycle;
}

/* ---- ways ---- */

/* Ways behind those there are, free at `until`; what is past is as good as 0. */
static void run_add(const struct unit *u, struct sram *s, fl_time until, int64_t width)
{
    until = until > fl_now(u) ? until : 0;
    if (width == 0)
        return;
    if (s->runs > 0 && s->until[s->runs - 1] == until) {
        s->width[s->runs - 1] += width;
        return;
    }
    s->until[s->runs] = until;
    s->width[s->runs++] = width;
}

/* Ways to be added again. */
struct ways {
    fl_time until[WAYS];
    int64_t width[WAYS], runs;
};

static void ways_lift(struct sram *s, struct ways *ways)
{
    size_t size = (size_t)s->runs * sizeof *s->until;
    memcpy(ways->until, s->until, size);
    memcpy(ways->width, s->width, size);
    ways->runs = s->runs;
    s->runs = 0;
}

/* What is not used is zero, so that equal memories are equal. */
static void ways_end(struct sram *s, const struct ways *ways)
{
    for (int64_t i = s->runs; i < ways->runs; i++)
        s->until[i] = s->width[i] = 0;
}

/* When a way is done with `words` words, one after another from an edge on. */
static fl_time words_end(const struct unit *u, fl_time edge, int64_t words)
{
    return fl_clock_edge(u->clock, edge, fl_times_held(words, ((const struct sram *)u)->cycle, INT64_MAX));
}

/* Adds ways from..to of those lifted, each after `words` more words, which it serves from `edge` on or when it is free;
 * gives when the last is done. */
static fl_time ways_add(struct unit *u, const struct ways *ways, int64_t from, int64_t to, int64_t words, fl_time edge)
{
    fl_time last = edge;
    for (int64_t i = 0, first = 0; i < ways->runs && first < to; first += ways->width[i++]) {
        int64_t width = fl_least(first + ways->width[i], to) - fl_most(first, from);
        fl_time until = ways->until[i];
        if (width > 0 && words > 0)
            last = fl_most(last, until = words_end(u, fl_most(until, edge), words));
        run_add(u, (struct sram *)u, until, fl_most(width, 0));
    }
    return last;
}

/* The next request will begin `turn` ways on: ways are relabelled. */
static void ways_turn(struct unit *u, int64_t turn)
{
    struct sram *s = (struct sram *)u;
    struct ways ways;
    ways_lift(s, &ways);
    ways_add(u, &ways, turn, s->ways, 0, 0);
    ways_add(u, &ways, 0, turn, 0, 0);
    ways_end(s, &ways);
}

/* `words` words from the next way on, round and round, after which the ways behind them are next; gives when the last
 * word is done. */
static fl_time ways_take(struct unit *u, int64_t words, fl_time edge)
{
    struct sram *s = (struct sram *)u;
    int64_t rounds = words / s->ways, rest = words % s->ways;
    struct ways ways;
    ways_lift(s, &ways);
    fl_time shorter = ways_add(u, &ways, rest, s->ways, rounds, edge);
    fl_time longer = ways_add(u, &ways, 0, rest, rounds + 1, edge);
    ways_end(s, &ways);
    return fl_most(shorter, longer);
}

/* Where a line's requests begin, from the next way on. */
static int64_t first_way(const struct unit *u, const struct sram *s, uint32_t line)
{
    return s->layout == ALIGNED ? line * s->ways / u->socket[ASK].lines : 0;
}

/* When that way is free. */
static fl_time first_free(const struct unit *u, const struct sram *s, uint32_t line)
{
    int64_t run = 0;
    for (int64_t first = first_way(u, s, line); first >= s->width[run]; run++)
        first -= s->width[run];
    return s->until[run];
}

/* The words of a line's request; gives when the last is done. Ways of aligned rows keep their places. */
static fl_time line_take(struct unit *u, struct sram *s, uint32_t line, int64_t words)
{
    int64_t first = first_way(u, s, line);
    if (first > 0)
        ways_turn(u, first);
    fl_time last = ways_take(u, words, fl_edge(u, 0));
    if (s->layout == ALIGNED)
        ways_turn(u, (2 * s->ways - first - words % s->ways) % s->ways);
    return last;
}

/* Runs that have passed since are one. */
static void sram_tidy(struct unit *u)
{
    struct sram *s = (struct sram *)u;
    if (s->runs > 1 && (s->layout == ALIGNED || s->until[1] <= fl_now(u)))
        ways_turn(u, 0);
}

static void sram_start(struct unit *u)
{
    run_add(u, (struct sram *)u, 0, ((struct sram *)u)->ways);
}

/* ---- requests ---- */

/* The line to be served next of those that can be now, or the number of lines; *soonest is then when to look again: a
 * way that one waits for is free, or all are, and what is stuck has nobody else to wait for. */
static uint32_t next_line(struct unit *u, const struct sram *s, fl_time *soonest)
{
    uint32_t lines = u->socket[ASK].lines, found = lines;
    const struct fl_msg *stuck = NULL;
    *soonest = FL_NEVER;
    for (uint32_t i = 0; i < lines && (found == lines || s->ahead[found] > 0); i++) {
        uint32_t line = s->turn + i < lines ? s->turn + i : s->turn + i - lines;
        if (!fl_has_on(u, ASK, line))
            continue;
        const struct fl_msg *msg = fl_peek_on(u, ASK, line);
        fl_time at = msg->bits > 0 ? first_free(u, s, line) : 0;
        if (fl_is_answered(msg) && !fl_room_on(u, GIVE, line)) {
            stuck = stuck != NULL ? stuck : msg;
        } else if (at > fl_now(u)) {
            *soonest = at < *soonest ? at : *soonest;
        } else if (found == lines || s->ahead[line] < s->ahead[found]) {
            found = line;
        }
    }
    if (stuck != NULL && *soonest == FL_NEVER && s->calm_at > fl_now(u))
        *soonest = s->calm_at;
    fl_blocked(u, fl_step_of_msg(u, stuck), stuck != NULL && found == lines && *soonest == FL_NEVER);
    return found;
}

/* Takes the words up and gives when the last is read or written. Busy is the share of all ways that they take. */
static fl_time access_ways(struct unit *u, struct sram *s, uint32_t line, const struct fl_step *step, int64_t words)
{
    int64_t turns = fl_ceil_div(words, s->words_a_way);
    fl_time last = line_take(u, s, line, turns);
    fl_busy(u, step, fl_clock_time(u->clock, fl_times_held(turns, s->cycle, INT64_MAX)) / s->ways, 1);
    s->calm_at = last > s->calm_at ? last : s->calm_at;
    return fl_clock_edge(u->clock, last, s->latency);
}

/* Lines stand where they have got to, word by word; who has not asked meanwhile begins where the last one does. */
static void words_pass(const struct unit *u, struct sram *s, uint32_t line, int64_t words)
{
    int64_t passed = s->ahead[line];
    for (uint32_t i = 0; i < u->socket[ASK].lines && passed > 0; i++)
        s->ahead[i] = fl_most(s->ahead[i] - passed, 0);
    s->ahead[line] = words;
}

static void serve(struct unit *u, struct sram *s, uint32_t line)
{
    struct fl_msg msg = fl_take_on(u, ASK, line);
    fl_unit_assert(u, msg.bits >= 0);
    int64_t words = fl_ceil_div(msg.bits, s->width_bits);
    const struct fl_step *step = fl_step_of_msg(u, &msg);
    fl_count(u, step, msg.flags & FL_WRITE ? WRITTEN : READ, words);
    s->turn = line + 1 < u->socket[ASK].lines ? line + 1 : 0;
    fl_time done = fl_now(u);
    if (words > 0 && !s->ideal) {
        words_pass(u, s, line, words);
        done = access_ways(u, s, line, step, words);
    }
    if (!fl_is_answered(&msg))
        return;
    done = s->done_at[line] > done && !s->ideal ? s->done_at[line] : done;
    s->done_at[line] = done;
    msg.flags &= ~(uint32_t)FL_ASK;
    fl_send_on(u, GIVE, line, msg, done);
}

static void sram_wake(struct unit *u)
{
    struct sram *s = (struct sram *)u;
    fl_time soonest;
    for (uint32_t line; (line = next_line(u, s, &soonest)) < u->socket[ASK].lines;)
        serve(u, s, line);
    fl_wake_at(u, soonest);
}

#define AT(field) offsetof(struct sram, field)
const struct fl_unit_type fl_unit_sram = {
    .kind = "sram", .summary = "on-chip memory of banks", .phase = 1,
    .size = sizeof(struct sram),
    .params = (const struct fl_param[]){
        { "capacity", "bits", FL_COUNT, AT(capacity_bits), 1, 1e18, NAN, "of the whole memory", NULL },
        { "banks", "", FL_COUNT, AT(banks), 1, 1e6, NAN, "accessed side by side", NULL },
        { "ports", "", FL_COUNT, AT(ports), 1, 16, 1, "of a bank, for reading or writing", NULL },
        { "width", "bits", FL_COUNT, AT(width_bits), 1, 1e6, NAN, "of a port: a word", NULL },
        { "cycle", "", FL_COUNT, AT(cycle), 1, 1e6, 1, "cycles a port is taken by a word", NULL },
        { "latency", "", FL_COUNT, AT(latency), 0, 1e6, -1,
          "access time beyond that, cycles; preset: as the model of node says, without node 1", NULL },
        { "layout", "", FL_CHOICE, AT(layout), 0, 1, SPREAD,
          "of rows: one behind the other, or aligned to a bank of each unit that asks, with conflicts", layouts },
        { "node", "nm", FL_REAL, AT(node_nm), FL_SRAM_NM_LEAST, FL_SRAM_NM_MOST, 0,
          "process that the model takes for what is not given (docs/sram.md); 0: all is given", NULL },
        { "read_energy", "fJ", FL_REAL | FL_COSTS, AT(read_fj), 0, 1e12, -1,
          "per word read; preset: as the model says", NULL },
        { "write_energy", "fJ", FL_REAL | FL_COSTS, AT(write_fj), 0, 1e12, -1,
          "per word written; preset: as the model says", NULL },
        { "leakage", "mW", FL_REAL | FL_COSTS, AT(leak_mw), 0, 1e9, -1,
          "of the whole memory; preset: as the model says, without node 0", NULL },
        { "burns", "", FL_CHOICE, AT(burns), 0, 2, FL_ALWAYS, "when it leaks", fl_burns_names },
        { "ideal", "", FL_FLAG, AT(ideal), 0, 1, 0, "takes no time", NULL },
        { "area", "um^2", FL_REAL, AT(area_um2), 0, 1e14, -1,
          "of the whole memory; preset: as the model says, without node 0", NULL },
        { 0 } },
    .ports = (const struct fl_portdef[]){
        { .name = "ask", .way = FL_IN, .many = true, .room = 4 },
        { .name = "give", .way = FL_OUT, .many = true },
        { 0 } },
    .tallies = (const struct fl_tally[]){
        { "read", "sram", "read_energy", AT(read_fj) },
        { "written", "sram", "write_energy", AT(write_fj) },
        { 0 } },
    .statics = (const struct fl_static[]){ { "leakage", "sram", AT(leak_mw), AT(burns) }, { 0 } },
    .state = (const struct fl_state[]){
        /* what differs most often comes first: the tables are compared in this order */
        { .name = "turn", .rule = FL_PLAIN, .offset = AT(turn), .size = sizeof(uint32_t) },
        { .name = "ahead", .rule = FL_PLAIN, .offset = AT(ahead), .size = sizeof(int64_t[LINES]) },
        { .name = "calm_at", .rule = FL_TIME, .offset = AT(calm_at), .size = 8 },
        { .name = "done_at", .rule = FL_TIME, .offset = AT(done_at), .size = sizeof(fl_time[LINES]) },
        { .name = "runs", .rule = FL_PLAIN, .offset = AT(runs), .size = 8 },
        { .name = "until", .rule = FL_TIME, .offset = AT(until), .size = sizeof(fl_time[WAYS]) },
        { .name = "width", .rule = FL_PLAIN, .offset = AT(width), .size = sizeof(int64_t[WAYS]) },
        { 0 } },
    .init = sram_init, .start = sram_start, .tidy = sram_tidy, .wake = sram_wake, .describe = sram_describe,
};
