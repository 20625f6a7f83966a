/* turns.c - batches that go through the stages of several chips one behind the other, event by event.
 *
 * The program of a run is one batch's way through all stages, and what chips do in it is simulated. Nothing is shared
 * by two stages: memories, cores and links are each chip's own. So what a stage does in its turn is the same for each
 * batch, whatever other stages do meanwhile, and only when it does so differs. That is found here, turn by turn: a
 * batch comes to a stage when it has been through the one before, and is taken when it is the first of those that wait.
 *
 * A turn: what one batch has a stage do at a stretch, from the start of its first operator to the end of its last. It
 * begins no earlier behind the turn before it than in the run (what overlaps is weights that are loaded ahead).
 *
 * From the last end walk back to what each turn waited for last: that is what the latency consists of, and its parts
 * are the operators' parts of it.
 *
 * Left out: room for batches that wait between two stages, and refreshes that fall elsewhere.
 */
#include "api/result.h"
#include "base/whole.h"

struct turn {
    size_t first, end;                  /* its operators, in the order of the run */
    int64_t stage;
    fl_time start, until;               /* in the run */
    fl_time path;                       /* of the latency, of all batches together */
    fl_time delay, later;               /* of the first batch, against the run; of the last, against the first */
};
/* A batch in a turn of its own. */
struct visit {
    fl_time start;
    size_t behind;                      /* who had the stage before, if it was waited for; else NOBODY */
};
static const size_t NOBODY = SIZE_MAX;
/* The next turn of a batch. */
struct next { fl_time at; int64_t batch; };

struct pipeline {
    struct turn *turn;
    size_t turns;
    int64_t batches;
    struct visit *visit;                /* turn by turn, of all batches */
    struct next *heap;                  /* batches on their way, who comes to a stage first at the root */
    int64_t waiting;
    struct fl_arena arena;
};

/* ---- who comes first ---- */

static bool is_before(const struct next *a, const struct next *b)
{
    return a->at != b->at ? a->at < b->at : a->batch < b->batch;
}

/* The root has got later: puts it where it belongs. */
static void root_sink(struct pipeline *p)
{
    struct next moved = p->heap[0];
    int64_t at = 0;
    for (int64_t child = 1; child < p->waiting; child = 2 * at + 1) {
        if (child + 1 < p->waiting && is_before(&p->heap[child + 1], &p->heap[child]))
            child++;
        if (!is_before(&p->heap[child], &moved))
            break;
        p->heap[at] = p->heap[child];
        at = child;
    }
    p->heap[at] = moved;
}

/* ---- turns ---- */

static void turns_find(struct pipeline *p, const struct fl_result *result, const struct fl_phase_result *phase)
{
    const struct fl_ledger *ledger = &phase->ledger;
    struct fl_place_in_trace place = { 0 };
    size_t room = 0;
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&result->trace, &place); n++, place.op++) {
        const struct fl_occurrence *o = &ledger->occurrence[n];
        int64_t stage = fl_block_stage(&result->trace.block[place.block], place.repeat);
        if (p->turns == 0 || p->turn[p->turns - 1].stage != stage) {
            p->turn = fl_grow(p->turn, &room, p->turns, sizeof *p->turn);
            p->turn[p->turns++] = (struct turn){ .first = n, .stage = stage, .start = o->start, .until = o->end };
        }
        struct turn *turn = &p->turn[p->turns - 1];
        turn->end = n + 1;
        turn->start = o->start < turn->start ? o->start : turn->start;
        turn->until = o->end > turn->until ? o->end : turn->until;
    }
}

/* From the end of the turn before to the start of this one, in the run. */
static fl_time gap(const struct pipeline *p, size_t turn)
{
    return p->turn[turn].start - (turn > 0 ? p->turn[turn - 1].until : 0);
}

static size_t visit_of(const struct pipeline *p, size_t turn, int64_t batch)
{
    return turn * (size_t)p->batches + (size_t)batch;
}

static void batches_go(struct pipeline *p, int64_t stages)
{
    size_t *at = fl_arena_array(&p->arena, (size_t)p->batches, sizeof *at);     /* of each batch: its next turn */
    fl_time *free_at = fl_arena_array(&p->arena, (size_t)stages, sizeof *free_at);
    size_t *last = fl_arena_array(&p->arena, (size_t)stages, sizeof *last);     /* whose turn it was */
    p->waiting = p->batches;
    for (int64_t b = 0; b < p->batches; b++)
        p->heap[b] = (struct next){ gap(p, 0), b };
    while (p->waiting > 0) {
        struct next *next = &p->heap[0];
        size_t which = at[next->batch]++, visit = visit_of(p, which, next->batch);
        const struct turn *turn = &p->turn[which];
        bool waits = free_at[turn->stage] > next->at;
        p->visit[visit] = (struct visit){ waits ? free_at[turn->stage] : next->at,
                                          waits ? last[turn->stage] : NOBODY };
        free_at[turn->stage] = p->visit[visit].start + (turn->until - turn->start);
        last[turn->stage] = visit;
        if (which + 1 < p->turns)
            next->at = free_at[turn->stage] + gap(p, which + 1);
        else
            p->heap[0] = p->heap[--p->waiting];
        root_sink(p);
    }
}

