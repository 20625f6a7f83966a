/* search_part.c - a product on a part of the machine: searched once, tried once, asked for often. */
#include "mapping/search_part.h"

#include <math.h>
#include <string.h>

#include "mapping/nest.h"
#include "mapping/plan.h"

enum { GUESSED = 6 };                   /* tried where the goal has no honest bound */

/* ---- which product ---- */

static int32_t bits_of(const struct fl_op *op) { return op->stored != NULL ? op->stored->bits : 0; }

bool fl_shape_alike(const struct fl_op *a, const struct fl_op *b)
{
    return a->type == b->type && a->sign == b->sign && a->mask == b->mask && a->placed == b->placed &&
           fl_op_stored(a) == fl_op_stored(b) && fl_op_may_stay(a) == fl_op_may_stay(b) && bits_of(a) == bits_of(b) &&
           fl_op_is_trained(a) == fl_op_is_trained(b) &&
           a->stage == b->stage && a->groups == b->groups && a->m == b->m && a->k == b->k && a->n == b->n &&
           a->share == b->share && memcmp(&a->band, &b->band, sizeof a->band) == 0;
}

size_t fl_shape_find(struct fl_trace_search *s, const struct fl_op *op, const struct fl_weight *weight,
                     const struct fl_spill *spill)
{
    size_t like = s->shapes;
    for (size_t i = 0; i < s->shapes; i++) {
        if (!fl_shape_alike(s->shape[i].op, op) || memcmp(&s->shape[i].spill, spill, sizeof *spill) != 0)
            continue;
        if (s->shape[i].weight == weight)
            return i;
        like = s->shape[i].like;
    }
    s->shape[s->shapes] = (struct fl_shape_search){.op = op, .weight = weight, .spill = *spill, .like = like};
    return s->shapes++;
}

/* ---- on a part of the machine ---- */

/* Notes what the first of those found takes, by its bound. */
static void bound_note(const struct fl_parts *parts, struct fl_part *part)
{
    const struct fl_found *found = &part->search.found[0];
    const struct fl_prices *prices = parts->trace->goal.prices;
    part->ps = found->mapping.bound_ps;
    if (prices != NULL)
        part->joules = fl_cost_j(prices, parts->machine, part->search.op, &found->mapping, &found->effort, part->ps);
}

static void search(struct fl_parts *parts, struct fl_part *part)
{
    struct fl_trace_search *s = parts->trace;
    int32_t home = s->weights->pool;
    for (int32_t i = 0; i < part->machine.pools; i++) {
        part->machine.pool[i].fit = false;
        if (i == home)
            part->machine.pool[i].cores = part->cores;
        else if (part->stay == FL_STAY_ONLY)
            part->machine.pool[i].cores = 0;
    }
    part->search = (struct fl_search){.op = s->shape[part->shape].op, .machine = &part->machine, .goal = s->goal,
                                      .stay = part->stay, .spill = s->shape[part->shape].spill, .wanted = s->wanted,
                                      .named = s->named};
    part->found = fl_search_op(&part->search, parts->why);
    s->weighed += part->search.weighed;
    s->pruned += part->search.pruned;
    if (part->found)
        bound_note(parts, part);
}

struct fl_part *fl_part_find(struct fl_parts *parts, size_t shape, enum fl_stay stay, int64_t cores)
{
    const struct fl_goal *goal = &parts->trace->goal;
    shape = parts->trace->shape[shape].like;
    for (struct fl_part *p = parts->first[shape]; p != NULL; p = p->next)
        if (p->stay == stay && p->cores == cores && p->goal.objective == goal->objective &&
            p->goal.watts == goal->watts)
            return p;
    struct fl_part *p = fl_arena_alloc(&parts->trace->arena, sizeof *p);
    *p = (struct fl_part){.next = parts->first[shape], .shape = shape, .stay = stay, .cores = cores, .goal = *goal,
                          .next_ps = INFINITY, .machine = *parts->machine};
    parts->first[shape] = p;
    search(parts, p);
    return p;
}

/* The goal's cost of what was found at least, refreshes of DRAM included. */
static double cost_least(const struct fl_parts *parts, const struct fl_found *found)
{
    double ps = parts->machine->ideal_memory ? 0 : fl_dram_least_ps(parts->machine, found->effort.dram_bits);
    return fmax(found->cost, fl_goal_cost(&parts->trace->goal, ps, 0));
}

/* ---- attention, by a part of its heads ---- */

/* Two rounds of the heads that all mappings found have cores for at once, if an operator has so many that its rounds
 * are long and alike; else all. */
static int64_t heads_tried(const struct fl_part *part)
{
    enum { ROUNDS = 2, PARTS = 3, LONG = 50000 };   /* vectors */
    const struct fl_op *op = part->search.op;
    int64_t most = 1;
    double vectors = 0;
    for (size_t i = 0; i < part->search.founds; i++) {
        most = fl_most(most, part->search.found[i].mapping.cores_g);
        vectors = fmax(vectors, part->search.found[i].effort.vectors);
    }
    most *= ROUNDS;
    return fl_map_is_attention(op) && vectors > LONG && op->groups / most >= PARTS ? most : op->groups;
}

/* So many heads of a product, and what these move. */
static struct fl_shape_search sample_of(const struct fl_shape_search *shape, int64_t heads, struct fl_arena *arena)
{
    struct fl_op *op = fl_arena_alloc(arena, sizeof *op);
    struct fl_shape_search sample = {.spill = shape->spill, .op = op};
    int64_t all = shape->op->groups;
    *op = *shape->op;
    op->groups = heads;
    bool counted = fl_op_macs(op, &op->macs);
    fl_assert(counted);
    sample.spill.store_bits = sample.spill.store_bits / all * heads;
    sample.spill.input_bits = sample.spill.input_bits / all * heads;
    sample.spill.other_bits = sample.spill.other_bits / all * heads;
    return sample;
}

