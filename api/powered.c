/* powered.c - how long cores were powered, and how long they held weights.
 *
 * Powered: from the start of the first operator that a core serves to the end of the last.
 * Held: from the loading of its weights to the end, for nothing takes them away; weights in
 * place are held for the whole run. Weights in place give every tile a core of its own, so
 * a pool's cores have different lives; of what all cores share, the first sets serve most.
 * Numbers are cut into segments that always work together; each segment's life is found by
 * one pass over the operators.
 */
#include <stdlib.h>
#include <string.h>

#include "api/result.h"
#include "base/whole.h"

struct range { int64_t first, last; };  /* cores [first, last) */
enum whose { WORKS, HOLDS, SHARED };    /* cores that work, that hold weights; sets of what all share */
struct lives { int64_t *cut; fl_time *start, *end; size_t cuts; };

bool fl_trace_walk(const struct fl_trace *trace, struct fl_place_in_trace *place)
{
    while (place->block < trace->blocks) {
        const struct fl_block *block = &trace->block[place->block];
        if (place->repeat < block->repeat && place->op < block->ops)
            return true;
        if (place->op >= block->ops && block->ops > 0 && place->repeat + 1 < block->repeat) {
            place->repeat++;
            place->op = 0;
            return true;
        }
        place->plan_op += block->ops;
        place->block++;
        place->op = 0;
        place->repeat = 0;
    }
    return false;
}

/* For each delta: does it hold counts of the unit? The caller frees the array. */
static bool *uses(const struct fl_ledger *ledger, uint32_t unit)
{
    bool *use = fl_calloc(ledger->deltas + 1, sizeof *use);
    for (size_t i = 0; i < ledger->deltas; i++)
        for (uint32_t j = 0; j < ledger->delta[i].entries; j++)
            use[i] |= ledger->entry[ledger->delta[i].first + j].unit == unit;
    return use;
}

static bool is_on(const struct fl_plan_op *op, int32_t pool)
{
    return fl_on_cores(&op->mapping) && op->mapping.number == pool;
}

