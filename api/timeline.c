/* timeline.c - a finished run as a trace that Chrome and Perfetto show: units as tracks, operators as slices in layers.
 *
 * The ledger knows of each operator when it ran and how long each unit was busy and blocked
 * in it, not when within it. So a unit's slice spans the operator and tells its share of it;
 * a counter beside the track draws that share. What an operator costs is drawn as the power it
 * means over its time; what no operator causes, as its mean over the run: their area is the energy.
 * Operators that ran side by side have several tracks, as many as keep their slices apart, and so has each unit; layers
 * have tracks of their own then, and counters are sums over all that ran at once.
 * A run of very many operators has neighbours drawn as one, so that the file stays of a size a
 * browser can hold; neighbours of one layer, unless there are too many layers to draw any.
 *
 * Format: "Trace Event Format" (Google), JSON object with traceEvents; times in us.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "api/rates.h"
#include "api/result.h"
#include "base/whole.h"

enum { MOST_SLICES = 100000, OPERATORS = 1, UNITS = 2, LAYERS = 3 };    /* process numbers */

struct timeline {
    const struct fl_result *result;
    FILE *out;
    bool any;                           /* an event has been written */
    size_t together;                    /* most operators drawn as one slice */
    bool layered;                       /* layers are drawn, and no slice crosses one */
    uint32_t lanes, layer_lanes;        /* tracks that keep slices apart; layers: 0 if they are parents of operators */
    struct moment *moment;              /* every slice of the operators' track, but for layers */
    size_t moments;
    double *delta_j;                    /* of each difference of the ledger: what its counts cost */
    double static_w;                    /* what no operator causes, over the run */
    int64_t *busy, *blocked;            /* of one unit, by moment */
};
struct moment {
    const struct fl_op *first, *last;   /* the same unless drawn together */
    int64_t layer, operators;
    size_t span;                        /* of operators that are a layer, or between layers */
    uint32_t lane;
    fl_time start, end;
    double energy_j;
    struct fl_waited waited;            /* of its operators, the longest */
};

/* ---- JSON ---- */

static void event_begin(struct timeline *t, const char *kind, int process, uint32_t track)
{
    fprintf(t->out, "%s\n{\"ph\":\"%s\",\"pid\":%d,\"tid\":%" PRIu32, t->any ? "," : "", kind, process, track);
    t->any = true;
}

/* Picoseconds as microseconds, exactly. */
static void time_write(FILE *out, const char *key, fl_time ps)
{
    fprintf(out, ",\"%s\":%" PRId64 ".%06" PRId64, key, ps / 1000000, ps % 1000000);
}

static void name_write(struct timeline *t, const char *what, int process, uint32_t track, const char *name)
{
    event_begin(t, "M", process, track);
    fprintf(t->out, ",\"name\":\"%s\",\"args\":{\"name\":", what);
    fl_json_text(name, t->out);
    fputs("}}", t->out);
}

/* Tracks stand in the order of the units. */
static void track_write(struct timeline *t, int process, uint32_t track, const char *name)
{
    name_write(t, "thread_name", process, track, name);
    event_begin(t, "M", process, track);
    fprintf(t->out, ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%" PRIu32 "}}", track);
}

/* ---- slices ---- */

static void span_begin(struct timeline *t, int process, uint32_t track, const char *what, fl_time start, fl_time end)
{
    event_begin(t, "X", process, track);
    fprintf(t->out, ",\"cat\":\"%s\"", what);
    time_write(t->out, "ts", start);
    time_write(t->out, "dur", end - start);
    fputs(",\"name\":", t->out);
}

static void slice_begin(struct timeline *t, int process, uint32_t track, const char *what, const struct moment *m)
{
    span_begin(t, process, track * t->lanes + m->lane, what, m->start, m->end);
    if (m->operators == 1)
        fl_json_text(m->first->name, t->out);
    else
        fprintf(t->out, "\"%" PRId64 " operators\"", m->operators);
}

