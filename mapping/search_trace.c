/* search_trace.c - the search over a whole trace: what stays in place, and the best mappings of the rest.
 *
 * Cores that hold weights for the whole run are lost to the other operators, so the two
 * questions are one. It starts with nothing in place, lets weights stay in the order of
 * what each core of theirs saves, tries the sets that promise more together, then gives
 * each weight more copies, fewer or none, and keeps the best of all it has weighed. A
 * mapping is searched once for each number of cores.
 *
 * Bounds are kinder to some work than to other, so they cannot say what should stay: where
 * trials are given, whatever has a bound below the best so far is tried.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mapping/nest.h"
#include "mapping/plan.h"
#include "mapping/search_part.h"

enum { TANGENTS = 3, TURNS = 32, SETS_WEIGHED = 8, SAVERS_MOST = 12 };
static const double FOREVER_S = 1e9;    /* saved where nothing else is possible */

struct saver { size_t weight; double saved, cores; };  /* by staying */

struct weigher {
    struct fl_trace_search *trace;
    const struct fl_machine *machine;
    struct fl_parts parts;
    double ps, joules;                  /* digital work, whatever is chosen */
    size_t weights;
    struct fl_weight **weight;
    size_t *user;                       /* of each weight, the shape that uses it; `shapes`: several do */
    size_t *uses;                       /* of each shape, its weight; `weights`: none that may stay */
    int64_t *copies, *best;             /* of each weight; 0: it does not stay */
    double cost;                        /* of the best */
    double watts;                       /* of the best: joules over seconds */
};

/* ---- different products ---- */

static bool is_product(const struct fl_op *op)
{
    return fl_op_is_product(op) && op->placed != 2;
}

static void shapes_find(struct weigher *w, struct fl_trace_search *s)
{
    size_t next = 0, ops = 0;
    for (size_t b = 0; b < s->trace->blocks; b++)
        ops += s->trace->block[b].ops;
    s->shape = fl_arena_array(&s->arena, ops + 1, sizeof *s->shape);
    s->shape_of = fl_arena_array(&s->arena, ops + 1, sizeof *s->shape_of);
    s->first_op = fl_arena_array(&s->arena, s->trace->blocks + 1, sizeof *s->first_op);
    w->parts.first = fl_arena_array(&s->arena, ops + 1, sizeof(struct fl_part *));
    for (size_t b = 0; b < s->trace->blocks; b++) {
        const struct fl_block *block = &s->trace->block[b];
        s->first_op[b] = next;
        for (size_t i = 0; i < block->ops; i++, next++) {
            const struct fl_op *op = &block->op[i];
            struct fl_mapping mapping;
            struct fl_effort effort;
            int64_t ahead;
            const struct fl_spill spill = s->residency.spill[next];
            s->shape_of[next] = SIZE_MAX;
            if (is_product(op)) {
                size_t shape = fl_shape_find(s, op, fl_weights_of(s->weights, s->trace, b, op, &ahead), &spill);
                s->shape_of[next] = shape;
                s->shape[shape].times += (double)block->repeat;
            } else if (fl_map_other(op, w->machine, &mapping, NULL)) {
                mapping.cached = spill.cached;
                if (!fl_mapping_bound(op, w->machine, &mapping, &effort, NULL))
                    continue;
                fl_spill_bound(&spill, op, w->machine, &mapping, &effort);
                w->ps += mapping.bound_ps * (double)block->repeat;
                if (s->goal.prices != NULL)
                    w->joules += (double)block->repeat *
                                 fl_cost_j(s->goal.prices, w->machine, op, &mapping, &effort, mapping.bound_ps);
            }
        }
    }
}

/* ---- one product on a part of the machine ---- */

static struct fl_part *part_of(struct weigher *w, size_t shape, const int64_t *copies, int64_t rest)
{
    size_t i = w->uses[shape];
    if (i < w->weights && copies[i] > 0)
        return fl_part_find(&w->parts, shape, FL_STAY_ONLY,
                            copies[i] * fl_weight_cores(w->weight[i], w->trace->shape[shape].op));
    return fl_part_find(&w->parts, shape, FL_STAY_NEVER, rest);
}

/* ---- what stays ---- */

static int64_t home_cores(const struct weigher *w)
{
    int32_t home = w->trace->weights->pool;
    return home >= 0 ? w->machine->pool[home].cores : 0;
}