/* The cores of the pool that an occurrence occupies; or, of units that all cores share, the sets. */
static struct range cores_of(const struct fl_result *result, const struct fl_plan_op *op, int64_t repeat,
                             enum whose whose)
{
    const struct fl_pool *pool = &result->machine.pool[op->mapping.number];
    if (whose == SHARED) {              /* each chip has its own */
        int64_t stage = fl_block_stage(&result->trace.block[op->block], repeat);
        int64_t sets = fl_times_held(stage, fl_pool_sets_most(pool), INT64_MAX / 2);
        return (struct range){ sets, sets + fl_map_sets(&op->mapping, pool) };
    }
    int64_t first = (whose == HOLDS ? op->held_first : op->core_first) + (repeat * op->core_step);
    return (struct range){ first, first + (whose == HOLDS ? op->held_cores : op->mapping.cores) };
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static size_t cut_at(const struct lives *lives, int64_t core)
{
    size_t low = 0, high = lives->cuts;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (lives->cut[middle] < core)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Sorted, distinct ends of all core ranges of the pool. */
static void cuts_make(const struct fl_result *result, int32_t pool, enum whose whose, struct lives *lives)
{
    size_t room = 0;
    struct fl_place_in_trace place = { 0 };
    for (; fl_trace_walk(&result->trace, &place); place.op++) {
        const struct fl_plan_op *op = &result->plan.op[place.plan_op + place.op];
        if (!is_on(op, pool))
            continue;
        struct range r = cores_of(result, op, place.repeat, whose);
        lives->cut = fl_grow(lives->cut, &room, lives->cuts + 1, sizeof *lives->cut);
        lives->cut[lives->cuts++] = r.first;
        lives->cut[lives->cuts++] = r.last;
    }
    if (lives->cuts == 0)
        return;
    qsort(lives->cut, lives->cuts, sizeof *lives->cut, by_number);
    size_t distinct = 1;
    for (size_t i = 1; i < lives->cuts; i++)
        if (lives->cut[i] != lives->cut[distinct - 1])
            lives->cut[distinct++] = lives->cut[i];
    lives->cuts = distinct;
}

static void lives_open(const struct fl_result *result, int32_t pool, enum whose whose, struct lives *lives)
{
    *lives = (struct lives){ 0 };
    cuts_make(result, pool, whose, lives);
    lives->start = fl_calloc(lives->cuts + 1, sizeof *lives->start);
    lives->end = fl_calloc(lives->cuts + 1, sizeof *lives->end);
}

/* The sum of all lives; -1 if it does not fit 63 bits. */
static int64_t lives_close(struct lives *lives)
{
    int64_t sum = 0, span;
    for (size_t i = 0; i + 1 < lives->cuts && sum >= 0; i++)
        if (!fl_times(lives->cut[i + 1] - lives->cut[i], lives->end[i] - lives->start[i], &span) ||
            !fl_plus(sum, span, &sum))
            sum = -1;
    fl_free(lives->cut);
    fl_free(lives->start);
    fl_free(lives->end);
    return sum;
}

static int64_t pool_powered(const struct fl_result *result, const struct fl_phase_result *phase, const bool *use,
                            int32_t pool, enum whose whose)
{
    const struct fl_ledger *ledger = &phase->ledger;
    struct lives lives;
    struct fl_place_in_trace place = { 0 };
    lives_open(result, pool, whose, &lives);
    for (size_t n = 0; n < ledger->occurrences && fl_trace_walk(&result->trace, &place); n++, place.op++) {
        const struct fl_plan_op *op = &result->plan.op[place.plan_op + place.op];
        if (!is_on(op, pool) || !use[ledger->occurrence[n].delta])
            continue;
        struct range r = cores_of(result, op, place.repeat, whose);
        for (size_t i = cut_at(&lives, r.first); i + 1 < lives.cuts && lives.cut[i] < r.last; i++) {
            if (lives.end[i] == 0)
                lives.start[i] = ledger->occurrence[n].start;
            lives.end[i] = fl_occurrence_end(phase, n);
        }
    }
    return lives_close(&lives);
}

/* The life of the weights on cores: of those in place all of the phase, also while they are loaded; of others from the
 * first operator that loads some. */
static int64_t pool_held(const struct fl_result *result, const struct fl_phase_result *phase, int32_t pool)
{
    struct lives lives;
    lives_open(result, pool, HOLDS, &lives);
    for (int stays = 1; stays >= 0; stays--) {
        struct fl_place_in_trace place = { 0 };
        for (size_t n = 0; fl_trace_walk(&result->trace, &place); n++, place.op++) {
            const struct fl_plan_op *op = &result->plan.op[place.plan_op + place.op];
            bool runs = phase == &result->run && n < phase->ledger.occurrences;
            if (!is_on(op, pool) || op->mapping.in_place != stays || (!stays && !runs))
                continue;
            struct range r = cores_of(result, op, place.repeat, HOLDS);
            for (size_t i = cut_at(&lives, r.first); i + 1 < lives.cuts && lives.cut[i] < r.last; i++)
                if (lives.end[i] == 0) {
                    lives.start[i] = stays ? 0 : phase->ledger.occurrence[n].start;
                    lives.end[i] = phase->latency_ps;
                }
        }
    }
    return lives_close(&lives);
}

/* A unit shared by all on the chip of a stage: from the first operator that used it to the end of the last. */
static int64_t stage_powered(const struct fl_result *result, const struct fl_phase_result *phase, const bool *use,
                             int64_t stage)
{
    const struct fl_ledger *ledger = &phase->ledger;
    struct fl_place_in_trace place = { 0 };
    fl_time start = 0, end = 0;
    for (size_t n = 0; n < ledger->occurrences; n++, place.op++) {
        bool there = phase == &result->setup ||
                     (fl_trace_walk(&result->trace, &place) &&
                      fl_block_stage(&result->trace.block[place.block], place.repeat) == stage);
        if (!there || !use[ledger->occurrence[n].delta])
            continue;
        if (end == 0)
            start = ledger->occurrence[n].start;
        end = fl_occurrence_end(phase, n);
    }
    return end - start;
}

/* The same on all chips. */
static int64_t shared_powered(const struct fl_result *result, const struct fl_phase_result *phase, const bool *use,
                              int64_t cores)
{
    int64_t sum = 0, one, stages = fl_chips_stages(&result->machine.chips);
    for (int64_t stage = 0; stage < stages; stage++)
        if (!fl_times(stage_powered(result, phase, use, stage), cores / stages, &one) || !fl_plus(sum, one, &sum))
            return -1;
    return sum;
}

/* What cores of one chip a stage come to on those that share their work. */
static int64_t of_all_sharing(const struct fl_result *result, int64_t ps)
{
    return ps >= 0 && fl_times(ps, fl_chips_sharing(&result->machine.chips), &ps) ? ps : -1;
}

int64_t fl_result_powered_ps(const struct fl_result *result, const struct fl_phase_result *phase, uint32_t unit)
{
    const struct unit *u = result->arch.sim.unit[unit];
    bool *use = uses(&phase->ledger, unit);
    bool pooled = u->pool != NULL && phase == &result->run;
    int64_t powered;
    if (pooled) {
        powered = pool_powered(result, phase, use, u->pool->index, u->shared ? SHARED : WORKS);
        bool each = u->shared || u->cores >= u->pool->cores * fl_chips_all(&result->machine.chips);
        if (!each)                      /* it is there once for each group of wired cores */
            powered = fl_ceil_div(powered, fl_pool_wired(u->pool));
        powered = of_all_sharing(result, powered);
    } else {
        powered = shared_powered(result, phase, use, u->cores);
    }
    fl_free(use);
    return powered;
}

int64_t fl_result_held_ps(const struct fl_result *result, const struct fl_phase_result *phase, uint32_t unit)
{
    const struct unit *u = result->arch.sim.unit[unit];
    return u->pool == NULL ? phase->latency_ps : of_all_sharing(result, pool_held(result, phase, u->pool->index));
}