/* The layer that begins with moment `first`, as the parent of its operators: written before them. */
static void layer_write(struct timeline *t, size_t first)
{
    fl_time start = t->moment[first].start, end = start;
    int64_t operators = 0;
    double energy_j = 0;
    for (size_t i = first; i < t->moments && t->moment[i].span == t->moment[first].span; i++) {
        operators += t->moment[i].operators;
        energy_j += t->moment[i].energy_j;
        start = t->moment[i].start < start ? t->moment[i].start : start;
        end = t->moment[i].end > end ? t->moment[i].end : end;
    }
    uint32_t lane = t->layer_lanes > 0 ? (uint32_t)t->moment[first].span % t->layer_lanes : 0;
    span_begin(t, t->layer_lanes > 0 ? LAYERS : OPERATORS, lane, "layer", start, end);
    fprintf(t->out, "\"layer %" PRId64 "\",\"args\":{\"operators\":%" PRId64 ",\"energy_j\":%.9g}}",
            t->moment[first].layer, operators, energy_j);
}

/* For what an operator of streams stood still longest, by the name of its token. */
static void waited_write(struct timeline *t, const struct fl_waited *waited)
{
    fputs(",\"waited_for\":", t->out);
    fl_json_text(t->result->plan.program.token[waited->token].name, t->out);
    time_write(t->out, "waited_us", waited->ps);
}

static void operators_write(struct timeline *t)
{
    for (size_t i = 0; i < t->moments; i++) {
        const struct moment *m = &t->moment[i];
        if (t->layered && m->layer >= 0 && (i == 0 || m[-1].span != m->span))
            layer_write(t, i);
        slice_begin(t, OPERATORS, 0, "operator", m);
        fprintf(t->out, ",\"args\":{\"layer\":%" PRId64 ",\"first\":", m->layer);
        fl_json_text(m->first->name, t->out);
        fputs(",\"last\":", t->out);
        fl_json_text(m->last->name, t->out);
        fprintf(t->out, ",\"energy_j\":%.9g", m->energy_j);
        if (m->waited.ps > 0)
            waited_write(t, &m->waited);
        fputs("}}", t->out);
    }
}

static void watts_write(struct timeline *t, fl_time at, double operators_w, double static_w)
{
    event_begin(t, "C", OPERATORS, 0);
    time_write(t->out, "ts", at);
    fprintf(t->out, ",\"name\":\"power\",\"args\":{\"operators, W\":%.9g,\"(static), W\":%.9g}}", operators_w,
            static_w);
}

static void watts_tell(void *context, fl_time at, double j_a_ps)
{
    struct timeline *t = context;
    watts_write(t, at, j_a_ps * 1e12, t->static_w);
}

/* Of operators side by side: the sum of what each means over its time. */
static void powers_write(struct timeline *t)
{
    struct fl_rates rates;
    fl_rates_init(&rates, t->moments);
    for (size_t i = 0; i < t->moments; i++)
        fl_rates_add(&rates, t->moment[i].start, t->moment[i].end, t->moment[i].energy_j);
    watts_write(t, 0, 0, t->static_w);
    fl_rates_tell(&rates, watts_tell, t);
    watts_write(t, t->result->run.latency_ps, 0, 0);
    fl_rates_free(&rates);
}

/* A counter holds until the next one; what took no time is added to what comes after. */
static void power_write(struct timeline *t)
{
    fl_time drawn = 0;
    double left_j = 0;
    for (size_t i = 0; i < t->moments; i++) {
        const struct moment *m = &t->moment[i];
        left_j += m->energy_j;
        if (m->end == m->start)
            continue;
        if (m->start > drawn)
            watts_write(t, drawn, 0, t->static_w);
        watts_write(t, m->start, left_j / ((double)(m->end - m->start) * 1e-12), t->static_w);
        left_j = 0;
        drawn = m->end;
    }
    fl_time end = t->result->run.latency_ps;
    if (end > drawn)
        watts_write(t, drawn, 0, t->static_w);
    watts_write(t, end, 0, 0);
}

static void busy_write(struct timeline *t, uint32_t track, fl_time at, int64_t permille)
{
    event_begin(t, "C", UNITS, track * t->lanes);
    time_write(t->out, "ts", at);
    fputs(",\"name\":", t->out);
    fl_json_text(t->result->arch.sim.unit[track]->path, t->out);
    fprintf(t->out, ",\"args\":{\"busy %%\":%" PRId64 ".%" PRId64 "}}", permille / 10, permille % 10);
}

struct busy { struct timeline *t; uint32_t track; int64_t drawn; };

static void busy_tell(void *context, fl_time at, double share)
{
    struct busy *b = context;
    int64_t permille = fl_whole(share * 1000, 0, INT64_MAX);
    if (permille != b->drawn)
        busy_write(b->t, b->track, at, permille);
    b->drawn = permille;
}