/* Cores of the home pool that nothing stays on; negative: too few. */
static int64_t rest_of(const struct weigher *w, const int64_t *copies)
{
    bool overflow = false;
    int64_t taken = 0;
    for (size_t i = 0; i < w->weights; i++) {
        int64_t each = fl_product(w->weight[i]->tiles, w->weight[i]->repeat, &overflow);
        taken = fl_sum(taken, fl_product(each, copies[i], &overflow), &overflow);
    }
    return overflow ? -1 : home_cores(w) - taken;
}

/* Joules of all occurrences of a shape; cores that are not its own but shared are powered for longer: theirs is added
 * at the end. */
static double shape_joules(const struct weigher *w, const struct fl_part *m, int64_t shared[FL_POOLS])
{
    const struct fl_mapping *mapping = &m->search.found[m->chosen].mapping;
    const struct fl_prices *prices = w->trace->goal.prices;
    double joules = m->joules;
    if (prices == NULL)
        return 0;
    if (fl_on_cores(mapping) && !mapping->in_place) {
        shared[mapping->number] = fl_most(shared[mapping->number], mapping->cores);
        joules -= m->ps * (double)mapping->cores * prices->pool[mapping->number].core_mw * 1e-15;
    }
    return w->trace->shape[m->shape].times * joules;
}

/* The goal's cost of all operators, by what is known of them; infinity: some cannot be mapped so. And what power they
 * take. */
static double sum_up(struct weigher *w, const int64_t *copies, int64_t rest, double *watts)
{
    struct fl_trace_search *s = w->trace;
    int64_t shared[FL_POOLS] = {0};
    double ps = w->ps, joules = w->joules;
    for (size_t i = 0; i < s->shapes; i++) {
        const struct fl_part *m = part_of(w, i, copies, rest);
        if (!m->found)
            return INFINITY;
        ps += s->shape[i].times * m->ps;
        joules += shape_joules(w, m, shared);
    }
    for (int32_t i = 0; i < w->machine->pools && s->goal.prices != NULL; i++)
        joules += ps * (double)shared[i] * s->goal.prices->pool[i].core_mw * 1e-15;
    struct fl_goal whole = {s->goal.objective, s->goal.prices, 0};
    *watts = ps > 0 ? joules / (ps * 1e-12) : 0;
    return fl_goal_cost(&whole, ps, joules);
}

/* Is what may stay tried? Among the named strategies' mappings bounds are enough: those run as wholes, too. */
static bool tries(const struct weigher *w)
{
    return w->trace->trial != NULL && !w->trace->named;
}

/* The goal's cost of all operators, tried one by one as long as it may get below the best so far. */
static double weigh(struct weigher *w, const int64_t *copies, double *watts)
{
    struct fl_trace_search *s = w->trace;
    int64_t rest = rest_of(w, copies);
    if (rest < 0)
        return INFINITY;
    double cost = sum_up(w, copies, rest, watts);
    bool honest = s->goal.objective == FL_LATENCY;
    for (size_t i = 0; i < s->shapes && tries(w) && isfinite(cost); i++) {
        struct fl_part *part = part_of(w, i, copies, rest);
        if (honest && cost > w->cost)
            return cost;
        if (part->tried)
            continue;
        if (!fl_part_try(&w->parts, part))
            return INFINITY;
        cost = sum_up(w, copies, rest, watts);
    }
    return cost;
}

/* Keeps the choice if it is better than what there is, or as good on fewer cores. */
static bool consider(struct weigher *w, const int64_t *copies)
{
    double watts = 0, cost = weigh(w, copies, &watts);
    if (cost > w->cost || (cost == w->cost && rest_of(w, copies) <= rest_of(w, w->best)))
        return false;
    w->cost = cost;
    w->watts = watts;
    memcpy(w->best, copies, w->weights * sizeof *copies);
    return true;
}

/* What a weight's staying saves of the goal when nothing else stays. Operators of different shapes would want to cut
 * it differently; such weights do not stay. */
static double saving(struct weigher *w, size_t weight)
{
    const struct fl_trace_search *s = w->trace;
    if (w->user[weight] == s->shapes)
        return -INFINITY;
    struct fl_part *stays = fl_part_find(&w->parts, w->user[weight], FL_STAY_ONLY,
                                         fl_weight_cores(w->weight[weight], s->shape[w->user[weight]].op));
    struct fl_part *streams = fl_part_find(&w->parts, w->user[weight], FL_STAY_NEVER, home_cores(w));
    if (!stays->found || (tries(w) && !(fl_part_try(&w->parts, stays) && fl_part_try(&w->parts, streams))))
        return -INFINITY;
    double cost = fl_goal_cost(&s->goal, stays->ps, stays->joules);
    return streams->found ? s->shape[w->user[weight]].times *
                            (fl_goal_cost(&s->goal, streams->ps, streams->joules) - cost) : FOREVER_S;
}