/* ---- what comes of it ---- */

/* The last turn's last batch, and what it waited for. `tail`: from the last end of an operator to that of the run. */
static fl_time path_find(struct pipeline *p, fl_time tail)
{
    size_t first = visit_of(p, p->turns - 1, 0), visit = first, batches = (size_t)p->batches;
    for (size_t b = first; b < first + batches; b++)
        visit = p->visit[b].start > p->visit[visit].start ? b : visit;
    struct turn *turn = &p->turn[p->turns - 1];
    fl_time whole = p->visit[visit].start + (turn->until - turn->start) + tail;
    turn->path += tail;
    for (;;) {
        turn = &p->turn[visit / batches];
        turn->path += turn->until - turn->start;
        if (p->visit[visit].behind != NOBODY) {
            visit = p->visit[visit].behind;
            continue;
        }
        turn->path += gap(p, visit / batches);
        if (visit < batches)
            return whole;
        visit -= batches;
    }
}

static void delays_find(struct pipeline *p)
{
    for (size_t t = 0; t < p->turns; t++) {
        const struct visit *visit = &p->visit[visit_of(p, t, 0)];
        fl_time first = visit->start, last = visit->start;
        for (int64_t b = 1; b < p->batches; b++) {
            first = visit[b].start < first ? visit[b].start : first;
            last = visit[b].start > last ? visit[b].start : last;
        }
        p->turn[t].delay = first - p->turn[t].start;
        p->turn[t].later = last - first;
    }
}

/* Deals a turn's part of the latency to its operators as they had theirs in the run; what is left over goes to the
 * last. */
static void path_deal(const struct turn *turn, fl_time *critical)
{
    fl_time sum = 0, left = turn->path;
    for (size_t n = turn->first; n < turn->end; n++)
        sum += critical[n];
    for (size_t n = turn->first; n < turn->end; n++) {
        critical[n] = sum > 0 ? (fl_time)((fl_wide)critical[n] * turn->path / sum) : 0;
        left -= critical[n];
    }
    critical[turn->end - 1] += left;
}

static void result_take(const struct pipeline *p, struct fl_phase_result *phase)
{
    phase->later = fl_calloc(phase->ledger.occurrences + 1, sizeof *phase->later);
    for (const struct turn *turn = p->turn; turn < p->turn + p->turns; turn++) {
        path_deal(turn, phase->critical);
        for (size_t n = turn->first; n < turn->end; n++) {
            phase->ledger.occurrence[n].start += turn->delay;
            phase->ledger.occurrence[n].end += turn->delay;
            phase->later[n] = turn->later;
        }
    }
}

static fl_time works_most(const struct pipeline *p, int64_t stages, int64_t *slowest)
{
    fl_time *works = fl_calloc((size_t)stages, sizeof *works), most = 0;
    for (size_t t = 0; t < p->turns; t++)
        works[p->turn[t].stage] += p->turn[t].until - p->turn[t].start;
    for (int64_t s = 0; s < stages; s++)
        if (works[s] > most) {
            most = works[s];
            *slowest = s;
        }
    fl_free(works);
    return most;
}

bool fl_turns_take(const struct fl_result *result, struct fl_phase_result *phase, struct fl_err *err)
{
    enum { MOST = 50000000 };
    const struct fl_chips *chips = &result->machine.chips;
    int64_t stages = fl_chips_stages(chips), batches = fl_chips_batches(chips);
    struct pipeline p = { .batches = batches };
    if (stages == 1 && batches == 1)
        return true;
    turns_find(&p, result, phase);
    int64_t longest;
    bool good = p.turns == 0 || (int64_t)p.turns <= MOST / batches;
    if (!fl_times(phase->latency_ps, batches, &longest) || longest > INT64_MAX / 2)
        good = false;
    if (p.turns > 0)
        phase->turn_ps = works_most(&p, stages, &phase->slowest);
    for (size_t t = 0; t < p.turns; t++)
        phase->worked_ps += p.turn[t].until - p.turn[t].start;
    if (!good) {
        fl_fail(err, "chips.microbatches", "%lld batches with %zu turns on stages each are more than can be followed; "
                "give fewer batches, or fewer tokens", (long long)batches, p.turns);
    } else if (batches > 1 && p.turns > 0) {
        p.visit = fl_arena_array(&p.arena, p.turns * (size_t)batches, sizeof *p.visit);
        p.heap = fl_arena_array(&p.arena, (size_t)batches, sizeof *p.heap);
        batches_go(&p, stages);
        phase->pass_ps = phase->latency_ps;
        phase->latency_ps = path_find(&p, phase->latency_ps - p.turn[p.turns - 1].until);
        delays_find(&p);
        result_take(&p, phase);
    }
    fl_free(p.turn);
    fl_arena_free(&p.arena);
    return good;
}