/* Of operators side by side: the sum of the shares that they have of it. */
static void shares_write(struct timeline *t, uint32_t track)
{
    struct fl_rates rates;
    struct busy busy = {t, track, -1};
    fl_rates_init(&rates, t->moments);
    for (size_t i = 0; i < t->moments; i++)
        if (t->busy[i] > 0)
            fl_rates_add(&rates, t->moment[i].start, t->moment[i].end, (double)t->busy[i]);
    fl_rates_tell(&rates, busy_tell, &busy);
    fl_rates_free(&rates);
}

static void unit_write(struct timeline *t, uint32_t track)
{
    int64_t drawn = -1;
    if (t->lanes > 1)
        shares_write(t, track);
    for (size_t i = 0; i < t->moments; i++) {
        const struct moment *m = &t->moment[i];
        fl_time span = m->end > m->start ? m->end - m->start : 1;
        int64_t permille = fl_whole((double)t->busy[i] * 1000 / (double)span, 0, INT64_MAX);
        if (permille != drawn && t->lanes == 1)
            busy_write(t, track, m->start, permille);
        drawn = permille;
        if (t->busy[i] == 0 && t->blocked[i] == 0)
            continue;
        slice_begin(t, UNITS, track, "unit", m);
        fprintf(t->out, ",\"args\":{\"busy_ps\":%" PRId64 ",\"blocked_ps\":%" PRId64 "}}", t->busy[i], t->blocked[i]);
    }
}

/* ---- what the ledger says ---- */

/* How many layers there are, and stretches between layers. */
static size_t spans_count(const struct fl_result *result)
{
    size_t spans = 0;
    for (size_t b = 0; b < result->trace.blocks; b++)
        spans += (size_t)result->trace.block[b].repeat;
    return spans;
}

static void moments_find(struct timeline *t)
{
    const struct fl_ledger *ledger = &t->result->run.ledger;
    struct fl_waited *waited = fl_ledger_waits(ledger, &t->result->plan.program);
    struct fl_place_in_trace place = {0}, before = {0};
    size_t span = 0;
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&t->result->trace, &place); n++, place.op++) {
        const struct fl_block *block = &t->result->trace.block[place.block];
        span += place.block != before.block || place.repeat != before.repeat;
        before = place;
        struct moment *m = &t->moment[t->moments];
        if (t->moments > 0 && (size_t)m[-1].operators < t->together && (!t->layered || m[-1].span == span))
            m--;
        else
            *m = (struct moment){.first = &block->op[place.op], .start = ledger->occurrence[n].start, .span = span,
                                 .layer = fl_block_layer(block, place.repeat)};
        m->last = &block->op[place.op];
        m->end = fl_occurrence_end(&t->result->run, n);
        m->energy_j += t->delta_j[ledger->occurrence[n].delta];
        m->operators++;
        if (waited != NULL && waited[n].ps > m->waited.ps)
            m->waited = waited[n];
        t->moments = (size_t)(m - t->moment) + 1;
    }
    fl_free(waited);
}

/* Puts slices that overlap on tracks of their own, the first that is free; and layers of a run whose operators do. */
static void lanes_find(struct timeline *t)
{
    enum { LANES = 64 };
    fl_time until[LANES] = {0};
    t->lanes = 1;
    for (size_t i = 0; i < t->moments; i++) {
        struct moment *m = &t->moment[i];
        while (m->lane < LANES - 1 && until[m->lane] > m->start)
            m->lane++;
        until[m->lane] = m->end;
        t->lanes = m->lane + 1 > t->lanes ? m->lane + 1 : t->lanes;
    }
    t->layer_lanes = t->lanes > 1 ? 3 : 0;
}

static void unit_find(struct timeline *t, uint32_t unit, const int64_t *busy, const int64_t *blocked)
{
    const struct fl_ledger *ledger = &t->result->run.ledger;
    size_t units = t->result->arch.sim.units, n = 0;
    memset(t->busy, 0, t->moments * sizeof *t->busy);
    memset(t->blocked, 0, t->moments * sizeof *t->blocked);
    for (size_t i = 0; i < t->moments; i++)
        for (int64_t o = 0; o < t->moment[i].operators; o++, n++) {
            size_t at = (size_t)ledger->occurrence[n].delta * units + unit;
            t->busy[i] += busy[at];
            t->blocked[i] += blocked[at];
        }
}