/* The weights that save anything, the most saving for each of their cores first. */
static size_t savers_find(struct weigher *w, struct saver *saver)
{
    size_t count = 0;
    for (size_t i = 0; i < w->weights; i++) {
        struct saver one = {.weight = i, .cores = (double)w->weight[i]->tiles * (double)w->weight[i]->repeat};
        one.saved = one.cores <= (double)home_cores(w) ? saving(w, i) : -INFINITY;
        if (one.saved <= 0)
            continue;
        size_t place = count++;
        for (; place > 0 && one.saved / one.cores > saver[place - 1].saved / saver[place - 1].cores; place--)
            saver[place] = saver[place - 1];
        saver[place] = one;
    }
    return count;
}

static void consider_set(struct weigher *w, const struct saver *saver, size_t savers, uint32_t set)
{
    memset(w->copies, 0, w->weights * sizeof *w->copies);
    for (size_t i = 0; i < savers; i++)
        w->copies[saver[i].weight] = set >> i & 1;
    consider(w, w->copies);
}

/* Weighs the sets that fit and promise the most. */
static void sets_weigh(struct weigher *w, const struct saver *saver, size_t savers)
{
    struct { double saved; uint32_t set; } best[SETS_WEIGHED] = {{0}};
    for (uint32_t set = 1; set < 1u << savers; set++) {
        double saved = 0, cores = 0;
        for (size_t i = 0; i < savers; i++) {
            saved += set >> i & 1 ? saver[i].saved : 0;
            cores += set >> i & 1 ? saver[i].cores : 0;
        }
        int place = cores <= (double)home_cores(w) ? SETS_WEIGHED : 0;
        for (; place > 0 && saved > best[place - 1].saved; place--)
            if (place < SETS_WEIGHED)
                best[place] = best[place - 1];
        if (place < SETS_WEIGHED && cores <= (double)home_cores(w)) {
            best[place].saved = saved;
            best[place].set = set;
        }
    }
    for (int i = 0; i < SETS_WEIGHED && best[i].set != 0; i++)
        consider_set(w, saver, savers, best[i].set);
}

/* One weight after the other, as long as they fit, the most saving ones first. */
static void let_stay(struct weigher *w)
{
    struct saver *saver = fl_arena_array(&w->trace->arena, w->weights + 1, sizeof *saver);
    size_t savers = savers_find(w, saver);
    memset(w->copies, 0, w->weights * sizeof *w->copies);
    for (size_t i = 0; i < savers; i++) {
        w->copies[saver[i].weight] = 1;
        if (rest_of(w, w->copies) < 0)
            w->copies[saver[i].weight] = 0;
        else
            consider(w, w->copies);
    }
    sets_weigh(w, saver, savers < SAVERS_MOST ? savers : SAVERS_MOST);
}

/* The best choice, but with other copies of a weight, and of another (the same: of none). */
static bool consider_copies(struct weigher *w, size_t weight, int64_t copies, size_t other, int64_t others)
{
    if (copies < 0 || others < 0 || w->user[weight] == w->trace->shapes || w->user[other] == w->trace->shapes)
        return false;
    memcpy(w->copies, w->best, w->weights * sizeof *w->copies);
    w->copies[other] = others;
    w->copies[weight] = copies;
    return memcmp(w->copies, w->best, w->weights * sizeof *w->copies) != 0 && rest_of(w, w->copies) >= 0 &&
           consider(w, w->copies);
}

/* The most copies of a weight that its vectors can use and the cores allow, when so many more are free. */
static int64_t copies_most(const struct weigher *w, size_t weight, int64_t more)
{
    const struct fl_weight *kept = w->weight[weight];
    bool overflow = false;
    int64_t each = fl_product(kept->tiles, kept->repeat, &overflow), rest = rest_of(w, w->best);
    return overflow || rest < 0 ? -1 : fl_least(w->best[weight] + (rest + more) / each, kept->op->m);
}