/* What a mapping takes of a product, by itself: by a trial, of some of its heads if these are few of it, what all take
 * being in proportion to the bounds. */
static bool found_try(struct fl_parts *parts, const struct fl_part *part, const struct fl_found *found, int64_t heads,
                      double *ps, double *joules)
{
    const struct fl_trial *trial = parts->trace->trial;
    const struct fl_shape_search *shape = &parts->trace->shape[part->shape];
    if (heads == part->search.op->groups)
        return trial->run(trial->context, shape, &found->mapping, ps, joules, parts->fault);
    const struct fl_shape_search sample = sample_of(shape, heads, &parts->trace->arena);
    struct fl_mapping mapping = found->mapping;
    struct fl_effort effort;
    if (!trial->run(trial->context, &sample, &mapping, ps, joules, parts->fault))
        return false;
    bool counted = fl_mapping_bound(sample.op, parts->machine, &mapping, &effort, NULL);
    fl_assert(counted);
    fl_spill_bound(&sample.spill, sample.op, parts->machine, &mapping, &effort);
    *ps *= found->mapping.bound_ps / mapping.bound_ps;
    *joules *= (double)shape->op->groups / (double)heads;
    return true;
}

/* ---- trials ---- */

struct trials { double ps[FL_FINALISTS], joules[FL_FINALISTS], cost[FL_FINALISTS]; };   /* infinite: not tried */

/* Tries what may cost no more than what has been tried, best bound first, so many heads of it; `least`: than that, to
 * begin with. Where the goal has no honest bound, some. */
static bool founds_try(struct fl_parts *parts, struct fl_part *part, double least, int64_t heads, struct trials *tried)
{
    const struct fl_trace_search *s = parts->trace;
    bool honest = s->goal.objective == FL_LATENCY;
    for (size_t i = 0; i < part->search.founds; i++) {
        const struct fl_found *found = &part->search.found[i];
        tried->cost[i] = INFINITY;
        if (honest ? cost_least(parts, found) > least * (1 + FL_TIE) : i >= GUESSED)
            continue;
        if (!found_try(parts, part, found, heads, &tried->ps[i], &tried->joules[i]))
            return parts->broken = true, false;
        tried->cost[i] = fl_goal_cost(&s->goal, tried->ps[i], tried->joules[i]);
        least = fmin(least, tried->cost[i]);
    }
    return true;
}

/* What cost least, or as good as that with fewer joules. */
static void chosen_note(struct fl_part *part, const struct trials *tried, double tie)
{
    double least = INFINITY, joules = INFINITY;
    for (size_t i = 0; i < part->search.founds; i++)
        least = fmin(least, tried->cost[i]);
    for (size_t i = 0; i < part->search.founds && isfinite(least); i++) {
        if (tried->cost[i] > least * (1 + tie) || tried->joules[i] >= joules)
            continue;
        joules = tried->joules[i];
        part->chosen = i;
        part->ps = tried->ps[i];
        part->joules = joules;
    }
}

/* Chooses by some of the heads. *holds: all of them take the mapping chosen what these say, but for a trifle. */
static bool sample_try(struct fl_parts *parts, struct fl_part *part, double least, int64_t heads, bool *holds)
{
    static const double trifle = 0.01;
    struct trials tried;
    double ps, joules;
    if (!founds_try(parts, part, least, heads, &tried))
        return false;
    chosen_note(part, &tried, FL_TIE);
    *holds = true;
    if (!isfinite(tried.cost[part->chosen]))
        return true;                    /* none was tried */
    if (!found_try(parts, part, &part->search.found[part->chosen], part->search.op->groups, &ps, &joules))
        return parts->broken = true, false;
    *holds = ps <= part->ps * (1 + trifle);
    part->ps = ps;
    part->joules = joules;
    return true;
}

/* The least picoseconds of what was found next to the best, if that is far ahead; else infinity. */
static double next_far(const struct fl_parts *parts, const struct fl_part *part)
{
    static const double far = 1.5;
    double next = INFINITY;
    for (size_t i = 1; i < part->search.founds; i++)
        next = fmin(next, part->search.found[i].mapping.bound_ps);
    return next > far * 1e12 * cost_least(parts, &part->search.found[0]) ? next : INFINITY;
}

bool fl_part_try(struct fl_parts *parts, struct fl_part *part)
{
    const struct fl_trace_search *s = parts->trace;
    struct trials tried;
    bool honest = s->goal.objective == FL_LATENCY;
    double least = INFINITY;
    if (part->tried || s->trial == NULL || !part->found || (parts->fixed && part->search.founds == 1))
        return true;
    if (honest && parts->fixed && s->trial->trusts) {
        part->next_ps = next_far(parts, part);
        if (isfinite(part->next_ps))
            return part->tried = true;
    }
    if (honest && parts->fixed && s->named)
        least = fl_goal_cost(&s->goal, s->trial->least(s->trial->context, &s->shape[part->shape]), 0);
    int64_t all = part->search.op->groups, heads = honest && parts->fixed && s->trial->trusts ? heads_tried(part) : all;
    bool holds = false;
    if (heads < all && !sample_try(parts, part, least, heads, &holds))
        return false;
    if (!holds) {
        if (!founds_try(parts, part, least, all, &tried))
            return false;
        chosen_note(part, &tried, honest ? FL_TIE : 0);
    }
    return part->tried = true;
}
