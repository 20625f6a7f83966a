/* timeline.c - a finished run as a trace that Chrome and Perfetto show: units as tracks, operators as slices.
 *
 * The ledger knows of each operator when it ran and how long each unit was busy and blocked
 * in it, not when within it. So a unit's slice spans the operator and tells its share of it;
 * a counter beside the track draws that share. A run of very many operators has neighbours
 * drawn as one, so that the file stays of a size a browser can hold.
 *
 * Format: "Trace Event Format" (Google), JSON object with traceEvents; times in us.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "api/result.h"

enum { MOST_SLICES = 100000, OPERATORS = 1, UNITS = 2 };    /* process numbers */

struct timeline {
    const struct fl_result *result;
    FILE *out;
    bool any;                           /* an event has been written */
    size_t together;                    /* operators drawn as one slice */
    struct moment *moment;              /* every slice of the operators' track */
    size_t moments;
    int64_t *busy, *blocked;            /* of one unit, by moment */
};
struct moment {
    const struct fl_op *first, *last;   /* the same unless drawn together */
    int64_t layer, operators;
    fl_time start, end;
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

static void slice_begin(struct timeline *t, int process, uint32_t track, const struct moment *m)
{
    event_begin(t, "X", process, track);
    time_write(t->out, "ts", m->start);
    time_write(t->out, "dur", m->end - m->start);
    fputs(",\"name\":", t->out);
    if (m->operators == 1)
        fl_json_text(m->first->name, t->out);
    else
        fprintf(t->out, "\"%" PRId64 " operators\"", m->operators);
}

static void operators_write(struct timeline *t)
{
    for (size_t i = 0; i < t->moments; i++) {
        const struct moment *m = &t->moment[i];
        slice_begin(t, OPERATORS, 0, m);
        fprintf(t->out, ",\"args\":{\"layer\":%" PRId64 ",\"first\":", m->layer);
        fl_json_text(m->first->name, t->out);
        fputs(",\"last\":", t->out);
        fl_json_text(m->last->name, t->out);
        fputs("}}", t->out);
    }
}

static void unit_write(struct timeline *t, uint32_t track)
{
    const char *path = t->result->arch.sim.unit[track]->path;
    int64_t drawn = -1;
    for (size_t i = 0; i < t->moments; i++) {
        const struct moment *m = &t->moment[i];
        fl_time span = m->end > m->start ? m->end - m->start : 1;
        int64_t permille = (int64_t)((double)t->busy[i] * 1000 / (double)span);
        if (permille != drawn) {
            event_begin(t, "C", UNITS, track);
            time_write(t->out, "ts", m->start);
            fputs(",\"name\":", t->out);
            fl_json_text(path, t->out);
            fprintf(t->out, ",\"args\":{\"busy %%\":%" PRId64 ".%" PRId64 "}}", permille / 10, permille % 10);
            drawn = permille;
        }
        if (t->busy[i] == 0 && t->blocked[i] == 0)
            continue;
        slice_begin(t, UNITS, track, m);
        fprintf(t->out, ",\"args\":{\"busy_ps\":%" PRId64 ",\"blocked_ps\":%" PRId64 "}}", t->busy[i], t->blocked[i]);
    }
}

/* ---- what the ledger says ---- */

static void moments_find(struct timeline *t)
{
    const struct fl_ledger *ledger = &t->result->run.ledger;
    struct fl_place_in_trace place = {0};
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&t->result->trace, &place); n++, place.op++) {
        const struct fl_block *block = &t->result->trace.block[place.block];
        struct moment *m = &t->moment[n / t->together];
        m->last = &block->op[place.op];
        m->end = ledger->occurrence[n].end;
        if (m->operators++ > 0)
            continue;
        m->first = m->last;
        m->layer = block->layer < 0 ? -1 : block->layer + place.repeat;
        m->start = ledger->occurrence[n].start;
        t->moments++;
    }
}

static void unit_find(struct timeline *t, uint32_t unit, const int64_t *busy, const int64_t *blocked)
{
    const struct fl_ledger *ledger = &t->result->run.ledger;
    size_t units = t->result->arch.sim.units;
    memset(t->busy, 0, t->moments * sizeof *t->busy);
    memset(t->blocked, 0, t->moments * sizeof *t->blocked);
    for (size_t n = 0; n < ledger->occurrences && n / t->together < t->moments; n++) {
        size_t at = (size_t)ledger->occurrence[n].delta * units + unit;
        t->busy[n / t->together] += busy[at];
        t->blocked[n / t->together] += blocked[at];
    }
}

/* A count of every unit in every difference of the ledger. The caller frees it. */
static int64_t *counts_of(const struct fl_result *result, uint32_t tally)
{
    const struct fl_ledger *ledger = &result->run.ledger;
    size_t units = result->arch.sim.units;
    int64_t *count = calloc((ledger->deltas + 1) * units, sizeof *count);
    fl_assert(count != NULL);
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
        track_write(t, UNITS, unit, t->result->arch.sim.unit[unit]->path);
        unit_find(t, unit, busy, blocked);
        unit_write(t, unit);
    }
    free(busy);
    free(blocked);
}

void fanlight_timeline(const struct fl_result *result, FILE *out)
{
    struct timeline t = {.result = result, .out = out};
    size_t operators = result->run.ledger.occurrences, units = result->arch.sim.units;
    t.together = operators * units / MOST_SLICES + 1;
    t.moment = calloc(operators / t.together + 1, sizeof *t.moment);
    t.busy = calloc(operators / t.together + 1, sizeof *t.busy);
    t.blocked = calloc(operators / t.together + 1, sizeof *t.blocked);
    fl_assert(t.moment != NULL && t.busy != NULL && t.blocked != NULL);
    moments_find(&t);
    fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"design\":", out);
    fl_json_text(result->design.name, out);
    fputs(",\"model\":", out);
    fl_json_text(result->trace.model != NULL ? result->trace.model : "", out);
    fprintf(out, ",\"operators_a_slice\":%zu},\"traceEvents\":[", t.together);
    name_write(&t, "process_name", OPERATORS, 0, "operators");
    name_write(&t, "process_name", UNITS, 0, "units");
    track_write(&t, OPERATORS, 0, "operators");
    operators_write(&t);
    units_write(&t);
    fputs("\n]}\n", out);
    free(t.moment);
    free(t.busy);
    free(t.blocked);
}