/* Fewer copies of one weight, and as many of another as its cores allow. */
static bool change_two(struct weigher *w, size_t one, size_t other)
{
    const int64_t has = w->best[other], others[] = {has - 1, has / 2, 0};
    int64_t each = w->weight[other]->tiles * w->weight[other]->repeat;
    for (int i = 0; i < 3 && one != other && has > 0; i++)
        if (consider_copies(w, one, copies_most(w, one, (has - others[i]) * each), other, others[i]))
            return true;
    return false;
}

/* One weight more often, as often as can be, half as often or not at all; or instead of another. */
static bool change_any(struct weigher *w)
{
    bool any = false;
    for (size_t i = 0; i < w->weights; i++)
        any |= consider_copies(w, i, w->best[i] + 1, i, 0);
    for (size_t i = 0; i < w->weights && !any; i++)
        any = consider_copies(w, i, copies_most(w, i, 0), i, 0) || consider_copies(w, i, w->best[i] / 2, i, 0) ||
              consider_copies(w, i, 0, i, 0);
    for (size_t i = 0; i < w->weights && !any; i++)
        for (size_t k = 0; k < w->weights && !any && copies_most(w, i, 0) <= w->best[i]; k++)
            any = change_two(w, i, k);
    return any;
}

/* What stays may stay more than once: each copy takes its share of the vectors. All weights alike first, then one by
 * one, until nothing helps. */
static void add_copies(struct weigher *w)
{
    int64_t taken = home_cores(w) - rest_of(w, w->best), times = taken > 0 ? home_cores(w) / taken : 1;
    memcpy(w->copies, w->best, w->weights * sizeof *w->copies);
    for (size_t i = 0; i < w->weights; i++)
        w->copies[i] *= times;
    if (times > 1)
        consider(w, w->copies);
    for (int turn = 0; turn < TURNS && !w->parts.broken && change_any(w); turn++)
        ;
}

/* ---- the whole ---- */

static void weights_list(struct weigher *w)
{
    struct fl_trace_search *s = w->trace;
    size_t count = 0;
    for (struct fl_weight *each = s->weights->first; each != NULL; each = each->next)
        count++;
    w->weight = fl_arena_array(&s->arena, count + 1, sizeof(struct fl_weight *));
    w->copies = fl_arena_array(&s->arena, count + 1, sizeof *w->copies);
    w->best = fl_arena_array(&s->arena, count + 1, sizeof *w->best);
    for (struct fl_weight *each = s->weights->first; each != NULL; each = each->next)
        if (each->tiles > 0)            /* placed on the digital unit, or no optical cores: none */
            w->weight[w->weights++] = each;
}

static void users_find(struct weigher *w)
{
    const struct fl_trace_search *s = w->trace;
    w->user = fl_arena_array(&w->trace->arena, w->weights + 1, sizeof *w->user);
    w->uses = fl_arena_array(&w->trace->arena, s->shapes + 1, sizeof *w->uses);
    for (size_t shape = 0; shape < s->shapes; shape++)
        w->uses[shape] = w->weights;
    for (size_t i = 0; i < w->weights; i++) {
        int users = 0;
        w->user[i] = s->shapes;
        for (size_t shape = 0; shape < s->shapes; shape++)
            if (s->shape[shape].weight == w->weight[i]) {
                w->user[i] = users++ > 0 ? s->shapes : shape;
                w->uses[shape] = i;
            }
    }
}

/* Has the home pool no room for any weight of a layer? */
static bool none_may_stay(const struct weigher *w)
{
    for (size_t i = 0; i < w->weights; i++)
        if (fl_times_held(w->weight[i]->tiles, w->weight[i]->repeat, INT64_MAX) <= home_cores(w))
            return false;
    return true;
}

/* Weighs what may stay, the goal being as it is. */
static void choose(struct weigher *w)
{
    memset(w->copies, 0, w->weights * sizeof *w->copies);
    memset(w->best, 0, w->weights * sizeof *w->best);
    w->cost = INFINITY;
    consider(w, w->copies);
    let_stay(w);
    add_copies(w);
}

/* A product of sums is no sum over operators, but near the optimum it falls where joules + watts x seconds does. The
 * power of the fastest mappings is the first guess, then that of the best so far, as long as this gets better. */