/* A count of every unit in every difference of the ledger. The caller frees it. */
static int64_t *counts_of(const struct fl_result *result, uint32_t tally)
{
    const struct fl_ledger *ledger = &result->run.ledger;
    size_t units = result->arch.sim.units;
    int64_t *count = fl_calloc((ledger->deltas + 1) * units, sizeof *count);
    for (size_t d = 0; d < ledger->deltas; d++)
        for (uint32_t i = 0; i < ledger->delta[d].entries; i++) {
            const struct fl_entry *e = &ledger->entry[ledger->delta[d].first + i];
            if (e->tally == tally)
                count[d * units + e->unit] = e->count;
        }
    return count;
}

static void units_write(struct timeline *t)
{
    int64_t *busy = counts_of(t->result, FL_BUSY_PS), *blocked = counts_of(t->result, FL_BLOCKED_PS);
    for (uint32_t unit = 0; unit < t->result->arch.sim.units; unit++) {
        for (uint32_t lane = 0; lane < t->lanes; lane++)
            track_write(t, UNITS, unit * t->lanes + lane, t->result->arch.sim.unit[unit]->path);
        unit_find(t, unit, busy, blocked);
        unit_write(t, unit);
    }
    fl_free(busy);
    fl_free(blocked);
}

/* What the counts of each difference cost, and from the whole what is left for no operator. */
static void costs_find(struct timeline *t)
{
    const struct fl_ledger *ledger = &t->result->run.ledger;
    const struct fl_arch *arch = &t->result->arch;
    double operators_j = 0;
    for (size_t d = 0; d < ledger->deltas; d++)
        for (uint32_t i = 0; i < ledger->delta[d].entries; i++) {
            const struct fl_entry *e = &ledger->entry[ledger->delta[d].first + i];
            for (size_t p = arch->price_at[e->unit]; p < arch->price_at[e->unit + 1]; p++)
                if (arch->price[p].count == (int32_t)e->tally)
                    t->delta_j[d] += (double)e->count * arch->price[p].fj * 1e-15;
        }
    for (size_t n = 0; n < ledger->occurrences; n++)
        operators_j += t->delta_j[ledger->occurrence[n].delta];
    double left_j = fl_result_energy_j(t->result) - operators_j, latency_s = (double)t->result->run.latency_ps * 1e-12;
    t->static_w = left_j > 1e-12 * operators_j && latency_s > 0 ? left_j / latency_s : 0;
}

static void head_write(struct timeline *t)
{
    FILE *out = t->out;
    fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"design\":", out);
    fl_json_text(t->result->design.name, out);
    fputs(",\"model\":", out);
    fl_json_text(t->result->trace.model != NULL ? t->result->trace.model : "", out);
    fprintf(out, ",\"operators_a_slice\":%zu,\"layers_drawn\":%s},\"traceEvents\":[", t->together,
            t->layered ? "true" : "false");
    name_write(t, "process_name", OPERATORS, 0, "operators");
    name_write(t, "process_name", UNITS, 0, "units");
    for (uint32_t lane = 0; lane < t->lanes; lane++)
        track_write(t, OPERATORS, lane, "operators");
    if (t->layer_lanes > 0)
        name_write(t, "process_name", LAYERS, 0, "layers");
}

static bool timeline_write(void *context, struct fl_err *err)
{
    struct timeline t = *(const struct timeline *)context;
    const struct fl_result *result = t.result;
    (void)err;
    size_t operators = result->run.ledger.occurrences, units = result->arch.sim.units, spans = spans_count(result);
    t.together = operators * units / MOST_SLICES + 1;
    t.layered = spans * units <= MOST_SLICES;
    size_t most = operators / t.together + (t.layered ? spans : 0) + 2;
    t.moment = fl_calloc(most, sizeof *t.moment);
    t.busy = fl_calloc(most, sizeof *t.busy);
    t.blocked = fl_calloc(most, sizeof *t.blocked);
    t.delta_j = fl_calloc(result->run.ledger.deltas + 1, sizeof *t.delta_j);
    costs_find(&t);
    moments_find(&t);
    lanes_find(&t);
    head_write(&t);
    operators_write(&t);
    (t.lanes > 1 ? powers_write : power_write)(&t);
    units_write(&t);
    fputs("\n]}\n", t.out);
    fl_free(t.moment);
    fl_free(t.busy);
    fl_free(t.blocked);
    fl_free(t.delta_j);
    return true;
}

bool fanlight_timeline(const struct fl_result *result, FILE *out, struct fl_err *err)
{
    struct timeline t = {.result = result, .out = out};
    return fl_guard(timeline_write, &t, NULL, err);
}