static void choose_edp(struct weigher *w)
{
    struct fl_trace_search *s = w->trace;
    int64_t *before = fl_arena_array(&s->arena, w->weights + 1, sizeof *before);
    double least, watts;
    s->goal.objective = FL_LATENCY;
    consider(w, w->copies);
    s->goal.objective = FL_EDP;
    s->goal.watts = w->watts;
    choose(w);
    for (int turn = 1; turn < TANGENTS && isfinite(w->cost) && w->watts > 0; turn++) {
        least = w->cost;
        watts = s->goal.watts;
        memcpy(before, w->best, w->weights * sizeof *before);
        s->goal.watts = w->watts;
        choose(w);
        if (w->cost < least)
            continue;
        s->goal.watts = watts;
        memcpy(w->best, before, w->weights * sizeof *before);
        return;
    }
}

static bool trace_search(struct weigher *w, struct fl_err *err)
{
    struct fl_trace_search *s = w->trace;
    weights_list(w);
    shapes_find(w, s);
    users_find(w);
    w->parts.fixed = s->goal.objective != FL_EDP && none_may_stay(w);
    if (s->goal.objective == FL_EDP && s->goal.prices != NULL)
        choose_edp(w);
    else
        choose(w);
    if (w->parts.broken)
        return false;
    if (!isfinite(w->cost)) {
        fl_err_take(err, w->parts.why);
        return false;
    }
    int64_t rest = rest_of(w, w->best);
    for (size_t i = 0; i < s->shapes; i++) {
        struct fl_part *m = part_of(w, i, w->best, rest);
        if (!fl_part_try(&w->parts, m))
            return false;
        s->shape[i].search = m->search;
        s->shape[i].machine = &m->machine;
        s->shape[i].chosen = m->chosen;
        s->shape[i].next_ps = m->next_ps;
    }
    return true;
}

static bool trace_searched(struct fl_trace_search *search, struct fl_machine *machine, struct fl_err *err)
{
    struct fl_err why = {0};
    search->weights = fl_arena_alloc(&search->arena, sizeof *search->weights);
    struct fl_machine chip;
    struct weigher w = {.trace = search, .machine = &chip, .cost = INFINITY,
                        .parts = {.trace = search, .machine = &chip, .why = &why, .fault = err}};
    bool found = fl_map_ops_check(search->trace, err) &&
                 fl_weights_find(search->weights, &search->arena, search->trace, machine, err) &&
                 fl_residency_find(&search->residency, search->trace, machine, &search->arena, err) &&
                 fl_own_memory_fit(search->weights, &search->residency, search->trace, machine, err);
    chip = *machine;
    if (chip.sram_bits > 0)
        chip.gpus = 0;                  /* those beside a chip: place.c */
    found = found && trace_search(&w, err);
    if (!found)
        fl_search_trace_free(search);
    fl_err_free(&why);
    return found;
}

bool fl_search_trace(struct fl_trace_search *search, const struct fl_trace *trace, struct fl_machine *machine,
                     struct fl_goal goal, size_t wanted, const struct fl_trial *trial, struct fl_err *err)
{
    *search = (struct fl_trace_search){.trace = trace, .goal = goal, .wanted = wanted, .trial = trial};
    return trace_searched(search, machine, err);
}

bool fl_search_trace_named(struct fl_trace_search *search, const struct fl_trace *trace, struct fl_machine *machine,
                           struct fl_goal goal, size_t wanted, const struct fl_trial *trial, struct fl_err *err)
{
    *search = (struct fl_trace_search){.trace = trace, .goal = goal, .wanted = wanted, .trial = trial, .named = true};
    return trace_searched(search, machine, err);
}

static bool map(void *context, const struct fl_machine *machine, size_t block, const struct fl_op *op,
                const struct fl_spill *spill, struct fl_mapping *mapping, struct fl_err *err)
{
    const struct fl_trace_search *s = context;
    (void)spill;                        /* the shape has them */
    size_t shape = s->shape_of[s->first_op[block] + (size_t)(op - s->trace->block[block].op)];
    if (shape == SIZE_MAX)
        return fl_map_other(op, machine, mapping, err);
    *mapping = s->shape[shape].search.found[s->shape[shape].chosen].mapping;
    return true;
}

struct fl_mapped_by fl_search_mapped_by(struct fl_trace_search *search)
{
    return (struct fl_mapped_by){.map = map, .context = search, .goal = &search->goal};
}

void fl_search_trace_free(struct fl_trace_search *search)
{
    fl_arena_free(&search->arena);
    memset(search, 0, sizeof *search);
}
